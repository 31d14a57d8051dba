/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/domain.h"
#include "control/placement/serving.h"
#include "control/survey.h"
#include "datapath/counters.h"
#include "fib/peers.h"
#include "infra/log.h"
#include "telemetry/commands.h"

/* Sizes in the answer's 16 kB: a name 66 bytes, the record of a member 650. */
#define MEMBERS_A_PAGE 200
#define MEMBER_RECORDS_A_PAGE 25U
#define GROUPS_A_PAGE 256

/* Bounds the time of a page on the control lcore: a look-up of a member in a group takes 20 ns. */
#define LOOK_UPS_A_PAGE 200000

/* Some 10 us, or with the longest page and a list for each group 50. */
#define GROUPS_A_STEP 64

/* Hubs are in /mcdpdk/peers. */
static bool
is_peer(const struct mcr_members *members, uint32_t id)
{
	return mcr_member_get(members, id)->origin == MCR_MEMBER_PEER;
}

void
mcr_telemetry_members(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_members *members = control->fib->members;
	struct mcr_telemetry_page page;

	if (mcr_telemetry_start_page(&page, answer, MEMBERS_A_PAGE, params, NULL) == NULL ||
		!mcr_telemetry_start_names(&page))
		return;
	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE && page.count < page.size;
		id = mcr_member_next(members, id)) {
		mcr_background_pause(control);
		if (!is_peer(members, id) && mcr_telemetry_is_on_page(&page))
			mcr_telemetry_add_name(&page, mcr_member_get(members, id)->name);
	}
	mcr_telemetry_end_page(&page, mcr_peers_local_members(control->fib), "members");
}

static uint32_t
find_named_member(const struct mcr_fib *fib, const char *name, struct rte_tel_data *answer)
{
	const uint32_t id = mcr_member_find_name(fib->members, name);

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
	case MCR_MEMBER_PEER:
		return "peer";
	default:
		RTE_ASSERT(origin == MCR_MEMBER_STATIC);
		return "static";
	}
}

static bool
has_receiver(const struct mcr_fib *fib, const struct mcr_receivers *receivers, uint32_t member)
{
	const struct mcr_receiver receiver = {
		.address = mcr_member_instance(mcr_member_get(fib->members, member), member),
		.member = member,
	};

	return receivers != NULL && bsearch(&receiver, receivers->at, receivers->count,
					    sizeof(receiver), mcr_receiver_compare) != NULL;
}

static const struct mcr_receivers *
committed_receivers(const struct mcr_fib *fib, uint32_t group)
{
	return mcr_group_receivers(fib->groups, mcr_group_ref_of(fib->groups, group));
}

struct counted {
	uint32_t count;
	uint32_t ids[MEMBER_RECORDS_A_PAGE];
	uint32_t groups[MEMBER_RECORDS_A_PAGE]; /* how many each receives */
};

/* @return Bit i: the i-th member is a receiver. */
static uint64_t
find_receiving(const struct mcr_fib *fib, const struct mcr_receivers *receivers,
	const struct counted *members)
{
	uint64_t found = 0;

	static_assert(MEMBER_RECORDS_A_PAGE <= 64, "a bit for each member");
	RTE_ASSERT(members->count <= MEMBER_RECORDS_A_PAGE);
	for (uint32_t i = 0; i < members->count; i++)
		found |= (uint64_t)has_receiver(fib, receivers, members->ids[i]) << i;
	return found;
}

/* Consecutive entries often share a list. */
static void
count_groups(struct mcr_controller *control, struct counted *members)
{
	const struct mcr_fib *fib = control->fib;
	const struct mcr_receivers *list = NULL;
	uint64_t receiving = 0;
	uint32_t step = 0;

	for (uint32_t id = mcr_group_next(fib->groups, 0); id != MCR_GROUP_NONE;
		id = mcr_group_next(fib->groups, id + 1)) {
		const struct mcr_receivers *receivers = committed_receivers(fib, id);

		if (receivers != list)
			receiving = find_receiving(fib, receivers, members);
		list = receivers;
		for (uint64_t left = receiving; left != 0; left &= left - 1)
			members->groups[rte_bsf64(left)]++;
		if (++step % GROUPS_A_STEP == 0) {
			mcr_background_pause(control);
			list = NULL; /* it may be another one now */
		}
	}
}

void
mcr_telemetry_format_next_hop(
	const struct mcr_fib *fib, uint32_t member, char mac[RTE_ETHER_ADDR_FMT_SIZE])
{
	const struct mcr_template *template = mcr_member_template(fib->members, member);
	struct rte_ether_addr next_hop;

	mac[0] = '\0';
	if (template == NULL)
		return;
	memcpy(&next_hop, mcr_template_ethernet(template), sizeof(next_hop));
	mcr_telemetry_format_mac(&next_hop, mac);
}

/* The hub that serves a shared member; "": none, or the member is not shared. */
static const char *
name_server(const struct mcr_controller *control, uint32_t id)
{
	const uint16_t server = mcr_serving_server(control, id);

	if (server == MCR_HUBS_SELF)
		return control->config->domain.hub;
	if (mcr_peers_get(control->fib->peers, server) == NULL)
		return "";
	return mcr_domain_peer(control, server)->name;
}

static void
add_member_fields(
	struct mcr_controller *control, uint32_t id, uint32_t groups, struct rte_tel_data *answer)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const struct mcr_member_counts counts = mcr_counters_of_member(control->workers, id);
	char address[MCR_ADDRESS_TEXT], mac[RTE_ETHER_ADDR_FMT_SIZE];

	RTE_ASSERT(member != NULL);
	mcr_telemetry_format_next_hop(control->fib, id, mac);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "name", member->name);
	rte_tel_data_add_dict_string(
		answer, "address", mcr_address_format(member->identity.address, address));
	rte_tel_data_add_dict_string(answer, "encap", mcr_encap_name(member->identity.encap));
	if (member->identity.has_key)
		rte_tel_data_add_dict_u64(answer, "key", member->identity.key);
	rte_tel_data_add_dict_string(answer, "port", control->ports->at[member->port].name);
	rte_tel_data_add_dict_string(answer, "mac", mac);
	rte_tel_data_add_dict_u64(answer, "resolved", mac[0] != '\0');
	rte_tel_data_add_dict_string(answer, "origin", name_origin(member->origin));
	rte_tel_data_add_dict_u64(answer, "rx_packets", counts.rx_packets);
	rte_tel_data_add_dict_u64(answer, "rx_bytes", counts.rx_bytes);
	rte_tel_data_add_dict_u64(answer, "tx_packets", counts.tx_packets);
	rte_tel_data_add_dict_u64(answer, "tx_bytes", counts.tx_bytes);
	rte_tel_data_add_dict_u64(answer, "drops", counts.drops);
	rte_tel_data_add_dict_u64(
		answer, "rate_limited", mcr_limiter_refused(&control->fib->limiters.members[id]));
	rte_tel_data_add_dict_u64(answer, "groups", groups);
	rte_tel_data_add_dict_u64(
		answer, "path_mtu", mcr_member_path_mtu(control->fib->members, id));
	if (member->is_nat)
		rte_tel_data_add_dict_u64(
			answer, "nat_port", mcr_member_nat_port(control->fib->members, id));
	if (control->serving != NULL)
		rte_tel_data_add_dict_string(answer, "server", name_server(control, id));
	rte_tel_data_add_dict_u64(answer, "last_seen_s", mcr_survey_last_seen(control, id));
}

void
mcr_telemetry_member(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const uint32_t id = find_named_member(control->fib, params, answer);
	struct counted counted = {.count = 1, .ids = {id}};

	if (id == MCR_MEMBER_NONE)
		return;
	count_groups(control, &counted);
	add_member_fields(control, id, counted.groups[0], answer);
}

static uint32_t
member_records_a_page(const struct mcr_fib *fib)
{
	const uint32_t few_enough = LOOK_UPS_A_PAGE / (mcr_group_count(fib->groups) + 1);

	if (few_enough == 0)
		return 1;
	return RTE_MIN(few_enough, MEMBER_RECORDS_A_PAGE);
}

static void
gather_members(
	struct mcr_controller *control, struct mcr_telemetry_page *page, struct counted *members)
{
	const struct mcr_members *all = control->fib->members;

	for (uint32_t id = mcr_member_next(all, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE && members->count < page->size;
		id = mcr_member_next(all, id)) {
		mcr_background_pause(control);
		if (!is_peer(all, id) && mcr_telemetry_is_on_page(page))
			members->ids[members->count++] = id;
	}
}

void
mcr_telemetry_member_table(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct counted members = {0};
	struct mcr_telemetry_page page;

	if (mcr_telemetry_start_page(
		    &page, answer, member_records_a_page(control->fib), params, NULL) == NULL)
		return;
	gather_members(control, &page, &members);
	count_groups(control, &members);
	for (uint32_t i = 0; i < members.count; i++) {
		struct rte_tel_data *record = rte_tel_data_alloc();

		if (record == NULL)
			break;
		add_member_fields(control, members.ids[i], members.groups[i], record);
		mcr_telemetry_add_to_page(&page, record);
	}
	mcr_telemetry_end_page(&page, mcr_peers_local_members(control->fib), NULL);
}

void
mcr_telemetry_member_groups(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_telemetry_page page;
	const char *name = mcr_telemetry_start_page(&page, answer, GROUPS_A_PAGE, params, "NAME");
	char text[MCR_GROUP_TEXT_SIZE];
	uint32_t member;

	if (name == NULL)
		return;
	member = find_named_member(control->fib, name, answer);
	if (member == MCR_MEMBER_NONE || !mcr_telemetry_start_names(&page))
		return;
	for (uint32_t id = mcr_telemetry_next_group(control, 0); id != MCR_GROUP_NONE;
		id = mcr_telemetry_next_group(control, id + 1)) {
		const struct mcr_group_key key = mcr_group_key_of(control->fib->groups, id);

		if (!has_receiver(control->fib, committed_receivers(control->fib, id), member) ||
			!mcr_telemetry_is_on_page(&page))
			continue;
		mcr_telemetry_format_group(&key, text);
		mcr_telemetry_add_name(&page, text);
	}
	mcr_telemetry_end_page(&page, page.seen, "groups");
}
