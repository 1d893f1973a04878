"""The fast reader's inner loop: voucher blocks in bytes -> columns, in Python that numba compiles.

It reads only what it fully recognises, and gives for it exactly what the exact reader gives; at the first
voucher it does not recognise it stops before it. Recognised is a voucher whose lines are all of these forms,
fields separated by blanks and tabs, quoted or not, blank lines anywhere:

    #VER series number date [text [date [signature]]]      {      }
    #TRANS|#RTRANS|#BTRANS account {objects} amount [date [text [quantity [signature]]]]

with dates and numbers in their plain form, no control characters, no brace in unquoted text, no quote inside
a field other than `\\"`, no field beyond these, and every #RTRANS followed by its #TRANS. Everything else,
every problem included, is the exact reader's: nothing here reports. Without numba the functions are plain
Python with the same results, only slower.

Columns are arrays of the caller (`fast.py`): text as UTF-8 bytes with offsets, amounts as 128-bit integers in
two 64-bit words. Arrow, threads and files do not belong here.
"""

# ruff: noqa: PLR0911, PLR0912  a byte that does not fit returns at once; forms that share exits run a third slower
# ruff: noqa: PLR1714, SIM109  numba compiles `in` to a loop over the tuple, comparisons to a jump

from __future__ import annotations

import numpy as np
from numba import njit

TAB, LF, CR, BLANK, QUOTE, MINUS, POINT, ZERO, NINE = 9, 10, 13, 32, 34, 45, 46, 48, 57
HASH, BACKSLASH, OPEN, CLOSE, DELETE = 35, 92, 123, 125, 127
UNRECOGNISED = -1

# JSON around the texts of an object list: [["1","01"],["6","P1"]]
OPENING, WITHIN_PAIR, NEXT_PAIR, CLOSING = b'[["', b'","', b'"],["', b'"]]'

# text columns: where in `offsets` and `data` they are
SERIES, NUMBER, VOUCHER_TEXT, VOUCHER_SIGNATURE = 0, 1, 2, 3
ACCOUNT, OBJECTS, ROW_TEXT, ROW_SIGNATURE, ROW_KIND = 4, 5, 6, 7, 8
TEXT_COLUMNS = 9

# date columns of vouchers and of rows
VOUCHER_DATE, REGISTRATION_DATE, ROW_DATE = 0, 1, 2
NO_DATE = -(2**31)

# counters
VOUCHERS, ROWS, LINES, AT, ADDED, REMOVED = 0, 1, 2, 3, 4, 5
COUNTERS = 6

_compile = njit(nogil=True, cache=True, boundscheck=False, error_model="numpy", forceinline=True)


@_compile
def _skip(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """First byte that is neither blank nor tab."""
    while data[at] == BLANK or data[at] == TAB:
        at += 1
    return at


@_compile
def _ends_line(byte):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    return byte == LF or byte == CR


@_compile
def _ends_field(byte):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    return byte == BLANK or byte == TAB or byte == LF or byte == CR


@_compile
def _next_line(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Start of the next line when only blanks are left of this one, else UNRECOGNISED."""
    at = _skip(data, at)
    if data[at] == CR:
        at += 1
    return at + 1 if data[at] == LF else UNRECOGNISED


# one field: where it ends or UNRECOGNISED, and what it is


@_compile
def _text(data, at, out, end, widths, letters, in_list):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Copy a text as UTF-8 to `out` from `end`; where the text and the copy end."""
    if data[at] == QUOTE:
        return _quoted(data, at + 1, out, end, widths, letters, in_list)
    start = at
    while True:
        byte = data[at]
        if widths[byte] == 1:
            out[end] = byte
            end += 1
        elif widths[byte] > 1:
            for i in range(widths[byte]):
                out[end] = letters[byte, i]
                end += 1
        elif _ends_field(byte) or (in_list and byte == CLOSE):
            return (at if at > start else UNRECOGNISED), end
        else:
            return UNRECOGNISED, end
        at += 1


@_compile
def _quoted(data, at, out, end, widths, letters, in_list):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """As `_text`, after the opening quote."""
    while True:
        byte = data[at]
        if widths[byte] == 1 or byte == BLANK:
            out[end] = byte
            end += 1
        elif widths[byte] > 1:
            for i in range(widths[byte]):
                out[end] = letters[byte, i]
                end += 1
        elif byte == QUOTE:
            closes = _ends_field(data[at + 1]) or (in_list and data[at + 1] == CLOSE)
            return (at + 1 if closes else UNRECOGNISED), end
        elif byte == OPEN or byte == CLOSE or (not in_list and (byte == BACKSLASH or byte == TAB)):
            if byte == BACKSLASH and data[at + 1] == QUOTE:
                at += 1
            out[end] = data[at]
            end += 1
        else:  # a line end, a control character; in a list, what JSON would have to escape
            return UNRECOGNISED, end
        at += 1


@_compile
def _number(data, at, whole, decimals):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """A number scaled by 10**decimals, with at most `whole` digits before the point.

    Returns (where it ends or UNRECOGNISED, value, whether there is one: `""` is none).
    """
    quoted = data[at] == QUOTE
    if quoted:
        at += 1
        if data[at] == QUOTE:
            return (at + 1, 0, False) if _ends_field(data[at + 1]) else (UNRECOGNISED, 0, False)
    negative = data[at] == MINUS
    if negative:
        at += 1
    value = 0
    start = at
    while ZERO <= data[at] <= NINE:
        value = value * 10 + (data[at] - ZERO)
        at += 1
        if at - start > whole:
            return UNRECOGNISED, 0, False
    if at == start:
        return UNRECOGNISED, 0, False
    missing = decimals
    if data[at] == POINT:
        at += 1
        start = at
        while ZERO <= data[at] <= NINE:
            if missing == 0:
                return UNRECOGNISED, 0, False
            value = value * 10 + (data[at] - ZERO)
            missing -= 1
            at += 1
        if at == start:
            return UNRECOGNISED, 0, False
    for _ in range(missing):
        value *= 10
    if quoted:
        if data[at] != QUOTE:
            return UNRECOGNISED, 0, False
        at += 1
    if not _ends_field(data[at]):
        return UNRECOGNISED, 0, False
    return at, -value if negative else value, True


@_compile
def _date(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """A date as days since 1970-01-01, NO_DATE for `""`; (where it ends or UNRECOGNISED, days)."""
    quoted = data[at] == QUOTE
    if quoted:
        at += 1
        if data[at] == QUOTE:
            return (at + 1, NO_DATE) if _ends_field(data[at + 1]) else (UNRECOGNISED, NO_DATE)
    digits = 0
    for i in range(8):
        digit = data[at + i] - ZERO
        if data[at + i] < ZERO or digit > 9:
            return UNRECOGNISED, NO_DATE
        digits = digits * 10 + digit
    at += 8
    if quoted:
        if data[at] != QUOTE:
            return UNRECOGNISED, NO_DATE
        at += 1
    year, month, day = digits // 10000, digits // 100 % 100, digits % 100
    if not _ends_field(data[at]) or year < 1 or month < 1 or month > 12 or day < 1:
        return UNRECOGNISED, NO_DATE
    if day > _month_length(year, month):
        return UNRECOGNISED, NO_DATE
    return at, _days(year, month, day)


@_compile
def _month_length(year, month):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@_compile
def _days(year, month, day):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Days since 1970-01-01, counted in years that begin in March."""
    y = year - 1 if month <= 2 else year
    shifted = month - 3 if month > 2 else month + 9
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * shifted + 2) // 5 + day - 1 - 719468


@_compile
def _objects(data, at, out, end, widths, letters):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """An object list as JSON `[["1","01"],["6","P1"]]`; nothing when empty."""
    if data[at] != OPEN:
        return UNRECOGNISED, end
    at = _skip(data, at + 1)
    parts = 0
    while data[at] != CLOSE:
        for byte in (OPENING if parts == 0 else NEXT_PAIR) if parts % 2 == 0 else WITHIN_PAIR:
            out[end] = byte
            end += 1
        at, end = _text(data, at, out, end, widths, letters, True)
        if at < 0:
            return UNRECOGNISED, end
        at = _skip(data, at)
        parts += 1
    if parts % 2 or not _ends_field(data[at + 1]):
        return UNRECOGNISED, end
    if parts:
        for byte in CLOSING:
            out[end] = byte
            end += 1
    return at + 1, end


# one line, after its label: where the next line starts, or UNRECOGNISED


@_compile
def _voucher_head(data, at, voucher, offsets, ends, texts, dates, widths, letters):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """#VER: series number date [text [date [signature]]]."""
    for column in (SERIES, NUMBER):
        at, ends[column] = _text(data, _skip(data, at), texts, ends[column], widths, letters, False)
        if at < 0:
            return UNRECOGNISED
    at, day = _date(data, _skip(data, at))
    if at < 0 or day == NO_DATE:
        return UNRECOGNISED
    dates[VOUCHER_DATE, voucher] = day
    dates[REGISTRATION_DATE, voucher] = NO_DATE
    at = _skip(data, at)
    if not _ends_line(data[at]):
        at, ends[VOUCHER_TEXT] = _text(data, at, texts, ends[VOUCHER_TEXT], widths, letters, False)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, dates[REGISTRATION_DATE, voucher] = _date(data, at)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, ends[VOUCHER_SIGNATURE] = _text(data, at, texts, ends[VOUCHER_SIGNATURE], widths, letters, False)
        if at < 0:
            return UNRECOGNISED
    for column in (SERIES, NUMBER, VOUCHER_TEXT, VOUCHER_SIGNATURE):
        offsets[column, voucher + 1] = ends[column]
    return _next_line(data, at)


@_compile
def _row(data, at, row, offsets, ends, texts, dates, amounts, quantities, has_quantity, widths, letters):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """#TRANS and its kin: account {objects} amount [date [text [quantity [signature]]]]."""
    at, ends[ACCOUNT] = _text(data, _skip(data, at), texts, ends[ACCOUNT], widths, letters, False)
    if at < 0 or ends[ACCOUNT] == offsets[ACCOUNT, row]:
        return UNRECOGNISED
    at, ends[OBJECTS] = _objects(data, _skip(data, at), texts, ends[OBJECTS], widths, letters)
    if at < 0:
        return UNRECOGNISED
    at, amount, there = _number(data, _skip(data, at), 15, 2)
    if at < 0 or not there:
        return UNRECOGNISED
    amounts[row, 0] = amount
    amounts[row, 1] = -1 if amount < 0 else 0
    dates[ROW_DATE, row] = NO_DATE
    quantity = 0
    has_quantity[row] = 0
    at = _skip(data, at)
    if not _ends_line(data[at]):
        at, dates[ROW_DATE, row] = _date(data, at)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, ends[ROW_TEXT] = _text(data, at, texts, ends[ROW_TEXT], widths, letters, False)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, quantity, has_quantity[row] = _number(data, at, 12, 6)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, ends[ROW_SIGNATURE] = _text(data, at, texts, ends[ROW_SIGNATURE], widths, letters, False)
        if at < 0:
            return UNRECOGNISED
    quantities[row, 0] = quantity
    quantities[row, 1] = -1 if quantity < 0 else 0
    for column in (ACCOUNT, OBJECTS, ROW_TEXT, ROW_SIGNATURE):
        offsets[column, row + 1] = ends[column]
    return _next_line(data, at)


@_compile
def _is_twin(row, offsets, texts, amounts):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Whether a row repeats account, objects and amount of the row before it."""
    if amounts[row, 0] != amounts[row - 1, 0]:
        return False
    for column in (ACCOUNT, OBJECTS):
        start, middle, end = offsets[column, row - 1], offsets[column, row], offsets[column, row + 1]
        if middle - start != end - middle:
            return False
        for i in range(middle - start):
            if texts[start + i] != texts[middle + i]:
                return False
    return True


@_compile
def _row_label(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """0 row, 1 added, 2 removed, by `#TRANS`, `#RTRANS`, `#BTRANS` and a blank; and where the label ends."""
    if data[at] != HASH:
        return UNRECOGNISED, at
    kind = 0
    at += 1
    if data[at] == 82:  # R
        kind = 1
        at += 1
    elif data[at] == 66:  # B
        kind = 2
        at += 1
    # TRANS
    if data[at] != 84 or data[at + 1] != 82 or data[at + 2] != 65 or data[at + 3] != 78 or data[at + 4] != 83:
        return UNRECOGNISED, at
    if data[at + 5] != BLANK and data[at + 5] != TAB:
        return UNRECOGNISED, at
    return kind, at + 5


@_compile
def _next_content(data, at, end, counters):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Past blank lines, which are counted, to the first byte of content; `end` when there is none."""
    while at < end:
        content = _skip(data, at)
        if data[content] == CR and data[content + 1] == LF:
            at = content + 2
        elif data[content] == LF:
            at = content + 1
        else:
            return content
        counters[LINES] += 1
    return end


@_compile
def _brace(data, at, end, brace, counters):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Past a line that is this brace alone, or UNRECOGNISED."""
    at = _next_content(data, at, end, counters)
    if at >= end or data[at] != brace:
        return UNRECOGNISED
    counters[LINES] += 1
    return _next_line(data, at + 1)


@_compile
def scan(  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    data, at, end, counters, offsets, texts, dates, amounts, quantities, has_quantity, places, widths, letters
):
    """Read voucher after voucher from `at`, where a line starts; `data[:end]` ends with LF, 8 bytes follow
    it.

    Fills the columns from where `counters` stand and moves `counters`; `counters[AT]` says how far it came:
    `end`, or the line before the first voucher it does not recognise. `places`: per voucher its line; per row
    its voucher, row number and line, counted from 0.
    """
    ends = np.empty(TEXT_COLUMNS, np.int64)
    saved = np.empty(COUNTERS, np.int64)
    counters[AT] = at
    while True:
        saved[:] = counters
        voucher, row = counters[VOUCHERS], counters[ROWS]
        for column in range(ACCOUNT):
            ends[column] = offsets[column, voucher]
        for column in range(ACCOUNT, TEXT_COLUMNS):
            ends[column] = offsets[column, row]
        at = _next_content(data, at, end, counters)
        if at >= end:
            counters[AT] = end
            return
        at = _voucher(
            data, at, end, voucher, row, counters, offsets, ends, texts, dates, amounts, quantities, has_quantity,
            places, widths, letters,
        )  # fmt: skip
        if at < 0:
            counters[:] = saved
            return
        counters[VOUCHERS] += 1
        counters[AT] = at


@_compile
def _voucher(  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    data, at, end, voucher, row, counters, offsets, ends, texts, dates, amounts, quantities, has_quantity, places,
    widths, letters,
):  # fmt: skip
    """One voucher with its rows; where the line after its closing brace starts, or UNRECOGNISED."""
    # "#VER" and a blank
    if data[at] != HASH or data[at + 1] != 86 or data[at + 2] != 69 or data[at + 3] != 82:
        return UNRECOGNISED
    if data[at + 4] != BLANK and data[at + 4] != TAB:
        return UNRECOGNISED
    places[0, voucher] = counters[LINES]
    counters[LINES] += 1
    at = _voucher_head(data, at + 4, voucher, offsets, ends, texts, dates, widths, letters)
    if at < 0:
        return UNRECOGNISED
    at = _brace(data, at, end, OPEN, counters)
    if at < 0:
        return UNRECOGNISED
    first = row
    waiting = False  # for the twin of an added row
    while True:
        at = _next_content(data, at, end, counters)
        if at >= end:
            return UNRECOGNISED
        if data[at] == CLOSE:
            break
        kind, at = _row_label(data, at)
        if kind < 0:
            return UNRECOGNISED
        at = _row(
            data, at, row, offsets, ends, texts, dates, amounts, quantities, has_quantity, widths, letters
        )
        if at < 0 or (waiting and (kind != 0 or not _is_twin(row, offsets, texts, amounts))):
            return UNRECOGNISED
        waiting = kind == 1
        counters[ADDED] += kind == 1
        counters[REMOVED] += kind == 2
        for i in range(widths[256 + kind]):
            texts[ends[ROW_KIND]] = letters[256 + kind, i]
            ends[ROW_KIND] += 1
        offsets[ROW_KIND, row + 1] = ends[ROW_KIND]
        places[1, row] = voucher
        places[2, row] = row - first
        places[3, row] = counters[LINES]
        counters[LINES] += 1
        row += 1
    counters[LINES] += 1
    counters[ROWS] = row
    return UNRECOGNISED if waiting else _next_line(data, at + 1)


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
        elif byte != OPEN and byte != CLOSE and not _ends_field(byte):
            out[size] = byte
            size += 1
        at += 1
    return size


@_compile
def count_high(words, data, counts):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Add to `counts` how often each byte above 127 occurs; `words` is `data` eight bytes at a time."""
    for word in range(len(words)):
        if words[word] & np.uint64(0x8080808080808080):
            for i in range(word * 8, word * 8 + 8):
                counts[data[i]] += 1
    for i in range(len(words) * 8, len(data)):
        counts[data[i]] += 1
