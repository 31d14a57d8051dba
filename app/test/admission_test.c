/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Admitted members over the minutes, and what one burst may hold: a whole hub on two rings, all
 * lcores polled by one thread. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>

#include "control/admission.h"
#include "control/apply.h"
#include "control/poll.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "hub.h"
#include "infra/log.h"
#include "main_loop.h"

#define WIRE_SIZE 1024
#define BUFFERS 1023
#define MINUTE_MS 60000
#define ALPHA UINT32_C(0x0a00000b)     /* 10.0.0.11 */
#define FIRST UINT32_C(0x0a000041)     /* 10.0.0.65 */
#define SECOND UINT32_C(0x0a000042)    /* 10.0.0.66 */
#define GROUP UINT32_C(0xef010101)     /* 239.1.1.1 */
#define HUB UINT32_C(0x0a00000a)       /* 10.0.0.10 */
#define TUNNEL UINT32_C(0x0a00000c)    /* 10.0.0.12 */
#define SOURCE UINT32_C(0xac100001)    /* 172.16.0.1 */
#define OF_SOURCE UINT32_C(0xe8010101) /* 232.1.1.1 */
#define NOBODYS UINT32_C(0xef020202)   /* 239.2.2.2 */
#define PROTOCOL 112

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"tunnel\",\"address\":\"10.0.0.12\",\"encap\":\"gre\",\"role\":\"sender\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"alpha\"]},"
	"{\"group\":\"232.1.1.1\",\"sources\":[\"172.16.0.1\"],\"members\":[\"alpha\"]}],"
	"\"admit\":[{\"prefix\":\"10.0.0.64/26\",\"encap\":[\"l2\"],\"max_members\":1}]}";

static struct mcr_hub hub;
static struct rte_mempool *wire_pool;
static struct rte_ring *to_hub, *from_hub;

/* The IDs of the copies that left, in their order. */
static uint16_t ids[BUFFERS];
static uint16_t id_count;

static int
start_hub(void **state)
{
	char *args[] = {"admission_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m128", "--lcores=0@0,1@0", "--log-level=error"};
	struct mcr_config_messages errors = {0};

	RTE_SET_USED(state);
	if (rte_eal_init(RTE_DIM(args), args) < 0)
		return -1;
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", RTE_LOG_ERR);
	to_hub = rte_ring_create("to_hub", WIRE_SIZE, 0, 0);
	from_hub = rte_ring_create("from_hub", WIRE_SIZE, 0, 0);
	wire_pool = rte_pktmbuf_pool_create(
		"wire", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	hub.config = mcr_config_parse(text, strlen(text), "test", &errors);
	if (to_hub == NULL || from_hub == NULL || wire_pool == NULL || hub.config == NULL ||
		rte_eth_from_rings("wire", &to_hub, 1, &from_hub, 1, 0) < 0 ||
		mcr_hub_start(&hub) != 0)
		return -1;
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_online(hub.fib.rcu, hub.workers.lcores[i].reader);
	return 0;
}

static int
end_hub(void **state)
{
	RTE_SET_USED(state);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_offline(hub.fib.rcu, hub.workers.lcores[i].reader);
	mcr_hub_end(&hub);
	mcr_config_free(hub.config);
	rte_mempool_free(wire_pool);
	rte_ring_free(to_hub);
	rte_ring_free(from_hub);
	return rte_eal_cleanup();
}

static void
take_sent(void)
{
	struct rte_mbuf *sent;

	while (rte_ring_dequeue(from_hub, (void **)&sent) == 0) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			sent, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));

		if (ip->next_proto_id == PROTOCOL && id_count < RTE_DIM(ids))
			ids[id_count++] = rte_be_to_cpu_16(ip->packet_id);
		rte_pktmbuf_free(sent);
	}
}

static void
pass_grace_period(void)
{
	mcr_rcu_reclaim(hub.fib.rcu);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_quiescent(hub.fib.rcu, hub.workers.lcores[i].reader);
	mcr_rcu_reclaim(hub.fib.rcu);
}

static void
settle(void)
{
	unsigned int work;

	do {
		work = mcr_control_poll(hub.control, mcr_main_loop_now_ms());
		for (uint16_t i = 0; i < hub.workers.count; i++) {
			work += hub.workers.lcores[i].role->is_rx
			                ? mcr_rx_poll(&hub.workers.lcores[i])
			                : 0;
			work += hub.workers.lcores[i].role->is_tx
			                ? mcr_tx_poll(&hub.workers.lcores[i])
			                : 0;
		}
		take_sent();
		pass_grace_period();
	} while (work != 0);
}

static void
append_ipv4(struct rte_mbuf *frame, uint32_t source, uint32_t destination, uint8_t protocol,
	uint16_t length, uint16_t id)
{
	struct rte_ipv4_hdr *ip = (void *)rte_pktmbuf_append(frame, sizeof(*ip));

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(length),
		.packet_id = rte_cpu_to_be_16(id),
		.time_to_live = 1,
		.next_proto_id = protocol,
		.src_addr = rte_cpu_to_be_32(source),
		.dst_addr = rte_cpu_to_be_32(destination),
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static struct rte_mbuf *
make_frame(uint32_t sender)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(wire_pool);
	struct rte_ether_hdr *ethernet = (void *)rte_pktmbuf_append(frame, sizeof(*ethernet));

	*ethernet = (struct rte_ether_hdr){
		.dst_addr = hub.ports.at[0].mac,
		.src_addr = {{2, 0, 0, 0, 0, sender & 0xff}},
		.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
	};
	return frame;
}

/* In a plain frame. */
static void
put_packet_on_wire(uint32_t source, uint32_t group, uint16_t id)
{
	struct rte_mbuf *frame = make_frame(source);

	append_ipv4(frame, source, group, PROTOCOL, sizeof(struct rte_ipv4_hdr), id);
	assert_int_equal(rte_ring_enqueue(to_hub, frame), 0);
}

static struct rte_mbuf *
make_tunnelled(uint32_t source, uint16_t id)
{
	static const uint8_t gre[] = {0, 0, 8, 0};
	struct rte_mbuf *frame = make_frame(TUNNEL);

	append_ipv4(
		frame, TUNNEL, HUB, IPPROTO_GRE, 2 * sizeof(struct rte_ipv4_hdr) + sizeof(gre), 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(gre)), gre, sizeof(gre));
	append_ipv4(frame, source, OF_SOURCE, PROTOCOL, sizeof(struct rte_ipv4_hdr), id);
	return frame;
}

static void
put_tunnelled_on_wire(uint32_t source, uint16_t id)
{
	assert_int_equal(rte_ring_enqueue(to_hub, make_tunnelled(source, id)), 0);
}

static void
put_on_wire(uint32_t source, uint16_t id)
{
	put_packet_on_wire(source, GROUP, id);
}

static void
send_from(uint32_t source)
{
	put_on_wire(source, 0);
	settle();
}

static void
receive(void)
{
	for (uint16_t i = 0; i < hub.workers.count; i++)
		if (hub.workers.lcores[i].role->is_rx)
			mcr_rx_poll(&hub.workers.lcores[i]);
}

static void
pass_minutes(unsigned int minutes)
{
	/* Not by polling the control lcore, which looks at the clock. */
	for (unsigned int i = 0; i < minutes; i++) {
		hub.control->now_ms += MINUTE_MS;
		hub.control->admit_due_ms = 0;
		mcr_admit_expire(hub.control);
	}
	pass_grace_period();
}

static uint32_t
id_of(uint32_t source)
{
	const struct mcr_member_identity identity = {.address = source, .encap = MCR_ENCAP_L2};

	return mcr_member_find(hub.fib.members, &identity);
}

static bool
is_member(uint32_t source)
{
	return id_of(source) != MCR_MEMBER_NONE;
}

/* What a test admitted is forgotten, and the clock is right again. */
static int
forget_all(void **state)
{
	RTE_SET_USED(state);
	pass_minutes(11);
	settle();
	return is_member(FIRST) || is_member(SECOND);
}

static void
who_is_silent_for_ten_minutes_is_forgotten(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	assert_true(is_member(FIRST));
	pass_minutes(9);
	assert_true(is_member(FIRST));
	pass_minutes(1);
	assert_true(is_member(FIRST));
	pass_minutes(1);
	assert_false(is_member(FIRST));
}

static void
who_sends_is_remembered(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	for (unsigned int i = 0; i < 3; i++) {
		pass_minutes(9);
		assert_true(is_member(FIRST));
		/* Its packet, without the clock that settling would set right. */
		mcr_stats_add(&hub.workers.lcores[1].members[id_of(FIRST)].rx_packets, 1);
	}
	pass_minutes(9);
	assert_true(is_member(FIRST));
}

static void
who_holds_a_group_is_remembered(void **state)
{
	const struct mcr_group_key key = {.group = GROUP, .length = 32};

	RTE_SET_USED(state);
	send_from(FIRST);
	assert_int_equal(mcr_group_add(hub.fib.groups, &key,
				 (struct mcr_receiver){FIRST, id_of(FIRST)}, MCR_ORIGIN_RUNTIME),
		0);
	mcr_group_commit(hub.fib.groups);
	pass_minutes(30);
	assert_true(is_member(FIRST));
	assert_int_equal(
		mcr_group_remove(hub.fib.groups, &key, id_of(FIRST), MCR_ORIGIN_RUNTIME), 0);
	mcr_group_commit(hub.fib.groups);
	pass_minutes(11);
	assert_false(is_member(FIRST));
}

static void
who_is_forgotten_makes_room(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	send_from(SECOND);
	assert_false(is_member(SECOND));
	pass_minutes(11);
	send_from(SECOND);
	assert_true(is_member(SECOND));
	send_from(FIRST);
	assert_false(is_member(FIRST));
}

/* Frames of before, at the same time as, and of after the admission. */
static void
who_is_being_admitted_stays_in_order(void **state)
{
	RTE_SET_USED(state);
	id_count = 0;
	put_on_wire(FIRST, 1);
	receive();
	put_on_wire(FIRST, 2);
	receive();
	mcr_control_poll(hub.control, mcr_main_loop_now_ms());
	assert_true(is_member(FIRST));
	put_on_wire(FIRST, 3);
	receive();
	put_on_wire(FIRST, 4);
	settle();
	put_on_wire(FIRST, 5);
	settle();
	assert_int_equal(id_count, 5);
	for (uint16_t i = 0; i < id_count; i++)
		assert_int_equal(ids[i], i + 1);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		assert_int_equal(hub.workers.lcores[i].pending.frames, 0);
}

/* More in each turn than the control lcore takes: some are lost, none for ever goes round. */
static void
who_is_faster_than_the_control_lcore_gets_through(void **state)
{
	uint16_t id = 0;

	RTE_SET_USED(state);
	id_count = 0;
	for (unsigned int turn = 0; turn < 20; turn++) {
		for (unsigned int i = 0; i < 40; i++)
			put_on_wire(FIRST, ++id);
		receive();
		receive();
		mcr_control_poll(hub.control, mcr_main_loop_now_ms());
	}
	assert_int_equal(hub.workers.lcores[1].pending.frames, 0);
	settle();
	assert_in_range(id_count, 1, id);
	for (uint16_t i = 1; i < id_count; i++)
		assert_true(ids[i] > ids[i - 1]);
	assert_int_equal(ids[id_count - 1], id);
}

static uint64_t
received_from(uint32_t source)
{
	return hub.workers.lcores[1].members[id_of(source)].rx_packets;
}

static void
senders_in_one_burst_are_told_apart(void **state)
{
	static const uint32_t senders[] = {ALPHA, FIRST, ALPHA, FIRST, FIRST};
	uint64_t from_alpha, from_first;

	RTE_SET_USED(state);
	send_from(FIRST);
	from_alpha = received_from(ALPHA);
	from_first = received_from(FIRST);
	for (unsigned int i = 0; i < RTE_DIM(senders); i++)
		put_on_wire(senders[i], i);
	settle();
	assert_int_equal(received_from(ALPHA) - from_alpha, 2);
	assert_int_equal(received_from(FIRST) - from_first, 3);
}

static void
groups_in_one_burst_are_told_apart(void **state)
{
	static const uint32_t groups[] = {NOBODYS, GROUP, NOBODYS, NOBODYS, GROUP, GROUP, NOBODYS};
	static const uint16_t expected[] = {1, 4, 5};

	RTE_SET_USED(state);
	send_from(FIRST);
	id_count = 0;
	for (unsigned int i = 0; i < RTE_DIM(groups); i++)
		put_packet_on_wire(FIRST, groups[i], i);
	settle();
	assert_int_equal(id_count, RTE_DIM(expected));
	assert_memory_equal(ids, expected, sizeof(expected));
}

static void
sources_in_one_tunnel_are_told_apart(void **state)
{
	static const uint32_t sources[] = {SOURCE + 1, SOURCE, SOURCE + 1, SOURCE, SOURCE};
	static const uint16_t expected[] = {1, 3, 4};

	RTE_SET_USED(state);
	id_count = 0;
	for (unsigned int i = 0; i < RTE_DIM(sources); i++)
		put_tunnelled_on_wire(sources[i], i);
	settle();
	assert_int_equal(id_count, RTE_DIM(expected));
	assert_memory_equal(ids, expected, sizeof(expected));
}

/* Passed to the control lcore by an RX lcore. */
static void
put_report(uint32_t source, struct mcr_member_ref sender)
{
	struct mcr_punt report = {
		.frame = make_frame(source),
		.sender = sender,
		.offset = sizeof(struct rte_ether_hdr),
		.length = sizeof(struct rte_ipv4_hdr),
		.punt = MCR_PUNT_IGMP,
	};

	append_ipv4(report.frame, source, GROUP, IPPROTO_IGMP, report.length, 0);
	report.frame->port = hub.ports.at[0].id;
	assert_int_equal(rte_ring_enqueue_elem(hub.rings.punt, &report, sizeof(report)), 0);
}

/* Its id is another's by then, who has all that a member may send before it. */
static void
a_frame_of_who_left_is_charged_to_nobody(void **state)
{
	const uint64_t *denied = &hub.workers.lcores[0].stats.drops[MCR_DROP_SOURCE_DENIED];
	const uint64_t before = *denied;
	struct mcr_member_ref first;

	RTE_SET_USED(state);
	send_from(FIRST);
	first = mcr_member_refer(hub.fib.members, id_of(FIRST));
	put_report(FIRST, first);
	mcr_control_poll(hub.control, mcr_main_loop_now_ms());
	assert_int_equal(hub.control->member_limits[first.id].used, 1);
	pass_minutes(11);
	send_from(SECOND);
	assert_int_equal(id_of(SECOND), first.id);
	assert_int_equal(hub.control->member_limits[first.id].used, 0);
	put_report(FIRST, first);
	settle();
	assert_int_equal(hub.control->member_limits[first.id].used, 0);
	assert_int_equal(*denied - before, 1);
}

static void
receive_from_another_mac(void)
{
	struct rte_mbuf *frame = make_tunnelled(SOURCE, 0);

	rte_pktmbuf_mtod(frame, struct rte_ether_hdr *)->src_addr.addr_bytes[4]++;
	assert_int_equal(rte_ring_enqueue(to_hub, frame), 0);
	receive();
}

static void
what_the_control_lcore_cannot_hear_is_counted_and_told_again(void **state)
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
	settle();
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_silent_for_ten_minutes_is_forgotten),
		TEST(who_sends_is_remembered),
		TEST(who_holds_a_group_is_remembered),
		TEST(who_is_forgotten_makes_room),
		TEST(who_is_being_admitted_stays_in_order),
		TEST(who_is_faster_than_the_control_lcore_gets_through),
		TEST(senders_in_one_burst_are_told_apart),
		TEST(groups_in_one_burst_are_told_apart),
		TEST(sources_in_one_tunnel_are_told_apart),
		TEST(a_frame_of_who_left_is_charged_to_nobody),
		TEST(what_the_control_lcore_cannot_hear_is_counted_and_told_again),
	};

	return cmocka_run_group_tests(tests, start_hub, end_hub);
}
