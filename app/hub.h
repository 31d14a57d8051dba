/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hub: what the lcores share, and what each has for itself.
 *
 * RX lcores classify and look up; a job for each packet goes to the TX lcore of its flow, over a
 * ring or, on an lcore that does both, by a call. TX lcores replicate and send. The control lcore
 * (the main lcore) owns everything that changes: members, groups, neighbours.
 */

#ifndef MCR_APP_HUB_H
#define MCR_APP_HUB_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <mcr_classify.h>
#include <mcr_config.h>
#include <mcr_group.h>
#include <mcr_latency.h>
#include <mcr_member.h>
#include <mcr_neigh.h>
#include <mcr_rcu.h>
#include <mcr_reassembly.h>
#include <mcr_refused.h>
#include <mcr_replicate.h>
#include <mcr_segment.h>
#include <mcr_stats.h>

#include "announce.h"
#include "pending.h"
#include "lcore_plan.h"
#include "link.h"
#include "port_events.h"
#include "port_reset.h"

/** How many frames are received at once. */
#define MCR_RX_BURST 32

/**
 * How many jobs may wait for a TX lcore. A sleeping one is away for 250 us, in which 8 million
 * packets a second fill it; throughput was the same with 64 to 8192.
 */
#define MCR_JOB_RING_SIZE 2048

/** How many frames may wait for the control lcore. */
#define MCR_PUNT_RING_SIZE 1024
#define MCR_LEARN_RING_SIZE 1024

/** An ethdev port. */
struct mcr_port {
	uint16_t id;
	/** No lcore may receive from it or send to it: read with acquire order once a burst. */
	bool is_away;
	char name[RTE_DEV_NAME_MAX_LEN];
	int socket;
	struct rte_ether_addr mac;
	uint32_t address; /**< host byte order */
	uint8_t prefix_len;
	uint16_t mtu;
	bool sets_mtu;                    /**< it is the configuration's, not the device's own */
	struct mcr_driver_verdict driver; /**< what it can do and demands of queues */
	bool takes_chains;                /**< offers RTE_ETH_TX_OFFLOAD_MULTI_SEGS */
	/** Shares its RX queues' pool with the kernel, and copies what is not of that into a buffer
	 * of it (net_af_xdp). */
	bool sends_from_rx_pool;
	/** Of such a port: what its driver took to fill its rings, and forgets when it is closed.
	 */
	uint32_t kept_buffers;
	bool is_found;
	bool started;
	bool has_interrupts; /**< the device reports changes of its link, if it can */
	bool knows_gateway;
	struct rte_ether_addr gateway_mac; /**< when known */
	struct mcr_classify_port classify;

	/** What happens to it while the hub runs. The control lcore's, but for the reports. */
	struct mcr_port_events events;
	struct mcr_port_reset reset;
	struct mcr_link link;
	struct mcr_announcer announcer;
};

/** To whom a packet goes. */
enum mcr_job_kind {
	MCR_JOB_GROUP,           /**< to the receivers of its group */
	MCR_JOB_GROUP_BY_HOP,    /**< likewise, out of a segment that some are beyond: they get it
	                            with a TTL one less */
	MCR_JOB_GROUP_AND_FLOOD, /**< and to all of its segment; there may be no group */
	MCR_JOB_FLOOD,           /**< to all of its segment, as the frame that it is */
	MCR_JOB_FLOOD_UNICAST,   /**< likewise, for a station that nobody knows */
	MCR_JOB_MEMBER,          /**< to one member */
};

/** An accepted packet on its way to replication. Holds no pointer but the packet: it may wait. */
struct mcr_job {
	struct rte_mbuf *packet; /**< as in struct mcr_original */
	union {
		struct mcr_group_ref group;
		struct mcr_member_ref receiver; /**< of MCR_JOB_MEMBER */
	};
	uint32_t sender_address; /**< mcr_member_instance(); it gets no copy */
	uint32_t flow;           /**< hash of the flow */
	uint32_t sender;         /**< member id, for who has to know; may be another's by now */
	uint32_t vni;            /**< of the VXLAN segment that it came from; MCR_VNI_NONE */
	uint64_t received;       /**< when, in TSC cycles, if its delay is measured; else 0 */
	uint8_t kind;            /**< enum mcr_job_kind */
	uint8_t tos;             /**< of the packet */
	bool is_ipv4;
};

/** A MAC address was seen behind a member, in a VXLAN segment, or is that of its own frames. */
struct mcr_learn_event {
	struct mcr_member_ref member;
	uint32_t vni; /**< MCR_VNI_NONE: the frames themselves come from it */
	struct rte_ether_addr mac;
	uint16_t nat_port;   /**< not 0: the member's NAT sends from it, nothing else was seen */
	bool is_own_station; /**< it has the member's overlay address */
};

/** Beside the kinds of enum mcr_punt_kind: a frame of somebody who may be admitted. */
#define MCR_PUNT_UNKNOWN UINT8_MAX

/** A frame for the control lcore. */
struct mcr_punt {
	struct rte_mbuf *frame;       /**< the whole frame */
	struct mcr_member_ref sender; /**< id MCR_MEMBER_NONE: not through a tunnel */
	uint16_t offset; /**< of the packet in question: ARP or the inner IPv4 header */
	uint16_t length;
	uint8_t punt;   /**< enum mcr_punt_kind, or MCR_PUNT_UNKNOWN */
	uint8_t reason; /**< of an UNKNOWN on its way back: enum mcr_drop, or MCR_DROP_COUNT */
	uint16_t lcore; /**< of an UNKNOWN: where it came in, in mcr_hub.lcores */
};

/** The one packet of a TX lcore at a time whose delay is measured, in TSC cycles. */
struct mcr_sample {
	uint64_t received; /**< 0: there is none */
	uint64_t first;    /**< when its first copies left; 0: not yet */
	uint64_t last;     /**< when the latest ones left */
	bool is_whole;     /**< all its copies are made */
};

/** What one lcore has for itself; others only read its counters. */
struct mcr_lcore {
	struct mcr_hub *hub;
	const struct mcr_lcore_role *role;
	unsigned int reader; /**< its number in the RCU variable */

	struct mcr_stats stats;
	struct mcr_member_counters *members; /**< by member id */
	struct mcr_group_counters *groups;   /**< by group id */
	uint64_t *sources;    /**< RX: by member id, see mcr_source_of(); of its last frame's MAC */
	uint64_t packets;     /**< received (RX) or replicated (TX) */
	uint64_t busy_cycles; /**< of loops that found work */
	uint64_t loops;

	struct mcr_reassembly *reassembly;      /**< RX */
	struct mcr_reassembly *unknown_senders; /**< RX; of echo requests by who is no member */
	struct rte_ring
		*resubmit_ring; /**< RX: frames of unknown_senders, back from the control lcore */
	struct mcr_pending_senders pending; /**< RX: those under way */
	struct mcr_handoff_batch
		*handoffs;     /**< RX: by TX queue; NULL: it sends all that it receives */
	struct rte_ring *jobs; /**< TX: jobs from RX lcores; NULL: it receives them itself */
	struct mcr_replicate replicate;
	struct mcr_copies copies; /**< made, not sent yet */
	uint32_t stuck_ports; /**< TX: bit of each ethdev port that takes nothing: see tx_burst.h */
	uint32_t tried_ports; /**< TX: those of them that were tried in this turn */
	/** TX: by ethdev port, frames that it did not take while it was stuck. */
	uint64_t refused_frames[RTE_MAX_ETHPORTS];
	uint64_t recoveries[RTE_MAX_ETHPORTS]; /**< TX: how often it then took one */

	/** RX: bit of each ethdev port that unfinished checksums came by: see unfinished.h. */
	uint32_t unfinished_ports;

	uint64_t burst_cycles;    /**< RX: when the burst came; 0 once a job has it */
	struct mcr_sample sample; /**< TX: of the packet in work */
	struct mcr_latency delay; /**< of last copies, in TSC cycles */
	struct mcr_latency spread;

	struct mcr_refused *refused; /**< senders whose packets it dropped */
} __rte_cache_aligned;

struct mcr_hub {
	const char *config_file;
	struct mcr_config *config;
	uint32_t generation;
	uint64_t start_cycles;

	uint16_t port_count;
	struct mcr_port ports[RTE_MAX_ETHPORTS];
	/** The hub's own in every VXLAN segment: the first port's at the start. */
	struct rte_ether_addr segment_mac;
	struct rte_mempool *rx_pools[RTE_MAX_NUMA_NODES]; /**< by NUMA node */
	struct rte_mempool *whole_pool;                   /**< for large reassembled packets */

	struct mcr_lcore_plan plan;
	uint16_t lcore_count;
	struct mcr_lcore *lcores;     /**< in the order of the plan */
	struct mcr_lcore **tx_lcores; /**< by TX queue */
	struct mcr_watch *watches;    /**< by lcore */
	struct mcr_stall *stalls;     /**< by port */
	uint64_t stalls_due_ms;       /**< when ports are looked at next */

	uint8_t udp_encaps[MCR_CLASSIFY_UDP_PORTS]; /**< for all ports, see udp_ports.h */

	struct mcr_rcu *rcu;
	struct mcr_members *members;
	struct mcr_group_table *groups;
	struct mcr_segments *segments;
	struct mcr_neigh *neigh;
	/** Set by a reload, read by lcores. */
	bool ttl_decrement;
	bool idle_sleep;
	bool drops_oversize;
	/** For tests: chains are sent to ports that do not say they take them. */
	bool assumes_chains;

	uint32_t logged_unfinished; /**< the control lcore's: see mcr_unfinished_log() */

	uint16_t outer_id; /**< of the last packet of the control lcore that had to be cut */

	/** By member id: what lcores had counted when the id was given to the member. */
	struct mcr_member_counters *member_baselines;

	struct rte_ring *punt_ring;          /**< frames for the control lcore */
	struct rte_ring *inject_ring;        /**< frames from it, for the first TX lcore */
	struct rte_ring *learn_ring;         /**< for the control lcore, from RX lcores */
	struct mcr_admit_rules *admit_rules; /**< NULL: nobody is admitted. Published under RCU */
	struct mcr_gateway_rules *gateway_rules; /**< NULL: AMT is off. Published under RCU */

	struct mcr_controller *control;
	bool ready;
	bool stop;   /**< SIGTERM or SIGINT asked for it */
	bool reload; /**< SIGHUP asked for it */
	/** The process ends with the hub, and the kernel then takes the packet buffers back at
	 * once. EAL would give them back page by page: 1.2 s for 2 GB. */
	bool keeps_buffers;

	int *claims;               /**< by port: holds its interface; -1: has none */
	struct mcr_missed *missed; /**< the kernel's counters of ports */
};

/** The hub's own MAC in every VXLAN segment. */
static inline const struct rte_ether_addr *
mcr_segment_mac(const struct mcr_hub *hub)
{
	return &hub->segment_mac;
}

/** The MAC of one of mcr_lcore.sources, of which the rest is MCR_SOURCE_NAT or nothing. */
#define MCR_SOURCE_MAC rte_cpu_to_le_64(UINT64_C(0xffffffffffff))
/** Beside the MAC of a member behind a NAT: no frame has it, so each run is looked at. */
#define MCR_SOURCE_NAT rte_cpu_to_le_64(UINT64_C(1) << 48)

/** A MAC as mcr_lcore.sources has it; never 0. */
static inline uint64_t
mcr_source_of(const struct rte_ether_addr *mac)
{
	uint64_t source = 0;

	memcpy(&source, mac, sizeof(*mac));
	return source;
}

/** The place in hub->ports of a port of the hub's, by its ethdev id. */
static inline uint16_t
mcr_hub_port_index(const struct mcr_hub *hub, uint16_t id)
{
	uint16_t index = 0;

	while (hub->ports[index].id != id)
		index++;
	return index;
}

/** Whether lcores must leave a port alone. */
static inline bool
mcr_port_is_away(const struct mcr_port *port)
{
	return unlikely(__atomic_load_n(&port->is_away, __ATOMIC_ACQUIRE));
}

/**
 * Take over the ports and make everything that the lcores need, from the configuration. None of
 * them runs yet.
 *
 * @param hub
 *   All zeros but config (its owner is the hub's from now on) and config_file. EAL runs.
 * @return
 *   0 or -errno, logged; then mcr_hub_end() frees what was made.
 */
int
mcr_hub_start(struct mcr_hub *hub);

/** In reverse, as far as it got; the configuration stays. No lcore runs any more. */
void
mcr_hub_end(struct mcr_hub *hub);

#endif
