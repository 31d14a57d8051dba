/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Members: who is who, and the way to each of them.
 *
 * A member has a number (its id), by which lists of receivers name it, and which is used again for
 * another member only after a grace period and under a new generation. What is known of a member is
 * immutable and replaced whole, as is the template of its outer header.
 *
 * One writer, the control lcore. Functions marked "reader" may be called by any lcore that is
 * online in the RCU variable; what they return is valid until that lcore's next quiescent state.
 *
 * IPv4 addresses are in host byte order.
 */

#ifndef MCR_MEMBER_H
#define MCR_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <mcr_encap.h>
#include <mcr_rcu.h>

#define MCR_MEMBER_NONE UINT32_MAX
#define MCR_MEMBER_NAME_SIZE 64

enum mcr_member_role {
	MCR_ROLE_BOTH,
	MCR_ROLE_SENDER,
	MCR_ROLE_RECEIVER,
};

enum mcr_member_origin {
	MCR_MEMBER_STATIC,
	MCR_MEMBER_ADMITTED,
	MCR_MEMBER_AMT,
};

/** By what the hub knows that a packet comes from a member. */
struct mcr_member_identity {
	uint32_t address; /**< underlay address */
	uint32_t key;     /**< GRE key, or the VNI; 0 when there is none */
	enum mcr_encap encap;
	uint16_t udp_port; /**< 0 where the encapsulation has none */
	bool has_key;
};

/** A subnet inside tunnels; the hub has an address in it. */
struct mcr_overlay {
	uint32_t hub;   /**< the hub's own address in it; 0: there is no overlay */
	uint8_t length; /**< prefix length in bits */
};

struct mcr_member {
	struct mcr_member_identity identity;
	struct mcr_overlay hub_overlay;
	uint32_t overlay;  /**< the member's address inside its tunnel; 0: none */
	uint32_t next_hop; /**< on-link address whose MAC frames to the member carry; not the
	                      member's own: it is behind a gateway */
	bool is_nat;       /**< identity.address is a NAT's, the member is behind it */
	bool has_mac;      /**< mac is fixed, the next hop is not resolved by ARP */
	struct rte_ether_addr mac;
	uint16_t mtu;  /**< IP MTU of the path at most, see mcr_member_path_mtu() */
	uint16_t port; /**< ethdev port that leads to the member */
	enum mcr_member_role role;
	enum mcr_member_origin origin;
	char name[MCR_MEMBER_NAME_SIZE];
};

/** A member id that may be kept over quiescent states: see mcr_member_is_current(). */
struct mcr_member_ref {
	uint32_t id;
	uint32_t generation;
};

/** What the outer headers of a port's copies are made of. */
struct mcr_member_port {
	struct rte_ether_addr mac;
	uint32_t address;
};

struct mcr_members;

/**
 * @param capacity
 *   The most members there may be at once.
 * @param ports
 *   By ethdev port number. Copied.
 * @param rcu
 *   Retires what readers may still hold. Must live longer than the object.
 * @return
 *   NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_members *
mcr_members_create(uint32_t capacity, const struct mcr_member_port *ports, uint16_t port_count,
	struct mcr_rcu *rcu);

/** All readers must be offline. NULL is allowed. */
void
mcr_members_free(struct mcr_members *members);

/**
 * Writer: add a member.
 *
 * @param member
 *   Copied.
 * @param[out] id
 *   Its number.
 * @return
 *   0, -EEXIST when its name, its identity or its overlay address is taken, -ENOSPC, -ENOMEM.
 */
int
mcr_member_add(struct mcr_members *members, const struct mcr_member *member, uint32_t *id);

/**
 * Writer: give a member other properties, its name and origin among them. Its identity must be the
 * same. Readers find it all the time by what stays: its identity, its overlay address and its MAC.
 *
 * @return
 *   0, -EEXIST when the new name or overlay address is taken, -ENOMEM; on failure nothing changes.
 */
int
mcr_member_update(struct mcr_members *members, uint32_t id, const struct mcr_member *member);

/** Writer: forget a member. No list of receivers published from now on may name it. */
void
mcr_member_remove(struct mcr_members *members, uint32_t id);

/**
 * Writer: the MAC of a next hop became known, changed, or was lost. The templates of all members
 * behind it follow; a member with a fixed MAC is not touched.
 *
 * @param mac
 *   NULL: the next hop is unresolved.
 * @return
 *   0 or -ENOMEM; the members that could not be served are unresolved then.
 */
int
mcr_member_resolve(struct mcr_members *members, uint16_t port, uint32_t next_hop,
	const struct rte_ether_addr *mac);

/**
 * Writer: a port has another MAC or address. The templates of all members that it leads to follow.
 *
 * @return
 *   0 or -ENOMEM; the members that could not be served are unresolved then.
 */
int
mcr_members_set_port(
	struct mcr_members *members, uint16_t port, const struct mcr_member_port *source);

/** Writer: the IP MTU of the path to a member: its record's, or less where a router said so. */
uint16_t
mcr_member_path_mtu(const struct mcr_members *members, uint32_t id);

/**
 * Writer: the path to a member has another MTU than was thought; its template follows. That is
 * forgotten when its record gets another MTU, port or next hop.
 *
 * @param mtu
 *   Below the record's; 0: the record's again.
 * @return
 *   0 or -ENOMEM: the member is unresolved then.
 */
int
mcr_member_set_path_mtu(struct mcr_members *members, uint32_t id, uint16_t mtu);

/** @return Whether this is the one that is looked for. */
typedef bool (*mcr_member_visit)(void *arg, uint32_t id);

/**
 * Writer: look at the members with an underlay address, in any order, until one is found.
 *
 * @return
 *   Its id; MCR_MEMBER_NONE when none was.
 */
uint32_t
mcr_member_search_at(
	const struct mcr_members *members, uint32_t address, mcr_member_visit visit, void *arg);

/**
 * Writer: go through the members behind a next hop.
 *
 * @param after
 *   The id to continue after; MCR_MEMBER_NONE to start.
 * @return
 *   The next id, MCR_MEMBER_NONE at the end.
 */
uint32_t
mcr_member_next_behind(
	const struct mcr_members *members, uint16_t port, uint32_t next_hop, uint32_t after);

/**
 * Writer: a MAC that belongs to a gateway tells nothing about who sent a plain frame.
 *
 * @param held
 *   Whether it is a gateway's from now on, or no more.
 */
void
mcr_member_mark_gateway(struct mcr_members *members, const struct rte_ether_addr *mac, bool held);

/** Writer: a member by its name; MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_name(const struct mcr_members *members, const char *name);

/**
 * Writer: go through all members in the order of their ids.
 *
 * @param after
 *   The id to continue after; MCR_MEMBER_NONE to start.
 * @return
 *   The next id, MCR_MEMBER_NONE at the end.
 */
uint32_t
mcr_member_next(const struct mcr_members *members, uint32_t after);

/** How many members there are. */
uint32_t
mcr_member_count(const struct mcr_members *members);

/**
 * Which instance a member is, where members of one instance have to be known as such: those with
 * one underlay address are one, but each behind a NAT is one of its own. No underlay address is in
 * 0.0.0.0/8.
 */
static inline uint32_t
mcr_member_instance(const struct mcr_member *member, uint32_t id)
{
	return member->is_nat ? id + 1 : member->identity.address;
}

/**
 * Writer: the UDP port at which a NAT passes packets on to a member. Until then it is unresolved.
 *
 * @return
 *   0 or -ENOMEM; then no port is known, and the member is unresolved.
 */
int
mcr_member_set_nat_port(struct mcr_members *members, uint32_t id, uint16_t nat_port);

/** Reader: that port; 0: not known. */
uint16_t
mcr_member_nat_port(const struct mcr_members *members, uint32_t id);

/** Reader: who sends with this identity; MCR_MEMBER_NONE. */
uint32_t
mcr_member_find(const struct mcr_members *members, const struct mcr_member_identity *identity);

/** Whether a member sends with this identity: whom mcr_member_find() would find. */
static inline bool
mcr_member_has_identity(const struct mcr_member *member, const struct mcr_member_identity *identity)
{
	return member->identity.address == identity->address &&
	       member->identity.key == identity->key && member->identity.encap == identity->encap &&
	       member->identity.udp_port == identity->udp_port &&
	       member->identity.has_key == identity->has_key;
}

/** Reader: a member with this identity, but for the UDP port; MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_any_port(
	const struct mcr_members *members, const struct mcr_member_identity *identity);

/** Reader: whether some member, whatever its encapsulation, has this underlay address. */
bool
mcr_member_is_at(const struct mcr_members *members, uint32_t address);

/** Reader: whether a member of encapsulation `udp`, with whatever port, has this address. */
bool
mcr_member_is_rewritten(const struct mcr_members *members, uint32_t address);

/** Reader: the one l2 member that resolved to this MAC; MCR_MEMBER_NONE when none or several did.
 */
uint32_t
mcr_member_find_mac(const struct mcr_members *members, const struct rte_ether_addr *mac);

/** Reader: the member with this address in an overlay; MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_overlay(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address);

/** Whether one finds both with the same overlay address; the hub's own there may differ. */
bool
mcr_member_has_same_overlay(const struct mcr_member *a, const struct mcr_member *b);

/** Reader: what is known of a member; NULL when there is none of this id. */
const struct mcr_member *
mcr_member_get(const struct mcr_members *members, uint32_t id);

/** Reader: the outer header to a member; NULL while its next hop is not resolved. */
const struct mcr_template *
mcr_member_template(const struct mcr_members *members, uint32_t id);

/** Templates by member id, for those that look up many: each is loaded with acquire order. */
struct mcr_template *const *
mcr_member_templates(const struct mcr_members *members);

/** Reader: a reference to a member that may be kept over quiescent states. */
struct mcr_member_ref
mcr_member_refer(const struct mcr_members *members, uint32_t id);

/** Reader: whether a reference still means the member for which it was taken. */
bool
mcr_member_is_current(const struct mcr_members *members, struct mcr_member_ref ref);

#endif
