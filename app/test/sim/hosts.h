/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hosts of the simulated network and the configurations of the hub, as an operator sees them:
 * README.rst and mcdpdk-groups(5), and nothing of the hub's code.
 */

#ifndef MCR_TEST_SIM_HOSTS_H
#define MCR_TEST_SIM_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_ADDRESS(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define SIM_HUB SIM_ADDRESS(10, 0, 0, 10)
#define SIM_GATEWAY SIM_ADDRESS(10, 0, 0, 1)

enum sim_encap { SIM_L2, SIM_GRE, SIM_GRE_UDP, SIM_UDP, SIM_VXLAN };

#define SIM_HOSTS 9
#define SIM_GROUPS 5
#define SIM_CONFIGS 3
#define SIM_REFUSED 2 /**< Beyond: texts that the hub must refuse. */

struct sim_host {
	uint32_t address;
	enum sim_encap encap;
	bool is_on_link;
	bool has_key;
	uint32_t key;     /**< or VNI */
	uint8_t configs;  /**< a bit for each configuration in which it is a member */
	bool has_own_mac; /**< the configuration names its MAC, so it never changes */
};

extern const struct sim_host sim_hosts[SIM_HOSTS];
extern const uint32_t sim_groups[SIM_GROUPS];

/** JSON. */
extern const char *const sim_configs[SIM_CONFIGS + SIM_REFUSED];

static inline bool
sim_is_member(unsigned int host, unsigned int config)
{
	return (sim_hosts[host].configs >> config & 1) != 0;
}

/** Hosts that get a group without asking: a bit for each. */
uint16_t
sim_static_receivers(unsigned int group, unsigned int config);

bool
sim_may_join(unsigned int host, unsigned int group);

bool
sim_may_send(unsigned int host, unsigned int group, unsigned int config);

#endif
