/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/hello_list.h"

/* Those between them are in the range, too. */
static void
note_range(
	struct mcr_hello_list *list, uint32_t first, uint32_t last, uint8_t rounds, uint64_t now_us)
{
	const bool is_first = list->unaware == 0 && list->rounds == 0;

	list->is_stale = true;
	list->first_changed = is_first ? first : RTE_MIN(list->first_changed, first);
	list->last_changed = is_first ? last : RTE_MAX(list->last_changed, last);
	list->rounds = rounds;
	list->round_at = now_us;
}

void
mcr_hello_list_note(struct mcr_hello_list *list, const struct mcr_peer *peer, uint64_t now_us)
{
	note_range(list, peer->hub, peer->hub, peer->session.self.multiplier, now_us);
}

void
mcr_hello_list_note_servings(
	struct mcr_hello_list *list, const struct mcr_peers *peers, uint64_t now_us)
{
	const uint32_t servings = __atomic_load_n(&peers->servings, __ATOMIC_ACQUIRE);

	if (servings == list->servings)
		return;
	list->servings = servings;
	note_range(list, 0, UINT32_MAX, __atomic_load_n(&peers->hello_multiplier, __ATOMIC_RELAXED),
		now_us);
}

/* Whom a round has not reached yet, the next one does: it goes on where that was. */
bool
mcr_hello_list_begin_round(
	struct mcr_hello_list *list, const struct mcr_peers *peers, uint64_t now_us)
{
	if (list->rounds != 0 && now_us >= list->round_at) {
		list->unaware = __atomic_load_n(&peers->end, __ATOMIC_ACQUIRE);
		list->rounds = list->pages == 1 ? 0 : list->rounds - 1;
		list->round_at = now_us + __atomic_load_n(&peers->hello_us, __ATOMIC_RELAXED);
	}
	return list->unaware != 0;
}

static uint16_t
count_pages(const struct mcr_hello_list *list, uint16_t room)
{
	return RTE_MAX((list->count + room - 1) / room, 1);
}

static void
append_peer(struct mcr_hello_list *list, const struct mcr_peer *peer)
{
	mcr_write_be32(list->ids + list->count * sizeof(uint32_t), peer->hub);
	list->count++;
}

/* One that serves nobody, as after a restart, need not be known: it would seem to be alive as what
 * it was. */
static bool
is_listed(const struct mcr_peer *peer)
{
	return mcr_peer_state(peer) == MCR_LINK_UP && mcr_peer_serves(peer);
}

static void
fill(struct mcr_hello_list *list, const struct mcr_fib *fib, const struct mcr_peer_ids *ids)
{
	uint16_t room = MCR_LINK_PAGE_MAX;

	list->count = 0;
	for (uint16_t i = 0; i < ids->count; i++) {
		const struct mcr_peer *peer = mcr_peers_get(fib->peers, ids->index[i]);
		const struct mcr_template *template;

		if (peer == NULL || !is_listed(peer))
			continue;
		append_peer(list, peer);
		template = mcr_member_template(fib->members, peer->member);
		if (template != NULL)
			room = RTE_MIN(room, mcr_hello_list_room(template));
	}
	list->pages = count_pages(list, room);
}

void
mcr_hello_list_renew(struct mcr_hello_list *list, const struct mcr_fib *fib)
{
	const struct mcr_peer_ids *ids = __atomic_load_n(&fib->peers->ids, __ATOMIC_ACQUIRE);

	if (!list->is_stale && list->generation == ids->generation)
		return;
	fill(list, fib, ids);
	list->is_stale = false;
	list->generation = ids->generation;
	list->version++;
}

static uint32_t
id_at(const struct mcr_hello_list *list, uint16_t place)
{
	RTE_ASSERT(place < list->count);
	return mcr_read_be32(list->ids + place * sizeof(uint32_t));
}

struct mcr_link_page
mcr_hello_list_page(const struct mcr_hello_list *list, uint16_t room, uint16_t number)
{
	const uint16_t from = number % count_pages(list, room) * room;
	const uint16_t count = RTE_MIN(list->count - from, room);

	return (struct mcr_link_page){
		.first = from == 0 ? 0 : id_at(list, from - 1) + 1,
		.last = from + count == list->count ? UINT32_MAX : id_at(list, from + count - 1),
		.version = list->version,
		.count = count,
		.ids = list->ids + from * sizeof(uint32_t),
	};
}

uint16_t
mcr_hello_list_find(const struct mcr_hello_list *list, uint16_t room, uint32_t id)
{
	uint16_t from = 0, to = list->count;

	while (from < to) {
		const uint16_t middle = (from + to) / 2;

		if (id_at(list, middle) < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from == list->count ? count_pages(list, room) - 1 : from / room;
}
