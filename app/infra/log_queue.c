/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_ring.h>

#include <mcr_dpdk.h>

#include "infra/deadline.h"
#include "infra/log_queue.h"

#define LONGEST_END_MS 500
#define LONGEST_WAIT_MS 100

struct line {
	uint32_t lost; /* lines before it */
	uint32_t level;
	int len;
	char text[];
};

enum state {
	DIRECT, /* whoever logs writes */
	QUEUED,
	AT_END,
	ABANDONED, /* the thread could not end */
};

static struct {
	struct rte_ring *ring; /* of struct line; any thread may take one when the program aborts */
	sem_t filled;          /* posted for each line, and at the end */
	sem_t ended;
	mcr_thread thread;
	mcr_log_queue_write write;
	uint32_t lost;    /* atomic: not reported yet */
	uint32_t writing; /* atomic: threads that have taken a line */
	enum state state; /* atomic */
} queue;

static uint32_t
take_lost(void)
{
	return __atomic_exchange_n(&queue.lost, 0, __ATOMIC_RELAXED);
}

static void
report_lost(uint32_t lost)
{
	char text[80];

	if (lost != 0)
		queue.write(RTE_LOG_WARNING, text,
			snprintf(text, sizeof(text),
				"mcdpdk: %u log lines were lost: their reader is slow", lost));
}

static bool
write_next(void)
{
	struct line *line;
	bool found;

	__atomic_fetch_add(&queue.writing, 1, __ATOMIC_SEQ_CST);
	found = rte_ring_dequeue(queue.ring, (void **)&line) == 0;
	if (found) {
		report_lost(line->lost);
		queue.write(line->level, line->text, line->len);
		free(line);
	}
	__atomic_fetch_sub(&queue.writing, 1, __ATOMIC_SEQ_CST);
	return found;
}

static mcr_thread_result
write_lines(void *arg)
{
	RTE_SET_USED(arg);
	do {
		while (sem_wait(&queue.filled) != 0)
			;
		write_next();
		if (rte_ring_empty(queue.ring))
			report_lost(take_lost());
	} while (__atomic_load_n(&queue.state, __ATOMIC_ACQUIRE) == QUEUED ||
		 !rte_ring_empty(queue.ring));
	sem_post(&queue.ended);
	return 0;
}

static bool
is_all_written(void)
{
	return rte_ring_empty(queue.ring) && __atomic_load_n(&queue.writing, __ATOMIC_SEQ_CST) == 0;
}

static void
await_written(int ms)
{
	while (ms-- > 0 && !is_all_written())
		poll(NULL, 0, 1);
}

/* rte_panic() logs why and aborts at once. */
static void
write_at_abort(int signal_number)
{
	struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};

	RTE_SET_USED(signal_number);
	while (poll(&error, 1, 0) == 1 && write_next())
		;
	/* The thread may have taken the last line. */
	await_written(LONGEST_END_MS);
}

static struct rte_ring *
create_ring(void)
{
	const ssize_t size = rte_ring_get_memsize(MCR_LOG_QUEUE_SIZE);
	struct rte_ring *ring = aligned_alloc(RTE_CACHE_LINE_SIZE, size);

	if (ring != NULL)
		rte_ring_init(ring, "log", MCR_LOG_QUEUE_SIZE, 0);
	return ring;
}

int
mcr_log_queue_start(mcr_log_queue_write write)
{
	struct sigaction action = {.sa_handler = write_at_abort, .sa_flags = SA_RESETHAND};
	int ret;

	queue.write = write;
	queue.ring = create_ring();
	if (queue.ring == NULL)
		return -ENOMEM;
	sem_init(&queue.filled, 0, 0);
	sem_init(&queue.ended, 0, 0);
	queue.state = QUEUED;
	ret = mcr_thread_create(&queue.thread, "mcdpdk-log", write_lines, NULL);
	if (ret == 0) {
		sigaction(SIGABRT, &action, NULL);
		return 0;
	}
	queue.state = DIRECT;
	free(queue.ring);
	return ret;
}

bool
mcr_log_queue_put(uint32_t level, const char *text, int len)
{
	struct line *line;

	if (__atomic_load_n(&queue.state, __ATOMIC_ACQUIRE) == DIRECT)
		return false;
	line = malloc(sizeof(*line) + len);
	if (line != NULL) {
		line->lost = take_lost();
		line->level = level;
		line->len = len;
		memcpy(line->text, text, len);
	}
	if (line == NULL || rte_ring_enqueue(queue.ring, line) != 0) {
		__atomic_fetch_add(
			&queue.lost, line == NULL ? 1 : line->lost + 1, __ATOMIC_RELAXED);
		free(line);
		return true;
	}
	sem_post(&queue.filled);
	return true;
}

void
mcr_log_queue_await(void)
{
	if (__atomic_load_n(&queue.state, __ATOMIC_ACQUIRE) != DIRECT)
		await_written(LONGEST_WAIT_MS);
}

void
mcr_log_queue_stop(void)
{
	const struct timespec deadline = mcr_deadline_in_ms(LONGEST_END_MS);

	if (queue.state != QUEUED)
		return;
	__atomic_store_n(&queue.state, AT_END, __ATOMIC_RELEASE);
	sem_post(&queue.filled);
	if (!mcr_deadline_wait(&queue.ended, &deadline)) {
		__atomic_store_n(&queue.state, ABANDONED, __ATOMIC_RELEASE);
		return;
	}
	mcr_thread_join(queue.thread);
	__atomic_store_n(&queue.state, DIRECT, __ATOMIC_RELEASE);
	free(queue.ring);
	sem_destroy(&queue.filled);
	sem_destroy(&queue.ended);
}
