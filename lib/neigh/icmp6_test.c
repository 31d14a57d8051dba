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

#include <mcr_encap.h>

#include "mcr_neigh.h"

#define ICMP MCR_IPV6_HEADER_LEN
#define PAYLOAD 1392 /* of the longest request here */
#define LEN (ICMP + 8 + PAYLOAD)

static struct mcr_neigh_own own;

static void
set_address(void *address, const char *text)
{
	assert_int_equal(inet_pton(AF_INET6, text, address), 1);
}

static int
setup(void **state)
{
	(void)state;
	own = (struct mcr_neigh_own){.has_ipv6 = true};
	set_address(&own.address6, "fd00::10");
	set_address(&own.link_local, "fe80::10");
	return 0;
}

static void
set_checksum(uint8_t *packet)
{
	rte_be16_t sum;

	memset(packet + ICMP + 2, 0, 2);
	sum = mcr_ipv6_checksum(packet, packet + ICMP, mcr_read_be16(packet + 4), IPPROTO_ICMPV6);
	memcpy(packet + ICMP + 2, &sum, sizeof(sum));
}

/* @return Its length. */
static uint32_t
make_request(uint8_t packet[LEN], const char *source, const char *destination, uint16_t payload)
{
	memset(packet, 0, LEN);
	packet[0] = 0x60;
	mcr_write_be16(packet + 4, 8 + payload);
	packet[6] = IPPROTO_ICMPV6;
	packet[7] = 255;
	set_address(packet + MCR_IPV6_SOURCE, source);
	set_address(packet + MCR_IPV6_DESTINATION, destination);
	packet[ICMP] = 128;
	mcr_write_be16(packet + ICMP + 4, 0x1234); /* identifier */
	mcr_write_be16(packet + ICMP + 6, 7);      /* sequence */
	for (uint16_t i = 0; i < payload; i++)
		packet[ICMP + 8 + i] = i;
	set_checksum(packet);
	return ICMP + 8 + payload;
}

static void
assert_address(const uint8_t *address, const char *text)
{
	uint8_t expected[MCR_IPV6_ADDRESS_LEN];

	set_address(expected, text);
	assert_memory_equal(address, expected, sizeof(expected));
}

static void
assert_answer(const char *source, const char *destination, const char *from)
{
	uint8_t packet[LEN], before[LEN];
	const uint32_t len = make_request(packet, source, destination, 56);

	memcpy(before, packet, LEN);
	assert_int_equal(mcr_neigh_answer_echo6(packet, len, &own), 0);
	assert_address(packet + MCR_IPV6_SOURCE, from);
	assert_address(packet + MCR_IPV6_DESTINATION, source);
	assert_int_equal(packet[7], 64);
	assert_int_equal(packet[ICMP], 129);
	assert_int_equal(mcr_ipv6_checksum(packet, packet + ICMP, len - ICMP, IPPROTO_ICMPV6), 0);
	assert_memory_equal(packet, before, 7);
	assert_memory_equal(packet + ICMP + 4, before + ICMP + 4, LEN - ICMP - 4);
}

static void
each_own_address_answers_by_itself(void **state)
{
	(void)state;
	assert_answer("fd00::12", "fd00::10", "fd00::10");
	assert_answer("fe80::12", "fd00::10", "fd00::10");
	assert_answer("fe80::12", "fe80::10", "fe80::10");
}

static void
what_all_are_asked_is_answered_in_the_scope_of_who_asks(void **state)
{
	(void)state;
	assert_answer("fe80::12", "ff02::1", "fe80::10");
	assert_answer("fe80::12", "ff02::2", "fe80::10");
	assert_answer("fd00::12", "ff02::2", "fd00::10");
}

static void
assert_refused(uint8_t *packet, uint32_t len, int reason)
{
	uint8_t before[LEN], refusal[MCR_NEIGH_REFUSAL6_MAX];

	memcpy(before, packet, LEN);
	assert_int_equal(mcr_neigh_answer_echo6(packet, len, &own), reason);
	assert_memory_equal(packet, before, LEN);
	assert_int_equal(mcr_neigh_refuse_echo6(packet, len, &own, refusal), reason);
}

static void
requests_of_and_to_others_get_no_answer(void **state)
{
	static const char *const sources[] = {"::", "::1", "ff02::1", "fd00::10", "fe80::10"};
	uint8_t packet[LEN] = {0};

	(void)state;
	for (unsigned int i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		assert_refused(packet, make_request(packet, sources[i], "fd00::10", 8), -ENOTSUP);
	assert_refused(packet, make_request(packet, "fd00::12", "fd00::11", 8), -ENOTSUP);
	assert_refused(packet, make_request(packet, "fd00::12", "ff02::3", 8), -ENOTSUP);
	assert_refused(packet, make_request(packet, "fd00::12", "ff05::2", 8), -ENOTSUP);
	own.has_ipv6 = false;
	assert_refused(packet, make_request(packet, "fd00::12", "fd00::10", 8), -ENOTSUP);
}

static void
other_messages_and_broken_ones_get_no_answer(void **state)
{
	uint8_t packet[LEN];
	uint32_t len = make_request(packet, "fd00::12", "fd00::10", 8);

	(void)state;
	for (uint32_t shorter = 0; shorter < len; shorter++)
		assert_refused(packet, shorter, -EINVAL);
	packet[len - 1] ^= 1;
	assert_refused(packet, len, -EBADMSG);
	len = make_request(packet, "fd00::12", "fd00::10", 8);
	packet[ICMP] = 129;
	set_checksum(packet);
	assert_refused(packet, len, -ENOTSUP);
	len = make_request(packet, "fd00::12", "fd00::10", 8);
	packet[ICMP + 1] = 1;
	set_checksum(packet);
	assert_refused(packet, len, -ENOTSUP);
	len = make_request(packet, "fd00::12", "fd00::10", 8);
	packet[6] = IPPROTO_HOPOPTS;
	assert_refused(packet, len, -ENOTSUP);
	make_request(packet, "fd00::12", "fd00::10", 8);
	mcr_write_be16(packet + 4, 7);
	assert_refused(packet, ICMP + 7, -EINVAL);
}

static void
assert_refusal(uint16_t payload, int expected)
{
	uint8_t packet[LEN], refusal[MCR_NEIGH_REFUSAL6_MAX];
	const uint32_t len = make_request(packet, "fd00::12", "fd00::10", payload);

	assert_int_equal(mcr_neigh_refuse_echo6(packet, len, &own, refusal), expected);
	assert_int_equal(mcr_read_be16(refusal + 4), expected - ICMP);
	assert_address(refusal + MCR_IPV6_SOURCE, "fd00::10");
	assert_address(refusal + MCR_IPV6_DESTINATION, "fd00::12");
	assert_int_equal(refusal[7], 64);
	assert_int_equal(refusal[ICMP], 1);
	assert_int_equal(refusal[ICMP + 1], 1);
	assert_int_equal(
		mcr_ipv6_checksum(refusal, refusal + ICMP, expected - ICMP, IPPROTO_ICMPV6), 0);
	assert_memory_equal(refusal + ICMP + 8, packet, expected - ICMP - 8);
}

/* RFC 4443 2.4 (c). */
static void
a_refusal_quotes_as_much_as_fits_every_link(void **state)
{
	(void)state;
	assert_refusal(8, ICMP + 8 + ICMP + 8 + 8);
	assert_refusal(PAYLOAD, MCR_NEIGH_REFUSAL6_MAX);
}

static void
a_request_to_all_gets_no_error(void **state)
{
	uint8_t packet[LEN], refusal[MCR_NEIGH_REFUSAL6_MAX];
	const uint32_t len = make_request(packet, "fd00::12", "ff02::2", 8);

	(void)state;
	assert_int_equal(mcr_neigh_refuse_echo6(packet, len, &own, refusal), -ENOTSUP);
}

/* Of UDP, if the caller does not change it. @return Its length. */
static uint32_t
make_datagram(uint8_t packet[LEN], const char *source)
{
	const uint32_t len = make_request(packet, source, "ff1e::1", PAYLOAD);

	packet[6] = IPPROTO_UDP;
	return len;
}

static void
assert_too_big_from(const char *source, const char *from)
{
	uint8_t packet[LEN], message[MCR_NEIGH_REFUSAL6_MAX];
	const uint32_t len = make_datagram(packet, source);
	struct mcr_neigh_too_big too_big;

	assert_int_equal(
		mcr_neigh_write_too_big6(packet, len, 1300, &own, message), MCR_NEIGH_REFUSAL6_MAX);
	assert_address(message + MCR_IPV6_SOURCE, from);
	assert_address(message + MCR_IPV6_DESTINATION, source);
	assert_int_equal(message[7], 64);
	assert_int_equal(message[ICMP + 1], 0);
	assert_int_equal(mcr_neigh_parse_too_big(message, MCR_NEIGH_REFUSAL6_MAX, &too_big), 0);
	assert_int_equal(too_big.next_hop_mtu, 1300);
	assert_int_equal(too_big.packet_len, len);
	assert_memory_equal(too_big.quote, packet, MCR_NEIGH_REFUSAL6_MAX - ICMP - 8);
}

static void
a_too_big_packet_to_a_group_is_reported_to_its_source(void **state)
{
	(void)state;
	assert_too_big_from("fd00::12", "fd00::10");
	assert_too_big_from("fe80::12", "fe80::10");
	own.has_ipv6 = false;
	assert_too_big_from("fd00::12", "fe80::10");
}

static void
assert_not_reported(const uint8_t *packet, uint32_t len, uint16_t mtu, int reason)
{
	uint8_t message[MCR_NEIGH_REFUSAL6_MAX];

	assert_int_equal(mcr_neigh_write_too_big6(packet, len, mtu, &own, message), reason);
}

static void
a_packet_that_fits_or_could_not_be_smaller_is_not_reported(void **state)
{
	uint8_t packet[LEN];
	const uint32_t len = make_datagram(packet, "fd00::12");

	(void)state;
	assert_not_reported(packet, len, len, -ENOTSUP);
	assert_not_reported(packet, len, len - 1, MCR_NEIGH_REFUSAL6_MAX);
	assert_not_reported(packet, len, 1280, MCR_NEIGH_REFUSAL6_MAX);
	assert_not_reported(packet, len, 1279, -ENOTSUP);
	assert_not_reported(packet, len - 1, 1280, -EINVAL);
}

/* RFC 4443 2.4 (e.6). */
static void
a_source_that_is_no_other_host_gets_no_report(void **state)
{
	static const char *const sources[] = {"::", "::1", "ff02::1", "fd00::10", "fe80::10"};
	uint8_t packet[LEN];

	(void)state;
	for (unsigned int i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		assert_not_reported(packet, make_datagram(packet, sources[i]), 1300, -ENOTSUP);
}

/* RFC 4443 2.4 (e.1), (e.2). @param offset Of the ICMP type. */
static void
check_types(uint8_t *packet, uint32_t len, uint32_t offset)
{
	static const struct {
		uint8_t type;
		bool is_reported;
	} types[] = {{1, false}, {2, false}, {127, false}, {137, false}, {128, true}, {143, true}};

	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		packet[offset] = types[i].type;
		assert_not_reported(packet, len, 1300,
			types[i].is_reported ? MCR_NEIGH_REFUSAL6_MAX : -ENOTSUP);
	}
}

static void
no_error_and_no_redirect_is_reported(void **state)
{
	uint8_t packet[LEN];
	const uint32_t len = make_datagram(packet, "fd00::12");

	(void)state;
	packet[6] = IPPROTO_ICMPV6;
	check_types(packet, len, ICMP);
	packet[6] = IPPROTO_HOPOPTS;
	memcpy(packet + ICMP, "\x3a\0\1\4\0\0\0", 8);
	check_types(packet, len, ICMP + 8);
	packet[6] = IPPROTO_FRAGMENT;
	memcpy(packet + ICMP, "\x3a\0\0\1\0\0\0", 8);
	check_types(packet, len, ICMP + 8);
}

/* What it is part of, its first fragment said. */
static void
a_later_fragment_is_reported_unless_it_is_of_icmp(void **state)
{
	uint8_t packet[LEN];
	const uint32_t len = make_datagram(packet, "fd00::12");

	(void)state;
	packet[6] = IPPROTO_FRAGMENT;
	memcpy(packet + ICMP, "\x11\0\5\0\0\0\0", 8);
	assert_not_reported(packet, len, 1300, MCR_NEIGH_REFUSAL6_MAX);
	packet[ICMP] = IPPROTO_ICMPV6;
	packet[ICMP + 8] = 128;
	assert_not_reported(packet, len, 1300, -ENOTSUP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_own_address_answers_by_itself, setup),
		cmocka_unit_test_setup(
			what_all_are_asked_is_answered_in_the_scope_of_who_asks, setup),
		cmocka_unit_test_setup(requests_of_and_to_others_get_no_answer, setup),
		cmocka_unit_test_setup(other_messages_and_broken_ones_get_no_answer, setup),
		cmocka_unit_test_setup(a_refusal_quotes_as_much_as_fits_every_link, setup),
		cmocka_unit_test_setup(a_request_to_all_gets_no_error, setup),
		cmocka_unit_test_setup(
			a_too_big_packet_to_a_group_is_reported_to_its_source, setup),
		cmocka_unit_test_setup(
			a_packet_that_fits_or_could_not_be_smaller_is_not_reported, setup),
		cmocka_unit_test_setup(a_source_that_is_no_other_host_gets_no_report, setup),
		cmocka_unit_test_setup(no_error_and_no_redirect_is_reported, setup),
		cmocka_unit_test_setup(a_later_fragment_is_reported_unless_it_is_of_icmp, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
