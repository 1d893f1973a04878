"""The page that documents views, macros and joins (``docs/views.md``), generated from the code that publishes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipelines.publish import PublishedView
from tieout.views import analysis, audit_data_standards, history
from tieout.views.relations import RELATIONS, er_diagram

_INTRODUCTION: Final = """\
Every snapshot carries these beside its [tables](tables.md). Open the file itself (`duckdb -readonly snapshot.duckdb`,
`duckdb.connect(path, read_only=True)`) or, after `ATTACH`, say `USE books` first: macros find their tables through the
current database. Amounts are SEK, debit positive, unless a column says otherwise.
"""


def views_page(generated: str) -> str:
    """The page; ``generated`` is the note that says not to edit it."""
    return "\n".join(
        [
            f"# Ready-made questions\n\n{generated}{_INTRODUCTION}",
            "## As of any date\n",
            *_sections(analysis.MACROS),
            "## Views\n",
            *_sections(analysis.VIEWS),
            "## What became of every record\n",
            *_sections(history.VIEWS),
            "## AICPA Audit Data Standards\n\nTables and columns under the names audit tools expect (standards of July"
            " 2015). What Fortnox and\nSIE do not hold (times, approvers, business units) is left out, not invented.\n",
            *_sections(audit_data_standards.VIEWS),
            f"## How the tables join\n\n```mermaid\n{er_diagram()}\n```\n",
            "| rows of | lead to one of | by |\n|---|---|---|",
            *(f"| `{r.child}` | `{r.parent}` | {_columns(r.columns)} |" for r in RELATIONS),
            "",
        ]
    )


def _sections(views: Iterable[PublishedView]) -> list[str]:
    return [_section(view) for view in views]


def _section(view: PublishedView) -> str:
    called = f"{view.name}({', '.join(view.parameters)})" if view.parameters else f"{view.schema}.{view.name}"
    rows = "\n".join(f"| `{column}` | {meaning} |" for column, meaning in view.columns.items())
    return f"### {called}\n\n{view.comment}\n\n| column | meaning |\n|---|---|\n{rows}\n"


def _columns(columns: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(
        f"`{child}`" if child == parent else f"`{child}` = `{parent}`" for child, parent in columns
    )
