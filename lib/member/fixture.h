/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MEMBER_FIXTURE_H
#define MEMBER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_member.h"

#define HUB UINT32_C(0x0a00000a)     /* 10.0.0.10/24 */
#define GATEWAY UINT32_C(0x0a000001) /* 10.0.0.1 */
#define ON_LINK UINT32_C(0x0a00000c) /* 10.0.0.12 */
#define CAPACITY 4

struct table {
	struct mcr_rcu *rcu;
	struct mcr_members *members;
};

static inline int
set_up(void **state)
{
	const struct mcr_member_port port = {.mac = {{0x02, 0, 0, 0, 0, 1}}, .address = HUB};
	struct table *table = calloc(1, sizeof(*table));

	table->rcu = mcr_rcu_create(1);
	table->members = mcr_members_create(CAPACITY, &port, 1, table->rcu);
	*state = table;
	return table->members == NULL;
}

static inline int
tear_down(void **state)
{
	struct table *table = *state;

	mcr_members_free(table->members);
	assert_int_equal(mcr_rcu_reclaim(table->rcu), 0);
	mcr_rcu_free(table->rcu);
	free(table);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static inline struct mcr_member
describe(const char *name, uint32_t address, enum mcr_encap encap)
{
	struct mcr_member member;

	memset(&member, 0, sizeof(member));
	member.identity.address = address;
	member.identity.encap = encap;
	member.next_hop = address >> 8 == HUB >> 8 ? address : GATEWAY;
	member.mtu = 1500;
	snprintf(member.name, sizeof(member.name), "%s", name);
	return member;
}

static inline uint32_t
add(struct table *table, const struct mcr_member *member)
{
	uint32_t id = MCR_MEMBER_NONE;

	assert_int_equal(mcr_member_add(table->members, member, &id), 0);
	return id;
}

#endif
