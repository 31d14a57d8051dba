/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_flow.h>

#include "infra/punt_queue.h"

/* A device spreads over all queues that it is configured with. One queue besides needs no table:
 * without RSS it gets everything. A device without a table does not spread by itself. */
static int
spread_over_others(uint16_t port, uint16_t others)
{
	struct rte_eth_rss_reta_entry64 table[RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE];
	struct rte_eth_dev_info info;
	const int ret = rte_eth_dev_info_get(port, &info);

	if (ret != 0 || others == 1 || info.reta_size == 0)
		return ret;
	if (info.reta_size > RTE_ETH_RSS_RETA_SIZE_512)
		return -ENOTSUP;
	for (uint16_t i = 0; i < info.reta_size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &table[i / RTE_ETH_RETA_GROUP_SIZE];

		group->mask = UINT64_MAX;
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % others;
	}
	return rte_eth_dev_rss_reta_update(port, table, info.reta_size);
}

static int
steer(uint16_t port, const struct rte_flow_item *pattern, uint16_t queue,
	struct rte_flow_error *error)
{
	const struct rte_flow_attr attributes = {.ingress = 1};
	const struct rte_flow_action_queue target = {.index = queue};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &target},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};

	return rte_flow_create(port, &attributes, pattern, actions, error) == NULL ? -rte_errno : 0;
}

static int
steer_arp(uint16_t port, uint16_t queue, struct rte_flow_error *error)
{
	const struct rte_flow_item_eth arp = {.hdr.ether_type = RTE_BE16(RTE_ETHER_TYPE_ARP)};
	const struct rte_flow_item_eth mask = {.hdr.ether_type = RTE_BE16(UINT16_MAX)};
	const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &arp, .mask = &mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};

	return steer(port, pattern, queue, error);
}

static int
steer_igmp(uint16_t port, uint16_t queue, struct rte_flow_error *error)
{
	const struct rte_flow_item_ipv4 igmp = {.hdr.next_proto_id = IPPROTO_IGMP};
	const struct rte_flow_item_ipv4 mask = {.hdr.next_proto_id = UINT8_MAX};
	const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH},
		{.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &igmp, .mask = &mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};

	return steer(port, pattern, queue, error);
}

static int
steer_icmpv6(uint16_t port, uint16_t queue, struct rte_flow_error *error)
{
	const struct rte_flow_item_ipv6 icmp = {.hdr.proto = IPPROTO_ICMPV6};
	const struct rte_flow_item_ipv6 mask = {.hdr.proto = UINT8_MAX};
	const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH},
		{.type = RTE_FLOW_ITEM_TYPE_IPV6, .spec = &icmp, .mask = &mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};

	return steer(port, pattern, queue, error);
}

int
mcr_punt_queue_start(uint16_t port, uint16_t queues, const char **reason)
{
	struct rte_flow_error error = {0}, ignored;
	int ret;

	RTE_ASSERT(queues >= 2);
	/* Some drivers keep rules while the port is stopped. */
	(void)rte_flow_flush(port, &ignored);
	ret = spread_over_others(port, queues - 1);
	if (ret == 0)
		ret = steer_arp(port, queues - 1, &error);
	if (ret == 0)
		ret = steer_igmp(port, queues - 1, &error);
	if (ret != 0)
		(void)rte_flow_flush(port, &ignored);
	*reason = error.message != NULL ? error.message : rte_strerror(-ret);
	return ret;
}

/* Not MLD: few drivers look behind its hop-by-hop options, and net_tap takes a rule for these for
 * one of all IPv6. */
int
mcr_punt_queue_add_icmpv6(uint16_t port, uint16_t queues, const char **reason)
{
	struct rte_flow_error error = {0};
	const int ret = steer_icmpv6(port, queues - 1, &error);

	RTE_ASSERT(queues >= 2);
	*reason = error.message != NULL ? error.message : rte_strerror(-ret);
	return ret;
}
