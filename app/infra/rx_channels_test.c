/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>

#include <rte_common.h>

#include "infra/rx_channels.h"

#define NIC "enp1s0"

/* A NIC as its driver answers ethtool; 0: unknown. */
struct nic {
	uint32_t rx;
	uint32_t combined;
	uint32_t table[4];
	uint32_t table_size;
	uint64_t rules[2];
	uint32_t rule_count;
};

static struct nic nic;

int
__wrap_ioctl(int fd, unsigned long request, ...);

static bool
answer_channels(struct ethtool_channels *answer)
{
	answer->rx_count = nic.rx;
	answer->combined_count = nic.combined;
	answer->max_combined = nic.combined;
	return nic.rx + nic.combined != 0;
}

static bool
answer_table(struct ethtool_rxfh_indir *answer)
{
	if (answer->size != 0)
		memcpy(answer->ring_index, nic.table, nic.table_size * sizeof(nic.table[0]));
	answer->size = nic.table_size;
	return nic.table_size != 0;
}

static bool
answer_rules(struct ethtool_rxnfc *answer)
{
	switch (answer->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		answer->rule_cnt = nic.rule_count;
		break;
	case ETHTOOL_GRXCLSRLALL:
		assert_true(answer->rule_cnt >= nic.rule_count);
		answer->rule_cnt = nic.rule_count;
		for (uint32_t i = 0; i < nic.rule_count; i++)
			answer->rule_locs[i] = 100 + i;
		break;
	default:
		assert_int_equal(answer->cmd, ETHTOOL_GRXCLSRULE);
		assert_in_range(answer->fs.location, 100, 100 + nic.rule_count - 1);
		answer->fs.ring_cookie = nic.rules[answer->fs.location - 100];
	}
	return nic.rule_count != 0;
}

int
__wrap_ioctl(int fd, unsigned long request, ...)
{
	struct ifreq *question;
	va_list arguments;
	bool knows;

	(void)fd;
	va_start(arguments, request);
	question = va_arg(arguments, struct ifreq *);
	va_end(arguments);
	assert_int_equal(request, SIOCETHTOOL);
	assert_string_equal(question->ifr_name, NIC);
	switch (*(const uint32_t *)(const void *)question->ifr_data) {
	case ETHTOOL_GCHANNELS:
		knows = answer_channels((void *)question->ifr_data);
		break;
	case ETHTOOL_GRXFHINDIR:
		knows = answer_table((void *)question->ifr_data);
		break;
	default:
		knows = answer_rules((void *)question->ifr_data);
	}
	errno = EOPNOTSUPP;
	return knows ? 0 : -1;
}

static struct mcr_rx_channels
ask_for(uint32_t first, uint32_t count)
{
	struct mcr_rx_channels channels = {.first = first, .count = count};

	assert_true(mcr_rx_channels_ask_kernel(NIC, &channels));
	return channels;
}

static void
assert_advice(uint32_t first, uint32_t count, const char *expected)
{
	const struct mcr_rx_channels channels = ask_for(first, count);
	char advice[128];

	assert_true(mcr_rx_channels_lose(&channels));
	mcr_rx_channels_advise(&channels, NIC, advice, sizeof(advice));
	assert_string_equal(advice, expected);
}

static void
a_nic_without_channels_has_one_queue(void **state)
{
	const struct mcr_rx_channels channels = ask_for(0, 1);

	(void)state;
	assert_int_equal(channels.spread, 1);
	assert_false(mcr_rx_channels_lose(&channels));
}

static void
queues_beyond_the_devices_own_are_unread(void **state)
{
	struct mcr_rx_channels channels;

	(void)state;
	nic = (struct nic){.combined = 4};
	channels = ask_for(0, 4);
	assert_int_equal(channels.spread, 4);
	assert_false(mcr_rx_channels_lose(&channels));
	assert_int_equal(ask_for(0, 1).unread, 3);
	assert_int_equal(ask_for(1, 2).unread, 2);
	assert_int_equal(ask_for(4, 1).unread, 4);
	channels = ask_for(0, 3);
	assert_true(mcr_rx_channels_lose(&channels));
}

static void
queues_that_rss_leaves_out_are_not_missed(void **state)
{
	struct mcr_rx_channels channels;

	(void)state;
	nic = (struct nic){.combined = 4, .table = {2, 3, 2, 3}, .table_size = 4};
	channels = ask_for(2, 2);
	assert_int_equal(channels.spread, 2);
	assert_false(mcr_rx_channels_lose(&channels));
	channels = ask_for(0, 3);
	assert_int_equal(channels.unread, 1);
	assert_true(mcr_rx_channels_lose(&channels));
}

static void
a_flow_rule_to_the_device_prevents_loss(void **state)
{
	struct mcr_rx_channels channels;

	(void)state;
	nic = (struct nic){.combined = 4, .rules = {RX_CLS_FLOW_DISC, 3}, .rule_count = 2};
	channels = ask_for(3, 1);
	assert_int_equal(channels.unread, 3);
	assert_false(mcr_rx_channels_lose(&channels));
	channels = ask_for(0, 1);
	assert_true(mcr_rx_channels_lose(&channels));
	nic.rule_count = 1;
	channels = ask_for(3, 1);
	assert_true(mcr_rx_channels_lose(&channels));
}

static void
kernel_and_driver_accept_the_advice(void **state)
{
	(void)state;
	nic = (struct nic){.combined = 8};
	assert_advice(0, 1, "ethtool -L " NIC " combined 1, or queue_count=8 in --vdev");
	assert_advice(0, 2, "ethtool -L " NIC " combined 2, or queue_count=8 in --vdev");
	assert_advice(2, 1, "start_queue=0,queue_count=8 in --vdev");
	nic = (struct nic){.combined = 4, .rx = 2};
	assert_advice(0, 1, "ethtool -L " NIC " rx 0 combined 1");
	assert_advice(2, 1, "ethtool -L " NIC " rx 0 combined 1, and no start_queue");
	nic = (struct nic){.rx = 4};
	assert_advice(0, 1, "ethtool -L " NIC " rx 1 (a veth's peer: tx 1)");
	assert_advice(1, 1, "ethtool -L " NIC " rx 1, and no start_queue (a veth's peer: tx 1)");
}

static int
forget_nic(void **state)
{
	(void)state;
	nic = (struct nic){0};
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_nic_without_channels_has_one_queue, forget_nic),
		cmocka_unit_test(queues_beyond_the_devices_own_are_unread),
		cmocka_unit_test(queues_that_rss_leaves_out_are_not_missed),
		cmocka_unit_test(a_flow_rule_to_the_device_prevents_loss),
		cmocka_unit_test(kernel_and_driver_accept_the_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
