"""A line of SIE text -> its fields: separators, quotes, the one escape, object lists.

Source: SIE 4B 5.1-5.7 and what real files do. The grammar:

    line    = blank* field (blank+ field)* blank*          blank = space or tab, nothing else: U+00A0 is text
    field   = '"' text '"'  |  list  |  unquoted text
    list    = '{' (blank* field)* blank* '}'               fields of a list end at '}' too
    escape  = '\\"' is a quote; a backslash before anything else is a backslash

What is broken in real files is read by these rules, each reported:
  a quote that no blank, line end or '}' follows is text;  a quote never closed ends with the line;
  where reading '\\"' as an escape leads to either of these, the last '\\"' before a blank is a backslash and
  the end.
What the fields mean does not belong here (`values.py`, `items.py`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: A field is text, or a tuple of texts: an object list.
FieldText = str | tuple[str, ...]

_PART = r'(?:"[^"\\]*"|[^ \t"{}\\][^ \t"}\\]*)(?:[ \t]+|(?=\}))'
_FIELD = rf'"[^"\\]*"|[^ \t"{{}}\\][^ \t"\\]*|\{{[ \t]*(?:{_PART})*\}}'
#: The fields of a line without escapes, up to where something else stands: an empty text for all the rest.
_PLAIN_FIELDS = re.compile(rf"({_FIELD})(?=[ \t]|\Z)|[^ \t](?s:.*)").findall
_PLAIN_PARTS = re.compile(r'"[^"]*"|[^ \t"}]+').findall
_BLANKS = " \t"
_UNQUOTED = re.compile(r"[^ \t]*")
_UNQUOTED_IN_LIST = re.compile(r"[^ \t}]*")
_QUOTE = re.compile(r'\\?"')


class Oddity(NamedTuple):
    """A broken spot: problem code and column, from 0."""

    code: str
    column: int


_NO_ODDITIES: list[Oddity] = []


def split_fields(line: str) -> tuple[list[FieldText], list[Oddity]]:
    """All fields of a line, the label first, and what was odd about them.

    Most lines have no escape and nothing broken: one expression reads those as the grammar does, several times faster.
    """
    tokens: list[str] = _PLAIN_FIELDS(line)
    if "" in tokens:
        return split_carefully(line)[:2]
    return [
        token[1:-1] if token[0] == '"' else token if token[0] != "{" else _plain_list(token)
        for token in tokens
    ], _NO_ODDITIES


def columns(line: str) -> list[int]:
    """Where each field of a line starts, from 0; only asked for when there is a problem to place."""
    return split_carefully(line)[2]


def _plain_list(token: str) -> tuple[str, ...]:
    """The parts of an object list without escapes."""
    return tuple([part[1:-1] if part[0] == '"' else part for part in _PLAIN_PARTS(token[1:-1])])


def split_carefully(line: str) -> tuple[list[FieldText], list[Oddity], list[int]]:
    """The grammar of the module docstring, one field after the other."""
    fields: list[FieldText] = []
    oddities: list[Oddity] = []
    starts: list[int] = []
    at = _skip_blanks(line, 0)
    while at < len(line):
        starts.append(at)
        value, at = (
            _list(line, at, oddities) if line[at] == "{" else _field(line, at, oddities, in_list=False)
        )
        fields.append(value)
        at = _skip_blanks(line, at)
    return fields, oddities, starts


def _skip_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] in _BLANKS:
        at += 1
    return at


def _list(line: str, start: int, oddities: list[Oddity]) -> tuple[tuple[str, ...], int]:
    """The object list that opens at `start`, and where it ends."""
    parts: list[str] = []
    at = _skip_blanks(line, start + 1)
    while at < len(line) and line[at] != "}":
        part, at = _field(line, at, oddities, in_list=True)
        parts.append(part)
        at = _skip_blanks(line, at)
    if at == len(line):
        oddities.append(Oddity("SIE_LIST_OPEN", start))
    return tuple(parts), at + 1


def _field(line: str, start: int, oddities: list[Oddity], *, in_list: bool) -> tuple[str, int]:
    """The quoted or unquoted field at `start`, and where it ends."""
    if line[start] == '"':
        return _quoted(line, start, oddities, in_list)
    match = (_UNQUOTED_IN_LIST if in_list else _UNQUOTED).match(line, start)
    end = match.end() if match else start
    return line[start:end].replace('\\"', '"'), end


def _quoted(line: str, start: int, oddities: list[Oddity], in_list: bool) -> tuple[str, int]:
    """The quoted field that opens at `start`, and where it ends."""
    ends = " \t}" if in_list else " \t"
    backslash_end = 0  # the last '\"' that may be a backslash and the end of the field
    literal = 0  # the first quote that ends nothing
    for match in _QUOTE.finditer(line, start + 1):
        end = match.end()
        may_end = end == len(line) or line[end] in ends
        if len(match[0]) == 1 and may_end:
            return _closed(line, start, end - 1, literal, oddities), end
        if may_end:
            backslash_end = end
        elif len(match[0]) == 1:
            if backslash_end:
                break
            literal = literal or match.start()
    if backslash_end:
        oddities.append(Oddity("SIE_QUOTE_BACKSLASH", backslash_end - 2))
        content = line[start + 1 : backslash_end - 2].replace('\\"', '"') + "\\"
        return content, backslash_end
    oddities.append(Oddity("SIE_QUOTE_OPEN", start))
    return line[start + 1 :].replace('\\"', '"'), len(line)


def _closed(line: str, start: int, close: int, literal: int, oddities: list[Oddity]) -> str:
    """The content between two quotes; a quote inside it is reported once."""
    if literal:
        oddities.append(Oddity("SIE_QUOTE_INSIDE", literal))
    return line[start + 1 : close].replace('\\"', '"')
