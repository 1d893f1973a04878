"""`tieout run` against an API in trouble: the right exit code, one message that says what to do, the old snapshot."""

from __future__ import annotations

import importlib
import logging
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from fortnox_emulator import Fault, Switches
from pipelines.warehouse import DiskFull, WarehouseDamaged
from tieout.cli import main
from tieout.night import Night
from tieout.snapshot import SnapshotDamaged

command = importlib.import_module("tieout.commands.run")

CONFIGURATION = """
directory = "books"
[fortnox]
client_id = {{ env = "TEST_FORTNOX_ID" }}
client_secret = {{ env = "TEST_FORTNOX_SECRET" }}
api_url = "{url}"
token_url = "{url}/oauth-v1/token"
timeout_seconds = 1
retry_attempts = 2
retry_max_wait_seconds = 0
[companies.acme]
tenant_id = "{tenant}"
"""


class Operator:
    """Somebody at a terminal: writes the configuration, runs the command, reads what it says."""

    def __init__(self, bureau, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
        self.bureau, self.capfd = bureau, capfd
        self.file = folder / "tieout.toml"
        monkeypatch.setenv("TEST_FORTNOX_ID", bureau.emulator.client_id)
        monkeypatch.setenv("TEST_FORTNOX_SECRET", bureau.emulator.client_secret)
        configured = command.fortnox_source_of
        monkeypatch.setattr(
            command,
            "fortnox_source_of",
            lambda *a, **k: replace(configured(*a, **k), clock=bureau.clock, sleep=bureau.clock.sleep),
        )
        monkeypatch.setattr(Night, "today", lambda _: bureau.emulator.today)
        self.configure()

    def configure(self, url: str | None = None, tenant: str | None = None) -> None:
        self.file.write_text(
            CONFIGURATION.format(
                url=url or self.bureau.base_url, tenant=tenant or self.bureau.emulator.tenant_id
            )
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of ``tieout ARGUMENTS``."""
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main([*arguments, "--config", str(self.file)])
        out, err = self.capfd.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    def night(self, *arguments: str) -> tuple[int, str, str]:
        day = self.bureau.emulator.today.isoformat()
        return self.run("run", "acme", "--as-of", day, "--quiet", *arguments)


@pytest.fixture
def operator(settled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> Operator:
    return Operator(settled, tmp_path, monkeypatch, capfd)


@pytest.fixture(scope="module")
def dead_url() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


FOR_EVER = {"times": None}
TROUBLES = {
    "server error": (Fault("server_error", "/3/invoices", **FOR_EVER), 3, "invoices"),
    "too many requests": (Fault("rate_limited", "/3/vouchers", **FOR_EVER), 3, "vouchers"),
    "unauthorised": (Fault("unauthorized", "/3/", **FOR_EVER), 3, "connect the company again"),
    "garbage": (Fault("garbage", "/3/customers", **FOR_EVER), 3, "customers"),
    "web page": (Fault("html", "/3/accounts", **FOR_EVER), 3, "accounts"),
    "cut off": (Fault("truncated", "/3/invoicepayments", **FOR_EVER), 3, "invoicepayments"),
    "reset": (Fault("reset", "/3/suppliers", **FOR_EVER), 3, "suppliers"),
    "slow": (Fault("slow", "/3/voucherseries", seconds=1.5, **FOR_EVER), 3, "voucherseries"),
    "redirect": (Fault("redirect", "/3/companyinformation", **FOR_EVER), 3, "companyinformation"),
    "wrong type": (Fault("wrong_type", "/3/supplierinvoices", **FOR_EVER), 3, "supplier_invoices"),
    "missing wrapper": (Fault("missing_wrapper", "/3/financialyears", **FOR_EVER), 3, "financialyears"),
    "dropped row": (Fault("drop_row", "/3/invoices", **FOR_EVER), 3, "invoices: incomplete: Fortnox says 394 rows"),
    "dropped page": (Fault("empty_page", "/3/supplierinvoices", **FOR_EVER), 3, "supplierinvoices: incomplete: "),
    "row twice": (Fault("duplicate_row", "/3/suppliers", **FOR_EVER), 3, "gave 21, some of them twice (22)"),
    "dropped sie file": (Fault("garbage", "/3/sie/", after=1, **FOR_EVER), 3, "no readable SIE file for"),
    "token server": (Fault("server_error", "/oauth-v1/token", **FOR_EVER), 3, "token"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_trouble_at_fortnox_ends_in_one_message_and_the_old_snapshot(operator: Operator, name: str) -> None:
    fault, exit_code, says = TROUBLES[name]
    before = operator.bureau.contents()
    operator.bureau.emulator.add_fault(fault)

    code, out, err = operator.night()

    assert code == exit_code
    assert says in err
    assert err.startswith("tieout: acme: ")
    assert err.count("\n") == 1, err
    assert err.rstrip().endswith("the snapshot is the one of the night before")
    assert out == ""
    assert operator.bureau.emulator.client_secret not in err
    assert operator.bureau.contents() == before


def test_a_snapshot_that_is_the_trouble_is_not_said_to_be_there(operator: Operator) -> None:
    company = operator.bureau.company
    company.warehouse_file.unlink()
    snapshot = company.snapshot_pointer.resolve()
    snapshot.chmod(0o644)
    snapshot.write_bytes(bytes(9000))
    code, out, err = operator.night()
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith(f"tieout: acme: {snapshot}: cannot be read, ")
    assert err.endswith(f"or remove {company.snapshot_pointer} to begin anew, without what was final\n")


def test_a_voucher_one_witness_lacks_is_incomplete_and_named_on_the_screen(operator: Operator) -> None:
    books = operator.bureau.emulator.books
    unlisted = next(key for key, v in books.vouchers.items() if books.is_open(v.day) and key.number > 1)
    books.discords.unlisted.add(unlisted)
    code, out, _ = operator.run("run", "acme", "--as-of", operator.bureau.emulator.today.isoformat())
    assert code == 1
    name = f"{unlisted.series}/{unlisted.number}"
    assert f"vouchers 2026-01-01 is incomplete: 1 voucher not in or not as in the voucher list: {name}" in out


def test_trouble_that_passes_is_ridden_out(bureau) -> None:
    troubles = [
        Fault("server_error", "/3/invoices"),
        Fault("rate_limited", "/3/customers", times=2, seconds=2),
        Fault("rate_limited", "/3/financialyears", times=2),
        Fault("slow", "/3/projects", seconds=0.1),
        Fault("duplicate_row", "/3/suppliers"),
        Fault("drop_row", "/3/invoicepayments"),
        Fault("empty_page", "/3/supplierinvoicepayments"),
        Fault("reset", "/3/vouchers"),
        Fault("truncated", "/3/supplierinvoices"),
        Fault("unauthorized", "/3/accounts"),
    ]
    for trouble in troubles:
        bureau.emulator.add_fault(trouble)
    bureau.emulator.set_switches({"rate_limit_body": False})
    bureau.night()
    assert [trouble.happened for trouble in troubles] == [trouble.times for trouble in troubles]
    assert bureau.findings() == set()


def test_a_dead_api_on_the_first_night_leaves_nothing_behind(operator: Operator, dead_url: str) -> None:
    operator.configure(url=dead_url)
    shutil.rmtree(operator.bureau.root)
    code, _, err = operator.night()
    assert code == 3
    assert err.count("\n") == 1
    assert "night before" not in err
    assert not operator.bureau.company.snapshot_pointer.exists()


def test_books_of_another_tenant_are_never_loaded(operator: Operator) -> None:
    before = operator.bureau.contents()
    emulator = operator.bureau.emulator
    emulator.tenant_id, emulator.tokens.tenant_id = "999", "999"
    operator.configure(tenant="999")
    emulator.tenant_id = "777"
    code, _, err = operator.night()
    assert code == 4
    assert "the token is for tenant 777, not 999; nothing was loaded" in err
    assert operator.bureau.contents() == before


def test_wrong_secret_and_missing_secret_are_configuration(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_FORTNOX_SECRET", "wrong-secret")
    code, _, err = operator.night()
    assert code == 4
    assert "wrong-secret" not in err
    monkeypatch.delenv("TEST_FORTNOX_SECRET")
    code, _, err = operator.night()
    assert code == 4
    assert "environment variable TEST_FORTNOX_SECRET is not set" in err


def test_a_surface_without_licence_is_named_and_never_looks_like_zero(open_bureau) -> None:
    switches = Switches(rate_limit=False, licence_missing=frozenset({"supplierinvoices"}))
    with open_bureau(switches=switches) as bureau:
        end = bureau.night()
        contents = bureau.contents()
    assert [surface.status for surface in end.loaded.surfaces if surface.surface == "supplier_invoices"] == [
        "not_licensed"
    ]
    assert "fortnox.supplier_invoices" not in contents
    (run,) = contents["recon.runs"]
    assert any("ap_tie_out" in str(value) for value in run)
    assert {row[1] for row in contents["recon.tie_outs"]} == {"customer"}


def test_the_pipeline_never_writes(first_night) -> None:
    assert first_night.bureau.emulator.stats()["violations"] == []


def test_a_second_run_at_once_names_the_first_and_the_company_once(operator: Operator) -> None:
    with operator.bureau.company.exclusively():
        code, _, err = operator.night()
    assert code == 3
    assert err.startswith("tieout: acme: another run (process ")


@pytest.fixture
def room() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes, as on a full disk; none may until the test is over."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.fixture
def said_by_dlt() -> Iterator[list[str]]:
    """What dlt would print."""
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("dlt").addHandler(handler)
    yield records
    logging.getLogger("dlt").removeHandler(handler)


FULL: Final = (
    ("opened", 1_000_000),
    ("opened", 150_000),
    ("loaded", 1000),
    ("compared", 1000),
    ("written", 1_000_000),
)
"""After which step of a night how many bytes a file may still have."""


@pytest.mark.slow
def test_a_full_disk_is_one_clear_error_wherever_it_strikes(
    settled, room: Callable[[int], None], said_by_dlt: list[str]
) -> None:
    """Each night goes past the place at which the one before it had no room."""
    before = settled.contents()
    settled.emulator.advance()
    for step, size in FULL:
        with pytest.raises(DiskFull, match="the disk is full, nothing more can be written; free some room"):
            settled.night(
                Night(checkpoint=lambda done, at=step, left=size: room(left) if done == at else None)
            )
        room(resource.RLIM_INFINITY)
        assert said_by_dlt == [], "a traceback of dlt's before our message tells nobody what to do"
        assert settled.contents() == before, step
        assert [path.name for path in settled.company.snapshots.iterdir()] == ["snapshot-1.duckdb"], step
    settled.night()
    assert settled.findings() == settled.truth()


def spoil(path: Path) -> None:
    """Lose a stretch of every sixth block, as a failing disk does; the head of the file stays."""
    content = bytearray(path.read_bytes())
    for start in range(12_288 + 2 * 262_144, len(content) - 2 * 262_144, 6 * 262_144):
        content[start + 1000 : start + 2000] = bytes(1000)
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.slow
def test_a_snapshot_the_disk_lost_a_part_of_is_named_and_can_be_done_without(settled) -> None:
    whole = settled.contents()["recon.runs"]
    spoil(settled.company.snapshot_pointer.resolve())
    settled.emulator.advance()
    for _ in ("tonight", "the next night"):
        with pytest.raises(
            SnapshotDamaged, match=r"snapshot-1.duckdb: damaged, .* remove .*/snapshot.duckdb to go on"
        ):
            settled.night()
    settled.company.snapshot_pointer.unlink()
    settled.night()
    assert settled.findings() == settled.truth()
    assert whole[0] in settled.contents()["recon.runs"], "what was concluded is in the warehouse"


@pytest.mark.slow
def test_a_warehouse_the_disk_lost_a_part_of_is_named_and_pulled_anew(settled) -> None:
    whole = settled.contents()["recon.runs"]
    spoil(settled.company.warehouse_file)
    settled.emulator.advance()
    with pytest.raises(
        WarehouseDamaged, match=r"work/warehouse.duckdb: not a readable DuckDB file; move it away"
    ):
        settled.night()
    settled.company.warehouse_file.unlink()
    settled.night()
    assert settled.findings() == settled.truth()
    assert whole[0] in settled.contents()["recon.runs"]
