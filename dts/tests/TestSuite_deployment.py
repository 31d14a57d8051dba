# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Manual pages, systemd units and samples match the programs, and `meson install` installs them.

hub 10.0.0.10 --+-- switch A     the hub and osaka-1 run what is installed, in the mount namespace of
osaka-1   .21 --+                an Installation: the clone is not there, nor what ProtectHome= hides
"""

import json
import re
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import readme
from hub import PROGRAM, READY
from installation import ETC, Installation
from manual import examples
from waiting import await_condition
from paths import SOURCE

CONFIG = SOURCE / "config"
MANUALS = sorted((SOURCE / "scripts" / "man").glob("*.[58]"))
GROUPS = SOURCE / "scripts" / "man" / "mcdpdk-groups.5"
PREFIX = Path("/usr/local")
SBIN = PREFIX / "sbin"
UNITS = PREFIX / "lib/systemd/system"
USERS = PREFIX / "lib/sysusers.d"
EXAMPLES = PREFIX / "share/doc/mcdpdk/examples"
OWN_DATA = PREFIX / "share/mcdpdk"
COMMANDS = ["mcdpdkctl", "mcdpdk-client", "mcdpdk-monitor", "mcdpdk-setup"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=60, **options)


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_manual_has_no_warnings(manual):
    done = run("groff", "-man", "-Tutf8", "-ww", "-z", manual)
    assert (done.returncode, done.stderr) == (0, "")


def test_manual_pages_refer_to_pages_that_exist():
    names = {f"{path.stem}({path.suffix[1:]})" for path in MANUALS}
    for manual in MANUALS:
        also = manual.read_text().split(".SH SEE ALSO")[1].replace("\\-", "-")
        ours = {name for name in re.findall(r"\.BR (\S+) (\(\d\))", also) if name[0].startswith("mcdpdk")}
        assert ours and {"".join(name) for name in ours} <= names


def schema_keys(part):
    """Every key that a configuration may have, at any level."""
    if isinstance(part, list):
        return set().union(*map(schema_keys, part))
    if not isinstance(part, dict):
        return set()
    own = set(part["properties"]) if isinstance(part.get("properties"), dict) else set()
    return own.union(*map(schema_keys, part.values()))


def test_manual_describes_every_key_of_the_schema():
    keys = schema_keys(json.loads((CONFIG / "groups.schema.json").read_text()))
    text = GROUPS.read_text()
    assert len(keys) > 20
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_manuals_configuration_is_good(tmp_path):
    """The example of mcdpdk-groups(5) and the hub's cloud-init sample pass `mcdpdk -t`."""
    hub = yaml.safe_load((CONFIG / "cloud-init-hub.yaml").read_text())
    texts = [examples(GROUPS)[0], hub["write_files"][0]["content"]]
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        done = run(PROGRAM, "-t", "-c", path)
        assert (done.returncode, done.stderr) == (0, "")


def test_hubs_of_the_sample_domain_differ_in_their_names_and_ports_alone():
    files = [json.loads(path.read_text()) for path in sorted((CONFIG / "domain").glob("*.json"))]
    assert len(files) == 2
    for path in (CONFIG / "domain").glob("*.json"):
        done = run(PROGRAM, "-t", "-c", path)
        assert (done.returncode, done.stderr) == (0, "")
    ports, hubs = ([config.pop("ports") for config in files], [config["domain"].pop("hub") for config in files])
    assert files[0] == files[1] and ports[0] != ports[1] and hubs == ["east", "west"]


def test_manual_names_every_option_of_the_program():
    options = set(re.findall(r"--[a-z]+", run(PROGRAM, "--help").stdout)) - {"--"}
    text = (SOURCE / "scripts" / "man" / "mcdpdk.8").read_text().replace("\\-", "-")
    assert options and {option for option in options if option not in text} == set()


def options_of(text):
    return shlex.split(re.search(r'^OPTIONS="(.*)"', text, re.MULTILINE)[1])


def test_members_samples_are_accepted(cloud):
    """mcdpdk-client accepts the options of the samples (--dry-run)."""
    member = cloud.add_instance("sample", "10.0.0.12")
    cloud_init = yaml.safe_load((CONFIG / "cloud-init-member.yaml").read_text())
    for text in ((CONFIG / "mcdpdk-client.default").read_text(), cloud_init["write_files"][0]["content"]):
        done = member.attempt(SOURCE / "scripts" / "mcdpdk-client", "up", "--dry-run", *options_of(text))
        assert done.returncode == 0, done.stderr
        assert "ip route replace 224.0.0.0/4 dev mcdpdk0" in done.stdout


def test_sysctl_samples_name_settings_of_the_kernel():
    for sample in CONFIG.glob("sysctl-*.conf"):
        for key in re.findall(r"^(\S+) =", sample.read_text(), re.MULTILINE):
            assert Path("/proc/sys", key.replace(".", "/")).exists(), key


# What README installs

@pytest.fixture(scope="module", name="machine")
def fixture_machine(tmp_path_factory):
    """A machine on which README's lines ran in the clone."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "groups.json").write_text(json.dumps(readme.CONFIG | {"idle": "sleep"}))
    (folder / "build").symlink_to(Path(PROGRAM).resolve().parents[1])
    with Installation(tmp_path_factory.mktemp("machine"), folder, readme.block("install")) as machine:
        yield machine


def names(folder, pattern="*"):
    return {path.name for path in folder.glob(pattern) if path.is_file()}


def test_everything_that_an_operator_needs_is_installed(machine):
    """Each file of the source has a place; whoever adds a file has to choose one."""
    expected = {
        SBIN: {"mcdpdk", "mcdpdk-domain", *COMMANDS},
        UNITS: {path.removesuffix(".in") for path in names(CONFIG, "*.service.in")},
        USERS: {path.replace(".sysusers", ".conf") for path in names(CONFIG, "*.sysusers")},
        EXAMPLES: names(CONFIG) - names(CONFIG, "*.in") - names(CONFIG, "*.sysusers") - {
            "groups.schema.json", "meson.build"},
        OWN_DATA: {"allowances.json", "groups.schema.json", *COMMANDS},
        PREFIX / "share/man/man8": names(SOURCE / "scripts/man", "*.8"),
        PREFIX / "share/man/man5": names(SOURCE / "scripts/man", "*.5"),
        PREFIX / "share/bash-completion/completions": names(SOURCE / "scripts/completion"),
    } | {OWN_DATA / package: names(SOURCE / "scripts" / package, "*.py")
         for package in ("mcdpdk_tools", "mcdpdk_client", "mcdpdk_monitor", "mcdpdk_setup")
    } | {OWN_DATA / "mcdpdk_monitor" / folder: names(SOURCE / "scripts/mcdpdk_monitor" / folder)
         for folder in ("page", "page/picture", "page/vendor")
    } | {EXAMPLES.parent: {"mcdpdk.spdx.json"},
         EXAMPLES.parent / "cloud": names(CONFIG / "cloud", "*.rst"),
         PREFIX / "share/dpdk/telemetry-endpoints": names(SOURCE / "scripts/telemetry-endpoints")
    } | {EXAMPLES / folder: names(CONFIG / folder)
         for folder in ("container", "domain", "failover", "grafana", "prometheus")}
    assert all(expected.values())
    listed = machine.run("find", PREFIX, "!", "-type", "d").stdout.split()
    found = {}
    for path in map(Path, listed):
        found.setdefault(path.parent, set()).add(path.name)
    assert found == expected


def enable(machine, line):
    """The unit file that the enabling line selects at each boot; systemd itself may not run here."""
    done = machine.run("env", "SYSTEMD_OFFLINE=1", *line.replace(" --now", "").split())
    assert done.returncode == 0, done.stderr
    unit = line.split()[-1].removesuffix(".service")
    return (machine.etc / "systemd/system/multi-user.target.wants" / f"{unit}.service").readlink()


def test_installed_units_are_well_formed(machine):
    """systemd's check finds all programs and manual pages of the units; README's line enables the hub's."""
    for unit in ("mcdpdk.service", "mcdpdk-client.service", "mcdpdk-domain.service", "mcdpdk-monitor.service"):
        done = machine.run("systemd-analyze", "verify", UNITS / unit)
        assert (done.returncode, done.stderr) == (0, "")
    assert enable(machine, readme.block("enable")) == UNITS / "mcdpdk.service"


def test_the_hubs_unit_gives_up_in_the_end(machine):
    """It tries for a minute and more, for a NIC that appears late. The starts of a hub that fails within four seconds
    come to the limit."""
    text = machine.run("cat", UNITS / "mcdpdk.service").stdout
    interval, burst, pause = (int(re.search(rf"^{name}=(\d+)$", text, re.MULTILINE)[1])
                              for name in ("StartLimitIntervalSec", "StartLimitBurst", "RestartSec"))
    assert burst * pause >= 60 and burst * (pause + 4) <= interval


def test_the_agents_unit_is_not_restarted_without_a_domain(machine):
    """README's hub is in none, and a machine may have no configuration yet."""
    text = machine.run("cat", UNITS / "mcdpdk-domain.service").stdout
    for file in (ETC / "mcdpdk/groups.json", "/nonexistent"):
        done = machine.run("mcdpdk-domain", "-c", file)
        assert done.stderr and f"\nRestartPreventExitStatus={done.returncode}\n" in text


@pytest.mark.parametrize("unit, tenths", [("mcdpdk.service", 29), ("mcdpdk-domain.service", 19),
                                          ("mcdpdk-monitor.service", 19)])
def test_the_units_that_serve_expose_little(machine, unit, tenths):
    """systemd's rating of what an intruder could do in the unit: 0 is nothing, 10 all; the limit is in tenths."""
    done = machine.run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={tenths}",
                       UNITS / unit)
    assert done.returncode == 0, done.stdout


def test_installed_pages_and_completions_are_found(machine):
    for page in MANUALS:
        done = machine.run("man", "-w", page.stem)
        assert done.stdout.strip() == f"{PREFIX}/share/man/man{page.suffix[1:]}/{page.name}", done.stderr
    for command in [*COMMANDS, "mcdpdk-domain"]:
        script = f"source {PREFIX}/share/bash-completion/completions/{command}; complete -p {command}"
        assert machine.run("bash", "-c", script).returncode == 0


def test_installed_commands_find_their_modules(machine):
    """By name, by path, and with a user's PATH, which lacks sbin."""
    for command in ("mcdpdk-client", "mcdpdk-monitor"):
        assert machine.run(command, "--help").returncode == 0
    for command in (["mcdpdkctl"], [SBIN / "mcdpdkctl"], ["env", "PATH=/usr/bin:/bin", SBIN / "mcdpdkctl"]):
        done = machine.run(*command, "check", ETC / "mcdpdk/groups.json")
        assert (done.returncode, done.stderr) == (0, "")
    assert "__pycache__" not in machine.run("find", PREFIX).stdout


def test_the_installed_budget_finds_its_figures(machine):
    done = machine.run("mcdpdkctl", "budget", "--config", ETC / "mcdpdk/groups.json", "--rate",
                       f"{readme.CONFIG['groups'][0]['group']}=5", "--size", "100", "--instance", "aws")
    assert (done.returncode, done.stderr) == (0, "") and "flow_bps" in done.stdout


INTERRUPT = "raise KeyboardInterrupt\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_control_c_while_a_command_loads_is_quiet(tmp_path, command):
    """One of its modules is another, in which Python notices SIGINT."""
    (tmp_path / "argparse.py").write_text(INTERRUPT)
    done = run(SOURCE / "scripts" / command, "--help", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def unit_commands(machine, unit):
    """A unit's commands by setting, for a shell that expands them as systemd does."""
    text = machine.run("cat", UNITS / unit).stdout
    environment = re.findall(r"^EnvironmentFile=-?(.*)", text, re.MULTILINE)
    return SimpleNamespace(**{
        name: ["sh", "-ec", "".join(f". {path}; " for path in environment) + f"exec {command}"]
        for name, command in re.findall(r"^(Exec\w+)=(.*)", text, re.MULTILINE)})


def leads_to_hub(member):
    return "via 10.0.0.10" in member.ip("route", "show", "224.0.0.0/4")


def test_services_run_without_the_clone(machine, cloud):
    """The commands of both units run in order, with the files that README copied edited. The hub gets ready, reloads
    and answers; the member's path comes up, is repaired and goes; the hub ends cleanly."""
    assert machine.run("ls", SOURCE).stdout == "" and machine.run("ls", "/root").stdout == ""
    prefix = f"{cloud.name}-installed"
    options = "--lcores 0@0,1@0 --no-huge -m 512 --no-pci --vdev net_af_packet0,iface=eth0"
    (machine.etc / "default/mcdpdk").write_text(f'EAL_OPTIONS="{options}"\nFILE_PREFIX={prefix}\n')
    (machine.etc / "default/mcdpdk-client").write_text('OPTIONS="--hub 10.0.0.10 --encap l2"\n')
    hub, client = (unit_commands(machine, unit) for unit in ("mcdpdk.service", "mcdpdk-client.service"))
    log = machine.folder / "log"
    with open(log, "w", encoding="utf-8") as output:
        process = machine.start(cloud.hub_node, *hub.ExecStart, stdout=output)
    await_condition(lambda: READY in log.read_text() or process.poll() is not None, "ready")
    for command in (hub.ExecReload, ["mcdpdkctl", "--file-prefix", prefix, "raw", "/mcdpdk/stats"]):
        done = machine.run(*command)
        assert done.returncode == 0, done.stderr
    assert "rx_packets" in json.loads(done.stdout)
    member = cloud.add_instance("osaka-1", "10.0.0.21")
    with open(machine.folder / "watch.log", "w", encoding="utf-8") as output:
        watching = machine.start(member, *client.ExecStart, stdout=output)
    await_condition(lambda: leads_to_hub(member) or watching.poll() is not None, "the member's path")
    # A NIC loses its routes when it goes down.
    member.ip("link", "set", "eth0", "down")
    member.ip("link", "set", "eth0", "up")
    await_condition(lambda: leads_to_hub(member) or watching.poll() is not None, "the member's path again")
    watching.terminate()
    assert watching.wait(10) == 0
    assert not leads_to_hub(member)
    done = machine.run(*client.ExecStopPost, node=member)
    assert (done.returncode, done.stdout) == (0, "not up\n"), done.stderr
    process.terminate()
    assert process.wait(10) == 0, log.read_text()


def test_cloud_init_installs_what_the_members_unit_needs(tmp_path):
    """The sample's installing commands run on a bare machine with the clone in /opt/mcdpdk. The enabled unit and its
    programs are there."""
    sample = CONFIG / "cloud-init-member.yaml"
    assert sample.read_text().startswith("#cloud-config\n")
    commands = yaml.safe_load(sample.read_text())["runcmd"]
    assert "systemctl enable --now " in commands[-1]
    installing = ("meson", "systemd-sysusers", "cp", "ln", "sed")
    install = [command for command in commands if command.split()[0] in installing]
    with Installation(tmp_path, SOURCE, "\n".join(install), clone="/opt/mcdpdk") as machine:
        enabled = machine.run("cat", enable(machine, commands[-1])).stdout
        programs = re.findall(r"^Exec\w+=\+?(\S+)", enabled, re.MULTILINE)
        assert programs
        for program in programs:
            assert machine.run(program, "--help").returncode == 0
        assert "60-mcdpdk" in machine.run("ls", ETC / "sysctl.d").stdout


def test_the_hubs_cloud_init_runs_what_is_installed(machine):
    """It writes the file that the unit reads, its words of mcdpdk-setup are good, and it enables the unit.
    TestSuite_guest_image boots by it."""
    text = (CONFIG / "cloud-init-hub.yaml").read_text()
    assert text.startswith("#cloud-config\n")
    sample = yaml.safe_load(text)
    (line,) = sample["runcmd"]
    setup, last = line.split(" && ")
    assert sample["write_files"][0]["path"] in unit_commands(machine, "mcdpdk.service").ExecStart[-1]
    done = machine.run(*setup.split(), "--dry-run")
    assert done.returncode in (0, 1, 2) and "usage:" not in done.stderr
    assert done.returncode == 0 or done.stderr.startswith("mcdpdk-setup: "), done.stderr
    assert enable(machine, last) == UNITS / "mcdpdk.service"
