/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* More data than TX lcores take: a whole hub with a lcore for RX and one for TX, of which the test
 * runs RX alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ip.h>

#include "control/send.h"
#include "datapath/job.h"
#include "datapath/tx.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define SMALL_GROUP MCR_IPV4(239, 1, 1, 2)
#define ALL_ROUTERS MCR_IPV4(224, 0, 0, 2)

/* Bursts until the job ring is full, and as many again. */
#define BURSTS (2 * MCR_JOB_RING_SIZE / MCR_RX_BURST)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":4096},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"alpha\"]}]}";

static unsigned int answers;
static unsigned int small_copies; /* of the group that few packets go to */

static void
count_answer(const struct rte_mbuf *sent)
{
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(sent, const struct rte_ether_hdr *);
	const struct rte_arp_hdr *arp = (const void *)(ethernet + 1);

	small_copies += ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
	                ((const struct rte_ipv4_hdr *)(ethernet + 1))->dst_addr ==
	                        rte_cpu_to_be_32(SMALL_GROUP);
	answers += ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP) &&
	           arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = text, .ports = 1, .lcores = 3, .on_sent = count_answer});
}

static struct rte_mbuf *
make_arp_request(void)
{
	return fixture_make_arp_request(0, ALPHA, HUB);
}

static struct rte_mbuf *
make_igmp(void)
{
	static const uint8_t leave[8] = {0x17, 0, 0xf8, 0xfc, 239, 1, 1, 1};
	struct rte_mbuf *frame = fixture_make_frame(0, ALPHA);

	fixture_append_ipv4(frame, ALPHA, ALL_ROUTERS, IPPROTO_IGMP, sizeof(leave), 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(leave)), leave, sizeof(leave));
	return frame;
}

/* A burst full of data, but for its last frame. */
static void
receive_burst_that_ends_with(struct rte_mbuf *last)
{
	for (unsigned int i = 0; i < MCR_RX_BURST - 1; i++)
		fixture_put_on_wire(0, fixture_make_packet(0, ALPHA, GROUP, 0));
	fixture_put_on_wire(0, last);
	fixture_receive();
}

static uint64_t
count_rx_drops(enum mcr_drop reason)
{
	return hub.workers.lcores[1].stats.drops[reason];
}

static void
a_flood_of_data_loses_neither_arp_nor_igmp(void **state)
{
	unsigned int arp = 0, igmp = 0;

	RTE_SET_USED(state);
	fixture_settle();
	assert_true(hub.workers.plan.has_rings);
	for (unsigned int i = 0; i < BURSTS; i++) {
		const bool is_arp = i % 2 == 0;

		receive_burst_that_ends_with(is_arp ? make_arp_request() : make_igmp());
		arp += is_arp;
		igmp += !is_arp;
	}
	assert_true(count_rx_drops(MCR_DROP_RING_FULL) >= MCR_JOB_RING_SIZE / 2);
	assert_int_equal(rte_ring_count(hub.rings.punt[MCR_PUNT_CLASS_NEIGHBOUR]), arp);
	assert_int_equal(rte_ring_count(hub.rings.punt[MCR_PUNT_CLASS_MEMBERSHIP]), igmp);
	answers = 0;
	fixture_settle();
	assert_int_equal(answers, arp);
}

/* In one turn of the TX lcore, although its jobs wait. */
static void
answers_do_not_wait_for_copies(void **state)
{
	static const uint8_t frame[60] = {2};
	const struct mcr_lcore *tx = &hub.workers.lcores[2];
	const uint64_t before = tx->stats.counts[MCR_STAT_TX_CONTROL_PACKETS];

	RTE_SET_USED(state);
	fixture_settle();
	for (unsigned int i = 0; i < 8; i++)
		receive_burst_that_ends_with(fixture_make_packet(0, ALPHA, GROUP, 0));
	for (unsigned int i = 0; i < 4 * MCR_RX_BURST; i++)
		mcr_send_bytes(hub.control, 0, frame, sizeof(frame));
	fixture_poll(2);
	assert_true(rte_ring_count(tx->tx.jobs) != 0);
	assert_int_equal(tx->stats.counts[MCR_STAT_TX_CONTROL_PACKETS] - before, 4 * MCR_RX_BURST);
	fixture_settle();
}

/* A turn takes a millisecond. */
static uint64_t
read_turns(void)
{
	static uint64_t now;

	return now += rte_get_timer_hz() / 1000;
}

/* The TX lcore takes half of what alpha sends. */
static void
a_small_stream_is_not_lost_beside_a_greedy_one(void **state)
{
	const uint64_t before = count_rx_drops(MCR_DROP_RING_FULL);
	const unsigned int turns = 2000;

	RTE_SET_USED(state);
	fixture_settle();
	hub.control->read_cycles = read_turns;
	small_copies = 0;
	for (unsigned int turn = 0; turn < turns; turn++) {
		for (unsigned int i = 0; i < MCR_RX_BURST - 1; i++)
			fixture_put_on_wire(0, fixture_make_packet(0, ALPHA, GROUP, i));
		fixture_put_on_wire(0, fixture_make_packet(0, BETA, SMALL_GROUP, turn));
		fixture_receive();
		if (turn % 2 != 0)
			fixture_poll(2);
		fixture_take_sent();
	}
	fixture_settle();
	hub.control->read_cycles = fixture_stand_still;
	assert_true(count_rx_drops(MCR_DROP_RING_FULL) - before >=
		    (turns * MCR_RX_BURST - MCR_JOB_RING_SIZE) / 4);
	assert_true(small_copies >= turns - turns / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_of_data_loses_neither_arp_nor_igmp),
		cmocka_unit_test(answers_do_not_wait_for_copies),
		cmocka_unit_test(a_small_stream_is_not_lost_beside_a_greedy_one),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
