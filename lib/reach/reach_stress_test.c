/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *
 *   writer: members claim, release and are forgotten; reclaims
 *      |
 *   [reach] -> two threads: behind which members is a number?
 *
 * Members that claim a number are congruent to it modulo FAMILIES, so a record reused too early is
 * detected. One number is always claimed.
 */

#include <stress_run.h>

#include <rte_common.h>

#include "mcr_reach.h"

#define FAMILIES 4
#define NUMBERS 64
#define MEMBERS 64
#define ENOUGH 100000

#define STEADY_NUMBER 4001
#define STEADY_MEMBER 1000

static struct mcr_reach *reach;

static void
look_for_number(uint32_t number)
{
	const struct mcr_receivers *list = mcr_reach_find(reach, number);

	count_one(list == NULL ? &stress.missed : &stress.found);
	if (list == NULL)
		return;
	check(list->count != 0 && list->count <= MEMBERS / FAMILIES);
	for (uint32_t i = 0; i < RTE_MIN(list->count, (uint32_t)MEMBERS); i++)
		check(list->at[i].member % FAMILIES == number % FAMILIES &&
			list->at[i].address == list->at[i].member);
}

static void
look_for_all(uint64_t *seed)
{
	const struct mcr_receivers *steady;

	for (unsigned int i = 0; i < 64; i++)
		look_for_number(next_random(seed) % NUMBERS);
	steady = mcr_reach_find(reach, STEADY_NUMBER);
	check(steady != NULL && steady->count == 1 && steady->at[0].member == STEADY_MEMBER);
}

static void
change(uint32_t random)
{
	const uint32_t number = random % NUMBERS;
	const uint32_t member = (random >> 8) % (MEMBERS / FAMILIES) * FAMILIES + number % FAMILIES;
	const struct mcr_receiver receiver = {.address = member, .member = member};

	if (random >> 29 == 0)
		mcr_reach_forget(reach, member);
	else if (random >> 31 == 0)
		mcr_reach_claim(reach, number, receiver);
	else
		mcr_reach_release(reach, number, member);
}

static void
write_changes(uint64_t *seed)
{
	for (unsigned int i = 0; i < 256; i++)
		change(next_random(seed));
}

static enum verdict
run(int flaw)
{
	const struct mcr_receiver steady = {STEADY_MEMBER, STEADY_MEMBER};
	enum verdict verdict;

	start_stress(flaw, ENOUGH);
	reach = mcr_reach_create(NUMBERS * MEMBERS, false, stress.rcu);
	mcr_reach_claim(reach, STEADY_NUMBER, steady);
	verdict = run_stress(write_changes, look_for_all, look_for_all);
	mcr_reach_free(reach);
	mcr_rcu_free(stress.rcu);
	return verdict;
}

static void
readers_see_right_answers_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_right_answers_under_constant_change),
		cmocka_unit_test(without_grace_periods_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
