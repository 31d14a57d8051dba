/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/rx_stream.h"
#include "fib/fib.h"

/* A place changes at most once a burst. */
#define READ_ATTEMPTS 16

/*
 * The stream changes under an odd version. The fields are stored with release order, so no reader
 * sees one before the odd version; a reader that loads one with acquire order then sees the version
 * changed.
 */
struct mcr_stream_place *
mcr_stream_begin(struct mcr_stream_place *set, struct mcr_member_ref sender, struct mcr_flow flow,
	uint64_t now)
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
	__atomic_store_n(&place->version, place->version + 1, __ATOMIC_RELEASE);
	return place;
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
	return a->sender.id == b->sender.id && a->sender.generation == b->sender.generation &&
	       a->flow.group == b->flow.group;
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
