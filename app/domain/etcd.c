/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/credentials.h"
#include "domain/etcd.h"
#include "domain/gateway.h"
#include "domain/request_time.h"

#define CONNECT_MS 2000L
/* Passwords are hashed slowly on purpose. */
#define LOGIN_MS 5000L
/* A page of a list is large. */
#define LIST_MS 20000L
/* Of a list the agent then asks for less. A hub's lease that ends is one event for each key. */
#define ANSWER_MAX (64u << 20)
#define URL_MAX 512

enum kind {
	KIND_REQUEST,
	KIND_WATCH,
	KIND_LOGIN,
};

struct transfer {
	struct transfer *next;
	struct mcr_etcd *etcd;
	enum kind kind;
	enum mcr_domain_request_type type;
	uint32_t id;
	bool is_running;
	bool is_page;    /* of a list */
	bool is_retry;   /* after a login */
	bool is_dropped; /* it is done, or a watch that another replaces */
	CURL *easy;
	struct curl_slist *headers;
	const char *path;
	char *body;
	char *answer; /* that has come so far */
	size_t len;
	size_t room;
	char error[CURL_ERROR_SIZE];
};

struct mcr_etcd {
	const struct mcr_config_domain *config;
	struct mcr_domain *domain;
	CURLM *multi;
	uint32_t endpoint;
	struct transfer *transfers;
	char *token; /* NULL: not logged in */
	uint64_t now;
	struct mcr_request_time time;
	char why[URL_MAX + 512]; /* a failure of the endpoint; empty: none */
};

struct mcr_etcd *
mcr_etcd_create(const struct mcr_config_domain *config, struct mcr_domain *domain)
{
	struct mcr_etcd *etcd = calloc(1, sizeof(*etcd));

	if (etcd == NULL)
		return NULL;
	etcd->config = config;
	etcd->domain = domain;
	etcd->multi = curl_multi_init();
	if (etcd->multi != NULL)
		return etcd;
	free(etcd);
	return NULL;
}

static void
free_transfer(struct transfer *transfer)
{
	if (transfer->is_running)
		curl_multi_remove_handle(transfer->etcd->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	if (transfer->kind == KIND_LOGIN)
		explicit_bzero(transfer->body, strlen(transfer->body));
	free(transfer->body);
	free(transfer->answer);
	free(transfer);
}

static void
drop_all(struct mcr_etcd *etcd)
{
	while (etcd->transfers != NULL) {
		struct transfer *transfer = etcd->transfers;

		etcd->transfers = transfer->next;
		free_transfer(transfer);
	}
	free(etcd->token);
	etcd->token = NULL;
}

void
mcr_etcd_free(struct mcr_etcd *etcd)
{
	if (etcd == NULL)
		return;
	drop_all(etcd);
	curl_multi_cleanup(etcd->multi);
	free(etcd);
}

/* The first counts: others follow from it. */
static void
fail(struct mcr_etcd *etcd, const char *why)
{
	if (etcd->why[0] == '\0')
		snprintf(etcd->why, sizeof(etcd->why), "%s: %s", etcd->config->etcd[etcd->endpoint],
			why);
}

static struct transfer *
add_transfer(struct mcr_etcd *etcd, enum kind kind, const char *path, char *body)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (transfer == NULL || body == NULL) {
		free(transfer);
		free(body);
		fail(etcd, "out of memory");
		return NULL;
	}
	transfer->etcd = etcd;
	transfer->kind = kind;
	transfer->path = path;
	transfer->body = body;
	transfer->next = etcd->transfers;
	etcd->transfers = transfer;
	return transfer;
}

/* What it missed was compacted. It is removed where libcurl is not in the midst of it. */
static void
drop_watch(struct transfer *transfer)
{
	transfer->is_dropped = true;
	mcr_domain_compacted(transfer->etcd->domain, transfer->etcd->now, transfer->id);
}

static void
read_watch_line(struct transfer *transfer, const char *line, size_t len)
{
	struct mcr_etcd *etcd = transfer->etcd;
	struct mcr_gateway_answer answer;

	mcr_gateway_read(line, len, true, &answer);
	if (answer.fault == MCR_GATEWAY_NONE &&
		(answer.is_compacted || answer.reply.result == MCR_DOMAIN_COMPACTED))
		drop_watch(transfer);
	else if (answer.fault != MCR_GATEWAY_NONE || answer.is_canceled)
		fail(etcd, answer.message);
	else
		mcr_domain_watched(etcd->domain, etcd->now, transfer->id, answer.kvs, answer.count);
	mcr_gateway_release(&answer);
}

/* Each answer of a watch is a line. */
static void
read_watch_lines(struct transfer *transfer)
{
	char *start = transfer->answer, *end;
	size_t left = transfer->len;

	while (!transfer->is_dropped && (end = memchr(start, '\n', left)) != NULL) {
		read_watch_line(transfer, start, end - start);
		left -= end + 1 - start;
		start = end + 1;
	}
	memmove(transfer->answer, start, left);
	transfer->len = left;
}

static bool
make_room(struct transfer *transfer, size_t len)
{
	size_t room = transfer->room == 0 ? 4096 : transfer->room;
	char *answer;

	if (transfer->len + len > ANSWER_MAX)
		return false;
	while (room < transfer->len + len)
		room *= 2;
	if (room == transfer->room)
		return true;
	answer = realloc(transfer->answer, room);
	if (answer == NULL)
		return false;
	transfer->answer = answer;
	transfer->room = room;
	return true;
}

static size_t
receive(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	const size_t len = size * count;

	if (transfer->is_dropped)
		return len;
	if (!make_room(transfer, len))
		return 0;
	memcpy(transfer->answer + transfer->len, data, len);
	transfer->len += len;
	if (transfer->kind == KIND_WATCH && memchr(data, '\n', len) != NULL)
		read_watch_lines(transfer);
	return len;
}

static void
set_headers(struct transfer *transfer)
{
	char *line;

	transfer->headers = curl_slist_append(NULL, "Content-Type: application/json");
	/* A large body is sent at once. */
	transfer->headers = curl_slist_append(transfer->headers, "Expect:");
	/* A node without a leader says so, instead of letting a watch wait for ever. */
	transfer->headers = curl_slist_append(transfer->headers, "Grpc-Metadata-hasleader: true");
	/* A JWT may be long. */
	if (transfer->etcd->token != NULL && transfer->kind != KIND_LOGIN &&
		asprintf(&line, "Authorization: %s", transfer->etcd->token) >= 0) {
		transfer->headers = curl_slist_append(transfer->headers, line);
		free(line);
	}
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static long
timeout_of(const struct transfer *transfer)
{
	switch (transfer->kind) {
	case KIND_WATCH:
		return 0;
	case KIND_LOGIN:
		return LOGIN_MS;
	default:
		return transfer->is_page ? LIST_MS
		                         : mcr_request_time_wait_ms(&transfer->etcd->time);
	}
}

static void
start(struct transfer *transfer)
{
	struct mcr_etcd *etcd = transfer->etcd;
	char url[URL_MAX];
	CURL *easy = curl_easy_init();

	if (easy == NULL) {
		fail(etcd, "out of memory");
		return;
	}
	transfer->easy = easy;
	snprintf(url, sizeof(url), "%s%s", etcd->config->etcd[etcd->endpoint], transfer->path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	/* One stream a connection: a slow watch must not hold up the rest. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_of(transfer));
	if (etcd->config->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, etcd->config->ca_file);
	set_headers(transfer);
	transfer->is_running = true;
	curl_multi_add_handle(etcd->multi, easy);
}

static void
fail_credentials(struct mcr_etcd *etcd, const char *why)
{
	char text[MCR_CREDENTIALS_MAX];

	snprintf(text, sizeof(text), "credentials_file %.200s: %s", etcd->config->credentials_file,
		why);
	fail(etcd, text);
}

static bool
is_logging_in(const struct mcr_etcd *etcd)
{
	for (const struct transfer *t = etcd->transfers; t != NULL; t = t->next)
		if (t->kind == KIND_LOGIN)
			return true;
	return false;
}

static void
log_in(struct mcr_etcd *etcd)
{
	char text[MCR_CREDENTIALS_MAX], *password, *body = NULL;
	const char *wrong;
	struct transfer *transfer;

	if (is_logging_in(etcd))
		return;
	wrong = mcr_credentials_read(etcd->config->credentials_file, text, &password);
	if (wrong == NULL)
		body = mcr_gateway_write_login(text, password);
	explicit_bzero(text, sizeof(text));
	if (body == NULL) {
		fail_credentials(etcd, wrong != NULL ? wrong : "it is not UTF-8");
		return;
	}
	transfer = add_transfer(etcd, KIND_LOGIN, "/v3/auth/authenticate", body);
	if (transfer != NULL)
		start(transfer);
}

/* Without a token, requests wait for it. */
static void
start_waiting(struct mcr_etcd *etcd)
{
	bool must_log_in = false;

	for (struct transfer *t = etcd->transfers; t != NULL; t = t->next) {
		if (t->is_running)
			continue;
		if (etcd->token == NULL && etcd->config->credentials_file != NULL)
			must_log_in = true;
		else
			start(t);
	}
	if (must_log_in)
		log_in(etcd);
}

void
mcr_etcd_connect(struct mcr_etcd *etcd, uint32_t endpoint)
{
	drop_all(etcd);
	etcd->endpoint = endpoint;
	etcd->why[0] = '\0';
}

static void
remove_dropped(struct mcr_etcd *etcd)
{
	struct transfer **place = &etcd->transfers;

	while (*place != NULL) {
		struct transfer *transfer = *place;

		if (!transfer->is_dropped) {
			place = &transfer->next;
			continue;
		}
		*place = transfer->next;
		free_transfer(transfer);
	}
}

void
mcr_etcd_send(struct mcr_etcd *etcd, const struct mcr_domain_request *request)
{
	const char *path;
	char *body = mcr_gateway_write(request, &path);
	struct transfer *transfer = add_transfer(
		etcd, request->type == MCR_DOMAIN_WATCH ? KIND_WATCH : KIND_REQUEST, path, body);

	if (transfer == NULL)
		return;
	transfer->id = request->id;
	transfer->type = request->type;
	transfer->is_page = request->type == MCR_DOMAIN_LIST && request->limit > 1;
}

/* Each answer of etcd says of which cluster it is, and a lease has an id. */
static bool
is_of_etcd(const struct transfer *transfer, const struct mcr_domain_reply *reply)
{
	return reply->result != MCR_DOMAIN_OK ||
	       (reply->cluster != 0 && (transfer->type != MCR_DOMAIN_GRANT || reply->lease != 0));
}

static void
retry(struct transfer *transfer)
{
	struct mcr_etcd *etcd = transfer->etcd;

	curl_multi_remove_handle(etcd->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	transfer->easy = NULL;
	transfer->headers = NULL;
	transfer->is_running = false;
	transfer->is_retry = true;
	transfer->len = 0;
	free(etcd->token);
	etcd->token = NULL;
}

static void
take_login(struct mcr_etcd *etcd, struct mcr_gateway_answer *answer)
{
	char why[sizeof(answer->message) + 32];

	snprintf(why, sizeof(why), "login: %s",
		answer->fault == MCR_GATEWAY_NONE ? "no token" : answer->message);
	if (answer->token == NULL) {
		fail(etcd, why);
		return;
	}
	free(etcd->token);
	etcd->token = answer->token;
	answer->token = NULL;
}

/* @return Whether the request is done. */
static bool
take_answer(struct transfer *transfer, struct mcr_gateway_answer *answer)
{
	struct mcr_etcd *etcd = transfer->etcd;

	if (transfer->kind == KIND_LOGIN) {
		take_login(etcd, answer);
		return true;
	}
	if (answer->fault == MCR_GATEWAY_TOKEN && !transfer->is_retry &&
		etcd->config->credentials_file != NULL) {
		retry(transfer);
		return false;
	}
	if (answer->fault != MCR_GATEWAY_NONE || transfer->kind == KIND_WATCH) {
		fail(etcd, answer->fault != MCR_GATEWAY_NONE ? answer->message
							     : "the watch has ended");
		return true;
	}
	if (!is_of_etcd(transfer, &answer->reply)) {
		fail(etcd, "it does not answer as etcd");
		return true;
	}
	if (transfer->type == MCR_DOMAIN_WRITE && answer->reply.result == MCR_DOMAIN_OK &&
		!answer->has_succeeded)
		answer->reply.result = MCR_DOMAIN_REFUSED;
	mcr_domain_replied(etcd->domain, etcd->now, transfer->id, &answer->reply);
	return true;
}

/* Of those that expire together, one counts. */
static void
note_time(struct transfer *transfer, CURLcode code)
{
	struct mcr_etcd *etcd = transfer->etcd;
	curl_off_t us = 0;

	if (transfer->kind != KIND_REQUEST || transfer->is_page)
		return;
	curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &us);
	if (code == CURLE_OK)
		mcr_request_time_answered(&etcd->time, (long)(us / 1000));
	else if (code == CURLE_OPERATION_TIMEDOUT && etcd->why[0] == '\0')
		mcr_request_time_expired(&etcd->time);
}

static void
finish(struct transfer *transfer, CURLcode code)
{
	struct mcr_etcd *etcd = transfer->etcd;
	struct mcr_gateway_answer answer;
	bool is_done = true;

	note_time(transfer, code);
	if (transfer->is_dropped) {
		/* The next one replaces it. */
	} else if (code != CURLE_OK) {
		fail(etcd, transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
	} else if (transfer->kind == KIND_WATCH && transfer->len == 0) {
		fail(etcd, "the watch has ended");
	} else {
		mcr_gateway_read(transfer->answer, transfer->len, false, &answer);
		is_done = take_answer(transfer, &answer);
		mcr_gateway_release(&answer);
	}
	if (is_done)
		transfer->is_dropped = true;
}

void
mcr_etcd_poll(struct mcr_etcd *etcd, uint64_t now)
{
	struct transfer *transfer;
	CURLMsg *message;
	int running, left;

	etcd->now = now;
	start_waiting(etcd);
	curl_multi_perform(etcd->multi, &running);
	while ((message = curl_multi_info_read(etcd->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		finish(transfer, message->data.result);
	}
	remove_dropped(etcd);
	start_waiting(etcd);
	if (etcd->why[0] == '\0')
		return;
	drop_all(etcd);
	mcr_domain_etcd_failed(etcd->domain, now, etcd->why);
	etcd->why[0] = '\0';
}

void
mcr_etcd_wait(struct mcr_etcd *etcd, struct curl_waitfd *others, unsigned int count, int ms)
{
	curl_multi_poll(etcd->multi, others, count, ms, NULL);
}
