# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Measure the script of mcdpdk-monitor's live page in each frame, in Debian's chromium without a screen.

The hub is dts/framework/large_hub.py: it answers as one with so many members and groups. "page" is all script by the
browser's trace, in CPU time of the page's thread; frames without any are among them. "picture" is what drawing took by
the picture's own clock, which other load on the machine makes longer.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "dts/framework")]
sys.dont_write_bytecode = True

from selenium.webdriver.common.keys import Keys  # noqa: E402

import frames  # noqa: E402
from browser import PHONE, WIDE, Browser  # noqa: E402
from live_page import LivePage, large_site  # noqa: E402


A_CHOICE_S = 0.5


def watch(page):
    return lambda: None


def follow_a_group(page):
    page.open(group="239.1.0.1")
    return lambda: None


def zoom(page):
    """In and out again, all the time."""
    page.browser.run("document.querySelector('#picture canvas').focus()")
    return lambda: page.press(*"++++----")


def walk(page):
    """From member to member by the arrow keys, as fast as they are taken."""
    page.browser.run("document.querySelector('#picture canvas').focus()")
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    return lambda: page.press(Keys.ARROW_RIGHT)


def choose(page):
    """One member after the other, as fast as a reader might."""
    step = walk(page)

    def meanwhile():
        step()
        page.press(Keys.ENTER)
        time.sleep(A_CHOICE_S)

    return meanwhile


CASES = {"watched": watch, "a group chosen": follow_a_group, "zoomed": zoom, "walked through": walk,
         "members chosen": choose}


def measure(browser, monitor, members, count):
    for size, where in ((WIDE, "wide"), (PHONE, "phone")):
        for case, begin in CASES.items():
            browser.start_afresh()
            browser.resize(*size)
            browser.prefer("light", motion="no-preference")
            page = LivePage(browser, monitor.url, "large").open()
            meanwhile = begin(page)
            name = f"{members:,} members, {where}, {case}"
            print_rows(name, frames.report(name, **page.frame_times(count, meanwhile)))


def print_rows(name, found):
    for kind in ("picture", "page"):
        times = found[kind]
        verdict = "" if times["median_ms"] < frames.AIMS_MS[0] and times["p95_ms"] < frames.AIMS_MS[1] else "  above"
        print(f"{name:<42} {kind:<8} {times['frames']:>6} {times['median_ms']:>9.2f} {times['p95_ms']:>9.2f} "
              f"{times['max_ms']:>9.2f}{verdict}", flush=True)
        name = ""


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench page", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--groups", type=int, help="ten for each member")
    parser.add_argument("--frames", type=int, default=300, help="of each case (%(default)s)")
    args = parser.parse_args()
    print(f"{'milliseconds of script a frame':<51} frames    median       p95       max")
    print(f"{'aims':<58} {frames.AIMS_MS[0]:>9.2f} {frames.AIMS_MS[1]:>9.2f}")
    for members in args.members:
        with tempfile.TemporaryDirectory(prefix="mcr-page-") as folder:
            with large_site(Path(folder), members, args.groups or 10 * members) as monitor, Browser(folder) as browser:
                measure(browser, monitor, members, args.frames)
    print(f"also in {frames.REPORTS.relative_to(ROOT)}/frames.json")


if __name__ == "__main__":
    main()
