/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Routes to admitted members and AMT gateways, and the hub's overlay address for them: a whole hub
 * with two ports. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <netinet/in.h>

#include <cmocka.h>

#include <mcr_igmp.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/membership.h"
#include "fib/access.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define SIDE MCR_IPV4(10, 1, 0, 10)
#define ROUTER MCR_IPV4(10, 1, 0, 1)
#define FIRST MCR_IPV4(10, 0, 0, 65)
#define SECOND MCR_IPV4(10, 0, 0, 66)
#define FAR MCR_IPV4(172, 16, 5, 5)
#define SOURCE MCR_IPV4(192, 168, 10, 5)
#define GROUP MCR_IPV4(239, 1, 1, 1)

/* The rest of the overlay's address is appended. */
static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"gateway\":\"10.0.0.1\"},{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\","
	"\"gateway\":\"10.1.0.1\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"amt\":{\"max_tunnels\":4,\"prefixes\":[\"0.0.0.0/0\"]},"
	"\"admit\":[{\"prefix\":\"0.0.0.0/0\",\"max_members\":8,"
	"\"encap\":[\"l2\",\"gre\",\"gre-udp\"]}],"
	"\"overlay\":{\"address\":\"192.168.";

/* Allows one admitted member and no gateway. */
static const char restrictive[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"gateway\":\"10.0.0.1\"},{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\","
	"\"gateway\":\"10.1.0.1\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"admit\":[{\"prefix\":\"0.0.0.0/0\",\"encap\":[\"gre\"],\"max_members\":1}],"
	"\"overlay\":{\"address\":\"192.168.";

/* @return The whole text, owned by the caller. */
static char *
write_config(const char *begin, const char *overlay, const char *rest)
{
	char *whole;

	return asprintf(&whole, "%s%s\"}%s}", begin, overlay, rest) < 0 ? NULL : whole;
}

static int
start_hub(void **state)
{
	char *config = write_config(text, "10.254/24", "");
	int ret;

	RTE_SET_USED(state);
	ret = fixture_start(&(struct hub_fixture){.config = config, .ports = 2, .lcores = 2});
	free(config);
	return ret;
}

static void
put_and_settle(unsigned int port, struct rte_mbuf *frame)
{
	fixture_put_on_wire(port, frame);
	fixture_settle();
}

static void
send_plain(uint32_t source)
{
	put_and_settle(0, fixture_make_packet(0, source, GROUP, 0));
}

static void
send_message(uint32_t source, unsigned int port, uint8_t protocol, const void *message, size_t size)
{
	struct rte_mbuf *frame = fixture_make_frame(port, source);

	fixture_append_gre(frame, port, source, sizeof(struct rte_ipv4_hdr) + size);
	fixture_append_ipv4(frame, SOURCE, GROUP, protocol, size, 0);
	memcpy(rte_pktmbuf_append(frame, size), message, size);
	put_and_settle(port, frame);
}

static void
send_tunnelled(uint32_t source, unsigned int port)
{
	send_message(source, port, FIXTURE_PROTOCOL, "", 0);
}

static void
send_report(uint32_t source, unsigned int port)
{
	static const uint8_t message[] = {0x16, 0, 0xf9, 0xfb, 239, 1, 1, 2};

	send_message(source, port, IPPROTO_IGMP, message, sizeof(message));
}

static const struct mcr_member *
member_at(uint32_t address, enum mcr_encap encap)
{
	const uint32_t id = fixture_member_at(address, encap);

	return id == MCR_MEMBER_NONE ? NULL : mcr_member_get(hub.fib.members, id);
}

static int
expire_all(void **state)
{
	RTE_SET_USED(state);
	fixture_pass_minutes(11);
	fixture_settle();
	return mcr_member_count(hub.fib.members) == 0 ? 0 : -1;
}

static void
assert_route(uint32_t address, uint16_t port, uint32_t next_hop)
{
	const struct mcr_member *member = member_at(address, MCR_ENCAP_GRE);

	assert_non_null(member);
	assert_int_equal(member->port, port);
	assert_int_equal(member->next_hop, next_hop);
}

/* A tunnel accepts copies only from the address that it sends to. */
static void
copies_leave_by_the_port_that_the_sender_chose(void **state)
{
	RTE_SET_USED(state);
	send_tunnelled(FAR, 1);
	assert_route(FAR, 1, ROUTER);
	/* Even if another port is on-link. */
	send_tunnelled(FIRST, 1);
	assert_route(FIRST, 1, ROUTER);
	send_tunnelled(SECOND, 0);
	assert_route(SECOND, 0, SECOND);
	/* Data leaves the port unchanged; a report moves it. */
	send_tunnelled(SECOND, 1);
	assert_route(SECOND, 0, SECOND);
	send_report(SECOND, 1);
	assert_route(SECOND, 1, ROUTER);
	send_report(SECOND, 0);
	assert_route(SECOND, 0, SECOND);
}

/* RFC 1122 3.2.1.3. */
static void
only_addresses_of_hosts_are_admitted(void **state)
{
	static const uint32_t addresses[] = {HUB, HUB | 0xff, HUB & ~0xffu, SIDE, SIDE | 0xff,
		SIDE & ~0xffu, 1, 0x7f000001, 0xe0000001, 0xefffffff, 0xf0000001, UINT32_MAX};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(addresses); i++) {
		struct mcr_member foreseen;

		send_plain(addresses[i]);
		send_tunnelled(addresses[i], 0);
		send_tunnelled(addresses[i], 1);
		assert_int_equal(mcr_member_count(hub.fib.members), 0);
		assert_false(mcr_access_find_rule(&hub.fib, &hub.ports, addresses[i], UINT32_MAX) !=
			     NULL);
		assert_false(mcr_admit_foresee(hub.control, addresses[i], &foreseen));
		assert_false(mcr_access_may_connect(&hub.fib, &hub.ports, addresses[i]));
	}
}

/* Instances behind the gateway's NAT send from it. */
static void
a_gateways_address_is_admitted(void **state)
{
	RTE_SET_USED(state);
	send_tunnelled(ROUTER, 1);
	assert_route(ROUTER, 1, ROUTER);
	assert_true(mcr_access_may_connect(&hub.fib, &hub.ports, ROUTER));
}

static int
reload_from(const char *begin, const char *overlay, const char *rest)
{
	char *whole = write_config(begin, overlay, rest);
	int ret;

	assert_non_null(whole);
	ret = fixture_reload(fixture_parse(whole));
	free(whole);
	fixture_settle();
	return ret;
}

static int
reload_with(const char *rest)
{
	return reload_from(text, "10.254/24", rest);
}

static void
assert_overlay(const struct mcr_member *member, uint32_t address, uint8_t length)
{
	assert_non_null(member);
	assert_int_equal(member->hub_overlay.hub, address);
	assert_int_equal(member->hub_overlay.length, length);
}

static void
members_that_are_not_declared_follow_the_overlay(void **state)
{
	const struct mcr_amt_endpoint endpoint = mcr_amt_ipv4_endpoint(FAR, 4000);
	uint32_t gateway;

	RTE_SET_USED(state);
	send_plain(FIRST);
	send_tunnelled(FIRST, 0);
	assert_int_equal(mcr_amt_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_overlay(member_at(FIRST, MCR_ENCAP_GRE), 0xc0a80afe, 24);
	assert_overlay(mcr_member_get(hub.fib.members, gateway), 0xc0a80afe, 24);
	assert_int_equal(reload_from(text, "20.100/25", ""), 0);
	assert_overlay(member_at(FIRST, MCR_ENCAP_GRE), 0xc0a81464, 25);
	assert_overlay(mcr_member_get(hub.fib.members, gateway), 0xc0a81464, 25);
	assert_overlay(member_at(FIRST, MCR_ENCAP_L2), 0, 0);
	mcr_amt_gateway_close(hub.control, gateway);
	assert_int_equal(reload_with(""), 0);
}

static void
an_admitted_member_may_be_declared_behind_its_nat(void **state)
{
	const struct mcr_member_identity identity = {
		.address = FAR, .encap = MCR_ENCAP_GRE_UDP, .udp_port = 4754};
	uint32_t id;

	RTE_SET_USED(state);
	assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	assert_int_equal(reload_with(",\"members\":[{\"name\":\"far\",\"encap\":\"gre-udp\","
				     "\"address\":\"172.16.5.5\",\"nat\":true}]"),
		0);
	id = fixture_member_named("far");
	assert_int_not_equal(id, MCR_MEMBER_NONE);
	assert_true(mcr_member_get(hub.fib.members, id)->is_nat);
	assert_int_equal(mcr_member_count(hub.fib.members), 1);
	assert_int_equal(reload_with(""), 0);
}

/* In one commit: a commit per member would rebuild the lists as often. */
static void
members_that_may_not_stay_leave_together(void **state)
{
	struct mcr_member_identity identity = {.encap = MCR_ENCAP_GRE};
	const struct mcr_amt_endpoint endpoint = mcr_amt_ipv4_endpoint(FAR, 4000);
	uint32_t gateway;

	RTE_SET_USED(state);
	for (uint32_t i = 0; i < 3; i++) {
		identity.address = FIRST + i;
		assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	}
	assert_int_equal(mcr_amt_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_int_equal(reload_from(restrictive, "10.254/24", ""), 0);
	assert_int_equal(mcr_member_count(hub.fib.members), 1);
	assert_int_equal(mcr_amt_gateway_get_status(hub.control)->tunnels, 0);
	/* The member that stayed fills the limit. */
	identity.address = FIRST + 3;
	assert_int_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	assert_int_equal(reload_with(""), 0);
	assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
}

static void
declare(char *rest, size_t size, unsigned int count)
{
	int n = snprintf(rest, size, ",\"members\":[");

	for (unsigned int i = 0; i < count; i++)
		n += snprintf(rest + n, size - n,
			"%s{\"name\":\"m%u\",\"encap\":\"gre\",\"address\":\"10.0.0.%u\"}",
			i == 0 ? "" : ",", i, 100 + i);
	snprintf(rest + n, size - n, "]");
}

/* The id of the old one is free only after the grace period. */
static void
a_member_takes_the_place_of_one_that_just_left(void **state)
{
	const struct mcr_amt_endpoint endpoint = mcr_amt_ipv4_endpoint(FAR, 4000);
	char rest[2000];
	uint32_t gateway;

	RTE_SET_USED(state);
	declare(rest, sizeof(rest), 15);
	assert_int_equal(reload_with(rest), 0);
	assert_int_equal(mcr_amt_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	mcr_amt_gateway_close(hub.control, gateway);
	declare(rest, sizeof(rest), 16);
	assert_int_equal(reload_with(rest), 0);
	assert_int_equal(mcr_member_count(hub.fib.members), 16);
	assert_int_equal(reload_with(""), 0);
}

static void
fill_or_clear_groups(uint32_t member, bool fill)
{
	const struct mcr_receiver receiver = {.address = FIRST, .member = member};
	struct mcr_group_key key = {.length = 32};

	for (uint32_t i = 0; i < 16; i++) {
		key.group = GROUP + 100 + i;
		if (fill)
			assert_int_equal(
				mcr_group_add(hub.fib.groups, &key, receiver, MCR_ORIGIN_RUNTIME),
				0);
		else
			mcr_group_remove(hub.fib.groups, &key, member, MCR_ORIGIN_RUNTIME);
	}
	mcr_group_commit(hub.fib.groups);
}

static void
a_gateway_whose_join_waits_for_room_stays(void **state)
{
	const struct mcr_amt_endpoint endpoint = mcr_amt_ipv4_endpoint(FAR, 4000);
	const struct mcr_igmp_record record = {.type = MCR_IGMP_IS_EX, .group = GROUP};
	const struct mcr_member_identity identity = {.address = FIRST, .encap = MCR_ENCAP_GRE};
	uint32_t gateway, full;

	RTE_SET_USED(state);
	full = mcr_admit_restore(hub.control, &identity);
	fill_or_clear_groups(full, true);
	assert_int_equal(mcr_amt_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_true(mcr_membership_restore(hub.control, gateway, &record));
	assert_int_equal(mcr_membership_waiting(hub.control), 1);
	fixture_pass_ms(1000);
	mcr_amt_gateway_expire(hub.control);
	assert_int_equal(mcr_amt_gateway_find(hub.control, &endpoint), gateway);
	fill_or_clear_groups(full, false);
	fixture_pass_ms(1000);
	mcr_membership_run(hub.control);
	assert_int_equal(mcr_group_memberships(hub.fib.groups, gateway), 1);
	mcr_amt_gateway_close(hub.control, gateway);
}

#define TEST(name) cmocka_unit_test_teardown(name, expire_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_leave_by_the_port_that_the_sender_chose),
		TEST(only_addresses_of_hosts_are_admitted),
		TEST(a_gateways_address_is_admitted),
		TEST(members_that_are_not_declared_follow_the_overlay),
		TEST(an_admitted_member_may_be_declared_behind_its_nat),
		TEST(members_that_may_not_stay_leave_together),
		TEST(a_member_takes_the_place_of_one_that_just_left),
		TEST(a_gateway_whose_join_waits_for_room_stays),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
