/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * What IGMP and MLD do differently. Both have the same records and lists of sources, but for the
 * length of an address.
 */

#ifndef MCR_IGMP_PROTOCOL_H
#define MCR_IGMP_PROTOCOL_H

#include "mcr_igmp.h"

struct igmp_protocol {
	uint8_t address_len;
	uint8_t version_offset;     /* from a version to that of IGMP which does the same */
	uint16_t query_max_sources; /* in the smallest MTU */
	/* Likewise filled in for the two rejections after which a query is overheard. Addresses
	 * have a reference each, for igmp_message_release(). */
	enum mcr_igmp_rejection (*parse)(
		const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message);
	uint32_t (*build_query)(const struct mcr_igmp_query *query, uint8_t *packet);
	uint32_t (*build_advertisement)(
		const struct mcr_igmp_advertisement *advertisement, uint8_t *packet);
	/* Whether it is a group that hosts report: NOT_MULTICAST and ALL_SYSTEMS are not. */
	enum mcr_igmp_rejection (*check_group)(const uint8_t *group);
	bool (*is_source)(const uint8_t *address);
};

extern const struct igmp_protocol igmp_protocol;
extern const struct igmp_protocol mld_protocol;

/* Bytes of the longest packet of both. */
#define IGMP_PACKET_MAX MCR_MLD_QUERY_MAX_LEN
#define IGMP_ADVERTISEMENT_MAX MCR_MLD_ADVERTISEMENT_LEN

_Static_assert(IGMP_PACKET_MAX >= MCR_IGMP_QUERY_MAX_LEN, "IPv6 addresses are longer");

#endif
