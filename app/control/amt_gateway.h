/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * AMT gateways: one that has shown that it is where it says, and has joined something, is a member
 * of origin amt, named `amt:ADDR:PORT`, until it holds no group any more.
 */

#ifndef MCR_CONTROL_AMT_GATEWAY_H
#define MCR_CONTROL_AMT_GATEWAY_H

#include <mcr_amt.h>

#include "control/context.h"

/** The relay's settings, and how many gateways are connected. */
struct mcr_gateway_status {
	bool enabled;
	uint16_t port;
	uint32_t tunnels;
	uint32_t max_tunnels;
	uint32_t max_tunnels_per_address;
};

/** @return NULL: no memory. */
struct mcr_gateways *
mcr_gateway_create(void);

const struct mcr_gateway_status *
mcr_gateway_get_status(const struct mcr_controller *control);

/** Whether a configuration lets a gateway stay that is there. */
bool
mcr_gateway_is_allowed(const struct mcr_config *config, const struct mcr_member_identity *identity);

/** How many gateways there are at an address; counting ends at the most. */
uint32_t
mcr_gateway_count_at(const struct mcr_fib *fib, uint32_t address, uint32_t most);

/** The member that a gateway is; MCR_MEMBER_NONE. */
uint32_t
mcr_gateway_find(const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway);

/** Whether there is room for one more, or this one is there. */
bool
mcr_gateway_has_room(const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway);

/**
 * Make a gateway a member.
 *
 * @param port
 *   Where it came in: copies leave from the address that it knows.
 * @return
 *   0, -ENOSPC, -EDQUOT (its address has as many as it may have), -ENETUNREACH, -EEXIST or
 * -ENOMEM.
 */
int
mcr_gateway_open(struct mcr_controller *control, const struct mcr_amt_endpoint *gateway,
	uint16_t port, uint32_t *id);

/**
 * Forget a gateway and what it joined.
 *
 * @return
 *   0 or -ENOMEM: it holds no group any more, and a later mcr_gateway_expire() closes it.
 */
int
mcr_gateway_close(struct mcr_controller *control, uint32_t id);

/** Make a gateway that was there before a restart a member. @return Its id or MCR_MEMBER_NONE. */
uint32_t
mcr_gateway_restore(struct mcr_controller *control, const struct mcr_member_identity *identity);

/** Follow a configuration: gateways that may not be there any more are closed. 0 or -ENOMEM. */
int
mcr_gateway_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Close those that hold no group any more. */
void
mcr_gateway_expire(struct mcr_controller *control);

#endif
