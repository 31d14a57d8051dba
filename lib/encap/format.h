/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What a row of the table of encapsulations (encap.c) holds, private to the library.
 * app/README.rst, "A new encapsulation", lists what else a new one needs.
 */

#ifndef MCR_FORMAT_H
#define MCR_FORMAT_H

#include "mcr_encap.h"

/** The headers in front of the inner packet, from the outer IPv4 header on. */
struct mcr_encap_format {
	const char *name;
	uint8_t protocol;     /**< of the outer IPv4 header; 0: none */
	uint16_t udp_port;    /**< the default destination port; 0: no UDP header */
	uint8_t inner_l2_len; /**< Ethernet header or prefix in front of the inner packet */
	bool source_is_key;   /**< UDP source port: the path's key, not the flow's entropy */
	/** Write the tunnel header at @p at. @return where the inner packet begins. */
	uint8_t *(*put_tunnel)(uint8_t *at, const struct mcr_encap_path *path);
};

extern const struct mcr_encap_format mcr_encap_formats[MCR_ENCAP_COUNT];

uint8_t *
mcr_nothing_put(uint8_t *at, const struct mcr_encap_path *path);

uint8_t *
mcr_gre_put(uint8_t *at, const struct mcr_encap_path *path);

uint8_t *
mcr_gretap_put(uint8_t *at, const struct mcr_encap_path *path);

uint8_t *
mcr_vxlan_put(uint8_t *at, const struct mcr_encap_path *path);

uint8_t *
mcr_amt_put(uint8_t *at, const struct mcr_encap_path *path);

uint8_t *
mcr_link_put(uint8_t *at, const struct mcr_encap_path *path);

/** Offset of a transport checksum that covers the pseudo header; 0: none. */
unsigned int
mcr_transport_checksum_offset(uint8_t protocol);

void
mcr_rewrite_build(struct mcr_rewrite *rewrite, const struct mcr_encap_path *path);

#endif
