/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The messages of RFC 7450 5.1, for the files of this library and its tests. */

#ifndef AMT_WIRE_H
#define AMT_WIRE_H

#include <string.h>

#include <mcr_encap.h>
#include <rte_debug.h>

#include "mcr_amt.h"

/* The first octet: version 0 in its high half, the type in its low one. */
enum wire_type {
	WIRE_DISCOVERY = 1,
	WIRE_ADVERTISEMENT,
	WIRE_REQUEST,
	WIRE_QUERY,
	WIRE_UPDATE,
	WIRE_DATA,
	WIRE_TEARDOWN,
};

/*
 * The P flag of a Request, which asks for an MLD query, and where Linux 5.16 and later set it: at
 * the other end of the octet.
 */
#define WIRE_P_FLAG 0x01
#define WIRE_P_FLAG_OF_LINUX 0x80

/* Of a Query: no new tunnels here, look for another relay. */
#define WIRE_L_FLAG 0x02

#define WIRE_MAC_LEN 6
#define WIRE_DISCOVERY_LEN 8
#define WIRE_ADVERTISEMENT_LEN 12
#define WIRE_REQUEST_LEN 8
#define WIRE_HEADER_LEN 12 /* of Query, Update and Teardown: type, MAC, nonce */
#define WIRE_TEARDOWN_LEN 30

/* mac.c: the Response MAC for a gateway and its nonce (RFC 7450 5.3.5). */
void
amt_make_mac(const uint8_t secret[MCR_AMT_SECRET_LEN], const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], uint8_t mac[WIRE_MAC_LEN]);

/* mac.c: whether this relay made it, with its secret or with the one before. */
bool
amt_is_our_mac(const struct mcr_amt_relay *relay, const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], const uint8_t mac[WIRE_MAC_LEN]);

/* build.c: the answers; each returns its length. */
uint32_t
amt_build_advertisement(uint32_t relay_address, const uint8_t nonce[4], uint8_t *answer);
uint32_t
amt_build_query(const struct mcr_amt_relay *relay, const struct mcr_amt_datagram *request,
	const uint8_t nonce[4], uint8_t *answer);

#endif
