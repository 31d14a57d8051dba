/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_common.h>

#include "control/placement/handover.h"
#include "fib/placement.h"

static const char *const names[] = {
	[MCR_HANDOVER_NONE] = "none",
	[MCR_HANDOVER_PREPARE] = "prepare",
	[MCR_HANDOVER_SWITCH] = "switch",
	[MCR_HANDOVER_SETTLED] = "settled",
};

const char *
mcr_handover_phase_name(enum mcr_handover_phase phase)
{
	return names[phase];
}

bool
mcr_handover_parse_phase(const char *text, enum mcr_handover_phase *phase)
{
	for (unsigned int i = MCR_HANDOVER_PREPARE; i < RTE_DIM(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*phase = i;
		return true;
	}
	return false;
}

uint8_t
mcr_handover_tags(const struct mcr_handover *handover)
{
	return mcr_handover_filters(handover) ? 3 : 1 << mcr_handover_new_tag(handover);
}

uint8_t
mcr_handover_mask(const struct mcr_handover *handover, uint8_t serves)
{
	const uint8_t bits = serves & mcr_handover_tags(handover);

	if (mcr_handover_filters(handover) || bits == 0)
		return bits;
	return MCR_PLACEMENT_ALWAYS;
}
