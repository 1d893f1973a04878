"""Company, settings, years, accounts, series and the small registers.

What does not belong here: vouchers and documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import SeriesInfo
from fortnox_emulator.model import Account, FinancialYear
from fortnox_emulator.views.shapes import JsonObject, amount, iso, url, words


def company_information(books: Books, tenant_id: str) -> JsonObject:
    profile = books.profile
    return {
        "Address": profile.address,
        "City": profile.city,
        "CountryCode": "SE",
        "CompanyName": profile.name,
        "DatabaseNumber": int(tenant_id),
        "OrganizationNumber": profile.corporate_id,
        "VisitAddress": None,
        "VisitCity": None,
        "VisitCountryCode": None,
        "VisitZipCode": None,
        "ZipCode": profile.zip_code,
    }


def company_settings(books: Books, tenant_id: str) -> JsonObject:
    profile = books.profile
    return {
        "Address": profile.address,
        "BG": "5050-1055",
        "BIC": "",
        "BranchCode": "",
        "City": profile.city,
        "ContactFirstName": profile.signature.split()[0],
        "ContactLastName": profile.signature.split()[-1],
        "Country": "Sverige",
        "CountryCode": "SE",
        "DatabaseNumber": tenant_id,
        "Domicile": profile.city,
        "Email": profile.email,
        "Fax": "",
        "IBAN": "",
        "Name": profile.name,
        "OrganizationNumber": profile.corporate_id,
        "PG": "",
        "Phone1": profile.phone,
        "Phone2": "",
        "TaxEnabled": True,
        "VATNumber": f"SE{profile.corporate_id.replace('-', '')}01",
        "VisitAddress": "",
        "VisitCity": "",
        "VisitCountry": "",
        "VisitCountryCode": "",
        "VisitName": "",
        "VisitZipCode": "",
        "WWW": "",
        "ZipCode": profile.zip_code,
    }


def locked_period(books: Books) -> JsonObject:
    return {"EndDate": iso(books.locked_until)}


def me(books: Books) -> JsonObject:
    profile = books.profile
    return {"Id": "1", "Name": profile.signature, "Email": profile.email, "SysAdmin": True, "Locale": "sv_SE"}


def financial_year(year: FinancialYear) -> JsonObject:
    return {
        "@url": url("financialyears", year.year_id),
        "Id": year.year_id,
        "FromDate": iso(year.first),
        "ToDate": iso(year.last),
        "AccountChartType": "Bas 2024",
        "AccountingMethod": year.accounting_method,
    }


@dataclass(frozen=True)
class AccountOfYear:
    """An account in one year's chart with its balances, öre; ``closing`` None while the year is open."""

    year: FinancialYear
    account: Account
    opening: int
    closing: int | None


def account_item(entry: AccountOfYear) -> JsonObject:
    account = entry.account
    return {
        "@url": url("accounts", account.number, year=entry.year.year_id),
        "Active": account.active,
        "BalanceBroughtForward": amount(entry.opening),
        "CostCenter": "",
        "CostCenterSettings": "ALLOWED",
        "Description": account.name,
        "Number": account.number,
        "Project": "",
        "ProjectSettings": "ALLOWED",
        "SRU": account.sru,
        "VATCode": account.vat_code,
        "Year": entry.year.year_id,
    }


def account_detail(entry: AccountOfYear) -> JsonObject:
    """BalanceCarriedForward is set once the year is locked; before that it is null, as seen live."""
    return account_item(entry) | {
        "BalanceCarriedForward": None if entry.closing is None else amount(entry.closing),
        "OpeningQuantities": [],
        "QuantitySettings": "ALLOWED",
        "QuantityUnit": "",
        "TransactionInformation": "",
        "TransactionInformationSettings": "ALLOWED",
    }


def predefined_account(name: str, account: int) -> JsonObject:
    """Account is a number, but text on the giro accounts and wherever none is chosen ("0")."""
    as_text = account == 0 or name in {"BG", "PG"}
    return {
        "@url": url("predefinedaccounts", name),
        "Name": name,
        "Account": str(account) if as_text else account,
    }


def predefined_series(name: str, code: str) -> JsonObject:
    return {"@url": url("predefinedvoucherseries", name), "Name": name, "VoucherSeries": code}


def voucher_series(year: FinancialYear, series: SeriesInfo) -> JsonObject:
    return {
        "@url": url("voucherseries", series.code),
        "Code": series.code,
        "Description": series.description,
        "Manual": series.manual,
        "Year": year.year_id,
        "Approver": {"Id": None, "Name": None},
    }


def voucher_series_detail(books: Books, year: FinancialYear, series: SeriesInfo) -> JsonObject:
    next_number = books.next_number(year.year_id, series.code)
    next_number += books.discords.next_numbers.get((year.year_id, series.code), 0)
    return voucher_series(year, series) | {"NextVoucherNumber": next_number}


def cost_center(code: str, description: str) -> JsonObject:
    return {
        "@url": url("costcenters", code),
        "Code": code,
        "Description": description,
        "Note": "",
        "Active": True,
    }


def project_item(number: str, description: str) -> JsonObject:
    return {
        "@url": url("projects", number),
        "Description": description,
        "EndDate": None,
        "ProjectLeader": None,
        "ProjectNumber": number,
        "Status": "ONGOING",
        "StartDate": None,
    }


def project_detail(number: str, description: str) -> JsonObject:
    return project_item(number, description) | {"Comments": "", "ContactPerson": None}


def currency(books: Books, code: str) -> JsonObject:
    rate, unit = books.rate(code, books.today)
    return {
        "@url": url("currencies", code),
        "BuyRate": rate,
        "Code": code,
        "Date": iso(books.today),
        "Description": {"SEK": "Svensk krona", "EUR": "Euro", "USD": "US-dollar", "DKK": "Dansk krona"}.get(
            code, code
        ),
        "SellRate": rate,
        "Unit": unit,
        "IsAutomatic": code != "SEK",
    }


def article_item(number: str, text: str) -> JsonObject:
    """Numbers as text, SalesPrice null: the list's habit."""
    return {
        "@url": url("articles", number),
        "ArticleNumber": number,
        "Description": text,
        "DisposableQuantity": "0",
        "EAN": "",
        "Housework": False,
        "PurchasePrice": "0",
        "SalesPrice": None,
        "QuantityInStock": "0",
        "ReservedQuantity": "0",
        "StockPlace": None,
        "StockValue": "0",
        "Unit": "st",
        "VAT": None,
        "WebshopArticle": False,
    }


def article_detail(number: str, text: str, vat: int) -> JsonObject:
    """The same article with numbers."""
    zeros = words(
        """ConstructionAccount Depth DirectCost DisposableQuantity FreightCost Height OtherCost PurchasePrice
        QuantityInStock ReservedQuantity SalesPrice StockValue StockWarning Weight Width"""
    )
    blanks = words("EAN ManufacturerArticleNumber Note DefaultStockPoint DefaultStockLocation")
    nulls = words("HouseworkType Manufacturer StockPlace SupplierName SupplierNumber CostCalculationMethod")
    flags = words("Bulky Expired Housework StockGoods WebshopArticle")
    accounts = {"EUAccount": 3108, "EUVATAccount": 3106, "ExportAccount": 3105, "PurchaseAccount": 4011}
    accounts |= {"SalesAccount": 3001, "StockAccount": 1410, "StockChangeAccount": 4910}
    return (
        {"@url": url("articles", number), "ArticleNumber": number, "Description": text, "Active": True}
        | {"Type": "SERVICE", "Unit": "st", "VAT": vat}
        | dict.fromkeys(zeros, 0)
        | dict.fromkeys(blanks, "")
        | dict.fromkeys(nulls)
        | dict.fromkeys(flags, False)
        | accounts
    )


def code_item(name: str, code: str, description: str) -> JsonObject:
    """Terms, units and other lists of codes."""
    item: JsonObject = {"@url": url(name, code), "Code": code, "Description": description}
    return item | _CODE_EXTRAS.get(name, {})


_CODE_EXTRAS: dict[str, JsonObject] = {
    "units": {"CodeEnglish": ""},
    "modesofpayments": {"AccountNumber": "1930"},
    "pricelists": {"Comments": None, "PreSelected": False},
    "termsofdeliveries": {"DescriptionEnglish": ""},
}
