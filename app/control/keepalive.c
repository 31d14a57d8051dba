/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/keepalive.h"
#include "control/send.h"

enum mcr_drop
mcr_keepalive_receive(struct mcr_controller *control, const struct mcr_punt *in)
{
	RTE_ASSERT(mcr_member_is_current(control->fib->members, in->sender));
	mcr_send_plain(control, in->sender.id,
		rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset), in->length);
	return MCR_DROP_NONE;
}
