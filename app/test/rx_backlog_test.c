/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* More packets than an lcore copies that also receives them: a whole hub of one lcore. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <netinet/in.h>

#include <cmocka.h>

#include <rte_ip.h>

#include "datapath/rx.h"
#include "datapath/rx_backlog.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define ALL_ROUTERS MCR_IPV4(224, 0, 0, 2)

/* An eighth of the buffers. */
#define ROOM 256

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":2048},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}]}";

/* IPv4 IDs of the copies, in the order in which they left. */
static unsigned int copy_count;
static uint16_t copies[4 * FIXTURE_BUFFERS];

#define OF_BETA 0xffff

static void
note_copy(const struct rte_mbuf *sent)
{
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(sent, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const void *)(ethernet + 1);

	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
		ip->next_proto_id == FIXTURE_PROTOCOL)
		copies[copy_count++] = rte_be_to_cpu_16(ip->packet_id);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = text, .ports = 1, .lcores = 1, .on_sent = note_copy});
}

static int
settle(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	copy_count = 0;
	hub.ports.lose = true;
	return 0;
}

static struct mcr_lcore *
only_lcore(void)
{
	return &hub.workers.lcores[0];
}

static unsigned int
count_copies(uint16_t id)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < copy_count; i++)
		count += copies[i] == id;
	return count;
}

static uint64_t
dropped(void)
{
	return only_lcore()->stats.drops[MCR_DROP_RING_FULL];
}

static void
put_data(unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		fixture_put_on_wire(0, fixture_make_packet(0, ALPHA, GROUP, i));
}

static void
put_igmp(void)
{
	static const uint8_t leave[8] = {0x17, 0, 0xf8, 0xfc, 239, 1, 1, 1};
	struct rte_mbuf *frame = fixture_make_frame(0, ALPHA);

	fixture_append_ipv4(frame, ALPHA, ALL_ROUTERS, IPPROTO_IGMP, sizeof(leave), 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(leave)), leave, sizeof(leave));
	fixture_put_on_wire(0, frame);
}

static bool
has_punted(void)
{
	return rte_ring_count(hub.rings.punt[MCR_PUNT_CLASS_NEIGHBOUR]) == 1 &&
	       rte_ring_count(hub.rings.punt[MCR_PUNT_CLASS_MEMBERSHIP]) == 1;
}

static void
receive(void)
{
	mcr_rx_poll(only_lcore(), rte_get_timer_cycles());
}

static void
assert_ordered(unsigned int count)
{
	assert_int_equal(copy_count, count);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(copies[i], i);
}

static void
some_may_wait_whatever_the_number_of_buffers(void **unused)
{
	(void)unused;
	assert_int_equal(mcr_rx_backlog_size(0, 1), 512);
	assert_int_equal(mcr_rx_backlog_size(67108864, 1), 512);
	assert_int_equal(mcr_rx_backlog_size(2048, 1), ROOM);
	assert_int_equal(mcr_rx_backlog_size(3000, 2), 128);
	assert_int_equal(mcr_rx_backlog_size(1024, 127), MCR_RX_BURST);
}

/* In half of the turns that the packets before them take. */
static void
arp_and_igmp_overtake_packets(void **unused)
{
	const uint64_t before = dropped();

	(void)unused;
	put_data(0, ROOM);
	fixture_put_on_wire(0, fixture_make_arp_request(0, ALPHA, HUB));
	put_igmp();
	for (unsigned int turn = 0; turn <= ROOM / MCR_RX_BURST / 2; turn++)
		receive();
	assert_true(has_punted());
	assert_true(only_lcore()->rx.backlog->count >= ROOM / 4);
	fixture_settle();
	assert_ordered(ROOM);
	assert_int_equal(dropped(), before);
}

static void
without_losses_nothing_overtakes(void **unused)
{
	(void)unused;
	hub.ports.lose = false;
	put_data(0, 4 * MCR_RX_BURST);
	fixture_put_on_wire(0, fixture_make_arp_request(0, ALPHA, HUB));
	for (unsigned int turn = 0; turn < 4; turn++) {
		receive();
		assert_int_equal(only_lcore()->rx.backlog->count, 0);
		assert_int_equal(rte_ring_count(hub.rings.punt[MCR_PUNT_CLASS_NEIGHBOUR]), 0);
	}
	fixture_settle();
	assert_ordered(4 * MCR_RX_BURST);
}

/* The losses end while packets wait. */
static void
later_packets_do_not_overtake_those_that_wait(void **unused)
{
	(void)unused;
	put_data(0, 3 * MCR_RX_BURST);
	receive();
	assert_int_not_equal(only_lcore()->rx.backlog->count, 0);
	hub.ports.lose = false;
	put_data(3 * MCR_RX_BURST, 1);
	fixture_settle();
	assert_ordered(3 * MCR_RX_BURST + 1);
}

static void
what_finds_no_room_is_counted(void **unused)
{
	const unsigned int sent = 3 * ROOM;
	const uint64_t before = dropped();

	(void)unused;
	/* Looking ahead takes no time in comparison. */
	only_lcore()->rx.backlog->copy_cycles = UINT64_MAX;
	put_data(0, sent);
	receive();
	assert_int_equal(only_lcore()->rx.backlog->count, ROOM - MCR_RX_BURST);
	assert_int_equal(dropped() - before, sent - ROOM);
	fixture_settle();
	assert_ordered(ROOM);
}

static void
looking_ahead_ends_when_it_costs_too_much(void **unused)
{
	(void)unused;
	only_lcore()->rx.backlog->copy_cycles = 0;
	put_data(0, ROOM);
	receive();
	assert_int_equal(only_lcore()->rx.backlog->count + MCR_RX_BURST, 2 * MCR_RX_BURST);
}

/* Each of them fills what alpha leaves; beta's are few. */
static void
who_asks_for_the_most_finds_no_room_first(void **unused)
{
	const uint64_t second = rte_get_timer_hz();
	uint64_t now = rte_get_timer_cycles();

	(void)unused;
	/* The first window of 10 ms tells who asks for how much. */
	for (unsigned int turn = 0; turn < 220; turn++, now += second / 1000) {
		if (turn == 20)
			copy_count = 0;
		only_lcore()->rx.backlog->copy_cycles = UINT64_MAX;
		put_data(0, 2 * MCR_RX_BURST);
		fixture_put_on_wire(0, fixture_make_packet(0, BETA, GROUP, OF_BETA));
		mcr_rx_poll(only_lcore(), now);
		fixture_take_sent();
	}
	fixture_settle();
	assert_true(count_copies(OF_BETA) >= 198);
	assert_true(copy_count - count_copies(OF_BETA) < 210 * MCR_RX_BURST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_may_wait_whatever_the_number_of_buffers),
		cmocka_unit_test_setup(arp_and_igmp_overtake_packets, settle),
		cmocka_unit_test_setup(without_losses_nothing_overtakes, settle),
		cmocka_unit_test_setup(later_packets_do_not_overtake_those_that_wait, settle),
		cmocka_unit_test_setup(what_finds_no_room_is_counted, settle),
		cmocka_unit_test_setup(looking_ahead_ends_when_it_costs_too_much, settle),
		cmocka_unit_test_setup(who_asks_for_the_most_finds_no_room_first, settle),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
