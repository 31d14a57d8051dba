/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The configuration: a JSON text becomes a checked, complete and immutable structure.
 *
 * What is read has passed every check, within a section and between them: names are resolved to
 * indices, defaults are filled in. A text with any error gives no structure at all, and all its
 * errors at once.
 *
 * IPv4 addresses are in host byte order. Pure: no EAL, no threads, no global state; different
 * configurations may be handled on different threads.
 */

#ifndef MCR_CONFIG_H
#define MCR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_ether.h>

#include <mcr_encap.h>

/** Longest member name, without the terminating zero. */
#define MCR_CONFIG_NAME_MAX 63

/** Lines of text for people, in the order in which they were found. Start with all zeros. */
struct mcr_config_messages {
	char **lines; /**< without a line feed; control characters of the input are replaced */
	uint32_t count;
};

/** An address and a prefix length. What stands for a network has no bit set beyond its length. */
struct mcr_config_prefix {
	uint32_t address;
	uint8_t length; /**< 0 to 32 */
};

/** A list of member names, resolved. */
struct mcr_config_names {
	bool all_members; /**< "*" was given: index names all members that may stand there */
	uint32_t count;
	uint32_t *index; /**< into members[], ascending, each once; may be shared between lists */
};

struct mcr_config_port {
	char *device;                     /**< ethdev name; NULL: the i-th ethdev */
	struct mcr_config_prefix address; /**< the hub's own address, host bits included */
	bool has_gateway;
	uint32_t gateway;
	bool next_hop_is_gateway; /**< everything goes to the gateway's MAC */
	bool has_gateway_mac;
	struct rte_ether_addr gateway_mac;
	uint16_t mtu; /**< IP MTU in bytes; 0: the device's */
};

/** What may be joined by somebody by IGMP. */
struct mcr_config_join {
	bool is_given; /**< false: what igmp.groups says; else this alone, nothing when empty */
	uint32_t group_count;
	struct mcr_config_prefix *groups;
};

enum mcr_config_role { MCR_CONFIG_ROLE_BOTH, MCR_CONFIG_ROLE_SENDER, MCR_CONFIG_ROLE_RECEIVER };

struct mcr_config_member {
	char name[MCR_CONFIG_NAME_MAX + 1];
	uint32_t address; /**< underlay */
	enum mcr_encap encap;
	bool has_mac;
	struct rte_ether_addr mac;
	bool has_key;
	uint32_t key;      /**< of GRE */
	uint32_t vni;      /**< of VXLAN */
	uint16_t udp_port; /**< effective destination port; 0: no UDP, or unchanged for udp */
	bool is_nat;       /**< address is a NAT's */
	bool has_overlay;
	uint32_t overlay;
	bool has_hub_overlay; /**< its own or the top-level one; never for l2 and udp */
	struct mcr_config_prefix
		hub_overlay; /**< the hub's address in the tunnel, host bits included */
	uint16_t mtu; /**< path MTU in bytes, outer headers included; 0: the device's of its port */
	enum mcr_config_role role;
	struct mcr_config_join join;
	uint16_t port; /**< into ports[]: the one that leads there */
	bool on_link;  /**< inside that port's prefix; false: behind its gateway */
};

struct mcr_config_group {
	struct mcr_config_prefix group; /**< length 32: a host group */
	uint32_t source_count;          /**< 0: any source; else an entry (S,G) for each */
	uint32_t *sources;              /**< in the order given, each once */
	struct mcr_config_names
		members; /**< the static receivers; members of role sender left out */
	bool any_sender; /**< no `senders` given: every member may send; the rest is then empty */
	struct mcr_config_names sender_members;
	uint32_t sender_prefix_count;
	struct mcr_config_prefix *sender_prefixes; /**< of a member's underlay address */
};

struct mcr_config_igmp {
	bool enabled;
	bool always_querier; /**< also where another querier's address is lower */
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
	struct mcr_config_prefix *groups; /**< what may be joined */
};

struct mcr_config_amt {
	bool enabled;
	uint16_t port;
	uint32_t max_tunnels;
	uint32_t max_tunnels_per_address;
	uint32_t prefix_count;
	struct mcr_config_prefix *prefixes; /**< who may connect */
};

struct mcr_config_admit {
	struct mcr_config_prefix prefix;
	uint32_t encaps; /**< bit 1 << enum mcr_encap for each that is admitted */
	uint32_t max_members;
	struct mcr_config_join join;
};

struct mcr_config_lcores {
	bool automatic; /**< the rest is then empty */
	uint32_t rx_count;
	uint32_t *rx; /**< lcore ids, each once, in the order given */
	uint32_t tx_count;
	uint32_t *tx; /**< either the same lcores as rx (each does both) or none of them */
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

/** The whole of it. Immutable, but for its owner freeing it. */
struct mcr_config {
	uint32_t port_count; /**< 1 or more */
	struct mcr_config_port *ports;
	uint32_t member_count;
	struct mcr_config_member *members;
	uint32_t group_count;
	struct mcr_config_group *groups;
	bool has_overlay;
	struct mcr_config_prefix
		overlay; /**< the hub's address inside all tunnels, host bits included */
	bool has_broadcast;
	struct mcr_config_names broadcast;
	struct mcr_config_names
		receivers;         /**< all members that are not of role sender: what "*" is */
	bool unknown_groups_flood; /**< to `receivers`; false: dropped */
	struct mcr_config_igmp igmp;
	struct mcr_config_amt amt;
	uint32_t admit_count;
	struct mcr_config_admit *admits;
	bool ttl_decrement;
	bool oversize_drop;
	bool idle_sleep;
	struct mcr_config_lcores lcores;
	struct mcr_config_limits limits;
	struct mcr_config_tuning tuning;
	char *state_file; /**< NULL: off */
	struct mcr_config_messages
		warnings; /**< `FILE: PATH: what`: allowed, but likely not meant */
};

/**
 * Read and check a configuration file.
 *
 * @param file
 *   Its path. A regular file or pipe of at most 64 MiB.
 * @param[in,out] errors
 *   What is wrong is appended: `FILE:LINE:COLUMN: what` for text that is not JSON,
 *   `FILE: PATH: what` otherwise, `FILE: what` when it cannot be read. All errors of the file,
 * though after 10,000 lines only how many more. To be freed by the caller with
 * mcr_config_messages_free().
 * @return
 *   The configuration, to be freed with mcr_config_free(). NULL when there is any error; errors
 * then holds at least one line.
 */
struct mcr_config *
mcr_config_load(const char *file, struct mcr_config_messages *errors);

/**
 * As mcr_config_load(), from memory.
 *
 * @param text
 *   Need not end with a zero. Not kept.
 * @param len
 *   Its bytes.
 * @param name
 *   What stands for FILE in messages. Not kept.
 */
struct mcr_config *
mcr_config_parse(
	const char *text, size_t len, const char *name, struct mcr_config_messages *errors);

/** Free a configuration; NULL is ignored. */
void
mcr_config_free(struct mcr_config *config);

/**
 * Write the effective configuration as JSON, every known default filled in.
 *
 * What is written is itself a valid configuration with the same effect. What depends on the machine
 * (a device's MTU, automatic lcores and mbufs) is left out, since naming it would change it.
 *
 * @return
 *   0, -ENOMEM, or -EIO when it could not be written; out is flushed.
 */
int
mcr_config_dump(const struct mcr_config *config, FILE *out);

/**
 * Whether a reload from one configuration to another is possible.
 *
 * @return
 *   NULL when it is; else the first key whose effective value differs and cannot be changed while
 *   running: "ports", "lcores", "limits" or "tuning". Static.
 */
const char *
mcr_config_needs_restart(const struct mcr_config *running, const struct mcr_config *next);

/** Whether an address lies in a prefix. */
bool
mcr_config_contains(const struct mcr_config_prefix *prefix, uint32_t address);

/** Whether an address may be a host's, as `sources` has it: no group, broadcast, loopback or 0/8.
 */
bool
mcr_config_is_unicast(uint32_t address);

/** Free the lines; the list is empty afterwards and may be used again. */
void
mcr_config_messages_free(struct mcr_config_messages *messages);

#endif /* MCR_CONFIG_H */
