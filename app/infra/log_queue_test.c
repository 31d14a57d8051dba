/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_eal.h>
#include <rte_log.h>

#include "infra/log_queue.h"

#define TOO_MANY (2 * MCR_LOG_QUEUE_SIZE)

static int pipe_ends[2];

/* One line fills the pipe. */
static void
write_to_pipe(uint32_t level, const char *line, int len)
{
	char text[4096] = {0};

	snprintf(text, sizeof(text), "%u %.*s", level, len, line);
	assert_int_equal(write(pipe_ends[1], text, sizeof(text)), sizeof(text));
}

static void
start(void)
{
	assert_int_equal(pipe(pipe_ends), 0);
	assert_true(fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096) >= 4096);
	assert_int_equal(mcr_log_queue_start(write_to_pipe), 0);
}

static void
put(unsigned int number)
{
	char text[32];

	assert_true(
		mcr_log_queue_put(RTE_LOG_INFO, text, snprintf(text, sizeof(text), "%u", number)));
}

static void
read_line(char *text)
{
	for (size_t at = 0; at < 4096;) {
		const ssize_t got = read(pipe_ends[0], text + at, 4096 - at);

		assert_true(got > 0);
		at += got;
	}
}

static void
close_pipe(void)
{
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void
lines_that_nobody_reads_stop_nobody(void **state)
{
	char text[4096], expected[80];
	unsigned int next = 0, lost, all_lost = 0;

	(void)state;
	start();
	for (unsigned int i = 0; i < TOO_MANY; i++)
		put(i);
	while (next < TOO_MANY) {
		read_line(text);
		if (sscanf(text, "5 mcdpdk: %u log lines were lost: their reader is slow", &lost) ==
			1) {
			all_lost += lost;
			next += lost;
			continue;
		}
		snprintf(expected, sizeof(expected), "%u %u", RTE_LOG_INFO, next++);
		assert_string_equal(text, expected);
	}
	assert_int_equal(next, TOO_MANY);
	assert_int_not_equal(all_lost, 0);
	put(TOO_MANY);
	read_line(text);
	snprintf(expected, sizeof(expected), "%u %d", RTE_LOG_INFO, TOO_MANY);
	assert_string_equal(text, expected);
	mcr_log_queue_stop();
	assert_false(mcr_log_queue_put(RTE_LOG_INFO, "direct", 6));
	close_pipe();
}

static void
what_was_queued_can_be_awaited(void **state)
{
	char text[4096];
	int waiting;

	(void)state;
	start();
	put(1);
	mcr_log_queue_await();
	assert_int_equal(ioctl(pipe_ends[0], FIONREAD, &waiting), 0);
	assert_int_equal(waiting, 4096);
	put(2);
	/* It comes back although nobody reads. */
	mcr_log_queue_await();
	read_line(text);
	read_line(text);
	mcr_log_queue_stop();
	close_pipe();
}

static void
the_end_writes_what_waits(void **state)
{
	char text[4096];

	(void)state;
	start();
	put(1);
	mcr_log_queue_stop();
	read_line(text);
	assert_string_equal(text, "7 1");
	close_pipe();
}

static void
an_abort_writes_what_waits(void **state)
{
	char text[4096];
	int status, written = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		assert_int_equal(mcr_log_queue_start(write_to_pipe), 0);
		put(1);
		put(2);
		abort();
	}
	for (int i = 0; i < 2; i++) {
		read_line(text);
		written |= 1 << atoi(text + strlen("7 "));
	}
	/* The thread may write one while the signal writes the other. */
	assert_int_equal(written, 1 << 1 | 1 << 2);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	close_pipe();
}

/* Last: its thread stays. */
static void
the_end_does_not_wait_for_a_reader(void **state)
{
	(void)state;
	start();
	for (unsigned int i = 0; i < 4; i++)
		put(i);
	mcr_log_queue_stop();
	put(4);
}

static int
start_eal(void **state)
{
	char *args[] = {"log_queue_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m64", "--lcores=0@0", "--log-level=error"};

	(void)state;
	return rte_eal_init(RTE_DIM(args), args) < 0 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_nobody_reads_stop_nobody),
		cmocka_unit_test(what_was_queued_can_be_awaited),
		cmocka_unit_test(the_end_writes_what_waits),
		cmocka_unit_test(an_abort_writes_what_waits),
		cmocka_unit_test(the_end_does_not_wait_for_a_reader),
	};

	return cmocka_run_group_tests(tests, start_eal, NULL);
}
