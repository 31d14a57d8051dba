/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "members.h"

struct visit {
	const struct mcr_members *members;
	uint32_t address;
	mcr_member_visit visit;
	void *arg;
};

struct address_key {
	const struct mcr_members *members;
	uint32_t address;
};

static bool
is_at(const void *arg, uint32_t id)
{
	const struct address_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && member->identity.address == key->address;
}

static bool
visit_at(const void *arg, uint32_t id)
{
	const struct visit *visit = arg;
	const struct mcr_member *member = members_record(visit->members, id);

	RTE_ASSERT(member != NULL);
	return member->identity.address == visit->address && visit->visit(visit->arg, id);
}

uint32_t
mcr_member_search_at(
	const struct mcr_members *members, uint32_t address, mcr_member_visit visit, void *arg)
{
	const struct visit key = {members, address, visit, arg};

	return mcr_index_find(members->by_address, members_hash_address(address), visit_at, &key);
}

bool
mcr_member_is_at(const struct mcr_members *members, uint32_t address)
{
	const struct address_key key = {members, address};

	return mcr_index_find(members->by_address, members_hash_address(address), is_at, &key) !=
	       MCR_INDEX_NONE;
}
