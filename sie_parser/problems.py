"""What can be wrong with a SIE file: the table of problem codes, the problem as a record, and the one
exception.

    SieError(code, line, column, label, excerpt)     the file cannot be read on; do what the message says

In collect mode a problem is kept beside what could be read; in strict mode the first error or warning is
raised. An excerpt never holds more than a few characters of the file, for SIE texts name people. Deciding
whether the accounts agree does not belong here (`identities.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

ERROR = "error"  # something could not be read; a value is missing from the result
WARNING = "warning"  # outside the format, but read with certainty
NOTE = "note"  # allowed by the format, mentioned so that nothing passes unseen

_EXCERPT = 12


@dataclass(frozen=True)
class ProblemKind:
    """One row of the problem table: how grave, what it means, what to do about it."""

    severity: str
    meaning: str
    advice: str


def _error(meaning: str, advice: str) -> ProblemKind:
    return ProblemKind(ERROR, meaning, advice)


def _warning(meaning: str, advice: str) -> ProblemKind:
    return ProblemKind(WARNING, meaning, advice)


def _note(meaning: str, advice: str) -> ProblemKind:
    return ProblemKind(NOTE, meaning, advice)


PROBLEM_KINDS: dict[str, ProblemKind] = {
    # the file as a whole; always raised
    "SIE_EMPTY": _error("the file is empty", "export it again"),
    "SIE_NOT_SIE": _error("no SIE label in the first 64 KiB", "check that this is a SIE file of type 1-4"),
    "SIE_IS_SIE5": _error("this is XML (SIE 5), not SIE 1-4", "export the file as SIE type 4"),
    "SIE_UTF16": _error("the file is UTF-16", "save it as code page 437 or UTF-8"),
    "SIE_LINE_TOO_LONG": _error("a line is longer than 1 MiB", "this is not a SIE file, or it is damaged"),
    "SIE_ARCHIVE": _error("the compressed file cannot be unpacked", "unpack it yourself and read the result"),
    # lines and fields
    "SIE_NO_LABEL": _error("a line is neither an item nor a brace", "look for a broken line above it"),
    "SIE_UNKNOWN_LABEL": _note(
        "a label the format does not know", "no action needed; it is kept as it stands"
    ),
    "SIE_LABEL_CASE": _warning("a label in lower case", "no action needed; read as upper case"),
    "SIE_CONTROL_CHARACTER": _warning("a control character in the text", "no action needed; it is kept"),
    "SIE_QUOTE_INSIDE": _warning("a quote inside a quoted field", "check the text; read as a literal quote"),
    "SIE_QUOTE_OPEN": _warning(
        "a quoted field without its closing quote", "check the text; it ends with the line"
    ),
    "SIE_QUOTE_BACKSLASH": _warning(
        "a field that ends in a backslash", "no action needed; read as backslash and end of field"
    ),
    "SIE_LIST_OPEN": _error(
        "an object list without its closing brace", "add the brace; fields after it were taken into the list"
    ),
    "SIE_LIST_PAIRS": _error("an object list that is not pairs of dimension and object", "correct the list"),
    "SIE_LIST_MISSING": _warning("the object list is left out", "no action needed; read as empty"),
    "SIE_LIST_UNEXPECTED": _error("an object list where a value belongs", "correct the order of the fields"),
    "SIE_EXTRA_FIELD": _note(
        "more fields than the format knows", "no action needed; they are kept as they stand"
    ),
    "SIE_TEXT_MISSING": _warning("a required text is missing", "no action needed; read as empty"),
    "SIE_VALUE_MISSING": _error("a required value is missing", "add the value"),
    # values
    "SIE_AMOUNT": _error("not an amount", "correct it; the amount is left empty, never zero"),
    "SIE_AMOUNT_DECIMALS": _error(
        "an amount with more than two decimals", "correct it; the amount is left empty, never rounded"
    ),
    "SIE_AMOUNT_WIDE": _error(
        "an amount of more than 16 digits before the point", "correct it; the amount is left empty"
    ),
    "SIE_AMOUNT_FORM": _warning(
        "an amount in an unusual form", "no action needed; its value is beyond doubt"
    ),
    "SIE_QUANTITY": _error("not a quantity", "correct it; the quantity is left empty"),
    "SIE_QUANTITY_FORM": _warning(
        "a quantity in an unusual form", "no action needed; its value is beyond doubt"
    ),
    "SIE_DATE": _error("not a date YYYYMMDD", "correct it; the date is left empty"),
    "SIE_DATE_ZERO": _warning("a date of zeros", "no action needed; read as no date"),
    "SIE_PERIOD": _error("not a period YYYYMM", "correct it; the period is left empty"),
    "SIE_INTEGER": _error("not a whole number", "correct it; the value is left empty"),
    # vouchers
    "SIE_ROW_OUTSIDE_VOUCHER": _error(
        "a voucher row outside any voucher", "find its voucher; it is kept under voucher position 0"
    ),
    "SIE_BRACE_MISSING": _warning(
        "a voucher row without an opening brace before it",
        "no action needed; it is read as the voucher's row",
    ),
    "SIE_BRACE_UNEXPECTED": _error(
        "a brace that opens or closes nothing", "look for a missing or doubled brace"
    ),
    "SIE_BRACE_SAME_LINE": _warning(
        "the opening brace stands on the voucher's own line", "no action needed; read as if on its own line"
    ),
    "SIE_VOUCHER_OPEN": _error(
        "a voucher without its closing brace", "look for a cut-off file or a missing brace"
    ),
    "SIE_VOUCHER_NO_BLOCK": _warning(
        "a voucher without braces", "no action needed; read as a voucher without rows"
    ),
    "SIE_ITEM_IN_VOUCHER": _warning(
        "an item that does not belong inside a voucher", "look for a missing closing brace"
    ),
    "SIE_ADDED_WITHOUT_TWIN": _warning(
        "#RTRANS is not followed by its #TRANS", "check the voucher; only #TRANS counts as books"
    ),
    # the file's own promises
    "SIE_FLAG_NOT_FIRST": _warning("#FLAGGA is not the first item", "no action needed"),
    "SIE_FLAG_READ": _warning(
        "#FLAGGA says the file has been read before", "make sure it is not loaded twice"
    ),
    "SIE_TYPE": _warning("an unknown #SIETYP", "no action needed; every item is read whatever the type"),
    "SIE_ITEM_MISSING": _warning(
        "an item the file type requires is missing", "no action needed, unless its value is needed"
    ),
    "SIE_ITEM_FORBIDDEN": _warning(
        "an item that does not belong in this file type", "no action needed; it is read all the same"
    ),
    "SIE_ACCOUNT_TYPE": _warning(
        "an account type other than T, S, K and I", "correct it; the type is left empty"
    ),
    "SIE_ACCOUNT_REPEATED": _warning(
        "an account is declared twice with different names", "no action needed; the first name is kept"
    ),
    "SIE_YEAR_REPEATED": _error(
        "a financial year is declared twice with different dates", "correct #RAR; the first one is used"
    ),
    "SIE_KSUMMA_WRONG": _error(
        "the checksum does not agree with the file",
        "export the file again; it was changed after it was written",
    ),
    "SIE_KSUMMA_OPEN": _error(
        "the checksum is opened and never closed", "export the file again; its end is missing"
    ),
    "SIE_KSUMMA_UNOPENED": _error(
        "a checksum without an opening #KSUMMA", "it cannot be verified; export the file again"
    ),
    "SIE_KSUMMA_TRAILING": _warning(
        "items after the closing #KSUMMA", "no action needed; they are outside the checksum"
    ),
    # writing
    "SIE_WRITE_CHARACTER": _error(
        "a character that the character set does not have", "replace the character or write charset='utf-8'"
    ),
    "SIE_WRITE_CHARSET": _error(
        "the letters of the file would be read in another character set", "write charset='utf-8'"
    ),
    "SIE_WRITE_FIELD": _error(
        "a record that would be read back differently",
        "use values of the kinds the format has, without line ends",
    ),
    "SIE_WRITE_ROW": _error("a row that does not follow its voucher", "write each voucher with its rows"),
}


def shorten(text: str) -> str:
    """At most twelve characters of the file, so that no message repeats a person's name or a whole line."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_EXCERPT])
    return shown + "…" if len(text) > _EXCERPT else shown


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the file. `column` counts characters from 1; 0 = the line or file as a whole."""

    code: str
    line: int
    column: int
    label: str
    message: str
    excerpt: str

    @property
    def severity(self) -> str:
        """error, warning or note: a property of the code."""
        return PROBLEM_KINDS[self.code].severity


class SieError(Exception):
    """The file cannot be read on, or strict mode met its first problem."""

    def __init__(self, problem: Problem, file: str = "") -> None:
        self.problem = problem
        self.file = file
        self.code = problem.code
        self.line = problem.line
        self.column = problem.column
        self.label = problem.label
        self.excerpt = problem.excerpt
        super().__init__(render(problem, file))


def problem(
    code: str, line: int = 0, column: int = 0, label: str = "", *, detail: str = "", text: str = ""
) -> Problem:
    """A problem with its message: what is wrong (`detail` names the field) and what to do."""
    kind = PROBLEM_KINDS[code]
    about = f"{detail}: {kind.meaning}" if detail else kind.meaning
    return Problem(code, line, column, label, f"{about}; {kind.advice}", shorten(text))


def render(found: Problem, file: str = "") -> str:
    """A problem as one line for people: file, line, column, label, message, excerpt, code."""
    place = [file] if file else []
    place += [f"line {found.line}"] if found.line else []
    place += [f"column {found.column}"] if found.column else []
    place += [found.label] if found.label else []
    where = ", ".join(place) + ": " if place else ""
    seen = f" [{found.excerpt}]" if found.excerpt else ""
    return f"{where}{found.message}{seen} ({found.code})"
