#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""connections.py DIR KIND [FAMILY]: has both ends of a TCP connection in a state that is easily lost.

Reported as programs/common.h describes it. When the file DIR/go is there both ends are used until
the connection is over, and what came of it is the state from then on."""

import errno
import fcntl
import hashlib
import os
import select
import socket
import struct
import sys
import time

BLOCK = 4096
SIOCINQ = 0x541B
SIOCOUTQ = 0x5411
POLLRDHUP = 0x2000
MARKS = b"".join(b"%08d" % i for i in range(1 << 17))
directory, kind = sys.argv[1:3]
family = sys.argv[3] if len(sys.argv) > 3 else "v4"


def small(s):
    """The defaults hold megabytes."""
    if kind not in ("established", "idle"):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 17)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)


def pair():
    six = family != "v4"
    listener = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if six:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    small(listener)
    listener.bind(("::" if six else "127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    a = socket.socket(listener.family)
    small(a)
    a.connect(({"v4": "127.0.0.1", "v6": "::1", "mapped": "::ffff:127.0.0.1"}[family], port))
    b, _ = listener.accept()
    if kind == "without_listener":
        listener.close()
    return [a, b, listener]


def fill(s):
    """Sends until nothing more can be sent; gives what was."""
    s.setblocking(False)
    done = 0
    while True:
        try:
            done += s.send(MARKS[done:])
        except BlockingIOError:
            s.setblocking(True)
            return MARKS[:done]


def established(a, b):
    a.sendall(b"unread by b")
    b.sendall(b"unread by a")
    return b"unread by b", b"unread by a"


without_listener = established


def full(a, b):
    """More than both buffers hold, in both directions."""
    return fill(a), fill(b)


def idle(a, b):
    return b"", b""


def half_closed(a, b):
    """FIN-WAIT-2 and CLOSE-WAIT, with something unread before the end."""
    a.sendall(b"last words")
    a.shutdown(socket.SHUT_WR)
    return b"last words", b""


def fin_wait_1(a, b):
    sent = fill(a)
    a.shutdown(socket.SHUT_WR)
    return sent, b""


def last_ack(a, b):
    """b has closed and reads nothing: what a has sent cannot be confirmed, nor its end."""
    b.shutdown(socket.SHUT_WR)
    sent = fill(a)
    a.shutdown(socket.SHUT_WR)
    return sent, b""


def closing(a, b):
    sent = fill(a)
    a.shutdown(socket.SHUT_WR)
    b.shutdown(socket.SHUT_WR)
    return sent, b""


def outcome(call):
    """What a call that changes nothing gives, or how it fails."""
    try:
        return call()
    except OSError as e:
        return errno.errorcode[e.errno]


def events(s):
    poll = select.poll()
    poll.register(s, select.POLLIN | select.POLLOUT | POLLRDHUP)
    return sum(what for _, what in poll.poll(0))


def number(s, request):
    return struct.unpack("i", fcntl.ioctl(s, request, b"\0\0\0\0"))[0]


def look(s):
    info = s.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 8)
    waiting = number(s, SIOCINQ)
    flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
    data = outcome(lambda: s.recv(waiting + 1, flags))
    if isinstance(data, bytes):
        data = hashlib.sha1(data).hexdigest()[:8]
    return (
        info[0],
        info[5] & 7,
        info[6],
        s.getsockname(),
        outcome(s.getpeername),
        waiting,
        number(s, SIOCOUTQ),
        events(s),
        data,
        s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR),
        s.getsockopt(socket.SOL_TCP, socket.TCP_NODELAY),
    )


def take(s, wanted):
    """Whether exactly this comes, and then the end."""
    got = bytearray()
    while True:
        piece = s.recv(1 << 16)
        if not piece:
            return bytes(got) == wanted
        got += piece


def finish(a, b, to_b, to_a):
    """Each side says what it has left to say, and closes; every byte arrives."""
    state = [s.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 1)[0] for s in (a, b)]
    closed = (4, 5, 9, 11)
    if os.fork() == 0:
        ok = take(b, to_b if state[0] in closed else to_b + b"more for b")
        os._exit(0 if ok else 1)
    if os.fork() == 0:
        if state[0] not in closed:
            a.sendall(b"more for b")
            a.shutdown(socket.SHUT_WR)
        os._exit(0)
    if os.fork() == 0:
        if state[1] not in closed:
            b.sendall(b"more for a")
            b.shutdown(socket.SHUT_WR)
        os._exit(0)
    ok = take(a, to_a if state[1] in closed else to_a + b"more for a")
    return [ok] + [os.wait()[1] for _ in range(3)]


def settled(a, b):
    """What was sent is on its way no more: a probe of a closed window may let in some, later."""
    last = None
    same = 0
    while same < 20:
        now = [(number(s, SIOCINQ), number(s, SIOCOUTQ)) for s in (a, b)]
        same = same + 1 if now == last else 0
        last = now
        time.sleep(0.05)


def report(status, tick, state):
    text = "tick=%d\nstate=%s\n" % (tick, state)
    os.pwrite(status, text.encode().ljust(BLOCK, b"\n"), 0)


def wait_for_room(status):
    """SYN-SENT: one who wants to be accepted by a listener outside of the tree, at port FAMILY."""
    address = ("127.0.0.1", int(family))
    waits = socket.socket()
    waits.setblocking(False)
    waits.connect_ex(address)
    tick = 0
    while True:
        tick += 1
        info = waits.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 1)[0]
        report(status, tick, (info, waits.getsockname(), outcome(waits.getpeername)))
        time.sleep(0.02)


def main():
    status = os.open(directory + "/status", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(status, BLOCK)
    if kind == "syn_sent":
        return wait_for_room(status)
    a, b, listener = pair()
    to_b, to_a = globals()[kind](a, b)
    settled(a, b)
    tick = 0
    state = None
    while True:
        tick += 1
        if state is None and os.path.exists(directory + "/go"):
            state = finish(a, b, to_b, to_a)
        report(status, tick, state or (look(a), look(b)))
        time.sleep(0.02)


main()
