/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "args.h"

/* "+": stop at the first non-option; ":": report a missing argument as such. */
static const char short_options[] = "+:c:tTVh";

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"test", no_argument, NULL, 't'},
	{"dump", no_argument, NULL, 'T'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

void
mcr_args_print_help(FILE *out)
{
	fputs("Usage: mcdpdk [EAL options] -- -c FILE [-t | -T]\n"
	      "Replicate IP multicast to the members of its groups, one unicast copy each.\n"
	      "\n"
	      "  -c, --config FILE  the configuration; required\n"
	      "  -t, --test         check the configuration and exit\n"
	      "  -T, --dump         check it, print it with every default filled in, and exit\n"
	      "  -V, --version      print the version and exit\n"
	      "  -h, --help         print this and exit\n"
	      "\n"
	      "With -t, -T, -V and -h, no EAL options and no -- are needed.\n"
	      "Exit status: 0 well; 1 failed while starting or running; 2 wrong usage or\n"
	      "configuration.\n",
		out);
}

void
mcr_args_print_version(FILE *out)
{
	fputs("mcdpdk " MCR_VERSION "\n", out);
}

static int
find_separator(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

/* Without -- an option may be meant for EAL. */
#define MAY_BE_EALS "; if it is EAL's, a -- is missing: did you mean `-- -c FILE`?"

static int
print_error(const char *what, const char *argument, const char *hint)
{
	fprintf(stderr, "mcdpdk: %s%s%s; see mcdpdk --help\n", what, argument, hint);
	return -EINVAL;
}

static bool
is_own_letter(int letter)
{
	return letter != 0 && letter != ':' && strchr(short_options, letter) != NULL;
}

static int
print_option_error(const char *what, const char *argument, const char *hint)
{
	const char letter[] = {'-', optopt, '\0'};

	return print_error(what, optopt != 0 ? letter : argument, hint);
}

static int
set_option(int option, struct mcr_args *args, const char *hint, const char *argument)
{
	switch (option) {
	case 'c':
		if (args->config_file != NULL)
			return print_error("more than one configuration: ", optarg, "");
		args->config_file = optarg;
		return 0;
	case 'T':
		args->dump = true;
		/* fallthrough */
	case 't':
		args->test = true;
		return 0;
	case 'V':
		args->version = true;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	case ':':
		return print_option_error("an argument is missing: ", argument, "");
	default:
		if (is_own_letter(optopt))
			return print_error("an option takes no argument: ", argument, "");
		return print_option_error("unknown option: ", argument, hint);
	}
}

static int
read_options(int argc, char **argv, struct mcr_args *args, const char *hint)
{
	int option, ret = 0;

	opterr = 0;
	optind = 0; /* glibc and musl: also drop a half-read word */
	while (ret == 0 &&
		(option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1)
		ret = set_option(option, args, hint, argv[optind - 1]);
	if (ret != 0)
		return -EINVAL;
	if (optind < argc)
		return print_error("unexpected argument: ", argv[optind], "");
	return 0;
}

static bool
is_leaving(const struct mcr_args *args)
{
	return args->test || args->version || args->help;
}

/* Without a separator all options are EAL's, whose -c is a core mask, unless all are the program's
 * own and one of them exits before EAL would start. */
static int
read_unseparated(int argc, char **argv, struct mcr_args *args)
{
	const int ret = read_options(argc, argv, args, MAY_BE_EALS);

	if (ret != 0 || is_leaving(args))
		return ret;
	fputs("mcdpdk: the program's own options stand behind EAL's: did you mean `-- -c FILE`?\n",
		stderr);
	return -EINVAL;
}

/* Reset the order, too: after a "+" getopt would always stop at the first non-option. */
static void
reset_getopt(void)
{
	char *nothing[] = {(char *)(uintptr_t) "", NULL};

	optind = 0;
	(void)getopt(1, nothing, "");
	optind = 1;
}

int
mcr_args_parse(int argc, char **argv, struct mcr_args *args)
{
	const int separator = find_separator(argc, argv);
	int result;

	*args = (struct mcr_args){.eal_argc = separator, .eal_argv = argv};
	if (separator < argc) {
		result = read_options(argc - separator, argv + separator, args, "");
	} else {
		result = read_unseparated(argc, argv, args);
		args->eal_argc = argc > 0 ? 1 : 0;
	}
	reset_getopt();
	if (result == 0 && args->config_file == NULL && !args->version && !args->help)
		return print_error("a configuration is required: ", "-c FILE", "");
	return result;
}
