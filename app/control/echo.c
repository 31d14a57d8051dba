/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <string.h>

#include <rte_debug.h>

#include "control/echo.h"
#include "control/neighbour.h"
#include "control/placement/arrivals.h"
#include "control/placement/serving.h"
#include "control/send.h"
#include "datapath/refuse.h"

static void
send_link_reply(struct mcr_controller *control, const struct mcr_punt *in)
{
	struct rte_mbuf *frame = in->frame;
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	const uint16_t port = mcr_ports_index(control->ports, frame->port);

	ethernet->dst_addr = ethernet->src_addr;
	ethernet->src_addr = control->ports->at[port].mac;
	if (in->length <= control->ports->at[port].mtu)
		mcr_send_frame(control, port, frame);
	else
		mcr_send_fragments(control, port, frame, in->offset, control->ports->at[port].mtu);
}

/* The reply takes the route of a copy, so it proves that copies arrive. */
static void
send_member_reply(struct mcr_controller *control, const struct mcr_punt *in)
{
	rte_pktmbuf_adj(in->frame, in->offset);
	rte_pktmbuf_trim(in->frame, in->frame->data_len - in->length);
	mcr_send_reply(control, in->sender.id, in->frame);
}

static bool
is_ipv6(const struct mcr_punt *in)
{
	return mcr_ip_is_ipv6(rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset));
}

/* Put the refusal in the place of the request. @return 0 or -errno. */
static int
refuse(struct mcr_punt *in, const struct mcr_neigh_own *own)
{
	uint8_t refusal[MCR_NEIGH_REFUSAL6_MAX]; /* the longer one */
	struct rte_mbuf *frame = in->frame;
	const uint8_t *const request = rte_pktmbuf_mtod_offset(frame, uint8_t *, in->offset);
	const int length =
		is_ipv6(in) ? mcr_neigh_refuse_echo6(request, in->length, own, refusal)
			    : mcr_neigh_refuse_echo(request, in->length, own->address, refusal);

	if (length < 0)
		return length;
	rte_pktmbuf_trim(frame, frame->data_len - in->offset);
	if (rte_pktmbuf_append(frame, length) == NULL)
		return -EINVAL;
	memcpy(rte_pktmbuf_mtod_offset(frame, uint8_t *, in->offset), refusal, length);
	in->length = length;
	return 0;
}

/* Whoever probes a hub that drains, or serves no shared member yet, is to go to another one. A
 * request to all routers gets no error, but its answer. */
static int
answer(const struct mcr_controller *control, struct mcr_punt *in, const struct mcr_neigh_own *own)
{
	uint8_t *const request = rte_pktmbuf_mtod_offset(in->frame, uint8_t *, in->offset);
	const int ret = mcr_serving_welcomes(control) ? -ENOTSUP : refuse(in, own);

	if (ret != -ENOTSUP)
		return ret;
	return is_ipv6(in) ? mcr_neigh_answer_echo6(request, in->length, own)
	                   : mcr_neigh_answer_echo(request, in->length, own->address);
}

struct mcr_neigh_own
mcr_echo_own(const struct mcr_member *member, const struct mcr_port *port)
{
	struct mcr_neigh_own own = mcr_neighbour_own(port);

	if (member->hub_overlay.hub != 0)
		own.address = member->hub_overlay.hub;
	if (member->hub_overlay6.hub != MCR_ADDRESS_NONE) {
		own.has_ipv6 = true;
		own.address6 = *mcr_address_ipv6(member->hub_overlay6.hub);
	} else if (member->identity.encap != MCR_ENCAP_L2 && !own.has_ipv6) {
		own.has_ipv6 = true;
		own.address6 = own.link_local;
	}
	return own;
}

/* Whose tunnel leads to this hub uses it. A plain ping may be a probe. */
static bool
is_by_tunnel(const struct mcr_controller *control, uint32_t id)
{
	return mcr_member_get(control->fib->members, id)->identity.encap != MCR_ENCAP_L2;
}

enum mcr_drop
mcr_echo_receive(struct mcr_controller *control, struct mcr_punt *in)
{
	const bool by_member = in->sender.id != MCR_MEMBER_NONE;
	const struct mcr_port *port =
		&control->ports->at[mcr_ports_index(control->ports, in->frame->port)];
	const struct mcr_neigh_own own =
		by_member ? mcr_echo_own(mcr_member_get(control->fib->members, in->sender.id), port)
			  : mcr_neighbour_own(port);
	int ret;

	RTE_ASSERT(rte_mbuf_refcnt_read(in->frame) == 1 && in->frame->nb_segs == 1);
	ret = answer(control, in, &own);
	if (ret != 0)
		return mcr_refuse_reason(ret);
	if (by_member && is_by_tunnel(control, in->sender.id))
		mcr_arrivals_note(control, in->sender.id);
	if (by_member)
		send_member_reply(control, in);
	else
		send_link_reply(control, in);
	in->frame = NULL;
	return MCR_DROP_NONE;
}
