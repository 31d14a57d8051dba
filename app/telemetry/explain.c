/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <string.h>

#include <rte_debug.h>

#include "fib/policy.h"
#include "telemetry/commands.h"
#include "telemetry/explanation.h"

/* /mcdpdk/receivers lists the others. */
#define RECEIVERS_SHOWN 16

#define BROADCAST "255.255.255.255"

/* Only a packet shows these. */
static const char *const not_looked_at[] = {
	"the encapsulation, key, VNI and MAC of a real packet",
	"the port that it arrives at, and its destination MAC",
	"its lengths, checksums and fragments",
	"IGMP and MLD, which are never replicated",
	"its size beside the receivers' MTU",
	"rates, full queues and empty pools",
};
#define NOT_ITS_TTL "its TTL, which has to be above 1 to leave its segment"

static struct rte_tel_data *
describe_receiver(const struct mcr_fib *fib, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(fib->members, id);
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_tel_data *record = rte_tel_data_alloc();

	RTE_ASSERT(member != NULL);
	if (record == NULL)
		return NULL;
	mcr_telemetry_format_next_hop(fib, id, mac);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "member", member->name);
	rte_tel_data_add_dict_string(record, "encap", mcr_encap_name(member->identity.encap));
	rte_tel_data_add_dict_string(record, "next_hop_mac", mac);
	rte_tel_data_add_dict_u64(record, "mtu", mcr_member_path_mtu(fib->members, id));
	return record;
}

struct records {
	const struct mcr_fib *fib;
	struct rte_tel_data *answer;
	uint32_t total;
	uint32_t unresolved; /* of these, without a next hop MAC */
};

static void
add_receiver(void *arg, uint32_t member)
{
	struct records *records = arg;
	struct rte_tel_data *record = NULL;

	if (records->total < RECEIVERS_SHOWN)
		record = describe_receiver(records->fib, member);
	if (record != NULL)
		mcr_telemetry_add_record(records->answer, records->total, record);
	records->total++;
	records->unresolved += mcr_member_template(records->fib->members, member) == NULL;
}

static void
add_not_looked_at(const struct mcr_fib *fib, struct rte_tel_data *answer)
{
	struct rte_tel_data *array = rte_tel_data_alloc();

	if (array == NULL)
		return;
	rte_tel_data_start_array(array, RTE_TEL_STRING_VAL);
	for (unsigned int i = 0; i < RTE_DIM(not_looked_at); i++)
		rte_tel_data_add_array_string(array, not_looked_at[i]);
	if (mcr_policy_takes_hop(fib))
		rte_tel_data_add_array_string(array, NOT_ITS_TTL);
	if (rte_tel_data_add_dict_container(answer, "not_looked_at", array, 0) != 0)
		rte_tel_data_free(array);
}

static void
answer_explanation(const struct mcr_controller *control, const struct mcr_explanation *explanation,
	struct rte_tel_data *answer)
{
	struct records records = {.fib = control->fib, .answer = answer};
	char match[MCR_GROUP_TEXT_SIZE];

	mcr_telemetry_format_match(control->fib, explanation->match, match);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "verdict",
		explanation->drop == MCR_DROP_NONE ? "replicate"
						   : mcr_stats_drop_name(explanation->drop));
	rte_tel_data_add_dict_string(answer, "match", match);
	mcr_explain_visit(control->fib, explanation, add_receiver, &records);
	rte_tel_data_add_dict_u64(answer, "total", records.total);
	rte_tel_data_add_dict_u64(answer, "unresolved", records.unresolved);
	rte_tel_data_add_dict_string(answer, "sender", explanation->sender);
	rte_tel_data_add_dict_u64(answer, "admits", explanation->admits);
	/* A misspelt name is also the caller's error. */
	rte_tel_data_add_dict_string(
		answer, explanation->is_word ? "error" : "message", explanation->message);
	add_not_looked_at(control->fib, answer);
}

/* If it is one, the caller drops its addresses. */
static bool
parse_flow(const char *text, struct mcr_flow *flow)
{
	struct mcr_group_key key;

	*flow = (struct mcr_flow){.group = MCR_GROUP_BROADCAST};
	if (strncmp(text, BROADCAST, strlen(BROADCAST)) == 0 &&
		strchr(",", text[strlen(BROADCAST)]) != NULL)
		return true;
	if (!mcr_telemetry_parse_group(text, &key))
		return false;
	*flow = (struct mcr_flow){.source = key.source, .group = key.group};
	if (mcr_telemetry_is_host_group(&key))
		return true;
	mcr_telemetry_drop_group(&key);
	return false;
}

void
mcr_telemetry_explain(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_explanation explanation;
	char sender[RTE_TEL_MAX_STRING_LEN], error[RTE_TEL_MAX_STRING_LEN];
	const char *group = strchr(params, ','), *source;
	struct mcr_flow flow;

	if (group == NULL) {
		mcr_telemetry_error(answer, "parameters are SENDER,G[,S], not %s", params);
		return;
	}
	snprintf(sender, sizeof(sender), "%.*s", (int)(group - params), params);
	source = strchr(group + 1, ',');
	if (!mcr_telemetry_check_source(control, source == NULL ? NULL : source + 1, error)) {
		mcr_telemetry_error(answer, "%s", error);
		return;
	}
	if (!parse_flow(group + 1, &flow)) {
		mcr_telemetry_error(answer, "not a group (G or G,S): %s", group + 1);
		return;
	}
	mcr_explain(control, sender, &flow, &explanation);
	answer_explanation(control, &explanation, answer);
	mcr_address_drop(flow.group);
	mcr_address_drop(flow.source);
}
