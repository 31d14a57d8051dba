/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A whole hub, and what it and its peers say of whom they carry packets to. */

#include "control/placement/placement.h"
#include "test/link_fixture.h"

#define SENDER MCR_IPV4(10, 0, 0, 11)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define TICK_US 1000
#define PACKET_BYTES 20
#define CROWD 200
#define CROWD_ADDRESS MCR_IPV4(10, 0, 1, 50)
#define SMALL_MTU 576
#define SMALL_PAGE ((SMALL_MTU - LINK_FIXTURE_IP_LEN - 8 - 24 - 24 - 12) / 4)

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\"," LINK_FIXTURE_ADDRESS6
	"\"address\":\"10.0.0.10/16\"}],"
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":4096}," LINK_FIXTURE_DOMAIN
	"\"members\":["
	"{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"}]}";

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = look_at_frame});
}

static uint32_t
id_of(const char *name)
{
	return mcr_link_hub_id("floor", name);
}

/* In the serving sets of both generations, or in none. The peers' epoch is that of the fixture. */
static void
set_serves(const char *name, bool serves)
{
	struct mcr_hubs *hubs = mcr_placements_hubs(hub.control);

	assert_int_equal(mcr_hubs_stage(hubs, id_of(name), serves ? 3 : 0, 7), 0);
	mcr_hubs_apply(hubs);
	(void)mcr_hubs_look(hubs, hub.fib.peers, hub.control->now_ms);
}

static int
bring_both_just_up_to_serve(void **state)
{
	bring_both_just_up(state);
	set_serves("beta", true);
	set_serves("gamma", true);
	return 0;
}

static int
bring_both_up_to_serve(void **state)
{
	if (bring_both_up(state) != 0)
		return -1;
	set_serves("beta", true);
	set_serves("gamma", true);
	pass_us(TICK_US);
	memset(sent, 0, sizeof(sent));
	return 0;
}

static struct mcr_link_hello
hello_in(const char *name, uint32_t address, enum mcr_link_state state)
{
	return (struct mcr_link_hello){
		.state = state,
		.my_discriminator = address,
		.your_discriminator = peer(name)->session.self.discriminator,
	};
}

static void
send_from_member(void)
{
	fixture_put_on_wire(0, fixture_make_packet(0, SENDER, GROUP, 1));
	fixture_settle();
}

/* The page of the last hello to a peer. */
static struct mcr_link_page
page_to(uint32_t address)
{
	const struct link_fixture_sent *to = &sent[address & 0xff];
	struct mcr_link_page page;

	assert_int_equal(to->record.kind, MCR_LINK_HELLO);
	assert_true(mcr_link_has_page(to->record.length));
	assert_true(mcr_link_read_page(to->bytes + to->record.offset, to->record.length, &page));
	assert_int_equal(to->record.length, MCR_LINK_HELLO_LEN + mcr_link_page_len(page.count));
	assert_true(mcr_link_page_is_valid(&page));
	return page;
}

static bool
page_lists(const struct mcr_link_page *page, uint32_t id)
{
	for (uint16_t i = 0; i < page->count; i++) {
		if (mcr_link_page_id(page, i) == id)
			return true;
	}
	return false;
}

static bool
lists_to(uint32_t address, const char *name)
{
	const struct mcr_link_page page = page_to(address);

	return page_lists(&page, id_of(name));
}

/* A peer says that it carries to these two, which may be NULL. */
static struct mcr_link_page
make_page(uint8_t *bytes, uint32_t a, uint32_t b)
{
	struct mcr_link_page page = {.last = UINT32_MAX, .version = ++list_version, .ids = bytes};

	if (a != 0)
		mcr_write_be32(bytes + sizeof(uint32_t) * page.count++, a);
	if (b != 0)
		mcr_write_be32(bytes + sizeof(uint32_t) * page.count++, b);
	return page;
}

static void
say_carries(const char *name, uint32_t address, const char *to)
{
	uint8_t bytes[2 * sizeof(uint32_t)];
	const struct mcr_link_page page = make_page(bytes, to != NULL ? id_of(to) : 0, 0);

	send_hello_with_page(name, address, hello_in(name, address, MCR_LINK_UP), &page);
}

static bool
carries_to(const char *name, const char *to)
{
	return mcr_peers_carries_to(hub.fib.peers, peer(name)->index, peer(to)->index);
}

static uint32_t
views(void)
{
	return mcr_peers_views(hub.fib.peers);
}

static void
nothing_is_sent_before_all_others_can_know(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", GROUP);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	send_from_member();
	assert_int_equal(copies_to(BETA), 0);
	pass_while_up(peer("beta")->session.changed + HOLD_US - TICK_US - now_us);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	send_from_member();
	assert_int_equal(copies_to(BETA), 0);
	pass_us(TICK_US);
	send_from_member();
	assert_int_equal(copies_to(BETA), 1);
	assert_balance();
}

static void
others_know_of_a_peer_before_it_gets_anything(void **unused)
{
	RTE_SET_USED(unused);
	say_both_up();
	pass_us(HELLO_US);
	assert_false(mcr_peer_carries(peer("gamma")));
	assert_true(lists_to(GAMMA, "beta"));
	assert_true(lists_to(BETA, "gamma"));
	assert_int_equal(page_to(GAMMA).count, 2);
	assert_int_equal(page_to(GAMMA).first, 0);
	assert_int_equal(page_to(GAMMA).last, UINT32_MAX);
}

static void
nothing_is_sent_once_a_link_is_down(void **unused)
{
	RTE_SET_USED(unused);
	want("beta", GROUP);
	send_from_member();
	assert_int_equal(copies_to(BETA), 1);
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_DOWN);
	send_from_member();
	assert_int_equal(copies_to(BETA), 1);
}

/* One that was up a moment ago, and is up, but is not the same. */
static void
a_peer_that_restarted_waits_again(void **unused)
{
	struct mcr_link_hello hello = hello_in("beta", BETA + 1, MCR_LINK_INIT);

	RTE_SET_USED(unused);
	send_hello("beta", BETA, hello);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(mcr_peer_carries(peer("beta")));
	assert_true(mcr_peer_carries(peer("gamma")));
	hello.state = MCR_LINK_UP;
	for (unsigned int i = 0; i < 7; i++) {
		pass_us(HOLD_US / 8);
		send_hello("beta", BETA, hello);
		say_up("gamma", GAMMA);
		assert_false(mcr_peer_carries(peer("beta")));
	}
	pass_us(HOLD_US / 8 + TICK_US);
	assert_true(mcr_peer_carries(peer("beta")));
}

static void
pass_until_a_hello_to_gamma(void)
{
	const uint32_t before = peer("gamma")->hello_sequence;

	while (peer("gamma")->hello_sequence == before) {
		pass_us(TICK_US);
		say_up("gamma", GAMMA);
	}
}

static void
all_others_hear_at_once_that_a_link_is_down(void **unused)
{
	uint16_t version;

	RTE_SET_USED(unused);
	say_both_up();
	pass_until_a_hello_to_gamma();
	version = page_to(GAMMA).version;
	assert_true(lists_to(GAMMA, "beta"));
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	assert_true(peer("gamma")->session.send_at > now_us + TICK_US);
	pass_us(TICK_US);
	assert_false(lists_to(GAMMA, "beta"));
	assert_true(lists_to(GAMMA, "gamma"));
	assert_int_equal(page_to(GAMMA).version, version + 1);
	assert_int_equal(last_hello.your_discriminator, GAMMA);
}

static void
all_others_hear_at_once_that_a_link_is_up(void **unused)
{
	RTE_SET_USED(unused);
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	pass_until_a_hello_to_gamma();
	pass_until_a_hello_to_gamma();
	assert_false(lists_to(GAMMA, "beta"));
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT));
	assert_true(peer("gamma")->session.send_at > now_us + TICK_US);
	pass_us(TICK_US);
	assert_true(lists_to(GAMMA, "beta"));
}

/* It would seem to be alive as what it was. */
static void
a_peer_that_serves_nobody_is_in_no_list(void **unused)
{
	RTE_SET_USED(unused);
	say_both_up();
	pass_until_a_hello_to_gamma();
	assert_true(lists_to(GAMMA, "beta"));
	set_serves("beta", false);
	assert_true(peer("gamma")->session.send_at > now_us + TICK_US);
	pass_us(TICK_US);
	assert_false(lists_to(GAMMA, "beta"));
	assert_true(mcr_peer_carries(peer("beta")));
	set_serves("beta", true);
	pass_us(TICK_US);
	assert_true(lists_to(GAMMA, "beta"));
}

static void
a_silent_peer_is_in_no_list(void **unused)
{
	RTE_SET_USED(unused);
	say_both_up();
	for (unsigned int i = 0; i < 4; i++) {
		pass_us(DETECTION_US / 4 + TICK_US);
		say_up("gamma", GAMMA);
	}
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_DOWN);
	assert_false(lists_to(GAMMA, "beta"));
}

static void
a_peers_last_word_counts(void **unused)
{
	uint32_t before = views();

	RTE_SET_USED(unused);
	assert_false(carries_to("beta", "gamma"));
	say_carries("beta", BETA, "gamma");
	assert_true(carries_to("beta", "gamma"));
	assert_false(carries_to("gamma", "beta"));
	assert_int_not_equal(views(), before);
	before = views();
	say_carries("beta", BETA, "gamma");
	say_up("beta", BETA);
	assert_true(carries_to("beta", "gamma"));
	assert_int_equal(views(), before);
	say_carries("beta", BETA, "unknown");
	assert_false(carries_to("beta", "gamma"));
	assert_int_not_equal(views(), before);
}

static void
words_end_with_the_link(void **unused)
{
	uint32_t before;

	RTE_SET_USED(unused);
	say_carries("beta", BETA, "gamma");
	before = views();
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	assert_false(carries_to("beta", "gamma"));
	assert_int_not_equal(views(), before);
	before = views();
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT));
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(carries_to("beta", "gamma"));
	assert_int_not_equal(views(), before);
}

/* The list comes with the hello that takes the link up, so it is there when the link is. */
static void
a_link_comes_up_with_the_peers_list(void **unused)
{
	uint8_t bytes[2 * sizeof(uint32_t)];
	struct mcr_link_page page;

	RTE_SET_USED(unused);
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_ADMIN_DOWN));
	page = make_page(bytes, id_of("gamma"), 0);
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN), &page);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_INIT);
	assert_false(carries_to("beta", "gamma"));
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT), &page);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_true(carries_to("beta", "gamma"));
}

static void
a_restarted_peer_has_said_nothing(void **unused)
{
	RTE_SET_USED(unused);
	say_carries("beta", BETA, "gamma");
	send_hello("beta", BETA, hello_in("beta", BETA + 1, MCR_LINK_INIT));
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(carries_to("beta", "gamma"));
}

static void
a_word_to_another_session_is_none(void **unused)
{
	struct mcr_link_hello hello = hello_in("beta", BETA, MCR_LINK_UP);
	uint8_t bytes[2 * sizeof(uint32_t)];
	struct mcr_link_page page;

	RTE_SET_USED(unused);
	hello.your_discriminator++;
	page = make_page(bytes, id_of("gamma"), 0);
	send_hello_with_page("beta", BETA, hello, &page);
	assert_false(carries_to("beta", "gamma"));
	say_carries("beta", BETA, "gamma");
	assert_true(carries_to("beta", "gamma"));
}

/* One that was sent before the list that was read, and comes after it. */
static void
a_late_hello_brings_no_old_list_back(void **unused)
{
	uint8_t bytes[2 * sizeof(uint32_t)];
	struct mcr_link_page page;

	RTE_SET_USED(unused);
	page = make_page(bytes, id_of("gamma"), 0);
	say_carries("beta", BETA, NULL);
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
	assert_false(carries_to("beta", "gamma"));
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT), &page);
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(carries_to("beta", "gamma"));
}

/* An edition without lists. */
static void
a_peer_that_says_nothing_may_carry_to_anybody(void **unused)
{
	const uint32_t before = views();

	RTE_SET_USED(unused);
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), NULL);
	assert_true(carries_to("beta", "gamma"));
	assert_false(carries_to("gamma", "beta"));
	assert_false(mcr_peers_carries_to(hub.fib.peers, peer("beta")->index, 77));
	assert_int_not_equal(views(), before);
	say_carries("beta", BETA, NULL);
	assert_false(carries_to("beta", "gamma"));
}

/* @return Whether the hub took it, though nobody is to receive it. */
static bool
takes_data_of_beta(void)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_PACKET, .length = PACKET_BYTES, .lane = 1};
	struct rte_mbuf *packet = fixture_make_packet(0, SENDER, GROUP, 1);
	const uint64_t denied = drops_of(MCR_DROP_SOURCE_DENIED);
	const uint64_t unwanted = drops_of(MCR_DROP_NO_RECEIVER);

	put_link_on_wire(make_link_frame(BETA, id_of("beta"), betas++, &record,
		rte_pktmbuf_mtod_offset(packet, void *, RTE_ETHER_HDR_LEN)));
	rte_pktmbuf_free(packet);
	fixture_settle();
	assert_int_equal(drops_of(MCR_DROP_SOURCE_DENIED) + drops_of(MCR_DROP_NO_RECEIVER),
		denied + unwanted + 1);
	assert_balance();
	return drops_of(MCR_DROP_NO_RECEIVER) == unwanted + 1;
}

/* What is under way from before, by then another hub may have served in the place of this one. */
static void
nothing_is_taken_from_a_link_that_was_down_a_moment_ago(void **unused)
{
	RTE_SET_USED(unused);
	assert_true(takes_data_of_beta());
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	assert_false(takes_data_of_beta());
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT));
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(takes_data_of_beta());
	pass_while_up(peer("beta")->session.changed + DETECTION_US - TICK_US - now_us);
	assert_false(takes_data_of_beta());
	pass_us(TICK_US);
	assert_true(takes_data_of_beta());
}

static void
nothing_is_taken_from_a_peer_that_restarted_a_moment_ago(void **unused)
{
	RTE_SET_USED(unused);
	assert_true(takes_data_of_beta());
	send_hello("beta", BETA, hello_in("beta", BETA + 1, MCR_LINK_INIT));
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(takes_data_of_beta());
}

static void
say_range(uint32_t first, uint32_t last)
{
	const struct mcr_link_page page = {
		.first = first, .last = last, .version = list_version, .ids = (const uint8_t *)""};

	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
}

static void
nothing_is_taken_before_all_of_the_list_is_known(void **unused)
{
	RTE_SET_USED(unused);
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN),
		&(struct mcr_link_page){.version = ++list_version, .ids = (const uint8_t *)""});
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_INIT),
		&(struct mcr_link_page){.version = ++list_version, .ids = (const uint8_t *)""});
	for (uint64_t us = 0; us <= DETECTION_US + HELLO_US; us += HELLO_US) {
		pass_us(HELLO_US);
		say_range(0x80000000, UINT32_MAX);
	}
	assert_int_equal(mcr_peer_state(peer("beta")), MCR_LINK_UP);
	assert_false(takes_data_of_beta());
	say_range(1, 0x7fffffff);
	say_range(0x80000000, UINT32_MAX);
	pass_us(TICK_US);
	assert_true(takes_data_of_beta());
}

static void
the_hello_of_a_malformed_list_counts(void **unused)
{
	const uint64_t before = drops_of(MCR_DROP_MALFORMED);
	uint8_t bytes[2 * sizeof(uint32_t)];
	struct mcr_link_page page;
	uint64_t hellos, down_at;

	RTE_SET_USED(unused);
	say_carries("beta", BETA, "gamma");
	page = make_page(bytes, UINT32_MAX, 1);
	pass_us(TICK_US);
	hellos = peer("beta")->session.hellos;
	down_at = peer("beta")->session.detect_at;
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
	page.first = 2;
	page.last = 1;
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
	assert_int_equal(drops_of(MCR_DROP_MALFORMED), before + 2);
	assert_int_equal(peer("beta")->session.hellos, hellos + 2);
	assert_true(peer("beta")->session.detect_at > down_at);
	assert_true(carries_to("beta", "gamma"));
	assert_balance();
}

static void
a_count_beyond_the_hello_is_malformed(void **unused)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_HELLO, .length = MCR_LINK_HELLO_LEN + mcr_link_page_len(1)};
	struct mcr_link_hello hello = hello_in("beta", BETA, MCR_LINK_UP);
	const uint64_t before = drops_of(MCR_DROP_MALFORMED);
	uint8_t bytes[2 * sizeof(uint32_t)], body[128];
	struct mcr_link_page page = make_page(bytes, 1, id_of("gamma"));

	RTE_SET_USED(unused);
	hello.multiplier = 3;
	hello.interval = HELLO_US;
	hello.epoch = 7;
	mcr_link_write_hello(body, &hello);
	mcr_link_write_page(body + MCR_LINK_HELLO_LEN, &page);
	put_link_on_wire(make_link_frame(BETA, id_of("beta"), betas++, &record, body));
	fixture_receive();
	poll_links();
	assert_int_equal(drops_of(MCR_DROP_MALFORMED), before + 1);
	assert_false(carries_to("beta", "gamma"));
	assert_balance();
}

/* An index is another peer's only when no lcore takes it for the old one's, and no word is left. */
static void
no_word_about_a_peer_is_one_about_its_successor(void **unused)
{
	const uint16_t index = peer("gamma")->index;

	RTE_SET_USED(unused);
	say_carries("beta", BETA, "gamma");
	assert_null(
		mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "gamma")));
	assert_int_not_equal(mcr_peers_free_index(hub.fib.peers), index);
	fixture_settle();
	assert_int_equal(mcr_peers_free_index(hub.fib.peers), index);
	assert_null(set_peer("delta", GAMMA));
	assert_int_equal(peer("delta")->index, index);
	assert_false(carries_to("beta", "delta"));
	assert_null(
		mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "delta")));
	fixture_settle();
}

/* The list is as it was, and its version. */
static void
a_peer_that_joins_is_found_in_lists_that_were_read(void **unused)
{
	uint8_t bytes[2 * sizeof(uint32_t)];
	struct mcr_link_page page;

	RTE_SET_USED(unused);
	page = make_page(bytes, id_of("delta"), 0);
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
	assert_null(set_peer("delta", MCR_IPV4(10, 0, 0, 40)));
	assert_false(carries_to("beta", "delta"));
	send_hello_with_page("beta", BETA, hello_in("beta", BETA, MCR_LINK_UP), &page);
	assert_true(carries_to("beta", "delta"));
	assert_null(
		mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "delta")));
	fixture_settle();
}

/* The names were searched for. */
static void
a_second_peer_of_one_id_is_not_taken(void **unused)
{
	RTE_SET_USED(unused);
	assert_int_equal(id_of("o1wu"), id_of("1tfa"));
	assert_null(set_peer("o1wu", MCR_IPV4(10, 0, 0, 40)));
	assert_non_null(set_peer("1tfa", MCR_IPV4(10, 0, 0, 41)));
	assert_null(mcr_domain_find_peer(hub.control, "1tfa"));
	assert_null(set_peer("o1wu", MCR_IPV4(10, 0, 0, 42)));
	assert_null(mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "o1wu")));
	fixture_settle();
}

static const char *
name_of_crowd(unsigned int i)
{
	static char name[16];

	snprintf(name, sizeof(name), "p%u", i);
	return name;
}

static void
say_crowd(enum mcr_link_state state)
{
	for (unsigned int i = 0; i < CROWD; i++) {
		struct mcr_link_hello hello = hello_in(name_of_crowd(i), CROWD_ADDRESS + i, state);

		if (state == MCR_LINK_DOWN)
			hello.your_discriminator = 0;
		send_hello(name_of_crowd(i), CROWD_ADDRESS + i, hello);
	}
}

/* A learned path MTU would be tried again. */
static void
set_small_mtu(const char *name)
{
	struct mcr_member member = *mcr_member_get(hub.fib.members, peer(name)->member);

	member.mtu = SMALL_MTU;
	assert_int_equal(mcr_member_update(hub.fib.members, peer(name)->member, &member), 0);
}

static void
add_crowd(void)
{
	for (unsigned int i = 0; i < CROWD; i++) {
		assert_null(set_peer(name_of_crowd(i), CROWD_ADDRESS + i));
		set_serves(name_of_crowd(i), true);
		answer_for(CROWD_ADDRESS + i);
		fixture_settle();
		set_small_mtu(name_of_crowd(i));
	}
	set_small_mtu("beta");
	say_crowd(MCR_LINK_DOWN);
	say_crowd(MCR_LINK_INIT);
	assert_int_equal(mcr_domain_count_up(hub.control), CROWD + 2);
}

/* All peers keep the link up. */
static void
pass_with_crowd(uint64_t us)
{
	for (; us != 0; us -= 25000) {
		for (unsigned int i = 0; i < 25000 / TICK_US; i++)
			pass_us(TICK_US);
		say_both_up();
		say_crowd(MCR_LINK_UP);
	}
}

static void
remove_crowd(void)
{
	for (unsigned int i = 0; i < CROWD; i++)
		assert_null(mcr_domain_remove_peer(
			hub.control, mcr_domain_find_peer(hub.control, name_of_crowd(i))));
	fixture_settle();
}

static struct mcr_link_page
next_page_to_beta(uint8_t *ids)
{
	const uint32_t before = peer("beta")->hello_sequence;
	struct mcr_link_page page;

	while (peer("beta")->hello_sequence == before) {
		pass_us(TICK_US);
		say_both_up();
	}
	page = page_to(BETA);
	memcpy(ids, page.ids, page.count * sizeof(uint32_t));
	page.ids = ids;
	return page;
}

/* Two to a peer with a small path MTU, one to others. */
static void
a_long_list_comes_in_pages_that_no_link_fragments(void **unused)
{
	uint8_t ids[2][SMALL_MTU];
	struct mcr_link_page pages[2];

	RTE_SET_USED(unused);
	add_crowd();
	pass_with_crowd(DETECTION_US + HELLO_US);
	for (unsigned int i = 0; i < 2; i++)
		pages[i] = next_page_to_beta(ids[i]);
	if (pages[0].first != 0)
		RTE_SWAP(pages[0], pages[1]);
	assert_int_equal(pages[0].count, SMALL_PAGE);
	assert_int_equal(pages[1].count, CROWD + 2 - SMALL_PAGE);
	assert_int_equal(pages[0].first, 0);
	assert_int_equal(pages[1].first, pages[0].last + 1);
	assert_int_equal(pages[1].last, UINT32_MAX);
	for (unsigned int i = 0; i < CROWD; i++)
		assert_int_equal(page_lists(&pages[0], id_of(name_of_crowd(i))) +
					 page_lists(&pages[1], id_of(name_of_crowd(i))),
			1);
	assert_in_range(sent[BETA & 0xff].length, 1, RTE_ETHER_HDR_LEN + SMALL_MTU);
	assert_int_equal(page_to(GAMMA).count, CROWD + 2);
	remove_crowd();
}

static void
with_two_pages_a_peer_waits_for_both(void **unused)
{
	const uint64_t start = now_us;

	RTE_SET_USED(unused);
	add_crowd();
	for (unsigned int i = 0; i < (HOLD_US + HELLO_US) / 25000; i++) {
		assert_false(mcr_peer_carries(peer("p7")));
		pass_us(25000);
		say_both_up();
		say_crowd(MCR_LINK_UP);
	}
	pass_us(TICK_US);
	assert_int_equal(peer("p7")->session.changed, start);
	assert_true(mcr_peer_carries(peer("p7")));
	remove_crowd();
}

/* The other end takes nothing before it knows all pages. */
static void
pages_begin_anew_with_a_session(void **unused)
{
	struct mcr_link_page page;
	uint8_t ids[SMALL_MTU];

	RTE_SET_USED(unused);
	add_crowd();
	pass_with_crowd(DETECTION_US + HELLO_US);
	do
		page = next_page_to_beta(ids);
	while (page.first != 0);
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	pass_us(TICK_US);
	assert_int_equal(page_to(BETA).first, 0);
	remove_crowd();
}

/* Since hellos with other pages keep the link up. */
static void
of_two_pages_that_with_a_change_comes_also_out_of_turn(void **unused)
{
	const uint32_t changed = id_of("p7");
	unsigned int count = 0;

	RTE_SET_USED(unused);
	add_crowd();
	pass_with_crowd(DETECTION_US + HELLO_US);
	send_hello("p7", CROWD_ADDRESS + 7, hello_in("p7", CROWD_ADDRESS + 7, MCR_LINK_DOWN));
	/* The silent crowd is not down yet. */
	for (unsigned int i = 0; i < DETECTION_US / TICK_US - 10; i++) {
		const uint32_t all = peer("beta")->hello_sequence;
		const uint16_t in_turn = peer("beta")->page;

		pass_us(TICK_US);
		if (peer("beta")->hello_sequence - all !=
			(uint16_t)(peer("beta")->page - in_turn)) {
			const struct mcr_link_page page = page_to(BETA);

			assert_in_range(changed, page.first, page.last);
			assert_false(page_lists(&page, changed));
			count++;
			say_both_up();
		}
	}
	assert_int_equal(count, peer("beta")->session.self.multiplier);
	remove_crowd();
}

/* A thousand peers must not be a burst that no port takes. */
static void
a_crowd_hears_in_small_bursts(void **unused)
{
	uint32_t before[CROWD];
	unsigned int turns = 0, reached = 0;

	RTE_SET_USED(unused);
	add_crowd();
	pass_with_crowd(DETECTION_US + HELLO_US);
	for (unsigned int i = 0; i < CROWD; i++)
		before[i] = peer(name_of_crowd(i))->hello_sequence;
	send_hello("beta", BETA, hello_in("beta", BETA, MCR_LINK_DOWN));
	while (reached != CROWD && turns++ < 4) {
		unsigned int due = 0, now = 0;

		pass_us(TICK_US - 1);
		for (unsigned int i = 0; i < CROWD; i++)
			due += peer(name_of_crowd(i))->session.send_at <= now_us + 1;
		now_us++;
		poll_links();
		for (unsigned int i = 0; i < CROWD; i++)
			now += peer(name_of_crowd(i))->hello_sequence != before[i];
		assert_in_range(now - reached, 0, 64 + due);
		reached = now;
	}
	assert_int_equal(reached, CROWD);
	remove_crowd();
}

int
main(void)
{
#define NEW(name) cmocka_unit_test_setup_teardown(name, bring_both_just_up_to_serve, remove_both)
#define TEST(name) cmocka_unit_test_setup_teardown(name, bring_both_up_to_serve, remove_both)
	const struct CMUnitTest tests[] = {
		NEW(nothing_is_sent_before_all_others_can_know),
		NEW(others_know_of_a_peer_before_it_gets_anything),
		TEST(nothing_is_sent_once_a_link_is_down),
		TEST(a_peer_that_restarted_waits_again),
		TEST(all_others_hear_at_once_that_a_link_is_down),
		TEST(all_others_hear_at_once_that_a_link_is_up),
		TEST(a_peer_that_serves_nobody_is_in_no_list),
		TEST(a_silent_peer_is_in_no_list),
		TEST(a_peers_last_word_counts),
		TEST(words_end_with_the_link),
		TEST(a_link_comes_up_with_the_peers_list),
		TEST(a_restarted_peer_has_said_nothing),
		TEST(a_word_to_another_session_is_none),
		TEST(a_late_hello_brings_no_old_list_back),
		TEST(a_peer_that_says_nothing_may_carry_to_anybody),
		TEST(nothing_is_taken_from_a_link_that_was_down_a_moment_ago),
		TEST(nothing_is_taken_from_a_peer_that_restarted_a_moment_ago),
		TEST(nothing_is_taken_before_all_of_the_list_is_known),
		TEST(the_hello_of_a_malformed_list_counts),
		TEST(a_count_beyond_the_hello_is_malformed),
		TEST(no_word_about_a_peer_is_one_about_its_successor),
		TEST(a_peer_that_joins_is_found_in_lists_that_were_read),
		TEST(a_second_peer_of_one_id_is_not_taken),
		TEST(a_long_list_comes_in_pages_that_no_link_fragments),
		TEST(with_two_pages_a_peer_waits_for_both),
		TEST(pages_begin_anew_with_a_session),
		TEST(of_two_pages_that_with_a_change_comes_also_out_of_turn),
		TEST(a_crowd_hears_in_small_bursts),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
