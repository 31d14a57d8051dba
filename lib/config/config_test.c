/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_ip.h>

#include <cmocka.h>

#include "mcr_config.h"

#define WITH(rest) \
	"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\"}]" rest "}"
#define THREE_MEMBERS                                                            \
	", \"members\": [{\"name\": \"zeta\", \"address\": \"10.0.0.11\"},"      \
	"{\"name\": \"eta\", \"address\": \"10.0.0.12\", \"role\": \"sender\"}," \
	"{\"name\": \"theta\", \"address\": \"10.5.0.6\", \"encap\": \"gre\"}]"

static struct mcr_config_messages errors;
static struct mcr_config *config;

static int
clear(void **state)
{
	(void)state;
	mcr_config_messages_free(&errors);
	mcr_config_free(config);
	config = NULL;
	return 0;
}

/* What no configuration holds is forgotten. */
static int
clear_all(void **state)
{
	clear(state);
	mcr_address_reclaim(NULL);
	return mcr_address_count() == 0 ? 0 : -1;
}

static void
parse(const char *text)
{
	clear(NULL);
	config = mcr_config_parse(text, strlen(text), "f.json", &errors);
	if (errors.count > 0)
		print_message("%s\n", errors.lines[0]);
}

static void
take(const char *text)
{
	parse(text);
	assert_non_null(config);
	assert_int_equal(errors.count, 0);
}

static void
reject(const char *text, const char *line)
{
	parse(text);
	assert_null(config);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.lines[0], line);
}

static void
a_port_is_the_only_required_key(void **state)
{
	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/24\"}]}");
	assert_int_equal(config->port_count, 1);
	assert_null(config->ports[0].device);
	assert_int_equal(config->ports[0].address.address, RTE_IPV4(10, 0, 0, 10));
	assert_int_equal(config->ports[0].address.length, 24);
	assert_false(config->ports[0].has_gateway);
	assert_false(config->ports[0].next_hop_is_gateway);
	assert_int_equal(config->ports[0].mtu, 0);
	assert_int_equal(config->member_count, 0);
	assert_int_equal(config->group_count, 0);
}

static void
defaults_are_those_of_the_manual(void **state)
{
	(void)state;
	take(WITH(""));
	assert_false(config->has_broadcast);
	assert_false(config->unknown_groups_flood);
	assert_false(config->ttl_decrement);
	assert_false(config->oversize_drop);
	assert_false(config->idle_sleep);
	assert_true(config->lcores.automatic);
	assert_int_equal(config->limits.members, 4096);
	assert_int_equal(config->limits.groups, 65536);
	assert_int_equal(config->limits.mbufs, 0);
	assert_false(config->amt.enabled);
	assert_false(config->tuning.has_share_above);
	assert_null(config->state_file);
	assert_int_equal(config->igmp.query_interval_us, 125000000);
	assert_int_equal(config->igmp.startup_query_interval_us, 31250000);
}

static void
a_member_is_on_link_or_behind_the_gateway(void **state)
{
	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/16\", \"mtu\": 9000},"
	     "{\"address\": \"10.0.1.10/24\", \"gateway\": \"10.0.1.1\", \"mtu\": 1500}],"
	     "\"members\": [{\"name\": \"wide\", \"address\": \"10.0.2.1\"},"
	     "{\"name\": \"narrow\", \"address\": \"10.0.1.2\"},"
	     "{\"name\": \"far\", \"address\": \"10.5.0.6\", \"encap\": \"gre\"},"
	     "{\"name\": \"small\", \"address\": \"10.5.0.7\", \"encap\": \"gre\","
	     "\"mtu\": 1400}]}");
	assert_int_equal(config->members[0].port, 0);
	assert_true(config->members[0].on_link);
	assert_int_equal(config->members[0].mtu, 9000);
	assert_int_equal(config->members[1].port, 1);
	assert_true(config->members[1].on_link);
	assert_int_equal(config->members[2].port, 1);
	assert_false(config->members[2].on_link);
	assert_int_equal(config->members[2].mtu, 1500);
	assert_int_equal(config->members[3].mtu, 1400);
}

static void
a_gateway_is_on_link_with_a_prefix_of_32(void **state)
{
	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/32\", \"gateway\": \"10.9.0.1\"}],"
	     "\"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\", \"encap\": \"gre\"}]}");
	assert_false(config->members[0].on_link);
	assert_int_equal(config->ports[0].gateway, RTE_IPV4(10, 9, 0, 1));
}

static void
a_tunnel_has_its_own_or_the_common_hub_address(void **state)
{
	(void)state;
	take(WITH(", \"overlay\": {\"address\": \"192.168.0.1/24\"}, \"members\": ["
		  "{\"name\": \"a\", \"address\": \"10.0.0.11\", \"encap\": \"gre\"},"
		  "{\"name\": \"b\", \"address\": \"10.0.0.12\", \"encap\": \"gre\","
		  "\"hub_overlay\": \"172.16.0.1/30\", \"overlay\": \"172.16.0.2\"},"
		  "{\"name\": \"c\", \"address\": \"10.0.0.13\"}]"));
	assert_true(config->members[0].has_hub_overlay);
	assert_int_equal(config->members[0].hub_overlay.address, RTE_IPV4(192u, 168, 0, 1));
	assert_false(config->members[0].has_overlay);
	assert_int_equal(config->members[1].hub_overlay.address, RTE_IPV4(172u, 16, 0, 1));
	assert_int_equal(config->members[1].hub_overlay.length, 30);
	assert_int_equal(config->members[1].overlay, RTE_IPV4(172u, 16, 0, 2));
	assert_false(config->members[2].has_hub_overlay);
}

/* A number is held for each place that has it. */
static void
a_tunnel_has_its_own_or_the_common_hub_address_of_ipv6(void **state)
{
	struct in6_addr common = {.s6_addr = {0xfd, [15] = 1}};
	char text[MCR_ADDRESS_TEXT];

	(void)state;
	take(WITH(", \"overlay\": {\"address6\": \"FD00:0::1/64\"}, \"members\": ["
		  "{\"name\": \"a\", \"address\": \"10.0.0.11\", \"encap\": \"gre\"},"
		  "{\"name\": \"b\", \"address\": \"10.0.0.12\", \"encap\": \"gre\","
		  "\"hub_overlay6\": \"fd00:1::1/127\", \"overlay6\": \"FD00:1::\"},"
		  "{\"name\": \"c\", \"address\": \"10.0.0.13\"}]"));
	assert_memory_equal(
		mcr_address_ipv6(config->members[0].hub_overlay6.address), &common, sizeof(common));
	assert_int_equal(config->members[0].hub_overlay6.length, 64);
	assert_int_equal(config->members[0].overlay6, MCR_ADDRESS_NONE);
	assert_string_equal(
		mcr_address_format(config->members[1].hub_overlay6.address, text), "fd00:1::1");
	assert_int_equal(config->members[1].hub_overlay6.length, 127);
	assert_string_equal(mcr_address_format(config->members[1].overlay6, text), "fd00:1::");
	assert_int_equal(config->members[2].hub_overlay6.address, MCR_ADDRESS_NONE);
	assert_int_equal(mcr_address_count(), 4); /* and ff00::/8 of mld */
}

static void
keys_and_macs_are_read(void **state)
{
	static const struct rte_ether_addr mac = {{0x02, 0, 0, 0xaB, 0xCd, 0xef}};

	(void)state;
	take(WITH(", \"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\","
		  "\"encap\": \"gre\", \"key\": 0, \"mac\": \"02:00:00:aB:Cd:ef\"},"
		  "{\"name\": \"b\", \"address\": \"10.0.0.11\", \"encap\": \"gre\"}]"));
	assert_true(config->members[0].has_key);
	assert_int_equal(config->members[0].key, 0);
	assert_true(config->members[0].has_mac);
	assert_memory_equal(&config->members[0].mac, &mac, sizeof(mac));
	assert_false(config->members[1].has_key);
	assert_false(config->members[1].has_mac);
}

static void
a_star_is_every_member_that_may_receive(void **state)
{
	(void)state;
	take(WITH(THREE_MEMBERS ", \"groups\": [{\"group\": \"239.1.1.1\", \"members\": [\"*\"]}],"
				"\"broadcast\": {\"members\": [\"zeta\", \"*\"]}"));
	assert_true(config->groups[0].members.all_members);
	assert_int_equal(config->groups[0].members.count, 2);
	assert_int_equal(config->groups[0].members.index[0], 0);
	assert_int_equal(config->groups[0].members.index[1], 2);
	assert_true(config->has_broadcast && config->broadcast.all_members);
	assert_int_equal(config->broadcast.count, 2);
	assert_int_equal(config->receivers.count, 2);
}

static void
names_become_ascending_indices(void **state)
{
	(void)state;
	take(WITH(THREE_MEMBERS ", \"groups\": [{\"group\": \"239.0.0.0/8\","
				"\"members\": [\"theta\", \"zeta\"]}]"));
	assert_false(config->groups[0].members.all_members);
	assert_int_equal(config->groups[0].members.count, 2);
	assert_int_equal(config->groups[0].members.index[0], 0);
	assert_int_equal(config->groups[0].members.index[1], 2);
	assert_int_equal(config->groups[0].group.address, RTE_IPV4(239u, 0, 0, 0));
	assert_int_equal(config->groups[0].group.length, 8);
	assert_true(config->groups[0].any_sender);
}

static void
a_listed_sender_is_left_out_with_a_warning(void **state)
{
	(void)state;
	take(WITH(THREE_MEMBERS ", \"groups\": [{\"group\": \"239.1.1.1\","
				"\"members\": [\"zeta\", \"eta\"]}]"));
	assert_int_equal(config->groups[0].members.count, 1);
	assert_int_equal(config->groups[0].members.index[0], 0);
	assert_int_equal(config->warnings.count, 1);
	assert_string_equal(config->warnings.lines[0],
		"f.json: groups[0].members: 239.1.1.1: \"eta\" is a "
		"sender only and receives nothing");
}

static void
senders_are_names_or_prefixes(void **state)
{
	(void)state;
	take(WITH(", \"members\": [{\"name\": \"10.9.9.9\", \"address\": \"10.0.0.11\"}],"
		  "\"groups\": [{\"group\": \"239.1.1.1\", \"members\": [],"
		  "\"senders\": [\"10.0.0.0/8\", \"10.9.9.9\", \"10.9.9.8\"]},"
		  "{\"group\": \"239.1.1.2\", \"members\": [], \"senders\": []}]"));
	assert_false(config->groups[0].any_sender);
	assert_int_equal(config->groups[0].sender_members.count, 1);
	assert_int_equal(config->groups[0].sender_members.index[0], 0);
	assert_int_equal(config->groups[0].sender_prefix_count, 2);
	assert_int_equal(config->groups[0].sender_prefixes[0].length, 8);
	assert_int_equal(config->groups[0].sender_prefixes[1].length, 32);
	assert_false(config->groups[1].any_sender);
	assert_int_equal(config->groups[1].sender_members.count, 0);
}

static void
sources_keep_their_order(void **state)
{
	(void)state;
	take(WITH(", \"groups\": [{\"group\": \"232.1.1.1\","
		  "\"sources\": [\"10.0.0.9\", \"10.0.0.8\"], \"members\": []}]"));
	assert_int_equal(config->groups[0].source_count, 2);
	assert_int_equal(config->groups[0].sources[0], RTE_IPV4(10, 0, 0, 9));
	assert_int_equal(config->groups[0].sources[1], RTE_IPV4(10, 0, 0, 8));
}

/* Of a group in the configuration, in the form of RFC 5952. */
static const char *
format(const struct mcr_config_prefix *group)
{
	static char text[MCR_ADDRESS_TEXT];

	assert_true(mcr_address_is_ipv6(group->address));
	assert_int_equal(group->length, mcr_address_length(group->address));
	return mcr_address_format_prefix(group->address, group->length, text);
}

static void
ipv6_groups_and_sources_have_numbers(void **state)
{
	const struct in6_addr address = {.s6_addr = {0xff, 5, [15] = 1}};

	(void)state;
	take(WITH(", \"groups\": [{\"group\": \"FF05::0:1\", \"members\": []},"
		  "{\"group\": \"ff05:0::1\", \"sources\": [\"2001:DB8::1\", \"fd00::1\"],"
		  "\"members\": []}, {\"group\": \"ff05::/16\", \"members\": []}]"));
	assert_string_equal(format(&config->groups[0].group), "ff05::1");
	assert_int_equal(config->groups[0].group.length, 128);
	assert_int_equal(config->groups[0].group.address, mcr_address_find(address.s6_addr));
	assert_int_equal(config->groups[1].group.address, config->groups[0].group.address);
	assert_int_equal(config->groups[1].source_count, 2);
	assert_true(mcr_address_is_ipv6(config->groups[1].sources[0]));
	assert_int_not_equal(config->groups[1].sources[0], config->groups[1].sources[1]);
	assert_string_equal(format(&config->groups[2].group), "ff05::/16");
	/* And mld.groups. */
	assert_int_equal(mcr_address_count(), 5);
}

static void
an_ipv6_group_is_known_as_long_as_a_configuration_holds_it(void **state)
{
	static const char text[] = WITH(", \"groups\": [{\"group\": \"ff05::1\","
					"\"sources\": [\"fd00::1\"], \"members\": []}]");
	struct mcr_config *other = mcr_config_parse(text, strlen(text), "o.json", &errors);
	uint32_t number;

	(void)state;
	assert_non_null(other);
	number = other->groups[0].group.address;
	take(text);
	mcr_config_free(other);
	assert_int_equal(config->groups[0].group.address, number);
	assert_string_equal(format(&config->groups[0].group), "ff05::1");
	parse(WITH(", \"groups\": [{\"group\": \"ff05::2\", \"sources\": [\"fd00::1\","
		   "\"fd00::2\", \"fe80::1\"], \"members\": []}, {\"group\": \"ff05::3/16\","
		   "\"members\": [\"nobody\"]}], \"mld\": {\"groups\": [\"ff05::4\", 1]},"
		   "\"admit\": [{\"prefix\": 1, \"encap\": [\"gre\"], \"join\": [\"ff05::5\"]}]"));
	assert_null(config);
	assert_int_equal(mcr_address_count(), 0);
}

static void
a_star_of_an_ipv6_group_is_every_member_that_takes_such(void **state)
{
	static const uint32_t expected[] = {0, 1, 3, 4, 5};

	(void)state;
	take(WITH(", \"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\"},"
		  "{\"name\": \"b\", \"address\": \"10.0.0.12\", \"encap\": \"gre\"},"
		  "{\"name\": \"c\", \"address\": \"10.0.0.13\", \"encap\": \"udp\"},"
		  "{\"name\": \"d\", \"address\": \"10.0.0.14\", \"encap\": \"gre-udp\"},"
		  "{\"name\": \"e\", \"address\": \"10.0.0.15\", \"encap\": \"vxlan\","
		  "\"vni\": 1}, {\"name\": \"f\", \"address\": \"10.0.0.16\","
		  "\"encap\": \"gretap\"}, {\"name\": \"g\", \"address\": \"10.0.0.17\","
		  "\"encap\": \"gre\", \"role\": \"sender\"}],"
		  "\"groups\": [{\"group\": \"ff05::1\", \"members\": [\"*\"]},"
		  "{\"group\": \"239.1.1.1\", \"members\": [\"*\"]}]"));
	assert_true(config->groups[0].members.all_members);
	assert_int_equal(config->groups[0].members.count, 5);
	assert_ptr_equal(config->groups[0].members.index, config->ipv6_receivers.index);
	for (uint32_t i = 0; i < RTE_DIM(expected); i++)
		assert_int_equal(config->ipv6_receivers.index[i], expected[i]);
	assert_int_equal(config->groups[1].members.count, 6);
}

#define IPV6_PORT "{\"ports\": [{\"address6\": \"fd00::10/64\", \"gateway6\": "

/* udp rewrites the packet's own address. */
static void
udp_members_take_groups_of_their_own_family(void **state)
{
	static const uint32_t ipv4[] = {0, 2}, ipv6[] = {1, 2};

	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/24\", \"address6\": \"fd00::10/64\"}],"
	     "\"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\", \"encap\": \"udp\"},"
	     "{\"name\": \"b\", \"address\": \"fd00::11\", \"encap\": \"udp\"},"
	     "{\"name\": \"c\", \"address\": \"fd00::12\", \"encap\": \"gre\"}],"
	     "\"groups\": [{\"group\": \"239.1.1.1\", \"members\": [\"*\"]},"
	     "{\"group\": \"ff05::1\", \"members\": [\"*\"]}],"
	     "\"broadcast\": {\"members\": [\"*\"]}, \"unknown_groups\": \"flood\"}");
	assert_int_equal(config->groups[0].members.count, 2);
	assert_memory_equal(config->groups[0].members.index, ipv4, sizeof(ipv4));
	assert_int_equal(config->groups[1].members.count, 2);
	assert_memory_equal(config->groups[1].members.index, ipv6, sizeof(ipv6));
	assert_ptr_equal(config->broadcast.index, config->groups[0].members.index);
	assert_int_equal(config->receivers.count, 3);
}

static void
a_port_of_ipv6_has_its_network_and_gateway(void **state)
{
	char text[MCR_ADDRESS_TEXT];

	(void)state;
	take(IPV6_PORT "\"fe80::1\", \"gateway6_mac\": \"02:00:00:00:00:01\"}]}");
	assert_int_equal(config->ports[0].address.address, 0);
	assert_string_equal(mcr_address_format(config->ports[0].address6, text), "fd00::10");
	assert_int_equal(mcr_address_length(config->ports[0].address6), MCR_IPV6_LENGTH);
	assert_string_equal(mcr_address_format_prefix(config->ports[0].prefix6,
				    mcr_address_length(config->ports[0].prefix6), text),
		"fd00::/64");
	assert_string_equal(mcr_address_format(config->ports[0].gateway6, text), "fe80::1");
	assert_true(config->ports[0].has_gateway6_mac);
	assert_false(config->ports[0].learns_gateway6);
	take(IPV6_PORT "\"ra\"}]}");
	assert_int_equal(config->ports[0].gateway6, MCR_ADDRESS_NONE);
	assert_true(config->ports[0].learns_gateway6);
}

/* As with IPv4, and with the port's link-local network. */
static void
members_over_ipv6_are_on_link_or_behind_the_gateway_of_their_family(void **state)
{
	static const struct {
		uint32_t port;
		bool on_link;
	} expected[] = {{1, true}, {2, true}, {0, false}, {2, false}};

	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\"},"
	     "{\"address6\": \"fd00::10/48\"},"
	     "{\"address6\": \"fd00:0:0:1::10/64\", \"gateway6\": \"ra\"}],"
	     "\"members\": [{\"name\": \"a\", \"address\": \"fd00::11\", \"encap\": \"gre\"},"
	     "{\"name\": \"b\", \"address\": \"fd00:0:0:1::11\", \"encap\": \"gre\"},"
	     "{\"name\": \"c\", \"address\": \"192.0.2.1\", \"encap\": \"gre\"},"
	     "{\"name\": \"d\", \"address\": \"2001:db8::1\", \"encap\": \"gre\"}]}");
	for (size_t i = 0; i < RTE_DIM(expected); i++) {
		assert_int_equal(config->members[i].port, expected[i].port);
		assert_int_equal(config->members[i].on_link, expected[i].on_link);
	}
	take(IPV6_PORT "\"fd00::1\"}], \"members\": ["
		       "{\"name\": \"a\", \"address\": \"fe80::11\"}]}");
	assert_true(config->members[0].on_link);
	assert_true(mcr_config_is_direct(&config->ports[0], config->members[0].address));
}

/* Not the other family's. */
static void
next_hop_gateway_is_of_the_families_that_have_one(void **state)
{
	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/24\", \"address6\": \"fd00::10/64\","
	     "\"gateway6\": \"fe80::1\", \"next_hop\": \"gateway\"}], \"members\": ["
	     "{\"name\": \"a\", \"address\": \"10.0.0.11\"},"
	     "{\"name\": \"b\", \"address\": \"fd00::11\", \"encap\": \"gre\"}]}");
	assert_true(mcr_config_is_direct(&config->ports[0], config->members[0].address));
	assert_false(mcr_config_is_direct(&config->ports[0], config->members[1].address));
	assert_true(config->members[1].on_link);
}

static void
mld_has_the_keys_and_defaults_of_igmp(void **state)
{
	(void)state;
	take(WITH(""));
	assert_true(config->mld.enabled);
	assert_int_equal(config->mld.query_interval_us, 125000000);
	assert_int_equal(config->mld.max_groups_per_member, 1024);
	assert_int_equal(config->mld.group_count, 1);
	assert_string_equal(format(&config->mld.groups[0]), "ff00::/8");
	take(WITH(", \"igmp\": {\"query_interval\": 60}, \"mld\": {\"query_interval\": 30,"
		  "\"strict_ssm\": true, \"groups\": [\"ff05::/16\", \"ff0e::1\"]}"));
	assert_int_equal(config->igmp.query_interval_us, 60000000);
	assert_int_equal(config->mld.query_interval_us, 30000000);
	assert_int_equal(config->mld.startup_query_interval_us, 7500000);
	assert_true(config->mld.strict_ssm && !config->igmp.strict_ssm);
	assert_int_equal(config->igmp.groups[0].address, RTE_IPV4(224u, 0, 0, 0));
	assert_int_equal(config->mld.group_count, 2);
	assert_string_equal(format(&config->mld.groups[1]), "ff0e::1");
	take(WITH(", \"mld\": false"));
	assert_false(config->mld.enabled);
	assert_true(config->igmp.enabled);
}

static void
lcores_are_read(void **state)
{
	(void)state;
	take(WITH(", \"lcores\": {\"rx\": [1], \"tx\": [3, 2]}"));
	assert_false(config->lcores.automatic);
	assert_int_equal(config->lcores.rx_count, 1);
	assert_int_equal(config->lcores.rx[0], 1);
	assert_int_equal(config->lcores.tx_count, 2);
	assert_int_equal(config->lcores.tx[0], 3);
}

static void
a_small_mtu_is_warned_of_once(void **state)
{
	(void)state;
	take("{\"ports\": [{\"address\": \"10.0.0.10/24\", \"mtu\": 1500}], \"members\": ["
	     "{\"name\": \"a\", \"address\": \"10.0.0.11\"},"
	     "{\"name\": \"b\", \"address\": \"10.0.0.12\", \"encap\": \"gre\", \"key\": 1},"
	     "{\"name\": \"c\", \"address\": \"10.0.0.13\", \"encap\": \"gre\"},"
	     "{\"name\": \"d\", \"address\": \"10.0.0.14\", \"encap\": \"gre\","
	     "\"mtu\": 1524}]}");
	assert_int_equal(config->warnings.count, 2);
	assert_string_equal(config->warnings.lines[0],
		"f.json: members: the path MTU of 2 of them leaves less than 1500 bytes for inner "
		"packets, for example \"b\": 1472");
}

static void
an_unknown_key_names_the_nearest(void **state)
{
	(void)state;
	reject(WITH(", \"members\": [{\"adress\": \"10.0.0.11\", \"name\": \"a\","
		    "\"address\": \"10.0.0.11\"}]"),
		"f.json: members[0].adress: a: unknown key, did you mean \"address\"?");
}

static void
a_missing_key_is_named_by_its_own_path(void **state)
{
	(void)state;
	reject(WITH(", \"members\": [{\"name\": \"a\"}]"),
		"f.json: members[0].address: a: missing");
}

static void
a_text_that_is_not_json_has_line_and_column(void **state)
{
	(void)state;
	reject("{\n  bad", "f.json:2:3: string or '}' expected near 'bad'");
}

static void
a_wrong_identity_causes_no_further_errors(void **state)
{
	(void)state;
	reject(WITH(", \"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\","
		    "\"encap\": \"gre\", \"key\": 4294967296},"
		    "{\"name\": \"b\", \"address\": \"10.0.0.11\", \"encap\": \"gre\", \"key\": "
		    "0}],"
		    "\"groups\": [{\"group\": \"239.1.1.1\", \"members\": [\"a\"]}]"),
		"f.json: members[0].key: a: expected a whole number from 0 to 4294967295, found "
		"4294967296");
}

static void
all_errors_are_reported(void **state)
{
	(void)state;
	parse(WITH(", \"members\": [{\"name\": \"a\", \"address\": \"10.0.0.11\", \"mtu\": 1},"
		   "{\"name\": \"b\", \"address\": \"10.0.0.11\", \"key\": 1},"
		   "{\"name\": \"c\", \"address\": \"10.0.0.10\", \"foo\": 1}],"
		   "\"groups\": [{\"group\": \"239.1.1.1\", \"members\": [\"nobody\"]},"
		   "{\"group\": \"239.1.1.1\", \"members\": [\"a\"]}]"));
	assert_null(config);
	assert_int_equal(errors.count, 7);
	assert_string_equal(
		errors.lines[4], "f.json: members[2].address: c: is the hub's own address");
	assert_string_equal(errors.lines[5], "f.json: members[1].address: b: is also the address "
					     "of members[0] (a), with the same "
					     "encapsulation");
	assert_string_equal(
		errors.lines[6], "f.json: groups[1].group: has an entry already, groups[0]");
}

static void
control_characters_are_replaced_in_messages(void **state)
{
	(void)state;
	reject(WITH(", \"\\u001b[31m\\u009b\\n\": 1"),
		"f.json: ?[31m???: unknown key, did you mean \"limits\"?");
}

static void
long_keys_are_cut_in_messages(void **state)
{
	char text[4096], key[2049];

	(void)state;
	memset(key, 'x', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	snprintf(text, sizeof(text), WITH(", \"%s\": 1"), key);
	parse(text);
	assert_null(config);
	assert_true(strlen(errors.lines[0]) < 200);
}

static void
errors_end_after_10000_lines(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fputs("{\"ports\": [{\"address\": \"10.0.0.10/24\"}], \"groups\": [0", out);
	for (int i = 0; i < 12000; i++)
		fputs(",0", out);
	fputs("]}", out);
	fclose(out);
	parse(text);
	assert_null(config);
	assert_int_equal(errors.count, 10001);
	assert_string_equal(errors.lines[10000], "f.json: and 2001 more errors");
	free(text);
}

static void
igmp_may_be_off(void **state)
{
	(void)state;
	take(WITH(", \"igmp\": false"));
	assert_false(config->igmp.enabled);
}

static void
share_above_is_read(void **state)
{
	(void)state;
	take(WITH(", \"tuning\": {\"share_above\": 700}"));
	assert_true(config->tuning.has_share_above);
	assert_int_equal(config->tuning.share_above, 700);
	reject(WITH(", \"tuning\": {\"share_above\": 65536}"),
		"f.json: tuning.share_above: expected a whole number from 0 to 65535, found 65536");
}

#define DOMAIN(rest) ", \"domain\": {\"etcd\": [\"http://a\", \"https://b:1\"]" rest "}"
#define NAMED(rest) DOMAIN(", \"name\": \"d\", \"hub\": \"h\"" rest)
#define SHARED NAMED(", \"members\": \"shared\"")
#define MEMBERS(list, rest) \
	"{\"ports\": [{\"address\": \"10.0.0.10/24\"}], \"members\": [" list "]" rest "}"

static void
a_domain_is_read(void **state)
{
	(void)state;
	take(WITH(""));
	assert_string_equal(config->domain.name, "");
	take(WITH(NAMED("")));
	assert_string_equal(config->domain.name, "d");
	assert_string_equal(config->domain.hub, "h");
	assert_int_equal(config->domain.etcd_count, 2);
	assert_string_equal(config->domain.etcd[1], "https://b:1");
	assert_null(config->domain.credentials_file);
	assert_null(config->domain.ca_file);
	assert_int_equal(config->domain.encap, MCR_ENCAP_GRE_UDP);
	assert_int_equal(config->domain.hello_ms, 50);
	assert_int_equal(config->domain.hello_multiplier, 3);
	take(WITH(NAMED(", \"encap\": \"gre\", \"hello_ms\": 10, \"ca_file\": \"c\"")));
	assert_int_equal(config->domain.encap, MCR_ENCAP_GRE);
	assert_int_equal(config->domain.hello_ms, 10);
	assert_string_equal(config->domain.ca_file, "c");
}

static void
a_dump_is_a_valid_configuration(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	take(WITH(THREE_MEMBERS));
	assert_int_equal(mcr_config_dump(config, out), 0);
	fclose(out);
	take(text);
	free(text);
}

static void
a_dump_has_ipv6_in_the_form_of_rfc5952(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	take(WITH(", \"groups\": [{\"group\": \"FF05::0:1\", \"sources\": [\"FD00:0::1\"],"
		  "\"members\": []}, {\"group\": \"FF3E:0::/32\", \"members\": []}],"
		  "\"mld\": {\"groups\": [\"FF0E::0:1\"]}"));
	assert_int_equal(mcr_config_dump(config, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "{\"group\": \"ff05::1\", \"sources\": [\"fd00::1\"],"));
	assert_non_null(strstr(text, "{\"group\": \"ff3e::/32\","));
	assert_non_null(strstr(text, "\"groups\": [\"ff0e::1/128\"]"));
	free(text);
}

static void
a_dump_that_cannot_be_written_is_an_error(void **state)
{
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	take(WITH(""));
	assert_int_equal(mcr_config_dump(config, out), -EIO);
	fclose(out);
}

/* The key that needs a restart between these texts. */
static const char *
difference_from(const char *running_text, const char *text)
{
	struct mcr_config *running =
		mcr_config_parse(running_text, strlen(running_text), "r.json", &errors);
	const char *key;

	assert_non_null(running);
	take(text);
	key = mcr_config_needs_restart(running, config);
	mcr_config_free(running);
	return key;
}

static const char *
difference(const char *text)
{
	return difference_from(WITH(THREE_MEMBERS), text);
}

static void
members_and_groups_change_without_a_restart(void **state)
{
	(void)state;
	assert_null(difference(WITH(THREE_MEMBERS)));
	assert_null(difference(WITH("")));
	assert_null(difference(WITH(", \"overlay\": {\"address\": \"192.168.0.1/24\"},"
				    "\"groups\": [{\"group\": \"239.1.1.1\", \"members\": []}],"
				    "\"unknown_groups\": \"flood\", \"ttl\": \"decrement\","
				    "\"idle\": \"sleep\"")));
	assert_null(difference("{\"ports\": [{\"address\": \"10.0.0.10/24\","
			       "\"gateway\": \"10.0.0.1\", \"allowance\": {\"pps\": 1}}]}"));
}

static void
naming_a_default_is_no_change(void **state)
{
	(void)state;
	assert_null(difference(WITH(", \"limits\": {\"members\": 4096, \"groups\": 65536}")));
	assert_null(difference("{\"ports\": [{\"address\": \"10.0.0.10/24\","
			       "\"gateway\": \"10.0.0.1\", \"next_hop\": \"arp\"}]}"));
}

static void
ports_lcores_and_limits_need_a_restart(void **state)
{
	static const char *const ports[] = {
		"{\"ports\": [{\"address\": \"10.0.0.10/24\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.9/24\", \"gateway\": \"10.0.0.1\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/25\", \"gateway\": \"10.0.0.1\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.2\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\","
		"\"mtu\": 1500}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\","
		"\"device\": \"net_null0\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\","
		"\"next_hop\": \"gateway\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\","
		"\"gateway_mac\": \"02:00:00:00:00:01\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"gateway\": \"10.0.0.1\"},"
		"{\"address\": \"10.1.0.10/24\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(ports); i++)
		assert_string_equal(difference(ports[i]), "ports");
	assert_string_equal(difference(WITH(", \"lcores\": {\"rx\": [1], \"tx\": [1]}")), "lcores");
	assert_string_equal(difference(WITH(", \"limits\": {\"members\": 10}")), "limits");
	assert_string_equal(difference(WITH(", \"limits\": {\"groups\": 10}")), "limits");
	assert_string_equal(difference(WITH(", \"limits\": {\"mbufs\": 9999}")), "limits");
}

static void
ipv6_of_ports_needs_a_restart(void **state)
{
	static const char running[] =
		IPV6_PORT "\"fe80::1\", \"gateway6_mac\": \"02:00:00:00:00:01\"}]}";
	static const char *const others[] = {
		IPV6_PORT "\"fe80::2\", \"gateway6_mac\": \"02:00:00:00:00:01\"}]}",
		IPV6_PORT "\"fe80::1\", \"gateway6_mac\": \"02:00:00:00:00:02\"}]}",
		IPV6_PORT "\"fe80::1\"}]}",
		IPV6_PORT "\"ra\"}]}",
		"{\"ports\": [{\"address6\": \"fd00::10/63\", \"gateway6\": \"fe80::1\","
		"\"gateway6_mac\": \"02:00:00:00:00:01\"}]}",
		"{\"ports\": [{\"address6\": \"fd00::11/64\", \"gateway6\": \"fe80::1\","
		"\"gateway6_mac\": \"02:00:00:00:00:01\"}]}",
		"{\"ports\": [{\"address\": \"10.0.0.10/24\", \"address6\": \"fd00::10/64\","
		"\"gateway6\": \"fe80::1\", \"gateway6_mac\": \"02:00:00:00:00:01\"}]}",
	};

	(void)state;
	assert_null(difference_from(running, running));
	for (size_t i = 0; i < RTE_DIM(others); i++)
		assert_string_equal(difference_from(running, others[i]), "ports");
	/* Another form of the same. */
	assert_null(difference_from(running,
		"{\"ports\": [{\"address6\": \"FD00:0::0:10/64\", \"gateway6\": \"FE80:0::1\","
		"\"gateway6_mac\": \"02:00:00:00:00:01\"}]}"));
}

static void
shared_members_that_no_port_leads_to_are_left_to_other_hubs(void **state)
{
	(void)state;
	take(MEMBERS("{\"name\": \"l2\", \"address\": \"10.5.0.6\"},"
		     "{\"name\": \"gre\", \"address\": \"10.5.0.7\", \"encap\": \"gre\"},"
		     "{\"name\": \"here\", \"address\": \"10.0.0.7\"}",
		SHARED));
	assert_true(config->domain.shares_members);
	assert_true(config->members[0].is_unreachable);
	assert_true(config->members[1].is_unreachable);
	assert_false(config->members[2].is_unreachable);
	take(MEMBERS("{\"name\": \"gre\", \"address\": \"10.0.0.7\", \"encap\": \"gre\"}",
		NAMED(", \"members\": \"local\"")));
	assert_false(config->domain.shares_members);
	assert_false(config->members[0].is_unreachable);
}

static uint64_t
digest_of(const char *text)
{
	take(text);
	assert_true(config->domain.digest != 0);
	return config->domain.digest;
}

#define A "{\"name\": \"a\", \"address\": \"10.0.0.7\"}"

static void
hubs_with_the_same_members_and_groups_have_the_same_digest(void **state)
{
	const uint64_t digest = digest_of(MEMBERS(A, SHARED));

	(void)state;
	/* The order of keys, spaces, and what is not shared do not matter. */
	assert_true(digest ==
		    digest_of(MEMBERS("{ \"address\":\"10.0.0.7\", \"name\": \"a\" }", SHARED)));
	assert_true(digest == digest_of(MEMBERS(A, SHARED ", \"ttl\": \"decrement\"")));
	assert_true(digest !=
		    digest_of(MEMBERS("{\"name\": \"a\", \"address\": \"10.0.0.8\"}", SHARED)));
	assert_true(digest != digest_of(MEMBERS(A, ", \"groups\": [{\"group\": \"239.1.1.1\","
						   "\"members\": []}]" SHARED)));
	assert_true(digest != digest_of(MEMBERS(A, ", \"groups\": [{\"group\": \"ff05::1\","
						   "\"members\": []}]" SHARED)));
	/* By which others find that a hub forgot to share. */
	assert_true(digest == digest_of(MEMBERS(A, NAMED(""))));
	take(WITH(NAMED("")));
	assert_true(config->domain.digest == 0);
}

static void
the_names_and_the_encap_of_a_domain_need_a_restart(void **state)
{
	const char *running = WITH(NAMED(""));

	(void)state;
	assert_null(difference_from(running, running));
	assert_null(difference_from(running, WITH(NAMED(", \"hello_ms\": 20,"
							"\"hello_multiplier\": 5,"
							"\"credentials_file\": \"u\","
							"\"ca_file\": \"c\""))));
	assert_null(difference_from(running,
		WITH(", \"domain\": {\"name\": \"d\", \"hub\": \"h\", \"etcd\": [\"http://z\"]}")));
	assert_string_equal(difference_from(running, WITH("")), "domain");
	assert_string_equal(difference_from(WITH(""), running), "domain");
	assert_string_equal(difference_from(running, WITH(DOMAIN(", \"name\": \"D\","
								 "\"hub\": \"h\""))),
		"domain.name");
	assert_string_equal(difference_from(running, WITH(DOMAIN(", \"name\": \"d\","
								 "\"hub\": \"h2\""))),
		"domain.hub");
	assert_string_equal(
		difference_from(running, WITH(NAMED(", \"encap\": \"gre\""))), "domain.encap");
	assert_string_equal(difference_from(running, WITH(SHARED)), "domain.members");
	assert_string_equal(difference_from(WITH(SHARED), running), "domain.members");
}

static void
refuse_file(const char *file, const char *line)
{
	clear(NULL);
	config = mcr_config_load(file, &errors);
	assert_null(config);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.lines[0], line);
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	refuse_file("/nonexistent/f.json", "/nonexistent/f.json: No such file or directory");
	refuse_file("/", "/: Is a directory");
	refuse_file("", ": No such file or directory");
	refuse_file("/dev/zero", "/dev/zero: larger than 64 MiB");
	refuse_file("/dev/null", "/dev/null:1:1: the file is empty");
}

static void
a_file_is_loaded(void **state)
{
	static const char text[] = WITH(THREE_MEMBERS);
	char file[] = "/tmp/config_test.XXXXXX";
	const int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	clear(NULL);
	config = mcr_config_load(file, &errors);
	unlink(file);
	assert_non_null(config);
	assert_int_equal(config->member_count, 3);
}

static const char *
state_file_warning(const char *path)
{
	static char file[] = "/tmp/config_test.XXXXXX";
	FILE *out;

	strcpy(strchr(file, '.'), ".XXXXXX");
	out = fdopen(mkstemp(file), "w");
	assert_non_null(out);
	fprintf(out, WITH(", \"state_file\": \"%s\""), path);
	fclose(out);
	clear(NULL);
	config = mcr_config_load(file, &errors);
	unlink(file);
	assert_non_null(config);
	assert_true(config->warnings.count <= 1);
	if (config->warnings.count == 0)
		return NULL;
	return config->warnings.lines[0] + strlen(file) + strlen(": ");
}

static void
a_state_file_that_cannot_be_written_is_warned_of(void **state)
{
	char folder[] = "/tmp/config_test.XXXXXX", path[64], expected[160];
	const uid_t user = geteuid();

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	assert_null(state_file_warning(path));
	assert_string_equal(state_file_warning("/nonexistent/state"),
		"state_file: its folder, /nonexistent: No such file or directory");
	assert_string_equal(
		state_file_warning("/dev/null/state"), "state_file: /dev/null is not a folder");
	assert_string_equal(state_file_warning(folder) + strlen("state_file: "),
		strcat(strcpy(expected, folder), " is not a file"));
	/* Root may write everywhere. */
	assert_int_equal(chmod(folder, 0555), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	snprintf(expected, sizeof(expected),
		"state_file: its folder, %s, cannot be written to by user %u: Permission denied",
		folder, geteuid());
	assert_string_equal(state_file_warning(path), expected);
	if (user == 0)
		assert_int_equal(seteuid(0), 0);
	rmdir(folder);
}

static void
the_largest_configuration_is_read(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fputs("{\"ports\": [{\"address\": \"10.0.0.10/8\"}], \"limits\": {\"members\": 65536},"
	      "\"members\": [",
		out);
	for (uint32_t i = 0; i < 65536; i++)
		fprintf(out, "%s{\"name\": \"m%u\", \"address\": \"10.1.%u.%u\"}", i > 0 ? "," : "",
			i, i >> 8, i & 255);
	fputs("], \"groups\": [", out);
	for (uint32_t i = 0; i < 65536; i++)
		fprintf(out, "%s{\"group\": \"239.1.%u.%u\", \"members\": [\"*\"]}",
			i > 0 ? "," : "", i >> 8, i & 255);
	fputs("]}", out);
	fclose(out);
	/* 10.1.255.255 and 10.1.0.0 are hosts in a prefix of 8. */
	take(text);
	assert_int_equal(config->member_count, 65536);
	assert_int_equal(config->group_count, 65536);
	assert_int_equal(config->groups[65535].members.count, 65536);
	free(text);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_is_the_only_required_key),
		TEST(defaults_are_those_of_the_manual),
		TEST(a_member_is_on_link_or_behind_the_gateway),
		TEST(a_gateway_is_on_link_with_a_prefix_of_32),
		TEST(a_tunnel_has_its_own_or_the_common_hub_address),
		TEST(a_tunnel_has_its_own_or_the_common_hub_address_of_ipv6),
		TEST(keys_and_macs_are_read),
		TEST(a_star_is_every_member_that_may_receive),
		TEST(names_become_ascending_indices),
		TEST(a_listed_sender_is_left_out_with_a_warning),
		TEST(senders_are_names_or_prefixes),
		TEST(sources_keep_their_order),
		TEST(ipv6_groups_and_sources_have_numbers),
		TEST(an_ipv6_group_is_known_as_long_as_a_configuration_holds_it),
		TEST(a_star_of_an_ipv6_group_is_every_member_that_takes_such),
		TEST(udp_members_take_groups_of_their_own_family),
		TEST(a_port_of_ipv6_has_its_network_and_gateway),
		TEST(members_over_ipv6_are_on_link_or_behind_the_gateway_of_their_family),
		TEST(next_hop_gateway_is_of_the_families_that_have_one),
		TEST(ipv6_of_ports_needs_a_restart),
		TEST(mld_has_the_keys_and_defaults_of_igmp),
		TEST(lcores_are_read),
		TEST(a_small_mtu_is_warned_of_once),
		TEST(an_unknown_key_names_the_nearest),
		TEST(a_missing_key_is_named_by_its_own_path),
		TEST(a_text_that_is_not_json_has_line_and_column),
		TEST(a_wrong_identity_causes_no_further_errors),
		TEST(all_errors_are_reported),
		TEST(control_characters_are_replaced_in_messages),
		TEST(long_keys_are_cut_in_messages),
		TEST(errors_end_after_10000_lines),
		TEST(igmp_may_be_off),
		TEST(share_above_is_read),
		TEST(a_domain_is_read),
		TEST(a_dump_is_a_valid_configuration),
		TEST(a_dump_has_ipv6_in_the_form_of_rfc5952),
		TEST(a_dump_that_cannot_be_written_is_an_error),
		TEST(members_and_groups_change_without_a_restart),
		TEST(naming_a_default_is_no_change),
		TEST(ports_lcores_and_limits_need_a_restart),
		TEST(shared_members_that_no_port_leads_to_are_left_to_other_hubs),
		TEST(hubs_with_the_same_members_and_groups_have_the_same_digest),
		TEST(the_names_and_the_encap_of_a_domain_need_a_restart),
		TEST(a_file_that_cannot_be_read_is_an_error),
		TEST(a_file_is_loaded),
		TEST(a_state_file_that_cannot_be_written_is_warned_of),
		TEST(the_largest_configuration_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
