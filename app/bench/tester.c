/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * mcdpdk_tester EAL-OPTIONS reads commands, one a line, and answers each with a line of JSON.
 * Frames are hexadecimal. WINDOW and RATE are those of struct tester_load.
 *
 *   frame INNER_OFFSET FRAME            frame to send; where its inner IP packet begins
 *   copy INNER_OFFSET LENGTH RECEIVERS  copies to expect
 *   groups FIRST COUNT                  destinations, in turn
 *   trial FRAMES WINDOW RATE            send, and await every copy
 *   joins FRAME...                      reports with which the joiner joins
 *   leaves FRAME...                     reports with which it leaves
 *   change WINDOW RATE                  join and leave beside a load
 *   ask FRAMES WINDOW RATE FRAME        send FRAME that often, and await as many answers
 *   send FRAME
 */

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "tester.h"

#define REPORTS_MAX 1024

static struct tester_plan plan;
static struct tester_report joins[REPORTS_MAX + 1], leaves[REPORTS_MAX + 1];

static uint64_t
next_number(void)
{
	const char *word = strtok(NULL, " \n");

	if (word == NULL)
		errx(2, "a number is missing");
	return strtoull(word, NULL, 10);
}

static uint32_t
read_hex(const char *text, uint8_t *bytes, uint32_t max)
{
	const uint32_t length = strlen(text) / 2;

	if (length > max)
		errx(2, "a frame of %u bytes", length);
	for (uint32_t i = 0; i < length; i++) {
		const char digits[] = {text[2 * i], text[2 * i + 1], 0};

		bytes[i] = strtoul(digits, NULL, 16);
	}
	return length;
}

static void
set_frame(void)
{
	plan.inner = next_number();
	plan.length = read_hex(strtok(NULL, " \n"), plan.frame, sizeof(plan.frame));
	puts("{}");
}

static void
set_copy(void)
{
	plan.copy_inner = next_number();
	plan.copy_length = next_number();
	plan.receivers = next_number();
	puts("{}");
}

static void
set_group_range(void)
{
	struct in_addr first;

	if (inet_pton(AF_INET, strtok(NULL, " \n"), &first) != 1)
		errx(2, "not a group");
	plan.first_group = ntohl(first.s_addr);
	plan.groups = next_number();
	puts("{}");
}

static void
set_reports(struct tester_report *reports)
{
	const char *word;
	uint32_t count = 0;

	for (uint32_t i = 0; reports[i].length != 0; i++)
		free(reports[i].frame);
	for (; count < REPORTS_MAX && (word = strtok(NULL, " \n")) != NULL; count++) {
		reports[count].frame = malloc(TESTER_FRAME_MAX);
		if (reports[count].frame == NULL)
			err(1, "memory for reports");
		reports[count].length = read_hex(word, reports[count].frame, TESTER_FRAME_MAX);
	}
	reports[count].length = 0;
	puts("{}");
}

static void
set_joins(void)
{
	set_reports(joins);
}

static void
set_leaves(void)
{
	set_reports(leaves);
}

static void
run_send(void)
{
	uint8_t frame[TESTER_FRAME_MAX];

	tester_wire_send_raw(frame, read_hex(strtok(NULL, " \n"), frame, sizeof(frame)));
	puts("{}");
}

static struct tester_load
read_load(void)
{
	struct tester_load load;

	load.frames = next_number();
	load.window = next_number();
	load.rate = next_number();
	return load;
}

static void
run_ask(void)
{
	const struct tester_load load = read_load();
	uint8_t frame[TESTER_FRAME_MAX];

	tester_ask(&plan, &load, frame, read_hex(strtok(NULL, " \n"), frame, sizeof(frame)));
}

static void
run_trial(void)
{
	const struct tester_load load = read_load();

	tester_trial(&plan, &load);
}

static void
run_change(void)
{
	struct tester_load load = {0};

	load.window = next_number();
	load.rate = next_number();
	plan.joiners = 1;
	tester_join_and_leave(&plan, &load, joins, leaves);
	plan.joiners = 0;
}

static void
run_command(char *line)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} commands[] = {
		{"frame", set_frame},
		{"copy", set_copy},
		{"groups", set_group_range},
		{"joins", set_joins},
		{"leaves", set_leaves},
		{"trial", run_trial},
		{"change", run_change},
		{"ask", run_ask},
		{"send", run_send},
	};
	const char *name = strtok(line, " \n");

	for (uint32_t i = 0; name != NULL && i < RTE_DIM(commands); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].run();
			fflush(stdout);
			return;
		}
	}
	errx(2, "no such command: %s", name == NULL ? "" : name);
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	if (rte_eal_init(argc, argv) < 0)
		errx(1, "EAL");
	tester_wire_start();
	puts("{\"ready\":true}");
	fflush(stdout);
	while (getline(&line, &size, stdin) > 0)
		run_command(line);
	free(line);
	tester_wire_stop();
	rte_eal_cleanup();
	return 0;
}
