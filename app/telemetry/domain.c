/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "control/background.h"
#include "control/domain.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "datapath/counters.h"
#include "datapath/link.h"
#include "infra/log_pace.h"
#include "telemetry/commands.h"
#include "telemetry/interest_key.h"

/* In the answer's 16 kB the record of a peer takes up to 436 bytes. Changes are of different
 * lengths, most below 40. */
#define CHANGES_A_PAGE 400
#define PEERS_A_PAGE 36

/* DPDK reads requests of at most 1,023 bytes. */
#define REQUEST_SIZE 1024

#define NEVER_S UINT32_MAX

static bool
has_domain(const struct mcr_controller *control, struct rte_tel_data *answer)
{
	if (control->domain != NULL)
		return true;
	mcr_telemetry_error(answer, "the hub is in no domain: its configuration has none");
	return false;
}

static uint64_t
seconds_since(const struct mcr_controller *control, uint64_t ms)
{
	return ms == 0 ? NEVER_S : (control->now_ms - ms) / 1000;
}

/* None: "". */
static void
add_address(struct rte_tel_data *answer, const char *key, uint32_t address)
{
	char text[MCR_ADDRESS_TEXT] = "";

	if (address != MCR_ADDRESS_NONE)
		mcr_address_format(address, text);
	rte_tel_data_add_dict_string(answer, key, text);
}

/* Of each family, that of the first port that has one. */
static void
add_addresses(const struct mcr_ports *ports, struct rte_tel_data *answer)
{
	uint32_t ipv4 = MCR_ADDRESS_NONE, ipv6 = MCR_ADDRESS_NONE;

	for (uint16_t i = ports->count; i-- > 0;) {
		ipv4 = ports->at[i].address != 0 ? ports->at[i].address : ipv4;
		ipv6 = ports->at[i].address6 != MCR_ADDRESS_NONE ? ports->at[i].address6 : ipv6;
	}
	add_address(answer, "address", ipv4);
	add_address(answer, "address6", ipv6);
}

/* @return 0: a port may send any number of packets. */
static uint64_t
capacity_of(const struct mcr_config *config)
{
	uint64_t pps = 0;

	for (uint32_t i = 0; i < config->port_count; i++) {
		if (config->ports[i].allowance.pps == 0)
			return 0;
		pps += config->ports[i].allowance.pps;
	}
	return pps;
}

/* What other hubs have to know to share members with this one. */
static void
add_sharing(const struct mcr_controller *control, struct rte_tel_data *answer)
{
	const struct mcr_config_domain *domain = &control->config->domain;
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
	const uint32_t count = mcr_hubs_networks_of(control->config, networks);
	char text[MCR_PLACEMENT_NETWORKS_SIZE], text6[MCR_PLACEMENT_NETWORKS_SIZE];
	char digest[17] = "";

	mcr_placement_format_networks(networks, count, false, text);
	mcr_placement_format_networks(networks, count, true, text6);
	if (domain->digest != 0)
		snprintf(digest, sizeof(digest), "%016" PRIx64, domain->digest);
	rte_tel_data_add_dict_string(
		answer, "members", domain->shares_members ? "shared" : "local");
	rte_tel_data_add_dict_u64(answer, "draining", mcr_drain_is_on(control));
	rte_tel_data_add_dict_string(answer, "networks", text);
	rte_tel_data_add_dict_string(answer, "networks6", text6);
	rte_tel_data_add_dict_string(answer, "digest", digest);
}

void
mcr_telemetry_domain(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_config_domain *domain = &control->config->domain;
	const struct mcr_peers *peers = control->fib->peers;
	const struct mcr_interest_log *interest;

	RTE_SET_USED(params);
	if (!has_domain(control, answer))
		return;
	interest = mcr_domain_interest(control);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "name", domain->name);
	rte_tel_data_add_dict_string(answer, "hub", domain->hub);
	rte_tel_data_add_dict_u64(answer, "id", peers->id);
	rte_tel_data_add_dict_u64(answer, "epoch", peers->epoch);
	add_addresses(control->ports, answer);
	rte_tel_data_add_dict_string(answer, "encap", mcr_encap_name(domain->encap));
	rte_tel_data_add_dict_u64(
		answer, "udp_port", peers->encap == MCR_ENCAP_LINK_UDP ? MCR_GRE_UDP_PORT : 0);
	rte_tel_data_add_dict_u64(answer, "hello_ms", domain->hello_ms);
	rte_tel_data_add_dict_u64(answer, "hello_multiplier", domain->hello_multiplier);
	rte_tel_data_add_dict_u64(answer, "peers", peers->count);
	rte_tel_data_add_dict_u64(answer, "peers_up", mcr_domain_count_up(control));
	rte_tel_data_add_dict_u64(answer, "interest_version", mcr_interest_log_version(interest));
	rte_tel_data_add_dict_u64(answer, "interest", mcr_interest_log_count(interest));
	rte_tel_data_add_dict_u64(answer, "interest_lost", mcr_interest_log_lost(interest));
	rte_tel_data_add_dict_u64(answer, "capacity_pps", capacity_of(control->config));
	add_sharing(control, answer);
	rte_tel_data_add_dict_u64(
		answer, "agent_age_s", seconds_since(control, mcr_domain_agent_ms(control)));
	rte_tel_data_add_dict_string(answer, "agent", mcr_domain_agent_text(control));
}

static const char *
name_state(uint8_t state)
{
	switch ((enum mcr_link_state)state) {
	case MCR_LINK_UP:
		return "up";
	case MCR_LINK_INIT:
		return "init";
	case MCR_LINK_ADMIN_DOWN:
	case MCR_LINK_DOWN:
		break;
	}
	return "down";
}

static struct mcr_lane_counters
sum_lanes(const struct mcr_peer *peer)
{
	struct mcr_lane_counters sum = {0};

	for (unsigned int i = 0; i < RTE_DIM(peer->lanes); i++) {
		const struct mcr_lane_counters lane = mcr_lane_counters(&peer->lanes[i]);

		sum.lost += lane.lost;
		sum.duplicates += lane.duplicates;
		sum.reordered += lane.reordered;
	}
	return sum;
}

/* Of its last hello; 0: it never sent one. */
static uint64_t
hello_age_us(const struct mcr_controller *control, const struct mcr_peer *peer)
{
	const uint64_t heard = __atomic_load_n(&peer->heard_us, __ATOMIC_RELAXED);
	const uint64_t now = mcr_link_us(control->read_cycles());

	return heard == 0 || now < heard ? 0 : now - heard;
}

/* Shared members, by the placement in force. */
static bool
serves(const struct mcr_controller *control, const struct mcr_peer *peer)
{
	const uint8_t sets = mcr_hubs_serves(mcr_placements_hubs(control), peer->index);

	return (sets >> mcr_handover_tag(mcr_placements_get(control)) & 1) != 0;
}

static struct rte_tel_data *
describe_peer(const struct mcr_controller *control, const struct mcr_peer *peer)
{
	const struct mcr_domain_peer *named = mcr_domain_peer(control, peer->index);
	const struct mcr_member *member = mcr_member_get(control->fib->members, peer->member);
	const struct mcr_member_counts counts =
		mcr_counters_of_member(control->workers, peer->member);
	const struct mcr_lane_counters lanes = sum_lanes(peer);
	struct rte_tel_data *record = rte_tel_data_alloc();
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	if (record == NULL)
		return NULL;
	mcr_telemetry_format_next_hop(control->fib, peer->member, mac);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "name", named->name);
	add_address(record, "address", member->identity.address);
	rte_tel_data_add_dict_string(record, "mac", mac);
	rte_tel_data_add_dict_string(record, "state", name_state(mcr_peer_state(peer)));
	rte_tel_data_add_dict_u64(record, "carries", mcr_peer_carries(peer));
	rte_tel_data_add_dict_u64(record, "since_s", seconds_since(control, named->changed_ms));
	rte_tel_data_add_dict_u64(record, "downs", __atomic_load_n(&peer->downs, __ATOMIC_RELAXED));
	rte_tel_data_add_dict_u64(record, "rx_packets", counts.rx_packets);
	rte_tel_data_add_dict_u64(record, "tx_packets", counts.tx_packets);
	rte_tel_data_add_dict_u64(record, "drops", counts.drops);
	rte_tel_data_add_dict_u64(record, "lost", lanes.lost);
	rte_tel_data_add_dict_u64(record, "duplicates", lanes.duplicates);
	rte_tel_data_add_dict_u64(record, "reordered", lanes.reordered);
	rte_tel_data_add_dict_u64(
		record, "groups", mcr_group_memberships(control->fib->groups, peer->member));
	rte_tel_data_add_dict_u64(record, "segments", named->segments);
	rte_tel_data_add_dict_u64(record, "hosts", named->hosts);
	if (control->serving != NULL)
		rte_tel_data_add_dict_u64(record, "serves", serves(control, peer));
	rte_tel_data_add_dict_u64(record, "hello_us", hello_age_us(control, peer));
	rte_tel_data_add_dict_u64(record, "agent_s", seconds_since(control, named->said_ms));
	return record;
}

void
mcr_telemetry_peers(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_peers *peers = control->fib->peers;
	struct mcr_telemetry_page page;

	if (!has_domain(control, answer) ||
		mcr_telemetry_start_page(&page, answer, PEERS_A_PAGE, params, NULL) == NULL)
		return;
	for (uint16_t i = 0; i < peers->end; i++) {
		const struct mcr_peer *peer = mcr_peers_get(peers, i);

		if (peer != NULL && mcr_telemetry_is_on_page(&page))
			mcr_telemetry_add_to_page(&page, describe_peer(control, peer));
	}
	mcr_telemetry_end_page(&page, peers->count, NULL);
}

struct changes {
	struct rte_tel_data *array;
	uint32_t room; /* in bytes */
};

/* @return false: it does not fit. */
static bool
add_change(struct changes *changes, const struct mcr_interest_change *change)
{
	char text[MCR_INTEREST_TEXT_SIZE];

	mcr_telemetry_format_interest(change, text);
	return mcr_telemetry_take_room(&changes->room, text) &&
	       rte_tel_data_add_array_string(changes->array, text) == 0;
}

/* All keys from a place on. @return The place of the next page; 0: none. */
static uint32_t
list_changes(const struct mcr_interest_log *log, uint32_t place, struct changes *changes)
{
	struct mcr_interest_change change;
	uint32_t next = place;

	for (uint32_t count = 0; count < CHANGES_A_PAGE; count++) {
		if (mcr_interest_log_list(log, &next, &change, 1) == 0)
			return 0;
		if (!add_change(changes, &change))
			return place;
		if (next == 0)
			return 0;
		place = next;
	}
	return place;
}

/* The changes after a version. @return The last version that the reader knows then. */
static uint64_t
read_changes(const struct mcr_interest_log *log, uint64_t since, struct changes *changes)
{
	struct mcr_interest_change read[CHANGES_A_PAGE];
	const uint32_t count = mcr_interest_log_read(log, since, read, CHANGES_A_PAGE);

	for (uint32_t i = 0; i < count; i++) {
		if (!add_change(changes, &read[i]))
			return since;
		since = read[i].version;
	}
	return count < CHANGES_A_PAGE ? mcr_interest_log_version(log) : since;
}

/* "SINCE[,OFFSET]" */
static bool
parse_since(const char *params, uint64_t *since, uint32_t *offset)
{
	unsigned long long value;
	char *end;

	*offset = 0;
	if (!isdigit((unsigned char)*params))
		return false;
	errno = 0;
	*since = strtoull(params, &end, 10);
	if (errno != 0 || (*end != '\0' && *end != ','))
		return false;
	if (*end == '\0')
		return true;
	params = end + 1;
	value = strtoull(params, &end, 10);
	*offset = value;
	return isdigit((unsigned char)*params) && *end == '\0' && value <= UINT32_MAX;
}

/*
 * Since 0: all keys, in pages. What changes between two pages has a version above that of the first
 * page. Since a version: the changes after it, in one page; its last version if there are more.
 */
void
mcr_telemetry_interest(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct changes changes = {.room = MCR_TELEMETRY_TEXTS_SIZE};
	const struct mcr_interest_log *log;
	uint64_t since, version;
	uint32_t place;

	if (!has_domain(control, answer))
		return;
	if (!parse_since(params, &since, &place)) {
		mcr_telemetry_error(answer, "parameters are SINCE[,OFFSET], not %.60s", params);
		return;
	}
	changes.array = rte_tel_data_alloc();
	if (changes.array == NULL)
		return;
	rte_tel_data_start_array(changes.array, RTE_TEL_STRING_VAL);
	mcr_domain_hear_agent(control);
	log = mcr_domain_interest(control);
	if (since != 0 && !mcr_interest_log_reaches(log, since))
		since = 0;
	version = since == 0 ? mcr_interest_log_version(log) : read_changes(log, since, &changes);
	place = since == 0 ? list_changes(log, place, &changes) : 0;
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_u64(answer, "version", version);
	rte_tel_data_add_dict_u64(answer, "reset", since == 0);
	rte_tel_data_add_dict_u64(answer, "total", mcr_interest_log_count(log));
	rte_tel_data_add_dict_u64(answer, "next", place);
	/* Of a list `next` says so. */
	rte_tel_data_add_dict_u64(
		answer, "more", since != 0 && version != mcr_interest_log_version(log));
	mcr_telemetry_add_named(answer, "changes", changes.array);
}

/* "NAME,REST" @return The peer; NULL: the answer says why. */
static struct mcr_peer *
find_peer(struct mcr_controller *control, const char *params, const char **rest,
	struct rte_tel_data *answer)
{
	const size_t length = strcspn(params, ",");
	char name[MCR_MEMBER_NAME_SIZE] = "";
	struct mcr_peer *peer = NULL;

	*rest = params[length] == ',' ? params + length + 1 : "";
	if (length < sizeof(name)) {
		memcpy(name, params, length);
		name[length] = '\0';
		peer = mcr_domain_find_peer(control, name);
	}
	if (peer == NULL)
		mcr_telemetry_status(answer, "no such peer");
	return peer;
}

/* @param[out] address With a reference. An address in 0.0.0.0/8 is none. */
static bool
parse_address(const char *text, uint32_t *address)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (inet_pton(AF_INET6, text, &ipv6) == 1) {
		*address = mcr_address_get(&ipv6, MCR_IPV6_LENGTH);
		return *address != MCR_ADDRESS_NONE;
	}
	if (inet_pton(AF_INET, text, &ipv4) != 1)
		return false;
	*address = rte_be_to_cpu_32(ipv4.s_addr);
	return *address != 0 && !mcr_address_is_ipv6(*address);
}

/* "NAME,ADDRESS[,UDPPORT]" @return NULL, and the address has a reference; or what is wrong. */
static const char *
parse_peer(const char *params, char name[MCR_MEMBER_NAME_SIZE], uint32_t *address)
{
	char text[INET6_ADDRSTRLEN], end;
	unsigned int port = MCR_GRE_UDP_PORT;
	const int fields =
		sscanf(params, "%63[A-Za-z0-9_.-],%45[0-9a-fA-F:.],%5u%c", name, text, &port, &end);

	if (fields != 2 && fields != 3)
		return "parameters are NAME,ADDRESS[,UDPPORT]";
	if (port != MCR_GRE_UDP_PORT)
		return "links use UDP port " RTE_STR(MCR_GRE_UDP_PORT);
	return parse_address(text, address) ? NULL : "parameters are NAME,ADDRESS[,UDPPORT]";
}

void
mcr_telemetry_peer_set(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	char name[MCR_MEMBER_NAME_SIZE];
	const char *error;
	uint32_t address;

	if (!has_domain(control, answer))
		return;
	mcr_domain_hear_agent(control);
	error = parse_peer(params, name, &address);
	if (error == NULL) {
		error = mcr_domain_set_peer(control, name, address);
		mcr_address_drop(address);
	}
	mcr_telemetry_status(answer, error);
}

void
mcr_telemetry_peer_remove(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const char *rest;
	struct mcr_peer *peer;

	if (!has_domain(control, answer))
		return;
	mcr_domain_hear_agent(control);
	peer = find_peer(control, params, &rest, answer);
	if (peer != NULL)
		mcr_telemetry_status(answer, mcr_domain_remove_peer(control, peer));
}

struct tokens {
	uint32_t refused;
	char error[RTE_TEL_MAX_STRING_LEN]; /* of the first that was refused */
};

static void
take_token(struct mcr_controller *control, const struct mcr_peer *peer, const char *token,
	struct tokens *tokens)
{
	enum mcr_interest interest;
	struct mcr_interest_key key;
	int ret = -EINVAL;

	if (mcr_telemetry_parse_interest(token, &key, &interest)) {
		ret = mcr_domain_set_interest(control, peer, &key, interest);
		mcr_telemetry_drop_interest(&key);
	}
	if (ret == 0 || tokens->refused++ != 0)
		return;
	snprintf(tokens->error, sizeof(tokens->error), "%.50s: %s", token,
		ret == -ENOSPC ? "peers may name no more of them" : rte_strerror(-ret));
}

void
mcr_telemetry_peer_interest(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct tokens tokens = {0};
	char copy[REQUEST_SIZE], *next = copy, *token;
	struct mcr_peer *peer;
	const char *rest;

	if (!has_domain(control, answer))
		return;
	mcr_domain_hear_agent(control);
	peer = find_peer(control, params, &rest, answer);
	if (peer == NULL)
		return;
	snprintf(copy, sizeof(copy), "%s", rest);
	while ((token = strsep(&next, " ")) != NULL) {
		if (*token != '\0')
			take_token(control, peer, token, &tokens);
	}
	if (mcr_fib_commit_groups(control->fib) != 0 && tokens.refused++ == 0)
		snprintf(tokens.error, sizeof(tokens.error), "%s", rte_strerror(ENOMEM));
	if (tokens.refused != 0)
		MCR_LOG_PACED(WARNING, control->now_ms, peer->index,
			"peer %s: %u of its keys are refused: %s",
			mcr_domain_peer(control, peer->index)->name, tokens.refused, tokens.error);
	/* The others are in force. */
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "status", "ok");
	rte_tel_data_add_dict_string(answer, "message", tokens.error);
	rte_tel_data_add_dict_u64(answer, "refused", tokens.refused);
}

void
mcr_telemetry_peer_sync(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_peer *peer;
	const char *step;

	if (!has_domain(control, answer))
		return;
	mcr_domain_hear_agent(control);
	peer = find_peer(control, params, &step, answer);
	if (peer == NULL)
		return;
	if (strcmp(step, "begin") == 0) {
		mcr_domain_begin_sync(control, peer);
		mcr_telemetry_status(answer, NULL);
	} else if (strcmp(step, "end") == 0) {
		mcr_domain_end_sync(control, peer);
		mcr_telemetry_status(answer,
			mcr_fib_commit_groups(control->fib) == 0 ? NULL : rte_strerror(ENOMEM));
	} else {
		mcr_telemetry_status(answer, "parameters are NAME,begin or NAME,end");
	}
}

void
mcr_telemetry_domain_state(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	if (!has_domain(control, answer))
		return;
	mcr_domain_hear_agent(control);
	mcr_domain_set_agent_text(control, params);
	mcr_telemetry_status(answer, NULL);
}
