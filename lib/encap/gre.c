/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

uint8_t *
mcr_gre_put(uint8_t *at, const struct mcr_encap_path *path)
{
	mcr_write_be16(at, path->has_key ? MCR_GRE_KEY_PRESENT : 0);
	mcr_write_be16(at + 2, RTE_ETHER_TYPE_IPV4);
	if (!path->has_key)
		return at + MCR_GRE_HEADER_LEN;
	mcr_write_be32(at + MCR_GRE_HEADER_LEN, path->key);
	return at + MCR_GRE_HEADER_LEN + MCR_GRE_OPTION_LEN;
}
