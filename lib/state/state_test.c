/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "format.h"

#define HOST RTE_IPV4(10u, 0, 0, 57)
#define GROUP RTE_IPV4(239u, 1, 1, 1)

static struct mcr_state_text text;
static char reported[1024];

static void
note_secret(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN])
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "secret %x %x\n",
		secret[0], secret[MCR_STATE_SECRET_LEN - 1]);
}

static void
note_member(void *arg, const struct mcr_member_identity *identity)
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported),
		"%s %x %d:%u %u\n", mcr_encap_name(identity->encap), identity->address,
		identity->has_key, identity->key, identity->udp_port);
}

static void
note_nat_port(void *arg, uint16_t port)
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "  nat %u\n",
		port);
}

static void
note_hub_address(void *arg, uint32_t address)
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "  hub %x\n",
		address);
}

static void
note_group(void *arg, const struct mcr_state_group *group)
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "  %s %x",
		group->exclude ? "ex" : "in", group->group);
	for (uint16_t i = 0; i < group->source_count; i++)
		snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), " %x",
			group->sources[i]);
	strcat(reported, "\n");
}

static void
note_neighbour(void *arg, const struct mcr_state_neighbour *neighbour)
{
	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported),
		"neighbour %x %x %x:%x\n", neighbour->hub, neighbour->address,
		neighbour->mac.addr_bytes[0], neighbour->mac.addr_bytes[5]);
}

static const struct mcr_state_ops ops = {
	note_secret, note_member, note_nat_port, note_hub_address, note_group, note_neighbour};

/* In a buffer of exact size: sanitizers see a read beyond it. */
static int
read_exactly(const char *bytes, size_t length, uint32_t *line)
{
	char *copy = malloc(length);
	int ret;

	memcpy(copy, bytes, length);
	reported[0] = '\0';
	ret = mcr_state_read(copy, length, &ops, NULL, line);
	free(copy);
	return ret;
}

/* With right first and last lines. */
static int
read_body(const char *body, uint32_t *line)
{
	char framed[8192];
	const int length = snprintf(framed, sizeof(framed), "%s%s", STATE_HEADER, body);

	snprintf(framed + length, sizeof(framed) - length, STATE_TRAILER,
		state_checksum(framed, length));
	return read_exactly(framed, strlen(framed), line);
}

static void
write_example(void)
{
	static const uint32_t sources[] = {RTE_IPV4(10u, 0, 0, 11), RTE_IPV4(192u, 168, 100, 5)};
	static const uint8_t secret[MCR_STATE_SECRET_LEN] = {0x0a, [15] = 0xff};
	const struct mcr_member_identity plain = {.address = HOST, .encap = MCR_ENCAP_L2};
	const struct mcr_member_identity keyed = {
		.address = HOST, .encap = MCR_ENCAP_GRE, .has_key = true, .key = 0};
	const struct mcr_member_identity segment = {
		.address = HOST, .encap = MCR_ENCAP_VXLAN, .key = 5, .udp_port = 4789};
	const struct mcr_state_neighbour neighbour = {
		HOST + 1, HOST, {{0x02, 0x0a, 0, 0xff, 0x10, 0x01}}};

	mcr_state_begin(&text);
	mcr_state_add_secret(&text, secret);
	mcr_state_add_member(&text, &plain);
	mcr_state_add_group(&text, &(struct mcr_state_group){GROUP, true, 0, NULL});
	mcr_state_add_group(&text, &(struct mcr_state_group){GROUP + 1, false, 2, sources});
	mcr_state_add_member(&text, &keyed);
	mcr_state_add_hub_address(&text, HOST + 1);
	mcr_state_add_member(&text, &segment);
	mcr_state_add_nat_port(&text, UINT16_MAX);
	mcr_state_add_group(&text, &(struct mcr_state_group){GROUP, true, 1, sources});
	mcr_state_add_neighbour(&text, &neighbour);
	assert_int_equal(mcr_state_end(&text), 0);
}

static void
a_written_text_is_read_back(void **state)
{
	uint32_t line;

	(void)state;
	write_example();
	assert_int_equal(read_exactly(text.bytes, text.length, &line), 0);
	assert_string_equal(reported, "secret a ff\n"
				      "l2 a000039 0:0 0\n"
				      "  ex ef010101\n"
				      "  in ef010102 a00000b c0a86405\n"
				      "gre a000039 1:0 0\n"
				      "  hub a00003a\n"
				      "vxlan a000039 0:5 4789\n"
				      "  nat 65535\n"
				      "  ex ef010101 a00000b\n"
				      "neighbour a00003a a000039 2:1\n");
}

static void
the_text_is_as_documented(void **state)
{
	static const char documented[] = "mcdpdk-state 1\n"
					 "secret 0a0000000000000000000000000000ff\n"
					 "member l2 10.0.0.57\n"
					 "exclude 239.1.1.1\n"
					 "include 239.1.1.2 10.0.0.11 192.168.100.5\n"
					 "member gre 10.0.0.57 key 0\n"
					 "hub 10.0.0.58\n"
					 "member vxlan 10.0.0.57 id 5 port 4789\n"
					 "nat 65535\n"
					 "exclude 239.1.1.1 10.0.0.11\n"
					 "neighbour 10.0.0.58 10.0.0.57 02:0a:00:ff:10:01\n"
					 "crc32c ";

	(void)state;
	write_example();
	assert_memory_equal(text.bytes, documented, sizeof(documented) - 1);
}

/* RFC 3720 B.4: 32 zeros. */
static void
the_checksum_is_crc32c(void **state)
{
	static const char zeros[32];

	(void)state;
	assert_int_equal(state_checksum(zeros, sizeof(zeros)), 0x8a9136aa);
}

static void
an_empty_text_is_read(void **state)
{
	uint32_t line;

	(void)state;
	assert_int_equal(read_body("", &line), 0);
	assert_string_equal(reported, "");
}

static void
a_text_cut_off_anywhere_is_refused(void **state)
{
	uint32_t line;

	(void)state;
	write_example();
	for (size_t length = 0; length < text.length; length++) {
		assert_int_not_equal(read_exactly(text.bytes, length, &line), 0);
		assert_string_equal(reported, "");
	}
}

static void
a_changed_bit_anywhere_is_found(void **state)
{
	uint32_t line;

	(void)state;
	write_example();
	for (size_t i = 0; i < text.length * 8; i++) {
		text.bytes[i / 8] ^= 1 << i % 8;
		assert_int_not_equal(read_exactly(text.bytes, text.length, &line), 0);
		assert_string_equal(reported, "");
		text.bytes[i / 8] ^= 1 << i % 8;
	}
}

static void
another_version_has_its_own_error(void **state)
{
	static const char later[] = "mcdpdk-state 2\nsomething else\n";
	uint32_t line;

	(void)state;
	assert_int_equal(read_exactly(later, sizeof(later) - 1, &line), -EPROTONOSUPPORT);
}

static void
an_invalid_line_is_refused_by_number(void **state)
{
	static const char *const bad[] = {
		"exclude 239.1.1.1\n",
		"member\n",
		"member gre\n",
		"member warp 10.0.0.1\n",
		"member gre 10.0.0.256\n",
		"member gre 10.0.0.1 \n",
		"member gre  10.0.0.1\n",
		"member gre 10.0.0.1 key\n",
		"member gre 10.0.0.1 key -1\n",
		"member gre 10.0.0.1 key 4294967296\n",
		"member gre 10.0.0.1 key 1x\n",
		"member gre-udp 10.0.0.1 port 65536\n",
		"member gre 10.0.0.1 colour 1\n",
		"members gre 10.0.0.1\n",
		"secret\n",
		"secret 0a0000000000000000000000000000f\n",
		"secret 0a0000000000000000000000000000fg\n",
		"secret 0a0000000000000000000000000000ff0\n",
		"secret 0a0000000000000000000000000000ff 0\n",
		"nat 51234\n",
		"hub 10.1.0.10\n",
		"\n",
		"no feed",
	};
	static const char *const bad_groups[] = {
		"exclude\n",
		"exclude 10.0.0.1\n",
		"include 239.1.1.1 x\n",
		"include 239.1.1.1 10.0.0.1,\n",
		"include 239.1.1.1 0.0.0.1\n",
		"include 239.1.1.1 2001:db8::1\n",
		"include ff1e::1 10.0.0.1\n",
		"exclude 2001:db8::1\n",
		"exclude ff1e::1/64\n",
		"nat\n",
		"nat 0\n",
		"nat 65536\n",
		"nat 1 2\n",
		"hub\n",
		"hub x\n",
		"hub 10.1.0.10 10.1.0.11\n",
	};
	char body[256];
	uint32_t line;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		assert_int_equal(read_body(bad[i], &line), -EBADMSG);
		assert_int_equal(line, 2);
	}
	for (size_t i = 0; i < RTE_DIM(bad_groups); i++) {
		snprintf(body, sizeof(body), "member l2 10.0.0.1\n%s", bad_groups[i]);
		assert_int_equal(read_body(body, &line), -EBADMSG);
		assert_int_equal(line, 3);
		assert_string_equal(reported, "");
	}
}

static void
note_ipv6_group(void *arg, const struct mcr_state_group *group)
{
	char address[MCR_ADDRESS_TEXT];

	(void)arg;
	strcat(reported, group->exclude ? "ex " : "in ");
	strcat(reported, mcr_address_format(group->group, address));
	for (uint16_t i = 0; i < group->source_count; i++) {
		strcat(reported, " ");
		strcat(reported, mcr_address_format(group->sources[i], address));
	}
	strcat(reported, "\n");
}

static uint32_t
number_of(const char *address)
{
	struct in6_addr ipv6;
	uint8_t length;

	assert_true(mcr_address_parse_ipv6(address, &ipv6, &length));
	return mcr_address_get(&ipv6, length);
}

/* Each has a number for as long as it is reported. */
static void
groups_of_ipv6_are_read_as_they_were_written(void **state)
{
	const struct mcr_state_ops ipv6_ops = {note_secret, note_member, note_nat_port,
		note_hub_address, note_ipv6_group, note_neighbour};
	const uint32_t group = number_of("ff1e::10"), ssm = number_of("ff3e::20");
	const uint32_t sources[] = {number_of("2001:db8::1"), number_of("2001:db8:0:1::2")};
	const struct mcr_member_identity identity = {.address = HOST};
	static const char expected[] = "ex ff1e::10\nin ff3e::20 2001:db8::1 2001:db8:0:1::2\n";
	uint32_t line;

	(void)state;
	mcr_state_begin(&text);
	mcr_state_add_member(&text, &identity);
	mcr_state_add_group(&text, &(struct mcr_state_group){group, true, 0, NULL});
	mcr_state_add_group(&text, &(struct mcr_state_group){ssm, false, 2, sources});
	mcr_address_drop(group);
	mcr_address_drop(ssm);
	mcr_address_drop(sources[0]);
	mcr_address_drop(sources[1]);
	assert_int_equal(mcr_address_count(), 0);
	assert_int_equal(mcr_state_end(&text), 0);
	reported[0] = '\0';
	assert_int_equal(mcr_state_read(text.bytes, text.length, &ipv6_ops, NULL, &line), 0);
	assert_non_null(strstr(reported, expected));
	assert_int_equal(mcr_address_count(), 0);
}

static void
note_ipv6_member(void *arg, const struct mcr_member_identity *identity)
{
	char address[MCR_ADDRESS_TEXT];

	(void)arg;
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "%s %s %u\n",
		mcr_encap_name(identity->encap), mcr_address_format(identity->address, address),
		identity->key);
}

static void
note_ipv6_hub_address(void *arg, uint32_t number)
{
	char address[MCR_ADDRESS_TEXT];

	(void)arg;
	strcat(strcat(reported, mcr_address_format(number, address)), "\n");
}

static void
note_ipv6_neighbour(void *arg, const struct mcr_state_neighbour *neighbour)
{
	note_ipv6_hub_address(arg, neighbour->hub);
	note_ipv6_hub_address(arg, neighbour->address);
}

/* Likewise. */
static void
members_and_neighbours_of_ipv6_are_read_as_they_were_written(void **state)
{
	const struct mcr_state_ops ipv6_ops = {note_secret, note_ipv6_member, note_nat_port,
		note_ipv6_hub_address, note_group, note_ipv6_neighbour};
	const uint32_t host = number_of("2001:db8:1111:2222:3333:4444:5555:6666"),
		       hub = number_of("fd00::10");
	const struct mcr_member_identity identity = {
		.address = host, .encap = MCR_ENCAP_GRE, .has_key = true, .key = 7};
	static const char expected[] = "gre 2001:db8:1111:2222:3333:4444:5555:6666 7\nfd00::10\n"
				       "fd00::10\n2001:db8:1111:2222:3333:4444:5555:6666\n";
	uint32_t line;

	(void)state;
	mcr_state_begin(&text);
	mcr_state_add_member(&text, &identity);
	mcr_state_add_hub_address(&text, hub);
	mcr_state_add_neighbour(
		&text, &(struct mcr_state_neighbour){hub, host, {{2, 0, 0, 0, 0, 1}}});
	mcr_address_drop(host);
	mcr_address_drop(hub);
	assert_int_equal(mcr_state_end(&text), 0);
	reported[0] = '\0';
	assert_int_equal(mcr_state_read(text.bytes, text.length, &ipv6_ops, NULL, &line), 0);
	assert_string_equal(reported, expected);
	assert_int_equal(mcr_address_count(), 0);
}

/* A line of IPv4 in 0.0.0.0/8 would name one by its number. */
static void
numbers_are_no_addresses(void **state)
{
	static const char *const bodies[] = {"member gre 0.0.0.1\n",
		"member gre 10.0.0.1\nhub 0.0.0.1\n",
		"neighbour 10.0.0.1 0.0.0.1 02:00:00:00:00:01\n"};
	const uint32_t host = number_of("fd00::1");
	uint32_t line;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(bodies); i++)
		assert_int_equal(read_body(bodies[i], &line), -EBADMSG);
	mcr_address_drop(host);
}

static void
a_group_has_a_bound_of_sources(void **state)
{
	static uint32_t sources[MCR_STATE_SOURCES_MAX + 1];
	const struct mcr_member_identity identity = {.address = HOST};
	char body[8192] = "member l2 10.0.0.1\ninclude 239.1.1.1";
	uint32_t line;

	(void)state;
	mcr_state_begin(&text);
	mcr_state_add_member(&text, &identity);
	mcr_state_add_group(
		&text, &(struct mcr_state_group){GROUP, false, RTE_DIM(sources), sources});
	assert_int_equal(mcr_state_end(&text), 0);
	assert_int_equal(mcr_state_read(text.bytes, text.length, &ops, NULL, &line), 0);

	for (size_t i = 0; i < RTE_DIM(sources); i++)
		strcat(body, " 10.0.0.1");
	strcat(body, "\n");
	assert_int_equal(read_body(body, &line), -EBADMSG);
}

static char folder[] = "/tmp/state_test.XXXXXX";
static char path[64], fresh[80], broken[80];

static void
a_file_is_replaced_whole(void **state)
{
	struct stat status;
	char *bytes;
	size_t length;

	(void)state;
	assert_int_equal(mcr_state_load(path, &bytes, &length), -ENOENT);
	assert_int_equal(mcr_state_save(path, "first, longer", 13), 0);
	assert_int_equal(mcr_state_save(path, "second", 6), 0);
	assert_int_equal(mcr_state_load(path, &bytes, &length), 0);
	assert_int_equal(length, 6);
	assert_memory_equal(bytes, "second", 6);
	free(bytes);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(access(fresh, F_OK), -1);
}

static void
a_leftover_is_replaced_and_a_link_not_followed(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(mcr_state_save(broken, "victim", 6), 0);
	assert_int_equal(symlink(broken, fresh), 0);
	assert_int_equal(mcr_state_save(path, "third", 5), 0);
	assert_int_equal(stat(broken, &status), 0);
	assert_int_equal(status.st_size, 6);
}

static void
a_file_that_cannot_be_written_leaves_the_old_one(void **state)
{
	char *bytes;
	size_t length;

	(void)state;
	assert_int_equal(mcr_state_save(path, "old", 3), 0);
	assert_int_equal(mkdir(fresh, 0700), 0);
	assert_true(mcr_state_save(path, "new", 3) < 0);
	assert_int_equal(rmdir(fresh), 0);
	assert_int_equal(mcr_state_load(path, &bytes, &length), 0);
	assert_memory_equal(bytes, "old", 3);
	free(bytes);
	assert_int_equal(mcr_state_save("/nowhere/state", "x", 1), -ENOENT);
}

static void
a_broken_file_is_set_aside(void **state)
{
	char *bytes;
	size_t length;

	(void)state;
	assert_int_equal(mcr_state_save(path, "broken", 6), 0);
	assert_int_equal(mcr_state_set_aside(path), 0);
	assert_int_equal(mcr_state_load(path, &bytes, &length), -ENOENT);
	assert_int_equal(mcr_state_load(broken, &bytes, &length), 0);
	free(bytes);
}

static void
only_regular_files_are_loaded(void **state)
{
	char *bytes;
	size_t length;

	(void)state;
	assert_int_equal(mcr_state_load(folder, &bytes, &length), -EINVAL);
	assert_int_equal(mcr_state_load("/dev/zero", &bytes, &length), -EINVAL);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/state", folder);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	snprintf(broken, sizeof(broken), "%s.broken", path);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	mcr_state_free(&text);
	unlink(path);
	unlink(broken);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_text_is_read_back),
		cmocka_unit_test(the_text_is_as_documented),
		cmocka_unit_test(the_checksum_is_crc32c),
		cmocka_unit_test(an_empty_text_is_read),
		cmocka_unit_test(a_text_cut_off_anywhere_is_refused),
		cmocka_unit_test(a_changed_bit_anywhere_is_found),
		cmocka_unit_test(another_version_has_its_own_error),
		cmocka_unit_test(an_invalid_line_is_refused_by_number),
		cmocka_unit_test(groups_of_ipv6_are_read_as_they_were_written),
		cmocka_unit_test(members_and_neighbours_of_ipv6_are_read_as_they_were_written),
		cmocka_unit_test(numbers_are_no_addresses),
		cmocka_unit_test(a_group_has_a_bound_of_sources),
		cmocka_unit_test(a_file_is_replaced_whole),
		cmocka_unit_test(a_leftover_is_replaced_and_a_link_not_followed),
		cmocka_unit_test(a_file_that_cannot_be_written_leaves_the_old_one),
		cmocka_unit_test(a_broken_file_is_set_aside),
		cmocka_unit_test(only_regular_files_are_loaded),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
