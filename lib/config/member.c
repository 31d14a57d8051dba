/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <assert.h>
#include "reader.h"

#define BIT(encap) (1u << MCR_ENCAP_##encap)
#define WITH_KEY (BIT(GRE) | BIT(GRE_UDP) | BIT(GRETAP))
#define WITH_UDP_PORT (BIT(GRE_UDP) | BIT(VXLAN) | BIT(UDP))
#define IN_UDP (BIT(GRE_UDP) | BIT(VXLAN))
#define WITH_NAT IN_UDP
#define TUNNELS (BIT(GRE) | BIT(GRE_UDP) | BIT(VXLAN) | BIT(GRETAP))
#define SEGMENT_MAX ((1u << 24) - 1)

const char *const mcr_config_encap_names[] = {
	"l2", "gre", "gre-udp", "vxlan", "gretap", "udp", NULL};
const char *const mcr_config_role_names[] = {"both", "sender", "receiver", NULL};

/* AMT, the last one, is no choice: gateways connect by themselves. */
static_assert(RTE_DIM(mcr_config_encap_names) == MCR_ENCAP_AMT + 1, "a word for each");

static_assert(RTE_DIM(mcr_config_role_names) == MCR_CONFIG_ROLE_RECEIVER + 2, "a word for each");

static void
read_member_encap(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;
	const int encap = mcr_config_read_choice(reader, at, value, mcr_config_encap_names);

	member->encap = encap < 0 ? MCR_ENCAP_COUNT : (enum mcr_encap)encap;
}

static void
read_mac(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;

	mcr_config_read_mac(reader, at, value, &member->mac);
	member->has_mac = true;
}

/* A key that identifies a member together with its address. A wrong one disables comparisons. */
static uint32_t
read_identity(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	uint32_t min, uint32_t max, struct mcr_config_member *member)
{
	const uint64_t before = reader->error_count;
	const uint32_t number = mcr_config_read_uint(reader, at, value, min, max);

	if (reader->error_count != before)
		mcr_config_drop(&member->address);
	return number;
}

static void
read_gre_key(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;

	const uint32_t max = member->encap == MCR_ENCAP_GRETAP ? SEGMENT_MAX : UINT32_MAX;

	member->key = read_identity(reader, at, value, 0, max, member);
	member->has_key = true;
}

static void
read_vni(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;

	member->vni = read_identity(reader, at, value, 0, SEGMENT_MAX, member);
}

static void
read_udp_port(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;

	member->udp_port = read_identity(reader, at, value, 1, UINT16_MAX, member);
}

static void
read_member_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_member *member = object;

	mcr_config_read_unicast(reader, at, value, &member->overlay);
	member->has_overlay = member->overlay != 0;
}

static void
read_hub_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;

	mcr_config_read_interface(reader, at, value, &member->hub_overlay);
	member->has_hub_overlay = true;
}

static void
read_role(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_member *member = object;
	const int role = mcr_config_read_choice(reader, at, value, mcr_config_role_names);

	RTE_ASSERT(role <= MCR_CONFIG_ROLE_RECEIVER);
	if (role >= 0)
		member->role = role;
	if (role >= 0 && role != MCR_CONFIG_ROLE_RECEIVER && member->encap == MCR_ENCAP_UDP)
		mcr_config_add_error(
			reader, at, "a member with encap \"udp\" is always a receiver");
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_member, field)

/* Later keys depend on encap. */
static const struct mcr_config_key keys[] = {
	{"encap", .read = read_member_encap},
	{"name", .read = mcr_config_read_name, FIELD(name), .required = true},
	{"address", .read = mcr_config_read_host, FIELD(address), .required = true},
	{"mac", .read = read_mac},
	{"key", .read = read_gre_key},
	{"vni", .read = read_vni},
	{"udp_port", .read = read_udp_port},
	{"nat", .read = mcr_config_read_bool, FIELD(is_nat)},
	{"udp6_zero_checksum", .read = mcr_config_read_bool, FIELD(udp6_zero_checksum)},
	{"overlay", .read = read_member_overlay},
	{"hub_overlay", .read = read_hub_overlay},
	{"overlay6", .read = mcr_config_read_ipv6_overlay, FIELD(overlay6)},
	{"hub_overlay6", .read = mcr_config_read_ipv6_hub_overlay, FIELD(hub_overlay6)},
	{"mtu", FIELD(mtu), .min = 576, .max = 9600},
	{"role", .read = read_role},
	{"join", .read = mcr_config_read_join, FIELD(join)},
	{"rate_limit", .read = mcr_config_read_rate_limit, FIELD(rate_limit)},
	{.name = NULL},
};

static const struct {
	const char *key;
	uint32_t encaps;
} encap_keys[] = {
	{"key", WITH_KEY},
	{"vni", BIT(VXLAN)},
	{"udp_port", WITH_UDP_PORT},
	{"nat", WITH_NAT},
	{"udp6_zero_checksum", IN_UDP},
	{"overlay", TUNNELS},
	{"hub_overlay", TUNNELS},
	{"overlay6", TUNNELS},
	{"hub_overlay6", TUNNELS},
	{"join", BIT(L2) | TUNNELS},
	{"rate_limit", BIT(L2) | TUNNELS},
};

static void
check_encap_keys(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, struct mcr_config_member *member)
{
	const enum mcr_encap encap = member->encap;

	RTE_ASSERT(encap < MCR_ENCAP_AMT);
	for (size_t i = 0; i < RTE_DIM(encap_keys); i++) {
		const struct mcr_config_path at = {.parent = parent, .key = encap_keys[i].key};

		if ((encap_keys[i].encaps & 1u << encap) == 0 &&
			json_object_get(value, at.key) != NULL)
			mcr_config_add_error(reader, &at, "has no meaning with encap \"%s\"",
				mcr_config_encap_names[encap]);
	}
	if (encap == MCR_ENCAP_VXLAN && json_object_get(value, "vni") == NULL) {
		mcr_config_add_error(reader,
			&(struct mcr_config_path){.parent = parent, .key = "vni"}, "missing");
		mcr_config_drop(&member->address);
	}
}

static void
check_family(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_member *member)
{
	const struct mcr_config_path nat = {.parent = parent, .key = "nat"};
	const struct mcr_config_path checksum = {.parent = parent, .key = "udp6_zero_checksum"};
	const struct mcr_config_path mtu = {.parent = parent, .key = "mtu"};

	if (member->address == MCR_ADDRESS_NONE)
		return;
	if (!mcr_address_is_ipv6(member->address)) {
		if (member->udp6_zero_checksum)
			mcr_config_add_error(reader, &checksum, "needs an IPv6 address");
		return;
	}
	if (member->is_nat)
		mcr_config_add_error(reader, &nat, "needs an IPv4 address");
	if (member->mtu != 0 && member->mtu < MCR_CONFIG_IPV6_MTU_MIN)
		mcr_config_add_error(
			reader, &mtu, "%u is less than the 1280 that IPv6 needs", member->mtu);
}

/* A key without meaning must not distinguish two members. */
static void
forget_other_keys(struct mcr_config_member *member)
{
	const uint32_t encap = 1u << member->encap;

	member->has_key &= (encap & WITH_KEY) != 0;
	member->has_overlay &= (encap & TUNNELS) != 0;
	if ((encap & TUNNELS) == 0)
		mcr_config_drop(&member->overlay6);
	member->is_nat &= (encap & WITH_NAT) != 0;
	member->udp6_zero_checksum &= (encap & IN_UDP) != 0;
	if (!member->has_key)
		member->key = 0;
	if ((encap & BIT(VXLAN)) == 0)
		member->vni = 0;
	if ((encap & WITH_UDP_PORT) == 0)
		member->udp_port = 0;
}

static void
fill_defaults(const struct mcr_config *config, struct mcr_config_member *member)
{
	static const uint16_t udp_ports[MCR_ENCAP_COUNT] = {
		[MCR_ENCAP_GRE_UDP] = MCR_GRE_UDP_PORT,
		[MCR_ENCAP_VXLAN] = MCR_VXLAN_PORT,
	};

	RTE_ASSERT(member->encap < MCR_ENCAP_AMT);
	if (member->udp_port == 0)
		member->udp_port = udp_ports[member->encap];
	if (member->encap == MCR_ENCAP_UDP)
		member->role = MCR_CONFIG_ROLE_RECEIVER;
	if (!member->has_hub_overlay && config->has_overlay &&
		(1u << member->encap & TUNNELS) != 0) {
		member->hub_overlay = config->overlay;
		member->has_hub_overlay = true;
	}
}

/* @param value Of the member: what it gives, even if wrong, is not replaced. */
static void
fill_hub_overlay6(
	const struct mcr_config *config, const json_t *value, struct mcr_config_member *member)
{
	const bool is_tunnel = (1u << member->encap & TUNNELS) != 0;

	if (!is_tunnel)
		mcr_config_drop(&member->hub_overlay6.address);
	if (!is_tunnel || json_object_get(value, "hub_overlay6") != NULL)
		return;
	member->hub_overlay6 = config->overlay6;
	mcr_address_hold(member->hub_overlay6.address);
}

static void
read_member_object(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_member *member = object;

	mcr_config_read_object(reader, at, value, keys, member);
	if (member->encap == MCR_ENCAP_COUNT) {
		mcr_config_drop(&member->address);
		return;
	}
	check_encap_keys(reader, at, value, member);
	forget_other_keys(member);
	check_family(reader, at, member);
	fill_defaults(reader->config, member);
	fill_hub_overlay6(reader->config, value, member);
	RTE_ASSERT((1u << member->encap & WITH_NAT) == 0 || member->udp_port != 0 ||
		   member->address == 0);
}

void
mcr_config_read_members(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	RTE_ASSERT(config->members == NULL);
	config->members = mcr_config_read_list(reader, at, value, read_member_object,
		sizeof(*config->members), &config->member_count);
	mcr_config_index_names(reader);
	mcr_config_collect_receivers(reader);
}
