/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The agent of a hub in a domain, without sockets and without a clock: events and the time come in,
 * actions come out.
 *
 * It registers its hub in etcd under a lease and publishes what the hub has receivers for, and it
 * tells the hub about the other hubs and their interest. Keys and values: mcdpdk-domain(8). A
 * caller carries out actions until mcr_domain_next() has none, waits for an event or for
 * mcr_domain_wake(), and reports what happened. One thread. Times are in microseconds.
 *
 * etcd's keys under the prefix of the domain are:
 *
 *     /mcdpdk/DOMAIN/hubs/HUB           the record of a hub, JSON
 *     /mcdpdk/DOMAIN/interest/HUB/KEY   "1": it has receivers for KEY; "0": it has an entry without
 *     /mcdpdk/DOMAIN/placement          which hubs serve shared members, JSON; without a lease
 *     /mcdpdk/DOMAIN/placed/HUB         how far the hub has followed the placement
 */

#ifndef MCR_DOMAIN_H
#define MCR_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** etcd's default limit of operations in a transaction, --max-txn-ops. */
#define MCR_DOMAIN_WRITES_MAX 128
/** DPDK's telemetry reads as many bytes of a request. */
#define MCR_DOMAIN_ASK_MAX 1023
/** Requests to etcd that may be under way at a time, without the watch. */
#define MCR_DOMAIN_REQUESTS_MAX 12
/** A hub that nobody vouches for is gone after as many seconds. */
#define MCR_DOMAIN_LEASE_S 15

struct mcr_domain;

struct mcr_domain_config {
	const char *name;        /**< of the domain */
	const char *hub;         /**< of this hub */
	uint32_t endpoint_count; /**< of etcd; at least 1 */
	bool notifies;           /**< there are actions MCR_DOMAIN_NOTIFY */
	const char *version;     /**< of the program, for the record */
	uint64_t wall_us;        /**< UTC at the time 0 */
	uint64_t seed;           /**< spreads the attempts of many agents; any number */
};

/** Copies the strings. @return NULL: no memory. */
struct mcr_domain *
mcr_domain_create(const struct mcr_domain_config *config);

/** NULL is allowed. */
void
mcr_domain_free(struct mcr_domain *domain);

/** A key as etcd has it. Strings end with zero; a key or value with a zero byte is cut there. */
struct mcr_domain_kv {
	const char *key;
	const char *value; /**< NULL in an event: deleted */
	int64_t created;   /**< revision */
	int64_t modified;  /**< revision; of the deletion */
	int64_t lease;     /**< 0: none */
};

/** One of a transaction. */
struct mcr_domain_write {
	const char *key;
	const char *value; /**< NULL: delete the key */
};

/** What must hold for a transaction: a key's revision; 0: the key does not exist. */
struct mcr_domain_guard {
	const char *key;
	int64_t revision;
	bool is_of_change; /**< the revision of its last change, not of its creation */
};

#define MCR_DOMAIN_GUARDS_MAX 2

enum mcr_domain_request_type {
	MCR_DOMAIN_GRANT, /**< a lease of MCR_DOMAIN_LEASE_S */
	MCR_DOMAIN_KEEP,  /**< the lease alive */
	MCR_DOMAIN_LIST,  /**< keys from `key` to below `end` (NULL: `key` alone), at most `limit`,
	                     at  `revision` (0: now), linearizable, ascending */
	MCR_DOMAIN_WATCH, /**< keys from `key` to below `end`, from `revision` on */
	MCR_DOMAIN_WRITE, /**< a transaction: `writes`, if all `guards` hold; values under `lease`
	                     (0: none) */
};

/** Strings are valid until the next call. */
struct mcr_domain_request {
	enum mcr_domain_request_type type;
	uint32_t id; /**< for the reply; never 0 */
	int64_t lease;
	const char *key;
	const char *end;
	int64_t revision;
	uint32_t limit;
	struct mcr_domain_guard guards[MCR_DOMAIN_GUARDS_MAX];
	uint32_t guard_count;
	const struct mcr_domain_write *writes;
	uint32_t count;
};

enum mcr_domain_action_type {
	MCR_DOMAIN_CONNECT, /**< drop all requests to etcd and use this endpoint from now on */
	MCR_DOMAIN_REQUEST, /**< send to etcd; answered in any order */
	MCR_DOMAIN_ASK,     /**< ask the hub by its telemetry socket; one at a time */
	MCR_DOMAIN_LOG,
	MCR_DOMAIN_NOTIFY, /**< run the program that wants to know; one at a time */
};

/** A link to another hub is up or down, or this hub is up. Strings are valid until the next call.
 */
struct mcr_domain_notice {
	bool is_up;
	const char *hub;
	const char *address; /**< underlay: A.B.C.D, or as RFC 5952 says */
	const char *up; /**< names of all hubs to which a link is up, with spaces between them */
};

enum mcr_domain_level { MCR_DOMAIN_ERROR, MCR_DOMAIN_WARNING, MCR_DOMAIN_NOTICE };

struct mcr_domain_action {
	enum mcr_domain_action_type type;
	uint32_t endpoint;
	struct mcr_domain_request request;
	const char *text; /**< to ask or to log, without a line feed; valid until the next call */
	enum mcr_domain_level level;
	struct mcr_domain_notice notice;
};

/** @return Whether there is an action. */
bool
mcr_domain_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);

/** When mcr_domain_next() may have an action without any event. UINT64_MAX: never. */
uint64_t
mcr_domain_wake(const struct mcr_domain *domain);

/* What etcd said. */

enum mcr_domain_result {
	MCR_DOMAIN_OK,
	MCR_DOMAIN_REFUSED,   /**< a guard of a transaction did not hold: nothing was written */
	MCR_DOMAIN_COMPACTED, /**< the revision is gone, or is none yet */
	MCR_DOMAIN_NO_LEASE,  /**< there is no such lease */
};

struct mcr_domain_reply {
	enum mcr_domain_result result;
	uint64_t cluster;
	int64_t revision;                /**< of the store when it answered */
	int64_t lease;                   /**< granted */
	int64_t ttl;                     /**< of a lease kept alive; 0 or less: it is gone */
	const struct mcr_domain_kv *kvs; /**< listed; not kept */
	uint32_t count;
	bool more; /**< there are further keys */
};

/** A request was answered; not for a watch. An unknown id is ignored: it was dropped. */
void
mcr_domain_replied(
	struct mcr_domain *domain, uint64_t now, uint32_t id, const struct mcr_domain_reply *reply);

/** Events of the watch, in the order of their revisions, those of one revision together. */
void
mcr_domain_watched(struct mcr_domain *domain, uint64_t now, uint32_t id,
	const struct mcr_domain_kv *events, uint32_t count);

/** The watch cannot go on: what it missed was compacted. */
void
mcr_domain_compacted(struct mcr_domain *domain, uint64_t now, uint32_t id);

/** The endpoint does not answer, or answers with an error: all requests are lost. */
void
mcr_domain_etcd_failed(struct mcr_domain *domain, uint64_t now, const char *why);

/* What the hub said. */

void
mcr_domain_hub_connected(struct mcr_domain *domain, uint64_t now);

void
mcr_domain_hub_lost(struct mcr_domain *domain, uint64_t now, const char *why);

/** The answer to what was asked, the JSON text of DPDK's telemetry. */
void
mcr_domain_hub_answered(struct mcr_domain *domain, uint64_t now, const char *text, size_t len);

/** What MCR_DOMAIN_NOTIFY asked for is over, well or not: the next one may come. */
void
mcr_domain_notified(struct mcr_domain *domain);

/* For the service manager and tests. */

/** Whether the hub is registered, its interest published, the others' known, and no handover is
 * under way. */
bool
mcr_domain_is_settled(const struct mcr_domain *domain);

/** Keys and values of etcd that were refused. */
uint64_t
mcr_domain_refused(const struct mcr_domain *domain);

/** What the agent has told its hub last: "connected", ... Valid until the next call. */
const char *
mcr_domain_state(const struct mcr_domain *domain);

#endif
