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
#include <string.h>

#include <netinet/in.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_icmp.h>

#include "control/effort.h"
#include "control/poll.h"
#include "datapath/counters.h"
#include "datapath/punt_account.h"
#include "main_loop.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define STRANGER MCR_IPV4(10, 0, 0, 99)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"igmp\":false,\"mld\":false,"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\","
	"\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\","
	"\"mac\":\"02:00:00:00:00:0c\"}]}";

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

/* The thread's clock never goes back. */
static uint64_t test_cycles = 1, test_cpu_ns;
static unsigned int cpu_readings;

/* Any work takes a second. */
static uint64_t
pass_a_second(void)
{
	test_cycles += rte_get_timer_hz();
	return test_cycles;
}

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
	test_cpu_ns = mcr_main_loop_cpu_ns();
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
put_arp_request(uint32_t source)
{
	fixture_put_on_wire(0, fixture_make_arp_request(0, source, HUB));
}

static uint32_t
count_accounts(void)
{
	return MCR_PUNT_CLASSES * (hub.rings.accounts->max_members + MCR_PUNT_ACCOUNTS_OF_OTHERS);
}

/* Tests use several clocks. */
static void
pay_all(void)
{
	for (uint32_t i = 0; i < count_accounts(); i++)
		hub.rings.accounts->at[i].paid_at = 0;
}

static int
settle(void **state)
{
	RTE_SET_USED(state);
	hub.control->read_cycles = fixture_stand_still;
	hub.control->read_cpu_ns = read_test_cpu_ns;
	fixture_settle();
	pay_all();
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
	put_arp_request(ALPHA);
	put_arp_request(ALPHA);
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

static uint64_t
pass_ten_us(void)
{
	test_cycles += 10 * (rte_get_timer_hz() / US_PER_S);
	return test_cycles;
}

/* Of the 100 us of its turn a class gets half, not only the first frame. */
static void
many_neighbours_leave_half_of_the_time_to_others(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 10; i++)
		put_ping(ALPHA);
	for (uint32_t i = 0; i < 200; i++)
		put_arp_request(STRANGER - i % 50);
	while (waiting(MCR_PUNT_CLASS_NEIGHBOUR) < 200)
		fixture_receive();
	hub.control->read_cycles = pass_ten_us;
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_true(waiting(MCR_PUNT_CLASS_NEIGHBOUR) > 100);
	assert_in_range(waiting(MCR_PUNT_CLASS_ECHO), 5, 8);
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
		put_ping(STRANGER + i);
	put_arp_request(ALPHA);
	fixture_receive();
	assert_int_equal(*full - before, 7);
	assert_int_equal(mcr_counters_punt_drops(&hub.workers, MCR_PUNT_CLASS_ECHO) - dropped, 7);
	assert_int_equal(waiting(MCR_PUNT_CLASS_NEIGHBOUR), 1);
	fixture_settle();
	for (uint32_t i = 0; i < count_accounts(); i++)
		assert_int_equal(hub.rings.accounts->at[i].waiting, 0);
	hub.rings.punt[MCR_PUNT_CLASS_ECHO] = ring;
	rte_ring_free(small);
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
	put_arp_request(ALPHA);
	put_arp_request(ALPHA);
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
	hub.control->read_cycles = read_test_cycles;
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
	put_arp_request(ALPHA);
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

static uint64_t
limited(void)
{
	return hub.workers.lcores[0].stats.drops[MCR_DROP_RATE_LIMITED];
}

static uint64_t
pass_half_a_ms(void)
{
	test_cycles += rte_get_timer_hz() / 2000;
	return test_cycles;
}

static void
put_report(uint32_t source)
{
	static const uint8_t message[8] = {0, 0, 0xff, 0xff};
	struct rte_mbuf *frame = fixture_make_frame(0, source);

	fixture_append_ipv4(
		frame, source, MCR_IPV4(224, 0, 0, 22), IPPROTO_IGMP, sizeof(message), 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(message)), message, sizeof(message));
	fixture_put_on_wire(0, frame);
}

static void
put_reports(uint32_t source, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		put_report(source);
		fixture_receive();
	}
}

static void
one_member_fills_half_of_the_ring(void **state)
{
	const unsigned int half = MCR_MEMBERSHIP_RING_SIZE / 2;
	const uint64_t before = limited();

	RTE_SET_USED(state);
	put_reports(ALPHA, half + 5);
	assert_int_equal(waiting(MCR_PUNT_CLASS_MEMBERSHIP), half);
	assert_int_equal(limited() - before, 5);
	put_reports(BETA, 1);
	assert_int_equal(waiting(MCR_PUNT_CLASS_MEMBERSHIP), half + 1);
	fixture_settle();
	put_reports(ALPHA, 1);
	assert_int_equal(waiting(MCR_PUNT_CLASS_MEMBERSHIP), 1);
}

static struct mcr_punt_account *
account_of(enum mcr_punt_class class, uint32_t sender, uint64_t source)
{
	return &hub.rings.accounts
	                ->at[mcr_punt_account_of(hub.rings.accounts, class, sender, source)];
}

static struct mcr_punt_account *
reports_of_alpha(void)
{
	return account_of(MCR_PUNT_CLASS_MEMBERSHIP, fixture_member_named("alpha"), 0);
}

static void
make_owe(struct mcr_punt_account *account)
{
	account->paid_at = rte_get_timer_cycles() + 60 * rte_get_timer_hz();
}

static void
an_account_may_owe_20_ms_and_pays_with_a_quarter_of_the_time(void **state)
{
	const uint64_t ms = rte_get_timer_hz() / 1000, now = 7 * rte_get_timer_hz();
	struct mcr_punt_account account = {.paid_at = 5};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 200; i++)
		mcr_punt_account_charge(&account, ms / 10, now);
	assert_true(mcr_punt_account_may_spend(&account, now));
	mcr_punt_account_charge(&account, ms / 10, now);
	assert_false(mcr_punt_account_may_spend(&account, now));
	assert_false(mcr_punt_account_may_spend(&account, now + ms / 3));
	assert_true(mcr_punt_account_may_spend(&account, now + ms / 2));
}

/* 40 of 250 us are 10 ms. */
static void
few_costly_frames_may_wait(void **state)
{
	const uint64_t us = rte_get_timer_hz() / US_PER_S;
	struct mcr_punt_account costly = {0}, cheap = {0};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 100; i++) {
		mcr_punt_account_charge(&costly, 250 * us, 1);
		mcr_punt_account_charge(&cheap, us, 1);
	}
	costly.waiting = 38;
	assert_true(mcr_punt_account_may_wait(&costly, 384));
	costly.waiting = 42;
	assert_false(mcr_punt_account_may_wait(&costly, 384));
	cheap.waiting = 383;
	assert_true(mcr_punt_account_may_wait(&cheap, 384));
	cheap.waiting = 384;
	assert_false(mcr_punt_account_may_wait(&cheap, 384));
}

static void
a_frame_costs_no_more_than_half_a_ms(void **state)
{
	const uint64_t now = rte_get_timer_hz();
	struct mcr_punt_account account = {0};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 40; i++)
		mcr_punt_account_charge(&account, rte_get_timer_hz(), now);
	assert_true(mcr_punt_account_may_spend(&account, now));
	mcr_punt_account_charge(&account, rte_get_timer_hz(), now);
	assert_false(mcr_punt_account_may_spend(&account, now));
}

static void
a_frame_is_charged_to_its_sender(void **state)
{
	const uint64_t ms = rte_get_timer_hz() / 1000;
	uint64_t start;

	RTE_SET_USED(state);
	put_reports(ALPHA, 1);
	start_test_clocks();
	start = test_cycles;
	hub.control->read_cycles = pass_half_a_ms;
	mcr_control_poll(hub.control, fixture_now_ms());
	assert_in_range(reports_of_alpha()->paid_at, start + 2 * ms, start + 20 * ms);
	for (uint32_t i = 0; i < count_accounts(); i++)
		assert_true(hub.rings.accounts->at[i].paid_at == 0 ||
			    &hub.rings.accounts->at[i] == reports_of_alpha());
}

static void
rx_refuses_frames_of_a_member_that_owes(void **state)
{
	const uint64_t before = limited();
	const uint64_t dropped = mcr_counters_punt_drops(&hub.workers, MCR_PUNT_CLASS_MEMBERSHIP);

	RTE_SET_USED(state);
	make_owe(reports_of_alpha());
	put_reports(ALPHA, 3);
	put_reports(BETA, 1);
	put_ping(ALPHA);
	fixture_receive();
	assert_int_equal(waiting(MCR_PUNT_CLASS_MEMBERSHIP), 1);
	assert_int_equal(waiting(MCR_PUNT_CLASS_ECHO), 1);
	assert_int_equal(limited() - before, 3);
	assert_int_equal(
		mcr_counters_punt_drops(&hub.workers, MCR_PUNT_CLASS_MEMBERSHIP) - dropped, 3);
}

static void
frames_that_wait_are_refused_when_their_sender_owes(void **state)
{
	const uint64_t before = limited(), served = share_of(MCR_PUNT_CLASS_MEMBERSHIP).served;

	RTE_SET_USED(state);
	put_reports(ALPHA, 3);
	put_reports(BETA, 1);
	make_owe(reports_of_alpha());
	fixture_settle();
	assert_int_equal(limited() - before, 3);
	assert_int_equal(share_of(MCR_PUNT_CLASS_MEMBERSHIP).served - served, 1);
	assert_int_equal(reports_of_alpha()->waiting, 0);
}

static void
strangers_have_accounts_by_address_and_class(void **state)
{
	const struct rte_ether_addr mac = {{2, 0, 0, 0, 0, ALPHA & 0xff}};
	const uint64_t before = limited();

	RTE_SET_USED(state);
	make_owe(account_of(MCR_PUNT_CLASS_ECHO, MCR_MEMBER_NONE, STRANGER));
	put_ping(STRANGER);
	put_ping(ALPHA);
	put_arp_request(STRANGER);
	fixture_receive();
	assert_int_equal(limited() - before, 1);
	make_owe(account_of(MCR_PUNT_CLASS_NEIGHBOUR, MCR_MEMBER_NONE, mcr_source_of(&mac)));
	put_arp_request(ALPHA);
	put_arp_request(BETA);
	fixture_receive();
	assert_int_equal(limited() - before, 2);
	assert_int_equal(waiting(MCR_PUNT_CLASS_NEIGHBOUR), 2);
	assert_int_equal(waiting(MCR_PUNT_CLASS_ECHO), 1);
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
		cmocka_unit_test_setup(many_neighbours_leave_half_of_the_time_to_others, settle),
		cmocka_unit_test_setup(a_full_ring_drops_its_own_class_alone, settle),
		cmocka_unit_test_setup(each_class_is_charged_with_its_own_work, settle),
		cmocka_unit_test_setup(the_longest_slice_is_cpu_time, settle),
		cmocka_unit_test_setup(the_threads_clock_is_read_seldom, settle),
		cmocka_unit_test_setup(
			telemetry_has_a_budget_and_unfinished_requests_come_last, settle),
		cmocka_unit_test_setup(a_turn_calls_each_request_once_within_the_budget, settle),
		cmocka_unit_test_setup(one_member_fills_half_of_the_ring, settle),
		cmocka_unit_test(an_account_may_owe_20_ms_and_pays_with_a_quarter_of_the_time),
		cmocka_unit_test(few_costly_frames_may_wait),
		cmocka_unit_test(a_frame_costs_no_more_than_half_a_ms),
		cmocka_unit_test_setup(a_frame_is_charged_to_its_sender, settle),
		cmocka_unit_test_setup(rx_refuses_frames_of_a_member_that_owes, settle),
		cmocka_unit_test_setup(frames_that_wait_are_refused_when_their_sender_owes, settle),
		cmocka_unit_test_setup(strangers_have_accounts_by_address_and_class, settle),
		cmocka_unit_test(each_kind_has_its_class),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
