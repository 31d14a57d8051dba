/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "fib/peers.h"
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
mcr_udp_ports_add(struct mcr_udp_ports *ports, const struct mcr_config_member *member)
{
	if (member->encap != MCR_ENCAP_GRE_UDP && member->encap != MCR_ENCAP_VXLAN)
		return;
	RTE_ASSERT(member->udp_port != 0);
	ports->encaps[member->udp_port] = member->encap;
}

void
mcr_udp_ports_configure(
	struct mcr_fib *fib, struct mcr_udp_ports *ports, const struct mcr_config *config)
{
	if (admits_gre_udp(config) ||
		(mcr_peers_are_wanted(config) && config->domain.encap == MCR_ENCAP_GRE_UDP))
		ports->encaps[MCR_GRE_UDP_PORT] = MCR_ENCAP_GRE_UDP;
	if (config->amt.enabled)
		ports->encaps[config->amt.port] = MCR_ENCAP_AMT;
	for (uint32_t i = 0; i < RTE_DIM(ports->encaps); i++)
		__atomic_store_n(&fib->udp_encaps[i], ports->encaps[i], __ATOMIC_RELAXED);
}
