"""The exact reader: what a SIE file says, record by record. It defines what is right; every faster way must
agree.

    bytes --source--> lines of text --fields--> field texts --items, values--> record

Read it from the top: `records` opens a source; `ExactReader.read_line` takes one line; below it, one method
per kind of line. Source: SIE 4B/4C and what real files do. Tables, sums and identities do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple, Self, cast

from sie_parser import model, values
from sie_parser.charset import Charset
from sie_parser.checksum import ABSENT
from sie_parser.checksum import LABEL as KSUMMA
from sie_parser.fields import FieldText, Oddity, columns, split_fields
from sie_parser.header import Header, HeaderBuilder
from sie_parser.items import ITEMS, Field, Item, Kind
from sie_parser.problems import NOTE, Problem, SieError, problem, shorten
from sie_parser.source import Opened, Source, open_source

MAX_PROBLEMS = 100_000
_BLANKS = " \t"
_CONTROL = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f]"
)  # must not occur in text (spec 5.8); the tab is a separator
_TOLD_TO_HEADER = frozenset([*list(ITEMS)[: list(ITEMS).index("#KONTO")], KSUMMA])

_Parse = Callable[[str], tuple[Any, str]]

#: How the text of a field becomes its value; kinds not named here stay text.
PARSERS: dict[Kind, _Parse] = {
    Kind.AMOUNT: values.amount,
    Kind.QUANTITY: values.quantity,
    Kind.DATE: values.day,
    Kind.PERIOD: values.period,
    Kind.INTEGER: values.integer,
}


def _absent(kind: Kind) -> Any:
    """What a field of this kind is when the file leaves it out."""
    if kind is Kind.OBJECTS:
        return ()
    return None if kind in PARSERS else ""


#: Per label its fields in order, each with its parser and what it is when left out.
_STEPS: dict[str, list[tuple[Field, _Parse | None, Any]]] = {
    label: [(spec, PARSERS.get(spec.kind), _absent(spec.kind)) for spec in item.fields]
    for label, item in ITEMS.items()
}


def records(source: Source, *, strict: bool = False) -> RecordStream:
    """Every item of a SIE file as a typed record, in file order; memory stays flat.

    `strict` raises the first problem that is an error or a warning. Otherwise everything that can be read is
    read, and the rest is in the stream's `problems`; a file that is no SIE file raises `SieError` either way.
    """
    return RecordStream(open_source(source), strict=strict)


class RecordStream(Iterator[model.Record]):
    """Iterator over the records of one file; `problems` and `header` hold what is known so far.

    `problems` stops at 100,000, for memory stays flat in the worst of files too; `header.problems` counts all.
    """

    def __init__(self, opened: Opened, *, strict: bool) -> None:
        self.problems: list[Problem] = []
        self._opened = opened
        self._reader = ExactReader(opened.size, opened.charset, self._refuse if strict else self._keep)
        self._records = self._read()

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __next__(self) -> model.Record:
        return next(self._records)

    @property
    def header(self) -> Header:
        """What the file says about itself; complete when the stream is exhausted."""
        return self._reader.header.build()

    def close(self) -> None:
        """Close the source before the end."""
        self._records.close()
        self._opened.close()

    def _keep(self, found: Problem) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(found)

    def _refuse(self, found: Problem) -> None:
        self._keep(found)
        if found.severity != NOTE:
            raise SieError(found, self._opened.name)

    def _read(self) -> Generator[model.Record, None, None]:
        try:
            number = 0
            for block in self._opened.blocks():
                for line in lines_of(block, self._opened.charset):
                    number += 1
                    record = self._reader.read_line(number, line)
                    if record is not None:
                        yield record
            self._reader.finish(number)
        finally:
            self._opened.close()


def lines_of(block: bytes, charset: Charset) -> list[str]:
    """The lines of a block of whole lines, each without its LF and one CR before it (spec 5.2)."""
    lines = charset.decode(block).replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    elif lines[-1].endswith("\r"):
        lines[-1] = lines[-1][:-1]
    return lines


class ItemLine(NamedTuple):
    """A line that holds an item, split but not yet understood."""

    number: int
    text: str
    item: Item
    fields: list[FieldText]
    oddities: list[Oddity]
    opens_block: bool = False  # a voucher's opening brace stands on its own line's end

    def column(self, at: int) -> int:
        """Column of a field, from 1; of the line's end where the field is missing."""
        starts = columns(self.text)
        return (starts[at] if at < len(starts) else len(self.text)) + 1


class ExactReader:
    """Reads one line after the other, knowing which voucher it is in."""

    def __init__(self, size: int, charset: Charset, report: Callable[[Problem], None]) -> None:
        self.header = HeaderBuilder(size, charset)
        self.vouchers = 0  # how many so far = the position of the latest
        self._report_to = report
        self._voucher: model.Voucher | None = None  # the one whose rows may follow
        self._in_block = False
        self._rows = 0
        self._names: dict[str, str] = {}
        self._added: model.VoucherRow | None = None  # an added row waiting for its twin

    @property
    def between_vouchers(self) -> bool:
        """Whether the next line may open a voucher without anything being left unfinished."""
        return self._voucher is None and self._added is None

    def pass_over(self, counts: dict[str, int]) -> None:
        """Count items a faster reader has read, whole vouchers all of them."""
        self.vouchers += counts["#VER"]
        self.header.records.update(counts)
        self._rows = 0

    def read_line(self, number: int, line: str) -> model.Record | None:
        """The record on a line, or None for blank lines and braces."""
        start = line.strip(_BLANKS)
        if not start:
            return None
        if not line.isprintable() and (control := _CONTROL.search(line)):
            self.report(problem("SIE_CONTROL_CHARACTER", number, control.start() + 1))
        if start[0] == "#":
            return self._item(number, line)
        if start not in {"{", "}"}:
            return self._stray(number, start)
        if start == "{":
            self._open_block(number)
        else:
            self._close_block(number)
        return None

    def finish(self, last_line: int) -> None:
        """Say what the end of the file leaves unfinished."""
        self._end_voucher(last_line)
        if self.header.checksum.running:
            self.report(problem("SIE_KSUMMA_OPEN", last_line, 0, KSUMMA))
        for found in self.header.completeness():
            self.report(found)

    def report(self, found: Problem) -> None:
        """Count a problem and hand it on."""
        self.header.problems[found.code] += 1
        self._report_to(found)

    # one method per kind of line

    def _item(self, number: int, line: str) -> model.Record:
        """An item: label and fields. Unknown labels are kept (spec 7.1)."""
        fields, oddities = split_fields(line)
        label = str(fields[0])
        item = ITEMS.get(label) or self._item_in_lower_case(number, label)
        if item is None:
            self.header.count_unknown(label)
        else:
            label = item.label
            self.header.records[label] += 1
        if self.header.checksum.outcome != ABSENT:
            self._count_checksum(number, label, fields)
        opens_block = (
            label == "#VER" and fields[-1] == () and "SIE_LIST_OPEN" in [o.code for o in oddities[-1:]]
        )
        if opens_block:
            fields.pop()
            brace = oddities.pop()
            self.report(problem("SIE_BRACE_SAME_LINE", number, brace.column + 1, "#VER"))
        for oddity in oddities:
            self.report(problem(oddity.code, number, oddity.column + 1, shorten(label)))
        if item is not None:
            return self._known(ItemLine(number, line, item, fields, oddities, opens_block))
        self.report(problem("SIE_UNKNOWN_LABEL", number, 1, shorten(label)))
        return model.UnknownItem(number, label, tuple(fields[1:]), self._in_block)

    def _item_in_lower_case(self, number: int, label: str) -> Item | None:
        item = ITEMS.get(label.upper())
        if item is not None:
            self.report(problem("SIE_LABEL_CASE", number, 1, item.label))
        return item

    def _known(self, line: ItemLine) -> model.Record:
        """An item of the table, as the record it becomes."""
        if line.item.is_row:
            return self._row(line)
        if line.item.record is model.Voucher:
            return self._open_voucher(line)
        if self._in_block:
            self.report(problem("SIE_ITEM_IN_VOUCHER", line.number, 1, line.item.label))
        elif self._voucher is not None:
            self._end_voucher(line.number)
        record = self._record(line)
        if line.item.label in _TOLD_TO_HEADER:
            self._tell_header(line.item.label, record)
        elif isinstance(record, model.Account):
            self._check_name(record)
        elif isinstance(record, model.AccountType) and record.account_type not in {"T", "S", "K", "I"}:
            self.report(
                problem("SIE_ACCOUNT_TYPE", line.number, line.column(2), "#KTYP", text=record.account_type)
            )
        return record

    def _open_voucher(self, line: ItemLine) -> model.Voucher:
        """#VER: the head of a voucher; its rows follow between braces."""
        self._end_voucher(line.number)
        self.vouchers += 1
        self._voucher = cast("model.Voucher", self._record(line, self.vouchers))
        self._in_block = line.opens_block
        return self._voucher

    def _row(self, line: ItemLine) -> model.VoucherRow:
        """#TRANS, #RTRANS, #BTRANS: a row of the voucher above it."""
        if self._voucher is None:
            self.report(problem("SIE_ROW_OUTSIDE_VOUCHER", line.number, 1, line.item.label))
        elif not self._in_block:
            self.report(problem("SIE_BRACE_MISSING", line.number, 1, line.item.label))
            self._in_block = True
        self._rows += 1
        position = self._voucher.voucher_position if self._voucher else 0
        row = cast("model.VoucherRow", self._record(line, position, self._rows))
        self._check_twin(row)
        return row

    def _open_block(self, number: int) -> None:
        if self._voucher is None or self._in_block:
            self.report(problem("SIE_BRACE_UNEXPECTED", number, 1, text="{"))
        self._in_block = self._voucher is not None

    def _close_block(self, number: int) -> None:
        if self._in_block:
            self._end_voucher(number, closed=True)
        else:
            self.report(problem("SIE_BRACE_UNEXPECTED", number, 1, text="}"))

    def _stray(self, number: int, line: str) -> model.StrayLine:
        self.report(problem("SIE_NO_LABEL", number, 1, text=line))
        return model.StrayLine(number, line)

    # what spans lines

    def _end_voucher(self, number: int, *, closed: bool = False) -> None:
        """The voucher ends here, by its brace or because something else begins."""
        self._settle_added(None)
        if self._voucher is not None and not closed:
            code = "SIE_VOUCHER_OPEN" if self._in_block else "SIE_VOUCHER_NO_BLOCK"
            self.report(problem(code, number, 0, "#VER", detail=f"the voucher on line {self._voucher.line}"))
        self._voucher = None
        self._in_block = False
        self._rows = 0

    def _check_twin(self, row: model.VoucherRow) -> None:
        """An added row is followed by a #TRANS of the same account, objects and amount (spec 5, #RTRANS).

        Programs repeat neither date nor signature: Fortnox leaves out the signature, BL keeps the first date.
        """
        if self._added is not None:
            self._settle_added(row)
        if row.kind == "added":
            self._added = row

    def _settle_added(self, twin: model.VoucherRow | None) -> None:
        added, self._added = self._added, None
        if added is not None and (twin is None or not is_twin(added, twin)):
            self.report(problem("SIE_ADDED_WITHOUT_TWIN", added.line, 1, "#RTRANS"))

    def _tell_header(self, label: str, record: model.Record) -> None:
        """Identification items and the checksum concern the file as a whole."""
        if isinstance(record, model.Checksum):
            found = self.header.checksum.meet(record.value, record.line)
        else:
            found = self.header.note(label, record)
        if found is not None:
            self.report(found)

    def _check_name(self, account: model.Account) -> None:
        """One account has one name."""
        if self._names.setdefault(account.account_number, account.name) != account.name:
            self.report(
                problem("SIE_ACCOUNT_REPEATED", account.line, 1, "#KONTO", text=account.account_number)
            )

    def _count_checksum(self, number: int, label: str, fields: list[FieldText]) -> None:
        checksum = self.header.checksum
        if label == KSUMMA:
            return
        if checksum.running:
            checksum.add(fields)
        elif checksum.computed is not None and not self.header.problems["SIE_KSUMMA_TRAILING"]:
            self.report(problem("SIE_KSUMMA_TRAILING", number, 1, shorten(label)))

    # fields

    def _record(self, line: ItemLine, *place: int) -> model.Record:
        """The record of an item: its values in order; `place` says where in its voucher it stands."""
        given = line.fields
        count = len(given)
        contents: list[Any] = []
        unread: list[tuple[str, str]] = []
        at = 1
        for spec, parse, absent in _STEPS[line.item.label]:
            if at >= count and not spec.required:
                contents.append(absent)
                continue
            text = given[at] if at < count else ""
            if absent == () and isinstance(text, str):
                contents.append(())
                at += self._no_list(line, spec, at)
                continue
            if isinstance(text, tuple):
                value = text if text == absent else self._list_value(line, spec, at, text)
            elif parse is not None:
                value, code = parse(text) if text else (None, "")
                if value is None or code:
                    self._parse_problem(line, spec, at, text, code)
            else:
                value = text
                if not text and spec.required:
                    self._text_missing(line, spec, at)
            contents.append(value)
            if value is None and text and text != "00000000":
                unread.append((spec.name, _as_text(text)))
            at += 1
        make = line.item.record
        if at >= count and not unread:
            return make(line.number, *line.item.constants, *place, *contents)
        extra = self._surplus(line, contents, at) if at < count else ()
        return make(line.number, *line.item.constants, *place, *contents, extra=extra, unread=tuple(unread))

    def _no_list(self, line: ItemLine, spec: Field, at: int) -> int:
        """The object list is left out; 1 when an empty text stands in its place, else 0."""
        if at >= len(line.fields):
            return 0
        self._complain("SIE_LIST_MISSING", line, spec, at)
        return int(line.fields[at] == "")

    def _parse_problem(self, line: ItemLine, spec: Field, at: int, text: str, code: str) -> None:
        """A field without a value, or with one in an unusual form."""
        if spec.required and not text.strip(_BLANKS):
            self._complain("SIE_VALUE_MISSING", line, spec, at)
        elif code:
            self._complain(code, line, spec, at, text)

    def _text_missing(self, line: ItemLine, spec: Field, at: int) -> None:
        """An account number must not be empty; another text may be, but not left out."""
        if spec.kind is Kind.ACCOUNT:
            self._complain("SIE_VALUE_MISSING", line, spec, at)
        elif at >= len(line.fields):
            self._complain("SIE_TEXT_MISSING", line, spec, at)

    def _list_value(self, line: ItemLine, spec: Field, at: int, parts: tuple[str, ...]) -> Any:
        """An object list where one belongs; elsewhere reported and, for text, kept as written."""
        if spec.kind is not Kind.OBJECTS:
            self._complain("SIE_LIST_UNEXPECTED", line, spec, at)
            return None if spec.kind in PARSERS else _as_text(parts)
        if len(parts) % 2:
            self._complain("SIE_LIST_PAIRS", line, spec, at)
        return tuple(zip_longest(parts[::2], parts[1::2], fillvalue=""))

    def _surplus(self, line: ItemLine, contents: list[Any], at: int) -> tuple[str, ...]:
        """Fields beyond the known ones: kept (spec 7.3), or joined to a text that broken quotes cut up."""
        last = line.fields[-1]
        if (
            line.oddities
            and line.item.fields[-1].kind is Kind.TEXT
            and isinstance(last, str)
            and last.endswith('"')
        ):
            contents[-1] = (
                line.text[line.column(at - 1) - 1 :].rstrip(_BLANKS).removeprefix('"').removesuffix('"')
            )
            return ()
        self.report(problem("SIE_EXTRA_FIELD", line.number, line.column(at), line.item.label))
        return tuple(map(_as_text, line.fields[at:]))

    def _complain(self, code: str, line: ItemLine, spec: Field, at: int, text: str = "") -> None:
        """Report a field; its column is worked out only now."""
        self.report(problem(code, line.number, line.column(at), line.item.label, detail=spec.name, text=text))


def is_twin(added: model.VoucherRow, row: model.VoucherRow) -> bool:
    """Whether a row is the #TRANS that repeats an added row for readers that know no #RTRANS."""
    return row.kind == "row" and (added.account_number, added.objects, added.amount) == (
        row.account_number,
        row.objects,
        row.amount,
    )


def _as_text(field: FieldText) -> str:
    """A field as text, an object list with its braces."""
    return field if isinstance(field, str) else "{" + " ".join(field) + "}"
