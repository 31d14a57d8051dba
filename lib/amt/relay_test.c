/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <igmp_packet_fixture.h>

#include "relay_fixture.h"

#define GROUP MCR_IPV4(239, 1, 1, 1)

static void
assert_endpoint(struct mcr_amt_endpoint endpoint, uint32_t address, uint16_t port)
{
	const struct mcr_amt_endpoint wanted = mcr_amt_ipv4_endpoint(address, port);

	assert_memory_equal(endpoint.address, wanted.address, sizeof(wanted.address));
	assert_int_equal(endpoint.port, port);
}

static void
make_report(uint8_t type, uint16_t sources)
{
	static const uint8_t list[] = {10, 0, 0, 11, 10, 0, 0, 12};
	const struct mcr_igmp_record record = {type, GROUP, sources, list};
	uint8_t packet[128];
	uint32_t len;

	len = fixture_build_report(GATEWAY, &record, 1, packet);
	make_update(packet, len);
}

/* RFC 7450 5.1.2. */
static void
discovery_is_answered_with_the_address_it_came_to(void **state)
{
	static const uint8_t wanted[] = {2, 0, 0, 0, NONCE, 10, 0, 0, 10};

	(void)state;
	receive(discovery, sizeof(discovery));
	assert_int_equal(verdict.action, MCR_AMT_SEND);
	assert_int_equal(verdict.answer_len, sizeof(wanted));
	assert_memory_equal(verdict.answer, wanted, sizeof(wanted));
	assert_int_equal(relay.received[MCR_AMT_DISCOVERY], 1);
	assert_int_equal(relay.sent[MCR_AMT_ADVERTISEMENT], 1);
}

/* RFC 7450 5.1.4. */
static void
request_is_answered_with_a_general_query(void **state)
{
	struct mcr_igmp_message message;

	(void)state;
	receive(request, sizeof(request));
	assert_int_equal(verdict.action, MCR_AMT_SEND);
	assert_int_equal(verdict.answer_len, WIRE_HEADER_LEN + 36);
	assert_int_equal(verdict.answer[0], WIRE_QUERY);
	assert_int_equal(verdict.answer[1], 0);
	assert_memory_equal(verdict.answer + 8, nonce, sizeof(nonce));
	assert_int_equal(
		mcr_igmp_parse(verdict.answer + WIRE_HEADER_LEN, 36, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V3_QUERY);
	assert_int_equal(message.group, 0);
	assert_int_equal(message.query_interval_ms, 125000);
	assert_int_equal(message.max_response_ms, 100);
	assert_int_equal(message.robustness, 2);
	assert_int_equal(message.sender, RELAY);
}

static void
request_at_a_full_relay_gets_the_l_flag(void **state)
{
	(void)state;
	datagram.may_join = false;
	receive(request, sizeof(request));
	assert_int_equal(verdict.answer[1], WIRE_L_FLAG);
}

static void
a_thousand_requests_leave_no_state(void **state)
{
	struct mcr_amt_relay before;

	(void)state;
	before = relay;
	for (uint32_t i = 0; i < 1000; i++) {
		datagram.gateway.port = 1024 + i;
		receive(request, sizeof(request));
	}
	assert_int_equal(relay.received[MCR_AMT_REQUEST], 1000);
	memset(relay.received, 0, sizeof(relay.received));
	memset(relay.sent, 0, sizeof(relay.sent));
	assert_memory_equal(&relay, &before, sizeof(relay));
}

static void
answer_mac(uint8_t mac[WIRE_MAC_LEN])
{
	receive(request, sizeof(request));
	memcpy(mac, verdict.answer + 2, WIRE_MAC_LEN);
}

static void
the_mac_depends_on_address_port_nonce_and_secret(void **state)
{
	static const uint8_t other_secret[MCR_AMT_SECRET_LEN] = "another";
	static const uint8_t other_nonce[] = {3, 0, 0, 0, 0xde, 0xad, 0xbe, 0xee};
	uint8_t mac[WIRE_MAC_LEN], other[WIRE_MAC_LEN];

	(void)state;
	answer_mac(mac);
	answer_mac(other);
	assert_memory_equal(mac, other, sizeof(mac));
	datagram.gateway.port++;
	answer_mac(other);
	assert_memory_not_equal(mac, other, sizeof(mac));
	datagram.gateway.port--;
	datagram.gateway.address[15]++;
	answer_mac(other);
	assert_memory_not_equal(mac, other, sizeof(mac));
	datagram.gateway.address[15]--;
	receive(other_nonce, sizeof(other_nonce));
	assert_memory_not_equal(mac, verdict.answer + 2, sizeof(mac));
	mcr_amt_set_secret(&relay, other_secret);
	answer_mac(other);
	assert_memory_not_equal(mac, other, sizeof(mac));
}

static void
the_secret_before_is_accepted_and_the_one_before_that_is_not(void **state)
{
	static const uint8_t second[MCR_AMT_SECRET_LEN] = "second";
	static const uint8_t third[MCR_AMT_SECRET_LEN] = "third";

	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	mcr_amt_set_secret(&relay, second);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	mcr_amt_set_secret(&relay, third);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
}

/* All zeros, as the secret before the first one. */
static void
a_mac_made_without_a_secret_is_refused(void **state)
{
	static const uint8_t zeros[MCR_AMT_SECRET_LEN];

	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	amt_make_mac(zeros, &datagram.gateway, nonce, update + 2);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
}

static void
an_update_with_any_bit_of_mac_or_nonce_wrong_is_refused(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	for (unsigned int bit = 16; bit < 8 * WIRE_HEADER_LEN; bit++) {
		update[bit / 8] ^= 1 << bit % 8;
		receive(update, update_len);
		assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
		update[bit / 8] ^= 1 << bit % 8;
	}
}

static void
an_update_from_another_address_or_port_is_refused(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	datagram.gateway.port++;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
	datagram.gateway.port--;
	datagram.gateway.address[15] ^= 1;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
}

static void
an_update_hands_its_report_on(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_endpoint(verdict.gateway, GATEWAY, PORT);
	assert_int_equal(verdict.packet_len, update_len - WIRE_HEADER_LEN);
	assert_memory_equal(verdict.packet, update + WIRE_HEADER_LEN, verdict.packet_len);
	assert_int_equal(relay.received[MCR_AMT_UPDATE], 1);
}

static void
only_a_report_that_joins_needs_a_tunnel(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t sources;
		bool joins;
	} records[] = {
		{MCR_IGMP_IS_IN, 0, false},
		{MCR_IGMP_IS_IN, 1, true},
		{MCR_IGMP_IS_EX, 0, true},
		{MCR_IGMP_TO_IN, 0, false},
		{MCR_IGMP_TO_IN, 2, true},
		{MCR_IGMP_TO_EX, 0, true},
		{MCR_IGMP_ALLOW, 1, true},
		{MCR_IGMP_BLOCK, 1, false},
	};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(records); i++) {
		make_report(records[i].type, records[i].sources);
		receive(update, update_len);
		assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
		assert_int_equal(verdict.joins, records[i].joins);
	}
}

static void
version_2_hosts_join_and_leave(void **state)
{
	uint8_t packet[32];
	uint32_t len;

	(void)state;
	len = fixture_build_v2(MCR_IGMP_V2_REPORT, GATEWAY, GROUP, packet);
	make_update(packet, len);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_true(verdict.joins);
	len = fixture_build_v2(MCR_IGMP_V2_LEAVE, GATEWAY, GROUP, packet);
	make_update(packet, len);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
}

static void
other_messages_than_reports_are_refused(void **state)
{
	static const uint8_t nothing[] = {0x50, 0, 0, 0};
	const struct mcr_igmp_query query = {.sender = GATEWAY, .max_response_ms = 1000};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];
	uint32_t len;

	(void)state;
	len = mcr_igmp_build_query(&query, packet);
	make_update(packet, len);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	make_update(nothing, sizeof(nothing));
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	make_report(MCR_IGMP_TO_EX, 0);
	receive(update, update_len - 1);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	update[update_len - 1] ^= 1;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_CHECKSUM);
}

/* RFC 9776 4.2.1. */
static void
a_report_from_no_hosts_address_is_refused(void **state)
{
	const struct mcr_igmp_record record = {MCR_IGMP_TO_EX, GROUP, 0, NULL};
	uint8_t packet[64];
	uint32_t len;

	(void)state;
	len = fixture_build_report(GROUP, &record, 1, packet);
	make_update(packet, len);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
}

/* RFC 7450 5.1. Of a Request, the highest bit is Linux's P flag. */
static void
reserved_bits_are_ignored(void **state)
{
	const uint8_t a_discovery[] = {1, 0xff, 0xff, 0xff, NONCE};
	const uint8_t a_request[] = {3, 0x7e, 0xff, 0xff, NONCE};
	uint8_t teardown[WIRE_TEARDOWN_LEN] = {WIRE_TEARDOWN, 0xff};

	(void)state;
	receive(a_discovery, sizeof(a_discovery));
	assert_int_equal(verdict.action, MCR_AMT_SEND);
	receive(a_request, sizeof(a_request));
	assert_int_equal(verdict.action, MCR_AMT_SEND);
	assert_int_equal(verdict.answer_len, WIRE_HEADER_LEN + 36);
	make_report(MCR_IGMP_TO_EX, 0);
	update[1] = 0xff;
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	amt_make_mac(relay.secret, &datagram.gateway, nonce, teardown + 2);
	memcpy(teardown + 8, nonce, sizeof(nonce));
	amt_write_endpoint(teardown + WIRE_HEADER_LEN, &datagram.gateway);
	receive(teardown, sizeof(teardown));
	assert_int_equal(verdict.action, MCR_AMT_CLOSE);
}

/* RFC 7450 5.3.3.4. */
static void
octets_behind_the_report_are_ignored(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	memset(update + update_len, 0xff, 5);
	receive(update, update_len + 5);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_true(verdict.joins);
}

static void
add_to_checksum(uint8_t *checksum, uint16_t change)
{
	uint32_t sum = (uint32_t)checksum[0] << 8 | checksum[1];

	sum += change;
	sum += sum >> 16;
	checksum[0] = sum >> 8;
	checksum[1] = sum;
}

/* igmp.router_alert in mcdpdk-groups(5). */
static void
router_alert_is_needed_unless_it_is_ignored(void **state)
{
	static const uint8_t no_operation[] = {1, 1, 1, 1};

	(void)state;
	make_report(MCR_IGMP_TO_EX, 0);
	/* The options sum up to 0x0101 + 0x0101 instead of 0x9404. */
	memcpy(update + WIRE_HEADER_LEN + 20, no_operation, sizeof(no_operation));
	add_to_checksum(update + WIRE_HEADER_LEN + 10, 0x9404 - 0x0202);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	relay.config.igmp.ignore_router_alert = true;
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_true(verdict.joins);
}

static void
make_teardown(uint8_t message[WIRE_TEARDOWN_LEN], const struct mcr_amt_endpoint *gateway)
{
	memset(message, 0, WIRE_TEARDOWN_LEN);
	message[0] = WIRE_TEARDOWN;
	amt_make_mac(relay.secret, gateway, nonce, message + 2);
	memcpy(message + 8, nonce, sizeof(nonce));
	mcr_write_be16(message + 12, gateway->port);
	memcpy(message + 14, gateway->address, sizeof(gateway->address));
}

/* RFC 7450 5.3.3.6: it comes from the new address. */
static void
a_teardown_names_the_tunnel_by_its_old_address(void **state)
{
	const struct mcr_amt_endpoint before = mcr_amt_ipv4_endpoint(GATEWAY + 7, PORT - 7);
	uint8_t message[WIRE_TEARDOWN_LEN];

	(void)state;
	make_teardown(message, &before);
	receive(message, sizeof(message));
	assert_int_equal(verdict.action, MCR_AMT_CLOSE);
	assert_endpoint(verdict.gateway, GATEWAY + 7, PORT - 7);
}

static void
a_teardown_of_somebody_elses_tunnel_is_refused(void **state)
{
	const struct mcr_amt_endpoint own = mcr_amt_ipv4_endpoint(GATEWAY, PORT);
	uint8_t message[WIRE_TEARDOWN_LEN];

	(void)state;
	make_teardown(message, &own);
	message[29] ^= 1;
	receive(message, sizeof(message));
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
	message[29] ^= 1;
	message[20] = 1;
	receive(message, sizeof(message));
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
}

static void
messages_that_are_cut_off_are_refused(void **state)
{
	static const uint8_t types[] = {WIRE_DISCOVERY, WIRE_REQUEST, WIRE_UPDATE, WIRE_TEARDOWN};
	static const uint32_t shortest[] = {8, 8, 13, 30};
	uint8_t message[32] = {0};

	(void)state;
	receive("", 0);
	assert_refused(MCR_AMT_REJECT_MALFORMED);
	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		message[0] = types[i];
		for (uint32_t len = 1; len < shortest[i]; len++) {
			receive(message, len);
			assert_refused(MCR_AMT_REJECT_MALFORMED);
		}
	}
}

static void
messages_that_are_not_for_a_relay_are_refused(void **state)
{
	static const struct {
		uint8_t first;
		enum mcr_amt_rejection rejection;
	} cases[] = {
		{0x00, MCR_AMT_REJECT_UNKNOWN_TYPE},
		{0x02, MCR_AMT_REJECT_NOT_FOR_RELAY},
		{0x04, MCR_AMT_REJECT_NOT_FOR_RELAY},
		{0x06, MCR_AMT_REJECT_NOT_FOR_RELAY},
		{0x08, MCR_AMT_REJECT_UNKNOWN_TYPE},
		{0x0f, MCR_AMT_REJECT_UNKNOWN_TYPE},
		{0x11, MCR_AMT_REJECT_VERSION},
	};
	uint8_t message[64] = {0};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		message[0] = cases[i].first;
		receive(message, sizeof(message));
		assert_refused(cases[i].rejection);
	}
}

static void
the_answer_goes_back_over_ipv4(void **state)
{
	const struct mcr_amt_endpoint from = mcr_amt_ipv4_endpoint(RELAY, RELAY_PORT),
				      to = mcr_amt_ipv4_endpoint(GATEWAY, PORT);
	static const uint8_t answer[] = "an answer of 20 octe";
	uint8_t packet[MCR_AMT_PACKET_MAX];
	struct mcr_ipv4_info ip;
	struct mcr_udp_info udp;

	(void)state;
	assert_int_equal(mcr_amt_write_packet(packet, &from, &to, answer, 20), 48);
	ip = mcr_ipv4_parse(packet, 48);
	assert_int_equal(ip.header_len, 20);
	assert_true(mcr_ipv4_checksum_is_right(packet, 20));
	assert_int_equal(ip.total_len, 48);
	assert_int_equal(ip.source, RELAY);
	assert_int_equal(ip.destination, GATEWAY);
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(ip.tos, 0xc0);
	assert_int_equal(ip.protocol, 17);
	udp = mcr_udp_parse(packet + 20, 28);
	assert_int_equal(udp.total_len, 28);
	assert_int_equal(udp.source_port, RELAY_PORT);
	assert_int_equal(udp.destination_port, PORT);
	assert_int_equal(mcr_ipv4_checksum(packet, packet + 20, 28, IPPROTO_UDP), 0);
	assert_int_not_equal(mcr_read_be16(packet + 26), 0);
	assert_memory_equal(packet + 28, answer, 20);
}

static void
everything_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(mcr_amt_message_name(MCR_AMT_TEARDOWN), "teardown");
	assert_string_equal(mcr_amt_answer_name(MCR_AMT_QUERY), "query");
	assert_string_equal(mcr_amt_rejection_name(MCR_AMT_REJECT_NO_TUNNEL), "no_tunnel");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		relay_test(discovery_is_answered_with_the_address_it_came_to),
		relay_test(request_is_answered_with_a_general_query),
		relay_test(request_at_a_full_relay_gets_the_l_flag),
		relay_test(a_thousand_requests_leave_no_state),
		relay_test(the_mac_depends_on_address_port_nonce_and_secret),
		relay_test(the_secret_before_is_accepted_and_the_one_before_that_is_not),
		relay_test(a_mac_made_without_a_secret_is_refused),
		relay_test(an_update_with_any_bit_of_mac_or_nonce_wrong_is_refused),
		relay_test(an_update_from_another_address_or_port_is_refused),
		relay_test(an_update_hands_its_report_on),
		relay_test(only_a_report_that_joins_needs_a_tunnel),
		relay_test(version_2_hosts_join_and_leave),
		relay_test(other_messages_than_reports_are_refused),
		relay_test(a_report_from_no_hosts_address_is_refused),
		relay_test(reserved_bits_are_ignored),
		relay_test(octets_behind_the_report_are_ignored),
		relay_test(router_alert_is_needed_unless_it_is_ignored),
		relay_test(a_teardown_names_the_tunnel_by_its_old_address),
		relay_test(a_teardown_of_somebody_elses_tunnel_is_refused),
		relay_test(messages_that_are_cut_off_are_refused),
		relay_test(messages_that_are_not_for_a_relay_are_refused),
		relay_test(the_answer_goes_back_over_ipv4),
		relay_test(everything_has_a_name),
	};
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	receive("", 0); /* frees the last message */
	return failed;
}
