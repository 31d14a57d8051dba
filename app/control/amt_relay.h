/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The AMT relay: messages of gateways, answered or followed. Control lcore only.
 */

#ifndef MCR_CONTROL_AMT_RELAY_H
#define MCR_CONTROL_AMT_RELAY_H

#include <mcr_amt.h>

#include "control/context.h"

/** @return NULL: no memory. */
struct mcr_relay *
mcr_relay_create(void);

/** Its counters and the secret. */
const struct mcr_amt_relay *
mcr_relay_get(const struct mcr_controller *control);

/** Follow a configuration, after mcr_gateway_configure(). */
void
mcr_relay_configure(struct mcr_controller *control, const struct mcr_config *config);

/** The secret of before a restart: what gateways got by it is accepted until the next one. */
void
mcr_relay_restore_secret(struct mcr_controller *control, const uint8_t secret[MCR_AMT_SECRET_LEN]);

/** A message came. @return MCR_DROP_NONE when it was accepted, else why it was not. */
enum mcr_drop
mcr_relay_receive(struct mcr_controller *control, const struct mcr_punt *in);

/** Whether a message of somebody who has no tunnel is looked at, or one too many of its source. */
bool
mcr_relay_is_within_limit(struct mcr_controller *control, const struct mcr_punt *in);

/** Do what is due. */
void
mcr_relay_run(struct mcr_controller *control);

#endif
