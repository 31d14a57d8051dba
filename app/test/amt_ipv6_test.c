/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* AMT gateways over IPv6: who may connect, their names and numbers, and groups of IPv6. A whole
 * hub, one of whose two ports has no IPv4. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/context.h"
#include "control/membership.h"
#include "fib/access.h"
#include "test/hub_fixture.h"
#include "test/ipv6_text.h"

#define HUB "fd00::10"
#define NEAR "fd00::65"
#define FAR "2001:db8::1"
#define GROUP "ff05::1"
#define PORT 4000

#define BEGIN                                                                                   \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address6\":\"fd00::10/64\","              \
	"\"gateway6\":\"fe80::1\",\"gateway6_mac\":\"02:00:00:00:00:01\"},"                     \
	"{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\",\"gateway\":\"10.1.0.1\"," \
	"\"address6\":\"fd00:1::10/64\"}],"                                                     \
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"                             \
	"\"amt\":{\"max_tunnels_per_address\":2,\"prefixes\":"
#define PREFIXES "[\"::/1\",\"fd00::/64\",\"10.1.0.0/24\"]}"
#define CONFIG BEGIN PREFIXES "}"

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){.config = CONFIG, .ports = 2, .lcores = 2});
}

static struct mcr_amt_endpoint
endpoint_at(const char *text, uint16_t port)
{
	const struct in6_addr address = ipv6(text);

	return mcr_amt_ipv6_endpoint(address.s6_addr, port);
}

static uint32_t
open_at(const char *text, uint16_t port)
{
	const struct mcr_amt_endpoint endpoint = endpoint_at(text, port);
	uint32_t id;

	assert_int_equal(mcr_amt_gateway_open(hub.control, &endpoint, 0, &id), 0);
	assert_int_equal(mcr_amt_gateway_find(hub.control, &endpoint), id);
	return id;
}

/* Those that hold nothing end, and with them their numbers. */
static int
expire_all(void **state)
{
	RTE_SET_USED(state);
	fixture_pass_ms(1000);
	mcr_amt_gateway_expire(hub.control);
	fixture_pass_grace_period();
	fixture_settle();
	return mcr_member_count(hub.fib.members) != 0 || number_of(NEAR) != MCR_ADDRESS_NONE;
}

static bool
may_connect(const char *text)
{
	const struct in6_addr address = ipv6(text);

	return mcr_access_may_connect_ipv6(&hub.fib, &hub.ports, address.s6_addr);
}

/* RFC 4291 2.5.5.1: ::/96 is IPv4 in messages of AMT. */
static void
only_addresses_of_gateways_may_connect(void **state)
{
	static const char *const refused[] = {"fd00:2::65", HUB, "fd00:1::10", "::", "::1",
		"::10.1.0.5", "::ffff:10.1.0.5", "ff05::1"};

	RTE_SET_USED(state);
	assert_true(may_connect(NEAR));
	assert_true(may_connect(FAR));
	for (unsigned int i = 0; i < RTE_DIM(refused); i++)
		assert_false(may_connect(refused[i]));
	assert_true(mcr_access_may_connect(&hub.fib, &hub.ports, MCR_IPV4(10, 1, 0, 5)));
	assert_false(mcr_access_may_connect(&hub.fib, &hub.ports, MCR_IPV4(10, 2, 0, 5)));
}

/* All of IPv4 is none of IPv6. */
static void
no_prefix_is_of_the_other_family(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(fixture_reload(fixture_parse(BEGIN "[\"0.0.0.0/0\"]}}")), 0);
	assert_false(may_connect(NEAR));
	assert_true(mcr_access_may_connect(&hub.fib, &hub.ports, MCR_IPV4(10, 2, 0, 5)));
	assert_int_equal(fixture_reload(fixture_parse(CONFIG)), 0);
}

static void
a_gateway_has_a_name_with_its_address_in_brackets(void **state)
{
	const struct mcr_amt_endpoint endpoint = endpoint_at(NEAR, PORT);
	const struct mcr_member *member;

	RTE_SET_USED(state);
	/* To be looked for is no reason for a number. */
	assert_true(mcr_amt_gateway_has_room(hub.control, &endpoint));
	assert_int_equal(mcr_amt_gateway_find(hub.control, &endpoint), MCR_MEMBER_NONE);
	assert_int_equal(number_of(NEAR), MCR_ADDRESS_NONE);
	member = mcr_member_get(hub.fib.members, open_at(NEAR, PORT));
	assert_string_equal(member->name, "amt:[" NEAR "]:4000");
	assert_int_equal(member->identity.address, number_of(NEAR));
	assert_int_equal(member->next_hop, number_of(NEAR));
	member = mcr_member_get(hub.fib.members, open_at(FAR, PORT));
	assert_string_equal(member->name, "amt:[" FAR "]:4000");
	assert_int_equal(member->next_hop, number_of("fe80::1"));
	assert_true(member->has_mac);
}

static void
gateways_of_one_address_are_counted(void **state)
{
	const struct mcr_amt_endpoint third = endpoint_at(NEAR, PORT + 2),
				      other = endpoint_at(FAR, PORT);
	uint32_t id;

	RTE_SET_USED(state);
	open_at(NEAR, PORT);
	open_at(NEAR, PORT + 1);
	assert_false(mcr_amt_gateway_has_room(hub.control, &third));
	assert_int_equal(mcr_amt_gateway_open(hub.control, &third, 0, &id), -EDQUOT);
	assert_true(mcr_amt_gateway_has_room(hub.control, &other));
}

/* In 0.0.0.0/8 are the numbers of IPv6. */
static void
an_ipv4_address_is_no_number(void **state)
{
	struct mcr_amt_endpoint forged;
	uint32_t id;

	RTE_SET_USED(state);
	open_at(NEAR, PORT);
	forged = mcr_amt_ipv4_endpoint(number_of(NEAR), PORT);
	assert_int_equal(mcr_amt_gateway_find(hub.control, &forged), MCR_MEMBER_NONE);
	forged.port++;
	assert_int_not_equal(mcr_amt_gateway_open(hub.control, &forged, 1, &id), 0);
}

static uint32_t
restore_near(void)
{
	const struct in6_addr address = ipv6(NEAR);
	const struct mcr_member_identity identity = {
		.address = mcr_address_get(&address, MCR_IPV6_LENGTH),
		.key = MCR_AMT_PORT,
		.encap = MCR_ENCAP_AMT,
		.udp_port = PORT,
	};
	const uint32_t id = mcr_amt_gateway_restore(hub.control, &identity);

	mcr_address_drop(identity.address);
	return id;
}

static bool
restore_group(uint32_t id)
{
	const struct in6_addr address = ipv6(GROUP);
	const struct mcr_igmp_record record = {
		.type = MCR_IGMP_IS_EX, .group = mcr_address_get(&address, MCR_IPV6_LENGTH)};
	const bool is_restored = mcr_membership_restore(hub.control, id, &record);

	mcr_address_drop(record.group);
	return is_restored;
}

/* As the state file does at the start. While the gateway holds a group it stays. */
static void
a_gateway_is_restored_with_its_groups_of_ipv6(void **state)
{
	const uint32_t id = restore_near();

	assert_int_not_equal(id, MCR_MEMBER_NONE);
	assert_true(restore_group(id));
	assert_int_not_equal(expire_all(state), 0);
	assert_int_equal(mcr_group_memberships(hub.fib.groups, id), 1);
	assert_string_equal(mcr_member_get(hub.fib.members, id)->name, "amt:[" NEAR "]:4000");
	mcr_amt_gateway_close_soon(hub.control, id);
}

static void
without_mld_a_gateway_loses_its_groups_of_ipv6(void **state)
{
	const uint32_t id = restore_near();

	assert_true(restore_group(id));
	assert_true(mcr_relay_get(hub.control)->config.joins_ipv6);
	assert_int_equal(fixture_reload(fixture_parse(BEGIN PREFIXES ",\"mld\":false}")), 0);
	assert_false(mcr_relay_get(hub.control)->config.joins_ipv6);
	assert_false(restore_group(id));
	assert_int_equal(expire_all(state), 0);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG)), 0);
	assert_true(restore_group(restore_near()));
	assert_int_equal(fixture_reload(fixture_parse(BEGIN "[\"fd00:1::/64\"]}}")), 0);
	assert_int_equal(mcr_member_count(hub.fib.members), 0);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG)), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, expire_all)

/* RFC 7450 5.3.6. */
static void
the_secret_is_renewed_after_ten_minutes(void **state)
{
	const struct mcr_amt_relay *const relay = mcr_relay_get(hub.control);
	uint8_t secret[MCR_AMT_SECRET_LEN];

	(void)state;
	memcpy(secret, relay->secret, sizeof(secret));
	fixture_pass_ms(600000);
	mcr_relay_run(hub.control);
	assert_memory_not_equal(relay->secret, secret, sizeof(secret));
	assert_memory_equal(relay->secret_before, secret, sizeof(secret));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_addresses_of_gateways_may_connect),
		TEST(no_prefix_is_of_the_other_family),
		TEST(a_gateway_has_a_name_with_its_address_in_brackets),
		TEST(gateways_of_one_address_are_counted),
		TEST(an_ipv4_address_is_no_number),
		TEST(a_gateway_is_restored_with_its_groups_of_ipv6),
		TEST(without_mld_a_gateway_loses_its_groups_of_ipv6),
		TEST(the_secret_is_renewed_after_ten_minutes),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
