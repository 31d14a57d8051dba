/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_memcpy.h>

#include "tester.h"

static void
write_destination(uint8_t *ip, uint32_t group)
{
	struct rte_ipv4_hdr *header = (struct rte_ipv4_hdr *)ip;

	header->dst_addr = rte_cpu_to_be_32(group);
	header->hdr_checksum = 0;
	header->hdr_checksum = rte_ipv4_cksum(header);
}

void
tester_write_frame(const struct tester_plan *plan, uint64_t i, uint64_t now, uint8_t *frame)
{
	const struct tester_mark mark = {
		.group = i % plan->groups,
		.number = i / plan->groups,
		.time = now,
	};

	rte_memcpy(frame, plan->frame, plan->length);
	write_destination(frame + plan->inner, plan->first_group + mark.group);
	memcpy(frame + plan->inner + TESTER_MARK, &mark, sizeof(mark));
}
