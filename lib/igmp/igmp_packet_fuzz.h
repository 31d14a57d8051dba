/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: one packet, as it is and repaired. A rejected packet must change nothing. With
 * FAMILY_IPV6 it is one of MLD. */

#ifndef MCR_IGMP_PACKET_FUZZ_H
#define MCR_IGMP_PACKET_FUZZ_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include <mcr_address.h>

#include "mcr_igmp.h"

#include "family_fixture.h"

#define MEMBER 3
#define MAX_HOSTS 8
#define MAX_GROUPS 16
#define MAX_SOURCES 64
/* The other querier too; each host has four sources. */
#define MAX_NUMBERS (MAX_GROUPS + MAX_SOURCES + 5 * MAX_HOSTS + 1)

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

	if (packet[FAMILY_HEADERS_LEN] != FAMILY_ADVERTISEMENT) {
		MUST(family_parse(packet, len, &message) == MCR_IGMP_ACCEPTED);
		family_release(&message);
	}
	return ++packets % 4 == 0 ? -ENOBUFS : 0;
}

/* Some changes are refused. */
static int
count_change(void *arg __rte_unused, uint32_t member __rte_unused, uint32_t group,
	uint32_t source __rte_unused, enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	MUST(mcr_address_is_multicast(group));
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
	const struct mcr_igmp_member member = {.address = HUB};
	struct mcr_igmp_config config;
	struct mcr_igmp *igmp;

	family_default_config(&config);
	config.max_members = 4;
	config.max_groups = MAX_GROUPS;
	config.max_sources = MAX_SOURCES;
	config.max_sources_per_group = 32;
	config.immediate_leave = true;
	config.max_hosts = MAX_HOSTS;
	igmp = mcr_igmp_create(&config, &ops, NULL);
	MUST(igmp != NULL && mcr_igmp_add_member(igmp, MEMBER, &member, 0) == 0);
	return igmp;
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
	const uint32_t numbers = mcr_address_count();
	struct mcr_igmp *igmp = create();
	uint8_t *packet = malloc(size + 1);

	MUST(packet != NULL);
	changes = 0;
	mcr_igmp_run(igmp, 0);
	deliver(igmp, data, (uint32_t)size);
	if (size > 0)
		memcpy(packet, data, size);
	family_put_right(packet, (uint32_t)RTE_MIN(size, 65535u));
	deliver(igmp, packet, (uint32_t)RTE_MIN(size, 65535u));
	deliver(igmp, packet, (uint32_t)RTE_MIN(size, 65535u));
	mcr_igmp_retry(igmp, 1000, 2);
	MUST(mcr_address_count() <= numbers + MAX_NUMBERS);
	MUST(mcr_igmp_count_waiting(igmp) <= mcr_igmp_count_groups(igmp));
	MUST(mcr_igmp_count_hosts(igmp) <= MAX_HOSTS);
	MUST(mcr_igmp_run(igmp, 10000000) != MCR_IGMP_NEVER);
	MUST(mcr_igmp_count_groups(igmp) == 0);
	MUST(mcr_igmp_count_sources(igmp) == 0);
	MUST(mcr_igmp_count_hosts(igmp) == 0);
	MUST(mcr_igmp_count_waiting(igmp) == 0);
	free(packet);
	mcr_igmp_free(igmp);
	MUST(mcr_address_count() == numbers);
	mcr_address_reclaim(NULL);
	return 0;
}

#endif
