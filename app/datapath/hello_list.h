/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The list in this hub's hellos: the peers that serve shared members and to which it carries
 * packets, or is about to, page by page (mcr_link.h). It is made when links or peers have changed,
 * so that a hello costs a copy of a page. The first TX lcore's.
 *
 * A change is reported at once: in a round, each peer gets a hello with the page that has changed.
 * If there are other pages, so many rounds follow, an interval apart, as lost hellos take a link
 * down, since hellos with other pages keep it up.
 */

#ifndef MCR_DATAPATH_HELLO_LIST_H
#define MCR_DATAPATH_HELLO_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_encap.h>
#include <mcr_link.h>

#include "fib/fib.h"
#include "fib/peers.h"

/** Begins as zeros. */
struct mcr_hello_list {
	uint32_t generation; /**< of the peers' ids of which it was made; 0: of none yet */
	uint32_t servings;   /**< likewise mcr_peers.servings */
	bool is_stale;       /**< a link went up or down since, or others serve */
	uint16_t version;
	uint16_t pages;         /**< to the peer with the smallest path MTU */
	uint32_t first_changed; /**< range of the ids of peers to report about */
	uint32_t last_changed;
	uint16_t unaware;  /**< so many peers are left in this round; 0: no round */
	uint16_t next;     /**< index of the first of them */
	uint8_t rounds;    /**< that are left after this one */
	uint64_t round_at; /**< when the next one begins */
	uint16_t count;
	uint8_t ids[MCR_PEERS_MAX * sizeof(uint32_t)]; /**< as on the wire */
};

/** Ids on a page to the peer with this header, so that no hello is fragmented. */
static inline uint16_t
mcr_hello_list_room(const struct mcr_template *template)
{
	const uint32_t others = MCR_LINK_HELLO_LEN + MCR_LINK_LIST_LEN;
	const uint32_t room = (mcr_template_inner_mtu(template) - others) / sizeof(uint32_t);

	return RTE_MIN(room, (uint32_t)MCR_LINK_PAGE_MAX);
}

/** The link to a peer went up or down, and others are to know. */
void
mcr_hello_list_note(struct mcr_hello_list *list, const struct mcr_peer *peer, uint64_t now_us);

/** Whether a peer serves may have changed, and others are to know. */
void
mcr_hello_list_note_servings(
	struct mcr_hello_list *list, const struct mcr_peers *peers, uint64_t now_us);

/** Make the list anew if need be. */
void
mcr_hello_list_renew(struct mcr_hello_list *list, const struct mcr_fib *fib);

/** @param number Of the page, modulo how many there are with this room. */
struct mcr_link_page
mcr_hello_list_page(const struct mcr_hello_list *list, uint16_t room, uint16_t number);

/** The number of the page whose range has the id. */
uint16_t
mcr_hello_list_find(const struct mcr_hello_list *list, uint16_t room, uint32_t id);

/** Begin a round if it is time for one. @return Whether there are peers to report to. */
bool
mcr_hello_list_begin_round(
	struct mcr_hello_list *list, const struct mcr_peers *peers, uint64_t now_us);

/** The next peer has got a report, or needs none. */
static inline void
mcr_hello_list_step(struct mcr_hello_list *list, const struct mcr_peers *peers)
{
	RTE_ASSERT(list->unaware != 0);
	list->unaware--;
	list->next = (list->next + 1) % __atomic_load_n(&peers->end, __ATOMIC_ACQUIRE);
}

#endif
