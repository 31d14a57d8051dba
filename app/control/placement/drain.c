/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <stdlib.h>

#include "control/background.h"
#include "control/placement/arrivals.h"
#include "control/placement/drain.h"
#include "control/placement/serving.h"
#include "fib/peers.h"
#include "infra/log.h"

#define INTERVAL_MS 1000

struct mcr_drain {
	bool is_on;
	uint64_t due_ms;
	struct mcr_drain_counts counts;
};

struct mcr_drain *
mcr_drain_create(void)
{
	return calloc(1, sizeof(struct mcr_drain));
}

void
mcr_drain_begin(struct mcr_controller *control)
{
	if (control->drain->is_on)
		return;
	control->drain->is_on = true;
	control->drain->due_ms = 0;
	MCR_LOG(NOTICE, "the hub drains: other hubs are to serve its members");
	if (control->serving != NULL)
		mcr_serving_give_up(control, MCR_DRAIN_SILENT_MS);
}

void
mcr_drain_end(struct mcr_controller *control)
{
	if (control->drain->is_on)
		MCR_LOG(NOTICE, "the hub drains no more");
	control->drain->is_on = false;
}

bool
mcr_drain_is_on(const struct mcr_controller *control)
{
	return control->drain->is_on;
}

static void
count(const struct mcr_controller *control, uint32_t id, struct mcr_drain_counts *counts)
{
	const bool is_shared = mcr_serving_is_shared(control, id);
	const bool is_served = is_shared
	                               ? mcr_serving_lists(control, id)
	                               : mcr_arrivals_silent_ms(control, id) < MCR_DRAIN_SILENT_MS;

	if (!is_served)
		return;
	counts->left++;
	counts->coming +=
		!is_shared || mcr_serving_claims(control, id) || mcr_serving_must_stay(control, id);
}

struct mcr_drain_counts
mcr_drain_count(struct mcr_controller *control)
{
	const struct mcr_members *members = control->fib->members;
	struct mcr_drain_counts counts = {0};

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		if (mcr_member_get(members, id)->origin != MCR_MEMBER_PEER)
			count(control, id, &counts);
		mcr_background_pause(control);
	}
	control->drain->counts = counts;
	return counts;
}

void
mcr_drain_run(struct mcr_controller *control)
{
	struct mcr_drain *drain = control->drain;

	if (!drain->is_on || control->now_ms < drain->due_ms)
		return;
	drain->due_ms = control->now_ms + INTERVAL_MS;
	(void)mcr_drain_count(control);
}

static void
say_left(struct mcr_health_finding *finding, const struct mcr_drain_counts *counts)
{
	const char *const why = counts->coming == 1
	                                ? "comes by itself, or no other hub takes it"
	                                : "come by themselves, or no other hub takes them";
	int length;

	length = snprintf(finding->text, sizeof(finding->text),
		"the hub drains: it still serves %u member%s", counts->left,
		counts->left == 1 ? "" : "s");
	if (counts->coming != 0)
		snprintf(finding->text + length, sizeof(finding->text) - length, "; %u %s",
			counts->coming, why);
}

void
mcr_drain_find(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_drain_counts *counts = &control->drain->counts;

	finding->count = control->drain->is_on;
	if (!control->drain->is_on)
		snprintf(finding->text, sizeof(finding->text), "the hub does not drain");
	else if (counts->left == 0)
		snprintf(finding->text, sizeof(finding->text),
			"the hub drains, and serves no member any more");
	else
		say_left(finding, counts);
}
