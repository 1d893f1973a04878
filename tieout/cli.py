"""The command ``tieout``. Subcommands live in ``tieout.commands``, one module each, loaded only when they are called.

What a command does does not belong here, only its name, its module and what happens when it fails.
"""

from __future__ import annotations

import importlib
import io
import sys
import traceback
from typing import Any, Final

import click

from tieout import __version__

#: name -> one line of help; the module is ``tieout.commands.<name>``, with _ for -, and holds a click command so named.
COMMANDS: Final = {
    "demo": "Run one night for an embedded demo company and print what it found.",
    "connect": "Let a company consent, and prove the connection.",
    "run": "Run the night: pull, reconcile, publish.",
    "sie": "Load SIE files without an API: the same snapshot and the ledger's checks.",
    "findings": "List the findings of a company.",
    "tie-out": "Compare subledgers and control accounts on any day, with the bridge.",
    "changes": "List what appeared, changed, vanished or came back since a run or a day.",
    "report": "Write a company's report: HTML, JSON or XLSX, English or Swedish.",
    "pack": "Write the evidence pack of a company's financial year.",
    "verify": "Verify an evidence pack, or a company's chain of runs.",
    "query": "Ask a company's snapshot one SQL question.",
    "export": "Write a company's tables as Parquet, CSV or XLSX.",
    "fetch": "Fetch one record or file from Fortnox as it is now.",
    "status": "Show the latest snapshot of each company.",
    "doctor": "Check configuration, secrets, connection and permissions.",
}


#: Exit codes that no command returns by itself: a path that cannot be used, and a defect of ours (EX_SOFTWARE).
BAD_INPUT: Final = 4
DEFECT: Final = 70


class CommandGroup(click.Group):
    """A group that imports a subcommand's module when the subcommand is used: ``--help`` needs no dlt and no polars."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"tieout.commands.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tieout")
def tieout() -> None:
    """Fortnox to DuckDB every night, with both subledgers tied to the general ledger to the öre.

    Exit codes: 0 clean, 1 blocking findings, 2 usage, 3 source unreachable, unauthorised or incomplete,
    4 bad input or configuration, 70 a defect in Tieout.
    """


class LeavableOutput(io.FileIO):
    """Standard output whose reader may leave, as ``head`` does: the rest is dropped, the exit code stays what it is."""

    def write(self, data: Any, /) -> int:
        """What could be written; all of it when nobody reads any more."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(data)


def main(arguments: list[str] | None = None) -> Any:
    """Entry point of the console script: a user's mistake prints one message, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout is sys.__stdout__:
        out = LeavableOutput(sys.stdout.fileno(), "w", closefd=False)
        buffered = io.BufferedWriter(out)
        sys.stdout = io.TextIOWrapper(
            buffered, sys.stdout.encoding, sys.stdout.errors, line_buffering=out.isatty()
        )
    try:
        return tieout.main(args=arguments, standalone_mode=True)
    except Exception as error:
        sys.exit(report_failure(error))


def report_failure(error: Exception, where: str = "", after: str = "") -> int:
    """Say on standard error what went wrong, one message unless it is a defect of ours; the exit code."""
    exit_code = BAD_INPUT if isinstance(error, OSError) else getattr(error, "exit", None)
    if exit_code is None:
        report_defect(error, where)
        return DEFECT
    sentence = failure_sentence(error).rstrip(".") if after else failure_sentence(error)
    where = "" if sentence.startswith(where) else where
    click.echo(f"tieout: {where}{sentence}{after}", err=True)
    return int(exit_code)


def failure_sentence(error: Exception) -> str:
    """What went wrong, for a person; of a defect no more than its kind, because its text may hold anything."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    return str(error) if hasattr(error, "exit") else f"a defect in Tieout: {type(error).__name__}"


def report_defect(error: Exception, where: str = "") -> None:
    """Show what went wrong in Tieout itself: the one case in which a user sees a traceback."""
    click.echo("".join(traceback.format_exception(error)), err=True)
    click.echo(f"tieout: {where}this is a defect in Tieout, please report it with the lines above", err=True)
