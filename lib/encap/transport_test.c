/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_encap.h"

static uint8_t packet[128];
static uint32_t packet_len;

/* The reference, octet by octet: pseudo header and the words behind it. */
static uint32_t
reference_sum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return sum;
}

static uint8_t *
transport(void)
{
	return packet + (packet[0] >> 4 == 6 ? 40 : (packet[0] & 0xf) * 4);
}

static uint8_t
protocol(void)
{
	return packet[0] >> 4 == 6 ? packet[6] : packet[9];
}

static uint32_t
transport_len(void)
{
	return packet + packet_len - transport();
}

static uint8_t *
field(void)
{
	return transport() + (protocol() == IPPROTO_UDP ? 6 : 16);
}

static uint16_t
pseudo(void)
{
	const bool is_ipv6 = packet[0] >> 4 == 6;

	return fold(reference_sum(packet + (is_ipv6 ? 8 : 12), is_ipv6 ? 32 : 8) + protocol() +
		    transport_len());
}

static bool
is_right(void)
{
	return fold(pseudo() + reference_sum(transport(), transport_len())) == UINT16_MAX;
}

static void
put_payload(uint8_t proto, const char *payload)
{
	uint8_t *const at = packet + packet_len;
	const uint32_t header_len = proto == IPPROTO_UDP ? 8 : 20;

	memcpy(at + header_len, payload, strlen(payload));
	packet_len += header_len + strlen(payload);
	mcr_write_be16(at, 0x1234);
	mcr_write_be16(at + 2, 5000);
	if (proto == IPPROTO_UDP)
		mcr_write_be16(at + 4, header_len + strlen(payload));
}

/* As a kernel hands it to a device with checksum offload. */
static void
put_unfinished(uint8_t header_len, uint8_t proto, const char *payload)
{
	memset(packet, 0, sizeof(packet));
	packet[0] = 0x40 | header_len / 4;
	packet[8] = 5;
	packet[9] = proto;
	mcr_write_be32(packet + 12, MCR_IPV4(10, 0, 0, 11));
	mcr_write_be32(packet + 16, MCR_IPV4(239, 4, 4, 4));
	packet_len = header_len;
	put_payload(proto, payload);
	mcr_write_be16(packet + 2, packet_len);
	mcr_write_be16(field(), pseudo());
}

static void
put_unfinished_ipv6(uint8_t proto, const char *payload)
{
	memset(packet, 0, sizeof(packet));
	packet[0] = 0x60;
	packet[6] = proto;
	packet[8] = 0xfd;
	packet[23] = 1;
	packet[24] = 0xff;
	packet[39] = 2;
	packet_len = 40;
	put_payload(proto, payload);
	mcr_write_be16(packet + 4, packet_len - 40);
	mcr_write_be16(field(), pseudo());
}

static bool
finish(void)
{
	return packet[0] >> 4 == 6 ? mcr_transport_finish_ipv6(packet, packet_len)
	                           : mcr_transport_finish(packet, packet_len);
}

static bool
is_plain(void)
{
	return packet[0] >> 4 == 6 ? mcr_transport_is_plain_ipv6(packet, packet_len)
	                           : mcr_transport_is_plain(packet, packet_len);
}

static void
assert_finished(void)
{
	assert_false(is_right());
	assert_false(is_plain());
	assert_true(finish());
	assert_true(is_right());
	assert_false(finish());
}

static void
assert_left_alone(void)
{
	uint8_t before[sizeof(packet)];

	memcpy(before, packet, sizeof(before));
	assert_false(finish());
	assert_memory_equal(before, packet, sizeof(before));
}

static void
unfinished_udp_and_tcp_are_finished(void **state)
{
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(protocols); i++) {
		put_unfinished(20, protocols[i], "even");
		assert_finished();
		put_unfinished(24, protocols[i], "an odd one");
		assert_finished();
		put_unfinished(60, protocols[i], "odd");
		assert_finished();
		put_unfinished_ipv6(protocols[i], "odd");
		assert_finished();
	}
}

static void
finished_udp_is_plain(void **state)
{
	(void)state;
	put_unfinished(20, IPPROTO_UDP, "payload");
	assert_true(finish());
	assert_true(is_plain());
	put_unfinished_ipv6(IPPROTO_UDP, "payload");
	assert_true(finish());
	assert_true(is_plain());
}

/* For one payload in 65,536 the correct checksum equals the pseudo header's sum. */
static void
finished_checksum_that_looks_unfinished_stays(void **state)
{
	uint32_t word = 0;

	(void)state;
	put_unfinished(20, IPPROTO_UDP, "??chance");
	while (!is_right())
		mcr_write_be16(packet + 28, ++word);
	assert_in_range(word, 1, UINT16_MAX);
	assert_false(is_plain());
	assert_left_alone();
}

/* RFC 768: zero means no checksum, so a computed zero is sent as all ones. */
static void
checksum_of_zero_is_sent_as_ones(void **state)
{
	uint32_t word = 0;

	(void)state;
	put_unfinished(20, IPPROTO_UDP, "??zero");
	while (fold(reference_sum(transport(), transport_len())) != UINT16_MAX)
		mcr_write_be16(packet + 28, ++word);
	assert_true(finish());
	assert_int_equal(mcr_read_be16(field()), UINT16_MAX);
}

static void
finished_and_absent_checksums_are_left_alone(void **state)
{
	(void)state;
	put_unfinished(20, IPPROTO_UDP, "payload");
	mcr_write_be16(field(), 0);
	assert_left_alone();
	mcr_write_be16(field(), pseudo() + 1);
	assert_true(is_plain());
	assert_left_alone();
}

/* A pseudo header's sum of 0xffff equals zero, but a zero field means no checksum. */
static void
absent_checksum_stays_absent_for_all_addresses(void **state)
{
	(void)state;
	put_unfinished(20, IPPROTO_UDP, "payload");
	mcr_write_be16(packet + 14, mcr_read_be16(packet + 14) + UINT16_MAX - pseudo());
	assert_int_equal(pseudo(), UINT16_MAX);
	mcr_write_be16(field(), 0);
	assert_left_alone();
}

/* A kernel finishes a packet before it fragments it: what looks unfinished is data. */
static void
fragments_are_left_alone(void **state)
{
	static const uint16_t fragments[] = {RTE_IPV4_HDR_MF_FLAG, 3, RTE_IPV4_HDR_MF_FLAG | 3};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(fragments); i++) {
		put_unfinished(20, IPPROTO_UDP, "payload");
		mcr_write_be16(packet + 6, fragments[i]);
		assert_left_alone();
	}
}

static void
other_protocols_and_lengths_are_left_alone(void **state)
{
	(void)state;
	put_unfinished(20, IPPROTO_UDP, "payload");
	packet[9] = IPPROTO_ICMP;
	assert_left_alone();
	put_unfinished(20, IPPROTO_UDP, "payload");
	mcr_write_be16(transport() + 4, transport_len() - 1);
	mcr_write_be16(field(), fold(pseudo() + UINT16_MAX - 1));
	assert_left_alone();
}

static void
truncated_packets_are_not_read_beyond(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < 8; len++) {
		put_unfinished(20, IPPROTO_UDP, "");
		mcr_write_be16(packet + 2, 20 + len);
		packet_len = 20 + len;
		assert_false(is_plain());
		assert_left_alone();
	}
	for (uint32_t len = 0; len < 8; len++) {
		put_unfinished_ipv6(IPPROTO_UDP, "");
		packet_len = 40 + len;
		assert_false(is_plain());
		assert_left_alone();
	}
	put_unfinished_ipv6(IPPROTO_TCP, "payload");
	packet_len--;
	assert_left_alone();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unfinished_udp_and_tcp_are_finished),
		cmocka_unit_test(finished_udp_is_plain),
		cmocka_unit_test(finished_checksum_that_looks_unfinished_stays),
		cmocka_unit_test(checksum_of_zero_is_sent_as_ones),
		cmocka_unit_test(finished_and_absent_checksums_are_left_alone),
		cmocka_unit_test(absent_checksum_stays_absent_for_all_addresses),
		cmocka_unit_test(fragments_are_left_alone),
		cmocka_unit_test(other_protocols_and_lengths_are_left_alone),
		cmocka_unit_test(truncated_packets_are_not_read_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
