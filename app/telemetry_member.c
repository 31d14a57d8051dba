/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "log.h"
#include "telemetry.h"

/* A name takes up to 66 bytes of the answer's 16 kB, a group 35. */
#define MEMBERS_A_PAGE 200
#define GROUPS_A_PAGE 256

static struct rte_tel_data *
start_names(void)
{
	struct rte_tel_data *array = rte_tel_data_alloc();

	if (array != NULL)
		rte_tel_data_start_array(array, RTE_TEL_STRING_VAL);
	return array;
}

void
mcr_telemetry_members(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_members *members = control->hub->members;
	struct rte_tel_data *array;
	uint32_t offset, id, place = 0, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);

	if (end == NULL || *end != '\0') {
		mcr_telemetry_error(answer, "not an offset: %s", params);
		return;
	}
	rte_tel_data_start_dict(answer);
	array = start_names();
	if (array == NULL)
		return;
	for (id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		if (place++ < offset || count == MEMBERS_A_PAGE)
			continue;
		rte_tel_data_add_array_string(array, mcr_member_get(members, id)->name);
		count++;
	}
	mcr_telemetry_add_page(answer, place, count == 0 ? UINT32_MAX : offset + count);
	rte_tel_data_add_dict_container(answer, "members", array, 0);
}

static uint32_t
find_member(const struct mcr_hub *hub, const char *name, struct rte_tel_data *answer)
{
	const uint32_t id = mcr_member_find_name(hub->members, name);

	if (id == MCR_MEMBER_NONE)
		mcr_telemetry_error(answer, "no such member: %s", name);
	return id;
}

static const char *
name_origin(enum mcr_member_origin origin)
{
	switch (origin) {
	case MCR_MEMBER_ADMITTED:
		return "admitted";
	case MCR_MEMBER_AMT:
		return "amt";
	default:
		return "static";
	}
}

static int
compare_receivers(const void *a, const void *b)
{
	const struct mcr_receiver *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return left->member < right->member ? -1 : left->member > right->member;
}

/* Lists are sorted: a member's groups are counted in a moment, also where there are very many. */
static bool
receives(const struct mcr_hub *hub, uint32_t group, uint32_t member)
{
	const struct mcr_receiver receiver = {
		.address = mcr_member_get(hub->members, member)->identity.address,
		.member = member,
	};
	const struct mcr_receivers *receivers =
		mcr_group_receivers(hub->groups, mcr_group_ref_of(hub->groups, group));

	return receivers != NULL && bsearch(&receiver, receivers->at, receivers->count,
					    sizeof(receiver), compare_receivers) != NULL;
}

static uint32_t
count_groups(const struct mcr_hub *hub, uint32_t member)
{
	uint32_t count = 0;

	for (uint32_t id = mcr_group_next(hub->groups, 0); id != MCR_GROUP_NONE;
		id = mcr_group_next(hub->groups, id + 1))
		count += receives(hub, id, member);
	return count;
}

/* The next hop's MAC stands at the start of every outer header. */
void
mcr_telemetry_format_next_hop(
	const struct mcr_hub *hub, uint32_t member, char mac[RTE_ETHER_ADDR_FMT_SIZE])
{
	const struct mcr_template *template = mcr_member_template(hub->members, member);
	struct rte_ether_addr next_hop;

	mac[0] = '\0';
	if (template == NULL)
		return;
	memcpy(&next_hop, template->header + sizeof(template->header) - template->header_len,
		sizeof(next_hop));
	mcr_telemetry_format_mac(&next_hop, mac);
}

void
mcr_telemetry_member(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_hub *hub = control->hub;
	const uint32_t id = find_member(hub, params, answer);
	char address[INET_ADDRSTRLEN], mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct mcr_member_counters counters;
	const struct mcr_member *member;

	if (id == MCR_MEMBER_NONE)
		return;
	member = mcr_member_get(hub->members, id);
	counters = mcr_counters_of_member(hub, id);
	snprintf(address, sizeof(address), MCR_IP_FMT, MCR_IP_ARGS(member->identity.address));
	mcr_telemetry_format_next_hop(hub, id, mac);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "name", member->name);
	rte_tel_data_add_dict_string(answer, "address", address);
	rte_tel_data_add_dict_string(answer, "encap", mcr_encap_name(member->identity.encap));
	rte_tel_data_add_dict_string(answer, "mac", mac);
	rte_tel_data_add_dict_u64(answer, "resolved", mac[0] != '\0');
	rte_tel_data_add_dict_string(answer, "origin", name_origin(member->origin));
	rte_tel_data_add_dict_u64(answer, "rx_packets", counters.rx_packets);
	rte_tel_data_add_dict_u64(answer, "tx_packets", counters.tx_packets);
	rte_tel_data_add_dict_u64(answer, "tx_bytes", counters.tx_bytes);
	rte_tel_data_add_dict_u64(answer, "drops", counters.drops);
	rte_tel_data_add_dict_u64(answer, "groups", count_groups(hub, id));
}

void
mcr_telemetry_member_groups(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_hub *hub = control->hub;
	uint32_t offset, member, place = 0, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);
	char text[MCR_GROUP_TEXT_SIZE];
	struct rte_tel_data *array;

	if (end == NULL || *end != ',') {
		mcr_telemetry_error(answer, "parameters are OFFSET,NAME, not %s", params);
		return;
	}
	member = find_member(hub, end + 1, answer);
	if (member == MCR_MEMBER_NONE)
		return;
	rte_tel_data_start_dict(answer);
	array = start_names();
	if (array == NULL)
		return;
	for (uint32_t id = mcr_group_next(hub->groups, 0); id != MCR_GROUP_NONE;
		id = mcr_group_next(hub->groups, id + 1)) {
		const struct mcr_group_key key = mcr_group_key_of(hub->groups, id);

		if (!receives(hub, id, member) || place++ < offset || count == GROUPS_A_PAGE)
			continue;
		mcr_telemetry_format_group(&key, text);
		rte_tel_data_add_array_string(array, text);
		count++;
	}
	mcr_telemetry_add_page(answer, place, count == 0 ? UINT32_MAX : offset + count);
	rte_tel_data_add_dict_container(answer, "groups", array, 0);
}
