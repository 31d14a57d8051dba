/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "test/sim/hosts.h"

#define ALL 7 /* configurations */

const struct sim_host sim_hosts[SIM_HOSTS] = {
	{SIM_ADDRESS(10, 0, 0, 11), SIM_L2, true, .configs = ALL},
	{SIM_ADDRESS(10, 0, 0, 12), SIM_L2, true, .configs = ALL, .has_own_mac = true},
	{SIM_ADDRESS(10, 0, 0, 13), SIM_GRE, true, true, 7, .configs = ALL},
	{SIM_ADDRESS(10, 9, 0, 14), SIM_GRE, false, .configs = 1 | 4},
	{SIM_ADDRESS(10, 9, 0, 17), SIM_GRE_UDP, false, true, 9, .configs = 1 | 2},
	{SIM_ADDRESS(10, 9, 0, 18), SIM_UDP, false, .configs = ALL},
	{SIM_ADDRESS(10, 9, 0, 19), SIM_VXLAN, false, true, 100, .configs = ALL},
	/* Each takes the id of another after a reload. */
	{SIM_ADDRESS(10, 0, 0, 15), SIM_L2, true, .configs = 2},
	{SIM_ADDRESS(10, 9, 0, 20), SIM_GRE, false, .configs = 4},
};

const uint32_t sim_groups[SIM_GROUPS] = {
	SIM_ADDRESS(239, 1, 1, 1),
	SIM_ADDRESS(239, 2, 2, 2),
	SIM_ADDRESS(239, 3, 3, 3),
	SIM_ADDRESS(239, 4, 4, 4),
	SIM_ADDRESS(239, 5, 5, 5),
};

#define PORT                                                                      \
	"\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"," \
	"\"gateway\":\"10.0.0.1\",\"gateway_mac\":\"02:00:00:00:00:01\"}],"       \
	"\"lcores\":{\"rx\":[1],\"tx\":[2,3]},\"mld\":false,\"state_file\":\"state\","
#define START "{" PORT "\"limits\":{\"members\":12,\"groups\":12,\"mbufs\":1024},"
#define FIXED                                                                                 \
	"{\"name\":\"host0\",\"address\":\"10.0.0.11\"},"                                     \
	"{\"name\":\"host1\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"       \
	"{\"name\":\"host2\",\"address\":\"10.0.0.13\",\"encap\":\"gre\",\"key\":7},"         \
	"{\"name\":\"host5\",\"address\":\"10.9.0.18\",\"encap\":\"udp\",\"udp_port\":5000}," \
	"{\"name\":\"host6\",\"address\":\"10.9.0.19\",\"encap\":\"vxlan\",\"vni\":100}"
#define HOST3 ",{\"name\":\"host3\",\"address\":\"10.9.0.14\",\"encap\":\"gre\"}"
#define HOST4 ",{\"name\":\"host4\",\"address\":\"10.9.0.17\",\"encap\":\"gre-udp\",\"key\":9}"
#define HOST7 ",{\"name\":\"host7\",\"address\":\"10.0.0.15\"}"
#define HOST8 ",{\"name\":\"host8\",\"address\":\"10.9.0.20\",\"encap\":\"gre\"}"
#define EVERYBODY "{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}"

const char *const sim_configs[SIM_CONFIGS + SIM_REFUSED] = {
	START "\"members\":[" FIXED HOST3 HOST4 "],\"groups\":[" EVERYBODY
	      ",{\"group\":\"239.2.2.2\",\"members\":[\"host0\",\"host2\",\"host6\"],"
	      "\"senders\":[\"host1\",\"host3\"]}]}",
	START "\"members\":[" FIXED HOST4 HOST7 "],\"groups\":[" EVERYBODY
	      ",{\"group\":\"239.2.2.2\",\"members\":[\"host0\",\"host5\",\"host7\"],"
	      "\"senders\":[\"host1\",\"host2\"]}]}",
	START "\"members\":[" FIXED HOST3 HOST8 "],\"groups\":[" EVERYBODY
	      ",{\"group\":\"239.2.2.2\",\"members\":[\"host6\",\"host8\"],"
	      "\"senders\":[\"host1\"]}]}",
	/* No JSON, and a change that needs a restart. */
	START "\"members\":[" FIXED,
	"{" PORT "\"limits\":{\"members\":14,\"groups\":12,\"mbufs\":1024}}",
};

#define BIT(host) (1u << (host))

uint16_t
sim_static_receivers(unsigned int group, unsigned int config)
{
	static const uint16_t second[SIM_CONFIGS] = {
		BIT(0) | BIT(2) | BIT(6),
		BIT(0) | BIT(5) | BIT(7),
		BIT(6) | BIT(8),
	};
	uint16_t receivers = 0;

	if (group == 1)
		return second[config];
	for (unsigned int i = 0; group == 0 && i < SIM_HOSTS; i++)
		receivers |= sim_is_member(i, config) ? BIT(i) : 0;
	return receivers;
}

/* A udp member has no IGMP. The segment of a VXLAN member is a network of its own. */
bool
sim_may_join(unsigned int host, unsigned int group)
{
	return sim_hosts[host].encap != SIM_UDP && group >= 2;
}

bool
sim_may_send(unsigned int host, unsigned int group, unsigned int config)
{
	static const uint16_t second[SIM_CONFIGS] = {BIT(1) | BIT(3), BIT(1) | BIT(2), BIT(1)};

	return sim_is_member(host, config) && sim_hosts[host].encap != SIM_UDP &&
	       (group != 1 || (second[config] & BIT(host)) != 0);
}
