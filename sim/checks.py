"""What can be wrong between the parts of a scenario that are each right by themselves."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sim.base import unknown_name
from sim.demand import most_cases
from sim.luck import on_grid
from sim.service import FOLLOW_UP, DeferredChannel, VisitChannel
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    from sim.scenario import Scenario

MOST_CASES = 50_000_000
MOST_AGENT_DAYS = 2_000_000


def misfits(scenario: Scenario) -> Iterable[str]:
    """A sentence for everything that does not fit together."""
    if MINUTES_A_DAY % scenario.slot_minutes:
        yield (
            f"slot_minutes: holds {scenario.slot_minutes}; a slot must divide a day of 1,440 minutes: "
            "5, 10, 15, 20, 30 or 60, say"
        )
    if scenario.first_day.toordinal() + scenario.days > datetime.date.max.toordinal():
        yield f"first_day: holds {scenario.first_day}; with {scenario.days} days the calendar ends before the run does"
    yield from _unknown_names(scenario)
    yield from _without_effect(scenario)
    yield from _shares(scenario)
    yield from _missing_channels(scenario)
    found = list(_unserved(scenario))
    yield from found
    if not found:
        yield from _too_much(scenario)


def _unknown_names(scenario: Scenario) -> Iterable[str]:
    """Names that refer to a type, channel, segment or task which does not exist."""
    types, channels, segments = scenario.case_types, scenario.channels, scenario.segments
    demand, back = scenario.demand, scenario.coming_back
    visits = [name for name, way in channels.items() if isinstance(way, VisitChannel)]
    places: list[tuple[str, Iterable[str], Iterable[str], str]] = [
        ("demand.cases_per_hour", demand.cases_per_hour, types, "case type"),
        ("demand.orders.cases", demand.orders.cases if demand.orders else (), types, "case type"),
        ("coming_back.angrier.type", [back.angrier.type] if back.angrier else (), types, "case type"),
        ("coming_back.switch_channel", back.switch_channel, channels, "channel"),
    ]
    steps = dict.fromkeys(step.name for case_type in types.values() for step in case_type.steps)
    known: dict[str, tuple[Iterable[str], str]] = {
        "per_contact": (channels, "channel"),
        "sale_share": (channels, "channel"),
        "parcel_paid_share": (types, "case type"),
        "compensation_in_advance": (types, "case type"),
        "compensation_when_solved": (types, "case type"),
        "per_step": (steps, "step"),
        "step_paid_share": (steps, "step"),
    }
    for key, (names, kind) in known.items():
        given = getattr(scenario.money, key)
        places.append((f"money.{key}", given if isinstance(given, dict) else (), names, kind))
    places += [
        ("policies.prevented_share", scenario.policies.prevented_share, types, "case type"),
        ("policies.training_hours", scenario.policies.training_hours, scenario.teams, "team"),
        ("policies.checked_share", scenario.policies.checked_share, scenario.teams, "team"),
    ]
    if demand.trace is not None:
        places += [
            ("demand.trace.types", set(demand.trace.types), types, "case type"),
            ("demand.trace.segments", set(demand.trace.segments) - {""}, segments, "segment"),
            ("demand.trace.channels", set(demand.trace.channels) - {""}, channels, "channel"),
        ]
    places += [
        (f"coming_back.switch_channel.{name}", to, channels, "channel") for name, to in back.switch_channel.items()
    ]
    places += [
        (f"events.{n}.case_factors", event.case_factors, types, "case type") for n, event in enumerate(scenario.events)
    ]
    expects = scenario.satisfaction.expects
    places += [
        ("satisfaction.expects.channel_minutes", expects.channel_minutes, channels, "channel"),
        ("satisfaction.expects.type_days", expects.type_days, types, "case type"),
    ]
    for name, case_type in types.items():
        where = f"case_types.{name}"
        for key in ("channels", "handle_time", "solved"):
            given = getattr(case_type, key)
            places.append((f"{where}.{key}", given if isinstance(given, dict) else (), channels, "channel"))
        places.append((f"{where}.segments", case_type.segments or (), segments, "segment"))
        places += [
            (f"{where}.steps.{step.name}.appointment", [step.appointment], visits, "visit channel")
            for step in case_type.steps
            if step.appointment
        ]
    for name, team in scenario.teams.items():
        where = f"teams.{name}.skills"
        tasks = dict.fromkeys([*scenario.task_names(), FOLLOW_UP])
        places += [
            (where, [skill.channel for skill in team.skills if skill.channel], channels, "channel"),
            (where, [skill.type for skill in team.skills if skill.type], types, "case type"),
            (where, [skill.segment for skill in team.skills if skill.segment], segments, "segment"),
            (where, [skill.task for skill in team.skills if skill.task], tasks, "task"),
        ]
    if scenario.bot is not None:
        live = [name for name, way in channels.items() if not isinstance(way, VisitChannel)]
        places.append(("bot.channels", scenario.bot.channels, live, "channel for a bot"))
        for key, odds in (
            ("contains", scenario.bot.contains),
            ("truly_solved", scenario.bot.truly_solved),
            ("skill.solvable", scenario.bot.skill.solvable if scenario.bot.skill else None),
        ):
            places.append((f"bot.{key}", odds if isinstance(odds, dict) else (), types, "case type"))
    for where, given, allowed, kind in places:
        for name in given:
            if name not in allowed:
                yield f"{where}: {unknown_name(name, allowed, kind)}"


def _without_effect(scenario: Scenario) -> Iterable[str]:
    """What would be lost without a word: factors on nothing, cases after the end of the run.

    An event after the end of the run is none of these: it belongs to a longer run of the same scenario.
    """
    demand = scenario.demand
    for number, event in enumerate(scenario.events):
        if demand.trace is not None and (event.case_factors or event.orders_factor != 1):
            yield f"events.{number}: has factors, but the demand is a trace, and cases come as in it; leave them out"
        elif event.orders_factor != 1 and demand.orders is None:
            yield f"events.{number}.orders_factor: there are no orders; give demand.orders, or case_factors instead"
        elif event.orders_factor != 1 and demand.orders is not None:
            weights = demand.orders.hours.minutes[scenario.weekdays].ravel()[event.start_minutes : event.end_minutes]
            if len(weights) and not weights.any():
                yield f"events.{number}.orders_factor: demand.orders.hours are 0 during the event; give them a weight"
    if demand.trace is not None:
        times = np.array(demand.trace.minutes)
        late = times[on_grid(times) >= scenario.horizon_minutes]
        if len(late):
            yield (
                f"demand.trace.minutes: {len(late):,} of {len(times):,} cases come after the end of the "
                f"run at {scenario.horizon_minutes:,.0f} minutes, the last at {late.max():,.0f}; raise days to "
                f"{late.max() // MINUTES_A_DAY + 1:.0f}, or leave them out"
            )


def _shares(scenario: Scenario) -> Iterable[str]:
    """Shares that do not sum to 1."""
    sums = {"segments": {name: segment.share for name, segment in scenario.segments.items()}}
    for name, case_type in scenario.case_types.items():
        sums[f"case_types.{name}.channels"] = case_type.channels
        if case_type.segments is not None:
            sums[f"case_types.{name}.segments"] = case_type.segments
    for where, shares in sums.items():
        total = sum(shares.values())
        if abs(total - 1) > 1e-6:
            listed = " + ".join(f"{share:g}" for share in shares.values())
            yield f"{where}: the shares must sum to 1; they are {listed}{f' = {total:g}' if len(shares) > 1 else ''}"


def _missing_channels(scenario: Scenario) -> Iterable[str]:
    """Types that may come through a channel for which they hold no handle time or odds."""
    for name, case_type in scenario.case_types.items():
        for key in ("handle_time", "solved"):
            given = getattr(case_type, key)
            if isinstance(given, dict):
                used = scenario.channels_of(name)
                for channel in scenario.channels:
                    if channel in used and channel not in given:
                        yield f"case_types.{name}.{key}: has no entry for {channel!r}, a channel that this type uses"
    bot = scenario.bot
    if bot is None:
        return
    solvable = bot.skill.solvable if bot.skill else None
    for key, odds in (("contains", bot.contains), ("truly_solved", bot.truly_solved), ("skill.solvable", solvable)):
        if isinstance(odds, dict):
            for name in scenario.case_types:
                if name not in odds and not scenario.channels_of(name).isdisjoint(bot.channels):
                    yield f"bot.{key}: has no entry for the case type {name!r}, which meets the bot"


def _unserved(scenario: Scenario) -> Iterable[str]:
    """Work that nobody can do, or that nobody is there to do; channels that are never open."""
    teams = scenario.teams
    desks = {channel: _Desk(scenario, channel) for channel in scenario.channels}
    for name in scenario.case_types:
        used = scenario.channels_of(name)
        for channel, desk in desks.items():
            if channel in used:
                yield from _unserved_contacts(scenario, name, desk)
    for task in scenario.task_names():
        able = {name: team for name, team in teams.items() if any(skill.task == task for skill in team.skills)}
        whose = "follow_up" if task == FOLLOW_UP else f"the step {task!r}"
        if not able:
            yield f"{whose}: no team can do this work; add the skill {{task: {task}}} to a team"
        elif not any(team.somebody_works.any() for team in able.values()):
            yield f"{whose}: no agents all week; raise the head-count of {' or '.join(able)}"
    for name, way in scenario.channels.items():
        if not way.open_hours.minutes.any():
            yield f"channels.{name}.open_hours: it is never open; give its hours, such as {{mon-fri: '08:00-20:00'}}"


class _Desk:
    """A channel, and who can serve it."""

    def __init__(self, scenario: Scenario, channel: str) -> None:
        self.channel, self._way, self._teams = channel, scenario.channels[channel], scenario.teams
        skills = [(name, skill) for name, team in scenario.teams.items() for skill in team.skills]
        self._skills = [(name, skill) for name, skill in skills if skill.channel == channel]
        self.by_segment = any(skill.segment for _, skill in self._skills)
        self._manned: dict[tuple[str, ...], bool] = {}

    def able(self, case_type: str, segment: str) -> tuple[str, ...]:
        """Names of the teams that serve such customers."""
        covering = [name for name, skill in self._skills if skill.covers(self.channel, case_type, segment)]
        return tuple(dict.fromkeys(covering))

    def is_manned(self, able: tuple[str, ...]) -> bool:
        """Whether any of these teams is there when it must be."""
        if able not in self._manned:
            # Deferred work waits for whoever comes; a live channel needs somebody while it is open.
            hours = np.True_ if isinstance(self._way, DeferredChannel) else self._way.open_hours.minutes
            there = any((self._teams[name].somebody_works & hours).any() for name in able)
            self._manned[able] = there or not hours.any()
        return self._manned[able]


def _unserved_contacts(scenario: Scenario, name: str, desk: _Desk) -> Iterable[str]:
    """Customers of a type and channel for whom there is nobody; by segment only where skills tell segments apart."""
    for segment in scenario.segments_of(name) if desk.by_segment else list(scenario.segments)[:1]:
        whose = f" for the segment {segment!r}" if desk.by_segment else ""
        able = desk.able(name, segment)
        if not able:
            yield f"case_types.{name}: no team can serve it in {desk.channel!r}{whose}; add the skill to a team"
        elif not desk.is_manned(able):
            yield (
                f"case_types.{name}: no agents all week for {desk.channel!r}{whose} while it is open; raise the "
                f"head-count of {' or '.join(able)}"
            )


def _too_much(scenario: Scenario) -> Iterable[str]:
    """More than any engine could finish."""
    days = f"{scenario.days} day{'s' if scenario.days > 1 else ''}"
    if most_cases(scenario) > MOST_CASES and scenario.expected_cases() > MOST_CASES:
        yield (
            f"demand: asks for about {scenario.expected_cases():,.0f} cases in {days}; a run may have "
            f"{MOST_CASES:,} at most. Check the rates and factors, or simulate fewer days"
        )
    for name, team in scenario.teams.items():
        most = np.ceil(team.head_count.max())
        if most * scenario.days > MOST_AGENT_DAYS:
            yield (
                f"teams.{name}: asks for {most:,.0f} agents for {days}; a run may have "
                f"{MOST_AGENT_DAYS:,} agents times days in a team at most"
            )
