/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_mempool.h>

#include <fuzz.h>
#include <mcr_encap.h>

#include "mcr_reassembly.h"

#define DATAGRAMS 4
#define TIMEOUT 16
#define BUFFERS 127
#define PREFIX 14

/* One fragment; of IPv6 with the highest bit of pause. Small ranges make fragments of one datagram
 * likely. */
struct step {
	uint8_t id;
	uint8_t offset;
	uint8_t length;
	uint8_t pause;
};

static struct rte_mempool *received, *whole;

static void
set_up(void)
{
	char *args[] = {"reassembly_fuzz", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m32", "--lcores=0@0", "--log-level=error"};

	require(rte_eal_init(RTE_DIM(args), args) >= 0);
	received = rte_pktmbuf_pool_create(
		"received", BUFFERS, 0, 0, RTE_PKTMBUF_HEADROOM + PREFIX + 1500, SOCKET_ID_ANY);
	whole = rte_pktmbuf_pool_create(
		"whole", 1, 0, 0, RTE_PKTMBUF_HEADROOM + 4096, SOCKET_ID_ANY);
	require(received != NULL && whole != NULL);
}

static struct rte_mbuf *
make_ipv6_fragment(const struct step *step)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(received);
	const uint16_t len = MCR_IPV6_HEADER_LEN + 4 * step->length;
	uint8_t *ip;

	require(frame != NULL);
	ip = (uint8_t *)rte_pktmbuf_append(frame, PREFIX + len + step->id % 7) + PREFIX;
	memset(ip - PREFIX, 0, PREFIX + len + step->id % 7);
	ip[0] = 0x60;
	ip[1] = step->id & 0x30;
	mcr_write_be16(ip + 4, len - MCR_IPV6_HEADER_LEN);
	ip[6] = step->id >> 6 == 3 ? IPPROTO_UDP : IPPROTO_FRAGMENT;
	if (len < MCR_IPV6_HEADER_LEN + 8)
		return frame;
	ip[MCR_IPV6_HEADER_LEN] = IPPROTO_UDP;
	mcr_write_be16(ip + MCR_IPV6_HEADER_LEN + 2,
		(step->offset >> 1 << (step->id >> 2 & 3)) * 8 | (step->offset & 1));
	ip[MCR_IPV6_HEADER_LEN + 7] = step->id & 3;
	return frame;
}

static struct rte_mbuf *
make_fragment(const struct step *step)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(received);
	const uint16_t header_len = 20 + 4 * (step->id >> 6);
	const uint16_t len = header_len + 4 * step->length;
	const uint16_t more = (step->offset & 1) != 0 ? RTE_IPV4_HDR_MF_FLAG : 0;
	uint8_t *ip;

	require(frame != NULL);
	ip = (uint8_t *)rte_pktmbuf_append(frame, PREFIX + len + step->id % 7) + PREFIX;
	memset(ip - PREFIX, 0, PREFIX + len);
	ip[0] = 0x40 | header_len / 4;
	mcr_write_be16(ip + 2, len);
	ip[5] = step->id & 3;
	mcr_write_be16(ip + 6, more | step->offset >> 1 << (step->id >> 2 & 7));
	return frame;
}

static void
check_whole(struct rte_mbuf *packet)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(packet, const uint8_t *, PREFIX);
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, packet->data_len - PREFIX);

	require(packet->nb_segs == 1);
	if (mcr_ip_is_ipv6(ip)) {
		require(mcr_ipv6_parse(ip, packet->data_len - PREFIX).total_len + PREFIX ==
			packet->data_len);
		require(ip[6] == IPPROTO_UDP);
		rte_pktmbuf_free(packet);
		return;
	}
	require(info.header_len != 0 && info.total_len == packet->data_len - PREFIX);
	require(!mcr_ipv4_is_fragment(&info));
	require(mcr_ipv4_checksum_is_right(ip, info.header_len));
	rte_pktmbuf_free(packet);
}

/* Each fragment is counted once and no buffer is lost. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_stats stats = {0};
	struct mcr_reassembly *reassembly;
	uint64_t now = 1, count = 0;

	if (received == NULL)
		set_up();
	reassembly = mcr_reassembly_create(DATAGRAMS, TIMEOUT, whole, &stats, SOCKET_ID_ANY);
	require(reassembly != NULL);
	for (; size >= sizeof(struct step); size -= sizeof(struct step), count++) {
		struct step step;
		struct rte_mbuf *packet;

		memcpy(&step, data, sizeof(step));
		data += sizeof(step);
		now += step.pause & 15;
		packet = mcr_reassembly_take(reassembly,
			(step.pause & 0x80) != 0 ? make_ipv6_fragment(&step) : make_fragment(&step),
			PREFIX, now);
		if (packet != NULL)
			check_whole(packet);
		mcr_reassembly_expire(reassembly, now);
		require(reassembly->held <= DATAGRAMS * MCR_REASSEMBLY_FRAGMENTS);
	}
	require(stats.counts[MCR_STAT_RX_FRAGMENTS] + stats.drops[MCR_DROP_REASSEMBLY] +
			reassembly->held ==
		count);
	mcr_reassembly_free(reassembly);
	require(rte_mempool_in_use_count(received) == 0 && rte_mempool_in_use_count(whole) == 0);
	return 0;
}
