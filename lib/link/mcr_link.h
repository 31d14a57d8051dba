/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The link between two hubs of a domain: its frame, its session (mcr_session.h) and the account of
 * what arrives (mcr_lane.h). mcdpdk-domain(8) has the layout too.
 *
 * A frame of a link, from the outer IP header on, of either family:
 *
 *     IP | UDP, destination port 4754 (link-udp) | GRE with key and sequence number, 0x3000, of
 *     protocol 0x88b5 (IEEE 802 local experimental 1) | record | packet | record | packet ...
 *
 * The key is the sending hub's mcr_link_hub_id(). The sequence number counts the frames that one
 * lane of the sender sends to this hub. A lane belongs to one TX lcore, which may have several, for
 * flows with different hashes; all its frames have one UDP source port. The frame's template
 * (MCR_ENCAP_LINK, MCR_ENCAP_LINK_UDP) ends behind the key; the sequence number and the first
 * record are its prefix, MCR_LINK_PREFIX_LEN bytes.
 *
 *     record   0     version 1 or 2 (high half), kind (low half)
 *              1     flags
 *              2-3   length of the packet behind the record
 *              4-7   underlay address of the member that sent the packet, or 0
 *              8     lane
 *              9-11  VNI or key of the segment (kind 2), else 0
 *              12-27 version 2 alone: the member's address, which is of IPv6
 *
 *     hello    0     state: 0 admin down, 1 down, 2 init, 3 up (RFC 5880 4.1)
 *              1     multiplier
 *              2-3   0; ignored
 *              4-7   my discriminator
 *              8-11  your discriminator
 *              12-15 interval in microseconds
 *              16-23 epoch: drawn at random when the hub starts
 *
 *     list     24-27 first hub id that this page covers
 *              28-31 last one
 *              32-33 count
 *              34-35 version: another one when the list has changed (RFC 1982)
 *              36-   ids of the hubs in this range to which the sender carries, or is about to
 *
 * All in network byte order. A receiver ignores flags that it does not know, and bytes behind a
 * list. A hello of 24 bytes has none; see mcdpdk-domain(8). No mbuf, no clock, no allocation.
 * Addresses of members are those of mcr_address.h; who reads a record is a reader of theirs.
 */

#ifndef MCR_LINK_H
#define MCR_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_address.h>
#include <mcr_encap.h>

#include "mcr_lane.h"
#include "mcr_session.h"

/** A hub that knows version 1 alone refuses what members over IPv6 send. */
#define MCR_LINK_VERSION 1
#define MCR_LINK_VERSION_IPV6 2
#define MCR_LINK_RECORD_LEN 12 /**< of version 1 */
#define MCR_LINK_RECORD_MAX 28 /**< of version 2 */
#define MCR_LINK_HELLO_LEN 24
#define MCR_LINK_LIST_LEN 12 /**< of its header */
#define MCR_LINK_VNI_MAX 0xffffffu

/** Ids on one page at most: with them a hello fits into 1,400 bytes, which all clouds pass. */
#define MCR_LINK_PAGE_MAX 300

static_assert(MCR_LINK_PREFIX_LEN == MCR_GRE_OPTION_LEN + MCR_LINK_RECORD_LEN &&
		      MCR_LINK_PREFIX_MAX == MCR_GRE_OPTION_LEN + MCR_LINK_RECORD_MAX,
	"a prefix is a sequence number and a record");
static_assert(MCR_LINK_RECORD_MAX == MCR_LINK_RECORD_LEN + MCR_IPV6_ADDRESS_LEN,
	"a record of version 2 ends with an address");

enum mcr_link_kind {
	MCR_LINK_HELLO,
	MCR_LINK_PACKET, /**< an IPv4 or IPv6 packet */
	MCR_LINK_FRAME,  /**< an Ethernet frame of a segment */
};

/** The packet is broadcast, to 255.255.255.255 or to its sender's subnet. */
#define MCR_LINK_BROADCAST 0x01
/** The sending hub has decremented the packet's TTL. */
#define MCR_LINK_TOOK_HOP 0x02

/** A unicast IPv4 packet that comes out of a segment: it goes to no member of another segment. */
#define MCR_LINK_FROM_SEGMENT 0x04

/** The tag of the packet is 1: the parity of the placement of shared members that the sending hub
 * uses. Without shared members the tag is 0 and means nothing. */
#define MCR_LINK_TAG 0x08

/** A record: what a packet on a link is. */
struct mcr_link_record {
	enum mcr_link_kind kind;
	uint8_t flags;   /**< MCR_LINK_BROADCAST, _TOOK_HOP, _FROM_SEGMENT, _TAG */
	uint8_t lane;    /**< of the sender: who counts the sequence */
	uint16_t length; /**< of the packet */
	uint16_t offset; /**< of the packet; set by mcr_link_read_record() only */
	/** Underlay address of the member that sent the packet; 0: none. Of IPv6, the receiver may
	 * not know it: then it is 0, too. */
	uint32_t member;
	uint32_t vni; /**< of the segment, for MCR_LINK_FRAME; else 0 */
};

/** A page of a hub's list: to which hubs of a range of ids it carries packets, or is about to. */
struct mcr_link_page {
	uint32_t first; /**< id of the range */
	uint32_t last;
	uint16_t version;   /**< of the list */
	uint16_t count;     /**< of ids */
	const uint8_t *ids; /**< in network byte order */
};

/**
 * The id of a hub, from the names of its domain and itself: the 32-bit FNV-1a hash of
 * "DOMAIN/HUB", or 1 when that is 0. Equal in every hub of the domain.
 */
uint32_t
mcr_link_hub_id(const char *domain, const char *hub);

/** Bytes of a record. */
static inline uint16_t
mcr_link_record_len(const struct mcr_link_record *record)
{
	return mcr_address_is_ipv6(record->member) ? MCR_LINK_RECORD_MAX : MCR_LINK_RECORD_LEN;
}

/** Bytes of a prefix with this record. */
static inline uint16_t
mcr_link_prefix_len(const struct mcr_link_record *record)
{
	return MCR_GRE_OPTION_LEN + mcr_link_record_len(record);
}

/** Write a record, mcr_link_record_len() bytes. record->offset does not matter. */
void
mcr_link_write_record(uint8_t *at, const struct mcr_link_record *record);

/** Write what follows a link's template: mcr_link_prefix_len() bytes. */
static inline void
mcr_link_write_prefix(uint8_t *at, uint32_t sequence, const struct mcr_link_record *record)
{
	mcr_write_be32(at, sequence);
	mcr_link_write_record(at + MCR_GRE_OPTION_LEN, record);
}

/** The lane of a prefix. */
static inline uint8_t
mcr_link_prefix_lane(const uint8_t *prefix)
{
	return prefix[MCR_GRE_OPTION_LEN + 8];
}

/**
 * The entropy of a lane's frames, hellos included, in place of the flow's: one UDP source port. So
 * RSS takes a lane to one RX lcore of the peer, in order and counted by nobody else (mcr_lane.h).
 */
static inline uint16_t
mcr_link_entropy(uint8_t lane)
{
	return mcr_encap_entropy(lane * UINT32_C(0x9e37));
}

/**
 * Read the next record of a frame. A frame has at least one:
 *
 *     uint32_t at = packet.inner_offset, end = at + packet.inner_len;
 *
 *     do {
 *             if (!mcr_link_read_record(bytes, &at, end, &record))
 *                     return malformed;
 *             ...
 *     } while (at < end);
 *
 * @param bytes The frame, or any other start that record->offset shall count from.
 * @param[in,out] at Where the record begins; afterwards the end of its packet.
 * @param end Where the last packet ends, at most 65535.
 * @param[out] record Written when true is returned. The packet is at bytes + record->offset and
 *   has record->length bytes, which do not go beyond the end. They may be none.
 * @return false: the version or the kind is unknown, or the record or its packet is truncated. at
 *   is unchanged.
 */
bool
mcr_link_read_record(
	const uint8_t *bytes, uint32_t *at, uint32_t end, struct mcr_link_record *record);

/**
 * Write the body of a hello, MCR_LINK_HELLO_LEN bytes. Its record has this length, no member and no
 * segment.
 */
void
mcr_link_write_hello(uint8_t *at, const struct mcr_link_hello *hello);

/** Read the body of a hello. @return false: it is truncated. Its values are the session's matter.
 */
bool
mcr_link_read_hello(const uint8_t *bytes, uint32_t length, struct mcr_link_hello *hello);

/** Bytes of a page, behind those of the hello. */
static inline uint32_t
mcr_link_page_len(uint32_t count)
{
	return MCR_LINK_LIST_LEN + count * sizeof(uint32_t);
}

/** Write a page, mcr_link_page_len() bytes. @param at Behind the MCR_LINK_HELLO_LEN bytes of the
 * hello. */
void
mcr_link_write_page(uint8_t *at, const struct mcr_link_page *page);

/** Whether a hello has a page. @param length Of the hello. */
static inline bool
mcr_link_has_page(uint32_t length)
{
	return length > MCR_LINK_HELLO_LEN;
}

/**
 * Read the page of a hello, but not its ids.
 * @param bytes Of the hello. @param length Likewise.
 * @param[out] page Its ids are those in the hello.
 * @return false: it is truncated, or its range is no range.
 */
bool
mcr_link_read_page(const uint8_t *bytes, uint32_t length, struct mcr_link_page *page);

/** The id at an index. */
static inline uint32_t
mcr_link_page_id(const struct mcr_link_page *page, uint16_t index)
{
	RTE_ASSERT(index < page->count);
	return mcr_read_be32(page->ids + index * sizeof(uint32_t));
}

/** Whether the ids ascend and are of the range. */
bool
mcr_link_page_is_valid(const struct mcr_link_page *page);

#endif
