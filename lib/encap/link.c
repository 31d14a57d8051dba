/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

/* RFC 2890: the sequence number, the last option, begins the prefix of each frame. */
uint8_t *
mcr_link_put(uint8_t *at, const struct mcr_encap_path *path)
{
	mcr_write_be16(at, MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT);
	mcr_write_be16(at + 2, MCR_GRE_LINK);
	mcr_write_be32(at + MCR_GRE_HEADER_LEN, path->key);
	return at + MCR_GRE_HEADER_LEN + MCR_GRE_OPTION_LEN;
}
