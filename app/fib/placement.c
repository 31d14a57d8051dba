/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib/peers.h"
#include "fib/placement.h"

int
mcr_placement_create(struct mcr_fib *fib, const struct mcr_config *config)
{
	const uint32_t members = mcr_peers_member_ids(config);
	struct mcr_placement *placement;

	if (!mcr_peers_are_wanted(config))
		return 0;
	placement = malloc(sizeof(*placement) + members);
	if (placement == NULL)
		return -ENOMEM;
	*placement = (struct mcr_placement){.members = members};
	memset(placement->masks, MCR_PLACEMENT_ALWAYS, members);
	fib->placement = placement;
	return 0;
}

void
mcr_placement_free(struct mcr_fib *fib)
{
	free(fib->placement);
	fib->placement = NULL;
}
