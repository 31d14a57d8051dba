/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The last senders of dropped packets by reason, so that an operator sees who causes the drops.
 *
 * Each lcore writes a table of constant size, only on its drop path: no lock, no allocation, one
 * set of MCR_REFUSED_WAYS places searched. Any thread may read it and never sees two senders mixed.
 *
 * A place is reused only after its sender was silent for a time that grows with its packets (0.1 s
 * after the first, 6 s for each more, 60.1 s at most). So a flood of random senders cannot evict
 * persistent ones and writes few places a second. A sender without a place is not recorded; the
 * drop counters include all.
 */

#ifndef MCR_REFUSED_H
#define MCR_REFUSED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "mcr_encap.h"
#include "mcr_stats.h"

/** An enum mcr_drop of received packets, or one of these, named in mcr_refused_name(). */
enum mcr_refused_reason {
	MCR_REFUSED_JOIN = MCR_DROP_FIRST_OF_COPIES, /**< a member's IGMP report is not followed */
	MCR_REFUSED_REASONS
};

#define MCR_REFUSED_WAYS 8
#define MCR_REFUSED_SETS 8

/** Private: of a sender, and behind them the two of its IPv6 address. */
#define MCR_REFUSED_SENDER_WORDS 4

#define MCR_REFUSED_PLACES (MCR_REFUSED_SETS * MCR_REFUSED_WAYS)

/** Identity of a sender: all fields count. It has no padding. */
struct mcr_refused_sender {
	uint32_t address;          /**< underlay, host byte order; 0: unknown, or of IPv6 */
	uint32_t key;              /**< GRE key or VNI; 0 where has_key is false */
	struct rte_ether_addr mac; /**< source of the frame; all zeros: not recorded */
	uint8_t encap;             /**< enum mcr_encap; MCR_ENCAP_COUNT: unknown */
	bool has_key;              /**< also of a VNI */
	/** Of IPv6, not a number: it may be another sender's by the time of the question. All
	 * zeros: none. */
	struct in6_addr ipv6;
};

struct mcr_refused_packet {
	uint32_t destination; /**< of the inner packet, host byte order; 0: unknown, or IPv6 */
	struct in6_addr ipv6_destination; /**< all zeros: none */
	uint16_t udp_port;                /**< of the tunnel, as in struct mcr_packet; 0: none */
	uint8_t detail; /**< more about the reason; of MCR_REFUSED_JOIN a rejection */
};

/** Private; refused.c explains the memory order. */
struct mcr_refused_place {
	uint64_t version; /**< odd while the sender changes */
	uint64_t sender[MCR_REFUSED_SENDER_WORDS];
	uint64_t count;
	uint64_t seen; /**< when, in ticks of the caller's clock */
	uint64_t last;
	uint64_t ipv6_destination[2];
	uint64_t expires; /**< ticks; the writer's own: from then on it may be given away */
};

/** The table of one lcore; empty when all but ticks_per_s is zero. */
struct mcr_refused {
	uint64_t ticks_per_s;
	struct mcr_refused_place at[MCR_REFUSED_REASONS][MCR_REFUSED_PLACES];
};

struct mcr_refused_record {
	unsigned int reason;
	struct mcr_refused_sender sender;
	struct mcr_refused_packet last;
	uint64_t count; /**< packets since the sender got its place */
	uint64_t seen;  /**< the last one, in ticks */
};

/** The telemetry name of a reason below MCR_REFUSED_REASONS. */
const char *
mcr_refused_name(unsigned int reason);

/**
 * Record a refused packet. Only the lcore that owns the table.
 * @param reason Below MCR_REFUSED_REASONS.
 * @param now In ticks; may go back only by the skew between cores.
 */
void
mcr_refused_note(struct mcr_refused *refused, unsigned int reason,
	const struct mcr_refused_sender *sender, const struct mcr_refused_packet *last,
	uint64_t now);

/**
 * Any thread: read all senders of one reason, in no order. Omits a place that keeps changing.
 * @param[out] records Room for MCR_REFUSED_PLACES. @return How many were written.
 */
uint32_t
mcr_refused_read(
	const struct mcr_refused *refused, unsigned int reason, struct mcr_refused_record *records);

/**
 * Merge the records of the same sender and reason from several tables: counts are added, of other
 * fields the latest wins. Sorts by reason, then by sender. @return How many remain.
 */
uint32_t
mcr_refused_merge(struct mcr_refused_record *records, uint32_t count);

#endif
