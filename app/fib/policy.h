/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who may send and who receives, asked by RX and TX lcores of packets and by explain.c of none.
 */

#ifndef MCR_FIB_POLICY_H
#define MCR_FIB_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_group.h>
#include <mcr_member.h>

/** Whether a member may send at all. */
static inline bool
mcr_policy_may_send(const struct mcr_member *member)
{
	return member->role != MCR_ROLE_RECEIVER;
}

/** Whether a packet to a group, or to MCR_GROUP_BROADCAST, floods the VXLAN segment it is in. */
static inline bool
mcr_policy_floods(uint32_t group)
{
	return group == MCR_GROUP_BROADCAST || group >> 8 == 0xe00000;
}

/** Whether a receiver is beyond a VXLAN segment: a packet that is in it reaches it by the hub as by
 * a router, not as by a switch. */
static inline bool
mcr_policy_is_beyond(
	const struct mcr_members *members, const struct mcr_receiver *receiver, uint32_t vni)
{
	const struct mcr_member *member = mcr_member_get(members, receiver->member);

	return member == NULL || !mcr_encap_has_segment(member->identity.encap) ||
	       member->identity.key != vni;
}

/** Whether a receiver of the group is one whom the flood of a segment does not reach. */
static inline bool
mcr_policy_is_outside(const struct mcr_members *members, const struct mcr_receiver *receiver,
	uint32_t sender_address, uint32_t vni)
{
	return receiver->address != sender_address && mcr_policy_is_beyond(members, receiver, vni);
}

#endif
