"""Questions and blind spots of the checks in Swedish, by their English text.

A new or reworded check needs its lines here; ``tests/house`` names the one that is missing. What the checks say about a
finding belongs to ``sentences_sv``.
"""

from __future__ import annotations

from typing import Final

QUESTIONS: Final = {
    'Which open invoices do payments that name none probably settle, and where is that not clear?':
        'Vilka öppna fakturor reglerar betalningar som inte anger någon troligen, och var är det oklart?',
    'Which vouchers would an auditor look at first?':
        'Vilka verifikationer skulle en revisor se på först?',
    'Does every manual voucher and supplier invoice carry its document?':
        'Har varje manuell verifikation och leverantörsfaktura sitt underlag?',
    "How much of what was open at a period's end has been paid since?":
        'Hur mycket av det som var öppet vid en periods slut har betalats sedan dess?',
    "Is any supplier's invoice entered twice?": "Är någon leverantörsfaktura inlagd två gånger?",
    "Is any invoice to a customer made twice?": "Är någon kundfaktura gjord två gånger?",
    'Does every supplier have its own bank account and keep it, and is none used that should not be?':
        'Har varje leverantör sitt eget bankkonto och behåller det, och används ingen som inte borde?',
    "Is every customer invoice's open balance what its payments and write-offs make it?":
        "Är varje kundfakturas öppna saldo vad dess betalningar och avskrivningar ger?",
    "Is every supplier invoice's open balance what its payments and write-offs make it?":
        "Är varje leverantörsfakturas öppna saldo vad dess betalningar och avskrivningar ger?",
    "Does the customer subledger equal its control accounts in the general ledger, at every month end and today?":
        "Stämmer kundreskontran med sina reskontrakonton i huvudboken, vid varje månadsslut och i dag?",
    "Does the supplier subledger equal its control accounts in the general ledger, at every month end and today?":
        "Stämmer leverantörsreskontran med sina reskontrakonton i huvudboken, vid varje månadsslut och i dag?",
    "On which day did the customer subledger and its control account first part?":
        "Vilken dag skildes kundreskontran och dess reskontrakonto åt första gången?",
    "On which day did the supplier subledger and its control account first part?":
        "Vilken dag skildes leverantörsreskontran och dess reskontrakonto åt första gången?",
    "Does every customer payment settle an invoice in full, and is it booked?":
        "Reglerar varje inbetalning en faktura helt, och är den bokförd?",
    "Does every supplier payment settle an invoice in full, and is it booked?":
        "Reglerar varje utbetalning en faktura helt, och är den bokförd?",
    "Does every credit note credit something, in the right direction, and no more than it can?":
        "Krediterar varje kreditfaktura något, åt rätt håll och inte mer än den kan?",
    "How long overdue are the open items?": "Hur länge har de öppna posterna varit förfallna?",
    "Does every booked invoice have one voucher, of its own amount and kind?":
        "Har varje bokförd faktura en verifikation, med sitt eget belopp och av rätt slag?",
    "Does every booked payment have one voucher, of its own amount and kind?":
        "Har varje bokförd betalning en verifikation, med sitt eget belopp och av rätt slag?",
    "Is every document booked in the month it is dated in?": "Är varje dokument bokfört i den månad det är daterat i?",
    "Is a control account ever moved by a manual voucher?": "Ändras ett reskontrakonto någonsin av en manuell verifikation?",
    "Which vouchers were corrected on a control, bank or cash account after they were made?":
        "Vilka verifikationer rättades på ett reskontrakonto, bank- eller kassakonto efter att de gjordes?",
    "Does every voucher balance?": "Balanserar varje verifikation?",
    "Do Fortnox's voucher list and the SIE file hold the same ledger?":
        "Har Fortnox verifikationslista och SIE-filen samma huvudbok?",
    "Is everything held that Fortnox says exists?": "Finns allt här som Fortnox säger finns?",
    "Do voucher numbers run from 1 to the next one without gap or repetition in every series and year?":
        "Löper verifikationsnumren från 1 till nästa lediga utan luckor och upprepningar i varje serie och år?",
    "Do the stated balances follow from the vouchers, month by month and year by year?":
        "Följer de angivna saldona av verifikationerna, månad för månad och år för år?",
    "Is every voucher of a final period, and what its year opens with, still as it was when first seen final?":
        "Är varje verifikation i en slutlig period, och det som dess år öppnar med, som när de först sågs slutliga?",
    "Did a voucher come into a locked period after it was locked?":
        "Kom någon verifikation in i en låst period efter att den låstes?",
    "Did the locked period only move forward, and in time?": "Flyttades låset bara framåt, och i tid?",
    "Were vouchers registered within reasonable time after their month?":
        "Registrerades verifikationerna inom rimlig tid efter sin månad?",
}  # fmt: skip

_BALANCE: Final = (
    "Fel som ändrade betalningarna och det angivna saldot lika, och fakturor vars saldo API:et inte ger. Obokförda och"
    " makulerade fakturor är utanför."
)
_TIE_OUT: Final = (
    "Två fel i samma månad och konto som tar ut varandra, och ett belopp som är fel både i dokumentet och i dess"
    " verifikation. År före en lucka i de inlästa verifikationerna. År med kontantmetoden jämförs endast vid sitt slut."
    " En faktura bokförd på ett annat reskontrakonto i samma reskontra än den borde: verifikationen säger var den hör"
    " hemma, och hur en summa delas mellan kund och Skatteverket, där fakturans rader inte läses."
)
_VOUCHERS: Final = (
    "Om verifikationens övriga rader är rätt. Datum (det är periodavgränsningen). År utan inlästa verifikationer och år"
    " med kontantmetoden är utanför."
)

BLIND_SPOTS: Final = {
    'Texts that name neither invoice nor counterparty, part payments (also of an invoice the text names, which is then matched to no other), numbers in a text that mean something else and are that of an open invoice, sums of more than three that are not all, and counterparties with more than 20 open invoices in the window, of whose sums none is tried.':
        'Texter som anger varken faktura eller motpart, delbetalningar (också av en faktura som texten anger, som då inte matchas mot någon annan), tal i en text som betyder något annat och är en öppen fakturas nummer, summor av fler än tre som inte är alla, och motparter med fler än 20 öppna fakturor i fönstret, av vars summor ingen prövas.',
    'Vouchers Fortnox made of its own documents, and those of years locked as a whole. Who booked, and at what hour: neither is in the files. From SIE files alone every voucher is looked at, because none says what caused it.':
        'Verifikationer som Fortnox gjort av sina egna dokument, och de i år som är låsta i sin helhet. Vem som bokförde och vilken tid: inget av det står i filerna. Från enbart SIE-filer granskas varje verifikation, eftersom ingen säger vad som orsakat den.',
    'Whether the file is the right document, or readable. Documents kept outside Fortnox. Which vouchers by name: the five largest are named, all are those of `ledger.vouchers` not in `ledger.attached_files`. One attachment taken away and another added the same day in a list of more than 500: for up to `full_every_days` (7).':
        'Om filen är rätt underlag, eller läsbar. Underlag som förvaras utanför Fortnox. Vilka verifikationer vid namn: de fem största namnges, alla är de i `ledger.vouchers` som inte finns i `ledger.attached_files`. En bilaga som tagits bort och en annan som lagts till samma dag i en lista med fler än 500: i upp till `full_every_days` (7).',
    "Where the money came from: a netting against a credit note is a payment to the API. Payments made before the period's end and booked after it settle an item all the same.":
        'Varifrån pengarna kom: en kvittning mot en kreditfaktura är en betalning för API:et. Betalningar gjorda före periodens slut och bokförda efter det reglerar ändå en post.',
    "Pairs one of which was credited in full (a credit note of its amount, dated no earlier than the first) are never reported. An OCR number more than three documents of a customer carry is taken for the customer's own.":
        "Par där den ena krediterats helt (en kreditfaktura på dess belopp, daterad tidigast som den första) rapporteras aldrig. Ett OCR-nummer som fler än tre dokument hos en kund bär räknas som kundens eget.",
    "Suppliers that sell their claims share the account of whoever bought them. Accounts on the invoice or in the payment file that are not the register's. When a supplier was made inactive. A change made and undone between two runs. A supplier that got another number is a new supplier: an account changed in the same run is in history.changes only.":
        'Leverantörer som säljer sina fordringar delar köparens konto. Konton på fakturan eller i betalfilen som inte är registrets. När en leverantör gjordes inaktiv. En ändring som gjorts och ångrats mellan två körningar. En leverantör som fått ett nytt nummer är en ny leverantör: ett konto som ändrats i samma körning finns bara i history.changes.',
    "Pairs one of which was credited in full (a credit note of its amount, dated no earlier than the first) are never reported. A number more than three documents of a counterparty carry is taken for no number. Suppliers' OCR numbers stand only in the detail of an invoice, which is not read. Receipts booked by hand beside one.":
        "Par där den ena krediterats helt (en kreditfaktura på dess belopp, daterad tidigast som den första) rapporteras aldrig. Ett nummer som fler än tre dokument hos en motpart bär räknas inte som nummer. Leverantörers OCR-nummer står bara i fakturans detaljer, som inte läses. Kvitton som bokförts för hand vid sidan av en faktura.",
    "Errors that changed the payments and the stated balance alike, and invoices whose balance the API does not give. Unbooked and cancelled invoices are outside.": _BALANCE,
    "Two errors in the same month and account that cancel out, and an amount that is wrong in the document and in its voucher alike. Years before a gap in the loaded vouchers. Cash-method years are compared at their end only. An invoice booked on another control account of its subledger than it should be: its voucher says where it belongs, and how a total is split between customer and Skatteverket, where the rows of the invoice are not read.": _TIE_OUT,
    "Two errors of the same day and account that cancel out. In cash-method years only the end of the year is a day.":
        "Två fel samma dag och konto som tar ut varandra. I år med kontantmetoden är endast årets slut en dag.",
    "A payment booked against the wrong invoice of the same amount, and payments that never reached the subledger.":
        "En betalning bokförd mot fel faktura på samma belopp, och betalningar som aldrig nådde reskontran.",
    "Which invoice is credited: Fortnox states that only in the detail of a document, which is not read. A credit above its own original but below another invoice. Originals older than the loaded documents show as above.":
        "Vilken faktura som krediteras: det anger Fortnox bara i ett dokuments detaljer, som inte läses. En kreditering som är större än sitt original men mindre än en annan faktura. Original äldre än de inlästa dokumenten syns som för stora.",
    "Due dates that were changed after the invoice was sent, and agreements to pay later. Whether a debt is doubtful is a judgment.":
        "Förfallodagar som ändrats efter att fakturan skickats, och överenskommelser om att betala senare. Om en fordran är osäker är en bedömning.",
    "Whether the other rows of the voucher are right. Dates (that is the cut-off). Years without loaded vouchers and cash-method years are outside.": _VOUCHERS,
    "Deliveries: only the date of the document is known, not that of the performance. Documents whose voucher is not known.":
        "Leveranser: endast dokumentets datum är känt, inte prestationens. Dokument vars verifikation inte är känd.",
    "Vouchers whose reference the API does not give. Manual vouchers whose rows on the account cancel out. Cash-method years are left out, because there the open items are booked by hand at the year's end.":
        "Verifikationer vars referens API:et inte ger. Manuella verifikationer vars rader på kontot tar ut varandra. År med kontantmetoden utelämnas, för där bokförs de öppna posterna för hand vid årets slut.",
    "When, and by whom: `views.corrected_rows` has date and pseudonymised signature of each row, the finding has not. Corrections made by a new voucher. Corrections on other accounts are counted in the remark, not listed. Bank accounts outside group 19: no source lists the banks of a company, and a ledger alone must be enough.":
        "När, och av vem: `views.corrected_rows` har datum och pseudonymiserad signatur för varje rad, noteringen har dem inte. Rättelser gjorda med en ny verifikation. Rättelser på andra konton räknas i anmärkningen men listas inte. Bankkonton utanför grupp 19: ingen källa räknar upp ett företags banker, och en huvudbok ensam ska räcka.",
    "A voucher that balances on the wrong accounts or with wrong amounts on both sides, and a voucher that is missing as a whole. A voucher whose rows were all struck has nothing left to sum.":
        "En verifikation som balanserar på fel konton eller med fel belopp på båda sidor, och en verifikation som saknas helt. En verifikation vars alla rader strukits har inget kvar att summera.",
    "Rows and amounts of vouchers the two otherwise agree on: the voucher list has none, and only doubted vouchers are asked about, within the night's budget. Of those, how an amount is divided within an account, and the texts of rows. Vouchers booked between the reading of the two show until the next night. Vouchers without a number, or with a repeated one. Years only one of the two knows.":
        "Rader och belopp i verifikationer som de två i övrigt är överens om: verifikationslistan har inga, och bara ifrågasatta verifikationer frågas det om, inom nattens budget. Av dem hur ett belopp är fördelat inom ett konto, och radernas texter. Verifikationer bokförda mellan läsningen av de två syns till nästa natt. Verifikationer utan nummer eller med ett upprepat. År som bara en av de två känner till.",
    "Rows Fortnox does not count: a filter of the API that hides a document hides it from its total too. A surface that could not be read at all makes the night incomplete (exit code 3) before any finding counts.":
        "Rader som Fortnox inte räknar: ett filter i API:et som döljer ett dokument döljer det också i totalen. En yta som inte alls gick att läsa gör natten ofullständig (slutkod 3) innan någon avvikelse räknas.",
    "A voucher deleted from the end of a series whose number was given again before the next run. A file exported with a selection shows what it leaves out as gaps.":
        "En verifikation som tagits bort från slutet av en serie och vars nummer getts igen före nästa körning. En fil exporterad med ett urval visar det utelämnade som luckor.",
    "An error that changed vouchers and balances alike. Balances a file does not state at all; a single account a file leaves out counts as 0.00. Objects (cost centres, projects) are not rolled forward.":
        "Ett fel som ändrade verifikationer och saldon lika. Saldon som en fil inte anger alls; ett enstaka konto som filen utelämnar räknas som 0,00. Objekt (kostnadsställen, projekt) rullas inte fram.",
    "Changes made before the first run that saw the period final. Registration dates, signatures and the order of rows. Documents, which the tie-out watches. Opening balances of a year whose final period was first seen by a version that did not remember them: they are compared with the first night that did, and a remark says so.":
        "Ändringar gjorda före den första körning som såg perioden slutlig. Registreringsdatum, signaturer och radernas ordning. Dokument, som avstämningen vakar över. Ingående balanser för ett år vars slutliga period först sågs av en version som inte mindes dem: de jämförs med den första natt som gjorde det, och en anmärkning säger det.",
    "Vouchers that went round the lock before the first run that saw it. A voucher registered on the very day the lock was first observed, or last observed before it moved back: which came first is not known. A lock moved back and forth again between two runs: a voucher that came meanwhile is taken for one that went round it. Once the lock has been back, vouchers of the months it opened that carry no later registration date; what a run found before stands.":
        "Verifikationer som gick förbi låset före den första körning som såg det. En verifikation registrerad samma dag som låset först sågs, eller senast sågs innan det flyttades tillbaka: vilket som kom först är inte känt. Ett lås som flyttats tillbaka och fram igen mellan två körningar: en verifikation som kom under tiden tas för en som gick förbi det. När låset har varit tillbaka, verifikationer i de månader det öppnade som inte bär ett senare registreringsdatum; vad en körning fann dessförinnan står kvar.",
    "A lock moved back and forth again between two runs: only what changed meanwhile shows, in `restatements`. Who moved it.":
        "Ett lås som flyttats tillbaka och fram igen mellan två körningar: endast det som ändrades under tiden syns, i `restatements`. Vem som flyttade det.",
    "Cash, which is to be booked the next working day: which vouchers are cash is not known. Vouchers moved in from another program carry the day of the move. Files without registration dates.":
        "Kontanter, som ska bokföras senast nästa arbetsdag: vilka verifikationer som är kontanta är inte känt. Verifikationer flyttade från ett annat program bär flyttens dag. Filer utan registreringsdatum.",
}  # fmt: skip
