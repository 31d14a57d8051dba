/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_encap.h"

/* 10.0.0.11 > 239.1.1.1, TOS 0xb8, ID 7, TTL 1, protocol 17, length 33, Router Alert. */
static const uint8_t sample[] = {0x46, 0xb8, 0x00, 0x21, 0x00, 0x07, 0x40, 0x00, 0x01, 0x11, 0xe9,
	0xfb, 0x0a, 0x00, 0x00, 0x0b, 0xef, 0x01, 0x01, 0x01, 0x94, 0x04, 0x00, 0x00, 0x68, 0x65,
	0x6c, 0x6c, 0x6f, 0x68, 0x65, 0x6c, 0x6c};

static uint8_t packet[64];

static int
set_up_packet(void **state)
{
	(void)state;
	memset(packet, 0, sizeof(packet));
	memcpy(packet, sample, sizeof(sample));
	return 0;
}

/* RFC 1071, octet by octet: the reference. */
static uint16_t
reference_checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool
is_malformed(uint32_t len)
{
	return mcr_ipv4_parse(packet, len).header_len == 0;
}

static void
header_is_read_field_by_field(void **state)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(packet, sizeof(sample));

	(void)state;
	assert_int_equal(info.header_len, 24);
	assert_int_equal(info.total_len, 33);
	assert_int_equal(info.tos, 0xb8);
	assert_int_equal(info.fragment, RTE_IPV4_HDR_DF_FLAG);
	assert_int_equal(info.ttl, 1);
	assert_int_equal(info.protocol, 17);
	assert_int_equal(info.source, MCR_IPV4(10, 0, 0, 11));
	assert_int_equal(info.destination, MCR_IPV4(239, 1, 1, 1));
}

static void
padding_behind_the_packet_is_not_part_of_it(void **state)
{
	(void)state;
	assert_int_equal(mcr_ipv4_parse(packet, sizeof(packet)).total_len, sizeof(sample));
}

static void
packet_longer_than_its_bytes_is_malformed(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < sizeof(sample); len++)
		assert_true(is_malformed(len));
	assert_false(is_malformed(sizeof(sample)));
}

static void
other_version_is_malformed(void **state)
{
	(void)state;
	packet[0] = 0x66;
	assert_true(is_malformed(sizeof(packet)));
}

static void
header_shorter_than_20_bytes_is_malformed(void **state)
{
	(void)state;
	packet[0] = 0x44;
	assert_true(is_malformed(sizeof(packet)));
	packet[0] = 0x45;
	assert_false(is_malformed(sizeof(packet)));
}

static void
total_length_below_the_header_is_malformed(void **state)
{
	(void)state;
	packet[3] = 23;
	assert_true(is_malformed(sizeof(packet)));
	packet[3] = 24;
	assert_false(is_malformed(sizeof(packet)));
}

static void
first_middle_and_last_fragments_are_fragments(void **state)
{
	struct mcr_ipv4_info info = {.fragment = RTE_IPV4_HDR_DF_FLAG};

	(void)state;
	assert_false(mcr_ipv4_is_fragment(&info));
	info.fragment = RTE_IPV4_HDR_MF_FLAG;
	assert_true(mcr_ipv4_is_fragment(&info));
	info.fragment = RTE_IPV4_HDR_MF_FLAG | 185;
	assert_true(mcr_ipv4_is_fragment(&info));
	info.fragment = 1;
	assert_true(mcr_ipv4_is_fragment(&info));
}

static void
multicast_is_224_to_239(void **state)
{
	(void)state;
	assert_false(mcr_ipv4_is_multicast(MCR_IPV4(223, 255, 255, 255)));
	assert_true(mcr_ipv4_is_multicast(MCR_IPV4(224, 0, 0, 0)));
	assert_true(mcr_ipv4_is_multicast(MCR_IPV4(239, 255, 255, 255)));
	assert_false(mcr_ipv4_is_multicast(MCR_IPV4(240, 0, 0, 0)));
	assert_false(mcr_ipv4_is_multicast(MCR_IPV4_BROADCAST));
}

static void
checksum_agrees_with_the_reference_for_every_length_and_alignment(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(packet); i++)
		packet[i] = i * 151 + 0x80;
	for (unsigned int offset = 0; offset < 4; offset++)
		for (size_t len = 0; len <= sizeof(packet) - offset; len++)
			assert_int_equal(rte_be_to_cpu_16(mcr_checksum(packet + offset, len)),
				reference_checksum(packet + offset, len));
}

static void
checksum_of_the_longest_packet_does_not_overflow(void **state)
{
	static uint8_t bytes[UINT16_MAX];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(rte_be_to_cpu_16(mcr_checksum(bytes, sizeof(bytes))),
		reference_checksum(bytes, sizeof(bytes)));
}

static uint16_t
reference_fold(uint64_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return sum;
}

static void
fold_loses_no_carry(void **state)
{
	static const uint64_t words[] = {0, 1, 2, 0x7fff, 0x8000, 0xfffe, 0xffff};
	const uint32_t n = RTE_DIM(words);

	(void)state;
	for (uint32_t i = 0; i < n * n * n * n; i++) {
		const uint64_t sum = words[i % n] << 48 | words[i / n % n] << 32 |
		                     words[i / n / n % n] << 16 | words[i / n / n / n];

		assert_int_equal(mcr_checksum_fold(sum), reference_fold(sum));
	}
}

static void
header_checksum_covers_the_options_and_every_bit(void **state)
{
	(void)state;
	assert_true(mcr_ipv4_checksum_is_right(packet, 24));
	for (unsigned int bit = 0; bit < 24 * 8; bit++) {
		packet[bit / 8] ^= 1 << bit % 8;
		assert_false(mcr_ipv4_checksum_is_right(packet, 24));
		packet[bit / 8] ^= 1 << bit % 8;
	}
	packet[24] ^= 1;
	assert_true(mcr_ipv4_checksum_is_right(packet, 24));
}

/* RFC 6040 4.2: only the ECN field changes. */
static void
ce_mark_leaves_dscp_and_a_right_checksum(void **state)
{
	(void)state;
	for (unsigned int tos = 0; tos <= UINT8_MAX; tos++) {
		packet[1] = tos;
		mcr_write_be16(packet + 10, 0);
		mcr_write_be16(packet + 10, reference_checksum(packet, 24));
		mcr_ip_mark_ce(packet);
		assert_int_equal(packet[1], tos | 3);
		assert_true(mcr_ipv4_checksum_is_right(packet, 24));
	}
}

static void
ce_mark_is_for_both_versions(void **state)
{
	uint8_t ipv6[] = {0x6b, 0x81, 0x23, 0x45};

	(void)state;
	mcr_ip_mark_ce(ipv6);
	assert_memory_equal(ipv6, "\x6b\xb1\x23\x45", 4);
	packet[1] = 1;
	mcr_write_be16(packet + 10, 0);
	mcr_write_be16(packet + 10, reference_checksum(packet, 24));
	mcr_ip_mark_ce(packet);
	assert_int_equal(packet[1], 3);
	assert_true(mcr_ipv4_checksum_is_right(packet, 24));
}

static void
ttl_goes_down_by_one_with_a_right_checksum(void **state)
{
	(void)state;
	for (unsigned int ttl = UINT8_MAX; ttl > 0; ttl--) {
		packet[8] = ttl;
		mcr_write_be16(packet + 10, 0);
		mcr_write_be16(packet + 10, reference_checksum(packet, 24));
		mcr_ip_decrement_ttl(packet);
		assert_int_equal(packet[8], ttl - 1);
		assert_int_equal(packet[9], 17);
		assert_true(mcr_ipv4_checksum_is_right(packet, 24));
	}
}

/* Otherwise the hub would forward a corrupted packet as a good one. */
static void
changes_do_not_repair_a_wrong_checksum(void **state)
{
	(void)state;
	packet[11] ^= 1;
	mcr_ip_decrement_ttl(packet);
	mcr_ip_mark_ce(packet);
	assert_false(mcr_ipv4_checksum_is_right(packet, 24));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(header_is_read_field_by_field, set_up_packet),
		cmocka_unit_test_setup(padding_behind_the_packet_is_not_part_of_it, set_up_packet),
		cmocka_unit_test_setup(packet_longer_than_its_bytes_is_malformed, set_up_packet),
		cmocka_unit_test_setup(other_version_is_malformed, set_up_packet),
		cmocka_unit_test_setup(header_shorter_than_20_bytes_is_malformed, set_up_packet),
		cmocka_unit_test_setup(total_length_below_the_header_is_malformed, set_up_packet),
		cmocka_unit_test(first_middle_and_last_fragments_are_fragments),
		cmocka_unit_test(multicast_is_224_to_239),
		cmocka_unit_test(checksum_agrees_with_the_reference_for_every_length_and_alignment),
		cmocka_unit_test(checksum_of_the_longest_packet_does_not_overflow),
		cmocka_unit_test(fold_loses_no_carry),
		cmocka_unit_test_setup(
			header_checksum_covers_the_options_and_every_bit, set_up_packet),
		cmocka_unit_test_setup(ce_mark_leaves_dscp_and_a_right_checksum, set_up_packet),
		cmocka_unit_test_setup(ce_mark_is_for_both_versions, set_up_packet),
		cmocka_unit_test_setup(ttl_goes_down_by_one_with_a_right_checksum, set_up_packet),
		cmocka_unit_test_setup(changes_do_not_repair_a_wrong_checksum, set_up_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
