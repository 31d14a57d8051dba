# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""All hubs that are watched: finds them, and polls each on its own."""

import asyncio
import os
import sys
import time
from contextlib import suppress

from mcdpdk_tools.telemetry import HubError, NotMcdpdk, is_listened_on, socket_path, sockets

from .local import LocalSource
from .remote import RemoteSource, Site, one_line
from .state import HubState, rooms

INTERVAL_S = 1.0
SEARCH_S = 10.0
# A hub that was found, went, and will hardly come back.
FORGOTTEN_S = 86400.0
# What a hub or another monitor says may have any form.
STRANGE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def say(text):
    print(f"mcdpdk-monitor: {one_line(text)}", file=sys.stderr, flush=True)


class Watched:
    """A hub, and where it is asked."""

    def __init__(self, state, source, is_found):
        self.state, self.source, self.is_found = state, source, is_found
        self.task, self.has_complained = None, False

    async def poll(self):
        """Once. It says only what is new."""
        try:
            try:
                is_back = self.state.take(await self.source.poll()) and self.has_complained
            except STRANGE as error:
                raise HubError(f"an answer cannot be understood: {error!r}") from None
            if is_back:
                say(f"{self.state.name}: it answers")
                self.has_complained = False
        except HubError as error:
            if self.state.fail(error):
                say(f"{self.state.name}: {error}")
                self.has_complained = True

    async def follow(self):
        while True:
            due = time.monotonic() + INTERVAL_S
            await self.poll()
            await asyncio.sleep(max(due - time.monotonic(), INTERVAL_S / 20))


class Monitor:
    def __init__(self, paths, urls, token):
        """Without paths, all hubs of this machine, now and later."""
        self.paths, self.urls, self.token = paths, urls, token
        self.hubs, self.sites, self.is_running = {}, {}, False
        self.site_errors = {}   # by URL: why nothing is known of what is there, or None
        self.room = rooms()
        self.aliens = {}        # sockets of other DPDK programs, and when they were made

    async def start(self):
        self.sites = {url: Site(url, self.token) for url in self.urls}
        for path in self.paths:
            self._add(LocalSource(path), name_of(path), False)
        await self.search()

    async def search(self):
        """For hubs that are not known yet."""
        if not self.paths:
            await self._search_here()
        await asyncio.gather(*(self._search_site(site) for site in self.sites.values()))

    async def _search_here(self):
        known = {hub.source.where for hub in self.hubs.values() if hub.source.is_local}
        for path in sockets():
            if path in known or self.aliens.get(path) == made_at(path):
                continue
            # It waits for a program that hangs.
            if await asyncio.to_thread(is_listened_on, path):
                self._add(LocalSource(path), name_of(path), True)
        if not self.hubs and not self.urls:
            path = socket_path("rte")
            self._add(LocalSource(path), name_of(path), True)

    async def _search_site(self, site):
        error = None
        try:
            for name in await site.hubs():
                if f"{name}@{site.place}" not in self.hubs:
                    self._add(RemoteSource(site, name), f"{name}@{site.place}", True)
        except HubError as hub_error:
            error = hub_error
        except STRANGE as strange:
            error = HubError(f"{site.url}: an answer cannot be understood: {strange!r}")
        if str(error) != str(self.site_errors.get(site.url)):
            say(error if error else f"{site.url}: it answers")
        self.site_errors[site.url] = error

    def _add(self, source, name, is_found):
        base, number = name, 2
        while name in self.hubs:
            name, number = f"{base}-{number}", number + 1
        hub = self.hubs[name] = Watched(HubState(name, source.where, source.is_local, self.room), source, is_found)
        if self.is_running:
            hub.task = asyncio.create_task(hub.follow())

    def _forget(self):
        for name, hub in list(self.hubs.items()):
            state = hub.state
            is_alien = hub.is_found and not state.was_ever_up and state.exit_status() == NotMcdpdk.exit_status
            if is_alien:
                self.aliens[hub.source.where] = made_at(hub.source.where)
            if is_alien or hub.is_found and not state.is_up and time.time() - state.since > FORGOTTEN_S:
                hub.task.cancel()
                hub.source.close()
                state.close()
                del self.hubs[name]

    async def poll_once(self):
        await asyncio.gather(*(hub.poll() for hub in self.hubs.values()))

    async def run(self):
        """Until it is cancelled."""
        self.is_running = True
        for hub in self.hubs.values():
            hub.task = asyncio.create_task(hub.follow())
        while True:
            await asyncio.sleep(SEARCH_S)
            self._forget()
            await self.search()

    async def close(self):
        for hub in self.hubs.values():
            hub.source.close()
            if hub.task:
                hub.task.cancel()
                with suppress(asyncio.CancelledError):
                    await hub.task
        for site in self.sites.values():
            await site.close()


def made_at(path):
    try:
        return os.stat(path).st_ctime_ns
    except OSError:
        return None


def name_of(path):
    """The file prefix, which is the folder's name. A name that is not text is made it."""
    return os.path.basename(os.path.dirname(os.path.abspath(path))).encode(errors="replace").decode() or path
