/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The end of a whole hub with a lcore for RX and one for TX: what happens before lcores stop. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ip.h>

#include "main_loop.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define TURNS_MAX 100

enum { CONTROL, RX, TX };

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":4096},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"beta\"]}]}";

static unsigned int copies;

static void
count_copy(const struct rte_mbuf *sent)
{
	const struct rte_ipv4_hdr *ip =
		rte_pktmbuf_mtod_offset(sent, const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);

	copies += ip->next_proto_id == FIXTURE_PROTOCOL;
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = text, .ports = 1, .lcores = 3, .on_sent = count_copy});
}

static void
turn(uint16_t lcore, unsigned int times)
{
	while (times-- > 0)
		mcr_main_loop_turn(&hub.workers.lcores[lcore]);
}

/* As the loops of lcores. TX turns before RX: the worst for what RX hands on. */
static void
run_until_stopped(unsigned int turns)
{
	while (turns-- > 0 && !hub.stop) {
		turn(CONTROL, 1);
		if (hub.stop)
			return;
		turn(TX, 2);
		turn(RX, 2);
	}
}

static void
lcores_go_on_while_no_end_is_wanted(void **state)
{
	RTE_SET_USED(state);
	run_until_stopped(TURNS_MAX);
	assert_false(hub.stop);
}

/* It arrives when the end is wanted, after TX has looked for jobs. */
static void
what_has_arrived_is_sent_before_the_end(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	hub.wants_end = true;
	fixture_put_on_wire(0, fixture_make_packet(0, ALPHA, GROUP, 0));
	turn(CONTROL, TURNS_MAX);
	assert_false(hub.stop);
	run_until_stopped(TURNS_MAX);
	assert_true(hub.stop);
	fixture_take_sent();
	assert_int_equal(copies, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcores_go_on_while_no_end_is_wanted),
		cmocka_unit_test(what_has_arrived_is_sent_before_the_end),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
