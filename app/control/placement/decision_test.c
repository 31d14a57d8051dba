/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/placement/decision.h"
#include "control/placement/hubs.h"

#define SELF MCR_HUBS_SELF
#define NOBODY MCR_HUBS_NOBODY
#define BETA 4
#define GAMMA 5
#define MADE_MS 5000

static const struct mcr_handover settled = {4, MCR_HANDOVER_SETTLED},
				 preparing = {5, MCR_HANDOVER_PREPARE},
				 switching = {5, MCR_HANDOVER_SWITCH};

struct given {
	uint16_t even, odd; /* chosen */
	uint32_t left[MCR_PLACEMENT_TAGS];
	uint32_t own;   /* number of this hub's claim */
	uint32_t other; /* of gamma's */
};

static struct mcr_decision
decide_at(const struct mcr_handover *handover, struct given given, uint64_t now_ms)
{
	const struct mcr_own_claim own = {.number = given.own, .since_ms = MADE_MS};
	const struct mcr_claims_found found = {
		.claim = {.hub = 1, .number = given.other}, .peer = GAMMA};
	const struct mcr_decision_facts facts = {
		.chosen = {given.even, given.odd},
		.left = {given.left[0], given.left[1]},
		.own = &own,
		.found = &found,
	};

	return mcr_decide(handover, &facts, now_ms);
}

static void
expect(const struct mcr_handover *handover, struct given given, uint8_t mask, uint16_t server,
	uint32_t left)
{
	const struct mcr_decision decision = decide_at(handover, given, MADE_MS);

	assert_int_equal(decision.mask, mask);
	assert_int_equal(decision.server, server);
	assert_int_equal(decision.left, left);
}

static void
without_claims_the_chosen_hub_serves(void **state)
{
	(void)state;
	expect(&settled, (struct given){SELF, NOBODY, .own = 0}, 3, SELF, 0);
	expect(&settled, (struct given){BETA, NOBODY, .own = 0}, 0, BETA, 0);
	expect(&settled, (struct given){NOBODY, NOBODY, .own = 0}, 0, NOBODY, 0);
	expect(&preparing, (struct given){SELF, BETA, .own = 0}, 1, SELF, 0);
	expect(&switching, (struct given){SELF, BETA, .own = 0}, 1, BETA, 0);
	expect(&preparing, (struct given){BETA, SELF, .own = 0}, 2, BETA, 0);
	expect(&preparing, (struct given){SELF, SELF, .own = 0}, 3, SELF, 0);
}

/* What this hub would not serve anyway it need not leave. */
static void
a_member_that_another_hub_claims_is_left_by_the_chosen_one(void **state)
{
	(void)state;
	expect(&settled, (struct given){SELF, NOBODY, .other = 7}, 0, GAMMA, 7);
	expect(&settled, (struct given){BETA, NOBODY, .other = 7}, 0, GAMMA, 0);
	expect(&preparing, (struct given){BETA, SELF, .other = 7}, 0, GAMMA, 7);
	expect(&preparing, (struct given){SELF, BETA, .other = 7}, 0, GAMMA, 7);
}

static void
a_claimant_serves_when_the_chosen_hub_has_left(void **state)
{
	(void)state;
	expect(&settled, (struct given){BETA, NOBODY, .own = 7}, 0, SELF, 0);
	expect(&settled, (struct given){BETA, NOBODY, .left = {6}, .own = 7}, 0, SELF, 0);
	expect(&settled, (struct given){BETA, NOBODY, .left = {7}, .own = 7}, 3, SELF, 0);
	expect(&settled, (struct given){BETA, NOBODY, .left = {8}, .own = 7}, 3, SELF, 0);
	expect(&settled, (struct given){NOBODY, NOBODY, .own = 7}, 3, SELF, 0);
	expect(&settled, (struct given){SELF, NOBODY, .own = 7}, 3, SELF, 0);
}

static void
a_claimant_waits_for_lower_claims_too(void **state)
{
	(void)state;
	expect(&settled, (struct given){SELF, NOBODY, .own = 7, .other = 6}, 0, SELF, 0);
	expect(&settled, (struct given){BETA, NOBODY, .left = {7}, .own = 7, .other = 6}, 0, SELF,
		0);
}

/* Each generation has a hub of its own that may serve the packets of its tag. */
static void
a_claimant_serves_the_tag_whose_hub_has_left(void **state)
{
	(void)state;
	expect(&preparing, (struct given){SELF, BETA, .own = 7}, 1, SELF, 0);
	expect(&preparing, (struct given){GAMMA, BETA, .left = {0, 7}, .own = 7}, 2, SELF, 0);
	expect(&preparing, (struct given){GAMMA, BETA, .left = {7, 7}, .own = 7}, 3, SELF, 0);
}

static void
a_claimant_serves_after_a_second_in_any_case(void **state)
{
	const struct given given = {BETA, NOBODY, .own = 7, .other = 6};

	(void)state;
	assert_int_equal(decide_at(&settled, given, MADE_MS + MCR_CLAIM_WAIT_MS - 1).mask, 0);
	assert_int_equal(decide_at(&settled, given, MADE_MS + MCR_CLAIM_WAIT_MS).mask, 3);
}

static void
the_higher_claim_wins(void **state)
{
	const struct mcr_own_claim own = {.number = 5}, none = {0};
	struct mcr_claims_found found = {.claim = {.hub = 10, .number = 5}};

	(void)state;
	assert_true(mcr_decision_loses(9, &own, &found));
	assert_false(mcr_decision_loses(11, &own, &found));
	assert_false(mcr_decision_loses(9, &none, &found));
	found.claim.number = 6;
	assert_true(mcr_decision_loses(11, &own, &found));
	found.claim.number = 0;
	assert_false(mcr_decision_loses(9, &own, &found));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_claims_the_chosen_hub_serves),
		cmocka_unit_test(a_member_that_another_hub_claims_is_left_by_the_chosen_one),
		cmocka_unit_test(a_claimant_serves_when_the_chosen_hub_has_left),
		cmocka_unit_test(a_claimant_waits_for_lower_claims_too),
		cmocka_unit_test(a_claimant_serves_the_tag_whose_hub_has_left),
		cmocka_unit_test(a_claimant_serves_after_a_second_in_any_case),
		cmocka_unit_test(the_higher_claim_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
