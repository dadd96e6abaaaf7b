#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a web server once for each line it reads, always over the same connection: ask.py HOST PORT"""
import http.client
import sys

connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
connection.connect()
first = connection.sock
for _ in sys.stdin:
    connection.request('GET', '/')
    answer = connection.getresponse().read().decode()
    if connection.sock is not first:
        sys.exit('the connection was closed')
    print(answer, end='', flush=True)
