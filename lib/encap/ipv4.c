/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "mcr_encap.h"

rte_be16_t
mcr_checksum(const void *data, size_t len)
{
	const uint8_t *at = data;
	uint64_t sum = 0;
	uint32_t word = 0;

	RTE_ASSERT(len <= UINT16_MAX);
	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, at, len);
	return ~mcr_checksum_fold(sum + word);
}

static void
replace_word(uint8_t *ip, unsigned int offset, uint16_t word)
{
	const uint16_t checksum = mcr_read_be16(ip + 10);

	RTE_ASSERT(offset % 2 == 0 && offset < MCR_IPV4_HEADER_LEN && offset != 10);
	mcr_write_be16(ip + 10, mcr_checksum_update(checksum, mcr_read_be16(ip + offset), word));
	mcr_write_be16(ip + offset, word);
}

/* RFC 8200 3: the traffic class spans the first two octets; IPv6 has no header checksum. */
void
mcr_ip_mark_ce(uint8_t *ip)
{
	if (mcr_ip_is_ipv6(ip))
		ip[1] |= MCR_ECN_CE << 4;
	else
		replace_word(ip, 0, mcr_read_be16(ip) | MCR_ECN_CE);
}

void
mcr_ip_decrement_ttl(uint8_t *ip)
{
	RTE_ASSERT(mcr_ip_ttl(ip) > 0);
	if (mcr_ip_is_ipv6(ip))
		ip[7]--;
	else
		replace_word(ip, 8, mcr_read_be16(ip + 8) - 0x100);
}

rte_be16_t
mcr_ipv4_checksum(const uint8_t *ip, const uint8_t *transport, uint32_t len, uint8_t protocol)
{
	const uint64_t addresses = (uint16_t)~mcr_checksum(ip + 12, 2 * sizeof(uint32_t));

	return ~mcr_checksum_fold(addresses + rte_cpu_to_be_16(protocol) + rte_cpu_to_be_16(len) +
				  (uint16_t)~mcr_checksum(transport, len));
}
