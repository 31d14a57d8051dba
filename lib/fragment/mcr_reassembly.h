/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Reassembly of the datagrams that carry tunnel packets to the hub (RFC 791, 3.2; RFC 8200, 4.5)
 * with DPDK's ip_frag library. The number of datagrams, the fragments of each and the time are
 * bounded.
 *
 * Each fragment counts once: as MCR_STAT_RX_FRAGMENTS when its datagram completes, else as
 * MCR_DROP_REASSEMBLY. A table belongs to one lcore.
 */

#ifndef MCR_REASSEMBLY_H
#define MCR_REASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ip_frag.h>
#include <rte_mbuf.h>

#include <mcr_stats.h>

#define MCR_REASSEMBLY_FRAGMENTS RTE_LIBRTE_IP_FRAG_MAX_FRAG

/** Incomplete datagrams. Only `held` is public. */
struct mcr_reassembly {
	struct rte_ip_frag_tbl *table;
	struct rte_mempool *pool;
	struct mcr_stats *stats;
	uint32_t held; /**< fragments */
	struct rte_ip_frag_death_row given_up;
};

/**
 * @param datagrams The most incomplete ones; each holds up to MCR_REASSEMBLY_FRAGMENTS mbufs.
 * @param timeout In cycles of the clock of `now` below.
 * @param pool For datagrams that do not fit the buffer of their first fragment. Not owned.
 * @param stats Of the lcore that uses the table. Not owned.
 * @return NULL with rte_errno set.
 */
struct mcr_reassembly *
mcr_reassembly_create(uint32_t datagrams, uint64_t timeout, struct rte_mempool *pool,
	struct mcr_stats *stats, int node);

/** Free the table and the fragments that it holds, uncounted. NULL is ignored. */
void
mcr_reassembly_free(struct mcr_reassembly *reassembly);

/**
 * Add a fragment.
 * @param frame One unshared segment with an IPv4 header whose lengths and checksum are verified, or
 *   with an IPv6 header. The table takes ownership.
 * @param ip_offset Of that header, at most 127.
 * @return The completed datagram in one segment, owned by the caller: the bytes in front of its
 *   first fragment, the header of the unfragmented packet, with CE if any fragment has it. NULL:
 *   incomplete or dropped. CE on one fragment and Not-ECT on another drop it (RFC 3168, 5.3).
 */
struct rte_mbuf *
mcr_reassembly_take(struct mcr_reassembly *reassembly, struct rte_mbuf *frame, uint16_t ip_offset,
	uint64_t now);

/** Drop datagrams past their timeout. Call regularly while `held` > 0, also without traffic. */
void
mcr_reassembly_expire(struct mcr_reassembly *reassembly, uint64_t now);

#endif
