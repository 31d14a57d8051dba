/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <fuzz.h>

#include "mcr_fragment.h"

/* Two octets of MTU, then a packet. Its fragments carry its payload exactly once. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_fragmenter fragmenter;
	uint32_t payload = 0;
	uint16_t mtu, len;
	uint8_t *to;

	if (size < sizeof(mtu) || size - sizeof(mtu) > UINT16_MAX)
		return 0;
	mtu = mcr_read_be16(data);
	if (mcr_fragment_start(&fragmenter, data + sizeof(mtu), size - sizeof(mtu), mtu) != 0)
		return 0;
	to = malloc(mtu);
	while ((len = mcr_fragment_next(&fragmenter, to)) != 0) {
		const struct mcr_ipv4_info info = mcr_ipv4_parse(to, len);

		require(info.header_len != 0 && info.total_len == len && len <= mtu);
		require(mcr_ipv4_checksum_is_right(to, info.header_len));
		payload += len - info.header_len;
	}
	require(payload == (uint32_t)fragmenter.info.total_len - fragmenter.info.header_len);
	free(to);
	return 0;
}
