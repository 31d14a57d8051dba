# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the drop reasons mean."""

REASONS = {
    "malformed": "lengths, versions, ECN or an IPv6 scope that cannot be",
    "not_for_us": "not addressed to the hub, or of a kind that it does not serve",
    "source_denied": "the sender is no member, or came with a wrong key, VNI or encapsulation",
    "sender_denied": "the member may not send, or not to this group",
    "no_receiver": "the group has no receiver except the sender",
    "ttl_expired": "arrived with TTL 1 while ttl is decrement",
    "bad_checksum": "IPv4 header, IGMP, MLD, ICMP, UDP or GRE checksum is wrong",
    "ring_full": "a TX lcore, or one that receives and copies, is behind",
    "rate_limited": "packets above a rate_limit, or control packets above their share",
    "loop": "the packet has passed this hub before",
    "reassembly": "fragments whose datagram never completed",
    "copy_oversize": "larger than the path MTU, and may not be fragmented",
    "copy_no_mbuf": "the packet pool was empty",
    "copy_tx_full": "the port's TX queue was full",
    "copy_unresolved": "no MAC address for the receiver yet",
    "copy_stale": "the receivers changed while the packet waited",
    "copy_shed": "beyond the port's allowance, and the group's priority was too low",
}
