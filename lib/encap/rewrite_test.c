/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "mcr_encap.h"

#define IP_LEN 20

/* 10.0.0.11:5000 > 239.1.1.1:6000, TTL 1, "hello". All packets here are made with scapy. */
static const uint8_t sample[] = {0x45, 0x00, 0x00, 0x21, 0x00, 0x07, 0x00, 0x00, 0x01, 0x11, 0xbf,
	0xb8, 0x0a, 0x00, 0x00, 0x0b, 0xef, 0x01, 0x01, 0x01, 0x13, 0x88, 0x17, 0x70, 0x00, 0x0d,
	0x96, 0xfc, 0x68, 0x65, 0x6c, 0x6c, 0x6f};

static uint8_t packet[64];

static int
set_up_packet(void **state)
{
	(void)state;
	memset(packet, 0, sizeof(packet));
	memcpy(packet, sample, sizeof(sample));
	return 0;
}

static void
rewrite(uint16_t udp_port, bool off_link)
{
	const struct mcr_encap_path path = {
		.encap = MCR_ENCAP_UDP,
		.destination = MCR_IPV4(10, 0, 0, 12),
		.udp_port = udp_port,
		.off_link = off_link,
	};
	struct mcr_template t;

	assert_int_equal(mcr_template_build(&t, &path), 0);
	mcr_rewrite_packet(&t.rewrite, packet);
	assert_true(mcr_ipv4_checksum_is_right(packet, (packet[0] & 0xf) * 4));
}

/* All ones when the transport checksum is correct. */
static uint16_t
sum_transport(void)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(packet, sizeof(packet));
	const uint16_t len = info.total_len - info.header_len;
	uint32_t sum = info.protocol + len;

	for (unsigned int i = 12; i < 20; i += 2)
		sum += mcr_read_be16(packet + i);
	for (unsigned int i = 0; i < len; i++)
		sum += i % 2 == 0 ? packet[info.header_len + i] << 8 : packet[info.header_len + i];
	return mcr_checksum_fold(sum);
}

static void
write_transport_checksum(unsigned int offset)
{
	uint16_t checksum;

	mcr_write_be16(packet + IP_LEN + offset, 0);
	checksum = ~sum_transport();
	mcr_write_be16(packet + IP_LEN + offset, checksum != 0 ? checksum : UINT16_MAX);
}

static void
destination_address_and_port_are_rewritten(void **state)
{
	static const uint8_t expected[] = {0x45, 0x00, 0x00, 0x21, 0x00, 0x07, 0x00, 0x00, 0x01,
		0x11, 0xa5, 0xaf, 0x0a, 0x00, 0x00, 0x0b, 0x0a, 0x00, 0x00, 0x0c, 0x13, 0x88, 0x1b,
		0x58, 0x00, 0x0d, 0x79, 0x0b, 0x68, 0x65, 0x6c, 0x6c, 0x6f};

	(void)state;
	rewrite(7000, false);
	assert_memory_equal(packet, expected, sizeof(expected));
}

static void
without_a_port_the_port_stays_and_off_link_the_ttl_is_64(void **state)
{
	static const uint8_t expected[] = {0x45, 0x00, 0x00, 0x21, 0x00, 0x07, 0x00, 0x00, 0x40,
		0x11, 0x66, 0xaf, 0x0a, 0x00, 0x00, 0x0b, 0x0a, 0x00, 0x00, 0x0c, 0x13, 0x88, 0x17,
		0x70, 0x00, 0x0d, 0x7c, 0xf3, 0x68, 0x65, 0x6c, 0x6c, 0x6f};

	(void)state;
	rewrite(0, true);
	assert_memory_equal(packet, expected, sizeof(expected));
}

/* RFC 768: 0 means none, so a computed 0 is sent as all ones. The loop reaches every sum. */
static void
udp_checksum_is_right_and_never_becomes_zero(void **state)
{
	(void)state;
	for (unsigned int word = 0; word <= UINT16_MAX; word++) {
		set_up_packet(state);
		mcr_write_be16(packet + IP_LEN + 8, word);
		write_transport_checksum(6);
		rewrite(7000, false);
		assert_int_equal(sum_transport(), UINT16_MAX);
		assert_int_not_equal(mcr_read_be16(packet + IP_LEN + 6), 0);
	}
}

static void
zero_udp_checksum_stays_zero(void **state)
{
	(void)state;
	mcr_write_be16(packet + IP_LEN + 6, 0);
	rewrite(7000, false);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 6), 0);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 2), 7000);
}

static void
first_fragment_gets_the_port_and_later_ones_do_not(void **state)
{
	(void)state;
	mcr_write_be16(packet + 6, RTE_IPV4_HDR_MF_FLAG);
	mcr_write_be16(packet + 10, 0);
	mcr_write_be16(packet + 10, rte_be_to_cpu_16(mcr_checksum(packet, IP_LEN)));
	rewrite(7000, false);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 2), 7000);

	set_up_packet(state);
	mcr_write_be16(packet + 6, 1);
	mcr_write_be16(packet + 10, 0);
	mcr_write_be16(packet + 10, rte_be_to_cpu_16(mcr_checksum(packet, IP_LEN)));
	rewrite(7000, false);
	assert_int_equal(mcr_read_be32(packet + 16), MCR_IPV4(10, 0, 0, 12));
	assert_memory_equal(packet + IP_LEN, sample + IP_LEN, sizeof(sample) - IP_LEN);
}

static void
set_protocol(uint8_t protocol)
{
	packet[9] = protocol;
	mcr_write_be16(packet + 10, 0);
	mcr_write_be16(packet + 10, rte_be_to_cpu_16(mcr_checksum(packet, IP_LEN)));
}

static void
other_protocols_change_the_address_only(void **state)
{
	(void)state;
	set_protocol(IPPROTO_ICMP);
	rewrite(7000, false);
	assert_int_equal(mcr_read_be32(packet + 16), MCR_IPV4(10, 0, 0, 12));
	assert_memory_equal(packet + IP_LEN, sample + IP_LEN, sizeof(sample) - IP_LEN);
}

static void
tcp_keeps_its_ports_and_a_right_checksum(void **state)
{
	(void)state;
	mcr_write_be16(packet + 2, IP_LEN + 20);
	set_protocol(IPPROTO_TCP);
	write_transport_checksum(16);
	rewrite(7000, false);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 2), 6000);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

static void
transport_too_short_for_its_checksum_is_left_alone(void **state)
{
	(void)state;
	mcr_write_be16(packet + 2, IP_LEN + 7);
	set_protocol(IPPROTO_UDP);
	rewrite(7000, false);
	assert_int_equal(mcr_read_be32(packet + 16), MCR_IPV4(10, 0, 0, 12));
	assert_memory_equal(packet + IP_LEN, sample + IP_LEN, sizeof(sample) - IP_LEN);
}

static void
options_are_stepped_over(void **state)
{
	(void)state;
	memmove(packet + IP_LEN + 4, packet + IP_LEN, sizeof(sample) - IP_LEN);
	memcpy(packet + IP_LEN, "\x94\x04\0\0", 4);
	packet[0] = 0x46;
	mcr_write_be16(packet + 2, sizeof(sample) + 4);
	mcr_write_be16(packet + 10, 0);
	mcr_write_be16(packet + 10, rte_be_to_cpu_16(mcr_checksum(packet, IP_LEN + 4)));
	rewrite(7000, false);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 4 + 2), 7000);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(destination_address_and_port_are_rewritten, set_up_packet),
		cmocka_unit_test_setup(
			without_a_port_the_port_stays_and_off_link_the_ttl_is_64, set_up_packet),
		cmocka_unit_test(udp_checksum_is_right_and_never_becomes_zero),
		cmocka_unit_test_setup(zero_udp_checksum_stays_zero, set_up_packet),
		cmocka_unit_test_setup(
			first_fragment_gets_the_port_and_later_ones_do_not, set_up_packet),
		cmocka_unit_test_setup(other_protocols_change_the_address_only, set_up_packet),
		cmocka_unit_test_setup(tcp_keeps_its_ports_and_a_right_checksum, set_up_packet),
		cmocka_unit_test_setup(
			transport_too_short_for_its_checksum_is_left_alone, set_up_packet),
		cmocka_unit_test_setup(options_are_stepped_over, set_up_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
