/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The sessions with the other hubs of the domain: whether each of them is there. The first TX lcore
 * owns them, so that neither a busy control lcore nor another hub's keeps a hello waiting.
 */

#ifndef MCR_DATAPATH_LINK_H
#define MCR_DATAPATH_LINK_H

#include <mcr_link.h>

#include "datapath/worker.h"

#define MCR_HELLO_RING_SIZE 4096

/** What an RX lcore received from a peer. */
struct mcr_hello_event {
	struct mcr_member_ref member;
	struct mcr_link_hello hello;
};

/** The clock of sessions, from timer cycles. */
uint64_t
mcr_link_us(uint64_t cycles);

unsigned int
mcr_link_run(struct mcr_lcore *lcore, uint64_t now);

/**
 * Send what was gathered for peers and has waited long enough. The first TX lcore also takes the
 * hellos that came, and sends those that are due.
 * @param now In timer cycles.
 * @return How much there was to do.
 */
static inline unsigned int
mcr_link_poll(struct mcr_lcore *lcore, uint64_t now)
{
	return lcore->tx.links == NULL ? 0 : mcr_link_run(lcore, now);
}

#endif
