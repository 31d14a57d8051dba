/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/apply.h"
#include "control/attach.h"
#include "control/background.h"
#include "control/membership.h"
#include "control/permission.h"
#include "control/police.h"
#include "control/room.h"
#include "control/route.h"
#include "control/state_file.h"
#include "datapath/tx_shed.h"
#include "fib/access.h"
#include "fib/peers.h"
#include "fib/udp_ports.h"
#include "infra/log_pace.h"

/* Lists that many groups share: who takes IPv4 groups, IPv6 groups, and all that receive. */
enum all_members { ALL_OF_IPV4, ALL_OF_IPV6, ALL_MEMBERS, ALL_COUNT };

/* One configuration on its way into the tables. */
struct transaction {
	struct mcr_controller *control;
	const struct mcr_config *config;
	uint32_t *ids;         /* as config->members; MCR_MEMBER_NONE: not attached yet */
	bool *declared;        /* by member id: attached and in config->members */
	bool *leaving;         /* by member id */
	uint32_t *admitted;    /* as config->admits: members that may stay, so far */
	uint32_t amt_gateways; /* that may stay, so far */
	bool is_begun;         /* a failure has to be undone */
	struct mcr_police *police;
	struct mcr_receiver *receivers; /* room for one list */
	/* Without senders, by what it lists and priority, once it is needed. */
	struct mcr_group_list *all[ALL_COUNT][MCR_GROUP_PRIORITY_MAX + 1];
	struct mcr_sender *senders;
};

/* @return 0, -ECANCELED: the hub ends. */
static int
pause_change(const struct transaction *txn)
{
	return mcr_background_pause(txn->control) ? 0 : -ECANCELED;
}

static enum mcr_member_role
role_of(const struct mcr_config_member *member)
{
	switch (member->role) {
	case MCR_CONFIG_ROLE_SENDER:
		return MCR_ROLE_SENDER;
	case MCR_CONFIG_ROLE_RECEIVER:
		return MCR_ROLE_RECEIVER;
	default:
		return MCR_ROLE_BOTH;
	}
}

static struct mcr_member_identity
identity_of_declared(const struct mcr_config_member *member)
{
	const bool is_vxlan = member->encap == MCR_ENCAP_VXLAN;

	return (struct mcr_member_identity){
		.address = member->address,
		.key = is_vxlan ? member->vni : member->key,
		.encap = member->encap,
		.udp_port = member->udp_port,
		.has_key = !is_vxlan && member->has_key,
	};
}

/* Buffers have no room for packets above the port's MTU. */
static uint16_t
mtu_of_declared(const struct mcr_ports *ports, const struct mcr_config_member *member)
{
	const uint16_t port_mtu = ports->at[member->port].mtu;

	if (member->mtu > port_mtu)
		MCR_LOG(WARNING, "%s: mtu %u is more than that of its port, %u", member->name,
			member->mtu, port_mtu);
	return member->mtu == 0 ? port_mtu : RTE_MIN(member->mtu, port_mtu);
}

static struct mcr_member
describe_declared(const struct transaction *txn, const struct mcr_config_member *config)
{
	const struct mcr_port *port = &txn->control->ports->at[config->port];
	const bool by_gateway = !mcr_config_is_direct(&port->config, config->address);
	struct mcr_member member;
	bool has_gateway_mac;

	memset(&member, 0, sizeof(member));
	member.identity = identity_of_declared(config);
	if (config->has_hub_overlay) {
		member.hub_overlay.hub = config->hub_overlay.address;
		member.hub_overlay.length = config->hub_overlay.length;
	}
	member.overlay = config->has_overlay ? config->overlay : 0;
	member.hub_overlay6.hub = config->hub_overlay6.address;
	member.hub_overlay6.length = config->hub_overlay6.length;
	member.overlay6 = config->overlay6;
	/* 0: another hub of the domain reaches it, or its gateway is not known yet. */
	if (!config->is_unreachable)
		member.next_hop = mcr_route_next_hop(port, config->address);
	has_gateway_mac = mcr_route_mac_of_gateway(&port->config, config->address, &member.mac);
	member.has_mac =
		!config->is_unreachable && (config->has_mac || (by_gateway && has_gateway_mac));
	if (config->has_mac)
		member.mac = config->mac;
	member.zero_checksum = config->udp6_zero_checksum;
	member.mtu = mtu_of_declared(txn->control->ports, config);
	member.port = config->port;
	member.is_nat = config->is_nat;
	member.role = role_of(config);
	member.is_limited = mcr_config_is_limited(mcr_police_rate_of_declared(txn->config, config));
	member.origin = MCR_MEMBER_STATIC;
	memcpy(member.name, config->name, sizeof(member.name));
	return member;
}

/* A member with the same identity keeps its id and joins, whatever its name and origin. With
 * another `nat` it leaves first, since two members cannot have one identity. */
static int
find_declared(struct transaction *txn)
{
	const struct mcr_members *members = txn->control->fib->members;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < txn->config->member_count; i++) {
		const struct mcr_config_member *config = &txn->config->members[i];
		const struct mcr_member_identity identity = identity_of_declared(config);
		const uint32_t id = mcr_member_find(members, &identity);

		txn->ids[i] = MCR_MEMBER_NONE;
		ret = pause_change(txn);
		if (id == MCR_MEMBER_NONE)
			continue;
		if (mcr_member_get(members, id)->is_nat == config->is_nat) {
			txn->ids[i] = id;
			txn->declared[id] = true;
		} else {
			txn->leaving[id] = true;
		}
	}
	return ret;
}

/* Undeclared members are removed in one batch: else each would rebuild its groups' lists. */
static bool
may_undeclared_stay(struct transaction *txn, uint32_t id)
{
	const struct mcr_config *config = txn->config;
	const struct mcr_member *member = mcr_member_get(txn->control->fib->members, id);
	uint32_t rule;

	if (member->origin == MCR_MEMBER_STATIC)
		return false;
	if (member->origin == MCR_MEMBER_PEER)
		return true;
	if (member->origin == MCR_MEMBER_AMT)
		return mcr_amt_gateway_is_allowed(config, &member->identity) &&
		       txn->amt_gateways++ < config->amt.max_tunnels;
	rule = mcr_access_rule_of(config, &member->identity);
	return rule < config->admit_count &&
	       txn->admitted[rule]++ < config->admits[rule].max_members;
}

static bool
is_peer(const struct transaction *txn, uint32_t id)
{
	return mcr_member_get(txn->control->fib->members, id)->origin == MCR_MEMBER_PEER;
}

static int
choose_leaving(struct transaction *txn)
{
	const struct mcr_members *members = txn->control->fib->members;
	uint32_t count = txn->config->member_count;
	int ret = 0;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE);
		ret == 0 && id != MCR_MEMBER_NONE; id = mcr_member_next(members, id)) {
		if (txn->declared[id])
			continue;
		txn->leaving[id] = txn->leaving[id] || !may_undeclared_stay(txn, id);
		count += !txn->leaving[id] && !is_peer(txn, id);
		ret = pause_change(txn);
	}
	if (ret != 0 || count <= txn->config->limits.members)
		return ret;
	return mcr_room_choose(
		txn->control, txn->declared, count - txn->config->limits.members, txn->leaving);
}

/* Changed names and overlay addresses are given up first: two members may swap theirs. */
static int
give_up(struct transaction *txn, uint32_t id, const struct mcr_member *next)
{
	struct mcr_member member = *mcr_member_get(txn->control->fib->members, id);
	const bool is_renamed = strcmp(member.name, next->name) != 0;
	const bool moves = !mcr_member_has_same_overlay(&member, next);
	const bool moves6 = !mcr_member_has_same_overlay6(&member, next);

	if (!is_renamed && !moves && !moves6)
		return 0;
	if (is_renamed) {
		memset(member.name, 0, sizeof(member.name));
		/* No name in a configuration has a colon. */
		snprintf(member.name, sizeof(member.name), ":%u", id);
	}
	if (moves)
		member.overlay = 0;
	if (moves6)
		member.overlay6 = MCR_ADDRESS_NONE;
	return mcr_attach_update(txn->control, id, &member);
}

static int
give_up_all(struct transaction *txn)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < txn->config->member_count; i++) {
		const struct mcr_member next = describe_declared(txn, &txn->config->members[i]);

		if (txn->ids[i] != MCR_MEMBER_NONE)
			ret = give_up(txn, txn->ids[i], &next);
		if (ret == 0)
			ret = pause_change(txn);
	}
	return ret;
}

/* The id of a detached member becomes free when no reader can hold it. */
static int
attach_declared(const struct transaction *txn, const struct mcr_member *member, uint32_t *id)
{
	int ret = mcr_attach_member(txn->control, member, id);

	if (ret == -ENOSPC && mcr_background_await_readers(txn->control))
		ret = mcr_attach_member(txn->control, member, id);
	return ret;
}

/* After a failure it may have been leaving by the configuration that is given up. */
static int
update_declared(const struct transaction *txn, const struct mcr_member *member, uint32_t id)
{
	txn->control->leaving[id] = false;
	return mcr_attach_update(txn->control, id, member);
}

static int
add_and_update_members(struct transaction *txn)
{
	int ret = give_up_all(txn);

	for (uint32_t i = 0; ret == 0 && i < txn->config->member_count; i++) {
		const struct mcr_member member = describe_declared(txn, &txn->config->members[i]);

		if (txn->ids[i] == MCR_MEMBER_NONE)
			ret = attach_declared(txn, &member, &txn->ids[i]);
		else
			ret = update_declared(txn, &member, txn->ids[i]);
		if (ret != 0)
			break;
		mcr_police_set_member(txn->control, txn->ids[i],
			mcr_police_rate_of_declared(txn->config, &txn->config->members[i]));
		ret = pause_change(txn);
	}
	return ret;
}

static struct mcr_receiver
receiver_of(const struct mcr_fib *fib, uint32_t id)
{
	return (struct mcr_receiver){
		.address = mcr_member_instance(mcr_member_get(fib->members, id), id),
		.member = id,
	};
}

/* While entries are only reserved the lists do not matter, and long ones cost time and memory. */
static uint32_t
list_receivers(const struct transaction *txn, const struct mcr_config_names *names)
{
	uint32_t count = 0;

	for (uint32_t i = 0; txn->is_begun && i < names->count; i++) {
		const uint32_t member = names->index[i];

		if (txn->ids[member] == MCR_MEMBER_NONE)
			continue;
		RTE_ASSERT(count < txn->config->member_count);
		txn->receivers[count++] = receiver_of(txn->control->fib, txn->ids[member]);
		mcr_background_pause(txn->control);
	}
	return count;
}

static struct mcr_sender
sender_in(uint32_t address, uint8_t length)
{
	return (struct mcr_sender){.member = MCR_GROUP_NONE, .address = address, .length = length};
}

/* In two halves, as a prefix of length 0 is all of both families: 0.0.0.0/0 is that of IPv4. */
static uint32_t
list_prefix(const struct mcr_config_prefix *prefix, struct mcr_sender *senders)
{
	if (prefix->length != 0) {
		senders[0] = sender_in(prefix->address, prefix->length);
		return 1;
	}
	senders[0] = sender_in(0, 1);
	senders[1] = sender_in(UINT32_C(1) << 31, 1);
	return 2;
}

static uint32_t
list_senders(const struct transaction *txn, const struct mcr_config_group *group)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->sender_members.count; i++)
		txn->senders[count++] = (struct mcr_sender){
			.member = txn->ids[group->sender_members.index[i]],
			/* 0.0.0.0/32, no sender, while the id is NONE: an empty list permits all.
		         */
			.length = 32,
		};
	for (uint32_t i = 0; i < group->sender_prefix_count; i++)
		count += list_prefix(&group->sender_prefixes[i], &txn->senders[count]);
	/* Nobody may send. A list without entries would mean that all may. */
	if (count == 0 && !group->any_sender)
		txn->senders[count++] = (struct mcr_sender){.member = MCR_GROUP_NONE, .length = 32};
	return count;
}

static enum all_members
which_all(const struct mcr_config *config, const struct mcr_config_names *names)
{
	if (names->index == config->ipv6_receivers.index)
		return ALL_OF_IPV6;
	return names->index == config->ipv4_receivers.index ? ALL_OF_IPV4 : ALL_MEMBERS;
}

/* A reference for the caller. "*" is listed once for each priority, however many groups have it. */
static struct mcr_group_list *
get_list(struct transaction *txn, const struct mcr_config_names *names,
	const struct mcr_group_terms *terms)
{
	const bool is_all = names->all_members && terms->n_senders == 0 && terms->limit == 0;
	struct mcr_group_list **const all =
		&txn->all[which_all(txn->config, names)][terms->priority];
	struct mcr_group_table *groups = txn->control->fib->groups;
	struct mcr_group_list *list;

	if (is_all && *all != NULL)
		return mcr_group_list_hold(*all);
	list = mcr_group_list_get(groups, txn->receivers, list_receivers(txn, names), terms);
	if (is_all && list != NULL)
		*all = mcr_group_list_hold(list);
	return list;
}

static int
set_group(struct transaction *txn, const struct mcr_config_group *group)
{
	struct mcr_group_table *groups = txn->control->fib->groups;
	const struct mcr_group_terms terms = {
		.senders = txn->senders,
		.n_senders = list_senders(txn, group),
		.limit = mcr_police_number(txn->police, group),
		.priority = group->priority,
	};
	struct mcr_group_list *list = get_list(txn, &group->members, &terms);
	struct mcr_group_key key = {
		.group = group->group.address,
		.length = group->group.length,
	};
	uint32_t i = 0;
	int ret;

	do {
		if (group->source_count != 0)
			key.source = group->sources[i];
		ret = mcr_group_static_set(groups, &key, list);
		if (ret == 0)
			ret = pause_change(txn);
	} while (ret == 0 && ++i < group->source_count);
	mcr_group_list_drop(groups, list);
	return ret;
}

static int
set_special_group(struct transaction *txn, uint32_t group, uint8_t length,
	const struct mcr_config_names *names)
{
	const struct mcr_group_key key = {.group = group, .length = length};
	const struct mcr_group_terms terms = {.priority = MCR_GROUP_PRIORITY_DEFAULT};
	struct mcr_group_list *list = get_list(txn, names, &terms);
	const int ret = mcr_group_static_set(txn->control->fib->groups, &key, list);

	mcr_group_list_drop(txn->control->fib->groups, list);
	return ret;
}

static void
drop_lists(struct transaction *txn)
{
	for (uint8_t which = 0; which < ALL_COUNT; which++)
		for (uint8_t i = 0; i <= MCR_GROUP_PRIORITY_MAX; i++)
			mcr_group_list_drop(txn->control->fib->groups, txn->all[which][i]);
	memset(txn->all, 0, sizeof(txn->all));
}

/* Nothing changes before mcr_group_static_end(). */
static int
stage_groups(struct transaction *txn)
{
	int ret = 0;

	mcr_group_static_begin(txn->control->fib->groups);
	for (uint32_t i = 0; ret == 0 && i < txn->config->group_count; i++)
		ret = set_group(txn, &txn->config->groups[i]);
	if (ret == 0 && txn->config->has_broadcast)
		ret = set_special_group(txn, MCR_GROUP_BROADCAST, 32, &txn->config->broadcast);
	if (ret == 0 && txn->config->unknown_groups_flood)
		ret = set_special_group(txn, MCR_GROUP_FALLBACK, 0, &txn->config->receivers);
	drop_lists(txn);
	if (ret != 0) {
		mcr_group_static_cancel(txn->control->fib->groups);
		(void)mcr_fib_commit_groups(txn->control->fib);
	}
	return ret;
}

static int
publish_static_groups(struct transaction *txn)
{
	const int ret = stage_groups(txn);

	if (ret != 0)
		return ret;
	mcr_group_static_end(txn->control->fib->groups);
	return mcr_fib_commit_groups(txn->control->fib);
}

/* Make all entries before anything else changes, as the table may be full; publish_static_groups()
 * finds them. Waiting for RCU may free ids of groups. */
static int
reserve_groups(struct transaction *txn)
{
	int ret = stage_groups(txn);

	if (ret == -ENOSPC && mcr_background_await_readers(txn->control))
		ret = stage_groups(txn);
	return ret;
}

static uint32_t
next_leaving(const struct transaction *txn, uint32_t after)
{
	const struct mcr_members *members = txn->control->fib->members;
	uint32_t id = after;

	do
		id = mcr_member_next(members, id);
	while (id != MCR_MEMBER_NONE && !txn->leaving[id]);
	return id;
}

static void
log_leaving(const struct transaction *txn, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(txn->control->fib->members, id);

	if (member->origin != MCR_MEMBER_STATIC)
		MCR_LOG_PACED(INFO, txn->control->now_ms, id, "%s is removed by the reload",
			member->name);
}

/* No list may name a member when its id becomes free, so the lists go first. */
static int
remove_leaving(struct transaction *txn)
{
	uint32_t id = next_leaving(txn, MCR_MEMBER_NONE);
	int ret;

	if (id == MCR_MEMBER_NONE)
		return 0;
	for (; id != MCR_MEMBER_NONE; id = next_leaving(txn, id)) {
		mcr_attach_withdraw(txn->control, id);
		mcr_background_pause(txn->control);
	}
	ret = publish_static_groups(txn);
	if (ret == 0)
		ret = mcr_fib_commit_segments(txn->control->fib);
	if (ret != 0)
		return ret;
	for (id = next_leaving(txn, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next_leaving(txn, id)) {
		RTE_ASSERT(!txn->declared[id]);
		log_leaving(txn, id);
		mcr_detach_member(txn->control, id);
		mcr_background_pause(txn->control);
	}
	return 0;
}

static uint32_t
max_senders(struct mcr_controller *control, const struct mcr_config *config)
{
	uint32_t max = 0;

	for (uint32_t i = 0; i < config->group_count; i++) {
		max = RTE_MAX(max, config->groups[i].sender_members.count +
					   2 * config->groups[i].sender_prefix_count);
		mcr_background_pause(control);
	}
	return max;
}

/* While any member leaves without checksums, such packets are taken at every port. */
static void
configure_checksums(const struct transaction *txn)
{
	struct mcr_ports *ports = txn->control->ports;
	bool takes_zero = false;

	for (uint32_t i = 0; i < txn->config->member_count; i++)
		takes_zero |= txn->config->members[i].udp6_zero_checksum;
	for (uint16_t i = 0; i < ports->count; i++)
		__atomic_store_n(
			&ports->at[i].classify.takes_zero_checksum, takes_zero, __ATOMIC_RELAXED);
}

static int
configure_udp_ports(const struct transaction *txn)
{
	struct mcr_udp_ports *ports = calloc(1, sizeof(*ports));

	if (ports == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < txn->config->member_count; i++) {
		mcr_udp_ports_add(ports, &txn->config->members[i]);
		mcr_background_pause(txn->control);
	}
	mcr_udp_ports_configure(txn->control->fib, ports, txn->config);
	configure_checksums(txn);
	free(ports);
	return 0;
}

/* This order interrupts no stream that both configurations allow. */
static int
change_tables(struct transaction *txn)
{
	struct mcr_controller *control = txn->control;
	const struct mcr_config *config = txn->config;
	int ret;

	RTE_ASSERT(!txn->is_begun);
	txn->is_begun = true;
	mcr_police_set_groups(control, txn->police);
	ret = remove_leaving(txn);
	if (ret == 0)
		ret = add_and_update_members(txn);
	if (ret == 0)
		ret = mcr_fib_commit_segments(txn->control->fib);
	if (ret == 0)
		ret = mcr_permission_configure(
			control, mcr_membership_routers(control), config, txn->ids);
	if (ret == 0)
		ret = mcr_membership_configure(control, config);
	if (ret == 0)
		ret = publish_static_groups(txn);
	if (ret == 0)
		ret = mcr_admit_configure(control, config);
	if (ret == 0)
		ret = mcr_amt_gateway_configure(control, config);
	if (ret == 0)
		mcr_relay_configure(control, config);
	return ret == 0 ? configure_udp_ports(txn) : ret;
}

static int
check_and_change(struct transaction *txn)
{
	int ret;

	ret = find_declared(txn);
	if (ret == 0)
		ret = choose_leaving(txn);
	if (ret == 0)
		ret = reserve_groups(txn);
	if (ret == 0)
		ret = change_tables(txn);
	return ret;
}

static int
apply(struct mcr_controller *control, const struct mcr_config *config, bool *is_begun)
{
	struct transaction txn = {
		.control = control,
		.config = config,
		.ids = calloc(config->member_count + 1, sizeof(*txn.ids)),
		.declared = calloc(control->workers->max_members, sizeof(*txn.declared)),
		.leaving = calloc(control->workers->max_members, sizeof(*txn.leaving)),
		.admitted = calloc(config->admit_count + 1, sizeof(*txn.admitted)),
		.receivers = calloc(config->member_count + 1, sizeof(*txn.receivers)),
		.senders = calloc(max_senders(control, config) + 1, sizeof(*txn.senders)),
		.police = mcr_police_plan(control, config),
	};
	int ret = -ENOMEM;

	if (txn.ids != NULL && txn.declared != NULL && txn.leaving != NULL &&
		txn.admitted != NULL && txn.receivers != NULL && txn.senders != NULL &&
		txn.police != NULL)
		ret = check_and_change(&txn);
	if (ret == 0)
		mcr_police_keep(control, txn.police);
	else
		mcr_police_free_plan(txn.police);
	*is_begun = txn.is_begun;
	free(txn.ids);
	free(txn.declared);
	free(txn.leaving);
	free(txn.admitted);
	free(txn.receivers);
	free(txn.senders);
	return ret;
}

int
mcr_apply_config(struct mcr_controller *control, struct mcr_config *config)
{
	struct mcr_config *before = control->config;
	bool is_begun;
	int ret = apply(control, config, &is_begun);

	if (ret == 0 && !mcr_background_pause(control))
		ret = -ECANCELED;
	RTE_ASSERT(config->limits.members == before->limits.members);
	if (ret != 0) {
		if (ret != -ECANCELED && is_begun && before != config &&
			apply(control, before, &is_begun) != 0)
			MCR_LOG(ERR, "the configuration before could not be restored wholly");
		return ret;
	}
	__atomic_store_n(&control->fib->ttl_decrement, config->ttl_decrement, __ATOMIC_RELAXED);
	__atomic_store_n(&control->fib->drops_oversize, config->oversize_drop, __ATOMIC_RELAXED);
	__atomic_store_n(&control->fib->idle_sleep, config->idle_sleep, __ATOMIC_RELAXED);
	mcr_tx_shed_configure(control->workers, control->ports, config);
	mcr_peers_configure(control->fib, config);
	control->config = config;
	mcr_state_file_configure(control, config);
	return 0;
}
