/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The whole hub in virtual time: one thread takes a turn of this or that lcore, and what happens
 * is decided by a seed.
 *
 *   sim [seconds [seed]]  scripts of this seed, the next and so on; a failing one is shrunk and
 *                         printed
 *   sim replay FILE       a printed script
 *   sim find SECONDS      whether any script fails
 *   sim repeat            whether two runs of a script are the same
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_debug.h>

#include "test/sim/script.h"
#include "test/sim/shrink.h"
#include "test/sim/simulation.h"

#define SECONDS 30
#define STEPS 200000
#define SHRINKING_TRIES 400

/* Written by the process of a run. */
static struct sim_result *result;

static void
remove_folder(const char *folder)
{
	RTE_VERIFY(chdir(folder) == 0);
	unlink("config");
	unlink("state.new");
	if (unlink("state") != 0)
		rmdir("state");
	RTE_VERIFY(chdir("/") == 0);
	rmdir(folder);
}

/* @return Whether it ended well. */
static bool
run(const struct sim_script *script, bool is_silent)
{
	char folder[] = "/tmp/mcdpdk-sim-XXXXXX";
	int status;
	pid_t child;

	RTE_VERIFY(mkdtemp(folder) != NULL);
	memset(result, 0, sizeof(*result));
	fflush(NULL);
	child = fork();
	RTE_VERIFY(child >= 0);
	if (child == 0) {
		if (is_silent && freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		if (chdir(folder) != 0)
			_exit(1);
		sim_run(script, result);
		_exit(0);
	}
	RTE_VERIFY(waitpid(child, &status, 0) == child);
	remove_folder(folder);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
fails(const struct sim_script *script)
{
	return !run(script, true);
}

static void
report(struct sim_script *script)
{
	printf("seed %" PRIu64 " fails at step %u; the shortest script that does:\n", script->seed,
		result->steps);
	script->count = result->steps;
	sim_shrink(script, fails, SHRINKING_TRIES);
	sim_script_print(script, stdout);
	run(script, false);
}

static int
explore(unsigned int seconds, uint64_t seed, bool shrinks)
{
	const time_t start = time(NULL);
	uint64_t events = 0, scripts = 0;
	double took;
	bool is_well;

	do {
		struct sim_script script = sim_script_make(seed + scripts++, STEPS);

		is_well = run(&script, false);
		events += result->events;
		if (!is_well && shrinks)
			report(&script);
		sim_script_free(&script);
		took = difftime(time(NULL), start);
	} while (is_well && took < seconds);
	printf("%" PRIu64 " scripts, %" PRIu64 " events, %.0f a second\n", scripts, events,
		events / (took < 1 ? 1 : took));
	return is_well ? 0 : 1;
}

static int
replay(const char *path)
{
	struct sim_script script = {0};
	FILE *file = fopen(path, "r");
	bool is_well;

	if (file == NULL || !sim_script_read(&script, file)) {
		fprintf(stderr, "%s: no script\n", path);
		return 2;
	}
	fclose(file);
	is_well = run(&script, false);
	printf("%u steps\n", result->steps);
	sim_script_free(&script);
	return is_well ? 0 : 1;
}

static int
repeat(void)
{
	struct sim_script script = sim_script_make(1, STEPS / 10);
	const bool first_is_well = run(&script, false);
	const uint64_t first = result->trace;
	const bool is_well = run(&script, false) && first_is_well;

	sim_script_free(&script);
	printf("traces %#" PRIx64 " and %#" PRIx64 "\n", first, result->trace);
	return is_well && first == result->trace ? 0 : 1;
}

int
main(int argc, char **argv)
{
	result = mmap(
		NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	RTE_VERIFY(result != MAP_FAILED);
	if (argc == 3 && strcmp(argv[1], "replay") == 0)
		return replay(argv[2]);
	if (argc == 2 && strcmp(argv[1], "repeat") == 0)
		return repeat();
	if (argc == 3 && strcmp(argv[1], "find") == 0)
		return explore(strtoul(argv[2], NULL, 10), 1, false);
	return explore(argc > 1 ? strtoul(argv[1], NULL, 10) : SECONDS,
		argc > 2 ? strtoull(argv[2], NULL, 10) : 1, true);
}
