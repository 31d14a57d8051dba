/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "wire.h"

#define NONCE_LEN 4
#define TTL 64
#define TOS_OF_QUERIES 0xc0

_Static_assert(WIRE_ADVERTISEMENT_LEN <= MCR_AMT_ANSWER_MAX, "an answer has room");
_Static_assert(MCR_IPV4_HEADER_LEN + MCR_UDP_HEADER_LEN == MCR_AMT_OUTER_LEN, "no options");

/* RFC 7450 5.1.2. */
uint32_t
amt_build_advertisement(uint32_t relay_address, const uint8_t nonce[4], uint8_t *answer)
{
	memset(answer, 0, WIRE_ADVERTISEMENT_LEN);
	answer[0] = WIRE_ADVERTISEMENT;
	memcpy(answer + 4, nonce, NONCE_LEN);
	mcr_write_be32(answer + 8, relay_address);
	return WIRE_ADVERTISEMENT_LEN;
}

static uint32_t
build_general_query(const struct mcr_amt_config *config, uint8_t *packet)
{
	const struct mcr_igmp_query query = {
		.sender = config->query_source,
		.robustness = config->robustness,
		.query_interval_ms = config->query_interval_ms,
		.max_response_ms = config->query_response_interval_ms,
	};

	return mcr_igmp_build_query(&query, packet);
}

/*
 * RFC 7450 5.1.4. Never sets the G flag (gateway address behind the query): Linux, at least to 6.1,
 * takes it for a reserved bit and ignores the query. Timers close the tunnels of gateways that need
 * this address for a Teardown.
 */
uint32_t
amt_build_query(const struct mcr_amt_relay *relay, const struct mcr_amt_datagram *request,
	const uint8_t nonce[4], uint8_t *answer)
{
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];
	const uint32_t len = build_general_query(&relay->config, packet);

	answer[0] = WIRE_QUERY;
	answer[1] = request->may_join ? 0 : WIRE_L_FLAG;
	amt_make_mac(relay->secret, &request->gateway, nonce, answer + 2);
	memcpy(answer + 8, nonce, NONCE_LEN);
	RTE_ASSERT(WIRE_HEADER_LEN + len <= MCR_AMT_ANSWER_MAX);
	memcpy(answer + WIRE_HEADER_LEN, packet, len);
	return WIRE_HEADER_LEN + len;
}

void
mcr_amt_write_outer(uint8_t *at, const struct mcr_amt_endpoint *from,
	const struct mcr_amt_endpoint *to, uint16_t answer_len)
{
	uint8_t *const udp = at + MCR_IPV4_HEADER_LEN;
	rte_be16_t checksum;

	RTE_ASSERT(answer_len > 0 && answer_len <= MCR_AMT_ANSWER_MAX);
	memset(at, 0, MCR_AMT_OUTER_LEN);
	at[0] = RTE_IPV4_VHL_DEF;
	at[1] = TOS_OF_QUERIES;
	mcr_write_be16(at + 2, MCR_AMT_OUTER_LEN + answer_len);
	mcr_write_be16(at + 6, RTE_IPV4_HDR_DF_FLAG);
	at[8] = TTL;
	at[9] = IPPROTO_UDP;
	mcr_write_be32(at + 12, from->address);
	mcr_write_be32(at + 16, to->address);
	checksum = mcr_checksum(at, MCR_IPV4_HEADER_LEN);
	memcpy(at + 10, &checksum, sizeof(checksum));
	mcr_write_be16(udp, from->port);
	mcr_write_be16(udp + 2, to->port);
	mcr_write_be16(udp + 4, MCR_UDP_HEADER_LEN + answer_len);
}
