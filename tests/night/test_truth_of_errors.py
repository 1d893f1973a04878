"""Each plantable error by itself, and a few at a time: what is found is what the emulator declares.

In one process: the emulator's answers go through the real client, conversion, SIE reader and reconciliations, but
through no socket and no warehouse. The whole way is in ``test_night.py``.
"""

from __future__ import annotations

import io
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

import httpx
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sie_parser
from fortnox_emulator.answers import answer_get
from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import demo_profile
from fortnox_emulator.discrepancies import REGISTRY, combined, plant
from fortnox_emulator.findings import Finding
from fortnox_emulator.founding import found_books
from fortnox_emulator.model import Document, Payment, RowState, Side, Voucher
from fortnox_emulator.oauth import ALL_SCOPES
from fortnox_emulator.resources import Context
from fortnox_emulator.switches import Switches
from fortnox_emulator.witness import expected_findings
from fortnox_emulator.witness_notes import informative_findings
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS, Shape
from pipelines.fortnox.extraction import Extraction
from pipelines.fortnox.fields import COMPANY_ID, Kind
from pipelines.fortnox.resources import CHILDREN, TABLE, own_row
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.sie.schema import TABLES
from pipelines.surfaces import SilentProgress, SurfaceLog
from transforms.causes import CAUSES
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings
from transforms.staging import stage

API = "https://api.fortnox.example"
TENANT = "1200001"
SEED = 1
TODAY = date(2026, 9, 30)
DTYPES = {
    Kind.TEXT: pl.String(),
    Kind.MONEY: pl.Decimal(18, 2),
    Kind.RATE: pl.Decimal(18, 6),
    Kind.DATE: pl.Date(),
    Kind.FLAG: pl.Boolean(),
    Kind.WHOLE: pl.Int64(),
}


INFORMATIVE = ["missing_documents", "subsequent_settlement", "journal_profile"]


@dataclass
class InProcess(httpx.BaseTransport):
    """Books in place of a network."""

    context: Context

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "token_type": "bearer"})
        path = request.url.path.removeprefix("/3/")
        answer = answer_get(self.context, path, dict(request.url.params), ALL_SCOPES)
        return httpx.Response(
            answer.status, content=answer.encoded(), headers={"content-type": answer.content_type}
        )


def raw_tables(books: Books) -> dict[str, pl.DataFrame]:
    """What a load would leave in the warehouse."""
    ticks = iter(range(10**9))
    transport = InProcess(Context(books, Switches(rate_limit=False), TENANT))
    credentials = ClientCredentials(f"{API}/token", "app", "secret", TENANT)
    settings = ClientSettings(api_url=API, token_url=f"{API}/token", in_flight=1, window_requests=10**6)
    with FortnoxClient(
        credentials, settings, clock=lambda: float(next(ticks)), sleep=lambda _: None, transport=transport
    ) as client:
        log = SurfaceLog(SilentProgress(), lambda: 0.0, lambda _: 0)
        extraction = Extraction(client, "acme", log)
        api = dict(_api_tables(extraction))
        files = {
            str(year["Id"]): client.content(BY_NAME["sie"], financialyear=str(year["Id"]))
            for year in extraction.years()
        }
    return api | _sie_tables(files)


def _api_tables(extraction: Extraction) -> Iterator[tuple[str, pl.DataFrame]]:
    for endpoint in ENDPOINTS:
        if endpoint.shape is Shape.BYTES:
            continue
        answers = [answer for chunk in extraction.chunks(endpoint, {}) for answer in chunk.answers]
        for table in (TABLE[name] for name in endpoint.tables):
            rows_of = CHILDREN.get(table.name, own_row)
            rows = [row for one in answers for row in rows_of(table, one, "acme", extraction.notes)]
            schema = {field.column: DTYPES[field.kind] for field in (COMPANY_ID, *table.fields)}
            yield f"fortnox.{table.name}", pl.DataFrame(rows, schema=schema)


def _sie_tables(files: dict[str, bytes]) -> dict[str, pl.DataFrame]:
    years = [_sie_year(year_id, content) for year_id, content in files.items()]
    return {
        f"sie.{table.name}": pl.concat([
            pl.from_arrow(table.arrow.empty_table()),
            *(year[table.name].select(table.arrow.names) for year in years if table.name in year),
        ])
        for table in TABLES
    }  # fmt: skip


@cache
def _sie_year(year_id: str, content: bytes) -> dict[str, pl.DataFrame]:
    """The tables of one file. Most errors leave most years as they were, so these are worth remembering."""
    parts = defaultdict(list)
    stream = sie_parser.batches(io.BytesIO(content))
    own = {"company_id": "acme", "file_id": year_id, "financial_year": stream.header.financial_year}
    of_file = {
        "file_name": year_id,
        "financial_year_id": year_id,
        "financial_year_source": "rar",
        "financial_year_end": stream.header.financial_year_end,
    }
    for name, batch in stream:
        constants = own | (of_file if name == "files" else {})
        frame = pl.from_arrow(batch)
        parts[name].append(frame.with_columns(pl.lit(value).alias(key) for key, value in constants.items()))
    return {name: pl.concat(frames) for name, frames in parts.items()}


@cache
def clean_books() -> bytes:
    """The clean company; a copy costs less than living through three years again."""
    return pickle.dumps(found_books(demo_profile(), SEED, TODAY))


@pytest.fixture
def books() -> Books:
    copied: Books = pickle.loads(clean_books())
    return copied


@dataclass
class Auditor:
    """Reconciles books and gives the findings of the witnessed checks as the emulator states findings."""

    witnessed: list[str]

    def outcome(self, books: Books) -> Outcome:
        settings = Settings(company_id="acme", as_of=books.today)
        return reconcile(stage(raw_tables(books), settings), settings)

    def findings(self, books: Books) -> set[tuple[object, ...]]:
        return self.stated(self.outcome(books))

    def stated(self, outcome: Outcome) -> set[tuple[object, ...]]:
        found = outcome.findings
        return self._rows(
            found.filter(pl.col("severity").is_in(["B", "W"]), pl.col("check").is_in(self.witnessed))
        )

    def informative(self, outcome: Outcome) -> set[tuple[object, ...]]:
        """The findings of the checks that only inform."""
        return self._rows(outcome.findings.filter(pl.col("check").is_in(INFORMATIVE)))

    def _rows(self, rows: pl.DataFrame) -> set[tuple[object, ...]]:
        return set(
            rows.select("check", "rule", "severity", "subject_kind", "subject_key", "difference").iter_rows()
        )


@pytest.fixture(scope="session")
def auditor(witnessed: list[str]) -> Auditor:
    return Auditor(witnessed)


def stated(findings: list[Finding]) -> set[tuple[object, ...]]:
    """Findings with amounts in kronor."""
    return {
        (
            *astuple(finding)[:-1],
            None if finding.difference is None else Decimal(finding.difference).scaleb(-2),
        )
        for finding in findings
    }


def test_the_clean_books_have_none_that_blocks_and_few_that_inform(books: Books, auditor: Auditor) -> None:
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == set()
    assert auditor.informative(outcome) == stated(informative_findings(books))
    notes = outcome.findings.filter(pl.col("check") == "journal_profile")
    assert 0 < notes.height <= 6 * 5, "five rules with a budget of five vouchers, one finding per open year"


def test_all_at_once(books: Books, auditor: Auditor) -> None:
    planted = [plant(books, SEED, name) for name in REGISTRY]
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == stated(combined(planted))
    assert auditor.informative(outcome) == stated(informative_findings(books))
    bridges, tie_outs = outcome.tables["recon.bridges"], outcome.tables["recon.tie_outs"]
    assert set(bridges["cause"]) == set(CAUSES) - {"unknown", "cash_method"}, (
        "the company keeps accrual years"
    )
    today = tie_outs.filter(pl.col("as_of") == books.today).select("control_account", "difference")
    explained = bridges.group_by("control_account").agg(pl.col("difference").sum())
    assert dict(explained.iter_rows()) == dict(today.iter_rows())


@dataclass
class PaidByHand:
    """A manual voucher as planted, and the open invoices of its amount that its text can mean."""

    voucher: Voucher
    invoices: list[str]


def paid_by_hand(books: Books, side: Side, name: str) -> PaidByHand:
    """Plant the discrepancy, and look up what a reader of the voucher could think of."""
    before = set(books.vouchers)
    plant(books, SEED, name)
    (voucher,) = (
        one for key, one in books.vouchers.items() if key not in before and one.text.startswith("Betalning ")
    )
    meant = voucher.text.removeprefix("Betalning ")
    fits = [
        document.number
        for document in books.documents[side].values()
        if meant in {document.ocr, document.reference, books.party_of(document).name}
        and abs(document.ledger_total) == abs(voucher.rows[0].amount)
        and books.balance(document)
    ]
    return PaidByHand(voucher, sorted(fits))


@pytest.mark.parametrize("side", Side)
def test_a_payment_by_hand_is_matched_where_its_text_says_enough(
    books: Books, auditor: Auditor, side: Side
) -> None:
    prefix = "ar" if side is Side.CUSTOMER else "ap"
    clear = paid_by_hand(books, side, f"{prefix}_paid_by_hand")
    unclear = paid_by_hand(books, side, f"{prefix}_paid_by_hand_unclear")
    assert (len(clear.invoices), len(unclear.invoices)) == (1, 2)
    outcome = auditor.outcome(books)
    found = outcome.tables["recon.matches"].select("document_number", "status", "rule").rows()
    assert sorted(found) == sorted(
        [(clear.invoices[0], "unambiguous", "reference_and_amount")]
        + [(number, "ambiguous", "counterparty_and_amount") for number in unclear.invoices]
    )
    told = outcome.findings.filter(check="matching").to_dicts()
    key = unclear.voucher.key
    assert [(one["rule"], one["voucher_series"], one["voucher_number"]) for one in told] == [
        ("ambiguous", key.series, str(key.number))
    ]
    said = f"probably payment of {side.value} invoice {clear.invoices[0]}, by rule reference_and_amount"
    assert [said in text for text in outcome.tables["recon.bridges"].sort("date")["explanation"]].count(
        True
    ) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTRY)
def test_each_by_itself(books: Books, auditor: Auditor, name: str) -> None:
    planted = plant(books, SEED, name)
    assert planted.findings
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == stated(combined([planted]))
    assert auditor.informative(outcome) == stated(informative_findings(books))


@pytest.mark.slow
@settings(
    derandomize=True,
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.sets(st.sampled_from(sorted(REGISTRY)), min_size=3, max_size=6))
def test_some_together(auditor: Auditor, names: set[str]) -> None:
    books = pickle.loads(clean_books())
    planted = [plant(books, SEED, name) for name in sorted(names)]
    assert auditor.findings(books) == stated(combined(planted))


# -- errors nobody declared: two independent witnesses on books broken at random ----------------------------------


def _booked(books: Books, side: Side) -> list[Document | Payment]:
    """Documents and payments whose voucher is in the ledger."""
    everything = [*books.documents[side].values(), *books.payments[side].values()]
    return [item for item in everything if item.booked and item.voucher in books.vouchers]


def _delete(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    books.delete_voucher(voucher.key)


def _redate(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    year = books.year_of(voucher.day)
    days = (min(year.last, books.today) - year.first).days
    voucher.day = year.first + timedelta(days=random.randint(0, days))


def _unlink(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    item.voucher = None


def _call_manual(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    voucher.reference_type, voucher.reference_number = "MANUAL", ""


def _refer_to_nothing(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    voucher.reference_number = str(random.randint(990_000, 999_999))


def _misstate(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    random.choice(voucher.rows).amount += random.randint(1, 99_99)


def _move_account(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    random.choice(voucher.rows).account = random.choice((1510, 2440, 1930))


def _strike(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    row = random.choice(voucher.rows)
    row.state, row.signature = RowState.STRUCK, "AB"


def _unbook(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    item.booked = False


def _cancel(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    if isinstance(item, Document):
        item.cancelled = True


def _share(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    """An invoice names the voucher of something else. A payment's own word is not read when a voucher names it."""
    if isinstance(item, Document):
        item.voucher = random.choice(_booked(books, item.side)).voucher


BREAKS = [
    _delete, _redate, _unlink, _call_manual, _refer_to_nothing, _misstate, _move_account, _strike, _unbook, _cancel,
    _share,
]  # fmt: skip


@pytest.mark.slow
@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(BREAKS), min_size=3, max_size=6), st.integers(0, 10**6))
def test_both_witnesses_agree_on_whatever_is_broken(
    auditor: Auditor, breaks: list[Callable[..., None]], seed: int
) -> None:
    books, random = pickle.loads(clean_books()), Random(seed)
    for damage in breaks:
        item = random.choice(_booked(books, random.choice(list(Side))))
        damage(books, item, books.vouchers[item.voucher], random)
    assert auditor.findings(books) == stated(expected_findings(books))


def test_a_payment_on_a_cancelled_foreign_invoice_is_held_at_the_invoices_rate(
    books: Books, auditor: Auditor
) -> None:
    """It settles nothing, but what its voucher took off the control account is at the invoice's rate, as ever."""
    payment = next(
        payment
        for payment in books.payments[Side.CUSTOMER].values()
        if payment.booked
        and payment.currency == "EUR"
        and payment.rate != books.documents[Side.CUSTOMER][payment.document].rate
    )
    books.documents[Side.CUSTOMER][payment.document].cancelled = True
    found = auditor.findings(books)
    assert found == stated(expected_findings(books))
    assert {check for check, *_ in found} == {"ar_payments", "ar_tie_out"}, "its own voucher is right"
