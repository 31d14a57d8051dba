# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""HTTP: who may read, and what. Nothing can be changed here."""

import hmac
import ipaddress
import json
import re
import time
from contextlib import suppress

from aiohttp import web

from mcdpdk_tools import groups
from mcdpdk_tools.telemetry import HubError, Refused

from . import api, metrics
from .monitor import STRANGE, say
from .page import Page
from .verdict import Question

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Of questions that a hub is asked for a reader; polling is paced by what it costs.
QUERIES_A_S, QUERIES_AT_ONCE = 10.0, 20.0
SHARED_S = 2.0
# What DPDK's socket takes; a comma would begin another parameter.
NAME = re.compile(r"[^,\0]{1,127}")
GROUP = re.compile(r"[0-9a-fA-F.:/]{2,49}(,[0-9a-fA-F.:]{2,45})?")


class Pace:
    """A token bucket."""

    def __init__(self):
        self.tokens, self.last = QUERIES_AT_ONCE, time.monotonic()

    def allows(self):
        now = time.monotonic()
        self.tokens = min(self.tokens + (now - self.last) * QUERIES_A_S, QUERIES_AT_ONCE)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Server:
    def __init__(self, monitor, token, hosts, top, page=None):
        self.monitor, self.token, self.hosts, self.page = monitor, token, hosts, page or Page()
        self.collect = metrics.exposition(monitor, top)
        self.paces, self.answers = {}, {}

    def application(self):
        app = web.Application(middlewares=[self.guard])
        # A name may contain anything, also what `.` does not match.
        app.add_routes([
            web.get("/", self.page.index),
            web.get(r"/page/{name:[^\0]+}", self.page.file),
            web.get("/favicon.ico", self.page.icon),
            web.get("/metrics", self.metrics),
            web.get("/api/hubs", self.hubs),
            web.get("/api/hub/{hub:[^/]+}", self.hub),
            web.get("/api/hub/{hub:[^/]+}/{table:groups|members}", self.table),
            web.get("/api/hub/{hub:[^/]+}/rates/{kind}", self.rates),
            web.get("/api/hub/{hub:[^/]+}/streams", self.streams),
            web.get("/api/hub/{hub:[^/]+}/history/{kind:hub|drops}", self.history),
            web.get(r"/api/hub/{hub:[^/]+}/history/{kind:group|member|sender}/{name:[^\0]+}", self.history),
            web.get("/api/hub/{hub:[^/]+}/events", self.events),
            web.get("/api/hub/{hub:[^/]+}/explain", self.explain),
            web.get(r"/api/hub/{hub:[^/]+}/{kind:group|member}/{name:[^\0]+}", self.one),
        ])
        return app

    # Who may read

    @web.middleware
    async def guard(self, request, handler):
        try:
            answer = self.refusal(request)
            # A response is false, as an empty mapping.
            if answer is None:
                answer = await handler(request)
        except web.HTTPException as error:
            answer = problem(error.status, error.reason, error.headers.get("Allow"))
        except api.Unknown as error:
            answer = problem(404, str(error))
        except api.Wrong as error:
            answer = problem(400, str(error))
        except STRANGE as error:
            say(f"{request.path}: {error!r}")
            answer = problem(500, "the hub's answer cannot be understood")
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    def refusal(self, request):
        if request.method not in ("GET", "HEAD"):
            return problem(405, "only GET and HEAD", "GET, HEAD")
        if self.token:
            # A page of another origin does not know it, whatever name it made the browser resolve.
            if not self.is_open(request) and not is_bearer(request.headers.get("Authorization", ""), self.token):
                answer = problem(401, "a token is needed: Authorization: Bearer TOKEN")
                answer.headers["WWW-Authenticate"] = 'Bearer realm="mcdpdk-monitor"'
                return answer
        elif not self.is_host_known(request.headers.get("Host", "")):
            return problem(421, "this name is not one of the monitor's: give it with --host")
        return None

    def is_open(self, request):
        """By what answers it: a path may be written in many ways."""
        return request.match_info.handler in (self.page.index, self.page.file, self.page.icon)

    def is_host_known(self, host):
        """DNS rebinding needs a name: an address cannot be made to resolve to another one."""
        name = re.sub(r":\d+$", "", host).strip("[]").rstrip(".").lower()
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return name == "localhost" or name in self.hosts

    # What they read

    def state_of(self, request):
        return self.watched(request).state

    def watched(self, request):
        name = request.match_info["hub"]
        if name not in self.monitor.hubs:
            raise api.Unknown(f"no such hub: {name}")
        return self.monitor.hubs[name]

    async def metrics(self, request):
        body, content_type = self.collect(request.headers.get("Accept", ""))
        answer = web.Response(body=body, headers={"Content-Type": content_type})
        answer.enable_compression()
        return answer

    async def hubs(self, request):
        return document(api.hubs([hub.state for hub in self.monitor.hubs.values()]))

    async def hub(self, request):
        return document(api.hub(self.state_of(request)))

    async def table(self, request):
        return document(api.rows(self.state_of(request), request.match_info["table"], request.query))

    async def rates(self, request):
        return document(api.rates(self.state_of(request), request.match_info["kind"], request.query))

    async def streams(self, request):
        return document(api.streams(self.state_of(request)))

    async def history(self, request):
        name = request.match_info.get("name", "")
        return document(api.history(self.state_of(request), request.match_info["kind"], name, request.query))

    async def events(self, request):
        return document(api.events(self.state_of(request), request.query))

    async def explain(self, request):
        sender, group, receiver = (request.query.get(name, "") for name in ("sender", "group", "receiver"))
        group = groups.canonical(group)
        if not NAME.fullmatch(sender) or not GROUP.fullmatch(group) or receiver and not NAME.fullmatch(receiver):
            raise api.Wrong("wanted: sender=, a member's name or an address, group=, G or G,S, and perhaps receiver=, "
                            "a member's name")
        explained = await self.ask(request, "explain", sender, group)
        member = (await self.ask(request, "member", receiver))["member"] if receiver else None
        listed = await self.receivers(request, explained)
        streams = await self.streams_of(request, explained.get("sender"))
        return document(Question(self.state_of(request), sender, group, receiver, streams).judge(
            explained, member, listed))

    async def streams_of(self, request, sender):
        """The hub's samples now, if it is here; else the last ones that were read."""
        watched = self.watched(request)
        if not sender or not watched.source.is_local or watched.state.streams.at is None:
            return None
        with suppress(api.Unknown):
            return (await self.ask(request, "streams", sender))["streams"]
        return None

    async def receivers(self, request, explained):
        """Of the entry, if the explanation has only the first of many: with the sender. Entries like unknown_groups
        cannot be asked for."""
        if explained["total"] <= len(explained["receivers"]) or not GROUP.fullmatch(explained["match"]):
            return None
        return [record["member"] for record in (await self.ask(request, "group", explained["match"]))["receivers"]]

    async def one(self, request):
        kind, name = request.match_info["kind"], request.match_info["name"]
        name = groups.canonical(name) if kind == "group" else name
        if not (GROUP if kind == "group" else NAME).fullmatch(name):
            raise api.Wrong(f"not a {kind}: {name}")
        return document(await self.ask(request, kind, name))

    async def ask(self, request, *question):
        """The hub itself. Readers who look at the same thing share an answer."""
        watched = self.watched(request)
        key, now = (watched.state.name, *question), time.monotonic()
        self.answers = {asked: answer for asked, answer in self.answers.items() if now - answer[0] < SHARED_S}
        if key not in self.answers:
            answer = await self.ask_hub(watched, question)
            self.answers[key] = time.monotonic(), answer
        return self.answers[key][1]

    async def ask_hub(self, watched, question):
        if not self.paces.setdefault(watched.state.name, Pace()).allows():
            raise web.HTTPTooManyRequests(reason="the hub was asked too much, try again")
        try:
            return await watched.source.query(*question)
        except Refused as refused:
            raise api.Unknown(str(refused)) from None
        except HubError as error:
            raise web.HTTPServiceUnavailable(reason=re.sub(r"[\r\n]", " ", str(error))) from None


def is_bearer(header, token):
    kind, _, given = header.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())


def document(content, status=200):
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    answer = web.Response(text=text, status=status, content_type="application/json")
    answer.enable_compression()
    return answer


def problem(status, text, allow=None):
    answer = document({"error": text}, status)
    if allow:
        answer.headers["Allow"] = allow
    return answer
