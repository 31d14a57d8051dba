/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A tester in the sense of RFC 3918: sends frames to groups and receives all copies. A window
 * limits frames without copies, so that no ring overflows, whoever gets the CPU.
 */

#ifndef MCR_TESTER_H
#define MCR_TESTER_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_latency.h>

#define TESTER_FRAME_MAX 2048

/** Follows the UDP header of each frame. */
struct tester_mark {
	uint32_t group;
	uint32_t number; /**< of the frame within its group */
	uint64_t time;   /**< TSC */
} __attribute__((packed));

/** Offset of the mark from the inner IP header. */
#define TESTER_MARK 28

/** Frames to send and copies to expect. */
struct tester_plan {
	uint8_t frame[TESTER_FRAME_MAX];
	uint16_t length;
	uint16_t inner; /**< offset of the sender's IP packet */
	uint16_t copy_length;
	uint16_t copy_inner;
	uint32_t first_group; /**< host order */
	uint32_t groups;
	uint32_t receivers;
	uint32_t joiners; /**< further receivers that join and leave */
};

struct tester_meter {
	const struct tester_plan *plan;
	uint64_t copies;
	uint64_t joined;
	uint64_t misordered; /**< without the expected number */
	uint64_t others;     /**< other frames: queries, ARP */
	struct mcr_latency latency;
	uint32_t *next;  /**< expected number by group and receiver */
	uint64_t *first; /**< TSC of a joiner's first copy by group, 0: none */
	uint64_t *last;
	uint32_t first_count; /**< groups with a first copy */
};

/** Write the i-th frame of a trial. Groups alternate. */
void
tester_write_frame(const struct tester_plan *plan, uint64_t i, uint64_t now, uint8_t *frame);

void
tester_meter_start(struct tester_meter *meter, const struct tester_plan *plan);

void
tester_meter_stop(struct tester_meter *meter);

/** Forget first and last copies; expected numbers stay. */
void
tester_meter_expect_news(struct tester_meter *meter);

void
tester_meter_take(struct tester_meter *meter, const uint8_t *frame, uint32_t length, uint64_t now);

/** Returns when the peer is there. Errors end the program. */
void
tester_wire_start(void);

void
tester_wire_stop(void);

/** Send frames i, i + 1, ... of the trial. @return How many of them left. */
uint32_t
tester_wire_send(const struct tester_plan *plan, uint64_t i, uint32_t count);

void
tester_wire_send_raw(const uint8_t *frame, uint32_t length);

uint32_t
tester_wire_receive(struct tester_meter *meter);

struct tester_load {
	uint64_t frames; /**< 0: without end */
	uint32_t window; /**< copies under way, at most */
	uint32_t rate;   /**< frames per second; 0: as the window allows */
};

/** Send all frames and await every copy. Prints a JSON object. */
void
tester_trial(const struct tester_plan *plan, const struct tester_load *load);

/** Send a frame load->frames times and await as many answers, at most a window of them at once.
 * Prints a JSON object. */
void
tester_ask(const struct tester_plan *plan, const struct tester_load *load, const uint8_t *frame,
	uint32_t length);

struct tester_report {
	uint32_t length;
	uint8_t *frame;
};

/** Joiners join, then leave, beside the load. Prints a JSON object. */
void
tester_join_and_leave(const struct tester_plan *plan, const struct tester_load *load,
	const struct tester_report *join, const struct tester_report *leave);

#endif
