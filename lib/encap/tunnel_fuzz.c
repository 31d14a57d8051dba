/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* No parsed tunnel header is longer than the input. */

#include <fuzz.h>

#include "mcr_encap.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mcr_gre_info gre = mcr_gre_parse(data, size);
	const struct mcr_udp_info udp = mcr_udp_parse(data, size);
	const struct mcr_vxlan_info vxlan = mcr_vxlan_parse(data, size);

	require(gre.header_len <= size && gre.header_len % 4 == 0 && gre.header_len <= 16);
	require(gre.has_key || gre.key == 0);
	require(gre.header_len >= 4 + 4 * (gre.has_key + gre.has_checksum) || gre.header_len == 0);
	require(udp.total_len <= size);
	require(udp.total_len == 0 || udp.total_len >= MCR_UDP_HEADER_LEN);
	require(vxlan.header_len <= size && vxlan.vni <= 0xffffff);
	return 0;
}
