/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Private to the library. */

#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <string.h>

#include <mcr_index.h>

#include "mcr_segment.h"

#define NO_ID UINT32_MAX

/** A segment with members. Readers may see its VNI until the grace period is over. */
struct segment {
	uint32_t vni;
	uint32_t count;
	uint32_t first;                   /* member in it; NO_ID */
	uint32_t unused;                  /* next free record */
	bool is_changed;                  /* since the last commit */
	bool is_told;                     /* that it has members */
	struct mcr_receivers *flood_list; /* published */
};

/** A learned MAC address; readers see mac, vni and member, and write seen_s. */
struct station {
	uint64_t mac;
	uint32_t vni;
	uint32_t member; /* NO_ID: the record is free or waits for its grace period */
	uint32_t seen_s;
	uint32_t next, previous; /* behind the same member; next also of free records */
};

struct resident {
	uint32_t address;
	uint32_t segment; /* NO_ID: in none */
	uint32_t next;    /* in the same segment */
	uint32_t previous;
	uint32_t stations;
	uint32_t first_station;
	uint64_t own_station; /* MAC of its own station, 0: unknown; read by readers */
	uint8_t is_full;      /* read by readers */
	bool is_hub;
};

struct mcr_segments {
	struct mcr_rcu *rcu;
	uint32_t capacity;
	struct resident *residents; /* by member */

	struct segment *segments;
	uint32_t segment_end; /* ids from here on were never used */
	uint32_t unused_segment;
	bool is_changed;
	struct mcr_index *by_vni;
	void (*pause)(void *arg);
	void *pause_arg;
	uint32_t steps; /* since the last pause */
	void (*changed)(void *arg, uint32_t vni, bool has_members);
	void *changed_arg;

	struct station *stations;
	uint32_t station_end;
	uint32_t unused_station;
	uint32_t station_count;
	uint8_t is_full; /* read by readers */
	uint32_t cursor; /* where ageing continues */
	uint32_t now_s;  /* read by readers */
	struct mcr_index *by_mac;
};

/** Twice the members: for each segment in use, another may wait for its grace period. */
static inline uint32_t
segment_capacity(const struct mcr_segments *segments)
{
	return 2 * segments->capacity;
}

#endif
