/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The outer IPv6 header of a received frame, whose addresses need not have numbers.
 */

#ifndef MCR_DATAPATH_OUTER_H
#define MCR_DATAPATH_OUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <mcr_ipv6.h>

static inline bool
mcr_outer_has_type(const struct rte_mbuf *frame, uint16_t offset, uint16_t type)
{
	return frame->data_len >= offset + sizeof(type) &&
	       mcr_read_be16(rte_pktmbuf_mtod_offset(frame, const uint8_t *, offset)) == type;
}

/** The IPv6 header behind the Ethernet header of a frame and its VLAN tag, if it has one.
 * @param frame Not trimmed. @return NULL: the frame is not of IPv6. */
static inline const uint8_t *
mcr_outer_ipv6(const struct rte_mbuf *frame)
{
	uint16_t type = offsetof(struct rte_ether_hdr, ether_type);

	if (mcr_outer_has_type(frame, type, RTE_ETHER_TYPE_VLAN))
		type += RTE_VLAN_HLEN;
	if (!mcr_outer_has_type(frame, type, RTE_ETHER_TYPE_IPV6) ||
		frame->data_len < type + sizeof(type) + MCR_IPV6_HEADER_LEN)
		return NULL;
	return rte_pktmbuf_mtod_offset(frame, const uint8_t *, type + sizeof(type));
}

/** Its source address. @return NULL: the frame is not of IPv6. */
static inline const uint8_t *
mcr_outer_ipv6_source(const struct rte_mbuf *frame)
{
	const uint8_t *ip = mcr_outer_ipv6(frame);

	return ip == NULL ? NULL : ip + MCR_IPV6_SOURCE;
}

#endif
