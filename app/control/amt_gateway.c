/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/amt_gateway.h"
#include "control/attach.h"
#include "control/background.h"
#include "control/membership.h"
#include "control/route.h"
#include "fib/access.h"
#include "infra/log_pace.h"

#define EXPIRE_INTERVAL_MS 1000

struct mcr_amt_gateways {
	struct mcr_amt_gateway_status status;
	uint64_t expire_due_ms;
};

struct mcr_amt_gateways *
mcr_amt_gateway_create(void)
{
	return calloc(1, sizeof(struct mcr_amt_gateways));
}

const struct mcr_amt_gateway_status *
mcr_amt_gateway_get_status(const struct mcr_controller *control)
{
	return &control->amt_gateways->status;
}

bool
mcr_amt_gateway_is_allowed(
	const struct mcr_config *config, const struct mcr_member_identity *identity)
{
	const struct mcr_config_amt *amt = &config->amt;

	if (!amt->enabled || identity->key != amt->port)
		return false;
	for (uint32_t i = 0; i < amt->prefix_count; i++) {
		if (mcr_config_contains(&amt->prefixes[i], identity->address))
			return true;
	}
	return false;
}

/* In 0.0.0.0/8, where no gateway is, are the numbers of IPv6. */
static uint32_t
ipv4_address_of(const struct mcr_amt_endpoint *gateway)
{
	const uint32_t address = mcr_read_be32(gateway->address + 12);

	RTE_ASSERT(mcr_amt_is_ipv4(gateway));
	return mcr_address_is_ipv6(address) ? MCR_ADDRESS_NONE : address;
}

/* @return MCR_ADDRESS_NONE also for one of IPv6 that nobody has asked to number. */
static uint32_t
find_address(const struct mcr_amt_endpoint *gateway)
{
	return mcr_amt_is_ipv4(gateway) ? ipv4_address_of(gateway)
	                                : mcr_address_find(gateway->address);
}

/* With a reference. */
static uint32_t
hold_address(const struct mcr_amt_endpoint *gateway)
{
	struct in6_addr address;

	if (mcr_amt_is_ipv4(gateway))
		return ipv4_address_of(gateway);
	memcpy(&address, gateway->address, sizeof(address));
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

static struct mcr_member_identity
identity_of_gateway(const struct mcr_controller *control, uint32_t address, uint16_t gateway_port)
{
	return (struct mcr_member_identity){
		.address = address,
		.key = control->amt_gateways->status.port,
		.encap = MCR_ENCAP_AMT,
		.udp_port = gateway_port,
	};
}

uint32_t
mcr_amt_gateway_find(const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway)
{
	const struct mcr_member_identity identity =
		identity_of_gateway(control, find_address(gateway), gateway->port);

	return mcr_member_find(control->fib->members, &identity);
}

struct count {
	const struct mcr_members *members;
	uint32_t gateways;
	uint32_t limit;
};

static bool
count_gateway(void *arg, uint32_t id)
{
	struct count *count = arg;

	count->gateways += mcr_member_get(count->members, id)->origin == MCR_MEMBER_AMT;
	return count->gateways == count->limit;
}

uint32_t
mcr_amt_gateway_count_at(const struct mcr_fib *fib, uint32_t address, uint32_t limit)
{
	struct count count = {.members = fib->members, .limit = limit};

	mcr_member_search_at(fib->members, address, count_gateway, &count);
	return count.gateways;
}

static int
check_room(const struct mcr_controller *control, uint32_t address)
{
	const struct mcr_amt_gateway_status *status = &control->amt_gateways->status;

	if (status->tunnels >= status->max_tunnels)
		return -ENOSPC;
	if (mcr_amt_gateway_count_at(control->fib, address, status->max_tunnels_per_address) ==
		status->max_tunnels_per_address)
		return -EDQUOT;
	return 0;
}

bool
mcr_amt_gateway_has_room(
	const struct mcr_controller *control, const struct mcr_amt_endpoint *gateway)
{
	return mcr_amt_gateway_find(control, gateway) != MCR_MEMBER_NONE ||
	       check_room(control, find_address(gateway)) == 0;
}

static void
describe_gateway(const struct mcr_controller *control, const struct mcr_member_identity *identity,
	struct mcr_member *member)
{
	const bool is_ipv6 = mcr_address_is_ipv6(identity->address);
	char address[MCR_ADDRESS_TEXT];

	memset(member, 0, sizeof(*member));
	member->identity = *identity;
	member->origin = MCR_MEMBER_AMT;
	member->role = MCR_ROLE_RECEIVER;
	mcr_attach_set_overlay(member, control->config);
	snprintf(member->name, sizeof(member->name), is_ipv6 ? "amt:[%s]:%u" : "amt:%s:%u",
		mcr_address_format(identity->address, address), identity->udp_port);
}

static int
attach_gateway(struct mcr_controller *control, const struct mcr_member *member, uint32_t *id)
{
	int ret = check_room(control, member->identity.address);

	RTE_ASSERT(member->identity.encap == MCR_ENCAP_AMT);
	if (ret == 0)
		ret = mcr_attach_member(control, member, id);
	if (ret != 0)
		return ret;
	control->amt_gateways->status.tunnels++;
	MCR_LOG_PACED(INFO, control->now_ms, *id, "%s is connected", member->name);
	return 0;
}

static int
open_gateway(struct mcr_controller *control, const struct mcr_member_identity *identity,
	uint16_t port, uint32_t *id)
{
	struct mcr_member member;

	RTE_ASSERT(control->amt_gateways->status.enabled && port < control->ports->count);
	describe_gateway(control, identity, &member);
	if (!mcr_route_by_port(control->ports, port, &member))
		return -ENETUNREACH;
	return attach_gateway(control, &member, id);
}

int
mcr_amt_gateway_open(struct mcr_controller *control, const struct mcr_amt_endpoint *gateway,
	uint16_t port, uint32_t *id)
{
	const struct mcr_member_identity identity =
		identity_of_gateway(control, hold_address(gateway), gateway->port);
	const int ret = identity.address == MCR_ADDRESS_NONE
	                        ? -ENOMEM
	                        : open_gateway(control, &identity, port, id);

	mcr_address_drop(identity.address);
	return ret;
}

uint32_t
mcr_amt_gateway_restore(struct mcr_controller *control, const struct mcr_member_identity *identity)
{
	struct mcr_member member;
	uint32_t id;

	if (!control->amt_gateways->status.enabled ||
		identity->key != control->amt_gateways->status.port ||
		!mcr_access_may_connect(control->fib, control->ports, identity->address))
		return MCR_MEMBER_NONE;
	describe_gateway(control, identity, &member);
	if (!mcr_route_find(control->ports, &member) || attach_gateway(control, &member, &id) != 0)
		return MCR_MEMBER_NONE;
	return id;
}

int
mcr_amt_gateway_close(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const int ret = mcr_attach_withdraw_and_publish(control, id);

	RTE_ASSERT(member->origin == MCR_MEMBER_AMT && control->amt_gateways->status.tunnels != 0);
	if (ret != 0)
		return ret;
	MCR_LOG_PACED(INFO, control->now_ms, id, "%s is forgotten", member->name);
	mcr_detach_member(control, id);
	control->amt_gateways->status.tunnels--;
	return 0;
}

void
mcr_amt_gateway_close_soon(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(mcr_member_get(control->fib->members, id)->origin == MCR_MEMBER_AMT);
	control->leaving[id] = true;
	control->amt_gateways->expire_due_ms = 0;
	control->expire_due_ms = 0;
}

static bool
may_gateway_stay(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member_identity *identity =
		&mcr_member_get(control->fib->members, id)->identity;
	const struct mcr_amt_gateway_status *status = &control->amt_gateways->status;

	return status->enabled && identity->key == status->port &&
	       status->tunnels <= status->max_tunnels &&
	       mcr_amt_gateway_count_at(control->fib, identity->address,
		       status->max_tunnels_per_address + 1) <= status->max_tunnels_per_address &&
	       mcr_access_may_connect(control->fib, control->ports, identity->address);
}

/* Counted anew: some may have left to make room for declared members. */
static uint32_t
count_gateways(struct mcr_controller *control)
{
	uint32_t count = 0;

	for (uint32_t id = mcr_attach_next(control, MCR_MEMBER_AMT, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE; id = mcr_attach_next(control, MCR_MEMBER_AMT, id))
		count++;
	return count;
}

static int
update_or_close(struct mcr_controller *control, const struct mcr_config *config)
{
	uint32_t id, next;
	int ret = 0;

	for (id = mcr_attach_next(control, MCR_MEMBER_AMT, MCR_MEMBER_NONE);
		ret == 0 && id != MCR_MEMBER_NONE; id = next) {
		next = mcr_attach_next(control, MCR_MEMBER_AMT, id);
		if (may_gateway_stay(control, id))
			ret = mcr_attach_update_overlay(control, id, config);
		else
			ret = mcr_amt_gateway_close(control, id);
		mcr_background_pause(control);
	}
	return ret;
}

static void
publish_gateway_rules(struct mcr_fib *fib, struct mcr_amt_gateway_rules *rules)
{
	struct mcr_amt_gateway_rules *before = fib->amt_gateway_rules;

	__atomic_store_n(&fib->amt_gateway_rules, rules, __ATOMIC_RELEASE);
	if (before != NULL)
		mcr_rcu_retire_memory(fib->rcu, before);
}

static struct mcr_amt_gateway_rules *
copy_rules(const struct mcr_config_amt *amt)
{
	struct mcr_amt_gateway_rules *rules =
		calloc(1, sizeof(*rules) + amt->prefix_count * sizeof(rules->at[0]));

	if (rules == NULL)
		return NULL;
	rules->count = amt->prefix_count;
	for (uint32_t i = 0; i < rules->count; i++) {
		rules->at[i].prefix = amt->prefixes[i];
		if (mcr_address_is_ipv6(amt->prefixes[i].address))
			rules->at[i].prefix6 = *mcr_address_ipv6(amt->prefixes[i].address);
	}
	return rules;
}

int
mcr_amt_gateway_configure(struct mcr_controller *control, const struct mcr_config *config)
{
	struct mcr_amt_gateway_rules *rules = NULL;

	if (config->amt.enabled) {
		rules = copy_rules(&config->amt);
		if (rules == NULL)
			return -ENOMEM;
	}
	publish_gateway_rules(control->fib, rules);
	control->amt_gateways->status = (struct mcr_amt_gateway_status){
		.enabled = config->amt.enabled,
		.port = config->amt.port,
		.tunnels = count_gateways(control),
		.max_tunnels = config->amt.max_tunnels,
		.max_tunnels_per_address = config->amt.max_tunnels_per_address,
	};
	return update_or_close(control, config);
}

void
mcr_amt_gateway_expire(struct mcr_controller *control)
{
	uint32_t id, next;

	if (control->amt_gateways->status.tunnels == 0 ||
		control->now_ms < control->amt_gateways->expire_due_ms)
		return;
	control->amt_gateways->expire_due_ms = control->now_ms + EXPIRE_INTERVAL_MS;
	for (id = mcr_attach_next(control, MCR_MEMBER_AMT, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = next) {
		next = mcr_attach_next(control, MCR_MEMBER_AMT, id);
		if (control->leaving[id] || !mcr_membership_holds_any(control, id))
			(void)mcr_amt_gateway_close(control, id);
		mcr_background_pause(control);
	}
}
