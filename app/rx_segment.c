/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_arp.h>

#include "rx_segment.h"
#include "rx_steps.h"

/** A frame that goes from station to station. */
struct bridged {
	const struct mcr_packet *packet;
	const struct mcr_member *sender;
	struct rte_mbuf *frame;
	struct rte_ether_hdr *ethernet;
};

static struct rte_ether_hdr *
ethernet_of(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	return rte_pktmbuf_mtod_offset(frame, struct rte_ether_hdr *, packet->frame_offset);
}

/* Not worth a packet: with a full ring the next frame of this station tells it again. */
static void
tell_sighting(struct mcr_hub *hub, uint32_t vni, const struct rte_ether_addr *mac, uint32_t sender)
{
	struct mcr_sighting sighting = {
		.member = mcr_member_refer(hub->members, sender),
		.vni = vni,
		.mac = *mac,
	};

	rte_ring_enqueue_elem(hub->sightings, &sighting, sizeof(sighting));
}

bool
mcr_rx_segment_note(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender)
{
	struct mcr_hub *hub = lcore->hub;
	const struct rte_ether_addr *source = &ethernet_of(frame, packet)->src_addr;

	if (unlikely(rte_is_same_ether_addr(source, mcr_segment_mac(hub))))
		return false;
	if (unlikely(mcr_segment_is_news(hub->segments, packet->key, source, sender)))
		tell_sighting(hub, packet->key, source, sender);
	return true;
}

/* RFC 826: a request for the hub's address in this segment. */
static bool
asks_for_hub(const struct bridged *bridged)
{
	const struct rte_arp_hdr *arp = (const struct rte_arp_hdr *)(bridged->ethernet + 1);
	const uint32_t hub = bridged->sender->hub_overlay.hub;

	return hub != 0 && bridged->ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP) &&
	       bridged->packet->frame_len >= RTE_ETHER_HDR_LEN + sizeof(*arp) &&
	       arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) &&
	       arp->arp_data.arp_tip == rte_cpu_to_be_32(hub);
}

static bool
is_ipv4(const struct bridged *bridged)
{
	return bridged->packet->inner_len != 0;
}

/* IPv4 to all of the subnet, or routed to the hub as to a gateway of groups. */
static bool
is_for_receivers(const struct bridged *bridged, bool to_hub)
{
	const uint32_t destination = bridged->packet->destination;

	if (!is_ipv4(bridged))
		return false;
	if (mcr_is_directed_broadcast(&bridged->sender->hub_overlay, destination))
		return to_hub || rte_is_broadcast_ether_addr(&bridged->ethernet->dst_addr);
	return to_hub && (mcr_ipv4_is_multicast(destination) || destination == MCR_IPV4_BROADCAST);
}

/* As its own host would have sent it: stations take it then. */
static void
readdress(const struct bridged *bridged)
{
	const struct rte_ether_addr source = bridged->ethernet->src_addr;

	mcr_vxlan_write_ethernet(
		(uint8_t *)(bridged->ethernet + 1), &source, bridged->packet->destination);
}

/* The payload stays as it is; the Ethernet header remains in front of it. */
static void
trim_to_payload(const struct bridged *bridged)
{
	const struct mcr_packet *packet = bridged->packet;
	const uint16_t offset = packet->frame_offset + RTE_ETHER_HDR_LEN;
	const uint16_t length =
		is_ipv4(bridged) ? packet->inner_len : packet->frame_len - RTE_ETHER_HDR_LEN;

	rte_pktmbuf_adj(bridged->frame, offset);
	rte_pktmbuf_trim(bridged->frame, bridged->frame->data_len - length);
	if (unlikely(packet->mark_ce))
		mcr_ip_mark_ce(rte_pktmbuf_mtod(bridged->frame, uint8_t *));
}

/* From station to station in one order, known or flooded. */
static uint32_t
hash_stations(const struct rte_ether_hdr *ethernet)
{
	uint64_t first;
	uint32_t rest;

	memcpy(&first, ethernet, sizeof(first));
	memcpy(&rest, (const uint8_t *)ethernet + sizeof(first), sizeof(rest));
	return rte_hash_crc_8byte(first, rte_hash_crc_4byte(rest, 0));
}

static void
bridge(struct mcr_lcore *lcore, const struct bridged *bridged)
{
	const struct mcr_hub *hub = lcore->hub;
	const bool is_unicast = rte_is_unicast_ether_addr(&bridged->ethernet->dst_addr);
	struct mcr_job job = {
		.packet = bridged->frame,
		.kind = is_unicast ? MCR_JOB_FLOOD_UNICAST : MCR_JOB_FLOOD,
		.sender_address = bridged->sender->identity.address,
		.flow = hash_stations(bridged->ethernet),
		.vni = bridged->packet->key,
		.tos = bridged->packet->tos,
		.is_ipv4 = is_ipv4(bridged),
	};
	uint32_t receiver = MCR_SEGMENT_NOBODY;

	if (is_unicast)
		receiver = mcr_segment_find(hub->segments, job.vni, &bridged->ethernet->dst_addr);
	if (receiver != MCR_SEGMENT_NOBODY) {
		job.kind = MCR_JOB_MEMBER;
		job.receiver = mcr_member_refer(hub->members, receiver);
	}
	trim_to_payload(bridged);
	hand_over(lcore, &job);
}

static void
pass_arp(struct mcr_lcore *lcore, const struct bridged *bridged, uint32_t sender)
{
	struct mcr_packet arp = *bridged->packet;

	arp.inner_offset = arp.frame_offset + RTE_ETHER_HDR_LEN;
	arp.inner_len = arp.frame_len - RTE_ETHER_HDR_LEN;
	pass_to_control(lcore, bridged->frame, &arp, MCR_CONTROL_ARP, sender);
}

/* To the hub's own MAC: an echo request, or nothing that it has an answer to. */
static void
receive_for_hub(struct mcr_lcore *lcore, const struct bridged *bridged, uint32_t sender)
{
	const uint32_t own = bridged->sender->hub_overlay.hub;

	if (is_ipv4(bridged) && own != 0 && bridged->packet->destination == own)
		pass_to_control(
			lcore, bridged->frame, bridged->packet, MCR_CONTROL_ICMP_ECHO, sender);
	else
		drop(lcore, bridged->frame, MCR_DROP_NOT_FOR_US);
}

void
mcr_rx_segment_frame(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct lookups *lookups)
{
	const struct mcr_members *members = lcore->hub->members;
	const uint32_t sender = find_sender(members, packet);
	const struct bridged bridged = {
		.packet = packet,
		.sender = mcr_member_get(members, sender),
		.frame = frame,
		.ethernet = ethernet_of(frame, packet),
	};
	bool to_hub;

	if (bridged.sender == NULL) {
		refuse_stranger(lcore, frame, packet);
		return;
	}
	if (!mcr_rx_segment_note(lcore, frame, packet, sender)) {
		drop(lcore, frame, MCR_DROP_LOOP);
		return;
	}
	to_hub = rte_is_same_ether_addr(&bridged.ethernet->dst_addr, mcr_segment_mac(lcore->hub));
	if (asks_for_hub(&bridged)) {
		pass_arp(lcore, &bridged, sender);
	} else if (is_for_receivers(&bridged, to_hub)) {
		readdress(&bridged);
		queue_lookup(lcore, frame, packet, sender, bridged.sender,
			!mcr_ipv4_is_multicast(packet->destination), lookups);
	} else if (to_hub) {
		receive_for_hub(lcore, &bridged, sender);
	} else if (!may_send(bridged.sender)) {
		drop(lcore, frame, MCR_DROP_SENDER_DENIED);
	} else {
		count_sender(lcore, sender);
		bridge(lcore, &bridged);
	}
}
