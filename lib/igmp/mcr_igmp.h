/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * IGMPv1, v2 and v3, the router's side (RFC 9776, which obsoletes 3376; RFC 2236 and 1112 hosts
 * too).
 *
 * Each member is alone on a link of its own: queries go to it, reports come from it, and another
 * querier heard there is elected or not on that link alone.
 *
 * Pure: no sockets, no clock, no logging. The caller passes packets in, gets packets and changes of
 * membership out by callbacks, and says what time it is in milliseconds of any clock that never
 * goes back. IPv4 addresses are in host byte order, except in bytes of packets.
 *
 * Not thread-safe: one thread at a time per instance. Callbacks must not call back into the
 * instance.
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

/**
 * Why a message, a record or a part of it was not followed. The first block refuses whole packets,
 * the second single groups or records, the third is about bounds.
 */
#define MCR_IGMP_REJECTIONS(X)                \
	X(MALFORMED, "malformed")             \
	X(FRAGMENT, "fragment")               \
	X(NOT_IGMP, "not_igmp")               \
	X(BAD_CHECKSUM, "bad_checksum")       \
	X(UNKNOWN_TYPE, "unknown_type")       \
	X(BAD_TTL, "bad_ttl")                 \
	X(NO_ROUTER_ALERT, "no_router_alert") \
	X(BAD_SENDER, "bad_sender")           \
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

/** Record types, with the values of the wire (RFC 9776 4.2.13); 0 is none. */
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

/* ---- messages ---- */

/** One parsed IGMP message. Pointers lead into the packet. */
struct mcr_igmp_message {
	enum mcr_igmp_message_type type;
	uint32_t sender; /**< IP source; 0.0.0.0 is allowed */
	uint32_t destination;
	uint32_t group;             /**< queries, v1 and v2; 0 in a general query */
	bool suppress;              /**< S flag of a v3 query */
	uint8_t robustness;         /**< QRV of a v3 query; 0: not told */
	uint32_t query_interval_ms; /**< QQI of a v3 query; 0: not told */
	uint32_t max_response_ms;   /**< of a query */
	uint16_t count;             /**< sources of a v3 query, records of a v3 report */
	const uint8_t *body;        /**< the sources or the records */
};

/** One group record of a v3 report. */
struct mcr_igmp_record {
	uint8_t type; /**< enum mcr_igmp_record_type, or a value unknown yet */
	uint32_t group;
	uint16_t source_count;
	const uint8_t *sources; /**< source_count x 4 bytes of the wire, any alignment */
};

/**
 * Parse an IPv4 packet with an IGMP message.
 *
 * Checks what does not depend on state: lengths (of all records too, so that walking them is safe),
 * both checksums, TTL 1, Router Alert (v2 and v3; RFC 1112 knew none), sender and destination.
 *
 * @param packet
 *   Starts at the IP header. Bytes after its total length (Ethernet padding) are ignored.
 * @param[out] message
 *   Filled when accepted, and when only Router Alert is missing or the TTL is wrong; else
 * undefined.
 * @return
 *   MCR_IGMP_ACCEPTED, or why not. MCR_IGMP_REJECT_NO_ROUTER_ALERT says that all else is right.
 */
enum mcr_igmp_rejection
mcr_igmp_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message);

/** Of any version. */
bool
mcr_igmp_is_query(const struct mcr_igmp_message *message);

/**
 * Read the record at *records of a parsed v3 report and step over it. To be called at most
 * message->count times, starting with records = message->body.
 */
void
mcr_igmp_read_record(const uint8_t **records, struct mcr_igmp_record *record);

/** Whether a record asks for any traffic: without a state for the group it would create one. */
bool
mcr_igmp_record_joins(const struct mcr_igmp_record *record);

/** The i-th address of a list as it stands in a packet, in host byte order. */
uint32_t
mcr_igmp_read_source(const uint8_t *sources, uint16_t i);

/** Most sources that one query carries here; with headers it fits the smallest IP MTU of 576. */
#define MCR_IGMP_QUERY_MAX_SOURCES 128
/** Bytes of the largest query. */
#define MCR_IGMP_QUERY_MAX_LEN (24 + 12 + 4 * MCR_IGMP_QUERY_MAX_SOURCES)

/** What a v3 query says. */
struct mcr_igmp_query {
	uint32_t sender;            /**< IP source */
	uint32_t group;             /**< 0: general query, to 224.0.0.1 */
	bool suppress;              /**< S flag */
	uint8_t robustness;         /**< QRV, 0 to 7 */
	uint32_t query_interval_ms; /**< QQIC: whole seconds, rounded down, at least 1 */
	uint32_t max_response_ms;   /**< tenths of a second, rounded down, at least 1 */
	const uint32_t *sources;
	uint16_t source_count; /**< at most MCR_IGMP_QUERY_MAX_SOURCES */
};

/**
 * Write a v3 query as an IPv4 packet: TTL 1, TOS 0xc0, Router Alert, both checksums (RFC 9776 4.1).
 *
 * @param[out] packet
 *   Room for MCR_IGMP_QUERY_MAX_LEN bytes.
 * @return
 *   The packet's length in bytes.
 */
uint32_t
mcr_igmp_build_query(const struct mcr_igmp_query *query, uint8_t *packet);

/** Bytes of an advertisement. */
#define MCR_IGMP_ADVERTISEMENT_LEN (24 + 8)

/** What a multicast router advertisement says (RFC 4286 3). */
struct mcr_igmp_advertisement {
	uint32_t sender;      /**< IP source */
	uint32_t interval_ms; /**< to the next one; told as 4 s to 180 s */
	uint32_t query_interval_ms;
	uint8_t robustness;
};

/**
 * Write a multicast router advertisement as an IPv4 packet, by which a snooping switch knows that a
 * router is behind the port, whoever queries.
 *
 * @param[out] packet
 *   Room for MCR_IGMP_ADVERTISEMENT_LEN bytes.
 * @return
 *   The packet's length in bytes.
 */
uint32_t
mcr_igmp_build_advertisement(const struct mcr_igmp_advertisement *advertisement, uint8_t *packet);

/** A value as Max Resp Code or QQIC (RFC 9776 4.1.1): exact, or the next lower one there is. */
uint8_t
mcr_igmp_encode_time(uint32_t value);
/** The inverse of mcr_igmp_encode_time(). */
uint32_t
mcr_igmp_decode_time(uint8_t code);

/* ---- the router ---- */

struct mcr_igmp_prefix {
	uint32_t address;
	uint8_t length; /**< 0 to 32 */
};

/** Times in milliseconds, each at least 1. */
struct mcr_igmp_config {
	uint32_t query_interval_ms;
	uint32_t query_response_interval_ms;
	uint32_t last_member_query_interval_ms;
	uint32_t startup_query_interval_ms; /**< 0: a quarter of query_interval_ms */
	uint8_t robustness;                 /**< 1 to 7; the counts of queries too */
	bool always_querier;                /**< another querier's lower address does not win */
	bool immediate_leave;     /**< no queries where no other host of the link is left */
	bool strict_ssm;          /**< no any-source in 232.0.0.0/8 (RFC 4604) */
	bool ignore_router_alert; /**< messages without the option are followed too */
	const struct mcr_igmp_prefix *groups; /**< what may be joined; copied */
	uint32_t group_count;
	uint32_t max_members; /**< member ids are below this; fixed at creation */
	uint32_t max_groups_per_member;
	uint32_t max_groups;             /**< (member, group) states; sizes the hash */
	uint32_t max_sources_per_group;  /**< of one member */
	uint32_t max_sources_per_member; /**< in all its groups */
	uint32_t max_sources;            /**< (member, group, source) states; as max_groups */
	uint32_t max_hosts_per_group;    /**< of one member; beyond it leaves are queried */
	uint32_t max_hosts_per_member;   /**< (group, host) states; likewise */
	uint32_t max_hosts;              /**< (member, group, host) states; likewise */
};

/** The defaults of mcdpdk-groups(5): 125 s, 10 s, 1 s, robustness 2, 224.0.0.0/4, 1024 groups a
 * member, ...
 */
void
mcr_igmp_default_config(struct mcr_igmp_config *config);

/** How a member stands to a route of a group; see struct mcr_igmp_ops. */
enum mcr_igmp_route {
	MCR_IGMP_ROUTE_NONE,    /**< neither; the (*,G) route decides */
	MCR_IGMP_ROUTE_JOIN,    /**< wants it */
	MCR_IGMP_ROUTE_EXCLUDE, /**< wants (*,G) without this source */
};

/** What the router tells its owner. Every callback must be there. */
struct mcr_igmp_ops {
	/**
	 * Send a query or an advertisement to a member.
	 *
	 * @param packet
	 *   Starts at the IP header; valid during the call only.
	 */
	void (*send)(void *arg, uint32_t member_id, const uint8_t *packet, uint32_t len);
	/**
	 * A member's standing to one route changed from before to after, which differ.
	 *
	 * INCLUDE {a, b} is JOIN for (a,G) and (b,G). EXCLUDE {c} is JOIN for (*,G) and EXCLUDE for
	 * (c,G). A change is told in an order that interrupts no wanted stream and leaks no
	 * unwanted one. A withdrawal never fails; JOIN and EXCLUDE may, and NONE stands then, until
	 * mcr_igmp_retry() or a report of the member tells it anew. The first time it is counted,
	 * and told by limited(): -ENOMEM as MCR_IGMP_REJECT_NO_MEMORY, all else as
	 * MCR_IGMP_REJECT_TOTAL_GROUPS. All changes due to a call have been told when that call
	 * returns, so a writer may gather them and publish then.
	 *
	 * @param source
	 *   0 for (*,G), which is never EXCLUDE.
	 * @return
	 *   0 or -errno.
	 */
	int (*changed)(void *arg, uint32_t member_id, uint32_t group, uint32_t source,
		enum mcr_igmp_route before, enum mcr_igmp_route after);
	/** A bound kept a member from a group or source. Told each time, unlimited in rate. */
	void (*limited)(
		void *arg, uint32_t member_id, uint32_t group, enum mcr_igmp_rejection bound);
	/**
	 * A group record or an older host's report that asks for a group is not followed, for
	 * another reason than a bound. Called each time, unlimited in rate. May be NULL.
	 */
	void (*refused)(
		void *arg, uint32_t member_id, uint32_t group, enum mcr_igmp_rejection rejection);
};

/** A member's link. */
struct mcr_igmp_member {
	uint32_t address; /**< IP source of queries, and what the election compares; 0: none */
	bool passive;     /**< not queried, leaves at once: AMT, whose gateways ask */
	/**
	 * What may be joined by it; NULL: what the configuration says. Any pointer with a count of
	 * 0: nothing. Not copied, so that many members may share a list: the caller keeps it until
	 * the member has another list or is removed.
	 */
	const struct mcr_igmp_prefix *groups;
	uint32_t group_count;
};

struct mcr_igmp;

/**
 * Create a router without members. Hash tables are sized here; memory for states comes with them.
 *
 * @param config
 *   Copied with its prefixes.
 * @param ops
 *   Copied.
 * @param arg
 *   Passed to each callback.
 * @return
 *   The router, to be given to mcr_igmp_free(); NULL with errno EINVAL (a value out of range) or
 * ENOMEM.
 */
struct mcr_igmp *
mcr_igmp_create(const struct mcr_igmp_config *config, const struct mcr_igmp_ops *ops, void *arg);

/** Free it with all members, without telling changes. NULL is fine. */
void
mcr_igmp_free(struct mcr_igmp *igmp);

/**
 * Take over a changed configuration. Groups that may no longer be joined are withdrawn; what is
 * over a lowered bound stays until it leaves; running timers of groups and sources go on as they
 * are.
 *
 * @return
 *   0, -EINVAL, or -ENOMEM; then nothing changed. max_members and the size of the hash tables stay.
 */
int
mcr_igmp_reconfigure(struct mcr_igmp *igmp, const struct mcr_igmp_config *config, uint64_t now_ms);

/**
 * Begin to query a member: the first query is due at once and leaves with the next mcr_igmp_run().
 *
 * @return
 *   0, -EEXIST, -ERANGE (id not below max_members) or -ENOMEM.
 */
int
mcr_igmp_add_member(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_member *member,
	uint64_t now_ms);

/**
 * A member's link changed: its states stay, as far as they may be joined, and the election begins
 * anew. 0 or -ENOENT.
 */
int
mcr_igmp_update_member(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_member *member, uint64_t now_ms);

/**
 * Give a member another list of what may be joined by it, with nothing else about its link changed.
 * What it has joined and may not join any more is withdrawn by the next mcr_igmp_reconfigure(), so
 * that a list and a configuration can change together without interrupting what both allow.
 *
 * @param groups
 *   As in struct mcr_igmp_member. The list before is not used any more.
 * @return
 *   0 or -ENOENT.
 */
int
mcr_igmp_permit(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_prefix *groups,
	uint32_t group_count);

/** Withdraw all that the member joined and forget it. 0 or -ENOENT. */
int
mcr_igmp_remove_member(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms);

/**
 * Start over with startup queries, as when the way to a member has just opened. Its states stay.
 * No effect when passive or while another querier is elected.
 *
 * @return
 *   0 or -ENOENT.
 */
int
mcr_igmp_restart_queries(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms);

/**
 * Handle an IGMP packet from a member. Timers that are due by now are handled first.
 *
 * @param packet
 *   Starts at the IP header.
 * @return
 *   MCR_IGMP_ACCEPTED; or why the whole packet was refused, then no state changed. Single records
 *   that are not followed are counted, and the packet is accepted all the same.
 */
enum mcr_igmp_rejection
mcr_igmp_receive(struct mcr_igmp *igmp, uint32_t member_id, const uint8_t *packet, uint32_t len,
	uint64_t now_ms);

/**
 * Restore learned membership: apply one record as if the member had reported it, but only until the
 * startup queries can have been answered (RFC 9776 8.6, 8.7). A passive member is not queried: what
 * is restored of it stays for a whole group membership interval.
 *
 * @param record
 *   Of type MCR_IGMP_IS_IN or MCR_IGMP_IS_EX.
 * @return
 *   MCR_IGMP_ACCEPTED or why not.
 */
enum mcr_igmp_rejection
mcr_igmp_restore_record(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_record *record, uint64_t now_ms);

/**
 * Handle the timers that are due. Costs the logarithm of the number of running timers for each due.
 *
 * @return
 *   When the next one is due, or MCR_IGMP_NEVER.
 */
uint64_t
mcr_igmp_run(struct mcr_igmp *igmp, uint64_t now_ms);

/**
 * As mcr_igmp_run(), but handle no more than some timers: what they send has to find room.
 *
 * @param limit
 *   How many.
 * @return
 *   When the next one is due: now or before where some are left.
 */
uint64_t
mcr_igmp_run_some(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit);

/**
 * Tell again what changed() has refused: of the groups that wait, those that have waited longest
 * since their last try.
 *
 * @param limit
 *   How many (member, group) states. After so many refusals no other one is tried.
 * @return
 *   How many of them do not wait any more.
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
	uint64_t older_queriers; /**< v1, v2 general queries heard: warn (7.3.1) */
	uint64_t elections_lost;
};

const struct mcr_igmp_counters *
mcr_igmp_get_counters(const struct mcr_igmp *igmp);

/** States held now. */
uint32_t
mcr_igmp_count_groups(const struct mcr_igmp *igmp);
uint32_t
mcr_igmp_count_sources(const struct mcr_igmp *igmp);
uint32_t
mcr_igmp_count_hosts(const struct mcr_igmp *igmp);
/** (member, group) states of which something was refused by changed(), and not told again since. */
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
	uint32_t address;   /**< the querier's */
	uint8_t robustness; /**< in force, ours or adopted */
	uint8_t startup_queries_left;
	uint32_t query_interval_ms; /**< in force, ours or adopted */
	uint64_t next_ms;           /**< to the next general query, or to the other querier's end */
	uint32_t groups;            /**< (member, group) states held */
	uint32_t sources;           /**< (member, group, source) states held */
	uint32_t waiting;           /**< as mcr_igmp_count_waiting() */
};

/** @return false for an unknown member. */
bool
mcr_igmp_get_querier(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	struct mcr_igmp_querier *querier);

/** One (member, group) state. */
struct mcr_igmp_state {
	uint32_t member_id;
	uint32_t group;
	enum mcr_igmp_filter_mode mode;
	uint8_t version; /**< compatibility mode: 1, 2 or 3 */
	uint32_t source_count;
	uint64_t expires_ms; /**< group timer; in INCLUDE mode the last source's */
};

struct mcr_igmp_source {
	uint32_t address;
	bool forward;        /**< INCLUDE list or requested list; else excluded */
	uint64_t expires_ms; /**< 0 when excluded */
};

/** @return false when the member has no such state. */
bool
mcr_igmp_get_state(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group, uint64_t now_ms,
	struct mcr_igmp_state *state);

/** @return false when the member has no record of that source. */
bool
mcr_igmp_get_source(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint32_t source, uint64_t now_ms, struct mcr_igmp_source *state);

/**
 * Copy the sources of a (member, group) state.
 *
 * @return
 *   How many there are; at most max were written.
 */
uint32_t
mcr_igmp_get_sources(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint64_t now_ms, struct mcr_igmp_source *sources, uint32_t max);

/** @return false to stop. Must not change the router. */
typedef bool (*mcr_igmp_visit)(void *arg, const struct mcr_igmp_state *state);

/** Visit the states of one member, the newest first. @return how many were visited. */
uint32_t
mcr_igmp_visit_member(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	mcr_igmp_visit visit, void *arg);

#ifdef __cplusplus
}
#endif

#endif /* MCR_IGMP_H */
