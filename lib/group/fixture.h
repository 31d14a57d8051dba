/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_GROUP_FIXTURE_H
#define MCR_GROUP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_ip.h>

#include "set_list.h"

/* RTE_IPV4() of plain numbers shifts into the sign. */
#define IP(a, b, c, d) RTE_IPV4((uint32_t)(a), b, c, d)

#define MEMBERS 5000
#define GROUPS 64
#define PEER_KEYS 64
#define READER 0

#define G1 IP(239, 192, 0, 1)
#define G2 IP(239, 192, 0, 2)
#define G3 IP(239, 193, 0, 1)
#define S1 IP(192, 168, 0, 1)
#define S2 IP(192, 168, 0, 2)

struct fixture {
	struct mcr_rcu *rcu;
	struct mcr_group_table *table;
};

static inline int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->rcu = mcr_rcu_create(2);
	fixture->table = mcr_group_create(GROUPS, MEMBERS, PEER_KEYS, fixture->rcu);
	assert_non_null(fixture->table);
	*state = fixture;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	mcr_rcu_offline(fixture->rcu, READER);
	mcr_group_free(fixture->table);
	mcr_rcu_free(fixture->rcu);
	free(fixture);
	return 0;
}

static inline struct mcr_group_table *
table_of(void **state)
{
	return ((struct fixture *)*state)->table;
}

static inline struct mcr_rcu *
rcu_of(void **state)
{
	return ((struct fixture *)*state)->rcu;
}

static inline struct mcr_group_key
group(uint32_t address)
{
	return (struct mcr_group_key){.group = address, .length = 32};
}

static inline struct mcr_group_key
source_group(uint32_t source, uint32_t address)
{
	return (struct mcr_group_key){.group = address, .source = source, .length = 32};
}

static inline struct mcr_group_key
prefix(uint32_t address, uint8_t length)
{
	return (struct mcr_group_key){.group = address, .length = length};
}

static inline struct mcr_receiver
receiver(uint32_t member)
{
	return (struct mcr_receiver){IP(10, 0, 0, 0) + member, member};
}

static inline void
join(struct mcr_group_table *table, struct mcr_group_key key, uint32_t member,
	enum mcr_origin origin)
{
	assert_int_equal(mcr_group_add(table, &key, receiver(member), origin), 0);
}

static inline void
leave(struct mcr_group_table *table, struct mcr_group_key key, uint32_t member,
	enum mcr_origin origin)
{
	assert_int_equal(mcr_group_remove(table, &key, member, origin), 0);
}

static inline void
block(struct mcr_group_table *table, struct mcr_group_key key, uint32_t member,
	enum mcr_origin origin)
{
	assert_int_equal(mcr_group_block(table, &key, receiver(member), origin), 0);
}

static inline void
unblock(struct mcr_group_table *table, struct mcr_group_key key, uint32_t member,
	enum mcr_origin origin)
{
	assert_int_equal(mcr_group_unblock(table, &key, member, origin), 0);
}

static inline void
commit(struct mcr_group_table *table)
{
	assert_int_equal(mcr_group_commit(table), 0);
}

static inline uint32_t
parse_members(const char *members, struct mcr_receiver *receivers)
{
	uint32_t n = 0;

	for (char *end; *members != '\0'; members = end)
		receivers[n++] = receiver(strtoul(members, &end, 10));
	return n;
}

static inline int
try_set(struct mcr_group_table *table, struct mcr_group_key key, const char *members)
{
	struct mcr_receiver receivers[32];

	return set_list(table, &key, receivers, parse_members(members, receivers), NULL, 0);
}

static inline void
set(struct mcr_group_table *table, struct mcr_group_key key, const char *members)
{
	assert_int_equal(try_set(table, key, members), 0);
}

static inline void
configure(struct mcr_group_table *table, struct mcr_group_key key, const char *members)
{
	mcr_group_static_begin(table);
	set(table, key, members);
	mcr_group_static_end(table);
	commit(table);
}

static inline void
print_members(const struct mcr_receivers *receivers, char *text, size_t size)
{
	text[0] = '\0';
	for (uint32_t i = 0; i < receivers->count; i++) {
		const size_t length = strlen(text);

		snprintf(text + length, size - length, i == 0 ? "%u" : " %u",
			receivers->at[i].member);
	}
}

/* Expect members as text: "" for an entry without receivers, "none" for no entry. */
#define assert_receivers(table, source, group, expected)                                       \
	do {                                                                                   \
		const struct mcr_flow flow_ = {source, group};                                 \
		struct mcr_group_ref ref_;                                                     \
		char text_[256] = "none";                                                      \
		if (mcr_group_find(table, flow_, &ref_))                                       \
			print_members(mcr_group_receivers(table, ref_), text_, sizeof(text_)); \
		assert_string_equal(text_, expected);                                          \
	} while (0)

#endif
