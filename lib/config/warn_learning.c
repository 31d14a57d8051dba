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
	for (uint32_t i = 0; i < config->port_count; i++)
		if (mcr_config_overlaps(&config->ports[i].address, prefix) ||
			(!needs_link && config->ports[i].has_gateway))
			return true;
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
lets_join(const struct mcr_config_igmp *igmp, const struct mcr_config_join *join)
{
	RTE_ASSERT(join->is_given || join->group_count == 0);
	return igmp->enabled && (join->is_given ? join->group_count : igmp->group_count) > 0;
}

static bool
has_joining_admit(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (lets_join(&config->igmp, &config->admits[i].join))
			return true;
	return false;
}

static bool
has_joining_member(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].join.is_given &&
			lets_join(&config->igmp, &config->members[i].join))
			return true;
	return false;
}

static void
warn_unused_joins(struct mcr_config_reader *reader)
{
	static const char off[] = "has no effect while igmp is false";
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding members = {0}, senders = {0}, rules = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		if (!config->members[i].join.is_given)
			continue;
		if (config->members[i].role == MCR_CONFIG_ROLE_SENDER)
			mcr_config_find(&senders, i, i);
		else if (!config->igmp.enabled)
			mcr_config_find(&members, i, i);
	}
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (config->admits[i].join.is_given && !config->igmp.enabled)
			mcr_config_find(&rules, i, i);
	mcr_config_add_finding(reader, "members", "join", &senders,
		"has no effect on a member with role \"sender\"");
	mcr_config_add_finding(reader, "members", "join", &members, off);
	mcr_config_add_finding(reader, "admit", "join", &rules, off);
}

static void
warn_igmp(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path igmp = {.key = "igmp"};
	const struct mcr_config_path groups = {.parent = &igmp, .key = "groups"};
	const struct mcr_config_path admit = {.key = "admit"};
	const struct mcr_config_path state_file = {.key = "state_file"};
	const bool admitted_join = has_joining_admit(config);
	const bool can_join = (config->igmp.enabled && config->igmp.group_count > 0) ||
	                      admitted_join || has_joining_member(config);

	if (config->igmp.enabled && !can_join)
		mcr_config_add_warning(reader, &groups, "no group may be joined");
	if (config->admit_count > 0 && !admitted_join)
		mcr_config_add_warning(reader, &admit,
			"admitted members receive only what they join, and igmp allows no joins");
	if (config->state_file != NULL && !can_join && !config->amt.enabled)
		mcr_config_add_warning(
			reader, &state_file, "has nothing to save, because igmp allows no joins");
}

void
mcr_config_warn_learning(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;

	warn_igmp(reader);
	warn_unused_joins(reader);
	warn_covered(reader, "igmp", "groups", config->igmp.groups, config->igmp.group_count);
	warn_covered(reader, "amt", "prefixes", config->amt.prefixes, config->amt.prefix_count);
	warn_covered_rules(reader);
	warn_unreached(reader);
	warn_full_limit(reader);
}
