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
is_ipv4_packet(const uint8_t *packet, uint32_t len)
{
	return len > 0 && packet[0] >> 4 == 4;
}

static bool
receive_discovery(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len < WIRE_DISCOVERY_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	out->action = MCR_AMT_SEND;
	out->answer_len = amt_build_advertisement(in->relay_address, in->message + 4, out->answer);
	receiving->relay->sent[MCR_AMT_ADVERTISEMENT]++;
	return true;
}

static bool
receive_request(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len < WIRE_REQUEST_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	if ((in->message[1] & (WIRE_P_FLAG | WIRE_P_FLAG_OF_LINUX)) != 0)
		return reject_message(receiving, MCR_AMT_REJECT_MLD);
	out->action = MCR_AMT_SEND;
	out->answer_len = amt_build_query(receiving->relay, in, in->message + 4, out->answer);
	receiving->relay->sent[MCR_AMT_QUERY]++;
	return true;
}

static bool
report_joins(const struct mcr_igmp_message *message)
{
	const uint8_t *records = message->body;
	struct mcr_igmp_record record;

	if (message->type != MCR_IGMP_V3_REPORT)
		return message->type != MCR_IGMP_V2_LEAVE;
	for (uint16_t i = 0; i < message->count; i++) {
		mcr_igmp_read_record(&records, &record);
		if (mcr_igmp_record_joins(&record))
			return true;
	}
	return false;
}

static bool
check_report(const struct receiving *receiving, struct mcr_igmp_message *message)
{
	struct mcr_amt_verdict *out = receiving->out;
	enum mcr_igmp_rejection rejection;

	if (!is_ipv4_packet(out->packet, out->packet_len))
		return reject_message(receiving, MCR_AMT_REJECT_MLD);
	rejection = mcr_igmp_parse(out->packet, out->packet_len, message);
	if (rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT &&
		receiving->relay->config.ignore_router_alert)
		rejection = MCR_IGMP_ACCEPTED;
	if (rejection == MCR_IGMP_REJECT_BAD_CHECKSUM)
		return reject_message(receiving, MCR_AMT_REJECT_BAD_CHECKSUM);
	if (rejection != MCR_IGMP_ACCEPTED || mcr_igmp_is_query(message))
		return reject_message(receiving, MCR_AMT_REJECT_BAD_REPORT);
	return true;
}

/* The MAC first: without it a sender learns of no other error. */
static bool
receive_update(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;
	struct mcr_igmp_message message;

	if (in->len <= WIRE_HEADER_LEN)
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
	if (!amt_is_our_mac(receiving->relay, &in->gateway, in->message + 8, in->message + 2))
		return reject_message(receiving, MCR_AMT_REJECT_RESPONSE_MAC);
	out->action = MCR_AMT_FOLLOW;
	out->gateway = in->gateway;
	out->packet = in->message + WIRE_HEADER_LEN;
	out->packet_len = in->len - WIRE_HEADER_LEN;
	if (!check_report(receiving, &message))
		return false;
	out->joins = report_joins(&message);
	return true;
}

/* RFC 7450 5.1.7.7: 12 zeros before an IPv4 address. */
static bool
read_endpoint(const uint8_t *at, struct mcr_amt_endpoint *endpoint)
{
	static const uint8_t zeros[12];

	endpoint->port = mcr_read_be16(at);
	endpoint->address = mcr_read_be32(at + 14);
	return memcmp(at + 2, zeros, sizeof(zeros)) == 0;
}

/* RFC 7450 5.3.3.6: the MAC belongs to the previous address of the gateway. */
static bool
receive_teardown(const struct receiving *receiving)
{
	const struct mcr_amt_datagram *in = receiving->in;
	struct mcr_amt_verdict *out = receiving->out;

	if (in->len < WIRE_TEARDOWN_LEN ||
		!read_endpoint(in->message + WIRE_HEADER_LEN, &out->gateway))
		return reject_message(receiving, MCR_AMT_REJECT_MALFORMED);
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
