/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Stress tests run in a child process: a deliberately broken run may crash. */

#ifndef STRESS_APART_H
#define STRESS_APART_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Exit statuses; sanitizers have others. */
enum verdict { SAW_RIGHT = 0, SAW_WRONG = 20, SAW_TOO_LITTLE = 21 };

/* Flaws of a run; a test's own follow. */
enum { SOUND };

typedef enum verdict (*stress_run)(int flaw);

/* Longer than any sound run. */
#define SECONDS_AT_MOST 60

/* Returns the exit status; SAW_WRONG for a crash or a run that does not end. */
static inline int
run_apart(stress_run run, int flaw)
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (flaw != SOUND)
			fclose(stderr);
		/* cmocka's handler calls malloc(), whose lock is held if the heap is corrupt. */
		signal(SIGSEGV, SIG_DFL);
		alarm(SECONDS_AT_MOST);
		exit(run(flaw));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : SAW_WRONG;
}

static inline void
assert_sound(stress_run run)
{
	assert_int_equal(run_apart(run, SOUND), SAW_RIGHT);
}

static inline void
assert_falls(stress_run run, int flaw)
{
	const int status = run_apart(run, flaw);

	assert_int_not_equal(status, SAW_RIGHT);
	assert_int_not_equal(status, SAW_TOO_LITTLE);
}

#endif
