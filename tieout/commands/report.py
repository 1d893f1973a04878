"""``tieout report COMPANY``: the report as HTML, JSON or XLSX, in English or Swedish."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from pipelines.whole_file import write_whole
from tieout.commands.options import (
    config_option,
    directory_option,
    personal_data_option,
    results_root,
    settings_or_defaults,
)
from tieout.reports.content import report_content, report_json
from tieout.reports.personal_data import pseudonyms_of
from tieout.reports.report_workbook import report_workbook
from tieout.reports.web_page import ReportOptions, render_report
from tieout.reports.words import LANGUAGES
from tieout.snapshot import open_snapshot, snapshot_as_of


@click.command()
@click.argument("company")
@click.option(
    "--format", "form", type=click.Choice(["html", "json", "xlsx"]), default="html", show_default=True
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=None,
    help="Language of the page; instead of the configuration's.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="From the newest kept snapshot reconciled as of this date, instead of the latest.",
)
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; instead of <company>/report.<format>.",
)
@personal_data_option
@config_option
@directory_option
def report(
    company: str,
    form: str,
    lang: str | None,
    as_of: datetime | None,
    to: Path | None,
    personal_data: str | None,
    config: Path,
    directory: Path | None,
) -> None:
    """Write COMPANY's report: verdict, tie-outs, what to do, periods, completeness.

    The JSON follows tieout/reports/report.schema.json. XLSX has control totals on its first sheet.
    """
    configured = settings_or_defaults(config).report
    options = ReportOptions(lang or configured.language, personal_data or configured.personal_data)
    folder = CompanyDirectory(results_root(config, directory), company)
    source = snapshot_as_of(folder, as_of.date()) if as_of else folder.snapshot_pointer
    suffix = f".{options.language}" if form == "html" and options.language != configured.language else ""
    target = to or folder.folder / f"report{suffix}.{form}"
    with open_snapshot(source) as snapshot:
        content = report_content(snapshot, pseudonyms_of(snapshot, options.personal_data))
    if form == "html":
        data = render_report(content, options).encode("utf-8")
    elif form == "json":
        data = report_json(content).encode("utf-8")
    else:
        data = report_workbook(content)
    write_whole(target, data)
    click.echo(str(target))
