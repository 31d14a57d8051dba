# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The live page of mcdpdk-monitor in Debian's chromium.

    alpha 10.0.0.11 --+
    beta  10.0.0.12 --+-- switch A -- hub 10.0.0.10 -- telemetry socket --+
    gamma 10.0.0.13 --+                                                   +-- monitor -- chromium (loopback)
                                     a hub whose every word is hostile ---+

A large hub, and one whose monitor wants a token, have a monitor of their own. Each test fails if the page logs an
error, breaks its content security policy, or asks anybody but its monitor. Screenshots are in build/reports/page/.
"""

import subprocess

import pytest
from selenium.webdriver.common.keys import Keys

import frames
from browser import PHONE, WIDE, Browser
from large_hub import FAULTS, PORTS, LargeHub
from live_page import LivePage, above, large_site, number
from monitor_bed import GROUP, Bed
from paths import SCRIPTS
from prometheus import Monitor
from topo import GATEWAY, HUB_ADDRESS
from waiting import await_condition

from fake_hub import FakeHub, group, member, peer  # after large_hub, which knows where it is

OTHER, IPV6_GROUP = "239.1.1.2", "ff05::1:3"
MEMBERS = {"alpha": "10.0.0.11", "beta": "10.0.0.12", "gamma": "10.0.0.13"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": name, "address": address} for name, address in MEMBERS.items()],
    "groups": [{"group": GROUP, "members": ["alpha", "beta"]}, {"group": OTHER, "members": ["*"]},
               {"group": IPV6_GROUP, "members": ["beta"]}],
    "idle": "sleep",
}
TOKEN = "correct-horse-battery-staple"
# No test sends as much in a second; a counter that was compared with another process's would seem more.
MOST_A_S, BEFORE = 200, 6000
LARGE_MEMBERS, LARGE_GROUPS, ROWS = 1000, 10000, 50
FRAMES = 300
# A name is read as text wherever it stands: in an element, an attribute, a URL, a style, a template, a number's place.
PAYLOADS = ["<img src=x onerror=pwned()>", "\"><script>pwned()</script>", "'onmouseover='pwned()",
            "javascript:pwned()", "</style><svg onload=pwned()>", "${pwned()}{{7*7}}", "\u202egnp.exe", "&lt;b&gt;&#0;",
            "__proto__", "%00%2f#?&=", "\u0001\u0007\r\n\t", "\U0001f600e\u0301" * 10]
# And everywhere: an element whose class tells that a text became HTML.
MARK = "<u class=pwned>"
# The hub is asked for groups that cannot be, and too often.
HOSTILE_ERRORS = ["/(member|group|history|explain).*(400|404|429)"]
STRANGE_ELEMENTS = ".pwned, img, iframe, object, embed, base, form[action], svg[onload], [onerror], [onload], [onmouseover], " \
                   "script:not([src]), a[href^='javascript:']"


class HostileHub(FakeHub):
    """Each text in its answers goes on as an attack on who reads it; which one depends on the text."""

    def _answer(self, command, params):
        params = [self.honest(param) for param in params]
        answer = super()._answer(command, params)
        # Which commands and ports there are.
        return answer if command in ("/", "/ethdev/list", "/ethdev/info") else self.poisoned(answer)

    def poisoned(self, value):
        if isinstance(value, dict):
            return {name: self.poisoned(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.poisoned(one) for one in value]
        return self.poison(value) if isinstance(value, str) else value

    @staticmethod
    def poison(text):
        return text + PAYLOADS[sum(text.encode()) % len(PAYLOADS)] + MARK

    @staticmethod
    def honest(text):
        return next((text.removesuffix(poison + MARK) for poison in PAYLOADS if text.endswith(poison + MARK)), text)


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    bed = Bed(cloud, CONFIG)
    with bed.hub:
        bed.hub.await_resolved()
        yield bed


@pytest.fixture(scope="module", name="hostile")
def fixture_hostile(tmp_path_factory):
    """One of each member and group per payload, and every kind of record."""
    letters, refused = "abcdefghijklmnopqrstuvwxyz", {"reason": "source_denied", "encap": "gre", "key": ""}
    hub = HostileHub(tmp_path_factory.mktemp("hostile") / 'a"><img src=x onerror=pwned()>' / "dpdk_telemetry.v2",
                     groups=[group(n, packets=n) for n in range(len(PAYLOADS))],
                     members=[member(letter) for letter in letters], lacks=())
    hub.reasons = [{"reason": f"reason_{letter}", "degrades": 1, "count": 1, "text": f"text {letter}"}
                   for letter in letters]
    hub.peers_of = [peer(letter) for letter in letters]
    hub.refused_of = [{**refused, "address": f"10.0.0.{n}", "count": n, "last_seen_s": 1, "destination": "239.1.1.1"}
                      for n in range(len(PAYLOADS))]
    hub.streams_of = [{"sender": letter, "group": "239.1.1.1", "source": "10.0.0.12", "entry": "239.0.0.0/8",
                       "samples": 1, "packets": 1, "bytes": 1, "last_seen_s": 1} for letter in letters]
    hub.rates_of = {kind: [{"name": letter, "pps": 9, "bps": 90, "peak_pps": 20} for letter in letters]
                    for kind in ("group", "sender", "member")}
    yield hub
    hub.close()


@pytest.fixture(scope="module", name="monitor")
def fixture_monitor(bed, hostile, tmp_path_factory):
    with Monitor(tmp_path_factory.mktemp("monitor"), "--socket", bed.socket, "--socket", hostile.path) as monitor:
        yield monitor


@pytest.fixture(scope="module", name="chromium")
def fixture_chromium(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(name="browser")
def fixture_browser(chromium, request):
    """As new; what a test finds wrong with the page is that test's."""
    chromium.start_afresh()
    yield chromium
    chromium.screenshot(request.node.name.removeprefix("test_")[:60])
    chromium.collect()
    chromium.check()


@pytest.fixture(name="page")
def fixture_page(browser, bed, monitor):
    if bed.hub.process.poll() is not None:
        bed.start()
    return LivePage(browser, monitor.url, bed.name).open()


def test_a_stream_that_starts_and_stops_is_followed(page, bed):
    """In the tables of groups, members and streams, and in the numbers above."""
    page.await_cell("groups-table", GROUP, "packets", lambda text: number(text) == 0)
    with bed.streaming():
        page.await_cell("groups-table", GROUP, "packets", above(10))
        page.await_cell("members-table", "alpha", "sends", above(10))
        page.await_cell("members-table", "beta", "is sent", above(10))
        page.await_cell("streams-table", "alpha", "sends to", lambda text: text == GROUP)
        assert number(page.row("members-table", "gamma")["is sent"]) == 0
        page.browser.screenshot("stream")
    page.await_cell("groups-table", GROUP, "packets", lambda text: number(text) == 0)
    page.await_cell("members-table", "beta", "is sent", lambda text: number(text) == 0)


def test_a_choice_shows_its_details_and_is_in_the_address(page):
    """Of a member and of a group, by a click on their names and by a link; and back."""
    page.choose("members-table", "alpha")
    page.browser.await_text("#details h2", "^alpha$")
    assert page.browser.run("location.hash") == f"#hub={page.hub}&member=alpha"
    page.browser.await_text("#details", r"10\.0\.0\.11")
    page.browser.await_text("#details", rf"{GROUP}[\s\S]*{OTHER}")
    page.browser.driver.back()
    page.browser.await_text("#details h2", f"^{page.hub}$")
    page.open(group=GROUP)
    page.browser.await_text("#details h2", f"^{GROUP}$")
    page.browser.await_text("#details", r"alpha[\s\S]*beta")
    assert "gamma" not in page.browser.text("#details")
    page.choose("groups-table", IPV6_GROUP)
    page.browser.await_text("#details h2", f"^{IPV6_GROUP}$")
    page.browser.await_text("#details", r"beta")


def test_search_finds_names_addresses_and_groups(page):
    for words, found in (("gam", "gamma"), ("0.0.12", "beta"), ("239.1.1.2", OTHER), ("ff05::", IPV6_GROUP)):
        page.fill("search", words)
        page.browser.await_text("#search-results", f"^{found}")
        page.browser.find("#search-results [role=option]").click()
        page.browser.await_text("#details h2", f"^{found}$")
    page.fill("search", "nobody")
    page.browser.await_text("#search-results", "nothing")


def test_the_explain_box_says_why_and_what_to_try_next(page, bed):
    """Why beta gets it; that gamma is no receiver; that nothing comes; that a sender is unknown."""
    def ask(sender, asked, receiver):
        for field, text in (("sender", sender), ("group", asked), ("receiver", receiver)):
            page.fill(f"explain-{field}", text)
        page.browser.find("#explain button").click()

    with bed.streaming():
        page.await_cell("streams-table", "alpha", "packets, about", above(10))
        ask("alpha", GROUP, "gamma")
        page.browser.await_text("#explain-answer", r"gamma is not among them")
        page.browser.await_text("#explain-answer", r"joined|mcdpdk-client|groups")
        ask("alpha", GROUP, "beta")
        page.browser.await_text("#explain-answer", r"sends beta a copy of what alpha sends")
        page.browser.screenshot("explain")
    ask("alpha", IPV6_GROUP, "gamma")
    page.browser.await_text("#explain-answer", r"gamma is not among them")
    ask("10.0.0.99", GROUP, "beta")
    page.browser.await_text("#explain-answer", r"source_denied[\s\S]*(Declare|admit)")
    page.browser.expect("explain.*404")
    ask("nobody", GROUP, "beta")
    page.browser.await_text("#explain-answer", "no such member: nobody")


def test_a_reload_is_shown(page, bed):
    """A new generation, an event, and a member more. After the next reload that one is gone."""
    before = bed.hub.telemetry.ask("/mcdpdk/info")["generation"]
    delta = {"name": "delta", "address": "10.0.0.14", "role": "sender"}
    bed.hub.reload_and_wait(CONFIG | {"members": [*CONFIG["members"], delta]})
    page.browser.await_text("#events li[data-kind=reload]", f"generation {before + 1}")
    page.browser.await_text("#numbers", rf"nº\s+{before + 1}")
    await_condition(lambda: page.row("members-table", "delta"), "a new member")
    page.browser.await_text("#events", "delta is a member now")
    # Nobody has that address.
    page.browser.await_text("#verdict", "does not answer ARP: delta")
    page.await_cell("members-table", "delta", "state", lambda text: "cannot be reached" in text)
    page.browser.screenshot("unresolved")
    bed.hub.reload_and_wait(CONFIG)
    await_condition(lambda: not page.row("members-table", "delta"), "a member less")
    page.browser.await_text("#events", "delta is no longer a member")
    page.browser.await_text("#verdict", "all well")


def test_a_hub_that_is_killed_is_down_until_it_is_back(page, bed):
    """With the reason, and without its rates. The new process's counters are no rate."""
    while bed.hub.stats()["copies"] < BEFORE:
        bed.send(300)
        bed.hub.settled()
    page.await_cell("groups-table", GROUP, "packets in all", lambda text: (number(text) or 0) >= 1000)
    page.await_cell("groups-table", GROUP, "packets", lambda text: number(text) == 0)
    page.browser.await_text("#numbers", r"received\s+0 pps\s+copies\s+0 pps")
    page.browser.run("""(window.seen = [], new MutationObserver(() => window.seen.push(
        document.querySelector("#numbers").innerText, document.querySelector("#groups-table").innerText))
        .observe(document.body, { subtree: true, childList: true, characterData: true }), true)""")
    # What is asked of it then.
    page.browser.expect("503")
    bed.hub.process.kill()
    bed.hub.process.wait()
    page.await_state("down")
    page.browser.await_text("#verdict", "is down since [^:]*:.*no hub is running|went away")
    page.browser.await_text("#hubs", "✕")
    page.browser.await_text("#events li[data-kind=down]", "down")
    page.browser.screenshot("down")
    bed.start()
    with bed.streaming():
        page.await_state("well")
        page.browser.await_text("#verdict", "all well")
        page.browser.await_text("#events li[data-kind=restart]", "was restarted")
        page.await_cell("members-table", "beta", "is sent", above(10))
    seen = page.browser.run("window.seen")
    rates = [number(cell) for text in seen for line in text.splitlines() for cell in line.split("\t") if "pps" in cell]
    assert rates and max(rate for rate in rates if rate is not None) < MOST_A_S


@pytest.mark.slow
def test_a_member_that_dies_is_shown(page, bed):
    """The hub finds that gamma's neighbour entry can no longer be refreshed, after a minute."""
    with bed.streaming():
        bed.cloud.switch.ip("link", "set", "gamma", "down")
        page.browser.await_true("/gamma cannot be reached/.test(document.querySelector('#events').innerText)",
                                deadline_s=120)
        page.await_cell("members-table", "gamma", "state", lambda text: "cannot be reached" in text)
        page.browser.await_text("#verdict", "does not answer ARP: gamma")
        page.browser.screenshot("dead_member")
        bed.cloud.switch.ip("link", "set", "gamma", "up")
        page.browser.await_text("#events", "gamma can be reached")
    page.browser.await_text("#verdict", "all well")


def test_the_keyboard_is_enough(page):
    """Search, the picture, the form and the theme, without a mouse; and each control is reached and seen to be."""
    page.browser.run("document.activeElement.blur()")
    page.press("/", "a", "m")
    page.browser.await_text("#search-results", "gamma")
    page.press(Keys.ENTER)
    page.browser.await_text("#details h2", "^gamma$")
    page.browser.run("document.querySelector('#explain-sender').focus()")
    page.press("alpha", Keys.TAB, GROUP, Keys.TAB, "gamma", Keys.ENTER)
    page.browser.await_text("#explain-answer", r"gamma is not among them")
    before = page.browser.run("document.documentElement.dataset.theme")
    page.browser.run("document.querySelector('#theme').focus()")
    page.press(Keys.ENTER)
    page.browser.await_true("document.documentElement.dataset.theme !== arguments[0]", before)
    page.browser.run("document.querySelector('#picture canvas').focus()")
    page.select()
    while not page.browser.text("#picture [aria-live]").startswith("alpha"):
        page.press(Keys.ARROW_DOWN)
    page.press(Keys.ENTER)
    page.browser.await_text("#details h2", "^alpha$")
    assert page.unreachable() == []


def test_names_from_the_network_are_text(browser, monitor, hostile):
    """Every word of a hub, in the tables, the details, the events, the forms: nothing becomes an element or runs."""
    name = 'a"><img src=x onerror=pwned()>'
    browser.expect(*HOSTILE_ERRORS)
    page = LivePage(browser, monitor.url, name).open()
    wanted = [hostile.poison(row["name"]) for row in hostile.members]
    seen = await_condition(lambda: {row["member"] for row in page.table("members-table")}, "its members")
    as_text = {" ".join(text.split()) for text in wanted}
    assert {" ".join(text.split()) for text in seen} == as_text
    # Each state is hostile as well.
    assert [len(page.table(table)) for table in ("peers-table", "ports-table")] == [26, 1]
    selections = [{"member": wanted[n]} for n in range(len(PAYLOADS))]
    selections += [{"group": hostile.poison(row["group"])} for row in hostile.groups[:3]]
    selections += [{"port": hostile.poison("net0")}, {"member": PAYLOADS[0]}, {"group": PAYLOADS[1]},
                   {"member": "__proto__"}]
    hostile.generation += 1
    for selection in selections:
        page.select(**selection)
        browser.await_true("document.querySelector('#details').querySelector('.facts, .notice') !== null")
        assert browser.run("document.querySelectorAll(arguments[0]).length", STRANGE_ELEMENTS) == 0
    browser.await_text("#events", "reload")
    for field, text in zip(("search", "explain-sender", "explain-receiver"), PAYLOADS):
        page.fill(field, text)
    page.fill("explain-group", "239.1.1.1")
    page.browser.find("#explain button").click()
    page.browser.await_text("#explain-answer", r"\S")
    assert browser.run("document.querySelectorAll(arguments[0]).length", STRANGE_ELEMENTS) == 0
    assert browser.run("typeof window.pwned") == "undefined"
    # A name that is written from right to left turns none but itself around.
    assert browser.run("""[...document.querySelectorAll("a.name, #details h2, #hubs a")]
        .filter((e) => !/isolate|plaintext/.test(getComputedStyle(e).unicodeBidi)).map((e) => e.textContent)""") == []


def test_all_hubs_are_seen_together(browser, bed, monitor):
    page = LivePage(browser, monitor.url).open()
    browser.await_text("#verdict", bed.name)
    assert len(browser.find_all("#hubs a")) == 3
    assert [barrier for barrier in page.barriers() if "complementary" not in barrier] == []
    browser.find("#verdict a").click()
    browser.await_true("document.querySelector('#members-table tbody a') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_can_be_read(page, bed, scheme, size):
    """Of the hub and of each kind of thing: contrast, names for a screen reader, and no scrolling sideways."""
    page.browser.prefer(scheme)
    page.browser.resize(*size)
    with bed.streaming():
        page.await_cell("groups-table", GROUP, "packets", above(10))
        for selection in ({}, {"member": "alpha"}, {"group": GROUP}):
            page.select(**selection)
            # With what is asked of it alone.
            page.browser.await_true("document.querySelector('#details .facts') !== null")
            page.browser.screenshot(f"{scheme}_{size[0]}_{'_'.join(selection) or 'hub'}")
            assert (page.overflow(), page.faint(), page.barriers()) == ([], [], [])


def test_the_picture_keeps_its_size_on_a_fine_screen(page):
    """Its bitmap has more pixels than the page gives it room, and makes no room for them."""
    canvas = "document.querySelector('#picture canvas')"
    height = page.browser.run(f"{canvas}.clientHeight")
    page.browser.resize(*WIDE, pixels=2)
    page.browser.await_true(f"{canvas}.height >= 2 * arguments[0]", height)
    for _ in range(3):
        page.await_poll()
    assert page.browser.run(f"[{canvas}.clientHeight, {canvas}.height]") == [height, 2 * height]


def test_the_reader_chooses_the_theme(page):
    """Over what the system prefers, and it is kept."""
    background = "getComputedStyle(document.body).backgroundColor"
    page.browser.prefer("light")
    light = page.browser.run(background)
    while (before := page.browser.run("document.documentElement.dataset.theme")) != "dark":
        page.browser.find("#theme").click()
        page.browser.await_true("document.documentElement.dataset.theme !== arguments[0]", before)
    page.browser.await_true(f"{background} !== arguments[0]", light)
    dark = page.browser.run(background)
    page.open()
    assert page.browser.run(background) == dark


def test_a_token_is_asked_for(browser, hostile, tmp_path):
    """A wrong one is refused; the right one opens the page, for this tab, and stands in no address."""
    browser.expect("401", *HOSTILE_ERRORS)
    with Monitor(tmp_path, "--socket", hostile.path, token=TOKEN) as monitor:
        browser.open(f"{monitor.url}/")
        browser.await_true("document.activeElement.id === 'token-input'")
        page = LivePage(browser, monitor.url)
        browser.screenshot("token")
        assert page.overflow() == [] and page.faint() == []
        browser.find("#token-input").send_keys("wrong-wrong-wrong-wrong", Keys.ENTER)
        browser.await_text("#token", "another")
        assert "members" not in browser.text()
        browser.find("#token-input").clear()
        browser.find("#token-input").send_keys(TOKEN, Keys.ENTER)
        browser.await_true("document.querySelector('#members-table') !== null")
        browser.driver.refresh()
        browser.await_true("document.querySelector('#members-table') !== null")
        assert TOKEN not in browser.run("location.href + document.cookie + JSON.stringify({ ...localStorage })")
        browser.collect()
        assert not [url for url in browser.requests if TOKEN in url]
        browser.leave()


def test_a_monitor_that_is_gone_is_said(browser, hostile, tmp_path):
    browser.expect("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", *HOSTILE_ERRORS)
    with Monitor(tmp_path, "--socket", hostile.path) as monitor:
        LivePage(browser, monitor.url, 'a"><img src=x onerror=pwned()>').open()
    browser.await_text("[role=alert]", "cannot be reached")
    assert browser.run("document.body.dataset.state") != "well"


@pytest.fixture(scope="module", name="large")
def fixture_large(tmp_path_factory):
    with large_site(tmp_path_factory.mktemp("large"), LARGE_MEMBERS, LARGE_GROUPS, "mtu") as monitor:
        yield monitor


def test_places_and_words_of_the_page():
    """Its pure parts have unit tests of their own, which need no browser."""
    tests = sorted((SCRIPTS / "mcdpdk_monitor/page/test").glob("*.mjs"))
    assert tests
    subprocess.run(["node", "--experimental-default-type=module", "--test", *tests], check=True)


@pytest.fixture(name="ill")
def fixture_ill(browser, tmp_path):
    """A page and its hub, which has all of the faults."""
    hub = LargeHub(tmp_path / "ill/dpdk_telemetry.v2", 10, 20, FAULTS)
    with Monitor(tmp_path, "--socket", hub.path) as monitor:
        yield LivePage(browser, monitor.url, "ill").open(), hub
        browser.leave()
    hub.close()


def test_each_of_five_faults_is_named_with_what_to_try(ill):
    """A path that takes no large packets, a wrong key, no route, an allowance, a dead port: who or what it is."""
    page, hub = ill
    page.await_state("degraded")
    for words in (f"{hub.victims['mtu']}.*path MTU", f"{hub.victims['key']}.*key 99", f"{hub.victims['route']}",
                  f"{PORTS[0]}.*allowance", f"{PORTS[1]}.*the link is down"):
        page.browser.await_text("#verdict", words)
    assert page.browser.run("[...document.querySelectorAll('#verdict li')].every((one) => one.querySelector('.next'))")
    for fault in ("mtu", "key", "route"):
        page.await_cell("members-table", hub.victims[fault], "state", lambda text: text and "well" not in text)
    page.browser.screenshot("five_faults")


def walk(page, table, column):
    """The names on all pages, by the button for the next one, sorted by name so that none moves meanwhile."""
    section = f"#{table}"
    while page.browser.run("document.querySelector(arguments[0]).querySelector('th').ariaSort", section) != "ascending":
        page.browser.find(f"{section} th button").click()
        page.await_poll()
    names = []
    while True:
        rows = await_condition(lambda: [row[column] for row in page.table(f"{table}-table")], "a page of rows")
        assert len(rows) <= ROWS
        names += rows
        following = f"[...document.querySelectorAll('{section} button')].find((one) => one.textContent === 'next')"
        if page.browser.run(f"{following}.disabled"):
            return names
        page.browser.run(f"({following}.click(), true)")
        page.browser.await_true(f"document.querySelector('{section} tbody th')?.innerText !== arguments[0]", rows[0])


def test_a_large_hub_is_seen_whole(browser, large):
    """1,000 members and 10,000 groups: each row is reached, the picture is drawn, the faulty member is named."""
    browser.prefer("light", motion="no-preference")
    page = LivePage(browser, large.url, "large").open()
    browser.await_text("#numbers", r"1,000[\s\S]*10 ?k")
    browser.await_text("#verdict", r"path MTU[^\n]*1,?280")
    times = page.frame_times(FRAMES)
    assert len(times["picture"]) >= FRAMES and len(times["page"]) >= FRAMES
    print(frames.report("1,000 members", **times))
    browser.screenshot("large", is_whole=False)
    browser.prefer("light")
    assert len(set(walk(page, "members", "member"))) == LARGE_MEMBERS


@pytest.mark.slow
def test_each_group_of_a_large_hub_is_reached(browser, large):
    page = LivePage(browser, large.url, "large").open()
    assert len(set(walk(page, "groups", "group"))) == LARGE_GROUPS
