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

static uint32_t
number(const char *text)
{
	struct in6_addr address;
	uint8_t length;

	assert_true(mcr_address_parse_ipv6(text, &address, &length));
	return mcr_address_get(&address, length);
}

static struct mcr_overlay
subnet6(const char *text)
{
	struct mcr_overlay overlay;
	struct in6_addr address;

	assert_true(mcr_address_parse_ipv6(text, &address, &overlay.length));
	overlay.hub = mcr_address_get(&address, MCR_IPV6_LENGTH);
	return overlay;
}

/* The first subnet has bits in the middle of a byte. */
static void
an_address_of_ipv6_is_found_in_its_own_subnet_only(void **state)
{
	struct table *table = *state;
	const struct mcr_overlay own = subnet6("fd00:0:0:5::1/62"),
				 same = subnet6("fd00:0:0:6::9/62"),
				 next = subnet6("fd00:0:0:8::1/62"),
				 longer = subnet6("fd00:0:0:5::1/64");
	const uint32_t first = number("fd00::2"), second = number("fd00::3");
	struct mcr_member member = describe_inside("a", 1, OVERLAY), moved;
	uint32_t id, other;

	member.hub_overlay6 = own;
	member.overlay6 = first;
	id = add(table, &member);
	moved = member;
	moved.hub_overlay6 = same;
	assert_true(mcr_member_has_same_overlay6(&member, &moved));
	moved.hub_overlay6 = next;
	assert_false(mcr_member_has_same_overlay6(&member, &moved));
	assert_int_equal(mcr_member_find_overlay6(table->members, &own, first), id);
	assert_int_equal(mcr_member_find_overlay6(table->members, &same, first), id);
	assert_int_equal(mcr_member_find_overlay6(table->members, &next, first), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay6(table->members, &longer, first), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay6(table->members, &own, second), MCR_MEMBER_NONE);
	assert_int_equal(
		mcr_member_find_overlay6(table->members, &own, MCR_ADDRESS_NONE), MCR_MEMBER_NONE);

	member = describe_inside("b", 2, OTHER_OVERLAY);
	member.hub_overlay6 = same;
	member.overlay6 = first;
	assert_int_equal(mcr_member_add(table->members, &member, &other), -EEXIST);
	member.hub_overlay6 = next;
	other = add(table, &member);
	assert_int_equal(mcr_member_find_overlay6(table->members, &next, first), other);
	member.hub_overlay6 = own;
	assert_int_equal(mcr_member_update(table->members, other, &member), -EEXIST);
	member.overlay6 = second;
	assert_int_equal(mcr_member_update(table->members, other, &member), 0);
	assert_int_equal(mcr_member_find_overlay6(table->members, &own, second), other);
	assert_int_equal(mcr_member_find_overlay6(table->members, &next, first), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay(table->members, &first_hub, OTHER_OVERLAY), other);
	mcr_member_remove(table->members, other);
	assert_int_equal(mcr_member_find_overlay6(table->members, &own, second), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_overlay6(table->members, &own, first), id);
}

/* A member without an overlay, which has the length 0, covers all of IPv4. */
static void
an_ipv4_address_is_not_taken_for_a_number(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe_inside("a", 1, 0);
	uint32_t id;

	member.hub_overlay = (struct mcr_overlay){0};
	member.overlay6 = number("fd00::2");
	id = add(table, &member);
	assert_int_equal(
		mcr_member_find_overlay6(table->members, &member.hub_overlay6, member.overlay6),
		id);
	assert_int_equal(
		mcr_member_find_overlay(table->members, &member.hub_overlay, member.overlay6),
		MCR_MEMBER_NONE);
}

/* A record holds its numbers; the caller holds none any more. */
static void
a_record_holds_its_addresses_of_ipv6(void **state)
{
	struct table *table = *state;
	const uint32_t before = mcr_address_count();
	struct mcr_member member = describe_inside("a", 1, OVERLAY);
	uint32_t id;

	member.hub_overlay6 = subnet6("fd00:7::1/64");
	member.overlay6 = number("fd00:7::2");
	id = add(table, &member);
	mcr_address_drop(member.hub_overlay6.hub);
	mcr_address_drop(member.overlay6);
	assert_int_equal(mcr_address_count(), before + 2);
	member.hub_overlay6 = (struct mcr_overlay){0};
	member.overlay6 = MCR_ADDRESS_NONE;
	assert_int_equal(mcr_member_update(table->members, id, &member), 0);
	assert_int_equal(mcr_address_count(), before);
}

static void
a_subnet_covers_addresses_of_its_family(void **state)
{
	const struct mcr_overlay own = subnet6("fd00:0:0:5::1/62");

	(void)state;
	assert_true(mcr_overlay_covers(&own, number("fd00:0:0:7::1")));
	assert_false(mcr_overlay_covers(&own, number("fd00:0:0:8::1")));
	assert_false(mcr_overlay_covers(&own, OVERLAY));
	assert_true(mcr_overlay_covers(&first_hub, OVERLAY));
	assert_false(mcr_overlay_covers(&first_hub, OVERLAY + 256));
	assert_false(mcr_overlay_covers(&(struct mcr_overlay){.hub = OVERLAY}, own.hub));
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
		TEST(an_address_of_ipv6_is_found_in_its_own_subnet_only),
		TEST(an_ipv4_address_is_not_taken_for_a_number),
		TEST(a_record_holds_its_addresses_of_ipv6),
		TEST(a_subnet_covers_addresses_of_its_family),
		TEST(another_address_or_subnet_is_another_overlay),
		TEST(a_released_overlay_address_is_free_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
