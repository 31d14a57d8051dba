/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>

#include "mcr_placement.h"

/* "A.B.C.D/N", at most so long. */
#define NETWORK_MAX 18

static_assert(MCR_PLACEMENT_NETWORKS_MAX * (NETWORK_MAX + 1) <= MCR_PLACEMENT_NETWORKS_SIZE,
	"the text has room for all networks, a space or zero behind each");

static bool
parse_network(const char *text, struct mcr_placement_network *network)
{
	char address[INET_ADDRSTRLEN], end;
	struct in_addr parsed;
	unsigned int length;

	if (sscanf(text, "%15[0-9.]/%2u%c", address, &length, &end) != 2 || length > 32 ||
		inet_pton(AF_INET, address, &parsed) != 1)
		return false;
	network->address = rte_be_to_cpu_32(parsed.s_addr);
	network->length = length;
	return length == 32 || network->address << length == 0;
}

int
mcr_placement_parse_networks(const char *text, struct mcr_placement_network *networks)
{
	int count = 0;

	while (*(text += strspn(text, " ")) != '\0') {
		const size_t len = strcspn(text, " ");
		char one[NETWORK_MAX + 1];

		if (len > NETWORK_MAX || count == MCR_PLACEMENT_NETWORKS_MAX)
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		if (!parse_network(one, &networks[count++]))
			return -EINVAL;
		text += len;
	}
	return count;
}

void
mcr_placement_format_networks(const struct mcr_placement_network *networks, uint32_t count,
	char text[MCR_PLACEMENT_NETWORKS_SIZE])
{
	size_t used = 0;

	RTE_ASSERT(count <= MCR_PLACEMENT_NETWORKS_MAX);
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++)
		used += snprintf(text + used, MCR_PLACEMENT_NETWORKS_SIZE - used,
			"%s%u.%u.%u.%u/%u", i != 0 ? " " : "", networks[i].address >> 24,
			networks[i].address >> 16 & 0xff, networks[i].address >> 8 & 0xff,
			networks[i].address & 0xff, networks[i].length);
}
