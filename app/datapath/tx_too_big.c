/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include <mcr_hash.h>

#include "datapath/punt_account.h"
#include "datapath/tx_too_big.h"
#include "fib/fib.h"

/* MCR_MEMBER_NONE: it is a member of another hub, or has left. */
static uint32_t
sender_of(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const uint32_t id =
		mcr_job_kind(job) == MCR_JOB_SHARD ? job->packet->hash.usr : job->sender;
	const struct mcr_member *member;

	if (mcr_job_is_from_peer(job) || id >= lcore->workers->max_members)
		return MCR_MEMBER_NONE;
	member = mcr_member_get(lcore->fib->members, id);
	/* The id may have been reused. */
	return member != NULL && mcr_member_instance(member, id) == job->sender_address
	               ? id
	               : MCR_MEMBER_NONE;
}

/* Senders that share a place share its rate, so all together have a limit, too. */
static bool
is_due(struct mcr_lcore *lcore, uint32_t sender)
{
	const uint64_t now = rte_rdtsc();
	uint64_t *due = &lcore->tx.too_big_due[mcr_hash(sender, 0) % MCR_TX_TOO_BIG_PLACES];

	if (now < *due)
		return false;
	*due = now + rte_get_tsc_hz() / MS_PER_S * MCR_TX_TOO_BIG_MS;
	return true;
}

static void
punt(struct mcr_lcore *lcore, struct mcr_punt *out)
{
	struct rte_ring *const ring = lcore->rings->punt[MCR_PUNT_CLASS_ECHO];
	struct mcr_punt_account *account;

	out->account =
		mcr_punt_account_of(lcore->rings->accounts, MCR_PUNT_CLASS_ECHO, out->sender.id, 0);
	account = &lcore->rings->accounts->at[out->account];
	if (!mcr_punt_account_enter(
		    account, rte_ring_get_capacity(ring) / 2, rte_get_timer_cycles()))
		return;
	rte_mbuf_refcnt_update(out->frame, 1);
	if (rte_ring_enqueue_elem(ring, out, sizeof(*out)) == 0)
		return;
	mcr_punt_account_leave(account);
	rte_pktmbuf_free(out->frame);
}

void
mcr_tx_too_big(struct mcr_lcore *lcore, const struct mcr_job *job, uint16_t mtu)
{
	const uint32_t sender = sender_of(lcore, job);
	struct mcr_punt out = {
		.frame = job->packet,
		.length = job->packet->data_len,
		.punt = MCR_PUNT_OVERSIZE,
		.source = mtu,
	};

	RTE_ASSERT(job->version == 6 && job->packet->nb_segs == 1);
	if (sender == MCR_MEMBER_NONE || !is_due(lcore, sender))
		return;
	out.sender = mcr_member_refer(lcore->fib->members, sender);
	punt(lcore, &out);
}
