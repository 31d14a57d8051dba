/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The largest burst of copies in a millisecond: a whole hub with two ports, whose clock is the
 * test's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "datapath/counters.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "datapath/tx_window.h"
#include "test/hub_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11)
#define BOTH_PORTS MCR_IPV4(239, 1, 1, 1)
#define SECOND_PORT MCR_IPV4(239, 1, 1, 2)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"},"
	"{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"a\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"b\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"
	"{\"name\":\"c\",\"address\":\"10.1.0.11\",\"mac\":\"02:00:00:00:01:0b\"},"
	"{\"name\":\"d\",\"address\":\"10.1.0.12\",\"mac\":\"02:00:00:00:01:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"b\",\"c\",\"d\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"c\"]}]}";

static uint64_t now;

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){.config = text, .ports = 2, .lcores = 1});
}

static struct mcr_lcore *
lcore(void)
{
	return &hub.workers.lcores[0];
}

static void
pass_us(uint64_t us)
{
	now += us * (rte_get_timer_hz() / US_PER_S);
}

/* A turn that receives so many packets. */
static void
turn(uint32_t group, unsigned int packets)
{
	mcr_tx_window_begin_turn(lcore(), now);
	for (unsigned int i = 0; i < packets; i++) {
		fixture_put_on_wire(0, fixture_make_packet(0, SENDER, group, i));
		mcr_rx_poll(lcore(), now);
		mcr_tx_poll(lcore());
		fixture_take_sent();
	}
	if (packets == 0)
		mcr_tx_window_rest(lcore());
}

static uint64_t
largest(uint16_t port)
{
	return mcr_counters_largest_burst(&hub.workers, port);
}

/* A rest before, and none counted. */
static int
begin(void **state)
{
	RTE_SET_USED(state);
	pass_us(10000);
	turn(0, 0);
	turn(0, 0);
	lcore()->tx.largest_burst[0] = lcore()->tx.largest_burst[1] = 0;
	return 0;
}

static void
a_burst_is_what_a_port_sends_in_a_millisecond(void **state)
{
	RTE_SET_USED(state);
	turn(BOTH_PORTS, 10);
	pass_us(500);
	turn(BOTH_PORTS, 5);
	turn(SECOND_PORT, 4);
	pass_us(501);
	turn(BOTH_PORTS, 7);
	assert_int_equal(largest(0), 15);
	assert_int_equal(largest(1), 2 * 15 + 4);
	pass_us(1001);
	turn(0, 0);
	assert_int_equal(largest(0), 15);
}

static void
a_burst_after_a_rest_has_a_window_of_its_own(void **state)
{
	RTE_SET_USED(state);
	turn(BOTH_PORTS, 1);
	for (unsigned int i = 0; i < 100; i++) {
		pass_us(90);
		turn(0, 0);
	}
	for (unsigned int i = 0; i < 9; i++) {
		turn(BOTH_PORTS, 3);
		pass_us(100);
	}
	pass_us(101);
	turn(0, 0);
	assert_int_equal(largest(0), 27);
}

static void
a_rest_within_a_millisecond_divides_no_burst(void **state)
{
	RTE_SET_USED(state);
	turn(BOTH_PORTS, 3);
	pass_us(100);
	turn(0, 0);
	turn(BOTH_PORTS, 4);
	pass_us(1000);
	turn(0, 0);
	assert_int_equal(largest(0), 7);
}

static void
of_a_load_that_never_rests_it_is_the_rate(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 1000; i++) {
		turn(BOTH_PORTS, 1);
		pass_us(100);
	}
	assert_in_range(largest(0), 10, 11);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_burst_is_what_a_port_sends_in_a_millisecond, begin),
		cmocka_unit_test_setup(a_burst_after_a_rest_has_a_window_of_its_own, begin),
		cmocka_unit_test_setup(a_rest_within_a_millisecond_divides_no_burst, begin),
		cmocka_unit_test_setup(of_a_load_that_never_rests_it_is_the_rate, begin),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
