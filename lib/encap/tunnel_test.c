/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_encap.h"

static struct mcr_gre_info
parse_gre(uint16_t flags, uint32_t len)
{
	uint8_t gre[16] = {0, 0, 0x08, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

	mcr_write_be16(gre, flags);
	return mcr_gre_parse(gre, len);
}

static void
plain_gre_has_four_bytes(void **state)
{
	const struct mcr_gre_info info = parse_gre(0, 16);

	(void)state;
	assert_int_equal(info.header_len, 4);
	assert_int_equal(info.protocol, RTE_ETHER_TYPE_IPV4);
	assert_false(info.has_checksum);
	assert_false(info.has_key);
	assert_int_equal(info.key, 0);
}

/* RFC 2890 2: the order is checksum, key, sequence number. */
static void
key_is_read_behind_the_checksum(void **state)
{
	struct mcr_gre_info info = parse_gre(MCR_GRE_KEY_PRESENT, 16);

	(void)state;
	assert_int_equal(info.header_len, 8);
	assert_true(info.has_key);
	assert_int_equal(info.key, 0x01020304);

	info = parse_gre(0xb000, 16);
	assert_int_equal(info.header_len, 16);
	assert_true(info.has_checksum);
	assert_true(info.has_key);
	assert_int_equal(info.key, 0x05060708);
}

static void
sequence_number_is_skipped(void **state)
{
	(void)state;
	assert_int_equal(parse_gre(MCR_GRE_SEQUENCE_PRESENT, 16).header_len, 8);
	assert_false(parse_gre(MCR_GRE_SEQUENCE_PRESENT, 16).has_key);
}

static void
truncated_gre_is_malformed(void **state)
{
	static const uint16_t flags[] = {0, 0x8000, 0x2000, 0x1000, 0xa000, 0x9000, 0x3000, 0xb000};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(flags); i++) {
		const uint32_t header_len = 4 + 4 * __builtin_popcount(flags[i]);

		for (uint32_t len = 0; len < header_len; len++)
			assert_int_equal(parse_gre(flags[i], len).header_len, 0);
		assert_int_equal(parse_gre(flags[i], header_len).header_len, header_len);
	}
}

/* RFC 2784 2.3: bits 1 to 5 are discarded (RFC 2890 defines 2 and 3), bits 6 to 12 ignored. */
static void
routing_and_version_bits_are_malformed_and_reserved_ones_ignored(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 16; bit++) {
		const bool known = bit == 0 || bit == 2 || bit == 3;
		const bool ignored = bit >= 6 && bit <= 12;

		assert_int_equal(parse_gre(0x8000 >> bit, 16).header_len != 0, known || ignored);
	}
}

static void
udp_longer_than_its_packet_is_malformed(void **state)
{
	const uint8_t udp[] = {0xc0, 0x01, 0x12, 0x92, 0x00, 0x0a, 0x00, 0x00, 1, 2, 3};

	(void)state;
	assert_int_equal(mcr_udp_parse(udp, 11).total_len, 10);
	assert_int_equal(mcr_udp_parse(udp, 10).total_len, 10);
	assert_int_equal(mcr_udp_parse(udp, 10).source_port, 0xc001);
	assert_int_equal(mcr_udp_parse(udp, 10).destination_port, MCR_GRE_UDP_PORT);
	for (uint32_t len = 0; len < 10; len++)
		assert_int_equal(mcr_udp_parse(udp, len).total_len, 0);
}

static void
udp_shorter_than_its_header_is_malformed(void **state)
{
	uint8_t udp[] = {0, 1, 0, 2, 0, 7, 0, 0};

	(void)state;
	assert_int_equal(mcr_udp_parse(udp, 8).total_len, 0);
	udp[5] = 0;
	assert_int_equal(mcr_udp_parse(udp, 8).total_len, 0);
	udp[5] = 8;
	assert_int_equal(mcr_udp_parse(udp, 8).total_len, 8);
}

/* RFC 7348 5: the I flag must be set; reserved fields are ignored. */
static void
vxlan_needs_the_i_flag_and_nothing_else(void **state)
{
	uint8_t vxlan[] = {0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0};

	(void)state;
	assert_int_equal(mcr_vxlan_parse(vxlan, 8).header_len, 8);
	assert_int_equal(mcr_vxlan_parse(vxlan, 8).vni, 0x123456);
	assert_int_equal(mcr_vxlan_parse(vxlan, 7).header_len, 0);
	memset(vxlan, 0xff, 4);
	vxlan[7] = 0xff;
	assert_int_equal(mcr_vxlan_parse(vxlan, 8).vni, 0x123456);
	vxlan[0] = 0xf7;
	assert_int_equal(mcr_vxlan_parse(vxlan, 8).header_len, 0);
}

/* RFC 2784 2, RFC 2890 2: fields in the order of their flags. Of a header whose octets count up. */
static struct mcr_gre_info
read_gre(uint16_t flags, uint32_t len)
{
	struct mcr_gre_info info = {.header_len = 4, .protocol = 0x0203};

	if ((flags & 0x8000) != 0) {
		info.has_checksum = true;
		info.header_len += 4;
	}
	if ((flags & 0x2000) != 0) {
		info.has_key = true;
		info.key = info.header_len * 0x01010101 + 0x00010203;
		info.header_len += 4;
	}
	if ((flags & 0x1000) != 0)
		info.header_len += 4;
	/* Routing, and bits 1 to 5 and the version, which a receiver must not ignore. */
	if ((flags & 0x4c07) != 0 || info.header_len > len)
		info = (struct mcr_gre_info){0};
	return info;
}

/* The octets are on the heap, so that the address sanitizer sees what is read beyond them. */
static void
every_gre_header_of_every_length_is_read_as_the_rfcs_say(void **state)
{
	(void)state;
	for (uint32_t len = 2; len <= 17; len++) {
		uint8_t *gre = malloc(len);

		assert_non_null(gre);
		for (uint32_t i = 0; i < len; i++)
			gre[i] = i;
		for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
			const struct mcr_gre_info right = read_gre(flags, len);
			struct mcr_gre_info info;

			mcr_write_be16(gre, flags);
			info = mcr_gre_parse(gre, len);
			if (info.header_len != right.header_len)
				fail_msg("flags %04x, %u octets: %u", flags, len, info.header_len);
			if (info.header_len == 0)
				continue;
			assert_int_equal(info.protocol, right.protocol);
			assert_int_equal(info.has_checksum, right.has_checksum);
			assert_int_equal(info.has_key, right.has_key);
			assert_int_equal(info.key, right.key);
		}
		free(gre);
	}
}

/* RFC 7348 5: the I flag must be set; all others are reserved and ignored. */
static void
every_vxlan_header_of_every_length_is_read_as_the_rfc_says(void **state)
{
	(void)state;
	for (uint32_t len = 1; len <= 9; len++) {
		uint8_t *vxlan = malloc(len);

		assert_non_null(vxlan);
		for (uint32_t i = 0; i < len; i++)
			vxlan[i] = i;
		for (uint32_t flags = 0; flags <= UINT8_MAX; flags++) {
			struct mcr_vxlan_info info;

			vxlan[0] = flags;
			info = mcr_vxlan_parse(vxlan, len);
			assert_int_equal(info.header_len, len >= 8 && (flags & 0x08) != 0 ? 8 : 0);
			if (info.header_len != 0)
				assert_int_equal(info.vni, 0x040506);
		}
		free(vxlan);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_gre_has_four_bytes),
		cmocka_unit_test(key_is_read_behind_the_checksum),
		cmocka_unit_test(sequence_number_is_skipped),
		cmocka_unit_test(truncated_gre_is_malformed),
		cmocka_unit_test(routing_and_version_bits_are_malformed_and_reserved_ones_ignored),
		cmocka_unit_test(udp_longer_than_its_packet_is_malformed),
		cmocka_unit_test(udp_shorter_than_its_header_is_malformed),
		cmocka_unit_test(vxlan_needs_the_i_flag_and_nothing_else),
		cmocka_unit_test(every_gre_header_of_every_length_is_read_as_the_rfcs_say),
		cmocka_unit_test(every_vxlan_header_of_every_length_is_read_as_the_rfc_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
