/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A model of etcd: keys with revisions, leases, a history that may be compacted. */

#ifndef MCR_DOMAIN_MODEL_ETCD_H
#define MCR_DOMAIN_MODEL_ETCD_H

#include <stdlib.h>
#include <string.h>

#include "mcr_domain.h"

/* Less than the agent asks for. */
#ifndef MODEL_PAGE
#define MODEL_PAGE 700
#endif

struct model_list {
	const struct mcr_domain_kv **at;
	uint32_t count;
	uint32_t room;
};

struct model_lease {
	bool is_alive;
	uint64_t end;
};

struct model_etcd {
	bool is_up;
	uint64_t cluster;
	int64_t revision;
	int64_t compacted;         /* what is older is gone */
	struct model_list keys;    /* ascending */
	struct model_list history; /* events, by revision */
	struct model_list memory;  /* all that was ever written */
	struct model_lease *leases;
	uint32_t lease_count;
};

static void
model_append(struct model_list *list, const struct mcr_domain_kv *kv)
{
	if (list->count == list->room) {
		list->room = list->room == 0 ? 64 : 2 * list->room;
		list->at = reallocarray(list->at, list->room, sizeof(*list->at));
	}
	list->at[list->count++] = kv;
}

static const struct mcr_domain_kv *
model_kv(
	struct model_etcd *etcd, const char *key, const char *value, int64_t created, int64_t lease)
{
	const size_t key_len = strlen(key) + 1, value_len = value == NULL ? 0 : strlen(value) + 1;
	struct mcr_domain_kv *kv = malloc(sizeof(*kv) + key_len + value_len);
	char *text = (char *)(kv + 1);

	memcpy(text, key, key_len);
	if (value != NULL)
		memcpy(text + key_len, value, value_len);
	*kv = (struct mcr_domain_kv){
		.key = text,
		.value = value == NULL ? NULL : text + key_len,
		.created = created,
		.modified = etcd->revision,
		.lease = lease,
	};
	model_append(&etcd->memory, kv);
	return kv;
}

static uint32_t
model_place(const struct model_etcd *etcd, const char *key)
{
	uint32_t low = 0, high = etcd->keys.count;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (strcmp(etcd->keys.at[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct mcr_domain_kv *
model_get(const struct model_etcd *etcd, const char *key)
{
	const uint32_t place = model_place(etcd, key);

	if (place == etcd->keys.count || strcmp(etcd->keys.at[place]->key, key) != 0)
		return NULL;
	return etcd->keys.at[place];
}

static void
model_put(struct model_etcd *etcd, const char *key, const char *value, int64_t lease)
{
	const struct mcr_domain_kv *old = model_get(etcd, key), *kv;
	const uint32_t place = model_place(etcd, key);

	kv = model_kv(etcd, key, value, old == NULL ? etcd->revision : old->created, lease);
	model_append(&etcd->history, kv);
	if (old != NULL) {
		etcd->keys.at[place] = kv;
		return;
	}
	model_append(&etcd->keys, NULL);
	memmove(&etcd->keys.at[place + 1], &etcd->keys.at[place],
		(etcd->keys.count - 1 - place) * sizeof(*etcd->keys.at));
	etcd->keys.at[place] = kv;
}

static void
model_delete_at(struct model_etcd *etcd, uint32_t place)
{
	model_append(&etcd->history, model_kv(etcd, etcd->keys.at[place]->key, NULL, 0, 0));
	etcd->keys.count--;
	memmove(&etcd->keys.at[place], &etcd->keys.at[place + 1],
		(etcd->keys.count - place) * sizeof(*etcd->keys.at));
}

static int64_t
model_grant(struct model_etcd *etcd, uint64_t now)
{
	etcd->leases = reallocarray(etcd->leases, etcd->lease_count + 1, sizeof(*etcd->leases));
	etcd->leases[etcd->lease_count++] =
		(struct model_lease){true, now + MCR_DOMAIN_LEASE_S * UINT64_C(1000000)};
	return etcd->lease_count;
}

static bool
model_keep(struct model_etcd *etcd, uint64_t now, int64_t lease)
{
	struct model_lease *kept;

	if (lease < 1 || lease > etcd->lease_count)
		return false;
	kept = &etcd->leases[lease - 1];
	if (kept->is_alive)
		kept->end = now + MCR_DOMAIN_LEASE_S * UINT64_C(1000000);
	return kept->is_alive;
}

static bool
model_has_lease(const struct model_etcd *etcd, int64_t lease)
{
	return lease == 0 || (lease <= etcd->lease_count && etcd->leases[lease - 1].is_alive);
}

/* All keys of a lease go in one revision, ascending. */
static inline bool
model_expire(struct model_etcd *etcd, uint64_t now)
{
	bool any = false;

	for (uint32_t i = 0; i < etcd->lease_count; i++) {
		if (!etcd->leases[i].is_alive || now < etcd->leases[i].end)
			continue;
		etcd->leases[i].is_alive = false;
		etcd->revision++;
		any = true;
		for (uint32_t k = 0; k < etcd->keys.count;) {
			if (etcd->keys.at[k]->lease == i + 1)
				model_delete_at(etcd, k);
			else
				k++;
		}
	}
	return any;
}

static bool
model_holds(const struct model_etcd *etcd, const struct mcr_domain_guard *guard)
{
	const struct mcr_domain_kv *kv = model_get(etcd, guard->key);

	if (kv == NULL)
		return guard->revision == 0;
	return guard->revision == (guard->is_of_change ? kv->modified : kv->created);
}

static enum mcr_domain_result
model_write(struct model_etcd *etcd, const struct mcr_domain_request *request)
{
	for (uint32_t i = 0; i < request->guard_count; i++)
		if (!model_holds(etcd, &request->guards[i]))
			return MCR_DOMAIN_REFUSED;
	if (!model_has_lease(etcd, request->lease))
		return MCR_DOMAIN_NO_LEASE;
	etcd->revision++;
	for (uint32_t i = 0; i < request->count; i++) {
		const struct mcr_domain_write *write = &request->writes[i];
		const uint32_t place = model_place(etcd, write->key);

		if (write->value != NULL)
			model_put(etcd, write->key, write->value, request->lease);
		else if (model_get(etcd, write->key) != NULL)
			model_delete_at(etcd, place);
	}
	return MCR_DOMAIN_OK;
}

static inline void
model_wipe(struct model_etcd *etcd)
{
	etcd->cluster++;
	etcd->revision = 1;
	etcd->compacted = 0;
	etcd->keys.count = etcd->history.count = 0;
	for (uint32_t i = 0; i < etcd->lease_count; i++)
		etcd->leases[i].is_alive = false;
}

static void
model_free(struct model_etcd *etcd)
{
	for (uint32_t i = 0; i < etcd->memory.count; i++)
		free((void *)(uintptr_t)etcd->memory.at[i]);
	free(etcd->memory.at);
	free(etcd->history.at);
	free(etcd->keys.at);
	free(etcd->leases);
}

#endif
