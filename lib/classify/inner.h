/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Private: what lies inside a tunnel, an IPv4 packet or an Ethernet frame. In a header, since
 * mcr_classify_frame() is compiled as one function.
 */

#ifndef MCR_CLASSIFY_INNER_H
#define MCR_CLASSIFY_INNER_H

#include <netinet/in.h>

#include "judge.h"

#define VLAN_TAG_LEN 4
#define VLAN_ID_MASK 0xfff
#define FIRST_HOST MCR_IPV4(1, 0, 0, 0)
#define FIRST_GROUP MCR_IPV4(224, 0, 0, 0)

/* Functions below return whether the frame is accepted so far; else packet->drop is set. */
struct frame {
	const struct mcr_classify_port *port;
	const uint8_t *bytes;
	struct mcr_packet *packet;
};

static inline bool
drop_frame(const struct frame *frame, enum mcr_drop reason)
{
	RTE_ASSERT(reason < MCR_DROP_FIRST_OF_COPIES);
	frame->packet->verdict = MCR_VERDICT_DROP;
	frame->packet->drop = reason;
	return false;
}

static inline bool
accept_as(const struct frame *frame, enum mcr_verdict verdict)
{
	RTE_ASSERT(verdict != MCR_VERDICT_DROP && verdict <= MCR_VERDICT_LOCAL_IPV6);
	frame->packet->verdict = verdict;
	return true;
}

static inline bool
accept_broadcast(const struct frame *frame)
{
	frame->packet->broadcast = true;
	return accept_as(frame, MCR_VERDICT_DATA);
}

/* RFC 1122 3.2.1.3: neither is a valid source. One comparison excludes most addresses. */
static inline bool
is_group_or_broadcast(uint32_t address)
{
	return unlikely(address >= FIRST_GROUP) &&
	       (mcr_ipv4_is_multicast(address) || address == MCR_IPV4_BROADCAST);
}

static inline void
set_inner(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	struct mcr_packet *const packet = frame->packet;

	RTE_ASSERT(ip - frame->bytes >= RTE_ETHER_HDR_LEN && info->header_len != 0);
	packet->inner_offset = ip - frame->bytes;
	packet->inner_len = info->total_len;
	packet->source = info->source;
	packet->destination = info->destination;
	packet->tos = info->tos;
	packet->ttl = info->ttl;
	packet->protocol = info->protocol;
}

/* RFC 6040 4.2: drop CE over Not-ECT, which the receiver cannot see; copy CE over ECT inwards. */
static inline bool
apply_outer_ecn(const struct frame *frame, uint8_t outer_tos)
{
	struct mcr_packet *const packet = frame->packet;

	if ((outer_tos & MCR_ECN_MASK) != MCR_ECN_CE)
		return true;
	if ((packet->tos & MCR_ECN_MASK) == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	packet->mark_ce = (packet->tos & MCR_ECN_MASK) != MCR_ECN_CE;
	packet->tos |= MCR_ECN_CE;
	return true;
}

static inline bool
follow_judgement(const struct frame *frame, struct judgement judgement)
{
	RTE_ASSERT(judgement.verdict != MCR_VERDICT_DATA);
	if (judgement.verdict == MCR_VERDICT_DROP)
		return drop_frame(frame, judgement.drop);
	frame->packet->punt = judgement.punt;
	return accept_as(frame, judgement.verdict);
}

/* Unicast IGMP is classified like other unicast; see mcr_classify_for_hub(). */
static inline bool
is_unicast_igmp(const struct mcr_ipv4_info *info)
{
	return info->protocol == IPPROTO_IGMP && !mcr_ipv4_is_multicast(info->destination) &&
	       info->destination != MCR_IPV4_BROADCAST;
}

/*
 * Classify by addresses; @p otherwise: the verdict of unicast. ICMP and IGMP have the lowest
 * protocol numbers, so one comparison separates them from data.
 */
static inline bool
classify_destination(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info,
	enum mcr_verdict otherwise)
{
	if (unlikely(info->protocol <= IPPROTO_IGMP) && !is_unicast_igmp(info)) {
		const struct judgement judgement =
			judge_message(ip, otherwise == MCR_VERDICT_SEGMENT);

		if (judgement.verdict != MCR_VERDICT_DATA)
			return follow_judgement(frame, judgement);
	}
	if (mcr_ipv4_is_multicast(info->destination))
		return accept_as(frame, MCR_VERDICT_DATA);
	if (info->destination == MCR_IPV4_BROADCAST)
		return accept_broadcast(frame);
	return accept_as(frame, otherwise);
}

/* Inside a tunnel or a tunnelled frame. A frame to one station is not classified further. */
static inline bool
classify_inner_ip(const struct frame *frame, const uint8_t *ip, uint32_t len, uint8_t outer_tos,
	enum mcr_verdict otherwise, bool to_station)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, len);

	if (info.header_len == 0 || is_group_or_broadcast(info.source))
		return drop_frame(frame, MCR_DROP_MALFORMED);
	set_inner(frame, ip, &info);
	if (!apply_outer_ecn(frame, outer_tos))
		return false;
	if (unlikely(to_station))
		accept_as(frame, otherwise);
	else if (!classify_destination(frame, ip, &info, otherwise))
		return false;
	if (!mcr_ipv4_checksum_is_right(ip, info.header_len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	return true;
}

/**
 * IPv6 inside a tunnel or a tunnelled frame. Few parameters and not inline, so that IPv4 keeps its
 * registers.
 * @param[in,out] packet Its verdict is that of what leaves no link, SEGMENT or LOCAL_IPV6; its tos
 *   is the outer header's.
 * @param to_station In a frame to one station, which is not classified further.
 */
bool
classify_ipv6(const uint8_t *bytes, const uint8_t *ip, uint32_t len, struct mcr_packet *packet,
	bool to_station);

static inline bool
classify_inner_ipv6(const struct frame *frame, const uint8_t *ip, uint32_t len, uint8_t outer_tos,
	enum mcr_verdict local, bool to_station)
{
	frame->packet->verdict = local;
	frame->packet->tos = outer_tos;
	return classify_ipv6(frame->bytes, ip, len, frame->packet, to_station);
}

/* IEEE 802.3 3.2.3: neither a group nor all zeros. Behind another record it may be at an odd
 * address, which DPDK's type forbids. */
static inline bool
is_station(const uint8_t *mac)
{
	struct rte_ether_addr station;

	memcpy(&station, mac, sizeof(station));
	return rte_is_valid_assigned_ether_addr(&station);
}

static inline bool
classify_inner_payload(const struct frame *frame, const uint8_t *inner, uint16_t type,
	const uint8_t *payload, uint32_t len, uint8_t outer_tos)
{
	const bool to_station = (inner[0] & RTE_ETHER_GROUP_ADDR) == 0;

	if (likely(type == RTE_ETHER_TYPE_IPV4))
		return classify_inner_ip(
			frame, payload, len, outer_tos, MCR_VERDICT_SEGMENT, to_station);
	if (type == RTE_ETHER_TYPE_IPV6)
		return classify_inner_ipv6(
			frame, payload, len, outer_tos, MCR_VERDICT_SEGMENT, to_station);
	return accept_as(frame, MCR_VERDICT_SEGMENT);
}

/* IEEE 802.1Q: a tag with VLAN 0 carries only a priority and is removed. */
static inline bool
classify_tagged_frame(
	const struct frame *frame, const uint8_t *inner, uint32_t len, uint8_t outer_tos)
{
	const uint8_t *const tag = inner + RTE_ETHER_HDR_LEN, *const payload = tag + VLAN_TAG_LEN;

	RTE_ASSERT(frame->packet->frame_len == len);
	if (len < RTE_ETHER_HDR_LEN + VLAN_TAG_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if ((mcr_read_be16(tag) & VLAN_ID_MASK) != 0)
		return accept_as(frame, MCR_VERDICT_SEGMENT);
	frame->packet->has_priority_tag = true;
	frame->packet->frame_offset += VLAN_TAG_LEN;
	frame->packet->frame_len -= VLAN_TAG_LEN;
	return classify_inner_payload(frame, inner, mcr_read_be16(payload - sizeof(uint16_t)),
		payload, len - RTE_ETHER_HDR_LEN - VLAN_TAG_LEN, outer_tos);
}

static inline bool
classify_inner_frame(
	const struct frame *frame, const uint8_t *inner, uint32_t len, uint8_t outer_tos)
{
	uint16_t type;

	if (len < RTE_ETHER_HDR_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	frame->packet->frame_offset = inner - frame->bytes;
	frame->packet->frame_len = len;
	if (!is_station(inner + RTE_ETHER_ADDR_LEN))
		return drop_frame(frame, MCR_DROP_MALFORMED);
	type = mcr_read_be16(inner + 2 * RTE_ETHER_ADDR_LEN);
	if (unlikely(type == RTE_ETHER_TYPE_VLAN))
		return classify_tagged_frame(frame, inner, len, outer_tos);
	return classify_inner_payload(
		frame, inner, type, inner + RTE_ETHER_HDR_LEN, len - RTE_ETHER_HDR_LEN, outer_tos);
}

/**
 * Look for a frame of a link in a packet to the hub that was dropped. Members pay nothing: it is
 * not inline.
 * @param ip The outer packet, which is parsed and no fragment.
 * @return Whether it is one: the verdict is LINK. Else the packet stays dropped.
 */
bool
classify_link(const uint8_t *bytes, const uint8_t *ip, struct mcr_packet *packet);

/** Likewise from the GRE header on that classify_gre() refused. */
bool
classify_link_gre(const struct frame *frame, const uint8_t *gre, uint32_t len, uint8_t outer_tos);

#endif
