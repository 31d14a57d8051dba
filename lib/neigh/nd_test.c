/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <mcr_encap.h>

#include "mcr_nd.h"

#define ETHERNET 14
#define ICMP MCR_IPV6_HEADER_LEN
#define TARGET (ICMP + 8)
#define OPTION (ICMP + 24)
#define LEN (OPTION + 8)
#define ROUTER_OPTION (ICMP + 16)

static const struct rte_ether_addr mac = {{0x02, 0, 0, 0, 0, 0x10}};
static const struct rte_ether_addr peer_mac = {{0x02, 0, 0, 0, 0, 0x12}};

/* As Linux sends it: fe80::12 asks ff02::1:ff00:10 for fd00::10. */
static const uint8_t solicitation[LEN] = {
	0x60, 0, 0, 0, 0, 32, 58, 255,                           /* IPv6 */
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, /* source */
	0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0x10, 135, 0, 0x7b, 0xd9, 0, 0, 0,
	0,                                                    /* ICMPv6 */
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, /* target */
	1, 1, 0x02, 0, 0, 0, 0, 0x12,                         /* source link-layer address */
};

static struct in6_addr
read_address(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static void
set_checksum(uint8_t *packet)
{
	const uint16_t len = mcr_read_be16(packet + 4);
	rte_be16_t sum;

	memset(packet + ICMP + 2, 0, 2);
	sum = mcr_ipv6_checksum(packet, packet + ICMP, len, IPPROTO_ICMPV6);
	memcpy(packet + ICMP + 2, &sum, sizeof(sum));
}

/* In a buffer of exact size: sanitizers see a read beyond it. */
static int
parse(const uint8_t *packet, uint32_t len, struct mcr_nd *nd)
{
	uint8_t *copy = malloc(len);
	int ret;

	memcpy(copy, packet, len);
	ret = mcr_nd_parse(copy, len, &peer_mac, nd);
	free(copy);
	return ret;
}

static int
parse_whole(const uint8_t packet[LEN], struct mcr_nd *nd)
{
	return parse(packet, MCR_IPV6_HEADER_LEN + mcr_read_be16(packet + 4), nd);
}

/* The example with other bytes at an offset, and its checksum right again. */
static int
parse_with(unsigned int offset, const void *bytes, size_t count)
{
	uint8_t packet[LEN];
	struct mcr_nd nd;

	memcpy(packet, solicitation, LEN);
	memcpy(packet + offset, bytes, count);
	set_checksum(packet);
	return parse_whole(packet, &nd);
}

static void
assert_address(const struct in6_addr *address, const char *text)
{
	const struct in6_addr expected = read_address(text);

	assert_memory_equal(address, &expected, sizeof(expected));
}

static void
a_solicitation_is_parsed(void **state)
{
	struct mcr_nd nd;

	(void)state;
	assert_int_equal(parse_whole(solicitation, &nd), 0);
	assert_int_equal(nd.kind, MCR_ND_SOLICITATION);
	assert_address(&nd.source, "fe80::12");
	assert_address(&nd.target, "fd00::10");
	assert_true(nd.has_mac);
	assert_memory_equal(&nd.mac, &peer_mac, sizeof(peer_mac));
	assert_memory_equal(&nd.from, &peer_mac, sizeof(peer_mac));
}

static void
what_a_router_forwarded_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_with(7, "\xfe", 1), -EINVAL);
	assert_int_equal(parse_with(7, "\xff", 1), 0);
}

static void
a_code_or_a_wrong_checksum_is_refused(void **state)
{
	uint8_t packet[LEN];
	struct mcr_nd nd;

	(void)state;
	assert_int_equal(parse_with(ICMP + 1, "\x01", 1), -EINVAL);
	memcpy(packet, solicitation, LEN);
	packet[LEN - 1] ^= 1;
	assert_int_equal(parse_whole(packet, &nd), -EBADMSG);
}

static void
each_shorter_message_is_refused(void **state)
{
	uint8_t packet[LEN];
	struct mcr_nd nd;

	(void)state;
	for (uint32_t len = 0; len < LEN; len++)
		assert_int_equal(parse(solicitation, len, &nd), -EINVAL);
	for (uint16_t len = 0; len < LEN - ICMP; len++) {
		memcpy(packet, solicitation, LEN);
		mcr_write_be16(packet + 4, len);
		set_checksum(packet);
		/* Without the option it is whole again. */
		assert_int_equal(parse_whole(packet, &nd), len == OPTION - ICMP ? 0 : -EINVAL);
	}
}

static void
options_are_walked_and_those_of_length_0_refuse_the_message(void **state)
{
	(void)state;
	assert_int_equal(parse_with(OPTION, "\x01\x00", 2), -EINVAL);
	assert_int_equal(parse_with(OPTION, "\xfd\x00", 2), -EINVAL);
	assert_int_equal(parse_with(OPTION, "\x01\x02", 2), -EINVAL);
	assert_int_equal(parse_with(OPTION, "\xfd\x01", 2), 0);
}

static void
only_the_option_that_belongs_to_a_message_is_taken(void **state)
{
	uint8_t packet[LEN];
	struct mcr_nd nd;

	(void)state;
	memcpy(packet, solicitation, LEN);
	packet[OPTION] = 2; /* target link-layer address */
	set_checksum(packet);
	assert_int_equal(parse_whole(packet, &nd), 0);
	assert_false(nd.has_mac);
	memcpy(packet, solicitation, LEN);
	packet[OPTION + 2] = 0x03; /* a group's */
	set_checksum(packet);
	assert_int_equal(parse_whole(packet, &nd), 0);
	assert_false(nd.has_mac);
}

/* Of another kind of link. */
static void
a_longer_link_layer_address_is_no_mac(void **state)
{
	uint8_t packet[LEN + 8] = {0};
	struct mcr_nd nd;

	(void)state;
	memcpy(packet, solicitation, LEN);
	mcr_write_be16(packet + 4, LEN + 8 - ICMP);
	packet[OPTION + 1] = 2;
	set_checksum(packet);
	assert_int_equal(parse(packet, sizeof(packet), &nd), 0);
	assert_false(nd.has_mac);
}

static void
addresses_that_no_host_has_are_refused(void **state)
{
	static const uint8_t group[16] = {0xff, 2, [15] = 1}, none[16] = {0}, own[16] = {[15] = 1};

	(void)state;
	assert_int_equal(parse_with(TARGET, group, sizeof(group)), -EINVAL);
	assert_int_equal(parse_with(TARGET, none, sizeof(none)), -EINVAL);
	assert_int_equal(parse_with(TARGET, own, sizeof(own)), -EINVAL);
	assert_int_equal(parse_with(MCR_IPV6_SOURCE, group, sizeof(group)), -EINVAL);
	assert_int_equal(parse_with(MCR_IPV6_SOURCE, own, sizeof(own)), -EINVAL);
}

/* RFC 4861 7.1.1. */
static void
a_probe_has_no_option_and_goes_to_the_solicited_node_group(void **state)
{
	static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
	uint8_t packet[LEN];
	struct mcr_nd nd;

	(void)state;
	memcpy(packet, solicitation, LEN);
	memset(packet + MCR_IPV6_SOURCE, 0, MCR_IPV6_ADDRESS_LEN);
	set_checksum(packet);
	assert_int_equal(parse_whole(packet, &nd), -EINVAL);
	mcr_write_be16(packet + 4, OPTION - ICMP);
	set_checksum(packet);
	assert_int_equal(parse_whole(packet, &nd), 0);
	assert_address(&nd.source, "::");
	memcpy(packet + MCR_IPV6_DESTINATION, all_nodes, sizeof(all_nodes));
	set_checksum(packet);
	assert_int_equal(parse_whole(packet, &nd), -EINVAL);
}

static void
other_messages_are_none(void **state)
{
	(void)state;
	assert_int_equal(parse_with(ICMP, "\x80", 1), -ENOTSUP);
	assert_int_equal(parse_with(ICMP, "\x89", 1), -ENOTSUP);
	assert_int_equal(parse_with(6, "\x00", 1), -ENOTSUP);
}

/* An advertisement of fd00::12, made of the example. */
static void
make_advertisement(uint8_t packet[LEN], uint8_t flags, bool to_all)
{
	static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
	const struct in6_addr peer = read_address("fd00::12"), hub = read_address("fd00::10");

	memcpy(packet, solicitation, LEN);
	packet[ICMP] = 136;
	packet[ICMP + 4] = flags;
	memcpy(packet + TARGET, &peer, sizeof(peer));
	memcpy(packet + MCR_IPV6_DESTINATION, &hub, sizeof(hub));
	if (to_all)
		memcpy(packet + MCR_IPV6_DESTINATION, all_nodes, sizeof(all_nodes));
	packet[OPTION] = 2;
	set_checksum(packet);
}

static void
an_advertisement_is_parsed_with_its_flags(void **state)
{
	uint8_t packet[LEN];
	struct mcr_nd nd;

	(void)state;
	make_advertisement(packet, 0x40, false);
	assert_int_equal(parse_whole(packet, &nd), 0);
	assert_int_equal(nd.kind, MCR_ND_ADVERTISEMENT);
	assert_address(&nd.target, "fd00::12");
	assert_true(nd.is_solicited && !nd.overrides && !nd.is_router && nd.has_mac);
	make_advertisement(packet, 0xa0, true);
	assert_int_equal(parse_whole(packet, &nd), 0);
	assert_true(!nd.is_solicited && nd.overrides && nd.is_router);
	/* RFC 4861 7.1.2. */
	make_advertisement(packet, 0x60, true);
	assert_int_equal(parse_whole(packet, &nd), -EINVAL);
}

/* fe80::12 advertises itself as a router for 1800 s. */
static int
parse_router(uint8_t flags, const char *source, struct mcr_nd *nd)
{
	const struct in6_addr address = read_address(source);
	uint8_t packet[LEN];

	memcpy(packet, solicitation, LEN);
	memcpy(packet + MCR_IPV6_SOURCE, &address, sizeof(address));
	packet[ICMP] = 134;
	packet[ICMP + 4] = 64;
	packet[ICMP + 5] = flags;
	mcr_write_be16(packet + ICMP + 6, 1800);
	memset(packet + ICMP + 8, 0, 8);
	memcpy(packet + ROUTER_OPTION, solicitation + OPTION, 8);
	mcr_write_be16(packet + 4, 24);
	set_checksum(packet);
	return parse_whole(packet, nd);
}

static void
an_advertisement_of_a_router_is_parsed(void **state)
{
	struct mcr_nd nd;

	(void)state;
	assert_int_equal(parse_router(0, "fe80::12", &nd), 0);
	assert_int_equal(nd.kind, MCR_ND_ROUTER);
	assert_address(&nd.source, "fe80::12");
	assert_int_equal(nd.lifetime, 1800);
	assert_int_equal(nd.preference, MCR_ND_MEDIUM);
	assert_true(nd.has_mac);
	assert_memory_equal(&nd.mac, &peer_mac, sizeof(peer_mac));
	assert_int_equal(parse_router(0x08, "fe80::12", &nd), 0);
	assert_int_equal(nd.preference, MCR_ND_HIGH);
	assert_int_equal(parse_router(0x18, "fe80::12", &nd), 0);
	assert_int_equal(nd.preference, MCR_ND_LOW);
	/* Reserved. */
	assert_int_equal(parse_router(0x10, "fe80::12", &nd), 0);
	assert_int_equal(nd.preference, MCR_ND_MEDIUM);
	assert_int_equal(parse_router(0, "fd00::12", &nd), -EINVAL);
}

static const uint8_t *
assert_frame(const uint8_t *frame, uint16_t len, const char *to, const struct rte_ether_addr *at)
{
	const uint8_t *const ip = frame + ETHERNET;
	const struct in6_addr destination = read_address(to);

	assert_memory_equal(frame, at, sizeof(*at));
	assert_memory_equal(frame + 6, &mac, sizeof(mac));
	assert_int_equal(mcr_read_be16(frame + 12), RTE_ETHER_TYPE_IPV6);
	assert_int_equal(mcr_read_be16(ip + 4), len - ETHERNET - MCR_IPV6_HEADER_LEN);
	assert_int_equal(ip[7], 255);
	assert_memory_equal(ip + MCR_IPV6_DESTINATION, &destination, sizeof(destination));
	assert_int_equal(mcr_ipv6_checksum(ip, ip + ICMP, mcr_read_be16(ip + 4), 58), 0);
	return ip;
}

static void
a_solicitation_goes_to_the_group_or_to_the_known_mac(void **state)
{
	static const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 0x12}};
	const struct in6_addr own = read_address("fd00::10"), peer = read_address("fd00::12");
	uint8_t frame[MCR_ND_FRAME_MAX];
	struct mcr_nd nd;
	uint16_t len;

	(void)state;
	len = mcr_nd_build_solicitation(frame, &mac, &own, &peer, NULL);
	assert_frame(frame, len, "ff02::1:ff00:12", &group);
	assert_int_equal(mcr_nd_parse(frame + ETHERNET, len - ETHERNET, &mac, &nd), 0);
	assert_address(&nd.source, "fd00::10");
	assert_address(&nd.target, "fd00::12");
	assert_true(nd.has_mac);
	assert_memory_equal(&nd.mac, &mac, sizeof(mac));
	len = mcr_nd_build_solicitation(frame, &mac, &own, &peer, &peer_mac);
	assert_frame(frame, len, "fd00::12", &peer_mac);
	assert_int_equal(mcr_nd_parse(frame + ETHERNET, len - ETHERNET, &mac, &nd), 0);
}

static void
a_probe_says_no_mac(void **state)
{
	static const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 0x10}};
	const struct in6_addr own = read_address("fd00::10");
	uint8_t frame[MCR_ND_FRAME_MAX];
	struct mcr_nd nd;
	uint16_t len;

	(void)state;
	len = mcr_nd_build_solicitation(frame, &mac, &in6addr_any, &own, NULL);
	assert_frame(frame, len, "ff02::1:ff00:10", &group);
	assert_int_equal(mcr_nd_parse(frame + ETHERNET, len - ETHERNET, &mac, &nd), 0);
	assert_address(&nd.source, "::");
	assert_false(nd.has_mac);
}

static void
who_asks_is_answered_and_a_probe_is_answered_to_all(void **state)
{
	static const struct rte_ether_addr all = {{0x33, 0x33, 0, 0, 0, 1}};
	uint8_t frame[MCR_ND_FRAME_MAX];
	struct mcr_nd asked, nd;
	uint16_t len;

	(void)state;
	assert_int_equal(parse_whole(solicitation, &asked), 0);
	asked.from.addr_bytes[5] = 0x77; /* the option counts */
	len = mcr_nd_build_answer(frame, &mac, &asked);
	assert_frame(frame, len, "fe80::12", &peer_mac);
	assert_int_equal(mcr_nd_parse(frame + ETHERNET, len - ETHERNET, &mac, &nd), 0);
	assert_int_equal(nd.kind, MCR_ND_ADVERTISEMENT);
	assert_address(&nd.source, "fd00::10");
	assert_address(&nd.target, "fd00::10");
	assert_true(nd.is_solicited && nd.overrides && !nd.is_router);
	assert_memory_equal(&nd.mac, &mac, sizeof(mac));
	asked.source = in6addr_any;
	len = mcr_nd_build_answer(frame, &mac, &asked);
	assert_frame(frame, len, "ff02::1", &all);
	assert_int_equal(mcr_nd_parse(frame + ETHERNET, len - ETHERNET, &mac, &nd), 0);
	assert_true(!nd.is_solicited && nd.overrides);
}

/* RFC 4861 4.4: without the option, where a link has no such addresses. */
static void
inside_a_tunnel_answers_have_no_mac(void **state)
{
	uint8_t packet[MCR_ND_FRAME_MAX];
	struct mcr_nd asked, nd;
	uint16_t len;

	(void)state;
	assert_int_equal(parse_whole(solicitation, &asked), 0);
	len = mcr_nd_build_tunnel_answer(packet, &asked);
	assert_int_equal(len, MCR_IPV6_HEADER_LEN + 24);
	assert_int_equal(mcr_nd_parse(packet, len, &mac, &nd), 0);
	assert_int_equal(nd.kind, MCR_ND_ADVERTISEMENT);
	assert_address(&nd.source, "fd00::10");
	assert_address(&nd.target, "fd00::10");
	assert_address((const struct in6_addr *)(packet + MCR_IPV6_DESTINATION), "fe80::12");
	assert_true(nd.is_solicited && nd.overrides && !nd.is_router && !nd.has_mac);
	asked.source = in6addr_any;
	len = mcr_nd_build_tunnel_answer(packet, &asked);
	assert_address((const struct in6_addr *)(packet + MCR_IPV6_DESTINATION), "ff02::1");
	assert_int_equal(mcr_nd_parse(packet, len, &mac, &nd), 0);
	assert_true(!nd.is_solicited && nd.overrides);
}

static void
an_announcement_and_the_question_for_routers_go_to_their_groups(void **state)
{
	static const struct rte_ether_addr nodes = {{0x33, 0x33, 0, 0, 0, 1}};
	static const struct rte_ether_addr routers = {{0x33, 0x33, 0, 0, 0, 2}};
	const struct in6_addr own = read_address("fd00::10"), local = read_address("fe80::10");
	uint8_t frame[MCR_ND_FRAME_MAX];
	const uint8_t *ip;

	(void)state;
	assert_frame(frame, mcr_nd_build_announcement(frame, &mac, &own), "ff02::1", &nodes);
	ip = assert_frame(
		frame, mcr_nd_build_router_solicitation(frame, &mac, &local), "ff02::2", &routers);
	assert_int_equal(ip[ICMP], 133);
	assert_int_equal(mcr_read_be16(ip + 4), 16);
	assert_memory_equal(ip + MCR_IPV6_SOURCE, &local, sizeof(local));
	assert_memory_equal(ip + ICMP + 8, "\x01\x01\x02\x00\x00\x00\x00\x10", 8);
}

/* The frame is made with scapy. */
static void
a_report_names_the_solicited_node_group_to_switches(void **state)
{
	static const uint8_t report[] = {0x33, 0x33, 0xff, 0x00, 0x00, 0x10, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x10, 0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x01, 0xfe, 0x80,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
		0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0xff, 0x00,
		0x00, 0x10, 0x3a, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00, 0x83, 0x00, 0x81, 0xf2,
		0x00, 0x00, 0x00, 0x00, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x01, 0xff, 0x00, 0x00, 0x10};
	const struct in6_addr own = read_address("fd00::10"), local = read_address("fe80::10");
	uint8_t frame[MCR_ND_FRAME_MAX];

	(void)state;
	assert_int_equal(mcr_nd_build_report(frame, &mac, &local, &own), sizeof(report));
	assert_memory_equal(frame, report, sizeof(report));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_solicitation_is_parsed),
		cmocka_unit_test(what_a_router_forwarded_is_refused),
		cmocka_unit_test(a_code_or_a_wrong_checksum_is_refused),
		cmocka_unit_test(each_shorter_message_is_refused),
		cmocka_unit_test(options_are_walked_and_those_of_length_0_refuse_the_message),
		cmocka_unit_test(only_the_option_that_belongs_to_a_message_is_taken),
		cmocka_unit_test(a_longer_link_layer_address_is_no_mac),
		cmocka_unit_test(addresses_that_no_host_has_are_refused),
		cmocka_unit_test(a_probe_has_no_option_and_goes_to_the_solicited_node_group),
		cmocka_unit_test(other_messages_are_none),
		cmocka_unit_test(an_advertisement_is_parsed_with_its_flags),
		cmocka_unit_test(an_advertisement_of_a_router_is_parsed),
		cmocka_unit_test(a_solicitation_goes_to_the_group_or_to_the_known_mac),
		cmocka_unit_test(a_probe_says_no_mac),
		cmocka_unit_test(who_asks_is_answered_and_a_probe_is_answered_to_all),
		cmocka_unit_test(inside_a_tunnel_answers_have_no_mac),
		cmocka_unit_test(an_announcement_and_the_question_for_routers_go_to_their_groups),
		cmocka_unit_test(a_report_names_the_solicited_node_group_to_switches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
