/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>
#include <rte_ip.h>

#include "mcr_neigh.h"

#define HUB RTE_IPV4(10, 0, 0, 10)
#define PACKET_LEN 35
#define PACKET_MAX (PACKET_LEN + 40)

/* Offsets in an IPv4 header. */
#define TOTAL_LENGTH 2
#define FRAGMENT 6
#define PROTOCOL 9
#define HEADER_CHECKSUM 10
#define SOURCE 12
#define DESTINATION 16
#define ICMP 20

/* Of odd length, so the checksum pads its last byte. */
static const uint8_t echo_request[PACKET_LEN] = {
	0x45, 0x28, 0x00, 0x23, 0x12, 0x34, 0x40, 0x00, 0x01, 0x01, 0x53, 0x69, /* TTL 1 */
	10, 0, 0, 12, 10, 0, 0, 10,                                             /* addresses */
	0x08, 0x00, 0x53, 0x76, 0x4d, 0x43, 0x00, 0x07,                         /* echo request */
	'm', 'c', 'd', 'p', 'd', 'k', '!',                                      /* payload */
};

static const uint8_t echo_reply[PACKET_LEN] = {
	0x45, 0x28, 0x00, 0x23, 0x12, 0x34, 0x40, 0x00, 0x40, 0x01, 0x14, 0x69, /* TTL 64 */
	10, 0, 0, 10, 10, 0, 0, 12,                                             /* swapped */
	0x00, 0x00, 0x5b, 0x76, 0x4d, 0x43, 0x00, 0x07,                         /* echo reply */
	'm', 'c', 'd', 'p', 'd', 'k', '!',                                      /* payload */
};

static uint16_t
checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return ~sum;
}

static void
write_checksum(uint8_t *at, const uint8_t *bytes, size_t len)
{
	uint16_t sum;

	memset(at, 0, 2);
	sum = checksum(bytes, len);
	at[0] = sum >> 8;
	at[1] = sum & 0xff;
}

static void
make_request(uint8_t *packet, unsigned int offset, const void *bytes, size_t count)
{
	memcpy(packet, echo_request, PACKET_LEN);
	memcpy(packet + offset, bytes, count);
	write_checksum(packet + HEADER_CHECKSUM, packet, ICMP);
}

static int
answer_with(unsigned int offset, const void *bytes, size_t count)
{
	uint8_t packet[PACKET_LEN], before[PACKET_LEN];
	int ret;

	make_request(packet, offset, bytes, count);
	memcpy(before, packet, sizeof(before));
	ret = mcr_neigh_answer_echo(packet, sizeof(packet), HUB);
	if (ret != 0)
		assert_memory_equal(packet, before, sizeof(before));
	return ret;
}

static int
answer_with_byte(unsigned int offset, uint8_t byte)
{
	return answer_with(offset, &byte, 1);
}

static int
answer_with_address(unsigned int offset, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t address[] = {a, b, c, d};

	return answer_with(offset, address, sizeof(address));
}

static uint32_t
make_request_with_options(uint8_t *packet, const uint8_t *options, uint32_t count)
{
	memcpy(packet, echo_request, ICMP);
	memcpy(packet + ICMP, options, count);
	memcpy(packet + ICMP + count, echo_request + ICMP, PACKET_LEN - ICMP);
	packet[0] += count / 4;
	packet[TOTAL_LENGTH + 1] += count;
	write_checksum(packet + HEADER_CHECKSUM, packet, ICMP + count);
	return PACKET_LEN + count;
}

static int
answer_with_options(const uint8_t *options, uint32_t count)
{
	uint8_t packet[PACKET_MAX];
	const uint32_t len = make_request_with_options(packet, options, count);

	return mcr_neigh_answer_echo(packet, len, HUB);
}

static void
reply_is_byte_exact(void **state)
{
	uint8_t packet[PACKET_LEN];

	(void)state;
	memcpy(packet, echo_request, sizeof(packet));
	assert_int_equal(mcr_neigh_answer_echo(packet, sizeof(packet), HUB), 0);
	assert_memory_equal(packet, echo_reply, sizeof(packet));
}

/* RFC 1122 3.2.1.3: a group address is never a source. */
static void
reply_to_all_routers_comes_from_the_hub(void **state)
{
	static const uint8_t all_routers[] = {224, 0, 0, 2};
	uint8_t packet[PACKET_LEN];

	(void)state;
	memcpy(packet, echo_request, sizeof(packet));
	memcpy(packet + DESTINATION, all_routers, sizeof(all_routers));
	write_checksum(packet + HEADER_CHECKSUM, packet, ICMP);
	assert_int_equal(mcr_neigh_answer_echo(packet, sizeof(packet), HUB), 0);
	assert_memory_equal(packet, echo_reply, sizeof(packet));
}

static void
padding_is_neither_read_nor_written(void **state)
{
	uint8_t frame[46];

	(void)state;
	memset(frame, 0xa5, sizeof(frame));
	memcpy(frame, echo_request, PACKET_LEN);
	assert_int_equal(mcr_neigh_answer_echo(frame, sizeof(frame), HUB), 0);
	assert_memory_equal(frame, echo_reply, PACKET_LEN);
	for (unsigned int i = PACKET_LEN; i < sizeof(frame); i++)
		assert_int_equal(frame[i], 0xa5);
}

static void
truncated_packet_is_malformed(void **state)
{
	uint8_t packet[PACKET_LEN];

	(void)state;
	memcpy(packet, echo_request, sizeof(packet));
	for (uint32_t len = 0; len < PACKET_LEN; len++)
		assert_int_equal(mcr_neigh_answer_echo(packet, len, HUB), -EINVAL);
	assert_memory_equal(packet, echo_request, sizeof(packet));
}

static void
lying_header_is_malformed(void **state)
{
	(void)state;
	assert_int_equal(answer_with_byte(0, 0x65), -EINVAL); /* version 6 */
	assert_int_equal(answer_with_byte(0, 0x44), -EINVAL); /* 16 bytes of header */
	assert_int_equal(answer_with_byte(0, 0x4f), -EINVAL); /* header beyond the packet */
	assert_int_equal(answer_with_byte(TOTAL_LENGTH + 1, 36), -EINVAL);
	assert_int_equal(answer_with_byte(TOTAL_LENGTH + 1, 19), -EINVAL);
	assert_int_equal(answer_with_byte(TOTAL_LENGTH + 1, 27), -EINVAL); /* half an ICMP header */
}

static void
wrong_checksums_have_their_own_error(void **state)
{
	uint8_t packet[PACKET_LEN];

	(void)state;
	memcpy(packet, echo_request, sizeof(packet));
	packet[8] = 2;
	assert_int_equal(mcr_neigh_answer_echo(packet, sizeof(packet), HUB), -EBADMSG);
	assert_int_equal(answer_with_byte(PACKET_LEN - 1, '?'), -EBADMSG);
}

static void
other_destination_is_not_answered(void **state)
{
	(void)state;
	assert_int_equal(answer_with_address(DESTINATION, 10, 0, 0, 11), -ENOTSUP);
	assert_int_equal(answer_with_address(DESTINATION, 10, 0, 0, 255), -ENOTSUP);
	assert_int_equal(answer_with_address(DESTINATION, 255, 255, 255, 255), -ENOTSUP);
	assert_int_equal(answer_with_address(DESTINATION, 239, 192, 0, 29), -ENOTSUP);
}

static void
impossible_source_is_not_answered(void **state)
{
	(void)state;
	assert_int_equal(answer_with_address(SOURCE, 0, 0, 0, 0), -ENOTSUP);
	assert_int_equal(answer_with_address(SOURCE, 127, 0, 0, 1), -ENOTSUP);
	assert_int_equal(answer_with_address(SOURCE, 224, 0, 0, 1), -ENOTSUP);
	assert_int_equal(answer_with_address(SOURCE, 255, 255, 255, 255), -ENOTSUP);
	assert_int_equal(answer_with_address(SOURCE, 10, 0, 0, 10), -ENOTSUP);
}

static void
fragment_is_not_answered(void **state)
{
	static const uint8_t first[] = {0x20, 0x00}, later[] = {0x00, 0x01};

	(void)state;
	assert_int_equal(answer_with(FRAGMENT, first, sizeof(first)), -ENOTSUP);
	assert_int_equal(answer_with(FRAGMENT, later, sizeof(later)), -ENOTSUP);
}

/* RFC 1122 3.2.2. */
static void
only_echo_requests_are_answered(void **state)
{
	uint8_t packet[PACKET_LEN];

	(void)state;
	assert_int_equal(answer_with_byte(PROTOCOL, 17), -ENOTSUP);
	for (unsigned int type = 0; type <= UINT8_MAX; type++) {
		memcpy(packet, echo_request, sizeof(packet));
		packet[ICMP] = type;
		write_checksum(packet + ICMP + 2, packet + ICMP, PACKET_LEN - ICMP);
		assert_int_equal(mcr_neigh_answer_echo(packet, sizeof(packet), HUB),
			type == 8 ? 0 : -ENOTSUP);
	}
	memcpy(packet, echo_request, sizeof(packet));
	packet[ICMP + 1] = 1;
	write_checksum(packet + ICMP + 2, packet + ICMP, PACKET_LEN - ICMP);
	assert_int_equal(mcr_neigh_answer_echo(packet, sizeof(packet), HUB), -ENOTSUP);
}

static void
options_come_back_as_they_were(void **state)
{
	static const uint8_t record_route[] = {7, 7, 4, 0, 0, 0, 0, 0};
	uint8_t packet[PACKET_MAX];
	uint32_t len, header_len = ICMP + sizeof(record_route);

	(void)state;
	len = make_request_with_options(packet, record_route, sizeof(record_route));
	assert_int_equal(mcr_neigh_answer_echo(packet, len, HUB), 0);
	assert_memory_equal(packet + SOURCE, echo_reply + SOURCE, 8);
	assert_memory_equal(packet + ICMP, record_route, sizeof(record_route));
	assert_memory_equal(packet + header_len, echo_reply + ICMP, PACKET_LEN - ICMP);
	assert_int_equal(checksum(packet, header_len), 0);
}

static void
source_route_is_not_answered(void **state)
{
	static const uint8_t loose[] = {131, 7, 4, 10, 0, 0, 9, 0};
	static const uint8_t strict_behind_others[] = {1, 7, 3, 4, 137, 3, 4, 0};
	static const uint8_t behind_the_end[] = {0, 2, 131, 2};

	(void)state;
	assert_int_equal(answer_with_options(loose, sizeof(loose)), -ENOTSUP);
	assert_int_equal(
		answer_with_options(strict_behind_others, sizeof(strict_behind_others)), -ENOTSUP);
	assert_int_equal(answer_with_options(behind_the_end, sizeof(behind_the_end)), 0);
}

/* A length of 0 would never end, a long one would leave the header. */
static void
options_of_wrong_length_end_the_search(void **state)
{
	static const uint8_t zero[] = {7, 0, 131, 3}, beyond[] = {7, 40, 0, 0},
			     cut[] = {1, 1, 1, 7};

	(void)state;
	assert_int_equal(answer_with_options(zero, sizeof(zero)), 0);
	assert_int_equal(answer_with_options(beyond, sizeof(beyond)), 0);
	assert_int_equal(answer_with_options(cut, sizeof(cut)), 0);
}

/* In a buffer of exact size: sanitizers see a read beyond it. */
static void
option_cut_off_by_the_packets_end_is_not_read_on(void **state)
{
	static const uint8_t cut[] = {1, 1, 1, 7};
	const uint32_t len = ICMP + sizeof(cut);
	uint8_t packet[PACKET_MAX];
	uint8_t *exact = malloc(len);

	(void)state;
	assert_non_null(exact);
	make_request_with_options(packet, cut, sizeof(cut));
	packet[TOTAL_LENGTH + 1] = len;
	write_checksum(packet + HEADER_CHECKSUM, packet, len);
	memcpy(exact, packet, len);
	assert_int_equal(mcr_neigh_answer_echo(exact, len, HUB), -EINVAL);
	free(exact);
}

static const uint8_t refusal_head[] = {
	0x45, 0x00, 0x00, 0x38, 0x00, 0x00, 0x40, 0x00, 0x40, 0x01, 0x26, 0xb0, /* TTL 64 */
	10, 0, 0, 10, 10, 0, 0, 12,                                             /* to the source */
	0x03, 0x0d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,                         /* prohibited */
};

static void
refusal_quotes_the_request(void **state)
{
	uint8_t expected[56], refusal[MCR_NEIGH_REFUSAL_MAX];

	(void)state;
	memcpy(expected, refusal_head, sizeof(refusal_head));
	memcpy(expected + sizeof(refusal_head), echo_request,
		sizeof(expected) - sizeof(refusal_head));
	write_checksum(expected + HEADER_CHECKSUM, expected, ICMP);
	write_checksum(expected + ICMP + 2, expected + ICMP, sizeof(expected) - ICMP);
	assert_int_equal(mcr_neigh_refuse_echo(echo_request, PACKET_LEN, HUB, refusal), 56);
	assert_memory_equal(refusal, expected, sizeof(expected));
}

static void
refusal_has_room_for_all_options(void **state)
{
	const uint8_t options[40] = {1, 1};
	uint8_t packet[PACKET_MAX], refusal[MCR_NEIGH_REFUSAL_MAX];
	const uint32_t len = make_request_with_options(packet, options, sizeof(options));

	(void)state;
	assert_int_equal(mcr_neigh_refuse_echo(packet, len, HUB, refusal), MCR_NEIGH_REFUSAL_MAX);
	assert_memory_equal(refusal + 28, packet, 68);
	assert_int_equal(checksum(refusal + ICMP, sizeof(refusal) - ICMP), 0);
}

static int
refuse_with(unsigned int offset, const void *bytes, size_t count)
{
	uint8_t packet[PACKET_LEN], refusal[MCR_NEIGH_REFUSAL_MAX];

	make_request(packet, offset, bytes, count);
	return mcr_neigh_refuse_echo(packet, sizeof(packet), HUB, refusal);
}

/* RFC 1122 3.2.2: not about a packet to a group, nor about an ICMP error. */
static void
only_echo_requests_to_the_hub_itself_are_refused(void **state)
{
	static const uint8_t all_routers[] = {224, 0, 0, 2}, reply[] = {0x00, 0x00, 0x5b, 0x76};
	uint8_t refusal[MCR_NEIGH_REFUSAL_MAX];

	(void)state;
	assert_int_equal(refuse_with(DESTINATION, all_routers, sizeof(all_routers)), -ENOTSUP);
	assert_int_equal(refuse_with(ICMP, reply, sizeof(reply)), -ENOTSUP);
	assert_int_equal(
		mcr_neigh_refuse_echo(echo_request, PACKET_LEN - 1, HUB, refusal), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_is_byte_exact),
		cmocka_unit_test(reply_to_all_routers_comes_from_the_hub),
		cmocka_unit_test(padding_is_neither_read_nor_written),
		cmocka_unit_test(truncated_packet_is_malformed),
		cmocka_unit_test(lying_header_is_malformed),
		cmocka_unit_test(wrong_checksums_have_their_own_error),
		cmocka_unit_test(other_destination_is_not_answered),
		cmocka_unit_test(impossible_source_is_not_answered),
		cmocka_unit_test(fragment_is_not_answered),
		cmocka_unit_test(only_echo_requests_are_answered),
		cmocka_unit_test(options_come_back_as_they_were),
		cmocka_unit_test(source_route_is_not_answered),
		cmocka_unit_test(options_of_wrong_length_end_the_search),
		cmocka_unit_test(option_cut_off_by_the_packets_end_is_not_read_on),
		cmocka_unit_test(refusal_quotes_the_request),
		cmocka_unit_test(refusal_has_room_for_all_options),
		cmocka_unit_test(only_echo_requests_to_the_hub_itself_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
