/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "telemetry.h"

/* How many receivers an explanation names; the rest is to be had by /mcdpdk/receivers. */
#define RECEIVERS_SHOWN 16

/** What would happen to a packet, found as the data path finds it. */
struct explanation {
	const char *verdict;
	struct mcr_group_ref match;
	const struct mcr_receivers *receivers;
	const struct mcr_receivers *flooded; /* its segment; NULL: it does not flood one */
	uint32_t sender_address;
	uint32_t vni;
};

/** Called for each receiver that would get a copy. */
typedef void (*visitor)(void *arg, uint32_t member);

/* Of members that share an address, who most likely is meant: one that may send, and of these the
 * one whose packets come plain; what is declared to receive datagrams comes last. */
static unsigned int
rank_sender(const struct mcr_member *member)
{
	if (member->identity.encap == MCR_ENCAP_UDP)
		return 0;
	if (member->role == MCR_ROLE_RECEIVER)
		return 1;
	return member->identity.encap == MCR_ENCAP_L2 ? 3 : 2;
}

/* Whatever an AMT gateway sends, it does not send it as that. */
static const struct mcr_member *
find_address(const struct mcr_hub *hub, uint32_t address, uint32_t *found)
{
	const struct mcr_member *best = NULL;

	for (uint32_t id = mcr_member_next(hub->members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(hub->members, id)) {
		const struct mcr_member *member = mcr_member_get(hub->members, id);

		if (member->identity.address != address || member->origin == MCR_MEMBER_AMT ||
			(best != NULL && rank_sender(member) <= rank_sender(best)))
			continue;
		best = member;
		*found = id;
	}
	return best;
}

/* A member's name, or the underlay address of any member. */
static const struct mcr_member *
find_sender(const struct mcr_hub *hub, const char *text, uint32_t *id)
{
	struct in_addr in;

	*id = mcr_member_find_name(hub->members, text);
	if (*id != MCR_MEMBER_NONE)
		return mcr_member_get(hub->members, *id);
	if (inet_pton(AF_INET, text, &in) != 1)
		return NULL;
	return find_address(hub, rte_be_to_cpu_32(in.s_addr), id);
}

static bool
is_flooded(const struct mcr_hub *hub, const struct explanation *explanation, uint32_t id)
{
	const struct mcr_member_identity *identity = &mcr_member_get(hub->members, id)->identity;

	return explanation->flooded != NULL && identity->encap == MCR_ENCAP_VXLAN &&
	       identity->key == explanation->vni;
}

static void
visit_list(const struct mcr_hub *hub, const struct explanation *explanation,
	const struct mcr_receivers *list, visitor visit, void *arg)
{
	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		const uint32_t id = list->at[i].member;

		if (list->at[i].address != explanation->sender_address &&
			(list == explanation->flooded || !is_flooded(hub, explanation, id)))
			visit(arg, id);
	}
}

/* The segment, then whom the group has beyond it, as tx.c does. */
static void
visit_receivers(
	const struct mcr_hub *hub, const struct explanation *explanation, visitor visit, void *arg)
{
	visit_list(hub, explanation, explanation->flooded, visit, arg);
	visit_list(hub, explanation, explanation->receivers, visit, arg);
}

static void
count_one(void *arg, uint32_t member)
{
	RTE_SET_USED(member);
	++*(uint32_t *)arg;
}

static uint32_t
count_receivers(const struct mcr_hub *hub, const struct explanation *explanation)
{
	uint32_t count = 0;

	visit_receivers(hub, explanation, count_one, &count);
	return count;
}

static void
find_segment(const struct mcr_hub *hub, const struct mcr_member *sender, uint32_t group,
	struct explanation *explanation)
{
	if (sender->identity.encap != MCR_ENCAP_VXLAN || !mcr_floods_segment(group))
		return;
	explanation->vni = sender->identity.key;
	explanation->flooded = mcr_segment_receivers(hub->segments, explanation->vni);
}

static void
decide(const struct mcr_hub *hub, const char *sender, const struct mcr_group_key *key,
	struct explanation *explanation)
{
	const struct mcr_flow flow = {.source = key->source, .group = key->group};
	uint32_t id;
	const struct mcr_member *member = find_sender(hub, sender, &id);

	explanation->match.id = MCR_GROUP_NONE;
	explanation->verdict = mcr_stats_drop_name(MCR_DROP_SOURCE_DENIED);
	if (member == NULL)
		return;
	explanation->sender_address = member->identity.address;
	mcr_group_find(hub->groups, flow, &explanation->match);
	explanation->verdict = mcr_stats_drop_name(MCR_DROP_SENDER_DENIED);
	if (member->role == MCR_ROLE_RECEIVER ||
		(explanation->match.id != MCR_GROUP_NONE &&
			!mcr_group_may_send(
				hub->groups, explanation->match, id, member->identity.address)))
		return;
	explanation->verdict = mcr_stats_drop_name(MCR_DROP_NO_RECEIVER);
	if (explanation->match.id != MCR_GROUP_NONE)
		explanation->receivers = mcr_group_receivers(hub->groups, explanation->match);
	find_segment(hub, member, key->group, explanation);
	if (count_receivers(hub, explanation) != 0)
		explanation->verdict = "replicate";
}

static struct rte_tel_data *
describe_receiver(const struct mcr_hub *hub, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(hub->members, id);
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	mcr_telemetry_format_next_hop(hub, id, mac);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "member", member->name);
	rte_tel_data_add_dict_string(record, "encap", mcr_encap_name(member->identity.encap));
	rte_tel_data_add_dict_string(record, "next_hop_mac", mac);
	rte_tel_data_add_dict_u64(record, "mtu", member->mtu);
	return record;
}

struct records {
	const struct mcr_hub *hub;
	struct rte_tel_data *answer;
	uint32_t total;
};

static void
add_record(void *arg, uint32_t member)
{
	struct records *records = arg;
	struct rte_tel_data *record = NULL;

	if (records->total < RECEIVERS_SHOWN)
		record = describe_receiver(records->hub, member);
	if (record != NULL)
		mcr_telemetry_add_record(records->answer, records->total, record);
	records->total++;
}

static void
format_match(const struct mcr_hub *hub, struct mcr_group_ref match, char text[MCR_GROUP_TEXT_SIZE])
{
	struct mcr_group_key key;

	text[0] = '\0';
	if (match.id == MCR_GROUP_NONE)
		return;
	key = mcr_group_key_of(hub->groups, match.id);
	if (key.group == MCR_GROUP_FALLBACK)
		snprintf(text, MCR_GROUP_TEXT_SIZE, "unknown_groups");
	else
		mcr_telemetry_format_group(&key, text);
}

void
mcr_telemetry_explain(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_hub *hub = control->hub;
	struct explanation explanation = {0};
	char sender[RTE_TEL_MAX_STRING_LEN], match[MCR_GROUP_TEXT_SIZE];
	char error[RTE_TEL_MAX_STRING_LEN];
	struct mcr_group_key key;
	const char *group = strchr(params, ','), *source;
	struct records records = {.hub = hub, .answer = answer};

	if (group == NULL) {
		mcr_telemetry_error(answer, "parameters are SENDER,G[,S], not %s", params);
		return;
	}
	snprintf(sender, sizeof(sender), "%.*s", (int)(group - params), params);
	source = strchr(group + 1, ',');
	if (!mcr_telemetry_check_source(hub, source == NULL ? NULL : source + 1, error)) {
		mcr_telemetry_error(answer, "%s", error);
		return;
	}
	if (!mcr_telemetry_parse_group(group + 1, &key) || key.length != 32) {
		mcr_telemetry_error(answer, "not a group (G or G,S): %s", group + 1);
		return;
	}
	decide(hub, sender, &key, &explanation);
	format_match(hub, explanation.match, match);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "verdict", explanation.verdict);
	rte_tel_data_add_dict_string(answer, "match", match);
	visit_receivers(hub, &explanation, add_record, &records);
	rte_tel_data_add_dict_u64(answer, "total", records.total);
}
