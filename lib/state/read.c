/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* The longest word is an IPv6 address. */
#define WORD_SIZE INET6_ADDRSTRLEN

/* The unread part of a line: words separated by one space. */
struct line {
	const char *at;
	const char *end; /* at the line feed */
};

/* Without ops it only checks. */
struct reading {
	const struct mcr_state_ops *ops;
	void *arg;
	bool has_member;
};

static bool
take_word(struct line *line, char word[WORD_SIZE])
{
	const char *space;
	size_t length;

	if (line->at >= line->end)
		return false;
	space = memchr(line->at, ' ', line->end - line->at);
	length = (space != NULL ? space : line->end) - line->at;
	if (length == 0 || length >= WORD_SIZE)
		return false;
	memcpy(word, line->at, length);
	word[length] = '\0';
	line->at += length + 1;
	/* A trailing space is an error. */
	return space == NULL || line->at < line->end;
}

static bool
is_at_end(const struct line *line)
{
	return line->at >= line->end;
}

/* An address gets a number only when all lines are right. */
struct text_address {
	bool is_ipv6;
	struct in6_addr ipv6;
	uint32_t ipv4;
};

/* IPv4 addresses in 0.0.0.0/8 would be numbers of IPv6. */
static bool
take_address(struct line *line, struct text_address *address)
{
	char word[WORD_SIZE];
	struct in_addr ipv4;

	if (!take_word(line, word))
		return false;
	address->is_ipv6 = inet_pton(AF_INET6, word, &address->ipv6) == 1;
	if (address->is_ipv6)
		return true;
	if (inet_pton(AF_INET, word, &ipv4) != 1)
		return false;
	address->ipv4 = ntohl(ipv4.s_addr);
	return !mcr_address_is_ipv6(address->ipv4);
}

/* With a reference. */
static uint32_t
number_of(const struct text_address *address)
{
	return address->is_ipv6 ? mcr_address_get(&address->ipv6, MCR_IPV6_LENGTH) : address->ipv4;
}

static bool
take_number(struct line *line, uint32_t max, uint32_t *number)
{
	char word[WORD_SIZE];
	unsigned long long value;
	char *end;

	if (!take_word(line, word) || word[0] < '0' || word[0] > '9')
		return false;
	value = strtoull(word, &end, 10);
	*number = (uint32_t)value;
	return *end == '\0' && value <= max;
}

static bool
take_encap(struct line *line, enum mcr_encap *encap)
{
	char word[WORD_SIZE];

	return take_word(line, word) && mcr_encap_from_name(word, encap);
}

static bool
take_property(struct line *line, struct mcr_member_identity *identity)
{
	char word[WORD_SIZE];
	uint32_t port;

	if (!take_word(line, word))
		return false;
	if (strcmp(word, "key") == 0) {
		identity->has_key = true;
		return take_number(line, UINT32_MAX, &identity->key);
	}
	if (strcmp(word, "id") == 0)
		return take_number(line, UINT32_MAX, &identity->key);
	if (strcmp(word, "port") != 0 || !take_number(line, UINT16_MAX, &port))
		return false;
	identity->udp_port = port;
	return true;
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool
take_mac(struct line *line, struct rte_ether_addr *mac)
{
	char word[WORD_SIZE];

	if (!take_word(line, word) || strlen(word) != 3 * RTE_ETHER_ADDR_LEN - 1)
		return false;
	for (unsigned int i = 0; i < RTE_ETHER_ADDR_LEN; i++) {
		const int high = hex_value(word[3 * i]), low = hex_value(word[3 * i + 1]);

		if (high < 0 || low < 0 || (i > 0 && word[3 * i - 1] != ':'))
			return false;
		mac->addr_bytes[i] = high << 4 | low;
	}
	return rte_is_valid_assigned_ether_addr(mac);
}

static bool
parse_secret(const struct reading *reading, struct line *line)
{
	uint8_t secret[MCR_STATE_SECRET_LEN];
	char word[WORD_SIZE];

	if (!take_word(line, word) || strlen(word) != 2 * sizeof(secret) || !is_at_end(line))
		return false;
	for (unsigned int i = 0; i < sizeof(secret); i++) {
		const int high = hex_value(word[2 * i]), low = hex_value(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		secret[i] = high << 4 | low;
	}
	if (reading->ops != NULL)
		reading->ops->secret(reading->arg, secret);
	return true;
}

static bool
parse_member(struct reading *reading, struct line *line)
{
	struct mcr_member_identity identity = {0};
	struct text_address address;

	if (!take_encap(line, &identity.encap) || !take_address(line, &address))
		return false;
	while (!is_at_end(line)) {
		if (!take_property(line, &identity))
			return false;
	}
	reading->has_member = true;
	if (reading->ops != NULL) {
		identity.address = number_of(&address);
		reading->ops->member(reading->arg, &identity);
		mcr_address_drop(identity.address);
	}
	return true;
}

static bool
parse_nat_port(const struct reading *reading, struct line *line)
{
	uint32_t port;

	if (!reading->has_member || !take_number(line, UINT16_MAX, &port) || port == 0 ||
		!is_at_end(line))
		return false;
	if (reading->ops != NULL)
		reading->ops->nat_port(reading->arg, port);
	return true;
}

static bool
parse_hub_address(const struct reading *reading, struct line *line)
{
	struct text_address address;
	uint32_t number;

	if (!reading->has_member || !take_address(line, &address) || !is_at_end(line))
		return false;
	if (reading->ops != NULL) {
		number = number_of(&address);
		reading->ops->hub_address(reading->arg, number);
		mcr_address_drop(number);
	}
	return true;
}

static bool
is_group(const struct text_address *address)
{
	return address->is_ipv6 ? mcr_ipv6_is_multicast(address->ipv6.s6_addr)
	                        : mcr_ipv4_is_multicast(address->ipv4);
}

static void
report_group(const struct reading *reading, bool exclude, const struct text_address *address,
	const struct text_address *texts, uint16_t count)
{
	uint32_t sources[MCR_STATE_SOURCES_MAX];
	const struct mcr_state_group group = {
		.group = number_of(address),
		.exclude = exclude,
		.source_count = count,
		.sources = sources,
	};

	for (uint16_t i = 0; i < count; i++)
		sources[i] = number_of(&texts[i]);
	reading->ops->group(reading->arg, &group);
	for (uint16_t i = 0; i < count; i++)
		mcr_address_drop(sources[i]);
	mcr_address_drop(group.group);
}

static bool
parse_group(struct reading *reading, struct line *line, bool exclude)
{
	struct text_address group, sources[MCR_STATE_SOURCES_MAX];
	uint16_t count = 0;

	if (!reading->has_member || !take_address(line, &group) || !is_group(&group))
		return false;
	while (!is_at_end(line)) {
		if (count == MCR_STATE_SOURCES_MAX || !take_address(line, &sources[count]) ||
			sources[count++].is_ipv6 != group.is_ipv6)
			return false;
	}
	if (reading->ops != NULL)
		report_group(reading, exclude, &group, sources, count);
	return true;
}

static bool
parse_neighbour(const struct reading *reading, struct line *line)
{
	struct mcr_state_neighbour neighbour;
	struct text_address hub, address;

	if (!take_address(line, &hub) || !take_address(line, &address) ||
		!take_mac(line, &neighbour.mac) || !is_at_end(line))
		return false;
	if (reading->ops != NULL) {
		neighbour.hub = number_of(&hub);
		neighbour.address = number_of(&address);
		reading->ops->neighbour(reading->arg, &neighbour);
		mcr_address_drop(neighbour.hub);
		mcr_address_drop(neighbour.address);
	}
	return true;
}

static bool
read_line(struct reading *reading, struct line *line)
{
	char word[WORD_SIZE];

	if (!take_word(line, word))
		return false;
	if (strcmp(word, "secret") == 0)
		return parse_secret(reading, line);
	if (strcmp(word, "member") == 0)
		return parse_member(reading, line);
	if (strcmp(word, "nat") == 0)
		return parse_nat_port(reading, line);
	if (strcmp(word, "hub") == 0)
		return parse_hub_address(reading, line);
	if (strcmp(word, "neighbour") == 0)
		return parse_neighbour(reading, line);
	if (strcmp(word, "exclude") == 0)
		return parse_group(reading, line, true);
	return strcmp(word, "include") == 0 && parse_group(reading, line, false);
}

static int
read_lines(struct reading *reading, const char *at, const char *end, uint32_t *number)
{
	for (*number = 2; at < end; ++*number) {
		const char *feed = memchr(at, '\n', end - at);
		struct line line = {.at = at, .end = feed};

		if (feed == NULL || !read_line(reading, &line))
			return -EBADMSG;
		at = feed + 1;
	}
	return 0;
}

static bool
starts_with(const char *bytes, size_t length, const char *start)
{
	return length >= strlen(start) && memcmp(bytes, start, strlen(start)) == 0;
}

static int
check_frame(const char *bytes, size_t length)
{
	char trailer[STATE_TRAILER_LEN + 1];
	size_t body;

	if (!starts_with(bytes, length, STATE_HEADER))
		return starts_with(bytes, length, STATE_ANY_HEADER) ? -EPROTONOSUPPORT : -EBADMSG;
	if (length < STATE_HEADER_LEN + STATE_TRAILER_LEN)
		return -EBADMSG;
	body = length - STATE_TRAILER_LEN;
	snprintf(trailer, sizeof(trailer), STATE_TRAILER, state_checksum(bytes, body));
	RTE_ASSERT(strlen(trailer) == STATE_TRAILER_LEN);
	return memcmp(bytes + body, trailer, STATE_TRAILER_LEN) == 0 ? 0 : -EBADMSG;
}

int
mcr_state_read(const char *bytes, size_t length, const struct mcr_state_ops *ops, void *arg,
	uint32_t *line)
{
	struct reading check = {.ops = NULL};
	struct reading report = {.ops = ops, .arg = arg};
	int ret = check_frame(bytes, length);

	*line = 0;
	if (ret == 0)
		ret = read_lines(
			&check, bytes + STATE_HEADER_LEN, bytes + length - STATE_TRAILER_LEN, line);
	if (ret != 0)
		return ret;
	RTE_ASSERT(ops->secret != NULL && ops->member != NULL && ops->nat_port != NULL);
	RTE_ASSERT(ops->hub_address != NULL && ops->group != NULL && ops->neighbour != NULL);
	ret = read_lines(
		&report, bytes + STATE_HEADER_LEN, bytes + length - STATE_TRAILER_LEN, line);
	RTE_ASSERT(ret == 0);
	return ret;
}
