/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The benchmark of the whole data path: the hub beside the floor, in alternating rounds, so that
 * other load on the machine slows both. The floor is the cost of sending: buffers allocated in
 * bulk, sent and freed by the same port.
 *
 * A callback on a net_null port makes the frames. Copies go to net_null, directly or through a ring
 * that frees late, as a NIC does.
 */

#ifndef MCR_BENCH_H
#define MCR_BENCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "hub.h"

/** How copies are made; BENCH_AUTO: the hub chooses. */
enum bench_strategy {
	BENCH_AUTO,
	BENCH_COPY,
	BENCH_SHARE,
};

enum bench_cast {
	BENCH_MULTICAST,
	BENCH_FLOOD,   /**< to an unknown station: all members of the segment get a copy */
	BENCH_UNICAST, /**< to the overlay address of one member */
};

enum bench_wire {
	BENCH_NULL,
	BENCH_RING, /**< freed late, as by a NIC with 1024 descriptors */
};

/** Lcores beside the control lcore. */
enum bench_layout {
	BENCH_ONE,   /**< one that receives and sends */
	BENCH_TWO,   /**< two of them, each with a flow of its own */
	BENCH_PIPE,  /**< one receives, one sends */
	BENCH_FAR,   /**< as BENCH_ONE, on another CPU than the control lcore */
	BENCH_SPLIT, /**< as BENCH_TWO, but all comes by one of them, which splits long lists */
};

enum bench_rival {
	BENCH_NOTHING,  /**< the floor */
	BENCH_ONE_BOX,  /**< DPDK's sample ipv4_multicast with one TX buffer for all copies */
	BENCH_BOX_EACH, /**< the sample unchanged: a port and a TX buffer per receiver */
};

struct bench_case {
	const char *series; /**< name; its cases are compared with each other */
	uint16_t frame;     /**< length of the sender's plain frame, without FCS */
	uint32_t receivers;
	enum mcr_encap encap;
	enum bench_cast cast;
	uint32_t groups;   /**< destinations, chosen at random */
	bool is_ipv6;      /**< the inner packets are IPv6 */
	bool is_over_ipv6; /**< the receivers have addresses of IPv6; the sender does not */
	enum bench_strategy strategy;
	enum bench_wire wire;
	enum bench_layout layout;
	enum bench_rival rival;
};

/** TSC cycles per copy: minima over rounds, and the median ratio. */
struct bench_result {
	double floor; /**< or the sample */
	double hub;
	double ratio;  /**< floor to hub: above 1 the hub is faster */
	double spread; /**< of the hub's rounds: (9th decile - minimum) / minimum */
};

struct bench_effort {
	uint32_t rounds;
	uint32_t copies; /**< per round, at least */
};

/** End the program unless a condition holds. */
void
bench_require(bool condition, const char *what);

/** Make a hub for the case. Its lcores do not run. Errors end the program. */
struct mcr_hub *
bench_hub_start(const struct bench_case *bench);

/** Unbalanced counters or lost copies end the program. */
void
bench_hub_end(struct mcr_hub *hub);

#define BENCH_PORT "net_null_bench"

#define BENCH_SENDER MCR_IPV4(10, 0, 0, 11)

#define BENCH_HUB MCR_IPV4(10, 0, 0, 10)

static inline uint32_t
bench_group(uint32_t number)
{
	return MCR_IPV4(225, 0, 0, 0) + number;
}

static inline struct in6_addr
bench_ipv6_group(uint32_t number)
{
	struct in6_addr group = {.s6_addr = {0xff, 0x1e}};

	group.s6_addr32[3] = rte_cpu_to_be_32(number);
	return group;
}

/** Overlay address of a member, for BENCH_UNICAST. */
static inline uint32_t
bench_overlay(uint32_t number)
{
	return MCR_IPV4(192, 168, 0, 1) + number;
}

/** Likewise of IPv6: the end of its overlay6 in fd00::/64. */
static inline uint32_t
bench_overlay6(uint32_t number)
{
	return UINT32_C(0x10000) + number;
}

/** Frames arrive on every RX queue; queue q receives those of the q-th part of the groups. */
void
bench_source_start(const struct mcr_hub *hub, const struct bench_case *bench);

/** @param interval TSC cycles between packets, which end with their time of arrival (8 bytes); 0:
 * always a full burst. */
void
bench_source_pace(double interval);

void
bench_source_stop(void);

/** Senders; each has its own buffers on the wire. */
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

void
bench_wire_stop(void);

struct bench_result
bench_measure(const struct bench_case *bench, const struct bench_effort *effort);

#define BENCH_ROUNDS_MAX 8192

struct bench_round {
	double value;
	double share; /**< of wall time that the worker had the CPU */
};

struct bench_rounds {
	uint32_t count;
	struct bench_round at[BENCH_ROUNDS_MAX];
};

double
bench_clock(clockid_t clock);

bool
bench_is_undisturbed(double share);

void
bench_rounds_add(struct bench_rounds *rounds, double value, double share);

uint32_t
bench_rounds_undisturbed(const struct bench_rounds *rounds);

/** The upper quartile of the undisturbed rounds, since a hypervisor may have taken time unseen; if
 * these are few, of the least disturbed rounds. */
double
bench_rounds_quartile(struct bench_rounds *rounds);

void
bench_floor_start(void);

/** @return TSC cycles. */
uint64_t
bench_floor_run(uint16_t port, uint32_t packets, uint32_t length);

void
bench_floor_stop(void);

void
bench_textbook_start(const struct bench_case *bench);

/** @param copies At least. @return Cycles per copy. */
double
bench_textbook_run(uint16_t port, uint32_t copies);

void
bench_textbook_stop(uint16_t port);

/** Measure copies/s of all lcores together, in short rounds. */
void
bench_measure_layout(const struct bench_case *bench, double seconds, struct bench_rounds *rounds);

struct bench_fanout {
	struct bench_rounds rates; /**< copies/s of all lcores together */
	struct mcr_latency spread; /**< first to last copy, in TSC cycles; below the maximum load */
	struct bench_rounds spread_rounds; /**< no values */
};

/** As bench_measure_layout(), then the spread of packets at a constant rate.
 * @param packets_per_s That rate. */
void
bench_measure_fanout(const struct bench_case *bench, double seconds, double packets_per_s,
	struct bench_fanout *fanout);

/** A pace that the writer never reaches. */
#define BENCH_UNLIMITED 1e12

struct bench_updates {
	struct bench_rounds alone; /**< copies per second without updates */
	struct bench_rounds beside;
	struct bench_rounds joins;
};

/** Measure one lcore, alternately with and without another that changes the group table. @param
 * pace Joins and leaves per second. */
void
bench_measure_updates(
	const struct bench_case *bench, double seconds, double pace, struct bench_updates *updates);

struct bench_latency {
	uint32_t load; /**< percent of the lcore's maximum */
	double packets_per_s;
	struct mcr_latency delay; /**< arrival to last copy, in TSC cycles */
	struct mcr_latency spread;
	uint32_t rounds;
	uint32_t undisturbed;
};

/** @param[in,out] latencies Loads set, all else zero. */
void
bench_measure_latency(const struct bench_case *bench, uint32_t rounds,
	struct bench_latency *latencies, uint32_t count);

/** The program must run under callgrind. */
void
bench_count_instructions(void);

void
bench_report_open(FILE *json);

/** Say on the terminal, if stderr is one, what is measured until the next result. */
void
bench_report_begin(const struct bench_case *bench, uint32_t round, uint32_t rounds);

void
bench_report_case(const struct bench_case *bench, const struct bench_result *result);

void
bench_report_layout(const struct bench_case *bench, struct bench_rounds *rates, double rate_of_one);

void
bench_report_fanout(
	const struct bench_case *bench, struct bench_fanout *fanout, double rate_of_one);

void
bench_report_updates(const struct bench_case *bench, struct bench_updates *updates);

void
bench_report_latency(const struct bench_case *bench, const struct bench_latency *latency);

#endif
