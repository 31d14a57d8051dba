/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hub's neighbours: the table of lib/neigh, tied to ports, members and gateways.
 */

#ifndef MCR_CONTROL_NEIGHBOUR_H
#define MCR_CONTROL_NEIGHBOUR_H

#include "control/context.h"

/** Make the neighbour table, answer for the ports' own addresses and resolve their gateways.
 * @return 0 or -errno. */
int
mcr_neighbour_create(struct mcr_controller *control);

void
mcr_neighbour_free(struct mcr_controller *control);

/** Do what is due. */
void
mcr_neighbour_run(struct mcr_controller *control);

/** Ask all neighbours on a port again, such as after its link came up. */
void
mcr_neighbour_refresh(struct mcr_controller *control, uint16_t port);

/** Whether an address that is held does not answer ARP. */
bool
mcr_neighbour_is_silent(const struct mcr_controller *control, uint16_t port, uint32_t address);

/** Resolve a member's next hop until mcr_neighbour_drop(); a member with a fixed MAC needs none.
 * @return 0 or -errno. */
int
mcr_neighbour_hold(struct mcr_controller *control, const struct mcr_member *member);

void
mcr_neighbour_drop(struct mcr_controller *control, const struct mcr_member *member);

/** An ARP frame from the link. @return MCR_DROP_NONE, or why it is refused. The frame stays the
 * caller's. */
enum mcr_drop
mcr_neighbour_receive_arp(struct mcr_controller *control, const struct mcr_punt *in);

/** The frames of an on-link member without a fixed MAC come from another MAC than before. */
void
mcr_neighbour_doubt(struct mcr_controller *control, uint32_t id, const struct rte_ether_addr *mac);

/** An id is another member's: forget what MAC its frames came from. */
void
mcr_neighbour_start_member(const struct mcr_workers *workers, uint32_t id);

/**
 * Let RX lcores report once more whose frames come from another MAC than the one in use. To be
 * called now and then: what they reported may have been too early.
 */
void
mcr_neighbour_review(struct mcr_controller *control, uint32_t id);

/**
 * A port that no lcore serves at the moment has another MAC: who sends to it, what leaves by it and
 * what is answered for it follow. The hub's MAC inside of segments stays.
 *
 * @return
 *   0 or -ENOMEM: some members are unresolved and nothing else was changed; to be called again.
 */
int
mcr_neighbour_set_mac(
	struct mcr_controller *control, uint16_t port, const struct rte_ether_addr *mac);

#endif
