/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub in a domain; the test is its peers, beta and gamma. */

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "control/domain.h"
#include "datapath/counters.h"
#include "datapath/link.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define SENDER MCR_IPV4(10, 0, 0, 11)
#define RECEIVER MCR_IPV4(10, 0, 0, 12)
#define BETA MCR_IPV4(10, 0, 0, 20)
#define GAMMA MCR_IPV4(10, 0, 0, 30)
#define LOCAL MCR_IPV4(239, 1, 1, 1)  /* both members receive it */
#define REMOTE MCR_IPV4(239, 2, 2, 2) /* nobody here does */
#define HELLO_US 50000
#define PACKET_BYTES 20

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048},"
	"\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\",\"etcd\":[\"http://127.0.0.1:2379\"]},"
	"\"members\":["
	"{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"receiver\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}]}";

/* What left the hub since take(). */
static struct {
	unsigned int to_members;
	unsigned int to_beta;
	unsigned int to_gamma;
	unsigned int hellos;
	unsigned int frames; /* on links, without hellos */
	uint32_t key;
	uint32_t sequence; /* of the last link frame, hellos included */
	struct mcr_link_record record;
	struct mcr_link_hello hello;
	uint8_t packet[PACKET_BYTES]; /* the last one on a link */
} sent;

static uint64_t now_us = 1000000;
static uint32_t betas, gammas; /* next sequence numbers */

static void
look_at_link(const struct rte_mbuf *frame, uint32_t destination)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(frame, const uint8_t *);
	const uint8_t *gre = bytes + RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) +
	                     sizeof(struct rte_udp_hdr);
	uint32_t at = gre + 12 - bytes;
	unsigned int packets = 0;

	assert_int_equal(mcr_read_be16(gre - 6), MCR_GRE_UDP_PORT);
	assert_int_equal(mcr_read_be16(gre), MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT);
	assert_int_equal(mcr_read_be16(gre + 2), MCR_GRE_LINK);
	sent.key = mcr_read_be32(gre + 4);
	sent.sequence = mcr_read_be32(gre + 8);
	assert_int_equal(frame->nb_segs, 1);
	while (at < frame->pkt_len) {
		assert_true(mcr_link_read_record(bytes, &at, frame->pkt_len, &sent.record));
		packets++;
	}
	if (sent.record.kind == MCR_LINK_HELLO) {
		assert_true(mcr_link_read_hello(
			bytes + sent.record.offset, sent.record.length, &sent.hello));
		sent.hellos++;
		return;
	}
	assert_int_equal(sent.record.length, PACKET_BYTES);
	memcpy(sent.packet, bytes + sent.record.offset, PACKET_BYTES);
	sent.frames++;
	sent.to_beta += destination == BETA ? packets : 0;
	sent.to_gamma += destination == GAMMA ? packets : 0;
}

static void
look_at_frame(const struct rte_mbuf *frame)
{
	const struct rte_ether_hdr *ethernet =
		rte_pktmbuf_mtod(frame, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const void *)(ethernet + 1);
	const uint32_t destination = rte_be_to_cpu_32(ip->dst_addr);

	if (ethernet->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
		ip->next_proto_id == IPPROTO_IGMP)
		return;
	if (destination == BETA || destination == GAMMA)
		look_at_link(frame, destination);
	else
		sent.to_members++;
}

static void
answer_arp(uint32_t address)
{
	struct rte_mbuf *frame = fixture_make_arp_request(0, address, HUB);
	struct rte_arp_hdr *arp =
		rte_pktmbuf_mtod_offset(frame, struct rte_arp_hdr *, RTE_ETHER_HDR_LEN);

	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	arp->arp_data.arp_tha = hub.ports.at[0].mac;
	fixture_put_on_wire(0, frame);
}

static void
poll_links(void)
{
	mcr_link_poll(&hub.workers.lcores[0], now_us * (rte_get_timer_hz() / US_PER_S));
	fixture_settle();
}

static void
pass_us(uint64_t us)
{
	now_us += us;
	poll_links();
}

static const struct mcr_peer *
peer(const char *name)
{
	const struct mcr_peer *found = mcr_domain_find_peer(hub.control, name);

	assert_non_null(found);
	return found;
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

/* A link frame from a peer. @param length Of what follows the record. */
static struct rte_mbuf *
make_link_frame(uint32_t address, uint32_t key, uint32_t sequence,
	const struct mcr_link_record *record, const void *body)
{
	struct rte_mbuf *frame = fixture_make_frame(0, address);
	const uint16_t gre_len = 8 + MCR_LINK_PREFIX_LEN + record->length;
	struct rte_udp_hdr *udp;
	uint8_t *gre;

	fixture_append_ipv4(frame, address, HUB, IPPROTO_UDP, sizeof(*udp) + gre_len, 0);
	udp = (void *)rte_pktmbuf_append(frame, sizeof(*udp));
	*udp = (struct rte_udp_hdr){
		.src_port = RTE_BE16(50000),
		.dst_port = RTE_BE16(MCR_GRE_UDP_PORT),
		.dgram_len = rte_cpu_to_be_16(sizeof(*udp) + gre_len),
	};
	gre = (uint8_t *)rte_pktmbuf_append(frame, gre_len);
	mcr_write_be16(gre, MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT);
	mcr_write_be16(gre + 2, MCR_GRE_LINK);
	mcr_write_be32(gre + 4, key);
	mcr_link_write_prefix(gre + 8, sequence, record);
	memcpy(gre + 8 + MCR_LINK_PREFIX_LEN, body, record->length);
	return frame;
}

static void
send_hello(const char *name, uint32_t address, struct mcr_link_hello hello)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_HELLO, .length = MCR_LINK_HELLO_LEN};
	uint8_t body[MCR_LINK_HELLO_LEN];

	hello.multiplier = 3;
	hello.interval = HELLO_US;
	hello.epoch = 7;
	mcr_link_write_hello(body, &hello);
	fixture_put_on_wire(0, make_link_frame(address, mcr_link_hub_id("floor", name),
				       address == BETA ? betas++ : gammas++, &record, body));
	fixture_receive();
	poll_links();
}

static void
bring_up(const char *name, uint32_t address)
{
	const uint32_t mine = address;

	assert_null(mcr_domain_set_peer(hub.control, name, address));
	answer_arp(address);
	fixture_settle();
	pass_us(HELLO_US);
	send_hello(name, address,
		(struct mcr_link_hello){.state = MCR_LINK_DOWN, .my_discriminator = mine});
	pass_us(HELLO_US);
	assert_int_equal(sent.hello.your_discriminator, mine);
	send_hello(name, address,
		(struct mcr_link_hello){.state = MCR_LINK_INIT,
			.my_discriminator = mine,
			.your_discriminator = sent.hello.my_discriminator});
	assert_int_equal(mcr_peer_state(peer(name)), MCR_LINK_UP);
}

static void
want(const char *name, uint32_t group)
{
	const struct mcr_interest_key key = {
		.kind = MCR_INTEREST_GROUP, .group = {.group = group, .length = 32}};

	assert_int_equal(
		mcr_domain_set_interest(hub.control, peer(name), &key, MCR_INTEREST_WANTS), 0);
	assert_int_equal(mcr_fib_commit_groups(&hub.fib), 0);
}

static int
bring_both_up(void **state)
{
	RTE_SET_USED(state);
	bring_up("beta", BETA);
	bring_up("gamma", GAMMA);
	memset(&sent, 0, sizeof(sent));
	return 0;
}

static int
remove_both(void **state)
{
	static const char *const names[] = {"beta", "gamma"};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		struct mcr_peer *found = mcr_domain_find_peer(hub.control, names[i]);

		if (found != NULL && mcr_domain_remove_peer(hub.control, found) != NULL)
			return -1;
	}
	fixture_settle();
	return 0;
}

static struct mcr_stats
sum_stats(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	return sum;
}

static void
assert_balance(void)
{
	const struct mcr_stats sum = sum_stats();

	assert_int_equal(sum.counts[MCR_STAT_RX_PACKETS] + sum.counts[MCR_STAT_RX_COALESCED],
		sum.counts[MCR_STAT_DATA_PACKETS] + sum.counts[MCR_STAT_UNICAST_PACKETS] +
			sum.counts[MCR_STAT_CONTROL_PACKETS] + mcr_stats_rx_drops(&sum));
	assert_int_equal(sum.counts[MCR_STAT_COPIES], mcr_counters_sent(&hub.workers.lcores[0]) +
							      mcr_stats_copy_drops(&sum) +
							      sum.counts[MCR_STAT_TX_COALESCED]);
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
		.kind = MCR_LINK_IPV4, .length = PACKET_BYTES, .member = member};

	fixture_put_on_wire(
		0, make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), betas++, &record,
			   rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN)));
	rte_pktmbuf_free(packet);
	fixture_settle();
}

static uint64_t
drops_of(enum mcr_drop reason)
{
	return sum_stats().drops[reason];
}

static void
a_packet_goes_once_to_each_peer_that_wants_it(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("gamma", LOCAL);
	want("gamma", REMOTE);
	send_from_member(LOCAL);
	assert_int_equal(sent.to_members, 1);
	assert_int_equal(sent.to_beta, 1);
	assert_int_equal(sent.to_gamma, 1);
	send_from_member(REMOTE);
	assert_int_equal(sent.to_members, 1);
	assert_int_equal(sent.to_beta, 1);
	assert_int_equal(sent.to_gamma, 2);
	assert_balance();
}

static void
a_packet_of_a_peer_goes_to_members_alone(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", LOCAL);
	want("gamma", LOCAL);
	send_from_beta(LOCAL, MCR_IPV4(10, 9, 9, 9));
	assert_int_equal(sent.to_members, 2);
	assert_int_equal(sent.to_beta + sent.to_gamma, 0);
	assert_balance();
}

static void
it_does_not_go_back_to_the_member_that_sent_it_through_the_peer(void **unused)
{
	RTE_SET_USED(unused);
	send_from_beta(LOCAL, RECEIVER);
	assert_int_equal(sent.to_members, 1);
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
	assert_int_equal(sent.to_members + sent.to_beta + sent.to_gamma, 0);
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
	assert_int_equal(sent.key, mcr_link_hub_id("floor", "alpha"));
	assert_int_equal(sent.record.kind, MCR_LINK_IPV4);
	assert_int_equal(sent.record.member, SENDER);
	assert_int_equal(sent.record.flags, 0);
	assert_memory_equal(sent.packet, rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN),
		PACKET_BYTES);
	rte_pktmbuf_free(packet);
}

static void
the_sequence_counts_copies_and_hellos(void **unused)
{
	uint32_t first;

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	send_from_member(REMOTE);
	first = sent.sequence;
	send_from_member(REMOTE);
	assert_int_equal(sent.sequence, first + 1);
	assert_int_equal(sent.to_beta, 2);
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
	assert_int_equal(sent.to_members, 1);
	assert_int_equal(sent.to_beta, 0);
	want("beta", REMOTE);
	send_from_member(REMOTE);
	assert_int_equal(sent.to_beta, 0);
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
	const struct mcr_link_record record = {.kind = MCR_LINK_IPV4, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_LOOP);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	fixture_put_on_wire(
		0, make_link_frame(BETA, mcr_link_hub_id("floor", "alpha"), 1, &record, body));
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_LOOP), before + 1);
}

static void
another_domains_hub_is_refused(void **unused)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_IPV4, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_SOURCE_DENIED);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	fixture_put_on_wire(
		0, make_link_frame(BETA, mcr_link_hub_id("other", "beta"), 1, &record, body));
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_SOURCE_DENIED), before + 1);
	assert_balance();
}

static void
what_is_no_packet_is_malformed(void **unused)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_IPV4, .length = PACKET_BYTES};
	const uint64_t before = drops_of(MCR_DROP_MALFORMED);
	const uint8_t body[PACKET_BYTES] = {0};

	RTE_SET_USED(unused);
	fixture_put_on_wire(
		0, make_link_frame(BETA, mcr_link_hub_id("floor", "beta"), 1, &record, body));
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
	assert_int_equal(sent.to_members, 1);
	assert_int_equal(sent.to_beta, 0);
	assert_balance();
}

static void
a_peer_that_lies_about_its_address_is_not_taken(void **unused)
{
	RTE_SET_USED(unused);
	assert_non_null(mcr_domain_set_peer(hub.control, "delta", HUB));
	assert_non_null(mcr_domain_set_peer(hub.control, "delta", BETA));
	assert_non_null(mcr_domain_set_peer(hub.control, "delta", MCR_IPV4(224, 1, 1, 1)));
	assert_non_null(mcr_domain_set_peer(hub.control, "alpha", MCR_IPV4(10, 0, 0, 40)));
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
	assert_int_equal(sent.to_beta, 1);
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
	assert_int_equal(sent.to_members, 3);
	assert_int_equal(sent.frames, 0);
	pass_us(40);
	assert_int_equal(sent.frames, 0);
	pass_us(20);
	assert_int_equal(sent.frames, 2);
	assert_int_equal(sent.to_beta, 3);
	assert_int_equal(sent.to_gamma, 3);
	coalesce(0);
	assert_balance();
}

static void
a_full_frame_does_not_wait(void **unused)
{
	const unsigned int room = (1500 - 20 - 8 - 12) / (MCR_LINK_RECORD_LEN + PACKET_BYTES);

	RTE_SET_USED(unused);
	want("beta", REMOTE);
	coalesce(50);
	for (unsigned int i = 0; i <= room; i++)
		send_from_member(REMOTE);
	assert_int_equal(sent.frames, 1);
	assert_int_equal(sent.to_beta, room);
	pass_us(60);
	assert_int_equal(sent.to_beta, room + 1);
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
	assert_int_equal(sent.frames, 0);
	assert_int_equal(drops_of(MCR_DROP_COPY_STALE), before + 2);
	coalesce(0);
	assert_balance();
}

/* A frame of so many packets to one group, as a peer that coalesces sends it. */
static struct rte_mbuf *
make_coalesced(unsigned int packets, uint32_t group)
{
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, group, 1);
	const struct mcr_link_record record = {.kind = MCR_LINK_IPV4, .length = PACKET_BYTES};
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
	fixture_put_on_wire(0, make_coalesced(3, LOCAL));
	fixture_settle();
	assert_int_equal(sent.to_members, 6);
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
		fixture_put_on_wire(0, make_coalesced(40, LOCAL));
	}
	fixture_settle();
	assert_int_equal(sent.to_members, 5 + 2 * 5 * 40);
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
	fixture_put_on_wire(0, frame);
	fixture_settle();
	assert_int_equal(sent.to_members, 0);
	assert_int_equal(drops_of(MCR_DROP_MALFORMED), before + 1);
	assert_balance();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_both_up, remove_both)
	const struct CMUnitTest tests[] = {
		TEST(a_packet_goes_once_to_each_peer_that_wants_it),
		TEST(a_packet_of_a_peer_goes_to_members_alone),
		TEST(it_does_not_go_back_to_the_member_that_sent_it_through_the_peer),
		TEST(a_packet_of_a_peer_that_nobody_receives_is_dropped),
		TEST(a_link_frame_says_who_sends_what),
		TEST(the_sequence_counts_copies_and_hellos),
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
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
