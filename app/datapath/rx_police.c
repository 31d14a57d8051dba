/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/rx_police.h"
#include "fib/police.h"

static struct mcr_limiter *
limiter_of_member(const struct mcr_fib *fib, uint32_t id)
{
	RTE_ASSERT(id < fib->limiters.member_count);
	return &fib->limiters.members[id];
}

/* What the hub takes of a member, counted as received. */
static uint32_t
bytes_of(const struct mcr_packet *packet)
{
	return packet->inner_len != 0 ? packet->inner_len : packet->frame_len - RTE_ETHER_HDR_LEN;
}

bool
mcr_rx_police_member(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender)
{
	struct mcr_limiter *limiter = limiter_of_member(lcore->fib, sender_id);
	const uint32_t bytes = bytes_of(packet);

	if (!mcr_policy_may_send(sender)) {
		mcr_refuse_member(lcore, frame, packet, sender, MCR_DROP_SENDER_DENIED);
		return false;
	}
	if (mcr_limiter_fits(limiter, bytes, lcore->rx.now)) {
		mcr_limiter_charge(limiter, bytes, lcore->rx.now);
		return true;
	}
	mcr_limiter_count_refused(limiter);
	mcr_rx_count_sender(lcore, sender_id, 1, bytes);
	mcr_refuse_member(lcore, frame, packet, sender, MCR_DROP_RATE_LIMITED);
	return false;
}

/* After the look-up the entry was removed, or another one was made: what matches now decides. */
static bool
may_send_afresh(const struct mcr_group_table *groups, const struct mcr_rx_run *run,
	const struct rte_mbuf *packet, struct mcr_group_ref *ref)
{
	const uint8_t *ip = rte_pktmbuf_mtod(packet, const uint8_t *);

	while (mcr_group_receivers(groups, *ref) == NULL) {
		if (!mcr_flow_find(groups, ip, ref)) {
			ref->id = MCR_GROUP_NONE;
			return true;
		}
		if (mcr_policy_entry_permits(groups, *ref, run->sender, run->sender_id))
			return true;
	}
	return false;
}

static bool
may_send_to(struct mcr_lcore *lcore, const struct mcr_rx_run *run, const struct rte_mbuf *packet,
	struct mcr_group_ref *ref)
{
	const struct mcr_group_table *groups = lcore->fib->groups;

	if (mcr_policy_entry_permits(groups, *ref, run->sender, run->sender_id))
		return true;
	return may_send_afresh(groups, run, packet, ref);
}

static void
refuse_run(struct mcr_lcore *lcore, struct mcr_job *job, struct rte_mbuf **packets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		job->packet = packets[i];
		mcr_refuse_job(lcore, job, MCR_DROP_SENDER_DENIED);
	}
}

static void
refuse_excess(struct mcr_lcore *lcore, struct mcr_job *job, struct mcr_limiter *of_member,
	struct mcr_limiter *of_group)
{
	mcr_limiter_count_refused(of_member);
	if (of_group != NULL)
		mcr_limiter_count_refused(of_group);
	mcr_refuse_job(lcore, job, MCR_DROP_RATE_LIMITED);
}

/* NULL: the group has none. */
static struct mcr_limiter *
limiter_of_group(const struct mcr_fib *fib, struct mcr_group_ref group)
{
	const uint32_t limit = group.id == MCR_GROUP_NONE ? 0 : mcr_group_limit(fib->groups, group);

	RTE_ASSERT(limit < fib->limiters.group_count);
	return limit == 0 ? NULL : &fib->limiters.groups[limit];
}

uint32_t
mcr_rx_police_run(struct mcr_lcore *lcore, const struct mcr_rx_run *run, struct mcr_job *job,
	struct rte_mbuf **packets, uint32_t count)
{
	const bool is_allowed = mcr_policy_may_send(run->sender) &&
	                        may_send_to(lcore, run, packets[0], &job->group);
	struct mcr_limiter *of_member, *of_group;
	const uint64_t now = lcore->rx.now;
	uint32_t taken = 0;

	/* The hub of the sender has decided. */
	if (mcr_job_is_from_peer(job))
		return count;
	if (!is_allowed) {
		refuse_run(lcore, job, packets, count);
		return 0;
	}
	of_member = limiter_of_member(lcore->fib, run->sender_id);
	of_group = limiter_of_group(lcore->fib, job->group);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t bytes = packets[i]->pkt_len;

		job->packet = packets[i];
		if (!mcr_limiter_fits(of_member, bytes, now)) {
			refuse_excess(lcore, job, of_member, NULL);
			continue;
		}
		if (of_group != NULL && !mcr_limiter_fits(of_group, bytes, now)) {
			refuse_excess(lcore, job, of_member, of_group);
			continue;
		}
		mcr_limiter_charge(of_member, bytes, now);
		if (of_group != NULL)
			mcr_limiter_charge(of_group, bytes, now);
		packets[taken++] = packets[i];
	}
	return taken;
}
