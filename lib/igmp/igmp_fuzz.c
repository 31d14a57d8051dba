/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: one packet, as it is and repaired. A rejected packet must change nothing. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "wire.h"

#define MEMBER 3
#define MAX_HOSTS 8

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t changes;
static uint32_t packets;

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* Some find no room. */
static int
ignore_send(
	void *arg __rte_unused, uint32_t member __rte_unused, const uint8_t *packet, uint32_t len)
{
	struct mcr_igmp_message message;

	if (len != MCR_IGMP_ADVERTISEMENT_LEN || packet[24] != WIRE_ADVERTISEMENT)
		MUST(mcr_igmp_parse(packet, len, &message) == MCR_IGMP_ACCEPTED);
	return ++packets % 4 == 0 ? -ENOBUFS : 0;
}

/* Some changes are refused. */
static int
count_change(void *arg __rte_unused, uint32_t member __rte_unused, uint32_t group,
	uint32_t source __rte_unused, enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	MUST(mcr_ipv4_is_multicast(group));
	MUST(before != after);
	changes++;
	return after != MCR_IGMP_ROUTE_NONE && changes % 4 == 0 ? -ENOSPC : 0;
}

static void
ignore_limit(void *arg __rte_unused, uint32_t member __rte_unused, uint32_t group __rte_unused,
	enum mcr_igmp_rejection bound __rte_unused)
{
}

static struct mcr_igmp *
create(void)
{
	static const struct mcr_igmp_ops ops = {
		.send = ignore_send,
		.changed = count_change,
		.limited = ignore_limit,
		.refused = ignore_limit,
	};
	const struct mcr_igmp_member member = {.address = MCR_IPV4(10, 0, 0, 100)};
	struct mcr_igmp_config config;
	struct mcr_igmp *igmp;

	mcr_igmp_default_config(&config);
	config.max_members = 4;
	config.max_groups = 16;
	config.max_sources = 64;
	config.max_sources_per_group = 32;
	config.immediate_leave = true;
	config.max_hosts = MAX_HOSTS;
	igmp = mcr_igmp_create(&config, &ops, NULL);
	MUST(igmp != NULL && mcr_igmp_add_member(igmp, MEMBER, &member, 0) == 0);
	return igmp;
}

static void
put_right(uint8_t *packet, uint32_t len)
{
	const uint32_t header_len = 24;
	uint16_t checksum;

	if (len < header_len + 8)
		return;
	packet[0] = 0x46;
	packet[2] = (uint8_t)(len >> 8);
	packet[3] = (uint8_t)len;
	memset(packet + 6, 0, 2);
	packet[8] = 1;
	packet[9] = 2;
	/* An IP option, no text. */
	// NOLINTNEXTLINE(bugprone-not-null-terminated-result)
	memcpy(packet + 20, "\x94\x04\0\0", 4);
	memset(packet + 10, 0, 2);
	checksum = mcr_checksum(packet, header_len);
	memcpy(packet + 10, &checksum, 2);
	memset(packet + header_len + 2, 0, 2);
	checksum = mcr_checksum(packet + header_len, len - header_len);
	memcpy(packet + header_len + 2, &checksum, 2);
}

static void
deliver(struct mcr_igmp *igmp, const uint8_t *packet, uint32_t len)
{
	const uint32_t groups = mcr_igmp_count_groups(igmp), sources = mcr_igmp_count_sources(igmp);
	const uint32_t before = changes;

	if (mcr_igmp_receive(igmp, MEMBER, packet, len, 1000) == MCR_IGMP_ACCEPTED)
		return;
	MUST(mcr_igmp_count_groups(igmp) == groups);
	MUST(mcr_igmp_count_sources(igmp) == sources);
	MUST(changes == before);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_igmp *igmp = create();
	uint8_t *packet = malloc(size + 1);

	MUST(packet != NULL);
	changes = 0;
	mcr_igmp_run(igmp, 0);
	deliver(igmp, data, (uint32_t)size);
	if (size > 0)
		memcpy(packet, data, size);
	put_right(packet, (uint32_t)RTE_MIN(size, 65535u));
	deliver(igmp, packet, (uint32_t)RTE_MIN(size, 65535u));
	deliver(igmp, packet, (uint32_t)RTE_MIN(size, 65535u));
	mcr_igmp_retry(igmp, 1000, 2);
	MUST(mcr_igmp_count_waiting(igmp) <= mcr_igmp_count_groups(igmp));
	MUST(mcr_igmp_count_hosts(igmp) <= MAX_HOSTS);
	MUST(mcr_igmp_run(igmp, 10000000) != MCR_IGMP_NEVER);
	MUST(mcr_igmp_count_groups(igmp) == 0);
	MUST(mcr_igmp_count_sources(igmp) == 0);
	MUST(mcr_igmp_count_hosts(igmp) == 0);
	MUST(mcr_igmp_count_waiting(igmp) == 0);
	free(packet);
	mcr_igmp_free(igmp);
	return 0;
}
