/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "mcr_encap.h"

rte_be16_t
mcr_ipv6_checksum(const uint8_t *ip, const uint8_t *transport, uint32_t len, uint8_t protocol)
{
	const uint16_t addresses = mcr_checksum(ip + MCR_IPV6_SOURCE, 2 * MCR_IPV6_ADDRESS_LEN);
	const uint64_t pseudo =
		(uint64_t)(uint16_t)~addresses + rte_cpu_to_be_16(len) + rte_cpu_to_be_16(protocol);

	return ~mcr_checksum_fold(pseudo + (uint16_t)~mcr_checksum(transport, len));
}
