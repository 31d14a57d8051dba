/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "admit.h"
#include "gateway.h"
#include "log.h"
#include "port.h"
#include "reassemble.h"

/* Of one RX lcore, at the same time. */
#define DATAGRAMS 256

/* Short, as RFC 4963 asks: at 65,536 datagrams a second IDs come round after one. */
#define TIMEOUT_S 1

/* Those of more than an ordinary buffer, on their way through the hub. */
#define LARGE_DATAGRAMS 256

/* Where the operator limits the buffers, fragments hold a quarter of them at most. */
static uint32_t
datagrams(const struct mcr_hub *hub)
{
	const uint32_t mbufs = hub->config->limits.mbufs;
	const uint32_t share = 1 + mbufs / 4 / MCR_REASSEMBLY_FRAGMENTS / hub->plan.rx_lcores;

	return mbufs == 0 || share > DATAGRAMS ? DATAGRAMS : share;
}

uint32_t
mcr_reassemble_buffers(const struct mcr_hub *hub)
{
	return datagrams(hub) * MCR_REASSEMBLY_FRAGMENTS;
}

int
mcr_reassemble_create_pool(struct mcr_hub *hub)
{
	const uint32_t room = RTE_PKTMBUF_HEADROOM + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN +
	                      MCR_REASSEMBLY_FRAGMENTS * mcr_port_max_mtu(hub);

	/* DPDK's library tells of each table as "USER1". */
	rte_log_set_level(RTE_LOGTYPE_USER1, RTE_LOG_WARNING);
	hub->whole_pool = rte_pktmbuf_pool_create("mcdpdk_whole", LARGE_DATAGRAMS, 0, 0,
		RTE_MIN(room, (uint32_t)UINT16_MAX), hub->plan.roles[0].node);
	if (hub->whole_pool != NULL)
		return 0;
	MCR_LOG(ERR, "no memory for reassembled packets: %s", rte_strerror(rte_errno));
	return -ENOMEM;
}

int
mcr_reassemble_create(const struct mcr_hub *hub, struct mcr_lcore *lcore)
{
	lcore->reassembly = mcr_reassembly_create(datagrams(hub), TIMEOUT_S * rte_get_timer_hz(),
		hub->whole_pool, &lcore->stats, lcore->role->node);
	return lcore->reassembly == NULL ? -rte_errno : 0;
}

/* Only who will be listened to may occupy the table. */
static bool
is_expected(const struct mcr_hub *hub, uint32_t source)
{
	return mcr_member_is_at(hub->members, source) || mcr_admit_covers(hub, source) ||
	       mcr_gateway_may_connect(hub, source);
}

struct rte_mbuf *
mcr_reassemble(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	if (is_expected(lcore->hub, packet->outer_source))
		return mcr_reassembly_take(
			lcore->reassembly, frame, packet->inner_offset, rte_get_timer_cycles());
	mcr_stats_drop(&lcore->stats, MCR_DROP_SOURCE_DENIED, 1);
	rte_pktmbuf_free(frame);
	return NULL;
}

void
mcr_reassemble_poll(struct mcr_lcore *lcore)
{
	if (unlikely(lcore->reassembly->held != 0))
		mcr_reassembly_expire(lcore->reassembly, rte_get_timer_cycles());
}
