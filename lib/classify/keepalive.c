/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "mcr_classify.h"

#define GRE_KEEPALIVE 0 /* in place of the EtherType */

static void
drop_keepalive(struct mcr_packet *packet, enum mcr_drop reason)
{
	packet->verdict = MCR_VERDICT_DROP;
	packet->drop = reason;
}

static void
judge_gre(const uint8_t *gre, uint32_t len, struct mcr_packet *packet)
{
	const struct mcr_gre_info info = mcr_gre_parse(gre, len);

	if (info.header_len == 0) {
		drop_keepalive(packet, MCR_DROP_MALFORMED);
	} else if (info.protocol != GRE_KEEPALIVE) {
		return;
	} else if (info.has_checksum && mcr_checksum(gre, len) != 0) {
		drop_keepalive(packet, MCR_DROP_BAD_CHECKSUM);
	} else {
		packet->verdict = MCR_VERDICT_PUNT;
		packet->punt = MCR_PUNT_KEEPALIVE;
	}
}

/*
 * A router keeps its tunnel down until a packet that it sent through the tunnel to itself (from the
 * hub's address to its own) comes back. The hub returns it only to its sender.
 */
void
mcr_classify_keepalive(
	const struct mcr_classify_port *port, const uint8_t *bytes, struct mcr_packet *packet)
{
	const uint8_t *const ip = bytes + packet->inner_offset;
	struct mcr_ipv4_info info;

	RTE_ASSERT(packet->verdict == MCR_VERDICT_UNICAST && packet->inner_len != 0);
	if (packet->protocol != IPPROTO_GRE || packet->source != port->address ||
		packet->destination != packet->outer_source)
		return;
	info = mcr_ipv4_parse(ip, packet->inner_len);
	RTE_ASSERT(info.header_len != 0);
	if (!mcr_ipv4_is_fragment(&info))
		judge_gre(ip + info.header_len, info.total_len - info.header_len, packet);
}
