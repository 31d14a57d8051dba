# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Who may read, the JSON, and a monitor that watches another."""

import asyncio
import contextlib
import io
import math
import os
import re
import tempfile
import unittest
from unittest import mock
from urllib.parse import quote

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from fake_hub import FakeHub, group, member, stream
from mcdpdk_monitor import api, page
from mcdpdk_monitor.monitor import Monitor
from mcdpdk_monitor.server import Server

HOSTILE = 'a"b\\c\n<img src=x onerror=alert(1)>'
TOKEN = "correct-horse-battery-staple"


class Serving(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # asyncio would tell stderr, too, that a loaded machine is slow.
        asyncio.get_running_loop().slow_callback_duration = math.inf
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.said = self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        # Hubs of this machine are not the test's.
        self.sockets = self.enterContext(mock.patch("mcdpdk_monitor.monitor.sockets", return_value=[]))
        self.stack = await self.enterAsyncContext(contextlib.AsyncExitStack())

    def fake(self, name="rte", **options):
        fake = FakeHub(os.path.join(self.folder, name, "dpdk_telemetry.v2"), **options)
        self.stack.callback(fake.close)
        return fake

    async def monitor(self, paths=(), urls=(), token=None):
        monitor = Monitor([str(path) for path in paths], list(urls), token)
        await monitor.start()
        self.stack.push_async_callback(monitor.close)
        await monitor.poll_once()
        return monitor

    async def client(self, monitor, token=None, hosts=(), top=100, page=None):
        client = TestClient(TestServer(Server(monitor, token, set(hosts), top, page).application()))
        await client.start_server()
        self.stack.push_async_callback(client.close)
        return client

    async def json(self, client, path, status=200, **options):
        async with client.get(path, **options) as answer:
            self.assertEqual(answer.status, status, await answer.text())
            return await answer.json()


class Access(Serving):
    async def test_nothing_but_reading(self):
        client = await self.client(await self.monitor([self.fake().path]))
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            for path in ("/", "/metrics", "/api/hubs", "/api/hub/rte/explain", "/none"):
                async with client.request(method, path) as answer:
                    self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))
        async with client.head("/api/hubs") as answer:
            self.assertEqual((answer.status, await answer.read()), (200, b""))

    async def test_a_reader_cannot_make_the_hub_change(self):
        """Whatever the words, the hub is asked only what reads."""
        fake = self.fake()
        client = await self.client(await self.monitor([fake.path]))
        for word in ("239.1.1.1,m0", "x,/mcdpdk/reload", "reload", "../join,239.1.1.1,m0", "a\0b"):
            for path in ("explain?sender={0}&group=239.1.1.1", "explain?sender=m0&group={0}", "member/{0}", "group/{0}",
                         "rates/{0}", "history/group/{0}", "groups?filter={0}", "members?sort={0}", "{0}"):
                async with client.get(f"/api/hub/rte/{path.format(quote(word, safe=''))}") as answer:
                    self.assertIn(answer.status, (200, 400, 404))
        words = {asked.split(",")[0] for asked in fake.asked}
        self.assertFalse(words & {"/mcdpdk/reload", "/mcdpdk/join", "/mcdpdk/leave", "/mcdpdk/drain"}, words)
        self.assertTrue(words <= {"/", "/ethdev/list", "/ethdev/info", "/ethdev/xstats", *(
            f"/mcdpdk/{name}" for name in ("info", "health", "stats", "drops", "ports", "lcores", "control", "latency",
                                           "igmp", "amt", "refused", "group_table", "member_table", "explain", "group",
                                           "receivers", "member", "member_groups"))}, words)

    async def test_a_name_that_was_made_to_resolve_here_is_refused(self):
        client = await self.client(await self.monitor([self.fake().path]), hosts=["hub.example.org"])
        for host, status in (("evil.example.com", 421), ("127.0.0.1.evil.example.com:9464", 421), ("localhost", 200),
                             ("localhost:9464", 200), ("127.0.0.1:9464", 200), ("[::1]:9464", 200), ("", 421),
                             ("hub.example.org:9464", 200), ("HUB.example.org", 200), ("localhost.evil", 421)):
            with self.subTest(host=host):
                await self.json(client, "/api/hubs", status, headers={"Host": host})

    async def test_without_the_token_nothing_is_told(self):
        client = await self.client(await self.monitor([self.fake().path]), token=TOKEN)
        for header, status in (("", 401), (f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 401),
                               ("Bearer", 401), (f"Basic {TOKEN}", 401), (TOKEN, 401), ("Bearer ä", 401)):
            with self.subTest(header=header):
                for path in ("/api/hubs", "/metrics", "/api/hub/rte", "/api/none"):
                    async with client.get(path, headers={"Authorization": header} if header else {}) as answer:
                        expected = 404 if status == 200 and path == "/api/none" else status
                        self.assertEqual(answer.status, expected)
                        self.assertEqual("WWW-Authenticate" in answer.headers, status == 401)
                        self.assertNotIn("rte", await answer.text() if status == 401 else "")

    async def test_every_answer_forbids_what_a_browser_might_do_with_it(self):
        client = await self.client(await self.monitor([self.fake().path]))
        for path in ("/", "/page/index.html", "/page/none", "/favicon.ico", "/metrics", "/api/hubs", "/api/hub/none"):
            async with client.get(path) as answer:
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("default-src 'self'", answer.headers["Content-Security-Policy"])
                self.assertNotIn("Access-Control-Allow-Origin", answer.headers)

    async def test_a_reader_cannot_keep_the_hub_busy(self):
        fake = self.fake()
        client = await self.client(await self.monitor([fake.path]))
        statuses = []
        for number in range(60):
            async with client.get(f"/api/hub/rte/explain?sender=m0&group=239.1.1.{number}") as answer:
                statuses.append(answer.status)
        self.assertIn(429, statuses)
        self.assertLess(statuses.count(200), 60)
        self.assertEqual(len([1 for asked in fake.asked if "explain" in asked]), statuses.count(200))


    async def test_readers_of_the_same_thing_share_an_answer(self):
        fake = self.fake()
        client = await self.client(await self.monitor([fake.path]))
        for _ in range(30):
            await self.json(client, "/api/hub/rte/explain?sender=m0&group=239.1.1.1")
        self.assertLess(len(fake.asked_for("explain")), 30)

    async def test_a_token_may_be_anything(self):
        client = await self.client(await self.monitor([self.fake().path]), token=TOKEN)
        for given in ("\u00e9" * 20, "\udcff"):
            await self.json(client, "/api/hubs", 401, headers={"Authorization": f"Bearer {given}".encode(
                "utf-8", "surrogateescape").decode("latin-1")})


class Files(Serving):
    """The page's: a folder of its own here, beside which lies a secret."""

    CONTENT = {"index.html": "<!DOCTYPE html>", "app.js": "let app;" * 500, "part/part.mjs": "let part;",
               "style.css": "p{}", "icon.svg": "<svg/>", "part/LICENSE.txt": "MIT"}
    HIDDEN = {"test/app_test.mjs": "secret", "part/test/x.js": "secret", "notes.md": "secret", ".hidden": "secret",
              "key.pem": "secret", "../secret.txt": "secret", "../page2/secret.js": "secret"}

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.root = os.path.join(self.folder, "page")
        for name, text in (self.CONTENT | self.HIDDEN).items():
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        os.symlink("../secret.txt", os.path.join(self.root, "link.txt"))
        os.symlink("../page2", os.path.join(self.root, "folder"))

    async def serving(self, token=None):
        return await self.client(await self.monitor([self.fake().path]), token, page=page.Page(self.root))

    async def test_each_file_has_its_type_and_needs_no_token(self):
        client = await self.serving(TOKEN)
        types = {"": "text/html", "page/index.html": "text/html", "page/app.js": "text/javascript",
                 "page/part/part.mjs": "text/javascript", "page/style.css": "text/css",
                 "page/icon.svg": "image/svg+xml", "page/part/LICENSE.txt": "text/plain"}
        for path, content_type in types.items():
            with self.subTest(path=path):
                async with client.get(f"/{path}") as answer:
                    self.assertEqual((answer.status, answer.headers["Content-Type"]),
                                     (200, f"{content_type}; charset=utf-8"))
                    self.assertEqual(await answer.text(), self.CONTENT[path.removeprefix("page/") or "index.html"])
        async with client.get("/favicon.ico") as answer:
            self.assertEqual((answer.status, await answer.read()), (204, b""))

    async def test_no_other_file_is_served(self):
        client = await self.serving()
        for name in ("test/app_test.mjs", "part/test/x.js", "notes.md", ".hidden", "key.pem", "link.txt", "part",
                     "folder/secret.js", "", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt",
                     "part/../../secret.txt", "part/..%2f..%2fsecret.txt", "../page2/secret.js", "/secret.txt",
                     "..%5csecret.txt", "app.js%00.css", f"/{self.folder}/secret.txt", "page/app.js", "./app.js"):
            with self.subTest(name=name):
                status, text = await self.ask_as_it_is(client, f"/page/{name}")
                self.assertIn(status, (400, 404))
                self.assertNotIn("secret", text)
        # The same way of asking finds what is there.
        self.assertEqual(await self.ask_as_it_is(client, "/page/style.css"), (200, "p{}"))

    async def test_no_way_of_writing_a_path_leads_past_the_token(self):
        client = await self.serving(TOKEN)
        for path, status in (("/page/../api/hubs", 404), ("/page/..%2fapi/hubs", 404), ("/page%2f../api/hubs", 401),
                             ("//api/hubs", 401), ("/api/hubs", 401), ("/%61pi/hubs", 401), ("/page", 401),
                             ("/favicon.ico/../api/hubs", 401), ("/api/hub/rte/member/x%2fpage%2fapp.js", 401),
                             ("/api/hubs?/page/app.js", 401), ("http://127.0.0.1/api/hubs", 401)):
            with self.subTest(path=path):
                found, text = await self.ask_as_it_is(client, path)
                self.assertEqual(found, status)
                self.assertNotIn("rte", text)

    async def test_without_a_token_a_name_that_was_made_to_resolve_here_is_refused(self):
        client = await self.serving()
        for path in ("/", "/page/app.js", "/favicon.ico"):
            async with client.get(path, headers={"Host": "evil.example.com"}) as answer:
                self.assertEqual(answer.status, 421)

    async def test_a_browser_asks_again_and_gets_what_is_new(self):
        client = await self.serving()
        async with client.get("/page/app.js") as answer:
            self.assertEqual((answer.headers["Cache-Control"], answer.headers["Content-Encoding"]),
                             ("no-cache", "deflate"))
            known = {"If-None-Match": answer.headers["ETag"]}
        async with client.get("/page/app.js", headers=known) as answer:
            self.assertEqual((answer.status, await answer.read()), (304, b""))
            self.assertEqual(answer.headers["ETag"], known["If-None-Match"])
        with open(os.path.join(self.root, "app.js"), "w", encoding="utf-8") as file:
            file.write("let other;")
        async with client.get("/page/app.js", headers=known) as answer:
            self.assertEqual((answer.status, await answer.text()), (200, "let other;"))
        os.unlink(os.path.join(self.root, "app.js"))
        await self.json(client, "/page/app.js", 404)

    async def test_the_page_has_all_that_it_names(self):
        """Of the real folder: a first document, and every file that it and its modules load."""
        files = page.Page().files
        client = await self.client(await self.monitor([self.fake().path]))
        async with client.get("/") as answer:
            self.assertIn("<!DOCTYPE html>", await answer.text())
        for name, path in files.items():
            with open(path, encoding="utf-8") as file:
                text = file.read()
            found = re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", text) if "js" in name[-3:] else []
            found += re.findall(r"""(?:src|href)="(page/[^"]+)""", text) if name == "index.html" else []
            for other in found:
                place = "" if name == "index.html" else f"page/{name}"
                target = os.path.normpath(os.path.join(os.path.dirname(place), other))
                self.assertIn(target.removeprefix("page/"), files, f"{name} loads {other}")

    async def ask_as_it_is(self, client, target):
        """Status and text; a client of ours would tidy up the path."""
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head, _, text = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        return int(head.split()[1]), text


class Documents(Serving):
    async def test_a_hubs_document_has_its_answers_and_what_they_mean(self):
        fake = self.fake(groups=[group(1)], members=[member("m0")])
        fake.drops_of["copy_tx_full"] = 4
        client = await self.client(await self.monitor([fake.path]))
        (head,) = (await self.json(client, "/api/hubs"))["hubs"]
        self.assertEqual((head["name"], head["state"], head["up"], head["members"]), ("rte", "well", True, 1))
        document = await self.json(client, "/api/hub/rte")
        self.assertEqual(document["info"]["pid"], 100)
        self.assertEqual(document["drops"][1], {"reason": "copy_tx_full", "of": "copies", "packets": 4, "per_s": None,
                                                "meaning": "the port's TX queue was full"})
        self.assertEqual(document["ports"][0]["name"], "net0")
        self.assertEqual(document["xstats"]["net0"]["bw_out_allowance_exceeded"], 2)
        self.assertEqual(document["control"]["longest_slice_us"], 300)

    async def test_names_may_be_anything(self):
        name = HOSTILE + "{}%2F?#"
        client = await self.client(await self.monitor([self.fake(name, members=[member(HOSTILE)]).path]))
        path = f"/api/hub/{quote(name, safe='')}"
        self.assertEqual((await self.json(client, path))["name"], name)
        answer = await self.json(client, f"{path}/member/{quote(HOSTILE, safe='')}")
        self.assertEqual(answer["member"]["name"], HOSTILE)

    async def test_groups_and_members_are_found_sorted_and_paged(self):
        fake = self.fake(groups=[group(n, packets=n) for n in (3, 1, 2)],
                         members=[member("tokyo"), member("osaka")])
        client = await self.client(await self.monitor([fake.path]))
        for query, found in (("", [1, 2, 3]), ("?sort=-group", [3, 2, 1]), ("?sort=-packets&limit=2", [3, 2]),
                             ("?offset=1&limit=1", [2]), ("?filter=0.3", [3]), ("?filter=x", [])):
            document = await self.json(client, f"/api/hub/rte/groups{query}")
            self.assertEqual([row["group"] for row in document["groups"]], [f"239.0.0.{n}" for n in found], query)
        self.assertEqual((await self.json(client, "/api/hub/rte/groups?limit=1"))["total"], 3)
        names = [row["name"] for row in (await self.json(client, "/api/hub/rte/members?filter=osa"))["members"]]
        self.assertEqual(names, ["osaka"])

    async def test_wrong_parameters_are_named(self):
        client = await self.client(await self.monitor([self.fake(groups=[group(1)]).path]))
        for path, status in (("groups?limit=-1", 400), ("groups?limit=x", 400), ("groups?sort=none", 400),
                             ("groups?limit=٣", 400), ("history/hub?seconds=0", 400),
                             ("history/hub?seconds=3601", 400),
                             ("rates/none", 404), ("history/group/239.9.9.9", 404), ("explain?sender=m0", 400),
                             ("events?since=x", 400), ("none", 404), ("member/none", 404)):
            with self.subTest(path=path):
                self.assertTrue((await self.json(client, f"/api/hub/rte/{path}", status))["error"])
        self.assertIn("no such hub", (await self.json(client, "/api/hub/none", 404))["error"])

    async def test_questions_are_passed_to_the_hub(self):
        client = await self.client(await self.monitor([self.fake(groups=[group(1)], members=[member("m0")]).path]))
        answer = await self.json(client, "/api/hub/rte/explain?sender=m0&group=239.0.0.1,10.0.0.1")
        self.assertEqual((answer["verdict"], answer["match"], answer["meaning"]),
                         ("no_receiver", "239.0.0.1,10.0.0.1", "the group has no receiver except the sender"))
        self.assertIn("no such member", (await self.json(
            client, "/api/hub/rte/explain?sender=nobody&group=239.0.0.1", 404))["error"])
        self.assertEqual((await self.json(client, "/api/hub/rte/member/m0"))["groups"], ["239.1.1.1"])
        answer = await self.json(client, "/api/hub/rte/group/239.0.0.1")
        self.assertEqual((answer["group"]["copies"], answer["receivers"][0]["member"]), (0, "m0"))

    async def test_ipv6_groups_are_asked_for_in_the_hubs_form(self):
        fake = self.fake(groups=[{**group(1), "group": "ff05::1"}], members=[member("m0")])
        client = await self.client(await self.monitor([fake.path]))
        await self.json(client, "/api/hub/rte/explain?sender=m0&group=FF05::0:1,2001:DB8::1")
        self.assertEqual(fake.asked_for("explain"), ["/mcdpdk/explain,m0,ff05::1,2001:db8::1"])
        answer = await self.json(client, "/api/hub/rte/group/FF05::0:1")
        self.assertEqual(answer["group"]["group"], "ff05::1")
        answer = await self.json(client, "/api/hub/rte/groups?filter=ff05::")
        self.assertEqual([row["group"] for row in answer["groups"]], ["ff05::1"])

    async def test_a_hub_that_is_down_keeps_its_last_answers_and_says_so(self):
        fake = self.fake(groups=[group(1)])
        monitor = await self.monitor([fake.path])
        client = await self.client(monitor)
        fake.close()
        await monitor.poll_once()
        document = await self.json(client, "/api/hub/rte")
        self.assertEqual((document["up"], document["state"], document["exit_status"]), (False, "down", 3))
        self.assertEqual(document["info"]["pid"], 100)
        self.assertEqual(document["rates"], {})
        await self.json(client, "/api/hub/rte/explain?sender=m0&group=239.0.0.1", 503)
        kinds = [event["kind"] for event in (await self.json(client, "/api/hub/rte/events"))["events"]]
        self.assertEqual(kinds, ["down"])
        self.assertEqual((await self.json(client, "/api/hub/rte/events?since=1"))["events"], [])

    async def test_rates_are_the_hubs_own_or_follow_from_counters(self):
        fake = self.fake("new", groups=[group(1)], lacks={"domain", "peers"})
        fake.rates_of = {"group": [{"name": "239.0.0.1", "pps": 9, "bps": 90, "peak_pps": 20}]}
        old = self.fake("old", groups=[group(1), group(2)])
        monitor = await self.monitor([fake.path, old.path])
        client = await self.client(monitor)
        # Not asked at first, and not taken twice in a moment.
        while not monitor.hubs["new"].state.rates.get("group"):
            await asyncio.sleep(0.05)
            await monitor.poll_once()
        document = await self.json(client, "/api/hub/new/rates/group")
        self.assertEqual((document["measured_by"], document["rates"][0]["peak_pps"]), ("hub", 20))
        old.groups[1]["packets"] += 100
        await self.until_measured(monitor, "old")
        document = await self.json(client, "/api/hub/old/rates/group")
        self.assertEqual((document["measured_by"], [rate["name"] for rate in document["rates"]]),
                         ("monitor", ["239.0.0.2"]))
        series = (await self.json(client, "/api/hub/old/history/group/239.0.0.2?seconds=60"))["series"]
        self.assertGreater(max(value or 0 for value in series["pps"]), 0)

    async def test_a_members_history_has_one_set_of_names(self):
        fake = self.fake(members=[member("m0")], lacks={"domain", "peers"})
        fake.rates_of = {"member": [{"name": "m0", "pps": 9, "bps": 90, "peak_pps": 20}],
                         "sender": [{"name": "m0", "pps": 7, "bps": 70, "peak_pps": 10}]}
        monitor = await self.monitor([fake.path])
        client = await self.client(monitor)
        while ("member", "m0") not in monitor.hubs["rte"].state.tracks:
            await asyncio.sleep(0.05)
            await monitor.poll_once()
        for seconds, names in ((60, ["tx_pps", "tx_bps", "peak_tx_pps", "rx_pps", "rx_bps", "peak_rx_pps"]),
                               (3600, ["tx_pps", "tx_bps", "rx_pps", "rx_bps", "drops_per_s"])):
            series = (await self.json(client, f"/api/hub/rte/history/member/m0?seconds={seconds}"))["series"]
            self.assertEqual(list(series), names)

    async def test_streams_are_those_of_the_hub_the_busiest_first(self):
        old, new = self.fake("old"), self.fake("new", lacks={"domain", "peers"})
        new.streams_of = [stream("a", 1, 50), stream(HOSTILE, 2, 60), stream("c", 3, 70)]
        monitor = await self.monitor([old.path, new.path])
        client = await self.client(monitor)
        self.assertEqual(await self.json(client, "/api/hub/old/streams"), {"up": True, "known": False, "streams": []})
        document = await self.json(client, "/api/hub/new/streams")
        self.assertEqual([row["pps"] for row in document["streams"]], [None] * 3)
        hub = monitor.hubs["new"]
        hub.source._streams_due, hub.state.streams.at = 0, hub.state.streams.at - 10
        new.streams_of[1]["packets"] += 10000
        await hub.poll()
        document = await self.json(client, "/api/hub/new/streams")
        self.assertEqual([row["sender"] for row in document["streams"]], [HOSTILE, "a", "c"])
        first = document["streams"][0]
        self.assertTrue(500 < first.pop("pps") <= 1000 and first.pop("bps") == 0)
        self.assertEqual(first, new.streams_of[1])
        new.close()
        await hub.poll()
        self.assertEqual(await self.json(client, "/api/hub/new/streams"),
                         {"up": False, "known": True, "streams": []})

    async def until_measured(self, monitor, name):
        """The table of a small hub is read again after half a second."""
        rows = monitor.hubs[name].state.tables["groups"].rows
        while not any(row.rates[0] > 0 for row in rows.values()):
            await asyncio.sleep(0.05)
            await monitor.poll_once()


class Elsewhere(Serving):
    async def site(self, fake, token=None):
        here = await self.monitor([fake.path])
        client = await self.client(here, token)
        return here, str(client.make_url("")).rstrip("/")

    async def test_a_hub_elsewhere_is_as_one_here(self):
        fake = self.fake(groups=[group(n) for n in range(200)], members=[member(HOSTILE)])
        here, url = await self.site(fake, TOKEN)
        while not here.hubs["rte"].state.tables["groups"].is_complete:
            await asyncio.sleep(0.05)
            await here.poll_once()
        there = await self.monitor([], [url], TOKEN)
        (name,) = there.hubs
        self.assertEqual(name, f"rte@{url.split('//')[1]}")
        own, state = here.hubs["rte"].state, there.hubs[name].state
        self.assertEqual(state.verdict(), "well")
        self.assertEqual({key: value for key, value in state.answers.items() if key != "load"},
                         {key: value for key, value in own.answers.items() if key != "load"})
        self.assertEqual(len(state.tables["groups"].rows), 200)
        self.assertEqual(state.tables["members"].rows[HOSTILE].record["address"], "10.0.0.12")
        client = await self.client(there)
        path = f"/api/hub/{quote(name)}"
        self.assertEqual((await self.json(client, f"{path}/explain?sender=m0&group=239.0.0.1"))["verdict"],
                         "no_receiver")
        member_ = await self.json(client, f"{path}/member/{quote(HOSTILE, safe='')}")
        self.assertEqual(member_["member"]["name"], HOSTILE)

    async def test_streams_elsewhere_are_as_there(self):
        fake = self.fake(lacks={"domain", "peers"})
        fake.streams_of = [stream("a", 1, 100), stream("b", 2, 100)]
        here, url = await self.site(fake)
        here.hubs["rte"].state.streams.rows["a", "239.0.0.1"]["pps"] = 7.0
        there = await self.monitor([], [url])
        client, other = await self.client(here), await self.client(there)
        (name,) = there.hubs
        own, passed = [(await self.json(reader, f"/api/hub/{quote(hub)}/streams"))["streams"]
                       for reader, hub in ((client, "rte"), (other, name))]
        self.assertEqual(own, passed)
        self.assertEqual([row["pps"] for row in passed], [7, None])

    async def test_a_monitor_elsewhere_that_knows_no_streams_is_well(self):
        with mock.patch.object(Server, "streams", side_effect=api.Unknown("no such path")):
            _, url = await self.site(self.fake())
            there = await self.monitor([], [url])
        (hub,) = there.hubs.values()
        self.assertEqual((hub.state.verdict(), hub.state.streams.rows), ("well", {}))

    async def test_what_is_wrong_elsewhere_is_told_in_a_line(self):
        fake = self.fake()
        here, url = await self.site(fake, TOKEN)
        await self.monitor([], [url], "a-wrong-token-of-some-length")
        self.assertIn("it wants another token", self.said.getvalue())
        await self.monitor([], ["http://127.0.0.1:1"], TOKEN)
        there = await self.monitor([], [url], TOKEN)
        fake.close()
        await here.poll_once()
        await there.poll_once()
        (hub,) = there.hubs.values()
        self.assertEqual((hub.state.is_up, hub.state.exit_status()), (False, 3))
        self.assertNotIn("Traceback", self.said.getvalue())

    async def test_metrics_say_which_site_answers(self):
        """One that has never answered, too, of whose hubs nothing is known."""
        client = TestClient(TestServer(Server(await self.monitor([self.fake().path]), None, set(), 100).application()))
        await client.start_server()
        url, dead = str(client.make_url("")).rstrip("/"), "http://127.0.0.1:1"
        there = await self.monitor([], [url + "/", dead])
        reader = await self.client(there)

        async def sites():
            text = await (await reader.get("/metrics")).text()
            return dict(re.findall(r'^mcdpdk_site_up{url="([^"]*)"} (\S+)$', text, re.M))
        self.assertEqual(await sites(), {url: "1.0", dead: "0.0"})
        await client.close()
        await there.search()
        self.assertEqual(await sites(), {url: "0.0", dead: "0.0"})

    async def test_a_large_table_elsewhere_takes_several_polls(self):
        fake = self.fake(groups=[group(n) for n in range(100)])
        here, url = await self.site(fake)
        while not here.hubs["rte"].state.tables["groups"].is_complete:
            await asyncio.sleep(0.05)
            await here.poll_once()
        with mock.patch.multiple("mcdpdk_monitor.remote", ROWS_A_PAGE=10, PAGES_A_POLL=4, TABLES_S=0):
            there = await self.monitor([], [url])
            (hub,) = there.hubs.values()
            table, seen = hub.state.tables["groups"], []
            for _ in range(6):
                seen.append((len(table.rows), table.sweep))
                await hub.poll()
        self.assertEqual(seen, [(40, 1), (80, 1), (100, 2), (100, 2), (100, 2), (100, 3)])

    async def test_an_answer_that_comes_in_pieces_is_read_whole(self):
        url = await self.stranger([b'{"hubs": [', b"]}"])
        await self.monitor([], [url])
        self.assertEqual(self.said.getvalue(), "")

    async def test_a_document_of_another_form_is_a_hub_that_is_down(self):
        """As from another version: the hub is followed on."""
        url = await self.stranger([b'{"hubs": [{"name": "a", "local": true}], "up": true, "age_s": null}'])
        there = await self.monitor([], [url])
        (hub,) = there.hubs.values()
        await hub.poll()
        self.assertFalse(hub.state.is_up)
        self.assertIn("cannot be understood", str(hub.state.error))

    async def stranger(self, pieces):
        """Another program at that address, whose answer is always this."""
        async def answer(request):
            response = web.StreamResponse()
            await response.prepare(request)
            for piece in pieces:
                await response.write(piece)
                await asyncio.sleep(0.05)
            return response

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        client = TestClient(TestServer(app))
        await client.start_server()
        self.addAsyncCleanup(client.close)
        return str(client.make_url("")).rstrip("/")

    async def test_pages_go_to_the_end_of_the_largest_table(self):
        here = await self.monitor([self.fake().path])
        client = await self.client(here)
        page = await self.json(client, "/api/hub/rte/groups?offset=4194304&limit=5000")
        self.assertEqual(page["groups"], [])

    async def test_two_monitors_that_watch_each_other_end(self):
        """A monitor passes on its own hubs alone."""
        _, url = await self.site(self.fake())
        second = await self.monitor([], [url])
        client = await self.client(second)
        third = await self.monitor([], [str(client.make_url("")).rstrip("/")])
        self.assertEqual(len(second.hubs), 1)
        self.assertEqual(third.hubs, {})


if __name__ == "__main__":
    unittest.main()
