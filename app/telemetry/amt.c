/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>

#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "telemetry/commands.h"

static void
add_amt_counters(const struct mcr_amt_relay *amt, struct rte_tel_data *answer)
{
	char name[RTE_TEL_MAX_STRING_LEN];

	for (unsigned int i = 0; i < MCR_AMT_MESSAGE_TYPES; i++) {
		snprintf(name, sizeof(name), "rx_%s", mcr_amt_message_name(i));
		rte_tel_data_add_dict_u64(answer, name, amt->received[i]);
	}
	for (unsigned int i = 0; i < MCR_AMT_ANSWER_TYPES; i++) {
		snprintf(name, sizeof(name), "tx_%s", mcr_amt_answer_name(i));
		rte_tel_data_add_dict_u64(answer, name, amt->sent[i]);
	}
	for (unsigned int i = 1; i < MCR_AMT_REJECTION_COUNT; i++) {
		snprintf(name, sizeof(name), "rejected_%s", mcr_amt_rejection_name(i));
		rte_tel_data_add_dict_u64(answer, name, amt->rejected[i]);
	}
}

void
mcr_telemetry_amt(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_amt_gateway_status *status = mcr_amt_gateway_get_status(control);

	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_u64(answer, "enabled", status->enabled);
	if (!status->enabled)
		return;
	rte_tel_data_add_dict_u64(answer, "port", status->port);
	rte_tel_data_add_dict_u64(answer, "tunnels", status->tunnels);
	rte_tel_data_add_dict_u64(answer, "max_tunnels", status->max_tunnels);
	rte_tel_data_add_dict_u64(
		answer, "max_tunnels_per_address", status->max_tunnels_per_address);
	add_amt_counters(mcr_relay_get(control), answer);
}
