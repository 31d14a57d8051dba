/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/domain.h"
#include "control/membership.h"
#include "control/placement/arrivals.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/placement/serving_state.h"
#include "fib/peers.h"
#include "fib/placement.h"

struct mcr_claims_found
mcr_serving_find_claim(
	const struct mcr_controller *control, const struct mcr_serving_member *shared)
{
	return mcr_claims_find(control->serving->claims, shared->hash,
		mcr_hubs_claimants(mcr_placements_hubs(control)));
}

void
mcr_serving_claim(struct mcr_controller *control, struct mcr_serving_member *shared)
{
	const uint32_t highest = mcr_serving_find_claim(control, shared).highest;

	mcr_claim_make(
		&shared->own, mcr_claim_number(control->fib->peers->id, highest), control->now_ms);
	control->serving->must_decide = true;
}

/* Before the agent has told a placement, nobody would hear of a claim; and that of a hub that has
 * restarted counts when it serves again. */
bool
mcr_serving_welcomes(const struct mcr_controller *control)
{
	return !mcr_drain_is_on(control) &&
	       (control->serving == NULL || mcr_placements_names_self(control));
}

void
mcr_serving_come(struct mcr_controller *control, uint32_t id, uint64_t silent_ms)
{
	struct mcr_serving_member *shared = mcr_serving_find(control, id);

	if (shared == NULL)
		return;
	if (silent_ms >= MCR_CLAIM_AWAY_MS)
		mcr_claim_forget_losses(&shared->own);
	if (shared->now.mask != MCR_PLACEMENT_NEVER || !mcr_serving_welcomes(control) ||
		mcr_member_get(control->fib->members, id)->next_hop == 0 ||
		!mcr_claim_may(&shared->own, control->now_ms))
		return;
	mcr_serving_claim(control, shared);
}

bool
mcr_serving_claims(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_serving_member *shared = mcr_serving_find(control, id);

	return shared != NULL && shared->own.number != 0;
}

/* Other hubs know none of what it has joined here, or do not reach it. */
bool
mcr_serving_must_stay(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_placement_member member = mcr_serving_describe(control, id);

	RTE_ASSERT(mcr_serving_is_shared(control, id));
	return mcr_membership_holds_any(control, id) ||
	       !mcr_hubs_has_other(mcr_placements_hubs(control), &member,
		       mcr_handover_new_tag(mcr_placements_get(control)));
}

void
mcr_serving_give_up(struct mcr_controller *control, uint64_t silent_ms)
{
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id)) {
		if (!mcr_serving_claims(control, id) || mcr_serving_must_stay(control, id) ||
			mcr_arrivals_silent_ms(control, id) < silent_ms)
			continue;
		control->serving->at[id].own = (struct mcr_own_claim){0};
		control->serving->must_decide = true;
	}
}

int
mcr_serving_hear(struct mcr_controller *control, const struct mcr_peer *peer,
	const struct mcr_interest_key *key, enum mcr_interest interest)
{
	const struct mcr_claims_entry entry = {
		.member = key->number,
		.number = key->claim,
		.peer = peer->index,
		.word = key->kind == MCR_INTEREST_COMES ? MCR_CLAIMS_COMES : MCR_CLAIMS_LEFT,
	};

	if (control->serving == NULL)
		return 0;
	if (interest == MCR_INTEREST_WANTS)
		return mcr_claims_add(control->serving->claims, &entry);
	(void)mcr_claims_remove(control->serving->claims, &entry);
	return 0;
}

struct mcr_claims *
mcr_serving_claims_of_peers(const struct mcr_controller *control)
{
	return control->serving != NULL ? control->serving->claims : NULL;
}

static void
tell_word(struct mcr_controller *control, enum mcr_interest_kind kind, uint32_t hash,
	uint32_t *told, uint32_t number)
{
	struct mcr_interest_key key = {.kind = kind, .number = hash, .claim = *told};

	if (*told == number)
		return;
	if (*told != 0)
		mcr_domain_note_interest(control, &key, MCR_INTEREST_NONE);
	key.claim = number;
	if (number != 0)
		mcr_domain_note_interest(control, &key, MCR_INTEREST_WANTS);
	*told = number;
}

void
mcr_serving_tell_claims(struct mcr_controller *control, struct mcr_serving_member *shared)
{
	tell_word(
		control, MCR_INTEREST_COMES, shared->hash, &shared->told_claim, shared->own.number);
	tell_word(control, MCR_INTEREST_LEFT, shared->hash, &shared->told_left, shared->now.left);
}

void
mcr_serving_tell(struct mcr_controller *control)
{
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id))
		mcr_serving_tell_claims(control, &control->serving->at[id]);
}
