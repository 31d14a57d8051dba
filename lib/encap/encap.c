/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include <rte_ip.h>

#include "format.h"

/* clang-format 14 would indent each row twice. */
/* clang-format off */
const struct mcr_encap_format mcr_encap_formats[MCR_ENCAP_COUNT] = {
	[MCR_ENCAP_L2] = {
		.name = "l2",
		.put_tunnel = mcr_nothing_put,
	},
	[MCR_ENCAP_GRE] = {
		.name = "gre",
		.protocol = IPPROTO_GRE,
		.put_tunnel = mcr_gre_put,
	},
	[MCR_ENCAP_GRE_UDP] = {
		.name = "gre-udp",
		.protocol = IPPROTO_UDP,
		.udp_port = MCR_GRE_UDP_PORT,
		.put_tunnel = mcr_gre_put,
	},
	[MCR_ENCAP_VXLAN] = {
		.name = "vxlan",
		.protocol = IPPROTO_UDP,
		.udp_port = MCR_VXLAN_PORT,
		.inner_l2_len = RTE_ETHER_HDR_LEN,
		.put_tunnel = mcr_vxlan_put,
	},
	[MCR_ENCAP_GRETAP] = {
		.name = "gretap",
		.protocol = IPPROTO_GRE,
		.inner_l2_len = RTE_ETHER_HDR_LEN,
		.put_tunnel = mcr_gretap_put,
	},
	[MCR_ENCAP_UDP] = {
		.name = "udp",
		.put_tunnel = mcr_nothing_put,
	},
	[MCR_ENCAP_AMT] = {
		.name = "amt",
		.protocol = IPPROTO_UDP,
		.udp_port = MCR_AMT_PORT,
		.source_is_key = true,
		.put_tunnel = mcr_amt_put,
	},
	[MCR_ENCAP_LINK] = {
		.name = "link",
		.protocol = IPPROTO_GRE,
		.inner_l2_len = MCR_LINK_PREFIX_LEN,
		.put_tunnel = mcr_link_put,
	},
	[MCR_ENCAP_LINK_UDP] = {
		.name = "link-udp",
		.protocol = IPPROTO_UDP,
		.udp_port = MCR_GRE_UDP_PORT,
		.inner_l2_len = MCR_LINK_PREFIX_LEN,
		.put_tunnel = mcr_link_put,
	},
};
/* clang-format on */

const char *
mcr_encap_name(enum mcr_encap encap)
{
	RTE_ASSERT((unsigned int)encap < MCR_ENCAP_COUNT);
	return mcr_encap_formats[encap].name;
}

bool
mcr_encap_from_name(const char *name, enum mcr_encap *encap)
{
	for (unsigned int i = 0; i < MCR_ENCAP_COUNT; i++) {
		if (strcmp(name, mcr_encap_formats[i].name) == 0) {
			*encap = i;
			return true;
		}
	}
	return false;
}

uint16_t
mcr_encap_overhead(enum mcr_encap encap, bool has_key, bool over_ipv6)
{
	static const uint16_t more = sizeof(struct rte_ipv6_hdr) - sizeof(struct rte_ipv4_hdr);
	const struct mcr_encap_path path = {.encap = encap, .has_key = has_key};
	struct mcr_template t;

	RTE_ASSERT((unsigned int)encap < MCR_ENCAP_COUNT);
	mcr_template_build(&t, &path);
	return t.outer_ip_len + t.inner_l2_len + (over_ipv6 && t.outer_ip_len != 0 ? more : 0);
}
