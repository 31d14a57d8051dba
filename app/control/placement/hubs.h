/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hubs of the domain as the placement of shared members sees them: which serving sets each is
 * in, what it reaches, and whether it is alive. The first two are what the agent said, by the id of
 * the hub, whether or not it is a peer now; the last is what hellos say. Control lcore only.
 *
 * A hub is alive if the link to it is up, or if a peer whose link is up carries packets to it. So
 * when a hub carries packets to two others that both could serve a member, the one of lower weight
 * knows that the other is alive, and no member gets a packet twice. It counts as alive for
 * MCR_HUBS_LINGER_MS more: hellos pass packets that wait in queues.
 */

#ifndef MCR_CONTROL_PLACEMENT_HUBS_H
#define MCR_CONTROL_PLACEMENT_HUBS_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_config.h>
#include <mcr_placement.h>

#include "control/placement/claims.h"
#include "fib/peers.h"

/** A hub: the index of a peer, or one of these. */
#define MCR_HUBS_SELF MCR_PEERS_MAX
#define MCR_HUBS_NOBODY UINT16_MAX

/** For so long a hub that is not alive any more counts as alive. */
#define MCR_HUBS_LINGER_MS 20

struct mcr_hubs;

/** @param id Of this hub. @param epoch Of its start. @return NULL: no memory. */
struct mcr_hubs *
mcr_hubs_create(uint32_t id, uint64_t epoch, const struct mcr_config *config);

/** NULL is allowed. */
void
mcr_hubs_free(struct mcr_hubs *hubs);

/** Networks that the ports of a configuration reach, in the order of mcr_placement.h. @return How
 * many. */
uint32_t
mcr_hubs_networks_of(const struct mcr_config *config,
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX]);

/**
 * The serving sets that a hub is in, from the next mcr_hubs_apply() on.
 * @param serves Bit t: that of the generation of parity t.
 * @param epoch The start of the hub that is meant; another one is in no set, and its claims do not
 *   count. 0: any, or with serves 0 the one that was meant before.
 * @return 0, or -ENOSPC: too many hubs.
 */
int
mcr_hubs_stage(struct mcr_hubs *hubs, uint32_t id, uint8_t serves, uint64_t epoch);

/** The networks of another hub. @return 0, or -ENOSPC. */
int
mcr_hubs_set_networks(struct mcr_hubs *hubs, uint32_t id,
	const struct mcr_placement_network *networks, uint32_t count);

/** What was staged is in force. */
void
mcr_hubs_apply(struct mcr_hubs *hubs);

/** Look at the peers anew, and note in each whether it serves. @return Whether mcr_hubs_choose()
 * may have another answer. */
bool
mcr_hubs_look(struct mcr_hubs *hubs, struct mcr_peers *peers, uint64_t now_ms);

/** Whether this hub sends packets to all hubs of a serving set. A link that has just come up
 * carries nothing for a while. @param is_patient Links that are down count as well: they may be
 * about to come up. */
bool
mcr_hubs_are_carried_to(const struct mcr_hubs *hubs, const struct mcr_peers *peers,
	unsigned int tag, bool is_patient);

/** When it has to be done again even if nothing happens; UINT64_MAX: never. */
uint64_t
mcr_hubs_due_ms(const struct mcr_hubs *hubs);

/** The hub that serves a member without a claim, or MCR_HUBS_NOBODY. */
uint16_t
mcr_hubs_choose(
	const struct mcr_hubs *hubs, const struct mcr_placement_member *member, unsigned int tag);

/** Whether a hub other than this one serves members by a generation and reaches this one. */
bool
mcr_hubs_has_other(
	const struct mcr_hubs *hubs, const struct mcr_placement_member *member, unsigned int tag);

/** Whose claims count, as seen last, by index. */
const struct mcr_claims_peer *
mcr_hubs_claimants(const struct mcr_hubs *hubs);

/** The serving sets that a hub is in. @param index Of a peer, or MCR_HUBS_SELF. */
uint8_t
mcr_hubs_serves(const struct mcr_hubs *hubs, uint16_t index);

#endif
