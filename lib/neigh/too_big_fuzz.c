/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include <mcr_encap.h>

#include "fuzz_input.h"
#include "mcr_neigh.h"

/* Repair length, type and checksum, so that most inputs reach the quote. */
static void
repair4(uint8_t *packet, size_t size)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	uint8_t *icmp = packet + sizeof(*ip);
	uint16_t sum;

	if (size < sizeof(*ip) + 8)
		return;
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(size);
	memcpy(icmp, (const uint8_t[]){3, 4, 0, 0}, 4);
	sum = ~rte_raw_cksum(icmp, size - sizeof(*ip));
	memcpy(icmp + 2, &sum, sizeof(sum));
}

static void
repair6(uint8_t *packet, size_t size)
{
	if (!fuzz_may_be_icmp6(size))
		return;
	memcpy(packet + MCR_IPV6_HEADER_LEN, (const uint8_t[]){2, 0, 0, 0}, 4);
	fuzz_repair_icmp6(packet, size);
}

static void
repair(uint8_t *packet, size_t size)
{
	if (mcr_ip_is_ipv6(packet))
		repair6(packet, size);
	else
		repair4(packet, size);
}

static void
check(uint8_t *packet, size_t size)
{
	struct mcr_neigh_too_big too_big;
	uint16_t mtu;

	if (mcr_neigh_parse_too_big(packet, size, &too_big) != 0)
		return;
	require(too_big.quote > packet && too_big.quote_len >= 28);
	require(too_big.quote + too_big.quote_len <= packet + size);
	mtu = mcr_neigh_lower_mtu(&too_big, 1500);
	require(mtu <= 1500 &&
		mtu >= (too_big.is_ipv6 ? MCR_NEIGH_PATH_MTU6_MIN : MCR_NEIGH_PATH_MTU_MIN));
	require(mcr_neigh_lower_mtu(&too_big, mtu) <= mtu);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_packet(data, size, repair, check);
}
