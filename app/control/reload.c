/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include <mcr_dpdk.h>

#include "control/apply.h"
#include "control/checkup.h"
#include "control/control_watch.h"
#include "control/reload.h"
#include "control/service.h"
#include "infra/log.h"
#include "infra/port.h"

/* A thread reads the file, which may be on a disk that does not answer, and in the end frees the
 * configuration that is not in force any more, which takes long as well. The reader is the thread's
 * until it posts `done`, after each of the two. */
struct reader {
	char *file;
	struct mcr_config *config; /* NULL: errors. Then: to be freed */
	struct mcr_config_messages errors;
	sem_t done;
	sem_t applied;
	bool is_applied;
	mcr_thread thread;
};

struct mcr_reload {
	struct reader *reader; /* NULL: none */
	uint32_t begun;
	uint32_t done;
	uint32_t wanted; /* the last number given out */
	struct mcr_reload_result last;
};

/* A message has room for 127 characters, so the folders are left out. */
static const char *
base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? file : slash + 1;
}

static mcr_thread_result
read_file(void *arg)
{
	struct reader *reader = arg;

	reader->config = mcr_config_load(reader->file, &reader->errors);
	sem_post(&reader->done);
	while (sem_wait(&reader->applied) != 0)
		;
	mcr_config_free(reader->config);
	sem_post(&reader->done);
	return 0;
}

static void
free_reader(struct reader *reader)
{
	sem_destroy(&reader->done);
	sem_destroy(&reader->applied);
	mcr_config_messages_free(&reader->errors);
	free(reader->file);
	free(reader);
}

static struct reader *
start_reader(const char *file)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	sem_init(&reader->done, 0, 0);
	sem_init(&reader->applied, 0, 0);
	reader->file = strdup(file);
	if (reader->file != NULL &&
		mcr_thread_create(&reader->thread, "mcdpdk-config", read_file, reader) == 0)
		return reader;
	free_reader(reader);
	return NULL;
}

/* @return NULL after errors, which are logged; the first is the result. */
static struct mcr_config *
take_config(struct reader *reader, struct mcr_reload_result *result)
{
	const struct mcr_config_messages *errors = &reader->errors;
	struct mcr_config *config = reader->config;

	for (uint32_t i = 0; i < errors->count; i++)
		MCR_LOG(ERR, "%s", errors->lines[i]);
	if (config == NULL)
		snprintf(result->message, sizeof(result->message), "%s",
			errors->count == 0
				? "no memory"
				: errors->lines[0] + (base_name(reader->file) - reader->file));
	return config;
}

static void
apply_file(struct mcr_controller *control, struct reader *reader, struct mcr_reload_result *result)
{
	struct mcr_config *before = control->config, *next = take_config(reader, result);
	const char *key;
	int ret;

	result->ok = false;
	if (next == NULL)
		return;
	mcr_port_complete(control->ports, next);
	key = mcr_config_needs_restart(before, next);
	ret = key != NULL ? -EBUSY : mcr_apply_config(control, next);
	if (ret == 0) {
		control->generation++;
		result->ok = true;
		result->message[0] = '\0';
		MCR_LOG(NOTICE, "configuration reloaded, generation %u", control->generation);
		for (uint32_t i = 0; i < next->warnings.count; i++)
			MCR_LOG(WARNING, "%s", next->warnings.lines[i]);
		reader->config = before;
		return;
	}
	if (key != NULL)
		snprintf(result->message, sizeof(result->message),
			"%s: a change of %s needs a restart", base_name(control->config_file), key);
	else
		snprintf(result->message, sizeof(result->message), "%s: %s",
			base_name(control->config_file),
			ret == -ENOSPC
				? "limits.groups is too small for what is declared and joined"
				: rte_strerror(-ret));
	MCR_LOG(ERR, "%s", result->message);
}

static void
end_reload(struct mcr_controller *control)
{
	struct mcr_reload *reload = control->reload;

	reload->done++;
	RTE_ASSERT(reload->done == reload->begun);
	mcr_checkup_note_reload(control, &reload->last);
	mcr_service_note_reloaded(control);
}

static void
start_reload(struct mcr_controller *control)
{
	struct mcr_reload *reload = control->reload;

	RTE_ASSERT(reload->reader == NULL);
	reload->begun++;
	mcr_service_note_reload(control);
	reload->reader = start_reader(control->config_file);
	if (reload->reader != NULL)
		return;
	reload->last.ok = false;
	snprintf(reload->last.message, sizeof(reload->last.message), "no thread to read %s",
		base_name(control->config_file));
	MCR_LOG(ERR, "%s", reload->last.message);
	end_reload(control);
}

uint32_t
mcr_reload_begin(struct mcr_controller *control)
{
	struct mcr_reload *reload = control->reload;

	/* What is being read may be older than this request. */
	reload->wanted = reload->begun + 1;
	return reload->wanted;
}

bool
mcr_reload_is_done(const struct mcr_controller *control, uint32_t number)
{
	return control->reload->done >= number;
}

const struct mcr_reload_result *
mcr_reload_last(const struct mcr_controller *control)
{
	return &control->reload->last;
}

static void
let_free(struct reader *reader)
{
	reader->is_applied = true;
	sem_post(&reader->applied);
}

static void
finish_reload(struct mcr_controller *control)
{
	struct reader *reader = control->reload->reader;

	mcr_control_begin(control, "reloads");
	apply_file(control, reader, &control->reload->last);
	let_free(reader);
	end_reload(control);
}

static void
end_reader(struct mcr_reload *reload)
{
	mcr_thread_join(reload->reader->thread);
	free_reader(reload->reader);
	reload->reader = NULL;
}

void
mcr_reload_run(struct mcr_controller *control)
{
	struct mcr_reload *reload = control->reload;

	if (__atomic_exchange_n(control->wants_reload, false, __ATOMIC_ACQ_REL))
		mcr_reload_begin(control);
	if (reload->reader != NULL && sem_trywait(&reload->reader->done) == 0) {
		if (reload->reader->is_applied)
			end_reader(reload);
		else
			finish_reload(control);
	}
	if (reload->reader == NULL && reload->begun < reload->wanted)
		start_reload(control);
}

struct mcr_reload *
mcr_reload_create(void)
{
	return calloc(1, sizeof(struct mcr_reload));
}

/* A thread whose file does not answer is left alone. */
void
mcr_reload_free(struct mcr_reload *reload)
{
	if (reload == NULL)
		return;
	if (reload->reader != NULL && !reload->reader->is_applied &&
		sem_trywait(&reload->reader->done) == 0)
		let_free(reload->reader);
	if (reload->reader != NULL && reload->reader->is_applied)
		end_reader(reload);
	free(reload);
}
