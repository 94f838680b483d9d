"""Reading a visitor's own scenario file: as text, within limits, and never as anything that runs.

The file comes from somebody's browser. It may not name files of the computer that the studio runs on, and it may be
neither so large nor so nested that reading it, or simulating it, would take the studio from its visitor.
"""

from __future__ import annotations

from typing import Any

from sim.base import show
from sim.scenario import Scenario, load
from sim.scenario_studio.state import StudioError, clean_name
from sim.yamlfile import parsed, scenarios

MOST_BYTES = 1_000_000
MOST_PARTS = 200_000
MOST_CASES = 100_000
MOST_DAYS = 366


def read(content: bytes | memoryview, file_name: str) -> Scenario:
    r"""The scenario in a file.

    Parameters
    ----------
    content : bytes or memoryview
        YAML text in UTF-8, up to `MOST_BYTES`.
    file_name : str
        What messages call it.

    Returns
    -------
    Scenario

    Raises
    ------
    StudioError
        If it is too large, or based on a file.
    ScenarioError
        If it is no scenario; the message says why.

    Examples
    --------
    >>> read(b"based_on: baseline\nname: mine\ndays: 3", "mine.yaml").days
    3
    """
    if len(content) > MOST_BYTES:
        raise StudioError("file_too_large", most=MOST_BYTES // 1000, size=len(content) // 1000)
    found = parsed(bytes(content), f"file {show(clean_name(file_name))}")
    if _parts(found) > MOST_PARTS:
        raise StudioError("file_too_nested", most=MOST_PARTS)
    base = found.get("based_on", "baseline")
    if base not in scenarios():
        raise StudioError("based_on_a_file", given=show(base), names=", ".join(scenarios()))
    return checked(load(found))


def checked(scenario: Scenario) -> Scenario:
    """The scenario, unless it is too large to answer while one waits.

    Raises
    ------
    StudioError
        If it is.
    """
    if scenario.days > MOST_DAYS:
        raise StudioError("too_many_days", days=scenario.days, most=MOST_DAYS)
    cases = scenario.expected_cases()
    if cases > MOST_CASES:
        raise StudioError("too_many_cases", cases=f"{cases:,.0f}", most=f"{MOST_CASES:,}")
    return scenario


def _parts(content: Any) -> int:
    """How many parts there are when everything that YAML repeats by reference is written out; stops at the limit."""
    count, waiting = 0, [content]
    while waiting and count <= MOST_PARTS:
        part = waiting.pop()
        count += 1
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
    return count
