/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The router's side of IGMPv3 (RFC 9776, which obsoletes 3376), with RFC 2236 and RFC 1112 hosts,
 * and of MLDv2 (RFC 9777, which obsoletes 3810), with RFC 2710 hosts. A router speaks one of the
 * two; MLDv1 does what IGMPv2 does, MLDv2 what IGMPv3 does, and what is named for IGMP here stands
 * for both.
 *
 * Each member has a link of its own, with its own queries, reports and querier election.
 *
 * Pure: no sockets, no clock, no logging. The caller passes in packets and a monotonic time in
 * milliseconds; callbacks deliver packets and changes of membership. Addresses are those of
 * mcr_address.h, except in bytes of packets. Of IPv6 only what a state needs stays numbered:
 * groups, sources, hosts, so that limits hold for numbers as well.
 *
 * One thread at a time per instance. Callbacks must not call into the instance.
 */

#ifndef MCR_IGMP_H
#define MCR_IGMP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** No timer is running. */
#define MCR_IGMP_NEVER UINT64_MAX

/** Messages received, by type: X(enumerator, name in telemetry). */
#define MCR_IGMP_MESSAGES(X)      \
	X(V1_REPORT, "v1_report") \
	X(V2_REPORT, "v2_report") \
	X(V2_LEAVE, "v2_leave")   \
	X(V3_REPORT, "v3_report") \
	X(V1_QUERY, "v1_query")   \
	X(V2_QUERY, "v2_query")   \
	X(V3_QUERY, "v3_query")

/** Queries sent, by kind (RFC 9776 4.1.9). */
#define MCR_IGMP_QUERIES(X)         \
	X(GENERAL, "general_query") \
	X(GROUP, "group_query")     \
	X(GROUP_SOURCE, "group_source_query")

/** Group records accepted from v3 reports, in the order of their wire values from 1 on. */
#define MCR_IGMP_RECORDS(X) \
	X(IS_IN, "is_in")   \
	X(IS_EX, "is_ex")   \
	X(TO_IN, "to_in")   \
	X(TO_EX, "to_ex")   \
	X(ALLOW, "allow")   \
	X(BLOCK, "block")

/** Why something was rejected: a whole packet, a group or record, or a state beyond a bound. */
#define MCR_IGMP_REJECTIONS(X)                \
	X(MALFORMED, "malformed")             \
	X(FRAGMENT, "fragment")               \
	X(NOT_IGMP, "not_igmp")               \
	X(BAD_CHECKSUM, "bad_checksum")       \
	X(UNKNOWN_TYPE, "unknown_type")       \
	X(BAD_TTL, "bad_ttl")                 \
	X(NO_ROUTER_ALERT, "no_router_alert") \
	X(BAD_SENDER, "bad_sender")           \
	X(NO_SENDER, "no_sender")             \
	X(BAD_DESTINATION, "bad_destination") \
	X(UNKNOWN_MEMBER, "unknown_member")   \
                                              \
	X(UNKNOWN_RECORD, "unknown_record")   \
	X(NOT_MULTICAST, "not_multicast")     \
	X(ALL_SYSTEMS, "all_systems")         \
	X(NOT_PERMITTED, "not_permitted")     \
	X(SSM_ANY_SOURCE, "ssm_any_source")   \
	X(BAD_SOURCE, "bad_source")           \
	X(OLDER_HOST, "older_host")           \
                                              \
	X(MEMBER_GROUPS, "member_groups")     \
	X(TOTAL_GROUPS, "total_groups")       \
	X(GROUP_SOURCES, "group_sources")     \
	X(MEMBER_SOURCES, "member_sources")   \
	X(TOTAL_SOURCES, "total_sources")     \
	X(NO_MEMORY, "no_memory")

enum mcr_igmp_message_type {
#define MCR_IGMP_X_(id, name) MCR_IGMP_##id,
	MCR_IGMP_MESSAGES(MCR_IGMP_X_)
#undef MCR_IGMP_X_
		MCR_IGMP_MESSAGE_TYPES
};

enum mcr_igmp_query_kind {
#define MCR_IGMP_X_(id, name) MCR_IGMP_QUERY_##id,
	MCR_IGMP_QUERIES(MCR_IGMP_X_)
#undef MCR_IGMP_X_
		MCR_IGMP_QUERY_KINDS
};

/** Values of the wire (RFC 9776 4.2.13); 0 is none. */
enum mcr_igmp_record_type {
	MCR_IGMP_RECORD_NONE,
#define MCR_IGMP_X_(id, name) MCR_IGMP_##id,
	MCR_IGMP_RECORDS(MCR_IGMP_X_)
#undef MCR_IGMP_X_
		MCR_IGMP_RECORD_TYPES
};

enum mcr_igmp_rejection {
	MCR_IGMP_ACCEPTED,
#define MCR_IGMP_X_(id, name) MCR_IGMP_REJECT_##id,
	MCR_IGMP_REJECTIONS(MCR_IGMP_X_)
#undef MCR_IGMP_X_
		MCR_IGMP_REJECTION_COUNT
};

/** Names as in telemetry: [a-z0-9_]. Static strings; NULL for a value out of range. */
const char *
mcr_igmp_message_name(enum mcr_igmp_message_type type);
const char *
mcr_igmp_query_name(enum mcr_igmp_query_kind kind);
const char *
mcr_igmp_record_name(enum mcr_igmp_record_type type);
const char *
mcr_igmp_rejection_name(enum mcr_igmp_rejection rejection);

/** Likewise of the message of MLD that is of the same type; NULL for those of IGMPv1. */
const char *
mcr_mld_message_name(enum mcr_igmp_message_type type);

/* ---- messages ---- */

/** A parsed message. Points into the packet. */
struct mcr_igmp_message {
	enum mcr_igmp_message_type type;
	uint8_t address_len;        /**< of each address in the body */
	uint32_t sender;            /**< IP source; 0.0.0.0 is allowed */
	uint32_t destination;       /**< of IGMP */
	uint32_t group;             /**< queries, v1 and v2; 0 in a general query */
	bool suppress;              /**< S flag of a v3 query */
	uint8_t robustness;         /**< QRV of a v3 query; 0: none */
	uint32_t query_interval_ms; /**< QQI of a v3 query; 0: none */
	uint32_t max_response_ms;
	uint16_t count; /**< sources of a v3 query, records of a v3 report */
	const uint8_t *body;
};

struct mcr_igmp_record {
	uint8_t type; /**< enum mcr_igmp_record_type or an unknown value */
	uint32_t group;
	uint16_t source_count;
	const uint8_t *sources; /**< source_count addresses of the wire, any alignment */
};

/**
 * Parse an IPv4 packet with an IGMP message. Checks lengths, those of all records included, both
 * checksums, TTL 1, sender, destination and, last, Router Alert (not in v1: RFC 1112 has none).
 * @param packet Starts at the IP header. Padding behind its total length is ignored.
 * @param[out] message Filled when accepted and for REJECT_NO_ROUTER_ALERT and REJECT_BAD_TTL; else
 * undefined.
 * @return MCR_IGMP_ACCEPTED or why not. After MCR_IGMP_REJECT_NO_ROUTER_ALERT all else is right.
 */
enum mcr_igmp_rejection
mcr_igmp_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message);

/**
 * Likewise an IPv6 packet with a message of MLD: ICMPv6 behind a hop-by-hop header with Router
 * Alert, hop limit 1, from a link-local address. A report from the unspecified address is one of
 * MCR_IGMP_REJECT_NO_SENDER; one for a group that is not learned has MCR_IGMP_REJECT_ALL_SYSTEMS.
 * @param[out] message Where it is filled, sender and group are numbers with a reference each: see
 * mcr_mld_release().
 */
enum mcr_igmp_rejection
mcr_mld_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message);

/** Give the addresses of a message of MLD back. One of IGMP has none to give. */
void
mcr_mld_release(struct mcr_igmp_message *message);

bool
mcr_igmp_is_query(const struct mcr_igmp_message *message);

/** Read the record of an IGMP report at *records and advance: at most message->count times from
 * message->body. */
void
mcr_igmp_read_record(const uint8_t **records, struct mcr_igmp_record *record);

/** Whether a record asks for traffic, so that it creates a state where the group has none. */
bool
mcr_igmp_record_joins(const struct mcr_igmp_record *record);

/** Whether a message is a report that asks for traffic of a group that is learned; a leave is none.
 */
bool
mcr_igmp_joins(const struct mcr_igmp_message *message);

/** The i-th source of a record or query of IGMP, in host byte order. */
uint32_t
mcr_igmp_read_source(const uint8_t *sources, uint16_t i);

/** With headers a query of so many sources fits the smallest IP MTU of 576. */
#define MCR_IGMP_QUERY_MAX_SOURCES 128
#define MCR_IGMP_QUERY_MAX_LEN (24 + 12 + 4 * MCR_IGMP_QUERY_MAX_SOURCES)

struct mcr_igmp_query {
	uint32_t sender;
	uint32_t group;             /**< 0: general query, to 224.0.0.1 */
	bool suppress;              /**< S flag */
	uint8_t robustness;         /**< QRV, 0 to 7 */
	uint32_t query_interval_ms; /**< QQIC: whole seconds, rounded down, at least 1 */
	uint32_t max_response_ms;   /**< tenths of a second, rounded down, at least 1 */
	const uint32_t *sources;
	uint16_t source_count; /**< at most MCR_IGMP_QUERY_MAX_SOURCES */
};

/**
 * Write an IPv4 packet of up to MCR_IGMP_QUERY_MAX_LEN bytes with TTL 1, TOS 0xc0 and Router Alert
 * (RFC 9776 4.1). Returns its length.
 */
uint32_t
mcr_igmp_build_query(const struct mcr_igmp_query *query, uint8_t *packet);

/** With headers a query of so many sources fits the smallest MTU of IPv6, 1280. */
#define MCR_MLD_QUERY_MAX_SOURCES 75
#define MCR_MLD_QUERY_MAX_LEN (48 + 28 + 16 * MCR_MLD_QUERY_MAX_SOURCES)

/**
 * Likewise an IPv6 packet of up to MCR_MLD_QUERY_MAX_LEN bytes with hop limit 1 and Router Alert
 * (RFC 9777 5.1), a general query to ff02::1. Times in a Maximum Response Code are milliseconds.
 */
uint32_t
mcr_mld_build_query(const struct mcr_igmp_query *query, uint8_t *packet);

#define MCR_IGMP_ADVERTISEMENT_LEN (24 + 8)
#define MCR_MLD_ADVERTISEMENT_LEN (48 + 8)

/** A multicast router advertisement (RFC 4286 3). */
struct mcr_igmp_advertisement {
	uint32_t sender;
	uint32_t interval_ms; /**< to the next one; sent as 4 s to 180 s */
	uint32_t query_interval_ms;
	uint8_t robustness;
};

/**
 * Write an IPv4 packet of MCR_IGMP_ADVERTISEMENT_LEN bytes, from which a snooping switch learns
 * that a router is behind the port, whoever is the querier. Returns its length.
 */
uint32_t
mcr_igmp_build_advertisement(const struct mcr_igmp_advertisement *advertisement, uint8_t *packet);

/** Likewise an IPv6 packet of MCR_MLD_ADVERTISEMENT_LEN bytes. */
uint32_t
mcr_mld_build_advertisement(const struct mcr_igmp_advertisement *advertisement, uint8_t *packet);

/** Max Resp Code of IGMP or QQIC of a value (RFC 9776 4.1.1), rounded down. */
uint8_t
mcr_igmp_encode_time(uint32_t value);
uint32_t
mcr_igmp_decode_time(uint8_t code);

/** Likewise a Maximum Response Code of MLDv2 (RFC 9777 5.1.3). */
uint16_t
mcr_mld_encode_time(uint32_t value);
uint32_t
mcr_mld_decode_time(uint16_t code);

/* ---- the router ---- */

struct mcr_igmp_prefix {
	uint32_t address;
	uint8_t length; /**< 0 to 32; of IPv6 mcr_address_length(address), or 0 for all groups */
};

/** Times in milliseconds, each at least 1. */
struct mcr_igmp_config {
	bool mld; /**< speak MLD about IPv6 groups, else IGMP; fixed at creation */
	uint32_t query_interval_ms;
	uint32_t query_response_interval_ms;
	uint32_t last_member_query_interval_ms;
	uint32_t startup_query_interval_ms; /**< 0: a quarter of query_interval_ms */
	uint8_t robustness;                 /**< 1 to 7; the counts of queries too */
	/** General queries leave up to this part of their interval early: 0 to 50. */
	uint8_t query_jitter_percent;
	bool always_querier;      /**< even beside a querier of lower address */
	bool immediate_leave;     /**< without queries when no other host is left */
	bool strict_ssm;          /**< no any-source in 232.0.0.0/8, ff3x::/32 (RFC 4604) */
	bool ignore_router_alert; /**< accept messages without the option */
	const struct mcr_igmp_prefix *groups; /**< may be joined; copied */
	uint32_t group_count;
	uint32_t max_members; /**< member ids are below this; fixed at creation */
	uint32_t max_groups_per_member;
	uint32_t max_groups;            /**< (member, group) states; sizes the hash */
	uint32_t max_sources_per_group; /**< of one member */
	uint32_t max_sources_per_member;
	uint32_t max_sources;          /**< (member, group, source) states; as max_groups */
	uint32_t max_hosts_per_group;  /**< of one member; beyond it leaves are queried */
	uint32_t max_hosts_per_member; /**< (group, host) states; likewise */
	uint32_t max_hosts;            /**< (member, group, host) states; likewise */
};

/** The defaults of mcdpdk-groups(5). */
void
mcr_igmp_default_config(struct mcr_igmp_config *config);

/** Likewise of a router that speaks MLD. */
void
mcr_mld_default_config(struct mcr_igmp_config *config);

enum mcr_igmp_route {
	MCR_IGMP_ROUTE_NONE, /**< neither; the (*,G) route decides */
	MCR_IGMP_ROUTE_JOIN,
	MCR_IGMP_ROUTE_EXCLUDE, /**< wants (*,G) without this source */
};

/** Callbacks of a router; all but refused are required. */
struct mcr_igmp_ops {
	/**
	 * Send a packet, which starts at the IP header and is valid during the call only.
	 * @return 0; -ENOBUFS: no room now, the router repeats it; other errors: the member cannot
	 * be reached, call mcr_igmp_restart_queries() when it can.
	 */
	int (*send)(void *arg, uint32_t member_id, const uint8_t *packet, uint32_t len);
	/**
	 * A member's route changed; before and after differ.
	 *
	 * INCLUDE {a, b} is JOIN for (a,G) and (b,G). EXCLUDE {c} is JOIN for (*,G) and EXCLUDE for
	 * (c,G). The order of changes interrupts no wanted stream and leaks no unwanted one. All
	 * changes of a call are reported before it returns, so the owner may publish them together.
	 *
	 * NONE must succeed. When JOIN or EXCLUDE fails, the route becomes NONE until
	 * mcr_igmp_retry() or a report of the member repeats the change. The first failure of a
	 * group is counted and passed to limited(): -ENOMEM as MCR_IGMP_REJECT_NO_MEMORY, others as
	 * MCR_IGMP_REJECT_TOTAL_GROUPS.
	 * @param source 0 for (*,G), which is never EXCLUDE.
	 * @return 0 or -errno.
	 */
	int (*changed)(void *arg, uint32_t member_id, uint32_t group, uint32_t source,
		enum mcr_igmp_route before, enum mcr_igmp_route after);
	/** A bound refused a group or source. Not rate-limited. */
	void (*limited)(
		void *arg, uint32_t member_id, uint32_t group, enum mcr_igmp_rejection bound);
	/** A join was rejected, but not by a bound. Not rate-limited. May be NULL. */
	void (*refused)(
		void *arg, uint32_t member_id, uint32_t group, enum mcr_igmp_rejection rejection);
	/**
	 * Called every 100 us or so by functions that say so. It may call any other function but
	 * mcr_igmp_free(), those and, for the member in question, mcr_igmp_remove_member(). May be
	 * NULL.
	 */
	void (*pause)(void *arg);
};

struct mcr_igmp_member {
	/** Source of queries, compared in elections. 0: none; MLD needs a link-local one. Held. */
	uint32_t address;
	bool passive; /**< never queried, leaves at once: AMT gateways query */
	/**
	 * May be joined; NULL: as configured; not NULL with a count of 0: nothing. Not copied, so
	 * members may share a list: valid until the member gets another one or is removed. The
	 * caller holds the addresses of IPv6 in it.
	 */
	const struct mcr_igmp_prefix *groups;
	uint32_t group_count;
};

struct mcr_igmp;

/**
 * Create a router without members. Hash tables get their size here; states are allocated singly.
 * @param config, ops Copied, prefixes included.
 * @param arg Passed to each callback.
 * @return NULL with errno EINVAL (a value out of range) or ENOMEM.
 */
struct mcr_igmp *
mcr_igmp_create(const struct mcr_igmp_config *config, const struct mcr_igmp_ops *ops, void *arg);

/** Free a router and its members without callbacks of changes. NULL is allowed. */
void
mcr_igmp_free(struct mcr_igmp *igmp);

/**
 * Change the configuration. Groups that may no longer be joined are withdrawn. States above a
 * lowered bound stay until they end. Timers of groups and sources, max_members and the sizes of
 * hash tables do not change. Pauses.
 * @return 0; or -EINVAL or -ENOMEM with nothing changed.
 */
int
mcr_igmp_reconfigure(struct mcr_igmp *igmp, const struct mcr_igmp_config *config, uint64_t now_ms);

/**
 * Add a member. Its first query leaves with the next mcr_igmp_run().
 * @return 0, -EEXIST, -ERANGE (id not below max_members) or -ENOMEM.
 */
int
mcr_igmp_add_member(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_member *member,
	uint64_t now_ms);

/** Change a link: permitted states stay, and the election restarts. 0 or -ENOENT. */
int
mcr_igmp_update_member(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_member *member, uint64_t now_ms);

/**
 * Replace the list of a member, as in struct mcr_igmp_member; the old one is not used any more. The
 * next mcr_igmp_reconfigure() withdraws what is no longer permitted, so that a list and a
 * configuration can change together without interrupting what both permit. 0 or -ENOENT.
 */
int
mcr_igmp_permit(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_prefix *groups,
	uint32_t group_count);

/** Withdraw some joins of a member, of `limit` groups and sources and those of one group more.
 * @return How many groups are left. */
uint32_t
mcr_igmp_leave_some(struct mcr_igmp *igmp, uint32_t member_id, uint32_t limit, uint64_t now_ms);

/** Withdraw all joins of a member and remove it. 0 or -ENOENT. */
int
mcr_igmp_remove_member(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms);

/**
 * Send startup queries again, as when a member has just become reachable; states stay. No effect
 * when passive or while another querier is elected. 0 or -ENOENT.
 */
int
mcr_igmp_restart_queries(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms);

/**
 * Handle an IGMP packet from a member, which starts at the IP header. Queries that it causes leave
 * with the next mcr_igmp_run().
 * @return MCR_IGMP_ACCEPTED, also when single records were rejected and counted; or why the whole
 * packet was rejected without a change of state.
 */
enum mcr_igmp_rejection
mcr_igmp_receive(struct mcr_igmp *igmp, uint32_t member_id, const uint8_t *packet, uint32_t len,
	uint64_t now_ms);

/**
 * Restore learned membership: apply an IS_IN or IS_EX record as if reported, but only until the
 * startup queries can have been answered (RFC 9776 8.6, 8.7). A passive member is not queried; its
 * restored states stay for a whole group membership interval.
 */
enum mcr_igmp_rejection
mcr_igmp_restore_record(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_record *record, uint64_t now_ms);

/** Handle due timers, O(log n) each. Returns when the next is due, or MCR_IGMP_NEVER. */
uint64_t
mcr_igmp_run(struct mcr_igmp *igmp, uint64_t now_ms);

/**
 * As mcr_igmp_run(), but handle at most limit timers, so that their packets find room. The returned
 * time is not after now_ms where due timers are left.
 */
uint64_t
mcr_igmp_run_some(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit);

/**
 * Repeat the changes that changed() refused, for the groups whose last try is longest ago.
 * @param limit Most (member, group) states to try, and most refusals before the last one.
 * @return How many states no longer wait.
 */
uint32_t
mcr_igmp_retry(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit);

/* ---- looking at it ---- */

struct mcr_igmp_counters {
	uint64_t received[MCR_IGMP_MESSAGE_TYPES];
	uint64_t sent[MCR_IGMP_QUERY_KINDS];
	uint64_t records[MCR_IGMP_RECORD_TYPES];     /**< followed; index 0 unused */
	uint64_t rejected[MCR_IGMP_REJECTION_COUNT]; /**< index 0 unused */
	uint64_t advertisements;                     /**< sent (RFC 4286) */
	uint64_t delayed;        /**< queries and advertisements without room, repeated later */
	uint64_t older_queriers; /**< v1, v2 general queries heard (7.3.1) */
	uint64_t elections_lost;
};

const struct mcr_igmp_counters *
mcr_igmp_get_counters(const struct mcr_igmp *igmp);

uint32_t
mcr_igmp_count_groups(const struct mcr_igmp *igmp);
uint32_t
mcr_igmp_count_sources(const struct mcr_igmp *igmp);
uint32_t
mcr_igmp_count_hosts(const struct mcr_igmp *igmp);
/** (member, group) states with a change that changed() refused. */
uint32_t
mcr_igmp_count_waiting(const struct mcr_igmp *igmp);

enum mcr_igmp_filter_mode {
	MCR_IGMP_INCLUDE,
	MCR_IGMP_EXCLUDE,
};

/** The querier's state on a member's link. */
struct mcr_igmp_querier {
	bool querier; /**< this router queries */
	bool passive;
	uint32_t address;
	uint8_t robustness; /**< in force, ours or adopted */
	uint8_t startup_queries_left;
	uint32_t query_interval_ms; /**< in force, ours or adopted */
	uint64_t next_ms; /**< to the next general query, or until the other querier times out */
	uint32_t groups;
	uint32_t sources;
	uint32_t waiting;
};

bool
mcr_igmp_get_querier(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	struct mcr_igmp_querier *querier);

struct mcr_igmp_state {
	uint32_t member_id;
	uint32_t group;
	enum mcr_igmp_filter_mode mode;
	uint8_t version; /**< compatibility mode: 1, 2 or 3; of MLD 1 or 2 */
	uint32_t source_count;
	uint64_t expires_ms; /**< group timer; in INCLUDE mode the last source's */
};

struct mcr_igmp_source {
	uint32_t address;
	bool forward; /**< INCLUDE list or requested list; else excluded */
	uint64_t expires_ms;
};

/** @return false when the member has no such state. */
bool
mcr_igmp_get_state(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group, uint64_t now_ms,
	struct mcr_igmp_state *state);

bool
mcr_igmp_get_source(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint32_t source, uint64_t now_ms, struct mcr_igmp_source *state);

/** Copy at most max sources of a (member, group) state. Returns how many there are. */
uint32_t
mcr_igmp_get_sources(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint64_t now_ms, struct mcr_igmp_source *sources, uint32_t max);

/** @return false to stop. Must not change the router. */
typedef bool (*mcr_igmp_visit)(void *arg, const struct mcr_igmp_state *state);

/** Visit the states of one member, newest first. Returns how many were visited. */
uint32_t
mcr_igmp_visit_member(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	mcr_igmp_visit visit, void *arg);

#ifdef __cplusplus
}
#endif

#endif
