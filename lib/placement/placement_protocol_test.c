/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Failover and handovers, exhaustively: in every state that three hubs can get into, no packet of
 * any of them reaches the member twice, and where nobody dies and no link is cut, each once; and
 * each handover ends. What the protocol rests on is left out, rule by rule, and must be missed.
 *
 * With the argument "worlds" it searches larger worlds instead, all of each: 67 million states,
 * some four minutes and 0.7 GiB.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "protocol_agents.h"

#define A BIT(0)
#define B BIT(1)
#define C BIT(2)

/* Sanitizers make it slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define IS_SLOW 1
#endif
#endif
#ifndef IS_SLOW
#define IS_SLOW 0
#endif

/* A world that has more of them is not searched whole, which is a failure. */
#define STATES (UINT32_C(1) << 26)

/* Hubs hear hellos of each other or miss them, in every order; there is no handover. */
static const struct scenario links = {
	.set = A | B | C,
	.generations = 1,
	.senders = ALL,
	.cut = ALL,
	.has_hellos = true,
};

/* A hub restarts while etcd is away. */
static const struct scenario restart = {
	.set = A | B | C,
	.generations = 1,
	.senders = ALL,
	.dying = A,
	.returning = A,
};

/* The hub that serves the member drains: it is B's then. */
static const struct scenario drain = {
	.set = A | B | C,
	.generations = 2,
	.senders = ALL,
	.draining = A,
	.loses_nothing = true,
};

/* A hub starts and takes the member from B, while B sends to it. */
static const struct scenario arrival = {
	.set = B,
	.generations = 2,
	.senders = B,
	.arriving = A,
	.absent = C,
	.loses_nothing = true,
};

/* The agent of the next server is away for as long as one likes. */
static const struct scenario agent = {
	.set = A | B,
	.generations = 2,
	.senders = A | B,
	.absent = C,
	.draining = A,
	.agents_dying = B,
	.loses_nothing = true,
};

/* A hub has neither links nor etcd for as long as one likes. */
static const struct scenario isolation = {
	.set = A | B,
	.generations = 2,
	.senders = A | B,
	.absent = C,
	.cut = A,
	.agents_dying = A,
};

/* The same for two handovers. */
static const struct scenario long_isolation = {
	.set = A | B,
	.generations = 3,
	.senders = A | B,
	.absent = C,
	.cut = A,
	.agents_dying = A,
	.prompt = A,
};

/* C has no links, and the agents of the two others are away for as long as one likes. */
static const struct scenario split = {
	.set = A | B | C,
	.generations = 2,
	.senders = B,
	.apart = C,
	.agents_dying = A | B,
	.prompt = ALL,
};

#if !IS_SLOW
/* The agents of all three are. */
static const struct scenario agents = {
	.set = A | B,
	.generations = 2,
	.senders = A | B | C,
	.local = C,
	.draining = A,
	.agents_dying = A | B | C,
	.loses_nothing = true,
	.prompt = A | B | C,
};

/* Larger worlds, with their numbers of states in millions. */

/* 1.1: hubs die, and miss hellos. */
static const struct scenario two_serve = {
	.set = A | B,
	.generations = 1,
	.senders = ALL,
	.local = C,
	.cut = ALL,
	.dying = A | B,
	.has_hellos = true,
};

/* 0.9 */
static const struct scenario arrival_among_three = {
	.set = B,
	.generations = 2,
	.senders = B | C,
	.local = C,
	.arriving = A,
	.loses_nothing = true,
};

/* 8.8: C's agent is away for as long as one likes. */
static const struct scenario agents_among_three = {
	.set = A | B,
	.generations = 2,
	.senders = ALL,
	.local = C,
	.draining = A,
	.agents_dying = C,
	.loses_nothing = true,
};

/* 15.9: of three hubs one has neither links nor etcd for as long as one likes. */
static const struct scenario isolation_among_three = {
	.set = A | B | C,
	.generations = 2,
	.senders = A | B | C,
	.cut = A,
	.agents_dying = A,
	.prompt = B | C,
};

/* One of three agents sees late what etcd has: 2.0 if it is A's, 1.2, 1.0. */
static const struct scenario restart_among_three = {
	.set = A | B,
	.generations = 2,
	.senders = C,
	.local = C,
	.dying = A,
	.returning = A,
};

/* 17.7: the agents of both others are away for as long as one likes. */
static const struct scenario restart_without_agents = {
	.set = A | B,
	.generations = 2,
	.senders = B | C,
	.local = C,
	.dying = A,
	.returning = A,
	.agents_dying = B | C,
	.prompt = A | B | C,
};

/* 1.2 */
static const struct scenario long_split = {
	.set = A | B | C,
	.generations = 3,
	.senders = B,
	.apart = C,
	.agents_dying = A | B,
	.prompt = A | B | C,
};

/* 16.2 */
static const struct scenario split_of_slow_agents = {
	.set = A | B | C,
	.generations = 2,
	.senders = B,
	.apart = C,
	.agents_dying = A | B,
	.prompt = C,
};
#endif

static const char *
run(const struct scenario *what, bool expects_fault)
{
	const char *fault;

	scenario = *what;
	choose_servers();
	fault = explore(STATES);
	print_message("%u states, %s\n", x.count, fault == NULL ? "no fault" : fault);
	if (fault != NULL && !expects_fault)
		print_way();
	/* All of them? */
	if (fault == NULL)
		assert_true(x.count < x.most);
	explore_end();
	return fault;
}

static void
require(const struct scenario *what)
{
	if (run(what, false) != NULL)
		fail();
}

static void
require_fault(const struct scenario *what, enum rule without)
{
	struct scenario broken = *what;

	broken.broken_rules = BIT(without);
	if (run(&broken, true) == NULL)
		fail_msg("rule %d is not needed", without);
}

static void
a_hub_that_restarts_without_etcd_leaves_its_members_to_others(void **state)
{
	(void)state;
	require(&restart);
	require_fault(&restart, SETS_NAME_LIVES);
}

static void
a_drain_and_an_arrival_lose_nothing_and_end(void **state)
{
	(void)state;
	require(&drain);
	require(&arrival);
}

static void
an_agent_that_is_away_delays_a_handover_and_loses_nothing(void **state)
{
	(void)state;
	require(&agent);
}

static void
hubs_whose_agents_come_back_make_no_duplicate(void **state)
{
	(void)state;
	require(&long_isolation);
	require(&split);
}

static void
no_rule_of_handovers_is_superfluous(void **state)
{
	(void)state;
	require_fault(&drain, TAGS);
	require_fault(&drain, APPLIES_FIRST);
	require_fault(&drain, INTEREST_FIRST);
	require_fault(&arrival, CARRIES_FIRST);
	require_fault(&agent, SETTLES_LATE);
	require_fault(&agent, WAITS_FOR_STRAYS);
	require_fault(&agent, CHECKS_AGAIN);
	require_fault(&agent, KEEPS_INTEREST);
	require_fault(&long_isolation, ENDS_FIRST);
	require_fault(&isolation, FORGETS_FIRST);
	require_fault(&isolation, WAITS_FOR_STRAYS);
	require_fault(&isolation, FOLLOWS_FIRST);
	require_fault(&split, IN_ORDER);
	require_fault(&split, FORGETS_STRAYS);
}

static void
no_rule_of_links_is_superfluous(void **state)
{
	struct scenario local = links;

	(void)state;
	require_fault(&links, TAKES_OF_PEERS_UP);
	require_fault(&links, TAKES_LATE);
	require_fault(&links, CARRIES_LATE);
	require_fault(&links, SERVES_LATE);
	local.set = A | B;
	local.local = C;
	require_fault(&local, ALL_SEND_LISTS);
}

#if !IS_SLOW
static void
agents_that_are_away_delay_a_handover_and_lose_nothing(void **state)
{
	(void)state;
	require(&agents);
}

static void
no_loss_of_hellos_makes_a_duplicate(void **state)
{
	(void)state;
	require(&links);
}

static void
a_hub_that_was_isolated_makes_no_duplicate(void **state)
{
	(void)state;
	require(&isolation);
}

static void
larger_worlds_are_without_fault(void **state)
{
	struct scenario slow = long_isolation;

	(void)state;
	slow.prompt = 0;
	/* 1.1 million states. */
	require(&slow);
	require(&two_serve);
	require(&arrival_among_three);
	require(&agents_among_three);
	require(&isolation_among_three);
	require(&long_split);
	require(&split_of_slow_agents);
}

static void
no_restart_among_three_makes_a_duplicate(void **state)
{
	struct scenario restarting = restart_among_three;

	(void)state;
	require(&restart_without_agents);
	for (uint32_t i = 0; i < HUBS; i++) {
		restarting.prompt = ALL & ~BIT(i);
		require(&restarting);
	}
}
#endif

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hub_that_restarts_without_etcd_leaves_its_members_to_others),
		cmocka_unit_test(a_drain_and_an_arrival_lose_nothing_and_end),
		cmocka_unit_test(an_agent_that_is_away_delays_a_handover_and_loses_nothing),
		cmocka_unit_test(hubs_whose_agents_come_back_make_no_duplicate),
		cmocka_unit_test(no_rule_of_handovers_is_superfluous),
		cmocka_unit_test(no_rule_of_links_is_superfluous),
#if !IS_SLOW
		cmocka_unit_test(agents_that_are_away_delay_a_handover_and_lose_nothing),
		cmocka_unit_test(no_loss_of_hellos_makes_a_duplicate),
		cmocka_unit_test(a_hub_that_was_isolated_makes_no_duplicate),
#endif
	};

#if !IS_SLOW
	const struct CMUnitTest worlds[] = {
		cmocka_unit_test(larger_worlds_are_without_fault),
		cmocka_unit_test(no_restart_among_three_makes_a_duplicate),
	};

	if (argc == 2 && strcmp(argv[1], "worlds") == 0)
		return cmocka_run_group_tests(worlds, NULL, NULL);
#endif
	if (argc > 1) {
		fprintf(stderr, "%s: there is no group %s\n", argv[0], argv[1]);
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
