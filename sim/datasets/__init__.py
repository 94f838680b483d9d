"""Real series to learn from, small enough to travel with the package.

Each function reads one and returns a tidy table. The folder's README says where a series comes from, how it was
counted and what was left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent
BANK_1999 = FOLDER / "bank_1999.csv"


def bank_1999() -> pd.DataFrame:
    """Calls of a bank's call centre in January and February 1999, by day and half hour.

    Two real months, not a year: 57 days, as 11 and 12 January are missing from the records. A call counts when it
    was offered to the agents, whether or not it was answered, in the half hour in which it joined their queue. The
    desk was open from Sunday to Thursday from 07:00 to 24:00, on Friday to 14:00 and on Saturday from about 20:00; a
    few calls were offered outside these hours.

    Returns
    -------
    pandas.DataFrame
        A row for each half hour of each day, also those without calls: ``date``, ``weekday`` (mon to sun),
        ``hour`` (0 to 23), ``slot`` (its start, such as 16:30) and ``calls``.

    Notes
    -----
    Counted by `sim.datasets.counting` from the "Anonymous Bank" call-centre data of I. Guedj and A. Mandelbaum,
    Technion, free for use with acknowledgement. L. Brown, N. Gans, A. Mandelbaum, A. Sakov, H. Shen, S. Zeltyn and
    L. Zhao, "Statistical analysis of a telephone call center", JASA 100 (2005), study the whole year.

    Examples
    --------
    >>> import sim
    >>> calls = sim.datasets.bank_1999()
    >>> calls["date"].nunique(), int(calls["calls"].sum())
    (57, 61286)
    >>> calls.loc[calls["calls"].idxmax(), ["weekday", "slot"]].tolist()
    ['sun', '16:00']
    """
    import pandas as pd

    from sim.timetable import WEEKDAYS

    wide = pd.read_csv(BANK_1999, comment="#", parse_dates=["date"])
    calls = wide.melt("date", var_name="slot", value_name="calls").sort_values(["date", "slot"], ignore_index=True)
    calls.insert(1, "weekday", [WEEKDAYS[day] for day in calls["date"].dt.day_of_week])
    calls.insert(2, "hour", calls["slot"].str[:2].astype(int))
    return calls
