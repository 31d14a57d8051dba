# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What scripts/mkdeb builds: installed, used, upgraded, removed and purged in a bare Debian 12 and 13.

  bare Debian   <--   what a package depends on   <--   the system of one test
  (build/bare)        (a layer of overlayfs)            (a layer; packages in its /mnt)

No systemd runs there; one test puts a stand-in in its place that writes down what it is asked. Only the first tests
run without --full: they read config/debian/, and TestSuite_build compares its lists with what is installed.
"""

import fnmatch
import json
import re
import subprocess

import pytest

import readme
from debian import PATH_OF_ROOT, System, bare_root, make_packages, older, run
from paths import SOURCE

DEBIAN = SOURCE / "config/debian"
CONFIG = json.dumps(readme.CONFIG)
CONFIG_FILE = "/etc/mcdpdk/groups.json"
DEFAULTS = 'EAL_OPTIONS="-l 0,1"\n'
# Packages of the hub and of a member, and the services that they bring.
SERVICES = {"mcdpdk": ["mcdpdk.service", "mcdpdk-domain.service"], "mcdpdk-client": ["mcdpdk-client.service"],
            "mcdpdk-monitor": ["mcdpdk-monitor.service"]}
COMMANDS = {"mcdpdk": ["mcdpdkctl", "mcdpdk-setup", "mcdpdk-domain"], "mcdpdk-client": ["mcdpdk-client"],
            "mcdpdk-monitor": ["mcdpdk-monitor"]}
WANTS = "/etc/systemd/system/multi-user.target.wants"
# The source that runs other programs, and which package has these: None for what is there anyway. NetworkManager is
# asked only where it is.
SOURCES = {"mcdpdk": "mcdpdk_setup", "mcdpdk-client": "mcdpdk_client"}
CALL = re.compile(r'\b(?:ask|command|read|run|works|\w+_json)\("([a-z-]+)"')
PROGRAMS = {"bridge": "iproute2", "driverctl": "driverctl", "ip": "iproute2", "modinfo": "kmod", "modprobe": "kmod",
            "nft": "nftables", "sysctl": "procps", "tc": "iproute2", "dpkg-query": None, "getent": None, "mcdpdk": None,
            "nmcli": None, "setpriv": None}
ACTIONS = [("postinst", "configure"), ("prerm", "remove"), ("postrm", "remove"), ("postrm", "purge")]
# Other init systems than systemd get no script, of which only Debian 12's lintian complains: 13's refuses to suppress a
# tag that it does not know. What ends in .html is documentation for it; index.html is what the monitor serves.
SUPPRESSED = {"bookworm": ["package-supports-alternative-init-but-no-init.d-script"], "trixie": []}
NOT_DOCUMENTATION = "package-contains-documentation-outside-usr-share-doc"
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/run/asked
case $* in *is-enabled*) echo disabled; exit 1 ;; *is-active*) [ -e /run/active ] ;; esac
"""

# What mcdpdk-setup did: the hub has a NIC, and huge pages at each boot.
PAGES = "/etc/sysctl.d/60-mcdpdk-setup.conf"
KEPT = "/var/lib/mcdpdk-setup"
RECORD = f"{KEPT}/setup.json"
STEPS = [{"kind": "Write", "path": PAGES, "text": "vm.nr_hugepages = 128\n"},
         {"kind": "Bind", "pci": "0000:00:05.0", "driver": "vfio-pci", "link": None}]
UNBIND = "driverctl unset-override 0000:00:05.0\n"
DRIVERCTL = '#!/bin/sh\necho "driverctl $*" >>/run/asked\n[ ! -e /run/broken ]\n'
NO_LINKS = "#!/bin/sh\necho '[]'\n"


# What the short run holds

def paragraphs():
    """The paragraphs of the control file as dicts; a continued line belongs to the field above."""
    text = re.sub(r"^#.*\n", "", (DEBIAN / "control").read_text(), flags=re.MULTILINE)
    return [dict(re.findall(r"^([\w-]+):((?:.*\n(?: .*\n?)*))", part + "\n", re.MULTILINE))
            for part in text.strip().split("\n\n")]


def test_control_file_has_the_fields_that_dpkg_wants():
    source, *packages = paragraphs()
    assert {"Source", "Maintainer", "Build-Depends", "Standards-Version"} <= source.keys()
    assert {package["Package"].strip() for package in packages} >= SERVICES.keys()
    for package in packages:
        assert {"Architecture", "Depends", "Description"} <= package.keys()
        assert (DEBIAN / f"{package['Package'].strip()}.install").exists()
    assert len(list(DEBIAN.glob("*.install"))) == len(packages)


def test_what_others_wrote_has_its_license_in_the_copyright_file():
    """Each file that the page uses of others is of a paragraph of its own, with their name, not of the one for all."""
    vendor = SOURCE / "scripts/mcdpdk_monitor/page/vendor"
    named = [dict(re.findall(r"^(Files|Copyright|License): (.*)$", part, re.MULTILINE))
             for part in (DEBIAN / "copyright").read_text().split("\n\n") if part.startswith("Files: scripts/")]
    patterns = {pattern: part["Copyright"] for part in named for pattern in part["Files"].split()}
    code = [path for path in vendor.iterdir() if path.suffix in (".css", ".js", ".mjs")]
    assert len(code) > 3
    for path in code:
        name = str(path.relative_to(SOURCE))
        found = [owner for pattern, owner in patterns.items() if fnmatch.fnmatchcase(name, pattern)]
        assert len(found) == 1 and "mcdpdk" not in found[0], path


def test_members_package_depends_on_nothing_of_dpdk():
    (client,) = [package for package in paragraphs() if package.get("Package") == " mcdpdk-client\n"]
    assert "python3" in client["Depends"] and client["Architecture"] == " all\n"
    assert not re.search("dpdk|librte|shlibs", client["Depends"])


def test_packages_want_the_programs_that_their_commands_run():
    wanted = {package["Package"].strip():
              set(re.findall(r"[\w.-]+", package["Depends"] + package.get("Recommends", "")))
              for package in paragraphs()[1:]}
    for package, folder in SOURCES.items():
        text = "".join(path.read_text() for path in (SOURCE / "scripts" / folder).glob("*.py"))
        needed = {PROGRAMS[program] for program in CALL.findall(text)} - {None}
        assert "iproute2" in needed and needed <= wanted[package]


def test_a_build_depends_on_each_library_that_setup_installs():
    libraries = set(re.findall(r"lib\S+-dev", run(SOURCE / "scripts/setup", "--list"))) - {"libc6-dev"}
    assert libraries
    assert libraries <= set(re.findall(r"lib\S+-dev", paragraphs()[0]["Build-Depends"]))


def test_maintainer_scripts_are_good_shell():
    scripts = [path for path in DEBIAN.iterdir() if path.suffix in (".preinst", ".postinst", ".prerm", ".postrm")]
    assert scripts
    for script in scripts:
        text = script.read_text()
        assert text.startswith("#!/bin/sh\n") and "\nset -e\n" in text and "\n#DEBHELPER#\n" in text, script
        run("sh", "-n", script)


def test_wrong_arguments_are_refused():
    for words, complaint in ((["--suite", "buster"], "--suite buster: bookworm or trixie"), (["x"], "usage:")):
        done = subprocess.run([SOURCE / "scripts/mkdeb", *words], capture_output=True, text=True, check=False)
        assert done.returncode and complaint in done.stderr


# What takes a build and a system

class Debian:
    """One Debian's packages, its bare system and its system with what a package depends on."""

    def __init__(self, suite, folders):
        self.suite = suite
        self._folders = folders
        status = ("git", "-C", SOURCE, "status", "--porcelain")
        before = run(*status)
        self._mnt = folders.mktemp("packages")
        self.packages = make_packages(suite, self._mnt)
        assert run(*status) == before
        self.bare = [bare_root(suite)]
        self._layers = {}

    def system(self, layers):
        return System(layers, self._folders.mktemp("system"), self._mnt)

    def layers_for(self, package):
        """Layers with all that a package depends on, also of ours, but not the package."""
        if package not in self._layers:
            depends = run("dpkg-deb", "--field", self.packages[package], "Depends").strip().split(", ")
            ours = [name for name in self.packages if any(word.split()[0] == name for word in depends)]
            with self.system(self.layers_for(ours[0]) if ours else self.bare) as system:
                system.apt_get("update")
                if ours:
                    system.run("dpkg", "--install", *map(self.path, ours))
                system.apt_get("satisfy", ", ".join(word for word in depends if word.split()[0] not in ours))
            self._layers[package] = system.layers
        return self._layers[package]

    def path(self, package):
        """Where a system has this package."""
        return f"/mnt/{self.packages[package].name}"


@pytest.fixture(scope="module", name="debian", params=[
    pytest.param(suite, marks=pytest.mark.slow) for suite in ("bookworm", "trixie")])
def fixture_debian(request, tmp_path_factory):
    return Debian(request.param, tmp_path_factory)


@pytest.fixture(name="package", params=SERVICES)
def fixture_package(request):
    return request.param


@pytest.fixture(name="system")
def fixture_system(debian, package):
    """Has what the package depends on; the package itself is in /mnt."""
    with debian.system(debian.layers_for(package)) as system:
        yield system


def test_lintian_has_no_complaint(debian):
    with debian.system(debian.bare) as system:
        system.apt_get("update")
        system.apt_get("install", "lintian")
        said = system.attempt("lintian", "--allow-root", "--display-info", "--pedantic", "--tag-display-limit=0",
                              "--suppress-tags", ",".join([NOT_DOCUMENTATION, *SUPPRESSED[debian.suite]]),
                              *map(debian.path, debian.packages))
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    assert not list(DEBIAN.glob("*lintian-overrides"))


def test_program_is_hardened_and_its_symbols_are_apart(debian, tmp_path):
    """It is position independent, binds its symbols at once and read-only, and checks its stack and its buffers."""
    for package in ("mcdpdk", "mcdpdk-dbgsym"):
        run("dpkg-deb", "--extract", debian.packages[package], tmp_path)
    program = tmp_path / "usr/sbin/mcdpdk"
    told = run("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", "--notes", program)
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable", told)
    assert re.search(r"\(FLAGS\)\s+BIND_NOW", told) and "GNU_RELRO" in told
    assert "__stack_chk_fail" in told and re.search(r"__\w+_chk@", told)
    assert ".symtab" not in run("readelf", "--wide", "--section-headers", program)
    identity = re.search(r"Build ID: (\w\w)(\w+)", told)
    symbols = tmp_path / f"usr/lib/debug/.build-id/{identity[1]}/{identity[2]}.debug"
    assert ".debug_info" in run("readelf", "--wide", "--section-headers", symbols)


def test_version_is_the_projects(debian):
    version = re.search(r"version: '(.*)'", (SOURCE / "meson.build").read_text())[1]
    for path in debian.packages.values():
        assert re.fullmatch(re.escape(version) + r"\+deb1[23]\n", run("dpkg-deb", "--field", path, "Version"))


def test_hub_is_installed_and_runs(debian):
    """All is root's, its user is there, and the program checks a configuration with all its drivers beside it."""
    with debian.system(debian.layers_for("mcdpdk")) as system:
        system.run("dpkg", "--install", debian.path("mcdpdk"))
        listed = set(system.run("dpkg", "--listfiles", "mcdpdk").split())
        assert {"/etc/mcdpdk", "/usr/sbin/mcdpdk", "/usr/sbin/mcdpdkctl", "/usr/share/mcdpdk/groups.schema.json",
                "/usr/share/doc/mcdpdk/examples/mcdpdk.default", "/usr/lib/sysusers.d/mcdpdk.conf",
                "/usr/share/bash-completion/completions/mcdpdkctl", "/usr/share/man/man8/mcdpdk.8.gz"} <= listed
        wrong = system.run("find", *sorted(listed), "-maxdepth", "0", "(", "!", "-user", "root", "-o", "!", "-group",
                           "root", "-o", "-perm", "/022", "!", "-type", "l", ")")
        assert wrong == ""
        _, _, user, group, _, home, shell = system.run("getent", "passwd", "mcdpdk").strip().split(":")
        assert int(user) < 1000 and home == "/var/lib/mcdpdk" and shell.endswith("/nologin")
        assert system.run("getent", "group", "mcdpdk").startswith(f"mcdpdk:x:{group}:")
        assert "usage:" in system.run("mcdpdk", "--help").lower()
        system.write(CONFIG_FILE, CONFIG)
        system.run("mcdpdk", "-t", "-c", CONFIG_FILE)
        system.run("mcdpdkctl", "check", CONFIG_FILE)
        assert system.run("sh", "-c", "ls /usr/lib/*/dpdk/pmds-*/librte_net_virtio.so.*")
        assert not any(system.has(f"{WANTS}/{service}") for service in SERVICES["mcdpdk"])


def test_client_works_without_dpdk(debian):
    """Its packages are few, and it plans a path from an address of its own network namespace."""
    with debian.system(debian.layers_for("mcdpdk-client")) as system:
        system.run("dpkg", "--install", debian.path("mcdpdk-client"))
        assert not re.search("librte|dpdk-dev", system.run("dpkg-query", "--show"))
        script = "ip link add eth0 type veth; ip address add 10.0.0.12/24 dev eth0; ip link set eth0 up; "
        plan = "mcdpdk-client up --dry-run --hub 10.0.0.10 --encap gre --overlay 192.168.10.1/24"
        done = system.attempt("unshare", "-n", "sh", "-ec", script + plan)
        assert done.returncode == 0, done.stderr
        assert "ip route replace 224.0.0.0/4 dev mcdpdk0" in done.stdout


def test_monitor_runs(debian):
    """It finds its modules and says that there is no hub; its user is made by systemd when it starts."""
    with debian.system(debian.layers_for("mcdpdk-monitor")) as system:
        system.run("dpkg", "--install", debian.path("mcdpdk-monitor"))
        done = system.attempt("mcdpdk-monitor", "--once")
        assert done.returncode == 3 and "no hub is running" in done.stderr, done
        assert system.has("/usr/share/doc/mcdpdk/examples/prometheus/mcdpdk.rules.yml")


def test_operators_files_survive_all_but_the_purge(debian, package, system, tmp_path):
    """They are written before the package comes, as cloud-init does, and dpkg can ask nobody."""
    old, new = f"/mnt/{older(debian.packages[package], tmp_path).name}", debian.path(package)
    before = system.paths()
    mine = {f"/etc/default/{package}": DEFAULTS}
    if package == "mcdpdk":
        mine |= {CONFIG_FILE: CONFIG, "/var/lib/mcdpdk/state": "learned\n"}
    for path, text in mine.items():
        system.write(path, text)
    for step in (("--install", old), ("--install", new), ("--install", new), ("--remove", package), ("--install", new)):
        done = system.attempt("dpkg", *step)
        assert done.returncode == 0, done.stderr
        assert {path: system.read(path) for path in mine} == mine, step
    version = run("dpkg-deb", "--field", debian.packages[package], "Version")
    assert system.run("dpkg-query", "--show", "--showformat=${Version}\\n", package) == version
    system.run("dpkg", "--purge", package)
    assert system.paths() - before == set()


def test_maintainer_scripts_can_run_again(debian, package, system):
    """Each twice, quietly, with all that is there unchanged by the second time."""
    system.run("dpkg", "--install", debian.path(package))
    for script, action in ACTIONS:
        path = f"/var/lib/dpkg/info/{package}.{script}"
        if not system.has(path):
            continue
        system.run(path, action, DPKG_MAINTSCRIPT_PACKAGE=package)
        before = system.paths()
        assert system.run(path, action, DPKG_MAINTSCRIPT_PACKAGE=package) == ""
        assert system.paths() == before


def test_package_leaves_nothing(debian, package, system):
    """Not even after root has used its commands and enabled its service."""
    system.run("mkdir", "-p", WANTS)
    before = system.paths()
    system.run("dpkg", "--install", debian.path(package))
    for command in COMMANDS[package]:
        system.run(command, "--help")
    for service in SERVICES[package]:
        assert system.has(f"/lib/systemd/system/{service}")
        system.run("ln", "-s", f"/lib/systemd/system/{service}", WANTS)
    assert system.paths() - before
    system.run("dpkg", "--purge", package)
    assert system.paths() - before == set()


def stand_in_for_systemd(system):
    system.write("/run/stand-in/systemctl", SYSTEMCTL, "0755")
    system.run("mkdir", "-p", "/run/systemd/system")


def test_services_are_restarted_by_an_upgrade_and_enabled_by_nobody(debian, package, system):
    """The stand-in for systemd is asked to start nothing at first, to restart what runs, to stop it in the end."""
    stand_in_for_systemd(system)

    def asked(*step):
        system.run("rm", "-f", "/run/asked")
        done = system.attempt("dpkg", *step, PATH=f"/run/stand-in:{PATH_OF_ROOT}")
        assert done.returncode == 0, done.stderr
        text = system.read("/run/asked")
        return {(action, service) for action in ("start", "restart", "stop", "enable") for service in SERVICES[package]
                if re.search(rf"^(?:--\S+ )*{action} .*\b{re.escape(service)}", text, re.MULTILINE)}

    assert asked("--install", debian.path(package)) == set()
    assert asked("--install", debian.path(package)) == set()
    system.write("/run/active", "")
    assert asked("--install", debian.path(package)) == {("restart", service) for service in SERVICES[package]}
    assert asked("--remove", package) == {("stop", service) for service in SERVICES[package]}


def with_stand_ins(system, *command):
    """The output of a command that must succeed; then what driverctl was asked."""
    system.run("rm", "-f", "/run/asked")
    done = system.attempt(*command, PATH=f"/run/stand-in:{PATH_OF_ROOT}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, system.read("/run/asked") if system.has("/run/asked") else ""


@pytest.fixture(name="set_up")
def fixture_set_up(debian):
    """A system with the hub's package, on which mcdpdk-setup was, and what it had before the package."""
    with debian.system(debian.layers_for("mcdpdk")) as system:
        # Of procps, which machines have, but not a bare Debian 13.
        system.run("mkdir", "-p", PAGES.rpartition("/")[0])
        before = system.paths()
        system.run("dpkg", "--install", debian.path("mcdpdk"))
        system.write(RECORD, json.dumps({"steps": STEPS}))
        system.write(PAGES, STEPS[0]["text"])
        system.write("/run/stand-in/driverctl", DRIVERCTL, "0755")
        system.write("/run/stand-in/ip", NO_LINKS, "0755")
        yield system, before


def test_a_removal_leaves_the_nic_and_the_means_to_give_it_back(debian, set_up):
    """It says how. Another installation has it all as before; a purge after the removal takes it back."""
    system, before = set_up
    with_package = system.paths()
    said, asked = with_stand_ins(system, "dpkg", "--remove", "mcdpdk")
    assert f"{KEPT}/mcdpdk-setup undo" in said and asked == ""
    assert system.read(PAGES) == STEPS[0]["text"]
    assert UNBIND in with_stand_ins(system, f"{KEPT}/mcdpdk-setup", "undo", "--dry-run")[0]
    system.run("dpkg", "--install", debian.path("mcdpdk"))
    assert system.paths() == with_package and system.has(RECORD)
    with_stand_ins(system, "dpkg", "--remove", "mcdpdk")
    assert with_stand_ins(system, "dpkg", "--purge", "mcdpdk")[1] == UNBIND
    assert {path for path in system.paths() - before if not path.startswith("/run/")} == set()


def test_a_removal_that_cannot_keep_the_means_does_not_stop_the_hub(set_up):
    """The disk is full: the package stays, and nothing half of the command. With room it can be removed."""
    system, _ = set_up
    stops = re.compile(r"^(?:--\S+ )*stop ", re.MULTILINE)
    stand_in_for_systemd(system)
    system.write("/run/active", "")
    system.run("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", KEPT)
    system.write(RECORD, json.dumps({"steps": STEPS}))
    done = system.attempt("dpkg", "--remove", "mcdpdk", PATH=f"/run/stand-in:{PATH_OF_ROOT}")
    assert done.returncode != 0 and "No space left on device" in done.stderr
    assert not stops.search(system.read("/run/asked"))
    assert system.run("ls", KEPT) == "setup.json\n"
    system.run("mount", "-o", "remount,size=1m", KEPT)
    assert stops.search(with_stand_ins(system, "dpkg", "--remove", "mcdpdk")[1])


def test_a_purge_that_cannot_give_the_nic_back_leaves_the_means(set_up):
    """It says how to do so later."""
    system, before = set_up
    system.write("/run/broken", "")
    said, asked = with_stand_ins(system, "dpkg", "--purge", "mcdpdk")
    assert f"{KEPT}/mcdpdk-setup undo" in said.splitlines()[-1] and asked == UNBIND
    assert not system.has(PAGES)
    system.run("rm", "/run/broken")
    assert with_stand_ins(system, f"{KEPT}/mcdpdk-setup", "undo")[1] == UNBIND
    assert {path for path in system.paths() - before if not path.startswith(("/run/", KEPT))} == set()
    assert not system.has(RECORD)
