/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* An agent that lists all keys once and then reads changes knows what the hub wants. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_common.h>

#include <mcr_address.h>

#include "control/interest.h"

#define GROUPS 512
#define GROUP(number) (UINT32_C(0xe0000000) + (number))
#define PAGE 16

static struct mcr_rcu *rcu;
static struct mcr_interest_log *interest_log;

static int
start_log(void **unused)
{
	(void)unused;
	rcu = mcr_rcu_create(1);
	interest_log = mcr_interest_log_create(rcu);
	return rcu == NULL || interest_log == NULL;
}

static int
end_log(void **unused)
{
	(void)unused;
	mcr_interest_log_free(interest_log);
	mcr_rcu_free(rcu);
	return 0;
}

static void
change(uint32_t number, enum mcr_interest interest)
{
	const struct mcr_group_key key = {.group = GROUP(number), .length = 32};

	mcr_interest_log_change(interest_log, &key, interest);
}

static void
each_change_has_a_version_of_its_own(void **unused)
{
	struct mcr_interest_change changes[PAGE];

	(void)unused;
	assert_int_equal(mcr_interest_log_version(interest_log), 0);
	change(1, MCR_INTEREST_WANTS);
	change(2, MCR_INTEREST_EMPTY);
	change(2, MCR_INTEREST_EMPTY);
	assert_int_equal(mcr_interest_log_version(interest_log), 2);
	change(1, MCR_INTEREST_NONE);
	assert_int_equal(mcr_interest_log_version(interest_log), 3);
	assert_int_equal(mcr_interest_log_count(interest_log), 1);
	assert_int_equal(mcr_interest_log_read(interest_log, 1, changes, PAGE), 2);
	assert_int_equal(changes[0].key.group.group, GROUP(2));
	assert_int_equal(changes[0].interest, MCR_INTEREST_EMPTY);
	assert_int_equal(changes[1].key.group.group, GROUP(1));
	assert_int_equal(changes[1].interest, MCR_INTEREST_NONE);
	assert_int_equal(mcr_interest_log_read(interest_log, 3, changes, PAGE), 0);
}

static void
keys_of_one_address_are_told_apart(void **unused)
{
	const struct mcr_group_key keys[] = {
		{.group = 0xef000000, .length = 8},
		{.group = 0xef000000, .length = 9},
		{.group = 0xef000000, .length = 32},
		{.group = 0xef000000, .length = 32, .source = 0x0a000001},
		{.group = MCR_GROUP_FALLBACK},
		{.group = MCR_GROUP_BROADCAST, .length = 32},
	};

	(void)unused;
	for (unsigned int i = 0; i < RTE_DIM(keys); i++)
		mcr_interest_log_change(interest_log, &keys[i], MCR_INTEREST_WANTS);
	assert_int_equal(mcr_interest_log_count(interest_log), RTE_DIM(keys));
}

static void
segments_hosts_and_groups_of_one_number_are_told_apart(void **unused)
{
	const struct in6_addr address = {.s6_addr = {0xfd, [15] = 1}};
	const uint32_t number = mcr_address_get(&address, MCR_IPV6_LENGTH);
	const struct mcr_interest_key keys[] = {
		{.kind = MCR_INTEREST_SEGMENT, .number = number},
		{.kind = MCR_INTEREST_HOST, .number = number},
		{.kind = MCR_INTEREST_SEGMENT, .number = number + 1},
		{.kind = MCR_INTEREST_GROUP, .group = {.group = GROUP(1), .length = 32}},
	};

	(void)unused;
	for (unsigned int i = 0; i < RTE_DIM(keys); i++)
		mcr_interest_log_set(interest_log, &keys[i], MCR_INTEREST_WANTS);
	assert_int_equal(mcr_interest_log_count(interest_log), RTE_DIM(keys));
	mcr_interest_log_set(interest_log, &keys[0], MCR_INTEREST_NONE);
	assert_int_equal(mcr_interest_log_count(interest_log), RTE_DIM(keys) - 1);
	mcr_address_drop(number);
	assert_int_equal(mcr_address_find(address.s6_addr), number); /* the log holds it */
}

static uint32_t
change_ipv6(uint32_t number, enum mcr_interest interest)
{
	const uint8_t low = number, high = number >> 8, highest = number >> 16;
	const struct in6_addr address = {
		.s6_addr = {0xff, 5, [13] = highest, [14] = high, [15] = low}};
	const struct mcr_group_key key = {
		.group = mcr_address_get(&address, MCR_IPV6_LENGTH), .length = MCR_IPV6_LENGTH};

	mcr_interest_log_change(interest_log, &key, interest);
	mcr_address_drop(key.group);
	return key.group;
}

/* Who asks later formats them. */
static void
addresses_of_ipv6_are_held_while_they_are_remembered(void **unused)
{
	struct mcr_interest_change changes[PAGE];
	uint32_t place = 0;

	(void)unused;
	(void)change_ipv6(1, MCR_INTEREST_NONE);
	assert_int_equal(mcr_address_count(), 0);
	(void)change_ipv6(1, MCR_INTEREST_WANTS);
	assert_int_equal(change_ipv6(1, MCR_INTEREST_EMPTY), change_ipv6(1, MCR_INTEREST_WANTS));
	assert_int_equal(mcr_interest_log_list(interest_log, &place, changes, PAGE), 1);
	assert_int_equal(mcr_address_length(changes[0].key.group.group), MCR_IPV6_LENGTH);
	for (uint32_t i = 2; i <= MCR_INTEREST_GONE_MAX + 3; i++) {
		(void)change_ipv6(i, MCR_INTEREST_WANTS);
		(void)change_ipv6(i, MCR_INTEREST_NONE);
	}
	assert_in_range(mcr_address_count(), MCR_INTEREST_GONE_MAX / 2, MCR_INTEREST_GONE_MAX);
	mcr_interest_log_free(interest_log);
	interest_log = NULL;
	assert_int_equal(mcr_address_count(), 0);
	mcr_address_reclaim(NULL);
}

static void
what_was_never_wanted_is_not_remembered(void **unused)
{
	(void)unused;
	change(1, MCR_INTEREST_NONE);
	assert_int_equal(mcr_interest_log_version(interest_log), 0);
}

static void
a_version_of_another_start_is_not_reached(void **unused)
{
	(void)unused;
	change(1, MCR_INTEREST_WANTS);
	assert_true(mcr_interest_log_reaches(interest_log, 0));
	assert_true(mcr_interest_log_reaches(interest_log, 1));
	assert_false(mcr_interest_log_reaches(interest_log, 2));
}

static void
old_withdrawals_are_forgotten_and_said_to_be(void **unused)
{
	(void)unused;
	change(MCR_INTEREST_GONE_MAX + 1, MCR_INTEREST_WANTS);
	for (uint32_t i = 0; i <= MCR_INTEREST_GONE_MAX; i++) {
		change(i, MCR_INTEREST_WANTS);
		change(i, MCR_INTEREST_NONE);
	}
	assert_false(mcr_interest_log_reaches(interest_log, 1));
	assert_true(mcr_interest_log_reaches(interest_log, mcr_interest_log_version(interest_log)));
	assert_true(mcr_interest_log_reaches(
		interest_log, mcr_interest_log_version(interest_log) - MCR_INTEREST_GONE_MAX / 2));
	assert_int_equal(mcr_interest_log_count(interest_log), 1);
}

/* What an agent knows. */
struct agent {
	uint64_t since;
	uint32_t place;
	uint64_t listed; /* version at the start of the list */
	enum mcr_interest known[GROUPS];
};

static void
learn(struct agent *agent, const struct mcr_interest_change *changes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t number = changes[i].key.group.group - GROUP(0);

		assert_in_range(number, 0, GROUPS - 1);
		agent->known[number] = changes[i].interest;
	}
}

/* One page. Changes come between pages. */
static void
ask(struct agent *agent)
{
	struct mcr_interest_change changes[PAGE];
	uint32_t count;

	if (agent->since != 0 && !mcr_interest_log_reaches(interest_log, agent->since)) {
		*agent = (struct agent){0};
	}
	if (agent->since == 0) {
		if (agent->place == 0)
			agent->listed = mcr_interest_log_version(interest_log);
		count = mcr_interest_log_list(interest_log, &agent->place, changes, PAGE);
		learn(agent, changes, count);
		if (agent->place == 0)
			agent->since = agent->listed;
		return;
	}
	count = mcr_interest_log_read(interest_log, agent->since, changes, PAGE);
	learn(agent, changes, count);
	if (count != 0)
		agent->since = changes[count - 1].version;
}

static void
an_agent_that_asks_between_changes_knows_all_in_the_end(void **unused)
{
	enum mcr_interest wanted[GROUPS] = {0};
	struct agent agent = {0};

	(void)unused;
	srandom(1);
	for (unsigned int i = 0; i < 200000; i++) {
		const uint32_t group = random() % GROUPS;
		const enum mcr_interest interest = random() % 3;

		change(group, interest);
		wanted[group] = interest;
		if (random() % 8 == 0)
			ask(&agent);
	}
	while (agent.since != mcr_interest_log_version(interest_log))
		ask(&agent);
	for (uint32_t i = 0; i < GROUPS; i++)
		assert_int_equal(agent.known[i], wanted[i]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_log, end_log)
	const struct CMUnitTest tests[] = {
		TEST(each_change_has_a_version_of_its_own),
		TEST(keys_of_one_address_are_told_apart),
		TEST(segments_hosts_and_groups_of_one_number_are_told_apart),
		TEST(addresses_of_ipv6_are_held_while_they_are_remembered),
		TEST(what_was_never_wanted_is_not_remembered),
		TEST(a_version_of_another_start_is_not_reached),
		TEST(old_withdrawals_are_forgotten_and_said_to_be),
		TEST(an_agent_that_asks_between_changes_knows_all_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
