# SPDX-License-Identifier: Apache-2.0
"""Dumps and restores the same targets with CRIU and with Torpor in turn; prints medians and ratios.

dump, restore   wall time of the command, process and JVM start included
dump-, restore- the same, less what the engine takes for a target that has nothing
stall           the longest time a 1 ms ticker in the target was away during a --leave-running dump
images          bytes of the image files of a dump
"""

import argparse
import ctypes
import mmap
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36

# As bench-target has it.
PREFORK_PROCESSES = 5

# name: (arguments of bench-target, at most this ratio to CRIU, by metric)
CASES = {
    "1MiB": (("memory", "1"), {"dump": 6.0, "restore": 6.0, "stall": 4.0, "images": 1.02}),
    "256MiB": (("memory", "256"), {"images": 1.02}),
    "1GiB": (("memory", "1024"), {"dump": 1.2, "restore": 1.2, "images": 1.02}),
    "5x1GiB": (("prefork", "1024"), {"dump": 1.0, "restore": 1.0, "images": 1.0}),
    "50000mappings": (("mappings", "50000"), {"dump": 1.2, "restore": 1.2, "images": 1.02}),
    "500threads": (("threads", "500"), {"dump": 2.0, "restore": 2.0, "images": 1.02}),
    "200processes": (("processes", "200"), {"dump": 2.0, "restore": 2.0, "images": 1.02}),
    "10000fds": (("descriptors", "10000"), {"dump-": 1.0, "restore-": 1.0, "images": 1.0}),
    "1000unix": (("sockets", "1000"), {"dump-": 1.0, "restore-": 1.0, "images": 1.0}),
    "1000tcp": (("connections", "1000"), {"dump-": 1.0, "restore-": 1.0, "images": 1.0}),
    "1000inotify": (("watches", "1000"), {"dump-": 1.0, "restore-": 1.0, "images": 1.0}),
}
METRICS = {"dump": "ms", "dump-": "ms", "stall": "ms", "restore": "ms", "restore-": "ms", "images": "KiB"}

# What both engines have to be told. Both ends of the connections are dumped: nobody needs a lock.
OPTIONS = {"connections": ["--tcp-established", "--network-lock", "skip"]}
NOTHING = ("descriptors", "0")


class Target:
    """A running bench-target and the page it shares with its observer."""

    def __init__(self, program, directory, arguments):
        path = os.path.join(directory, "report")
        with open(path, "wb") as file:
            file.truncate(4096)
        fd = os.open(path, os.O_RDWR)
        self.report = mmap.mmap(fd, 4096)
        os.close(fd)
        # A session of its own without a terminal: what CRIU dumps without --shell-job.
        process = subprocess.Popen(
            [program, path, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        self.pid = process.pid
        self.wait_for(lambda: self.word(0) == 1)
        time.sleep(0.1)

    def word(self, index):
        return struct.unpack_from("Q", self.report, 8 * index)[0]

    def reset_gap(self):
        struct.pack_into("Q", self.report, 16, 0)

    def worst_gap_millis(self):
        return self.word(2) / 1e6

    def wait_for_ticks(self, count):
        start = self.word(1)
        self.wait_for(lambda: self.word(1) >= start + count)

    @staticmethod
    def wait_for(condition):
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline:
                sys.exit("bench: the target does not run any more")
            time.sleep(0.002)

    def pids(self):
        found = [self.pid]
        for pid in found:
            try:
                with open(f"/proc/{pid}/task/{pid}/children") as children:
                    found += [int(child) for child in children.read().split()]
            except FileNotFoundError:
                pass
        return found

    def kill(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap()


def reap():
    """Waits for every child, adopted ones too: a zombie would keep its pid taken."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def timed(command, log):
    start = time.monotonic()
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    millis = (time.monotonic() - start) * 1e3
    if result.returncode != 0:
        print(result.stdout.decode(errors="replace"), file=sys.stderr)
        if os.path.exists(log):
            with open(log, errors="replace") as lines:
                print("".join(line for line in lines if "Error" in line), file=sys.stderr)
        sys.exit(f"bench: exit code {result.returncode} of {' '.join(command)}")
    return millis


def image_bytes(directory):
    return sum(
        entry.stat().st_size for entry in os.scandir(directory) if entry.name.endswith(".img"))


def measure(engine, program, arguments, work):
    """One target's life: dumped while it runs on, dumped for good, restored."""
    target = Target(program, work, arguments)
    images = os.path.join(work, "images")
    options = OPTIONS.get(arguments[0], [])
    dump = [engine, "dump", "-t", str(target.pid), "-D", images, "-o", "dump.log", *options]
    restore = [engine, "restore", "-d", "-D", images, "-o", "restore.log", *options]
    result = {}
    try:
        os.mkdir(images)
        target.wait_for_ticks(20)
        touch(images_mib(arguments))
        target.reset_gap()
        timed(dump + ["--leave-running"], os.path.join(images, "dump.log"))
        target.wait_for_ticks(20)
        result["stall"] = target.worst_gap_millis()
        shutil.rmtree(images)
        os.mkdir(images)
        touch(images_mib(arguments))
        result["dump"] = timed(dump, os.path.join(images, "dump.log"))
        reap()
        result["images"] = image_bytes(images) / 1024
        touch(target_mib(arguments))
        result["restore"] = timed(restore, os.path.join(images, "restore.log"))
        target.wait_for_ticks(20)
    finally:
        target.kill()
        shutil.rmtree(images)
    return result


def measure_less_start(engine, program, arguments, work):
    """Beside it the same engine with a target that has nothing, whose times are taken off."""
    nothing = measure(engine, program, NOTHING, work)
    result = measure(engine, program, arguments, work)
    for metric in ("dump", "restore"):
        result[metric + "-"] = result[metric] - nothing[metric]
    return result


def target_mib(arguments):
    return int(arguments[1]) if arguments[0] in ("memory", "prefork") else 0


def images_mib(arguments):
    """Images hold the pages of each process, shared or not."""
    return target_mib(arguments) * (PREFORK_PROCESSES if arguments[0] == "prefork" else 1)


def touch(mib):
    """Free pages may have gone back to the host of a virtual machine: takes them from it again,
    so that an operation, of whichever engine, is not the one who waits."""
    if mib:
        with mmap.mmap(-1, (mib + 64) << 20) as memory:
            for at in range(0, len(memory), mmap.PAGESIZE):
                memory[at] = 1


def prefault(directory, mib):
    """Fresh pages of a memory file system are slow in a virtual machine: touch them once before."""
    path = os.path.join(directory, "prefault")
    block = b"\xff" * (1 << 20)
    with open(path, "wb") as file:
        for _ in range(mib):
            file.write(block)
    os.unlink(path)


def print_case(name, runs, limits):
    for metric, unit in METRICS.items():
        if metric not in next(iter(runs.values()))[0]:
            continue
        medians = {engine: statistics.median(run[metric] for run in runs[engine]) for engine in runs}
        cells = [f"{medians[engine]:12.1f}" if engine in medians else " " * 12
                 for engine in ("CRIU", "Torpor")]
        ratio = verdict = ""
        if len(medians) == 2:
            ratio = f"{medians['Torpor'] / medians['CRIU']:7.2f}x"
            if metric in limits:
                met = medians["Torpor"] <= limits[metric] * medians["CRIU"]
                verdict = f"  at most {limits[metric]}x: {'met' if met else 'MISSED'}"
        print(f"{name:<14}{metric + ' ' + unit:<13}{''.join(cells)}{ratio}{verdict}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--runs", type=int, default=5, help="runs per case and engine, after one to warm up")
    parser.add_argument("--case", action="append", choices=CASES, help="only this case; may be repeated")
    parser.add_argument("--only", choices=("CRIU", "Torpor"), help="only this engine, no ratios")
    parser.add_argument("--images", default="/dev/shm", help="where images are written (a memory file system)")
    parser.add_argument("--target", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--criu", required=True, help="the reference")
    parser.add_argument("--torpor", required=True, help="what is compared with it")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    engines = {"CRIU": arguments.criu, "Torpor": arguments.torpor}
    if arguments.only:
        engines = {arguments.only: engines[arguments.only]}
    for name, program in engines.items():
        if not os.access(program, os.X_OK):
            sys.exit(f"bench: {name} is not at {program}: build it first, or choose the other with --only")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    cases = arguments.case or list(CASES)
    work = tempfile.mkdtemp(prefix="torpor-bench-", dir=arguments.images)
    try:
        if "5x1GiB" in cases:
            prefault(work, 6000)
        elif "1GiB" in cases:
            prefault(work, 2400)
        print(f"{os.uname().release}, {os.cpu_count()} CPUs, medians of {arguments.runs} runs, images in {arguments.images}")
        print(f"{'case':<14}{'what':<13}{'CRIU':>12}{'Torpor':>12}{'ratio':>8}", flush=True)
        for case in cases:
            command, limits = CASES[case]
            runs = {engine: [] for engine in engines}
            for number in range(arguments.runs + 1):
                for engine, program in engines.items():
                    one = measure_less_start if "dump-" in limits else measure
                    result = one(program, arguments.target, command, work)
                    if number > 0:
                        runs[engine].append(result)
            print_case(case, runs, limits)
    finally:
        shutil.rmtree(work)


main()
