/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <string.h>

#include <mcr_encap.h>

#include "fuzz_input.h"
#include "mcr_neigh.h"

static const struct mcr_neigh_own own = {
	.has_ipv6 = true,
	.address6 = {.s6_addr = {0xfd, [15] = 0x10}},
	.link_local = {.s6_addr = {0xfe, 0x80, [15] = 0x10}},
};

static bool
is_right(const uint8_t *packet, uint32_t len)
{
	return mcr_read_be16(packet + 4) == len - MCR_IPV6_HEADER_LEN &&
	       mcr_ipv6_checksum(packet, packet + MCR_IPV6_HEADER_LEN, len - MCR_IPV6_HEADER_LEN,
		       IPPROTO_ICMPV6) == 0;
}

static void
repair(uint8_t *packet, size_t size)
{
	if (fuzz_may_be_icmp6(size))
		fuzz_repair_icmp6(packet, size);
}

/* A packet of any kind, for which a path was too narrow. */
static void
check_too_big(const uint8_t *packet, size_t size)
{
	uint8_t message[MCR_NEIGH_REFUSAL6_MAX], again[MCR_NEIGH_REFUSAL6_MAX];
	struct mcr_neigh_too_big too_big;
	const int len = mcr_neigh_write_too_big6(packet, size, 1280, &own, message);

	if (len < 0)
		return;
	require(len <= MCR_NEIGH_REFUSAL6_MAX && is_right(message, len));
	require(mcr_neigh_parse_too_big(message, len, &too_big) == 0);
	require(too_big.next_hop_mtu == 1280 && too_big.packet_len > 1280);
	/* Nor does it cause another one. */
	require(mcr_neigh_write_too_big6(message, len, 1280, &own, again) == -ENOTSUP);
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

	check_too_big(packet, size);
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
	return fuzz_packet(data, size, repair, check);
}
