/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/tx_send.h"
#include "datapath/tx_shed.h"
#include "fib/fib.h"

static uint8_t
priority_of(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	switch (mcr_job_kind(job)) {
	case MCR_JOB_GROUP:
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
	case MCR_JOB_SHARD:
		return job->group.id == MCR_GROUP_NONE
		               ? MCR_GROUP_PRIORITY_DEFAULT
		               : mcr_group_priority(lcore->fib->groups, job->group);
	case MCR_JOB_FLOOD:
	case MCR_JOB_FLOOD_UNICAST:
	case MCR_JOB_MEMBER:
		break;
	}
	return MCR_GROUP_PRIORITY_DEFAULT;
}

void
mcr_tx_shed_begin_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const uint8_t priority = priority_of(lcore, job);

	if (priority != lcore->tx.priority)
		mcr_tx_flush(lcore);
	lcore->tx.priority = priority;
}

/* Of a port, lcores change nothing else. */
static struct mcr_allowance *
allowance_of(const struct mcr_port *port)
{
	return (struct mcr_allowance *)(uintptr_t)&port->allowance;
}

uint16_t
mcr_tx_shed_permits(const struct mcr_lcore *lcore, const struct mcr_port *port,
	struct rte_mbuf *const *frames, uint16_t count)
{
	struct mcr_allowance_room room;
	uint64_t bytes = 0;
	uint16_t n = 0;

	if (lcore->tx.priority == MCR_TX_SHED_NEVER)
		return count;
	room = mcr_allowance_room(&port->allowance, lcore->tx.priority, rte_rdtsc());
	while (n < count && mcr_allowance_fits(&room, n, bytes))
		bytes += frames[n++]->pkt_len;
	return n;
}

uint64_t
mcr_tx_shed_bytes(struct rte_mbuf *const *frames, uint16_t count)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < count; i++)
		bytes += frames[i]->pkt_len;
	return bytes;
}

void
mcr_tx_shed_charge(const struct mcr_port *port, uint16_t frames, uint64_t bytes)
{
	mcr_allowance_charge(allowance_of(port), frames, bytes, rte_rdtsc());
}

void
mcr_tx_shed_count(struct mcr_lcore *lcore, const struct mcr_port *port, uint16_t frames)
{
	RTE_ASSERT(lcore->tx.priority < MCR_ALLOWANCE_PRIORITIES);
	lcore->tx.was_shed = true;
	__atomic_fetch_add(&allowance_of(port)->shed[lcore->tx.priority], frames, __ATOMIC_RELAXED);
}

void
mcr_tx_shed_configure(
	struct mcr_workers *workers, struct mcr_ports *ports, const struct mcr_config *config)
{
	uint32_t limited = 0;

	RTE_ASSERT(ports->count == config->port_count);
	for (uint16_t i = 0; i < ports->count; i++) {
		struct mcr_allowance *allowance = &ports->at[i].allowance;

		mcr_allowance_set(allowance, &config->ports[i].allowance, rte_get_tsc_hz());
		if (mcr_allowance_is_limited(allowance))
			limited |= UINT32_C(1) << ports->at[i].id;
	}
	for (uint16_t i = 0; i < workers->count; i++) {
		struct mcr_lcore_tx *tx = &workers->lcores[i].tx;

		__atomic_store_n(&tx->sheds, limited != 0, __ATOMIC_RELAXED);
		__atomic_store_n(&tx->is_special, tx->sheds || tx->links != NULL, __ATOMIC_RELAXED);
		__atomic_fetch_or(&tx->careful_ports, limited, __ATOMIC_SEQ_CST);
	}
}
