/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A writer at full speed against two readers. Each run is a process, so its state is static. */

#ifndef STRESS_RUN_H
#define STRESS_RUN_H

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <mcr_rcu.h>

#include "stress_apart.h"

#define READERS 2

/* A sound run lasts this long and until it has seen enough; a broken one until it fails. */
#define SECONDS_MIN 2
#define SECONDS_MAX 40

/* A test's own flaws follow. */
enum { NO_GRACE_PERIOD = SOUND + 1, OWN_FLAWS };

static struct {
	struct mcr_rcu *rcu;
	int flaw;
	unsigned long enough; /* answers found; one must be missed, too */
	atomic_bool stop;
	atomic_ulong found;
	atomic_ulong missed;
	atomic_ulong wrong;
} stress;

typedef void (*stress_turn)(uint64_t *seed);

struct stress_reader {
	stress_turn turn;
	unsigned int number;
	pthread_t thread;
};

static inline uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

#define check(is_right) check_at(is_right, __LINE__, #is_right)

static inline void
check_at(bool is_right, int line, const char *what)
{
	if (is_right)
		return;
	if (stress.flaw == SOUND)
		fprintf(stderr, "line %d: not %s\n", line, what);
	atomic_fetch_add(&stress.wrong, 1);
	atomic_store(&stress.stop, true);
}

static inline unsigned long
count_one(atomic_ulong *counter)
{
	return atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline bool
is_stopped(void)
{
	return atomic_load_explicit(&stress.stop, memory_order_relaxed);
}

static inline void
report(unsigned int reader)
{
	if (stress.flaw != NO_GRACE_PERIOD)
		mcr_rcu_quiescent(stress.rcu, reader);
}

static inline void *
read_all_the_time(void *arg)
{
	const struct stress_reader *reader = arg;
	uint64_t seed = reader->number + 1;

	if (stress.flaw != NO_GRACE_PERIOD)
		mcr_rcu_online(stress.rcu, reader->number);
	while (!is_stopped()) {
		reader->turn(&seed);
		report(reader->number);
	}
	mcr_rcu_offline(stress.rcu, reader->number);
	return NULL;
}

static inline bool
has_seen_enough(void)
{
	return atomic_load(&stress.found) >= stress.enough && atomic_load(&stress.missed) != 0;
}

static inline bool
is_over(time_t seconds)
{
	if (is_stopped() || seconds > SECONDS_MAX)
		return true;
	return stress.flaw == SOUND && seconds >= SECONDS_MIN && has_seen_enough();
}

/* Call before tables exist: from then on the allocator overwrites freed memory. */
static inline void
start_stress(int flaw, unsigned long enough)
{
	mallopt(M_PERTURB, 0xa5);
	stress.rcu = mcr_rcu_create(READERS);
	stress.flaw = flaw;
	stress.enough = enough;
}

static inline enum verdict
run_stress(stress_turn write, stress_turn first, stress_turn second)
{
	const time_t start = time(NULL);
	struct stress_reader readers[READERS];
	uint64_t seed = READERS + 1;

	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct stress_reader){.turn = i == 0 ? first : second, .number = i};
		pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]);
	}
	while (!is_over(time(NULL) - start)) {
		write(&seed);
		mcr_rcu_reclaim(stress.rcu);
	}
	atomic_store(&stress.stop, true);
	for (unsigned int i = 0; i < READERS; i++)
		pthread_join(readers[i].thread, NULL);
	printf("found %lu, missed %lu, wrong %lu\n", stress.found, stress.missed, stress.wrong);
	if (stress.wrong != 0)
		return SAW_WRONG;
	return has_seen_enough() ? SAW_RIGHT : SAW_TOO_LITTLE;
}

/* The test's own. */
static enum verdict
run(int flaw);

static inline void
without_grace_periods_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_GRACE_PERIOD);
}

#endif
