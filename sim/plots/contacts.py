"""Figures of what happened to contacts: a day as it was lived, and how long callers wait."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.experiment import Estimate, Replications, Run
from sim.log import Log
from sim.plots import sentences
from sim.plots.page import (
    CLOSED,
    INK,
    OUTCOME_COLOURS,
    OUTCOME_WORDS,
    STEPS,
    Picture,
    clock_axis,
    labels_at_right,
    page,
)
from sim.plots.sentences import ONE_RUN, capital, of_runs, percent
from sim.scenario import LiveChannel
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUSY_MINUTES = 5

_NOT_OFFERED = ("called_back", "contained", "left_bot", "blocked", "turned_away")
# At the end of a run some contacts have not come to their own end; this is how far they have got.
_SO_FAR = {"in_service": "served", "with_bot": "waiting", "booked": "waiting"}


def service_day(run: Run, day: int = 0, channel: str | None = None) -> Picture:
    """One day of one run: who came and what became of them, who worked, who waited.

    Three panels over the clock: arrivals by outcome, people (busy agents, up to the line of all agents at work;
    callers who wait stand on top of that line), and the backlog of deferred contacts. The agents are those whose
    first skill is the channel; one with several conversations is one busy agent.

    Parameters
    ----------
    run : Run
    day : int, default 0
        Day of the run, from 0.
    channel : str, optional
        The live channel to look at; by default the scenario's first.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate("baseline", seed=1)
    >>> sim.plots.service_day(run, day=1)
    <Figure: Tuesday: ... of callers are answered within 20 seconds, ... up>
    """
    if not isinstance(run, Run):
        raise TypeError(
            f"service_day shows one run, not {type(run).__name__}; take one with sim.simulate(...) or runs[0]"
        )
    scenario = run.scenario
    if not 0 <= day < scenario.days:
        raise ValueError(f"the run has no day {day!r}; its days are 0 to {scenario.days - 1}")
    channel, way = scenario.live_channel(channel)
    start, end = day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY
    contacts = run.contacts
    today = contacts[contacts["arrived_minutes"].between(start, end, inclusive="left")]
    calls = today[today["channel"] == channel]
    hours = way.open_hours.minutes[scenario.weekdays[day]]
    deferred = [name for name, other in scenario.channels.items() if not isinstance(other, LiveChannel)]

    with page(6.6 if deferred else 4.9) as figure:
        panels = figure.subplots(2 + bool(deferred), 1, sharex=True, height_ratios=[3, 3.4, 2][: 2 + bool(deferred)])
        _arrivals(panels[0], calls, scenario.slot_minutes, start, channel)
        _people_at_work(panels[1], run, channel, start)
        if deferred:
            _backlog(panels[2], run, deferred, start)
        _clock_with_closed_hours(panels, today["arrived_minutes"].to_numpy() - start, hours)

        date = scenario.first_day + datetime.timedelta(days=day)
        shares = run.measures(by="channel", from_day=day, to_day=day + 1)
        message = f"no {_what(channel)}{' reach the agents' if len(calls) else ''}"
        if channel in shares.index and shares.at[channel, "offered"]:
            row = shares.loc[channel].to_dict()
            fared = row["service_level_offered"], row["abandonment"]
            who = _who(channel) + (" who reach the queue" if row["bot_sessions"] else "")
            message = sentences.in_time(*fared, way.answer_within_seconds, who)
        counts = {code: int((calls["outcome"] == code).sum()) for code in _NOT_OFFERED}
        others = [f"{count:,} {OUTCOME_WORDS[code]}" for code, count in counts.items() if count]
        *most, last = others or [""]
        told = f"{', '.join(most)} and {last}" if most else last
        detail = ", of which ".join([f"{len(calls):,} {_what(channel)}", *filter(None, [told])])
        shaded = [] if hours.all() else ["shaded: closed"]
        means = f"busy: {BUSY_MINUTES}-minute means"
        note = [f"{scenario.name}, {date.day} {date:%B %Y}", ONE_RUN, means, *shaded]
        figure.says(f"{date:%A}: {message}", detail, " · ".join(note))
    return figure


def waits(
    source: Run | Replications,
    channel: str | None = None,
    *,
    from_day: float = 0,
    to_day: float | None = None,
    confidence: float = 0.95,
) -> Picture:
    """What has become of callers after so many minutes: answered, hung up, or still waiting.

    The blue area is the share answered by then, the red one (from the top) the share who hung up by then, what is
    left between them waits. At the dashed line the blue area is the measure service_level_offered.

    Parameters
    ----------
    source : Run or Replications
    channel : str, optional
        A live channel; by default the scenario's first.
    from_day, to_day : float
        The days whose calls are counted.
    confidence : float, default 0.95

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> sim.plots.waits(sim.simulate("baseline", seed=1))
    <Figure: ... of callers are answered within 20 seconds, ... up>
    """
    if not isinstance(source, (Run, Replications)):
        raise TypeError(
            f"waits shows a run or the runs of sim.replicate, not {type(source).__name__}; of a comparison take "
            "one scenario: duel.replications[0]"
        )
    channel, way = source.scenario.live_channel(channel)
    to_day = source.scenario.days if to_day is None else to_day
    runs = [source] if isinstance(source, Run) else source
    logs = [_offered(run, channel, from_day, to_day) for run in runs]
    every, limit = pd.concat(logs), way.answer_within_minutes
    waited = np.append(every["wait_minutes"].dropna().to_numpy(), 2 * limit)
    longest = float(np.ceil(max(np.quantile(waited, 0.99), 2 * limit, 1)))
    minutes = np.unique(np.append(np.linspace(0, longest, 241), limit))
    offered = np.array([[len(calls)] * len(minutes) for calls in logs], dtype=float)
    if not offered.sum():
        raise ValueError(f"no calls were offered on {channel} in these days, so nobody waited")

    def share_by(*outcomes: str) -> pd.DataFrame:
        sorted_waits = [np.sort(calls.loc[calls["outcome"].isin(outcomes), "wait_minutes"]) for calls in logs]
        counts = np.array([np.searchsorted(waited, minutes, side="right") for waited in sorted_waits])
        return Estimate.of(counts.astype(float), offered).table(pd.Index(minutes), confidence)

    answered, hung_up = share_by("served", "in_service"), share_by("abandoned")
    in_time = float(np.interp(limit, minutes, answered["estimate"]))
    ended = every["outcome"].value_counts(normalize=True).to_dict()
    factor, unit_name = (60.0, "seconds") if longest <= 2 else (1.0, "minutes")

    with page(4.4) as figure:
        axes = figure.subplots()
        x, up, down = factor * minutes, 100 * answered, 100 - 100 * hung_up
        parts = (("served", 0, up["estimate"]), ("waiting", up["estimate"], down["estimate"]))
        for outcome, bottom, top in (*parts, ("abandoned", down["estimate"], 100)):
            axes.fill_between(x, bottom, top, color=OUTCOME_COLOURS[outcome], linewidth=0, label=OUTCOME_WORDS[outcome])
        for share in (up, down):
            axes.fill_between(x, share["low"], share["high"], color=INK, alpha=0.3, linewidth=0)
            axes.plot(x, share["estimate"], color=INK, linewidth=1)
        axes.axvline(factor * limit, color=INK, linewidth=1, dashes=(5, 3), label="target time")
        axes.annotate(
            f"{percent(in_time)} answered within {limit * 60:g} seconds",
            (factor * limit, 100 * in_time),
            (14, -42),
            textcoords="offset points",
            va="top",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8},
        )
        axes.set_xlim(0, x[-1])
        axes.set_ylim(0, 100)
        here = limit + 0.04 * longest
        low, high = (float(np.interp(here, minutes, share["estimate"])) for share in (up, down))
        if high - low > 10:
            axes.text(factor * here, (low + high) / 2, "still waiting", va="center")
        at_last = {"answered": ended["served"] + ended["in_service"], "hung up": ended["abandoned"]}
        heights = (up["estimate"].iloc[-1] / 2, 50 + down["estimate"].iloc[-1] / 2)
        texts = [f"{what} {percent(share)}" for what, share in at_last.items()]
        labels_at_right(axes, [(text, height, INK) for text, height in zip(texts, heights, strict=True)])
        axes.set_title(f"{capital(_who(channel))}, % of those offered to agents")
        axes.set_xlabel(f"{unit_name} since they joined the queue")
        figure.says(
            sentences.in_time(in_time, ended["abandoned"], way.answer_within_seconds, _who(channel)),
            note=f"{source.scenario.name} · {of_runs(len(logs), confidence)}",
        )
    return figure


def _arrivals(axes: Axes, calls: pd.DataFrame, slot_minutes: int, start: float, channel: str) -> None:
    """Stacked bars: contacts per slot by outcome."""
    slots = np.arange(0, MINUTES_A_DAY + 1, slot_minutes)
    outcome = calls["outcome"].astype(object).replace(_SO_FAR)
    bottom = np.zeros(len(slots) - 1)
    for code, colour in OUTCOME_COLOURS.items():
        count, _ = np.histogram(calls.loc[outcome == code, "arrived_minutes"] - start, slots)
        if count.any():
            axes.bar(
                slots[:-1],
                count,
                slot_minutes,
                bottom,
                align="edge",
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                label=OUTCOME_WORDS[code],
            )
        bottom += count
    axes.set_ylim(0, 1.08 * bottom.max() or 1)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS, integer=True))
    axes.set_title(f"{capital(_what(channel))} per {slot_minutes} minutes")
    _key(axes)


def _people_at_work(axes: Axes, run: Run, channel: str, start: float) -> None:
    """The channel's agents busy with it and with all else, the line of those at work, on top of it who waits."""
    log, channels = run.log, list(run.scenario.channels)
    of = log.workload.channel[log.row]
    on_duty, at_hand = _channel_agents(run, channel)
    slots = np.arange(0, MINUTES_A_DAY + 1, BUSY_MINUTES)
    samples = start + np.arange(0, MINUTES_A_DAY, 0.25)
    ours = of == channels.index(channel)
    names = [name for code, name in enumerate(channels) if name != channel and (at_hand & (of == code)).any()]
    names += ["tasks"] if (at_hand & ~log.is_contact).any() else []
    other = names[0] if len(names) == 1 else "other work"
    top = np.zeros(len(slots))
    parts = zip(
        (channel, other), (OUTCOME_COLOURS["served"], "#DFE6EA"), _busy(log, ours, at_hand, samples), strict=True
    )
    for name, colour, busy in parts:
        mean = busy.reshape(len(slots) - 1, -1).mean(axis=1)
        bottom, top = top, top + np.append(mean, mean[-1])
        if mean.max() > 1e-9:
            axes.fill_between(slots, bottom, top, step="post", color=colour, linewidth=0, label=f"busy: {name}")

    left = np.where(np.isnan(log.answered), log.ended, log.answered)
    mine = ours & ~np.isnan(log.queued)
    began, ended = log.duty_start[on_duty], log.duty_end[on_duty]
    moments = _moments(start, log.queued[mine], left[mine], began, ended)
    at_work = _present(began, ended, moments)
    waiting = _present(log.queued[mine], left[mine], moments)
    x, amber = moments - start, OUTCOME_COLOURS["waiting"]
    axes.fill_between(
        x, at_work, at_work + waiting, step="post", color=amber, linewidth=0.3, label=f"{_who(channel)} waiting"
    )
    axes.step(x, at_work, where="post", color=INK, linewidth=1.2, label="agents at work")
    axes.set_ylim(0)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS, integer=True))
    axes.set_title(f"Agents and waiting {_who(channel)}")
    _key(axes)


def _channel_agents(run: Run, channel: str) -> tuple[np.ndarray, np.ndarray]:
    """Spells of duty, and rows, of the agents whose first skill is the channel; or of all.

    Agents who only help out would make a crowd that callers cannot count on.
    """
    log = run.log
    teams = list(run.scenario.teams.values())
    first = [code for code, team in enumerate(teams) if team.skills[0].channel == channel]
    able = [code for code, team in enumerate(teams) if any(skill.channel == channel for skill in team.skills)]
    return np.isin(log.workload.roster.agent_team[log.duty_agent], first or able), np.isin(log.team, first or able)


def _busy(log: Log, ours: np.ndarray, at_hand: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Agents busy with our rows and with others at each moment, shape (2, samples); only rows `at_hand` count.

    An agent with several conversations in hand is one busy agent, shared out evenly among them.
    """
    some = at_hand & ~np.isnan(log.answered) & (log.answered <= samples[-1]) & ~(log.ended <= samples[0])
    times = np.concatenate([log.answered[some], np.nan_to_num(log.ended[some], nan=np.inf)])
    agent, is_ours = np.tile(log.agent[some], 2), np.tile(ours[some], 2)
    change = np.repeat([1.0, -1.0], some.sum())
    order = np.lexsort((times, agent))
    # Each agent's hands are empty in the end, so the sums of one agent do not reach into those of the next.
    in_hand = np.cumsum([np.where(is_ours, change, 0.0)[order], np.where(is_ours, 0.0, change)[order]], axis=1)
    part = in_hand / np.maximum(in_hand.sum(axis=0), 1)
    moved = np.diff(part, axis=1, prepend=0.0)
    by_time = np.argsort(times[order], kind="stable")
    level = np.concatenate([np.zeros((2, 1)), np.cumsum(moved[:, by_time], axis=1)], axis=1)
    return level[:, np.searchsorted(times[order][by_time], samples, side="right")]


def _backlog(axes: Axes, run: Run, channels: Sequence[str], start: float) -> None:
    """Steps: deferred contacts that nobody has answered to the end."""
    log, known = run.log, list(run.scenario.channels)
    mine = np.isin(log.workload.channel[log.row], [known.index(name) for name in channels])
    moments = _moments(start, log.arrived[mine], log.ended[mine])
    waiting = _present(log.arrived[mine], log.ended[mine], moments)
    words, amber = " and ".join(channels), OUTCOME_COLOURS["waiting"]
    axes.fill_between(moments - start, 0, waiting, step="post", color=amber, linewidth=0, label=words)
    axes.set_ylim(0, 1.08 * waiting.max() or 1)
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=STEPS, integer=True))
    axes.set_title(f"{capital(words)} contacts waiting for an answer")


def _clock_with_closed_hours(panels: np.ndarray, arrived: np.ndarray, hours: np.ndarray) -> None:
    """The clock below, over all hours with contacts or opening; shade where the channel is closed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], hours, [True]]).astype(int)))
    for axes in panels:
        for closes, opens in edges.reshape(-1, 2):
            axes.axvspan(closes, opens, color=CLOSED, zorder=-1, linewidth=0)
        axes.tick_params(labelbottom=axes is panels[-1])
    seen = np.concatenate([arrived, np.flatnonzero(hours), np.flatnonzero(hours) + 1])
    seen = seen if len(seen) else np.array([0.0, MINUTES_A_DAY])
    clock_axis(panels[-1], 60 * np.floor(seen.min() / 60), 60 * np.ceil(seen.max() / 60))


def _offered(run: Run, channel: str, from_day: float, to_day: float) -> pd.DataFrame:
    """The contacts of a channel that agents were offered in these days."""
    calls = run.contacts[run.contacts["channel"] == channel]
    days = calls["arrived_minutes"] / MINUTES_A_DAY
    offered = calls["outcome"].isin(["served", "in_service", "abandoned", "waiting"])
    return calls[(days >= from_day) & (days < to_day) & offered]


def _who(channel: str) -> str:
    return "callers" if channel == "phone" else "customers"


def _what(channel: str) -> str:
    return "calls" if channel == "phone" else f"{channel.replace('_', ' ')} contacts"


def _key(axes: Axes) -> None:
    handles, words = axes.get_legend_handles_labels()
    if words:
        columns = len(words) if len(words) <= 5 else (len(words) + 1) // 2
        axes.legend(handles, words, loc="lower right", bbox_to_anchor=(1, 1.02), ncols=columns)


def _moments(start: float, *times: np.ndarray) -> np.ndarray:
    """The times within the day at which something changes, its first and its last moment among them."""
    changes, end = np.concatenate(times), start + MINUTES_A_DAY
    return np.unique(np.append(changes[(changes > start) & (changes < end)], [start, np.nextafter(end, start)]))


def _present(came: np.ndarray, went: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """How many have come and not yet gone, at each moment; NaN is never."""
    return np.searchsorted(np.sort(came), moments, "right") - np.searchsorted(np.sort(went), moments, "right")
