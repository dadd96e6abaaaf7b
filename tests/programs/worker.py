#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""worker.py DIR: threads, a child, and what both hold open: shared memory, pipes with data in them,
an eventfd, an epoll set, a unix socket pair, a file with an offset. Each tick uses and checks all."""

import hashlib
import mmap
import os
import select
import socket
import struct
import sys
import threading
import time

BLOCK = 4096
directory = sys.argv[1]
error = ""


def fail(text):
    global error
    error = error or text


def counting_thread(counters, index, lock):
    local = threading.local()
    local.value = index * 17
    while True:
        with lock:
            counters[index] += 1
        if local.value != index * 17:
            fail(f"thread {index} lost its value")
        time.sleep(0.01)


def child(shared, request, reply):
    """Answers each request with the number it finds in shared memory."""
    while True:
        text = request.recv(64)
        if not text:
            os._exit(0)
        number = struct.unpack_from("Q", shared, 0)[0]
        struct.pack_into("Q", shared, 8, number + 1)
        os.write(reply, b"%08d" % number)


def main():
    status = os.open(directory + "/status", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(status, BLOCK)
    data = bytes(hashlib.sha256(b"%d" % (i // 32)).digest()[i % 32] for i in range(1 << 18))
    digest = hashlib.sha256(data).hexdigest()
    plain = os.open(directory + "/offset", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(plain, b"0123456789")
    os.lseek(plain, 4, os.SEEK_SET)

    shared = mmap.mmap(-1, 2 * BLOCK)
    asked, answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reply_read, reply_write = os.pipe()
    if os.fork() == 0:
        asked.close()
        child(shared, answering, reply_write)
    answering.close()

    kept_read, kept_write = os.pipe()
    os.write(kept_write, b"kept in the pipe")
    event = os.eventfd(3, os.EFD_NONBLOCK)
    poll = select.epoll()
    poll.register(event, select.EPOLLIN)
    poll.register(reply_read, select.EPOLLIN | select.EPOLLET)
    poll.register(kept_read, select.EPOLLIN)

    counters, lock = [0] * 4, threading.Lock()
    for index in range(4):
        threading.Thread(target=counting_thread, args=(counters, index, lock), daemon=True).start()

    tick = 0
    while True:
        tick += 1
        struct.pack_into("Q", shared, 0, tick)
        asked.send(b"?")
        answer = os.read(reply_read, 8)
        if int(answer) != tick or struct.unpack_from("Q", shared, 8)[0] != tick + 1:
            fail(f"the child answered {answer!r} in tick {tick}")
        if hashlib.sha256(data).hexdigest() != digest:
            fail("private memory differs")
        ready = {fd for fd, _ in poll.poll(0)}
        if event not in ready or kept_read not in ready:
            fail(f"epoll reports {sorted(ready)}")
        if os.eventfd_read(event) != 3:
            fail("the eventfd has another value")
        os.eventfd_write(event, 3)
        kept = os.read(kept_read, 64)
        os.write(kept_write, kept)
        if kept != b"kept in the pipe":
            fail(f"the pipe holds {kept!r}")
        if os.lseek(plain, 0, os.SEEK_CUR) != 4:
            fail("the file has another offset")
        slowest = min(min(counters), tick)
        text = f"tick={slowest}\ndigest={digest}\n" + (f"error={error}\n" if error else "")
        os.pwrite(status, text.encode().ljust(BLOCK, b"\n"), 0)
        time.sleep(0.02)


main()
