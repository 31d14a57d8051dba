# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The machine as this command sees it: files below a root, and programs. Tests give another root and other programs."""

import glob
import json
import os
import shutil
import subprocess
import sys
import time

from . import arp

LONGEST_COMMAND_S = 120.0


class Failure(Exception):
    """An error for the user."""

    status = 1


class WrongArgument(Failure):
    """Detected before anything was tried."""

    status = 2


def parse_json(text):
    return json.loads(text) if text.strip() else []


class System:
    root_user = 0

    def __init__(self, root="/", environ=os.environ):
        self.root = root
        self.environ = environ
        self.inherited = ()  # files that programs keep open

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    # Files

    def text(self, name, default=""):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return default

    def word(self, name):
        return self.text(name).strip()

    def number(self, name, default=0):
        word = self.word(name)
        return int(word) if word.lstrip("-").isdigit() else default

    def has(self, name):
        return os.path.exists(self.path(name))

    def is_roots_alone(self, name):
        """Whether root owns it and nobody else may write there. A link is nobody's."""
        status = os.lstat(self.path(name))
        return status.st_uid == self.root_user and not status.st_mode & 0o022

    def names(self, folder):
        try:
            return sorted(os.listdir(self.path(folder)))
        except OSError:
            return []

    def find(self, pattern):
        return [os.path.relpath(path, self.root) for path in sorted(glob.glob(self.path(pattern)))]

    def target(self, link):
        """The last part of what the link leads to; "" without it."""
        try:
            return os.path.basename(os.readlink(self.path(link)))
        except OSError:
            return ""

    def real(self, name):
        return os.path.relpath(os.path.realpath(self.path(name)), os.path.realpath(self.root))

    def set(self, name, value):
        """Write a setting of the kernel."""
        try:
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write(f"{value}\n")
        except OSError as error:
            raise Failure(f"/{name.lstrip('/')}: {error.strerror}") from None

    def has_module(self, name):
        """Whether the kernel has loaded it."""
        return self.has(f"sys/module/{name.replace('-', '_')}")

    # Programs

    def which(self, program):
        """In PATH, beside this command (PATH may lack sbin) or in build/."""
        source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
        places = [self.environ.get("PATH", os.defpath), os.path.dirname(os.path.abspath(sys.argv[0])),
                  "/usr/local/sbin", "/usr/sbin", "/sbin", os.path.join(source, "build", "app")]
        return shutil.which(program, path=os.pathsep.join(places))

    def ask(self, *argv):
        """The program's output; "" if it fails."""
        done = self.execute(argv)
        return done.stdout if done and done.returncode == 0 else ""

    def ask_json(self, *argv):
        return parse_json(self.ask(*argv))

    def learn_json(self, *argv):
        """As ask_json, but a failure is one: nothing is decided in ignorance."""
        return parse_json(self.run(*argv))

    def run(self, *argv):
        """The program's output."""
        done = self.execute(argv)
        if done is None:
            raise Failure(f"{argv[0]}: not installed")
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or [f"failed with status {done.returncode}"]
            raise Failure(f"{os.path.basename(argv[0])}: {lines[0]}")
        return done.stdout

    def execute(self, argv):
        """The end of the program; None if there is no such program."""
        program = self.which(argv[0])
        if not program:
            return None
        try:
            # A Control-C at the terminal reaches this command alone, which then undoes.
            return subprocess.run([program, *argv[1:]], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  timeout=LONGEST_COMMAND_S, env={**self.environ, "LC_ALL": "C"},
                                  start_new_session=True, pass_fds=self.inherited)
        except subprocess.TimeoutExpired:
            raise Failure(f"{argv[0]}: does not end") from None
        except OSError as error:
            raise Failure(f"{argv[0]}: {error.strerror}") from None

    def claimant(self, name, mac, address):
        """As arp.claimant; None if the link is of no use."""
        try:
            return arp.claimant(name, mac, address)
        except OSError:
            return None

    def wait(self, condition, seconds):
        """Whether the condition came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True
