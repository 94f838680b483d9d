"""What every test may count on."""

import importlib.util
import os
import sys
from pathlib import Path

import hypothesis
import matplotlib
import pytest

import run as setup

ROOT = Path(__file__).resolve().parents[1]

BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page that asks for anything beyond this computer gets no answer, as in a room without the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

matplotlib.use("Agg")  # no windows, also on a desktop

# How fast a machine is must never decide whether a test passes.
hypothesis.settings.register_profile("workbook", deadline=None, print_blob=True)
hypothesis.settings.load_profile("workbook")


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def need():
    """A function need(found, reason): skips the test where something is missing, but fails it in CI.

    For what CI must have and a developer need not, such as a browser: no test drops out of CI unseen.
    """

    def need_or_skip(found, reason):
        if found:
            return
        if os.environ.get("CI", "").lower() in ("", "0", "false"):
            pytest.skip(reason)
        pytest.fail(f"{reason} (and in CI this test must run)")

    return need_or_skip


# Module by module: while Playwright waits in this thread, other tests could not run an event loop of their own.
@pytest.fixture(scope="module")
def browser(need):
    """Chromium."""
    path = setup.browser()
    need(path, f"needs one of the browsers {', '.join(setup.BROWSERS)}")
    need(importlib.util.find_spec("playwright"), "needs the package playwright, in the extra browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=BROWSER_OPTIONS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real data, which lies beside the project for those who have it; others skip the test."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data, in ../shared/data")
    return folder


@pytest.fixture(autouse=True)
def _figures_are_closed():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
