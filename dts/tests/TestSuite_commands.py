# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Every command in the documentation is in a package that its reader has or is asked to install."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from paths import SOURCE

MANUALS = sorted((SOURCE / "scripts/man").glob("*.[58]"))
SAMPLES = sorted((SOURCE / "config").glob("cloud-init-*.yaml"))
OURS = {"mcdpdk", "mcdpdkctl", "mcdpdk-client", "mcdpdk-domain", "mcdpdk-monitor", "mcdpdk-setup"}
# Packages of every Debian installation on a machine.
PRIORITIES = {"required", "important"}
# Only there do packages put commands: a test machine may have more of its own.
FOLDERS_OF_PACKAGES = "/usr/sbin:/usr/bin:/sbin:/bin"


def path_of(command):
    return shutil.which(command, path=FOLDERS_OF_PACKAGES)


def packages_of_setup(*options):
    return set(subprocess.run([SOURCE / "scripts/setup", *options, "--list"], capture_output=True, text=True,
                              check=True).stdout.split())


def read(path):
    return path.read_text(encoding="utf-8").replace("\\-", "-").replace("\\fR", " ")


def first_words(script):
    """The first word of each shell command, after assignments, comments and prefixes."""
    words = []
    for line in re.sub(r"\\\n\s*", " ", script).splitlines():
        for command in re.split(r"\||&&|;", re.sub(r"(^|\s)#.*", "", line)):
            rest = [word for word in command.split() if not re.match(r"[A-Z]\w*=", word)]
            words += rest[:1]
    return words


def literal_blocks(text):
    return re.findall(r"(?:::|:name: .*)\n\n((?:[ ]{3,}.*\n|\n)+)", text)


def of_readme(text):
    """Code blocks except the configuration, and literals in the text."""
    blocks = [block for block in literal_blocks(text) if "{" not in block]
    inline = re.findall(r"``([a-z][\w.-]*)(?: ([^`]*))?``", text)
    return [word for block in blocks for word in first_words(block)] + [
        word for word, rest in inline if path_of(word) or word.startswith("dpdk-") or re.match(r"-\w\b", rest)]


def of_contributing(text):
    """The text before its section on commit messages."""
    return of_readme(text.split("\nCommits\n")[0])


def of_manual(text):
    blocks = [block for block in re.findall(r"^\.EX\n(.*?)^\.EE", text, re.M | re.S) if "{" not in block]
    return [word for block in blocks for word in first_words(block)] + re.findall(r"\bdpdk-[\w.-]+\w", text)


def of_cloud_init(text):
    return [word for command in yaml.safe_load(text)["runcmd"] for word in first_words(command)]


def named_packages(text):
    return set(re.findall(r"package\s+(?:``)?([a-z0-9.+-]+[a-z0-9])", text))


def package_of(command):
    path = path_of(command)
    if path is None:
        return None
    for name in (path, path.removeprefix("/usr"), str(Path(path).resolve())):
        done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return None


def every_debian_has(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Priority}", package], capture_output=True, text=True,
                          check=True)
    return done.stdout in PRIORITIES


def is_package(name):
    return subprocess.run(["dpkg-query", "-W", name], capture_output=True, check=False).returncode == 0


def is_ours(command):
    return command in OURS or "/" in command and (SOURCE / command).exists() or command.startswith("/opt/mcdpdk/")


def unknown(commands, packages):
    found = {}
    for command in set(commands):
        if is_ours(command) or command.startswith("/usr/bin/") and Path(command).exists() or command == "cd":
            continue
        # Not every test machine has it; the package's name says what it contains.
        if command in packages:
            continue
        package = package_of(command)
        if package is None and is_package(command):
            continue
        if package not in packages and not (package and every_debian_has(package)):
            found[command] = package
    return found


@pytest.mark.parametrize("name, commands_of, options", [
    ("README.rst", of_readme, []), ("CONTRIBUTING.rst", of_contributing, ["--tests"])])
def test_commands_of_the_texts(name, commands_of, options):
    text = read(SOURCE / name)
    commands = commands_of(text)
    assert len(commands) > 10
    assert unknown(commands, packages_of_setup(*options) | named_packages(text)) == {}


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_commands_of_the_manuals(manual):
    text = read(manual)
    assert unknown(of_manual(text), packages_of_setup() | named_packages(text)) == {}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_cloud_init_samples_install_their_commands(sample):
    """Or every Debian has them; the hub's package is installed before."""
    text = read(sample)
    packages = set(yaml.safe_load(text).get("packages", []))
    commands = of_cloud_init(text)
    assert "systemctl" in commands
    assert unknown(commands, packages) == {}
