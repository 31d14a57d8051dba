/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ip.h>

#include "control/admission.h"
#include "control/apply.h"
#include "control/context.h"
#include "control/poll.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "infra/log.h"
#include "main_loop.h"
#include "test/hub_fixture.h"

#define WIRE_SIZE 1024
#define MINUTE_MS 60000

struct mcr_hub hub;
struct rte_mempool *wire_pool;

static struct rte_ring *to_hub[FIXTURE_PORTS_MAX], *from_hub[FIXTURE_PORTS_MAX];
static uint16_t port_count;
static void (*on_sent)(const struct rte_mbuf *frame);

static int
start_eal(uint16_t lcores, uint32_t log_level)
{
	char lcores_option[32], level_option[32];
	char *args[] = {"hub_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m128", lcores_option, level_option};

	snprintf(lcores_option, sizeof(lcores_option), "--lcores=(0-%d)@0", lcores - 1);
	snprintf(level_option, sizeof(level_option), "--log-level=%u", log_level);
	if (rte_eal_init(RTE_DIM(args), args) < 0)
		return -1;
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", log_level);
	return 0;
}

/* All TX queues of a port lead to the same ring. */
static bool
make_wire(uint16_t port, bool loops_back, uint16_t tx_queues, uint32_t size)
{
	struct rte_ring *queues[FIXTURE_QUEUES_MAX];
	char name[32];

	snprintf(name, sizeof(name), "to_hub%u", port);
	to_hub[port] = rte_ring_create(name, size, 0, 0);
	snprintf(name, sizeof(name), "from_hub%u", port);
	from_hub[port] = loops_back ? to_hub[port] : rte_ring_create(name, size, 0, 0);
	for (uint16_t i = 0; i < tx_queues; i++)
		queues[i] = from_hub[port];
	snprintf(name, sizeof(name), "wire%u", port);
	return to_hub[port] != NULL && from_hub[port] != NULL &&
	       rte_eth_from_rings(name, &to_hub[port], 1, queues, tx_queues, 0) >= 0;
}

static void
set_online(bool is_online)
{
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		if (is_online)
			mcr_rcu_online(hub.fib.rcu, hub.workers.lcores[i].index);
		else
			mcr_rcu_offline(hub.fib.rcu, hub.workers.lcores[i].index);
	}
}

uint64_t
fixture_stand_still(void)
{
	return 1;
}

int
fixture_start(const struct hub_fixture *fixture)
{
	port_count = fixture->ports;
	on_sent = fixture->on_sent;
	if (start_eal(fixture->lcores, fixture->log_level == 0 ? RTE_LOG_ERR : fixture->log_level) <
		0)
		return -1;
	wire_pool = rte_pktmbuf_pool_create(
		"wire", FIXTURE_BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	for (uint16_t i = 0; i < port_count; i++) {
		if (!make_wire(i, fixture->loops_back, RTE_MAX(fixture->tx_queues, 1),
			    fixture->wire_size == 0 ? WIRE_SIZE : fixture->wire_size))
			return -1;
	}
	hub.config = fixture_parse(fixture->config);
	if (wire_pool == NULL || hub.config == NULL || mcr_hub_start(&hub) != 0)
		return -1;
	hub.control->read_cycles = fixture_stand_still;
	set_online(true);
	return 0;
}

int
fixture_end(void **state)
{
	RTE_SET_USED(state);
	set_online(false);
	mcr_hub_end(&hub);
	mcr_config_free(hub.config);
	rte_mempool_free(wire_pool);
	for (uint16_t i = 0; i < port_count; i++) {
		if (from_hub[i] != to_hub[i])
			rte_ring_free(from_hub[i]);
		rte_ring_free(to_hub[i]);
	}
	/* Whatever held the number of an IPv6 address has given it back. cmocka passes a group
	 * whose end fails. */
	RTE_VERIFY(mcr_address_count() == 0);
	return rte_eal_cleanup();
}

struct mcr_config *
fixture_parse(const char *text)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_parse(text, strlen(text), "test", &errors);

	for (uint32_t i = 0; i < errors.count; i++)
		fprintf(stderr, "%s\n", errors.lines[i]);
	return config;
}

struct rte_mbuf *
fixture_make_frame(uint16_t port, uint32_t sender)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(wire_pool);
	struct rte_ether_hdr *ethernet;

	RTE_VERIFY(frame != NULL);
	ethernet = (void *)rte_pktmbuf_append(frame, sizeof(*ethernet));
	*ethernet = (struct rte_ether_hdr){
		.dst_addr = hub.ports.at[port].mac,
		.src_addr = {{2, 0, 0, 0, 0, sender & 0xff}},
		.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
	};
	return frame;
}

struct rte_mbuf *
fixture_make_arp_request(uint16_t port, uint32_t sender, uint32_t target)
{
	struct rte_mbuf *frame = fixture_make_frame(port, sender);
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	struct rte_arp_hdr *arp = (void *)rte_pktmbuf_append(frame, sizeof(*arp));

	ethernet->ether_type = RTE_BE16(RTE_ETHER_TYPE_ARP);
	*arp = (struct rte_arp_hdr){
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = sizeof(rte_be32_t),
		.arp_opcode = RTE_BE16(RTE_ARP_OP_REQUEST),
		.arp_data = {.arp_sha = ethernet->src_addr,
			.arp_sip = rte_cpu_to_be_32(sender),
			.arp_tip = rte_cpu_to_be_32(target)},
	};
	return frame;
}

void
fixture_append_ipv4(struct rte_mbuf *frame, uint32_t source, uint32_t destination, uint8_t protocol,
	uint16_t payload, uint16_t id)
{
	struct rte_ipv4_hdr *ip = (void *)rte_pktmbuf_append(frame, sizeof(*ip));

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(sizeof(*ip) + payload),
		.packet_id = rte_cpu_to_be_16(id),
		.time_to_live = 1,
		.next_proto_id = protocol,
		.src_addr = rte_cpu_to_be_32(source),
		.dst_addr = rte_cpu_to_be_32(destination),
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

void
fixture_append_gre(struct rte_mbuf *frame, uint16_t port, uint32_t source, uint16_t payload)
{
	static const uint8_t gre[] = {0, 0, 8, 0};

	fixture_append_ipv4(
		frame, source, hub.ports.at[port].address, IPPROTO_GRE, sizeof(gre) + payload, 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(gre)), gre, sizeof(gre));
}

struct rte_mbuf *
fixture_make_packet(uint16_t port, uint32_t source, uint32_t group, uint16_t id)
{
	struct rte_mbuf *frame = fixture_make_frame(port, source);

	fixture_append_ipv4(frame, source, group, FIXTURE_PROTOCOL, 0, id);
	return frame;
}

void
fixture_put_on_wire(uint16_t port, struct rte_mbuf *frame)
{
	RTE_VERIFY(rte_ring_enqueue(to_hub[port], frame) == 0);
}

bool
fixture_has_room(uint16_t port)
{
	return !rte_ring_full(to_hub[port]);
}

unsigned int
fixture_take_sent(void)
{
	struct rte_mbuf *sent;
	unsigned int count = 0;

	for (uint16_t i = 0; i < port_count; i++) {
		while (from_hub[i] != to_hub[i] &&
			rte_ring_dequeue(from_hub[i], (void **)&sent) == 0) {
			if (on_sent != NULL)
				on_sent(sent);
			rte_pktmbuf_free(sent);
			count++;
		}
	}
	return count;
}

static uint64_t skipped_ms;

uint64_t
fixture_now_ms(void)
{
	return mcr_main_loop_now_ms() + skipped_ms;
}

unsigned int
fixture_poll(uint16_t lcore)
{
	struct mcr_lcore *at = &hub.workers.lcores[lcore];
	unsigned int work = 0;

	if (at->role->is_rx)
		work += mcr_rx_poll(at, hub.control->read_cycles());
	if (at->role->is_tx)
		work += mcr_tx_poll(at);
	if (at->role->is_control)
		work += mcr_control_poll(hub.control, fixture_now_ms());
	return work;
}

void
fixture_receive(void)
{
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		if (hub.workers.lcores[i].role->is_rx)
			mcr_rx_poll(&hub.workers.lcores[i], hub.control->read_cycles());
	}
}

void
fixture_pass_grace_period(void)
{
	mcr_rcu_reclaim(hub.fib.rcu);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_quiescent(hub.fib.rcu, hub.workers.lcores[i].index);
	mcr_rcu_reclaim(hub.fib.rcu);
}

void
fixture_settle(void)
{
	unsigned int work;

	do {
		work = 0;
		for (uint16_t i = 0; i < hub.workers.count; i++)
			work += fixture_poll(i);
		fixture_take_sent();
		fixture_pass_grace_period();
	} while (work != 0);
}

void
fixture_pass_ms(uint64_t ms)
{
	skipped_ms += ms;
	hub.control->now_ms += ms;
}

void
fixture_pass_minutes(unsigned int minutes)
{
	for (unsigned int i = 0; i < minutes; i++) {
		fixture_pass_ms(MINUTE_MS);
		mcr_admit_expire(hub.control);
	}
	fixture_pass_grace_period();
}

int
fixture_reload(struct mcr_config *config)
{
	struct mcr_config *before = hub.control->config;
	int ret;

	RTE_VERIFY(config != NULL);
	/* A reload waits for readers that are online; they are this thread. */
	set_online(false);
	ret = mcr_apply_config(hub.control, config);
	set_online(true);
	mcr_config_free(ret == 0 ? before : config);
	return ret;
}

uint32_t
fixture_member_named(const char *name)
{
	return mcr_member_find_name(hub.fib.members, name);
}

uint32_t
fixture_member_at(uint32_t address, enum mcr_encap encap)
{
	const struct mcr_member_identity identity = {.address = address, .encap = encap};

	return mcr_member_find(hub.fib.members, &identity);
}
