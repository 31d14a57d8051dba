/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Sums over the lcores' counters.
 */

#ifndef MCR_DATAPATH_COUNTERS_H
#define MCR_DATAPATH_COUNTERS_H

#include "datapath/worker.h"

void
mcr_counters_sum(const struct mcr_workers *workers, struct mcr_stats *sum);

/** Copies that an lcore has sent. */
uint64_t
mcr_counters_sent(const struct mcr_lcore *lcore);

/** The most copies that one TX lcore has sent by a port within a millisecond, see tx_window.h.
 * @param port Its index. */
uint64_t
mcr_counters_largest_burst(const struct mcr_workers *workers, uint16_t port);

/** Punted frames of a class that were dropped for a full ring or a limit. */
uint64_t
mcr_counters_punt_drops(const struct mcr_workers *workers, enum mcr_punt_class class);

/** Counts of a member since it got its id. Control lcore. */
struct mcr_member_counts
mcr_counters_of_member(const struct mcr_workers *workers, uint32_t member);

/** A member got its id: its counts start here. Control lcore. */
void
mcr_counters_start_member(struct mcr_workers *workers, uint32_t member);

/** All packets of a member on the lcores that last saw it send from this MAC. Falls when an lcore
 * sees another. */
uint64_t
mcr_counters_from_mac(
	const struct mcr_workers *workers, uint32_t member, const struct rte_ether_addr *mac);

struct mcr_group_counters
mcr_counters_of_group(const struct mcr_workers *workers, struct mcr_group_ref group);

#endif
