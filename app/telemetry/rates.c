/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "control/rates.h"
#include "telemetry/commands.h"

/* A record takes up to 175 bytes of the answer's 16 kB. */
#define RATES_A_PAGE 92

/* The first question is answered after the first interval, unless the table is very large. */
#define LONGEST_WAIT_MS 2000

static const char *const kind_names[] = {
	[MCR_RATE_GROUP] = "group",
	[MCR_RATE_SENDER] = "sender",
	[MCR_RATE_MEMBER] = "member",
};

/* @return What follows the kind's name, without the comma; NULL: there is no such kind. */
static const char *
parse_kind(const char *params, enum mcr_rate_kind *kind)
{
	const size_t length = strcspn(params, ",");

	for (unsigned int i = 0; i < MCR_RATE_KINDS; i++) {
		if (strlen(kind_names[i]) == length &&
			strncmp(params, kind_names[i], length) == 0) {
			*kind = i;
			return params[length] == ',' ? params + length + 1 : params + length;
		}
	}
	return NULL;
}

bool
mcr_telemetry_await_rates(struct mcr_controller *control, const char *params, uint64_t *asked_ms)
{
	enum mcr_rate_kind kind;

	if (parse_kind(params, &kind) == NULL)
		return true;
	if (*asked_ms == 0)
		*asked_ms = control->now_ms;
	return mcr_rates_ask(control, kind) || control->now_ms - *asked_ms >= LONGEST_WAIT_MS;
}

static void
add_name(const struct mcr_fib *fib, enum mcr_rate_kind kind, uint32_t id,
	struct rte_tel_data *record)
{
	char text[MCR_GROUP_TEXT_SIZE];

	if (kind == MCR_RATE_GROUP) {
		const struct mcr_group_key key = mcr_group_key_of(fib->groups, id);

		mcr_telemetry_format_group(&key, text);
		rte_tel_data_add_dict_string(record, "name", text);
	} else {
		rte_tel_data_add_dict_string(
			record, "name", mcr_member_get(fib->members, id)->name);
	}
}

static struct rte_tel_data *
describe_rate(const struct mcr_fib *fib, enum mcr_rate_kind kind, const struct mcr_rate *rate)
{
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	rte_tel_data_start_dict(record);
	add_name(fib, kind, rate->id, record);
	rte_tel_data_add_dict_u64(record, "pps", rate->pps);
	rte_tel_data_add_dict_u64(record, "bps", rate->bps);
	rte_tel_data_add_dict_u64(record, "peak_pps", rate->peak_pps);
	return record;
}

static void
add_rates(struct mcr_controller *control, enum mcr_rate_kind kind, struct mcr_telemetry_page *page)
{
	const uint32_t total = mcr_rates_count(control, kind);
	struct mcr_rate rate;

	for (uint32_t place = page->offset; place < total && page->count < page->size; place++) {
		if (mcr_rates_get(control, kind, place, &rate))
			mcr_telemetry_add_to_page(page, describe_rate(control->fib, kind, &rate));
		else
			page->offset++; /* of the next page */
	}
}

void
mcr_telemetry_rates(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_telemetry_page page;
	struct mcr_rate_times times;
	enum mcr_rate_kind kind;
	const char *offset = parse_kind(params, &kind);
	uint32_t total;

	if (offset == NULL) {
		mcr_telemetry_error(answer,
			"parameters are group, sender or member, and [,OFFSET], not %s", params);
		return;
	}
	if (mcr_telemetry_start_page(&page, answer, RATES_A_PAGE, offset, NULL) == NULL)
		return;
	total = mcr_rates_count(control, kind);
	times = mcr_rates_times(control, kind);
	add_rates(control, kind, &page);
	mcr_rates_note_page(control, kind, page.count != 0 && page.offset + page.count < total);
	rte_tel_data_add_dict_u64(answer, "since_ms", times.since_ms);
	rte_tel_data_add_dict_u64(answer, "age_ms", times.age_ms);
	mcr_telemetry_end_page(&page, total, NULL);
}
