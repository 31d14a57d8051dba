/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which hub of a domain serves a shared member: by rendezvous hashing (Thaler and Ravishankar,
 * 1998). Each hub has a weight for each member, and of the hubs that come into question the one
 * with the highest weight serves. All hubs agree without asking each other, and when a hub goes
 * only its own members move, to all others alike.
 *
 * A member that comes to a hub by itself is an exception to that: mcr_claim.h.
 *
 * No state, no clock, no allocation. IPv4 addresses are in host byte order, those of IPv6 are
 * octets: numbers of mcr_address.h differ from hub to hub.
 */

#ifndef MCR_PLACEMENT_H
#define MCR_PLACEMENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/** No hub. */
#define MCR_PLACEMENT_NOBODY UINT32_MAX

/** Generations in force at a time: that which ends and that which begins, by their parity. */
#define MCR_PLACEMENT_TAGS 2

/** Networks of a hub at most, of each family, if they fit into a text of 127 characters. */
#define MCR_PLACEMENT_FAMILY_MAX 6
#define MCR_PLACEMENT_NETWORKS_MAX (2 * MCR_PLACEMENT_FAMILY_MAX)

/** A network that a hub reaches. Length 0: it has a gateway. */
struct mcr_placement_network {
	uint32_t address; /**< of IPv4, host bits zero */
	uint8_t length;
	bool is_ipv6;
	struct in6_addr address6; /**< of IPv6, likewise */
};

/** A hub as the hub that asks sees it. */
struct mcr_placement_hub {
	uint32_t id;    /**< mcr_link_hub_id() */
	uint8_t serves; /**< bit t: in the serving set of the generation of parity t */
	bool is_alive;  /**< mcr_placement_is_alive() */
	uint8_t network_count;
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
};

/** A shared member: what of it decides. */
struct mcr_placement_member {
	uint32_t hash;    /**< mcr_placement_hash() of its name */
	uint32_t address; /**< underlay, of IPv4 */
	bool is_ipv6;     /**< underlay: address6 */
	bool is_plain;    /**< l2: to be reached in a port's subnet only, not by a gateway */
	bool is_nat;      /**< to be reached only by the hub that it comes to */
	struct in6_addr address6;
};

/** The 32-bit FNV-1a hash of a member's name. Equal in every hub of the domain. */
uint32_t
mcr_placement_hash(const char *name);

/** The weight of a hub for a member. No two hubs have the same one for a member. */
uint64_t
mcr_placement_weight(uint32_t hub, uint32_t member);

/** Whether a hub can send to a member that did not come to it. */
bool
mcr_placement_reaches(
	const struct mcr_placement_hub *hub, const struct mcr_placement_member *member);

/**
 * Choose the hub that serves a member without a claim: of those in the serving set that are alive
 * and reach the member, the one with the highest weight.
 * @param hubs The asking hub too. The order does not matter.
 * @param tag The parity of the generation, 0 or 1.
 * @return Its index in hubs, or MCR_PLACEMENT_NOBODY.
 */
uint32_t
mcr_placement_choose(const struct mcr_placement_hub *hubs, uint32_t count,
	const struct mcr_placement_member *member, unsigned int tag);

/** Whether two networks are one. */
bool
mcr_placement_is_same_network(
	const struct mcr_placement_network *a, const struct mcr_placement_network *b);

/** Add a network, unless it is there or there is no room.
 * @param networks Of MCR_PLACEMENT_NETWORKS_MAX; the first count are there. @return The new count.
 */
uint32_t
mcr_placement_add_network(struct mcr_placement_network *networks, uint32_t count,
	const struct mcr_placement_network *network);

/**
 * Read networks of both families, as mcr_placement_format_networks() writes them: "10.0.0.0/24
 * 0.0.0.0/0".
 * @param[out] networks Of MCR_PLACEMENT_NETWORKS_MAX.
 * @return How many; -EINVAL: the text is something else, or has more of them.
 */
int
mcr_placement_parse_networks(const char *text, struct mcr_placement_network *networks);

/** Size of the text, with its terminating zero. */
#define MCR_PLACEMENT_NETWORKS_SIZE 128

/** Write those of a family that were added. */
void
mcr_placement_format_networks(const struct mcr_placement_network *networks, uint32_t count,
	bool is_ipv6, char text[MCR_PLACEMENT_NETWORKS_SIZE]);

#endif
