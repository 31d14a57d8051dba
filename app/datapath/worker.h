/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The state of each lcore.
 */

#ifndef MCR_DATAPATH_WORKER_H
#define MCR_DATAPATH_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ring.h>

#include <mcr_latency.h>
#include <mcr_reassembly.h>
#include <mcr_refused.h>
#include <mcr_replicate.h>
#include <mcr_stats.h>

#include "datapath/pending.h"
#include "datapath/punt.h"
#include "datapath/shard.h"
#include "infra/lcore_plan.h"

#define MCR_RX_BURST 32
#define MCR_TX_TOO_BIG_PLACES 64

struct mcr_controller;
struct mcr_fib;
struct mcr_ports;
struct mcr_workers;
struct mcr_fair_drop;
struct mcr_handoff_batch;
struct mcr_rx_backlog;
struct mcr_rx_lookups;
struct mcr_streams;
struct mcr_tx_hold;
struct mcr_tx_links;

/** The packet of a TX lcore whose delay is measured, one at a time. TSC cycles. */
struct mcr_sample {
	uint64_t received; /**< 0: none */
	uint64_t first;    /**< its first copies left, or it was split; 0: not yet */
	uint64_t last;     /**< its latest copies left; 0: none did yet */
	bool is_whole;     /**< all its copies are made */
};

/** What an RX lcore needs. */
struct mcr_lcore_rx {
	uint64_t *sources;     /**< MAC of the last frame, by member id; mcr_source_of() */
	uint64_t now;          /**< of this poll, in timer cycles */
	uint64_t burst_cycles; /**< TSC of the burst; 0 after its first job took it */
	struct mcr_handoff_batch *handoffs; /**< by TX queue; NULL: no job rings */
	struct mcr_rx_backlog *backlog;     /**< NULL: the lcore only receives */
	struct mcr_fair_drop *fair;         /**< who loses when a queue is full */
	struct mcr_streams *streams;        /**< who sends to which group, see rx_stream.h */
	struct mcr_rx_lookups *ipv6;        /**< IPv6 packets of this burst, see rx_ipv6.h */
	struct mcr_pending_senders pending;
	struct rte_ring *resubmit_ring;
	struct mcr_reassembly *reassembly;
	struct mcr_reassembly *unknown_senders; /**< echo requests of non-members */
	/** Bit by ethdev port: unfinished checksums came, see unfinished.h. */
	uint32_t unfinished_ports;
	uint64_t may_seek; /**< when a station may be sought again, in timer cycles */
};

/** What a TX lcore needs. */
struct mcr_lcore_tx {
	struct rte_ring *jobs; /**< from RX and other TX lcores; NULL: none */
	struct mcr_replicate replicate;
	struct mcr_copies copies;
	uint32_t careful_ports;    /**< bit by ethdev port: stuck, or with an allowance; atomic */
	uint32_t stuck_ports;      /**< bit by ethdev port: stuck, see tx_burst.h */
	uint32_t tried_ports;      /**< stuck ones tried in this turn */
	uint32_t held_ports;       /**< bit by index of port, see tx_hold.h */
	struct mcr_tx_hold *holds; /**< by index of port; NULL: injects nothing */
	uint64_t refused_frames[RTE_MAX_ETHPORTS]; /**< while stuck, by ethdev port */
	uint64_t recoveries[RTE_MAX_ETHPORTS];     /**< how often a stuck port recovered */
	bool is_special;                           /**< it sheds, or the hub is one of a domain */
	bool sheds;                                /**< some port has an allowance, see tx_shed.h */
	uint8_t priority;                          /**< of the frames to send; only if it sheds */
	bool was_shed;                             /**< the last burst, see tx_burst.h */
	/** Copies by index of port; their sum is the lcore's MCR_STAT_TX_DATA_PACKETS. */
	uint64_t sent[RTE_MAX_ETHPORTS];
	uint64_t window_start[RTE_MAX_ETHPORTS]; /**< sent then; see tx_window.h */
	uint64_t window_end;                     /**< in timer cycles */
	uint64_t largest_burst[RTE_MAX_ETHPORTS];
	struct mcr_tx_links *links; /**< to other hubs; NULL: the hub is in no domain */
	struct mcr_sample sample;
	struct mcr_latency delay; /**< of last copies, in TSC cycles */
	struct mcr_latency spread;

	struct mcr_shard shard;
	uint32_t shard_above; /**< longer lists are split; with one TX lcore none is */
	uint32_t splits;      /**< numbers what it split; never 0 then */
	uint64_t shards;      /**< made for others */
	/** By TX queue: the last number that it handed to that lcore. */
	uint32_t shards_handed[RTE_MAX_LCORE];
	/** By TX queue: the last number from that lcore whose copies were sent. Atomic. */
	uint32_t shards_done[RTE_MAX_LCORE];

	/** By hash of a sender's id: when it may be reported, in TSC cycles. See tx_too_big.h. */
	uint64_t too_big_due[MCR_TX_TOO_BIG_PLACES];
};

/** Other lcores only read its counters. */
struct mcr_lcore {
	struct mcr_ports *ports;
	struct mcr_fib *fib;
	struct mcr_workers *workers;
	struct mcr_punt_rings *rings;
	const struct mcr_lcore_role *role;
	unsigned int index; /**< in mcr_workers.lcores; also its RCU reader */

	struct mcr_stats stats;
	struct mcr_member_counters *members; /**< by member id */
	uint64_t *member_drops;              /**< by member id: copies that it did not get */
	struct mcr_group_counters *groups;   /**< by group id */
	struct mcr_refused *refused;         /**< senders whose packets it dropped */
	uint64_t packets;                    /**< received (RX) or replicated (TX) */
	uint64_t busy_cycles;                /**< of loops that found work */
	uint64_t loops;

	struct mcr_lcore_rx rx;
	struct mcr_lcore_tx tx;

	uint64_t punt_drops[MCR_PUNT_CLASSES]; /**< for a full ring or a limit, see punt.h */
} __rte_cache_aligned;

/** What all lcores have counted of a member. */
struct mcr_member_counts {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t drops; /**< copies that it did not get */
};

struct mcr_workers {
	struct mcr_lcore_plan plan;
	uint16_t count;
	struct mcr_lcore *lcores;
	struct mcr_lcore **tx_lcores;               /**< by TX queue */
	struct mcr_member_counts *member_baselines; /**< by member id: when the member got it */
	uint32_t max_members;
	uint32_t reassembly_datagrams;
	struct mcr_controller *control;
	const bool *stop; /**< atomic */
};

/** The MAC in an entry of mcr_lcore_rx.sources. */
#define MCR_SOURCE_MAC rte_cpu_to_le_64(UINT64_C(0xffffffffffff))
/** In an entry of a member behind a NAT: no frame matches, so each run is examined. */
#define MCR_SOURCE_NAT rte_cpu_to_le_64(UINT64_C(1) << 48)

/** A MAC as mcr_lcore_rx.sources has it; never 0. */
static inline uint64_t
mcr_source_of(const struct rte_ether_addr *mac)
{
	uint64_t source = 0;

	memcpy(&source, mac, sizeof(*mac));
	return source;
}

#endif
