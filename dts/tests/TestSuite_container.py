# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The OCI image of scripts/image/oci, and the samples of config/container/ for podman and for Kubernetes.

hub 10.0.0.10 --+-- switch A     The hub runs in the image, under Debian 13's podman, as the sample says: systemd's
alpha     .11 --+                generator of podman makes the command from it; then as the manifest says, which podman
beta      .12 --+                plays. Its root is a bare Debian (debian.py), its network that of the hub's instance.

The short run makes no image: it checks the samples against the programs.
"""

import contextlib
import gzip
import hashlib
import importlib.machinery
import importlib.util
import json
import re
import shlex
import shutil
import socket
import struct
import subprocess
import tarfile

import pytest
import yaml

from debian import System, bare_root, make_packages, run
from hub import PROGRAM, reserved_hugepages
from manager import Manager
from paths import SCRIPTS, SOURCE
from waiting import await_condition

SAMPLES = SOURCE / "config/container"
QUADLET = SAMPLES / "mcdpdk.container"
MANIFEST = SAMPLES / "mcdpdk.kubernetes.yaml"
OCI = SCRIPTS / "image/oci"
VERSION = re.search(r"version: '(.*)'", (SOURCE / "meson.build").read_text())[1]
IMAGE = f"localhost/mcdpdk:{VERSION}"
GROUP, PORT = "239.1.1.1", 5000
CONFIG = {
    "igmp": False, "mld": False,
    "ports": [{"address": "10.0.0.10/24", "gateway": "10.0.0.1"}],
    "members": [{"name": "alpha", "address": "10.0.0.11"}, {"name": "beta", "address": "10.0.0.12"}],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "idle": "sleep",
}
MEMORY_MB = 256
EAL_OPTIONS = f"--lcores 0@0,1@0 -m {MEMORY_MB} --no-pci --vdev net_af_packet0,iface=eth0"
# What README.rst says of af_packet.
FOR_AF_PACKET = {"AddDevice=/dev/vfio\n": "", "Network=none": "Network=host",
                 "AddCapability=IPC_LOCK": "AddCapability=NET_ADMIN NET_RAW"}


def load_oci():
    loader = importlib.machinery.SourceFileLoader("oci", str(OCI))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("oci", loader))
    loader.exec_module(module)
    return module


oci = load_oci()


def quadlet_values(name):
    return re.findall(rf"^{name}=(.*)$", QUADLET.read_text(), re.MULTILINE)


def documents():
    return {document["kind"]: document for document in yaml.safe_load_all(MANIFEST.read_text())}


def pod():
    return documents()["Deployment"]["spec"]["template"]["spec"]


def container(of=None):
    (only,) = (of or pod())["containers"]
    return only


# What the short run holds

def test_manifests_configuration_is_good(tmp_path):
    path = tmp_path / "groups.json"
    path.write_text(documents()["ConfigMap"]["data"]["groups.json"])
    done = subprocess.run([PROGRAM, "-t", "-c", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_deployment_refers_to_what_is_there():
    """Its labels select its pods, each mount has a volume, and the configuration is the ConfigMap's."""
    deployment = documents()["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert {mount["name"] for mount in container()["volumeMounts"]} == volumes.keys()
    assert volumes["config"]["configMap"]["name"] == documents()["ConfigMap"]["metadata"]["name"]


def test_deployment_has_its_cpus_and_pages_alone():
    """kubelet's static policy wants whole CPUs and requests like limits; so do huge pages and devices."""
    resources = container()["resources"]
    assert resources["requests"] == resources["limits"]
    assert resources["limits"]["cpu"].isdecimal()
    assert {"hugepages-2Mi", "example.org/mcdpdk_nic"} <= resources["limits"].keys()
    assert "$PCIDEVICE_EXAMPLE_ORG_MCDPDK_NIC" in container()["args"][0]


def test_samples_grant_what_the_driver_needs_and_no_more():
    rights = container()["securityContext"]
    assert rights["capabilities"] == {"drop": ["ALL"], "add": ["IPC_LOCK"]}
    assert rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"]
    assert (quadlet_values("DropCapability"), quadlet_values("AddCapability")) == (["all"], ["IPC_LOCK"])
    assert quadlet_values("ReadOnly") == quadlet_values("NoNewPrivileges") == ["true"]


def test_samples_have_the_image_and_its_volumes():
    """And both have the huge pages; what the hub writes to is not read-only."""
    assert quadlet_values("Image") == [container()["image"]] == [IMAGE]
    volumes = {*oci.CONFIG["Volumes"], "/dev/hugepages"}
    assert {volume.split(":")[1] for volume in quadlet_values("Volume")} == volumes
    mounts = container()["volumeMounts"]
    assert {mount["mountPath"] for mount in mounts} == volumes
    read_only = {volume.split(":")[1] for volume in quadlet_values("Volume") if volume.endswith(":ro")}
    assert {mount["mountPath"] for mount in mounts if mount.get("readOnly")} == read_only == {"/etc/mcdpdk"}
    assert "/usr/sbin/mcdpdk" in oci.CONFIG["Entrypoint"]


def test_samples_pass_arguments_that_the_program_has():
    known = run(PROGRAM, "--help")
    commands = [container()["args"][0], *quadlet_values("Exec"), shlex.join(["--", *oci.CONFIG["Cmd"]])]
    for command in commands:
        words = shlex.split(command)
        own = words[words.index("--") + 1:]
        assert own == ["-c", "/etc/mcdpdk/groups.json"]
        assert f"{own[0]} " in known


def test_both_samples_ask_the_same_of_a_live_hub():
    assert quadlet_values("HealthCmd") == [container()["livenessProbe"]["exec"]["command"][-1]]


@pytest.mark.parametrize("answer, is_alive", [
    ('{"state": "well", "reasons": []}', True),
    ('{"state": "degraded", "reasons": [{"reason": "losing"}]}', True),
    ('{"state": "degraded", "reasons": [{"reason": "lcore_stuck"}]}', False),
    ('{"state": "degraded", "reasons": [{"reason": "port_stalled"}]}', False),
    ("", False),
], ids=["well", "degraded", "lcore", "port", "silent"])
def test_hub_counts_as_dead_when_it_makes_no_progress(tmp_path, answer, is_alive):
    stand_in = tmp_path / "mcdpdkctl"
    stand_in.write_text(f"#!/bin/sh\necho '{answer}'\n")
    stand_in.chmod(0o755)
    done = subprocess.run(["sh", "-c", *quadlet_values("HealthCmd")], env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
                          check=False)
    assert (done.returncode == 0) == is_alive


def test_hub_counts_as_dead_when_nobody_answers(tmp_path):
    done = subprocess.run(["sh", "-c", *quadlet_values("HealthCmd")], capture_output=True, check=False,
                          env={"PATH": f"{SCRIPTS}:/usr/bin:/bin", "RUNTIME_DIRECTORY": str(tmp_path)})
    assert done.returncode == 1


def test_layer_is_the_same_each_time(tmp_path):
    """Whatever the order in which files were made, their owners' names and times after the commit's."""
    digests = set()
    for number, names in enumerate((("b", "a", "c/d"), ("c/d", "a", "b"))):
        root = tmp_path / str(number)
        (root / "c").mkdir(parents=True)
        for name in names:
            (root / name).write_text(name)
        oci.make_layer(root, tmp_path / "layer.tar", 1000)
        digests.add(oci.digest(tmp_path / "layer.tar"))
    assert len(digests) == 1


@pytest.mark.parametrize("words, complaint", [(["bookworm"], "usage: scripts/image/oci"),
                                              (["bookworm", "none.deb", "x.tar"], "none.deb: no such package")])
def test_wrong_arguments_are_refused(words, complaint):
    done = subprocess.run([OCI, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and complaint in done.stderr


# What takes an image

@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory):
    """The engine's /mnt."""
    return tmp_path_factory.mktemp("container")


@pytest.fixture(scope="module", name="archive")
def fixture_archive(folder):
    path = folder / "image.tar"
    package = make_packages("bookworm", folder)["mcdpdk"]
    run(OCI, "bookworm", package, path, deadline=1800)
    return path


def blob(tar, descriptor):
    """The content that a descriptor describes, in size and digest."""
    algorithm, digest = descriptor["digest"].split(":")
    content = tar.extractfile(f"blobs/{algorithm}/{digest}").read()
    assert (len(content), hashlib.new(algorithm, content).hexdigest()) == (descriptor["size"], digest)
    return content


@pytest.mark.slow
def test_archive_is_an_oci_layout(archive):
    """Everything has the media type, the size and the digest by which it is referred to."""
    kind = "application/vnd.oci.image."
    with tarfile.open(archive) as tar:
        assert json.load(tar.extractfile("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
        index = json.load(tar.extractfile("index.json"))
        (described,) = index["manifests"]
        assert described["annotations"] == {"org.opencontainers.image.ref.name": f"mcdpdk:{VERSION}"}
        manifest = json.loads(blob(tar, described))
        config = json.loads(blob(tar, manifest["config"]))
        (layer,) = manifest["layers"]
        plain = gzip.decompress(blob(tar, layer))
        blobs = [name for name in tar.getnames() if name.startswith("blobs/")]
    assert [index["mediaType"], described["mediaType"], manifest["config"]["mediaType"], layer["mediaType"]] == [
        f"{kind}index.v1+json", f"{kind}manifest.v1+json", f"{kind}config.v1+json", f"{kind}layer.v1.tar+gzip"]
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]}
    assert len(blobs) == 3
    assert config["config"]["StopSignal"] == "SIGTERM"
    assert config["config"]["Labels"]["org.opencontainers.image.version"] == f"{VERSION}+deb12"


@pytest.mark.slow
def test_image_has_nothing_of_the_machine_that_made_it(archive):
    """No settings of apt or of the network, no path of this tree, no logs, and of documents the licences alone.
    Accounts are as old as the commit."""
    with tarfile.open(archive) as tar:
        largest = max(tar.getmembers(), key=lambda member: member.size)
        with tarfile.open(fileobj=tar.extractfile(largest)) as layer:
            files = {member.name for member in layer if member.isreg()}
            names = set(layer.getnames())
            accounts = layer.extractfile("etc/shadow").read().decode()
    assert "usr/sbin/mcdpdk" in names and "usr/share/doc/mcdpdk/copyright" in names
    tops = {name.split("/")[0] for name in names}
    assert tops <= set("bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr "
                       "var".split())
    assert {name for name in files if re.match("usr/share/(doc/.*(?<!/copyright)|man/.*)$", name)} == set()
    below = "etc/apt/|dev/|run/|tmp/|var/log/|var/lib/apt/|etc/(resolv.conf|hostname|machine-id)$"
    assert {name for name in names if re.match(below, name)} == set()
    day = int(run("git", "-C", SOURCE, "log", "-1", "--format=%ct")) // 86400
    assert {line.split(":")[2] for line in accounts.splitlines()} == {str(day)}


ENGINE = ["podman", "crun", "golang-github-containers-common", "catatonit", "python3-kubernetes"]
# No systemd and no cgroups of its own are there.
ENVIRONMENT = {"DISABLE_HC_SYSTEMD": "true"}
PREPARE = """
mkdir -p /dev/shm /dev/pts /dev/hugepages
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
"""
STORAGE = """[storage]
driver = "vfs"
runroot = "/run/storage"
graphroot = "/var/lib/storage"
"""
SETTINGS = """[containers]
cgroups = "disabled"
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@pytest.fixture(scope="module", name="engine")
def fixture_engine(cloud, folder, tmp_path_factory):
    """A Debian 13 with podman in the hub's network."""
    for sample in (QUADLET, MANIFEST):
        shutil.copy(sample, folder)
    with System([bare_root("trixie")], tmp_path_factory.mktemp("podman"), folder) as system:
        system.apt_get("update")
        system.apt_get("install", *ENGINE)
        layers = system.layers
    with System(layers, tmp_path_factory.mktemp("engine"), folder, cloud.hub_node.namespace) as system:
        system.run("sh", "-ec", PREPARE)
        system.write("/etc/containers/storage.conf", STORAGE)
        system.write("/etc/containers/containers.conf", SETTINGS)
        yield system


def generate(engine, folder, changes):
    """The unit that podman's generator makes from the sample with these changes; it complains of unknown keys."""
    text = QUADLET.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "units").mkdir(exist_ok=True)
    (folder / "units/mcdpdk.container").write_text(text)
    done = engine.attempt("/usr/libexec/podman/quadlet", "-dryrun", QUADLET_UNIT_DIRS="/mnt/units")
    assert (done.returncode, "unsupported" in done.stderr) == (0, False), done.stderr
    return done.stdout


def unit_values(unit, name):
    return re.findall(f"^{name}=(.*)$", unit, re.MULTILINE)


def environment(engine, unit):
    """The variables that systemd reads for the unit."""
    (path,) = unit_values(unit, "EnvironmentFile")
    return dict(word.split("=", 1) for word in shlex.split(engine.read(path)))


def start_command(engine, unit):
    """ExecStart= as systemd would run it, but for cgroups, which this machine may not give to podman. The container
    stays when it ends, so that its status can be read."""
    (command,) = unit_values(unit, "ExecStart")
    words = shlex.split(command)
    at = words.index("$EAL_OPTIONS")
    words[at:at + 1] = environment(engine, unit)["EAL_OPTIONS"].split()
    words.remove("--rm")
    return [word.replace("--cgroups=split", "--cgroups=disabled").replace("%t/%N", "/run/mcdpdk") for word in words]


@pytest.mark.slow
def test_quadlet_is_understood(engine, folder):
    unit = generate(engine, folder, {})
    for words in ("Type=notify", "--sdnotify=container", "--device /dev/vfio", "--cap-drop all --cap-add ipc_lock",
                  "--network none", "--read-only", "--health-on-failure kill", f"{IMAGE} $EAL_OPTIONS -- -c "):
        assert words in unit, unit


@pytest.mark.slow
def test_generator_complains_of_unknown_keys(engine, folder):
    with pytest.raises(AssertionError, match="unsupported key 'Pulls'"):
        generate(engine, folder, {"Pull=never": "Pulls=never"})


VALIDATE = """
import sys, yaml
from kubernetes.client import models

def check(kind, value, path):
    if kind.startswith("list["):
        for number, item in enumerate(value):
            check(kind[5:-1], item, f"{path}[{number}]")
    elif kind.startswith("dict("):
        assert isinstance(value, dict), path
    elif hasattr(models, kind):
        model = getattr(models, kind)
        names = {name: field for field, name in model.attribute_map.items()}
        for name, item in value.items():
            assert name in names, f"{path}.{name} is unknown"
            check(model.openapi_types[names[name]], item, f"{path}.{name}")
    elif kind in ("str", "int", "bool"):
        assert isinstance(value, {"str": str, "int": int, "bool": bool}[kind]), path

for document in yaml.safe_load_all(open("/mnt/mcdpdk.kubernetes.yaml")):
    check("V1" + document["kind"], document, document["kind"])
    print(document["apiVersion"], document["kind"])
"""


@pytest.mark.slow
def test_manifest_has_the_fields_of_kubernetes(engine):
    """As python3-kubernetes knows them, which is made from the API's description."""
    assert engine.run("python3", "-c", VALIDATE).splitlines() == ["v1 ConfigMap", "apps/v1 Deployment"]


def join(node):
    """A socket that has joined the group on the node's eth0."""
    receiver = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.settimeout(60)
    with node.inside():
        receiver.bind(("", PORT))
        request = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(node.address))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    return receiver


def carries_multicast(members):
    """alpha's datagram reaches beta."""
    alpha, beta = members
    with join(beta) as receiver:
        alpha.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", (GROUP, PORT))
        return receiver.recvfrom(100)[0] == b"hello"


def is_resolved(engine, member, name="mcdpdk"):
    done = engine.attempt("podman", "exec", name, "mcdpdkctl", "--json", "raw", f"/mcdpdk/member,{member}")
    return done.returncode == 0 and '"resolved": 1' in done.stdout


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return [cloud.add_l2_member(member["name"], member["address"]) for member in CONFIG["members"]]


@contextlib.contextmanager
def pages(engine):
    """The engine's huge pages, which other hubs of this machine cannot take."""
    with reserved_hugepages(MEMORY_MB):
        size = f"size={MEMORY_MB}M,min_size={MEMORY_MB}M"
        engine.run("mount", "-t", "hugetlbfs", "-o", size, "hugetlbfs", "/dev/hugepages")
        try:
            yield
        finally:
            engine.run("umount", "/dev/hugepages")


@pytest.fixture(scope="module", name="loaded")
def fixture_loaded(engine, archive):
    """The engine with the image and what the operator has configured."""
    assert IMAGE in engine.attempt("podman", "load", "-i", f"/mnt/{archive.name}").stdout
    engine.write("/etc/mcdpdk/groups.json", json.dumps(CONFIG))
    # As mcdpdk-setup writes it.
    engine.write("/etc/default/mcdpdk", f'EAL_OPTIONS="{EAL_OPTIONS}"\nFILE_PREFIX=rte\n')
    return engine


@pytest.mark.slow
def test_readmes_command_checks_the_configuration(loaded):
    (command,) = re.findall("^ +(podman run .*)$", (SAMPLES / "README.rst").read_text(), re.MULTILINE)
    assert IMAGE in command
    words = shlex.split(command)
    done = loaded.attempt(*words[:2], "--network=none", *words[2:])
    assert (done.returncode, done.stderr) == (0, "")
    loaded.write("/etc/mcdpdk/groups.json", "{}")
    done = loaded.attempt(*words[:2], "--network=none", *words[2:])
    loaded.write("/etc/mcdpdk/groups.json", json.dumps(CONFIG))
    assert done.returncode == 2 and "ports" in done.stderr


@pytest.fixture(scope="module", name="running")
def fixture_running(loaded, folder, members):
    """The engine with the hub that podman has called ready."""
    engine = loaded
    unit = generate(engine, folder, FOR_AF_PACKET)
    manager = Manager(folder / "notify")
    with pages(engine):
        for command in unit_values(unit, "ExecStartPre"):
            engine.run(*shlex.split(command))
        done = engine.attempt(*start_command(engine, unit), NOTIFY_SOCKET="/mnt/notify", **ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        try:
            manager.await_message("READY", "1")
        except TimeoutError as error:
            raise AssertionError(engine.attempt("podman", "logs", "mcdpdk")) from error
        for node in members:
            await_condition(lambda name=node.name: is_resolved(engine, name), f"{node.name} resolved")
        yield engine
        engine.attempt("podman", "rm", "--force", "mcdpdk")
    manager.close()


@pytest.mark.slow
@pytest.mark.usefixtures("running")
def test_hub_carries_multicast(members):
    assert carries_multicast(members)


@pytest.mark.slow
def test_hub_has_given_up_its_rights(running):
    """af_packet's are left, and the hub's own filter of system calls is behind podman's."""
    status = running.run("podman", "exec", "mcdpdk", "cat", "/proc/1/status")
    assert re.search(r"^CapEff:\t0000000000003000$", status, re.MULTILINE)
    assert re.search(r"^Seccomp_filters:\t2$", status, re.MULTILINE)


@pytest.mark.slow
def test_operator_reaches_the_hub(running):
    """By podman exec, and at the host's folder. The health command is content."""
    running.run("podman", "exec", "mcdpdk", "mcdpdkctl", "status")
    running.run("podman", "healthcheck", "run", "mcdpdk", **ENVIRONMENT)
    assert running.has("/run/dpdk/rte/dpdk_telemetry.v2")


@pytest.mark.slow
def test_hub_reloads_or_says_why_not(running):
    """By the quadlet's ExecReload=."""
    reload = shlex.split(*quadlet_values("ExecReload"))
    running.write("/etc/mcdpdk/groups.json", json.dumps(CONFIG | {"unknown_groups": "flood"}))
    running.run(*reload)
    running.write("/etc/mcdpdk/groups.json", "{}")
    refused = running.attempt(*reload)
    assert refused.returncode == 1 and "ports" in refused.stdout + refused.stderr


@pytest.mark.slow
def test_hub_ends_cleanly(running):
    """podman stop sends SIGTERM, and SIGKILL after the quadlet's StopTimeout=."""
    running.run("podman", "stop", "mcdpdk")
    assert running.run("podman", "inspect", "--format", "{{.State.ExitCode}}", "mcdpdk") == "0\n"


def manifest_for_podman():
    """The hub by af_packet on the host's network. podman knows no device plugins, nor volumes of huge pages."""
    changed = documents()
    changed["ConfigMap"]["data"]["groups.json"] = json.dumps(CONFIG)
    spec = changed["Deployment"]["spec"]["template"]["spec"]
    spec["hostNetwork"] = True
    (pages,) = (volume for volume in spec["volumes"] if volume.get("emptyDir") == {"medium": "HugePages-2Mi"})
    del pages["emptyDir"]
    pages["hostPath"] = {"path": "/dev/hugepages"}
    hub = container(spec)
    hub["args"] = [hub["args"][0].replace('-a "$PCIDEVICE_EXAMPLE_ORG_MCDPDK_NIC"', EAL_OPTIONS)]
    hub["securityContext"]["capabilities"]["add"] = ["NET_ADMIN", "NET_RAW"]
    return yaml.safe_dump_all(changed.values())


@pytest.fixture(scope="module", name="played")
def fixture_played(loaded, folder, members):
    """The name of the container that podman made from the manifest, when its hub is ready."""
    name = "mcdpdk-pod-mcdpdk"
    (folder / "played.yaml").write_text(manifest_for_podman())
    # It has the address that this one wants.
    loaded.run("podman", "rm", "--force", "--ignore", "mcdpdk")
    with pages(loaded):
        loaded.attempt("podman", "kube", "play", "/mnt/played.yaml")
        for node in members:
            await_condition(lambda member=node.name: is_resolved(loaded, member, name), f"{node.name} resolved")
        yield name
        loaded.attempt("podman", "kube", "down", "/mnt/played.yaml")


@pytest.mark.slow
@pytest.mark.usefixtures("played")
def test_hub_of_the_manifest_carries_multicast(members):
    assert carries_multicast(members)


@pytest.mark.slow
@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_probes_of_the_manifest_are_content(loaded, played, probe):
    loaded.run("podman", "exec", played, *container()[probe]["exec"]["command"])
