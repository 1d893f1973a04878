"""A SIE file without the names of persons: signatures, the contact, and known names, all else byte for byte.

Lines are split as the format splits them (fields in quotes, object lists in braces; SIE 4 ch. 5). Reading what the
fields mean belongs to ``sie_parser``.
"""

from __future__ import annotations

import re
from typing import Final

from tieout.reports.personal_data import Pseudonyms

#: Label -> position of the field that names a person; #VER and rows end in a signature, #ADRESS begins with a contact.
_PERSON_FIELDS: Final = {"#GEN": 2, "#ADRESS": 1, "#VER": 6, "#TRANS": 7, "#RTRANS": 7, "#BTRANS": 7}
_FIELD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|[^\s"{}]+')


def masked_sie(data: bytes, charset: str, pseudonyms: Pseudonyms) -> bytes:
    """``data`` with pseudonyms; the very same bytes when nobody is named or personal data is kept."""
    if not pseudonyms.names and not pseudonyms.signatures:
        return data
    text = data.decode(charset, "surrogateescape")
    lines = [_masked_line(line, pseudonyms) for line in text.splitlines(keepends=True)]
    return pseudonyms.text("".join(lines)).encode(charset, "surrogateescape")


def _masked_line(line: str, pseudonyms: Pseudonyms) -> str:
    label = line.lstrip().split(maxsplit=1)[:1]
    position = _PERSON_FIELDS.get(label[0].upper()) if label else None
    if position is None:
        return line
    fields = list(_FIELD.finditer(line))
    if len(fields) <= position:
        return line
    field = fields[position]
    name = field[0].strip('"')
    if not name:
        return line
    pseudonym = pseudonyms.signatures.get(name) or pseudonyms.names.get(name) or "person"
    return f'{line[: field.start()]}"{pseudonym}"{line[field.end() :]}'
