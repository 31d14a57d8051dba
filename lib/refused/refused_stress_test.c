/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Every place expires at once. All fields derive from one number, so a torn read is detected. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>

#include "mcr_refused.h"

#define READERS 2
#define ENOUGH_RECORDS 5000000
#define SECONDS_MAX 60

static struct mcr_refused table = {.ticks_per_s = 1};
static atomic_bool stop;
static atomic_ulong seen_records, torn_records;

static struct mcr_refused_sender
sender_of(uint32_t number)
{
	return (struct mcr_refused_sender){
		.address = number,
		.key = ~number,
		.mac = {{number >> 24, number >> 16, number >> 8, number, 0, 2}},
		.encap = number % MCR_ENCAP_COUNT,
		.has_key = true,
	};
}

static void *
write_on(void *arg)
{
	uint64_t now = 1000;

	(void)arg;
	for (uint32_t number = 1; !atomic_load_explicit(&stop, memory_order_relaxed); number++) {
		const struct mcr_refused_sender sender = sender_of(number);
		const struct mcr_refused_packet last = {.destination = number};

		/* Some send twice: the second packet changes no sender. */
		for (unsigned int i = 0; i <= number % 2; i++)
			mcr_refused_note(&table, MCR_DROP_SOURCE_DENIED, &sender, &last, now);
		now += 100;
	}
	return NULL;
}

static bool
is_whole(const struct mcr_refused_record *record)
{
	const struct mcr_refused_sender sender = sender_of(record->sender.address);

	return memcmp(&sender, &record->sender, sizeof(sender)) == 0 &&
	       record->last.destination == sender.address && record->count >= 1 &&
	       record->count <= 2;
}

static void *
read_on(void *arg)
{
	struct mcr_refused_record records[MCR_REFUSED_PLACES];

	(void)arg;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		const uint32_t count = mcr_refused_read(&table, MCR_DROP_SOURCE_DENIED, records);

		for (uint32_t i = 0; i < count; i++)
			atomic_fetch_add(&torn_records, !is_whole(&records[i]));
		atomic_fetch_add(&seen_records, count);
	}
	return NULL;
}

static void
no_record_is_torn(void **state)
{
	const time_t end = time(NULL) + SECONDS_MAX;
	const struct timespec moment = {.tv_nsec = 1000000};
	pthread_t threads[1 + READERS];

	(void)state;
	for (unsigned int i = 0; i <= READERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, i == 0 ? write_on : read_on, NULL), 0);
	while (atomic_load(&seen_records) < ENOUGH_RECORDS && time(NULL) < end)
		nanosleep(&moment, NULL);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i <= READERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(torn_records, 0);
	assert_true(seen_records >= ENOUGH_RECORDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_record_is_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
