"""What the reconciliations say, in another language: each English sentence has a template, each template a translation.

The tables keep the English text; it is read back with the very template the reconciliation wrote it with (``{}`` where
a value stands), and the values are put into the translation. A hole of a translation names its value and what it is::

    {0}                       one word, as it is            {0:text}      any text, as it is
    {0:money} {0:date}        an amount, a day              {0:whole}     a count
    {0:one day/many days}     a counted thing               {0:a=x|b=y}   one of a few words
    {0:said}                  something that is said in its turn: a clause, documents, a list of account numbers
    {0:list}                  several of those, separated by semicolons outside parentheses
    {0:booked}                accounts with amounts, as a restatement lists them
    {0:names}                 names with notes, put into words by ``Sentences.names``

What cannot be read back is not translated, never guessed. The texts themselves belong to ``sentences_sv``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

_PATTERNS: Final = {
    "": r"\S+",
    "text": r".*",
    "names": r".*",
    "money": r"-?\d+\.\d\d [A-Z]{3}",
    "date": r"\d{4}-\d\d-\d\d",
    "whole": r"-?\d+",
}
_ANYTHING: Final = ".+"
_MONEY: Final = re.compile(_PATTERNS["money"])
_COUNTED: Final = r"-?\d+(?: [a-z ]+)?"
_BETWEEN_CLAUSES: Final = re.compile(r"; (?![^()]*\))")
_PLAIN: Final = re.compile(r"[\d, ]+")
_BOOKED: Final = re.compile(r"(\S+) (-?\d+\.\d\d)")
_DOCUMENT: Final = re.compile(
    r"([Cc]ustomer|[Ss]upplier) (invoice|payment|write-off|credit note) (\S+?)(?=,|$| and \d+ more)"
)


class NotSaid(Exception):
    """A text that no template reads back. Never leaves this module."""


@dataclass(frozen=True)
class Template:
    """One English template with its translation."""

    english: str
    translation: str
    kinds: Mapping[int, str]
    lazy: re.Pattern[str]
    greedy: re.Pattern[str]
    start: str

    @staticmethod
    def of(english: str, translation: str) -> Template:
        """The template as patterns: of two ways to read a text the shorter first values are tried first."""
        kinds: dict[int, str] = {}
        for _, name, spec, _ in Formatter().parse(translation):
            if name is not None and not kinds.get(int(name)):
                kinds[int(name)] = spec or ""
        parts = english.split("{}")
        holes = [_pattern(kinds.get(number, "text")) for number in range(len(parts) - 1)]

        def compiled(lazy: str) -> re.Pattern[str]:
            pattern = re.escape(parts[0])
            for hole, part in zip(holes, parts[1:], strict=True):
                pattern += f"({hole}{lazy if hole in {_ANYTHING, '.*'} else ''}){re.escape(part)}"
            return re.compile(pattern, re.DOTALL)

        return Template(english, translation, kinds, compiled("?"), compiled(""), parts[0])


def _pattern(kind: str) -> str:
    if "=" in kind:
        return "|".join(re.escape(choice.split("=")[0]) for choice in kind.split("|"))
    return _COUNTED if "/" in kind else _PATTERNS.get(kind, _ANYTHING)


@dataclass(frozen=True)
class Sentences:
    """One language: templates, phrases without values, words for documents, and how amounts are written."""

    templates: Mapping[str, str]
    phrases: Mapping[str, str]
    documents: Mapping[str, str]
    names: Sequence[tuple[str, str]]
    more: str
    money: Callable[[str], str]
    _known: dict[str, str | None] = field(default_factory=dict, repr=False)

    def said(self, text: str) -> str | None:
        """``text`` in the language; None when no template reads it back."""
        if text not in self._known:
            try:
                self._known[text] = self._said(text)
            except NotSaid:
                self._known[text] = None
        return self._known[text]

    @functools.cached_property
    def _templates(self) -> list[Template]:
        return [Template.of(english, translation) for english, translation in self.templates.items()]

    def _said(self, text: str) -> str:
        if text in self.phrases:
            return self.phrases[text]
        if _PLAIN.fullmatch(text):
            return text
        for way in (self._documents, self._by_template, self._sentences, self._clause, self._listed):
            translated = way(text)
            if translated is not None:
                return translated
        raise NotSaid(text)

    def _documents(self, text: str) -> str | None:
        """``customer invoice 7, supplier payment 9 and 2 more``."""
        found = list(_DOCUMENT.finditer(text))
        rest = re.sub(r"^(, )*$", "", _DOCUMENT.sub("", text))
        more = re.fullmatch(r"(?:, )* and (\d+) more", rest)
        if not found or (rest and not more):
            return None
        named = [
            f"{_like(self.documents[f'{side.lower()} {kind}'], side)} {number}"
            for side, kind, number in (part.groups() for part in found)
        ]
        return ", ".join(named) + (self.more.format(more[1]) if more else "")

    def _by_template(self, text: str) -> str | None:
        for template in self._templates:
            if not text.startswith(template.start):
                continue
            for pattern in (template.lazy, template.greedy):
                if found := pattern.fullmatch(text):
                    try:
                        return self._filled(template, found.groups())
                    except NotSaid:
                        continue
        return None

    def _filled(self, template: Template, values: tuple[str, ...]) -> str:
        parts = []
        for literal, name, spec, _ in Formatter().parse(template.translation):
            parts.append(literal)
            if name is not None:
                parts.append(self._value(values[int(name)], spec or ""))
        return "".join(parts)

    def _value(self, text: str, kind: str) -> str:
        if "=" in kind:
            return dict(choice.split("=", 1) for choice in kind.split("|"))[text]
        if "/" in kind:
            number = text.split(maxsplit=1)[0]
            return f"{number} {kind.split('/')[number != '1']}"
        written = {
            "money": self._money,
            "booked": self._booked,
            "names": self._named,
            "list": self._list,
            "said": self._said,
        }
        return written[kind](text) if kind in written else self.phrases.get(text, text)

    def _booked(self, text: str) -> str:
        return "; ".join(_BOOKED.sub(lambda row: f"{row[1]} {self.money(row[2])}", text).split(", "))

    def _named(self, text: str) -> str:
        for english, translation in self.names:
            text = re.sub(english, translation, text)
        return _MONEY.sub(lambda amount: self._money(amount[0]), text)

    def _list(self, text: str) -> str:
        return "; ".join(self._said(part) for part in _BETWEEN_CLAUSES.split(text))

    def _money(self, text: str) -> str:
        amount, currency = text.split()
        return f"{self.money(amount)} {'kr' if currency == 'SEK' else currency}"

    def _sentences(self, text: str) -> str | None:
        """Two sentences, one after the other."""
        for end in re.finditer(r"\. (?=[A-ZÅÄÖ])", text):
            first, rest = self.said(text[: end.start() + 1]), self.said(text[end.end() :])
            if first and rest:
                return f"{first} {rest}"
        return None

    def _listed(self, text: str) -> str | None:
        """Several clauses, separated by semicolons that stand in no parenthesis."""
        return self._list(text) if _BETWEEN_CLAUSES.search(text) else None

    def _clause(self, text: str) -> str | None:
        """A clause that stands alone: capital letter and full stop."""
        if not text.endswith(".") or not text[0].isupper():
            return None
        clause = self.said(text[0].lower() + text[1:-1])
        return None if clause is None else f"{clause[0].upper()}{clause[1:]}."


def _like(word: str, model: str) -> str:
    return f"{word[0].upper()}{word[1:]}" if model[0].isupper() else word
