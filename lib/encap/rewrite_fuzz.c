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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
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
		return 0;
	packet = malloc(info.total_len);
	memcpy(packet, data, info.total_len);
	mcr_template_build(&t, &path);
	mcr_rewrite_packet(&t.rewrite, packet);
	check_rewritten(data, packet, &info);
	free(packet);
	return 0;
}
