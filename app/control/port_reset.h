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

#ifndef MCR_CONTROL_PORT_RESET_H
#define MCR_CONTROL_PORT_RESET_H

#include <stdint.h>

struct mcr_controller;

/** The first pause after a reset that failed, and the longest; each is twice the one before. */
#define MCR_PORT_RESET_RETRY_MS UINT32_C(100)
#define MCR_PORT_RESET_RETRY_MAX_MS UINT32_C(10000)

/** How long to wait after so many failures. Pure. */
uint32_t
mcr_port_reset_pause_ms(uint32_t failures);

/** Do what drivers asked for. Control lcore, each turn. */
void
mcr_port_reset_run(struct mcr_controller *control);

/** Look whether devices are gone that do not report it. Control lcore, once a second. */
void
mcr_port_reset_look(struct mcr_controller *control);

#endif
