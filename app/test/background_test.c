/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub in which every step takes a second, so that a reload pauses wherever it can. Between
 * any two of its steps a neighbour asks, members join, leave and are refused. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ip.h>

#include "control/apply.h"
#include "control/background.h"
#include "control/membership.h"
#include "control/poll.h"
#include "datapath/refuse.h"
#include "telemetry/commands.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define ALL_ROUTERS MCR_IPV4(224, 0, 0, 2)
#define JOINED MCR_IPV4(239, 9, 0, 0)

#define IGMP_V2_REPORT 0x16
#define IGMP_LEAVE 0x17

#define JOIN_TURNS 20

#define PORTS "\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
#define LIMITS "\"limits\":{\"members\":16,\"groups\":128,\"mbufs\":1024},"
#define ALPHA_AND_GAMMA                                                                 \
	"{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"}," \
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"}"

/* beta leaves, delta comes, and the groups are others. */
static const char before[] =
	"{" PORTS LIMITS "\"members\":[" ALPHA_AND_GAMMA
	",{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.0.0/16\",\"members\":[\"*\"]},"
	"{\"group\":\"239.1.1.1\",\"members\":[\"beta\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"alpha\",\"beta\"]},"
	"{\"group\":\"239.9.0.3\",\"members\":[\"*\"]}]}";

static const char after[] =
	"{" PORTS LIMITS "\"members\":[" ALPHA_AND_GAMMA
	",{\"name\":\"delta\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\"}],"
	"\"groups\":[{\"group\":\"239.1.0.0/24\",\"members\":[\"*\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"gamma\"]},"
	"{\"group\":\"239.1.1.3\",\"members\":[\"alpha\",\"delta\"]},"
	"{\"group\":\"239.9.0.7\",\"members\":[\"delta\"]}]}";

static unsigned int arp_answers;

static void
note_sent(const struct rte_mbuf *frame)
{
	const struct rte_ether_hdr *ethernet =
		rte_pktmbuf_mtod(frame, const struct rte_ether_hdr *);
	const struct rte_arp_hdr *arp = (const void *)(ethernet + 1);

	arp_answers += ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP) &&
	               arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY);
}

/* Goes on from the real time, at which accounts were charged before. */
static uint64_t
pass_a_second(void)
{
	static uint64_t seconds;

	return rte_get_timer_cycles() + ++seconds * rte_get_timer_hz();
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = before, .ports = 1, .lcores = 1, .on_sent = note_sent});
}

static void
put_arp_request(void)
{
	fixture_put_on_wire(0, fixture_make_arp_request(0, ALPHA, HUB));
}

/* RFC 2236, with Router Alert. */
static void
put_igmp(uint32_t sender, uint8_t type, uint32_t group)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	uint8_t *packet = (uint8_t *)rte_pktmbuf_append(frame, 32);
	struct rte_ipv4_hdr *ip = (void *)packet;
	const rte_be32_t address = rte_cpu_to_be_32(group);
	uint16_t sum;

	memset(packet, 0, 32);
	rte_pktmbuf_mtod(frame, struct rte_ether_hdr *)->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = 0x46;
	ip->total_length = RTE_BE16(32);
	ip->time_to_live = 1;
	ip->next_proto_id = 2;
	ip->src_addr = rte_cpu_to_be_32(sender);
	ip->dst_addr = rte_cpu_to_be_32(type == IGMP_LEAVE ? ALL_ROUTERS : group);
	packet[20] = 0x94;
	packet[21] = 4;
	packet[24] = type;
	memcpy(packet + 28, &address, sizeof(address));
	sum = ~rte_raw_cksum(packet + 24, 8);
	memcpy(packet + 26, &sum, sizeof(sum));
	sum = ~rte_raw_cksum(packet, 24);
	ip->hdr_checksum = sum;
	fixture_put_on_wire(0, frame);
}

static bool
receives(uint32_t group, const char *name)
{
	const struct mcr_flow flow = {.source = MCR_IPV4(10, 0, 0, 99), .group = group};
	const uint32_t member = fixture_member_named(name);
	const struct mcr_receivers *receivers;
	struct mcr_group_ref ref;

	if (!mcr_group_find(hub.fib.groups, flow, &ref))
		return false;
	receivers = mcr_group_receivers(hub.fib.groups, ref);
	for (uint32_t i = 0; i < receivers->count; i++) {
		if (receivers->at[i].member == member)
			return true;
	}
	return false;
}

struct request {
	struct mcr_config *config;
	int result;
	bool is_done; /* atomic */
};

/* In the background, as a reload. */
static bool
apply(void *arg)
{
	struct request *request = arg;

	request->result = mcr_apply_config(hub.control, request->config);
	return true;
}

static void *
ask(void *arg)
{
	struct request *request = arg;
	const int ret = mcr_mailbox_request(hub.control->mailbox, apply, request);

	__atomic_store_n(&request->is_done, true, __ATOMIC_RELEASE);
	return (void *)(intptr_t)ret;
}

static void
poll_once(void)
{
	fixture_poll(0);
	/* What a turn injects leaves in the next one. */
	fixture_poll(0);
	fixture_take_sent();
	fixture_pass_grace_period();
}

static void
ask_as_neighbour(void)
{
	arp_answers = 0;
	put_arp_request();
	poll_once();
	assert_int_equal(arp_answers, 1);
}

/* A turn takes one frame of a class, and publishes one entry. */
static void
join_and_ask(unsigned int step)
{
	const uint32_t group = JOINED + step % 8;
	const bool joins = step / 8 % 2 == 0;
	unsigned int turns = 0;

	put_igmp(ALPHA, joins ? IGMP_V2_REPORT : IGMP_LEAVE, group);
	put_igmp(BETA, IGMP_V2_REPORT, JOINED + 64 + step % 8);
	do {
		ask_as_neighbour();
		assert_true(turns++ < JOIN_TURNS);
	} while (joins && !receives(group, "alpha"));
}

static unsigned int
apply_while_others_ask(const char *text)
{
	struct request request = {.config = fixture_parse(text)};
	struct mcr_config *const replaced = hub.control->config;
	unsigned int steps = 0;
	pthread_t thread;
	void *result;

	assert_non_null(request.config);
	assert_int_equal(pthread_create(&thread, NULL, ask, &request), 0);
	while (!__atomic_load_n(&request.is_done, __ATOMIC_ACQUIRE))
		join_and_ask(steps++);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_null(result);
	assert_int_equal(request.result, 0);
	mcr_config_free(replaced);
	return steps;
}

static void
assert_after(void)
{
	assert_int_equal(fixture_member_named("beta"), MCR_MEMBER_NONE);
	assert_true(receives(MCR_IPV4(239, 1, 0, 1), "delta"));
	assert_false(receives(MCR_IPV4(239, 1, 1, 1), "gamma"));
	assert_true(receives(MCR_IPV4(239, 1, 1, 2), "gamma"));
	assert_false(receives(MCR_IPV4(239, 1, 1, 2), "alpha"));
	assert_true(receives(MCR_IPV4(239, 1, 1, 3), "alpha"));
	assert_true(receives(JOINED + 7, "delta"));
	assert_false(receives(JOINED + 3, "gamma"));
}

static void
assert_before(void)
{
	assert_int_equal(fixture_member_named("delta"), MCR_MEMBER_NONE);
	assert_true(receives(MCR_IPV4(239, 1, 7, 1), "beta"));
	assert_true(receives(MCR_IPV4(239, 1, 1, 1), "beta"));
	assert_false(receives(MCR_IPV4(239, 1, 1, 1), "alpha"));
	assert_true(receives(JOINED + 3, "gamma"));
}

/* As when memory was short for the lists without it. */
static void
a_member_is_heard_again_after_a_reload_that_failed(void **state)
{
	const uint32_t alpha = fixture_member_named("alpha");

	RTE_SET_USED(state);
	hub.control->leaving[alpha] = true;
	assert_int_equal(fixture_reload(fixture_parse(before)), 0);
	assert_false(hub.control->leaving[alpha]);
}

static void
nobody_waits_for_a_reload(void **state)
{
	RTE_SET_USED(state);
	hub.control->read_cycles = pass_a_second;
	assert_before();
	for (unsigned int round = 0; round < 20; round++) {
		assert_true(apply_while_others_ask(after) > 40);
		assert_after();
		assert_true(apply_while_others_ask(before) > 40);
		assert_before();
	}
}

/* Nor does who waits for its answer keep the hub from ending. */
static void
the_end_does_not_wait_for_a_reload(void **state)
{
	struct request request = {.config = fixture_parse(after)};
	pthread_t thread;

	RTE_SET_USED(state);
	assert_non_null(request.config);
	assert_int_equal(pthread_create(&thread, NULL, ask, &request), 0);
	while (mcr_mailbox_waiting(hub.control->mailbox) == 0)
		sched_yield();
	for (unsigned int turn = 0; turn < 40; turn++)
		poll_once();
	assert_int_equal(mcr_mailbox_waiting(hub.control->mailbox), 0);
	assert_false(__atomic_load_n(&request.is_done, __ATOMIC_ACQUIRE));
	mcr_background_end(hub.control);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(request.result, -ECANCELED);
	mcr_config_free(request.config);
}

#define LISTINGS 5

struct question {
	mcr_telemetry_handler handler;
	const char *params;
	bool is_done; /* atomic */
	/* Kept: DPDK alone can free the records in them. */
	struct rte_tel_data *answers[LISTINGS];
	unsigned int count;
};

static bool
answer(void *arg)
{
	struct question *question = arg;
	struct rte_tel_data *data = rte_tel_data_alloc();

	question->handler(hub.control, question->params, data);
	question->answers[question->count++] = data;
	return true;
}

static void *
ask_question(void *arg)
{
	struct question *question = arg;
	const int ret = mcr_mailbox_request(hub.control->mailbox, answer, question);

	__atomic_store_n(&question->is_done, true, __ATOMIC_RELEASE);
	return (void *)(intptr_t)ret;
}

/* By telemetry, but by another way: one command at a time is answered. */
static void
join_or_leave(uint8_t group, bool joins)
{
	const struct in6_addr address = {.s6_addr = {0xff, 5, [15] = group}};
	const uint32_t member = fixture_member_named("alpha");
	const struct mcr_group_key key = {
		.group = mcr_address_get(&address, MCR_IPV6_LENGTH), .length = MCR_IPV6_LENGTH};
	const struct mcr_receiver receiver = {.address = ALPHA, .member = member};

	if (joins)
		assert_int_equal(
			mcr_group_add(hub.fib.groups, &key, receiver, MCR_ORIGIN_RUNTIME), 0);
	else
		(void)mcr_group_remove(hub.fib.groups, &key, member, MCR_ORIGIN_RUNTIME);
	mcr_address_drop(key.group);
}

/* In each pause the last entry goes, with its number, and another one comes. */
static void
list_while_groups_change(struct question *question)
{
	uint8_t group = 1;
	pthread_t thread;

	join_or_leave(group, true);
	poll_once();
	assert_int_equal(pthread_create(&thread, NULL, ask_question, question), 0);
	while (!__atomic_load_n(&question->is_done, __ATOMIC_ACQUIRE)) {
		join_or_leave(group, false);
		poll_once();
		join_or_leave(group = group % 50 + 1, true);
		poll_once();
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	join_or_leave(group, false);
	poll_once();
}

/* Numbers of IPv6 groups are not read once their entries have gone. */
static void
groups_may_go_while_they_are_listed(void **state)
{
	static struct question questions[] = {
		{.handler = mcr_telemetry_groups, .params = ""},
		{.handler = mcr_telemetry_group_table, .params = ""},
		{.handler = mcr_telemetry_member_groups, .params = "alpha"},
	};

	RTE_SET_USED(state);
	hub.control->read_cycles = pass_a_second;
	for (unsigned int i = 0; i < LISTINGS * RTE_DIM(questions); i++) {
		questions[i % RTE_DIM(questions)].is_done = false;
		list_while_groups_change(&questions[i % RTE_DIM(questions)]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_heard_again_after_a_reload_that_failed),
		cmocka_unit_test(nobody_waits_for_a_reload),
		cmocka_unit_test(groups_may_go_while_they_are_listed),
		cmocka_unit_test(the_end_does_not_wait_for_a_reload),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
