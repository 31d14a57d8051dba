# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Send the frames of a file at a steady rate: all of them once, or again and again until standard input closes.

The file has each frame behind its length, two bytes. At its end the program prints how many frames it sent. A sender
that was preempted does not catch up in a burst.
"""

import argparse
import itertools
import select
import socket
import struct
import sys
import time
from pathlib import Path

TICK_S = 0.001
LARGEST_BURST = 32
POLLED_EACH = 32    # frames
STAMP = struct.Struct("!Q")


def read_frames(path):
    data, place = path.read_bytes(), 0
    while place < len(data):
        (length,) = struct.unpack_from("!H", data, place)
        yield data[place + 2:place + 2 + length]
        place += 2 + length


def send_at_rate(wire, frames, rate, is_over):
    sent, owed, last = 0, 0.0, time.monotonic()
    while owed < 1 and not is_over():
        now = time.monotonic()
        owed = min(owed + (now - last) * rate, LARGEST_BURST)
        last = now
        for frame in itertools.islice(frames, int(owed)):
            wire.send(frame)
            sent += 1
            owed -= 1
    return sent


def stamped(frame):
    return frame[:-STAMP.size] + STAMP.pack(time.time_ns())


def send_evenly(wire, frames, rate, is_over):
    """Each by itself at its time, which keeps a core busy, and with that time in its last eight bytes."""
    sent, due = 0, time.monotonic()
    for frame in frames:
        while time.monotonic() < due:
            pass
        wire.send(stamped(frame))
        sent += 1
        due = max(due + 1 / rate, time.monotonic() - TICK_S)
        if sent % POLLED_EACH == 0 and is_over():
            break
    return sent


def is_closed_now():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def is_closed():
    return bool(select.select([sys.stdin], [], [], TICK_S)[0])


def never():
    time.sleep(TICK_S)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="eth0")
    parser.add_argument("--rate", type=float, required=True, help="frames a second")
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--evenly", action="store_true",
                        help="with --repeat: one at a time, with the time in nanoseconds in its last eight bytes")
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((arguments.dev, 0))
    frames = list(read_frames(arguments.file))
    print("sending", flush=True)
    if arguments.repeat and arguments.evenly:
        sent = send_evenly(wire, itertools.cycle(frames), arguments.rate, is_closed_now)
    elif arguments.repeat:
        sent = send_at_rate(wire, itertools.cycle(frames), arguments.rate, is_closed)
    else:
        sent = send_at_rate(wire, iter(frames), arguments.rate, never)
    print(sent, flush=True)


if __name__ == "__main__":
    main()
