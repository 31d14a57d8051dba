# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Awaiting an answer that takes long, from a hub that lives and from one that was stopped."""

import contextlib
import functools
import itertools
import json
import os
import socket
import tempfile
import threading
import types
import unittest
from unittest import mock

from mcdpdk_tools import telemetry

GREETING = json.dumps({"version": "DPDK 22.11.11", "pid": 1, "max_output_len": 16384}).encode()


@contextlib.contextmanager
def hub(answer_reload, answers_others):
    """A socket whose first client is answered by answer_reload(client), and the others at once, or not at all."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        path = os.path.join(folder, "socket")
        listener.bind(path)
        listener.listen()

        def serve():
            client, _ = listener.accept()
            with client, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.send(GREETING)
                client.recv(1024)
                # Until the last one, which says nothing.
                while answers_others:
                    other, _ = listener.accept()
                    with other:
                        other.send(GREETING)
                        command = other.recv(1024).decode()
                        if not command:
                            break
                        other.send(json.dumps({command: answers_others}).encode())
                        if answer_reload(client):
                            break
                else:
                    client.recv(1024)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as last:
            last.connect(path)
        thread.join()


class Length(unittest.TestCase):
    def ask(self, path, silence_s=60, limit_s=60):
        with (mock.patch.multiple(telemetry, PROBE_S=0.01, SILENCE_S=silence_s), telemetry.Hub(path) as asked):
            return asked.ask_at_length("reload", limit_s)

    def test_it_waits_while_others_are_answered(self):
        """Also by a hub that says that it is busy. The answer comes after three of them, 20 s apart."""
        for other in ({"pid": 1}, {"error": "the control lcore is busy, try again"}):
            answered = []

            def answer_reload(client, answered=answered):
                answered.append(1)
                return len(answered) == 3 and client.send(json.dumps({"/mcdpdk/reload": {"status": "ok"}}).encode())

            clock = types.SimpleNamespace(monotonic=functools.partial(next, itertools.count(0, 20)))
            with hub(answer_reload, other) as path, mock.patch.object(telemetry, "time", clock):
                self.assertEqual(self.ask(path, silence_s=30, limit_s=600), {"status": "ok"})
            self.assertEqual(len(answered), 3)

    def test_it_gives_up_a_hub_that_is_silent_to_all(self):
        with hub(None, None) as path, self.assertRaisesRegex(telemetry.NoHub, "the reload may still be going on"):
            self.ask(path, silence_s=0.05)

    def test_it_notices_the_end_of_the_hub(self):
        with hub(lambda client: True, {"pid": 1}) as path, self.assertRaisesRegex(telemetry.NoHub, "it ended"):
            self.ask(path)

    def test_there_is_a_limit(self):
        with hub(lambda client: False, {"pid": 1}) as path, self.assertRaisesRegex(telemetry.NoHub, "may still"):
            self.ask(path, limit_s=0)


if __name__ == "__main__":
    unittest.main()
