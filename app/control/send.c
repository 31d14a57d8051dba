/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_fragment.h>

#include "control/send.h"
#include "infra/pool.h"

static void
drop_control_frame(struct mcr_workers *workers, struct rte_mbuf *frame)
{
	mcr_stats_count(&workers->lcores[0].stats, MCR_STAT_TX_CONTROL_DROPS, 1);
	rte_pktmbuf_free(frame);
}

void
mcr_send_frame(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame)
{
	RTE_ASSERT(port < control->ports->count && rte_mbuf_refcnt_read(frame) == 1);
	frame->port = control->ports->at[port].id;
	if (rte_ring_enqueue(control->rings->inject, frame) != 0)
		drop_control_frame(control->workers, frame);
}

/* Without a buffer, counts a drop and returns NULL. */
static struct rte_mbuf *
copy_to_mbuf(struct mcr_controller *control, uint16_t port, const void *bytes, uint16_t length)
{
	struct rte_mbuf *packet =
		rte_pktmbuf_alloc(mcr_pool_of_port(control->ports, &control->ports->at[port]));

	RTE_ASSERT(packet == NULL || length <= rte_pktmbuf_tailroom(packet));
	if (packet == NULL)
		drop_control_frame(control->workers, NULL);
	else
		memcpy(rte_pktmbuf_append(packet, length), bytes, length);
	return packet;
}

void
mcr_send_bytes(struct mcr_controller *control, uint16_t port, const void *bytes, uint16_t length)
{
	struct rte_mbuf *frame = copy_to_mbuf(control, port, bytes, length);

	if (frame != NULL)
		mcr_send_frame(control, port, frame);
}

static bool
send_next_fragment(struct mcr_controller *control, uint16_t port, const struct rte_mbuf *frame,
	uint16_t ip_offset, struct mcr_fragmenter *fragmenter)
{
	struct rte_mbuf *out =
		copy_to_mbuf(control, port, rte_pktmbuf_mtod(frame, const uint8_t *), ip_offset);
	uint16_t len;

	if (out == NULL)
		return false;
	len = mcr_fragment_next(fragmenter, rte_pktmbuf_mtod_offset(out, uint8_t *, ip_offset));
	rte_pktmbuf_append(out, len);
	mcr_send_frame(control, port, out);
	return !mcr_fragment_is_done(fragmenter);
}

/* Those of data begin at a random number: see lcore.c. */
static uint16_t
next_outer_id(struct mcr_controller *control)
{
	control->outer_id = RTE_MAX(control->outer_id + 1, 1);
	return control->outer_id;
}

void
mcr_send_fragments(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame,
	uint16_t ip_offset, uint16_t mtu)
{
	struct mcr_fragmenter fragmenter;
	const uint8_t *const ip = rte_pktmbuf_mtod_offset(frame, const uint8_t *, ip_offset);
	const uint16_t len = frame->data_len - ip_offset;
	int ret = mcr_ip_is_ipv6(ip) ? mcr_fragment_start_ipv6(
					       &fragmenter, ip, len, mtu, next_outer_id(control))
	                             : mcr_fragment_start(&fragmenter, ip, len, mtu);

	while (ret == 0 && send_next_fragment(control, port, frame, ip_offset, &fragmenter))
		;
	rte_pktmbuf_free(frame);
}

/* A packet to be fragmented needs an ID; all others have DF and none. Fragments of IPv6 have it in
 * a header of their own. */
static void
number_outer(struct mcr_controller *control, struct rte_mbuf *packet)
{
	uint8_t *const ip = rte_pktmbuf_mtod_offset(packet, uint8_t *, RTE_ETHER_HDR_LEN);

	if (!mcr_ip_is_ipv6(ip))
		mcr_write_be16(ip + 4, next_outer_id(control));
}

/* Fragment plain packets as a router does, but not those with DF (RFC 791): no copy would arrive
 * either. */
static void
send_oversize(struct mcr_controller *control, const struct mcr_template *template,
	struct rte_mbuf *packet)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(packet, uint8_t *, RTE_ETHER_HDR_LEN);

	if (template->encap != MCR_ENCAP_L2 || mcr_ip_is_ipv6(ip)) {
		number_outer(control, packet);
	} else if ((mcr_read_be16(ip + 6) & RTE_IPV4_HDR_DF_FLAG) != 0) {
		drop_control_frame(control->workers, packet);
		return;
	}
	mcr_send_fragments(control, template->port, packet, RTE_ETHER_HDR_LEN, template->mtu);
}

/* The packet starts with IP, or with Ethernet in a segment. */
static void
send_encapsulated(
	struct mcr_controller *control, uint32_t member, struct rte_mbuf *packet, uint8_t tos)
{
	const struct mcr_template *template = mcr_member_template(control->fib->members, member);
	uint8_t *inner;

	if (template == NULL) {
		drop_control_frame(control->workers, packet);
		return;
	}
	RTE_ASSERT(packet->nb_segs == 1 && template->header_len <= rte_pktmbuf_headroom(packet));
	inner = rte_pktmbuf_mtod(packet, uint8_t *);
	mcr_template_write(template, inner, packet->data_len, tos, 0);
	if (mcr_ip_is_ipv6(inner))
		mcr_template_name_ipv6(template, inner);
	rte_pktmbuf_prepend(packet, template->header_len);
	if (packet->data_len - RTE_ETHER_HDR_LEN <= template->mtu) {
		mcr_send_frame(control, template->port, packet);
		return;
	}
	send_oversize(control, template, packet);
}

static bool
is_in_segment(const struct mcr_fib *fib, uint32_t member)
{
	return mcr_encap_has_segment(mcr_member_get(fib->members, member)->identity.encap);
}

void
mcr_send_reply(struct mcr_controller *control, uint32_t member, struct rte_mbuf *packet)
{
	const uint8_t tos = mcr_ip_tos(rte_pktmbuf_mtod(packet, const uint8_t *));
	struct rte_ether_hdr *ethernet;

	if (is_in_segment(control->fib, member)) {
		ethernet = (struct rte_ether_hdr *)rte_pktmbuf_prepend(packet, RTE_ETHER_HDR_LEN);
		ethernet->dst_addr = ethernet->src_addr;
		ethernet->src_addr = *mcr_fib_segment_mac(control->fib);
	}
	send_encapsulated(control, member, packet, tos);
}

void
mcr_send_answer(struct mcr_controller *control, uint32_t member, const struct rte_mbuf *to,
	const void *bytes, uint16_t length)
{
	const uint16_t port = mcr_member_get(control->fib->members, member)->port;
	struct rte_mbuf *packet = copy_to_mbuf(control, port, bytes, length);

	if (packet == NULL)
		return;
	memcpy(rte_pktmbuf_mtod(packet, uint8_t *) - RTE_ETHER_HDR_LEN,
		rte_pktmbuf_mtod(to, const uint8_t *) - RTE_ETHER_HDR_LEN, RTE_ETHER_HDR_LEN);
	mcr_send_reply(control, member, packet);
}

void
mcr_send_inner_frame(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length)
{
	const uint16_t port = mcr_member_get(control->fib->members, member)->port;
	struct rte_mbuf *frame = copy_to_mbuf(control, port, bytes, length);

	if (frame != NULL)
		send_encapsulated(control, member, frame, 0);
}

void
mcr_send_plain(struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length)
{
	const struct mcr_template *template = mcr_member_template(control->fib->members, member);
	struct rte_mbuf *packet;

	if (template == NULL || length > template->mtu) {
		drop_control_frame(control->workers, NULL);
		return;
	}
	packet = copy_to_mbuf(control, template->port, bytes, length);
	if (packet == NULL)
		return;
	memcpy(rte_pktmbuf_prepend(packet, RTE_ETHER_HDR_LEN), mcr_template_ethernet(template),
		RTE_ETHER_HDR_LEN);
	mcr_send_frame(control, template->port, packet);
}

int
mcr_send_to_member(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length)
{
	const uint16_t port = mcr_member_get(control->fib->members, member)->port;
	struct rte_mbuf *packet = copy_to_mbuf(control, port, bytes, length);
	const uint8_t *ip = bytes;

	if (packet == NULL)
		return -ENOBUFS;
	if (is_in_segment(control->fib, member)) {
		mcr_vxlan_write_ethernet_to(
			rte_pktmbuf_mtod(packet, uint8_t *), mcr_fib_segment_mac(control->fib), ip);
		rte_pktmbuf_prepend(packet, RTE_ETHER_HDR_LEN);
	}
	send_encapsulated(control, member, packet, mcr_ip_tos(ip));
	return 0;
}
