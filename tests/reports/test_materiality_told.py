"""What is material, as people are told: in the forms of the report and the list of findings; nowhere unless set."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout
from tieout.notify import notice_of_night
from tieout.reports.content import listed_tables, report_content, report_json
from tieout.reports.personal_data import PSEUDONYMISE, pseudonyms_of
from tieout.reports.report_workbook import report_workbook
from tieout.reports.web_page import ReportOptions, render_report
from tieout.snapshot import open_snapshot

ROOT = Path(__file__).resolve().parents[2]
ERRORS = ["ar_manual_voucher", "voucher_gap"]
COMPANY_LIMIT, ACCOUNT_LIMIT = Decimal("1000000.00"), Decimal("1.00")


@pytest.fixture(scope="module")
def judged(night_with: Callable[..., CompanyDirectory], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A night with a manual voucher on 1510 and a missing number, told that 1 SEK is material on 1510 and a million
    elsewhere."""
    return night_with(
        CompanyDirectory(tmp_path_factory.mktemp("judged"), "demo"),
        ERRORS,
        materiality=COMPANY_LIMIT,
        account_materiality={"1510": ACCOUNT_LIMIT},
    )


@pytest.fixture(scope="module")
def unjudged(night_with: Callable[..., CompanyDirectory], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same night without a materiality."""
    return night_with(CompanyDirectory(tmp_path_factory.mktemp("unjudged"), "demo"), ERRORS)


def content_of(company: CompanyDirectory) -> dict[str, Any]:
    with open_snapshot(company.snapshot_pointer) as snapshot:
        return report_content(snapshot, pseudonyms_of(snapshot, PSEUDONYMISE))


def findings_command(company: CompanyDirectory, *arguments: str) -> Result:
    return CliRunner().invoke(
        tieout, ["findings", "demo", "--directory", str(company.root), *arguments], catch_exceptions=False
    )


def listed(company: CompanyDirectory, *arguments: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(findings_command(company, "--format", "json", *arguments).output)
    return rows


def test_each_finding_says_what_its_amount_is_to_its_account(judged: CompanyDirectory) -> None:
    rows = listed(judged)
    assert {row["material"] for row in rows if row["check"] == "voucher_numbering"} == {None}
    assert {row["material"] for row in rows if row["account_number"] == "1510" and row["difference"]} == {
        True
    }
    assert [row for row in rows if row["material"] is False]


def test_only_the_column_differs_from_a_night_without_materiality(
    judged: CompanyDirectory, unjudged: CompanyDirectory
) -> None:
    def told(company: CompanyDirectory) -> list[dict[str, Any]]:
        own = ("material", "run_id")
        return [{name: row[name] for name in row if name not in own} for row in listed(company)]

    assert told(judged) == told(unjudged)
    assert {row["material"] for row in listed(unjudged)} == {None}
    here, there = (content_of(company)["verdict"] for company in (judged, unjudged))
    assert {name: here[name] for name in here if name != "material"} == {
        name: there[name] for name in there if name != "material"
    }
    assert there["material"] is None


def test_the_run_keeps_what_was_material(judged: CompanyDirectory) -> None:
    used = content_of(judged)["run"]["settings"]
    assert (used["materiality"], used["account_materiality"]) == ("1000000.00", {"1510": "1.00"})


def test_the_totals_stand_beside_the_totals_in_both_languages(judged: CompanyDirectory) -> None:
    content = content_of(judged)
    rows, told = content["findings"], content["verdict"]["material"]
    assert told == {
        "blocking": sum(bool(row["material"]) and row["severity"] == "B" for row in rows),
        "warnings": sum(bool(row["material"]) and row["severity"] == "W" for row in rows),
        "informative": sum(bool(row["material"]) and row["severity"] == "I" for row in rows),
        "unmeasured": sum(row["material"] is None for row in rows),
    }
    assert told["blocking"] > 0 < told["unmeasured"]
    english, swedish = (render_report(content, ReportOptions(language)) for language in ("en", "sv"))
    assert (
        f"Material (from 1,000,000.00 SEK; account 1510 from 1.00 SEK): {told['blocking']} block" in english
    )
    assert "Materiality says nothing of " in english
    assert "Väsentligt (från 1\u00a0000\u00a0000,00 kr; konto 1510 från 1,00 kr): " in swedish
    assert "säger väsentligheten inget" in swedish
    assert english.count("<strong>material</strong>") == sum(bool(row["material"]) for row in rows)
    assert swedish.count("<strong>väsentlig</strong>") == sum(bool(row["material"]) for row in rows)


def test_a_report_without_materiality_does_not_speak_of_it(unjudged: CompanyDirectory) -> None:
    content = content_of(unjudged)
    assert "aterial" not in render_report(content, ReportOptions("en"))
    assert "äsentlig" not in render_report(content, ReportOptions("sv"))
    assert dict(listed_tables(content))["material findings"] == []


def test_the_json_of_report_notice_and_findings_follows_the_schemas(judged: CompanyDirectory) -> None:
    def holds(schema: str, document: object) -> None:
        text = (ROOT / schema).read_text(encoding="utf-8")
        jsonschema.Draft202012Validator(json.loads(text)).validate(json.loads(json.dumps(document)))

    holds("tieout/reports/report.schema.json", json.loads(report_json(content_of(judged))))
    holds("docs/schemas/findings.schema.json", listed(judged))
    with open_snapshot(judged.snapshot_pointer) as snapshot:
        holds("tieout/notice.schema.json", notice_of_night(snapshot, PSEUDONYMISE, incomplete=False))


def test_the_workbook_totals_the_material_findings_by_themselves(
    judged: CompanyDirectory, unjudged: CompanyDirectory
) -> None:
    content = content_of(judged)
    listed_there = dict(listed_tables(content))["material findings"]
    assert listed_there == [row for row in content["findings"] if row["material"]]
    book, plain = (
        zipfile.ZipFile(io.BytesIO(report_workbook(made))) for made in (content, content_of(unjudged))
    )
    assert "material findings" in book.read("xl/sharedStrings.xml").decode()
    assert "material findings" not in plain.read("xl/sharedStrings.xml").decode()
    assert any(b't="b"' in book.read(name) for name in book.namelist()), "yes and no are no numbers"


def test_the_list_marks_and_filters_and_counts_what_it_leaves_out(judged: CompanyDirectory) -> None:
    rows, shown = listed(judged), listed(judged, "--material")
    assert shown == [row for row in rows if row["material"]]
    page = findings_command(judged, "--material").output
    below, unmeasured = (sum(row["material"] is word for row in rows) for word in (False, None))
    assert f"Not shown: {below} below the materiality, {unmeasured} it says nothing of (no difference" in page
    assert " material " in findings_command(judged).output.splitlines()[0]
    assert f"; {len(shown)} material\n" in findings_command(judged).output
    as_csv = csv.DictReader(io.StringIO(findings_command(judged, "--format", "csv", "--material").output))
    assert {row["material"] for row in as_csv} == {"true"}
    severe = listed(judged, "--material", "--severity", "I")
    assert severe == [row for row in shown if row["severity"] == "I"]
    none = findings_command(judged, "--material", "--check", "voucher_numbering").output
    assert none.startswith("No material findings.\nNot shown: 0 below the materiality, 1 it says nothing of")


def test_without_a_materiality_the_list_is_as_before_and_the_filter_is_refused(
    unjudged: CompanyDirectory,
) -> None:
    assert "material" not in findings_command(unjudged).output
    refused = findings_command(unjudged, "--material")
    assert refused.exit_code == 2
    assert (
        "no materiality was set when demo was last run; set materiality or account_materiality"
        in refused.output
    )
