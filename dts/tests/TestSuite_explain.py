# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""/mcdpdk/explain predicts what happens to a packet: each test explains it, sends it and compares the counters.

    source 10.0.0.99 ----- switch A ----- hub 10.0.0.10

The members are only addresses and MACs: source sends in the name of each, and their copies go nowhere.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether, GRE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from encapsulations import GRE_UDP_PORT, group_mac
from telemetry import RX_REASONS
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire
from waiting import await_condition

NET, SOURCE, LIMITED = "10.0.0.", "172.16.5.5", "255.255.255.255"
VXLAN_PORT = 4789
ALONE, BESIDE = "10.0.0.130", "10.0.0.131"
ADMITTED = "10.0.0.200"


def mac(number):
    return f"02:00:00:00:01:{number:02x}"


def member(name, number, **keys):
    return {"name": name, "address": f"{NET}{number}", "mac": mac(number)} | keys


MEMBERS = [
    member("plain", 101),
    member("deaf", 102, role="sender"),
    member("mute", 103, role="receiver"),
    member("tunnel", 104, encap="gre", key=7),
    member("keyless", 105, encap="gre"),
    member("one-way", 106, encap="gre", key=6, role="receiver"),
    member("same-address", 106),
    member("socket", 107, encap="udp"),
    member("two-addresses", 108),
    member("its-socket", 109, encap="udp", mac=mac(108)),
    member("segment", 110, encap="vxlan", vni=100),
    member("near", 111, encap="vxlan", vni=100),
    member("speaker", 112, encap="vxlan", vni=100, role="sender"),
    member("lonely", 113, encap="vxlan", vni=200, role="sender"),
    member("silent", 114, encap="vxlan", vni=200, role="sender"),
    member("over-udp", 115, encap="gre-udp"),
    member("behind-1", 116, mac=mac(99)),
    member("behind-2", 117, mac=mac(99)),
]
BY_NAME = {each["name"]: each for each in MEMBERS}
GROUPS = [
    {"group": "239.1.1.1", "members": ["*"]},
    {"group": "239.2.2.2", "members": ["plain"]},
    {"group": "239.3.3.3", "members": ["plain", "near"], "senders": ["plain", "10.0.0.104/31"]},
    {"group": "239.4.4.4", "members": ["*"], "senders": []},
    {"group": "239.5.0.0/16", "members": ["tunnel"]},
    {"group": "224.0.0.251", "members": ["plain", "speaker", "silent", "near"]},
    {"group": "232.1.1.1", "sources": [SOURCE], "members": ["keyless"]},
    {"group": "232.1.1.1", "members": ["socket", "one-way"]},
    {"group": "ff05::1", "members": ["tunnel"]},
]
DESTINATIONS = ["239.1.1.1", "239.2.2.2", "239.3.3.3", "239.4.4.4", "239.5.6.7", "224.0.0.251", "224.0.0.5",
                "232.1.1.1", "239.9.9.9", LIMITED]
CONFIG = {
    "igmp": False, "mld": False,
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "gateway_mac": mac(1)}],
    "members": MEMBERS,
    "groups": GROUPS,
    "broadcast": {"members": ["plain", "tunnel", "near"]},
    "admit": [{"prefix": "10.0.0.128/26", "encap": ["l2"], "max_members": 1},
              {"prefix": "10.0.0.192/26", "encap": ["l2", "gre"], "max_members": 8}],
    "idle": "sleep",
}


class Explained:
    def __init__(self, hub, wire, hub_mac):
        self.hub, self.wire, self.hub_mac = hub, wire, hub_mac

    def send_plain(self, address, source_mac, destination):
        self.wire.send(Ether(src=source_mac, dst=self.hub_mac)
                       / IP(src=address, dst=destination, ttl=9) / UDP(sport=4000, dport=5000) / b"payload")

    def send_as(self, each, destination):
        """Send as the member is declared to; receivers of datagrams send plain frames."""
        encap = each.get("encap", "l2")
        if encap in ("l2", "udp"):
            self.send_plain(each["address"], each["mac"], destination)
            return
        inner = raw(IP(src=SOURCE, dst=destination, ttl=9) / UDP(sport=4000, dport=5000) / b"payload")
        if encap == "vxlan":
            inside = (UDP(sport=50000, dport=VXLAN_PORT) / VXLAN(vni=each["vni"], flags="Instance")
                      / Ether(src=each["mac"], dst=group_mac(destination), type=0x0800) / Raw(inner))
        else:
            key = {"key_present": 1, "key": each["key"]} if "key" in each else {}
            inside = GRE(proto=0x0800, **key) / Raw(inner)
        if encap == "gre-udp":
            inside = UDP(sport=50000, dport=GRE_UDP_PORT) / inside
        self.wire.send(Ether(src=each["mac"], dst=self.hub_mac)
                       / IP(src=each["address"], dst=HUB_ADDRESS, proto=47 if encap == "gre" else 17) / inside)

    def counted(self):
        """Copies by member and drops of forwarded traffic; neighbour traffic is left out."""
        names = self.hub.telemetry.listing("members")
        members = [self.hub.telemetry.ask(f"/mcdpdk/member,{name}") for name in names]
        drops = self.hub.drops()
        return ({each["name"]: each["tx_packets"] + each["drops"] for each in members},
                {reason: drops[reason] for reason in RX_REASONS if reason != "not_for_us"})

    def grown(self, before):
        copies, drops = self.counted()
        return ({name for name, count in copies.items() if count != before[0].get(name, 0)},
                {reason for reason, count in drops.items() if count != before[1][reason]})

    def refused(self):
        """Reasons and MACs."""
        return [(record["reason"], record.get("mac")) for page in self.hub.telemetry.pages("/mcdpdk/refused")
                for record in page.values() if isinstance(record, dict)]

    def explain(self, sender, destination, source):
        return self.hub.telemetry.ask(f"/mcdpdk/explain,{sender},{destination},{source}")

    def check_member(self, name, destination):
        each = BY_NAME[name]
        source = each["address"] if each.get("encap", "l2") in ("l2", "udp") else SOURCE
        return self.check(name, destination, source, lambda: self.send_as(each, destination))

    def check_plain(self, sender, address, source_mac, destination):
        """A plain frame is explained by its sender's address or MAC."""
        return self.check(sender, destination, address,
                          lambda: self.send_plain(address, source_mac, destination))

    def check(self, sender, destination, source, send):
        """Explain, send, compare; return the explanation."""
        explained = self.explain(sender, destination, source)
        before = self.counted()
        send()
        await_condition(lambda: any(self.grown(before)), f"{sender} to {destination}, explained as {explained}")
        receivers, reasons = self.settled_growth(before)
        assert (explained["verdict"], explained["total"]) == (
            (*reasons, 0) if reasons else ("replicate", len(receivers))), (sender, destination, receivers, explained)
        shown = {explained[f"r{i}"]["member"] for i in range(min(explained["total"], 16))}
        assert shown <= receivers and len(shown) == min(explained["total"], 16)
        return explained

    def settled_growth(self, before):
        """Copies of one packet are counted in one turn of an lcore, but not at the same moment."""
        self.hub.settled()
        return self.grown(before)


@pytest.fixture(scope="module", name="node")
def fixture_node(cloud):
    return cloud.add_instance("source", "10.0.0.99")


@pytest.fixture(name="start")
def fixture_start(cloud, node):
    wire, started = Wire(node), []

    def start(arguments=(), **keys):
        started.append(cloud.start_hub(CONFIG | keys, arguments=arguments))
        return Explained(started[-1], wire, cloud.hub_node.mac)

    yield start
    wire.close()
    for hub in started:
        with hub:
            hub.stop()


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_every_member_to_every_kind_of_group(start, destination):
    """A packet is explained by the member's name and by its address: every encapsulation, role, `senders`, two members
    with one address, one instance with two addresses, segments with and without receivers, broadcast. The drop reason
    or the receivers are as explained."""
    bed = start()
    for name, each in BY_NAME.items():
        explained = bed.check_member(name, destination)
        # An address means the member that may send.
        known = "same-address" if name == "one-way" else explained["sender"]
        source = each["address"] if each.get("encap", "l2") in ("l2", "udp") else SOURCE
        assert bed.explain(each["address"], destination, source)["sender"] == known


@pytest.mark.parametrize("name, verdict", [("plain", "replicate"), ("mute", "sender_denied"),
                                           ("socket", "source_denied")])
def test_a_plain_frame_of_ipv6_is_known_by_its_mac(start, name, verdict):
    """As that of IPv4 is, whose address may be the member's too: an l2 member's is served or refused by its role. No
    plain frame of IPv6 is that of a udp receiver over IPv4."""
    bed, each = start(), BY_NAME[name]
    explained = bed.explain(name, "ff05::1", "fd00::1")
    assert (explained["verdict"], explained["sender"]) == (verdict, name)
    bed.wire.send(Ether(src=each["mac"], dst=bed.hub_mac) / IPv6(src="fd00::1", dst="ff05::1", hlim=9)
                  / UDP(sport=4000, dport=5000) / b"payload")
    if verdict == "replicate":
        await_condition(lambda: bed.hub.telemetry.ask("/mcdpdk/stats")["data_packets"] == 1, "it is replicated")
    else:
        await_condition(lambda: verdict in [reason for reason, _ in bed.refused()], f"{name} is refused as explained")


def test_an_address_that_sends_ipv6_is_that_of_a_plain_member(start):
    """As one that sends IPv4 is, if it has one; and a rule of admit without a tunnel admits."""
    bed = start(members=[member("plain", 104), *MEMBERS[3:]], groups=[{"group": "ff05::1", "members": ["keyless"]}],
                broadcast={"members": []})

    def verdict(address, group="ff05::1"):
        explained = bed.hub.telemetry.ask(f"/mcdpdk/explain,{address},{group}")
        return explained["sender"], explained["verdict"], explained["admits"]

    assert verdict(f"{NET}104") == ("plain", "replicate", 0)
    assert verdict(f"{NET}104", "239.1.1.1") == ("plain", "no_receiver", 0)
    assert verdict(ADMITTED) == (f"l2:{ADMITTED}", "replicate", 1)
    assert verdict(ALONE) == (f"l2:{ALONE}", "replicate", 1)


def test_a_group_of_one_host_is_malformed(start):
    """By the scope of its address, as the explanation says."""
    explained = start().explain("tunnel", "ff01::1", "fd00::1")
    assert explained["verdict"] == "malformed" and "scope" in explained["message"]


@pytest.mark.parametrize("keys", [{"ttl": "decrement"}, {"unknown_groups": "flood"}])
def test_top_level_keys_change_the_explanation(start, keys):
    """As above, with keys that change all cases; a TTL that decides is listed as not looked at."""
    bed = start(**keys)
    for destination in ("239.1.1.1", "239.9.9.9", "224.0.0.5", LIMITED):
        for name in ("plain", "tunnel", "segment", "lonely", "mute"):
            explained = bed.check_member(name, destination)
            assert any("TTL" in words for words in explained["not_looked_at"]) == ("ttl" in keys)


def test_a_mac_is_a_sender_as_it_is_in_the_data_path(start):
    """Frames with a foreign source address from the MAC of an l2 member are that member's. From the MAC of two l2
    members, of a tunnel or of the gateway they are `source_denied`."""
    bed = start()
    for number, sender in ((101, "plain"), (99, ""), (104, ""), (1, "")):
        for destination in ("239.1.1.1", "239.3.3.3"):
            explained = bed.check_plain(mac(number), "10.0.0.66", mac(number), destination)
            assert explained["sender"] == sender and bool(explained["message"]) == (not sender)
    assert bed.hub.telemetry.ask(f"/mcdpdk/explain,{mac(108).upper()},239.2.2.2")["sender"] == "two-addresses"


def test_unknown_senders_are_denied_or_admitted_as_explained(start):
    """One without a rule; one with a rule, explained as not yet a member before it sends, and again after; the only one
    that a prefix admits, and another without room."""
    bed = start()

    def check(address, destination="239.1.1.1"):
        return bed.check_plain(address, address, mac(77), destination)

    explained = check("10.0.0.66")
    assert (explained["verdict"], explained["sender"], explained["admits"]) == ("source_denied", "", 0)
    assert "10.0.0.66" in explained["message"] and "MAC" in explained["message"]
    # A refused packet still admits its sender.
    assert check(ADMITTED, "239.4.4.4")["verdict"] == "sender_denied"
    assert f"l2:{ADMITTED}" in bed.hub.telemetry.listing("members")
    other = ADMITTED.replace("200", "201")
    explained = check(other)
    assert (explained["verdict"], explained["sender"], explained["admits"]) == ("replicate", f"l2:{other}", 1)
    assert check(other)["admits"] == 0
    assert check(ALONE)["verdict"] == "replicate"
    explained = check(BESIDE)
    assert explained["verdict"] == "source_denied" and "no room" in explained["message"]


@pytest.mark.parametrize("port, absent", [
    ({}, [{"name": "absent", "address": "10.0.0.150"}, {"name": "gone", "address": "10.0.0.151", "encap": "gre"}]),
    ({"gateway": "10.0.0.152", "next_hop": "gateway"},
     [{"name": "absent", "address": "10.0.0.150", "encap": "gre"},
      {"name": "gone", "address": "10.5.0.1", "encap": "udp"}]),
])
def test_unresolved_receivers_are_counted(start, port, absent):
    """Packets go to members whose next hop answers no ARP, and to one such and one resolved member. The unresolved
    ones' copies are dropped and the other leaves."""
    groups = [{"group": "239.6.6.6", "members": ["absent", "gone"]},
              {"group": "239.7.7.7", "members": ["absent", "socket"]}]
    bed = start(members=[*absent, BY_NAME["socket"], BY_NAME["keyless"]], groups=groups, broadcast={"members": []},
                admit=[], ports=[{"address": f"{HUB_ADDRESS}/24"} | port])
    for destination, dropped in (("239.6.6.6", 2), ("239.7.7.7", 1)):
        explained = bed.explain("keyless", destination, SOURCE)
        assert (explained["verdict"], explained["total"], explained["unresolved"]) == ("replicate", 2, dropped)
        assert [explained[f"r{i}"]["next_hop_mac"] for i in range(2)].count("") == dropped
        before = bed.hub.drops()["copy_unresolved"], bed.hub.stats()["tx_data_packets"]
        bed.send_as(BY_NAME["keyless"], destination)
        await_condition(lambda: bed.hub.drops()["copy_unresolved"] == before[0] + dropped, f"{dropped} copies dropped")
        bed.hub.settled()
        assert bed.hub.stats()["tx_data_packets"] - before[1] == 2 - dropped


def test_no_l2_member_is_admitted_behind_a_gateway(start):
    """An l2 rule covers the subnets of two ports, one of which sends everything to its gateway. An instance in that
    subnet is refused as explained; one in the other becomes a member."""
    bed = start(arguments=["--vdev", "net_null0,no-rx=1"], members=[BY_NAME["plain"]], broadcast={"members": []},
                groups=[{"group": "239.1.1.1", "members": ["plain"]}],
                ports=[CONFIG["ports"][0] | {"next_hop": "gateway"}, {"address": "10.0.0.130/25"}],
                admit=[{"prefix": "10.0.0.0/24", "encap": ["l2"]}])
    explained = bed.check_plain("10.0.0.66", "10.0.0.66", mac(77), "239.1.1.1")
    assert (explained["verdict"], explained["admits"]) == ("source_denied", 0)
    assert "no way to it" in explained["message"]
    assert bed.explain(ADMITTED, "239.1.1.1", ADMITTED)["admits"] == 1
    explained = bed.check_plain(ADMITTED, ADMITTED, mac(78), "239.1.1.1")
    assert (explained["verdict"], explained["total"]) == ("replicate", 1)
    assert bed.hub.telemetry.listing("members") == ["plain", f"l2:{ADMITTED}"]


def test_a_misspelt_member_is_an_error(start):
    """A word that is no member's name is denied with the error that `member` gives."""
    bed = start()
    explained = bed.hub.telemetry.ask("/mcdpdk/explain,plian,239.1.1.1")
    assert (explained["verdict"], explained["total"]) == ("source_denied", 0)
    assert explained["error"] == "no such member: plian"
    assert explained["error"] == bed.hub.telemetry.ask("/mcdpdk/member,plian")["error"]


def test_an_address_of_this_network_is_nobodys(start):
    """0.0.0.0/8 has no hosts (RFC 1122 3.2.1.3); the hub keeps numbers of IPv6 addresses there, of which one is 1."""
    bed = start()
    for sender in ("0.0.0.1", "0.0.0.0", "0.255.255.255"):
        explained = bed.hub.telemetry.ask(f"/mcdpdk/explain,{sender},239.1.1.1")
        assert explained["verdict"] == "source_denied"
        assert explained["error"] == f"no such member: {sender}"


def test_what_is_no_group_stays_an_error(start):
    bed = start()
    for destination in ("10.0.0.101", "255.255.255.25", "255.255.255.2555", "239.0.0.0/8", "x"):
        assert set(bed.hub.telemetry.ask(f"/mcdpdk/explain,plain,{destination}")) == {"error"}


def test_every_explanation_lists_what_it_ignores(start):
    """In words that fit DPDK's strings."""
    bed = start()
    for sender in ("plain", "10.0.0.66", "plian"):
        words = bed.hub.telemetry.ask(f"/mcdpdk/explain,{sender},239.1.1.1")["not_looked_at"]
        assert any("key" in each and "VNI" in each for each in words)
        assert all(len(each) <= 127 for each in words) and not any("TTL" in each for each in words)
