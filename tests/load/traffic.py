#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""traffic.py DIR server|client|both CONNECTIONS ADDRESS...: both ends of connections that never rest.

What is sent is random, in frames that have a number and a check sum. The server answers each with random
bytes of its own and the sum of what it has seen; the client counts what was answered, and checks all of it.
DIR/port is where the server listens. DIR/progress has the bytes of each connection that the client knows to be
right, DIR/fault what was wrong. When DIR/end is there the client says no more, waits for all answers, and for
the server's end of each connection; then it writes DIR/done."""

import os
import random
import select
import socket
import struct
import sys
import time
import zlib

FRAME = struct.Struct("<QIII")
LONGEST = 1 << 16
PIECE = 1 << 17
MOST = 1 << 20
IN_FLIGHT = 24


class Wrong(Exception):
    """What must not happen to a connection."""


class Stream:
    """One end of a connection, with what was received and not understood, and what is to be sent."""

    def __init__(self, connection):
        connection.setblocking(False)
        self.connection = connection
        self.received = bytearray()
        self.waiting = bytearray()
        self.ended = False
        self.silent = False
        self.next = 0
        self.verified = 0
        self.sums = {}

    def fileno(self):
        return self.connection.fileno()

    def frame(self, number, seen=0):
        body = random.randbytes(random.randint(1, LONGEST))
        own = zlib.crc32(body)
        self.waiting += FRAME.pack(number, len(body), own, seen) + body
        return own

    def read(self):
        """The frames that are whole now: number, sum, the other's sum."""
        piece = self.connection.recv(PIECE)
        self.ended = not piece
        self.received += piece
        frames = []
        while len(self.received) >= FRAME.size:
            number, length, own, seen = FRAME.unpack_from(self.received)
            end = FRAME.size + length
            if length > LONGEST:
                raise Wrong(f"a frame of {length} bytes behind {self.verified}")
            if len(self.received) < end:
                break
            if zlib.crc32(self.received[FRAME.size : end]) != own:
                raise Wrong(f"other bytes behind {self.verified}")
            del self.received[:end]
            self.verified += end
            frames.append((number, own, seen))
        if self.ended and self.received:
            raise Wrong(f"an end within a frame, behind {self.verified}")
        return frames

    def write(self):
        del self.waiting[: self.connection.send(self.waiting)]


def serve(directory):
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 0))
    listener.listen(64)
    save(directory, "port", str(listener.getsockname()[1]))
    streams = []
    while True:
        readers = [listener] + [s for s in streams if len(s.waiting) < MOST]
        readable, writable, _ = select.select(readers, [s for s in streams if s.waiting], [], 1)
        for stream in readable:
            if stream is listener:
                streams.append(Stream(listener.accept()[0]))
                continue
            for number, own, _ in stream.read():
                if number != stream.next:
                    raise Wrong(f"frame {number} where {stream.next} was to come")
                stream.next += 1
                stream.frame(number, own)
        for stream in writable:
            stream.write()
        for stream in [s for s in streams if s.ended and not s.waiting]:
            stream.connection.close()
            streams.remove(stream)


def connect(directory, count, addresses):
    while not os.path.exists(directory + "/port"):
        time.sleep(0.01)
    with open(directory + "/port", encoding="ascii") as file:
        port = int(file.read())
    return [Stream(socket.create_connection((addresses[i % len(addresses)], port))) for i in range(count)]


def ask(directory, count, addresses):
    streams = connect(directory, count, addresses)
    all_of_them = list(streams)
    progress = os.open(directory + "/progress", os.O_RDWR | os.O_CREAT, 0o644)
    while streams:
        ends = os.path.exists(directory + "/end")
        for stream in streams:
            while not ends and len(stream.sums) < IN_FLIGHT:
                stream.sums[stream.next] = stream.frame(stream.next)
                stream.next += 1
        readable, writable, _ = select.select(streams, [s for s in streams if s.waiting], [], 0.02)
        for stream in readable:
            for number, _, seen in stream.read():
                if next(iter(stream.sums)) != number or stream.sums.pop(number) != seen:
                    raise Wrong(f"frame {number} was answered, out of order or with another sum")
            if stream.ended:
                if not ends or stream.sums:
                    raise Wrong(f"closed with {len(stream.sums)} frames unanswered")
                streams.remove(stream)
        for stream in writable:
            stream.write()
        for stream in streams:
            if ends and not stream.waiting and not stream.silent:
                stream.silent = True
                stream.connection.shutdown(socket.SHUT_WR)
        text = " ".join("%012d" % stream.verified for stream in all_of_them)
        os.pwrite(progress, text.encode(), 0)
    save(directory, "done", "")


def save(directory, name, text):
    with open(f"{directory}/.{name}", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(f"{directory}/.{name}", f"{directory}/{name}")


def main():
    directory, role, count = sys.argv[1:4]
    side = role
    try:
        if role == "both":
            side = "client" if os.fork() == 0 else "server"
        if side == "server":
            serve(directory)
        else:
            ask(directory, int(count), sys.argv[4:])
    except (OSError, Wrong) as error:
        save(directory, "fault", f"{side}: {type(error).__name__}: {error}")
        sys.exit(1)


main()
