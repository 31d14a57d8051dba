/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include <mcr_dpdk.h>
#include <mcr_igmp.h>
#include <mcr_state.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/ending.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/state_file.h"
#include "control/state_restore.h"
#include "infra/deadline.h"
#include "infra/log.h"

/* Groups and members gathered in a turn: some 50 us. */
#define STEP 256
/* Between two files: one second, and one more for each 100,000 groups. */
#define PAUSE_MS 1000
#define GROUPS_PER_PAUSE_MS 100

enum phase {
	IDLE,
	GATHERING,
	WRITING,
};

/* A file on its way to the disk. The thread's until it posts `done`. */
struct writer {
	char *path;
	struct mcr_state_text text;
	int result;
	sem_t done;
	mcr_thread thread;
};

struct mcr_state_file {
	char *path; /* NULL: off */
	enum phase phase;
	uint64_t due_ms;
	uint64_t version;           /* learned_version when last gathered; 0: not written */
	uint32_t member;            /* gathered up to here */
	uint32_t groups;            /* gathered so far */
	bool has_members;           /* all are gathered: neighbours are next */
	uint32_t neighbour;         /* gathered up to here */
	uint64_t neighbour_version; /* when last gathered */
	struct mcr_state_text text;
	struct writer *writer; /* while WRITING */
	bool failing;          /* the last write failed, which was logged */
	bool hurries;
	uint64_t hurry_version; /* what has to be on the disk before the end */
	uint64_t hurry_neighbour_version;
};

struct gathering {
	struct mcr_controller *control;
	const struct mcr_igmp *router;
	uint32_t visited;
};

static bool
gather_group(void *arg, const struct mcr_igmp_state *state)
{
	struct gathering *gathering = arg;
	struct mcr_controller *control = gathering->control;
	struct mcr_igmp_source sources[MCR_STATE_SOURCES_MAX];
	uint32_t addresses[MCR_STATE_SOURCES_MAX];
	struct mcr_state_group group = {
		.group = state->group,
		.exclude = state->mode == MCR_IGMP_EXCLUDE,
		.sources = addresses,
	};
	const uint32_t count = mcr_igmp_get_sources(gathering->router, state->member_id,
		state->group, control->now_ms, sources, RTE_DIM(sources));

	for (uint32_t i = 0; i < RTE_MIN(count, RTE_DIM(sources)); i++) {
		/* In EXCLUDE mode only blocked sources matter. */
		if (sources[i].forward != group.exclude)
			addresses[group.source_count++] = sources[i].address;
	}
	mcr_state_add_group(&control->state_file->text, &group);
	gathering->visited++;
	return true;
}

static bool
has_groups(const struct mcr_controller *control, const struct mcr_igmp *router, uint32_t id)
{
	struct mcr_igmp_querier querier;

	return router != NULL && mcr_igmp_get_querier(router, id, control->now_ms, &querier) &&
	       querier.groups != 0;
}

static uint32_t
gather_groups(struct mcr_controller *control, const struct mcr_igmp *router, uint32_t id)
{
	struct gathering gathering = {.control = control, .router = router};

	if (has_groups(control, router, id))
		mcr_igmp_visit_member(router, id, control->now_ms, gather_group, &gathering);
	return gathering.visited;
}

static uint32_t
gather_member(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_members *members = control->fib->members;
	const struct mcr_member *member = mcr_member_get(members, id);
	const uint16_t nat_port = mcr_member_nat_port(members, id);
	struct mcr_state_text *text = &control->state_file->text;
	struct mcr_igmp *const *routers = mcr_membership_routers(control);
	uint32_t groups;

	if (!has_groups(control, routers[MCR_ROUTER_IGMP], id) &&
		!has_groups(control, routers[MCR_ROUTER_MLD], id) && nat_port == 0)
		return 0;
	mcr_state_add_member(text, &member->identity);
	if (nat_port != 0)
		mcr_state_add_nat_port(text, nat_port);
	if (member->origin != MCR_MEMBER_STATIC && control->ports->count > 1)
		mcr_state_add_hub_address(
			text, mcr_port_address(&control->ports->at[member->port]));
	groups = gather_groups(control, routers[MCR_ROUTER_IGMP], id);
	return groups + gather_groups(control, routers[MCR_ROUTER_MLD], id);
}

static void
start_gathering(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;

	RTE_ASSERT(file->phase != WRITING && file->path != NULL);
	file->version = control->learned_version;
	file->phase = GATHERING;
	file->neighbour_version = mcr_neighbour_version(control);
	file->member = MCR_MEMBER_NONE;
	file->groups = 0;
	file->has_members = false;
	file->neighbour = MCR_NEIGH_NONE;
	mcr_state_begin(&file->text);
	if (mcr_amt_gateway_get_status(control)->enabled)
		mcr_state_add_secret(&file->text, mcr_relay_get(control)->secret);
}

static bool
gather_members(struct mcr_controller *control, uint32_t steps)
{
	struct mcr_state_file *file = control->state_file;

	for (uint32_t done = 0; done < steps; done++) {
		uint32_t groups;

		file->member = mcr_member_next(control->fib->members, file->member);
		if (file->member == MCR_MEMBER_NONE)
			return true;
		groups = gather_member(control, file->member);
		file->groups += groups;
		done += groups;
	}
	return false;
}

static bool
gather_neighbours(struct mcr_controller *control, uint32_t steps)
{
	struct mcr_state_file *file = control->state_file;
	struct mcr_neigh_resolved found;

	for (uint32_t done = 0; done < steps; done++) {
		file->neighbour = mcr_neighbour_next(control, file->neighbour, &found);
		if (file->neighbour == MCR_NEIGH_NONE)
			return true;
		mcr_state_add_neighbour(
			&file->text, &(struct mcr_state_neighbour){
					     mcr_port_address(&control->ports->at[found.port]),
					     found.address, found.mac});
	}
	return false;
}

/* @return Whether all is gathered. */
static bool
gather(struct mcr_controller *control, uint32_t steps)
{
	struct mcr_state_file *file = control->state_file;

	if (!file->has_members)
		file->has_members = gather_members(control, steps);
	return file->has_members && gather_neighbours(control, steps);
}

/* Whether the last file has all that is known. */
static bool
is_current(const struct mcr_controller *control)
{
	const struct mcr_state_file *file = control->state_file;

	return file->version == control->learned_version &&
	       file->neighbour_version == mcr_neighbour_version(control);
}

static void
log_result(struct mcr_state_file *file, int result)
{
	if (result != 0 && !file->failing)
		MCR_LOG(ERR, "state_file: %s cannot be written: %s", file->path,
			rte_strerror(-result));
	else if (result == 0 && file->failing)
		MCR_LOG(NOTICE, "state_file: %s is written again", file->path);
	file->failing = result != 0;
}

static bool
is_same_path(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static mcr_thread_result
write_file(void *arg)
{
	struct writer *writer = arg;

	writer->result = mcr_state_end(&writer->text);
	if (writer->result == 0)
		writer->result =
			mcr_state_save(writer->path, writer->text.bytes, writer->text.length);
	sem_post(&writer->done);
	return 0;
}

static void
free_writer(struct writer *writer)
{
	sem_destroy(&writer->done);
	mcr_state_free(&writer->text);
	free(writer->path);
	free(writer);
}

/* After a failure the next file is due after the pause. */
static void
finish_file(struct mcr_controller *control, int result)
{
	struct mcr_state_file *file = control->state_file;

	log_result(file, result);
	if (result != 0)
		file->version = 0;
	file->phase = IDLE;
	file->due_ms = control->now_ms + PAUSE_MS + file->groups / GROUPS_PER_PAUSE_MS;
}

static int
create_writer(struct mcr_state_file *file)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	int ret = -ENOMEM;

	if (writer == NULL)
		return ret;
	sem_init(&writer->done, 0, 0);
	writer->path = strdup(file->path);
	writer->text = file->text;
	if (writer->path != NULL)
		ret = mcr_thread_create(&writer->thread, "mcdpdk-state", write_file, writer);
	file->text = (struct mcr_state_text){0};
	if (ret == 0)
		file->writer = writer;
	else
		free_writer(writer);
	return ret;
}

static void
start_writing(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;
	int ret;

	RTE_ASSERT(file->phase == GATHERING && file->writer == NULL);
	ret = create_writer(file);
	if (ret != 0)
		finish_file(control, ret);
	else
		file->phase = WRITING;
}

/* Without waiting for the disk: it is done. */
static void
finish_writer(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;
	struct writer *writer = file->writer;

	mcr_thread_join(writer->thread);
	file->writer = NULL;
	file->phase = IDLE;
	/* A reload may have chosen another file meanwhile. */
	if (is_same_path(file->path, writer->path))
		finish_file(control, writer->result);
	free_writer(writer);
}

/* MACs alone are worth no file before the end. */
static bool
is_due(const struct mcr_controller *control)
{
	const struct mcr_state_file *file = control->state_file;

	if (file->path == NULL)
		return false;
	if (file->hurries)
		return !mcr_state_file_is_saved(control);
	return file->version != control->learned_version && control->now_ms >= file->due_ms;
}

void
mcr_state_file_run(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;

	switch (file->phase) {
	case IDLE:
		if (is_due(control))
			start_gathering(control);
		break;
	case GATHERING:
		if (gather(control, STEP))
			start_writing(control);
		break;
	case WRITING:
		if (sem_trywait(&file->writer->done) == 0)
			finish_writer(control);
		break;
	}
}

struct mcr_state_file *
mcr_state_file_create(void)
{
	return calloc(1, sizeof(struct mcr_state_file));
}

/* In the folder that the service manager keeps for the hub; the first if it keeps several. */
static char *
default_path(void)
{
	const char *folders = getenv("STATE_DIRECTORY");
	char *path;

	if (folders == NULL || folders[0] == 0)
		return NULL;
	return asprintf(&path, "%.*s/state", (int)strcspn(folders, ":"), folders) < 0 ? NULL : path;
}

void
mcr_state_file_configure(struct mcr_controller *control, const struct mcr_config *config)
{
	struct mcr_state_file *file = control->state_file;
	char *path = config->state_file == NULL ? default_path() : strdup(config->state_file);

	if (path == NULL && config->state_file != NULL)
		MCR_LOG(ERR, "state_file: no memory");
	if (is_same_path(file->path, path)) {
		free(path);
		return;
	}
	free(file->path);
	file->path = path;
	file->version = 0;
	file->due_ms = 0;
	file->failing = false;
	if (file->phase == GATHERING)
		file->phase = IDLE;
}

void
mcr_state_file_restore(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;

	if (file->path == NULL)
		return;
	mcr_state_restore(control, file->path);
	/* Nothing is new for the file except a fresh secret. */
	if (!mcr_amt_gateway_get_status(control)->enabled)
		file->version = control->learned_version;
	file->neighbour_version = mcr_neighbour_version(control);
}

void
mcr_state_file_hurry(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;

	file->hurries = true;
	file->hurry_version = control->learned_version;
	file->hurry_neighbour_version = mcr_neighbour_version(control);
}

bool
mcr_state_file_is_saved(const struct mcr_controller *control)
{
	const struct mcr_state_file *file = control->state_file;

	RTE_ASSERT(file->hurries);
	if (file->path == NULL || file->failing)
		return true;
	return file->phase == IDLE && file->version >= file->hurry_version &&
	       file->neighbour_version >= file->hurry_neighbour_version;
}

bool
mcr_state_file_is_failing(const struct mcr_controller *control)
{
	return control->state_file->failing;
}

/* @return Whether all writing is over. If not, the thread keeps what it needs. */
static bool
write_last(struct mcr_controller *control, const struct timespec *deadline)
{
	struct mcr_state_file *file = control->state_file;

	if (file->phase == WRITING) {
		if (!mcr_deadline_wait(&file->writer->done, deadline))
			return false;
		finish_writer(control);
	}
	if (file->path == NULL || (is_current(control) && file->phase != GATHERING))
		return true;
	start_gathering(control);
	gather(control, UINT32_MAX);
	start_writing(control);
	if (file->phase != WRITING)
		return true;
	if (!mcr_deadline_wait(&file->writer->done, deadline))
		return false;
	finish_writer(control);
	return true;
}

void
mcr_state_file_end(struct mcr_controller *control)
{
	struct mcr_state_file *file = control->state_file;
	const struct timespec deadline = mcr_deadline_in_ms(mcr_ending_left_ms(control));

	if (file == NULL)
		return;
	if (!write_last(control, &deadline))
		MCR_LOG(ERR, "state_file: %s: the disk is too slow: the last changes are lost",
			file->writer->path);
	mcr_state_free(&file->text);
	free(file->path);
	free(file);
}
