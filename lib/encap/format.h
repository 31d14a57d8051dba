/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The table of encapsulations: one row each, private to the library. A new one costs a row here and
 * the file with its tunnel header.
 */

#ifndef MCR_FORMAT_H
#define MCR_FORMAT_H

#include "mcr_encap.h"

/** What stands in front of the inner packet, from the outer IPv4 header on. */
struct mcr_encap_format {
	const char *name;
	uint8_t protocol;     /**< of the outer IPv4 header; 0: none */
	uint16_t udp_port;    /**< the default destination port; 0: no UDP header */
	uint8_t inner_l2_len; /**< Ethernet header that belongs to the inner packet */
	bool source_is_key;   /**< the UDP source port is the path's key, not the flow's entropy */
	/** Write the tunnel's own header at @p at; @return where the inner packet begins. */
	uint8_t *(*put_tunnel)(uint8_t *at, const struct mcr_encap_path *path);
};

extern const struct mcr_encap_format mcr_encap_formats[MCR_ENCAP_COUNT];

/** No header. */
uint8_t *
mcr_nothing_put(uint8_t *at, const struct mcr_encap_path *path);

/** RFC 2784, with the key of RFC 2890 when the path has one. */
uint8_t *
mcr_gre_put(uint8_t *at, const struct mcr_encap_path *path);

/** RFC 2784 with Ethernet inside, and the key likewise. */
uint8_t *
mcr_gretap_put(uint8_t *at, const struct mcr_encap_path *path);

/** RFC 7348. */
uint8_t *
mcr_vxlan_put(uint8_t *at, const struct mcr_encap_path *path);

/** RFC 7450 5.1.6. */
uint8_t *
mcr_amt_put(uint8_t *at, const struct mcr_encap_path *path);

/** Where the checksum of a transport lies that covers the addresses (the pseudo header); 0: none.
 */
unsigned int
mcr_transport_checksum_offset(uint8_t protocol);

/** Fill in what `udp` changes in a packet. */
void
mcr_rewrite_build(struct mcr_rewrite *rewrite, const struct mcr_encap_path *path);

#endif
