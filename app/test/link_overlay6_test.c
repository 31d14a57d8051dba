/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Overlay addresses of IPv6 of a hub in a domain; the test is its peers, beta and gamma. As
 * link_segment_test.c, which has those of IPv4. */

#include <netinet/icmp6.h>

#include "test/ipv6_text.h"
#include "test/link_fixture.h"

#define FIRST MCR_IPV4(10, 0, 0, 11)  /* in segment 100 */
#define ROUTED MCR_IPV4(10, 0, 0, 13) /* a GRE tunnel */
#define OTHER MCR_IPV4(10, 0, 0, 14)  /* in segment 200 */
#define FIRST6 "fd00:1::b"
#define ROUTED6 "fd00:1::d"
#define OTHER6 "fd00:1::e"
#define REMOTE6 "fd00:1::77"
#define VNI 100
#define HOPS 9
#define PAYLOAD_LEN 24
#define PACKET_LEN (MCR_IPV6_HEADER_LEN + PAYLOAD_LEN)
#define FRAME_LEN (RTE_ETHER_HDR_LEN + PACKET_LEN)
#define VXLAN_LEN (sizeof(struct rte_udp_hdr) + MCR_VXLAN_HEADER_LEN)

#define CONFIG_OF(first6, ttl, rest)                                                   \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"   \
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN \
	"\"overlay\":{\"address6\":\"fd00:1::fe/64\"},\"ttl\":\"" ttl "\","            \
	"\"members\":["                                                                \
	"{\"name\":\"first\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"," \
	"\"encap\":\"vxlan\",\"vni\":100,\"overlay6\":\"" first6 "\"}" rest "]}"
#define CONFIG(ttl, rest) CONFIG_OF(FIRST6, ttl, rest)
#define REST                                                                             \
	",{\"name\":\"routed\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"," \
	"\"encap\":\"gre\",\"overlay6\":\"" ROUTED6 "\"},"                               \
	"{\"name\":\"other\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\","   \
	"\"encap\":\"vxlan\",\"vni\":200,\"overlay6\":\"" OTHER6 "\"}"

static const struct rte_ether_addr station = {{0x02, 0, 0, 0xaa, 0, 1}};
static const struct rte_ether_addr remote = {{0x02, 0, 0, 0xbb, 0, 1}};
static const struct rte_ether_addr solicited_node = {{0x33, 0x33, 0xff, 0, 0, 1}};

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){.config = CONFIG("preserve", REST),
		.ports = 1,
		.lcores = 1,
		.on_sent = look_at_frame});
}

/* No station is sought: that needs a frame more. */
static int
begin(void **state)
{
	hub.workers.lcores[0].rx.may_seek = UINT64_MAX;
	return bring_both_up(state);
}

static int
begin_with_hops(void **state)
{
	return begin(state) != 0 || fixture_reload(fixture_parse(CONFIG("decrement", REST))) != 0;
}

static int
end_with_hops(void **state)
{
	return remove_both(state) != 0 ||
	       fixture_reload(fixture_parse(CONFIG("preserve", REST))) != 0;
}

static uint8_t frame[FRAME_LEN];
static uint8_t *const ip = frame + RTE_ETHER_HDR_LEN;

static void
make(const struct rte_ether_addr *from, const struct rte_ether_addr *to, const char *source,
	const char *destination)
{
	const struct in6_addr addresses[2] = {ipv6(source), ipv6(destination)};
	const struct rte_ether_hdr ethernet = {*to, *from, RTE_BE16(RTE_ETHER_TYPE_IPV6)};

	memset(frame, 0, sizeof(frame));
	memcpy(frame, &ethernet, sizeof(ethernet));
	ip[0] = 0x60;
	mcr_write_be16(ip + 4, PAYLOAD_LEN);
	ip[6] = FIXTURE_PROTOCOL;
	ip[7] = HOPS;
	memcpy(ip + MCR_IPV6_SOURCE, addresses, sizeof(addresses));
}

static void
make_solicitation(const struct rte_ether_addr *from, const char *source, const char *target)
{
	const struct in6_addr wanted = ipv6(target);
	uint8_t *const icmp = ip + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum;

	make(from, &solicited_node, source, "ff02::1:ff00:1");
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255;
	icmp[0] = ND_NEIGHBOR_SOLICIT;
	memcpy(icmp + 8, &wanted, sizeof(wanted));
	checksum = mcr_ipv6_checksum(ip, icmp, PAYLOAD_LEN, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
}

static void
send_by_vxlan(void)
{
	send_vxlan(FIRST, VNI, frame, sizeof(frame));
}

static void
send_by_gre(const char *destination)
{
	struct rte_mbuf *packet = fixture_make_frame(0, ROUTED);

	make(&station, &station, ROUTED6, destination);
	fixture_append_ipv4(
		packet, ROUTED, hub.ports.at[0].address, IPPROTO_GRE, 4 + PACKET_LEN, 0);
	memcpy(rte_pktmbuf_append(packet, 4), "\0\0\x86\xdd", 4);
	memcpy(rte_pktmbuf_append(packet, PACKET_LEN), ip, PACKET_LEN);
	fixture_put_on_wire(0, packet);
	fixture_settle();
}

static void
send_record(struct mcr_link_record record, const uint8_t *bytes)
{
	fixture_put_on_wire(0,
		make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &record, bytes));
	fixture_settle();
}

static void
send_frame_of_beta(void)
{
	send_record(
		(struct mcr_link_record){.kind = MCR_LINK_FRAME, .length = FRAME_LEN, .vni = VNI},
		frame);
}

static void
send_packet_of_beta(uint8_t flags, const char *destination)
{
	make(&remote, &station, REMOTE6, destination);
	send_record(
		(struct mcr_link_record){
			.kind = MCR_LINK_PACKET, .flags = flags, .length = PACKET_LEN},
		ip);
}

static void
serve(const char *name, const char *host, enum mcr_interest interest)
{
	const struct in6_addr address = ipv6(host);
	const struct mcr_interest_key key = {
		.kind = MCR_INTEREST_HOST, .number = mcr_address_get(&address, MCR_IPV6_LENGTH)};

	want_key(name, &key, interest);
	mcr_address_drop(key.number);
}

static void
want_segment(const char *name)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_SEGMENT, .number = VNI};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

static const uint8_t *
record_to(uint32_t address)
{
	return sent[address & 0xff].bytes + sent[address & 0xff].record.offset;
}

static const uint8_t *
packet_in_gre(void)
{
	return sent[ROUTED & 0xff].bytes + RTE_ETHER_HDR_LEN + MCR_IPV4_HEADER_LEN +
	       MCR_GRE_HEADER_LEN;
}

static const uint8_t *
frame_in_vxlan(void)
{
	return sent[FIRST & 0xff].bytes + RTE_ETHER_HDR_LEN + MCR_IPV4_HEADER_LEN + VXLAN_LEN;
}

static void
assert_copies(unsigned int first, unsigned int routed, unsigned int other, unsigned int to_beta,
	unsigned int to_gamma)
{
	assert_int_equal(copies_to(FIRST), first);
	assert_int_equal(copies_to(ROUTED), routed);
	assert_int_equal(copies_to(OTHER), other);
	assert_int_equal(copies_to(BETA), to_beta);
	assert_int_equal(copies_to(GAMMA), to_gamma);
	assert_balance();
}

/* In the segment, from the hub. */
static void
assert_advertisement(const uint8_t *bytes, const struct rte_ether_addr *to, const char *target)
{
	const struct rte_ether_hdr *ethernet = (const void *)bytes;
	const uint8_t *const packet = bytes + RTE_ETHER_HDR_LEN, *const icmp = packet + 40;
	const struct in6_addr wanted = ipv6(target);

	assert_true(rte_is_same_ether_addr(&ethernet->dst_addr, to));
	assert_true(rte_is_same_ether_addr(&ethernet->src_addr, mcr_fib_segment_mac(&hub.fib)));
	assert_int_equal(icmp[0], ND_NEIGHBOR_ADVERT);
	assert_memory_equal(icmp + 8, &wanted, sizeof(wanted));
	assert_int_equal(mcr_ipv6_checksum(packet, icmp, 32, IPPROTO_ICMPV6), 0);
}

static void
unicast_goes_to_the_peer_that_serves_the_host(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	send_by_gre(REMOTE6);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
	serve("beta", REMOTE6, MCR_INTEREST_WANTS);
	serve("beta", "fd00:2::77", MCR_INTEREST_WANTS);
	send_by_gre(REMOTE6);
	assert_copies(0, 0, 0, 1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[BETA & 0xff].record.flags, 0);
	assert_memory_equal(record_to(BETA), ip, PACKET_LEN);
	/* Not of its overlay. */
	send_by_gre("fd00:2::77");
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 2);
	make(&station, mcr_fib_segment_mac(&hub.fib), FIRST6, REMOTE6);
	send_by_vxlan();
	assert_copies(0, 0, 0, 2, 0);
	assert_int_equal(sent[BETA & 0xff].record.flags, MCR_LINK_FROM_SEGMENT);
	serve("gamma", REMOTE6, MCR_INTEREST_WANTS);
	send_by_gre(REMOTE6);
	assert_copies(0, 0, 0, 2, 1);
	serve("gamma", REMOTE6, MCR_INTEREST_NONE);
	send_by_gre(REMOTE6);
	assert_copies(0, 0, 0, 3, 1);
}

static void
unicast_of_a_peer_goes_to_the_member_alone(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	serve("gamma", REMOTE6, MCR_INTEREST_WANTS);
	send_packet_of_beta(0, ROUTED6);
	assert_copies(0, 1, 0, 0, 0);
	assert_memory_equal(packet_in_gre(), ip, PACKET_LEN);
	send_packet_of_beta(0, FIRST6);
	assert_memory_equal(frame_in_vxlan() + RTE_ETHER_HDR_LEN, ip, PACKET_LEN);
	send_packet_of_beta(0, OTHER6);
	assert_copies(1, 1, 1, 0, 0);
	send_packet_of_beta(MCR_LINK_FROM_SEGMENT, ROUTED6);
	send_packet_of_beta(MCR_LINK_FROM_SEGMENT, OTHER6);
	send_packet_of_beta(0, REMOTE6);
	send_packet_of_beta(0, "fd00:1::99");
	send_packet_of_beta(0, "ff02::1:ff00:1");
	assert_copies(1, 2, 1, 0, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 4);
}

/* Nor by a member: see overlay6_test.c. */
static void
an_ipv4_destination_is_not_taken_for_a_number(void **unused)
{
	const struct in6_addr address = ipv6(ROUTED6);
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);
	struct rte_mbuf *packet = fixture_make_packet(
		0, MCR_IPV4(192, 168, 1, 1), mcr_address_find(address.s6_addr), 1);

	RTE_SET_USED(unused);
	send_record((struct mcr_link_record){.kind = MCR_LINK_PACKET,
			    .length = packet->data_len - RTE_ETHER_HDR_LEN},
		rte_pktmbuf_mtod_offset(packet, const uint8_t *, RTE_ETHER_HDR_LEN));
	rte_pktmbuf_free(packet);
	assert_copies(0, 0, 0, 0, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
}

static void
unicast_takes_one_hop_in_the_domain(void **unused)
{
	RTE_SET_USED(unused);
	serve("beta", REMOTE6, MCR_INTEREST_WANTS);
	send_by_gre(REMOTE6);
	assert_int_equal(record_to(BETA)[7], HOPS - 1);
	assert_int_equal(sent[BETA & 0xff].record.flags, MCR_LINK_TOOK_HOP);
	send_packet_of_beta(MCR_LINK_TOOK_HOP, ROUTED6);
	assert_int_equal(packet_in_gre()[7], HOPS);
	send_packet_of_beta(0, ROUTED6);
	assert_int_equal(packet_in_gre()[7], HOPS - 1);
	assert_copies(0, 2, 0, 1, 0);
}

static void
a_hub_answers_a_peer_for_a_member_outside_the_segment(void **unused)
{
	static const struct rte_ether_addr all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
	const uint64_t bad = drops_of(MCR_DROP_BAD_CHECKSUM);

	RTE_SET_USED(unused);
	make_solicitation(&remote, REMOTE6, ROUTED6);
	send_frame_of_beta();
	assert_copies(0, 0, 0, 1, 0);
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_int_equal(sent[BETA & 0xff].record.vni, VNI);
	assert_advertisement(record_to(BETA), &remote, ROUTED6);
	make_solicitation(&remote, "::", ROUTED6);
	send_frame_of_beta();
	assert_advertisement(record_to(BETA), &all_nodes, ROUTED6);
	assert_copies(0, 0, 0, 2, 0);
	make_solicitation(&remote, "::", ROUTED6);
	ip[MCR_IPV6_HEADER_LEN + 2] ^= 1;
	send_frame_of_beta();
	assert_int_equal(drops_of(MCR_DROP_BAD_CHECKSUM), bad + 1);

	make(&remote, mcr_fib_segment_mac(&hub.fib), REMOTE6, ROUTED6);
	send_frame_of_beta();
	assert_copies(0, 1, 0, 2, 0);
	make_solicitation(&remote, REMOTE6, FIRST6); /* inside: the station answers */
	send_frame_of_beta();
	assert_copies(1, 1, 0, 2, 0);
}

static void
a_hub_answers_for_a_peer_that_has_not_the_segment(void **unused)
{
	RTE_SET_USED(unused);
	want_segment("beta");
	serve("beta", REMOTE6, MCR_INTEREST_WANTS);
	serve("gamma", "fd00:1::78", MCR_INTEREST_WANTS);
	make_solicitation(&station, FIRST6, REMOTE6);
	send_by_vxlan();
	assert_copies(0, 0, 0, 1, 0);
	assert_memory_equal(record_to(BETA), frame, FRAME_LEN);
	make_solicitation(&station, FIRST6, "fd00:1::78");
	send_by_vxlan();
	assert_copies(1, 0, 0, 1, 0);
	assert_advertisement(frame_in_vxlan(), &station, "fd00:1::78");
}

static bool
tells(const char *host)
{
	const struct in6_addr address = ipv6(host);
	const uint32_t number = mcr_address_find(address.s6_addr);
	struct mcr_interest_change changes[32];
	uint32_t place = 0;
	const uint32_t count = mcr_interest_log_list(
		mcr_domain_interest(hub.control), &place, changes, RTE_DIM(changes));

	for (uint32_t i = 0; i < count; i++) {
		if (changes[i].key.kind == MCR_INTEREST_HOST && changes[i].key.number == number)
			return changes[i].interest == MCR_INTEREST_WANTS;
	}
	return false;
}

/* A number stays while the agent may be told that its host is gone. */
static void
the_hub_tells_its_hosts(void **unused)
{
	const uint32_t before = mcr_address_count();

	RTE_SET_USED(unused);
	assert_true(tells(FIRST6) && tells(ROUTED6) && tells(OTHER6));
	assert_int_equal(fixture_reload(fixture_parse(CONFIG("preserve", ""))), 0);
	fixture_settle();
	assert_true(tells(FIRST6));
	assert_false(tells(ROUTED6) || tells(OTHER6));
	assert_int_equal(mcr_address_count(), before);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG_OF(ROUTED6, "preserve", ""))), 0);
	assert_true(tells(ROUTED6));
	assert_false(tells(FIRST6));
	assert_int_equal(fixture_reload(fixture_parse(CONFIG("preserve", REST))), 0);
	assert_true(tells(FIRST6) && tells(ROUTED6) && tells(OTHER6));
}

/* The peer alone names the address, and then no longer. */
static void
a_host_of_a_peer_is_held_while_it_is_claimed(void **unused)
{
	const uint32_t before = mcr_address_count();

	RTE_SET_USED(unused);
	serve("beta", REMOTE6, MCR_INTEREST_WANTS);
	serve("gamma", REMOTE6, MCR_INTEREST_WANTS);
	assert_int_equal(mcr_address_count(), before + 1);
	serve("beta", REMOTE6, MCR_INTEREST_NONE);
	assert_int_equal(mcr_address_count(), before + 1);
	serve("gamma", REMOTE6, MCR_INTEREST_NONE);
	assert_int_equal(mcr_address_count(), before);
	serve("beta", REMOTE6, MCR_INTEREST_WANTS);
	mcr_domain_begin_sync(hub.control, peer("beta"));
	mcr_domain_end_sync(hub.control, peer("beta"));
	assert_int_equal(mcr_address_count(), before);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, remove_both)
#define HOP_TEST(name) cmocka_unit_test_setup_teardown(name, begin_with_hops, end_with_hops)
	const struct CMUnitTest tests[] = {
		TEST(unicast_goes_to_the_peer_that_serves_the_host),
		TEST(unicast_of_a_peer_goes_to_the_member_alone),
		TEST(an_ipv4_destination_is_not_taken_for_a_number),
		HOP_TEST(unicast_takes_one_hop_in_the_domain),
		TEST(a_hub_answers_a_peer_for_a_member_outside_the_segment),
		TEST(a_hub_answers_for_a_peer_that_has_not_the_segment),
		TEST(the_hub_tells_its_hosts),
		TEST(a_host_of_a_peer_is_held_while_it_is_claimed),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
