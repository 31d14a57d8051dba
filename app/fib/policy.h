/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who may send, who gets a copy and why nobody does: asked by RX and TX for packets, and by
 * telemetry/explanation.c without one.
 */

#ifndef MCR_FIB_POLICY_H
#define MCR_FIB_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#include <mcr_group.h>
#include <mcr_member.h>
#include <mcr_stats.h>

#include "fib/fib.h"

static inline bool
mcr_policy_may_send(const struct mcr_member *member)
{
	return member->role != MCR_ROLE_RECEIVER;
}

/** Whether all that a member sends is taken, as far as its group allows. */
static inline bool
mcr_policy_may_send_freely(const struct mcr_member *member)
{
	return mcr_policy_may_send(member) && !member->is_limited;
}

/** Whether a member may send to a group, and as much as it likes. @param entry Of the group;
 * MCR_GROUP_NONE permits. */
static inline bool
mcr_policy_entry_permits_freely(const struct mcr_group_table *groups, struct mcr_group_ref entry,
	const struct mcr_member *sender, uint32_t sender_id)
{
	return entry.id == MCR_GROUP_NONE || likely(mcr_group_may_send_freely(groups, entry,
						     sender_id, sender->identity.address));
}

/** Whether a member may send to a group. @param entry Of the group; MCR_GROUP_NONE permits. */
static inline bool
mcr_policy_entry_permits(const struct mcr_group_table *groups, struct mcr_group_ref entry,
	const struct mcr_member *sender, uint32_t sender_id)
{
	return entry.id == MCR_GROUP_NONE ||
	       mcr_group_may_send(groups, entry, sender_id, sender->identity.address);
}

static inline bool
mcr_policy_may_receive(const struct mcr_member *member)
{
	return member->role != MCR_ROLE_SENDER;
}

/** A receiver at the sender's mcr_member_instance() gets no copy. */
static inline bool
mcr_policy_is_sender(const struct mcr_receiver *receiver, uint32_t sender_address)
{
	return receiver->address == sender_address;
}

/** Whether a packet floods its segment (mcdpdk-groups(5), encap). @param group May be
 * MCR_GROUP_BROADCAST. */
static inline bool
mcr_policy_floods(bool is_in_segment, uint32_t group)
{
	return is_in_segment && (group == MCR_GROUP_BROADCAST || group >> 8 == 0xe00000);
}

/** Likewise of IPv6. @param group 16 bytes. */
static inline bool
mcr_policy_floods_ipv6(bool is_in_segment, const uint8_t *group)
{
	return is_in_segment && mcr_ipv6_scope(group) == MCR_IPV6_SCOPE_LINK;
}

/** Whether a receiver is outside the segment: the hub is a router to it, not a switch. */
static inline bool
mcr_policy_is_outside(
	const struct mcr_members *members, const struct mcr_receiver *receiver, uint32_t vni)
{
	const struct mcr_member *member = mcr_member_get(members, receiver->member);

	return member == NULL || !mcr_encap_has_segment(member->identity.encap) ||
	       member->identity.key != vni;
}

/** Whether a receiver of the group gets a copy outside the segment, or inside it. */
static inline bool
mcr_policy_gets_copy(const struct mcr_members *members, const struct mcr_receiver *receiver,
	uint32_t sender_address, uint32_t vni, bool outside)
{
	return !mcr_policy_is_sender(receiver, sender_address) &&
	       mcr_policy_is_outside(members, receiver, vni) == outside;
}

/** Whether the hub decrements the TTL (mcdpdk-groups(5), ttl). */
static inline bool
mcr_policy_takes_hop(const struct mcr_fib *fib)
{
	return __atomic_load_n(&fib->ttl_decrement, __ATOMIC_RELAXED);
}

static inline bool
mcr_policy_expires(uint8_t ttl)
{
	return ttl <= 1;
}

/** An expired TTL counts before a missing receiver. */
static inline enum mcr_drop
mcr_policy_no_receiver(bool expires)
{
	return expires ? MCR_DROP_TTL_EXPIRED : MCR_DROP_NO_RECEIVER;
}

#endif
