/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The headers between an outer IPv4 header and the inner packet: GRE (RFC 2784, RFC 2890), UDP, VXLAN
 * (RFC 7348). Part of mcr_encap.h, which is what users include.
 */

#ifndef MCR_TUNNEL_H
#define MCR_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mcr_ipv4.h"

#define MCR_GRE_UDP_PORT 4754 /**< RFC 8086 */
#define MCR_VXLAN_PORT	 4789 /**< RFC 7348 */

#define MCR_GRE_HEADER_LEN   4 /**< without options */
#define MCR_GRE_OPTION_LEN   4 /**< checksum, key and sequence number alike */
#define MCR_UDP_HEADER_LEN   8
#define MCR_VXLAN_HEADER_LEN 8

#define MCR_GRE_CHECKSUM_PRESENT 0x8000
#define MCR_GRE_KEY_PRESENT	 0x2000
#define MCR_GRE_SEQUENCE_PRESENT 0x1000
#define MCR_VXLAN_VNI_PRESENT	 0x08 /**< the I flag, in the first octet */

/** What a GRE header says, in host byte order. */
struct mcr_gre_info {
	uint16_t header_len; /**< 0: malformed, nothing else is set */
	uint16_t protocol;   /**< EtherType of the payload */
	bool has_checksum;   /**< not verified: it covers the payload too */
	bool has_key;
	uint32_t key; /**< 0 without one */
};

/**
 * Read a GRE header. The sequence number is skipped; the checksum is for mcr_checksum() over the
 * header and the whole payload.
 *
 * @param gre
 *   The header, of any alignment.
 * @param len
 *   Bytes of header and payload.
 * @return
 *   header_len is 0 when it is truncated, or the version or a bit that RFC 2784 2.3 (amended by RFC
 *   2890) tells a receiver to discard is not 0.
 */
struct mcr_gre_info
mcr_gre_parse(const uint8_t *gre, uint32_t len);

/** What a UDP header says, in host byte order. */
struct mcr_udp_info {
	uint16_t total_len; /**< header and payload; 0: malformed, nothing else is set */
	uint16_t source_port;
	uint16_t destination_port;
};

/**
 * Read a UDP header. Its checksum is not verified.
 *
 * @param udp
 *   The header, of any alignment.
 * @param len
 *   Bytes of the IPv4 payload.
 * @return
 *   total_len is 0 when the header is truncated, or its length shorter than itself or above len.
 */
struct mcr_udp_info
mcr_udp_parse(const uint8_t *udp, uint32_t len);

/** What a VXLAN header says, in host byte order. */
struct mcr_vxlan_info {
	uint16_t header_len; /**< 0: malformed, nothing else is set */
	uint32_t vni;
};

/**
 * Read a VXLAN header. Reserved bits are ignored, as RFC 7348 5 says.
 *
 * @param vxlan
 *   The header, of any alignment.
 * @param len
 *   Bytes of header and payload.
 * @return
 *   header_len is 0 when it is truncated or the I flag is not set.
 */
struct mcr_vxlan_info
mcr_vxlan_parse(const uint8_t *vxlan, uint32_t len);

#endif
