/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <rte_common.h>

#include "infra/lcore_plan.h"

/* Four nodes in a ring: opposite ones are farther away. */
static int
ring_distance(int from, int to)
{
	const int apart = (from - to + 4) % 4;

	return apart == 0 ? 10 : apart == 2 ? 32 : 21;
}

/* A test uses as many of them as it needs. */
static const struct mcr_lcore_input six_workers[] = {
	{.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}, {.id = 5}, {.id = 6}};

static const struct mcr_port_input big_port = {.rules = {.max_rx = 16, .max_tx = 16}, .node = 0};

static struct mcr_lcore_plan_input
machine(const struct mcr_lcore_input *workers, uint16_t count, const struct mcr_port_input *port)
{
	return (struct mcr_lcore_plan_input){
		.main = {.id = 0},
		.workers = workers,
		.worker_count = count,
		.ports = port,
		.port_count = 1,
		.distance = ring_distance,
	};
}

static void
the_main_lcore_alone_does_everything(void **state)
{
	const struct mcr_lcore_plan_input input = machine(NULL, 0, &big_port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.count, 1);
	assert_true(plan.roles[0].is_control && plan.roles[0].is_rx && plan.roles[0].is_tx);
	assert_int_equal(plan.roles[0].rx_count, 1);
	assert_false(plan.has_rings);
	mcr_lcore_plan_free(&plan);
}

static void
inputs_of_a_device_are_all_polled(void **state)
{
	const struct mcr_lcore_input workers[] = {{.id = 3}, {.id = 4}};
	const struct mcr_port_input port = {
		.rules = {.max_rx = 3, .needs_all_rx = true, .max_tx = 1}, .node = -1};
	struct mcr_lcore_plan_input input = machine(workers, 1, &port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.roles[1].rx_count, 3);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 0), 3);
	mcr_lcore_plan_free(&plan);
}

static void
one_worker_runs_to_completion(void **state)
{
	const struct mcr_lcore_input workers[] = {{.id = 3}};
	const struct mcr_lcore_plan_input input = machine(workers, 1, &big_port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.count, 2);
	assert_false(plan.roles[0].is_rx || plan.roles[0].is_tx);
	assert_true(plan.roles[1].is_rx && plan.roles[1].is_tx);
	assert_false(plan.has_rings);
	mcr_lcore_plan_free(&plan);
}

static void
workers_are_split_and_tx_gets_more(void **state)
{
	const struct mcr_lcore_plan_input input = machine(six_workers, 3, &big_port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.rx_lcores, 1);
	assert_int_equal(plan.tx_lcores, 2);
	assert_true(plan.has_rings);
	assert_true(plan.roles[1].is_rx && !plan.roles[1].is_tx);
	assert_int_equal(plan.roles[2].tx_queue, 0);
	assert_int_equal(plan.roles[3].tx_queue, 1);
	mcr_lcore_plan_free(&plan);
}

static void
assert_split(
	const struct mcr_port_input *port, uint16_t rx_lcores, uint16_t tx_lcores, uint16_t idle)
{
	const struct mcr_lcore_plan_input input =
		machine(six_workers, rx_lcores + tx_lcores + idle, port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.rx_lcores, rx_lcores);
	assert_int_equal(plan.tx_lcores, tx_lcores);
	assert_int_equal(plan.idle, idle);
	mcr_lcore_plan_free(&plan);
}

static void
a_port_with_one_queue_leaves_lcores_idle(void **state)
{
	const struct mcr_port_input port = {.rules = {.max_rx = 1, .max_tx = 1}, .node = 0};

	(void)state;
	assert_split(&port, 1, 1, 1);
}

/* One queue receives all flows; its lcore hands them to five TX lcores. */
static void
a_port_with_one_rx_queue_leaves_more_to_send(void **state)
{
	const struct mcr_port_input port = {.rules = {.max_rx = 1, .max_tx = 16}, .node = 0};

	(void)state;
	assert_split(&port, 1, 5, 0);
}

/* Both lcores are to receive and send. There is one RX queue: its lcore hands off to the other. */
static void
an_lcore_without_an_rx_queue_sends_for_the_others(void **state)
{
	const struct mcr_port_input port = {.rules = {.max_rx = 1, .max_tx = 16}, .node = 0};
	const uint32_t both[] = {1, 2};
	struct mcr_lcore_plan_input input = machine(six_workers, 2, &port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	input.rx = input.tx = both;
	input.rx_count = input.tx_count = 2;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_true(plan.roles[1].is_rx && plan.roles[1].is_tx);
	assert_true(!plan.roles[2].is_rx && plan.roles[2].is_tx);
	assert_true(plan.has_rings);
	mcr_lcore_plan_free(&plan);
}

static void
lcores_near_the_port_come_first(void **state)
{
	const struct mcr_port_input port = {.rules = {.max_rx = 4, .max_tx = 1}, .node = 2};
	const struct mcr_lcore_input workers[] = {
		{.id = 1, .node = 0}, {.id = 2, .node = 1}, {.id = 3, .node = 2}};
	const struct mcr_lcore_plan_input input = machine(workers, 3, &port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.roles[1].id, 3);
	assert_int_equal(plan.roles[2].id, 2);
	assert_int_equal(plan.roles[3].id, 1);
	mcr_lcore_plan_free(&plan);
}

static void
rx_queues_are_spread_over_rx_lcores(void **state)
{
	const struct mcr_port_input ports[] = {
		{.rules = {.max_rx = 2, .max_tx = 8}, .node = -1},
		{.rules = {.max_rx = 1, .max_tx = 8}, .node = -1},
		{.rules = {.max_rx = 8, .max_tx = 8}, .node = -1},
	};
	struct mcr_lcore_plan_input input = machine(six_workers, 6, ports);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	input.port_count = 3;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.rx_lcores, 2);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 0), 2);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 1), 1);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 2), 2);
	assert_int_equal(plan.roles[1].rx_count + plan.roles[2].rx_count, 5);
	assert_in_range(plan.roles[1].rx_count, 2, 3);
	mcr_lcore_plan_free(&plan);
}

/* Queue 2 of the first port, queue 1 of the third. */
static void
an_lcore_polls_punt_queues_first(void **state)
{
	const struct mcr_port_input ports[] = {
		{.rules = {.max_rx = 2, .max_tx = 8, .max_rx_with_punt = 8}, .node = -1},
		{.rules = {.max_rx = 1, .max_tx = 8, .max_rx_with_punt = 1}, .node = -1},
		{.rules = {.max_rx = 1, .max_tx = 8, .max_rx_with_punt = 2}, .node = -1},
	};
	struct mcr_lcore_plan_input input = machine(six_workers, 6, ports);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	input.port_count = 3;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.rx_lcores, 2);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 0), 3);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 1), 1);
	assert_int_equal(mcr_lcore_plan_rx_queues(&plan, 2), 2);
	assert_int_equal(plan.roles[1].rx_count, 3);
	assert_int_equal(plan.roles[2].rx_count, 3);
	assert_int_equal(plan.roles[1].rx[0].port, 0);
	assert_int_equal(plan.roles[1].rx[0].queue, 2);
	assert_int_equal(plan.roles[2].rx[0].port, 2);
	assert_int_equal(plan.roles[2].rx[0].queue, 1);
	mcr_lcore_plan_free(&plan);
}

static void
the_configuration_decides(void **state)
{
	const uint32_t both[] = {2, 3}, none[] = {7};
	struct mcr_lcore_plan_input input = machine(six_workers, 3, &big_port);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	input.rx = input.tx = both;
	input.rx_count = input.tx_count = 2;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.count, 3);
	assert_false(plan.has_rings);
	assert_true(plan.roles[2].is_rx && plan.roles[2].is_tx);
	assert_int_equal(plan.idle, 1);
	mcr_lcore_plan_free(&plan);

	input.tx = none;
	input.tx_count = 1;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_NO_SUCH_LCORE);
	assert_int_equal(culprit, 7);
	mcr_lcore_plan_free(&plan);
}

static void
configured_lcores_without_a_queue_stay_idle(void **state)
{
	const struct mcr_port_input small = {.rules = {.max_rx = 1, .max_tx = 1}, .node = 0};
	const uint32_t rx[] = {1, 4}, tx[] = {2, 3};
	struct mcr_lcore_plan_input input = machine(six_workers, 4, &small);
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	(void)state;
	input.rx = rx;
	input.rx_count = 2;
	input.tx = tx;
	input.tx_count = 2;
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_int_equal(plan.rx_lcores, 1);
	assert_int_equal(plan.tx_lcores, 1);
	assert_int_equal(plan.idle, 2);
	assert_int_equal(plan.roles[1].id, 1);
	assert_int_equal(plan.roles[2].id, 2);
	mcr_lcore_plan_free(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_lcore_alone_does_everything),
		cmocka_unit_test(inputs_of_a_device_are_all_polled),
		cmocka_unit_test(one_worker_runs_to_completion),
		cmocka_unit_test(workers_are_split_and_tx_gets_more),
		cmocka_unit_test(a_port_with_one_queue_leaves_lcores_idle),
		cmocka_unit_test(a_port_with_one_rx_queue_leaves_more_to_send),
		cmocka_unit_test(an_lcore_without_an_rx_queue_sends_for_the_others),
		cmocka_unit_test(lcores_near_the_port_come_first),
		cmocka_unit_test(rx_queues_are_spread_over_rx_lcores),
		cmocka_unit_test(an_lcore_polls_punt_queues_first),
		cmocka_unit_test(the_configuration_decides),
		cmocka_unit_test(configured_lcores_without_a_queue_stay_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
