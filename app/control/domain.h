/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The domain that the hub is one of, as its agent tells it: mcdpdk-domain(8). Peers come, go
 * and say what they want; this hub's own interest is kept for the agent. Control lcore only. */

#ifndef MCR_CONTROL_DOMAIN_H
#define MCR_CONTROL_DOMAIN_H

#include "control/context.h"
#include "control/health.h"
#include "control/interest.h"
#include "fib/peers.h"

/** What the agent says of itself: it begins with this when it can work. */
#define MCR_DOMAIN_CONNECTED "connected"
#define MCR_DOMAIN_TEXT_SIZE 128

/** Without a request for so long, the agent counts as away. It asks several times a second. */
#define MCR_DOMAIN_AGENT_MS 5000

/** In this time after the death of a hub it is known what those want that took over its members. */
#define MCR_DOMAIN_HEIRS_MS 2000

struct mcr_domain_peer {
	char name[MCR_MEMBER_NAME_SIZE];
	uint64_t changed_ms; /**< when its link went up or down, or was made */
	uint64_t said_ms;    /**< when the agent last spoke of it */
	uint32_t downs;      /**< as last logged */
	uint32_t deaths;     /**< as last seen */
	uint64_t died_ms;    /**< when the last of them was seen */
	uint32_t segments;   /**< that it wants */
	uint32_t hosts;      /**< that it serves */
	uint8_t state;       /**< as last logged */
};

/** Make it, before any member and group. Without a domain, nothing. @return 0 or -ENOMEM. */
int
mcr_domain_create(struct mcr_controller *control);

void
mcr_domain_free(struct mcr_controller *control);

/** Log which links went up or down. */
void
mcr_domain_run(struct mcr_controller *control);

/** The agent asked: it is there. */
void
mcr_domain_hear_agent(struct mcr_controller *control);

/** When the agent asked last; 0: never. */
uint64_t
mcr_domain_agent_ms(const struct mcr_controller *control);

void
mcr_domain_set_agent_text(struct mcr_controller *control, const char *text);

const char *
mcr_domain_agent_text(const struct mcr_controller *control);

/** What this hub wants has changed. */
void
mcr_domain_note_interest(struct mcr_controller *control, const struct mcr_interest_key *key,
	enum mcr_interest interest);

const struct mcr_interest_log *
mcr_domain_interest(const struct mcr_controller *control);

/** By the index of a peer that exists. */
const struct mcr_domain_peer *
mcr_domain_peer(const struct mcr_controller *control, uint16_t index);

/** A peer by the name of its hub, or NULL. */
struct mcr_peer *
mcr_domain_find_peer(const struct mcr_controller *control, const char *name);

/** Add a peer, or change its address. @return NULL, or why not: static text. */
const char *
mcr_domain_set_peer(struct mcr_controller *control, const char *name, uint32_t address);

/** Remove a peer and all that it wants. @return NULL, or why not: static text. */
const char *
mcr_domain_remove_peer(struct mcr_controller *control, struct mcr_peer *peer);

/** Change what a peer wants; mcr_fib_commit_groups() publishes groups. @return 0 or -errno as
 * mcr_group_interest_set(), mcr_group_interest_unset(), mcr_reach_claim(). */
int
mcr_domain_set_interest(struct mcr_controller *control, const struct mcr_peer *peer,
	const struct mcr_interest_key *key, enum mcr_interest interest);

/** A peer is about to tell all that it wants. */
void
mcr_domain_begin_sync(struct mcr_controller *control, const struct mcr_peer *peer);

/** It has: forget what it has not told since. mcr_fib_commit_groups() publishes groups. */
void
mcr_domain_end_sync(struct mcr_controller *control, const struct mcr_peer *peer);

/** The hub serves a member: other hubs are told its overlay address, if it has one and receives.
 * @return 0, -ENOSPC or -ENOMEM. Without a domain, nothing. */
int
mcr_domain_add_host(struct mcr_controller *control, uint32_t id, const struct mcr_member *member);

/** Undo mcr_domain_add_host(). */
void
mcr_domain_remove_host(
	struct mcr_controller *control, uint32_t id, const struct mcr_member *member);

/** Peers that are up. */
uint32_t
mcr_domain_count_up(const struct mcr_controller *control);

void
mcr_domain_find_down(const struct mcr_controller *control, struct mcr_health_finding *finding);

void
mcr_domain_find_agent(const struct mcr_controller *control, struct mcr_health_finding *finding);

void
mcr_domain_find_etcd(const struct mcr_controller *control, struct mcr_health_finding *finding);

#endif
