/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "control/echo.h"
#include "control/path_mtu.h"
#include "control/send.h"
#include "datapath/counters.h"
#include "datapath/refuse.h"
#include "infra/log_pace.h"

/* A message may change all members at one address. Routers send far fewer (Linux: one a second to
 * an address), and the next copy causes a lost message again. */
#define MESSAGES_PER_MS 1
#define MESSAGES_AT_ONCE 256

/* RFC 4443 2.4 (f), for all senders; tx_too_big.h limits each. */
#define REPORTS_PER_MS 1
#define REPORTS_AT_ONCE 64

struct mcr_path_mtu {
	struct mcr_rate_limit limit;
	struct mcr_rate_limit reports;
	uint64_t learned_ms[]; /* by member id */
};

struct lesson {
	struct mcr_controller *control;
	struct mcr_neigh_too_big too_big;
	uint16_t port;
};

struct mcr_path_mtu *
mcr_path_mtu_create(uint32_t max_members)
{
	return calloc(1, sizeof(struct mcr_path_mtu) + max_members * sizeof(uint64_t));
}

/* NULL unless the member is a tunnel by the port. */
static const struct mcr_template *
tunnel_of(const struct lesson *lesson, uint32_t id)
{
	const struct mcr_template *template =
		mcr_member_template(lesson->control->fib->members, id);

	return template != NULL && template->port == lesson->port && template->outer_ip_len != 0
	               ? template
	               : NULL;
}

static bool
may_have_been_sent(void *arg, uint32_t id)
{
	const struct lesson *lesson = arg;
	const struct mcr_controller *control = lesson->control;
	const struct mcr_neigh_too_big *too_big = &lesson->too_big;
	const struct mcr_template *template = tunnel_of(lesson, id);

	return template != NULL &&
	       too_big->packet_len <= mcr_member_get(control->fib->members, id)->mtu &&
	       mcr_template_may_have_made(template, too_big->quote, too_big->quote_len) &&
	       mcr_counters_of_member(control->workers, id).tx_packets != 0;
}

static void
set_path_mtu(struct mcr_controller *control, uint32_t id, uint16_t mtu)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);

	RTE_ASSERT(id < control->workers->max_members && mtu <= member->mtu);
	control->path_mtu->learned_ms[id] = control->now_ms;
	if (mcr_member_set_path_mtu(control->fib->members, id, mtu) != 0)
		MCR_LOG_PACED(ERR, control->now_ms, id, "no memory for the header of member %s",
			member->name);
}

static const char *
format_router(const struct mcr_neigh_too_big *too_big, char text[MCR_ADDRESS_TEXT])
{
	return too_big->is_ipv6 ? mcr_address_format_ipv6(&too_big->router6, MCR_IPV6_LENGTH, text)
	                        : mcr_address_format(too_big->router, text);
}

static bool
lower_path_mtu(void *arg, uint32_t id)
{
	const struct lesson *lesson = arg;
	struct mcr_controller *control = lesson->control;
	const uint16_t before = mcr_member_path_mtu(control->fib->members, id);
	const uint16_t mtu = mcr_neigh_lower_mtu(&lesson->too_big, before);
	char router[MCR_ADDRESS_TEXT];

	if (tunnel_of(lesson, id) == NULL || mtu == before)
		return false;
	set_path_mtu(control, id, mtu);
	MCR_LOG_PACED(NOTICE, control->now_ms, id,
		"member %s: path MTU %u, as router %s says (was %u)",
		mcr_member_get(control->fib->members, id)->name, mtu,
		format_router(&lesson->too_big, router), before);
	return false;
}

enum mcr_drop
mcr_path_mtu_receive(struct mcr_controller *control, const struct mcr_punt *in)
{
	const struct mcr_members *members = control->fib->members;
	struct lesson lesson = {
		.control = control,
		.port = mcr_ports_index(control->ports, in->frame->port),
	};
	int ret;

	ret = mcr_neigh_parse_too_big(
		rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset), in->length,
		&lesson.too_big);
	if (ret != 0)
		return mcr_refuse_reason(ret);
	/* Before the limit: else who knows no member's address keeps those of routers away. */
	if (lesson.too_big.destination == MCR_ADDRESS_NONE ||
		!mcr_member_is_at(members, lesson.too_big.destination))
		return MCR_DROP_NOT_FOR_US;
	if (!mcr_rate_limit_take(
		    &control->path_mtu->limit, MESSAGES_PER_MS, MESSAGES_AT_ONCE, control->now_ms))
		return MCR_DROP_RATE_LIMITED;
	if (mcr_member_search_at(members, lesson.too_big.destination, may_have_been_sent,
		    &lesson) == MCR_MEMBER_NONE)
		return MCR_DROP_NOT_FOR_US;
	mcr_member_search_at(members, lesson.too_big.destination, lower_path_mtu, &lesson);
	return MCR_DROP_NONE;
}

void
mcr_path_mtu_report(struct mcr_controller *control, const struct mcr_punt *in)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, in->sender.id);
	const struct mcr_neigh_own own = mcr_echo_own(member, &control->ports->at[member->port]);
	uint8_t message[MCR_NEIGH_REFUSAL6_MAX];
	int len;

	RTE_ASSERT(in->punt == MCR_PUNT_OVERSIZE && in->source <= UINT16_MAX);
	if (!mcr_rate_limit_take(
		    &control->path_mtu->reports, REPORTS_PER_MS, REPORTS_AT_ONCE, control->now_ms))
		return;
	len = mcr_neigh_write_too_big6(rte_pktmbuf_mtod(in->frame, const uint8_t *), in->length,
		in->source, &own, message);
	if (len > 0)
		mcr_send_answer(control, in->sender.id, in->frame, message, len);
}

void
mcr_path_mtu_age(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	struct mcr_path_mtu *path_mtu = control->path_mtu;

	if (mcr_member_path_mtu(control->fib->members, id) == member->mtu ||
		control->now_ms - path_mtu->learned_ms[id] < MCR_PATH_MTU_AGE_MS)
		return;
	set_path_mtu(control, id, 0);
	MCR_LOG_PACED(NOTICE, control->now_ms, id, "member %s: path MTU %u is tried again",
		member->name, member->mtu);
}
