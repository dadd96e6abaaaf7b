# SPDX-License-Identifier: Apache-2.0
"""Checkpoints the programs of programs.py, each with a client that checks its state, and prints a table.

A program is started and brought into a state; then it is dumped, is gone, is restored and checked, twice
in a row. "without" runs the same without a checkpoint: a program that fails there says nothing.

pass       all checks held, after both restores
refused    the dump said no, and the program runs on with its state
harmed     the dump said no, and the program does not
no return  the dump went well, the restore did not
wrong      restored, and a check failed
"""

import argparse
import collections
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from programs import PROGRAMS

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = "/run/field"
SECONDS = 40
CLIENTS = "curl netcat-openbsd"
ALLOW = ["--tcp-established", "--file-locks", "--link-remap", "--ghost-limit", "64M"]
ENGINES = {
    "without": None,
    "CRIU": os.environ.get("TORPOR_FIELD_CRIU"),
    "Torpor": os.environ.get("TORPOR_FIELD_TORPOR"),
}


class Failed(Exception):
    """A check that did not hold; the text says which."""


class Talk:
    """A connection that stays open over the checkpoints: what is asked on it is answered on it."""

    def __init__(self, address, asks):
        self.asks = asks
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(10)
        self.socket.connect(address)
        self.greeted = False
        self.go_on()

    def go_on(self):
        for ask, answer in self.asks:
            if ask is None and self.greeted:
                continue
            if ask:
                self.socket.sendall(ask.encode())
            if answer:
                self.await_answer(answer.encode())
        self.greeted = True

    def await_answer(self, answer):
        seen = b""
        while answer not in seen:
            try:
                more = self.socket.recv(65536)
            except OSError as error:
                raise Failed(f"the open connection: {error}, after {seen[-60:]!r}") from error
            if not more:
                raise Failed(f"the open connection was closed, after {seen[-60:]!r}")
            seen += more


class Run:
    """One program with its directory, its client and one engine."""

    def __init__(self, program, engine):
        self.program = program
        self.engine = engine
        self.home = f"{WORK}/{program.name}"
        self.talks = []
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.home)
        os.chmod(self.home, 0o777)

    def shell(self, text, seconds=SECONDS):
        """Runs a line in the program's directory; tells whether it ended with 0, and its output."""
        # Into a file: a pipe would be waited for as long as what the line started holds it.
        with open(f"{self.home}.output", "w+", errors="replace", encoding="utf-8") as output:
            try:
                done = subprocess.run(
                    ["bash", "-c", text], cwd=self.home, env=self.environment(), timeout=seconds,
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            except subprocess.TimeoutExpired:
                return False, "no end in time"
            output.seek(0)
            return done.returncode == 0, output.read().strip()

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8", "TERM": "xterm",
                "TMPDIR": self.home}

    def start(self):
        if self.program.prepare:
            self.expect("prepare", self.program.prepare, 120)
        with open(f"{self.home}/log", "wb") as log:
            # Two forks: the tree is nobody's child here, as that of a service is.
            subprocess.run(
                ["bash", "-c", f"setsid bash -c 'echo $$ >pid; exec bash start' &"],
                cwd=self.write_start(), env=self.environment(), check=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.wait_ready()
        if self.program.before:
            self.expect("before", self.program.before)
        for address, asks in self.program.talks:
            address = address.format(home=self.home) if isinstance(address, str) else address
            self.talks.append(Talk(address, asks))
        if self.program.settle:
            time.sleep(self.program.settle)

    def write_start(self):
        with open(f"{self.home}/start", "w", encoding="utf-8") as file:
            file.write("exec " * (not self.program.shell) + self.program.start + "\n")
        return self.home

    def wait_ready(self):
        deadline = time.monotonic() + SECONDS
        while True:
            good, output = self.shell(self.program.ready, 10)
            if good:
                return
            if time.monotonic() > deadline:
                raise Failed(f"not ready: {output[-200:]}")
            time.sleep(0.1)

    def root(self):
        if self.program.root:
            good, output = self.shell(self.program.root)
            if not good:
                raise Failed(f"no root of the tree: {output}")
            return int(output.split()[0])
        with open(f"{self.home}/pid", encoding="utf-8") as file:
            return int(file.read())

    def expect(self, name, text, seconds=SECONDS):
        good, output = self.shell(text, seconds)
        if not good:
            raise Failed(f"{name}: {output[-300:]}")

    def check(self):
        self.expect("check", self.program.check)
        for talk in self.talks:
            talk.go_on()

    def dump(self, generation):
        images = f"{self.home}.images{generation}"
        shutil.rmtree(images, ignore_errors=True)
        os.makedirs(images)
        root = self.root()
        good, output = self.operation(images, ["dump", "-t", str(root), "-o", "dump.log"])
        if good:
            self.await_end(root)
        return good, output

    def restore(self, generation):
        images = f"{self.home}.images{generation}"
        return self.operation(images, ["restore", "-d", "-o", "restore.log"])

    def operation(self, images, arguments):
        command = [ENGINES[self.engine], *arguments, "-D", images, "-v4", *ALLOW]
        try:
            done = subprocess.run(
                command, cwd="/", timeout=120, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            return False, "no end in time"
        return done.returncode == 0, errors_of(f"{images}/{arguments[0]}.log")

    @staticmethod
    def await_end(pid):
        for _ in range(200):
            reap()
            if not os.path.exists(f"/proc/{pid}"):
                return
            time.sleep(0.05)
        raise Failed(f"{pid} is still there after its dump")

    def outcome(self):
        """What came of it, and why."""
        try:
            self.start()
            self.check()
        except (Failed, OSError) as error:
            return "no start", str(error)
        for generation in (1, 2):
            if self.engine == "without":
                time.sleep(0.5)
            else:
                good, text = self.dump(generation)
                if not good:
                    return self.after_refusal(text)
                good, text = self.restore(generation)
                if not good:
                    return "no return", text
            try:
                self.check()
            except (Failed, OSError) as error:
                return "wrong", str(error)
        return "pass", ""

    def after_refusal(self, text):
        try:
            self.check()
        except (Failed, OSError) as error:
            return "harmed", f"{text}; then {error}"
        return "refused", text

    def end(self):
        for talk in self.talks:
            talk.socket.close()
        # Only what this run started is in this pid namespace, besides the harness and its parents.
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) not in KEEP:
                try:
                    os.kill(int(name), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        reap()


def ancestors():
    pids, pid = {1}, os.getpid()
    while pid > 1:
        pids.add(pid)
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            pid = int(stat.read().rsplit(")", 1)[1].split()[1])
    return pids


KEEP = ancestors()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def errors_of(log):
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            errors = [line.strip() for line in lines if "Error" in line and "RLIMIT_NOFILE for self" not in line]
    except OSError:
        return "no log"
    # CRIU's last lines say that it failed, and the one before why; its first may be about its own limits.
    return " / ".join(error.split(": ", 1)[-1] for error in errors[-3:])


def chosen(names):
    unknown = set(names) - {program.name for program in PROGRAMS}
    if unknown:
        sys.exit(f"field: no program {', '.join(sorted(unknown))}: --list shows all")
    return [program for program in PROGRAMS if not names or program.name in names]


def totals_of(results):
    """The last line of all: {engine: how many of each outcome}."""
    totals = {}
    for _, engine, outcome, _ in results:
        totals.setdefault(engine, collections.Counter())[outcome] += 1
    return {
        engine: ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        for engine, counts in totals.items()}


def write_page(path, results):
    """docs/programs.md: a row for each program, and what was said where one did not pass."""
    with open(f"{os.path.dirname(__file__)}/head.md", encoding="utf-8") as head:
        text = head.read()
    engines = list(dict.fromkeys(engine for _, engine, _, _ in results))
    text += "\n| |" + "".join(f" {engine} |" for engine in engines)
    text += "\n|---|" + "---|" * len(engines)
    text += "\n| *all* |" + "".join(f" {count} |" for count in totals_of(results).values())
    outcomes = {}
    for name, engine, outcome, _ in results:
        outcomes.setdefault(name, {})[engine] = outcome
    for name, row in outcomes.items():
        text += f"\n| {name} |" + "".join(f" {row.get(engine, '')} |" for engine in engines)
    text += "\n\n## What was said\n\n"
    for name, engine, outcome, why in results:
        if outcome != "pass":
            text += f"- {name}, {engine}, {outcome}: {why.replace('<', '&lt;') or 'nothing'}\n"
    with open(path, "w", encoding="utf-8") as page:
        page.write(text)


def main():
    parser = argparse.ArgumentParser(
        prog="tests/field/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="print the names of all programs")
    parser.add_argument("--only", choices=ENGINES, help="only this column")
    parser.add_argument("--page", metavar="FILE", help="write the table there, from the top of the project")
    parser.add_argument("program", nargs="*", help="only these")
    arguments = parser.parse_args()
    programs = chosen(arguments.program)
    if arguments.packages:
        print(" ".join(sorted({name for program in programs for name in (program.packages + " " + CLIENTS).split()})))
        return
    if arguments.list:
        print("\n".join(program.name for program in programs))
        return
    results = []
    for program in programs:
        for engine in [arguments.only] if arguments.only else ENGINES:
            run = Run(program, engine)
            try:
                outcome, why = run.outcome()
            finally:
                run.end()
            results.append((program.name, engine, outcome, why))
            print(f"{program.name:<20} {engine:<8} {outcome:<10} {why[:220]}", flush=True)
    for engine, text in totals_of(results).items():
        print(f"{engine:<8} {text}")
    if arguments.page:
        write_page(os.path.join(TOP, arguments.page), results)


main()
