/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Reassembly of the IPv4 datagrams that carry a tunnel's packets to the hub (RFC 791, 3.2), on
 * DPDK's ip_frag library: bounded in datagrams, in fragments of one (RTE_LIBRTE_IP_FRAG_MAX_FRAG)
 * and in time.
 *
 * A fragment counts in the end once: as MCR_STAT_RX_FRAGMENTS when its datagram completes, as
 * MCR_DROP_REASSEMBLY when it is given up. One table belongs to one lcore.
 */

#ifndef MCR_REASSEMBLY_H
#define MCR_REASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ip_frag.h>
#include <rte_mbuf.h>

#include <mcr_stats.h>

/** How many fragments a datagram may have. */
#define MCR_REASSEMBLY_FRAGMENTS RTE_LIBRTE_IP_FRAG_MAX_FRAG

/** Datagrams that wait for fragments. Users look at `held` alone. */
struct mcr_reassembly {
	struct rte_ip_frag_tbl *table;
	struct rte_mempool *pool;
	struct mcr_stats *stats;
	uint32_t held; /**< fragments */
	struct rte_ip_frag_death_row given_up;
};

/**
 * @param datagrams
 *   How many may wait at the same time; they hold up to MCR_REASSEMBLY_FRAGMENTS mbufs each.
 * @param timeout
 *   How long one waits for its last fragment, in cycles of the clock that is given to the others.
 * @param pool
 *   For datagrams that do not fit the buffer of their first fragment. Not owned.
 * @param stats
 *   Of the lcore that will use it. Not owned.
 * @param node
 *   NUMA node.
 * @return
 *   NULL with rte_errno set.
 */
struct mcr_reassembly *
mcr_reassembly_create(uint32_t datagrams, uint64_t timeout, struct rte_mempool *pool,
	struct mcr_stats *stats, int node);

/** Free it with all fragments that it holds, uncounted. NULL does nothing. */
void
mcr_reassembly_free(struct mcr_reassembly *reassembly);

/**
 * Take a fragment.
 *
 * @param frame
 *   One segment that is nobody else's: what stands before the IPv4 header, the header, whose
 *   lengths and checksum were found right, the payload, padding. Its owner is the table from now
 *   on.
 * @param ip_offset
 *   Of the IPv4 header, at most 127.
 * @param now
 *   In cycles.
 * @return
 *   The datagram that it completes, in one segment, behind what stood before the header of its
 *   first fragment; the header is that of a packet that never was cut, but has CE if
 *   any fragment had. Its owner is the caller. NULL: not complete, or given up, as is a datagram
 *   with CE on one fragment and Not-ECT on another (RFC 3168, 5.3).
 */
struct rte_mbuf *
mcr_reassembly_take(struct mcr_reassembly *reassembly, struct rte_mbuf *frame, uint16_t ip_offset,
	uint64_t now);

/**
 * Give up what has waited too long. To be called now and then while fragments are held, also when
 * nothing arrives.
 */
void
mcr_reassembly_expire(struct mcr_reassembly *reassembly, uint64_t now);

#endif
