/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Whose packets are dropped when more copies are asked for than lcores make: a queue that is three
 * quarters full takes no more of the senders that ask for the most, so that the rest of it is there
 * for the others. What a sender asks for is its packets times their receivers, in windows of 10 ms:
 * a window decides about the next one, within a second, and only packets that find the queue so
 * full are counted. In the first window of an overload all may fill the queue.
 *
 * Of one lcore. The fuller the queue, the less one may ask for to be among those who lose: from
 * half of what the greatest asks for down to a 64th part.
 */

#ifndef MCR_DATAPATH_FAIR_DROP_H
#define MCR_DATAPATH_FAIR_DROP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_debug.h>

/** Senders are told apart by so many hashes. A power of two. */
#define MCR_FAIR_SENDERS 1024

#define MCR_FAIR_WINDOWS_PER_S 100

/** All zeros: nobody has asked for anything. */
struct mcr_fair_drop {
	uint64_t end;  /**< of the window, in timer cycles */
	uint32_t most; /**< that one of them asked for in the window before */
	uint32_t before[MCR_FAIR_SENDERS];
	uint32_t asked[MCR_FAIR_SENDERS];
};

/** Whether a queue is so full that mcr_fair_drop_takes() is to be asked. */
static inline bool
mcr_fair_drop_is_wanted(uint32_t waiting, uint32_t size)
{
	return waiting >= size - size / 4;
}

/**
 * Ask for room in a queue.
 * @param sender Any hash of it.
 * @param copies How many it asks for, at least 1.
 * @param waiting How many of `size` wait; mcr_fair_drop_is_wanted().
 * @param now In timer cycles of `hz`.
 * @return False: drop the packet.
 */
bool
mcr_fair_drop_takes(struct mcr_fair_drop *fair, uint32_t sender, uint32_t copies, uint32_t waiting,
	uint32_t size, uint64_t now, uint64_t hz);

#endif
