/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_mempool.h>

#include "log.h"
#include "pool.h"
#include "port.h"
#include "reassemble.h"

#define CACHE_SIZE 256

/* Descriptors of a queue, with what drivers hold beside them. */
#define PER_QUEUE 1536

/* From this inner length on a chain of two is cheaper than copying: measured at 100 to 200 bytes.
 */
#define SHARE_ABOVE 192

static unsigned int
node_of(int socket)
{
	return socket < 0 || socket >= RTE_MAX_NUMA_NODES ? rte_socket_id() : (unsigned int)socket;
}

static uint16_t
whole_packet_room(const struct mcr_hub *hub)
{
	const uint32_t frame =
		RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + mcr_port_max_mtu(hub) + RTE_ETHER_CRC_LEN;

	return RTE_PKTMBUF_HEADROOM + RTE_ALIGN_CEIL(RTE_MAX(frame, 2048U), RTE_CACHE_LINE_SIZE);
}

static struct rte_mempool *
create_pool(const char *name, uint32_t count, uint16_t room, unsigned int node)
{
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create(name, count, CACHE_SIZE, 0, room, (int)node);

	if (pool == NULL)
		MCR_LOG(ERR,
			"no memory for %u packet buffers of %u bytes on node %u, %u MiB: %s (EAL's "
			"-m or --socket-mem gives more, limits.mbufs and ports[].mtu take less)",
			count, room, node, (unsigned int)(((uint64_t)count * room) >> 20) + 1,
			rte_strerror(rte_errno));
	return pool;
}

/* What the copies of one TX lcore take, on their way and in caches. */
static uint32_t
copy_buffers(const struct mcr_hub *hub)
{
	return hub->port_count * PER_QUEUE + 2 * CACHE_SIZE;
}

static const struct mcr_port *
find_port_with_own_pool(const struct mcr_hub *hub)
{
	for (uint16_t i = 0; i < hub->port_count; i++)
		if (hub->ports[i].sends_from_rx_pool)
			return &hub->ports[i];
	return NULL;
}

/* What is in descriptors, in job rings, in fragments, in the control rings, and in caches. */
static uint32_t
rx_buffers(const struct mcr_hub *hub)
{
	uint32_t queues = 0;

	if (hub->config->limits.mbufs != 0)
		return hub->config->limits.mbufs;
	for (uint16_t i = 0; i < hub->port_count; i++)
		queues += mcr_lcore_plan_rx_queues(&hub->plan, i) + hub->plan.tx_lcores;
	return queues * PER_QUEUE + hub->plan.tx_lcores * MCR_JOB_RING_SIZE +
	       hub->plan.rx_lcores * mcr_reassemble_buffers(hub) + 2 * MCR_CONTROL_RING_SIZE +
	       hub->plan.count * 2 * CACHE_SIZE;
}

int
mcr_pool_create_rx(struct mcr_hub *hub)
{
	const uint32_t copies =
		find_port_with_own_pool(hub) == NULL ? 0 : hub->plan.tx_lcores * copy_buffers(hub);
	const uint32_t count = rx_buffers(hub) + copies;
	char name[RTE_MEMPOOL_NAMESIZE];

	for (uint16_t i = 0; i < hub->port_count; i++) {
		const unsigned int node = node_of(hub->ports[i].socket);

		if (hub->rx_pools[node] != NULL)
			continue;
		snprintf(name, sizeof(name), "mcdpdk_rx_%u", node);
		hub->rx_pools[node] = create_pool(name, count, whole_packet_room(hub), node);
		if (hub->rx_pools[node] == NULL)
			return -ENOMEM;
	}
	return 0;
}

/*
 * From which inner length a port's copies share their payload. Never chain segments for a port that
 * does not take them, whatever the configuration says: af_xdp sends what lies behind the first.
 */
static uint32_t
share_above(const struct mcr_hub *hub, const struct mcr_port *port)
{
	const struct mcr_config_tuning *tuning = &hub->config->tuning;

	if (!port->takes_chains && !hub->assumes_chains) {
		if (tuning->has_share_above)
			MCR_LOG(NOTICE, "port %s takes no chains: payloads are copied", port->name);
		return MCR_REPLICATE_NEVER_SHARE;
	}
	if (!tuning->has_share_above)
		return SHARE_ABOVE;
	return tuning->share_above <= RTE_ETHER_HDR_LEN ? 0
	                                                : tuning->share_above - RTE_ETHER_HDR_LEN;
}

static int
create_header_pool(struct mcr_lcore *lcore, uint32_t count, unsigned int node)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_header_%u", lcore->role->id);
	lcore->replicate.header_pool = create_pool(name, count, RTE_PKTMBUF_HEADROOM, node);
	return lcore->replicate.header_pool == NULL ? -ENOMEM : 0;
}

/* A port that would copy each copy once more decides for all, for a copy may leave by any port. */
static struct rte_mempool *
provide_copy_pool(const struct mcr_hub *hub, const struct mcr_lcore *lcore, unsigned int node)
{
	const struct mcr_port *port = find_port_with_own_pool(hub);
	char name[RTE_MEMPOOL_NAMESIZE];

	if (port != NULL)
		return mcr_pool_of_port(hub, port);
	snprintf(name, sizeof(name), "mcdpdk_copy_%u", lcore->role->id);
	return create_pool(name, copy_buffers(hub), whole_packet_room(hub), node);
}

int
mcr_pool_create_tx(struct mcr_hub *hub, struct mcr_lcore *lcore)
{
	const unsigned int node = node_of(lcore->role->node);
	struct mcr_replicate *replicate = &lcore->replicate;
	bool some_share = false;

	replicate->copy_pool = provide_copy_pool(hub, lcore, node);
	if (replicate->copy_pool == NULL)
		return -ENOMEM;
	replicate->port_count = hub->port_count;
	for (uint16_t i = 0; i < hub->port_count; i++) {
		replicate->share_above[i] = share_above(hub, &hub->ports[i]);
		some_share |= replicate->share_above[i] != MCR_REPLICATE_NEVER_SHARE;
	}
	return some_share ? create_header_pool(lcore, copy_buffers(hub), node) : 0;
}

struct rte_mempool *
mcr_pool_of_port(const struct mcr_hub *hub, const struct mcr_port *port)
{
	return hub->rx_pools[node_of(port->socket)];
}

static void
free_pool(const struct mcr_hub *hub, struct rte_mempool *pool)
{
	const unsigned int missing = pool == NULL ? 0 : rte_mempool_in_use_count(pool);

	if (missing != 0)
		MCR_LOG(WARNING, "%s: %u packet buffers were not returned", pool->name, missing);
	if (!hub->keeps_buffers)
		rte_mempool_free(pool);
}

void
mcr_pool_free_all(struct mcr_hub *hub)
{
	const bool has_copy_pools = find_port_with_own_pool(hub) == NULL;

	for (unsigned int i = 0; i < RTE_DIM(hub->rx_pools); i++)
		free_pool(hub, hub->rx_pools[i]);
	free_pool(hub, hub->whole_pool);
	for (uint16_t i = 0; i < hub->lcore_count; i++) {
		if (has_copy_pools)
			free_pool(hub, hub->lcores[i].replicate.copy_pool);
		free_pool(hub, hub->lcores[i].replicate.header_pool);
	}
}
