/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "control/placement/decision.h"
#include "control/placement/hubs.h"

/* Whether the hub that placement chooses does not serve the member any more. */
static bool
is_left(const struct mcr_decision_facts *facts, unsigned int tag)
{
	const uint16_t hub = facts->chosen[tag];

	return hub == MCR_HUBS_NOBODY || hub == MCR_HUBS_SELF ||
	       facts->left[tag] >= facts->own->number;
}

static uint8_t
served_by_claim(const struct mcr_decision_facts *facts, uint64_t now_ms)
{
	const bool others_claim = facts->found->claim.number != 0;
	uint8_t serves = 0;

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++)
		serves |= mcr_claim_may_serve(
				  facts->own, !others_claim && is_left(facts, tag), now_ms)
		          << tag;
	return serves;
}

static uint8_t
served_by_placement(const struct mcr_decision_facts *facts)
{
	uint8_t serves = 0;

	for (unsigned int tag = 0; tag < MCR_PLACEMENT_TAGS; tag++)
		serves |= (facts->chosen[tag] == MCR_HUBS_SELF) << tag;
	return serves;
}

struct mcr_decision
mcr_decide(const struct mcr_handover *handover, const struct mcr_decision_facts *facts,
	uint64_t now_ms)
{
	const uint8_t placed = served_by_placement(facts);
	struct mcr_decision decision = {0};

	if (facts->own->number != 0) {
		decision.mask = mcr_handover_mask(handover, served_by_claim(facts, now_ms));
		decision.server = MCR_HUBS_SELF;
	} else if (facts->found->claim.number != 0) {
		decision.server = facts->found->peer;
		decision.left = placed != 0 ? facts->found->claim.number : 0;
	} else {
		decision.mask = mcr_handover_mask(handover, placed);
		decision.server = facts->chosen[mcr_handover_tag(handover)];
	}
	return decision;
}
