/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The benchmark of the whole data path: the hub as it forwards, beside the floor, in one run.
 *
 * The floor is what any program pays that sends packets of its own: buffers allocated in bulk, sent
 * and freed by the same port. Rounds of both alternate, so what disturbs the machine disturbs both.
 *
 * Frames come from a callback on a net_null port, which writes their headers into fresh buffers.
 * Copies go to net_null, at once or behind a ring that frees late, as a NIC's does.
 */

#ifndef MCR_BENCH_H
#define MCR_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "hub.h"

/** How copies are made; AUTO: as the hub chooses. */
enum bench_strategy {
	BENCH_AUTO,
	BENCH_COPY,
	BENCH_SHARE,
};

/** To whom the sender sends. */
enum bench_cast {
	BENCH_MULTICAST,
	BENCH_FLOOD,   /**< to a station of its segment that nobody knows: all members get it */
	BENCH_UNICAST, /**< to the overlay address of one member */
};

/** What becomes of what is sent. */
enum bench_wire {
	BENCH_NULL, /**< freed at once */
	BENCH_RING, /**< freed as late as a NIC with 1024 descriptors does */
};

/** Which lcores work, beside the control lcore. */
enum bench_layout {
	BENCH_ONE,  /**< one that receives and sends */
	BENCH_TWO,  /**< two of them, each with a flow of its own */
	BENCH_PIPE, /**< one receives, one sends */
	BENCH_FAR,  /**< as one, on another cpu than the control lcore */
};

/** What the hub is measured beside. */
enum bench_rival {
	BENCH_NOTHING,  /**< what only sends: the floor */
	BENCH_ONE_BOX,  /**< DPDK's sample ipv4_multicast, all copies in one buffer of 32 */
	BENCH_BOX_EACH, /**< as it is: each receiver a port there, with a buffer of its own */
};

struct bench_case {
	const char *series; /**< what it is compared with */
	uint16_t frame;     /**< length of the sender's plain Ethernet frame, without FCS */
	uint32_t receivers; /**< copies of each packet */
	enum mcr_encap encap;
	enum bench_cast cast;
	uint32_t groups; /**< which packets go to, at random */
	enum bench_strategy strategy;
	enum bench_wire wire;
	enum bench_layout layout;
	enum bench_rival rival;
};

/** TSC cycles of one copy: minima over rounds, and the median of the rounds' ratios. */
struct bench_result {
	double floor; /**< or the other rival */
	double hub;
	double ratio;  /**< floor to hub: 1 is as fast as the floor; beyond it, faster */
	double spread; /**< of the hub's rounds: (9th decile - minimum) / minimum */
};

/** How much to measure. */
struct bench_effort {
	uint32_t rounds;
	uint32_t copies; /**< of one round, at least */
};

/* require.c */

/** End the program unless a condition holds. */
void
bench_require(bool condition, const char *what);

/* setup.c */

/** A hub that serves the case; no lcore of it runs. Errors end the program. */
struct mcr_hub *
bench_hub_start(const struct bench_case *bench);

/** Ends it; counters that do not balance, or buffers that are missing, end the program. */
void
bench_hub_end(struct mcr_hub *hub);

/** Name of the port. */
#define BENCH_PORT "net_null_bench"

/** Underlay address of the sender. */
#define BENCH_SENDER MCR_IPV4(10, 0, 0, 11)

/** Underlay address of the hub. */
#define BENCH_HUB MCR_IPV4(10, 0, 0, 10)

/** Group by its number. */
static inline uint32_t
bench_group(uint32_t number)
{
	return MCR_IPV4(225, 0, 0, 0) + number;
}

/** Overlay address of a member by its number, for BENCH_UNICAST. */
static inline uint32_t
bench_overlay(uint32_t number)
{
	return MCR_IPV4(192, 168, 0, 1) + number;
}

/* source.c */

/** Let frames come in on every RX queue. Packets of queue q go to the q-th part of the groups. */
void
bench_source_start(const struct mcr_hub *hub, const struct bench_case *bench);

/** Let them come at a constant rate, a packet in so many TSC cycles, from now on. Each then carries
 * the time of its arrival in its last eight bytes. @param interval 0: always a full burst. */
void
bench_source_pace(double interval);

void
bench_source_stop(void);

/* wire.c */

/** Who sends; each has buffers of its own on the wire. */
enum bench_party {
	BENCH_FLOOR,
	BENCH_OWN,
	BENCH_PARTIES,
};

/** Put a ring behind the first TX queue of a port. */
void
bench_wire_start(uint16_t port);

void
bench_wire_turn_to(enum bench_party party);

/** Free what is on it. */
void
bench_wire_stop(void);

/* measure.c */

/** Measure one lcore beside the floor. */
struct bench_result
bench_measure(const struct bench_case *bench, const struct bench_effort *effort);

/* rounds.c */

#define BENCH_ROUNDS_MAX 8192

struct bench_round {
	double value;
	double share; /**< of its wall time, how much a worker had the CPU */
};

struct bench_rounds {
	uint32_t count;
	struct bench_round at[BENCH_ROUNDS_MAX];
};

/** Seconds. */
double
bench_clock(clockid_t clock);

bool
bench_is_undisturbed(double share);

void
bench_rounds_add(struct bench_rounds *rounds, double value, double share);

uint32_t
bench_rounds_undisturbed(const struct bench_rounds *rounds);

/**
 * The upper quartile of the undisturbed rounds (a hypervisor takes time that we do not see, never
 * gives any); if there are few, of those that were least disturbed.
 */
double
bench_rounds_quartile(struct bench_rounds *rounds);

/* floor.c */

void
bench_floor_start(void);

/** @return Cycles for so many packets of a length. */
uint64_t
bench_floor_run(uint16_t port, uint32_t packets, uint32_t length);

void
bench_floor_stop(void);

/* textbook.c */

void
bench_textbook_start(const struct bench_case *bench);

/** @return Cycles of a copy, over so many at least. */
double
bench_textbook_run(uint16_t port, uint32_t copies);

void
bench_textbook_stop(uint16_t port);

/* parallel.c */

/** Short rounds in which the copies per second are counted that all lcores of a layout make. */
void
bench_measure_layout(const struct bench_case *bench, double seconds, struct bench_rounds *rounds);

/** Joins and leaves a second that are as many as the writer can make. */
#define BENCH_UNLIMITED 1e12

struct bench_updates {
	struct bench_rounds alone;  /**< copies per second without updates */
	struct bench_rounds beside; /**< with updates */
	struct bench_rounds joins;  /**< joins and leaves per second */
};

/** Measure one lcore that forwards while another changes the group table, in turn and not. */
void
bench_measure_updates(
	const struct bench_case *bench, double seconds, double pace, struct bench_updates *updates);

/* latency.c */

struct bench_latency {
	uint32_t load; /**< percent of the most packets that the lcore forwards */
	double packets_per_s;
	struct mcr_latency delay;  /**< arrival to last copy, in TSC cycles */
	struct mcr_latency spread; /**< first to last copy */
	uint32_t rounds;
	uint32_t undisturbed; /**< rounds that count */
};

/** @param[in,out] latencies The loads are given, the rest is zero. */
void
bench_measure_latency(const struct bench_case *bench, uint32_t rounds,
	struct bench_latency *latencies, uint32_t count);

/* instructions.c */

/** Count instructions of some cases; the program runs under callgrind. */
void
bench_count_instructions(void);

/* report.c */

void
bench_report_open(FILE *json);

void
bench_report_case(const struct bench_case *bench, const struct bench_result *result);

void
bench_report_layout(const struct bench_case *bench, struct bench_rounds *rates, double rate_of_one);

void
bench_report_updates(const struct bench_case *bench, struct bench_updates *updates);

void
bench_report_latency(const struct bench_case *bench, const struct bench_latency *latency);

#endif
