/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

/* All pairs are compared. More rules are unlikely and would slow down the data path. */
#define PAIRS_MAX 1024

/* The first matching rule applies. */
static void
warn_covered_rules(struct mcr_config_reader *reader)
{
	const struct mcr_config_admit *rules = reader->config->admits;
	const uint32_t count = RTE_MIN(reader->config->admit_count, PAIRS_MAX + 0u);
	struct mcr_config_finding found = {0};
	int encap = 0;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if ((rules[i].encaps & rules[j].encaps) == 0 ||
				!mcr_config_covers(&rules[j].prefix, &rules[i].prefix))
				continue;
			if (found.count == 0)
				encap = __builtin_ctz(rules[i].encaps & rules[j].encaps);
			mcr_config_find(&found, i, j);
			break;
		}
	}
	mcr_config_add_finding(reader, "admit", "prefix", &found,
		"is covered by admit[%u], which comes first: this rule admits no member with "
		"encap \"%s\"",
		found.other, mcr_config_encap_names[encap]);
}

static void
warn_covered(struct mcr_config_reader *reader, const char *section, const char *key,
	const struct mcr_config_prefix *prefixes, uint32_t count)
{
	const struct mcr_config_path top = {.key = section};
	const struct mcr_config_path list = {.parent = &top, .key = key};
	struct mcr_config_path at = {.parent = &list};

	for (; at.index < RTE_MIN(count, PAIRS_MAX + 0u); at.index++) {
		for (uint32_t j = 0; j < RTE_MIN(count, PAIRS_MAX + 0u); j++) {
			if (j == at.index ||
				!mcr_config_covers(&prefixes[j], &prefixes[at.index]) ||
				(j > at.index &&
					mcr_config_covers(&prefixes[at.index], &prefixes[j])))
				continue;
			mcr_config_add_warning(reader, &at, "is covered by %s[%u]", key, j);
			break;
		}
	}
}

/* l2 reaches only on-link members. */
static bool
is_reached(const struct mcr_config *config, const struct mcr_config_prefix *prefix, bool needs_link)
{
	for (uint32_t i = 0; i < config->port_count; i++) {
		const struct mcr_config_port *port = &config->ports[i];
		const struct mcr_config_prefix link = mcr_config_link_of(port, prefix->address);

		if (mcr_config_is_on_link(port, prefix->address) ||
			(link.length != 0 && mcr_config_overlaps(&link, prefix)))
			return true;
		if (!needs_link && mcr_config_has_gateway(port, prefix->address))
			return true;
	}
	return false;
}

static void
warn_unreached(struct mcr_config_reader *reader)
{
	static const char text[] = "none of it is in a port's prefix%s";
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path amt = {.key = "amt"};
	const struct mcr_config_path prefixes = {.parent = &amt, .key = "prefixes"};
	struct mcr_config_path at = {.parent = &prefixes};
	struct mcr_config_finding rules = {0}, plain = {0};

	for (uint32_t i = 0; i < config->admit_count; i++) {
		const struct mcr_config_admit *rule = &config->admits[i];

		if (!is_reached(config, &rule->prefix, false))
			mcr_config_find(&rules, i, i);
		else if ((rule->encaps & 1u << MCR_ENCAP_L2) != 0 &&
			 !is_reached(config, &rule->prefix, true))
			mcr_config_find(&plain, i, i);
	}
	mcr_config_add_finding(
		reader, "admit", "prefix", &rules, text, ", and no port has a gateway");
	mcr_config_add_finding(reader, "admit", "prefix", &plain, text,
		": members admitted with encap \"l2\" must be on-link");
	for (; at.index < config->amt.prefix_count; at.index++)
		if (!is_reached(config, &config->amt.prefixes[at.index], false))
			mcr_config_add_warning(reader, &at, text, ", and no port has a gateway");
}

static void
warn_full_limit(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path limits = {.key = "limits"};
	const struct mcr_config_path members = {.parent = &limits, .key = "members"};

	RTE_ASSERT(config->member_count <= config->limits.members);
	if (config->member_count == config->limits.members &&
		(config->admit_count > 0 || config->amt.enabled))
		mcr_config_add_warning(reader, &members,
			"is used up by declared members: no other can be admitted or connect");
}

static bool
names_groups(const struct mcr_config_join *join, bool is_ipv6)
{
	for (uint32_t i = 0; i < join->group_count; i++)
		if (mcr_address_is_ipv6(join->groups[i].address) == is_ipv6)
			return true;
	return false;
}

/* By IGMP, or by MLD, which not every encapsulation carries. */
static bool
lets_join(const struct mcr_config *config, const struct mcr_config_join *join, bool takes_ipv6)
{
	const struct mcr_config_igmp *igmp = &config->igmp, *mld = &config->mld;

	RTE_ASSERT(join->is_given || join->group_count == 0);
	if (!join->is_given)
		return (igmp->enabled && igmp->group_count > 0) ||
		       (takes_ipv6 && mld->enabled && mld->group_count > 0);
	return (igmp->enabled && names_groups(join, false)) ||
	       (takes_ipv6 && mld->enabled && names_groups(join, true));
}

static bool
take_ipv6(uint32_t encaps)
{
	for (int i = 0; i < MCR_ENCAP_COUNT; i++)
		if ((encaps & 1u << i) != 0 && mcr_encap_takes(i, false, true))
			return true;
	return false;
}

static bool
has_joining_admit(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (lets_join(config, &config->admits[i].join, take_ipv6(config->admits[i].encaps)))
			return true;
	return false;
}

static bool
has_joining_member(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		if (member->join.is_given &&
			lets_join(config, &member->join, mcr_config_takes(member, true)))
			return true;
	}
	return false;
}

/* A list for some members names groups of the family. */
static bool
is_joined_by_some(const struct mcr_config *config, bool is_ipv6)
{
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (names_groups(&config->admits[i].join, is_ipv6))
			return true;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (names_groups(&config->members[i].join, is_ipv6))
			return true;
	return false;
}

/* What a list says of one family. */
static void
warn_unused_joins_of(
	struct mcr_config_reader *reader, const struct mcr_config_igmp *protocol, bool is_ipv6)
{
	const char *const name = is_ipv6 ? "mld" : "igmp";
	const int family = is_ipv6 ? 6 : 4;
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding members = {0}, rules = {0}, plain = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		if (member->role == MCR_CONFIG_ROLE_SENDER || !names_groups(&member->join, is_ipv6))
			continue;
		if (!protocol->enabled)
			mcr_config_find(&members, i, i);
		else if (!mcr_config_takes(member, is_ipv6))
			mcr_config_find(&plain, i, i);
	}
	for (uint32_t i = 0; i < config->admit_count && !protocol->enabled; i++)
		if (names_groups(&config->admits[i].join, is_ipv6))
			mcr_config_find(&rules, i, i);
	mcr_config_add_finding(reader, "members", "join", &members,
		"its IPv%d groups have no effect while %s is false", family, name);
	mcr_config_add_finding(reader, "members", "join", &plain,
		"its IPv6 groups have no effect with an encap that takes none");
	mcr_config_add_finding(reader, "admit", "join", &rules,
		"its IPv%d groups have no effect while %s is false", family, name);
}

static void
warn_unused_joins(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding senders = {0};

	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].join.is_given &&
			config->members[i].role == MCR_CONFIG_ROLE_SENDER)
			mcr_config_find(&senders, i, i);
	mcr_config_add_finding(reader, "members", "join", &senders,
		"has no effect on a member with role \"sender\"");
	warn_unused_joins_of(reader, &config->igmp, false);
	warn_unused_joins_of(reader, &config->mld, true);
}

static void
warn_no_groups(struct mcr_config_reader *reader, const char *section,
	const struct mcr_config_igmp *protocol, bool is_ipv6)
{
	const struct mcr_config_path top = {.key = section};
	const struct mcr_config_path groups = {.parent = &top, .key = "groups"};

	if (protocol->enabled && protocol->group_count == 0 &&
		!is_joined_by_some(reader->config, is_ipv6))
		mcr_config_add_warning(reader, &groups, "no group may be joined");
}

static bool
may_take_ipv6(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (take_ipv6(config->admits[i].encaps))
			return true;
	return config->ipv6_receivers.count > 0;
}

static void
warn_igmp(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path admit = {.key = "admit"};
	const struct mcr_config_path state_file = {.key = "state_file"};
	const struct mcr_config_join none_given = {0};
	const bool admitted_join = has_joining_admit(config);
	const bool can_join = lets_join(config, &none_given, may_take_ipv6(config)) ||
	                      admitted_join || has_joining_member(config);

	warn_no_groups(reader, "igmp", &config->igmp, false);
	warn_no_groups(reader, "mld", &config->mld, true);
	if (config->admit_count > 0 && !admitted_join)
		mcr_config_add_warning(reader, &admit,
			"admitted members receive only what they join, and neither igmp nor mld "
			"allows them joins");
	if (config->state_file != NULL && !can_join && !config->amt.enabled)
		mcr_config_add_warning(reader, &state_file,
			"has nothing to save, because neither igmp nor mld allows joins");
}

void
mcr_config_warn_learning(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;

	warn_igmp(reader);
	warn_unused_joins(reader);
	warn_covered(reader, "igmp", "groups", config->igmp.groups, config->igmp.group_count);
	warn_covered(reader, "mld", "groups", config->mld.groups, config->mld.group_count);
	warn_covered(reader, "amt", "prefixes", config->amt.prefixes, config->amt.prefix_count);
	warn_covered_rules(reader);
	warn_unreached(reader);
	warn_full_limit(reader);
}
