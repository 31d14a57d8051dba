/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What this hub has receivers for, as a log of changes: the agent of its domain lists all
 * once, then asks for what has changed since. Of each key the last change counts. Control lcore
 * only. */

#ifndef MCR_CONTROL_INTEREST_H
#define MCR_CONTROL_INTEREST_H

#include <mcr_group.h>
#include <mcr_rcu.h>

/** Keys of no interest any more that are remembered. */
#define MCR_INTEREST_GONE_MAX 65536

struct mcr_interest_log;

enum mcr_interest_kind {
	MCR_INTEREST_GROUP,
	MCR_INTEREST_SEGMENT,
	MCR_INTEREST_HOST,
	MCR_INTEREST_COMES, /**< a shared member comes to the hub: mcr_claim.h */
	MCR_INTEREST_LEFT,  /**< the hub has left a shared member to a claim */
};

struct mcr_interest_key {
	enum mcr_interest_kind kind;
	/** Of MCR_INTEREST_SEGMENT the VNI, of _HOST its address (mcr_address.h), of _COMES and
	 * _LEFT the hash of the member's name. */
	uint32_t number;
	uint32_t claim;             /**< of MCR_INTEREST_COMES and _LEFT: its number */
	struct mcr_group_key group; /**< of MCR_INTEREST_GROUP */
};

struct mcr_interest_change {
	struct mcr_interest_key key;
	enum mcr_interest interest;
	uint64_t version; /**< each change has its own */
};

/** @return NULL: no memory. */
struct mcr_interest_log *
mcr_interest_log_create(struct mcr_rcu *rcu);

/** NULL is allowed. */
void
mcr_interest_log_free(struct mcr_interest_log *log);

/** Without memory a change is lost: see mcr_interest_log_lost(). */
void
mcr_interest_log_set(struct mcr_interest_log *log, const struct mcr_interest_key *key,
	enum mcr_interest interest);

/** For mcr_group_watch_interest(); arg is the log. */
void
mcr_interest_log_change(void *arg, const struct mcr_group_key *key, enum mcr_interest interest);

/** Version of the last change; 0: none yet. */
uint64_t
mcr_interest_log_version(const struct mcr_interest_log *log);

/** Keys that the hub has an entry for. */
uint32_t
mcr_interest_log_count(const struct mcr_interest_log *log);

/** Changes that found no memory. */
uint64_t
mcr_interest_log_lost(const struct mcr_interest_log *log);

/**
 * List all keys of interest. What changes meanwhile is listed as it was or as it is, and has a
 * version above that of the start of the list.
 * @param[in,out] place 0 at the start; where to go on; 0 at the end.
 * @return How many keys there are now, at most max.
 */
uint32_t
mcr_interest_log_list(const struct mcr_interest_log *log, uint32_t *place,
	struct mcr_interest_change *changes, uint32_t max);

/** Whether the log still has all changes after a version. If not, list all again. */
bool
mcr_interest_log_reaches(const struct mcr_interest_log *log, uint64_t since);

/** The first changes after a version in their order. @return How many, at most max. */
uint32_t
mcr_interest_log_read(const struct mcr_interest_log *log, uint64_t since,
	struct mcr_interest_change *changes, uint32_t max);

#endif
