# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What a reader of mcdpdk-monitor's page sees and does, and what an audit of it finds."""

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import Browser
from frames import Trace
from paths import DTS
from prometheus import Monitor, Service
from waiting import await_condition

PREFIXES = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}
# WCAG 2.1 AA, 1.4.3.
CONTRAST, CONTRAST_OF_LARGE = 4.5, 3.0
# What a screen reader says of one of these without a name is only what it is.
NAMED = {"button", "link", "textbox", "searchbox", "combobox", "ComboBoxGrouping", "listbox", "option", "checkbox",
         "table", "grid", "image", "img", "application", "region", "dialog", "navigation", "complementary",
         "meter", "progressbar", "Canvas", "heading", "columnheader"}
LANDMARKS = {"banner": 1, "main": 1, "contentinfo": 1, "complementary": 1}
AUDIT = Path(__file__).with_name("page_audit.js").read_text(encoding="utf-8")
# What the picture writes and draws with.
FRONTS, BACKS = ("--text", "--muted", "--accent", "--rx", "--tx", "--good", "--warn", "--bad"), ("--surface", "--bg")


class LivePage:
    def __init__(self, browser: Browser, url, hub=None):
        self.browser, self.url, self.hub = browser, url, hub

    def open(self, **selection):
        """At a hub, and perhaps what is chosen there, by a link as a reader may have kept one."""
        words = {"hub": self.hub, **selection} if self.hub else {}
        # An address that differs in its last part alone would not load anything.
        self.browser.leave()
        self.browser.open(f"{self.url}/#{urlencode(words)}")
        self.await_poll()
        if self.hub:
            self.browser.await_true("document.querySelector('#details h2') !== null")
        return self

    def select(self, **selection):
        """As a link in the page does."""
        words = {"hub": self.hub, **selection}
        self.browser.run("(location.hash = arguments[0], true)", f"#{urlencode(words)}")
        self.browser.await_true("document.querySelector('#details h2').textContent === arguments[0]",
                                *selection.values() or [self.hub])

    def await_poll(self):
        """Until the page has read once more."""
        before = self.browser.run("Number(document.body.dataset.updated ?? 0)")
        self.browser.await_true("Number(document.body.dataset.updated ?? 0) > arguments[0]", before)

    def await_state(self, state):
        self.browser.await_true("document.body.dataset.state === arguments[0]", state)

    def ask(self, function, *arguments):
        """One of page_audit.js."""
        return self.browser.driver.execute_script(f"{AUDIT}\nreturn {function}(...arguments)", *arguments)

    def table(self, name):
        return [dict(row) for row in self.ask("readTable", name) or []]

    def choose(self, table, name):
        """By a click on its name."""
        self.browser.run("[...document.querySelectorAll(`#${arguments[0]} a.name`)].find((one) => "
                         "one.textContent === arguments[1])", table, name).click()

    def row(self, table, name):
        """By its first cell; {} if there is none."""
        return next((row for row in self.table(table) if next(iter(row.values()), None) == name), {})

    def await_cell(self, table, name, column, condition):
        """Of the row of that name, until its text in that column is as wanted."""
        self.browser.wait(lambda: condition(self.row(table, name).get(column, "")),
                          lambda: f"{column} of {name} in {self.table(table)}")

    def fill(self, field, text):
        """As a reader does, over what stands there."""
        self.browser.find(f"#{field}").send_keys(Keys.CONTROL + "a" + Keys.NULL + text)

    def press(self, *keys):
        """To what has the focus."""
        ActionChains(self.browser.driver, duration=0).send_keys(*keys).perform()

    def focused(self):
        """What has the focus: its id, else what it is called."""
        return self.browser.run("document.activeElement.id || document.activeElement.innerText || "
                                "document.activeElement.tagName")

    # What is wrong with it

    def overflow(self):
        """What makes a reader scroll sideways."""
        width, seen = self.browser.run("[document.documentElement.scrollWidth, screen.width]")
        return self.ask("wideElements", seen) or [f"{width} of {seen}"] if width > seen else []

    def faint(self):
        """Texts, and colours of the picture, that are hard to read."""
        return self.ask("faintTexts", CONTRAST, CONTRAST_OF_LARGE) + self.ask("faintColours", FRONTS, BACKS, CONTRAST)

    def barriers(self):
        """What a screen reader's user would miss, by Chrome's own tree of accessible objects."""
        nodes = {node["nodeId"]: node for node in self.browser.cdp("Accessibility.getFullAXTree")["nodes"]}
        seen = [node for node in nodes.values() if not node["ignored"] and not is_in_image(nodes, node)]
        roles = [node["role"]["value"] for node in seen]
        found = [f"no name: {node['role']['value']} {self._describe(node)}" for node in seen
                 if node["role"]["value"] in NAMED and not node.get("name", {}).get("value", "").strip()]
        found += [f"{roles.count(role)} {role}" for role, wanted in LANDMARKS.items() if roles.count(role) != wanted]
        if not self.browser.run("document.documentElement.lang && document.title"):
            found.append("no language or title")
        return found + self.ask("brokenReferences")

    def _describe(self, node):
        try:
            return self.browser.cdp("DOM.describeNode", backendNodeId=node["backendDOMNodeId"])["node"]["attributes"]
        except Exception:  # pylint: disable=broad-except
            return "(gone)"

    def unreachable(self):
        """Tab through all of it, and find what can be used but was never reached, or was not seen to have the focus."""
        wanted, reached, unseen = self.ask("namesOfUsable"), set(), set()
        self.ask("focusFirst")
        for _ in range(len(wanted) + 40):
            at, is_seen = self.ask("focused")
            if at.startswith("BODY"):
                break
            reached.add(at)
            if not is_seen:
                unseen.add(at)
            self.press(Keys.TAB)
        # What went meanwhile could not be reached.
        wanted = set(wanted) & set(self.ask("namesOfUsable"))
        return [f"not reached: {at}" for at in wanted - reached] + [f"focus not seen: {at}" for at in unseen]

    # How long its script takes

    def frame_times(self, count, meanwhile=lambda: None):
        """Of so many frames of the picture, in ms of its own script; of all frames, see frames.py."""
        found = []
        # Out of sight it draws nothing.
        self.browser.run("document.querySelector('#picture canvas').scrollIntoView({ block: 'center' })")

        def draw():
            meanwhile()
            found.extend(self.browser.run("window.mcdpdkPicture.frameTimes.splice(0)"))
            return len(found) >= count

        def act():
            self.browser.run("(window.mcdpdkPicture.frameTimes.length = 0, true)")
            self.browser.wait(draw, lambda: f"{count} frames, only {len(found)}")

        script = Trace(self.browser).during(act).script_times()
        return {"picture": found, "page": script}


def is_in_image(nodes, node):
    """What an image is made of is nothing to a screen reader."""
    parent = nodes.get(node.get("parentId"))
    return parent is not None and (parent["role"]["value"] in ("image", "img") or is_in_image(nodes, parent))


def number(text):
    """1.2 kpps is 1200; None if it is no number."""
    found = re.match(r"([\d.,]+) ?([kMG]?)(?:pps|bit/s|$)", text)
    return found and float(found[1].replace(",", "")) * PREFIXES[found[2]]


def above(least):
    return lambda text: (number(text) or 0) > least


@contextmanager
def large_site(folder, members, groups, *faults):
    """The monitor of a large hub, which is a process of its own as a hub is; it has read all members and groups."""
    path = folder / "large/dpdk_telemetry.v2"
    command = [sys.executable, DTS / "framework/large_hub.py", "--members", members, "--groups", groups,
               "--socket", path, *(word for fault in faults for word in ("--fault", fault))]
    with Service(command, folder / "large.log") as hub:
        await_condition(lambda: "answers on" in hub.text(), "the large hub")
        with Monitor(folder, "--socket", path) as monitor:
            await_condition(lambda: all(monitor.get(f"/api/hub/large/{table}?limit=1")["complete"]
                                        for table in ("members", "groups")), "both tables")
            yield monitor
