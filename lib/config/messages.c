/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* A text full of errors must not fill the log. */
#define MESSAGES_MAX 10000

/* The input must not control the terminal. C1 controls are two bytes in UTF-8. */
static void
replace_controls(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != 0; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
}

/* Takes ownership of the line. */
static void
append_line(struct mcr_config_messages *messages, char *line)
{
	char **lines = realloc(messages->lines, (messages->count + 1) * sizeof(*lines));

	RTE_ASSERT(line != NULL);
	if (lines == NULL) {
		free(line);
		return;
	}
	replace_controls(line);
	lines[messages->count++] = line;
	messages->lines = lines;
}

void
mcr_config_report_unkept(struct mcr_config_reader *reader)
{
	const size_t unkept = reader->error_count - reader->errors->count;
	char *line;

	if (reader->error_count <= MESSAGES_MAX)
		return;
	if (asprintf(&line, "%s: and %zu more errors", reader->file, unkept) >= 0)
		append_line(reader->errors, line);
}

void
mcr_config_messages_free(struct mcr_config_messages *messages)
{
	for (uint32_t i = 0; i < messages->count; i++)
		free(messages->lines[i]);
	free(messages->lines);
	*messages = (struct mcr_config_messages){0};
}

static void
write_path(const struct mcr_config_path *path, FILE *out)
{
	if (path->parent != NULL)
		write_path(path->parent, out);
	if (path->key != NULL)
		fprintf(out, "%s%.64s", path->parent == NULL ? "" : ".", path->key);
	else
		fprintf(out, "[%zu]", path->index);
}

/* The key that names an entry. If the path ends with it, the message has the name already. */
static const struct {
	const char *list;
	const char *key;
} known_by[] = {{"members", "name"}, {"groups", "group"}};

static const char *
find_entry_name(const json_t *root, const struct mcr_config_path *entry, const char *last)
{
	const char *list = entry->parent->key;

	RTE_ASSERT(list != NULL && entry->key == NULL);
	for (size_t i = 0; i < RTE_DIM(known_by); i++) {
		if (strcmp(list, known_by[i].list) == 0 &&
			(last == NULL || strcmp(last, known_by[i].key) != 0))
			return json_string_value(json_object_get(
				json_array_get(json_object_get(root, list), entry->index),
				known_by[i].key));
	}
	return NULL;
}

static const char *
find_name_on_path(const json_t *root, const struct mcr_config_path *at)
{
	const char *last = at->key;

	while (at->parent != NULL && at->parent->parent != NULL)
		at = at->parent;
	if (at->parent == NULL || at->parent->key == NULL || at->key != NULL)
		return NULL;
	return find_entry_name(root, at, last);
}

/* Members' names have no colon. */
static void
write_name(const char *name, FILE *out)
{
	struct in6_addr address;
	char text[MCR_ADDRESS_TEXT];
	uint8_t length;

	if (mcr_address_parse_ipv6(name, &address, &length))
		name = mcr_address_format_ipv6(&address, length, text);
	fprintf(out, "%.64s: ", name);
}

static void
write_place(const struct mcr_config_reader *reader, const struct mcr_config_path *at, FILE *out)
{
	const char *name = find_name_on_path(reader->root, at);

	write_path(at, out);
	fputs(": ", out);
	if (name != NULL && name[0] != '\0')
		write_name(name, out);
}

static void
add_message(const struct mcr_config_reader *reader, struct mcr_config_messages *messages,
	const struct mcr_config_path *at, const char *format, va_list args)
{
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (out == NULL)
		return;
	fprintf(out, "%s: ", reader->file);
	if (at != NULL)
		write_place(reader, at, out);
	RTE_ASSERT(reader->file != NULL);
	vfprintf(out, format, args);
	if (fclose(out) == 0)
		append_line(messages, line);
	else
		free(line);
}

void
mcr_config_add_error(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const char *format, ...)
{
	va_list args;

	RTE_ASSERT(reader->errors != NULL);
	reader->error_count++;
	if (reader->errors->count >= MESSAGES_MAX)
		return;
	va_start(args, format);
	add_message(reader, reader->errors, at, format, args);
	va_end(args);
}

void
mcr_config_add_warning(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const char *format, ...)
{
	struct mcr_config_messages *warnings = &reader->config->warnings;
	va_list args;

	RTE_ASSERT(reader->config != NULL);
	if (warnings->count >= MESSAGES_MAX)
		return;
	va_start(args, format);
	add_message(reader, warnings, at, format, args);
	va_end(args);
}

void
mcr_config_add_text_error(struct mcr_config_reader *reader, int line, int column, const char *what)
{
	char *message;
	int len;

	RTE_ASSERT((line == 0) == (column == 0));
	reader->error_count++;
	if (line == 0)
		len = asprintf(&message, "%s: %s", reader->file, what);
	else
		len = asprintf(&message, "%s:%d:%d: %s", reader->file, line, column, what);
	if (len >= 0)
		append_line(reader->errors, message);
}
