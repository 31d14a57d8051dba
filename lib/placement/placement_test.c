/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <rte_common.h>

#include "mcr_placement.h"

#define HUBS 10
#define MEMBERS 10000

/* 10.0.0.0/24, 10.0.1.0/24, ... each with a gateway. */
static void
make_hubs(struct mcr_placement_hub hubs[HUBS])
{
	for (uint32_t i = 0; i < HUBS; i++)
		hubs[i] = (struct mcr_placement_hub){
			.id = 0x9e3779b9u * (i + 1),
			.serves = 3,
			.is_alive = true,
			.network_count = 2,
			.networks = {{.address = 0x0a000000 + (i << 8), .length = 24}, {0}},
		};
}

static struct mcr_placement_member
make_member(uint32_t number)
{
	char name[16];

	snprintf(name, sizeof(name), "member-%u", number);
	return (struct mcr_placement_member){
		.hash = mcr_placement_hash(name), .address = 0x0b000000 + number};
}

static uint32_t
choose(const struct mcr_placement_hub *hubs, uint32_t number)
{
	const struct mcr_placement_member member = make_member(number);

	return mcr_placement_choose(hubs, HUBS, &member, 0);
}

/* http://www.isthe.com/chongo/src/fnv/test_fnv.c */
static void
the_hash_is_fnv1a(void **state)
{
	(void)state;
	assert_int_equal(mcr_placement_hash(""), 0x811c9dc5);
	assert_int_equal(mcr_placement_hash("a"), 0xe40c292c);
	assert_int_equal(mcr_placement_hash("foobar"), 0xbf9cf968);
}

/* Other programs may have to know it; by Python. */
static void
the_weight_is_what_other_hubs_compute(void **state)
{
	(void)state;
	assert_true(mcr_placement_weight(0, 0) == 0);
	assert_true(mcr_placement_weight(0xaf418f1b, 0xbf9cf968) == UINT64_C(0x3852048e26becb34));
	assert_true(mcr_placement_weight(1, 2) == UINT64_C(0xf2c6924e7dfed23e));
}

/* Binomial: 1,000 of 10,000 with a standard deviation of 30. */
static void
each_hub_gets_its_share(void **state)
{
	struct mcr_placement_hub hubs[HUBS];
	uint32_t served[HUBS] = {0};

	(void)state;
	make_hubs(hubs);
	for (uint32_t i = 0; i < MEMBERS; i++)
		served[choose(hubs, i)]++;
	for (uint32_t i = 0; i < HUBS; i++)
		assert_in_range(served[i], MEMBERS / HUBS - 150, MEMBERS / HUBS + 150);
}

static void
when_a_hub_dies_only_its_members_move_and_to_all_others(void **state)
{
	struct mcr_placement_hub hubs[HUBS], fewer[HUBS];
	uint32_t moved[HUBS] = {0};

	(void)state;
	make_hubs(hubs);
	make_hubs(fewer);
	fewer[3].is_alive = false;
	for (uint32_t i = 0; i < MEMBERS; i++) {
		const uint32_t before = choose(hubs, i), after = choose(fewer, i);

		if (before != 3)
			assert_int_equal(after, before);
		else
			moved[after]++;
	}
	assert_int_equal(moved[3], 0);
	for (uint32_t i = 0; i < HUBS; i++) {
		if (i != 3)
			assert_in_range(moved[i], 60, 170);
	}
}

static void
the_order_of_hubs_does_not_matter(void **state)
{
	struct mcr_placement_hub hubs[HUBS], reversed[HUBS];

	(void)state;
	make_hubs(hubs);
	for (uint32_t i = 0; i < HUBS; i++)
		reversed[HUBS - 1 - i] = hubs[i];
	for (uint32_t i = 0; i < MEMBERS; i++)
		assert_int_equal(choose(reversed, i), HUBS - 1 - choose(hubs, i));
}

static void
each_generation_has_its_own_hubs(void **state)
{
	struct mcr_placement_hub hubs[HUBS];
	const struct mcr_placement_member member = make_member(1);

	(void)state;
	make_hubs(hubs);
	for (uint32_t i = 0; i < HUBS; i++)
		hubs[i].serves = i == 4 ? 1 : i == 6 ? 2 : 0;
	assert_int_equal(mcr_placement_choose(hubs, HUBS, &member, 0), 4);
	assert_int_equal(mcr_placement_choose(hubs, HUBS, &member, 1), 6);
	hubs[6].is_alive = false;
	assert_int_equal(mcr_placement_choose(hubs, HUBS, &member, 1), MCR_PLACEMENT_NOBODY);
}

static void
a_plain_member_is_served_in_its_subnet_only(void **state)
{
	struct mcr_placement_hub hubs[HUBS];
	struct mcr_placement_member member = make_member(1);

	(void)state;
	make_hubs(hubs);
	member.is_plain = true;
	assert_int_equal(mcr_placement_choose(hubs, HUBS, &member, 0), MCR_PLACEMENT_NOBODY);
	for (uint32_t i = 0; i < HUBS; i++) {
		member.address = 0x0a0000ff + (i << 8);
		assert_int_equal(mcr_placement_choose(hubs, HUBS, &member, 0), i);
	}
}

static void
a_hub_without_a_gateway_serves_its_subnet_only(void **state)
{
	struct mcr_placement_hub hub = {.network_count = 1};
	struct mcr_placement_member member = make_member(1);

	(void)state;
	hub.networks[0] = (struct mcr_placement_network){.address = 0x0b000000, .length = 31};
	assert_true(mcr_placement_reaches(&hub, &member));
	member.address += 1;
	assert_false(mcr_placement_reaches(&hub, &member));
	hub.networks[hub.network_count++] = (struct mcr_placement_network){0};
	assert_true(mcr_placement_reaches(&hub, &member));
	member.is_nat = true;
	assert_false(mcr_placement_reaches(&hub, &member));
}

static void
networks_are_read_as_they_were_written(void **state)
{
	const struct mcr_placement_network networks[MCR_PLACEMENT_FAMILY_MAX] = {
		{.address = 0xffffff80, .length = 25}, {0}, {.address = 0xc0a80a01, .length = 32},
		{.address = 0xffffff80, .length = 25}, {.address = 0xffffff80, .length = 25},
		{.address = 0x80000000, .length = 1}};
	struct mcr_placement_network read[MCR_PLACEMENT_NETWORKS_MAX];
	char text[MCR_PLACEMENT_NETWORKS_SIZE];

	(void)state;
	mcr_placement_format_networks(networks, RTE_DIM(networks), true, text);
	assert_string_equal(text, "");
	mcr_placement_format_networks(networks, RTE_DIM(networks), false, text);
	assert_string_equal(text, "255.255.255.128/25 0.0.0.0/0 192.168.10.1/32 "
				  "255.255.255.128/25 255.255.255.128/25 128.0.0.0/1");
	assert_int_equal(mcr_placement_parse_networks(text, read), RTE_DIM(networks));
	for (unsigned int i = 0; i < RTE_DIM(networks); i++) {
		assert_true(mcr_placement_is_same_network(&read[i], &networks[i]));
	}
	mcr_placement_format_networks(networks, 0, false, text);
	assert_string_equal(text, "");
	assert_int_equal(mcr_placement_parse_networks(text, read), 0);
}

static struct mcr_placement_network
make_ipv6(const char *address, uint8_t length)
{
	struct mcr_placement_network network = {.length = length, .is_ipv6 = true};

	assert_int_equal(inet_pton(AF_INET6, address, &network.address6), 1);
	return network;
}

static void
networks_of_both_families_are_read_together(void **state)
{
	const struct mcr_placement_network networks[] = {make_ipv6("::", 0), {0},
		make_ipv6("2001:db8:0:7::", 64), make_ipv6("fd00::11", 128),
		{.address = 0x0a000000, .length = 8}, make_ipv6("fd80::", 9)};
	struct mcr_placement_network read[MCR_PLACEMENT_NETWORKS_MAX];
	char text[MCR_PLACEMENT_NETWORKS_SIZE];

	(void)state;
	mcr_placement_format_networks(networks, RTE_DIM(networks), true, text);
	assert_string_equal(text, "::/0 2001:db8:0:7::/64 fd00::11/128 fd80::/9");
	mcr_placement_format_networks(networks, RTE_DIM(networks), false, text);
	assert_string_equal(text, "0.0.0.0/0 10.0.0.0/8");
	assert_int_equal(
		mcr_placement_parse_networks(
			"::/0 0.0.0.0/0 2001:db8:0:7::/64 fd00::11/128 10.0.0.0/8 fd80::/9", read),
		RTE_DIM(networks));
	for (unsigned int i = 0; i < RTE_DIM(networks); i++)
		assert_true(mcr_placement_is_same_network(&read[i], &networks[i]));
}

/* What is not told to others must not count for the hub itself. */
static void
a_network_that_the_text_has_no_room_for_is_left_out(void **state)
{
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
	char text[MCR_PLACEMENT_NETWORKS_SIZE];
	uint32_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < 9; i++) {
		struct mcr_placement_network long_one =
			make_ipv6("2001:db8:1111:2222:3333:4444:5555:0", 127);

		long_one.address6.s6_addr[15] = 2 * i;
		count = mcr_placement_add_network(networks, count, &long_one);
		count = mcr_placement_add_network(networks, count, &long_one);
	}
	assert_int_equal(count, 3);
	mcr_placement_format_networks(networks, count, true, text);
	assert_int_equal(strlen(text), 3 * 39 + 2);
	for (uint32_t i = 0; i < 9; i++)
		count = mcr_placement_add_network(networks, count,
			&(struct mcr_placement_network){.address = i << 24, .length = 8});
	assert_int_equal(count, 3 + MCR_PLACEMENT_FAMILY_MAX);
}

static void
a_hub_reaches_members_of_the_families_that_it_has(void **state)
{
	struct mcr_placement_hub hub = {.network_count = 2};
	struct mcr_placement_member member = make_member(1);

	(void)state;
	hub.networks[0] = make_ipv6("fd00:0:0:7::", 63);
	hub.networks[1] = (struct mcr_placement_network){0};
	assert_true(mcr_placement_reaches(&hub, &member));
	member.is_ipv6 = true;
	member.address6 = make_ipv6("fd00:0:0:7::11", 128).address6;
	assert_true(mcr_placement_reaches(&hub, &member));
	member.is_plain = true;
	assert_true(mcr_placement_reaches(&hub, &member));
	member.address6 = make_ipv6("fd00:0:0:8::11", 128).address6;
	assert_false(mcr_placement_reaches(&hub, &member));
	member.is_plain = false;
	assert_false(mcr_placement_reaches(&hub, &member));
	hub.networks[1] = make_ipv6("::", 0);
	assert_true(mcr_placement_reaches(&hub, &member));
	member.is_ipv6 = false;
	assert_false(mcr_placement_reaches(&hub, &member));
}

static void
other_texts_are_no_networks(void **state)
{
	static const char *const texts[] = {"10.0.0.0", "10.0.0.0/33", "10.0.0.1/24", "10.0.0/24",
		"10.0.0.0/24,", "10.0.0.0/24 x", "10.0.0.0/-1", "300.0.0.0/8", "10.0.0.0/24/",
		"1.0.0.0/8 1.0.0.0/8 1.0.0.0/8 1.0.0.0/8 1.0.0.0/8 1.0.0.0/8 1.0.0.0/8",
		"1.0.0.0/0", "10.0.0.0/000000000000000000000008", "fd00::", "fd00::1/64",
		"fd00::/129", "::1/0", "fd00::/64/64", "::ffff:10.0.0.0/24",
		"1::/16 2::/16 3::/16 4::/16 5::/16 6::/16 7::/16"};
	struct mcr_placement_network read[MCR_PLACEMENT_NETWORKS_MAX];

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(texts); i++)
		assert_int_equal(mcr_placement_parse_networks(texts[i], read), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_fnv1a),
		cmocka_unit_test(the_weight_is_what_other_hubs_compute),
		cmocka_unit_test(each_hub_gets_its_share),
		cmocka_unit_test(when_a_hub_dies_only_its_members_move_and_to_all_others),
		cmocka_unit_test(the_order_of_hubs_does_not_matter),
		cmocka_unit_test(each_generation_has_its_own_hubs),
		cmocka_unit_test(a_plain_member_is_served_in_its_subnet_only),
		cmocka_unit_test(a_hub_without_a_gateway_serves_its_subnet_only),
		cmocka_unit_test(networks_are_read_as_they_were_written),
		cmocka_unit_test(networks_of_both_families_are_read_together),
		cmocka_unit_test(a_network_that_the_text_has_no_room_for_is_left_out),
		cmocka_unit_test(a_hub_reaches_members_of_the_families_that_it_has),
		cmocka_unit_test(other_texts_are_no_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
