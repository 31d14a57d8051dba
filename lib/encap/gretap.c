/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

uint8_t *
mcr_gretap_put(uint8_t *at, const struct mcr_encap_path *path)
{
	uint8_t *const inner = mcr_gre_put(at, path);

	mcr_write_be16(at + 2, MCR_GRE_ETHERNET);
	return inner;
}
