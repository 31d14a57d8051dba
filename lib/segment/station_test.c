/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"

static int
learn(struct bridge *bridge, uint32_t mac, uint32_t member)
{
	const struct rte_ether_addr address = make_mac(mac);

	return mcr_segment_learn(bridge->segments, VNI, &address, member);
}

static uint32_t
find(const struct bridge *bridge, uint32_t vni, uint32_t mac)
{
	const struct rte_ether_addr address = make_mac(mac);

	return mcr_segment_find(bridge->segments, vni, &address);
}

static bool
is_news(struct bridge *bridge, uint32_t mac, uint32_t member)
{
	const struct rte_ether_addr address = make_mac(mac);

	return mcr_segment_is_news(bridge->segments, VNI, &address, member);
}

static void
age(struct bridge *bridge, uint32_t from_s, uint32_t to_s)
{
	for (uint32_t tenth = 10 * from_s; tenth <= 10 * to_s; tenth++)
		mcr_segment_age(bridge->segments, tenth / 10);
}

static void
what_is_learned_is_found_in_its_segment_only(void **state)
{
	struct bridge *bridge = *state;

	assert_true(is_news(bridge, 1, 7));
	assert_int_equal(find(bridge, VNI, 1), MCR_SEGMENT_NOBODY);
	assert_int_equal(learn(bridge, 1, 7), 0);
	assert_int_equal(learn(bridge, 1, 7), 0);
	assert_false(is_news(bridge, 1, 7));
	assert_int_equal(find(bridge, VNI, 1), 7);
	assert_int_equal(find(bridge, VNI + 1, 1), MCR_SEGMENT_NOBODY);
	assert_int_equal(mcr_segment_stations(bridge->segments), 1);
}

static void
a_station_moves_to_another_member(void **state)
{
	struct bridge *bridge = *state;

	learn(bridge, 1, 7);
	learn(bridge, 2, 7);
	learn(bridge, 3, 7);
	assert_true(is_news(bridge, 2, 8));
	assert_int_equal(learn(bridge, 2, 8), 0);
	assert_false(is_news(bridge, 2, 8));
	assert_int_equal(find(bridge, VNI, 2), 8);
	assert_int_equal(mcr_segment_stations(bridge->segments), 3);
	mcr_segment_forget(bridge->segments, 7);
	assert_int_equal(find(bridge, VNI, 1), MCR_SEGMENT_NOBODY);
	assert_int_equal(find(bridge, VNI, 3), MCR_SEGMENT_NOBODY);
	assert_int_equal(find(bridge, VNI, 2), 8);
}

static void
only_silent_stations_are_forgotten(void **state)
{
	struct bridge *bridge = *state;

	age(bridge, 0, 10);
	learn(bridge, 1, 7);
	learn(bridge, 2, 7);
	age(bridge, 10, 200);
	assert_false(is_news(bridge, 2, 7));
	age(bridge, 200, 10 + MCR_SEGMENT_AGE_S - 1);
	assert_int_equal(find(bridge, VNI, 1), 7);
	age(bridge, 10 + MCR_SEGMENT_AGE_S, 10 + MCR_SEGMENT_AGE_S);
	assert_int_equal(find(bridge, VNI, 1), MCR_SEGMENT_NOBODY);
	assert_int_equal(find(bridge, VNI, 2), 7);
	age(bridge, 200 + MCR_SEGMENT_AGE_S, 200 + MCR_SEGMENT_AGE_S);
	assert_int_equal(mcr_segment_stations(bridge->segments), 0);
}

static void
ageing_sees_all_of_a_full_table_in_a_tenth_of_the_age(void **state)
{
	struct bridge *bridge = *state;

	for (uint32_t i = 0; i < MCR_SEGMENT_STATIONS; i++)
		learn(bridge, i, i / MCR_SEGMENT_STATIONS_OF_MEMBER);
	age(bridge, MCR_SEGMENT_AGE_S, MCR_SEGMENT_AGE_S + MCR_SEGMENT_AGE_S / 10);
	assert_int_equal(mcr_segment_stations(bridge->segments), 0);
}

static void
a_member_is_bounded_and_does_not_disturb_others(void **state)
{
	struct bridge *bridge = *state;
	const uint32_t bound = MCR_SEGMENT_STATIONS_OF_MEMBER;

	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(learn(bridge, i, 7), i < bound ? 0 : -ENOSPC);
	assert_int_equal(mcr_segment_stations(bridge->segments), bound);
	/* Member 7 has no room, so its new stations are not reported. */
	assert_false(is_news(bridge, 99999, 7));
	assert_true(is_news(bridge, 99999, 8));
	assert_int_equal(learn(bridge, 99999, 8), 0);
	assert_int_equal(find(bridge, VNI, 99999), 8);
	/* A station that moves to it is forgotten rather than kept at its old member. */
	assert_int_equal(learn(bridge, 99999, 7), -ENOSPC);
	assert_int_equal(find(bridge, VNI, 99999), MCR_SEGMENT_NOBODY);
	/* A station that moves away makes room. */
	assert_int_equal(learn(bridge, 5, 8), 0);
	assert_true(is_news(bridge, 99998, 7));
	assert_int_equal(learn(bridge, 99998, 7), 0);
}

static void
another_hub_may_have_more_stations_than_a_member(void **state)
{
	struct bridge *bridge = *state;

	mcr_segment_set_hub(bridge->segments, 7, true);
	for (uint32_t i = 0; i < MCR_SEGMENT_STATIONS_OF_HUB; i++) {
		assert_true(is_news(bridge, i, 7));
		assert_int_equal(learn(bridge, i, 7), 0);
	}
	assert_false(is_news(bridge, MCR_SEGMENT_STATIONS_OF_HUB, 7));
	assert_int_equal(learn(bridge, MCR_SEGMENT_STATIONS_OF_HUB, 7), -ENOSPC);
	assert_int_equal(learn(bridge, 1, 8), 0);
	assert_int_equal(find(bridge, VNI, 1), 8);
	mcr_segment_forget(bridge->segments, 7);
	assert_int_equal(mcr_segment_stations(bridge->segments), 1);
	mcr_segment_set_hub(bridge->segments, 7, false);
	pass_grace_period(bridge);
	for (uint32_t i = 0; i < MCR_SEGMENT_STATIONS_OF_MEMBER; i++)
		assert_int_equal(learn(bridge, 10 + i, 7), 0);
	assert_int_equal(learn(bridge, 5, 7), -ENOSPC);
}

static void
the_total_of_stations_is_bounded(void **state)
{
	struct bridge *bridge = *state;
	const uint32_t bound = MCR_SEGMENT_STATIONS;

	for (uint32_t i = 0; i < bound; i++)
		assert_int_equal(learn(bridge, i, i / MCR_SEGMENT_STATIONS_OF_MEMBER), 0);
	assert_false(is_news(bridge, bound, 100));
	assert_int_equal(learn(bridge, bound, 100), -ENOSPC);
	mcr_segment_forget(bridge->segments, 3);
	assert_int_equal(learn(bridge, bound, 100), -ENOSPC);
	pass_grace_period(bridge);
	assert_true(is_news(bridge, bound, 100));
	assert_int_equal(learn(bridge, bound, 100), 0);
	assert_int_equal(find(bridge, VNI, bound), 100);
	assert_int_equal(find(bridge, VNI, 0), 0);
}

static void
a_member_has_one_station_of_its_own(void **state)
{
	struct bridge *bridge = *state;
	const struct rte_ether_addr first = make_mac(1), second = make_mac(2);
	struct rte_ether_addr mac;

	assert_false(mcr_segment_own_station(bridge->segments, 7, &mac));
	mcr_segment_set_own_station(bridge->segments, 7, &first);
	mcr_segment_set_own_station(bridge->segments, 7, &second);
	assert_true(mcr_segment_own_station(bridge->segments, 7, &mac));
	assert_true(rte_is_same_ether_addr(&mac, &second));
	assert_false(mcr_segment_own_station(bridge->segments, 8, &mac));
	mcr_segment_forget(bridge->segments, 7);
	assert_false(mcr_segment_own_station(bridge->segments, 7, &mac));
}

static void
all_stations_can_be_listed(void **state)
{
	struct bridge *bridge = *state;
	const struct rte_ether_addr second = make_mac(2);
	struct mcr_segment_station station;
	uint32_t position = 0;

	age(bridge, 0, 5);
	learn(bridge, 1, 7);
	learn(bridge, 2, 8);
	learn(bridge, 3, 7);
	mcr_segment_forget(bridge->segments, 7);
	age(bridge, 5, 8);
	assert_true(mcr_segment_next(bridge->segments, &position, &station));
	assert_true(rte_is_same_ether_addr(&station.mac, &second));
	assert_int_equal(station.vni, VNI);
	assert_int_equal(station.member, 8);
	assert_int_equal(station.silent_s, 3);
	assert_false(mcr_segment_next(bridge->segments, &position, &station));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_learned_is_found_in_its_segment_only),
		TEST(a_station_moves_to_another_member),
		TEST(only_silent_stations_are_forgotten),
		TEST(ageing_sees_all_of_a_full_table_in_a_tenth_of_the_age),
		TEST(a_member_is_bounded_and_does_not_disturb_others),
		TEST(another_hub_may_have_more_stations_than_a_member),
		TEST(the_total_of_stations_is_bounded),
		TEST(a_member_has_one_station_of_its_own),
		TEST(all_stations_can_be_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
