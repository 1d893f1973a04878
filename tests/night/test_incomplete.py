"""What the night did not get to see is never zero, never last week's, and never called reconciled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fortnox_emulator import Switches
from pipelines.fortnox.endpoints import Choice
from tieout.night import EarlierThanBefore, Night
from tieout.snapshot import open_snapshot
from transforms.settings import Settings


def not_run(bureau) -> dict[str, str]:
    with open_snapshot(bureau.company.snapshot_pointer) as snapshot:
        return snapshot.not_run()


@pytest.mark.parametrize(
    ("resource", "table", "check"),
    [
        ("sie", "sie.voucher_rows", "voucher_balance"),
        ("supplierinvoices", "fortnox.supplier_invoices", "ap_tie_out"),
        ("vouchers", "fortnox.vouchers", "payment_vouchers"),
    ],
)
def test_a_licence_that_ends_between_two_nights_leaves_no_old_rows_behind(
    settled, resource, table, check
) -> None:
    assert settled.contents()[table]
    settled.emulator.set_switches({"licence_missing": [resource]})

    end = settled.night()

    assert end.exit_code == 3
    assert table not in settled.contents()
    assert check in not_run(settled)
    assert settled.findings() == set(), "what was not seen is no finding"


def test_a_surface_the_company_lives_without_does_not_make_its_nights_incomplete(settled) -> None:
    settled.emulator.set_switches({"licence_missing": ["supplierinvoices"]})
    end = settled.night(Night(), replace(settled.source, choice=Choice(frozenset({"supplier_invoices"}))))
    assert end.exit_code == 0
    assert "ap_tie_out" in not_run(settled)


def test_a_company_chooses_what_is_read_and_an_old_choice_does_not_go_stale(settled) -> None:
    chosen = Choice(without=frozenset({"supplier_invoices"}), also=frozenset({"units", "offers"}))
    end = settled.night(Night(), replace(settled.source, choice=chosen))
    assert end.exit_code == 0
    asked = {surface.surface: surface.requests for surface in end.loaded.surfaces}
    assert (asked["supplier_invoices"], asked["units"]) == (0, 1)
    with settled.snapshot() as snapshot:
        said = snapshot.execute("SELECT surface, verdict, rows_held FROM recon.completeness").fetchall()
        assert {("supplier_invoices", "not_fetched", None), ("units", "complete", 3)} <= set(said)
        totals = snapshot.execute("SELECT total FROM fortnox.offers ORDER BY total LIMIT 2").fetchall()
    assert [str(total) for (total,) in totals] == ["1250.50", "2501.00"]

    settled.night()
    assert not {"fortnox.units", "fortnox.offers"} & settled.contents().keys()


def test_amounts_the_user_may_not_see_refuse_the_checks_that_need_them(open_bureau) -> None:
    switches = Switches(rate_limit=False, no_right=frozenset({"invoices.Total"}))
    with open_bureau(switches=switches) as bureau:
        end = bureau.night()
        assert end.exit_code == 3
        assert end.run["rows_rejected"] > 300
        assert {"ar_tie_out", "ar_payments", "ar_open_balance"} <= not_run(bureau).keys()
        assert not [finding for finding in bureau.findings() if finding[0].startswith("ar_")]


def test_balances_the_user_may_not_see_are_not_compared_and_not_passed(withheld_night) -> None:
    assert "states no balance for any of the" in not_run(withheld_night.bureau)["ar_open_balance"]


def test_a_night_as_of_an_earlier_day_is_refused_before_anything_is_loaded(settled) -> None:
    before, sent = settled.contents(), settled.emulator.stats()["total"]
    yesterday = settled.emulator.today - timedelta(days=1)
    with pytest.raises(EarlierThanBefore, match=f"already reconciled as of {settled.emulator.today}"):
        settled.night(settings=Settings(company_id="acme", as_of=yesterday))
    assert settled.contents() == before
    assert settled.emulator.stats()["total"] == sent


def test_a_tolerance_is_used_and_kept_with_the_run(settled) -> None:
    settled.emulator.plant("ar_manual_voucher")
    generous = Settings(
        company_id="acme", as_of=settled.emulator.today, tolerance={"1510": Decimal("1000000.00")}
    )
    settled.night(settings=generous)
    assert not [finding for finding in settled.findings() if finding[0] == "ar_tie_out"]
    with settled.snapshot() as snapshot:
        (used,) = snapshot.execute(
            "SELECT settings FROM recon.runs ORDER BY finished_at DESC"
        ).fetchone() or ("",)
    assert '"tolerance": {"1510": "1000000.00"}' in used
    settled.night(settings=replace(generous, tolerance={}))
    assert [finding for finding in settled.findings() if finding[0] == "ar_tie_out"]
