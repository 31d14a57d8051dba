/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * What hellos of 1,023 peers cost a hub with one lcore: to receive one, without a list, with one as
 * before, with one that has changed, and to run the sessions and send the hub's own, with its
 * lists. In virtual time, at the default interval; a figure is the median of many.
 */

#include <stdio.h>
#include <stdlib.h>

#include "control/placement/placement.h"
#include "datapath/rx.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_send.h"
#include "test/link_fixture.h"

#define PEERS MCR_PEERS_MAX
#define PAGES ((PEERS + MCR_LINK_PAGE_MAX - 1) / MCR_LINK_PAGE_MAX)
#define BURST 32
#define ROUNDS 3000
#define TICK_US 1000
#define TICKS 3000
/* A hub sends its hellos up to a quarter earlier. */
#define HELLOS_A_SECOND (PEERS * 1e6 / (HELLO_US * 0.875))

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/16\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":8192}," LINK_FIXTURE_DOMAIN
	"\"members\":[]}";

enum list { NO_LIST, SAME_LIST, NEW_LIST };

static const struct mcr_peer *peers[PEERS];
static uint32_t ids[PEERS];
static uint32_t sequences[PEERS];
static uint16_t version;
static uint64_t sent_frames, sent_bytes;

static void
require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "hellos: %s\n", what);
	exit(1);
}

static void
count_sent(const struct rte_mbuf *frame)
{
	sent_frames++;
	sent_bytes += frame->pkt_len;
}

static uint32_t
address_of(unsigned int peer)
{
	return MCR_IPV4(10, 0, 1, 0) + peer;
}

static int
compare_ids(const void *left, const void *right)
{
	const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static int
compare_values(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static double
median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(values[0]), compare_values);
	return values[count / 2];
}

/* All of a peer's hubs, in pages. */
static struct mcr_link_page
make_page(unsigned int number, uint8_t *bytes)
{
	const unsigned int from = number * MCR_LINK_PAGE_MAX, left = PEERS - from;
	struct mcr_link_page page = {
		.first = from == 0 ? 0 : ids[from - 1] + 1,
		.count = left < MCR_LINK_PAGE_MAX ? left : MCR_LINK_PAGE_MAX,
		.version = version,
		.ids = bytes,
	};

	page.last = from + page.count == PEERS ? UINT32_MAX : ids[from + page.count - 1];
	for (unsigned int i = 0; i < page.count; i++)
		mcr_write_be32(bytes + i * sizeof(uint32_t), ids[from + i]);
	return page;
}

static void
put_hello(unsigned int peer, enum mcr_link_state state, enum list list, unsigned int page_number)
{
	uint8_t body[1500], bytes[MCR_LINK_PAGE_MAX * sizeof(uint32_t)];
	const struct mcr_link_page page = make_page(page_number, bytes);
	const struct mcr_link_hello hello = {
		.state = state,
		.my_discriminator = address_of(peer),
		.your_discriminator =
			state == MCR_LINK_DOWN ? 0 : peers[peer]->session.self.discriminator,
		.multiplier = 3,
		.interval = HELLO_US,
		.epoch = 7,
	};
	const struct mcr_link_record record = {
		.kind = MCR_LINK_HELLO,
		.length =
			MCR_LINK_HELLO_LEN + (list == NO_LIST ? 0 : mcr_link_page_len(page.count)),
	};

	mcr_link_write_hello(body, &hello);
	mcr_link_write_page(body + MCR_LINK_HELLO_LEN, &page);
	fixture_put_on_wire(0, make_link_frame(address_of(peer), peers[peer]->hub,
				       sequences[peer]++, &record, body));
}

static void
say_all(enum mcr_link_state state, unsigned int page)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		put_hello(i, state, SAME_LIST, page);
		fixture_receive();
		poll_links();
	}
}

static void
add_peers(void)
{
	struct mcr_hubs *hubs = mcr_placements_hubs(hub.control);
	char name[16];

	for (unsigned int i = 0; i < PEERS; i++) {
		snprintf(name, sizeof(name), "hub-%04u", i);
		require(mcr_domain_set_peer(hub.control, name, address_of(i)) == NULL, name);
		peers[i] = peer(name);
		ids[i] = peers[i]->hub;
		require(mcr_hubs_stage(hubs, ids[i], 3, 7) == 0, "a place for a hub");
		answer_for(address_of(i));
		fixture_settle();
	}
	qsort(ids, PEERS, sizeof(ids[0]), compare_ids);
	mcr_hubs_apply(hubs);
	(void)mcr_hubs_look(hubs, hub.fib.peers, hub.control->now_ms);
	say_all(MCR_LINK_DOWN, 0);
	say_all(MCR_LINK_INIT, 0);
	for (unsigned int page = 0; page < PAGES; page++)
		say_all(MCR_LINK_UP, page);
	require(mcr_domain_count_up(hub.control) == PEERS, "that all links are up");
}

static double
ns_of(double cycles)
{
	return cycles * 1e9 / rte_get_tsc_hz();
}

/* @return What the RX lcore takes for a hello, in ns. */
static double
measure_rx(enum list list)
{
	static double cycles[ROUNDS];
	unsigned int next = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t begun;

		for (unsigned int k = 0; k < BURST; k++, next++) {
			if (list == NEW_LIST && next % (PEERS * PAGES) == 0)
				version++;
			put_hello(next % PEERS, MCR_LINK_UP, list, next / PEERS % PAGES);
		}
		begun = rte_rdtsc();
		require(mcr_rx_poll(&hub.workers.lcores[0], 1) == BURST, "a whole burst");
		cycles[i] = (double)(rte_rdtsc() - begun) / BURST;
		now_us += BURST * 1e6 / HELLOS_A_SECOND;
		poll_links();
	}
	require(mcr_domain_count_up(hub.control) == PEERS, "that all links stay up");
	return ns_of(median(cycles, ROUNDS));
}

/* A tick of the first TX lcore, in which it also takes what RX has received in that time.
 * @return Part of its time. */
static double
measure_tx(void)
{
	static double cycles[TICKS];
	struct mcr_lcore *lcore = &hub.workers.lcores[0];
	unsigned int next = 0;
	double sum = 0;

	sent_frames = sent_bytes = 0;
	for (unsigned int i = 0; i < TICKS; i++) {
		uint64_t begun;

		for (; next < (i + 1) * HELLOS_A_SECOND * TICK_US / 1e6; next++)
			put_hello(next % PEERS, MCR_LINK_UP, SAME_LIST, next / PEERS % PAGES);
		fixture_receive();
		now_us += TICK_US;
		begun = rte_rdtsc();
		mcr_link_poll(lcore, now_us * (rte_get_timer_hz() / US_PER_S));
		mcr_tx_flush(lcore);
		cycles[i] = rte_rdtsc() - begun;
		fixture_take_sent();
	}
	/* Those in which another process had the CPU are left out. */
	qsort(cycles, TICKS, sizeof(cycles[0]), compare_values);
	for (unsigned int i = 0; i < TICKS * 9 / 10; i++)
		sum += cycles[i];
	return ns_of(sum / (TICKS * 9 / 10)) / (TICK_US * 1000.0);
}

int
main(void)
{
	double rx[NEW_LIST + 1], tx;

	require(fixture_start(&(struct hub_fixture){
			.config = config, .ports = 1, .lcores = 1, .on_sent = count_sent}) == 0,
		"a hub");
	add_peers();
	for (enum list list = SAME_LIST; list <= NEW_LIST; list++)
		rx[list] = measure_rx(list);
	tx = measure_tx();
	printf("%d peers, hellos every %d ms: %.0f/s each way, %.1f MB/s sent (%.0f bytes each, in "
	       "%u pages)\n",
		PEERS, HELLO_US / 1000, sent_frames * 1e6 / TICK_US / TICKS,
		(double)sent_bytes / TICKS * 1e6 / TICK_US / 1e6, (double)sent_bytes / sent_frames,
		hub.workers.lcores[0].tx.links->list.pages);
	printf("TX lcore: %.2f %% of its time, with what RX hands over\n", tx * 100);
	rx[NO_LIST] = measure_rx(NO_LIST);
	printf("RX lcore: %.0f ns a hello without a list, %.0f with one as before, %.0f with a new "
	       "one\n",
		rx[NO_LIST], rx[SAME_LIST], rx[NEW_LIST]);
	printf("memory of a peer: %zu bytes\n", sizeof(struct mcr_peer));
	return fixture_end(NULL);
}
