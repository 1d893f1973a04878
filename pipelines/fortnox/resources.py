"""The dlt resources: one hidden resource per surface that reads it, one visible one per table that shapes its rows.

::

    customer_payments_answers --+--> customer_payments
                                +--> customer_write_offs

Every load replaces a company's rows of a table as a whole, or leaves the table alone: delete-insert within the scope of
the company, which unlike ``replace`` leaves other companies in the same dataset alone, and unlike a key removes rows
that are gone (reference/dlt.md section 1.4). Rows that were not asked for again come from the warehouse. An empty list
therefore yields a marker that creates the table and empties it.

What is asked for belongs in ``extraction.py``, which columns there are in ``schema.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import dlt
from dlt.common.schema.typing import TSchemaContractDict, TWriteDispositionConfig
from dlt.extract import DltResource

from pipelines.fortnox.convert import Notes, Row, Value, convert, with_detail_of
from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.errors import UnexpectedResponse
from pipelines.fortnox.extraction import Answer, Chunk, Extraction
from pipelines.fortnox.fields import Table
from pipelines.fortnox.invoice_rows import LISTED_IN, InvoiceRows
from pipelines.fortnox.listings import TABLE
from pipelines.fortnox.marks import READINGS
from pipelines.warehouse import sql_text
from pipelines.warehouse_destination import REPLACED_AT_ONCE


def resources(extraction: Extraction, surfaces: Iterable[str] | None = None) -> Iterator[DltResource]:
    """The resources of ``surfaces`` (endpoint names), in the order of the endpoint table.

    None means those of every night, also what the extraction's choice leaves out, and those it names beside them.
    """
    every_night = {row.name for row in ENDPOINTS} | extraction.choice.also
    wanted = every_night if surfaces is None else set(surfaces)
    for endpoint in (*ENDPOINTS, *BY_CHOICE):
        if endpoint.shape is not Shape.BYTES and endpoint.name in wanted:
            answers = surface_answers(endpoint, extraction)
            for name in endpoint.tables:
                yield answers | table_rows(TABLE[name], extraction)


def invoice_row_resources(
    extraction: Extraction, surfaces: Collection[str] | None = None
) -> Iterator[DltResource]:
    """The resources of the rows of invoices, after the lists of invoices; none without a budget for them.

    Of ``surfaces`` only the lists among them; None means both.
    """
    invoice_rows = InvoiceRows(extraction)
    for surface, listed in LISTED_IN.items() if extraction.invoice_details else ():
        if surfaces is None or listed in surfaces:
            answers = invoice_row_answers(BY_NAME[surface], invoice_rows)
            for name in BY_NAME[surface].tables:
                yield answers | table_rows(TABLE[name], extraction)


def invoice_row_answers(endpoint: Endpoint, invoice_rows: InvoiceRows) -> DltResource:
    """The hidden resource that reads the details of one kind of invoices."""

    def answers() -> Iterator[Chunk]:
        yield from invoice_rows.chunks(endpoint)

    return dlt.resource(answers, name=f"{endpoint.name}_answers", selected=False)


def record_resources(
    endpoint: Endpoint, extraction: Extraction, chunks: Iterable[Chunk]
) -> Iterator[DltResource]:
    """The resources of a surface whose chunks are known already."""
    answers = dlt.resource(list(chunks), name=f"{endpoint.name}_answers", selected=False)
    for name in endpoint.tables:
        yield answers | table_rows(TABLE[name], extraction)


def surface_answers(endpoint: Endpoint, extraction: Extraction) -> DltResource:
    """The hidden resource that reads one surface."""

    def answers() -> Iterator[Chunk]:
        yield from extraction.chunks(endpoint, dlt.current.resource_state())

    return dlt.resource(answers, name=f"{endpoint.name}_answers", selected=False)


def table_rows(table: Table, extraction: Extraction) -> DltResource:
    """The transformer that makes the rows of one table from a surface's answers."""
    rows_of = CHILDREN.get(table.name, own_row)

    def rows(chunk: Chunk) -> Iterator[Any]:
        if chunk.first:
            yield dlt.mark.materialize_table_schema()
        found = [
            row
            for answer in chunk.answers
            for row in rows_of(table, answer, extraction.company_id, extraction.notes)
        ]
        found += chunk.held.get(table.name, ())
        if found:
            yield found

    made = dlt.transformer(
        rows,
        name=table.name,
        columns=table.columns(),
        write_disposition=_replacing(table, extraction),  # type: ignore[arg-type]  # dlt takes the dict too
        schema_contract=_contract(),
    )
    return _at_once(made)


def readings(extraction: Extraction) -> DltResource:
    """The mark of every listing, read once all are; loaded with the rows it is about."""

    def rows() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()
        yield [
            {
                "company_id": extraction.company_id, "surface": surface, "part": part, "full_on": mark.full_on,
                "modified_since": mark.modified_since, "known_rows": mark.rows, "unknown_fields": None,
            }
            for (surface, part), mark in extraction.reader.marks.items()
        ]  # fmt: skip

    made = dlt.resource(
        rows,
        name=READINGS.name,
        columns=READINGS.columns(),
        write_disposition=_replacing(READINGS, extraction),
        schema_contract=_contract(),
    )
    return _at_once(made)


RowsOf = Callable[[Table, Answer, str, Notes], Iterator[Row]]


def own_row(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The record itself as a row, its detail's columns from an earlier load where they still hold."""
    added = {"company_id": company_id, **answer.added}
    row = convert(table, answer.record, notes, added, detail=answer.detailed)
    if answer.held:
        row = with_detail_of(table, row, answer.held.row)
    yield row


def write_offs(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The write-offs of a payment whose detail was fetched, tonight or earlier, in Fortnox's order."""
    if answer.held:
        yield from answer.held.write_offs
    if answer.detailed:
        yield from _children(table, answer, "WriteOffs", {"payment_number": "Number"}, company_id, notes)


def invoice_vouchers(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The vouchers a supplier invoice names, in Fortnox's order."""
    yield from _children(table, answer, "Vouchers", {"given_number": "GivenNumber"}, company_id, notes)


def invoice_head(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """What the detail tells of the invoice and its list does not; the rest is in the list's own table."""
    told = {name: value for name, value in answer.record.items() if name in table.known}
    yield convert(table, told, notes, {"company_id": company_id, **answer.added}, detail=True)


def customer_invoice_rows(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The rows of a customer invoice, in Fortnox's order."""
    named = {"document_number": "DocumentNumber"}
    yield from _children(table, answer, "InvoiceRows", named, company_id, notes)


def supplier_invoice_rows(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The rows of a supplier invoice, in Fortnox's order."""
    named = {"given_number": "GivenNumber"}
    yield from _children(table, answer, "SupplierInvoiceRows", named, company_id, notes)


def voucher_detail_rows(table: Table, answer: Answer, company_id: str, notes: Notes) -> Iterator[Row]:
    """The rows of a voucher, struck ones too, in Fortnox's order."""
    named = {"year": "Year", "voucher_series": "VoucherSeries", "voucher_number": "VoucherNumber"}
    yield from _children(table, answer, "VoucherRows", named, company_id, notes)


def _children(
    table: Table, answer: Answer, inside: str, named: Mapping[str, str], company_id: str, notes: Notes
) -> Iterator[Row]:
    """The objects of a list inside a record as rows that name the record by the fields ``named``. Null means none."""
    items = answer.record.get(inside) or []
    key = {column: answer.added.get(column, str(answer.record.get(name))) for column, name in named.items()}
    number = "/".join(str(part) for part in key.values())
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnexpectedResponse(
            f"{table.name}/{number}: Fortnox sent something other than a list of objects; nothing was kept, report it.",
            path=f"{table.name}/{number}/{inside}",
        )
    for position, item in enumerate(items, start=1):
        added: dict[str, Value] = {"company_id": company_id, **key, "position": position}
        yield convert(table, item, notes, added, detail=True)


CHILDREN: Final[dict[str, RowsOf]] = {
    "customer_write_offs": write_offs,
    "supplier_write_offs": write_offs,
    "supplier_invoice_vouchers": invoice_vouchers,
    "voucher_detail_rows": voucher_detail_rows,
    "customer_invoice_details": invoice_head,
    "customer_invoice_rows": customer_invoice_rows,
    "supplier_invoice_details": invoice_head,
    "supplier_invoice_rows": supplier_invoice_rows,
}


def _replacing(table: Table, extraction: Extraction) -> TWriteDispositionConfig:
    """Replace the company's rows, or those of the financial years that are read."""
    scope = f"company_id = {sql_text(extraction.company_id)}"
    of_year = next((column for column in ("year", "voucher_year") if column in table.key), None)
    if extraction.financial_years is not None and of_year:
        years = ", ".join(f"'{int(year)}'" for year in sorted(extraction.financial_years))
        scope += f" AND {of_year} IN ({years})"
    return {"disposition": "merge", "strategy": "delete-insert", "destination_scope": scope}


def _at_once(resource: DltResource) -> DltResource:
    """Its one file is the whole scope: our own destination then leaves out staging (decision 0305)."""
    return resource.apply_hints(additional_table_hints={REPLACED_AT_ONCE: True})


def _contract() -> TSchemaContractDict:
    """No second type for a column. Columns may be added, so that one described later enters a warehouse of before.

    Rows have the columns of ``schema.py`` and no other, because ``convert`` makes them.
    """
    return {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
