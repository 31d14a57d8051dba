/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "wire.h"

/* RFC 7450 5.3.3. The handlers below return whether the message is accepted. */
struct receiving {
	struct mcr_amt_relay *relay;
	const struct mcr_amt_datagram *in;
	struct mcr_amt_verdict *out;
};

static bool
reject_message(const struct receiving *receiving, enum mcr_amt_rejection rejection)
{
	receiving->out->action = MCR_AMT_REFUSE;
	receiving->out->rejection = rejection;
	return false;
}

static bool
receive_discovery(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len < WIRE_DISCOVERY_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	out->action = MCR_AMT_SEND;
	out->answer_len = amt_build_advertisement(&in->relay, in->message + 4, out->answer);
	receiving->relay->sent[MCR_AMT_ADVERTISEMENT]++;
	return true;
}

static bool
receive_request(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;
	bool is_mld;

	if (in->len < WIRE_REQUEST_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	is_mld = (in->message[1] & (WIRE_P_FLAG | WIRE_P_FLAG_OF_LINUX)) != 0;
	if (is_mld && !receiving->relay->config.joins_ipv6)
		return reject_message(receiving, MCR_AMT_REJECT_MLD);
	out->action = MCR_AMT_SEND;
	out->answer_len =
		amt_build_query(receiving->relay, in, is_mld, in->message + 4, out->answer);
	receiving->relay->sent[MCR_AMT_QUERY]++;
	return true;
}

static bool
judge_report(const struct receiving *receiving, enum mcr_igmp_rejection rejection,
	const struct mcr_igmp_message *message, bool ignores_router_alert)
{
	if (rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT && ignores_router_alert)
		rejection = MCR_IGMP_ACCEPTED;
	if (rejection == MCR_IGMP_REJECT_BAD_CHECKSUM)
		return reject_message(receiving, MCR_AMT_REJECT_BAD_CHECKSUM);
	if (rejection != MCR_IGMP_ACCEPTED || mcr_igmp_is_query(message))
		return reject_message(receiving, MCR_AMT_REJECT_BAD_REPORT);
	receiving->out->joins = mcr_igmp_joins(message);
	return true;
}

static bool
check_igmp(const struct receiving *receiving)
{
	const struct mcr_amt_verdict *out = receiving->out;
	struct mcr_igmp_message message;
	const enum mcr_igmp_rejection rejection =
		mcr_igmp_parse(out->packet, out->packet_len, &message);

	return judge_report(
		receiving, rejection, &message, receiving->relay->config.igmp.ignore_router_alert);
}

/* Kernels report the groups of neighbour discovery, too, and from :: as long as they have no
 * address. These join nothing but are no faults, and lib/igmp counts them. */
static bool
is_ordinary(enum mcr_igmp_rejection rejection)
{
	return rejection == MCR_IGMP_REJECT_NO_SENDER || rejection == MCR_IGMP_REJECT_ALL_SYSTEMS;
}

static bool
check_mld(const struct receiving *receiving)
{
	struct mcr_amt_verdict *out = receiving->out;
	struct mcr_igmp_message message;
	enum mcr_igmp_rejection rejection;
	bool is_right;

	if (!receiving->relay->config.joins_ipv6)
		return reject_message(receiving, MCR_AMT_REJECT_MLD);
	rejection = mcr_mld_parse(out->packet, out->packet_len, &message);
	if (is_ordinary(rejection)) {
		out->joins = false;
		return true;
	}
	is_right = judge_report(
		receiving, rejection, &message, receiving->relay->config.mld.ignore_router_alert);
	mcr_mld_release(&message);
	return is_right;
}

/* The MAC first: without it a sender learns of no other error. */
static bool
receive_update(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len <= WIRE_HEADER_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	if (!amt_is_our_mac(receiving->relay, &in->gateway, in->message + 8, in->message + 2))
		return reject_message(receiving, MCR_AMT_REJECT_RESPONSE_MAC);
	out->action = MCR_AMT_FOLLOW;
	out->gateway = in->gateway;
	out->packet = in->message + WIRE_HEADER_LEN;
	out->packet_len = in->len - WIRE_HEADER_LEN;
	return mcr_ip_is_ipv6(out->packet) ? check_mld(receiving) : check_igmp(receiving);
}

/* RFC 7450 5.3.3.6: the MAC belongs to the previous address of the gateway, of either family. */
static bool
receive_teardown(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len < WIRE_TEARDOWN_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	out->gateway = amt_read_endpoint(in->message + WIRE_HEADER_LEN);
	if (!amt_is_our_mac(receiving->relay, &out->gateway, in->message + 8, in->message + 2))
		return reject_message(receiving, MCR_AMT_REJECT_RESPONSE_MAC);
	out->action = MCR_AMT_CLOSE;
	return true;
}

static bool
dispatch(const struct receiving *receiving)
{
	static const struct {
		bool (*receive)(const struct receiving *receiving);
		enum mcr_amt_message_type type;
	} handlers[] = {
		[WIRE_DISCOVERY] = {receive_discovery, MCR_AMT_DISCOVERY},
		[WIRE_REQUEST] = {receive_request, MCR_AMT_REQUEST},
		[WIRE_UPDATE] = {receive_update, MCR_AMT_UPDATE},
		[WIRE_TEARDOWN] = {receive_teardown, MCR_AMT_TEARDOWN},
	};
	const struct mcr_amt_datagram *in = receiving->in;
	uint8_t type;

	if (in->len == 0)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	if (in->message[0] >> 4 != 0)
		return reject_message(receiving, MCR_AMT_REJECT_VERSION);
	type = in->message[0] & 0x0f;
	if (type == 0 || type > WIRE_TEARDOWN)
		return reject_message(receiving, MCR_AMT_REJECT_UNKNOWN_TYPE);
	if (handlers[type].receive == NULL)
		return reject_message(receiving, MCR_AMT_REJECT_NOT_FOR_RELAY);
	receiving->relay->received[handlers[type].type]++;
	return handlers[type].receive(receiving);
}

void
mcr_amt_receive(struct mcr_amt_relay *relay, const struct mcr_amt_datagram *datagram,
	struct mcr_amt_verdict *verdict)
{
	const struct receiving receiving = {relay, datagram, verdict};

	if (!dispatch(&receiving))
		mcr_amt_refuse(relay, verdict->rejection);
}

void
mcr_amt_refuse(struct mcr_amt_relay *relay, enum mcr_amt_rejection rejection)
{
	RTE_ASSERT(rejection > MCR_AMT_ACCEPTED && rejection < MCR_AMT_REJECTION_COUNT);
	relay->rejected[rejection]++;
}
