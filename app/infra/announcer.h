/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * When a port sends the frames of RFC 5227, and likewise those of IPv6: probes, announcements, then
 * a probe every 30 s. Pure.
 */

#ifndef MCR_INFRA_ANNOUNCER_H
#define MCR_INFRA_ANNOUNCER_H

#include <stdbool.h>
#include <stdint.h>

/** RFC 5227 1.1. PROBE_MIN also separates the last probe and the first announcement. */
#define MCR_ANNOUNCE_PROBES 3
#define MCR_ANNOUNCE_PROBE_MS 1000
#define MCR_ANNOUNCE_TIMES 2
#define MCR_ANNOUNCE_MS 2000
#define MCR_ANNOUNCE_PATROL_MS 30000

/** Where a port is in its sequence. All zeros: at the start. */
struct mcr_announcer {
	uint64_t due_ms;
	uint64_t sent_ms;
	uint8_t step;
};

/** Why a port announces its address again; the value is the step to go back to. */
enum mcr_announce_why {
	/** The network may have changed: probe once more. */
	MCR_ANNOUNCE_LINK_UP = MCR_ANNOUNCE_PROBES - 1,
	/** The MAC may have changed: announce at once. */
	MCR_ANNOUNCE_RESET = MCR_ANNOUNCE_PROBES,
};

enum mcr_announce_frame {
	MCR_ANNOUNCE_NOTHING,
	MCR_ANNOUNCE_PROBE,
	MCR_ANNOUNCE_ADDRESS,
};

enum mcr_announce_frame
mcr_announcer_next(struct mcr_announcer *announcer, uint64_t now_ms);

/** Go back in the sequence. Frames stay PROBE_MIN apart, so a flapping link causes no storm. */
void
mcr_announcer_restart(struct mcr_announcer *announcer, enum mcr_announce_why why, uint64_t now_ms);

#endif
