"""Which software makes the numbers: what a saved result or a worker must share to give the same ones."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import numpy as np

from sim import __version__
from sim.scenario import Scenario

PACKAGE = "after-sales-workbook"


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Names and versions of what the numbers depend on.

    Besides the versions of the package, of NumPy and of SciPy there is a fingerprint of the package's code, because
    who changes the model seldom changes its version.

    Returns
    -------
    tuple of (str, str)

    Examples
    --------
    >>> [name for name, _ in versions()]
    ['after-sales-workbook', 'code', 'numpy', 'scipy']
    """
    import scipy

    return ((PACKAGE, __version__), ("code", _fingerprint()), ("numpy", np.__version__), ("scipy", scipy.__version__))


def _fingerprint() -> str:
    """Twelve hexadecimal digits that change with the code of the package, figures, lessons and the studio left out."""
    digest, home = hashlib.sha256(), Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        name = path.relative_to(home).as_posix()
        if not name.startswith(("plots/", "lesson/", "scenario_studio/")):
            # Line ends differ between systems without any effect.
            digest.update(name.encode() + b"\0" + re.sub(rb"\r\n?", b"\n", path.read_bytes()) + b"\0")
    return digest.hexdigest()[:12]


def content(scenario: Scenario) -> str:
    """All of a scenario that a run depends on, as JSON: its name and story are left out.

    The order of teams, types and channels is kept, for it decides ties.
    """
    return scenario.model_dump_json(exclude={"name", "story"})
