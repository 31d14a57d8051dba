/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Groups, sources and prefixes of IPv6 by their numbers, beside those of IPv4. */

#include <errno.h>

#include "internal.h"
#include "peers.h"

#define GROUP6 "ff3e::8000:1"
#define OTHER6 "ff3e::8000:2"
#define SOURCE6 "2001:db8::1"

#define MANY 100000

static struct in6_addr
bytes_of(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static void
reclaim(void **state)
{
	while (mcr_rcu_reclaim(rcu_of(state)) != 0)
		;
}

/* Between flows of IPv4, too. */
static void
assert_burst_agrees(struct mcr_group_table *table, struct mcr_flow flow)
{
	const struct mcr_flow flows[] = {{S1, G1}, flow, {S2, G3}, flow};
	struct mcr_group_ref refs[RTE_DIM(flows)], one;
	const uint64_t found = mcr_group_find_burst(table, flows, RTE_DIM(flows), refs);

	for (uint32_t i = 0; i < RTE_DIM(flows); i++) {
		assert_int_equal(mcr_group_find(table, flows[i], &one), found >> i & 1);
		assert_int_equal(refs[i].id, one.id);
	}
}

/* As a packet finds them, whose addresses may have no number. */
static void
assert_packet(struct mcr_group_table *table, const char *from, const char *to, const char *expected)
{
	const struct in6_addr source = bytes_of(from), group = bytes_of(to);
	const struct mcr_flow flow = {
		mcr_address_find(source.s6_addr), mcr_address_match(group.s6_addr)};
	struct mcr_group_ref ref;
	struct mcr_flow found;

	assert_receivers(table, flow.source, flow.group, expected);
	assert_int_equal(mcr_group_find_ipv6(table, source.s6_addr, group.s6_addr, &found, &ref),
		strcmp(expected, "none") != 0);
	assert_memory_equal(&found, &flow, sizeof(flow));
	assert_burst_agrees(table, flow);
}

static void
the_most_specific_entry_is_found(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, fallback, "1");
	set(table, prefix6("ff00::/8"), "2");
	set(table, prefix6("ff3e::/32"), "3");
	set(table, prefix6("ff3e::8000:0/112"), "4");
	set(table, group(ip6(GROUP6)), "5");
	set(table, source_group(ip6(SOURCE6), ip6(GROUP6)), "6");
	set(table, group(G1), "7");
	mcr_group_static_end(table);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "6");
	assert_packet(table, "2001:db8::2", GROUP6, "5");
	assert_packet(table, SOURCE6, OTHER6, "4");
	assert_packet(table, SOURCE6, "ff3e::1", "3");
	assert_packet(table, SOURCE6, "ff3e:1::1", "2");
	assert_packet(table, SOURCE6, "ff05::1", "2");
	assert_receivers(table, S1, G1, "7");
	assert_receivers(table, S1, G2, "1");
	assert_int_equal(mcr_group_count(table), 6);
}

static void
prefixes_alone_are_found(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, prefix6("ff3e::/32"), "1");
	assert_packet(table, SOURCE6, GROUP6, "1");
	assert_packet(table, SOURCE6, "ff05::1", "none");
	assert_int_not_equal(ip6(GROUP6), 0);
	assert_packet(table, SOURCE6, GROUP6, "1");
	assert_receivers(table, S1, G1, "none");
	configure(table, prefix(NET, 16), "2");
	assert_packet(table, SOURCE6, GROUP6, "none");
	assert_receivers(table, S1, G1, "2");
}

/* A number that others made known is no entry. */
static void
a_prefix_without_an_entry_is_passed_over(void **state)
{
	struct mcr_group_table *table = table_of(state);

	ip6("ff3e::8000:0/112");
	configure(table, prefix6("ff3e::/16"), "1");
	ip6("ff3e::/64");
	ip6(OTHER6);
	assert_packet(table, SOURCE6, GROUP6, "1");
	assert_packet(table, SOURCE6, OTHER6, "1");
	join(table, group(ip6(OTHER6)), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1");
	assert_packet(table, SOURCE6, OTHER6, "1 2");
}

/* Whose number, 0, is the fallback's group as well. */
static void
a_group_without_a_number_has_the_fallback(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(ip6(OTHER6)), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(ip6(SOURCE6), ip6(OTHER6)), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "none");
	configure(table, fallback, "3");
	assert_packet(table, SOURCE6, GROUP6, "3");
	assert_packet(table, SOURCE6, OTHER6, "1 2");
	assert_packet(table, "2001:db8::9", OTHER6, "1");
	assert_receivers(table, S1, IP(10, 0, 0, 1), "none");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "none");
}

static void
learned_receivers_are_added_to_the_longest_prefix(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const uint32_t g = ip6(GROUP6), s = ip6(SOURCE6);

	join(table, group(g), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(s, g), 2, MCR_ORIGIN_RUNTIME);
	block(table, source_group(s, g), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_packet(table, "2001:db8::2", GROUP6, "1");
	assert_packet(table, SOURCE6, GROUP6, "2");
	mcr_group_static_begin(table);
	set(table, fallback, "9");
	set(table, prefix6("ff3e::/32"), "3");
	set(table, prefix6("ff30::/12"), "4");
	mcr_group_static_end(table);
	commit(table);
	assert_packet(table, "2001:db8::2", GROUP6, "1 3");
	assert_packet(table, SOURCE6, GROUP6, "2 3");
	configure(table, prefix6("ff30::/12"), "4");
	assert_packet(table, "2001:db8::2", GROUP6, "1 4");
	assert_packet(table, SOURCE6, GROUP6, "2 4");
	configure(table, prefix(IP(239, 0, 0, 0), 8), "5");
	assert_packet(table, SOURCE6, GROUP6, "2");
}

static void
an_any_source_change_reaches_its_sources_alone(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, source_group(ip6(SOURCE6), ip6(GROUP6)), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(ip6(SOURCE6), ip6(OTHER6)), 2, MCR_ORIGIN_IGMP);
	commit(table);
	join(table, group(ip6(GROUP6)), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1 3");
	assert_packet(table, SOURCE6, OTHER6, "2");
	leave(table, group(ip6(GROUP6)), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1");
}

static void
suspended_members_are_left_out(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, prefix6("ff3e::/32"), "1 2");
	join(table, group(ip6(GROUP6)), 3, MCR_ORIGIN_IGMP);
	join(table, group(ip6(OTHER6)), 2, MCR_ORIGIN_IGMP);
	mcr_group_suspend(table, 2, true);
	mcr_group_suspend(table, 3, true);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1");
	assert_packet(table, SOURCE6, OTHER6, "1");
	assert_packet(table, SOURCE6, "ff3e::9", "1");
	mcr_group_suspend(table, 2, false);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1 2");
	assert_packet(table, SOURCE6, "ff3e::9", "1 2");
}

static void
the_most_specific_key_of_each_peer_decides(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const uint32_t g = ip6(GROUP6), s = ip6(SOURCE6), other = ip6(OTHER6);

	want(table, fallback, A);
	want(table, prefix6("ff3e::/32"), B);
	refuse(table, prefix6("ff3e::8000:0/112"), A);
	want(table, group(g), A);
	refuse(table, source_group(s, g), B);
	join(table, group(other), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, s, g, "4001");
	assert_peers(table, 0, g, "4001 4002");
	assert_peers(table, s, other, "4002");
	assert_peers(table, s, ip6("ff3e::1"), "4001 4002");
	assert_peers(table, s, ip6("ff05::1"), "4001");
	assert_peers(table, S1, G1, "4001");
}

/* Those below are found anew by the prefix, by a longer one, and by the fallback. */
static void
a_changed_prefix_of_a_peer_reaches_what_is_below(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const uint32_t s = ip6(SOURCE6), below = ip6(GROUP6), beside = ip6("ff05::1");
	const struct mcr_group_key wide = prefix6("ff3e::/32");

	ip6("ff3e::/64");
	join(table, group(below), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(s, below), 1, MCR_ORIGIN_IGMP);
	join(table, group(beside), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	refuse(table, prefix6("ff3e::8000:0/120"), B);
	commit(table);
	want(table, wide, A);
	want(table, wide, B);
	commit(table);
	assert_peers(table, s, below, "4001");
	assert_peers(table, 0, below, "4001");
	assert_peers(table, 0, beside, "");
	assert_peers(table, S1, G1, "");
	unset(table, wide, A);
	commit(table);
	assert_peers(table, s, below, "");
	want(table, fallback, A);
	commit(table);
	assert_peers(table, s, below, "4001");
	assert_peers(table, 0, beside, "4001");
	assert_peers(table, S1, G1, "4001");
	unset(table, fallback, A);
	commit(table);
	assert_peers(table, s, below, "");
	assert_peers(table, 0, beside, "");
}

static void
own_interest_is_told_by_key(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {""};
	const struct mcr_group_key wide = prefix6("ff3e::/32");
	const struct mcr_group_key one = source_group(ip6(SOURCE6), ip6(GROUP6));
	char expected[64];

	mcr_group_watch_interest(table, hear, &heard);
	mcr_group_static_begin(table);
	set(table, wide, "");
	mcr_group_static_end(table);
	snprintf(expected, sizeof(expected), "!%x,0/32 ", wide.group);
	assert_heard(table, &heard, expected);
	join(table, one, 1, MCR_ORIGIN_IGMP);
	snprintf(expected, sizeof(expected), "+%x,%x/128 ", one.group, one.source);
	assert_heard(table, &heard, expected);
	assert_int_equal(
		mcr_group_origins(table, mcr_group_lookup(table, &wide)), MCR_ORIGIN_STATIC);
	assert_int_equal(
		mcr_group_origins_of(table, mcr_group_lookup(table, &one), 1), MCR_ORIGIN_IGMP);
}

static void
only_exactly_this_key_is_looked_up(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key wide = prefix6("ff3e::/32"), one = group(ip6(GROUP6));

	configure(table, wide, "1");
	join(table, one, 1, MCR_ORIGIN_IGMP);
	for (uint32_t length = 0; length <= MCR_IPV6_LENGTH; length++) {
		const struct mcr_group_key keys[] = {
			{.group = wide.group, .length = length},
			{.group = one.group, .length = length},
		};

		assert_int_equal(mcr_group_lookup(table, &keys[0]) != MCR_GROUP_NONE, length == 32);
		assert_int_equal(
			mcr_group_lookup(table, &keys[1]) != MCR_GROUP_NONE, length == 128);
	}
}

static void
assert_validity(struct mcr_group_table *table, struct mcr_group_key key, bool is_valid)
{
	const bool is_host = key.length == mcr_address_bits(key.group);

	mcr_group_static_begin(table);
	assert_int_equal(try_set(table, key, "1"), is_valid ? 0 : -EINVAL);
	mcr_group_static_cancel(table);
	assert_int_equal(try_want(table, key, A), is_valid ? 0 : -EINVAL);
	assert_int_equal(mcr_group_add(table, &key, receiver(1), MCR_ORIGIN_IGMP),
		is_valid && is_host ? 0 : -EINVAL);
	commit(table);
}

static void
keys_are_groups_that_leave_a_node(void **state)
{
	static const char *const wrong[] = {"2001:db8::1", "fe00::/8", "ff00::1", "ff01::1",
		"ff10::1", "ff31::1", "ff00::/16", "ff01::/16", "ff01::/64", "ff00::/15",
		"ff30::/15", "8000::/1", "fe00::/7"};
	static const char *const right[] = {"ff02::1:2", "ff3e::1", "ff05::/16", "ff00::/8",
		"ff00::/14", "ff10::/12", "ff02::/15", "ff0e::/127"};
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 0; i < RTE_DIM(wrong); i++)
		assert_validity(table, prefix6(wrong[i]), false);
	for (uint32_t i = 0; i < RTE_DIM(right); i++)
		assert_validity(table, prefix6(right[i]), true);
	assert_validity(table, prefix(ip6(GROUP6), 127), false);
	assert_validity(table, prefix(ip6(GROUP6), 32), false);
	assert_validity(table, prefix(ip6("ff3e::/32"), 33), false);
	assert_validity(table, prefix(ip6("ff3e::/32"), 128), false);
}

static void
a_source_is_a_host_of_the_family(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key wide = prefix6("ff3e::/32");
	const uint32_t g = ip6(GROUP6);

	assert_validity(table, source_group(ip6(SOURCE6), g), true);
	assert_validity(table, source_group(S1, G1), true);
	assert_validity(table, source_group(S1, g), false);
	assert_validity(table, source_group(ip6(SOURCE6), G1), false);
	assert_validity(table, source_group(ip6(OTHER6), g), false);
	assert_validity(table, source_group(ip6("2001:db8::/32"), g), false);
	assert_validity(
		table, (struct mcr_group_key){wide.group, ip6(SOURCE6), wide.length}, false);
}

static bool
is_known(const char *text)
{
	const struct in6_addr address = bytes_of(text);

	return mcr_address_find(address.s6_addr) != MCR_ADDRESS_NONE;
}

static bool
is_covered(const char *text)
{
	const struct in6_addr address = bytes_of(text);

	return mcr_address_match(address.s6_addr) != MCR_ADDRESS_NONE;
}

/* Also after the entry has gone, while readers may still stand on it. */
static void
numbers_of_keys_are_held_until_no_reader_needs_them(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = source_group(ip6(SOURCE6), ip6(GROUP6));

	mcr_rcu_online(rcu_of(state), READER);
	join(table, key, 1, MCR_ORIGIN_IGMP);
	drop_numbers();
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1");
	leave(table, key, 1, MCR_ORIGIN_IGMP);
	assert_true(is_known(SOURCE6) && is_known(GROUP6));
	commit(table);
	mcr_rcu_reclaim(rcu_of(state));
	assert_true(is_known(SOURCE6) && is_known(GROUP6));
	assert_packet(table, SOURCE6, GROUP6, "none");
	mcr_rcu_quiescent(rcu_of(state), READER);
	mcr_rcu_reclaim(rcu_of(state));
	assert_false(is_known(SOURCE6) || is_known(GROUP6));
}

/* A key that comes back while its old entry waits has a reference of its own. */
static void
an_entry_that_comes_back_holds_its_numbers(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = group(ip6(GROUP6));

	for (uint32_t i = 0; i < 3; i++) {
		join(table, key, 1, MCR_ORIGIN_IGMP);
		commit(table);
		leave(table, key, 1, MCR_ORIGIN_IGMP);
		commit(table);
		join(table, key, 2, MCR_ORIGIN_IGMP);
		if (i == 0)
			drop_numbers();
		commit(table);
		reclaim(state);
		assert_packet(table, SOURCE6, GROUP6, "2");
		leave(table, key, 2, MCR_ORIGIN_IGMP);
	}
	commit(table);
	reclaim(state);
	assert_false(is_known(GROUP6));
}

static void
staged_entries_hold_their_numbers(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, prefix6("ff3e::/32"), "1");
	drop_numbers();
	assert_true(is_covered(GROUP6));
	mcr_group_static_end(table);
	commit(table);
	assert_packet(table, SOURCE6, GROUP6, "1");
	mcr_group_static_begin(table);
	set(table, group(ip6(OTHER6)), "2");
	drop_numbers();
	assert_true(is_known(OTHER6));
	mcr_group_static_cancel(table);
	commit(table);
	reclaim(state);
	assert_false(is_known(OTHER6));
	assert_packet(table, SOURCE6, OTHER6, "1");
	configure(table, group(G1), "1");
	reclaim(state);
	assert_false(is_covered(GROUP6));
}

static void
numbers_of_peers_keys_are_held(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, prefix6("ff3e::/32"), A);
	drop_numbers();
	commit(table);
	reclaim(state);
	assert_true(is_covered(GROUP6));
	mcr_group_forget_member(table, A);
	commit(table);
	reclaim(state);
	assert_false(is_covered(GROUP6));
}

/* The test's end checks that nothing is left. */
static void
a_table_that_is_freed_gives_all_numbers_back(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_sender sender = {MCR_GROUP_NONE, ip6("2001:db8::/32"), 32};
	const struct mcr_group_key key = prefix6("ff3e::/32");
	const struct mcr_receiver one = receiver(1);

	mcr_rcu_online(rcu_of(state), READER);
	want(table, source_group(ip6(SOURCE6), ip6(GROUP6)), A);
	mcr_group_static_begin(table);
	assert_int_equal(set_list(table, &key, &one, 1, &sender, 1), 0);
	mcr_group_static_end(table);
	commit(table);
	mcr_group_forget_member(table, A);
	commit(table);
	join(table, group(ip6(OTHER6)), 1, MCR_ORIGIN_IGMP);
	mcr_group_static_begin(table);
	set(table, source_group(ip6(SOURCE6), ip6(OTHER6)), "1");
}

static bool
may_send(struct mcr_group_table *table, uint32_t group, uint32_t address)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){S1, group}, &ref));
	return mcr_group_may_send(table, ref, 1, address);
}

static void
senders_prefixes_are_of_either_family(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_sender senders[] = {
		{MCR_GROUP_NONE, ip6("2001:db8::/32"), 32},
		{MCR_GROUP_NONE, IP(10, 1, 0, 0), 16},
		{MCR_GROUP_NONE, ip6("fd00::7"), 128},
	};
	const struct mcr_sender nobody = {.member = MCR_GROUP_NONE, .length = 32};
	const struct mcr_sender all = {.member = MCR_GROUP_NONE};
	const struct mcr_group_key some = group(G1), none = group(G2), any = group(G3);

	mcr_group_static_begin(table);
	assert_int_equal(set_list(table, &some, NULL, 0, senders, RTE_DIM(senders)), 0);
	assert_int_equal(set_list(table, &none, NULL, 0, &nobody, 1), 0);
	assert_int_equal(set_list(table, &any, NULL, 0, &all, 1), 0);
	mcr_group_static_end(table);
	commit(table);
	drop_numbers();
	assert_int_equal(mcr_address_count(), 2);
	assert_true(may_send(table, G1, ip6("2001:db8:9::1")));
	assert_true(may_send(table, G1, ip6("fd00::7")));
	assert_true(may_send(table, G1, IP(10, 1, 2, 3)));
	assert_false(may_send(table, G1, ip6("2001:db9::1")));
	assert_false(may_send(table, G1, ip6("fd00::8")));
	assert_false(may_send(table, G1, IP(10, 2, 0, 1)));
	assert_false(may_send(table, G2, ip6("2001:db8::1")));
	assert_true(may_send(table, G3, ip6("2001:db8::1")));
	assert_true(may_send(table, G3, IP(10, 2, 0, 1)));
	drop_numbers();
	configure(table, group(G1), "1");
	reclaim(state);
	assert_int_equal(mcr_address_count(), 0);
}

struct order {
	struct mcr_group_table *table;
	uint32_t versions[16];
	uint32_t n;
};

static bool
note_version(void *arg)
{
	struct order *order = arg;

	assert_true(order->n < RTE_DIM(order->versions));
	order->versions[order->n++] = mcr_group_version(order->table);
	return false;
}

/*
 * A search that missed one goes on to the less specific: had that been published under the same
 * version, it would be taken for what decides.
 */
static void
new_entries_that_cover_each_other_have_versions_of_their_own(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct order order = {.table = table};

	join(table, group(ip6(GROUP6)), 1, MCR_ORIGIN_IGMP);
	want(table, prefix6("ff3e::/32"), A);
	want(table, prefix6("ff3e::8000:0/112"), A);
	want(table, fallback, A);
	join(table, source_group(ip6(SOURCE6), ip6(GROUP6)), 1, MCR_ORIGIN_IGMP);
	/* Those that the changed prefixes concern are found first. */
	mcr_group_pace(table, NULL, NULL);
	assert_int_equal(group_interest_sweep(table), 0);
	mcr_group_pace(table, note_version, &order);
	commit(table);
	mcr_group_pace(table, NULL, NULL);
	/* Five are published; then each is cleaned. */
	for (uint32_t i = 1; i < 5; i++)
		assert_int_not_equal(order.versions[i], order.versions[i - 1]);
}

static struct mcr_group_key
numbered(uint32_t i)
{
	struct in6_addr address = bytes_of("ff3e::8000:0");

	address.s6_addr32[3] |= htonl(i);
	return group(mcr_address_get(&address, MCR_IPV6_LENGTH));
}

static void
a_hundred_thousand_groups_are_served(void **state)
{
	struct mcr_rcu *rcu = rcu_of(state);
	struct mcr_group_table *table = mcr_group_create(MANY + 1, MEMBERS, 0, rcu);
	const struct mcr_group_key wide = prefix6("ff3e::/32");

	assert_non_null(table);
	configure(table, wide, "4999");
	for (uint32_t i = 0; i < MANY; i++) {
		const struct mcr_group_key key = numbered(i);

		join(table, key, i % 4096, MCR_ORIGIN_IGMP);
		mcr_address_drop(key.group);
	}
	commit(table);
	assert_int_equal(mcr_group_count(table), MANY + 1);
	for (uint32_t i = 0; i < MANY; i++) {
		const struct mcr_group_key key = numbered(i);
		char expected[16];

		snprintf(expected, sizeof(expected), "%u 4999", i % 4096);
		assert_receivers(table, 0, key.group, expected);
		leave(table, key, i % 4096, MCR_ORIGIN_IGMP);
		mcr_address_drop(key.group);
	}
	commit(table);
	reclaim(state);
	assert_int_equal(mcr_address_count(), 1);
	assert_packet(table, SOURCE6, GROUP6, "4999");
	mcr_group_free(table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_most_specific_entry_is_found),
		TEST(prefixes_alone_are_found),
		TEST(a_prefix_without_an_entry_is_passed_over),
		TEST(a_group_without_a_number_has_the_fallback),
		TEST(learned_receivers_are_added_to_the_longest_prefix),
		TEST(an_any_source_change_reaches_its_sources_alone),
		TEST(suspended_members_are_left_out),
		TEST(the_most_specific_key_of_each_peer_decides),
		TEST(a_changed_prefix_of_a_peer_reaches_what_is_below),
		TEST(own_interest_is_told_by_key),
		TEST(only_exactly_this_key_is_looked_up),
		TEST(keys_are_groups_that_leave_a_node),
		TEST(a_source_is_a_host_of_the_family),
		TEST(numbers_of_keys_are_held_until_no_reader_needs_them),
		TEST(an_entry_that_comes_back_holds_its_numbers),
		TEST(staged_entries_hold_their_numbers),
		TEST(numbers_of_peers_keys_are_held),
		TEST(a_table_that_is_freed_gives_all_numbers_back),
		TEST(senders_prefixes_are_of_either_family),
		TEST(new_entries_that_cover_each_other_have_versions_of_their_own),
		TEST(a_hundred_thousand_groups_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
