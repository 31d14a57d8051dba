/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * For tests: preloaded into the program, it makes calls that only an intruder makes, when somebody
 * writes to the FIFO that MCR_INTRUDER names. Then FIFO.done has each call and its errno, 0 for one
 * that the kernel let pass.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct call {
	const char *name;
	long number;
	long arguments[5];
} calls[] = {
	{"execve", SYS_execve, {(long)"/nonexistent"}},
	{"fork", SYS_clone, {SIGCHLD}},
	{"kill", SYS_kill, {1, 0}},
	{"ptrace", SYS_ptrace, {PTRACE_TRACEME}},
	{"unshare", SYS_unshare, {CLONE_NEWNET}},
	{"mount", SYS_mount, {0, (long)"/", 0, 0, 0}},
	{"setuid", SYS_setuid, {0}},
	{"vsock", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}},
	{"bpf", SYS_bpf, {-1}},
	{"io_uring_setup", SYS_io_uring_setup, {1, 0}},
	{"userfaultfd", SYS_userfaultfd, {0}},
	{"keyctl", SYS_keyctl, {-1}},
};

static void
try_calls(FILE *out)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *a = calls[i].arguments;
		const long ret = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4]);

		if (ret == 0 && calls[i].number == SYS_clone)
			_exit(0);
		fprintf(out, "%s %d\n", calls[i].name, ret < 0 ? errno : 0);
	}
}

static void *
await_order(void *path)
{
	char fresh[256], done[256], order;
	const int fifo = open(path, O_RDWR);
	FILE *out;

	if (read(fifo, &order, 1) != 1)
		return NULL;
	snprintf(fresh, sizeof(fresh), "%s.new", (const char *)path);
	snprintf(done, sizeof(done), "%s.done", (const char *)path);
	out = fopen(fresh, "w");
	if (out == NULL)
		return NULL;
	try_calls(out);
	fclose(out);
	rename(fresh, done);
	return NULL;
}

__attribute__((constructor)) static void
start(void)
{
	char *path = getenv("MCR_INTRUDER");
	pthread_t thread;

	if (path != NULL && pthread_create(&thread, NULL, await_order, path) == 0)
		pthread_detach(thread);
}
