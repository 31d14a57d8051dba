/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub in a domain; the test sets the masks of its members and the tags of packets, and is
 * the hub's peers, beta and gamma. */

#include "fib/placement.h"
#include "test/link_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11) /* with members 1, 2 and 3 in segment 100 */
#define FIRST MCR_IPV4(10, 0, 0, 12)
#define SECOND MCR_IPV4(10, 0, 0, 13)
#define THIRD MCR_IPV4(10, 0, 0, 14)
#define PLAIN MCR_IPV4(10, 0, 0, 15)    /* in no segment */
#define GROUP MCR_IPV4(239, 1, 1, 1)    /* all receive it */
#define REMOTE MCR_IPV4(239, 1, 1, 2)   /* nobody here does */
#define LIMITED MCR_IPV4(224, 0, 0, 99) /* all receive it, and it floods segments */
#define OVERLAY(last) MCR_IPV4(192, 168, 10, last)
#define VNI 100
#define RECEIVERS 4
#define PACKET_LEN sizeof(struct rte_ipv4_hdr)

#define MEMBER(name, last)                                                                      \
	"{\"name\":\"" name "\",\"address\":\"10.0.0." last "\",\"overlay\":\"192.168.10." last \
	"\",\"mac\":\"02:00:00:00:00:" name "\",\"encap\":\"vxlan\",\"vni\":100},"

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6
	"\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN
	"\"overlay\":{\"address\":\"192.168.10.254/24\"},\"igmp\":false,"
	"\"members\":[" MEMBER("0b", "11") MEMBER("0c", "12") MEMBER("0d", "13") MEMBER("0e",
		"14") "{\"name\":\"0f\",\"address\":\"10.0.0.15\",\"mac\":\"02:00:00:00:00:0f\"}],"
		      "\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"
		      "{\"group\":\"224.0.0.99\",\"members\":[\"*\"]}]}";

static const uint32_t receivers[RECEIVERS] = {FIRST, SECOND, THIRD, PLAIN};
static const struct rte_ether_addr everyone = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct rte_ether_addr station = {{0x02, 0, 0, 0xaa, 0, 1}};
static const struct rte_ether_addr lost = {{0x02, 0, 0, 0xbb, 0, 1}};
static const struct rte_ether_addr unknown = {{0x02, 0, 0, 0xcc, 0, 1}};

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

/* Two bits for each receiver, the first one's lowest. */
static void
set_masks(uint32_t masks)
{
	char name[8];

	for (unsigned int i = 0; i < RECEIVERS; i++) {
		snprintf(name, sizeof(name), "%02x", 0x0c + i);
		mcr_placement_set_mask(
			hub.fib.placement, fixture_member_named(name), masks >> 2 * i & 3);
	}
}

static void
filter(bool on, uint8_t tag)
{
	mcr_placement_set_filters(hub.fib.placement, on);
	mcr_placement_set_tag(hub.fib.placement, tag);
	memset(sent, 0, sizeof(sent));
}

static int
clear(void **state)
{
	set_masks(UINT32_MAX);
	filter(false, 0);
	hub.fib.peers->coalesce_us = 0;
	return remove_both(state);
}

struct inner {
	uint16_t length;
	uint8_t bytes[RTE_ETHER_HDR_LEN + PACKET_LEN];
};

static struct inner
make_inner(const struct rte_ether_addr *to, uint32_t destination)
{
	struct rte_mbuf *frame = fixture_make_packet(0, OVERLAY(11), destination, 1);
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	struct inner inner = {.length = frame->data_len};

	ethernet->dst_addr = *to;
	ethernet->src_addr = station;
	memcpy(inner.bytes, ethernet, sizeof(inner.bytes));
	rte_pktmbuf_free(frame);
	return inner;
}

static struct rte_ether_addr
mac_of(uint32_t destination)
{
	return (struct rte_ether_addr){{0x01, 0, 0x5e, destination >> 16 & 0x7f,
		destination >> 8 & 0xff, destination & 0xff}};
}

/* In the segment, from a member or from beta's. What a peer sends has the peer's tag, whatever this
 * hub's is. */
static void
send_to(const struct rte_ether_addr *mac, uint32_t destination, bool from_peer, uint8_t tag)
{
	const struct inner inner = make_inner(mac, destination);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_FRAME,
		.flags = tag != 0 ? MCR_LINK_TAG : 0,
		.length = inner.length,
		.vni = VNI,
	};

	mcr_placement_set_tag(hub.fib.placement, from_peer ? 1 - tag : tag);
	if (!from_peer) {
		send_vxlan(SENDER, VNI, inner.bytes, inner.length);
		return;
	}
	put_link_on_wire(make_link_frame(
		BETA, mcr_link_hub_id("floor", "beta"), betas++, &record, inner.bytes));
	fixture_settle();
}

static void
send_plain(uint32_t destination, bool from_peer, uint8_t tag)
{
	struct rte_mbuf *packet =
		fixture_make_packet(0, from_peer ? SENDER : PLAIN, destination, 1);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET,
		.flags = tag != 0 ? MCR_LINK_TAG : 0,
		.length = PACKET_LEN,
	};

	mcr_placement_set_tag(hub.fib.placement, from_peer ? 1 - tag : tag);
	if (!from_peer) {
		fixture_put_on_wire(0, packet);
		fixture_settle();
		return;
	}
	put_link_on_wire(make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &record,
		rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN)));
	rte_pktmbuf_free(packet);
	fixture_settle();
}

/* Of so many receivers, the first of which is number 0. */
static void
assert_served(uint32_t masks, uint8_t tag, unsigned int count)
{
	for (unsigned int i = 0; i < RECEIVERS; i++)
		assert_int_equal(
			copies_to(receivers[i]), i < count ? masks >> (2 * i + tag) & 1 : 0);
	assert_balance();
}

#define SEGMENT_RECEIVERS (RECEIVERS - 1)

/* Masks, tag, and whether a peer sends. */
static void
each_packet_goes_exactly_to_the_members_of_its_tag(void **unused)
{
	const struct rte_ether_addr group_mac = mac_of(GROUP), limited_mac = mac_of(LIMITED);

	RTE_SET_USED(unused);
	for (uint32_t i = 0; i < 256 * 4; i++) {
		const uint32_t masks = i >> 2;
		const uint8_t tag = i & 1;
		const bool from_peer = (i & 2) != 0;

		set_masks(masks);
		filter(true, 0);
		send_to(&group_mac, GROUP, from_peer, tag);
		assert_served(masks, tag, RECEIVERS);
		filter(true, 0);
		send_to(&limited_mac, LIMITED, from_peer, tag);
		assert_served(masks, tag, RECEIVERS);
		filter(true, 0);
		send_to(&everyone, OVERLAY(99), from_peer, tag);
		assert_served(masks, tag, SEGMENT_RECEIVERS);
		filter(true, 0);
		send_to(&unknown, OVERLAY(99), from_peer, tag);
		assert_served(masks, tag, SEGMENT_RECEIVERS);
		filter(true, 0);
		send_plain(GROUP, from_peer, tag);
		assert_served(masks, tag, from_peer ? RECEIVERS : SEGMENT_RECEIVERS);
	}
}

static void
without_filters_masks_do_not_count(void **unused)
{
	const struct rte_ether_addr limited_mac = mac_of(LIMITED);

	RTE_SET_USED(unused);
	set_masks(0);
	for (uint8_t tag = 0; tag <= 1; tag++) {
		filter(false, 0);
		send_plain(GROUP, true, tag);
		assert_served(UINT32_MAX, 0, RECEIVERS);
		filter(false, 0);
		send_to(&limited_mac, LIMITED, false, tag);
		assert_served(UINT32_MAX, 0, RECEIVERS);
	}
}

static uint8_t
tag_to(uint32_t address)
{
	assert_int_equal(copies_to(address), 1);
	return (sent[address & 0xff].record.flags & MCR_LINK_TAG) != 0;
}

static void
want_segment(const char *name)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_SEGMENT, .number = VNI};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

/* Whether copies are filtered or not, and whether somebody here receives them. */
static void
what_peers_get_has_the_tag_of_this_hub(void **unused)
{
	const struct rte_ether_addr group_mac = mac_of(GROUP);

	RTE_SET_USED(unused);
	want("beta", GROUP);
	want("gamma", GROUP);
	want("gamma", REMOTE);
	want_segment("beta");
	for (uint32_t i = 0; i < 8; i++) {
		const uint8_t tag = i & 1;

		set_masks((i & 4) != 0 ? UINT32_MAX : 0);
		filter((i & 2) != 0, 0);
		send_to(&group_mac, GROUP, false, tag);
		assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_FRAME);
		assert_int_equal(tag_to(BETA), tag);
		assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_PACKET);
		assert_int_equal(tag_to(GAMMA), tag);
		filter((i & 2) != 0, 0);
		send_to(&unknown, OVERLAY(99), false, tag);
		assert_int_equal(tag_to(BETA), tag);
		filter((i & 2) != 0, 0);
		send_plain(REMOTE, false, tag);
		assert_int_equal(tag_to(GAMMA), tag);
		assert_balance();
	}
}

static void
packets_that_share_a_frame_have_tags_of_their_own(void **unused)
{
	struct mcr_link_record record;
	const struct link_fixture_sent *to = &sent[GAMMA & 0xff];
	uint32_t at = RTE_ETHER_HDR_LEN + LINK_FIXTURE_IP_LEN + sizeof(struct rte_udp_hdr) + 12;

	RTE_SET_USED(unused);
	want("gamma", REMOTE);
	hub.fib.peers->coalesce_us = 50;
	poll_links();
	for (uint8_t i = 0; i < 3; i++)
		send_plain(REMOTE, false, i == 1);
	pass_us(60);
	assert_int_equal(link_frames, 1);
	assert_int_equal(copies_to(GAMMA), 3);
	for (uint8_t i = 0; i < 3; i++) {
		assert_true(mcr_link_read_record(to->bytes, &at, to->length, &record));
		assert_int_equal(record.flags, i == 1 ? MCR_LINK_TAG : 0);
	}
	assert_balance();
}

/* One flow, one burst: frames of packets, and a frame with several. */
static void
packets_of_a_peer_that_come_together_have_tags_of_their_own(void **unused)
{
	const struct inner inner = make_inner(&everyone, GROUP);
	const uint8_t *packet = inner.bytes + RTE_ETHER_HDR_LEN;
	struct mcr_link_record records[] = {
		{.kind = MCR_LINK_PACKET, .length = PACKET_LEN},
		{.kind = MCR_LINK_PACKET, .length = PACKET_LEN, .flags = MCR_LINK_TAG},
	};
	uint8_t body[5 * PACKET_LEN + 4 * MCR_LINK_RECORD_LEN], *at = body;
	struct mcr_link_record all = records[0];
	struct rte_mbuf *frame;

	RTE_SET_USED(unused);
	set_masks(
		0x1 | 0x2 << 2 | 0x3 << 4); /* the first has tag 0, the second 1, the third both */
	filter(true, 0);
	for (unsigned int i = 0; i < 5; i++)
		put_link_on_wire(make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++,
			&records[i / 2 % 2], packet));
	fixture_settle();
	assert_int_equal(copies_to(FIRST), 3);
	assert_int_equal(copies_to(SECOND), 2);
	assert_int_equal(copies_to(THIRD), 5);
	assert_int_equal(copies_to(PLAIN), 0);

	filter(true, 0);
	for (unsigned int i = 0; i < 5; i++) {
		if (i != 0) {
			mcr_link_write_record(at, &records[i / 2 % 2]);
			at += MCR_LINK_RECORD_LEN;
		}
		memcpy(at, packet, PACKET_LEN);
		at += PACKET_LEN;
	}
	all.length = sizeof(body);
	frame = make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &all, body);
	mcr_link_write_record(rte_pktmbuf_mtod_offset(frame, uint8_t *,
				      frame->data_len - all.length - MCR_LINK_RECORD_LEN),
		&records[0]);
	put_link_on_wire(frame);
	fixture_settle();
	assert_int_equal(copies_to(FIRST), 3);
	assert_int_equal(copies_to(SECOND), 2);
	assert_int_equal(copies_to(THIRD), 5);
	assert_int_equal(copies_to(PLAIN), 0);
	assert_balance();
}

/* What peers got was sent: nobody here misses it. */
static void
a_packet_that_no_member_gets_is_dropped_unless_a_peer_got_it(void **unused)
{
	const struct rte_ether_addr group_mac = mac_of(GROUP), limited_mac = mac_of(LIMITED);
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	set_masks(0);
	mcr_placement_set_mask(hub.fib.placement, fixture_member_named("0b"), MCR_PLACEMENT_NEVER);
	filter(true, 0);
	send_plain(GROUP, true, 1);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
	want("gamma", GROUP);
	filter(true, 0);
	send_plain(GROUP, false, 1);
	assert_int_equal(copies_to(GAMMA), 1);
	send_to(&group_mac, GROUP, false, 1);
	assert_int_equal(copies_to(GAMMA), 2);
	want_segment("gamma");
	send_to(&unknown, OVERLAY(99), false, 1);
	send_to(&limited_mac, LIMITED, false, 1);
	mcr_placement_set_mask(hub.fib.placement, fixture_member_named("0b"), MCR_PLACEMENT_ALWAYS);
	assert_int_equal(copies_to(SENDER), 0);
	assert_int_equal(copies_to(GAMMA), 4);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
	assert_balance();
}

static void
cut(const char *name)
{
	struct mcr_peer *cut_off = mcr_domain_find_peer(hub.control, name);

	cut_off->state = MCR_LINK_DOWN;
	cut_off->carries = false;
}

/* It was behind gamma, whose link is down: it may be anywhere, also behind beta. */
static void
a_frame_to_a_lost_station_is_a_flood_with_a_tag(void **unused)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_FRAME, .length = PACKET_LEN + RTE_ETHER_HDR_LEN, .vni = VNI};
	struct inner inner = make_inner(&everyone, OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	memcpy(inner.bytes + RTE_ETHER_ADDR_LEN, &lost, RTE_ETHER_ADDR_LEN);
	put_link_on_wire(make_link_frame(
		GAMMA, mcr_link_hub_id("floor", "gamma"), gammas++, &record, inner.bytes));
	fixture_settle();
	cut("gamma");
	for (uint8_t i = 0; i < 4; i++) {
		const uint32_t masks = 0x1 | 0x2 << 2 | 0x3 << 4;

		set_masks(masks);
		filter(true, 0);
		/* Then no peer gets it. */
		if (i == 2)
			cut("beta");
		send_to(&lost, OVERLAY(99), false, i & 1);
		assert_served(masks, i & 1, SEGMENT_RECEIVERS);
		assert_int_equal(copies_to(GAMMA), 0);
		if (i < 2)
			assert_int_equal(tag_to(BETA), i & 1);
		else
			assert_int_equal(copies_to(BETA), 0);
	}
}

static void
unicast_is_not_filtered(void **unused)
{
	RTE_SET_USED(unused);
	set_masks(0);
	filter(true, 0);
	send_plain(OVERLAY(12), true, 1);
	assert_int_equal(copies_to(FIRST), 1);
	assert_balance();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_both_up, clear)
	const struct CMUnitTest tests[] = {
		TEST(each_packet_goes_exactly_to_the_members_of_its_tag),
		TEST(without_filters_masks_do_not_count),
		TEST(what_peers_get_has_the_tag_of_this_hub),
		TEST(packets_that_share_a_frame_have_tags_of_their_own),
		TEST(packets_of_a_peer_that_come_together_have_tags_of_their_own),
		TEST(a_packet_that_no_member_gets_is_dropped_unless_a_peer_got_it),
		TEST(a_frame_to_a_lost_station_is_a_flood_with_a_tag),
		TEST(unicast_is_not_filtered),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
