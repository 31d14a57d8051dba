/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <rte_common.h>
#include <rte_ip.h>

#include <mcr_address.h>
#include <mcr_encap.h>

#include "mcr_neigh.h"

#define ICMP 20
#define QUOTE 28
#define LEN 56

/* 10.0.0.1 reports MTU 1300 for a GRE packet of 1500 bytes to 10.5.0.11; RFC 792's least quote. */
static const uint8_t message[LEN] = {
	0x45, 0x00, 0x00, 0x38, 0x00, 0x00, 0x00, 0x00, 0x40, 0x01, 0x66, 0xbb, /* outer IPv4 */
	10, 0, 0, 1, 10, 0, 0, 10,                                              /* addresses */
	0x03, 0x04, 0xef, 0xe7, 0x00, 0x00, 0x05, 0x14,                         /* ICMP, 1300 */
	0x45, 0x00, 0x05, 0xdc, 0x00, 0x00, 0x40, 0x00, 0x40, 0x2f, 0x20, 0xda, /* quoted IPv4 */
	10, 0, 0, 10, 10, 5, 0, 11,                                             /* addresses */
	0x00, 0x00, 0x08, 0x00, 0x45, 0x00, 0x05, 0xc4,                         /* GRE and more */
};

static void
make_message(uint8_t *packet, unsigned int offset, const void *bytes, size_t count)
{
	uint16_t sum;

	memcpy(packet, message, LEN);
	memcpy(packet + offset, bytes, count);
	memset(packet + ICMP + 2, 0, 2);
	sum = ~rte_raw_cksum(packet + ICMP, LEN - ICMP);
	memcpy(packet + ICMP + 2, &sum, sizeof(sum));
}

static int
parse_with(unsigned int offset, const void *bytes, size_t count, struct mcr_neigh_too_big *too_big)
{
	static uint8_t packet[LEN];

	make_message(packet, offset, bytes, count);
	return mcr_neigh_parse_too_big(packet, LEN, too_big);
}

static void
a_message_is_parsed_with_its_quote(void **state)
{
	struct mcr_neigh_too_big too_big;

	(void)state;
	assert_int_equal(parse_with(0, message, 1, &too_big), 0);
	assert_int_equal(too_big.router, RTE_IPV4(10, 0, 0, 1));
	assert_int_equal(too_big.destination, RTE_IPV4(10, 5, 0, 11));
	assert_int_equal(too_big.next_hop_mtu, 1300);
	assert_int_equal(too_big.packet_len, 1500);
	assert_int_equal(too_big.quote_len, 28);
	assert_memory_equal(too_big.quote, message + QUOTE, 28);
}

static void
padding_is_no_quote(void **state)
{
	uint8_t packet[LEN + 10];
	struct mcr_neigh_too_big too_big;

	(void)state;
	make_message(packet, 0, message, 1);
	memset(packet + LEN, 0xa5, 10);
	assert_int_equal(mcr_neigh_parse_too_big(packet, sizeof(packet), &too_big), 0);
	assert_int_equal(too_big.quote_len, 28);
}

static void
a_truncated_message_is_malformed_at_every_length(void **state)
{
	struct mcr_neigh_too_big too_big = {0};
	uint8_t packet[LEN];

	(void)state;
	for (uint32_t len = 0; len < LEN; len++) {
		make_message(packet, 0, message, 1);
		assert_int_equal(mcr_neigh_parse_too_big(packet, len, &too_big), -EINVAL);
		packet[3] = len;
		assert_int_equal(mcr_neigh_parse_too_big(packet, LEN, &too_big), -EINVAL);
	}
	assert_int_equal(too_big.quote_len, 0);
}

static void
a_quote_must_be_ipv4_with_8_octets_behind_its_header(void **state)
{
	struct mcr_neigh_too_big too_big;

	(void)state;
	assert_int_equal(parse_with(QUOTE, "\x65", 1, &too_big), -EINVAL);
	assert_int_equal(parse_with(QUOTE, "\x44", 1, &too_big), -EINVAL);
	assert_int_equal(parse_with(QUOTE, "\x46", 1, &too_big), -EINVAL);
}

static void
other_icmp_messages_are_not_meant(void **state)
{
	struct mcr_neigh_too_big too_big;

	(void)state;
	assert_int_equal(parse_with(ICMP, "\x03\x03", 2, &too_big), -ENOTSUP);
	assert_int_equal(parse_with(ICMP, "\x03\x0d", 2, &too_big), -ENOTSUP);
	assert_int_equal(parse_with(ICMP, "\x0b\x04", 2, &too_big), -ENOTSUP);
	assert_int_equal(parse_with(ICMP, "\x08\x00", 2, &too_big), -ENOTSUP);
}

static void
a_wrong_checksum_has_its_own_error(void **state)
{
	struct mcr_neigh_too_big too_big;
	uint8_t packet[LEN];

	(void)state;
	for (unsigned int at = ICMP; at < LEN; at++) {
		if (at < ICMP + 2 || at == QUOTE)
			continue;
		make_message(packet, 0, message, 1);
		packet[at] ^= 0x10;
		assert_int_equal(mcr_neigh_parse_too_big(packet, LEN, &too_big), -EBADMSG);
	}
}

static uint16_t
lower(uint16_t next_hop_mtu, uint16_t packet_len, uint16_t mtu)
{
	const struct mcr_neigh_too_big too_big = {
		.next_hop_mtu = next_hop_mtu,
		.packet_len = packet_len,
	};

	return mcr_neigh_lower_mtu(&too_big, mtu);
}

static void
the_path_mtu_becomes_the_next_hop_mtu(void **state)
{
	(void)state;
	assert_int_equal(lower(1300, 1500, 1500), 1300);
	assert_int_equal(lower(1300, 28, 1500), 1300);
}

static void
a_path_mtu_never_grows(void **state)
{
	(void)state;
	assert_int_equal(lower(1500, 1500, 1300), 1300);
	assert_int_equal(lower(UINT16_MAX, 1500, 1300), 1300);
	assert_int_equal(lower(1300, 1500, 1300), 1300);
	assert_int_equal(lower(0, 9000, 1006), MCR_NEIGH_PATH_MTU_MIN);
}

static void
a_path_mtu_does_not_fall_below_its_floor(void **state)
{
	(void)state;
	assert_int_equal(lower(575, 1500, 1500), 576);
	assert_int_equal(lower(68, 1500, 1500), 576);
	assert_int_equal(lower(1, 1500, 1500), 576);
	assert_int_equal(lower(0, 0, 1500), 576);
	assert_int_equal(lower(68, 1500, 576), 576);
}

/* RFC 1191 5 and 7.1. */
static void
without_a_next_hop_mtu_the_next_plateau_is_taken(void **state)
{
	(void)state;
	assert_int_equal(lower(0, 9000, 9600), 8166);
	assert_int_equal(lower(0, 1500, 1500), 1492);
	assert_int_equal(lower(0, 1492, 1500), 1006);
	assert_int_equal(lower(0, 1400, 1500), 1006);
	assert_int_equal(lower(0, 1006, 1006), 576);
	/* 4.2BSD adds the header to the length. */
	assert_int_equal(lower(0, 1520, 1500), 1492);
}

#define ICMP6 MCR_IPV6_HEADER_LEN
#define QUOTE6 (ICMP6 + 8)
#define LEN6 (QUOTE6 + MCR_IPV6_HEADER_LEN + 8)

/* Router fd00::1 reports an MTU for a GRE packet of 1500 bytes from the hub to fd00:5::b. */
static void
make_message6(uint8_t packet[LEN6], uint32_t mtu)
{
	rte_be16_t sum;

	memset(packet, 0, LEN6);
	packet[0] = packet[QUOTE6] = 0x60;
	mcr_write_be16(packet + 4, LEN6 - ICMP6);
	packet[6] = IPPROTO_ICMPV6;
	inet_pton(AF_INET6, "fd00::1", packet + MCR_IPV6_SOURCE);
	inet_pton(AF_INET6, "fd00::10", packet + MCR_IPV6_DESTINATION);
	packet[ICMP6] = 2;
	mcr_write_be32(packet + ICMP6 + 4, mtu);
	mcr_write_be16(packet + QUOTE6 + 4, 1460);
	packet[QUOTE6 + 6] = IPPROTO_GRE;
	inet_pton(AF_INET6, "fd00::10", packet + QUOTE6 + MCR_IPV6_SOURCE);
	inet_pton(AF_INET6, "fd00:5::b", packet + QUOTE6 + MCR_IPV6_DESTINATION);
	sum = mcr_ipv6_checksum(packet, packet + ICMP6, LEN6 - ICMP6, IPPROTO_ICMPV6);
	memcpy(packet + ICMP6 + 2, &sum, sizeof(sum));
}

static void
a_message_of_ipv6_is_parsed_with_its_quote(void **state)
{
	struct mcr_neigh_too_big too_big;
	struct in6_addr far, router;
	uint8_t packet[LEN6];
	uint32_t number;

	(void)state;
	inet_pton(AF_INET6, "fd00:5::b", &far);
	inet_pton(AF_INET6, "fd00::1", &router);
	make_message6(packet, 1400);
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), 0);
	assert_int_equal(too_big.destination, MCR_ADDRESS_NONE);
	number = mcr_address_get(&far, MCR_IPV6_LENGTH);
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), 0);
	assert_int_equal(too_big.destination, number);
	mcr_address_drop(number);
	assert_true(too_big.is_ipv6);
	assert_memory_equal(&too_big.router6, &router, sizeof(router));
	assert_int_equal(too_big.packet_len, 1500);
	assert_int_equal(too_big.next_hop_mtu, 1400);
	assert_ptr_equal(too_big.quote, packet + QUOTE6);
	assert_int_equal(too_big.quote_len, LEN6 - QUOTE6);
	assert_int_equal(mcr_neigh_lower_mtu(&too_big, 1500), 1400);
	assert_int_equal(mcr_neigh_lower_mtu(&too_big, 1300), 1300);
}

/* RFC 8201 4: such a message is discarded. */
static void
no_path_of_ipv6_has_an_mtu_below_1280(void **state)
{
	struct mcr_neigh_too_big too_big;
	uint8_t packet[LEN6];

	(void)state;
	make_message6(packet, 1279);
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), -EINVAL);
	make_message6(packet, 1280);
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), 0);
	assert_int_equal(mcr_neigh_lower_mtu(&too_big, 1500), 1280);
	make_message6(packet, UINT32_C(0x10500));
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), 0);
	assert_int_equal(mcr_neigh_lower_mtu(&too_big, 1500), 1500);
}

static void
broken_messages_of_ipv6_are_refused(void **state)
{
	struct mcr_neigh_too_big too_big;
	uint8_t packet[LEN6];

	(void)state;
	make_message6(packet, 1400);
	for (uint32_t len = 0; len < LEN6; len++)
		assert_int_equal(mcr_neigh_parse_too_big(packet, len, &too_big), -EINVAL);
	packet[LEN6 - 1] ^= 1;
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), -EBADMSG);
	make_message6(packet, 1400);
	packet[ICMP6] = 1;
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), -ENOTSUP);
	make_message6(packet, 1400);
	packet[QUOTE6] = 0x45;
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), -EINVAL);
	make_message6(packet, 1400);
	mcr_write_be16(packet + 4, LEN6 - ICMP6 - 1);
	assert_int_equal(mcr_neigh_parse_too_big(packet, LEN6, &too_big), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_parsed_with_its_quote),
		cmocka_unit_test(padding_is_no_quote),
		cmocka_unit_test(a_truncated_message_is_malformed_at_every_length),
		cmocka_unit_test(a_quote_must_be_ipv4_with_8_octets_behind_its_header),
		cmocka_unit_test(other_icmp_messages_are_not_meant),
		cmocka_unit_test(a_wrong_checksum_has_its_own_error),
		cmocka_unit_test(the_path_mtu_becomes_the_next_hop_mtu),
		cmocka_unit_test(a_path_mtu_never_grows),
		cmocka_unit_test(a_path_mtu_does_not_fall_below_its_floor),
		cmocka_unit_test(without_a_next_hop_mtu_the_next_plateau_is_taken),
		cmocka_unit_test(a_message_of_ipv6_is_parsed_with_its_quote),
		cmocka_unit_test(no_path_of_ipv6_has_an_mtu_below_1280),
		cmocka_unit_test(broken_messages_of_ipv6_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
