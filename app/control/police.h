/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The limits of a configuration: which limiter each limited group has, and what each member's is.
 * Control lcore only.
 */

#ifndef MCR_CONTROL_POLICE_H
#define MCR_CONTROL_POLICE_H

#include "control/context.h"

/** Which limiters the groups of one configuration have. It refers to the configuration. */
struct mcr_police;

/**
 * Give each limited group a limiter. Those that the configuration in force limits, too, keep
 * theirs, so that a reload forgives nobody.
 * @return NULL without memory.
 */
struct mcr_police *
mcr_police_plan(struct mcr_controller *control, const struct mcr_config *config);

/** NULL is allowed. */
void
mcr_police_free_plan(struct mcr_police *plan);

/** The number of a group's limiter, see mcr_group_terms; 0: it has no limit. */
uint32_t
mcr_police_number(const struct mcr_police *plan, const struct mcr_config_group *group);

/** Set the limits of all groups of a plan, before they are published. */
void
mcr_police_set_groups(struct mcr_controller *control, const struct mcr_police *plan);

/** The configuration of a plan is in force. @param plan Taken. */
void
mcr_police_keep(struct mcr_controller *control, struct mcr_police *plan);

/** The limit of a declared member. */
const struct mcr_config_rate *
mcr_police_rate_of_declared(
	const struct mcr_config *config, const struct mcr_config_member *member);

/** The limit of an admitted member. */
const struct mcr_config_rate *
mcr_police_rate_of_admitted(
	const struct mcr_config *config, const struct mcr_member_identity *identity);

/** A member has this limit, and its record says whether it has one. */
void
mcr_police_set_member(
	struct mcr_controller *control, uint32_t id, const struct mcr_config_rate *rate);

/** A new member has none. */
void
mcr_police_start_member(struct mcr_controller *control, uint32_t id);

#endif
