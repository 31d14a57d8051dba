/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "control/apply.h"
#include "control/checkup.h"
#include "control/control_watch.h"
#include "control/reload.h"
#include "infra/log.h"
#include "infra/port.h"

/* A message has room for 127 characters, so the folders are left out. */
static const char *
base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? file : slash + 1;
}

static struct mcr_config *
read_again(const char *file, struct mcr_reload_result *result)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_load(file, &errors);

	for (uint32_t i = 0; i < errors.count; i++)
		MCR_LOG(ERR, "%s", errors.lines[i]);
	if (config == NULL)
		snprintf(result->message, sizeof(result->message), "%s",
			errors.count == 0 ? "no memory"
					  : errors.lines[0] + (base_name(file) - file));
	mcr_config_messages_free(&errors);
	return config;
}

static void
reload(struct mcr_controller *control, struct mcr_reload_result *result)
{
	struct mcr_config *next;
	const char *key;
	int ret;

	mcr_control_begin(control, "reads the configuration");
	next = read_again(control->config_file, result);
	result->ok = false;
	if (next == NULL)
		return;
	mcr_control_begin(control, "reloads");
	mcr_port_complete(control->ports, next);
	key = mcr_config_needs_restart(control->config, next);
	ret = key != NULL ? -EBUSY : mcr_apply_config(control, next);
	if (ret == 0) {
		control->generation++;
		result->ok = true;
		result->message[0] = '\0';
		MCR_LOG(NOTICE, "configuration reloaded, generation %u", control->generation);
		for (uint32_t i = 0; i < next->warnings.count; i++)
			MCR_LOG(WARNING, "%s", next->warnings.lines[i]);
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
	mcr_config_free(next);
}

void
mcr_reload(struct mcr_controller *control, struct mcr_reload_result *result)
{
	reload(control, result);
	mcr_checkup_note_reload(control, result);
}

void
mcr_reload_if_signalled(struct mcr_controller *control)
{
	struct mcr_reload_result result;

	if (!__atomic_exchange_n(control->wants_reload, false, __ATOMIC_ACQ_REL))
		return;
	mcr_reload(control, &result);
}
