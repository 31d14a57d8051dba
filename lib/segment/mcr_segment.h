/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * VXLAN segments: who is in the segment of a VNI, and behind which member a MAC address is.
 *
 * A bridge whose ports are members (RFC 7348 4.1, IEEE 802.1Q 8.7): it learns from source
 * addresses, forgets what was silent for MCR_SEGMENT_AGE_S, and keeps no more than its bounds; what
 * it does not know is flooded, so a bound that is reached costs copies, not frames.
 *
 * One writer, the control lcore. Functions marked "reader" may be called by any lcore that is
 * online in the RCU variable: they take no lock, and what they return is valid until that lcore's
 * next quiescent state. A reader tells the writer what mcr_segment_is_news().
 */

#ifndef MCR_SEGMENT_H
#define MCR_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <mcr_group.h>
#include <mcr_rcu.h>

/** No member; not a valid id of one. */
#define MCR_SEGMENT_NOBODY UINT32_MAX

/** How many MAC addresses are learned, in all segments together and of one member. */
#define MCR_SEGMENT_STATIONS 65536
#define MCR_SEGMENT_STATIONS_OF_MEMBER 1024

/** How long a MAC address may be silent: the default of IEEE 802.1Q, table 8-6. */
#define MCR_SEGMENT_AGE_S 300

struct mcr_segments;

/** A learned MAC address. */
struct mcr_segment_station {
	struct rte_ether_addr mac;
	uint32_t vni;
	uint32_t member;
	uint32_t silent_s; /**< since it was last seen */
};

/**
 * @param members
 *   Member ids are below this.
 * @param rcu
 *   Retires what readers may still hold. Must live longer than the object.
 * @return
 *   NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_segments *
mcr_segments_create(uint32_t members, struct mcr_rcu *rcu);

/** All readers must be offline. NULL is allowed. */
void
mcr_segments_free(struct mcr_segments *segments);

/**
 * Writer: what floods a segment goes to this member too, from the next commit on. It is in no other
 * segment.
 *
 * @return
 *   0, or -ENOSPC: too many segments have gone since the last grace period.
 */
int
mcr_segment_join(struct mcr_segments *segments, uint32_t vni, struct mcr_receiver receiver);

/** Writer: and does so no more, from the next commit on. One that is in no segment is left alone.
 */
void
mcr_segment_leave(struct mcr_segments *segments, uint32_t member);

/** Writer: forget what is behind a member and its own station, at once. */
void
mcr_segment_forget(struct mcr_segments *segments, uint32_t member);

/**
 * Writer: publish who joined and left since.
 *
 * @return
 *   0, or -ENOMEM: a segment that changed floods to nobody until the next commit.
 */
int
mcr_segment_commit(struct mcr_segments *segments);

/** Reader: to whom a frame that floods goes; NULL: to nobody. */
const struct mcr_receivers *
mcr_segment_receivers(const struct mcr_segments *segments, uint32_t vni);

/**
 * Reader: a frame came from this MAC address. Notes that it is alive.
 *
 * @return
 *   Whether mcr_segment_learn() would change anything: it is new, or moved.
 */
bool
mcr_segment_is_news(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member);

/** Reader: behind which member a MAC address is; MCR_SEGMENT_NOBODY: unknown. */
uint32_t
mcr_segment_find(
	const struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac);

/**
 * Writer: a MAC address is behind this member, whoever had it before. Over its member's or the
 * common bound it is not learned, and one that moved is forgotten.
 *
 * @return
 *   0, -ENOSPC when it is over a bound, or -ENOMEM.
 */
int
mcr_segment_learn(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member);

/**
 * Reader: the MAC address of a member's own station, which packets to its overlay address need.
 *
 * @param[out] mac
 *   Set when it is known.
 * @return
 *   Whether it is.
 */
bool
mcr_segment_own_station(
	const struct mcr_segments *segments, uint32_t member, struct rte_ether_addr *mac);

/** Writer: a member's own station has this MAC address, until mcr_segment_forget(). */
void
mcr_segment_set_own_station(
	struct mcr_segments *segments, uint32_t member, const struct rte_ether_addr *mac);

/**
 * Writer: time passes. Looks at a part of what was learned and forgets the aged: called ten times a
 * second, it sees all of it within MCR_SEGMENT_AGE_S / 10.
 *
 * @param now_s
 *   Seconds, of a clock that does not go back.
 */
void
mcr_segment_age(struct mcr_segments *segments, uint32_t now_s);

/** Writer: how many MAC addresses are known. */
uint32_t
mcr_segment_stations(const struct mcr_segments *segments);

/**
 * Writer: go through all that was learned.
 *
 * @param[in,out] position
 *   0 to start.
 * @return
 *   Whether there was another.
 */
bool
mcr_segment_next(const struct mcr_segments *segments, uint32_t *position,
	struct mcr_segment_station *station);

#endif
