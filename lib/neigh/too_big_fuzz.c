/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include <mcr_encap.h>

#include "mcr_neigh.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Repair length, type and checksum, so that most inputs reach the quote. */
static void
repair(uint8_t *packet, size_t size)
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
	uint8_t *icmp = packet + MCR_IPV6_HEADER_LEN;
	const size_t len = size - MCR_IPV6_HEADER_LEN;
	rte_be16_t sum;

	if (size < MCR_IPV6_HEADER_LEN + 8)
		return;
	mcr_write_be16(packet + 4, len);
	packet[6] = IPPROTO_ICMPV6;
	memcpy(icmp, (const uint8_t[]){2, 0, 0, 0}, 4);
	sum = mcr_ipv6_checksum(packet, icmp, len, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &sum, sizeof(sum));
}

static void
check(const uint8_t *packet, size_t size)
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
	uint8_t *packet;

	if (size == 0 || size > UINT16_MAX)
		return 0;
	packet = malloc(size);
	memcpy(packet, data, size);
	if (data[size - 1] % 2 == 0) {
		if (mcr_ip_is_ipv6(packet))
			repair6(packet, size);
		else
			repair(packet, size);
	}
	check(packet, size);
	free(packet);
	return 0;
}
