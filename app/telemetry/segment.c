/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "telemetry/commands.h"

/* A record has at most some 150 characters, an answer 16,384. */
#define STATIONS_A_PAGE 64

static struct rte_tel_data *
describe_station(const struct mcr_fib *fib, const struct mcr_segment_station *station)
{
	const struct mcr_member *member = mcr_member_get(fib->members, station->member);
	struct rte_tel_data *record = rte_tel_data_alloc();
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

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
	uint32_t offset, position = 0, place = 0, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);
	struct mcr_segment_station station;

	if (end == NULL || *end != '\0') {
		mcr_telemetry_error(answer, "not an offset: %s", params);
		return;
	}
	rte_tel_data_start_dict(answer);
	while (count < STATIONS_A_PAGE &&
		mcr_segment_next(control->fib->segments, &position, &station)) {
		struct rte_tel_data *record;

		if (place++ < offset)
			continue;
		record = describe_station(control->fib, &station);
		if (record != NULL)
			mcr_telemetry_add_record(answer, count++, record);
	}
	mcr_telemetry_add_page(answer, mcr_segment_stations(control->fib->segments), place);
}
