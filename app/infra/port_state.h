/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Whether a port is served, left for a reset, or gone.
 */

#ifndef MCR_INFRA_PORT_STATE_H
#define MCR_INFRA_PORT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "infra/log_pace.h"

enum mcr_port_state {
	MCR_PORT_SERVED,
	MCR_PORT_LEFT,      /**< lcores are leaving */
	MCR_PORT_RESETTING, /**< no lcore uses it; do not call its driver */
	MCR_PORT_GONE,
};

/** The control lcore's own. All zeros at first. */
struct mcr_port_reset {
	enum mcr_port_state state;
	bool is_quiet;  /**< the grace period is over */
	bool is_logged; /**< this one; of many in a row only some are */
	uint32_t count;
	uint32_t failures;
	int error;
	uint64_t due_ms;
	struct mcr_log_pace pace;
};

#endif
