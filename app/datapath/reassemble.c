/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/in.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>

#include "datapath/outer.h"
#include "datapath/reassemble.h"
#include "datapath/refuse.h"
#include "fib/access.h"
#include "infra/log.h"
#include "infra/ports.h"

/* Datagrams that one RX lcore reassembles at a time. */
#define DATAGRAMS 256

/* Likewise of unknown_senders: enough for pings. Members have their own table. */
#define UNKNOWN_DATAGRAMS 16

/* Short, as RFC 4963 asks: at 65,536 datagrams/s IDs wrap after one second. */
#define TIMEOUT_S 1

/* Buffers for datagrams that are longer than an ordinary buffer. */
#define LARGE_DATAGRAMS 256

/* With limits.mbufs, fragments hold about a quarter of the buffers. */
uint32_t
mcr_reassemble_datagrams(uint32_t mbufs, uint32_t rx_lcores)
{
	uint32_t share;

	RTE_ASSERT(rx_lcores != 0);
	share = 1 + mbufs / 4 / MCR_REASSEMBLY_FRAGMENTS / rx_lcores;
	return mbufs == 0 || share > DATAGRAMS ? DATAGRAMS : share;
}

uint32_t
mcr_reassemble_buffers(uint32_t datagrams)
{
	return (datagrams + UNKNOWN_DATAGRAMS) * MCR_REASSEMBLY_FRAGMENTS;
}

int
mcr_reassemble_create_pool(struct mcr_ports *ports, int node)
{
	const uint32_t room = RTE_PKTMBUF_HEADROOM + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN +
	                      MCR_REASSEMBLY_FRAGMENTS * mcr_port_max_mtu(ports);

	RTE_ASSERT(ports->whole_pool == NULL);
	/* rte_ip_frag logs each table as "USER1". */
	rte_log_set_level(RTE_LOGTYPE_USER1, RTE_LOG_WARNING);
	ports->whole_pool = rte_pktmbuf_pool_create(
		"mcdpdk_whole", LARGE_DATAGRAMS, 0, 0, RTE_MIN(room, (uint32_t)UINT16_MAX), node);
	if (ports->whole_pool != NULL)
		return 0;
	MCR_LOG(ERR, "no memory for reassembled packets: %s", rte_strerror(rte_errno));
	return -ENOMEM;
}

int
mcr_reassemble_create(struct mcr_lcore *lcore, uint32_t datagrams)
{
	RTE_ASSERT(lcore->role->is_rx && lcore->ports->whole_pool != NULL);
	lcore->rx.reassembly = mcr_reassembly_create(datagrams, TIMEOUT_S * rte_get_timer_hz(),
		lcore->ports->whole_pool, &lcore->stats, lcore->role->node);
	if (lcore->rx.reassembly == NULL)
		return -rte_errno;
	lcore->rx.unknown_senders =
		mcr_reassembly_create(UNKNOWN_DATAGRAMS, TIMEOUT_S * rte_get_timer_hz(),
			lcore->ports->whole_pool, &lcore->stats, lcore->role->node);
	return lcore->rx.unknown_senders == NULL ? -rte_errno : 0;
}

void
mcr_reassemble_free(struct mcr_lcore *lcore)
{
	mcr_reassembly_free(lcore->rx.reassembly);
	mcr_reassembly_free(lcore->rx.unknown_senders);
}

/* Only senders that the hub will accept may occupy the table. @param source6 NULL: of IPv4. */
static bool
is_expected(const struct mcr_fib *fib, const struct mcr_ports *ports, uint32_t source,
	const uint8_t *source6)
{
	if (mcr_member_is_at(fib->members, source))
		return true;
	if (source6 != NULL)
		return mcr_access_find_rule_ipv6(fib, ports, source6, UINT32_MAX) != NULL ||
		       mcr_access_may_connect_ipv6(fib, ports, source6);
	return mcr_access_find_rule(fib, ports, source, UINT32_MAX) != NULL ||
	       mcr_access_may_connect(fib, ports, source);
}

/* Only the whole packet shows which UDP encapsulation it has. */
static void
refuse_fragment(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_packet seen = *packet;

	seen.encap = packet->protocol == IPPROTO_GRE ? MCR_ENCAP_GRE : MCR_ENCAP_COUNT;
	mcr_refuse_packet(lcore, frame, &seen, MCR_DROP_SOURCE_DENIED);
}

struct rte_mbuf *
mcr_reassemble(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_reassembly *table = NULL;

	if (is_expected(
		    lcore->fib, lcore->ports, packet->outer_source, mcr_outer_ipv6_source(frame)))
		table = lcore->rx.reassembly;
	else if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
		table = lcore->rx.unknown_senders;
	if (table != NULL)
		return mcr_reassembly_take(table, frame, packet->inner_offset, lcore->rx.now);
	refuse_fragment(lcore, frame, packet);
	return NULL;
}

static bool
is_icmp_fragment(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(frame, const uint8_t *, packet->inner_offset);

	if (mcr_ip_is_ipv6(ip))
		return packet->protocol == IPPROTO_FRAGMENT &&
		       packet->inner_len > MCR_IPV6_HEADER_LEN &&
		       ip[MCR_IPV6_HEADER_LEN] == IPPROTO_ICMPV6;
	return packet->protocol == IPPROTO_ICMP &&
	       (mcr_read_be16(ip + 6) & (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0;
}

struct rte_mbuf *
mcr_reassemble_inner(struct mcr_lcore *lcore, struct rte_mbuf *frame, struct mcr_packet *packet)
{
	if (!is_icmp_fragment(frame, packet))
		return frame;
	frame = mcr_reassembly_take(
		lcore->rx.reassembly, frame, packet->inner_offset, lcore->rx.now);
	if (frame == NULL)
		return NULL;
	/* The outer headers are those of the first fragment. */
	packet->inner_offset = frame->l2_len;
	packet->inner_len = frame->data_len - frame->l2_len;
	return frame;
}

void
mcr_reassemble_poll(struct mcr_lcore *lcore)
{
	if (unlikely(lcore->rx.reassembly->held != 0))
		mcr_reassembly_expire(lcore->rx.reassembly, lcore->rx.now);
	if (unlikely(lcore->rx.unknown_senders->held != 0))
		mcr_reassembly_expire(lcore->rx.unknown_senders, lcore->rx.now);
}
