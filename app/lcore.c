/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <numa.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "control.h"
#include "handoff.h"
#include "lcore.h"
#include "log.h"
#include "pool.h"
#include "port.h"
#include "reassemble.h"
#include "rx.h"
#include "tx.h"
#include "watchdog.h"

/* Empty polls before an lcore sleeps. */
#define IDLE_POLLS 256

/* It sleeps longer the longer there was nothing: far less than a member's own latency, and than it
 * takes to fill a queue. */
#define SHORTEST_SLEEP_US 50u
#define LONGEST_SLEEP_US 250u

/* The control plane alone needs no spinning: its shortest timer is 100 ms. */
#define CONTROL_SHORTEST_SLEEP_US 200u
#define CONTROL_LONGEST_SLEEP_US 1000u

static int
distance_between(int from, int to)
{
	return numa_available() < 0 ? 0 : numa_distance(from, to);
}

static int
node_of_lcore(unsigned int lcore)
{
	const int cpu = rte_lcore_to_cpu_id((int)lcore);
	const int node = cpu < 0 || numa_available() < 0 ? -1 : numa_node_of_cpu(cpu);

	return node < 0 ? (int)rte_lcore_to_socket_id(lcore) : node;
}

static struct mcr_lcore_input
describe_lcore(unsigned int id)
{
	return (struct mcr_lcore_input){.id = id, .node = node_of_lcore(id)};
}

static int
refuse_plan(enum mcr_lcore_plan_error error, uint32_t culprit)
{
	switch (error) {
	case MCR_PLAN_NO_SUCH_LCORE:
		MCR_LOG(ERR,
			"lcores: %u is not among EAL's worker lcores (all of -l but the first)",
			culprit);
		return -EINVAL;
	default:
		return -ENOMEM;
	}
}

static const char *
name_role(const struct mcr_lcore_role *role)
{
	if (role->is_control)
		return role->is_rx ? "control, rx, tx" : "control";
	return role->is_rx && role->is_tx ? "rx, tx" : role->is_rx ? "rx" : "tx";
}

static void
log_crossings(const struct mcr_ports *ports, const struct mcr_lcore_role *role)
{
	for (uint16_t i = 0; i < ports->count; i++) {
		const struct mcr_port *port = &ports->at[i];

		if ((role->is_rx || role->is_tx) && port->socket >= 0 && port->socket != role->node)
			MCR_LOG(WARNING, "lcore %u is on NUMA node %d, port %s on node %d",
				role->id, role->node, port->name, port->socket);
	}
}

static void
log_plan(const struct mcr_hub *hub)
{
	for (uint16_t i = 0; i < hub->workers.plan.count; i++) {
		const struct mcr_lcore_role *role = &hub->workers.plan.roles[i];

		MCR_LOG(INFO, "lcore %u on NUMA node %d: %s", role->id, role->node,
			name_role(role));
		log_crossings(&hub->ports, role);
	}
	if (hub->workers.plan.idle != 0)
		MCR_LOG(NOTICE, "%u lcores stay idle: the ports have no more queues",
			hub->workers.plan.idle);
}

int
mcr_lcore_plan_all(struct mcr_hub *hub)
{
	const struct mcr_config_lcores *wanted = &hub->config->lcores;
	struct mcr_lcore_input workers[RTE_MAX_LCORE];
	struct mcr_port_input ports[RTE_MAX_ETHPORTS];
	struct mcr_lcore_plan_input input = {
		.main = describe_lcore(rte_get_main_lcore()),
		.workers = workers,
		.ports = ports,
		.port_count = hub->ports.count,
		.rx = wanted->rx,
		.tx = wanted->tx,
		.rx_count = wanted->rx_count,
		.tx_count = wanted->tx_count,
		.distance = distance_between,
	};
	enum mcr_lcore_plan_error error;
	uint32_t culprit = 0;
	unsigned int id;

	RTE_LCORE_FOREACH_WORKER (id)
		workers[input.worker_count++] = describe_lcore(id);
	for (uint16_t i = 0; i < hub->ports.count; i++)
		ports[i] = mcr_port_describe(&hub->ports.at[i]);
	error = mcr_lcore_plan(&input, &hub->workers.plan, &culprit);
	if (error != MCR_PLAN_OK)
		return refuse_plan(error, culprit);
	hub->ports.plan = &hub->workers.plan;
	log_plan(hub);
	return 0;
}

/* Counters of every id there may be: pages come when they are touched, on the lcore's node. Huge
 * ones spare it TLB misses.
 */
static void *
allocate(const struct mcr_lcore *lcore, size_t size)
{
	void *memory;

	if (numa_available() < 0)
		return calloc(1, size);
	memory = numa_alloc_onnode(size, lcore->role->node);
	if (memory != NULL)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

static void
release(void *memory, size_t size)
{
	if (numa_available() < 0)
		free(memory);
	else if (memory != NULL)
		numa_free(memory, size);
}

static size_t
member_counters_size(const struct mcr_hub *hub)
{
	return hub->config->limits.members * sizeof(struct mcr_member_counters);
}

static size_t
group_counters_size(const struct mcr_fib *fib)
{
	return mcr_group_ids(fib->groups) * sizeof(struct mcr_group_counters);
}

static size_t
sources_size(const struct mcr_hub *hub)
{
	return hub->config->limits.members * sizeof(uint64_t);
}

static size_t
handoffs_size(const struct mcr_workers *workers)
{
	return workers->plan.tx_lcores * sizeof(struct mcr_handoff_batch);
}

/* With room for all frames that may be under way. */
static int
create_readmit_ring(struct mcr_lcore *lcore)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_resubmit_%u", lcore->role->id);
	lcore->resubmit_ring = rte_ring_create_elem(name, sizeof(struct mcr_punt),
		2 * MCR_PENDING_FRAMES, lcore->role->node, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return lcore->resubmit_ring == NULL ? -rte_errno : 0;
}

static int
create_rx(struct mcr_hub *hub, struct mcr_lcore *lcore)
{
	const int ret = mcr_reassemble_create(hub, lcore);

	if (ret != 0)
		return ret;
	lcore->sources = allocate(lcore, sources_size(hub));
	if (lcore->sources == NULL)
		return -ENOMEM;
	if (hub->workers.plan.has_rings) {
		lcore->handoffs = allocate(lcore, handoffs_size(&hub->workers));
		if (lcore->handoffs == NULL)
			return -ENOMEM;
	}
	return create_readmit_ring(lcore);
}

static size_t
oversize_ids_size(const struct mcr_hub *hub)
{
	return hub->config->limits.members * sizeof(uint16_t);
}

/* IDs of one member are told apart by lcore: each counts in steps of as many as there are. */
static int
create_oversize(const struct mcr_hub *hub, struct mcr_lcore *lcore)
{
	struct mcr_replicate *replicate = &lcore->replicate;

	replicate->drops_oversize = &hub->fib.drops_oversize;
	replicate->scratch = allocate(lcore, MCR_OVERSIZE_SCRATCH);
	replicate->ids = allocate(lcore, oversize_ids_size(hub));
	if (replicate->scratch == NULL || replicate->ids == NULL)
		return -ENOMEM;
	replicate->id_step = hub->workers.plan.tx_lcores;
	for (uint32_t i = 0; i < hub->config->limits.members; i++)
		replicate->ids[i] = lcore->role->tx_queue;
	return 0;
}

static int
create_lcore(struct mcr_hub *hub, uint16_t index)
{
	struct mcr_lcore *lcore = &hub->workers.lcores[index];
	int ret = 0;

	lcore->hub = hub;
	lcore->ports = &hub->ports;
	lcore->fib = &hub->fib;
	lcore->workers = &hub->workers;
	lcore->rings = &hub->rings;
	lcore->role = &hub->workers.plan.roles[index];
	lcore->reader = index;
	lcore->members = allocate(lcore, member_counters_size(hub));
	lcore->groups = allocate(lcore, group_counters_size(&hub->fib));
	lcore->refused = allocate(lcore, sizeof(*lcore->refused));
	if (lcore->members == NULL || lcore->groups == NULL || lcore->refused == NULL)
		return -ENOMEM;
	lcore->refused->ticks_per_s = rte_get_tsc_hz();
	if (lcore->role->is_rx)
		ret = create_rx(hub, lcore);
	if (ret != 0 || !lcore->role->is_tx)
		return ret;

	hub->workers.tx_lcores[lcore->role->tx_queue] = lcore;
	lcore->replicate.templates = mcr_member_templates(hub->fib.members);
	lcore->replicate.segment_mac = *mcr_fib_segment_mac(&hub->fib);
	lcore->replicate.stats = &lcore->stats;
	lcore->replicate.members = lcore->members;
	if (create_oversize(hub, lcore) != 0)
		return -ENOMEM;
	if (hub->workers.plan.has_rings)
		ret = mcr_handoff_create_ring(&hub->workers, lcore);
	return ret != 0 ? ret : mcr_pool_create_tx(hub, lcore);
}

static int
create_control_rings(struct mcr_hub *hub)
{
	const int node = hub->workers.plan.roles[0].node;

	hub->rings.punt = rte_ring_create_elem(
		"mcdpdk_punt", sizeof(struct mcr_punt), MCR_PUNT_RING_SIZE, node, RING_F_SC_DEQ);
	hub->rings.inject = rte_ring_create(
		"mcdpdk_inject", MCR_PUNT_RING_SIZE, node, RING_F_SP_ENQ | RING_F_SC_DEQ);
	hub->rings.learn = rte_ring_create_elem("mcdpdk_learn", sizeof(struct mcr_learn_event),
		MCR_LEARN_RING_SIZE, node, RING_F_SC_DEQ);
	return hub->rings.punt == NULL || hub->rings.inject == NULL || hub->rings.learn == NULL
	               ? -rte_errno
	               : 0;
}

int
mcr_lcore_create_all(struct mcr_hub *hub)
{
	const uint16_t n = hub->workers.plan.count;
	int ret = -ENOMEM;

	hub->workers.lcores =
		rte_zmalloc(NULL, n * sizeof(*hub->workers.lcores), RTE_CACHE_LINE_SIZE);
	hub->workers.tx_lcores = calloc(n, sizeof(*hub->workers.tx_lcores));
	hub->workers.watches = calloc(n, sizeof(*hub->workers.watches));
	hub->workers.stalls = calloc(hub->ports.count, sizeof(*hub->workers.stalls));
	hub->workers.member_baselines =
		calloc(hub->config->limits.members, sizeof(*hub->workers.member_baselines));
	if (hub->workers.lcores != NULL && hub->workers.tx_lcores != NULL &&
		hub->workers.watches != NULL && hub->workers.stalls != NULL &&
		hub->workers.member_baselines != NULL) {
		hub->workers.count = n;
		ret = create_control_rings(hub);
	}
	if (ret == 0)
		ret = mcr_reassemble_create_pool(hub);
	for (uint16_t i = 0; ret == 0 && i < n; i++)
		ret = create_lcore(hub, i);
	if (ret != 0)
		MCR_LOG(ERR, "no memory for the lcores: %s", rte_strerror(-ret));
	return ret;
}

static void
drain_jobs(struct mcr_lcore *lcore)
{
	struct mcr_job job;

	while (lcore->jobs != NULL && mcr_handoff_take(lcore, &job, 1) != 0)
		rte_pktmbuf_free(job.packet);
	rte_pktmbuf_free_bulk(lcore->copies.packets, lcore->copies.count);
	lcore->copies.count = 0;
}

static void
drain_resubmit(struct mcr_lcore *lcore)
{
	struct mcr_punt frame;

	while (lcore->resubmit_ring != NULL &&
		rte_ring_dequeue_elem(lcore->resubmit_ring, &frame, sizeof(frame)) == 0)
		rte_pktmbuf_free(frame.frame);
}

static void
drain_control(struct mcr_punt_rings *rings)
{
	struct mcr_punt frame;
	struct rte_mbuf *out;

	while (rings->punt != NULL &&
		rte_ring_dequeue_elem(rings->punt, &frame, sizeof(frame)) == 0)
		rte_pktmbuf_free(frame.frame);
	while (rings->inject != NULL && rte_ring_dequeue(rings->inject, (void **)&out) == 0)
		rte_pktmbuf_free(out);
}

void
mcr_lcore_return_buffers(struct mcr_hub *hub)
{
	drain_control(&hub->rings);
	for (uint16_t i = 0; i < hub->workers.count; i++) {
		drain_jobs(&hub->workers.lcores[i]);
		drain_resubmit(&hub->workers.lcores[i]);
		mcr_reassemble_free(&hub->workers.lcores[i]);
	}
}

void
mcr_lcore_free_all(struct mcr_hub *hub)
{
	mcr_pool_free_all(hub);
	for (uint16_t i = 0; i < hub->workers.count; i++) {
		rte_ring_free(hub->workers.lcores[i].jobs);
		rte_ring_free(hub->workers.lcores[i].resubmit_ring);
		release(hub->workers.lcores[i].handoffs, handoffs_size(&hub->workers));
		release(hub->workers.lcores[i].members, member_counters_size(hub));
		release(hub->workers.lcores[i].sources, sources_size(hub));
		release(hub->workers.lcores[i].groups, group_counters_size(&hub->fib));
		release(hub->workers.lcores[i].refused, sizeof(struct mcr_refused));
		release(hub->workers.lcores[i].replicate.scratch, MCR_OVERSIZE_SCRATCH);
		release(hub->workers.lcores[i].replicate.ids, oversize_ids_size(hub));
	}
	rte_ring_free(hub->rings.punt);
	rte_ring_free(hub->rings.inject);
	rte_ring_free(hub->rings.learn);
	rte_free(hub->workers.lcores);
	free(hub->workers.tx_lcores);
	free(hub->workers.watches);
	free(hub->workers.stalls);
	free(hub->workers.member_baselines);
	hub->workers.count = 0;
}

static void
rest(const struct mcr_lcore *lcore, unsigned int idle_polls)
{
	if (lcore->role->is_control && !lcore->role->is_rx)
		usleep(RTE_MIN(CONTROL_SHORTEST_SLEEP_US + idle_polls, CONTROL_LONGEST_SLEEP_US));
	else if (__atomic_load_n(&lcore->fib->idle_sleep, __ATOMIC_RELAXED) &&
		 idle_polls >= IDLE_POLLS)
		usleep(RTE_MIN(SHORTEST_SLEEP_US + idle_polls - IDLE_POLLS, LONGEST_SLEEP_US));
}

static unsigned int
poll_all(struct mcr_lcore *lcore)
{
	unsigned int packets = 0, control = 0;

	if (lcore->role->is_rx)
		packets += mcr_rx_poll(lcore);
	if (lcore->role->is_tx)
		packets += mcr_tx_poll(lcore);
	if (lcore->role->is_control)
		control = mcr_control_poll(lcore->hub->control);
	mcr_stats_add(&lcore->packets, packets);
	return packets + control;
}

bool
mcr_lcore_turn(struct mcr_lcore *lcore)
{
	const uint64_t start = rte_get_timer_cycles();
	const bool busy = poll_all(lcore) != 0;

	mcr_stats_add(&lcore->loops, 1);
	if (busy)
		mcr_stats_add(&lcore->busy_cycles, rte_get_timer_cycles() - start);
	mcr_rcu_quiescent(lcore->fib->rcu, lcore->reader);
	return busy;
}

int
mcr_lcore_run(void *arg)
{
	struct mcr_lcore *lcore = arg;
	unsigned int idle_polls = 0;

	mcr_rcu_online(lcore->fib->rcu, lcore->reader);
	while (!__atomic_load_n(&lcore->hub->stop, __ATOMIC_RELAXED)) {
		if (mcr_lcore_turn(lcore))
			idle_polls = 0;
		else
			rest(lcore, ++idle_polls);
	}
	mcr_rcu_offline(lcore->fib->rcu, lcore->reader);
	return 0;
}
