# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Filters of PF_PACKET sockets: instructions of classic BPF."""

import ctypes
import socket
import struct

LOAD, LOAD_HALF, LOAD_BYTE, EQUALS, RETURN = 0x20, 0x28, 0x30, 0x15, 0x06
# Offsets from the link layer's and the network layer's header.
SKF_LL_OFF, SKF_NET_OFF = 0xffe00000, 0xfff00000
SO_ATTACH_FILTER = 26


def compare(offset, octets, then):
    """Instructions that do `then`, an instruction, if these octets, whole words, are at the offset; else they end."""
    words = struct.unpack(f"!{len(octets) // 4}I", octets)
    last = 2 * len(words)
    return [one for n, word in enumerate(words)
            for one in ((LOAD, 0, 0, offset + 4 * n), (EQUALS, 0, last - 2 * n - 1, word))] + [then]


def attach(opened, program):
    """program: (code, how far to jump if true, if false, value) of each instruction."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    opened.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                      struct.pack("HP", len(program), ctypes.addressof(code)))
