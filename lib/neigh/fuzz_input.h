/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Inputs of fuzzers of ICMP for IPv6. */

#ifndef NEIGH_FUZZ_INPUT_H
#define NEIGH_FUZZ_INPUT_H

#include <string.h>

#include <netinet/in.h>

#include <fuzz.h>

#include <mcr_encap.h>

#define FUZZ_ICMP_LEN 8

/* Write header and checksum of a packet of ICMP for IPv6, so that it passes the first checks. */
static inline void
fuzz_repair_icmp6(uint8_t *packet, size_t size)
{
	uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	const size_t len = size - MCR_IPV6_HEADER_LEN;
	rte_be16_t sum;

	packet[0] = 0x60;
	mcr_write_be16(packet + 4, len);
	packet[6] = IPPROTO_ICMPV6;
	memset(icmp + 2, 0, sizeof(sum));
	sum = mcr_ipv6_checksum(packet, icmp, len, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &sum, sizeof(sum));
}

static inline bool
fuzz_may_be_icmp6(size_t size)
{
	return size >= MCR_IPV6_HEADER_LEN + FUZZ_ICMP_LEN;
}

/* Check a copy of exactly the input's size, so that a sanitizer detects a read beyond it. Half of
 * the inputs are repaired first. */
static inline int
fuzz_packet(const uint8_t *data, size_t size, void (*repair)(uint8_t *packet, size_t size),
	void (*check)(uint8_t *packet, size_t size))
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

#endif
