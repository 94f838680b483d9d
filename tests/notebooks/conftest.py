"""The builder of the notebooks, and a lesson of its making."""

import importlib
import os
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "notebooks" / "source"

# The builder is a script, not part of a package: it is imported from its own folder.
sys.path.insert(0, str(SOURCES))

# The kernels that the tests start must find the same Python path as the tests.
os.environ.setdefault("PYTHONPATH", str(SOURCES.parents[1]))


@pytest.fixture(scope="session")
def template():
    """The text of the skeleton that authors copy."""
    return (SOURCES / "_template.py").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path):
    """A function write(text): make a notebooks folder with this text as the source of lesson 90; returns the source."""

    def write_source(text, name="90_twice_as_fast.py"):
        source = tmp_path / "notebooks" / "source" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        return source

    return write_source


@pytest.fixture(scope="session")
def built(template, tmp_path_factory):
    """A notebooks folder in which the skeleton has been built as lesson 90."""
    source = tmp_path_factory.mktemp("workbook") / "notebooks" / "source" / "90_twice_as_fast.py"
    source.parent.mkdir(parents=True)
    source.write_text(template, encoding="utf-8")
    importlib.import_module("build").build(source)
    return source.parents[1]
