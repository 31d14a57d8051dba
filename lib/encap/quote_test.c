/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <cmocka.h>

#include "mcr_encap.h"

#define INNER_LEN 64
/* RFC 792: a quote has at least the header and 8 octets. */
#define SHORTEST_QUOTE 28
#define SHORTEST_QUOTE_OF_IPV6 48
#define FRAGMENT_LEN 8

struct sent {
	union {
		struct mcr_template t;
		struct mcr_template_ipv6 room;
	};
	uint8_t buffer[MCR_ENCAP_HEADROOM + INNER_LEN + FRAGMENT_LEN];
	uint8_t *ip;
	uint32_t len;
};

static const struct mcr_encap_path base = {
	.source = MCR_IPV4(10, 0, 0, 10),
	.destination = MCR_IPV4(10, 5, 0, 11),
	.mtu = 1500,
};

static void
make_path(struct sent *sent, const struct mcr_encap_path *path)
{
	memset(sent, 0, sizeof(*sent));
	assert_int_equal(mcr_template_build(&sent->t, path), 0);
	mcr_template_write(&sent->t, sent->buffer + MCR_ENCAP_HEADROOM, INNER_LEN, 0xb8, 0x1234);
	sent->ip = sent->buffer + MCR_ENCAP_HEADROOM - sent->t.outer_ip_len;
	sent->len = sent->t.outer_ip_len + INNER_LEN;
}

static void
make(struct sent *sent, enum mcr_encap encap, bool has_key, uint32_t key)
{
	struct mcr_encap_path path = base;

	path.encap = encap;
	path.has_key = has_key;
	path.key = key;
	path.udp_port = encap == MCR_ENCAP_AMT ? 50000 : 0;
	make_path(sent, &path);
}

/* Over IPv6. */
static void
make_ipv6(struct sent *sent, enum mcr_encap encap, bool has_key, uint32_t key)
{
	const struct mcr_encap_path path = {
		.encap = encap,
		.has_key = has_key,
		.key = key,
		.mtu = 1500,
		.is_ipv6 = true,
		.source6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0a}}},
		.destination6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0b}}},
	};

	make_path(sent, &path);
}

static bool
is_known(const struct sent *sent, const struct sent *quoted)
{
	return mcr_template_may_have_made(&sent->t, quoted->ip, quoted->len);
}

static bool
matches_shortest_quote(const struct sent *sent, const struct sent *quoted)
{
	return mcr_template_may_have_made(&sent->t, quoted->ip, SHORTEST_QUOTE);
}

static const struct {
	enum mcr_encap encap;
	bool has_key;
	uint32_t key;
} kinds[] = {
	{MCR_ENCAP_GRE, false, 0},
	{MCR_ENCAP_GRE, true, 7},
	{MCR_ENCAP_GRE_UDP, false, 0},
	{MCR_ENCAP_GRE_UDP, true, 7},
	{MCR_ENCAP_VXLAN, false, 42},
	{MCR_ENCAP_GRETAP, false, 0},
	{MCR_ENCAP_GRETAP, true, 42},
	{MCR_ENCAP_AMT, false, MCR_AMT_PORT},
	{MCR_ENCAP_LINK, true, 7},
	{MCR_ENCAP_LINK_UDP, true, 7},
};

static void
a_quote_of_any_length_matches_its_template(void **state)
{
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		make(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		for (uint32_t len = 0; len <= sent.len; len++)
			assert_int_equal(mcr_template_may_have_made(&sent.t, sent.ip, len),
				len >= SHORTEST_QUOTE);
	}
}

static void
fields_that_routers_change_are_not_compared(void **state)
{
	static const uint8_t changed[] = {1, 2, 3, 4, 5, 8, 10, 11};
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		make(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		for (unsigned int j = 0; j < RTE_DIM(changed); j++)
			sent.ip[changed[j]] ^= 0xff;
		assert_true(is_known(&sent, &sent));
	}
}

static void
a_quote_with_another_header_does_not_match(void **state)
{
	static const struct {
		uint8_t at, bits;
	} changes[] = {{0, 0x01}, {0, 0x20}, {6, 0x40}, {6, 0x20}, {7, 0x01}, {9, 0x01}, {12, 0x01},
		{15, 0x01}, {16, 0x80}, {19, 0x01}};
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		make(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		for (unsigned int j = 0; j < RTE_DIM(changes); j++) {
			sent.ip[changes[j].at] ^= changes[j].bits;
			assert_false(matches_shortest_quote(&sent, &sent));
			sent.ip[changes[j].at] ^= changes[j].bits;
		}
	}
}

/* A router does not complain about a packet that the hub had fragmented. */
static void
a_fragmented_packet_does_not_match(void **state)
{
	struct sent sent;

	(void)state;
	make(&sent, MCR_ENCAP_GRE, false, 0);
	mcr_write_be16(sent.ip + 6, RTE_IPV4_HDR_MF_FLAG);
	assert_false(is_known(&sent, &sent));
	mcr_write_be16(sent.ip + 6, 100);
	assert_false(is_known(&sent, &sent));
}

static void
each_tunnel_matches_only_its_own_template(void **state)
{
	struct sent ours, other;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		for (unsigned int j = 0; j < RTE_DIM(kinds); j++) {
			make(&ours, kinds[i].encap, kinds[i].has_key, kinds[i].key);
			make(&other, kinds[j].encap, kinds[j].has_key, kinds[j].key);
			assert_int_equal(is_known(&ours, &other), i == j);
		}
	}
}

static void
a_quoted_key_is_compared(void **state)
{
	struct sent ours, other;

	(void)state;
	make(&ours, MCR_ENCAP_GRE, true, 7);
	make(&other, MCR_ENCAP_GRE, true, 8);
	assert_false(matches_shortest_quote(&ours, &other));
	make(&ours, MCR_ENCAP_VXLAN, false, 42);
	make(&other, MCR_ENCAP_VXLAN, false, 43);
	assert_true(matches_shortest_quote(&ours, &other));
	assert_false(is_known(&ours, &other));
}

static void
udp_ports_are_compared(void **state)
{
	struct sent sent;

	(void)state;
	make(&sent, MCR_ENCAP_VXLAN, false, 42);
	mcr_write_be16(sent.ip + 20, 0xbfff);
	assert_false(is_known(&sent, &sent));
	mcr_write_be16(sent.ip + 20, 0xc000);
	assert_true(is_known(&sent, &sent));
	mcr_write_be16(sent.ip + 22, MCR_VXLAN_PORT + 1);
	assert_false(is_known(&sent, &sent));
	make(&sent, MCR_ENCAP_AMT, false, MCR_AMT_PORT);
	mcr_write_be16(sent.ip + 20, 0xc000);
	assert_false(is_known(&sent, &sent));
}

static void
a_template_without_an_outer_header_never_matches(void **state)
{
	struct sent sent, plain;

	(void)state;
	make(&sent, MCR_ENCAP_GRE, false, 0);
	make(&plain, MCR_ENCAP_L2, false, 0);
	assert_false(is_known(&plain, &sent));
	make(&plain, MCR_ENCAP_UDP, false, 0);
	assert_false(is_known(&plain, &sent));
}

/* RFC 5508 4: a NAT, and a router in front of it, quote the ports that the hub used. */
static void
behind_a_nat_both_ports_are_compared(void **state)
{
	struct mcr_encap_path path = base;
	struct sent now, before, other_source;

	(void)state;
	make(&other_source, MCR_ENCAP_VXLAN, false, 42);
	path.encap = MCR_ENCAP_VXLAN;
	path.key = 42;
	path.source_port = 4789;
	path.udp_port = 50000;
	make_path(&before, &path);
	path.udp_port = 50001;
	make_path(&now, &path);
	assert_true(is_known(&now, &now));
	assert_true(matches_shortest_quote(&now, &now));
	assert_false(matches_shortest_quote(&now, &before));
	memcpy(other_source.ip + 22, now.ip + 22, 2);
	assert_false(matches_shortest_quote(&now, &other_source));
}

/* Those that members have. */
#define KINDS_OF_IPV6 8

/* In a buffer of the exact length, so a sanitizer detects a read beyond it. */
static bool
matches_exactly(const struct sent *sent, uint32_t len)
{
	uint8_t *const quote = malloc(len);
	bool matches;

	memcpy(quote, sent->ip, len);
	matches = mcr_template_may_have_made(&sent->t, quote, len);
	free(quote);
	return matches;
}

static void
a_quote_of_ipv6_of_any_length_matches_its_template(void **state)
{
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < KINDS_OF_IPV6; i++) {
		make_ipv6(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		for (uint32_t len = 0; len <= sent.len; len++)
			assert_int_equal(
				matches_exactly(&sent, len), len >= SHORTEST_QUOTE_OF_IPV6);
	}
}

/* RFC 8200: traffic class and flow label, the payload length, the hop limit; of UDP its length and
 * checksum. */
static void
fields_of_ipv6_that_routers_change_are_not_compared(void **state)
{
	static const uint8_t changed[] = {1, 2, 3, 4, 5, 7}, changed_udp[] = {44, 45, 46, 47};
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < KINDS_OF_IPV6; i++) {
		make_ipv6(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		sent.ip[0] ^= 0x0f;
		for (unsigned int j = 0; j < RTE_DIM(changed); j++)
			sent.ip[changed[j]] ^= 0xff;
		for (unsigned int j = 0; sent.t.outer_udp_len != 0 && j < RTE_DIM(changed_udp); j++)
			sent.ip[changed_udp[j]] ^= 0xff;
		assert_true(is_known(&sent, &sent));
	}
}

/* RFC 8200 4.5: cut the packet, whose first fragment goes on to a router that finds it too big. */
static void
insert_fragment_header(struct sent *sent, uint16_t offset_and_more)
{
	uint8_t *const fragment = sent->ip + MCR_IPV6_HEADER_LEN;

	memmove(fragment + FRAGMENT_LEN, fragment, sent->len - MCR_IPV6_HEADER_LEN);
	fragment[0] = sent->ip[6];
	fragment[1] = 0;
	mcr_write_be16(fragment + 2, offset_and_more);
	mcr_write_be32(fragment + 4, 0x12345678);
	sent->ip[6] = IPPROTO_FRAGMENT;
	sent->len += FRAGMENT_LEN;
}

static void
the_first_fragment_of_ipv6_matches_its_template(void **state)
{
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < KINDS_OF_IPV6; i++) {
		make_ipv6(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		insert_fragment_header(&sent, 1);
		for (uint32_t len = 0; len <= sent.len; len++)
			assert_int_equal(matches_exactly(&sent, len),
				len >= SHORTEST_QUOTE_OF_IPV6 + FRAGMENT_LEN);
		sent.ip[MCR_IPV6_HEADER_LEN] ^= 1;
		assert_false(is_known(&sent, &sent));
	}
}

static void
other_fragments_of_ipv6_do_not_match(void **state)
{
	struct sent ours, other;

	(void)state;
	make_ipv6(&ours, MCR_ENCAP_GRE, true, 7);
	insert_fragment_header(&ours, 8 | 1);
	assert_false(is_known(&ours, &ours));
	make_ipv6(&other, MCR_ENCAP_GRE, true, 8);
	insert_fragment_header(&other, 1);
	assert_false(is_known(&ours, &other));
}

static void
a_quote_of_ipv6_with_another_header_does_not_match(void **state)
{
	struct sent sent;

	(void)state;
	for (unsigned int i = 0; i < KINDS_OF_IPV6; i++) {
		make_ipv6(&sent, kinds[i].encap, kinds[i].has_key, kinds[i].key);
		for (unsigned int at = 6; at < 40; at += at == 6 ? 2 : 1) {
			sent.ip[at] ^= 1;
			assert_false(matches_exactly(&sent, SHORTEST_QUOTE_OF_IPV6));
			sent.ip[at] ^= 1;
		}
		sent.ip[0] ^= 0x20;
		assert_false(is_known(&sent, &sent));
	}
}

static void
each_tunnel_over_ipv6_matches_only_its_own_template(void **state)
{
	struct sent ours, other;

	(void)state;
	for (unsigned int i = 0; i < KINDS_OF_IPV6; i++) {
		for (unsigned int j = 0; j < KINDS_OF_IPV6; j++) {
			make_ipv6(&ours, kinds[i].encap, kinds[i].has_key, kinds[i].key);
			make_ipv6(&other, kinds[j].encap, kinds[j].has_key, kinds[j].key);
			assert_int_equal(is_known(&ours, &other), i == j);
			make(&other, kinds[j].encap, kinds[j].has_key, kinds[j].key);
			assert_false(is_known(&ours, &other));
			assert_false(is_known(&other, &ours));
		}
	}
	make_ipv6(&ours, MCR_ENCAP_GRE, true, 7);
	make_ipv6(&other, MCR_ENCAP_GRE, true, 8);
	assert_false(is_known(&ours, &other));
	make_ipv6(&ours, MCR_ENCAP_VXLAN, false, 42);
	make_ipv6(&other, MCR_ENCAP_VXLAN, false, 43);
	assert_false(is_known(&ours, &other));
}

static void
udp_ports_over_ipv6_are_compared(void **state)
{
	struct sent sent;

	(void)state;
	make_ipv6(&sent, MCR_ENCAP_VXLAN, false, 42);
	mcr_write_be16(sent.ip + 40, 0xbfff);
	assert_false(is_known(&sent, &sent));
	mcr_write_be16(sent.ip + 40, 0xc000);
	assert_true(is_known(&sent, &sent));
	mcr_write_be16(sent.ip + 42, MCR_VXLAN_PORT + 1);
	assert_false(is_known(&sent, &sent));
}

static void
what_is_rewritten_over_ipv6_never_matches(void **state)
{
	struct sent sent, plain;

	(void)state;
	make_ipv6(&sent, MCR_ENCAP_GRE, false, 0);
	make_ipv6(&plain, MCR_ENCAP_L2, false, 0);
	assert_false(is_known(&plain, &sent));
	make_ipv6(&plain, MCR_ENCAP_UDP, false, 0);
	assert_false(is_known(&plain, &sent));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_of_any_length_matches_its_template),
		cmocka_unit_test(fields_that_routers_change_are_not_compared),
		cmocka_unit_test(a_quote_with_another_header_does_not_match),
		cmocka_unit_test(a_fragmented_packet_does_not_match),
		cmocka_unit_test(each_tunnel_matches_only_its_own_template),
		cmocka_unit_test(a_quoted_key_is_compared),
		cmocka_unit_test(udp_ports_are_compared),
		cmocka_unit_test(behind_a_nat_both_ports_are_compared),
		cmocka_unit_test(a_template_without_an_outer_header_never_matches),
		cmocka_unit_test(a_quote_of_ipv6_of_any_length_matches_its_template),
		cmocka_unit_test(fields_of_ipv6_that_routers_change_are_not_compared),
		cmocka_unit_test(the_first_fragment_of_ipv6_matches_its_template),
		cmocka_unit_test(other_fragments_of_ipv6_do_not_match),
		cmocka_unit_test(a_quote_of_ipv6_with_another_header_does_not_match),
		cmocka_unit_test(each_tunnel_over_ipv6_matches_only_its_own_template),
		cmocka_unit_test(udp_ports_over_ipv6_are_compared),
		cmocka_unit_test(what_is_rewritten_over_ipv6_never_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
