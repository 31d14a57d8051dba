/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Members over IPv6, declared and admitted: routes, numbers and rights. A whole hub, one of whose
 * two ports has no IPv4. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/admission.h"
#include "control/attach.h"
#include "control/context.h"
#include "control/route.h"
#include "fib/access.h"
#include "fib/policy.h"
#include "test/hub_fixture.h"
#include "test/ipv6_text.h"

#define HUB "fd00::10"
#define NEAR "fd00::11"
#define FAR "2001:db8::1"
#define FIRST "fd00::65"
#define SECOND "fd00::66"
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define SOURCE MCR_IPV4(192, 168, 10, 5)
#define KEY 5

#define BEGIN                                                                                   \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address6\":\"fd00::10/64\","              \
	"\"gateway6\":\"fe80::1\",\"gateway6_mac\":\"02:00:00:00:00:01\"},"                     \
	"{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\",\"gateway\":\"10.1.0.1\"," \
	"\"address6\":\"fd00:1::10/64\"}],"                                                     \
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},\"mld\":false,"               \
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"],"                             \
	"\"senders\":[\"fd00::/64\"]},"                                                         \
	"{\"group\":\"239.1.1.2\",\"members\":[],\"senders\":[\"2001:db8::1\"]},"               \
	"{\"group\":\"239.1.1.3\",\"members\":[],\"senders\":[\"0.0.0.0/0\"]}],"                \
	"\"admit\":[{\"prefix\":\"" ADMITTED "\",\"encap\":[\"gre\"],\"max_members\":1}],"      \
	"\"members\":[{\"name\":\"near\",\"address\":\"fd00::11\",\"encap\":\"gre\"},"
#define ADMITTED "fd00::40/122"
#define REST                                                                \
	"{\"name\":\"far\",\"address\":\"2001:db8::1\",\"encap\":\"gre\"}," \
	"{\"name\":\"four\",\"address\":\"192.0.2.1\",\"encap\":\"gre\"},"  \
	"{\"name\":\"side\",\"address\":\"fd00:1::11\",\"encap\":\"gre\"}]}"
#define ZERO                                                                         \
	"{\"name\":\"zero\",\"address\":\"fd00::12\",\"encap\":\"vxlan\",\"vni\":1," \
	"\"udp6_zero_checksum\":true},"

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(
		&(struct hub_fixture){.config = BEGIN ZERO REST, .ports = 2, .lcores = 2});
}

static const struct mcr_member *
named(const char *name)
{
	const uint32_t id = fixture_member_named(name);

	return id == MCR_MEMBER_NONE ? NULL : mcr_member_get(hub.fib.members, id);
}

static void
append(struct rte_mbuf *frame, const void *bytes, uint16_t len)
{
	memcpy(rte_pktmbuf_append(frame, len), bytes, len);
}

/* GRE with a key, to the first port. */
static void
send_from(const char *text)
{
	static const uint8_t gre[] = {0x20, 0, 0x08, 0, 0, 0, 0, KEY};
	static const uint8_t type[] = {RTE_ETHER_TYPE_IPV6 >> 8, RTE_ETHER_TYPE_IPV6 & 0xff};
	const struct in6_addr source = ipv6(text), hub_address = ipv6(HUB);
	struct rte_mbuf *frame = fixture_make_frame(0, 1);
	uint8_t header[MCR_IPV6_HEADER_LEN] = {
		0x60, [5] = sizeof(gre) + sizeof(struct rte_ipv4_hdr), IPPROTO_GRE, 64};

	memcpy(header + MCR_IPV6_SOURCE, &source, sizeof(source));
	memcpy(header + MCR_IPV6_DESTINATION, &hub_address, sizeof(hub_address));
	memcpy(rte_pktmbuf_mtod_offset(frame, uint8_t *, 12), type, sizeof(type));
	append(frame, header, sizeof(header));
	append(frame, gre, sizeof(gre));
	fixture_append_ipv4(frame, SOURCE, GROUP, FIXTURE_PROTOCOL, 0, 0);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static int
expire_all(void **state)
{
	RTE_SET_USED(state);
	fixture_pass_minutes(11);
	fixture_settle();
	return named("gre:[" FIRST "]:5") != NULL;
}

static void
members_are_reached_on_link_or_by_their_port_s_gateway(void **state)
{
	const struct rte_ether_addr router = {{2, 0, 0, 0, 0, 1}};

	RTE_SET_USED(state);
	assert_int_equal(named("near")->next_hop, number_of(NEAR));
	assert_int_equal(named("near")->port, 0);
	assert_false(named("near")->has_mac);
	assert_int_equal(named("side")->next_hop, named("side")->identity.address);
	assert_int_equal(named("side")->port, 1);
	assert_int_equal(named("far")->next_hop, number_of("fe80::1"));
	assert_int_equal(named("far")->port, 0);
	assert_true(named("far")->has_mac);
	assert_true(rte_is_same_ether_addr(&named("far")->mac, &router));
}

static void
a_route_needs_an_address_of_the_family_and_one_link(void **state)
{
	struct mcr_member member = {.identity = {.encap = MCR_ENCAP_GRE}};
	const struct in6_addr link_local = ipv6("fe80::5");

	RTE_SET_USED(state);
	member.identity.address = MCR_IPV4(10, 1, 0, 5);
	assert_true(mcr_route_find(&hub.ports, &member));
	assert_int_equal(member.port, 1);
	assert_false(mcr_route_by_port(&hub.ports, 0, &member));
	member.identity.address = mcr_address_get(&link_local, MCR_IPV6_LENGTH);
	assert_false(mcr_route_find(&hub.ports, &member));
	mcr_address_drop(member.identity.address);
}

static void
checksums_may_be_zero_while_a_member_sends_none(void **state)
{
	RTE_SET_USED(state);
	assert_true(named("zero")->zero_checksum);
	assert_false(named("near")->zero_checksum);
	assert_true(hub.ports.at[0].classify.takes_zero_checksum);
	assert_true(hub.ports.at[1].classify.takes_zero_checksum);
	assert_int_equal(fixture_reload(fixture_parse(BEGIN REST)), 0);
	assert_false(hub.ports.at[0].classify.takes_zero_checksum);
	assert_int_equal(fixture_reload(fixture_parse(BEGIN ZERO REST)), 0);
	assert_true(hub.ports.at[0].classify.takes_zero_checksum);
}

/* No configuration has them any more; a reload that changes `ports` is refused before this. */
static void
ports_keep_their_numbers_over_reloads(void **state)
{
	const struct mcr_port *port = &hub.ports.at[0];
	const char *const other = strstr(BEGIN, "},");
	char *config;

	RTE_SET_USED(state);
	assert_true(asprintf(&config,
			    "{\"ports\":[{\"device\":\"net_ring_wire0\",\"address6\":"
			    "\"fd00:5::10/48\",\"gateway6\":\"fe80::2\"%s" ZERO REST,
			    other) > 0);
	assert_int_equal(fixture_reload(fixture_parse(config)), 0);
	free(config);
	fixture_pass_grace_period();
	fixture_settle();
	assert_int_equal(port->address6, number_of(HUB));
	assert_int_equal(port->gateway6, number_of("fe80::1"));
	assert_int_equal(mcr_address_length(port->prefix6), 64);
	assert_int_equal(named("far")->next_hop, port->gateway6);
	assert_int_equal(fixture_reload(fixture_parse(BEGIN ZERO REST)), 0);
}

static void
a_port_has_its_addresses_and_a_link_local_one_by_its_mac(void **state)
{
	const struct mcr_classify_port *port = &hub.ports.at[0].classify;
	const struct in6_addr own = ipv6(HUB);
	const uint8_t *mac = port->mac.addr_bytes;
	const uint8_t link_local[] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2],
		0xff, 0xfe, mac[3], mac[4], mac[5]};

	RTE_SET_USED(state);
	assert_true(port->has_ipv6);
	assert_int_equal(port->address, 0);
	assert_int_equal(port->broadcast, 0);
	assert_memory_equal(&port->address6, &own, sizeof(own));
	assert_memory_equal(&port->link_local, link_local, sizeof(link_local));
}

static void
an_admitted_sender_has_a_name_with_its_address_in_brackets(void **state)
{
	const struct mcr_member *member;

	RTE_SET_USED(state);
	assert_int_equal(number_of(FIRST), MCR_ADDRESS_NONE);
	send_from(FIRST);
	member = named("gre:[" FIRST "]:5");
	assert_non_null(member);
	assert_int_equal(member->identity.address, number_of(FIRST));
	assert_int_equal(member->next_hop, number_of(FIRST));
	assert_int_equal(member->port, 0);
	assert_int_equal(
		hub.workers.lcores[1].members[fixture_member_named(member->name)].rx_packets, 1);
	send_from(SECOND);
	assert_null(named("gre:[" SECOND "]:5")); /* max_members */
}

/* A number that nobody holds is forgotten. */
static void
a_member_that_leaves_takes_its_number_along(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	assert_int_not_equal(number_of(FIRST), MCR_ADDRESS_NONE);
	fixture_pass_minutes(11);
	fixture_settle();
	assert_null(named("gre:[" FIRST "]:5"));
	assert_int_equal(number_of(FIRST), MCR_ADDRESS_NONE);
	send_from(SECOND);
	assert_non_null(named("gre:[" SECOND "]:5"));
}

static uint32_t
refusals_of(const char *text)
{
	static struct mcr_refused_record records[MCR_REFUSED_PLACES];
	const struct in6_addr address = ipv6(text);
	const uint32_t count =
		mcr_refused_read(hub.workers.lcores[1].refused, MCR_DROP_SOURCE_DENIED, records);

	for (uint32_t i = 0; i < count; i++) {
		if (IN6_ARE_ADDR_EQUAL(&records[i].sender.ipv6, &address))
			return records[i].count;
	}
	return 0;
}

static void
who_fits_no_rule_is_refused_and_recorded(void **state)
{
	static const char *const senders[] = {"fd00::80", "fd00:2::65", "::1", "ff05::1", "::"};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(senders); i++) {
		const struct in6_addr address = ipv6(senders[i]);

		send_from(senders[i]);
		assert_null(mcr_access_find_rule_ipv6(
			&hub.fib, &hub.ports, address.s6_addr, UINT32_MAX));
		assert_int_equal(number_of(senders[i]), MCR_ADDRESS_NONE);
	}
	assert_int_equal(refusals_of("fd00::80"), 1);
	send_from("fd00::80");
	assert_int_equal(refusals_of("fd00::80"), 2);
	assert_int_equal(refusals_of("fd00:2::65"), 1);
}

/* The hub's addresses and those of others with all families open. */
static void
no_rule_fits_the_hub_itself_or_the_other_family(void **state)
{
	static const char all[] = "\"admit\":[{\"prefix\":\"8000::/1\",\"encap\":[\"gre\"]},"
				  "{\"prefix\":\"0.0.0.0/0\",\"encap\":[\"gre\"]}],";
	const char *const begin = strstr(BEGIN, "\"admit\""), *const end = strstr(
								      BEGIN, "\"members\":[{");
	const struct in6_addr own = ipv6(HUB), side = ipv6("fd00:1::10"), host = ipv6("fd00::80"),
			      low = ipv6(FAR), group = ipv6("ff05::1");
	char *config;

	RTE_SET_USED(state);
	assert_true(
		asprintf(&config, "%.*s%s%s" ZERO REST, (int)(begin - BEGIN), BEGIN, all, end) > 0);
	assert_int_equal(fixture_reload(fixture_parse(config)), 0);
	free(config);
	assert_non_null(mcr_access_find_rule_ipv6(&hub.fib, &hub.ports, host.s6_addr, UINT32_MAX));
	assert_null(mcr_access_find_rule_ipv6(&hub.fib, &hub.ports, group.s6_addr, UINT32_MAX));
	assert_null(mcr_access_find_rule_ipv6(&hub.fib, &hub.ports, own.s6_addr, UINT32_MAX));
	assert_null(mcr_access_find_rule_ipv6(&hub.fib, &hub.ports, side.s6_addr, UINT32_MAX));
	assert_null(mcr_access_find_rule_ipv6(
		&hub.fib, &hub.ports, hub.ports.at[1].classify.link_local.s6_addr, UINT32_MAX));
	/* 0.0.0.0/0 is all of IPv4. */
	assert_null(mcr_access_find_rule_ipv6(&hub.fib, &hub.ports, low.s6_addr, UINT32_MAX));
	assert_null(mcr_access_find_rule(&hub.fib, &hub.ports, number_of(FAR), UINT32_MAX));
	assert_non_null(
		mcr_access_find_rule(&hub.fib, &hub.ports, MCR_IPV4(10, 9, 9, 9), UINT32_MAX));
	assert_int_equal(fixture_reload(fixture_parse(BEGIN ZERO REST)), 0);
}

static bool
may_send(const char *name, uint32_t group)
{
	const uint32_t id = fixture_member_named(name);
	struct mcr_group_ref entry;

	mcr_group_find(hub.fib.groups, (struct mcr_flow){.source = SOURCE, .group = group}, &entry);
	return mcr_policy_entry_permits(
		hub.fib.groups, entry, mcr_member_get(hub.fib.members, id), id);
}

static void
senders_may_be_prefixes_of_ipv6(void **state)
{
	RTE_SET_USED(state);
	send_from(FIRST);
	assert_true(may_send("near", GROUP));
	assert_true(may_send("gre:[" FIRST "]:5", GROUP));
	assert_false(may_send("far", GROUP));
	assert_false(may_send("side", GROUP));
	assert_true(may_send("far", GROUP + 1));
	assert_false(may_send("near", GROUP + 1));
	/* 0.0.0.0/0 is all of IPv4. */
	assert_true(may_send("four", GROUP + 2));
	assert_false(may_send("near", GROUP + 2));
	assert_false(may_send("far", GROUP + 2));
}

/* As the state file does at the start. */
static void
an_admitted_member_is_restored_by_its_identity(void **state)
{
	const struct in6_addr address = ipv6(FIRST);
	const struct mcr_member_identity identity = {
		.address = mcr_address_get(&address, MCR_IPV6_LENGTH),
		.encap = MCR_ENCAP_GRE,
		.has_key = true,
		.key = 7,
	};

	RTE_SET_USED(state);
	assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	mcr_address_drop(identity.address);
	fixture_pass_grace_period();
	assert_non_null(named("gre:[" FIRST "]:7"));
	assert_int_equal(named("gre:[" FIRST "]:7")->identity.address, number_of(FIRST));
}

#define TEST(name) cmocka_unit_test_teardown(name, expire_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_are_reached_on_link_or_by_their_port_s_gateway),
		TEST(a_route_needs_an_address_of_the_family_and_one_link),
		TEST(checksums_may_be_zero_while_a_member_sends_none),
		TEST(ports_keep_their_numbers_over_reloads),
		TEST(a_port_has_its_addresses_and_a_link_local_one_by_its_mac),
		TEST(an_admitted_sender_has_a_name_with_its_address_in_brackets),
		TEST(a_member_that_leaves_takes_its_number_along),
		TEST(who_fits_no_rule_is_refused_and_recorded),
		TEST(no_rule_fits_the_hub_itself_or_the_other_family),
		TEST(senders_may_be_prefixes_of_ipv6),
		TEST(an_admitted_member_is_restored_by_its_identity),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
