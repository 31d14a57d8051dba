/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "fib/peer_list.h"

/* A peer that went down or restarted has said nothing yet. Of one that has not restarted, a hello
 * may be under way that is older than the last. */
static void
begin_session(struct mcr_peer_list *list, uint64_t epoch, uint32_t downs)
{
	for (unsigned int i = 0; i < RTE_DIM(list->carries); i++)
		__atomic_store_n(&list->carries[i], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&list->is_of_all, false, __ATOMIC_RELAXED);
	__atomic_store_n(&list->is_whole, false, __ATOMIC_RELAXED);
	list->is_versioned &= list->epoch == epoch;
	list->generation = 0;
	list->unheard = 0;
	__atomic_store_n(&list->epoch, epoch, __ATOMIC_RELAXED);
	__atomic_store_n(&list->downs, downs, __ATOMIC_RELEASE);
}

/* RFC 1982. */
static bool
is_older(uint16_t version, uint16_t than)
{
	return (int16_t)(version - than) < 0;
}

/* The first position whose id is not below. */
static uint16_t
find_id(const struct mcr_peer_ids *ids, uint32_t id)
{
	uint16_t from = 0, to = ids->count;

	while (from < to) {
		const uint16_t middle = (from + to) / 2;

		if (ids->id[middle] < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* @return Whether it was otherwise. */
static bool
set_bit(struct mcr_peer_list *list, uint16_t index, bool carries)
{
	uint64_t *word = &list->carries[index / 64];
	const uint64_t bit = UINT64_C(1) << index % 64;

	if (((__atomic_load_n(word, __ATOMIC_RELAXED) & bit) != 0) == carries)
		return false;
	if (carries)
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
	return true;
}

/* Both ascend. */
static bool
merge(struct mcr_peer_list *list, const struct mcr_peer_ids *ids, const struct mcr_link_page *page)
{
	bool has_changed = false;
	uint16_t at = 0;

	for (uint16_t i = find_id(ids, page->first); i < ids->count && ids->id[i] <= page->last;
		i++) {
		while (at < page->count && mcr_link_page_id(page, at) < ids->id[i])
			at++;
		has_changed |= set_bit(list, ids->index[i],
			at < page->count && mcr_link_page_id(page, at) == ids->id[i]);
	}
	return has_changed;
}

/* Hellos pass each other, but not so many in sequence: that is a peer whose versions have gone half
 * way round while it was not heard. */
static bool
is_late(struct mcr_peer_list *list, const struct mcr_link_page *page)
{
	if (!list->is_versioned || !is_older(page->version, list->version)) {
		list->late = 0;
		return false;
	}
	if (list->late == MCR_PEER_LIST_LATE_MAX)
		return false;
	list->late++;
	return true;
}

static bool
was_read(const struct mcr_peer_list *list, const struct mcr_peer_ids *ids,
	const struct mcr_link_page *page)
{
	return list->generation == ids->generation && list->version == page->version &&
	       page->first >= list->first && page->last <= list->last;
}

/* Pages come in turn, so the range grows until nothing is left to read. */
static void
note_range(struct mcr_peer_list *list, const struct mcr_peer_ids *ids,
	const struct mcr_link_page *page)
{
	const bool adjoins = list->generation == ids->generation &&
	                     list->version == page->version && page->first > list->first &&
	                     page->first - 1 <= list->last;

	if (!adjoins)
		list->first = page->first;
	list->last = page->last;
	list->generation = ids->generation;
	list->version = page->version;
	list->is_versioned = true;
}

/* Whatever the versions: each page is of its time. */
static void
note_heard(struct mcr_peer_list *list, const struct mcr_link_page *page)
{
	if (page->first <= list->unheard)
		list->unheard = RTE_MAX(list->unheard, (uint64_t)page->last + 1);
	if (list->unheard > UINT32_MAX)
		__atomic_store_n(&list->is_whole, true, __ATOMIC_RELAXED);
}

static int
read_page(struct mcr_peer_list *list, const struct mcr_peer_ids *ids,
	const struct mcr_link_page *page)
{
	bool has_changed;

	if (is_late(list, page) || was_read(list, ids, page))
		return 0;
	if (!mcr_link_page_is_valid(page))
		return -EINVAL;
	has_changed = merge(list, ids, page);
	if (__atomic_exchange_n(&list->is_of_all, false, __ATOMIC_RELAXED))
		has_changed = true;
	note_range(list, ids, page);
	note_heard(list, page);
	return has_changed;
}

static int
note_none(struct mcr_peer_list *list)
{
	__atomic_store_n(&list->is_whole, true, __ATOMIC_RELAXED);
	return !__atomic_exchange_n(&list->is_of_all, true, __ATOMIC_RELAXED);
}

/* A page that is missed for the lock comes again. */
int
mcr_peer_list_read(struct mcr_peer_list *list, uint64_t epoch, uint32_t downs,
	const struct mcr_peer_ids *ids, const struct mcr_link_page *page)
{
	int ret;

	if (!rte_spinlock_trylock(&list->lock))
		return 0;
	if (!mcr_peer_list_is_of(list, epoch, downs))
		begin_session(list, epoch, downs);
	ret = page != NULL ? read_page(list, ids, page) : note_none(list);
	rte_spinlock_unlock(&list->lock);
	return ret;
}

uint16_t
mcr_peer_ids_find(const struct mcr_peer_ids *ids, uint32_t id)
{
	const uint16_t at = find_id(ids, id);

	return at < ids->count && ids->id[at] == id ? ids->index[at] : MCR_PEERS_MAX;
}

static void
append_id(struct mcr_peer_ids *ids, uint32_t id, uint16_t index)
{
	RTE_ASSERT(ids->count < MCR_PEERS_MAX && (ids->count == 0 || ids->id[ids->count - 1] < id));
	ids->id[ids->count] = id;
	ids->index[ids->count++] = index;
}

void
mcr_peer_ids_add(
	struct mcr_peer_ids *ids, const struct mcr_peer_ids *others, uint32_t id, uint16_t index)
{
	const uint16_t at = find_id(others, id);

	ids->count = 0;
	for (uint16_t i = 0; i < at; i++)
		append_id(ids, others->id[i], others->index[i]);
	append_id(ids, id, index);
	for (uint16_t i = at; i < others->count; i++)
		append_id(ids, others->id[i], others->index[i]);
}

void
mcr_peer_ids_remove(struct mcr_peer_ids *ids, const struct mcr_peer_ids *others, uint16_t index)
{
	ids->count = 0;
	for (uint16_t i = 0; i < others->count; i++) {
		if (others->index[i] != index)
			append_id(ids, others->id[i], others->index[i]);
	}
}
