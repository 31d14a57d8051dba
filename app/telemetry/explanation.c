/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <rte_debug.h>

#include "control/admission.h"
#include "control/placement/placement.h"
#include "fib/access.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "fib/policy.h"
#include "telemetry/explanation.h"

struct sender {
	uint32_t address; /* a reference to that of IPv6 in the question, or MCR_ADDRESS_NONE */
	uint32_t id;
	struct mcr_member member; /* a copy; also of a member to be admitted */
};

/* Among members with one address prefer those whose packets can carry the group, of these those
 * that may send, and of these l2. A declared `udp` receiver comes last. */
static unsigned int
rank_sender(const struct mcr_member *member, bool is_ipv6)
{
	if (member->identity.encap == MCR_ENCAP_UDP || !mcr_member_takes(member, is_ipv6))
		return 0;
	if (!mcr_policy_may_send(member))
		return 1;
	return member->identity.encap == MCR_ENCAP_L2 ? 3 : 2;
}

struct search {
	const struct mcr_members *members;
	bool is_ipv6;
	uint32_t found;
};

static bool
is_better(const struct search *search, uint32_t id)
{
	const int rank = rank_sender(mcr_member_get(search->members, id), search->is_ipv6);
	const uint32_t other = search->found;
	int best;

	if (other == MCR_MEMBER_NONE)
		return true;
	best = rank_sender(mcr_member_get(search->members, other), search->is_ipv6);
	return rank > best || (rank == best && id < other);
}

/* An AMT gateway sends no data, and a peer none of its own. */
static bool
consider(void *arg, uint32_t id)
{
	struct search *search = arg;

	const enum mcr_member_origin origin = mcr_member_get(search->members, id)->origin;

	if (origin != MCR_MEMBER_AMT && origin != MCR_MEMBER_PEER && is_better(search, id))
		search->found = id;
	return false;
}

static uint32_t
find_address(const struct mcr_members *members, uint32_t address, bool is_ipv6)
{
	struct search search = {.members = members, .is_ipv6 = is_ipv6, .found = MCR_MEMBER_NONE};

	(void)mcr_member_search_at(members, address, consider, &search);
	return search.found;
}

/* A declared `udp` receiver sends plain frames. RX looks up their MAC (mcr_rx_find_sender()) before
 * it refuses them (mcr_rx_refuse_unknown()). */
static uint32_t
resolve_udp_receiver(const struct mcr_members *members, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(members, id);
	const struct mcr_template *template = mcr_member_template(members, id);
	struct rte_ether_addr mac;
	uint32_t by_mac;

	if (member->identity.encap != MCR_ENCAP_UDP || template == NULL ||
		member->next_hop != member->identity.address)
		return id;
	memcpy(&mac, mcr_template_ethernet(template), sizeof(mac));
	by_mac = mcr_member_find_mac(members, &mac);
	return by_mac != MCR_MEMBER_NONE ? by_mac : id;
}

static bool
take_member(const struct mcr_members *members, uint32_t id, struct sender *sender)
{
	if (id == MCR_MEMBER_NONE)
		return false;
	sender->id = resolve_udp_receiver(members, id);
	sender->member = *mcr_member_get(members, sender->id);
	return true;
}

static void
explain_unknown(
	const struct mcr_controller *control, uint32_t address, struct mcr_explanation *explanation)
{
	const char *const why =
		mcr_access_find_rule(control->fib, control->ports, address, UINT32_MAX) != NULL
			? "may not be admitted now: no room, or no way to it"
			: "is no member's; a plain frame is known by its MAC, too";

	char text[MCR_ADDRESS_TEXT];

	snprintf(explanation->message, sizeof(explanation->message), "%s %s",
		mcr_address_format(address, text), why);
}

static bool
find_by_address(const struct mcr_controller *control, uint32_t address, bool is_ipv6,
	struct sender *sender, struct mcr_explanation *explanation)
{
	if (take_member(control->fib->members,
		    find_address(control->fib->members, address, is_ipv6), sender))
		return true;
	sender->id = MCR_MEMBER_NONE;
	explanation->admits = mcr_admit_foresee(control, address, &sender->member);
	if (!explanation->admits)
		explain_unknown(control, address, explanation);
	return explanation->admits;
}

static bool
find_by_mac(const struct mcr_fib *fib, const struct rte_ether_addr *mac, struct sender *sender,
	struct mcr_explanation *explanation)
{
	if (take_member(fib->members, mcr_member_find_mac(fib->members, mac), sender))
		return true;
	snprintf(explanation->message, sizeof(explanation->message),
		"no l2 member alone has resolved to this MAC, or it is the gateway's");
	return false;
}

/* Not in 0.0.0.0/8, where the numbers of IPv6 are. */
static bool
parse_ipv4(const char *text, uint32_t *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*address = rte_be_to_cpu_32(in.s_addr);
	return *address >> 24 != 0;
}

static bool
resolve_sender(const struct mcr_controller *control, const char *text, bool is_ipv6,
	struct sender *sender, struct mcr_explanation *explanation)
{
	struct rte_ether_addr mac;
	struct in6_addr ipv6;
	uint32_t ipv4;
	uint8_t length;

	if (take_member(control->fib->members, mcr_member_find_name(control->fib->members, text),
		    sender))
		return true;
	if (parse_ipv4(text, &ipv4))
		return find_by_address(control, ipv4, is_ipv6, sender, explanation);
	if (strchr(text, '/') == NULL && mcr_address_parse_ipv6(text, &ipv6, &length)) {
		sender->address = mcr_address_get(&ipv6, length);
		return sender->address != MCR_ADDRESS_NONE &&
		       find_by_address(control, sender->address, is_ipv6, sender, explanation);
	}
	if (rte_ether_unformat_addr(text, &mac) == 0)
		return find_by_mac(control->fib, &mac, sender, explanation);
	explanation->is_word = true;
	snprintf(
		explanation->message, sizeof(explanation->message), "no such member: %.100s", text);
	return false;
}

/* While placements change, a list has members of both. */
static bool
is_served(const struct mcr_placement *placement, uint32_t member)
{
	return placement == NULL || !mcr_placement_filters(placement) ||
	       mcr_placement_serves(placement, member, mcr_placement_tag(placement)) != 0;
}

static void
visit_list(const struct mcr_fib *fib, const struct mcr_explanation *explanation,
	const struct mcr_receivers *list, mcr_explain_visitor visit, void *arg)
{
	/* If the packet floods no segment, all receivers count as outside it. */
	const uint32_t vni = explanation->floods ? explanation->vni : MCR_VNI_NONE;
	const uint32_t sender = explanation->sender_address;

	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		const struct mcr_receiver *receiver = &list->at[i];

		if (!is_served(fib->placement, receiver->member))
			continue;
		if (list == explanation->flooded
				? !mcr_policy_is_sender(receiver, sender)
				: mcr_policy_gets_copy(fib->members, receiver, sender, vni, true))
			visit(arg, receiver->member);
	}
}

static bool
is_listed(const struct mcr_receivers *list, uint32_t member)
{
	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		if (list->at[i].member == member)
			return true;
	}
	return false;
}

/* @param before Peers that were visited. */
static void
visit_peers(const struct mcr_fib *fib, const struct mcr_receivers *list,
	const struct mcr_receivers *before, mcr_explain_visitor visit, void *arg)
{
	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		const uint32_t member = list->at[i].member;

		if (!is_listed(before, member) && mcr_peers_get_up(fib, member) != NULL)
			visit(arg, member);
	}
}

void
mcr_explain_visit(const struct mcr_fib *fib, const struct mcr_explanation *explanation,
	mcr_explain_visitor visit, void *arg)
{
	RTE_ASSERT(explanation->floods || explanation->flooded == NULL);
	visit_list(fib, explanation, explanation->flooded, visit, arg);
	visit_list(fib, explanation, explanation->receivers, visit, arg);
	visit_peers(fib, explanation->segment_peers, NULL, visit, arg);
	visit_peers(fib, explanation->peers, explanation->segment_peers, visit, arg);
}

static void
count_one(void *arg, uint32_t member)
{
	RTE_SET_USED(member);
	++*(uint32_t *)arg;
}

static bool
floods(bool is_in_segment, uint32_t group)
{
	if (mcr_address_is_ipv6(group))
		return mcr_policy_floods_ipv6(is_in_segment, mcr_address_ipv6(group)->s6_addr);
	return mcr_policy_floods(is_in_segment, group);
}

static bool
explain_no_ipv6(const struct sender *sender, uint32_t group, struct mcr_explanation *explanation)
{
	const enum mcr_encap encap = sender->member.identity.encap;

	if (!mcr_address_is_ipv6(group) || mcr_member_takes(&sender->member, true))
		return false;
	/* What comes from its MAC as a plain frame is no member's. */
	explanation->drop = MCR_DROP_SOURCE_DENIED;
	explanation->admits = false;
	snprintf(explanation->message, sizeof(explanation->message),
		"encap %s takes no IPv6 groups", mcr_encap_name(encap));
	return true;
}

/* Packets to it must not leave their host (RFC 4291 2.7). */
static bool
is_of_a_host(uint32_t group)
{
	return mcr_address_is_ipv6(group) &&
	       mcr_ipv6_scope(mcr_address_ipv6(group)->s6_addr) < MCR_IPV6_SCOPE_LINK;
}

/* Without a source, of any that no entry names. */
static struct mcr_group_ref
find_entry(const struct mcr_group_table *groups, const struct mcr_flow *flow)
{
	const struct in6_addr *source;
	struct mcr_group_ref entry;
	struct mcr_flow numbers;

	if (!mcr_address_is_ipv6(flow->group)) {
		mcr_group_find(groups, *flow, &entry);
		return entry;
	}
	source = flow->source != 0 ? mcr_address_ipv6(flow->source) : &in6addr_any;
	mcr_group_find_ipv6(
		groups, source->s6_addr, mcr_address_ipv6(flow->group)->s6_addr, &numbers, &entry);
	return entry;
}

static void
find_receivers(const struct mcr_fib *fib, const struct sender *sender, uint32_t group,
	struct mcr_explanation *explanation)
{
	const struct mcr_member_identity *identity = &sender->member.identity;

	RTE_ASSERT(explanation->receivers == NULL && explanation->flooded == NULL);
	explanation->sender_address = mcr_member_instance(&sender->member, sender->id);
	if (explanation->match.id != MCR_GROUP_NONE) {
		explanation->receivers = mcr_group_receivers(fib->groups, explanation->match);
		explanation->peers = mcr_group_peers(fib->groups, explanation->match);
	}
	explanation->floods = floods(mcr_encap_has_segment(identity->encap), group);
	if (!explanation->floods)
		return;
	explanation->vni = identity->key;
	explanation->flooded = mcr_segment_receivers(fib->segments, explanation->vni);
	if (fib->peers != NULL)
		explanation->segment_peers = mcr_reach_find(fib->peers->segments, explanation->vni);
}

static bool
may_send(const struct mcr_fib *fib, const struct sender *sender, struct mcr_group_ref match)
{
	return mcr_policy_may_send(&sender->member) &&
	       mcr_policy_entry_permits(fib->groups, match, &sender->member, sender->id);
}

/* Lists are without what this hub does not serve, so nobody knows here whether the group has such
 * receivers. */
static void
explain_no_service(const struct mcr_controller *control, struct mcr_explanation *explanation)
{
	const struct mcr_handover *handover = mcr_placements_get(control);

	if (mcr_placements_names_self(control))
		return;
	snprintf(explanation->message, sizeof(explanation->message),
		"this hub serves none of the shared receivers: %s",
		handover->phase == MCR_HANDOVER_NONE ? "mcdpdk-domain has told it no placement"
						     : "the placement is without it");
}

static void
explain_limits(
	const struct mcr_fib *fib, const struct sender *sender, struct mcr_explanation *explanation)
{
	const uint32_t limit = explanation->match.id == MCR_GROUP_NONE
	                               ? 0
	                               : mcr_group_limit(fib->groups, explanation->match);
	uint64_t refused = 0;

	if (sender->id != MCR_MEMBER_NONE && sender->member.is_limited)
		refused += mcr_limiter_refused(&fib->limiters.members[sender->id]);
	else if (limit != 0)
		refused += mcr_limiter_refused(&fib->limiters.groups[limit]);
	if (sender->member.is_limited || limit != 0)
		snprintf(explanation->message, sizeof(explanation->message),
			"%s has a rate_limit; refused beyond it: %" PRIu64,
			sender->member.is_limited ? "the sender" : "the group", refused);
}

static void
explain_flow(const struct mcr_controller *control, const struct sender *sender,
	const struct mcr_flow *flow, struct mcr_explanation *explanation)
{
	uint32_t count = 0;

	snprintf(explanation->sender, sizeof(explanation->sender), "%s", sender->member.name);
	if (explain_no_ipv6(sender, flow->group, explanation))
		return;
	if (is_of_a_host(flow->group)) {
		explanation->drop = MCR_DROP_MALFORMED;
		snprintf(explanation->message, sizeof(explanation->message),
			"the group never leaves its host: its scope is 0 or 1");
		return;
	}
	explanation->match = find_entry(control->fib->groups, flow);
	explanation->drop = MCR_DROP_SENDER_DENIED;
	if (!may_send(control->fib, sender, explanation->match))
		return;
	find_receivers(control->fib, sender, flow->group, explanation);
	mcr_explain_visit(control->fib, explanation, count_one, &count);
	/* Without a packet there is no TTL. */
	explanation->drop = count == 0 ? mcr_policy_no_receiver(false) : MCR_DROP_NONE;
	if (count == 0 && control->serving != NULL)
		explain_no_service(control, explanation);
	if (count != 0)
		explain_limits(control->fib, sender, explanation);
}

void
mcr_explain(const struct mcr_controller *control, const char *sender_text,
	const struct mcr_flow *flow, struct mcr_explanation *explanation)
{
	struct sender sender = {.address = MCR_ADDRESS_NONE};

	*explanation = (struct mcr_explanation){
		.drop = MCR_DROP_SOURCE_DENIED,
		.match = {.id = MCR_GROUP_NONE},
	};
	if (resolve_sender(
		    control, sender_text, mcr_address_is_ipv6(flow->group), &sender, explanation))
		explain_flow(control, &sender, flow, explanation);
	mcr_address_drop(sender.address);
}
