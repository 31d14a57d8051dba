/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "inner.h"

/* RFC 2890: the sequence number is the last option, so it lies in front of the records. */
static bool
accept_records(const struct frame *frame, const uint8_t *records, uint32_t len)
{
	struct mcr_packet *const packet = frame->packet;

	if (len < MCR_LINK_RECORD_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	packet->encap = packet->encap == MCR_ENCAP_GRE ? MCR_ENCAP_LINK : MCR_ENCAP_LINK_UDP;
	packet->drop = MCR_DROP_NONE;
	packet->sequence = mcr_read_be32(records - MCR_GRE_OPTION_LEN);
	packet->inner_offset = records - frame->bytes;
	packet->inner_len = len;
	return accept_as(frame, MCR_VERDICT_LINK);
}

/* With this protocol, but without key and sequence number, it is somebody else's experiment. */
bool
classify_link_gre(const struct frame *frame, const uint8_t *gre, uint32_t len, uint8_t outer_tos)
{
	const struct mcr_gre_info info = mcr_gre_parse(gre, len);

	if (frame->packet->drop != MCR_DROP_NOT_FOR_US || !frame->packet->has_key)
		return false;
	frame->packet->tos = outer_tos;
	RTE_ASSERT(info.header_len != 0 && info.has_key);
	if (info.protocol != MCR_GRE_LINK || (mcr_read_be16(gre) & MCR_GRE_SEQUENCE_PRESENT) == 0)
		return false;
	if (info.has_checksum && mcr_checksum(gre, len) != 0)
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	return accept_records(frame, gre + info.header_len, len - info.header_len);
}

bool
classify_link(const uint8_t *bytes, const uint8_t *ip, struct mcr_packet *packet)
{
	const struct frame frame = {.bytes = bytes, .packet = packet};
	const struct mcr_ipv4_info outer = mcr_ipv4_parse(ip, mcr_read_be16(ip + 2));
	const uint8_t *const payload = ip + outer.header_len;
	const uint32_t len = outer.total_len - outer.header_len;

	if (packet->drop != MCR_DROP_NOT_FOR_US || !packet->has_key)
		return false;
	if (outer.protocol != IPPROTO_UDP)
		return classify_link_gre(&frame, payload, len, outer.tos);
	return classify_link_gre(&frame, payload + MCR_UDP_HEADER_LEN,
		mcr_udp_parse(payload, len).total_len - MCR_UDP_HEADER_LEN, outer.tos);
}

/* IPv6 has no broadcast, whatever the flag says. */
static bool
is_broadcast(const struct mcr_packet *packet, const struct mcr_link_record *record)
{
	return (record->flags & MCR_LINK_BROADCAST) != 0 && packet->inner_len != 0 &&
	       (packet->verdict == MCR_VERDICT_UNICAST || packet->verdict == MCR_VERDICT_SEGMENT);
}

/* Messages to routers, to all of a subnet as well, are for the hub of their sender. */
static void
judge_verdict(const struct frame *frame, const struct mcr_link_record *record)
{
	const struct mcr_packet *const packet = frame->packet;
	const bool to_all = is_broadcast(packet, record);

	if (packet->verdict == MCR_VERDICT_PUNT || (to_all && packet->protocol == IPPROTO_IGMP))
		drop_frame(frame, MCR_DROP_NOT_FOR_US);
	else if (to_all)
		accept_broadcast(frame);
}

void
mcr_classify_link_packet(const struct mcr_classify_port *port, const uint8_t *bytes,
	const struct mcr_link_record *record, struct mcr_packet *packet)
{
	const struct frame frame = {.port = port, .bytes = bytes, .packet = packet};
	const uint8_t *const at = bytes + record->offset;
	const uint8_t outer_tos = packet->tos;
	bool is_accepted;

	RTE_ASSERT(packet->verdict == MCR_VERDICT_LINK && record->kind != MCR_LINK_HELLO);
	RTE_ASSERT(record->offset >= packet->inner_offset &&
		   record->offset + record->length <= packet->inner_offset + packet->inner_len);
	packet->inner_offset = 0;
	packet->inner_len = 0;
	packet->destination = 0;
	packet->tos = 0;
	if (record->kind == MCR_LINK_FRAME)
		is_accepted = classify_inner_frame(&frame, at, record->length, outer_tos);
	else if (record->length != 0 && mcr_ip_is_ipv6(at))
		is_accepted = classify_inner_ipv6(
			&frame, at, record->length, outer_tos, MCR_VERDICT_LOCAL_IPV6, false);
	else
		is_accepted = classify_inner_ip(
			&frame, at, record->length, outer_tos, MCR_VERDICT_UNICAST, false);
	if (is_accepted)
		judge_verdict(&frame, record);
}
