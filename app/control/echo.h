/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Answers ICMP echo requests to the hub (RFC 792, RFC 4443). */

#ifndef MCR_CONTROL_ECHO_H
#define MCR_CONTROL_ECHO_H

#include "control/context.h"

/** Answer a request of a member, in its encapsulation, or of another host on the link.
 * @param in On success the reply consumes its frame, and in->frame is NULL.
 * @return MCR_DROP_NONE, or why the frame is refused; it stays the caller's then. */
enum mcr_drop
mcr_echo_receive(struct mcr_controller *control, struct mcr_punt *in);

#endif
