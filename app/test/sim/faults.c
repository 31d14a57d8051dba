/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <sys/stat.h>
#include <unistd.h>

#include "test/hub_fixture.h"
#include "test/sim/clock.h"
#include "test/sim/fail.h"
#include "test/sim/faults.h"

#define HELD_MAX 65536

static struct rte_mbuf *held[HELD_MAX];
static unsigned int held_count;

static void
empty(struct rte_mempool *pool, unsigned int left)
{
	const unsigned int first = held_count;
	struct rte_mbuf *buffer;

	while (pool != NULL && (buffer = rte_pktmbuf_alloc(pool)) != NULL) {
		SIM_REQUIRE(held_count < HELD_MAX, "pools are larger than expected");
		held[held_count++] = buffer;
	}
	while (left-- > 0 && held_count > first)
		rte_pktmbuf_free(held[--held_count]);
}

void
sim_faults_empty_pools(unsigned int left)
{
	if (held_count != 0)
		return;
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		empty(hub.workers.lcores[i].tx.replicate.copy_pool, left);
		empty(hub.workers.lcores[i].tx.replicate.header_pool, left);
	}
}

/* A folder of this name takes no file. */
void
sim_faults_break_disk(bool is_broken)
{
	if (is_broken) {
		unlink("state");
		(void)mkdir("state", S_IRWXU);
	} else {
		(void)rmdir("state");
	}
}

void
sim_faults_end(void)
{

	while (held_count != 0)
		rte_pktmbuf_free(held[--held_count]);
	sim_clock_set_slow_disk(false);
}
