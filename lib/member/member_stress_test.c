/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *   writer: adds, removes, updates and resolves members, reclaims <--[ring of refs]---+
 *      |                                                                              |
 *   [members] -> RX thread: finds members, refers to them --[ring of refs]--> TX thread: resolves
 *
 * There are more identities than ids, so ids move between members. A job holds the number of the
 * identity found: a current reference must lead to its record, and a template to its MAC. A steady
 * member is updated and resolved all the time and must always be found.
 */

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include <stress_apart.h>

#include "mcr_member.h"

struct job {
	uint32_t number; /* of the identity that was found */
	struct mcr_member_ref ref;
};

#include <stress_ring.h>

#define CAPACITY 9
#define IDENTITIES 24
#define STEADY IDENTITIES
#define FINDS_A_TURN 32
#define JOBS_THAT_WAIT 32

#define HUB UINT32_C(0x0a00000a)
#define UNDERLAY UINT32_C(0x0a000100)
#define OVERLAY UINT32_C(0x0a090100)
#define HUB_OVERLAY                                       \
	{                                                 \
		.hub = UINT32_C(0x0a090001), .length = 16 \
	}

#define SECONDS_MIN 1
#define SECONDS_MAX 40
#define ENOUGH 1000

enum reader { RX, TX };

enum flaw { NO_GRACE_PERIOD = SOUND + 1, NO_GENERATION_CHECK, NO_RECORD_CHECK, EARLY_GENERATION };

struct stress {
	struct mcr_rcu *rcu;
	struct mcr_members *members;
	int flaw;
	_Atomic uint32_t early_generations[CAPACITY]; /* EARLY_GENERATION */
	struct ring to_tx;
	struct ring to_writer;
	uint32_t steady_id;
	_Atomic uint32_t changes;
	atomic_bool stop;
	atomic_ulong resolved;
	atomic_ulong stale;
	atomic_ulong wrong;
};

static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static struct rte_ether_addr
mac_of(uint32_t number)
{
	return (struct rte_ether_addr){{0x02, 0, 0, 0, 1, number}};
}

/* Tunnels, and plain members, which are known by their MAC. ARP resolves the steady one. */
static struct mcr_member
describe(uint32_t number)
{
	struct mcr_member member;

	memset(&member, 0, sizeof(member));
	member.identity.address = member.next_hop = UNDERLAY + number;
	member.identity.encap = number % 2 == 0 ? MCR_ENCAP_L2 : MCR_ENCAP_GRE;
	member.identity.has_key = member.identity.encap == MCR_ENCAP_GRE;
	member.identity.key = member.identity.has_key ? number : 0;
	member.hub_overlay = (struct mcr_overlay)HUB_OVERLAY;
	member.overlay = OVERLAY + number;
	member.has_mac = number != STEADY;
	member.mac = mac_of(number);
	member.mtu = 1500;
	snprintf(member.name, sizeof(member.name), "m%u", number);
	return member;
}

static void
go_online(struct stress *stress, enum reader reader)
{
	if (stress->flaw != NO_GRACE_PERIOD)
		mcr_rcu_online(stress->rcu, reader);
}

static void
report(struct stress *stress, enum reader reader)
{
	if (stress->flaw != NO_GRACE_PERIOD)
		mcr_rcu_quiescent(stress->rcu, reader);
}

static void
note_wrong(struct stress *stress)
{
	atomic_fetch_add(&stress->wrong, 1);
	atomic_store(&stress->stop, true);
}

static void
await_changes(struct stress *stress)
{
	const uint32_t before = atomic_load(&stress->changes);

	while (atomic_load(&stress->changes) - before < IDENTITIES && !atomic_load(&stress->stop))
		sched_yield();
}

static struct mcr_member_ref
refer(struct stress *stress, uint32_t id)
{
	struct mcr_member_ref ref = mcr_member_refer(stress->members, id);

	if (stress->flaw == EARLY_GENERATION)
		ref.generation = atomic_load(&stress->early_generations[id]);
	return ref;
}

static bool
is_current(struct stress *stress, struct mcr_member_ref ref)
{
	const struct mcr_members *members = stress->members;

	switch (stress->flaw) {
	case NO_GENERATION_CHECK:
		return mcr_member_get(members, ref.id) != NULL;
	case NO_RECORD_CHECK:
		return mcr_member_refer(members, ref.id).generation == ref.generation;
	case EARLY_GENERATION:
		return atomic_load(&stress->early_generations[ref.id]) == ref.generation &&
		       mcr_member_get(members, ref.id) != NULL;
	default:
		return mcr_member_is_current(members, ref);
	}
}

static bool
is_of(const struct mcr_member *member, uint32_t number)
{
	return member->identity.address == UNDERLAY + number && member->overlay == OVERLAY + number;
}

static bool
leads_to(const struct mcr_template *template, uint32_t number)
{
	const struct rte_ether_addr mac = mac_of(number);

	return memcmp(mcr_template_ethernet(template), &mac, sizeof(mac)) == 0;
}

static uint32_t
find(const struct stress *stress, uint32_t number, uint32_t way)
{
	const struct mcr_member wanted = describe(number);

	switch (way) {
	case 0:
		return mcr_member_find_overlay(
			stress->members, &wanted.hub_overlay, wanted.overlay);
	case 1:
		if (wanted.identity.encap == MCR_ENCAP_L2)
			return mcr_member_find_mac(stress->members, &wanted.mac);
		/* fallthrough */
	default:
		return mcr_member_find(stress->members, &wanted.identity);
	}
}

static void
check_steady_member(struct stress *stress)
{
	const struct mcr_template *template =
		mcr_member_template(stress->members, stress->steady_id);
	const struct mcr_member *member = mcr_member_get(stress->members, stress->steady_id);

	for (uint32_t way = 0; way < 3; way++)
		if (find(stress, STEADY, way) != stress->steady_id)
			note_wrong(stress);
	if (member == NULL || !is_of(member, STEADY) || template == NULL ||
		!leads_to(template, STEADY))
		note_wrong(stress);
}

/* Give the writer time to remove the member between find and refer. */
static void
find_and_refer(struct stress *stress, uint32_t random)
{
	struct job job = {.number = random % IDENTITIES};
	const uint32_t id = find(stress, job.number, random / IDENTITIES % 3);
	const struct mcr_member *member = mcr_member_get(stress->members, id);

	if (id == MCR_MEMBER_NONE)
		return;
	if (member != NULL && !is_of(member, job.number))
		note_wrong(stress);
	if (random % 64 == 0)
		await_changes(stress);
	job.ref = refer(stress, id);
	put_job(&stress->to_writer, &job);
	put_job(&stress->to_tx, &job);
}

static void *
receive(void *arg)
{
	struct stress *stress = arg;
	uint64_t seed = 1;

	go_online(stress, RX);
	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		for (uint32_t i = 0; i < FINDS_A_TURN; i++) {
			find_and_refer(stress, next_random(&seed));
			check_steady_member(stress);
		}
		report(stress, RX);
	}
	mcr_rcu_offline(stress->rcu, RX);
	return NULL;
}

/* Take the record first: it stays until the reader reports. */
static void
resolve(struct stress *stress, const struct job *job)
{
	const struct mcr_member *member = mcr_member_get(stress->members, job->ref.id);
	const struct mcr_template *template;

	if (member == NULL || !is_current(stress, job->ref)) {
		atomic_fetch_add_explicit(&stress->stale, 1, memory_order_relaxed);
		return;
	}
	template = mcr_member_template(stress->members, job->ref.id);
	if (atomic_fetch_add_explicit(&stress->resolved, 1, memory_order_relaxed) % 64 == 0)
		await_changes(stress);
	if (!is_of(member, job->number) || (template != NULL && !leads_to(template, job->number)))
		note_wrong(stress);
}

/* Let jobs accumulate while ids move. */
static void *
transmit(void *arg)
{
	struct stress *stress = arg;
	struct job job;

	go_online(stress, TX);
	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		while (count_jobs(&stress->to_tx) >= JOBS_THAT_WAIT &&
			get_job(&stress->to_tx, &job)) {
			resolve(stress, &job);
			report(stress, TX);
		}
		report(stress, TX);
	}
	mcr_rcu_offline(stress->rcu, TX);
	return NULL;
}

/* As the control lcore does: no concurrent change, so a current reference has a record. */
static void
take_references(struct stress *stress)
{
	struct job job;

	for (uint32_t i = 0; i < FINDS_A_TURN && get_job(&stress->to_writer, &job); i++) {
		const struct mcr_member *member = mcr_member_get(stress->members, job.ref.id);

		if (is_current(stress, job.ref) && (member == NULL || !is_of(member, job.number)))
			note_wrong(stress);
	}
}

static void
remove_member(struct stress *stress, uint32_t id)
{
	mcr_member_remove(stress->members, id);
	atomic_fetch_add(&stress->early_generations[id], 1);
}

static void
change(struct stress *stress, uint32_t random)
{
	struct mcr_member member = describe(random % IDENTITIES);
	uint32_t id = mcr_member_find(stress->members, &member.identity);

	if (id == MCR_MEMBER_NONE) {
		/* All free ids may wait for their grace period. */
		(void)mcr_member_add(stress->members, &member, &id);
		return;
	}
	if (random / IDENTITIES % 8 == 0) {
		remove_member(stress, id);
		return;
	}
	member.mtu = 1400 + random / IDENTITIES % 100;
	if (mcr_member_update(stress->members, id, &member) != 0)
		note_wrong(stress);
}

/* The new record has the same overlay address, next hop and MAC. */
static void
set_steady_member_again(struct stress *stress, uint32_t random)
{
	struct mcr_member member = describe(STEADY);
	const struct rte_ether_addr mac = mac_of(STEADY);

	member.mtu = 1400 + random % 100;
	if (mcr_member_update(stress->members, stress->steady_id, &member) != 0 ||
		mcr_member_resolve(stress->members, member.port, member.next_hop, &mac) != 0)
		note_wrong(stress);
}

static bool
has_seen_enough(struct stress *stress)
{
	return atomic_load(&stress->resolved) >= ENOUGH && atomic_load(&stress->stale) != 0;
}

static bool
is_over(struct stress *stress, time_t seconds)
{
	if (atomic_load(&stress->stop) || seconds > SECONDS_MAX)
		return true;
	return stress->flaw == SOUND && seconds >= SECONDS_MIN && has_seen_enough(stress);
}

static void
write_all_the_time(struct stress *stress)
{
	const time_t start = time(NULL);
	uint64_t seed = 2;

	while (!is_over(stress, time(NULL) - start)) {
		change(stress, next_random(&seed));
		atomic_fetch_add(&stress->changes, 1);
		set_steady_member_again(stress, next_random(&seed));
		take_references(stress);
		mcr_rcu_reclaim(stress->rcu);
	}
	atomic_store(&stress->stop, true);
}

static enum verdict
give_verdict(struct stress *stress)
{
	if (stress->wrong != 0)
		return SAW_WRONG;
	return has_seen_enough(stress) ? SAW_RIGHT : SAW_TOO_LITTLE;
}

static void
set_up(struct stress *stress)
{
	const struct mcr_member_port port = {{{0x02, 0, 0, 0, 0, 1}}, HUB};
	const struct mcr_member steady = describe(STEADY);
	const struct rte_ether_addr mac = mac_of(STEADY);

	mallopt(M_PERTURB, 0xa5);
	stress->rcu = mcr_rcu_create(2);
	stress->members = mcr_members_create(CAPACITY, &port, 1, stress->rcu);
	mcr_member_add(stress->members, &steady, &stress->steady_id);
	mcr_member_resolve(stress->members, steady.port, steady.next_hop, &mac);
}

static enum verdict
run(int flaw)
{
	struct stress stress = {.flaw = flaw};
	pthread_t rx, tx;

	set_up(&stress);
	pthread_create(&rx, NULL, receive, &stress);
	pthread_create(&tx, NULL, transmit, &stress);
	write_all_the_time(&stress);
	pthread_join(rx, NULL);
	pthread_join(tx, NULL);
	mcr_members_free(stress.members);
	mcr_rcu_free(stress.rcu);
	printf("resolved %lu, stale %lu, wrong %lu\n", stress.resolved, stress.stale, stress.wrong);
	return give_verdict(&stress);
}

static void
references_mean_their_member_under_constant_change(void **state)
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

static void
without_the_generation_check_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_GENERATION_CHECK);
}

static void
without_the_record_check_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_RECORD_CHECK);
}

static void
with_a_generation_that_rises_as_the_member_leaves_it_fails(void **state)
{
	(void)state;
	assert_falls(run, EARLY_GENERATION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_mean_their_member_under_constant_change),
		cmocka_unit_test(without_grace_periods_it_fails),
		cmocka_unit_test(without_the_generation_check_it_fails),
		cmocka_unit_test(without_the_record_check_it_fails),
		cmocka_unit_test(with_a_generation_that_rises_as_the_member_leaves_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
