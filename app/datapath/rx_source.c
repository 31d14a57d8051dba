/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "datapath/punt.h"
#include "datapath/rx_source.h"
#include "fib/fib.h"
#include "infra/ports.h"

/* Whether the frame's MAC is the member's own: it comes by the member's port and through no
 * gateway. Routers may send from other MACs (RFC 5798: the physical one, while ARP shows the
 * virtual one). A member known by its MAC may use any address. */
static bool
shows_own_mac(const struct mcr_ports *ports, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_member *member)
{
	return !member->has_mac && member->next_hop == member->identity.address &&
	       packet->outer_source == member->identity.address &&
	       ports->at[member->port].id == frame->port;
}

static bool
is_next_hop_mac(const struct mcr_fib *fib, uint32_t sender, const struct rte_ether_addr *mac)
{
	const struct mcr_template *template = mcr_member_template(fib->members, sender);

	return template != NULL && memcmp(mcr_template_ethernet(template), mac, sizeof(*mac)) == 0;
}

/* Classification checked the length. */
static uint16_t
udp_source_port(const struct rte_mbuf *frame)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(frame, const uint8_t *, RTE_ETHER_HDR_LEN);

	if (mcr_read_be16(ip - sizeof(uint16_t)) == RTE_ETHER_TYPE_VLAN)
		ip += RTE_VLAN_HLEN;
	return mcr_read_be16(ip + (ip[0] & 0x0f) * 4);
}

bool
mcr_rx_source_report(struct mcr_lcore *lcore, struct mcr_learn_event *event)
{
	if (rte_ring_enqueue_elem(lcore->rings->learn, event, sizeof(*event)) == 0)
		return true;
	mcr_stats_count(&lcore->stats, MCR_STAT_LEARNING_DROPS, 1);
	return false;
}

/* Only a packet to the member's own UDP port shows a NAT port that lets answers in. */
static void
note_nat_port(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_member *member, uint32_t sender)
{
	struct mcr_learn_event event = {
		.member = mcr_member_refer(lcore->fib->members, sender),
		.vni = MCR_VNI_NONE,
		.nat_port = udp_source_port(frame),
	};

	if (event.nat_port != 0 && packet->udp_port == member->identity.udp_port &&
		event.nat_port != mcr_member_nat_port(lcore->fib->members, sender))
		(void)mcr_rx_source_report(lcore, &event);
}

/* With a full ring the source is not stored, so the next run reports it again. */
void
mcr_rx_source_change(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, sender);
	const uint64_t before = __atomic_load_n(&lcore->rx.sources[sender], __ATOMIC_RELAXED);
	uint64_t source = mcr_source_of(&packet->source_mac);
	struct mcr_learn_event event = {
		.member = mcr_member_refer(lcore->fib->members, sender),
		.vni = MCR_VNI_NONE,
		.mac = packet->source_mac,
	};

	/* The member may be leaving. */
	if (member == NULL)
		return;
	if (member->is_nat) {
		note_nat_port(lcore, frame, packet, member, sender);
		source |= MCR_SOURCE_NAT;
	}
	if (before == source)
		return;
	if (shows_own_mac(lcore->ports, frame, packet, member) &&
		!is_next_hop_mac(lcore->fib, sender, &packet->source_mac) &&
		!mcr_rx_source_report(lcore, &event))
		return;
	__atomic_store_n(&lcore->rx.sources[sender], source, __ATOMIC_RELAXED);
}
