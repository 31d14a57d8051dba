/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Encapsulations: how a packet travels between the hub and a member.
 *
 * Parse functions turn one header into a small struct and trust no length. A template of one cache
 * line, or of two where the outer header is of IPv6, holds the outer header of a member; writing
 * copies it in front of the packet. IPv4 addresses are in host byte order. No mbuf, no EAL, no
 * state: any thread may call.
 */

#ifndef MCR_ENCAP_H
#define MCR_ENCAP_H

#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ether.h>

#include "mcr_ipv4.h"
#include "mcr_ipv6.h"
#include "mcr_transport.h"
#include "mcr_tunnel.h"

enum mcr_encap {
	MCR_ENCAP_L2,
	MCR_ENCAP_GRE,
	MCR_ENCAP_GRE_UDP,
	MCR_ENCAP_VXLAN,
	MCR_ENCAP_GRETAP,
	MCR_ENCAP_UDP,
	MCR_ENCAP_AMT,  /**< gateways connect by themselves; the configuration has no such member */
	MCR_ENCAP_LINK, /**< to another hub of the domain; likewise */
	MCR_ENCAP_LINK_UDP, /**< inside UDP */
	MCR_ENCAP_COUNT
};

/** Whether the tunnel carries Ethernet frames. Its key or VNI names the member's segment. */
static inline bool
mcr_encap_has_segment(enum mcr_encap encap)
{
	return encap == MCR_ENCAP_VXLAN || encap == MCR_ENCAP_GRETAP;
}

/** Whether the tunnel leads to another hub of the domain. */
static inline bool
mcr_encap_is_link(enum mcr_encap encap)
{
	return encap == MCR_ENCAP_LINK || encap == MCR_ENCAP_LINK_UDP;
}

/**
 * Whether a member, or a hub, takes groups of IPv6, or of IPv4.
 * @param over_ipv6 The family of its underlay address.
 */
static inline bool
mcr_encap_takes(enum mcr_encap encap, bool over_ipv6, bool is_ipv6)
{
	/* The packet itself gets the member's address. */
	return encap != MCR_ENCAP_UDP || over_ipv6 == is_ipv6;
}

/** The longest outer headers with IPv4: VXLAN, and GRE-in-UDP with a key, of a member or a link. */
#define MCR_ENCAP_HEADER_MAX 50

/** Likewise with IPv6. */
#define MCR_ENCAP_IPV6_HEADER_MAX (MCR_ENCAP_HEADER_MAX + MCR_IPV6_HEADER_LEN - MCR_IPV4_HEADER_LEN)

/** Bytes in front of the inner packet that writing a header may overwrite. */
#define MCR_ENCAP_HEADROOM 72

/** Headroom of a copy: an outer header and the inner Ethernet header of a segment. */
#define MCR_ENCAP_COPY_HEADROOM (MCR_ENCAP_HEADROOM + RTE_ETHER_HDR_LEN)

/** Headroom of a copy to another hub: an outer header, the prefix and the Ethernet header. */
#define MCR_ENCAP_LINK_HEADROOM (MCR_ENCAP_COPY_HEADROOM + MCR_LINK_PREFIX_MAX)

/** No VNI: a VNI has 24 bits. */
#define MCR_VNI_NONE UINT32_MAX

/** The path to a member: the input of its template. */
struct mcr_encap_path {
	enum mcr_encap encap;
	struct rte_ether_addr source_mac;   /**< the port's */
	struct rte_ether_addr next_hop_mac; /**< the member's or its gateway's */
	uint32_t source;                    /**< the port's address */
	uint32_t destination;               /**< the member's underlay address */
	bool has_key;                       /**< of GRE; a link always has one */
	bool off_link;                      /**< through a gateway; only udp uses it */
	uint32_t key;         /**< of GRE, the VNI, the UDP port of the AMT relay, or of a link:
	                         the id of this hub */
	uint16_t udp_port;    /**< destination port; for udp 0: unchanged; else 0: the default */
	uint16_t source_port; /**< of UDP; 0: from the flow's entropy */
	uint16_t mtu;         /**< IP MTU of the path, outer headers included */
	uint16_t port;        /**< ethdev port that leads there */
	bool is_ipv6;         /**< the outer header: between source6 and destination6 */
	bool zero_checksum;   /**< of UDP over IPv6 */
	struct in6_addr source6;
	struct in6_addr destination6;
};

/** The fields that `udp` rewrites in the packet itself, in network byte order. */
struct mcr_rewrite {
	uint8_t destination[4];                     /**< of IPv4 */
	uint8_t udp_port[2];                        /**< 0: unchanged */
	uint8_t ttl;                                /**< 0: unchanged */
	uint8_t destination6[MCR_IPV6_ADDRESS_LEN]; /**< of IPv6: mcr_template.rewrites_ipv6 */
};

/** An outer header, ready to copy. Immutable once published. */
struct mcr_template {
	/** Sum of words as they lie in memory: of the outer IPv4 header without TOS and length;
	 * over IPv6, of the pseudo header and what follows it up to the inner packet, without the
	 * length and the source port of UDP. */
	uint16_t checksum;
	uint16_t mtu;
	uint8_t port;
	uint8_t rewrites_ipv6 : 1; /**< of udp: its packets are of IPv6, else of IPv4 */
	uint8_t zero_checksum : 1; /**< of UDP over IPv6 it has none */
	uint8_t encap;             /**< enum mcr_encap */
	uint8_t header_len;        /**< bytes in use, which end at mcr_template_end() */
	uint8_t outer_ip_len;      /**< from the outer IP header to the inner packet; 0: has none */
	uint8_t outer_udp_len; /**< from the outer UDP header to the inner packet; 0: has none */
	uint8_t inner_l2_len;  /**< Ethernet header or a link's prefix in front of the inner
	                          packet; 0: none */
	uint8_t segment[3];    /**< VNI or key of a segment, in network byte order */
	union {
		uint8_t header[MCR_ENCAP_HEADER_MAX];
		struct mcr_rewrite rewrite; /**< of udp, whose header is short */
	};
} __rte_cache_aligned;

/** A template whose outer header is of IPv6. It begins in the first line. */
struct mcr_template_ipv6 {
	struct mcr_template first;
	uint8_t rest[RTE_CACHE_LINE_MIN_SIZE];
};

/** The bytes that do not fit the last line are copied as one word. */
#define MCR_TEMPLATE_LINE RTE_CACHE_LINE_MIN_SIZE
#define MCR_TEMPLATE_SURPLUS (MCR_ENCAP_HEADROOM - MCR_TEMPLATE_LINE)

/* mcr_template_write() copies a whole line: its header must end where the packet begins. */
static_assert(sizeof(struct mcr_template) == MCR_TEMPLATE_LINE, "a template is one cache line");
static_assert(offsetof(struct mcr_template, header) + MCR_ENCAP_HEADER_MAX == MCR_TEMPLATE_LINE,
	"the header is the end of the template");
static_assert(
	MCR_ENCAP_IPV6_HEADER_MAX <= MCR_ENCAP_HEADROOM && MCR_TEMPLATE_SURPLUS == sizeof(uint64_t),
	"a header of IPv6 is a line and a word");
static_assert(offsetof(struct mcr_template, inner_l2_len) - offsetof(struct mcr_template, mtu) ==
		      sizeof(uint64_t),
	"a shape is one word");

static_assert(
	offsetof(struct mcr_template, segment) == offsetof(struct mcr_template, inner_l2_len) + 1,
	"length and segment are one word");

/** "l2", "gre", "gre-udp", "vxlan", "gretap", "udp", "amt", "link" or "link-udp". */
const char *
mcr_encap_name(enum mcr_encap encap);

/** Find an encapsulation by its mcr_encap_name(). Return false for an unknown name. */
bool
mcr_encap_from_name(const char *name, enum mcr_encap *encap);

/** Bytes from the outer IP header to the inner one; 0 for l2 and udp. The key of a link is always
 *  counted. */
uint16_t
mcr_encap_overhead(enum mcr_encap encap, bool has_key, bool over_ipv6);

/** Bytes of a path's template: of one that mcr_template_has_ipv6(), or of any other. */
size_t
mcr_template_size(const struct mcr_encap_path *path);

/**
 * Build the template of a path: TTL 64, DF set, ID 0, UDP checksum 0 in IPv4.
 * @param[out] t mcr_template_size() bytes at a cache line. Every byte is written.
 * @return 0, or -ENOTSUP when path->encap is not one of enum mcr_encap.
 */
int
mcr_template_build(struct mcr_template *t, const struct mcr_encap_path *path);

/** Whether the outer header is of IPv6. */
static inline bool
mcr_template_has_ipv6(const struct mcr_template *t)
{
	return t->header_len > MCR_ENCAP_HEADER_MAX;
}

/** The end of the header, where the inner packet begins. */
static inline const uint8_t *
mcr_template_end(const struct mcr_template *t)
{
	const size_t size = mcr_template_has_ipv6(t) ? sizeof(struct mcr_template_ipv6)
	                                             : sizeof(struct mcr_template);

	return (const uint8_t *)t + size;
}

/** Length of the outer IP header. */
static inline uint8_t
mcr_template_ip_header_len(const struct mcr_template *t)
{
	return mcr_template_has_ipv6(t) ? MCR_IPV6_HEADER_LEN : MCR_IPV4_HEADER_LEN;
}

/** Whether members behind this header get packets of a version: 4 or 6. */
static inline bool
mcr_template_takes(const struct mcr_template *t, uint8_t version)
{
	return version == 6 ? t->encap != MCR_ENCAP_UDP || t->rewrites_ipv6 : !t->rewrites_ipv6;
}

/**
 * Whether a packet quoted by a router may carry this template's header and left unfragmented. Of
 * IPv6, which no router cuts, it may also be the first of the fragments that left. Does not compare
 * what changes on the path (TOS, TTL, checksum; the ID in NATs) and what the template does not fix
 * (lengths, the UDP source port within its range).
 * @param quote The packet from its IP header on, of any alignment.
 * @param len Quoted bytes. Those behind the IP header are compared as far as they go.
 * @return False for templates without an outer IP header: their copies are the sender's own
 *   packets.
 */
bool
mcr_template_may_have_made(const struct mcr_template *t, const uint8_t *quote, uint32_t len);

/** The longest inner IPv4 packet that leaves unfragmented. */
static inline uint16_t
mcr_template_inner_mtu(const struct mcr_template *t)
{
	RTE_ASSERT(t->mtu > t->outer_ip_len + t->inner_l2_len);
	return t->mtu - t->outer_ip_len - t->inner_l2_len;
}

/**
 * Path MTU, port, encapsulation and lengths in one word, never 0. Headers of one shape differ only
 * in the values of their fields.
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
	RTE_ASSERT(
		t->header_len >= RTE_ETHER_HDR_LEN && t->header_len <= MCR_ENCAP_IPV6_HEADER_MAX);
	return mcr_template_end(t) - t->header_len;
}

/**
 * Where the header of a template names the inner packet's protocol, which it says is IPv4.
 * @return How many bytes in front of the inner packet; 0: it does not name one.
 */
static inline uint8_t
mcr_template_type_offset(const struct mcr_template *t)
{
	switch (t->encap) {
	case MCR_ENCAP_L2:
		return sizeof(uint16_t);
	case MCR_ENCAP_GRE:
		return t->outer_ip_len - mcr_template_ip_header_len(t) - sizeof(uint16_t);
	case MCR_ENCAP_GRE_UDP:
		return t->outer_udp_len - MCR_UDP_HEADER_LEN - sizeof(uint16_t);
	}
	return 0;
}

/** The segment of a template for VXLAN or gretap. */
static inline uint32_t
mcr_template_vni(const struct mcr_template *t)
{
	RTE_ASSERT(mcr_encap_has_segment(t->encap));
	return mcr_read_be32((const uint8_t *)t + offsetof(struct mcr_template, inner_l2_len)) &
	       0xffffff;
}

/** The part of the outer IPv4 header that all copies of a packet share. */
struct mcr_template_ip {
	uint32_t start; /**< the first four octets, in network byte order */
	uint16_t sum;   /**< of TOS and length, likewise */
};

static inline struct mcr_template_ip
mcr_template_ip(uint16_t total_len, uint8_t tos)
{
	return (struct mcr_template_ip){
		.start = rte_cpu_to_be_32(
			(uint32_t)RTE_IPV4_VHL_DEF << 24 | (uint32_t)tos << 16 | total_len),
		.sum = rte_cpu_to_be_16(mcr_checksum_fold((uint32_t)tos + total_len)),
	};
}

/** Write the fields of an outer IPv4 header that depend on the inner packet. */
static inline void
mcr_template_write_ip(const struct mcr_template *t, uint8_t *at, struct mcr_template_ip ip)
{
	uint16_t checksum = t->checksum + ip.sum;

	/* Add the carry; this addition cannot carry again. */
	checksum += checksum < ip.sum;
	checksum = ~checksum;
	memcpy(at, &ip.start, sizeof(ip.start));
	memcpy(at + 10, &checksum, sizeof(checksum));
}

/** The first dynamic port (RFC 6335 6): OR with any 16 bits stays in the range. */
#define MCR_ENCAP_DYNAMIC_PORTS 0xc000

/** Azure keeps this port for its hosts: what leaves a VM with it does not arrive (its FAQ on
 *  virtual networks). */
#define MCR_ENCAP_LOST_PORT 65330

/** The entropy of a flow with this hash: 14 bits, less the value that is lost as a port. */
static inline uint16_t
mcr_encap_entropy(uint32_t hash)
{
	const uint16_t port = hash | MCR_ENCAP_DYNAMIC_PORTS;

	return port == MCR_ENCAP_LOST_PORT ? port - 1 : port;
}

/**
 * The source port of an outer UDP header: a dynamic port from the flow's entropy
 * (mcr_encap_entropy(); RFC 8086 3.2.1, RFC 7348 5). AMT gateways and NATs accept only the port
 * that they sent to: their templates fix it.
 * @param udp The header in the template.
 */
static inline uint16_t
mcr_template_source_port(const uint8_t *udp, uint16_t entropy)
{
	const uint16_t own = mcr_read_be16(udp);

	return own != 0 ? own : entropy | MCR_ENCAP_DYNAMIC_PORTS;
}

/** Write the fields of an outer UDP header that depend on the inner packet. */
static inline void
mcr_template_write_udp(
	const struct mcr_template *t, uint8_t *udp, uint16_t total_len, uint16_t entropy)
{
	RTE_ASSERT(t->outer_udp_len >= MCR_UDP_HEADER_LEN && total_len >= t->outer_udp_len);
	mcr_write_be16(udp, mcr_template_source_port(
				    t->header + MCR_ENCAP_HEADER_MAX - t->outer_udp_len, entropy));
	mcr_write_be16(udp + 4, total_len);
}

/** The first eight octets of an outer IPv6 header, in network byte order: all copies of a packet
 * behind headers of one shape share them. The flow label is never 0 (RFC 6438). */
static inline uint64_t
mcr_template_ipv6_start(
	const struct mcr_template *t, uint16_t payload_len, uint8_t tos, uint16_t entropy)
{
	uint8_t start[sizeof(uint64_t)];
	uint64_t word;

	memcpy(start, mcr_template_end(t) - t->outer_ip_len, sizeof(start));
	mcr_write_be32(start, UINT32_C(6) << 28 | (uint32_t)tos << 20 | 1u << 16 | entropy);
	mcr_write_be16(start + 4, payload_len);
	memcpy(&word, start, sizeof(word));
	return word;
}

/** What all copies of a packet behind headers of one shape add to an outer UDP checksum of IPv6.
 * @param sum Of the words from the inner packet on. */
static inline uint16_t
mcr_template_udp_sum(uint16_t total_len, uint64_t sum)
{
	return mcr_checksum_fold(sum + 2 * (uint64_t)rte_cpu_to_be_16(total_len));
}

/** The checksum of an outer UDP header of IPv6 (RFC 8200 8.1), which is not 0.
 * @param sum From mcr_template_udp_sum(). */
static inline uint16_t
mcr_template_udp_checksum(const struct mcr_template *t, rte_be16_t source_port, uint16_t sum)
{
	/* All ones are another 0 (RFC 1071), so this is the complement; above 0, as is its fold. */
	const uint32_t rest = 4 * UINT16_MAX - (t->checksum + source_port + sum);

	return (rest + (rest << 16 | rest >> 16)) >> 16;
}

/** What the words of a packet's type in front of it add when it is IPv6 instead of IPv4. */
#define MCR_ENCAP_IPV6_TYPE_SUM RTE_BE16(RTE_ETHER_TYPE_IPV6 - RTE_ETHER_TYPE_IPV4)

/** After mcr_template_write() in front of an IPv6 packet: templates say that it is IPv4. */
void
mcr_template_name_ipv6(const struct mcr_template *t, uint8_t *inner);

/** mcr_template_write() over IPv6. */
void
mcr_template_write_ipv6(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len,
	uint8_t tos, uint16_t entropy);

/** mcr_template_write() over IPv6 in front of a packet that is not read: its sum is known.
 * @param sum Of the inner_len bytes from inner on, as words that lie in memory; of any width. */
void
mcr_template_write_ipv6_sum(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len,
	uint8_t tos, uint16_t entropy, uint64_t sum);

/** The second step of mcr_template_write() over IPv4. */
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
 * @param t The receiver's template. If it is published under RCU, call inside a read section.
 * @param inner The inner packet: IPv4, Ethernet in a segment, or a link's prefix. Overwrites the
 * MCR_ENCAP_HEADROOM bytes in front of it; the frame starts at inner - t->header_len. The packet
 * itself is read only for a UDP checksum over IPv6: then it is contiguous.
 * @param inner_len At most 65535 with the outer header.
 * @param tos TOS of the inner packet. The outer header takes it over: DSCP by the uniform model of
 *   RFC 2983, ECN by the normal mode of RFC 6040 4.1.
 * @param entropy Equal for all packets of a flow; the low 14 bits choose the UDP source port.
 */
static inline void
mcr_template_write(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len, uint8_t tos,
	uint16_t entropy)
{
	RTE_ASSERT(inner_len + t->outer_ip_len <= UINT16_MAX);
	if (unlikely(mcr_template_has_ipv6(t))) {
		mcr_template_write_ipv6(t, inner, inner_len, tos, entropy);
		return;
	}
	memcpy(inner - sizeof(*t), t, sizeof(*t));
	mcr_template_write_fields(t, inner, inner_len, tos, entropy);
}

/**
 * Write an inner Ethernet header for an IPv4 packet that enters a segment from outside.
 * @param ip The packet. Overwrites the RTE_ETHER_HDR_LEN bytes in front of it.
 * @param source The hub's MAC.
 * @param destination A multicast address is mapped to its MAC (RFC 1112 6.4), any other to the
 *   broadcast MAC.
 */
void
mcr_vxlan_write_ethernet(uint8_t *ip, const struct rte_ether_addr *source, uint32_t destination);

/**
 * Likewise for the destination of a packet of either version (for a group of IPv6: RFC 2464 7).
 * @param packet Its header, which may be at another place.
 */
void
mcr_vxlan_write_ethernet_to(
	uint8_t *ip, const struct rte_ether_addr *source, const uint8_t *packet);

/** What all rewritten copies of a packet share. Sums are of words as they lie in memory. */
struct mcr_rewritable {
	uint64_t header_sum;      /**< of the IPv4 header without the rewritten words; IPv6: 0 */
	uint64_t transport_sum;   /**< likewise */
	uint16_t transport;       /**< offset of UDP or TCP; 0: none to rewrite */
	uint16_t checksum_offset; /**< inside the transport header */
	uint16_t no_port;         /**< complement of the UDP destination port */
	bool is_udp;
	bool has_checksum; /**< false: a UDP checksum of 0 */
	uint8_t ttl;
	uint8_t protocol;
};

/**
 * First step of rewriting, once per packet, whose IP header is parsed. The packet is contiguous up
 * to its transport's checksum.
 */
struct mcr_rewritable
mcr_rewrite_prepare(const uint8_t *ip);

/** @param destination Sum of the words of the new address. */
static inline void
mcr_rewrite_transport(const struct mcr_rewritable *packet, uint8_t *transport, uint64_t destination,
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
	/* RFC 768: 0 means no checksum; a computed 0 is sent as all ones. */
	if (packet->is_udp && checksum == 0)
		checksum = UINT16_MAX;
	if (packet->has_checksum)
		memcpy(transport + packet->checksum_offset, &checksum, sizeof(checksum));
}

/**
 * Second step, once per copy for a receiver of `udp`: write the destination address, the UDP
 * destination port (in unfragmented packets and first fragments) and, off-link, the TTL. Updates
 * the checksums of IPv4, UDP and TCP (RFC 1624), so a wrong one stays wrong; a UDP checksum of 0
 * stays 0. The caller must own the bytes of the copy that mcr_rewrite_prepare() reads.
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

/** The second step for an IPv6 packet, which has no checksum of its own. Its transport may lie
 * behind extension headers, but not behind a routing header, whose last address counts. */
static inline void
mcr_rewrite_write_ipv6(
	const struct mcr_rewrite *rewrite, const struct mcr_rewritable *packet, uint8_t *ip)
{
	uint32_t words[MCR_IPV6_ADDRESS_LEN / sizeof(uint32_t)];
	uint64_t sum = 0;
	uint16_t port;

	memcpy(words, rewrite->destination6, sizeof(words));
	memcpy(&port, rewrite->udp_port, sizeof(port));
	for (unsigned int i = 0; i < RTE_DIM(words); i++)
		sum += words[i];
	if (packet->transport != 0)
		mcr_rewrite_transport(packet, ip + packet->transport, sum, port);
	ip[7] = rewrite->ttl != 0 ? rewrite->ttl : packet->ttl;
	memcpy(ip + MCR_IPV6_DESTINATION, words, sizeof(words));
}

/** Both steps for one copy, whose version is the receiver's: see mcr_template_takes(). */
static inline void
mcr_rewrite_packet(const struct mcr_rewrite *rewrite, uint8_t *ip)
{
	const struct mcr_rewritable packet = mcr_rewrite_prepare(ip);

	if (mcr_ip_is_ipv6(ip))
		mcr_rewrite_write_ipv6(rewrite, &packet, ip);
	else
		mcr_rewrite_write(rewrite, &packet, ip);
}

#endif
