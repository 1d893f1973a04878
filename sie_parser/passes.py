"""Whole blocks in one pass, compiled by numba: what #KSUMMA counts of them, and their bytes above 127.

Vouchers and columns do not belong here (`kernel.py`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sie_parser.kernel import BACKSLASH, BLANK, CLOSE, CR, LF, OPEN, QUOTE, TAB

_HIGH = np.uint64(0x8080808080808080)

_compile = njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")


@_compile
def checksummed(data, start, end, out):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Copy what #KSUMMA counts of recognised vouchers to `out`; returns how many bytes.

    Separators, line ends, enclosing quotes, escaping backslashes and braces of lists and blocks are left out.
    """
    size = 0
    at = start
    while at < end:
        byte = data[at]
        if byte == QUOTE:
            at += 1
            while data[at] != QUOTE:
                if data[at] == BACKSLASH and data[at + 1] == QUOTE:
                    at += 1
                out[size] = data[at]
                size += 1
                at += 1
        elif byte not in (OPEN, CLOSE, BLANK, TAB, LF, CR):
            out[size] = byte
            size += 1
        at += 1
    return size


@_compile
def count_high(words, data, counts):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Add to `counts` how often each byte above 127 occurs; `words` is `data` eight bytes at a time."""
    for word in range(len(words)):
        if words[word] & _HIGH:
            for i in range(word * 8, word * 8 + 8):
                counts[data[i]] += 1
    for i in range(len(words) * 8, len(data)):
        counts[data[i]] += 1
