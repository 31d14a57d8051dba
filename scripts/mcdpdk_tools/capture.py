# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""capture: DPDK's dpdk-dumpcap, with the filter for a member or a group."""

import os
import shutil
import signal
import subprocess
from typing import NamedTuple

from . import groups
from .telemetry import Denied, HubError, Refused, records

PROGRAM = "dpdk-dumpcap"

# Lengths in the outer packet, whose IPv4 header has no options: the hub's own, and those of Linux.
UDP, VXLAN, ETHERNET, AMT = 8, 8, 14, 2
GRE_LENGTHS = {0x0000: 4, 0x2000: 8, 0x8000: 8, 0xa000: 12}     # by flags: key, checksum (RFC 2784, RFC 2890)
GRETAP = 0x6558


class Outer(NamedTuple):
    """The outer header: its name in the language, its length, and where the protocol behind it is."""
    name: str
    version: int
    length: int
    protocol: int


OUTERS = (Outer("ip", 4, 20, 9), Outer("ip6", 6, 40, 6))


def are_fields(outer, offset, address, mask):
    """Words of the address, as far as the mask has bits."""
    words = zip(words_of(address), words_of(mask))
    terms = [f"{outer}[{offset + 4 * place}:4]{'' if bits == 0xffffffff else f' & {bits:#x}'} = {word:#x}"
             for place, (word, bits) in enumerate(words) if bits]
    return " and ".join(terms)


def words_of(address):
    return [int.from_bytes(address.packed[at:at + 4], "big") for at in range(0, len(address.packed), 4)]


def group_filter(network, source):
    """The packets of a group in every encapsulation, over IPv4 and IPv6."""
    return " or ".join(f"({group_filter_over(outer, network, source)})" for outer in OUTERS)


def group_filter_over(outer, network, source):
    """With libpcap's offsets from the outer IP header.

    In libpcap's language `and` and `or` bind alike: one of them alone is between two parentheses.
    """
    ethertype, source_at, group_at = (0x86dd, 8, 24) if network.version == 6 else (0x800, 12, 16)
    at = outer.name

    def inner(offset):
        terms = [are_fields(at, offset + group_at, network.network_address, network.netmask)]
        if source:
            terms.append(are_fields(at, offset + source_at, source, type(network)(source).netmask))
        return " and ".join(terms)

    def framed(offset):
        return f"{at}[{offset + ETHERNET - 2}:2] = {ethertype:#x} and {inner(offset + ETHERNET)}"

    def gre(offset):
        def kinds(content):
            return " or ".join(f"({at}[{offset}:2] = {flags:#x} and {content(offset + length)})"
                               for flags, length in GRE_LENGTHS.items())
        return (f"(({at}[{offset + 2}:2] = {ethertype:#x} and ({kinds(inner)}))"
                f" or ({at}[{offset + 2}:2] = {GRETAP:#x} and ({kinds(framed)})))")

    behind_udp = outer.length + UDP
    udp = [gre(behind_udp), f"({at}[{behind_udp}] & 8 != 0 and {framed(behind_udp + VXLAN)})",
           f"({at}[{behind_udp}] = 6 and {inner(behind_udp + AMT)})"]
    plain = f"({inner(0)}) or " if outer.version == network.version else ""
    return (f"{at} and ({plain}({at}[{outer.protocol}] = 47 and {gre(outer.length)})"
            f" or ({at}[{outer.protocol}] = 17 and ({' or '.join(udp)})))")


def member_filter(member):
    """Copies to an l2 member have the group's address: its frames are known by its MAC."""
    if member["encap"] == "l2" and member["mac"]:
        return f"ether host {member['mac']}"
    return f"host {member['address']}"


def find_filter(hub, subject):
    """None: everything."""
    if subject is None:
        return None
    group = groups.parse(subject)
    return group_filter(*group) if group else member_filter(hub.ask("member", subject))


def runtime_folder_of(pid, uid):
    """EAL's, by its own rule, from the hub's environment: /run and /var/run are one folder, but names of sockets that
    have to be equal."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        environ = dict(item.split(b"=", 1) for item in file.read().split(b"\0") if b"=" in item)
    if b"RUNTIME_DIRECTORY" in environ:
        return environ[b"RUNTIME_DIRECTORY"]
    return b"/var/run" if uid == 0 else environ.get(b"XDG_RUNTIME_DIR", b"/tmp")


def find_program():
    program = shutil.which(PROGRAM)
    if program is None:
        raise HubError(f"no {PROGRAM} in PATH: it is in Debian 12's package dpdk-dev, and in Debian 13's dpdk")
    return program


def check(info):
    obstacle = info.get("capture", "")
    if obstacle:
        raise Refused(f"{PROGRAM} cannot attach to this hub: {obstacle} (mcdpdk(8), CAPTURE)")
    if os.geteuid() != 0:
        raise Denied(f"{PROGRAM} has to map the hub's memory: capture as root")
    return find_program()


def command_for(hub, args, program, prefix):
    ports = [port["name"] for port in records(hub.ask("ports"))]
    if args.port is not None and args.port not in ports:
        raise Refused(f"no such port: {args.port}; ports are {', '.join(ports)}")
    expression = find_filter(hub, args.subject)
    words = [program, f"--file-prefix={prefix}", "-w", args.output]
    # Before -i it is the filter of all ports.
    words += ["-f", expression] if expression else []
    for port in [args.port] if args.port else ports:
        words += ["-i", port]
    words += ["-c", str(args.count)] if args.count else []
    words += ["-a", f"duration:{args.seconds}"] if args.seconds else []
    return words, expression or ""


def run_to_the_end(words, runtime_folder, umask):
    """Until dumpcap ends by itself or by control-C, which it gets from the terminal too: it completes its file."""
    environment = {**os.environb, b"RUNTIME_DIRECTORY": runtime_folder}
    with subprocess.Popen(words, env=environment, umask=umask, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as dumpcap:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: dumpcap.send_signal(signal.SIGINT))
        said = dumpcap.communicate()[0].strip()
    if dumpcap.returncode != 0:
        raise HubError(f"{PROGRAM} ended with {dumpcap.returncode}: {said}")
    return said


def capture(hub, args):
    program = check(hub.ask("info"))
    pid, uid = hub.peer()
    words, expression = command_for(hub, args, program, os.path.basename(os.path.dirname(hub.path)))
    # The hub answers at a socket that dumpcap makes; without a umask its group may write there, if it is not root's.
    said = run_to_the_end(words, runtime_folder_of(pid, uid), 0o022 if uid == 0 else 0o002)
    return {"file": args.output, "filter": expression, "said": said}
