/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What the data path would do with a packet, by the same tables and predicates, without one.
 *
 * Called by the control lcore; what is found is valid until its read section ends.
 */

#ifndef MCR_TELEMETRY_EXPLANATION_H
#define MCR_TELEMETRY_EXPLANATION_H

#include "fib/fib.h"

struct mcr_controller;

/** Room for what there is to say about a sender; telemetry takes 127 characters. */
#define MCR_EXPLAIN_TEXT_SIZE 128

struct mcr_explanation {
	enum mcr_drop drop; /**< MCR_DROP_NONE: it is replicated */
	bool is_word; /**< the sender is given by a word that is no member's name, nor an address */
	bool admits;  /**< the sender is no member yet, but would become one */
	char sender[MCR_MEMBER_NAME_SIZE];   /**< the member whose packet it would be; "" */
	char message[MCR_EXPLAIN_TEXT_SIZE]; /**< why the sender is known to be none; "" */
	struct mcr_group_ref match;          /**< the entry that decides; MCR_GROUP_NONE */
	const struct mcr_receivers *receivers;
	const struct mcr_receivers *flooded; /**< its segment */
	bool floods;
	uint32_t sender_address;
	uint32_t vni;
};

/**
 * Decide about a packet.
 *
 * @param sender
 *   A member's name, an underlay address, or the MAC of an l2 member.
 * @param flow
 *   Source and group, or MCR_GROUP_BROADCAST.
 */
void
mcr_explain(const struct mcr_controller *control, const char *sender, const struct mcr_flow *flow,
	struct mcr_explanation *explanation);

/** Called for each receiver that would get a copy. */
typedef void (*mcr_explain_visitor)(void *arg, uint32_t member);

/** Go through those who would get a copy: the segment, then whom the group has beyond it. */
void
mcr_explain_visit(const struct mcr_fib *fib, const struct mcr_explanation *explanation,
	mcr_explain_visitor visit, void *arg);

#endif
