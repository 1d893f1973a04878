"""The page about the emulator (``docs/emulator.md``), generated from its switches, faults and discrepancies.

What does not belong here: what any of them does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from datetime import date

from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.deviations import DEVIATIONS
from fortnox_emulator.discrepancies import DETAILED, OVERNIGHT, REGISTRY, Discrepancy, plant, plantable
from fortnox_emulator.faults import KINDS, Fault
from fortnox_emulator.founding import found_books
from fortnox_emulator.switches import Switches

_SEED = 1
_TODAY = date(2026, 9, 30)

_INTRODUCTION = """\
A stand-in for the Fortnox API with a seeded Swedish company behind it: three financial years of invoices, payments,
credit notes, foreign currency, corrections and a moving lock, whose books add up to the öre. The same seed gives the
same bytes. It shares no code with the client, the SIE reader or the reconciliations, and works out from its own books
what a correct reconciliation must find.

```
python -m fortnox_emulator --seed 1 --discrepancies ar_manual_voucher,ap_overpayment --truth truth.json
python -m fortnox_emulator --archetype cash_method
python -m fortnox_emulator --list-discrepancies
```

It prints its address and credentials and serves until interrupted. Tests hold it in process:
`with Emulator(seed=1, discrepancies="all").serving() as server: ...`. Either way it can be steered while it serves, by
methods of `Emulator` or by `POST /_emulator/<command>` with JSON:

| command | body | what it does |
|---|---|---|
| `advance` | `{"nights": 1}` | lets days pass in the company |
| `clock` | `{"seconds": 60}` | lets seconds pass for tokens and the rate limit |
| `plant` | `{"id": "ar_manual_voucher"}` | plants a discrepancy now |
| `renumber` | `{"side": "customer", "number": "3", "to": "903"}` | gives a customer or supplier another number |
| `faults` | `[{"kind": "reset"}]` | appends to the fault script |
| `switches` | `{"retry_after": true}` | changes switches |

`GET /_emulator/stats` counts requests, refusals, violations of the API's rules and faults that struck.
"""

_ARCHETYPES = """\
`--archetype` picks one. Each is the demo company with what makes its kind different. Clean, none of them has a finding
that blocks or asks for an explanation; whatever is planted is found with its keys and amounts. The one with several
control accounts names those Fortnox does not know of in `customer_control_accounts` and `supplier_control_accounts`.
"""

_DISCREPANCIES = """\
Each breaks the books in one place; which records it takes follows from the seed. `ar_` ones are about customers, `ap_`
ones about suppliers. The last column is what must be found of it when nothing else is planted, by the
[checks](checks.md) that block or ask for an explanation and need only one night to see it. `--truth` states the
findings with keys and amounts; planted together, differences on one subject add up. Behind a colon stand the causes by
which `recon.bridges` explains the tie-out's part of it.
"""

_OVERNIGHT = """\
Planted with `POST /_emulator/plant` or `Emulator.plant` after a first night saw the books; the next night finds it.
"""

_DETAILED = """\
Nothing in a list shows these. They are found where the rows of invoices are read (`invoice_details_per_night`), and
planted like those of a second night.
"""

_FAULTS = """\
A fault spoils `times` answers (null is for ever) on paths that start with `path_prefix`, after `after` good ones.
Further fields: {fields}.
"""

_SWITCHES = """\
Where the evidence about Fortnox is silent or split, both behaviours are here. The default is the best-supported one.
"""

_DEVIATIONS = """\
Everything the emulator answers has the fields and types of the official description of February 2026 and of recorded
exchanges, but for these. Tests work the differences out anew and allow no others.
"""


def emulator_page(generated: str) -> str:
    """The page; ``generated`` is the note that says not to edit it."""
    shown = {"status", "seconds"}
    further = ", ".join(f"`{item.name}` ({item.default})" for item in fields(Fault) if item.name in shown)
    return "\n".join(
        [
            f"# The emulator\n\n{generated}{_INTRODUCTION}",
            f"## Kinds of companies\n\n{_ARCHETYPES}",
            _table(("archetype", "what is different", "errors it can have"), _archetypes()),
            f"## Discrepancies\n\n{_DISCREPANCIES}",
            _table(("id", "what is wrong", "found as"), _found(REGISTRY)),
            f"## Discrepancies of a second night\n\n{_OVERNIGHT}",
            _table(("id", "what is wrong", "found as"), _found(OVERNIGHT)),
            f"## Discrepancies in the detail of an invoice\n\n{_DETAILED}",
            _table(("id", "what is wrong", "found as"), _found(DETAILED)),
            f"## Faults\n\n{_FAULTS.format(fields=further)}",
            _table(("kind", "what happens"), [(f"`{kind}`", text) for kind, text in KINDS.items()]),
            f"## Switches\n\n{_SWITCHES}",
            _table(("switch", "default", "meaning"), [_switch(item) for item in fields(Switches)]),
            f"## Deviations from the description and from recordings\n\n{_DEVIATIONS}",
            _table(
                ("surface", "answer", "field", "difference", "why"),
                [
                    (f"`{one.surface}`", one.answer, f"`{one.field}`", one.difference, one.why)
                    for one in DEVIATIONS
                ],
            ),
        ]
    )


def _found(register: Mapping[str, Discrepancy]) -> list[tuple[str, str, str]]:
    """Id, sentence and the rules that find it, as planted one after the other in the first company that can have it."""
    books = {kind: found_books(one.profile(), _SEED, _TODAY) for kind, one in ARCHETYPES.items()}
    rows = []
    for name, discrepancy in register.items():
        broken = next(held for held in books.values() if discrepancy.can_be_in(held))
        found = sorted({f"`{one.check}` {one.rule}" for one in plant(broken, _SEED, name).findings})
        causes = f": {', '.join(discrepancy.causes)}" if discrepancy.causes else ""
        rows.append((f"`{name}`", discrepancy.description, ", ".join(found) + causes))
    return rows


def _archetypes() -> list[tuple[str, str, str]]:
    """Id, sentence, and how many of the discrepancies such a company can have."""
    return [
        (f"`{kind}`", one.description, str(len(plantable(found_books(one.profile(), _SEED, _TODAY)))))
        for kind, one in ARCHETYPES.items()
    ]


def _switch(item: Field[object]) -> tuple[str, str, str]:
    value = item.default
    default = ", ".join(sorted(value)) or "none" if isinstance(value, frozenset) else str(value)
    return f"`{item.name}`", default, item.metadata["meaning"]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
