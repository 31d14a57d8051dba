/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_stats.h"

static void
lcores_are_summed_counter_by_counter(void **state)
{
	struct mcr_stats first = {0}, second = {0}, sum = {0};

	(void)state;
	mcr_stats_count(&first, MCR_STAT_RX_PACKETS, 3);
	mcr_stats_count(&second, MCR_STAT_RX_PACKETS, 4);
	mcr_stats_drop(&second, MCR_DROP_COPY_STALE, 1);
	mcr_stats_sum(&sum, &first);
	mcr_stats_sum(&sum, &second);

	assert_int_equal(sum.counts[MCR_STAT_RX_PACKETS], 7);
	assert_int_equal(sum.counts[MCR_STAT_RX_BYTES], 0);
	assert_int_equal(sum.drops[MCR_DROP_COPY_STALE], 1);
}

static void
drops_of_packets_and_of_copies_are_summed_separately(void **state)
{
	struct mcr_stats stats = {0};

	(void)state;
	for (unsigned int i = 0; i < MCR_DROP_COUNT; i++)
		mcr_stats_drop(&stats, i, 1);

	assert_int_equal(mcr_stats_rx_drops(&stats), MCR_DROP_REASSEMBLY + 1);
	assert_int_equal(mcr_stats_copy_drops(&stats), MCR_DROP_COUNT - MCR_DROP_COPY_OVERSIZE);
}

static void
names_are_those_of_the_telemetry(void **state)
{
	(void)state;
	assert_string_equal(mcr_stats_name(MCR_STAT_RX_PACKETS), "rx_packets");
	assert_string_equal(mcr_stats_name(MCR_STAT_TX_CONTROL_PACKETS), "tx_control_packets");
	assert_string_equal(mcr_stats_drop_name(MCR_DROP_MALFORMED), "malformed");
	assert_string_equal(mcr_stats_drop_name(MCR_DROP_COPY_STALE), "copy_stale");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcores_are_summed_counter_by_counter),
		cmocka_unit_test(drops_of_packets_and_of_copies_are_summed_separately),
		cmocka_unit_test(names_are_those_of_the_telemetry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
