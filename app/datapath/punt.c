/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include "datapath/punt.h"
#include "datapath/punt_account.h"
#include "datapath/refuse.h"
#include "fib/fib.h"

struct mcr_punt_accounts *
mcr_punt_accounts_create(uint32_t max_members)
{
	const size_t count = MCR_PUNT_CLASSES * ((size_t)max_members + MCR_PUNT_ACCOUNTS_OF_OTHERS);
	struct mcr_punt_accounts *accounts =
		calloc(1, sizeof(*accounts) + count * sizeof(accounts->at[0]));

	if (accounts != NULL)
		accounts->max_members = max_members;
	return accounts;
}

void
mcr_punt_account_start_member(struct mcr_punt_accounts *accounts, uint32_t id)
{
	for (unsigned int class = 0; class < MCR_PUNT_CLASSES; class ++) {
		struct mcr_punt_account *account =
			&accounts->at[mcr_punt_account_of(accounts, class, id, 0)];

		__atomic_store_n(&account->paid_at, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&account->cost, 0, __ATOMIC_RELAXED);
	}
}

static struct mcr_punt_account *
find_account(struct mcr_punt_accounts *accounts, enum mcr_punt_class class,
	const struct mcr_packet *packet, struct mcr_punt *out)
{
	/* ARP has no outer source. */
	const uint64_t source = packet->outer_source != 0 ? packet->outer_source
	                                                  : mcr_source_of(&packet->source_mac);

	out->account = mcr_punt_account_of(accounts, class, out->sender.id, source);
	return &accounts->at[out->account];
}

static void
refuse_by_limit(
	struct mcr_lcore *lcore, const struct mcr_packet *packet, const struct mcr_punt *out)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, out->sender.id);

	if (member != NULL)
		mcr_refuse_member(lcore, out->frame, packet, member, MCR_DROP_RATE_LIMITED);
	else
		mcr_refuse_packet(lcore, out->frame, packet, MCR_DROP_RATE_LIMITED);
}

bool
mcr_punt_queue(struct mcr_lcore *lcore, const struct mcr_packet *packet, struct mcr_punt *out)
{
	const enum mcr_punt_class class = mcr_punt_class_of(out->punt, out->sender.id);
	struct rte_ring *const ring = lcore->rings->punt[class];
	struct mcr_punt_account *account = find_account(lcore->rings->accounts, class, packet, out);
	/* No sender fills the ring alone. */
	const uint32_t most = rte_ring_get_capacity(ring) / 2;

	if (!mcr_punt_account_enter(account, most, lcore->rx.now)) {
		refuse_by_limit(lcore, packet, out);
	} else if (rte_ring_enqueue_elem(ring, out, sizeof(*out)) != 0) {
		mcr_punt_account_leave(account);
		mcr_refuse_silently(lcore, out->frame, MCR_DROP_RING_FULL);
	} else {
		return true;
	}
	mcr_stats_add(&lcore->punt_drops[class], 1);
	return false;
}
