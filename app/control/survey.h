/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Surveys all members once a second, a few each turn: which are unreachable, were never
 * heard, or share a MAC address. Control lcore only. */

#ifndef MCR_CONTROL_SURVEY_H
#define MCR_CONTROL_SURVEY_H

#include "control/context.h"
#include "control/health.h"

/** How many members, and the first names. */
struct mcr_survey_list {
	uint32_t count;
	char names[MCR_HEALTH_NAMES_SIZE];
};

/** The result of a whole round. */
struct mcr_survey_result {
	uint32_t members;
	uint32_t unresolved;               /**< cannot be sent copies now */
	struct mcr_survey_list unanswered; /**< of these: on-link, and they do not answer */
	uint32_t unanswered_ipv6;          /**< of these: asked by neighbour discovery, not ARP */
	uint32_t behind;                   /**< of these: behind a gateway */
	struct mcr_survey_list silent;     /**< declared and never heard */
	struct mcr_survey_list unserved;   /**< shared members that no hub serves */
	struct mcr_survey_list same_mac;   /**< l2 members with another member's MAC address */
};

struct mcr_survey *
mcr_survey_create(uint32_t max_members);

/** Start a new member as never heard. */
void
mcr_survey_start_member(struct mcr_controller *control, uint32_t id);

/** A punted frame of the member has arrived. */
void
mcr_survey_hear(struct mcr_controller *control, uint32_t id);

/** Survey the next few members. */
void
mcr_survey_run(struct mcr_controller *control);

/** The last whole round; all zeros before the first. */
const struct mcr_survey_result *
mcr_survey_get(const struct mcr_controller *control);

/** Seconds since a member was last heard, at least 1; 0: never. */
uint64_t
mcr_survey_last_seen(struct mcr_controller *control, uint32_t id);

#endif
