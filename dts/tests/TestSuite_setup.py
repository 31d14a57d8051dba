# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-setup without a NIC to spare: what it would write on machines of clouds, its manual, completion and output.

The machines are the trees of its unit tests; this machine is only looked at. TestSuite_guest_setup.py has the rest.
"""

import contextlib
import json
import re
import subprocess
import sys

import pytest

from hub import PROGRAM
from manual import complete, example_commands
from paths import SCRIPTS
from topo import Cloud

sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "mcdpdk_setup" / "test")]

from fake import DEFAULTS, GROUPS, NAMES, call, machine, plan_of  # noqa: E402
from mcdpdk_setup.cli import parser  # noqa: E402
from mcdpdk_setup.system import System  # noqa: E402

SETUP = SCRIPTS / "mcdpdk-setup"
MANUAL = SCRIPTS / "man" / "mcdpdk-setup.8"
COMPLETION = SCRIPTS / "completion" / "mcdpdk-setup"


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_the_hub_accepts_what_is_written(tmp_path, name):
    """`mcdpdk -t` finds one port and neither errors nor warnings, also with the EAL options in front."""
    with machine(name) as system:
        files = {step.path.lstrip("/"): step.text for step in plan_of(system).steps if hasattr(step, "text")}
    config = tmp_path / "groups.json"
    config.write_text(files[GROUPS])
    options = re.search(r'^EAL_OPTIONS="(.*)"$', files[DEFAULTS], re.M)[1].split()
    done = run(PROGRAM, *options, "--", "-t", "-c", config)
    assert (done.returncode, done.stderr) == (0, "") and "ok: 1 port, 0 members, 0 groups" in done.stdout


@contextlib.contextmanager
def machine_with_hub(name):
    """A machine on which the hub's own program is installed."""
    with machine(name) as system:
        others = system.run, system.which
        system.which = lambda program: PROGRAM if program == "mcdpdk" else others[1](program)
        system.run = lambda *argv: System.run(system, *argv) if argv[0] == "mcdpdk" else others[0](*argv)
        yield system


@pytest.mark.parametrize(("argv", "reason"), [
    (["--address", "10.240.0.0/24"], "address: \"10.240.0.0/24\" is the network or broadcast address"),
    (["--address", "10.240.0.255/24"], "address: \"10.240.0.255/24\" is the network or broadcast address"),
    (["--gateway", "10.240.1.1"], "gateway: is outside of the port's prefix"),
])
def test_what_the_hub_would_refuse_is_refused_before_anything_is_done(argv, reason):
    """By a plan and a dry run, too, in one line; all is well without these options."""
    with machine_with_hub("ibm-virtio") as system:
        assert call(system, "plan")[::2] == (0, "")
        for command in (["plan"], ["apply", "--dry-run"], ["apply"]):
            status, _, err = call(system, *command, *argv)
            assert status == 1
            assert err.startswith(f"mcdpdk-setup: /{GROUPS}, as it would be: ports[0].{reason}"), err
            assert err.count("\n") == 1 and system.ran == []


def test_the_link_is_asked_for_an_address():
    """Its owner answers, and learns nothing; nobody answers for a free one."""
    with Cloud() as cloud:
        alpha, hub = cloud.add_instance("alpha", "10.0.0.41"), cloud.hub_node
        mac = hub.device_mac("eth0")
        with hub.inside():
            assert System().claimant("eth0", mac, "10.0.0.41") == alpha.device_mac("eth0")
            assert System().claimant("eth0", mac, "10.0.0.42") is None
            assert System().claimant("eth9", mac, "10.0.0.41") is None
        assert mac not in alpha.ip("neigh", "show")


def test_a_shell_takes_the_settings_of_the_service():
    """systemd and a shell read the file alike."""
    with machine("azure-mana") as system:
        text = next(step.text for step in plan_of(system).steps if getattr(step, "path", "") == f"/{DEFAULTS}")
    done = run("sh", "-ec", f"{text}\nprintf '%s\\n' $EAL_OPTIONS $FILE_PREFIX")
    assert done.stdout.split() == ["-l", "1-3", "-a", "7870:00:00.0,mac=00:22:48:00:00:01", "rte"]


def test_this_machine_is_described_as_it_is():
    """plan ends with a reason or a plan; either way it names all NICs on PCI, and as data the same."""
    text, data = run(SETUP, "plan"), run(SETUP, "plan", "--json")
    assert text.returncode == data.returncode in (0, 1, 2), text.stderr
    facts = json.loads(data.stdout)
    assert facts["machine"]["cpus"] and {"steps", "error"} & set(facts)
    for nic in facts["nics"]:
        assert (nic["pci"] or nic["name"]) in text.stdout


@pytest.mark.parametrize("argv", [[], ["grow"], ["undo", "--nic", "0000:00:06.0"], ["apply", "--address", "10.0.0.1"],
                                  ["plan", "--nic", "ffff:00:00.0"]])
def test_wrong_usage_ends_with_2(argv):
    done = run(SETUP, *argv)
    assert (done.returncode, done.stdout if argv[:1] != ["plan"] else "") == (2, "")
    assert done.stderr.splitlines()[-1].startswith("mcdpdk-setup")


def options():
    return {option for command in parser()._subparsers._group_actions[0].choices.values()
            for option in re.findall(r"--[a-z0-9-]+", command.format_help())}


def test_the_manual_has_every_option_and_its_examples_parse():
    text = MANUAL.read_text().replace("\\-", "-")
    assert {option for option in options() - {"--help"} if option not in text} == set()
    lines = example_commands(MANUAL, "mcdpdk-setup")
    assert len(lines) > 3
    for line in lines:
        parser().parse_args(line.split()[1:])


def test_completion_offers_commands_options_and_nics():
    def offered(*words):
        return set(complete(COMPLETION, "_mcdpdk_setup", "mcdpdk-setup", *words))
    assert offered("") == {"plan", "apply", "undo", "--help"}
    assert offered("apply", "-") == offered("plan", "-") == options()
    assert offered("undo", "--d") == {"--dry-run"}
    nics = {nic["pci"] for nic in json.loads(run(SETUP, "plan", "--json").stdout)["nics"]} - {None}
    assert nics <= offered("apply", "--nic", "")
