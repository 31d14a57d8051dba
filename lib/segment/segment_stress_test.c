/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *
 *   writer: learns, moves, forgets and ages stations; members join and leave segments; reclaims
 *      |
 *   [segments] -> two threads: is it news? which member has it? which members get a flood?
 *
 * Station n, its VNI and the members of its segment are congruent to n modulo SEGMENTS, so a record
 * reused too early is detected. One station and one list never change and are always found.
 */

#include <stress_run.h>

#include "fixture.h"

#define SEGMENTS 4
#define STATIONS 64
#define ENOUGH 100000

#define STEADY_VNI 4000
#define STEADY_MEMBER (MEMBERS - 1)

static struct mcr_segments *segments;

static void
look_for_station(uint32_t random)
{
	const uint32_t n = random % STATIONS, vni = n % SEGMENTS;
	const struct rte_ether_addr mac = make_mac(n);
	const uint32_t member = mcr_segment_find(segments, vni, &mac);

	count_one(member == MCR_SEGMENT_NOBODY ? &stress.missed : &stress.found);
	check(member == MCR_SEGMENT_NOBODY || (member < STEADY_MEMBER && member % SEGMENTS == vni));
	mcr_segment_is_news(segments, vni, &mac, vni);
}

static void
look_for_flood_list(uint32_t random)
{
	const uint32_t vni = random % SEGMENTS;
	const struct mcr_receivers *flood_list = mcr_segment_receivers(segments, vni);

	if (flood_list == NULL)
		return;
	check(flood_list->count <= MEMBERS);
	for (uint32_t i = 0; i < RTE_MIN(flood_list->count, (uint32_t)MEMBERS); i++)
		check(flood_list->at[i].member < STEADY_MEMBER &&
			flood_list->at[i].member % SEGMENTS == vni &&
			flood_list->at[i].address == flood_list->at[i].member);
}

static void
look_for_steady_member(void)
{
	const struct rte_ether_addr mac = make_mac(STEADY_VNI);
	const struct mcr_receivers *flood_list = mcr_segment_receivers(segments, STEADY_VNI);

	check(flood_list != NULL && flood_list->count == 1 &&
		flood_list->at[0].member == STEADY_MEMBER);
	check(mcr_segment_find(segments, STEADY_VNI, &mac) == STEADY_MEMBER);
	check(!mcr_segment_is_news(segments, STEADY_VNI, &mac, STEADY_MEMBER));
}

static void
look_for_all(uint64_t *seed)
{
	for (unsigned int i = 0; i < 32; i++) {
		look_for_station(next_random(seed));
		look_for_flood_list(next_random(seed));
	}
	look_for_steady_member();
}

/* Any member but the steady one whose number is congruent to the VNI. */
static uint32_t
pick_member(uint32_t random, uint32_t vni)
{
	return random / SEGMENTS % (STEADY_MEMBER / SEGMENTS) * SEGMENTS + vni;
}

static void
change_stations(uint32_t random)
{
	const uint32_t n = random % STATIONS, vni = n % SEGMENTS;
	const uint32_t member = pick_member(random >> 8, vni);
	const struct rte_ether_addr mac = make_mac(n);

	if (random % 5 == 0)
		mcr_segment_forget(segments, member);
	else
		mcr_segment_learn(segments, vni, &mac, member);
}

static void
change_members(uint32_t random)
{
	const uint32_t vni = random % SEGMENTS, member = pick_member(random >> 8, vni);
	const struct mcr_receiver receiver = {.address = member, .member = member};

	mcr_segment_leave(segments, member);
	if (random >> 29 == 0)
		mcr_segment_join(segments, vni, receiver);
	mcr_segment_commit(segments);
}

static void
add_steady_member(void)
{
	const struct mcr_receiver receiver = {STEADY_MEMBER, STEADY_MEMBER};
	const struct rte_ether_addr mac = make_mac(STEADY_VNI);

	mcr_segment_join(segments, STEADY_VNI, receiver);
	mcr_segment_commit(segments);
	mcr_segment_learn(segments, STEADY_VNI, &mac, STEADY_MEMBER);
}

static void
write_changes(uint64_t *seed)
{
	static time_t start;

	start = start == 0 ? time(NULL) : start;
	for (unsigned int i = 0; i < 64; i++) {
		change_stations(next_random(seed));
		change_members(next_random(seed));
	}
	/* Unseen stations age out; the steady one is seen all the time. */
	mcr_segment_age(segments, time(NULL) - start);
}

static enum verdict
run(int flaw)
{
	enum verdict verdict;

	start_stress(flaw, ENOUGH);
	segments = mcr_segments_create(MEMBERS, stress.rcu);
	add_steady_member();
	verdict = run_stress(write_changes, look_for_all, look_for_all);
	mcr_segments_free(segments);
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
