/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "control/domain.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/placement/serving.h"
#include "telemetry/commands.h"

static bool
has_placements(struct mcr_controller *control, struct rte_tel_data *answer)
{
	if (control->placements != NULL)
		return true;
	mcr_telemetry_error(answer, "the hub is in no domain: its configuration has none");
	return false;
}

static uint32_t
hub_id(const struct mcr_controller *control, const char *name)
{
	return mcr_link_hub_id(control->config->domain.name, name);
}

/* "NUMBER" and the end or a comma behind it. */
static bool
parse_number(const char *text, uint64_t *number, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*rest = *end == ',' ? end + 1 : end;
	return errno == 0 && (*end == '\0' || (*end == ',' && end[1] != '\0'));
}

/* "NAME" and what is behind a comma, or "". */
static bool
parse_name(const char *params, char name[MCR_MEMBER_NAME_SIZE], const char **rest)
{
	const size_t length = strcspn(params, ",");

	*rest = params[length] == ',' ? params + length + 1 : "";
	if (length == 0 || length >= MCR_MEMBER_NAME_SIZE)
		return false;
	memcpy(name, params, length);
	name[length] = '\0';
	return true;
}

void
mcr_telemetry_peer_serves(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	char name[MCR_MEMBER_NAME_SIZE];
	uint64_t bits, epoch = 0;
	const char *rest;

	if (!has_placements(control, answer))
		return;
	mcr_domain_hear_agent(control);
	if (!parse_name(params, name, &rest) || !parse_number(rest, &bits, &rest) || bits > 3 ||
		(*rest != '\0' && (!parse_number(rest, &epoch, &rest) || *rest != '\0')))
		mcr_telemetry_status(answer, "parameters are NAME,BITS[,EPOCH]");
	else
		mcr_telemetry_status(answer, mcr_hubs_stage(mcr_placements_hubs(control),
						     hub_id(control, name), bits, epoch) == 0
						     ? NULL
						     : "there are too many hubs");
}

void
mcr_telemetry_peer_reach(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
	char name[MCR_MEMBER_NAME_SIZE];
	const char *rest, *error = NULL;
	int count;

	if (!has_placements(control, answer))
		return;
	mcr_domain_hear_agent(control);
	if (!parse_name(params, name, &rest) ||
		(count = mcr_placement_parse_networks(rest, networks)) < 0)
		error = "parameters are NAME[,NETWORK ...], at most " RTE_STR(
			MCR_PLACEMENT_FAMILY_MAX) " networks of each family";
	else if (hub_id(control, name) == control->fib->peers->id)
		error = "this is the hub of that name, or of its id";
	else if (mcr_hubs_set_networks(
			 mcr_placements_hubs(control), hub_id(control, name), networks, count) != 0)
		error = "there are too many hubs";
	else
		mcr_placements_follow_networks(control);
	mcr_telemetry_status(answer, error);
}

static void
describe_placement(struct mcr_controller *control, struct rte_tel_data *answer)
{
	const struct mcr_handover *handover = mcr_placements_told(control);
	const struct mcr_serving_counts counts = mcr_serving_count(control);

	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_u64(answer, "generation", handover->generation);
	rte_tel_data_add_dict_string(answer, "phase", mcr_handover_phase_name(handover->phase));
	rte_tel_data_add_dict_u64(answer, "applied", mcr_placements_is_applied(control));
	rte_tel_data_add_dict_u64(answer, "members", counts.members);
	rte_tel_data_add_dict_u64(answer, "serves", counts.served);
	rte_tel_data_add_dict_u64(answer, "claims", counts.claims);
	rte_tel_data_add_dict_u64(answer, "draining", mcr_drain_is_on(control));
}

void
mcr_telemetry_placement(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_handover handover;
	const char *phase;

	if (!has_placements(control, answer))
		return;
	if (*params == '\0') {
		describe_placement(control, answer);
	} else if (!parse_number(params, &handover.generation, &phase) ||
		   !mcr_handover_parse_phase(phase, &handover.phase)) {
		mcr_telemetry_status(answer, "parameters are GENERATION,prepare|switch|settled");
	} else {
		mcr_domain_hear_agent(control);
		mcr_placements_take(control, &handover);
		mcr_telemetry_status(answer, NULL);
	}
}

void
mcr_telemetry_drain(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_drain_counts counts = {0};

	if (control->domain == NULL) {
		mcr_telemetry_error(answer, "the hub is in no domain: no other hub can serve its "
					    "members");
		return;
	}
	if (*params != '\0' && strcmp(params, "end") != 0) {
		mcr_telemetry_status(answer, "parameters are none or end");
		return;
	}
	if (*params == '\0') {
		mcr_drain_begin(control);
		counts = mcr_drain_count(control);
	} else {
		mcr_drain_end(control);
	}
	mcr_telemetry_status(answer, NULL);
	rte_tel_data_add_dict_u64(answer, "left", counts.left);
	rte_tel_data_add_dict_u64(answer, "coming", counts.coming);
}
