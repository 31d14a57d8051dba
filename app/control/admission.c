/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/admission.h"
#include "control/attach.h"
#include "control/background.h"
#include "control/membership.h"
#include "control/permission.h"
#include "control/police.h"
#include "control/route.h"
#include "datapath/counters.h"
#include "datapath/outer.h"
#include "fib/access.h"
#include "fib/peers.h"
#include "infra/log_pace.h"

/* See mcdpdk-groups(5), admit. */
#define SILENCE_MS 600000
#define EXPIRE_INTERVAL_MS 1000

struct admitted {
	uint64_t rx_packets;
	uint64_t heard_ms;
};

struct mcr_admission {
	uint64_t due_ms;
	struct admitted at[]; /* by member id */
};

struct mcr_admission *
mcr_admit_create(uint32_t max_members)
{
	return calloc(1, sizeof(struct mcr_admission) + max_members * sizeof(struct admitted));
}

static struct mcr_admit_rule *
find_rule(const struct mcr_controller *control, uint32_t address, enum mcr_encap encap)
{
	return mcr_access_find_rule(control->fib, control->ports, address, 1U << encap);
}

static void
count_for_rule(struct mcr_admit_rule *rule, int change)
{
	RTE_ASSERT(change > 0 || rule->members != 0);
	rule->members += change;
	__atomic_store_n(
		&rule->is_full, rule->members >= rule->admit.max_members, __ATOMIC_RELAXED);
}

static void
name_member(struct mcr_member *member)
{
	const struct mcr_member_identity *identity = &member->identity;
	const bool is_ipv6 = mcr_address_is_ipv6(identity->address);
	char address[MCR_ADDRESS_TEXT];
	const int n = snprintf(member->name, sizeof(member->name), is_ipv6 ? "%s:[%s]" : "%s:%s",
		mcr_encap_name(identity->encap), mcr_address_format(identity->address, address));

	RTE_ASSERT(n + (int)sizeof(":4294967295") <= (int)sizeof(member->name));
	if (identity->has_key)
		snprintf(member->name + n, sizeof(member->name) - n, ":%u", identity->key);
}

static void
describe_admitted(const struct mcr_controller *control, const struct mcr_member_identity *identity,
	struct mcr_member *member)
{
	memset(member, 0, sizeof(*member));
	member->origin = MCR_MEMBER_ADMITTED;
	member->identity = *identity;
	member->is_limited =
		mcr_config_is_limited(mcr_police_rate_of_admitted(control->config, identity));
	mcr_attach_set_overlay(member, control->config);
	name_member(member);
}

bool
mcr_admit_foresee(const struct mcr_controller *control, uint32_t address, struct mcr_member *member)
{
	static const enum mcr_encap encaps[] = {MCR_ENCAP_L2, MCR_ENCAP_GRE, MCR_ENCAP_GRE_UDP};

	if (mcr_peers_local_members(control->fib) >= control->config->limits.members)
		return false;
	for (unsigned int i = 0; i < RTE_DIM(encaps); i++) {
		const struct mcr_member_identity identity = {
			.address = address, .encap = encaps[i]};
		const struct mcr_admit_rule *rule = find_rule(control, address, encaps[i]);

		if (rule == NULL || rule->members >= rule->admit.max_members)
			continue;
		describe_admitted(control, &identity, member);
		if (mcr_route_find(control->ports, member))
			return true;
	}
	return false;
}

static int
admit_member(struct mcr_controller *control, const struct mcr_member *member)
{
	const struct mcr_member_identity *identity = &member->identity;
	struct mcr_admit_rule *rule = find_rule(control, identity->address, identity->encap);
	uint32_t id;
	int ret;

	if (rule == NULL || rule->members >= rule->admit.max_members)
		return -EPERM;
	ret = mcr_attach_member(control, member, &id);
	if (ret != 0)
		return ret;
	RTE_ASSERT(id < control->workers->max_members);
	mcr_permission_admit(control, mcr_membership_routers(control), id);
	mcr_police_set_member(control, id, mcr_police_rate_of_admitted(control->config, identity));
	control->admission->at[id] = (struct admitted){.heard_ms = control->now_ms};
	count_for_rule(rule, 1);
	MCR_LOG_PACED(INFO, control->now_ms, id, "%s is admitted", member->name);
	return 0;
}

uint32_t
mcr_admit_restore(struct mcr_controller *control, const struct mcr_member_identity *identity)
{
	struct mcr_member member;

	describe_admitted(control, identity, &member);
	if (!mcr_route_find(control->ports, &member) || admit_member(control, &member) != 0)
		return MCR_MEMBER_NONE;
	return mcr_member_find(control->fib->members, identity);
}

/* A tunnel accepts copies only from the address of the port that received the frame. The sender of
 * a plain frame may be on-link at another port. */
static bool
find_route_back(const struct mcr_ports *ports, uint16_t port, struct mcr_member *member)
{
	return mcr_route_by_port(ports, port, member) ||
	       (member->identity.encap == MCR_ENCAP_L2 && mcr_route_find(ports, member));
}

static int
admit_sender(struct mcr_controller *control, const struct mcr_packet *packet, uint32_t address,
	uint16_t port)
{
	const struct mcr_member_identity identity = {
		.address = address,
		.key = packet->key,
		.encap = packet->encap,
		.udp_port = packet->udp_port,
		.has_key = packet->has_key,
	};
	struct mcr_member member;

	/* Admitted or declared while this frame waited. */
	if (mcr_member_find(control->fib->members, &identity) != MCR_MEMBER_NONE)
		return 0;
	describe_admitted(control, &identity, &member);
	if (!find_route_back(control->ports, port, &member))
		return -ENETUNREACH;
	return admit_member(control, &member);
}

void
mcr_admit_resubmit(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason)
{
	struct mcr_punt back = *in;
	int ret;

	RTE_ASSERT(in->punt == MCR_PUNT_UNKNOWN && in->lcore < control->workers->count);
	back.reason = reason;
	ret = rte_ring_enqueue_elem(
		control->workers->lcores[in->lcore].rx.resubmit_ring, &back, sizeof(back));
	/* The ring has room for all frames that an RX lcore may have pending. */
	RTE_ASSERT(ret == 0);
	RTE_SET_USED(ret);
}

/* The address of a member of IPv6 has its number from here on. */
static uint32_t
hold_source(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint8_t *source = mcr_outer_ipv6_source(frame);
	struct in6_addr address;

	if (source == NULL)
		return packet->outer_source;
	memcpy(&address, source, sizeof(address));
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

void
mcr_admit_frame(struct mcr_controller *control, const struct mcr_punt *in)
{
	const struct rte_mbuf *frame = in->frame;
	const uint16_t port = mcr_ports_index(control->ports, frame->port);
	struct mcr_packet packet;
	uint32_t address;
	bool is_admitted;

	mcr_classify_frame(&control->ports->at[port].classify,
		rte_pktmbuf_mtod(frame, const uint8_t *), frame->data_len, &packet);
	address = hold_source(frame, &packet);
	/* The port's MAC or UDP ports may have changed while the frame waited. */
	is_admitted = packet.verdict != MCR_VERDICT_DROP && address != MCR_ADDRESS_NONE &&
	              admit_sender(control, &packet, address, port) == 0;
	mcr_address_drop(address);
	mcr_admit_resubmit(control, in, is_admitted ? MCR_DROP_NONE : MCR_DROP_SOURCE_DENIED);
}

static int
detach_admitted(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member_identity *identity =
		&mcr_member_get(control->fib->members, id)->identity;
	struct mcr_admit_rule *rule = find_rule(control, identity->address, identity->encap);
	const int ret = mcr_attach_withdraw_and_publish(control, id);

	RTE_ASSERT(mcr_member_get(control->fib->members, id)->origin == MCR_MEMBER_ADMITTED);
	if (ret != 0)
		return ret;
	if (rule != NULL)
		count_for_rule(rule, -1);
	mcr_detach_member(control, id);
	return 0;
}

uint64_t
mcr_admit_heard_ms(const struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(mcr_member_get(control->fib->members, id)->origin == MCR_MEMBER_ADMITTED);
	return control->admission->at[id].heard_ms;
}

static void
publish_admit_rules(struct mcr_controller *control, struct mcr_admit_rules *rules)
{
	struct mcr_admit_rules *before = control->fib->admit_rules;

	__atomic_store_n(&control->fib->admit_rules, rules, __ATOMIC_RELEASE);
	if (before != NULL)
		mcr_rcu_retire_memory(control->fib->rcu, before);
}

static int
follow_config(struct mcr_controller *control, uint32_t id, const struct mcr_config *config)
{
	struct mcr_member member = *mcr_member_get(control->fib->members, id);
	const struct mcr_config_rate *rate = mcr_police_rate_of_admitted(config, &member.identity);

	mcr_police_set_member(control, id, rate);
	member.is_limited = mcr_config_is_limited(rate);
	mcr_attach_set_overlay(&member, config);
	return mcr_attach_update(control, id, &member);
}

static int
keep_or_detach(struct mcr_controller *control, const struct mcr_config *config)
{
	uint32_t id, next;
	int ret = 0;

	for (id = mcr_attach_next(control, MCR_MEMBER_ADMITTED, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE; id = next) {
		const struct mcr_member_identity *identity =
			&mcr_member_get(control->fib->members, id)->identity;
		struct mcr_admit_rule *rule =
			find_rule(control, identity->address, identity->encap);

		next = mcr_attach_next(control, MCR_MEMBER_ADMITTED, id);
		if (rule != NULL)
			count_for_rule(rule, 1);
		if (rule == NULL || rule->members > rule->admit.max_members) {
			if (detach_admitted(control, id) != 0)
				ret = -ENOMEM;
		} else if (ret == 0) {
			ret = follow_config(control, id, config);
		}
		mcr_background_pause(control);
	}
	return ret;
}

static void
set_rule(struct mcr_admit_rule *rule, const struct mcr_config_admit *admit)
{
	rule->admit = *admit;
	if (mcr_address_is_ipv6(admit->prefix.address))
		rule->prefix6 = *mcr_address_ipv6(admit->prefix.address);
}

int
mcr_admit_configure(struct mcr_controller *control, const struct mcr_config *config)
{
	struct mcr_admit_rules *rules = NULL;

	if (config->admit_count != 0) {
		rules = calloc(1, sizeof(*rules) + config->admit_count * sizeof(rules->at[0]));
		if (rules == NULL)
			return -ENOMEM;
		rules->count = config->admit_count;
		for (uint32_t i = 0; i < rules->count; i++)
			set_rule(&rules->at[i], &config->admits[i]);
	}
	publish_admit_rules(control, rules);
	return keep_or_detach(control, config);
}

static bool
is_silent(struct mcr_controller *control, uint32_t id)
{
	struct admitted *admitted = &control->admission->at[id];
	const uint64_t rx_packets = mcr_counters_of_member(control->workers, id).rx_packets;

	if (rx_packets != admitted->rx_packets || mcr_membership_holds_any(control, id)) {
		admitted->rx_packets = rx_packets;
		admitted->heard_ms = control->now_ms;
	}
	RTE_ASSERT(admitted->heard_ms <= control->now_ms);
	/* It is leaving while memory does not allow to publish lists without it. */
	return control->leaving[id] || control->now_ms - admitted->heard_ms >= SILENCE_MS;
}

void
mcr_admit_expire(struct mcr_controller *control)
{
	struct mcr_member member;
	uint32_t id, next;

	if (control->fib->admit_rules == NULL || control->now_ms < control->admission->due_ms)
		return;
	control->admission->due_ms = control->now_ms + EXPIRE_INTERVAL_MS;
	for (id = mcr_attach_next(control, MCR_MEMBER_ADMITTED, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE; id = next) {
		next = mcr_attach_next(control, MCR_MEMBER_ADMITTED, id);
		member = *mcr_member_get(control->fib->members, id);
		if (is_silent(control, id) && detach_admitted(control, id) == 0)
			MCR_LOG_PACED(INFO, control->now_ms, id, "%s is forgotten", member.name);
		mcr_background_pause(control);
	}
}
