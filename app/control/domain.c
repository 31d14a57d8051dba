/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/attach.h"
#include "control/background.h"
#include "control/domain.h"
#include "control/placement/placement.h"
#include "control/placement/serving.h"
#include "control/route.h"
#include "datapath/link.h"
#include "fib/access.h"
#include "fib/policy.h"
#include "infra/log.h"
#include "infra/log_pace.h"

/* Members of a configuration have no colon in their names. */
#define PEER_PREFIX "peer:"

struct mcr_domain {
	struct mcr_interest_log *interest;
	uint64_t agent_ms; /* 0: it never asked */
	char agent_text[MCR_DOMAIN_TEXT_SIZE];
	struct mcr_domain_peer peers[MCR_PEERS_MAX]; /* as mcr_peers.at */
};

static void
note_segment(void *arg, uint32_t vni, bool has_members)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_SEGMENT, .number = vni};

	RTE_ASSERT(vni <= MCR_LINK_VNI_MAX);
	mcr_interest_log_set(arg, &key, has_members ? MCR_INTEREST_WANTS : MCR_INTEREST_NONE);
}

int
mcr_domain_create(struct mcr_controller *control)
{
	struct mcr_domain *domain;

	if (control->fib->peers == NULL)
		return 0;
	domain = calloc(1, sizeof(*domain));
	control->domain = domain;
	if (domain == NULL)
		return -ENOMEM;
	domain->interest = mcr_interest_log_create(control->fib->rcu);
	if (domain->interest == NULL)
		return -ENOMEM;
	mcr_group_watch_interest(control->fib->groups, mcr_interest_log_change, domain->interest);
	mcr_segment_watch(control->fib->segments, note_segment, domain->interest);
	return 0;
}

void
mcr_domain_free(struct mcr_controller *control)
{
	if (control->domain == NULL)
		return;
	mcr_group_watch_interest(control->fib->groups, NULL, NULL);
	mcr_segment_watch(control->fib->segments, NULL, NULL);
	mcr_interest_log_free(control->domain->interest);
	free(control->domain);
	control->domain = NULL;
}

void
mcr_domain_hear_agent(struct mcr_controller *control)
{
	control->domain->agent_ms = control->now_ms;
}

uint64_t
mcr_domain_agent_ms(const struct mcr_controller *control)
{
	return control->domain->agent_ms;
}

void
mcr_domain_set_agent_text(struct mcr_controller *control, const char *text)
{
	snprintf(control->domain->agent_text, sizeof(control->domain->agent_text), "%s", text);
}

const char *
mcr_domain_agent_text(const struct mcr_controller *control)
{
	return control->domain->agent_text;
}

void
mcr_domain_note_interest(struct mcr_controller *control, const struct mcr_interest_key *key,
	enum mcr_interest interest)
{
	mcr_interest_log_set(control->domain->interest, key, interest);
}

const struct mcr_interest_log *
mcr_domain_interest(const struct mcr_controller *control)
{
	return control->domain->interest;
}

const struct mcr_domain_peer *
mcr_domain_peer(const struct mcr_controller *control, uint16_t index)
{
	RTE_ASSERT(mcr_peers_get(control->fib->peers, index) != NULL);
	return &control->domain->peers[index];
}

static struct mcr_peer *
next_peer(const struct mcr_controller *control, uint16_t *index)
{
	const struct mcr_peers *peers = control->fib->peers;
	struct mcr_peer *peer = NULL;

	while (peer == NULL && *index < peers->end)
		peer = mcr_peers_get(peers, (*index)++);
	return peer;
}

struct mcr_peer *
mcr_domain_find_peer(const struct mcr_controller *control, const char *name)
{
	struct mcr_peer *peer;
	uint16_t index = 0;

	do
		peer = next_peer(control, &index);
	while (peer != NULL && strcmp(control->domain->peers[peer->index].name, name) != 0);
	return peer;
}

static struct mcr_peer *
find_address(const struct mcr_controller *control, uint32_t address)
{
	struct mcr_peer *peer;
	uint16_t index = 0;

	do
		peer = next_peer(control, &index);
	while (peer != NULL &&
		mcr_member_get(control->fib->members, peer->member)->identity.address != address);
	return peer;
}

/* A hub's name may be as long as a member's. */
static void
name_member(struct mcr_member *member, const char *name)
{
	if (strlen(name) < sizeof(member->name) - strlen(PEER_PREFIX))
		snprintf(member->name, sizeof(member->name), PEER_PREFIX "%.58s", name);
	else
		snprintf(member->name, sizeof(member->name), PEER_PREFIX "%08x",
			member->identity.key);
}

static struct mcr_member
describe_peer(const struct mcr_controller *control, const char *name, uint32_t address)
{
	const struct mcr_peers *peers = control->fib->peers;
	struct mcr_member member;

	memset(&member, 0, sizeof(member));
	member.origin = MCR_MEMBER_PEER;
	member.identity = (struct mcr_member_identity){
		.address = address,
		.key = mcr_link_hub_id(control->config->domain.name, name),
		.encap = peers->encap,
		.udp_port = peers->encap == MCR_ENCAP_LINK_UDP ? MCR_GRE_UDP_PORT : 0,
		.has_key = true,
	};
	member.link_id = peers->id;
	member.peer = mcr_peers_free_index(peers);
	name_member(&member, name);
	return member;
}

static bool
has_others_id(const struct mcr_controller *control, const char *name)
{
	return mcr_domain_find_peer(control, name) == NULL &&
	       mcr_peers_has_id(
		       control->fib->peers, mcr_link_hub_id(control->config->domain.name, name));
}

/* Else a packet of that hub would seem to be this hub's own that came back. */
static const char *
find_fault(const struct mcr_controller *control, const char *name, uint32_t address)
{
	const struct mcr_config_domain *domain = &control->config->domain;

	if (strcmp(name, domain->hub) == 0)
		return "this is the hub of that name";
	if (mcr_link_hub_id(domain->name, name) == control->fib->peers->id)
		return "its name has the same id as this hub's: rename one of them";
	if (!mcr_access_is_host(control->ports, address))
		return "its address is this hub's own or no host's";
	if (find_address(control, address) != NULL)
		return "its address is another peer's";
	if (has_others_id(control, name))
		return "its name has the same id as another peer's: rename one of them";
	return NULL;
}

static uint32_t
draw_discriminator(const struct mcr_controller *control)
{
	uint32_t discriminator = 0;

	while (discriminator == 0) {
		if (!control->fill_random(&discriminator, sizeof(discriminator)))
			discriminator = control->now_ms | 1;
	}
	return discriminator;
}

static void
forget_reach(struct mcr_controller *control, const struct mcr_peer *peer)
{
	struct mcr_domain_peer *named = &control->domain->peers[peer->index];

	named->segments -= mcr_reach_forget(control->fib->peers->segments, peer->member);
	named->hosts -= mcr_reach_forget(control->fib->peers->hosts, peer->member);
	if (mcr_serving_claims_of_peers(control) != NULL)
		mcr_claims_forget(mcr_serving_claims_of_peers(control), peer->index);
}

static const char *
add_peer(struct mcr_controller *control, const char *name, uint32_t address)
{
	struct mcr_member member = describe_peer(control, name, address);
	char text[MCR_ADDRESS_TEXT];
	struct mcr_domain_peer *named;
	struct mcr_peer *peer;
	int ret;

	if (member.peer == MCR_PEERS_MAX)
		return "there are too many peers";
	if (!mcr_route_find(control->ports, &member))
		return "there is no way to its address: a port in its subnet, or a gateway";
	peer = mcr_peers_make(
		control->fib, draw_discriminator(control), mcr_link_us(control->read_cycles()));
	if (peer == NULL)
		return "there is no memory for it";
	ret = mcr_attach_member(control, &member, &peer->member);
	if (ret != 0) {
		free(peer);
		return ret == -EEXIST ? "a peer of that name is about to leave: try again"
		                      : "there is no memory for it";
	}
	mcr_peers_add(control->fib, member.peer, peer);
	named = &control->domain->peers[member.peer];
	*named = (struct mcr_domain_peer){
		.changed_ms = control->now_ms,
		.said_ms = control->now_ms,
		.state = MCR_LINK_DOWN,
	};
	snprintf(named->name, sizeof(named->name), "%s", name);
	mcr_placements_follow_peers(control);
	MCR_LOG(NOTICE, "peer %s at %s joins the domain", name, mcr_address_format(address, text));
	return NULL;
}

const char *
mcr_domain_set_peer(struct mcr_controller *control, const char *name, uint32_t address)
{
	struct mcr_peer *peer = mcr_domain_find_peer(control, name);
	const char *error;

	if (peer != NULL &&
		mcr_member_get(control->fib->members, peer->member)->identity.address == address) {
		control->domain->peers[peer->index].said_ms = control->now_ms;
		return NULL;
	}
	error = find_fault(control, name, address);
	if (error == NULL && peer != NULL)
		error = mcr_domain_remove_peer(control, peer);
	return error != NULL ? error : add_peer(control, name, address);
}

const char *
mcr_domain_remove_peer(struct mcr_controller *control, struct mcr_peer *peer)
{
	const struct mcr_domain_peer *named = &control->domain->peers[peer->index];
	const uint32_t member = peer->member;

	forget_reach(control, peer);
	if (mcr_attach_withdraw_and_publish(control, member) != 0 ||
		mcr_peers_remove(control->fib, peer) != 0)
		return "there is no memory to remove it: try again";
	mcr_detach_member(control, member);
	mcr_placements_follow_peers(control);
	MCR_LOG(NOTICE, "peer %s leaves the domain", named->name);
	return NULL;
}

static int
set_group(struct mcr_controller *control, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_interest interest)
{
	struct mcr_group_table *groups = control->fib->groups;
	int ret;

	if (interest != MCR_INTEREST_NONE)
		return mcr_group_interest_set(
			groups, key, receiver, interest == MCR_INTEREST_WANTS);
	ret = mcr_group_interest_unset(groups, key, receiver.member);
	return ret == -ENOENT ? 0 : ret;
}

/* Of a segment or host without receivers there is no need to know. */
static int
set_reach(struct mcr_reach *reach, uint32_t number, struct mcr_receiver receiver,
	enum mcr_interest interest, uint32_t *count)
{
	int ret;

	if (interest == MCR_INTEREST_WANTS) {
		ret = mcr_reach_claim(reach, number, receiver);
		*count += ret >= 0;
	} else {
		ret = mcr_reach_release(reach, number, receiver.member);
		*count -= ret >= 0;
	}
	return ret >= 0 || ret == -EEXIST || ret == -ENOENT ? 0 : ret;
}

int
mcr_domain_set_interest(struct mcr_controller *control, const struct mcr_peer *peer,
	const struct mcr_interest_key *key, enum mcr_interest interest)
{
	struct mcr_domain_peer *named = &control->domain->peers[peer->index];
	const struct mcr_receiver receiver = {
		.address = mcr_member_get(control->fib->members, peer->member)->identity.address,
		.member = peer->member,
	};

	named->said_ms = control->now_ms;
	switch (key->kind) {
	case MCR_INTEREST_GROUP:
		return set_group(control, &key->group, receiver, interest);
	case MCR_INTEREST_SEGMENT:
		return set_reach(control->fib->peers->segments, key->number, receiver, interest,
			&named->segments);
	case MCR_INTEREST_HOST:
		return set_reach(
			control->fib->peers->hosts, key->number, receiver, interest, &named->hosts);
	case MCR_INTEREST_COMES:
	case MCR_INTEREST_LEFT:
		return mcr_serving_hear(control, peer, key, interest);
	}
	return -EINVAL;
}

void
mcr_domain_begin_sync(struct mcr_controller *control, const struct mcr_peer *peer)
{
	mcr_group_interest_begin(control->fib->groups, peer->member);
	mcr_reach_begin(control->fib->peers->segments, peer->member);
	mcr_reach_begin(control->fib->peers->hosts, peer->member);
	if (mcr_serving_claims_of_peers(control) != NULL)
		mcr_claims_begin(mcr_serving_claims_of_peers(control), peer->index);
}

void
mcr_domain_end_sync(struct mcr_controller *control, const struct mcr_peer *peer)
{
	struct mcr_domain_peer *named = &control->domain->peers[peer->index];

	(void)mcr_group_interest_end(control->fib->groups, peer->member);
	named->segments -= mcr_reach_end(control->fib->peers->segments, peer->member);
	named->hosts -= mcr_reach_end(control->fib->peers->hosts, peer->member);
	if (mcr_serving_claims_of_peers(control) != NULL)
		mcr_claims_end(mcr_serving_claims_of_peers(control), peer->index);
}

/* @param address Of either family; 0: there is none. */
static int
add_address(struct mcr_controller *control, uint32_t address, struct mcr_receiver receiver)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_HOST, .number = address};
	int ret;

	if (address == MCR_ADDRESS_NONE)
		return 0;
	ret = mcr_reach_claim(control->fib->peers->own_hosts, address, receiver);
	if (ret == 1)
		mcr_interest_log_set(control->domain->interest, &key, MCR_INTEREST_WANTS);
	return ret < 0 && ret != -EEXIST ? ret : 0;
}

int
mcr_domain_add_host(struct mcr_controller *control, uint32_t id, const struct mcr_member *member)
{
	const struct mcr_receiver receiver = {
		.address = mcr_member_instance(member, id), .member = id};
	int ret;

	if (control->domain == NULL || !mcr_policy_may_receive(member) ||
		!mcr_serving_lists(control, id))
		return 0;
	ret = add_address(control, member->overlay, receiver);
	return ret != 0 ? ret : add_address(control, member->overlay6, receiver);
}

static void
remove_address(struct mcr_controller *control, uint32_t address, uint32_t id)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_HOST, .number = address};

	if (address != MCR_ADDRESS_NONE &&
		mcr_reach_release(control->fib->peers->own_hosts, address, id) == 1)
		mcr_interest_log_set(control->domain->interest, &key, MCR_INTEREST_NONE);
}

void
mcr_domain_remove_host(struct mcr_controller *control, uint32_t id, const struct mcr_member *member)
{
	if (control->domain == NULL || !mcr_policy_may_receive(member))
		return;
	remove_address(control, member->overlay, id);
	remove_address(control, member->overlay6, id);
}

uint32_t
mcr_domain_count_up(const struct mcr_controller *control)
{
	const struct mcr_peer *peer;
	uint32_t count = 0;
	uint16_t index = 0;

	while ((peer = next_peer(control, &index)) != NULL)
		count += mcr_peer_state(peer) == MCR_LINK_UP;
	return count;
}

/* It is given time to start, beside the hub. */
static bool
is_agent_away(const struct mcr_controller *control)
{
	const uint64_t heard_ms = RTE_MAX(control->domain->agent_ms, control->start_ms);

	return control->now_ms - heard_ms > MCR_DOMAIN_AGENT_MS;
}

/* Else what other hubs want may come late, or never. */
static bool
hears_others(const struct mcr_controller *control)
{
	return !is_agent_away(control) && strncmp(control->domain->agent_text, MCR_DOMAIN_CONNECTED,
						  strlen(MCR_DOMAIN_CONNECTED)) == 0;
}

/* Of a peer that is down. By then those that took over its members have told what they want. */
static void
look_for_heirs(const struct mcr_controller *control, struct mcr_peer *peer)
{
	struct mcr_domain_peer *named = &control->domain->peers[peer->index];
	const uint32_t deaths = __atomic_load_n(&peer->deaths, __ATOMIC_RELAXED);

	if (deaths != named->deaths)
		named->died_ms = control->now_ms;
	named->deaths = deaths;
	if (mcr_peer_awaits_heirs(peer) &&
		control->now_ms - named->died_ms >= MCR_DOMAIN_HEIRS_MS && hears_others(control))
		mcr_peer_settle_deaths(peer, deaths);
}

static void
log_state(
	struct mcr_controller *control, const struct mcr_peer *peer, uint8_t state, uint32_t downs)
{
	struct mcr_domain_peer *named = &control->domain->peers[peer->index];
	const uint32_t address =
		mcr_member_get(control->fib->members, peer->member)->identity.address;
	const bool was_up = named->state == MCR_LINK_UP, is_up = state == MCR_LINK_UP;

	if (was_up && is_up && downs != named->downs)
		MCR_LOG_PACED(WARNING, control->now_ms, peer->index,
			"the link to peer %s at " MCR_IP_FMT " was down and is up again",
			named->name, MCR_IP_ARGS(address));
	else if (is_up && !was_up)
		MCR_LOG_PACED(NOTICE, control->now_ms, peer->index,
			"the link to peer %s at " MCR_IP_FMT " is up", named->name,
			MCR_IP_ARGS(address));
	else if (was_up && !is_up)
		MCR_LOG_PACED(WARNING, control->now_ms, peer->index,
			"the link to peer %s at " MCR_IP_FMT " is down", named->name,
			MCR_IP_ARGS(address));
	if (was_up != is_up || downs != named->downs)
		named->changed_ms = control->now_ms;
	/* They are looked for anew, and maybe found behind another hub. */
	if (downs != named->downs)
		mcr_segment_forget(control->fib->segments, peer->member);
	named->state = state;
	named->downs = downs;
}

void
mcr_domain_run(struct mcr_controller *control)
{
	struct mcr_peer *peer;
	uint16_t index = 0;

	if (control->domain == NULL)
		return;
	while ((peer = next_peer(control, &index)) != NULL) {
		log_state(control, peer, mcr_peer_state(peer),
			__atomic_load_n(&peer->downs, __ATOMIC_RELAXED));
		look_for_heirs(control, peer);
	}
}

void
mcr_domain_find_down(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	char names[MCR_HEALTH_NAMES_SIZE] = "";
	const struct mcr_peer *peer;
	uint16_t index = 0;

	if (control->domain == NULL)
		return;
	while ((peer = next_peer(control, &index)) != NULL) {
		if (mcr_peer_state(peer) != MCR_LINK_UP)
			mcr_health_list(
				names, finding->count++, control->domain->peers[peer->index].name);
	}
	if (finding->count == 0)
		snprintf(finding->text, sizeof(finding->text), "all peers are up");
	else
		snprintf(finding->text, sizeof(finding->text), "%u of %u peers %s not answer: %s",
			finding->count, control->fib->peers->count,
			finding->count == 1 ? "does" : "do", names);
}

void
mcr_domain_find_agent(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	if (control->domain == NULL)
		return;
	finding->count = is_agent_away(control);
	snprintf(finding->text, sizeof(finding->text), "%s",
		finding->count == 0 ? "mcdpdk-domain is there"
				    : "mcdpdk-domain does not ask: other hubs do not learn of new "
				      "joins, nor this one of theirs");
}

void
mcr_domain_find_etcd(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_domain *domain = control->domain;

	if (domain == NULL)
		return;
	finding->count = domain->agent_text[0] != '\0' && !is_agent_away(control) &&
	                 strncmp(domain->agent_text, MCR_DOMAIN_CONNECTED,
				 strlen(MCR_DOMAIN_CONNECTED)) != 0;
	snprintf(finding->text, sizeof(finding->text), "mcdpdk-domain: %.100s", domain->agent_text);
}
