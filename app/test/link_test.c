/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub in a domain; the test is its peers, beta and gamma. */

#include "test/link_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11)
#define RECEIVER MCR_IPV4(10, 0, 0, 12)
#define LOCAL MCR_IPV4(239, 1, 1, 1)   /* both members receive it */
#define GUARDED MCR_IPV4(239, 4, 4, 4) /* the sender may not send to it */
#define REMOTE MCR_IPV4(239, 2, 2, 2)  /* nobody here does */
#define PACKET_BYTES 20

#ifdef FAMILY_IPV6
#define SIXTH MCR_IPV4(10, 0, 0, 13)   /* its address is fd00::d */
#define OF_BOTH MCR_IPV4(239, 6, 6, 6) /* it receives the group, as the receiver does */
#define OVER_IPV6_MEMBER                                                  \
	",{\"name\":\"sixth\",\"address\":\"fd00::d\",\"encap\":\"gre\"," \
	"\"mac\":\"02:00:00:00:00:0d\"}"
#define OVER_IPV6_GROUP ",{\"group\":\"239.6.6.6\",\"members\":[\"sixth\",\"receiver\"]}"
#else
#define OVER_IPV6_MEMBER ""
#define OVER_IPV6_GROUP ""
#endif

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6
	"\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN
	"\"members\":["
	"{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"receiver\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:"
	"0c\"}" OVER_IPV6_MEMBER "],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"
	"{\"group\":\"239.4.4.4\",\"members\":[\"*\"],\"senders\":[\"receiver\"]}" OVER_IPV6_GROUP
	"]}";

static unsigned int
to_members(void)
{
	return copies_to(SENDER) + copies_to(RECEIVER);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

static void
send_from_member(uint32_t group)
{
	fixture_put_on_wire(0, fixture_make_packet(0, SENDER, group, 1));
	fixture_settle();
}

static void
send_from_beta(uint32_t group, uint32_t member)
{
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, group, 1);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET, .length = PACKET_BYTES, .member = member};

	put_link_on_wire(make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &record,
		rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN)));
	rte_pktmbuf_free(packet);
	fixture_settle();
}

static void
a_packet_goes_once_to_each_peer_that_wants_it(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("gamma", LOCAL);
	want("gamma", REMOTE);
	send_from_member(LOCAL);
	assert_int_equal(to_members(), 1);
	assert_int_equal(copies_to(BETA), 1);
	assert_int_equal(copies_to(GAMMA), 1);
	send_from_member(REMOTE);
	assert_int_equal(to_members(), 1);
	assert_int_equal(copies_to(BETA), 1);
	assert_int_equal(copies_to(GAMMA), 2);
	assert_balance();
}

static void
a_packet_of_a_peer_goes_to_members_alone(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("gamma", LOCAL);
	send_from_beta(LOCAL, MCR_IPV4(10, 9, 9, 9));
	assert_int_equal(to_members(), 2);
	assert_int_equal(copies_to(BETA) + copies_to(GAMMA), 0);
	assert_balance();
}

static void
it_does_not_go_back_to_the_member_that_sent_it_through_the_peer(void **unused)
{
	RTE_SET_USED(unused);
	send_from_beta(LOCAL, RECEIVER);
	assert_int_equal(to_members(), 1);
	assert_balance();
}

#ifdef FAMILY_IPV6

static uint32_t
number_of_sixth(void)
{
	const struct in6_addr address = peer_address(SIXTH);

	return mcr_address_find(address.s6_addr);
}

/* The peer has another number for it. */
static void
a_member_over_ipv6_is_spared_what_it_sent_through_the_peer(void **unused)
{
	const uint64_t before = sum_stats().counts[MCR_STAT_COPIES];

	RTE_SET_USED(unused);
	send_from_beta(OF_BOTH, RECEIVER);
	assert_int_equal(copies_to(RECEIVER), 0);
	assert_int_equal(sum_stats().counts[MCR_STAT_COPIES], before + 1);
	send_from_beta(OF_BOTH, number_of_sixth());
	assert_int_equal(copies_to(RECEIVER), 1);
	assert_int_equal(sum_stats().counts[MCR_STAT_COPIES], before + 2);
	send_from_beta(OF_BOTH, 0);
	assert_int_equal(sum_stats().counts[MCR_STAT_COPIES], before + 4);
	assert_balance();
}

static void
send_from_sixth(uint32_t group)
{
	static const uint8_t gre[] = {0, 0, 8, 0};
	struct rte_mbuf *frame = fixture_make_frame(0, SIXTH);

	append_ipv6(frame, SIXTH, IPPROTO_GRE, sizeof(gre) + PACKET_BYTES);
	memcpy(rte_pktmbuf_append(frame, sizeof(gre)), gre, sizeof(gre));
	fixture_append_ipv4(frame, MCR_IPV4(192, 168, 9, 9), group, FIXTURE_PROTOCOL, 0, 0);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static void
a_link_frame_has_the_address_of_a_member_over_ipv6(void **unused)
{
	const uint32_t number = number_of_sixth();

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	send_from_sixth(REMOTE);
	assert_int_equal(copies_to(BETA), 1);
	assert_int_not_equal(number, MCR_ADDRESS_NONE);
	assert_int_equal(sent[BETA & 0xff].record.member, number);
	hub.fib.peers->coalesce_us = 50;
	send_from_sixth(REMOTE);
	send_from_sixth(REMOTE);
	poll_links();
	pass_us(60);
	assert_int_equal(link_frames, 2);
	assert_int_equal(copies_to(BETA), 3);
	assert_int_equal(sent[BETA & 0xff].record.member, number);
	hub.fib.peers->coalesce_us = 0;
	poll_links();
	assert_balance();
}

#endif

/* The hub of the sender judges who may send to a group. */
static void
the_senders_of_a_group_are_no_matter_between_hubs(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_SENDER_DENIED);

	RTE_SET_USED(unused);
	want("beta", GUARDED);
	send_from_member(GUARDED);
	assert_int_equal(to_members() + copies_to(BETA), 0);
	assert_int_equal(drops_of(MCR_DROP_SENDER_DENIED), before + 1);
	send_from_beta(GUARDED, 0);
	assert_int_equal(to_members(), 2);
	assert_balance();
}

static void
a_packet_of_a_peer_that_nobody_receives_is_dropped(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	want("gamma", REMOTE);
	send_from_beta(REMOTE, 0);
	send_from_beta(MCR_IPV4(239, 3, 3, 3), 0);
	assert_int_equal(to_members() + copies_to(BETA) + copies_to(GAMMA), 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 2);
	assert_balance();
}

static void
a_link_frame_says_who_sends_what(void **unused)
{
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, REMOTE, 1);

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	send_from_member(REMOTE);
	assert_int_equal(sent[20].key, mcr_link_hub_id("floor", "alpha"));
	assert_int_equal(sent[20].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[20].record.member, SENDER);
	assert_int_equal(sent[20].record.flags, 0);
	assert_memory_equal(sent[20].bytes + sent[20].record.offset,
		rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN), PACKET_BYTES);
	assert_int_equal(sent[20].record.length, PACKET_BYTES);
	rte_pktmbuf_free(packet);
}

static void
the_sequence_counts_copies(void **unused)
{
	uint32_t first;

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	send_from_member(REMOTE);
	first = last_sequence;
	send_from_member(REMOTE);
	assert_int_equal(last_sequence, first + 1);
	assert_int_equal(copies_to(BETA), 2);
}

static void
a_peer_that_is_silent_gets_no_copies(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	send_hello("beta", BETA,
		(struct mcr_link_hello){.state = MCR_LINK_UP,
			.my_discriminator = BETA,
			.your_discriminator = peer("beta")->session.self.discriminator});
	pass_us(3 * HELLO_US - 1000);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	pass_us(2000);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_DOWN);
	send_from_member(LOCAL);
	assert_int_equal(to_members(), 1);
	assert_int_equal(copies_to(BETA), 0);
	want("beta", REMOTE);
	send_from_member(REMOTE);
	assert_int_equal(copies_to(BETA), 0);
	assert_balance();
}

static void
what_is_lost_on_a_link_is_counted(void **unused)
{
	struct mcr_lane_counters lane;

	RTE_SET_USED(unused);
	betas += 5;
	send_from_beta(LOCAL, 0);
	betas--;
	send_from_beta(LOCAL, 0);
	lane = mcr_lane_counters(&peer("beta")->lanes[0]);
	assert_int_equal(lane.lost, 5);
	assert_int_equal(lane.duplicates, 1);
}

static void
a_frame_with_the_hubs_own_id_is_a_loop(void **unused)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_PACKET, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_LOOP);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	put_link_on_wire(
		make_link_frame(BETA, mcr_link_hub_id("floor", "alpha"), 1, &record, body));
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_LOOP), before + 1);
}

static void
another_domains_hub_is_refused(void **unused)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_PACKET, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_SOURCE_DENIED);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	put_link_on_wire(make_link_frame(BETA, mcr_link_hub_id("other", "beta"), 1, &record, body));
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_SOURCE_DENIED), before + 1);
	assert_balance();
}

static void
what_is_no_packet_is_malformed(void **unused)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_PACKET, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_MALFORMED);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	put_link_on_wire(make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), 1, &record, body));
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_MALFORMED), before + 1);
	assert_balance();
}

static void
a_peer_that_leaves_takes_its_interest_along(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("beta", REMOTE);
	assert_null(mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "beta")));
	assert_null(mcr_domain_find_peer(hub.control, "beta"));
	send_from_member(LOCAL);
	send_from_member(REMOTE);
	assert_int_equal(to_members(), 1);
	assert_int_equal(copies_to(BETA), 0);
	assert_balance();
}

static void
a_peer_that_lies_about_its_address_is_not_taken(void **unused)
{
	RTE_SET_USED(unused);
	assert_non_null(set_peer("delta", HUB));
	assert_non_null(set_peer("delta", BETA));
	assert_non_null(set_peer("delta", MCR_IPV4(224, 1, 1, 1)));
	assert_non_null(set_peer("alpha", MCR_IPV4(10, 0, 0, 40)));
	assert_null(mcr_domain_find_peer(hub.control, "delta"));
	assert_int_equal(hub.fib.peers->count, 2);
}

static void
a_reload_leaves_peers_as_they_are(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", REMOTE);
	assert_int_equal(fixture_reload(fixture_parse(config)), 0);
	send_from_member(REMOTE);
	assert_int_equal(copies_to(BETA), 1);
}

static void
coalesce(uint32_t us)
{
	hub.fib.peers->coalesce_us = us;
}

static void
small_packets_share_a_frame_until_one_has_waited(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("gamma", REMOTE);
	coalesce(50);
	poll_links();
	for (unsigned int i = 0; i < 3; i++) {
		send_from_member(LOCAL);
		send_from_member(REMOTE);
	}
	assert_int_equal(to_members(), 3);
	assert_int_equal(link_frames, 0);
	pass_us(40);
	assert_int_equal(link_frames, 0);
	pass_us(20);
	assert_int_equal(link_frames, 2);
	assert_int_equal(copies_to(BETA), 3);
	assert_int_equal(copies_to(GAMMA), 3);
	coalesce(0);
	assert_balance();
}

static void
a_full_frame_does_not_wait(void **unused)
{
	const unsigned int room =
		(1500 - LINK_FIXTURE_IP_LEN - 8 - 12) / (MCR_LINK_RECORD_LEN + PACKET_BYTES);

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	coalesce(50);
	for (unsigned int i = 0; i <= room; i++)
		send_from_member(REMOTE);
	assert_int_equal(link_frames, 1);
	assert_int_equal(copies_to(BETA), room);
	pass_us(60);
	assert_int_equal(copies_to(BETA), room + 1);
	coalesce(0);
	assert_balance();
}

static void
what_waits_for_a_peer_that_leaves_is_dropped(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_COPY_STALE);

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	coalesce(50);
	send_from_member(REMOTE);
	send_from_member(REMOTE);
	assert_null(mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "beta")));
	fixture_settle();
	pass_us(60);
	assert_int_equal(link_frames, 0);
	assert_int_equal(drops_of(MCR_DROP_COPY_STALE), before + 2);
	coalesce(0);
	assert_balance();
}

/* A frame of so many packets to one group, as a peer that coalesces sends it. */
static struct rte_mbuf *
make_coalesced(unsigned int packets, uint32_t group)
{
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, group, 1);
	const struct mcr_link_record record = {.kind = MCR_LINK_PACKET, .length = PACKET_BYTES};
	uint8_t body[64 * (MCR_LINK_RECORD_LEN + PACKET_BYTES)], *at = body;
	struct mcr_link_record all = record;
	struct rte_mbuf *frame;

	for (unsigned int i = 0; i < packets; i++) {
		if (i != 0) {
			mcr_link_write_record(at, &record);
			at += MCR_LINK_RECORD_LEN;
		}
		memcpy(at, rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN),
			PACKET_BYTES);
		at += PACKET_BYTES;
	}
	rte_pktmbuf_free(packet);
	all.length = at - body;
	frame = make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &all, body);
	mcr_link_write_record(rte_pktmbuf_mtod_offset(frame, uint8_t *,
				      frame->data_len - all.length - MCR_LINK_RECORD_LEN),
		&record);
	return frame;
}

static void
each_packet_of_a_frame_is_received(void **unused)
{
	const uint64_t before = sum_stats().counts[MCR_STAT_RX_COALESCED];

	RTE_SET_USED(unused);
	put_link_on_wire(make_coalesced(3, LOCAL));
	fixture_settle();
	assert_int_equal(to_members(), 6);
	assert_int_equal(sum_stats().counts[MCR_STAT_RX_COALESCED], before + 2);
	assert_balance();
}

/* More packets than a burst of frames has look-ups. */
static void
a_burst_of_full_frames_is_received(void **unused)
{
	RTE_SET_USED(unused);
	for (unsigned int i = 0; i < 5; i++) {
		fixture_put_on_wire(0, fixture_make_packet(0, SENDER, LOCAL, 1));
		put_link_on_wire(make_coalesced(40, LOCAL));
	}
	fixture_settle();
	assert_int_equal(to_members(), 5 + 2 * 5 * 40);
	assert_balance();
}

static void
nothing_of_a_frame_that_is_cut_short_is_believed(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_MALFORMED);
	struct rte_mbuf *frame = make_coalesced(3, LOCAL);
	uint8_t *record = rte_pktmbuf_mtod_offset(
		frame, uint8_t *, frame->data_len - PACKET_BYTES - MCR_LINK_RECORD_LEN);

	RTE_SET_USED(unused);
	mcr_write_be16(record + 2, PACKET_BYTES + 1);
	put_link_on_wire(frame);
	fixture_settle();
	assert_int_equal(to_members(), 0);
	assert_int_equal(drops_of(MCR_DROP_MALFORMED), before + 1);
	assert_balance();
}

static void
what_waits_stays_in_front_when_coalescing_ends(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", REMOTE);
	coalesce(50);
	send_from_member(REMOTE);
	coalesce(0);
	send_from_member(REMOTE);
	assert_int_equal(link_frames, 0);
	poll_links();
	assert_int_equal(link_frames, 1);
	assert_int_equal(copies_to(BETA), 2);
	assert_balance();
}

static void
a_frame_has_packets_of_one_priority(void **unused)
{
	struct mcr_lcore_tx *tx = &hub.workers.lcores[0].tx;
	const uint8_t before = tx->priority;

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	coalesce(50);
	send_from_member(REMOTE);
	tx->priority = MCR_GROUP_PRIORITY_MAX;
	send_from_member(REMOTE);
	assert_int_equal(link_frames, 1);
	assert_int_equal(copies_to(BETA), 1);
	assert_int_equal(tx->priority, MCR_GROUP_PRIORITY_MAX);
	tx->priority = before;
	pass_us(60);
	assert_int_equal(link_frames, 2);
	assert_int_equal(tx->priority, before);
	coalesce(0);
	assert_balance();
}

static void
a_peer_that_was_made_anew_has_lost_nothing(void **unused)
{
	const struct mcr_lane *lane = &peer("beta")->lanes[0];
	uint64_t before;

	RTE_SET_USED(unused);
	send_from_beta(LOCAL, 0);
	before = mcr_lane_counters(lane).lost;
	betas += 1000;
	send_hello("beta", BETA,
		(struct mcr_link_hello){.state = MCR_LINK_DOWN, .my_discriminator = BETA + 1});
	send_from_beta(LOCAL, 0);
	assert_int_equal(mcr_lane_counters(lane).lost, before);
}

/* The last one: the hub ends. */
static void
peers_are_told_that_the_hub_ends(void **unused)
{
	RTE_SET_USED(unused);
	hub.wants_end = true;
	fixture_settle();
	poll_links();
	assert_int_equal(sent[BETA & 0xff].record.kind, MCR_LINK_HELLO);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_HELLO);
	assert_int_equal(last_hello.state, MCR_LINK_ADMIN_DOWN);
	memset(&last_hello, 0, sizeof(last_hello));
	pass_us(HELLO_US);
	assert_int_equal(last_hello.my_discriminator, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_both_up, remove_both)
	const struct CMUnitTest tests[] = {
		TEST(a_packet_goes_once_to_each_peer_that_wants_it),
		TEST(a_packet_of_a_peer_goes_to_members_alone),
		TEST(it_does_not_go_back_to_the_member_that_sent_it_through_the_peer),
#ifdef FAMILY_IPV6
		TEST(a_member_over_ipv6_is_spared_what_it_sent_through_the_peer),
		TEST(a_link_frame_has_the_address_of_a_member_over_ipv6),
#endif
		TEST(the_senders_of_a_group_are_no_matter_between_hubs),
		TEST(a_packet_of_a_peer_that_nobody_receives_is_dropped),
		TEST(a_link_frame_says_who_sends_what),
		TEST(the_sequence_counts_copies),
		TEST(a_peer_that_is_silent_gets_no_copies),
		TEST(what_is_lost_on_a_link_is_counted),
		TEST(a_frame_with_the_hubs_own_id_is_a_loop),
		TEST(another_domains_hub_is_refused),
		TEST(what_is_no_packet_is_malformed),
		TEST(a_peer_that_leaves_takes_its_interest_along),
		TEST(a_peer_that_lies_about_its_address_is_not_taken),
		TEST(a_reload_leaves_peers_as_they_are),
		TEST(small_packets_share_a_frame_until_one_has_waited),
		TEST(a_full_frame_does_not_wait),
		TEST(what_waits_for_a_peer_that_leaves_is_dropped),
		TEST(each_packet_of_a_frame_is_received),
		TEST(a_burst_of_full_frames_is_received),
		TEST(nothing_of_a_frame_that_is_cut_short_is_believed),
		TEST(what_waits_stays_in_front_when_coalescing_ends),
		TEST(a_frame_has_packets_of_one_priority),
		TEST(a_peer_that_was_made_anew_has_lost_nothing),
		TEST(peers_are_told_that_the_hub_ends),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
