/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A look at all members once a second, a few in each turn of the control lcore: who cannot be
 * reached, who has never been heard, who shares a MAC address.
 */

#ifndef MCR_CONTROL_SURVEY_H
#define MCR_CONTROL_SURVEY_H

#include "control/context.h"
#include "control/health.h"

/** Some members of a kind: how many, and the first names. */
struct mcr_survey_list {
	uint32_t count;
	char names[MCR_HEALTH_NAMES_SIZE];
};

/** What a whole round came to. */
struct mcr_survey_result {
	uint32_t members;
	uint32_t unresolved;               /**< no copy could leave for them now */
	struct mcr_survey_list unanswered; /**< of these: on-link, asked in vain */
	uint32_t behind;                   /**< of these: behind a gateway */
	struct mcr_survey_list silent;     /**< declared, and never heard */
	struct mcr_survey_list same_mac;   /**< l2 members with the MAC address of another one */
};

/** @return NULL: no memory. */
struct mcr_survey *
mcr_survey_create(uint32_t max_members);

/** A member has got this id. */
void
mcr_survey_start_member(struct mcr_controller *control, uint32_t id);

/** A member has sent something for the control lcore, such as a report. */
void
mcr_survey_hear(struct mcr_controller *control, uint32_t id);

/** Go on with the round. */
void
mcr_survey_run(struct mcr_controller *control);

/** Of the last whole round; all zeros before the first. */
const struct mcr_survey_result *
mcr_survey_get(const struct mcr_controller *control);

/** Seconds since a member was last heard, 1 at least; 0: never. */
uint64_t
mcr_survey_last_seen(struct mcr_controller *control, uint32_t id);

#endif
