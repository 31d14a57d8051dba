/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Random changes to a table and to a model of plain arrays: the most specific static entry decides,
 * plus each member that joined (S,G) or (*,G) unless its origin excluded S. Members are suspended
 * and resumed, and it is as if they were not there. Of peers the model knows nothing there:
 * whatever they say, members receive the same. Which peers want a packet is asked of all keys of
 * each peer. What the watcher of the table's own interest heard is what the model says.
 *
 * In the second test members join and leave while a configuration is on its way, as the control
 * lcore lets them.
 *
 * The table alone holds the numbers of IPv6, most of the time.
 */

#include <errno.h>

#include "fixture.h"
#include "model.h"

#define ROUNDS 30000
#define N_PACKETS (RTE_DIM(addresses) * N_SOURCES)

static const enum mcr_origin origins[N_ORIGINS] = {
	MCR_ORIGIN_RUNTIME, MCR_ORIGIN_IGMP, MCR_ORIGIN_AMT};

static uint64_t seed;

static uint32_t
random_below(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % n;
}

static uint32_t
number_of(struct in6_addr address, uint8_t length)
{
	char text[MCR_ADDRESS_TEXT];

	if (is_same(address, any))
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&address))
		return ntohl(address.s6_addr32[3]);
	inet_ntop(AF_INET6, &address, text, sizeof(text));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "/%u", length);
	return ip6(text);
}

/* Its numbers are held until drop_numbers(). */
static struct mcr_group_key
key_at(uint32_t k)
{
	const struct model_key *key = &keys[k];
	const bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&key->group);

	return (struct mcr_group_key){
		.group = number_of(key->group, key->length),
		.source = number_of(key->source, MCR_IPV6_LENGTH),
		.length = is_ipv4 ? key->length - 96 : key->length,
	};
}

static struct mcr_flow
flow_of(struct packet packet)
{
	const struct in6_addr source = source_address(packet.group, packet.s);

	if (IN6_IS_ADDR_V4MAPPED(&packet.group))
		return (struct mcr_flow){number_of(source, 128), number_of(packet.group, 128)};
	return (struct mcr_flow){
		mcr_address_find(source.s6_addr), mcr_address_match(packet.group.s6_addr)};
}

static int
bits_of(const struct mcr_receivers *receivers, uint32_t first, uint32_t n)
{
	int members = 0;

	for (uint32_t i = 0; receivers != NULL && i < receivers->count; i++) {
		const uint32_t member = receivers->at[i].member - first;

		assert_true(member < n);
		assert_int_equal(receivers->at[i].address, receiver(first + member).address);
		assert_false(members >> member);
		members |= 1 << member;
	}
	return members;
}

/* Bits of those that get a packet; without an entry -1 and none. */
struct answer {
	int members;
	int peers;
};

static struct answer
found_answer(const struct mcr_group_table *table, struct packet packet)
{
	struct answer answer = {-1, 0};
	struct mcr_group_ref ref;

	if (!mcr_group_find(table, flow_of(packet), &ref))
		return answer;
	answer.members = bits_of(mcr_group_receivers(table, ref), 0, N_MEMBERS);
	answer.peers = bits_of(mcr_group_peers(table, ref), FIRST_PEER, N_PEERS);
	return answer;
}

static int
found_of(const struct mcr_group_table *table, uint32_t g, uint32_t s)
{
	return found_answer(table, (struct packet){group_address(g), s}).members;
}

static struct answer
expected_answer(const struct model *model, struct packet packet)
{
	struct answer answer = {expected_of_packet(model, packet), 0};

	for (uint32_t p = 0; p < N_PEERS; p++) {
		const enum mcr_interest interest = interest_of_peer(model, packet, p);

		answer.peers |= (interest == MCR_INTEREST_WANTS) << p;
	}
	for (uint32_t k = 0; k < N_KEYS && answer.members < 0; k++) {
		/* An entry that only peers or suspended members made. */
		if (covers(keys[k], packet) && has_entry(model, k))
			answer.members = 0;
	}
	return answer;
}

static void
compare_packet(struct mcr_group_table *table, const struct model *model, struct packet packet)
{
	const struct answer found = found_answer(table, packet);
	const struct answer expected = expected_answer(model, packet);
	struct mcr_group_ref ref;

	assert_int_equal(found.members, expected.members);
	assert_int_equal(found.peers, expected.peers);
	if (!mcr_group_find(table, flow_of(packet), &ref))
		return;
	for (uint32_t p = 0; p < N_PEERS; p++)
		assert_int_equal(mcr_group_origins_of(table, ref.id, FIRST_PEER + p),
			expected.peers >> p & 1 ? MCR_ORIGIN_PEER : 0);
}

static void
toggle(uint8_t *bits, enum mcr_origin origin, bool on)
{
	*bits = on ? *bits | origin : *bits & ~origin;
}

static void
change_wish(struct mcr_group_table *table, struct model *model)
{
	const uint32_t g = random_below(N_GROUPS), s = random_below(N_SOURCES);
	const uint32_t m = random_below(N_MEMBERS);
	const enum mcr_origin origin = origins[random_below(N_ORIGINS)];
	const struct mcr_group_key key = key_at(host(g, s));
	struct wish *wish = &model->wishes[g][s][m];
	const bool on = random_below(3) == 0;
	int ret;

	if (s != 0 && random_below(3) == 0) {
		ret = on ? mcr_group_block(table, &key, receiver(m), origin)
		         : mcr_group_unblock(table, &key, m, origin);
		assert_int_equal(ret == 0, on || (wish->blocked & origin) != 0);
		toggle(&wish->blocked, origin, on);
		return;
	}
	ret = on ? mcr_group_add(table, &key, receiver(m), origin)
	         : mcr_group_remove(table, &key, m, origin);
	assert_int_equal(ret == 0, on || (wish->joined & origin) != 0);
	toggle(&wish->joined, origin, on);
}

static void
change_interest(struct mcr_group_table *table, struct model *model)
{
	const uint32_t k = random_below(N_KEYS), p = random_below(N_PEERS);
	const enum mcr_interest interest = random_below(3);
	const struct mcr_group_key key = key_at(k);
	const bool had = model->interests[k][p] != MCR_INTEREST_NONE;
	int ret;

	if (interest == MCR_INTEREST_NONE) {
		ret = mcr_group_interest_unset(table, &key, FIRST_PEER + p);
		assert_int_equal(ret, had ? 0 : -ENOENT);
	} else {
		ret = mcr_group_interest_set(
			table, &key, receiver(FIRST_PEER + p), interest == MCR_INTEREST_WANTS);
		assert_int_equal(ret, 0);
	}
	model->interests[k][p] = interest;
}

/* It tells some of its keys anew, and the others go. */
static void
tell_interest_anew(struct mcr_group_table *table, struct model *model)
{
	const uint32_t p = random_below(N_PEERS);

	if (random_below(2) == 0)
		mcr_group_interest_begin(table, FIRST_PEER + p); /* and then its agent dies */
	mcr_group_interest_begin(table, FIRST_PEER + p);
	for (uint32_t k = 0; k < N_KEYS; k++) {
		const struct mcr_group_key key = key_at(k);

		if (random_below(2) == 0)
			model->interests[k][p] = MCR_INTEREST_NONE;
		if (model->interests[k][p] == MCR_INTEREST_NONE)
			continue;
		assert_int_equal(mcr_group_interest_set(table, &key, receiver(FIRST_PEER + p),
					 model->interests[k][p] == MCR_INTEREST_WANTS),
			0);
	}
	while (mcr_group_interest_end(table, FIRST_PEER + p) != 0)
		;
}

static void
forget_peer(struct mcr_group_table *table, struct model *model)
{
	const uint32_t p = random_below(N_PEERS);

	while (mcr_group_forget_member(table, FIRST_PEER + p) != 0)
		;
	assert_int_equal(mcr_group_memberships(table, FIRST_PEER + p), 0);
	for (uint32_t k = 0; k < N_KEYS; k++)
		model->interests[k][p] = MCR_INTEREST_NONE;
}

static void
change_peers(struct mcr_group_table *table, struct model *model)
{
	for (uint32_t i = random_below(4); i != 0; i--)
		change_interest(table, model);
	if (random_below(40) == 0)
		tell_interest_anew(table, model);
	if (random_below(40) == 0)
		forget_peer(table, model);
}

/* Some that were, too. */
static void
suspend_some(struct mcr_group_table *table, struct model *model)
{
	for (uint32_t i = random_below(4); i != 0; i--) {
		const uint32_t m = random_below(N_MEMBERS);
		const bool on = random_below(2) == 0;

		mcr_group_suspend(table, m, on);
		model->suspended = on ? model->suspended | 1 << m : model->suspended & ~(1 << m);
	}
}

static void
forget(struct mcr_group_table *table, struct model *model)
{
	const uint32_t m = random_below(N_MEMBERS);

	mcr_group_forget_member(table, m);
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++)
			model->wishes[g][s][m] = (struct wish){0};
	}
}

/* Returns bits of members, or -1 for no entry. */
static int
maybe_set(struct mcr_group_table *table, struct mcr_group_key key)
{
	const int members = random_below(3) == 0 ? (int)random_below(1 << N_MEMBERS) : -1;
	struct mcr_receiver receivers[N_MEMBERS];
	uint32_t n = 0;

	for (uint32_t m = 0; members >= 0 && m < N_MEMBERS; m++) {
		if (members >> m & 1)
			receivers[n++] = receiver(m);
	}
	if (members >= 0)
		assert_int_equal(set_list(table, &key, receivers, n, NULL, 0), 0);
	return members;
}

static void
reload(struct mcr_group_table *table, struct model *model)
{
	int configured[N_KEYS];

	mcr_group_static_begin(table);
	for (uint32_t k = 0; k < N_KEYS; k++)
		configured[k] = maybe_set(table, key_at(k));
	if (random_below(4) == 0) {
		mcr_group_static_cancel(table);
		return;
	}
	mcr_group_static_end(table);
	memcpy(model->configured, configured, sizeof(configured));
}

/* What the watcher heard last of each key, and how often it heard anything. */
struct watch {
	enum mcr_interest interests[N_KEYS];
	uint32_t calls;
};

static bool
is_address(uint32_t address, struct in6_addr expected)
{
	if (address == 0)
		return is_same(expected, any);
	return is_same(mcr_address_is_ipv6(address) ? *mcr_address_ipv6(address) : mapped(address),
		expected);
}

static bool
is_key(const struct mcr_group_key *key, uint32_t k)
{
	const uint32_t shift = IN6_IS_ADDR_V4MAPPED(&keys[k].group) ? 96 : 0;

	return is_address(key->group, keys[k].group) && is_address(key->source, keys[k].source) &&
	       key->length + shift == keys[k].length;
}

static void
hear(void *arg, const struct mcr_group_key *key, enum mcr_interest interest)
{
	struct watch *watch = arg;

	for (uint32_t k = 0; k < N_KEYS; k++) {
		if (!is_key(key, k))
			continue;
		assert_int_not_equal(watch->interests[k], interest);
		watch->interests[k] = interest;
		watch->calls++;
		return;
	}
	fail_msg("an unknown key");
}

static enum mcr_interest
listed_interest(const struct mcr_group_table *table, uint32_t k)
{
	const struct mcr_group_key key = key_at(k);
	const uint32_t id = mcr_group_lookup(table, &key);

	return id == MCR_GROUP_NONE ? MCR_INTEREST_NONE : mcr_group_interest_of(table, id);
}

/* Returns how many keys changed. */
static uint32_t
compare_interest(const struct mcr_group_table *table, const struct model *model,
	const struct watch *watch, const struct watch *before)
{
	uint32_t changed = 0;

	for (uint32_t k = 0; k < N_KEYS; k++) {
		assert_int_equal(watch->interests[k], own_interest(model, k));
		assert_int_equal(watch->interests[k], listed_interest(table, k));
		changed += watch->interests[k] != before->interests[k];
	}
	return changed;
}

static struct packet
packet_at(uint32_t i)
{
	return (struct packet){parse(addresses[i / N_SOURCES]), i % N_SOURCES};
}

static void
compare(struct mcr_group_table *table, const struct model *model)
{
	for (uint32_t i = 0; i < N_PACKETS; i++)
		compare_packet(table, model, packet_at(i));
	assert_int_equal(mcr_group_count(table), expected_count(model));
}

/* But some that have no entry, maybe. */
static void
forget_numbers(void)
{
	drop_numbers();
	for (uint32_t i = random_below(4); i != 0; i--)
		key_at(random_below(N_KEYS));
}

static void
start(struct mcr_group_table *table, struct model *model, struct watch *watch, uint64_t first_seed)
{
	make_keys();
	memset(model, 0, sizeof(*model));
	memset(model->configured, -1, sizeof(model->configured));
	memset(watch, 0, sizeof(*watch));
	mcr_group_watch_interest(table, hear, watch);
	seed = first_seed;
}

/* What packets found before a commit that is on its way. */
struct moment {
	const struct mcr_group_table *table;
	const struct model *model;
	struct answer before[N_PACKETS];
};

/* At every moment a packet finds what was before or what is after. */
static bool
find_some_packet(void *arg)
{
	const struct moment *moment = arg;
	const uint32_t i = random_below(N_PACKETS);
	const struct answer now = found_answer(moment->table, packet_at(i));
	const struct answer after = expected_answer(moment->model, packet_at(i));

	if (now.members != moment->before[i].members)
		assert_int_equal(now.members, after.members);
	if (now.peers != moment->before[i].peers)
		assert_int_equal(now.peers, after.peers);
	return false;
}

static void
commit_in_sight_of_packets(struct mcr_group_table *table, const struct model *model)
{
	struct moment moment = {.table = table, .model = model};

	for (uint32_t i = 0; i < N_PACKETS; i++)
		moment.before[i] = found_answer(table, packet_at(i));
	mcr_group_pace(table, find_some_packet, &moment);
	commit(table);
	mcr_group_pace(table, NULL, NULL);
}

static void
random_changes_agree_with_the_rules(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct model model;
	struct watch watch, before;

	start(table, &model, &watch, 3);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = random_below(6); i != 0; i--)
			change_wish(table, &model);
		if (random_below(2) == 0)
			change_peers(table, &model);
		if (random_below(20) == 0)
			forget(table, &model);
		if (random_below(20) == 0)
			reload(table, &model);
		if (random_below(3) == 0)
			suspend_some(table, &model);
		before = watch;
		commit_in_sight_of_packets(table, &model);
		mcr_rcu_reclaim(rcu_of(state));
		forget_numbers();
		compare(table, &model);
		assert_int_equal(compare_interest(table, &model, &watch, &before),
			watch.calls - before.calls);
	}
}

struct interruption {
	struct mcr_group_table *table;
	struct model *model;
	bool is_urgent;
	bool is_whole; /* the urgent commit had no need to stop */
	bool are_peers_urgent;
	int unsettled; /* were suspended or resumed by what is on its way */
};

static void
commit_urgently(struct interruption *interruption)
{
	int ret;

	interruption->is_whole = true;
	ret = mcr_group_commit(interruption->table);
	assert_int_equal(ret, interruption->is_whole ? 0 : -EAGAIN);
}

/* While the configuration is on its way, what was joined is received whatever else is, and who is
 * suspended receives nothing. */
static void
assert_joined(const struct interruption *interruption)
{
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++) {
			const int joined =
				joined_of(interruption->model, g, s) & ~interruption->unsettled;
			const int suspended =
				interruption->model->suspended & ~interruption->unsettled;

			if (exists(interruption->model, g, s))
				assert_int_equal(
					found_of(interruption->table, g, s) & (joined | suspended),
					joined);
		}
	}
}

static bool
stop_or_interrupt(void *arg)
{
	struct interruption *interruption = arg;

	if (interruption->is_urgent) {
		if (random_below(8) == 0)
			interruption->is_whole = false;
		return !interruption->is_whole;
	}
	if (random_below(4) != 0)
		return false;
	interruption->is_urgent = true;
	mcr_group_work_on(interruption->table, MCR_GROUP_URGENT);
	for (uint32_t i = random_below(6); i != 0; i--)
		change_wish(interruption->table, interruption->model);
	if (random_below(3) == 0)
		suspend_some(interruption->table, interruption->model);
	if (interruption->are_peers_urgent && random_below(3) == 0)
		change_interest(interruption->table, interruption->model);
	commit_urgently(interruption);
	if (interruption->is_whole)
		assert_joined(interruption);
	mcr_group_work_on(interruption->table, MCR_GROUP_BULK);
	interruption->is_urgent = false;
	return false;
}

static void
finish_urgent(struct interruption *interruption)
{
	mcr_group_work_on(interruption->table, MCR_GROUP_URGENT);
	interruption->is_urgent = true;
	do
		commit_urgently(interruption);
	while (!interruption->is_whole);
	interruption->is_urgent = false;
}

static void
joins_need_not_wait_for_a_configuration(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct model model;
	struct watch watch;
	struct interruption interruption = {.table = table, .model = &model};

	start(table, &model, &watch, 5);
	for (uint32_t round = 0; round < ROUNDS / 4; round++) {
		mcr_group_work_on(table, MCR_GROUP_BULK);
		/* A member that goes does not join meanwhile. */
		mcr_group_pace(table, NULL, NULL);
		if (random_below(8) == 0)
			forget(table, &model);
		interruption.unsettled = model.suspended;
		if (random_below(3) == 0)
			suspend_some(table, &model);
		interruption.unsettled ^= model.suspended;
		mcr_group_pace(table, stop_or_interrupt, &interruption);
		interruption.are_peers_urgent = false;
		if (random_below(3) == 0)
			change_peers(table, &model);
		interruption.are_peers_urgent = true;
		if (random_below(2) == 0)
			reload(table, &model);
		commit(table);
		finish_urgent(&interruption);
		mcr_rcu_reclaim(rcu_of(state));
		forget_numbers();
		compare(table, &model);
		compare_interest(table, &model, &watch, &watch);
	}
	mcr_group_pace(table, NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			random_changes_agree_with_the_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			joins_need_not_wait_for_a_configuration, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
