/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"

#define OVERLAY UINT32_C(0x0a090002)
#define OTHER_OVERLAY UINT32_C(0x0a090003)

static const struct mcr_overlay first_hub = {.hub = UINT32_C(0x0a090001), .length = 24};
static const struct mcr_overlay last_hub = {.hub = UINT32_C(0x0a0900fe), .length = 24};
static const struct mcr_overlay other_subnet = {.hub = UINT32_C(0x0a090001), .length = 25};

static struct mcr_member
describe_inside(const char *name, uint32_t key, uint32_t overlay)
{
	struct mcr_member member = describe(name, ON_LINK, MCR_ENCAP_GRE);

	member.identity.has_key = true;
	member.identity.key = key;
	member.hub_overlay = first_hub;
	member.overlay = overlay;
	return member;
}

static void
the_hub_may_have_another_address_in_the_same_subnet(void **state)
{
	struct table *table = *state;
	const struct mcr_member before = describe_inside("a", 1, OVERLAY);
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
	const struct mcr_member before = describe_inside("a", 1, OVERLAY);
	struct mcr_member after = describe_inside("a", 1, OTHER_OVERLAY);
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
a_released_overlay_address_is_free_for_others(void **state)
{
	struct table *table = *state;
	struct mcr_member first = describe_inside("a", 1, OVERLAY);
	struct mcr_member second = describe_inside("b", 2, OTHER_OVERLAY);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hub_may_have_another_address_in_the_same_subnet),
		TEST(another_address_or_subnet_is_another_overlay),
		TEST(a_released_overlay_address_is_free_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
