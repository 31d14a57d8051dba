/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

/* Fits a million groups, yet a wrong file (a disk image, /dev/zero) cannot take all memory. */
#define TEXT_MAX (64u << 20)

/* NULL with errno set. */
static char *
read_stream(FILE *in, size_t *len)
{
	size_t size = 0, capacity = 64 << 10;
	char *text = malloc(capacity);

	while (text != NULL) {
		size += fread(text + size, 1, capacity - size, in);
		RTE_ASSERT(size <= capacity);
		if (size < capacity || capacity > TEXT_MAX)
			break;
		capacity *= 2;
		char *larger = realloc(text, capacity);
		if (larger == NULL)
			free(text);
		text = larger;
	}
	*len = size;
	return text;
}

/* By access() as the real user without the rights of root, which a service has only while it
 * starts: it could not reload what it needed them for. NULL with errno set. */
static FILE *
open_file(const char *file)
{
	return access(file, R_OK) == 0 ? fopen(file, "re") : NULL;
}

static void
add_failure(struct mcr_config_reader *reader, int error)
{
	char denied[128];

	snprintf(denied, sizeof(denied),
		"user %u may not read it: chmod a+r it, and a+rx its folder", getuid());
	mcr_config_add_text_error(reader, 0, 0, error == EACCES ? denied : strerror(error));
}

char *
mcr_config_read_file(struct mcr_config_reader *reader, size_t *len)
{
	FILE *in = open_file(reader->file);
	char *text = NULL;

	errno = in == NULL ? errno : 0;
	if (in != NULL)
		text = read_stream(in, len);
	if (text == NULL || ferror(in))
		add_failure(reader, errno);
	else if (*len > TEXT_MAX)
		mcr_config_add_text_error(reader, 0, 0, "larger than 64 MiB");
	if (in != NULL)
		fclose(in);
	RTE_ASSERT(text != NULL || reader->error_count > 0);
	if (reader->error_count == 0)
		return text;
	free(text);
	return NULL;
}

/* Jansson may cut its quotes inside a character. */
static void
keep_ascii(char *text)
{
	for (; *text != 0; text++)
		if ((unsigned char)*text >= 0x80)
			*text = '?';
}

/* Jansson's column is the end of the offending token, which it quotes when it is short. */
static int
find_column(const json_error_t *error)
{
	static const char quote[] = " near '";
	const char *token = strstr(error->text, quote);
	int column = error->column;

	if (token != NULL) {
		token += sizeof(quote) - 1;
		for (size_t i = 1; i + 1 < strlen(token); i++)
			column -= (token[i] & 0xc0) != 0x80;
	}
	return RTE_MAX(column, 1);
}

/* Common mistakes that Jansson reports unclearly, or NULL. */
static const char *
find_fault(const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	static const char blank[] = {' ', '\t', '\r', '\n'};

	if (len >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0)
		return "a byte order mark: save the file as UTF-8 without one";
	while (len > 0 && memchr(blank, *text, sizeof(blank)) != NULL) {
		text++;
		len--;
	}
	return len == 0 ? "the file is empty" : NULL;
}

json_t *
mcr_config_read_json(struct mcr_config_reader *reader, const char *text, size_t len)
{
	const char *fault = find_fault(text, len);
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	int column;

	if (fault != NULL) {
		json_decref(root);
		mcr_config_add_text_error(reader, 1, 1, fault);
		return NULL;
	}
	if (root != NULL)
		return root;
	if (json_error_code(&error) == json_error_duplicate_key) {
		root = json_loadb(text, len, JSON_DECODE_ANY, &error);
		if (root != NULL) {
			mcr_config_check_duplicates(reader, text, len);
			return root;
		}
	}
	column = find_column(&error);
	if (json_error_code(&error) == json_error_null_character)
		strcpy(error.text, "\\u0000 is not allowed");
	keep_ascii(error.text);
	mcr_config_add_text_error(reader, RTE_MAX(error.line, 1), column, error.text);
	return NULL;
}
