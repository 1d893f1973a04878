"""Which findings a company calls material: those a reader looks at first (decision 0107).

A tolerance says what is no difference; this says nothing of the kind. Whether something is found, what it weighs and
whether it counts does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.settings import Settings
from transforms.tables import FLAG, MONEY

UNSAID: Final = pl.lit(None, dtype=FLAG)


def material(settings: Settings) -> pl.Expr:
    """Of findings: whether the difference, either sign, is at least the materiality of its account, else of the
    company. Null where none is set, where there is no difference, and where it is not in SEK."""
    least = pl.col("account_number").replace_strict(
        dict(settings.account_materiality),
        default=pl.lit(settings.materiality, dtype=MONEY),
        return_dtype=MONEY,
    )
    in_sek = pl.col("currency") == money.LEDGER_CURRENCY
    return pl.when(in_sek).then(pl.col("difference").abs() >= least)
