"""The table of read surfaces: single objects, registers, and the rows of the ledger and the subledgers.

Lists that reject ``lastmodified`` do so with 2000588; those without a word about it ignore it. What does not belong
here: SIE and files, whose answers are bytes.
"""

from __future__ import annotations

from itertools import chain

from fortnox_emulator.resources import Resource, Single
from fortnox_emulator.selections import file_party
from fortnox_emulator.surfaces_documents import DOCUMENT_SURFACES
from fortnox_emulator.surfaces_ledger import LEDGER_SURFACES
from fortnox_emulator.surfaces_small import SMALL_SURFACES
from fortnox_emulator.views import settings, suppliers, vouchers

SINGLES = (
    Single(
        "companyinformation",
        "companyinformation",
        "CompanyInformation",
        lambda c: settings.company_information(c.books, c.tenant_id),
    ),
    Single(
        "settings/company",
        "settings",
        "CompanySettings",
        lambda c: settings.company_settings(c.books, c.tenant_id),
    ),
    Single("settings/lockedperiod", "settings", "LockedPeriod", lambda c: settings.locked_period(c.books)),
    Single("me", "profile", "Me", lambda c: settings.me(c.books)),
)


# -- years and what hangs on them ------------------------------------------------------------------------------------

_REGISTERS = (
    Resource(
        "costcenters",
        "costcenter",
        "CostCenters",
        lambda c, _q: c.books.profile.cost_centers,
        lambda _c, pair: settings.cost_center(*pair),
        "CostCenter",
        lambda _c, pair: settings.cost_center(*pair),
        key=lambda pair: str(pair[0]),
    ),
    Resource(
        "projects",
        "project",
        "Projects",
        lambda c, _q: c.books.profile.projects,
        lambda _c, pair: settings.project_item(*pair),
        "Project",
        lambda _c, pair: settings.project_detail(*pair),
        key=lambda pair: str(pair[0]),
        not_found=(2001161, "Kan inte hitta projektet."),
        search={"description": lambda _c, pair: str(pair[1])},
    ),
    Resource(
        "articles",
        "article",
        "Articles",
        lambda c, _q: list(enumerate(c.books.profile.work, start=1)),
        lambda _c, pair: settings.article_item(str(pair[0]), pair[1].text),
        "Article",
        lambda _c, pair: settings.article_detail(str(pair[0]), pair[1].text, pair[1].vat_percent),
        key=lambda pair: str(pair[0]),
        not_found=(2000428, "Kan inte hitta artikeln."),
        search={"description": lambda _c, pair: str(pair[1].text)},
        filters={"active": lambda _c, _pair: True, "inactive": lambda _c, _pair: False},
    ),
    Resource(
        "currencies",
        "currency",
        "Currencies",
        lambda c, _q: sorted(c.books.profile.foreign_rates),
        lambda c, code: settings.currency(c.books, code),
        "Currency",
        lambda c, code: settings.currency(c.books, code),
        rejects=frozenset({"lastmodified"}),
    ),
    Resource(
        "voucherfileconnections",
        "connectfile",
        "VoucherFileConnections",
        lambda c, _q: [file for file in c.books.files if file.voucher],
        lambda c, file: vouchers.voucher_file(c.books, file),
        "VoucherFileConnection",
        lambda c, file: vouchers.voucher_file(c.books, file),
        key=lambda file: str(file.file_id),
        search={
            "voucheryear": lambda _c, file: str(file.voucher.year_id),
            "voucherseries": lambda _c, file: str(file.voucher.series),
            "vouchernumber": lambda _c, file: str(file.voucher.number),
        },
    ),
    Resource(
        "supplierinvoicefileconnections",
        "connectfile",
        "SupplierInvoiceFileConnections",
        lambda c, _q: [file for file in c.books.files if file.document],
        lambda c, file: suppliers.supplier_invoice_file(file, file_party(c, file.document)),
        "SupplierInvoiceFileConnection",
        lambda c, file: suppliers.supplier_invoice_file(file, file_party(c, file.document)),
        key=lambda file: str(file.file_id),
        search={"supplierinvoicenumber": lambda _c, file: str(file.document)},
    ),
)


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in chain(LEDGER_SURFACES, DOCUMENT_SURFACES, _REGISTERS, SMALL_SURFACES)
}
