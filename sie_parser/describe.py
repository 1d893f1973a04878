"""The parts of `docs/sie_parser.md` that are made from code: what is read, which tables come out, what can be wrong.

`renew(page)` replaces what stands between a pair of markers `<!-- items -->` ... `<!-- end -->`. Prose belongs in the
page, not here.
"""

from __future__ import annotations

from sie_parser.columns import SCHEMAS
from sie_parser.items import FILE_TYPES, ITEMS, Field
from sie_parser.problems import PROBLEM_KINDS


def items() -> str:
    """Every label: fields in order, in which file types, the record it becomes."""
    lines = [f"| label | meaning | fields, required in bold | {' | '.join(FILE_TYPES)} | record |"]
    lines.append("|---|---|---|" + "---|" * len(FILE_TYPES) + "---|")
    for item in ITEMS.values():
        presence = " | ".join(item.presence)
        fields = ", ".join(map(_field, item.fields))
        lines.append(
            f"| `{item.label}` | {item.meaning} | {fields} | {presence} | `{item.record.__name__}` |"
        )
    return "\n".join(lines)


def _field(field: Field) -> str:
    return f"**{field.name}**" if field.required else field.name


def tables() -> str:
    """Every table and its columns."""
    lines = ["| table | columns |", "|---|---|"]
    for table, schema in SCHEMAS.items():
        columns = ", ".join(f"{column.name} *{column.type}*" for column in schema)
        lines.append(f"| `{table}` | {columns} |")
    return "\n".join(lines)


def problems() -> str:
    """Every problem code: how grave, what it means, what to do."""
    lines = ["| code | severity | meaning | what to do |", "|---|---|---|---|"]
    lines += [f"| `{code}` | {k.severity} | {k.meaning} | {k.advice} |" for code, k in PROBLEM_KINDS.items()]
    return "\n".join(lines)


_PARTS = {"items": items, "tables": tables, "problems": problems}


def renew(page: str) -> str:
    """The page with its generated parts as the code has them now."""
    for name, make in _PARTS.items():
        start, rest = page.split(f"<!-- {name} -->\n", 1)
        _, end = rest.split("<!-- end -->", 1)
        page = f"{start}<!-- {name} -->\n{make()}\n<!-- end -->{end}"
    return page
