/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Classes of punted frames: a whole hub, in which the cost of work is the test's. */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_icmp.h>

#include "control/effort.h"
#include "control/poll.h"
#include "control/punt_limit.h"
#include "datapath/counters.h"
#include "main_loop.h"
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

static uint64_t test_cycles, test_cpu_ns;
static unsigned int cpu_readings;

static uint64_t
read_test_cycles(void)
{
	return test_cycles;
}

static uint64_t
read_test_cpu_ns(void)
{
	cpu_readings++;
	return test_cpu_ns;
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
	hub.control->read_cpu_ns = mcr_main_loop_cpu_ns;
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
	const uint64_t dropped = mcr_counters_punt_drops(&hub.workers, MCR_PUNT_CLASS_ECHO);

	RTE_SET_USED(state);
	assert_non_null(small);
	hub.rings.punt[MCR_PUNT_CLASS_ECHO] = small;
	for (unsigned int i = 0; i < 10; i++)
		put_ping(STRANGER);
	put_arp_request();
	fixture_receive();
	assert_int_equal(*full - before, 7);
	assert_int_equal(mcr_counters_punt_drops(&hub.workers, MCR_PUNT_CLASS_ECHO) - dropped, 7);
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

static struct mcr_effort_share
share_of(unsigned int class)
{
	return mcr_effort_share_of(hub.control, class);
}

static void
each_class_is_charged_with_its_own_work(void **state)
{
	const struct mcr_effort_share neighbour = share_of(MCR_PUNT_CLASS_NEIGHBOUR);
	const struct mcr_effort_share echo = share_of(MCR_PUNT_CLASS_ECHO);

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 5; i++)
		put_ping(ALPHA);
	put_arp_request();
	put_arp_request();
	hub.control->read_cycles = pass_a_second;
	fixture_settle();
	assert_int_equal(share_of(MCR_PUNT_CLASS_NEIGHBOUR).served - neighbour.served, 2);
	assert_int_equal(share_of(MCR_PUNT_CLASS_ECHO).served - echo.served, 5);
	assert_in_range(
		share_of(MCR_PUNT_CLASS_NEIGHBOUR).busy_us - neighbour.busy_us, 1999999, 2000001);
	assert_in_range(share_of(MCR_PUNT_CLASS_ECHO).busy_us - echo.busy_us, 4999999, 5000001);
}

static void
let_pass(uint64_t us, uint64_t cpu_us)
{
	test_cycles += us * (rte_get_timer_hz() / US_PER_S);
	test_cpu_ns += cpu_us * 1000;
	mcr_effort_end_slice(hub.control);
}

static void
start_test_clocks(void)
{
	test_cycles = rte_get_timer_cycles();
	test_cpu_ns = mcr_main_loop_cpu_ns();
	hub.control->read_cycles = read_test_cycles;
	hub.control->read_cpu_ns = read_test_cpu_ns;
	let_pass(1000, 0);
}

static void
the_longest_slice_is_cpu_time(void **state)
{
	RTE_SET_USED(state);
	start_test_clocks();
	let_pass(1000 * US_PER_S, 70 * US_PER_S);
	assert_int_equal(mcr_effort_longest_slice_us(hub.control), 70 * US_PER_S);
	let_pass(1000 * US_PER_S, 1);
	let_pass(60 * US_PER_S, 60 * US_PER_S);
	assert_int_equal(mcr_effort_longest_slice_us(hub.control), 70 * US_PER_S);
	let_pass(50, 50);
	let_pass(80 * US_PER_S, 80 * US_PER_S);
	assert_int_equal(mcr_effort_longest_slice_us(hub.control), 80 * US_PER_S);
}

static void
the_threads_clock_is_read_seldom(void **state)
{
	RTE_SET_USED(state);
	start_test_clocks();
	let_pass(US_PER_S, US_PER_S);
	cpu_readings = 0;
	for (unsigned int i = 0; i < 1000; i++)
		let_pass(1, 1);
	assert_in_range(cpu_readings, 1, 10);
}

struct request {
	pthread_t thread;
	unsigned int calls;
	unsigned int needs; /* calls until it is finished */
	unsigned int neighbours_waited;
};

/* Carried out while a neighbour's frame comes in. */
static bool
answer_request(void *arg)
{
	struct request *request = arg;

	request->neighbours_waited = waiting(MCR_PUNT_CLASS_NEIGHBOUR);
	put_arp_request();
	fixture_receive();
	return ++request->calls == request->needs;
}

static void *
ask(void *arg)
{
	return (void *)(intptr_t)mcr_mailbox_request(hub.control->mailbox, answer_request, arg);
}

static void
start_request(struct request *request)
{
	const unsigned int before = mcr_mailbox_waiting(hub.control->mailbox);

	assert_int_equal(pthread_create(&request->thread, NULL, ask, request), 0);
	while (mcr_mailbox_waiting(hub.control->mailbox) == before)
		sched_yield();
}

static void
end_request(const struct request *request)
{
	void *result;

	assert_int_equal(pthread_join(request->thread, &result), 0);
	assert_null(result);
	assert_int_equal(request->neighbours_waited, 0);
}

static unsigned int
count_calls(const struct request *requests)
{
	return requests[0].calls + requests[1].calls + requests[2].calls;
}

/* The background pauses before each of its steps, as work takes long. */
static void
poll_until_called(const struct request *requests, unsigned int calls)
{
	while (count_calls(requests) < calls)
		mcr_control_poll(hub.control, fixture_now_ms());
	assert_int_equal(count_calls(requests), calls);
}

static void
telemetry_has_a_budget_and_unfinished_requests_come_last(void **state)
{
	struct request requests[] = {{.needs = 2}, {.needs = 1}, {.needs = 1}};
	const uint64_t served = share_of(MCR_EFFORT_TELEMETRY).served;

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(requests); i++)
		start_request(&requests[i]);
	hub.control->read_cycles = pass_a_second;
	for (unsigned int round = 1; round <= 3; round++) {
		poll_until_called(requests, round);
		assert_int_equal(requests[0].calls, 1);
	}
	poll_until_called(requests, 4);
	for (unsigned int i = 0; i < RTE_DIM(requests); i++)
		end_request(&requests[i]);
	assert_int_equal(share_of(MCR_EFFORT_TELEMETRY).served - served, 3);
}

static void
a_turn_calls_each_request_once_within_the_budget(void **state)
{
	struct request requests[] = {{.needs = 2}, {.needs = 1}};

	RTE_SET_USED(state);
	start_test_clocks();
	for (unsigned int i = 0; i < RTE_DIM(requests); i++)
		start_request(&requests[i]);
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_int_equal(requests[0].calls, 1);
	assert_int_equal(requests[1].calls, 1);
	mcr_control_poll(hub.control, fixture_now_ms());
	for (unsigned int i = 0; i < RTE_DIM(requests); i++)
		end_request(&requests[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(neighbours_come_first_and_others_have_a_budget, settle),
		cmocka_unit_test_setup(a_full_ring_drops_its_own_class_alone, settle),
		cmocka_unit_test_setup(each_class_is_charged_with_its_own_work, settle),
		cmocka_unit_test_setup(the_longest_slice_is_cpu_time, settle),
		cmocka_unit_test_setup(the_threads_clock_is_read_seldom, settle),
		cmocka_unit_test_setup(
			telemetry_has_a_budget_and_unfinished_requests_come_last, settle),
		cmocka_unit_test_setup(a_turn_calls_each_request_once_within_the_budget, settle),
		cmocka_unit_test_setup(pings_of_strangers_use_up_no_limit_of_arp, settle),
		cmocka_unit_test(each_kind_has_its_class),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
