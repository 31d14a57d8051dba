/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Where admitted members and AMT gateways are, and as whom the hub answers them: a whole hub of two
 * ports, each on two rings, all lcores polled by one thread. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>

#include <mcr_igmp.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/apply.h"
#include "control/membership.h"
#include "control/poll.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "fib/access.h"
#include "hub.h"
#include "infra/log.h"
#include "main_loop.h"

#define PORTS 2
#define WIRE_SIZE 64
#define BUFFERS 255
#define HUB UINT32_C(0x0a00000a)    /* 10.0.0.10 */
#define SIDE UINT32_C(0x0a01000a)   /* 10.1.0.10, its other port */
#define ROUTER UINT32_C(0x0a010001) /* 10.1.0.1 */
#define FIRST UINT32_C(0x0a000041)  /* 10.0.0.65 */
#define SECOND UINT32_C(0x0a000042) /* 10.0.0.66 */
#define FAR UINT32_C(0xac100505)    /* 172.16.5.5 */
#define SOURCE UINT32_C(0xc0a80a05) /* 192.168.10.5 */
#define GROUP UINT32_C(0xef010101)  /* 239.1.1.1 */
#define PROTOCOL 112

/* To be followed by the rest of the overlay's address. */
static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"gateway\":\"10.0.0.1\"},{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\","
	"\"gateway\":\"10.1.0.1\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"amt\":{\"max_tunnels\":4,\"prefixes\":[\"0.0.0.0/0\"]},"
	"\"admit\":[{\"prefix\":\"0.0.0.0/0\",\"max_members\":8,"
	"\"encap\":[\"l2\",\"gre\",\"gre-udp\"]}],"
	"\"overlay\":{\"address\":\"192.168.";

/* No gateways, and one admitted member. */
static const char few[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"gateway\":\"10.0.0.1\"},{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\","
	"\"gateway\":\"10.1.0.1\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"admit\":[{\"prefix\":\"0.0.0.0/0\",\"encap\":[\"gre\"],\"max_members\":1}],"
	"\"overlay\":{\"address\":\"192.168.";

static struct mcr_hub hub;
static struct rte_mempool *wire_pool;
static struct rte_ring *to_hub[PORTS], *from_hub[PORTS];

static struct mcr_config *
parse_after(const char *begin, const char *overlay, const char *rest)
{
	struct mcr_config_messages errors = {0};
	char whole[sizeof(text) + 2048];
	const int length = snprintf(whole, sizeof(whole), "%s%s\"}%s}", begin, overlay, rest);

	return mcr_config_parse(whole, length, "test", &errors);
}

static struct mcr_config *
parse(const char *overlay)
{
	return parse_after(text, overlay, "");
}

static bool
make_wire(unsigned int port)
{
	char name[32];

	snprintf(name, sizeof(name), "to%u", port);
	to_hub[port] = rte_ring_create(name, WIRE_SIZE, 0, 0);
	snprintf(name, sizeof(name), "from%u", port);
	from_hub[port] = rte_ring_create(name, WIRE_SIZE, 0, 0);
	snprintf(name, sizeof(name), "wire%u", port);
	return to_hub[port] != NULL && from_hub[port] != NULL &&
	       rte_eth_from_rings(name, &to_hub[port], 1, &from_hub[port], 1, 0) >= 0;
}

static int
start_hub(void **state)
{
	char *args[] = {"admit_route_test", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "-m128", "--lcores=0@0,1@0", "--log-level=error"};

	RTE_SET_USED(state);
	if (rte_eal_init(RTE_DIM(args), args) < 0)
		return -1;
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", RTE_LOG_ERR);
	wire_pool = rte_pktmbuf_pool_create(
		"wire", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	hub.config = parse("10.254/24");
	if (wire_pool == NULL || hub.config == NULL || !make_wire(0) || !make_wire(1) ||
		mcr_hub_start(&hub) != 0)
		return -1;
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_online(hub.fib.rcu, hub.workers.lcores[i].reader);
	return 0;
}

static int
end_hub(void **state)
{
	RTE_SET_USED(state);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_offline(hub.fib.rcu, hub.workers.lcores[i].reader);
	mcr_hub_end(&hub);
	mcr_config_free(hub.config);
	rte_mempool_free(wire_pool);
	for (unsigned int i = 0; i < PORTS; i++) {
		rte_ring_free(to_hub[i]);
		rte_ring_free(from_hub[i]);
	}
	return rte_eal_cleanup();
}

static void
take_sent(void)
{
	struct rte_mbuf *sent;

	for (unsigned int i = 0; i < PORTS; i++)
		while (rte_ring_dequeue(from_hub[i], (void **)&sent) == 0)
			rte_pktmbuf_free(sent);
}

static void
pass_grace_period(void)
{
	mcr_rcu_reclaim(hub.fib.rcu);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_quiescent(hub.fib.rcu, hub.workers.lcores[i].reader);
	mcr_rcu_reclaim(hub.fib.rcu);
}

static void
settle(void)
{
	unsigned int work;

	do {
		work = mcr_control_poll(hub.control, mcr_main_loop_now_ms());
		for (uint16_t i = 0; i < hub.workers.count; i++) {
			work += hub.workers.lcores[i].role->is_rx
			                ? mcr_rx_poll(&hub.workers.lcores[i])
			                : 0;
			work += hub.workers.lcores[i].role->is_tx
			                ? mcr_tx_poll(&hub.workers.lcores[i])
			                : 0;
		}
		take_sent();
		pass_grace_period();
	} while (work != 0);
}

static struct rte_mbuf *
make_frame(uint32_t sender, unsigned int port)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(wire_pool);
	struct rte_ether_hdr *ethernet = (void *)rte_pktmbuf_append(frame, sizeof(*ethernet));

	*ethernet = (struct rte_ether_hdr){
		.dst_addr = hub.ports.at[port].mac,
		.src_addr = {{2, 0, 0, 0, 0, sender & 0xff}},
		.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
	};
	return frame;
}

static void
append_ipv4(struct rte_mbuf *frame, uint32_t source, uint32_t destination, uint8_t protocol,
	uint16_t length)
{
	struct rte_ipv4_hdr *ip = (void *)rte_pktmbuf_append(frame, sizeof(*ip));

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(length),
		.time_to_live = 64,
		.next_proto_id = protocol,
		.src_addr = rte_cpu_to_be_32(source),
		.dst_addr = rte_cpu_to_be_32(destination),
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void
put_on_wire(unsigned int port, struct rte_mbuf *frame)
{
	assert_int_equal(rte_ring_enqueue(to_hub[port], frame), 0);
	settle();
}

static void
send_plain(uint32_t source)
{
	struct rte_mbuf *frame = make_frame(source, 0);

	append_ipv4(frame, source, GROUP, PROTOCOL, sizeof(struct rte_ipv4_hdr));
	put_on_wire(0, frame);
}

static void
send_message(uint32_t source, unsigned int port, uint8_t protocol, const void *message, size_t size)
{
	static const uint8_t gre[] = {0, 0, 8, 0};
	struct rte_mbuf *frame = make_frame(source, port);

	append_ipv4(frame, source, hub.ports.at[port].address, IPPROTO_GRE,
		2 * sizeof(struct rte_ipv4_hdr) + sizeof(gre) + size);
	memcpy(rte_pktmbuf_append(frame, sizeof(gre)), gre, sizeof(gre));
	append_ipv4(frame, SOURCE, GROUP, protocol, sizeof(struct rte_ipv4_hdr) + size);
	memcpy(rte_pktmbuf_append(frame, size), message, size);
	put_on_wire(port, frame);
}

static void
send_tunnelled(uint32_t source, unsigned int port)
{
	send_message(source, port, PROTOCOL, "", 0);
}

/* IGMPv2; whether it is followed, is another question. */
static void
report(uint32_t source, unsigned int port)
{
	static const uint8_t message[] = {0x16, 0, 0xf9, 0xfb, 239, 1, 1, 2};

	send_message(source, port, IPPROTO_IGMP, message, sizeof(message));
}

/* NULL: it is none. */
static const struct mcr_member *
find_member(uint32_t address, enum mcr_encap encap)
{
	const struct mcr_member_identity identity = {.address = address, .encap = encap};
	const uint32_t id = mcr_member_find(hub.fib.members, &identity);

	return id == MCR_MEMBER_NONE ? NULL : mcr_member_get(hub.fib.members, id);
}

/* Silent for more than the 10 minutes, by the control lcore's clock. */
static int
forget_all(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 2; i++) {
		hub.control->now_ms += 660000;
		hub.control->admit_due_ms = 0;
		mcr_admit_expire(hub.control);
	}
	settle();
	return mcr_member_count(hub.fib.members) == 0 ? 0 : -1;
}

static void
assert_led_by(uint32_t address, uint16_t port, uint32_t next_hop)
{
	const struct mcr_member *member = find_member(address, MCR_ENCAP_GRE);

	assert_non_null(member);
	assert_int_equal(member->port, port);
	assert_int_equal(member->next_hop, next_hop);
}

/* Its tunnel takes copies only from the address that it sends to. */
static void
copies_leave_by_the_port_that_the_sender_chose(void **state)
{
	RTE_SET_USED(state);
	send_tunnelled(FAR, 1);
	assert_led_by(FAR, 1, ROUTER);
	/* Also who is on-link elsewhere. */
	send_tunnelled(FIRST, 1);
	assert_led_by(FIRST, 1, ROUTER);
	send_tunnelled(SECOND, 0);
	assert_led_by(SECOND, 0, SECOND);
	/* What it sends says nothing about where it takes copies; what it asks for does. */
	send_tunnelled(SECOND, 1);
	assert_led_by(SECOND, 0, SECOND);
	report(SECOND, 1);
	assert_led_by(SECOND, 1, ROUTER);
	report(SECOND, 0);
	assert_led_by(SECOND, 0, SECOND);
}

/* RFC 1122 3.2.1.3: none of them can be answered. */
static void
what_is_no_hosts_address_is_not_admitted(void **state)
{
	static const uint32_t addresses[] = {HUB, HUB | 0xff, HUB & ~0xffu, SIDE, SIDE | 0xff,
		SIDE & ~0xffu, 1, 0x7f000001, 0xe0000001, 0xefffffff, 0xf0000001, UINT32_MAX};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(addresses); i++) {
		struct mcr_member foreseen;

		send_plain(addresses[i]);
		send_tunnelled(addresses[i], 0);
		send_tunnelled(addresses[i], 1);
		assert_int_equal(mcr_member_count(hub.fib.members), 0);
		assert_false(mcr_access_find_rule(&hub.fib, &hub.ports, addresses[i], UINT32_MAX) !=
			     NULL);
		assert_false(mcr_admit_foresee(hub.control, addresses[i], &foreseen));
		assert_false(mcr_access_may_connect(&hub.fib, &hub.ports, addresses[i]));
	}
}

/* Instances behind a NAT may show it. */
static void
a_gateways_address_is_admitted(void **state)
{
	RTE_SET_USED(state);
	send_tunnelled(ROUTER, 1);
	assert_led_by(ROUTER, 1, ROUTER);
	assert_true(mcr_access_may_connect(&hub.fib, &hub.ports, ROUTER));
}

static void
reload(const char *overlay)
{
	struct mcr_config *config = parse(overlay);

	assert_non_null(config);
	assert_int_equal(mcr_apply_config(hub.control, config), 0);
	settle();
}

static void
assert_overlay(const struct mcr_member *member, uint32_t address, uint8_t length)
{
	assert_non_null(member);
	assert_int_equal(member->hub_overlay.hub, address);
	assert_int_equal(member->hub_overlay.length, length);
}

static void
who_is_not_declared_follows_the_overlay(void **state)
{
	const struct mcr_amt_endpoint endpoint = {.address = FAR, .port = 4000};
	uint32_t gateway;

	RTE_SET_USED(state);
	send_plain(FIRST);
	send_tunnelled(FIRST, 0);
	assert_int_equal(mcr_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_overlay(find_member(FIRST, MCR_ENCAP_GRE), 0xc0a80afe, 24);
	assert_overlay(mcr_member_get(hub.fib.members, gateway), 0xc0a80afe, 24);
	reload("20.100/25");
	assert_overlay(find_member(FIRST, MCR_ENCAP_GRE), 0xc0a81464, 25);
	assert_overlay(mcr_member_get(hub.fib.members, gateway), 0xc0a81464, 25);
	assert_overlay(find_member(FIRST, MCR_ENCAP_L2), 0, 0);
	mcr_gateway_close(hub.control, gateway);
	reload("10.254/24");
}

/* The other readers are this thread: a reload must not wait for them. */
static int
reload_from(const char *begin, const char *rest)
{
	struct mcr_config *config = parse_after(begin, "10.254/24", rest);
	int ret;

	assert_non_null(config);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_offline(hub.fib.rcu, hub.workers.lcores[i].reader);
	ret = mcr_apply_config(hub.control, config);
	for (uint16_t i = 0; i < hub.workers.count; i++)
		mcr_rcu_online(hub.fib.rcu, hub.workers.lcores[i].reader);
	if (ret != 0)
		mcr_config_free(config);
	settle();
	return ret;
}

static int
reload_with(const char *rest)
{
	return reload_from(text, rest);
}

static void
who_was_admitted_may_be_declared_behind_its_nat(void **state)
{
	const struct mcr_member_identity identity = {
		.address = FAR, .encap = MCR_ENCAP_GRE_UDP, .udp_port = 4754};
	uint32_t id;

	RTE_SET_USED(state);
	assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	assert_int_equal(reload_with(",\"members\":[{\"name\":\"far\",\"encap\":\"gre-udp\","
				     "\"address\":\"172.16.5.5\",\"nat\":true}]"),
		0);
	id = mcr_member_find_name(hub.fib.members, "far");
	assert_int_not_equal(id, MCR_MEMBER_NONE);
	assert_true(mcr_member_get(hub.fib.members, id)->is_nat);
	assert_int_equal(mcr_member_count(hub.fib.members), 1);
	assert_int_equal(reload_with(""), 0);
}

/* All at once: with a commit for each the lists were made as often as there are members. */
static void
who_may_not_stay_leaves_together(void **state)
{
	struct mcr_member_identity identity = {.encap = MCR_ENCAP_GRE};
	const struct mcr_amt_endpoint endpoint = {.address = FAR, .port = 4000};
	uint32_t gateway;

	RTE_SET_USED(state);
	for (uint32_t i = 0; i < 3; i++) {
		identity.address = FIRST + i;
		assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	}
	assert_int_equal(mcr_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_int_equal(reload_from(few, ""), 0);
	assert_int_equal(mcr_member_count(hub.fib.members), 1);
	assert_int_equal(hub.control->relay->tunnels, 0);
	/* The one that stayed counts. */
	identity.address = FIRST + 3;
	assert_int_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
	assert_int_equal(reload_with(""), 0);
	assert_int_not_equal(mcr_admit_restore(hub.control, &identity), MCR_MEMBER_NONE);
}

static void
declare(char *rest, size_t size, unsigned int count)
{
	int n = snprintf(rest, size, ",\"members\":[");

	for (unsigned int i = 0; i < count; i++)
		n += snprintf(rest + n, size - n,
			"%s{\"name\":\"m%u\",\"encap\":\"gre\",\"address\":\"10.0.0.%u\"}",
			i == 0 ? "" : ",", i, 100 + i);
	snprintf(rest + n, size - n, "]");
}

/* Its id is free after the grace period only. */
static void
a_member_takes_the_place_of_one_that_just_left(void **state)
{
	const struct mcr_amt_endpoint endpoint = {.address = FAR, .port = 4000};
	char rest[2000];
	uint32_t gateway;

	RTE_SET_USED(state);
	declare(rest, sizeof(rest), 15);
	assert_int_equal(reload_with(rest), 0);
	assert_int_equal(mcr_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	mcr_gateway_close(hub.control, gateway);
	declare(rest, sizeof(rest), 16);
	assert_int_equal(reload_with(rest), 0);
	assert_int_equal(mcr_member_count(hub.fib.members), 16);
	assert_int_equal(reload_with(""), 0);
}

static void
fill_or_clear_groups(uint32_t member, bool fill)
{
	const struct mcr_receiver receiver = {.address = FIRST, .member = member};
	struct mcr_group_key key = {.length = 32};

	for (uint32_t i = 0; i < 16; i++) {
		key.group = GROUP + 100 + i;
		if (fill)
			assert_int_equal(
				mcr_group_add(hub.fib.groups, &key, receiver, MCR_ORIGIN_RUNTIME),
				0);
		else
			mcr_group_remove(hub.fib.groups, &key, member, MCR_ORIGIN_RUNTIME);
	}
	mcr_group_commit(hub.fib.groups);
}

static void
a_gateway_stays_whose_join_waits_for_room(void **state)
{
	const struct mcr_amt_endpoint endpoint = {.address = FAR, .port = 4000};
	const struct mcr_igmp_record record = {.type = MCR_IGMP_IS_EX, .group = GROUP};
	const struct mcr_member_identity identity = {.address = FIRST, .encap = MCR_ENCAP_GRE};
	uint32_t gateway, full;

	RTE_SET_USED(state);
	full = mcr_admit_restore(hub.control, &identity);
	fill_or_clear_groups(full, true);
	assert_int_equal(mcr_gateway_open(hub.control, &endpoint, 0, &gateway), 0);
	assert_true(mcr_membership_restore(hub.control, gateway, &record));
	assert_int_equal(mcr_igmp_count_waiting(hub.control->igmp), 1);
	hub.control->relay->expire_due_ms = 0;
	mcr_gateway_expire(hub.control);
	assert_int_equal(mcr_gateway_find(hub.control, &endpoint), gateway);
	fill_or_clear_groups(full, false);
	hub.control->retry_due_ms = 0;
	mcr_membership_run(hub.control);
	assert_int_equal(mcr_group_memberships(hub.fib.groups, gateway), 1);
	mcr_gateway_close(hub.control, gateway);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_leave_by_the_port_that_the_sender_chose),
		TEST(what_is_no_hosts_address_is_not_admitted),
		TEST(a_gateways_address_is_admitted),
		TEST(who_is_not_declared_follows_the_overlay),
		TEST(who_was_admitted_may_be_declared_behind_its_nat),
		TEST(who_may_not_stay_leaves_together),
		TEST(a_member_takes_the_place_of_one_that_just_left),
		TEST(a_gateway_stays_whose_join_waits_for_room),
	};

	return cmocka_run_group_tests(tests, start_hub, end_hub);
}
