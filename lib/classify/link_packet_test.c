/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <mcr_address.h>

#include "frame.h"

#define PEER_ID 0xdeadbeef
#define SEQUENCE 0xfffffffe
#define KEY_AND_SEQUENCE (MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT)

#define ECN_CE 3
#define ECN_ECT 2

static uint32_t outer, udp, gre, records, inner, peer;

/* What is outside of GRE; the tests are the same for both families. */

#ifdef FAMILY_IPV6

#define OUTER_TYPE RTE_ETHER_TYPE_IPV6

static const struct in6_addr peer_address = {.s6_addr = {0x20, 1, 0x0d, 0xb8, [15] = 0x0b}};

static int
set_up_peer(void **state)
{
	port.has_ipv6 = true;
	port.address6 = peer_address;
	port.address6.s6_addr[15] = 0x0a;
	peer = mcr_address_get(&peer_address, MCR_IPV6_LENGTH);
	return set_up_frame(state);
}

static int
tear_down_peer(void **state)
{
	(void)state;
	mcr_address_drop(peer);
	return mcr_address_count() != 0;
}

static uint32_t
put_outer(uint8_t protocol)
{
	const uint32_t at = put_zeros(MCR_IPV6_HEADER_LEN);

	frame[at] = 0x60;
	frame[at + 6] = protocol;
	frame[at + 7] = 64;
	memcpy(frame + at + MCR_IPV6_SOURCE, &peer_address, sizeof(peer_address));
	memcpy(frame + at + MCR_IPV6_DESTINATION, &port.address6, sizeof(port.address6));
	return at;
}

static void
set_outer_tos(uint8_t tos)
{
	frame[outer] = 0x60 | tos >> 4;
	frame[outer + 1] = tos << 4;
}

static void
end_outer(void)
{
	rte_be16_t checksum;

	mcr_write_be16(frame + outer + 4, frame_len - outer - MCR_IPV6_HEADER_LEN);
	if (udp == 0)
		return;
	memset(frame + udp + 6, 0, 2);
	checksum = mcr_ipv6_checksum(
		frame + outer, frame + udp, mcr_read_be16(frame + udp + 4), IPPROTO_UDP);
	memcpy(frame + udp + 6, &checksum, sizeof(checksum));
}

static void
break_outer_checksum(void)
{
	frame[udp + 6] ^= 1;
}

/* The first one, with a header in front of UDP. */
static void
cut_outer(void)
{
	memmove(frame + udp + 8, frame + udp, frame_len - udp);
	memcpy(frame + udp, "\x11\0\0\1\0\0\0\1", 8);
	frame_len += 8;
	frame[outer + 6] = IPPROTO_FRAGMENT;
	mcr_write_be16(frame + outer + 4, frame_len - outer - MCR_IPV6_HEADER_LEN);
}

#else

#define OUTER_TYPE RTE_ETHER_TYPE_IPV4

static int
set_up_peer(void **state)
{
	peer = MCR_IPV4(10, 5, 0, 10);
	return set_up_frame(state);
}

static int
tear_down_peer(void **state)
{
	(void)state;
	return 0;
}

static uint32_t
put_outer(uint8_t protocol)
{
	return put_ipv4(peer, HUB, protocol);
}

static void
set_outer_tos(uint8_t tos)
{
	frame[outer + 1] = tos;
}

static void
end_outer(void)
{
	end_ipv4(outer);
}

static void
break_outer_checksum(void)
{
	frame[outer + 10] ^= 1;
}

static void
cut_outer(void)
{
	mcr_write_be16(frame + outer + 6, RTE_IPV4_HDR_MF_FLAG);
	fix_ipv4_checksum(outer);
}

#endif

static void
begin_link(uint16_t gre_flags, bool in_udp)
{
	frame_len = 0;
	put_ethernet(hub_mac, OUTER_TYPE);
	outer = put_outer(in_udp ? IPPROTO_UDP : IPPROTO_GRE);
	udp = in_udp ? put_udp(GRE_PORT) : 0;
	gre = put_gre(gre_flags, MCR_GRE_LINK);
	if ((gre_flags & MCR_GRE_CHECKSUM_PRESENT) != 0)
		put_zeros(4);
	if ((gre_flags & MCR_GRE_KEY_PRESENT) != 0)
		mcr_write_be32(frame + put_zeros(4), PEER_ID);
	if ((gre_flags & MCR_GRE_SEQUENCE_PRESENT) != 0)
		mcr_write_be32(frame + put_zeros(4), SEQUENCE);
	records = frame_len;
}

static void
end_link(void)
{
	if (udp != 0)
		end_udp(udp);
	if ((mcr_read_be16(frame + gre) & MCR_GRE_CHECKSUM_PRESENT) != 0)
		fix_checksum(gre, frame_len - gre, gre + 4);
	end_outer();
}

static uint32_t
put_record(enum mcr_link_kind kind, uint8_t flags)
{
	const struct mcr_link_record record = {
		.kind = kind,
		.flags = flags,
		.lane = 3,
		.member = SENDER,
		.vni = kind == MCR_LINK_FRAME ? 42 : 0,
	};
	const uint32_t at = put_zeros(MCR_LINK_RECORD_LEN);

	mcr_link_write_record(frame + at, &record);
	return at;
}

static void
end_record(uint32_t at)
{
	mcr_write_be16(frame + at + 2, frame_len - at - MCR_LINK_RECORD_LEN);
}

static void
put_record_of(uint8_t flags, uint32_t destination, uint8_t protocol)
{
	const uint32_t at = put_record(MCR_LINK_PACKET, flags);

	inner = put_packet(OVERLAY, destination, protocol);
	end_record(at);
}

static void
put_record_of_frame(uint8_t flags, const uint8_t *mac, uint32_t destination)
{
	const uint32_t at = put_record(MCR_LINK_FRAME, flags);

	put_ethernet(mac, RTE_ETHER_TYPE_IPV4);
	inner = put_packet(OVERLAY, destination, IPPROTO_UDP);
	end_record(at);
}

static void
put_link_of(uint8_t flags, uint32_t destination, uint8_t protocol)
{
	begin_link(KEY_AND_SEQUENCE, true);
	put_record_of(flags, destination, protocol);
	end_link();
}

static void
put_link_of_frame(uint8_t flags, const uint8_t *mac, uint32_t destination)
{
	begin_link(KEY_AND_SEQUENCE, false);
	put_record_of_frame(flags, mac, destination);
	end_link();
}

/* The packet of the record with this number. */
static struct mcr_packet
classify_record(unsigned int number)
{
	struct mcr_packet packet = classify();
	struct mcr_link_record record;
	uint32_t at = packet.inner_offset, end = at + packet.inner_len;
	uint8_t *const bytes = malloc(frame_len);

	assert_int_equal(packet.verdict, MCR_VERDICT_LINK);
	memcpy(bytes, frame, frame_len);
	do {
		assert_true(mcr_link_read_record(bytes, &at, end, &record));
	} while (number-- != 0);
	mcr_classify_link_packet(&port, bytes, &record, &packet);
	free(bytes);
	return packet;
}

#define assert_record_drop(reason)                                    \
	do {                                                          \
		const struct mcr_packet dropped = classify_record(0); \
		assert_int_equal(dropped.verdict, MCR_VERDICT_DROP);  \
		assert_int_equal(dropped.drop, MCR_DROP_##reason);    \
	} while (0)

static void
assert_is_link(enum mcr_encap encap, uint16_t udp_port)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, MCR_VERDICT_LINK);
	assert_int_equal(packet.drop, MCR_DROP_NONE);
	assert_int_equal(packet.encap, encap);
	assert_int_equal(packet.outer_source, peer);
	assert_true(packet.has_key);
	assert_int_equal(packet.key, PEER_ID);
	assert_int_equal(packet.udp_port, udp_port);
	assert_int_equal(packet.sequence, SEQUENCE);
	assert_int_equal(packet.inner_offset, records);
	assert_int_equal(packet.inner_len, frame_len - records);
	assert_int_equal(packet.frame_len, 0);
}

static void
a_link_has_its_hub_and_its_sequence_number(void **state)
{
	(void)state;
	for (unsigned int in_udp = 0; in_udp <= 1; in_udp++) {
		begin_link(KEY_AND_SEQUENCE, in_udp != 0);
		put_record_of(0, GROUP, IPPROTO_UDP);
		end_link();
		assert_is_link(in_udp ? MCR_ENCAP_LINK_UDP : MCR_ENCAP_LINK, in_udp ? GRE_PORT : 0);
	}
}

/* RFC 8086 5.2: behind the UDP datagram there may be padding. */
static void
records_end_with_the_udp_datagram(void **state)
{
	uint32_t end;

	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	end = frame_len;
	put_zeros(7);
	end_outer();
	assert_int_equal(classify().inner_len, end - records);
}

static void
a_gre_checksum_of_a_link_is_verified(void **state)
{
	(void)state;
	begin_link(MCR_GRE_OPTIONS, true);
	put_record_of(0, GROUP, IPPROTO_UDP);
	end_link();
	assert_is_link(MCR_ENCAP_LINK_UDP, GRE_PORT);
	frame[frame_len - 1] ^= 1;
	end_outer();
	assert_drop(BAD_CHECKSUM);
}

static void
an_outer_header_with_a_wrong_checksum_is_refused(void **state)
{
	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	break_outer_checksum();
	assert_drop(BAD_CHECKSUM);
}

static void
the_protocol_without_key_or_sequence_is_not_for_us(void **state)
{
	static const uint16_t flags[] = {0, MCR_GRE_KEY_PRESENT, MCR_GRE_SEQUENCE_PRESENT};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(flags); i++) {
		begin_link(flags[i], false);
		put_record_of(0, GROUP, IPPROTO_UDP);
		end_link();
		assert_drop(NOT_FOR_US);
	}
}

static void
a_frame_without_a_whole_record_is_malformed(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < MCR_LINK_RECORD_LEN; len++) {
		begin_link(KEY_AND_SEQUENCE, len % 2 != 0);
		put_zeros(len);
		end_link();
		assert_drop(MALFORMED);
	}
}

static void
every_truncation_of_a_link_is_malformed(void **state)
{
	uint32_t whole;

	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	whole = frame_len;
	for (frame_len = RTE_ETHER_HDR_LEN; frame_len < whole; frame_len++)
		assert_drop(MALFORMED);
}

static void
a_fragment_of_a_link_waits_for_the_others(void **state)
{
	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	cut_outer();
	assert_verdict(FRAGMENT);
}

static void
a_multicast_packet_is_data_of_the_hub(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_link_of(MCR_LINK_TOOK_HOP, GROUP, IPPROTO_UDP);
	packet = classify_record(0);
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_false(packet.broadcast);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.inner_len, frame_len - inner);
	assert_int_equal(packet.frame_len, 0);
	assert_int_equal(packet.source, OVERLAY);
	assert_int_equal(packet.destination, GROUP);
	assert_int_equal(packet.ttl, 32);
	assert_int_equal(packet.protocol, IPPROTO_UDP);
	assert_int_equal(packet.encap, MCR_ENCAP_LINK_UDP);
	assert_int_equal(packet.key, PEER_ID);
	assert_int_equal(packet.outer_source, peer);
}

static void
unicast_stays_unicast_without_the_flag_of_broadcast(void **state)
{
	(void)state;
	put_link_of(0, MCR_IPV4(192, 168, 9, 255), IPPROTO_UDP);
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_UNICAST);
	put_link_of(MCR_LINK_BROADCAST, MCR_IPV4(192, 168, 9, 255), IPPROTO_UDP);
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_DATA);
	assert_true(classify_record(0).broadcast);
	put_link_of(0, MCR_IPV4_BROADCAST, IPPROTO_UDP);
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_DATA);
	assert_true(classify_record(0).broadcast);
}

/* Otherwise a hub that errs would send a group to the receivers of broadcast. */
static void
the_flag_of_broadcast_does_not_make_a_group_one(void **state)
{
	(void)state;
	put_link_of(MCR_LINK_BROADCAST, GROUP, IPPROTO_UDP);
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_DATA);
	assert_false(classify_record(0).broadcast);
}

static void
each_record_is_classified_by_itself(void **state)
{
	struct mcr_packet packet;
	uint32_t first;

	(void)state;
	begin_link(KEY_AND_SEQUENCE, true);
	put_record_of(0, GROUP, IPPROTO_UDP);
	first = inner;
	put_record_of_frame(0, group_mac, GROUP);
	put_record_of(0, OVERLAY + 1, IPPROTO_UDP);
	end_link();
	assert_int_equal(classify_record(0).inner_offset, first);
	packet = classify_record(1);
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.frame_len, packet.inner_len + RTE_ETHER_HDR_LEN);
	packet = classify_record(2);
	assert_int_equal(packet.verdict, MCR_VERDICT_UNICAST);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.destination, OVERLAY + 1);
}

static void
a_frame_of_a_segment_is_classified_as_inside_vxlan(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_link_of_frame(0, group_mac, GROUP);
	packet = classify_record(0);
	assert_int_equal(packet.verdict, MCR_VERDICT_DATA);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.frame_offset, inner - RTE_ETHER_HDR_LEN);
	assert_int_equal(packet.frame_len, packet.inner_len + RTE_ETHER_HDR_LEN);
	assert_int_equal(packet.encap, MCR_ENCAP_LINK);
	put_link_of_frame(0, sender_mac, OVERLAY + 1);
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_SEGMENT);
	put_link_of_frame(MCR_LINK_BROADCAST, broadcast_mac, MCR_IPV4(192, 168, 9, 255));
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_DATA);
	assert_true(classify_record(0).broadcast);
}

static void
a_frame_that_is_not_ipv4_stays_in_its_segment(void **state)
{
	struct mcr_packet packet;
	uint32_t at;

	(void)state;
	begin_link(KEY_AND_SEQUENCE, true);
	at = put_record(MCR_LINK_FRAME, MCR_LINK_BROADCAST);
	put_ethernet(broadcast_mac, RTE_ETHER_TYPE_ARP);
	put_zeros(28);
	end_record(at);
	end_link();
	packet = classify_record(0);
	assert_int_equal(packet.verdict, MCR_VERDICT_SEGMENT);
	assert_int_equal(packet.frame_len, 42);
	assert_int_equal(packet.inner_len, 0);
	assert_int_equal(packet.tos, 0);
}

static void
a_packet_longer_than_its_record_is_malformed(void **state)
{
	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	mcr_write_be16(frame + records + 2, frame_len - inner - 1);
	end_outer();
	assert_record_drop(MALFORMED);
	mcr_write_be16(frame + records + 2, 0);
	end_outer();
	assert_record_drop(MALFORMED);
	put_link_of_frame(0, group_mac, GROUP);
	mcr_write_be16(frame + records + 2, RTE_ETHER_HDR_LEN - 1);
	end_outer();
	assert_record_drop(MALFORMED);
}

static void
what_is_wrong_inside_a_tunnel_is_wrong_on_a_link(void **state)
{
	(void)state;
	put_link_of(0, GROUP, IPPROTO_UDP);
	frame[inner + 10] ^= 1;
	end_outer();
	assert_record_drop(BAD_CHECKSUM);
	put_link_of(0, GROUP, IPPROTO_UDP);
	mcr_write_be32(frame + inner + 12, GROUP);
	fix_ipv4_checksum(inner);
	end_outer();
	assert_record_drop(MALFORMED);
	put_link_of_frame(0, group_mac, GROUP);
	frame[inner - RTE_ETHER_HDR_LEN + RTE_ETHER_ADDR_LEN] |= 1;
	end_outer();
	assert_record_drop(MALFORMED);
}

static void
messages_to_routers_do_not_cross_a_link(void **state)
{
	uint32_t at, icmp;

	(void)state;
	begin_link(KEY_AND_SEQUENCE, true);
	at = put_record(MCR_LINK_PACKET, 0);
	put_igmp_report(OVERLAY, GROUP);
	end_record(at);
	end_link();
	assert_record_drop(NOT_FOR_US);
	begin_link(KEY_AND_SEQUENCE, true);
	at = put_record(MCR_LINK_PACKET, MCR_LINK_BROADCAST);
	inner = put_ipv4(OVERLAY, ALL_ROUTERS, IPPROTO_ICMP);
	icmp = put_bytes("\x08\0\0\0\0\0\0\0", 8);
	fix_checksum(icmp, 8, icmp + 2);
	end_ipv4(inner);
	end_record(at);
	end_link();
	assert_record_drop(NOT_FOR_US);
	begin_link(KEY_AND_SEQUENCE, true);
	at = put_record(MCR_LINK_PACKET, MCR_LINK_BROADCAST);
	put_igmp_report(OVERLAY, MCR_IPV4(192, 168, 9, 255));
	end_record(at);
	end_link();
	assert_record_drop(NOT_FOR_US);
}

static void
put_tos(uint8_t outer_tos, uint8_t inner_tos)
{
	begin_link(KEY_AND_SEQUENCE, true);
	put_record_of(0, GROUP, IPPROTO_UDP);
	frame[inner + 1] = inner_tos;
	fix_ipv4_checksum(inner);
	put_record_of_frame(0, group_mac, GROUP);
	frame[inner + 1] = inner_tos;
	fix_ipv4_checksum(inner);
	set_outer_tos(outer_tos);
	end_link();
}

/* RFC 6040 4.2, for each record. */
static void
outer_ce_reaches_every_packet_of_the_frame(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= 1; i++) {
		put_tos(ECN_CE, 0xb8 | ECN_ECT);
		assert_true(classify_record(i).mark_ce);
		assert_int_equal(classify_record(i).tos, 0xb8 | ECN_CE);
		put_tos(ECN_ECT, 0xb8 | ECN_ECT);
		assert_false(classify_record(i).mark_ce);
		assert_int_equal(classify_record(i).tos, 0xb8 | ECN_ECT);
		put_tos(ECN_CE, 0xb8);
		assert_int_equal(classify_record(i).drop, MCR_DROP_MALFORMED);
	}
}

static void
put_link_of_ipv6(enum mcr_link_kind kind, uint8_t flags, const char *group)
{
	uint32_t at;

	begin_link(KEY_AND_SEQUENCE, false);
	at = put_record(kind, flags);
	if (kind == MCR_LINK_FRAME)
		put_ethernet((const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, RTE_ETHER_TYPE_IPV6);
	inner = put_zeros(MCR_IPV6_HEADER_LEN);
	frame[inner] = 0x60;
	frame[inner + 6] = 59; /* no next header */
	memcpy(frame + inner + MCR_IPV6_SOURCE, "\xfd", 1);
	memcpy(frame + inner + MCR_IPV6_DESTINATION, group, 2);
	end_record(at);
	end_link();
}

/* Not with the link's sequence number, which lies in the place of an IPv4 destination. */
static void
ipv6_has_no_ipv4_destination(void **state)
{
	(void)state;
	for (enum mcr_link_kind kind = MCR_LINK_PACKET; kind <= MCR_LINK_FRAME; kind++) {
		struct mcr_packet packet;

		put_link_of_ipv6(kind, 0, "\xff\x05");
		packet = classify_record(0);
		assert_int_equal(packet.verdict, MCR_VERDICT_DATA_IPV6);
		assert_int_equal(packet.inner_offset, inner);
		assert_int_equal(packet.destination, 0);
		put_link_of_ipv6(kind, 0, "\xfd\0");
		assert_int_equal(classify_record(0).destination, 0);
	}
}

static void
the_flag_of_broadcast_does_not_make_ipv6_one(void **state)
{
	(void)state;
	for (enum mcr_link_kind kind = MCR_LINK_PACKET; kind <= MCR_LINK_FRAME; kind++) {
		put_link_of_ipv6(kind, MCR_LINK_BROADCAST, "\xff\x05");
		assert_int_equal(classify_record(0).verdict, MCR_VERDICT_DATA_IPV6);
		assert_false(classify_record(0).broadcast);
	}
	put_link_of_ipv6(MCR_LINK_PACKET, MCR_LINK_BROADCAST, "\xfd\0");
	assert_int_equal(classify_record(0).verdict, MCR_VERDICT_LOCAL_IPV6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_peer, tear_down_peer)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_has_its_hub_and_its_sequence_number),
		TEST(records_end_with_the_udp_datagram),
		TEST(a_gre_checksum_of_a_link_is_verified),
		TEST(an_outer_header_with_a_wrong_checksum_is_refused),
		TEST(the_protocol_without_key_or_sequence_is_not_for_us),
		TEST(a_frame_without_a_whole_record_is_malformed),
		TEST(every_truncation_of_a_link_is_malformed),
		TEST(a_fragment_of_a_link_waits_for_the_others),
		TEST(a_multicast_packet_is_data_of_the_hub),
		TEST(unicast_stays_unicast_without_the_flag_of_broadcast),
		TEST(the_flag_of_broadcast_does_not_make_a_group_one),
		TEST(ipv6_has_no_ipv4_destination),
		TEST(the_flag_of_broadcast_does_not_make_ipv6_one),
		TEST(each_record_is_classified_by_itself),
		TEST(a_frame_of_a_segment_is_classified_as_inside_vxlan),
		TEST(a_frame_that_is_not_ipv4_stays_in_its_segment),
		TEST(a_packet_longer_than_its_record_is_malformed),
		TEST(what_is_wrong_inside_a_tunnel_is_wrong_on_a_link),
		TEST(messages_to_routers_do_not_cross_a_link),
		TEST(outer_ce_reaches_every_packet_of_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
