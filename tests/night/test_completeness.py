"""The completeness certificate: every surface has a verdict, and what is not whole is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.fortnox.endpoints import ENDPOINTS
from pipelines.load import LoadResult
from pipelines.surfaces import ListingCount, SurfaceResult
from tieout.completeness import certificate

FIRST_DAY = date(2026, 1, 1)


def verdicts(bureau) -> dict[tuple[str, str], tuple[object, ...]]:
    with bureau.snapshot() as snapshot:
        rows = snapshot.execute(
            "SELECT surface, part, verdict, why, rows_fetched, rows_held FROM recon.completeness"
        ).fetchall()
    return {(surface, part): tuple(rest) for surface, part, *rest in rows}


def test_the_clean_company_is_complete_on_every_surface_and_year(first_night) -> None:
    bureau = first_night.bureau
    found = verdicts(bureau)
    assert {surface for surface, _ in found} == {endpoint.name for endpoint in ENDPOINTS} | {
        "voucher_details"
    }
    assert {verdict for verdict, *_ in found.values()} == {"complete"}
    assert all(fetched == held for _, _, fetched, held in found.values())
    first_days = {year.first.isoformat() for year in bureau.emulator.books.years}
    for surface in ("accounts", "vouchers", "voucher_files", "sie"):
        assert {part for name, part in found if name == surface} == first_days
    assert {part for surface, part in found if surface == "customers"} == {"active", "inactive"}


def test_what_may_not_be_read_has_its_own_verdict(withheld_night) -> None:
    found = verdicts(withheld_night.bureau)
    assert found["assets", "all"][0] == "not_licensed"
    assert "'assets'" in str(found["assets", "all"][1])
    assert found["articles", "active"][0] == "not_permitted"


def test_what_did_not_come_whole_is_told_every_night_until_it_does(open_bureau) -> None:
    """A folder that cannot be asked for stays missing on the nights on which the archive would not be read again."""
    with open_bureau(discrepancies=["archive_folder_unread"]) as bureau:
        told = []
        for _ in range(2):
            bureau.night()
            told.append((bureau.findings() == bureau.truth(), verdicts(bureau)["archive_files", "all"][0]))
    assert told == [(True, "incomplete"), (True, "incomplete")]


@pytest.fixture
def raw() -> dict[str, pl.DataFrame]:
    """A year of two vouchers, the same by the voucher list and by the SIE file."""
    return {
        "fortnox.financial_years": pl.DataFrame({"id": ["3"], "from_date": [FIRST_DAY]}),
        "fortnox.vouchers": pl.DataFrame(
            {"year": ["3", "3"], "voucher_series": ["A", "A"], "voucher_number": [1, 2]}
        ),
        "fortnox.accounts": pl.DataFrame(
            {
                "year": ["3", "3"],
                "number": ["1510", "1930"],
                "balance_brought_forward": [Decimal("125.00"), Decimal("0.00")],
            }
        ),
        "sie.files": pl.DataFrame({"financial_year": [FIRST_DAY], "financial_year_id": ["3"]}),
        "sie.vouchers": pl.DataFrame(
            {"financial_year": [FIRST_DAY] * 2, "voucher_series": ["A", "A"], "voucher_number": ["1", "2"]}
        ),
        "sie.voucher_rows": pl.DataFrame(
            {
                "financial_year": [FIRST_DAY] * 3,
                "kind": ["row", "row", "removed"],
                "amount": [Decimal("80.00"), Decimal("-80.00"), Decimal("5.00")],
            }
        ),
        "sie.balances": pl.DataFrame(
            {
                "financial_year": [FIRST_DAY],
                "kind": ["opening_balance"],
                "year_number": [0],
                "account_number": ["1510"],
                "amount": [Decimal("125.00")],
            }
        ),
    }


def loaded(*listings: ListingCount) -> LoadResult:
    surfaces = (
        SurfaceResult(
            "vouchers", 2, 1, 0.1, "complete", listings=listings or (ListingCount("3", 2, 2, 1, 1),)
        ),
        SurfaceResult("sie", 5, 1, 0.1, "complete"),
        SurfaceResult("suppliers", 0, 1, 0.1, "not_licensed", "no licence for 'supplier'"),
    )
    return LoadResult(surfaces, {}, {}, {}, {})


def row_of(frame: pl.DataFrame, surface: str) -> dict[str, object]:
    return frame.row(by_predicate=pl.col("surface") == surface, named=True)


def test_two_witnesses_that_agree_are_complete(raw: dict[str, pl.DataFrame]) -> None:
    frame = certificate("acme", loaded(), raw)
    vouchers, sie = row_of(frame, "vouchers"), row_of(frame, "sie")
    assert (vouchers["verdict"], vouchers["witness_rows"], vouchers["witness_missing"]) == ("complete", 2, 0)
    assert (sie["verdict"], sie["rows_fetched"], sie["debits"]) == ("complete", 2, Decimal("80.00"))
    assert (row_of(frame, "suppliers")["verdict"], row_of(frame, "suppliers")["why"]) == (
        "not_licensed", "no licence for 'supplier'",
    )  # fmt: skip
    assert row_of(frame, "customers")["verdict"] == "not_fetched"


def test_a_voucher_one_witness_lacks_is_named(raw: dict[str, pl.DataFrame]) -> None:
    raw["sie.vouchers"] = raw["sie.vouchers"].head(1)
    vouchers = row_of(certificate("acme", loaded(), raw), "vouchers")
    assert vouchers["verdict"] == "incomplete"
    assert vouchers["why"] == "1 voucher not in or not as in the SIE file: A/2"


def test_a_row_and_a_page_that_did_not_come_are_counted(raw: dict[str, pl.DataFrame]) -> None:
    vouchers = row_of(certificate("acme", loaded(ListingCount("3", 1, 2, 1, 2)), raw), "vouchers")
    assert vouchers["verdict"] == "incomplete"
    assert str(vouchers["why"]).startswith(
        "Fortnox states 2 rows and gave 1; 1 rows came and 2 are held; 2 pages were promised and 1 came"
    )


def test_a_year_without_its_sie_file_is_incomplete(raw: dict[str, pl.DataFrame]) -> None:
    raw["sie.files"] = raw["sie.files"].clear()
    sie = row_of(certificate("acme", loaded(), raw), "sie")
    assert (sie["verdict"], sie["why"]) == ("incomplete", "no SIE file of financial year 3")


def test_an_opening_balance_the_witnesses_state_differently_is_named(raw: dict[str, pl.DataFrame]) -> None:
    raw["sie.balances"] = raw["sie.balances"].with_columns(amount=pl.lit(Decimal("125.01")))
    sie = row_of(certificate("acme", loaded(), raw), "sie")
    assert sie["verdict"] == "incomplete"
    assert "1510" in str(sie["why"])


def test_sie_files_alone_say_that_nothing_else_was_fetched(raw: dict[str, pl.DataFrame]) -> None:
    only_sie = LoadResult((SurfaceResult("sie", 5, 0, 0.1, "complete"),), {}, {}, {}, {})
    files = {name: frame for name, frame in raw.items() if name.startswith("sie.")}
    frame = certificate("acme", only_sie, files)
    assert set(frame.filter(pl.col("surface") != "sie")["verdict"]) == {"not_fetched"}
    assert row_of(frame, "sie")["verdict"] == "complete"
