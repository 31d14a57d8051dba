/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_member.h"

#define HUB UINT32_C(0x0a00000a)
#define ON_LINK UINT32_C(0x0a00000c)
#define OVERLAY UINT32_C(0x0a090002)
#define OTHER_OVERLAY UINT32_C(0x0a090003)

static const struct mcr_overlay first_hub = {.hub = UINT32_C(0x0a090001), .length = 24};
static const struct mcr_overlay last_hub = {.hub = UINT32_C(0x0a0900fe), .length = 24};
static const struct mcr_overlay other_subnet = {.hub = UINT32_C(0x0a090001), .length = 25};

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
describe(const char *name, uint32_t key, uint32_t overlay)
{
	struct mcr_member member;

	memset(&member, 0, sizeof(member));
	member.identity.address = member.next_hop = ON_LINK;
	member.identity.encap = MCR_ENCAP_GRE;
	member.identity.has_key = true;
	member.identity.key = key;
	member.hub_overlay = first_hub;
	member.overlay = overlay;
	member.mtu = 1500;
	snprintf(member.name, sizeof(member.name), "%s", name);
	return member;
}

static uint32_t
add(struct table *table, const struct mcr_member *member)
{
	uint32_t id = MCR_MEMBER_NONE;

	assert_int_equal(mcr_member_add(table->members, member, &id), 0);
	return id;
}

static void
the_hub_may_have_another_address_in_the_same_subnet(void **state)
{
	struct table *table = *state;
	const struct mcr_member before = describe("a", 1, OVERLAY);
	struct mcr_member after = before;
	const uint32_t id = add(table, &before);

	after.hub_overlay = last_hub;
	assert_true(mcr_member_has_same_overlay(&before, &after));
	assert_int_equal(mcr_member_update(table->members, id, &after), 0);
	assert_int_equal(mcr_member_find_overlay(table->members, &first_hub, OVERLAY), id);
	assert_int_equal(mcr_member_find_overlay(table->members, &last_hub, OVERLAY), id);
}

static void
another_address_or_subnet_is_another_overlay(void **state)
{
	struct table *table = *state;
	const struct mcr_member before = describe("a", 1, OVERLAY);
	struct mcr_member after = describe("a", 1, OTHER_OVERLAY);
	const uint32_t id = add(table, &before);

	assert_false(mcr_member_has_same_overlay(&before, &after));
	assert_int_equal(mcr_member_update(table->members, id, &after), 0);
	assert_int_equal(
		mcr_member_find_overlay(table->members, &first_hub, OVERLAY), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay(table->members, &first_hub, OTHER_OVERLAY), id);

	after.hub_overlay = other_subnet;
	assert_int_equal(mcr_member_update(table->members, id, &after), 0);
	assert_int_equal(mcr_member_find_overlay(table->members, &first_hub, OTHER_OVERLAY),
		MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay(table->members, &other_subnet, OTHER_OVERLAY), id);

	after.overlay = 0;
	assert_int_equal(mcr_member_update(table->members, id, &after), 0);
	assert_int_equal(mcr_member_find_overlay(table->members, &other_subnet, OTHER_OVERLAY),
		MCR_MEMBER_NONE);
}

static void
what_is_given_up_is_free_for_others(void **state)
{
	struct table *table = *state;
	struct mcr_member first = describe("a", 1, OVERLAY);
	struct mcr_member second = describe("b", 2, OTHER_OVERLAY);
	const uint32_t first_id = add(table, &first), second_id = add(table, &second);

	second.overlay = OVERLAY;
	assert_int_equal(mcr_member_update(table->members, second_id, &second), -EEXIST);
	first.overlay = 0;
	assert_int_equal(mcr_member_update(table->members, first_id, &first), 0);
	assert_int_equal(mcr_member_update(table->members, second_id, &second), 0);
	assert_int_equal(mcr_member_find_overlay(table->members, &first_hub, OVERLAY), second_id);
	mcr_member_remove(table->members, second_id);
	assert_int_equal(
		mcr_member_find_overlay(table->members, &first_hub, OVERLAY), MCR_MEMBER_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hub_may_have_another_address_in_the_same_subnet),
		TEST(another_address_or_subnet_is_another_overlay),
		TEST(what_is_given_up_is_free_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
