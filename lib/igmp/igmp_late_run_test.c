/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A message that arrives before run has handled due timers has the same effect as one after it. */

#include "igmp_fixture.h"

struct outcome {
	char state[1024];
	char queries[1024];
	uint32_t received; /* bit by source */
	uint64_t ignored;
};

static struct outcome
outcome_of(struct fixture *f)
{
	struct outcome outcome = {.ignored = rejected(f, MCR_IGMP_REJECT_OLDER_HOST)};

	snprintf(outcome.state, sizeof(outcome.state), "%s", state_of(f));
	snprintf(outcome.queries, sizeof(outcome.queries), "%s", f->queries);
	for (uint8_t i = 1; i < 10; i++)
		outcome.received |= (uint32_t)receives(f, i) << i;
	return outcome;
}

static void
prepare_exclude(struct fixture *f)
{
	report(f, MCR_IGMP_IS_EX, LIST(9));
	report(f, MCR_IGMP_ALLOW, LIST(1));
	f->now += 270 * SECOND;
}

static void
prepare_include(struct fixture *f)
{
	report(f, MCR_IGMP_IS_IN, LIST(1, 2));
	f->now += 270 * SECOND;
}

static void
prepare_due_source(struct fixture *f)
{
	report(f, MCR_IGMP_ALLOW, LIST(1));
	pass(f, 200 * SECOND);
	report(f, MCR_IGMP_IS_EX, LIST(1));
	f->now += 70 * SECOND;
}

/* The host of the oldest version is present for longer than the group. */
static void
prepare_older_host(struct fixture *f)
{
	const struct mcr_igmp_query query = {.sender = HUB + 1, .group = GROUP};

	assert_int_equal(older(f, FAMILY_OLDEST_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	f->now += 2 * SECOND;
}

static struct outcome
play(void (*prepare)(struct fixture *f), uint8_t type, const uint8_t *list, bool runs_first)
{
	struct fixture *f = fixture_create();
	struct outcome outcome;

	prepare(f);
	if (runs_first)
		mcr_igmp_run(f->igmp, f->now);
	report_of(f, MEMBER, type, GROUP, list);
	outcome = outcome_of(f);
	fixture_free(f);
	return outcome;
}

static void
assert_same(void (*prepare)(struct fixture *f), uint8_t type, const uint8_t *list)
{
	const struct outcome late = play(prepare, type, list, false);
	const struct outcome early = play(prepare, type, list, true);

	assert_string_equal(late.state, early.state);
	assert_string_equal(late.queries, early.queries);
	assert_int_equal(late.received, early.received);
	assert_int_equal(late.ignored, early.ignored);
}

static void
due_timers_count_as_handled(void **unused __rte_unused)
{
	static void (*const prepare[])(struct fixture * f) = {
		prepare_exclude, prepare_include, prepare_due_source, prepare_older_host};

	for (uint32_t i = 0; i < RTE_DIM(prepare); i++) {
		for (int type = MCR_IGMP_IS_IN; type < MCR_IGMP_RECORD_TYPES; type++) {
			assert_same(prepare[i], type, NOTHING);
			assert_same(prepare[i], type, LIST(1));
			assert_same(prepare[i], type, LIST(2, 9));
		}
	}
}

/* Its Other Querier Present is due: a higher one, still below the hub, wins. */
static void
a_querier_that_is_gone_wins_no_election(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	hear_general(f, HUB - 2);
	f->now += 185 * SECOND;
	hear_general(f, HUB - 1);
	assert_int_equal(querier(f).address, HUB - 1);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(due_timers_count_as_handled),
		cmocka_unit_test(a_querier_that_is_gone_wins_no_election),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
