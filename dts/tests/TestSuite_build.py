# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Each build that the documentation names, with everything that `ninja` makes and `meson install` installs.

scripts/test makes the gcc build in build/, whose program is installed here, and the builds under sanitizers. The
static ones take minutes of a core and run only with --full. Topology: quartet.py.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from hub import PROGRAM
from node import run
from quartet import CONFIG, udp_to
from paths import SOURCE

BUILD_DEADLINE_S = 900
STATIC = ["-Ddefault_library=static"]
BUILDS = {
    "gcc": ("gcc", []),
    "static, native": ("gcc", [*STATIC, "-Dmarch=native"]),
    "static": ("gcc", STATIC),
    "clang": ("clang-14", []),
}
QUICK = "gcc"
# debhelper's options.
PACKAGE = ["--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var"]


class Build:
    """Builds at low priority, since suites that measure streams may run beside it."""

    def __init__(self, folder, name):
        self.program = folder / "build/app/mcdpdk"
        self.root = folder / "root"
        self.is_static = "static" in name
        compiler, options = BUILDS[name]
        environment = os.environ | {"CC": compiler, "DESTDIR": str(self.root)}
        # scripts/test has built them.
        built = ["env", "-C", Path(PROGRAM).resolve().parents[1], "cp", "--parents", "app/mcdpdk",
                 "app/domain/mcdpdk-domain", "mcdpdk.spdx.json", folder / "build"]
        make = built if name == QUICK else ["nice", "ninja", "-C", folder / "build"]
        for command in (["meson", "setup", folder / "build", SOURCE, *PACKAGE, *options],
                        make,
                        ["meson", "install", "-C", folder / "build", "--no-rebuild"]):
            done = subprocess.run(command, env=environment, capture_output=True, text=True,
                                  timeout=BUILD_DEADLINE_S, check=False)
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module", name="build", params=[
    name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in BUILDS])
def fixture_build(request, tmp_path_factory):
    return Build(tmp_path_factory.mktemp("build"), request.param)


def test_every_option_that_the_documentation_names_is_built():
    texts = [(SOURCE / name).read_text(encoding="utf-8") for name in ("README.rst", "CONTRIBUTING.rst", "scripts/test")]
    readme, contributing, scripts_test = (set(re.findall(r"-D\w+=[\w,-]+", text)) for text in texts)
    built = {option for _, options in BUILDS.values() for option in options}
    assert "-Dmarch=native" in readme and "-Dfuzz=true" in contributing
    assert (readme | contributing) - built - scripts_test <= {"-Dmarch=ARCH"}


def test_language_is_what_the_documentation_says():
    commands = json.loads((Path(PROGRAM).resolve().parents[1] / "compile_commands.json").read_text())
    assert {re.search(r"-std=\S+", entry["command"])[0] for entry in commands} == {"-std=c11"}
    assert re.search(r"^C11 in DPDK's coding style", (SOURCE / "CONTRIBUTING.rst").read_text(), re.MULTILINE)


def test_package_has_its_files_where_debian_wants_them(build):
    """Programs are in /usr/sbin and the units name them; samples and pages are in /usr/share; /etc is empty."""
    usr = build.root / "usr"
    units = "".join(path.read_text() for path in usr.glob("lib/systemd/system/*.service"))
    programs = re.findall(r"^Exec\w+=/usr/(\S+)", units, re.MULTILINE)
    assert {"sbin/mcdpdk", "sbin/mcdpdk-domain"} <= set(programs)
    for path in programs:
        assert (usr / path).exists() and path.startswith("sbin/")
    assert not (usr / "sbin/mcdpdkctl").readlink().is_absolute()
    for path in ("share/doc/mcdpdk/examples/mcdpdk.default", "share/man/man8/mcdpdk.8", "share/mcdpdk/mcdpdk_tools"):
        assert (usr / path).exists()
    assert {path.name for path in build.root.iterdir()} == {"usr"}
    assert run(str(usr / "sbin/mcdpdk"), "--version") == run(str(build.program), "--version")
    assert "usage:" in run(str(usr / "sbin/mcdpdkctl"), "--help")


def contents(root, line):
    """The files of a line of a package's list, which names files, patterns and folders."""
    found = [path for match in root.glob(line) for path in (match, *match.rglob("*")) if not path.is_dir()]
    assert found, line
    return found


def test_each_file_is_in_one_package(build):
    """The lists of config/debian/ name all that is installed, each file once; the units, which the rules handle, have
    the names of packages or are named there."""
    lists = list((SOURCE / "config/debian").glob("*.install"))
    units = list(build.root.glob("usr/lib/systemd/system/*"))
    named = set(re.findall(r" --name=(\S+)", (SOURCE / "config/debian/rules").read_text()))
    assert {unit.stem for unit in units} == {path.stem for path in lists} | named
    lines = [line for path in lists for line in path.read_text().splitlines() if not line.startswith("#")]
    packed = [path for line in lines for path in contents(build.root, line)]
    installed = [path for path in build.root.rglob("*") if path.is_symlink() or not path.is_dir()]
    assert sorted(packed + units) == sorted(installed)


def test_each_build_delivers(cloud, quartet, build):
    """alpha's packet on an af_packet port reaches everybody else, and the program ends cleanly. The static one needs no
    shared library of DPDK, and its log says that dumpcap, which uses the shared ones, cannot attach."""
    libraries = run("ldd", str(build.program))
    assert ("librte_" in libraries) != build.is_static
    hub = cloud.start_hub(CONFIG, program=build.program)
    with hub:
        hub.await_resolved()
        quartet.discard()
        quartet.exchange("alpha", udp_to())
        quartet.assert_quiet()
        assert ("dpdk-dumpcap cannot attach: DPDK is linked statically" in hub.log()) == build.is_static
        hub.stop()
