/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Replication: one encapsulated copy of a packet for each receiver.
 *
 * Packet and port choose how: copy the payload behind the header; or chain the payload, shared by
 * reference, behind a small header buffer, on ports with RTE_ETH_TX_OFFLOAD_MULTI_SEGS; or, for the
 * only receiver, write the header in front of the packet itself. `udp` rewrites the payload and so
 * never shares it.
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

/** The most copies made and sent at once. */
#define MCR_REPLICATE_BURST 32

/** Longer than any payload: every payload is copied. */
#define MCR_REPLICATE_NEVER_SHARE UINT32_MAX

/** Payloads are copied in pieces of this many bytes; see mcr_replicate.copy_pool. */
#define MCR_REPLICATE_CHUNK 64

/** The context of one lcore, which alone calls. */
struct mcr_replicate {
	/** By member; NULL: next hop unresolved. Published under RCU. */
	struct mcr_template *const *templates;
	/** Buffers with headroom and room for the longest payload; copying is slower unless that
	 * room is whole pieces of MCR_REPLICATE_CHUNK. */
	struct rte_mempool *copy_pool;
	/** For the headers of shared payloads; NULL when no port shares. */
	struct rte_mempool *header_pool;
	uint16_t port_count; /**< at most 32 */
	/** By port: share payloads of at least this many bytes, or MCR_REPLICATE_NEVER_SHARE. */
	uint32_t share_above[RTE_MAX_ETHPORTS];
	/** Bit of each port that sends only buffers of copy_pool
	 * (RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE): no packet leaves in place there. */
	uint32_t keeps_packets;
	/** Source MAC of new inner Ethernet headers. */
	struct rte_ether_addr segment_mac;
	/** Drop copies over the path MTU instead of fragmenting them. A reload may store it. */
	const bool *drops_oversize;
	uint8_t *scratch; /**< MCR_OVERSIZE_SCRATCH bytes */
	uint32_t *ids;    /**< by member: ID of the last fragmented outer packet; IPv4 has half */
	uint16_t id_step; /**< from one ID to the next */
	struct mcr_stats *stats;
	uint64_t *member_drops; /**< by member: copies that it did not get */
};

struct mcr_copies {
	uint16_t count; /**< a burst is appended */
	bool is_mixed;  /**< ports or lengths differ; the consumer clears it with count */
	struct rte_mbuf *packets[MCR_REPLICATE_BURST];
	uint32_t members[MCR_REPLICATE_BURST];
	/** Of ports and lengths, only the first is set unless is_mixed. */
	uint16_t ports[MCR_REPLICATE_BURST];
	uint32_t lengths[MCR_REPLICATE_BURST];
	uint16_t oversize_count;
	uint32_t oversize[MCR_REPLICATE_BURST]; /**< receivers of too large copies */
	uint16_t unshared_count;
	struct mcr_receiver unshared[MCR_REPLICATE_BURST]; /**< private */
};

static inline uint16_t
mcr_copies_port(const struct mcr_copies *copies, uint16_t i)
{
	return copies->ports[copies->is_mixed ? i : 0];
}

/**
 * Append one copy of a packet for each receiver.
 *
 * Every receiver counts in MCR_STAT_COPIES. A receiver gets no copy, counted by its reason, when
 * its next hop is unresolved, no buffer is left, or its path MTU is too small. Unless
 * drops_oversize is set, and of IPv6 always, the latter is listed in copies->oversize instead, for
 * mcr_oversize_start().
 * @param original Not kept. The caller frees its packet; copies hold their own references. Nobody
 *   may write to the packet while copies exist.
 * @param receivers Valid for the caller's RCU read section; not kept.
 * @param count 0 to MCR_REPLICATE_BURST - copies->count.
 * @param[in,out] copies The caller owns the copies. The oversize list restarts.
 */
void
mcr_replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies);

/**
 * Turn a packet with one receiver into its own copy, for which copies has room.
 * @return true: counted, and copies owns the packet. false: nothing changed, since the packet is
 *   shared, the port sends only buffers of copy_pool, or no copy can be made: call
 *   mcr_replicate_burst().
 */
bool
mcr_replicate_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies);

/**
 * Append one copy of a packet for another hub of the domain.
 *
 * Counts and drops like mcr_replicate_burst(), and shares the payload on the same terms. A packet
 * of a segment (original->vni) is sent as a frame, with its Ethernet header; for the IPv4 packet
 * alone, give MCR_VNI_NONE. A copy over the path MTU is dropped, or listed in copies->oversize for
 * mcr_oversize_start_link(): the outer packet is fragmented, whatever the inner DF says, since both
 * ends are hubs and the packet should arrive as it was sent. One that makes the outer packet longer
 * than 65535 bytes is dropped there.
 * @param link From mcr_link_describe(). Its original is as for mcr_replicate_burst(), but the
 *   entropy of that does not matter: the UDP source port is that of the record's lane.
 * @param receiver The peer: its template is MCR_ENCAP_LINK or MCR_ENCAP_LINK_UDP.
 * @param sequence Also that of mcr_oversize_start_link().
 * @param[in,out] copies Has room for one. The oversize list restarts.
 * @return Whether a copy with this sequence number leaves; else the next one may have the number,
 *   and no packet seems lost on the link.
 */
bool
mcr_replicate_link(const struct mcr_replicate *replicate, struct mcr_link_original *link,
	const struct mcr_receiver *receiver, uint32_t sequence, struct mcr_copies *copies);

/**
 * Append a frame of several packets for another hub, which the caller has counted.
 * @param template Of the peer.
 * @param frame Records and packets in one segment, from the first record on, with the headroom of a
 *   copy. Consumed.
 * @param[in,out] copies Has room for one.
 */
void
mcr_replicate_link_frame(const struct mcr_template *template, uint32_t member,
	struct rte_mbuf *frame, uint32_t sequence, uint8_t tos, struct mcr_copies *copies);

#endif
