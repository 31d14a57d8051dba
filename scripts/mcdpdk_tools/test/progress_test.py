# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What a terminal shows while something takes long, and that nothing else is shown anywhere."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
# It goes on when its stdin ends.
STEPS = """
import sys, threading
from mcdpdk_tools.progress import Progress
with Progress("[first] step", 3, delay_s=0) as progress:
    print(threading.active_count(), flush=True)
    sys.stdin.readline()
    progress.text, progress.done = "second step", 2
    sys.stdin.readline()
    print("result")
"""
ERASE = b"\r\x1b[K"


class Terminal:
    """The stderr of a program: a terminal of 24 by 60. A serial console does not know its size: 0 by 0."""

    def __init__(self, rows=24, columns=60):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        self.shown = b""

    def start(self, *command):
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=self.slave, start_new_session=True,
                                   env={**os.environ, "PYTHONPATH": str(SCRIPTS), "TERM": "xterm"})
        os.close(self.slave)
        return process

    def read(self):
        """False at the end."""
        if not select.select([self.master], [], [], 60)[0]:
            raise AssertionError(self.shown)
        with contextlib.suppress(OSError):
            piece = os.read(self.master, 4096)
            self.shown += piece
            return bool(piece)
        return False

    def await_text(self, text):
        while text.encode() not in self.shown:
            assert self.read() and self.shown.count(ERASE) < 30, self.shown

    def read_all(self):
        while self.read():
            pass
        os.close(self.master)
        return self.shown


class Line(unittest.TestCase):
    def test_a_terminal_sees_steps_and_how_many_are_done(self):
        terminal = Terminal()
        process = terminal.start(sys.executable, "-c", STEPS)
        terminal.await_text("[first] step, 0/3, 0 s")
        process.stdin.write(b"\n")
        process.stdin.flush()
        terminal.await_text("second step, 2/3, ")
        out, _ = process.communicate(b"\n")
        shown = terminal.read_all()
        self.assertEqual((process.returncode, out.splitlines()[1:]), (0, [b"result"]))
        self.assertNotIn(b"result", shown)
        # It hides no cursor, which a signal would leave hidden.
        self.assertEqual(set(re.findall(rb"\x1b\[[^A-Za-z]*[A-Za-z]", shown)), {b"\x1b[K"})
        self.assertTrue(shown.endswith(ERASE), shown)

    def test_a_line_is_no_wider_than_the_terminal(self):
        """Of an unknown width, 80."""
        for columns, most in ((20, 19), (0, 79)):
            terminal = Terminal(24 if columns else 0, columns)
            process = terminal.start(sys.executable, "-c", STEPS.replace("[first] step", "x" * 100))
            terminal.await_text("xxx")
            process.communicate(b"\n\n")
            self.assertEqual(max(map(len, terminal.read_all().split(ERASE))), most)

    def test_no_stderr_is_no_fault(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" "$@" 2>&-', sys.executable, "-c", STEPS], input="\n\n",
                              stdout=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(SCRIPTS)})
        self.assertEqual((done.returncode, done.stdout), (0, "1\nresult\n"))

    def test_elsewhere_nothing_is_shown_and_no_thread_runs(self):
        done = subprocess.run([sys.executable, "-c", STEPS], input="\n\n", capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(SCRIPTS)})
        self.assertEqual((done.stdout, done.stderr), ("1\nresult\n", ""))


class Quietly(unittest.TestCase):
    def test_a_terminal_sees_the_last_line_that_was_printed(self):
        terminal = Terminal()
        long = "x" * 100
        process = terminal.start(SCRIPTS / "quietly", "sh", "-c", f"echo [7/9]; read a; echo '{long}'; read b")
        terminal.await_text(" s  [7/9]")
        process.stdin.write(b"\n")
        process.stdin.flush()
        terminal.await_text(" s  xxx")
        out, _ = process.communicate(b"\n")
        shown = terminal.read_all()
        self.assertEqual((process.returncode, out), (0, b""))
        self.assertTrue(shown.endswith(ERASE), shown)
        # The terminal wraps no line, which could not be erased.
        self.assertTrue(all(len(line) < 60 for line in shown.split(ERASE)), shown)

    def test_a_terminal_without_a_size_has_80_columns(self):
        terminal = Terminal(0, 0)
        process = terminal.start(SCRIPTS / "quietly", "sh", "-c", f"echo {'x' * 100}; read a")
        terminal.await_text("xxx")
        process.communicate(b"\n")
        self.assertEqual({len(line) for line in terminal.read_all().split(ERASE)}, {0, 79})

    def test_a_signal_to_the_group_leaves_no_log(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with tempfile.TemporaryDirectory() as folder:
                ready, told = os.pipe()
                with subprocess.Popen([SCRIPTS / "quietly", "sh", "-c", f"echo >&{told}; read a"],
                                      stdin=subprocess.PIPE, start_new_session=True, pass_fds=[told],
                                      env={**os.environ, "TMPDIR": folder}) as process:
                    os.read(ready, 1)
                    self.assertEqual(len(os.listdir(folder)), 1)
                    os.killpg(process.pid, number)
                os.close(ready)
                os.close(told)
                self.assertEqual((process.returncode, os.listdir(folder)), (128 + number, []))

    def test_without_a_command_or_a_place_for_the_log_it_says_so(self):
        done = subprocess.run([SCRIPTS / "quietly"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (2, "usage: scripts/quietly COMMAND...\n"))
        done = subprocess.run([SCRIPTS / "quietly", "true"], capture_output=True, text=True, check=False,
                              env={**os.environ, "TMPDIR": "/nowhere"})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_what_fails_is_shown_with_its_status(self):
        done = subprocess.run([SCRIPTS / "quietly", "sh", "-c", "echo out; echo err >&2; exit 5"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (5, "", "out\nerr\n"))

    def test_what_succeeds_is_not_shown(self):
        done = subprocess.run([SCRIPTS / "quietly", "sh", "-c", "echo out; echo err >&2; cat >&2"], input="in",
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
