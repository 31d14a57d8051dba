/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/background.h"
#include "control/membership.h"
#include "control/room.h"

/** In the order of leaving. */
enum rank {
	IDLE,
	GATEWAY,
	JOINED,
};

struct candidate {
	uint32_t id;
	enum rank rank;
	uint64_t order; /* within the rank */
};

static struct candidate
describe_candidate(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);

	if (member->origin == MCR_MEMBER_ADMITTED)
		return (struct candidate){
			.id = id,
			.rank = mcr_membership_holds_any(control, id) ? JOINED : IDLE,
			.order = mcr_admit_heard_ms(control, id),
		};
	RTE_ASSERT(member->origin == MCR_MEMBER_AMT);
	return (struct candidate){
		.id = id,
		.rank = GATEWAY,
		.order = UINT32_MAX - mcr_amt_gateway_count_at(
					      control->fib, member->identity.address, UINT32_MAX),
	};
}

static uint32_t
list_candidates(struct mcr_controller *control, const bool *declared, const bool *leaving,
	struct candidate *candidates)
{
	const struct mcr_members *members = control->fib->members;
	uint32_t count = 0;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		if (!leaving[id] && !declared[id] &&
			mcr_member_get(members, id)->origin != MCR_MEMBER_PEER)
			candidates[count++] = describe_candidate(control, id);
		mcr_background_pause(control);
	}
	return count;
}

static int
compare_candidates(const void *a, const void *b, void *control)
{
	const struct candidate *one = a, *other = b;

	mcr_background_pause(control);
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	if (one->order != other->order)
		return one->order < other->order ? -1 : 1;
	return one->id < other->id ? -1 : 1;
}

int
mcr_room_choose(struct mcr_controller *control, const bool *declared, uint32_t count, bool *leaving)
{
	struct candidate *candidates;
	uint32_t n;

	if (count == 0)
		return 0;
	candidates = calloc(mcr_member_count(control->fib->members) + 1ul, sizeof(*candidates));
	if (candidates == NULL)
		return -ENOMEM;
	n = list_candidates(control, declared, leaving, candidates);
	qsort_r(candidates, n, sizeof(*candidates), compare_candidates, control);
	for (uint32_t i = 0; n >= count && i < count; i++)
		leaving[candidates[i].id] = true;
	free(candidates);
	return n < count ? -ENOSPC : 0;
}
