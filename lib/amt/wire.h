/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 7450 5.1. */

#ifndef AMT_WIRE_H
#define AMT_WIRE_H

#include <string.h>

#include <mcr_encap.h>
#include <rte_debug.h>

#include "mcr_amt.h"

enum wire_type {
	WIRE_DISCOVERY = 1,
	WIRE_ADVERTISEMENT,
	WIRE_REQUEST,
	WIRE_QUERY,
	WIRE_UPDATE,
	WIRE_DATA,
	WIRE_TEARDOWN,
};

/* P flag of a Request for MLD. Linux 5.16 and later set it at the other end of the octet. */
#define WIRE_P_FLAG 0x01
#define WIRE_P_FLAG_OF_LINUX 0x80

/* Flags of a Query. L: no new tunnels at this relay. G: the gateway's endpoint is behind it. */
#define WIRE_L_FLAG 0x02
#define WIRE_G_FLAG 0x01

#define WIRE_MAC_LEN 6
#define WIRE_DISCOVERY_LEN 8
#define WIRE_ADVERTISEMENT_HEADER_LEN 8 /* before the relay's address */
#define WIRE_REQUEST_LEN 8
#define WIRE_HEADER_LEN 12   /* of Query, Update and Teardown: type, MAC, nonce */
#define WIRE_ENDPOINT_LEN 18 /* port and address */
#define WIRE_TEARDOWN_LEN (WIRE_HEADER_LEN + WIRE_ENDPOINT_LEN)

/* The Response MAC of a gateway and its nonce (RFC 7450 5.3.5). */
void
amt_make_mac(const uint8_t secret[MCR_AMT_SECRET_LEN], const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], uint8_t mac[WIRE_MAC_LEN]);

/* Whether the current or the previous secret gives this MAC. */
bool
amt_is_our_mac(const struct mcr_amt_relay *relay, const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], const uint8_t mac[WIRE_MAC_LEN]);

/* Each returns the length of the answer. */
uint32_t
amt_build_advertisement(
	const struct mcr_amt_endpoint *relay, const uint8_t nonce[4], uint8_t *answer);
uint32_t
amt_build_query(const struct mcr_amt_relay *relay, const struct mcr_amt_datagram *request,
	bool is_mld, const uint8_t nonce[4], uint8_t *answer);

/* The port and address of an endpoint, as in a Query and in a Teardown. */
void
amt_write_endpoint(uint8_t *at, const struct mcr_amt_endpoint *endpoint);
struct mcr_amt_endpoint
amt_read_endpoint(const uint8_t *at);

/* The bytes of an address in its family: 4 or 16. */
const uint8_t *
amt_address_bytes(const struct mcr_amt_endpoint *endpoint, uint8_t *len);

#endif
