/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include <mcr_igmp.h>

#include "infra/log.h"
#include "telemetry/commands.h"

/* A record takes up to 330 bytes of the answer's 16 kB. */
#define REFUSED_A_PAGE 40

/** One page of the list; reasons are read one after another. */
struct page {
	struct mcr_controller *control;
	struct rte_tel_data *answer;
	uint32_t offset;
	uint32_t total; /* until now */
	uint32_t count;
	struct mcr_refused_record *records; /* of one reason, of all lcores */
};

static uint32_t
read_reason(const struct page *page, unsigned int reason)
{
	const struct mcr_controller *control = page->control;
	uint32_t count = 0;

	for (uint16_t i = 0; i < control->workers->count; i++)
		count += mcr_refused_read(
			control->workers->lcores[i].refused, reason, &page->records[count]);
	return mcr_refused_merge(page->records, count);
}

/* Clocks of two cores may differ a little. */
static uint64_t
seconds_since(uint64_t ticks)
{
	const uint64_t now = rte_rdtsc();

	/* 0 would say never, as of a member. */
	return now > ticks ? RTE_MAX((now - ticks) / rte_get_tsc_hz(), UINT64_C(1)) : 1;
}

static void
add_address(struct rte_tel_data *record, const char *name, uint32_t address)
{
	char text[INET_ADDRSTRLEN];

	snprintf(text, sizeof(text), MCR_IP_FMT, MCR_IP_ARGS(address));
	rte_tel_data_add_dict_string(record, name, address == 0 ? "" : text);
}

/* A number cannot say that there is none. */
static void
add_key(struct rte_tel_data *record, const struct mcr_refused_sender *sender)
{
	if (sender->has_key)
		rte_tel_data_add_dict_u64(record, "key", sender->key);
	else
		rte_tel_data_add_dict_string(record, "key", "");
}

static void
add_mac(struct rte_tel_data *record, const struct rte_ether_addr *mac)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	if (rte_is_zero_ether_addr(mac))
		return;
	mcr_telemetry_format_mac(mac, text);
	rte_tel_data_add_dict_string(record, "mac", text);
}

/* Who sends like that now: the member that was refused, or one declared since. */
static void
add_member(const struct mcr_fib *fib, struct rte_tel_data *record,
	const struct mcr_refused_sender *sender)
{
	const struct mcr_member_identity identity = {
		.address = sender->address,
		.key = sender->key,
		.encap = sender->encap,
		.has_key = sender->has_key && sender->encap != MCR_ENCAP_VXLAN,
	};
	const struct mcr_member *member;

	if (sender->encap == MCR_ENCAP_COUNT)
		return;
	member = mcr_member_get(fib->members, mcr_member_find_any_port(fib->members, &identity));
	if (member != NULL)
		rte_tel_data_add_dict_string(record, "member", member->name);
}

/* Fields that a record has only where they are known. */
static void
add_details(const struct mcr_fib *fib, struct rte_tel_data *record,
	const struct mcr_refused_record *refused)
{
	add_mac(record, &refused->sender.mac);
	if (refused->last.udp_port != 0)
		rte_tel_data_add_dict_u64(record, "udp_port", refused->last.udp_port);
	if (refused->last.destination != 0)
		add_address(record, "destination", refused->last.destination);
	if (refused->reason == MCR_REFUSED_JOIN)
		rte_tel_data_add_dict_string(
			record, "why", mcr_igmp_rejection_name(refused->last.detail));
	add_member(fib, record, &refused->sender);
}

static struct rte_tel_data *
describe(const struct mcr_fib *fib, const struct mcr_refused_record *refused)
{
	const struct mcr_refused_sender *sender = &refused->sender;
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "reason", mcr_refused_name(refused->reason));
	add_address(record, "address", sender->address);
	rte_tel_data_add_dict_string(record, "encap",
		sender->encap == MCR_ENCAP_COUNT ? "" : mcr_encap_name(sender->encap));
	add_key(record, sender);
	rte_tel_data_add_dict_u64(record, "count", refused->count);
	rte_tel_data_add_dict_u64(record, "last_seen_s", seconds_since(refused->seen));
	add_details(fib, record, refused);
	return record;
}

static void
add_reason(struct page *page, unsigned int reason)
{
	const uint32_t found = read_reason(page, reason);

	for (uint32_t i = 0; i < found; i++, page->total++) {
		struct rte_tel_data *record;

		if (page->total < page->offset || page->count == REFUSED_A_PAGE)
			continue;
		record = describe(page->control->fib, &page->records[i]);
		if (record != NULL)
			mcr_telemetry_add_record(page->answer, page->count++, record);
	}
}

void
mcr_telemetry_refused(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct page page = {.control = control, .answer = answer};
	const char *end = mcr_telemetry_parse_offset(params, &page.offset);

	if (end == NULL || *end != '\0') {
		mcr_telemetry_error(answer, "not an offset: %s", params);
		return;
	}
	page.records =
		calloc((size_t)control->workers->count * MCR_REFUSED_PLACES, sizeof(*page.records));
	if (page.records == NULL) {
		mcr_telemetry_error(answer, "no memory");
		return;
	}
	rte_tel_data_start_dict(answer);
	for (unsigned int reason = 0; reason < MCR_REFUSED_REASONS; reason++)
		add_reason(&page, reason);
	mcr_telemetry_add_page(
		answer, page.total, page.count == 0 ? UINT32_MAX : page.offset + page.count);
	free(page.records);
}
