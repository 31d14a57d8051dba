/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A queue that is served more slowly than it is filled, in steps of a microsecond. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "datapath/fair_drop.h"

#define HZ 1000000
#define SIZE 2048
#define SENDERS 64

static struct mcr_fair_drop fair;

struct sender {
	uint32_t pps;
	uint32_t receivers;
	uint32_t sent;
	uint32_t lost;
};

/* What waits, in copies of each, first in first out. */
static struct {
	uint32_t count;
	uint32_t first;
	uint32_t copies[SIZE];
} queue;

static void
put(struct sender *sender, uint32_t number, uint64_t now)
{
	sender->sent++;
	if (queue.count == SIZE || (mcr_fair_drop_is_wanted(queue.count, SIZE) &&
					   !mcr_fair_drop_takes(&fair, number, sender->receivers,
						   queue.count, SIZE, now, HZ))) {
		sender->lost++;
		return;
	}
	queue.copies[(queue.first + queue.count++) % SIZE] = sender->receivers;
}

static void
serve(uint32_t copies)
{
	while (queue.count != 0 && copies != 0) {
		uint32_t *const next = &queue.copies[queue.first];
		const uint32_t made = *next < copies ? *next : copies;

		*next -= made;
		copies -= made;
		if (*next != 0)
			return;
		queue.first = (queue.first + 1) % SIZE;
		queue.count--;
	}
}

static uint32_t
next_random(void)
{
	static uint64_t seed = 1;

	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return seed >> 33;
}

/* Packets come at random. @param capacity Copies in a microsecond. */
static void
run(struct sender *senders, uint32_t count, uint32_t seconds, uint32_t capacity)
{
	memset(&fair, 0, sizeof(fair));
	memset(&queue, 0, sizeof(queue));
	for (uint64_t us = 1; us <= (uint64_t)seconds * HZ; us++) {
		for (uint32_t i = 0; i < count; i++) {
			if (next_random() % HZ < senders[i].pps)
				put(&senders[i], i, us);
		}
		serve(capacity);
	}
}

static void
assert_few_lost(const struct sender *sender)
{
	assert_true(sender->sent >= 1000);
	assert_true(sender->lost * 100 < sender->sent);
}

static void
a_small_stream_loses_nothing_beside_twice_the_capacity(void **unused)
{
	/* Few packets to many, and many packets to few. */
	static const struct {
		uint32_t pps, receivers;
	} greedy[] = {{2000, 10000}, {200000, 100}, {1000000, 20}};

	(void)unused;
	for (size_t i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		struct sender senders[] = {
			{.pps = 1000, .receivers = 4},
			{.pps = greedy[i].pps, .receivers = greedy[i].receivers},
		};

		run(senders, 2, 5, 10);
		assert_few_lost(&senders[0]);
		/* And what can be made is made, but for what still waits. */
		assert_in_range(senders[1].sent - senders[1].lost,
			senders[1].sent / 2 - senders[1].sent / 50,
			senders[1].sent / 2 + SIZE + senders[1].sent / 50);
	}
}

static void
many_greedy_senders_share_the_loss(void **unused)
{
	struct sender senders[11] = {{.pps = 1000, .receivers = 4}};
	uint32_t taken = 0;

	(void)unused;
	for (uint32_t i = 1; i <= 10; i++)
		senders[i] = (struct sender){.pps = 10000, .receivers = 500};
	run(senders, 11, 3, 10);
	assert_few_lost(&senders[0]);
	for (uint32_t i = 1; i <= 10; i++)
		taken += senders[i].sent - senders[i].lost;
	for (uint32_t i = 1; i <= 10; i++)
		assert_in_range(senders[i].sent - senders[i].lost, taken / 20, taken / 5);
}

static void
a_burst_out_of_the_blue_has_the_whole_queue(void **unused)
{
	struct sender sender = {.receivers = 1};

	(void)unused;
	run(&sender, 0, 0, 0);
	for (uint32_t i = 0; i < SIZE; i++)
		put(&sender, 0, 2 * HZ);
	assert_int_equal(sender.lost, 0);
}

static void
one_alone_keeps_the_lcore_busy(void **unused)
{
	struct sender sender = {.pps = HZ, .receivers = 20};

	(void)unused;
	run(&sender, 1, 1, 10);
	assert_in_range(sender.sent - sender.lost, HZ / 2, HZ / 2 + SIZE);
}

static void
who_has_asked_for_much_waits_for_a_pause(void **unused)
{
	(void)unused;
	memset(&fair, 0, sizeof(fair));
	for (uint64_t us = 1; us <= 20000; us++) {
		(void)mcr_fair_drop_takes(&fair, 1, 1000, SIZE - 1, SIZE, us, HZ);
		(void)mcr_fair_drop_takes(&fair, 2, 1, SIZE - 1, SIZE, us, HZ);
	}
	assert_false(mcr_fair_drop_takes(&fair, 1, 1, SIZE - 1, SIZE, 20001, HZ));
	/* After a pause it is as if it had asked for nothing. */
	assert_true(mcr_fair_drop_takes(&fair, 1, 1, SIZE - 1, SIZE, 2 * HZ, HZ));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_stream_loses_nothing_beside_twice_the_capacity),
		cmocka_unit_test(many_greedy_senders_share_the_loss),
		cmocka_unit_test(a_burst_out_of_the_blue_has_the_whole_queue),
		cmocka_unit_test(one_alone_keeps_the_lcore_busy),
		cmocka_unit_test(who_has_asked_for_much_waits_for_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
