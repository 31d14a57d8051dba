/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

uint8_t *
mcr_vxlan_put(uint8_t *at, const struct mcr_encap_path *path)
{
	mcr_write_be32(at, (uint32_t)MCR_VXLAN_VNI_PRESENT << 24);
	mcr_write_be32(at + 4, path->key << 8);
	return at + MCR_VXLAN_HEADER_LEN;
}
