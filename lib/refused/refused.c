/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_debug.h>

#include <mcr_hash.h>

#include "mcr_refused.h"

/* Silence, in tenths of a second, that a place survives: after one packet, and for each more. */
#define SILENCE_FIRST 1
#define SILENCE_STEP 60
#define SILENCE_STEPS UINT64_C(10)

/* Replacing a sender takes nanoseconds and seldom happens twice in a row. */
#define READ_ATTEMPTS 16

const char *
mcr_refused_name(unsigned int reason)
{
	return reason == MCR_REFUSED_JOIN ? "join_refused" : mcr_stats_drop_name(reason);
}

static uint64_t
load_word(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void
store_word(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Field by field: a wide load would stall on the caller's narrow stores. */
static void
pack_sender(const struct mcr_refused_sender *sender, uint64_t words[MCR_REFUSED_SENDER_WORDS])
{
	uint32_t mac_start;
	uint16_t mac_end;

	memcpy(&mac_start, &sender->mac, sizeof(mac_start));
	memcpy(&mac_end, &sender->mac.addr_bytes[sizeof(mac_start)], sizeof(mac_end));
	words[0] = (uint64_t)sender->address << 32 | sender->key;
	words[1] = (uint64_t)mac_start << 32 | (uint64_t)mac_end << 16 | sender->encap << 8 |
	           sender->has_key;
	memcpy(&words[2], &sender->ipv6, sizeof(sender->ipv6));
}

static struct mcr_refused_sender
unpack_sender(const uint64_t words[MCR_REFUSED_SENDER_WORDS])
{
	const uint32_t mac_start = words[1] >> 32;
	const uint16_t mac_end = words[1] >> 16;
	struct mcr_refused_sender sender = {
		.address = words[0] >> 32,
		.key = words[0],
		.encap = words[1] >> 8,
		.has_key = words[1] & 1,
	};

	memcpy(&sender.mac, &mac_start, sizeof(mac_start));
	memcpy(&sender.mac.addr_bytes[sizeof(mac_start)], &mac_end, sizeof(mac_end));
	memcpy(&sender.ipv6, &words[2], sizeof(sender.ipv6));
	return sender;
}

static uint64_t
pack_packet(const struct mcr_refused_packet *packet)
{
	return (uint64_t)packet->destination << 32 | packet->udp_port << 8 | packet->detail;
}

static struct mcr_refused_packet
unpack_packet(uint64_t word)
{
	return (struct mcr_refused_packet){
		.destination = word >> 32,
		.udp_port = word >> 8,
		.detail = word,
	};
}

/*
 * The sender and an IPv6 address change under an odd version. Their words are stored with release
 * order, so no reader sees one before the odd version; a reader that loads one with acquire order
 * then sees the version changed. The other fields are each valid on their own.
 */
static void
begin_change(struct mcr_refused_place *place)
{
	store_word(&place->version, place->version | 1);
}

static void
set_ipv6_destination(struct mcr_refused_place *place, const struct in6_addr *destination)
{
	uint64_t words[2];

	memcpy(words, destination, sizeof(words));
	if (place->ipv6_destination[0] == words[0] && place->ipv6_destination[1] == words[1])
		return;
	begin_change(place);
	__atomic_store_n(&place->ipv6_destination[0], words[0], __ATOMIC_RELEASE);
	__atomic_store_n(&place->ipv6_destination[1], words[1], __ATOMIC_RELEASE);
}

static struct in6_addr
ipv6_destination_of(const struct mcr_refused_place *place)
{
	struct in6_addr destination;
	uint64_t words[2];

	words[0] = __atomic_load_n(&place->ipv6_destination[0], __ATOMIC_ACQUIRE);
	words[1] = __atomic_load_n(&place->ipv6_destination[1], __ATOMIC_ACQUIRE);
	memcpy(&destination, words, sizeof(destination));
	return destination;
}

static struct mcr_refused_place *
find_set(struct mcr_refused *refused, unsigned int reason,
	const uint64_t sender[MCR_REFUSED_SENDER_WORDS])
{
	uint32_t hash = mcr_hash(sender[0], sender[1]);

	RTE_ASSERT(reason < MCR_REFUSED_REASONS);
	if ((sender[2] | sender[3]) != 0)
		hash ^= mcr_hash(sender[2], sender[3]);
	return &refused->at[reason][hash % MCR_REFUSED_SETS * MCR_REFUSED_WAYS];
}

static uint64_t
allowed_silence(const struct mcr_refused *refused, uint64_t count)
{
	const uint64_t more = RTE_MIN(count - 1, SILENCE_STEPS);

	RTE_ASSERT(count != 0);
	return (SILENCE_FIRST + more * SILENCE_STEP) * refused->ticks_per_s / 10;
}

/* An empty place has expired: its time is 0. */
static struct mcr_refused_place *
find_expired(struct mcr_refused_place *set, uint64_t now)
{
	struct mcr_refused_place *first = set;

	for (unsigned int i = 1; i < MCR_REFUSED_WAYS; i++)
		first = set[i].expires < first->expires ? &set[i] : first;
	return first->expires <= now ? first : NULL;
}

static void
replace(struct mcr_refused_place *place, const uint64_t sender[MCR_REFUSED_SENDER_WORDS])
{
	begin_change(place);
	for (unsigned int i = 0; i < MCR_REFUSED_SENDER_WORDS; i++)
		__atomic_store_n(&place->sender[i], sender[i], __ATOMIC_RELEASE);
	__atomic_store_n(&place->count, 0, __ATOMIC_RELEASE);
}

static bool
is_of(const struct mcr_refused_place *place, const uint64_t sender[MCR_REFUSED_SENDER_WORDS])
{
	return memcmp(place->sender, sender, sizeof(place->sender)) == 0 && place->count != 0;
}

static struct mcr_refused_place *
find_place(struct mcr_refused_place *set, const uint64_t sender[MCR_REFUSED_SENDER_WORDS])
{
	for (unsigned int i = 0; i < MCR_REFUSED_WAYS; i++) {
		if (is_of(&set[i], sender))
			return &set[i];
	}
	return NULL;
}

void
mcr_refused_note(struct mcr_refused *refused, unsigned int reason,
	const struct mcr_refused_sender *sender, const struct mcr_refused_packet *last,
	uint64_t now)
{
	struct mcr_refused_place *set, *place;
	uint64_t words[MCR_REFUSED_SENDER_WORDS];

	RTE_ASSERT(sender->has_key || sender->key == 0);
	RTE_ASSERT(refused->ticks_per_s != 0);
	pack_sender(sender, words);
	set = find_set(refused, reason, words);
	place = find_place(set, words);
	if (unlikely(place == NULL)) {
		place = find_expired(set, now);
		if (place == NULL)
			return;
		replace(place, words);
	}
	RTE_ASSERT(last->destination == 0 || IN6_IS_ADDR_UNSPECIFIED(&last->ipv6_destination));
	set_ipv6_destination(place, &last->ipv6_destination);
	place->expires = now + allowed_silence(refused, place->count + 1);
	__atomic_store_n(&place->last, pack_packet(last), __ATOMIC_RELEASE);
	__atomic_store_n(&place->seen, now, __ATOMIC_RELEASE);
	__atomic_store_n(&place->count, place->count + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&place->version, (place->version + 1) & ~UINT64_C(1), __ATOMIC_RELEASE);
}

static bool
try_read(const struct mcr_refused_place *place, struct mcr_refused_record *record)
{
	const uint64_t version = __atomic_load_n(&place->version, __ATOMIC_ACQUIRE);
	uint64_t sender[MCR_REFUSED_SENDER_WORDS];

	for (unsigned int i = 0; i < MCR_REFUSED_SENDER_WORDS; i++)
		sender[i] = __atomic_load_n(&place->sender[i], __ATOMIC_ACQUIRE);
	record->count = __atomic_load_n(&place->count, __ATOMIC_ACQUIRE);
	record->seen = __atomic_load_n(&place->seen, __ATOMIC_ACQUIRE);
	record->last = unpack_packet(__atomic_load_n(&place->last, __ATOMIC_ACQUIRE));
	record->last.ipv6_destination = ipv6_destination_of(place);
	record->sender = unpack_sender(sender);
	return (version & 1) == 0 && load_word(&place->version) == version;
}

static bool
read_place(const struct mcr_refused_place *place, struct mcr_refused_record *record)
{
	for (unsigned int i = 0; i < READ_ATTEMPTS; i++) {
		if (try_read(place, record))
			return record->count != 0;
	}
	return false;
}

uint32_t
mcr_refused_read(
	const struct mcr_refused *refused, unsigned int reason, struct mcr_refused_record *records)
{
	const struct mcr_refused_place *places = refused->at[reason];
	uint32_t count = 0;

	RTE_ASSERT(reason < MCR_REFUSED_REASONS);
	for (uint32_t i = 0; i < MCR_REFUSED_PLACES; i++) {
		records[count].reason = reason;
		count += read_place(&places[i], &records[count]);
	}
	return count;
}
