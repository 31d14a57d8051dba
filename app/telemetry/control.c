/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/effort.h"
#include "datapath/counters.h"
#include "telemetry/commands.h"

static uint64_t
count_queued(const struct mcr_controller *control, unsigned int class)
{
	return class == MCR_EFFORT_TELEMETRY ? mcr_mailbox_waiting(control->mailbox)
	                                     : rte_ring_count(control->rings->punt[class]);
}

static uint64_t
count_dropped(const struct mcr_controller *control, unsigned int class)
{
	return class == MCR_EFFORT_TELEMETRY ? mcr_mailbox_refused(control->mailbox)
	                                     : mcr_counters_punt_drops(control->workers, class);
}

static void
add_class(const struct mcr_controller *control, unsigned int class, struct rte_tel_data *answer)
{
	const struct mcr_effort_share share = mcr_effort_share_of(control, class);
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return;
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_u64(record, "queued", count_queued(control, class));
	rte_tel_data_add_dict_u64(record, "served", share.served);
	rte_tel_data_add_dict_u64(record, "dropped", count_dropped(control, class));
	rte_tel_data_add_dict_u64(record, "busy_us", share.busy_us);
	mcr_telemetry_add_named(answer, mcr_effort_class_name(class), record);
}

void
mcr_telemetry_control(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	for (unsigned int class = 0; class < MCR_EFFORT_CLASSES; class ++)
		add_class(control, class, answer);
	rte_tel_data_add_dict_u64(answer, "longest_slice_us", mcr_effort_longest_slice_us(control));
}
