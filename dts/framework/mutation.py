# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Frames that are nearly right."""

SHORTEST, LONGEST = 14, 1514
MACS_LEN = 12


def mutate(rng, frame):
    """Flip bits, set bytes, truncate, grow or splice. MACs stay, so the switch is not misled."""
    frame = bytearray(frame)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(MACS_LEN, len(frame))
        kind = rng.randrange(4)
        if kind == 0:
            frame[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            frame[at] = rng.choice((0, 1, 0x45, 0x4F, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 2:
            del frame[max(SHORTEST, at):]
        else:
            frame[at:at] = rng.randbytes(rng.randrange(1, 40))
        if len(frame) <= SHORTEST:
            break
    return bytes(frame[:LONGEST])
