/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Encapsulations: how a packet travels between the hub and a member.
 *
 * Reading: one parse function per header, bytes and length to a small struct; lengths are never
 * trusted. Writing: everything of an outer header that does not change from packet to packet is
 * kept in a template of one cache line, whose header bytes are copied in front of the packet.
 *
 * IPv4 addresses are in host byte order. Pure: no mbuf, no EAL, no state; every function may be
 * called by any thread.
 */

#ifndef MCR_ENCAP_H
#define MCR_ENCAP_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "mcr_ipv4.h"
#include "mcr_transport.h"
#include "mcr_tunnel.h"

enum mcr_encap {
	MCR_ENCAP_L2,
	MCR_ENCAP_GRE,
	MCR_ENCAP_GRE_UDP,
	MCR_ENCAP_VXLAN,
	MCR_ENCAP_GRETAP,
	MCR_ENCAP_UDP,
	MCR_ENCAP_AMT, /**< to gateways, which connect by themselves; no member is declared so */
	MCR_ENCAP_COUNT
};

/** Whether Ethernet frames travel so: a member is a port of the segment that its key or VNI names.
 */
static inline bool
mcr_encap_has_segment(enum mcr_encap encap)
{
	return encap == MCR_ENCAP_VXLAN || encap == MCR_ENCAP_GRETAP;
}

/** Room for an outer header; the longest, VXLAN and GRE-in-UDP with a key, have as many bytes. */
#define MCR_ENCAP_HEADER_MAX 50

/** What writing a header may touch in front of what it is written for. */
#define MCR_ENCAP_HEADROOM 64

/** The headroom that a copy needs: the inner Ethernet header of a segment, and a header before it.
 */
#define MCR_ENCAP_COPY_HEADROOM (MCR_ENCAP_HEADROOM + RTE_ETHER_HDR_LEN)

/** Not a VNI, which has 24 bits. */
#define MCR_VNI_NONE UINT32_MAX

/** The way to a member: all that its outer header is made of. */
struct mcr_encap_path {
	enum mcr_encap encap;
	struct rte_ether_addr source_mac;   /**< the port's */
	struct rte_ether_addr next_hop_mac; /**< the member's or its gateway's */
	uint32_t source;                    /**< the port's address */
	uint32_t destination;               /**< the member's underlay address */
	bool has_key;                       /**< of GRE */
	bool off_link;                      /**< through a gateway; only udp heeds it */
	uint32_t key;         /**< of GRE, the VNI, or the UDP port of the AMT relay */
	uint16_t udp_port;    /**< destination port; for udp 0: unchanged; else 0: the default */
	uint16_t source_port; /**< of UDP; 0: by the flow's entropy */
	uint16_t mtu;         /**< IP MTU of the path, outer headers included */
	uint16_t port;        /**< ethdev port that leads there */
};

/** What `udp` changes in the packet itself, in network byte order. */
struct mcr_rewrite {
	uint8_t destination[4];
	uint8_t udp_port[2]; /**< 0: unchanged */
	uint8_t ttl;         /**< 0: unchanged */
};

/** An outer header, ready to be copied. Immutable once published. */
struct mcr_template {
	uint16_t checksum;     /**< sum of the outer IPv4 header without TOS and length, of words as
	                          they lie there */
	uint16_t mtu;          /**< as in the path */
	uint16_t port;         /**< as in the path */
	uint8_t encap;         /**< enum mcr_encap */
	uint8_t header_len;    /**< bytes in use, right-aligned in header */
	uint8_t outer_ip_len;  /**< from the outer IPv4 header to the inner packet; 0: has none */
	uint8_t outer_udp_len; /**< from the outer UDP header to the inner packet; 0: has none */
	uint8_t inner_l2_len;  /**< Ethernet header that an inner IPv4 packet needs; 0: none */
	uint8_t segment[3];    /**< of an encapsulation that has one, in network byte order */
	union {
		uint8_t header[MCR_ENCAP_HEADER_MAX];
		struct mcr_rewrite rewrite; /**< of udp, whose header is short */
	};
} __rte_cache_aligned;

/* mcr_template_write() copies it whole, so that the header ends where the packet begins. */
static_assert(sizeof(struct mcr_template) == MCR_ENCAP_HEADROOM, "a template is one cache line");
static_assert(offsetof(struct mcr_template, header) + MCR_ENCAP_HEADER_MAX == MCR_ENCAP_HEADROOM,
	"the header is the end of the template");
static_assert(offsetof(struct mcr_template, inner_l2_len) - offsetof(struct mcr_template, mtu) ==
		      sizeof(uint64_t),
	"a shape is one word");

static_assert(
	offsetof(struct mcr_template, segment) == offsetof(struct mcr_template, inner_l2_len) + 1,
	"length and segment are one word");

/** The name of an encapsulation in the configuration: "l2", "gre", "gre-udp", "vxlan", "gretap",
 * "udp", "amt". */
const char *
mcr_encap_name(enum mcr_encap encap);

/**
 * Find an encapsulation by its name.
 *
 * @param name
 *   As mcr_encap_name() gives it.
 * @param[out] encap
 *   Set when the name is known.
 * @return
 *   Whether it is known.
 */
bool
mcr_encap_from_name(const char *name, enum mcr_encap *encap);

/**
 * How many bytes of a path's IP MTU the headers around an inner IPv4 packet take.
 *
 * @param encap
 *   The encapsulation.
 * @param has_key
 *   Whether GRE carries a key.
 * @return
 *   Bytes from the outer IPv4 header to the inner one; 0 for l2 and udp.
 */
uint16_t
mcr_encap_overhead(enum mcr_encap encap, bool has_key);

/**
 * Prepare the outer header of a path: TTL 64, DF set, ID 0, UDP checksum 0; GRE with protocol
 * 0x0800, its key when it has one.
 *
 * @param[out] t
 *   Written whole. Owned by the caller.
 * @param path
 *   Not kept.
 * @return
 *   0, or -ENOTSUP when the encapsulation is none of enum mcr_encap.
 */
int
mcr_template_build(struct mcr_template *t, const struct mcr_encap_path *path);

/**
 * Whether a packet that a router quotes may be one that a template's header was written to, and
 * that left in one piece. What may change on the way (TOS, TTL, checksum; the ID in NATs) and what
 * the template does not fix (lengths, the UDP source port within its range) is not compared.
 *
 * @param quote
 *   The packet from its IPv4 header on, of any alignment.
 * @param len
 *   Bytes of it that are quoted; beyond the IPv4 header as many as there are count.
 * @return
 *   False also for templates without an outer IPv4 header: their copies are the sender's packets.
 */
bool
mcr_template_may_have_made(const struct mcr_template *t, const uint8_t *quote, uint32_t len);

/** The longest inner packet that leaves unfragmented, without its Ethernet header in a segment. */
static inline uint16_t
mcr_template_inner_mtu(const struct mcr_template *t)
{
	RTE_ASSERT(t->mtu > t->outer_ip_len + t->inner_l2_len);
	return t->mtu - t->outer_ip_len - t->inner_l2_len;
}

/**
 * Path MTU, port, encapsulation and lengths in one word, which is never 0: headers of one shape
 * differ in the values of their fields only.
 */
static inline uint64_t
mcr_template_shape(const struct mcr_template *t)
{
	uint64_t shape;

	memcpy(&shape, (const uint8_t *)t + offsetof(struct mcr_template, mtu), sizeof(shape));
	return shape;
}

/** The outer Ethernet header of a template, which begins with the next hop's MAC. */
static inline const uint8_t *
mcr_template_ethernet(const struct mcr_template *t)
{
	RTE_ASSERT(t->header_len >= RTE_ETHER_HDR_LEN && t->header_len <= MCR_ENCAP_HEADER_MAX);
	return t->header + MCR_ENCAP_HEADER_MAX - t->header_len;
}

/** The segment that a template for VXLAN or gretap leads into. */
static inline uint32_t
mcr_template_vni(const struct mcr_template *t)
{
	RTE_ASSERT(mcr_encap_has_segment(t->encap));
	return mcr_read_be32((const uint8_t *)t + offsetof(struct mcr_template, inner_l2_len)) &
	       0xffffff;
}

/** What the outer IPv4 headers of all copies of a packet have in common. */
struct mcr_template_ip {
	uint32_t start; /**< the first four octets, in network byte order */
	uint16_t sum;   /**< of those that the template's checksum lacks, likewise */
};

/** @param total_len Of outer header and inner packet. @param tos Of the inner packet. */
static inline struct mcr_template_ip
mcr_template_ip(uint16_t total_len, uint8_t tos)
{
	return (struct mcr_template_ip){
		.start = rte_cpu_to_be_32(
			(uint32_t)RTE_IPV4_VHL_DEF << 24 | (uint32_t)tos << 16 | total_len),
		.sum = rte_cpu_to_be_16(mcr_checksum_fold((uint32_t)tos + total_len)),
	};
}

/** The fields of an outer IPv4 header that follow the inner packet. */
static inline void
mcr_template_write_ip(const struct mcr_template *t, uint8_t *at, struct mcr_template_ip ip)
{
	uint16_t checksum = t->checksum + ip.sum;

	/* The carry, which leaves nothing to carry. */
	checksum += checksum < ip.sum;
	checksum = ~checksum;
	memcpy(at, &ip.start, sizeof(ip.start));
	memcpy(at + 10, &checksum, sizeof(checksum));
}

/** Where the dynamic ports begin (RFC 6335 6); a power of two less than the end of all. */
#define MCR_ENCAP_DYNAMIC_PORTS 0xc000

/**
 * The source port of an outer UDP header. RFC 8086 3.2.1, RFC 7348 5: of the dynamic range, from
 * the flow's entropy; but an AMT gateway knows the relay by its one port, and a NAT lets
 * only that one in which its member sent to.
 */
static inline uint16_t
mcr_template_source_port(const struct mcr_template *t, uint16_t entropy)
{
	const uint16_t own = mcr_read_be16(t->header + MCR_ENCAP_HEADER_MAX - t->outer_udp_len);

	return own != 0 ? own : entropy | MCR_ENCAP_DYNAMIC_PORTS;
}

/** The fields of an outer UDP header that follow the inner packet. */
static inline void
mcr_template_write_udp(
	const struct mcr_template *t, uint8_t *udp, uint16_t total_len, uint16_t entropy)
{
	RTE_ASSERT(t->outer_udp_len >= MCR_UDP_HEADER_LEN && total_len >= t->outer_udp_len);
	mcr_write_be16(udp, mcr_template_source_port(t, entropy));
	mcr_write_be16(udp + 4, total_len);
}

/** What mcr_template_write() does after it has copied the template; parameters are the same. */
static inline void
mcr_template_write_fields(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len,
	uint8_t tos, uint16_t entropy)
{
	if (t->outer_ip_len != 0)
		mcr_template_write_ip(t, inner - t->outer_ip_len,
			mcr_template_ip(inner_len + t->outer_ip_len, tos));
	if (t->outer_udp_len != 0)
		mcr_template_write_udp(
			t, inner - t->outer_udp_len, inner_len + t->outer_udp_len, entropy);
}

/**
 * Write an outer header in front of an inner packet.
 *
 * @param t
 *   The receiver's template. When it was published under RCU: inside a read section.
 * @param inner
 *   The inner packet: IPv4, in a segment Ethernet. The MCR_ENCAP_HEADROOM bytes in front of it are
 *   overwritten; the frame starts at inner - t->header_len. The packet itself is not read (for udp
 *   see mcr_rewrite_packet()).
 * @param inner_len
 *   Its length; with the outer header at most 65535.
 * @param tos
 *   TOS octet of the inner IPv4 header, which the outer takes over: DSCP by RFC 2983's uniform
 *   model, ECN by the normal mode of RFC 6040 4.1.
 * @param entropy
 *   Any bits that are the same for all packets of a flow; the low 14 choose the UDP source port.
 */
static inline void
mcr_template_write(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len, uint8_t tos,
	uint16_t entropy)
{
	RTE_ASSERT(inner_len + t->outer_ip_len <= UINT16_MAX);
	memcpy(inner - sizeof(*t), t, sizeof(*t));
	mcr_template_write_fields(t, inner, inner_len, tos, entropy);
}

/**
 * Write the Ethernet header that an IPv4 packet to a group or to all has in a segment which
 * it did not come from.
 *
 * @param ip
 *   The packet. The RTE_ETHER_HDR_LEN bytes in front of it are overwritten.
 * @param source
 *   Source MAC: the hub's.
 * @param destination
 *   Where the packet goes: a multicast address (its MAC by RFC 1112 6.4), else the broadcast MAC.
 */
void
mcr_vxlan_write_ethernet(uint8_t *ip, const struct rte_ether_addr *source, uint32_t destination);

/** What the rewritten copies of a packet have in common; sums are of words as they lie there. */
struct mcr_rewritable {
	uint64_t header_sum;      /**< of the IPv4 header but for what is rewritten */
	uint64_t transport_sum;   /**< likewise */
	uint16_t transport;       /**< offset of UDP or TCP; 0: none that can be rewritten */
	uint16_t checksum_offset; /**< of that, inside it */
	uint16_t no_port;         /**< complement of the UDP destination port */
	bool is_udp;
	bool has_checksum; /**< UDP has one */
	uint8_t ttl;
	uint8_t protocol;
};

/**
 * See what rewriting a packet takes.
 *
 * @param ip
 *   An IPv4 packet that was parsed. Its header and the 18 bytes that follow, as far as the packet
 *   has them, are contiguous.
 */
struct mcr_rewritable
mcr_rewrite_prepare(const uint8_t *ip);

static inline void
mcr_rewrite_transport(const struct mcr_rewritable *packet, uint8_t *transport, uint32_t destination,
	uint16_t port)
{
	uint64_t sum = packet->transport_sum + destination;
	uint16_t checksum;

	if (packet->is_udp && port != 0) {
		sum += packet->no_port + port;
		memcpy(transport + 2, &port, sizeof(port));
	}
	RTE_ASSERT(packet->checksum_offset != 0);
	checksum = ~mcr_checksum_fold(sum);
	/* RFC 768: 0 means that the sender made no checksum; a computed 0 is sent as all ones. */
	if (packet->is_udp && checksum == 0)
		checksum = UINT16_MAX;
	if (packet->has_checksum)
		memcpy(transport + packet->checksum_offset, &checksum, sizeof(checksum));
}

/**
 * Rewrite a copy for a receiver of `udp`: destination address, UDP destination port (only in
 * unfragmented packets and first fragments), TTL when off-link. The checksums of IPv4, UDP and TCP
 * are updated (RFC 1624), not computed anew; a zero UDP checksum stays zero.
 *
 * @param rewrite
 *   Of the receiver's template.
 * @param packet
 *   Of the packet.
 * @param ip
 *   The copy, private as far as mcr_rewrite_prepare() looks.
 */
static inline void
mcr_rewrite_write(
	const struct mcr_rewrite *rewrite, const struct mcr_rewritable *packet, uint8_t *ip)
{
	const uint8_t ttl = rewrite->ttl != 0 ? rewrite->ttl : packet->ttl;
	uint32_t destination;
	uint16_t port, checksum;

	memcpy(&destination, rewrite->destination, sizeof(destination));
	memcpy(&port, rewrite->udp_port, sizeof(port));
	if (packet->transport != 0)
		mcr_rewrite_transport(packet, ip + packet->transport, destination, port);
	checksum = ~mcr_checksum_fold(
		packet->header_sum + destination + rte_cpu_to_be_16(ttl << 8 | packet->protocol));
	ip[8] = ttl;
	memcpy(ip + 10, &checksum, sizeof(checksum));
	memcpy(ip + 16, &destination, sizeof(destination));
}

/** Both steps, for one copy. */
static inline void
mcr_rewrite_packet(const struct mcr_rewrite *rewrite, uint8_t *ip)
{
	const struct mcr_rewritable packet = mcr_rewrite_prepare(ip);

	mcr_rewrite_write(rewrite, &packet, ip);
}

#endif
