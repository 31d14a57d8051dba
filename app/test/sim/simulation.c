/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/context.h"
#include "main_loop.h"
#include "test/hub_fixture.h"
#include "test/sim/checks.h"
#include "test/sim/clock.h"
#include "test/sim/fail.h"
#include "test/sim/faults.h"
#include "test/sim/hosts.h"
#include "test/sim/model.h"
#include "test/sim/simulation.h"
#include "test/sim/world.h"

#define LCORES 4
#define WIRE_SIZE 256
#define TURN_NS 2000
#define MS_NS UINT64_C(1000000)

#define BURST_MAX 40
#define FLOOD 2600
#define FILL_MAX 600

/* Longer than a leave takes (two queries, a second each), and ARP. */
#define CALM_MS 6000
#define CALM_STEP_MS 200
#define CALM_TURNS 200

static const char config_path[] = "config";
static bool wire_is_full;
static uint64_t turns; /* of lcores */

static void
write_config(unsigned int config)
{
	FILE *file = fopen(config_path, "w");

	SIM_REQUIRE(file != NULL && fputs(sim_configs[config], file) >= 0 && fclose(file) == 0,
		"cannot write %s", config_path);
}

static uint64_t
stand_in_cpu_ns(void)
{
	return sim_clock_read();
}

static void
start(uint64_t seed)
{
	sim_clock_seed(seed);
	hub.config_file = config_path;
	SIM_REQUIRE(fixture_start(&(struct hub_fixture){.config = sim_configs[0],
			    .ports = 1,
			    .tx_queues = 2,
			    .lcores = LCORES,
			    .wire_size = WIRE_SIZE,
			    .log_level = RTE_LOG_EMERG,
			    .on_sent = sim_world_take}) == 0,
		"the hub does not start");
	hub.control->read_cycles = sim_clock_read;
	hub.control->read_cpu_ns = stand_in_cpu_ns;
	sim_model_start();
	sim_world_start();
}

static bool
turn(unsigned int lcore)
{
	turns++;
	sim_clock_advance(TURN_NS);
	return mcr_main_loop_turn(&hub.workers.lcores[lcore % hub.workers.count]);
}

/* Until nothing moves any more for so long. */
static void
settle(unsigned int for_ms)
{
	for (unsigned int ms = 0; ms < for_ms; ms += CALM_STEP_MS) {
		bool is_busy = true;

		for (unsigned int i = 0; is_busy && i < CALM_TURNS; i++) {
			is_busy = false;
			for (unsigned int lcore = 0; lcore < LCORES; lcore++) {
				is_busy |= turn(lcore);
				is_busy |= fixture_take_sent() != 0;
			}
		}
		sim_clock_advance(CALM_STEP_MS * MS_NS);
	}
}

static void
refresh_reports(void)
{
	for (unsigned int host = 0; host < SIM_HOSTS; host++) {
		uint16_t which = 0;

		for (unsigned int group = 0; group < SIM_GROUPS; group++)
			which |= sim_may_join(host, group) ? 1u << group : 0;
		if (which != 0 && sim_model_is_member(host))
			sim_world_report(host, which);
	}
}

static void
probe(void)
{
	for (unsigned int group = 0; group < SIM_GROUPS; group++) {
		for (unsigned int host = 0; host < SIM_HOSTS; host++) {
			if (sim_model_may_send(host, group))
				sim_world_send(host, group, host * group);
		}
	}
	settle(CALM_STEP_MS);
}

/* First what happened so far is judged; then hosts repeat what they want, and at last nothing may
 * be missing. No file is being written now, so the next ones fail or not, in each run of a script.
 */
static void
be_quiet(uint64_t *losses, bool breaks_disk)
{
	sim_faults_end();
	wire_is_full = false;
	sim_world_calm();
	settle(CALM_MS);
	sim_check_counters(true);
	sim_check_buffers();
	sim_model_quiet(sim_check_losses() != *losses);
	refresh_reports();
	settle(CALM_MS);
	sim_model_quiet(true);
	probe(); /* finds neighbours, too */
	sim_model_quiet(true);
	*losses = sim_check_losses();
	probe();
	SIM_REQUIRE(sim_check_losses() == *losses, "losses although all is quiet");
	sim_model_quiet(false);
	sim_check_counters(true);
	sim_check_buffers();
	sim_faults_break_disk(breaks_disk);
}

static void
join(const struct sim_step *step, bool joins)
{
	const unsigned int host = step->a % SIM_HOSTS, group = step->c % SIM_GROUPS;

	if (!sim_may_join(host, group))
		return;
	sim_model_join(host, group, joins);
	sim_world_report(host, 1u << group);
}

static void
send_burst(const struct sim_step *step)
{
	const unsigned int count = step->b % 8 == 0 ? step->b % BURST_MAX : step->b % 4;

	for (unsigned int i = 0; i <= count; i++)
		sim_world_send(step->a % SIM_HOSTS, step->c % SIM_GROUPS,
			step->b % 3 == 0 ? step->b * 7 % FILL_MAX : 0);
}

/* RX lcores alone take turns: rings get full. */
static void
flood(const struct sim_step *step)
{
	for (unsigned int i = 0; i < FLOOD; i++) {
		sim_world_send(step->a % SIM_HOSTS, step->c % SIM_GROUPS, 0);
		if (i % MCR_RX_BURST == 0)
			turn(1);
	}
}

static void
reload(unsigned int number)
{
	const unsigned int config = number % (SIM_CONFIGS + SIM_REFUSED);

	if (config < SIM_CONFIGS && !sim_model_reload(config))
		return;
	if (config >= SIM_CONFIGS && sim_model_reloads())
		return;
	write_config(config);
	hub.reload = true;
}

static void
do_step(const struct sim_step *step, uint64_t *losses)
{
	switch (step->op) {
	case SIM_TURN:
		turn(step->a);
		break;
	case SIM_SEND:
		send_burst(step);
		break;
	case SIM_FLOOD:
		flood(step);
		break;
	case SIM_WIRE:
		if (!wire_is_full)
			fixture_take_sent();
		break;
	case SIM_PASS:
		sim_clock_advance((step->a % 16) * MS_NS);
		break;
	case SIM_JOIN:
	case SIM_LEAVE:
		join(step, step->op == SIM_JOIN);
		break;
	case SIM_LATE:
		sim_world_delay_next(step->a);
		break;
	case SIM_LOSE:
		sim_world_lose_next();
		break;
	case SIM_MOVE:
		if (sim_hosts[step->a % SIM_HOSTS].is_on_link &&
			!sim_hosts[step->a % SIM_HOSTS].has_own_mac)
			sim_world_move(step->a % SIM_HOSTS);
		break;
	case SIM_RELOAD:
		reload(step->a);
		break;
	case SIM_FULL:
		wire_is_full = step->a % 2 == 1;
		break;
	case SIM_EMPTY:
		if (step->a % 2 == 1)
			sim_faults_empty_pools(step->a % 32);
		else
			sim_faults_end();
		break;
	case SIM_DISK:
		sim_clock_set_slow_disk(step->a % 2 == 1);
		break;
	default:
		be_quiet(losses, step->a % 2 == 1);
		break;
	}
}

void
sim_run(const struct sim_script *script, struct sim_result *result)
{
	uint64_t losses = 0;

	start(script->seed);
	for (uint32_t i = 0; i < script->count; i++) {
		result->steps = i + 1;
		sim_world_step();
		do_step(&script->steps[i], &losses);
		sim_check_counters(false);
	}
	result->events = turns + sim_world_frames();
	result->trace = sim_world_trace();
}
