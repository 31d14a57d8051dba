/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A tester in the sense of RFC 3918 behind the hub's device: source of frames to groups, and
 * receiver of all copies. It keeps the hub busy and is never busier itself: what it has sent and
 * not got back stays within a window, so nothing is lost to a full ring, however the machine shares
 * its CPUs out.
 */

#ifndef MCR_TESTER_H
#define MCR_TESTER_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_latency.h>

#define TESTER_FRAME_MAX 2048

/** What each frame carries behind its UDP header. */
struct tester_mark {
	uint32_t group;  /**< place among the groups */
	uint32_t number; /**< of the frame in its group */
	uint64_t time;   /**< TSC */
} __attribute__((packed));

/** Offset of the mark from the inner IP header. */
#define TESTER_MARK 28

/** What is sent, and what shall come back for it. */
struct tester_plan {
	uint8_t frame[TESTER_FRAME_MAX];
	uint16_t length;
	uint16_t inner; /**< offset of the sender's IP packet in it */
	uint16_t copy_length;
	uint16_t copy_inner;
	uint32_t first_group; /**< host order */
	uint32_t groups;
	uint32_t receivers; /**< of each group */
	uint32_t joiners;   /**< more, which come and go: they follow the receivers */
};

/** What came back. */
struct tester_meter {
	const struct tester_plan *plan;
	uint64_t copies;     /**< of receivers */
	uint64_t joined;     /**< of joiners */
	uint64_t misordered; /**< not the number that was next */
	uint64_t others;     /**< frames that are no copies: queries, ARP */
	struct mcr_latency latency;
	uint32_t *next;  /**< by group and receiver */
	uint64_t *first; /**< TSC of a joiner's first copy by group, 0: none */
	uint64_t *last;
	uint32_t first_count; /**< groups that have a first */
};

/* tester_frame.c */

/** The i-th frame of a trial: groups take turns. */
void
tester_write_frame(const struct tester_plan *plan, uint64_t i, uint64_t now, uint8_t *frame);

/* tester_meter.c */

void
tester_meter_start(struct tester_meter *meter, const struct tester_plan *plan);

void
tester_meter_stop(struct tester_meter *meter);

/** Forget firsts and lasts; what is next stays known. */
void
tester_meter_expect_news(struct tester_meter *meter);

void
tester_meter_take(struct tester_meter *meter, const uint8_t *frame, uint32_t length, uint64_t now);

/* tester_wire.c */

/** The device, its peer there. Errors end the program. */
void
tester_wire_start(void);

void
tester_wire_stop(void);

/** @return How many of count frames, the i-th of the trial first, left. */
uint32_t
tester_wire_send(const struct tester_plan *plan, uint64_t i, uint32_t count);

void
tester_wire_send_raw(const uint8_t *frame, uint32_t length);

/** @return How many frames there were. */
uint32_t
tester_wire_receive(struct tester_meter *meter);

/* tester_trial.c */

struct tester_load {
	uint64_t frames; /**< 0: until told */
	uint32_t window; /**< copies on their way */
	uint32_t rate;   /**< frames a second, 0: what the window allows */
};

/** Frames of one trial: send all, await every copy. Prints a JSON object. */
void
tester_trial(const struct tester_plan *plan, const struct tester_load *load);

/**
 * Send one frame again and again, and await as many that are no copies. Prints a JSON object.
 *
 * @param load
 *   Its window is of frames that are not answered yet.
 */
void
tester_ask(const struct tester_plan *plan, const struct tester_load *load, const uint8_t *frame,
	uint32_t length);

struct tester_report {
	uint32_t length;
	uint8_t *frame;
};

/** Let joiners join, then leave, beside the load. Prints a JSON object. */
void
tester_join_and_leave(const struct tester_plan *plan, const struct tester_load *load,
	const struct tester_report *join, const struct tester_report *leave);

#endif
