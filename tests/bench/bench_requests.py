"""How fast the client asks, and how much a large company's first load takes, and a night on which nothing changed.

    .venv/bin/python tests/bench/bench_requests.py [--vouchers 100000] [--latency 0] [--keep-limit]

The company is the demo company's profile with as many documents, payments and manual vouchers as asked for, spread over
three years, two of them locked. The emulator counts the requests, without its rate limit unless asked to keep it. Every
load is a process of its own, so that its peak memory is its own. Before that the client's pace is measured with the
limit kept and answers that take 300 ms; its peer is the rate Fortnox allows. Fails when a load asks for more than issue
4 allows, when the pace is less than 95 % of the allowed rate, or when a request was refused for coming too soon.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from fortnox_emulator import Emulator, Switches
from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import demo_profile
from fortnox_emulator.model import FinancialYear, Line, Payment, Row, Side, WriteOff
from fortnox_emulator.posting import book_document, book_payment, book_voucher, new_document
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.load import load_fortnox
from pipelines.surfaces import SilentProgress

FIRST_LOAD: Final = 450
QUIET_NIGHT: Final = 30
LEAST_PACE: Final = 0.95
ANSWERING: Final = 0.3
SEED: Final = 1
#: Documents and payments beside 100 000 vouchers, as issue 4 has them.
SHARES: Final = {Side.CUSTOMER: (0.20, 0.23), Side.SUPPLIER: (0.10, 0.12)}


def large_books(vouchers: int) -> Books:
    """Books of three years with ``vouchers`` vouchers: documents, their payments, the rest typed in by hand.

    All in SEK, with a write-off on one payment in a thousand, whose detail has to be asked for.
    """
    years = [FinancialYear(n, date(2023 + n, 1, 1), date(2023 + n, 12, 31)) for n in (1, 2, 3)]
    books = Books(profile=demo_profile(), seed=SEED, today=date(2026, 9, 30), years=years)
    random = Random(SEED)
    days = [years[0].first + timedelta(days=n) for n in range((books.today - years[0].first).days - 40)]
    for side, (documents, payments) in SHARES.items():
        _add_documents(books, side, random, days, int(vouchers * documents), int(vouchers * payments))
    for _ in range(vouchers - len(books.vouchers)):
        day, amount = random.choice(days), random.randint(100, 90_000)
        rows = [Row(6110, amount), Row(1930, -amount)]
        book_voucher(books, "A", day, "Kontorsmateriel", rows, registered=day)
    books.locked_until = date(2026, 6, 30)
    return books


def _add_documents(
    books: Books, side: Side, random: Random, days: list[date], documents: int, payments: int
) -> None:
    parties = [party for party in books.parties[side].values() if party.active and party.currency == "SEK"]
    scheme, paid, twice = books.profile.scheme, 0, payments - documents
    for position in range(1, documents + 1):
        party, day = random.choice(parties), random.choice(days)
        account = party.cost_account or scheme.revenue[25]
        lines = [Line(account, "Enligt faktura", random.randint(100, 2_000_000), 25)]
        document = new_document(books, side, str(position), party, day, day + timedelta(30), lines)
        document.reference = str(position)
        books.documents[side][document.number] = document
        book_document(books, document, registered=day)
        parts = (
            (document.total // 2, document.total - document.total // 2)
            if position <= twice
            else (document.total,)
        )
        for later, amount in enumerate(parts):
            paid += 1
            payment = Payment(
                side, paid, document.number, day + timedelta(20 + later), amount, amount, "SEK", document.rate, 1,
                "BG", scheme.bank, document.modified,
            )  # fmt: skip
            if paid % 1000 == 0:
                payment.write_offs.append(WriteOff(scheme.rounding, 0, "Öresavrundning"))
            books.add_payment(payment)
            book_payment(books, payment, registered=payment.day)


def load_once(root: str, url: str, client_id: str, secret: str, tenant: str, *, fast: bool) -> None:
    """One load; prints seconds, peak memory and requests per surface as JSON. Runs in a process of its own."""
    settings = ClientSettings(api_url=url, token_url=f"{url}/oauth-v1/token", timeout=300)
    settings = replace(settings, window_requests=10**6) if fast else settings
    company = CompanyDirectory(Path(root), "large")
    credentials = ClientCredentials(settings.token_url, client_id, secret, tenant)
    began = time.perf_counter()
    with (
        company.exclusively(),
        FortnoxClient(credentials, settings, clock=time.monotonic, sleep=time.sleep) as client,
    ):
        result = load_fortnox(company, client, progress=SilentProgress(), clock=time.monotonic)
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - began, 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "surfaces": {surface.surface: surface.requests for surface in result.surfaces},
            }
        )
    )


def measure_pace() -> bool:
    """A listing of some 170 pages, read page by page; whether the limit was used and kept."""
    switches = Switches(latency=ANSWERING)
    emulator = Emulator(switches=switches)
    with emulator.serving() as server:
        settings = ClientSettings(
            api_url=server.base_url, token_url=f"{server.base_url}/oauth-v1/token", page_size=2
        )
        credentials = ClientCredentials(
            settings.token_url, emulator.client_id, emulator.client_secret, emulator.tenant_id
        )
        with FortnoxClient(credentials, settings, clock=time.monotonic, sleep=time.sleep) as client:
            pages = sum(1 for _ in client.pages(BY_NAME["customer_invoices"]))
    answered = [record.at for record in emulator.traffic.records if record.path == "/3/invoices"]
    pace = (pages - 1) / (max(answered) - min(answered))
    allowed = switches.limit_requests / switches.limit_window
    refused = emulator.traffic.rate_limited
    print(
        f"pace         {pace:.2f} requests a second, {pace / allowed:.1%} of the allowed {allowed:.2f} (at least"
        f" {LEAST_PACE:.0%}), {pages} answers in {ANSWERING * 1000:.0f} ms each, {refused} refused"
    )
    return pace >= LEAST_PACE * allowed and not refused


def measure(arguments: argparse.Namespace) -> int:
    """Pace, first load and quiet night; 1 when any of them is not what it has to be."""
    failed = not measure_pace()
    began = time.perf_counter()
    books = large_books(arguments.vouchers)
    sizes = {
        "vouchers": len(books.vouchers),
        "invoices": len(books.documents[Side.CUSTOMER]),
        "supplier invoices": len(books.documents[Side.SUPPLIER]),
        "payments": sum(len(payments) for payments in books.payments.values()),
    }
    print(", ".join(f"{count:,} {what}" for what, count in sizes.items()))
    print(f"books made in {time.perf_counter() - began:.0f} s")
    emulator = Emulator(
        books=books, switches=Switches(rate_limit=arguments.keep_limit, latency=arguments.latency)
    )
    with emulator.serving() as server, tempfile.TemporaryDirectory() as root:
        for name, allowed in (("first load", FIRST_LOAD), ("quiet night", QUIET_NIGHT)):
            before = len(emulator.traffic.records)
            child = subprocess.run(
                [
                    sys.executable, __file__, "--child", root, server.base_url, emulator.client_id,
                    emulator.client_secret, emulator.tenant_id, "kept" if arguments.keep_limit else "fast",
                ],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            outcome = json.loads(child.stdout)
            asked = sum(record.path.startswith("/3/") for record in emulator.traffic.records[before:])
            failed |= asked > allowed
            print(
                f"{name:12} {asked:5} requests (at most {allowed})  {outcome['seconds']:7.1f} s"
                f"  peak {outcome['peak_mb']:,} MB"
            )
            print(
                "             "
                + ", ".join(
                    f"{surface} {count}" for surface, count in outcome["surfaces"].items() if count > 1
                )
            )
    return int(failed)


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        load_once(*sys.argv[2:7], fast=sys.argv[7] == "fast")
        return 0
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--vouchers", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every answer takes")
    parser.add_argument("--keep-limit", action="store_true", help="25 requests per sliding 5 s, as Fortnox")
    return measure(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
