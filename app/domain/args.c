/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "domain/args.h"

enum { FILE_PREFIX = 256, SOCKET, NOTIFY };

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"file-prefix", required_argument, NULL, FILE_PREFIX},
	{"socket", required_argument, NULL, SOCKET},
	{"notify", required_argument, NULL, NOTIFY},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

void
mcr_agent_args_print_help(FILE *out)
{
	fputs("Usage: mcdpdk-domain -c FILE [--file-prefix PREFIX | --socket PATH]\n"
	      "                     [--notify PROGRAM]\n"
	      "Make a running mcdpdk one of the hubs of its domain, by way of etcd.\n"
	      "\n"
	      "  -c, --config FILE       the hub's configuration; required\n"
	      "  --file-prefix PREFIX    the hub's, as EAL has it; rte by default\n"
	      "  --socket PATH           the hub's telemetry socket, instead\n"
	      "  --notify PROGRAM        run PROGRAM up|down HUB ADDRESS when another hub\n"
	      "                          comes or goes\n"
	      "  -V, --version           print the version and exit\n"
	      "  -h, --help              print this and exit\n"
	      "\n"
	      "Exit status: 0 well; 1 failed while starting or running; 2 wrong usage or\n"
	      "configuration.\n",
		out);
}

static int
wrong(const char *what, const char *argument)
{
	fprintf(stderr, "mcdpdk-domain: %s%s; see mcdpdk-domain --help\n", what, argument);
	return -EINVAL;
}

static int
set_option(int option, struct mcr_agent_args *args, const char *argument)
{
	switch (option) {
	case 'c':
		if (args->config_file != NULL)
			return wrong("more than one configuration: ", optarg);
		args->config_file = optarg;
		return 0;
	case FILE_PREFIX:
		args->file_prefix = optarg;
		return 0;
	case SOCKET:
		args->socket = optarg;
		return 0;
	case NOTIFY:
		args->notify = optarg;
		return 0;
	case 'V':
		args->version = true;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	case ':':
		return wrong("an argument is missing: ", argument);
	default:
		return wrong("unknown option: ", argument);
	}
}

int
mcr_agent_args_parse(int argc, char **argv, struct mcr_agent_args *args)
{
	int option;

	*args = (struct mcr_agent_args){0};
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:Vh", options, NULL)) != -1)
		if (set_option(option, args, argv[optind - 1]) != 0)
			return -EINVAL;
	if (optind < argc)
		return wrong("unexpected argument: ", argv[optind]);
	if (args->file_prefix != NULL && args->socket != NULL)
		return wrong("only one of --file-prefix and --socket", "");
	if (args->file_prefix != NULL && strchr(args->file_prefix, '/') != NULL)
		return wrong("no file prefix: ", args->file_prefix);
	if (args->notify != NULL && args->notify[0] == '\0')
		return wrong("no program: ", "--notify");
	if (args->config_file == NULL && !args->version && !args->help)
		return wrong("a configuration is required: ", "-c FILE");
	return 0;
}
