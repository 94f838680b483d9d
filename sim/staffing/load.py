"""From arrivals to the load that agents feel: the modified offered load, and who waits how patiently.

Work does not end when calls stop coming. With as many agents as anybody could want, the mean number busy at a time t is
``m(t)``, the integral of ``λ(t - u) P(S > u) du`` over the handle time S: it lags behind the arrivals by about a
handle time, and is exactly Poisson distributed. A desk is then sized, minute by minute, as if ``m(t)`` were a steady
load. Where handle time and patience have the same exponential distribution this is exact with any staffing, since
waiting and talking customers leave at one rate.

Source: Eick, Massey and Whitt (1993), "The physics of the Mt/G/∞ queue", Operations Research 41; Jennings, Mandelbaum,
Massey and Whitt (1996), "Server staffing to meet time-varying demand", Management Science 42.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.distributions import NEVER, Empirical, MeanCv
from sim.scenario import Scenario
from sim.service import DeferredChannel
from sim.staffing.desks import Desk
from sim.staffing.flows import Stream, later

_POINTS = (np.arange(20_000) + 0.5) / 20_000


@dataclass(frozen=True)
class Load:
    """A live channel at a team, minute by minute.

    Attributes
    ----------
    team, channel : str
    arrivals : ndarray, shape (minutes,)
        Expected customers of each minute.
    offered : ndarray, shape (minutes,)
        Mean number of conversations with unlimited agents, over each minute.
    desk : Desk
        Handle time, patience and speed.
    """

    team: str
    channel: str
    arrivals: np.ndarray
    offered: np.ndarray
    desk: Desk


def live_loads(scenario: Scenario, streams: list[Stream]) -> list[Load]:
    """The live channels of every team, from the streams that come to them.

    Examples
    --------
    The load reaches the arrival rate × 4 minutes only after a while: calls last until they end.

    >>> import sim
    >>> from sim.staffing.flows import streams
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=6)
    >>> (load,) = live_loads(desk, streams(desk))
    >>> load.offered[[0, 10, 100]].round(2)
    array([0.46, 3.71, 4.  ])
    """
    found = []
    for team, channel in dict.fromkeys((one.team, one.work) for one in streams):
        way = scenario.channels.get(channel)
        if way is None or isinstance(way, DeferredChannel):
            continue
        mine = [one for one in streams if (one.team, one.work) == (team, channel)]
        arrivals = np.sum([one.per_minute for one in mine], axis=0)
        handle = sum(one.factor * one.time.mean_minutes * one.per_minute.sum() for one in mine) / arrivals.sum()
        slowest = way.speed[-1] if len(way.speed) == way.at_once else way.speed[0]
        offered = np.sum(
            [
                slowest * later(one.per_minute, busy_minutes(one.time, one.factor / slowest, len(arrivals)))
                for one in mine
            ],
            axis=0,
        )
        patience = _patience(scenario, channel, mine)
        speed = way.speed if len(way.speed) == way.at_once else way.speed * way.at_once
        desk = Desk(handle, patience, min(way.no_patience_share, 0.999), way.answer_within_seconds, speed)
        found.append(Load(team, channel, arrivals, offered, desk))
    return found


def busy_minutes(time: MeanCv | Empirical, factor: float, minutes: int) -> np.ndarray:
    """Mean minutes of work in each minute after an arrival spread evenly over minute 0, shape (at most `minutes`,).

    The sum is the mean handle time, as far as it fits in.
    """
    lengths = np.sort(time.quantile(_POINTS))
    # Points of a distribution miss a little of its tail; the mean is known.
    lengths *= factor * time.mean_minutes / max(lengths.mean(), 1e-300)
    size = int(min(np.ceil(lengths[-1]) + 2, minutes))
    edges = np.arange(size + 1.0)
    # The integral of E[min(S, x)]: an arrival at u of minute 0 has worked E[min(S, x - u)] by x.
    below = np.searchsorted(lengths, edges)
    first = np.concatenate([[0.0], np.cumsum(lengths)])
    second = np.concatenate([[0.0], np.cumsum(lengths**2)])
    inside = first[below] * edges - second[below] / 2 + (len(lengths) - below) * edges**2 / 2
    done = np.diff(inside / len(lengths))
    return np.diff(np.concatenate([[0.0], done]))


def _patience(scenario: Scenario, channel: str, streams: list[Stream]) -> float | None:
    """Mean of the exponential patience with the same share of hang-ups within the time limit.

    What happens to the others, who would have waited longer, hardly matters at a desk that meets its target.
    """
    way = scenario.channels[channel]
    assert not isinstance(way, DeferredChannel)
    limit = max(way.answer_within_minutes, 0.25)
    gone = total = 0.0
    for one in streams:
        patience = scenario.case_types[one.case_type].patience or way.patience
        calls = one.per_minute.sum()
        for name, share in scenario.segment_shares(one.case_type).items():
            total += share * calls
            if patience != NEVER:
                lasts = patience.quantile(_POINTS) * scenario.segments[name].patience_factor
                gone += share * calls * float(np.interp(limit, lasts, _POINTS, left=0.0))
    hang_up = gone / total if total else 0.0
    return -limit / np.log1p(-hang_up) if 1e-6 < hang_up < 1 else None if hang_up <= 1e-6 else limit / 30
