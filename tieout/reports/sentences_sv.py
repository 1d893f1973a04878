"""The reconciliations' sentences in Swedish: by English template, as the reconciliation writes it (``sentences`` reads them).

A new sentence of a reconciliation needs its line here; ``tests/house`` names the one that is missing. Questions and
blind spots of the checks belong to ``checks_sv``.
"""

from __future__ import annotations

from typing import Final

from tieout.reports.checks_sv import BLIND_SPOTS, QUESTIONS
from transforms.causes import CAUSES

_OF = "customer=kund|supplier=leverantörs"
_OF_CAPITAL = "Customer=Kund|Supplier=Leverantörs"
_SUBLEDGER = "customer=kundreskontran|supplier=leverantörsreskontran"
_PAYMENT = "Customer=Inbetalning|Supplier=Utbetalning"
_LESS = "more=mer|less=mindre"
_WRONG = "too much=för mycket|too little=för lite"

SENTENCES: Final = {
    # the tie-out and its bridge
    "Account {} at the opening: the ledger brings in {} and the {} subledger {}, {} {} (debit positive).":
        f"Konto {{0}} vid öppningen: huvudboken tar in {{1:money}} och {{2:{_SUBLEDGER}}} {{3:money}}, {{4:money}} {{5:{_LESS}}} (debet positivt).",
    "Account {} in {}: the ledger moves by {} and the {} subledger by {}, {} {} (debit positive).":
        f"Konto {{0}} i {{1}}: huvudboken ändras med {{2:money}} och {{3:{_SUBLEDGER}}} med {{4:money}}, {{5:money}} {{6:{_LESS}}} (debet positivt).",
    "Account {}: the {} subledger differs within the tolerance of {} in each of {} until {}, but by {} in all (debit positive).":
        f"Konto {{0}}: {{1:{_SUBLEDGER}}} avviker inom toleransen {{2:money}} i var och en av {{3:månad/månader}} till {{4:date}}, men med {{5:money}} sammanlagt (debet positivt).",
    "Where it arose: {}; and {} more.": "Var det uppstod: {0:list}; och {1} till.",
    "Where it arose: {}.": "Var det uppstod: {0:list}.",
    "Account {} first parted from the {} subledger on {}, by {}: {}. The difference changed on {} and is now {}.":
        f"Konto {{0}} skildes först från {{1:{_SUBLEDGER}}} {{2}}, med {{3:money}}: {{4:list}}. Skillnaden ändrades {{5:dag senare/dagar senare}} och är nu {{6:money}}.",
    "The difference changes by {} to {}: {}.": "Skillnaden ändras med {0:money} till {1:money}: {2:list}.",
    "items open before the first year sum to {}, the opening balance is {}":
        "poster öppna före första året summerar till {0:money}, ingående balans är {1:money}",
    "the {} of the year until {} sum to {}, the ledger books {}":
        "årets {0:dokument/dokument} till {1:date} summerar till {2:money}, huvudboken bokför {3:money}",
    "{} of {} books {} where {} says {}": "{0:said} den {1:date} bokför {2:money} där {3:said} säger {4:money}",
    "{} of {} books {} and no document names it": "{0:said} den {1:date} bokför {2:money} och inget dokument anger den",
    "{} of {} books {} on this account": "{0:said} den {1:date} bokför {2:money} på detta konto",
    "{} of {} ({}) {}": "{0:said} den {1:date} ({2:money}) {3:said}",
    "names {}, which books nothing on the account": "anger {0:said}, som inte bokför något på kontot",
    "{} and {} more": "{0:said} och {1} till",
    "voucher {}": "verifikation {0}",
    "{} ({})": "{0:said} ({1:said})",
    "{}: {}": "{0:said}: {1:said}",
    "{} of {}": "{0:said} den {1:date}",
    # vouchers of documents
    "{} of {} ({}) {}.": "{0:said} den {1:date} ({2:money}) {3:said}.",
    "is booked in voucher {} with {} on account {}, where the documents that name it say {}":
        "är bokförd i verifikation {0} med {1:money} på konto {2}, där dokumenten som anger den säger {3:money}",
    "names voucher {}, which says that {} {} caused it": "anger verifikation {0}, som säger att {1} {2:text} orsakade den",
    "is booked in voucher {} and again in {}, with {}": "är bokförd i verifikation {0} och igen i {1:text}, med {2:money}",
    "names voucher {}, which the ledger does not hold": "anger verifikation {0}, som inte finns i huvudboken",
    # open balances, payments, credit notes, ageing
    "{} invoice {}: the API states {} open, but {} with {} leaves {}, {} {}.":
        f"{{0:{_OF_CAPITAL}}}faktura {{1}}: API:et anger {{2:money}} öppet, men {{3:money}} med {{4:said}} lämnar {{5:money}}, {{6:money}} {{7:{_WRONG}}}.",
    "{} booked against it": "{0:said} bokfört mot den",
    "{} payment {} of {} on {}": f"{{0:{_PAYMENT}}} {{1}} på {{2:money}} den {{3:date}}",
    "{} {} no invoice: {}.":
        "{0:said} {1:is booked but settles=är bokförd men reglerar|will settle=kommer att reglera} ingen faktura: {2:said}.",
    "invoice {} is not booked": "faktura {0} är inte bokförd",
    "invoice {} is cancelled": "faktura {0} är makulerad",
    "invoice {}, which it names, does not exist": "faktura {0}, som den anger, finns inte",
    "{} is still not booked after {}; the limit is {}.":
        "{0:said} är fortfarande inte bokförd efter {1:dag/dagar}; gränsen är {2}.",
    "{} invoice {} {}; settled by {}.": f"{{0:{_OF_CAPITAL}}}faktura {{1}} {{2:said}}; reglerad av {{3:said}}.",
    "is settled by {} more than its total of {}": "är reglerad med {0:money} mer än totalen {1:money}",
    "{} invoice {} {}; booked against it: {}.": f"{{0:{_OF_CAPITAL}}}faktura {{1}} {{2:said}}; bokfört mot den: {{3:said}}.",
    "has {} open, {} more than the {} it was booked with":
        "har {0:money} öppet, {1:money} mer än de {2:money} den bokfördes med",
    "has {} left open of its total of {}": "har {0:money} kvar öppet av totalen {1:money}",
    "has {} left open, worth {}, of its total of {}":
        "har {0:money} kvar öppet, värt {1:money}, av totalen {2:money}",
    "{} credit note {} of {} {}.": f"{{0:{_OF_CAPITAL}}}kreditfaktura {{1}} den {{2:date}} {{3:said}}.",
    "is marked as a credit note but its total is {}": "är märkt som kreditfaktura men totalen är {0:money}",
    "has {} settled against nothing more than {} after it was booked":
        "har {0:money} som inte reglerats mot något mer än {1:dag/dagar} efter att den bokfördes",
    "of {} is larger than any invoice it can credit": "på {0:money} är större än någon faktura den kan kreditera",
    "Account {} holds {} of the {} subledger more than {} overdue on {}, {} in all.":
        "Konto {0} har {1:dokument/dokument} i {2:" + _SUBLEDGER + "} förfallna mer än {3:dag/dagar} den {4:date}, {5:money} tillsammans.",
    # duplicates
    "{} invoice {} of {} over {}": f"{{0:{_OF_CAPITAL}}}faktura {{1}} den {{2:date}} på {{3:money}}",
    "invoice {} of {} over {}": "faktura {0} den {1:date} på {2:money}",
    "{} has the number {} of {}, same counterparty.": "{0:said} har numret {1:text}, detsamma som {2:said}, samma motpart.",
    "{} has the number {} of {}: {} more, a reminder fee.":
        "{0:said} har numret {1:text}, detsamma som {2:said}: {3:money} mer, en påminnelseavgift.",
    "{} from {} has number and amount of {} from {}.": "{0:said} från {1} har nummer och belopp från {2:said} från {3}.",
    "{} has the amount of {}; days between them: {}.": "{0:said} har samma belopp som {1:said}; dagar emellan: {2}.",
    # vouchers
    "{} {} is dated {} but booked on {} in voucher {}: {} stand in {} instead of {}.":
        "{0:Customer invoice=Kundfaktura|Supplier invoice=Leverantörsfaktura|Customer payment=Inbetalning|Supplier payment=Utbetalning}"
        " {1} är daterad {2} men bokförd {3} i verifikation {4}: {5:money} står i {6} i stället för {7}.",
    "{} {} is dated {} but booked on {} in voucher {}: {} stand on another day of the month.":
        "{0:Customer invoice=Kundfaktura|Supplier invoice=Leverantörsfaktura|Customer payment=Inbetalning|Supplier payment=Utbetalning}"
        " {1} är daterad {2} men bokförd {3} i verifikation {4}: {5:money} står på en annan dag i månaden.",
    "Manual voucher {} of {} ({}) moves account {} by {} although no {} document stands behind it.":
        f"Manuell verifikation {{0}} den {{1:date}} ({{2:text}}) ändrar konto {{3}} med {{4:money}} fast inget {{5:{_OF}}}dokument står bakom den.",
    "Voucher {} of {} was corrected on account {}: {} struck, {} added.":
        "Verifikation {0} den {1:date} rättades på konto {2}: {3:money} struket, {4:money} tillagt.",
    "Voucher {} of {}: debit {}, credit {}, so it does not balance: {} too much {} (accounts {}).":
        "Verifikation {0} den {1:date}: debet {2:money}, kredit {3:money}, så den balanserar inte: {4:money} för mycket i {5:debit=debet|credit=kredit} (konton {6:said}).",
    "Series {} in the year from {}: {} ({} in all) before voucher {} of {}.":
        "Serie {0} i året från {1:date}: {2:said} ({3} sammanlagt) före verifikation {4} den {5:date}.",
    "number {} is missing": "nummer {0} saknas",
    "numbers {} are missing": "nummer {0} saknas",
    "Series {} in the year from {}: expected vouchers up to {}, the number before the next, found {} as the highest: {} missing at the end.":
        "Serie {0} i året från {1:date}: förväntade verifikationer till och med {2}, numret före nästa, fann {3} som högst: {4} saknas i slutet.",
    "Series {} in the year from {}: expected the next number to be {} or more, as before the run of {}, found {}.":
        "Serie {0} i året från {1:date}: förväntade att nästa nummer är {2} eller högre, som före körningen {3:date}, fann {4}.",
    "Voucher {} of {} carries a number that another voucher of the year has already.":
        "Verifikation {0} den {1:date} har ett nummer som en annan verifikation i året redan har.",
    "Of {} of {} {} registered more than {} after its end, the last of them {} on {}, {} after it; in all the books {} of {}.":
        "Av {0:verifikation/verifikationer} i {1} är {2:registrerad/registrerade} mer än {3:dag/dagar} efter månadens slut, den sista, {4}, den {5:date}, {6:dag/dagar} efter; i hela bokföringen {7} av {8}.",
    # the two witnesses, and what is held
    "Series {} in {}: {}.": "Serie {0:text} i {1}: {2:said}.",
    "expected {} as in {}, found {} in {}; not there: {}":
        "förväntade {0} som i {1:the voucher list=verifikationslistan|the SIE file=SIE-filen},"
        " fann {2} i {3:the SIE file=SIE-filen|the voucher list=verifikationslistan}; saknas där: {4:names}",
    "expected the dates of the voucher list, found others in the SIE file ({}): {}":
        "förväntade verifikationslistans datum, fann andra i SIE-filen ({0}): {1:names}",
    "expected the texts of the voucher list, found others in the SIE file ({}): {}":
        "förväntade verifikationslistans texter, fann andra i SIE-filen ({0}): {1:names}",
    "expected the rows of the vouchers asked about by themselves, found others in the SIE file ({}): {}":
        "förväntade raderna i verifikationerna själva, tillfrågade var för sig, fann andra i SIE-filen ({0}): {1:names}",
    "Asked about each by itself, Fortnox says {}.": "Tillfrågat om var och en för sig säger Fortnox {0:list}.",
    "what {} says: {}":
        "vad {0:the voucher list=verifikationslistan|the SIE file=SIE-filen|neither=ingendera} säger: {1:names}",
    "Account {} opens the year from {}: expected {} as in the chart of accounts, found {} in the SIE file.":
        "Konto {0} öppnar året från {1:date}: förväntat {2:money} enligt kontoplanen, funnet {3:money} i SIE-filen.",
    "Surface {}, {}": "Yta {0}, {1:text}",
    "{}: rows: expected {} as Fortnox states, found {} that came and {} that are held.":
        "{0:said}: rader: förväntade {1} enligt Fortnox, fann {2} som kom och {3} som finns här.",
    "{}: pages: expected {} as Fortnox states, found {}.": "{0:said}: sidor: förväntade {1} enligt Fortnox, fann {2}.",
    "{}: expected to be read, found nothing: {}.": "{0:said}: skulle läsas, fann inget: {1:said}.",
    "Fortnox states {} rows and gave {}": "Fortnox anger {0:rad/rader} och gav {1}",
    "{} not asked about; raise voucher_details_per_night":
        "{0:ifrågasatt verifikation/ifrågasatta verifikationer} inte frågade om; höj voucher_details_per_night",
    "{} without rows; raise invoice_details_per_night": "{0:faktura/fakturor} utan rader; höj invoice_details_per_night",
    "{} rows came and {} are held": "{0:rad/rader} kom och {1} finns här",
    "{} pages were promised and {} came": "{0:sida/sidor} utlovades och {1} kom",
    "{} not in or not as in the {}: {}":
        "{0:names} finns inte i eller är inte som i {1:API's opening balances=API:ets ingående balanser|SIE file=SIE-filen|voucher list=verifikationslistan}: {2:names}",
    "no SIE file of financial year {}": "ingen SIE-fil för räkenskapsår {0:text}",
    "accepted by {} on {}; since then {}": "godtagen av {0:text} {1:date}; sedan dess {2:names}",
    "not found again; found instead: {}": "hittades inte igen; i stället hittades: {0:names}",
    "not found again; still found: {}": "hittades inte igen; fortfarande hittas: {0:names}",
    # the journal, the documents, the register, what was paid since
    "is on rarely used account {}": "står på det sällan använda kontot {0:text}",
    "was registered on {}, a day off": "registrerades {0:date}, en ledig dag",
    "is dated {}, a day off": "är daterad {0:date}, en ledig dag",
    "was registered on {}, after the month it closes": "registrerades {0:date}, efter månaden den avslutar",
    "repeats amount and accounts ({}) of one just before it": "upprepar belopp och konton ({0:text}) från en strax före",
    "Voucher {} of {} over {} {}: {} of {} vouchers looked at; the largest are shown, {}.":
        "Verifikation {0} den {1:date} på {2:money} {3:said}: {4} av {5:granskad verifikation/granskade verifikationer}; de största visas, {6}.",
    "{}: {} of {} vouchers, {} shown": "{0}: {1} av {2} verifikationer, {3} visas",
    "Year from {}: expected the digit {} to begin {} of 1000 row amounts, found {}; {} amounts of 10 SEK and more.":
        "Året från {0:date}: siffran {1} förväntas inleda {2} av 1000 radbelopp, fann {3}; {4} belopp på 10 kr och mer.",
    "Year from {}: expected a file on all {} ({}), found {} without, over {} of {}; the largest: {}.":
        "Året från {0:date}: förväntade en fil vid alla {1:said} ({2}), fann {3} utan, på {4:money} av {5:money}; de största: {6:names}.",
    "{} {}: expected one supplier, found {}: {}.": "{0:Bankgiro=Bankgiro|Plusgiro=Plusgiro|IBAN=IBAN|Bank account=Bankkonto} {1:text}: förväntade en leverantör, fann {2}: {3:names}.",
    "Supplier {}: expected {} {} as before, found {} in the run of {}.":
        "Leverantör {0}: förväntade {1:Bankgiro=Bankgiro|Plusgiro=Plusgiro|IBAN=IBAN|Bank account=Bankkonto} {2:text} som förut, fann {3:text} i körningen {4:date}.",
    "Supplier {} is inactive: expected no invoice that is open or dated since {}, found {} over {}: {}.":
        "Leverantör {0} är inaktiv: förväntade ingen faktura som är öppen eller daterad sedan {1:date}, fann {2} på {3:money}: {4:names}.",
    "Account {} on {}: expected {} ({} {} items) to be paid after it, found {} paid until {}; settled in full: {}; not settled: {}{}.":
        "Konto {0} den {1:date}: förväntade att {2:money} ({3:post/poster} i {4:" + _SUBLEDGER + "}) betalas därefter, fann {5:money} betalt till {6:date};"
        " helt reglerade: {7}; inte reglerat: {8:money}{9:names}.",
    # matching
    "Voucher {}": "Verifikation {0}",
    "{} of {} moves account {} by {} and fits {} invoice {} equally well, or another payment fits as well (rule {}); nothing was chosen.":
        f"{{0:said}} den {{1:date}} ändrar konto {{2}} med {{3:money}} och passar {{4:{_OF}}}faktura {{5:names}} lika bra, eller så passar en"
        " annan betalning lika bra (regel {6:text}); inget valdes.",
    "probably payment of {}, by rule {}": "troligen betalning av {0:said}, enligt regel {1:text}",
    # balances a SIE file states
    "{}: {} {} (debit positive).": f"{{0:said}}: {{1:money}} {{2:{_WRONG}}} (debet positivt).",
    "Account {} in the year from {}: opening balance {} and vouchers {} make {}, the file states a closing balance of {}":
        "Konto {0} i året från {1:date}: ingående balans {2:money} och verifikationer {3:money} ger {4:money}, filen anger utgående balans {5:money}",
    "Account {} in the year from {}: the vouchers make {}, the file states a result balance of {}":
        "Konto {0} i året från {1:date}: verifikationerna ger {2:money}, filen anger resultatsaldot {3:money}",
    "Account {} in {}: the vouchers make {}, the file states a period balance of {}":
        "Konto {0} i {1}: verifikationerna ger {2:money}, filen anger periodsaldot {3:money}",
    "Account {}: the year before closed with {}, the year from {} opens with {}":
        "Konto {0}: året före slutade med {1:money}, året från {2:date} öppnar med {3:money}",
    # what was final
    "Voucher {} of {}": "Verifikation {0} den {1:date}",
    "{} was registered on {}, when its date was locked: a run saw the lock on {}.":
        "{0:said} registrerades {1:date}, när dess datum var låst: en körning såg låset {2:date}.",
    "{} was not there when its period was first seen final on {}.":
        "{0:said} fanns inte när dess period först sågs slutlig {1:date}.",
    "{} was final on {}": "{0} var slutlig {1:date}",
    '{} "{}": {}': '{0:date} "{1:text}": {2:booked}',
    "Voucher {} is gone although {}; it was {}.": "Verifikation {0} är borta trots att {1:said}; den var {2:said}.",
    "Account {} opens the year from {} differently although {} was final on {}: the opening balance was {}; now {} (debit positive).":
        "Konto {0} öppnar året från {1:date} annorlunda trots att {2} var slutlig den {3:date}: ingående balans var {4:money}; nu {5:money} (debet positivt).",
    "Voucher {} appeared although {}; it is {}.": "Verifikation {0} har tillkommit trots att {1:said}; den är {2:said}.",
    "Voucher {} changed although {}: row texts, objects or struck rows differ; still {}.":
        "Verifikation {0} har ändrats trots att {1:said}: radtexter, objekt eller strukna rader skiljer; fortfarande {2:said}.",
    "Voucher {} changed although {}: it was {}; now {}.":
        "Verifikation {0} har ändrats trots att {1:said}: den var {2:said}; nu {3:said}.",
    "The locked period was {} on {}; since the run of {} {}.":
        "Låst period var {0} den {1:date}; sedan körningen {2:date} {3:said}.",
    "it is {}": "är den {0}",
    "The period that ended on {} is not locked more than {} later; {} in all.":
        "Perioden som slutade {0:date} är inte låst mer än {1:dag/dagar} senare; {2:sådan period/sådana perioder} sammanlagt.",
    # remarks
    "{}: the file states no {}, they were not compared":
        "{0}: filen anger inga {1:closing balances=utgående balanser|result balances=resultatsaldon}, de jämfördes inte",
    "{} of the {} subledger without a stated balance not compared":
        f"{{0:faktura/fakturor}} i {{1:{_SUBLEDGER}}} utan angivet saldo jämfördes inte",
    "of {} {} with struck or added rows on some account":
        "av {0:verifikation/verifikationer} har {1} strukna eller tillagda rader på något konto",
    "{} not locked more than {} days after the end": "{0:period är inte låst/perioder är inte låsta} mer än {1} dagar efter slutet",
    "{} of closing series came into locked periods":
        "{0:verifikation/verifikationer} i bokslutsserier har kommit in i låsta perioder",
    "{} of closing series in final periods": "{0:ny verifikation/nya verifikationer} i bokslutsserier i slutliga perioder",
    "{} without a registration date not judged": "{0:verifikation/verifikationer} utan registreringsdatum bedömdes inte",
    "vouchers without a number, not judged: {}": "verifikationer utan nummer, inte bedömda: {0}",
    "accounts that changed were not judged: {}": "konton som ändrats bedömdes inte: {0:said}",
    "the ends of the series were not judged: {}": "seriernas slut bedömdes inte: {0:said}",
    "series whose next number is not known (locked years are not asked), ends not judged: {}":
        "serier vars nästa nummer inte är känt (låsta år frågas inte), slut inte bedömda: {0}",
    "vouchers without a number of their own, not compared: {}": "verifikationer utan eget nummer, inte jämförda: {0}",
    "vouchers whose text a SIE file cannot hold, texts not compared: {}":
        "verifikationer vars text en SIE-fil inte kan hålla, texterna inte jämförda: {0}",
    "{}: opening balances not compared, earlier runs that saw a final period did not remember them":
        "{0:date}: ingående balanser inte jämförda, tidigare körningar som såg en slutlig period mindes dem inte",
    "{}: opening balances not compared, the file states no balances":
        "{0:date}: ingående balanser inte jämförda, filen anger inga saldon",
    "{}: not compared with what was final, the vouchers of the year were not loaded":
        "{0}: inte jämfört med vad som var slutligt, årets verifikationer är inte inlästa",
    "{}: not tied out, the vouchers of the year or of a year after it were not loaded":
        "{0}: inte avstämt, verifikationerna för året eller ett senare år är inte inlästa",
    "{}: cash method, compared at the end of the year only, once it is locked or seven months past":
        "{0}: kontantmetoden, jämfört endast vid årets slut, när det är låst eller sju månader gammalt",
    "{}: not tied out until the cash-method year before it is locked or seven months past":
        "{0}: inte avstämt förrän kontantmetodåret före det är låst eller sju månader gammalt",
    "no {} invoice or payment exists and no voucher says that it books one: the company keeps no {} subledger, and what stands on its control account was not compared":
        f"ingen {{0:{_OF}}}faktura eller betalning finns och ingen verifikation säger sig bokföra någon: företaget för ingen"
        f" {{1:customer=kundreskontra|supplier=leverantörsreskontra}}, och vad som står på reskontrakontot jämfördes inte",
    "{}: no source states the accounting method, compared as an accrual year":
        "{0}: ingen källa anger bokföringsmetod, jämfört som faktureringsmetoden",
    "surfaces {}: {}":
        "ytor {0:not licensed=utan licens|with fields withheld from the user who consented=med fält som undanhålls användaren som gav samtycke"
        "|not fetched=som inte hämtats}: {1:text}",
    "Skatteverket's share of {}, {}, was not compared: no payment of an invoice settles any of it":
        "Skatteverkets del av {0:faktura/fakturor}, {1:money}, jämfördes inte: ingen betalning av en faktura reglerar något av den",
    # why a check was not made
    "neither side was judged: {}": "varken kund- eller leverantörssidan bedömdes: {0:list}",
    "the {} side was not judged: {}": "{0:customer=kundsidan|supplier=leverantörssidan} bedömdes inte: {1:list}",
    "{} were not loaded ({})": "{1} lästes inte in",
    "no history of changes was kept ({})": "ingen historik över ändringar har förts ({0})",
    "the locked period is not known ({})": "låst period är inte känd ({0})",
    "what caused a voucher is not known ({})": "vad som orsakat en verifikation är inte känt ({0})",
    "vouchers were not loaded ({})": "verifikationer lästes inte in ({0})",
    "{} of {} could not be used (recon.rejected_rows)": "{0:rad/rader} i {1} gick inte att använda (recon.rejected_rows)",
    "{}: accounting method {} is neither accrual nor cash":
        "{0}: bokföringsmetoden {1:text} är varken faktureringsmetoden eller kontantmetoden",
    "Fortnox states no balance for any of the {} booked {} invoices":
        f"Fortnox anger inget saldo för någon av de {{0}} bokförda {{1:{_OF}}}fakturorna",
    "no {} control account is known: neither Fortnox's predefined accounts nor the settings name one":
        f"inget {{0:{_OF}}}reskontrakonto är känt: varken Fortnox förvalda konton eller inställningarna anger något",
    # evidence
    "account now {}": "konto nu {0:text}",
    "account {}": "konto {0:text}",
    "period {}": "period {0}",
    "surface {}": "yta {0}",
    "supplier {}": "leverantör {0}",
    "supplier invoice {}": "leverantörsfaktura {0}",
    "financial year {}": "räkenskapsår {0}",
    "voucher series {}": "verifikationsserie {0:text}",
    "locked period {}": "låst period {0}",
    "locked since {}": "låst sedan {0}",
    "final since {}": "slutlig sedan {0}",
    "next number {} after {} in the run of {}": "nästa nummer {0} efter {1} i körningen {2:date}",
    "rows that did not come: {}": "rader som inte kom: {0}",
    "rows that are not held: {}": "rader som inte finns här: {0}",
    "pages that did not come: {}": "sidor som inte kom: {0}",
}  # fmt: skip

_CAUSES: Final = {
    "opening_balance": "posterna som var öppna före första året är inte ingående balans",
    "cash_method": "ett år med kontantmetoden: dokument och huvudbok möts vid årets slut",
    "voucher_edited": "rader på kontot ströks eller lades till i verifikationen",
    "write_off": "verifikationen utelämnar avskrivningen",
    "currency": "betalningen bokfördes till sin egen kurs i stället för fakturans",
    "amount_differs": "dokument och verifikation har olika belopp",
    "wrong_account": "verifikationen bokför på andra konton",
    "voucher_missing": "verifikationen finns inte i huvudboken",
    "cut_off": "dokument och verifikation står i olika månader och anger inte varandra",
    "unlinked": "dokument och verifikation i samma månad anger inte varandra",
    "unbooked_document": "dokumentet den bokför är inte bokfört i reskontran",
    "cancelled_document": "dokumentet den bokför är makulerat",
    "document_missing": "dokumentet den säger sig bokföra finns inte",
    "booked_twice": "en annan verifikation bokför redan samma dokument",
    "other_control_account": "dokumentet den bokför hör till ett annat reskontrakonto",
    "manual_voucher": "en manuell verifikation på reskontrakontot",
    "unknown": "inget underlag säger varför",
}

PHRASES: Final = {
    **QUESTIONS,
    **BLIND_SPOTS,
    **{CAUSES[cause]: said for cause, said in _CAUSES.items()},
    "names no voucher": "anger ingen verifikation",
    "is booked, but names no voucher and no voucher names it": "är bokförd, men anger ingen verifikation och ingen verifikation anger den",
    "nothing booked against it": "inget bokfört mot den",
    "without a number": "utan nummer",
    "manual vouchers": "manuella verifikationer",
    "is a round sum": "är en jämn summa",
    "supplier invoices": "leverantörsfakturor",
    "no reason given": "ingen orsak angiven",
    "Fortnox withholds fields from the user who consented": "Fortnox undanhåller fält för användaren som gav samtycke",
    "this run did not ask for it": "körningen frågade inte efter den",
    "no text": "utan text",
    "it names none": "den anger ingen",
    "nothing is locked": "är ingenting låst",
    "no API was read that says what there is": "inget API lästes som säger vad som finns",
    "no SIE type 4 file was loaded, so there are no vouchers with rows":
        "ingen SIE-fil av typ 4 lästes in, så det finns inga verifikationer med rader",
}  # fmt: skip

DOCUMENTS: Final = {
    "customer invoice": "kundfaktura",
    "customer payment": "inbetalning",
    "customer write-off": "kundavskrivning",
    "customer credit note": "kundkreditfaktura",
    "supplier invoice": "leverantörsfaktura",
    "supplier payment": "utbetalning",
    "supplier write-off": "leverantörsavskrivning",
    "supplier credit note": "leverantörskreditfaktura",
}
MORE: Final = " och {} till"
#: What is replaced inside lists of names, as regular expressions.
NAMES: Final = (
    (r"^(\d+) account$", r"\1 konto"),
    (r"^(\d+) accounts$", r"\1 konton"),
    (r"^(\d+) voucher$", r"\1 verifikation"),
    (r"^(\d+) vouchers$", r"\1 verifikationer"),
    (r"\(debits ", r"(debet "),
    (r"\(finding (\w+)\)", r"(avvikelse \1)"),
    (r" there, (-?\d+\.\d\d SEK) here\b", r" där, \1 här"),
    (r" there, ([^()]*) here\)", r" där, \1 här)"),
    (r" and (\d+) more(?=\))", r" och \1 till"),
    (r" or ", " eller "),
    (r" and (\d+) more$", r" och \1 till"),
    (r"\b(\w+) was ([^,]+), is ([^,]+)", r"\1 var \2, är \3"),
    (r"\bthe voucher changed again$", "verifikationen ändrades igen"),
    (r"\bit arises from other records$", "den uppstår av andra poster"),
    (r"\bwhat it tells of changed$", "har det som den berättar om ändrats"),
    (r"^, the largest: ", ", de största: "),
    (r"\bdifference\b", "skillnad"),
    (r"\bexpected\b", "förväntat"),
    (r"\bactual\b", "funnet"),
    (r"\bseverity\b", "vikt"),
)
