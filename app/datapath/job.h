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

#include <rte_ip.h>
#include <rte_mbuf.h>

#include <mcr_group.h>
#include <mcr_member.h>

/**
 * How many jobs may wait for a TX lcore. A sleeping one is away for 250 us, in which 8 million
 * packets a second fill it; throughput was the same with 64 to 8192.
 */
#define MCR_JOB_RING_SIZE 2048

/** To whom a packet goes. */
enum mcr_job_kind {
	MCR_JOB_GROUP,           /**< to the receivers of its group */
	MCR_JOB_GROUP_BY_HOP,    /**< likewise, out of a segment that some are beyond: they get it
	                            with a TTL one less */
	MCR_JOB_GROUP_AND_FLOOD, /**< and to all of its segment; there may be no group */
	MCR_JOB_FLOOD,           /**< to all of its segment, as the frame that it is */
	MCR_JOB_FLOOD_UNICAST,   /**< likewise, for a station that nobody knows */
	MCR_JOB_MEMBER,          /**< to one member */
};

/** An accepted packet on its way to replication. Holds no pointer but the packet: it may wait. */
struct mcr_job {
	struct rte_mbuf *packet; /**< as in struct mcr_original */
	union {
		struct mcr_group_ref group;
		struct mcr_member_ref receiver; /**< of MCR_JOB_MEMBER */
	};
	uint32_t sender_address; /**< mcr_member_instance(); it gets no copy */
	uint32_t flow;           /**< hash of the flow */
	uint32_t sender;         /**< member id, for who has to know; may be another's by now */
	uint32_t vni;            /**< of the VXLAN segment that it came from; MCR_VNI_NONE */
	uint64_t received;       /**< when, in TSC cycles, if its delay is measured; else 0 */
	uint8_t kind;            /**< enum mcr_job_kind */
	uint8_t tos;             /**< of the packet */
	bool is_ipv4;
};

/** The TTL of a job whose packet is IPv4. */
static inline uint8_t
mcr_job_ttl(const struct mcr_job *job)
{
	return rte_pktmbuf_mtod(job->packet, const struct rte_ipv4_hdr *)->time_to_live;
}

#endif
