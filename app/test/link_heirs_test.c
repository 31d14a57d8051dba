/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Beta's link goes down, and those that may take over its members get what it wants. Beside beta
 * and gamma, whom the test is, there is delta, whose link the test sets up and down. */

#include "fib/placement.h"
#include "test/link_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11) /* in segment 100 */
#define PLAIN MCR_IPV4(10, 0, 0, 12)  /* in no segment */
#define DELTA MCR_IPV4(10, 0, 0, 40)
#define GROUP MCR_IPV4(239, 1, 1, 1)    /* nobody here receives it */
#define LIMITED MCR_IPV4(224, 0, 0, 99) /* floods segments */
#define VNI 100

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6
	"\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048}," LINK_FIXTURE_DOMAIN
	"\"overlay\":{\"address\":\"192.168.10.254/24\"},\"igmp\":false,"
	"\"members\":["
	"{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\","
	"\"encap\":\"vxlan\",\"vni\":100},"
	"{\"name\":\"plain\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}]}";

static const struct rte_ether_addr everyone = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

static struct mcr_peer *
mutable_peer(const char *name)
{
	return mcr_domain_find_peer(hub.control, name);
}

static void
set_link(const char *name, bool is_up)
{
	mutable_peer(name)->state = is_up ? MCR_LINK_UP : MCR_LINK_DOWN;
	mutable_peer(name)->carries = is_up;
}

/* All links are up, and gamma and delta serve. */
static int
bring_all_up(void **state)
{
	if (bring_both_up(state) != 0)
		return -1;
	assert_null(set_peer("delta", DELTA));
	answer_for(DELTA);
	fixture_settle();
	set_link("delta", true);
	mcr_peer_set_serves(mutable_peer("gamma"), true, 0);
	mcr_peer_set_serves(mutable_peer("delta"), true, 0);
	memset(sent, 0, sizeof(sent));
	return 0;
}

static int
remove_all(void **state)
{
	if (mcr_domain_remove_peer(hub.control, mutable_peer("delta")) != NULL)
		return -1;
	return remove_both(state);
}

static void
die(const char *name)
{
	set_link(name, false);
	mcr_peer_note_death(mutable_peer(name));
	memset(sent, 0, sizeof(sent));
}

static void
want_segment(const char *name)
{
	const struct mcr_interest_key key = {.kind = MCR_INTEREST_SEGMENT, .number = VNI};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

static void
send_plain(uint32_t group)
{
	fixture_put_on_wire(0, fixture_make_packet(0, PLAIN, group, 1));
	fixture_settle();
}

/* In the segment. @param group 0: a frame that is no IPv4. */
static void
send_in_segment(uint32_t group)
{
	struct rte_mbuf *inner = fixture_make_packet(0, SENDER, group, 1);
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(inner, struct rte_ether_hdr *);

	ethernet->dst_addr = everyone;
	if (group == 0)
		ethernet->ether_type = RTE_BE16(RTE_ETHER_TYPE_LLDP);
	else
		ethernet->dst_addr = (struct rte_ether_addr){
			{0x01, 0, 0x5e, group >> 16 & 0x7f, group >> 8 & 0xff, group & 0xff}};
	send_vxlan(SENDER, VNI, ethernet, inner->data_len);
	rte_pktmbuf_free(inner);
}

static void
assert_links(unsigned int to_beta, unsigned int to_gamma, unsigned int to_delta)
{
	assert_int_equal(copies_to(BETA), to_beta);
	assert_int_equal(copies_to(GAMMA), to_gamma);
	assert_int_equal(copies_to(DELTA), to_delta);
	assert_balance();
	memset(sent, 0, sizeof(sent));
}

static void
what_a_dead_hub_wants_goes_to_all_that_serve(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(unused);
	want("beta", GROUP);
	send_plain(GROUP);
	assert_links(1, 0, 0);
	die("beta");
	mcr_placement_set_tag(hub.fib.placement, 1);
	send_plain(GROUP);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_PACKET);
	assert_int_equal(sent[GAMMA & 0xff].record.flags, MCR_LINK_TAG);
	assert_links(0, 1, 1);
	mcr_placement_set_tag(hub.fib.placement, 0);
	mcr_peer_set_serves(mutable_peer("delta"), false, 0);
	send_plain(GROUP);
	assert_links(0, 1, 0);
	set_link("gamma", false);
	send_plain(GROUP);
	assert_links(0, 0, 0);
	set_link("beta", true);
	send_plain(GROUP);
	assert_links(1, 0, 0);
	assert_int_equal(drops_of(MCR_DROP_NO_RECEIVER), before + 1);
}

static void
who_wants_it_by_itself_gets_it_once(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", GROUP);
	want("gamma", GROUP);
	die("beta");
	send_plain(GROUP);
	assert_links(0, 1, 1);
}

static void
nobody_inherits_of_the_living_or_for_ever(void **unused)
{
	const uint32_t other = MCR_IPV4(239, 9, 9, 9);

	RTE_SET_USED(unused);
	want("gamma", GROUP);
	want("delta", other);
	die("beta");
	send_plain(GROUP);
	assert_links(0, 1, 0);
	send_plain(other);
	assert_links(0, 0, 1);
	want("beta", GROUP);
	mcr_peer_settle_deaths(mutable_peer("beta"), 1);
	send_plain(GROUP);
	assert_links(0, 1, 0);
}

static void
heirs_of_a_segment_get_frames(void **unused)
{
	RTE_SET_USED(unused);
	want_segment("beta");
	want("beta", GROUP);
	die("beta");
	send_in_segment(GROUP);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_links(0, 1, 1);
	send_in_segment(LIMITED);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_links(0, 1, 1);
	send_in_segment(0);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_links(0, 1, 1);
	/* One that has it needs no second one, though what floods its segment is not its group's.
	 */
	want_segment("gamma");
	want("gamma", GROUP);
	send_in_segment(GROUP);
	assert_links(0, 1, 1);
	send_in_segment(0);
	assert_links(0, 1, 1);
}

/* As a frame, since one of the two has the segment. */
static void
of_two_dead_hubs_one_copy_is_inherited(void **unused)
{
	RTE_SET_USED(unused);
	want_segment("beta");
	want("beta", GROUP);
	want("delta", GROUP);
	die("beta");
	die("delta");
	send_in_segment(GROUP);
	assert_int_equal(sent[GAMMA & 0xff].record.kind, MCR_LINK_FRAME);
	assert_links(0, 1, 0);
}

static void
fall_silent(const char *name, uint32_t address)
{
	for (uint64_t us = 0; us <= DETECTION_US; us += 20000) {
		pass_us(20000);
		say_up(name, address);
	}
}

static void
heirs_are_awaited_from_the_death_until_they_have_told(void **unused)
{
	uint64_t now_ms;

	RTE_SET_USED(unused);
	mcr_domain_hear_agent(hub.control);
	mcr_domain_set_agent_text(hub.control, "connected");
	mcr_domain_run(hub.control);
	mcr_peer_set_serves(mutable_peer("beta"), true, 0);
	mcr_peer_set_serves(mutable_peer("gamma"), false, 0);
	want("beta", GROUP);
	assert_false(mcr_peer_awaits_heirs(peer("beta")));
	fall_silent("gamma", GAMMA);
	assert_false(mcr_peer_carries(peer("beta")));
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	mcr_domain_run(hub.control);
	now_ms = hub.control->now_ms;
	hub.control->now_ms += MCR_DOMAIN_HEIRS_MS - 1;
	mcr_domain_run(hub.control);
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	/* A later death begins it anew. */
	mcr_peer_note_death(mutable_peer("beta"));
	hub.control->now_ms++;
	mcr_domain_run(hub.control);
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	hub.control->now_ms += MCR_DOMAIN_HEIRS_MS - 1;
	mcr_domain_run(hub.control);
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	hub.control->now_ms++;
	mcr_domain_set_agent_text(hub.control, "etcd unreachable since 12:00");
	mcr_domain_run(hub.control);
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	mcr_domain_set_agent_text(hub.control, "connected");
	hub.control->now_ms += MCR_DOMAIN_AGENT_MS + 1;
	mcr_domain_run(hub.control);
	assert_true(mcr_peer_awaits_heirs(peer("beta")));
	mcr_domain_hear_agent(hub.control);
	mcr_domain_run(hub.control);
	assert_false(mcr_peer_awaits_heirs(peer("beta")));
	hub.control->now_ms = now_ms;
	/* Gamma served nobody. */
	for (uint64_t us = 0; us <= DETECTION_US; us += 20000)
		pass_us(20000);
	assert_false(mcr_peer_carries(peer("gamma")));
	assert_false(mcr_peer_awaits_heirs(peer("gamma")));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_all_up, remove_all)
	const struct CMUnitTest tests[] = {
		TEST(what_a_dead_hub_wants_goes_to_all_that_serve),
		TEST(who_wants_it_by_itself_gets_it_once),
		TEST(nobody_inherits_of_the_living_or_for_ever),
		TEST(heirs_of_a_segment_get_frames),
		TEST(of_two_dead_hubs_one_copy_is_inherited),
		TEST(heirs_are_awaited_from_the_death_until_they_have_told),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
