"""The app in a browser: what a lever shows is what plain Python computes, for each visitor alone."""

import re

import pytest
from support import served

import sim

# How a shown number is turned into the measure's own unit.
UNITS = {"%": 0.01, "points": 0.01, "min": 1.0, "s": 1 / 60, "": 1.0}
NUMBER = re.compile(r"([+-]?[\d,]*\.?\d+) ?(%|points|min|s|)(?: |$)")
# Of each kind one: a share, a duration, a rating.
SHOWN = ("abandonment", "occupancy", "mean_wait_minutes", "csat")
LEVER = "[class*=studio-lever-agents-phone_desk]"


def number(text):
    """Return what a cell shows in the measure's own unit, and half a unit of its last digit."""
    shown, unit = NUMBER.search(re.sub(r"\s", " ", text).replace("−", "-")).groups()
    half = 0.5 * 10.0 ** -len(shown.partition(".")[2])
    return float(shown.replace(",", "")) * UNITS[unit], half * UNITS[unit]


def settled(page, until):
    """Wait until the studio has added all replications."""
    until(lambda: page.inner_text(".studio-status"), lambda text: re.search(r"✔ 30 replications", text))


def table(page):
    """Return the cells of the table of measures, by measure."""
    rows = page.locator(".studio-measures tr[data-measure]").all()
    return {row.get_attribute("data-measure"): row.locator("td").all_inner_texts() for row in rows}


def move(page, until, lever, steps):
    """Move a lever by keyboard, and return the table of measures when it is complete."""
    before = page.inner_text(".studio-measures")
    page.locator(f"{lever} [role=slider]").focus()
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
    until(lambda: page.inner_text(".studio-measures"), lambda text: text != before)
    settled(page, until)
    return table(page)


def opened(visit, until, address, **options):
    """Open the app and wait for its first answer."""
    page = visit(address, **options)
    settled(page, until)
    page.get_by_role("button", name="People", exact=True).click()
    page.wait_for_selector(f"{LEVER} [role=slider]")
    return page


def expect(cells, moves):
    """Compare the table with what plain Python computes with the same seed and as many replications."""
    base = sim.load("baseline")
    duel = sim.compare([base, sim.pull(base, moves)], replications=30, seed=1, progress=False)
    values = [runs.measures()["estimate"] for runs in duel.replications]
    differences = duel.differences().xs(duel.names[1])
    for measure in SHOWN:
        found = [number(text) for text in cells[measure][:3]]
        exact = [values[0][measure], values[1][measure], differences.loc[measure, "estimate"]]
        for (shown, half), value in zip(found, exact, strict=True):
            assert shown == pytest.approx(value, abs=1.01 * half), (measure, cells[measure])
        assert abs(exact[2]) > found[2][1], "too small a difference to see"


def test_each_visitors_lever_shows_what_plain_python_computes_and_disturbs_nobody_else(app, visit, until):
    one, other = (opened(visit, until, app.address) for _ in range(2))
    assert one.title() == "Scenario studio"
    more = move(one, until, LEVER, 1)
    less = move(other, until, LEVER, -1)
    expect(less, {"agents.phone_desk": -1})
    assert table(one) == more, "the other visitor's lever has moved this page"
    expect(move(one, until, LEVER, 1), {"agents.phone_desk": 2})
    assert table(other) == less


def test_the_page_needs_no_other_computer_and_fits_a_phone(app, visit, until):
    page = opened(visit, until, app.address, viewport={"width": 390, "height": 844})
    elsewhere = [url for url in page.asked if not url.startswith((app.base, "data:", "blob:"))]
    assert len(page.asked) > 20
    assert elsewhere == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert "import sim" not in page.inner_text("body"), "code is hidden"
    assert not [line for line in page.told if line.startswith("pageerror")]


@pytest.fixture(scope="module")
def small(browser, tmp_path_factory):
    """A small notebook, served: what is said of the page around it holds for the studio as well."""
    folder = tmp_path_factory.mktemp("small")
    with served.app(served.notebook(folder / "small.ipynb"), folder / "app") as running:
        yield running


def test_the_token_may_be_typed(small, visit):
    page = visit(small.base)
    assert "The token, please" in page.inner_text("body")
    page.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("That is not the token.").wait_for()
    page.get_by_label("Token").fill(small.address.split("token=")[1])
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=slider]")


def test_a_closed_page_ends_its_kernel_and_a_lost_one_says_so(small, visit, until):
    closed, lost = visit(small.address), visit(small.address)
    kernels = []
    for page in (closed, lost):
        page.wait_for_selector("[role=slider]")
        kernels.append(page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"))

    def status(kernel):
        return lost.request.get(f"{small.base}api/kernels/{kernel}").status

    look = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    with lost.expect_response(re.compile("/api/kernels/")):
        lost.evaluate(look)
    assert lost.locator("#workbook-lost").is_hidden()
    assert [status(kernel) for kernel in kernels] == [200, 200]

    # What every browser tells a page that goes; phones tell it nothing else.
    closed.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: false}))")
    until(lambda: status(kernels[0]), lambda code: code == 404)
    assert status(kernels[1]) == 200, "another visitor's kernel has ended"

    lost.evaluate(f"navigator.sendBeacon('voila/api/shutdown/{kernels[1]}')")
    until(lambda: status(kernels[1]), lambda code: code == 404)
    lost.evaluate(look)
    lost.locator("#workbook-lost").wait_for(state="visible")
    assert "lost its simulation" in lost.inner_text("#workbook-lost")
