/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * CPU time of joins, refreshes, leaves and timers with 100,000 (member, group) states: 1,000
 * members with 100 groups each, from packets to callbacks.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include "igmp_packet_fixture.h"
#include "wire.h"

#define MEMBERS 1000u
#define GROUPS 100u
#define STATES (MEMBERS * GROUPS)

static uint64_t changes, queries;

static int
count_query(void *arg __rte_unused, uint32_t member __rte_unused,
	const uint8_t *packet __rte_unused, uint32_t len __rte_unused)
{
	queries++;
	return 0;
}

static int
count_change(void *arg __rte_unused, uint32_t member __rte_unused, uint32_t group __rte_unused,
	uint32_t source __rte_unused, enum mcr_igmp_route before __rte_unused,
	enum mcr_igmp_route after __rte_unused)
{
	changes++;
	return 0;
}

static void
stop(void *arg __rte_unused, uint32_t member, uint32_t group, enum mcr_igmp_rejection bound)
{
	fprintf(stderr, "member %u, group %08x: %s\n", member, group,
		mcr_igmp_rejection_name(bound));
	exit(1);
}

static double
seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
print_cost(const char *what, uint32_t count, double start)
{
	const double elapsed = seconds() - start;

	printf("%-36s %9u in %7.1f ms, %6.0f ns each, %9.0f a second\n", what, count, elapsed * 1e3,
		elapsed / count * 1e9, count / elapsed);
}

/* The order of groups differs from member to member. */
static void
report_all(struct mcr_igmp *igmp, uint8_t type, uint16_t source_count, uint64_t now)
{
	static const uint8_t source[] = {192, 0, 2, 1};
	uint8_t packet[64];

	for (uint32_t i = 0; i < STATES; i++) {
		const uint32_t member = i % MEMBERS;
		const struct mcr_igmp_record record = {
			.type = type,
			.group = MCR_IPV4(239, 0, 0, 0) + (i / MEMBERS * 7919 + member) % 65536,
			.source_count = source_count,
			.sources = source,
		};

		if (mcr_igmp_receive(igmp, member, packet,
			    fixture_build_report(MCR_IPV4(10, 0, 0, 1), &record, 1, packet),
			    now) != MCR_IGMP_ACCEPTED)
			exit(1);
	}
}

static struct mcr_igmp *
create(void)
{
	static const struct mcr_igmp_ops ops = {
		.send = count_query, .changed = count_change, .limited = stop};
	const struct mcr_igmp_member member = {.address = MCR_IPV4(10, 255, 0, 1)};
	struct mcr_igmp_config config;
	struct mcr_igmp *igmp;

	mcr_igmp_default_config(&config);
	config.max_groups = STATES;
	config.max_sources = STATES;
	igmp = mcr_igmp_create(&config, &ops, NULL);
	if (igmp == NULL)
		exit(1);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		if (mcr_igmp_add_member(igmp, i, &member, 0) != 0)
			exit(1);
	}
	return igmp;
}

static void
bench(const char *title, uint8_t join, uint16_t join_sources, uint8_t leave, uint16_t leave_sources)
{
	struct mcr_igmp *igmp = create();
	double start;

	printf("%s\n", title);
	start = seconds();
	mcr_igmp_run(igmp, 0);
	print_cost("  general queries", MEMBERS, start);
	start = seconds();
	report_all(igmp, join, join_sources, 1000);
	print_cost("  joins", STATES, start);
	start = seconds();
	report_all(igmp, join, join_sources, 2000);
	print_cost("  refreshes", STATES, start);
	start = seconds();
	report_all(igmp, leave, leave_sources, 3000);
	mcr_igmp_run(igmp, 3000);
	print_cost("  leaves, each with its query", STATES, start);
	start = seconds();
	mcr_igmp_run(igmp, 4000);
	print_cost("  second queries", STATES, start);
	start = seconds();
	mcr_igmp_run(igmp, 5000);
	print_cost("  expiries", STATES, start);
	if (mcr_igmp_count_groups(igmp) != 0 || changes != 2 * STATES)
		exit(1);
	changes = 0;
	mcr_igmp_free(igmp);
}

int
main(void)
{
	bench("any source: TO_EX {}, TO_IN {}", MCR_IGMP_TO_EX, 0, MCR_IGMP_TO_IN, 0);
	bench("one source: ALLOW {s}, BLOCK {s}", MCR_IGMP_ALLOW, 1, MCR_IGMP_BLOCK, 1);
	return 0;
}
