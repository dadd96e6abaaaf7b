# SPDX-License-Identifier: Apache-2.0
"""Dumps a job of an interactive shell, and restores it from another shell on another terminal.

shell-job.py DUMPER RESTORER IMAGES
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LONGEST_SECONDS = 30
JOB = 'echo ready; while read line; do echo "answer=$line $(stty size)"; done'


class Shell:
    """An interactive shell, with job control, on a terminal of its own."""

    def __init__(self, rows, columns):
        self.seen = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv("/bin/bash", ["bash", "--norc", "--noprofile", "-i"])

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def wait_for(self, text):
        end = time.monotonic() + LONGEST_SECONDS
        while text.encode() not in self.seen:
            if time.monotonic() > end:
                sys.exit("no %r in %r" % (text, self.seen))
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 4096)

    def child(self):
        with open("/proc/%d/task/%d/children" % (self.pid, self.pid)) as children:
            return int(children.read().split()[0])

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)


def await_foreground(pid):
    """Waits until a process is there and in the foreground group of its terminal."""
    end = time.monotonic() + LONGEST_SECONDS
    fields = []
    while not fields or fields[2] != fields[5]:
        if time.monotonic() > end:
            sys.exit("the job is not in the foreground: %s" % fields)
        time.sleep(0.05)
        if os.path.exists("/proc/%d" % pid):
            with open("/proc/%d/stat" % pid) as stat:
                fields = stat.read().rpartition(")")[2].split()


def main():
    dumper, restorer, images = sys.argv[1:]
    script = os.path.join(images, "job.sh")
    with open(script, "w") as file:
        file.write(JOB + "\n")
    first = Shell(25, 81)
    first.type("sh " + script)
    first.wait_for("ready\r")
    first.type("one")
    first.wait_for("answer=one 25 81")
    job = first.child()
    options = ["-D", images, "--shell-job", "-v4", "-o"]
    subprocess.run([dumper, "dump", "-t", str(job)] + options + ["dump.log"], check=True)
    first.end()
    second = Shell(40, 120)
    second.type(" ".join([restorer, "restore"] + options + ["restore.log;", "echo END=$?;"]))
    await_foreground(job)
    second.type("two")
    second.wait_for("answer=two 25 81")
    fcntl.ioctl(second.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    second.type("three")
    second.wait_for("answer=three 40 120")
    os.write(second.master, b"\x04")
    second.wait_for("END=0")
    second.end()


main()
