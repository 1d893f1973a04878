"""`python -m sie_parser`: summary of a SIE file, conversion of one.

Exit codes: 0 done, 2 wrong usage, 4 the file cannot be read or the target not written, 130 interrupted.
What the commands do is in `summary.py` and `conversion.py`, not here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sie_parser.api import convert
from sie_parser.problems import SieError
from sie_parser.source import Source
from sie_parser.summary import summarise, to_json, to_text

BAD_INPUT = 4
INTERRUPTED = 130
_FILE = "SIE file, also in gzip or zip; - for standard input"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sie_parser", description="Read SIE files, types 1-4.")
    commands = parser.add_subparsers(dest="command", required=True)
    summary = commands.add_parser("summary", help="what the file is, holds and lacks, and whether it adds up")
    summary.add_argument("file", type=Path, help=_FILE)
    summary.add_argument("--json", action="store_true", help="as JSON")
    conversion = commands.add_parser("convert", help="the file as tables")
    conversion.add_argument("file", type=Path, help=_FILE)
    conversion.add_argument("--to", choices=("parquet", "csv", "duckdb"), required=True)
    conversion.add_argument("target", type=Path, help="folder for parquet and csv, file for duckdb; replaced")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    asked = _arguments().parse_args(arguments)
    try:
        text = _summary(asked.file, asked.json) if asked.command == "summary" else _convert(asked)
    except SieError as error:
        return _failed(str(error) if error.file else f"{asked.file.name}: {error}")
    except OSError as error:
        return _failed(f"{asked.file.name or asked.file}: {error.strerror or error}")
    except KeyboardInterrupt:
        _failed(f"{asked.file.name}: interrupted")
        return INTERRUPTED
    return _show(text)


def _failed(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return BAD_INPUT


def _show(text: str) -> int:
    """Write to standard output, whatever letters it has; a reader that leaves, as `head` does, is no error."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it closes
        if not isinstance(error, BrokenPipeError):
            return _failed(f"standard output: {error.strerror}")
    return 0


def _source(file: Path) -> Source:
    return sys.stdin.buffer if str(file) == "-" else file


def _summary(file: Path, as_json: bool) -> str:
    summary = summarise(_source(file))
    if as_json:
        plain = (sys.stdout.encoding or "utf-8").lower() != "utf-8"
        return json.dumps(to_json(summary), ensure_ascii=plain, indent=2) + "\n"
    return to_text(summary)


def _convert(asked: argparse.Namespace) -> str:
    rows = convert(_source(asked.file), asked.to, asked.target)
    return "".join(f"{table:<16} {count:>12,}\n" for table, count in rows.items())


if __name__ == "__main__":
    sys.exit(main())
