/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Segments and overlay addresses of a hub in a domain; the test is its peers, beta and gamma. */

#include "telemetry/explanation.h"
#include "test/link_fixture.h"

#define FIRST MCR_IPV4(10, 0, 0, 11)  /* in segment 100 */
#define SECOND MCR_IPV4(10, 0, 0, 12) /* likewise */
#define ROUTED MCR_IPV4(10, 0, 0, 13) /* a GRE tunnel */
#define OTHER MCR_IPV4(10, 0, 0, 14)  /* in segment 200 */
#define OVERLAY(last) MCR_IPV4(192, 168, 10, last)
#define GROUP MCR_IPV4(239, 1, 1, 1)   /* all receive it */
#define OUTSIDE MCR_IPV4(239, 1, 1, 3) /* only a tunnel does */
#define MDNS MCR_IPV4(224, 0, 0, 251)
#define VNI 100
#define TTL 9
#define VXLAN_LEN (sizeof(struct rte_udp_hdr) + MCR_VXLAN_HEADER_LEN)
#define PACKET_LEN sizeof(struct rte_ipv4_hdr)

#define CONFIG(ttl)                                                                     \
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6             \
	"\"address\":\"10.0.0.10/24\"}],"                                               \
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN  \
	"\"overlay\":{\"address\":\"192.168.10.254/24\"},\"ttl\":\"" ttl "\","          \
	"\"members\":["                                                                 \
	"{\"name\":\"first\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\","  \
	"\"encap\":\"vxlan\",\"vni\":100,\"overlay\":\"192.168.10.11\"},"               \
	"{\"name\":\"second\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"," \
	"\"encap\":\"vxlan\",\"vni\":100},"                                             \
	"{\"name\":\"routed\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"," \
	"\"encap\":\"gre\",\"overlay\":\"192.168.10.13\"},"                             \
	"{\"name\":\"other\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\","  \
	"\"encap\":\"vxlan\",\"vni\":200,\"overlay\":\"192.168.10.14\"}],"              \
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"                    \
	"{\"group\":\"239.1.1.3\",\"members\":[\"routed\"]},"                           \
	"{\"group\":\"224.0.0.251\",\"members\":[\"*\"]}]}"

static const struct rte_ether_addr everyone = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct rte_ether_addr group_mac = {{0x01, 0x00, 0x5e, 0x01, 0x01, 0x01}};
static const struct rte_ether_addr mdns_mac = {{0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb}};
static const struct rte_ether_addr station = {{0x02, 0, 0, 0xaa, 0, 1}};
static const struct rte_ether_addr remote = {{0x02, 0, 0, 0xbb, 0, 1}};

/* An Ethernet frame inside a segment. */
struct inner {
	uint16_t length;
	uint8_t bytes[1500];
};

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = CONFIG("preserve"), .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

static void
forget_sent(void)
{
	fixture_settle();
	memset(sent, 0, sizeof(sent));
}

static struct inner
make_arp(const struct rte_ether_addr *from, uint32_t source, uint32_t target)
{
	struct rte_mbuf *frame = fixture_make_arp_request(0, source, target);
	struct inner inner = {.length = frame->data_len};
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	struct rte_arp_hdr *arp = (struct rte_arp_hdr *)(ethernet + 1);

	ethernet->dst_addr = everyone;
	ethernet->src_addr = *from;
	arp->arp_data.arp_sha = *from;
	memcpy(inner.bytes, ethernet, inner.length);
	rte_pktmbuf_free(frame);
	return inner;
}

static struct inner
make_ip(const struct rte_ether_addr *from, const struct rte_ether_addr *to, uint32_t source,
	uint32_t destination, uint8_t ttl)
{
	struct rte_mbuf *frame = fixture_make_packet(0, source, destination, 1);
	struct inner inner = {.length = frame->data_len};
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ethernet + 1);

	ethernet->dst_addr = *to;
	ethernet->src_addr = *from;
	ip->time_to_live = ttl;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	memcpy(inner.bytes, ethernet, inner.length);
	rte_pktmbuf_free(frame);
	return inner;
}

static void
send_frame(uint32_t member, const struct inner *inner)
{
	send_vxlan(member, VNI, inner->bytes, inner->length);
}

static void
send_gre(uint32_t destination)
{
	const struct inner inner = make_ip(&station, &station, OVERLAY(13), destination, TTL);
	struct rte_mbuf *frame = fixture_make_frame(0, ROUTED);

	fixture_append_gre(frame, 0, ROUTED, PACKET_LEN);
	memcpy(rte_pktmbuf_append(frame, PACKET_LEN), inner.bytes + RTE_ETHER_HDR_LEN, PACKET_LEN);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static void
send_record(const char *name, struct mcr_link_record record, const uint8_t *bytes)
{
	const uint32_t address = strcmp(name, "beta") == 0 ? BETA : GAMMA;
	uint32_t *sequence = address == BETA ? &betas : &gammas;

	put_link_on_wire(make_link_frame(
		address, mcr_link_hub_id("floor", name), (*sequence)++, &record, bytes));
	fixture_settle();
}

/* In segment 100. */
static void
send_frame_of(const char *name, uint32_t member, const struct inner *inner)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_FRAME, .length = inner->length, .member = member, .vni = VNI};

	send_record(name, record, inner->bytes);
}

static void
send_packet_of(const char *name, uint8_t flags, uint32_t destination)
{
	const struct inner inner = make_ip(&remote, &station, OVERLAY(77), destination, TTL);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET, .flags = flags, .length = PACKET_LEN};

	send_record(name, record, inner.bytes + RTE_ETHER_HDR_LEN);
}

static void
want_segment(const char *name)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_SEGMENT, .number = VNI};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

static void
serve_host(const char *name, uint32_t address)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_HOST, .number = address};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

static const uint8_t *
frame_to_member(uint32_t address)
{
	return sent[address & 0xff].bytes + RTE_ETHER_HDR_LEN + PACKET_LEN + VXLAN_LEN;
}

static const uint8_t *
record_to(uint32_t address)
{
	return sent[address & 0xff].bytes + sent[address & 0xff].record.offset;
}

static uint8_t
ttl_of(const uint8_t *ip)
{
	return ip[8];
}

static void
assert_copies(unsigned int first, unsigned int second, unsigned int routed, unsigned int other)
{
	assert_int_equal(copies_to(FIRST), first);
	assert_int_equal(copies_to(SECOND), second);
	assert_int_equal(copies_to(ROUTED), routed);
	assert_int_equal(copies_to(OTHER), other);
	assert_balance();
}

static void
assert_links(unsigned int to_beta, unsigned int to_gamma)
{
	assert_int_equal(copies_to(BETA), to_beta);
	assert_int_equal(copies_to(GAMMA), to_gamma);
}

static void
assert_frame_on_link(uint32_t address, const struct inner *inner)
{
	const struct link_fixture_sent *to = &sent[address & 0xff];

	assert_int_equal(to->record.kind, MCR_LINK_FRAME);
	assert_int_equal(to->record.vni, VNI);
	assert_int_equal(to->record.length, inner->length);
	assert_memory_equal(record_to(address), inner->bytes, inner->length);
}

static int
take_hops(void **state)
{
	RTE_SET_USED(state);
	return bring_both_up(state) != 0 || fixture_reload(fixture_parse(CONFIG("decrement"))) != 0;
}

static int
take_no_more_hops(void **state)
{
	return remove_both(state) != 0 || fixture_reload(fixture_parse(CONFIG("preserve"))) != 0;
}

static void
what_floods_a_segment_goes_once_to_each_peer_that_has_it(void **unused)
{
	const struct inner arp = make_arp(&station, OVERLAY(11), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	send_frame(FIRST, &arp);
	assert_copies(0, 1, 0, 0);
	assert_links(1, 0);
	assert_frame_on_link(BETA, &arp);
	assert_int_equal(sent[BETA & 0xff].record.member, FIRST);
	assert_int_equal(sent[BETA & 0xff].record.flags, 0);
	want_segment("gamma");
	send_frame(SECOND, &arp);
	assert_copies(1, 1, 0, 0);
	assert_links(2, 1);
}

static void
a_flooded_frame_of_a_peer_goes_to_members_alone(void **unused)
{
	const struct inner arp = make_arp(&remote, OVERLAY(77), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	want_segment("gamma");
	send_frame_of("beta", MCR_IPV4(10, 9, 9, 9), &arp);
	assert_copies(1, 1, 0, 0);
	assert_memory_equal(frame_to_member(FIRST), arp.bytes, arp.length);
	send_frame_of("beta", SECOND, &arp);
	assert_copies(2, 1, 0, 0);
	assert_links(0, 0);
}

static void
frames_of_a_segment_share_one_of_the_link(void **unused)
{
	const struct inner arp = make_arp(&station, OVERLAY(11), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	hub.fib.peers->coalesce_us = 50;
	poll_links();
	send_frame(FIRST, &arp);
	send_frame(FIRST, &arp);
	pass_us(60);
	hub.fib.peers->coalesce_us = 0;
	assert_int_equal(link_frames, 1);
	assert_links(2, 0);
	assert_frame_on_link(BETA, &arp);
	assert_copies(0, 2, 0, 0);
}

static void
a_group_leaves_as_a_frame_where_its_segment_is_and_as_a_packet_elsewhere(void **unused)
{
	const struct inner packet = make_ip(&station, &group_mac, OVERLAY(11), GROUP, TTL);

	RTE_SET_USED(unused);
	want_segment("beta");
	send_frame(FIRST, &packet);
	assert_links(0, 0);
	want("beta", GROUP);
	want("gamma", GROUP);
	send_frame(FIRST, &packet);
	assert_copies(0, 2, 2, 2);
	assert_links(1, 1);
	assert_frame_on_link(BETA, &packet);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[GAMMA & 0xff].record.length, PACKET_LEN);
	assert_int_equal(ttl_of(record_to(GAMMA)), TTL);
}

static void
a_group_that_floods_leaves_once_as_well(void **unused)
{
	const struct inner packet = make_ip(&station, &mdns_mac, OVERLAY(11), MDNS, TTL);

	RTE_SET_USED(unused);
	want_segment("beta");
	send_frame(FIRST, &packet);
	assert_links(1, 0);
	want("beta", MDNS);
	want("gamma", MDNS);
	send_frame(FIRST, &packet);
	assert_copies(0, 2, 2, 2);
	assert_links(2, 1);
	assert_frame_on_link(BETA, &packet);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_PACKET);
}

/* The hub is a switch inside the segment, a router outside it, here and at the peer. */
static void
only_what_leaves_the_segment_takes_a_hop(void **unused)
{
	const struct inner packet = make_ip(&station, &group_mac, OVERLAY(11), GROUP, TTL);
	const struct inner last = make_ip(&station, &group_mac, OVERLAY(11), GROUP, 1);

	RTE_SET_USED(unused);
	want_segment("beta");
	want("beta", GROUP);
	want("gamma", GROUP);
	send_frame(FIRST, &packet);
	assert_copies(0, 1, 1, 1);
	assert_links(1, 1);
	assert_frame_on_link(BETA, &packet);
	assert_int_equal(sent[BETA & 0xff].record.flags & MCR_LINK_TOOK_HOP, 0);
	assert_int_equal(ttl_of(record_to(GAMMA)), TTL - 1);
	assert_int_not_equal(sent[GAMMA & 0xff].record.flags & MCR_LINK_TOOK_HOP, 0);
	assert_memory_equal(frame_to_member(SECOND), packet.bytes, packet.length);
	send_frame(FIRST, &last);
	assert_copies(0, 2, 1, 1);
	assert_links(2, 1);
}

/* Also when nobody here is inside: what beta gets shares the packet that is changed. */
static void
a_frame_for_a_peer_keeps_its_ttl_beside_a_routed_copy(void **unused)
{
	const struct inner packet = make_ip(&station, &group_mac, OVERLAY(11), OUTSIDE, TTL);
	uint32_t *share_above = hub.workers.lcores[0].tx.replicate.share_above;
	const uint32_t before = share_above[0];

	RTE_SET_USED(unused);
	want_segment("beta");
	want("beta", OUTSIDE);
	share_above[0] = 0;
	send_frame(FIRST, &packet);
	share_above[0] = before;
	assert_copies(0, 0, 1, 0);
	assert_links(1, 0);
	assert_frame_on_link(BETA, &packet);
}

static void
assert_as_from_a_member(const struct inner *packet, uint8_t hops)
{
	assert_copies(1, 1, 1, 1);
	assert_links(0, 0);
	assert_memory_equal(frame_to_member(FIRST), packet->bytes, packet->length);
	assert_memory_equal(frame_to_member(SECOND), packet->bytes, packet->length);
	assert_memory_not_equal(frame_to_member(OTHER), packet->bytes, RTE_ETHER_HDR_LEN);
	assert_int_equal(ttl_of(frame_to_member(OTHER) + RTE_ETHER_HDR_LEN), TTL - hops);
	assert_int_equal(
		ttl_of(sent[ROUTED & 0xff].bytes + RTE_ETHER_HDR_LEN + PACKET_LEN + 4), TTL - hops);
	memset(sent, 0, sizeof(sent));
}

static void
receive_groups_of_beta(uint8_t hops)
{
	const struct inner packet = make_ip(&remote, &group_mac, OVERLAY(77), GROUP, TTL);
	const struct inner flooded = make_ip(&remote, &mdns_mac, OVERLAY(77), MDNS, TTL);

	want_segment("gamma");
	want("gamma", GROUP);
	want("gamma", MDNS);
	send_frame_of("beta", 0, &packet);
	assert_as_from_a_member(&packet, hops);
	send_frame_of("beta", 0, &flooded);
	assert_as_from_a_member(&flooded, hops);
	send_frame_of("beta", SECOND, &packet);
	assert_copies(1, 0, 1, 1);
}

static void
a_frame_to_a_group_reaches_each_receiver_once(void **unused)
{
	RTE_SET_USED(unused);
	receive_groups_of_beta(0);
}

static void
a_frame_to_a_group_takes_its_hop_where_it_leaves_the_segment(void **unused)
{
	RTE_SET_USED(unused);
	receive_groups_of_beta(1);
}

static void
send_to_station(uint32_t member, const struct rte_ether_addr *from)
{
	const struct inner unicast = make_ip(from, &remote, OVERLAY(11), OVERLAY(77), TTL);

	memset(sent, 0, sizeof(sent));
	send_frame(member, &unicast);
	assert_balance();
}

static void
a_station_is_found_behind_a_peer_and_moves_at_once(void **unused)
{
	const struct inner arp = make_arp(&remote, OVERLAY(77), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	want_segment("gamma");
	send_to_station(FIRST, &station);
	assert_copies(0, 1, 0, 0);
	assert_links(1, 1);
	send_frame_of("beta", 0, &arp);
	send_to_station(FIRST, &station);
	assert_copies(0, 0, 0, 0);
	assert_links(1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_FRAME);
	send_frame(SECOND, &arp);
	send_to_station(FIRST, &station);
	assert_copies(0, 1, 0, 0);
	assert_links(0, 0);
	send_frame_of("gamma", 0, &arp);
	send_to_station(FIRST, &station);
	assert_copies(0, 0, 0, 0);
	assert_links(0, 1);
}

static void
a_frame_of_a_peer_goes_to_no_station_behind_another(void **unused)
{
	const struct inner arp = make_arp(&remote, OVERLAY(77), OVERLAY(99));
	const struct inner unicast = make_ip(&station, &remote, OVERLAY(78), OVERLAY(77), TTL);
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	want_segment("gamma");
	send_frame_of("gamma", 0, &arp);
	memset(sent, 0, sizeof(sent));
	send_frame_of("beta", 0, &unicast);
	assert_copies(0, 0, 0, 0);
	assert_links(0, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
}

static void
a_station_behind_a_dead_peer_is_looked_for_everywhere(void **unused)
{
	const struct inner arp = make_arp(&remote, OVERLAY(77), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	send_frame_of("beta", 0, &arp);
	pass_us(4 * HELLO_US);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_DOWN);
	send_to_station(FIRST, &station);
	assert_copies(0, 1, 0, 0);
	assert_links(0, 0);
	fixture_pass_ms(200);
	fixture_settle();
	assert_int_equal(mcr_segment_find(hub.fib.segments, VNI, &remote), MCR_SEGMENT_NOBODY);
}

static void
more_stations_are_behind_a_peer_than_behind_a_member(void **unused)
{
	struct rte_ether_addr mac = remote;

	RTE_SET_USED(unused);
	for (unsigned int i = 0; i <= MCR_SEGMENT_STATIONS_OF_MEMBER; i++) {
		struct inner arp;

		mac.addr_bytes[4] = i >> 8;
		mac.addr_bytes[5] = i;
		arp = make_arp(&mac, OVERLAY(77), OVERLAY(99));
		send_frame_of("beta", 0, &arp);
	}
	assert_int_equal(mcr_segment_find(hub.fib.segments, VNI, &mac), peer("beta")->member);
}

static void
a_hub_answers_for_itself_and_asks_no_peer(void **unused)
{
	const struct inner arp = make_arp(&station, OVERLAY(11), OVERLAY(254));

	RTE_SET_USED(unused);
	want_segment("beta");
	send_frame(FIRST, &arp);
	assert_copies(1, 0, 0, 0);
	assert_links(0, 0);
	forget_sent();
	send_frame_of("beta", 0, &arp);
	assert_copies(1, 1, 0, 0);
	assert_links(0, 0);
}

static void
a_hub_answers_a_peer_for_a_member_outside_the_segment(void **unused)
{
	const struct inner arp = make_arp(&remote, OVERLAY(77), OVERLAY(13));
	const struct inner inside = make_arp(&remote, OVERLAY(77), OVERLAY(11));
	const struct rte_ether_hdr *ethernet;
	struct inner packet;

	RTE_SET_USED(unused);
	send_frame_of("beta", 0, &arp);
	assert_copies(0, 0, 0, 0);
	assert_links(1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_int_equal(sent[BETA & 0xff].record.vni, VNI);
	assert_int_equal(sent[BETA & 0xff].record.length, arp.length);
	ethernet = (const void *)record_to(BETA);
	assert_true(rte_is_same_ether_addr(&ethernet->dst_addr, &remote));
	assert_true(rte_is_same_ether_addr(&ethernet->src_addr, mcr_fib_segment_mac(&hub.fib)));
	packet = make_ip(&remote, mcr_fib_segment_mac(&hub.fib), OVERLAY(77), OVERLAY(13), TTL);
	send_frame_of("beta", 0, &packet);
	assert_copies(0, 0, 1, 0);
	send_frame_of("beta", 0, &inside);
	assert_copies(1, 1, 1, 0);
	assert_links(1, 0);
}

static void
a_hub_answers_for_a_peer_that_has_not_the_segment(void **unused)
{
	const struct inner to_beta = make_arp(&station, OVERLAY(11), OVERLAY(77));
	const struct inner to_gamma = make_arp(&station, OVERLAY(11), OVERLAY(78));

	RTE_SET_USED(unused);
	want_segment("beta");
	serve_host("beta", OVERLAY(77));
	serve_host("gamma", OVERLAY(78));
	send_frame(FIRST, &to_beta);
	assert_copies(0, 1, 0, 0);
	assert_links(1, 0);
	send_frame(FIRST, &to_gamma);
	assert_copies(1, 1, 0, 0);
	assert_links(1, 0);
}

static void
unicast_goes_to_the_peer_that_serves_the_host(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	send_gre(OVERLAY(77));
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
	serve_host("beta", OVERLAY(77));
	serve_host("beta", MCR_IPV4(192, 168, 11, 77));
	send_gre(OVERLAY(77));
	assert_copies(0, 0, 0, 0);
	assert_links(1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[BETA & 0xff].record.flags, 0);
	assert_int_equal(mcr_read_be32(record_to(BETA) + 16), OVERLAY(77));
	/* Not of its overlay. */
	send_gre(MCR_IPV4(192, 168, 11, 77));
	assert_links(1, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 2);
	/* A host of the hub's own is nobody else's. */
	serve_host("beta", OVERLAY(11));
	send_gre(OVERLAY(11));
	assert_copies(1, 0, 0, 0);
	assert_links(1, 0);
}

static void
a_host_is_where_it_was_last_said_to_be_and_a_hub_up(void **unused)
{
	RTE_SET_USED(unused);
	serve_host("beta", OVERLAY(77));
	serve_host("gamma", OVERLAY(77));
	send_gre(OVERLAY(77));
	assert_links(0, 1);
	pass_us(HELLO_US - 1000);
	send_hello("beta", BETA,
		(struct mcr_link_hello){.state = MCR_LINK_UP,
			.my_discriminator = BETA,
			.your_discriminator = peer("beta")->session.self.discriminator});
	pass_us(2 * HELLO_US + 2000);
	assert_int_equal(mcr_peer_state(peer("gamma")), MCR_LINK_DOWN);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	send_gre(OVERLAY(77));
	assert_links(1, 1);
}

static void
unicast_out_of_a_segment_says_so(void **unused)
{
	struct inner packet;

	RTE_SET_USED(unused);
	serve_host("beta", OVERLAY(77));
	packet = make_ip(&station, mcr_fib_segment_mac(&hub.fib), OVERLAY(11), OVERLAY(77), TTL);
	send_frame(FIRST, &packet);
	assert_links(1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[BETA & 0xff].record.flags, MCR_LINK_FROM_SEGMENT);
	assert_balance();
}

static void
unicast_of_a_peer_goes_to_the_member_alone(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	serve_host("gamma", OVERLAY(78));
	send_packet_of("beta", 0, OVERLAY(13));
	assert_copies(0, 0, 1, 0);
	send_packet_of("beta", 0, OVERLAY(11));
	send_packet_of("beta", 0, OVERLAY(14));
	assert_copies(1, 0, 1, 1);
	send_packet_of("beta", MCR_LINK_FROM_SEGMENT, OVERLAY(13));
	send_packet_of("beta", MCR_LINK_FROM_SEGMENT, OVERLAY(14));
	assert_copies(1, 0, 2, 1);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
	send_packet_of("beta", 0, OVERLAY(78));
	send_packet_of("beta", 0, OVERLAY(12));
	assert_copies(1, 0, 2, 1);
	assert_links(0, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 3);
}

static void
unicast_takes_one_hop_in_the_domain(void **unused)
{
	RTE_SET_USED(unused);
	serve_host("beta", OVERLAY(77));
	send_gre(OVERLAY(77));
	assert_int_equal(ttl_of(record_to(BETA)), TTL - 1);
	assert_int_equal(sent[BETA & 0xff].record.flags, MCR_LINK_TOOK_HOP);
	send_packet_of("beta", MCR_LINK_TOOK_HOP, OVERLAY(11));
	assert_int_equal(ttl_of(frame_to_member(FIRST) + RTE_ETHER_HDR_LEN), TTL);
	send_packet_of("beta", 0, OVERLAY(11));
	assert_int_equal(ttl_of(frame_to_member(FIRST) + RTE_ETHER_HDR_LEN), TTL - 1);
}

static bool
tells(enum mcr_interest_kind kind, uint32_t number)
{
	struct mcr_interest_change changes[32];
	uint32_t place = 0;
	const uint32_t count = mcr_interest_log_list(
		mcr_domain_interest(hub.control), &place, changes, RTE_DIM(changes));

	for (uint32_t i = 0; i < count; i++) {
		if (changes[i].key.kind == kind && changes[i].key.number == number)
			return changes[i].interest == MCR_INTEREST_WANTS;
	}
	return false;
}

static const char fewer[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6
	"\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN
	"\"overlay\":{\"address\":\"192.168.10.254/24\"},"
	"\"members\":["
	"{\"name\":\"first\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\","
	"\"encap\":\"vxlan\",\"vni\":100,\"overlay\":\"192.168.10.15\"},"
	"{\"name\":\"other\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\","
	"\"encap\":\"vxlan\",\"vni\":200,\"overlay\":\"192.168.10.14\",\"role\":\"sender\"}]}";

static void
the_hub_tells_its_segments_and_hosts(void **unused)
{
	RTE_SET_USED(unused);
	assert_true(tells(MCR_INTEREST_SEGMENT, 100));
	assert_true(tells(MCR_INTEREST_SEGMENT, 200));
	assert_true(tells(MCR_INTEREST_HOST, OVERLAY(11)));
	assert_true(tells(MCR_INTEREST_HOST, OVERLAY(13)));
	assert_true(tells(MCR_INTEREST_HOST, OVERLAY(14)));
	assert_int_equal(fixture_reload(fixture_parse(fewer)), 0);
	assert_true(tells(MCR_INTEREST_SEGMENT, 100));
	assert_false(tells(MCR_INTEREST_SEGMENT, 200));
	assert_false(tells(MCR_INTEREST_HOST, OVERLAY(11)));
	assert_true(tells(MCR_INTEREST_HOST, OVERLAY(15)));
	assert_false(tells(MCR_INTEREST_HOST, OVERLAY(13)));
	assert_false(tells(MCR_INTEREST_HOST, OVERLAY(14)));
	assert_int_equal(fixture_reload(fixture_parse(CONFIG("preserve"))), 0);
	assert_true(tells(MCR_INTEREST_SEGMENT, 200));
	assert_true(tells(MCR_INTEREST_HOST, OVERLAY(14)));
}

static void
what_a_peer_does_not_repeat_is_forgotten(void **unused)
{
	const struct inner arp = make_arp(&station, OVERLAY(11), OVERLAY(99));

	RTE_SET_USED(unused);
	want_segment("beta");
	serve_host("beta", OVERLAY(77));
	serve_host("beta", OVERLAY(78));
	assert_int_equal(mcr_domain_peer(hub.control, peer("beta")->index)->hosts, 2);
	mcr_domain_begin_sync(hub.control, peer("beta"));
	serve_host("beta", OVERLAY(78));
	mcr_domain_end_sync(hub.control, peer("beta"));
	assert_int_equal(mcr_domain_peer(hub.control, peer("beta")->index)->hosts, 1);
	assert_int_equal(mcr_domain_peer(hub.control, peer("beta")->index)->segments, 0);
	send_frame(FIRST, &arp);
	send_gre(OVERLAY(77));
	assert_links(0, 0);
	send_gre(OVERLAY(78));
	assert_links(1, 0);
}

struct visited {
	unsigned int members;
	unsigned int peers;
};

static void
count_visited(void *arg, uint32_t id)
{
	struct visited *visited = arg;
	const bool is_peer = mcr_member_get(hub.fib.members, id)->origin == MCR_MEMBER_PEER;

	visited->members += !is_peer;
	visited->peers += is_peer;
}

static void
assert_explained(uint32_t group, unsigned int members, unsigned int peers)
{
	const struct mcr_flow flow = {.source = OVERLAY(11), .group = group};
	struct mcr_explanation explanation;
	struct visited visited = {0};

	mcr_explain(hub.control, "first", &flow, &explanation);
	mcr_explain_visit(&hub.fib, &explanation, count_visited, &visited);
	assert_int_equal(visited.members, members);
	assert_int_equal(visited.peers, peers);
	assert_int_equal(
		explanation.drop, members + peers == 0 ? MCR_DROP_NO_RECEIVER : MCR_DROP_NONE);
}

static void
explain_names_each_peer_once(void **unused)
{
	RTE_SET_USED(unused);
	assert_explained(MDNS, 3, 0);
	assert_explained(MCR_IPV4(239, 9, 9, 9), 0, 0);
	want_segment("beta");
	want("beta", MDNS);
	want("gamma", MDNS);
	want("gamma", MCR_IPV4(239, 9, 9, 9));
	assert_explained(MDNS, 3, 2);
	assert_explained(MCR_IPV4(239, 9, 9, 9), 0, 1);
	pass_us(4 * HELLO_US);
	assert_explained(MDNS, 3, 0);
	assert_explained(MCR_IPV4(239, 9, 9, 9), 0, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_both_up, remove_both)
#define HOP_TEST(name) cmocka_unit_test_setup_teardown(name, take_hops, take_no_more_hops)
	const struct CMUnitTest tests[] = {
		TEST(what_floods_a_segment_goes_once_to_each_peer_that_has_it),
		TEST(a_flooded_frame_of_a_peer_goes_to_members_alone),
		TEST(frames_of_a_segment_share_one_of_the_link),
		TEST(a_group_leaves_as_a_frame_where_its_segment_is_and_as_a_packet_elsewhere),
		TEST(a_group_that_floods_leaves_once_as_well),
		HOP_TEST(only_what_leaves_the_segment_takes_a_hop),
		HOP_TEST(a_frame_for_a_peer_keeps_its_ttl_beside_a_routed_copy),
		TEST(a_frame_to_a_group_reaches_each_receiver_once),
		HOP_TEST(a_frame_to_a_group_takes_its_hop_where_it_leaves_the_segment),
		TEST(a_station_is_found_behind_a_peer_and_moves_at_once),
		TEST(a_frame_of_a_peer_goes_to_no_station_behind_another),
		TEST(a_station_behind_a_dead_peer_is_looked_for_everywhere),
		TEST(more_stations_are_behind_a_peer_than_behind_a_member),
		TEST(a_hub_answers_for_itself_and_asks_no_peer),
		TEST(a_hub_answers_a_peer_for_a_member_outside_the_segment),
		TEST(a_hub_answers_for_a_peer_that_has_not_the_segment),
		TEST(unicast_goes_to_the_peer_that_serves_the_host),
		TEST(a_host_is_where_it_was_last_said_to_be_and_a_hub_up),
		TEST(unicast_out_of_a_segment_says_so),
		TEST(unicast_of_a_peer_goes_to_the_member_alone),
		HOP_TEST(unicast_takes_one_hop_in_the_domain),
		TEST(the_hub_tells_its_segments_and_hosts),
		TEST(what_a_peer_does_not_repeat_is_forgotten),
		TEST(explain_names_each_peer_once),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
