/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "members.h"

struct hop_key {
	const struct mcr_members *members;
	uint32_t address;
	uint16_t port;
};

static uint32_t
hash_hop(uint16_t port, uint32_t address)
{
	return mcr_hash(address, port);
}

static bool
is_hop(const void *arg, uint32_t id)
{
	const struct hop_key *key = arg;
	const struct next_hop *hop = &key->members->hops[id];

	return hop->address == key->address && hop->port == key->port;
}

static uint32_t
find_hop(const struct mcr_members *members, uint16_t port, uint32_t address)
{
	const struct hop_key key = {members, address, port};

	return mcr_index_find(members->by_hop, hash_hop(port, address), is_hop, &key);
}

static uint32_t
add_hop(struct mcr_members *members, uint16_t port, uint32_t address)
{
	const uint32_t id = members->unused_hop;

	RTE_ASSERT(id != MCR_MEMBER_NONE);
	RTE_ASSERT(port < members->port_count);
	members->unused_hop = members->hops[id].unused;
	members->hops[id] = (struct next_hop){
		.address = address,
		.port = port,
		.first = MCR_MEMBER_NONE,
	};
	mcr_index_insert(members->by_hop, hash_hop(port, address), id);
	return id;
}

static void
remove_hop(struct mcr_members *members, uint32_t id)
{
	struct next_hop *hop = &members->hops[id];

	RTE_ASSERT(hop->first == MCR_MEMBER_NONE);
	mcr_index_remove(members->by_hop, hash_hop(hop->port, hop->address), id);
	hop->unused = members->unused_hop;
	members->unused_hop = id;
}

static bool
is_known_by_mac(const struct mcr_member *member)
{
	return member->identity.encap == MCR_ENCAP_L2;
}

static const struct rte_ether_addr *
next_hop_mac(const struct mcr_members *members, uint32_t id)
{
	const struct mcr_member *member = members->records[id];
	const struct next_hop *hop = &members->hops[members->hop_of[id]];

	if (member->is_nat && members->nat_ports[id] == 0)
		return NULL;
	if (member->has_mac)
		return &member->mac;
	return hop->resolved ? &hop->mac : NULL;
}

uint16_t
mcr_member_path_mtu(const struct mcr_members *members, uint32_t id)
{
	const uint16_t learned = members->path_mtus[id], most = members->records[id]->mtu;

	return learned != 0 ? RTE_MIN(learned, most) : most;
}

static struct mcr_template *
build_template(const struct mcr_members *members, uint32_t id, const struct rte_ether_addr *mac)
{
	const struct mcr_member *member = members->records[id];
	const struct mcr_member_port *port = &members->ports[member->port];
	struct mcr_encap_path path = {
		.encap = member->identity.encap,
		.source_mac = port->mac,
		.next_hop_mac = *mac,
		.source = port->address,
		.destination = member->identity.address,
		.has_key = member->identity.has_key,
		.off_link = member->next_hop != member->identity.address,
		.key = member->origin == MCR_MEMBER_PEER ? member->link_id : member->identity.key,
		.udp_port = member->is_nat ? members->nat_ports[id] : member->identity.udp_port,
		.source_port = member->is_nat ? member->identity.udp_port : 0,
		.mtu = mcr_member_path_mtu(members, id),
		.port = member->port,
		.is_ipv6 = mcr_address_is_ipv6(member->identity.address),
		.zero_checksum = member->zero_checksum,
	};
	struct mcr_template *template;

	if (path.is_ipv6) {
		path.source6 = port->address6;
		path.destination6 = *mcr_address_ipv6(member->identity.address);
	}
	template = aligned_alloc(RTE_CACHE_LINE_SIZE, mcr_template_size(&path));
	if (template != NULL && mcr_template_build(template, &path) != 0) {
		free(template);
		template = NULL;
	}
	return template;
}

static void
publish_template(struct mcr_members *members, uint32_t id, struct mcr_template *template)
{
	struct mcr_template *old = members->templates[id];

	__atomic_store_n(&members->templates[id], template, __ATOMIC_RELEASE);
	if (old != NULL)
		mcr_rcu_retire_memory(members->rcu, old);
}

/* Build the template that the current next hop allows. -ENOMEM: there is none. */
static int
renew_template(struct mcr_members *members, uint32_t id)
{
	const struct rte_ether_addr *mac = next_hop_mac(members, id);
	struct mcr_template *template = NULL;

	if (mac != NULL)
		template = build_template(members, id, mac);
	publish_template(members, id, template);
	return mac != NULL && template == NULL ? -ENOMEM : 0;
}

static void
link_to_hop(struct mcr_members *members, uint32_t id)
{
	const struct mcr_member *member = members->records[id];
	uint32_t hop_id = find_hop(members, member->port, member->next_hop), next;

	if (hop_id == MCR_INDEX_NONE)
		hop_id = add_hop(members, member->port, member->next_hop);
	members->hop_of[id] = hop_id;
	next = members->hops[hop_id].first;
	members->next_behind_hop[id] = next;
	members->previous_behind_hop[id] = MCR_MEMBER_NONE;
	if (next != MCR_MEMBER_NONE)
		members->previous_behind_hop[next] = id;
	members->hops[hop_id].first = id;
}

static void
unlink_from_hop(struct mcr_members *members, uint32_t id)
{
	const uint32_t hop_id = members->hop_of[id];
	const uint32_t next = members->next_behind_hop[id];
	const uint32_t previous = members->previous_behind_hop[id];
	struct next_hop *hop = &members->hops[hop_id];

	RTE_ASSERT(next == MCR_MEMBER_NONE || members->previous_behind_hop[next] == id);
	RTE_ASSERT(previous != MCR_MEMBER_NONE || hop->first == id);
	if (next != MCR_MEMBER_NONE)
		members->previous_behind_hop[next] = previous;
	if (previous != MCR_MEMBER_NONE)
		members->next_behind_hop[previous] = next;
	else
		hop->first = next;
	if (hop->first == MCR_MEMBER_NONE)
		remove_hop(members, hop_id);
}

struct known_mac {
	bool exists;
	struct rte_ether_addr mac;
};

static struct known_mac
known_mac_of(const struct mcr_members *members, uint32_t id)
{
	const struct rte_ether_addr *mac = next_hop_mac(members, id);
	struct known_mac known = {0};

	if (mac != NULL && is_known_by_mac(members->records[id]))
		known = (struct known_mac){true, *mac};
	return known;
}

/* An unchanged MAC stays findable throughout. */
static void
move_mac(struct mcr_members *members, uint32_t id, const struct known_mac *before,
	const struct known_mac *after)
{
	if (before->exists && after->exists && rte_is_same_ether_addr(&before->mac, &after->mac))
		return;
	if (after->exists)
		members_hold_mac(members, &after->mac, id);
	if (before->exists)
		members_drop_mac(members, &before->mac, id);
}

int
members_attach(struct mcr_members *members, uint32_t id)
{
	struct known_mac known;

	link_to_hop(members, id);
	known = known_mac_of(members, id);
	move_mac(members, id, &(struct known_mac){0}, &known);
	return renew_template(members, id);
}

void
members_detach(struct mcr_members *members, uint32_t id)
{
	const struct known_mac known = known_mac_of(members, id);

	move_mac(members, id, &known, &(struct known_mac){0});
	unlink_from_hop(members, id);
	publish_template(members, id, NULL);
}

int
mcr_member_set_path_mtu(struct mcr_members *members, uint32_t id, uint16_t mtu)
{
	members->path_mtus[id] = mtu;
	return renew_template(members, id);
}

int
members_replace(struct mcr_members *members, uint32_t id, struct mcr_member *record)
{
	const struct mcr_member *old = members->records[id];
	const struct known_mac before = known_mac_of(members, id);
	const bool same_hop = record->next_hop == old->next_hop && record->port == old->port;
	struct known_mac after;

	if (!same_hop || record->mtu != old->mtu)
		members->path_mtus[id] = 0;
	if (!same_hop)
		unlink_from_hop(members, id);
	__atomic_store_n(&members->records[id], record, __ATOMIC_RELEASE);
	if (!same_hop)
		link_to_hop(members, id);
	after = known_mac_of(members, id);
	move_mac(members, id, &before, &after);
	return renew_template(members, id);
}

/* The l2 members behind a next hop, unless their own MAC is fixed, are known by its MAC. */
static void
hold_or_drop_mac(struct mcr_members *members, const struct next_hop *hop, bool hold)
{
	for (uint32_t id = hop->first; id != MCR_MEMBER_NONE; id = members->next_behind_hop[id]) {
		const struct mcr_member *member = members->records[id];

		if (member->has_mac || !is_known_by_mac(member))
			continue;
		if (hold)
			members_hold_mac(members, &hop->mac, id);
		else
			members_drop_mac(members, &hop->mac, id);
	}
}

int
mcr_member_set_nat_port(struct mcr_members *members, uint32_t id, uint16_t nat_port)
{
	int ret;

	RTE_ASSERT(members->records[id]->is_nat);
	__atomic_store_n(&members->nat_ports[id], nat_port, __ATOMIC_RELAXED);
	ret = renew_template(members, id);
	/* Without a template, readers report the port again. */
	if (ret != 0)
		__atomic_store_n(&members->nat_ports[id], 0, __ATOMIC_RELAXED);
	return ret;
}

uint16_t
mcr_member_nat_port(const struct mcr_members *members, uint32_t id)
{
	RTE_ASSERT(id < members->capacity);
	return __atomic_load_n(&members->nat_ports[id], __ATOMIC_RELAXED);
}

/* The new MAC is findable before the old one disappears; a repeated one stays findable. */
static void
set_hop_mac(struct mcr_members *members, struct next_hop *hop, const struct rte_ether_addr *mac)
{
	const struct next_hop before = *hop;

	if (mac != NULL && before.resolved && rte_is_same_ether_addr(mac, &before.mac))
		return;
	hop->resolved = mac != NULL;
	if (mac != NULL) {
		hop->mac = *mac;
		hold_or_drop_mac(members, hop, true);
	}
	if (before.resolved)
		hold_or_drop_mac(members, &before, false);
}

int
mcr_member_resolve(struct mcr_members *members, uint16_t port, uint32_t next_hop,
	const struct rte_ether_addr *mac)
{
	const uint32_t hop_id = find_hop(members, port, next_hop);
	const struct next_hop *hop;
	int ret = 0;

	if (hop_id == MCR_INDEX_NONE)
		return 0;
	hop = &members->hops[hop_id];
	set_hop_mac(members, &members->hops[hop_id], mac);
	for (uint32_t id = hop->first; id != MCR_MEMBER_NONE; id = members->next_behind_hop[id]) {
		if (!members->records[id]->has_mac && renew_template(members, id) != 0)
			ret = -ENOMEM;
	}
	return ret;
}

int
mcr_members_set_port(
	struct mcr_members *members, uint16_t port, const struct mcr_member_port *source)
{
	int ret = 0;

	RTE_ASSERT(port < members->port_count);
	members->ports[port] = *source;
	for (uint32_t id = 0; id < members->end; id++) {
		if (members->records[id] != NULL && members->records[id]->port == port &&
			renew_template(members, id) != 0)
			ret = -ENOMEM;
	}
	return ret;
}

uint32_t
mcr_member_next_behind(
	const struct mcr_members *members, uint16_t port, uint32_t next_hop, uint32_t after)
{
	uint32_t hop_id;

	if (after != MCR_MEMBER_NONE)
		return members->next_behind_hop[after];
	hop_id = find_hop(members, port, next_hop);
	return hop_id == MCR_INDEX_NONE ? MCR_MEMBER_NONE : members->hops[hop_id].first;
}
