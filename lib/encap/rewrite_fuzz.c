/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Rewriting keeps correct checksums correct and wrong ones wrong. */

#include <netinet/in.h>
#include <stdlib.h>

#include <fuzz.h>

#include "mcr_encap.h"

static uint16_t
sum_udp(const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const uint16_t len = info->total_len - info->header_len;
	const uint64_t sum = (uint16_t)~rte_be_to_cpu_16(mcr_checksum(ip + 12, 8)) +
	                     (uint16_t)~rte_be_to_cpu_16(mcr_checksum(ip + info->header_len, len)) +
	                     len + IPPROTO_UDP;

	return mcr_checksum_fold(sum);
}

static void
check_rewritten(const uint8_t *before, const uint8_t *after, const struct mcr_ipv4_info *info)
{
	const bool has_udp = info->protocol == IPPROTO_UDP && !mcr_ipv4_is_fragment(info) &&
	                     info->total_len >= info->header_len + MCR_UDP_HEADER_LEN;

	require(mcr_read_be32(after + 16) == MCR_IPV4(10, 0, 0, 12));
	require(mcr_ipv4_checksum_is_right(after, info->header_len) ==
		mcr_ipv4_checksum_is_right(before, info->header_len));
	if (has_udp && mcr_read_be16(before + info->header_len + 6) != 0)
		require((sum_udp(after, info) == UINT16_MAX) ==
			(sum_udp(before, info) == UINT16_MAX));
}

static void
rewrite_ipv4(const uint8_t *data, size_t size)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(data, size);
	const struct mcr_encap_path path = {
		.encap = MCR_ENCAP_UDP,
		.destination = MCR_IPV4(10, 0, 0, 12),
		.udp_port = 7000,
		.off_link = true,
	};
	struct mcr_template t;
	uint8_t *packet;

	if (info.header_len == 0)
		return;
	packet = malloc(info.total_len);
	memcpy(packet, data, info.total_len);
	mcr_template_build(&t, &path);
	mcr_rewrite_packet(&t.rewrite, packet);
	check_rewritten(data, packet, &info);
	free(packet);
}

/* Of TCP and ICMPv6, too; of a first fragment, what of the packet is in it. */
static void
check_rewritten_ipv6(const uint8_t *before, const uint8_t *after, uint16_t total_len)
{
	const struct mcr_ipv6_transport transport = mcr_ipv6_find_transport(before, total_len);
	const uint8_t *const old = before + transport.offset, *const new = after + transport.offset;
	const uint32_t len = total_len - transport.offset;

	require(after[7] == 64);
	if (transport.offset == 0)
		return;
	if (transport.protocol == IPPROTO_UDP &&
		(len < MCR_UDP_HEADER_LEN || mcr_read_be16(old + 6) == 0))
		return;
	if ((transport.protocol == IPPROTO_TCP && len >= 18) ||
		(transport.protocol == IPPROTO_ICMPV6 && len >= 4) ||
		transport.protocol == IPPROTO_UDP)
		require((mcr_ipv6_checksum(before, old, len, transport.protocol) == 0) ==
			(mcr_ipv6_checksum(after, new, len, transport.protocol) == 0));
}

static void
rewrite_ipv6(const uint8_t *data, size_t size)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(data, size);
	const struct mcr_encap_path path = {
		.encap = MCR_ENCAP_UDP,
		.is_ipv6 = true,
		.destination6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0c}}},
		.udp_port = 7000,
		.off_link = true,
	};
	struct mcr_template t;
	uint8_t *packet;

	if (info.total_len == 0 || info.total_len > UINT16_MAX)
		return;
	packet = malloc(info.total_len);
	memcpy(packet, data, info.total_len);
	mcr_template_build(&t, &path);
	mcr_rewrite_packet(&t.rewrite, packet);
	require(memcmp(packet + MCR_IPV6_DESTINATION, &path.destination6, MCR_IPV6_ADDRESS_LEN) ==
		0);
	check_rewritten_ipv6(data, packet, info.total_len);
	free(packet);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rewrite_ipv4(data, size);
	rewrite_ipv6(data, size);
	return 0;
}
