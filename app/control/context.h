/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What the features of the control plane share. The control lcore is the only writer of
 * members, groups and neighbours. It has a foreground and a background, see background.h. */

#ifndef MCR_CONTROL_CONTEXT_H
#define MCR_CONTROL_CONTEXT_H

#include <mcr_address.h>
#include <mcr_neigh.h>

#include "control/mailbox.h"
#include "datapath/punt.h"
#include "datapath/worker.h"
#include "fib/fib.h"
#include "infra/ports.h"
#include "infra/rate_limit.h"

/** Who learns memberships: a router each for the groups of a family. */
enum mcr_router {
	MCR_ROUTER_IGMP,
	MCR_ROUTER_MLD,
	MCR_ROUTERS,
};

static inline enum mcr_router
mcr_router_of(uint32_t group)
{
	return mcr_address_is_ipv6(group) ? MCR_ROUTER_MLD : MCR_ROUTER_IGMP;
}

struct mcr_controller {
	struct mcr_ports *ports;
	struct mcr_fib *fib;
	struct mcr_workers *workers;
	struct mcr_punt_rings *rings;
	struct mcr_lcore *lcore;   /**< the control lcore */
	const char *config_file;   /**< what a reload reads */
	bool *wants_reload;        /**< atomic: set by SIGHUP */
	const bool *wants_end;     /**< atomic: set by SIGTERM and SIGINT */
	bool *stop;                /**< atomic: lcores leave their loops */
	struct mcr_config *config; /**< in force */
	uint32_t generation; /**< of config: 1 at the start, raised by each successful reload */
	bool (*fill_random)(void *bytes, size_t length); /**< @return Whether it has filled them. */
	uint64_t (*read_cycles)(void);                   /**< timer cycles: what work costs */
	uint64_t (*read_cpu_ns)(void);                   /**< CPU time of the calling thread */
	uint16_t outer_id; /**< IPv4 ID of the last control packet that was cut */
	uint64_t now_ms;
	uint64_t tick_ms;         /**< when slow checks are due */
	uint64_t expire_due_ms;   /**< when those of the background are */
	uint64_t start_ms;        /**< packets are served since */
	bool ready;               /**< atomic: packets are served */
	const char *doing;        /**< atomic: the step of this turn, see control_watch.h */
	uint64_t commit_until;    /**< in cycles: when a commit of the foreground has to stop */
	bool commit_stopped;      /**< it goes on in the next turn */
	uint64_t learned_version; /**< raised by each change of learned state; 1 at first */

	uint64_t *nat_changed_ms; /**< by member id, see nat.c */
	bool *leaving;            /**< by member id: what it sends is refused */

	/* State of the features, each defined in its .c. */
	struct mcr_admission *admission;
	struct mcr_amt_gateways *amt_gateways;
	struct mcr_arrivals *arrivals;
	struct mcr_background *background;
	struct mcr_checkup *checkup;
	struct mcr_conflicts *conflicts;
	struct mcr_default_routers *default_routers;
	struct mcr_domain *domain; /**< NULL: the hub is in none */
	struct mcr_drain *drain;
	struct mcr_effort *effort;
	struct mcr_ending *ending;
	struct mcr_mailbox *mailbox;
	struct mcr_membership *membership;
	struct mcr_neighbours *neighbours;
	struct mcr_path_mtu *path_mtu;
	struct mcr_permissions *permissions;
	struct mcr_police *police;         /**< of config; NULL: before the first one is in force */
	struct mcr_placements *placements; /**< NULL: members are not shared */
	struct mcr_rates *rates;
	struct mcr_relay *relay;
	struct mcr_reload *reload;
	struct mcr_service *service;
	struct mcr_serving *serving; /**< NULL: members are not shared */
	struct mcr_state_file *state_file;
	struct mcr_survey *survey;
	struct mcr_watchdog *watchdog;
};

#endif
