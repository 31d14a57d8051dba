/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "control/membership.h"
#include "control/membership_state.h"
#include "control/placement/arrivals.h"
#include "fib/peers.h"

/* In a turn. The clock is read after each step. */
#define TIMERS_AT_ONCE 64U
#define TIMERS_A_STEP 8U
#define TIMERS_US 200

/* Specific queries with and without the S flag. */
#define QUERIES_A_TIMER 4

/* Spreads the general queries of members that were added together over a tenth of the interval. */
#define QUERY_JITTER_PERCENT 10

/* How long a turn may publish. A list of 65,536 receivers takes 200 us. */
#define COMMIT_US 250

/* Waiting joins: 10 to 80 us a turn. The interval after a turn without success keeps the cost of a
 * full table below 1 % of the lcore, however many joins wait. */
#define RETRIES_AT_ONCE 64U
#define RETRY_INTERVAL_MS 20

static uint64_t
cycles_of_us(uint64_t us)
{
	return us * (rte_get_timer_hz() / US_PER_S);
}

/* Thousands of members may be due for a query at once: limit them to the ring's room. */
static uint32_t
timers_at_once(const struct mcr_punt_rings *rings)
{
	return RTE_MIN(rte_ring_free_count(rings->inject) / QUERIES_A_TIMER, TIMERS_AT_ONCE);
}

static uint32_t
milliseconds(uint64_t us)
{
	return RTE_MAX(us / 1000, 1U);
}

static struct mcr_igmp_prefix *
copy_prefixes(const struct mcr_config_igmp *igmp)
{
	struct mcr_igmp_prefix *prefixes = calloc(igmp->group_count + 1, sizeof(*prefixes));

	for (uint32_t i = 0; prefixes != NULL && i < igmp->group_count; i++) {
		prefixes[i].address = igmp->groups[i].address;
		prefixes[i].length = igmp->groups[i].length;
	}
	return prefixes;
}

static const struct mcr_config_igmp *
config_of(const struct mcr_config *config, enum mcr_router which)
{
	return which == MCR_ROUTER_MLD ? &config->mld : &config->igmp;
}

static void
describe_router(const struct mcr_config *config, enum mcr_router which,
	const struct mcr_igmp_prefix *prefixes, struct mcr_igmp_config *router)
{
	const struct mcr_config_igmp *igmp = config_of(config, which);

	mcr_igmp_default_config(router);
	router->mld = which == MCR_ROUTER_MLD;
	router->query_interval_ms = milliseconds(igmp->query_interval_us);
	router->query_response_interval_ms = milliseconds(igmp->query_response_interval_us);
	router->last_member_query_interval_ms = milliseconds(igmp->last_member_query_interval_us);
	router->startup_query_interval_ms = milliseconds(igmp->startup_query_interval_us);
	router->robustness = igmp->robustness;
	router->query_jitter_percent = QUERY_JITTER_PERCENT;
	router->always_querier = igmp->always_querier;
	router->immediate_leave = igmp->immediate_leave;
	router->strict_ssm = igmp->strict_ssm;
	router->ignore_router_alert = igmp->ignore_router_alert;
	router->groups = prefixes;
	router->group_count = igmp->group_count;
	router->max_members = mcr_peers_member_ids(config);
	router->max_groups_per_member = igmp->max_groups_per_member;
	/* Many members may share a group, and each membership needs a state. */
	router->max_groups = config->limits.groups + 16 * config->limits.members;
	router->max_sources = router->max_groups;
	/* One host for each state, and as many again behind bridges. */
	router->max_hosts = 2 * router->max_groups;
	router->max_hosts_per_member = 4 * igmp->max_groups_per_member;
}

static int
create_router(
	struct mcr_controller *control, enum mcr_router which, const struct mcr_igmp_config *router)
{
	control->membership->routers[which] = mcr_igmp_create(router, &mcr_membership_ops, control);
	return control->membership->routers[which] == NULL ? -errno : 0;
}

/* Links first: their joins leave the group table, but a freed router reports nothing. */
static void
free_router(struct mcr_controller *control, enum mcr_router which)
{
	if (control->membership->routers[which] == NULL)
		return;
	mcr_membership_remove_links(control, which);
	mcr_igmp_free(control->membership->routers[which]);
	control->membership->routers[which] = NULL;
}

static int
create_or_reconfigure(
	struct mcr_controller *control, enum mcr_router which, const struct mcr_config *config)
{
	struct mcr_igmp_prefix *prefixes = copy_prefixes(config_of(config, which));
	struct mcr_igmp_config router;
	int ret;

	if (prefixes == NULL)
		return -ENOMEM;
	describe_router(config, which, prefixes, &router);
	if (control->membership->routers[which] == NULL)
		ret = create_router(control, which, &router);
	else
		ret = mcr_igmp_reconfigure(
			control->membership->routers[which], &router, control->now_ms);
	free(prefixes);
	return ret;
}

static int
configure(struct mcr_controller *control, enum mcr_router which, const struct mcr_config *config)
{
	const bool serves_amt = which == MCR_ROUTER_IGMP && config->amt.enabled;
	int ret;

	if (!config_of(config, which)->enabled && !serves_amt) {
		control->membership->asks[which] = false;
		free_router(control, which);
		return 0;
	}
	ret = create_or_reconfigure(control, which, config);
	if (ret != 0)
		return ret;
	control->membership->asks[which] = config_of(config, which)->enabled;
	mcr_membership_follow_links(control, which);
	return 0;
}

int
mcr_membership_configure(struct mcr_controller *control, const struct mcr_config *config)
{
	int ret = 0;

	for (enum mcr_router which = 0; ret == 0 && which < MCR_ROUTERS; which++)
		ret = configure(control, which, config);
	return ret;
}

int
mcr_membership_create(struct mcr_controller *control)
{
	control->membership = calloc(1, sizeof(*control->membership));
	if (control->membership == NULL)
		return -ENOMEM;
	return mcr_membership_configure(control, control->config);
}

void
mcr_membership_free(struct mcr_controller *control)
{
	if (control->membership == NULL)
		return;
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++)
		mcr_igmp_free(control->membership->routers[which]);
	free(control->membership);
}

struct mcr_igmp *
mcr_membership_router(const struct mcr_controller *control, enum mcr_router router)
{
	RTE_ASSERT(router < MCR_ROUTERS);
	return control->membership->routers[router];
}

struct mcr_igmp *const *
mcr_membership_routers(const struct mcr_controller *control)
{
	return control->membership->routers;
}

bool
mcr_membership_asks(const struct mcr_controller *control, enum mcr_router router)
{
	RTE_ASSERT(router < MCR_ROUTERS);
	return control->membership->asks[router];
}

uint32_t
mcr_membership_waiting(const struct mcr_controller *control)
{
	uint32_t count = 0;

	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++) {
		if (control->membership->routers[which] != NULL)
			count += mcr_igmp_count_waiting(control->membership->routers[which]);
	}
	return count;
}

/* Refusals of a whole packet that is no drop. The router reports those of single records. */
static bool
is_of_whole_packet(enum mcr_igmp_rejection rejection)
{
	return rejection == MCR_IGMP_REJECT_NOT_IGMP ||
	       (rejection > MCR_IGMP_REJECT_BAD_CHECKSUM &&
		       rejection < MCR_IGMP_REJECT_UNKNOWN_RECORD);
}

/* Members also send leaves to a hub that they have left. */
static bool
is_join(enum mcr_router which, const uint8_t *packet, uint32_t len)
{
	const bool is_mld = which == MCR_ROUTER_MLD;
	struct mcr_igmp_message message;
	const enum mcr_igmp_rejection rejection = is_mld ? mcr_mld_parse(packet, len, &message)
	                                                 : mcr_igmp_parse(packet, len, &message);
	const bool is_right =
		rejection == MCR_IGMP_ACCEPTED || rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT;
	const bool joins = is_right && mcr_igmp_joins(&message);

	if (is_mld)
		mcr_mld_release(&message);
	return joins;
}

enum mcr_drop
mcr_membership_receive(
	struct mcr_controller *control, uint32_t member, const uint8_t *packet, uint32_t len)
{
	const enum mcr_router which =
		len != 0 && mcr_ip_is_ipv6(packet) ? MCR_ROUTER_MLD : MCR_ROUTER_IGMP;
	struct mcr_igmp *router = control->membership->routers[which];
	enum mcr_igmp_rejection rejection;

	if (router == NULL)
		return MCR_DROP_NONE;
	RTE_ASSERT(mcr_member_get(control->fib->members, member) != NULL);
	control->membership->due_ms[which] = 0;
	rejection = mcr_igmp_receive(router, member, packet, len, control->now_ms);
	if (is_of_whole_packet(rejection))
		mcr_membership_follow_refusal(control, member, 0, rejection);
	if (control->domain != NULL && rejection == MCR_IGMP_ACCEPTED &&
		is_join(which, packet, len))
		mcr_arrivals_note(control, member);
	switch (rejection) {
	case MCR_IGMP_REJECT_MALFORMED:
	case MCR_IGMP_REJECT_FRAGMENT:
		return MCR_DROP_MALFORMED;
	case MCR_IGMP_REJECT_BAD_CHECKSUM:
		return MCR_DROP_BAD_CHECKSUM;
	default:
		return MCR_DROP_NONE;
	}
}

bool
mcr_membership_restore(
	struct mcr_controller *control, uint32_t member, const struct mcr_igmp_record *record)
{
	struct mcr_igmp *router = control->membership->routers[mcr_router_of(record->group)];

	return router != NULL && mcr_igmp_restore_record(router, member, record, control->now_ms) ==
	                                 MCR_IGMP_ACCEPTED;
}

static bool
waits_for_room(const struct mcr_controller *control, enum mcr_router which, uint32_t member)
{
	const struct mcr_igmp *router = control->membership->routers[which];
	struct mcr_igmp_querier link;

	return router != NULL && mcr_igmp_get_querier(router, member, control->now_ms, &link) &&
	       link.waiting != 0;
}

bool
mcr_membership_holds_any(const struct mcr_controller *control, uint32_t member)
{
	return mcr_group_memberships(control->fib->groups, member) != 0 ||
	       waits_for_room(control, MCR_ROUTER_IGMP, member) ||
	       waits_for_room(control, MCR_ROUTER_MLD, member);
}

static void
publish(struct mcr_controller *control)
{
	control->commit_until = control->read_cycles() + cycles_of_us(COMMIT_US);
	control->commit_stopped = mcr_fib_commit_groups(control->fib) == -EAGAIN;
	control->commit_until = UINT64_MAX;
}

static void
log_waiting(struct mcr_controller *control)
{
	const uint32_t count = mcr_membership_waiting(control);

	if ((count != 0) == control->membership->joins_wait ||
		!mcr_log_pace_take(&control->membership->waiting_pace, control->now_ms))
		return;
	control->membership->joins_wait = count != 0;
	if (count != 0)
		MCR_LOG(WARNING, "joins wait for room in the table of groups: limits.groups is %u",
			control->config->limits.groups);
	else
		MCR_LOG(NOTICE, "no join waits for room any more");
}

/* The router reports refused joins again, which is no news for the state file. */
static void
retry(struct mcr_controller *control, enum mcr_router which)
{
	struct mcr_membership *membership = control->membership;
	const uint64_t learned_version = control->learned_version;

	if (mcr_igmp_count_waiting(membership->routers[which]) == 0 ||
		control->now_ms < membership->retry_due_ms[which])
		return;
	if (mcr_igmp_retry(membership->routers[which], control->now_ms, RETRIES_AT_ONCE) == 0)
		membership->retry_due_ms[which] = control->now_ms + RETRY_INTERVAL_MS;
	control->learned_version = learned_version;
}

/* @return How many of `left` timers more may run. */
static uint32_t
run_timers_of(struct mcr_controller *control, enum mcr_router which, uint32_t left, uint64_t until)
{
	struct mcr_membership *membership = control->membership;

	while (left != 0 && control->now_ms >= membership->due_ms[which] &&
		control->read_cycles() < until) {
		const uint32_t step = RTE_MIN(left, TIMERS_A_STEP);

		membership->due_ms[which] =
			mcr_igmp_run_some(membership->routers[which], control->now_ms, step);
		left -= step;
	}
	return left;
}

/* The members of a large network are due for a query at about the same time. The routers take turns
 * in being first. */
static void
run_timers(struct mcr_controller *control)
{
	struct mcr_membership *membership = control->membership;
	const uint64_t until = control->read_cycles() + cycles_of_us(TIMERS_US);
	uint32_t left = timers_at_once(control->rings);

	for (unsigned int i = 0; i < MCR_ROUTERS; i++) {
		const enum mcr_router which = (membership->first + i) % MCR_ROUTERS;

		if (membership->routers[which] != NULL)
			left = run_timers_of(control, which, left, until);
	}
	membership->first = (membership->first + 1) % MCR_ROUTERS;
}

void
mcr_membership_run(struct mcr_controller *control)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++) {
		if (control->membership->routers[which] != NULL)
			retry(control, which);
	}
	log_waiting(control);
	if (!control->commit_stopped)
		run_timers(control);
	publish(control);
}

uint32_t
mcr_membership_expires_s(
	const struct mcr_controller *control, const struct mcr_group_key *key, uint32_t member)
{
	const struct mcr_igmp *router = control->membership->routers[mcr_router_of(key->group)];
	struct mcr_igmp_source source;
	struct mcr_igmp_state state;
	uint64_t expires_ms = 0;

	if (router == NULL)
		return 0;
	if (key->source != 0 &&
		mcr_igmp_get_source(
			router, member, key->group, key->source, control->now_ms, &source) &&
		source.forward)
		expires_ms = source.expires_ms;
	else if (mcr_igmp_get_state(router, member, key->group, control->now_ms, &state) &&
		 state.mode == MCR_IGMP_EXCLUDE)
		expires_ms = state.expires_ms;
	/* Round up: 0 means never. */
	return (expires_ms + 999) / 1000;
}
