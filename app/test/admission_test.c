/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Admitted members over time, and mixed bursts: a whole hub with one port. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <cmocka.h>

#include "control/context.h"
#include "control/poll.h"
#include "datapath/punt_account.h"
#include "main_loop.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define FIRST MCR_IPV4(10, 0, 0, 65)
#define SECOND MCR_IPV4(10, 0, 0, 66)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define TUNNEL MCR_IPV4(10, 0, 0, 12)
#define SOURCE MCR_IPV4(172, 16, 0, 1)
#define SSM_GROUP MCR_IPV4(232, 1, 1, 1)
#define EMPTY_GROUP MCR_IPV4(239, 2, 2, 2)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"tunnel\",\"address\":\"10.0.0.12\",\"encap\":\"gre\",\"role\":\"sender\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"alpha\"]},"
	"{\"group\":\"232.1.1.1\",\"sources\":[\"172.16.0.1\"],\"members\":[\"alpha\"]}],"
	"\"admit\":[{\"prefix\":\"10.0.0.64/26\",\"encap\":[\"l2\"],\"max_members\":1}]}";

/* IP IDs of the copies that left, in order. */
static uint16_t ids[FIXTURE_BUFFERS];
static uint16_t id_count;

static void
note_id(const struct rte_mbuf *sent)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
		sent, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));

	if (ip->next_proto_id == FIXTURE_PROTOCOL && id_count < RTE_DIM(ids))
		ids[id_count++] = rte_be_to_cpu_16(ip->packet_id);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(
		&(struct hub_fixture){.config = text, .ports = 1, .lcores = 2, .on_sent = note_id});
}

static struct rte_mbuf *
make_tunnelled(uint32_t source, uint16_t id)
{
	struct rte_mbuf *frame = fixture_make_frame(0, TUNNEL);

	fixture_append_gre(frame, 0, TUNNEL, sizeof(struct rte_ipv4_hdr));
	fixture_append_ipv4(frame, source, SSM_GROUP, FIXTURE_PROTOCOL, 0, id);
	return frame;
}

static void
put_with_id(uint32_t source, uint16_t id)
{
	fixture_put_on_wire(0, fixture_make_packet(0, source, GROUP, id));
}

static void
send_from(uint32_t source)
{
	put_with_id(source, 0);
	fixture_settle();
}

static uint32_t
member_of(uint32_t source)
{
	return fixture_member_at(source, MCR_ENCAP_L2);
}

static bool
is_admitted(uint32_t source)
{
	return member_of(source) != MCR_MEMBER_NONE;
}

static int
expire_all(void **state)
{
	RTE_SET_USED(state);
	fixture_pass_minutes(11);
	fixture_settle();
	return is_admitted(FIRST) || is_admitted(SECOND);
}

static void
a_member_silent_for_ten_minutes_expires(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	assert_true(is_admitted(FIRST));
	fixture_pass_minutes(9);
	assert_true(is_admitted(FIRST));
	fixture_pass_minutes(1);
	assert_true(is_admitted(FIRST));
	fixture_pass_minutes(1);
	assert_false(is_admitted(FIRST));
}

static void
a_member_that_sends_stays(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	for (unsigned int i = 0; i < 3; i++) {
		fixture_pass_minutes(9);
		assert_true(is_admitted(FIRST));
		/* A poll would set the clock back. */
		mcr_stats_add(&hub.workers.lcores[1].members[member_of(FIRST)].rx_packets, 1);
	}
	fixture_pass_minutes(9);
	assert_true(is_admitted(FIRST));
}

static void
a_member_that_receives_a_group_stays(void **state)
{
	const struct mcr_group_key key = {.group = GROUP, .length = 32};

	RTE_SET_USED(state);
	send_from(FIRST);
	assert_int_equal(
		mcr_group_add(hub.fib.groups, &key, (struct mcr_receiver){FIRST, member_of(FIRST)},
			MCR_ORIGIN_RUNTIME),
		0);
	mcr_group_commit(hub.fib.groups);
	fixture_pass_minutes(30);
	assert_true(is_admitted(FIRST));
	assert_int_equal(
		mcr_group_remove(hub.fib.groups, &key, member_of(FIRST), MCR_ORIGIN_RUNTIME), 0);
	mcr_group_commit(hub.fib.groups);
	fixture_pass_minutes(11);
	assert_false(is_admitted(FIRST));
}

static void
an_expired_member_makes_room(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	send_from(SECOND);
	assert_false(is_admitted(SECOND));
	fixture_pass_minutes(11);
	send_from(SECOND);
	assert_true(is_admitted(SECOND));
	send_from(FIRST);
	assert_false(is_admitted(FIRST));
}

static void
frames_stay_in_order_during_admission(void **state)
{
	RTE_SET_USED(state);
	id_count = 0;
	put_with_id(FIRST, 1);
	fixture_receive();
	put_with_id(FIRST, 2);
	fixture_receive();
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_true(is_admitted(FIRST));
	put_with_id(FIRST, 3);
	fixture_receive();
	put_with_id(FIRST, 4);
	fixture_settle();
	put_with_id(FIRST, 5);
	fixture_settle();
	assert_int_equal(id_count, 5);
	for (uint16_t i = 0; i < id_count; i++)
		assert_int_equal(ids[i], i + 1);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		assert_int_equal(hub.workers.lcores[i].rx.pending.frames, 0);
}

/* The control lcore cannot take all frames of a turn: some are lost, none circulates forever. */
static void
a_sender_faster_than_the_control_lcore_gets_through(void **state)
{
	uint16_t id = 0;

	RTE_SET_USED(state);
	id_count = 0;
	for (unsigned int turn = 0; turn < 20; turn++) {
		for (unsigned int i = 0; i < 40; i++)
			put_with_id(FIRST, ++id);
		fixture_receive();
		fixture_receive();
		mcr_control_poll(hub.control, fixture_now_ms());
	}
	assert_int_equal(hub.workers.lcores[1].rx.pending.frames, 0);
	fixture_settle();
	assert_in_range(id_count, 1, id);
	for (uint16_t i = 1; i < id_count; i++)
		assert_true(ids[i] > ids[i - 1]);
	assert_int_equal(ids[id_count - 1], id);
}

/* The port may get another MAC by a reset: the frame is then classified as a drop. */
static void
a_waiting_frame_that_is_dropped_ends_its_admission(void **state)
{
	struct rte_ether_addr *mac = &hub.ports.at[0].classify.mac;
	const struct rte_ether_addr before = *mac;

	RTE_SET_USED(state);
	put_with_id(FIRST, 1);
	fixture_receive();
	assert_int_equal(hub.workers.lcores[1].rx.pending.frames, 1);
	mac->addr_bytes[5] ^= 1;
	fixture_settle();
	*mac = before;
	assert_false(is_admitted(FIRST));
	assert_int_equal(hub.workers.lcores[1].rx.pending.frames, 0);
}

static struct rte_mbuf *
make_gre_udp(uint32_t source)
{
	static const uint8_t headers[] = {
		0x80, 1, 0x12, 0x92, 0, 12 + sizeof(struct rte_ipv4_hdr), 0, 0, 0, 0, 8, 0};
	struct rte_mbuf *frame = fixture_make_frame(0, source);

	fixture_append_ipv4(frame, source, hub.ports.at[0].address, IPPROTO_UDP,
		sizeof(headers) + sizeof(struct rte_ipv4_hdr), 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(headers)), headers, sizeof(headers));
	fixture_append_ipv4(frame, SOURCE, GROUP, FIXTURE_PROTOCOL, 0, 1);
	return frame;
}

/* A reload removes the UDP port while the frame waits: its encapsulation is then unknown, not l2.
 */
static void
a_gre_udp_sender_does_not_become_an_l2_member(void **state)
{
	const char *rule = strstr(text, "[\"l2\"]");
	char with_udp[sizeof(text) + 16];

	RTE_SET_USED(state);
	snprintf(with_udp, sizeof(with_udp), "%.*s[\"l2\",\"gre-udp\"%s", (int)(rule - text), text,
		rule + strlen("[\"l2\""));
	assert_int_equal(fixture_reload(fixture_parse(with_udp)), 0);
	fixture_put_on_wire(0, make_gre_udp(FIRST));
	fixture_receive();
	assert_int_equal(hub.workers.lcores[1].rx.pending.frames, 1);
	assert_int_equal(fixture_reload(fixture_parse(text)), 0);
	fixture_settle();
	assert_int_equal(mcr_member_count(hub.fib.members), 2);
	assert_int_equal(hub.workers.lcores[1].rx.pending.frames, 0);
}

static uint64_t
received_from(uint32_t source)
{
	return hub.workers.lcores[1].members[member_of(source)].rx_packets;
}

static void
senders_in_one_burst_are_distinguished(void **state)
{
	static const uint32_t senders[] = {ALPHA, FIRST, ALPHA, FIRST, FIRST};
	uint64_t from_alpha, from_first;

	RTE_SET_USED(state);
	send_from(FIRST);
	from_alpha = received_from(ALPHA);
	from_first = received_from(FIRST);
	for (unsigned int i = 0; i < RTE_DIM(senders); i++)
		put_with_id(senders[i], i);
	fixture_settle();
	assert_int_equal(received_from(ALPHA) - from_alpha, 2);
	assert_int_equal(received_from(FIRST) - from_first, 3);
}

static void
groups_in_one_burst_are_distinguished(void **state)
{
	static const uint32_t groups[] = {
		EMPTY_GROUP, GROUP, EMPTY_GROUP, EMPTY_GROUP, GROUP, GROUP, EMPTY_GROUP};
	static const uint16_t expected[] = {1, 4, 5};

	RTE_SET_USED(state);
	send_from(FIRST);
	id_count = 0;
	for (unsigned int i = 0; i < RTE_DIM(groups); i++)
		fixture_put_on_wire(0, fixture_make_packet(0, FIRST, groups[i], i));
	fixture_settle();
	assert_int_equal(id_count, RTE_DIM(expected));
	assert_memory_equal(ids, expected, sizeof(expected));
}

static void
sources_in_one_tunnel_are_distinguished(void **state)
{
	static const uint32_t sources[] = {SOURCE + 1, SOURCE, SOURCE + 1, SOURCE, SOURCE};
	static const uint16_t expected[] = {1, 3, 4};

	RTE_SET_USED(state);
	id_count = 0;
	for (unsigned int i = 0; i < RTE_DIM(sources); i++)
		fixture_put_on_wire(0, make_tunnelled(sources[i], i));
	fixture_settle();
	assert_int_equal(id_count, RTE_DIM(expected));
	assert_memory_equal(ids, expected, sizeof(expected));
}

static struct mcr_punt_account *
account_of(struct mcr_member_ref member)
{
	return &hub.rings.accounts->at[mcr_punt_account_of(
		hub.rings.accounts, MCR_PUNT_CLASS_MEMBERSHIP, member.id, 0)];
}

static void
put_report(uint32_t source, struct mcr_member_ref sender)
{
	struct mcr_punt report = {
		.frame = fixture_make_frame(0, source),
		.sender = sender,
		.offset = sizeof(struct rte_ether_hdr),
		.length = sizeof(struct rte_ipv4_hdr),
		.punt = MCR_PUNT_IGMP,
	};

	fixture_append_ipv4(report.frame, source, GROUP, IPPROTO_IGMP, 0, 0);
	report.frame->port = hub.ports.at[0].id;
	report.account =
		mcr_punt_account_of(hub.rings.accounts, MCR_PUNT_CLASS_MEMBERSHIP, sender.id, 0);
	account_of(sender)->waiting++;
	assert_int_equal(rte_ring_enqueue_elem(hub.rings.punt[MCR_PUNT_CLASS_MEMBERSHIP], &report,
				 sizeof(report)),
		0);
}

static void
a_member_that_takes_over_an_id_owes_nothing(void **state)
{
	const uint64_t *denied = &hub.workers.lcores[0].stats.drops[MCR_DROP_SOURCE_DENIED];
	const uint64_t before = *denied;
	struct mcr_member_ref first;

	RTE_SET_USED(state);
	send_from(FIRST);
	first = mcr_member_refer(hub.fib.members, member_of(FIRST));
	put_report(FIRST, first);
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_int_not_equal(account_of(first)->paid_at, 0);
	fixture_pass_minutes(11);
	send_from(SECOND);
	assert_int_equal(member_of(SECOND), first.id);
	assert_int_equal(account_of(first)->paid_at, 0);
	put_report(FIRST, first);
	fixture_settle();
	assert_int_equal(account_of(first)->waiting, 0);
	assert_int_equal(*denied - before, 1);
}

static void
receive_from_another_mac(void)
{
	struct rte_mbuf *frame = make_tunnelled(SOURCE, 0);

	rte_pktmbuf_mtod(frame, struct rte_ether_hdr *)->src_addr.addr_bytes[4]++;
	fixture_put_on_wire(0, frame);
	fixture_receive();
}

static void
lost_learn_events_are_counted_and_repeated(void **state)
{
	const uint64_t *lost = &hub.workers.lcores[1].stats.counts[MCR_STAT_LEARNING_DROPS];
	const uint64_t before = *lost;
	struct mcr_learn_event other = {.member = {.id = MCR_MEMBER_NONE}};

	RTE_SET_USED(state);
	while (rte_ring_enqueue_elem(hub.rings.learn, &other, sizeof(other)) == 0)
		;
	for (unsigned int i = 1; i <= 2; i++) {
		receive_from_another_mac();
		assert_int_equal(*lost - before, i);
	}
	while (rte_ring_dequeue_elem(hub.rings.learn, &other, sizeof(other)) == 0)
		;
	receive_from_another_mac();
	assert_int_equal(rte_ring_count(hub.rings.learn), 1);
	assert_int_equal(*lost - before, 2);
	fixture_settle();
}

#define TEST(name) cmocka_unit_test_teardown(name, expire_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_member_silent_for_ten_minutes_expires),
		TEST(a_member_that_sends_stays),
		TEST(a_member_that_receives_a_group_stays),
		TEST(an_expired_member_makes_room),
		TEST(frames_stay_in_order_during_admission),
		TEST(a_waiting_frame_that_is_dropped_ends_its_admission),
		TEST(a_gre_udp_sender_does_not_become_an_l2_member),
		TEST(a_sender_faster_than_the_control_lcore_gets_through),
		TEST(senders_in_one_burst_are_distinguished),
		TEST(groups_in_one_burst_are_distinguished),
		TEST(sources_in_one_tunnel_are_distinguished),
		TEST(a_member_that_takes_over_an_id_owes_nothing),
		TEST(lost_learn_events_are_counted_and_repeated),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
