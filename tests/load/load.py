# SPDX-License-Identifier: Apache-2.0
"""Checkpoints one end of busy TCP connections over and over, and tells what the other saw.

loopback   the server is dumped; its clients are outside, in the same network namespace
veth       the server has a network namespace, which stays, and a pair of devices to its clients
inside     server and clients are dumped together, with the network namespace that they are in
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ENGINES = {"CRIU": os.environ.get("TORPOR_LOAD_CRIU"), "Torpor": os.environ.get("TORPOR_LOAD_TORPOR")}
ADDRESSES = {
    "loopback": ["127.0.0.1", "::1", "::ffff:127.0.0.1"],
    "veth": ["10.231.0.2", "fd31::2"],
    "inside": ["127.0.0.1", "::1", "::ffff:127.0.0.1"],
}
SECONDS = 30


class Failed(Exception):
    """What the clients saw, or an engine said."""


def shell(commands):
    subprocess.run(["sh", "-ec", commands], check=True)


class Load:
    """A server, its clients, and the engine that interrupts them."""

    def __init__(self, setting, engine, connections, home):
        self.setting = setting
        self.engine = engine
        self.connections = connections
        self.home = home
        self.images = home + "/images"
        self.outside = None
        self.holder = None
        self.options = ["--tcp-established"]
        self.given = []
        self.times = {"dump": [], "restore": [], "dump --leave-running": []}
        self.silence = 0.0

    def traffic(self, role, prefix=()):
        command = [*prefix, "python3", HERE + "/traffic.py", self.home, role, str(self.connections)]
        with open(self.home + "/output", "ab") as output:
            return subprocess.Popen(
                command + ADDRESSES[self.setting], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).pid

    def start(self):
        if self.setting == "inside":
            self.root = self.traffic("both", ["unshare", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"', "sh"])
            return
        if self.setting == "veth":
            self.pair()
        self.root = self.traffic("server", self.prefix())
        self.outside = self.traffic("client")

    def prefix(self):
        return ["nsenter", "-t", str(self.holder.pid), "--net"] if self.holder else []

    def pair(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        net = f"/proc/{self.holder.pid}/ns/net"
        await_that(lambda: os.stat(net).st_ino != os.stat("/proc/self/ns/net").st_ino, "a network namespace")
        shell(f"""ip link add outer type veth peer name inner netns {self.holder.pid}
            ip addr add 10.231.0.1/24 dev outer; ip addr add fd31::1/64 dev outer nodad; ip link set outer up
            inner() {{ nsenter -t {self.holder.pid} --net ip "$@"; }}
            inner addr add 10.231.0.2/24 dev inner; inner addr add fd31::2/64 dev inner nodad
            inner link set inner up; inner link set lo up""")
        self.options += ["--external", f"net[{os.stat(net).st_ino}]:net"]
        if self.engine == "CRIU":
            self.options += ["--network-lock", "nftables"]
        self.given = [net]

    def verified(self):
        try:
            with open(self.home + "/progress", encoding="ascii") as file:
                return [int(each) for each in file.read().split()]
        except FileNotFoundError:
            return []

    def check(self):
        if os.path.exists(self.home + "/fault"):
            with open(self.home + "/fault", encoding="utf-8") as file:
                raise Failed(file.read())

    def await_more(self, byte_count):
        """Until each connection has carried so much more; the time until all have carried any."""
        before = self.verified()
        begun = time.monotonic()
        silent = None
        while True:
            self.check()
            more = [now - then for now, then in zip(self.verified(), before)]
            if silent is None and more and min(more) > 0:
                silent = time.monotonic() - begun
            if len(more) == self.connections and min(more) >= byte_count:
                return silent
            if time.monotonic() - begun > SECONDS:
                raise Failed(f"no more came in {SECONDS} s: {more}")
            if not before:
                before = [0] * self.connections if self.verified() else []
            time.sleep(0.002)

    def run(self, verb, name, options):
        command = [ENGINES[self.engine], verb, "-D", self.images, "-v4", "-o", verb + ".log", *self.options, *options]
        descriptors = []
        if verb == "restore" and self.given:
            descriptors = [os.open(path, os.O_RDONLY) for path in self.given]
            command += ["--inherit-fd", f"fd[{descriptors[0]}]:net"]
        begun = time.monotonic()
        done = subprocess.run(command, pass_fds=descriptors, capture_output=True, text=True, check=False)
        self.times[name].append(time.monotonic() - begun)
        for descriptor in descriptors:
            os.close(descriptor)
        if done.returncode != 0:
            with open(f"{self.images}/{verb}.log", errors="replace", encoding="utf-8") as log:
                errors = [line for line in log if "Error (" in line]
            raise Failed(f"{verb} gave {done.returncode}: {done.stdout}{done.stderr}{''.join(errors[:5])}")

    def checkpoint(self, leave_running):
        shutil.rmtree(self.images, ignore_errors=True)
        os.mkdir(self.images)
        begun = time.monotonic()
        if leave_running:
            self.run("dump", "dump --leave-running", ["-t", str(self.root), "--leave-running"])
        else:
            self.run("dump", "dump", ["-t", str(self.root)])
            self.await_gone()
            self.run("restore", "restore", ["-d"])
        away = time.monotonic() - begun
        self.check()
        silent = self.await_more(200_000)
        self.silence = max(self.silence, away + silent)

    def await_gone(self):
        """Its init, which this process is, reaps all that the tree leaves."""
        own = [one for one in (self.outside, self.holder and self.holder.pid) if one]
        await_that(lambda: reap_others(own) == 0, "the end of the tree")

    def end(self):
        with open(self.home + "/end", "w", encoding="ascii"):
            pass
        await_that(lambda: self.check() or os.path.exists(self.home + "/done"), "the end of the connections")

    def stop(self):
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            if pid != os.getpid():
                os.kill(pid, signal.SIGKILL)
        while reap_others([]):
            time.sleep(0.01)


def reap_others(own):
    """Reaps what has ended; how many there are beside these."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return sum(1 for pid in pids if pid != os.getpid() and pid not in own)


def await_that(condition, what):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not come in {SECONDS} s")
        time.sleep(0.002)


def rules():
    """What is left in this network namespace when all is over."""
    found = []
    for program in ("iptables-save", "ip6tables-save"):
        saved = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        found += [line for line in saved.splitlines() if line.startswith("-A")]
    return found


def report(load, done, problem):
    def median(name):
        return f"{statistics.median(load.times[name]) * 1000:.0f} ms" if load.times[name] else "-"

    row = [load.setting, load.engine, str(load.connections), str(done[0]), str(done[1]),
           f"{sum(load.verified()) / 1e9:.2f} GB", median("dump"), median("restore"), median("dump --leave-running"),
           f"{load.silence * 1000:.0f} ms", problem or "nothing"]
    print("| " + " | ".join(row) + " |", flush=True)


def one(setting, engine, arguments):
    home = tempfile.mkdtemp(prefix="torpor-load-")
    load = Load(setting, engine, arguments.connections, home)
    done = [0, 0]
    problem = None
    try:
        load.start()
        load.await_more(1_000_000)
        for number in range(1, arguments.checkpoints + 1):
            leave_running = arguments.leave_running > 0 and number % arguments.leave_running == 0
            load.checkpoint(leave_running)
            done[leave_running] += 1
        load.end()
    except Failed as failure:
        problem = " ".join(str(failure).split())
    load.stop()
    left = rules()
    if left and not problem:
        problem = f"{len(left)} rules are left"
    report(load, done, problem)
    if problem and arguments.keep:
        print(f"kept: {home}", file=sys.stderr)
    else:
        shutil.rmtree(home)
    return problem is None


def main():
    parser = argparse.ArgumentParser(prog="tests/load/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoints", type=int, default=120, help="how many, in each setting")
    parser.add_argument("--leave-running", type=int, default=6, help="every so many only dumps (0: none)")
    parser.add_argument("--connections", type=int, default=12)
    parser.add_argument("--settings", default=",".join(ADDRESSES))
    parser.add_argument("--engines", default="Torpor", help="of CRIU,Torpor")
    parser.add_argument("--keep", action="store_true", help="the directory of what failed")
    arguments = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print("| setting | engine | connections | dump and restore | left running | verified | dump | restore "
          "| dump, left running | longest silence | lost |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    passed = [one(setting, engine, arguments)
              for setting in arguments.settings.split(",") for engine in arguments.engines.split(",")]
    sys.exit(0 if all(passed) else 1)


main()
