/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Counters of the data path: one block per lcore, which alone writes it; readers sum the blocks.
 *
 * Every dropped packet and copy has a reason here. The names are those of telemetry.
 */

#ifndef MCR_STATS_H
#define MCR_STATS_H

#include <stdint.h>

#include <rte_common.h>

/** Counters other than drops: X(constant, telemetry name). */
#define MCR_STATS(X)                                \
	X(RX_PACKETS, rx_packets)                   \
	X(RX_BYTES, rx_bytes)                       \
	X(DATA_PACKETS, data_packets)               \
	X(UNICAST_PACKETS, unicast_packets)         \
	X(CONTROL_PACKETS, control_packets)         \
	X(RX_FRAGMENTS, rx_fragments)               \
	X(REASSEMBLED_PACKETS, reassembled_packets) \
	X(RX_COALESCED, rx_coalesced)               \
	X(COPIES, copies)                           \
	X(TX_DATA_PACKETS, tx_data_packets)         \
	X(TX_DATA_BYTES, tx_data_bytes)             \
	X(TX_FRAGMENTS, tx_fragments)               \
	X(TX_COALESCED, tx_coalesced)               \
	X(TX_CONTROL_PACKETS, tx_control_packets)   \
	X(TX_CONTROL_DROPS, tx_control_drops)       \
	X(LEARNING_DROPS, learning_drops)           \
	X(FINISHED_CHECKSUMS, finished_checksums)

/** Drop reasons of received packets, in the order of the checks. */
#define MCR_RX_DROPS(X)                 \
	X(MALFORMED, malformed)         \
	X(NOT_FOR_US, not_for_us)       \
	X(BAD_CHECKSUM, bad_checksum)   \
	X(SOURCE_DENIED, source_denied) \
	X(SENDER_DENIED, sender_denied) \
	X(TTL_EXPIRED, ttl_expired)     \
	X(NO_RECEIVER, no_receiver)     \
	X(RING_FULL, ring_full)         \
	X(RATE_LIMITED, rate_limited)   \
	X(LOOP, loop)                   \
	X(REASSEMBLY, reassembly)

/** Drop reasons of copies. */
#define MCR_COPY_DROPS(X)                   \
	X(COPY_OVERSIZE, copy_oversize)     \
	X(COPY_NO_MBUF, copy_no_mbuf)       \
	X(COPY_TX_FULL, copy_tx_full)       \
	X(COPY_UNRESOLVED, copy_unresolved) \
	X(COPY_STALE, copy_stale)           \
	X(COPY_SHED, copy_shed)

enum mcr_stat {
#define X(constant, name) MCR_STAT_##constant,
	MCR_STATS(X)
#undef X
		MCR_STAT_COUNT
};

enum mcr_drop {
#define X(constant, name) MCR_DROP_##constant,
	MCR_RX_DROPS(X) MCR_COPY_DROPS(X)
#undef X
		MCR_DROP_COUNT,
	MCR_DROP_NONE = MCR_DROP_COUNT, /**< it is accepted */
	MCR_DROP_FIRST_OF_COPIES = MCR_DROP_COPY_OVERSIZE
};

/** The counters of one lcore. */
struct mcr_stats {
	uint64_t counts[MCR_STAT_COUNT];
	uint64_t drops[MCR_DROP_COUNT];
} __rte_cache_aligned;

/** The counters of one member on one lcore: packets and bytes of each direction in a 16-byte word.
 */
struct mcr_member_counters {
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_packets;
	uint64_t rx_bytes;
} __rte_aligned(16);

/** The counters of one group on one lcore, since the group has its id. */
struct mcr_group_counters {
	/** Of the id, in the low half; counts of another generation are another group's. The high
	 * half is the lcore's own: TX keeps a mark there. */
	uint64_t generation;
	uint64_t packets;
	uint64_t bytes;
	uint64_t copies;
};

/** Add to a counter of the calling lcore; readers elsewhere see whole values. */
static inline void
mcr_stats_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/** Add to two neighbouring counters: one load and one store; readers see whole values. */
static inline void
mcr_stats_add_pair(uint64_t *counters, uint64_t packets, uint64_t bytes)
{
	typedef uint64_t pair __attribute__((vector_size(16), may_alias));

	*(pair *)counters += (pair){packets, bytes};
}

/** Count a copy sent. */
static inline void
mcr_stats_sent(struct mcr_member_counters *member, uint32_t bytes)
{
	mcr_stats_add_pair(&member->tx_packets, 1, bytes);
}

/** Count packets received. */
static inline void
mcr_stats_received(struct mcr_member_counters *member, uint32_t packets, uint32_t bytes)
{
	mcr_stats_add_pair(&member->rx_packets, packets, bytes);
}

static inline void
mcr_stats_count(struct mcr_stats *stats, enum mcr_stat stat, uint64_t n)
{
	mcr_stats_add(&stats->counts[stat], n);
}

static inline void
mcr_stats_drop(struct mcr_stats *stats, enum mcr_drop drop, uint64_t n)
{
	mcr_stats_add(&stats->drops[drop], n);
}

/**
 * Restart the counters for another group with the same id; only the owning lcore. The generation
 * is stored last, so a reader that sees it sees no counts of the previous group.
 */
static inline void
mcr_group_counters_reset(struct mcr_group_counters *counters, uint32_t generation)
{
	__atomic_store_n(&counters->packets, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&counters->bytes, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&counters->copies, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&counters->generation, generation, __ATOMIC_RELEASE);
}

const char *
mcr_stats_name(enum mcr_stat stat);

const char *
mcr_stats_drop_name(enum mcr_drop drop);

/**
 * Any thread: add the counters of an lcore, which may be counting, to a sum that starts as zeros.
 */
void
mcr_stats_sum(struct mcr_stats *sum, const struct mcr_stats *stats);

/** Received packets dropped, for any reason. */
uint64_t
mcr_stats_rx_drops(const struct mcr_stats *stats);

/** Copies dropped, for any reason. */
uint64_t
mcr_stats_copy_drops(const struct mcr_stats *stats);

#endif
