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
#include <mcr_link.h>

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

/** A packet for other hubs: what all its copies share. */
struct mcr_link_original {
	const struct mcr_original *original;
	uint32_t length; /**< of the prefix and the packet */
	bool is_summed;
	uint16_t sum; /**< of all behind the sequence number, if is_summed: once there is a copy
	                 that needs it */
	uint8_t prefix_len;
	uint8_t prefix[MCR_LINK_PREFIX_MAX]; /**< its end; the sequence number is each copy's */
};

/** The prefix, which the packet follows. */
static inline uint8_t *
mcr_link_prefix(struct mcr_link_original *link)
{
	return link->prefix + sizeof(link->prefix) - link->prefix_len;
}

/** The same for all packets of a lane. */
static inline uint16_t
mcr_link_original_entropy(struct mcr_link_original *link)
{
	return mcr_link_entropy(mcr_link_prefix_lane(mcr_link_prefix(link)));
}

/** @param record Its length is mcr_link_payload_len(). */
static inline void
mcr_link_describe(struct mcr_link_original *link, const struct mcr_original *original,
	const struct mcr_link_record *record)
{
	RTE_ASSERT(record->length == mcr_link_payload_len(original));
	link->original = original;
	link->prefix_len = mcr_link_prefix_len(record);
	link->length = link->prefix_len + record->length;
	link->is_summed = false;
	mcr_link_write_record(mcr_link_prefix(link) + MCR_GRE_OPTION_LEN, record);
}

#endif
