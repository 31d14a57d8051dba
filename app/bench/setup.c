/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "control/context.h"
#include "datapath/counters.h"
#include "hub.h"

#define MEMBERS_MAX 4096
#define MTU 1500
#define JUMBO_MTU 9100

static struct mcr_hub hub;

static const char *const layouts[] = {
	[BENCH_ONE] = "\"lcores\":{\"rx\":[1],\"tx\":[1]}",
	[BENCH_TWO] = "\"lcores\":{\"rx\":[1,2],\"tx\":[1,2]}",
	[BENCH_PIPE] = "\"lcores\":{\"rx\":[1],\"tx\":[2]}",
	[BENCH_SPLIT] = "\"lcores\":{\"rx\":[1,2],\"tx\":[1,2]}",
	[BENCH_FAR] = "\"lcores\":{\"rx\":[2],\"tx\":[2]}",
};

static void
put_options(FILE *out, const struct bench_case *bench)
{
	if (bench->encap == MCR_ENCAP_VXLAN)
		fputs(",\"vni\":7", out);
	if (bench->encap == MCR_ENCAP_GRETAP)
		fputs(",\"key\":7", out);
	if (bench->encap == MCR_ENCAP_UDP)
		fputs(",\"udp_port\":9000", out);
}

/* A udp member only receives. */
static const char *
encap_of_sender(const struct bench_case *bench)
{
	return mcr_encap_name(bench->encap == MCR_ENCAP_UDP ? MCR_ENCAP_L2 : bench->encap);
}

/* A flood reaches all members, so there are no others. */
static uint32_t
member_count(const struct bench_case *bench)
{
	return bench->cast == BENCH_FLOOD ? bench->receivers : MEMBERS_MAX;
}

static void
put_overlay(FILE *out, const struct bench_case *bench, uint32_t number)
{
	const uint32_t address = bench_overlay(number);

	if (bench->cast == BENCH_UNICAST && bench->is_ipv6)
		fprintf(out, ",\"overlay6\":\"fd00::%x:%x\"", bench_overlay6(number) >> 16,
			bench_overlay6(number) & 0xffff);
	else if (bench->cast == BENCH_UNICAST)
		fprintf(out, ",\"overlay\":\"192.168.%u.%u\"", address >> 8 & 0xff, address & 0xff);
}

static void
put_address(FILE *out, const struct bench_case *bench, uint8_t high, uint8_t low)
{
	if (bench->is_over_ipv6)
		fprintf(out, "\"2001:db8::1:%02x%02x\"", high, low);
	else
		fprintf(out, "\"10.1.%u.%u\"", high, low);
}

static void
put_members(FILE *out, const struct bench_case *bench)
{
	fprintf(out, "\"members\":[{\"name\":\"sender\",\"address\":\"10.0.0.11\",\"encap\":\"%s\"",
		encap_of_sender(bench));
	if (bench->encap != MCR_ENCAP_UDP)
		put_options(out, bench);
	fputs(",\"mac\":\"02:00:00:00:00:0b\"}", out);
	for (uint32_t i = 0; i < member_count(bench); i++) {
		const uint8_t high = i >> 8, low = i;

		fprintf(out, ",{\"name\":\"m%u\",\"address\":", i);
		put_address(out, bench, high, low);
		fprintf(out, ",\"encap\":\"%s\",\"mac\":\"02:00:00:01:%02x:%02x\"",
			mcr_encap_name(bench->encap), high, low);
		put_options(out, bench);
		put_overlay(out, bench, i);
		fputs("}", out);
	}
	fputs("]", out);
}

static char *
write_config(const struct bench_case *bench)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_require(out != NULL, "memory for a configuration");
	fprintf(out,
		"{\"ports\":[{\"device\":\"" BENCH_PORT "\",\"address\":\"10.0.0.10/8\",%s"
		"\"mtu\":%d}],%s,\"igmp\":false,"
		"\"overlay\":{\"address\":\"192.168.255.254/16\",\"address6\":\"fd00::1/64\"},"
		"\"limits\":{\"members\":%d,\"groups\":%u},",
		bench->is_over_ipv6 ? "\"address6\":\"2001:db8::a/64\"," : "",
		bench->frame > MTU + RTE_ETHER_HDR_LEN ? JUMBO_MTU : MTU, layouts[bench->layout],
		MEMBERS_MAX + 1, bench->groups);
	put_members(out, bench);
	fputs("}", out);
	fclose(out);
	return text;
}

static struct mcr_config *
make_config(const struct bench_case *bench)
{
	struct mcr_config_messages errors = {0};
	char *text = write_config(bench);
	struct mcr_config *config = mcr_config_parse(text, strlen(text), "bench", &errors);

	for (uint32_t i = 0; i < errors.count; i++)
		fprintf(stderr, "%s\n", errors.lines[i]);
	free(text);
	bench_require(config != NULL, "a configuration");
	return config;
}

/* With a reference. */
static uint32_t
get_group(uint32_t number, const struct bench_case *bench)
{
	const struct in6_addr ipv6 = bench_ipv6_group(number);

	return bench->is_ipv6 ? mcr_address_get(&ipv6, MCR_IPV6_LENGTH) : bench_group(number);
}

/* Neighbouring groups have different receivers: with many groups their memory is cold. */
static void
install_group(uint32_t number, const struct bench_case *bench)
{
	const uint32_t group = get_group(number, bench);
	const struct mcr_group_key key = {.group = group, .length = mcr_address_bits(group)};
	const uint32_t count = member_count(bench);
	const uint32_t first = number * UINT32_C(1021) % count;
	struct mcr_receiver receivers[MEMBERS_MAX];
	struct mcr_group_list *list;

	for (uint32_t i = 0; i < bench->receivers; i++) {
		const uint32_t member = (first + i) % count;

		/* Ids follow the order of the configuration; the sender is 0. */
		receivers[i] = (struct mcr_receiver){MCR_IPV4(10, 1, 0, 0) + member, member + 1};
	}
	list = mcr_group_list_get(hub.fib.groups, receivers, bench->receivers,
		&(struct mcr_group_terms){.priority = MCR_GROUP_PRIORITY_DEFAULT});
	bench_require(mcr_group_static_set(hub.fib.groups, &key, list) == 0, "a group");
	mcr_group_list_drop(hub.fib.groups, list);
	mcr_address_drop(group);
}

static void
install_groups(const struct bench_case *bench)
{
	mcr_group_static_begin(hub.fib.groups);
	for (uint32_t i = 0; i < bench->groups; i++)
		install_group(i, bench);
	mcr_group_static_end(hub.fib.groups);
	bench_require(mcr_group_commit(hub.fib.groups) == 0, "memory for the groups");
}

static void
choose_strategy(const struct bench_case *bench)
{
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		struct mcr_replicate *replicate = &hub.workers.lcores[i].tx.replicate;

		if (bench->strategy == BENCH_AUTO)
			continue;
		replicate->share_above[0] =
			bench->strategy == BENCH_COPY ? MCR_REPLICATE_NEVER_SHARE : 0;
		/* Copy the packet for an only receiver, too. */
		replicate->keeps_packets = UINT32_MAX;
	}
}

struct mcr_hub *
bench_hub_start(const struct bench_case *bench)
{
	bench_require(rte_eal_hotplug_add("vdev", BENCH_PORT, "no-rx=1") == 0, "a net_null port");
	memset(&hub, 0, sizeof(hub));
	hub.config = make_config(bench);
	hub.ports.assumes_chains = true;
	bench_require(mcr_hub_start(&hub) == 0, "a hub");
	install_groups(bench);
	choose_strategy(bench);
	return &hub;
}

/* A hub that drops would look faster. */
static void
check_no_loss(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	bench_require(mcr_stats_copy_drops(&sum) == 0, "that every copy is sent");
	bench_require(mcr_stats_rx_drops(&sum) == sum.drops[MCR_DROP_RING_FULL],
		"that every packet is replicated");
	bench_require(sum.counts[MCR_STAT_COPIES] == sum.counts[MCR_STAT_TX_DATA_PACKETS],
		"balanced counters");
}

void
bench_hub_end(struct mcr_hub *ending)
{
	struct mcr_config *config = ending->config;

	check_no_loss();
	mcr_hub_end(ending);
	mcr_config_free(config);
	rte_eal_hotplug_remove("vdev", BENCH_PORT);
}
