"""``tieout.toml``: companies, directories, tolerances, and references to secrets (never the secrets themselves).

Unknown keys are refused by name; every message names the file and the key. Reading environment variables and secret
files happens in ``SecretReference.resolve``, which gets the environment as an argument.

What a setting *means* for the books does not belong here; see ``transforms.settings``.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.fortnox.consent import Mode
from pipelines.fortnox.endpoints import BY_NAME, Choice
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import VOUCHER_DETAILS_PER_NIGHT, Budget
from transforms.settings import Settings as ReconciliationSettings

COMMAND_SECONDS: Final = 60
DEFAULT_FILE: Final = Path("tieout.toml")
_CHOSEN: Final = frozenset(row.name for row in BY_CHOICE)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
COMPANY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class SettingsError(Exception):
    """The configuration cannot be used. The message names file and key and says what to write instead. Exit code 4."""

    exit: Final = 4


def _exact_decimal(value: object) -> Decimal:
    """Money in TOML is text or an integer: a TOML float has already lost the öre."""
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise ValueError('amounts are written as text, for example "1.00"')
    if not _AMOUNT.fullmatch(str(value)):
        raise ValueError('amounts have digits and at most two decimals, for example "1.00"')
    return Decimal(str(value))


ExactDecimal = Annotated[Decimal, PlainValidator(_exact_decimal)]
Least = Annotated[ExactDecimal, Field(ge=0)]
AccountNumber = Annotated[str, Field(pattern=r"^\d{1,10}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretReference(_Strict):
    """Where a secret is kept: ``{ env = "NAME" }``, ``{ file = "/run/secrets/name" }``, or ``{ command = ["…"] }``.

    A command prints the secret: the operating system's keyring and secret managers all have one. A relative file, and
    whatever is relative in a command, starts in the folder of the configuration.
    """

    env: str | None = None
    file: Path | None = None
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    _folder: Path = PrivateAttr(default=Path())

    def model_post_init(self, context: Any) -> None:
        """Remember the folder of the configuration: it is the context of its validation."""
        if context is not None:
            self._folder = context

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(way is not None for way in (self.env, self.file, self.command)) != 1:
            raise ValueError(
                'write one of { env = "NAME" }, { file = "PATH" } and { command = ["PROGRAM", "ARGUMENT"] }'
            )
        return self

    def resolve(self, key: str, environment: Mapping[str, str]) -> str:
        """The secret's text. Raises ``SettingsError`` when the place it is kept has none."""
        if self.env is not None:
            where, value = f"environment variable {self.env}", environment.get(self.env, "")
        elif self.file is not None:
            file = self._folder / self.file
            where, value = f"file {file}", _read_file(key, file)
        else:
            command = self.command or ()
            where, value = f"the answer of {command[0]}", _ask(key, command, environment, self._folder)
        if not value:
            raise SettingsError(f"{key}: {where} is not set or empty; put the secret there and run again")
        return value


def _read_file(key: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{key}: cannot read file {file}: {getattr(error, 'strerror', None) or 'it is not text'}"
        ) from None


def _ask(key: str, command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> str:
    """What ``command`` prints. What it complains of goes to the terminal; no message repeats its arguments."""
    try:
        ended = subprocess.run(  # noqa: S603 -- the operator's own command, without a shell
            command,
            env=dict(environment),
            cwd=folder,
            stdout=subprocess.PIPE,
            timeout=COMMAND_SECONDS,
            check=True,
        )
        return ended.stdout.decode("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}: cannot run {command[0]}: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        raise SettingsError(
            f"{key}: {command[0]} ended with {error.returncode}; try the command in a terminal"
        ) from None
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"{key}: {command[0]} gave no secret within {COMMAND_SECONDS} seconds; is the keyring locked?"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{key}: {command[0]} printed something that is not text") from None


class FortnoxSettings(_Strict):
    """The integration registered in Fortnox's developer portal, and where the API answers."""

    client_id: SecretReference
    client_secret: SecretReference
    api_url: str = "https://api.fortnox.se"
    token_url: str = "https://apps.fortnox.se/oauth-v1/token"  # noqa: S105 -- an address, not a secret
    authorize_url: str = "https://apps.fortnox.se/oauth-v1/auth"
    redirect_uri: str = "http://127.0.0.1:8755/callback"
    token_key: SecretReference | None = None
    retry_attempts: int = Field(default=6, ge=1, le=20)
    retry_max_wait_seconds: int = Field(default=30, ge=0, le=300)
    timeout_seconds: int = Field(default=60, ge=1, le=600)
    request_seconds: int = Field(default=1800, ge=1, le=86_400)
    full_every_days: int = Field(default=7, ge=1, le=92)
    verify_locked_years_every: int = Field(default=1, ge=1, le=92)


class ReconciliationOverrides(_Strict):
    """Tolerances, materiality and limits; what is left out comes from ``transforms.settings``."""

    unbooked_payment_days: int | None = Field(default=None, ge=0)
    small_residue: ExactDecimal | None = None
    ageing_days: tuple[int, ...] | None = None
    closing_series: tuple[str, ...] | None = None
    lock_within_days: int | None = Field(default=None, ge=0)
    registration_days: int | None = Field(default=None, ge=0)
    credit_note_days: int | None = Field(default=None, ge=0)
    duplicate_days: int | None = Field(default=None, ge=0)
    reminder_days: int | None = Field(default=None, ge=0)
    reminder_fee_least: ExactDecimal | None = None
    reminder_fee_most: ExactDecimal | None = None
    journal_flags: int | None = Field(default=None, ge=0)
    journal_round_sum: ExactDecimal | None = Field(default=None, ge=1)
    early_payment_days: int | None = Field(default=None, ge=0)
    late_payment_days: int | None = Field(default=None, ge=0)
    unlinked_days: int | None = Field(default=None, ge=0)
    inactive_supplier_days: int | None = Field(default=None, ge=0)
    account_change_days: int | None = Field(default=None, ge=0)
    tax_reduction_account: str | None = Field(default=None, pattern=r"^\d{0,10}$")
    tolerance: dict[AccountNumber, Least] | None = None
    materiality: Least | None = None
    account_materiality: dict[AccountNumber, Least] | None = None


class ReportSettings(_Strict):
    """The report every night writes."""

    language: Literal["en", "sv"] = "en"
    personal_data: Literal["pseudonymise", "keep"] = "pseudonymise"


class NotifySettings(_Strict):
    """Whom to tell after a night: see ``tieout.notify``. A webhook's address is a secret."""

    command: tuple[str, ...] = ()
    webhook: SecretReference | None = None
    when: Literal["trouble", "always"] = "trouble"


class CompanySettings(_Strict):
    """One company: its Fortnox tenant, how it stays connected and what differs from the defaults."""

    tenant_id: str | None = None
    connection: Mode = "service"
    customer_control_accounts: tuple[str, ...] = ()
    supplier_control_accounts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    invoice_details_per_night: int = Field(default=0, ge=0)
    voucher_details_per_night: int = Field(default=VOUCHER_DETAILS_PER_NIGHT, ge=0)
    reconciliation: ReconciliationOverrides = ReconciliationOverrides()

    @field_validator("without")
    @classmethod
    def _surfaces_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if chosen := sorted(set(names) & _CHOSEN):
            raise ValueError(f"read only where `also` names it, so not left out here: {', '.join(chosen)}")
        if unknown := sorted(set(names) - BY_NAME.keys()):
            raise ValueError(f"no such surface: {', '.join(unknown)}; docs/surfaces.md names them")
        return names

    @field_validator("also")
    @classmethod
    def _can_be_chosen(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(names) - _CHOSEN):
            raise ValueError(f"not a surface by choice: {', '.join(unknown)}; docs/surfaces.md names them")
        return names

    @property
    def choice(self) -> Choice:
        """Which surfaces the company reads."""
        return Choice(frozenset(self.without), frozenset(self.also))

    @property
    def budget(self) -> Budget:
        """How many records a night may ask for one by one."""
        return Budget(self.invoice_details_per_night, self.voucher_details_per_night)


class TieoutSettings(_Strict):
    """The whole of ``tieout.toml``. ``path`` is the file it was read from; whatever is relative in it starts there."""

    path: Path = Field(default=DEFAULT_FILE, exclude=True)
    directory: Path = Path("data/var")
    keep_snapshots: int = Field(default=3, ge=1)
    fortnox: FortnoxSettings | None = None
    report: ReportSettings = ReportSettings()
    notify: NotifySettings = NotifySettings()
    reconciliation: ReconciliationOverrides = ReconciliationOverrides()
    companies: dict[str, CompanySettings] = {}

    @model_validator(mode="after")
    def _names_are_folders(self) -> Self:
        for name in self.companies:
            if not COMPANY_NAME.fullmatch(name):
                raise ValueError(f'company name "{name}" must be lower-case letters, digits, "-" and "_"')
        return self

    @property
    def folder(self) -> Path:
        """Where the file stands."""
        return self.path.parent

    @property
    def root(self) -> Path:
        """The directory that holds one folder per company."""
        return (self.folder / self.directory).resolve()

    def company(self, name: str) -> CompanySettings:
        """The named company. Raises ``SettingsError`` listing the known names."""
        if name not in self.companies:
            known = ", ".join(sorted(self.companies)) or "none"
            raise SettingsError(f'{self.path}: no company "{name}"; companies there: {known}')
        return self.companies[name]

    def reconciliation_for(self, name: str, as_of: date) -> ReconciliationSettings:
        """What the reconciliations of ``name`` use: file defaults, then the company's own where it is configured."""
        company = self.companies.get(name, CompanySettings())
        chosen = {
            **self.reconciliation.model_dump(exclude_none=True),
            **company.reconciliation.model_dump(exclude_none=True),
        }
        for per_account in ("tolerance", "account_materiality"):
            common, own = (getattr(one, per_account) for one in (self.reconciliation, company.reconciliation))
            if common and own:
                chosen[per_account] = common | own
        return ReconciliationSettings(
            company_id=name,
            as_of=as_of,
            customer_control_accounts=company.customer_control_accounts,
            supplier_control_accounts=company.supplier_control_accounts,
            **chosen,
        )


def read_settings(path: Path) -> TieoutSettings:
    """Read and check ``path``. Raises ``SettingsError`` naming the line or key that cannot be used."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such file. Copy tieout.example.toml to tieout.toml, or name another with --config"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    if "path" in document:
        raise SettingsError(f"{path}: unknown key: path")
    try:
        return TieoutSettings.model_validate({**document, "path": path}, context=path.parent)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(path, error))) from None


def _sentences(path: Path, error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in problem["loc"]) or "file"
        if problem["type"] == "extra_forbidden":
            sentences.append(f"{path}: unknown key: {key}")
        elif problem["type"] == "model_type" and key.endswith(("client_id", "client_secret", "token_key")):
            sentences.append(
                f"{path}: {key}: secrets are never written here; refer to one with"
                ' { env = "NAME" } or { file = "PATH" }'
            )
        else:
            sentences.append(f"{path}: {key}: {problem['msg'].removeprefix('Value error, ')}")
    return sentences
