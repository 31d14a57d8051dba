/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The packet that is replicated. Include mcr_replicate.h.
 */

#ifndef MCR_ORIGINAL_H
#define MCR_ORIGINAL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <mcr_encap.h>

struct mcr_original {
	/**
	 * One mbuf segment whose data is the IP packet. From a segment, the inner Ethernet header
	 * lies in front of the data, which may be any Ethernet payload.
	 */
	struct rte_mbuf *packet;
	uint32_t vni;     /**< of that segment, or MCR_VNI_NONE */
	uint16_t entropy; /**< the flow's hash, for UDP source ports */
	uint8_t tos;      /**< DSCP and ECN of the outer headers */
	uint8_t version;  /**< 4 or 6; 0: not IP, and stays inside its segment */
};

/** Bytes of the packet on a link: with the Ethernet header when it is of a segment. */
static inline uint32_t
mcr_link_payload_len(const struct mcr_original *original)
{
	return original->packet->data_len + (original->vni != MCR_VNI_NONE ? RTE_ETHER_HDR_LEN : 0);
}

#endif
