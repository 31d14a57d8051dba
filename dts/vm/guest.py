# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A guest: a QEMU process, its NICs and a serial line to the agent inside."""

import contextlib
import itertools
import json
import select
import shlex
import socket
import subprocess
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from . import initramfs, packages

BOOT_SECONDS = 180
ANSWER_GRACE_SECONDS = 60


class GuestError(Exception):
    """A guest did not boot or died, or a script in it failed."""


@dataclass(frozen=True)
class Nic:
    """A NIC of the guest on the tap device `tap` of its network namespace."""

    tap: str
    model: str = "virtio-net-pci"
    options: str = ""  # more properties of the QEMU device, ",disable-legacy=on"
    pairs: int = 1     # queue pairs of a virtio NIC; the tap is multi_queue where there are more

    @property
    def mac(self):
        """Derived from the tap's name: unique in a network."""
        return "52:54:" + zlib.crc32(self.tap.encode()).to_bytes(4, "big").hex(":")


@dataclass(frozen=True)
class Result:
    """The result of a script: exit status (124: timeout), stdout and stderr together."""

    status: int
    output: str


START_JOB = """
setsid sh -c {shell} >{files}.log 2>&1 &
until [ -s {files}.pid ]; do sleep 0.05; done
"""


class Job:
    """A command in the guest that runs beside scripts."""

    def __init__(self, guest, command, number):
        self._guest = guest
        self._files = files = f"/run/job-{number}"
        program = f"echo $$ >{files}.pid; exec {command}"
        shell = f"sh -c {shlex.quote(program)}; echo $? >{files}.status"
        guest.run(START_JOB.format(shell=shlex.quote(shell), files=files))

    def output(self):
        """Standard output and error so far."""
        return self._guest.run(f"cat {self._files}.log").output

    def wait_for(self, text, seconds=120):
        """Return the output once it contains `text`; GuestError after the deadline or if the command ends before."""
        found = f"grep -qF -e {shlex.quote(text)} {self._files}.log"
        script = f"until {found} || [ -e {self._files}.status ]; do sleep 0.3; done; cat {self._files}.log"
        waited = self._guest.run(script, seconds, check=False)
        output = self.output() if waited.status else waited.output
        if text not in output:
            raise GuestError(f"{self._guest.name}: ended, or {seconds} s are over, without {text!r} in:\n{output}")
        return output

    def wait(self, seconds=120, before=""):
        """Wait for the command's end; return its status and output."""
        files = self._files
        script = f"{before}\nuntil [ -s {files}.status ]; do sleep 0.2; done; cat {files}.status {files}.log"
        ended = self._guest.run(script, seconds, check=False)
        if ended.status:
            raise GuestError(f"{self._guest.name}: still running after {seconds} s:\n{self.output()}")
        status, _, output = ended.output.partition("\n")
        return Result(int(status), output)

    def stop(self, signal="TERM", seconds=120):
        """Send the signal, then wait as `wait` does."""
        return self.wait(seconds, f"kill -{signal} $(cat {self._files}.pid) 2>&-")


class Guest:
    """A context manager: the process starts on entry (see `boot`) and is killed on exit.

    Guests boot in parallel if all are entered before the first script runs. Enter them in the main thread: the kernel
    kills QEMU when the thread that started it ends.
    """

    def __init__(self, name, netns=None, nics=(), memory=512, append="", machine=(), boot_seconds=BOOT_SECONDS):
        self.name = name
        self._netns = netns
        self._nics = nics
        self._memory = memory
        self._append = append
        self._boot_seconds = boot_seconds
        self._machine = list(machine) or ["-M", "pc"]
        self._line = None
        self._process = None
        self._numbers = itertools.count()
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        packages.check_host()
        try:
            self._start(packages.unpacked())
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def boot(self):
        """Wait until the agent answers. The first script does so, too."""
        if self._line is None:
            line = _Line(self._socket, self._death)
            line.read_line(time.monotonic() + self._boot_seconds)
            self._line = line
        return self

    def qmp(self, command, **arguments):
        """Run a command of the QEMU Machine Protocol; NICs are `nic0`, `nic1` and so on."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._console.parent / "qmp"))
            with line.makefile("rw") as file:
                for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                    file.write(json.dumps(request) + "\n")
                    file.flush()
                    answer = {}
                    while not {"return", "error"} & answer.keys():
                        answer = json.loads(file.readline())
                    if "error" in answer:
                        raise GuestError(f"{self.name}: {command} {arguments}: {answer['error']}")

    @property
    def pid(self):
        """QEMU's process id."""
        return self._process.pid

    def run(self, script, seconds=120, check=True):
        """Run a shell script in the guest. GuestError unless it ends with 0 or check is False."""
        self.boot()
        self._line.send(b"%d %d\n" % (seconds, len(script.encode())) + script.encode())
        deadline = time.monotonic() + seconds + ANSWER_GRACE_SECONDS
        status, size = map(int, self._line.read_line(deadline).split())
        result = Result(status, self._line.read(size, deadline).decode(errors="replace"))
        if check and status:
            raise GuestError(f"{self.name}: status {status} of:\n{script}\n{result.output}")
        return result

    def start(self, command):
        """Run one command (no shell list) in the background of the guest."""
        return Job(self, command, next(self._numbers))

    def _start(self, folder):
        work = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=f"guest-{self.name}-")))
        self._console = work / "console"
        (work / "initramfs").write_bytes(initramfs.build(folder))
        self._socket, far = socket.socketpair()
        self._stack.callback(self._socket.close)
        with far:
            command = self._command(folder, work, far.fileno())
            self._process = subprocess.Popen(command, pass_fds=[far.fileno()], stdin=subprocess.DEVNULL,
                                             stdout=open(work / "qemu", "wb"), stderr=subprocess.STDOUT)
        self._stack.callback(self._kill)

    def _kill(self):
        self._process.kill()
        self._process.wait()

    def _death(self):
        log = self._console.parent / "qemu"
        lines = self._console.read_text(errors="replace").splitlines() if self._console.exists() else []
        return GuestError(f"{self.name}: no answer; QEMU: {log.read_text()}\nconsole:\n" + "\n".join(lines[-30:]))

    def _command(self, folder, work, agent_fd):
        enter = ["nsenter", f"--net=/run/netns/{self._netns}"] if self._netns else []
        append = f"console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable mitigations=off {self._append}"
        command = ["setpriv", "--pdeathsig", "KILL", *enter, "qemu-system-x86_64", *self._machine,
                   "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max,la57=off", "-m", str(self._memory),
                   "-nodefaults", "-no-reboot", "-display", "none",
                   "-kernel", str(folder / "boot/vmlinux"), "-initrd", str(work / "initramfs"), "-append", append,
                   "-chardev", f"file,id=console,path={self._console}", "-serial", "chardev:console",
                   "-chardev", f"socket,id=agent,fd={agent_fd}", "-serial", "chardev:agent",
                   "-qmp", f"unix:{work / 'qmp'},server=on,wait=off"]
        for tag, path in (("host", "/"), ("cache", folder)):
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none,readonly=on,multidevs=remap",
                        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        for number, nic in enumerate(self._nics):
            queues = f",queues={nic.pairs}" if nic.pairs > 1 else ""
            vectors = f",mq=on,vectors={2 * nic.pairs + 2}" if nic.pairs > 1 else ""
            command += ["-netdev", f"tap,id=net{number},ifname={nic.tap},script=no,downscript=no{queues}",
                        "-device", f"{nic.model},id=nic{number},netdev=net{number},mac={nic.mac}{vectors}"
                        f"{nic.options},romfile="]
        return command


class _Line:
    """Buffered reads with deadlines from the serial line to the agent."""

    def __init__(self, sock, death):
        self._socket = sock
        self._death = death
        self._buffer = b""

    def send(self, data):
        self._socket.sendall(data)

    def read_line(self, deadline):
        while b"\n" not in self._buffer:
            self._more(deadline)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def read(self, size, deadline):
        while len(self._buffer) < size:
            self._more(deadline)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _more(self, deadline):
        left = max(0, deadline - time.monotonic())
        data = b""
        if select.select([self._socket], [], [], left)[0]:
            with contextlib.suppress(ConnectionResetError):
                data = self._socket.recv(65536)
        if not data:
            raise self._death()
        self._buffer += data
