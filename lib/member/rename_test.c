/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_member.h"

#define HUB UINT32_C(0x0a00000a)

static const struct rte_ether_addr mac = {{0x02, 0, 0, 0, 0, 0x0b}};

struct table {
	struct mcr_rcu *rcu;
	struct mcr_members *members;
};

static int
set_up(void **state)
{
	const struct mcr_member_port port = {{{0x02, 0, 0, 0, 0, 1}}, HUB};
	struct table *table = calloc(1, sizeof(*table));

	table->rcu = mcr_rcu_create(1);
	table->members = mcr_members_create(2, &port, 1, table->rcu);
	*state = table;
	return table->members == NULL;
}

static int
tear_down(void **state)
{
	struct table *table = *state;

	mcr_members_free(table->members);
	assert_int_equal(mcr_rcu_reclaim(table->rcu), 0);
	mcr_rcu_free(table->rcu);
	free(table);
	return 0;
}

static struct mcr_member
describe(const char *name, uint32_t address)
{
	struct mcr_member member;

	memset(&member, 0, sizeof(member));
	member.identity = (struct mcr_member_identity){.address = address, .encap = MCR_ENCAP_GRE};
	member.next_hop = address;
	member.mtu = 1500;
	snprintf(member.name, sizeof(member.name), "%s", name);
	return member;
}

static uint32_t
add(struct table *table, const struct mcr_member *member)
{
	uint32_t id;

	assert_int_equal(mcr_member_add(table->members, member, &id), 0);
	return id;
}

static int
update(struct table *table, uint32_t id, struct mcr_member *member, const char *name)
{
	snprintf(member->name, sizeof(member->name), "%s", name);
	return mcr_member_update(table->members, id, member);
}

static void
a_renamed_member_is_found_by_its_new_name_alone(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("gre:10.0.0.11", HUB + 1);
	const uint32_t id = add(table, &member);

	member.origin = MCR_MEMBER_STATIC;
	assert_int_equal(update(table, id, &member, "a"), 0);
	assert_int_equal(mcr_member_find_name(table->members, "a"), id);
	assert_int_equal(mcr_member_find_name(table->members, "gre:10.0.0.11"), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find(table->members, &member.identity), id);
	mcr_member_remove(table->members, id);
	assert_int_equal(mcr_member_find_name(table->members, "a"), MCR_MEMBER_NONE);
}

static void
a_renamed_member_stays_reachable(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", HUB + 1);
	const uint32_t id = add(table, &member);

	mcr_member_resolve(table->members, 0, HUB + 1, &mac);
	assert_int_equal(update(table, id, &member, "b"), 0);
	assert_non_null(mcr_member_template(table->members, id));
}

static void
a_name_of_another_member_is_refused_and_nothing_changes(void **state)
{
	struct table *table = *state;
	struct mcr_member a = describe("a", HUB + 1), b = describe("b", HUB + 2);
	const uint32_t id_a = add(table, &a), id_b = add(table, &b);

	assert_int_equal(update(table, id_a, &a, "b"), -EEXIST);
	assert_int_equal(mcr_member_find_name(table->members, "a"), id_a);
	assert_int_equal(mcr_member_find_name(table->members, "b"), id_b);
}

static void
a_name_that_was_given_up_is_free(void **state)
{
	struct table *table = *state;
	struct mcr_member a = describe("a", HUB + 1), b = describe("b", HUB + 2);
	const uint32_t id_a = add(table, &a), id_b = add(table, &b);

	assert_int_equal(update(table, id_b, &b, "c"), 0);
	assert_int_equal(update(table, id_a, &a, "b"), 0);
	assert_int_equal(mcr_member_find_name(table->members, "b"), id_a);
	assert_int_equal(mcr_member_find_name(table->members, "c"), id_b);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_renamed_member_is_found_by_its_new_name_alone),
		TEST(a_renamed_member_stays_reachable),
		TEST(a_name_of_another_member_is_refused_and_nothing_changes),
		TEST(a_name_that_was_given_up_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
