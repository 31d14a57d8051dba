/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_link.h"

/* FNV-1a of the names with a slash between them; by Python. */
static void
ids_are_the_hash_of_domain_and_hub(void **state)
{
	(void)state;
	assert_int_equal(mcr_link_hub_id("prod", "tokyo-1"), 0xaf418f1b);
	assert_int_equal(mcr_link_hub_id("prod", "tokyo-2"), 0xb04190ae);
	assert_int_equal(mcr_link_hub_id("test", "tokyo-1"), 0x9ee6811e);
	assert_int_equal(mcr_link_hub_id("\xc3\xbc", "\xff"), 0x18bcae00);
}

/* 0 would mean no hub. The names were searched for. */
static void
no_id_is_zero(void **state)
{
	(void)state;
	assert_int_equal(mcr_link_hub_id("zero", "cbeu5bd"), 1);
}

static void
a_prefix_is_the_sequence_number_and_a_record(void **state)
{
	static const uint8_t expected[] = {
		1, 2, 3, 4, 0x12, 3, 5, 0xdc, 10, 0, 0, 11, 7, 0x12, 0x34, 0x56};
	const struct mcr_link_record record = {
		.kind = MCR_LINK_FRAME,
		.flags = MCR_LINK_BROADCAST | MCR_LINK_TOOK_HOP,
		.lane = 7,
		.length = 1500,
		.member = MCR_IPV4(10, 0, 0, 11),
		.vni = 0x123456,
	};
	uint8_t prefix[MCR_LINK_PREFIX_LEN];

	(void)state;
	mcr_link_write_prefix(prefix, 0x01020304, &record);
	assert_memory_equal(prefix, expected, sizeof(expected));
}

static void
each_lane_has_a_source_port_of_its_own(void **state)
{
	static const struct mcr_link_record record = {.lane = 0xab};
	static bool is_taken[UINT16_MAX + 1];
	uint8_t prefix[MCR_LINK_PREFIX_LEN];

	(void)state;
	mcr_link_write_prefix(prefix, 0, &record);
	assert_int_equal(mcr_link_prefix_lane(prefix), 0xab);
	for (unsigned int lane = 0; lane <= UINT8_MAX; lane++) {
		const uint16_t port = MCR_ENCAP_DYNAMIC_PORTS | mcr_link_entropy(lane);

		assert_false(is_taken[port]);
		is_taken[port] = true;
	}
}

static uint8_t bytes[256];

static uint32_t
put_record(uint32_t at, enum mcr_link_kind kind, uint16_t length)
{
	const struct mcr_link_record record = {
		.kind = kind,
		.flags = 0x81,
		.lane = 0xff,
		.length = length,
		.member = 0xfffffffe,
		.vni = kind == MCR_LINK_FRAME ? 0xfffffe : 0,
	};

	mcr_link_write_record(bytes + at, &record);
	memset(bytes + at + MCR_LINK_RECORD_LEN, at, length);
	return at + MCR_LINK_RECORD_LEN + length;
}

/* From a copy of the exact length, so a sanitizer detects a read beyond it. */
static bool
read_record(uint32_t *at, uint32_t end, struct mcr_link_record *record)
{
	uint8_t *const copy = malloc(end);
	bool is_read;

	memcpy(copy, bytes, end);
	is_read = mcr_link_read_record(copy, at, end, record);
	free(copy);
	return is_read;
}

static void
a_record_is_read_as_it_was_written(void **state)
{
	struct mcr_link_record record;
	uint32_t at = 5;

	(void)state;
	assert_true(read_record(&at, put_record(at, MCR_LINK_FRAME, 60), &record));
	assert_int_equal(at, 77);
	assert_int_equal(record.kind, MCR_LINK_FRAME);
	assert_int_equal(record.flags, 0x81);
	assert_int_equal(record.lane, 0xff);
	assert_int_equal(record.length, 60);
	assert_int_equal(record.offset, 17);
	assert_int_equal(record.member, 0xfffffffe);
	assert_int_equal(record.vni, 0xfffffe);
}

static const struct in6_addr sender = {
	.s6_addr = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11}};

/* The numbers of two hubs differ: here, what is read is another one than what was written. */
static void
the_address_of_a_member_over_ipv6_is_in_its_record(void **state)
{
	static const uint8_t expected[] = {
		0x21, 0x81, 0, 20, 0, 0, 0, 0, 7, 0, 0, 0, 0xfd, [27] = 0x11};
	const struct in6_addr other = {.s6_addr = {0xfd, [15] = 0x12}};
	struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET, .flags = 0x81, .lane = 7, .length = 20};
	uint32_t at = 0, number;

	(void)state;
	record.member = mcr_address_get(&sender, MCR_IPV6_LENGTH);
	assert_int_equal(mcr_link_record_len(&record), sizeof(expected));
	mcr_link_write_record(bytes, &record);
	assert_memory_equal(bytes, expected, sizeof(expected));
	mcr_address_drop(record.member);
	mcr_address_reclaim(NULL);
	(void)mcr_address_get(&other, MCR_IPV6_LENGTH);
	number = mcr_address_get(&sender, MCR_IPV6_LENGTH);
	assert_true(read_record(&at, sizeof(expected) + 20, &record));
	assert_int_equal(at, sizeof(expected) + 20);
	assert_int_equal(record.offset, sizeof(expected));
	assert_int_equal(record.length, 20);
	assert_int_equal(record.lane, 7);
	assert_int_equal(record.member, number);
}

static void
a_member_whose_address_nobody_here_has_is_nobody(void **state)
{
	struct mcr_link_record record = {.kind = MCR_LINK_PACKET};
	uint32_t at = 0;

	(void)state;
	record.member = mcr_address_get(&sender, MCR_IPV6_LENGTH);
	mcr_link_write_record(bytes, &record);
	bytes[20] = 1;
	assert_true(read_record(&at, MCR_LINK_RECORD_MAX, &record));
	assert_int_equal(record.member, MCR_ADDRESS_NONE);
}

static void
an_address_of_ipv4_is_no_number(void **state)
{
	const uint32_t number = mcr_address_get(&sender, MCR_IPV6_LENGTH);
	struct mcr_link_record record;
	uint32_t at = 0;

	(void)state;
	put_record(0, MCR_LINK_PACKET, 0);
	mcr_write_be32(bytes + 4, number);
	assert_true(read_record(&at, MCR_LINK_RECORD_LEN, &record));
	assert_int_equal(record.member, MCR_ADDRESS_NONE);
}

static void
records_are_read_one_after_the_other(void **state)
{
	static const uint16_t lengths[] = {20, 0, 33, 1};
	struct mcr_link_record record;
	uint32_t at = 3, end = 3;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++)
		end = put_record(end, MCR_LINK_PACKET, lengths[i]);
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++) {
		assert_in_range(at, 3, end - 1);
		assert_true(read_record(&at, end, &record));
		assert_int_equal(record.length, lengths[i]);
		assert_int_equal(record.offset + record.length, at);
	}
	assert_int_equal(at, end);
	assert_false(read_record(&at, end, &record));
}

static void
assert_refused_if_truncated(uint32_t end)
{
	struct mcr_link_record record = {.lane = 9};
	uint32_t at = 0;

	for (uint32_t len = 1; len < end; len++) {
		assert_false(read_record(&at, len, &record));
		assert_int_equal(at, 0);
		assert_int_equal(record.lane, 9);
	}
	assert_true(read_record(&at, end, &record));
}

static void
a_truncated_record_is_refused_and_nothing_moves(void **state)
{
	const uint32_t end = put_record(0, MCR_LINK_PACKET, 20);

	(void)state;
	assert_refused_if_truncated(end);
	bytes[0] = MCR_LINK_VERSION_IPV6 << 4 | MCR_LINK_PACKET;
	assert_refused_if_truncated(end + MCR_LINK_RECORD_MAX - MCR_LINK_RECORD_LEN);
}

static void
other_versions_and_kinds_are_refused(void **state)
{
	struct mcr_link_record record;
	const uint32_t end = put_record(0, MCR_LINK_PACKET, 20) + 16;

	(void)state;
	for (unsigned int first = 0; first <= UINT8_MAX; first++) {
		uint32_t at = 0;

		bytes[0] = first;
		assert_int_equal(read_record(&at, end, &record),
			(first >= 0x10 && first <= 0x12) || (first >= 0x20 && first <= 0x22));
	}
}

static void
a_hello_is_read_as_it_was_written(void **state)
{
	static const uint8_t expected[] = {3, 5, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xc3, 0x50,
		0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
	const struct mcr_link_hello hello = {
		.state = MCR_LINK_UP,
		.multiplier = 5,
		.my_discriminator = 0x01020304,
		.your_discriminator = 0x05060708,
		.interval = 50000,
		.epoch = 0x1112131415161718,
	};
	struct mcr_link_hello got;
	uint8_t body[MCR_LINK_HELLO_LEN + 1];

	(void)state;
	memset(body, 0xff, sizeof(body));
	mcr_link_write_hello(body, &hello);
	assert_memory_equal(body, expected, sizeof(expected));
	assert_int_equal(body[MCR_LINK_HELLO_LEN], 0xff);
	body[2] = 0xff;
	assert_true(mcr_link_read_hello(body, sizeof(body), &got));
	assert_int_equal(got.state, hello.state);
	assert_int_equal(got.multiplier, hello.multiplier);
	assert_int_equal(got.my_discriminator, hello.my_discriminator);
	assert_int_equal(got.your_discriminator, hello.your_discriminator);
	assert_int_equal(got.interval, hello.interval);
	assert_true(got.epoch == hello.epoch);
}

static void
a_truncated_hello_is_refused(void **state)
{
	struct mcr_link_hello hello;

	(void)state;
	for (uint32_t len = 0; len < MCR_LINK_HELLO_LEN; len++) {
		uint8_t *const body = calloc(1, len + 1);

		assert_false(mcr_link_read_hello(body, len, &hello));
		free(body);
	}
}

static const uint8_t ids[] = {0, 0, 0x10, 0, 0, 0, 0x10, 1, 0x80, 0, 0, 0};

static const struct mcr_link_page page = {
	.first = 0x1000,
	.last = 0x80000000,
	.version = 0xfffe,
	.count = 3,
	.ids = ids,
};

/* A copy of the exact length, so a sanitizer detects a read beyond it. The caller frees it. */
static uint8_t *
make_hello(const struct mcr_link_page *with, uint32_t length)
{
	uint8_t body[MCR_LINK_HELLO_LEN + 64] = {0};
	uint8_t *const copy = malloc(length);

	assert_in_range(length, 1, sizeof(body));
	mcr_link_write_page(body + MCR_LINK_HELLO_LEN, with);
	memcpy(copy, body, length);
	return copy;
}

static void
a_page_is_read_as_it_was_written(void **state)
{
	static const uint8_t expected[] = {0, 0, 0x10, 0, 0x80, 0, 0, 0, 0, 3, 0xff, 0xfe, 0, 0,
		0x10, 0, 0, 0, 0x10, 1, 0x80, 0, 0, 0};
	const uint32_t length = MCR_LINK_HELLO_LEN + sizeof(expected);
	uint8_t *const body = make_hello(&page, length);
	struct mcr_link_page got;

	(void)state;
	assert_int_equal(mcr_link_page_len(page.count), sizeof(expected));
	assert_memory_equal(body + MCR_LINK_HELLO_LEN, expected, sizeof(expected));
	assert_true(mcr_link_has_page(length));
	assert_true(mcr_link_read_page(body, length, &got));
	assert_int_equal(got.first, page.first);
	assert_int_equal(got.last, page.last);
	assert_int_equal(got.version, page.version);
	assert_int_equal(got.count, page.count);
	assert_int_equal(mcr_link_page_id(&got, 0), 0x1000);
	assert_int_equal(mcr_link_page_id(&got, 2), 0x80000000);
	assert_true(mcr_link_page_is_valid(&got));
	free(body);
}

static void
a_hello_of_24_bytes_has_no_page(void **state)
{
	(void)state;
	assert_false(mcr_link_has_page(MCR_LINK_HELLO_LEN));
}

static void
a_truncated_page_is_refused(void **state)
{
	const uint32_t whole = MCR_LINK_HELLO_LEN + mcr_link_page_len(page.count);
	struct mcr_link_page got;

	(void)state;
	for (uint32_t length = MCR_LINK_HELLO_LEN + 1; length <= whole + 1; length++) {
		uint8_t *const body = make_hello(&page, length);

		assert_int_equal(mcr_link_read_page(body, length, &got), length >= whole);
		free(body);
	}
}

static void
a_page_without_a_range_is_refused(void **state)
{
	struct mcr_link_page wrong = {.first = 2, .last = 1, .ids = ids}, got;
	const uint32_t length = MCR_LINK_HELLO_LEN + mcr_link_page_len(0);
	uint8_t *body = make_hello(&wrong, length);

	(void)state;
	assert_false(mcr_link_read_page(body, length, &got));
	free(body);
	wrong.last = 2;
	body = make_hello(&wrong, length);
	assert_true(mcr_link_read_page(body, length, &got));
	assert_true(mcr_link_page_is_valid(&got));
	free(body);
}

static bool
are_valid(uint32_t first, uint32_t last, uint32_t a, uint32_t b)
{
	uint8_t two[2 * sizeof(uint32_t)];
	const struct mcr_link_page of_two = {.first = first, .last = last, .count = 2, .ids = two};

	mcr_write_be32(two, a);
	mcr_write_be32(two + sizeof(uint32_t), b);
	return mcr_link_page_is_valid(&of_two);
}

static void
ids_of_a_page_ascend_within_its_range(void **state)
{
	(void)state;
	assert_true(are_valid(5, 6, 5, 6));
	assert_false(are_valid(5, 6, 6, 5));
	assert_false(are_valid(5, 6, 5, 5));
	assert_false(are_valid(5, 6, 4, 6));
	assert_false(are_valid(5, 6, 5, 7));
	assert_true(are_valid(0, UINT32_MAX, 0, UINT32_MAX));
	assert_false(are_valid(0, UINT32_MAX, UINT32_MAX, 0));
	assert_false(are_valid(0, UINT32_MAX, UINT32_MAX, UINT32_MAX));
}

/* With the longest headers (IPv6, UDP, GRE, prefix), in the smallest path MTU of large clouds. */
static void
a_hello_with_a_full_page_fits_into_1400_bytes(void **state)
{
	(void)state;
	assert_in_range(40 + 8 + 8 + MCR_LINK_PREFIX_LEN + MCR_LINK_HELLO_LEN +
				mcr_link_page_len(MCR_LINK_PAGE_MAX),
		1, 1400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_the_hash_of_domain_and_hub),
		cmocka_unit_test(no_id_is_zero),
		cmocka_unit_test(a_prefix_is_the_sequence_number_and_a_record),
		cmocka_unit_test(each_lane_has_a_source_port_of_its_own),
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(the_address_of_a_member_over_ipv6_is_in_its_record),
		cmocka_unit_test(a_member_whose_address_nobody_here_has_is_nobody),
		cmocka_unit_test(an_address_of_ipv4_is_no_number),
		cmocka_unit_test(records_are_read_one_after_the_other),
		cmocka_unit_test(a_truncated_record_is_refused_and_nothing_moves),
		cmocka_unit_test(other_versions_and_kinds_are_refused),
		cmocka_unit_test(a_hello_is_read_as_it_was_written),
		cmocka_unit_test(a_truncated_hello_is_refused),
		cmocka_unit_test(a_page_is_read_as_it_was_written),
		cmocka_unit_test(a_hello_of_24_bytes_has_no_page),
		cmocka_unit_test(a_truncated_page_is_refused),
		cmocka_unit_test(a_page_without_a_range_is_refused),
		cmocka_unit_test(ids_of_a_page_ascend_within_its_range),
		cmocka_unit_test(a_hello_with_a_full_page_fits_into_1400_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
