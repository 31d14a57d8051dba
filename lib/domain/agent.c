/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

bool
mcr_domain_is_name(const char *text, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	return len > 0 && len <= NAME_MAX_LEN && strspn(text, allowed) >= len;
}

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
	domain->endpoint_count = config->endpoint_count;
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
	free(domain);
}

bool
mcr_domain_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	*action = (struct mcr_domain_action){0};
	domain->now = now;
	return mcr_session_next(domain, now, action) || mcr_hub_next(domain, now, action) ||
	       mcr_domain_next_line(domain, now, action);
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

void
mcr_domain_write_state(const struct mcr_domain *domain, char *text, size_t size)
{
	const struct record *holder = mcr_own_find_holder(domain);

	if (domain->session.down_since != 0)
		write_since(domain, text, size);
	else if (holder != NULL)
		snprintf(text, size, "the name %.63s is taken by %u.%u.%u.%u", domain->hub_name,
			holder->address >> 24, holder->address >> 16 & 0xff,
			holder->address >> 8 & 0xff, holder->address & 0xff);
	else if (!mcr_own_is_registered(domain))
		snprintf(text, size, "connecting to etcd");
	else if (domain->lines.refused > 0)
		snprintf(text, size, "connected; %" PRIu64 " keys of etcd were not usable",
			domain->lines.refused);
	else
		snprintf(text, size, "connected");
}

bool
mcr_domain_is_settled(const struct mcr_domain *domain)
{
	if (!mcr_own_is_registered(domain) || !domain->own.record.published ||
		domain->session.step != STEP_SERVE || !domain->hub.is_complete ||
		!mcr_interest_is_settled(&domain->own.interest))
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
