/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <fuzz.h>

#include "mcr_fragment.h"

static void
check_fragment(const struct mcr_fragmenter *fragmenter, const uint8_t *fragment, uint16_t len)
{
	if (fragmenter->is_ipv6) {
		require(mcr_ipv6_parse(fragment, len).total_len == len);
		return;
	}
	require(mcr_ipv4_parse(fragment, len).total_len == len);
	require(mcr_ipv4_checksum_is_right(fragment, (fragment[0] & 15) * 4));
}

static uint16_t
headers_len(const struct mcr_fragmenter *fragmenter, const uint8_t *fragment)
{
	return fragmenter->is_ipv6 ? MCR_IPV6_HEADER_LEN + 8 : (fragment[0] & 15) * 4;
}

static int
start(struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len, uint16_t mtu)
{
	if (len != 0 && mcr_ip_is_ipv6(ip))
		return mcr_fragment_start_ipv6(fragmenter, ip, len, mtu, 7);
	return mcr_fragment_start(fragmenter, ip, len, mtu);
}

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
	if (start(&fragmenter, data + sizeof(mtu), size - sizeof(mtu), mtu) != 0)
		return 0;
	to = malloc(mtu);
	while ((len = mcr_fragment_next(&fragmenter, to)) != 0) {
		require(len <= mtu);
		check_fragment(&fragmenter, to, len);
		payload += len - headers_len(&fragmenter, to);
	}
	require(payload == (uint32_t)fragmenter.info.total_len - fragmenter.info.header_len);
	free(to);
	return 0;
}
