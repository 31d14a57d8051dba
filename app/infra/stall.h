/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A stalled port: frames arrive and it receives none, or it takes none to send. An idle port is not
 * stalled, and one without a link is down.
 */

#ifndef MCR_INFRA_STALL_H
#define MCR_INFRA_STALL_H

#include <stdbool.h>
#include <stdint.h>

/** Consecutive looks, a second apart, that must find the stall. */
#define MCR_STALL_LOOKS 2

/** A look at a port. Counters may restart at any time, as after a reset. */
struct mcr_stall_look {
	bool has_link;
	uint64_t received;
	uint64_t missed;
	uint64_t refused;
	uint64_t recoveries;
};

/** All zeros at first. */
struct mcr_stall {
	struct mcr_stall_look last;
	bool has_last;
	uint8_t rx_looks, tx_looks;
	bool rx, tx;
	uint64_t count;
};

void
mcr_stall_take(struct mcr_stall *stall, const struct mcr_stall_look *look);

#endif
