/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include "reader.h"

static bool
is_heard_on_udp(const struct mcr_config_member *member)
{
	return member->address != 0 &&
	       (member->encap == MCR_ENCAP_GRE_UDP || member->encap == MCR_ENCAP_VXLAN);
}

/* firsts[UDP port]: index of the first member that sends to it, plus 1. */
static void
check_members(struct mcr_config_reader *reader, uint32_t *firsts)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path members = {.key = "members"};
	struct mcr_config_path member = {.parent = &members};
	const struct mcr_config_path at = {.parent = &member, .key = "udp_port"};

	for (; member.index < config->member_count; member.index++) {
		const struct mcr_config_member *this = &config->members[member.index];
		const uint32_t first = firsts[this->udp_port];

		if (!is_heard_on_udp(this))
			continue;
		RTE_ASSERT(this->udp_port != 0 && first <= member.index);
		if (first == 0)
			firsts[this->udp_port] = member.index + 1;
		else if (config->members[first - 1].encap != this->encap)
			mcr_config_add_error(reader, &at,
				"%u is used by members[%u], whose encap is \"%s\"", this->udp_port,
				first - 1,
				mcr_config_encap_names[config->members[first - 1].encap]);
	}
}

/* Admitted members send to the port of RFC 8086. */
static void
check_admits(struct mcr_config_reader *reader, const uint32_t *firsts)
{
	const struct mcr_config *config = reader->config;
	const uint32_t first = firsts[MCR_GRE_UDP_PORT];
	const struct mcr_config_path admits = {.key = "admit"};
	struct mcr_config_path admit = {.parent = &admits};
	const struct mcr_config_path at = {.parent = &admit, .key = "encap"};

	if (first == 0 || config->members[first - 1].encap == MCR_ENCAP_GRE_UDP)
		return;
	/* The message names vxlan. */
	RTE_ASSERT(config->members[first - 1].encap == MCR_ENCAP_VXLAN);
	for (; admit.index < config->admit_count; admit.index++) {
		if ((config->admits[admit.index].encaps & 1u << MCR_ENCAP_GRE_UDP) != 0)
			mcr_config_add_error(reader, &at,
				"the UDP port of \"gre-udp\", %u, is used by members[%u], whose "
				"encap is \"vxlan\"",
				MCR_GRE_UDP_PORT, first - 1);
	}
}

static bool
has_gre_udp_links(const struct mcr_config *config)
{
	return config->domain.name[0] != '\0' && config->domain.encap == MCR_ENCAP_GRE_UDP;
}

static void
check_domain(struct mcr_config_reader *reader, const uint32_t *firsts)
{
	const struct mcr_config *config = reader->config;
	const uint32_t first = firsts[MCR_GRE_UDP_PORT];
	const struct mcr_config_path domain = {.key = "domain"};
	const struct mcr_config_path at = {.parent = &domain, .key = "encap"};

	if (has_gre_udp_links(config) && first != 0 &&
		config->members[first - 1].encap != MCR_ENCAP_GRE_UDP)
		mcr_config_add_error(reader, &at,
			"the UDP port of \"gre-udp\", %u, is used by members[%u], whose encap is "
			"\"%s\"",
			MCR_GRE_UDP_PORT, first - 1,
			mcr_config_encap_names[config->members[first - 1].encap]);
}

/* The first rule that admits GRE in UDP, or admit_count. */
static uint32_t
find_gre_udp(const struct mcr_config *config)
{
	uint32_t i = 0;

	while (i < config->admit_count && (config->admits[i].encaps & 1u << MCR_ENCAP_GRE_UDP) == 0)
		i++;
	return i;
}

/* Only the port identifies packets to the relay. */
static void
check_amt(struct mcr_config_reader *reader, const uint32_t *firsts)
{
	const struct mcr_config *config = reader->config;
	const uint32_t first = firsts[config->amt.port];
	const struct mcr_config_path amt = {.key = "amt"};
	const struct mcr_config_path at = {.parent = &amt, .key = "port"};
	const uint32_t admit = find_gre_udp(config);

	RTE_ASSERT(first <= config->member_count);
	if (!config->amt.enabled)
		return;
	if (first != 0)
		mcr_config_add_error(reader, &at,
			"%u is used by members[%u], whose encap is \"%s\"", config->amt.port,
			first - 1, mcr_config_encap_names[config->members[first - 1].encap]);
	else if (config->amt.port == MCR_GRE_UDP_PORT && admit < config->admit_count)
		mcr_config_add_error(reader, &at,
			"%u is the UDP port of \"gre-udp\", which admit[%u] names",
			MCR_GRE_UDP_PORT, admit);
	else if (config->amt.port == MCR_GRE_UDP_PORT && has_gre_udp_links(config))
		mcr_config_add_error(reader, &at,
			"%u is the UDP port of \"gre-udp\", which domain.encap names",
			MCR_GRE_UDP_PORT);
}

void
mcr_config_check_udp_ports(struct mcr_config_reader *reader)
{
	uint32_t *firsts = mcr_config_alloc(reader, UINT16_MAX + 1, sizeof(*firsts));

	if (firsts == NULL)
		return;
	check_members(reader, firsts);
	check_admits(reader, firsts);
	check_domain(reader, firsts);
	check_amt(reader, firsts);
	free(firsts);
}
