/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "control/membership.h"
#include "control/placement/placement.h"
#include "control/placement/serving_state.h"
#include "fib/peers.h"
#include "fib/placement.h"

bool
mcr_serving_must_choose(const struct mcr_controller *control)
{
	return control->serving->must_choose;
}

bool
mcr_serving_is_due(const struct mcr_controller *control)
{
	const struct mcr_serving *serving = control->serving;

	return serving->must_choose || serving->must_decide || control->now_ms >= serving->due_ms ||
	       serving->version != mcr_claims_version(serving->claims);
}

static void
choose(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_hubs *hubs = mcr_placements_hubs(control);
	const uint8_t tags = mcr_handover_tags(mcr_placements_get(control));
	const struct mcr_placement_member member = mcr_serving_describe(control, id);

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++)
		control->serving->at[id].chosen[tag] = (tags >> tag & 1) != 0
		                                               ? mcr_hubs_choose(hubs, &member, tag)
		                                               : MCR_HUBS_NOBODY;
}

void
mcr_serving_choose(struct mcr_controller *control)
{
	control->serving->must_choose = false;
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id))
		choose(control, id);
}

static bool
must_keep(const struct mcr_controller *control, uint32_t id, const struct mcr_claims_found *found)
{
	const struct mcr_serving_member *shared = &control->serving->at[id];
	const uint8_t tag = mcr_handover_new_tag(mcr_placements_get(control));

	return shared->now.mask != MCR_PLACEMENT_NEVER && shared->own.number == 0 &&
	       found->claim.number == 0 && shared->chosen[tag] != MCR_HUBS_SELF &&
	       mcr_serving_must_stay(control, id);
}

static uint32_t
find_left(const struct mcr_controller *control, const struct mcr_serving_member *shared,
	unsigned int tag)
{
	const uint16_t hub = shared->chosen[tag];

	if (shared->own.number == 0 || hub == MCR_HUBS_NOBODY || hub == MCR_HUBS_SELF)
		return 0;
	return mcr_claims_left(control->serving->claims, shared->hash, hub);
}

static struct mcr_decision
decide_by_facts(const struct mcr_controller *control, const struct mcr_serving_member *shared,
	const struct mcr_claims_found *found)
{
	struct mcr_decision_facts facts = {.own = &shared->own, .found = found};

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++) {
		facts.chosen[tag] = shared->chosen[tag];
		facts.left[tag] = find_left(control, shared, tag);
	}
	return mcr_decide(mcr_placements_get(control), &facts, control->now_ms);
}

/* A claim may wait no longer then. */
static void
note_wait(struct mcr_serving *serving, const struct mcr_serving_member *shared, uint64_t now_ms)
{
	const uint64_t until = shared->own.since_ms + MCR_CLAIM_WAIT_MS;

	if (shared->own.number != 0 && now_ms < until)
		serving->due_ms = RTE_MIN(serving->due_ms, until);
}

static bool
decide(struct mcr_controller *control, uint32_t id, bool is_new)
{
	struct mcr_serving_member *shared = &control->serving->at[id];
	const struct mcr_claims_found found = mcr_serving_find_claim(control, shared);
	const uint8_t before = shared->now.mask;

	/* Hubs may have changed in a pause since it was chosen for. */
	if (control->serving->must_choose)
		choose(control, id);
	if (is_new && must_keep(control, id, &found)) {
		/* Whatever it has lost before. */
		shared->own = (struct mcr_own_claim){0};
		mcr_serving_claim(control, shared);
	} else if (mcr_decision_loses(control->fib->peers->id, &shared->own, &found)) {
		mcr_claim_lose(&shared->own, control->now_ms);
	}
	shared->now = decide_by_facts(control, shared, &found);
	note_wait(control->serving, shared, control->now_ms);
	return shared->now.mask != before || shared->is_listed != (shared->now.mask != 0);
}

bool
mcr_serving_decide(struct mcr_controller *control, bool is_new)
{
	struct mcr_serving *serving = control->serving;
	bool has_changed = false;

	serving->must_decide = false;
	serving->due_ms = UINT64_MAX;
	serving->version = mcr_claims_version(serving->claims);
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id))
		has_changed |= decide(control, id, is_new);
	return has_changed;
}

/* What this hub serves and should not; what it should serve in addition waits. */
static bool
give_up(struct mcr_controller *control, uint32_t id)
{
	struct mcr_placement *placement = control->fib->placement;
	struct mcr_serving_member *shared = &control->serving->at[id];
	const struct mcr_claims_found found = mcr_serving_find_claim(control, shared);
	uint8_t lost = shared->now.mask;

	choose(control, id);
	if (!mcr_decision_loses(control->fib->peers->id, &shared->own, &found))
		lost &= ~decide_by_facts(control, shared, &found).mask;
	if (lost == 0)
		return false;
	shared->now.mask &= ~lost;
	mcr_placement_set_mask(placement, id, mcr_placement_mask(placement, id) & ~lost);
	return true;
}

bool
mcr_serving_follow_hubs(struct mcr_controller *control, bool has_changed)
{
	const struct mcr_members *members = control->fib->members;
	struct mcr_serving *serving = control->serving;
	bool gave_up = false;

	serving->must_decide = true;
	serving->must_choose |= has_changed;
	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		if (serving->at[id].is_shared && serving->at[id].now.mask != MCR_PLACEMENT_NEVER)
			gave_up |= give_up(control, id);
	}
	serving->gave_up |= gave_up;
	return gave_up;
}

void
mcr_serving_follow_placement(struct mcr_controller *control)
{
	control->serving->must_choose = true;
}
