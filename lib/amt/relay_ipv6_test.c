/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Gateways over IPv6, and those that join groups of IPv6. */

#include <mld_packet_fixture.h>

#include "relay_fixture.h"

#define UNICAST_OF(number)                                             \
	{                                                              \
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number \
	}

static const uint8_t relay6[16] = UNICAST_OF(0x10), gateway6[16] = UNICAST_OF(0x11);
static uint32_t router, host, group, solicited, source;

static uint32_t
get(const uint8_t bytes[16])
{
	struct in6_addr address;

	memcpy(&address, bytes, sizeof(address));
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

static int
get_addresses(void **state)
{
	(void)state;
	router = get((const uint8_t[16]){0xfe, 0x80, [15] = 1});
	host = get((const uint8_t[16]){0xfe, 0x80, [15] = 2});
	group = get((const uint8_t[16]){0xff, 0x1e, [15] = 0x10});
	solicited = get((const uint8_t[16]){0xff, 2, [11] = 1, [12] = 0xff, [15] = 2});
	source = get(gateway6);
	return 0;
}

static int
drop_addresses(void **state)
{
	(void)state;
	mcr_address_drop(router);
	mcr_address_drop(host);
	mcr_address_drop(group);
	mcr_address_drop(solicited);
	mcr_address_drop(source);
	return 0;
}

static int
start_over_with_mld(void **state)
{
	start_over(state);
	relay.config.joins_ipv6 = true;
	relay.config.mld = (struct mcr_amt_query){
		.source = router,
		.interval_ms = 60000,
		.response_interval_ms = 5000,
		.robustness = 3,
	};
	return 0;
}

static void
move_to_ipv6(void)
{
	datagram.gateway = mcr_amt_ipv6_endpoint(gateway6, PORT);
	datagram.relay = mcr_amt_ipv6_endpoint(relay6, RELAY_PORT);
}

/* RFC 7450 5.1.2: the address is as long as its family's. */
static void
discovery_over_ipv6_is_answered_with_the_address_it_came_to(void **state)
{
	static const uint8_t start[] = {2, 0, 0, 0, NONCE};

	(void)state;
	move_to_ipv6();
	receive(discovery, sizeof(discovery));
	assert_int_equal(verdict.action, MCR_AMT_SEND);
	assert_int_equal(verdict.answer_len, 24);
	assert_memory_equal(verdict.answer, start, sizeof(start));
	assert_memory_equal(verdict.answer + 8, relay6, sizeof(relay6));
}

static void
receive_request_for_mld(uint8_t flag)
{
	uint8_t message[sizeof(request)];

	memcpy(message, request, sizeof(request));
	message[1] = flag;
	receive(message, sizeof(message));
}

/* RFC 7450's P flag, and Linux's. */
static const uint8_t p_flags[] = {WIRE_P_FLAG, WIRE_P_FLAG_OF_LINUX};

static void
a_request_for_mld_is_answered_with_a_general_query_of_mld(void **state)
{
	struct mcr_igmp_message message;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(p_flags); i++) {
		receive_request_for_mld(p_flags[i]);
		assert_int_equal(verdict.action, MCR_AMT_SEND);
		assert_int_equal(verdict.answer_len, WIRE_HEADER_LEN + 76);
		assert_int_equal(verdict.answer[1], 0);
		assert_int_equal(mcr_mld_parse(verdict.answer + WIRE_HEADER_LEN, 76, &message),
			MCR_IGMP_ACCEPTED);
		assert_int_equal(message.type, MCR_IGMP_V3_QUERY);
		assert_int_equal(message.group, MCR_ADDRESS_NONE);
		assert_int_equal(message.query_interval_ms, 60000);
		assert_int_equal(message.max_response_ms, 1);
		assert_int_equal(message.robustness, 3);
		assert_int_equal(message.sender, router);
		mcr_mld_release(&message);
	}
	assert_int_equal(relay.sent[MCR_AMT_QUERY], 2);
}

/* RFC 7450 5.1.4: a gateway that knows its endpoint can tear it down from another. Linux, which
 * takes no such query, is no gateway over IPv6. */
static void
a_query_over_ipv6_names_the_gateways_endpoint(void **state)
{
	(void)state;
	move_to_ipv6();
	receive(request, sizeof(request));
	assert_int_equal(verdict.answer_len, WIRE_HEADER_LEN + 36 + WIRE_ENDPOINT_LEN);
	assert_int_equal(verdict.answer[1], WIRE_G_FLAG);
	assert_int_equal(mcr_read_be16(verdict.answer + 48), PORT);
	assert_memory_equal(verdict.answer + 50, gateway6, sizeof(gateway6));
	datagram.may_join = false;
	receive_request_for_mld(WIRE_P_FLAG);
	assert_int_equal(verdict.answer_len, MCR_AMT_ANSWER_MAX);
	assert_int_equal(verdict.answer[1], WIRE_G_FLAG | WIRE_L_FLAG);
	assert_memory_equal(verdict.answer + 90, gateway6, sizeof(gateway6));
}

/* A gateway keeps one MAC, whatever it asks for. */
static void
queries_of_both_protocols_have_one_mac(void **state)
{
	uint8_t mac[WIRE_MAC_LEN];

	(void)state;
	move_to_ipv6();
	receive(request, sizeof(request));
	memcpy(mac, verdict.answer + 2, sizeof(mac));
	receive_request_for_mld(WIRE_P_FLAG);
	assert_memory_equal(verdict.answer + 2, mac, sizeof(mac));
}

static void
the_mac_depends_on_each_octet_of_the_address(void **state)
{
	uint8_t mac[WIRE_MAC_LEN];

	(void)state;
	move_to_ipv6();
	receive(request, sizeof(request));
	memcpy(mac, verdict.answer + 2, sizeof(mac));
	for (unsigned int i = 0; i < sizeof(gateway6); i++) {
		datagram.gateway.address[i] ^= 1;
		receive(request, sizeof(request));
		assert_memory_not_equal(verdict.answer + 2, mac, sizeof(mac));
		datagram.gateway.address[i] ^= 1;
	}
}

static void
make_report(uint8_t type, uint32_t sender, uint32_t of, uint16_t sources)
{
	const struct mcr_igmp_record record = {type, of, sources, gateway6};
	uint8_t packet[128];
	const uint32_t len = mld_build_report(sender, &record, 1, packet);

	make_update(packet, len);
}

/* Hosts behind a gateway of either family join groups of either. */
static void
an_update_hands_its_report_of_mld_on(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		make_report(MCR_IGMP_TO_EX, host, group, 0);
		receive(update, update_len);
		assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
		assert_true(verdict.joins);
		assert_memory_equal(&verdict.gateway, &datagram.gateway, sizeof(datagram.gateway));
		assert_int_equal(verdict.packet_len, update_len - WIRE_HEADER_LEN);
		assert_memory_equal(verdict.packet, update + WIRE_HEADER_LEN, verdict.packet_len);
		move_to_ipv6();
	}
	make_report(MCR_IGMP_ALLOW, host, group, 1);
	receive(update, update_len);
	assert_true(verdict.joins);
	make_report(MCR_IGMP_TO_IN, host, group, 0);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
}

static void
the_numbers_of_a_report_are_given_back(void **state)
{
	const uint32_t before = mcr_address_count();
	const uint32_t passing = get((const uint8_t[16]){0xfe, 0x80, [15] = 0x77});

	(void)state;
	make_report(MCR_IGMP_TO_EX, passing, group, 0);
	mcr_address_drop(passing);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_int_equal(mcr_address_count(), before);
}

static void
receive_v1(enum mcr_igmp_message_type type, uint32_t of)
{
	uint8_t packet[128];
	const uint32_t len = mld_build_v1(type, host, of, packet);

	make_update(packet, len);
	receive(update, update_len);
}

static void
version_1_hosts_join_and_leave(void **state)
{
	(void)state;
	receive_v1(MCR_IGMP_V2_REPORT, group);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_true(verdict.joins);
	receive_v1(MCR_IGMP_V2_LEAVE, group);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
}

/* Each kernel reports these; a tunnel for them would be closed again at once. */
static void
what_neighbour_discovery_needs_joins_nothing(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, host, solicited, 0);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
	make_report(MCR_IGMP_TO_EX, MCR_ADDRESS_NONE, solicited, 0);
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
	receive_v1(MCR_IGMP_V2_REPORT, solicited);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_false(verdict.joins);
}

static void
wrong_reports_of_mld_are_refused(void **state)
{
	const struct mcr_igmp_query query = {.sender = host, .max_response_ms = 1000};
	uint8_t packet[MCR_MLD_QUERY_MAX_LEN];
	const uint32_t len = mcr_mld_build_query(&query, packet);

	(void)state;
	make_update(packet, len);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	make_report(MCR_IGMP_TO_EX, source, group, 0);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	make_report(MCR_IGMP_TO_EX, host, group, 0);
	update[WIRE_HEADER_LEN + 7] = 64;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	update[WIRE_HEADER_LEN + 7] = 1;
	update[update_len - 1] ^= 1;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_CHECKSUM);
	update[update_len - 1] ^= 1;
	receive(update, update_len - 1);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	update[2] ^= 1;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
}

/* mld.router_alert in mcdpdk-groups(5), whatever igmp.router_alert is. */
static void
router_alert_is_needed_unless_it_is_ignored(void **state)
{
	(void)state;
	make_report(MCR_IGMP_TO_EX, host, group, 0);
	/* Six octets of padding. */
	memcpy(update + WIRE_HEADER_LEN + 42, (const uint8_t[6]){1, 4}, 6);
	relay.config.igmp.ignore_router_alert = true;
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_BAD_REPORT);
	relay.config.mld.ignore_router_alert = true;
	receive(update, update_len);
	assert_int_equal(verdict.action, MCR_AMT_FOLLOW);
	assert_true(verdict.joins);
}

static void
mld_is_refused_while_it_is_off(void **state)
{
	(void)state;
	relay.config.joins_ipv6 = false;
	for (unsigned int i = 0; i < RTE_DIM(p_flags); i++) {
		receive_request_for_mld(p_flags[i]);
		assert_refused(MCR_AMT_REJECT_MLD);
	}
	make_report(MCR_IGMP_TO_EX, host, group, 0);
	receive(update, update_len);
	assert_refused(MCR_AMT_REJECT_MLD);
}

/* RFC 7450 5.3.3.6: the old address may be of another family than the new one. */
static void
a_teardown_names_a_tunnel_of_ipv6(void **state)
{
	const struct mcr_amt_endpoint before = mcr_amt_ipv6_endpoint(gateway6, PORT - 7);
	uint8_t message[WIRE_TEARDOWN_LEN] = {WIRE_TEARDOWN};

	(void)state;
	amt_make_mac(relay.secret, &before, nonce, message + 2);
	memcpy(message + 8, nonce, sizeof(nonce));
	mcr_write_be16(message + 12, PORT - 7);
	memcpy(message + 14, gateway6, sizeof(gateway6));
	receive(message, sizeof(message));
	assert_int_equal(verdict.action, MCR_AMT_CLOSE);
	assert_memory_equal(&verdict.gateway, &before, sizeof(before));
	for (unsigned int i = 12; i < sizeof(message); i++) {
		message[i] ^= 0x80;
		receive(message, sizeof(message));
		assert_refused(MCR_AMT_REJECT_RESPONSE_MAC);
		message[i] ^= 0x80;
	}
}

static void
the_answer_goes_back_over_ipv6(void **state)
{
	uint8_t answer[20] = {2}, packet[MCR_AMT_PACKET_MAX];
	struct mcr_ipv6_info ip;
	struct mcr_udp_info udp;

	(void)state;
	move_to_ipv6();
	assert_int_equal(
		mcr_amt_write_packet(packet, &datagram.relay, &datagram.gateway, answer, 20), 68);
	ip = mcr_ipv6_parse(packet, 68);
	assert_int_equal(ip.total_len, 68);
	assert_int_equal(ip.next_header, IPPROTO_UDP);
	assert_int_equal(ip.hop_limit, 64);
	assert_int_equal(ip.tos, 0xc0);
	assert_memory_equal(packet + MCR_IPV6_SOURCE, relay6, sizeof(relay6));
	assert_memory_equal(packet + MCR_IPV6_DESTINATION, gateway6, sizeof(gateway6));
	udp = mcr_udp_parse(packet + 40, 28);
	assert_int_equal(udp.total_len, 28);
	assert_int_equal(udp.source_port, RELAY_PORT);
	assert_int_equal(udp.destination_port, PORT);
	assert_int_equal(mcr_ipv6_checksum(packet, packet + 40, 28, IPPROTO_UDP), 0);
	assert_memory_equal(packet + 48, answer, sizeof(answer));
}

/* RFC 8200 8.1: none at all would be dropped. */
static void
a_checksum_of_zero_is_sent_as_all_ones(void **state)
{
	uint8_t answer[20] = {2}, packet[MCR_AMT_PACKET_MAX];

	(void)state;
	move_to_ipv6();
	mcr_amt_write_packet(packet, &datagram.relay, &datagram.gateway, answer, 20);
	memcpy(answer + 10, packet + 46, 2);
	mcr_amt_write_packet(packet, &datagram.relay, &datagram.gateway, answer, 20);
	assert_int_equal(mcr_read_be16(packet + 46), UINT16_MAX);
}

#define mld_test(test) cmocka_unit_test_setup(test, start_over_with_mld)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mld_test(discovery_over_ipv6_is_answered_with_the_address_it_came_to),
		mld_test(a_request_for_mld_is_answered_with_a_general_query_of_mld),
		mld_test(a_query_over_ipv6_names_the_gateways_endpoint),
		mld_test(queries_of_both_protocols_have_one_mac),
		mld_test(the_mac_depends_on_each_octet_of_the_address),
		mld_test(an_update_hands_its_report_of_mld_on),
		mld_test(the_numbers_of_a_report_are_given_back),
		mld_test(version_1_hosts_join_and_leave),
		mld_test(what_neighbour_discovery_needs_joins_nothing),
		mld_test(wrong_reports_of_mld_are_refused),
		mld_test(router_alert_is_needed_unless_it_is_ignored),
		mld_test(mld_is_refused_while_it_is_off),
		mld_test(a_teardown_names_a_tunnel_of_ipv6),
		mld_test(the_answer_goes_back_over_ipv6),
		mld_test(a_checksum_of_zero_is_sent_as_all_ones),
	};
	const int failed = cmocka_run_group_tests(tests, get_addresses, drop_addresses);

	receive("", 0);
	return failed;
}
