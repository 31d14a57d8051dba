/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 9777 5, RFC 2710 3. Addresses get numbers after all checks of their bytes. */

#include <rte_debug.h>

#include <mcr_address.h>

#include "mld.h"
#include "protocol.h"
#include "record.h"

/* The headers in front of a message. */
struct envelope {
	const uint8_t *ip;
	const uint8_t *message;
	uint32_t message_len; /* from the message on */
	bool has_router_alert;
};

static const uint8_t *
source_of(const struct envelope *in)
{
	return in->ip + MCR_IPV6_SOURCE;
}

static const uint8_t *
destination_of(const struct envelope *in)
{
	return in->ip + MCR_IPV6_DESTINATION;
}

/* Whether it is ff02::number. */
static bool
is_link_group(const uint8_t *address, uint8_t number)
{
	static const uint8_t start[MCR_IPV6_ADDRESS_LEN - 1] = {0xff, 0x02};

	return memcmp(address, start, sizeof(start)) == 0 && address[15] == number;
}

/*
 * Not learned, though hosts report them: scopes 0 and 1, which never leave a node, ff02::1 (RFC
 * 9777 6), and solicited-node groups, which neighbour discovery serves.
 */
static enum mcr_igmp_rejection
check_group(const uint8_t *group)
{
	if (!mcr_ipv6_is_multicast(group))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	if (mcr_ipv6_scope(group) <= MCR_IPV6_SCOPE_INTERFACE ||
		is_link_group(group, MLD_ALL_NODES) || mcr_ipv6_is_solicited_node(group))
		return MCR_IGMP_REJECT_ALL_SYSTEMS;
	return MCR_IGMP_ACCEPTED;
}

/* Other hubs of a domain take no other either. */
static bool
is_source(const uint8_t *bytes)
{
	struct in6_addr address;

	memcpy(&address, bytes, sizeof(address));
	return mcr_address_refuse_source(&address) == NULL;
}

static bool
has_router_alert(const uint8_t *option, const uint8_t *end)
{
	while (option < end) {
		if (*option == MLD_OPTION_PAD1) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] > end - option - 2)
			return false;
		if (*option == MLD_OPTION_ROUTER_ALERT)
			return option[1] == MLD_OPTION_ROUTER_ALERT_LEN &&
			       mcr_read_be16(option + 2) == 0;
		option += 2 + option[1];
	}
	return false;
}

static enum mcr_igmp_rejection
open_hop_by_hop(struct envelope *in, uint8_t *next)
{
	const uint8_t *header = in->message;
	uint32_t len;

	if (in->message_len < 8)
		return MCR_IGMP_REJECT_MALFORMED;
	len = 8 * (1u + header[1]);
	if (len > in->message_len)
		return MCR_IGMP_REJECT_MALFORMED;
	*next = header[0];
	in->has_router_alert = has_router_alert(header + 2, header + len);
	in->message += len;
	in->message_len -= len;
	return MCR_IGMP_ACCEPTED;
}

static enum mcr_igmp_rejection
open_packet(const uint8_t *packet, uint32_t len, struct envelope *in)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(packet, len);
	enum mcr_igmp_rejection rejection = MCR_IGMP_ACCEPTED;
	uint8_t next = info.next_header;

	if (info.total_len == 0)
		return MCR_IGMP_REJECT_MALFORMED;
	*in = (struct envelope){
		.ip = packet,
		.message = packet + MCR_IPV6_HEADER_LEN,
		.message_len = info.total_len - MCR_IPV6_HEADER_LEN,
	};
	if (next == IPPROTO_HOPOPTS)
		rejection = open_hop_by_hop(in, &next);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	if (next == IPPROTO_FRAGMENT)
		return MCR_IGMP_REJECT_FRAGMENT;
	if (next != IPPROTO_ICMPV6)
		return MCR_IGMP_REJECT_NOT_IGMP;
	if (in->message_len < 8)
		return MCR_IGMP_REJECT_MALFORMED;
	if (mcr_ipv6_checksum(packet, in->message, in->message_len, IPPROTO_ICMPV6) != 0)
		return MCR_IGMP_REJECT_BAD_CHECKSUM;
	return MCR_IGMP_ACCEPTED;
}

/* RFC 9777 8.1: the length shows the version. */
static enum mcr_igmp_rejection
parse_query(const struct envelope *in, struct mcr_igmp_message *message)
{
	const uint8_t *mld = in->message;
	const uint32_t len = in->message_len;
	const uint16_t code = mcr_read_be16(mld + 4);

	if (len == MLD_V1_LEN) {
		message->type = MCR_IGMP_V2_QUERY;
		message->max_response_ms = code;
		return MCR_IGMP_ACCEPTED;
	}
	if (len < MLD_V2_QUERY_LEN)
		return MCR_IGMP_REJECT_MALFORMED;
	message->type = MCR_IGMP_V3_QUERY;
	message->max_response_ms = mcr_mld_decode_time(code);
	message->suppress = (mld[24] & MLD_QUERY_SUPPRESS) != 0;
	message->robustness = mld[24] & MLD_QUERY_QRV;
	message->query_interval_ms = mcr_igmp_decode_time(mld[25]) * 1000;
	message->count = mcr_read_be16(mld + 26);
	message->body = mld + MLD_V2_QUERY_LEN;
	if (message->count * MCR_IPV6_ADDRESS_LEN > len - MLD_V2_QUERY_LEN ||
		(mcr_ipv6_is_unspecified(mld + 8) && message->count > 0))
		return MCR_IGMP_REJECT_MALFORMED;
	return MCR_IGMP_ACCEPTED;
}

/* Data behind the last record is ignored (RFC 9777 5.2.11). */
static enum mcr_igmp_rejection
parse_report(const struct envelope *in, struct mcr_igmp_message *message)
{
	message->type = MCR_IGMP_V3_REPORT;
	message->count = mcr_read_be16(in->message + 6);
	message->body = in->message + IGMP_REPORT_HEADER_LEN;
	return igmp_records_fit(message->body, in->message_len - IGMP_REPORT_HEADER_LEN,
		       message->count, MCR_IPV6_ADDRESS_LEN)
	               ? MCR_IGMP_ACCEPTED
	               : MCR_IGMP_REJECT_MALFORMED;
}

static enum mcr_igmp_rejection
parse_mld(const struct envelope *in, struct mcr_igmp_message *message)
{
	const uint8_t type = in->message[0];

	if (type == MLD_V2_REPORT)
		return parse_report(in, message);
	if (type != MLD_QUERY && type != MLD_V1_REPORT && type != MLD_V1_DONE)
		return MCR_IGMP_REJECT_UNKNOWN_TYPE;
	if (in->message_len < MLD_V1_LEN)
		return MCR_IGMP_REJECT_MALFORMED;
	if (type == MLD_QUERY)
		return parse_query(in, message);
	message->type = type == MLD_V1_REPORT ? MCR_IGMP_V2_REPORT : MCR_IGMP_V2_LEAVE;
	return MCR_IGMP_ACCEPTED;
}

/* RFC 9777 5.1.14, 5.2.14. Hosts report from :: while they have no address: RFC 3590 4. */
static enum mcr_igmp_rejection
check_sender(const struct envelope *in, const struct mcr_igmp_message *message)
{
	if (mcr_ipv6_is_link_local(source_of(in)))
		return MCR_IGMP_ACCEPTED;
	return mcr_ipv6_is_unspecified(source_of(in)) && !mcr_igmp_is_query(message)
	               ? MCR_IGMP_REJECT_NO_SENDER
	               : MCR_IGMP_REJECT_BAD_SENDER;
}

/* An address of our own is allowed as well (RFC 9777 5.1.15, 5.2.15): any unicast address is. */
static bool
has_right_destination(const struct envelope *in, const struct mcr_igmp_message *message)
{
	const uint8_t *destination = destination_of(in), *group = in->message + 8;

	if (!mcr_ipv6_is_multicast(destination))
		return true;
	if (message->type == MCR_IGMP_V3_REPORT)
		return is_link_group(destination, MLD_V2_ROUTERS);
	if (message->type == MCR_IGMP_V2_LEAVE)
		return is_link_group(destination, MLD_ALL_ROUTERS);
	if (mcr_igmp_is_query(message) && is_link_group(destination, MLD_ALL_NODES))
		return true;
	return memcmp(destination, group, MCR_IPV6_ADDRESS_LEN) == 0;
}

static enum mcr_igmp_rejection
check_envelope(const struct envelope *in, const struct mcr_igmp_message *message)
{
	enum mcr_igmp_rejection rejection;

	if (in->ip[7] != 1)
		return MCR_IGMP_REJECT_BAD_TTL;
	rejection = check_sender(in, message);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	if (!has_right_destination(in, message))
		return MCR_IGMP_REJECT_BAD_DESTINATION;
	/* Last, so that callers who ignore the option know that all else is right. */
	return in->has_router_alert ? MCR_IGMP_ACCEPTED : MCR_IGMP_REJECT_NO_ROUTER_ALERT;
}

/* Of a report or done for one group, or a query for one. */
static enum mcr_igmp_rejection
check_own_group(const struct envelope *in, const struct mcr_igmp_message *message)
{
	const uint8_t *group = in->message + 8;

	if (message->type == MCR_IGMP_V3_REPORT)
		return MCR_IGMP_ACCEPTED;
	if (!mcr_igmp_is_query(message))
		return check_group(group);
	return mcr_ipv6_is_unspecified(group) || mcr_ipv6_is_multicast(group)
	               ? MCR_IGMP_ACCEPTED
	               : MCR_IGMP_REJECT_NOT_MULTICAST;
}

static uint32_t
number_of(const uint8_t *bytes)
{
	struct in6_addr address;

	memcpy(&address, bytes, sizeof(address));
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

/* Older hosts have no sender: they are not told apart. */
static enum mcr_igmp_rejection
number_addresses(const struct envelope *in, struct mcr_igmp_message *message)
{
	const uint8_t *group = in->message + 8;
	const bool is_report = message->type == MCR_IGMP_V3_REPORT;
	const bool has_sender = is_report || mcr_igmp_is_query(message);
	const bool has_group = !is_report && !mcr_ipv6_is_unspecified(group);

	if (has_sender)
		message->sender = number_of(source_of(in));
	if (has_group)
		message->group = number_of(group);
	if ((!has_sender || message->sender != MCR_ADDRESS_NONE) &&
		(!has_group || message->group != MCR_ADDRESS_NONE))
		return MCR_IGMP_ACCEPTED;
	mcr_mld_release(message);
	return MCR_IGMP_REJECT_NO_MEMORY;
}

/* A query that is rejected for its envelope alone may be overheard. */
static bool
is_filled_in(enum mcr_igmp_rejection rejection)
{
	return rejection == MCR_IGMP_ACCEPTED || rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT;
}

static enum mcr_igmp_rejection
reject_hop_limit(const struct envelope *in, struct mcr_igmp_message *message)
{
	if (mcr_igmp_is_query(message) && mcr_ipv6_is_link_local(source_of(in)))
		number_addresses(in, message);
	return MCR_IGMP_REJECT_BAD_TTL;
}

enum mcr_igmp_rejection
mcr_mld_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message)
{
	struct envelope in;
	enum mcr_igmp_rejection rejection = open_packet(packet, len, &in), bare;

	memset(message, 0, sizeof(*message));
	message->address_len = MCR_IPV6_ADDRESS_LEN;
	if (rejection == MCR_IGMP_ACCEPTED)
		rejection = parse_mld(&in, message);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	rejection = check_envelope(&in, message);
	if (rejection == MCR_IGMP_REJECT_BAD_TTL)
		return reject_hop_limit(&in, message);
	if (!is_filled_in(rejection))
		return rejection;
	bare = check_own_group(&in, message);
	if (bare == MCR_IGMP_ACCEPTED)
		bare = number_addresses(&in, message);
	return bare == MCR_IGMP_ACCEPTED ? rejection : bare;
}

void
mcr_mld_release(struct mcr_igmp_message *message)
{
	mcr_address_drop(message->sender);
	mcr_address_drop(message->group);
	message->sender = message->group = MCR_ADDRESS_NONE;
}

const struct igmp_protocol mld_protocol = {
	.address_len = MCR_IPV6_ADDRESS_LEN,
	.version_offset = 1,
	.query_max_sources = MCR_MLD_QUERY_MAX_SOURCES,
	.parse = mcr_mld_parse,
	.build_query = mcr_mld_build_query,
	.build_advertisement = mcr_mld_build_advertisement,
	.check_group = check_group,
	.is_source = is_source,
};
