/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Replication: one inner packet and a list of receivers to one encapsulated copy for each.
 *
 * Three ways to make a copy, chosen by packet and port: write header and payload into one buffer;
 * or write the header into a small buffer of its own and chain the payload, shared by reference,
 * behind it, which needs a port that takes chains (RTE_ETH_TX_OFFLOAD_MULTI_SEGS); or, for the only
 * receiver of a packet, write the header in front of the packet itself. What is rewritten for a
 * receiver of `udp` is never shared.
 */

#ifndef MCR_REPLICATE_H
#define MCR_REPLICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <mcr_encap.h>
#include <mcr_group.h>
#include <mcr_stats.h>

#include "mcr_oversize.h"

/** How many copies are made at once, and sent at once. */
#define MCR_REPLICATE_BURST 32

/** Payload length that no packet reaches: every payload is copied, none is shared. */
#define MCR_REPLICATE_NEVER_SHARE UINT32_MAX

/** A payload is copied in pieces of so many bytes; see mcr_replicate.copy_pool. */
#define MCR_REPLICATE_CHUNK 64

/** What one lcore needs to replicate. Not shared between lcores. */
struct mcr_replicate {
	/** By member: the outer header, NULL while the next hop is not resolved. Published under
	 * RCU. */
	struct mcr_template *const *templates;
	/** Where copies come from; a buffer holds headroom and the longest payload, in whole pieces
	 * of MCR_REPLICATE_CHUNK or copying is slower. */
	struct rte_mempool *copy_pool;
	/** Where the headers of shared payloads come from; NULL when no port shares. */
	struct rte_mempool *header_pool;
	uint16_t port_count; /**< at most 32 */
	/** By port: inner length in bytes from which the payload is shared;
	 * MCR_REPLICATE_NEVER_SHARE: never. */
	uint32_t share_above[RTE_MAX_ETHPORTS];
	/** Bit of each port that takes buffers of copy_pool only
	 * (RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE): no packet leaves there in place. */
	uint32_t keeps_packets;
	/** Source of the Ethernet headers that packets get in a VXLAN segment. */
	struct rte_ether_addr segment_mac;
	/** Whether a copy over the path MTU is dropped, not cut. A reload may store it. */
	const bool *drops_oversize;
	uint8_t *scratch; /**< MCR_OVERSIZE_SCRATCH bytes */
	uint16_t *ids;    /**< by member: the ID of the last outer packet that was cut */
	uint16_t id_step; /**< from one ID to the next */
	struct mcr_stats *stats;
	struct mcr_member_counters *members; /**< by member */
};

/** Copies ready to be sent, and to whom each one goes. */
struct mcr_copies {
	uint16_t count; /**< those there are; a burst is appended to them */
	bool is_mixed;  /**< not all of them have the port and the length of the first; whoever
	                   takes them clears it */
	struct rte_mbuf *packets[MCR_REPLICATE_BURST];
	uint32_t members[MCR_REPLICATE_BURST];
	uint16_t ports[MCR_REPLICATE_BURST];   /**< unless they are mixed, only the first is set */
	uint32_t lengths[MCR_REPLICATE_BURST]; /**< likewise */
	uint16_t oversize_count;
	uint32_t oversize[MCR_REPLICATE_BURST]; /**< receivers whose copy is to be cut */
	uint16_t unshared_count;
	struct mcr_receiver unshared[MCR_REPLICATE_BURST]; /**< private */
};

/** The port that a copy leaves by. */
static inline uint16_t
mcr_copies_port(const struct mcr_copies *copies, uint16_t i)
{
	return copies->ports[copies->is_mixed ? i : 0];
}

/**
 * Make one copy of a packet for each receiver.
 *
 * Every receiver counts in MCR_STAT_COPIES. A receiver without a resolved next hop, one whose path
 * MTU is too small, and one for which no buffer is left gets no copy; each is counted by its
 * reason. Where copies over the MTU are to be cut, the receiver is listed in copies->oversize
 * instead, for mcr_oversize_start().
 *
 * @param replicate
 *   The context of the calling lcore.
 * @param original
 *   Not kept. Its packet stays the caller's, who frees it; copies hold references of their own.
 *   While copies of it are under way it must not be written to.
 * @param receivers
 *   Valid while the caller's RCU read section lasts; not kept.
 * @param count
 *   At most what is left of MCR_REPLICATE_BURST behind copies->count; 0 is allowed.
 * @param[in,out] copies
 *   The copies made are appended. The caller owns them. The list of oversize ones begins anew.
 *
 * Does not log, allocate from the heap or block.
 */
void
mcr_replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies);

/**
 * Make the copy of a packet that has one receiver of the packet itself.
 *
 * @param replicate, receiver
 *   As in mcr_replicate_burst().
 * @param original
 *   As there. Its packet is consumed when the return value is true.
 * @param[in,out] copies
 *   Has room for one.
 * @return
 *   Whether it was done, and counted. Otherwise nothing has happened: somebody else holds the
 *   packet, the receiver's port takes no buffers but copies, or there is no copy to be made;
 *   mcr_replicate_burst() sees to all of them.
 */
bool
mcr_replicate_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies);

#endif
