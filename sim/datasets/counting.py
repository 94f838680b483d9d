"""How `bank_1999.csv` was counted from the raw records, one row a call.

Whoever has the records makes the file again with::

    python -m sim.datasets.counting calls_1999-01.csv calls_1999-02.csv

What is an offered call, and when it came, says `sim/mappings/bank_1999.yaml`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.datasets import BANK_1999

if TYPE_CHECKING:
    import pandas as pd

HEADER = """\
# Offered calls of an anonymous bank's call centre by day and half hour, January and February 1999.
# Source: "Anonymous Bank" call-centre data, I. Guedj and A. Mandelbaum, Technion; free for use with acknowledgement.
# Left out: {ignored} rows marked PHANTOM, and {never} callers who hung up before they joined the queue.
# Missing from the records: {missing}.
"""


def count(files: Sequence[str | Path]) -> pd.DataFrame:
    """Offered calls by day (rows) and half hour (columns 00:00 to 23:30).

    Parameters
    ----------
    files : sequence of str or Path
        CSV files of the raw records.

    Returns
    -------
    pandas.DataFrame
        Days without any record have no row. ``attrs["left_out"]`` says how many rows were left out, and why.

    Raises
    ------
    sim.calllog.CallLogError
        If a file cannot be read.
    """
    import pandas as pd

    from sim.calllog import read_calls

    calls = read_calls(list(files), mapping="bank_1999")
    half_hour = calls["arrived"].dt.floor("30min")
    days = half_hour.dt.strftime("%Y-%m-%d").rename("date")
    slots = half_hour.dt.strftime("%H:%M").rename("slot")
    every_slot = pd.date_range("1999-01-01", periods=48, freq="30min").strftime("%H:%M")
    counts = pd.crosstab(days, slots).reindex(columns=every_slot, fill_value=0)
    counts.attrs["left_out"] = calls.attrs["left_out"]
    return counts


def text_of(counts: pd.DataFrame) -> str:
    """The shipped file: where the counts come from, then the counts."""
    import pandas as pd

    seen = pd.to_datetime(counts.index)
    missing = pd.date_range(seen.min(), seen.max()).difference(seen).strftime("%Y-%m-%d")
    left_out = counts.attrs["left_out"]
    about = HEADER.format(
        ignored=left_out.get("outcome to be ignored", 0),
        never=left_out.get("hung up before joining the queue", 0),
        missing=", ".join(missing) or "nothing",
    )
    return about + counts.to_csv(lineterminator="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Count the calls of the files named on the command line, and write the shipped file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", help="CSV files of the raw records, one row a call")
    parser.add_argument("--to", type=Path, default=BANK_1999, help="the file to write (default: the shipped one)")
    given = parser.parse_args(arguments)
    given.to.write_text(text_of(count(given.files)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
