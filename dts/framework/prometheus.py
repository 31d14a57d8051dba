# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-monitor and Debian's Prometheus, each as a process of this machine."""

import json
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import yaml

from node import die_with_parent, stop_process
from paths import SCRIPTS, SOURCE
from waiting import await_condition

SCRAPE_S = 1
SAMPLES = SOURCE / "config/prometheus"


def fetch(url, token=None, method="GET", **headers):
    """Status, headers and text."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


class Service:
    """Ends with the test, however that ends."""

    def __init__(self, command, log):
        self.log = log
        with open(log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=subprocess.STDOUT,
                                            preexec_fn=die_with_parent)

    def text(self):
        return self.log.read_text(encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop_process(self.process)


class Monitor(Service):
    def __init__(self, folder, *arguments, token=None, prefix=(), scripts=SCRIPTS):
        self.token = token
        if token:
            path = folder / "token"
            path.write_text(token)
            path.chmod(0o600)
            arguments = (*arguments, "--token-file", path)
        super().__init__([*prefix, scripts / "mcdpdk-monitor", "--listen", "127.0.0.1:0", *arguments],
                         folder / "monitor.log")
        self.url = await_condition(self._find_url, f"a URL in {self.text()}")

    def _find_url(self):
        found = re.search(r"serves (http://\S+)/", self.text())
        assert found or self.process.poll() is None, self.text()
        return found and found[1]

    def get(self, path):
        status, _, text = fetch(self.url + path, self.token)
        assert status == 200, text
        return json.loads(text)

    def metrics(self, accept="text/plain"):
        status, headers, text = fetch(f"{self.url}/metrics", self.token, Accept=accept)
        assert status == 200, text
        return headers["Content-Type"], text

    def hub(self, name):
        return self.get(f"/api/hub/{urllib.parse.quote(name, safe='')}")

    def events(self, name):
        return self.get(f"/api/hub/{urllib.parse.quote(name, safe='')}/events")["events"]


class Prometheus(Service):
    """Scrapes a monitor each second, with the configuration and the rules of config/prometheus/."""

    def __init__(self, folder, monitor):
        config = yaml.safe_load((SAMPLES / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"}
        config["rule_files"] = [str(SAMPLES / name) for name in config["rule_files"]]
        (job,) = config["scrape_configs"]
        job["static_configs"][0]["targets"] = [monitor.url.removeprefix("http://")]
        if monitor.token:
            job["authorization"] = {"credentials": monitor.token}
        path = folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(config))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        super().__init__(["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}",
                          f"--web.listen-address={address}", "--log.level=warn"], folder / "prometheus.log")
        await_condition(self._is_ready, "Prometheus")

    def _is_ready(self):
        assert self.process.poll() is None, self.text()
        try:
            return fetch(f"{self.url}/-/ready")[0] == 200
        except OSError:
            return False

    def ask(self, path, **parameters):
        status, _, text = fetch(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(text)
        assert (status, answer["status"]) == (200, "success"), (parameters, answer)
        return answer["data"]

    def query(self, expression):
        """(labels without the target's, value) of each series."""
        result = self.ask("query", query=expression)["result"]
        return [({name: label for name, label in series["metric"].items() if name not in ("job", "instance")},
                 float(series["value"][1])) for series in result]

    def value(self, expression):
        """Of the only series; None if there is none."""
        found = self.query(expression)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def await_value(self, expression, value):
        await_condition(lambda: self.value(expression) == value,
                        f"{expression} == {value}: {self.query(expression)}, target {self.targets()}")

    def targets(self):
        return [(target["health"], target["lastError"]) for target in self.ask("targets")["activeTargets"]]
