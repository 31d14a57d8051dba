/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>

#include "frame.h"

#define ROUNDS 200
#define BURST 4096

static void
make_l2(void)
{
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, GROUP, IPPROTO_UDP);
}

static void
make_gre(void)
{
	uint32_t outer;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_ipv4(outer);
}

static void
make_gre_udp(void)
{
	uint32_t outer, udp;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_udp(udp);
	end_ipv4(outer);
}

static void
make_vxlan(void)
{
	uint32_t outer, udp;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(VXLAN_PORT);
	put_vxlan(1);
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_udp(udp);
	end_ipv4(outer);
}

static void
make_link_udp(void)
{
	const struct mcr_link_record record = {.kind = MCR_LINK_PACKET, .length = 52};
	uint32_t outer, udp;

	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_UDP);
	udp = put_udp(GRE_PORT);
	put_gre(MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT, MCR_GRE_LINK);
	put_zeros(2 * MCR_GRE_OPTION_LEN);
	mcr_link_write_record(frame + put_zeros(MCR_LINK_RECORD_LEN), &record);
	put_packet(OVERLAY, GROUP, IPPROTO_UDP);
	end_udp(udp);
	end_ipv4(outer);
}

static void
make_not_for_us(void)
{
	put_ethernet(sender_mac, RTE_ETHER_TYPE_IPV4);
	put_packet(SENDER, GROUP, IPPROTO_UDP);
}

/* One: what a hub sends that does not wait for others. */
static void
classify_records(struct mcr_packet *packet)
{
	uint32_t at = packet->inner_offset;
	struct mcr_link_record record;

	if (mcr_link_read_record(frame, &at, at + packet->inner_len, &record))
		mcr_classify_link_packet(&port, frame, &record, packet);
}

static uint64_t
measure_burst(uint64_t *verdicts)
{
	const uint64_t start = rte_rdtsc();
	struct mcr_packet packet;

	for (unsigned int i = 0; i < BURST; i++) {
		mcr_classify_frame(&port, frame, frame_len, &packet);
		if (packet.verdict == MCR_VERDICT_LINK)
			classify_records(&packet);
		*verdicts += packet.verdict;
	}
	return rte_rdtsc() - start;
}

/* The fastest burst: noise on a shared machine only adds. */
static void
measure(const char *name, void (*make)(void), enum mcr_verdict expected)
{
	uint64_t best = UINT64_MAX, verdicts = 0;

	frame_len = 0;
	make();
	for (unsigned int i = 0; i < ROUNDS; i++)
		best = RTE_MIN(best, measure_burst(&verdicts));
	if (verdicts != (uint64_t)expected * ROUNDS * BURST)
		printf("%s: wrong verdict\n", name);
	printf("%-12s %5.1f cycles\n", name, (double)best / BURST);
}

int
main(void)
{
	measure("l2", make_l2, MCR_VERDICT_DATA);
	measure("gre", make_gre, MCR_VERDICT_DATA);
	measure("gre-udp", make_gre_udp, MCR_VERDICT_DATA);
	measure("vxlan", make_vxlan, MCR_VERDICT_DATA);
	measure("link-udp", make_link_udp, MCR_VERDICT_DATA);
	measure("not for us", make_not_for_us, MCR_VERDICT_DROP);
	return 0;
}
