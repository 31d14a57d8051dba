/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * When a port sends the frames of RFC 5227: probes, announcements, and a probe now and then.
 */

#ifndef MCR_INFRA_ANNOUNCER_H
#define MCR_INFRA_ANNOUNCER_H

#include <stdbool.h>
#include <stdint.h>

/** Of RFC 5227 1.1; a probe follows the other at its PROBE_MIN, an announcement the last probe. */
#define MCR_ANNOUNCE_PROBES 3
#define MCR_ANNOUNCE_PROBE_MS 1000
#define MCR_ANNOUNCE_TIMES 2
#define MCR_ANNOUNCE_MS 2000
#define MCR_ANNOUNCE_PATROL_MS 30000

/** Where a port is in its sequence of frames. All zeros: at the start. */
struct mcr_announcer {
	uint64_t due_ms;
	uint64_t sent_ms; /**< the last frame of any kind */
	uint8_t step;     /**< the next one: probes, then announcements; then the patrol */
};

/** Why a port is to announce its address again, and from which step on. */
enum mcr_announce_why {
	/** Perhaps to another network: one probe more. */
	MCR_ANNOUNCE_LINK_UP = MCR_ANNOUNCE_PROBES - 1,
	/** Perhaps with another MAC: at once. */
	MCR_ANNOUNCE_RESET = MCR_ANNOUNCE_PROBES,
};

enum mcr_announce_frame {
	MCR_ANNOUNCE_NOTHING,
	MCR_ANNOUNCE_PROBE,
	MCR_ANNOUNCE_ADDRESS,
};

/** What is to be sent now, and the sequence moves on. Pure. */
enum mcr_announce_frame
mcr_announcer_next(struct mcr_announcer *announcer, uint64_t now_ms);

/**
 * Begin anew. Pure. However often this is called, the frames keep the distance of probes: a link
 * that flaps makes no storm.
 */
void
mcr_announcer_restart(struct mcr_announcer *announcer, enum mcr_announce_why why, uint64_t now_ms);

#endif
