"""JupyterLab as ``python run.py lab`` starts it: a lesson and the studio, from opening to a slider that was moved."""

import re

import pytest

SLIDER = "[role=slider]"


def cells(page):
    """Return the code cells of the open notebook: number of the run, and the errors shown."""
    return page.evaluate(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            return Array.from(panel.content.model.cells).filter(cell => cell.type === "code").map(cell => [
                cell.executionCount,
                cell.outputs.toJSON().filter(one => one.output_type === "error").map(one => one.evalue),
            ]);
        }"""
    )


def run_all(page, until):
    """Clear what is shown, run all cells through the menu, and wait until all have run without an error."""
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells").click()
    until(lambda: cells(page), lambda found: all(count is None for count, _ in found))
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    found = until(lambda: cells(page), lambda found: any(errors for _, errors in found) or all(run for run, _ in found))
    assert [errors for _, errors in found if errors] == []


@pytest.fixture
def opened(lab, visit, until):
    """A function opened(name): open a notebook in JupyterLab and wait for its kernel."""

    def open_notebook(path=None):
        # A workspace of its own, or the notebooks of the test before would come back.
        page = visit(re.sub("/lab.*", f"/lab/workspaces/own/tree/{path}", lab.address) if path else lab.address)
        page.get_by_text(re.compile(r"Python 3 \(ipykernel\) \| Idle")).first.wait_for()
        page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget?.content?.model?.cells")
        return page

    return open_notebook


def test_lab_opens_lesson_00_runs_it_and_a_slider_draws_another_day(opened, until):
    page = opened()
    page.get_by_role("heading", name="What does a service day look like?").first.wait_for()
    run_all(page, until)
    explorer = page.locator(".jp-CodeCell", has=page.locator(".widget-slider"))
    explorer.locator(SLIDER).first.scroll_into_view_if_needed()
    picture = explorer.locator(".jp-OutputArea-output img").first
    before = picture.get_attribute("src")
    value = explorer.locator(".widget-readout").first.inner_text()
    explorer.locator(SLIDER).first.focus()
    page.keyboard.press("ArrowRight")
    until(lambda: explorer.locator(".widget-readout").first.inner_text(), lambda text: text != value)
    until(lambda: picture.get_attribute("src"), lambda source: source and source != before)
    assert not page.get_by_text("Would you like to receive official Jupyter news?").count()


def test_the_studio_in_lab_changes_its_table_and_its_figure(opened, until):
    page = opened("notebooks/studio.ipynb")
    run_all(page, until)
    page.get_by_role("button", name="People", exact=True).click()
    lever = page.locator("[class*=studio-lever-agents-phone_desk]")
    lever.locator(SLIDER).scroll_into_view_if_needed()
    until(lambda: page.inner_text(".studio-status"), lambda text: "✔ 30 replications" in text)
    table, figure = page.inner_text(".studio-measures"), page.locator(".studio-day img").first.get_attribute("src")
    lever.locator(SLIDER).focus()
    page.keyboard.press("ArrowRight")
    until(lambda: page.inner_text(".studio-measures"), lambda text: text != table)
    until(lambda: page.locator(".studio-day img").first.get_attribute("src"), lambda source: source != figure)
