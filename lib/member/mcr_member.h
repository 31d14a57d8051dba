/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Members: identity, properties and the outer header to each of them.
 *
 * An id is reused only after a grace period and under a new generation. A member's record and
 * header template are immutable and replaced whole.
 *
 * One writer, the control lcore. "Reader" functions may be called by any lcore that is online in
 * the RCU variable; their results are valid until its next quiescent state. IPv4 addresses are in
 * host byte order; those of IPv6 are numbers (mcr_address.h), which a record holds.
 */

#ifndef MCR_MEMBER_H
#define MCR_MEMBER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <mcr_address.h>
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
	MCR_MEMBER_PEER, /**< another hub of the domain */
};

/** How the hub recognises the packets of a member. */
struct mcr_member_identity {
	uint32_t address; /**< underlay address */
	uint32_t key;     /**< GRE key, or the VNI; 0 when there is none */
	enum mcr_encap encap;
	uint16_t udp_port; /**< 0 where the encapsulation has none */
	bool has_key;
};

/** A subnet inside tunnels, of either family; the hub has an address in it. */
struct mcr_overlay {
	uint32_t hub;   /**< the hub's own address in it; 0: there is no overlay */
	uint8_t length; /**< prefix length in bits */
};

struct mcr_member {
	struct mcr_member_identity identity;
	struct mcr_overlay hub_overlay;
	uint32_t overlay;   /**< the member's address inside its tunnel; 0: none */
	uint32_t next_hop;  /**< on-link address; differs from the member's: behind a gateway */
	bool is_nat;        /**< the member is behind a NAT at identity.address */
	bool has_mac;       /**< mac is fixed, the next hop is not resolved by ARP */
	bool zero_checksum; /**< of UDP over IPv6, which else has one (RFC 6935) */
	struct rte_ether_addr mac;
	uint16_t mtu;  /**< IP MTU of the path at most, see mcr_member_path_mtu() */
	uint16_t port; /**< index of the configured port that leads to the member */
	enum mcr_member_role role;
	bool is_limited; /**< what the hub takes of it has a limit */
	enum mcr_member_origin origin;
	uint16_t peer;    /**< of MCR_MEMBER_PEER: its number among peers */
	uint32_t link_id; /**< likewise: the key that the hub itself sends with */
	char name[MCR_MEMBER_NAME_SIZE];
	/* Behind what each packet asks for. */
	struct mcr_overlay hub_overlay6; /**< as hub_overlay, of IPv6 */
	uint32_t overlay6;               /**< as overlay, of IPv6 */
};

/** A member id that may be kept over quiescent states; see mcr_member_is_current(). */
struct mcr_member_ref {
	uint32_t id;
	uint32_t generation;
};

/** Source of the outer headers of a port. */
struct mcr_member_port {
	struct rte_ether_addr mac;
	uint32_t address;
	struct in6_addr address6; /**< to members over IPv6 */
};

struct mcr_members;

/**
 * @param ports In the configuration's order. Copied.
 * @param rcu Must outlive the object.
 * @return NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_members *
mcr_members_create(uint32_t capacity, const struct mcr_member_port *ports, uint16_t port_count,
	struct mcr_rcu *rcu);

/** All readers must be offline. NULL is allowed. */
void
mcr_members_free(struct mcr_members *members);

/**
 * Writer: add a member; its record is copied.
 * @return 0, -EEXIST if its name, identity or an overlay address is taken, -ENOSPC, -ENOMEM.
 */
int
mcr_member_add(struct mcr_members *members, const struct mcr_member *member, uint32_t *id);

/**
 * Writer: replace a member's properties, except its identity. Readers can find it throughout.
 * @return 0, -EEXIST if the new name or an overlay address is taken, -ENOMEM; on failure nothing
 *   changes.
 */
int
mcr_member_update(struct mcr_members *members, uint32_t id, const struct mcr_member *member);

/** Writer: remove a member. No list of receivers published from now on may name it. */
void
mcr_member_remove(struct mcr_members *members, uint32_t id);

/**
 * Writer: the MAC of a next hop is known, changed, or lost (NULL). Renews the templates of all
 * members behind it that have no fixed MAC.
 * @return 0 or -ENOMEM: members without a new template are unresolved.
 */
int
mcr_member_resolve(struct mcr_members *members, uint16_t port, uint32_t next_hop,
	const struct rte_ether_addr *mac);

/**
 * Writer: change the MAC or address of a port and renew the templates of its members.
 * @return As mcr_member_resolve().
 */
int
mcr_members_set_port(
	struct mcr_members *members, uint16_t port, const struct mcr_member_port *source);

/** Writer: the IP MTU of the path: the record's, or less where a router reported so. */
uint16_t
mcr_member_path_mtu(const struct mcr_members *members, uint32_t id);

/**
 * Writer: set a learned path MTU below the record's, or 0 for the record's, and renew the template.
 * It is forgotten when the record gets another MTU, port or next hop.
 * @return 0 or -ENOMEM: the member is unresolved.
 */
int
mcr_member_set_path_mtu(struct mcr_members *members, uint32_t id, uint16_t mtu);

/** @return Whether this is the member searched for. */
typedef bool (*mcr_member_visit)(void *arg, uint32_t id);

/** Writer: a member at an underlay address for which visit() is true, or MCR_MEMBER_NONE. */
uint32_t
mcr_member_search_at(
	const struct mcr_members *members, uint32_t address, mcr_member_visit visit, void *arg);

/** Writer: iterate over the members behind a next hop. MCR_MEMBER_NONE is its start and its end. */
uint32_t
mcr_member_next_behind(
	const struct mcr_members *members, uint16_t port, uint32_t next_hop, uint32_t after);

/** Writer: mark or unmark a MAC as a gateway's, which identifies no sender of plain frames. */
void
mcr_member_mark_gateway(struct mcr_members *members, const struct rte_ether_addr *mac, bool held);

/** Writer: a member by its name, or MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_name(const struct mcr_members *members, const char *name);

/** Writer: iterate over all members by id. MCR_MEMBER_NONE is its start and its end. */
uint32_t
mcr_member_next(const struct mcr_members *members, uint32_t after);

uint32_t
mcr_member_count(const struct mcr_members *members);

/** From here on are the instances behind a NAT, where no underlay address is. */
#define MCR_MEMBER_NAT_INSTANCES MCR_IPV4(224, 0, 0, 0)

/** Whether a member takes groups of IPv6, or of IPv4. */
static inline bool
mcr_member_takes(const struct mcr_member *member, bool is_ipv6)
{
	return mcr_encap_takes(
		member->identity.encap, mcr_address_is_ipv6(member->identity.address), is_ipv6);
}

/**
 * The instance of a member: members with one underlay address are one instance, but each member
 * behind a NAT is its own.
 */
static inline uint32_t
mcr_member_instance(const struct mcr_member *member, uint32_t id)
{
	return member->is_nat ? MCR_MEMBER_NAT_INSTANCES + id : member->identity.address;
}

/**
 * Writer: set the UDP port at which the NAT forwards to a member, unresolved until then.
 * @return 0 or -ENOMEM: no port is known, and the member is unresolved.
 */
int
mcr_member_set_nat_port(struct mcr_members *members, uint32_t id, uint16_t nat_port);

/** Reader: that port; 0: unknown. */
uint16_t
mcr_member_nat_port(const struct mcr_members *members, uint32_t id);

/** Reader: the sender with this identity, or MCR_MEMBER_NONE. */
uint32_t
mcr_member_find(const struct mcr_members *members, const struct mcr_member_identity *identity);

/** Whether a member has exactly this identity. */
static inline bool
mcr_member_has_identity(const struct mcr_member *member, const struct mcr_member_identity *identity)
{
	return member->identity.address == identity->address &&
	       member->identity.key == identity->key && member->identity.encap == identity->encap &&
	       member->identity.udp_port == identity->udp_port &&
	       member->identity.has_key == identity->has_key;
}

/** Reader: a member with this identity, ignoring the UDP port, or MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_any_port(
	const struct mcr_members *members, const struct mcr_member_identity *identity);

/** Reader: whether a member of any encapsulation has this underlay address. */
bool
mcr_member_is_at(const struct mcr_members *members, uint32_t address);

/** Reader: whether a member of encapsulation `udp`, on any port, has this address. */
bool
mcr_member_is_rewritten(const struct mcr_members *members, uint32_t address);

/** Reader: the only l2 member that resolved to this MAC; MCR_MEMBER_NONE if none or several. */
uint32_t
mcr_member_find_mac(const struct mcr_members *members, const struct rte_ether_addr *mac);

/** Reader: the member with this address in an overlay of IPv4, or MCR_MEMBER_NONE. */
uint32_t
mcr_member_find_overlay(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address);

/** Likewise of IPv6. @param address Its number; MCR_ADDRESS_NONE is nobody's. */
uint32_t
mcr_member_find_overlay6(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address);

/** Whether both have the same overlay address and subnet; the hub's own address may differ. */
bool
mcr_member_has_same_overlay(const struct mcr_member *a, const struct mcr_member *b);

/** Likewise of IPv6. */
bool
mcr_member_has_same_overlay6(const struct mcr_member *a, const struct mcr_member *b);

/** Whether an address is in the subnet of an overlay: not, if they differ in family. */
bool
mcr_overlay_covers(const struct mcr_overlay *overlay, uint32_t address);

/** Reader: the record of a member, or NULL. */
const struct mcr_member *
mcr_member_get(const struct mcr_members *members, uint32_t id);

/** Reader: the outer header to a member; NULL while its next hop is unresolved. */
const struct mcr_template *
mcr_member_template(const struct mcr_members *members, uint32_t id);

/** Templates by member id, for bulk lookups: load each with acquire order. */
struct mcr_template *const *
mcr_member_templates(const struct mcr_members *members);

/** Generations of all ids, as mcr_member_refer() has them: load with acquire order. The array
 * stays. */
const uint32_t *
mcr_member_generations(const struct mcr_members *members);

/** Reader: a reference that may be kept over quiescent states. */
struct mcr_member_ref
mcr_member_refer(const struct mcr_members *members, uint32_t id);

/** Reader: whether a reference still means the same member. */
bool
mcr_member_is_current(const struct mcr_members *members, struct mcr_member_ref ref);

#endif
