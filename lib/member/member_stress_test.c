/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *
 *   writer: adds, removes, updates and resolves members, reclaims <--[ring of refs]---+
 *      |                                                                              |
 *   [members] -> RX thread: finds members, refers to them --[ring of refs]--> TX thread: resolves
 *
 * There are more identities than ids, so ids move between members. A job holds the number of the
 * identity found: a current reference must lead to its record, and a template to its MAC. A steady
 * member is updated and resolved all the time and must always be found.
 */

#include <sched.h>
#include <string.h>

#include <stress_run.h>

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
#define KEYS 4 /* by which find() finds a member */

#define HUB UINT32_C(0x0a00000a)
#define UNDERLAY UINT32_C(0x0a000100)
#define OVERLAY UINT32_C(0x0a090100)
#define HUB_OVERLAY                                       \
	{                                                 \
		.hub = UINT32_C(0x0a090001), .length = 16 \
	}

#define ENOUGH 1000

enum reader { RX, TX };

enum flaw { NO_GENERATION_CHECK = OWN_FLAWS, NO_RECORD_CHECK, EARLY_GENERATION };

static struct mcr_members *members;
static struct mcr_overlay hub_overlay6;
static uint32_t overlays6[IDENTITIES + 1];           /* numbers, by identity */
static _Atomic uint32_t early_generations[CAPACITY]; /* EARLY_GENERATION */
static struct ring to_tx;
static struct ring to_writer;
static uint32_t steady_id;
static _Atomic uint32_t changes;

static struct rte_ether_addr
mac_of(uint32_t number)
{
	return (struct rte_ether_addr){{0x02, 0, 0, 0, 1, number}};
}

/* Tunnels, and plain members that are known by their MAC. ARP resolves the steady one. */
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
	member.hub_overlay6 = hub_overlay6;
	member.overlay6 = overlays6[number];
	member.has_mac = number != STEADY;
	member.mac = mac_of(number);
	member.mtu = 1500;
	snprintf(member.name, sizeof(member.name), "m%u", number);
	return member;
}

static void
await_changes(void)
{
	const uint32_t before = atomic_load(&changes);

	while (atomic_load(&changes) - before < IDENTITIES && !atomic_load(&stress.stop))
		sched_yield();
}

static struct mcr_member_ref
refer(uint32_t id)
{
	struct mcr_member_ref ref = mcr_member_refer(members, id);

	if (stress.flaw == EARLY_GENERATION)
		ref.generation = atomic_load(&early_generations[id]);
	return ref;
}

static bool
is_current(struct mcr_member_ref ref)
{
	switch (stress.flaw) {
	case NO_GENERATION_CHECK:
		return mcr_member_get(members, ref.id) != NULL;
	case NO_RECORD_CHECK:
		return mcr_member_refer(members, ref.id).generation == ref.generation;
	case EARLY_GENERATION:
		return atomic_load(&early_generations[ref.id]) == ref.generation &&
		       mcr_member_get(members, ref.id) != NULL;
	default:
		return mcr_member_is_current(members, ref);
	}
}

static bool
has_number(const struct mcr_member *member, uint32_t number)
{
	return member->identity.address == UNDERLAY + number &&
	       member->overlay == OVERLAY + number && member->overlay6 == overlays6[number];
}

static bool
leads_to(const struct mcr_template *template, uint32_t number)
{
	const struct rte_ether_addr mac = mac_of(number);

	return memcmp(mcr_template_ethernet(template), &mac, sizeof(mac)) == 0;
}

static uint32_t
find(const uint32_t number, uint32_t key)
{
	const struct mcr_member wanted = describe(number);

	switch (key) {
	case 0:
		return mcr_member_find_overlay(members, &wanted.hub_overlay, wanted.overlay);
	case 1:
		return mcr_member_find_overlay6(members, &wanted.hub_overlay6, wanted.overlay6);
	case 2:
		if (wanted.identity.encap == MCR_ENCAP_L2)
			return mcr_member_find_mac(members, &wanted.mac);
		/* fallthrough */
	default:
		return mcr_member_find(members, &wanted.identity);
	}
}

static void
check_steady_member(void)
{
	const struct mcr_template *template = mcr_member_template(members, steady_id);
	const struct mcr_member *member = mcr_member_get(members, steady_id);

	for (uint32_t key = 0; key < KEYS; key++)
		check(find(STEADY, key) == steady_id);
	check(member != NULL && has_number(member, STEADY));
	check(template != NULL && leads_to(template, STEADY));
}

/* Give the writer time to remove the member between find and refer. */
static void
find_and_refer(uint32_t random)
{
	struct job job = {.number = random % IDENTITIES};
	const uint32_t id = find(job.number, random / IDENTITIES % KEYS);
	const struct mcr_member *member = mcr_member_get(members, id);

	if (id == MCR_MEMBER_NONE)
		return;
	check(member == NULL || has_number(member, job.number));
	if (random % 64 == 0)
		await_changes();
	job.ref = refer(id);
	put_job(&to_writer, &job);
	put_job(&to_tx, &job);
}

static void
receive(uint64_t *seed)
{
	for (uint32_t i = 0; i < FINDS_A_TURN; i++) {
		find_and_refer(next_random(seed));
		check_steady_member();
	}
}

/* Take the record first: it stays valid until the next quiescent state. */
static void
resolve(const struct job *job)
{
	const struct mcr_member *member = mcr_member_get(members, job->ref.id);
	const struct mcr_template *template;

	if (member == NULL || !is_current(job->ref)) {
		count_one(&stress.missed);
		return;
	}
	template = mcr_member_template(members, job->ref.id);
	if (count_one(&stress.found) % 64 == 0)
		await_changes();
	check(has_number(member, job->number));
	check(template == NULL || leads_to(template, job->number));
}

/* Let jobs accumulate while ids move. */
static void
transmit(uint64_t *seed)
{
	struct job job;

	(void)seed;
	while (count_jobs(&to_tx) >= JOBS_THAT_WAIT && get_job(&to_tx, &job)) {
		resolve(&job);
		report(TX);
	}
}

/* As the control lcore does: no concurrent change, so a current reference has a record. */
static void
take_references(void)
{
	struct job job;

	for (uint32_t i = 0; i < FINDS_A_TURN && get_job(&to_writer, &job); i++) {
		const struct mcr_member *member = mcr_member_get(members, job.ref.id);

		check(!is_current(job.ref) || (member != NULL && has_number(member, job.number)));
	}
}

static void
remove_member(uint32_t id)
{
	mcr_member_remove(members, id);
	atomic_fetch_add(&early_generations[id], 1);
}

static void
change(uint32_t random)
{
	struct mcr_member member = describe(random % IDENTITIES);
	uint32_t id = mcr_member_find(members, &member.identity);

	if (id == MCR_MEMBER_NONE) {
		/* All free ids may wait for their grace period. */
		(void)mcr_member_add(members, &member, &id);
		return;
	}
	if (random / IDENTITIES % 8 == 0) {
		remove_member(id);
		return;
	}
	member.mtu = 1400 + random / IDENTITIES % 100;
	check(mcr_member_update(members, id, &member) == 0);
}

/* The new record has the same overlay address, next hop and MAC. */
static void
set_steady_member_again(uint32_t random)
{
	struct mcr_member member = describe(STEADY);
	const struct rte_ether_addr mac = mac_of(STEADY);

	member.mtu = 1400 + random % 100;
	check(mcr_member_update(members, steady_id, &member) == 0);
	check(mcr_member_resolve(members, member.port, member.next_hop, &mac) == 0);
}

static void
write_changes(uint64_t *seed)
{
	change(next_random(seed));
	atomic_fetch_add(&changes, 1);
	set_steady_member_again(next_random(seed));
	take_references();
}

static void
add_steady_member(void)
{
	const struct mcr_member steady = describe(STEADY);
	const struct rte_ether_addr mac = mac_of(STEADY);

	mcr_member_add(members, &steady, &steady_id);
	mcr_member_resolve(members, steady.port, steady.next_hop, &mac);
}

static void
take_numbers(void)
{
	struct in6_addr address = {.s6_addr = {0xfd}};

	hub_overlay6 = (struct mcr_overlay){
		.hub = mcr_address_get(&address, MCR_IPV6_LENGTH), .length = 120};
	for (uint32_t i = 0; i < RTE_DIM(overlays6); i++) {
		address.s6_addr[15] = i + 1;
		overlays6[i] = mcr_address_get(&address, MCR_IPV6_LENGTH);
	}
}

static void
give_numbers_back(void)
{
	mcr_address_drop(hub_overlay6.hub);
	for (uint32_t i = 0; i < RTE_DIM(overlays6); i++)
		mcr_address_drop(overlays6[i]);
}

static enum verdict
run(int flaw)
{
	const struct mcr_member_port port = {.mac = {{0x02, 0, 0, 0, 0, 1}}, .address = HUB};
	enum verdict verdict;

	take_numbers();
	start_stress(flaw, ENOUGH);
	members = mcr_members_create(CAPACITY, &port, 1, stress.rcu);
	add_steady_member();
	verdict = run_stress(write_changes, receive, transmit);
	mcr_members_free(members);
	mcr_rcu_free(stress.rcu);
	give_numbers_back();
	assert_int_equal(mcr_address_count(), 0);
	return verdict;
}

static void
references_mean_their_member_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
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
