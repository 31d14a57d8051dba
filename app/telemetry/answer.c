/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_debug.h>

#include "infra/log.h"
#include "control/background.h"
#include "telemetry/commands.h"

void
mcr_telemetry_error(struct rte_tel_data *answer, const char *format, ...)
{
	char text[RTE_TEL_MAX_STRING_LEN];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start() initialized it */
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "error", text);
}

void
mcr_telemetry_status(struct rte_tel_data *answer, const char *error)
{
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "status", error == NULL ? "ok" : "error");
	rte_tel_data_add_dict_string(answer, "message", error == NULL ? "" : error);
}

void
mcr_telemetry_add_named(struct rte_tel_data *answer, const char *name, struct rte_tel_data *record)
{
	if (record != NULL && rte_tel_data_add_dict_container(answer, name, record, 0) != 0)
		rte_tel_data_free(record);
}

void
mcr_telemetry_add_record(struct rte_tel_data *answer, uint32_t n, struct rte_tel_data *record)
{
	char name[16];

	snprintf(name, sizeof(name), "r%u", n);
	mcr_telemetry_add_named(answer, name, record);
}

void
mcr_telemetry_format_mac(const struct rte_ether_addr *mac, char text[RTE_ETHER_ADDR_FMT_SIZE])
{
	/* cppcheck-suppress wrongPrintfScanfArgNum; RTE_ETHER_ADDR_BYTES() is six arguments */
	snprintf(text, RTE_ETHER_ADDR_FMT_SIZE, MCR_MAC_FMT, RTE_ETHER_ADDR_BYTES(mac));
}

void
mcr_telemetry_add_origins(struct rte_tel_data *answer, unsigned int origins, uint32_t group)
{
	const char *const joined = mcr_address_is_ipv6(group) ? "mld" : "igmp";
	const char *const names[] = {"static", "runtime", joined, "amt", "peer"};
	struct rte_tel_data *array = rte_tel_data_alloc();

	RTE_ASSERT(origins >> RTE_DIM(names) == 0);
	if (array == NULL)
		return;
	rte_tel_data_start_array(array, RTE_TEL_STRING_VAL);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		if ((origins & 1U << i) != 0)
			rte_tel_data_add_array_string(array, names[i]);
	}
	if (rte_tel_data_add_dict_container(answer, "origins", array, 0) != 0)
		rte_tel_data_free(array);
}

/* @return What follows the offset: the end or a comma; NULL: not an offset. */
static const char *
parse_offset(const char *params, uint32_t *offset)
{
	unsigned long value;
	char *end;

	*offset = 0;
	if (*params == '\0')
		return params;
	if (*params < '0' || *params > '9')
		return NULL;
	value = strtoul(params, &end, 10);
	if (value > UINT32_MAX || (*end != '\0' && *end != ','))
		return NULL;
	*offset = value;
	return end;
}

const char *
mcr_telemetry_start_page(struct mcr_telemetry_page *page, struct rte_tel_data *answer,
	uint32_t size, const char *params, const char *subject)
{
	const char *end;

	RTE_ASSERT(size > 0);
	*page = (struct mcr_telemetry_page){
		.answer = answer,
		.size = size,
		.room = MCR_TELEMETRY_TEXTS_SIZE,
	};
	end = parse_offset(params, &page->offset);
	if (end == NULL || *end != (subject == NULL ? '\0' : ',')) {
		if (subject == NULL)
			mcr_telemetry_error(answer, "not an offset: %s", params);
		else
			mcr_telemetry_error(
				answer, "parameters are OFFSET,%s, not %s", subject, params);
		return NULL;
	}
	rte_tel_data_start_dict(answer);
	return subject == NULL ? end : end + 1;
}

bool
mcr_telemetry_start_names(struct mcr_telemetry_page *page)
{
	RTE_ASSERT(page->count == 0);
	page->names = rte_tel_data_alloc();
	return page->names != NULL &&
	       rte_tel_data_start_array(page->names, RTE_TEL_STRING_VAL) == 0;
}

bool
mcr_telemetry_is_on_page(struct mcr_telemetry_page *page)
{
	return page->seen++ >= page->offset && page->count < page->size;
}

void
mcr_telemetry_add_to_page(struct mcr_telemetry_page *page, struct rte_tel_data *record)
{
	RTE_ASSERT(page->names == NULL && page->count < page->size);
	mcr_telemetry_add_record(page->answer, page->count, record);
	page->count += record != NULL;
}

bool
mcr_telemetry_take_room(uint32_t *room, const char *text)
{
	const uint32_t size = strlen(text) + strlen("\"\",");

	if (*room < size)
		return false;
	*room -= size;
	return true;
}

void
mcr_telemetry_add_name(struct mcr_telemetry_page *page, const char *name)
{
	RTE_ASSERT(page->names != NULL && page->count < page->size);
	if (mcr_telemetry_take_room(&page->room, name)) {
		rte_tel_data_add_array_string(page->names, name);
		page->count++;
	} else {
		page->size = page->count;
	}
}

void
mcr_telemetry_end_page(struct mcr_telemetry_page *page, uint32_t total, const char *key)
{
	const uint32_t next = page->offset + page->count;

	RTE_ASSERT((page->names == NULL) == (key == NULL));
	rte_tel_data_add_dict_u64(page->answer, "total", total);
	rte_tel_data_add_dict_u64(
		page->answer, "next", page->count != 0 && next < total ? next : 0);
	if (key != NULL)
		rte_tel_data_add_dict_container(page->answer, key, page->names, 0);
}

static bool
parse_address(const char *text, uint32_t *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*address = rte_be_to_cpu_32(in.s_addr);
	return true;
}

/* Inside tunnels. */
static bool
is_overlay_of_hub(struct mcr_controller *control, uint32_t address)
{
	const struct mcr_members *members = control->fib->members;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		const struct mcr_member *member = mcr_member_get(members, id);

		if (member->hub_overlay.hub == address || member->hub_overlay6.hub == address)
			return true;
		mcr_background_pause(control);
	}
	return control->config->overlay.address == address ||
	       control->config->overlay6.address == address;
}

static bool
is_address_of_hub(struct mcr_controller *control, uint32_t address)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (control->ports->at[i].address == address)
			return true;
	}
	return is_overlay_of_hub(control, address);
}

static bool
is_ipv6_of_hub(struct mcr_controller *control, const struct in6_addr *address)
{
	uint32_t number;

	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_classify_port *own = &control->ports->at[i].classify;

		if (own->has_ipv6 && IN6_ARE_ADDR_EQUAL(&own->address6, address))
			return true;
	}
	number = mcr_address_find(address->s6_addr);
	return number != MCR_ADDRESS_NONE && is_overlay_of_hub(control, number);
}

static bool
check_ipv6_source(struct mcr_controller *control, const char *source, char *error)
{
	struct in6_addr address;
	const char *refusal;
	uint8_t length;

	if (strchr(source, '/') != NULL || !mcr_address_parse_ipv6(source, &address, &length)) {
		snprintf(error, RTE_TEL_MAX_STRING_LEN,
			"source: expected a unicast IPv6 address, found \"%.64s\"", source);
		return false;
	}
	refusal = is_ipv6_of_hub(control, &address) ? "is the hub's own address"
	                                            : mcr_address_refuse_source(&address);
	if (refusal != NULL)
		snprintf(error, RTE_TEL_MAX_STRING_LEN, "source: %.45s %s", source, refusal);
	return refusal == NULL;
}

bool
mcr_telemetry_check_source(struct mcr_controller *control, const char *source, char *error)
{
	uint32_t address;

	if (source == NULL)
		return true;
	if (strchr(source, ':') != NULL)
		return check_ipv6_source(control, source, error);
	if (!parse_address(source, &address) || !mcr_ipv4_is_unicast(address)) {
		snprintf(error, RTE_TEL_MAX_STRING_LEN,
			"source: expected a unicast IPv4 address, found \"%.64s\"", source);
		return false;
	}
	if (is_address_of_hub(control, address)) {
		snprintf(error, RTE_TEL_MAX_STRING_LEN, "source: \"%s\" is the hub's own address",
			source);
		return false;
	}
	return true;
}

void
mcr_telemetry_format_match(
	const struct mcr_fib *fib, struct mcr_group_ref match, char text[MCR_GROUP_TEXT_SIZE])
{
	struct mcr_group_key key;

	text[0] = '\0';
	if (match.id == MCR_GROUP_NONE)
		return;
	key = mcr_group_key_of(fib->groups, match.id);
	if (key.group == MCR_GROUP_FALLBACK)
		snprintf(text, MCR_GROUP_TEXT_SIZE, "unknown_groups");
	else if (key.group == MCR_GROUP_BROADCAST)
		snprintf(text, MCR_GROUP_TEXT_SIZE, "broadcast.members");
	else
		mcr_telemetry_format_group(&key, text);
}

uint64_t
mcr_telemetry_seconds_since(uint64_t ticks)
{
	const uint64_t now = rte_rdtsc();

	return now > ticks ? RTE_MAX((now - ticks) / rte_get_tsc_hz(), UINT64_C(1)) : 1;
}
