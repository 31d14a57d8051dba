/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "infra/log.h"
#include "telemetry/commands.h"

/* The end of a help text. The command refuses parameters. */
#define NO_PARAMETERS "No parameters"

struct command {
	const char *path;
	mcr_telemetry_handler handle;
	const char *help;
};

static const struct command commands[] = {
	{"/mcdpdk/info", mcr_telemetry_info, "What runs. " NO_PARAMETERS},
	{"/mcdpdk/health", mcr_telemetry_health, "What is wrong. " NO_PARAMETERS},
	{"/mcdpdk/stats", mcr_telemetry_stats, "Packets and copies, summed. " NO_PARAMETERS},
	{"/mcdpdk/drops", mcr_telemetry_drops, "Drops by reason. " NO_PARAMETERS},
	{"/mcdpdk/refused", mcr_telemetry_refused,
		"The last senders of dropped packets, by reason. Parameters: [OFFSET]"},
	{"/mcdpdk/ports", mcr_telemetry_ports, "Ports. " NO_PARAMETERS},
	{"/mcdpdk/lcores", mcr_telemetry_lcores, "Lcores and their load. " NO_PARAMETERS},
	{"/mcdpdk/control", mcr_telemetry_control,
		"What the control lcore's time goes to, by class. " NO_PARAMETERS},
	{"/mcdpdk/latency", mcr_telemetry_latency, "From RX burst to TX burst. " NO_PARAMETERS},
	{"/mcdpdk/groups", mcr_telemetry_groups, "Group entries. Parameters: [OFFSET]"},
	{"/mcdpdk/group", mcr_telemetry_group, "One group entry. Parameters: G[,S]"},
	{"/mcdpdk/group_table", mcr_telemetry_group_table,
		"What group says, of all. Parameters: [OFFSET]"},
	{"/mcdpdk/receivers", mcr_telemetry_receivers,
		"Receivers of a group entry. Parameters: OFFSET,G[,S]"},
	{"/mcdpdk/members", mcr_telemetry_members, "Names of members. Parameters: [OFFSET]"},
	{"/mcdpdk/member", mcr_telemetry_member, "One member. Parameters: NAME"},
	{"/mcdpdk/member_table", mcr_telemetry_member_table,
		"What member says, of all. Parameters: [OFFSET]"},
	{"/mcdpdk/member_groups", mcr_telemetry_member_groups,
		"Groups that a member receives. Parameters: OFFSET,NAME"},
	{"/mcdpdk/rates", mcr_telemetry_rates,
		"Rates, the highest first. Parameters: group|sender|member[,OFFSET]"},
	{"/mcdpdk/streams", mcr_telemetry_streams,
		"Which member sends to which group. Parameters: [OFFSET[,G|MEMBER]]"},
	{"/mcdpdk/igmp", mcr_telemetry_igmp, "IGMP, or its state on one link. Parameters: [NAME]"},
	{"/mcdpdk/mld", mcr_telemetry_mld, "MLD, or its state on one link. Parameters: [NAME]"},
	{"/mcdpdk/stations", mcr_telemetry_stations,
		"MAC addresses learned in VXLAN segments. Parameters: [OFFSET]"},
	{"/mcdpdk/amt", mcr_telemetry_amt, "AMT messages and tunnels. " NO_PARAMETERS},
	{"/mcdpdk/explain", mcr_telemetry_explain,
		"What would happen to a packet. Parameters: SENDER,G[,S]"},
	{"/mcdpdk/domain", mcr_telemetry_domain, "The domain of the hub. " NO_PARAMETERS},
	{"/mcdpdk/domain_state", mcr_telemetry_domain_state,
		"For the agent: what it has to say of itself. Parameters: TEXT"},
	{"/mcdpdk/interest", mcr_telemetry_interest,
		"What this hub has receivers for, and changes. Parameters: SINCE[,OFFSET]"},
	{"/mcdpdk/peers", mcr_telemetry_peers, "Other hubs of the domain. Parameters: [OFFSET]"},
	{"/mcdpdk/peer_set", mcr_telemetry_peer_set,
		"For the agent: add or change a peer. Parameters: NAME,ADDRESS[,UDPPORT]"},
	{"/mcdpdk/peer_remove", mcr_telemetry_peer_remove,
		"For the agent: remove a peer. Parameters: NAME"},
	{"/mcdpdk/peer_interest", mcr_telemetry_peer_interest,
		"For the agent: what a peer wants. Parameters: NAME,+KEY !KEY -KEY ..."},
	{"/mcdpdk/peer_sync", mcr_telemetry_peer_sync,
		"For the agent: all that a peer wants follows, or followed. Parameters: "
		"NAME,begin|end"},
	{"/mcdpdk/peer_serves", mcr_telemetry_peer_serves,
		"For the agent: the serving sets that a hub is in. Parameters: NAME,BITS[,EPOCH]"},
	{"/mcdpdk/peer_reach", mcr_telemetry_peer_reach,
		"For the agent: what a peer reaches. Parameters: NAME[,NETWORK ...]"},
	{"/mcdpdk/placement", mcr_telemetry_placement,
		"The placement of shared members; for the agent: the next phase. Parameters: "
		"[GENERATION,prepare|switch|settled]"},
	{"/mcdpdk/drain", mcr_telemetry_drain,
		"Have other hubs serve the members, or not any more. Parameters: [end]"},
	{"/mcdpdk/reload", mcr_telemetry_reload, "Read the configuration again. " NO_PARAMETERS},
	{"/mcdpdk/join", mcr_telemetry_join, "Add a runtime receiver. Parameters: G,MEMBER[,S]"},
	{"/mcdpdk/leave", mcr_telemetry_leave,
		"Take a runtime receiver away. Parameters: G,MEMBER[,S]"},
};

struct call {
	const struct command *command;
	struct mcr_controller *control;
	const char *params;
	struct rte_tel_data *answer;
	uint32_t reload;   /* the one that it waits for; 0: none yet */
	uint64_t asked_ms; /* rates; 0: not yet */
};

/* DPDK passes no argument to the callbacks; a process runs one hub. */
static struct mcr_controller *serving;

/* A telemetry thread holds it for reading while it uses the controller; DPDK never ends them. */
static pthread_rwlock_t in_use = PTHREAD_RWLOCK_INITIALIZER;

/* Some take many turns, and are answered at their end. */
static bool
must_wait(struct call *call)
{
	if (call->command->handle == mcr_telemetry_reload)
		return !mcr_telemetry_await_reload(call->control, &call->reload);
	return call->command->handle == mcr_telemetry_rates &&
	       !mcr_telemetry_await_rates(call->control, call->params, &call->asked_ms);
}

static bool
carry_out(void *arg)
{
	struct call *call = arg;

	RTE_ASSERT(call->command != NULL && call->answer != NULL);
	if (must_wait(call))
		return false;
	call->command->handle(call->control, call->params, call->answer);
	return true;
}

static const struct command *
find_command(const char *path)
{
	for (unsigned int i = 0; i < RTE_DIM(commands); i++) {
		if (strcmp(commands[i].path, path) == 0)
			return &commands[i];
	}
	return NULL;
}

static int
answer_command(const char *path, const char *params, struct rte_tel_data *answer)
{
	struct call call = {
		.command = find_command(path),
		.params = params != NULL ? params : "",
		.answer = answer,
	};
	int ret = -ESHUTDOWN;

	if (call.command == NULL)
		return -EINVAL;
	if (*call.params != '\0' && strstr(call.command->help, NO_PARAMETERS) != NULL) {
		mcr_telemetry_error(answer, "%s takes no parameters", path);
		return 0;
	}
	pthread_rwlock_rdlock(&in_use);
	call.control = __atomic_load_n(&serving, __ATOMIC_ACQUIRE);
	if (call.control != NULL)
		ret = mcr_mailbox_request(call.control->mailbox, carry_out, &call);
	pthread_rwlock_unlock(&in_use);
	/* Whoever has the answer finds in the log what came before it. */
	mcr_log_await();
	if (ret == -ETIMEDOUT)
		mcr_telemetry_error(answer, "the control lcore is busy, try again");
	else if (ret != 0)
		mcr_telemetry_error(answer, "the hub is starting or ending");
	return 0;
}

/* EAL starts without an error when it cannot make the socket. */
static void
check_socket(void)
{
	char path[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
		MCR_LOG(WARNING, "no telemetry socket at %s: mcdpdkctl finds no hub", path);
}

int
mcr_telemetry_start(struct mcr_controller *control)
{
	RTE_ASSERT(serving == NULL);
	check_socket();
	__atomic_store_n(&serving, control, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < RTE_DIM(commands); i++) {
		const int ret = rte_telemetry_register_cmd(
			commands[i].path, answer_command, commands[i].help);

		if (ret != 0)
			return ret;
	}
	return 0;
}

void
mcr_telemetry_stop(struct mcr_controller *control)
{
	RTE_ASSERT(serving == NULL || serving == control);
	__atomic_store_n(&serving, NULL, __ATOMIC_RELEASE);
	mcr_mailbox_close(control->mailbox);
	pthread_rwlock_wrlock(&in_use);
	pthread_rwlock_unlock(&in_use);
}
