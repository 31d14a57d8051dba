/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A port that stands still: frames arrive for it and it receives none, or it takes none of those it
 * is given. One that has nothing to do is not stalled, and one without a link is down.
 */

#ifndef MCR_INFRA_STALL_H
#define MCR_INFRA_STALL_H

#include <stdbool.h>
#include <stdint.h>

/** How many looks in a row, a second apart, have to find it so. */
#define MCR_STALL_LOOKS 2

/** What is seen of a port. Counters may start anew at any time, as when a device is reset. */
struct mcr_stall_look {
	bool has_link;
	uint64_t received;
	uint64_t missed;     /**< frames that arrived and were not received */
	uint64_t refused;    /**< frames that it did not take while it was stuck */
	uint64_t recoveries; /**< how often it took a frame after it was stuck */
};

/** A port since it started; all zeros at first. */
struct mcr_stall {
	struct mcr_stall_look last;
	bool has_last;
	uint8_t rx_looks, tx_looks;
	bool rx, tx;    /**< stalled now */
	uint64_t count; /**< how often it began, of either */
};

/** Take a look. */
void
mcr_stall_take(struct mcr_stall *stall, const struct mcr_stall_look *look);

#endif
