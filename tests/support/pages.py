"""What the pages in docs/ show, for tests that run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"


def example_scenarios() -> list[dict[str, Any]]:
    """The complete files in docs/scenario.md: a small shop, and one with everything."""
    text = (DOCS / "scenario.md").read_text(encoding="utf-8")
    return [yaml.safe_load(example) for example in re.findall(r"```yaml\n(.+?)```", text, flags=re.DOTALL)]
