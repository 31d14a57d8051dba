/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Members that are suspended: lists and entries are as without them, and what they joined is kept.
 */

#include <errno.h>

#include <rte_debug.h>

#include "internal.h"

void
mcr_group_suspend(struct mcr_group_table *table, uint32_t member, bool suspended)
{
	RTE_ASSERT(member < table->n_members);
	if (is_suspended(table, member) == suspended)
		return;
	table->standings[member] ^= STANDING_SUSPENDED;
	table->standings[member] |= STANDING_CHANGED(table->work);
	table->n_suspended += suspended ? 1 : -1;
	table->suspensions++;
	table->suspension[table->work] = (struct group_suspension){.is_pending = true};
}

/* Once for each list, however many members were suspended, and however many entries share it. */
static uint8_t
find_standings(struct mcr_group_table *table, struct mcr_group_list *list)
{
	uint8_t standings = 0;

	if (list->suspensions == table->suspensions)
		return list->standings;
	for (uint32_t i = 0; i < list->receivers.count; i++)
		standings |= table->standings[list->receivers.at[i].member];
	list->suspensions = table->suspensions;
	list->standings = standings;
	list->is_rest_made = false;
	if ((standings & STANDING_SUSPENDED) == 0) {
		mcr_group_list_drop(table, list->rest);
		list->rest = NULL;
	}
	return standings;
}

static uint32_t
copy_rest(const struct mcr_group_table *table, const struct mcr_receivers *receivers,
	struct mcr_receiver *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < receivers->count; i++) {
		out[n] = receivers->at[i];
		n += !is_suspended(table, out[n].member);
	}
	return n;
}

/* Without a pause, in which other work might suspend members. */
static struct mcr_group_list *
share_at_once(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n,
	struct group_terms terms)
{
	const bool must_not_pause = table->must_not_pause;
	struct mcr_group_list *list;

	table->must_not_pause = true;
	list = group_list_share(table, receivers, n, terms);
	table->must_not_pause = must_not_pause;
	return list;
}

/* Unless it is what it was. */
static bool
make_rest(struct mcr_group_table *table, struct mcr_group_list *list)
{
	struct mcr_receiver *receivers = group_list_scratch(table, list->receivers.count);
	struct mcr_group_list *rest;
	uint32_t n;

	if (receivers == NULL)
		return false;
	n = copy_rest(table, &list->receivers, receivers);
	if (list->rest == NULL || !group_list_is(list->rest, receivers, n, terms_of(list))) {
		rest = share_at_once(table, receivers, n, terms_of(list));
		if (rest == NULL)
			return false;
		mcr_group_list_drop(table, list->rest);
		list->rest = rest;
	}
	list->is_rest_made = true;
	return true;
}

const struct mcr_group_list *
group_list_rest(struct mcr_group_table *table, struct mcr_group_list *list)
{
	if (table->n_suspended == 0 || (find_standings(table, list) & STANDING_SUSPENDED) == 0)
		return list;
	if (!list->is_rest_made && !make_rest(table, list))
		return NULL;
	return list->rest;
}

bool
group_entry_speaks(const struct mcr_group_table *table, const struct group_entry *entry)
{
	if (table->n_suspended == 0 || entry->configured != NULL)
		return has_own_content(entry);
	for (uint32_t i = 0; i < count_memberships(entry->joined); i++) {
		if (!is_suspended(table, entry->joined->at[i].receiver.member))
			return true;
	}
	return false;
}

static bool
has_changed_joiner(const struct mcr_group_table *table, const struct group_memberships *joined)
{
	for (uint32_t i = 0; i < count_memberships(joined); i++) {
		if ((table->standings[joined->at[i].receiver.member] &
			    STANDING_CHANGED(table->work)) != 0)
			return true;
	}
	return false;
}

static bool
has_changed(struct mcr_group_table *table, struct mcr_group_list *list)
{
	return list != NULL && (find_standings(table, list) & STANDING_CHANGED(table->work)) != 0;
}

/* While a configuration is on its way, packets go to those of the one before. */
static bool
lists_changed(struct mcr_group_table *table, uint32_t id)
{
	const uint32_t decider = group_entry_decider(table, id);

	return has_changed(table, published_list(table, id)) ||
	       (decider != MCR_GROUP_NONE &&
		       has_changed(table, table->entries[decider].configured));
}

/* Who joins (*,G) or not may also change what decides its (S,G). */
static void
touch_if_concerned(struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];

	if (!is_in_use(entry))
		return;
	if (has_changed_joiner(table, entry->joined))
		group_entry_touch(table, id, GROUP_LOCAL);
	else if (lists_changed(table, id))
		group_entry_touch_one(table, id, GROUP_LOCAL);
}

int
group_suspension_sweep(struct mcr_group_table *table)
{
	struct group_suspension *suspension = &table->suspension[table->work];

	while (suspension->is_pending && suspension->next < table->used_ids) {
		touch_if_concerned(table, suspension->next++);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	for (uint32_t i = 0; suspension->is_pending && i < table->n_members; i++)
		table->standings[i] &= ~STANDING_CHANGED(table->work);
	suspension->is_pending = false;
	return 0;
}
