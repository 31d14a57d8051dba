/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <mcr_hash.h>

#include "args.h"
#include "control/context.h"
#include "control/control_watch.h"
#include "eal.h"
#include "eal_files.h"
#include "hub.h"
#include "infra/log.h"
#include "infra/memory.h"
#include "infra/rights.h"
#include "infra/sandbox.h"
#include "infra/start_time.h"
#include "main_loop.h"

/* mcdpdk(8), EXIT STATUS. */
#define EXIT_FAILED 1
#define EXIT_USAGE 2

static struct mcr_hub hub;

static void
end_by_signal(int signal_number)
{
	RTE_SET_USED(signal_number);
	__atomic_store_n(&hub.wants_end, true, __ATOMIC_RELAXED);
}

static void
reload_by_signal(int signal_number)
{
	RTE_SET_USED(signal_number);
	__atomic_store_n(&hub.reload, true, __ATOMIC_RELEASE);
}

static void
set_signals(void)
{
	struct sigaction end = {.sa_handler = end_by_signal};
	struct sigaction reload = {.sa_handler = reload_by_signal, .sa_flags = SA_RESTART};

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &reload, NULL);
}

static void
print_lines(uint32_t level, const char *prefix, const struct mcr_config_messages *messages)
{
	for (uint32_t i = 0; i < messages->count; i++)
		mcr_log_print(level, "%s%s", prefix, messages->lines[i]);
}

static struct mcr_config *
load_config(const char *file)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_load(file, &errors);

	print_lines(RTE_LOG_ERR, "", &errors);
	if (config != NULL)
		print_lines(RTE_LOG_WARNING, "warning: ", &config->warnings);
	mcr_config_messages_free(&errors);
	return config;
}

static void
serve(void)
{
	RTE_ASSERT(hub.control != NULL && hub.workers.lcores[0].role->is_control);
	hub.control->start_ms = mcr_main_loop_now_ms();
	for (uint16_t i = 1; i < hub.workers.count; i++)
		rte_eal_remote_launch(
			mcr_main_loop_run, &hub.workers.lcores[i], hub.workers.lcores[i].role->id);
	__atomic_store_n(&hub.control->ready, true, __ATOMIC_RELAXED);
	mcr_start_time_log();
	MCR_LOG(NOTICE, "ready");
	mcr_control_watch_start(hub.control);
	mcr_main_loop_run(&hub.workers.lcores[0]);
	mcr_control_watch_stop();
	rte_eal_mp_wait_lcore();
	__atomic_store_n(&hub.control->ready, false, __ATOMIC_RELAXED);
	MCR_LOG(NOTICE, "ending");
}

/* All that needs them is open, and no lcore runs yet. */
static int
give_up_rights(void)
{
	int ret;

	mcr_memory_keep_huge_pages();
	ret = mcr_rights_drop();
	if (ret == 0)
		mcr_sandbox_enter(mcr_rights_need_bpf());
	mcr_start_time_note("rights");
	return ret;
}

static int
start_and_serve(const struct mcr_args *args)
{
	int ret;

	/* Signals during the start take effect after it. */
	set_signals();
	mcr_eal_files_remove_at_exit();
	if (mcr_eal_start(args) != 0)
		return EXIT_FAILED;
	mcr_start_time_note("EAL");
	mcr_log_start();
	mcr_eal_files_share();
	ret = mcr_hub_start(&hub);
	if (ret == 0)
		ret = give_up_rights();
	if (ret == 0)
		serve();
	hub.ports.keeps_buffers = true;
	mcr_hub_end(&hub);
	mcr_eal_files_remove_pages(args->eal_argc, args->eal_argv);
	rte_eal_cleanup();
	mcr_log_end();
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILED;
}

static void
print_counts(const struct mcr_config *config, const char *file)
{
	printf("%s: ok: %u port%s, %u member%s, %u group%s\n", file, config->port_count,
		config->port_count == 1 ? "" : "s", config->member_count,
		config->member_count == 1 ? "" : "s", config->group_count,
		config->group_count == 1 ? "" : "s");
}

static int
check_config(const struct mcr_config *config, const struct mcr_args *args)
{
	if (!args->dump) {
		print_counts(config, args->config_file);
	} else if (mcr_config_dump(config, stdout) != 0) {
		fprintf(stderr, "mcdpdk: the configuration cannot be written out\n");
		return EXIT_FAILED;
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct mcr_args args;
	int status;

	if (mcr_args_parse(argc, argv, &args) != 0)
		return EXIT_USAGE;
	if (args.help || args.version) {
		if (args.help)
			mcr_args_print_help(stdout);
		else
			mcr_args_print_version(stdout);
		return EXIT_SUCCESS;
	}
	mcr_start_time_begin();
	mcr_memory_set_up_heap();
	/* The configuration has numbers of IPv6 addresses, which are found by their hash. */
	if (mcr_hash_choose_secret() != 0)
		MCR_LOG(WARNING, "no random bytes: others can predict the hash tables");
	hub.config_file = args.config_file;
	hub.config = load_config(args.config_file);
	mcr_start_time_note("configuration");
	if (hub.config == NULL)
		return EXIT_USAGE;
	status = args.test ? check_config(hub.config, &args) : start_and_serve(&args);
	mcr_config_free(hub.config);
	return status;
}
