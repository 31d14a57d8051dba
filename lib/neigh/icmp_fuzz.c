/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "mcr_neigh.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Repair the checksums of half the inputs, so that they pass the first checks. */
static void
repair(uint8_t *packet, size_t size)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	uint16_t header_len, sum;

	if (size < sizeof(*ip) || rte_ipv4_hdr_len(ip) + 8u > size)
		return;
	header_len = rte_ipv4_hdr_len(ip);
	ip->total_length = rte_cpu_to_be_16(size);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, header_len);
	memset(packet + header_len + 2, 0, 2);
	sum = ~rte_raw_cksum(packet + header_len, size - header_len);
	memcpy(packet + header_len + 2, &sum, 2);
}

/* What is refused would have been answered, and the refusal gets neither. */
static void
check_refusal(const uint8_t *packet, size_t size, uint32_t hub)
{
	uint8_t refusal[MCR_NEIGH_REFUSAL_MAX], again[MCR_NEIGH_REFUSAL_MAX];
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)refusal;
	const int len = mcr_neigh_refuse_echo(packet, size, hub, refusal);

	if (len < 0)
		return;
	if (len > MCR_NEIGH_REFUSAL_MAX || rte_be_to_cpu_16(ip->total_length) != len ||
		rte_raw_cksum(refusal, sizeof(*ip)) != UINT16_MAX ||
		rte_raw_cksum(refusal + sizeof(*ip), len - sizeof(*ip)) != UINT16_MAX ||
		mcr_neigh_refuse_echo(refusal, len, rte_be_to_cpu_32(ip->dst_addr), again) !=
			-ENOTSUP)
		abort();
}

/* A reply is valid, comes from the hub and gets no answer; a refusal changes nothing. */
static void
check(const uint8_t *before, uint8_t *packet, size_t size, uint32_t hub)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)packet;

	if (mcr_neigh_answer_echo(packet, size, hub) != 0) {
		if (memcmp(before, packet, size) != 0)
			abort();
		return;
	}
	if (rte_be_to_cpu_32(ip->src_addr) != hub || ip->time_to_live != 64 ||
		rte_raw_cksum(ip, rte_ipv4_hdr_len(ip)) != UINT16_MAX ||
		mcr_neigh_answer_echo(packet, size, rte_be_to_cpu_32(ip->dst_addr)) != -ENOTSUP)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint32_t hub = RTE_IPV4(10, 0, 0, 10);
	uint8_t *before, *packet;

	if (size == 0 || size > UINT16_MAX)
		return 0;
	before = malloc(size);
	packet = malloc(size);
	memcpy(before, data, size);
	if (data[size - 1] % 2 == 0)
		repair(before, size);
	memcpy(packet, before, size);
	check_refusal(packet, size, hub);
	check(before, packet, size, hub);
	free(before);
	free(packet);
	return 0;
}
