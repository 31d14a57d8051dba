/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "segments.h"

/* Records per call of mcr_segment_age(): all of them within 6.4 seconds. */
#define CHECKED_PER_CALL 1024

struct mac_key {
	const struct mcr_segments *segments;
	uint64_t mac;
	uint32_t vni;
};

static uint64_t
to_number(const struct rte_ether_addr *mac)
{
	uint64_t number = 0;

	memcpy(&number, mac, sizeof(*mac));
	return number;
}

static uint32_t
hash_station(uint64_t mac, uint32_t vni)
{
	return mcr_hash(mac, vni);
}

static bool
has_mac(const void *arg, uint32_t id)
{
	const struct mac_key *key = arg;
	const struct station *station = &key->segments->stations[id];

	return station->mac == key->mac && station->vni == key->vni;
}

static uint32_t
find_station(const struct mcr_segments *segments, uint32_t vni, uint64_t mac)
{
	const struct mac_key key = {segments, mac, vni};

	return mcr_index_find(segments->by_mac, hash_station(mac, vni), has_mac, &key);
}

/* At most one store a second: the forwarding lcores share the record. */
static void
refresh_station(const struct mcr_segments *segments, struct station *station)
{
	const uint32_t now_s = __atomic_load_n(&segments->now_s, __ATOMIC_RELAXED);

	if (__atomic_load_n(&station->seen_s, __ATOMIC_RELAXED) != now_s)
		__atomic_store_n(&station->seen_s, now_s, __ATOMIC_RELAXED);
}

bool
mcr_segment_is_news(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member)
{
	const uint32_t id = find_station(segments, vni, to_number(mac));
	struct station *station;

	RTE_ASSERT(member < segments->capacity);
	if (id == MCR_INDEX_NONE)
		return !__atomic_load_n(&segments->is_full, __ATOMIC_RELAXED) &&
		       !__atomic_load_n(&segments->residents[member].is_full, __ATOMIC_RELAXED);
	station = &segments->stations[id];
	if (__atomic_load_n(&station->member, __ATOMIC_RELAXED) != member)
		return true;
	refresh_station(segments, station);
	return false;
}

uint32_t
mcr_segment_find(
	const struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac)
{
	const uint32_t id = find_station(segments, vni, to_number(mac));

	if (id == MCR_INDEX_NONE)
		return MCR_SEGMENT_NOBODY;
	return __atomic_load_n(&segments->stations[id].member, __ATOMIC_ACQUIRE);
}

static uint32_t
limit_of(const struct resident *resident)
{
	return resident->is_hub ? MCR_SEGMENT_STATIONS_OF_HUB : MCR_SEGMENT_STATIONS_OF_MEMBER;
}

static void
update_is_full(struct mcr_segments *segments, struct resident *resident)
{
	__atomic_store_n(
		&resident->is_full, resident->stations >= limit_of(resident), __ATOMIC_RELAXED);
	__atomic_store_n(&segments->is_full,
		segments->unused_station == NO_ID && segments->station_end == MCR_SEGMENT_STATIONS,
		__ATOMIC_RELAXED);
}

void
mcr_segment_set_hub(struct mcr_segments *segments, uint32_t member, bool is_hub)
{
	RTE_ASSERT(member < segments->capacity);
	segments->residents[member].is_hub = is_hub;
}

static void
link_station(struct mcr_segments *segments, struct station *station, uint32_t member)
{
	struct resident *resident = &segments->residents[member];
	const uint32_t id = station - segments->stations;

	RTE_ASSERT(member < segments->capacity);
	RTE_ASSERT(resident->stations < limit_of(resident));
	station->previous = NO_ID;
	station->next = resident->first_station;
	if (station->next != NO_ID)
		segments->stations[station->next].previous = id;
	resident->first_station = id;
	resident->stations++;
	__atomic_store_n(&station->member, member, __ATOMIC_RELEASE);
	update_is_full(segments, resident);
}

static void
unlink_station(struct mcr_segments *segments, struct station *station)
{
	struct resident *resident = &segments->residents[station->member];

	RTE_ASSERT(station->member != NO_ID);
	RTE_ASSERT(resident->stations != 0);
	if (station->previous != NO_ID)
		segments->stations[station->previous].next = station->next;
	else
		resident->first_station = station->next;
	if (station->next != NO_ID)
		segments->stations[station->next].previous = station->previous;
	resident->stations--;
	update_is_full(segments, resident);
}

static uint32_t
take_station(struct mcr_segments *segments)
{
	const uint32_t id = segments->unused_station;

	if (id != NO_ID) {
		segments->unused_station = segments->stations[id].next;
		return id;
	}
	return segments->station_end < MCR_SEGMENT_STATIONS ? segments->station_end++ : NO_ID;
}

/* After the grace period: no reader sees the address any more. */
static void
reuse_station(void *arg, void *object)
{
	struct mcr_segments *segments = arg;
	struct station *station = object;

	RTE_ASSERT(station->member == NO_ID);
	station->next = segments->unused_station;
	segments->unused_station = station - segments->stations;
	__atomic_store_n(&segments->is_full, 0, __ATOMIC_RELAXED);
}

static void
remove_station(struct mcr_segments *segments, struct station *station)
{
	RTE_ASSERT(segments->station_count != 0);
	mcr_index_remove(segments->by_mac, hash_station(station->mac, station->vni),
		station - segments->stations);
	unlink_station(segments, station);
	__atomic_store_n(&station->member, NO_ID, __ATOMIC_RELEASE);
	segments->station_count--;
	mcr_rcu_retire(segments->rcu, reuse_station, segments, station);
}

static bool
has_station_room(const struct mcr_segments *segments, uint32_t member)
{
	const struct resident *resident = &segments->residents[member];

	return resident->stations < limit_of(resident);
}

static int
add_station(struct mcr_segments *segments, uint32_t vni, uint64_t mac, uint32_t member)
{
	const uint32_t id = has_station_room(segments, member) ? take_station(segments) : NO_ID;
	struct station *station;

	if (id == NO_ID)
		return -ENOSPC;
	station = &segments->stations[id];
	*station = (struct station){.mac = mac, .vni = vni, .seen_s = segments->now_s};
	link_station(segments, station, member);
	segments->station_count++;
	if (mcr_index_insert(segments->by_mac, hash_station(mac, vni), id) == 0)
		return 0;
	remove_station(segments, station);
	return -ENOMEM;
}

static int
move_station(struct mcr_segments *segments, struct station *station, uint32_t member)
{
	if (!has_station_room(segments, member)) {
		remove_station(segments, station);
		return -ENOSPC;
	}
	unlink_station(segments, station);
	link_station(segments, station, member);
	return 0;
}

int
mcr_segment_learn(struct mcr_segments *segments, uint32_t vni, const struct rte_ether_addr *mac,
	uint32_t member)
{
	const uint64_t number = to_number(mac);
	const uint32_t id = find_station(segments, vni, number);
	struct station *station;

	if (id == MCR_INDEX_NONE)
		return add_station(segments, vni, number, member);
	station = &segments->stations[id];
	refresh_station(segments, station);
	return station->member == member ? 0 : move_station(segments, station, member);
}

bool
mcr_segment_own_station(
	const struct mcr_segments *segments, uint32_t member, struct rte_ether_addr *mac)
{
	const uint64_t own_station =
		__atomic_load_n(&segments->residents[member].own_station, __ATOMIC_RELAXED);

	RTE_ASSERT(member < segments->capacity);
	memcpy(mac, &own_station, sizeof(*mac));
	return own_station != 0;
}

void
mcr_segment_set_own_station(
	struct mcr_segments *segments, uint32_t member, const struct rte_ether_addr *mac)
{
	RTE_ASSERT(member < segments->capacity);
	__atomic_store_n(
		&segments->residents[member].own_station, to_number(mac), __ATOMIC_RELAXED);
}

void
mcr_segment_forget(struct mcr_segments *segments, uint32_t member)
{
	struct resident *resident = &segments->residents[member];

	__atomic_store_n(&resident->own_station, 0, __ATOMIC_RELAXED);
	while (resident->first_station != NO_ID)
		remove_station(segments, &segments->stations[resident->first_station]);
}

static void
age_station(struct mcr_segments *segments, struct station *station)
{
	const uint32_t seen_s = __atomic_load_n(&station->seen_s, __ATOMIC_RELAXED);

	if (station->member != NO_ID && segments->now_s - seen_s >= MCR_SEGMENT_AGE_S)
		remove_station(segments, station);
}

void
mcr_segment_age(struct mcr_segments *segments, uint32_t now_s)
{
	const uint32_t count = RTE_MIN(segments->station_end, (uint32_t)CHECKED_PER_CALL);

	__atomic_store_n(&segments->now_s, now_s, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < count; i++) {
		segments->cursor =
			segments->cursor + 1 < segments->station_end ? segments->cursor + 1 : 0;
		age_station(segments, &segments->stations[segments->cursor]);
	}
}

uint32_t
mcr_segment_stations(const struct mcr_segments *segments)
{
	return segments->station_count;
}

bool
mcr_segment_next(const struct mcr_segments *segments, uint32_t *position,
	struct mcr_segment_station *station)
{
	while (*position < segments->station_end) {
		const struct station *at = &segments->stations[(*position)++];

		if (at->member == NO_ID)
			continue;
		*station = (struct mcr_segment_station){
			.vni = at->vni,
			.member = at->member,
			.silent_s =
				segments->now_s - __atomic_load_n(&at->seen_s, __ATOMIC_RELAXED),
		};
		memcpy(&station->mac, &at->mac, sizeof(station->mac));
		return true;
	}
	return false;
}
