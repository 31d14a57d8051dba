/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What the data path would do with a packet, by its tables and predicates. Control lcore; results
 * are valid until its read section ends.
 */

#ifndef MCR_TELEMETRY_EXPLANATION_H
#define MCR_TELEMETRY_EXPLANATION_H

#include "fib/fib.h"

struct mcr_controller;

/** Telemetry takes 127 characters. */
#define MCR_EXPLAIN_TEXT_SIZE 128

struct mcr_explanation {
	enum mcr_drop drop;
	bool is_word; /**< the given sender is neither a member's name nor an address */
	bool admits;  /**< the sender is no member yet but would be admitted */
	char sender[MCR_MEMBER_NAME_SIZE];
	char message[MCR_EXPLAIN_TEXT_SIZE]; /**< what the verdict does not say; "" */
	struct mcr_group_ref match;          /**< the deciding entry; MCR_GROUP_NONE */
	const struct mcr_receivers *receivers;
	const struct mcr_receivers *flooded;
	const struct mcr_receivers *peers; /**< other hubs that want its group */
	const struct mcr_receivers
		*segment_peers; /**< other hubs that have the segment it floods */
	bool floods;
	uint32_t sender_address;
	uint32_t vni;
};

/**
 * Decide about a packet.
 * @param sender A member's name, an underlay address, or the MAC of an l2 member.
 * @param flow Source and group, or MCR_GROUP_BROADCAST.
 */
void
mcr_explain(const struct mcr_controller *control, const char *sender, const struct mcr_flow *flow,
	struct mcr_explanation *explanation);

typedef void (*mcr_explain_visitor)(void *arg, uint32_t member);

/** Visit each receiver of a copy: first in the segment, then the group's outside it, then other
 * hubs that are up. */
void
mcr_explain_visit(const struct mcr_fib *fib, const struct mcr_explanation *explanation,
	mcr_explain_visitor visit, void *arg);

#endif
