/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who may become a member: rules that the control lcore publishes and every lcore reads under RCU.
 * Addresses that no host has (RFC 1122 3.2.1.3: the hub's, a subnet's and its broadcast address,
 * 0/8, 127/8, multicast and above; likewise of IPv6) fit no rule.
 */

#ifndef MCR_FIB_ACCESS_H
#define MCR_FIB_ACCESS_H

#include <mcr_config.h>

#include "fib/fib.h"
#include "infra/ports.h"

struct mcr_admit_rule {
	struct mcr_config_admit admit;
	/** Of IPv6: its number may be gone when the rule is. */
	struct in6_addr prefix6;
	uint32_t members;
	bool is_full; /**< atomic */
};

struct mcr_admit_rules {
	uint32_t count;
	struct mcr_admit_rule at[];
};

struct mcr_amt_gateway_rule {
	struct mcr_config_prefix prefix;
	struct in6_addr prefix6; /**< as in struct mcr_admit_rule */
};

struct mcr_amt_gateway_rules {
	uint32_t count;
	struct mcr_amt_gateway_rule at[];
};

/** The first rule of a configuration that admits a member; admit_count: none. */
uint32_t
mcr_access_rule_of(const struct mcr_config *config, const struct mcr_member_identity *identity);

/** Whether a host other than the hub can have this IPv4 address; a gateway that does NAT can. */
bool
mcr_access_is_host(const struct mcr_ports *ports, uint32_t address);

/**
 * The first rule for an address and one of these encapsulations (bit mask).
 * @return NULL: none. Valid until the caller's next quiescent state.
 */
struct mcr_admit_rule *
mcr_access_find_rule(const struct mcr_fib *fib, const struct mcr_ports *ports, uint32_t address,
	uint32_t encaps);

/** Likewise of IPv6. @param address 16 bytes of any alignment, which need not have a number. */
struct mcr_admit_rule *
mcr_access_find_rule_ipv6(const struct mcr_fib *fib, const struct mcr_ports *ports,
	const uint8_t *address, uint32_t encaps);

/**
 * Whether the unknown sender of this packet may be admitted now.
 * @param source6 The source in the outer IPv6 header, as above; NULL: it is of IPv4.
 */
bool
mcr_access_admits(const struct mcr_fib *fib, const struct mcr_ports *ports,
	const struct mcr_packet *packet, const uint8_t *source6);

/** Whether an AMT gateway with this address may connect. */
bool
mcr_access_may_connect(const struct mcr_fib *fib, const struct mcr_ports *ports, uint32_t address);

/** Likewise of IPv6. @param address 16 bytes of any alignment, which need not have a number. */
bool
mcr_access_may_connect_ipv6(
	const struct mcr_fib *fib, const struct mcr_ports *ports, const uint8_t *address);

#endif
