/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

uint64_t
mcr_domain_random(struct mcr_domain *domain, uint64_t below)
{
	domain->random = domain->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (domain->random >> 33) % below;
}

struct mcr_domain *
mcr_domain_create(const struct mcr_domain_config *config)
{
	struct mcr_domain *domain = calloc(1, sizeof(*domain));

	RTE_ASSERT(config->endpoint_count > 0);
	if (domain == NULL)
		return NULL;
	snprintf(domain->name, sizeof(domain->name), "%s", config->name);
	snprintf(domain->hub_name, sizeof(domain->hub_name), "%s", config->hub);
	snprintf(domain->version, sizeof(domain->version), "%s", config->version);
	snprintf(domain->prefix, sizeof(domain->prefix), "/mcdpdk/%s/", domain->name);
	/* '0' follows '/'. */
	snprintf(domain->prefix_end, sizeof(domain->prefix_end), "/mcdpdk/%s0", domain->name);
	snprintf(domain->own_key, sizeof(domain->own_key), "/mcdpdk/%s/hubs/%s", domain->name,
		domain->hub_name);
	snprintf(domain->placement_key, sizeof(domain->placement_key), "%splacement",
		domain->prefix);
	snprintf(domain->placed_key, sizeof(domain->placed_key), "%splaced/%s", domain->prefix,
		domain->hub_name);
	domain->endpoint_count = config->endpoint_count;
	domain->notifies = config->notifies;
	domain->wall_us = config->wall_us;
	domain->random = config->seed;
	return domain;
}

void
mcr_domain_free(struct mcr_domain *domain)
{
	struct lines *lines;

	if (domain == NULL)
		return;
	lines = &domain->lines;
	for (; lines->count > 0; lines->count--) {
		free(lines->at[lines->head]);
		lines->head = (lines->head + 1) % LINES_MAX;
	}
	free(lines->shown);
	mcr_interest_free(&domain->own.interest);
	mcr_peers_free(&domain->peers);
	mcr_placement_free(&domain->placement);
	free(domain->long_value);
	mcr_links_free(&domain->links);
	free(domain);
}

bool
mcr_domain_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	*action = (struct mcr_domain_action){0};
	domain->now = now;
	return mcr_session_next(domain, now, action) || mcr_hub_next(domain, now, action) ||
	       mcr_links_next(domain, now, action) || mcr_domain_next_line(domain, now, action);
}

uint64_t
mcr_domain_wake(const struct mcr_domain *domain)
{
	const uint64_t session = mcr_session_wake(domain), hub = mcr_hub_wake(domain);
	const uint64_t wake = RTE_MIN(session, hub);

	return domain->lines.unshown > 0 ? RTE_MIN(wake, domain->lines.pace_end) : wake;
}

static void
write_since(const struct mcr_domain *domain, char *text, size_t size)
{
	const time_t second = (domain->wall_us + domain->session.down_since) / SECOND;
	struct tm utc;
	char when[32];

	gmtime_r(&second, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	snprintf(text, size, "etcd unreachable since %s", when);
}

static void
append(char *text, size_t size, const char *format, ...)
{
	const size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

/* "; west drains", "; west and 2 more drain" */
static void
append_draining(const struct mcr_domain *domain, char *text, size_t size)
{
	const char *first = domain->hub.record.is_draining ? domain->hub_name : NULL;
	uint32_t count = first != NULL;

	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (!peer->is_present || !peer->record.is_draining)
			continue;
		if (count++ == 0)
			first = peer->name;
	}
	if (count == 1)
		append(text, size, "; %s drains", first);
	else if (count > 1)
		append(text, size, "; %s and %u more drain", first, count - 1);
}

static void
append_apart(const struct mcr_domain *domain, char *text, size_t size)
{
	uint32_t count;
	const struct peer *first = mcr_peers_find_apart(domain, &count);

	if (count == 1)
		append(text, size, "; no link to %s, which has IPv%d alone", first->name,
			mcr_domain_address_is_none(&first->record.address) ? 6 : 4);
	else if (count > 1)
		append(text, size, "; no link to %s and %u more of another family", first->name,
			count - 1);
}

static void
append_others(const struct mcr_domain *domain, char *text, size_t size)
{
	uint32_t count;
	const char *first = mcr_placement_find_other(domain, &count);

	if (count == 1)
		append(text, size, "; %s has other members, groups or domain.members", first);
	else if (count > 1)
		append(text, size, "; %s and %u more have other members, groups or domain.members",
			first, count - 1);
}

static void
write_connected(const struct mcr_domain *domain, char *text, size_t size)
{
	snprintf(text, size, "connected");
	if (domain->lines.refused > 0)
		append(text, size, "; %" PRIu64 " keys of etcd were not usable",
			domain->lines.refused);
	append_draining(domain, text, size);
	append_apart(domain, text, size);
	append_others(domain, text, size);
	if (mcr_placement_is_late(domain))
		append(text, size, "; the handover waits for %s", domain->placement.waits_for);
}

void
mcr_domain_write_state(const struct mcr_domain *domain, char *text, size_t size)
{
	const struct record *holder = mcr_own_find_holder(domain);
	char address[ADDRESS_TEXT_MAX];

	if (domain->session.down_since != 0)
		write_since(domain, text, size);
	else if (holder != NULL)
		snprintf(text, size, "the name %.63s is taken by %s", domain->hub_name,
			mcr_domain_address_format(mcr_domain_record_address(holder), address));
	else if (!mcr_own_is_registered(domain))
		snprintf(text, size, "connecting to etcd");
	else
		write_connected(domain, text, size);
}

static bool
is_placement_settled(const struct mcr_domain *domain)
{
	const struct placement *placement = &domain->placement;
	const struct stage *stage = &placement->handover.stage;

	return !domain->hub.record.follows || stage->phase == PHASE_NONE ||
	       (placement->is_good && stage->phase == PHASE_SETTLED &&
		       placement->move == MOVE_NONE && !placement->must_review &&
		       mcr_stage_compare(&domain->hub.following.applied, stage) == 0);
}

bool
mcr_domain_is_settled(const struct mcr_domain *domain)
{
	if (!mcr_own_is_registered(domain) || !domain->own.record.published ||
		domain->session.step != STEP_SERVE || !domain->hub.is_complete ||
		!mcr_interest_is_settled(&domain->own.interest) || !is_placement_settled(domain))
		return false;
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (peer->is_usable &&
			(peer->state != PEER_READY || !mcr_interest_is_settled(&peer->interest)))
			return false;
	}
	return true;
}

uint64_t
mcr_domain_refused(const struct mcr_domain *domain)
{
	return domain->lines.refused;
}

const char *
mcr_domain_state(const struct mcr_domain *domain)
{
	return domain->hub.state;
}
