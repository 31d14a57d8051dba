/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mcr_address.h>
#include <rte_byteorder.h>
#include <rte_debug.h>

#include "mcr_placement.h"

/* "ADDRESS/N", at most so long, with a zero behind it. */
#define NETWORK_SIZE MCR_ADDRESS_TEXT

static_assert(MCR_PLACEMENT_FAMILY_MAX * (INET_ADDRSTRLEN + 3) <= MCR_PLACEMENT_NETWORKS_SIZE,
	"the text has room for all networks of IPv4, a space or zero behind each");

static bool
parse_ipv4(const char *text, struct mcr_placement_network *network)
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

static bool
has_host_bits(const struct in6_addr *address, uint8_t length)
{
	struct in6_addr host = *address;

	memset(&host, 0, length / 8);
	if (length % 8 != 0)
		host.s6_addr[length / 8] &= 0xff >> length % 8;
	return !IN6_IS_ADDR_UNSPECIFIED(&host);
}

static bool
parse_ipv6(const char *text, struct mcr_placement_network *network)
{
	network->is_ipv6 = true;
	if (strcmp(text, "::/0") == 0)
		return true;
	return strchr(text, '/') != NULL &&
	       mcr_address_parse_ipv6(text, &network->address6, &network->length) &&
	       !has_host_bits(&network->address6, network->length);
}

static uint32_t
count_of_family(const struct mcr_placement_network *networks, uint32_t count, bool is_ipv6)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += networks[i].is_ipv6 == is_ipv6;
	return found;
}

int
mcr_placement_parse_networks(const char *text, struct mcr_placement_network *networks)
{
	int count = 0;

	while (*(text += strspn(text, " ")) != '\0') {
		const size_t len = strcspn(text, " ");
		struct mcr_placement_network network = {0};
		char one[NETWORK_SIZE];

		if (len >= sizeof(one))
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		if (!(strchr(one, ':') != NULL ? parse_ipv6(one, &network)
					       : parse_ipv4(one, &network)) ||
			count_of_family(networks, count, network.is_ipv6) ==
				MCR_PLACEMENT_FAMILY_MAX)
			return -EINVAL;
		networks[count++] = network;
		text += len;
	}
	return count;
}

static size_t
format_network(const struct mcr_placement_network *network, char text[NETWORK_SIZE])
{
	size_t length;

	if (!network->is_ipv6)
		return snprintf(text, NETWORK_SIZE, "%u.%u.%u.%u/%u", network->address >> 24,
			network->address >> 16 & 0xff, network->address >> 8 & 0xff,
			network->address & 0xff, network->length);
	mcr_address_format_ipv6(&network->address6, MCR_IPV6_LENGTH, text);
	length = strlen(text);
	return length + snprintf(text + length, NETWORK_SIZE - length, "/%u", network->length);
}

bool
mcr_placement_is_same_network(
	const struct mcr_placement_network *a, const struct mcr_placement_network *b)
{
	return a->is_ipv6 == b->is_ipv6 && a->length == b->length && a->address == b->address &&
	       IN6_ARE_ADDR_EQUAL(&a->address6, &b->address6);
}

uint32_t
mcr_placement_add_network(struct mcr_placement_network *networks, uint32_t count,
	const struct mcr_placement_network *network)
{
	char text[NETWORK_SIZE];
	size_t size = format_network(network, text) + 1;

	for (uint32_t i = 0; i < count; i++) {
		if (mcr_placement_is_same_network(&networks[i], network))
			return count;
		if (networks[i].is_ipv6 == network->is_ipv6)
			size += format_network(&networks[i], text) + 1;
	}
	if (size > MCR_PLACEMENT_NETWORKS_SIZE ||
		count_of_family(networks, count, network->is_ipv6) == MCR_PLACEMENT_FAMILY_MAX)
		return count;
	networks[count] = *network;
	return count + 1;
}

void
mcr_placement_format_networks(const struct mcr_placement_network *networks, uint32_t count,
	bool is_ipv6, char text[MCR_PLACEMENT_NETWORKS_SIZE])
{
	char one[NETWORK_SIZE];
	size_t used = 0;

	RTE_ASSERT(count <= MCR_PLACEMENT_NETWORKS_MAX);
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		if (networks[i].is_ipv6 != is_ipv6)
			continue;
		format_network(&networks[i], one);
		used += snprintf(text + used, MCR_PLACEMENT_NETWORKS_SIZE - used, "%s%s",
			used != 0 ? " " : "", one);
		RTE_ASSERT(used < MCR_PLACEMENT_NETWORKS_SIZE);
	}
}
