"""The completeness certificate: per surface and financial year, what exists by each witness, and what is held.

Witnesses are the totals and pages Fortnox states, the rows that came, the rows the warehouse holds, and for the ledger
the SIE file of the year beside the voucher list and the opening balances of the accounts. A surface that could not be
read has its own verdict and is never an empty table that looks like zero. What a disagreement means for the books
belongs to the reconciliations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.endpoints import ENDPOINTS
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import WITHIN_BUDGET
from pipelines.surfaces import COMPLETE, NOT_LICENSED, ListingCount, LoadResult, SurfaceResult
from transforms.tables import COMPLETENESS
from transforms.wording import count_of

INCOMPLETE: Final = "incomplete"
NOT_PERMITTED: Final = "not_permitted"
NOT_FETCHED: Final = "not_fetched"
WHOLE: Final = "all"
NAMED: Final = 5

Frames = Mapping[str, pl.DataFrame]
Row = dict[str, Any]


def certificate(company_id: str, loaded: LoadResult, raw: Frames) -> pl.DataFrame:
    """``recon.completeness`` of the load that just ended; ``raw`` are the raw tables it left."""
    results = {result.surface: result for result in loaded.surfaces}
    rows: list[Row] = []
    for endpoint in (*ENDPOINTS, *(row for row in (*BY_CHOICE, *WITHIN_BUDGET) if row.name in results)):
        result = results.get(endpoint.name)
        if result is None or result.status != COMPLETE:
            rows.append(_unread(endpoint, result))
        elif endpoint.shape is Shape.BYTES:
            rows.extend(_sie_rows(raw, {listing.part: listing for listing in result.listings}))
        elif endpoint in WITHIN_BUDGET:
            rows.append(_within_budget(endpoint, result, loaded, raw))
        else:
            rows.extend(_read(endpoint, result, loaded, raw))
    return COMPLETENESS.select(pl.DataFrame([{**_blank(), **row, "company_id": company_id} for row in rows],
                                            schema=COMPLETENESS.dtypes))  # fmt: skip


def _blank() -> Row:
    return dict.fromkeys(COMPLETENESS.dtypes)


def _unread(endpoint: Endpoint, result: SurfaceResult | None) -> Row:
    """A surface this load did not read."""
    row: Row = {"surface": endpoint.name, "part": WHOLE, "verdict": NOT_FETCHED}
    if result is None:
        return row | {"why": "this run did not ask for it"}
    verdict = NOT_LICENSED if result.status == NOT_LICENSED else NOT_FETCHED
    return row | {"verdict": verdict, "why": result.why}


def _read(endpoint: Endpoint, result: SurfaceResult, loaded: LoadResult, raw: Frames) -> Iterator[Row]:
    """One row per listing of a surface that was read."""
    years = _first_days(raw)
    fields = _fields(endpoint, loaded)
    for listing in result.listings:
        row: Row = {
            "surface": endpoint.name,
            "part": years.get(listing.part, listing.part) if endpoint.per_year else listing.part or WHOLE,
            "financial_year": years.get(listing.part) if endpoint.per_year else None,
            "rows_stated": listing.stated,
            "rows_fetched": listing.exist,
            "rows_kept": listing.kept,
            "rows_held": _held(endpoint, listing, raw),
            "pages_expected": listing.pages_stated,
            "pages_fetched": listing.pages,
            "reading": listing.way,
            "read_in_full": listing.full_on,
            **fields,
        }
        row["part"] = str(row["part"])
        if endpoint.name == "vouchers":
            row |= _voucher_witness(listing.part, raw)
        yield row | _verdict(row)


def _within_budget(endpoint: Endpoint, result: SurfaceResult, loaded: LoadResult, raw: Frames) -> Row:
    """Records, not rows: how many there are, and of how many the detail is held. Waiting for it is no fault."""
    (listing,) = result.listings
    row: Row = {
        "surface": endpoint.name,
        "part": WHOLE,
        "rows_stated": listing.stated,
        "rows_fetched": listing.exist,
        "rows_kept": listing.kept,
        "rows_held": _held(endpoint, listing, raw),
        "reading": listing.way,
        **_fields(endpoint, loaded),
    }
    judged = _verdict({**_blank(), **row, "rows_stated": None})
    if result.waiting and judged["verdict"] == COMPLETE:
        judged["why"] = backlog(result)
    return row | judged


def backlog(result: SurfaceResult) -> str:
    """What no night has asked for yet, of a surface that is read within a budget; empty for all others."""
    waiting = result.waiting
    if not waiting or result.surface not in {row.name for row in WITHIN_BUDGET}:
        return ""
    if result.surface == "voucher_details":
        doubted = count_of(waiting, "doubted voucher", "doubted vouchers")
        return f"{doubted} not asked about; raise voucher_details_per_night"
    return f"{count_of(waiting, 'invoice', 'invoices')} without rows; raise invoice_details_per_night"


def _fields(endpoint: Endpoint, loaded: LoadResult) -> Row:
    """What conversion noticed about the fields of the surface, as JSON objects of field and rows."""

    def noticed(counts: Mapping[str, int]) -> str | None:
        mine = {name: times for name, times in counts.items() if name.split(".")[0] in endpoint.tables}
        return json.dumps(mine, sort_keys=True) if mine else None

    return {
        "unknown_fields": noticed(loaded.unknown_fields),
        "missing_fields": noticed(loaded.missing_fields),
        "withheld_fields": noticed(loaded.no_right),
    }


def _verdict(row: Row) -> Row:
    """complete, incomplete or not_permitted, with why."""
    reasons = []
    if row["rows_stated"] not in {None, row["rows_fetched"]}:
        reasons.append(f"Fortnox states {row['rows_stated']} rows and gave {row['rows_fetched']}")
    if row["rows_held"] not in {None, row["rows_fetched"]}:
        reasons.append(f"{row['rows_fetched']} rows came and {row['rows_held']} are held")
    if row["pages_expected"] not in {None, row["pages_fetched"]}:
        reasons.append(f"{row['pages_expected']} pages were promised and {row['pages_fetched']} came")
    if row.get("witness_missing"):
        reasons.append(row["witness_says"])
    if reasons:
        return {"verdict": INCOMPLETE, "why": "; ".join(reasons)}
    if row.get("withheld_fields"):
        return {"verdict": NOT_PERMITTED, "why": "Fortnox withholds fields from the user who consented"}
    return {"verdict": COMPLETE, "why": None}


def _held(endpoint: Endpoint, listing: ListingCount, raw: Frames) -> int | None:
    """Rows of the surface's own table in the warehouse, of the listing's year or filter."""
    frame = raw.get(f"fortnox.{endpoint.tables[0]}")
    if frame is None:
        return None
    if endpoint.per_year and listing.part:
        column = "voucher_year" if "voucher_year" in frame.columns else "year"
        return frame.filter(pl.col(column) == listing.part).height
    if listing.part in {"active", "inactive"}:
        return frame.filter(pl.col("active") == (listing.part == "active")).height
    return frame.height


def _first_days(raw: Frames) -> dict[str, Any]:
    """First day of each financial year by its id."""
    years = raw.get("fortnox.financial_years")
    return {} if years is None else dict(years.select("id", "from_date").iter_rows())


# -- the ledger, by two witnesses ------------------------------------------------------------------------------


def _voucher_witness(year: str, raw: Frames) -> Row:
    """The vouchers of the year in its SIE file, beside those of the voucher list."""
    in_sie = _sie_keys(year, raw)
    if in_sie is None:
        return {"witness": "SIE file", "witness_says": None}
    listed = raw["fortnox.vouchers"].filter(pl.col("year") == year)
    in_list = set(listed.select(pl.concat_str("voucher_series", "voucher_number", separator="/")).to_series())
    return {
        "witness": "SIE file",
        "witness_rows": len(in_sie),
        "witness_missing": len(in_sie ^ in_list),
        "witness_says": _differing("voucher", "SIE file", in_list - in_sie, "voucher list", in_sie - in_list),
    }


def _sie_keys(year: str, raw: Frames) -> set[str] | None:
    """series/number of every numbered voucher of the year's SIE file; None without a file."""
    files = raw.get("sie.files")
    if files is None or year not in set(files["financial_year_id"]):
        return None
    first_day = files.filter(pl.col("financial_year_id") == year)["financial_year"][0]
    vouchers = raw["sie.vouchers"].filter(pl.col("financial_year") == first_day)
    key = pl.concat_str("voucher_series", "voucher_number", separator="/")
    return set(vouchers.select(key.drop_nulls()).to_series())


def _sie_rows(raw: Frames, readings: Mapping[str, ListingCount]) -> Iterator[Row]:
    """One row per SIE file held, and one per financial year without a file."""
    files = raw["sie.files"]
    for file in files.sort("financial_year").iter_rows(named=True):
        read = readings.get(file["financial_year_id"])
        yield _sie_row(file, raw) | {
            "reading": read.way if read else None,
            "read_in_full": read.full_on if read else None,
        }
    for identity, first_day in _first_days(raw).items():
        if first_day not in set(files["financial_year"]):
            yield {
                "surface": "sie", "part": str(first_day), "financial_year": first_day, "verdict": INCOMPLETE,
                "why": f"no SIE file of financial year {identity}",
            }  # fmt: skip


def _sie_row(file: Mapping[str, Any], raw: Frames) -> Row:
    """A year's SIE file: its booked rows and their debits, and the API's opening balances as witness."""
    of_year = pl.col("financial_year") == file["financial_year"]
    booked = raw["sie.voucher_rows"].filter(of_year, pl.col("kind") == "row")
    row: Row = {
        "surface": "sie",
        "part": str(file["financial_year"]),
        "financial_year": file["financial_year"],
        "rows_stated": None,
        "rows_fetched": booked.height,
        "rows_held": booked.height,
        "pages_expected": None,
        "pages_fetched": None,
        "debits": booked.filter(pl.col("amount") > 0)["amount"].sum(),
    }
    row |= _opening_witness(file, raw)
    return row | _verdict(row)


def _opening_witness(file: Mapping[str, Any], raw: Frames) -> Row:
    """The opening balances the API's accounts state, beside the file's."""
    accounts = raw.get("fortnox.accounts")
    if accounts is None or file["financial_year_id"] is None:
        return {}
    stated = accounts.filter(pl.col("year") == file["financial_year_id"])
    held = raw["sie.balances"].filter(
        pl.col("financial_year") == file["financial_year"],
        pl.col("kind") == "opening_balance",
        pl.col("year_number") == 0,
    )
    by_api = _amounts(stated, "number", "balance_brought_forward")
    by_sie = _amounts(held, "account_number", "amount")
    differing = {account for account, _ in by_api.items() ^ by_sie.items()}
    return {
        "witness": "opening balances of the accounts",
        "witness_rows": len(by_api),
        "witness_missing": len(differing),
        "witness_says": _differing("account", "API's opening balances", differing, "", set()),
    }


def _amounts(frame: pl.DataFrame, account: str, amount: str) -> dict[str, Decimal]:
    """Amount per account, zeros left out because only one side lists them."""
    return {name: value for name, value in frame.select(account, amount).iter_rows() if value}


def _differing(what: str, here: str, not_here: set[str], there: str, not_there: set[str]) -> str | None:
    """Which keys one of two witnesses lacks, the first few by name."""
    said = [
        f"{count_of(len(keys), what, f'{what}s')} not in or not as in the {place}: {', '.join(sorted(keys)[:NAMED])}"
        + (" …" if len(keys) > NAMED else "")
        for place, keys in ((here, not_here), (there, not_there))
        if keys
    ]
    return "; ".join(said) or None
