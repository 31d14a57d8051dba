/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Ports whose device has to be reset, or was removed.
 *
 * The lcores leave the port first; when a grace period is over none of them is in its driver any
 * more. Then the control lcore resets the device, sets it up as at the start, and lets the lcores
 * back. A reset that fails is tried again. A removed device is left alone until the program ends.
 * Meanwhile what the port should send is dropped (copy_tx_full), and the other ports are served.
 */

#ifndef MCR_APP_PORT_RESET_H
#define MCR_APP_PORT_RESET_H

#include <stdbool.h>
#include <stdint.h>

#include "log_pace.h"

struct mcr_controller;
struct mcr_port;

/** The first pause after a reset that failed, and the longest; each is twice the one before. */
#define MCR_PORT_RESET_RETRY_MS UINT32_C(100)
#define MCR_PORT_RESET_RETRY_MAX_MS UINT32_C(10000)

enum mcr_port_state {
	MCR_PORT_SERVED,
	MCR_PORT_LEFT,      /**< the lcores leave it */
	MCR_PORT_RESETTING, /**< no lcore is there, the device is not to be asked */
	MCR_PORT_GONE,
};

/** Of one port; the control lcore's own. All zeros at first. */
struct mcr_port_reset {
	enum mcr_port_state state;
	bool is_quiet;     /**< the grace period is over */
	bool is_logged;    /**< this reset; many in a row are not */
	uint32_t count;    /**< resets that went well */
	uint32_t failures; /**< of the reset under way */
	int error;         /**< of the last of them */
	uint64_t due_ms;
	struct mcr_log_pace pace;
};

/** How long to wait after so many failures. Pure. */
uint32_t
mcr_port_reset_pause_ms(uint32_t failures);

/** Whether a port is out of service until its device has been reset: no call into its driver. */
bool
mcr_port_reset_is_under_way(const struct mcr_port *port);

/** Do what drivers asked for. Control lcore, each turn. */
void
mcr_port_reset_run(struct mcr_controller *control);

/** Look whether devices are gone that do not report it. Control lcore, once a second. */
void
mcr_port_reset_look(struct mcr_controller *control);

#endif
