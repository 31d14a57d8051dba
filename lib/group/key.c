/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Which keys there may be. */

#include "internal.h"

#define PREFIX_LENGTH_MIN 4

static bool
is_host_key(const struct mcr_group_key *key)
{
	if (key->group == MCR_GROUP_BROADCAST)
		return key->source == 0;
	return is_multicast(key->group);
}

static bool
is_prefix_key(const struct mcr_group_key *key)
{
	if (key->source != 0 || prefix_of(key->group, key->length) != key->group)
		return false;
	if (key->length == 0)
		return true;
	return key->length >= PREFIX_LENGTH_MIN && is_multicast(key->group);
}

bool
group_key_is_valid(const struct mcr_group_key *key)
{
	if (key->length > 32)
		return false;
	return key->length == 32 ? is_host_key(key) : is_prefix_key(key);
}
