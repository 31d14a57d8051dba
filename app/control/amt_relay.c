/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/attach.h"
#include "control/membership.h"
#include "control/send.h"
#include "infra/log_pace.h"

/* For a source without a tunnel: a burst for many gateways that start behind one NAT, then 100
 * messages/s, so that answers to a forged source stay below 12 kB/s. */
#define MESSAGES_AT_ONCE 2048
#define MESSAGE_INTERVAL_MS 10

/* The shortest lifetime; longer when gateways may wait longer for a query. */
#define SECRET_MS 600000

/* Sources with the same hash share a bucket. */
#define LIMITS 4096

/* Room for an Ethernet header with tags. */
#define L2_MAX 64

struct message {
	const struct mcr_punt *in;
	uint16_t port; /* index in ports->at */
	struct mcr_amt_datagram datagram;
};

struct mcr_relay {
	struct mcr_amt_relay amt;
	uint64_t secret_due_ms; /* 0: there is no secret yet */
	struct mcr_rate_limit limits[LIMITS];
};

static bool
is_enabled(const struct mcr_controller *control)
{
	return mcr_amt_gateway_get_status(control)->enabled;
}

const struct mcr_amt_relay *
mcr_relay_get(const struct mcr_controller *control)
{
	return &control->relay->amt;
}

struct mcr_relay *
mcr_relay_create(void)
{
	return calloc(1, sizeof(struct mcr_relay));
}

void
mcr_relay_free(struct mcr_relay *relay)
{
	if (relay == NULL)
		return;
	mcr_address_drop(relay->amt.config.mld.source);
	free(relay);
}

static uint64_t
lifetime_ms(const struct mcr_amt_query *query)
{
	return (uint64_t)query->robustness * query->interval_ms +
	       2ull * query->response_interval_ms;
}

static uint64_t
secret_lifetime_ms(const struct mcr_amt_config *amt)
{
	const uint64_t longest = RTE_MAX(lifetime_ms(&amt->igmp), lifetime_ms(&amt->mld));

	return RTE_MAX(longest, (uint64_t)SECRET_MS);
}

/* After a failure the old secret stays: no secret is worse than an old one. */
static void
renew_secret(struct mcr_controller *control)
{
	struct mcr_relay *relay = control->relay;
	uint8_t secret[MCR_AMT_SECRET_LEN];

	if (!control->fill_random(secret, sizeof(secret))) {
		MCR_LOG_PACED(ERR, control->now_ms, 0, "amt: no random bytes for a secret");
		return;
	}
	mcr_amt_set_secret(&relay->amt, secret);
	control->learned_version++; /* the state file holds the secret */
	relay->secret_due_ms = control->now_ms + secret_lifetime_ms(&relay->amt.config);
}

void
mcr_relay_restore_secret(struct mcr_controller *control, const uint8_t secret[MCR_AMT_SECRET_LEN])
{
	if (!is_enabled(control))
		return;
	mcr_amt_set_secret(&control->relay->amt, secret);
	renew_secret(control);
}

static struct mcr_amt_query
describe_query(const struct mcr_config_igmp *protocol, uint32_t source)
{
	return (struct mcr_amt_query){
		.source = source,
		.interval_ms = protocol->query_interval_us / 1000,
		.response_interval_ms = protocol->query_response_interval_us / 1000,
		.robustness = protocol->robustness,
		.ignore_router_alert = protocol->ignore_router_alert,
	};
}

/* RFC 9777 5.1.14: link-local. In the tunnels of all ports the hub is one router. */
static uint32_t
hold_mld_source(const struct mcr_ports *ports)
{
	const struct in6_addr address = mcr_port_link_local(&ports->at[0].mac);

	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

void
mcr_relay_configure(struct mcr_controller *control, const struct mcr_config *config)
{
	struct mcr_relay *relay = control->relay;
	const uint32_t mld_source = hold_mld_source(control->ports);

	mcr_address_drop(relay->amt.config.mld.source);
	relay->amt.config = (struct mcr_amt_config){
		.igmp = describe_query(&config->igmp, config->overlay.address),
		.mld = describe_query(&config->mld, mld_source),
		.joins_ipv6 = config->mld.enabled && mld_source != MCR_ADDRESS_NONE,
	};
	if (is_enabled(control) && relay->secret_due_ms == 0)
		renew_secret(control);
}

void
mcr_relay_run(struct mcr_controller *control)
{
	if (is_enabled(control) && control->now_ms >= control->relay->secret_due_ms)
		renew_secret(control);
}

static const uint8_t *
packet_of(const struct mcr_punt *in)
{
	return rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset);
}

static uint32_t
hash_source(const uint8_t *packet)
{
	uint64_t words[2];

	if (!mcr_ip_is_ipv6(packet))
		return mcr_hash(mcr_read_be32(packet + 12), 0);
	/* In a received frame it is not aligned. */
	memcpy(words, packet + MCR_IPV6_SOURCE, sizeof(words));
	return mcr_hash(words[0], words[1]);
}

bool
mcr_relay_is_within_limit(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint32_t slot = hash_source(packet_of(in)) % LIMITS;

	return mcr_rate_limit_take(&control->relay->limits[slot], 1, MESSAGES_AT_ONCE,
		control->now_ms / MESSAGE_INTERVAL_MS);
}

static uint16_t
find_udp(const struct mcr_punt *in)
{
	const uint8_t *const packet = packet_of(in);

	return mcr_ip_is_ipv6(packet) ? mcr_ipv6_find_transport(packet, in->length).offset
	                              : mcr_ipv4_parse(packet, in->length).header_len;
}

static void
read_endpoints(
	const uint8_t *packet, const struct mcr_udp_info *udp, struct mcr_amt_datagram *datagram)
{
	const uint16_t from = udp->source_port, to = udp->destination_port;

	if (mcr_ip_is_ipv6(packet)) {
		datagram->gateway = mcr_amt_ipv6_endpoint(packet + MCR_IPV6_SOURCE, from);
		datagram->relay = mcr_amt_ipv6_endpoint(packet + MCR_IPV6_DESTINATION, to);
	} else {
		datagram->gateway = mcr_amt_ipv4_endpoint(mcr_read_be32(packet + 12), from);
		datagram->relay = mcr_amt_ipv4_endpoint(mcr_read_be32(packet + 16), to);
	}
}

/* The classifier has checked the lengths. */
static void
read_message(const struct mcr_ports *ports, const struct mcr_punt *in, struct message *message)
{
	const uint16_t offset = find_udp(in);
	const uint8_t *const udp = packet_of(in) + offset;
	const struct mcr_udp_info info = mcr_udp_parse(udp, in->length - offset);

	RTE_ASSERT(offset != 0 && offset < in->length);
	RTE_ASSERT(info.total_len >= MCR_UDP_HEADER_LEN);
	message->in = in;
	message->port = mcr_ports_index(ports, in->frame->port);
	message->datagram = (struct mcr_amt_datagram){
		.message = udp + MCR_UDP_HEADER_LEN,
		.len = info.total_len - MCR_UDP_HEADER_LEN,
	};
	read_endpoints(packet_of(in), &info, &message->datagram);
}

/* The answer goes back to the sender of the message, with the message's VLAN tags. */
static void
send_answer(struct mcr_controller *control, const struct message *message,
	const struct mcr_amt_verdict *verdict)
{
	uint8_t bytes[L2_MAX + MCR_AMT_PACKET_MAX];
	const struct mcr_amt_datagram *datagram = &message->datagram;
	const uint16_t l2_len = message->in->offset;
	uint32_t len;

	if (l2_len > L2_MAX)
		return;
	memcpy(bytes, rte_pktmbuf_mtod(message->in->frame, const uint8_t *), l2_len);
	memcpy(bytes, bytes + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
	memcpy(bytes + RTE_ETHER_ADDR_LEN, &control->ports->at[message->port].mac,
		RTE_ETHER_ADDR_LEN);
	len = mcr_amt_write_packet(bytes + l2_len, &datagram->relay, &datagram->gateway,
		verdict->answer, verdict->answer_len);
	mcr_send_bytes(control, message->port, bytes, l2_len + len);
}

static enum mcr_drop
drop_of(enum mcr_amt_rejection rejection)
{
	switch (rejection) {
	case MCR_AMT_REJECT_MALFORMED:
	case MCR_AMT_REJECT_VERSION:
	case MCR_AMT_REJECT_BAD_REPORT:
		return MCR_DROP_MALFORMED;
	case MCR_AMT_REJECT_BAD_CHECKSUM:
		return MCR_DROP_BAD_CHECKSUM;
	case MCR_AMT_REJECT_NOT_FOR_RELAY:
	case MCR_AMT_REJECT_UNKNOWN_TYPE:
	case MCR_AMT_REJECT_MLD:
		return MCR_DROP_NOT_FOR_US;
	case MCR_AMT_REJECT_RESPONSE_MAC:
	case MCR_AMT_REJECT_UNREACHABLE:
	case MCR_AMT_REJECT_MAX_TUNNELS:
	case MCR_AMT_REJECT_MAX_TUNNELS_PER_ADDRESS:
		return MCR_DROP_SOURCE_DENIED;
	default:
		return MCR_DROP_NONE;
	}
}

static enum mcr_drop
refuse_message(struct mcr_controller *control, enum mcr_amt_rejection rejection)
{
	mcr_amt_refuse(&control->relay->amt, rejection);
	return drop_of(rejection);
}

static enum mcr_drop
follow_update(struct mcr_controller *control, const struct message *message,
	const struct mcr_amt_verdict *verdict)
{
	const bool may_open = message->in->sender.id == MCR_MEMBER_NONE;
	uint32_t id = mcr_amt_gateway_find(control, &verdict->gateway);
	int ret = 0;

	/* A gateway whose tunnel is not closed yet opens another. */
	if (id != MCR_MEMBER_NONE && control->leaving[id] && may_open &&
		mcr_amt_gateway_close(control, id) == 0)
		id = MCR_MEMBER_NONE;
	if (id == MCR_MEMBER_NONE && !(verdict->joins && may_open))
		return refuse_message(control, MCR_AMT_REJECT_NO_TUNNEL);
	if (id == MCR_MEMBER_NONE)
		ret = mcr_amt_gateway_open(control, &verdict->gateway, message->port, &id);
	else
		ret = mcr_attach_follow_port(control, id, message->port);
	if (ret == -ENETUNREACH)
		return refuse_message(control, MCR_AMT_REJECT_UNREACHABLE);
	if (ret == -EDQUOT)
		return refuse_message(control, MCR_AMT_REJECT_MAX_TUNNELS_PER_ADDRESS);
	if (ret != 0)
		return refuse_message(control, MCR_AMT_REJECT_MAX_TUNNELS);
	return mcr_membership_receive(control, id, verdict->packet, verdict->packet_len);
}

static enum mcr_drop
close_tunnel(struct mcr_controller *control, const struct mcr_amt_verdict *verdict)
{
	const uint32_t id = mcr_amt_gateway_find(control, &verdict->gateway);

	if (id == MCR_MEMBER_NONE)
		return refuse_message(control, MCR_AMT_REJECT_NO_TUNNEL);
	mcr_amt_gateway_close_soon(control, id);
	return MCR_DROP_NONE;
}

enum mcr_drop
mcr_relay_receive(struct mcr_controller *control, const struct mcr_punt *in)
{
	struct mcr_amt_verdict verdict;
	struct message message;

	/* Switched off while the message waited. */
	if (!is_enabled(control))
		return MCR_DROP_NOT_FOR_US;
	read_message(control->ports, in, &message);
	message.datagram.may_join = mcr_amt_gateway_has_room(control, &message.datagram.gateway);
	mcr_amt_receive(&control->relay->amt, &message.datagram, &verdict);
	switch (verdict.action) {
	case MCR_AMT_SEND:
		send_answer(control, &message, &verdict);
		return MCR_DROP_NONE;
	case MCR_AMT_FOLLOW:
		return follow_update(control, &message, &verdict);
	case MCR_AMT_CLOSE:
		return close_tunnel(control, &verdict);
	default:
		return drop_of(verdict.rejection);
	}
}
