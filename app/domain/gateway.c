/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/base64.h"
#include "domain/gateway.h"

static void
set_number(json_t *object, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	json_object_set_new(object, name, json_string(text));
}

static void
set_bytes(json_t *object, const char *name, const char *bytes)
{
	char *text;

	if (bytes == NULL)
		return;
	text = mcr_base64_encode(bytes);
	json_object_set_new(object, name, json_string(text == NULL ? "" : text));
	free(text);
}

static json_t *
describe_compare(const struct mcr_domain_guard *guard)
{
	json_t *compare = json_object();

	set_bytes(compare, "key", guard->key);
	json_object_set_new(compare, "target", json_string(guard->is_of_change ? "MOD" : "CREATE"));
	json_object_set_new(compare, "result", json_string("EQUAL"));
	set_number(
		compare, guard->is_of_change ? "mod_revision" : "create_revision", guard->revision);
	return compare;
}

static json_t *
describe_write(const struct mcr_domain_write *write, int64_t lease)
{
	json_t *op = json_object(), *body = json_object();

	set_bytes(body, "key", write->key);
	set_bytes(body, "value", write->value);
	if (write->value != NULL && lease != 0)
		set_number(body, "lease", lease);
	json_object_set_new(
		op, write->value == NULL ? "request_delete_range" : "request_put", body);
	return op;
}

static void
describe_transaction(json_t *body, const struct mcr_domain_request *request)
{
	json_t *compare = json_array(), *success = json_array();

	for (uint32_t i = 0; i < request->guard_count; i++)
		json_array_append_new(compare, describe_compare(&request->guards[i]));
	for (uint32_t i = 0; i < request->count; i++)
		json_array_append_new(success, describe_write(&request->writes[i], request->lease));
	json_object_set_new(body, "compare", compare);
	json_object_set_new(body, "success", success);
}

static void
describe_range(json_t *body, const struct mcr_domain_request *request)
{
	set_bytes(body, "key", request->key);
	set_bytes(body, "range_end", request->end);
}

char *
mcr_gateway_write(const struct mcr_domain_request *request, const char **path)
{
	json_t *body = json_object(), *create;
	char *text;

	switch (request->type) {
	case MCR_DOMAIN_GRANT:
		*path = "/v3/lease/grant";
		set_number(body, "TTL", MCR_DOMAIN_LEASE_S);
		break;
	case MCR_DOMAIN_KEEP:
		*path = "/v3/lease/keepalive";
		set_number(body, "ID", request->lease);
		break;
	case MCR_DOMAIN_LIST:
		*path = "/v3/kv/range";
		describe_range(body, request);
		set_number(body, "limit", request->limit);
		set_number(body, "revision", request->revision);
		break;
	case MCR_DOMAIN_WATCH:
		*path = "/v3/watch";
		create = json_object();
		describe_range(create, request);
		set_number(create, "start_revision", request->revision);
		json_object_set_new(body, "create_request", create);
		break;
	default:
		*path = "/v3/kv/txn";
		describe_transaction(body, request);
		break;
	}
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

char *
mcr_gateway_write_login(const char *user, const char *password)
{
	json_t *body = json_pack("{s:s, s:s}", "name", user, "password", password);
	char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT), *copy;

	/* Jansson has a copy, which must not stay in memory. */
	copy = (char *)(uintptr_t)json_string_value(json_object_get(body, "password"));
	if (copy != NULL)
		explicit_bzero(copy, strlen(copy));
	json_decref(body);
	return text;
}

static int64_t
get_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

/* An absent one is empty. */
static const char *
get_bytes(struct mcr_gateway_answer *answer, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	char *bytes = mcr_base64_decode(text == NULL ? "" : text);

	if (bytes == NULL)
		return "";
	answer->texts[answer->text_count++] = bytes;
	return bytes;
}

static void
read_kv(struct mcr_gateway_answer *answer, const json_t *kv, bool is_deleted)
{
	struct mcr_domain_kv *to = &answer->kvs[answer->count++];

	*to = (struct mcr_domain_kv){
		.key = get_bytes(answer, kv, "key"),
		.value = is_deleted ? NULL : get_bytes(answer, kv, "value"),
		.created = get_number(kv, "create_revision"),
		.modified = get_number(kv, "mod_revision"),
		.lease = get_number(kv, "lease"),
	};
}

static bool
make_room(struct mcr_gateway_answer *answer, size_t count)
{
	answer->kvs = calloc(count + 1, sizeof(*answer->kvs));
	answer->texts = calloc(2 * count + 1, sizeof(*answer->texts));
	if (answer->kvs != NULL && answer->texts != NULL)
		return true;
	answer->fault = MCR_GATEWAY_OTHER;
	snprintf(answer->message, sizeof(answer->message), "out of memory");
	return false;
}

static void
read_watch(struct mcr_gateway_answer *answer, const json_t *result)
{
	const json_t *events = json_object_get(result, "events"), *event;
	size_t i;

	answer->is_canceled = json_is_true(json_object_get(result, "canceled"));
	answer->is_compacted = get_number(result, "compact_revision") > 0;
	snprintf(answer->message, sizeof(answer->message), "%.200s",
		json_is_string(json_object_get(result, "cancel_reason"))
			? json_string_value(json_object_get(result, "cancel_reason"))
			: "the watch was canceled");
	if (!make_room(answer, json_array_size(events)))
		return;
	json_array_foreach (events, i, event) {
		const char *type = json_string_value(json_object_get(event, "type"));

		read_kv(answer, json_object_get(event, "kv"),
			type != NULL && strcmp(type, "DELETE") == 0);
	}
}

static void
read_reply(struct mcr_gateway_answer *answer, const json_t *result)
{
	const json_t *header = json_object_get(result, "header");
	const json_t *kvs = json_object_get(result, "kvs"), *kv;
	const json_t *cluster = json_object_get(header, "cluster_id");
	struct mcr_domain_reply *reply = &answer->reply;
	size_t i;

	if (!make_room(answer, json_array_size(kvs)))
		return;
	json_array_foreach (kvs, i, kv)
		read_kv(answer, kv, false);
	*reply = (struct mcr_domain_reply){
		.cluster = json_is_string(cluster) ? strtoull(json_string_value(cluster), NULL, 10)
	                                           : 0,
		.revision = get_number(header, "revision"),
		.lease = get_number(result, "ID"),
		.ttl = get_number(result, "TTL"),
		.kvs = answer->kvs,
		.count = answer->count,
		.more = json_is_true(json_object_get(result, "more")),
	};
	answer->has_succeeded = json_is_true(json_object_get(result, "succeeded"));
	if (json_is_string(json_object_get(result, "token")))
		answer->token = strdup(json_string_value(json_object_get(result, "token")));
}

/* By etcd's own words: the codes of gRPC distinguish less. */
static void
read_fault(struct mcr_gateway_answer *answer, const json_t *fault)
{
	const char *text = json_string_value(
		json_is_object(fault) ? json_object_get(fault, "message") : fault);

	snprintf(answer->message, sizeof(answer->message), "%.200s",
		text == NULL ? "an error without a message" : text);
	answer->fault = MCR_GATEWAY_NONE;
	if (strstr(answer->message, "requested lease not found") != NULL)
		answer->reply.result = MCR_DOMAIN_NO_LEASE;
	else if (strstr(answer->message, "has been compacted") != NULL ||
		 strstr(answer->message, "is a future revision") != NULL)
		answer->reply.result = MCR_DOMAIN_COMPACTED;
	else if (strstr(answer->message, "invalid auth token") != NULL)
		answer->fault = MCR_GATEWAY_TOKEN;
	else
		answer->fault = MCR_GATEWAY_OTHER;
}

void
mcr_gateway_read(const char *text, size_t len, bool watched, struct mcr_gateway_answer *answer)
{
	const json_t *result, *fault;

	*answer = (struct mcr_gateway_answer){0};
	answer->root = json_loadb(text, len, 0, NULL);
	if (!json_is_object(answer->root)) {
		answer->fault = MCR_GATEWAY_OTHER;
		snprintf(answer->message, sizeof(answer->message), "it does not answer as etcd");
		return;
	}
	fault = json_object_get(answer->root, "error");
	result = json_object_get(answer->root, "result");
	if (result == NULL)
		result = answer->root;
	if (fault != NULL)
		read_fault(answer, fault);
	else if (watched)
		read_watch(answer, result);
	else
		read_reply(answer, result);
}

void
mcr_gateway_release(struct mcr_gateway_answer *answer)
{
	for (uint32_t i = 0; i < answer->text_count; i++)
		free(answer->texts[i]);
	free(answer->texts);
	free(answer->kvs);
	free(answer->token);
	json_decref(answer->root);
}
