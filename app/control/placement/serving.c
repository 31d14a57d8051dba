/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/placement/placement.h"
#include "control/placement/serving_state.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "fib/policy.h"

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

struct mcr_serving_member *
mcr_serving_find(const struct mcr_controller *control, uint32_t id)
{
	struct mcr_serving *serving = control->serving;

	RTE_ASSERT(id < control->workers->max_members);
	return serving != NULL && serving->at[id].is_shared ? &serving->at[id] : NULL;
}

uint32_t
mcr_serving_next(struct mcr_controller *control, uint32_t after)
{
	uint32_t id = after;

	do {
		mcr_background_pause(control);
		id = mcr_member_next(control->fib->members, id);
	} while (id != MCR_MEMBER_NONE && !control->serving->at[id].is_shared);
	return id;
}

struct mcr_placement_member
mcr_serving_describe(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const uint32_t address = member->identity.address;
	struct mcr_placement_member described = {
		.hash = control->serving->at[id].hash,
		.is_ipv6 = mcr_address_is_ipv6(address),
		.is_plain = member->identity.encap == MCR_ENCAP_L2,
		.is_nat = member->is_nat,
	};

	if (described.is_ipv6)
		described.address6 = *mcr_address_ipv6(address);
	else
		described.address = address;
	return described;
}

static void
begin_sharing(struct mcr_controller *control, uint32_t id)
{
	control->serving->at[id] = (struct mcr_serving_member){
		.is_shared = true,
		.chosen = {MCR_HUBS_NOBODY, MCR_HUBS_NOBODY},
		.now = {.server = MCR_HUBS_NOBODY},
	};
	mcr_serving_unlist(control, id);
	mcr_placement_set_mask(control->fib->placement, id, MCR_PLACEMENT_NEVER);
}

/* Its claims are withdrawn. */
static void
end_sharing(struct mcr_controller *control, uint32_t id)
{
	struct mcr_serving_member *shared = &control->serving->at[id];

	shared->own.number = 0;
	shared->now.left = 0;
	mcr_serving_tell_claims(control, shared);
	*shared = (struct mcr_serving_member){0};
	mcr_placement_set_mask(control->fib->placement, id, MCR_PLACEMENT_ALWAYS);
}

static void
follow_name(struct mcr_controller *control, uint32_t id, const char *name)
{
	struct mcr_serving_member *shared = &control->serving->at[id];
	const uint32_t hash = mcr_placement_hash(name);

	if (hash == shared->hash)
		return;
	shared->own = (struct mcr_own_claim){0};
	shared->now.left = 0;
	mcr_serving_tell_claims(control, shared);
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
	if (is_shared && mcr_serving_find(control, id) == NULL)
		begin_sharing(control, id);
	else if (!is_shared && mcr_serving_find(control, id) != NULL) {
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
	if (mcr_serving_find(control, id) == NULL)
		return;
	end_sharing(control, id);
	mcr_group_suspend(control->fib->groups, id, false);
}

bool
mcr_serving_is_shared(const struct mcr_controller *control, uint32_t id)
{
	return mcr_serving_find(control, id) != NULL;
}

bool
mcr_serving_lists(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_serving_member *shared = mcr_serving_find(control, id);

	return shared == NULL || shared->is_listed;
}

uint16_t
mcr_serving_server(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_serving_member *shared = mcr_serving_find(control, id);

	return shared != NULL ? shared->now.server : MCR_HUBS_NOBODY;
}

struct mcr_serving_counts
mcr_serving_count(struct mcr_controller *control)
{
	struct mcr_serving_counts counts = {0};

	if (control->serving == NULL)
		return counts;
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id)) {
		const struct mcr_serving_member *shared = &control->serving->at[id];

		counts.members++;
		counts.served += shared->now.mask != MCR_PLACEMENT_NEVER;
		counts.claims += shared->own.number != 0;
	}
	return counts;
}
