"""The report in its three forms: same figures, valid, repeatable, without persons, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import jsonschema
import pytest
from click.testing import CliRunner

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout
from tieout.reports import words_en, words_sv
from tieout.reports.content import content_rows, report_content, report_json
from tieout.reports.finality_content import restatements
from tieout.reports.personal_data import KEEP, PSEUDONYMISE, Pseudonyms, is_legal_entity, pseudonyms_of
from tieout.reports.report_workbook import report_workbook
from tieout.reports.web_page import ReportOptions, render_report
from tieout.reports.words import ACTIONS, WORDS, action_of
from tieout.snapshot import Snapshot
from transforms.reconciliations import RECONCILIATIONS
from transforms.tables import CATALOGUE


@pytest.fixture
def schema() -> jsonschema.Draft202012Validator:
    path = Path(__file__).resolve().parents[2] / "tieout" / "reports" / "report.schema.json"
    loaded = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(loaded)


@pytest.fixture
def content(snapshot: Snapshot) -> dict:
    return report_content(snapshot, pseudonyms_of(snapshot, PSEUDONYMISE))


def test_the_json_follows_its_schema(content, schema) -> None:
    schema.validate(json.loads(report_json(content)))


def test_the_schema_refuses_money_as_a_number(content, schema) -> None:
    content["tie_outs"][0]["difference"] = 12.5
    assert not schema.is_valid(content)


def test_the_bridge_sums_to_the_difference_and_the_days_lead_to_it(content) -> None:
    assert len(content["tie_outs"]) == 2
    for tie in content["tie_outs"]:
        difference = Decimal(tie["difference"])
        assert sum(Decimal(term["difference"]) for term in tie["bridge"]["terms"]) == difference
        assert sum(Decimal(cause["difference"]) for cause in tie["bridge"]["causes"]) == difference
        assert sum(Decimal(day["arisen"]) for day in tie["days"]) == difference
        assert Decimal(tie["subledger_balance"]) - Decimal(tie["ledger_balance"]) == difference


def test_ageing_sums_to_the_subledger(content) -> None:
    for tie in content["tie_outs"]:
        ageing = [
            row for row in content["open_items"]["ageing"] if row["control_account"] == tie["control_account"]
        ]
        assert sum(Decimal(row["amount"]) for row in ageing) == Decimal(tie["subledger_balance"])


@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_page_is_the_same_every_time_and_fetches_nothing(content, language: str) -> None:
    page = render_report(content, ReportOptions(language))
    assert page == render_report(content, ReportOptions(language))
    assert "<script" not in page
    outside = set(re.findall(r"(?:https?:)?//[a-z][^\s\"'<)]*", page)) - {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not outside


def test_swedish_figures_and_dates_are_written_the_swedish_way(content) -> None:
    words = WORDS["sv"]
    assert words.money("-1234567.50") == "\u22121\u00a0234\u00a0567,50"
    assert words.date("2026-09-30") == "2026-09-30"
    assert WORDS["en"].money("-1234567.50") == "-1,234,567.50"
    assert WORDS["en"].date("2026-09-30") == "30 Sep 2026"
    page = render_report(content, ReportOptions("sv"))
    assert words.money(content["tie_outs"][0]["difference"]) in page
    assert '<html lang="sv">' in page


def test_both_languages_have_every_text_with_the_same_blanks() -> None:
    assert words_en.TEXTS.keys() == words_sv.TEXTS.keys()
    for key, text in words_en.TEXTS.items():
        assert set(re.findall(r"{(\w+)", text)) == set(re.findall(r"{(\w+)", words_sv.TEXTS[key])), key


def test_a_swedish_report_has_no_english_sentence(content) -> None:
    page = render_report(content, ReportOptions("sv"))
    assert 'lang="en"' not in page
    assert "Var det uppstod: " in page
    assert "Reglerar varje inbetalning en faktura helt" in page


def test_one_day_and_two_days() -> None:
    said = [WORDS[language]("parted_sentence", date="D", days=days) for language in WORDS for days in (1, 2)]
    assert said == [
        "They parted on D; the difference changed on 1 day.",
        "They parted on D; the difference changed on 2 days.",
        "De skildes åt D; skillnaden har ändrats 1 dag.",
        "De skildes åt D; skillnaden har ändrats 2 dagar.",
    ]


def test_the_certificate_says_what_is_stated_what_came_and_what_is_held(content) -> None:
    rows = {(row["surface"], row["part"]): row for row in content["completeness"]["certificate"]}
    vouchers = [row for (surface, _), row in rows.items() if surface == "vouchers"]
    assert len(vouchers) == 3
    assert sum(row["rows_held"] for row in vouchers) == sum(
        v["api"] for v in content["completeness"]["vouchers"]
    )
    sie = {row["financial_year"]: row for (surface, _), row in rows.items() if surface == "sie"}
    for file in content["completeness"]["sie_files"]:
        assert sie[file["financial_year"]]["debits"] == file["debit"]
        assert sie[file["financial_year"]]["rows_held"] == file["rows"]
    page = render_report(content, ReportOptions("en"))
    assert all(f"<code>{surface}</code>" in page for surface, _ in rows)
    assert content["lock_history"][0]["move"] == "first"


@pytest.fixture
def restated() -> Iterator[Snapshot]:
    """A snapshot of nothing but three vouchers of a final month: one changed, and final where it went, one gone, one
    new."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA recon; CREATE SCHEMA ledger")
        for name in ("recon.findings", "recon.final_vouchers", "ledger.vouchers", "ledger.voucher_rows"):
            empty = CATALOGUE[name].empty()
            connection.register("empty", empty)
            connection.execute(f"CREATE TABLE {name} AS FROM empty")
        for key, change in (("A/1", "changed"), ("A/2", "vanished"), ("A/3", "appeared")):
            connection.execute(
                'INSERT INTO recon.findings (company_id, finding_id, "check", rule, subject_key, period, first_seen)'
                " VALUES ('c', $1, 'restatements', $2, '2026-01-01/' || $1, '2026-02', '2026-04-01')",
                [key, change],
            )
            if change != "appeared":
                connection.execute(
                    "INSERT INTO recon.final_vouchers (company_id, voucher_key, period, voucher_date, text, booked,"
                    " debit, first_final) VALUES ('c', '2026-01-01/' || $1, '2026-02-01', '2026-02-03', 'Rent',"
                    " '1930 -80.00, 5010 80.00', 80, '2026-03-01')",
                    [key],
                )
            if change != "vanished":
                connection.execute(
                    "INSERT INTO ledger.vouchers (company_id, voucher_key, voucher_date, text, in_sie)"
                    " VALUES ('c', '2026-01-01/' || $1, '2026-02-04', 'Rent', true)",
                    [key],
                )
                for account, amount, kind in (
                    ("5010", 90, "row"),
                    ("1930", -90, "row"),
                    ("5010", 80, "removed"),
                ):
                    connection.execute(
                        "INSERT INTO ledger.voucher_rows (company_id, voucher_key, account_number, amount, kind)"
                        " VALUES ('c', '2026-01-01/' || $1, $2, $3, $4)",
                        [key, account, amount, kind],
                    )
        connection.execute(
            "INSERT INTO recon.final_vouchers (company_id, voucher_key, period, booked, debit)"
            " VALUES ('c', '2026-01-01/A/1', '2026-05-01', '1930 -90.00, 5010 90.00', 90)"
        )
        yield Snapshot(Path("none"), connection)


def test_a_restated_voucher_is_shown_before_and_after(restated: Snapshot, content, schema) -> None:
    rows = restatements(restated)
    then, now = ("1930 -80.00, 5010 80.00", Decimal("80.00")), ("1930 -90.00, 5010 90.00", Decimal("90.00"))
    shown = rows.select("change", "before_booked", "before_debit", "after_booked", "after_debit").rows()
    assert shown == [
        ("changed", *then, *now),
        ("vanished", *then, None, None),
        ("appeared", None, None, *now),
    ]
    content["restatements"] = content_rows(rows)
    schema.validate(json.loads(report_json(content)))
    page = render_report(content, ReportOptions("sv"))
    assert "3 verifikationer i slutliga perioder är inte som de var" in page
    assert "1930 \u221280,00; 5010 80,00" in page


def test_every_check_leads_to_something_to_do() -> None:
    for reconciliation in RECONCILIATIONS:
        assert f"action_{action_of(reconciliation.id)}" in words_en.TEXTS
    assert all(f"action_{action}_why" in words_sv.TEXTS for action, _ in ACTIONS)


def test_every_finding_stands_on_the_page_with_its_evidence(content) -> None:
    page = render_report(content, ReportOptions("en"))
    assert page.count('<article class="finding"') == len(content["findings"]) > 50
    assert all(f'id="{finding["finding_id"]}"' in page for finding in content["findings"])


def test_the_workbook_is_the_same_every_time(content) -> None:
    assert report_workbook(content) == report_workbook(content)


def test_names_of_persons_are_in_the_books_and_in_no_report(snapshot: Snapshot, content) -> None:
    """Seeded by the emulator: private customers and the signature in the SIE files."""
    pseudonyms = pseudonyms_of(snapshot, PSEUDONYMISE)
    assert len(pseudonyms.names) >= 4
    texts = [
        report_json(content),
        *(render_report(content, ReportOptions(language)) for language in ("en", "sv")),
    ]
    assert not [name for name in pseudonyms.names for text in texts if name in text]


def test_a_name_inside_a_sentence_is_replaced_as_a_whole_word() -> None:
    pseudonyms = Pseudonyms({"Åsa Blåberg": "customer-14", "Åsa": "customer-15"})
    assert pseudonyms.text("Faktura 7, Åsa Blåberg, och Åsan") == "Faktura 7, customer-14, och Åsan"
    assert pseudonyms.everywhere({"rows": [["Åsa", 1, None]]}) == {"rows": [["customer-15", 1, None]]}


@pytest.mark.parametrize(
    ("number", "entity"),
    [("556677-1122", True), ("19720505-6789", False), ("720505-6789", False), ("DE811234567", True),
     ("SE556677112201", True), ("SE720505678901", False), ("16556677-1122", True), (None, False), ("", False)],
)  # fmt: skip
def test_who_may_be_a_person(number: str | None, entity: bool) -> None:
    assert is_legal_entity(number) is entity


def test_personal_data_is_kept_when_asked(snapshot: Snapshot) -> None:
    assert pseudonyms_of(snapshot, KEEP) == Pseudonyms()


@pytest.mark.parametrize(
    ("form", "name"), [("html", "report.sv.html"), ("json", "report.json"), ("xlsx", "report.xlsx")]
)
def test_the_command_writes_each_form(company: CompanyDirectory, form: str, name: str) -> None:
    arguments = ["report", "demo", "--directory", str(company.root), "--format", form, "--lang", "sv"]
    result = CliRunner().invoke(tieout, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert (company.folder / name).stat().st_size > 10_000


def test_a_report_as_of_a_day_needs_a_kept_snapshot_of_that_day(
    company: CompanyDirectory, snapshot: Snapshot
) -> None:
    day = snapshot.latest_run()["as_of"]
    arguments = ["report", "demo", "--directory", str(company.root), "--format", "json"]
    assert CliRunner().invoke(tieout, [*arguments, "--as-of", str(day)]).exit_code == 0
    refused = CliRunner().invoke(tieout, [*arguments, "--as-of", "2020-01-31"])
    assert f"held: {day}" in str(refused.exception)


def test_every_subject_and_cause_of_the_books_has_a_swedish_word(content) -> None:
    kinds = {f"subject_{finding['subject_kind']}" for finding in content["findings"]}
    causes = {f"cause_{cause['cause']}" for tie in content["tie_outs"] for cause in tie["bridge"]["causes"]}
    statuses = {f"status_{period['status']}" for period in content["periods"]}
    assert (kinds | causes | statuses) - words_sv.TEXTS.keys() == set()


@pytest.mark.parametrize(
    ("counts", "said"),
    [((1, 1, 0, 2), "Incomplete: 1 row could not be used, 1 blocking"),
     ((0, 0, 0, 0), "Reconciled"), ((0, 0, 0, 2), "Reconciled, 2 to explain"),
     ((0, 0, 3, 2), "Nothing blocks in what was checked; 3 checks not made, 2 to explain"),
     ((0, 1, 3, 2), "Not reconciled: 1 blocking, 2 to explain"),
     ((4, 1, 0, 2), "Incomplete: 4 rows could not be used, 1 blocking")],
)  # fmt: skip
def test_what_was_not_seen_or_not_checked_is_never_called_reconciled(
    counts: tuple[int, ...], said: str
) -> None:
    names = ("rows_rejected", "blocking", "not_made", "warnings")
    assert WORDS["en"].verdict(dict(zip(names, counts, strict=True))) == said
