# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Bare Debian systems to install packages in, and the packages of this tree."""

import re
import shutil
import subprocess
from pathlib import Path

from node import die_with_parent, stop_process
from paths import BUILD, SCRIPTS, SOURCE

PATH_OF_ROOT = "/usr/sbin:/usr/bin:/sbin:/bin"
BUILD_DEADLINE_S = 1800
INSTALL_DEADLINE_S = 1200
# In new namespaces: a root of overlayfs, without the machine's devices, processes and /sys. Programs that enter a mount
# namespace, such as container engines, find the root of that namespace, so that a chroot will not do.
ENTER = """
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={lower},upperdir={folder}/upper,workdir={folder}/work {folder}/root
cd {folder}/root
mount --bind {packages} mnt
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
done
mkdir run/old
pivot_root . run/old
cd /
umount -l /run/old
rmdir /run/old
echo ready
read -r end
"""


def run(*command, deadline=60):
    """The output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=deadline, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def make_packages(suite, folder):
    """Copies of this tree's packages for a Debian in `folder`, by name, as mcdpdk-client and mcdpdk-dbgsym."""
    listed = run("nice", SCRIPTS / "mkdeb", "--suite", suite, deadline=BUILD_DEADLINE_S).split()
    copies = [Path(shutil.copy(SOURCE / path, folder)) for path in listed]
    return {path.name.split("_")[0]: path for path in copies}


def older(package, folder):
    """The same package with a lower version, beside it."""
    tree = folder / "tree"
    run("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN/control"
    version = run("dpkg-deb", "--field", package, "Version").strip()
    control.write_text(control.read_text().replace(f"\nVersion: {version}\n", "\nVersion: 0.0.1\n"))
    path = package.with_name(package.name.replace(version, "0.0.1"))
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, path)
    return path


def bare_root(suite):
    """A Debian with apt and what every Debian has. It stays in build/bare for later runs."""
    root = BUILD / "bare" / suite
    if not root.is_dir():
        run(SCRIPTS / "debian-root", suite, root, "--variant=minbase", "--dpkgopt=force-unsafe-io",
            deadline=INSTALL_DEADLINE_S)
    return root


class System:
    """A Debian whose files are those of `layers`, the upper first. Changes stay in `upper`, which may be a layer of
    other systems afterwards. `packages` is its /mnt. Its network is that of this namespace, else the machine's."""

    def __init__(self, layers, folder, packages, namespace=None):
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        self.layers = [folder / "upper", *layers]
        self._network = [f"--net=/run/netns/{namespace}"] if namespace else []
        self._script = ENTER.format(lower=":".join(map(str, layers)), folder=folder, packages=packages)
        self._holder = None

    def __enter__(self):
        self._holder = subprocess.Popen(["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-ec", self._script],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, preexec_fn=die_with_parent)
        said = self._holder.stdout.readline()
        if said != "ready\n":
            said += self._holder.stdout.read()
            stop_process(self._holder)
            raise RuntimeError(said)
        return self

    def __exit__(self, *exc):
        stop_process(self._holder)

    def attempt(self, *command, **environment):
        """Run a command, whose stdin is closed, and return it with its output. Deprives it of the machine's
        environment."""
        holder = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}")
        first = (holder / "children").read_text(encoding="utf-8").split()[0]
        variables = {"PATH": PATH_OF_ROOT, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        words = [f"{name}={value}" for name, value in (variables | environment).items()]
        return subprocess.run(["nsenter", "-m", "-p", *self._network, "-t", first, "env", "-i", *words,
                               *map(str, command)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S,
                              check=False)

    def run(self, *command, **environment):
        """As attempt(), for a command that must succeed without a complaint; returns its output."""
        done = self.attempt(*command, **environment)
        # systemd-sysusers tells of each user there.
        complaints = re.sub(r"^Creating (group|user) .*\n", "", done.stderr, flags=re.MULTILINE)
        assert (done.returncode, complaints) == (0, ""), f"{command}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        return done.stdout

    def apt_get(self, *words):
        """It complains about what bare systems lack, such as apt-utils."""
        done = self.attempt("apt-get", "-qq", "-y", "--no-install-recommends", *words)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    def write(self, path, text, mode="0644"):
        self.run("sh", "-c", 'mkdir -p "${1%/*}"; printf %s "$2" >"$1"; chmod "$3" "$1"', "sh", path, text, mode)

    def read(self, path):
        return self.run("cat", path)

    def has(self, path):
        return self.attempt("test", "-e", path).returncode == 0

    def paths(self):
        """Everything that is there, but what dpkg, apt and the accounts keep for themselves."""
        found = self.run("find", "/", "-xdev", "-path", "/var/lib/dpkg", "-prune", "-o", "-path", "/var/log", "-prune",
                         "-o", "-path", "/var/cache", "-prune", "-o", "-print").splitlines()
        return {path for path in found if not path.startswith(("/etc/passwd", "/etc/group", "/etc/shadow",
                                                               "/etc/gshadow", "/etc/.pwd.lock", "/tmp/"))}
