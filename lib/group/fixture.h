/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_GROUP_FIXTURE_H
#define MCR_GROUP_FIXTURE_H

#include <arpa/inet.h>
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

/* Numbers that the test itself holds. */
static struct {
	uint32_t n;
	uint32_t at[4096];
} numbers;

/* An IPv6 address or "prefix/length". */
static inline uint32_t
ip6(const char *text)
{
	char copy[MCR_ADDRESS_TEXT];
	struct in6_addr address;
	char *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	assert_int_equal(inet_pton(AF_INET6, copy, &address), 1);
	assert_true(numbers.n < RTE_DIM(numbers.at));
	numbers.at[numbers.n] =
		mcr_address_get(&address, slash == NULL ? MCR_IPV6_LENGTH : atoi(slash + 1));
	assert_int_not_equal(numbers.at[numbers.n], MCR_ADDRESS_NONE);
	return numbers.at[numbers.n++];
}

static inline void
drop_numbers(void)
{
	while (numbers.n != 0)
		mcr_address_drop(numbers.at[--numbers.n]);
	mcr_address_reclaim(NULL);
}

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
	drop_numbers();
	return mcr_address_count() == 0 ? 0 : -1;
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
	return (struct mcr_group_key){.group = address, .length = mcr_address_bits(address)};
}

static inline struct mcr_group_key
source_group(uint32_t source, uint32_t address)
{
	return (struct mcr_group_key){
		.group = address, .source = source, .length = mcr_address_bits(address)};
}

static inline struct mcr_group_key
prefix(uint32_t address, uint8_t length)
{
	return (struct mcr_group_key){.group = address, .length = length};
}

static inline struct mcr_group_key
prefix6(const char *text)
{
	const uint32_t number = ip6(text);

	return prefix(number, mcr_address_length(number));
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
