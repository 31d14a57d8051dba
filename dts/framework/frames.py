# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""How long a page's own script takes in each frame, by the browser's own trace; it is reported, never asserted."""

import asyncio
import bisect
import json
from statistics import median, quantiles

import aiohttp

from browser import REPORTS

# Script of the page for a frame, in ms: median and 95th percentile.
AIMS_MS = (8, 16)
CATEGORIES = ["devtools.timeline", "v8"]
# What runs script, and what script makes the engine do at once; they may be nested.
SCRIPT = {"EvaluateScript", "EventDispatch", "FireAnimationFrame", "FunctionCall", "MajorGC", "MinorGC",
          "RunMicrotasks", "TimerFire", "v8.callFunction"}
# The beginning of a frame on the thread that runs the page.
FRAME = ("AnimationFrame", "b")


class Trace:
    """Of all that the browser does in the context."""

    def __init__(self, browser):
        self.address = browser.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        self.events = []

    def during(self, act):
        """Trace while act() runs, in a thread of its own as it waits for the browser."""
        asyncio.run(self._during(act))
        return self

    async def _during(self, act):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{self.address}/json/version") as answer:
                url = (await answer.json())["webSocketDebuggerUrl"]
            async with session.ws_connect(url, max_msg_size=0) as socket:
                config = {"includedCategories": CATEGORIES}
                await self._ask(socket, "Tracing.start", transferMode="ReportEvents", traceConfig=config)
                await asyncio.to_thread(act)
                await self._ask(socket, "Tracing.end")
                async for message in socket:
                    said = json.loads(message.data)
                    if said.get("method") == "Tracing.dataCollected":
                        self.events += said["params"]["value"]
                    elif said.get("method") == "Tracing.tracingComplete":
                        return

    @staticmethod
    async def _ask(socket, method, **parameters):
        await socket.send_json({"id": 1, "method": method, "params": parameters})
        answer = await socket.receive_json()
        assert "result" in answer, answer

    def script_times(self):
        """Of each frame of the page, in ms of CPU: what is between the beginnings of two frames is the first one's."""
        frames = [event for event in self.events if (event["name"], event["ph"]) == FRAME]
        threads = [(event["pid"], event["tid"]) for event in frames]
        page = max(set(threads), key=threads.count)
        begins = sorted(event["ts"] for event in frames if (event["pid"], event["tid"]) == page)
        times = [0.0] * len(begins)
        # By the clock of the page's thread, which other programs do not hold up.
        spans = sorted((event["ts"], event["tts"], event["tts"] + event.get("tdur", 0)) for event in self.events
                       if event["name"] in SCRIPT and event["ph"] == "X" and (event["pid"], event["tid"]) == page)
        end = 0
        for at, begin, until in spans:
            place = bisect.bisect(begins, at) - 1
            if place >= 0:
                times[place] += max(until - max(begin, end), 0) / 1000
            end = max(end, until)
        return times


def summary(times):
    return {"frames": len(times), "median_ms": round(median(times), 2), "p95_ms": round(quantiles(times, n=20)[18], 2),
            "max_ms": round(max(times), 2)}


def report(name, **kinds):
    """Times by what they are of, into build/reports/page/frames.json."""
    path = REPORTS / "frames.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[name] = {"aims_ms": AIMS_MS, **{kind: summary(times) for kind, times in kinds.items()}}
    REPORTS.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=2), encoding="utf-8")
    return known[name]
