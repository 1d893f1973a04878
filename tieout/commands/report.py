"""``tieout report COMPANY``: the report as HTML, JSON or XLSX, in English or Swedish."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from tieout.commands.options import config_option, directory_option, results_root
from tieout.reports.content import report_content, report_json
from tieout.reports.personal_data import KEEP, PSEUDONYMISE, pseudonyms_of
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
    "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the page."
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="From the newest kept snapshot reconciled as of this date, instead of the latest.",
)
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; instead of <company>/report.<format>.",
)
@click.option(
    "--personal-data",
    type=click.Choice([PSEUDONYMISE, KEEP]),
    default=PSEUDONYMISE,
    show_default=True,
    help="What becomes of the names of persons.",
)
@config_option
@directory_option
def report(
    company: str,
    form: str,
    lang: str,
    as_of: datetime | None,
    to: Path | None,
    personal_data: str,
    config: Path,
    directory: Path | None,
) -> None:
    """Write COMPANY's report: verdict, tie-outs, what to do, periods, completeness.

    The JSON follows tieout/reports/report.schema.json. XLSX has control totals on its first sheet.
    """
    folder = CompanyDirectory(results_root(config, directory), company)
    source = snapshot_as_of(folder, as_of.date()) if as_of else folder.snapshot_pointer
    target = to or folder.folder / f"report{'' if lang == 'en' or form != 'html' else f'.{lang}'}.{form}"
    with open_snapshot(source) as snapshot:
        content = report_content(snapshot, pseudonyms_of(snapshot, personal_data))
    if form == "html":
        data = render_report(content, ReportOptions(lang, personal_data)).encode("utf-8")
    elif form == "json":
        data = report_json(content).encode("utf-8")
    else:
        data = report_workbook(content)
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(target)
    click.echo(str(target))
