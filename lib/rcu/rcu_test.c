/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_errno.h>

#include "mcr_rcu.h"

#define MANY 10000
#define LONG_MS 60000

static void
count_release(void *arg, void *object)
{
	(void)object;
	++*(unsigned int *)arg;
}

static void
without_readers_online_nothing_waits(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(3);
	unsigned int released = 0;

	(void)state;
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	assert_int_equal(released, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(released, 1);
	mcr_rcu_free(rcu);
}

static void
drained_objects_are_released_immediately_and_once(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	unsigned int released = 0;

	(void)state;
	for (unsigned int i = 1; i <= 300; i++) {
		mcr_rcu_retire(rcu, count_release, &released, NULL);
		mcr_rcu_retire(rcu, count_release, &released, NULL);
		if (i % 3 == 0)
			mcr_rcu_reclaim(rcu);
		else
			mcr_rcu_drain(rcu);
		assert_int_equal(released, 2 * i);
	}
	mcr_rcu_free(rcu);
	assert_int_equal(released, 600);
}

static void
every_online_reader_must_report(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(2);
	unsigned int released = 0;

	(void)state;
	mcr_rcu_online(rcu, 0);
	mcr_rcu_online(rcu, 1);
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	assert_int_equal(mcr_rcu_reclaim(rcu), 1);
	mcr_rcu_quiescent(rcu, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 1);
	assert_int_equal(released, 0);
	mcr_rcu_quiescent(rcu, 1);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(released, 1);
	mcr_rcu_offline(rcu, 0);
	mcr_rcu_offline(rcu, 1);
	mcr_rcu_free(rcu);
}

static void
reports_before_the_grace_period_do_not_count(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	unsigned int early = 0, late = 0;

	(void)state;
	mcr_rcu_online(rcu, 0);
	mcr_rcu_retire(rcu, count_release, &early, NULL);
	mcr_rcu_reclaim(rcu);
	mcr_rcu_quiescent(rcu, 0);
	mcr_rcu_retire(rcu, count_release, &late, NULL);
	assert_int_equal(mcr_rcu_reclaim(rcu), 1);
	assert_int_equal(early, 1);
	assert_int_equal(late, 0);
	mcr_rcu_quiescent(rcu, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(late, 1);
	mcr_rcu_offline(rcu, 0);
	mcr_rcu_free(rcu);
}

static void
a_reader_that_goes_offline_is_not_waited_for(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	unsigned int released = 0;

	(void)state;
	mcr_rcu_online(rcu, 0);
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	assert_int_equal(mcr_rcu_reclaim(rcu), 1);
	mcr_rcu_offline(rcu, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(released, 1);
	mcr_rcu_free(rcu);
}

struct order {
	struct mcr_rcu *rcu;
	uintptr_t next;
	unsigned int wrong;
};

static void
check_order(void *arg, void *object)
{
	struct order *order = arg;

	order->wrong += (uintptr_t)object != order->next++;
}

static void
many_wait_and_are_released_in_order(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	struct order order = {.rcu = rcu};

	(void)state;
	mcr_rcu_online(rcu, 0);
	for (uintptr_t i = 0; i < MANY; i++) {
		mcr_rcu_retire(rcu, check_order, &order, (void *)i);
		if (i % 3 == 0)
			mcr_rcu_reclaim(rcu);
	}
	assert_int_equal(mcr_rcu_reclaim(rcu), MANY);
	mcr_rcu_quiescent(rcu, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(order.next, MANY);
	assert_int_equal(order.wrong, 0);
	assert_int_equal(rcu->leaked, 0);
	mcr_rcu_offline(rcu, 0);
	mcr_rcu_free(rcu);
}

static void
retire_a_hundred_more(void *arg, void *object)
{
	struct order *order = arg;

	(void)object;
	for (uintptr_t i = 0; i < 100; i++)
		mcr_rcu_retire(order->rcu, check_order, order, (void *)i);
}

static void
a_release_may_retire(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	struct order order = {.rcu = rcu};

	(void)state;
	mcr_rcu_retire(rcu, retire_a_hundred_more, &order, NULL);
	assert_int_equal(mcr_rcu_reclaim(rcu), 100);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(order.next, 100);
	assert_int_equal(order.wrong, 0);
	mcr_rcu_free(rcu);
}

static void
a_writer_that_reads_itself_can_wait(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(2);
	unsigned int released = 0;

	(void)state;
	mcr_rcu_online(rcu, 1);
	assert_int_equal(mcr_rcu_wait(rcu, 1, LONG_MS), -ENOENT);
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	assert_int_equal(mcr_rcu_wait(rcu, 1, LONG_MS), 0);
	assert_int_equal(released, 1);
	mcr_rcu_offline(rcu, 1);
	mcr_rcu_free(rcu);
}

/* Reader 2 of 3 hangs, reader 1 is offline. The second wait would last a minute. */
static void
a_reader_that_hangs_is_waited_for_once(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(3);
	unsigned int released = 0;

	(void)state;
	for (unsigned int reader = 0; reader < 3; reader++)
		mcr_rcu_online(rcu, reader);
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	mcr_rcu_offline(rcu, 1);
	assert_int_equal(mcr_rcu_wait(rcu, 0, 1), -ETIMEDOUT);
	assert_int_equal(mcr_rcu_find_late(rcu), 2);
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	alarm(10);
	assert_int_equal(mcr_rcu_wait(rcu, 0, LONG_MS), -ETIMEDOUT);
	alarm(0);
	assert_int_equal(released, 0);
	mcr_rcu_quiescent(rcu, 2);
	mcr_rcu_offline(rcu, 2);
	assert_int_equal(mcr_rcu_wait(rcu, 0, LONG_MS), 0);
	assert_int_equal(mcr_rcu_find_late(rcu), UINT_MAX);
	assert_int_equal(released, 2);
	mcr_rcu_offline(rcu, 0);
	mcr_rcu_free(rcu);
}

static void
free_releases_what_waits(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	unsigned int released = 0;

	(void)state;
	mcr_rcu_retire(rcu, count_release, &released, NULL);
	mcr_rcu_retire_memory(rcu, malloc(1));
	mcr_rcu_free(rcu);
	assert_int_equal(released, 1);
}

static void
reserved_room_needs_no_memory(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	const struct mcr_rcu_retired *ring;
	unsigned int released = 0;

	(void)state;
	assert_int_equal(mcr_rcu_reserve(rcu, 1000), 0);
	ring = rcu->ring;
	for (unsigned int i = 0; i < 1000; i++)
		mcr_rcu_retire(rcu, count_release, &released, NULL);
	assert_ptr_equal(rcu->ring, ring);
	assert_int_equal(mcr_rcu_reserve(rcu, UINT32_MAX), -ENOMEM);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	assert_int_equal(released, 1000);
	mcr_rcu_free(rcu);
}

static void
no_readers_are_refused(void **state)
{
	(void)state;
	assert_null(mcr_rcu_create(0));
	assert_int_equal(rte_errno, EINVAL);
	mcr_rcu_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_readers_online_nothing_waits),
		cmocka_unit_test(drained_objects_are_released_immediately_and_once),
		cmocka_unit_test(every_online_reader_must_report),
		cmocka_unit_test(reports_before_the_grace_period_do_not_count),
		cmocka_unit_test(a_reader_that_goes_offline_is_not_waited_for),
		cmocka_unit_test(many_wait_and_are_released_in_order),
		cmocka_unit_test(a_release_may_retire),
		cmocka_unit_test(a_writer_that_reads_itself_can_wait),
		cmocka_unit_test(a_reader_that_hangs_is_waited_for_once),
		cmocka_unit_test(free_releases_what_waits),
		cmocka_unit_test(reserved_room_needs_no_memory),
		cmocka_unit_test(no_readers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
