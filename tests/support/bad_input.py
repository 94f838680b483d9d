"""Content with one thing wrong, and the words with which it is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import sim

MISSING = object()


def changed(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The content with one value changed, or taken away; a path is keys and places in lists, with slashes between."""
    content = copy.deepcopy(content)
    here: Any = content
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    for step in steps:
        here = here[step]
    if value is MISSING:
        del here[last]
    else:
        here[last] = value
    return content


def refusal(source: Any) -> str:
    """The message with which `sim.load` refuses."""
    with pytest.raises(sim.ScenarioError) as error:
        sim.load(source)
    return str(error.value)
