/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static void
assert_punt(enum mcr_punt_kind punt)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, punt);
}

static uint32_t
put_l2_data(void)
{
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	return put_packet(SENDER, GROUP, IPPROTO_UDP);
}

static void
multicast_to_the_hubs_mac_is_data(void **state)
{
	const uint32_t ip = put_l2_data();
	struct mcr_packet packet;

	(void)state;
	frame[ip + 1] = 0xb9;
	frame[ip + 8] = 1;
	end_ipv4(ip);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.encap, MCR_ENCAP_L2);
	assert_int_equal(packet.inner_offset, 14);
	assert_int_equal(packet.inner_len, 52);
	assert_int_equal(packet.frame_len, 0);
	assert_int_equal(packet.outer_source, SENDER);
	assert_int_equal(packet.source, SENDER);
	assert_int_equal(packet.destination, GROUP);
	assert_int_equal(packet.tos, 0xb9);
	assert_int_equal(packet.ttl, 1);
	assert_int_equal(packet.protocol, IPPROTO_UDP);
	assert_false(packet.has_key);
	assert_false(packet.broadcast);
	assert_false(packet.mark_ce);
	assert_memory_equal(&packet.source_mac, sender_mac, 6);
}

static void
put_tagged(uint16_t tag)
{
	put_ethernet(hub_mac, RTE_ETHER_TYPE_VLAN);
	put_be16(tag);
	put_be16(RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, GROUP, IPPROTO_UDP);
}

static void
priority_tag_is_skipped_and_a_vlan_is_not_for_us(void **state)
{
	(void)state;
	put_tagged(0xf000);
	assert_verdict(DATA);
	assert_int_equal(classify().inner_offset, 18);

	set_up_frame(state);
	put_tagged(5);
	assert_drop(NOT_FOR_US);
	set_up_frame(state);
	put_tagged(0xf001);
	assert_drop(NOT_FOR_US);
	memcpy(frame + RTE_ETHER_ADDR_LEN, group_mac, RTE_ETHER_ADDR_LEN);
	assert_drop(MALFORMED);

	set_up_frame(state);
	put_tagged(0);
	mcr_write_be16(frame + 16, RTE_ETHER_TYPE_VLAN);
	assert_drop(NOT_FOR_US);
}

static void
arp_of_a_vlan_is_not_for_us(void **state)
{
	const uint32_t ethernet = put_ethernet(broadcast_mac, RTE_ETHER_TYPE_VLAN);

	(void)state;
	put_be16(0);
	put_be16(RTE_ETHER_TYPE_ARP);
	put_bytes("\0\1\x08\0\6\4\0\1", 8);
	put_zeros(20);
	assert_verdict(PUNT);
	frame[ethernet + RTE_ETHER_HDR_LEN + 1] = 5;
	assert_drop(NOT_FOR_US);
}

static void
ethernet_padding_is_not_part_of_the_packet(void **state)
{
	(void)state;
	put_l2_data();
	put_zeros(18);
	assert_verdict(DATA);
	assert_int_equal(classify().inner_len, 52);
}

static void
runt_frames_are_malformed(void **state)
{
	const uint32_t whole = (put_l2_data(), frame_len);

	(void)state;
	for (frame_len = 0; frame_len < whole; frame_len++)
		assert_drop(MALFORMED);
	assert_verdict(DATA);
}

static void
runt_frame_with_a_tag_is_malformed(void **state)
{
	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_VLAN);
	put_be16(0);
	assert_drop(MALFORMED);
	put_be16(RTE_ETHER_TYPE_IPV4);
	assert_drop(MALFORMED);
}

static void
another_hosts_mac_is_not_for_us(void **state)
{
	(void)state;
	put_l2_data();
	frame[5] ^= 1;
	assert_drop(NOT_FOR_US);
	memcpy(frame, group_mac, 6);
	assert_drop(NOT_FOR_US);
	memcpy(frame, broadcast_mac, 6);
	assert_drop(NOT_FOR_US);
}

static void
malformed_comes_before_not_for_us_and_that_before_the_checksum(void **state)
{
	const uint32_t ip = put_l2_data();

	(void)state;
	frame[ip + 10] ^= 1;
	assert_drop(BAD_CHECKSUM);
	frame[5] ^= 1;
	assert_drop(NOT_FOR_US);
	frame[ip] = 0x55;
	assert_drop(MALFORMED);
}

static void
other_ethertypes_are_not_for_us(void **state)
{
	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV6);
	put_zeros(40);
	assert_drop(NOT_FOR_US);
	mcr_write_be16(frame + 12, 46);
	assert_drop(NOT_FOR_US);
}

static void
group_source_mac_is_malformed(void **state)
{
	(void)state;
	put_l2_data();
	memcpy(frame + RTE_ETHER_ADDR_LEN, group_mac, RTE_ETHER_ADDR_LEN);
	assert_drop(MALFORMED);
}

static void
group_and_broadcast_sources_are_malformed(void **state)
{
	static const uint32_t sources[] = {GROUP, MCR_IPV4(224, 0, 0, 1), MCR_IPV4_BROADCAST};

	for (unsigned int i = 0; i < RTE_DIM(sources); i++) {
		set_up_frame(state);
		put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
		put_packet(sources[i], GROUP, IPPROTO_UDP);
		assert_drop(MALFORMED);
	}
}

/* Members over IPv6 have numbers there. */
static void
sources_in_this_network_are_nobodys(void **state)
{
	static const uint32_t sources[] = {0, 1, MCR_IPV4(0, 255, 255, 255)};

	for (unsigned int i = 0; i < RTE_DIM(sources); i++) {
		set_up_frame(state);
		put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
		put_packet(sources[i], GROUP, IPPROTO_UDP);
		assert_verdict(DATA);
		assert_int_equal(classify().outer_source, 0);
	}
	set_up_frame(state);
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(MCR_IPV4(1, 0, 0, 0), GROUP, IPPROTO_UDP);
	assert_int_equal(classify().outer_source, MCR_IPV4(1, 0, 0, 0));
}

static void
limited_and_directed_broadcast_are_data(void **state)
{
	static const uint32_t destinations[] = {MCR_IPV4_BROADCAST, HUB_SUBNET};

	for (unsigned int i = 0; i < RTE_DIM(destinations); i++) {
		set_up_frame(state);
		put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
		put_packet(0, destinations[i], IPPROTO_UDP);
		assert_verdict(DATA);
		assert_true(classify().broadcast);
	}
}

static void
address_0_is_not_the_directed_broadcast_of_a_31(void **state)
{
	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, 0, IPPROTO_UDP);
	port.broadcast = 0;
	assert_drop(NOT_FOR_US);
	port.broadcast = HUB_SUBNET;
}

static void
another_hosts_address_is_not_for_us(void **state)
{
	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, HUB + 1, IPPROTO_ICMP);
	assert_drop(NOT_FOR_US);
}

static void
other_protocols_to_the_hub_are_not_for_us(void **state)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_IPIP, 112, 255};

	for (unsigned int i = 0; i < RTE_DIM(protocols); i++) {
		set_up_frame(state);
		put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
		put_packet(SENDER, HUB, protocols[i]);
		assert_drop(NOT_FOR_US);
	}
}

/* Addresses alone decide, so fragments go where the whole datagram would. */
static void
fragments_and_any_protocol_to_a_group_are_data(void **state)
{
	uint32_t ip;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	ip = put_packet(SENDER, GROUP, 112);
	assert_verdict(DATA);
	mcr_write_be16(frame + ip + 6, RTE_IPV4_HDR_MF_FLAG | 185);
	fix_ipv4_checksum(ip);
	assert_verdict(DATA);

	set_up_frame(state);
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, GROUP, IPPROTO_GRE);
	assert_verdict(DATA);
}

static void
fragment_to_the_hub_has_the_verdict_fragment(void **state)
{
	static const uint8_t protocols[] = {IPPROTO_GRE, IPPROTO_UDP, IPPROTO_ICMP};

	for (unsigned int i = 0; i < RTE_DIM(protocols); i++) {
		uint32_t ip;

		set_up_frame(state);
		put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
		ip = put_packet(SENDER, HUB, protocols[i]);
		mcr_write_be16(frame + ip + 6, 3);
		fix_ipv4_checksum(ip);
		assert_verdict(FRAGMENT);
		assert_int_equal(classify().inner_offset, ip);
		frame[ip + 10] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
}

static uint32_t
put_arp(const uint8_t *destination)
{
	put_ethernet(destination, RTE_ETHER_TYPE_ARP);
	put_bytes("\0\1\x08\0\6\4\0\1", 8);
	return put_zeros(20) - 8;
}

static void
arp_to_all_and_to_the_hub_is_punted(void **state)
{
	const uint32_t arp = put_arp(broadcast_mac);

	(void)state;
	put_zeros(18);
	assert_punt(MCR_PUNT_ARP);
	assert_int_equal(classify().inner_offset, arp);
	assert_int_equal(classify().inner_len, 28);
	memcpy(frame, hub_mac, 6);
	assert_punt(MCR_PUNT_ARP);
	frame[5] ^= 1;
	assert_drop(NOT_FOR_US);
}

static void
short_arp_is_malformed_and_other_hardware_not_for_us(void **state)
{
	const uint32_t arp = put_arp(hub_mac);

	(void)state;
	frame[arp + 1] = 6;
	assert_drop(NOT_FOR_US);
	frame_len--;
	assert_drop(MALFORMED);
}

static uint32_t
put_icmp(uint32_t destination, uint8_t type)
{
	uint32_t ip, icmp;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	ip = put_ipv4(SENDER, destination, IPPROTO_ICMP);
	icmp = put_zeros(8 + 33);
	frame[icmp] = type;
	fix_checksum(icmp, 8 + 33, icmp + 2);
	end_ipv4(ip);
	return icmp;
}

static uint32_t
put_ping(uint8_t type)
{
	return put_icmp(HUB, type);
}

static void
echo_request_to_all_routers_is_punted(void **state)
{
	const uint32_t icmp = put_icmp(ALL_ROUTERS, 8);

	(void)state;
	assert_punt(MCR_PUNT_ICMP_ECHO);
	assert_int_equal(classify().destination, ALL_ROUTERS);
	frame[icmp + 40] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
everything_else_to_all_routers_is_data(void **state)
{
	const uint8_t router_solicitation = 10;

	put_icmp(ALL_ROUTERS, router_solicitation);
	assert_verdict(DATA);
	set_up_frame(state);
	frame[put_icmp(ALL_ROUTERS, 8) + 1] = 1;
	assert_verdict(DATA);
	set_up_frame(state);
	put_icmp(ALL_ROUTERS - 1, 8);
	assert_verdict(DATA);
	set_up_frame(state);
	put_icmp(ALL_ROUTERS, 8);
	frame[14 + 6] = RTE_IPV4_HDR_MF_FLAG >> 8;
	fix_ipv4_checksum(14);
	assert_verdict(DATA);
	set_up_frame(state);
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	end_ipv4(put_ipv4(SENDER, ALL_ROUTERS, IPPROTO_ICMP));
	assert_verdict(DATA);
	set_up_frame(state);
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, ALL_ROUTERS, 0);
	assert_verdict(DATA);
}

static void
echo_request_to_the_hub_is_punted(void **state)
{
	const uint32_t icmp = put_ping(8);

	(void)state;
	assert_punt(MCR_PUNT_ICMP_ECHO);
	assert_int_equal(classify().inner_offset, 14);
	frame[icmp + 40] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
fragmentation_needed_is_punted(void **state)
{
	static const uint8_t fragmentation_needed = 4;
	uint32_t icmp = put_ping(3);

	(void)state;
	assert_drop(NOT_FOR_US);
	frame[icmp + 1] = fragmentation_needed;
	fix_checksum(icmp, 8 + 33, icmp + 2);
	assert_punt(MCR_PUNT_TOO_BIG);
	assert_int_equal(classify().inner_offset, 14);
	frame[icmp + 7] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
other_icmp_to_the_hub_is_not_for_us_and_short_one_malformed(void **state)
{
	uint32_t ip;

	put_ping(0);
	assert_drop(NOT_FOR_US);
	set_up_frame(state);
	frame[put_ping(8) + 1] = 1;
	assert_drop(NOT_FOR_US);
	set_up_frame(state);
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	ip = put_ipv4(SENDER, HUB, IPPROTO_ICMP);
	put_bytes("\x08\0\0\0\0\0\0", 7);
	end_ipv4(ip);
	assert_drop(MALFORMED);
}

static void
igmp_is_punted_for_any_mac_and_destination(void **state)
{
	static const uint32_t destinations[] = {GROUP, MCR_IPV4(224, 0, 0, 22), HUB, HUB_SUBNET};

	for (unsigned int i = 0; i < RTE_DIM(destinations); i++) {
		set_up_frame(state);
		put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
		put_igmp_report(SENDER, destinations[i]);
		assert_punt(MCR_PUNT_IGMP);
	}
}

static void
igmp_with_a_wrong_checksum_is_refused(void **state)
{
	(void)state;
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	frame[put_igmp_report(SENDER, GROUP) + 20 + 7] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
short_and_fragmented_igmp_is_malformed(void **state)
{
	uint32_t ip;

	(void)state;
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	ip = put_igmp_report(SENDER, GROUP);
	mcr_write_be16(frame + ip + 6, RTE_IPV4_HDR_MF_FLAG);
	fix_ipv4_checksum(ip);
	assert_drop(MALFORMED);
	mcr_write_be16(frame + ip + 6, 0);
	mcr_write_be16(frame + ip + 2, 27);
	fix_ipv4_checksum(ip);
	assert_drop(MALFORMED);
}

/* RFC 9776 5: a report may be sent to the hub's own address, but to no other host's. */
static void
igmp_to_another_hosts_address_is_not_for_us(void **state)
{
	(void)state;
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	put_igmp_report(SENDER, HUB + 1);
	assert_drop(NOT_FOR_US);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_frame)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(multicast_to_the_hubs_mac_is_data),
		TEST(priority_tag_is_skipped_and_a_vlan_is_not_for_us),
		TEST(arp_of_a_vlan_is_not_for_us),
		TEST(ethernet_padding_is_not_part_of_the_packet),
		TEST(runt_frames_are_malformed),
		TEST(runt_frame_with_a_tag_is_malformed),
		TEST(another_hosts_mac_is_not_for_us),
		TEST(malformed_comes_before_not_for_us_and_that_before_the_checksum),
		TEST(other_ethertypes_are_not_for_us),
		TEST(group_source_mac_is_malformed),
		TEST(group_and_broadcast_sources_are_malformed),
		TEST(sources_in_this_network_are_nobodys),
		TEST(limited_and_directed_broadcast_are_data),
		TEST(address_0_is_not_the_directed_broadcast_of_a_31),
		TEST(another_hosts_address_is_not_for_us),
		TEST(other_protocols_to_the_hub_are_not_for_us),
		TEST(fragments_and_any_protocol_to_a_group_are_data),
		TEST(fragment_to_the_hub_has_the_verdict_fragment),
		TEST(arp_to_all_and_to_the_hub_is_punted),
		TEST(short_arp_is_malformed_and_other_hardware_not_for_us),
		TEST(echo_request_to_the_hub_is_punted),
		TEST(echo_request_to_all_routers_is_punted),
		TEST(everything_else_to_all_routers_is_data),
		TEST(fragmentation_needed_is_punted),
		TEST(other_icmp_to_the_hub_is_not_for_us_and_short_one_malformed),
		TEST(igmp_is_punted_for_any_mac_and_destination),
		TEST(igmp_with_a_wrong_checksum_is_refused),
		TEST(short_and_fragmented_igmp_is_malformed),
		TEST(igmp_to_another_hosts_address_is_not_for_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
