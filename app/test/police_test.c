/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What a whole hub of one lcore takes of senders and groups that have limits. The time of its RX is
 * the test's. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>

#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_ip.h>

#include "datapath/counters.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "fib/police.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define TUNNEL MCR_IPV4(10, 0, 0, 14)
#define GUEST MCR_IPV4(10, 0, 0, 32)
#define NEXT_GUEST MCR_IPV4(10, 0, 0, 33)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define LIMITED MCR_IPV4(239, 1, 1, 2)
#define IN_PREFIX MCR_IPV4(239, 2, 0, 1)
#define ALSO_IN_PREFIX MCR_IPV4(239, 2, 0, 2)
#define OVERLAY MCR_IPV4(192, 168, 0, 14)

#define INNER_LEN 20

/* %s: of the configuration, of alpha, of group 239.1.1.2, of the admitted ones. Each begins with a
 * comma. */
static const char format[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":2048},"
	"\"overlay\":{\"address\":\"192.168.0.1/24\"}%s,"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"%"
	"s},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"},"
	"{\"name\":\"tunnel\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\",\"encap\":"
	"\"gre\","
	"\"overlay\":\"192.168.0.14\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"gamma\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"gamma\"]%s},"
	"{\"group\":\"239.2.0.0/16\",\"members\":[\"gamma\"],\"rate_limit\":{\"pps\":500}}],"
	"\"admit\":[{\"prefix\":\"10.0.0.32/28\",\"encap\":[\"l2\"]%s}]}";

#define LIMIT(fields) ",\"rate_limit\":{" fields "}"

static uint64_t clock_now;

static struct mcr_config *
config_with(const char *general, const char *alpha, const char *group, const char *guests)
{
	char text[2048];

	assert_true(snprintf(text, sizeof(text), format, general, alpha, group, guests) <
		    (int)sizeof(text));
	return fixture_parse(text);
}

static void
reload(const char *general, const char *alpha, const char *group, const char *guests)
{
	assert_int_equal(fixture_reload(config_with(general, alpha, group, guests)), 0);
}

static void
pass_ms(uint64_t ms)
{
	clock_now += ms * rte_get_timer_hz() / 1000;
}

static int
start_hub(void **state)
{
	static char text[2048];

	RTE_SET_USED(state);
	snprintf(text, sizeof(text), format, "", "", "", "");
	clock_now = rte_get_timer_hz();
	return fixture_start(&(struct hub_fixture){.config = text, .ports = 1, .lcores = 1});
}

/* All buckets are full again, as if a minute had passed. */
static int
forgive(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	fixture_take_sent();
	pass_ms(60000);
	return 0;
}

static uint64_t
limited(void)
{
	return hub.workers.lcores[0].stats.drops[MCR_DROP_RATE_LIMITED];
}

static void
receive(void)
{
	struct mcr_lcore *lcore = &hub.workers.lcores[0];

	mcr_rx_poll(lcore, clock_now);
	mcr_tx_poll(lcore);
	fixture_take_sent();
}

/* @return How many were not refused for their rate. */
static unsigned int
send_packets(uint32_t source, uint32_t group, unsigned int count)
{
	const uint64_t before = limited();

	for (unsigned int i = 0; i < count; i++) {
		fixture_put_on_wire(0, fixture_make_packet(0, source, group, i));
		receive();
	}
	return count - (limited() - before);
}

/* The runs of a burst are looked at packet by packet. */
static unsigned int
send_at_once(uint32_t source, uint32_t group, unsigned int count)
{
	const uint64_t before = limited();

	for (unsigned int i = 0; i < count; i++)
		fixture_put_on_wire(0, fixture_make_packet(0, source, group, i));
	for (unsigned int i = 0; i < count; i++)
		receive();
	return count - (limited() - before);
}

static unsigned int
send_from_tunnel(uint32_t destination, unsigned int count)
{
	const uint64_t before = limited();

	for (unsigned int i = 0; i < count; i++) {
		struct rte_mbuf *frame = fixture_make_frame(0, TUNNEL);

		fixture_append_gre(frame, 0, TUNNEL, INNER_LEN);
		fixture_append_ipv4(frame, OVERLAY, destination, FIXTURE_PROTOCOL, 0, i);
		fixture_put_on_wire(0, frame);
		receive();
	}
	return count - (limited() - before);
}

static uint64_t
refused_of(const char *name)
{
	return mcr_limiter_refused(&hub.fib.limiters.members[fixture_member_named(name)]);
}

static void
without_limits_all_is_taken(void **unused)
{
	RTE_SET_USED(unused);
	reload("", "", "", "");
	assert_int_equal(send_packets(ALPHA, GROUP, 100), 100);
	assert_int_equal(send_from_tunnel(GROUP, 100), 100);
}

static void
a_members_limit_holds_for_it_alone(void **unused)
{
	const uint64_t before = refused_of("alpha");

	RTE_SET_USED(unused);
	reload("", LIMIT("\"pps\":1000"), "", "");
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 10);
	assert_int_equal(send_packets(BETA, GROUP, 30), 30);
	assert_int_equal(refused_of("alpha"), before + 20);
	pass_ms(5);
	assert_int_equal(send_at_once(ALPHA, GROUP, 30), 5);
	/* Whatever the group, and whether or not it has receivers. */
	assert_int_equal(send_packets(ALPHA, LIMITED, 5), 0);
	assert_int_equal(send_packets(ALPHA, MCR_IPV4(239, 9, 9, 9), 5), 0);
}

static void
what_is_refused_counts_as_received(void **unused)
{
	const uint32_t id = fixture_member_named("alpha");
	uint64_t before;

	RTE_SET_USED(unused);
	reload("", LIMIT("\"pps\":1000"), "", "");
	before = mcr_counters_of_member(&hub.workers, id).rx_packets;
	assert_int_equal(send_at_once(ALPHA, GROUP, 30), 10);
	assert_int_equal(mcr_counters_of_member(&hub.workers, id).rx_packets, before + 30);
}

static void
bits_are_those_of_the_inner_packets(void **unused)
{
	RTE_SET_USED(unused);
	/* 10 ms of 160 kb/s are 200 bytes. */
	reload("", LIMIT("\"bps\":160000"), "", "");
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 200 / INNER_LEN);
	reload("", LIMIT("\"bps\":160000,\"burst_ms\":20"), "", "");
	pass_ms(1000);
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 400 / INNER_LEN);
	reload("", LIMIT("\"pps\":300,\"bps\":160000,\"burst_ms\":20"), "", "");
	pass_ms(1000);
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 6);
}

static void
a_groups_limit_is_of_all_its_senders(void **unused)
{
	RTE_SET_USED(unused);
	reload("", "", LIMIT("\"pps\":1000"), "");
	assert_int_equal(send_packets(ALPHA, LIMITED, 6), 6);
	assert_int_equal(send_packets(BETA, LIMITED, 6), 4);
	assert_int_equal(send_from_tunnel(LIMITED, 6), 0);
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 30);
}

static void
a_prefix_limits_all_its_groups_together(void **unused)
{
	RTE_SET_USED(unused);
	reload("", "", "", "");
	assert_int_equal(send_packets(ALPHA, IN_PREFIX, 3), 3);
	assert_int_equal(send_packets(BETA, ALSO_IN_PREFIX, 5), 2);
}

static void
what_one_limit_refuses_is_not_taken_from_the_other(void **unused)
{
	RTE_SET_USED(unused);
	reload("", LIMIT("\"pps\":1000"), LIMIT("\"pps\":300"), "");
	assert_int_equal(send_packets(ALPHA, LIMITED, 30), 3);
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 7);
}

static void
the_general_limit_is_each_senders_without_its_own(void **unused)
{
	RTE_SET_USED(unused);
	reload(LIMIT("\"pps\":300"), LIMIT("\"pps\":1000"), "", "");
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 10);
	assert_int_equal(send_packets(BETA, GROUP, 30), 3);
	assert_int_equal(send_from_tunnel(GROUP, 30), 3);
}

static void
each_admitted_instance_has_the_rules_limit(void **unused)
{
	RTE_SET_USED(unused);
	reload("", "", "", LIMIT("\"pps\":500"));
	fixture_put_on_wire(0, fixture_make_packet(0, GUEST, GROUP, 0));
	fixture_put_on_wire(0, fixture_make_packet(0, NEXT_GUEST, GROUP, 0));
	fixture_settle();
	assert_int_not_equal(fixture_member_at(GUEST, MCR_ENCAP_L2), MCR_MEMBER_NONE);
	pass_ms(60000);
	assert_int_equal(send_packets(GUEST, GROUP, 30), 5);
	assert_int_equal(send_packets(NEXT_GUEST, GROUP, 30), 5);
	reload(LIMIT("\"pps\":700"), "", "", "");
	pass_ms(1000);
	assert_int_equal(send_packets(GUEST, GROUP, 30), 7);
	reload("", "", "", "");
	assert_int_equal(send_packets(GUEST, GROUP, 30), 30);
}

static void
packets_to_one_host_count(void **unused)
{
	RTE_SET_USED(unused);
	reload(LIMIT("\"pps\":500"), "", "", "");
	assert_int_equal(send_from_tunnel(MCR_IPV4(192, 168, 0, 99), 4), 4);
	assert_int_equal(send_from_tunnel(GROUP, 4), 1);
}

static void
a_reload_forgives_nobody(void **unused)
{
	RTE_SET_USED(unused);
	reload("", LIMIT("\"pps\":1000"), LIMIT("\"pps\":1000"), "");
	assert_int_equal(send_packets(ALPHA, LIMITED, 30), 10);
	reload("", LIMIT("\"pps\":1000"), LIMIT("\"pps\":1000"), "");
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 0);
	assert_int_equal(send_packets(BETA, LIMITED, 30), 0);
	reload("", LIMIT("\"pps\":2000"), LIMIT("\"pps\":1000"), "");
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 20);
	assert_int_equal(send_packets(BETA, LIMITED, 30), 0);
	reload("", "", "", "");
	assert_int_equal(send_packets(BETA, LIMITED, 30), 30);
}

/* No configuration has two members of one name: this one fails when it is half in force. */
static void
a_failed_reload_changes_no_limit(void **unused)
{
	struct mcr_config *config;

	RTE_SET_USED(unused);
	reload("", LIMIT("\"pps\":1000"), LIMIT("\"pps\":1000"), "");
	config = config_with("", LIMIT("\"pps\":2000"), "", "");
	memcpy(config->members[2].name, config->members[1].name, sizeof(config->members[2].name));
	assert_int_equal(fixture_reload(config), -EEXIST);
	assert_int_equal(send_packets(ALPHA, GROUP, 30), 10);
	assert_int_equal(send_packets(BETA, LIMITED, 30), 10);
}

static void
messages_to_the_hub_are_not_limited(void **unused)
{
	const uint64_t before = limited();

	RTE_SET_USED(unused);
	reload(LIMIT("\"pps\":1"), "", "", "");
	assert_int_equal(send_packets(ALPHA, GROUP, 2), 1);
	for (unsigned int i = 0; i < 4; i++) {
		fixture_put_on_wire(0, fixture_make_arp_request(0, ALPHA, MCR_IPV4(10, 0, 0, 10)));
		receive();
	}
	assert_int_equal(limited(), before + 1);
}

#define TEST(test) cmocka_unit_test_setup(test, forgive)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_limits_all_is_taken),
		TEST(a_members_limit_holds_for_it_alone),
		TEST(what_is_refused_counts_as_received),
		TEST(bits_are_those_of_the_inner_packets),
		TEST(a_groups_limit_is_of_all_its_senders),
		TEST(a_prefix_limits_all_its_groups_together),
		TEST(what_one_limit_refuses_is_not_taken_from_the_other),
		TEST(the_general_limit_is_each_senders_without_its_own),
		TEST(each_admitted_instance_has_the_rules_limit),
		TEST(packets_to_one_host_count),
		TEST(a_reload_forgives_nobody),
		TEST(a_failed_reload_changes_no_limit),
		TEST(messages_to_the_hub_are_not_limited),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
