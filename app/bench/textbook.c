/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The method of DPDK's sample ipv4_multicast, with the work of `l2`: a new Ethernet header. All
 * copies share the payload by reference; each allocates a header buffer, from a pool with the
 * sample's cache. The sample collects 32 copies for each receiver (a port there); a variant
 * collects those of all receivers together. */

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_fbk_hash.h>
#include <rte_ip.h>
#include <rte_prefetch.h>

#include "bench.h"

#define HEADERS 16384
#define CACHE 32
#define HEADER_ROOM (2 * RTE_PKTMBUF_HEADROOM)
#define BURST 32
#define PREFETCH 3
#define RECEIVERS_MAX 32 /* the bits of a port mask */
#define ENTRIES 1024
#define ENTRIES_OF_BUCKET 4

static uint32_t box_count;
static struct rte_mempool *headers;
static struct rte_fbk_hash_table *groups;
static struct box {
	struct rte_mbuf *copies[BURST];
	uint16_t count;
} boxes[RECEIVERS_MAX];

void
bench_textbook_start(const struct bench_case *bench)
{
	const struct rte_fbk_hash_params params = {
		.name = "textbook",
		.entries = ENTRIES,
		.entries_per_bucket = ENTRIES_OF_BUCKET,
		.socket_id = SOCKET_ID_ANY,
	};

	box_count = bench->rival == BENCH_BOX_EACH ? bench->receivers : 1;
	bench_require(box_count <= RECEIVERS_MAX, "as few receivers as ports");
	headers =
		rte_pktmbuf_pool_create("textbook", HEADERS, CACHE, 0, HEADER_ROOM, SOCKET_ID_ANY);
	groups = rte_fbk_hash_create(&params);
	bench_require(headers != NULL && groups != NULL, "memory for the textbook");
	bench_require(bench->encap == MCR_ENCAP_L2 && bench->groups == 1, "other jobs by textbook");
	bench_require(rte_fbk_hash_add_key(groups, bench_group(0), bench->receivers) == 0,
		"a group by textbook");
}

static void
send_box(uint16_t port, struct box *box)
{
	const uint16_t sent = rte_eth_tx_burst(port, 0, box->copies, box->count);

	bench_require(sent == box->count, "room on the wire");
	box->count = 0;
}

static void
send_copy(uint16_t port, struct rte_mbuf *copy, uint32_t receiver)
{
	struct box *const box = &boxes[receiver % box_count];
	struct rte_ether_hdr *ethernet =
		(struct rte_ether_hdr *)rte_pktmbuf_prepend(copy, sizeof(*ethernet));

	ethernet->dst_addr =
		(struct rte_ether_addr){{2, 0, 0, 1, (uint8_t)(receiver >> 8), (uint8_t)receiver}};
	ethernet->src_addr = (struct rte_ether_addr){{2, 0, 0, 0, 0, 0x0a}};
	ethernet->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	box->copies[box->count++] = copy;
	if (box->count == BURST)
		send_box(port, box);
}

static struct rte_mbuf *
make_copy(struct rte_mbuf *payload)
{
	struct rte_mbuf *header = rte_pktmbuf_alloc(headers);

	bench_require(header != NULL, "headers of the textbook");
	header->next = payload;
	header->pkt_len = payload->pkt_len;
	header->nb_segs = payload->nb_segs + 1;
	return header;
}

static uint32_t
forward(uint16_t port, struct rte_mbuf *packet)
{
	const struct rte_ipv4_hdr *ip =
		(struct rte_ipv4_hdr *)rte_pktmbuf_adj(packet, sizeof(struct rte_ether_hdr));
	const uint32_t group = rte_be_to_cpu_32(ip->dst_addr);
	int count;

	bench_require(RTE_IS_IPV4_MCAST(group), "multicast");
	count = rte_fbk_hash_lookup(groups, group);
	bench_require(count > 0, "receivers");
	rte_pktmbuf_refcnt_update(packet, count);
	for (int i = 0; i < count; i++)
		send_copy(port, make_copy(packet), i);
	rte_pktmbuf_free(packet);
	return count;
}

static uint32_t
forward_burst(uint16_t port)
{
	struct rte_mbuf *packets[BURST];
	const uint16_t received = rte_eth_rx_burst(port, 0, packets, BURST);
	uint32_t copies = 0;

	for (uint16_t i = 0; i < RTE_MIN(received, PREFETCH); i++)
		rte_prefetch0(rte_pktmbuf_mtod(packets[i], void *));
	for (uint16_t i = 0; i < received; i++) {
		if (i + PREFETCH < received)
			rte_prefetch0(rte_pktmbuf_mtod(packets[i + PREFETCH], void *));
		copies += forward(port, packets[i]);
	}
	return copies;
}

double
bench_textbook_run(uint16_t port, uint32_t copies)
{
	const uint64_t start = rte_rdtsc();
	uint32_t made = 0;

	while (made < copies)
		made += forward_burst(port);
	return (double)(rte_rdtsc() - start) / made;
}

void
bench_textbook_stop(uint16_t port)
{
	for (uint32_t i = 0; i < RECEIVERS_MAX; i++)
		send_box(port, &boxes[i]);
	bench_require(rte_mempool_in_use_count(headers) == 0, "that every header returns");
	rte_fbk_hash_free(groups);
	rte_mempool_free(headers);
}
