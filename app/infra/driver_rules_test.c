/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>
#include <rte_ethdev.h>

#include "infra/lcore_plan.h"

#define MOST_WORKERS (RTE_MAX_LCORE - 1)

#define SOME_WORKERS 12

/* One queue, odd numbers, more than lcores. */
static const uint16_t sizes[] = {1, 2, 3, 4, 6, 8, 15, 16, 128, 256};

/* RSS of a NIC: everything, ports only, all but plain IPv4, nothing. */
static const uint64_t offers[] = {
	RTE_ETH_RSS_PROTO_MASK,
	RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP,
	RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_OTHER,
	0,
};

struct layout {
	uint16_t workers;
	uint16_t rx; /* the first workers; 0: the plan chooses */
	uint16_t tx; /* the last workers; may overlap with rx */
};

static bool
polls(const struct mcr_lcore_plan *plan, uint16_t port, uint16_t queue)
{
	unsigned int pollers = 0;

	for (uint16_t i = 0; i < plan->count; i++) {
		for (uint16_t q = 0; q < plan->roles[i].rx_count; q++)
			pollers += plan->roles[i].rx[q].port == port &&
			           plan->roles[i].rx[q].queue == queue;
	}
	return pollers == 1;
}

/* Each RX queue has one poller, each TX lcore a queue on the port. */
static void
assert_is_served(const struct mcr_lcore_plan *plan, uint16_t port)
{
	const uint16_t rx = mcr_lcore_plan_rx_queues(plan, port);

	assert_true(rx >= 1);
	for (uint16_t queue = 0; queue < rx; queue++)
		assert_true(polls(plan, port, queue));
	for (uint16_t i = 0; i < plan->count; i++) {
		if (plan->roles[i].is_tx)
			assert_true(plan->roles[i].tx_queue < mcr_lcore_plan_tx_queues(plan, port));
		assert_true(!plan->roles[i].is_rx || plan->roles[i].rx_count >= 1);
	}
}

/* Derive from the row again what the driver refuses and which queues receive. */
static void
assert_obeys(const struct mcr_driver *driver, const struct mcr_device_offer *offer,
	const struct mcr_lcore_plan *plan, uint16_t port)
{
	const uint16_t rx = mcr_lcore_plan_rx_queues(plan, port);
	const uint16_t tx = mcr_lcore_plan_tx_queues(plan, port);

	assert_true(rx <= offer->max_rx && tx <= offer->max_tx);
	if (driver->is_paired)
		assert_int_equal(rx, tx);
	if (driver->is_power_of_two)
		assert_true(rte_is_power_of_2(rx));
	if (driver->spread == MCR_SPREAD_GIVEN)
		assert_int_equal(rx, offer->max_rx);
	if (driver->spread == MCR_SPREAD_FIRST && !driver->is_paired)
		assert_int_equal(rx - plan->queues[port].has_punt, 1);
	assert_true(driver->has_flow_rules || !plan->queues[port].has_punt);
	if (driver->max_tx != 0)
		assert_true(tx <= driver->max_tx);
}

static void
plan_and_check(const struct mcr_driver *drivers[], const struct mcr_device_offer offered[],
	uint16_t ports, const struct layout *layout)
{
	struct mcr_port_input inputs[2];
	struct mcr_lcore_input workers[MOST_WORKERS];
	uint32_t rx[MOST_WORKERS], tx[MOST_WORKERS];
	struct mcr_lcore_plan_input input = {
		.workers = workers,
		.worker_count = layout->workers,
		.ports = inputs,
		.port_count = ports,
		.rx = rx,
		.tx = tx,
		.rx_count = layout->rx,
		.tx_count = layout->tx,
	};
	struct mcr_lcore_plan plan;
	uint32_t culprit;

	for (uint16_t i = 0; i < layout->workers; i++)
		workers[i] = (struct mcr_lcore_input){.id = i + 1U};
	for (uint16_t i = 0; i < layout->rx; i++)
		rx[i] = i + 1U;
	for (uint16_t i = 0; i < layout->tx; i++)
		tx[i] = layout->workers - i;
	for (uint16_t i = 0; i < ports; i++)
		inputs[i] = (struct mcr_port_input){
			.rules = mcr_driver_judge(&offered[i]).queues, .node = -1};
	assert_int_equal(mcr_lcore_plan(&input, &plan, &culprit), MCR_PLAN_OK);
	assert_true(plan.rx_lcores >= 1 && plan.tx_lcores >= 1);
	for (uint16_t i = 0; i < ports; i++) {
		assert_is_served(&plan, i);
		assert_obeys(drivers[i], &offered[i], &plan, i);
	}
	mcr_lcore_plan_free(&plan);
}

static void
plan_every_layout(
	const struct mcr_driver *drivers[], const struct mcr_device_offer offered[], uint16_t ports)
{
	for (uint16_t workers = 0; workers <= SOME_WORKERS; workers++) {
		plan_and_check(drivers, offered, ports, &(struct layout){workers, 0, 0});
		for (uint16_t rx = 1; rx < workers; rx++)
			plan_and_check(drivers, offered, ports,
				&(struct layout){workers, rx, workers - rx});
		if (workers != 0)
			plan_and_check(drivers, offered, ports,
				&(struct layout){workers, workers, workers});
	}
}

static struct mcr_device_offer
make_offer(const struct mcr_driver *driver, uint64_t rss, uint16_t max_rx, uint16_t max_tx)
{
	return (struct mcr_device_offer){
		.driver = driver->name, .rss = rss, .max_rx = max_rx, .max_tx = max_tx};
}

static void
no_rule_is_broken_and_no_rx_queue_is_without_a_poller(void **state)
{
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t row = 0; row < count; row++) {
		for (size_t i = 0; i < RTE_DIM(sizes) * RTE_DIM(sizes) * RTE_DIM(offers); i++) {
			const struct mcr_driver *driver = &table[row];
			const struct mcr_device_offer offer =
				make_offer(driver, offers[i % RTE_DIM(offers)],
					sizes[i / RTE_DIM(offers) % RTE_DIM(sizes)],
					sizes[i / RTE_DIM(offers) / RTE_DIM(sizes)]);

			if (driver->spread == MCR_SPREAD_GIVEN && offer.max_rx != offer.max_tx)
				continue;
			plan_every_layout(&driver, &offer, 1);
		}
	}
}

static void
the_most_lcores_are_all_served(void **state)
{
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct mcr_driver *driver = &table[i];
		const struct mcr_device_offer offer =
			make_offer(driver, RTE_ETH_RSS_PROTO_MASK, 256, 256);

		plan_and_check(&driver, &offer, 1, &(struct layout){MOST_WORKERS, 0, 0});
		plan_and_check(&driver, &offer, 1, &(struct layout){MOST_WORKERS, 1, 126});
		plan_and_check(&driver, &offer, 1,
			&(struct layout){MOST_WORKERS, MOST_WORKERS, MOST_WORKERS});
	}
}

static void
two_ports_of_different_drivers_obey_both(void **state)
{
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t i = 0; i < count * count; i++) {
		const struct mcr_driver *drivers[] = {&table[i / count], &table[i % count]};
		const struct mcr_device_offer offered[] = {
			make_offer(drivers[0], RTE_ETH_RSS_PROTO_MASK, 4, 4),
			make_offer(drivers[1], RTE_ETH_RSS_PROTO_MASK, 16, 16),
		};

		plan_every_layout(drivers, offered, 2);
	}
}

static struct mcr_queue_count
count_for(const char *driver, uint16_t queues, uint16_t rx_lcores, uint16_t tx_lcores)
{
	const struct mcr_device_offer offer = {
		.driver = driver,
		.rss = RTE_ETH_RSS_PROTO_MASK,
		.max_rx = queues,
		.max_tx = queues,
	};
	const struct mcr_driver_verdict verdict = mcr_driver_judge(&offer);

	return mcr_driver_count_queues(&verdict.queues, rx_lcores, tx_lcores);
}

static void
assert_count(const char *driver, uint16_t queues, uint16_t rx_lcores, uint16_t tx_lcores,
	struct mcr_queue_count expected)
{
	const struct mcr_queue_count count = count_for(driver, queues, rx_lcores, tx_lcores);

	assert_int_equal(count.rx, expected.rx);
	assert_int_equal(count.tx, expected.tx);
	assert_int_equal(count.has_punt, expected.has_punt);
}

static void
drivers_accept_the_numbers_of_queues(void **state)
{
	(void)state;
	/* The host steers into as many pairs as there are TX queues. */
	assert_count("net_virtio", 4, 1, 1, (struct mcr_queue_count){1, 1, false});
	assert_count("net_virtio", 4, 1, 2, (struct mcr_queue_count){2, 2, false});
	assert_count("net_virtio", 4, 3, 1, (struct mcr_queue_count){3, 3, false});
	assert_count("net_virtio", 128, 1, 127, (struct mcr_queue_count){127, 127, false});
	assert_count("net_tap", 16, 1, 2, (struct mcr_queue_count){3, 3, true});
	assert_count("net_mana", 16, 1, 2, (struct mcr_queue_count){2, 2, false});
	assert_count("net_mana", 16, 2, 3, (struct mcr_queue_count){4, 4, false});
	assert_count("net_netvsc", 8, 2, 5, (struct mcr_queue_count){8, 8, false});
	assert_count("net_vmxnet3", 8, 3, 5, (struct mcr_queue_count){4, 5, false});
	assert_count("net_ixgbe_vf", 2, 3, 2, (struct mcr_queue_count){2, 2, false});
	assert_count("net_ice", 64, 3, 5, (struct mcr_queue_count){4, 5, true});
	assert_count("net_ice", 3, 3, 3, (struct mcr_queue_count){3, 3, false});
	assert_count("net_i40e", 8, 2, 5, (struct mcr_queue_count){2, 5, true});
	assert_count("mlx5_pci", 1, 1, 1, (struct mcr_queue_count){1, 1, false});
	assert_count("net_ena", 8, 1, 5, (struct mcr_queue_count){1, 5, false});
	assert_count("net_af_xdp", 4, 1, 1, (struct mcr_queue_count){4, 4, false});
	assert_count("net_af_packet", 4, 1, 2, (struct mcr_queue_count){4, 2, false});
}

static void
rss_over_ports_is_never_configured(void **state)
{
	const uint64_t with_ports = RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP |
	                            RTE_ETH_RSS_PORT | RTE_ETH_RSS_L4_SRC_ONLY |
	                            RTE_ETH_RSS_L4_DST_ONLY;
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t i = 0; i < count * RTE_DIM(offers); i++) {
		struct mcr_device_offer offer =
			make_offer(&table[i / RTE_DIM(offers)], offers[i % RTE_DIM(offers)], 4, 4);

		for (unsigned int has_ipv6 = 0; has_ipv6 <= 1; has_ipv6++) {
			uint64_t rss;

			offer.has_ipv6 = has_ipv6;
			rss = mcr_driver_judge(&offer).rss;
			assert_true((rss & with_ports) == 0);
			assert_true((rss & ~offer.rss) == 0);
		}
	}
}

/* Of both versions alike, and what is no fragment as what is one. */
static void
ipv6_is_spread_over_addresses_where_a_port_has_it(void **state)
{
	const uint64_t ipv6 =
		RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct mcr_device_offer offer = make_offer(&table[i], RTE_ETH_RSS_PROTO_MASK, 4, 4);
		const uint64_t ipv4 = mcr_driver_judge(&offer).rss;

		assert_true((ipv4 & (ipv6 | RTE_ETH_RSS_IPV6_EX)) == 0);
		offer.has_ipv6 = true;
		assert_true(mcr_driver_judge(&offer).rss == (ipv4 != 0 ? ipv4 | ipv6 : 0));
		offer.rss = RTE_ETH_RSS_IPV4;
		assert_true((mcr_driver_judge(&offer).rss & ipv6) == 0);
	}
}

static const char *
reason_given(const char *driver, uint64_t rss, uint16_t max_rx)
{
	const struct mcr_device_offer offer = {driver, rss, max_rx, 8, false, true};
	const struct mcr_driver_verdict verdict = mcr_driver_judge(&offer);

	assert_true((verdict.reason != NULL) == (verdict.queues.max_rx < max_rx));
	return verdict.reason;
}

static void
unusable_queues_have_a_reason(void **state)
{
	(void)state;
	assert_non_null(strstr(reason_given("net_ena", offers[1], 8), "by port numbers only"));
	assert_non_null(strstr(reason_given("net_i40e", offers[2], 8), "by port numbers only"));
	assert_non_null(strstr(reason_given("net_gve", offers[0], 8), "does not let"));
	assert_non_null(strstr(reason_given("net_netvsc", 0, 8), "no RSS"));
	assert_null(reason_given("net_ena", offers[1], 1));
	assert_null(reason_given("net_mana", offers[0], 8));
	assert_null(reason_given("net_virtio", 0, 8));
}

static void
a_driver_without_a_row_gets_what_it_offers(void **state)
{
	struct mcr_device_offer offer = {
		.driver = "net_unheard_of", .rss = offers[0], .max_rx = 8, .max_tx = 8};

	(void)state;
	assert_int_equal(mcr_driver_judge(&offer).queues.max_rx, 8);
	assert_false(mcr_driver_judge(&offer).queues.needs_all_rx);
	offer.rss = offers[1];
	assert_int_equal(mcr_driver_judge(&offer).queues.max_rx, 1);
	assert_non_null(strstr(mcr_driver_judge(&offer).reason, "by port numbers only"));
	offer.rss = 0;
	assert_int_equal(mcr_driver_judge(&offer).queues.max_rx, 1);
	offer.is_virtual = true;
	assert_int_equal(mcr_driver_judge(&offer).queues.max_rx, 8);
	assert_true(mcr_driver_judge(&offer).queues.needs_all_rx);
	offer.max_rx = UINT16_MAX;
	assert_int_equal(mcr_driver_judge(&offer).queues.max_rx, 1);
}

static void
rows_are_unambiguous(void **state)
{
	size_t count;
	const struct mcr_driver *table = mcr_driver_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(mcr_driver_find(table[i].name), &table[i]);
		assert_true((table[i].reason != NULL) == (table[i].spread == MCR_SPREAD_FIRST));
		/* One queue more would break the rule. */
		assert_false(table[i].has_flow_rules && table[i].is_power_of_two);
	}
	assert_null(mcr_driver_find("net_unheard_of"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_is_broken_and_no_rx_queue_is_without_a_poller),
		cmocka_unit_test(the_most_lcores_are_all_served),
		cmocka_unit_test(two_ports_of_different_drivers_obey_both),
		cmocka_unit_test(drivers_accept_the_numbers_of_queues),
		cmocka_unit_test(rss_over_ports_is_never_configured),
		cmocka_unit_test(ipv6_is_spread_over_addresses_where_a_port_has_it),
		cmocka_unit_test(unusable_queues_have_a_reason),
		cmocka_unit_test(a_driver_without_a_row_gets_what_it_offers),
		cmocka_unit_test(rows_are_unambiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
