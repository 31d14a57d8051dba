/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_REPLICATE_FIXTURE_H
#define MCR_REPLICATE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_eal.h>

#include "mcr_replicate.h"

#define MEMBERS 1024
#define BUFFERS 63

struct fixture {
	struct mcr_replicate replicate;
	struct mcr_stats stats;
	uint64_t member_drops[MEMBERS];
	struct mcr_template *templates[MEMBERS];
	struct mcr_receiver receivers[MEMBERS];
	bool drops_oversize;
	uint8_t scratch[MCR_OVERSIZE_SCRATCH];
	uint32_t ids[MEMBERS];
	struct rte_mempool *packets;
	struct rte_mempool *copies;
	struct rte_mempool *headers;
};

static inline struct rte_mempool *
create_pool(const char *name, uint16_t room)
{
	return rte_pktmbuf_pool_create(name, BUFFERS, 0, 0, room, SOCKET_ID_ANY);
}

static inline int
set_up_pools(void **state)
{
	char *args[] = {"replicate_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m64", "--lcores=0@0", "--log-level=error"};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL || rte_eal_init(RTE_DIM(args), args) < 0)
		return -1;
	fixture->packets = create_pool("packets", RTE_MBUF_DEFAULT_BUF_SIZE);
	fixture->copies = create_pool("copies", RTE_MBUF_DEFAULT_BUF_SIZE);
	fixture->headers = create_pool("headers", RTE_PKTMBUF_HEADROOM);
	*state = fixture;
	return fixture->packets == NULL || fixture->copies == NULL || fixture->headers == NULL;
}

static inline int
tear_down_pools(void **state)
{
	struct fixture *fixture = *state;

	rte_mempool_free(fixture->headers);
	rte_mempool_free(fixture->copies);
	rte_mempool_free(fixture->packets);
	free(fixture);
	return rte_eal_cleanup();
}

static inline struct mcr_template *
make_template_of(const struct mcr_encap_path *path)
{
	struct mcr_template *template = aligned_alloc(RTE_CACHE_LINE_SIZE, mcr_template_size(path));

	mcr_template_build(template, path);
	return template;
}

static inline struct mcr_template *
make_template(uint32_t member)
{
	const struct mcr_encap_path path = {
		.encap = MCR_ENCAP_GRE,
		.next_hop_mac = {{0x02, 0, 0, 0, member >> 8, member & 0xff}},
		.source = 0x0a00000a,
		.destination = 0x0a010000 + member,
		.mtu = 1500,
	};
	return make_template_of(&path);
}

static inline void
set_template(struct fixture *fixture, uint32_t member, const struct mcr_encap_path *path)
{
	free(fixture->templates[member]);
	fixture->templates[member] = make_template_of(path);
}

static inline int
set_up(void **state)
{
	struct fixture *fixture = *state;

	memset(&fixture->stats, 0, sizeof(fixture->stats));
	memset(fixture->member_drops, 0, sizeof(fixture->member_drops));
	fixture->drops_oversize = true;
	for (uint32_t i = 0; i < MEMBERS; i++) {
		fixture->templates[i] = make_template(i);
		fixture->receivers[i] = (struct mcr_receiver){0x0a010000 + i, i};
	}
	fixture->replicate = (struct mcr_replicate){
		.templates = fixture->templates,
		.copy_pool = fixture->copies,
		.header_pool = fixture->headers,
		.port_count = 1,
		.share_above = {MCR_REPLICATE_NEVER_SHARE},
		.drops_oversize = &fixture->drops_oversize,
		.scratch = fixture->scratch,
		.ids = fixture->ids,
		.id_step = 2,
		.stats = &fixture->stats,
		.member_drops = fixture->member_drops,
	};
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < MEMBERS; i++)
		free(fixture->templates[i]);
	/* Detects a leaked mbuf. */
	return rte_mempool_in_use_count(fixture->packets) != 0 ||
	       rte_mempool_in_use_count(fixture->copies) != 0 ||
	       rte_mempool_in_use_count(fixture->headers) != 0;
}

static inline struct rte_mbuf *
make_packet(const struct fixture *fixture, uint16_t length)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(fixture->packets);
	uint8_t *bytes = (uint8_t *)rte_pktmbuf_append(packet, length);

	for (uint16_t i = 0; i < length; i++)
		bytes[i] = i * 7 + 1;
	bytes[0] = 0x45;
	bytes[1] = 0xb8;
	return packet;
}

static inline void
assert_is_copy(const struct fixture *fixture, struct rte_mbuf *copy, uint32_t member,
	const struct rte_mbuf *packet)
{
	const uint16_t length = packet->data_len;
	uint8_t expected[2048], got[2048];
	uint8_t *inner = expected + MCR_ENCAP_HEADROOM;
	const struct mcr_template *template = fixture->templates[member];

	memcpy(inner, rte_pktmbuf_mtod(packet, void *), length);
	mcr_template_write(template, inner, length, 0xb8, 5);
	assert_int_equal(copy->pkt_len, template->header_len + length);
	assert_int_equal(rte_pktmbuf_pkt_len(copy), template->header_len + length);
	assert_memory_equal(rte_pktmbuf_read(copy, 0, copy->pkt_len, got),
		inner - template->header_len, copy->pkt_len);
}

static inline struct mcr_original
describe(struct rte_mbuf *packet)
{
	const uint8_t *ip = rte_pktmbuf_mtod(packet, const uint8_t *);

	return (struct mcr_original){
		.packet = packet,
		.vni = MCR_VNI_NONE,
		.entropy = 5,
		.tos = ip[1],
		.version = mcr_ip_is_ipv6(ip) ? 6 : 4,
	};
}

static inline void
replicate(
	struct fixture *fixture, struct rte_mbuf *packet, uint16_t count, struct mcr_copies *copies)
{
	const struct mcr_original original = describe(packet);

	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, count, copies);
}

static inline uint32_t
length_of(const struct mcr_copies *copies, uint16_t i)
{
	return copies->lengths[copies->is_mixed ? i : 0];
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
