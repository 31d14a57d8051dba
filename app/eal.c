/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "eal.h"
#include "infra/log.h"
#include "infra/rights.h"

#define USAGE_MAX 32768

/* Standard output while EAL starts: EAL prints a hundred lines of usage after each mistake. */
struct muted {
	int saved; /* -1: not muted */
	int usage;
};

static bool
has_word(const struct mcr_args *args, const char *word)
{
	const size_t len = strlen(word);

	for (int i = 1; i < args->eal_argc; i++)
		if (strncmp(args->eal_argv[i], word, len) == 0 &&
			strchr("=", args->eal_argv[i][len]) != NULL)
			return true;
	return false;
}

static const char *
find_argument(const struct mcr_args *args, const char *option)
{
	const size_t len = strlen(option);

	for (int i = 1; i < args->eal_argc; i++) {
		const char *word = args->eal_argv[i];

		if (strcmp(word, option) == 0)
			return i + 1 < args->eal_argc ? args->eal_argv[i + 1] : NULL;
		if (strncmp(word, option, len) == 0 && word[len] == '=')
			return word + len + 1;
	}
	return NULL;
}

/* Checked before EAL starts: EAL would wait for a primary process that left its files. */
static bool
is_secondary_wanted(const struct mcr_args *args)
{
	const char *type = find_argument(args, "--proc-type");

	return type != NULL && strcmp(type, "secondary") == 0;
}

static struct muted
mute(const struct mcr_args *args)
{
	struct muted muted = {.saved = -1, .usage = -1};

	if (has_word(args, "-h") || has_word(args, "--help"))
		return muted;
	muted.usage = memfd_create("usage", MFD_CLOEXEC);
	if (muted.usage < 0)
		return muted;
	fflush(stdout);
	muted.saved = dup(STDOUT_FILENO);
	if (muted.saved >= 0)
		dup2(muted.usage, STDOUT_FILENO);
	return muted;
}

static void
unmute(struct muted *muted, char *usage, size_t size)
{
	ssize_t len = 0;

	if (muted->saved >= 0) {
		fflush(stdout);
		dup2(muted->saved, STDOUT_FILENO);
		close(muted->saved);
	}
	if (muted->usage >= 0) {
		len = pread(muted->usage, usage, size - 1, 0);
		close(muted->usage);
	}
	usage[len < 0 ? 0 : len] = '\0';
}

/* A long option may be abbreviated; of a short one the first letter counts. */
static bool
is_in_usage(const char *usage, const char *word)
{
	char option[64];

	if (word[1] == '-')
		snprintf(option, sizeof(option), " %.*s", (int)strcspn(word, "="), word);
	else
		snprintf(option, sizeof(option), " -%c", word[1]);
	for (const char *at = usage; (at = strstr(at, option)) != NULL; at++)
		if (word[1] == '-' || !isalnum((unsigned char)at[3]))
			return true;
	return false;
}

const char *
mcr_eal_find_wrong_option(const struct mcr_args *args, const char *usage, bool *is_unknown)
{
	const char *last = args->eal_argv[args->eal_argc - 1];

	RTE_ASSERT(args->eal_argc > 0);
	*is_unknown = true;
	for (int i = 1; i < args->eal_argc; i++) {
		const char *word = args->eal_argv[i];

		if (word[0] == '-' && word[1] != '\0' && !is_in_usage(usage, word))
			return word;
	}
	*is_unknown = false;
	return args->eal_argc > 1 && last[0] == '-' && strchr(last, '=') == NULL ? last : NULL;
}

static bool
has_free_huge_pages(void)
{
	bool found = false;
	glob_t files;

	if (glob("/sys/kernel/mm/hugepages/*/free_hugepages", 0, NULL, &files) != 0)
		return false;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *in = fopen(files.gl_pathv[i], "re");
		unsigned long count = 0;

		if (in == NULL)
			continue;
		found |= fscanf(in, "%lu", &count) == 1 && count != 0;
		fclose(in);
	}
	globfree(&files);
	return found;
}

static bool
has_any(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasestr(text, *words) != NULL)
			return true;
	return false;
}

/* @return The remedy; "" if the error names it. */
static const char *
find_remedy(const struct mcr_args *args, const char *what)
{
	static const char *const memory[] = {"memory", "allocat", NULL};

	if (strstr(what, "another primary") != NULL)
		return " (each hub on a machine needs its own --file-prefix)";
	if (has_word(args, "--no-huge"))
		return has_any(what, memory) ? " (-m says how many MiB it may take)" : "";
	if ((strcasestr(what, "huge") != NULL || has_any(what, memory)) && !has_free_huge_pages())
		return " (no huge page is free: reserve some, sysctl vm.nr_hugepages=512, or give "
		       "--no-huge -m 512)";
	return "";
}

/* EAL's last error is general: use it only if there is no other. */
static void
print_log_errors(const struct mcr_args *args, const char *fallback)
{
	const char *last = mcr_log_get_error(0);
	const char *first = mcr_log_get_error(2), *second = mcr_log_get_error(1);
	const char *what = second != NULL ? second : last != NULL ? last : fallback;

	mcr_log_print(RTE_LOG_ERR, "mcdpdk: EAL cannot start: %s%s%s%s%s",
		first != NULL ? first : "", first != NULL ? "; " : "", what,
		find_remedy(args, what), mcr_rights_open_all() ? "" : " (not started as root)");
}

static void
explain(const struct mcr_args *args, const char *usage)
{
	const int error = rte_errno;
	bool is_unknown;
	const char *option = mcr_log_get_error(1) != NULL || usage[0] == '\0'
	                             ? NULL
	                             : mcr_eal_find_wrong_option(args, usage, &is_unknown);

	if (option == NULL)
		print_log_errors(args, rte_strerror(error));
	else if (is_unknown)
		mcr_log_print(RTE_LOG_ERR, "mcdpdk: EAL cannot start: unknown option: %s", option);
	else
		mcr_log_print(RTE_LOG_ERR, "mcdpdk: EAL cannot start: an argument is missing: %s",
			option);
}

static void
print_own_usage(const char *program)
{
	RTE_SET_USED(program);
	mcr_args_print_help(stdout);
}

int
mcr_eal_start(const struct mcr_args *args)
{
	char usage[USAGE_MAX];
	struct muted muted;
	int ret;

	if (is_secondary_wanted(args)) {
		mcr_log_print(RTE_LOG_ERR,
			"mcdpdk: a hub is no secondary process: leave --proc-type out");
		return -1;
	}
	mcr_log_open(has_word(args, "--syslog"));
	rte_set_application_usage_hook(print_own_usage);
	muted = mute(args);
	opterr = 0;
	ret = rte_eal_init(args->eal_argc, args->eal_argv);
	unmute(&muted, usage, sizeof(usage));
	if (ret < 0) {
		explain(args, usage);
		return -1;
	}
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", RTE_LOG_INFO);
	if (ret < args->eal_argc - 1)
		MCR_LOG(ERR, "unexpected argument before --: %s", args->eal_argv[ret + 1]);
	else if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		MCR_LOG(ERR,
			"a primary process runs with this --file-prefix: each hub needs its own");
	else
		return 0;
	rte_eal_cleanup();
	return -1;
}
