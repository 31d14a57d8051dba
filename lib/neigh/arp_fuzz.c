/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "mcr_neigh.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A frame built from the parsed packet must equal it byte for byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];
	const uint8_t *built = frame + sizeof(struct rte_ether_hdr);
	struct mcr_neigh_arp arp;

	if (!mcr_neigh_parse_arp(data, size, &arp) || !arp.is_request)
		return 0;
	mcr_neigh_build_request(frame, &arp.sender_mac, arp.sender, arp.target, NULL);
	/* A request is built with a target MAC of zero. */
	if (memcmp(built, data, 18) != 0 || memcmp(built + 24, data + 24, 4) != 0)
		abort();
	return 0;
}
