"""``import sim`` is quick because it leaves heavy packages to those who use them."""

import json
import subprocess
import sys

import pytest

HEAVY = ["scipy.stats", "pandas", "matplotlib", "numba", "IPython", "ipywidgets", "anywidget"]


def modules_after(statement):
    """Return the names of all modules that a fresh Python has loaded after ``statement``."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def after_import_sim():
    """The modules that ``import sim`` loads."""
    return modules_after("import sim")


@pytest.mark.parametrize("heavy", HEAVY)
def test_import_sim_leaves_heavy_packages_alone(after_import_sim, heavy):
    assert "sim" in after_import_sim
    assert heavy not in after_import_sim


def test_reading_a_scenario_leaves_scipy_alone():
    assert not {"scipy", "pandas"} & set(modules_after("import sim; sim.load('baseline')"))


def test_a_heavy_package_would_be_seen():
    assert "pandas" in modules_after("import pandas")
