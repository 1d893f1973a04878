"""Raw tables in, conformed tables out: ``stage`` makes the ``Books`` of a run from what the warehouse holds.

Two witnesses are joined here and nowhere else: the SIE file of each financial year (rows, balances) and
Fortnox's API (heads, documents, registers). A raw table that is absent was not loaded, and everything that
needs it is named in ``Books.missing``. Judging the books does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from transforms import (
    linking,
    staging_fortnox,
    staging_history,
    staging_invoice_details,
    staging_sie,
    subledger,
    tax_reduction,
)
from transforms.books import Books
from transforms.intake import NO_YEAR_IDS, Intake, Surface
from transforms.periods import astray, periods, status_of_date
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, Subledger, in_ledger
from transforms.tables import (
    ACCOUNT_BALANCES,
    ACCOUNTS,
    ATTACHED_FILES,
    CATALOGUE,
    COMPLETENESS,
    CONTROL_ACCOUNTS,
    FINANCIAL_YEARS,
    PERIOD_BALANCES,
    SUBLEDGER_ENTRIES,
    TEXT,
    VOUCHER_DETAIL_ROWS,
    VOUCHER_ROWS,
    VOUCHER_SERIES,
    VOUCHERS,
    WHOLE,
)
from transforms.voucher_keys import voucher_key
from transforms.wording import count_of

_YEAR = ("company_id", "financial_year")


def stage(raw: Mapping[str, pl.DataFrame], settings: Settings) -> Books:
    """The conformed tables of ``settings.company_id`` from ``raw``, whose keys are ``fortnox.<table>`` and
    ``sie.<table>``.

    Rows a table's grain cannot do without a value for, and rows of another company, are refused and listed in
    ``Books.rejected``.
    """
    intake = Intake(raw, settings.company_id)
    api_years = staging_fortnox.financial_years(intake)
    intake.year_ids = api_years.select("company_id", "financial_year", _id="financial_year_id")
    frames = {"financial_years": _financial_years(api_years, staging_sie.years(intake))}
    locks = intake.take(staging_fortnox.LOCKED_PERIOD)
    frames["periods"] = periods(frames["financial_years"], locks)
    frames |= _general_ledger(intake, locks)
    frames["control_accounts"] = _control_accounts(intake, settings, frames["financial_years"])
    for ledger in (CUSTOMER, SUPPLIER):
        frames |= _documents(intake, ledger, frames, settings)
    frames["control_accounts"] = CONTROL_ACCOUNTS.select(
        tax_reduction.compared_accounts(frames["customer_invoices"], frames["control_accounts"])
    )
    frames["subledger_entries"] = _entries(frames)
    frames["changes"] = staging_history.changes(intake)
    missing = _missing(intake, frames)
    frames["control_accounts"] = _of_kept_subledgers(intake, frames)
    return Books.of(frames, missing, intake.counts, intake.rejected())


def _financial_years(api: pl.DataFrame, sie: pl.DataFrame) -> pl.DataFrame:
    """Years of both witnesses; where both know a year, the API's end date stands."""
    both = api.join(sie, on=_YEAR, how="full", coalesce=True)
    return FINANCIAL_YEARS.select(
        both.with_columns(
            end_date=pl.coalesce("end_date", "end_date_right"),
            has_vouchers=pl.col("has_vouchers").fill_null(False),
        )
    )


def _general_ledger(intake: Intake, locks: pl.DataFrame) -> dict[str, pl.DataFrame]:
    chart = intake.take(staging_fortnox.ACCOUNTS)
    held = staging_sie.vouchers(intake)
    heads = intake.take(staging_fortnox.VOUCHERS)
    answered = staging_fortnox.voucher_detail_rows(intake)
    vouchers = _vouchers(held, heads, staging_fortnox.voucher_details(intake, answered))
    rows = staging_sie.voucher_rows(intake, held)
    return {
        "accounts": _accounts(intake.take(staging_sie.ACCOUNTS), chart),
        "account_balances": _account_balances(staging_sie.balances(intake), chart),
        "period_balances": PERIOD_BALANCES.select(staging_sie.period_balances(intake)),
        "vouchers": VOUCHERS.select(_stamped(vouchers, locks)),
        "voucher_rows": VOUCHER_ROWS.select(_stamped(rows, locks)),
        "voucher_detail_rows": VOUCHER_DETAIL_ROWS.select(answered),
        "voucher_series": VOUCHER_SERIES.select(intake.take(staging_fortnox.VOUCHER_SERIES)),
        "attached_files": ATTACHED_FILES.select(staging_fortnox.attached_files(intake)),
    }


def _stamped(frame: pl.DataFrame, locks: pl.DataFrame) -> pl.DataFrame:
    status = status_of_date(pl.col("voucher_date"), pl.col("locked_until"))
    return frame.join(locks, on="company_id", how="left").with_columns(period_status=status)


def _accounts(sie: pl.DataFrame, api: pl.DataFrame) -> pl.DataFrame:
    """The chart of each year: names as the SIE file has them, else as the API does."""
    key = (*_YEAR, "account_number")
    both = sie.join(api, on=key, how="full", coalesce=True)
    return ACCOUNTS.select(
        both.with_columns(
            name=pl.coalesce("name", "name_right"), sru_codes=pl.coalesce("sru_codes", "sru_codes_right")
        )
    )


def _account_balances(sie: pl.DataFrame, api: pl.DataFrame) -> pl.DataFrame:
    brought_forward = api.filter(pl.col("amount").is_not_null()).with_columns(
        witness=pl.lit("api"), year_number=pl.lit(0, dtype=WHOLE), kind=pl.lit("opening_balance")
    )
    columns = list(ACCOUNT_BALANCES.dtypes)
    return ACCOUNT_BALANCES.select(pl.concat([sie.select(columns), brought_forward.select(columns)]))


def _vouchers(sie: pl.DataFrame, api: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """Vouchers of either witness. The SIE file's date and text stand; the reference is only in the API's
    list. Beside them stands what Fortnox says of a voucher it was asked about by itself."""
    key = (*_YEAR, "voucher_series", "voucher_number", "occurrence")
    heads = api.with_columns(occurrence=pl.lit(1, dtype=WHOLE), in_api=pl.lit(True))
    answers = details.with_columns(occurrence=pl.lit(1, dtype=WHOLE)).drop("_year")
    named = voucher_key("financial_year", "voucher_series", "voucher_number")
    return (
        sie.with_columns(in_sie=pl.lit(True))
        .join(heads, on=key, how="full", coalesce=True)
        .join(answers, on=key, how="left")
        .with_columns(
            pl.col("in_sie", "in_api").fill_null(False),
            voucher_key=pl.coalesce("voucher_key", named),
            voucher_date=pl.coalesce("voucher_date", "voucher_date_right"),
            text=pl.coalesce("text", "text_right"),
            listed_date="voucher_date_right",
            listed_text="text_right",
        )
    )


def _control_accounts(intake: Intake, settings: Settings, years: pl.DataFrame) -> pl.DataFrame:
    """Fortnox's predefined account of each subledger, which is the default, and those the settings add."""
    predefined = staging_fortnox.predefined_control_accounts(intake).with_columns(
        source=pl.lit("predefined_account"), _rank=pl.lit(0)
    )
    named = [
        (ledger.name, account, rank)
        for ledger, accounts in (
            (CUSTOMER, settings.customer_control_accounts),
            (SUPPLIER, settings.supplier_control_accounts),
        )
        for rank, account in enumerate(accounts, start=1)
    ]
    schema = {"subledger": TEXT, "account_number": TEXT, "_rank": pl.Int32}
    chosen = pl.DataFrame(named, schema=schema, orient="row").with_columns(source=pl.lit("setting"))
    companies = years.select(pl.col("company_id").unique())
    columns = ["company_id", "subledger", "account_number", "source", "_rank"]
    return CONTROL_ACCOUNTS.select(
        pl.concat([predefined.select(columns), companies.join(chosen, how="cross").select(columns)])
        .sort("_rank")
        .unique(["company_id", "account_number"], keep="first", maintain_order=True)
        .with_columns(is_default=pl.int_range(pl.len()).over("company_id", "subledger") == 0)
    )


def _of_kept_subledgers(intake: Intake, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Control accounts without those of a subledger the company does not keep: its documents were loaded, there are
    none, and no voucher says that it books one."""
    nobodys = [
        ledger.name
        for ledger in (CUSTOMER, SUPPLIER)
        if intake.has(staging_fortnox.INVOICES[ledger.name])
        and intake.has(staging_fortnox.PAYMENTS[ledger.name])
        and frames[f"{ledger.invoice}s"].is_empty()
        and frames[f"{ledger.payment}s"].is_empty()
        and not frames["vouchers"]["reference_type"].is_in(ledger.references).any()
    ]
    return frames["control_accounts"].filter(~pl.col("subledger").is_in(nobodys))


def _documents(
    intake: Intake, ledger: Subledger, frames: Mapping[str, pl.DataFrame], settings: Settings
) -> dict[str, pl.DataFrame]:
    """Register, invoices, payments and write-offs of one subledger, linked to vouchers and control
    accounts."""
    which, vouchers = ledger.name, frames["vouchers"]
    year_ids = intake.year_ids if intake.year_ids is not None else NO_YEAR_IDS
    own = frames["control_accounts"].filter(
        pl.col("is_default") | (pl.col("account_number") != settings.tax_reduction_account)
    )
    touched = linking.touched_control_accounts(frames["voucher_rows"], own, which)
    defaults = linking.default_control_accounts(frames["control_accounts"], which)
    types = staging_fortnox.REFERENCE_TYPES

    invoices = linking.with_voucher(
        _booked_by_cash_method(staging_fortnox.invoices(intake, which), frames["financial_years"]),
        key="document_number", own_date="invoice_date", vouchers=vouchers,
        reference_type=types[which, "invoice"], year_ids=year_ids,
    )  # fmt: skip
    payments = linking.with_voucher(
        staging_fortnox.payments(intake, which),
        key="payment_number", own_date="payment_date", vouchers=vouchers,
        reference_type=types[which, "payment"], year_ids=year_ids,
    )  # fmt: skip
    usual = linking.usual_control_accounts(invoices, payments, touched)
    invoices = linking.invoices_with_control_account(invoices, touched, usual, defaults)
    payments = linking.payments_with_control_account(payments, touched, invoices, defaults)
    write_offs = staging_fortnox.write_offs(intake, which, payments)
    if ledger is CUSTOMER:
        invoices, payments = tax_reduction.with_shares(
            invoices, payments, write_offs, frames["voucher_rows"], settings.tax_reduction_account,
            staging_invoice_details.stated_shares(intake, invoices),
        )  # fmt: skip
    made = {
        f"{which}s": intake.take(staging_fortnox.REGISTERS[which]),
        ledger.invoice + "s": invoices,
        ledger.payment + "s": payments,
        f"{which}_write_offs": write_offs,
    }
    return {name: CATALOGUE[f"ledger.{name}"].select(frame) for name, frame in made.items()}


def _booked_by_cash_method(invoices: pl.DataFrame, years: pl.DataFrame) -> pl.DataFrame:
    """Under the cash method Fortnox books an invoice when it is paid, so until then it calls itself unbooked
    (reference §8.5); there it is open, and in the subledger, from its date unless it is cancelled."""
    cash = years.filter(pl.col("accounting_method") == "cash").select(
        "company_id", _first="financial_year", _last="end_date"
    )
    placed = invoices.sort("invoice_date").join_asof(
        cash.sort("_first"),
        left_on="invoice_date",
        right_on="_first",
        by="company_id",
        check_sortedness=False,
    )
    inside = (pl.col("invoice_date") <= pl.col("_last")).fill_null(False)
    return placed.with_columns(booked=pl.col("booked") | (inside & ~pl.col("cancelled"))).drop("_last")


def _entries(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    outside = astray(frames["vouchers"], frames["financial_years"])
    made = [
        subledger.entries(
            ledger,
            frames[f"{ledger.name}_invoices"],
            frames[f"{ledger.name}_payments"],
            frames[f"{ledger.name}_write_offs"],
            outside,
        )
        for ledger in (CUSTOMER, SUPPLIER)
    ]
    return SUBLEDGER_ENTRIES.select(pl.concat(made))


def _missing(intake: Intake, frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """What could not be made, and why, in words for the report."""
    surfaces: dict[str, Surface] = {
        "voucher_rows": staging_sie.VOUCHER_ROWS,
        "account_balances": staging_sie.BALANCES,
        "period_balances": staging_sie.PERIOD_BALANCES,
        "voucher_series": staging_fortnox.VOUCHER_SERIES,
        "voucher_files": staging_fortnox.VOUCHER_FILES,
        "supplier_invoice_files": staging_fortnox.SUPPLIER_INVOICE_FILES,
    }
    for ledger in (CUSTOMER, SUPPLIER):
        which = ledger.name
        surfaces |= {
            f"{which}s": staging_fortnox.REGISTERS[which],
            ledger.invoice + "s": staging_fortnox.INVOICES[which],
            ledger.payment + "s": staging_fortnox.PAYMENTS[which],
        }
        if frames[f"{which}_payments"]["has_write_offs"].any() or intake.has(
            staging_fortnox.WRITE_OFFS[which]
        ):
            surfaces[f"{which}_write_offs"] = staging_fortnox.WRITE_OFFS[which]
    missing = {
        name: f"{name.replace('_', ' ')} were not loaded ({surface.name})"
        for name, surface in surfaces.items()
        if not intake.has(surface)
    }
    missing |= _refused(intake, surfaces) | _without_balances(frames) | _unknown_methods(frames)
    for ledger in (CUSTOMER, SUPPLIER):
        if frames["control_accounts"].filter(pl.col("subledger") == ledger.name).is_empty():
            missing[ledger.control_accounts] = (
                f"no {ledger.name} control account is known: neither Fortnox's predefined accounts nor the "
                "settings name one"
            )
    missing[COMPLETENESS.name] = "no API was read that says what there is"
    if not intake.has(staging_history.HISTORY):
        missing["changes"] = f"no history of changes was kept ({staging_history.HISTORY.name})"
    if not intake.has(staging_fortnox.LOCKED_PERIOD):
        missing["locked_period"] = f"the locked period is not known ({staging_fortnox.LOCKED_PERIOD.name})"
    if not intake.has(staging_fortnox.VOUCHERS):
        missing["voucher_references"] = (
            f"what caused a voucher is not known ({staging_fortnox.VOUCHERS.name})"
        )
    if not (intake.has(staging_fortnox.VOUCHERS) or intake.has(staging_sie.VOUCHERS)):
        missing["vouchers"] = f"vouchers were not loaded ({staging_sie.VOUCHERS.name})"
    if "voucher_rows" not in missing and not frames["financial_years"]["has_vouchers"].any():
        missing["voucher_rows"] = "no SIE type 4 file was loaded, so there are no vouchers with rows"
    return missing


def _refused(intake: Intake, surfaces: Mapping[str, Surface]) -> dict[str, str]:
    """Tables some of whose rows could not be used: what is judged without them would be a false finding."""
    refused: dict[str, int] = {}
    for count in intake.counts:
        surface = count.surface.removesuffix(" by rate").removesuffix(" without payment")
        refused[surface] = refused.get(surface, 0) + count.rows_rejected
    return {
        name: f"{count_of(refused[surface.name], 'row', 'rows')} of {surface.name} could not be used"
        " (recon.rejected_rows)"
        for name, surface in surfaces.items()
        if refused.get(surface.name)
    }


def _unknown_methods(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Years under a method nobody knows: whether their documents are in the ledger cannot be said."""
    method = pl.col("accounting_method")
    strange = frames["financial_years"].filter(
        ~method.is_in(list(staging_fortnox.ACCOUNTING_METHODS.values()))
    )
    told = [
        f"{year}: accounting method {name} is neither accrual nor cash"
        for year, name in strange.select("financial_year", "accounting_method").iter_rows()
    ]
    return {"accounting_method": "; ".join(told)} if told else {}


def _without_balances(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Subledgers none of whose booked invoices carries the API's balance: there is nothing to compare with."""
    booked = {ledger: frames[f"{ledger.invoice}s"].filter(in_ledger()) for ledger in (CUSTOMER, SUPPLIER)}
    return {
        ledger.balances: f"Fortnox states no balance for any of the {invoices.height} booked {ledger.name} invoices"
        for ledger, invoices in booked.items()
        if invoices.height and invoices["open_balance"].null_count() == invoices.height
    }
