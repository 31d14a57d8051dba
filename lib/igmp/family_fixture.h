/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * What the tests of the router need of a family. Each is built twice: with FAMILY_IPV6 the router
 * speaks MLD. Addresses are constants in both: numbers are given out in order, from 1 on, so those
 * of the addresses below are known before.
 */

#ifndef MCR_IGMP_FAMILY_FIXTURE_H
#define MCR_IGMP_FAMILY_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#ifdef FAMILY_IPV6

#include "mld_packet_fixture.h"

/* fe80::n, 2001:db8::n, ff1e::n, ff3e::n and ff02::n for a number n. */
#define HOST UINT32_C(0x0400)
#define HUB UINT32_C(0x0900)
#define SOURCES UINT32_C(0x1000)
#define GROUP UINT32_C(0x200a)
#define SSM_GROUP UINT32_C(0x2808)
#define LINK_GROUP UINT32_C(0x2a00)
#define ALL_SYSTEMS UINT32_C(0x2a01) /* ff02::1 */
#define PREFIX_OTHERS UINT32_C(0x2b00)
#define PREFIX_SSM UINT32_C(0x2b01)
#define LAST_NUMBER PREFIX_SSM

#define GROUP_LENGTH MCR_IPV6_LENGTH
#define PREFIX_OTHERS_LENGTH 127
#define PREFIX_SSM_LENGTH 112

#define FAMILY_HEADERS_LEN MLD_HEADERS_LEN
#define FAMILY_ADDRESS_LEN MCR_IPV6_ADDRESS_LEN
#define FAMILY_ADVERTISEMENT MLD_ADVERTISEMENT
#define FAMILY_ADVERTISEMENT_LEN MCR_MLD_ADVERTISEMENT_LEN
#define FAMILY_QUERY_LEN MLD_V2_QUERY_LEN
#define FAMILY_QUERY_MAX_LEN MCR_MLD_QUERY_MAX_LEN
#define FAMILY_QUERY_MAX_SOURCES MCR_MLD_QUERY_MAX_SOURCES
#define FAMILY_HOP_LIMIT 7 /* its offset */
#define FAMILY_DESTINATION MCR_IPV6_DESTINATION
#define FAMILY_V2_LEN 72

/* MLDv1 does what IGMPv2 does. */
#define FAMILY_OLDEST_REPORT MCR_IGMP_V2_REPORT
#define FAMILY_NO_QUERIER (HUB + 3) /* never wins */
#define FAMILY_VERSION(of_igmp) ((of_igmp)-1)

#define family_default_config mcr_mld_default_config
#define family_parse mcr_mld_parse
#define family_build_query mcr_mld_build_query
#define family_build_v2 mld_build_v1
#define family_build_report mld_build_report
#define family_write_address mld_write_address
#define family_fix_checksums mld_fix_checksum

static inline uint32_t
family_read_address(const uint8_t *bytes)
{
	return mcr_address_find(bytes);
}

static inline void
family_number_one(uint32_t number)
{
	struct in6_addr address = {.s6_addr = {0xff, 0x1e}};
	uint8_t length = MCR_IPV6_LENGTH;

	if (number < SOURCES)
		memcpy(&address, "\xfe\x80", 2);
	else if (number < SOURCES + 256)
		memcpy(&address, "\x20\x01\x0d\xb8", 4);
	else if (number >= SSM_GROUP - 8 && number < LINK_GROUP)
		memcpy(&address, "\xff\x3e", 2);
	else if (number == LINK_GROUP || number == ALL_SYSTEMS)
		memcpy(&address, "\xff\x02", 2);
	if (number == PREFIX_OTHERS || number == PREFIX_SSM) {
		length = number == PREFIX_OTHERS ? PREFIX_OTHERS_LENGTH : PREFIX_SSM_LENGTH;
		address = *mcr_address_ipv6(number == PREFIX_OTHERS ? GROUP - 2 : SSM_GROUP);
	} else {
		mcr_write_be16(&address.s6_addr[14], number == ALL_SYSTEMS ? 1 : (uint16_t)number);
	}
	if (mcr_address_get(&address, length) != number)
		abort();
}

static __attribute__((constructor)) void
family_number_all(void)
{
	for (uint32_t number = 1; number <= LAST_NUMBER; number++)
		family_number_one(number);
}

static inline void
family_release(struct mcr_igmp_message *message)
{
	mcr_mld_release(message);
}

/* What a fuzzer can hardly find. */
static inline void
family_put_right(uint8_t *packet, uint32_t len)
{
	if (len < MLD_HEADERS_LEN + 8 || len > MCR_IPV6_HEADER_LEN + UINT16_MAX)
		return;
	mcr_write_be16(packet + 4, (uint16_t)(len - MCR_IPV6_HEADER_LEN));
	packet[0] = 0x60;
	packet[6] = IPPROTO_HOPOPTS;
	packet[7] = 1;
	memcpy(packet + MCR_IPV6_SOURCE, "\xfe\x80", 2);
	memcpy(packet + MCR_IPV6_HEADER_LEN, "\x3a\0\x05\x02\0\0\x01\0", 8);
	if (packet[MCR_IPV6_DESTINATION] == 0xff)
		packet[MCR_IPV6_DESTINATION] = 0xfe;
	mld_fix_checksum(packet, len);
}

/* As a host without Router Alert sends it. */
static inline uint32_t
family_strip_router_alert(uint8_t *packet, uint32_t len)
{
	memmove(packet + MCR_IPV6_HEADER_LEN, packet + MLD_HEADERS_LEN, len - MLD_HEADERS_LEN);
	packet[6] = IPPROTO_ICMPV6;
	mcr_write_be16(packet + 4, (uint16_t)(len - MLD_HEADERS_LEN));
	return len - 8;
}

static inline void
family_make_older_query(uint8_t *packet)
{
	mcr_write_be16(packet + 4, 8 + MLD_V1_LEN);
	mld_fix_checksum(packet, MLD_HEADERS_LEN + MLD_V1_LEN);
}
#define FAMILY_OLDER_QUERY_LEN (MLD_HEADERS_LEN + MLD_V1_LEN)

#else

#include "igmp_packet_fixture.h"
#include "wire.h"

#define HUB MCR_IPV4(10, 255, 0, 100)
#define HOST MCR_IPV4(10, 255, 0, 7)
#define SOURCES MCR_IPV4(192, 0, 2, 0)
#define GROUP MCR_IPV4(239, 10, 10, 10)
#define SSM_GROUP MCR_IPV4(232, 1, 8, 8)
#define LINK_GROUP MCR_IPV4(224, 0, 0, 251)
#define ALL_SYSTEMS WIRE_ALL_SYSTEMS
#define PREFIX_OTHERS MCR_IPV4(239, 10, 10, 8)
#define PREFIX_SSM MCR_IPV4(232, 1, 0, 0)

#define GROUP_LENGTH MCR_IPV4_LENGTH
#define PREFIX_OTHERS_LENGTH 31
#define PREFIX_SSM_LENGTH 16

#define FAMILY_HEADERS_LEN FIXTURE_IP_LEN
#define FAMILY_ADDRESS_LEN 4
#define FAMILY_ADVERTISEMENT WIRE_ADVERTISEMENT
#define FAMILY_ADVERTISEMENT_LEN MCR_IGMP_ADVERTISEMENT_LEN
#define FAMILY_QUERY_LEN 12
#define FAMILY_QUERY_MAX_LEN MCR_IGMP_QUERY_MAX_LEN
#define FAMILY_QUERY_MAX_SOURCES MCR_IGMP_QUERY_MAX_SOURCES
#define FAMILY_HOP_LIMIT 8
#define FAMILY_DESTINATION 16
#define FAMILY_V2_LEN 32

#define FAMILY_OLDEST_REPORT MCR_IGMP_V1_REPORT
#define FAMILY_NO_QUERIER 0
#define FAMILY_VERSION(of_igmp) (of_igmp)

#define family_default_config mcr_igmp_default_config
#define family_parse mcr_igmp_parse
#define family_build_query mcr_igmp_build_query
#define family_build_v2 fixture_build_v2
#define family_build_report fixture_build_report
#define family_write_address fixture_write_be32
#define family_read_address mcr_read_be32
#define family_fix_checksums fix_checksums
#define family_strip_router_alert strip_router_alert

static inline void
fix_checksums(uint8_t *packet, uint32_t len)
{
	const uint32_t header_len = (packet[0] & 15) * 4u;
	uint16_t checksum;

	memset(packet + 10, 0, 2);
	checksum = mcr_checksum(packet, header_len);
	memcpy(packet + 10, &checksum, 2);
	memset(packet + header_len + 2, 0, 2);
	checksum = mcr_checksum(packet + header_len, len - header_len);
	memcpy(packet + header_len + 2, &checksum, 2);
}

/* As an RFC 1112 host sends it. */
static inline uint32_t
strip_router_alert(uint8_t *packet, uint32_t len)
{
	memmove(packet + 20, packet + 24, len - 24);
	packet[0] = 0x45;
	packet[3] = (uint8_t)(len - 4);
	fix_checksums(packet, len - 4);
	return len - 4;
}

static inline void
family_release(struct mcr_igmp_message *message)
{
	(void)message;
}

/* What a fuzzer can hardly find. */
static inline void
family_put_right(uint8_t *packet, uint32_t len)
{
	if (len < FIXTURE_IP_LEN + 8)
		return;
	packet[0] = 0x46;
	mcr_write_be16(packet + 2, (uint16_t)len);
	memset(packet + 6, 0, 2);
	packet[8] = 1;
	packet[9] = 2;
	memcpy(packet + 20, (const uint8_t[4]){WIRE_OPTION_ROUTER_ALERT, 4}, 4);
	fix_checksums(packet, len);
}

static inline void
family_make_older_query(uint8_t *packet)
{
	packet[3] = 32;
	fix_checksums(packet, 32);
}
#define FAMILY_OLDER_QUERY_LEN 32

#endif

#define SOURCE(n) (SOURCES + (n))

#endif
