/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub that shares its members with beta and gamma, which are the test, as its agent is.
 * With FAMILY_IPV6, links and members are over IPv6. */

#include <rte_icmp.h>

#include "control/checkup.h"
#include "control/placement/arrivals.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/placement/serving.h"
#include "control/survey.h"
#include "fib/placement.h"
#include "telemetry/explanation.h"
#include "telemetry/interest_key.h"
#include "test/link_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define JOINED MCR_IPV4(239, 9, 9, 9)
#define MEMBERS 12
#define FIRST 101 /* last byte of the address of the first member */
#define ADDRESS(i) MCR_IPV4(10, 0, 0, FIRST + (i))
#define PACKET_BYTES 20
#define ALL ((1u << MEMBERS) - 1)
#define EPOCH 7 /* of beta and gamma */

/* Hubs by bit. */
#define A 1u
#define B 2u
#define C 4u

static const char *const hub_names[] = {"alpha", "beta", "gamma"};

#define PORTS                                                               \
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6 \
	"\"address\":\"10.0.0.10/24\","                                     \
	"\"gateway\":\"10.0.0.1\",\"gateway_mac\":\"02:00:00:00:00:01\"}],"
#define LIMITS "\"limits\":{\"members\":32,\"groups\":16,\"mbufs\":2048},"
#define DOMAIN                                                                     \
	"\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\",\"members\":\"shared\"," \
	"\"etcd\":[\"http://127.0.0.1:2379\"]},"
#define SENDING "{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"role\":\"sender\"}"
#ifdef FAMILY_IPV6
#define MEMBER_ADDRESS "fd00::%x"
#else
#define MEMBER_ADDRESS "10.0.0.%u"
#endif
#define ELSEWHERE ",{\"name\":\"elsewhere\",\"address\":\"10.9.0.5\"}"
#define GROUPS "\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}]}"

static unsigned int queries[256]; /* by the next hop's last byte */
static struct rte_icmp_hdr last_icmp;
static unsigned int in_tunnels; /* packets with data */

static bool
is_data_in_gre(const struct rte_ipv4_hdr *ip)
{
	const struct rte_ipv4_hdr *inner = (const void *)((const uint8_t *)(ip + 1) + 4);

	return ip->next_proto_id == IPPROTO_GRE && inner->next_proto_id == FIXTURE_PROTOCOL;
}

static void
look(const struct rte_mbuf *frame)
{
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, const void *);
	const struct rte_ipv4_hdr *ip = (const void *)(ethernet + 1);

	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
		ip->next_proto_id == IPPROTO_IGMP)
		queries[ethernet->dst_addr.addr_bytes[RTE_ETHER_ADDR_LEN - 1]]++;
	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
		ip->next_proto_id == IPPROTO_ICMP)
		memcpy(&last_icmp, ip + 1, sizeof(last_icmp));
	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		in_tunnels += is_data_in_gre(ip);
	look_at_frame(frame);
}

/* Members m0, m1, ... without those of `gone`, then what else there is. */
static struct mcr_config *
make_config(uint32_t gone, const char *rest)
{
	char text[4096], *at = text;

	at += sprintf(at, PORTS LIMITS DOMAIN "\"members\":[" SENDING ELSEWHERE);
	for (unsigned int i = 0; i < MEMBERS; i++) {
		if ((gone >> i & 1) == 0)
			at += sprintf(at,
				",{\"name\":\"m%u\",\"address\":\"" MEMBER_ADDRESS "\","
				"\"mac\":\"02:00:00:00:00:%02x\"}",
				i, FIRST + i, FIRST + i);
	}
	sprintf(at, "%s]," GROUPS, rest);
	return fixture_parse(text);
}

static int
start_hub(void **state)
{
	static const char config[] = PORTS LIMITS DOMAIN "\"members\":[" SENDING "]," GROUPS;

	RTE_SET_USED(state);
	return fixture_start(
		&(struct hub_fixture){.config = config, .ports = 1, .lcores = 1, .on_sent = look});
}

static void
settle(void)
{
	fixture_pass_ms(20);
	fixture_settle();
}

static uint32_t
hub_id(unsigned int index)
{
	return mcr_link_hub_id("floor", hub_names[index]);
}

/* What the agent says: hubs by bit, of each generation. */
static void
stage(uint32_t even, uint32_t odd)
{
	struct mcr_hubs *hubs = mcr_placements_hubs(hub.control);

	for (unsigned int i = 0; i < RTE_DIM(hub_names); i++)
		assert_int_equal(
			mcr_hubs_stage(hubs, hub_id(i), (even >> i & 1) | (odd >> i & 1) << 1,
				i == 0 ? hub.fib.peers->epoch : EPOCH),
			0);
}

static void
tell(uint64_t generation, enum mcr_handover_phase phase)
{
	mcr_placements_take(
		hub.control, &(struct mcr_handover){.generation = generation, .phase = phase});
	assert_false(mcr_placements_is_applied(hub.control));
}

static void
take(uint64_t generation, enum mcr_handover_phase phase)
{
	tell(generation, phase);
	settle();
	assert_true(mcr_placements_is_applied(hub.control));
}

/* Generation 1, of these hubs. */
static void
settle_with(uint32_t set)
{
	stage(0, set);
	take(1, MCR_HANDOVER_SETTLED);
}

/* The hub of a set with the highest weight for a member. */
static uint32_t
best_of(uint32_t set, unsigned int member)
{
	uint32_t best = 0;
	uint64_t weight = 0;
	char name[8];

	snprintf(name, sizeof(name), "m%u", member);
	for (unsigned int i = 0; i < RTE_DIM(hub_names); i++) {
		const uint64_t one = mcr_placement_weight(hub_id(i), mcr_placement_hash(name));

		if ((set >> i & 1) != 0 && one > weight) {
			best = 1u << i;
			weight = one;
		}
	}
	return best;
}

/* The members that a hub of a set serves, by bit. */
static uint32_t
served_by(uint32_t hub_bit, uint32_t set)
{
	uint32_t members = 0;

	for (unsigned int i = 0; i < MEMBERS; i++)
		members |= (best_of(set, i) == hub_bit) << i;
	return members;
}

/* A member for which these hubs are in this order. */
static unsigned int
find_member(uint32_t first, uint32_t second)
{
	for (unsigned int i = 0; i < MEMBERS; i++) {
		if (best_of(A | B | C, i) == first && best_of((A | B | C) & ~first, i) == second)
			return i;
	}
	fail_msg("no member is of these hubs in this order");
	return 0;
}

static uint32_t
id_of(unsigned int member)
{
	char name[8];
	uint32_t id;

	snprintf(name, sizeof(name), "m%u", member);
	id = fixture_member_named(name);
	assert_int_not_equal(id, MCR_MEMBER_NONE);
	return id;
}

static uint32_t
hash_of(unsigned int member)
{
	char name[8];

	snprintf(name, sizeof(name), "m%u", member);
	return mcr_placement_hash(name);
}

/* Who got a copy since the last call, each one at most. */
static uint32_t
take_receivers(void)
{
	uint32_t members = 0;

	for (unsigned int i = 0; i < MEMBERS; i++) {
		assert_in_range(copies_to(ADDRESS(i)), 0, 1);
		members |= copies_to(ADDRESS(i)) << i;
	}
	memset(sent, 0, sizeof(sent));
	return members;
}

static void
put_data(uint32_t source, uint32_t group)
{
	fixture_put_on_wire(0, fixture_make_packet(0, source, group, 1));
	fixture_settle();
}

static uint32_t
receivers_of_own(void)
{
	(void)take_receivers();
	put_data(SENDER, GROUP);
	return take_receivers();
}

static uint32_t
receivers_of_beta(uint32_t group, uint8_t tag)
{
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, group, 1);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET,
		.length = PACKET_BYTES,
		.member = MCR_IPV4(10, 9, 9, 9),
		.flags = tag != 0 ? MCR_LINK_TAG : 0,
	};

	(void)take_receivers();
	put_link_on_wire(make_link_frame(BETA, hub_id(1), betas++, &record,
		rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN)));
	rte_pktmbuf_free(packet);
	fixture_settle();
	return take_receivers();
}

static void
assert_served(uint32_t members)
{
	assert_int_equal(receivers_of_own(), members);
	assert_int_equal(receivers_of_beta(GROUP, 0), members);
	assert_int_equal(receivers_of_beta(GROUP, 1), members);
}

static struct mcr_interest_key
key_of(enum mcr_interest_kind kind, unsigned int member, uint32_t number)
{
	return (struct mcr_interest_key){.kind = kind, .number = hash_of(member), .claim = number};
}

/* A peer says so, as the agent knows. */
static void
hear(const char *name, enum mcr_interest_kind kind, unsigned int member, uint32_t number)
{
	const struct mcr_interest_key key = key_of(kind, member, number);

	want_key(name, &key, MCR_INTEREST_WANTS);
	settle();
}

static void
hear_no_more(const char *name, enum mcr_interest_kind kind, unsigned int member, uint32_t number)
{
	const struct mcr_interest_key key = key_of(kind, member, number);

	want_key(name, &key, MCR_INTEREST_NONE);
	settle();
}

/* The number of the claim that this hub says; 0: none. */
static uint32_t
says(enum mcr_interest_kind kind, unsigned int member)
{
	const struct mcr_interest_log *log = mcr_domain_interest(hub.control);
	struct mcr_interest_change changes[64];
	uint32_t place = 0, number = 0, count;

	do {
		count = mcr_interest_log_list(log, &place, changes, RTE_DIM(changes));
		for (uint32_t i = 0; i < count; i++) {
			if (changes[i].key.kind != kind || changes[i].key.number != hash_of(member))
				continue;
			assert_int_equal(number, 0);
			number = changes[i].key.claim;
		}
	} while (place != 0);
	return number;
}

/* This hub's next claim. @param highest Number of the highest one known. */
static uint32_t
claim_above(uint32_t highest)
{
	return mcr_claim_number(hub_id(0), highest);
}

#define comes(member) says(MCR_INTEREST_COMES, member)
#define left(member) says(MCR_INTEREST_LEFT, member)

static uint16_t
server_of(unsigned int member)
{
	return mcr_serving_server(hub.control, id_of(member));
}

static bool
is_served(unsigned int member)
{
	return (receivers_of_own() >> member & 1) != 0;
}

/* Data of a member arrives here, to a group that nobody has. */
static void
come(unsigned int member)
{
	put_data(ADDRESS(member), JOINED);
	settle();
	settle();
}

/* Only the named peers are heard, until the others are dead. */
static void
keep_up(bool beta, bool gamma)
{
	for (unsigned int i = 0; i < 10; i++) {
		if (beta)
			say_up("beta", BETA);
		if (gamma)
			say_up("gamma", GAMMA);
		pass_us(HELLO_US / 2);
	}
	settle();
}

static void
restart(const char *name, uint32_t address)
{
	const struct mcr_link_hello hello = {
		.state = MCR_LINK_DOWN, .my_discriminator = address + 1};

	send_hello(name, address, hello);
}

/* The hub as new, with beta and gamma up, and no placement. */
static int
begin(void **state)
{
	static const struct mcr_placement_network networks[] = {
		{.address = MCR_IPV4(10, 0, 0, 0), .length = 24},
		{.is_ipv6 = true, .address6 = {.s6_addr = {0xfd}}, .length = 64}};
	struct mcr_config *config = make_config(0, "");

	if (config == NULL || fixture_reload(config) != 0 || bring_both_up(state) != 0)
		return -1;
	for (unsigned int i = 1; i < RTE_DIM(hub_names); i++)
		mcr_hubs_set_networks(
			mcr_placements_hubs(hub.control), hub_id(i), networks, RTE_DIM(networks));
	settle();
	return 0;
}

/* Members go, and with them what was said of them. */
static int
end(void **state)
{
	mcr_drain_end(hub.control);
	stage(0, 0);
	take(0, MCR_HANDOVER_SETTLED);
	if (remove_both(state) != 0 || fixture_reload(make_config(ALL, "")) != 0)
		return -1;
	fixture_pass_ms(MCR_DRAIN_SILENT_MS);
	settle();
	assert_false(mcr_placement_filters(hub.fib.placement));
	for (unsigned int i = 0; i < MEMBERS; i++) {
		assert_int_equal(comes(i), 0);
		assert_int_equal(left(i), 0);
	}
	for (uint32_t id = 0; id < hub.fib.placement->members; id++) {
		if (mcr_member_get(hub.fib.members, id) == NULL)
			assert_int_equal(
				mcr_placement_mask(hub.fib.placement, id), MCR_PLACEMENT_ALWAYS);
	}
	return 0;
}

static void
without_a_placement_no_shared_member_is_served(void **unused)
{
	RTE_SET_USED(unused);
	assert_int_equal(mcr_placements_get(hub.control)->phase != MCR_HANDOVER_NONE &&
				 mcr_placements_get(hub.control)->generation != 0,
		0);
	assert_served(0);
	assert_int_equal(server_of(0), MCR_HUBS_NOBODY);
	/* Nor claimed: nobody would hear of it. */
	come(0);
	assert_served(0);
}

static void
each_member_is_served_by_one_hub(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(A | B | C);
	assert_served(served_by(A, A | B | C));
	for (unsigned int i = 0; i < MEMBERS; i++) {
		const uint32_t best = best_of(A | B | C, i);

		assert_int_equal(server_of(i),
			best == A ? MCR_HUBS_SELF : peer(best == B ? "beta" : "gamma")->index);
	}
	settle_with(B | C);
	assert_served(0);
	settle_with(A);
	assert_served(ALL);
	assert_balance();
}

/* The old one of both has tag 1, the new one tag 0. */
static void
assert_handover(uint32_t before, uint32_t after)
{
	stage(after, before);
	take(2, MCR_HANDOVER_PREPARE);
	assert_int_equal(receivers_of_beta(GROUP, 1), served_by(A, before));
	assert_int_equal(receivers_of_beta(GROUP, 0), served_by(A, after));
	assert_int_equal(receivers_of_own(), served_by(A, before));
	take(2, MCR_HANDOVER_SWITCH);
	assert_int_equal(receivers_of_beta(GROUP, 1), served_by(A, before));
	assert_int_equal(receivers_of_beta(GROUP, 0), served_by(A, after));
	assert_int_equal(receivers_of_own(), served_by(A, after));
	stage(after, 0);
	take(2, MCR_HANDOVER_SETTLED);
	assert_served(served_by(A, after));
	assert_balance();
}

static void
from_one_placement_to_the_next_each_tag_has_its_members(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(A | B);
	assert_handover(A | B, A | B | C);
	settle_with(A | B | C);
	assert_handover(A | B | C, A);
	settle_with(A);
	assert_handover(A, B | C);
	settle_with(B | C);
	assert_handover(B | C, A | C);
}

static uint8_t
last_byte(uint32_t address)
{
	return mcr_address_is_ipv6(address) ? mcr_address_ipv6(address)->s6_addr[15] : address;
}

static uint32_t
listed(void)
{
	const struct mcr_group_key key = {.group = GROUP, .length = 32};
	const struct mcr_receivers *receivers = mcr_group_receivers(hub.fib.groups,
		mcr_group_ref_of(hub.fib.groups, mcr_group_lookup(hub.fib.groups, &key)));
	uint32_t members = 0;

	for (uint32_t i = 0; i < receivers->count; i++)
		members |= 1u << (last_byte(receivers->at[i].address) - FIRST);
	return members;
}

static uint32_t
masked(uint8_t mask)
{
	uint32_t members = 0;

	for (unsigned int i = 0; i < MEMBERS; i++)
		members |= (mcr_placement_mask(hub.fib.placement, id_of(i)) == mask) << i;
	return members;
}

/* Else a packet on its way would go to members of the wrong tag. */
static void
lists_change_while_all_readers_filter(void **unused)
{
	const uint32_t before = served_by(A, A | B), after = served_by(A, A | C);

	RTE_SET_USED(unused);
	assert_true((before & ~after) != 0 && (after & ~before) != 0);
	settle_with(A | B);
	stage(A | C, A | B);
	tell(2, MCR_HANDOVER_PREPARE);
	fixture_poll(0);
	fixture_poll(0);
	assert_int_equal(masked(3), before & after);
	assert_int_equal(masked(2), before & ~after);
	assert_int_equal(masked(1), after & ~before);
	assert_true(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(listed(), before);
	assert_false(mcr_placements_is_applied(hub.control));
	fixture_settle();
	assert_int_equal(listed(), before | after);
	assert_int_equal(mcr_placement_tag(hub.fib.placement), 1);
	take(2, MCR_HANDOVER_SWITCH);
	assert_int_equal(mcr_placement_tag(hub.fib.placement), 0);
	tell(2, MCR_HANDOVER_SETTLED);
	fixture_poll(0);
	fixture_poll(0);
	assert_int_equal(listed(), after);
	assert_true(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(masked(2), before & ~after);
	fixture_settle();
	assert_false(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(masked(3), after);
	assert_int_equal(masked(0), ALL & ~after);
}

/* Else what those members take over is lost. */
static void
a_placement_is_prepared_when_packets_go_to_all_its_hubs(void **unused)
{
	struct mcr_peer *beta = (struct mcr_peer *)peer("beta");

	RTE_SET_USED(unused);
	settle_with(A | C);
	beta->carries = false;
	stage(A | B | C, A | C);
	tell(2, MCR_HANDOVER_PREPARE);
	settle();
	assert_false(mcr_placements_is_applied(hub.control));
	/* It may be about to come up, or dead. */
	beta->state = MCR_LINK_DOWN;
	assert_false(mcr_placements_is_applied(hub.control));
	hub.control->now_ms += 2 * HOLD_US / 1000;
	assert_true(mcr_placements_is_applied(hub.control));
	hub.control->now_ms -= 2 * HOLD_US / 1000;
	beta->state = MCR_LINK_UP;
	assert_false(mcr_placements_is_applied(hub.control));
	beta->carries = true;
	assert_true(mcr_placements_is_applied(hub.control));
	/* It is no matter of those that leave, nor of other phases. */
	beta->carries = false;
	take(2, MCR_HANDOVER_SWITCH);
	stage(A | B | C, A | C);
	take(3, MCR_HANDOVER_PREPARE);
	beta->carries = true;
}

static void
interest_is_that_of_both_placements(void **unused)
{
	const struct mcr_group_key key = {.group = GROUP, .length = 32};
	const uint32_t entry = mcr_group_lookup(hub.fib.groups, &key);

	RTE_SET_USED(unused);
	settle_with(B);
	assert_int_equal(mcr_group_interest_of(hub.fib.groups, entry), MCR_INTEREST_EMPTY);
	stage(A, B);
	take(2, MCR_HANDOVER_PREPARE);
	assert_int_equal(mcr_group_interest_of(hub.fib.groups, entry), MCR_INTEREST_WANTS);
	settle_with(A);
	stage(B, A);
	take(2, MCR_HANDOVER_SWITCH);
	assert_int_equal(mcr_group_interest_of(hub.fib.groups, entry), MCR_INTEREST_WANTS);
	take(2, MCR_HANDOVER_SETTLED);
	assert_int_equal(mcr_group_interest_of(hub.fib.groups, entry), MCR_INTEREST_EMPTY);
}

static void
members_of_a_dead_hub_are_taken_over_at_once(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(A | B | C);
	keep_up(false, true);
	assert_int_equal(receivers_of_own(), served_by(A, A | C));
	keep_up(false, false);
	assert_int_equal(receivers_of_own(), ALL);
}

static void
carry(const char *from, const char *to, bool carries)
{
	struct mcr_peer_list *list = (struct mcr_peer_list *)&peer(from)->list;
	const uint64_t bit = UINT64_C(1) << peer(to)->index % 64;

	list->epoch = peer(from)->epoch;
	list->downs = peer(from)->downs;
	list->carries[peer(to)->index / 64] = carries ? bit : 0;
	mcr_peers_change_views(hub.fib.peers);
	settle();
	settle();
}

/* Who sends to both waits for no longer than some hellos. The background may have other work. */
static void
members_of_a_hub_that_is_alive_again_are_given_up_before_lists_change(void **unused)
{
	const uint32_t before = served_by(A, A | C), after = served_by(A, A | B | C);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	keep_up(false, true);
	assert_int_equal(listed(), before);
	((struct mcr_peer *)peer("beta"))->state = MCR_LINK_UP;
	mcr_peers_change_views(hub.fib.peers);
	hub.control->now_ms = fixture_now_ms();
	mcr_placements_watch(hub.control);
	assert_int_equal(listed(), before);
	assert_true(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(masked(3), after);
	fixture_settle();
	assert_int_equal(listed(), after);
	assert_false(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(receivers_of_own(), after);
}

/* Nor does the end of a handover let it through. */
static void
what_is_given_up_at_the_end_of_a_handover_stays_so(void **unused)
{
	const uint32_t before = served_by(A, A | C), after = served_by(A, A | B | C);

	RTE_SET_USED(unused);
	stage(0, A | B | C);
	take(1, MCR_HANDOVER_SETTLED);
	keep_up(false, true);
	stage(A | B | C, A | B | C);
	take(2, MCR_HANDOVER_SWITCH);
	tell(2, MCR_HANDOVER_SETTLED);
	fixture_poll(0);
	fixture_poll(0);
	assert_int_equal(listed(), before);
	((struct mcr_peer *)peer("beta"))->state = MCR_LINK_UP;
	mcr_peers_change_views(hub.fib.peers);
	mcr_placements_watch(hub.control);
	assert_int_equal(masked(1) | masked(3), after);
	fixture_pass_grace_period();
	fixture_poll(0);
	assert_int_equal(listed() & ~after & ~masked(0), 0);
	assert_true(listed() == after || mcr_placement_filters(hub.fib.placement));
	fixture_settle();
	assert_false(mcr_placement_filters(hub.fib.placement));
	assert_int_equal(receivers_of_own(), after);
}

static void
a_hub_that_another_one_reaches_keeps_its_members(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(A | B | C);
	carry("gamma", "beta", true);
	keep_up(false, true);
	assert_int_not_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_int_equal(receivers_of_own(), served_by(A, A | B | C));
	carry("gamma", "beta", false);
	assert_int_equal(receivers_of_own(), served_by(A, A | C));
}

static void
a_hub_that_restarted_serves_when_a_placement_names_its_new_start(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(A | B | C);
	restart("beta", BETA);
	((struct mcr_peer *)peer("beta"))->hub_epoch = EPOCH + 1;
	((struct mcr_peer *)peer("beta"))->state = MCR_LINK_UP;
	mcr_peers_change_views(hub.fib.peers);
	settle();
	settle();
	assert_int_equal(receivers_of_own(), served_by(A, A | C));
	assert_int_equal(
		mcr_hubs_stage(mcr_placements_hubs(hub.control), hub_id(1), 2, EPOCH + 1), 0);
	settle();
	assert_int_equal(receivers_of_own(), served_by(A, A | C));
	take(1, MCR_HANDOVER_SETTLED);
	assert_int_equal(receivers_of_own(), served_by(A, A | B | C));
}

static void
a_member_that_comes_is_served_when_its_hub_has_left_it(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	assert_int_equal(comes(member), 0);
	come(member);
	assert_int_equal(comes(member), claim_above(0));
	assert_false(is_served(member));
	hear("beta", MCR_INTEREST_LEFT, member, claim_above(0));
	assert_true(is_served(member));
	assert_int_equal(server_of(member), MCR_HUBS_SELF);
	assert_int_equal(left(member), 0);
	/* Once and for all. */
	hear_no_more("beta", MCR_INTEREST_LEFT, member, claim_above(0));
	fixture_pass_ms(MCR_CLAIM_WAIT_MS);
	settle();
	assert_true(is_served(member));
}

static void
a_claim_waits_for_a_second_at_most(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	come(member);
	fixture_pass_ms(MCR_CLAIM_WAIT_MS / 2);
	settle();
	assert_false(is_served(member));
	fixture_pass_ms(MCR_CLAIM_WAIT_MS / 2);
	settle();
	assert_true(is_served(member));
}

/* Gamma would be next, but has left it as well. */
static void
a_claim_does_not_wait_for_the_dead(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	come(member);
	assert_false(is_served(member));
	keep_up(false, true);
	assert_true(is_served(member));
}

static void
a_member_that_comes_elsewhere_is_left_to_that_hub(void **unused)
{
	const unsigned int member = find_member(A, B);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	assert_true(is_served(member));
	hear("gamma", MCR_INTEREST_COMES, member, 5);
	assert_false(is_served(member));
	assert_int_equal(server_of(member), peer("gamma")->index);
	assert_int_equal(left(member), 5);
	hear("gamma", MCR_INTEREST_COMES, member, 6);
	assert_int_equal(left(member), 6);
	hear_no_more("gamma", MCR_INTEREST_COMES, member, 5);
	hear_no_more("gamma", MCR_INTEREST_COMES, member, 6);
	assert_true(is_served(member));
	assert_int_equal(left(member), 0);
}

/* Else the other hub would serve it before this one has stopped. */
static void
a_member_is_left_when_lists_are_without_it(void **unused)
{
	const unsigned int member = find_member(A, B);
	const struct mcr_interest_key key = key_of(MCR_INTEREST_COMES, member, 5);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	stage(A | B | C, A | B | C);
	take(2, MCR_HANDOVER_SWITCH);
	want_key("gamma", &key, MCR_INTEREST_WANTS);
	take(2, MCR_HANDOVER_SETTLED);
	assert_false(is_served(member));
	assert_int_equal(left(member), 5);
	hear_no_more("gamma", MCR_INTEREST_COMES, member, 5);
	assert_int_equal(left(member), 0);
	/* The grace period at the end of a filter is between both. */
	take(2, MCR_HANDOVER_SWITCH);
	want_key("gamma", &key, MCR_INTEREST_WANTS);
	tell(2, MCR_HANDOVER_SETTLED);
	fixture_poll(0);
	fixture_poll(0);
	assert_int_equal(listed() >> member & 1, 0);
	assert_int_equal(left(member), 0);
	fixture_settle();
	assert_int_equal(left(member), 5);
}

static void
the_claim_of_a_dead_hub_is_void(void **unused)
{
	const unsigned int member = find_member(A, B);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	hear("gamma", MCR_INTEREST_COMES, member, 5);
	assert_false(is_served(member));
	keep_up(true, false);
	assert_true(is_served(member));
}

static void
the_claim_of_a_hub_that_restarted_is_void_until_it_serves_again(void **unused)
{
	const unsigned int member = find_member(A, B);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	hear("gamma", MCR_INTEREST_COMES, member, 5);
	assert_false(is_served(member));
	((struct mcr_peer *)peer("gamma"))->hub_epoch = EPOCH + 1;
	mcr_peers_change_views(hub.fib.peers);
	settle();
	settle();
	assert_true(is_served(member));
	assert_int_equal(
		mcr_hubs_stage(mcr_placements_hubs(hub.control), hub_id(2), 2, EPOCH + 1), 0);
	take(1, MCR_HANDOVER_SETTLED);
	assert_false(is_served(member));
	assert_int_equal(server_of(member), peer("gamma")->index);
}

static void
a_higher_claim_takes_a_member_away(void **unused)
{
	const unsigned int member = find_member(B, A);
	const uint32_t higher = claim_above(3) + 1;

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	hear("gamma", MCR_INTEREST_COMES, member, 3);
	come(member);
	assert_int_equal(comes(member), claim_above(3));
	hear("beta", MCR_INTEREST_LEFT, member, claim_above(3));
	assert_false(is_served(member)); /* gamma has not withdrawn its own */
	hear_no_more("gamma", MCR_INTEREST_COMES, member, 3);
	assert_true(is_served(member));
	hear("gamma", MCR_INTEREST_COMES, member, higher);
	assert_false(is_served(member));
	assert_int_equal(comes(member), 0);
	/* Not before three seconds. */
	come(member);
	assert_int_equal(comes(member), 0);
	fixture_pass_ms(MCR_CLAIM_AGAIN_MS);
	come(member);
	assert_int_equal(comes(member), claim_above(higher));
}

/* It moves, again and again, but does not use two hubs at a time. */
static void
a_member_that_was_away_is_claimed_whenever_it_returns(void **unused)
{
	const unsigned int member = find_member(B, A);
	uint32_t number = 0;

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	for (unsigned int i = 0; i < 5; i++) {
		come(member);
		assert_int_not_equal(comes(member), 0);
		number = comes(member) + 1;
		hear("gamma", MCR_INTEREST_COMES, member, number);
		assert_int_equal(comes(member), 0);
		fixture_pass_ms(MCR_CLAIM_AWAY_MS);
		hear_no_more("gamma", MCR_INTEREST_COMES, member, number);
	}
}

static void
ping(uint32_t source, uint32_t destination)
{
	struct rte_mbuf *frame = fixture_make_frame(0, source);
	struct rte_icmp_hdr *icmp;

	fixture_append_ipv4(frame, source, destination, IPPROTO_ICMP, sizeof(*icmp), 1);
	icmp = (void *)rte_pktmbuf_append(frame, sizeof(*icmp));
	*icmp = (struct rte_icmp_hdr){.icmp_type = RTE_IP_ICMP_ECHO_REQUEST};
	icmp->icmp_cksum = ~rte_raw_cksum(icmp, sizeof(*icmp));
	last_icmp = (struct rte_icmp_hdr){.icmp_type = 255};
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static void
pings_and_arp_are_no_coming(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	fixture_put_on_wire(0, fixture_make_arp_request(0, ADDRESS(member), HUB));
	ping(ADDRESS(member), HUB);
	assert_int_equal(last_icmp.icmp_type, RTE_IP_ICMP_ECHO_REPLY);
	ping(ADDRESS(member), INADDR_ALLRTRS_GROUP);
	assert_int_equal(last_icmp.icmp_type, RTE_IP_ICMP_ECHO_REPLY);
	settle();
	settle();
	assert_int_equal(comes(member), 0);
}

/* IGMPv2, RFC 2236: a report or a leave. */
static void
report(unsigned int member, uint8_t type, uint32_t group)
{
	struct rte_mbuf *frame = fixture_make_frame(0, ADDRESS(member));
	uint8_t report[8] = {type};
	struct rte_ipv4_hdr *ip;
	uint16_t sum;

	rte_pktmbuf_mtod(frame, struct rte_ether_hdr *)->dst_addr =
		(struct rte_ether_addr){{0x01, 0, 0x5e, 9, 9, 9}};
	ip = (void *)rte_pktmbuf_append(frame, sizeof(*ip) + 4);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = 0x46,
		.total_length = RTE_BE16(32),
		.time_to_live = 1,
		.next_proto_id = IPPROTO_IGMP,
		.src_addr = rte_cpu_to_be_32(ADDRESS(member)),
		.dst_addr = rte_cpu_to_be_32(group),
	};
	memcpy(ip + 1, (const uint8_t[]){0x94, 4, 0, 0}, 4); /* router alert, RFC 2113 */
	ip->hdr_checksum = ~rte_raw_cksum(ip, 24);
	mcr_write_be32(report + 4, group);
	sum = ~rte_raw_cksum(report, sizeof(report));
	memcpy(report + 2, &sum, sizeof(sum));
	memcpy(rte_pktmbuf_append(frame, sizeof(report)), report, sizeof(report));
	fixture_put_on_wire(0, frame);
	settle();
	settle();
}

static void
join(unsigned int member, uint32_t group)
{
	report(member, 0x16, group);
}

/* mcdpdk-client sends one to a hub that was dead, and may have kept the joins. */
static void
a_leave_is_no_coming(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	report(member, 0x17, JOINED);
	assert_int_equal(comes(member), 0);
}

static void
a_report_is_a_coming_and_what_was_joined_is_received(void **unused)
{
	const unsigned int member = find_member(B, A);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	join(member, JOINED);
	assert_int_equal(comes(member), claim_above(0));
	assert_int_equal(receivers_of_beta(JOINED, 1), 0);
	hear("beta", MCR_INTEREST_LEFT, member, claim_above(0));
	assert_int_equal(receivers_of_beta(JOINED, 1), 1u << member);
}

/* What it joined is known here alone. */
static void
a_planned_move_leaves_a_member_with_joins_where_it_is(void **unused)
{
	const unsigned int member = find_member(A, B), other = find_member(A, C);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	join(member, JOINED);
	assert_int_equal(comes(member), 0);
	stage(B | C, A | B | C);
	take(2, MCR_HANDOVER_PREPARE);
	assert_int_equal(comes(member), claim_above(0));
	assert_int_equal(comes(other), 0);
	assert_int_equal(receivers_of_beta(JOINED, 1), 1u << member);
	hear("beta", MCR_INTEREST_LEFT, member, claim_above(0));
	assert_int_equal(receivers_of_beta(JOINED, 0), 1u << member);
	take(2, MCR_HANDOVER_SWITCH);
	stage(B | C, 0);
	take(2, MCR_HANDOVER_SETTLED);
	assert_served(1u << member);
}

/* One that another hub serves may be here by itself, and its answer tells. */
static void
all_members_are_asked(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(B);
	memset(queries, 0, sizeof(queries));
	for (unsigned int i = 0; i < 20; i++) {
		fixture_pass_ms(10000);
		settle();
	}
	for (unsigned int i = 0; i < MEMBERS; i++)
		assert_in_range(queries[FIRST + i], 1, 10);
}

/* A plain member of another subnet. */
static void
a_member_that_no_port_leads_to_is_never_claimed(void **unused)
{
	const uint32_t id = fixture_member_named("elsewhere");

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	assert_int_equal(mcr_serving_server(hub.control, id), MCR_HUBS_NOBODY);
	mcr_serving_come(hub.control, id, 0);
	settle();
	assert_false(mcr_serving_claims(hub.control, id));
	assert_null(mcr_member_template(hub.fib.members, id));
}

static void
a_reload_keeps_who_serves_whom(void **unused)
{
	const unsigned int gone = find_member(B, A), kept = find_member(B, C);
	const uint32_t served = served_by(A, A | B | C);

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	come(gone);
	come(kept);
	assert_int_equal(comes(gone), claim_above(0));
	assert_int_equal(fixture_reload(make_config(1u << gone, "")), 0);
	assert_int_equal(receivers_of_own() & ~served, 0);
	settle();
	assert_int_equal(comes(gone), 0);
	assert_int_equal(comes(kept), claim_above(0));
	assert_served(served);
	/* Another one may have its id now. It is as new. */
	assert_int_equal(fixture_reload(make_config(0, "")), 0);
	assert_int_equal(receivers_of_own(), served);
	settle();
	assert_int_equal(comes(gone), 0);
	assert_served(served);
}

/* Hubs know a member by its name. */
static void
a_member_with_another_name_has_the_hub_of_that_name(void **unused)
{
	const unsigned int a = find_member(A, B), b = find_member(B, A);
	struct mcr_config *config = make_config(0, "");
	char name[MCR_CONFIG_NAME_MAX + 1];

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	come(b);
	assert_int_equal(comes(b), claim_above(0));
	/* Two are the members before m0. */
	memcpy(name, config->members[2 + a].name, sizeof(name));
	memcpy(config->members[2 + a].name, config->members[2 + b].name, sizeof(name));
	memcpy(config->members[2 + b].name, name, sizeof(name));
	assert_int_equal(fixture_reload(config), 0);
	settle();
	assert_int_equal(comes(b), 0);
	assert_served((served_by(A, A | B | C) & ~(1u << a)) | 1u << b);
}

static void
a_drain_ends_claims_of_the_silent_and_takes_no_new_ones(void **unused)
{
	const unsigned int quiet = find_member(B, A), loud = find_member(B, C);
	struct mcr_drain_counts counts;

	RTE_SET_USED(unused);
	settle_with(A | B | C);
	come(quiet);
	fixture_pass_ms(MCR_DRAIN_SILENT_MS);
	come(loud);
	fixture_pass_ms(MCR_CLAIM_WAIT_MS);
	settle();
	assert_true(is_served(quiet) && is_served(loud));
	mcr_drain_begin(hub.control);
	settle();
	assert_false(is_served(quiet));
	assert_true(is_served(loud));
	come(quiet);
	assert_int_equal(comes(quiet), 0);
	counts = mcr_drain_count(hub.control);
	/* The sender too: it sends to this hub. */
	assert_int_equal(counts.coming, 2);
	assert_int_equal(counts.left, 2 + __builtin_popcount(served_by(A, A | B | C)));
	stage(B | C, A | B | C);
	take(2, MCR_HANDOVER_PREPARE);
	take(2, MCR_HANDOVER_SETTLED);
	counts = mcr_drain_count(hub.control);
	assert_int_equal(counts.left, 2);
	hear("gamma", MCR_INTEREST_COMES, loud, claim_above(0) + 1);
	fixture_pass_ms(MCR_DRAIN_SILENT_MS);
	counts = mcr_drain_count(hub.control);
	assert_int_equal(counts.left, 0);
	mcr_drain_end(hub.control);
	/* Nobody would heed the claim of a hub that is in no set. */
	come(quiet);
	assert_int_equal(comes(quiet), 0);
	settle_with(A | B | C);
	come(quiet);
	assert_int_equal(comes(quiet), claim_above(0));
}

static void
what_no_other_hub_reaches_stays_in_a_drain(void **unused)
{
	struct mcr_drain_counts counts;

	RTE_SET_USED(unused);
	settle_with(A);
	mcr_drain_begin(hub.control);
	counts = mcr_drain_count(hub.control);
	assert_int_equal(counts.left, MEMBERS);
	assert_int_equal(counts.coming, MEMBERS);
	for (unsigned int i = 1; i < RTE_DIM(hub_names); i++)
		mcr_hubs_set_networks(mcr_placements_hubs(hub.control), hub_id(i), NULL, 0);
	stage(B | C, A);
	take(2, MCR_HANDOVER_PREPARE);
	take(2, MCR_HANDOVER_SETTLED);
	assert_served(ALL);
}

static void
a_hub_that_drains_refuses_pings(void **unused)
{
	static const uint32_t sources[] = {ADDRESS(0), MCR_IPV4(10, 0, 0, 77)};

	RTE_SET_USED(unused);
	settle_with(A);
	for (unsigned int i = 0; i < RTE_DIM(sources); i++) {
		mcr_drain_begin(hub.control);
		ping(sources[i], HUB);
		assert_int_equal(last_icmp.icmp_type, 3);
		assert_int_equal(last_icmp.icmp_code, 13);
		mcr_drain_end(hub.control);
		ping(sources[i], HUB);
		assert_int_equal(last_icmp.icmp_type, RTE_IP_ICMP_ECHO_REPLY);
	}
	assert_balance();
}

/* So does one that no placement names, as while etcd is away when it starts. */
static void
a_hub_that_may_serve_nobody_refuses_pings(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(B | C);
	ping(ADDRESS(0), HUB);
	assert_int_equal(last_icmp.icmp_type, 3);
	settle_with(A | B | C);
	ping(ADDRESS(0), HUB);
	assert_int_equal(last_icmp.icmp_type, RTE_IP_ICMP_ECHO_REPLY);
}

static void
health_notes_a_drain(void **unused)
{
	const struct mcr_health_state *state = &mcr_checkup_get(hub.control)[MCR_HEALTH_DRAINING];

	RTE_SET_USED(unused);
	settle_with(A);
	mcr_drain_begin(hub.control);
	fixture_pass_ms(1000);
	settle();
	assert_int_equal(state->now.count, 1);
	assert_string_equal(state->now.text,
		"the hub drains: it still serves 12 members; 12 come by themselves, or no other "
		"hub takes them");
	assert_false(mcr_health_degrades(MCR_HEALTH_DRAINING));
	mcr_drain_end(hub.control);
	settle_with(A | B | C);
	come(find_member(B, C));
	mcr_drain_begin(hub.control);
	fixture_pass_ms(1000);
	settle();
	assert_non_null(
		strstr(state->now.text, " members; 1 comes by itself, or no other hub takes it"));
	mcr_drain_end(hub.control);
	fixture_pass_ms(1000);
	settle();
	assert_int_equal(state->now.count, 0);
}

#define TUNNEL(name, last)                                               \
	",{\"name\":\"" name "\",\"address\":\"10.0.0." last             \
	"\",\"encap\":\"vxlan\",\"vni\":7,\"overlay\":\"192.168.7." last \
	"\",\"hub_overlay\":\"192.168.7.254/24\",\"mac\":\"02:00:00:00:00:ee\"}"

static void
a_member_served_elsewhere_is_in_no_segment_and_no_host_here(void **unused)
{
	const struct mcr_overlay overlay = {MCR_IPV4(192, 168, 7, 254), 24};
	const uint32_t address = MCR_IPV4(192, 168, 7, 201);
	uint32_t id;

	RTE_SET_USED(unused);
	assert_int_equal(fixture_reload(make_config(0, TUNNEL("tunnel", "201"))), 0);
	id = fixture_member_named("tunnel");
	settle_with(B);
	assert_null(mcr_segment_receivers(hub.fib.segments, 7));
	assert_int_equal(mcr_placement_find_overlay(&hub.fib, &overlay, address), MCR_MEMBER_NONE);
	assert_int_equal(mcr_peers_find_own_host(&hub.fib, address), MCR_MEMBER_NONE);
	settle_with(A);
	assert_int_equal(mcr_segment_receivers(hub.fib.segments, 7)->at[0].member, id);
	assert_int_equal(mcr_placement_find_overlay(&hub.fib, &overlay, address), id);
	assert_int_equal(mcr_peers_find_own_host(&hub.fib, address), id);
	settle_with(B);
	assert_null(mcr_segment_receivers(hub.fib.segments, 7));
	assert_int_equal(mcr_peers_find_own_host(&hub.fib, address), MCR_MEMBER_NONE);
}

/* From a GRE member with overlay address 192.168.7.201 to another address. */
static void
send_in_tunnel(uint32_t destination, uint8_t protocol, const void *body, uint16_t length)
{
	struct rte_mbuf *frame = fixture_make_frame(0, MCR_IPV4(10, 0, 0, 201));

	fixture_append_gre(frame, 0, MCR_IPV4(10, 0, 0, 201), sizeof(struct rte_ipv4_hdr) + length);
	fixture_append_ipv4(frame, MCR_IPV4(192, 168, 7, 201), destination, protocol, length, 1);
	if (length != 0)
		memcpy(rte_pktmbuf_append(frame, length), body, length);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

#define GRE(name, last)                                      \
	",{\"name\":\"" name "\",\"address\":\"10.0.0." last \
	"\",\"encap\":\"gre\",\"overlay\":\"192.168.7." last \
	"\",\"hub_overlay\":\"192.168.7.254/24\",\"mac\":\"02:00:00:00:00:ee\"}"

#define TUNNEL_OF_BETA "tunnel"

static void
a_ping_inside_a_tunnel_is_a_coming(void **unused)
{
	struct rte_icmp_hdr icmp = {.icmp_type = RTE_IP_ICMP_ECHO_REQUEST};
	uint32_t id;

	RTE_SET_USED(unused);
	assert_true(mcr_placement_weight(hub_id(1), mcr_placement_hash(TUNNEL_OF_BETA)) >
		    mcr_placement_weight(hub_id(0), mcr_placement_hash(TUNNEL_OF_BETA)));
	assert_int_equal(fixture_reload(make_config(0, GRE(TUNNEL_OF_BETA, "201"))), 0);
	id = fixture_member_named(TUNNEL_OF_BETA);
	settle_with(A | B);
	/* A plain one may be a probe. */
	ping(MCR_IPV4(10, 0, 0, 201), HUB);
	settle();
	assert_false(mcr_serving_claims(hub.control, id));
	icmp.icmp_cksum = ~rte_raw_cksum(&icmp, sizeof(icmp));
	send_in_tunnel(MCR_IPV4(192, 168, 7, 254), IPPROTO_ICMP, &icmp, sizeof(icmp));
	settle();
	assert_true(mcr_serving_claims(hub.control, id));
}

static void
overlay_unicast_goes_to_the_hub_that_serves_the_host(void **unused)
{
	const struct mcr_interest_key host = {
		.kind = MCR_INTEREST_HOST, .number = MCR_IPV4(192, 168, 7, 202)};

	RTE_SET_USED(unused);
	assert_int_equal(
		fixture_reload(make_config(0, GRE("tunnel", "201") GRE("other", "202"))), 0);
	want_key("beta", &host, MCR_INTEREST_WANTS);
	settle_with(B);
	while (!mcr_peer_carries(peer("beta")))
		keep_up(true, true);
	memset(sent, 0, sizeof(sent));
	in_tunnels = 0;
	send_in_tunnel(host.number, FIXTURE_PROTOCOL, NULL, 0);
	assert_int_equal(copies_to(BETA), 1);
	assert_int_equal(in_tunnels, 0);
	settle_with(A);
	memset(sent, 0, sizeof(sent));
	send_in_tunnel(host.number, FIXTURE_PROTOCOL, NULL, 0);
	assert_int_equal(copies_to(BETA), 0);
	assert_int_equal(in_tunnels, 1);
	assert_balance();
}

/* Of a member that another hub serves, nothing is to be heard here. */
static void
survey(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		fixture_pass_ms(1000);
		settle();
	}
}

static void
health_notes_the_silent_that_this_hub_serves(void **unused)
{
	RTE_SET_USED(unused);
	put_data(SENDER, GROUP);
	settle_with(A);
	survey();
	assert_int_equal(mcr_survey_get(hub.control)->silent.count, MEMBERS);
	settle_with(B);
	survey();
	assert_int_equal(mcr_survey_get(hub.control)->silent.count, 0);
}

static void
health_names_members_that_no_hub_serves(void **unused)
{
	const struct mcr_health_state *state = &mcr_checkup_get(hub.control)[MCR_HEALTH_UNSERVED];

	RTE_SET_USED(unused);
	settle_with(B);
	survey();
	assert_string_equal(
		state->now.text, "no hub that is up reaches 1 shared member: elsewhere");
	keep_up(false, true);
	survey();
	assert_int_equal(state->now.count, MEMBERS + 1);
	assert_non_null(strstr(state->now.text, "reaches 13 shared members: "));
	settle_with(A | B);
	survey();
	assert_int_equal(state->now.count, 1);
}

static void
count_one(void *count, uint32_t member)
{
	RTE_SET_USED(member);
	++*(uint32_t *)count;
}

static void
explain_counts_those_of_the_tag(void **unused)
{
	const struct mcr_flow flow = {SENDER, GROUP};
	struct mcr_explanation explanation;
	uint32_t count = 0;

	RTE_SET_USED(unused);
	stage(A | C, A | B);
	take(2, MCR_HANDOVER_PREPARE);
	mcr_explain(hub.control, "sender", &flow, &explanation);
	mcr_explain_visit(&hub.fib, &explanation, count_one, &count);
	assert_int_equal(count, __builtin_popcount(served_by(A, A | B)));
}

static void
assert_explained(uint32_t group, const char *message)
{
	const struct mcr_flow flow = {SENDER, group};
	struct mcr_explanation explanation;

	mcr_explain(hub.control, "sender", &flow, &explanation);
	assert_int_equal(explanation.drop, MCR_DROP_NO_RECEIVER);
	assert_string_equal(explanation.message, message);
}

/* The first test: later ones have told one. */
static void
explain_says_that_no_placement_was_told(void **unused)
{
	RTE_SET_USED(unused);
	assert_explained(GROUP, "this hub serves none of the shared receivers: mcdpdk-domain has "
				"told it no placement");
}

static void
explain_says_that_the_placement_is_without_the_hub(void **unused)
{
	RTE_SET_USED(unused);
	settle_with(B | C);
	assert_explained(
		GROUP, "this hub serves none of the shared receivers: the placement is without it");
	settle_with(A | B | C);
	assert_explained(JOINED, "");
}

static void
claims_are_read_as_they_are_written(void **unused)
{
	static const char *const wrong[] = {"+comes/0000cafe/0", "+comes/0000cafe/4294967296",
		"+comes/cafe/1", "+comes/0000CAFE/1", "+comes/0000cafe", "+left/0000cafe/1x",
		"+left/0000cafe/", "+left/0000cafe/-1", "+left/0000cafe1/1", "+left/"};
	struct mcr_interest_change change = {
		.key = {.kind = MCR_INTEREST_COMES, .number = 0xcafe, .claim = UINT32_MAX},
		.interest = MCR_INTEREST_WANTS,
	};
	char text[MCR_INTEREST_TEXT_SIZE];
	enum mcr_interest interest;
	struct mcr_interest_key key;

	RTE_SET_USED(unused);
	mcr_telemetry_format_interest(&change, text);
	assert_string_equal(text, "+comes/0000cafe/4294967295");
	assert_true(mcr_telemetry_parse_interest(text, &key, &interest));
	assert_memory_equal(&key, &change.key, sizeof(key));
	assert_int_equal(interest, MCR_INTEREST_WANTS);
	assert_true(mcr_telemetry_parse_interest("-left/ffffffff/1", &key, &interest));
	assert_int_equal(key.kind, MCR_INTEREST_LEFT);
	assert_int_equal(key.number, UINT32_MAX);
	assert_int_equal(key.claim, 1);
	assert_int_equal(interest, MCR_INTEREST_NONE);
	for (unsigned int i = 0; i < RTE_DIM(wrong); i++)
		assert_false(mcr_telemetry_parse_interest(wrong[i], &key, &interest));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(explain_says_that_no_placement_was_told),
		TEST(without_a_placement_no_shared_member_is_served),
		TEST(each_member_is_served_by_one_hub),
		TEST(from_one_placement_to_the_next_each_tag_has_its_members),
		TEST(lists_change_while_all_readers_filter),
		TEST(a_placement_is_prepared_when_packets_go_to_all_its_hubs),
		TEST(interest_is_that_of_both_placements),
		TEST(members_of_a_dead_hub_are_taken_over_at_once),
		TEST(members_of_a_hub_that_is_alive_again_are_given_up_before_lists_change),
		TEST(what_is_given_up_at_the_end_of_a_handover_stays_so),
		TEST(a_hub_that_another_one_reaches_keeps_its_members),
		TEST(a_hub_that_restarted_serves_when_a_placement_names_its_new_start),
		TEST(a_member_that_comes_is_served_when_its_hub_has_left_it),
		TEST(a_claim_waits_for_a_second_at_most),
		TEST(a_claim_does_not_wait_for_the_dead),
		TEST(a_member_that_comes_elsewhere_is_left_to_that_hub),
		TEST(a_member_is_left_when_lists_are_without_it),
		TEST(the_claim_of_a_dead_hub_is_void),
		TEST(the_claim_of_a_hub_that_restarted_is_void_until_it_serves_again),
		TEST(a_higher_claim_takes_a_member_away),
		TEST(a_member_that_was_away_is_claimed_whenever_it_returns),
		TEST(pings_and_arp_are_no_coming),
		TEST(a_leave_is_no_coming),
		TEST(a_report_is_a_coming_and_what_was_joined_is_received),
		TEST(a_planned_move_leaves_a_member_with_joins_where_it_is),
		TEST(all_members_are_asked),
		TEST(a_member_that_no_port_leads_to_is_never_claimed),
		TEST(a_reload_keeps_who_serves_whom),
		TEST(a_member_with_another_name_has_the_hub_of_that_name),
		TEST(a_drain_ends_claims_of_the_silent_and_takes_no_new_ones),
		TEST(what_no_other_hub_reaches_stays_in_a_drain),
		TEST(a_hub_that_drains_refuses_pings),
		TEST(a_hub_that_may_serve_nobody_refuses_pings),
		TEST(health_notes_a_drain),
		TEST(a_member_served_elsewhere_is_in_no_segment_and_no_host_here),
		TEST(a_ping_inside_a_tunnel_is_a_coming),
		TEST(overlay_unicast_goes_to_the_hub_that_serves_the_host),
		TEST(health_notes_the_silent_that_this_hub_serves),
		TEST(health_names_members_that_no_hub_serves),
		TEST(explain_counts_those_of_the_tag),
		TEST(explain_says_that_the_placement_is_without_the_hub),
		TEST(claims_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
