/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_debug.h>

#include <mcr_igmp.h>

#include "infra/log.h"
#include "telemetry/commands.h"

/* A record takes up to 360 bytes of the answer's 16 kB. */
#define REFUSED_A_PAGE 40

static uint32_t
read_reason(
	const struct mcr_workers *workers, unsigned int reason, struct mcr_refused_record *records)
{
	uint32_t count = 0;

	for (uint16_t i = 0; i < workers->count; i++) {
		count += mcr_refused_read(workers->lcores[i].refused, reason, &records[count]);
		RTE_ASSERT(count <= (i + 1U) * MCR_REFUSED_PLACES);
	}
	return mcr_refused_merge(records, count);
}

static void
add_ipv4(struct rte_tel_data *record, const char *name, uint32_t address)
{
	char text[INET_ADDRSTRLEN];

	snprintf(text, sizeof(text), MCR_IP_FMT, MCR_IP_ARGS(address));
	rte_tel_data_add_dict_string(record, name, address == 0 ? "" : text);
}

static void
add_ipv6(struct rte_tel_data *record, const char *name, const struct in6_addr *address)
{
	char text[MCR_ADDRESS_TEXT];

	rte_tel_data_add_dict_string(
		record, name, mcr_address_format_ipv6(address, MCR_IPV6_LENGTH, text));
}

/* A text if there is none: every number is a key. */
static void
add_key(struct rte_tel_data *record, const struct mcr_refused_sender *sender)
{
	if (sender->has_key)
		rte_tel_data_add_dict_u64(record, "key", sender->key);
	else
		rte_tel_data_add_dict_string(record, "key", "");
}

static void
add_mac(struct rte_tel_data *record, const struct rte_ether_addr *mac)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	if (rte_is_zero_ether_addr(mac))
		return;
	mcr_telemetry_format_mac(mac, text);
	rte_tel_data_add_dict_string(record, "mac", text);
}

/* The member that sends like this now; it may have been declared after the refusal. */
static void
add_member(const struct mcr_fib *fib, struct rte_tel_data *record,
	const struct mcr_refused_sender *sender)
{
	const bool is_ipv6 = !IN6_IS_ADDR_UNSPECIFIED(&sender->ipv6);
	const struct mcr_member_identity identity = {
		.address = is_ipv6 ? mcr_address_find(sender->ipv6.s6_addr) : sender->address,
		.key = sender->key,
		.encap = sender->encap,
		.has_key = sender->has_key && sender->encap != MCR_ENCAP_VXLAN,
	};
	const struct mcr_member *member;

	if (sender->encap == MCR_ENCAP_COUNT)
		return;
	member = mcr_member_get(fib->members, mcr_member_find_any_port(fib->members, &identity));
	if (member != NULL)
		rte_tel_data_add_dict_string(record, "member", member->name);
}

static void
add_optional_fields(const struct mcr_fib *fib, struct rte_tel_data *record,
	const struct mcr_refused_record *refused)
{
	add_mac(record, &refused->sender.mac);
	if (refused->last.udp_port != 0)
		rte_tel_data_add_dict_u64(record, "udp_port", refused->last.udp_port);
	if (refused->last.destination != 0)
		add_ipv4(record, "destination", refused->last.destination);
	else if (!IN6_IS_ADDR_UNSPECIFIED(&refused->last.ipv6_destination))
		add_ipv6(record, "destination", &refused->last.ipv6_destination);
	if (refused->reason == MCR_REFUSED_JOIN)
		rte_tel_data_add_dict_string(
			record, "why", mcr_igmp_rejection_name(refused->last.detail));
	add_member(fib, record, &refused->sender);
}

static struct rte_tel_data *
describe_refused(const struct mcr_fib *fib, const struct mcr_refused_record *refused)
{
	const struct mcr_refused_sender *sender = &refused->sender;
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "reason", mcr_refused_name(refused->reason));
	if (IN6_IS_ADDR_UNSPECIFIED(&sender->ipv6))
		add_ipv4(record, "address", sender->address);
	else
		add_ipv6(record, "address", &sender->ipv6);
	rte_tel_data_add_dict_string(record, "encap",
		sender->encap == MCR_ENCAP_COUNT ? "" : mcr_encap_name(sender->encap));
	add_key(record, sender);
	rte_tel_data_add_dict_u64(record, "count", refused->count);
	rte_tel_data_add_dict_u64(
		record, "last_seen_s", mcr_telemetry_seconds_since(refused->seen));
	add_optional_fields(fib, record, refused);
	return record;
}

void
mcr_telemetry_refused(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_workers *workers = control->workers;
	struct mcr_refused_record *records;
	struct mcr_telemetry_page page;

	if (mcr_telemetry_start_page(&page, answer, REFUSED_A_PAGE, params, NULL) == NULL)
		return;
	records = calloc((size_t)workers->count * MCR_REFUSED_PLACES, sizeof(*records));
	if (records == NULL) {
		mcr_telemetry_error(answer, "no memory");
		return;
	}
	for (unsigned int reason = 0; reason < MCR_REFUSED_REASONS; reason++) {
		const uint32_t found = read_reason(workers, reason, records);

		for (uint32_t i = 0; i < found; i++) {
			if (mcr_telemetry_is_on_page(&page))
				mcr_telemetry_add_to_page(
					&page, describe_refused(control->fib, &records[i]));
		}
	}
	mcr_telemetry_end_page(&page, page.seen, NULL);
	free(records);
}
