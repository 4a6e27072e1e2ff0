"""The pages in a real browser, light and dark, on a desk and on a telephone."""

import shutil

import pytest

from tests.report.test_page import pages_of_an_audit
from tests.report.test_pages_of_programs import pages_of_programs

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SERIOUS = {"serious", "critical"}
_CUT_WITHOUT_A_SHADOW = """[...document.querySelectorAll('.wide')].filter(one =>
    one.scrollHeight > one.clientHeight + 1
    && getComputedStyle(one).backgroundImage === 'none').length"""
SHOWN = ("report", "audit", "proved", "refuted", "judged")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH")


@pytest.fixture(scope="module")
def browser():
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The report, the agency's audit, two proofs and a changed program, each in a file."""
    report, audit = pages_of_an_audit()
    folder, pages = tmp_path_factory.mktemp("pages"), pages_of_programs()
    for name, text in {**pages, "report": report, "audit": audit}.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return folder


def opened(browser, address, width, scheme):
    """Return a page, and what it complained of and asked for."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    heard, asked = [], []
    page.on("console", lambda said: heard.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    return page, heard, asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_is_quiet_and_open_to_everybody(browser, files, name, width, scheme):
    """No message on the console, no request but for the file; axe-core has no serious finding; only
    what has its own scroll bar is wider than the screen; a table with more rows than are shown has
    a shadow where it goes on.
    """
    from axe_playwright_python.sync_playwright import Axe

    address = (files / f"{name}.html").as_uri()
    page, heard, asked = opened(browser, address, width, scheme)
    page.screenshot(path=files / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_CUT_WITHOUT_A_SHADOW) == 0
    found = Axe().run(page).response["violations"]
    page.close()
    assert heard == []
    assert asked == [address]
    assert [
        (one["id"], one["help"], [node["target"] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in SERIOUS
    ] == []


def test_what_is_wrong_with_a_page_is_seen(browser, tmp_path):
    """A request, an error of a script, and words that are hard to read."""
    from axe_playwright_python.sync_playwright import Axe

    (tmp_path / "bad.html").write_text(
        "<!doctype html><title>x</title><p style='color:#ddd;background:#fff'>pale</p>"
        "<img src='missing.png'><script>throw Error('broken')</script>"
    )
    page, heard, asked = opened(browser, (tmp_path / "bad.html").as_uri(), 1400, "light")
    found = Axe().run(page).response["violations"]
    page.close()
    assert any("broken" in one for one in heard)
    assert len(asked) == 2
    assert {"color-contrast", "image-alt", "html-has-lang"} <= {
        one["id"] for one in found if one["impact"] in SERIOUS
    }
