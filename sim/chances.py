"""The chances of a scenario as tables: everything that drawing a workload asks about every row, worked out once.

What happens to a customer has a *profile*: a case type in a channel, a step of a case type, or the follow-up of a case
type. Each profile has a number, and what is drawn for a row (how long it takes, how patient the customer is, whether
it helps) follows from tables by that number. The tables of the last few scenarios are kept; a scenario that differs
from one of them in its teams alone shares them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arrivals import Rates, Trace
from sim.base import Latest, remembered
from sim.constant import constant
from sim.customers import Return
from sim.distributions import NEVER, Quantiles
from sim.luck import edges
from sim.scenario import Scenario
from sim.service import FOLLOW_UP, DeferredChannel, LiveChannel, Team, VisitChannel
from sim.workload import ABANDONED, CONTAINED, LEFT_BOT, NONE, SERVED


class Chances:
    """Tables of a scenario. Types, channels, segments and profiles are their positions; "by x" is the last axis.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.names = list(scenario.case_types)
        self.kinds = list(scenario.case_types.values())
        self.ways = list(scenario.channels.values())
        self.rules = rules(scenario)
        self.odds_of_return = [0.0 if rule is None else rule.odds for rule in self.rules]
        self.has_returns = any(self.odds_of_return)
        there = np.array([rule is not None for rule in self.rules])
        self.delay_row = np.where(there, np.cumsum(there) - 1, NONE).astype(np.int8)
        self.arrivals = Rates(scenario) if scenario.demand.trace is None else Trace(scenario)
        self._list_profiles()
        self._list_customers()
        self._list_returns()
        self._list_steps_and_enquiries()
        self._list_bot()

    def of_contact(self, case_type: np.ndarray, channel: np.ndarray) -> np.ndarray:
        """Profiles of these case types in these channels."""
        if len(self.kinds) == len(self.ways) == 1:
            return constant(0, np.intp, len(case_type))
        return np.multiply(case_type, len(self.ways), dtype=np.intp) + channel

    def _by_contact(self, values: Any, dtype: Any = float) -> np.ndarray:
        """A table by profile from a function of a case type and a channel's name and content."""
        channels = self.scenario.channels.items()
        return np.array([values(kind, name, way) for kind in self.kinds for name, way in channels], dtype=dtype)

    def _list_profiles(self) -> None:
        """Case type, channel, back-office task and length of each profile."""
        scenario, names = self.scenario, list(self.scenario.channels)
        types = range(len(self.kinds))
        tasks = scenario.task_names()
        listed: list[tuple[int, int, int]] = [(code, way, NONE) for code in types for way in range(len(names))]
        lengths: list[Any] = [
            kind.handle_time_in(name) if kind.knows(name) else None for kind in self.kinds for name in names
        ]
        factor = [1.0] * len(listed)
        most = max(len(kind.steps) for kind in self.kinds)
        self.step_profile = np.full((len(self.kinds), most), NONE, dtype=np.intp)
        for code, kind in enumerate(self.kinds):
            for place, step in enumerate(kind.steps):
                self.step_profile[code, place] = len(listed)
                listed.append((code, NONE, tasks.index(step.name) if step.work else NONE))
                lengths.append(step.work or step.delay)
                factor.append(kind.freight_factor if step.freight else 1.0)
        self.first_follow_up = len(listed)
        if scenario.follow_up is not None:
            listed += [(code, NONE, tasks.index(FOLLOW_UP)) for code in types]
            lengths += [scenario.follow_up.work] * len(self.kinds)
            factor += [1.0] * len(self.kinds)
        self.type_of, self.channel_of, self.task_of = np.array(listed, dtype=np.int16).T.copy()
        tables = {"type_of": self.type_of, "channel_of": self.channel_of, "task_of": self.task_of}
        # The code that all profiles have in common, if they have.
        self.in_common = {name: int(of[0]) if (of == of[0]).all() else None for name, of in tables.items()}
        self.lengths = Quantiles(lengths)
        self.length_factor = np.array(factor) if set(factor) != {1.0} else None

    def _list_customers(self) -> None:
        """Who comes and how: segments, channels, the portal; patience and callbacks by profile."""
        scenario = self.scenario
        self.segment_edges = edges(np.transpose([list(scenario.segment_shares(name).values()) for name in self.names]))
        self.channel_edges = edges(
            np.transpose([[kind.channels.get(name, 0.0) for name in scenario.channels] for kind in self.kinds])
        )
        self.patience_factor = np.array([segment.patience_factor for segment in scenario.segments.values()])
        self.has_own_patience = bool((self.patience_factor != 1).any())
        portals = [kind.self_service for kind in self.kinds]
        self.portal_share = np.array([portal.share if portal else 0.0 for portal in portals])
        self.has_portal = bool(self.portal_share.any())
        self.portal_solves = np.array([portal.solves if portal else 0.0 for portal in portals])
        self.portal_minutes = Quantiles([portal.minutes if portal else None for portal in portals])
        self.patience = Quantiles(
            [
                NEVER if isinstance(way, DeferredChannel) else kind.patience or way.patience
                for kind in self.kinds
                for way in self.ways
            ]
        )
        self.no_patience = self._by_contact(lambda kind, name, way: getattr(way, "no_patience_share", 0.0))
        self.has_no_patience = bool(self.no_patience.any())
        self.accepts = self._by_contact(lambda kind, name, way: _accepted_share(way))
        self.has_callbacks = bool(self.accepts.any())

    def _list_returns(self) -> None:
        """Who may come back, as what and through which channel; by profile."""
        scenario, back = self.scenario, self.scenario.coming_back
        _, after_hanging_up, after_blocking, after_turning_away = self.odds_of_return[:4]
        solved = self._by_contact(lambda kind, name, way: kind.solved_in(name) if kind.knows(name) else 0.0)
        # Whoever the agent: a conversation whose draw lies below these odds solves the case.
        self.surely_solved = np.clip(solved * lowest_solve_factor(scenario), 0, 1)

        def waits(kind: Any, name: str, way: Any) -> float:
            """Share of customers whose patience ends."""
            if isinstance(way, DeferredChannel):
                return 0.0
            return way.no_patience_share if (kind.patience or way.patience) == NEVER else 1.0

        self.hangs_up = self._by_contact(waits)

        def whatever_the_customer(kind: Any, name: str, way: Any) -> float:
            if not isinstance(way, LiveChannel):
                return 0.0
            blocked = after_blocking if way.lines is not None else 0.0
            return max(blocked, 0.0 if way.open_hours.minutes.all() else after_turning_away)

        # Odds of coming back after ends that any contact of the profile can meet; patience may make them higher.
        self.returns_anyway = self._by_contact(whatever_the_customer)
        self.returns_anyway[self.hangs_up == 1] = np.maximum(self.returns_anyway[self.hangs_up == 1], after_hanging_up)
        self.patience_decides = bool(((self.hangs_up > 0) & (self.hangs_up < 1)).any()) and after_hanging_up > 0

        contacts = np.arange(len(self.kinds) * len(self.ways))
        channel = self.channel_of[contacts]
        self.angrier = contacts
        if back.angrier is not None:
            self.angrier = self.of_contact(np.full(len(contacts), self.names.index(back.angrier.type)), channel)
        names = list(scenario.channels)
        others = [back.switch_channel.get(name, {}) for name in names]
        most = max((len(odds) for odds in others), default=0)
        # Those who do not switch stay: the last option.
        shares = [[*odds.values(), *[0.0] * (most - len(odds))] for odds in others]
        to = [
            [*(names.index(name) for name in odds), *[code] * (most + 1 - len(odds))]
            for code, odds in enumerate(others)
        ]
        self.switch_edges = np.cumsum(shares, axis=1).T[:, channel] if most else np.zeros((0, len(contacts)))
        self.switched = contacts - channel + np.array(to)[channel].T
        anger = 0.0 if back.angrier is None else float(back.angrier.odds)
        after = np.array([self.odds_of_return[end] for end in (SERVED, ABANDONED, CONTAINED, LEFT_BOT)])
        # Who may come back, and as what, in the order in which `sim.kernel.passes` takes it.
        self.back = (self.returns_anyway, self.surely_solved, self.hangs_up, after, self.patience_decides)
        switches = (np.ascontiguousarray(self.switch_edges), np.ascontiguousarray(self.switched))
        self.as_what = (self.angrier, anger, *switches)

    def _list_steps_and_enquiries(self) -> None:
        """Odds of steps by place and case type; who asks how the case is going, how often and where, by case type."""
        self.steps = np.array([len(kind.steps) for kind in self.kinds])
        self.has_steps = bool(self.steps.any())
        self.step_odds = np.zeros(self.step_profile.shape)
        self.step_skipped = np.zeros(self.step_profile.shape, dtype=bool)
        for code, kind in enumerate(self.kinds):
            self.step_odds[code, : len(kind.steps)] = [step.odds for step in kind.steps]
            self.step_skipped[code, : len(kind.steps)] = [step.skipped_by_instant_refund for step in kind.steps]
        self.instant_refund = np.array([kind.instant_refund_share for kind in self.kinds])
        # Nobody books a visit to ask how a case is going.
        shares = np.array(
            [
                [
                    0.0 if isinstance(way, VisitChannel) else kind.channels.get(name, 0.0)
                    for name, way in self.scenario.channels.items()
                ]
                for kind in self.kinds
            ]
        )
        total = shares.sum(axis=1)
        rate = np.array([kind.status_enquiries_per_day for kind in self.kinds])
        self.enquiries_per_day = np.where((self.steps > 0) & (total > 0), rate, 0.0)
        self.has_enquiries = bool(self.enquiries_per_day.any())
        self.enquiry_edges = edges((shares / np.where(total > 0, total, 1)[:, None]).T)
        self.kept_informed = np.array([kind.kept_informed_share for kind in self.kinds])

    def _list_bot(self) -> None:
        """Whether the bot stands in front, and how it would do, by profile."""
        bot, names = self.scenario.bot, list(self.scenario.channels)
        every = (len(self.kinds), len(names))
        if bot is None:
            nobody = np.zeros(len(self.hangs_up))
            self.front = (nobody > 0, nobody, np.stack([nobody, nobody]), 0.0, False, 0.0, 0.0)
            return
        self.in_front = self._by_contact(lambda kind, name, way: name in bot.channels, bool)

        def by_contact(odds: Any) -> np.ndarray:
            by_type = [odds.get(name, 0.0) if isinstance(odds, dict) else odds for name in self.names]
            return np.broadcast_to(np.array(by_type, dtype=float)[:, None], every).ravel()

        if bot.skill is None:
            self.bot_right = by_contact(bot.truly_solved)
            self.bot_answers = np.stack([by_contact(bot.contains)] * 2)
        else:
            from scipy.special import ndtr

            self.bot_right = by_contact(bot.skill.solvable)
            apart = np.array([-0.5, 0.5]) * bot.skill.d_prime
            self.bot_answers = np.stack([by_contact(odds) for odds in ndtr(apart - bot.skill.threshold)])
        shares = (bot.meets_share, bot.meets_again, bot.context_share, bot.leaves_share)
        self.front = (self.in_front, self.bot_right, self.bot_answers, *shares)


def rules(scenario: Scenario) -> tuple[Return | None, ...]:
    """What customers do after each of the ways in which an attempt can end, in the order of their codes."""
    back = scenario.coming_back
    return (
        back.after_no_solution,
        back.after_abandonment,
        back.after_blocking,
        back.after_turned_away,
        back.after_false_containment,
        back.after_leaving_the_bot,
    )


def lowest_solve_factor(scenario: Scenario) -> float:
    """The least that any agent at any time makes of the odds of solving."""
    lowest = min(
        team.solve_factor * (1 - team.solve_drop_when_busy) * _newest(team) for team in scenario.teams.values()
    )
    return lowest if scenario.bot is None else lowest * min(1.0, scenario.bot.context_solve_factor)


def _newest(team: Team) -> float:
    return 1.0 if team.newcomers is None else min(1.0, team.newcomers.solve_factor)


def _accepted_share(way: Any) -> float:
    offer = getattr(way, "callback", None)
    return offer.accepted_share if offer else 0.0


# The tables of the last eight.
_tables: Latest[Chances] = Latest(lambda _: 1 / 8)


def chances_of(scenario: Scenario) -> Chances:
    """The tables of a scenario, kept for the next run of it or of one that differs in its teams."""
    return _tables.get(_parts(scenario), lambda: Chances(scenario))


@remembered
def _parts(scenario: Scenario) -> tuple[Any, ...]:
    """All that the tables follow from, the order of names included."""
    back = scenario.coming_back
    return (
        scenario.days,
        scenario.first_day,
        lowest_solve_factor(scenario),
        *(tuple(names) for names in (scenario.case_types, scenario.segments, scenario.channels)),
        [(name, list(others)) for name, others in back.switch_channel.items()],
        scenario.follow_up,
        scenario.bot,
        back,
        scenario.segments,
        scenario.channels,
        scenario.case_types,
        scenario.events,
        scenario.demand,
    )
