# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Manual pages, systemd units and samples say what the programs do."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from hub import PROGRAM

SOURCE = Path(__file__).resolve().parents[1]
CONFIG = SOURCE / "config"
MANUALS = sorted((SOURCE / "scripts" / "man").glob("*.[58]"))
GROUPS = SOURCE / "scripts" / "man" / "mcdpdk-groups.5"
INSTALLED = "/usr/local/sbin/"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=60, **options)


def examples(manual):
    blocks = re.findall(r"^\.EX\n(.*?)^\.EE", manual.read_text(), re.MULTILINE | re.DOTALL)
    return [block.replace("\\-", "-") for block in blocks]


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
    """Every key that a configuration may have, wherever it stands."""
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
    """The example of mcdpdk-groups(5), and the hub's cloud-init sample, pass `mcdpdk -t`."""
    hub = yaml.safe_load((CONFIG / "cloud-init-hub.yaml").read_text())
    texts = [examples(GROUPS)[0], hub["write_files"][0]["content"]]
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        done = run(PROGRAM, "-t", "-c", path)
        assert (done.returncode, done.stderr) == (0, "")


def test_manual_names_every_option_of_the_program():
    options = set(re.findall(r"--[a-z]+", run(PROGRAM, "--help").stdout)) - {"--"}
    text = (SOURCE / "scripts" / "man" / "mcdpdk.8").read_text().replace("\\-", "-")
    assert options and {option for option in options if option not in text} == set()


@pytest.mark.parametrize("unit", ["mcdpdk.service", "mcdpdk-client.service"])
def test_unit_is_well_formed(tmp_path, unit):
    """systemd's own check, with programs that exist in the places of the installed ones."""
    text = (CONFIG / unit).read_text()
    assert set(re.findall(r"^Exec\w+=(/\S+)", text, re.MULTILINE)) <= {
        INSTALLED + name for name in ("mcdpdk", "mcdpdkctl", "mcdpdk-client")}
    (tmp_path / unit).write_text(re.sub(rf"{INSTALLED}\S+", "/bin/true", text))
    done = run("systemd-analyze", "verify", "--man=no", tmp_path / unit)
    assert (done.returncode, done.stderr) == (0, "")


def options_of(text):
    return shlex.split(re.search(r'^OPTIONS="(.*)"', text, re.MULTILINE)[1])


def test_members_samples_are_accepted(cloud):
    """Steps: mcdpdk-client with the options of the samples, dry. Verify: it accepts them."""
    member = cloud.add_instance("sample", "10.0.0.12")
    cloud_init = yaml.safe_load((CONFIG / "cloud-init-member.yaml").read_text())
    for text in ((CONFIG / "mcdpdk-client.default").read_text(), cloud_init["write_files"][0]["content"]):
        done = member.attempt(SOURCE / "scripts" / "mcdpdk-client", "up", "--dry-run", *options_of(text))
        assert done.returncode == 0, done.stderr
        assert "ip route replace 224.0.0.0/4 dev mcdpdk0" in done.stdout


def test_cloud_init_installs_files_that_exist():
    for sample in CONFIG.glob("cloud-init-*.yaml"):
        assert sample.read_text().startswith("#cloud-config\n")
        for command in yaml.safe_load(sample.read_text())["runcmd"]:
            for path in re.findall(r"/opt/mcdpdk/((?:config|scripts)/\S+)", command):
                assert (SOURCE / path).is_file(), path


def test_sysctl_samples_name_settings_of_the_kernel():
    for sample in CONFIG.glob("sysctl-*.conf"):
        for key in re.findall(r"^(\S+) =", sample.read_text(), re.MULTILINE):
            assert Path("/proc/sys", key.replace(".", "/")).exists(), key
