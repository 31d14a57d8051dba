/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_debug.h>

#include "domain/log.h"
#include "domain/notify.h"

#define KILL_AFTER_S 60
#define SECOND UINT64_C(1000000)
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct mcr_notify {
	char *program;
	struct mcr_domain *domain;
	char *path; /* PATH=... */
	char *name; /* MCDPDK_DOMAIN=... */
	char *hub;  /* MCDPDK_HUB=... */
	pid_t pid;  /* and process group; 0: none runs */
	uint64_t kill_at;
	char what[128]; /* its arguments, for the log */
};

static char *
set_variable(const char *name, const char *value)
{
	char *text;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

struct mcr_notify *
mcr_notify_create(const char *program, const char *name, const char *hub, struct mcr_domain *domain)
{
	struct mcr_notify *notify = calloc(1, sizeof(*notify));
	const char *path = getenv("PATH");

	if (notify == NULL)
		return NULL;
	notify->domain = domain;
	notify->program = strdup(program);
	notify->path = set_variable("PATH", path == NULL ? DEFAULT_PATH : path);
	notify->name = set_variable("MCDPDK_DOMAIN", name);
	notify->hub = set_variable("MCDPDK_HUB", hub);
	if (notify->program != NULL && notify->path != NULL && notify->name != NULL &&
		notify->hub != NULL)
		return notify;
	mcr_notify_free(notify);
	return NULL;
}

void
mcr_notify_free(struct mcr_notify *notify)
{
	if (notify == NULL)
		return;
	if (notify->pid != 0) {
		kill(-notify->pid, SIGKILL);
		waitpid(notify->pid, NULL, 0);
	}
	free(notify->hub);
	free(notify->name);
	free(notify->path);
	free(notify->program);
	free(notify);
}

/* @param text What is wrong. */
static void
complain(const struct mcr_notify *notify, const char *text)
{
	mcr_agent_log(MCR_DOMAIN_WARNING, "%s %s: %s", notify->program, notify->what, text);
}

/* Its own process group, so that all of it can be killed; the signals as a program expects them;
 * both outputs to the log; and none of the agent's files.
 */
static int
spawn(struct mcr_notify *notify, char *const argv[], char *const envp[])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int error;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (error == 0)
		error = posix_spawn(&notify->pid, notify->program, &files, &attributes, argv, envp);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

void
mcr_notify_run(struct mcr_notify *notify, uint64_t now, const struct mcr_domain_notice *notice)
{
	char state[] = "down", address[INET6_ADDRSTRLEN], hub[64];
	char *const argv[] = {notify->program, state, hub, address, NULL};
	char *up = set_variable("MCDPDK_UP", notice->up);
	char *const envp[] = {notify->path, notify->name, notify->hub, up, NULL};
	int error = ENOMEM;

	RTE_ASSERT(notify->pid == 0);
	if (notice->is_up)
		strcpy(state, "up");
	snprintf(hub, sizeof(hub), "%s", notice->hub);
	snprintf(address, sizeof(address), "%s", notice->address);
	snprintf(notify->what, sizeof(notify->what), "%s %s %s", state, hub, address);
	notify->kill_at = now + KILL_AFTER_S * SECOND;
	if (up != NULL)
		error = spawn(notify, argv, envp);
	free(up);
	if (error == 0)
		return;
	notify->pid = 0;
	complain(notify, strerror(error));
	mcr_domain_notified(notify->domain);
}

static void
take_end(struct mcr_notify *notify, int status)
{
	char text[32];

	notify->pid = 0;
	if (WIFSIGNALED(status) && notify->kill_at == UINT64_MAX)
		snprintf(text, sizeof(text), "killed after %d s", KILL_AFTER_S);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "exit status %d", WEXITSTATUS(status));
	if (status != 0)
		complain(notify, text);
	mcr_domain_notified(notify->domain);
}

void
mcr_notify_poll(struct mcr_notify *notify, uint64_t now)
{
	int status;

	if (notify == NULL || notify->pid == 0)
		return;
	if (waitpid(notify->pid, &status, WNOHANG) == notify->pid) {
		take_end(notify, status);
	} else if (now >= notify->kill_at) {
		kill(-notify->pid, SIGKILL);
		notify->kill_at = UINT64_MAX;
	}
}

uint64_t
mcr_notify_wake(const struct mcr_notify *notify)
{
	return notify == NULL || notify->pid == 0 ? UINT64_MAX : notify->kill_at;
}
