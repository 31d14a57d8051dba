/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/neighbour.h"
#include "control/path_mtu.h"
#include "control/placement/serving.h"
#include "control/survey.h"
#include "datapath/counters.h"

/* Members a turn: some 10 us. */
#define STEP 64
#define ROUND_MS 1000

struct sight {
	uint64_t rx_packets;
	uint64_t heard_ms; /* 0: never */
};

struct mcr_survey {
	uint32_t id; /* surveyed up to here; MCR_MEMBER_NONE: between two rounds */
	uint64_t due_ms;
	struct mcr_survey_result round;
	struct mcr_survey_result last;
	struct sight sights[]; /* by member id */
};

struct mcr_survey *
mcr_survey_create(uint32_t max_members)
{
	struct mcr_survey *survey =
		calloc(1, sizeof(*survey) + max_members * sizeof(survey->sights[0]));

	if (survey != NULL)
		survey->id = MCR_MEMBER_NONE;
	return survey;
}

void
mcr_survey_start_member(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->workers->max_members);
	control->survey->sights[id] = (struct sight){0};
}

void
mcr_survey_hear(struct mcr_controller *control, uint32_t id)
{
	control->survey->sights[id].heard_ms = control->now_ms;
}

static const struct sight *
look_at(struct mcr_controller *control, uint32_t id)
{
	struct sight *sight = &control->survey->sights[id];
	const uint64_t rx_packets = mcr_counters_of_member(control->workers, id).rx_packets;

	RTE_ASSERT(id < control->workers->max_members && sight->heard_ms <= control->now_ms);
	if (rx_packets != sight->rx_packets)
		sight->heard_ms = control->now_ms;
	sight->rx_packets = rx_packets;
	return sight;
}

static void
list_member(struct mcr_survey_list *list, const struct mcr_member *member)
{
	mcr_health_list(list->names, list->count++, member->name);
}

/* Not where the network answers for all hosts with one MAC address. */
static bool
shares_mac(const struct mcr_controller *control, const struct mcr_member *member,
	const struct mcr_template *template)
{
	const struct mcr_port *port = &control->ports->at[member->port];
	struct rte_ether_addr mac;

	if (member->identity.encap != MCR_ENCAP_L2 ||
		control->ports->at[member->port].config.next_hop_is_gateway)
		return false;
	memcpy(&mac, mcr_template_ethernet(template), sizeof(mac));
	for (unsigned int i = 0; i < RTE_DIM(port->gateways); i++) {
		if (port->gateways[i].is_known &&
			rte_is_same_ether_addr(&mac, &port->gateways[i].mac))
			return false;
	}
	return mcr_member_find_mac(control->fib->members, &mac) == MCR_MEMBER_NONE;
}

/* Receivers with `udp` never send, and other hubs hear the members that they serve. */
static bool
may_be_heard(const struct mcr_controller *control, uint32_t id, const struct mcr_member *member)
{
	return member->origin == MCR_MEMBER_STATIC && member->identity.encap != MCR_ENCAP_UDP &&
	       mcr_serving_lists(control, id);
}

/* Nobody serves a member behind a NAT before it comes. */
static bool
is_unserved(const struct mcr_controller *control, uint32_t id, const struct mcr_member *member)
{
	return !member->is_nat && mcr_serving_is_shared(control, id) &&
	       mcr_serving_server(control, id) == MCR_HUBS_NOBODY;
}

static void
count_unresolved(const struct mcr_controller *control, const struct mcr_member *member,
	struct mcr_survey_result *round)
{
	round->unresolved++;
	if (member->next_hop != member->identity.address)
		round->behind++;
	else if (mcr_neighbour_is_silent(control, member->port, member->next_hop)) {
		list_member(&round->unanswered, member);
		round->unanswered_ipv6 += mcr_address_is_ipv6(member->next_hop);
	}
}

static void
examine(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const struct mcr_template *template = mcr_member_template(control->fib->members, id);
	struct mcr_survey_result *round = &control->survey->round;
	const bool is_heard = look_at(control, id)->heard_ms != 0;

	if (member->origin == MCR_MEMBER_PEER)
		return;
	round->members++;
	/* Its first packet resolves a member behind a NAT: until then it is silent, not broken. */
	if (template == NULL && mcr_serving_lists(control, id) && (is_heard || !member->is_nat))
		count_unresolved(control, member, round);
	else if (template != NULL && shares_mac(control, member, template))
		list_member(&round->same_mac, member);
	if (is_unserved(control, id, member))
		list_member(&round->unserved, member);
	if (!is_heard && may_be_heard(control, id, member))
		list_member(&round->silent, member);
}

void
mcr_survey_run(struct mcr_controller *control)
{
	struct mcr_survey *survey = control->survey;

	if (survey->id == MCR_MEMBER_NONE) {
		if (control->now_ms < survey->due_ms)
			return;
		survey->due_ms = control->now_ms + ROUND_MS;
		survey->round = (struct mcr_survey_result){0};
	}
	for (unsigned int i = 0; i < STEP; i++) {
		survey->id = mcr_member_next(control->fib->members, survey->id);
		if (survey->id == MCR_MEMBER_NONE) {
			survey->last = survey->round;
			return;
		}
		mcr_path_mtu_age(control, survey->id);
		mcr_neighbour_review(control, survey->id);
		examine(control, survey->id);
	}
}

const struct mcr_survey_result *
mcr_survey_get(const struct mcr_controller *control)
{
	return &control->survey->last;
}

uint64_t
mcr_survey_last_seen(struct mcr_controller *control, uint32_t id)
{
	const uint64_t heard_ms = look_at(control, id)->heard_ms;

	return heard_ms == 0 ? 0 : RTE_MAX((control->now_ms - heard_ms) / 1000, UINT64_C(1));
}
