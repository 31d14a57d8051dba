/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The AMT relay (RFC 7450): answers and carries out gateways' messages. Control lcore
 * only. */

#ifndef MCR_CONTROL_AMT_RELAY_H
#define MCR_CONTROL_AMT_RELAY_H

#include <mcr_amt.h>

#include "control/context.h"

struct mcr_relay *
mcr_relay_create(void);

/** NULL is allowed. */
void
mcr_relay_free(struct mcr_relay *relay);

/** The counters and the secret. */
const struct mcr_amt_relay *
mcr_relay_get(const struct mcr_controller *control);

/** Follow a configuration, after mcr_amt_gateway_configure(). */
void
mcr_relay_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Accept response MACs made with the state file's secret until the next renewal. */
void
mcr_relay_restore_secret(struct mcr_controller *control, const uint8_t secret[MCR_AMT_SECRET_LEN]);

/** Handle a message. @return MCR_DROP_NONE, or why it is refused. The frame stays the caller's. */
enum mcr_drop
mcr_relay_receive(struct mcr_controller *control, const struct mcr_punt *in);

/** Whether a message from outside all tunnels is within its source's limit. */
bool
mcr_relay_is_within_limit(struct mcr_controller *control, const struct mcr_punt *in);

/** Renew the secret when it is due. */
void
mcr_relay_run(struct mcr_controller *control);

#endif
