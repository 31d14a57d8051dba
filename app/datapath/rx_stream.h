/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Streams: which member sends to which group. Each RX lcore notes one run of a burst, in a table of
 * constant size. The run stands for all runs of its burst: it counts as often as there are runs. So
 * every packet counts while bursts have one run, as at low rates, and else the sums are right on
 * average.
 *
 * Any lcore may read the tables and never sees two streams mixed.
 */

#ifndef MCR_DATAPATH_RX_STREAM_H
#define MCR_DATAPATH_RX_STREAM_H

#include <netinet/in.h>

#include <rte_common.h>

#include <mcr_group.h>
#include <mcr_member.h>
#include <mcr_stats.h>

#include "datapath/worker.h"

/** A new stream takes the place of the oldest one in its set. */
#define MCR_STREAM_WAYS 4
#define MCR_STREAM_SETS 1024

#define MCR_STREAM_KEEP_S 3600

/* 2^32 divided by the golden ratio: its multiples hit each part of the range equally often, and so
 * does every second or third of them, whatever pattern bursts have. */
#define MCR_STREAM_STEP UINT32_C(0x9e3779b9)

/** Of bursts that are at least half full one in so many is noted, and counts as often. */
#define MCR_STREAM_SKIP 4

/* Another odd number: neighbours with the same groups have other sets. */
#define MCR_STREAM_STRIDE UINT32_C(0x85ebca6b)

/* Of one RX lcore. The generation tells the members apart that have an id one after the other. */
struct mcr_stream_place {
	uint32_t version; /* odd while the stream changes */
	uint32_t group;   /* 0: the place is empty */
	uint32_t sender;
	uint32_t generation;
	uint64_t packets; /* with bytes in one 16-byte word */
	uint64_t bytes;
	uint64_t samples;
	uint64_t seen; /* in timer cycles */
	uint32_t source;
	uint64_t ipv6_group[2] __rte_cache_aligned; /* then `group` is made of it */
	uint64_t ipv6_source[2];
} __rte_cache_aligned;

struct mcr_streams {
	const uint32_t *generations; /* by member id */
	uint32_t part;               /* of 2^32: which run is next */
	struct mcr_stream_place at[MCR_STREAM_SETS][MCR_STREAM_WAYS];
};

/** What is known of a stream. */
struct mcr_stream {
	struct mcr_member_ref sender;
	/** Its source is the last sample's. Of IPv6 a group of 0.0.0.0/8, which is no number. */
	struct mcr_flow flow;
	struct in6_addr ipv6_group;
	struct in6_addr ipv6_source; /**< likewise the last sample's */
	uint64_t samples;
	uint64_t packets; /**< that the samples stand for: inner packets */
	uint64_t bytes;
	uint64_t seen;  /**< the last sample, in timer cycles */
	uint32_t place; /**< in its set, of all lcores; where it stays */
};

/**
 * Read the streams of a set from all RX lcores, but those of members that left and those that were
 * idle for an hour. Control lcore.
 * @param now In timer cycles.
 * @param[out] streams Room for MCR_STREAM_WAYS for each lcore. @return How many were written, each
 * sender and group once.
 */
uint32_t
mcr_stream_read(
	const struct mcr_workers *workers, uint32_t set, uint64_t now, struct mcr_stream *streams);

/** Private: begin a stream in its set. @param ip Its packet, of IPv6; NULL: of IPv4. */
struct mcr_stream_place *
mcr_stream_begin(struct mcr_stream_place *set, struct mcr_member_ref sender, struct mcr_flow flow,
	const uint8_t *ip, uint64_t now);

static inline bool
mcr_stream_is_ipv6(const struct mcr_stream *stream)
{
	return mcr_address_is_ipv6(stream->flow.group);
}

/** A run of a burst, and for how many such runs it stands. */
struct mcr_stream_choice {
	uint32_t run;
	uint32_t weight; /**< 0: none is noted of this burst */
};

/** Choose the run of a burst to note. @param runs, packets How many the burst has. */
static inline struct mcr_stream_choice
mcr_stream_choose(struct mcr_streams *streams, uint32_t runs, uint32_t packets)
{
	uint32_t part = streams->part += MCR_STREAM_STEP, skip = 1;

	if (packets >= MCR_RX_BURST / 2) {
		if (part > UINT32_MAX / MCR_STREAM_SKIP)
			return (struct mcr_stream_choice){0};
		skip = MCR_STREAM_SKIP;
		part *= MCR_STREAM_SKIP;
	}
	return (struct mcr_stream_choice){
		.run = (uint64_t)part * runs >> 32,
		.weight = runs * skip,
	};
}

static inline uint32_t
mcr_stream_set(uint32_t sender, uint32_t group)
{
	return (group * MCR_STREAM_STEP + sender * MCR_STREAM_STRIDE) >>
	       (32 - rte_log2_u32(MCR_STREAM_SETS));
}

static inline struct mcr_stream_place *
mcr_stream_find(struct mcr_streams *streams, uint32_t sender, struct mcr_flow flow, uint64_t now)
{
	struct mcr_stream_place *set = streams->at[mcr_stream_set(sender, flow.group)];
	const uint32_t generation =
		__atomic_load_n(&streams->generations[sender], __ATOMIC_ACQUIRE);

	for (unsigned int way = 0; way < MCR_STREAM_WAYS; way++) {
		if (set[way].group == flow.group && set[way].sender == sender &&
			set[way].generation == generation)
			return &set[way];
	}
	return mcr_stream_begin(set, (struct mcr_member_ref){sender, generation}, flow, NULL, now);
}

/** Note a run. @param packets, bytes For how many it stands: its own, times the burst's runs. */
static inline void
mcr_stream_note(struct mcr_lcore *lcore, uint32_t sender, struct mcr_flow flow, uint32_t packets,
	uint32_t bytes)
{
	struct mcr_stream_place *place =
		mcr_stream_find(lcore->rx.streams, sender, flow, lcore->rx.now);

	mcr_stats_add_pair(&place->packets, packets, bytes);
	__atomic_store_n(&place->source, flow.source, __ATOMIC_RELAXED);
	__atomic_store_n(&place->seen, lcore->rx.now, __ATOMIC_RELAXED);
	mcr_stats_add(&place->samples, 1);
}

/** Likewise of IPv6. @param ip The first packet. */
void
mcr_stream_note_ipv6(struct mcr_lcore *lcore, uint32_t sender, const uint8_t *ip, uint32_t packets,
	uint32_t bytes);

#endif
