/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static uint32_t outer, udp, tunnel, inner_frame, inner;

/* GRE to the hub with the options of @p flags and the key 0x01020304. */
static void
put_gre_packet(uint16_t flags, uint32_t destination)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	tunnel = put_gre(flags, RTE_ETHER_TYPE_IPV4);
	if ((flags & MCR_GRE_CHECKSUM_PRESENT) != 0)
		put_zeros(4);
	if ((flags & MCR_GRE_KEY_PRESENT) != 0)
		put_bytes("\1\2\3\4", 4);
	if ((flags & MCR_GRE_SEQUENCE_PRESENT) != 0)
		put_bytes("\0\0\0\1", 4);
	inner = put_packet(OVERLAY, destination, IPPROTO_UDP);
	if ((flags & MCR_GRE_CHECKSUM_PRESENT) != 0)
		fix_checksum(tunnel, frame_len - tunnel, tunnel + 4);
	end_ipv4(outer);
}

static void
put_gre_udp_packet(uint16_t udp_port)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(udp_port);
	tunnel = put_gre(0, RTE_ETHER_TYPE_IPV4);
	inner = put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_udp(udp);
	end_ipv4(outer);
}

static void
put_vxlan_packet(const uint8_t *mac, uint32_t destination)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(VXLAN_PORT);
	tunnel = put_vxlan(0x123456);
	inner_frame = put_ethernet(mac, RTE_ETHER_TYPE_IPV4);
	inner = put_packet(OVERLAY, destination, IPPROTO_UDP);
	end_udp(udp);
	end_ipv4(outer);
}

static void
set_tos(uint8_t outer_tos, uint8_t inner_tos)
{
	frame[outer + 1] = outer_tos;
	frame[inner + 1] = inner_tos;
	fix_ipv4_checksum(outer);
	fix_ipv4_checksum(inner);
}

static void
multicast_inside_gre_is_data(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_gre_packet(0, GROUP);
	put_zeros(7);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.encap, MCR_ENCAP_GRE);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.inner_len, 52);
	assert_int_equal(packet.outer_source, SENDER);
	assert_int_equal(packet.source, OVERLAY);
	assert_int_equal(packet.destination, GROUP);
	assert_int_equal(packet.protocol, IPPROTO_UDP);
	assert_false(packet.has_key);
	assert_int_equal(packet.udp_port, 0);
	assert_int_equal(packet.frame_len, 0);
}

static void
gre_key_is_read_and_zero_is_a_key(void **state)
{
	(void)state;
	put_gre_packet(MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT, GROUP);
	assert_verdict(DATA);
	assert_true(classify().has_key);
	assert_int_equal(classify().key, 0x01020304);
	memset(frame + tunnel + 4, 0, 4);
	assert_true(classify().has_key);
	assert_int_equal(classify().key, 0);
}

static void
broadcast_inside_gre_is_data_and_unicast_is_unicast(void **state)
{
	(void)state;
	put_gre_packet(0, MCR_IPV4_BROADCAST);
	assert_verdict(DATA);
	assert_true(classify().broadcast);
	put_gre_packet(0, OVERLAY + 1);
	assert_verdict(UNICAST);
	assert_false(classify().broadcast);
}

static void
igmp_inside_gre_is_punted(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	inner = put_igmp_report(OVERLAY, MCR_IPV4(224, 0, 0, 22));
	end_ipv4(outer);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, MCR_PUNT_IGMP);
	assert_int_equal(packet.encap, MCR_ENCAP_GRE);
	frame[inner + 20 + 7] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
echo_to_all_routers_inside_gre_is_punted(void **state)
{
	struct mcr_packet packet;
	uint32_t icmp;

	(void)state;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	inner = put_ipv4(OVERLAY, ALL_ROUTERS, IPPROTO_ICMP);
	icmp = put_zeros(8);
	frame[icmp] = 8;
	fix_checksum(icmp, 8, icmp + 2);
	end_ipv4(inner);
	end_ipv4(outer);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, MCR_PUNT_ICMP_ECHO);
	assert_int_equal(packet.encap, MCR_ENCAP_GRE);
	assert_int_equal(packet.inner_len, 28);
}

static void
inner_fragments_are_data(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	mcr_write_be16(frame + inner + 6, RTE_IPV4_HDR_MF_FLAG | 100);
	fix_ipv4_checksum(inner);
	assert_verdict(DATA);
}

/* RFC 2784 2.1: the checksum covers the GRE header and the payload. */
static void
gre_with_a_wrong_checksum_is_refused(void **state)
{
	(void)state;
	put_gre_packet(MCR_GRE_CHECKSUM_PRESENT | MCR_GRE_KEY_PRESENT, GROUP);
	assert_verdict(DATA);
	frame[frame_len - 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
	frame[frame_len - 1] ^= 1;
	frame[tunnel + 8] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
inner_and_outer_header_checksums_are_verified(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	frame[inner + 8] ^= 1;
	assert_drop(BAD_CHECKSUM);
	put_gre_packet(0, GROUP);
	frame[outer + 8] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
malformed_inside_precedes_checksums_outside(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	frame[outer + 10] ^= 1;
	frame[inner] = 0x44;
	assert_drop(MALFORMED);
	put_gre_packet(0, GROUP);
	frame[outer + 10] ^= 1;
	mcr_write_be16(frame + tunnel + 2, RTE_ETHER_TYPE_ARP);
	assert_drop(NOT_FOR_US);
}

static void
arp_inside_gre_is_not_for_us_and_version_1_malformed(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	mcr_write_be16(frame + tunnel + 2, RTE_ETHER_TYPE_ARP);
	assert_drop(NOT_FOR_US);
	frame[tunnel + 1] = 1;
	assert_drop(MALFORMED);
}

static void
forged_inner_length_is_malformed(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	mcr_write_be16(frame + inner + 2, 53);
	fix_ipv4_checksum(inner);
	put_zeros(8);
	assert_drop(MALFORMED);
}

static void
every_truncation_of_a_tunnel_is_malformed(void **state)
{
	(void)state;
	for (uint32_t cut = 1; cut <= 52 + 16; cut++) {
		put_gre_packet(0xb000, GROUP);
		frame_len -= cut;
		end_ipv4(outer);
		assert_drop(MALFORMED);
	}
}

static void
group_source_inside_a_tunnel_is_malformed(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	mcr_write_be32(frame + inner + 12, GROUP);
	fix_ipv4_checksum(inner);
	assert_drop(MALFORMED);
}

static void
outer_ce_is_marked_inside(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	set_tos(0x03, 0xb8 | 0x02);
	assert_verdict(DATA);
	assert_true(classify().mark_ce);
	assert_int_equal(classify().tos, 0xb8 | 0x03);
	set_tos(0x03, 0x01);
	assert_true(classify().mark_ce);
	set_tos(0x03, 0x03);
	assert_verdict(DATA);
	assert_false(classify().mark_ce);
	set_tos(0x02, 0x02);
	assert_false(classify().mark_ce);
	assert_int_equal(classify().tos, 0x02);
}

static void
outer_ce_over_a_packet_without_ecn_is_malformed(void **state)
{
	(void)state;
	put_gre_packet(0, GROUP);
	set_tos(0x03, 0xb8);
	assert_drop(MALFORMED);
}

static void
gre_udp_is_accepted_on_its_ports_only(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_gre_udp_packet(GRE_PORT);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.encap, MCR_ENCAP_GRE_UDP);
	assert_int_equal(packet.udp_port, GRE_PORT);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.outer_source, SENDER);
	put_gre_udp_packet(GRE_PORT + 1);
	assert_drop(NOT_FOR_US);
	port.udp_encaps = NULL;
	put_gre_udp_packet(GRE_PORT);
	assert_drop(NOT_FOR_US);
	port.udp_encaps = udp_encaps;
}

static void
put_udp_checksum(rte_be16_t checksum)
{
	memcpy(frame + udp + 6, &checksum, sizeof(checksum));
}

static rte_be16_t
sum_of_udp(void)
{
	put_udp_checksum(0);
	return mcr_ipv4_checksum(frame + outer, frame + udp, frame_len - udp, IPPROTO_UDP);
}

/* RFC 8086 6.1. A kernel leaves the sum of the pseudo header to its device. */
static void
a_udp_checksum_is_verified_if_there_is_one(void **state)
{
	static const uint8_t nothing[sizeof(frame)];
	const uint16_t ports[] = {GRE_PORT, RELAY_PORT};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
		put_gre_udp_packet(ports[i]);
		put_udp_checksum(sum_of_udp());
		assert_int_not_equal(classify().verdict, MCR_VERDICT_DROP);
		frame[udp + 7] ^= 1;
		assert_drop(BAD_CHECKSUM);
		put_gre_udp_packet(ports[i]);
		put_udp_checksum((rte_be16_t)~mcr_ipv4_checksum(
			frame + outer, nothing, frame_len - udp, IPPROTO_UDP));
		assert_int_not_equal(classify().verdict, MCR_VERDICT_DROP);
	}
}

/* The gateway's address and both ports identify a tunnel; the message is not parsed here. */
static void
amt_messages_are_punted_with_both_ports(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_gre_udp_packet(RELAY_PORT);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, MCR_PUNT_AMT);
	assert_int_equal(packet.encap, MCR_ENCAP_AMT);
	assert_int_equal(packet.outer_source, SENDER);
	assert_int_equal(packet.udp_port, 0xc001);
	assert_int_equal(packet.key, RELAY_PORT);
	assert_false(packet.has_key);
	assert_int_equal(packet.inner_offset, outer);
	assert_int_equal(packet.inner_len, frame_len - outer);

	mcr_write_be16(frame + udp, 0);
	assert_drop(MALFORMED);
	put_gre_udp_packet(RELAY_PORT);
	frame[outer + 8]++;
	assert_drop(BAD_CHECKSUM);
}

static void
udp_length_bounds_the_inner_packet(void **state)
{
	(void)state;
	put_gre_udp_packet(GRE_PORT);
	mcr_write_be16(frame + udp + 4, frame_len - udp - 1);
	assert_drop(MALFORMED);
	mcr_write_be16(frame + udp + 4, frame_len - udp + 1);
	assert_drop(MALFORMED);
	mcr_write_be16(frame + udp + 4, 7);
	assert_drop(MALFORMED);
}

static void
multicast_in_a_segment_is_data_with_its_frame(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_vxlan_packet(group_mac, GROUP);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.encap, MCR_ENCAP_VXLAN);
	assert_int_equal(packet.key, 0x123456);
	assert_false(packet.has_key);
	assert_int_equal(packet.udp_port, VXLAN_PORT);
	assert_int_equal(packet.frame_offset, inner_frame);
	assert_int_equal(packet.frame_len, 14 + 52);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.inner_len, 52);
	assert_int_equal(packet.source, OVERLAY);
	put_vxlan_packet(broadcast_mac, MCR_IPV4_BROADCAST);
	assert_verdict(DATA);
	assert_true(classify().broadcast);
}

/* RFC 7348 5. */
static void
a_vxlan_checksum_is_not_verified(void **state)
{
	(void)state;
	put_vxlan_packet(group_mac, GROUP);
	frame[udp + 7] ^= 1;
	assert_int_equal(classify().verdict, MCR_VERDICT_DATA);
}

static void
unicast_frames_with_any_payload_stay_in_their_segment(void **state)
{
	(void)state;
	put_vxlan_packet(sender_mac, OVERLAY + 1);
	assert_verdict(SEGMENT);
	assert_int_equal(classify().destination, OVERLAY + 1);
	put_vxlan_packet(sender_mac, GROUP);
	assert_verdict(SEGMENT);
	put_vxlan_packet(sender_mac, MCR_IPV4_BROADCAST);
	assert_verdict(SEGMENT);
	assert_false(classify().broadcast);
}

static void
other_ethertypes_stay_in_their_segment(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_vxlan_packet(broadcast_mac, GROUP);
	mcr_write_be16(frame + inner_frame + 12, RTE_ETHER_TYPE_ARP);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_SEGMENT);
	assert_int_equal(packet.frame_offset, inner_frame);
	assert_int_equal(packet.frame_len, 14 + 52);
	assert_int_equal(packet.inner_len, 0);
	assert_int_equal(packet.source, 0);
	assert_int_equal(packet.destination, 0);
}

/* IEEE 802.3 3.2.3: the hub would learn this address. */
static void
a_frame_from_a_group_or_zero_mac_is_malformed(void **state)
{
	(void)state;
	put_vxlan_packet(group_mac, GROUP);
	frame[inner_frame + 6] |= 1;
	assert_drop(MALFORMED);
	put_vxlan_packet(sender_mac, OVERLAY);
	memset(frame + inner_frame + 6, 0, 6);
	assert_drop(MALFORMED);
}

static void
vxlan_without_its_flag_or_a_whole_frame_is_malformed(void **state)
{
	(void)state;
	put_vxlan_packet(group_mac, GROUP);
	frame[tunnel] = 0;
	assert_drop(MALFORMED);
	put_vxlan_packet(group_mac, GROUP);
	mcr_write_be16(frame + udp + 4, 8 + 8 + 13);
	assert_drop(MALFORMED);
	put_vxlan_packet(group_mac, GROUP);
	mcr_write_be16(frame + inner + 2, 53);
	assert_drop(MALFORMED);
}

static void
put_by_template(enum mcr_encap encap)
{
	const struct mcr_encap_path path = {
		.encap = encap,
		.next_hop_mac = port.mac,
		.source = SENDER,
		.destination = HUB,
		.has_key = encap != MCR_ENCAP_VXLAN,
		.key = 0x123456,
		.udp_port = encap == MCR_ENCAP_VXLAN ? VXLAN_PORT : GRE_PORT,
	};
	struct mcr_template t;

	assert_int_equal(mcr_template_build(&t, &path), 0);
	frame_len = MCR_ENCAP_HEADROOM;
	if (mcr_encap_has_segment(encap))
		put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	inner = put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	mcr_template_write(&t, frame + MCR_ENCAP_HEADROOM, frame_len - MCR_ENCAP_HEADROOM, 0, 7);
	frame_len -= MCR_ENCAP_HEADROOM - t.header_len;
	memmove(frame, frame + MCR_ENCAP_HEADROOM - t.header_len, frame_len);
}

static void
headers_written_by_templates_are_read_back(void **state)
{
	(void)state;
	for (enum mcr_encap encap = MCR_ENCAP_GRE; encap <= MCR_ENCAP_GRETAP; encap++) {
		struct mcr_packet packet;

		put_by_template(encap);
		packet = classify();
		assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
		assert_int_equal(packet.encap, encap);
		assert_int_equal(packet.key, 0x123456);
		assert_int_equal(packet.outer_source, SENDER);
		assert_int_equal(packet.source, OVERLAY);
		assert_int_equal(packet.destination, GROUP);
		assert_int_equal(packet.inner_offset + packet.inner_len, frame_len);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_frame)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(multicast_inside_gre_is_data),
		TEST(gre_key_is_read_and_zero_is_a_key),
		TEST(broadcast_inside_gre_is_data_and_unicast_is_unicast),
		TEST(igmp_inside_gre_is_punted),
		TEST(echo_to_all_routers_inside_gre_is_punted),
		TEST(inner_fragments_are_data),
		TEST(gre_with_a_wrong_checksum_is_refused),
		TEST(inner_and_outer_header_checksums_are_verified),
		TEST(malformed_inside_precedes_checksums_outside),
		TEST(arp_inside_gre_is_not_for_us_and_version_1_malformed),
		TEST(forged_inner_length_is_malformed),
		TEST(every_truncation_of_a_tunnel_is_malformed),
		TEST(group_source_inside_a_tunnel_is_malformed),
		TEST(outer_ce_is_marked_inside),
		TEST(outer_ce_over_a_packet_without_ecn_is_malformed),
		TEST(gre_udp_is_accepted_on_its_ports_only),
		TEST(a_udp_checksum_is_verified_if_there_is_one),
		TEST(amt_messages_are_punted_with_both_ports),
		TEST(udp_length_bounds_the_inner_packet),
		TEST(multicast_in_a_segment_is_data_with_its_frame),
		TEST(a_vxlan_checksum_is_not_verified),
		TEST(unicast_frames_with_any_payload_stay_in_their_segment),
		TEST(other_ethertypes_stay_in_their_segment),
		TEST(headers_written_by_templates_are_read_back),
		TEST(a_frame_from_a_group_or_zero_mac_is_malformed),
		TEST(vxlan_without_its_flag_or_a_whole_frame_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
