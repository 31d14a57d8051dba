/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include <rte_common.h>

#include <mcr_config.h>
#include <mcr_hash.h>

#include "domain/args.h"
#include "domain/etcd.h"
#include "domain/log.h"
#include "domain/notify.h"
#include "domain/socket.h"

/* mcdpdk-domain(8), EXIT STATUS. */
#define EXIT_FAILED 1
#define EXIT_USAGE 2

#define SOCKET_NAME "dpdk_telemetry.v2"
/* It must also look for signals of a clock that stops. */
#define SLEEP_MAX_MS 1000

struct agent {
	struct mcr_domain *domain;
	struct mcr_etcd *etcd;
	struct mcr_socket *socket;
	struct mcr_notify *notify; /* NULL: nobody is to be notified */
	char status[160];          /* as the service manager knows it */
};

static uint64_t
clock_us(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * UINT64_C(1000000) + time.tv_nsec / 1000;
}

/* EAL's run-time folder, by the rule of DPDK's telemetry client; this user's hub first, then
 * root's.
 */
static char *
find_socket(const struct mcr_agent_args *args)
{
	const char *prefix = args->file_prefix == NULL ? "rte" : args->file_prefix;
	const char *base = getenv("RUNTIME_DIRECTORY");
	const bool is_given = base != NULL && base[0] != '\0';
	char *path = NULL;

	if (args->socket != NULL)
		return strdup(args->socket);
	if (!is_given)
		base = getuid() == 0 ? "/var/run" : getenv("XDG_RUNTIME_DIR");
	if (asprintf(&path, "%s/dpdk/%s/" SOCKET_NAME, base == NULL ? "/tmp" : base, prefix) < 0)
		return NULL;
	if (is_given || access(path, F_OK) == 0)
		return path;
	free(path);
	return asprintf(&path, "/var/run/dpdk/%s/" SOCKET_NAME, prefix) < 0 ? NULL : path;
}

static struct mcr_config *
load_config(const char *file)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_load(file, &errors);

	for (uint32_t i = 0; i < errors.count; i++)
		mcr_agent_log(MCR_DOMAIN_ERROR, "%s", errors.lines[i]);
	mcr_config_messages_free(&errors);
	if (config == NULL || config->domain.name[0] != '\0')
		return config;
	mcr_agent_log(MCR_DOMAIN_ERROR, "%s: domain: missing: there is nothing to do", file);
	mcr_config_free(config);
	return NULL;
}

static void
end_agent(struct agent *agent)
{
	mcr_notify_free(agent->notify);
	mcr_socket_free(agent->socket);
	mcr_etcd_free(agent->etcd);
	mcr_domain_free(agent->domain);
}

static bool
start_agent(struct agent *agent, const struct mcr_config_domain *config, const char *path,
	const char *program)
{
	struct mcr_domain_config settings = {
		.name = config->name,
		.hub = config->hub,
		.endpoint_count = config->etcd_count,
		.notifies = program != NULL,
		.version = MCR_VERSION,
		.wall_us = clock_us(CLOCK_REALTIME) - clock_us(CLOCK_MONOTONIC),
	};

	if (getrandom(&settings.seed, sizeof(settings.seed), 0) < 0)
		settings.seed = clock_us(CLOCK_REALTIME);
	*agent = (struct agent){.domain = mcr_domain_create(&settings)};
	if (agent->domain == NULL)
		return false;
	agent->etcd = mcr_etcd_create(config, agent->domain);
	agent->socket = mcr_socket_create(path, agent->domain);
	if (program != NULL)
		agent->notify =
			mcr_notify_create(program, config->name, config->hub, agent->domain);
	return agent->etcd != NULL && agent->socket != NULL &&
	       (program == NULL || agent->notify != NULL);
}

static void
carry_out(struct agent *agent, uint64_t now, const struct mcr_domain_action *action)
{
	switch (action->type) {
	case MCR_DOMAIN_CONNECT:
		mcr_etcd_connect(agent->etcd, action->endpoint);
		break;
	case MCR_DOMAIN_REQUEST:
		mcr_etcd_send(agent->etcd, &action->request);
		break;
	case MCR_DOMAIN_ASK:
		mcr_socket_ask(agent->socket, now, action->text);
		break;
	case MCR_DOMAIN_LOG:
		mcr_agent_log(action->level, "%s", action->text);
		break;
	case MCR_DOMAIN_NOTIFY:
		mcr_notify_run(agent->notify, now, &action->notice);
		break;
	}
}

static void
tell_manager(struct agent *agent)
{
	const char *state = mcr_domain_state(agent->domain);

	if (strcmp(state, agent->status) == 0)
		return;
	snprintf(agent->status, sizeof(agent->status), "%s", state);
	(void)sd_notifyf(0, "STATUS=%s", state);
}

/* All that can be done now. */
static void
turn(struct agent *agent)
{
	const uint64_t now = clock_us(CLOCK_MONOTONIC);
	struct mcr_domain_action action;

	mcr_socket_poll(agent->socket, now);
	mcr_etcd_poll(agent->etcd, now);
	mcr_notify_poll(agent->notify, now);
	while (mcr_domain_next(agent->domain, now, &action))
		carry_out(agent, now, &action);
	mcr_etcd_poll(agent->etcd, now);
	tell_manager(agent);
}

static int
sleep_ms(const struct agent *agent)
{
	const uint64_t now = clock_us(CLOCK_MONOTONIC);
	const uint64_t domain = mcr_domain_wake(agent->domain);
	const uint64_t socket = mcr_socket_wake(agent->socket);
	const uint64_t notify = mcr_notify_wake(agent->notify);
	uint64_t wake = RTE_MIN(domain, socket);

	wake = RTE_MIN(wake, notify);
	if (wake <= now)
		return 0;
	return wake - now > SLEEP_MAX_MS * UINT64_C(1000) ? SLEEP_MAX_MS
	                                                  : (int)((wake - now + 999) / 1000);
}

/* @return The signal that ended it. */
static int
run(struct agent *agent, int signals)
{
	struct signalfd_siginfo signal_info;

	for (;;) {
		struct curl_waitfd others[] = {
			{.fd = signals, .events = CURL_WAIT_POLLIN},
			{.fd = mcr_socket_fd(agent->socket), .events = CURL_WAIT_POLLIN},
		};

		turn(agent);
		others[1].fd = mcr_socket_fd(agent->socket);
		mcr_etcd_wait(agent->etcd, others, others[1].fd < 0 ? 1 : 2, sleep_ms(agent));
		/* After SIGCHLD, the next turn looks at the program that was run. */
		if (read(signals, &signal_info, sizeof(signal_info)) == sizeof(signal_info) &&
			signal_info.ssi_signo != SIGCHLD)
			return (int)signal_info.ssi_signo;
	}
}

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* SIGHUP: what has changed in the file takes effect as by a restart, which disturbs nobody. */
static int
serve(const struct mcr_agent_args *args, struct mcr_config *config, const char *path, int signals)
{
	int last = SIGHUP;

	while (last == SIGHUP) {
		struct agent agent;
		struct mcr_config *next;

		if (signals < 0 || !start_agent(&agent, &config->domain, path, args->notify)) {
			mcr_agent_log(MCR_DOMAIN_ERROR, "out of memory");
			break;
		}
		(void)sd_notify(0, "READY=1");
		do {
			last = run(&agent, signals);
			next = last == SIGHUP ? load_config(args->config_file) : NULL;
		} while (last == SIGHUP && next == NULL);
		end_agent(&agent);
		if (next != NULL) {
			mcr_config_free(config);
			config = next;
		}
	}
	mcr_config_free(config);
	if (last == SIGHUP)
		return EXIT_FAILED;
	(void)sd_notify(0, "STOPPING=1");
	mcr_agent_log(MCR_DOMAIN_NOTICE, "ending; the hub stays in its domain for %d s",
		MCR_DOMAIN_LEASE_S);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct mcr_agent_args args;
	struct mcr_config *config;
	char *path;
	int signals, status;

	if (mcr_agent_args_parse(argc, argv, &args) != 0)
		return EXIT_USAGE;
	if (args.help || args.version) {
		if (args.help)
			mcr_agent_args_print_help(stdout);
		else
			puts("mcdpdk-domain " MCR_VERSION);
		return EXIT_SUCCESS;
	}
	/* A connection that etcd has closed is an error of it, not the end. */
	signal(SIGPIPE, SIG_IGN);
	/* libcurl waits for the resolver when it drops a request. */
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
	/* From here on, a signal during the start takes effect after it. */
	signals = open_signals();
	/* Before the configuration has numbers of IPv6 addresses, which are found by their hash. */
	(void)mcr_hash_choose_secret();
	config = load_config(args.config_file);
	if (config == NULL)
		return EXIT_USAGE;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	path = find_socket(&args);
	if (path == NULL) {
		status = EXIT_FAILED;
	} else if (!mcr_socket_takes(path)) {
		mcr_agent_log(MCR_DOMAIN_ERROR, "%s: too long for the path of a socket", path);
		status = EXIT_USAGE;
	} else {
		status = serve(&args, config, path, signals);
	}
	free(path);
	curl_global_cleanup();
	return status;
}
