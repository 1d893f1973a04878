"""The evidence pack: re-performable, repeatable, verifiable offline, and without persons."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout
from tieout.pack.archive import zip_bytes
from tieout.pack.contents import NoSuchYear, pack_contents, year_named
from tieout.pack.manifest import MANIFEST, sealed, signer_of
from tieout.pack.sie_masking import masked_sie
from tieout.pack.verification import verify_pack
from tieout.pack.writing import Pack, write_pack
from tieout.reports.personal_data import KEEP, PSEUDONYMISE, Pseudonyms, pseudonyms_of
from tieout.snapshot import Snapshot, open_snapshot
from transforms.tables import ContractBroken

YEAR = "2025"


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="module")
def pack(company: CompanyDirectory, key: Ed25519PrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    with open_snapshot(company.snapshot_pointer) as snapshot:
        year = year_named(snapshot, YEAR)
        packs = tmp_path_factory.mktemp("packs")
        return write_pack(company, snapshot, year, personal_data=PSEUDONYMISE, key=key, packs=packs)


def amounts(path: Path, column: str) -> Decimal:
    """What a spreadsheet does: open the CSV, sum one column."""
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def test_each_tie_out_can_be_redone_from_the_csv_files(pack: Pack, snapshot: Snapshot) -> None:
    ties = snapshot.query(
        "SELECT control_account, subledger_balance, ledger_balance, difference FROM recon.tie_outs"
        " WHERE as_of = DATE '2025-12-31'"
    ).rows()
    assert len(ties) == 2
    for account, subledger, ledger, difference in ties:
        folder = pack.folder / "tie_outs" / account
        assert amounts(folder / "subledger.csv", "amount") == subledger
        assert amounts(folder / "ledger.csv", "amount") == ledger
        assert amounts(folder / "bridge.csv", "difference") == difference
        assert (
            json.loads((folder / "tie_out.json").read_text(encoding="utf-8"))["difference"]
            == f"{difference:.2f}"
        )


@pytest.mark.parametrize("name", ["README.md", "LASMIG.md"])
def test_the_readmes_state_what_a_spreadsheet_finds(pack: Pack, name: str) -> None:
    """Each row of the README's table, computed anew from the CSV files it names."""
    text = (pack.folder / name).read_text(encoding="utf-8")
    stated = [re.split(r" *\| *", line)[1:6] for line in text.splitlines() if re.match(r"\| \d{4} \|", line)]
    assert [account for account, *_ in stated] == ["1510", "2440"]
    for account, *figures in stated:
        folder = pack.folder / "tie_outs" / account
        subledger, ledger = (amounts(folder / f"{side}.csv", "amount") for side in ("subledger", "ledger"))
        bridge = amounts(folder / "bridge.csv", "difference")
        assert [as_written(figure, name) for figure in figures] == [
            subledger,
            ledger,
            subledger - ledger,
            bridge,
        ]


def as_written(figure: str, name: str) -> Decimal:
    """An amount as the language of the README writes it."""
    if name == "LASMIG.md":
        figure = figure.replace(".", "").replace(",", ".").replace("\u2212", "-")
    return Decimal(re.sub(r"[,\s]", "", figure))


def test_a_voucher_dated_outside_its_year_counts_in_its_year(
    company: CompanyDirectory, dated_outside: Snapshot
) -> None:
    """As in the tie-outs: the year's balances hold it, whatever its date says."""
    year = year_named(dated_outside, YEAR)
    files = pack_contents(dated_outside, company.sie_directory, year, PSEUDONYMISE)
    for account, published in dated_outside.query(
        "SELECT control_account, ledger_balance FROM recon.tie_outs WHERE as_of = DATE '2025-12-31'"
    ).rows():
        rows = csv.DictReader(io.StringIO(files[f"tie_outs/{account}/ledger.csv"].decode("utf-8-sig")))
        assert sum(Decimal(row["amount"]) for row in rows) == published
        on_the_day = "SELECT balance FROM account_balances_on('2025-12-31') WHERE account_number = ?"
        assert dated_outside.query(on_the_day, [account]).item() == published


def test_a_pack_that_would_contradict_the_run_is_not_made(company: CompanyDirectory, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.duckdb"
    shutil.copy(company.snapshot_pointer, file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE recon.tie_outs SET ledger_balance = ledger_balance + 0.01")
    with open_snapshot(file) as snapshot, pytest.raises(ContractBroken, match="account 1510 on 2025-12-31"):
        pack_contents(snapshot, company.sie_directory, year_named(snapshot, YEAR), PSEUDONYMISE)


@pytest.mark.parametrize(("name", "figure"), [("README.md", "2032-12-31"), ("LASMIG.md", "2032-12-31")])
def test_the_readmes_state_the_figures_and_how_long_to_keep(pack: Pack, name: str, figure: str) -> None:
    text = (pack.folder / name).read_text(encoding="utf-8")
    assert figure in text
    assert "tie_outs/1510/subledger.csv" in text


def test_csv_and_parquet_of_a_table_say_the_same(pack: Pack) -> None:
    tables = sorted((pack.folder / "tables").glob("*.parquet"))
    assert len(tables) > 15
    for path in tables:
        frame = pl.read_parquet(path)
        with path.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == frame.columns
        assert len(rows) - 1 == frame.height


def test_the_same_inputs_give_the_same_bytes(
    company: CompanyDirectory, snapshot: Snapshot, pack: Pack, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    year = year_named(snapshot, YEAR)
    again = write_pack(company, snapshot, year, personal_data=PSEUDONYMISE, key=key, packs=tmp_path)
    assert again.archive.read_bytes() == pack.archive.read_bytes()


def test_folder_and_zip_verify_and_name_their_signer(pack: Pack, key: Ed25519PrivateKey) -> None:
    signer = key.public_key().public_bytes_raw().hex()
    for path in (pack.folder, pack.archive):
        verified = verify_pack(path, required_signer=signer)
        assert verified.trouble == ()
        assert verified.signer == signer
    assert verify_pack(pack.folder, required_signer="00" * 32).trouble == (
        "manifest.sig: not signed by the given key",
    )


def test_altered_missing_and_added_files_are_named(pack: Pack, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(pack.folder, copy)
    (copy / "checks.md").write_text("nothing to see", encoding="utf-8")
    (copy / "report" / "report.json").unlink()
    (copy / "tables" / "more.csv").write_text("a,b\n", encoding="utf-8")
    assert set(verify_pack(copy).trouble) == {
        "checks.md: altered",
        "report/report.json: missing",
        "tables/more.csv: added, the manifest does not know it",
    }


def test_a_hundred_random_changes_of_one_byte_of_the_folder_are_detected(pack: Pack, tmp_path: Path) -> None:
    chance = random.Random(20260930)
    copy = tmp_path / "copy"
    shutil.copytree(pack.folder, copy)
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    manifest_files = [path for path in files if path.parent == copy and path.name.startswith("manifest")]
    assert len(manifest_files) == 3
    for turn in range(100):
        path = chance.choice(manifest_files if turn % 4 == 0 else files)
        data = path.read_bytes()
        path.write_bytes(flipped(data, chance))
        trouble = verify_pack(copy).trouble
        assert trouble, (path, turn)
        assert any(path.relative_to(copy).as_posix() in sentence for sentence in trouble), (path, trouble)
        path.write_bytes(data)
    assert verify_pack(copy).trouble == ()


def test_a_hundred_random_changes_of_one_byte_of_the_zip_are_detected(
    key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    """A small pack, so that names, dates, checksums and the directory of the zip are hit as often as contents."""
    files = {f"tables/{name}.csv": f"{name},1.00\n".encode() for name in ("one", "two", "three")}
    about = {"company_id": "acme", "company_name": "Acme AB", "financial_year": "2025-01-01"}
    whole = zip_bytes(sealed(files, about, key))
    target = tmp_path / "pack.zip"
    target.write_bytes(whole)
    assert verify_pack(target).trouble == ()
    chance = random.Random(7)
    for turn in range(100):
        target.write_bytes(flipped(whole, chance))
        assert verify_pack(target).trouble, turn
    for cut in (1, len(whole) // 2, len(whole) - 1):
        target.write_bytes(whole[:cut])
        assert verify_pack(target).trouble
    target.write_bytes(whole + b"\0")
    assert verify_pack(target).trouble


def flipped(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    other = (data[at] + chance.randrange(1, 256)) % 256
    return data[:at] + bytes([other]) + data[at + 1 :]


def test_a_manifest_made_anew_by_a_forger_does_not_carry_the_signature(pack: Pack, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(pack.folder, copy)
    files = {
        path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()
    }
    signature = files.pop("manifest.sig")
    about = json.loads(files.pop(MANIFEST))
    files.pop("manifest.sha256")
    files["checks.md"] = b"all is well"
    forged = sealed(
        files, {name: value for name, value in about.items() if name not in {"format", "files"}}, None
    )
    assert signer_of(forged[MANIFEST], signature) is None


def test_the_next_pack_names_this_one_as_its_predecessor(
    company: CompanyDirectory, snapshot: Snapshot, tmp_path: Path
) -> None:
    year = year_named(snapshot, YEAR)
    first = write_pack(company, snapshot, year, personal_data=KEEP, key=None, packs=tmp_path)
    manifest = json.loads((first.folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["previous"] is None
    later = tmp_path / f"{year.first}-0000earlier"
    first.folder.rename(later)
    text = (
        (later / MANIFEST)
        .read_text(encoding="utf-8")
        .replace(manifest["finished_at"], "2020-01-01T00:00:00Z")
    )
    (later / MANIFEST).write_text(text, encoding="utf-8")
    second = write_pack(company, snapshot, year, personal_data=KEEP, key=None, packs=tmp_path)
    named = json.loads((second.folder / MANIFEST).read_text(encoding="utf-8"))["previous"]
    assert named["run_id"] == manifest["run_id"]
    assert verify_pack(second.folder, predecessor=later).trouble == ()
    assert verify_pack(second.folder, predecessor=second.folder).trouble != ()


def test_no_file_of_the_pack_names_a_person(pack: Pack, snapshot: Snapshot) -> None:
    """Seeded by the emulator: private customers, and the signature and contact in the SIE files."""
    pseudonyms = pseudonyms_of(snapshot, PSEUDONYMISE)
    names = [*pseudonyms.names, *pseudonyms.signatures]
    assert len(names) >= 4
    found = []
    for path in sorted(path for path in pack.folder.rglob("*") if path.is_file()):
        data = unpacked(path)
        found += [
            (path.name, name)
            for name in names
            for charset in ("utf-8", "cp437", "latin-1")
            if name.encode(charset) in data
        ]
    assert not found


def unpacked(path: Path) -> bytes:
    """The readable content of a file: workbooks and Parquet are compressed."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_csv().encode("utf-8")
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def test_kept_personal_data_means_sie_files_as_received(
    company: CompanyDirectory, snapshot: Snapshot
) -> None:
    files = pack_contents(snapshot, company.sie_directory, year_named(snapshot, YEAR), KEEP)
    sie = {path: data for path, data in files.items() if path.startswith("sie/")}
    assert sie
    recorded = snapshot.query("SELECT file_id FROM sie.files WHERE financial_year = '2025-01-01'")["file_id"]
    for path, data in sie.items():
        assert (company.sie_directory / Path(path).name).read_bytes() == data
        assert hashlib.sha256(data).hexdigest() in recorded.to_list()
    assert "byte for byte" in files["README.md"].decode("utf-8")
    assert "byte för byte" in files["LASMIG.md"].decode("utf-8")


@pytest.mark.parametrize(("name", "plainly"), [("README.md", "is a copy"), ("LASMIG.md", "är en kopia")])
def test_a_masked_sie_file_names_the_bytes_received(
    company: CompanyDirectory, pack: Pack, name: str, plainly: str
) -> None:
    text = (pack.folder / name).read_text(encoding="utf-8")
    (masked_file,) = (pack.folder / "sie").iterdir()
    received = company.sie_directory / f"{masked_file.name.removesuffix('.masked.se')}.se"
    assert masked_file.read_bytes() != received.read_bytes()
    assert plainly in text
    assert hashlib.sha256(received.read_bytes()).hexdigest() in text.split("\n## ")[1].replace(
        masked_file.name, ""
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('#VER A 1 20250101 "Hyra" 20250102 "Märta N"\r\n', '#VER A 1 20250101 "Hyra" 20250102 "signature-1"\r\n'),
        ('#VER A 1 20250101 "Hyra" 20250102\r\n', '#VER A 1 20250101 "Hyra" 20250102\r\n'),
        ('\t#BTRANS 1 {"1" "2"} -5 "" "Märta N" 0 MN\n', '\t#BTRANS 1 {"1" "2"} -5 "" "signature-1" 0 "signature-2"\n'),
        ("#GEN 20250101 MN\n", '#GEN 20250101 "signature-2"\n'),
        ('#ADRESS "Någon Annan" "Gatan 1"\n', '#ADRESS "person" "Gatan 1"\n'),
        ('#KONTO 1510 "MN"\n', '#KONTO 1510 "MN"\n'),
    ],
)  # fmt: skip
def test_a_sie_line_loses_its_person_and_nothing_else(line: str, expected: str) -> None:
    pseudonyms = Pseudonyms({"Märta N": "signature-1"}, {"Märta N": "signature-1", "MN": "signature-2"})
    assert masked_sie(line.encode("cp437"), "cp437", pseudonyms).decode("cp437") == expected


def test_a_year_is_named_by_first_day_or_last_year(snapshot: Snapshot) -> None:
    assert year_named(snapshot, "2025") == year_named(snapshot, "2025-01-01")
    broken = year_named(snapshot, "2024")
    assert (broken.first.isoformat(), broken.keep_until.isoformat()) == ("2023-07-01", "2031-12-31")
    with pytest.raises(NoSuchYear, match="held: 2023-07-01 to 2024-12-31"):
        year_named(snapshot, "1999")


def test_the_commands_pack_sign_verify_and_refuse(
    company: CompanyDirectory, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    run = CliRunner().invoke
    made = run(
        tieout,
        [
            "pack",
            "demo",
            "--year",
            "2026",
            "--directory",
            str(company.root),
            "--to",
            str(tmp_path / "packs"),
            "--sign",
            str(tmp_path / "key.pem"),
        ],
        catch_exceptions=False,
    )
    assert made.exit_code == 0, made.output
    (archive,) = (tmp_path / "packs").glob("*.zip")
    good = run(tieout, ["verify", str(archive), "--key", str(tmp_path / "public.pem")])
    assert good.exit_code == 0, good.output
    assert good.output.startswith("unaltered: ")
    archive.write_bytes(archive.read_bytes()[:-7])
    assert run(tieout, ["verify", str(archive)]).exit_code == 1
    chain = run(tieout, ["verify", "demo", "--directory", str(company.root)])
    assert (chain.exit_code, chain.output) == (0, "the chain holds: 1 run\n")
    by_folder = run(tieout, ["verify", str(company.folder)])
    assert (by_folder.exit_code, by_folder.output) == (0, "the chain holds: 1 run\n")
    assert run(tieout, ["verify", "nowhere/pack.zip"]).exit_code == 2
