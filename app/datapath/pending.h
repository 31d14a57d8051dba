/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Unknown senders whose frames are punted for admission. Until the last of them is back, the
 * sender's later frames are punted, too, so packets stay in order. One table an RX lcore.
 */

#ifndef MCR_DATAPATH_PENDING_H
#define MCR_DATAPATH_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>

/** How many senders may be pending at a time, and how many frames of all of them. */
#define MCR_PENDING_SENDERS 64
#define MCR_PENDING_FRAMES 512

/** How many frames of one sender may be punted until the last is back. Later ones are dropped: a
 * sender faster than the control lcore would stay pending forever. */
#define MCR_PENDING_FRAMES_OF_ONE 256

struct mcr_pending_sender {
	uint32_t address;
	uint32_t frames; /**< punted; 0: the entry is free */
	uint32_t begun;  /**< punted since the entry was free */
};

struct mcr_pending_senders {
	uint32_t frames;
	struct mcr_pending_sender at[MCR_PENDING_SENDERS];
};

static inline struct mcr_pending_sender *
mcr_pending_find(struct mcr_pending_senders *pending, uint32_t address)
{
	for (unsigned int i = 0; i < RTE_DIM(pending->at); i++) {
		if (pending->at[i].frames != 0 && pending->at[i].address == address)
			return &pending->at[i];
	}
	return NULL;
}

static inline bool
mcr_pending_has(struct mcr_pending_senders *pending, uint32_t address)
{
	return unlikely(pending->frames != 0) && mcr_pending_find(pending, address) != NULL;
}

/** Take a free entry for a sender. NULL: none is free. */
static inline struct mcr_pending_sender *
mcr_pending_claim(struct mcr_pending_senders *pending, uint32_t address)
{
	for (unsigned int i = 0; i < RTE_DIM(pending->at); i++) {
		if (pending->at[i].frames == 0) {
			pending->at[i] = (struct mcr_pending_sender){.address = address};
			return &pending->at[i];
		}
	}
	return NULL;
}

/** Count a frame that is about to be punted. @return Whether there is room. */
static inline bool
mcr_pending_begin(struct mcr_pending_senders *pending, uint32_t address)
{
	struct mcr_pending_sender *sender = mcr_pending_find(pending, address);

	if (sender == NULL)
		sender = mcr_pending_claim(pending, address);
	if (sender == NULL || pending->frames == MCR_PENDING_FRAMES ||
		sender->begun == MCR_PENDING_FRAMES_OF_ONE)
		return false;
	RTE_ASSERT(pending->frames < MCR_PENDING_FRAMES);
	sender->begun++;
	sender->frames++;
	pending->frames++;
	return true;
}

static inline void
mcr_pending_end(struct mcr_pending_senders *pending, uint32_t address)
{
	struct mcr_pending_sender *sender = mcr_pending_find(pending, address);

	RTE_ASSERT(sender != NULL && pending->frames >= sender->frames);
	sender->frames--;
	pending->frames--;
}

#endif
