/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <sys/types.h>

#include "test/sim/clock.h"
#include "test/sim/random.h"

#define START_NS (UINT64_C(1000) * NS_PER_S)
#define READ_NS 20

static uint64_t now = START_NS;
static uint64_t seed_of_hub;
static struct sim_random hub_random;
static bool disk_is_slow;

uint64_t
sim_clock_read(void)
{
	now += READ_NS;
	return now;
}

void
sim_clock_advance(uint64_t ns)
{
	now += ns;
}

void
sim_clock_seed(uint64_t seed)
{
	seed_of_hub = seed;
	hub_random.state = seed;
}

void
sim_clock_set_slow_disk(bool is_slow)
{
	disk_is_slow = is_slow;
}

uint64_t
__wrap_rte_get_tsc_hz(void);
uint64_t
__wrap_rte_rand(void);
ssize_t
__wrap_getrandom(void *bytes, size_t length, unsigned int flags);
int
__wrap_sem_trywait(sem_t *semaphore);

uint64_t
__wrap_rte_get_tsc_hz(void)
{
	return NS_PER_S;
}

uint64_t
__wrap_rte_rand(void)
{
	return sim_random_next(&hub_random);
}

/* A thread of the hub may ask, too: always the same bytes. */
ssize_t
__wrap_getrandom(void *bytes, size_t length, unsigned int flags)
{
	struct sim_random random = {.state = seed_of_hub};
	uint8_t *at = bytes;

	RTE_SET_USED(flags);
	for (size_t i = 0; i < length; i++)
		at[i] = sim_random_next(&random);
	return (ssize_t)length;
}

/* The control lcore asks whether a thread has ended: it has, unless the disk is slow. */
int
__wrap_sem_trywait(sem_t *semaphore)
{
	if (disk_is_slow) {
		errno = EAGAIN;
		return -1;
	}
	while (sem_wait(semaphore) != 0)
		;
	return 0;
}
