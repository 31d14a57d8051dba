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

#define N_GROUPS 8  /* half of them are IPv6 */
#define N_SOURCES 3 /* the first is any */
#define N_PREFIXES 8
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

/* Both families alike: an IPv4 address is mapped (RFC 4291 2.5.5.2). No source: any. */
struct model_key {
	struct in6_addr group;
	struct in6_addr source;
	uint8_t length;
};

struct packet {
	struct in6_addr group;
	uint32_t s; /* its source */
};

static const struct in6_addr any = IN6ADDR_ANY_INIT;
static const struct in6_addr base6 = {.s6_addr = {0xff, 0x3e, [12] = 0x80}}; /* ff3e::8000:0 */
static const struct in6_addr first_source6 = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};

/* The shortest, which is the fallback, first; the longest of each family leaves two groups out. */
static const struct {
	const char *address;
	uint8_t length;
} prefixes[N_PREFIXES] = {
	{"::", 0},
	{"ff30::", 12},
	{"ff3e::", 64},
	{"::ffff:239.192.0.0", 96 + 16},
	{"ff3e::8000:0", 112},
	{"::ffff:239.192.0.0", 96 + 24},
	{"ff3e::8000:0", 127},
	{"::ffff:239.192.0.0", 96 + 31},
};

/* Of packets: in the table, in prefixes only, in none, broadcast. */
static const char *const addresses[] = {"::ffff:239.192.0.0", "::ffff:239.192.0.1",
	"::ffff:239.192.0.2", "::ffff:239.192.0.3", "::ffff:239.192.0.4", "::ffff:239.192.1.0",
	"::ffff:239.193.0.0", "::ffff:255.255.255.255", "ff3e::8000:0", "ff3e::8000:1",
	"ff3e::8000:2", "ff3e::8000:3", "ff3e::8000:4", "ff3e::8001:0", "ff3e:1::1", "ff05::1"};

static inline struct in6_addr
parse(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static inline struct in6_addr
mapped(uint32_t ipv4)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, 0xff}};

	address.s6_addr32[3] = htonl(ipv4);
	return address;
}

static inline bool
is_same(struct in6_addr first, struct in6_addr second)
{
	return memcmp(&first, &second, sizeof(first)) == 0;
}

static inline struct in6_addr
group_address(uint32_t g)
{
	struct in6_addr address = base6;

	if (g < N_GROUPS / 2)
		return mapped(BASE + g);
	address.s6_addr[15] = g - N_GROUPS / 2;
	return address;
}

static inline struct in6_addr
source_address(struct in6_addr group, uint32_t s)
{
	struct in6_addr address = first_source6;

	if (IN6_IS_ADDR_V4MAPPED(&group))
		return mapped(S1 + s);
	address.s6_addr[15] += s;
	return address;
}

static inline uint32_t
host(uint32_t g, uint32_t s)
{
	return g * N_SOURCES + s;
}

static inline struct model_key
make_key(uint32_t k)
{
	const uint32_t g = k / N_SOURCES, s = k % N_SOURCES;
	const uint32_t i = k - N_HOSTS;

	if (k < N_HOSTS)
		return (struct model_key){
			group_address(g), s == 0 ? any : source_address(group_address(g), s), 128};
	if (k == N_KEYS - 1)
		return (struct model_key){mapped(MCR_GROUP_BROADCAST), any, 128};
	return (struct model_key){parse(prefixes[i].address), any, prefixes[i].length};
}

static struct model_key keys[N_KEYS];

static inline void
make_keys(void)
{
	for (uint32_t k = 0; k < N_KEYS; k++)
		keys[k] = make_key(k);
}

static inline bool
covers(struct model_key key, struct packet packet)
{
	if (!is_same(key.source, any) &&
		!is_same(key.source, source_address(packet.group, packet.s)))
		return false;
	if (is_same(packet.group, mapped(MCR_GROUP_BROADCAST)))
		return key.length == 128 && is_same(key.group, packet.group);
	if (memcmp(&key.group, &packet.group, key.length / 8) != 0)
		return false;
	for (uint32_t i = key.length / 8 * 8; i < key.length; i++) {
		const int differ = key.group.s6_addr[i / 8] ^ packet.group.s6_addr[i / 8];

		if ((differ >> (7 - i % 8) & 1) != 0)
			return false;
	}
	return true;
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
longest_prefix(const struct model *model, struct packet packet)
{
	for (uint32_t i = N_PREFIXES - 1; i > 0; i--) {
		if (covers(keys[N_HOSTS + i], packet) && model->configured[N_HOSTS + i] >= 0)
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
		members = longest_prefix(model, (struct packet){group_address(g), s});
	if (members < 0 && joined == 0 && !exists(model, g, 0))
		return fallback < 0 && exists(model, g, s) ? 0 : fallback;
	return (members < 0 ? 0 : members) | joined;
}

/* Of any packet. */
static inline int
expected_of_packet(const struct model *model, struct packet packet)
{
	int members;

	if (is_same(packet.group, mapped(MCR_GROUP_BROADCAST)))
		return configured_of(model, N_KEYS - 1);
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		if (is_same(packet.group, group_address(g)))
			return expected_of(model, g, packet.s);
	}
	members = longest_prefix(model, packet);
	return members >= 0 ? members : configured_of(model, N_HOSTS);
}

static inline uint32_t
specificity(struct model_key key)
{
	return key.length + !is_same(key.source, any);
}

/* The most specific of a peer's own keys decides. NONE: no key of it covers the packet. */
static inline enum mcr_interest
interest_of_peer(const struct model *model, struct packet packet, uint32_t peer)
{
	enum mcr_interest interest = MCR_INTEREST_NONE;
	uint32_t best = 0;

	for (uint32_t k = 0; k < N_KEYS; k++) {
		if (model->interests[k][peer] == MCR_INTEREST_NONE || !covers(keys[k], packet))
			continue;
		if (interest != MCR_INTEREST_NONE && specificity(keys[k]) < best)
			continue;
		interest = model->interests[k][peer];
		best = specificity(keys[k]);
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
