/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <net/if.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <mcr_igmp.h>

#include "control/checkup.h"
#include "control/conflict.h"
#include "control/domain.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/port_reset.h"
#include "control/service.h"
#include "control/state_file.h"
#include "control/survey.h"
#include "control/watchdog.h"
#include "datapath/counters.h"
#include "datapath/unfinished.h"
#include "infra/log.h"
#include "infra/missed.h"
#include "infra/rx_channels.h"

#define INTERVAL_MS 1000

struct mcr_checkup {
	uint64_t due_ms;
	bool has_begun;
	uint32_t logged_unfinished; /* see mcr_unfinished_log() */
	struct mcr_reload_result reload;
	struct mcr_stats stats;   /* of all lcores */
	uint64_t nombuf, oerrors; /* of all ports */
	struct mcr_health_growth missed, no_mbuf, ring_full, tx_drops, shed;
	struct mcr_health_state states[MCR_HEALTH_COUNT];
};

typedef void (*look_fn)(const struct mcr_controller *control, struct mcr_health_finding *finding);

#define SAY(finding, ...) snprintf((finding)->text, sizeof((finding)->text), __VA_ARGS__)

struct mcr_checkup *
mcr_checkup_create(void)
{
	/* calloc() aligns less than struct mcr_stats requires, and wide stores would fault. */
	struct mcr_checkup *checkup = aligned_alloc(alignof(struct mcr_checkup), sizeof(*checkup));

	if (checkup != NULL)
		*checkup = (struct mcr_checkup){.reload.ok = true};
	return checkup;
}

void
mcr_checkup_note_reload(struct mcr_controller *control, const struct mcr_reload_result *result)
{
	control->checkup->reload = *result;
	control->checkup->due_ms = 0;
}

static void
look_at_ready(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	finding->count = !control->ready;
	SAY(finding, "the hub is starting or ending");
}

/* One fault per gateway, however many members are behind it. */
static void
look_at_gateway(const struct mcr_controller *control, uint16_t port, uint32_t gateway,
	struct mcr_health_finding *finding)
{
	char text[MCR_ADDRESS_TEXT];

	if (!mcr_neighbour_is_silent(control, port, gateway) || finding->count++ > 0)
		return;
	SAY(finding, "port %s: gateway %s does not answer %s; members behind it: %u",
		control->ports->at[port].name, mcr_address_format(gateway, text),
		mcr_address_is_ipv6(gateway) ? "neighbour discovery" : "ARP",
		mcr_survey_get(control)->behind);
}

static void
look_at_gateways(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_port *port = &control->ports->at[i];

		if (port->config.has_gateway)
			look_at_gateway(control, i, port->config.gateway, finding);
		if (port->gateway6 != MCR_ADDRESS_NONE)
			look_at_gateway(control, i, port->gateway6, finding);
		else if (port->config.learns_gateway6 && finding->count++ == 0)
			SAY(finding, "port %s: no router advertises itself", port->name);
	}
	if (finding->count == 0)
		SAY(finding, "the gateway answers");
}

static const char *
name_resolution(uint32_t members, uint32_t of_ipv6)
{
	if (of_ipv6 == 0)
		return "ARP";
	return of_ipv6 == members ? "neighbour discovery" : "ARP or ND";
}

static void
look_at_members(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_survey_result *survey = mcr_survey_get(control);

	finding->count = survey->unanswered.count;
	if (finding->count == 0) {
		SAY(finding, "all members answer");
		return;
	}
	SAY(finding, "%u of %u members %s not answer %s: %s", finding->count, survey->members,
		finding->count == 1 ? "does" : "do",
		name_resolution(finding->count, survey->unanswered_ipv6), survey->unanswered.names);
}

static void
look_at_devices(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (control->ports->at[i].reset.state == MCR_PORT_GONE && finding->count++ == 0)
			SAY(finding, "port %s: its device is gone: restart the hub when it is back",
				control->ports->at[i].name);
	}
}

static void
look_at_resets(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_port *port = &control->ports->at[i];

		if (!mcr_port_is_resetting(port) || finding->count++ > 0)
			continue;
		SAY(finding, "port %s: its device cannot be reset: %s", port->name,
			rte_strerror(-port->reset.error));
	}
}

static void
look_at_links(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (!control->ports->at[i].link.is_up && finding->count++ == 0)
			SAY(finding, "port %s: the link is down", control->ports->at[i].name);
	}
}

static void
look_at_queues(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	struct mcr_rx_channels channels;
	char interface[IF_NAMESIZE], remedy[MCR_HEALTH_TEXT_SIZE];

	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (!mcr_rx_channels_ask(&control->ports->at[i], &channels, interface) ||
			!mcr_rx_channels_lose(&channels) || finding->count++ != 0)
			continue;
		mcr_rx_channels_advise(&channels, interface, remedy, sizeof(remedy));
		SAY(finding, "%u of %u RX queues of %s are not read: %.69s", channels.unread,
			channels.spread, interface, remedy);
	}
}

static void
look_at_stalls(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_stall *stall = mcr_watchdog_port(control, i);

		if ((!stall->rx && !stall->tx) || finding->count++ > 0)
			continue;
		SAY(finding, "port %s: %s", control->ports->at[i].name,
			stall->tx ? "TX stalled: it accepts none of the frames to be sent"
				  : "RX stalled: frames arrive, but none is received");
	}
}

static void
look_at_missed(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	uint64_t missed = 0;

	for (uint16_t i = 0; i < control->ports->count; i++)
		missed += mcr_missed_count(control->ports, i);
	missed = mcr_health_grow(&control->checkup->missed, missed, control->now_ms);
	finding->count = missed != 0;
	__atomic_store_n(&control->ports->lose, missed != 0, __ATOMIC_RELAXED);
	if (missed != 0)
		SAY(finding,
			"%" PRIu64 " received frames were lost before the hub saw them: its rings "
			"are too short or its lcores too slow",
			missed);
}

static void
look_at_buffers(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	struct mcr_checkup *checkup = control->checkup;
	const uint64_t failed = mcr_health_grow(&checkup->no_mbuf,
		checkup->nombuf + checkup->stats.drops[MCR_DROP_COPY_NO_MBUF], control->now_ms);

	finding->count = failed != 0;
	if (failed != 0)
		SAY(finding, "%" PRIu64 " packets found no buffer: raise limits.mbufs", failed);
}

static void
look_at_rings(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	struct mcr_checkup *checkup = control->checkup;
	const uint64_t full = mcr_health_grow(
		&checkup->ring_full, checkup->stats.drops[MCR_DROP_RING_FULL], control->now_ms);

	finding->count = full != 0;
	if (full != 0)
		SAY(finding, "%" PRIu64 " packets were dropped as a TX lcore is behind (ring_full)",
			full);
}

static void
look_at_sending(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	struct mcr_checkup *checkup = control->checkup;
	const uint64_t lost = mcr_health_grow(&checkup->tx_drops,
		checkup->oerrors + checkup->stats.drops[MCR_DROP_COPY_TX_FULL], control->now_ms);

	finding->count = lost != 0;
	if (lost != 0)
		SAY(finding, "%" PRIu64 " copies could not be sent: the port does not keep up",
			lost);
}

static void
look_at_allowance(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	struct mcr_checkup *checkup = control->checkup;
	const uint64_t shed = mcr_health_grow(
		&checkup->shed, checkup->stats.drops[MCR_DROP_COPY_SHED], control->now_ms);

	finding->count = shed != 0;
	if (shed != 0)
		SAY(finding, "%" PRIu64 " copies were shed: ports[].allowance permits no more",
			shed);
}

static void
look_at_lcores(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->workers->count; i++) {
		if (mcr_watchdog_lcore(control, i)->stuck && finding->count++ == 0)
			SAY(finding, "lcore %u makes no progress",
				control->workers->lcores[i].role->id);
	}
}

static void
look_at_state_file(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	finding->count = mcr_state_file_is_failing(control);
	if (finding->count != 0)
		SAY(finding, "state_file cannot be written: a restart will forget what was joined");
}

static void
look_at_reload(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_reload_result *reload = &control->checkup->reload;

	finding->count = !reload->ok;
	if (!reload->ok)
		SAY(finding, "reload refused: %.*s", MCR_HEALTH_TEXT_SIZE - 20, reload->message);
}

/* Before the first placement this hub does not know who serves them. */
static void
look_at_service(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_survey_list *unserved = &mcr_survey_get(control)->unserved;

	finding->count = unserved->count;
	if (unserved->count == 0)
		return;
	if (mcr_placements_get(control)->phase == MCR_HANDOVER_NONE)
		SAY(finding, "no shared member is served: mcdpdk-domain has told no placement yet");
	else
		SAY(finding, "no hub that is up reaches %u shared member%s: %s", unserved->count,
			unserved->count == 1 ? "" : "s", unserved->names);
}

static void
look_at_joins(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	finding->count = mcr_membership_waiting(control);
	SAY(finding, "%u join%s for room: limits.groups is %u", finding->count,
		finding->count == 1 ? " waits" : "s wait", control->config->limits.groups);
}

static void
look_at_macs(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_survey_list *same = &mcr_survey_get(control)->same_mac;

	finding->count = same->count;
	if (finding->count != 0)
		SAY(finding, "%u members share a MAC (one instance twice?): %s", same->count,
			same->names);
}

static void
look_at_silence(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	const struct mcr_survey_list *silent = &mcr_survey_get(control)->silent;

	finding->count = silent->count;
	if (finding->count != 0)
		SAY(finding, "%u %s never sent nor joined: %s", silent->count,
			silent->count == 1 ? "member has" : "members have", silent->names);
}

static const look_fn looks[] = {
	[MCR_HEALTH_NOT_READY] = look_at_ready,
	[MCR_HEALTH_GATEWAY] = look_at_gateways,
	[MCR_HEALTH_UNRESOLVED] = look_at_members,
	[MCR_HEALTH_CONFLICT] = mcr_conflict_find_hosts,
	[MCR_HEALTH_KERNEL] = mcr_conflict_find_kernel,
	[MCR_HEALTH_DEVICE] = look_at_devices,
	[MCR_HEALTH_RESET] = look_at_resets,
	[MCR_HEALTH_LINK] = look_at_links,
	[MCR_HEALTH_QUEUES] = look_at_queues,
	[MCR_HEALTH_STALLED] = look_at_stalls,
	[MCR_HEALTH_MISSED] = look_at_missed,
	[MCR_HEALTH_NO_MBUF] = look_at_buffers,
	[MCR_HEALTH_RING_FULL] = look_at_rings,
	[MCR_HEALTH_TX_DROPS] = look_at_sending,
	[MCR_HEALTH_SHED] = look_at_allowance,
	[MCR_HEALTH_PEERS] = mcr_domain_find_down,
	[MCR_HEALTH_AGENT] = mcr_domain_find_agent,
	[MCR_HEALTH_ETCD] = mcr_domain_find_etcd,
	[MCR_HEALTH_UNSERVED] = look_at_service,
	[MCR_HEALTH_LCORE] = look_at_lcores,
	[MCR_HEALTH_STATE_FILE] = look_at_state_file,
	[MCR_HEALTH_RELOAD] = look_at_reload,
	[MCR_HEALTH_JOINS] = look_at_joins,
	[MCR_HEALTH_SAME_MAC] = look_at_macs,
	[MCR_HEALTH_SILENT] = look_at_silence,
	[MCR_HEALTH_DRAINING] = mcr_drain_find,
};

_Static_assert(RTE_DIM(looks) == MCR_HEALTH_COUNT, "each reason is looked at");

static void
log_news(enum mcr_health_reason reason, enum mcr_health_news news, const char *text)
{
	if (!mcr_health_is_logged(reason) || news == MCR_HEALTH_NO_NEWS)
		return;
	if (news == MCR_HEALTH_ENDED)
		MCR_LOG(NOTICE, "%s: over: %s", mcr_health_name(reason), text);
	else
		MCR_LOG(WARNING, "%s: %s", mcr_health_name(reason), text);
}

static bool
is_some_port_reset(const struct mcr_ports *ports)
{
	for (uint16_t i = 0; i < ports->count; i++) {
		if (mcr_port_is_resetting(&ports->at[i]))
			return true;
	}
	return false;
}

static void
sum_counters(struct mcr_controller *control)
{
	struct mcr_checkup *checkup = control->checkup;

	mcr_counters_sum(control->workers, &checkup->stats);
	/* Without that port the sum would drop and later seem to grow. */
	if (is_some_port_reset(control->ports))
		return;
	checkup->nombuf = checkup->oerrors = 0;
	for (uint16_t i = 0; i < control->ports->count; i++) {
		struct rte_eth_stats stats = {0};

		rte_eth_stats_get(control->ports->at[i].id, &stats);
		checkup->nombuf += stats.rx_nombuf;
		checkup->oerrors += stats.oerrors;
	}
}

static void
look_at_all(struct mcr_controller *control)
{
	struct mcr_checkup *checkup = control->checkup;

	if (!checkup->has_begun)
		mcr_missed_start(control->ports);
	checkup->has_begun = true;
	sum_counters(control);
	for (unsigned int i = 0; i < MCR_HEALTH_COUNT; i++) {
		struct mcr_health_finding finding = {0};

		looks[i](control, &finding);
		log_news(i, mcr_health_take(i, &checkup->states[i], &finding, control->now_ms),
			checkup->states[i].now.text);
	}
	mcr_service_note_state(control, &checkup->stats);
}

void
mcr_checkup_run(struct mcr_controller *control)
{
	struct mcr_checkup *checkup = control->checkup;

	mcr_survey_run(control);
	if (control->now_ms < checkup->due_ms)
		return;
	checkup->due_ms = control->now_ms + INTERVAL_MS;
	mcr_conflict_run(control);
	mcr_port_reset_look(control);
	mcr_unfinished_log(control->workers, control->ports, &checkup->logged_unfinished);
	look_at_all(control);
}

const struct mcr_health_state *
mcr_checkup_get(const struct mcr_controller *control)
{
	return control->checkup->states;
}
