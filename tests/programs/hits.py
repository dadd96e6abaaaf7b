#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A web server that answers how often it was asked, from its memory: hits.py [PORT]"""
import http.server
import sys


class Hits(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    count = 0

    def do_GET(self):
        Hits.count += 1
        body = b'hit %d\n' % Hits.count
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print('answered', Hits.count, flush=True)

    def log_message(self, *_):
        pass


port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
http.server.ThreadingHTTPServer(('', port), Hits).serve_forever()
