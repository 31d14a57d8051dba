/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/arrivals.h"
#include "control/background.h"
#include "control/bridge.h"
#include "control/decision.h"
#include "control/domain.h"
#include "control/drain.h"
#include "control/membership.h"
#include "control/placement.h"
#include "control/serving.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "fib/policy.h"

struct shared {
	bool is_shared; /* else nothing below means anything */
	bool is_listed;
	uint32_t hash;                       /* of its name */
	uint16_t chosen[MCR_PLACEMENT_TAGS]; /* hub by placement */
	struct mcr_own_claim own;
	struct mcr_decision now; /* the last one */
	uint32_t told_claim;     /* as the agent knows */
	uint32_t told_left;      /* likewise */
};

struct mcr_serving {
	struct mcr_claims *claims;
	uint64_t version; /* of claims, as decided */
	uint64_t due_ms;  /* when a claim's wait is over; UINT64_MAX: none waits */
	bool must_choose;
	bool must_decide;
	bool gave_up;       /* lists have members that were given up */
	struct shared at[]; /* by member id */
};

int
mcr_serving_create(struct mcr_controller *control)
{
	const uint32_t members = control->workers->max_members;
	struct mcr_serving *serving;

	if (control->placements == NULL || !control->config->domain.shares_members)
		return 0;
	serving = calloc(1, sizeof(*serving) + members * sizeof(serving->at[0]));
	control->serving = serving;
	if (serving == NULL)
		return -ENOMEM;
	serving->due_ms = UINT64_MAX;
	serving->claims = mcr_claims_create(mcr_peers_keys(control->config));
	return serving->claims == NULL ? -ENOMEM : 0;
}

void
mcr_serving_free(struct mcr_controller *control)
{
	if (control->serving == NULL)
		return;
	mcr_claims_free(control->serving->claims);
	free(control->serving);
	control->serving = NULL;
}

/* @return NULL: the member is local. */
static struct shared *
shared_of(const struct mcr_controller *control, uint32_t id)
{
	struct mcr_serving *serving = control->serving;

	RTE_ASSERT(id < control->workers->max_members);
	return serving != NULL && serving->at[id].is_shared ? &serving->at[id] : NULL;
}

/* MCR_MEMBER_NONE is the start and the end. Pauses. */
static uint32_t
next_shared(struct mcr_controller *control, uint32_t after)
{
	uint32_t id = after;

	do {
		mcr_background_pause(control);
		id = mcr_member_next(control->fib->members, id);
	} while (id != MCR_MEMBER_NONE && !control->serving->at[id].is_shared);
	return id;
}

static const struct mcr_handover *
handover_of(const struct mcr_controller *control)
{
	return mcr_placements_get(control);
}

static struct mcr_placement_member
describe(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);

	return (struct mcr_placement_member){
		.hash = control->serving->at[id].hash,
		.address = member->identity.address,
		.is_plain = member->identity.encap == MCR_ENCAP_L2,
		.is_nat = member->is_nat,
	};
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

static void
tell(struct mcr_controller *control, struct shared *shared)
{
	tell_word(
		control, MCR_INTEREST_COMES, shared->hash, &shared->told_claim, shared->own.number);
	tell_word(control, MCR_INTEREST_LEFT, shared->hash, &shared->told_left, shared->now.left);
}

static int
list(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	int ret;

	control->serving->at[id].is_listed = true;
	ret = mcr_bridge_add(control, id);
	if (ret == 0)
		ret = mcr_domain_add_host(control, id, member);
	if (ret != 0) {
		mcr_bridge_remove(control, id);
		control->serving->at[id].is_listed = false;
		return ret;
	}
	mcr_group_suspend(control->fib->groups, id, false);
	mcr_membership_reach(control, id);
	return 0;
}

static void
unlist(struct mcr_controller *control, uint32_t id)
{
	mcr_group_suspend(control->fib->groups, id, true);
	mcr_bridge_remove(control, id);
	mcr_domain_remove_host(control, id, mcr_member_get(control->fib->members, id));
	control->serving->at[id].is_listed = false;
}

static void
begin_sharing(struct mcr_controller *control, uint32_t id)
{
	control->serving->at[id] = (struct shared){
		.is_shared = true,
		.chosen = {MCR_HUBS_NOBODY, MCR_HUBS_NOBODY},
		.now = {.server = MCR_HUBS_NOBODY},
	};
	unlist(control, id);
	mcr_placement_set_mask(control->fib->placement, id, MCR_PLACEMENT_NEVER);
}

/* Its claims are withdrawn. */
static void
end_sharing(struct mcr_controller *control, uint32_t id)
{
	struct shared *shared = &control->serving->at[id];

	shared->own.number = 0;
	shared->now.left = 0;
	tell(control, shared);
	*shared = (struct shared){0};
	mcr_placement_set_mask(control->fib->placement, id, MCR_PLACEMENT_ALWAYS);
}

static void
follow_name(struct mcr_controller *control, uint32_t id, const char *name)
{
	struct shared *shared = &control->serving->at[id];
	const uint32_t hash = mcr_placement_hash(name);

	if (hash == shared->hash)
		return;
	shared->own = (struct mcr_own_claim){0};
	shared->now.left = 0;
	tell(control, shared);
	shared->hash = hash;
}

void
mcr_serving_follow_member(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const bool is_shared =
		member->origin == MCR_MEMBER_STATIC && mcr_policy_may_receive(member);

	if (control->serving == NULL)
		return;
	if (is_shared && shared_of(control, id) == NULL)
		begin_sharing(control, id);
	else if (!is_shared && shared_of(control, id) != NULL) {
		end_sharing(control, id);
		mcr_group_suspend(control->fib->groups, id, false);
	}
	if (!is_shared)
		return;
	follow_name(control, id, member->name);
	control->serving->must_choose = true;
}

void
mcr_serving_forget_member(struct mcr_controller *control, uint32_t id)
{
	if (shared_of(control, id) == NULL)
		return;
	end_sharing(control, id);
	mcr_group_suspend(control->fib->groups, id, false);
}

bool
mcr_serving_is_shared(const struct mcr_controller *control, uint32_t id)
{
	return shared_of(control, id) != NULL;
}

bool
mcr_serving_lists(const struct mcr_controller *control, uint32_t id)
{
	const struct shared *shared = shared_of(control, id);

	return shared == NULL || shared->is_listed;
}

uint16_t
mcr_serving_server(const struct mcr_controller *control, uint32_t id)
{
	const struct shared *shared = shared_of(control, id);

	return shared != NULL ? shared->now.server : MCR_HUBS_NOBODY;
}

bool
mcr_serving_claims(const struct mcr_controller *control, uint32_t id)
{
	const struct shared *shared = shared_of(control, id);

	return shared != NULL && shared->own.number != 0;
}

static struct mcr_claims_found
find_claim(const struct mcr_controller *control, const struct shared *shared)
{
	return mcr_claims_find(control->serving->claims, shared->hash,
		mcr_hubs_claimants(mcr_placements_hubs(control)));
}

static void
claim(struct mcr_controller *control, struct shared *shared)
{
	const uint32_t highest = find_claim(control, shared).highest;

	mcr_claim_make(
		&shared->own, mcr_claim_number(control->fib->peers->id, highest), control->now_ms);
	control->serving->must_decide = true;
}

/* Before the agent has told a placement, nobody would hear of a claim; and that of a hub that has
 * restarted counts when it serves again. */
static bool
may_claim(const struct mcr_controller *control)
{
	const uint8_t sets = mcr_hubs_serves(mcr_placements_hubs(control), MCR_HUBS_SELF);

	return !mcr_drain_is_on(control) && (sets & mcr_handover_tags(handover_of(control))) != 0;
}

void
mcr_serving_come(struct mcr_controller *control, uint32_t id)
{
	struct shared *shared = shared_of(control, id);

	if (shared == NULL || shared->now.mask != MCR_PLACEMENT_NEVER || !may_claim(control) ||
		mcr_member_get(control->fib->members, id)->next_hop == 0 ||
		!mcr_claim_may(&shared->own, control->now_ms))
		return;
	claim(control, shared);
}

/* Other hubs know none of what it has joined here, or do not reach it. */
bool
mcr_serving_must_stay(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_placement_member member = describe(control, id);

	RTE_ASSERT(mcr_serving_is_shared(control, id));
	return mcr_membership_holds_any(control, id) ||
	       !mcr_hubs_has_other(mcr_placements_hubs(control), &member,
		       mcr_handover_new_tag(handover_of(control)));
}

void
mcr_serving_give_up(struct mcr_controller *control, uint64_t silent_ms)
{

	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id)) {
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

struct mcr_serving_counts
mcr_serving_count(struct mcr_controller *control)
{
	struct mcr_serving_counts counts = {0};

	if (control->serving == NULL)
		return counts;
	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id)) {
		const struct shared *shared = &control->serving->at[id];

		counts.members++;
		counts.served += shared->now.mask != MCR_PLACEMENT_NEVER;
		counts.claims += shared->own.number != 0;
	}
	return counts;
}

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
	const uint8_t tags = mcr_handover_tags(handover_of(control));
	const struct mcr_placement_member member = describe(control, id);

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++)
		control->serving->at[id].chosen[tag] = (tags >> tag & 1) != 0
		                                               ? mcr_hubs_choose(hubs, &member, tag)
		                                               : MCR_HUBS_NOBODY;
}

void
mcr_serving_choose(struct mcr_controller *control)
{

	control->serving->must_choose = false;
	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id))
		choose(control, id);
}

static bool
must_keep(const struct mcr_controller *control, uint32_t id, const struct mcr_claims_found *found)
{
	const struct shared *shared = &control->serving->at[id];
	const uint8_t tag = mcr_handover_new_tag(handover_of(control));

	return shared->now.mask != MCR_PLACEMENT_NEVER && shared->own.number == 0 &&
	       found->claim.number == 0 && shared->chosen[tag] != MCR_HUBS_SELF &&
	       mcr_serving_must_stay(control, id);
}

static uint32_t
find_left(const struct mcr_controller *control, const struct shared *shared, unsigned int tag)
{
	const uint16_t hub = shared->chosen[tag];

	if (shared->own.number == 0 || hub == MCR_HUBS_NOBODY || hub == MCR_HUBS_SELF)
		return 0;
	return mcr_claims_left(control->serving->claims, shared->hash, hub);
}

static struct mcr_decision
decide_by_facts(const struct mcr_controller *control, const struct shared *shared,
	const struct mcr_claims_found *found)
{
	struct mcr_decision_facts facts = {.own = &shared->own, .found = found};

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++) {
		facts.chosen[tag] = shared->chosen[tag];
		facts.left[tag] = find_left(control, shared, tag);
	}
	return mcr_decide(handover_of(control), &facts, control->now_ms);
}

/* A claim may wait no longer then. */
static void
note_wait(struct mcr_serving *serving, const struct shared *shared, uint64_t now_ms)
{
	const uint64_t until = shared->own.since_ms + MCR_CLAIM_WAIT_MS;

	if (shared->own.number != 0 && now_ms < until)
		serving->due_ms = RTE_MIN(serving->due_ms, until);
}

static bool
decide(struct mcr_controller *control, uint32_t id, bool is_new)
{
	struct shared *shared = &control->serving->at[id];
	const struct mcr_claims_found found = find_claim(control, shared);
	const uint8_t before = shared->now.mask;

	/* Hubs may have changed in a pause since it was chosen for. */
	if (control->serving->must_choose)
		choose(control, id);
	if (is_new && must_keep(control, id, &found)) {
		/* Whatever it has lost before. */
		shared->own = (struct mcr_own_claim){0};
		claim(control, shared);
	} else if (mcr_decision_loses(control->fib->peers->id, &shared->own, &found)) {
		mcr_claim_lose(&shared->own, control->now_ms);
	}
	shared->now = decide_by_facts(control, shared, &found);
	note_wait(control->serving, shared, control->now_ms);
	return shared->now.mask != before || shared->is_listed != (shared->now.mask != 0);
}

/* What this hub serves and should not; what it should serve in addition waits. */
static bool
give_up(struct mcr_controller *control, uint32_t id)
{
	struct mcr_placement *placement = control->fib->placement;
	struct shared *shared = &control->serving->at[id];
	const struct mcr_claims_found found = find_claim(control, shared);
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

bool
mcr_serving_gave_up(const struct mcr_controller *control)
{
	return control->serving->gave_up;
}

bool
mcr_serving_decide(struct mcr_controller *control, bool is_new)
{
	struct mcr_serving *serving = control->serving;
	bool has_changed = false;

	serving->must_decide = false;
	serving->due_ms = UINT64_MAX;
	serving->version = mcr_claims_version(serving->claims);
	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id))
		has_changed |= decide(control, id, is_new);
	return has_changed;
}

void
mcr_serving_set_masks(struct mcr_controller *control, bool widens)
{
	struct mcr_placement *placement = control->fib->placement;

	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id)) {
		const uint8_t before = widens ? mcr_placement_mask(placement, id) : 0;

		mcr_placement_set_mask(placement, id, control->serving->at[id].now.mask | before);
	}
}

static int
keep_error(int first, int next)
{
	return first != 0 ? first : next;
}

int
mcr_serving_publish(struct mcr_controller *control)
{
	int ret = 0;

	control->serving->gave_up = false;
	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id)) {
		const struct shared *shared = &control->serving->at[id];
		const bool must_list = shared->now.mask != MCR_PLACEMENT_NEVER;

		if (shared->is_listed && !must_list)
			unlist(control, id);
		else if (!shared->is_listed && must_list)
			ret = keep_error(ret, list(control, id));
	}
	ret = keep_error(ret, mcr_fib_commit_groups(control->fib));
	return keep_error(ret, mcr_fib_commit_segments(control->fib));
}

void
mcr_serving_tell(struct mcr_controller *control)
{

	for (uint32_t id = next_shared(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_shared(control, id))
		tell(control, &control->serving->at[id]);
}
