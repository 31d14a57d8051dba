/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "telemetry/commands.h"

/* A record takes at most 150 bytes of the answer's 16 kB. */
#define STATIONS_A_PAGE 64

static struct rte_tel_data *
describe_station(const struct mcr_fib *fib, const struct mcr_segment_station *station)
{
	const struct mcr_member *member = mcr_member_get(fib->members, station->member);
	struct rte_tel_data *record = rte_tel_data_alloc();
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	RTE_ASSERT(member != NULL);
	if (record == NULL)
		return NULL;
	mcr_telemetry_format_mac(&station->mac, mac);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_u64(record, "vni", station->vni);
	rte_tel_data_add_dict_string(record, "mac", mac);
	rte_tel_data_add_dict_string(record, "member", member->name);
	rte_tel_data_add_dict_u64(record, "silent_s", station->silent_s);
	return record;
}

void
mcr_telemetry_stations(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_telemetry_page page;
	struct mcr_segment_station station;
	uint32_t position = 0;

	if (mcr_telemetry_start_page(&page, answer, STATIONS_A_PAGE, params, NULL) == NULL)
		return;
	while (page.count < page.size &&
		mcr_segment_next(control->fib->segments, &position, &station)) {
		if (mcr_telemetry_is_on_page(&page))
			mcr_telemetry_add_to_page(&page, describe_station(control->fib, &station));
	}
	mcr_telemetry_end_page(&page, mcr_segment_stations(control->fib->segments), NULL);
}
