/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "mcr_encap.h"

/* Octets of an extension header's unit of length, and of a fragment header (RFC 8200 4). */
#define OPTIONS_UNIT 8

#define MORE_FRAGMENTS 1

/* 0: it is none that is walked over. */
static uint32_t
extension_len(uint8_t protocol, const uint8_t *header)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_DSTOPTS:
		return (header[1] + 1u) * OPTIONS_UNIT;
	case IPPROTO_FRAGMENT:
		return (mcr_read_be16(header + 2) & ~7u) == 0 ? OPTIONS_UNIT : 0;
	default:
		return 0;
	}
}

struct mcr_ipv6_transport
mcr_ipv6_find_transport(const uint8_t *ip, uint32_t total_len)
{
	const struct mcr_ipv6_transport none = {0};
	struct mcr_ipv6_transport transport = {MCR_IPV6_HEADER_LEN, ip[6], false};

	RTE_ASSERT(total_len >= MCR_IPV6_HEADER_LEN && total_len <= UINT16_MAX);

	while (transport.protocol == IPPROTO_HOPOPTS || transport.protocol == IPPROTO_DSTOPTS ||
		transport.protocol == IPPROTO_FRAGMENT) {
		const uint8_t *const header = ip + transport.offset;
		uint32_t len;

		if (total_len - transport.offset < OPTIONS_UNIT)
			return none;
		len = extension_len(transport.protocol, header);
		if (len == 0 || len > total_len - transport.offset)
			return none;
		if (transport.protocol == IPPROTO_FRAGMENT)
			transport.is_cut |= (header[3] & MORE_FRAGMENTS) != 0;
		transport.offset += len;
		transport.protocol = header[0];
	}
	return transport.protocol == IPPROTO_ROUTING ? none : transport;
}

rte_be16_t
mcr_ipv6_checksum(const uint8_t *ip, const uint8_t *transport, uint32_t len, uint8_t protocol)
{
	const uint16_t addresses = mcr_checksum(ip + MCR_IPV6_SOURCE, 2 * MCR_IPV6_ADDRESS_LEN);
	const uint64_t pseudo =
		(uint64_t)(uint16_t)~addresses + rte_cpu_to_be_16(len) + rte_cpu_to_be_16(protocol);

	return ~mcr_checksum_fold(pseudo + (uint16_t)~mcr_checksum(transport, len));
}
