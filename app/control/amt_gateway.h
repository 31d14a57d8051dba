/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file AMT gateways. A gateway that has proved its address and joined a group is a member of
 * origin amt, named `amt:ADDR:PORT`, until it holds no group, of IPv4 or IPv6. Control lcore only.
 */

#ifndef MCR_CONTROL_AMT_GATEWAY_H
#define MCR_CONTROL_AMT_GATEWAY_H

#include <mcr_amt.h>

#include "control/context.h"

/** The settings for gateways, and how many are connected. */
struct mcr_amt_gateway_status {
	bool enabled;
	uint16_t port;
	uint32_t tunnels;
	uint32_t max_tunnels;
	uint32_t max_tunnels_per_address;
};

struct mcr_amt_gateways *
mcr_amt_gateway_create(void);

const struct mcr_amt_gateway_status *
mcr_amt_gateway_get_status(const struct mcr_controller *control);

/** Whether a configuration lets a connected gateway stay. */
bool
mcr_amt_gateway_is_allowed(
	const struct mcr_config *config, const struct mcr_member_identity *identity);

/** How many gateways there are at an address, at most the limit. */
uint32_t
mcr_amt_gateway_count_at(const struct mcr_fib *fib, uint32_t address, uint32_t limit);

/** @return The gateway's member id; MCR_MEMBER_NONE: it is not connected. */
uint32_t
mcr_amt_gateway_find(const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway);

/** Whether the gateway is connected or there is room for it. */
bool
mcr_amt_gateway_has_room(
	const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway);

/** Make a gateway a member.
 * @param port Where its message arrived: copies leave from the address that it knows.
 * @return 0, -ENOSPC, -EDQUOT (its address has its maximum), -ENETUNREACH, -EEXIST or -ENOMEM. */
int
mcr_amt_gateway_open(struct mcr_controller *control, const struct mcr_amt_endpoint *gateway,
	uint16_t port, uint32_t *id);

/** Forget a gateway and what it joined.
 * @return 0; -ENOMEM: mcr_amt_gateway_expire() tries again. */
int
mcr_amt_gateway_close(struct mcr_controller *control, uint32_t id);

/** From the foreground: the background closes it. */
void
mcr_amt_gateway_close_soon(struct mcr_controller *control, uint32_t id);

/** Make a gateway of the state file a member. @return Its id or MCR_MEMBER_NONE. */
uint32_t
mcr_amt_gateway_restore(struct mcr_controller *control, const struct mcr_member_identity *identity);

/** Follow a configuration: gateways that it does not allow are closed. 0 or -ENOMEM. */
int
mcr_amt_gateway_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Close gateways that hold no group. */
void
mcr_amt_gateway_expire(struct mcr_controller *control);

#endif
