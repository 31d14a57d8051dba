/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* For tests and benches: a static entry with a list of its own. */

#ifndef MCR_GROUP_SET_LIST_H
#define MCR_GROUP_SET_LIST_H

#include "mcr_group.h"

static inline struct mcr_group_list *
get_list(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n_receivers,
	const struct mcr_sender *senders, uint32_t n_senders, uint8_t priority)
{
	return mcr_group_list_get(table, receivers, n_receivers,
		&(struct mcr_group_terms){
			.senders = senders, .n_senders = n_senders, .priority = priority});
}

static inline int
set_list(struct mcr_group_table *table, const struct mcr_group_key *key,
	const struct mcr_receiver *receivers, uint32_t n_receivers,
	const struct mcr_sender *senders, uint32_t n_senders)
{
	struct mcr_group_list *list = get_list(
		table, receivers, n_receivers, senders, n_senders, MCR_GROUP_PRIORITY_DEFAULT);
	const int ret = mcr_group_static_set(table, key, list);

	mcr_group_list_drop(table, list);
	return ret;
}

#endif
