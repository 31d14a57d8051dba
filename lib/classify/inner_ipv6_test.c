/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IPv6 inside GRE, in frames of a segment, and from other hubs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "frame.h"

#define HOST "2001:db8::b"
#define LINK_LOCAL "fe80::b"
#define WIDE "ff1e::42"
#define MDNS "ff02::fb"
#define ALL_NODES "ff02::1"
#define ALL_ROUTERS_OF_IPV6 "ff02::2"
#define OTHER_OF_LINK "ff02::3"
#define SOLICITED "ff02::1:ff00:b"
#define MLD_ROUTERS "ff02::16"

#define ECHO_REQUEST 128

#define NEXT_HOP_BY_HOP 0
#define NEXT_UDP 17
#define NEXT_FRAGMENT 44
#define NEXT_ICMP 58

static uint32_t outer, tunnel, inner_frame, inner;
static bool is_framed;

static const uint8_t ipv6_mac[] = {0x33, 0x33, 0, 0, 0, 0x42};

static void
begin_gre(uint8_t tos)
{
	is_framed = false;
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	frame[outer + 1] = tos;
	tunnel = put_gre(0, RTE_ETHER_TYPE_IPV6);
	inner = frame_len;
}

static void
begin_vxlan(const uint8_t *mac)
{
	is_framed = true;
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	tunnel = put_udp(VXLAN_PORT);
	put_vxlan(7);
	inner_frame = put_ethernet(mac, RTE_ETHER_TYPE_IPV6);
	inner = frame_len;
}

static void
end_frame(void)
{
	if (is_framed)
		end_udp(tunnel);
	end_ipv4(outer);
}

static void
put_ipv6(const char *source, const char *destination, uint8_t next_header)
{
	const uint32_t at = put_zeros(MCR_IPV6_HEADER_LEN);

	frame[at] = 0x60;
	frame[at + 6] = next_header;
	frame[at + 7] = 5;
	assert_int_equal(inet_pton(AF_INET6, source, frame + at + MCR_IPV6_SOURCE), 1);
	assert_int_equal(inet_pton(AF_INET6, destination, frame + at + MCR_IPV6_DESTINATION), 1);
}

static void
end_ipv6(void)
{
	mcr_write_be16(frame + inner + 4, frame_len - inner - MCR_IPV6_HEADER_LEN);
	end_frame();
}

static void
put_datagram(const char *source, const char *destination)
{
	put_ipv6(source, destination, NEXT_UDP);
	put_bytes("\xc0\x01\x13\x88\0\x0a\0\0hi", 10);
	end_ipv6();
}

/* An ICMPv6 message of 24 bytes, behind Router Alert (RFC 2711) or not. */
static void
put_icmp(const char *destination, uint8_t type, bool has_options)
{
	uint32_t at;
	rte_be16_t checksum;

	put_ipv6(LINK_LOCAL, destination, has_options ? NEXT_HOP_BY_HOP : NEXT_ICMP);
	if (has_options)
		put_bytes("\x3a\0\5\2\0\0\1\0", 8);
	at = put_zeros(24);
	frame[at] = type;
	checksum = mcr_ipv6_checksum(frame + inner, frame + at, 24, NEXT_ICMP);
	memcpy(frame + at + 2, &checksum, sizeof(checksum));
	end_ipv6();
}

static void
assert_is_data(void)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, MCR_VERDICT_DATA_IPV6);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.inner_len, frame_len - inner);
	assert_int_equal(packet.ttl, 5);
	assert_int_equal(packet.outer_source, SENDER);
	assert_int_equal(packet.source, 0);
	assert_int_equal(packet.destination, 0);
	assert_int_equal(packet.frame_len, is_framed ? frame_len - inner_frame : 0);
}

static void
multicast_is_data(void **state)
{
	(void)state;
	begin_gre(0);
	put_datagram(HOST, WIDE);
	assert_is_data();
	begin_gre(0);
	put_datagram(LINK_LOCAL, MDNS);
	assert_is_data();
	begin_gre(0);
	put_datagram("::", ALL_NODES);
	assert_is_data();
	begin_vxlan(ipv6_mac);
	put_datagram(HOST, WIDE);
	assert_is_data();
}

static void
padding_does_not_count(void **state)
{
	(void)state;
	begin_vxlan(ipv6_mac);
	put_datagram(HOST, WIDE);
	put_zeros(6);
	end_frame();
	assert_int_equal(classify().inner_len, MCR_IPV6_HEADER_LEN + 10);
}

static void
extension_headers_and_fragments_are_data(void **state)
{
	(void)state;
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_HOP_BY_HOP);
	put_bytes("\x11\0\1\4\0\0\0\0", 8);
	put_zeros(10);
	end_ipv6();
	assert_is_data();
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_FRAGMENT);
	put_bytes("\x11\0\0\xb9\0\0\0\1", 8);
	put_zeros(16);
	end_ipv6();
	assert_is_data();
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_UDP);
	end_ipv6();
	assert_is_data();
}

static void
cut_packets_are_malformed(void **state)
{
	(void)state;
	for (uint32_t missing = 1; missing <= 50; missing++) {
		begin_gre(0);
		put_datagram(HOST, WIDE);
		frame_len -= missing;
		end_frame();
		assert_drop(MALFORMED);
		begin_vxlan(ipv6_mac);
		put_datagram(HOST, WIDE);
		frame_len -= missing;
		end_frame();
		assert_drop(MALFORMED);
	}
	begin_gre(0);
	put_datagram(HOST, WIDE);
	frame[inner] = 0x50;
	assert_drop(MALFORMED);
}

static void
cut_options_are_malformed(void **state)
{
	(void)state;
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_HOP_BY_HOP);
	end_ipv6();
	assert_drop(MALFORMED);
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_HOP_BY_HOP);
	put_zeros(7);
	end_ipv6();
	assert_drop(MALFORMED);
	begin_gre(0);
	put_ipv6(HOST, WIDE, NEXT_HOP_BY_HOP);
	put_bytes("\x11\1\1\4\0\0\0\0", 8);
	put_zeros(7);
	end_ipv6();
	assert_drop(MALFORMED);
	/* The longest options: more than the packet has. */
	frame[inner + MCR_IPV6_HEADER_LEN + 1] = 0xff;
	assert_drop(MALFORMED);
}

static void
assert_malformed_from(const char *source, const char *destination)
{
	begin_gre(0);
	put_datagram(source, destination);
	assert_drop(MALFORMED);
	begin_vxlan(ipv6_mac);
	put_datagram(source, destination);
	assert_drop(MALFORMED);
}

static void
addresses_that_no_wire_has_are_malformed(void **state)
{
	(void)state;
	assert_malformed_from(HOST, "ff01::1");
	assert_malformed_from(HOST, "ff11::1");
	assert_malformed_from(HOST, "ff00::1");
	assert_malformed_from(WIDE, WIDE);
	assert_malformed_from("::1", WIDE);
	assert_malformed_from(HOST, "::1");
}

static void
mld_is_for_the_control_lcore(void **state)
{
	static const uint8_t types[] = {130, 131, 132, 143};
	struct mcr_packet packet;

	(void)state;
	for (unsigned int i = 0; i < sizeof(types); i++) {
		begin_gre(0);
		put_icmp(MLD_ROUTERS, types[i], true);
		packet = classify();
		assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
		assert_int_equal(packet.punt, MCR_PUNT_MLD);
		assert_int_equal(packet.inner_offset, inner);
		assert_int_equal(packet.inner_len, frame_len - inner);
		begin_vxlan(ipv6_mac);
		put_icmp(WIDE, types[i], false);
		assert_int_equal(classify().punt, MCR_PUNT_MLD);
		frame[frame_len - 1] ^= 1;
		mcr_write_be16(frame + tunnel + 6, 0);
		assert_drop(BAD_CHECKSUM);
	}
	begin_gre(0);
	put_ipv6(LINK_LOCAL, MLD_ROUTERS, NEXT_ICMP);
	put_bytes("\x8f\0\0\0\0\0\0", 7);
	end_ipv6();
	assert_drop(MALFORMED);
}

static void
pings_of_all_routers_are_for_the_hub(void **state)
{
	struct mcr_packet packet;

	(void)state;
	for (unsigned int framed = 0; framed < 2; framed++) {
		if (framed)
			begin_vxlan(ipv6_mac);
		else
			begin_gre(0);
		put_icmp(ALL_ROUTERS_OF_IPV6, ECHO_REQUEST, false);
		packet = classify();
		assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
		assert_int_equal(packet.punt, MCR_PUNT_ICMP_ECHO);
		assert_int_equal(packet.inner_offset, inner);
		assert_int_equal(packet.inner_len, frame_len - inner);
	}
	frame[frame_len - 1] ^= 1;
	mcr_write_be16(frame + tunnel + 6, 0);
	assert_drop(BAD_CHECKSUM);
}

static void
other_messages_to_all_routers_are_data(void **state)
{
	(void)state;
	begin_gre(0);
	put_icmp(ALL_ROUTERS_OF_IPV6, ECHO_REQUEST, true);
	assert_int_equal(classify().verdict, MCR_VERDICT_DATA_IPV6);
	begin_gre(0);
	put_icmp(ALL_ROUTERS_OF_IPV6, ECHO_REQUEST + 1, false);
	assert_int_equal(classify().verdict, MCR_VERDICT_DATA_IPV6);
	begin_gre(0);
	put_icmp(OTHER_OF_LINK, ECHO_REQUEST, false);
	assert_int_equal(classify().verdict, MCR_VERDICT_DATA_IPV6);
}

static void
assert_is_local(void)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, is_framed ? MCR_VERDICT_SEGMENT : MCR_VERDICT_LOCAL_IPV6);
	assert_int_equal(packet.inner_len, is_framed ? 0 : frame_len - inner);
}

static void
neighbour_discovery_stays_on_its_link(void **state)
{
	(void)state;
	for (uint8_t type = 133; type <= 137; type++) {
		begin_gre(0);
		put_icmp(ALL_NODES, type, false);
		assert_is_local();
		begin_vxlan(ipv6_mac);
		put_icmp(ALL_NODES, type, false);
		assert_is_local();
	}
	begin_vxlan(ipv6_mac);
	put_datagram(HOST, SOLICITED);
	assert_is_local();
	begin_gre(0);
	put_datagram(HOST, SOLICITED);
	assert_is_local();
}

/* RFC 4291 2.5.6: no router forwards it, whatever the scope of the group. */
static void
link_local_sources_stay_on_their_link(void **state)
{
	(void)state;
	begin_gre(0);
	put_datagram(LINK_LOCAL, WIDE);
	assert_is_local();
	begin_vxlan(ipv6_mac);
	put_datagram("febf::1", "ff05::1");
	assert_is_local();
	begin_vxlan(ipv6_mac);
	put_datagram("::", WIDE);
	assert_is_local();
	begin_vxlan(ipv6_mac);
	put_datagram("fec0::1", WIDE);
	assert_is_data();
	begin_vxlan(ipv6_mac);
	put_datagram("::2", WIDE);
	assert_is_data();
}

static void
pings_of_all_nodes_are_data(void **state)
{
	(void)state;
	begin_vxlan(ipv6_mac);
	put_icmp(ALL_NODES, 128, false);
	assert_is_data();
	begin_vxlan(ipv6_mac);
	put_ipv6(HOST, ALL_NODES, NEXT_ICMP);
	end_ipv6();
	assert_is_data();
}

static void
unicast_stays_on_its_link(void **state)
{
	(void)state;
	begin_gre(0);
	put_datagram(HOST, "2001:db8::c");
	assert_is_local();
	begin_vxlan(sender_mac);
	put_datagram(HOST, "2001:db8::c");
	assert_is_local();
	begin_vxlan(sender_mac);
	put_datagram(HOST, WIDE);
	assert_is_local();
	begin_vxlan(sender_mac);
	put_icmp(WIDE, 131, true);
	assert_is_local();
}

/* RFC 2983 and RFC 6040 apply to IPv6 as well. */
static void
dscp_and_ecn_are_passed_on(void **state)
{
	struct mcr_packet packet;

	(void)state;
	begin_gre(0);
	put_datagram(HOST, WIDE);
	mcr_write_be16(frame + inner, 0x6000 | 0xba << 4);
	packet = classify();
	assert_int_equal(packet.tos, 0xba);
	assert_false(packet.mark_ce);
	begin_gre(3);
	put_datagram(HOST, WIDE);
	mcr_write_be16(frame + inner, 0x6000 | 0xba << 4);
	packet = classify();
	assert_int_equal(packet.tos, 0xbb);
	assert_true(packet.mark_ce);
	mcr_write_be16(frame + inner, 0x6000 | 0xb8 << 4);
	assert_drop(MALFORMED);
}

static void
gre_checksum_covers_it(void **state)
{
	(void)state;
	begin_gre(0);
	mcr_write_be16(frame + tunnel, MCR_GRE_CHECKSUM_PRESENT);
	put_zeros(4);
	inner = frame_len;
	put_datagram(HOST, WIDE);
	fix_checksum(tunnel, frame_len - tunnel, tunnel + 4);
	assert_is_data();
	frame[frame_len - 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_frame)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(multicast_is_data),
		TEST(padding_does_not_count),
		TEST(extension_headers_and_fragments_are_data),
		TEST(cut_packets_are_malformed),
		TEST(cut_options_are_malformed),
		TEST(addresses_that_no_wire_has_are_malformed),
		TEST(mld_is_for_the_control_lcore),
		TEST(pings_of_all_routers_are_for_the_hub),
		TEST(other_messages_to_all_routers_are_data),
		TEST(neighbour_discovery_stays_on_its_link),
		TEST(link_local_sources_stay_on_their_link),
		TEST(pings_of_all_nodes_are_data),
		TEST(unicast_stays_on_its_link),
		TEST(dscp_and_ecn_are_passed_on),
		TEST(gre_checksum_covers_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
