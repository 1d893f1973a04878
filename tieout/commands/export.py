"""``tieout export COMPANY``: the tables as Parquet, CSV or XLSX with a data package descriptor."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from tieout.commands.options import config_option, directory_option, results_root
from tieout.reports.tables_out import export_tables
from tieout.snapshot import open_snapshot


@click.command()
@click.argument("company")
@click.option(
    "--format", "form", type=click.Choice(["parquet", "csv", "xlsx"]), default="parquet", show_default=True
)
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    type=click.Choice(["fortnox", "sie", "ledger", "recon", "history"]),
    default=("ledger", "recon"),
    show_default=True,
    help="Which schemas; repeatable.",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write, replaced as a whole; instead of <company>/export/<format>.",
)
@config_option
@directory_option
def export(
    company: str, form: str, schemas: tuple[str, ...], to: Path | None, config: Path, directory: Path | None
) -> None:
    """Write COMPANY's tables with a Frictionless datapackage.json.

    Parquet and CSV are partitioned by company and financial year (company_id=…/financial_year=…) where a table has
    them; xlsx is one workbook with control totals first.
    """
    folder = CompanyDirectory(results_root(config, directory), company)
    target = (to or folder.folder / "export" / form).resolve()
    if (
        to is not None
        and target.exists()
        and any(target.iterdir())
        and not (target / "datapackage.json").exists()
    ):
        raise click.UsageError(f"{to}: not empty and not an earlier export; name another folder")
    with open_snapshot(folder.snapshot_pointer) as snapshot:
        files = export_tables(snapshot, target, form, schemas)
    click.echo(f"{len(files)} files, {sum(path.stat().st_size for path in files):,} bytes: {target}")
