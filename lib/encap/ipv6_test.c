/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "mcr_encap.h"

/* A packet that Linux sent: UDP "hi" from 2001:db8::1 to ff1e::42, traffic class 0x2e << 2. */
static const uint8_t sent[] = {0x6b, 0x80, 0x12, 0x34, 0, 10, 17, 5, /* */
	0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,     /* */
	0xff, 0x1e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42,     /* */
	0xc0, 0x01, 0x13, 0x88, 0, 10, 0, 0, 'h', 'i'};

static uint8_t packet[sizeof(sent) + 4];

static int
copy_packet(void **state)
{
	(void)state;
	memcpy(packet, sent, sizeof(sent));
	return 0;
}

static void
header_is_parsed(void **state)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(packet, sizeof(packet));

	(void)state;
	assert_int_equal(info.total_len, sizeof(sent));
	assert_int_equal(info.tos, 0xb8);
	assert_int_equal(info.hop_limit, 5);
	assert_int_equal(info.next_header, 17);
	assert_int_equal(mcr_ip_tos(packet), 0xb8);
	assert_int_equal(mcr_ip_ttl(packet), 5);
	assert_true(mcr_ip_is_ipv6(packet));
}

static void
what_is_cut_or_of_another_version_is_malformed(void **state)
{
	(void)state;
	assert_int_equal(mcr_ipv6_parse(packet, sizeof(sent)).total_len, sizeof(sent));
	assert_int_equal(mcr_ipv6_parse(packet, sizeof(sent) - 1).total_len, 0);
	assert_int_equal(mcr_ipv6_parse(packet, MCR_IPV6_HEADER_LEN - 1).total_len, 0);
	packet[0] = 0x45;
	assert_int_equal(mcr_ipv6_parse(packet, sizeof(packet)).total_len, 0);
}

static void
longest_packet_is_parsed(void **state)
{
	(void)state;
	mcr_write_be16(packet + 4, UINT16_MAX);
	assert_int_equal(mcr_ipv6_parse(packet, UINT16_MAX + MCR_IPV6_HEADER_LEN).total_len,
		UINT16_MAX + MCR_IPV6_HEADER_LEN);
}

static void
addresses_say_what_they_are(void **state)
{
	static const uint8_t solicited[16] = {0xff, 2, [11] = 1, 0xff, 1, 2, 3};
	static const uint8_t other[16] = {0xff, 2, [11] = 1, 0xfe, 1, 2, 3};

	(void)state;
	assert_true(mcr_ipv6_is_multicast(packet + MCR_IPV6_DESTINATION));
	assert_false(mcr_ipv6_is_multicast(packet + MCR_IPV6_SOURCE));
	assert_int_equal(mcr_ipv6_scope(packet + MCR_IPV6_DESTINATION), 14);
	assert_int_equal(mcr_ipv6_scope(solicited), MCR_IPV6_SCOPE_LINK);
	assert_true(mcr_ipv6_is_solicited_node(solicited));
	assert_false(mcr_ipv6_is_solicited_node(other));
}

static void
checksum_covers_the_pseudo_header(void **state)
{
	uint8_t *const udp = packet + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum = mcr_ipv6_checksum(packet, udp, 10, 17);

	(void)state;
	/* The words add up to 0x26931. */
	assert_int_equal(rte_be_to_cpu_16(checksum), (uint16_t) ~(0x6931 + 2));
	memcpy(udp + 6, &checksum, sizeof(checksum));
	assert_int_equal(mcr_ipv6_checksum(packet, udp, 10, 17), 0);
	packet[MCR_IPV6_SOURCE]++;
	assert_int_not_equal(mcr_ipv6_checksum(packet, udp, 10, 17), 0);
}

static void
hop_limit_and_ce_change_nothing_else(void **state)
{
	uint8_t expected[sizeof(sent)];

	(void)state;
	memcpy(expected, sent, sizeof(sent));
	expected[7] = 4;
	expected[1] |= 0x30;
	mcr_ip_decrement_ttl(packet);
	mcr_ip_mark_ce(packet);
	assert_memory_equal(packet, expected, sizeof(expected));
	assert_int_equal(mcr_ip_tos(packet), 0xbb);
}

static void
group_is_mapped_to_its_mac(void **state)
{
	static const uint8_t expected[] = {0x33, 0x33, 0, 0, 0, 0x42, 2, 0, 0, 0, 0, 1, 0x86, 0xdd};
	const struct rte_ether_addr source = {{2, 0, 0, 0, 0, 1}};
	uint8_t frame[RTE_ETHER_HDR_LEN];

	(void)state;
	mcr_vxlan_write_ethernet_to(frame + sizeof(frame), &source, packet);
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void
unicast_is_mapped_to_the_broadcast_mac(void **state)
{
	static const uint8_t expected[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x86, 0xdd};
	const struct rte_ether_addr source = {{2, 0, 0, 0, 0, 1}};
	uint8_t frame[RTE_ETHER_HDR_LEN];

	(void)state;
	packet[MCR_IPV6_DESTINATION] = 0xfd;
	mcr_vxlan_write_ethernet_to(frame + sizeof(frame), &source, packet);
	assert_memory_equal(frame, expected, sizeof(expected));
}

/* A chain of all headers that are walked over, then UDP. */
static const uint8_t chain[] = {0x60, 0, 0, 0, 0, 48, 0, 64,            /* */
	0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,        /* */
	0xff, 0x1e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42,        /* */
	IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0,                           /* */
	IPPROTO_FRAGMENT, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
	IPPROTO_DSTOPTS, 0, 0, 0, 0, 0, 0, 7,                           /* */
	IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0,                               /* */
	0xc0, 1, 0x13, 0x88, 0, 8, 0, 0};
#define FRAGMENT_AT (MCR_IPV6_HEADER_LEN + 24)
#define TRANSPORT_AT (MCR_IPV6_HEADER_LEN + 40)

/* In a buffer of the exact length, so a sanitizer detects a read beyond it. */
static struct mcr_ipv6_transport
find_transport(const uint8_t *ip, uint32_t len)
{
	uint8_t *const exact = malloc(len);
	struct mcr_ipv6_transport transport;

	memcpy(exact, ip, len);
	transport = mcr_ipv6_find_transport(exact, len);
	free(exact);
	return transport;
}

static void
transport_is_found_behind_other_headers(void **state)
{
	struct mcr_ipv6_transport transport;

	(void)state;
	for (uint32_t len = MCR_IPV6_HEADER_LEN; len <= sizeof(chain); len++) {
		transport = find_transport(chain, len);
		assert_int_equal(transport.offset, len < TRANSPORT_AT ? 0 : TRANSPORT_AT);
		if (len >= TRANSPORT_AT)
			assert_int_equal(transport.protocol, IPPROTO_UDP);
		assert_false(transport.is_cut);
	}
	transport = find_transport(packet, sizeof(sent));
	assert_int_equal(transport.offset, MCR_IPV6_HEADER_LEN);
	assert_int_equal(transport.protocol, IPPROTO_UDP);
}

static void
fragments_have_their_transport_in_the_first(void **state)
{
	uint8_t ip[sizeof(chain)];
	struct mcr_ipv6_transport transport;

	(void)state;
	memcpy(ip, chain, sizeof(chain));
	for (uint16_t more = 0; more <= 7; more++) {
		mcr_write_be16(ip + FRAGMENT_AT + 2, more);
		transport = find_transport(ip, sizeof(ip));
		assert_int_equal(transport.offset, TRANSPORT_AT);
		assert_int_equal(transport.is_cut, more % 2);
		mcr_write_be16(ip + FRAGMENT_AT + 2, 8 | more);
		assert_int_equal(find_transport(ip, sizeof(ip)).offset, 0);
		mcr_write_be16(ip + FRAGMENT_AT + 2, 0x8000 | more);
		assert_int_equal(find_transport(ip, sizeof(ip)).offset, 0);
	}
}

static void
transport_is_not_found_behind_a_routing_header(void **state)
{
	uint8_t ip[sizeof(chain)];

	(void)state;
	memcpy(ip, chain, sizeof(chain));
	ip[6] = IPPROTO_ROUTING;
	assert_int_equal(find_transport(ip, sizeof(ip)).offset, 0);
	ip[6] = IPPROTO_HOPOPTS;
	ip[TRANSPORT_AT - 8] = IPPROTO_ROUTING;
	assert_int_equal(find_transport(ip, sizeof(ip)).offset, 0);
	/* What is no header of these is a transport. */
	ip[TRANSPORT_AT - 8] = IPPROTO_NONE;
	assert_int_equal(find_transport(ip, sizeof(ip)).protocol, IPPROTO_NONE);
	/* The longest options. */
	ip[MCR_IPV6_HEADER_LEN + 1] = 0xff;
	assert_int_equal(find_transport(ip, sizeof(ip)).offset, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, copy_packet)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_is_parsed),
		TEST(what_is_cut_or_of_another_version_is_malformed),
		TEST(longest_packet_is_parsed),
		TEST(addresses_say_what_they_are),
		TEST(checksum_covers_the_pseudo_header),
		TEST(hop_limit_and_ce_change_nothing_else),
		TEST(group_is_mapped_to_its_mac),
		TEST(unicast_is_mapped_to_the_broadcast_mac),
		TEST(transport_is_found_behind_other_headers),
		TEST(fragments_have_their_transport_in_the_first),
		TEST(transport_is_not_found_behind_a_routing_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
