"""The page in a real browser, off the network: silent console, no request, no serious accessibility violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tieout.reports.content import report_content
from tieout.reports.personal_data import PSEUDONYMISE, pseudonyms_of
from tieout.reports.web_page import ReportOptions, render_report
from tieout.snapshot import Snapshot

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 400)])
@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_page_opens_silently_alone_and_accessibly(
    browser: Browser, snapshot: Snapshot, tmp_path: Path, language: str, scheme: str, width: int
) -> None:
    file = tmp_path / "report.html"
    content = report_content(snapshot, pseudonyms_of(snapshot, PSEUDONYMISE))
    file.write_text(render_report(content, ReportOptions(language)), encoding="utf-8")
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.locator("figure svg").count() == 6
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the window"
    violations = Axe().run(page).response["violations"]
    assert not [v["id"] for v in violations if v["impact"] in {"serious", "critical"}]
    assert not said
    assert asked == [file.as_uri()]
    page.close()
