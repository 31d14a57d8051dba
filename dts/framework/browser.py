# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Debian's chromium without a screen, which reaches nothing but this machine's loopback, driven through selenium."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from selenium.webdriver import ChromeOptions, Remote
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.common.by import By

from node import die_with_parent
from paths import BUILD
from waiting import DEADLINE_S, await_condition

REPORTS = BUILD / "reports/page"
DRIVER, CHROMIUM = "/usr/bin/chromedriver", "/usr/bin/chromium"
WIDE, PHONE = (1280, 900), (360, 740)
ARGUMENTS = [
    "--headless=new",
    # All is root's, in namespaces of a test.
    "--no-sandbox",
    "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run",
    "--no-default-browser-check",
    # Nobody is asked for news, and no name resolves.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--metrics-recording-only",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
    # A page that nobody sees runs as one that is seen.
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling", "--lang=en-US",
]


class Browser:
    """One tab. Its end fails if the page logged an error, broke its CSP, or asked anybody but the origins that were
    opened. All processes are in one PID namespace, which goes with the test, however that ends.
    """

    def __init__(self, folder):
        self.folder, self.log = Path(folder) / "browser", Path(folder) / "chromedriver.log"
        self.requests, self.problems, self.expected, self.origins = [], [], [], set()
        self.folder.mkdir(parents=True)
        self.process = self.driver = None
        try:
            self._start()
        except BaseException:
            self._stop()
            raise

    def _start(self):
        environment = {**os.environ, "HOME": str(self.folder), "TMPDIR": str(self.folder), "TZ": "UTC"}
        with open(self.log, "w", encoding="utf-8") as log:
            # unshare ignores SIGTERM.
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", DRIVER, "--port=0"], stdout=log,
                stderr=log, env=environment, preexec_fn=lambda: die_with_parent(signal.SIGKILL))
        port = await_condition(self._find_port, "chromedriver's port")
        options = ChromeOptions()
        options.binary_location = CHROMIUM
        own = (f"--user-data-dir={self.folder / 'profile'}", f"--window-size={WIDE[0]},{WIDE[1]}")
        for argument in (*ARGUMENTS, *own):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # An alert of the page is a failure, not something to be clicked away.
        options.set_capability("unhandledPromptBehavior", "ignore")
        connection = ChromiumRemoteConnection(f"http://127.0.0.1:{port}", "goog", "chrome", ignore_proxy=True)
        self.driver = Remote(connection, options=options)
        # What the page of a new tab loads of the browser's own is not the test's.
        self.start_afresh()

    def _find_port(self):
        text = self.log.read_text(encoding="utf-8")
        assert self.process.poll() is None, text
        found = re.search(r"started successfully on port (\d+)", text)
        return found and int(found[1])

    def _stop(self):
        if self.process and self.process.poll() is None:
            # The first process of the namespace takes all others along.
            pid = self.process.pid
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
                os.kill(int(child), signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            self.collect()
        finally:
            self._stop()
        if kind is None:
            self.check()

    # What it is shown

    def open(self, url):
        parts = urlsplit(url)
        self.origins.add(f"{parts.scheme}://{parts.netloc}")
        self.driver.get(url)

    def leave(self):
        """The page; it asks nothing any more."""
        self.open("about:blank")

    def start_afresh(self):
        """A new tab, and nothing kept of what was opened before."""
        for origin in self.origins:
            if origin.startswith("http"):
                self.cdp("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        old = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        self.driver.switch_to.window(old)
        self.driver.close()
        self.driver.switch_to.window(new)
        self.resize(*WIDE)
        self.prefer("light")
        self.collect()
        self.requests, self.problems, self.expected, self.origins = [], [], [], set()

    def cdp(self, command, **parameters):
        """A command of Chrome's DevTools protocol."""
        return self.driver.execute("executeCdpCommand", {"cmd": command, "params": parameters})["value"]

    def resize(self, width, height, pixels=1):
        """`pixels` of the screen for each of the page."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, screenWidth=width,
                 screenHeight=height, deviceScaleFactor=pixels, mobile=width < WIDE[0] // 2)

    def prefer(self, scheme, motion="reduce"):
        """As the reader's system says: light or dark; without motion, a click need not wait until all stands still."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                         {"name": "prefers-reduced-motion", "value": motion}])

    def screenshot(self, name, is_whole=True):
        """Into build/reports/page/, of the whole page or of the window."""
        options = {"format": "png"}
        if is_whole:
            size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
            options |= {"captureBeyondViewport": True, "clip": {
                "x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 8000), "scale": 1}}
        REPORTS.mkdir(parents=True, exist_ok=True)
        path = REPORTS / f"{name}.png"
        path.write_bytes(base64.b64decode(self.cdp("Page.captureScreenshot", **options)["data"]))
        return path

    # What it shows

    def run(self, script, *arguments):
        """The value of an expression of JavaScript; arguments are `arguments`."""
        return self.driver.execute_script(f"return ({script})", *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        """As it is seen; empty if there is nothing."""
        return self.run("document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def wait(self, condition, describe, deadline_s=DEADLINE_S):
        """What it shows at the end is part of the failure."""
        try:
            return await_condition(condition, "", deadline_s)
        except TimeoutError as error:
            raise AssertionError(f"{error}{describe()}") from None

    def await_true(self, script, *arguments, deadline_s=DEADLINE_S):
        return self.wait(lambda: self.run(script, *arguments), lambda: f"{script} {arguments} in {self.text()}",
                         deadline_s)

    def await_text(self, selector, words, deadline_s=DEADLINE_S):
        """Until it is seen, as a regular expression."""
        self.wait(lambda: re.search(words, self.text(selector)),
                  lambda: f"{words!r} in {selector}: {self.text(selector)!r}", deadline_s)

    # What it did

    def expect(self, *patterns):
        """Errors in the console that the test causes."""
        self.expected += [re.compile(pattern) for pattern in patterns]

    def collect(self):
        """Read the logs, which chromedriver keeps until they are read."""
        if self.driver is None:
            return
        for entry in self.driver.get_log("browser"):
            if entry["level"] == "SEVERE" or "Content Security Policy" in entry["message"]:
                self.problems.append(entry["message"])
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])

    def check(self):
        """Of all that was collected, once."""
        problems = {text for text in self.problems if not any(pattern.search(text) for pattern in self.expected)}
        own = ("about:", "data:", "blob:", *(f"{origin}/" for origin in self.origins))
        foreign = {url for url in self.requests if not url.startswith(own)}
        self.requests, self.problems = [], []
        assert not problems, problems
        assert not foreign, foreign
