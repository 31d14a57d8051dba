/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "members.h"

struct identity_key {
	const struct mcr_members *members;
	const struct mcr_member_identity *identity;
};

struct name_key {
	const struct mcr_members *members;
	const char *name;
};

static uint32_t
hash_identity(const struct mcr_member_identity *identity)
{
	/* Without the UDP port: two searches ignore it. */
	const uint64_t kind = (uint64_t)identity->encap << 1 | identity->has_key;

	return mcr_hash((uint64_t)identity->address << 32 | identity->key, kind);
}

static uint32_t
hash_name(const char *name)
{
	uint32_t hash = 0;

	/* The names of admitted members contain keys that others choose. */
	while (*name != '\0')
		hash = mcr_hash(hash, *name++);
	return hash;
}

static bool
matches_but_for_port(const struct mcr_member *member, const struct mcr_member_identity *identity)
{
	return member != NULL && member->identity.address == identity->address &&
	       member->identity.encap == identity->encap &&
	       member->identity.has_key == identity->has_key &&
	       member->identity.key == identity->key;
}

static bool
has_identity(const void *arg, uint32_t id)
{
	const struct identity_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && mcr_member_has_identity(member, key->identity);
}

static bool
has_identity_but_for_port(const void *arg, uint32_t id)
{
	const struct identity_key *key = arg;

	return matches_but_for_port(members_record(key->members, id), key->identity);
}

static bool
has_name(const void *arg, uint32_t id)
{
	const struct name_key *key = arg;

	return strcmp(members_record(key->members, id)->name, key->name) == 0;
}

static bool
create_indexes(struct mcr_members *members)
{
	struct mcr_index **const all[] = {&members->by_address, &members->by_identity,
		&members->by_overlay, &members->by_name, &members->by_hop, &members->by_mac};

	for (unsigned int i = 0; i < RTE_DIM(all); i++) {
		/* A member may have an overlay address of each family. */
		const uint32_t per_member = all[i] == &members->by_overlay ? 2 : 1;

		*all[i] = mcr_index_create(
			per_member * members->capacity + members->port_count, members->rcu);
		if (*all[i] == NULL)
			return false;
	}
	return true;
}

static bool
create_arrays(struct mcr_members *members)
{
	const uint32_t n = members->capacity;
	/* A gateway per port may have a next hop or MAC of its own. */
	const uint32_t with_gateways = n + members->port_count;

	members->records = calloc(n, sizeof(*members->records));
	members->templates = calloc(n, sizeof(*members->templates));
	members->generations = calloc(n, sizeof(*members->generations));
	members->next_behind_hop = calloc(n, sizeof(*members->next_behind_hop));
	members->previous_behind_hop = calloc(n, sizeof(*members->previous_behind_hop));
	members->hop_of = calloc(n, sizeof(*members->hop_of));
	members->next_unused = calloc(n, sizeof(*members->next_unused));
	members->path_mtus = calloc(n, sizeof(*members->path_mtus));
	members->nat_ports = calloc(n, sizeof(*members->nat_ports));
	members->hops = calloc(with_gateways, sizeof(*members->hops));
	/* Twice: a record is reused only after a grace period. */
	members->holders = calloc(2 * with_gateways, sizeof(*members->holders));
	members->ports = calloc(members->port_count, sizeof(*members->ports));
	if (members->records == NULL || members->templates == NULL ||
		members->generations == NULL || members->next_behind_hop == NULL ||
		members->previous_behind_hop == NULL || members->hop_of == NULL ||
		members->next_unused == NULL || members->path_mtus == NULL ||
		members->nat_ports == NULL || members->hops == NULL || members->holders == NULL ||
		members->ports == NULL)
		return false;

	for (uint32_t i = 0; i < with_gateways; i++)
		members->hops[i].unused = i + 1 < with_gateways ? i + 1 : MCR_MEMBER_NONE;
	for (uint32_t i = 0; i < 2 * with_gateways; i++)
		members->holders[i].unused = i + 1 < 2 * with_gateways ? i + 1 : MCR_MEMBER_NONE;
	return true;
}

struct mcr_members *
mcr_members_create(uint32_t capacity, const struct mcr_member_port *ports, uint16_t port_count,
	struct mcr_rcu *rcu)
{
	struct mcr_members *members;

	if (capacity == 0 || ports == NULL || port_count == 0 || rcu == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	members = calloc(1, sizeof(*members));
	if (members == NULL)
		goto err;
	members->rcu = rcu;
	members->capacity = capacity;
	members->port_count = port_count;
	members->unused = MCR_MEMBER_NONE;
	if (!create_arrays(members) || !create_indexes(members))
		goto err;
	memcpy(members->ports, ports, port_count * sizeof(*ports));
	return members;

err:
	mcr_members_free(members);
	rte_errno = ENOMEM;
	return NULL;
}

/* A record holds the numbers of its addresses. */
static void
hold_addresses(const struct mcr_member *record)
{
	mcr_address_hold(record->identity.address);
	mcr_address_hold(record->next_hop);
	mcr_address_hold(record->hub_overlay6.hub);
	mcr_address_hold(record->overlay6);
}

static void
drop_addresses(const struct mcr_member *record)
{
	mcr_address_drop(record->identity.address);
	mcr_address_drop(record->next_hop);
	mcr_address_drop(record->hub_overlay6.hub);
	mcr_address_drop(record->overlay6);
}

void
mcr_members_free(struct mcr_members *members)
{
	if (members == NULL)
		return;
	mcr_rcu_drain(members->rcu);
	for (uint32_t id = 0; id < members->end; id++) {
		if (members->records[id] != NULL)
			drop_addresses(members->records[id]);
		free(members->records[id]);
		free(members->templates[id]);
	}
	mcr_index_free(members->by_address);
	mcr_index_free(members->by_identity);
	mcr_index_free(members->by_overlay);
	mcr_index_free(members->by_name);
	mcr_index_free(members->by_hop);
	mcr_index_free(members->by_mac);
	free(members->records);
	free(members->templates);
	free(members->generations);
	free(members->next_behind_hop);
	free(members->previous_behind_hop);
	free(members->hop_of);
	free(members->next_unused);
	free(members->path_mtus);
	free(members->nat_ports);
	free(members->hops);
	free(members->holders);
	free(members->ports);
	free(members);
}

static uint32_t
take_member_id(struct mcr_members *members)
{
	const uint32_t id = members->unused;

	if (id != MCR_MEMBER_NONE) {
		RTE_ASSERT(members->records[id] == NULL);
		members->unused = members->next_unused[id];
		return id;
	}
	return members->end < members->capacity ? members->end++ : MCR_MEMBER_NONE;
}

static void
give_member_id(struct mcr_members *members, uint32_t id)
{
	RTE_ASSERT(id < members->end);
	RTE_ASSERT(members->records[id] == NULL);
	members->next_unused[id] = members->unused;
	members->unused = id;
}

static bool
is_taken(const struct mcr_members *members, const struct mcr_member *member)
{
	return mcr_member_find_name(members, member->name) != MCR_MEMBER_NONE ||
	       mcr_member_find(members, &member->identity) != MCR_MEMBER_NONE ||
	       (member->overlay != 0 && mcr_member_find_overlay(members, &member->hub_overlay,
						member->overlay) != MCR_MEMBER_NONE) ||
	       mcr_member_find_overlay6(members, &member->hub_overlay6, member->overlay6) !=
	               MCR_MEMBER_NONE;
}

static struct mcr_member *
copy_member(const struct mcr_member *member)
{
	struct mcr_member *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *member;
	return copy;
}

int
mcr_member_add(struct mcr_members *members, const struct mcr_member *member, uint32_t *id)
{
	struct mcr_member *record;

	RTE_ASSERT(member->port < members->port_count);
	if (is_taken(members, member))
		return -EEXIST;
	record = copy_member(member);
	if (record == NULL)
		return -ENOMEM;
	*id = take_member_id(members);
	if (*id == MCR_MEMBER_NONE) {
		free(record);
		return -ENOSPC;
	}
	hold_addresses(record);
	__atomic_store_n(&members->records[*id], record, __ATOMIC_RELEASE);
	members->count++;
	mcr_index_insert(members->by_name, hash_name(member->name), *id);
	mcr_index_insert(members->by_address, members_hash_address(member->identity.address), *id);
	mcr_index_insert(members->by_identity, hash_identity(&member->identity), *id);
	members_index_overlays(members, *id, member, NULL);
	return members_attach(members, *id);
}

/* The member's own name and overlay addresses are not taken. */
static bool
is_taken_by_another(const struct mcr_members *members, const struct mcr_member *member, uint32_t id)
{
	uint32_t holder = mcr_member_find_name(members, member->name);

	if (holder != MCR_MEMBER_NONE && holder != id)
		return true;
	holder = mcr_member_find_overlay6(members, &member->hub_overlay6, member->overlay6);
	if (holder != MCR_MEMBER_NONE && holder != id)
		return true;
	if (member->overlay == 0)
		return false;
	holder = mcr_member_find_overlay(members, &member->hub_overlay, member->overlay);
	return holder != MCR_MEMBER_NONE && holder != id;
}

static void
rename_member(struct mcr_members *members, uint32_t id, const char *before, const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	mcr_index_remove(members->by_name, hash_name(before), id);
	mcr_index_insert(members->by_name, hash_name(after), id);
}

/* Readers find the old overlay addresses until they see the new record, then the new ones. */
static int
replace_and_index(struct mcr_members *members, uint32_t id, struct mcr_member *record)
{
	struct mcr_member *old = members->records[id];
	int ret;

	if (members_index_overlays(members, id, record, old) != 0)
		return -ENOMEM;
	hold_addresses(record);
	ret = members_replace(members, id, record);
	members_unindex_overlays(members, id, old, record);
	rename_member(members, id, old->name, record->name);
	drop_addresses(old);
	mcr_rcu_retire_memory(members->rcu, old);
	return ret;
}

int
mcr_member_update(struct mcr_members *members, uint32_t id, const struct mcr_member *member)
{
	struct mcr_member *record;
	int ret;

	RTE_ASSERT(id < members->end && members->records[id] != NULL);
	RTE_ASSERT(member->port < members->port_count);
	RTE_ASSERT(mcr_member_has_identity(members->records[id], &member->identity));
	if (is_taken_by_another(members, member, id))
		return -EEXIST;
	record = copy_member(member);
	if (record == NULL)
		return -ENOMEM;
	ret = replace_and_index(members, id, record);
	if (members->records[id] != record)
		free(record);
	return ret;
}

/* Sooner, a reader that found the member just before it left would refer to the next one. */
static void
reuse_id(void *arg, void *object)
{
	struct mcr_members *members = arg;
	uint32_t *generation = object;

	__atomic_store_n(generation, *generation + 1, __ATOMIC_RELEASE);
	give_member_id(members, generation - members->generations);
}

void
mcr_member_remove(struct mcr_members *members, uint32_t id)
{
	struct mcr_member *record = members->records[id];
	uint32_t *generation = &members->generations[id];

	RTE_ASSERT(record != NULL);
	RTE_ASSERT(members->count != 0);
	mcr_index_remove(members->by_name, hash_name(record->name), id);
	mcr_index_remove(members->by_address, members_hash_address(record->identity.address), id);
	mcr_index_remove(members->by_identity, hash_identity(&record->identity), id);
	members_unindex_overlays(members, id, record, NULL);
	members_detach(members, id);
	__atomic_store_n(&members->records[id], NULL, __ATOMIC_RELEASE);
	members->count--;
	members->path_mtus[id] = 0;
	__atomic_store_n(&members->nat_ports[id], 0, __ATOMIC_RELAXED);
	drop_addresses(record);
	mcr_rcu_retire_memory(members->rcu, record);
	mcr_rcu_retire(members->rcu, reuse_id, members, generation);
}

uint32_t
mcr_member_find_name(const struct mcr_members *members, const char *name)
{
	const struct name_key key = {members, name};

	return mcr_index_find(members->by_name, hash_name(name), has_name, &key);
}

uint32_t
mcr_member_next(const struct mcr_members *members, uint32_t after)
{
	for (uint32_t id = after + 1; id < members->end; id++) {
		if (members->records[id] != NULL)
			return id;
	}
	return MCR_MEMBER_NONE;
}

uint32_t
mcr_member_count(const struct mcr_members *members)
{
	return members->count;
}

uint32_t
mcr_member_find(const struct mcr_members *members, const struct mcr_member_identity *identity)
{
	const struct identity_key key = {members, identity};

	return mcr_index_find(members->by_identity, hash_identity(identity), has_identity, &key);
}

uint32_t
mcr_member_find_any_port(
	const struct mcr_members *members, const struct mcr_member_identity *identity)
{
	const struct identity_key key = {members, identity};

	return mcr_index_find(
		members->by_identity, hash_identity(identity), has_identity_but_for_port, &key);
}

static bool
is_rewritten_at(const void *arg, uint32_t id)
{
	const struct identity_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && member->identity.encap == MCR_ENCAP_UDP &&
	       member->identity.address == key->identity->address;
}

bool
mcr_member_is_rewritten(const struct mcr_members *members, uint32_t address)
{
	const struct mcr_member_identity identity = {.address = address, .encap = MCR_ENCAP_UDP};
	const struct identity_key key = {members, &identity};

	return mcr_index_find(members->by_identity, hash_identity(&identity), is_rewritten_at,
		       &key) != MCR_INDEX_NONE;
}

const struct mcr_member *
mcr_member_get(const struct mcr_members *members, uint32_t id)
{
	return id < members->capacity ? members_record(members, id) : NULL;
}

const struct mcr_template *
mcr_member_template(const struct mcr_members *members, uint32_t id)
{
	RTE_ASSERT(id < members->capacity);
	return __atomic_load_n(&members->templates[id], __ATOMIC_ACQUIRE);
}

struct mcr_template *const *
mcr_member_templates(const struct mcr_members *members)
{
	return members->templates;
}

const uint32_t *
mcr_member_generations(const struct mcr_members *members)
{
	return members->generations;
}

struct mcr_member_ref
mcr_member_refer(const struct mcr_members *members, uint32_t id)
{
	RTE_ASSERT(id < members->capacity);
	return (struct mcr_member_ref){
		.id = id,
		.generation = __atomic_load_n(&members->generations[id], __ATOMIC_ACQUIRE),
	};
}

bool
mcr_member_is_current(const struct mcr_members *members, struct mcr_member_ref ref)
{
	RTE_ASSERT(ref.id < members->capacity);
	return __atomic_load_n(&members->generations[ref.id], __ATOMIC_ACQUIRE) == ref.generation &&
	       members_record(members, ref.id) != NULL;
}
