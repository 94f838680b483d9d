"""Many settings at once: a grid or a list of changes, and a single number for a search.

A sweep lays changes over a base, lets all the resulting scenarios meet the same customers, and gives one table with a
column a setting. `evaluate` gives one measure of one scenario as a number that knows its own standard error, and
remembers it, which is what a search or an optimiser asks for again and again.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from sim.base import ScenarioError, plain, show, unknown_name
from sim.batch import View
from sim.changes import nested
from sim.experiment import Comparison, Replications, experiment
from sim.interval import Estimate, checked_confidence
from sim.measures import index
from sim.scenario import Scenario, load
from sim.versions import content

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sim.precision import Precision
    from sim.workers import Workers


@dataclass(frozen=True)
class Sweep(Comparison):
    """Scenarios that differ from a base by settings; all met the same customers.

    Attributes
    ----------
    replications : tuple of Replications
        The base, and then one for each setting.
    settings : tuple of dict
        What each setting changes, by path: ``{"teams.phone_desk.extra_agents": 1}``.
    """

    settings: tuple[dict[str, Any], ...] = ()

    def table(
        self,
        measures: Sequence[str] | str = (),
        by: str | Sequence[str] | None = None,
        *,
        confidence: float = 0.95,
        **window: Any,
    ) -> pd.DataFrame:
        """A row for each setting and measure: the settings in columns, then the estimate and its interval.

        Parameters
        ----------
        measures : str or sequence of str, optional
            Which measures; by default all that have a value.
        by : str or sequence of str, optional
            Dimensions to group by.
        confidence : float, default 0.95
        **window
            from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

        Returns
        -------
        pandas.DataFrame
            Columns: one a setting, those of `by`, measure, estimate, low, high. What a setting leaves alone shows the
            value of the base.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)
        >>> plans = sim.sweep(desk, {"teams.agents.extra_agents": [0, 1, 2]}, replications=5, progress=False)
        >>> table = plans.table("abandonment")
        >>> table["teams.agents.extra_agents"].tolist(), bool(table["estimate"].is_monotonic_decreasing)
        ([0, 1, 2], True)
        """
        import pandas as pd

        chosen = [measures] if isinstance(measures, str) else list(measures)
        checked_confidence(confidence)
        groups = [by] if isinstance(by, str) else list(by or ())
        parts = []
        for columns, runs in zip(self.columns()[1:], self.replications[1:], strict=True):
            if chosen:
                named = {name: runs.measure(name, by, confidence=confidence, **window) for name in chosen}
                part = pd.concat(
                    {name: one if groups else one.set_axis(["all"]) for name, one in named.items()}, names=["measure"]
                ).reset_index()
            else:
                part = runs.measures(by, confidence=confidence, **window).dropna(how="all").reset_index()
            for place, (path, value) in enumerate(columns.items()):
                part.insert(place, path, [value] * len(part))
            parts.append(part[[*columns, *groups, "measure", "estimate", "low", "high"]])
        return pd.concat(parts, ignore_index=True)

    def columns(self) -> list[dict[str, Any]]:
        """What each scenario, the base first, holds at every path that a setting changes."""
        paths = list(dict.fromkeys(path for setting in self.settings for path in setting))
        base = {path: _value(self.replications[0].scenario, path) for path in paths}
        return [base, *(base | setting for setting in self.settings)]


def sweep(
    base: Scenario | str,
    settings: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    replications: int | None = None,
    seed: int = 1,
    *,
    engine: str = "auto",
    workers: int | Workers | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    keep_logs: bool | None = None,
    until: Precision | dict[str, Any] | None = None,
    progress: bool = True,
) -> Sweep:
    """Try settings of a scenario on the same customers.

    Parameters
    ----------
    base : Scenario or str
        What the settings change, and what their differences are against.
    settings : mapping or sequence of mapping
        A grid, ``{"teams.phone_desk.extra_agents": [0, 1, 2], "bot.skill.threshold": [0.0, 0.3]}``: every
        combination is tried, the last path changes fastest. Or a list of changes,
        ``[{"teams.phone_desk.extra_agents": 1}, {"bot": None}]``, each tried by itself. Or changes by name,
        ``{"no bot": {"bot": None}, "more people": {"teams.phone_desk.extra_agents": 2}}``. A path is the key as in
        the YAML file, with dots between its steps; a value can be nested as in `Scenario.with_`.
    replications, seed, engine, workers, client, folder, keep_logs, until, progress
        As in `replicate`. With `folder` an interrupted sweep goes on where it was.

    Returns
    -------
    Sweep

    Raises
    ------
    ScenarioError
        If a setting names what does not exist or gives what cannot be; before anything is run.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)
    >>> plans = sim.sweep(desk, {"one more": {"teams.agents.extra_agents": 1}}, replications=5, progress=False)
    >>> plans.names
    ['one queue', 'one more']
    """
    origin = load(base)
    named = _settings(settings)
    scenarios = [origin]
    for name, changes in named.items():
        try:
            scenarios.append(origin.with_(**({"name": name} | nested(changes))))
        except ScenarioError as error:
            raise ScenarioError(f"the setting {show(name)} cannot be used: {error}") from None
    how = {"engine": engine, "workers": workers, "client": client, "keep_logs": keep_logs, "progress": progress}
    runs = experiment(scenarios, replications, seed, until=until, folder=folder, **how)
    return Sweep(runs, tuple(_leaves(changes) for changes in named.values()))


class Value(float):
    """A measure as a number, with how sure it is.

    Attributes
    ----------
    standard_error : float
        NaN with one replication.
    low, high : float
        The 95 % interval.
    replications : int
    """

    standard_error: float
    low: float
    high: float
    replications: int

    @classmethod
    def of(cls, estimate: Estimate, group: int) -> Value:
        """From the estimate of one group."""
        value = cls(estimate.value[group])
        half = float(estimate.half_width(0.95)[group])
        value.standard_error = float(estimate.standard_error[group])
        value.low, value.high, value.replications = float(value) - half, float(value) + half, len(estimate.pull)
        return value


def evaluate(
    scenario: Scenario | str,
    measure: str,
    replications: int = 30,
    seed: int = 1,
    *,
    by: str | None = None,
    group: Any = None,
    engine: str = "auto",
    workers: int | Workers | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    **window: Any,
) -> Value:
    """One measure of one scenario as a number: what a search loop or an optimiser asks for.

    All scenarios that are evaluated with one seed meet the same customers, so that a small change shows for what it
    is. What has been worked out is remembered, whichever measure is asked for next.

    Parameters
    ----------
    scenario : Scenario or str
    measure : str
    replications : int, default 30
    seed : int, default 1
    by, group : str, optional
        The measure of one group only: ``by="channel", group="phone"``.
    engine, workers, client, folder
        As in `replicate`.
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Value
        A float with ``standard_error``, ``low``, ``high`` and ``replications``.

    Examples
    --------
    The fewest agents with whom at most 5 % hang up, beyond doubt:

    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=1, patience_minutes=3)
    >>> for agents in range(1, 10):
    ...     lost = sim.evaluate(desk.with_(teams={"agents": {"agents": agents}}), "abandonment", replications=10)
    ...     if lost.high <= 0.05:
    ...         break
    >>> agents
    4
    """
    if (by is None) != (group is None):
        raise ValueError('by and group belong together: by="channel", group="phone" is the measure of one channel')
    chosen = load(scenario)
    key = (content(chosen), seed, replications)
    runs = _known.get(key)
    if runs is None:
        how = {"engine": engine, "workers": workers, "client": client, "keep_logs": False, "progress": False}
        (runs,) = experiment([chosen], replications, seed, folder=folder, **how)
        if len(runs) < replications:
            raise KeyboardInterrupt
        _known[key] = runs
        if len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    _known.move_to_end(key)
    counted = runs.study.counted([runs.number], View.of(by, window))[0]
    labels = index(counted.total()).tolist()
    if by is not None and group not in labels:
        raise ValueError(unknown_name(group, labels, f"group by {by}"))
    return Value.of(runs.estimate(measure, by, **window), labels.index(group) if by else 0)


# How many scenarios `evaluate` remembers; each takes some hundred kilobytes.
MOST_KNOWN = 500
_known: OrderedDict[tuple[Any, ...], Replications] = OrderedDict()


def _settings(given: Any) -> dict[str, dict[str, Any]]:
    """Changes by name, from any of the forms that `sweep` takes."""
    if isinstance(given, Mapping) and given:
        if all(isinstance(changes, Mapping) for changes in given.values()):
            return {str(name): dict(changes) for name, changes in given.items()}
        return _by_name([dict(zip(given, values, strict=True)) for values in itertools.product(*_values(given))])
    if isinstance(given, Sequence) and not isinstance(given, str) and len(given):
        for changes in given:
            if not isinstance(changes, Mapping):
                raise ValueError(f"a setting holds {show(changes)}; {_FORMS}")
        return _by_name([dict(changes) for changes in given])
    raise ValueError(f"settings holds {show(given)}; {_FORMS}")


_FORMS = (
    'give a grid such as {"teams.phone_desk.extra_agents": [0, 1, 2]}, or a list of changes such as '
    '[{"teams.phone_desk.extra_agents": 1}]'
)


def _values(grid: Mapping[str, Any]) -> list[list[Any]]:
    """The values of each path of a grid."""
    found = []
    for path, values in grid.items():
        values = values.tolist() if isinstance(values, np.ndarray) or hasattr(values, "to_numpy") else values
        if isinstance(values, (str, Mapping, BaseModel)) or not isinstance(values, (Sequence, range)):
            raise ValueError(f"{path} holds {show(values)}; give a list of the values to try, such as [{show(values)}]")
        if not len(values):
            raise ValueError(f"{path} has no values to try; give a list such as [0, 1, 2]")
        found.append(list(values))
    return found


def _by_name(settings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Settings named after what they change: the ends of the paths, as long as it takes to tell them apart."""
    leaves = [_leaves(changes) for changes in settings]
    paths = list(dict.fromkeys(path for one in leaves for path in one))
    ends = {}
    for path in paths:
        steps = path.split(".")
        tails = [".".join(steps[-length:]) for length in range(1, len(steps) + 1)]
        ends[path] = next(
            tail
            for tail in tails
            if tail == path or not any(other != path and f".{other}".endswith(f".{tail}") for other in paths)
        )
    named: dict[str, dict[str, Any]] = {}
    for changes, leaf in zip(settings, leaves, strict=True):
        name = ", ".join(f"{ends[path]}={_short(value)}" for path, value in leaf.items()) or "no change"
        if name in named:
            raise ValueError(f"the setting {show(name)} is there twice; leave one out")
        named[name] = changes
    return named


def _short(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _leaves(changes: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """What a change sets, by path."""
    found: dict[str, Any] = {}
    for key, value in plain(dict(changes)).items():
        path = f"{before}{key}"
        found |= _leaves(value, f"{path}.") if isinstance(value, Mapping) and value else {path: value}
    return found


def _value(scenario: Scenario, path: str) -> Any:
    """What a scenario holds at a path; None where there is nothing."""
    here: Any = scenario
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else getattr(here, step, None)
    return here.model_dump() if isinstance(here, BaseModel) else here
