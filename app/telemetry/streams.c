/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "control/background.h"
#include "datapath/rx_stream.h"
#include "infra/log.h"
#include "telemetry/commands.h"

/* A record takes up to 390 bytes of the answer's 16 kB. */
#define STREAMS_A_PAGE 41

/* Between two pauses: with 64 RX lcores some 50 us. */
#define SETS_A_STEP 16

#define BROADCAST "255.255.255.255"

/* Which streams are asked for. */
struct wanted {
	uint32_t group;  /* 0: any; held */
	uint32_t sender; /* MCR_MEMBER_NONE: any */
};

static bool
parse_wanted(const struct mcr_fib *fib, const char *text, struct wanted *wanted)
{
	struct mcr_group_key key;

	*wanted = (struct wanted){.sender = MCR_MEMBER_NONE};
	if (*text == '\0')
		return true;
	if (strcmp(text, BROADCAST) == 0) {
		wanted->group = MCR_GROUP_BROADCAST;
		return true;
	}
	if (mcr_telemetry_parse_group(text, &key)) {
		if (mcr_telemetry_is_host_group(&key) && key.source == 0) {
			wanted->group = key.group;
			return true;
		}
		mcr_telemetry_drop_group(&key);
	}
	wanted->sender = mcr_member_find_name(fib->members, text);
	return wanted->sender != MCR_MEMBER_NONE;
}

static bool
is_to(const struct mcr_stream *stream, uint32_t group)
{
	if (!mcr_stream_is_ipv6(stream))
		return stream->flow.group == group;
	return mcr_address_is_ipv6(group) && memcmp(&stream->ipv6_group, mcr_address_ipv6(group),
						     sizeof(stream->ipv6_group)) == 0;
}

static bool
is_wanted(const struct mcr_stream *stream, const struct wanted *wanted)
{
	return (wanted->group == 0 || is_to(stream, wanted->group)) &&
	       (wanted->sender == MCR_MEMBER_NONE || wanted->sender == stream->sender.id);
}

static void
add_addresses(const struct mcr_stream *stream, struct rte_tel_data *record)
{
	char group[MCR_ADDRESS_TEXT], source[MCR_ADDRESS_TEXT];

	if (mcr_stream_is_ipv6(stream)) {
		mcr_address_format_ipv6(&stream->ipv6_group, MCR_IPV6_LENGTH, group);
		mcr_address_format_ipv6(&stream->ipv6_source, MCR_IPV6_LENGTH, source);
	} else {
		mcr_address_format(stream->flow.group, group);
		/* May be of 0.0.0.0/8, and is no number of IPv6. */
		snprintf(source, sizeof(source), MCR_IP_FMT, MCR_IP_ARGS(stream->flow.source));
	}
	rte_tel_data_add_dict_string(record, "group", group);
	rte_tel_data_add_dict_string(record, "source", source);
}

static struct mcr_group_ref
entry_of(const struct mcr_fib *fib, const struct mcr_stream *stream)
{
	struct mcr_group_ref entry;
	struct mcr_flow numbers;

	if (mcr_stream_is_ipv6(stream))
		mcr_group_find_ipv6(fib->groups, stream->ipv6_source.s6_addr,
			stream->ipv6_group.s6_addr, &numbers, &entry);
	else
		mcr_group_find(fib->groups, stream->flow, &entry);
	return entry;
}

static struct rte_tel_data *
describe_stream(const struct mcr_fib *fib, const struct mcr_stream *stream)
{
	struct rte_tel_data *record = rte_tel_data_alloc();
	char text[MCR_GROUP_TEXT_SIZE];

	if (record == NULL)
		return NULL;
	mcr_telemetry_format_match(fib, entry_of(fib, stream), text);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(
		record, "sender", mcr_member_get(fib->members, stream->sender.id)->name);
	add_addresses(stream, record);
	rte_tel_data_add_dict_string(record, "entry", text);
	rte_tel_data_add_dict_u64(record, "samples", stream->samples);
	rte_tel_data_add_dict_u64(record, "packets", stream->packets);
	rte_tel_data_add_dict_u64(record, "bytes", stream->bytes);
	rte_tel_data_add_dict_u64(record, "last_seen_s", mcr_telemetry_seconds_since(stream->seen));
	return record;
}

/* Offsets are positions in the tables, where streams stay: one that comes while pages are read
 * moves no other. @return That of the next page; 0: none. */
static uint32_t
add_streams(struct mcr_controller *control, const struct wanted *wanted, struct mcr_stream *streams,
	struct mcr_telemetry_page *page)
{
	const uint32_t positions = control->workers->count * MCR_STREAM_WAYS; /* of a set */
	uint32_t next = 0;

	for (uint32_t set = 0; set < MCR_STREAM_SETS; set++) {
		const uint32_t count =
			mcr_stream_read(control->workers, set, rte_get_timer_cycles(), streams);

		RTE_ASSERT(count <= positions);
		for (uint32_t i = 0; i < count; i++) {
			const uint32_t position = set * positions + streams[i].place;

			if (!is_wanted(&streams[i], wanted))
				continue;
			page->seen++;
			if (position < page->offset)
				continue;
			if (page->count < page->size)
				mcr_telemetry_add_to_page(
					page, describe_stream(control->fib, &streams[i]));
			else if (next == 0)
				next = position;
		}
		if (set % SETS_A_STEP == 0)
			mcr_background_pause(control);
	}
	return next;
}

void
mcr_telemetry_streams(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const char *const subject = strchr(params, ',') == NULL ? NULL : "G|MEMBER";
	struct mcr_telemetry_page page;
	struct mcr_stream *streams;
	struct wanted wanted;
	uint32_t next;
	const char *text = mcr_telemetry_start_page(&page, answer, STREAMS_A_PAGE, params, subject);

	if (text == NULL)
		return;
	if (!parse_wanted(control->fib, text, &wanted)) {
		mcr_telemetry_error(answer, "no such member: %s", text);
		return;
	}
	streams = calloc((size_t)control->workers->count * MCR_STREAM_WAYS, sizeof(*streams));
	if (streams == NULL) {
		mcr_address_drop(wanted.group);
		mcr_telemetry_error(answer, "no memory");
		return;
	}
	next = add_streams(control, &wanted, streams, &page);
	rte_tel_data_add_dict_u64(answer, "total", page.seen);
	rte_tel_data_add_dict_u64(answer, "next", next);
	mcr_address_drop(wanted.group);
	free(streams);
}
