/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_common.h>

#include "test/sim/fail.h"
#include "test/sim/hosts.h"
#include "test/sim/model.h"

#define PACKETS 65536 /* between two times that all is quiet */

struct packet {
	uint16_t must; /* hosts, a bit for each */
	uint16_t got;
	uint8_t sender;
	uint8_t group;
};

static struct packet packets[PACKETS];
static uint32_t first, count; /* numbers of packets since all was quiet */
static uint16_t joined[SIM_GROUPS];
static uint16_t doubted[SIM_GROUPS];  /* hosts whose receiving changes */
static uint16_t possible[SIM_GROUPS]; /* hosts that were to get the group at any time since */
static uint16_t senders[SIM_GROUPS];  /* hosts that were allowed to send */
static uint16_t unsure_senders[SIM_GROUPS];
static uint16_t doubted_hosts;
static uint32_t last[SIM_HOSTS][SIM_GROUPS][SIM_HOSTS]; /* received: sender, group, receiver */
static unsigned int config, next_config;
static bool reloads;

static uint16_t
members_of(unsigned int of)
{
	return sim_static_receivers(0, of);
}

static uint16_t
receivers_of(unsigned int group, unsigned int of)
{
	return sim_static_receivers(group, of) | (joined[group] & members_of(of));
}

static uint16_t
senders_of(unsigned int group, unsigned int of)
{
	uint16_t allowed = 0;

	for (unsigned int i = 0; i < SIM_HOSTS; i++)
		allowed |= sim_may_send(i, group, of) ? 1u << i : 0;
	return allowed;
}

static void
forget_doubts(void)
{
	doubted_hosts = 0;
	first += count;
	count = 0;
	config = next_config;
	reloads = false;
	for (unsigned int i = 0; i < SIM_GROUPS; i++) {
		doubted[i] = 0;
		unsure_senders[i] = 0;
		possible[i] = receivers_of(i, config);
		senders[i] = senders_of(i, config);
	}
}

void
sim_model_start(void)
{
	memset(joined, 0, sizeof(joined));
	memset(last, 0, sizeof(last));
	config = next_config = 0;
	first = 1;
	count = 0;
	forget_doubts();
}

uint32_t
sim_model_send(unsigned int host, unsigned int group)
{
	struct packet *packet = &packets[count % PACKETS];
	const bool may_send = (senders[group] & ~unsure_senders[group] & 1u << host) != 0;

	SIM_REQUIRE(count < PACKETS, "too many packets without a quiet step");
	*packet = (struct packet){.sender = host, .group = group};
	if (may_send)
		packet->must = receivers_of(group, config) & ~(1u << host);
	return first + count++;
}

void
sim_model_receive(unsigned int host, unsigned int group, uint32_t number)
{
	const uint16_t bit = 1u << host;
	struct packet *packet;

	SIM_REQUIRE(number >= first && number < first + count, "packet %u is from before", number);
	packet = &packets[number - first];
	SIM_REQUIRE(packet->group == group, "packet %u to group %u was sent to %u", number, group,
		packet->group);
	SIM_REQUIRE((possible[group] & bit) != 0, "host %u is not in group %u", host, group);
	SIM_REQUIRE((senders[group] & 1u << packet->sender) != 0,
		"host %u may not send to group %u", packet->sender, group);
	SIM_REQUIRE(packet->sender != host, "host %u gets its own packet %u", host, number);
	SIM_REQUIRE((packet->got & bit) == 0, "host %u gets packet %u twice", host, number);
	SIM_REQUIRE(number > last[packet->sender][group][host], "host %u gets packet %u after %u",
		host, number, last[packet->sender][group][host]);
	last[packet->sender][group][host] = number;
	packet->got |= bit;
}

void
sim_model_join(unsigned int host, unsigned int group, bool joins)
{
	const uint16_t bit = 1u << host;

	joined[group] = joins ? joined[group] | bit : joined[group] & ~bit;
	doubted[group] |= bit;
	if (((members_of(config) | members_of(next_config)) & bit) != 0 && joins)
		possible[group] |= bit;
}

bool
sim_model_has_joined(unsigned int host, unsigned int group)
{
	return (joined[group] >> host & 1) != 0;
}

bool
sim_model_reload(unsigned int next)
{
	if (reloads)
		return false;
	reloads = true;
	next_config = next;
	for (unsigned int i = 0; i < SIM_GROUPS; i++) {
		possible[i] |= receivers_of(i, next);
		/* A host that comes back has to join again. */
		doubted[i] |= receivers_of(i, config) ^ receivers_of(i, next);
		doubted[i] |= members_of(config) ^ members_of(next);
		unsure_senders[i] |= senders_of(i, config) ^ senders_of(i, next);
		senders[i] |= senders_of(i, next);
	}
	return true;
}

bool
sim_model_reloads(void)
{
	return reloads;
}

void
sim_model_doubt(unsigned int host)
{
	doubted_hosts |= 1u << host;
}

bool
sim_model_is_in_doubt(unsigned int host)
{
	return (doubted_hosts >> host & 1) != 0;
}

static void
check_packet(const struct packet *packet, uint32_t number)
{
	const uint16_t unsure = doubted[packet->group] | doubted_hosts;
	const uint16_t missing = packet->must & ~packet->got & ~unsure;

	if ((unsure_senders[packet->group] & 1u << packet->sender) != 0 ||
		(doubted_hosts & 1u << packet->sender) != 0)
		return;
	SIM_REQUIRE(missing == 0,
		"packet %u of host %u to group %u: hosts %#x never got it (of %#x)", number,
		packet->sender, packet->group, missing, packet->must);
}

void
sim_model_quiet(bool has_losses)
{
	for (uint32_t i = 0; !has_losses && i < count; i++)
		check_packet(&packets[i], first + i);
	forget_doubts();
}

bool
sim_model_may_send(unsigned int host, unsigned int group)
{
	return sim_may_send(host, group, config);
}

bool
sim_model_is_member(unsigned int host)
{
	return sim_is_member(host, config);
}
