/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A group table as plain arrays: the most specific static entry decides, plus each member that
 * joined (S,G) or (*,G) unless its origin excluded S. Whoever is suspended has joined nothing and
 * is configured nowhere. Of peers the model knows nothing there: whatever they say, members receive
 * the same. Which peers want a packet is asked of all keys of each peer.
 */

#ifndef MCR_GROUP_MODEL_H
#define MCR_GROUP_MODEL_H

#define N_GROUPS 4
#define N_SOURCES 3 /* the first is any */
#define N_PREFIXES 4
#define N_HOSTS (N_GROUPS * N_SOURCES)
#define N_KEYS (N_HOSTS + N_PREFIXES + 1) /* the last is broadcast */
#define N_PEERS 3
#define N_MEMBERS 6
#define N_ORIGINS 3

#define BASE IP(239, 192, 0, 0)
#define FIRST_PEER 100

struct wish {
	uint8_t joined;
	uint8_t blocked;
};

struct model {
	struct wish wishes[N_GROUPS][N_SOURCES][N_MEMBERS];
	int configured[N_KEYS]; /* bits of members; -1: no static entry */
	int suspended;          /* likewise */
	enum mcr_interest interests[N_KEYS][N_PEERS];
};

/* The shortest, which is the fallback, first; the longest leaves groups 2 and 3 out. */
static const struct mcr_group_key prefixes[N_PREFIXES] = {
	{0, 0, 0},
	{UINT32_C(0xefc00000), 0, 16},
	{UINT32_C(0xefc00000), 0, 24},
	{UINT32_C(0xefc00000), 0, 31},
};

/* Of packets: in the table, in prefixes only, in none, broadcast. */
static const uint32_t addresses[] = {BASE, BASE + 1, BASE + 2, BASE + 3, BASE + 4, BASE + 256,
	IP(239, 193, 0, 0), MCR_GROUP_BROADCAST};

static inline uint32_t
host(uint32_t g, uint32_t s)
{
	return g * N_SOURCES + s;
}

static inline struct mcr_group_key
key_at(uint32_t k)
{
	const uint32_t g = k / N_SOURCES, s = k % N_SOURCES;

	if (k < N_HOSTS)
		return source_group(s == 0 ? 0 : S1 + s, BASE + g);
	return k == N_KEYS - 1 ? group(MCR_GROUP_BROADCAST) : prefixes[k - N_HOSTS];
}

static inline bool
covers(struct mcr_group_key key, struct mcr_flow flow)
{
	if (key.length == 32)
		return key.group == flow.group && (key.source == 0 || key.source == flow.source);
	if (flow.group == MCR_GROUP_BROADCAST)
		return false;
	return key.length == 0 || (key.group ^ flow.group) >> (32 - key.length) == 0;
}

static inline bool
is_named(const struct model *model, uint32_t g, uint32_t s, int suspended)
{
	for (uint32_t m = 0; m < N_MEMBERS; m++) {
		const struct wish wish = model->wishes[g][s][m];

		if ((suspended >> m & 1) == 0 && (wish.joined | wish.blocked) != 0)
			return true;
	}
	return model->configured[host(g, s)] >= 0;
}

static inline bool
exists(const struct model *model, uint32_t g, uint32_t s)
{
	return is_named(model, g, s, model->suspended);
}

static inline int
configured_of(const struct model *model, uint32_t k)
{
	return model->configured[k] < 0 ? -1 : model->configured[k] & ~model->suspended;
}

/* But the fallback. */
static inline int
longest_prefix(const struct model *model, uint32_t address)
{
	for (uint32_t i = N_PREFIXES - 1; i > 0; i--) {
		if (covers(prefixes[i], (struct mcr_flow){S1, address}) &&
			model->configured[N_HOSTS + i] >= 0)
			return configured_of(model, N_HOSTS + i);
	}
	return -1;
}

static inline int
joined_of(const struct model *model, uint32_t g, uint32_t s)
{
	int members = 0;

	for (uint32_t m = 0; m < N_MEMBERS; m++) {
		unsigned int why = model->wishes[g][s][m].joined;

		if (s != 0)
			why |= model->wishes[g][0][m].joined & ~model->wishes[g][s][m].blocked;
		members |= (why != 0) << m;
	}
	return members & ~model->suspended;
}

static inline int
expected_of(const struct model *model, uint32_t g, uint32_t s)
{
	int members = -1, joined = joined_of(model, g, s);
	const int fallback = configured_of(model, N_HOSTS);

	if (s != 0)
		members = configured_of(model, host(g, s));
	if (members < 0)
		members = configured_of(model, host(g, 0));
	if (members < 0)
		members = longest_prefix(model, BASE + g);
	if (members < 0 && joined == 0 && !exists(model, g, 0))
		return fallback < 0 && exists(model, g, s) ? 0 : fallback;
	return (members < 0 ? 0 : members) | joined;
}

/* Of any packet. */
static inline int
expected_of_flow(const struct model *model, struct mcr_flow flow)
{
	int members;

	if (flow.group == MCR_GROUP_BROADCAST)
		return configured_of(model, N_KEYS - 1);
	if (flow.group - BASE < N_GROUPS)
		return expected_of(model, flow.group - BASE, flow.source - S1);
	members = longest_prefix(model, flow.group);
	return members >= 0 ? members : configured_of(model, N_HOSTS);
}

static inline uint32_t
specificity(struct mcr_group_key key)
{
	return key.length + (key.source != 0);
}

/* The most specific of a peer's own keys decides. NONE: no key of it covers the packet. */
static inline enum mcr_interest
interest_of_peer(const struct model *model, struct mcr_flow flow, uint32_t peer)
{
	enum mcr_interest interest = MCR_INTEREST_NONE;
	uint32_t best = 0;

	for (uint32_t k = 0; k < N_KEYS; k++) {
		const struct mcr_group_key key = key_at(k);

		if (model->interests[k][peer] == MCR_INTEREST_NONE || !covers(key, flow))
			continue;
		if (interest != MCR_INTEREST_NONE && specificity(key) < best)
			continue;
		interest = model->interests[k][peer];
		best = specificity(key);
	}
	return interest;
}

static inline enum mcr_interest
own_interest(const struct model *model, uint32_t k)
{
	const uint32_t g = k / N_SOURCES, s = k % N_SOURCES;
	int members = configured_of(model, k);

	if (k < N_HOSTS)
		members = exists(model, g, s) ? expected_of(model, g, s) : -1;
	if (members < 0)
		return MCR_INTEREST_NONE;
	return members == 0 ? MCR_INTEREST_EMPTY : MCR_INTEREST_WANTS;
}

static inline bool
has_peers(const struct model *model, uint32_t k)
{
	for (uint32_t p = 0; p < N_PEERS; p++) {
		if (model->interests[k][p] != MCR_INTEREST_NONE)
			return true;
	}
	return false;
}

/* Whoever names it, suspended or not. */
static inline bool
has_entry(const struct model *model, uint32_t k)
{
	if (k < N_HOSTS && is_named(model, k / N_SOURCES, k % N_SOURCES, 0))
		return true;
	return model->configured[k] >= 0 || has_peers(model, k);
}

/* The fallback and broadcast are not listed. */
static inline uint32_t
expected_count(const struct model *model)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < N_KEYS - 1; k++)
		count += k != N_HOSTS && has_entry(model, k);
	return count;
}

#endif
