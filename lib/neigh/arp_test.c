/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>
#include <rte_ip.h>

#include "mcr_neigh.h"

#define ARP_LEN 28

static const struct rte_ether_addr hub_mac = {{0x02, 0, 0, 0, 0, 0x10}};
static const struct rte_ether_addr peer_mac = {{0x02, 0, 0, 0, 0, 0x12}};

/* 10.0.0.12 at 02:00:00:00:00:12 asks for 10.0.0.10. */
static const uint8_t request[ARP_LEN] = {
	0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,         /* Ethernet, IPv4, request */
	0x02, 0x00, 0x00, 0x00, 0x00, 0x12, 10, 0, 0, 12, /* sender */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 0, 0, 10, /* target */
};

static bool
parses_with(unsigned int offset, const void *bytes, size_t count)
{
	uint8_t packet[ARP_LEN];
	struct mcr_neigh_arp arp;

	memcpy(packet, request, sizeof(packet));
	memcpy(packet + offset, bytes, count);
	return mcr_neigh_parse_arp(packet, sizeof(packet), &arp);
}

static bool
parses_with_byte(unsigned int offset, uint8_t byte)
{
	return parses_with(offset, &byte, 1);
}

static void
request_is_read_field_by_field(void **state)
{
	struct mcr_neigh_arp arp;

	(void)state;
	assert_true(mcr_neigh_parse_arp(request, sizeof(request), &arp));
	assert_true(arp.is_request);
	assert_memory_equal(&arp.sender_mac, &peer_mac, sizeof(peer_mac));
	assert_int_equal(arp.sender, RTE_IPV4(10, 0, 0, 12));
	assert_int_equal(arp.target, RTE_IPV4(10, 0, 0, 10));
}

static void
reply_is_no_request(void **state)
{
	uint8_t reply[ARP_LEN];
	struct mcr_neigh_arp arp;

	(void)state;
	memcpy(reply, request, sizeof(reply));
	reply[7] = 2;
	assert_true(mcr_neigh_parse_arp(reply, sizeof(reply), &arp));
	assert_false(arp.is_request);
}

static void
padding_is_ignored_and_truncation_refused(void **state)
{
	uint8_t padded[46] = {0};
	struct mcr_neigh_arp arp = {.target = 1};

	(void)state;
	memcpy(padded, request, sizeof(request));
	assert_true(mcr_neigh_parse_arp(padded, sizeof(padded), &arp));
	arp.target = 1;
	for (uint32_t len = 0; len < ARP_LEN; len++)
		assert_false(mcr_neigh_parse_arp(request, len, &arp));
	assert_int_equal(arp.target, 1);
}

static void
other_hardware_protocol_length_or_operation_is_refused(void **state)
{
	(void)state;
	assert_false(parses_with_byte(1, 6));    /* IEEE 802 */
	assert_false(parses_with_byte(2, 0x86)); /* not 0x0800 */
	assert_false(parses_with_byte(4, 8));
	assert_false(parses_with_byte(5, 16));
	assert_false(parses_with_byte(7, 0));
	assert_false(parses_with_byte(7, 3)); /* reverse request */
	assert_false(parses_with_byte(6, 1)); /* 0x0101 */
}

static void
impossible_sender_is_refused(void **state)
{
	static const uint8_t broadcast_mac[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t group_mac[] = {0x01, 0x00, 0x5e, 0, 0, 1};
	static const uint8_t no_mac[6] = {0};
	static const uint8_t loopback[] = {127, 0, 0, 1}, group[] = {239, 1, 1, 1};
	static const uint8_t broadcast[] = {255, 255, 255, 255}, network_0[] = {0, 0, 0, 1};

	(void)state;
	assert_false(parses_with(8, broadcast_mac, 6));
	assert_false(parses_with(8, group_mac, 6));
	assert_false(parses_with(8, no_mac, 6));
	assert_false(parses_with(14, loopback, 4));
	assert_false(parses_with(14, group, 4));
	assert_false(parses_with(14, broadcast, 4));
	assert_false(parses_with(14, network_0, 4));
}

/* RFC 5227 2.1.1: a probe is a request from 0.0.0.0; there is no such reply. */
static void
zero_sender_is_read_in_requests_only(void **state)
{
	uint8_t probe[ARP_LEN];
	struct mcr_neigh_arp arp;

	(void)state;
	memcpy(probe, request, sizeof(probe));
	memset(probe + 14, 0, 4);
	assert_true(mcr_neigh_parse_arp(probe, sizeof(probe), &arp));
	assert_int_equal(arp.sender, 0);
	probe[7] = 2;
	assert_false(mcr_neigh_parse_arp(probe, sizeof(probe), &arp));
}

static void
broadcast_request_is_byte_exact(void **state)
{
	static const uint8_t expected[MCR_NEIGH_ARP_FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,               /* broadcast */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 0x08, 0x06,   /* from the hub, ARP */
		0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,         /* request */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 10, 0, 0, 10, /* sender */
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 0, 0, 12, /* target */
	};
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	(void)state;
	mcr_neigh_build_request(
		frame, &hub_mac, RTE_IPV4(10, 0, 0, 10), RTE_IPV4(10, 0, 0, 12), NULL);
	assert_memory_equal(frame, expected, sizeof(expected));
}

/* RFC 1122 2.3.2.1. */
static void
unicast_request_goes_to_the_known_mac(void **state)
{
	uint8_t broadcast[MCR_NEIGH_ARP_FRAME_LEN], unicast[MCR_NEIGH_ARP_FRAME_LEN];

	(void)state;
	mcr_neigh_build_request(
		broadcast, &hub_mac, RTE_IPV4(10, 0, 0, 10), RTE_IPV4(10, 0, 0, 12), NULL);
	mcr_neigh_build_request(
		unicast, &hub_mac, RTE_IPV4(10, 0, 0, 10), RTE_IPV4(10, 0, 0, 12), &peer_mac);
	assert_memory_equal(unicast, &peer_mac, sizeof(peer_mac));
	assert_memory_equal(unicast + 6, broadcast + 6, sizeof(unicast) - 6);
}

static void
announcement_is_byte_exact(void **state)
{
	static const uint8_t expected[MCR_NEIGH_ARP_FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,               /* broadcast */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 0x08, 0x06,   /* from the hub, ARP */
		0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,         /* request */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 10, 0, 0, 10, /* sender */
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10, 0, 0, 10, /* target: the same */
	};
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	(void)state;
	mcr_neigh_build_announcement(frame, &hub_mac, RTE_IPV4(10, 0, 0, 10));
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void
reply_is_byte_exact(void **state)
{
	static const uint8_t expected[MCR_NEIGH_ARP_FRAME_LEN] = {
		0x02, 0x00, 0x00, 0x00, 0x00, 0x12,               /* to the asker */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 0x08, 0x06,   /* from the hub, ARP */
		0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x02,         /* reply */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x10, 10, 0, 0, 10, /* sender */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x12, 10, 0, 0, 12, /* target */
	};
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];
	struct mcr_neigh_arp arp;

	(void)state;
	assert_true(mcr_neigh_parse_arp(request, sizeof(request), &arp));
	mcr_neigh_build_reply(frame, &hub_mac, arp.target, &arp);
	assert_memory_equal(frame, expected, sizeof(expected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_read_field_by_field),
		cmocka_unit_test(reply_is_no_request),
		cmocka_unit_test(padding_is_ignored_and_truncation_refused),
		cmocka_unit_test(other_hardware_protocol_length_or_operation_is_refused),
		cmocka_unit_test(impossible_sender_is_refused),
		cmocka_unit_test(zero_sender_is_read_in_requests_only),
		cmocka_unit_test(broadcast_request_is_byte_exact),
		cmocka_unit_test(unicast_request_goes_to_the_known_mac),
		cmocka_unit_test(announcement_is_byte_exact),
		cmocka_unit_test(reply_is_byte_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
