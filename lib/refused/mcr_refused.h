/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who was refused: the last senders of dropped packets, by reason, so that an operator sees who
 * stands behind a drop counter.
 *
 * Each lcore has a table of its own, of constant size, and writes it on its drop path alone: no
 * lock, no allocation, one set of MCR_REFUSED_WAYS places searched. Any thread may read it at any
 * time and never sees half of one sender and half of another.
 *
 * Floods of random senders: a place is given away only when its sender was silent for a time that
 * grows with how often it was seen (0.1 s after the first packet, 6 s for each one more, 60 s at
 * most). So a flood cannot push out senders that keep on trying, writes some places a second
 * instead of one a packet, and the busiest of those who are new get in first. Who finds no place is
 * not recorded; the drop counters have all.
 */

#ifndef MCR_REFUSED_H
#define MCR_REFUSED_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "mcr_encap.h"
#include "mcr_stats.h"

/**
 * Why somebody is refused: an enum mcr_drop of received packets, or one of these. What refuses
 * without a drop takes a line here and a name in mcr_refused_name().
 */
enum mcr_refused_reason {
	MCR_REFUSED_JOIN = MCR_DROP_FIRST_OF_COPIES, /**< a member's IGMP report is not followed */
	MCR_REFUSED_REASONS
};

#define MCR_REFUSED_WAYS 8
#define MCR_REFUSED_SETS 8

/** How many senders a table holds of one reason. */
#define MCR_REFUSED_PLACES (MCR_REFUSED_SETS * MCR_REFUSED_WAYS)

/** Who. Two that differ in a field are two senders. It has no padding. */
struct mcr_refused_sender {
	uint32_t address;          /**< underlay, host byte order; 0: unknown */
	uint32_t key;              /**< GRE key or VNI; 0 where has_key is false */
	struct rte_ether_addr mac; /**< source of the frame; all zeros: not recorded */
	uint8_t encap;             /**< enum mcr_encap; MCR_ENCAP_COUNT: unknown */
	bool has_key;              /**< also of a VNI */
};

/** What is kept of a sender's last packet. */
struct mcr_refused_packet {
	uint32_t destination; /**< of the inner packet, host byte order; 0: unknown */
	uint16_t udp_port;    /**< of the tunnel, as in struct mcr_packet; 0: none */
	uint8_t detail;       /**< more about the reason; of MCR_REFUSED_JOIN a rejection */
};

/** A place of the table; see refused.c for who writes and reads what in which order. */
struct mcr_refused_place {
	uint64_t version; /**< odd while the sender changes */
	uint64_t sender[2];
	uint64_t count; /**< 0: the place is empty */
	uint64_t seen;  /**< when, in ticks */
	uint64_t last;
	uint64_t expires; /**< in ticks; the writer's own: from then on it may be given away */
};

/** One lcore's table; all zeros but ticks_per_s is an empty one. */
struct mcr_refused {
	uint64_t ticks_per_s;
	struct mcr_refused_place at[MCR_REFUSED_REASONS][MCR_REFUSED_PLACES]; /**< set by set */
};

/** What a reader gets. */
struct mcr_refused_record {
	unsigned int reason;
	struct mcr_refused_sender sender;
	struct mcr_refused_packet last;
	uint64_t count; /**< packets since the sender has its place */
	uint64_t seen;  /**< the last one, in ticks */
};

/** The name of a reason, as in telemetry. @param reason Below MCR_REFUSED_REASONS. */
const char *
mcr_refused_name(unsigned int reason);

/**
 * Record a refused packet. Only the lcore that owns the table calls this.
 *
 * @param reason
 *   Below MCR_REFUSED_REASONS.
 * @param now
 *   In ticks; never less than before by more than clocks of cores differ.
 */
void
mcr_refused_note(struct mcr_refused *refused, unsigned int reason,
	const struct mcr_refused_sender *sender, const struct mcr_refused_packet *last,
	uint64_t now);

/**
 * Read all senders of one reason. Any thread may call it at any time. A place whose sender changes
 * at this moment again and again is left out.
 *
 * @param[out] records
 *   Room for MCR_REFUSED_PLACES.
 * @return
 *   How many were written, in no order.
 */
uint32_t
mcr_refused_read(
	const struct mcr_refused *refused, unsigned int reason, struct mcr_refused_record *records);

/**
 * Make one record of those of one sender and reason, which several lcores may have: counts are
 * added, of the rest the latest stays. Sorts by reason, then by sender.
 *
 * @param[in,out] records
 *   Read from one table or several.
 * @return
 *   How many remain.
 */
uint32_t
mcr_refused_merge(struct mcr_refused_record *records, uint32_t count);

#endif
