/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The network between the hosts and the hub's port, with its faults. */

#ifndef MCR_TEST_SIM_WORLD_H
#define MCR_TEST_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

void
sim_world_start(void);

/** A packet of a host to a group. */
void
sim_world_send(unsigned int host, unsigned int group, uint16_t fill);

/** A host says which groups it is in. @param which Of these groups, a bit for each. */
void
sim_world_report(unsigned int host, uint16_t which);

/** Another network card, which says so. */
void
sim_world_move(unsigned int host);

/** The next frame of a host comes so many steps later, but of one host in order; or never. */
void
sim_world_delay_next(unsigned int steps);
void
sim_world_lose_next(void);

/** A frame that the hub sent. */
void
sim_world_take(const struct rte_mbuf *sent);

/** Another step: late frames may arrive. */
void
sim_world_step(void);

/** All late frames arrive, and no other is late or lost. */
void
sim_world_calm(void);

/** Of all frames and times up to now: two runs of a script have the same. */
uint64_t
sim_world_trace(void);

/** Frames that hosts sent and got. */
uint64_t
sim_world_frames(void);

#endif
