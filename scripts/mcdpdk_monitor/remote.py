# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub elsewhere, by the /api/ of the monitor there."""

import asyncio
import json
import time
from contextlib import suppress
from urllib.parse import quote, urlsplit

import aiohttp

from mcdpdk_tools.telemetry import Denied, HubError, NoHub, NotMcdpdk, Refused

from .state import Sample

TIMEOUT_S = 5.0
TABLES_S = 10.0
# At once in memory: the rows of a poll, beside those that are kept.
ROWS_A_PAGE, PAGES_A_POLL = 5000, 4
# Of an answer: 5,000 groups take 1 MB.
MOST_BYTES = 64 << 20
# As many as a hub can have, whatever another monitor says.
MOST_ROWS = 1 << 23
MOST_HUBS = 256
STREAMS_S = 5.0
# As the local source's, by the names of the document.
ANSWERS = ("info", "health", "stats", "ports", "lcores", "control", "latency", "igmp", "mld", "amt", "domain", "placement",
           "peers", "refused", "xstats", "load")
ERRORS = {error.exit_status: error for error in (HubError, NoHub, Denied, NotMcdpdk)}


class Site:
    """One monitor elsewhere."""

    def __init__(self, url, token):
        self.url = url.rstrip("/")
        self.place = urlsplit(self.url).netloc
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def get(self, path, **params):
        try:
            # The token goes to no other place.
            async with self.session.get(self.url + path, params=params, allow_redirects=False) as answer:
                body = await self._body(answer)
                if answer.status in (401, 403):
                    raise Denied(f"{self.url}: it wants another token, or none from here ({answer.status})")
                if answer.status in (400, 404, 429):
                    raise Refused(error_of(body) or f"{self.url}{path}: {answer.status}")
                if answer.status != 200:
                    raise NoHub(error_of(body) or f"{self.url}{path}: {answer.status}")
            return json.loads(body)
        except asyncio.TimeoutError:
            raise NoHub(f"{self.url} does not answer") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoHub(f"{self.url}: {one_line(error)}") from None
        except ValueError:
            raise NotMcdpdk(f"{self.url} answers with something that is not JSON") from None

    async def _body(self, answer):
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > MOST_BYTES:
                raise NotMcdpdk(f"{self.url} answers with more than {MOST_BYTES >> 20} MB")
        return bytes(body)

    async def hubs(self):
        """Names of the hubs that are local there: what it has from elsewhere, those have."""
        return [str(hub["name"]) for hub in (await self.get("/api/hubs"))["hubs"] if hub["local"]][:MOST_HUBS]

    async def close(self):
        await self.session.close()


class RemoteSource:
    def __init__(self, site, name):
        self._streams_due = 0.0
        self.where, self.is_local = site.url, False
        self._site, self._path = site, f"/api/hub/{quote(name, safe='')}"
        self._offsets, self._due = {"groups": 0, "members": 0}, {"groups": 0.0, "members": 0.0}

    async def poll(self):
        document = await self._site.get(self._path)
        if not document["up"]:
            raise ERRORS.get(document.get("exit_status"), HubError)(str(document["error"]))
        now = time.monotonic()
        sample = Sample(now - document["age_s"])
        sample.answers = {name: document[name] for name in ANSWERS if name in document}
        await self._read_streams(sample, now)
        sample.answers["drops"] = {drop["reason"]: drop["packets"] for drop in document["drops"]}
        sample.rates = document.get("busiest", {})
        for table in self._offsets:
            await self._read(sample, table)
        return sample

    async def _read(self, sample, table):
        """The next pages. The table is read again ten seconds after that began."""
        now, offset = time.monotonic(), self._offsets[table]
        if offset == 0 and now < self._due[table]:
            return
        if offset == 0:
            self._due[table] = now + TABLES_S
            sample.begun.append(table)
        for _ in range(PAGES_A_POLL):
            page = await self._site.get(f"{self._path}/{table}", offset=offset, limit=ROWS_A_PAGE)
            now = time.monotonic()
            # Of a hub that was restarted, some are not read again yet.
            sample.records += [(table, row, now - row["age_s"]) for row in page[table] if row["age_s"] is not None]
            offset += len(page[table])
            if not page[table] or offset >= min(page["total"], MOST_ROWS):
                offset = 0
                sample.ended += [table] if page["complete"] else []
                break
        self._offsets[table] = offset

    async def query(self, name, *params):
        if name == "explain":
            return await self._site.get(f"{self._path}/explain", sender=params[0], group=params[1])
        return await self._site.get(f"{self._path}/{name}/{quote(params[0], safe='')}")

    async def _read_streams(self, sample, now):
        """None from a monitor that does not know them."""
        if now < self._streams_due:
            return
        self._streams_due = now + STREAMS_S
        with suppress(Refused):
            found = await self._site.get(f"{self._path}/streams")
            sample.streams = found["streams"] if found["known"] else None

    def close(self):
        pass


def error_of(body):
    try:
        return one_line(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return None


def one_line(what):
    return " ".join(str(what).split())
