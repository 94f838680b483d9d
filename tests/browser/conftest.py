"""Real pages in a real browser: JupyterLab and the app on this computer, and nothing beyond it.

A test that fails leaves pictures and texts of its pages behind, and says where.
"""

import json
import shutil
import time
import types

import pytest
from support import served

import run as setup

# A notebook may have to compile the engine first, on a busy computer.
PATIENCE_SECONDS = 120


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep what the pages of a failing test show."""
    report = yield
    pages = getattr(item, "open_pages", ())
    if report.failed and call.when == "call" and pages:
        folder = item.funcargs["tmp_path"]
        for number, page in enumerate(pages, 1):
            try:
                page.screenshot(path=folder / f"page-{number}.png", full_page=True)
                text = page.inner_text("body")
            except Exception as error:
                text = f"the page cannot be read: {error}"
            told = [text, "", "Said in the console:", *page.told, "", "Asked for:", *page.asked]
            (folder / f"page-{number}.txt").write_text("\n".join(told), encoding="utf-8")
        report.sections.append(("Pages", f"pictures and texts of the pages are in {folder}"))
    return report


@pytest.fixture
def visit(browser, request, tmp_path):
    """A function visit(address): open it as a visitor of its own, and return the page."""
    request.node.open_pages = pages = []

    def open_page(address, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        page = context.new_page()
        page.told, page.asked = [], []
        page.on("console", lambda message: page.told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.told.append(f"pageerror: {error}"))
        page.on("request", lambda asked: page.asked.append(asked.url))
        pages.append(page)
        page.goto(address)
        return page

    yield open_page
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def notebooks(root, tmp_path_factory):
    """A copy of the folder of notebooks: nothing in the project is written to."""
    return shutil.copytree(root / "notebooks", tmp_path_factory.mktemp("copy") / "notebooks")


@pytest.fixture(scope="module")
def lab(browser, notebooks):
    """The address of a JupyterLab that was started as ``python run.py lab`` starts it, on the copy."""
    folder = notebooks.parent / "lab"
    settings = folder / "jupyter_config_dir" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(setup.LAB_SETTINGS), encoding="utf-8")
    started = []
    environment = types.SimpleNamespace(root=notebooks.parent, run=lambda arguments: started.extend(arguments))
    ours = ["--no-browser", "--IdentityProvider.token=", f"--port={served.free_port()}", "--ServerApp.log_level=INFO"]
    setup.lab(environment, [*ours, "--LabApp.expose_app_in_browser=True"])
    _, module, *options = started
    with served.server(module, options, folder, r"http://127\.0\.0\.1:[^\s]+") as running:
        yield running


@pytest.fixture(scope="module")
def app(browser, notebooks):
    """The studio, served as ``python run.py app`` serves it."""
    with served.app(notebooks / "studio.ipynb", notebooks.parent / "app") as running:
        yield running


@pytest.fixture(scope="session")
def until():
    """A function until(read, good): read again and again until what was read is good, and return it."""

    def wait_until(read, good, seconds=PATIENCE_SECONDS):
        end = time.monotonic() + seconds
        while not good(found := read()):
            assert time.monotonic() < end, f"it stayed {found!r}"[:2000]
            time.sleep(0.05)
        return found

    return wait_until
