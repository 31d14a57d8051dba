/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

#define UNTAGGED (-1)
#define OF_VLAN_5 5
#define URGENT 0xe000

#define MTRACE 0x1f
#define REPORT 0x16

static uint32_t udp, outer, inner_frame, inner, igmp;

static void
begin_segment_frame(const uint8_t *mac, int tag)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(VXLAN_PORT);
	put_vxlan(42);
	inner_frame =
		put_ethernet(mac, tag == UNTAGGED ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_VLAN);
	if (tag != UNTAGGED) {
		put_be16(tag);
		put_be16(RTE_ETHER_TYPE_IPV4);
	}
}

static void
end_segment_frame(void)
{
	end_udp(udp);
	end_ipv4(outer);
}

static void
put_tagged(int tag, uint32_t destination)
{
	begin_segment_frame(group_mac, tag);
	inner = put_packet(OVERLAY, destination, IPPROTO_UDP);
	end_segment_frame();
}

static void
put_igmp(uint8_t type, uint32_t destination)
{
	inner = put_ipv4(OVERLAY, destination, IPPROTO_IGMP);
	igmp = put_zeros(8);
	frame[igmp] = type;
	fix_checksum(igmp, 8, igmp + 2);
	end_ipv4(inner);
}

static void
put_framed_igmp(const uint8_t *mac, uint8_t type, uint32_t destination)
{
	begin_segment_frame(mac, UNTAGGED);
	put_igmp(type, destination);
	end_segment_frame();
}

static void
put_gre_igmp(uint8_t type, uint32_t destination)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_igmp(type, destination);
	end_ipv4(outer);
}

static void
inner_priority_tag_is_skipped(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_tagged(URGENT, GROUP);
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_true(packet.has_priority_tag);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.frame_offset, inner_frame + 4);
	assert_int_equal(packet.frame_offset + RTE_ETHER_HDR_LEN, inner);
	assert_int_equal(packet.frame_len, frame_len - inner_frame - 4);
	put_tagged(UNTAGGED, GROUP);
	assert_false(classify().has_priority_tag);

	begin_segment_frame(group_mac, 0);
	put_igmp(REPORT, GROUP);
	end_segment_frame();
	assert_verdict(PUNT);
}

static void
priority_tagged_arp_and_ipv6_stay_in_their_segment(void **state)
{
	struct mcr_packet packet;

	(void)state;
	begin_segment_frame(broadcast_mac, 0);
	mcr_write_be16(frame + frame_len - 2, RTE_ETHER_TYPE_ARP);
	put_zeros(28);
	end_segment_frame();
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_SEGMENT);
	assert_int_equal(packet.frame_len, RTE_ETHER_HDR_LEN + 28);

	begin_segment_frame(group_mac, 0);
	mcr_write_be16(frame + frame_len - 2, RTE_ETHER_TYPE_IPV6);
	frame[put_zeros(40)] = 0x60;
	end_segment_frame();
	assert_verdict(SEGMENT);
}

/* RFC 7348 6.1: only stations of that VLAN look inside. */
static void
inner_frame_of_a_vlan_stays_in_its_segment(void **state)
{
	(void)state;
	put_tagged(OF_VLAN_5, GROUP);
	assert_verdict(SEGMENT);
	assert_int_equal(classify().inner_len, 0);
	assert_false(classify().has_priority_tag);
	assert_int_equal(classify().frame_offset, inner_frame);
}

static void
frame_cut_inside_its_tag_is_malformed(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < 4; len++) {
		begin_segment_frame(group_mac, 0);
		frame_len -= 4 - len;
		end_segment_frame();
		assert_drop(MALFORMED);
	}
}

/* RFC 4541 2.1.1 (4): a switch floods unknown IGMP types. */
static void
unknown_igmp_stays_in_its_segment(void **state)
{
	static const uint8_t types[] = {0, 0x13, 0x14, 0x1e, MTRACE, 0x30, 0x31, 0x32, 0xff};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		put_framed_igmp(group_mac, types[i], MCR_IPV4(224, 0, 0, 106));
		assert_verdict(SEGMENT);
		frame[igmp + 2] ^= 1;
		assert_verdict(SEGMENT);
		frame[inner + 10] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
}

static void
later_fragments_of_igmp_stay_in_their_segment(void **state)
{
	(void)state;
	put_framed_igmp(group_mac, REPORT, GROUP);
	mcr_write_be16(frame + inner + 6, 3);
	fix_ipv4_checksum(inner);
	assert_verdict(SEGMENT);
	mcr_write_be16(frame + inner + 6, RTE_IPV4_HDR_MF_FLAG);
	fix_ipv4_checksum(inner);
	assert_drop(MALFORMED);
}

static void
known_igmp_is_punted(void **state)
{
	static const uint8_t types[] = {0x11, 0x12, REPORT, 0x17, 0x22};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		put_framed_igmp(group_mac, types[i], GROUP);
		assert_verdict(PUNT);
		frame[igmp + 2] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
	begin_segment_frame(group_mac, UNTAGGED);
	end_ipv4(put_ipv4(OVERLAY, GROUP, IPPROTO_IGMP));
	end_segment_frame();
	assert_drop(MALFORMED);
}

/* Like all unicast: by MAC in a segment, by overlay address out of GRE. */
static void
unicast_igmp_is_classified_like_other_unicast(void **state)
{
	(void)state;
	put_framed_igmp(sender_mac, REPORT, OVERLAY + 1);
	assert_verdict(SEGMENT);
	put_framed_igmp(sender_mac, REPORT, GROUP);
	frame[igmp + 2] ^= 1;
	assert_verdict(SEGMENT);
	put_gre_igmp(0x1e, OVERLAY + 1);
	assert_verdict(UNICAST);
	put_gre_igmp(REPORT, OVERLAY + 1);
	assert_verdict(UNICAST);
}

/* GRE has no segment to flood: the IGMP library counts it. */
static void
unknown_igmp_to_a_group_out_of_gre_is_punted(void **state)
{
	(void)state;
	put_gre_igmp(MTRACE, GROUP);
	assert_verdict(PUNT);
	frame[igmp + 2] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static struct mcr_packet
classify_for_hub(void)
{
	struct mcr_packet packet = classify();

	mcr_classify_for_hub(frame, &packet);
	return packet;
}

static void
igmp_to_the_hubs_own_address_is_punted(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_gre_igmp(REPORT, OVERLAY + 1);
	packet = classify_for_hub();
	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, MCR_PUNT_IGMP);
	frame[igmp + 2] ^= 1;
	packet = classify_for_hub();
	assert_int_equal(packet.verdict, MCR_VERDICT_DROP);
	assert_int_equal(packet.drop, MCR_DROP_BAD_CHECKSUM);
	put_framed_igmp(hub_mac, MTRACE, OVERLAY + 1);
	assert_int_equal(classify_for_hub().verdict, MCR_VERDICT_PUNT);
}

/* A member may use the hub as its gateway for groups. */
static void
known_igmp_to_a_group_in_a_frame_to_the_hub_is_punted(void **state)
{
	(void)state;
	put_framed_igmp(hub_mac, REPORT, GROUP);
	assert_int_equal(classify_for_hub().verdict, MCR_VERDICT_PUNT);
	put_framed_igmp(hub_mac, MTRACE, GROUP);
	assert_int_equal(classify_for_hub().verdict, MCR_VERDICT_SEGMENT);
	begin_segment_frame(hub_mac, UNTAGGED);
	put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_segment_frame();
	assert_int_equal(classify_for_hub().verdict, MCR_VERDICT_SEGMENT);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_frame)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(inner_priority_tag_is_skipped),
		TEST(priority_tagged_arp_and_ipv6_stay_in_their_segment),
		TEST(inner_frame_of_a_vlan_stays_in_its_segment),
		TEST(frame_cut_inside_its_tag_is_malformed),
		TEST(unknown_igmp_stays_in_its_segment),
		TEST(later_fragments_of_igmp_stay_in_their_segment),
		TEST(known_igmp_is_punted),
		TEST(unicast_igmp_is_classified_like_other_unicast),
		TEST(unknown_igmp_to_a_group_out_of_gre_is_punted),
		TEST(igmp_to_the_hubs_own_address_is_punted),
		TEST(known_igmp_to_a_group_in_a_frame_to_the_hub_is_punted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
