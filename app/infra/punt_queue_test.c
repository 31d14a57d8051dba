/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A NIC of the test's own that chooses the RX queue of a frame by its rules, else by its table. */

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>

#include "infra/punt_queue.h"

#define PORT 3
#define MOST_RULES 8

struct rule {
	uint16_t ether_type; /* 0: any */
	int protocol;        /* negative: any */
	uint16_t queue;
};

static struct {
	uint16_t table_size;
	uint16_t table[RTE_ETH_RSS_RETA_SIZE_512];
	int table_error;
	unsigned int refused_rule; /* counted from 1; 0: none */
	unsigned int rules_count;
	struct rule rules[MOST_RULES];
} nic;

int
__wrap_rte_eth_dev_info_get(uint16_t port, struct rte_eth_dev_info *info);
int
__wrap_rte_eth_dev_rss_reta_update(
	uint16_t port, struct rte_eth_rss_reta_entry64 *table, uint16_t size);
int
__wrap_rte_flow_flush(uint16_t port, struct rte_flow_error *error);
struct rte_flow *
__wrap_rte_flow_create(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error);

int
__wrap_rte_eth_dev_info_get(uint16_t port, struct rte_eth_dev_info *info)
{
	assert_int_equal(port, PORT);
	memset(info, 0, sizeof(*info));
	info->reta_size = nic.table_size;
	return 0;
}

int
__wrap_rte_eth_dev_rss_reta_update(
	uint16_t port, struct rte_eth_rss_reta_entry64 *table, uint16_t size)
{
	assert_int_equal(port, PORT);
	assert_int_equal(size, nic.table_size);
	for (uint16_t i = 0; i < size; i++) {
		const struct rte_eth_rss_reta_entry64 *group = &table[i / 64];

		if ((group->mask >> (i % 64) & 1) != 0)
			nic.table[i] = group->reta[i % 64];
	}
	return nic.table_error;
}

int
__wrap_rte_flow_flush(uint16_t port, struct rte_flow_error *error)
{
	(void)error;
	assert_int_equal(port, PORT);
	nic.rules_count = 0;
	return 0;
}

static struct rule
read_pattern(const struct rte_flow_item *item)
{
	struct rule rule = {.protocol = -1};

	for (; item->type != RTE_FLOW_ITEM_TYPE_END; item++) {
		const struct rte_flow_item_eth *eth = item->spec, *eth_mask = item->mask;
		const struct rte_flow_item_ipv4 *ipv4 = item->spec, *ipv4_mask = item->mask;
		const struct rte_flow_item_ipv6 *ipv6 = item->spec, *ipv6_mask = item->mask;

		if (item->type == RTE_FLOW_ITEM_TYPE_ETH && eth != NULL) {
			assert_int_equal(eth_mask->hdr.ether_type, UINT16_MAX);
			rule.ether_type = rte_be_to_cpu_16(eth->hdr.ether_type);
		}
		if (item->type == RTE_FLOW_ITEM_TYPE_IPV4) {
			assert_int_equal(ipv4_mask->hdr.next_proto_id, UINT8_MAX);
			rule.ether_type = RTE_ETHER_TYPE_IPV4;
			rule.protocol = ipv4->hdr.next_proto_id;
		}
		if (item->type == RTE_FLOW_ITEM_TYPE_IPV6) {
			assert_int_equal(ipv6_mask->hdr.proto, UINT8_MAX);
			rule.ether_type = RTE_ETHER_TYPE_IPV6;
			rule.protocol = ipv6->hdr.proto;
		}
	}
	return rule;
}

struct rte_flow *
__wrap_rte_flow_create(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	const struct rte_flow_action_queue *target = actions[0].conf;
	struct rule *rule = &nic.rules[nic.rules_count];

	assert_int_equal(port, PORT);
	assert_true(attr->ingress);
	assert_int_equal(actions[0].type, RTE_FLOW_ACTION_TYPE_QUEUE);
	assert_int_equal(actions[1].type, RTE_FLOW_ACTION_TYPE_END);
	if (nic.rules_count + 1 == nic.refused_rule) {
		error->message = "not this one";
		rte_errno = ENOTSUP;
		return NULL;
	}
	*rule = read_pattern(pattern);
	rule->queue = target->index;
	nic.rules_count++;
	return (struct rte_flow *)rule;
}

static uint16_t
queue_of(uint16_t ether_type, uint8_t protocol, uint32_t hash)
{
	for (unsigned int i = 0; i < nic.rules_count; i++) {
		const struct rule *rule = &nic.rules[i];

		if ((rule->ether_type == 0 || rule->ether_type == ether_type) &&
			(rule->protocol < 0 || rule->protocol == protocol))
			return rule->queue;
	}
	return nic.table_size == 0 ? 0 : nic.table[hash % nic.table_size];
}

/* As a driver does: over all queues that are configured. */
static void
configure(uint16_t table_size, uint16_t queues)
{
	memset(&nic, 0, sizeof(nic));
	nic.table_size = table_size;
	for (uint16_t i = 0; i < table_size; i++)
		nic.table[i] = i % queues;
}

static void
arp_and_igmp_have_the_last_queue_alone(void **unused)
{
	static const uint16_t sizes[] = {1, 40, 64, 128, 512};
	const char *reason;

	(void)unused;
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		bool reached[5] = {false};

		configure(sizes[i], 5);
		assert_int_equal(mcr_punt_queue_start(PORT, 5, &reason), 0);
		assert_int_equal(queue_of(RTE_ETHER_TYPE_ARP, 0, 0), 4);
		assert_int_equal(queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_IGMP, 0), 4);
		for (uint32_t hash = 0; hash < sizes[i]; hash++) {
			reached[queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_UDP, hash)] = true;
			assert_true(queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_GRE, hash) < 4);
			assert_true(queue_of(RTE_ETHER_TYPE_IPV6, IPPROTO_ICMPV6, hash) < 4);
		}
		for (uint16_t queue = 0; queue < RTE_MIN(sizes[i], 4); queue++)
			assert_true(reached[queue]);
	}
}

static void
icmp_of_ipv6_joins_them_and_nothing_else_does(void **unused)
{
	const char *reason;

	(void)unused;
	configure(64, 5);
	assert_int_equal(mcr_punt_queue_start(PORT, 5, &reason), 0);
	assert_int_equal(mcr_punt_queue_add_icmpv6(PORT, 5, &reason), 0);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_ARP, 0, 0), 4);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_IPV6, IPPROTO_ICMPV6, 0), 4);
	for (uint32_t hash = 0; hash < 64; hash++) {
		assert_true(queue_of(RTE_ETHER_TYPE_IPV6, IPPROTO_UDP, hash) < 4);
		assert_true(queue_of(RTE_ETHER_TYPE_IPV6, IPPROTO_FRAGMENT, hash) < 4);
		assert_true(queue_of(RTE_ETHER_TYPE_IPV6, IPPROTO_HOPOPTS, hash) < 4);
		assert_true(queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_ICMPV6, hash) < 4);
	}
}

static void
a_nic_that_refuses_ipv6_still_steers_arp_and_igmp(void **unused)
{
	const char *reason;

	(void)unused;
	configure(64, 3);
	nic.refused_rule = 3;
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), 0);
	assert_int_equal(mcr_punt_queue_add_icmpv6(PORT, 3, &reason), -ENOTSUP);
	assert_string_equal(reason, "not this one");
	assert_int_equal(queue_of(RTE_ETHER_TYPE_ARP, 0, 0), 2);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_IGMP, 0), 2);
}

static void
a_table_is_set_only_where_it_is_needed(void **unused)
{
	const char *reason;

	(void)unused;
	configure(64, 1);
	nic.table_error = -ENOTSUP;
	assert_int_equal(mcr_punt_queue_start(PORT, 2, &reason), 0);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_ARP, 0, 0), 1);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_IPV4, IPPROTO_UDP, 0), 0);
	configure(0, 3);
	nic.table_error = -ENOTSUP;
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), 0);
	assert_int_equal(queue_of(RTE_ETHER_TYPE_ARP, 0, 0), 2);
}

/* Also when the driver keeps them while the port is stopped. */
static void
a_second_start_has_no_rule_twice(void **unused)
{
	const char *reason;

	(void)unused;
	configure(64, 3);
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), 0);
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), 0);
	assert_int_equal(nic.rules_count, 2);
}

static void
a_nic_that_refuses_is_left_without_rules(void **unused)
{
	const char *reason;

	(void)unused;
	for (unsigned int rule = 1; rule <= 2; rule++) {
		configure(64, 3);
		nic.refused_rule = rule;
		assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), -ENOTSUP);
		assert_string_equal(reason, "not this one");
		assert_int_equal(nic.rules_count, 0);
	}
	configure(64, 3);
	nic.table_error = -EIO;
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), -EIO);
	assert_string_equal(reason, rte_strerror(EIO));
	assert_int_equal(nic.rules_count, 0);
	configure(RTE_ETH_RSS_RETA_SIZE_512, 3);
	nic.table_size *= 2;
	assert_int_equal(mcr_punt_queue_start(PORT, 3, &reason), -ENOTSUP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_and_igmp_have_the_last_queue_alone),
		cmocka_unit_test(icmp_of_ipv6_joins_them_and_nothing_else_does),
		cmocka_unit_test(a_nic_that_refuses_ipv6_still_steers_arp_and_igmp),
		cmocka_unit_test(a_table_is_set_only_where_it_is_needed),
		cmocka_unit_test(a_second_start_has_no_rule_twice),
		cmocka_unit_test(a_nic_that_refuses_is_left_without_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
