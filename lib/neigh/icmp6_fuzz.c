/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mcr_encap.h>

#include "mcr_neigh.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mcr_neigh_own own = {
	.has_ipv6 = true,
	.address6 = {.s6_addr = {0xfd, [15] = 0x10}},
	.link_local = {.s6_addr = {0xfe, 0x80, [15] = 0x10}},
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
is_right(const uint8_t *packet, uint32_t len)
{
	return mcr_read_be16(packet + 4) == len - MCR_IPV6_HEADER_LEN &&
	       mcr_ipv6_checksum(packet, packet + MCR_IPV6_HEADER_LEN, len - MCR_IPV6_HEADER_LEN,
		       IPPROTO_ICMPV6) == 0;
}

/* Repair header and checksum of half the inputs, so that they pass the first checks. */
static void
repair(uint8_t *packet, size_t size)
{
	uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	const size_t len = size - MCR_IPV6_HEADER_LEN;
	rte_be16_t sum;

	if (size < MCR_IPV6_HEADER_LEN + 8)
		return;
	packet[0] = 0x60;
	mcr_write_be16(packet + 4, len);
	packet[6] = IPPROTO_ICMPV6;
	memset(icmp + 2, 0, 2);
	sum = mcr_ipv6_checksum(packet, icmp, len, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &sum, sizeof(sum));
}

/* Neither a refusal nor a reply is answered by whom it is to. */
static void
check(uint8_t *packet, size_t size)
{
	struct mcr_neigh_own other = {.has_ipv6 = true};
	uint8_t refusal[MCR_NEIGH_REFUSAL6_MAX], again[MCR_NEIGH_REFUSAL6_MAX];
	const int len = mcr_neigh_refuse_echo6(packet, size, &own, refusal);
	const int ret = mcr_neigh_answer_echo6(packet, size, &own);
	const uint32_t reply_len = ret == 0 ? MCR_IPV6_HEADER_LEN + mcr_read_be16(packet + 4) : 0;

	require(len < 0 || ret == 0);
	require(ret == 0 || len == ret);
	if (ret != 0)
		return;
	require(is_right(packet, reply_len) && packet[7] == 64);
	memcpy(&other.address6, packet + MCR_IPV6_DESTINATION, sizeof(other.address6));
	require(mcr_neigh_answer_echo6(packet, size, &other) == -ENOTSUP);
	if (len < 0)
		return;
	require(len <= MCR_NEIGH_REFUSAL6_MAX && is_right(refusal, len));
	require(mcr_neigh_refuse_echo6(refusal, len, &other, again) == -ENOTSUP);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *packet;

	if (size == 0 || size > UINT16_MAX)
		return 0;
	packet = malloc(size);
	memcpy(packet, data, size);
	if (data[size - 1] % 2 == 0)
		repair(packet, size);
	check(packet, size);
	free(packet);
	return 0;
}
