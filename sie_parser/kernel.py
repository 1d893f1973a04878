"""The fast reader's inner loop: voucher blocks in bytes -> columns, in Python that numba compiles.

It reads only what it fully recognises, and gives for it exactly what the exact reader gives; at the first
voucher it does not recognise it stops before it. Recognised is a voucher whose lines are all of these forms,
fields separated by blanks and tabs, quoted or not, blank lines anywhere:

    #VER series number date [text [date [signature]]]      {      }
    #TRANS|#RTRANS|#BTRANS account {objects} amount [date [text [quantity [signature]]]]

with dates and numbers in their plain form, no control characters, no brace in unquoted text, no quote inside
a field other than `\\"`, no field beyond these, and every #RTRANS followed by its #TRANS. Everything else,
every problem included, is the exact reader's: nothing here reports.

Texts, numbers and dates are read eight bytes at a time, so up to PADDING bytes after an end are read and written and
mean nothing. It is one file because numba's cache does not notice changes in another. Columns are arrays of the
caller (`fast.py`), as Arrow wants them. Arrow, threads and files do not belong here.
"""

# ruff: noqa: PLR0911  a byte that does not fit returns at once; forms that share exits run a third slower
# ruff: noqa: ARG001  what numba calls has the arguments numba gives
# ruff: noqa: PLR1714, SIM109  numba compiles `in` to a loop over the tuple, comparisons to a jump

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import extending, njit, types

TAB, LF, CR, BLANK, QUOTE, MINUS, POINT, ZERO, NINE = 9, 10, 13, 32, 34, 45, 46, 48, 57
BACKSLASH, OPEN, CLOSE = 92, 123, 125
UNRECOGNISED = -1
PADDING = 32

# labels and the JSON around the texts of an object list, [["1","01"],["6","P1"]], as little-endian words
VER, TRANS, RTRANS, BTRANS = (
    np.uint64(int.from_bytes(label, "little")) for label in (b"#VER", b"#TRANS", b"#RTRANS", b"#BTRANS")
)
OPENING, WITHIN_PAIR, NEXT_PAIR, CLOSING = (
    np.uint64(int.from_bytes(json, "little")) for json in (b'[["', b'","', b'"],["', b'"]]')
)

# text columns: where in `offsets` and `texts` they are
SERIES, NUMBER, VOUCHER_TEXT, VOUCHER_SIGNATURE = 0, 1, 2, 3
ACCOUNT, OBJECTS, ROW_TEXT, ROW_SIGNATURE, ROW_KIND = 4, 5, 6, 7, 8
TEXT_COLUMNS = 9

# date columns of vouchers and of rows
VOUCHER_DATE, REGISTRATION_DATE, ROW_DATE = 0, 1, 2
NO_DATE = -(2**31)

# counters
VOUCHERS, ROWS, LINES, AT, ADDED, REMOVED = 0, 1, 2, 3, 4, 5
COUNTERS = 6

# places
VOUCHER_LINE, ROW_VOUCHER, ROW_NUMBER, ROW_LINE = 0, 1, 2, 3
PLACES = 4

_OPTIONS: Any = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
_PART: Any = {**_OPTIONS, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_compile = njit(**_PART)  # a part of `scan`, which alone is called from outside and kept in numba's cache
_intrinsic: Callable[[Callable[..., Any]], Any] = extending.intrinsic


class Columns(NamedTuple):
    """What the kernel fills: arrays of the caller, within the kernel pointers to them.

    Where an array holds several columns they stand one after the other. `widths` says per byte how long its UTF-8 form
    is, 0 for what is more than a letter, and then for each kind of row how long its name is; `letters` has these forms
    as little-endian words.
    """

    texts: Any  # UTF-8
    offsets: Any  # where each text ends, counted from the start of its column
    dates: Any  # days since 1970-01-01
    amounts: Any  # 128-bit integers in two words
    quantities: Any
    has_quantity: Any
    places: Any
    counters: Any
    widths: Any
    letters: Any
    text_size: Any  # bytes from one column of `texts` to the next
    size: Any  # values from one column to the next in the others


# a word: eight bytes as a uint64, its lowest byte the first in the file. Marks: a word with bit 7 set in every byte
# that has a property; the lowest mark is exact, those above it may be false

_WORD = ir.IntType(64)

_ONES, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES = np.uint64(0x2222222222222222), np.uint64(0x5C5C5C5C5C5C5C5C)
_TO_BRACE = np.uint64(0x0505050505050505)  # added to "{" or what is above it, sets bit 7
_ZEROS, _TO_TEN = np.uint64(0x3030303030303030), np.uint64(0x7676767676767676)
_PAIRS, _EIGHT = np.uint64(0x000000FF000000FF), np.uint64(8)
_HUNDREDS, _UNITS = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)
_SIXTEEN, _THIRTY_TWO, _SIXTY_FOUR = np.uint64(16), np.uint64(32), np.uint64(64)
_TEN, _ALL = np.uint64(10), np.uint64(0xFFFFFFFFFFFFFFFF)


@_intrinsic
def _pointer(_: Any, array: Any) -> Any:
    """Address of an array's first element: no reference counted, no negative index looked for."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate  # type: ignore[no-untyped-call]  # a numba type is called for a signature


@_intrinsic
def _load(_: Any, data: Any, at: Any) -> Any:
    """The word that starts at a byte."""

    def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(arguments[0], [arguments[1]])
        return builder.load(builder.bitcast(address, _WORD.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


@_intrinsic
def _store(_: Any, data: Any, at: Any, word: Any) -> Any:
    """Write a word from a byte on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(arguments[0], [arguments[1]])
        builder.store(arguments[2], builder.bitcast(address, _WORD.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), generate


@_intrinsic
def _unmarked(_: Any, marks: Any) -> Any:
    """How many bytes come before the first mark; 8 without any."""

    def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zeros = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.lshr(zeros, ir.Constant(_WORD, 3))

    return types.int64(types.uint64), generate


@_compile
def _special(word, least):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Marks quotes, backslashes, braces and what is above them, and every byte below `least`."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    marks = (word - np.uint64(least) * _ONES) & ~word
    marks |= (quotes - _ONES) & ~quotes
    marks |= (backslashes - _ONES) & ~backslashes
    return (marks | word | (word + _TO_BRACE)) & _HIGH


@_compile
def _not_digits(word):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Marks what is not 0 to 9."""
    digits = word ^ _ZEROS
    return (digits | (digits + _TO_TEN)) & _HIGH


@_compile
def _decimal_value(word, count):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """The number its first `count` bytes, 1 to 8 digits, make: pairs, then fours, then all eight."""
    digits = (word ^ _ZEROS) << (_SIXTY_FOUR - _EIGHT * np.uint64(count))
    pairs = digits * _TEN + (digits >> _EIGHT)
    high, low = (pairs & _PAIRS) * _HUNDREDS, ((pairs >> _SIXTEEN) & _PAIRS) * _UNITS
    return np.int64((high + low) >> _THIRTY_TWO)


@_compile
def _low_bytes(word, count):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Its first `count` bytes, 1 to 8."""
    return word & (_ALL >> (_SIXTY_FOUR - _EIGHT * np.uint64(count)))


# places on a line


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
def _text(data, at, out, end, in_list):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Copy a text as UTF-8 to `out.texts` from `end`; where the text and the copy end."""
    if data[at] == QUOTE:
        return _quoted(data, at + 1, out, end, in_list)
    start = at
    while True:
        word = _load(data, at)
        _store(out.texts, end, word)
        run = _unmarked(_special(word, BLANK + 1))
        at += run
        end += run
        if run < 8:
            byte = data[at]
            width = out.widths[byte]
            if width == 0:
                ends = _ends_field(byte) or (in_list and byte == CLOSE)
                return (at if ends and at > start else UNRECOGNISED), end
            _store(out.texts, end, out.letters[byte])
            at += 1
            end += width


@_compile
def _quoted(data, at, out, end, in_list):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """As `_text`, after the opening quote."""
    while True:
        word = _load(data, at)
        _store(out.texts, end, word)
        run = _unmarked(_special(word, BLANK))
        at += run
        end += run
        if run == 8:
            continue
        byte = data[at]
        if byte == QUOTE:
            closes = _ends_field(data[at + 1]) or (in_list and data[at + 1] == CLOSE)
            return (at + 1 if closes else UNRECOGNISED), end
        width = out.widths[byte]
        if width:
            _store(out.texts, end, out.letters[byte])
            end += width
        elif byte == OPEN or byte == CLOSE or (not in_list and (byte == BACKSLASH or byte == TAB)):
            if byte == BACKSLASH and data[at + 1] == QUOTE:
                at += 1
            out.texts[end] = data[at]
            end += 1
        else:  # a line end, a control character; in a list, what JSON would have to escape
            return UNRECOGNISED, end
        at += 1


@_compile
def _take_text(data, at, out, column, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """A text as the next of its column; where it ends or UNRECOGNISED."""
    base, place = column * out.text_size, column * out.size + row
    at, end = _text(data, at, out, base + out.offsets[place], False)
    out.offsets[place + 1] = end - base
    return at


@_compile
def _no_text(out, column, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    place = column * out.size + row
    out.offsets[place + 1] = out.offsets[place]


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
    value, count = _digits(data, at, whole)
    if count < 0:
        return UNRECOGNISED, 0, False
    at += count
    missing = decimals
    if data[at] == POINT:
        fraction, count = _digits(data, at + 1, decimals)
        if count < 0:
            return UNRECOGNISED, 0, False
        at += 1 + count
        missing -= count
        for _ in range(count):
            value *= 10
        value += fraction
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
def _digits(data, at, most):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """The number that one to `most` digits make, and how many they are, or UNRECOGNISED."""
    word = _load(data, at)
    count = _unmarked(_not_digits(word))
    if 0 < count < 8:
        return _decimal_value(word, count), (count if count <= most else UNRECOGNISED)
    value = 0
    count = 0
    while ZERO <= data[at + count] <= NINE:
        value = value * 10 + (data[at + count] - ZERO)
        count += 1
        if count > most:
            return 0, UNRECOGNISED
    return value, (count or UNRECOGNISED)


@_compile
def _date(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """A date as days since 1970-01-01, NO_DATE for `""`; (where it ends or UNRECOGNISED, days)."""
    quoted = data[at] == QUOTE
    if quoted:
        at += 1
        if data[at] == QUOTE:
            return (at + 1, NO_DATE) if _ends_field(data[at + 1]) else (UNRECOGNISED, NO_DATE)
    word = _load(data, at)
    if _not_digits(word):
        return UNRECOGNISED, NO_DATE
    digits = _decimal_value(word, 8)
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
def _take_objects(data, at, out, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """An object list as JSON `[["1","01"],["6","P1"]]`, nothing when empty; where it ends or UNRECOGNISED."""
    if data[at] != OPEN:
        return UNRECOGNISED
    at = _skip(data, at + 1)
    base, place = OBJECTS * out.text_size, OBJECTS * out.size + row
    end = base + out.offsets[place]
    parts = 0
    while data[at] != CLOSE:
        if parts % 2:
            _store(out.texts, end, WITHIN_PAIR)
            end += 3
        elif parts:
            _store(out.texts, end, NEXT_PAIR)
            end += 5
        else:
            _store(out.texts, end, OPENING)
            end += 3
        at, end = _text(data, at, out, end, True)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
        parts += 1
    if parts % 2 or not _ends_field(data[at + 1]):
        return UNRECOGNISED
    if parts:
        _store(out.texts, end, CLOSING)
        end += 3
    out.offsets[place + 1] = end - base
    return at + 1


# one line, after its label: where the next line starts, or UNRECOGNISED


@_compile
def _voucher_head(data, at, out, voucher):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """#VER: series number date [text [date [signature]]]."""
    at = _take_text(data, _skip(data, at), out, SERIES, voucher)
    if at < 0:
        return UNRECOGNISED
    at = _take_text(data, _skip(data, at), out, NUMBER, voucher)
    if at < 0:
        return UNRECOGNISED
    at, day = _date(data, _skip(data, at))
    if at < 0 or day == NO_DATE:
        return UNRECOGNISED
    out.dates[VOUCHER_DATE * out.size + voucher] = day
    _no_text(out, VOUCHER_TEXT, voucher)
    _no_text(out, VOUCHER_SIGNATURE, voucher)
    day = NO_DATE
    at = _skip(data, at)
    if not _ends_line(data[at]):
        at = _take_text(data, at, out, VOUCHER_TEXT, voucher)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, day = _date(data, at)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at = _take_text(data, at, out, VOUCHER_SIGNATURE, voucher)
        if at < 0:
            return UNRECOGNISED
    out.dates[REGISTRATION_DATE * out.size + voucher] = day
    return _next_line(data, at)


@_compile
def _row(data, at, out, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """#TRANS and its kin: account {objects} amount [date [text [quantity [signature]]]]."""
    at = _take_text(data, _skip(data, at), out, ACCOUNT, row)
    place = ACCOUNT * out.size + row
    if at < 0 or out.offsets[place] == out.offsets[place + 1]:
        return UNRECOGNISED
    _no_text(out, OBJECTS, row)
    at = _take_objects(data, _skip(data, at), out, row)
    if at < 0:
        return UNRECOGNISED
    at, amount, there = _number(data, _skip(data, at), 15, 2)
    if at < 0 or not there:
        return UNRECOGNISED
    out.amounts[2 * row] = amount
    out.amounts[2 * row + 1] = -1 if amount < 0 else 0
    _no_text(out, ROW_TEXT, row)
    _no_text(out, ROW_SIGNATURE, row)
    day = NO_DATE
    quantity = 0
    there = False
    at = _skip(data, at)
    if not _ends_line(data[at]):
        at, day = _date(data, at)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at = _take_text(data, at, out, ROW_TEXT, row)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at, quantity, there = _number(data, at, 12, 6)
        if at < 0:
            return UNRECOGNISED
        at = _skip(data, at)
    if not _ends_line(data[at]):
        at = _take_text(data, at, out, ROW_SIGNATURE, row)
        if at < 0:
            return UNRECOGNISED
    out.dates[ROW_DATE * out.size + row] = day
    out.quantities[2 * row] = quantity
    out.quantities[2 * row + 1] = -1 if quantity < 0 else 0
    out.has_quantity[row] = there
    return _next_line(data, at)


@_compile
def _is_twin(out, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Whether a row repeats account, objects and amount of the row before it."""
    if out.amounts[2 * row] != out.amounts[2 * row - 2]:
        return False
    for column in (ACCOUNT, OBJECTS):
        base, place = column * out.text_size, column * out.size + row
        start, middle, end = out.offsets[place - 1], out.offsets[place], out.offsets[place + 1]
        if middle - start != end - middle:
            return False
        for i in range(middle - start):
            if out.texts[base + start + i] != out.texts[base + middle + i]:
                return False
    return True


@_compile
def _row_label(data, at):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """0 row, 1 added, 2 removed, by `#TRANS`, `#RTRANS`, `#BTRANS` and a blank; and where the label ends."""
    word = _load(data, at)
    longer = _low_bytes(word, 7)
    if _low_bytes(word, 6) == TRANS:
        kind, at = 0, at + 6
    elif longer == RTRANS:
        kind, at = 1, at + 7
    elif longer == BTRANS:
        kind, at = 2, at + 7
    else:
        return UNRECOGNISED, at
    return (kind if data[at] == BLANK or data[at] == TAB else UNRECOGNISED), at


@_compile
def _next_content(data, at, end, out):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Past blank lines, which are counted, to the first byte of content; `end` when there is none."""
    while at < end:
        content = _skip(data, at)
        if data[content] == CR and data[content + 1] == LF:
            at = content + 2
        elif data[content] == LF:
            at = content + 1
        else:
            return content
        out.counters[LINES] += 1
    return end


@_compile
def _voucher(data, at, end, out, voucher, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """One voucher with its rows; where the line after its closing brace starts, or UNRECOGNISED."""
    if _low_bytes(_load(data, at), 4) != VER or (data[at + 4] != BLANK and data[at + 4] != TAB):
        return UNRECOGNISED
    out.places[VOUCHER_LINE * out.size + voucher] = out.counters[LINES]
    out.counters[LINES] += 1
    at = _voucher_head(data, at + 4, out, voucher)
    if at < 0:
        return UNRECOGNISED
    at = _next_content(data, at, end, out)
    if at >= end or data[at] != OPEN:
        return UNRECOGNISED
    out.counters[LINES] += 1
    at = _next_line(data, at + 1)
    if at < 0:
        return UNRECOGNISED
    first = row
    waiting = False  # for the twin of an added row
    while True:
        at = _next_content(data, at, end, out)
        if at >= end:
            return UNRECOGNISED
        if data[at] == CLOSE:
            break
        kind, at = _row_label(data, at)
        if kind < 0:
            return UNRECOGNISED
        at = _row(data, at, out, row)
        if at < 0 or (waiting and (kind != 0 or not _is_twin(out, row))):
            return UNRECOGNISED
        waiting = kind == 1
        out.counters[ADDED] += kind == 1
        out.counters[REMOVED] += kind == 2
        place = ROW_KIND * out.size + row
        _store(out.texts, ROW_KIND * out.text_size + out.offsets[place], out.letters[256 + kind])
        out.offsets[place + 1] = out.offsets[place] + out.widths[256 + kind]
        out.places[ROW_VOUCHER * out.size + row] = voucher
        out.places[ROW_NUMBER * out.size + row] = row - first
        out.places[ROW_LINE * out.size + row] = out.counters[LINES]
        out.counters[LINES] += 1
        row += 1
    out.counters[LINES] += 1
    out.counters[ROWS] = row
    return UNRECOGNISED if waiting else _next_line(data, at + 1)


@njit(**_OPTIONS, cache=True)
def scan(data, at, end, columns):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Read voucher after voucher from `at`, where a line starts; `data[:end]` ends with LF, PADDING bytes follow it.

    Fills the columns from where `counters` stand and moves `counters`; `counters[AT]` says how far it came:
    `end`, or the line before the first voucher it does not recognise. `places`: per voucher its line; per row
    its voucher, row number and line, counted from 0.
    """
    saved = np.empty(COUNTERS, np.int64)
    data = _pointer(data)
    out = Columns(
        _pointer(columns.texts), _pointer(columns.offsets), _pointer(columns.dates), _pointer(columns.amounts),
        _pointer(columns.quantities), _pointer(columns.has_quantity), _pointer(columns.places),
        _pointer(columns.counters), _pointer(columns.widths), _pointer(columns.letters),
        columns.text_size, columns.size,
    )  # fmt: skip
    out.counters[AT] = at
    while True:
        saved[:] = columns.counters
        at = _next_content(data, at, end, out)
        if at >= end:
            out.counters[AT] = end
            return
        at = _voucher(data, at, end, out, out.counters[VOUCHERS], out.counters[ROWS])
        if at < 0:
            columns.counters[:] = saved
            return
        out.counters[VOUCHERS] += 1
        out.counters[AT] = at
