# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The command as it is started."""

import contextlib
import io
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from fake_hub import FakeHub, group
from mcdpdk_monitor.cli import main

COMMAND = Path(__file__).resolve().parents[2] / "mcdpdk-monitor"
TOKEN = "correct-horse-battery-staple"


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def fake(self, name="rte", **options):
        fake = FakeHub(self.folder / name / "dpdk_telemetry.v2", **options)
        self.addCleanup(fake.close)
        return fake

    def run_(self, *words):
        return subprocess.run([sys.executable, COMMAND, *words], capture_output=True, text=True, timeout=60,
                              check=False)

    def write(self, text, mode=0o600):
        path = self.folder / "token"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def start(self, *words):
        process = subprocess.Popen([sys.executable, COMMAND, "--listen", "127.0.0.1:0", *words],
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if found := re.search(r"serves (http://\S+)/", line):
                return process, found[1]
        self.fail(f"it ended with {process.wait()}")


class Needs(Command):
    def test_only_what_its_package_depends_on(self):
        """Not what mcdpdkctl shows tables with."""
        (self.folder / "rich.py").write_text("raise ModuleNotFoundError('not here', name='rich')")
        done = subprocess.run([sys.executable, COMMAND, "--help"], capture_output=True, text=True, timeout=60,
                              check=False, env={"PYTHONPATH": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Once(Command):
    def test_a_line_for_each_hub_and_the_worst_status(self):
        well, ill = self.fake("well", groups=[group(1)]), self.fake("ill")
        ill.reasons = [{"reason": "link_down", "degrades": 1, "count": 1, "text": "net0: no \x1b[31mlink"}]
        done = self.run_("--once", "--socket", well.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^HUB +STATE .*\nwell +well +50 s +0 +1 ")
        done = self.run_("--once", "--socket", well.path, "--socket", ill.path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ill: degraded: net0: no \N{REPLACEMENT CHARACTER}[31mlink\n", done.stdout)
        ill.close()
        done = self.run_("--once", "--socket", well.path, "--socket", ill.path)
        self.assertEqual(done.returncode, 3)
        self.assertIn("nobody listens", done.stderr)

    def test_json_is_the_api(self):
        fake = self.fake()
        done = self.run_("--once", "--json", "--socket", fake.path)
        (hub,) = json.loads(done.stdout)["hubs"]
        self.assertEqual((hub["name"], hub["info"]["pid"], hub["drops"][0]["reason"]), ("rte", 100, "source_denied"))

    def test_a_monitor_elsewhere_that_is_not_there(self):
        done = self.run_("--once", "--hub", "http://127.0.0.1:1", "--socket", self.fake().path)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


class Usage(Command):
    def test_what_is_wrong_is_said(self):
        short = self.write("short")
        for words, complaint in (
                (["--listen", "0.0.0.0:9464"], "others could read it"),
                (["--listen", "[::]:1"], "others could read it"),
                (["--listen", "9464"], "ADDRESS:PORT"), (["--listen", "example.org:1"], "ADDRESS:PORT"),
                (["--listen", "127.0.0.1:65536"], "65535"), (["--json"], "goes with --once"),
                (["--hub", "ftp://x"], "http://HOST"), (["--hub", "http://u:p@x"], "--token-file"),
                (["--token-file", "/none"], "/none: No such file"), (["--token-file", short], "16 characters"),
                (["--top", "0"], "at least 1")):
            self.assertEqual((self.refused(*words), complaint in self.said), (2, True), (words, self.said))
        self.assertEqual(self.refused("--token-file", self.write(TOKEN, 0o644)), 2)
        self.assertIn("every user may read it", self.said)

    def refused(self, *words):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                status = main(words)
            except SystemExit as end:
                status = end.code
        self.said = said.getvalue()
        return status

    def test_an_address_that_is_taken_is_one_line(self):
        _, url = self.start("--socket", self.fake().path)
        done = self.run_("--listen", url.removeprefix("http://"), "--socket", str(self.folder / "none"))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"mcdpdk-monitor: cannot listen on {url.removeprefix('http://')}: "
                                      "Address already in use\n")


class Serving(Command):
    def test_it_serves_until_it_is_told_to_end(self):
        fake = self.fake()
        for number in (signal.SIGTERM, signal.SIGINT):
            process, url = self.start("--socket", fake.path)
            with urllib.request.urlopen(f"{url}/api/hubs", timeout=10) as answer:
                self.assertEqual(json.load(answer)["hubs"][0]["name"], "rte")
            process.send_signal(number)
            self.assertEqual((process.wait(10), process.stderr.read()), (0, ""))

    def test_it_ends_although_a_hub_hangs(self):
        fake = self.fake()
        process, _ = self.start("--socket", fake.path)
        fake.answering.clear()
        while not fake.waiting:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        # Less than it would wait for the hub.
        self.assertEqual(process.wait(4), 0)

    def test_it_goes_on_when_readers_hang_up(self):
        """In the middle of an answer, as a browser does whose tab is closed; at which moment, chance says."""
        process, url = self.start("--socket", self.fake().path)
        for n in range(400):
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10) as reader:
                reader.sendall(b"GET /api/hubs HTTP/1.1\r\nHost: localhost\r\n\r\n")
                time.sleep(n % 80 / 40000)
        with urllib.request.urlopen(f"{url}/api/hubs", timeout=10) as answer:
            self.assertEqual(answer.status, 200)
        self.assertIsNone(process.poll())

    def test_the_token_file_guards_it(self):
        _, url = self.start("--socket", self.fake().path, "--token-file", self.write(TOKEN + "\n"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/metrics", timeout=10)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()
