/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The hub's neighbours: connects lib/neigh to ports, members and gateways. Control lcore
 * only. */

#ifndef MCR_CONTROL_NEIGHBOUR_H
#define MCR_CONTROL_NEIGHBOUR_H

#include "control/context.h"

/** Make the table, answer for the ports' addresses and resolve their gateways. 0 or -errno. */
int
mcr_neighbour_create(struct mcr_controller *control);

void
mcr_neighbour_free(struct mcr_controller *control);

/** The hub's own addresses on a port. */
struct mcr_neigh_own
mcr_neighbour_own(const struct mcr_port *port);

/** Send due requests. */
void
mcr_neighbour_run(struct mcr_controller *control);

/** Resolve all neighbours of a port again. */
void
mcr_neighbour_refresh(struct mcr_controller *control, uint16_t port);

/** Visit the resolved neighbours, as mcr_neigh_next() does. */
uint32_t
mcr_neighbour_next(
	const struct mcr_controller *control, uint32_t after, struct mcr_neigh_resolved *resolved);

/** Use a neighbour's MAC of an earlier run until ARP has confirmed or replaced it. */
void
mcr_neighbour_restore(struct mcr_controller *control, const struct mcr_neigh_resolved *known);

/** Raised by each change of a MAC. */
uint64_t
mcr_neighbour_version(const struct mcr_controller *control);

/** Whether a held address answers neither ARP nor neighbour discovery. */
bool
mcr_neighbour_is_silent(const struct mcr_controller *control, uint16_t port, uint32_t address);

/** Resolve a member's next hop until mcr_neighbour_release(); not with a fixed MAC. 0 or -errno. */
int
mcr_neighbour_hold(struct mcr_controller *control, const struct mcr_member *member);

/** End the hold on a member's next hop: it is forgotten with the last one. */
void
mcr_neighbour_release(struct mcr_controller *control, const struct mcr_member *member);

/** Handle ARP from the link. @return MCR_DROP_NONE, or why it is refused. Frees no frame. */
enum mcr_drop
mcr_neighbour_receive_arp(struct mcr_controller *control, const struct mcr_punt *in);

/** Handle neighbour discovery from the link. @return As mcr_neighbour_receive_arp(). */
enum mcr_drop
mcr_neighbour_receive_nd(struct mcr_controller *control, const struct mcr_punt *in);

/** Take another router as a port's gateway of IPv6, or none: MCR_ADDRESS_NONE. Members behind it
 * keep the next hop that they have: default_router.h.
 * @return 0, or -ENOSPC: there is no room to resolve it, and nothing has changed. */
int
mcr_neighbour_set_gateway6(struct mcr_controller *control, uint16_t port, uint32_t router);

/** An on-link member's frames come from another MAC than before: check its
 * entry. */
void
mcr_neighbour_doubt(struct mcr_controller *control, uint32_t id, const struct rte_ether_addr *mac);

/** Forget the source MAC of the id's previous member. */
void
mcr_neighbour_start_member(const struct mcr_workers *workers, uint32_t id);

/** Let RX lcores report once more when a member's frames come from another MAC than the one in use.
 * Call it regularly: an earlier report may have come too soon to be used. */
void
mcr_neighbour_review(struct mcr_controller *control, uint32_t id);

/** Change the MAC of a port that no lcore serves, in RX, in headers and in answers, and the
 * link-local address with it. The hub's MAC inside segments stays.
 * @return 0 or -ENOMEM: some members are unresolved, nothing else changed; call again. */
int
mcr_neighbour_set_mac(
	struct mcr_controller *control, uint16_t port, const struct rte_ether_addr *mac);

#endif
