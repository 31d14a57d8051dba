/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include <mcr_address.h>
#include <mcr_encap.h>
#include <mcr_hash.h>

#include "datapath/rx_stream.h"
#include "fib/fib.h"

/* A place changes at most once a burst. */
#define READ_ATTEMPTS 16

static uint64_t
read_word(const uint8_t *address, unsigned int i)
{
	uint64_t word;

	memcpy(&word, address + i * sizeof(word), sizeof(word));
	return word;
}

static void
store_address(uint64_t to[2], const uint8_t *address)
{
	for (unsigned int i = 0; i < 2; i++)
		__atomic_store_n(&to[i], read_word(address, i), __ATOMIC_RELEASE);
}

static struct in6_addr
load_address(const uint64_t from[2])
{
	const uint64_t words[2] = {__atomic_load_n(&from[0], __ATOMIC_ACQUIRE),
		__atomic_load_n(&from[1], __ATOMIC_ACQUIRE)};
	struct in6_addr address;

	memcpy(&address, words, sizeof(address));
	return address;
}

static bool
has_address(const uint64_t place[2], const uint8_t *address)
{
	return place[0] == read_word(address, 0) && place[1] == read_word(address, 1);
}

/*
 * The stream changes under an odd version. The fields are stored with release order, so no reader
 * sees one before the odd version; a reader that loads one with acquire order then sees the version
 * changed.
 */
struct mcr_stream_place *
mcr_stream_begin(struct mcr_stream_place *set, struct mcr_member_ref sender, struct mcr_flow flow,
	const uint8_t *ip, uint64_t now)
{
	struct mcr_stream_place *place = set;

	for (unsigned int way = 1; way < MCR_STREAM_WAYS; way++)
		place = set[way].seen < place->seen ? &set[way] : place;
	RTE_ASSERT((place->version & 1) == 0);
	__atomic_store_n(&place->version, place->version + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&place->group, flow.group, __ATOMIC_RELEASE);
	__atomic_store_n(&place->source, flow.source, __ATOMIC_RELEASE);
	__atomic_store_n(&place->seen, now, __ATOMIC_RELEASE);
	__atomic_store_n(&place->sender, sender.id, __ATOMIC_RELEASE);
	__atomic_store_n(&place->generation, sender.generation, __ATOMIC_RELEASE);
	__atomic_store_n(&place->packets, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&place->bytes, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&place->samples, 0, __ATOMIC_RELEASE);
	if (ip != NULL) {
		store_address(place->ipv6_group, ip + MCR_IPV6_DESTINATION);
		store_address(place->ipv6_source, ip + MCR_IPV6_SOURCE);
	}
	__atomic_store_n(&place->version, place->version + 1, __ATOMIC_RELEASE);
	return place;
}

/* Groups with the same part of a hash are told apart by their addresses. */
static uint32_t
stand_in_of(const uint8_t *group)
{
	return (mcr_hash(read_word(group, 0), read_word(group, 1)) % MCR_ADDRESS_IPV6_MAX) + 1;
}

static struct mcr_stream_place *
find_ipv6(struct mcr_streams *streams, uint32_t sender, const uint8_t *ip, uint64_t now)
{
	const uint8_t *const group = ip + MCR_IPV6_DESTINATION;
	const struct mcr_flow flow = {.group = stand_in_of(group)};
	const struct mcr_member_ref ref = {
		sender, __atomic_load_n(&streams->generations[sender], __ATOMIC_ACQUIRE)};
	struct mcr_stream_place *set = streams->at[mcr_stream_set(sender, flow.group)];

	for (unsigned int way = 0; way < MCR_STREAM_WAYS; way++) {
		if (set[way].group == flow.group && set[way].sender == sender &&
			set[way].generation == ref.generation &&
			has_address(set[way].ipv6_group, group))
			return &set[way];
	}
	return mcr_stream_begin(set, ref, flow, ip, now);
}

void
mcr_stream_note_ipv6(struct mcr_lcore *lcore, uint32_t sender, const uint8_t *ip, uint32_t packets,
	uint32_t bytes)
{
	struct mcr_stream_place *place = find_ipv6(lcore->rx.streams, sender, ip, lcore->rx.now);

	if (!has_address(place->ipv6_source, ip + MCR_IPV6_SOURCE)) {
		__atomic_store_n(&place->version, place->version + 1, __ATOMIC_RELAXED);
		store_address(place->ipv6_source, ip + MCR_IPV6_SOURCE);
		__atomic_store_n(&place->version, place->version + 1, __ATOMIC_RELEASE);
	}
	mcr_stats_add_pair(&place->packets, packets, bytes);
	__atomic_store_n(&place->seen, lcore->rx.now, __ATOMIC_RELAXED);
	mcr_stats_add(&place->samples, 1);
}

static bool
read_once(const struct mcr_stream_place *place, struct mcr_stream *stream)
{
	const uint32_t version = __atomic_load_n(&place->version, __ATOMIC_ACQUIRE);

	*stream = (struct mcr_stream){
		.sender = {.id = __atomic_load_n(&place->sender, __ATOMIC_ACQUIRE),
			.generation = __atomic_load_n(&place->generation, __ATOMIC_ACQUIRE)},
		.flow = {.source = __atomic_load_n(&place->source, __ATOMIC_ACQUIRE),
			.group = __atomic_load_n(&place->group, __ATOMIC_ACQUIRE)},
		.ipv6_group = load_address(place->ipv6_group),
		.ipv6_source = load_address(place->ipv6_source),
		.samples = __atomic_load_n(&place->samples, __ATOMIC_ACQUIRE),
		.packets = __atomic_load_n(&place->packets, __ATOMIC_ACQUIRE),
		.bytes = __atomic_load_n(&place->bytes, __ATOMIC_ACQUIRE),
		.seen = __atomic_load_n(&place->seen, __ATOMIC_ACQUIRE),
	};
	return (version & 1) == 0 && __atomic_load_n(&place->version, __ATOMIC_RELAXED) == version;
}

static bool
read_place(const struct mcr_stream_place *place, struct mcr_stream *stream)
{
	for (unsigned int i = 0; i < READ_ATTEMPTS; i++) {
		if (read_once(place, stream))
			return stream->samples != 0;
	}
	return false;
}

static bool
is_same(const struct mcr_stream *a, const struct mcr_stream *b)
{
	if (a->sender.id != b->sender.id || a->sender.generation != b->sender.generation ||
		a->flow.group != b->flow.group)
		return false;
	return !mcr_stream_is_ipv6(a) ||
	       memcmp(&a->ipv6_group, &b->ipv6_group, sizeof(a->ipv6_group)) == 0;
}

/* NICs spread the packets of one sender over queues by their addresses. */
static uint32_t
merge(struct mcr_stream *streams, uint32_t count, const struct mcr_stream *more)
{
	struct mcr_stream *stream = streams;

	while (stream < streams + count && !is_same(stream, more))
		stream++;
	if (stream == streams + count) {
		*stream = *more;
		return count + 1;
	}
	stream->samples += more->samples;
	stream->packets += more->packets;
	stream->bytes += more->bytes;
	if (more->seen > stream->seen) {
		stream->flow = more->flow;
		stream->ipv6_source = more->ipv6_source;
		stream->seen = more->seen;
	}
	return count;
}

static bool
is_shown(const struct mcr_fib *fib, const struct mcr_stream *stream, uint64_t now)
{
	/* Clocks of cores differ. */
	const uint64_t idle = now > stream->seen ? now - stream->seen : 0;

	return mcr_member_is_current(fib->members, stream->sender) &&
	       idle < MCR_STREAM_KEEP_S * rte_get_timer_hz();
}

uint32_t
mcr_stream_read(
	const struct mcr_workers *workers, uint32_t set, uint64_t now, struct mcr_stream *streams)
{
	struct mcr_stream stream;
	uint32_t count = 0;

	RTE_ASSERT(set < MCR_STREAM_SETS);
	for (uint16_t i = 0; i < workers->count; i++) {
		const struct mcr_lcore *lcore = &workers->lcores[i];
		const struct mcr_streams *table = lcore->rx.streams;

		for (unsigned int way = 0; table != NULL && way < MCR_STREAM_WAYS; way++) {
			if (read_place(&table->at[set][way], &stream) &&
				is_shown(lcore->fib, &stream, now)) {
				stream.place = i * MCR_STREAM_WAYS + way;
				count = merge(streams, count, &stream);
			}
		}
	}
	return count;
}
