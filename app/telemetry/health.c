/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "control/checkup.h"
#include "control/survey.h"
#include "telemetry/commands.h"

static struct rte_tel_data *
describe_reason(const struct mcr_controller *control, enum mcr_health_reason reason)
{
	const struct mcr_health_state *state = &mcr_checkup_get(control)[reason];
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "reason", mcr_health_name(reason));
	rte_tel_data_add_dict_u64(record, "degrades", mcr_health_degrades(reason));
	rte_tel_data_add_dict_string(record, "text", state->now.text);
	rte_tel_data_add_dict_u64(record, "count", state->now.count);
	rte_tel_data_add_dict_u64(record, "since_s", (control->now_ms - state->since_ms) / 1000);
	return record;
}

static bool
is_degraded(const struct mcr_controller *control)
{
	for (unsigned int i = 0; i < MCR_HEALTH_COUNT; i++) {
		if (mcr_health_degrades(i) && mcr_checkup_get(control)[i].now.count != 0)
			return true;
	}
	return false;
}

void
mcr_telemetry_health(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_survey_result *survey = mcr_survey_get(control);
	uint32_t n = 0;

	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "state", is_degraded(control) ? "degraded" : "well");
	rte_tel_data_add_dict_u64(answer, "members", survey->members);
	rte_tel_data_add_dict_u64(answer, "members_unresolved", survey->unresolved);
	rte_tel_data_add_dict_u64(answer, "members_silent", survey->silent.count);
	for (unsigned int i = 0; i < MCR_HEALTH_COUNT; i++) {
		if (mcr_checkup_get(control)[i].now.count != 0)
			mcr_telemetry_add_record(answer, n++, describe_reason(control, i));
	}
}
