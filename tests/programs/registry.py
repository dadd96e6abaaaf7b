#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A registry of images on 127.0.0.1, to be pulled from only: registry.py PORT ARCHIVE...

The archives are of scripts/images.sh; localhost/NAME:latest becomes 127.0.0.1:PORT/NAME:latest.
"""
import hashlib
import http.server
import json
import sys
import tarfile

KIND = 'application/vnd.docker.distribution.manifest.v2+json'
LAYER = 'application/vnd.docker.image.rootfs.diff.tar'
CONFIG = 'application/vnd.docker.container.image.v1+json'
blobs = {}
manifests = {}


def blob(content, kind):
    digest = 'sha256:' + hashlib.sha256(content).hexdigest()
    blobs[digest] = (content, kind)
    return {'mediaType': kind, 'size': len(content), 'digest': digest}


def add(archive):
    with tarfile.open(archive) as files:
        image = json.load(files.extractfile('manifest.json'))[0]
        manifest = {
            'schemaVersion': 2,
            'mediaType': KIND,
            'config': blob(files.extractfile(image['Config']).read(), CONFIG),
            'layers': [blob(files.extractfile(layer).read(), LAYER) for layer in image['Layers']],
        }
    name = image['RepoTags'][0].split('/')[-1].split(':')[0]
    manifests[name] = blob(json.dumps(manifest).encode(), KIND)['digest']


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        words = self.path.strip('/').split('/')
        digest = words[-1]
        if digest == 'latest':
            digest = manifests.get(words[1])
        content, kind = blobs.get(digest, (b'', None))
        self.send_response(200 if kind or self.path == '/v2/' else 404)
        self.send_header('Content-Type', kind or 'text/plain')
        self.send_header('Content-Length', str(len(content)))
        self.send_header('Docker-Content-Digest', digest or '')
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(content)

    do_HEAD = do_GET


for each in sys.argv[2:]:
    add(each)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Registry).serve_forever()
