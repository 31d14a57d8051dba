/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Real programs, by a clock of the test. What they and the agent log goes to a pipe. */

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "domain/notify.h"

#define SECOND UINT64_C(1000000)
#define DEADLINE_MS 30000

static struct scene {
	char folder[32];
	char program[64];
	char log[4000];
	int log_fd;
	int stdin_fd; /* as they were */
	int stderr_fd;
	uint64_t now;
	struct mcr_notify *notify;
	struct mcr_domain *domain;
} s;

static const struct mcr_domain_notice DOWN = {
	.is_up = false, .hub = "west", .address = "10.2.0.10", .up = "south north"};

static void
write_program(const char *script, mode_t mode)
{
	const int fd = open(s.program, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
read_log(void)
{
	const size_t len = strlen(s.log);
	const ssize_t more = read(s.log_fd, s.log + len, sizeof(s.log) - len - 1);

	if (more > 0)
		s.log[len + more] = '\0';
}

static void
await_log(const char *words)
{
	while (strstr(s.log, words) == NULL) {
		struct pollfd file = {.fd = s.log_fd, .events = POLLIN};

		if (poll(&file, 1, DEADLINE_MS) != 1)
			fail_msg("%s is not in: %s", words, s.log);
		read_log();
	}
}

/* @return Whether a program runs: its deadline is the only thing to wait for. */
static bool
runs(void)
{
	return mcr_notify_wake(s.notify) != UINT64_MAX;
}

static sigset_t
child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

/* As the agent's loop does: the signal comes before its poll. */
static void
await_end(void)
{
	const sigset_t set = child_signal();
	const struct timespec deadline = {.tv_sec = DEADLINE_MS / 1000};

	assert_int_equal(sigtimedwait(&set, NULL, &deadline), SIGCHLD);
	mcr_notify_poll(s.notify, s.now);
	assert_false(runs());
	read_log();
}

static void
run(const char *script)
{
	write_program(script, 0700);
	mcr_notify_run(s.notify, s.now, &DOWN);
}

static int
start(void **state)
{
	const struct mcr_domain_config config = {
		.name = "harbour", .hub = "east", .endpoint_count = 1, .version = "1"};
	const sigset_t set = child_signal();
	int ends[2];

	(void)state;
	memset(&s, 0, sizeof(s));
	strcpy(s.folder, "/tmp/notify_test.XXXXXX");
	assert_non_null(mkdtemp(s.folder));
	snprintf(s.program, sizeof(s.program), "%s/program", s.folder);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	s.log_fd = ends[0];
	s.stdin_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	s.stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* That of an earlier test: one that could not be run ends, too. */
	while (sigtimedwait(&set, NULL, &(const struct timespec){0}) > 0)
		;
	s.now = SECOND;
	s.domain = mcr_domain_create(&config);
	s.notify = mcr_notify_create(s.program, "harbour", "east", s.domain);
	return s.notify == NULL;
}

static int
end(void **state)
{
	(void)state;
	mcr_notify_free(s.notify);
	mcr_domain_free(s.domain);
	dup2(s.stdin_fd, STDIN_FILENO);
	dup2(s.stderr_fd, STDERR_FILENO);
	close(s.stdin_fd);
	close(s.stderr_fd);
	close(s.log_fd);
	unlink(s.program);
	rmdir(s.folder);
	return 0;
}

static void
a_program_gets_the_change_as_arguments_and_little_else(void **state)
{
	/* A file of the agent that would be inherited. */
	const int open_file = dup(s.log_fd);

	(void)state;
	setenv("SECRET", "told", 1);
	run("#!/bin/sh\necho \"$# $*\"; env; ls -l /proc/$$/fd\n");
	assert_true(runs());
	await_end();
	close(open_file);
	assert_non_null(strstr(s.log, "3 down west 10.2.0.10\n"));
	assert_non_null(strstr(s.log, "MCDPDK_DOMAIN=harbour\n"));
	assert_non_null(strstr(s.log, "MCDPDK_HUB=east\n"));
	assert_non_null(strstr(s.log, "MCDPDK_UP=south north\n"));
	assert_non_null(strstr(s.log, "PATH="));
	assert_null(strstr(s.log, "SECRET"));
	assert_non_null(strstr(s.log, "0 -> /dev/null\n"));
	for (int fd = 3; fd < 10; fd++) {
		char text[16];

		snprintf(text, sizeof(text), " %d -> pipe", fd);
		assert_null(strstr(s.log, text));
	}
	/* Nothing is wrong. */
	assert_null(strstr(s.log, "warning"));
}

/* @return The signals of a line of /proc/PID/status in the log. */
static uint64_t
find_signals(const char *name)
{
	const char *line = strstr(s.log, name);

	assert_non_null(line);
	return strtoull(line + strlen(name), NULL, 16);
}

/* No shell: that has its own mind about signals. */
static void
a_program_gets_signals_as_programs_expect_them(void **state)
{
	(void)state;
	run("#!/usr/bin/awk -f\n"
	    "BEGIN { while (getline line < \"/proc/self/status\") print line }\n");
	await_end();
	assert_int_equal(find_signals("\nSigBlk:"), 0);
	assert_int_equal(find_signals("\nSigIgn:") & UINT64_C(1) << (SIGPIPE - 1), 0);
}

static void
its_failure_is_one_line(void **state)
{
	char line[200];

	(void)state;
	run("#!/bin/sh\nexit 3\n");
	await_end();
	snprintf(line, sizeof(line),
		"mcdpdk-domain: warning: %s down west 10.2.0.10: exit status 3\n", s.program);
	assert_string_equal(s.log, line);
}

static void
its_death_is_one_line(void **state)
{
	(void)state;
	run("#!/bin/sh\nkill -15 $$\n");
	await_end();
	assert_non_null(strstr(s.log, "10.2.0.10: killed by signal 15\n"));
}

static void
one_that_cannot_be_run_is_over_at_once(void **state)
{
	(void)state;
	write_program("#!/bin/sh\n", 0600);
	mcr_notify_run(s.notify, s.now, &DOWN);
	assert_false(runs());
	read_log();
	/* Root may not either. */
	assert_non_null(strstr(s.log, "10.2.0.10: Permission denied\n"));
	unlink(s.program);
	mcr_notify_run(s.notify, s.now, &DOWN);
	assert_false(runs());
	read_log();
	assert_non_null(strstr(s.log, "10.2.0.10: No such file or directory\n"));
}

/* A process that the program has started, which says its id. */
static pid_t
find_child(void)
{
	await_log("\n");
	return atoi(s.log);
}

static void
expect_dead(pid_t pid)
{
	/* It has another parent, who may take its time to bury it. */
	for (int i = 0; i < DEADLINE_MS; i++) {
		char path[32], text[256] = "";
		const char *place;
		int fd;
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return;
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		place = len > 0 ? strrchr(text, ')') : NULL;
		if (place == NULL || place[2] == 'Z')
			return;
		usleep(1000);
	}
	fail_msg("%d lives", pid);
}

#define TWO_SLEEPERS "#!/bin/sh\nsleep 1000 &\necho $!\nwait\n"

static void
one_that_takes_too_long_is_killed_with_all_that_it_has_started(void **state)
{
	pid_t child;

	(void)state;
	run(TWO_SLEEPERS);
	child = find_child();
	assert_int_equal(mcr_notify_wake(s.notify), s.now + 60 * SECOND);
	s.now += 60 * SECOND - 1;
	mcr_notify_poll(s.notify, s.now);
	assert_int_equal(kill(child, 0), 0);
	s.now++;
	mcr_notify_poll(s.notify, s.now);
	await_end();
	assert_non_null(strstr(s.log, "10.2.0.10: killed after 60 s\n"));
	expect_dead(child);
}

static void
what_runs_ends_with_the_agent(void **state)
{
	pid_t child;

	(void)state;
	run(TWO_SLEEPERS);
	child = find_child();
	mcr_notify_free(s.notify);
	s.notify = NULL;
	expect_dead(child);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_program_gets_the_change_as_arguments_and_little_else),
		SCENE(a_program_gets_signals_as_programs_expect_them),
		SCENE(its_failure_is_one_line),
		SCENE(its_death_is_one_line),
		SCENE(one_that_cannot_be_run_is_over_at_once),
		SCENE(one_that_takes_too_long_is_killed_with_all_that_it_has_started),
		SCENE(what_runs_ends_with_the_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
