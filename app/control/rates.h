/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Rates of groups, senders and members: once a second the background reads the counters that the
 * data path keeps anyway. A kind that nobody has asked for in the last minute is not read.
 *
 * Telemetry runs in the background too, so it never sees half a pass. All functions: control lcore.
 */

#ifndef MCR_CONTROL_RATES_H
#define MCR_CONTROL_RATES_H

#include "control/context.h"

enum mcr_rate_kind {
	MCR_RATE_GROUP,  /**< what comes in for an entry: inner IP packets */
	MCR_RATE_SENDER, /**< what a member sends: inner packets */
	MCR_RATE_MEMBER, /**< what a member receives: frames */
	MCR_RATE_KINDS,
};

/** Mean values between the last two samples, rounded up: 0 means nothing. */
struct mcr_rate {
	uint32_t id; /**< of the entry or member */
	uint32_t pps;
	uint32_t peak_pps; /**< the highest since the rates are kept */
	uint64_t bps;      /**< bits a second */
};

/** The samples behind the rates of a kind. */
struct mcr_rate_times {
	uint64_t since_ms; /**< how long ago the first was taken */
	uint64_t age_ms;   /**< and the last */
};

/** @param group_ids Group ids are below. @return NULL: no memory. */
struct mcr_rates *
mcr_rates_create(uint32_t group_ids, uint32_t max_members);

/** NULL is allowed. */
void
mcr_rates_free(struct mcr_rates *rates);

/** Take the samples that are due. */
void
mcr_rates_run(struct mcr_controller *control);

/** Keep the rates of a kind for another minute. @return Whether they are known: there are two
 * samples. */
bool
mcr_rates_ask(struct mcr_controller *control, enum mcr_rate_kind kind);

/** How many have sent or received something since the rates are kept; 0 as long as they are not
 * known. */
uint32_t
mcr_rates_count(const struct mcr_controller *control, enum mcr_rate_kind kind);

/**
 * A rate by its place, from 0, the highest pps first, then by id. Places stay as they are until the
 * next sample.
 * @return False: the entry or member is gone.
 */
bool
mcr_rates_get(const struct mcr_controller *control, enum mcr_rate_kind kind, uint32_t place,
	struct mcr_rate *rate);

struct mcr_rate_times
mcr_rates_times(const struct mcr_controller *control, enum mcr_rate_kind kind);

/** A page of the list was read. @param more Others follow: if they follow soon, the next sample
 * waits for them. */
void
mcr_rates_note_page(struct mcr_controller *control, enum mcr_rate_kind kind, bool more);

#endif
