/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* ICMP messages of routers about path MTUs: a whole hub, whose clock the test advances. */

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ip.h>

#include "control/path_mtu.h"
#include "control/survey.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define FAR MCR_IPV4(10, 5, 0, 11)
#define ROUTER MCR_IPV4(10, 0, 0, 1)
#define MTU 1500

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"gateway\":\"10.0.0.1\",\"gateway_mac\":\"02:00:00:00:00:01\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"far\",\"address\":\"10.5.0.11\",\"encap\":\"gre\"},"
	"{\"name\":\"far-key\",\"address\":\"10.5.0.11\",\"encap\":\"gre\",\"key\":7},"
	"{\"name\":\"far-udp\",\"address\":\"10.5.0.11\",\"encap\":\"udp\"},"
	"{\"name\":\"other\",\"address\":\"10.5.0.12\",\"encap\":\"gre\"}]}";

struct icmp_too_big {
	struct rte_ether_hdr ethernet;
	struct rte_ipv4_hdr ip;
	uint8_t type, code;
	uint16_t checksum, unused;
	rte_be16_t mtu;
	struct rte_ipv4_hdr quoted;
	uint8_t gre[8];
};

static_assert(sizeof(struct icmp_too_big) == 14 + 20 + 8 + 28, "nothing lies between the fields");

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(
		&(struct hub_fixture){.config = text, .ports = 1, .lcores = 1, .loops_back = true});
}

static uint16_t
mtu_of(const char *name)
{
	assert_int_equal(mcr_member_template(hub.fib.members, fixture_member_named(name))->mtu,
		mcr_member_path_mtu(hub.fib.members, fixture_member_named(name)));
	return mcr_member_path_mtu(hub.fib.members, fixture_member_named(name));
}

static int
reset_mtus(void **state)
{
	static const char *const names[] = {"far", "far-key", "far-udp", "other"};

	RTE_SET_USED(state);
	/* Refills the token bucket of messages. */
	fixture_pass_ms(MCR_PATH_MTU_AGE_MS);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		mcr_path_mtu_age(hub.control, fixture_member_named(names[i]));
		hub.workers.lcores[0].members[fixture_member_named(names[i])].tx_packets = 1;
	}
	return mtu_of("far") == MTU && mtu_of("other") == MTU ? 0 : -1;
}

/* About a packet to the member far. */
static void
write_message(struct icmp_too_big *message, uint16_t mtu, uint16_t packet_len)
{
	*message = (struct icmp_too_big){
		.ip = {.version_ihl = RTE_IPV4_VHL_DEF,
			.total_length = RTE_BE16(sizeof(*message) - RTE_ETHER_HDR_LEN),
			.src_addr = rte_cpu_to_be_32(ROUTER),
			.dst_addr = rte_cpu_to_be_32(HUB)},
		.type = 3,
		.code = 4,
		.mtu = rte_cpu_to_be_16(mtu),
		.quoted = {.version_ihl = RTE_IPV4_VHL_DEF,
			.total_length = rte_cpu_to_be_16(packet_len),
			.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
			.next_proto_id = IPPROTO_GRE,
			.src_addr = rte_cpu_to_be_32(HUB),
			.dst_addr = rte_cpu_to_be_32(FAR)},
		.gre = {0, 0, 8, 0},
	};
}

static enum mcr_drop
put_message(struct icmp_too_big *message)
{
	const uint16_t length = sizeof(*message) - RTE_ETHER_HDR_LEN;
	struct mcr_punt in = {
		.frame = rte_pktmbuf_alloc(wire_pool),
		.offset = RTE_ETHER_HDR_LEN,
		.length = length,
	};
	enum mcr_drop reason;

	assert_non_null(in.frame);
	in.frame->port = hub.ports.at[0].id;
	message->checksum = 0;
	message->checksum = ~rte_raw_cksum(&message->type, length - sizeof(message->ip));
	memcpy(rte_pktmbuf_append(in.frame, sizeof(*message)), message, sizeof(*message));
	reason = mcr_path_mtu_receive(hub.control, &in);
	rte_pktmbuf_free(in.frame);
	fixture_pass_grace_period();
	return reason;
}

static enum mcr_drop
receive_mtu(uint16_t mtu, uint16_t packet_len)
{
	struct icmp_too_big message;

	write_message(&message, mtu, packet_len);
	return put_message(&message);
}

static void
tunnels_to_one_address_share_the_path(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(receive_mtu(1300, MTU), MCR_DROP_NONE);
	assert_int_equal(mtu_of("far"), 1300);
	assert_int_equal(mtu_of("far-key"), 1300);
	/* Copies with encap udp keep the sender's address, so the router notifies the sender. */
	assert_int_equal(mtu_of("far-udp"), MTU);
	assert_int_equal(mtu_of("other"), MTU);
}

static void
a_message_lowers_the_mtu_and_never_raises_it(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(receive_mtu(1300, MTU), MCR_DROP_NONE);
	assert_int_equal(receive_mtu(1400, MTU), MCR_DROP_NONE);
	assert_int_equal(mtu_of("far"), 1300);
	assert_int_equal(receive_mtu(0, MTU), MCR_DROP_NONE);
	assert_int_equal(mtu_of("far"), 1006);
	assert_int_equal(receive_mtu(1, MTU), MCR_DROP_NONE);
	assert_int_equal(mtu_of("far"), 576);
}

static void
the_mtu_recovers_ten_minutes_after_it_fell(void **state)
{
	const uint32_t far = fixture_member_named("far");

	RTE_SET_USED(state);
	receive_mtu(1400, MTU);
	fixture_pass_ms(MCR_PATH_MTU_AGE_MS - 1);
	receive_mtu(1300, MTU);
	/* A repeated message does not extend the age. */
	fixture_pass_ms(MCR_PATH_MTU_AGE_MS - 1);
	receive_mtu(1300, MTU);
	mcr_path_mtu_age(hub.control, far);
	assert_int_equal(mtu_of("far"), 1300);
	fixture_pass_ms(1);
	mcr_path_mtu_age(hub.control, far);
	assert_int_equal(mtu_of("far"), MTU);
	assert_int_equal(receive_mtu(1200, MTU), MCR_DROP_NONE);
	assert_int_equal(mtu_of("far"), 1200);
}

static void
the_survey_of_members_ages_the_mtu(void **state)
{
	RTE_SET_USED(state);
	receive_mtu(1300, MTU);
	fixture_pass_ms(MCR_PATH_MTU_AGE_MS);
	mcr_survey_run(hub.control);
	assert_int_equal(mtu_of("far"), MTU);
}

static void
assert_message_refused(struct icmp_too_big *message, enum mcr_drop reason)
{
	assert_int_equal(put_message(message), reason);
	assert_int_equal(mtu_of("far"), MTU);
	assert_int_equal(mtu_of("other"), MTU);
}

static void
a_message_about_a_packet_that_was_not_sent_is_refused(void **state)
{
	struct icmp_too_big message;

	RTE_SET_USED(state);
	write_message(&message, 1300, MTU);
	message.quoted.dst_addr = rte_cpu_to_be_32(FAR + 2);
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	write_message(&message, 1300, MTU);
	message.quoted.src_addr = rte_cpu_to_be_32(HUB + 1);
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	write_message(&message, 1300, MTU);
	message.quoted.fragment_offset = 0;
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	write_message(&message, 1300, MTU);
	message.quoted.next_proto_id = IPPROTO_UDP;
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	/* No member has this key. */
	write_message(&message, 1300, MTU);
	memcpy(message.gre, "\x20\x00\x08\x00\x00\x00\x00\x08", sizeof(message.gre));
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	write_message(&message, 1300, MTU + 1);
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	write_message(&message, 1300, MTU);
	message.ip.version_ihl = 0;
	assert_message_refused(&message, MCR_DROP_MALFORMED);
}

static void
a_message_about_a_member_without_copies_is_refused(void **state)
{
	struct icmp_too_big message;

	RTE_SET_USED(state);
	hub.workers.lcores[0].members[fixture_member_named("far")].tx_packets = 0;
	write_message(&message, 1300, MTU);
	assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
}

static void
a_flood_costs_no_more_than_its_limit(void **state)
{
	unsigned int taken = 0;

	RTE_SET_USED(state);
	while (receive_mtu(1300, MTU) != MCR_DROP_RATE_LIMITED)
		assert_true(++taken <= 256);
	assert_int_equal(taken, 256);
	fixture_pass_ms(1);
	assert_int_equal(receive_mtu(1300, MTU), MCR_DROP_NONE);
	assert_int_equal(receive_mtu(1300, MTU), MCR_DROP_RATE_LIMITED);
}

static void
a_flood_about_others_keeps_no_message_away(void **state)
{
	struct icmp_too_big message;

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 1000; i++) {
		write_message(&message, 1300, MTU);
		message.quoted.dst_addr = rte_cpu_to_be_32(FAR + 2);
		assert_message_refused(&message, MCR_DROP_NOT_FOR_US);
	}
	assert_int_equal(receive_mtu(1300, MTU), MCR_DROP_NONE);
}

#define TEST(name) cmocka_unit_test_setup(name, reset_mtus)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tunnels_to_one_address_share_the_path),
		TEST(a_message_lowers_the_mtu_and_never_raises_it),
		TEST(the_mtu_recovers_ten_minutes_after_it_fell),
		TEST(the_survey_of_members_ages_the_mtu),
		TEST(a_message_about_a_packet_that_was_not_sent_is_refused),
		TEST(a_message_about_a_member_without_copies_is_refused),
		TEST(a_flood_costs_no_more_than_its_limit),
		TEST(a_flood_about_others_keeps_no_message_away),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
