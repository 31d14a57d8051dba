/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* For tests: peers and what they want. */

#ifndef MCR_GROUP_PEERS_H
#define MCR_GROUP_PEERS_H

#include "fixture.h"

#define A 4001 /* peers */
#define B 4002

#define NET IP(239, 192, 0, 0)

static const struct mcr_group_key broadcast = {.group = MCR_GROUP_BROADCAST, .length = 32};
static const struct mcr_group_key fallback = {.group = MCR_GROUP_FALLBACK};

static inline int
try_want(struct mcr_group_table *table, struct mcr_group_key key, uint32_t peer)
{
	return mcr_group_interest_set(table, &key, receiver(peer), true);
}

static inline void
want(struct mcr_group_table *table, struct mcr_group_key key, uint32_t peer)
{
	assert_int_equal(try_want(table, key, peer), 0);
}

static inline void
refuse(struct mcr_group_table *table, struct mcr_group_key key, uint32_t peer)
{
	assert_int_equal(mcr_group_interest_set(table, &key, receiver(peer), false), 0);
}

static inline void
unset(struct mcr_group_table *table, struct mcr_group_key key, uint32_t peer)
{
	assert_int_equal(mcr_group_interest_unset(table, &key, peer), 0);
}

static inline const struct mcr_receivers *
peers_of(struct mcr_group_table *table, uint32_t source, uint32_t address)
{
	struct mcr_group_ref ref;

	if (!mcr_group_find(table, (struct mcr_flow){source, address}, &ref))
		return NULL;
	return mcr_group_peers(table, ref);
}

/* Peers as text; "" also without an entry. An empty list is none. */
#define assert_peers(table, source, group, expected)                                 \
	do {                                                                         \
		const struct mcr_receivers *peers_ = peers_of(table, source, group); \
		char text_[256] = "";                                                \
		assert_true(peers_ == NULL || peers_->count != 0);                   \
		if (peers_ != NULL)                                                  \
			print_members(peers_, text_, sizeof(text_));                 \
		assert_string_equal(text_, expected);                                \
	} while (0)

/* Own interest as text: the mark of what it is now, and the key. */
struct heard {
	char text[256];
};

static inline void
hear(void *arg, const struct mcr_group_key *key, enum mcr_interest interest)
{
	static const char marks[] = "-!+";
	struct heard *heard = arg;
	const size_t length = strlen(heard->text);

	snprintf(heard->text + length, sizeof(heard->text) - length, "%c%x,%x/%u ", marks[interest],
		key->group, key->source, key->length);
}

static inline void
assert_heard(struct mcr_group_table *table, struct heard *heard, const char *expected)
{
	commit(table);
	assert_string_equal(heard->text, expected);
	heard->text[0] = '\0';
}

#endif
