"""Numbers that people write in many ways: invoice numbers, OCR, bank accounts.

Which numbers mean something belongs where they are compared, not here.
"""

from __future__ import annotations

import polars as pl


def letters_and_digits(text: pl.Expr) -> pl.Expr:
    """``text`` without case, blanks and signs: "5050-1055 " and "5050 1055" are one. Null stays null."""
    return text.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
