/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What happens in a simulation: a list of steps, made from a seed, printed and read again. Any part
 * of a script is a script.
 */

#ifndef MCR_TEST_SIM_SCRIPT_H
#define MCR_TEST_SIM_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** X(constant, name, weight): the likelihood of each is weight / the sum. */
#define SIM_STEPS(X)                                                                           \
	X(TURN, turn, 6000)   /* of the lcore a */                                             \
	X(SEND, send, 1800)   /* a burst of b from the host a to group c */                    \
	X(FLOOD, flood, 6)    /* as send, more than a ring holds, and TX lcores stand still */ \
	X(WIRE, wire, 600)    /* hosts receive what was sent */                                \
	X(PASS, pass, 300)    /* a milliseconds */                                             \
	X(JOIN, join, 150)    /* the host a joins group c */                                   \
	X(LEAVE, leave, 100)  /* the host a leaves group c */                                  \
	X(LATE, late, 60)     /* the next frame of a host comes a steps later */               \
	X(LOSE, lose, 60)     /* the next frame of a host is lost */                           \
	X(MOVE, move, 20)     /* the host a has another MAC address */                         \
	X(RELOAD, reload, 15) /* the configuration a */                                        \
	X(FULL, full, 12)     /* the wire takes no frames if a is odd */                       \
	X(EMPTY, empty, 12)   /* pools of copies have few buffers if a is odd */               \
	X(DISK, disk, 12)     /* is slow if a is odd */                                        \
	X(QUIET, quiet, 14)   /* all must be delivered; a: see be_quiet() */

enum sim_op {
#define X(constant, name, weight) SIM_##constant,
	SIM_STEPS(X)
#undef X
		SIM_OPS
};

struct sim_step {
	uint8_t op; /**< enum sim_op */
	uint8_t a;
	uint8_t b;
	uint8_t c;
};

struct sim_script {
	uint64_t seed; /**< of the hub's own random numbers, too */
	uint32_t count;
	struct sim_step *steps;
};

/** @return A script that ends quiet. */
struct sim_script
sim_script_make(uint64_t seed, uint32_t count);

void
sim_script_print(const struct sim_script *script, FILE *out);

/** @return False: it is no script. */
bool
sim_script_read(struct sim_script *script, FILE *in);

void
sim_script_free(struct sim_script *script);

#endif
