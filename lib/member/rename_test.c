/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"

static const struct rte_ether_addr mac = {{0x02, 0, 0, 0, 0, 0x0b}};

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
	struct mcr_member member = describe("gre:10.0.0.11", HUB + 1, MCR_ENCAP_GRE);
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
	struct mcr_member member = describe("a", HUB + 1, MCR_ENCAP_GRE);
	const uint32_t id = add(table, &member);

	mcr_member_resolve(table->members, 0, HUB + 1, &mac);
	assert_int_equal(update(table, id, &member, "b"), 0);
	assert_non_null(mcr_member_template(table->members, id));
}

static void
a_name_of_another_member_is_refused_and_nothing_changes(void **state)
{
	struct table *table = *state;
	struct mcr_member a = describe("a", HUB + 1, MCR_ENCAP_GRE),
			  b = describe("b", HUB + 2, MCR_ENCAP_GRE);
	const uint32_t id_a = add(table, &a), id_b = add(table, &b);

	assert_int_equal(update(table, id_a, &a, "b"), -EEXIST);
	assert_int_equal(mcr_member_find_name(table->members, "a"), id_a);
	assert_int_equal(mcr_member_find_name(table->members, "b"), id_b);
}

static void
an_old_name_is_free_for_others(void **state)
{
	struct table *table = *state;
	struct mcr_member a = describe("a", HUB + 1, MCR_ENCAP_GRE),
			  b = describe("b", HUB + 2, MCR_ENCAP_GRE);
	const uint32_t id_a = add(table, &a), id_b = add(table, &b);

	assert_int_equal(update(table, id_b, &b, "c"), 0);
	assert_int_equal(update(table, id_a, &a, "b"), 0);
	assert_int_equal(mcr_member_find_name(table->members, "b"), id_a);
	assert_int_equal(mcr_member_find_name(table->members, "c"), id_b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_renamed_member_is_found_by_its_new_name_alone),
		TEST(a_renamed_member_stays_reachable),
		TEST(a_name_of_another_member_is_refused_and_nothing_changes),
		TEST(an_old_name_is_free_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
