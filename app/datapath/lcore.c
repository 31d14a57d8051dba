/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include <mcr_hash.h>

#include "datapath/handoff.h"
#include "datapath/job_ring.h"
#include "datapath/fair_drop.h"
#include "datapath/lcore.h"
#include "datapath/link.h"
#include "datapath/punt_account.h"
#include "datapath/reassemble.h"
#include "datapath/rx_backlog.h"
#include "datapath/rx_ipv6.h"
#include "datapath/rx_stream.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_hold.h"
#include "datapath/tx_shard.h"
#include "datapath/tx_window.h"
#include "fib/peers.h"
#include "infra/log.h"
#include "infra/memory.h"
#include "infra/pool.h"

/* Odd, so that also the lower half, the ID of IPv4, differs from member to member. */
#define FIRST_ID_STEP UINT32_C(0x9e3779b1)

static size_t
member_counters_size(const struct mcr_workers *workers)
{
	return workers->max_members * sizeof(struct mcr_member_counters);
}

static size_t
member_drops_size(const struct mcr_workers *workers)
{
	return workers->max_members * sizeof(uint64_t);
}

static size_t
group_counters_size(const struct mcr_fib *fib)
{
	return mcr_group_ids(fib->groups) * sizeof(struct mcr_group_counters);
}

static size_t
sources_size(const struct mcr_workers *workers)
{
	return workers->max_members * sizeof(uint64_t);
}

static size_t
handoffs_size(const struct mcr_workers *workers)
{
	return workers->plan.tx_lcores * sizeof(struct mcr_handoff_batch);
}

/* Room for all frames that may be pending. */
static int
create_resubmit_ring(struct mcr_lcore *lcore)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_resubmit_%u", lcore->role->id);
	lcore->rx.resubmit_ring = rte_ring_create_elem(name, sizeof(struct mcr_punt),
		2 * MCR_PENDING_FRAMES, lcore->role->node, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return lcore->rx.resubmit_ring == NULL ? -rte_errno : 0;
}

static int
create_rx(struct mcr_workers *workers, struct mcr_lcore *lcore, uint32_t mbufs)
{
	int ret = mcr_reassemble_create(lcore, workers->reassembly_datagrams);

	if (ret == 0 && lcore->role->is_tx)
		ret = mcr_rx_backlog_create(
			lcore, mcr_rx_backlog_size(mbufs, workers->plan.rx_lcores));
	if (ret != 0)
		return ret;
	lcore->rx.sources = mcr_memory_allocate(lcore->role->node, sources_size(workers));
	lcore->rx.streams = mcr_memory_allocate(lcore->role->node, sizeof(struct mcr_streams));
	lcore->rx.fair = mcr_memory_allocate(lcore->role->node, sizeof(struct mcr_fair_drop));
	if (lcore->rx.sources == NULL || lcore->rx.streams == NULL || lcore->rx.fair == NULL ||
		mcr_rx_ipv6_create(lcore) != 0)
		return -ENOMEM;
	if (workers->plan.has_rings) {
		lcore->rx.handoffs = mcr_memory_allocate(lcore->role->node, handoffs_size(workers));
		if (lcore->rx.handoffs == NULL)
			return -ENOMEM;
	}
	lcore->rx.streams->generations = mcr_member_generations(lcore->fib->members);
	return create_resubmit_ring(lcore);
}

static size_t
oversize_ids_size(const struct mcr_workers *workers)
{
	return workers->max_members * sizeof(uint32_t);
}

static size_t
filtered_size(const struct mcr_workers *workers)
{
	return sizeof(struct mcr_receivers) + workers->max_members * sizeof(struct mcr_receiver);
}

static int
create_filter(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	struct mcr_tx_filter *filter = &lcore->tx.links->filter;

	filter->group = mcr_memory_allocate(lcore->role->node, filtered_size(workers));
	filter->segment = mcr_memory_allocate(lcore->role->node, filtered_size(workers));
	return filter->group == NULL || filter->segment == NULL ? -ENOMEM : 0;
}

static int
create_links(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	if (lcore->fib->peers == NULL)
		return 0;
	lcore->tx.links = mcr_memory_allocate(lcore->role->node, sizeof(*lcore->tx.links));
	lcore->tx.is_special = true;
	return lcore->tx.links == NULL ? -ENOMEM : create_filter(workers, lcore);
}

static void
free_links(const struct mcr_workers *workers, struct mcr_tx_links *links)
{
	if (links == NULL)
		return;
	mcr_memory_release(links->filter.group, filtered_size(workers));
	mcr_memory_release(links->filter.segment, filtered_size(workers));
	mcr_memory_release(links, sizeof(*links));
}

/* IDs to one member must differ by lcore: each TX lcore counts in steps of their number. Members at
 * one address get the same packets, so each begins elsewhere, and so does each start of the hub:
 * receivers keep what is incomplete for a minute. */
static int
create_oversize(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	struct mcr_replicate *replicate = &lcore->tx.replicate;
	const uint32_t first = mcr_hash(0, 0);

	replicate->drops_oversize = &lcore->fib->drops_oversize;
	replicate->scratch = mcr_memory_allocate(lcore->role->node, MCR_OVERSIZE_SCRATCH);
	replicate->ids = mcr_memory_allocate(lcore->role->node, oversize_ids_size(workers));
	if (replicate->scratch == NULL || replicate->ids == NULL)
		return -ENOMEM;
	replicate->id_step = workers->plan.tx_lcores;
	for (uint32_t i = 0; i < workers->max_members; i++)
		replicate->ids[i] =
			lcore->role->tx_queue + replicate->id_step * (first + i * FIRST_ID_STEP);
	return 0;
}

static int
create_tx_pools(struct mcr_lcore *lcore, const struct mcr_config_tuning *tuning)
{
	return mcr_pool_create_tx(lcore->ports, lcore->role, tuning, &lcore->tx.replicate);
}

static int
create_lcore(struct mcr_workers *workers, uint16_t index, const struct mcr_lcore *common,
	const struct mcr_config *config)
{
	struct mcr_lcore *lcore = &workers->lcores[index];
	int ret = 0;

	*lcore = *common;
	lcore->role = &workers->plan.roles[index];
	lcore->index = index;
	lcore->members = mcr_memory_allocate(lcore->role->node, member_counters_size(workers));
	lcore->member_drops = mcr_memory_allocate(lcore->role->node, member_drops_size(workers));
	lcore->groups = mcr_memory_allocate(lcore->role->node, group_counters_size(lcore->fib));
	lcore->refused = mcr_memory_allocate(lcore->role->node, sizeof(*lcore->refused));
	if (lcore->members == NULL || lcore->member_drops == NULL || lcore->groups == NULL ||
		lcore->refused == NULL)
		return -ENOMEM;
	lcore->refused->ticks_per_s = rte_get_tsc_hz();
	mcr_tx_window_init(lcore);
	if (lcore->role->is_rx)
		ret = create_rx(workers, lcore, config->limits.mbufs);
	if (ret != 0 || !lcore->role->is_tx)
		return ret;

	RTE_ASSERT(lcore->role->tx_queue < workers->plan.tx_lcores &&
		   workers->tx_lcores[lcore->role->tx_queue] == NULL);
	workers->tx_lcores[lcore->role->tx_queue] = lcore;
	lcore->tx.replicate.templates = mcr_member_templates(lcore->fib->members);
	lcore->tx.replicate.segment_mac = *mcr_fib_segment_mac(lcore->fib);
	lcore->tx.replicate.stats = &lcore->stats;
	lcore->tx.replicate.member_drops = lcore->member_drops;
	if (create_oversize(workers, lcore) != 0 || create_links(workers, lcore) != 0)
		return -ENOMEM;
	mcr_tx_shard_init(workers, lcore);
	if (workers->plan.has_rings || workers->plan.tx_lcores > 1)
		ret = mcr_job_ring_create(workers, lcore);
	if (ret == 0 && lcore->role->tx_queue == 0)
		ret = mcr_tx_hold_create(lcore);
	return ret != 0 ? ret : create_tx_pools(lcore, &config->tuning);
}

static int
create_punt_rings(struct mcr_punt_rings *rings, int node)
{
	static const struct {
		const char *name;
		unsigned int size;
	} wanted[MCR_PUNT_CLASSES] = {
		[MCR_PUNT_CLASS_NEIGHBOUR] = {"mcdpdk_neighbour", MCR_NEIGHBOUR_RING_SIZE},
		[MCR_PUNT_CLASS_MEMBERSHIP] = {"mcdpdk_membership", MCR_MEMBERSHIP_RING_SIZE},
		[MCR_PUNT_CLASS_ADMISSION] = {"mcdpdk_admission", MCR_ADMISSION_RING_SIZE},
		[MCR_PUNT_CLASS_ECHO] = {"mcdpdk_echo", MCR_ECHO_RING_SIZE},
	};

	for (unsigned int i = 0; i < MCR_PUNT_CLASSES; i++) {
		rings->punt[i] = rte_ring_create_elem(wanted[i].name, sizeof(struct mcr_punt),
			wanted[i].size, node, RING_F_SC_DEQ | RING_F_EXACT_SZ);
		if (rings->punt[i] == NULL)
			return -rte_errno;
	}
	return 0;
}

static int
create_hello_ring(struct mcr_punt_rings *rings, int node)
{
	rings->hello = rte_ring_create_elem("mcdpdk_hello", sizeof(struct mcr_hello_event),
		MCR_HELLO_RING_SIZE, node, RING_F_SC_DEQ);
	return rings->hello == NULL ? -rte_errno : 0;
}

static int
create_control_rings(struct mcr_punt_rings *rings, uint32_t max_members, int node)
{
	int ret = -ENOMEM;

	rings->accounts = mcr_punt_accounts_create(max_members);
	if (rings->accounts != NULL)
		ret = create_punt_rings(rings, node);
	if (ret != 0)
		return ret;
	rings->inject = rte_ring_create("mcdpdk_inject", MCR_INJECT_RING_SIZE, node,
		RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	rings->learn = rte_ring_create_elem("mcdpdk_learn", sizeof(struct mcr_learn_event),
		MCR_LEARN_RING_SIZE, node, RING_F_SC_DEQ);
	return rings->inject == NULL || rings->learn == NULL ? -rte_errno : 0;
}

int
mcr_lcore_create_all(struct mcr_workers *workers, const struct mcr_config *config,
	struct mcr_ports *ports, struct mcr_fib *fib, struct mcr_punt_rings *rings)
{
	const struct mcr_lcore common = {
		.ports = ports,
		.fib = fib,
		.workers = workers,
		.rings = rings,
	};
	const uint16_t n = workers->plan.count;
	int ret = -ENOMEM;

	RTE_ASSERT(workers->lcores == NULL && n != 0);
	workers->max_members = mcr_peers_member_ids(config);
	workers->reassembly_datagrams =
		mcr_reassemble_datagrams(config->limits.mbufs, workers->plan.rx_lcores);
	workers->lcores = rte_zmalloc(NULL, n * sizeof(*workers->lcores), RTE_CACHE_LINE_SIZE);
	workers->tx_lcores = calloc(n, sizeof(*workers->tx_lcores));
	workers->member_baselines =
		calloc(workers->max_members, sizeof(*workers->member_baselines));
	if (workers->lcores != NULL && workers->tx_lcores != NULL &&
		workers->member_baselines != NULL) {
		workers->count = n;
		ret = create_control_rings(
			rings, workers->max_members, workers->plan.roles[0].node);
	}
	if (ret == 0 && fib->peers != NULL)
		ret = create_hello_ring(rings, workers->plan.roles[0].node);
	if (ret == 0)
		ret = mcr_reassemble_create_pool(ports, workers->plan.roles[0].node);
	for (uint16_t i = 0; ret == 0 && i < n; i++)
		ret = create_lcore(workers, i, &common, config);
	if (ret != 0)
		MCR_LOG(ERR, "no memory for the lcores: %s", rte_strerror(-ret));
	return ret;
}

static void
drain_jobs(struct mcr_lcore *lcore)
{
	struct mcr_job job;

	while (lcore->tx.jobs != NULL && mcr_job_ring_take(lcore, &job, 1) != 0)
		rte_pktmbuf_free(job.packet);
	rte_pktmbuf_free_bulk(lcore->tx.copies.packets, lcore->tx.copies.count);
	lcore->tx.copies.count = 0;
	mcr_tx_hold_drain(lcore);
	mcr_tx_gather_drain(lcore);
}

static void
drain_resubmit(struct mcr_lcore *lcore)
{
	struct mcr_punt frame;

	while (lcore->rx.resubmit_ring != NULL &&
		rte_ring_dequeue_elem(lcore->rx.resubmit_ring, &frame, sizeof(frame)) == 0)
		rte_pktmbuf_free(frame.frame);
}

static void
drain_control(struct mcr_punt_rings *rings)
{
	struct mcr_punt frame;
	struct rte_mbuf *out;

	for (unsigned int i = 0; i < MCR_PUNT_CLASSES; i++) {
		while (rings->punt[i] != NULL &&
			rte_ring_dequeue_elem(rings->punt[i], &frame, sizeof(frame)) == 0)
			rte_pktmbuf_free(frame.frame);
	}
	while (rings->inject != NULL && rte_ring_dequeue(rings->inject, (void **)&out) == 0)
		rte_pktmbuf_free(out);
}

void
mcr_lcore_return_buffers(struct mcr_workers *workers, struct mcr_punt_rings *rings)
{
	drain_control(rings);
	for (uint16_t i = 0; i < workers->count; i++) {
		drain_jobs(&workers->lcores[i]);
		drain_resubmit(&workers->lcores[i]);
		mcr_rx_backlog_drain(&workers->lcores[i]);
		mcr_reassemble_free(&workers->lcores[i]);
	}
}

void
mcr_lcore_free_all(struct mcr_workers *workers, const struct mcr_ports *ports,
	const struct mcr_fib *fib, struct mcr_punt_rings *rings)
{
	mcr_pool_free_all(ports);
	for (uint16_t i = 0; i < workers->count; i++) {
		mcr_pool_free_tx(ports, &workers->lcores[i].tx.replicate);
		rte_ring_free(workers->lcores[i].tx.jobs);
		rte_ring_free(workers->lcores[i].rx.resubmit_ring);
		mcr_memory_release(workers->lcores[i].rx.handoffs, handoffs_size(workers));
		mcr_rx_backlog_free(&workers->lcores[i]);
		mcr_tx_hold_free(&workers->lcores[i]);
		mcr_memory_release(workers->lcores[i].members, member_counters_size(workers));
		mcr_memory_release(workers->lcores[i].member_drops, member_drops_size(workers));
		mcr_memory_release(workers->lcores[i].rx.sources, sources_size(workers));
		mcr_memory_release(workers->lcores[i].rx.streams, sizeof(struct mcr_streams));
		mcr_memory_release(workers->lcores[i].rx.fair, sizeof(struct mcr_fair_drop));
		mcr_rx_ipv6_free(&workers->lcores[i]);
		mcr_memory_release(workers->lcores[i].groups, group_counters_size(fib));
		mcr_memory_release(workers->lcores[i].refused, sizeof(struct mcr_refused));
		mcr_memory_release(workers->lcores[i].tx.replicate.scratch, MCR_OVERSIZE_SCRATCH);
		mcr_memory_release(workers->lcores[i].tx.replicate.ids, oversize_ids_size(workers));
		free_links(workers, workers->lcores[i].tx.links);
	}
	for (unsigned int i = 0; i < MCR_PUNT_CLASSES; i++)
		rte_ring_free(rings->punt[i]);
	rte_ring_free(rings->inject);
	rte_ring_free(rings->learn);
	rte_ring_free(rings->hello);
	free(rings->accounts);
	rings->accounts = NULL;
	rte_free(workers->lcores);
	free(workers->tx_lcores);
	free(workers->member_baselines);
	workers->count = 0;
}
