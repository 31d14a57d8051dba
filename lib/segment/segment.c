/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "segments.h"

/* Some 10 us. */
#define STEPS_AT_ONCE 512

struct vni_key {
	const struct mcr_segments *segments;
	uint32_t vni;
};

static uint32_t
hash_vni(uint32_t vni)
{
	return mcr_hash(vni, 0);
}

static bool
has_vni(const void *arg, uint32_t id)
{
	const struct vni_key *key = arg;

	return key->segments->segments[id].vni == key->vni;
}

static uint32_t
find_vni(const struct mcr_segments *segments, uint32_t vni)
{
	const struct vni_key key = {segments, vni};

	return mcr_index_find(segments->by_vni, hash_vni(vni), has_vni, &key);
}

static bool
create_bridge_tables(struct mcr_segments *segments)
{
	segments->residents = calloc(segments->capacity, sizeof(*segments->residents));
	segments->segments = calloc(segment_capacity(segments), sizeof(*segments->segments));
	segments->stations = calloc(MCR_SEGMENT_STATIONS, sizeof(*segments->stations));
	segments->by_vni = mcr_index_create(segments->capacity, segments->rcu);
	segments->by_mac = mcr_index_create(MCR_SEGMENT_STATIONS, segments->rcu);
	if (segments->residents == NULL || segments->segments == NULL ||
		segments->stations == NULL || segments->by_vni == NULL || segments->by_mac == NULL)
		return false;
	for (uint32_t i = 0; i < segments->capacity; i++) {
		segments->residents[i].segment = NO_ID;
		segments->residents[i].first_station = NO_ID;
	}
	return true;
}

struct mcr_segments *
mcr_segments_create(uint32_t members, struct mcr_rcu *rcu)
{
	struct mcr_segments *segments;

	if (members == 0 || rcu == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	segments = calloc(1, sizeof(*segments));
	if (segments == NULL)
		goto err;
	segments->rcu = rcu;
	segments->capacity = members;
	segments->unused_segment = NO_ID;
	segments->unused_station = NO_ID;
	if (create_bridge_tables(segments))
		return segments;

err:
	mcr_segments_free(segments);
	rte_errno = ENOMEM;
	return NULL;
}

void
mcr_segments_free(struct mcr_segments *segments)
{
	if (segments == NULL)
		return;
	mcr_rcu_drain(segments->rcu);
	for (uint32_t i = 0; i < segments->segment_end; i++)
		free(segments->segments[i].flood_list);
	mcr_index_free(segments->by_vni);
	mcr_index_free(segments->by_mac);
	free(segments->residents);
	free(segments->segments);
	free(segments->stations);
	free(segments);
}

void
mcr_segment_pace(struct mcr_segments *segments, void (*pause)(void *arg), void *arg)
{
	segments->pause = pause;
	segments->pause_arg = arg;
}

void
mcr_segment_watch(struct mcr_segments *segments,
	void (*changed)(void *arg, uint32_t vni, bool has_members), void *arg)
{
	segments->changed = changed;
	segments->changed_arg = arg;
}

static uint32_t
take_segment(struct mcr_segments *segments)
{
	const uint32_t id = segments->unused_segment;

	if (id != NO_ID) {
		segments->unused_segment = segments->segments[id].unused;
		return id;
	}
	return segments->segment_end < segment_capacity(segments) ? segments->segment_end++ : NO_ID;
}

/* After the grace period: no reader sees the VNI any more. */
static void
reuse_segment(void *arg, void *object)
{
	struct mcr_segments *segments = arg;
	struct segment *segment = object;

	RTE_ASSERT(segment->count == 0);
	RTE_ASSERT(segment->flood_list == NULL);
	segment->unused = segments->unused_segment;
	segments->unused_segment = segment - segments->segments;
}

static uint32_t
add_segment(struct mcr_segments *segments, uint32_t vni)
{
	const uint32_t id = take_segment(segments);

	if (id == NO_ID)
		return NO_ID;
	segments->segments[id] = (struct segment){.vni = vni, .first = NO_ID};
	if (mcr_index_insert(segments->by_vni, hash_vni(vni), id) == 0)
		return id;
	reuse_segment(segments, &segments->segments[id]);
	return NO_ID;
}

static void
mark_changed(struct mcr_segments *segments, uint32_t id)
{
	segments->segments[id].is_changed = true;
	segments->is_changed = true;
}

int
mcr_segment_join(struct mcr_segments *segments, uint32_t vni, struct mcr_receiver receiver)
{
	struct resident *resident = &segments->residents[receiver.member];
	uint32_t id = find_vni(segments, vni);

	RTE_ASSERT(receiver.member < segments->capacity);
	RTE_ASSERT(resident->segment == NO_ID);
	if (id == MCR_INDEX_NONE)
		id = add_segment(segments, vni);
	if (id == NO_ID)
		return -ENOSPC;
	resident->address = receiver.address;
	resident->segment = id;
	resident->next = segments->segments[id].first;
	resident->previous = NO_ID;
	if (resident->next != NO_ID)
		segments->residents[resident->next].previous = receiver.member;
	segments->segments[id].first = receiver.member;
	segments->segments[id].count++;
	mark_changed(segments, id);
	return 0;
}

void
mcr_segment_leave(struct mcr_segments *segments, uint32_t member)
{
	struct resident *resident = &segments->residents[member];
	const uint32_t id = resident->segment;

	RTE_ASSERT(member < segments->capacity);
	if (id == NO_ID)
		return;
	if (resident->next != NO_ID)
		segments->residents[resident->next].previous = resident->previous;
	if (resident->previous != NO_ID)
		segments->residents[resident->previous].next = resident->next;
	else
		segments->segments[id].first = resident->next;
	resident->segment = NO_ID;
	segments->segments[id].count--;
	mark_changed(segments, id);
}

static void
take_step(struct mcr_segments *segments)
{
	if (segments->pause != NULL && segments->steps++ % STEPS_AT_ONCE == 0)
		segments->pause(segments->pause_arg);
}

static int
compare_and_pause(const void *a, const void *b, void *segments)
{
	take_step(segments);
	return mcr_receiver_compare(a, b);
}

static struct mcr_receivers *
build_flood_list(struct mcr_segments *segments, const struct segment *segment)
{
	struct mcr_receivers *flood_list =
		malloc(sizeof(*flood_list) + segment->count * sizeof(flood_list->at[0]));
	uint32_t i = 0;

	if (flood_list == NULL)
		return NULL;
	flood_list->count = segment->count;
	for (uint32_t id = segment->first; id != NO_ID; id = segments->residents[id].next)
		flood_list->at[i++] = (struct mcr_receiver){segments->residents[id].address, id};
	RTE_ASSERT(i == segment->count);
	qsort_r(flood_list->at, flood_list->count, sizeof(flood_list->at[0]), compare_and_pause,
		segments);
	return flood_list;
}

static void
remove_segment(struct mcr_segments *segments, struct segment *segment)
{
	RTE_ASSERT(segment->count == 0);
	RTE_ASSERT(segment->first == NO_ID);
	mcr_index_remove(segments->by_vni, hash_vni(segment->vni), segment - segments->segments);
	mcr_rcu_retire(segments->rcu, reuse_segment, segments, segment);
}

static void
tell_change(const struct mcr_segments *segments, struct segment *segment)
{
	const bool has_members = segment->count != 0;

	if (segment->is_told != has_members && segments->changed != NULL)
		segments->changed(segments->changed_arg, segment->vni, has_members);
	segment->is_told = has_members;
}

static int
commit_segment(struct mcr_segments *segments, struct segment *segment)
{
	struct mcr_receivers *before = segment->flood_list;
	struct mcr_receivers *flood_list = NULL;

	tell_change(segments, segment);
	if (segment->count != 0)
		flood_list = build_flood_list(segments, segment);
	__atomic_store_n(&segment->flood_list, flood_list, __ATOMIC_RELEASE);
	if (before != NULL)
		mcr_rcu_retire_memory(segments->rcu, before);
	if (segment->count != 0 && flood_list == NULL)
		return -ENOMEM;
	segment->is_changed = false;
	if (segment->count == 0)
		remove_segment(segments, segment);
	return 0;
}

int
mcr_segment_commit(struct mcr_segments *segments)
{
	int ret = 0;

	if (!segments->is_changed)
		return 0;
	for (uint32_t i = 0; i < segments->segment_end; i++) {
		if (segments->segments[i].is_changed &&
			commit_segment(segments, &segments->segments[i]) != 0)
			ret = -ENOMEM;
		take_step(segments);
	}
	segments->is_changed = ret != 0;
	return ret;
}

const struct mcr_receivers *
mcr_segment_receivers(const struct mcr_segments *segments, uint32_t vni)
{
	const uint32_t id = find_vni(segments, vni);

	if (id == MCR_INDEX_NONE)
		return NULL;
	return __atomic_load_n(&segments->segments[id].flood_list, __ATOMIC_ACQUIRE);
}
