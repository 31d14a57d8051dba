/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "fib/udp_ports.h"

/* Admitted members are not declared: they send to the port of GRE-in-UDP. */
static bool
admits_gre_udp(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->admit_count; i++) {
		if ((config->admits[i].encaps & 1U << MCR_ENCAP_GRE_UDP) != 0)
			return true;
	}
	return false;
}

void
mcr_udp_ports_configure(struct mcr_fib *fib, const struct mcr_config *config)
{
	uint8_t encaps[MCR_CLASSIFY_UDP_PORTS] = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		if (member->encap == MCR_ENCAP_GRE_UDP || member->encap == MCR_ENCAP_VXLAN) {
			RTE_ASSERT(member->udp_port != 0);
			encaps[member->udp_port] = member->encap;
		}
	}
	if (admits_gre_udp(config))
		encaps[MCR_GRE_UDP_PORT] = MCR_ENCAP_GRE_UDP;
	if (config->amt.enabled)
		encaps[config->amt.port] = MCR_ENCAP_AMT;
	for (uint32_t i = 0; i < RTE_DIM(encaps); i++)
		__atomic_store_n(&fib->udp_encaps[i], encaps[i], __ATOMIC_RELAXED);
}
