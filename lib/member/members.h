/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Private to the library. */

#ifndef MEMBERS_H
#define MEMBERS_H

#include <string.h>

#include <mcr_address.h>
#include <mcr_hash.h>
#include <mcr_index.h>

#include "mcr_member.h"

/** A next hop, whose MAC all members behind it share. Writer only. */
struct next_hop {
	uint32_t address;
	uint16_t port;
	bool resolved;
	struct rte_ether_addr mac;
	uint32_t first;  /* member behind it; MCR_MEMBER_NONE: the record is free */
	uint32_t unused; /* next free record */
};

/**
 * The l2 members with a MAC, and a gateway as MCR_MEMBER_NONE. The exclusive or of all ids is the
 * last holder's id once one is left, which saves a search.
 */
struct mac_holder {
	struct rte_ether_addr mac;
	uint32_t count; /* 0: the record is free */
	uint32_t mix;
	uint32_t only; /* what readers see: the one l2 member, or MCR_MEMBER_NONE */
	uint32_t unused;
};

struct mcr_members {
	struct mcr_rcu *rcu;
	uint32_t capacity;
	uint32_t count;
	uint32_t end; /* ids from here on were never used */
	uint32_t unused;
	struct mcr_member_port *ports;
	uint16_t port_count;

	/* By id; readers load with acquire order. */
	struct mcr_member **records;
	struct mcr_template **templates;
	uint32_t *generations;

	/* By id; the writer's own. */
	uint32_t *next_behind_hop;
	uint32_t *previous_behind_hop; /* MCR_MEMBER_NONE: it is the first */
	uint32_t *hop_of;
	uint32_t *next_unused;
	uint16_t *path_mtus; /* learned; 0: the record's */
	uint16_t *nat_ports; /* learned; 0: not known. Read by all */

	struct mcr_index *by_address;
	struct mcr_index *by_identity;
	struct mcr_index *by_overlay;
	struct mcr_index *by_name;
	struct mcr_index *by_hop;
	struct mcr_index *by_mac;
	struct next_hop *hops;
	uint32_t unused_hop;
	struct mac_holder *holders;
	uint32_t unused_holder;
};

/** path.c: link a member to its next hop and publish its template. */
int
members_attach(struct mcr_members *members, uint32_t id);

void
members_detach(struct mcr_members *members, uint32_t id);

/** path.c: replace a record; a copy always finds the old template or the new one. */
int
members_replace(struct mcr_members *members, uint32_t id, struct mcr_member *record);

/** overlay.c: let a record be found by its overlay addresses, if it has any.
 * @param old Of the same member: what both have is found already. NULL: none is.
 * @return 0 or -ENOMEM: nothing has changed. */
int
members_index_overlays(struct mcr_members *members, uint32_t id, const struct mcr_member *record,
	const struct mcr_member *old);

/** overlay.c: likewise, no longer. @param kept What both have is still found; NULL: none is. */
void
members_unindex_overlays(struct mcr_members *members, uint32_t id, const struct mcr_member *record,
	const struct mcr_member *kept);

/** holder.c: an l2 member or, as MCR_MEMBER_NONE, a gateway resolved to a MAC. */
void
members_hold_mac(struct mcr_members *members, const struct rte_ether_addr *mac, uint32_t holder);

void
members_drop_mac(struct mcr_members *members, const struct rte_ether_addr *mac, uint32_t holder);

static inline struct mcr_member *
members_record(const struct mcr_members *members, uint32_t id)
{
	return __atomic_load_n(&members->records[id], __ATOMIC_ACQUIRE);
}

static inline uint32_t
members_hash_address(uint32_t address)
{
	return mcr_hash(address, 0);
}

#endif
