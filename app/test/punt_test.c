/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Classes of punted frames: a whole hub, in which the cost of work is the test's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_icmp.h>

#include "control/poll.h"
#include "control/punt_limit.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define STRANGER MCR_IPV4(10, 0, 0, 99)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"igmp\":false,"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\","
	"\"mac\":\"02:00:00:00:00:0b\"}]}";

/* Answers by their Ethernet type; not the hub's own requests. */
static uint16_t answers[16];
static unsigned int answer_count;

static void
note_sent(const struct rte_mbuf *frame)
{
	const struct rte_ether_hdr *ethernet =
		rte_pktmbuf_mtod(frame, const struct rte_ether_hdr *);
	const struct rte_arp_hdr *arp = (const void *)(ethernet + 1);

	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP) &&
		arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST))
		return;
	if (answer_count < RTE_DIM(answers))
		answers[answer_count++] = rte_be_to_cpu_16(ethernet->ether_type);
}

/* Any work takes a second. */
static uint64_t
pass_a_second(void)
{
	static uint64_t cycles;

	cycles += rte_get_timer_hz();
	return cycles;
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = text, .ports = 1, .lcores = 1, .on_sent = note_sent});
}

static void
put_ping(uint32_t source)
{
	struct rte_mbuf *frame = fixture_make_frame(0, source);
	struct rte_icmp_hdr *icmp;

	fixture_append_ipv4(frame, source, HUB, IPPROTO_ICMP, sizeof(*icmp), 0);
	icmp = (void *)rte_pktmbuf_append(frame, sizeof(*icmp));
	*icmp = (struct rte_icmp_hdr){.icmp_type = 8};
	icmp->icmp_cksum = ~rte_raw_cksum(icmp, sizeof(*icmp));
	fixture_put_on_wire(0, frame);
}

static void
put_arp_request(void)
{
	struct rte_mbuf *frame = fixture_make_frame(0, ALPHA);
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	struct rte_arp_hdr *arp = (void *)rte_pktmbuf_append(frame, sizeof(*arp));

	ethernet->ether_type = RTE_BE16(RTE_ETHER_TYPE_ARP);
	*arp = (struct rte_arp_hdr){
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = 4,
		.arp_opcode = RTE_BE16(RTE_ARP_OP_REQUEST),
		.arp_data = {.arp_sha = ethernet->src_addr,
			.arp_sip = rte_cpu_to_be_32(ALPHA),
			.arp_tip = rte_cpu_to_be_32(HUB)},
	};
	fixture_put_on_wire(0, frame);
}

static int
settle(void **state)
{
	RTE_SET_USED(state);
	hub.control->read_cycles = fixture_stand_still;
	fixture_settle();
	answer_count = 0;
	return 0;
}

static unsigned int waiting(enum mcr_punt_class class)
{
	return rte_ring_count(hub.rings.punt[class]);
}

static void
neighbours_come_first_and_others_have_a_budget(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 5; i++)
		put_ping(ALPHA);
	put_arp_request();
	put_arp_request();
	fixture_receive();
	assert_int_equal(waiting(MCR_PUNT_CLASS_ECHO), 5);
	assert_int_equal(waiting(MCR_PUNT_CLASS_NEIGHBOUR), 2);
	hub.control->read_cycles = pass_a_second;
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_int_equal(waiting(MCR_PUNT_CLASS_NEIGHBOUR), 0);
	assert_int_equal(waiting(MCR_PUNT_CLASS_ECHO), 4);
	fixture_poll(0);
	fixture_take_sent();
	assert_true(answer_count >= 3);
	assert_int_equal(answers[0], RTE_ETHER_TYPE_ARP);
	assert_int_equal(answers[1], RTE_ETHER_TYPE_ARP);
	assert_int_equal(answers[2], RTE_ETHER_TYPE_IPV4);
}

static void
a_full_ring_drops_its_own_class_alone(void **state)
{
	const uint64_t *full = &hub.workers.lcores[0].stats.drops[MCR_DROP_RING_FULL];
	struct rte_ring *const ring = hub.rings.punt[MCR_PUNT_CLASS_ECHO];
	struct rte_ring *small = rte_ring_create_elem(
		"small", sizeof(struct mcr_punt), 4, SOCKET_ID_ANY, RING_F_SC_DEQ);
	const uint64_t before = *full;

	RTE_SET_USED(state);
	assert_non_null(small);
	hub.rings.punt[MCR_PUNT_CLASS_ECHO] = small;
	for (unsigned int i = 0; i < 10; i++)
		put_ping(STRANGER);
	put_arp_request();
	fixture_receive();
	assert_int_equal(*full - before, 7);
	assert_int_equal(waiting(MCR_PUNT_CLASS_NEIGHBOUR), 1);
	fixture_settle();
	hub.rings.punt[MCR_PUNT_CLASS_ECHO] = ring;
	rte_ring_free(small);
}

static void
pings_of_strangers_use_up_no_limit_of_arp(void **state)
{
	RTE_SET_USED(state);
	while (mcr_punt_limit_take(hub.control, MCR_PUNT_CLASS_ECHO, MCR_MEMBER_NONE))
		;
	assert_true(mcr_punt_limit_take(hub.control, MCR_PUNT_CLASS_NEIGHBOUR, MCR_MEMBER_NONE));
}

static void
each_kind_has_its_class(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(
		mcr_punt_class_of(MCR_PUNT_ARP, MCR_MEMBER_NONE), MCR_PUNT_CLASS_NEIGHBOUR);
	assert_int_equal(mcr_punt_class_of(MCR_PUNT_ARP, 1), MCR_PUNT_CLASS_ECHO);
	assert_int_equal(mcr_punt_class_of(MCR_PUNT_IGMP, 1), MCR_PUNT_CLASS_MEMBERSHIP);
	assert_int_equal(mcr_punt_class_of(MCR_PUNT_AMT, 1), MCR_PUNT_CLASS_MEMBERSHIP);
	assert_int_equal(
		mcr_punt_class_of(MCR_PUNT_AMT, MCR_MEMBER_NONE), MCR_PUNT_CLASS_ADMISSION);
	assert_int_equal(
		mcr_punt_class_of(MCR_PUNT_UNKNOWN, MCR_MEMBER_NONE), MCR_PUNT_CLASS_ADMISSION);
	assert_int_equal(mcr_punt_class_of(MCR_PUNT_KEEPALIVE, 1), MCR_PUNT_CLASS_ECHO);
	assert_int_equal(mcr_punt_class_of(MCR_PUNT_TOO_BIG, MCR_MEMBER_NONE), MCR_PUNT_CLASS_ECHO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(neighbours_come_first_and_others_have_a_budget, settle),
		cmocka_unit_test_setup(a_full_ring_drops_its_own_class_alone, settle),
		cmocka_unit_test_setup(pings_of_strangers_use_up_no_limit_of_arp, settle),
		cmocka_unit_test(each_kind_has_its_class),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
