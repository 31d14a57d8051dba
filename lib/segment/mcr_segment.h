/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Segments (VXLAN, gretap): the members of each VNI or key, and the member behind each MAC address.
 *
 * A bridge whose ports are members (RFC 7348 4.1, IEEE 802.1Q 8.7): it learns source addresses,
 * forgets those silent for MCR_SEGMENT_AGE_S, and floods unknown ones, so a full table costs
 * copies, not frames.
 *
 * One writer, the control lcore. "Reader" functions may be called by any lcore that is online in
 * the RCU variable: they take no lock, and results are valid until its next quiescent state.
 */

#ifndef MCR_SEGMENT_H
#define MCR_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <mcr_group.h>
#include <mcr_rcu.h>

#define MCR_SEGMENT_NOBODY UINT32_MAX

/** Most learned MAC addresses: in total, per member, and per member that is another hub. */
#define MCR_SEGMENT_STATIONS 65536
#define MCR_SEGMENT_STATIONS_OF_MEMBER 1024
#define MCR_SEGMENT_STATIONS_OF_HUB 32768

/** Silence after which a MAC address is forgotten: the default of IEEE 802.1Q, table 8-6. */
#define MCR_SEGMENT_AGE_S 300

struct mcr_segments;

struct mcr_segment_station {
	struct rte_ether_addr mac;
	uint32_t vni;
	uint32_t member;
	uint32_t silent_s; /**< since it was last seen */
};

/**
 * @param members Member ids are below this.
 * @param rcu Must outlive the object.
 * @return NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_segments *
mcr_segments_create(uint32_t members, struct mcr_rcu *rcu);

/** All readers must be offline. NULL is allowed. */
void
mcr_segments_free(struct mcr_segments *segments);

/**
 * Writer: add a member that is in no segment to a flood list, from the next commit on.
 * @return 0, or -ENOSPC: too many segments have gone since the last grace period.
 */
int
mcr_segment_join(struct mcr_segments *segments, uint32_t vni, struct mcr_receiver receiver);

/** Writer: undo mcr_segment_join() from the next commit on; no effect if in no segment. */
void
mcr_segment_leave(struct mcr_segments *segments, uint32_t member);

/** Writer: whether another hub is behind this member, which may have more stations. Without a call
 * it is none. */
void
mcr_segment_set_hub(struct mcr_segments *segments, uint32_t member, bool is_hub);

/** Writer: forget all MAC addresses behind a member and its own station, at once. */
void
mcr_segment_forget(struct mcr_segments *segments, uint32_t member);

/** Writer: mcr_segment_commit() calls this every 10 us or so. It changes no segment. NULL: nothing.
 */
void
mcr_segment_pace(struct mcr_segments *segments, void (*pause)(void *arg), void *arg);

/** Writer: mcr_segment_commit() calls this when a segment gets its first member or loses its last.
 * NULL: nothing. */
void
mcr_segment_watch(struct mcr_segments *segments,
	void (*changed)(void *arg, uint32_t vni, bool has_members), void *arg);

/**
 * Writer: publish joins and leaves.
 * @return 0, or -ENOMEM: a changed segment floods to no member until the next commit.
 */
int
mcr_segment_commit(struct mcr_segments *segments);

/** Reader: the flood list of a segment; NULL: no members. */
const struct mcr_receivers *
mcr_segment_receivers(const struct mcr_segments *segments, uint32_t vni);

/**
 * Reader: note a frame from this MAC address.
 * @return Whether mcr_segment_learn() would change something; then notify the writer.
 */
bool
mcr_segment_is_news(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member);

/** Reader: the member behind a MAC address; MCR_SEGMENT_NOBODY: unknown. */
uint32_t
mcr_segment_find(
	const struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac);

/**
 * Writer: a MAC address is now behind this member. Above a bound it is not learned, and forgotten
 * if it moved. @return 0, -ENOSPC above a bound, or -ENOMEM.
 */
int
mcr_segment_learn(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member);

/** Reader: the MAC for packets to a member's overlay address. @return Whether it is known. */
bool
mcr_segment_own_station(
	const struct mcr_segments *segments, uint32_t member, struct rte_ether_addr *mac);

/** Writer: set the MAC address of a member's own station until mcr_segment_forget(). */
void
mcr_segment_set_own_station(
	struct mcr_segments *segments, uint32_t member, const struct rte_ether_addr *mac);

/**
 * Writer: check a part of the stations and forget the aged. Called ten times a second, it checks
 * all within MCR_SEGMENT_AGE_S / 10. @param now_s Seconds of a monotonic clock.
 */
void
mcr_segment_age(struct mcr_segments *segments, uint32_t now_s);

/** Writer: how many MAC addresses are known. */
uint32_t
mcr_segment_stations(const struct mcr_segments *segments);

/** Writer: the next station. @param[in,out] position Starts at 0. @return Whether there was one. */
bool
mcr_segment_next(const struct mcr_segments *segments, uint32_t *position,
	struct mcr_segment_station *station);

#endif
