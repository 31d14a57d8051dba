/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * An exhaustive search: every state that follows from the first one, breadth first, so that what
 * is wrong is found with one of the shortest ways to it.
 *
 * Who includes this defines struct state, of bytes without padding, and:
 *
 *     begin(state)      the first state
 *     proceed(state)    offers each state that may follow, by explore_offer()
 *     complete(state)   what happens at once in a state that is offered
 *     find_fault(state) NULL, or what is wrong with a state
 *     find_fault_at_rest(state)  likewise, of a state after which nothing need happen
 *     print(state), name_event(event)
 *
 * Of a state that was seen its hash is kept: two states in 2^64 are one.
 */

#ifndef MCR_PLACEMENT_EXPLORE_H
#define MCR_PLACEMENT_EXPLORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct label {
	uint8_t event;
	uint8_t who;
	uint8_t whom;
	bool is_forced; /* happens in the end, if nothing else does */
};

/* How a state was first got into. */
struct visit {
	uint32_t parent;
	struct label label;
};

static void
begin(struct state *state);
static void
proceed(const struct state *state);
static void
complete(struct state *state);
static const char *
find_fault(const struct state *state);
static const char *
find_fault_at_rest(const struct state *state);
static void
print(const struct state *state);
static const char *
name_event(uint8_t event);

static struct explorer {
	uint32_t most; /* states */
	struct visit *visits;
	uint32_t count;
	uint32_t room;
	uint64_t *hashes; /* of them; 0: free */
	uint32_t mask;
	struct state *frontier; /* a ring of the states from `at` on */
	uint32_t frontier_mask;
	uint32_t at;
	struct state current;
	bool goes_on;
	const char *fault;
	uint32_t faulty;

	/* A way is gone again: only the state with this label counts. */
	const struct label *wanted;
	struct state found;
} x;

static uint64_t
hash_state(const struct state *state)
{
	const uint8_t *bytes = (const uint8_t *)state;
	uint64_t hash = sizeof(*state), word = 0;

	for (size_t i = 0; i < sizeof(*state); i += sizeof(word)) {
		memcpy(&word, bytes + i, RTE_MIN(sizeof(word), sizeof(*state) - i));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash != 0 ? hash : 1;
}

static void
grow_frontier(void)
{
	const uint32_t mask = 2 * x.frontier_mask + 1;
	struct state *frontier = malloc((mask + UINT64_C(1)) * sizeof(*frontier));

	for (uint32_t i = x.at; i < x.count; i++)
		frontier[i & mask] = x.frontier[i & x.frontier_mask];
	free(x.frontier);
	x.frontier = frontier;
	x.frontier_mask = mask;
}

static bool
add_hash(uint64_t *hashes, uint32_t mask, uint64_t hash)
{
	uint32_t at = hash & mask;

	for (; hashes[at] != 0; at = (at + 1) & mask)
		if (hashes[at] == hash)
			return false;
	hashes[at] = hash;
	return true;
}

static void
grow_hashes(void)
{
	const uint32_t mask = 2 * x.mask + 1;
	uint64_t *hashes = calloc(mask + UINT64_C(1), sizeof(*hashes));

	for (uint32_t i = 0; i <= x.mask; i++)
		if (x.hashes[i] != 0)
			add_hash(hashes, mask, x.hashes[i]);
	free(x.hashes);
	x.hashes = hashes;
	x.mask = mask;
}

static void
grow_visits(void)
{
	x.room = x.room == 0 ? 1024 : 2 * x.room;
	x.visits = reallocarray(x.visits, x.room, sizeof(*x.visits));
}

static void
visit(const struct state *state, uint32_t parent, struct label label)
{
	if (x.count == x.most || !add_hash(x.hashes, x.mask, hash_state(state)))
		return;
	if (x.count > x.mask / 4 * 3)
		grow_hashes();
	if (x.count - x.at > x.frontier_mask)
		grow_frontier();
	if (x.count == x.room)
		grow_visits();
	x.frontier[x.count & x.frontier_mask] = *state;
	x.visits[x.count] = (struct visit){parent, label};
	if (x.fault == NULL) {
		x.fault = find_fault(state);
		x.faulty = x.count;
	}
	x.count++;
}

static void
explore_offer(struct state next, struct label label)
{
	complete(&next);
	if (memcmp(&next, &x.current, sizeof(next)) == 0)
		return;
	x.goes_on = x.goes_on || label.is_forced;
	if (x.wanted == NULL)
		visit(&next, x.at, label);
	else if (memcmp(&label, x.wanted, sizeof(label)) == 0)
		x.found = next;
}

static struct state
find_first(void)
{
	struct state state;

	memset(&state, 0, sizeof(state));
	begin(&state);
	complete(&state);
	return state;
}

static void
print_way(void)
{
	uint32_t way[1000] = {0}, length = 0;

	for (uint32_t i = x.faulty; i != 0 && length < RTE_DIM(way); i = x.visits[i].parent)
		way[length++] = i;
	x.current = find_first();
	while (length-- > 0) {
		const struct label *label = &x.visits[way[length]].label;

		x.wanted = label;
		proceed(&x.current);
		x.current = x.found;
		printf("    %c %-24s %c ", 'A' + label->who, name_event(label->event),
			label->whom == label->who ? ' ' : 'A' + label->whom);
		print(&x.current);
	}
	x.wanted = NULL;
}

/** @return NULL: nothing is wrong with any state. */
static const char *
explore(uint32_t most)
{
	const struct state first = find_first();

	x = (struct explorer){.most = most, .frontier_mask = 1023, .mask = 1023};
	x.hashes = calloc(x.mask + UINT64_C(1), sizeof(*x.hashes));
	x.frontier = malloc((x.frontier_mask + 1) * sizeof(*x.frontier));
	visit(&first, 0, (struct label){0});
	for (; x.at < x.count && x.count < x.most && x.fault == NULL; x.at++) {
		x.current = x.frontier[x.at & x.frontier_mask];
		x.goes_on = false;
		proceed(&x.current);
		if (x.goes_on || x.fault != NULL)
			continue;
		x.fault = find_fault_at_rest(&x.current);
		x.faulty = x.at;
	}
	free(x.hashes);
	free(x.frontier);
	return x.fault;
}

static void
explore_end(void)
{
	free(x.visits);
	x.visits = NULL;
}

#endif
