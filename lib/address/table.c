/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The numbers of IPv6 addresses and prefixes: chained hashing; entries never move. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "mcr_address.h"

/* Entries are allocated in blocks, and never freed: readers need no array that grows. */
#define BLOCK_BITS 12
#define BLOCK_ENTRIES (UINT32_C(1) << BLOCK_BITS)
#define BLOCKS ((MCR_ADDRESS_IPV6_MAX >> BLOCK_BITS) + 1)

/* Pages of the array that no address needs stay without memory. */
#define BUCKETS (UINT32_C(1) << 20)

struct entry {
	struct in6_addr address;
	_Atomic uint32_t next; /* in its bucket, also for a reader that stands on a dropped one */
	uint32_t after;        /* of the numbers that are dropped, or free */
	uint32_t references;
	uint8_t length;
} __attribute__((aligned(32)));

static struct {
	/* Readers use these. */
	struct entry *_Atomic blocks[BLOCKS];
	_Atomic uint32_t buckets[BUCKETS]; /* first number */
	_Atomic uint64_t lengths[2];       /* bit of each length of a prefix in use */

	/* Whoever holds the lock. */
	pthread_mutex_t lock;
	uint32_t counts[MCR_IPV6_LENGTH + 1]; /* by length */
	uint32_t count;
	uint32_t used;    /* numbers up to here were given out */
	uint32_t free;    /* first */
	uint32_t dropped; /* first of those that readers may still hold */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct entry *
entry_of(uint32_t number)
{
	struct entry *block =
		atomic_load_explicit(&table.blocks[number >> BLOCK_BITS], memory_order_acquire);

	RTE_ASSERT(mcr_address_is_ipv6(number) && block != NULL);
	return &block[number % BLOCK_ENTRIES];
}

static _Atomic uint32_t *
bucket_of(const struct in6_addr *address)
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return &table.buckets[mcr_hash(words[0], words[1]) % BUCKETS];
}

static inline uint32_t
find(const struct in6_addr *address, uint8_t length)
{
	uint32_t number = atomic_load_explicit(bucket_of(address), memory_order_acquire);

	while (number != MCR_ADDRESS_NONE) {
		const struct entry *const entry = entry_of(number);

		if (memcmp(&entry->address, address, sizeof(*address)) == 0 &&
			entry->length == length)
			break;
		number = atomic_load_explicit(&entry->next, memory_order_acquire);
	}
	return number;
}

static void
clear_host_bits(struct in6_addr *address, uint8_t length)
{
	uint8_t *const bytes = address->s6_addr;

	RTE_ASSERT(length <= MCR_IPV6_LENGTH);
	if (length == MCR_IPV6_LENGTH)
		return;
	bytes[length / 8] &= ~(0xff >> length % 8);
	memset(bytes + length / 8 + 1, 0, sizeof(*address) - length / 8 - 1);
}

uint32_t
mcr_address_find(const uint8_t *address)
{
	struct in6_addr copy;

	memcpy(&copy, address, sizeof(copy));
	return find(&copy, MCR_IPV6_LENGTH);
}

/* The longest of the lengths in use that is shorter; 0: none is. */
static uint8_t
next_length(uint8_t length)
{
	for (int word = (length - 1) / 64; word >= 0; word--) {
		uint64_t lengths = atomic_load_explicit(&table.lengths[word], memory_order_relaxed);

		if (length < (word + 1) * 64)
			lengths &= (UINT64_C(1) << length % 64) - 1;
		if (lengths != 0)
			return word * 64 + 63 - __builtin_clzll(lengths);
	}
	return 0;
}

static uint32_t
find_cover(struct in6_addr address, uint8_t length)
{
	uint32_t number = MCR_ADDRESS_NONE;

	while (number == MCR_ADDRESS_NONE && (length = next_length(length)) != 0) {
		clear_host_bits(&address, length);
		number = find(&address, length);
	}
	return number;
}

uint32_t
mcr_address_match(const uint8_t *address)
{
	struct in6_addr copy;
	uint32_t number;

	memcpy(&copy, address, sizeof(copy));
	number = find(&copy, MCR_IPV6_LENGTH);
	return number != MCR_ADDRESS_NONE ? number : find_cover(copy, MCR_IPV6_LENGTH);
}

uint32_t
mcr_address_cover(uint32_t ipv6)
{
	const struct entry *const entry = entry_of(ipv6);

	return find_cover(entry->address, entry->length);
}

const struct in6_addr *
mcr_address_ipv6(uint32_t ipv6)
{
	return &entry_of(ipv6)->address;
}

uint8_t
mcr_address_length(uint32_t ipv6)
{
	return entry_of(ipv6)->length;
}

static bool
has_block(uint32_t number)
{
	struct entry *block =
		atomic_load_explicit(&table.blocks[number >> BLOCK_BITS], memory_order_relaxed);

	if (block != NULL)
		return true;
	block = aligned_alloc(sizeof(*block), BLOCK_ENTRIES * sizeof(*block));
	atomic_store_explicit(&table.blocks[number >> BLOCK_BITS], block, memory_order_release);
	return block != NULL;
}

static uint32_t
take_number(void)
{
	const uint32_t number = table.free;

	if (number != MCR_ADDRESS_NONE) {
		table.free = entry_of(number)->after;
		return number;
	}
	if (table.used == MCR_ADDRESS_IPV6_MAX || !has_block(table.used + 1))
		return MCR_ADDRESS_NONE;
	return ++table.used;
}

static void
count_length(uint8_t length, int step)
{
	const uint64_t bit = UINT64_C(1) << length % 64;

	table.count += step;
	table.counts[length] += step;
	if (length == MCR_IPV6_LENGTH)
		return;
	if (table.counts[length] != 0)
		atomic_fetch_or_explicit(&table.lengths[length / 64], bit, memory_order_relaxed);
	else
		atomic_fetch_and_explicit(&table.lengths[length / 64], ~bit, memory_order_relaxed);
}

/* Readers find it from the last store on. */
static uint32_t
add(const struct in6_addr *address, uint8_t length)
{
	_Atomic uint32_t *const bucket = bucket_of(address);
	const uint32_t number = take_number();
	struct entry *entry;

	if (number == MCR_ADDRESS_NONE)
		return MCR_ADDRESS_NONE;
	entry = entry_of(number);
	entry->address = *address;
	entry->length = length;
	entry->references = 1;
	atomic_store_explicit(&entry->next, atomic_load_explicit(bucket, memory_order_relaxed),
		memory_order_relaxed);
	atomic_store_explicit(bucket, number, memory_order_release);
	count_length(length, 1);
	return number;
}

uint32_t
mcr_address_get(const struct in6_addr *address, uint8_t length)
{
	struct in6_addr prefix = *address;
	uint32_t number;

	RTE_ASSERT(length != 0);
	clear_host_bits(&prefix, length);
	pthread_mutex_lock(&table.lock);
	number = find(&prefix, length);
	if (number != MCR_ADDRESS_NONE)
		entry_of(number)->references++;
	else
		number = add(&prefix, length);
	pthread_mutex_unlock(&table.lock);
	return number;
}

void
mcr_address_hold(uint32_t address)
{
	if (!mcr_address_is_ipv6(address))
		return;
	pthread_mutex_lock(&table.lock);
	RTE_ASSERT(entry_of(address)->references != 0);
	entry_of(address)->references++;
	pthread_mutex_unlock(&table.lock);
}

static void
unlink_number(uint32_t number)
{
	_Atomic uint32_t *link = bucket_of(&entry_of(number)->address);
	uint32_t next;

	while ((next = atomic_load_explicit(link, memory_order_relaxed)) != number) {
		RTE_ASSERT(next != MCR_ADDRESS_NONE);
		link = &entry_of(next)->next;
	}
	atomic_store_explicit(link,
		atomic_load_explicit(&entry_of(number)->next, memory_order_relaxed),
		memory_order_release);
}

void
mcr_address_drop(uint32_t address)
{
	struct entry *entry;

	if (!mcr_address_is_ipv6(address))
		return;
	pthread_mutex_lock(&table.lock);
	entry = entry_of(address);
	RTE_ASSERT(entry->references != 0);
	if (--entry->references == 0) {
		unlink_number(address);
		count_length(entry->length, -1);
		entry->after = table.dropped;
		table.dropped = address;
	}
	pthread_mutex_unlock(&table.lock);
}

/* The grace period of a whole list is over. */
static void
release(void *arg, void *object)
{
	const uint32_t first = (uintptr_t)object;
	uint32_t last = first;

	(void)arg;
	pthread_mutex_lock(&table.lock);
	while (entry_of(last)->after != MCR_ADDRESS_NONE)
		last = entry_of(last)->after;
	entry_of(last)->after = table.free;
	table.free = first;
	pthread_mutex_unlock(&table.lock);
}

void
mcr_address_reclaim(struct mcr_rcu *rcu)
{
	uint32_t dropped;

	pthread_mutex_lock(&table.lock);
	dropped = table.dropped;
	table.dropped = MCR_ADDRESS_NONE;
	pthread_mutex_unlock(&table.lock);
	if (dropped == MCR_ADDRESS_NONE)
		return;
	if (rcu == NULL)
		release(NULL, (void *)(uintptr_t)dropped);
	else
		mcr_rcu_retire(rcu, release, NULL, (void *)(uintptr_t)dropped);
}

uint32_t
mcr_address_count(void)
{
	uint32_t count;

	pthread_mutex_lock(&table.lock);
	count = table.count;
	pthread_mutex_unlock(&table.lock);
	return count;
}
