/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What `udp` rewrites in packets of IPv6. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "mcr_encap.h"

#define IP_LEN MCR_IPV6_HEADER_LEN
#define HOP_LIMIT 3

#define UDP_AT 6
#define TCP_AT 16
#define ICMP_AT 2

static const uint8_t member[MCR_IPV6_ADDRESS_LEN] = {0x20, 1, 0x0d, 0xb8, [15] = 0x0c};

/* From 2001:db8::b to ff1e::42, traffic class 0xb8, a flow label. */
static const uint8_t header[] = {0x6b, 0x81, 0x23, 0x45, 0, 0, 0, HOP_LIMIT, /* */
	0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b,          /* */
	0xff, 0x1e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42};

static uint8_t packet[128], before[128];
static uint16_t packet_len, transport;
static uint8_t protocol;

static uint8_t *
put(const void *bytes, uint16_t len)
{
	uint8_t *const at = packet + packet_len;

	memcpy(at, bytes, len);
	packet_len += len;
	return at;
}

/* Ends the extension headers, which name their next one themselves. */
static void
put_transport(const void *bytes, uint16_t len)
{
	transport = packet_len;
	put(bytes, len);
	mcr_write_be16(packet + 4, packet_len - IP_LEN);
}

static void
begin(uint8_t next_header)
{
	packet_len = 0;
	put(header, sizeof(header));
	packet[6] = next_header;
	protocol = next_header;
}

/* All ones when the checksum is right. */
static uint16_t
sum_transport(void)
{
	const uint16_t len = packet_len - transport;
	uint32_t sum = protocol + len;

	for (unsigned int i = MCR_IPV6_SOURCE; i < IP_LEN; i += 2)
		sum += mcr_read_be16(packet + i);
	for (unsigned int i = 0; i < len; i++)
		sum += i % 2 == 0 ? packet[transport + i] << 8 : packet[transport + i];
	return mcr_checksum_fold(sum);
}

static void
write_checksum(unsigned int offset)
{
	uint16_t checksum;

	mcr_write_be16(packet + transport + offset, 0);
	checksum = ~sum_transport();
	mcr_write_be16(packet + transport + offset,
		checksum != 0 || protocol != IPPROTO_UDP ? checksum : UINT16_MAX);
}

/* In a buffer of the exact length, so a sanitizer detects an access beyond it. Everything but the
 * destination, the hop limit and the two words stays. */
static void
rewrite(uint16_t udp_port, bool off_link, unsigned int checksum_at)
{
	struct mcr_encap_path path = {
		.encap = MCR_ENCAP_UDP,
		.is_ipv6 = true,
		.udp_port = udp_port,
		.off_link = off_link,
	};
	uint8_t *const exact = malloc(packet_len);
	struct mcr_template t;

	memcpy(&path.destination6, member, sizeof(member));
	assert_int_equal(mcr_template_build(&t, &path), 0);
	memcpy(before, packet, packet_len);
	memcpy(exact, packet, packet_len);
	mcr_rewrite_packet(&t.rewrite, exact);
	memcpy(packet, exact, packet_len);
	free(exact);

	assert_memory_equal(packet + MCR_IPV6_DESTINATION, member, sizeof(member));
	assert_int_equal(packet[7], off_link ? 64 : HOP_LIMIT);
	memcpy(before + MCR_IPV6_DESTINATION, member, sizeof(member));
	before[7] = packet[7];
	if (checksum_at != 0)
		memcpy(before + transport + checksum_at, packet + transport + checksum_at, 2);
	if (checksum_at == UDP_AT && udp_port != 0)
		mcr_write_be16(before + transport + 2, udp_port);
	assert_memory_equal(packet, before, packet_len);
}

static const uint8_t datagram[] = {0x13, 0x88, 0x17, 0x70, 0, 13, 0, 0, 'h', 'e', 'l', 'l', 'o'};

static void
put_datagram(void)
{
	protocol = IPPROTO_UDP;
	put_transport(datagram, sizeof(datagram));
	write_checksum(UDP_AT);
}

static void
destination_and_port_are_rewritten(void **state)
{
	(void)state;
	begin(IPPROTO_UDP);
	put_datagram();
	rewrite(7000, false, UDP_AT);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 2), 7000);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

static void
without_a_port_the_port_stays_and_off_link_the_hop_limit_is_64(void **state)
{
	(void)state;
	begin(IPPROTO_UDP);
	put_datagram();
	rewrite(0, true, UDP_AT);
	assert_int_equal(mcr_read_be16(packet + IP_LEN + 2), 6000);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

static void
a_right_checksum_stays_right_and_never_becomes_zero(void **state)
{
	(void)state;
	for (uint32_t word = 0; word <= UINT16_MAX; word++) {
		begin(IPPROTO_UDP);
		put_datagram();
		mcr_write_be16(packet + transport + 8, word);
		write_checksum(UDP_AT);
		rewrite(7000, false, UDP_AT);
		assert_int_equal(sum_transport(), UINT16_MAX);
		assert_int_not_equal(mcr_read_be16(packet + transport + UDP_AT), 0);
	}
}

static void
a_wrong_checksum_stays_wrong(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 16; bit++) {
		begin(IPPROTO_UDP);
		put_datagram();
		mcr_write_be16(packet + transport + UDP_AT,
			mcr_read_be16(packet + transport + UDP_AT) ^ 1 << bit);
		rewrite(7000, false, UDP_AT);
		assert_int_not_equal(sum_transport(), UINT16_MAX);
	}
}

static void
no_checksum_stays_none(void **state)
{
	(void)state;
	begin(IPPROTO_UDP);
	put_datagram();
	mcr_write_be16(packet + transport + UDP_AT, 0);
	rewrite(7000, false, UDP_AT);
	assert_int_equal(mcr_read_be16(packet + transport + UDP_AT), 0);
}

static void
tcp_keeps_its_ports_and_a_right_checksum(void **state)
{
	uint8_t segment[24] = {0x13, 0x88, 0x17, 0x70, [12] = 0x50, [20] = 1, 2, 3, 4};

	(void)state;
	begin(IPPROTO_TCP);
	put_transport(segment, sizeof(segment));
	write_checksum(TCP_AT);
	rewrite(7000, false, TCP_AT);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

/* Other than that of ICMP, its checksum covers the addresses. */
static void
icmpv6_keeps_a_right_checksum(void **state)
{
	static const uint8_t echo[] = {128, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7};

	(void)state;
	begin(IPPROTO_ICMPV6);
	put_transport(echo, sizeof(echo));
	write_checksum(ICMP_AT);
	rewrite(7000, true, ICMP_AT);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

static void
other_protocols_change_the_address_only(void **state)
{
	(void)state;
	begin(IPPROTO_NONE);
	put_transport(datagram, sizeof(datagram));
	rewrite(7000, false, 0);
	begin(IPPROTO_GRE);
	put_transport(datagram, sizeof(datagram));
	rewrite(7000, false, 0);
}

static void
options_are_stepped_over(void **state)
{
	(void)state;
	begin(IPPROTO_HOPOPTS);
	put("\x3c\0\5\2\0\0\1\0", 8);
	put("\x11\1\1\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	put_datagram();
	rewrite(7000, false, UDP_AT);
	assert_int_equal(sum_transport(), UINT16_MAX);
}

/* The first has the checksum of all and the port. */
static void
first_fragment_gets_the_port_and_later_ones_do_not(void **state)
{
	(void)state;
	begin(IPPROTO_FRAGMENT);
	put("\x11\0\0\1\0\0\0\7", 8);
	put_datagram();
	rewrite(7000, false, UDP_AT);
	assert_int_equal(sum_transport(), UINT16_MAX);
	begin(IPPROTO_FRAGMENT);
	put("\x11\0\0\x08\0\0\0\7", 8);
	put_datagram();
	rewrite(7000, false, 0);
}

/* RFC 8200 8.1: the last address of its list counts. */
static void
behind_a_routing_header_nothing_is_rewritten(void **state)
{
	(void)state;
	begin(IPPROTO_ROUTING);
	put("\x11\0\0\0\0\0\0\0", 8);
	put_datagram();
	rewrite(7000, false, 0);
	begin(IPPROTO_HOPOPTS);
	put("\x2b\0\5\2\0\0\1\0", 8);
	put("\x11\0\0\0\0\0\0\0", 8);
	put_datagram();
	rewrite(7000, false, 0);
}

static void
a_cut_transport_is_left_alone(void **state)
{
	static const struct {
		uint8_t protocol;
		uint16_t whole;
	} cuts[] = {{IPPROTO_UDP, 8}, {IPPROTO_TCP, 18}, {IPPROTO_ICMPV6, 4}};
	static const uint8_t bytes[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(cuts); i++) {
		for (uint16_t len = 0; len < cuts[i].whole; len++) {
			begin(cuts[i].protocol);
			put_transport(bytes, len);
			rewrite(7000, false, 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(destination_and_port_are_rewritten),
		cmocka_unit_test(without_a_port_the_port_stays_and_off_link_the_hop_limit_is_64),
		cmocka_unit_test(a_right_checksum_stays_right_and_never_becomes_zero),
		cmocka_unit_test(a_wrong_checksum_stays_wrong),
		cmocka_unit_test(no_checksum_stays_none),
		cmocka_unit_test(tcp_keeps_its_ports_and_a_right_checksum),
		cmocka_unit_test(icmpv6_keeps_a_right_checksum),
		cmocka_unit_test(other_protocols_change_the_address_only),
		cmocka_unit_test(options_are_stepped_over),
		cmocka_unit_test(first_fragment_gets_the_port_and_later_ones_do_not),
		cmocka_unit_test(behind_a_routing_header_nothing_is_rewritten),
		cmocka_unit_test(a_cut_transport_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
