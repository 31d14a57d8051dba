/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/unfinished.h"
#include "infra/log.h"

/* What stays in its segment has its Ethernet header in front. */
static bool
is_ipv6(const struct mcr_job *job)
{
	const uint8_t *const payload = rte_pktmbuf_mtod(job->packet, const uint8_t *);

	return job->version == 6 ||
	       mcr_read_be16(payload - sizeof(uint16_t)) == RTE_ETHER_TYPE_IPV6;
}

void
mcr_unfinished_finish(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	uint8_t *const ip = rte_pktmbuf_mtod(job->packet, uint8_t *);
	const uint32_t len = job->packet->data_len;
	bool was_unfinished = false;

	RTE_ASSERT(job->packet->nb_segs == 1 && job->packet->port < 32);
	if (job->version == 4)
		was_unfinished = mcr_transport_finish(ip, len);
	else if (is_ipv6(job))
		was_unfinished = mcr_transport_finish_ipv6(ip, len);
	if (!was_unfinished)
		return;
	mcr_stats_count(&lcore->stats, MCR_STAT_FINISHED_CHECKSUMS, 1);
	__atomic_store_n(&lcore->rx.unfinished_ports,
		lcore->rx.unfinished_ports | UINT32_C(1) << job->packet->port, __ATOMIC_RELAXED);
}

static void
log_port(const struct mcr_port *port)
{
	MCR_LOG(NOTICE,
		"port %s: UDP or TCP checksums come unfinished and are finished here "
		"(finished_checksums); \"ethtool -K DEV tx off\" on the sender spares the hub that",
		port->name);
}

void
mcr_unfinished_log(
	const struct mcr_workers *workers, const struct mcr_ports *ports, uint32_t *logged)
{
	uint32_t seen = 0;

	for (uint16_t i = 0; i < workers->count; i++)
		seen |= __atomic_load_n(&workers->lcores[i].rx.unfinished_ports, __ATOMIC_RELAXED);
	for (uint16_t i = 0; i < ports->count; i++) {
		if ((seen & ~*logged) >> ports->at[i].id & 1)
			log_port(&ports->at[i]);
	}
	*logged |= seen;
}
