/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Resets ports' devices, and abandons removed ones until the program ends.
 *
 * The lcores leave the port; after a grace period none of them is in its driver. The control lcore
 * then resets the device, sets it up as at the start and lets the lcores return, or tries again.
 * Meanwhile copies for the port are dropped (copy_tx_full), and the other ports are served.
 */

#ifndef MCR_CONTROL_PORT_RESET_H
#define MCR_CONTROL_PORT_RESET_H

#include <stdint.h>

struct mcr_controller;

/** The first and the longest pause after a failed reset; each is twice the previous one. */
#define MCR_PORT_RESET_RETRY_MS UINT32_C(100)
#define MCR_PORT_RESET_RETRY_MAX_MS UINT32_C(10000)

/** The pause after this many failures. Pure. */
uint32_t
mcr_port_reset_pause_ms(uint32_t failures);

/** Do what drivers requested. Control lcore, each turn. */
void
mcr_port_reset_run(struct mcr_controller *control);

/** Look for removed devices that do not report it. Control lcore, once a second. */
void
mcr_port_reset_look(struct mcr_controller *control);

#endif
