/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Write and read 100,000 groups, ten a member. */

#include <stdio.h>

#include <rte_cycles.h>

#include "mcr_state.h"

#define MEMBERS 10000u
#define GROUPS 10u

static void
ignore_secret(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN])
{
	(void)arg;
	(void)secret;
}

static void
count_member(void *arg, const struct mcr_member_identity *identity)
{
	(void)arg;
	(void)identity;
}

static void
ignore_nat_port(void *arg, uint16_t port)
{
	(void)arg;
	(void)port;
}

static void
ignore_hub_address(void *arg, uint32_t address)
{
	(void)arg;
	(void)address;
}

static void
ignore_neighbour(void *arg, const struct mcr_state_neighbour *neighbour)
{
	(void)arg;
	(void)neighbour;
}

static void
count_group(void *arg, const struct mcr_state_group *group)
{
	uint32_t *groups = arg;

	(void)group;
	++*groups;
}

static void
write_all(struct mcr_state_text *text)
{
	struct mcr_member_identity identity = {.encap = MCR_ENCAP_GRE};

	mcr_state_begin(text);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		identity.address = RTE_IPV4(10u, 0, 0, 0) + i;
		mcr_state_add_member(text, &identity);
		for (uint32_t j = 0; j < GROUPS; j++) {
			const struct mcr_state_group group = {
				.group = RTE_IPV4(239u, 0, 0, 0) + i * GROUPS + j,
				.exclude = true,
			};

			mcr_state_add_group(text, &group);
		}
	}
}

int
main(void)
{
	static const struct mcr_state_ops ops = {ignore_secret, count_member, ignore_nat_port,
		ignore_hub_address, count_group, ignore_neighbour};
	struct mcr_state_text text = {0};
	uint64_t start = rte_rdtsc(), written, ended, read;
	uint32_t groups = 0, line;

	write_all(&text);
	written = rte_rdtsc();
	if (mcr_state_end(&text) != 0)
		return 1;
	ended = rte_rdtsc();
	if (mcr_state_read(text.bytes, text.length, &ops, &groups, &line) != 0)
		return 1;
	read = rte_rdtsc();
	printf("%u groups, %zu bytes; cycles a group: write %.0f, checksum %.0f, read %.0f\n",
		groups, text.length, (double)(written - start) / groups,
		(double)(ended - written) / groups, (double)(read - ended) / groups);
	mcr_state_free(&text);
	return 0;
}
