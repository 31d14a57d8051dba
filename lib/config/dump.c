/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "reader.h"
#include "writer.h"

static void
dump_igmp(struct mcr_config_writer *writer, const char *key, const struct mcr_config_igmp *igmp)
{
	if (!igmp->enabled) {
		mcr_config_write_bool(writer, key, false);
		return;
	}
	mcr_config_write_open(writer, key, '{');
	mcr_config_write_seconds(writer, "query_interval", igmp->query_interval_us);
	mcr_config_write_seconds(
		writer, "query_response_interval", igmp->query_response_interval_us);
	mcr_config_write_uint(writer, "robustness", igmp->robustness);
	mcr_config_write_seconds(
		writer, "last_member_query_interval", igmp->last_member_query_interval_us);
	mcr_config_write_seconds(writer, "startup_query_interval", igmp->startup_query_interval_us);
	mcr_config_write_string(writer, "querier", igmp->always_querier ? "always" : "auto");
	mcr_config_write_bool(writer, "immediate_leave", igmp->immediate_leave);
	mcr_config_write_bool(writer, "strict_ssm", igmp->strict_ssm);
	mcr_config_write_string(
		writer, "router_alert", igmp->ignore_router_alert ? "ignore" : "require");
	mcr_config_write_prefixes(writer, "groups", igmp->groups, igmp->group_count);
	mcr_config_write_uint(writer, "max_groups_per_member", igmp->max_groups_per_member);
	mcr_config_write_close(writer, '}');
}

static void
dump_amt(struct mcr_config_writer *writer, const struct mcr_config_amt *amt)
{
	RTE_ASSERT(amt->port != 0 && amt->prefix_count > 0);
	mcr_config_write_open(writer, "amt", '{');
	mcr_config_write_uint(writer, "port", amt->port);
	mcr_config_write_uint(writer, "max_tunnels", amt->max_tunnels);
	mcr_config_write_uint(writer, "max_tunnels_per_address", amt->max_tunnels_per_address);
	mcr_config_write_prefixes(writer, "prefixes", amt->prefixes, amt->prefix_count);
	mcr_config_write_close(writer, '}');
}

static void
dump_admit(struct mcr_config_writer *writer, const struct mcr_config_admit *admit)
{
	RTE_ASSERT(admit->encaps != 0);
	mcr_config_write_open(writer, NULL, '{');
	mcr_config_write_prefix(writer, "prefix", &admit->prefix);
	mcr_config_write_open(writer, "encap", '[');
	for (int i = 0; i < MCR_ENCAP_COUNT; i++)
		if ((admit->encaps & 1u << i) != 0)
			mcr_config_write_string(writer, NULL, mcr_config_encap_names[i]);
	mcr_config_write_close(writer, ']');
	mcr_config_write_uint(writer, "max_members", admit->max_members);
	mcr_config_dump_join(writer, &admit->join);
	mcr_config_dump_rate(writer, "rate_limit", &admit->rate_limit);
	mcr_config_write_close(writer, '}');
}

static void
dump_admits(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "admit", '[');
	for (uint32_t i = 0; i < config->admit_count; i++)
		dump_admit(writer, &config->admits[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_lcore_list(
	struct mcr_config_writer *writer, const char *key, const uint32_t *lcores, uint32_t count)
{
	mcr_config_write_open(writer, key, '[');
	for (uint32_t i = 0; i < count; i++)
		mcr_config_write_uint(writer, NULL, lcores[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_lcores(struct mcr_config_writer *writer, const struct mcr_config_lcores *lcores)
{
	RTE_ASSERT(lcores->rx_count > 0 && lcores->tx_count > 0);
	mcr_config_write_open(writer, "lcores", '{');
	dump_lcore_list(writer, "rx", lcores->rx, lcores->rx_count);
	dump_lcore_list(writer, "tx", lcores->tx, lcores->tx_count);
	mcr_config_write_close(writer, '}');
}

static void
dump_limits(struct mcr_config_writer *writer, const struct mcr_config_limits *limits)
{
	RTE_ASSERT(limits->members > 0 && limits->groups > 0);
	mcr_config_write_open(writer, "limits", '{');
	mcr_config_write_uint(writer, "members", limits->members);
	mcr_config_write_uint(writer, "groups", limits->groups);
	if (limits->mbufs != 0)
		mcr_config_write_uint(writer, "mbufs", limits->mbufs);
	mcr_config_write_close(writer, '}');
}

static void
dump_overlay(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "overlay", '{');
	if (config->has_overlay)
		mcr_config_write_prefix(writer, "address", &config->overlay);
	if (config->overlay6.address != MCR_ADDRESS_NONE)
		mcr_config_write_prefix(writer, "address6", &config->overlay6);
	mcr_config_write_close(writer, '}');
}

static void
dump_broadcast(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "broadcast", '{');
	mcr_config_dump_receivers(writer, config, &config->broadcast);
	mcr_config_write_close(writer, '}');
}

static void
dump_tuning(struct mcr_config_writer *writer, const struct mcr_config_tuning *tuning)
{
	mcr_config_write_open(writer, "tuning", '{');
	mcr_config_write_uint(writer, "share_above", tuning->share_above);
	mcr_config_write_close(writer, '}');
}

static void
dump_domain(struct mcr_config_writer *writer, const struct mcr_config_domain *domain)
{
	RTE_ASSERT(domain->hub[0] != '\0' && domain->etcd_count > 0);
	mcr_config_write_open(writer, "domain", '{');
	mcr_config_write_string(writer, "name", domain->name);
	mcr_config_write_string(writer, "hub", domain->hub);
	mcr_config_write_open(writer, "etcd", '[');
	for (uint32_t i = 0; i < domain->etcd_count; i++)
		mcr_config_write_string(writer, NULL, domain->etcd[i]);
	mcr_config_write_close(writer, ']');
	if (domain->credentials_file != NULL)
		mcr_config_write_string(writer, "credentials_file", domain->credentials_file);
	if (domain->ca_file != NULL)
		mcr_config_write_string(writer, "ca_file", domain->ca_file);
	mcr_config_write_string(writer, "encap", mcr_config_encap_names[domain->encap]);
	mcr_config_write_uint(writer, "hello_ms", domain->hello_ms);
	mcr_config_write_uint(writer, "hello_multiplier", domain->hello_multiplier);
	mcr_config_write_uint(writer, "coalesce_us", domain->coalesce_us);
	mcr_config_write_string(writer, "members", domain->shares_members ? "shared" : "local");
	mcr_config_write_close(writer, '}');
}

static void
dump_words(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_string(
		writer, "unknown_groups", config->unknown_groups_flood ? "flood" : "drop");
	mcr_config_write_string(writer, "ttl", config->ttl_decrement ? "decrement" : "preserve");
	mcr_config_write_string(writer, "oversize", config->oversize_drop ? "drop" : "fragment");
	mcr_config_write_string(writer, "idle", config->idle_sleep ? "sleep" : "poll");
	if (config->state_file != NULL)
		mcr_config_write_string(writer, "state_file", config->state_file);
}

static void
dump_config(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, NULL, '{');
	mcr_config_dump_ports(writer, config);
	if (config->has_overlay || config->overlay6.address != MCR_ADDRESS_NONE)
		dump_overlay(writer, config);
	mcr_config_dump_members(writer, config);
	mcr_config_dump_groups(writer, config);
	if (config->has_broadcast)
		dump_broadcast(writer, config);
	dump_igmp(writer, "igmp", &config->igmp);
	dump_igmp(writer, "mld", &config->mld);
	if (config->amt.enabled)
		dump_amt(writer, &config->amt);
	if (config->admit_count > 0)
		dump_admits(writer, config);
	mcr_config_dump_rate(writer, "rate_limit", &config->rate_limit);
	dump_words(writer, config);
	if (!config->lcores.automatic)
		dump_lcores(writer, &config->lcores);
	dump_limits(writer, &config->limits);
	if (config->tuning.has_share_above)
		dump_tuning(writer, &config->tuning);
	if (config->domain.name[0] != '\0')
		dump_domain(writer, &config->domain);
	mcr_config_write_close(writer, '}');
}

int
mcr_config_dump(const struct mcr_config *config, FILE *out)
{
	struct mcr_config_writer writer = {.out = out, .is_first = true};

	dump_config(&writer, config);
	RTE_ASSERT(writer.depth == 0);
	fputc('\n', out);
	if (fflush(out) != 0 || ferror(out))
		return -EIO;
	return writer.error;
}
