/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The outer header of a received frame that nothing was cut off yet, for what its classification
 * does not tell: the address of a sender over IPv6 that has no number.
 */

#ifndef MCR_DATAPATH_OUTER_H
#define MCR_DATAPATH_OUTER_H

#include <rte_mbuf.h>

#include <mcr_address.h>
#include <mcr_encap.h>

/** The source of an outer IPv6 header, 16 bytes; NULL: it is another one. Reads the frame. */
static inline const uint8_t *
mcr_outer_ipv6_source(const struct rte_mbuf *frame)
{
	const uint8_t *at = rte_pktmbuf_mtod_offset(frame, const uint8_t *, RTE_ETHER_HDR_LEN);

	if (mcr_read_be16(at - sizeof(uint16_t)) == RTE_ETHER_TYPE_VLAN)
		at += RTE_VLAN_HLEN;
	if (mcr_read_be16(at - sizeof(uint16_t)) != RTE_ETHER_TYPE_IPV6 ||
		frame->data_len < at + MCR_IPV6_HEADER_LEN - rte_pktmbuf_mtod(frame, uint8_t *))
		return NULL;
	return at + MCR_IPV6_SOURCE;
}

#endif
