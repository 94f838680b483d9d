"""``python run.py bench [CASE ...]``: measure, print a table, write it as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import day, growth, memory, mm20, report, slider, start, visitors
from benchmarks.race import DisagreementError, NotThereError
from sim.base import unknown_name

# Each case, its size in a full and in a quick run, and what the size means.
CASES: dict[str, tuple[Callable[[int, int, Callable[[str], None]], dict], int, int, str]] = {
    "mm20": (mm20.measure, 200_000, 40_000, "M/M/20+M, written in every way"),
    "day": (day.measure, 1, 1, "the reference day, beside C"),
    "slider": (slider.measure, 30, 5, "replications after a slider has moved"),
    "growth": (growth.measure, 10_000_000, 100_000, "cost by number of contacts and agents"),
    "memory": (memory.measure, 1_000_000, 100_000, "bytes a contact"),
    "start": (start.measure, 0, 0, "imports and compilation"),
    "visitors": (visitors.measure, 32, 8, "answer times of the app by number of visitors; only when named"),
}
# This one wants the whole computer for minutes.
ONLY_WHEN_NAMED = {"visitors"}
DEFAULT = Path(__file__).with_name("latest.json")


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; 1 if contenders do not simulate the same thing, however fast they are."""
    options = _read(arguments)
    if options.show:
        print(report.text(json.loads(options.show.read_text(encoding="utf-8"))), end="")
        return 0
    rounds = options.rounds or (3 if options.quick else 7)
    results: dict[str, Any] = {"machine": report.machine(), "cases": {}}
    wrong = []
    for name in dict.fromkeys(options.cases) or [name for name in CASES if name not in ONLY_WHEN_NAMED]:
        measure, full, quick, about = CASES[name]
        _say(f"{name}: {about}")
        try:
            results["cases"][name] = _rounded(measure(quick if options.quick else full, rounds, _say))
        except NotThereError as reason:
            _say(f"  left out: {reason}")
        except DisagreementError as error:
            wrong.append(f"{name}: {error}")
            _say(f"  {error}")
    options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(report.text(results), end="")
    for line in wrong:
        print(f"\nWRONG: {line}")
    return 1 if wrong else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _rounded(found: Any) -> Any:
    """Four digits of every number: more are noise."""
    if isinstance(found, dict):
        return {name: _rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_rounded(value) for value in found]
    return float(f"{found:.4g}") if isinstance(found, float) else found


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    def rounds(text: str) -> int:
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"holds {text!r}; it may hold a whole number of at least 1")
        return int(text)

    def case(text: str) -> str:
        if text not in CASES:
            raise argparse.ArgumentTypeError(unknown_name(text, CASES, "case"))
        return text

    about = "\n".join(f"  {name:<8} {about}" for name, (*_, about) in CASES.items())
    parser = argparse.ArgumentParser(
        prog="python run.py bench",
        description="Measure how fast the engines are, beside other ways to simulate the same.",
        epilog=f"cases:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", nargs="*", type=case, metavar="CASE", help="all of them but visitors unless named")
    parser.add_argument("--quick", action="store_true", help="a minute: smaller cases, 3 rounds")
    parser.add_argument("--rounds", type=rounds, metavar="N", help="7 unless given, 3 with --quick")
    parser.add_argument("--json", type=Path, default=DEFAULT, metavar="FILE", help=f"{DEFAULT.name} here unless given")
    parser.add_argument("--show", type=Path, metavar="FILE", help="print an earlier result again, and measure nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
