/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Private: tunnels to the hub behind an outer header of either family. In a header, since
 * mcr_classify_frame() is compiled as one function.
 */

#ifndef MCR_CLASSIFY_TUNNEL_H
#define MCR_CLASSIFY_TUNNEL_H

#include "inner.h"

static inline bool
accept_punt(const struct frame *frame, enum mcr_punt_kind punt)
{
	RTE_ASSERT(punt <= MCR_PUNT_ND);
	frame->packet->punt = punt;
	return accept_as(frame, MCR_VERDICT_PUNT);
}

static inline bool
is_own_mac(const struct frame *frame)
{
	return memcmp(frame->bytes, &frame->port->mac, RTE_ETHER_ADDR_LEN) == 0;
}

static inline bool
checksum_is_right(const uint8_t *at, uint32_t len)
{
	return mcr_checksum(at, len) == 0;
}

static inline bool
classify_gre_payload(const struct frame *frame, const struct mcr_gre_info *info,
	const uint8_t *payload, uint32_t len, uint8_t outer_tos)
{
	if (likely(info->protocol == RTE_ETHER_TYPE_IPV4))
		return classify_inner_ip(
			frame, payload, len, outer_tos, MCR_VERDICT_UNICAST, false);
	if (info->protocol == RTE_ETHER_TYPE_IPV6)
		return classify_inner_ipv6(
			frame, payload, len, outer_tos, MCR_VERDICT_LOCAL_IPV6, false);
	if (info->protocol != MCR_GRE_ETHERNET)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	/* Also in UDP: no member is declared with that, so the sender stays unknown. */
	frame->packet->encap = MCR_ENCAP_GRETAP;
	return classify_inner_frame(frame, payload, len, outer_tos);
}

static inline bool
classify_gre(const struct frame *frame, const uint8_t *gre, uint32_t len, uint8_t outer_tos)
{
	const struct mcr_gre_info info = mcr_gre_parse(gre, len);

	if (info.header_len == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (info.has_key) {
		frame->packet->has_key = true;
		frame->packet->key = info.key;
	}
	if (!classify_gre_payload(
		    frame, &info, gre + info.header_len, len - info.header_len, outer_tos))
		return false;
	if (info.has_checksum && !checksum_is_right(gre, len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	return true;
}

static inline bool
classify_vxlan(const struct frame *frame, const uint8_t *vxlan, uint32_t len, uint8_t outer_tos)
{
	const struct mcr_vxlan_info info = mcr_vxlan_parse(vxlan, len);

	if (info.header_len == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	frame->packet->key = info.vni;
	return classify_inner_frame(
		frame, vxlan + info.header_len, len - info.header_len, outer_tos);
}

static inline enum mcr_encap
encap_of_port(const struct mcr_classify_port *port, uint16_t udp_port)
{
	RTE_ASSERT(port->udp_encaps != NULL);
	return __atomic_load_n(&port->udp_encaps[udp_port], __ATOMIC_RELAXED);
}

/**
 * A plain frame of IPv6. Not inline, so that IPv4 keeps its registers.
 * @param ip Behind the Ethernet header and a priority tag.
 */
void
classify_outer_ipv6(const struct mcr_classify_port *port, const uint8_t *bytes, const uint8_t *ip,
	uint32_t len, struct mcr_packet *packet);

#endif
