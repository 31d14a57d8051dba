/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A callback makes frames when the hub receives. */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "datapath/job_ring.h"
#include "hub.h"
#include "infra/pool.h"

#define FLOWS_MAX (UINT32_C(1) << 16)
#define FRAME_MAX 9216
#define QUEUES_MAX 2
#define VNI 7 /* as setup.c declares it */
#define UDP_PORT 5000

/* Bytes written into each buffer: all headers. The payload is what the buffer held before. */
#define WRITTEN_MAX 192

/* The fields that differ between packets, in network byte order. */
struct flow {
	uint32_t group;
	uint16_t checksum;
};

static struct source {
	struct rte_mempool *pool;
	uint16_t burst;
	uint16_t inner;       /* offset of the sender's IP packet */
	uint16_t destination; /* of what differs between its flows */
	uint16_t checksum;    /* of the IP header; 0: IPv6 has none */
	uint16_t length;
	uint32_t flow_count;
	uint32_t next;
	struct flow *flows;
	const struct rte_ring *brake; /* no frames while its jobs are many; may be NULL */
	const struct rte_eth_rxtx_callback *callback;
	uint8_t frame[FRAME_MAX];
} sources[QUEUES_MAX];

static uint16_t port_id;

/* Arrivals, in TSC cycles; interval 0: always. */
static struct {
	double interval;
	double next;
} pace;

static const struct rte_ether_addr station = {{2, 0, 0, 0, 1, 0x0b}};
static const struct rte_ether_addr unknown_station = {{2, 0, 0, 0, 2, 0x0b}};

static void
write_udp(uint8_t *udp, uint16_t length)
{
	mcr_write_be16(udp, UDP_PORT);
	mcr_write_be16(udp + 2, UDP_PORT);
	mcr_write_be16(udp + 4, length);
}

static void
write_ipv4_packet(uint8_t *ip, uint16_t length)
{
	memset(ip, 0, MCR_IPV4_HEADER_LEN + MCR_UDP_HEADER_LEN);
	ip[0] = RTE_IPV4_VHL_DEF;
	mcr_write_be16(ip + 2, length);
	ip[8] = 32;
	ip[9] = IPPROTO_UDP;
	mcr_write_be32(ip + 12, BENCH_SENDER);
	write_udp(ip + MCR_IPV4_HEADER_LEN, length - MCR_IPV4_HEADER_LEN);
}

/* A checksum that is neither unfinished nor verified. */
static void
write_ipv6_packet(uint8_t *ip, uint16_t length, bool is_unicast)
{
	static const struct in6_addr overlay = {.s6_addr = {0xfd}};
	const struct in6_addr destination = is_unicast ? overlay : bench_ipv6_group(0);
	uint8_t *const udp = ip + MCR_IPV6_HEADER_LEN;

	memset(ip, 0, MCR_IPV6_HEADER_LEN);
	ip[0] = 0x60;
	mcr_write_be16(ip + 4, length - MCR_IPV6_HEADER_LEN);
	ip[6] = IPPROTO_UDP;
	ip[7] = 32;
	memcpy(ip + MCR_IPV6_SOURCE, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x0b", 16);
	memcpy(ip + MCR_IPV6_DESTINATION, &destination, sizeof(destination));
	write_udp(udp, length - MCR_IPV6_HEADER_LEN);
}

static void
write_frame(struct source *source, const struct mcr_port *port, const struct bench_case *bench)
{
	const uint16_t length = bench->frame - RTE_ETHER_HDR_LEN;
	const struct mcr_encap_path path = {
		.encap = bench->encap == MCR_ENCAP_UDP ? MCR_ENCAP_L2 : bench->encap,
		.source_mac = {{2, 0, 0, 0, 0, 0x0b}},
		.next_hop_mac = port->mac,
		.source = BENCH_SENDER,
		.destination = BENCH_HUB,
		.mtu = UINT16_MAX,
		.has_key = bench->encap == MCR_ENCAP_GRETAP,
		.key = VNI,
	};
	struct mcr_template template;
	uint8_t *inner = source->frame + MCR_ENCAP_COPY_HEADROOM;

	bench_require(mcr_template_build(&template, &path) == 0, "a template");
	source->inner = template.header_len + template.inner_l2_len;
	source->length = source->inner + length;
	memset(inner, 0x5a, length);
	if (bench->is_ipv6)
		write_ipv6_packet(inner, length, bench->cast == BENCH_UNICAST);
	else
		write_ipv4_packet(inner, length);
	if (template.inner_l2_len != 0)
		mcr_vxlan_write_ethernet_to(inner, &station, inner);
	if (bench->cast == BENCH_FLOOD)
		memcpy(inner - template.inner_l2_len, &unknown_station, sizeof(unknown_station));
	mcr_template_write(
		&template, inner - template.inner_l2_len, length + template.inner_l2_len, 0, 0);
	if (bench->is_ipv6 && mcr_template_type_offset(&template) != 0)
		mcr_write_be16(inner - mcr_template_type_offset(&template), RTE_ETHER_TYPE_IPV6);
	memmove(source->frame, inner - source->inner, source->length);
}

/* Learn as the control lcore would, so that the data path reports no learn event. */
static void
learn_station(const struct mcr_fib *fib, const struct bench_case *bench)
{
	const uint32_t sender = mcr_member_find_name(fib->members, "sender");

	if (mcr_encap_has_segment(bench->encap))
		bench_require(mcr_segment_learn(fib->segments, VNI, &station, sender) == 0,
			"a station of the segment");
}

/* The part of the destination that flows differ in: all of IPv4's, the end of IPv6's. */
static uint32_t
destination(const struct bench_case *bench, uint32_t group)
{
	if (bench->is_ipv6)
		return bench->cast == BENCH_MULTICAST ? group : bench_overlay6(group);
	return bench->cast == BENCH_MULTICAST ? bench_group(group) : bench_overlay(group);
}

static uint16_t
destination_offset(const struct bench_case *bench)
{
	return bench->is_ipv6 ? MCR_IPV6_HEADER_LEN - sizeof(uint32_t) : 16;
}

static void
choose_flows(struct source *source, const struct bench_case *bench, uint32_t first, uint32_t groups)
{
	uint64_t seed = 1;

	source->destination = source->inner + destination_offset(bench);
	source->checksum = bench->is_ipv6 ? 0 : source->inner + 10;
	source->flow_count = groups == 1 ? 1 : FLOWS_MAX;
	source->flows = calloc(source->flow_count, sizeof(*source->flows));
	bench_require(source->flows != NULL, "memory for flows");
	for (uint32_t i = 0; i < source->flow_count; i++) {
		uint8_t header[MCR_IPV6_HEADER_LEN];

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		memcpy(header, source->frame + source->inner, sizeof(header));
		mcr_write_be32(header + destination_offset(bench),
			destination(bench, first + (seed >> 33) % groups));
		source->flows[i].checksum = mcr_checksum(header, MCR_IPV4_HEADER_LEN);
		memcpy(&source->flows[i].group, header + destination_offset(bench),
			sizeof(source->flows[i].group));
	}
}

static void
write_buffer(struct source *source, struct rte_mbuf *buffer)
{
	const struct flow *flow = &source->flows[source->next];
	uint8_t *const frame = rte_pktmbuf_mtod(buffer, uint8_t *);

	rte_memcpy(frame, source->frame, RTE_MIN(source->length, WRITTEN_MAX));
	if (source->checksum != 0)
		memcpy(frame + source->checksum, &flow->checksum, sizeof(flow->checksum));
	memcpy(frame + source->destination, &flow->group, sizeof(flow->group));
	buffer->data_len = source->length;
	buffer->pkt_len = source->length;
	if (++source->next == source->flow_count)
		source->next = 0;
}

static uint16_t
count_arrivals(uint16_t burst)
{
	const double late = rte_rdtsc() - pace.next;
	const double waiting = late < 0 ? 0 : 1 + late / pace.interval;

	return RTE_MIN(waiting, burst);
}

static void
stamp(struct rte_mbuf *packet)
{
	const uint64_t arrival = pace.next;

	memcpy(rte_pktmbuf_mtod_offset(packet, uint8_t *, packet->data_len - sizeof(arrival)),
		&arrival, sizeof(arrival));
	pace.next += pace.interval;
}

/* Of the lcore that is given shards: what it lost would have cost nothing. */
static bool
must_wait(const struct source *source)
{
	return source->brake != NULL &&
	       rte_ring_count(source->brake) > MCR_RX_BURST * MCR_JOB_PIECES;
}

static uint16_t
make_burst(uint16_t port, uint16_t queue, struct rte_mbuf **frames, uint16_t count, uint16_t max,
	void *arg)
{
	struct source *source = arg;
	const uint16_t burst = pace.interval == 0 ? source->burst : count_arrivals(source->burst);

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	if (burst > max || must_wait(source) ||
		rte_pktmbuf_alloc_bulk(source->pool, frames, burst) != 0)
		return count;
	for (uint16_t i = 0; i < burst; i++)
		write_buffer(source, frames[i]);
	for (uint16_t i = 0; pace.interval != 0 && i < burst; i++)
		stamp(frames[i]);
	return burst;
}

void
bench_source_pace(double interval)
{
	pace.interval = interval;
	pace.next = rte_rdtsc();
}

void
bench_source_start(const struct mcr_hub *hub, const struct bench_case *bench)
{
	const bool is_split = bench->layout == BENCH_SPLIT;
	const uint16_t queues = is_split ? 1 : mcr_lcore_plan_rx_queues(&hub->workers.plan, 0);

	port_id = hub->ports.at[0].id;
	learn_station(&hub->fib, bench);
	for (uint16_t q = 0; q < queues; q++) {
		struct source *source = &sources[q];
		const uint32_t groups = bench->groups / queues;

		*source = (struct source){
			.pool = mcr_pool_of_port(&hub->ports, &hub->ports.at[0]),
			.burst = MCR_RX_BURST,
			.brake = is_split ? hub->workers.tx_lcores[1]->tx.jobs : NULL,
		};
		write_frame(source, &hub->ports.at[0], bench);
		choose_flows(source, bench, q * groups, groups);
		source->callback = rte_eth_add_rx_callback(port_id, q, make_burst, source);
		bench_require(source->callback != NULL, "a callback");
	}
}

void
bench_source_stop(void)
{
	pace.interval = 0;
	for (uint16_t q = 0; q < QUEUES_MAX; q++) {
		if (sources[q].callback != NULL)
			rte_eth_remove_rx_callback(port_id, q, sources[q].callback);
		free(sources[q].flows);
		sources[q] = (struct source){0};
	}
}
