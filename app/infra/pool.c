/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>

#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_mempool.h>

#include "infra/log.h"
#include "infra/pool.h"
#include "infra/umem.h"

#define CACHE_SIZE 256

/* Descriptors of a queue, and what drivers hold besides. */
#define PER_QUEUE 1536

/* Buffers that net_af_xdp keeps in the kernel for each RX queue. */
#define UMEM_PER_QUEUE 2048

/* Longer inner packets cost less shared than copied; the measured limit is at 100 to 200 bytes. */
#define SHARE_ABOVE 192

static unsigned int
node_of(int socket)
{
	if (socket < 0 || socket >= RTE_MAX_NUMA_NODES)
		socket = (int)rte_socket_id();
	/* The CPUs of this lcore may be of several nodes: --lcores '0@(0-63)'. */
	return socket == SOCKET_ID_ANY ? (unsigned int)rte_socket_id_by_idx(0)
	                               : (unsigned int)socket;
}

static uint16_t
whole_packet_room(const struct mcr_ports *ports)
{
	const uint32_t frame =
		RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + mcr_port_max_mtu(ports) + RTE_ETHER_CRC_LEN;

	return RTE_PKTMBUF_HEADROOM + RTE_ALIGN_CEIL(RTE_MAX(frame, 2048U), RTE_CACHE_LINE_SIZE);
}

static void
explain_no_pool(const char *how, uint32_t count, uint32_t size, unsigned int node)
{
	MCR_LOG(ERR,
		"no memory%s for %u packet buffers of %u bytes on node %u, %u MiB: %s (EAL's -m or "
		"--socket-mem gives more, limits.mbufs and ports[].mtu take less)",
		how, count, size, node, (unsigned int)(((uint64_t)count * size) >> 20) + 1,
		rte_strerror(rte_errno));
}

static struct rte_mempool *
create_pool(const char *name, uint32_t count, uint16_t room, unsigned int node)
{
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create(name, count, CACHE_SIZE, 0, room, (int)node);

	if (pool == NULL)
		explain_no_pool("", count, room, node);
	return pool;
}

static void
explain_no_umem(const struct mcr_ports *ports, uint32_t count, uint16_t room, unsigned int node)
{
	switch (rte_errno) {
	case EMSGSIZE:
		MCR_LOG(ERR,
			"ports[].mtu: a packet of %u bytes with what DPDK keeps with it is "
			"longer than a page, which is the most that net_af_xdp takes",
			mcr_port_max_mtu(ports));
		break;
	case EFAULT:
		MCR_LOG(ERR,
			"the packet buffers on node %u do not lie where net_af_xdp looks for "
			"them (EAL's --mbuf-pool-ops-name left out, or another driver, will do)",
			node);
		break;
	default:
		/* With --legacy-mem, memory comes in pieces, like physical memory. */
		explain_no_pool(" in one piece", count, mcr_umem_buffer_size(room), node);
	}
}

static struct rte_mempool *
create_umem_pool(const struct mcr_ports *ports, const char *name, uint32_t count, unsigned int node)
{
	const uint16_t room = whole_packet_room(ports);
	struct rte_mempool *pool = mcr_umem_create_pool(name, count, CACHE_SIZE, room, (int)node);

	if (pool == NULL)
		explain_no_umem(ports, count, room, node);
	return pool;
}

/* Buffers of one TX lcore's copies, in queues and caches. */
static uint32_t
copy_buffers(const struct mcr_ports *ports)
{
	return ports->count * PER_QUEUE + 2 * CACHE_SIZE;
}

static const struct mcr_port *
find_port_with_own_pool(const struct mcr_ports *ports)
{
	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].sends_from_rx_pool)
			return &ports->at[i];
	return NULL;
}

static uint32_t
umem_ring_buffers(const struct mcr_ports *ports)
{
	uint32_t count = 0;

	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].sends_from_rx_pool)
			count += mcr_lcore_plan_rx_queues(ports->plan, i) * UMEM_PER_QUEUE;
	return count;
}

/* Buffers in descriptors, in caches and waiting elsewhere. */
static uint32_t
count_rx_buffers(const struct mcr_ports *ports, uint32_t waiting)
{
	uint32_t queues = 0;

	for (uint16_t i = 0; i < ports->count; i++)
		queues += mcr_lcore_plan_rx_queues(ports->plan, i) + ports->plan->tx_lcores;
	return queues * PER_QUEUE + umem_ring_buffers(ports) + waiting +
	       ports->plan->count * 2 * CACHE_SIZE;
}

static bool
is_umem(const struct mcr_ports *ports, unsigned int node)
{
	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].sends_from_rx_pool && node_of(ports->at[i].socket) == node)
			return true;
	return false;
}

static struct rte_mempool *
create_rx_pool(const struct mcr_ports *ports, uint32_t count, unsigned int node)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_rx_%u", node);
	return is_umem(ports, node) ? create_umem_pool(ports, name, count, node)
	                            : create_pool(name, count, whole_packet_room(ports), node);
}

int
mcr_pool_create_rx(struct mcr_ports *ports, uint32_t limit, uint32_t waiting)
{
	const uint32_t copies = find_port_with_own_pool(ports) == NULL
	                                ? 0
	                                : ports->plan->tx_lcores * copy_buffers(ports);
	const uint32_t count = (limit != 0 ? limit : count_rx_buffers(ports, waiting)) + copies,
		       rings = umem_ring_buffers(ports);

	RTE_ASSERT(ports->plan != NULL && ports->plan->tx_lcores != 0);
	if (count <= rings) {
		MCR_LOG(ERR, "limits.mbufs: %u are too few: net_af_xdp takes %u for its rings",
			limit, rings);
		return -EINVAL;
	}
	for (uint16_t i = 0; i < ports->count; i++) {
		const unsigned int node = node_of(ports->at[i].socket);

		if (ports->rx_pools[node] != NULL)
			continue;
		ports->rx_pools[node] = create_rx_pool(ports, count, node);
		if (ports->rx_pools[node] == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* Never chain segments for a port that does not take them, whatever the configuration says: af_xdp
 * would send the bytes behind the first segment. */
static uint32_t
share_above(const struct mcr_ports *ports, const struct mcr_config_tuning *tuning,
	const struct mcr_port *port)
{
	if (!port->takes_chains && !ports->assumes_chains) {
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
create_header_pool(
	const struct mcr_lcore_role *role, uint32_t count, struct mcr_replicate *replicate)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_header_%u", role->id);
	replicate->header_pool =
		create_pool(name, count, RTE_PKTMBUF_HEADROOM, node_of(role->node));
	return replicate->header_pool == NULL ? -ENOMEM : 0;
}

/* A copy may leave by any port, so one port that would copy it again decides for all. */
static struct rte_mempool *
provide_copy_pool(const struct mcr_ports *ports, const struct mcr_lcore_role *role)
{
	const struct mcr_port *port = find_port_with_own_pool(ports);
	char name[RTE_MEMPOOL_NAMESIZE];

	if (port != NULL)
		return mcr_pool_of_port(ports, port);
	snprintf(name, sizeof(name), "mcdpdk_copy_%u", role->id);
	return create_pool(
		name, copy_buffers(ports), whole_packet_room(ports), node_of(role->node));
}

int
mcr_pool_create_tx(const struct mcr_ports *ports, const struct mcr_lcore_role *role,
	const struct mcr_config_tuning *tuning, struct mcr_replicate *replicate)
{
	bool some_share = false;

	RTE_ASSERT(role->is_tx && replicate->copy_pool == NULL);
	replicate->copy_pool = provide_copy_pool(ports, role);
	if (replicate->copy_pool == NULL)
		return -ENOMEM;
	replicate->port_count = ports->count;
	for (uint16_t i = 0; i < ports->count; i++) {
		replicate->share_above[i] = share_above(ports, tuning, &ports->at[i]);
		some_share |= replicate->share_above[i] != MCR_REPLICATE_NEVER_SHARE;
	}
	return some_share ? create_header_pool(role, copy_buffers(ports), replicate) : 0;
}

struct rte_mempool *
mcr_pool_of_port(const struct mcr_ports *ports, const struct mcr_port *port)
{
	return ports->rx_pools[node_of(port->socket)];
}

unsigned int
mcr_pool_count_in_use(const struct mcr_ports *ports, const struct mcr_port *port)
{
	const struct rte_mempool *pool = mcr_pool_of_port(ports, port);

	return pool == NULL ? 0 : rte_mempool_in_use_count(pool);
}

unsigned int
mcr_pool_count_free(const struct mcr_ports *ports, const struct mcr_port *port)
{
	RTE_ASSERT(mcr_pool_of_port(ports, port) != NULL);
	return rte_mempool_avail_count(mcr_pool_of_port(ports, port));
}

static unsigned int
count_kept(const struct mcr_ports *ports, const struct rte_mempool *pool)
{
	unsigned int count = 0;

	for (uint16_t i = 0; i < ports->count; i++)
		if (mcr_pool_of_port(ports, &ports->at[i]) == pool)
			count += ports->at[i].kept_buffers;
	return count;
}

unsigned int
mcr_pool_count_kept(const struct mcr_ports *ports, const struct mcr_port *port)
{
	return count_kept(ports, mcr_pool_of_port(ports, port));
}

static void
free_pool(const struct mcr_ports *ports, struct rte_mempool *pool)
{
	const unsigned int missing = pool == NULL ? 0 : rte_mempool_in_use_count(pool);
	const unsigned int kept = count_kept(ports, pool);

	if (missing > kept)
		MCR_LOG(WARNING, "%s: %u packet buffers were not returned", pool->name,
			missing - kept);
	if (!ports->keeps_buffers)
		rte_mempool_free(pool);
}

void
mcr_pool_free_tx(const struct mcr_ports *ports, const struct mcr_replicate *replicate)
{
	if (find_port_with_own_pool(ports) == NULL)
		free_pool(ports, replicate->copy_pool);
	free_pool(ports, replicate->header_pool);
}

void
mcr_pool_free_all(const struct mcr_ports *ports)
{
	for (unsigned int i = 0; i < RTE_DIM(ports->rx_pools); i++)
		free_pool(ports, ports->rx_pools[i]);
	free_pool(ports, ports->whole_pool);
}
