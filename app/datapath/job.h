/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A packet on its way from an RX lcore to the TX lcore that replicates it.
 */

#ifndef MCR_DATAPATH_JOB_H
#define MCR_DATAPATH_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_debug.h>
#include <rte_mbuf.h>

#include <mcr_encap.h>
#include <mcr_group.h>
#include <mcr_member.h>

/** How many jobs may wait for a TX lcore: 8 million packets/s fill it in the 250 us that an lcore
 * sleeps. Throughput was the same with 64 to 8192. */
#define MCR_JOB_RING_SIZE 2048

enum mcr_job_kind {
	MCR_JOB_GROUP,
	MCR_JOB_GROUP_BY_HOP,    /**< likewise; copies that leave the segment get TTL - 1 */
	MCR_JOB_GROUP_AND_FLOOD, /**< to its group, if it has one, and to all of its segment */
	MCR_JOB_FLOOD,           /**< the frame as it is to all of its segment */
	MCR_JOB_FLOOD_UNICAST,   /**< likewise, since its station is unknown */
	MCR_JOB_MEMBER,
	MCR_JOB_SHARD, /**< another TX lcore's part of a packet to a group, see tx_shard.h */
};

/** Beside the kind: another hub of the domain sent it, so it goes to none. */
#define MCR_JOB_FROM_PEER 0x80
/** Likewise: the packet has tag 1, see fib/placement.h. Of what a peer sent, and of shards; TX
 * decides about all others. */
#define MCR_JOB_TAG 0x40

/** A job may wait, so it holds no pointer but its packet. */
struct mcr_job {
	struct rte_mbuf *packet; /**< as in struct mcr_original */
	union {
		struct mcr_group_ref group;
		struct mcr_member_ref receiver; /**< of MCR_JOB_MEMBER */
	};
	uint32_t sender_address; /**< mcr_member_instance(); gets no copy */
	uint32_t flow;
	union {
		uint32_t sender; /**< member id, to report a refusal; may be reused by now */
		uint32_t number; /**< of MCR_JOB_SHARD: counts what its TX lcore has split */
	};
	uint32_t vni; /**< segment whose Ethernet header is in the headroom, or NONE */
	uint8_t kind; /**< enum mcr_job_kind; of a hub in a domain with the bits above */
	uint8_t tos;
	uint8_t version;   /**< of IP, 4 or 6; 0: another frame of a segment */
	uint8_t from;      /**< of MCR_JOB_SHARD: TX queue of the lcore that split the packet */
	uint64_t received; /**< TSC when it came, if its delay is measured; else 0 */
};

static inline enum mcr_job_kind
mcr_job_kind(const struct mcr_job *job)
{
	return (enum mcr_job_kind)(job->kind & ~(MCR_JOB_FROM_PEER | MCR_JOB_TAG));
}

static inline bool
mcr_job_is_from_peer(const struct mcr_job *job)
{
	return (job->kind & MCR_JOB_FROM_PEER) != 0;
}

static inline uint8_t
mcr_job_tag(const struct mcr_job *job)
{
	return (job->kind & MCR_JOB_TAG) != 0;
}

static inline uint8_t
mcr_job_ttl(const struct mcr_job *job)
{
	RTE_ASSERT(job->version != 0);
	return mcr_ip_ttl(rte_pktmbuf_mtod(job->packet, const uint8_t *));
}

#endif
