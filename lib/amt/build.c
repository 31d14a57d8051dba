/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "wire.h"

#define NONCE_LEN 4
#define TTL 64
#define TOS_OF_QUERIES 0xc0
#define GENERAL_QUERY_MAX (MCR_MLD_QUERY_MAX_LEN - 16 * MCR_MLD_QUERY_MAX_SOURCES)

_Static_assert(WIRE_HEADER_LEN + GENERAL_QUERY_MAX + WIRE_ENDPOINT_LEN == MCR_AMT_ANSWER_MAX,
	"every answer has room");

const uint8_t *
amt_address_bytes(const struct mcr_amt_endpoint *endpoint, uint8_t *len)
{
	*len = mcr_amt_is_ipv4(endpoint) ? sizeof(uint32_t) : sizeof(endpoint->address);
	return endpoint->address + sizeof(endpoint->address) - *len;
}

void
amt_write_endpoint(uint8_t *at, const struct mcr_amt_endpoint *endpoint)
{
	mcr_write_be16(at, endpoint->port);
	memcpy(at + sizeof(endpoint->port), endpoint->address, sizeof(endpoint->address));
}

struct mcr_amt_endpoint
amt_read_endpoint(const uint8_t *at)
{
	return mcr_amt_ipv6_endpoint(at + sizeof(uint16_t), mcr_read_be16(at));
}

/* RFC 7450 5.1.2: the length shows the family. */
uint32_t
amt_build_advertisement(
	const struct mcr_amt_endpoint *relay, const uint8_t nonce[4], uint8_t *answer)
{
	uint8_t len;
	const uint8_t *address = amt_address_bytes(relay, &len);

	memset(answer, 0, WIRE_ADVERTISEMENT_HEADER_LEN);
	answer[0] = WIRE_ADVERTISEMENT;
	memcpy(answer + 4, nonce, NONCE_LEN);
	memcpy(answer + WIRE_ADVERTISEMENT_HEADER_LEN, address, len);
	return WIRE_ADVERTISEMENT_HEADER_LEN + len;
}

static uint32_t
build_general_query(const struct mcr_amt_config *config, bool is_mld, uint8_t *packet)
{
	const struct mcr_amt_query *asked = is_mld ? &config->mld : &config->igmp;
	/* RFC 7450 5.3.3.3: a Max Resp Code of 1, so that the gateway answers at once. */
	const struct mcr_igmp_query query = {
		.sender = asked->source,
		.robustness = asked->robustness,
		.query_interval_ms = asked->interval_ms,
		.max_response_ms = is_mld ? 1 : 100,
	};

	return is_mld ? mcr_mld_build_query(&query, packet) : mcr_igmp_build_query(&query, packet);
}

/*
 * RFC 7450 5.1.4. Linux, at least to 6.1, takes the G flag for a reserved bit and ignores the
 * query, so gateways over IPv4, which alone it can be, never get their address. Timers close the
 * tunnels of those that would need it for a Teardown.
 */
uint32_t
amt_build_query(const struct mcr_amt_relay *relay, const struct mcr_amt_datagram *request,
	bool is_mld, const uint8_t nonce[4], uint8_t *answer)
{
	const struct mcr_amt_endpoint *gateway = &request->gateway;
	uint32_t len = WIRE_HEADER_LEN;

	answer[0] = WIRE_QUERY;
	answer[1] = request->may_join ? 0 : WIRE_L_FLAG;
	amt_make_mac(relay->secret, gateway, nonce, answer + 2);
	memcpy(answer + 8, nonce, NONCE_LEN);
	len += build_general_query(&relay->config, is_mld, answer + len);
	if (!mcr_amt_is_ipv4(gateway)) {
		answer[1] |= WIRE_G_FLAG;
		amt_write_endpoint(answer + len, gateway);
		len += WIRE_ENDPOINT_LEN;
	}
	RTE_ASSERT(len <= MCR_AMT_ANSWER_MAX);
	return len;
}

static void
write_udp(uint8_t *udp, uint16_t from, uint16_t to, uint16_t len)
{
	mcr_write_be16(udp, from);
	mcr_write_be16(udp + 2, to);
	mcr_write_be16(udp + 4, len);
	mcr_write_be16(udp + 6, 0);
}

static uint32_t
write_ipv4(uint8_t *ip, const struct mcr_amt_endpoint *from, const struct mcr_amt_endpoint *to,
	uint16_t udp_len)
{
	const uint32_t source = mcr_read_be32(from->address + 12),
		       destination = mcr_read_be32(to->address + 12);
	rte_be16_t checksum;

	memset(ip, 0, MCR_IPV4_HEADER_LEN);
	ip[0] = RTE_IPV4_VHL_DEF;
	ip[1] = TOS_OF_QUERIES;
	mcr_write_be16(ip + 2, MCR_IPV4_HEADER_LEN + udp_len);
	mcr_write_be16(ip + 6, RTE_IPV4_HDR_DF_FLAG);
	ip[8] = TTL;
	ip[9] = IPPROTO_UDP;
	mcr_write_be32(ip + 12, source);
	mcr_write_be32(ip + 16, destination);
	checksum = mcr_checksum(ip, MCR_IPV4_HEADER_LEN);
	memcpy(ip + 10, &checksum, sizeof(checksum));
	return MCR_IPV4_HEADER_LEN;
}

static uint32_t
write_ipv6(uint8_t *ip, const struct mcr_amt_endpoint *from, const struct mcr_amt_endpoint *to,
	uint16_t udp_len)
{
	mcr_write_be32(ip, UINT32_C(6) << 28 | TOS_OF_QUERIES << 20);
	mcr_write_be16(ip + 4, udp_len);
	ip[6] = IPPROTO_UDP;
	ip[7] = TTL;
	memcpy(ip + MCR_IPV6_SOURCE, from->address, sizeof(from->address));
	memcpy(ip + MCR_IPV6_DESTINATION, to->address, sizeof(to->address));
	return MCR_IPV6_HEADER_LEN;
}

/* RFC 7450 5.1.2, 5.1.4: over IPv4, too. RFC 768, RFC 8200 8.1: a computed 0 is sent as all ones.
 */
static void
fill_in_udp_checksum(const uint8_t *ip, uint8_t *udp, uint16_t len)
{
	rte_be16_t checksum = mcr_ip_is_ipv6(ip) ? mcr_ipv6_checksum(ip, udp, len, IPPROTO_UDP)
	                                         : mcr_ipv4_checksum(ip, udp, len, IPPROTO_UDP);

	if (checksum == 0)
		checksum = UINT16_MAX;
	memcpy(udp + 6, &checksum, sizeof(checksum));
}

uint32_t
mcr_amt_write_packet(uint8_t *packet, const struct mcr_amt_endpoint *from,
	const struct mcr_amt_endpoint *to, const uint8_t *answer, uint16_t answer_len)
{
	const uint16_t udp_len = MCR_UDP_HEADER_LEN + answer_len;
	const bool is_ipv4 = mcr_amt_is_ipv4(to);
	const uint32_t ip_len = is_ipv4 ? write_ipv4(packet, from, to, udp_len)
	                                : write_ipv6(packet, from, to, udp_len);
	uint8_t *const udp = packet + ip_len;

	RTE_ASSERT(answer_len > 0 && answer_len <= MCR_AMT_ANSWER_MAX);
	RTE_ASSERT(mcr_amt_is_ipv4(from) == is_ipv4);
	write_udp(udp, from->port, to->port, udp_len);
	memcpy(udp + MCR_UDP_HEADER_LEN, answer, answer_len);
	fill_in_udp_checksum(packet, udp, udp_len);
	return ip_len + udp_len;
}
