/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/base64.h"
#include "domain/gateway.h"

static void
write_request(const struct mcr_domain_request *request, const char *path, const char *body)
{
	const char *written_path;
	char *text = mcr_gateway_write(request, &written_path);

	assert_string_equal(written_path, path);
	assert_string_equal(text, body);
	free(text);
}

static void
read_answer(const char *text, bool watched, struct mcr_gateway_answer *answer)
{
	mcr_gateway_read(text, strlen(text), watched, answer);
}

/* RFC 4648, section 10. */
static void
base64_is_that_of_the_rfc(void **state)
{
	static const char *const texts[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xff\xfe?", "//4/"}};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *encoded = mcr_base64_encode(texts[i][0]);
		char *decoded = mcr_base64_decode(texts[i][1]);

		assert_string_equal(encoded, texts[i][1]);
		assert_string_equal(decoded, texts[i][0]);
		free(encoded);
		free(decoded);
	}
	assert_null(mcr_base64_decode("Zm9v Zg=="));
	assert_null(mcr_base64_decode("Zm-_"));
}

static void
requests_are_those_of_the_gateway(void **state)
{
	const struct mcr_domain_write writes[] = {{"k", "1"}, {"l", NULL}};

	(void)state;
	write_request(&(struct mcr_domain_request){.type = MCR_DOMAIN_GRANT}, "/v3/lease/grant",
		"{\"TTL\":\"15\"}");
	write_request(&(struct mcr_domain_request){.type = MCR_DOMAIN_KEEP,
			      .lease = INT64_C(7587869166131234567)},
		"/v3/lease/keepalive", "{\"ID\":\"7587869166131234567\"}");
	write_request(&(struct mcr_domain_request){.type = MCR_DOMAIN_LIST,
			      .key = "a",
			      .end = "b",
			      .revision = 5,
			      .limit = 10},
		"/v3/kv/range",
		"{\"key\":\"YQ==\",\"range_end\":\"Yg==\",\"limit\":\"10\",\"revision\":\"5\"}");
	write_request(
		&(struct mcr_domain_request){
			.type = MCR_DOMAIN_WATCH, .key = "a", .end = "b", .revision = 6},
		"/v3/watch",
		"{\"create_request\":{\"key\":\"YQ==\",\"range_end\":\"Yg==\","
		"\"start_revision\":\"6\"}}");
	write_request(&(struct mcr_domain_request){.type = MCR_DOMAIN_WRITE,
			      .guards = {{"g", 3, false}},
			      .guard_count = 1,
			      .lease = 9,
			      .writes = writes,
			      .count = 2},
		"/v3/kv/txn",
		"{\"compare\":[{\"key\":\"Zw==\",\"target\":\"CREATE\",\"result\":\"EQUAL\","
		"\"create_revision\":\"3\"}],\"success\":["
		"{\"request_put\":{\"key\":\"aw==\",\"value\":\"MQ==\",\"lease\":\"9\"}},"
		"{\"request_delete_range\":{\"key\":\"bA==\"}}]}");
	write_request(&(struct mcr_domain_request){.type = MCR_DOMAIN_WRITE,
			      .guards = {{"g", 3, true}, {"h", 0, false}},
			      .guard_count = 2,
			      .writes = writes,
			      .count = 1},
		"/v3/kv/txn",
		"{\"compare\":[{\"key\":\"Zw==\",\"target\":\"MOD\",\"result\":\"EQUAL\","
		"\"mod_revision\":\"3\"},{\"key\":\"aA==\",\"target\":\"CREATE\","
		"\"result\":\"EQUAL\",\"create_revision\":\"0\"}],\"success\":["
		"{\"request_put\":{\"key\":\"aw==\",\"value\":\"MQ==\"}}]}");
}

/* As etcd 3.4 answers. */
static void
a_list_is_read(void **state)
{
	struct mcr_gateway_answer answer;

	(void)state;
	read_answer("{\"header\":{\"cluster_id\":\"14841639068965178418\",\"revision\":\"12\"},"
		    "\"kvs\":[{\"key\":\"YQ==\",\"create_revision\":\"2\",\"mod_revision\":\"7\","
		    "\"version\":\"2\",\"value\":\"MQ==\",\"lease\":\"99\"},{\"key\":\"Yg==\"}],"
		    "\"more\":true,\"count\":\"3\"}",
		false, &answer);
	assert_int_equal(answer.fault, MCR_GATEWAY_NONE);
	assert_int_equal(answer.reply.revision, 12);
	assert_true(answer.reply.cluster == UINT64_C(14841639068965178418));
	assert_int_equal(answer.reply.count, 2);
	assert_true(answer.reply.more);
	assert_string_equal(answer.reply.kvs[0].key, "a");
	assert_string_equal(answer.reply.kvs[0].value, "1");
	assert_int_equal(answer.reply.kvs[0].created, 2);
	assert_int_equal(answer.reply.kvs[0].modified, 7);
	assert_int_equal(answer.reply.kvs[0].lease, 99);
	assert_string_equal(answer.reply.kvs[1].value, "");
	mcr_gateway_release(&answer);
}

static void
events_are_read(void **state)
{
	struct mcr_gateway_answer answer;

	(void)state;
	read_answer("{\"result\":{\"header\":{\"revision\":\"8\"},\"events\":["
		    "{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"7\",\"value\":\"MQ==\"}},"
		    "{\"type\":\"DELETE\",\"kv\":{\"key\":\"Yg==\",\"mod_revision\":\"8\"}}]}}",
		true, &answer);
	assert_int_equal(answer.count, 2);
	assert_string_equal(answer.kvs[0].value, "1");
	assert_null(answer.kvs[1].value);
	assert_int_equal(answer.kvs[1].modified, 8);
	assert_false(answer.is_canceled);
	mcr_gateway_release(&answer);
	read_answer("{\"result\":{\"header\":{},\"created\":true}}", true, &answer);
	assert_int_equal(answer.count, 0);
	mcr_gateway_release(&answer);
	read_answer("{\"result\":{\"header\":{},\"canceled\":true,\"compact_revision\":\"5\"}}",
		true, &answer);
	assert_true(answer.is_compacted);
	mcr_gateway_release(&answer);
}

static void
errors_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum mcr_gateway_fault fault;
		enum mcr_domain_result result;
	} errors[] = {
		{"{\"error\":\"etcdserver: requested lease not found\",\"code\":5}",
			MCR_GATEWAY_NONE, MCR_DOMAIN_NO_LEASE},
		{"{\"error\":\"etcdserver: mvcc: required revision has been compacted\"}",
			MCR_GATEWAY_NONE, MCR_DOMAIN_COMPACTED},
		{"{\"error\":\"etcdserver: invalid auth token\"}", MCR_GATEWAY_TOKEN,
			MCR_DOMAIN_OK},
		{"{\"error\":{\"grpc_code\":14,\"message\":\"no leader\"}}", MCR_GATEWAY_OTHER,
			MCR_DOMAIN_OK},
		{"{\"error\":5}", MCR_GATEWAY_OTHER, MCR_DOMAIN_OK},
		{"<html>", MCR_GATEWAY_OTHER, MCR_DOMAIN_OK},
		{"", MCR_GATEWAY_OTHER, MCR_DOMAIN_OK},
	};
	struct mcr_gateway_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		read_answer(errors[i].text, false, &answer);
		assert_int_equal(answer.fault, errors[i].fault);
		assert_int_equal(answer.reply.result, errors[i].result);
		mcr_gateway_release(&answer);
	}
}

static void
a_lease_that_is_gone_has_no_time(void **state)
{
	struct mcr_gateway_answer answer;

	(void)state;
	read_answer("{\"result\":{\"header\":{\"revision\":\"1\"},\"ID\":\"7\",\"TTL\":\"15\"}}",
		false, &answer);
	assert_int_equal(answer.reply.ttl, 15);
	assert_int_equal(answer.reply.lease, 7);
	mcr_gateway_release(&answer);
	read_answer("{\"result\":{\"header\":{\"revision\":\"1\"},\"ID\":\"7\"}}", false, &answer);
	assert_int_equal(answer.reply.ttl, 0);
	mcr_gateway_release(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_that_of_the_rfc),
		cmocka_unit_test(requests_are_those_of_the_gateway),
		cmocka_unit_test(a_list_is_read),
		cmocka_unit_test(events_are_read),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(a_lease_that_is_gone_has_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
