/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "tester.h"

#define NS 1000000000ULL
#define BURST 32U
#define SILENCE_S 5 /* then missing copies are lost */
#define JOIN_DEADLINE_S 20
#define AFTER_LEAVE 1000 /* frames per group that must not reach a joiner that has left */

struct run {
	const struct tester_plan *plan;
	const struct tester_load *load;
	struct tester_meter meter;
	uint64_t frames;
	uint64_t sent;
	uint64_t start; /* TSC */
	uint64_t end;   /* arrival of the last frame */
	uint64_t turns;
	uint64_t waits; /* turns that neither sent nor received */
};

static double
to_ns(uint64_t cycles)
{
	return (double)cycles * NS / rte_get_tsc_hz();
}

static uint64_t
frames_due(const struct run *run)
{
	const double elapsed = rte_rdtsc() - run->start;

	if (run->load->rate == 0)
		return run->frames;
	return RTE_MIN(run->frames, (uint64_t)(elapsed / rte_get_tsc_hz() * run->load->rate));
}

/* How many frames fit into the window; at least one if none is under way. */
static uint32_t
room_in_window(const struct run *run)
{
	const uint64_t expected = run->sent * run->plan->receivers;
	const uint64_t under_way = expected > run->meter.copies ? expected - run->meter.copies : 0;

	if (under_way == 0)
		return RTE_MAX(run->load->window / run->plan->receivers, 1U);
	return under_way >= run->load->window
	               ? 0
	               : (run->load->window - under_way) / run->plan->receivers;
}

static uint32_t
next_burst(const struct run *run, uint64_t wanted)
{
	const uint32_t burst = RTE_MIN(room_in_window(run), BURST);

	return RTE_MIN(wanted, burst);
}

static uint32_t
send_some(struct run *run)
{
	const uint64_t until = frames_due(run);
	uint32_t count = until > run->sent ? next_burst(run, until - run->sent) : 0;

	if (count != 0)
		count = tester_wire_send(run->plan, run->sent, count);
	run->sent += count;
	return count;
}

static void
poll_once(struct run *run)
{
	const uint32_t sent = send_some(run);
	const uint32_t received = tester_wire_receive(&run->meter);

	if (received != 0)
		run->end = rte_rdtsc();
	run->turns++;
	run->waits += sent == 0 && received == 0;
}

static void
start_run(struct run *run, const struct tester_plan *plan, const struct tester_load *load)
{
	*run = (struct run){
		.plan = plan,
		.load = load,
		.frames = load->frames == 0 ? UINT64_MAX : load->frames,
	};
	tester_meter_start(&run->meter, plan);
	run->start = rte_rdtsc();
	run->end = run->start;
}

static bool
is_timed_out(const struct run *run)
{
	return rte_rdtsc() > run->end + SILENCE_S * rte_get_tsc_hz();
}

static void
await_copies(struct run *run, uint64_t copies)
{
	while (run->meter.copies < copies && !is_timed_out(run))
		poll_once(run);
}

static void
put_run(const struct run *run)
{
	const struct tester_meter *meter = &run->meter;
	const struct mcr_latency *latency = &meter->latency;

	printf("{\"sent\":%" PRIu64 ",\"copies\":%" PRIu64 ",\"lost\":%" PRId64
	       ",\"misordered\":%" PRIu64 ",\"others\":%" PRIu64 ",\"seconds\":%.6f,"
	       "\"waited\":%.3f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"max_ns\":%.0f",
		run->sent, meter->copies,
		(int64_t)(run->sent * run->plan->receivers - meter->copies), meter->misordered,
		meter->others, to_ns(run->end - run->start) / NS,
		run->turns == 0 ? 0.0 : (double)run->waits / run->turns,
		to_ns(mcr_latency_percentile(latency, 500)),
		to_ns(mcr_latency_percentile(latency, 990)), to_ns(latency->max));
}

void
tester_trial(const struct tester_plan *plan, const struct tester_load *load)
{
	struct run run;

	start_run(&run, plan, load);
	await_copies(&run, load->frames * plan->receivers);
	put_run(&run);
	puts("}");
	tester_meter_stop(&run.meter);
}

void
tester_ask(const struct tester_plan *plan, const struct tester_load *load, const uint8_t *frame,
	uint32_t length)
{
	struct run run;

	start_run(&run, plan, load);
	while (RTE_MIN(run.sent, run.meter.others) < load->frames && !is_timed_out(&run)) {
		if (run.sent < RTE_MIN(frames_due(&run), run.meter.others + load->window)) {
			tester_wire_send_raw(frame, length);
			run.sent++;
		}
		if (tester_wire_receive(&run.meter) != 0)
			run.end = rte_rdtsc();
	}
	printf("{\"sent\":%" PRIu64 ",\"answers\":%" PRIu64 "}\n", run.sent, run.meter.others);
	tester_meter_stop(&run.meter);
}

static void
send_reports(const struct tester_report *report)
{
	for (; report->length != 0; report++)
		tester_wire_send_raw(report->frame, report->length);
}

/* Median and maximum over groups of the delay since a time. */
static void
put_delays(const char *name, const struct tester_plan *plan, const uint64_t *times, uint64_t since)
{
	struct mcr_latency delays = {0};

	for (uint32_t i = 0; i < plan->groups; i++)
		mcr_latency_record(&delays, times[i] > since ? times[i] - since : 0);
	printf(",\"%s_p50_ns\":%.0f,\"%s_max_ns\":%.0f", name,
		to_ns(mcr_latency_percentile(&delays, 500)), name, to_ns(delays.max));
}

static void
measure_join(struct run *run, const struct tester_report *reports)
{
	const uint64_t since = rte_rdtsc();
	const uint64_t deadline = since + JOIN_DEADLINE_S * rte_get_tsc_hz();

	tester_meter_expect_news(&run->meter);
	send_reports(reports);
	while (run->meter.first_count < run->plan->groups && rte_rdtsc() < deadline)
		poll_once(run);
	printf(",\"joined\":%u", run->meter.first_count);
	put_delays("join", run->plan, run->meter.first, since);
}

/* Whether copies of AFTER_LEAVE frames per group arrived after the joiner's last copy. */
static bool
has_left(const struct run *run, uint64_t quiet_from)
{
	const uint64_t enough = (uint64_t)AFTER_LEAVE * run->plan->groups;

	return run->meter.copies >= (quiet_from + enough) * run->plan->receivers;
}

static void
measure_leave(struct run *run, const struct tester_report *reports)
{
	const uint64_t since = rte_rdtsc();
	const uint64_t deadline = since + JOIN_DEADLINE_S * rte_get_tsc_hz();
	uint64_t quiet_from = run->sent, joined = run->meter.joined;

	send_reports(reports);
	while (!has_left(run, quiet_from) && rte_rdtsc() < deadline) {
		poll_once(run);
		if (run->meter.joined != joined)
			quiet_from = run->sent;
		joined = run->meter.joined;
	}
	printf(",\"left\":%s", has_left(run, quiet_from) ? "true" : "false");
	put_delays("leave", run->plan, run->meter.last, since);
}

void
tester_join_and_leave(const struct tester_plan *plan, const struct tester_load *load,
	const struct tester_report *joins, const struct tester_report *leaves)
{
	struct run run;

	start_run(&run, plan, load);
	await_copies(&run, (uint64_t)plan->groups * plan->receivers);
	printf("{\"groups\":%u", plan->groups);
	measure_join(&run, joins);
	measure_leave(&run, leaves);
	run.frames = run.sent;
	await_copies(&run, run.sent * plan->receivers);
	printf(",\"beside\":");
	put_run(&run);
	puts("}}");
	tester_meter_stop(&run.meter);
}
