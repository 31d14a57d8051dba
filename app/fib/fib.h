/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What the control lcore writes and workers read, under RCU: the forwarding tables, who may send,
 * and the settings that a reload changes.
 */

#ifndef MCR_FIB_FIB_H
#define MCR_FIB_FIB_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <mcr_classify.h>
#include <mcr_group.h>
#include <mcr_member.h>
#include <mcr_rcu.h>
#include <mcr_segment.h>

#include "fib/police.h"

struct mcr_admit_rules;
struct mcr_amt_gateway_rules;
struct mcr_peers;
struct mcr_placement;

struct mcr_fib {
	struct mcr_rcu *rcu;
	struct mcr_members *members;
	struct mcr_group_table *groups;
	struct mcr_segments *segments;
	struct mcr_peers *peers; /**< other hubs; NULL: the hub is in no domain */
	/** Who serves shared members of the domain; NULL: the hub is in no domain. */
	struct mcr_placement *placement;
	/** The hub's own MAC in every segment: the first port's at the start. */
	struct rte_ether_addr segment_mac;
	struct mcr_admit_rules *admit_rules; /**< NULL: nobody is admitted. Published under RCU */
	/** NULL: AMT is off. Published under RCU. */
	struct mcr_amt_gateway_rules *amt_gateway_rules;
	/** Set by a reload, read by lcores. */
	bool ttl_decrement;
	bool drops_oversize;
	bool idle_sleep;
	struct mcr_limiters limiters;
	uint8_t udp_encaps[MCR_CLASSIFY_UDP_PORTS]; /**< for all ports, see udp_ports.h */
};

/** Publish changes of the group table and raise its version. Control lcore. @return 0, or -ENOMEM:
 * call again. */
int
mcr_fib_commit_groups(struct mcr_fib *fib);

/** Publish changes of flood lists; the version of groups stays. @return As above. */
int
mcr_fib_commit_segments(struct mcr_fib *fib);

static inline const struct rte_ether_addr *
mcr_fib_segment_mac(const struct mcr_fib *fib)
{
	return &fib->segment_mac;
}

#endif
