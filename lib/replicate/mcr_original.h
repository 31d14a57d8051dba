/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What is replicated. Part of mcr_replicate.h, which is what users include.
 */

#ifndef MCR_ORIGINAL_H
#define MCR_ORIGINAL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

/** A packet, and what the headers of its copies depend on. */
struct mcr_original {
	/**
	 * In one segment, its data from the first byte of the IPv4 header to the last of the
	 * payload. Out of a VXLAN segment: with the inner Ethernet header, unbroken, in front of
	 * the data; for copies inside that segment it may be any payload of Ethernet.
	 */
	struct rte_mbuf *packet;
	uint32_t vni;     /**< of that segment; MCR_VNI_NONE: out of none */
	uint16_t entropy; /**< the flow's hash, for the UDP source port of those who have one */
	uint8_t tos;      /**< what the outer headers take over: DSCP and ECN */
	bool is_ipv4;     /**< false: only inside its segment, where it cannot be cut itself */
};

#endif
