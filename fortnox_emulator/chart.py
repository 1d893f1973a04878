"""The demo company's chart of accounts (a cut of BAS) and its predefined accounts.

SRU codes group accounts for the tax return. What does not belong here: balances, and which account a posting uses.
"""

from __future__ import annotations

from fortnox_emulator.model import Account

_NBSP = "\u00a0"  # Fortnox writes "25<NBSP>%"; cp437 has it at 0xFF

_ACTIVE = f"""
1220 7215 Inventarier och verktyg
1229 7215 Ackumulerade avskrivningar på inventarier och verktyg
1241 7215 Personbilar
1249 7215 Ackumulerade avskrivningar på bilar
1410 7241 Lager av råvaror
1510 7251 Kundfordringar
1515 7251 Osäkra kundfordringar
1580 7251 Fordringar för kontokort och kuponger
1630 7261 Avräkning för skatter och avgifter (skattekonto)
1650 7261 Momsfordran
1710 7263 Förutbetalda hyreskostnader
1790 7263 Övriga förutbetalda kostnader och upplupna intäkter
1799 7261 Observationskonto, kvittning
1910 7281 Kassa
1920 7281 PlusGiro
1930 7281 Företagskonto / checkkonto / affärskonto
1940 7281 Sparkonto
2081 7301 Aktiekapital
2091 7302 Balanserad vinst eller förlust
2098 7302 Vinst eller förlust från föregående år
2099 7302 Årets resultat
2440 7365 Leverantörsskulder
2510 7368 Skatteskulder
2611 7369 Utgående moms på försäljning inom Sverige, 25{_NBSP}%
2614 7369 Utgående moms omvänd betalningsskyldighet, 25{_NBSP}%
2615 7369 Utgående moms varuförvärv inom EU, 25{_NBSP}%
2621 7369 Utgående moms på försäljning inom Sverige, 12{_NBSP}%
2631 7369 Utgående moms på försäljning inom Sverige, 6{_NBSP}%
2641 7369 Debiterad ingående moms
2645 7369 Beräknad ingående moms på förvärv från utlandet
2650 7369 Redovisningskonto för moms
2710 7369 Personalskatt
2731 7369 Avräkning lagstadgade sociala avgifter
2890 7369 Övriga kortfristiga skulder
2920 7370 Upplupna semesterlöner
2990 7370 Övriga upplupna kostnader och förutbetalda intäkter
3001 7410 Försäljning inom Sverige, 25{_NBSP}% moms
3002 7410 Försäljning inom Sverige, 12{_NBSP}% moms
3003 7410 Försäljning inom Sverige, 6{_NBSP}% moms
3105 7410 Försäljning varor till land utanför EU
3108 7410 Försäljning varor till annat EU-land, momsfri
3520 7410 Fakturerade frakter
3540 7410 Faktureringsavgifter
3730 7410 Lämnade rabatter
3740 7410 Öres- och kronutjämning
3960 7413 Valutakursvinster på fordringar och skulder av rörelsekaraktär
3990 7413 Övriga ersättningar och intäkter
4011 7511 Inköp av material och varor
4515 7511 Inköp av varor från annat EU-land, 25{_NBSP}%
4531 7511 Inköp av tjänster från ett land utanför EU, 25{_NBSP}% moms
4730 7511 Erhållna rabatter
5010 7513 Lokalhyra
5020 7513 El för belysning
5060 7513 Städning och renhållning
5410 7513 Förbrukningsinventarier
5420 7513 Programvaror
5611 7513 Drivmedel för personbilar
5710 7513 Frakter, transporter och försäkringar vid varudistribution
5810 7513 Biljetter
5910 7513 Annonsering
6071 7513 Representation, avdragsgill
6110 7513 Kontorsmateriel
6212 7513 Mobiltelefon
6230 7513 Datakommunikation
6310 7513 Företagsförsäkringar
6530 7513 Redovisningstjänster
6540 7513 IT-tjänster
6570 7513 Bankkostnader
7010 7514 Löner till kollektivanställda
7210 7514 Löner till tjänstemän
7510 7514 Lagstadgade sociala avgifter
7832 7515 Avskrivningar på inventarier och verktyg
7960 7517 Valutakursförluster på fordringar och skulder av rörelsekaraktär
8313 7417 Ränteintäkter från kundfordringar
8423 7522 Räntekostnader för skatter och avgifter
8999 7450 Årets resultat
"""

_INACTIVE = """
1010 7201 Utvecklingsutgifter
1030 7201 Patent
1050 7201 Varumärken
1070 7201 Goodwill
1110 7214 Byggnader
1119 7214 Ackumulerade avskrivningar på byggnader
1130 7214 Mark
1150 7214 Markanläggningar
1210 7215 Maskiner och andra tekniska anläggningar
1219 7215 Ackumulerade avskrivningar på maskiner
1250 7215 Datorer
1259 7215 Ackumulerade avskrivningar på datorer
1310 7230 Andelar i koncernföretag
1350 7235 Andelar och värdepapper i andra företag
1420 7241 Lager av tillsatsmaterial och förnödenheter
1440 7242 Produkter i arbete
1460 7244 Lager av handelsvaror
1480 7246 Förskott för varor och tjänster
1511 7251 Kundfordringar, kreditförsäljning
1519 7251 Nedskrivning av kundfordringar
1550 7251 Konsignationsfordringar
1610 7261 Fordringar hos anställda
1680 7261 Andra kortfristiga fordringar
1720 7263 Förutbetalda leasingavgifter
1730 7263 Förutbetalda försäkringspremier
1750 7263 Upplupna hyresintäkter
1760 7263 Upplupna ränteintäkter
1810 7271 Andelar i börsnoterade företag
1950 7281 Bankcertifikat
1960 7281 Koncernkonto moderföretag
2082 7301 Ej registrerat aktiekapital
2086 7301 Reservfond
2093 7302 Erhållna aktieägartillskott
2110 7321 Periodiseringsfonder
2150 7322 Ackumulerade överavskrivningar
2210 7331 Avsättningar för pensioner
2330 7350 Checkräkningskredit
2350 7352 Andra långfristiga skulder till kreditinstitut
2393 7354 Lån från närstående personer
2410 7360 Andra kortfristiga låneskulder till kreditinstitut
2420 7362 Förskott från kunder
2441 7365 Leverantörsskulder, konsignation
2490 7366 Övriga kortfristiga skulder till kreditinstitut
2512 7368 Beräknad inkomstskatt
2612 7369 Utgående moms på egna uttag
2642 7369 Debiterad ingående moms i anslutning till frivillig skattskyldighet
2820 7369 Kortfristiga skulder till anställda
2893 7369 Skulder till närstående personer
2910 7370 Upplupna löner
2940 7370 Upplupna lagstadgade sociala avgifter
2960 7370 Upplupna utgiftsräntor
2970 7370 Förutbetalda intäkter
3004 7410 Försäljning inom Sverige, momsfri
3106 7410 Försäljning varor till annat EU-land, momspliktig
3305 7410 Försäljning tjänster till land utanför EU
3308 7410 Försäljning tjänster till annat EU-land
3550 7410 Fakturerade resekostnader
3590 7410 Övriga fakturerade kostnader
3910 7413 Hyres- och arrendeintäkter
3920 7413 Provisionsintäkter, licensintäkter och royalties
3973 7413 Vinst vid avyttring av maskiner och inventarier
3980 7413 Erhållna offentliga bidrag
4000 7511 Inköp av varor från Sverige
4425 7511 Inköpta tjänster i Sverige, omvänd betalningsskyldighet
4600 7511 Legoarbeten och underentreprenader
4910 7512 Förändring av lager av råvaror
4960 7512 Förändring av lager av handelsvaror
5070 7513 Reparation och underhåll av lokaler
5120 7513 El för belysning, fastighet
5210 7513 Hyra av arbetsmaskiner
5460 7513 Förbrukningsmaterial
5480 7513 Arbetskläder och skyddsmaterial
5500 7513 Reparation och underhåll
5613 7513 Reparation och underhåll av personbilar
5615 7513 Leasing av personbilar
5800 7513 Resekostnader
5831 7513 Kost och logi i Sverige
5930 7513 Reklamtrycksaker och direktreklam
6072 7513 Representation, ej avdragsgill
6150 7513 Trycksaker
6211 7513 Fast telefoni
6250 7513 Porto
6351 7513 Konstaterade förluster på kundfordringar
6420 7513 Ersättningar till revisor
6550 7513 Konsultarvoden
6950 7513 Tillsynsavgifter till myndigheter
6981 7513 Föreningsavgifter, avdragsgilla
6992 7513 Övriga externa kostnader, ej avdragsgilla
7081 7514 Sjuklöner till kollektivanställda
7090 7514 Förändring av semesterlöneskuld
7285 7514 Semesterlöner till tjänstemän
7331 7514 Skattefria bilersättningar
7411 7514 Premier för kollektiva pensionsförsäkringar
7533 7514 Särskild löneskatt för pensionskostnader
7570 7514 Premier för arbetsmarknadsförsäkringar
7610 7514 Utbildning
7690 7514 Övriga personalkostnader
7834 7515 Avskrivningar på bilar och andra transportmedel
7973 7517 Förlust vid avyttring av maskiner och inventarier
8310 7417 Ränteintäkter från omsättningstillgångar
8410 7522 Räntekostnader för långfristiga skulder
8420 7522 Räntekostnader för kortfristiga skulder
8811 7525 Avsättning till periodiseringsfond
8910 7528 Skatt som belastar årets resultat
"""

_VAT_CODES = {
    2611: "U1",
    2621: "U2",
    2631: "U3",
    2641: "I",
    2645: "I",
    2614: "UTFU1",
    3001: "MP1",
    3002: "MP2",
    3003: "MP3",
}


def _read(table: str, active: bool) -> list[Account]:
    accounts = []
    for line in table.strip().splitlines():
        number, sru, name = line.split(" ", 2)
        accounts.append(Account(int(number), name, int(sru), active, _VAT_CODES.get(int(number))))
    return accounts


def bas_chart() -> dict[int, Account]:
    """All accounts by number, ascending, used and unused ones."""
    accounts = sorted(_read(_ACTIVE, True) + _read(_INACTIVE, False), key=lambda account: account.number)
    return {account.number: account for account in accounts}


# In the order the API lists them. 0 = the company has not chosen one.
PREDEFINED_ACCOUNTS: dict[str, int] = {
    "SUPDEBT": 2440,
    "SUPFREIGHT": 5710,
    "OUTVAT_MP1": 2611,
    "OUTVAT_MP2": 2621,
    "OUTVAT_MP3": 2631,
    "OUTVAT_MP4": 0,
    "INVAT": 2641,
    "PURCASE": 4011,
    "CURRENCYWIN": 3960,
    "CURRENCYLOSS": 7960,
    "ADMFEE": 3540,
    "SUPADMFEE": 0,
    "FREIGHT": 3520,
    "INTEREST": 8313,
    "ROUNDOFF": 3740,
    "CASHDISCOUNTIN": 4730,
    "CASHDISCOUNTOUT": 3730,
    "DEMAND": 3540,
    "ACCRINVOICE": 2990,
    "ACCRINCOME": 3990,
    "ACCRSINVOICE": 1790,
    "ACCRCOST": 0,
    "CASH": 1910,
    "CASHBYCARD": 1930,
    "BG": 1920,
    "PG": 1920,
    "CUSTCLAIM": 1510,
    "SALES": 3001,
    "SALES2": 3001,
    "SALESEUREV": 3108,
    "PRODUCT_DEB": 2645,
    "PRODUCT_CRE": 2615,
    "SERVICE_DEB": 2645,
    "SERVICE_CRE": 2614,
    "AG": 0,
}
