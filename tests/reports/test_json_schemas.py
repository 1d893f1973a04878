"""What the commands print as JSON follows the schemas in ``docs/schemas``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schemas"


def said(company: CompanyDirectory, command: str) -> Any:
    where = (command, company.company_id, "--directory", str(company.root), "--format", "json")
    return json.loads(CliRunner().invoke(tieout, where).output)


def schema(command: str) -> jsonschema.Draft202012Validator:
    loaded = json.loads((SCHEMAS / f"{command}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(loaded)


@pytest.mark.parametrize("command", ["findings", "tie-out"])
def test_the_json_of_a_command_follows_its_schema(company: CompanyDirectory, command: str) -> None:
    rows = said(company, command)
    assert rows
    schema(command).validate(rows)


@pytest.mark.parametrize(("command", "amount"), [("findings", "difference"), ("tie-out", "ledger_balance")])
def test_the_schemas_refuse_money_as_a_number(company: CompanyDirectory, command: str, amount: str) -> None:
    rows = said(company, command)
    rows[0][amount] = 1.5
    assert not schema(command).is_valid(rows)
