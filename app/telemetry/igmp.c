/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IGMP and MLD, which have the same counters. */

#include <stdio.h>

#include <mcr_igmp.h>

#include "control/background.h"
#include "control/membership.h"
#include "telemetry/commands.h"

static void
add_received(const struct mcr_igmp *igmp, enum mcr_router which, struct rte_tel_data *answer)
{
	const struct mcr_igmp_counters *counters = mcr_igmp_get_counters(igmp);
	char name[RTE_TEL_MAX_STRING_LEN];

	for (unsigned int i = 0; i < MCR_IGMP_MESSAGE_TYPES; i++) {
		const char *message = which == MCR_ROUTER_MLD ? mcr_mld_message_name(i)
		                                              : mcr_igmp_message_name(i);

		if (message == NULL)
			continue;
		snprintf(name, sizeof(name), "rx_%s", message);
		rte_tel_data_add_dict_u64(answer, name, counters->received[i]);
	}
}

static void
add_counters(const struct mcr_igmp *igmp, struct rte_tel_data *answer)
{
	const struct mcr_igmp_counters *counters = mcr_igmp_get_counters(igmp);
	char name[RTE_TEL_MAX_STRING_LEN];

	for (unsigned int i = 0; i < MCR_IGMP_QUERY_KINDS; i++) {
		snprintf(name, sizeof(name), "tx_%s", mcr_igmp_query_name(i));
		rte_tel_data_add_dict_u64(answer, name, counters->sent[i]);
	}
	rte_tel_data_add_dict_u64(answer, "tx_advertisement", counters->advertisements);
	rte_tel_data_add_dict_u64(answer, "tx_delayed", counters->delayed);
	for (unsigned int i = 1; i < MCR_IGMP_RECORD_TYPES; i++) {
		snprintf(name, sizeof(name), "record_%s", mcr_igmp_record_name(i));
		rte_tel_data_add_dict_u64(answer, name, counters->records[i]);
	}
	for (unsigned int i = 1; i < MCR_IGMP_REJECTION_COUNT; i++) {
		snprintf(name, sizeof(name), "rejected_%s", mcr_igmp_rejection_name(i));
		rte_tel_data_add_dict_u64(answer, name, counters->rejected[i]);
	}
	rte_tel_data_add_dict_u64(answer, "older_queriers", counters->older_queriers);
	rte_tel_data_add_dict_u64(answer, "elections_lost", counters->elections_lost);
}

/* Each queried member is a link; another querier may have won the election on it. */
static void
add_links(struct mcr_controller *control, const struct mcr_igmp *igmp, struct rte_tel_data *answer)
{
	const struct mcr_members *members = control->fib->members;
	struct mcr_igmp_querier querier;
	uint32_t links = 0, queried = 0;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		mcr_background_pause(control);
		if (!mcr_igmp_get_querier(igmp, id, control->now_ms, &querier))
			continue;
		links++;
		queried += querier.querier;
	}
	rte_tel_data_add_dict_u64(answer, "links", links);
	rte_tel_data_add_dict_u64(answer, "links_queried", queried);
	rte_tel_data_add_dict_u64(answer, "groups", mcr_igmp_count_groups(igmp));
	rte_tel_data_add_dict_u64(answer, "sources", mcr_igmp_count_sources(igmp));
	rte_tel_data_add_dict_u64(answer, "hosts", mcr_igmp_count_hosts(igmp));
	rte_tel_data_add_dict_u64(answer, "waiting", mcr_igmp_count_waiting(igmp));
}

static void
add_querier(const struct mcr_controller *control, const struct mcr_igmp *igmp, const char *name,
	struct rte_tel_data *answer)
{
	const uint32_t id = mcr_member_find_name(control->fib->members, name);
	struct mcr_igmp_querier querier;
	char address[MCR_ADDRESS_TEXT];

	if (id == MCR_MEMBER_NONE) {
		mcr_telemetry_error(answer, "no such member: %s", name);
		return;
	}
	if (!mcr_igmp_get_querier(igmp, id, control->now_ms, &querier)) {
		mcr_telemetry_error(answer, "%s receives nothing and is not queried", name);
		return;
	}
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "member", name);
	rte_tel_data_add_dict_u64(answer, "is_querier", querier.querier);
	rte_tel_data_add_dict_string(
		answer, "querier", mcr_address_format(querier.address, address));
	rte_tel_data_add_dict_u64(answer, "robustness", querier.robustness);
	rte_tel_data_add_dict_u64(answer, "query_interval_ms", querier.query_interval_ms);
	rte_tel_data_add_dict_u64(answer, "startup_queries_left", querier.startup_queries_left);
	rte_tel_data_add_dict_u64(answer, "next_ms", querier.next_ms);
	rte_tel_data_add_dict_u64(answer, "groups", querier.groups);
	rte_tel_data_add_dict_u64(answer, "waiting", querier.waiting);
}

static void
answer_router(struct mcr_controller *control, enum mcr_router which, const char *params,
	struct rte_tel_data *answer)
{
	const struct mcr_igmp *igmp = mcr_membership_router(control, which);
	const bool asks = mcr_membership_asks(control, which);

	if (asks && *params != '\0') {
		add_querier(control, igmp, params, answer);
		return;
	}
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_u64(answer, "enabled", asks);
	if (!asks)
		return;
	add_links(control, igmp, answer);
	add_received(igmp, which, answer);
	add_counters(igmp, answer);
}

void
mcr_telemetry_igmp(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	answer_router(control, MCR_ROUTER_IGMP, params, answer);
}

void
mcr_telemetry_mld(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	answer_router(control, MCR_ROUTER_MLD, params, answer);
}
