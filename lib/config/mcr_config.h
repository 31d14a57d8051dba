/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The configuration: from a JSON text to a checked, complete and immutable structure.
 *
 * Names are resolved to indices and defaults are filled in. A text with any error gives no
 * structure, but all its errors at once. Addresses are those of mcr_address.h: a configuration
 * holds the numbers of its IPv6 groups and sources. No EAL, no threads, no other global state:
 * threads may handle different configurations.
 */

#ifndef MCR_CONFIG_H
#define MCR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_ether.h>

#include <mcr_address.h>
#include <mcr_encap.h>

#define MCR_CONFIG_PRIORITY_MAX 7
#define MCR_CONFIG_PRIORITY_DEFAULT 3

#define MCR_CONFIG_BURST_MS_DEFAULT 10

#define MCR_CONFIG_ETCD_MAX 16

/** Longest name of a member, domain or hub, without the terminating zero. */
#define MCR_CONFIG_NAME_MAX 63

/** In the order of discovery. Starts zeroed. */
struct mcr_config_messages {
	char **lines; /**< without line feed; control characters of the input are replaced */
	uint32_t count;
};

/** Of either family. A network has no host bits set. */
struct mcr_config_prefix {
	uint32_t address; /**< of IPv6: the number of the prefix itself */
	uint8_t length;   /**< 0 to 32, of IPv6 to 128 */
};

struct mcr_config_names {
	bool all_members; /**< "*": index has all members that are allowed in this list */
	uint32_t count;
	uint32_t *index; /**< into members[], ascending, unique; lists may share it */
};

/** A limit of packets a second; 0: any. */
struct mcr_config_rate {
	uint64_t pps;
	uint64_t bps;      /**< bits */
	uint32_t burst_ms; /**< how much may come at once, in time; not of an allowance */
};

static inline bool
mcr_config_is_limited(const struct mcr_config_rate *rate)
{
	return rate->pps != 0 || rate->bps != 0;
}

struct mcr_config_port {
	char *device; /**< ethdev name; NULL: the i-th ethdev */
	/** The hub's own address, host bits included; 0: it has none of IPv4. */
	struct mcr_config_prefix address;
	bool has_gateway;
	uint32_t gateway;
	bool next_hop_is_gateway; /**< send everything to the gateway's MAC */
	bool has_gateway_mac;
	struct rte_ether_addr gateway_mac;
	/** The hub's own of IPv6, a number; 0: it has none. One of both families is there. */
	uint32_t address6;
	uint32_t
		prefix6; /**< the network of address6, a number: what is on-link beside fe80::/10 */
	uint32_t gateway6;    /**< a number, 0: none is given */
	bool learns_gateway6; /**< from router advertisements: "ra" */
	bool has_gateway6_mac;
	struct rte_ether_addr gateway6_mac;
	uint16_t mtu;                     /**< IP MTU in bytes; 0: the device's */
	struct mcr_config_rate allowance; /**< what it may send: frames without FCS */
};

/** The groups that a member may join by IGMP and MLD. */
struct mcr_config_join {
	bool is_given; /**< false: igmp.groups and mld.groups; true: this list alone, even if empty
	                */
	uint32_t group_count;
	struct mcr_config_prefix *groups; /**< of both families */
};

enum mcr_config_role { MCR_CONFIG_ROLE_BOTH, MCR_CONFIG_ROLE_SENDER, MCR_CONFIG_ROLE_RECEIVER };

struct mcr_config_member {
	char name[MCR_CONFIG_NAME_MAX + 1];
	uint32_t address;        /**< underlay, of either family */
	bool udp6_zero_checksum; /**< over IPv6: UDP without checksums in both directions */
	enum mcr_encap encap;
	bool has_mac;
	struct rte_ether_addr mac;
	bool has_key;
	uint32_t key;
	uint32_t vni;
	uint16_t udp_port; /**< effective destination port; 0: no UDP, or unchanged for udp */
	bool is_nat;       /**< the address is a NAT's */
	bool has_overlay;
	uint32_t overlay;
	bool has_hub_overlay; /**< its own or the top-level one; never for l2 and udp */
	struct mcr_config_prefix
		hub_overlay; /**< the hub's address in the tunnel, host bits included */
	uint32_t overlay6;   /**< a number; 0: none */
	/** As hub_overlay: a host's number with the length of its subnet; 0: none. */
	struct mcr_config_prefix hub_overlay6;
	uint16_t mtu; /**< path MTU in bytes with outer headers; 0: that of its port's device */
	enum mcr_config_role role;
	struct mcr_config_join join;
	/** What the hub takes of it, of inner packets; without its own that of the configuration.
	 */
	struct mcr_config_rate rate_limit;
	uint16_t port;
	bool on_link; /**< in the port's prefix; false: behind its gateway */
	/** A shared member that no port of this hub leads to: others serve it. port is 0. */
	bool is_unreachable;
};

struct mcr_config_group {
	struct mcr_config_prefix group; /**< of length mcr_address_bits(): a host group */
	uint32_t source_count;          /**< 0: any source; else one (S,G) for each */
	uint32_t *sources;              /**< of its family; unique, in the order of the text */
	/** Static receivers, without members of role sender and those that take no groups of its
	 * family: mcr_config_takes(). */
	struct mcr_config_names members;
	bool any_sender; /**< no `senders`: every member may send; the fields below are empty */
	struct mcr_config_names sender_members;
	uint32_t sender_prefix_count;
	struct mcr_config_prefix *sender_prefixes; /**< of underlay addresses */
	uint8_t priority;                  /**< up to MCR_CONFIG_PRIORITY_MAX, the most important */
	struct mcr_config_rate rate_limit; /**< of all its senders together */
};

/** IGMP, or MLD. */
struct mcr_config_igmp {
	bool enabled;
	bool always_querier; /**< even if another querier has a lower address */
	bool immediate_leave;
	bool strict_ssm;
	bool ignore_router_alert;
	uint8_t robustness;
	uint32_t max_groups_per_member;
	uint64_t query_interval_us;
	uint64_t query_response_interval_us;
	uint64_t last_member_query_interval_us;
	uint64_t startup_query_interval_us;
	uint32_t group_count;
	struct mcr_config_prefix *groups; /**< may be joined; of the protocol's family */
};

struct mcr_config_amt {
	bool enabled;
	uint16_t port;
	uint32_t max_tunnels;
	uint32_t max_tunnels_per_address;
	uint32_t prefix_count;
	struct mcr_config_prefix *prefixes; /**< may connect */
};

struct mcr_config_admit {
	struct mcr_config_prefix prefix;
	uint32_t encaps; /**< bit 1 << enum mcr_encap for each admitted one */
	uint32_t max_members;
	struct mcr_config_join join;
	struct mcr_config_rate rate_limit; /**< as of a member, of each that is admitted */
};

struct mcr_config_lcores {
	bool automatic; /**< true: the other fields are empty */
	uint32_t rx_count;
	uint32_t *rx; /**< unique lcore ids in the order of the text */
	uint32_t tx_count;
	uint32_t *tx; /**< the same lcores as rx, or none of them */
};

struct mcr_config_limits {
	uint32_t members;
	uint32_t groups;
	uint32_t mbufs; /**< 0: automatic */
};

struct mcr_config_tuning {
	bool has_share_above;
	uint32_t share_above; /**< frame size in bytes */
};

/** The domain that this hub is one of. */
struct mcr_config_domain {
	char name[MCR_CONFIG_NAME_MAX + 1]; /**< empty: no domain; nothing below means anything */
	char hub[MCR_CONFIG_NAME_MAX + 1];  /**< this hub's name in it */
	uint32_t etcd_count;                /**< 1 to MCR_CONFIG_ETCD_MAX */
	char **etcd;                        /**< endpoints, http[s]://HOST[:PORT]; unique */
	char *credentials_file;             /**< a line USER:PASSWORD; NULL: none */
	char *ca_file;                      /**< of https; NULL: those of the system */
	enum mcr_encap encap;               /**< between hubs: MCR_ENCAP_GRE_UDP or _GRE */
	uint16_t hello_ms;
	uint16_t coalesce_us;     /**< how long packets wait to share a frame; 0: they do not */
	uint8_t hello_multiplier; /**< a link is down after as many intervals without a hello */
	bool shares_members;      /**< "members": "shared": each member has one hub of the domain */
	uint64_t digest;          /**< of `members` and `groups` in the text; 0: no members */
};

struct mcr_config {
	uint32_t port_count; /**< at least 1 */
	struct mcr_config_port *ports;
	uint32_t member_count;
	struct mcr_config_member *members;
	uint32_t group_count;
	struct mcr_config_group *groups;
	bool has_overlay;
	struct mcr_config_prefix
		overlay; /**< the hub's address inside all tunnels, host bits included */
	struct mcr_config_prefix overlay6; /**< likewise, as members[].hub_overlay6 */
	bool has_broadcast;
	struct mcr_config_names broadcast;
	struct mcr_config_names receivers; /**< all members but those of role sender */
	/** Of these, who takes IPv4 and IPv6 groups: "*" of such. */
	struct mcr_config_names ipv4_receivers;
	struct mcr_config_names ipv6_receivers;
	bool unknown_groups_flood; /**< to `receivers`; false: dropped */
	struct mcr_config_igmp igmp;
	struct mcr_config_igmp mld;
	struct mcr_config_amt amt;
	uint32_t admit_count;
	struct mcr_config_admit *admits;
	struct mcr_config_rate rate_limit; /**< of each sender without its own */
	bool ttl_decrement;
	bool oversize_drop;
	bool idle_sleep;
	struct mcr_config_lcores lcores;
	struct mcr_config_limits limits;
	struct mcr_config_tuning tuning;
	struct mcr_config_domain domain;
	char *state_file; /**< NULL: off */
	struct mcr_config_messages
		warnings; /**< `FILE: PATH: what`: allowed but probably a mistake */
};

/**
 * Read and check a configuration file: a regular file or pipe of at most 64 MiB.
 * @param[in,out] errors `FILE:LINE:COLUMN: what` if the text is not JSON, `FILE: what` if the file
 *   is unreadable, else `FILE: PATH: what`; after 10,000 lines only the number of further errors.
 *   The caller frees it with mcr_config_messages_free().
 * @return The configuration, freed with mcr_config_free(). NULL with at least one error.
 */
struct mcr_config *
mcr_config_load(const char *file, struct mcr_config_messages *errors);

/** As mcr_config_load(), from memory. Messages name FILE by `name`. Keeps no parameter. */
struct mcr_config *
mcr_config_parse(
	const char *text, size_t len, const char *name, struct mcr_config_messages *errors);

/** NULL is allowed. */
void
mcr_config_free(struct mcr_config *config);

/**
 * Write the effective configuration with its defaults as JSON, itself a valid configuration with
 * the same effect. It omits values that depend on the machine (a device's MTU, automatic lcores and
 * mbufs), because naming them would fix them.
 * @return 0, -ENOMEM, or -EIO when writing fails. Flushes out.
 */
int
mcr_config_dump(const struct mcr_config *config, FILE *out);

/**
 * @return NULL if the hub can reload from one configuration to another; else the first key that
 *   needs a restart: "ports", "lcores", "limits", "tuning", "domain" (it comes or goes),
 *   "domain.name", "domain.hub", "domain.encap" or "domain.members". Static.
 */
const char *
mcr_config_needs_restart(const struct mcr_config *running, const struct mcr_config *next);

/** Whether an address, or a prefix of IPv6, is within a prefix; not if they differ in family. */
bool
mcr_config_contains(const struct mcr_config_prefix *prefix, uint32_t address);

/** What is on-link at a port, in the family of an address; of length 0: the port has no address of
 * it. fe80::/10 is on-link, too. */
struct mcr_config_prefix
mcr_config_link_of(const struct mcr_config_port *port, uint32_t address);

/** Whether an address is on-link at a port. */
bool
mcr_config_is_on_link(const struct mcr_config_port *port, uint32_t address);

/** Whether an address is link-local, so that more than one port of IPv6 leaves its link open. */
bool
mcr_config_needs_one_link(uint32_t address);

/** Whether a port has a gateway of IPv6 or will learn one. */
static inline bool
mcr_config_has_gateway6(const struct mcr_config_port *port)
{
	return port->gateway6 != MCR_ADDRESS_NONE || port->learns_gateway6;
}

/** Whether a port has a gateway to the family of an address, or will learn one. */
bool
mcr_config_has_gateway(const struct mcr_config_port *port, uint32_t address);

/** Whether an address is reached without the gateway of a port. */
bool
mcr_config_is_direct(const struct mcr_config_port *port, uint32_t address);

/** Whether a member takes groups of IPv6, or of IPv4. */
bool
mcr_config_takes(const struct mcr_config_member *member, bool is_ipv6);

void
mcr_config_messages_free(struct mcr_config_messages *messages);

#endif
