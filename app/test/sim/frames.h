/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Frames of hosts, and what frames to them are. */

#ifndef MCR_TEST_SIM_FRAMES_H
#define MCR_TEST_SIM_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "test/sim/hosts.h"

#define SIM_FRAME_MAX 2048

struct sim_frame {
	uint16_t length;
	uint8_t bytes[SIM_FRAME_MAX];
};

/** A numbered packet of a host to a group, as it comes to the hub. @param fill Bytes of payload. */
void
sim_frame_data(struct sim_frame *frame, unsigned int host, unsigned int group, uint32_t number,
	uint16_t fill);

/** An IGMPv3 report. @param joins Groups: a bit for each, of those in which. */
void
sim_frame_report(struct sim_frame *frame, unsigned int host, uint16_t which, uint16_t joins);

/** An ARP reply of a host, or its announcement. */
void
sim_frame_arp(struct sim_frame *frame, unsigned int host, bool is_reply);

/** Its network card is replaced: all its frames come from another MAC. */
void
sim_frame_move(unsigned int host);

enum sim_kind {
	SIM_COPY,
	SIM_ARP_REQUEST, /**< for a host's address */
	SIM_OTHER,       /**< queries, announcements and the like */
};

struct sim_sent {
	enum sim_kind kind;
	unsigned int host;
	unsigned int group;
	uint32_t number;
	uint16_t fill;
	bool is_to_old_mac;
};

/** Fails if the frame is not well formed. */
struct sim_sent
sim_frame_read(const uint8_t *bytes, uint32_t length);

void
sim_frames_start(void);

#endif
