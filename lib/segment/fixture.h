/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mcr_segment.h"

#define MEMBERS 128
#define VNI 100

struct bridge {
	struct mcr_rcu *rcu;
	struct mcr_segments *segments;
};

static inline int
set_up(void **state)
{
	struct bridge *bridge = calloc(1, sizeof(*bridge));

	bridge->rcu = mcr_rcu_create(1);
	bridge->segments = mcr_segments_create(MEMBERS, bridge->rcu);
	mcr_rcu_online(bridge->rcu, 0);
	*state = bridge;
	return bridge->segments == NULL;
}

static inline int
tear_down(void **state)
{
	struct bridge *bridge = *state;

	mcr_rcu_offline(bridge->rcu, 0);
	mcr_segments_free(bridge->segments);
	assert_int_equal(mcr_rcu_reclaim(bridge->rcu), 0);
	mcr_rcu_free(bridge->rcu);
	free(bridge);
	return 0;
}

static inline void
pass_grace_period(struct bridge *bridge)
{
	mcr_rcu_reclaim(bridge->rcu);
	mcr_rcu_quiescent(bridge->rcu, 0);
	mcr_rcu_reclaim(bridge->rcu);
}

static inline struct rte_ether_addr
make_mac(uint32_t number)
{
	return (struct rte_ether_addr){
		{0x02, 0, number >> 24, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff}};
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
