#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""objects.py DIR KIND: holds kernel objects in a state that is easily lost, and reports it.

Each function below makes one kind of state and returns what looks at it; the look changes nothing.
Reported as programs/common.h describes it."""

import array
import ctypes
import errno
import fcntl
import hashlib
import mmap
import os
import queue
import resource
import select
import signal
import socket
import stat
import struct
import sys
import termios
import threading
import time
import tty

BLOCK = 4096
AT_FDCWD = -100
AT_SYMLINK_FOLLOW = 0x400
F_OFD_SETLK = 37
F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032
IP_FREEBIND = 15
IPV6_FREEBIND = 78
RLIMIT_SIGPENDING = 11
POLLRDHUP = 0x2000
SO_PEEK_OFF = 42
PR_SET_PDEATHSIG = 1
NETLINK_GENERIC = 16
SOL_NETLINK = 270
IOSQE_ASYNC, IOSQE_CQE_SKIP_SUCCESS = 0x10, 0x40
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None, use_errno=True)
directory = sys.argv[1]


def events(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT | POLLRDHUP)
    return sum(what for _, what in poll.poll(0))


def outcome(call):
    """What a call that changes nothing gives, or how it fails."""
    try:
        return call()
    except OSError as e:
        return errno.errorcode[e.errno]


def tcp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_STREAM)


def reset_connection():
    """An accepted connection that its client has reset; the error is read."""
    listener = tcp()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert outcome(lambda: accepted.recv(1)) == "ECONNRESET"
    return lambda: (
        outcome(lambda: accepted.recv(1)),
        outcome(lambda: accepted.send(b"x", socket.MSG_NOSIGNAL)),
        outcome(accepted.getpeername),
        events(accepted),
        listener.getsockname(),
    )


def refused_connection():
    """A connection that nobody has accepted: the socket can be used again."""
    unused = tcp()
    unused.bind(("127.0.0.1", 0))
    sockets = []
    for bound in (False, True):
        s = tcp()
        if bound:
            s.bind(("127.0.0.1", 0))
        assert outcome(lambda: s.connect(unused.getsockname())) == "ECONNREFUSED"
        sockets.append(s)
    return lambda: [(events(s), outcome(lambda: s.recv(1)), s.getsockname()[0]) for s in sockets] 


def closed_connection():
    """Both sides have shut down; none has closed its descriptor."""
    listener = tcp()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    accepted.shutdown(socket.SHUT_RDWR)
    client.shutdown(socket.SHUT_RDWR)
    time.sleep(0.1)
    return lambda: [
        (outcome(lambda: s.recv(1)), outcome(lambda: s.send(b"x", socket.MSG_NOSIGNAL)), events(s))
        for s in (client, accepted)
    ]


SOCKET_OPTIONS = [
    ("listening", socket.SOL_TCP, option, value)
    for option, value in ((7, 3), (8, 17), (9, 7), (10, 30000), (18, 4321), (23, 9), (25, 16384))
    + ((27, 1), (2, 1111), (16, 1), (34, 1), (36, 1))
] + [
    ("connected", socket.SOL_TCP, option, value)
    for option, value in ((7, 4), (8, 18), (16, 1), (18, 1234), (25, 32768), (36, 1))
] + [
    ("listening", socket.SOL_SOCKET, 47, 1234567),
    ("connected", socket.SOL_SOCKET, 47, 7654321),
    ("connected", socket.SOL_SOCKET, 60, 1),
    ("listening", socket.SOL_IP, 10, 0),
    ("listening", socket.SOL_IP, 19, 1),
    ("listening", socket.SOL_IP, 21, 3),
    ("connected", socket.SOL_IP, 10, 3),
    ("connected", socket.SOL_IP, 11, 1),
    ("udp", socket.SOL_IP, 12, 1),
    ("udp", socket.SOL_IP, 34, 0),
    ("udp", socket.SOL_UDP if hasattr(socket, "SOL_UDP") else 17, 104, 1),
    ("v6", socket.IPPROTO_IPV6, 16, 77),
    ("v6", socket.IPPROTO_IPV6, 67, 0x20),
    ("v6", socket.IPPROTO_IPV6, 23, 3),
    # IP_RECVOPTS, IP_RECVORIGDSTADDR, IP_MULTICAST_ALL, IP_UNICAST_IF, IP_MULTICAST_IF, IP_RECVFRAGSIZE
    ("udp", socket.IPPROTO_IP, 6, 1),
    ("udp", socket.IPPROTO_IP, 20, 1),
    ("udp", socket.IPPROTO_IP, 49, 0),
    ("udp", socket.IPPROTO_IP, 50, socket.htonl(1)),
    ("udp", socket.IPPROTO_IP, 32, 0x0100007F),
    ("udp", socket.IPPROTO_IP, 25, 1),
    # SO_TIMESTAMPNS, SO_TIMESTAMPING, SO_RXQ_OVFL, SO_PEEK_OFF
    ("udp", socket.SOL_SOCKET, 35, 1),
    ("udp", socket.SOL_SOCKET, 37, 0x18),
    ("udp", socket.SOL_SOCKET, 40, 1),
    ("udp", socket.SOL_SOCKET, SO_PEEK_OFF, 3),
    # IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_DONTFRAG, IPV6_MULTICAST_IF, IPV6_MULTICAST_ALL, SO_TIMESTAMP of 64 bits
    ("v6", socket.IPPROTO_IPV6, 51, 1),
    ("v6", socket.IPPROTO_IPV6, 66, 1),
    ("v6", socket.IPPROTO_IPV6, 62, 1),
    ("v6", socket.IPPROTO_IPV6, 17, 1),
    ("v6", socket.IPPROTO_IPV6, 29, 0),
    ("v6", socket.SOL_SOCKET, 63, 1),
    # TCP_WINDOW_CLAMP, which a connection has a value of its own of; TCP_MAXSEG.
    ("connected", socket.SOL_TCP, 10, 30000),
    ("accepted", socket.SOL_TCP, 10, 40000),
    ("unused", socket.SOL_TCP, 10, 20000),
    ("unused", socket.SOL_TCP, 2, 1111),
    # IP_PKTINFO, IP_TOS, IP_TTL, IP_MINTTL, IPV6_UNICAST_HOPS, IPV6_TCLASS of addresses of IPv4 in a socket of IPv6
    ("v6", socket.IPPROTO_IP, 8, 1),
    ("mapped", socket.IPPROTO_IP, 1, 0x10),
    ("mapped", socket.IPPROTO_IP, 2, 44),
    ("mapped", socket.IPPROTO_IP, 21, 3),
    ("mapped", socket.IPPROTO_IPV6, 16, 77),
    ("mapped", socket.IPPROTO_IPV6, 67, 0x20),
    ("mapped", socket.SOL_TCP, 10, 50000),
    ("mapped", socket.SOL_TCP, 18, 999),
]


def look_from_offset(s):
    """SO_PEEK_OFF, which a look moves, and what is seen from there on."""
    offset = s.getsockopt(socket.SOL_SOCKET, SO_PEEK_OFF)
    seen = s.recv(100, socket.MSG_PEEK)
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, offset)
    return offset, seen


def socket_options():
    """Options that are not as in a new socket."""
    listener = tcp()
    listener.setsockopt(socket.SOL_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT: not when it listens.
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    mapped = socket.socket(socket.AF_INET6)
    mapped.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
    client.sendall(b"unread")
    accepted.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 3)
    sockets = {
        "listening": listener,
        "connected": client,
        "accepted": accepted,
        "udp": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "v6": six,
        "mapped": mapped,
        "unused": tcp(),
        "accepted mapped": listener.accept()[0],
    }
    for which, level, option, value in SOCKET_OPTIONS:
        sockets[which].setsockopt(level, option, value)
    client.setsockopt(socket.SOL_TCP, socket.TCP_CONGESTION, b"reno")
    listener.setsockopt(socket.SOL_TCP, socket.TCP_CONGESTION, b"reno")
    listener.setsockopt(socket.SOL_TCP, 33, bytes(range(16)))
    return lambda: (
        [sockets[which].getsockopt(level, option) for which, level, option, _ in SOCKET_OPTIONS],
        [s.getsockopt(socket.SOL_TCP, socket.TCP_CONGESTION, 16) for s in (client, accepted)],
        [listener.getsockopt(socket.SOL_TCP, option, 16) for option in (30, 33)],
        look_from_offset(accepted),
    )


def never_connected_shut_down():
    s = tcp()
    outcome(lambda: s.shutdown(socket.SHUT_RDWR))
    half = tcp()
    outcome(lambda: half.shutdown(socket.SHUT_RD))
    return lambda: [(outcome(lambda: x.recv(1)), events(x)) for x in (s, half)]


def udp_connected():
    """Bound and connected, one of IPv4 and one of IPv6, and one that is no longer connected."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    peer6.bind(("::1", 0))
    sockets = []
    for kind, to in ((socket.AF_INET, peer), (socket.AF_INET6, peer6)):
        a = socket.socket(kind, socket.SOCK_DGRAM)
        a.bind(("", 0))
        a.connect(to.getsockname())
        b = socket.socket(kind, socket.SOCK_DGRAM)
        b.connect(to.getsockname())
        c = socket.socket(kind, socket.SOCK_DGRAM)
        c.bind((to.getsockname()[0], 0))
        c.connect(to.getsockname())
        d = socket.socket(kind, socket.SOCK_DGRAM)
        d.connect(to.getsockname())
        d_address = struct.pack("H14x", socket.AF_UNSPEC)
        assert libc.connect(d.fileno(), d_address, 16) == 0
        sockets += [a, b, c, d]
    return lambda: [(s.getsockname(), outcome(s.getpeername)) for s in sockets] + [
        peer.getsockname(),
        peer6.getsockname(),
    ]


def udp_shut_down():
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    sockets = []
    for how in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(peer.getsockname())
        s.shutdown(how)
        s.setblocking(False)
        sockets.append(s)
    return lambda: [
        (
            events(s),
            outcome(lambda: s.send(b"", socket.MSG_NOSIGNAL)),
            outcome(lambda: s.recv(1)),
            s.getsockname(),
        )
        for s in sockets
    ]


def udp_error_waits():
    """Behind an end of reading, and before a datagram: a look at what waits gets the error first."""
    sockets = []
    for shut in (True, False):
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.bind(("127.0.0.1", 0))
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(peer.getsockname())
        peer.sendto(b"waits", s.getsockname())
        if shut:
            s.shutdown(socket.SHUT_RD)
        peer.close()
        s.send(b"nobody")
        sockets.append(s)
    return lambda: [(s.getsockname(), s.getpeername()) for s in sockets]


def udp_error_is_left():
    """No dump takes it; before "take" is there the program does not, either."""
    peer = udp("127.0.0.1")
    s = udp("127.0.0.1")
    s.connect(peer.getsockname())
    peer.sendto(b"waits", s.getsockname())
    peer.close()
    s.send(b"nobody")
    results = []

    def look():
        if not results and os.path.exists(directory + "/take"):
            results.append([outcome(lambda: s.recv(9)) for _ in range(2)])
        return results or events(s)

    return look


def unix_connected():
    """Datagram sockets bound and connected: to one another, to themselves, one way."""
    names = [directory + "/" + n for n in ("a", "b", "c", "d")]
    a, b, c, d = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(4))
    for s, name in zip((a, b, c, d), names):
        s.bind(name)
    a.connect(names[1])
    b.connect(names[0])
    c.connect(names[2])
    e = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    e.bind(directory + "/e")
    e.connect(names[3])
    for s in (a, b, c, d, e):
        s.setblocking(False)

    def look():
        a.send(b"to b")
        c.send(b"to itself")
        e.send(b"to d")
        return [
            (s.getsockname(), outcome(s.getpeername)) for s in (a, b, c, d, e)
        ] + [b.recvfrom(99), c.recvfrom(99), d.recvfrom(99)]

    return look


def answers(listener, name):
    """Whether a listening socket is the one that its name leads to."""
    listener.setblocking(False)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.setblocking(False)
    try:
        client.connect(name)
        accepted, _ = listener.accept()
        return (client.getpeername(), accepted.getsockname())
    except OSError as e:
        return errno.errorcode[e.errno]


def listener(name, mode=0o640):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(name)
    os.chmod(name, mode)
    s.listen()
    return s


def unix_names():
    """Listening sockets with relative names: from here, with dots, from above, by a symbolic link."""
    os.makedirs(directory + "/run/deep")
    os.symlink("run", directory + "/link")
    os.chdir(directory + "/run")
    names = ("plain", "./dot", ".//deep/./dots", "../above", "../link/linked", directory + "/link/far")
    sockets = [listener(name) for name in names]
    return lambda: [(answers(s, n), oct(os.stat(n).st_mode)) for s, n in zip(sockets, names)]


def unix_lost_names():
    """Sockets whose names are removed: by unlink, with their directory, taken by another socket of
    the same name; connections by such names, and clients of a datagram socket."""
    os.chdir(directory)
    os.makedirs("gone/with")
    names = ("unlinked", "gone/with/directory", "./dot", directory + "/taken")
    sockets = [listener(name) for name in names]
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect("unlinked")
    accepted, _ = sockets[0].accept()
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("log")
    log.setblocking(False)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect("log")
    for name in names + ("log",):
        os.unlink(name)
    os.removedirs("gone/with")
    taker = listener("taken")
    accepted.send(b"waits")

    def look():
        sender.send(b"x")
        return (
            [s.getsockname() for s in sockets],
            answers(taker, directory + "/taken"),
            (client.getpeername(), accepted.getsockname(), client.recv(9, socket.MSG_PEEK)),
            (sender.getpeername(), log.recv(9)),
            sorted(os.listdir(".")),
        )

    return look


def unix_deleted():
    """Absolute names only, which CRIU can make again, too."""
    server = listener(directory + "/server")
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(directory + "/server")
    accepted, _ = server.accept()
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(directory + "/log")
    log.setblocking(False)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect(directory + "/log")
    os.unlink(directory + "/server")
    os.unlink(directory + "/log")

    def look():
        sender.send(b"x")
        return (
            server.getsockname(),
            (sender.getpeername(), log.recv(9)),
            (os.path.exists(directory + "/server"), os.path.exists(directory + "/log")),
            accepted.send(b"x") and client.recv(9),
        )

    return look


def unix_moved_names():
    """Sockets that were bound to a temporary name, as servers do that take the place of one before:
    renamed, linked, renamed by a relative name; connections by the old name, and by the new one."""
    os.chdir(directory)
    renamed = listener("./temporary")
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect("temporary")
    accepted, _ = renamed.accept()
    os.rename("temporary", "renamed")
    linked = listener(directory + "/linked.1", 0o600)
    os.link("linked.1", "linked")
    os.unlink("linked.1")
    again = listener("./temporary")
    os.rename("temporary", "again")
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("log.1")
    os.rename("log.1", "log")
    log.setblocking(False)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect("log")
    made = zip((renamed, linked, again), ("renamed", "linked", "again"))
    pairs = list(made)

    def look():
        sender.send(b"x")
        return (
            [(answers(s, n), oct(os.stat(n).st_mode)) for s, n in pairs],
            (client.getpeername(), accepted.getsockname()),
            (sender.getpeername(), log.recv(9)),
            sorted(os.listdir(".")),
        )

    return look


def peek_all(s):
    """What waits in a socket, and who sent it, without taking it; empty messages only if first."""
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    found = []
    while True:
        try:
            data, _, _, sender = s.recvmsg(99, 0, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        found.append((data, sender))
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    return found


def datagram(name=None, to=None):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if name:
        s.bind(name)
    if to:
        s.connect(to)
    return s


def unix_senders():
    """Waiting datagrams of senders with names: that live, are gone, have abstract names, none."""
    log = datagram(directory + "/log")
    living = datagram(directory + "/living", directory + "/log")
    living.send(b"living")
    gone = datagram(directory + "/gone", directory + "/log")
    gone.send(b"gone")
    gone.close()
    abstract = datagram("\0torpor-sender-%d" % os.getpid())
    abstract.sendto(b"abstract", directory + "/log")
    datagram(None, directory + "/log").send(b"x" * 50)
    os.chdir(directory)
    datagram("relative", "log").send(b"relative")
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind("left")
    left.send(b"of the pair")
    half, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    half.bind("half")
    half.send(b"of the other half")
    half.close()
    return lambda: (
        peek_all(log),
        peek_all(right),
        peek_all(other),
        [s.getsockname() for s in (living, abstract, left)],
    )


def empty_messages():
    """Queues in which empty messages wait: first, last, alone, several. To see more than whether
    there is a first one takes them out, which is asked for by a file of the name "take"."""
    kinds = (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)
    queues = ([b""], [b"", b"a"], [b"a", b""], [b"", b"", b"a", b"", b"b"], [b"a", b"", b"", b"b"])
    sockets = []
    for kind in kinds:
        for queue in queues:
            a, b = socket.socketpair(socket.AF_UNIX, kind)
            for message in queue:
                a.send(message)
            b.setblocking(False)
            sockets.append((a, b))

    def taken(s):
        found = []
        while True:
            try:
                found.append(s.recv(9))
            except BlockingIOError:
                return found

    results = []

    def look():
        if not results and os.path.exists(directory + "/take"):
            for i, (a, b) in enumerate(sockets):
                results.append(taken(b) == queues[i % len(queues)])
        return results or "waits"

    return look


def udp(address, family=socket.AF_INET, **options):
    """A bound socket; options by level and number, l0_8=1."""
    s = socket.socket(family, socket.SOCK_DGRAM)
    for name, value in options.items():
        s.setsockopt(*(int(part) for part in name[1:].split("_")), value)
    s.bind((address, 0))
    s.setblocking(False)
    return s


def forged(payload, source, port, to):
    """A datagram of another machine."""
    header = struct.pack("!HHHH", port, to.getsockname()[1], 8 + len(payload), 0)
    ip = struct.pack("!BBHIBBH4s4s", 0x45, 0, 28 + len(payload), 0, 9, 17, 0, source, b"\x7f\0\0\1")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, 255) as raw:
        raw.sendto(ip + header + payload, ("127.0.0.1", 0))


def peek_datagrams(s):
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    found = []
    while True:
        try:
            data, control, _, sender = s.recvmsg(70000, 999, socket.MSG_PEEK)
        except BlockingIOError:
            break
        found.append((len(data), data[:9], sender, sorted(control)))
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    return found


def datagrams():
    """Waiting in sockets that are bound to all addresses or one, connected, shut down, of both
    families, with another at the same port; of senders that live, are gone, or on other machines;
    with what the program asks of them: IP_PKTINFO, TTL, TOS."""
    any4, any6 = udp("0.0.0.0"), udp("::", socket.AF_INET6)
    seen = udp("0.0.0.0", l0_8=1, l0_12=1, l0_13=1)
    seen6 = udp("::1", socket.AF_INET6, l41_49=1, l41_51=1, l41_66=1)
    one, down = udp("127.0.0.1"), udp("127.0.0.1")
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for s in (any4, other):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(("127.0.0.1", any4.getsockname()[1]))
    other.setblocking(False)
    living, living6 = udp("127.0.0.1"), udp("::1", socket.AF_INET6)
    gone = udp("127.5.5.5", l0_1=0x28, l0_2=33)
    everyone = (any4, any6, seen, one, other, down)
    for s in everyone:
        port = s.getsockname()[1]
        address = "127.7.7.7" if s in (any4, seen, any6) else "127.0.0.1"
        for sender in (living, gone):
            sender.sendto(b"to port %d" % port, (address, port))
    for s in (any4, any6, seen):
        if s is not any4:
            forged(b"from far away", b"\xcb\0\x71\x05", 53, s)
    for s in (any6, seen6):
        living6.sendto(b"x" * 60000, ("::1", s.getsockname()[1]))
    forged(b"first", b"\xcb\0\x71\x06", 53, one)
    one.connect(living.getsockname())
    living.sendto(b"to the connected", one.getsockname())
    down.connect(living.getsockname())
    down.shutdown(socket.SHUT_RDWR)
    gone.close()
    sockets = everyone + (seen6,)
    return lambda: (
        [peek_datagrams(s) for s in sockets],
        [(s.getsockname(), outcome(s.getpeername)) for s in sockets],
    )


def empty_datagrams():
    """To see more than the first takes them out, which a file of the name "take" asks for."""
    sender = udp("127.0.0.1")
    queues = ([b""], [b"", b"a", b""], [b"a", b"", b"", b"b"])
    sockets = [udp("0.0.0.0") for _ in queues]
    for s, queue in zip(sockets, queues):
        for message in queue:
            sender.sendto(message, ("127.0.0.1", s.getsockname()[1]))
    results = []

    def look():
        if not results and os.path.exists(directory + "/take"):
            for s, queue in zip(sockets, queues):
                results.append([s.recv(9) for _ in queue] == queue and outcome(lambda: s.recv(9)))
        return results or "waits"

    return look


def bpf_filter(s, *instructions):
    """Attaches a program of classic BPF: code, jump if true, if false, operand."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in instructions))
    head = struct.pack("HxxxxxxQ", len(instructions), ctypes.addressof(program))
    s.setsockopt(socket.SOL_SOCKET, 26, head)


def attached(s):
    """The program, its lock."""
    buffer, length = ctypes.create_string_buffer(800), ctypes.c_uint(100)
    libc.getsockopt(s.fileno(), socket.SOL_SOCKET, 26, buffer, ctypes.byref(length))
    return buffer.raw[: 8 * length.value], s.getsockopt(socket.SOL_SOCKET, 44)


def socket_filters():
    """That let pass what begins with "y", behind what came before."""
    udp_socket, tcp_socket = udp("127.0.0.1"), socket.create_server(("127.0.0.1", 0))
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    left.send(b"no, but before")
    right.setblocking(False)
    for s, at in ((udp_socket, 8), (right, 0)):
        bpf_filter(s, (0x30, 0, 0, at), (0x15, 0, 1, ord("y")), (6, 0, 0, 0xFFFFFFFF), (6, 0, 0, 0))
    for s in (tcp_socket, route):
        bpf_filter(s, (6, 0, 0, 0xFFFF))
    sender = udp("127.0.0.1")
    sockets = (udp_socket, right, tcp_socket, route)

    def look():
        for message in (b"no", b"yes"):
            sender.sendto(message, udp_socket.getsockname())
        if len(peek_all(right)) == 1:
            # Twice is once too often for the queue.
            for message in (b"no", b"yes"):
                left.send(message)
        # It comes by a soft interrupt, perhaps in another's turn.
        select.select([udp_socket], [], [], 5)
        return (
            [attached(s) for s in sockets],
            (udp_socket.recv(9), outcome(lambda: udp_socket.recv(9))),
            peek_all(right),
        )

    return look


def locked_filter():
    """It cannot be taken off."""
    s = udp("127.0.0.1")
    bpf_filter(s, (6, 0, 0, 0xFFFF))
    s.setsockopt(socket.SOL_SOCKET, 44, 1)
    return lambda: (attached(s), outcome(lambda: s.setsockopt(socket.SOL_SOCKET, 27, 0)))


def bpf_attached():
    """A filter of extended BPF, which nobody can read: r0 = -1; exit."""
    text = ctypes.create_string_buffer(struct.pack("BBhiBBhi", 0xB7, 0, 0, -1, 0x95, 0, 0, 0))
    license = ctypes.create_string_buffer(b"GPL")
    attributes = ctypes.create_string_buffer(128)
    struct.pack_into("IIQQ", attributes, 0, 1, 2, ctypes.addressof(text), ctypes.addressof(license))
    program = libc.syscall(321, 5, attributes, 128)
    assert program >= 0
    s = udp("127.0.0.1")
    s.setsockopt(socket.SOL_SOCKET, 50, program)
    os.close(program)
    return s.getsockname


def membership(s, level, group):
    """Whether a socket belongs to a group at lo, as the kernel tells: mode and sources."""
    family = socket.AF_INET if level == socket.IPPROTO_IP else socket.AF_INET6
    address = socket.inet_pton(family, group)
    header = struct.pack("HH" if family == socket.AF_INET else "HHI", family, *([0] * (1 + (family != 2))))
    request = struct.pack("I4x", 1) + (header + address).ljust(128, b"\0") + struct.pack("II", 0, 8)
    buffer = ctypes.create_string_buffer(request, 144 + 8 * 128)
    length = ctypes.c_uint(len(buffer))
    if libc.getsockopt(s.fileno(), level, 48, buffer, ctypes.byref(length)):
        return errno.errorcode[ctypes.get_errno()]
    mode, count = struct.unpack_from("II", buffer, 136)
    start = len(header)
    sources = [buffer[144 + i * 128 + start :][: len(address)] for i in range(count)]
    return mode, sorted(sources)


def memberships():
    """Groups of UDP sockets: from any source, from some, from all but some; of both families."""
    v4, level, lo = socket.inet_aton, socket.IPPROTO_IP, socket.inet_aton("127.0.0.1")
    any4, some, dual = udp("0.0.0.0"), udp("0.0.0.0"), udp("::", socket.AF_INET6)
    any4.setsockopt(level, 35, v4("239.1.2.3") + lo)
    any4.setsockopt(level, 35, v4("239.1.2.4") + lo)
    any4.setsockopt(level, 38, v4("239.1.2.4") + lo + v4("10.1.1.1"))
    for source in ("10.1.1.1", "10.1.1.2"):
        some.setsockopt(level, 39, v4("232.1.2.3") + lo + v4(source))
    dual.setsockopt(level, 35, v4("239.1.2.5") + lo)
    six = socket.inet_pton(socket.AF_INET6, "ff15::77") + struct.pack("i", 1)
    dual.setsockopt(socket.IPPROTO_IPV6, 20, six)
    groups = ("239.1.2.3", "239.1.2.4", "239.1.2.5", "232.1.2.3", "224.0.0.1")
    return lambda: (
        [[membership(s, level, group) for group in groups] for s in (any4, some, dual)],
        [membership(dual, socket.IPPROTO_IPV6, group) for group in ("ff15::77", "ff02::1")],
    )


ETH_P_TEST, SOL_PACKET = 0x88B5, 263


def once(look):
    """Looks once behind each restore, which the time namespace tells: a dump refuses an answer of the kernel
    that is not read yet."""
    seen = {}

    def looked():
        generation = os.readlink("/proc/self/ns/time")
        if generation not in seen:
            seen[generation] = look()
        return seen[generation]

    return looked


def packet(kind=socket.SOCK_RAW, device="lo", protocol=ETH_P_TEST):
    s = socket.socket(socket.AF_PACKET, kind, 0)
    s.bind((device, protocol))
    return s


def accept_only(s, first):
    """A filter that takes packets whose payload begins with a byte, whatever the kind of socket."""
    at = 14 if s.type == socket.SOCK_RAW else 0
    code = struct.pack("HBBI" * 4, 0x30, 0, 0, at, 0x15, 0, 1, first, 6, 0, 0, 0xFFFF, 6, 0, 0, 0)
    code = ctypes.create_string_buffer(code)
    program = struct.pack("HP", 4, ctypes.addressof(code))
    s.setsockopt(socket.SOL_SOCKET, 26, program)


def packet_members(s):
    """Its memberships as sock_diag tells them: how often, which kind, which address."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
    request = struct.pack("BBHIIII", socket.AF_PACKET, 0, 0, 0, 2, 0, 0)
    netlink.send(struct.pack("IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
    found = None
    while True:
        answer, at = netlink.recv(1 << 16), 0
        while at < len(answer):
            length, kind = struct.unpack_from("IH", answer, at)
            if kind == 3:
                return found
            if struct.unpack_from("I", answer, at + 20)[0] == os.fstat(s.fileno()).st_ino:
                size, attribute = struct.unpack_from("HH", answer, at + 32)
                assert attribute == 1
                each = [answer[at + 36 + i :][:44] for i in range(0, size - 4, 44)]
                found = [struct.unpack_from("IH", e, 4) + (e[12:18],) for e in each]
            at += (length + 3) & ~3


def join_packets(s, kind, address=b""):
    s.setsockopt(SOL_PACKET, 1, struct.pack("IHH8s", 1, kind, len(address), address))


def sent_to(receivers, payload):
    """Which of them get a packet."""
    for s in receivers:
        while outcome(lambda s=s: s.recv(99, socket.MSG_DONTWAIT)) != "EAGAIN":
            pass
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    sender.sendto(payload, ("lo", ETH_P_TEST, 0, 0, b"\0" * 6))
    got = [outcome(lambda s=s: s.recv(99, socket.MSG_DONTWAIT)) for s in receivers]
    return [found if isinstance(found, str) else found[-len(payload) :] for found in got]


def packet_options(s, numbers):
    return [outcome(lambda: s.getsockopt(SOL_PACKET, number)) for number in numbers]


def packet_sockets():
    """Bound to a protocol and device, to a protocol, to nothing; with filters and memberships."""
    raw, cooked, any_device, idle = packet(), packet(socket.SOCK_DGRAM), None, None
    any_device = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_TEST))
    idle = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    accept_only(raw, ord("a"))
    accept_only(cooked, ord("b"))
    cooked.setsockopt(SOL_PACKET, 8, 1)
    cooked.setsockopt(SOL_PACKET, 9, 1)
    idle.setsockopt(SOL_PACKET, 12, 8)
    join_packets(raw, 1)
    join_packets(cooked, 0, b"\1\0\x5e\1\2\3")
    raw.setblocking(False)
    every = raw, cooked, any_device, idle
    members = once(lambda: [packet_members(s) for s in every])
    return lambda: (
        [sent_to(every, payload) for payload in (b"alpha", b"beta")],
        [s.getsockname() for s in every],
        [packet_options(s, (8, 9, 10, 12, 14, 15)) for s in every],
        members(),
        fcntl.fcntl(raw, fcntl.F_GETFL),
    )


def packet_fanout():
    """Two that share what comes, in turn, and another group of number 0."""
    pairs = [(packet(), packet()) for _ in range(2)]
    group = os.getpid() & 0xFFFF
    for (one, two), fanout in zip(pairs, (group | 1 << 16, group ^ 1)):
        one.setsockopt(SOL_PACKET, 18, fanout)
        two.setsockopt(SOL_PACKET, 18, fanout)

    def shared(pair):
        got = [sent_to(pair, b"shared") for _ in range(4)]
        assert all(g.count(b"shared") == 1 and g.count("EAGAIN") == 1 for g in got), got
        return len({str(g) for g in got})

    return lambda: (
        [shared(pair) for pair in pairs],
        [packet_options(s, (18,)) for pair in pairs for s in pair],
    )


def packet_extras():
    """Options that CRIU loses, a device that is joined twice, and one of the obsolete kind."""
    s, old = packet(), socket.socket(socket.AF_PACKET, 10, socket.htons(ETH_P_TEST))
    libc.bind(old.fileno(), struct.pack("H14s", socket.AF_PACKET, b"lo"), 16)
    numbers = (15, 19, 20, 23, 24)
    for number in (15, 19, 20, 23):
        s.setsockopt(SOL_PACKET, number, 1)
    s.setsockopt(socket.SOL_SOCKET, 36, 4711)
    s.setsockopt(socket.SOL_SOCKET, 44, 1)
    s.setsockopt(socket.SOL_SOCKET, 29, 1)
    join_packets(s, 2)
    join_packets(s, 2)

    members = once(lambda: packet_members(s))
    return lambda: (
        packet_options(s, numbers),
        [s.getsockopt(socket.SOL_SOCKET, number) for number in (36, 44, 29)],
        members(),
        old.getsockname(),
        old.type,
    )


def packet_ring():
    s = packet()
    s.setsockopt(SOL_PACKET, 10, 1)
    s.setsockopt(SOL_PACKET, 5, struct.pack("IIII", 4096, 4, 2048, 8))
    return lambda: s.getsockname()


def answered(s, send, room=99):
    """What comes in answer, which a checkpoint in between may have lost: then it is sent again."""
    send()
    while not select.select([s], [], [], 0.5)[0]:
        send()
    return s.recv(room)


def raw_socket(protocol, family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_RAW, protocol)


def echoed(s, address, family=socket.AF_INET):
    """What a raw socket of ICMP gets of an echo: with the filters here, the reply alone."""
    kind = 8 if family == socket.AF_INET else 128
    body = struct.pack("!BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, 1) + b"echo"
    total = sum(struct.unpack("!6H", body))
    check = ~(total + (total >> 16)) & 0xFFFF
    message = body[:2] + struct.pack("!H", check) + body[4:]
    while True:
        found = answered(s, lambda: s.sendto(message, address), 999)
        found = found[20 if family == socket.AF_INET else 0 :]
        if found[4:6] == body[4:6] and found[-4:] == b"echo":
            return found[0]


def raw_sockets():
    """Of ICMP with a filter, with a header of their own, bound."""
    icmp, icmp6 = raw_socket(1), raw_socket(58, socket.AF_INET6)
    icmp.setsockopt(255, 1, struct.pack("I", ~(1 << 0) & 0xFFFFFFFF))
    icmp6.setsockopt(58, 1, b"\xff" * 16 + b"\xfd" + b"\xff" * 15)
    header = raw_socket(253)
    header.setsockopt(0, 3, 1)
    header.setsockopt(0, 22, 1)
    bound = raw_socket(253)
    bound.bind(("127.0.0.1", 0))
    own = raw_socket(255)
    every = icmp, icmp6, header, bound, own
    return lambda: (
        echoed(icmp, ("127.0.0.1", 0)),
        echoed(icmp6, ("::1", 0), socket.AF_INET6),
        [s.getsockname() for s in every],
        [(s.getsockopt(0, 3), s.getsockopt(0, 22)) for s in every if s is not icmp6],
        icmp.getsockopt(255, 1),
        icmp6.getsockopt(58, 1, 32),
    )


def raw_extras():
    """Connected, in a multicast group, with options that CRIU loses, shut down."""
    connected = [raw_socket(253), raw_socket(253, socket.AF_INET6)]
    connected[0].connect(("127.0.0.1", 0))
    connected[1].connect(("::1", 0))
    routing, plain, shut = raw_socket(89), raw_socket(255), raw_socket(253)
    lo = socket.inet_aton("127.0.0.1")
    routing.setsockopt(0, 35, socket.inet_aton("224.0.0.5") + lo)
    routing.setsockopt(0, 33, 1)
    routing.setsockopt(0, 34, 0)
    plain.setsockopt(0, 3, 0)
    six = raw_socket(253, socket.AF_INET6)
    six.setsockopt(41, 36, 1)
    six.setsockopt(255, 7, 4)
    alert = raw_socket(46)
    alert.setsockopt(0, 5, 1)
    shut.connect(("127.0.0.1", 0))
    shut.shutdown(socket.SHUT_RDWR)

    return lambda: (
        [len(answered(s, lambda s=s: s.send(b"\0" * 20))) for s in connected],
        [s.getsockname() for s in connected],
        membership(routing, 0, "224.0.0.5"),
        routing.getsockopt(0, 33),
        routing.getsockopt(0, 34),
        plain.getsockopt(0, 3),
        six.getsockopt(41, 36),
        six.getsockopt(255, 7),
        alert.getsockopt(0, 5),
        events(shut),
    )


def ping_sockets():
    """Of ICMP, as anybody may have them: bound to a number, connected, and unused."""
    assert not libc.unshare(0x40000000)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1 | 0x40))
    control.close()
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as range_:
        range_.write("0 100")
    icmp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1) for _ in range(3)]
    icmp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, 58)
    icmp[0].bind(("127.0.0.1", 4711))
    icmp[1].connect(("127.0.0.1", 0))
    icmp[0].setsockopt(0, 2, 33)
    icmp6.bind(("::1", 4712))

    def ping(s, address, kind=8):
        message = struct.pack("!BBHHH", kind, 0, 0, 0, 1) + b"echo"
        return answered(s, lambda: s.sendto(message, address))

    return lambda: (
        ping(icmp[0], ("127.0.0.1", 0)),
        ping(icmp[1], ("127.0.0.1", 0))[:2],
        ping(icmp6, ("::1", 0), 128)[4:],
        [s.getsockname() for s in icmp + [icmp6]],
        icmp[0].getsockopt(0, 2),
    )


def udp_lite():
    """UDP-Lite, which covers a part of a datagram with its checksum, bound and connected."""
    one, two = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136) for _ in range(2)]
    for s in (one, two):
        s.bind(("127.0.0.1", 0))
    two.connect(one.getsockname())
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, 136)
    six.bind(("::1", 0))

    return lambda: (
        answered(one, lambda: two.send(b"light")),
        [s.getsockname() for s in (one, two, six)],
        two.getpeername(),
        [s.getsockopt(socket.SOL_SOCKET, 38) for s in (one, two, six)],
    )


def udp_held_back():
    """Corked with nothing waiting, coverage of UDP-Lite, and one of a tunnel of IPsec."""
    corked, tunnel, receiver = [udp("127.0.0.1") for _ in range(3)]
    corked.connect(receiver.getsockname())
    corked.setsockopt(17, 1, 1)
    lite = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
    lite.setsockopt(136, 10, 20)
    lite.setsockopt(136, 11, 24)
    tunnel.setsockopt(17, 100, 2)

    def passed():
        corked.send(b"one ")
        corked.send(b"datagram")
        before = outcome(lambda: receiver.recv(99))
        corked.setsockopt(17, 1, 0)
        corked.setsockopt(17, 1, 1)
        select.select([receiver], [], [], 5)
        return before, receiver.recv(99)

    return lambda: (
        [s.getsockname() for s in (corked, tunnel)],
        corked.getsockopt(17, 1),
        tunnel.getsockopt(17, 100),
        lite.getsockopt(136, 10),
        lite.getsockopt(136, 11),
        passed(),
    )


def corked_datagram():
    corked = udp("127.0.0.1")
    corked.connect(corked.getsockname())
    corked.setsockopt(17, 1, 1)
    corked.send(b"a part")
    return lambda: corked.getsockname()



NAMESPACES = "net", "uts", "ipc", "mnt", "user", "pid", "time"


def namespace_descriptors():
    """Of its own namespaces, with other flags, and of which one has two numbers."""
    opened = {name: os.open("/proc/self/ns/" + name, os.O_RDONLY) for name in NAMESPACES}
    again = os.dup(opened["net"])
    path = os.open("/proc/self/ns/uts", os.O_RDONLY | os.O_NONBLOCK)

    def is_own(fd, name):
        return os.fstat(fd).st_ino == os.stat("/proc/self/ns/" + name).st_ino

    return lambda: (
        [is_own(fd, name) for name, fd in opened.items()],
        is_own(again, "net"),
        is_own(path, "uts"),
        [oct(fcntl.fcntl(fd, fcntl.F_GETFL)) for fd in [*opened.values(), again, path]],
        [libc.setns(opened[name], 0) for name in ("net", "uts", "ipc")],
        [hex(fcntl.ioctl(fd, 0xB703)) for fd in opened.values()],
    )


def namespace_of_another():
    """Whose only member is a task that has ended."""
    child = os.fork()
    if child == 0:
        libc.unshare(0x4000000)
        time.sleep(60)
    while os.stat("/proc/%d/ns/uts" % child).st_ino == os.stat("/proc/self/ns/uts").st_ino:
        time.sleep(0.01)
    fd = os.open("/proc/%d/ns/uts" % child, os.O_RDONLY)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return lambda: os.fstat(fd).st_ino


def urgent_byte():
    """Which SO_OOBINLINE would show among the others."""
    left, right = socket.socketpair()
    right.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    left.send(b"before")
    left.send(b"!", socket.MSG_OOB)
    return lambda: struct.unpack("i", fcntl.ioctl(right, termios.FIONREAD, b"    "))


def open_tree(path):
    """A copy of a mount, attached to nothing."""
    fd = libc.syscall(428, AT_FDCWD, path, 1)
    assert fd >= 0
    return lambda: os.fstat(fd).st_ino


def datagram_to_go_on():
    """What MSG_MORE holds back as UDP_CORK does."""
    s = udp("127.0.0.1")
    s.connect(s.getsockname())
    s.send(b"a part", socket.MSG_MORE)
    return lambda: s.getsockname()


def packet_to_go_on():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    s.sendto(b"a part", socket.MSG_MORE, ("127.0.0.1", 0))
    return lambda: s.getsockname()


def unix_reset():
    """Whose peer went away and had not read all, which is heard once, behind what it has sent."""
    sockets = []
    for kind, said in ((socket.SOCK_STREAM, b"said"), (socket.SOCK_STREAM, b""), (socket.SOCK_SEQPACKET, b"")):
        s, gone = socket.socketpair(socket.AF_UNIX, kind)
        if said:
            gone.send(said)
        s.send(b"not read")
        gone.close()
        sockets.append(s)

    results = []

    def look():
        if not results and os.path.exists(directory + "/take"):
            results.append([[outcome(lambda: s.recv(9)) for _ in range(3)] for s in sockets])
        return results or [events(s) for s in sockets]

    return look


def unix_reset_behind_a_message():
    """A look at the message would be told."""
    s, gone = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gone.send(b"said")
    s.send(b"not read")
    gone.close()
    return lambda: events(s)


def silent_client():
    """It has its connection, and the listener nothing to accept before it says something."""
    listener = tcp()
    listener.bind(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_TCP, socket.TCP_DEFER_ACCEPT, 60)
    listener.listen()
    client = socket.create_connection(listener.getsockname())
    return lambda: (events(client), events(listener))


def detached_directory():
    """It is the current directory."""
    fd = libc.syscall(428, AT_FDCWD, b"/", 1)
    os.fchdir(fd)
    os.close(fd)
    return lambda: os.stat(".").st_ino


def detached_mount():
    return open_tree(b"/proc")


def detached_root():
    """Of which the path and the file are those of the root itself."""
    return open_tree(b"/")


def unread_terminal():
    master, slave = os.openpty()
    os.write(slave, b"unread")
    return lambda: struct.unpack("i", fcntl.ioctl(master, termios.FIONREAD, b"    "))


def terminal_queues():
    """What was typed, in lines and not, what was said, and that nobody has the other side; taken in the end."""
    results = []
    lines, lines_slave = os.openpty()
    attributes = termios.tcgetattr(lines_slave)
    attributes[6][termios.VEOL] = b"|"
    termios.tcsetattr(lines_slave, termios.TCSANOW, attributes)
    os.write(lines, b"first\nsecond|\x16\x03\x16\nliteral\n\x04un\x16\x04ended")
    raw, raw_slave = os.openpty()
    tty.setraw(raw_slave)
    os.write(raw, bytes(range(256)))
    loud, loud_slave = os.openpty()
    os.set_blocking(loud_slave, False)
    said = 0
    try:
        while said < 6000:
            said += os.write(loud_slave, b"%06d\n" % (said % 999999))
    except BlockingIOError:
        pass
    gone, slave = os.openpty()
    os.write(slave, b"last words\n")
    os.close(slave)
    packets, packets_slave = os.openpty()
    fcntl.ioctl(packets, termios.TIOCPKT, struct.pack("i", 1))
    os.write(packets_slave, b"said\n")
    masters = lines, raw, loud, gone, packets
    for fd in masters + (lines_slave, raw_slave):
        os.set_blocking(fd, False)

    def everything(fd):
        found = []
        while True:
            part = outcome(lambda: os.read(fd, 5000))
            if not isinstance(part, bytes):
                return found, part
            found.append(part)
            if not part and found[-2:] == [b"", b""]:
                return found

    def look():
        if not results and os.path.exists(directory + "/take"):
            results.append(everything(lines_slave))
            os.write(lines, b"\n")
            results.append(everything(lines_slave))
            results.append(everything(raw_slave))
            for fd in masters:
                found, end = everything(fd)
                results.append((hashlib.md5(b"".join(found)).hexdigest(), end))
        settings = termios.tcgetattr(lines_slave)
        return results or [events(fd) for fd in masters + (lines_slave, raw_slave)], settings[6], settings[:6]

    return look


def typed_for_nobody():
    """Who opens the other side next would read it."""
    master, slave = os.openpty()
    os.close(slave)
    os.write(master, b"typed\n")
    return lambda: events(master)


def lost_datagrams():
    """That a restore cannot make again as they were."""
    alone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    alone.bind(("127.0.0.1", 0))
    udp("127.0.0.1").sendto(b"lost", alone.getsockname())
    refused = udp("127.0.0.1")
    refused.connect(udp("127.0.0.1").getsockname())
    refused.send(b"to nobody")
    return lambda: (alone.getsockname(), refused.getsockname(), refused.getpeername())


def peek_rights(s):
    """What waits in a socket, with the files that come with it, and without taking it."""
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    found = []
    while True:
        try:
            data, control, _, _ = s.recvmsg(99, 999, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        if not data:
            break
        fds = array.array("i")
        for _, _, rights in control:
            fds.frombytes(rights)
        found.append((data, [in_flight(fd) for fd in fds]))
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    return found


def in_flight(fd):
    """What a received descriptor is, which is closed."""
    link, mode = os.readlink("/proc/self/fd/%d" % fd), os.fstat(fd).st_mode
    found = [link.split(":[")[0], oct(fcntl.fcntl(fd, fcntl.F_GETFL))]
    if stat.S_ISREG(mode):
        found += [os.lseek(fd, 0, os.SEEK_CUR), os.pread(fd, 99, 0)]
    elif stat.S_ISFIFO(mode):
        found.append(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"    "))[0])
    elif stat.S_ISSOCK(mode):
        received = socket.socket(fileno=os.dup(fd))
        if received.family == socket.AF_UNIX:
            found.append(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"    "))[0])
        else:
            found += [received.getsockname(), outcome(received.getpeername)]
            found.append(outcome(lambda: received.recv(9, socket.MSG_PEEK | socket.MSG_DONTWAIT)))
        received.close()
    else:
        found.append([line for line in open("/proc/self/fdinfo/%d" % fd) if "count" in line])
    os.close(fd)
    return found


def content(name, flags=os.O_RDWR | os.O_CREAT):
    fd = os.open(directory + "/" + name, flags)
    os.write(fd, name.encode())
    return fd


def files_in_flight():
    """Files that a message has, and a task or nobody else: a pipe, regular files."""
    reader, writer = os.pipe()
    os.write(writer, b"in the pipe")
    kept = content("kept")
    sockets = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        a, b = socket.socketpair(socket.AF_UNIX, kind)
        socket.send_fds(a, [b"reader"], [reader])
        alone = content("alone")
        os.lseek(alone, 2, os.SEEK_SET)
        socket.send_fds(a, [b"two"], [alone, kept])
        os.close(alone)
        sockets.append((a, b))
    os.close(reader)

    def look():
        os.lseek(kept, 3, os.SEEK_SET)
        found = [peek_rights(b) for _, b in sockets]
        os.lseek(kept, 1, os.SEEK_SET)
        return [(f, peek_rights(b)) for f, (_, b) in zip(found, sockets)]

    return look


def more_in_flight():
    """In pieces of a stream, of both ends of a connection, in the queue of a socket that waits, in
    its own queue; files of other kinds, in messages of who is gone, and to who has a name. A look
    shows descriptors with bytes before theirs; a file of the name "take" asks to take them out."""
    a, b = socket.socketpair()
    a.send(b"before")
    deleted = content("deleted")
    os.unlink(directory + "/deleted")
    memory = os.memfd_create("memory")
    os.write(memory, b"of nobody")
    socket.send_fds(a, [b"with"], [deleted, memory, os.eventfd(7)])
    a.send(b"after")
    inner, outer = socket.socketpair()
    reader, writer = os.pipe()
    outer.send(b"waits")
    socket.send_fds(a, [b"inner"], [inner.fileno(), reader, writer])
    socket.send_fds(a, [b"itself"], [b.fileno()])
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    client.send(b"hello")
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    socket.send_fds(left, [b"connection"], [accepted.fileno(), listener.fileno()])
    named = datagram(directory + "/named")
    gone = datagram(None, directory + "/named")
    socket.send_fds(gone, [b"of who is gone"], [content("third")])
    for fd in (deleted, memory, reader, writer):
        os.close(fd)
    for s in (inner, listener, accepted, left, gone):
        s.close()
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()

    taken = []

    def look():
        if not taken and os.path.exists(directory + "/take"):
            for bytes in (6, 4, 5):
                data, control, _, _ = b.recvmsg(bytes, 999)
                taken.append((data, [len(rights) // 4 for _, _, rights in control]))
        return (
            taken,
            [peek_rights(s) for s in (b, right, named)],
            client.getpeername(),
            outcome(lambda: client.recv(9, socket.MSG_PEEK | socket.MSG_DONTWAIT)),
        )

    return look


def epoll_in_flight():
    a, b = socket.socketpair()
    waiting = select.epoll()
    socket.send_fds(a, [b"x"], [waiting.fileno()])
    waiting.close()
    return b.fileno


def lock_in_flight():
    a, b = socket.socketpair()
    fd = content("locked")
    fcntl.flock(fd, fcntl.LOCK_EX)
    socket.send_fds(a, [b"x"], [fd])
    os.close(fd)
    return b.fileno


def waiting_connection():
    """One, to which nothing was sent."""
    server = listener(directory + "/server")
    client = socket.socket(socket.AF_UNIX)
    client.connect(directory + "/server")
    seen = []

    def look():
        if not seen and os.path.exists(directory + "/take"):
            accepted, _ = server.accept()
            accepted.send(b"hello")
            seen.append(client.recv(9))
        return client.getpeername(), seen

    return look


def accept_queues():
    """Of others, in their order, with what was sent, by who is gone or has shut down; more than the
    backlog permits by now. A file of the name "take" asks to accept them."""
    os.chmod(directory, 0o711)
    stream = listener(directory + "/stream", 0o777)
    packets = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    packets.bind("\0torpor-queue-%d" % os.getpid())
    packets.listen()
    clients = []

    def connect(to, user, *messages):
        client = socket.socket(socket.AF_UNIX, to.type)
        os.setresgid(user + 2000, user + 1000, 0)
        os.setresuid(user, user, 0)
        client.connect(to.getsockname())
        for message in messages:
            client.send(message)
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        return client

    for user in (33, 0, 44):
        clients.append(connect(stream, user, b"of %d," % user, b"twice"))
        clients.insert(0, connect(packets, user, b"of %d" % user, b"again"))
    connect(stream, 55, b"last words").close()
    clients[-1].shutdown(socket.SHUT_WR)
    stream.listen(1)
    results = []

    def accepted(s):
        s.setblocking(False)
        while True:
            try:
                one, _ = s.accept()
            except BlockingIOError:
                return
            one.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            peer = one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            data, control, _, _ = one.recvmsg(99, 99)
            sender = struct.unpack("iii", control[0][2])
            yield data, struct.unpack("iii", peer)[1:], sender[0] == os.getpid(), sender[1:]

    def look():
        if not results and os.path.exists(directory + "/take"):
            results.extend([list(accepted(stream)), list(accepted(packets))])
        return [c.getpeername() for c in clients], results

    return look




def rights_for_nobody():
    """In a message to a connection that nobody has accepted."""
    server = listener(directory + "/server")
    client = socket.socket(socket.AF_UNIX)
    client.connect(directory + "/server")
    socket.send_fds(client, [b"x"], [0])
    return server.getsockname


def peer_credentials():
    """Who SO_PEERCRED shows: of a pair, of who listens and of who has connected, each another user."""
    seen = mmap.mmap(-1, BLOCK)
    path = directory + "/peer"

    def peer(s):
        return struct.unpack("iii", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))

    def as_user(user, call):
        os.setresgid(-1, user + 1000, -1)
        os.setresuid(-1, user, -1)
        result = call()
        os.setresuid(-1, 0, -1)
        os.setresgid(-1, 0, -1)
        return result

    one, other = as_user(4001, socket.socketpair)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)
    os.chmod(directory, 0o711)
    as_user(4002, listener.listen)
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        connect_and_tell(path, as_user, peer, seen)
    accepted, _ = listener.accept()
    while not seen[0]:
        time.sleep(0.01)
    os.chmod(path, 0o600)
    return lambda: (
        [peer(s)[0] == os.getpid() for s in (one, other, listener)],
        [peer(s)[1:] for s in (one, other, listener, accepted)],
        struct.unpack_from("ii", seen, 8),
    )


def connect_and_tell(path, as_user, peer, seen):
    client = socket.socket(socket.AF_UNIX)
    as_user(4003, lambda: client.connect(path))
    while True:
        struct.pack_into("ii", seen, 8, *peer(client)[1:])
        seen[0] = 1
        time.sleep(0.01)


def message_credentials():
    """Of waiting messages, where the receiver wants them (SO_PASSCRED): of another user, of none."""
    sockets = []
    for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
        a, b = socket.socketpair(socket.AF_UNIX, kind)
        a.send(b"before")
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        a.send(b"root")
        os.setreuid(65534, 0)
        a.send(b"nobody")
        os.setreuid(0, 0)
        as_user = struct.pack("iii", os.getpid(), 33, 44)
        a.sendmsg([b"other"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, as_user)])
        sockets.append((a, b))

    def messages(s):
        s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
        found = []
        for n in range(4):
            data, control, _, _ = s.recvmsg(99, 99, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            found.append((data, struct.unpack("iii", control[0][2])))
        s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
        return found

    return lambda: [messages(b) for a, b in sockets]


def message_of_a_child():
    """Its credentials are those of a task that does not exist when a restore sends it."""
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        a.send(b"child")
        while True:
            signal.pause()
    b.recv(9, socket.MSG_PEEK)
    return a.fileno


def freebind():
    """Bound to addresses that are not there; the option is off again."""
    s = tcp(socket.AF_INET6)
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    s.bind(("2001:db8::77", 0))
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 0)
    t = tcp()
    t.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
    t.bind(("192.0.2.77", 0))
    t.setsockopt(socket.SOL_IP, IP_FREEBIND, 0)
    t.listen()
    u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    u.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    u.bind(("2001:db8::77", 0))
    return lambda: [s.getsockname(), t.getsockname(), u.getsockname()] + [
        s.getsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND),
        t.getsockopt(socket.SOL_IP, IP_FREEBIND),
        u.getsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND),
    ]


def one_port():
    """Sockets that share a port: bound with SO_REUSEADDR that is off again, groups of SO_REUSEPORT,
    IPv4 beside IPv6."""
    sockets = []

    def make(family, option, port, address, listens, v6only=False):
        s = tcp(family)
        if v6only:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if option:
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        s.bind((address, port))
        if listens:
            s.listen()
        sockets.append(s)
        return s.getsockname()[1]

    port = make(socket.AF_INET, socket.SO_REUSEADDR, 0, "127.0.0.1", False)
    make(socket.AF_INET, socket.SO_REUSEADDR, port, "127.0.0.1", False)
    make(socket.AF_INET, socket.SO_REUSEADDR, port, "127.0.0.1", True)
    for s in sockets[:2]:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    port = make(socket.AF_INET, socket.SO_REUSEPORT, 0, "127.0.0.1", True)
    make(socket.AF_INET, socket.SO_REUSEPORT, port, "127.0.0.1", True)
    make(socket.AF_INET, socket.SO_REUSEPORT, port, "127.0.0.1", False)
    port = make(socket.AF_INET6, 0, 0, "::", True, True)
    make(socket.AF_INET, 0, port, "0.0.0.0", True)
    return lambda: [
        (
            s.getsockname(),
            s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR),
            s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT),
            s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN),
        )
        for s in sockets
    ]


def abstract_name():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind("\0torpor-test-%d" % os.getpid())
    s.listen()
    return lambda: s.getsockname()


def terminal():
    master, slave = os.openpty()
    return lambda: os.ttyname(slave)


def signals_that_stop():
    """Pending and blocked: SIGTSTP, SIGTTIN of the process, SIGTTOU of the thread."""
    signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
    )
    os.kill(os.getpid(), signal.SIGTSTP)
    os.kill(os.getpid(), signal.SIGTTIN)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGTTOU)
    return lambda: sorted(signal.sigpending())


def more_signals_than_permitted():
    """Of the process and of two threads; the limit of their number was lowered since."""
    waiting = {signal.SIGRTMIN, signal.SIGRTMIN + 1}
    signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
    other = threading.Thread(target=lambda: time.sleep(1e6), daemon=True)
    other.start()
    for n in range(20):
        os.kill(os.getpid(), signal.SIGRTMIN)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGRTMIN + 1)
        signal.pthread_kill(other.ident, signal.SIGRTMIN + 1)
    resource.setrlimit(RLIMIT_SIGPENDING, (1, resource.getrlimit(RLIMIT_SIGPENDING)[1]))

    def look():
        return sorted(signal.sigpending()), resource.getrlimit(RLIMIT_SIGPENDING)

    return look


def signals_and_timers_of_a_limited_user():
    """As many as another user's limit permits no more, hard as it is: standard signals with a
    value, signals of threads, timers; and the limit is lower than what root has at the time."""
    os.setresuid(65534, 65534, 65534)
    waiting = {signal.SIGUSR1, signal.SIGRTMIN, signal.SIGRTMIN + 1}
    signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
    other = threading.Thread(target=lambda: time.sleep(1e6), daemon=True)
    other.start()
    assert libc.sigqueue(os.getpid(), signal.SIGUSR1, ctypes.c_void_p(4711)) == 0
    for n in range(10):
        assert libc.sigqueue(os.getpid(), signal.SIGRTMIN, ctypes.c_void_p(n)) == 0
        signal.pthread_kill(other.ident, signal.SIGRTMIN + 1)
    for n in range(3):
        timer = ctypes.c_int()
        assert libc.timer_create(1, None, ctypes.byref(timer)) == 0
    resource.setrlimit(RLIMIT_SIGPENDING, (1, 2))
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()

    def look():
        return (
            sorted(signal.sigpending()),
            resource.getrlimit(RLIMIT_SIGPENDING),
            open("/proc/self/timers").read().count("ID:"),
        )

    return look


def signal_that_continues():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
    os.kill(os.getpid(), signal.SIGCONT)
    return lambda: sorted(signal.sigpending())


def pseudo_files():
    """Files of pseudo file systems: their size says nothing, and what has made them may differ."""
    names = ["/proc/self/status", "/proc/sys/kernel/hostname", "/sys/kernel/mm/transparent_hugepage"]
    names += ["/proc/self/cgroup", "/sys/fs/cgroup"]
    fds = [os.open(name, os.O_RDONLY) for name in names]
    return lambda: [os.readlink("/proc/self/fd/%d" % fd) for fd in fds]


def descriptor_info():
    """Files of /proc that tell of a descriptor, which comes back later than they do."""
    file = open_in("file")
    os.lseek(file, 5, os.SEEK_SET)
    names = ["/proc/self/fdinfo/%d" % file, "/proc/thread-self/fdinfo/%d" % file]
    fds = [os.open(name, os.O_RDONLY) for name in names]
    return lambda: [os.pread(fd, 100, 0).split(b"\n")[0] for fd in fds]


def thread_info():
    """A file of /proc that tells of a thread."""
    thread = threading.Thread(target=signal.pause, daemon=True)
    thread.start()
    return os.open("/proc/self/task/%d/stat" % thread.native_id, os.O_RDONLY).bit_length


def fifo_never_written():
    """A reader that does not block, and no writer has ever come: no end of file, no hang-up."""
    fds = []
    for n in range(3):
        os.mkfifo(directory + "/fifo%d" % n)
        fds.append(os.open(directory + "/fifo%d" % n, os.O_RDONLY | os.O_NONBLOCK))
    fcntl.fcntl(fds[1], fcntl.F_SETFL, 0)
    writer = os.open(directory + "/fifo2", os.O_WRONLY)
    os.write(writer, b"left")
    os.close(writer)
    return lambda: [events(fd) for fd in fds]


def pipe_owner():
    """Pipes made by another user than who uses them now."""
    os.setegid(65533)
    os.seteuid(65534)
    r, w = os.pipe()
    os.seteuid(0)
    os.setegid(0)
    other = os.pipe()
    os.fchown(other[0], 12, 34)
    return lambda: [(os.fstat(fd).st_uid, os.fstat(fd).st_gid) for fd in (r, w) + other]


def waiting(fd):
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"0000"))[0]


def packets(fd):
    """What waits, by the reads that take it; put back as it was."""
    copy, into = os.pipe()
    fcntl.fcntl(into, F_SETPIPE_SZ, fcntl.fcntl(fd, F_GETPIPE_SZ))
    reads = []
    if waiting(fd):
        assert libc.tee(fd, into, 1 << 20, 2) == waiting(fd)
    os.close(into)
    while data := os.read(copy, 1 << 20):
        reads.append(data if len(data) < 20 else (len(data), hashlib.sha256(data).hexdigest()))
    os.close(copy)
    return reads, fcntl.fcntl(fd, F_GETPIPE_SZ)


def packet_pipes():
    """Packets of one octet, of a whole page, with a stream before, between and behind them; as many
    as there is room for; of a writer that has gone, or is in packet mode no more; in a FIFO."""
    mixed, writer = os.pipe2(os.O_NONBLOCK)
    fcntl.fcntl(writer, F_SETPIPE_SZ, 131072)
    for packet, data in (
        (False, b"s" * 4090),
        (True, b"1" * 20),  # For which the page of the stream has no room.
        (True, b"2"),
        (True, b"3" * 10000),
        (False, b"between"),
        (True, b"4" * 4096),
        (False, b"behind"),
    ):
        fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK | (os.O_DIRECT if packet else 0))
        os.write(writer, data)
    os.read(mixed, 4080)
    full, full_writer = os.pipe2(os.O_DIRECT)
    for n in range(16):
        os.write(full_writer, b"p%d" % n)
    left, gone = os.pipe2(os.O_DIRECT)
    os.write(gone, b"a")
    os.write(gone, b"b")
    os.close(gone)
    os.mkfifo(directory + "/fifo")
    fifo = os.open(directory + "/fifo", os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(fifo, fcntl.F_SETFL, os.O_DIRECT)
    os.write(fifo, b"one")
    os.write(fifo, b"two")
    empty = empty_packet_pipes()
    return lambda: ([packets(fd) for fd in (mixed, full, left, fifo)], os.get_blocking(fifo), empty())


def empty_packet_pipes():
    """Of pipe2(2), one opened again by its path, and one of a FIFO; each write is a packet."""
    pipes = [os.pipe2(os.O_DIRECT), os.pipe2(os.O_NONBLOCK)]
    again = os.open("/proc/self/fd/%d" % pipes[1][1], os.O_WRONLY)
    os.mkfifo(directory + "/empty")
    both = os.open(directory + "/empty", os.O_RDWR)
    for fd in (again, both):
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT)
    ends = [pipes[0], (pipes[1][0], again), (both, both)]

    def look():
        seen = []
        for reader, writer in ends:
            os.write(writer, b"first")
            os.write(writer, b"second")
            seen.append((os.read(reader, 99), os.read(reader, 99)))
        return seen, [fcntl.fcntl(fd, fcntl.F_GETFL) for end in ends for fd in end]

    return look


def packet_pipe():
    """In which nothing waits."""
    reader, writer = os.pipe2(os.O_DIRECT)

    def look():
        os.write(writer, b"first")
        os.write(writer, b"second")
        return os.read(reader, 99), os.read(reader, 99)

    return look


def many_descriptors():
    """More than half of what the hard limit permits."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    kept_read, kept_write = os.pipe()
    os.write(kept_write, b"kept")
    files = [os.open(directory, os.O_RDONLY), os.open("/dev/null", os.O_RDONLY), 0]
    for fd in range(20, limit - 80):
        if fd in files:
            continue
        source = files[fd % 3] if fd % 7 else os.open("/dev/zero", os.O_RDONLY)
        if source != fd:
            os.dup2(source, fd, fd % 2 == 0)
        if fd % 7 == 0 and source != fd:
            os.close(source)

    def look():
        open_files = [
            (fd, os.readlink("/proc/self/fd/%d" % fd), os.get_inheritable(fd))
            for fd in range(20, limit - 80)
        ]
        return waiting(kept_read), hashlib.sha256(repr(open_files).encode()).hexdigest()

    return look


def file_lock():
    """A lock on a whole file, which nothing but its own image tells of in a checkpoint of CRIU."""
    fd = os.open(directory + "/locked", os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return lambda: os.fstat(fd).st_size


def lock_lines():
    """Locks of files in the directory. Who has taken one of an open file is nobody's business.
    One read gives a page that is whole; the next goes on by count, whatever has come before it."""
    inodes = {os.stat(os.path.join(directory, name)).st_ino for name in os.listdir(directory) + ["."]}
    lines = []
    locks = os.open("/proc/locks", os.O_RDONLY)
    text = os.read(locks, BLOCK).decode()
    os.close(locks)
    for line in text.splitlines():
        words = line.split()[1:]
        if int(words[-3].rpartition(":")[2]) in inodes:
            if words[0] in ("FLOCK", "OFDLCK"):
                words[-4] = "?"
            lines.append(" ".join(words[:-3] + words[-2:]))
    return sorted(lines)


def open_in(name, flags=os.O_RDWR):
    return os.open(os.path.join(directory, name), flags | os.O_CREAT, 0o644)


def ofd_lock(fd, kind, start, length):
    fcntl.fcntl(fd, F_OFD_SETLK, struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0))


def file_locks():
    """One of each kind: ranges of a process and of an open file, shared and exclusive, leases."""
    posix = open_in("posix")
    fcntl.lockf(posix, fcntl.LOCK_EX, 10, 5)
    fcntl.lockf(posix, fcntl.LOCK_SH, 0, 100)
    os.dup(posix)
    fcntl.flock(open_in("shared", os.O_RDONLY), fcntl.LOCK_SH)
    fcntl.flock(open_in("shared"), fcntl.LOCK_SH)
    fcntl.flock(os.open(directory, os.O_RDONLY), fcntl.LOCK_EX)
    ofd = open_in("ofd")
    ofd_lock(ofd, fcntl.F_WRLCK, 7, 3)
    ofd_lock(open_in("ofd"), fcntl.F_RDLCK, 100, 0)
    fcntl.fcntl(open_in("read", os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)
    fcntl.fcntl(open_in("write"), fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return lock_lines


def leases_to_give_up():
    """Somebody wants to read, to write; the signal that tells of it has come, or waits."""
    signals = []
    signal.signal(signal.SIGIO, lambda *_: signals.append(1))
    for name, kind in (("asked to share", os.O_RDONLY), ("asked to release", os.O_WRONLY)):
        fcntl.fcntl(open_in(name), fcntl.F_SETLEASE, fcntl.F_WRLCK)
        assert outcome(lambda: open_in(name, kind | os.O_NONBLOCK)) == "EAGAIN"
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
    return lambda: (lock_lines(), len(signals), sorted(signal.sigpending()))


def inherited_locks():
    """Locks of a child on files that it has inherited, and of an open file that its taker closed; a
    child that waits for a lock."""
    posix = open_in("posix")
    fcntl.lockf(posix, fcntl.LOCK_EX, 1, 0)
    handed_over = open_in("handed over")
    fcntl.flock(handed_over, fcntl.LOCK_EX)
    memfd = os.memfd_create("locked")
    fcntl.lockf(memfd, fcntl.LOCK_EX)
    for wanted in (20, 0):
        if os.fork() == 0:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            fcntl.lockf(posix, fcntl.LOCK_EX, 1, wanted)
            signal.pause()
    os.close(handed_over)
    while len(lock_lines()) < 4:
        time.sleep(0.01)
    return lambda: (
        lock_lines(),
        [
            line.split()[2:6] + line.split()[7:]
            for line in open("/proc/self/fdinfo/%d" % memfd)
            if line.startswith("lock:")
        ],
    )


def described(fd):
    st = os.fstat(fd)
    return (
        os.readlink("/proc/self/fd/%d" % fd).replace(str(st.st_ino), "INODE"),
        (oct(st.st_mode), st.st_uid, st.st_gid, st.st_nlink, st.st_size, st.st_mtime_ns),
    )


def digest(fd):
    return hashlib.sha256(os.pread(fd, 1 << 22, 0)).hexdigest()[:16]


def listing():
    """Nothing of a restore stays in the directory."""
    return sorted(os.listdir(directory))


def deleted_files():
    """Open, opened again, mapped, by two names, as current directory with a file in it; a FIFO."""
    plain = open_in("plain")
    os.write(plain, b"hello")
    os.fchown(plain, 12, 34)
    os.fchmod(plain, 0o4640)
    os.unlink(directory + "/plain")
    reader = os.open("/proc/self/fd/%d" % plain, os.O_RDONLY)
    os.lseek(reader, 2, os.SEEK_SET)
    sparse = open_in("sparse")
    os.pwrite(sparse, b"begin", 0)
    os.pwrite(sparse, b"end", 900000)
    os.link(directory + "/sparse", directory + "/other name")
    other = os.open(directory + "/other name", os.O_WRONLY | os.O_APPEND)
    area = mmap.mmap(sparse, 900003, mmap.MAP_SHARED)
    os.unlink(directory + "/sparse")
    os.unlink(directory + "/other name")
    empty = open_in("empty", os.O_RDONLY)
    os.unlink(directory + "/empty")
    os.mkdir(directory + "/in")
    os.chdir(directory + "/in")
    opened = os.open(".", os.O_RDONLY)
    os.rmdir(directory + "/in")
    os.mkfifo(directory + "/fifo")
    fifo = os.open(directory + "/fifo", os.O_RDWR)
    os.write(fifo, b"waiting")
    os.unlink(directory + "/fifo")
    null = os.open(directory + "/status", os.O_RDONLY)
    for fd in (plain, sparse, empty, opened):
        os.utime(fd, ns=(1700000000123456000, 1600000000654321000))
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(plain)
        signal.pause()

    def look():
        return (
            [described(fd) for fd in (plain, reader, sparse, empty, opened)],
            [os.readlink("/proc/self/fd/%d" % fd) for fd in (other, fifo, null)],
            [os.readlink("/proc/%d/fd/%d" % (child, fd)) for fd in (reader, sparse)],
            (os.lseek(reader, 0, os.SEEK_CUR), digest(plain), digest(sparse)),
            area[:] == os.pread(sparse, 900003, 0) and os.fstat(sparse).st_blocks < 64,
            outcome(os.getcwd),
            os.readlink("/proc/self/cwd"),
            struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"0000"))[0],
            listing(),
        )

    return look


def deleted_files_edges():
    """What CRIU does not bring back: fractions of microseconds, extended attributes. What it leaves
    something of: directories that are deleted, too."""
    os.mkdir(directory + "/in")
    os.mkdir(directory + "/in/deep")
    inner = open_in("in/deep/file")
    os.write(inner, b"inner")
    os.chdir(directory + "/in/deep")
    os.unlink(directory + "/in/deep/file")
    os.rmdir(directory + "/in/deep")
    os.rmdir(directory + "/in")
    exact = open_in("exact")
    os.write(exact, b"x" * 20000)
    os.setxattr(exact, "user.torpor", b"\0value")
    os.setxattr(exact, "user.empty", b"")
    os.unlink(directory + "/exact")
    os.utime(exact, ns=(1700000000123456789, 1600000000987654321))
    area = mmap.mmap(exact, 20000, mmap.MAP_PRIVATE, mmap.PROT_READ)
    return lambda: (
        described(exact),
        sorted((name, os.getxattr(exact, name)) for name in os.listxattr(exact)),
        area[:] == b"x" * 20000,
        (described(inner), digest(inner), os.readlink("/proc/self/cwd"), outcome(os.getcwd)),
        listing(),
    )


def replaced_file():
    """Another file has the name of the one that was deleted."""
    old = open_in("name")
    os.write(old, b"old")
    os.unlink(directory + "/name")
    with open(directory + "/name", "w") as new:
        new.write("new")
    return lambda: (digest(old), os.fstat(old).st_nlink, open(directory + "/name").read(), listing())


def unnamed_file():
    """It gets its first name when somebody asks for it."""
    fd = os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"published")

    def look():
        if os.path.exists(directory + "/publish"):
            source, target = b"/proc/self/fd/%d" % fd, os.fsencode(directory + "/published")
            assert libc.linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0
            os.unlink(directory + "/publish")
        return described(fd), digest(fd)

    return look


def deleted_executable():
    """This program, whose executable was deleted since, as by an upgrade of its package."""
    path = directory + "/python"
    if os.readlink("/proc/self/exe") != path:
        with open(path, "wb") as copy, open(sys.executable, "rb") as executable:
            copy.write(executable.read())
        os.chmod(path, 0o755)
        os.execve(path, [sys.executable] + sys.argv, os.environ)
    os.unlink(path)
    return lambda: (os.readlink("/proc/self/exe"), listing())


def large_deleted_file():
    fd = open_in("large")
    os.write(fd, b"x" * (3 << 20))
    os.fsync(fd)
    os.unlink(directory + "/large")
    return lambda: os.fstat(fd).st_size


def lost_name():
    """The file has a name still, but not the one that it was opened by; it is mapped as well."""
    fd = open_in("one")
    os.write(fd, b"linked")
    os.link(directory + "/one", directory + "/two")
    os.unlink(directory + "/one")
    area = mmap.mmap(fd, 6, mmap.MAP_SHARED)
    again = os.open("/proc/self/fd/%d" % fd, os.O_RDONLY)

    def look():
        two = os.stat(directory + "/two")
        return (
            [described(fd) for fd in (fd, again)],
            area[:],
            two.st_ino == os.fstat(fd).st_ino,
            listing(),
        )

    return look


def taken_name():
    """The same, and another file has the name."""
    opened = lost_name()
    with open(directory + "/one", "w") as new:
        new.write("new")
    fds = [int(fd) for fd in os.listdir("/proc/self/fd")]
    inode = os.stat(directory + "/two").st_ino
    held = [fd for fd in fds if outcome(lambda: os.fstat(fd).st_ino) == inode]
    return lambda opened=opened: (
        [os.fstat(fd).st_ino == os.stat(directory + "/two").st_ino for fd in held],
        open(directory + "/one").read(),
        [digest(fd) for fd in held],
        listing(),
    )


def many_mappings(returned=1):
    """As many as the kernel permits; neighbours differ, so that none become one. The last is given
    back, for what the interpreter may need."""
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p] + [ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    areas = []
    while True:
        area = libc.mmap(None, BLOCK, len(areas) % 2, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if area == ctypes.c_void_p(-1).value:
            for last in areas[-returned:]:
                libc.munmap(ctypes.c_void_p(last), BLOCK)
            return lambda: len(areas)
        areas.append(area)


def most_mappings():
    """So many that the stage of a restore has room beside them."""
    return many_mappings(4)


def lost_name_at_a_high_number():
    """Something that a dump makes a name for, at a number that not every restorer may have."""
    look = lost_name()
    os.dup2(os.open(directory + "/two", os.O_RDONLY), 700)
    return look


def process_clock_timer():
    """A POSIX timer on the CPU time of the process, and one on that of its only thread."""
    for clock in (2, 3):
        timer = ctypes.c_int()
        assert libc.timer_create(clock, None, ctypes.byref(timer)) == 0
        spec = struct.pack("qqqq", 0, 0, 1000, 0)
        assert libc.timer_settime(timer, 0, spec, None) == 0
    return lambda: open("/proc/self/timers").read().replace("\n", " ")


def timer_of(clock, notify, tid):
    """A POSIX timer that expires after 1000 s of a clock, and gives a signal nobody will see."""
    event = ctypes.create_string_buffer(struct.pack("QiiI44x", 0, 10, notify, tid), 64)
    timer = ctypes.c_int()
    assert libc.syscall(222, clock, event, ctypes.byref(timer)) == 0
    spec = struct.pack("qqqq", 1, 0, 1000, 0)
    assert libc.syscall(223, timer, 0, spec, None) == 0
    return timer


def nanoseconds_left(timer):
    spec = ctypes.create_string_buffer(32)
    assert libc.syscall(224, timer, spec) == 0
    return struct.unpack("qqqq", spec.raw)[2] * 10**9 + struct.unpack("qqqq", spec.raw)[3]


def times_of_day():
    """A POSIX timer and two timerfds that are to expire at a time of day and then each second; the
    second timerfd has expired and was not read. A POSIX timer that counts from now on.

    Once they have expired, it tells how often at least."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    at = time.clock_gettime_ns(time.CLOCK_REALTIME) // 10**9 + 1000
    timers = []
    for flags, seconds in ((1, at), (0, 1000)):
        event = ctypes.create_string_buffer(struct.pack("QiiI44x", 0, 10, 0, 0), 64)
        timers.append(ctypes.c_int())
        assert libc.syscall(222, time.CLOCK_REALTIME, event, ctypes.byref(timers[-1])) == 0
        assert libc.syscall(223, timers[-1], flags, struct.pack("qqqq", 1, 0, seconds, 0), None) == 0
    fds = []
    for seconds in (at, 1):
        fds.append(libc.timerfd_create(time.CLOCK_REALTIME, os.O_NONBLOCK))
        spec = struct.pack("qqqq", 1000 if seconds == 1 else 1, 0, seconds, 0)
        assert libc.timerfd_settime(fds[-1], 1, spec, None) == 0
    expired = {}

    def look_in_time():
        """To the nanosecond: of a timerfd fdinfo tells what is left, and not at which moment."""
        spec = ctypes.create_string_buffer(32)
        before = time.clock_gettime_ns(time.CLOCK_REALTIME)
        assert libc.syscall(224, timers[0], spec) == 0
        after = time.clock_gettime_ns(time.CLOCK_REALTIME)
        seconds, nanos = struct.unpack("qqqq", spec.raw)[2:]
        if "timer" not in expired and not before <= at * 10**9 - seconds * 10**9 - nanos <= after:
            expired["timer"] = "out of time by %d" % (seconds * 10**9 + nanos + after - at * 10**9)

    def look():
        if signal.sigtimedwait([signal.SIGUSR1], 0):
            expired["timer"] = libc.syscall(225, timers[0]) >= 9
        try:
            expired["fd"] = struct.unpack("Q", os.read(fds[0], 8))[0] >= 10
        except BlockingIOError:
            pass
        if os.path.exists(directory + "/take") and "unread" not in expired:
            expired["unread"] = struct.unpack("Q", os.read(fds[1], 8))[0]
        look_in_time()
        return sorted(expired.items())

    return look


def thread_clock_timers():
    """POSIX timers on the CPU time of one thread that works when it is told to, and of one that never
    does; either notifies the other."""
    work, worked = queue.Queue(), queue.Queue()

    def worker():
        while work.get():
            until = time.thread_time_ns() + 10**7
            while time.thread_time_ns() < until:
                pass
            worked.put(True)

    busy = threading.Thread(target=worker, daemon=True)
    idle = threading.Thread(target=threading.Event().wait, daemon=True)
    for thread in (busy, idle):
        thread.start()
    clocks = [time.pthread_getcpuclockid(thread.ident) for thread in (busy, idle)]
    timers = [timer_of(clocks[0], 4, idle.native_id), timer_of(clocks[1], 4, busy.native_id)]

    def look():
        before = [nanoseconds_left(timer) for timer in timers]
        work.put(True)
        worked.get()
        used = [left - nanoseconds_left(timer) for left, timer in zip(before, timers)]
        text = open("/proc/self/timers").read().replace("\n", " ")
        return text, used[0] >= 10**7, used[1] < used[0], all(left > 10**11 for left in before)

    return look


def deleted_in_name():
    """A file that exists, open and mapped, whose name ends as the kernel shows deleted ones."""
    fd = os.open(directory + "/there (deleted)", os.O_RDWR | os.O_CREAT, 0o644)
    os.write(fd, b"content".ljust(BLOCK, b"."))
    area = mmap.mmap(fd, BLOCK, mmap.MAP_SHARED)
    return lambda: (area[:7], os.readlink("/proc/self/fd/%d" % fd)[-17:])


def memfd_edges():
    """Memfds at the limits of what there is: all seals, a name in no encoding, 1 TiB of holes."""
    sealed = os.memfd_create("s\udce9aled", os.MFD_ALLOW_SEALING)
    os.write(sealed, b"q" * (2 * BLOCK + 1))
    fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, 0x3F)
    area = mmap.mmap(sealed, 2 * BLOCK + 1, mmap.MAP_SHARED, mmap.PROT_READ)
    path = os.open("/proc/self/fd/%d" % sealed, os.O_PATH)
    empty = os.memfd_create("empty", os.MFD_ALLOW_SEALING)
    sparse = os.memfd_create("sparse")
    os.pwrite(sparse, b"end", (1 << 40) - 3)
    os.fchown(sparse, 1000, 1001)
    os.fchmod(sparse, 0o604)
    not_executed = os.memfd_create("not executed", 8)

    def look(fd):
        st = os.fstat(fd)
        return (
            outcome(lambda: fcntl.fcntl(fd, fcntl.F_GET_SEALS)),
            fcntl.fcntl(fd, fcntl.F_GETFL),
            (oct(st.st_mode), st.st_uid, st.st_gid, st.st_size, st.st_blocks),
        )

    return lambda: (
        area[:] == b"q" * (2 * BLOCK + 1),
        os.pread(sparse, 3, (1 << 40) - 3),
        os.fsencode(os.readlink("/proc/self/fd/%d" % sealed)),
        [look(fd) for fd in (sealed, path, empty, sparse, not_executed)],
    )


def memfd_executed():
    """This program, executed from a memfd that nobody can change any more."""
    if not os.readlink("/proc/self/exe").startswith("/memfd:"):
        fd = os.memfd_create("python", os.MFD_ALLOW_SEALING)
        with open(sys.executable, "rb") as executable:
            os.sendfile(fd, executable.fileno(), 0, os.fstat(executable.fileno()).st_size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0xF)
        reader = os.open("/proc/self/fd/%d" % fd, os.O_RDONLY)
        os.close(fd)
        os.execve(reader, [sys.executable] + sys.argv, os.environ)
    return lambda: os.readlink("/proc/self/exe")


def memfd_executed_by_its_writer():
    """This program, executed from a memfd that it can still write to: where it is open, through
    a mapping, and through the open file of a child."""
    if not os.readlink("/proc/self/exe").startswith("/memfd:"):
        fd = os.memfd_create("python", 0)
        with open(sys.executable, "rb") as executable:
            size = os.fstat(executable.fileno()).st_size
            os.sendfile(fd, executable.fileno(), 0, size)
        os.ftruncate(fd, size + BLOCK)
        os.set_inheritable(fd, True)
        os.environ["MEMFD"] = str(fd)
        os.execve(fd, [sys.executable] + sys.argv, os.environ)
    fd = int(os.environ["MEMFD"])
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    end = os.lseek(fd, 0, os.SEEK_END) - BLOCK
    area = mmap.mmap(fd, BLOCK, mmap.MAP_SHARED, offset=end // BLOCK * BLOCK)
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()

    def look():
        area[-1] = (area[-1] + 1) % 256
        return (
            os.readlink("/proc/self/exe"),
            os.pread(fd, 1, end // BLOCK * BLOCK + BLOCK - 1)[0] == area[-1],
            (fcntl.fcntl(fd, fcntl.F_GETFL), os.lseek(fd, 0, os.SEEK_CUR) - end),
            outcome(lambda: os.open("/proc/self/fd/%d" % fd, os.O_RDWR)),
        )

    return look


def named_listener():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(directory + "/named")
    s.listen()
    return s.getsockname


def prctl(*arguments):
    result = libc.prctl(*[ctypes.c_ulong(a) for a in arguments + (0,) * (5 - len(arguments))])
    assert result >= 0, (arguments, errno.errorcode[ctypes.get_errno()])
    return result


def slice_nanos(tid):
    attr = ctypes.create_string_buffer(56)
    assert libc.syscall(315, tid, attr, 56, 0) == 0
    return struct.unpack_from("Q", attr, 24)[0]


def thread_attributes():
    """Affinity, I/O priority, timer slack, slice, policy on machine checks, each of two threads."""
    seen = {}
    last = os.cpu_count() - 1

    def change(cpu, ioprio, slack, slice_, mce):
        os.sched_setaffinity(0, {cpu})
        assert libc.syscall(251, 1, 0, ioprio) == 0
        prctl(29, slack)
        attr = struct.pack("IIQiIQQQII", 56, 3, 1, 5, 0, slice_, 0, 0, 0, 0)
        assert libc.syscall(314, 0, attr, 0) == 0
        prctl(33, 1, mce)

    def look_at_own():
        return (
            sorted(os.sched_getaffinity(0)),
            libc.syscall(252, 1, 0),
            prctl(30),
            (slice_nanos(0), os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)),
            prctl(34),
        )

    def run():
        change(last, 3 << 13 | 7, 77777, 7000000, 0)
        while True:
            seen["other"] = look_at_own()
            time.sleep(0.01)

    threading.Thread(target=run, daemon=True).start()
    untouched = threading.Thread(target=lambda: time.sleep(1e6), daemon=True)
    untouched.start()
    tid = untouched.native_id
    change(0, 2 << 13 | 3, 12345, 3000000, 1)
    assert os.path.exists("/proc/self/coredump_filter")

    def look():
        while True:
            other = seen.pop("other", None)
            if other:
                break
            time.sleep(0.001)
        return (
            look_at_own(),
            other,
            (sorted(os.sched_getaffinity(tid)), libc.syscall(252, 1, tid)),
        )

    return look


def robust_mutex():
    """A mutex in a file that others may map, held, whose next owner hears if this one has died."""
    file = open_in("mutex")
    os.ftruncate(file, 4096)
    memory = mmap.mmap(file, 4096)
    mutex = ctypes.c_char.from_buffer(memory)
    attributes = ctypes.create_string_buffer(64)
    libc.pthread_mutexattr_init(attributes)
    libc.pthread_mutexattr_setpshared(attributes, 1)
    libc.pthread_mutexattr_setrobust(attributes, 1)
    libc.pthread_mutex_init(ctypes.byref(mutex), attributes)
    libc.pthread_mutex_lock(ctypes.byref(mutex))
    head, size = ctypes.c_uint64(), ctypes.c_uint64()

    def look():
        word = int.from_bytes(memory[:4], "little")
        libc.syscall(274, 0, ctypes.byref(head), ctypes.byref(size))
        first = ctypes.c_uint64.from_address(head.value).value
        return word == os.getpid(), first != head.value, libc.pthread_mutex_trylock(ctypes.byref(mutex))

    return look


def parent_death():
    """A signal at the end of the parent, which a restore is not."""
    got = []
    signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGUSR1)
    signo = ctypes.c_int()

    def look():
        libc.prctl(2, ctypes.byref(signo))
        return len(got), signo.value

    return look


def process_attributes():
    """Those of a process as a whole, of a child that has a signal of its own for its end, and may
    not read the time: it answers through pipes."""
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    ask, answer = os.pipe(), os.pipe()
    child = libc.syscall(56, int(signal.SIGUSR2), 0, 0, 0, 0)
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        with open("/proc/self/coredump_filter", "w") as f:
            f.write("0x1f")
        mode = ctypes.c_int()
        prctl(41, 1, 2)
        prctl(67, 1)
        prctl(65, 3)
        prctl(26, 2)
        while os.read(ask[0], 1):
            libc.prctl(25, ctypes.byref(mode))
            state = (prctl(42), prctl(68), prctl(66), mode.value)
            os.write(answer[1], repr(state).encode())
    quiet = libc.syscall(56, 0, 0, 0, 0, 0)
    if quiet == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()

    def look():
        os.write(ask[1], b"?")
        state = os.read(answer[0], 100)
        ends = [open("/proc/%d/stat" % pid).read().split()[37] for pid in (child, quiet)]
        return state, ends, open("/proc/%d/coredump_filter" % child).read()

    return look


def syscall_user_dispatch():
    """All code may call the kernel, so that nothing comes to the handler."""
    prctl(59, 1, 4096, 0x7FFFFFFFE000, 0)
    return lambda: 0


def thread_with_own_descriptors():
    def run():
        assert libc.unshare(0x400) == 0
        time.sleep(1e6)

    threading.Thread(target=run, daemon=True).start()
    time.sleep(0.1)
    return lambda: 0


def deep_directory():
    """A current directory with a path of more than 4096 bytes. It is removed, so that whoever
    cleans up does not come to it; the kernel still has the path."""
    name, parents = "d" * 250, []
    for _ in range(20):
        parents.append(os.open(".", os.O_PATH))
        os.mkdir(name)
        os.chdir(name)
    while parents:
        os.rmdir(name, dir_fd=parents[-1])
        os.close(parents.pop())
    return lambda: 0


def memory_policy():
    """MPOL_PREFERRED: the process, and a thread that has the usual one."""

    def policy():
        # Both threads look at the same time.
        mode, nodes = ctypes.c_int(), (ctypes.c_ulong * 16)()
        assert libc.syscall(239, ctypes.byref(mode), nodes, 1025, 0, 0) == 0
        return mode.value, list(nodes)

    ask, answer = os.pipe(), os.pipe()

    def run():
        while os.read(ask[0], 1):
            os.write(answer[1], repr(policy()).encode())

    threading.Thread(target=run, daemon=True).start()
    assert libc.syscall(238, 1, ctypes.byref(ctypes.c_ulong(1)), 64) == 0

    def look():
        os.write(ask[1], b"?")
        return policy(), os.read(answer[0], 1000)

    return look


def local_descriptors():
    entry = struct.pack("IIII", 0, 0, 0xFFFFF, 0x51)
    assert libc.syscall(154, 1, entry, 16) == 0
    return lambda: 0


def linked_listener():
    """With two names, of which a restore could make but one again."""
    s = listener(directory + "/first")
    os.link(directory + "/first", directory + "/second")
    return s.getsockname


def ended_unread():
    """Connections that are over, of which the program has not heard yet: reset with and without data, refused, reset
    behind an end, ended on both sides with data; one of IPv6, and one of mapped addresses."""

    def pair(family=socket.AF_INET, host="127.0.0.1"):
        listener = tcp(family)
        listener.bind((host, 0))
        listener.listen()
        client = tcp(family)
        client.connect(listener.getsockname())
        return listener.accept()[0], client

    def reset(s, client, said=b"", end=False):
        client.sendall(said)
        if end:
            client.shutdown(socket.SHUT_WR)
        time.sleep(0.05)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        return s

    unused = tcp()
    unused.bind(("127.0.0.1", 0))
    refused = tcp()
    refused.setblocking(False)
    assert outcome(lambda: refused.connect(unused.getsockname())) == "EINPROGRESS"
    both, other = pair()
    other.sendall(b"last words")
    other.shutdown(socket.SHUT_WR)
    time.sleep(0.05)
    both.shutdown(socket.SHUT_WR)
    sockets = [
        reset(*pair()),
        reset(*pair(), b"said " * 12000),
        refused,
        reset(*pair(), b"said", True),
        both,
        reset(*pair(socket.AF_INET6, "::1"), b"six"),
        reset(*pair(socket.AF_INET6, "::ffff:127.0.0.1"), b"mapped"),
    ]
    time.sleep(0.1)
    results = []

    def heard(s):
        s.setblocking(False)
        found = b""
        while True:
            part = outcome(lambda: s.recv(1 << 20))
            if not part or not isinstance(part, bytes):
                break
            found += part
        error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return hashlib.md5(found).hexdigest(), len(found), part, error, outcome(lambda: s.recv(1)), events(s)

    def look():
        if not results and os.path.exists(directory + "/take"):
            results.extend(heard(s) for s in sockets)
        return results or [(events(s), struct.unpack("i", fcntl.ioctl(s, termios.FIONREAD, b"    "))) for s in sockets]

    return look


def udp_error():
    """ICMP told of an unreachable port; the error waits."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 1))
    s.send(b"x")
    time.sleep(0.1)
    return lambda: events(s)


def netlink_bound():
    """A netlink socket with memberships, as CRIU carries it: it sees what changes, and can ask."""
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    route.bind((0, 1 << 28))  # RTNLGRP_MPLS_NETCONF (29): no new device is told there, as in IPV6_NETCONF (25).
    answered = once(lambda: ask_for_links(route))
    return lambda: (route.getsockname(), answered())


def netlink_states():
    """Netlink sockets that are new, connected, with options, and in a group that bind(2) cannot name."""
    unused = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_GENERIC)
    connected = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    connected.connect((0, 1 << 28))
    member = socket.socket(
        socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    member.bind((0, 0))
    options = (3, 4, 5, 8, 10, 11, 12)
    for option in options:
        member.setsockopt(SOL_NETLINK, option, 1)
    member.setsockopt(SOL_NETLINK, 1, 36)  # NETLINK_ADD_MEMBERSHIP, RTNLGRP_STATS
    member.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
    return lambda: [
        (
            one.getsockname(),
            outcome(one.getpeername),
            one.type,
            one.proto,
            [one.getsockopt(SOL_NETLINK, option) for option in options],
            one.getsockopt(SOL_NETLINK, 9, 64),
            one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
            events(one.fileno()),
        )
        for one in (unused, connected, member)
    ]


def ask_for_links(route):
    """How many devices there are, by RTM_GETLINK; reads all of the answer."""
    route.send(struct.pack("=IHHIIBxHiII", 32, 18, 0x301, 1, 0, 0, 0, 0, 0, 0))
    links = 0
    while True:
        data = route.recv(1 << 16)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == 3:
                return links
            links += kind == 16
            data = data[(length + 3) & ~3 :]


def netlink_used():
    """A netlink socket of a protocol that may keep something for it."""
    used = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    used.bind((0, 0))
    return used.fileno


def netlink_answered():
    """An answer that nobody has read."""
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    route.send(struct.pack("=IHHIIBxHiII", 32, 18, 0x301, 1, 0, 0, 0, 0, 0, 0))
    return route.fileno


def two_sessions():
    """A child in a session of its own, whose leader has ended."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    leader = os.fork()
    if leader == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pause()
    os.waitpid(leader, 0)
    return lambda: 0


def mq_attributes(*numbers):
    return (ctypes.c_long * 8)(0, *numbers)


def mq_open(name, flags, mode=0o600, messages=10, length=8192):
    fd = libc.syscall(240, name[1:].encode(), flags, mode, mq_attributes(messages, length))
    assert fd >= 0, os.strerror(ctypes.get_errno())
    return fd


def mq_unlink(name):
    assert libc.syscall(241, name[1:].encode()) == 0


def mq_send(fd, priority, text):
    assert libc.syscall(242, fd, text, len(text), priority, None) == 0, ctypes.get_errno()


def mq_receive(fd):
    """Priority and text of the next message; of a long one its length and a digest."""
    buffer = ctypes.create_string_buffer(1 << 16)
    priority = ctypes.c_uint()
    length = libc.syscall(243, fd, buffer, len(buffer), ctypes.byref(priority), None)
    assert length >= 0, os.strerror(ctypes.get_errno())
    text = buffer.raw[:length]
    return priority.value, text if length < 20 else (length, hashlib.sha256(text).hexdigest())


def mq_look(fd):
    """Flags, how many messages, their limits; owner and permissions; position."""
    attributes = mq_attributes()
    assert libc.syscall(245, fd, None, attributes) == 0
    stat = os.fstat(fd)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    return list(attributes)[:4], stat.st_mode, stat.st_uid, stat.st_gid, os.lseek(fd, 0, 1), flags


def mq_all(fd):
    os.set_blocking(fd, False)
    return [mq_receive(fd) for _ in range(mq_look(fd)[0][3])]


def mq_write_all(fd, long):
    """More than a page, most that there is room for; two of one priority in their order."""
    for priority, text in ((5, b"first"), (1, b"last"), (32767, b""), (5, b"second"), (0, b"x" * long)):
        mq_send(fd, priority, text)


def message_queues():
    """In an IPC namespace of its own: several descriptors of a queue; one that nobody has open; two
    that have lost their names, one of which has another queue by now; one that a child waits for; one of longer messages
    than are permitted by now."""
    for limit in (b"9000", b"8192"):
        with open("/proc/sys/fs/mqueue/msgsize_max", "wb") as most:
            most.write(limit)
        if limit == b"9000":
            first = mq_open("/first", os.O_RDWR | os.O_CREAT, 0o640, 7, 9000)
    os.fchown(first, 12, 34)
    os.fchmod(first, 0o4642)
    mq_write_all(first, 9000)
    os.read(first, 10)
    os.close(mq_open("/closed", os.O_RDWR | os.O_CREAT))
    closed = mq_open("/closed", os.O_WRONLY)
    mq_write_all(closed, 4049)
    os.close(closed)
    gone = mq_open("/gone", os.O_RDWR | os.O_CREAT)
    mq_unlink("/gone")
    again = mq_open("/gone", os.O_WRONLY | os.O_CREAT)
    mq_unlink("/gone")
    another = mq_open("/gone", os.O_RDONLY | os.O_CREAT | os.O_NONBLOCK)
    mq_send(gone, 1, b"gone")
    mq_send(again, 1, b"again")
    fds = [first, mq_open("/first", os.O_RDONLY | os.O_NONBLOCK), os.dup(first), gone, again, another]
    awaited = mq_open("/awaited", os.O_RDWR | os.O_CREAT)
    answer, answer_writer = os.pipe()
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.write(answer_writer, repr(mq_receive(awaited)).encode())
        signal.pause()

    def happen():
        mq_send(awaited, 3, b"awaited")
        yield os.read(answer, 99).decode()
        yield mq_all(first)
        yield mq_all(mq_open("/closed", os.O_RDONLY))
        yield mq_all(gone)
        yield mq_all(os.open("/proc/self/fd/%d" % again, os.O_RDONLY))

    def look():
        tell(happen)
        return [mq_look(fd) for fd in fds], os.path.exists("/proc/%d" % child)

    return look


def hosts_queues():
    """In the namespace of the machine: one stays when its program ends, one would be lost."""
    name = "/torpor-%d" % os.getpid()
    kept = mq_open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK)
    mq_write_all(kept, 4048)
    lost = mq_open(name + "-lost", os.O_RDWR | os.O_CREAT)
    mq_unlink(name + "-lost")
    mq_write_all(lost, 8143)

    def happen():
        yield mq_all(kept)
        yield mq_all(lost)
        mq_unlink(name)

    def look():
        tell(happen)
        return [mq_look(fd) for fd in (kept, lost)]

    return look


def notified_by_signal():
    """Of a message in a queue: by a signal with a value; and one that is registered for nothing."""
    queues = [mq_open("/%d" % n, os.O_RDWR | os.O_CREAT) for n in range(2)]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    told = libc.signalfd(-1, (1 << signal.SIGUSR1 - 1).to_bytes(8, "little"), os.O_NONBLOCK)
    for fd, method in zip(queues, (0, 1)):
        event = struct.pack("Qii48x", 0x123456789ABC, signal.SIGUSR1, method)
        assert libc.syscall(244, fd, event) == 0

    def happen():
        yield [outcome(lambda: libc.syscall(244, fd, struct.pack("Qii48x", 0, 0, 1))) for fd in queues]
        mq_send(queues[1], 1, b"of which nobody is told")
        mq_send(queues[0], 1, b"told")
        info = os.read(told, 128)
        yield struct.unpack_from("Iii", info), struct.unpack_from("Q", info, 48)

    def look():
        tell(happen)
        return [mq_look(fd) for fd in queues]

    return look


def notified_by_thread():
    """As glibc does it for SIGEV_THREAD."""
    fd = mq_open("/thread", os.O_RDWR | os.O_CREAT)
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    cookie = ctypes.create_string_buffer(32)
    event = struct.pack("Qii48x", ctypes.addressof(cookie), netlink.fileno(), 2)
    assert libc.syscall(244, fd, event) == 0
    return lambda: mq_look(fd)


def waiting_child():
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()
    return child


def pidfd_look(fd):
    """Of whom, with which flags, and whether that one has ended."""
    with open("/proc/self/fdinfo/%d" % fd) as info:
        words = [line.split() for line in info]
    return [word[-1] for word in words if word[0] in ("flags:", "NSpid:")], events(fd)


def pidfds():
    """What CRIU carries as well: of the program, of a child, two of one that was killed and reaped."""
    child, killed = waiting_child(), waiting_child()
    fds = [os.pidfd_open(pid) for pid in (os.getpid(), child, killed)]
    again = os.dup(fds[1])
    fds += [again, os.pidfd_open(killed, os.O_NONBLOCK), os.pidfd_open(child, os.O_NONBLOCK)]
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    return lambda: [pidfd_look(fd) for fd in fds]


def pidfd_of_another():
    fd = os.pidfd_open(os.getppid())
    return lambda: pidfd_look(fd)


def pidfd_in_flight():
    """Waits to be received while its sender still has it."""
    left, right = socket.socketpair()
    fd = os.pidfd_open(waiting_child())
    socket.send_fds(left, [b"x"], [fd])
    return lambda: (pidfd_look(fd), right.fileno())


def thread_clock_ended():
    """A POSIX timer on the CPU time of a thread that has ended."""

    def run():
        timer_of(time.pthread_getcpuclockid(threading.get_ident()), 1, 0)

    t = threading.Thread(target=run)
    t.start()
    t.join()
    return lambda: 0


def own_thread_clock():
    """A POSIX timer on the CPU time of the thread that made it, one of two."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    timer_of(time.CLOCK_THREAD_CPUTIME_ID, 1, 0)
    return lambda: 0


def other_process_clock():
    """A POSIX timer on the CPU time of another process."""
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pause()
    timer_of(~child << 3 | 2, 1, 0)
    return lambda: 0


def thread_timer():
    """A POSIX timer that is to notify a thread that has ended."""

    def run():
        tid = threading.get_native_id()
        event = ctypes.create_string_buffer(struct.pack("QiiI44x", 0, 10, 4, tid), 64)
        timer = ctypes.c_int()
        assert libc.syscall(222, 1, event, ctypes.byref(timer)) == 0

    t = threading.Thread(target=run)
    t.start()
    t.join()
    return lambda: 0


IN_MODIFY, IN_ATTRIB, IN_MOVE, IN_CREATE, IN_DELETE, IN_MOVE_SELF = 2, 4, 0xC0, 0x100, 0x200, 0x800
IN_OPEN = 0x20
IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK, IN_ONESHOT = 1 << 24, 1 << 25, 1 << 26, 1 << 31


def watch(fd, path, mask):
    wd = libc.inotify_add_watch(fd, os.fsencode(path), ctypes.c_uint32(mask))
    assert wd > 0, path
    return wd


def watches(fd):
    """Numbers and masks, and how much waits to be read."""
    with open("/proc/self/fdinfo/%d" % fd) as info:
        words = [line.split() for line in info if line.startswith("inotify ")]
    return sorted((int(w[1][3:], 16), w[4]) for w in words), waiting(fd)


def read_events(fd):
    """Number, mask and name of each event."""
    events = []
    try:
        data = os.read(fd, 1 << 16)
    except BlockingIOError:
        return events
    while data:
        wd, mask, _, length = struct.unpack_from("iIII", data)
        events.append((wd, mask, data[16 : 16 + length].rstrip(b"\0").decode()))
        data = data[16 + length :]
    return events


def watched():
    """Two instances, whose watches are of directories and files in several file systems; with gaps
    between their numbers. What happens to the files is told when somebody asks for it."""
    top = directory + "/watched"
    os.mkdir(top)
    os.mkdir(top + "/sub")
    with open(top + "/file", "w"):
        pass
    first, second = libc.inotify_init1(os.O_NONBLOCK), libc.inotify_init1(os.O_NONBLOCK)
    watch(first, top, IN_MODIFY | IN_MOVE)
    for n in range(5):
        libc.inotify_rm_watch(first, watch(first, top + "/file", IN_MODIFY))
    watch(first, top + "/file", IN_MODIFY | IN_ATTRIB)
    watch(first, "/dev/shm", IN_MOVE_SELF | IN_ONLYDIR)
    watch(first, "/sys/fs/cgroup", IN_MOVE_SELF)
    watch(second, top + "/sub", IN_CREATE | IN_DELETE)
    watch(second, "/dev/null", IN_MOVE_SELF)
    for fd in (first, second):
        read_events(fd)

    def happen():
        with open(top + "/file", "w") as file:
            file.write("x")
        with open(top + "/sub/new", "w"):
            pass
        os.unlink(top + "/sub/new")
        os.rename(top + "/file", top + "/renamed")

    def look():
        if os.path.exists(directory + "/happen"):
            happen()
            with open(directory + "/events.new", "w") as out:
                out.write("%s\n%s\n" % (read_events(first), read_events(second)))
            os.rename(directory + "/events.new", directory + "/events")
            os.unlink(directory + "/happen")
        return watches(first), watches(second)

    return look


def watched_in_layers():
    """On overlayfs: of either layer, copied up since, below what is watched, and one without a name."""
    top = directory + "/top"
    os.makedirs(top + "/a/b/c")
    child = os.open(top + "/child", os.O_RDWR | os.O_CREAT)
    with open(top + "/file", "w"):
        pass
    fd = libc.inotify_init1(os.O_NONBLOCK)
    watch(fd, top, IN_MODIFY)
    watch(fd, top + "/file", IN_MODIFY)
    watch(fd, directory + "/lower/file", IN_MODIFY)
    watch(fd, top + "/a/b/c", IN_CREATE)
    libc.inotify_rm_watch(fd, watch(fd, top + "/a", IN_CREATE))
    watch(fd, top + "/child", IN_MODIFY)
    os.unlink(top + "/child")
    os.chmod(directory + "/lower/file", 0o600)
    read_events(fd)

    def look():
        def happen():
            for name in ("/top/file", "/lower/file"):
                with open(directory + name, "a") as file:
                    file.write("x")
            os.mkdir(top + "/a/b/c/new")
            os.write(child, b"x")
            return [read_events(fd)]

        tell(happen)
        return watches(fd)

    return look


def watched_loudly():
    """On overlayfs: a watch below one that is told if its directory is read."""
    os.makedirs(directory + "/outer/inner")
    fd = libc.inotify_init1(os.O_NONBLOCK)
    watch(fd, directory + "/outer", IN_OPEN)
    watch(fd, directory + "/outer/inner", IN_MODIFY)

    def look():
        tell(lambda: [read_events(fd)])
        return watches(fd)

    return look


def tell(happen):
    """Writes down what happens, when somebody asks for it."""
    if os.path.exists(directory + "/happen"):
        with open(directory + "/events.new", "w") as out:
            for each in happen():
                out.write("%s\n" % (each,))
        os.rename(directory + "/events.new", directory + "/events")
        os.unlink(directory + "/happen")


def watch_flags():
    """What CRIU loses: watches for one event, of links, of a file without a name, and such as are
    not told of what has no name."""
    os.mkdir(directory + "/once")
    os.mkdir(directory + "/linked")
    child = os.open(directory + "/linked/child", os.O_RDWR | os.O_CREAT)
    fd = libc.inotify_init1(os.O_NONBLOCK)
    os.symlink("once", directory + "/link")
    watch(fd, directory + "/link", IN_ATTRIB | IN_DONT_FOLLOW)
    watch(fd, directory + "/once", IN_CREATE | IN_ONESHOT)
    watch(fd, directory + "/linked", IN_MODIFY | IN_EXCL_UNLINK)
    watch(fd, directory + "/linked/child", IN_MODIFY)
    # A mask that asks for nothing but what all are told.
    watch(fd, "/dev/shm", 0x8000)
    os.unlink(directory + "/linked/child")

    def look():
        if os.path.exists(directory + "/happen"):
            for name in ("first", "second"):
                os.mkdir(directory + "/once/" + name)
            os.write(child, b"x")
            os.lchown(directory + "/link", 1, 1)
            with open(directory + "/events.new", "w") as out:
                out.write("%s\n" % read_events(fd))
            os.rename(directory + "/events.new", directory + "/events")
            os.unlink(directory + "/happen")
        return watches(fd)

    return look


def unread_events():
    """Events wait: after a restore there is one that says so."""
    os.mkdir(directory + "/watched")
    fd = libc.inotify_init1(os.O_NONBLOCK)
    watch(fd, directory + "/watched", IN_CREATE)
    watch(fd, "/dev/shm", IN_MOVE_SELF)
    for n in range(100):
        os.mkdir(directory + "/watched/%d" % n)

    def look():
        if os.path.exists(directory + "/happen"):
            with open(directory + "/events.new", "w") as out:
                out.write("%s\n" % read_events(fd))
                os.mkdir(directory + "/watched/new")
                out.write("%s\n" % read_events(fd))
            os.rename(directory + "/events.new", directory + "/events")
            os.unlink(directory + "/happen")
        return watches(fd)[0]

    return look


FAN_MODIFY, FAN_CLOSE_WRITE, FAN_OPEN, FAN_CREATE, FAN_ATTRIB, FAN_ONDIR = 2, 8, 0x20, 0x100, 4, 1 << 30
FAN_EVENT_ON_CHILD, FAN_OPEN_PERM = 1 << 27, 0x10000
FAN_MARK_MOUNT, FAN_MARK_FILESYSTEM, FAN_MARK_EVICTABLE, FAN_MARK_IGNORE = 0x10, 0x100, 0x200, 0x400
FAN_MARK_IGNORED_MASK, FAN_MARK_IGNORED_SURV_MODIFY = 0x20, 0x40
FAN_NONBLOCK, FAN_CLASS_CONTENT, FAN_UNLIMITED_MARKS = 2, 4, 0x20
FAN_REPORT_FID, FAN_REPORT_DFID_NAME_TARGET = 0x200, 0x1E00


def fanotify(flags, event_flags=os.O_RDONLY):
    fd = libc.syscall(300, flags, event_flags)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    return fd


def mark(fd, path, mask, flags=0):
    done = libc.syscall(301, fd, 1 | flags, ctypes.c_uint64(mask), AT_FDCWD, os.fsencode(path))
    assert done == 0, os.strerror(ctypes.get_errno())


def marks(fd):
    """Flags, and all marks without what they are on."""
    with open("/proc/self/fdinfo/%d" % fd) as info:
        lines = [line.split() for line in info if line.startswith("fanotify ")]
    kept = [" ".join(word for word in line if "flags:" in word or "mask:" in word) for line in lines]
    return sorted(kept), fcntl.fcntl(fd, fcntl.F_GETFL)


def fanotify_events(fd):
    """What happened to which file, by this program."""
    seen = []
    try:
        data = os.read(fd, 1 << 16)
    except BlockingIOError:
        return seen
    while data:
        length, _, _, _, mask, file, pid = struct.unpack_from("IBBHQii", data)
        name = ""
        if file >= 0:
            name = os.path.basename(os.readlink("/proc/self/fd/%d" % file))
            name += ":%x" % fcntl.fcntl(file, fcntl.F_GETFL)
            os.close(file)
        if pid == os.getpid():
            seen.append((hex(mask), name))
        data = data[length:]
    return seen


def fanotify_marks():
    """What CRIU carries as well: marks on files, directories and the mount of them all, and what they
    ignore."""
    top = directory + "/marked"
    os.mkdir(top)
    for name in ("file", "ignored"):
        with open(top + "/" + name, "w"):
            pass
    first = fanotify(FAN_NONBLOCK | FAN_UNLIMITED_MARKS, os.O_RDWR | os.O_APPEND)
    mark(first, top + "/file", FAN_MODIFY | FAN_CLOSE_WRITE)
    mark(first, top, FAN_OPEN | FAN_EVENT_ON_CHILD | FAN_ONDIR)
    mark(first, top + "/ignored", FAN_OPEN, FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY)
    second = fanotify(FAN_NONBLOCK)
    mark(second, directory, FAN_OPEN, FAN_MARK_MOUNT)
    empty = fanotify(FAN_CLASS_CONTENT)

    def happen():
        with open(top + "/file", "w") as file:
            file.write("x")
        with open(top + "/ignored", "w") as file:
            file.write("x")
        yield fanotify_events(first)
        yield fanotify_events(second)

    def look():
        for group in (first, second):
            fanotify_events(group)
        tell(happen)
        return [marks(fd) for fd in (first, second, empty)]

    return look


def fanotify_more():
    """What CRIU loses or refuses: a mark on a file system, one that may be forgotten, one that ignores
    by newer rules, one on a deleted file; names and handles instead of descriptors."""
    top = directory + "/marked"
    os.mkdir(top)
    lost = os.open(top + "/lost", os.O_RDWR | os.O_CREAT)
    fd = fanotify(FAN_NONBLOCK | FAN_REPORT_DFID_NAME_TARGET)
    mark(fd, top, FAN_CREATE | FAN_ONDIR)
    mark(fd, top + "/lost", FAN_ATTRIB, FAN_MARK_EVICTABLE)
    mark(fd, directory, FAN_CREATE, FAN_MARK_IGNORE | FAN_MARK_IGNORED_SURV_MODIFY)
    os.unlink(top + "/lost")
    whole = fanotify(FAN_NONBLOCK)
    mark(whole, top, FAN_OPEN, FAN_MARK_FILESYSTEM)
    for group in (fd, whole):
        fanotify_events(group)

    def happen():
        os.mkdir(top + "/new")
        os.fchmod(lost, 0o600)
        for group in (fd, whole):
            yield [mask for mask, _ in fanotify_events(group)]

    def look():
        for group in (fd, whole):
            fanotify_events(group)
        tell(happen)
        return [marks(group) for group in (fd, whole)]

    return look


def fanotify_permission():
    os.mkdir(directory + "/asked")
    fd = fanotify(FAN_CLASS_CONTENT | FAN_NONBLOCK)
    mark(fd, directory + "/asked", FAN_OPEN_PERM)
    return lambda: marks(fd)


def fanotify_unprivileged():
    os.mkdir(directory + "/marked")
    fd = fanotify(FAN_REPORT_FID)
    mark(fd, directory + "/marked", FAN_CREATE)
    return lambda: marks(fd)


def fanotify_unread():
    os.mkdir(directory + "/marked")
    fd = fanotify(FAN_NONBLOCK)
    mark(fd, directory + "/marked", FAN_OPEN | FAN_ONDIR)
    os.listdir(directory + "/marked")
    return lambda: (marks(fd), waiting(fd))


class Ring:
    """io_uring(7), used as liburing does: with own counters beside those in the shared memory."""

    def __init__(self, entries, flags=0):
        params = (ctypes.c_uint32 * 30)()
        params[2] = flags
        self.fd = libc.syscall(425, entries, params)
        assert self.fd >= 0, os.strerror(ctypes.get_errno())
        self.sq, self.cq = list(params[10:20]), list(params[20:30])
        self.entries, completions = params[0], params[1]
        length = max(self.sq[6] + entries * 4, self.cq[5] + completions * 16)
        self.rings = mmap.mmap(self.fd, length, offset=0)
        self.sqes = mmap.mmap(self.fd, entries * 64, offset=0x10000000)
        self.completions = completions
        self.prepared, self.seen = 0, 0
        self.has_array = not flags & 1 << 16

    def word(self, at, value=None):
        if value is None:
            return struct.unpack_from("I", self.rings, at)[0]
        struct.pack_into("I", self.rings, at, value)

    def prepare(self, number, opcode=0, flags=0, fd=-1, address=0, length=0):
        """Without telling the kernel."""
        place = self.prepared % self.entries
        struct.pack_into(
            "BBHiQQIIQ", self.sqes, place * 64, opcode, flags, 0, fd, 0, address, length, 0, number
        )
        if self.has_array:
            self.word(self.sq[6] + place * 4, place)
        self.prepared += 1

    def submit(self, count, wait=0):
        self.word(self.sq[1], self.prepared)
        done = libc.syscall(426, self.fd, count, wait, 1 if wait else 0, None, 0)
        assert done == count, (done, ctypes.get_errno())

    def completion(self):
        """Number and result of the next one, which must be there."""
        assert self.word(self.cq[1]) != self.seen, "no completion"
        at = self.cq[5] + self.seen % self.completions * 16
        number, result = struct.unpack_from("Qi", self.rings, at)
        self.seen += 1
        self.word(self.cq[0], self.seen)
        return number, result


def idle_rings():
    """Rings that have gone round, with a completion that nobody has looked at and an operation that
    was not handed in, and with a worker of the kernel's; one that has had operations without
    completions; one never used; an array of places or none."""
    used, silent, fresh = Ring(8), Ring(4, 1 << 16), Ring(2)
    file = os.open(directory + "/content", os.O_RDWR | os.O_CREAT)
    os.write(file, b"content")
    buffer = ctypes.create_string_buffer(16)
    for number in range(1001):
        used.prepare(number)
        used.submit(1)
        assert used.completion() == (number, 0)
        if number < 102:
            silent.prepare(number, flags=IOSQE_CQE_SKIP_SUCCESS)
            silent.submit(1)
    used.prepare(1001)
    used.submit(1)
    used.prepare(1002, opcode=22, fd=file, address=ctypes.addressof(buffer), length=7)
    counts = [1001]

    def look():
        number = counts[0]
        assert used.completion() == (number, 7 if number > 1001 else 0)
        assert buffer.value == (b"content" if number > 1001 else b""), buffer.value
        used.submit(1, wait=1)
        counts[0] = number + 1
        address = ctypes.addressof(buffer)
        used.prepare(number + 2, opcode=22, flags=IOSQE_ASYNC, fd=file, address=address, length=7)
        for ring in (silent, fresh):
            ring.prepare(number)
            ring.submit(1, wait=1)
            assert ring.completion() == (number, 0)
        return [(ring.entries, ring.fd) for ring in (used, silent, fresh)]

    return look


def busy_ring():
    """It waits for what does not come."""
    ring = Ring(4)
    reader, _ = os.pipe()
    buffer = ctypes.create_string_buffer(16)
    ring.prepare(1, opcode=22, fd=reader, address=ctypes.addressof(buffer), length=7)
    ring.submit(1)
    return lambda: ring.fd


def inherited_aio():
    """A ring of io_setup(2), of which a child has the mapping only."""
    context = ctypes.c_ulong()
    assert libc.syscall(206, 8, ctypes.byref(context)) == 0
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pause()
    return lambda: context.value


def main():
    status = os.open(directory + "/status", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(status, BLOCK)
    look = globals()[sys.argv[2]]()
    tick = 0
    while True:
        tick += 1
        text = "tick=%d\nstate=%s\n" % (tick, look())
        os.pwrite(status, text.encode().ljust(BLOCK, b"\n"), 0)
        time.sleep(0.02)


main()
