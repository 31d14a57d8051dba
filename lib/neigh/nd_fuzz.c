/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <mcr_encap.h>

#include "fuzz_input.h"
#include "mcr_nd.h"

static const struct rte_ether_addr hub_mac = {{0x02, 0, 0, 0, 0, 0x10}};
static const struct rte_ether_addr from = {{0x02, 0, 0, 0, 0, 0x12}};

/* Most inputs are to reach the options. */
static void
repair(uint8_t *packet, size_t size)
{
	if (!fuzz_may_be_icmp6(size))
		return;
	packet[7] = UINT8_MAX;
	packet[MCR_IPV6_HEADER_LEN + 1] = 0;
	fuzz_repair_icmp6(packet, size);
}

/* What the hub sends is valid for others. */
static void
check_answer(const struct mcr_nd *asked)
{
	uint8_t frame[MCR_ND_FRAME_MAX];
	uint16_t len = mcr_nd_build_answer(frame, &hub_mac, asked);
	struct mcr_nd answer;

	require(len == MCR_ND_FRAME_MAX);
	require(mcr_nd_parse(frame + RTE_ETHER_HDR_LEN, len - RTE_ETHER_HDR_LEN, &hub_mac,
			&answer) == 0);
	require(answer.kind == MCR_ND_ADVERTISEMENT && answer.overrides);
	require(memcmp(&answer.target, &asked->target, sizeof(answer.target)) == 0);
	len = mcr_nd_build_tunnel_answer(frame, asked);
	require(mcr_nd_parse(frame, len, &hub_mac, &answer) == 0 && !answer.has_mac);
	require(memcmp(&answer.target, &asked->target, sizeof(answer.target)) == 0);
}

static void
check(uint8_t *packet, size_t size)
{
	struct mcr_nd nd;

	if (mcr_nd_parse(packet, size, &from, &nd) != 0)
		return;
	require(!nd.has_mac || rte_is_valid_assigned_ether_addr(&nd.mac));
	require(!mcr_ipv6_is_multicast(nd.source.s6_addr));
	require(!mcr_ipv6_is_multicast(nd.target.s6_addr));
	require(mcr_ipv6_is_unspecified(nd.target.s6_addr) == (nd.kind == MCR_ND_ROUTER));
	require(nd.preference <= MCR_ND_HIGH);
	if (nd.kind == MCR_ND_SOLICITATION)
		check_answer(&nd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_packet(data, size, repair, check);
}
