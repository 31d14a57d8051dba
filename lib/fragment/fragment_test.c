/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mcr_fragment.h"

#define ID 0xbeef

static uint8_t packet[UINT16_MAX];
static uint8_t joined[UINT16_MAX];

static void
make_packet(uint16_t total_len, const uint8_t *options, uint16_t options_len, uint16_t fragment)
{
	for (uint32_t i = 0; i < sizeof(packet); i++)
		packet[i] = i * 7 + i / 251;
	packet[0] = 0x45 + options_len / 4;
	packet[1] = 0xb8;
	mcr_write_be16(packet + 2, total_len);
	mcr_write_be16(packet + 4, ID);
	mcr_write_be16(packet + 6, fragment);
	packet[8] = 1;
	packet[9] = 17;
	if (options_len != 0)
		memcpy(packet + MCR_IPV4_HEADER_LEN, options, options_len);
}

/* In a buffer of exactly the MTU, so a sanitizer detects a write beyond it. */
static struct mcr_ipv4_info
take_next(struct mcr_fragmenter *fragmenter, uint16_t mtu)
{
	uint8_t *const fragment = malloc(mtu);
	const uint16_t len = mcr_fragment_next(fragmenter, fragment);
	struct mcr_ipv4_info info = {0};

	if (len != 0) {
		info = mcr_ipv4_parse(fragment, len);
		assert_int_not_equal(info.header_len, 0);
		assert_int_equal(info.total_len, len);
		assert_in_range(len, MCR_IPV4_HEADER_LEN + 1, mtu);
		assert_true(mcr_ipv4_checksum_is_right(fragment, info.header_len));
		assert_int_equal(mcr_read_be16(fragment + 4), ID);
		assert_int_equal(info.ttl, 1);
		assert_int_equal(info.tos, 0xb8);
		assert_int_equal(info.protocol, 17);
		assert_memory_equal(fragment + 12, packet + 12, 8);
		memcpy(joined + (info.fragment & RTE_IPV4_HDR_OFFSET_MASK) * 8,
			fragment + info.header_len, len - info.header_len);
		memcpy(joined + UINT16_MAX - 60, fragment, info.header_len);
	}
	free(fragment);
	return info;
}

static const uint8_t *
last_header(void)
{
	return joined + UINT16_MAX - 60;
}

static unsigned int
check_fragments(uint16_t total_len, uint16_t mtu, uint16_t fragment)
{
	const uint16_t offset = (fragment & RTE_IPV4_HDR_OFFSET_MASK) * 8;
	struct mcr_fragmenter fragmenter;
	struct mcr_ipv4_info info, last = {0};
	unsigned int count = 0;
	uint32_t next = offset;

	make_packet(total_len, NULL, 0, fragment);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, total_len, mtu), 0);
	while ((info = take_next(&fragmenter, mtu)).header_len != 0) {
		if (count++ != 0)
			assert_true(last.fragment & RTE_IPV4_HDR_MF_FLAG);
		assert_int_equal((info.fragment & RTE_IPV4_HDR_OFFSET_MASK) * 8, next);
		assert_false(info.fragment & RTE_IPV4_HDR_DF_FLAG);
		next += info.total_len - info.header_len;
		last = info;
	}
	assert_int_equal(last.fragment & RTE_IPV4_HDR_MF_FLAG, fragment & RTE_IPV4_HDR_MF_FLAG);
	assert_int_equal(next, offset + total_len - MCR_IPV4_HEADER_LEN);
	assert_memory_equal(
		joined + offset, packet + MCR_IPV4_HEADER_LEN, total_len - MCR_IPV4_HEADER_LEN);
	return count;
}

static void
fragments_carry_the_whole_packet(void **state)
{
	(void)state;
	assert_int_equal(check_fragments(1500, 1476, 0), 2);
	assert_int_equal(check_fragments(1500, 1480, 0), 2);
	assert_int_equal(check_fragments(1496, 1496, 0), 1);
	assert_int_equal(check_fragments(1497, 1496, 0), 2);
	assert_int_equal(check_fragments(9000, 576, 0), 17);
	assert_int_equal(check_fragments(60000, 1500, 0), 41);
	for (uint16_t mtu = 28; mtu < 80; mtu++)
		check_fragments(200, mtu, RTE_IPV4_HDR_DF_FLAG);
}

static void
a_fragment_can_be_fragmented_again(void **state)
{
	(void)state;
	check_fragments(1500, 700, RTE_IPV4_HDR_MF_FLAG);
	check_fragments(1500, 700, RTE_IPV4_HDR_MF_FLAG | 185);
	check_fragments(1333, 700, 370);
}

/* RFC 791, 3.1: record route (7) is in the first fragment only, router alert (148) in all. */
static void
options_with_the_copied_flag_are_in_every_fragment(void **state)
{
	static const uint8_t options[] = {1, 7, 7, 4, 1, 2, 3, 4, 148, 4, 0, 0, 130, 3, 9, 0};
	static const uint8_t copied[] = {148, 4, 0, 0, 130, 3, 9, 0};
	struct mcr_fragmenter fragmenter;

	(void)state;
	make_packet(600, options, sizeof(options), 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 600, 300), 0);
	assert_int_equal(take_next(&fragmenter, 300).header_len, 36);
	assert_memory_equal(last_header() + 20, options, sizeof(options));
	assert_int_equal(take_next(&fragmenter, 300).header_len, 28);
	assert_memory_equal(last_header() + 20, copied, sizeof(copied));
	assert_int_equal(take_next(&fragmenter, 300).header_len, 28);
	assert_int_equal(take_next(&fragmenter, 300).header_len, 0);
	assert_memory_equal(joined, packet + 36, 600 - 36);
}

static void
broken_options_end_the_list(void **state)
{
	static const uint8_t beyond[] = {148, 4, 0, 0, 130, 9, 0, 0}, none[] = {148, 1, 0, 0};
	struct mcr_fragmenter fragmenter;

	(void)state;
	make_packet(200, beyond, sizeof(beyond), 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 200, 100), 0);
	take_next(&fragmenter, 100);
	assert_int_equal(take_next(&fragmenter, 100).header_len, 24);
	make_packet(200, none, sizeof(none), 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 200, 100), 0);
	take_next(&fragmenter, 100);
	assert_int_equal(take_next(&fragmenter, 100).header_len, 20);
}

static void
a_packet_that_cannot_be_fragmented_is_refused(void **state)
{
	static const uint8_t options[40] = {0};
	struct mcr_fragmenter fragmenter;

	(void)state;
	make_packet(200, NULL, 0, 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 199, 100), -EINVAL);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 200, 27), -EMSGSIZE);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 200, 28), 0);
	make_packet(200, options, sizeof(options), 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 200, 67), -EMSGSIZE);
	make_packet(2000, NULL, 0, RTE_IPV4_HDR_OFFSET_MASK);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 2000, 1500), -EMSGSIZE);
	make_packet(20, NULL, 0, 0);
	assert_int_equal(mcr_fragment_start(&fragmenter, packet, 20, 100), 0);
	assert_int_equal(take_next(&fragmenter, 100).header_len, 0);
}

#define NUMBER 0xdeadbeef

static void
make_ipv6_packet(uint16_t total_len)
{
	for (uint32_t i = 0; i < sizeof(packet); i++)
		packet[i] = i * 7 + i / 251;
	mcr_write_be32(packet, 0x6b812345);
	mcr_write_be16(packet + 4, total_len - MCR_IPV6_HEADER_LEN);
	packet[6] = IPPROTO_UDP;
	packet[7] = 64;
}

/* RFC 8200 4.5: in a buffer of exactly the MTU, so a sanitizer detects a write beyond it. Returns
 * the length; 0 after the last one. */
static uint16_t
take_next_of_ipv6(struct mcr_fragmenter *fragmenter, uint16_t mtu, uint16_t *offset_and_more)
{
	uint8_t *const fragment = malloc(mtu);
	const uint16_t len = mcr_fragment_next(fragmenter, fragment);
	const uint8_t *const header = fragment + MCR_IPV6_HEADER_LEN;

	if (len != 0) {
		assert_in_range(len, MCR_IPV6_HEADER_LEN + 8 + 1, mtu);
		assert_int_equal(mcr_ipv6_parse(fragment, len).total_len, len);
		assert_memory_equal(fragment, packet, 4);
		assert_int_equal(fragment[6], IPPROTO_FRAGMENT);
		assert_int_equal(fragment[7], 64);
		assert_memory_equal(fragment + MCR_IPV6_SOURCE, packet + MCR_IPV6_SOURCE, 32);
		assert_int_equal(header[0], IPPROTO_UDP);
		assert_int_equal(header[1], 0);
		assert_int_equal(mcr_read_be32(header + 4), fragmenter->id);
		*offset_and_more = mcr_read_be16(header + 2);
		memcpy(joined + (*offset_and_more & ~7), header + 8, len - MCR_IPV6_HEADER_LEN - 8);
	}
	free(fragment);
	return len;
}

static unsigned int
check_fragments_of_ipv6(uint16_t total_len, uint16_t mtu)
{
	struct mcr_fragmenter fragmenter;
	uint16_t len, field = 1;
	uint32_t next = 0;
	unsigned int count = 0;

	make_ipv6_packet(total_len);
	memset(joined, 0, sizeof(joined));
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, total_len, mtu, NUMBER), 0);
	assert_int_equal(mcr_fragment_is_done(&fragmenter), total_len == MCR_IPV6_HEADER_LEN);
	while ((len = take_next_of_ipv6(&fragmenter, mtu, &field)) != 0) {
		const uint16_t payload = len - MCR_IPV6_HEADER_LEN - 8;

		count++;
		assert_int_equal(field & 6, 0);
		assert_int_equal(field & ~7, next);
		next += payload;
		assert_int_equal(field & 1, next < (uint32_t)total_len - MCR_IPV6_HEADER_LEN);
		if ((field & 1) != 0) {
			assert_int_equal(payload % 8, 0);
			assert_true(len + 8 > mtu);
		}
		assert_int_equal(mcr_fragment_is_done(&fragmenter), (field & 1) == 0);
	}
	assert_int_equal(next, total_len - MCR_IPV6_HEADER_LEN);
	assert_memory_equal(joined, packet + MCR_IPV6_HEADER_LEN, total_len - MCR_IPV6_HEADER_LEN);
	return count;
}

/* @param host The last octet of the destination. */
static uint32_t
id_to(uint8_t host, uint32_t number)
{
	struct mcr_fragmenter fragmenter;

	make_ipv6_packet(1500);
	packet[MCR_IPV6_DESTINATION + MCR_IPV6_ADDRESS_LEN - 1] = host;
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 1500, 1280, number), 0);
	return fragmenter.id;
}

/* RFC 7739 5.3. */
static void
ids_to_one_address_say_nothing_of_those_to_another(void **state)
{
	(void)state;
	for (uint8_t host = 1; host != 0; host++) {
		assert_int_equal(id_to(host, 8), id_to(host, 7) + 1);
		assert_not_in_range(id_to(host, 7) - id_to(0, 7), (uint32_t)-256, UINT32_MAX);
		assert_not_in_range(id_to(host, 7) - id_to(0, 7), 0, 256);
	}
}

static void
fragments_carry_the_whole_packet_of_ipv6(void **state)
{
	(void)state;
	assert_int_equal(check_fragments_of_ipv6(1500, 1500), 2);
	assert_int_equal(check_fragments_of_ipv6(1492, 1500), 1);
	assert_int_equal(check_fragments_of_ipv6(1501, 1500), 2);
	assert_int_equal(check_fragments_of_ipv6(1540, 1280), 2);
	assert_int_equal(check_fragments_of_ipv6(9000, 1280), 8);
	assert_int_equal(check_fragments_of_ipv6(UINT16_MAX, 1500), 46);
	assert_int_equal(check_fragments_of_ipv6(40, 1500), 0);
	for (uint16_t mtu = 56; mtu < 120; mtu++)
		for (uint16_t len = 41; len < 200; len += 7)
			check_fragments_of_ipv6(len, mtu);
}

static void
a_packet_of_ipv6_that_cannot_be_fragmented_is_refused(void **state)
{
	struct mcr_fragmenter fragmenter;

	(void)state;
	make_ipv6_packet(200);
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 199, 100, 1), -EINVAL);
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 39, 100, 1), -EINVAL);
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 200, 55, 1), -EMSGSIZE);
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 200, 56, 1), 0);
	packet[0] = 0x45;
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, packet, 200, 100, 1), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_carry_the_whole_packet),
		cmocka_unit_test(a_fragment_can_be_fragmented_again),
		cmocka_unit_test(options_with_the_copied_flag_are_in_every_fragment),
		cmocka_unit_test(broken_options_end_the_list),
		cmocka_unit_test(a_packet_that_cannot_be_fragmented_is_refused),
		cmocka_unit_test(fragments_carry_the_whole_packet_of_ipv6),
		cmocka_unit_test(ids_to_one_address_say_nothing_of_those_to_another),
		cmocka_unit_test(a_packet_of_ipv6_that_cannot_be_fragmented_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
