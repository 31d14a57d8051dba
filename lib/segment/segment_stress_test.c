/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *   writer: learns, moves, forgets and ages stations; members join and leave segments; reclaims
 *      |
 *   [segments] -> two threads: is it news? which member has it? which members get a flood?
 *
 * Station n, its VNI and the members of its segment are congruent to n modulo SEGMENTS, so a record
 * reused too early is detected. One station and one list never change and are always found.
 */

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include <stress_apart.h>

#include "fixture.h"

#define READERS 2
#define SEGMENTS 4
#define STATIONS 64
#define SECONDS_MIN 1
#define SECONDS_MAX 20
#define ENOUGH 100000

#define STEADY_VNI 4000
#define STEADY_MEMBER (MEMBERS - 1)

enum flaw { NO_GRACE_PERIOD = SOUND + 1 };

struct stress {
	struct mcr_rcu *rcu;
	struct mcr_segments *segments;
	bool has_grace_periods;
	atomic_bool stop;
	atomic_ulong found;
	atomic_ulong wrong;
};

struct reader {
	struct stress *stress;
	unsigned int number;
	pthread_t thread;
};

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
check(struct stress *stress, bool right)
{
	atomic_fetch_add_explicit(right ? &stress->found : &stress->wrong, 1, memory_order_relaxed);
}

static void
look_for_station(struct stress *stress, uint32_t random)
{
	const uint32_t n = random % STATIONS, vni = n % SEGMENTS;
	const struct rte_ether_addr mac = make_mac(n);
	const uint32_t member = mcr_segment_find(stress->segments, vni, &mac);

	if (member != MCR_SEGMENT_NOBODY)
		check(stress, member < STEADY_MEMBER && member % SEGMENTS == vni);
	mcr_segment_is_news(stress->segments, vni, &mac, vni);
}

static void
look_for_people(struct stress *stress, uint32_t random)
{
	const uint32_t vni = random % SEGMENTS;
	const struct mcr_receivers *flood_list = mcr_segment_receivers(stress->segments, vni);

	if (flood_list == NULL)
		return;
	check(stress, flood_list->count <= MEMBERS);
	for (uint32_t i = 0; i < RTE_MIN(flood_list->count, (uint32_t)MEMBERS); i++)
		check(stress, flood_list->at[i].member < STEADY_MEMBER &&
				      flood_list->at[i].member % SEGMENTS == vni &&
				      flood_list->at[i].address == flood_list->at[i].member);
}

static void
look_for_what_is_steady(struct stress *stress)
{
	const struct rte_ether_addr mac = make_mac(STEADY_VNI);
	const struct mcr_receivers *flood_list =
		mcr_segment_receivers(stress->segments, STEADY_VNI);

	check(stress, flood_list != NULL && flood_list->count == 1 &&
			      flood_list->at[0].member == STEADY_MEMBER);
	check(stress, mcr_segment_find(stress->segments, STEADY_VNI, &mac) == STEADY_MEMBER);
	check(stress, !mcr_segment_is_news(stress->segments, STEADY_VNI, &mac, STEADY_MEMBER));
}

static void *
read_all_the_time(void *arg)
{
	const struct reader *reader = arg;
	struct stress *stress = reader->stress;
	uint32_t random = reader->number + 1;

	if (stress->has_grace_periods)
		mcr_rcu_online(stress->rcu, reader->number);
	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		for (unsigned int i = 0; i < 32; i++) {
			look_for_station(stress, next_random(&random));
			look_for_people(stress, next_random(&random));
		}
		look_for_what_is_steady(stress);
		if (stress->has_grace_periods)
			mcr_rcu_quiescent(stress->rcu, reader->number);
	}
	if (stress->has_grace_periods)
		mcr_rcu_offline(stress->rcu, reader->number);
	return NULL;
}

/* Any member but the steady one whose number is congruent to the VNI. */
static uint32_t
pick_member(uint32_t random, uint32_t vni)
{
	return random / SEGMENTS % (STEADY_MEMBER / SEGMENTS) * SEGMENTS + vni;
}

static void
change_stations(struct stress *stress, uint32_t random)
{
	const uint32_t n = random % STATIONS, vni = n % SEGMENTS;
	const uint32_t member = pick_member(random >> 8, vni);
	const struct rte_ether_addr mac = make_mac(n);

	if (random % 5 == 0)
		mcr_segment_forget(stress->segments, member);
	else
		mcr_segment_learn(stress->segments, vni, &mac, member);
}

static void
change_people(struct stress *stress, uint32_t random)
{
	const uint32_t vni = random % SEGMENTS, member = pick_member(random >> 8, vni);
	const struct mcr_receiver receiver = {.address = member, .member = member};

	mcr_segment_leave(stress->segments, member);
	if (random >> 30 == 0)
		mcr_segment_join(stress->segments, vni, receiver);
	mcr_segment_commit(stress->segments);
}

static void
be_steady(struct stress *stress)
{
	const struct mcr_receiver receiver = {STEADY_MEMBER, STEADY_MEMBER};
	const struct rte_ether_addr mac = make_mac(STEADY_VNI);

	mcr_segment_join(stress->segments, STEADY_VNI, receiver);
	mcr_segment_commit(stress->segments);
	mcr_segment_learn(stress->segments, STEADY_VNI, &mac, STEADY_MEMBER);
}

static bool
has_seen_enough(const struct stress *stress, time_t since)
{
	const time_t ran = time(NULL) - since;

	if (atomic_load(&stress->wrong) != 0 || ran >= SECONDS_MAX)
		return true;
	return ran >= SECONDS_MIN && atomic_load(&stress->found) >= ENOUGH;
}

static void
write_all_the_time(struct stress *stress)
{
	const time_t start = time(NULL);
	uint32_t random = 99;

	while (!has_seen_enough(stress, start)) {
		for (unsigned int i = 0; i < 64; i++) {
			change_stations(stress, next_random(&random));
			change_people(stress, next_random(&random));
		}
		/* Unseen stations age out; the steady one is seen all the time. */
		mcr_segment_age(stress->segments, time(NULL) - start);
		mcr_rcu_reclaim(stress->rcu);
	}
	atomic_store(&stress->stop, true);
}

static enum verdict
run(int flaw)
{
	struct stress stress = {.has_grace_periods = flaw == SOUND};
	struct reader readers[READERS];

	mallopt(M_PERTURB, 0xa5);
	stress.rcu = mcr_rcu_create(READERS);
	stress.segments = mcr_segments_create(MEMBERS, stress.rcu);
	be_steady(&stress);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.stress = &stress, .number = i};
		pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]);
	}
	write_all_the_time(&stress);
	for (unsigned int i = 0; i < READERS; i++)
		pthread_join(readers[i].thread, NULL);
	mcr_segments_free(stress.segments);
	mcr_rcu_free(stress.rcu);
	printf("found %lu, wrong %lu\n", stress.found, stress.wrong);
	if (stress.wrong != 0)
		return SAW_WRONG;
	return stress.found >= ENOUGH ? SAW_RIGHT : SAW_TOO_LITTLE;
}

static void
readers_see_right_answers_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
}

static void
without_grace_periods_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_GRACE_PERIOD);
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
