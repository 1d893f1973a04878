"""Who the company is: everything the simulation needs to know that is not an event.

Another archetype (cash basis, other chart, several control accounts) is another ``CompanyProfile``. What does not
belong here: anything drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from fortnox_emulator.chart import PREDEFINED_ACCOUNTS, bas_chart
from fortnox_emulator.model import Account, FinancialYear, Party, Side
from fortnox_emulator.scheme import PostingScheme


@dataclass(frozen=True)
class SeriesInfo:
    code: str
    description: str
    manual: bool


@dataclass(frozen=True)
class Work:
    """Something the company sells: an article, priced in whole kronor from ``low`` to ``high``."""

    text: str
    vat_percent: int
    low: int
    high: int


_WORK = (
    Work("Snickeriarbete, tim", 25, 480, 620),
    Work("Målning av fasad", 25, 6500, 42000),
    Work("Platsbyggd bokhylla", 25, 9000, 28000),
    Work("Köksluckor, ek", 25, 12000, 64000),
    Work("Lunch vid kurs", 12, 95, 180),
    Work("Handbok i träskydd", 6, 120, 290),
    Work("Fönsterrenovering", 25, 3200, 18500),
    Work("Resa och frakt", 25, 250, 1400),
)


@dataclass(frozen=True)
class OpeningItem:
    """An invoice open when the company moved to Fortnox: booked before the first loaded year, SEK, amounts in öre."""

    side: Side
    number: str
    party: str
    day: date
    total: int


@dataclass(frozen=True)
class CompanyProfile:
    """``opening`` is the first year's #IB in öre, control accounts aside: those are the sum of ``opening_items``.

    ``tax_reduction_account`` is where Skatteverket's share of work at private customers' homes stands; 0: it does none.
    """

    name: str
    corporate_id: str
    address: str
    zip_code: str
    city: str
    phone: str
    email: str
    signature: str
    years: tuple[FinancialYear, ...]
    opening: dict[int, int]
    opening_items: tuple[OpeningItem, ...]
    equity_account: int
    customers: tuple[Party, ...]
    suppliers: tuple[Party, ...]
    tax_reduction_account: int = 0
    work: tuple[Work, ...] = _WORK
    scheme: PostingScheme = field(default_factory=PostingScheme)
    accounts: dict[int, Account] = field(default_factory=bas_chart)
    predefined: dict[str, int] = field(default_factory=lambda: dict(PREDEFINED_ACCOUNTS))
    series: tuple[SeriesInfo, ...] = (
        SeriesInfo("A", "Redovisning", True),
        SeriesInfo("B", "Kundfakturor", False),
        SeriesInfo("C", "Kundinbetalningar", False),
        SeriesInfo("D", "Leverantörsfakturor", False),
        SeriesInfo("E", "Leverantörsbetalningar", False),
        SeriesInfo("K", "Kvittningar", False),
        SeriesInfo("L", "Löner", True),
        SeriesInfo("M", "Momsredovisning", True),
    )
    cost_centers: tuple[tuple[str, str], ...] = (("MÅL", "Måleri"), ("SNI", "Snickeri"), ("KON", "Kontor"))
    projects: tuple[tuple[str, str], ...] = (
        ("P1", "Villa Ekåsen"),
        ("P2", "Brf Sjöängen tak"),
        ("T-7VÅG", "Förrådet"),
    )
    foreign_rates: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {
            "EUR": (113500, 1),
            "USD": (104200, 1),
            "DKK": (1523500, 100),
            "SEK": (10000, 1),
        }
    )

    @property
    def receivables(self) -> int:
        """Default control account of the customer subledger."""
        return self.predefined["CUSTCLAIM"]

    @property
    def payables(self) -> int:
        """Default control account of the supplier subledger."""
        return self.predefined["SUPDEBT"]

    def parties(self, side: Side) -> tuple[Party, ...]:
        """Customers or suppliers as they were when the company started."""
        return self.customers if side is Side.CUSTOMER else self.suppliers

    def control(self, side: Side) -> int:
        """The control account of whoever has none of their own."""
        return self.receivables if side is Side.CUSTOMER else self.payables

    def controls(self, side: Side) -> tuple[int, ...]:
        """Every control account of a subledger, the default first."""
        named = (party.control_account for party in self.parties(side) if party.control_account)
        return tuple(dict.fromkeys((self.control(side), *named)))


_TOWNS = {
    "Östersund": "831 30",
    "Växjö": "352 30",
    "Malmö": "211 20",
    "Göteborg": "411 03",
    "Umeå": "903 26",
    "Åre": "837 52",
    "Härnösand": "871 30",
    "Sundsvall": "852 30",
}
_TOWN_NAMES = tuple(_TOWNS)

# name | corporate id | currency | country | terms | marks: p private person, x inactive, r invoices rounded to kronor
_CUSTOMERS = """
Åkessons Bygg & Fastighet AB|556677-1122|SEK|SE|30|
Brf Sjöängen|769612-3344|SEK|SE|30|
Göran Öberg|19560312-1234|SEK|SE|10|pr
Häggströms Måleri HB|969677-8899|SEK|SE|15|
Ängelholms Kök och Bad AB|556712-0987|SEK|SE|30|
Ulla-Britt Sjögren|19480921-4321|SEK|SE|10|pr
Storsjöbygdens Hotell AB|556498-7654|SEK|SE|30|
Lindqvist & Söner Entreprenad AB|559012-3456|SEK|SE|30|
Kulturföreningen Fågelbo|802411-5566|SEK|SE|20|r
Östgöta Kylteknik AB|556323-9081|SEK|SE|30|
Mårten Hjärpe|19720505-6789|SEK|SE|10|pr
Jämtlands Trähus AB|556801-2233|SEK|SE|30|
Nordisk Fönsterservice AB|559134-7788|SEK|SE|20|
Åsa Blåberg|19830118-2468|SEK|SE|10|pr
Restaurang Gröna Älgen AB|559201-4455|SEK|SE|15|r
Schröder Möbel GmbH|DE811234567|EUR|DE|30|
Aarhus Træhandel A/S|DK12345678|DKK|DK|30|
Oy Pohjola Puu Ab|FI23456789|EUR|FI|30|
Maison Lefèvre SARL|FR40303265045|EUR|FR|45|
Cascade Timber Inc.|98-7654321|USD|US|45|
Västerbottens Skog Ek för|769601-1213|SEK|SE|30|
Sågverket i Hammerdal AB|556245-6677|SEK|SE|30|
Björk & Ek Inredning AB|559300-9911|SEK|SE|30|
Familjen Sjöstrand-Núñez|19790707-1357|SEK|SE|10|pr
Konkursboet Träteknik i Ånge AB|556111-2221|SEK|SE|30|x
Gamla Färghandeln (upphörd)|556222-3332|SEK|SE|30|x
"""

# name | corporate id | currency | country | terms | marks | cost account
_SUPPLIERS = """
Fastighets AB Ekåsen|556400-1100|SEK|SE|30||5010
Beijer Trävaror i Östersund AB|556012-3434|SEK|SE|30||4011
Jämtkraft Elhandel AB|556001-6064|SEK|SE|30||5020
Telenät Mobil AB|556267-5164|SEK|SE|20||6212
Färg & Tapet Grossisten AB|556333-8080|SEK|SE|30||4011
Städarna i Norrland HB|969688-1212|SEK|SE|20||5060
Drivmedelsbolaget AB|556109-9090|SEK|SE|15||5611
Länsförsäkringar Fjäll|593200-1828|SEK|SE|30||6310
Redovisningsbyrån Öret AB|556788-9900|SEK|SE|30||6530
Kontorsgiganten Sverige AB|556454-5656|SEK|SE|30||6110
Molnkontoret IT AB|559088-7766|SEK|SE|30||6540
Schenström Åkeri AB|556190-1919|SEK|SE|20||5710
Norrlands Verktyg AB|556676-7878|SEK|SE|30||5410
Hölzer Beschläge GmbH|DE198765432|EUR|DE|30||4515
Tikkurila Maalit Oy|FI01971557|EUR|FI|30||4515
Annonsbladet Fjällnytt AB|556543-2323|SEK|SE|20||5910
Fönsterfabriken i Åseda AB|556801-0203|SEK|SE|30||4011
Bredband i Bygden Ek för|769620-4050|SEK|SE|30||6230
Sawtools Inc.|45-1234567|USD|US|30||4531
Programvaruhuset Å Ä Ö AB|559154-6372|SEK|SE|30||5420
Svarta Plåten AB (vilande)|556001-9992|SEK|SE|30|x|4011
"""

_FOREIGN_TOWNS = {
    "DE": ("Lübeck", "23552"),
    "DK": ("Århus", "8000"),
    "FI": ("Åbo", "20100"),
    "FR": ("Orléans", "45000"),
    "US": ("Seattle", "98101"),
}


def _parties(table: str, side: Side, giro_from: int) -> tuple[Party, ...]:
    parties = []
    for position, line in enumerate(table.strip().splitlines()):
        name, corporate_id, currency, country, terms, marks, *cost = line.split("|")
        town = _TOWN_NAMES[position % len(_TOWN_NAMES)]
        city, zip_code = _FOREIGN_TOWNS.get(country, (town, _TOWNS[town]))
        parties.append(
            Party(
                side=side,
                number=str(position + 1),
                name=name,
                corporate_id=corporate_id,
                city=city,
                zip_code=zip_code,
                address=f"Storgatan {3 * position + 1}",
                currency=currency,
                country=country,
                terms=int(terms),
                private="p" in marks,
                active="x" not in marks,
                rounds="r" in marks,
                giro=f"{giro_from + position * 37}-{position % 9 + 1}" if country == "SE" else "",
                cost_account=int(cost[0]) if cost else 0,
            )
        )
    return tuple(parties)


def demo_profile() -> CompanyProfile:
    """A carpentry and painting firm in Östersund: accrual method, SEK, a first year of eighteen months.

    The financial-year ids are not in time order, as in companies that entered an old year late.
    """
    return CompanyProfile(
        name="Nordviks Snickeri & Måleri i Östersund AB",
        corporate_id="559123-4567",
        address="Träslöjdsvägen 12",
        zip_code="831 52",
        city="Östersund",
        phone="063-55 50 10",
        email="ekonomi@nordviks.example",
        signature="Märta Nordvik",
        years=(
            FinancialYear(3, date(2023, 7, 1), date(2024, 12, 31)),
            FinancialYear(1, date(2025, 1, 1), date(2025, 12, 31)),
            FinancialYear(2, date(2026, 1, 1), date(2026, 12, 31)),
        ),
        opening={
            1220: 480_000_00,
            1229: -120_000_00,
            1920: 310_250_00,
            1930: 655_480_50,
            2081: -50_000_00,
        },
        opening_items=(
            OpeningItem(Side.CUSTOMER, "997", "1", date(2023, 5, 22), 48_750_00),
            OpeningItem(Side.CUSTOMER, "998", "4", date(2023, 6, 9), 12_312_50),
            OpeningItem(Side.CUSTOMER, "999", "7", date(2023, 6, 20), 87_125_00),
            OpeningItem(Side.CUSTOMER, "1000", "12", date(2023, 6, 28), 23_437_50),
            OpeningItem(Side.SUPPLIER, "1", "2", date(2023, 6, 2), 31_218_75),
            OpeningItem(Side.SUPPLIER, "2", "5", date(2023, 6, 15), 9_906_25),
            OpeningItem(Side.SUPPLIER, "3", "1", date(2023, 6, 27), 22_500_00),
        ),
        equity_account=2091,
        customers=_parties(_CUSTOMERS, Side.CUSTOMER, 0),
        suppliers=_parties(_SUPPLIERS, Side.SUPPLIER, 5050),
    )
