/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_random.h>

#include "datapath/link.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_hold.h"
#include "fib/peers.h"
#include "infra/ports.h"

/* Precise enough for a detection time of 3 ms; a thousand peers are looked at in some 5 us. */
#define TICK_US 1000

/* A thousand peers know within some 16 turns, and no port gets a burst that it cannot take. */
#define REPORT_FRAMES 64

/* Network control (RFC 4594 3.1), as for other routing protocols. */
#define HELLO_TOS 0xc0

uint64_t
mcr_link_us(uint64_t cycles)
{
	return cycles / (rte_get_timer_hz() / US_PER_S);
}

static uint8_t *
put_hello(struct rte_mbuf *frame, const struct mcr_link_session *session,
	const struct mcr_link_page *page)
{
	const struct mcr_link_hello hello = mcr_session_hello(session);
	uint8_t *body = (uint8_t *)rte_pktmbuf_append(
		frame, MCR_LINK_HELLO_LEN + mcr_link_page_len(page->count));

	RTE_ASSERT(body != NULL);
	mcr_link_write_hello(body, &hello);
	mcr_link_write_page(body + MCR_LINK_HELLO_LEN, page);
	return (uint8_t *)rte_pktmbuf_prepend(frame, MCR_LINK_PREFIX_LEN);
}

/* Without a buffer the next hello is sent in its time. */
static void
send_hello(struct mcr_lcore *lcore, struct mcr_peer *peer, const struct mcr_template *template,
	const struct mcr_link_page *page)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(lcore->tx.replicate.copy_pool);
	struct mcr_link_record record = {.kind = MCR_LINK_HELLO, .lane = MCR_PEER_HELLO_LANE};
	uint8_t *prefix;

	if (frame == NULL) {
		mcr_stats_count(&lcore->stats, MCR_STAT_TX_CONTROL_DROPS, 1);
		return;
	}
	prefix = put_hello(frame, &peer->session, page);
	record.length = frame->data_len - MCR_LINK_PREFIX_LEN;
	mcr_link_write_prefix(prefix, peer->hello_sequence++, &record);
	mcr_template_write(
		template, prefix, frame->data_len, HELLO_TOS, mcr_link_entropy(record.lane));
	rte_pktmbuf_prepend(frame, template->header_len);
	frame->port = lcore->ports->at[template->port].id;
	mcr_tx_hold_send(lcore, frame);
}

/* With the next page of the list. */
static void
send_next_hello(struct mcr_lcore *lcore, struct mcr_peer *peer)
{
	const struct mcr_template *template =
		mcr_member_template(lcore->fib->members, peer->member);
	struct mcr_link_page page;

	if (template == NULL)
		return;
	page = mcr_hello_list_page(
		&lcore->tx.links->list, mcr_hello_list_room(template), peer->page++);
	send_hello(lcore, peer, template, &page);
}

/* For RX lcores, TX lcores and the control lcore. A link that went down, even if it is up again,
 * carries and accepts nothing at first. */
static void
publish_session(struct mcr_peer *peer, unsigned int events)
{
	const struct mcr_link_session *session = &peer->session;

	if ((events & MCR_LINK_WENT_DOWN) != 0) {
		if (mcr_peer_serves(peer))
			mcr_peer_note_death(peer);
		__atomic_store_n(&peer->carries, false, __ATOMIC_RELAXED);
		__atomic_store_n(&peer->accepts, false, __ATOMIC_RELAXED);
		__atomic_fetch_add(&peer->downs, 1, __ATOMIC_RELAXED);
	}
	if (session->peer.my_discriminator != 0)
		__atomic_store_n(&peer->epoch, mcr_peer_epoch(&session->peer), __ATOMIC_RELAXED);
	__atomic_store_n(&peer->hub_epoch, session->peer_epoch, __ATOMIC_RELAXED);
	__atomic_store_n(&peer->heard_us, session->heard, __ATOMIC_RELAXED);
	__atomic_store_n(&peer->state, session->state, __ATOMIC_RELEASE);
}

/* The other end has to know the whole list soon: from the first page on. */
static void
note_change(struct mcr_lcore *lcore, struct mcr_peer *peer, uint64_t now_us)
{
	peer->page = 0;
	mcr_peers_change_views(lcore->fib->peers);
	mcr_hello_list_note(&lcore->tx.links->list, peer, now_us);
}

/* The session has changed, maybe. */
static void
follow(struct mcr_lcore *lcore, struct mcr_peer *peer, unsigned int events, uint64_t now_us)
{
	publish_session(peer, events);
	if ((events & (MCR_LINK_WENT_UP | MCR_LINK_WENT_DOWN)) != 0)
		note_change(lcore, peer, now_us);
	if ((events & MCR_LINK_SEND_HELLO) != 0)
		send_next_hello(lcore, peer);
}

static void
receive_hello(struct mcr_lcore *lcore, const struct mcr_hello_event *event, uint64_t now_us)
{
	const struct mcr_members *members = lcore->fib->members;
	const struct mcr_member *member = mcr_member_get(members, event->member.id);
	struct mcr_peer *peer;

	if (member == NULL || !mcr_member_is_current(members, event->member))
		return;
	peer = mcr_peers_of(lcore->fib, member);
	if (peer != NULL)
		follow(lcore, peer, mcr_session_receive(&peer->session, &event->hello, now_us),
			now_us);
}

static unsigned int
receive_hellos(struct mcr_lcore *lcore, uint64_t now_us)
{
	struct mcr_hello_event events[MCR_RX_BURST] = {0};
	unsigned int count, sum = 0;

	do {
		count = rte_ring_dequeue_burst_elem(
			lcore->rings->hello, events, sizeof(events[0]), MCR_RX_BURST, NULL);
		for (unsigned int i = 0; i < count; i++)
			receive_hello(lcore, &events[i], now_us);
		sum += count;
	} while (count == MCR_RX_BURST && sum < MCR_HELLO_RING_SIZE);
	return sum;
}

/* When every peer has received the list with this one in it, or has lost as many hellos as take a
 * link down, and has done what follows from it. So none of them serves a member that this peer
 * serves. */
static uint64_t
time_to_carry(const struct mcr_lcore *lcore, const struct mcr_link_session *session)
{
	const uint32_t intervals = lcore->tx.links->list.pages + 2;

	return session->changed + mcr_session_detection_time(&session->self) +
	       (uint64_t)intervals * session->self.interval;
}

/* When no packet that was sent before the link came up is still under way. */
static uint64_t
time_to_accept(const struct mcr_link_session *session)
{
	return session->changed + (session->detect_at - session->heard);
}

static bool
knows_list(const struct mcr_peer *peer)
{
	return mcr_peer_list_is_of(&peer->list, peer->epoch, peer->downs) &&
	       mcr_peer_list_is_whole(&peer->list);
}

static void
open_link(struct mcr_lcore *lcore, struct mcr_peer *peer, uint64_t now_us)
{
	const struct mcr_link_session *session = &peer->session;

	if (!peer->carries && now_us >= time_to_carry(lcore, session))
		__atomic_store_n(&peer->carries, true, __ATOMIC_RELAXED);
	if (!peer->accepts && now_us >= time_to_accept(session) && knows_list(peer))
		__atomic_store_n(&peer->accepts, true, __ATOMIC_RELAXED);
}

static void
run_session(struct mcr_lcore *lcore, struct mcr_peer *peer, uint64_t now_us)
{
	const struct mcr_peers *peers = lcore->fib->peers;
	struct mcr_link_session *session = &peer->session;

	session->self.interval = __atomic_load_n(&peers->hello_us, __ATOMIC_RELAXED);
	session->self.multiplier = __atomic_load_n(&peers->hello_multiplier, __ATOMIC_RELAXED);
	if (mcr_session_next(session) <= now_us)
		follow(lcore, peer, mcr_session_run(session, now_us, rte_rand()), now_us);
	if (session->state == MCR_LINK_UP && (!peer->carries || !peer->accepts))
		open_link(lcore, peer, now_us);
}

/* @return How many frames. */
static unsigned int
report_to(struct mcr_lcore *lcore, struct mcr_peer *peer)
{
	const struct mcr_hello_list *list = &lcore->tx.links->list;
	const struct mcr_template *template =
		mcr_member_template(lcore->fib->members, peer->member);
	uint16_t room, first, last;

	if (template == NULL)
		return 0;
	room = mcr_hello_list_room(template);
	first = mcr_hello_list_find(list, room, list->first_changed);
	last = mcr_hello_list_find(list, room, list->last_changed);
	for (uint16_t number = first; number <= last; number++) {
		const struct mcr_link_page page = mcr_hello_list_page(list, room, number);

		send_hello(lcore, peer, template, &page);
	}
	return last - first + 1;
}

/* Others serve in place of a hub that nobody carries to, and do so no longer when somebody does. */
static void
report_changes(struct mcr_lcore *lcore, uint64_t now_us)
{
	struct mcr_hello_list *list = &lcore->tx.links->list;
	const struct mcr_peers *peers = lcore->fib->peers;
	unsigned int frames = 0;

	if (!mcr_hello_list_begin_round(list, peers, now_us))
		return;
	mcr_hello_list_renew(list, lcore->fib);
	while (list->unaware != 0 && frames < REPORT_FRAMES) {
		struct mcr_peer *peer = mcr_peers_get(peers, list->next);

		if (peer != NULL && peer->session.state == MCR_LINK_UP)
			frames += report_to(lcore, peer);
		mcr_hello_list_step(list, peers);
	}
}

/* Peers stop sending here at once, not after the detection time. */
static void
end_session(struct mcr_lcore *lcore, struct mcr_peer *peer, uint64_t now_us)
{
	follow(lcore, peer, mcr_session_disable(&peer->session, true, now_us) | MCR_LINK_SEND_HELLO,
		now_us);
}

static void
run_sessions(struct mcr_lcore *lcore, uint64_t now_us, bool is_ending)
{
	const struct mcr_peers *peers = lcore->fib->peers;
	const uint16_t end = __atomic_load_n(&peers->end, __ATOMIC_ACQUIRE);

	for (uint16_t i = 0; i < end; i++) {
		struct mcr_peer *peer = mcr_peers_get(peers, i);

		if (peer == NULL)
			continue;
		if (is_ending)
			end_session(lcore, peer, now_us);
		else
			run_session(lcore, peer, now_us);
	}
}

/* When the hub ends, only a few turns are left: peers are told at once, and once. */
static unsigned int
serve_sessions(struct mcr_lcore *lcore, uint64_t now, bool is_ending)
{
	struct mcr_tx_links *links = lcore->tx.links;
	const uint64_t now_us = mcr_link_us(now);
	const unsigned int count = receive_hellos(lcore, now_us);

	RTE_ASSERT(lcore->role->is_tx && lcore->rings->hello != NULL);
	if (links->is_ended || (now < links->due && !is_ending))
		return count;
	links->due = now + TICK_US * (rte_get_timer_hz() / US_PER_S);
	links->is_ended = is_ending;
	mcr_hello_list_note_servings(&links->list, lcore->fib->peers, now_us);
	mcr_hello_list_renew(&links->list, lcore->fib);
	run_sessions(lcore, now_us, is_ending);
	if (!is_ending)
		report_changes(lcore, now_us);
	return count;
}

unsigned int
mcr_link_run(struct mcr_lcore *lcore, uint64_t now)
{
	struct mcr_tx_links *links = lcore->tx.links;
	const struct mcr_peers *peers = lcore->fib->peers;
	const bool is_ending = __atomic_load_n(&peers->is_ending, __ATOMIC_RELAXED);
	const uint32_t wait_us = __atomic_load_n(&peers->coalesce_us, __ATOMIC_RELAXED);
	unsigned int work = 0;

	links->now = now;
	if (links->gathering_count != 0)
		mcr_tx_gather_send_due(
			lcore, is_ending ? 0 : wait_us * (rte_get_timer_hz() / US_PER_S));
	if (lcore->role->tx_queue == 0)
		work = serve_sessions(lcore, now, is_ending);
	/* What waits keeps the lcore awake. */
	return work + links->gathering_count;
}
