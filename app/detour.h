/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Senders whose frames are on their way round by the control lcore, which admits them: until the
 * last of them is back, what follows goes the same way, so a sender's packets stay in order.
 *
 * One table belongs to one RX lcore.
 */

#ifndef MCR_APP_DETOUR_H
#define MCR_APP_DETOUR_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

/** How many senders may be under way at a time, and how many frames of all of them. */
#define MCR_DETOUR_SENDERS 64
#define MCR_DETOUR_FRAMES 512

/**
 * How many frames of one sender go round until the last of them is back. What comes beyond is
 * dropped for that moment: one who sends faster than the control lcore works would never get away.
 */
#define MCR_DETOUR_FRAMES_OF_ONE 256

struct mcr_detour {
	uint32_t address; /**< underlay */
	uint32_t frames;  /**< under way; 0: the entry is free */
	uint32_t begun;   /**< since it was free */
};

struct mcr_detours {
	uint32_t frames; /**< of all */
	struct mcr_detour at[MCR_DETOUR_SENDERS];
};

static inline struct mcr_detour *
mcr_detour_find(struct mcr_detours *detours, uint32_t address)
{
	for (unsigned int i = 0; i < RTE_DIM(detours->at); i++) {
		if (detours->at[i].frames != 0 && detours->at[i].address == address)
			return &detours->at[i];
	}
	return NULL;
}

/** Whether this sender's frames have to go round. */
static inline bool
mcr_detour_has(struct mcr_detours *detours, uint32_t address)
{
	return unlikely(detours->frames != 0) && mcr_detour_find(detours, address) != NULL;
}

static inline struct mcr_detour *
mcr_detour_find_free(struct mcr_detours *detours, uint32_t address)
{
	for (unsigned int i = 0; i < RTE_DIM(detours->at); i++) {
		if (detours->at[i].frames == 0) {
			detours->at[i] = (struct mcr_detour){.address = address};
			return &detours->at[i];
		}
	}
	return NULL;
}

/** A frame starts. @return Whether there is room for it. */
static inline bool
mcr_detour_begin(struct mcr_detours *detours, uint32_t address)
{
	struct mcr_detour *detour = mcr_detour_find(detours, address);

	if (detour == NULL)
		detour = mcr_detour_find_free(detours, address);
	if (detour == NULL || detours->frames == MCR_DETOUR_FRAMES ||
		detour->begun == MCR_DETOUR_FRAMES_OF_ONE)
		return false;
	detour->begun++;
	detour->frames++;
	detours->frames++;
	return true;
}

/** A frame is back. */
static inline void
mcr_detour_end(struct mcr_detours *detours, uint32_t address)
{
	struct mcr_detour *detour = mcr_detour_find(detours, address);

	if (detour == NULL)
		return;
	detour->frames--;
	detours->frames--;
}

#endif
