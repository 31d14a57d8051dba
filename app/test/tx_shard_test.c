/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Long lists are split over three TX lcores, which the test polls in the order that it likes. With
 * an argument, the hub is one of a domain. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>

#include "datapath/counters.h"
#include "datapath/job_ring.h"
#include "datapath/shard.h"
#include "datapath/tx.h"
#include "fib/placement.h"
#include "test/hub_fixture.h"

#define GROUP MCR_IPV4(239, 1, 1, 1)
#define MEMBERS 300
#define RX 1
#define FIRST_TX 2
#define TX_LCORES 3

static const struct mcr_group_key key = {.group = GROUP, .length = 32};
static bool is_in_domain;
static uint32_t receivers_now;
static uint16_t sent_packets;

/* What members received: packets are numbered by their IPv4 ID. */
static struct inbox {
	uint32_t count;
	uint16_t last;
	bool is_disordered;
} inboxes[MEMBERS];

/* The payloads that copies share. */
static const struct rte_mbuf *payloads[TX_LCORES + 1];
static uint32_t payload_senders[TX_LCORES + 1];

static void
note_payload(const struct rte_mbuf *payload)
{
	unsigned int i = 0;

	while (i < TX_LCORES && payloads[i] != NULL && payloads[i] != payload)
		i++;
	payloads[i] = payload;
	payload_senders[i] = payload->hash.usr;
}

static uint32_t
address_of(uint32_t number)
{
	return MCR_IPV4(10, 0, 1, 0) + number;
}

static void
note_copy(const struct rte_mbuf *frame)
{
	const struct rte_mbuf *payload = rte_pktmbuf_lastseg((struct rte_mbuf *)(uintptr_t)frame);
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, const void *);
	const struct rte_ipv4_hdr *ip = payload == frame ? (const void *)(ethernet + 1)
	                                                 : rte_pktmbuf_mtod(payload, const void *);
	const uint32_t number =
		ethernet->dst_addr.addr_bytes[4] << 8 | ethernet->dst_addr.addr_bytes[5];
	const uint16_t id = rte_be_to_cpu_16(ip->packet_id);

	/* The hub's own ARP. */
	if (ethernet->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return;
	RTE_VERIFY(number < MEMBERS);
	if (payload != frame)
		note_payload(payload);
	inboxes[number].is_disordered |= inboxes[number].count != 0 && id <= inboxes[number].last;
	inboxes[number].last = id;
	inboxes[number].count++;
}

static char *
write_config(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/16\"}],"
	      "\"igmp\":false,\"tuning\":{\"share_above\":20},\"limits\":{\"members\":512,"
	      "\"groups\":16,\"mbufs\":1024},"
	      "\"lcores\":{\"rx\":[1],\"tx\":[2,3,4]},\"members\":[",
		out);
	for (uint32_t i = 0; i < MEMBERS; i++)
		fprintf(out,
			"%s{\"name\":\"m%u\",\"address\":\"10.0.%u.%u\",\"mac\":\"02:00:00:00:%02x:"
			"%02x\"}",
			i == 0 ? "" : ",", i, 1 + i / 256, i % 256, i / 256, i % 256);
	fputs("]", out);
	if (is_in_domain)
		fputs(",\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\","
		      "\"etcd\":[\"http://127.0.0.1:2379\"]}",
			out);
	fputs("}", out);
	fclose(out);
	return text;
}

static int
start_hub(void **state)
{
	char *text = write_config();
	const int ret = fixture_start(&(struct hub_fixture){.config = text,
		.ports = 1,
		.lcores = FIRST_TX + TX_LCORES,
		.tx_queues = TX_LCORES,
		.on_sent = note_copy});

	RTE_SET_USED(state);
	free(text);
	return ret;
}

/* Members 0, 1, ... receive. */
static void
set_receivers(uint32_t count)
{
	struct mcr_group_table *groups = hub.fib.groups;

	for (; receivers_now < count; receivers_now++) {
		const struct mcr_receiver receiver = {address_of(receivers_now),
			fixture_member_at(address_of(receivers_now), MCR_ENCAP_L2)};

		assert_int_equal(mcr_group_add(groups, &key, receiver, MCR_ORIGIN_RUNTIME), 0);
	}
	for (; receivers_now > count; receivers_now--)
		assert_int_equal(
			mcr_group_remove(groups, &key,
				fixture_member_at(address_of(receivers_now - 1), MCR_ENCAP_L2),
				MCR_ORIGIN_RUNTIME),
			0);
	assert_int_equal(mcr_fib_commit_groups(&hub.fib), 0);
	fixture_pass_grace_period();
}

static void
send_to_group(uint32_t sender)
{
	fixture_put_on_wire(0, fixture_make_packet(0, address_of(sender), GROUP, ++sent_packets));
	fixture_poll(RX);
}

static unsigned int
waiting_for(uint16_t lcore)
{
	return rte_ring_count(hub.workers.lcores[lcore].tx.jobs) / MCR_JOB_PIECES;
}

/* The TX lcore of the flow, which has got its packet. */
static uint16_t
find_first(void)
{
	for (uint16_t i = FIRST_TX; i < FIRST_TX + TX_LCORES; i++) {
		if (waiting_for(i) != 0)
			return i;
	}
	fail_msg("no TX lcore got the packet");
	return 0;
}

static void
poll_others(uint16_t first)
{
	for (uint16_t i = FIRST_TX; i < FIRST_TX + TX_LCORES; i++) {
		if (i != first)
			fixture_poll(i);
	}
	fixture_take_sent();
}

static void
send_and_settle(uint32_t sender)
{
	send_to_group(sender);
	fixture_settle();
}

/* Each of the first members has so many packets in order, but a sender none. */
static void
check_inboxes(uint32_t members, uint32_t sender, uint32_t packets)
{
	for (uint32_t i = 0; i < MEMBERS; i++) {
		assert_int_equal(inboxes[i].count, i < members && i != sender ? packets : 0);
		assert_false(inboxes[i].is_disordered);
	}
}

static void
check_received(uint32_t members, uint32_t packets)
{
	for (uint32_t i = 0; i < members; i++) {
		assert_int_equal(inboxes[i].count, packets);
		assert_false(inboxes[i].is_disordered);
	}
}

static struct mcr_stats
stats_now(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	return sum;
}

static void
check_sums(const struct mcr_stats *before, uint64_t packets, uint64_t copies, uint64_t drops)
{
	const struct mcr_stats now = stats_now();

	assert_int_equal(
		now.counts[MCR_STAT_DATA_PACKETS] - before->counts[MCR_STAT_DATA_PACKETS], packets);
	assert_int_equal(now.counts[MCR_STAT_COPIES] - before->counts[MCR_STAT_COPIES], copies);
	assert_int_equal(
		now.counts[MCR_STAT_TX_DATA_PACKETS] - before->counts[MCR_STAT_TX_DATA_PACKETS],
		copies - drops);
	assert_int_equal(
		now.drops[MCR_DROP_COPY_TX_FULL] - before->drops[MCR_DROP_COPY_TX_FULL], drops);
}

static int
empty_inboxes(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	set_receivers(0);
	memset(inboxes, 0, sizeof(inboxes));
	memset(payloads, 0, sizeof(payloads));
	return 0;
}

static void
each_receiver_but_the_sender_gets_one_copy(void **state)
{
	for (uint32_t count = MCR_SHARD_KEEP - 2; count < MCR_SHARD_ABOVE + 40; count++) {
		const struct mcr_stats before = stats_now();

		set_receivers(count);
		memset(inboxes, 0, sizeof(inboxes));
		send_and_settle(count / 2);
		check_inboxes(count, count / 2, 1);
		check_sums(&before, 1, count - 1, 0);
	}
	RTE_SET_USED(state);
}

static void
a_long_list_is_split_and_a_short_one_is_not(void **state)
{
	uint16_t first;

	RTE_SET_USED(state);
	set_receivers(MCR_SHARD_ABOVE);
	send_to_group(MEMBERS - 1);
	first = find_first();
	fixture_poll(first);
	assert_int_equal(fixture_take_sent(), MCR_SHARD_ABOVE);

	set_receivers(MCR_SHARD_ABOVE + 1);
	send_to_group(MEMBERS - 1);
	fixture_poll(first);
	for (uint16_t i = FIRST_TX; i < FIRST_TX + TX_LCORES; i++)
		assert_int_equal(waiting_for(i), i != first);
	assert_in_range(fixture_take_sent(), MCR_SHARD_ABOVE / TX_LCORES * 9 / 10,
		MCR_SHARD_ABOVE / TX_LCORES * 11 / 10);
	poll_others(first);
	check_received(MCR_SHARD_ABOVE, 2);
	assert_int_equal(inboxes[MCR_SHARD_ABOVE].count, 1);
}

/* Other lcores are late; the list shrinks below the bound and grows again. */
static void
members_receive_in_order_while_the_list_changes(void **state)
{
	static const uint32_t sizes[] = {200, 150, 10, 2, 30, 129, 128, 96, 1, 300, 5};
	uint16_t first;

	RTE_SET_USED(state);
	set_receivers(250);
	send_to_group(MEMBERS - 1);
	first = find_first();
	fixture_poll(first);
	for (uint32_t i = 0; i < RTE_DIM(sizes); i++) {
		set_receivers(sizes[i]);
		send_to_group(MEMBERS - 1);
		fixture_poll(first);
		fixture_take_sent();
		if (i % 4 == 3)
			poll_others(first);
	}
	poll_others(first);
	for (uint32_t i = 0; i < MEMBERS; i++)
		assert_false(inboxes[i].is_disordered);
	assert_int_equal(inboxes[0].count, 1 + RTE_DIM(sizes));
}

static void
a_list_that_became_short_is_whole_when_all_is_sent(void **state)
{
	uint16_t first;

	RTE_SET_USED(state);
	set_receivers(200);
	send_to_group(MEMBERS - 1);
	first = find_first();
	fixture_poll(first);
	set_receivers(MCR_SHARD_KEEP);
	send_to_group(MEMBERS - 1);
	fixture_poll(first);
	fixture_take_sent();
	poll_others(first);
	check_received(MCR_SHARD_KEEP, 2);

	set_receivers(MCR_SHARD_KEEP + 1);
	send_to_group(MEMBERS - 1);
	fixture_poll(first);
	assert_in_range(fixture_take_sent(), 1, MCR_SHARD_KEEP);
	poll_others(first);

	set_receivers(MCR_SHARD_KEEP);
	send_to_group(MEMBERS - 1);
	fixture_poll(first);
	assert_int_equal(fixture_take_sent(), MCR_SHARD_KEEP);
}

static struct watch {
	eth_tx_burst_t send;
	bool is_over;
	unsigned int jobs; /* that waited for TX lcores when the first frames left */
} watch;

static uint16_t
watched_tx_burst(void *queue, struct rte_mbuf **frames, uint16_t count)
{
	for (uint16_t i = FIRST_TX; !watch.is_over && i < FIRST_TX + TX_LCORES; i++)
		watch.jobs += waiting_for(i);
	watch.is_over = true;
	return watch.send(queue, frames, count);
}

static void
do_next_job(struct mcr_lcore *lcore)
{
	struct mcr_job job;

	assert_int_equal(mcr_job_ring_take(lcore, &job, 1), 1);
	mcr_tx_job(lcore, &job);
}

/* Copies of the short list wait in the burst of the first lcore when the list becomes long. */
static void
copies_that_wait_leave_before_the_first_shard_is_handed_over(void **state)
{
	eth_tx_burst_t *const send = &rte_eth_fp_ops[hub.ports.at[0].id].tx_pkt_burst;
	struct mcr_lcore *lcore;

	RTE_SET_USED(state);
	set_receivers(20);
	send_to_group(MEMBERS - 1);
	lcore = &hub.workers.lcores[find_first()];
	do_next_job(lcore);
	set_receivers(200);
	send_to_group(MEMBERS - 1);
	watch = (struct watch){.send = *send};
	*send = watched_tx_burst;
	do_next_job(lcore);
	*send = watch.send;
	assert_true(watch.is_over);
	assert_int_equal(watch.jobs, 0);
	fixture_settle();
	check_received(20, 2);
}

static void
fill_ring(struct mcr_lcore *lcore, struct rte_mbuf *packet)
{
	const struct mcr_job job = {.packet = packet};

	while (mcr_job_ring_put(lcore, &job))
		rte_mbuf_refcnt_update(packet, 1);
}

static void
empty_ring(struct mcr_lcore *lcore)
{
	struct mcr_job job;

	while (mcr_job_ring_take(lcore, &job, 1) != 0)
		rte_pktmbuf_free(job.packet);
}

static uint32_t
members_with_drops(const struct mcr_lcore *lcore)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MEMBERS; i++)
		count += lcore->member_drops[fixture_member_at(address_of(i), MCR_ENCAP_L2)] == 1;
	return count;
}

static void
copies_of_a_shard_without_room_are_counted(void **state)
{
	const struct mcr_stats before = stats_now();
	struct rte_mbuf *filler = rte_pktmbuf_alloc(wire_pool);
	struct mcr_lcore *full;
	uint16_t first;
	uint32_t lost;

	RTE_SET_USED(state);
	set_receivers(200);
	send_to_group(MEMBERS - 1);
	first = find_first();
	full = &hub.workers.lcores[first == FIRST_TX ? FIRST_TX + 1 : FIRST_TX];
	fill_ring(full, filler);
	fixture_poll(first);
	rte_pktmbuf_free(filler);
	empty_ring(full);
	poll_others(first);
	lost = members_with_drops(&hub.workers.lcores[first]);
	assert_in_range(lost, 60, 75);
	check_sums(&before, 1, 200, lost);

	/* It was handed over nowhere, so nobody waits for it. */
	set_receivers(10);
	send_to_group(MEMBERS - 1);
	fixture_poll(first);
	assert_int_equal(fixture_take_sent(), 10);
}

static void
each_lcore_shares_a_payload_of_its_own(void **state)
{
	RTE_SET_USED(state);
	set_receivers(200);
	send_to_group(MEMBERS - 1);
	for (uint16_t i = FIRST_TX; i < FIRST_TX + TX_LCORES; i++)
		fixture_poll(i);
	for (uint16_t i = FIRST_TX; i < FIRST_TX + TX_LCORES; i++)
		fixture_poll(i);
	fixture_take_sent();
	check_received(200, 1);
	assert_non_null(payloads[TX_LCORES - 1]);
	assert_null(payloads[TX_LCORES]);
	/* For tx_too_big.h. */
	for (unsigned int i = 0; i < TX_LCORES; i++)
		assert_int_equal(payload_senders[i],
			fixture_member_at(address_of(MEMBERS - 1), MCR_ENCAP_L2));
}

static uint64_t
sum_of(const struct mcr_latency *latency)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < MCR_LATENCY_BUCKETS; i++)
		sum += latency->counts[i];
	return sum;
}

/* From the split to the last copy of each shard: the lcore that is late makes the spread long. */
static void
the_spread_has_the_slowest_shard(void **state)
{
	uint64_t counts[TX_LCORES], start;
	struct mcr_lcore *const tx = &hub.workers.lcores[FIRST_TX];
	struct mcr_lcore *late;
	uint16_t first;

	RTE_SET_USED(state);
	for (uint16_t i = 0; i < TX_LCORES; i++)
		counts[i] = sum_of(&tx[i].tx.spread);
	set_receivers(200);
	send_to_group(MEMBERS - 1);
	first = find_first();
	fixture_poll(first);
	late = &hub.workers.lcores[first == FIRST_TX ? FIRST_TX + 1 : FIRST_TX];
	late->tx.spread.max = 0;
	start = rte_rdtsc();
	while (rte_rdtsc() - start < rte_get_tsc_hz() / 1000)
		;
	poll_others(first);
	for (uint16_t i = 0; i < TX_LCORES; i++)
		assert_int_equal(sum_of(&tx[i].tx.spread) - counts[i], 1);
	assert_true(late->tx.spread.max >= rte_get_tsc_hz() / 1000);
	assert_true(late->tx.delay.max >= late->tx.spread.max);
}

static void
the_packets_of_a_split_group_are_counted_once(void **state)
{
	struct mcr_group_counters counters;

	RTE_SET_USED(state);
	set_receivers(200);
	send_and_settle(MEMBERS - 1);
	send_and_settle(0);
	counters = mcr_counters_of_group(&hub.workers,
		mcr_group_ref_of(hub.fib.groups, mcr_group_lookup(hub.fib.groups, &key)));
	assert_int_equal(counters.packets, 2);
	assert_int_equal(counters.bytes, 2 * sizeof(struct rte_ipv4_hdr));
	assert_int_equal(counters.copies, 399);
}

static void
set_masks(uint8_t of_even, uint8_t of_odd)
{
	for (uint32_t i = 0; i < MEMBERS; i++)
		mcr_placement_set_mask(hub.fib.placement,
			fixture_member_at(address_of(i), MCR_ENCAP_L2),
			i % 2 == 0 ? of_even : of_odd);
}

static void
check_halves(uint32_t to_even, uint32_t to_odd)
{
	for (uint32_t i = 0; i < MEMBERS - 1; i++) {
		assert_int_equal(inboxes[i].count, i % 2 == 0 ? to_even : to_odd);
		assert_false(inboxes[i].is_disordered);
	}
}

/* Filters begin and the tag changes while shards wait: they have the tag of their packet. */
static void
a_shard_goes_to_the_members_of_its_packets_tag(void **state)
{
	struct mcr_placement *placement = hub.fib.placement;
	uint16_t first;

	if (!is_in_domain)
		skip();
	RTE_SET_USED(state);
	set_receivers(MEMBERS - 1);
	set_masks(1, 2);
	for (uint8_t tag = 0; tag <= 1; tag++) {
		memset(inboxes, 0, sizeof(inboxes));
		mcr_placement_set_filters(placement, true);
		mcr_placement_set_tag(placement, tag);
		send_to_group(MEMBERS - 1);
		first = find_first();
		fixture_poll(first);
		mcr_placement_set_tag(placement, 1 - tag);
		poll_others(first);
		check_halves(1 - tag, tag);

		/* The first lcore still sends to all of the list. */
		mcr_placement_set_filters(placement, false);
		mcr_placement_set_tag(placement, tag);
		send_to_group(MEMBERS - 1);
		fixture_poll(first);
		fixture_take_sent();
		memset(inboxes, 0, sizeof(inboxes));
		mcr_placement_set_filters(placement, true);
		mcr_placement_set_tag(placement, 1 - tag);
		poll_others(first);
		for (uint32_t i = 0; i < MEMBERS; i++)
			assert_true(inboxes[i].count == 0 || i % 2 == tag);
		assert_true(inboxes[2].count + inboxes[4].count + inboxes[6].count +
				    inboxes[3].count + inboxes[5].count + inboxes[7].count !=
			    0);
	}
	mcr_placement_set_filters(placement, false);
	mcr_placement_set_tag(placement, 0);
}

/* Other lcores are late. */
static void
members_receive_in_order_when_filters_come_and_go(void **state)
{
	uint16_t first;

	if (!is_in_domain)
		skip();
	RTE_SET_USED(state);
	set_receivers(2 * (MCR_SHARD_KEEP - 6));
	set_masks(1, 3);
	send_to_group(MEMBERS - 1);
	first = find_first();
	for (uint32_t i = 0; i < 20; i++) {
		mcr_placement_set_filters(hub.fib.placement, i / 3 % 2 == 0);
		mcr_placement_set_tag(hub.fib.placement, i % 2);
		send_to_group(MEMBERS - 1);
		fixture_poll(first);
		fixture_take_sent();
		if (i % 5 == 4)
			poll_others(first);
	}
	poll_others(first);
	for (uint32_t i = 0; i < MEMBERS; i++)
		assert_false(inboxes[i].is_disordered);
	assert_int_equal(inboxes[1].count, 21);
	mcr_placement_set_filters(hub.fib.placement, false);
	mcr_placement_set_tag(hub.fib.placement, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, empty_inboxes)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(each_receiver_but_the_sender_gets_one_copy),
		TEST(a_long_list_is_split_and_a_short_one_is_not),
		TEST(members_receive_in_order_while_the_list_changes),
		TEST(a_list_that_became_short_is_whole_when_all_is_sent),
		TEST(copies_that_wait_leave_before_the_first_shard_is_handed_over),
		TEST(copies_of_a_shard_without_room_are_counted),
		TEST(each_lcore_shares_a_payload_of_its_own),
		TEST(the_spread_has_the_slowest_shard),
		TEST(the_packets_of_a_split_group_are_counted_once),
		TEST(a_shard_goes_to_the_members_of_its_packets_tag),
		TEST(members_receive_in_order_when_filters_come_and_go),
	};

	RTE_SET_USED(argv);
	is_in_domain = argc > 1;

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
