# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Client of the hub's DPDK telemetry socket (protocol v2)."""

import glob
import json
import os
import select
import socket
import struct
import time

SOCKET_NAME = "dpdk_telemetry.v2"
SYSTEM_DIR = "/var/run/dpdk"

# While an answer takes long, the hub is asked something else this often, and given up when silent for that long.
PROBE_S = 5.0
SILENCE_S = 30.0


class HubError(Exception):
    """Base of all errors."""

    exit_status = 1


class Refused(HubError):
    """The hub answered with an error, which is the message."""


class NoHub(HubError):
    """Nobody answers on the socket."""

    exit_status = 3


class Denied(HubError):
    """The socket is there, but not for this user."""

    exit_status = 4


class NotMcdpdk(HubError):
    """The socket of another program."""

    exit_status = 5


def runtime_dir():
    """EAL's run-time folder, by the rule of DPDK's telemetry client."""
    base = os.environ.get("RUNTIME_DIRECTORY")
    if not base:
        base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return os.path.join(base, "dpdk")


def is_there(path):
    """True also if this user may not look into the folder."""
    try:
        os.lstat(path)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def socket_path(file_prefix):
    """This user's hub first, then root's."""
    own, system = (os.path.join(folder, file_prefix, SOCKET_NAME) for folder in (runtime_dir(), SYSTEM_DIR))
    return own if os.environ.get("RUNTIME_DIRECTORY") or is_there(own) or not is_there(system) else system


def is_listened_on(path):
    """False for a socket that a program left behind when it ended."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.settimeout(1)
            client.connect(path)
            # Read the greeting, so that the program does not write to a closed socket.
            client.recv(1024)
    except (PermissionError, TimeoutError):
        return True
    except OSError:
        return False
    return True


def sockets():
    """The telemetry sockets of this user's and root's programs, for root those of all users."""
    folders = {runtime_dir(), SYSTEM_DIR}
    if os.getuid() == 0:
        folders.update(glob.glob("/run/user/*/dpdk"), ["/tmp/dpdk"])
    return sorted(path for folder in folders for path in glob.glob(os.path.join(folder, "*", SOCKET_NAME + "*")))


def other_sockets(path):
    return [other for other in sockets() if other != path and is_listened_on(other)]


class Hub:
    """One connection; its methods raise HubError."""

    def __init__(self, path, timeout=30.0):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self._connect()
        greeting = self._receive(1024)
        if not isinstance(greeting, dict) or "max_output_len" not in greeting:
            raise NotMcdpdk(f"{path} is not a DPDK telemetry socket")
        self.pid = greeting.get("pid")
        self.answer_length = greeting["max_output_len"]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def peer(self):
        """(process, user) of the hub, as this machine numbers them."""
        pid, uid, _ = struct.unpack("3i", self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return pid, uid

    def _connect(self):
        try:
            self.socket.connect(self.path)
        except FileNotFoundError:
            raise NoHub(self._no_hub("no hub is running: there is no socket")) from None
        except ConnectionRefusedError:
            raise NoHub(self._no_hub("no hub is running: nobody listens on")) from None
        except PermissionError:
            raise Denied(f"permission denied on {self.path}: try as root, as the user that "
                         "runs the hub, or as a member of the service's group, mcdpdk") from None
        except OSError as error:
            raise NotMcdpdk(f"{self.path}: {error.strerror or error}") from None

    def _no_hub(self, words):
        others = other_sockets(self.path)
        hint = f"; other DPDK programs: {', '.join(others)}" if others else ""
        return f"{words} {self.path}{hint}"

    def _receive(self, length):
        try:
            data = self.socket.recv(length)
        except TimeoutError:
            raise NoHub(f"the hub does not answer on {self.path}") from None
        except OSError as error:
            raise NoHub(f"the hub went away: {error.strerror}") from None
        if not data:
            raise NoHub(f"the hub closed {self.path}: it ended, or it has too many clients")
        try:
            return json.loads(data)
        except ValueError:
            raise NotMcdpdk(f"{self.path} answers with something that is not JSON") from None

    def _send(self, command, params):
        try:
            self.socket.sendall(",".join([command, *map(str, params)]).encode())
        except OSError as error:
            raise NoHub(f"the hub went away: {error.strerror}") from None

    def _receive_of(self, command):
        answer = self._receive(self.answer_length)
        return answer.get(command) if isinstance(answer, dict) else None

    def _exchange(self, command, params):
        self._send(command, params)
        return self._receive_of(command)

    def _is_answered_within(self, seconds):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def _answers_others(self):
        """That it is busy is an answer, too."""
        try:
            with Hub(self.path, SILENCE_S) as other:
                other.ask("info")
        except Refused:
            return True
        except HubError:
            return False
        return True

    def ask(self, command, *params):
        answer = self.ask_any(f"/mcdpdk/{command}", *params)
        if not isinstance(answer, dict):
            self._explain_silence(command)
        return answer

    def ask_at_length(self, command, limit_s):
        """For what may take minutes. A stopped hub keeps its connections, but answers on none."""
        self._send(f"/mcdpdk/{command}", ())
        begun = heard = time.monotonic()
        while not self._is_answered_within(PROBE_S):
            if self._answers_others():
                heard = time.monotonic()
            is_over = time.monotonic() > min(heard + SILENCE_S, begun + limit_s)
            if is_over and not self._is_answered_within(0):
                raise NoHub(f"the hub does not answer on {self.path}; the {command} may still be going on")
        return self._checked(f"/mcdpdk/{command}", self._receive_of(f"/mcdpdk/{command}"))

    def ask_any(self, command, *params):
        """The answer to any command of any DPDK library, not always a dictionary."""
        return self._checked(command, self._exchange(command, params))

    def _checked(self, command, answer):
        if answer is None:
            self._explain_silence(command)
        if isinstance(answer, dict) and "error" in answer:
            raise Refused(answer["error"])
        return answer

    def _explain_silence(self, command):
        if self._exchange("/mcdpdk/info", ()) is None:
            raise NotMcdpdk(f"{self.path} belongs to a DPDK program that is not mcdpdk "
                            f"(process {self.pid})")
        raise HubError(f"this hub does not know the command {command.removeprefix('/mcdpdk/')}")

    def pages(self, command, *params, offset_last=False):
        offset = 0
        while True:
            page = self.ask(command, *((*params, offset) if offset_last else (offset, *params)))
            yield page
            if not page.get("next"):
                return
            if page["next"] <= offset:
                raise NotMcdpdk(f"{self.path}: the pages of {command} do not end: page {offset} repeats")
            offset = page["next"]


def records(answer):
    rows = []
    while f"r{len(rows)}" in answer:
        rows.append(answer[f"r{len(rows)}"])
    return rows
