/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What the control lcore's time goes to: the share of each class of work, and the longest
 * slice, which is the longest time between two looks at the neighbours' ring. */

#ifndef MCR_CONTROL_EFFORT_H
#define MCR_CONTROL_EFFORT_H

#include "control/context.h"

/** Classes of work: those of punted frames, enum mcr_punt_class, and one more. */
#define MCR_EFFORT_TELEMETRY MCR_PUNT_CLASSES
#define MCR_EFFORT_CLASSES (MCR_PUNT_CLASSES + 1)

/** Totals since the start. */
struct mcr_effort_share {
	uint64_t served; /**< frames or requests */
	uint64_t busy_us;
};

struct mcr_effort *
mcr_effort_create(void);

/** The neighbours' ring is looked at: a slice ends, and the next one begins. @return Now, in timer
 * cycles. */
uint64_t
mcr_effort_end_slice(struct mcr_controller *control);

/**
 * Charge a class with what was done since the last call of this function or of
 * mcr_effort_end_slice().
 * @param served How many frames or requests that finished.
 * @return Its time in timer cycles.
 */
uint64_t
mcr_effort_charge(struct mcr_controller *control, unsigned int class, unsigned int served);

/** When one of these functions was last called, in timer cycles. */
uint64_t
mcr_effort_last(const struct mcr_controller *control);

const char *
mcr_effort_class_name(unsigned int class);

struct mcr_effort_share
mcr_effort_share_of(const struct mcr_controller *control, unsigned int class);

/** CPU time of the thread: being preempted makes no slice longer. */
uint64_t
mcr_effort_longest_slice_us(const struct mcr_controller *control);

#endif
