/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#include <jansson.h>

#include "reader.h"
#include "writer.h"

/* Deeper values stay on one line. */
#define LINE_DEPTH 2

static void
start_line(struct mcr_config_writer *writer)
{
	fprintf(writer->out, "\n%*s", writer->depth * 2, "");
}

static void
write_key(struct mcr_config_writer *writer, const char *key)
{
	RTE_ASSERT(writer->depth > 0 || (key == NULL && writer->is_first));
	if (!writer->is_first)
		fputc(',', writer->out);
	if (writer->depth > 0 && writer->depth <= LINE_DEPTH)
		start_line(writer);
	else if (!writer->is_first)
		fputc(' ', writer->out);
	if (key != NULL)
		fprintf(writer->out, "\"%s\": ", key);
	writer->is_first = false;
}

void
mcr_config_write_open(struct mcr_config_writer *writer, const char *key, char bracket)
{
	write_key(writer, key);
	RTE_ASSERT(bracket == '{' || bracket == '[');
	fputc(bracket, writer->out);
	writer->depth++;
	writer->is_first = true;
}

void
mcr_config_write_close(struct mcr_config_writer *writer, char bracket)
{
	RTE_ASSERT(writer->depth > 0);
	writer->depth--;
	if (!writer->is_first && writer->depth < LINE_DEPTH)
		start_line(writer);
	fputc(bracket, writer->out);
	writer->is_first = false;
}

void
mcr_config_write_uint(struct mcr_config_writer *writer, const char *key, uint64_t value)
{
	write_key(writer, key);
	fprintf(writer->out, "%" PRIu64, value);
}

void
mcr_config_write_bool(struct mcr_config_writer *writer, const char *key, bool value)
{
	write_key(writer, key);
	fputs(value ? "true" : "false", writer->out);
}

void
mcr_config_write_seconds(struct mcr_config_writer *writer, const char *key, uint64_t us)
{
	write_key(writer, key);
	fprintf(writer->out, "%.10g", us / 1e6);
}

void
mcr_config_write_string(struct mcr_config_writer *writer, const char *key, const char *text)
{
	json_t *string = json_string(text);

	write_key(writer, key);
	if (string == NULL || json_dumpf(string, writer->out, JSON_ENCODE_ANY) != 0)
		writer->error = -ENOMEM;
	json_decref(string);
}

void
mcr_config_write_format(struct mcr_config_writer *writer, const char *key, const char *format, ...)
{
	va_list args;

	write_key(writer, key);
	fputc('"', writer->out);
	va_start(args, format);
	vfprintf(writer->out, format, args);
	va_end(args);
	fputc('"', writer->out);
}

void
mcr_config_write_address(struct mcr_config_writer *writer, const char *key, uint32_t address)
{
	char text[MCR_ADDRESS_TEXT];

	mcr_config_write_format(writer, key, "%s", mcr_address_format(address, text));
}

void
mcr_config_write_prefix(
	struct mcr_config_writer *writer, const char *key, const struct mcr_config_prefix *prefix)
{
	char text[MCR_ADDRESS_TEXT];

	RTE_ASSERT(prefix->length <= mcr_address_bits(prefix->address));
	mcr_config_write_format(
		writer, key, "%s/%u", mcr_address_format(prefix->address, text), prefix->length);
}

void
mcr_config_write_prefixes(struct mcr_config_writer *writer, const char *key,
	const struct mcr_config_prefix *prefixes, uint32_t count)
{
	mcr_config_write_open(writer, key, '[');
	for (uint32_t i = 0; i < count; i++)
		mcr_config_write_prefix(writer, NULL, &prefixes[i]);
	mcr_config_write_close(writer, ']');
}

void
mcr_config_write_mac(
	struct mcr_config_writer *writer, const char *key, const struct rte_ether_addr *mac)
{
	mcr_config_write_format(
		writer, key, "%02x:%02x:%02x:%02x:%02x:%02x", RTE_ETHER_ADDR_BYTES(mac));
}
