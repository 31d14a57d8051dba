/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Requests to the model of etcd, which outlive the call that made them, and its answers. */

#ifndef MCR_DOMAIN_MODEL_REQUEST_H
#define MCR_DOMAIN_MODEL_REQUEST_H

#include <rte_common.h>
#include <rte_debug.h>

#include "model_etcd.h"

struct model_request {
	uint64_t sent; /* for those who want to know */
	struct mcr_domain_request request;
	struct mcr_domain_reply reply;
	struct mcr_domain_kv *kvs;
	char *strings[2 * MCR_DOMAIN_WRITES_MAX + 2 + MCR_DOMAIN_GUARDS_MAX];
	struct mcr_domain_write writes[MCR_DOMAIN_WRITES_MAX];
};

static char *
model_keep_text(struct model_request *request, uint32_t i, const char *text)
{
	request->strings[i] = text == NULL ? NULL : strdup(text);
	return request->strings[i];
}

static struct model_request *
model_copy_request(const struct mcr_domain_request *from)
{
	struct model_request *to = calloc(1, sizeof(*to));

	to->request = *from;
	to->request.key = model_keep_text(to, 0, from->key);
	to->request.end = model_keep_text(to, 1, from->end);
	for (uint32_t i = 0; i < from->guard_count; i++)
		to->request.guards[i].key = model_keep_text(to, 2 + i, from->guards[i].key);
	RTE_VERIFY(from->count <= MCR_DOMAIN_WRITES_MAX);
	for (uint32_t i = 0; i < from->count; i++) {
		const uint32_t at = 2 + MCR_DOMAIN_GUARDS_MAX + 2 * i;

		to->writes[i].key = model_keep_text(to, at, from->writes[i].key);
		to->writes[i].value = model_keep_text(to, at + 1, from->writes[i].value);
	}
	to->request.writes = to->writes;
	return to;
}

static void
model_free_request(struct model_request *request)
{
	for (size_t i = 0; i < RTE_DIM(request->strings); i++)
		free(request->strings[i]);
	free(request->kvs);
	free(request);
}

static void
model_take_snapshot(const struct model_etcd *etcd, struct model_list *snapshot)
{
	snapshot->count = 0;
	for (uint32_t i = 0; i < etcd->keys.count; i++)
		model_append(snapshot, etcd->keys.at[i]);
}

/* Pages of one list are of one revision: the snapshot is that of its first one. */
static void
model_list_keys(
	const struct model_etcd *etcd, struct model_list *snapshot, struct model_request *request)
{
	const struct mcr_domain_request *asked = &request->request;
	const uint32_t limit = RTE_MIN(asked->limit, (uint32_t)MODEL_PAGE);

	if (asked->revision != 0 &&
		(asked->revision < etcd->compacted || asked->revision > etcd->revision)) {
		request->reply.result = MCR_DOMAIN_COMPACTED;
		return;
	}
	if (asked->revision == 0 || asked->end == NULL)
		model_take_snapshot(etcd, snapshot);
	request->kvs = malloc((limit + 1) * sizeof(*request->kvs));
	for (uint32_t i = 0; i < snapshot->count; i++) {
		const struct mcr_domain_kv *kv = snapshot->at[i];

		if (asked->end == NULL ? strcmp(kv->key, asked->key) != 0
				       : strcmp(kv->key, asked->key) < 0 ||
						 strcmp(kv->key, asked->end) >= 0)
			continue;
		if (request->reply.count == limit) {
			request->reply.more = true;
			break;
		}
		request->kvs[request->reply.count++] = *kv;
	}
	request->reply.kvs = request->kvs;
}

/* All but a watch. */
static void
model_serve(struct model_etcd *etcd, uint64_t now, struct model_list *snapshot,
	struct model_request *request)
{
	struct mcr_domain_reply *reply = &request->reply;
	const struct mcr_domain_request *asked = &request->request;

	switch (asked->type) {
	case MCR_DOMAIN_GRANT:
		reply->lease = model_grant(etcd, now);
		break;
	case MCR_DOMAIN_KEEP:
		reply->ttl = model_keep(etcd, now, asked->lease) ? MCR_DOMAIN_LEASE_S : 0;
		break;
	case MCR_DOMAIN_LIST:
		model_list_keys(etcd, snapshot, request);
		break;
	default:
		reply->result = model_write(etcd, asked);
		break;
	}
	reply->revision = etcd->revision;
	/* As of an error. */
	reply->cluster =
		reply->result == MCR_DOMAIN_COMPACTED || reply->result == MCR_DOMAIN_NO_LEASE
			? 0
			: etcd->cluster;
}

/* @return The place in the history from which a watch goes on, or UINT32_MAX: it is compacted. */
static uint32_t
model_watch_from(const struct model_etcd *etcd, int64_t revision)
{
	uint32_t position = etcd->history.count;

	if (revision <= etcd->compacted)
		return UINT32_MAX;
	while (position > 0 && etcd->history.at[position - 1]->modified >= revision)
		position--;
	return position;
}

#endif
