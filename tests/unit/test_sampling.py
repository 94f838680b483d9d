"""Drawing a workload, against the same story told plainly: one customer after the other, one number at a time."""

import pickle
from dataclasses import fields, replace
from math import inf, isfinite, isnan, log1p, nan

import numpy as np
import pytest
from hypothesis import given, settings
from support.by_hand import customer, desk, workload
from support.random_scenarios import scenarios

import sim
from sim import chances, roster, sampling
from sim.chances import chances_of
from sim.demand import cases_per_minute
from sim.distributions import NEVER
from sim.luck import Luck, addresses, on_grid, turn, uniforms
from sim.workload import (
    ATTEMPT,
    CONTAINS,
    ENQUIRY,
    FOLLOW_UP_CALL,
    HANDS_OVER,
    HANDS_OVER_WITH_CONTEXT,
    LOSES,
    MOST_ENQUIRIES,
    NONE,
    SEEMS_TO_CONTAIN,
    STEP,
    Workload,
    draw,
)


def on_the_grid(minutes):
    return float(on_grid(np.array(minutes)))


def at(distribution, u):
    return float(distribution.quantile(np.array([u]))[0])


class Story:
    """What one case of a workload should be like, from the scenario and the address of its luck."""

    def __init__(self, scenario, work, case):
        self.scenario, self.address = scenario, work.address[case : case + 1]
        self.types, self.channels = list(scenario.case_types), list(scenario.channels)
        self.type = self.types[work.case_type[case]]
        self.kind = scenario.case_types[self.type]
        self.segment = list(scenario.segments.values())[work.segment[case]]

    def u(self, stream, number=0, kind=0):
        return float(uniforms(stream, turn(self.address, number, kind))[0])

    def one_of(self, stream, shares, number=0, kind=0):
        """The option whose part of [0, 1) holds the number."""
        total = np.cumsum(shares)
        last = max(place for place, share in enumerate(shares) if share > 0)
        return min(int((total <= self.u(stream, number, kind)).sum()), last)

    def first_channel(self):
        return self.channels[self.one_of("channels", [self.kind.channels.get(name, 0.0) for name in self.channels])]

    def portal(self):
        portal = self.kind.self_service
        if portal is None or self.u("self-service") >= portal.share:
            return nan, False
        minutes = on_the_grid(at(portal.minutes, self.u("self-service times")))
        return minutes, self.u("self-service outcomes") < portal.solves

    def contact(self, type, channel, number, kind):
        """Length, patience, draw, bot and callback of an attempt or an enquiry."""
        of, way = self.scenario.case_types[type], self.scenario.channels[channel]
        length = on_the_grid(at(of.handle_time_in(channel), self.u("handle times", number, kind)))
        patience = inf
        if way.kind != "deferred":
            u, none = self.u("patience", number, kind), way.no_patience_share
            own = of.patience or way.patience
            if u < none:
                patience = 0.0
            elif own != NEVER:
                patience = on_the_grid(at(own, (u - none) / (1 - none)) * self.segment.patience_factor)
        offer = getattr(way, "callback", None)
        accepts = offer is not None and self.u("callbacks", number, kind) < offer.accepted_share
        bot, minutes = self.bot(type, channel, number, kind)
        return length, patience, self.u("outcomes", number, kind), bot, minutes, accepts

    def bot(self, type, channel, number, kind):
        bot = self.scenario.bot
        if bot is None or channel not in bot.channels or self.u("bot meets", number, kind) >= bot.meets_share:
            return NONE, 0.0
        if not bot.meets_again and (kind == ENQUIRY or number > 1):
            return NONE, 0.0

        def by_type(odds):
            return odds.get(type, 0.0) if isinstance(odds, dict) else odds

        if bot.skill is None:
            right, answers = by_type(bot.truly_solved), by_type(bot.contains)
            right = self.u("bot solvable", number, kind) < right
        else:
            from scipy.special import ndtr

            right = self.u("bot solvable", number, kind) < by_type(bot.skill.solvable)
            answers = ndtr((0.5 if right else -0.5) * bot.skill.d_prime - bot.skill.threshold)
        minutes = on_the_grid(at(bot.minutes, self.u("bot times", number, kind)))
        if self.u("bot answers", number, kind) < answers:
            return (CONTAINS if right else SEEMS_TO_CONTAIN), minutes
        if self.u("bot leaves", number, kind) < bot.leaves_share:
            return LOSES, minutes
        context = self.u("bot context", number, kind) < bot.context_share
        return (HANDS_OVER_WITH_CONTEXT if context else HANDS_OVER), minutes

    def worst_odds(self, type, channel):
        """Of solving, with the least able agent."""
        least = min(
            team.solve_factor
            * (1 - team.solve_drop_when_busy)
            * (1 if team.newcomers is None else min(1, team.newcomers.solve_factor))
            for team in self.scenario.teams.values()
        )
        if self.scenario.bot is not None:
            least *= min(1, self.scenario.bot.context_solve_factor)
        return min(1, self.scenario.case_types[type].solved_in(channel) * least)

    def attempts(self, channel):
        """Each with its type, its channel, what `contact` says, and the delay after each end that it could meet."""
        back, type, found = self.scenario.coming_back, self.type, []
        rules = [
            back.after_no_solution,
            back.after_abandonment,
            back.after_blocking,
            back.after_turned_away,
            back.after_false_containment,
            back.after_leaving_the_bot,
        ]
        for number in range(1, back.max_attempts + 1):
            contact = self.contact(type, channel, number, ATTEMPT)
            _, patience, solve, bot, _, _ = contact
            way = self.scenario.channels[channel]
            live = way.kind != "deferred"
            possible = [
                solve >= self.worst_odds(type, channel),
                isfinite(patience),
                live and way.lines is not None,
                live and not way.open_hours.minutes.all(),
                bot == SEEMS_TO_CONTAIN,
                bot == LOSES,
            ]
            comes = [rule is not None and self.u("coming back", number) < rule.odds for rule in rules]
            again = number < back.max_attempts and any(p and c for p, c in zip(possible, comes, strict=True))
            delays = [
                on_the_grid(at(rule.delay, self.u("delays", number))) if again and c else inf
                for rule, c in zip(rules, comes, strict=True)
            ]
            found.append((type, channel, *contact, delays))
            if not again:
                break
            if back.angrier is not None and self.u("anger", number + 1) < back.angrier.odds:
                type = back.angrier.type
            others = back.switch_channel.get(channel, {})
            place = int((np.cumsum(list(others.values())) <= self.u("channel switches", number + 1)).sum())
            channel = [*others, channel][place]
        return found

    def steps(self):
        """The place and length of each step that is needed."""
        instant = self.u("instant refund") < self.kind.instant_refund_share
        for number, step in enumerate(self.kind.steps, start=1):
            if self.u("step needed", number, STEP) < step.odds and not (instant and step.skipped_by_instant_refund):
                length = at(step.work or step.delay, self.u("handle times", number, STEP))
                yield number, on_the_grid(length * (self.kind.freight_factor if step.freight else 1))

    def enquiries(self):
        """Channel, gap and what `contact` says of each."""
        per_day = self.kind.status_enquiries_per_day
        ways = self.scenario.channels
        shares = [0.0 if ways[name].kind == "visit" else self.kind.channels.get(name, 0.0) for name in self.channels]
        asks = self.kind.steps and per_day > 0 and sum(shares) > 0
        if asks and self.u("kept informed") >= self.kind.kept_informed_share:
            for number in range(1, MOST_ENQUIRIES + 1):
                channel = self.channels[
                    self.one_of("channels", [share / sum(shares) for share in shares], number, ENQUIRY)
                ]
                gap = -log1p(-self.u("gaps", number, ENQUIRY)) / per_day * 1440
                yield channel, gap, self.contact(self.type, channel, number, ENQUIRY)


def rows_of(work, case, kind):
    return np.flatnonzero((work.case == case) & (work.kind == kind))


def contact_of(work, row):
    names = ("handle_minutes", "patience_minutes", "solve_draw", "bot_result", "bot_minutes", "accepts_callback")
    return tuple(getattr(work, name)[row].item() for name in names)


def nearly(expected):
    """Equal but for a tick of the grid, as the last bit may be lost to another order of the same operations."""
    return pytest.approx(expected, rel=1e-12, abs=2**-19)


def check(scenario, work, case):
    """All rows of a case are as in its story."""
    story = Story(scenario, work, case)
    types, channels = story.types, story.channels
    minutes, solves = story.portal()
    assert work.self_service_solves[case] == solves
    assert (
        isnan(work.self_service_minutes[case]) if isnan(minutes) else work.self_service_minutes[case] == nearly(minutes)
    )
    first = channels[work.channel[case]]
    if scenario.demand.trace is None:
        assert first == story.first_channel()
        shares = list(scenario.segment_shares(story.type).values())
        assert work.segment[case] == story.one_of("segments", shares)

    row = case
    for number, (type, channel, *contact, delays) in enumerate(story.attempts(first), start=1):
        assert (work.kind[row], work.case[row], work.number[row]) == (ATTEMPT, case, number)
        assert (types[work.type[row]], channels[work.channel[row]], work.task[row]) == (type, channel, NONE)
        assert contact_of(work, row) == nearly(tuple(contact))
        assert [work.delay_after(outcome)[row] for outcome in range(6)] == nearly(delays)
        call = work.follow_up[row]
        follows = scenario.follow_up is not None and story.u("follow-up", number) < scenario.follow_up.share
        assert (call != NONE) == follows
        if follows:
            assert (work.kind[call], work.case[call], work.number[call]) == (FOLLOW_UP_CALL, case, number)
            assert (work.type[call], work.channel[call]) == (work.case_type[case], NONE)
            assert scenario.task_names()[work.task[call]] == "follow_up"
            u = [story.u(stream, number, FOLLOW_UP_CALL) for stream in ("handle times", "gaps", "outcomes")]
            length, before = (
                at(d, v) for d, v in zip((scenario.follow_up.work, scenario.follow_up.delay), u, strict=False)
            )
            found = work.handle_minutes[call], work.before_minutes[call], work.solve_draw[call]
            assert found == nearly((length, before, u[2]))
        last, row = row, work.next_attempt[row]
    assert row == NONE
    assert len(rows_of(work, case, ATTEMPT)) == number
    assert work.number[last] == number

    steps, enquiries = list(story.steps()), list(story.enquiries())
    assert (work.steps[case], work.enquiries[case]) == (len(steps), len(enquiries))
    for place, (number, length) in enumerate(steps, start=int(work.first_step[case])):
        step = story.kind.steps[number - 1]
        task = scenario.task_names().index(step.name) if step.work else NONE
        assert (work.kind[place], work.case[place], work.number[place]) == (STEP, case, number)
        assert (work.task[place], work.channel[place], work.type[place]) == (task, NONE, work.case_type[case])
        assert work.handle_minutes[place] == nearly(length)
        assert (work.patience_minutes[place], work.bot_result[place], work.solve_draw[place]) == (inf, NONE, 0)
    for place, (channel, gap, contact) in enumerate(enquiries, start=int(work.first_enquiry[case])):
        assert (work.kind[place], work.case[place]) == (ENQUIRY, case)
        assert work.number[place] == place - work.first_enquiry[case] + 1
        assert (channels[work.channel[place]], work.type[place]) == (channel, work.case_type[case])
        assert work.before_minutes[place] == nearly(gap)
        assert contact_of(work, place) == nearly(contact)


def check_layout(work):
    """Every row belongs to a case, and lies where its kind and number say."""
    attempts = work.kind == ATTEMPT
    by_number = np.lexsort((work.case, work.number))
    assert (np.diff(work.kind) >= 0).all()
    assert np.array_equal(by_number[attempts[by_number]], np.arange(attempts.sum()))
    for kind in (ENQUIRY, STEP, FOLLOW_UP_CALL):
        rows = np.flatnonzero(work.kind == kind)
        assert np.array_equal(rows, rows[np.lexsort((work.number[rows], work.case[rows]))])
    assert work.rows == sum(len(rows_of(work, case, kind)) for case in range(work.cases) for kind in range(4))
    assert (np.diff(work.appears_minutes) >= 0).all()


@settings(max_examples=20)
@given(scenarios())
def test_any_workload_is_as_told_plainly(scenario):
    work = draw(scenario, seed=3, replication=2)
    for case in range(0, work.cases, 1 + work.cases // 12):
        check(scenario, work, case)


def test_the_baseline_is_as_told_plainly():
    base = sim.load("baseline").with_(days=2, demand={"factor": 0.05})
    work = draw(base, seed=9)
    check_layout(work)
    for case in range(work.cases):
        check(base, work, case)
    assert {*work.kind.tolist()} == {ATTEMPT, ENQUIRY, STEP, FOLLOW_UP_CALL}
    assert work.number[work.kind == ATTEMPT].max() >= 3


def test_what_the_shipped_scenario_leaves_out_is_as_told_plainly():
    """Patience for ever but for some, a bot met once and given by its containment, measured times, frequent anger."""
    base = sim.load("baseline")
    measured = {
        "distribution": "empirical",
        "probabilities": [0, 0.5, 0.9],
        "minutes": [1, 3, 9],
        "tail_mean_minutes": 5,
    }
    odd = base.with_(
        days=2,
        demand={"factor": 0.05},
        case_types={"how_to": {"handle_time": {"phone": measured}}},
        channels={"phone": {"patience": "never", "no_patience_share": 0.3}, "chat": {"no_patience_share": 1.0}},
        bot=sim.Bot(
            channels=["chat", "phone"],
            contains={"where_is_my_order": 0.7, "how_to": 0.9, "return": 0.5, "complaint": 0.2, "repair": 0.0},
            truly_solved=0.4,
            meets_share=0.8,
            meets_again=False,
            leaves_share=0.4,
        ),
        coming_back={"angrier": {"odds": 0.5}, "after_blocking": None, "after_turned_away": None},
    )
    work = draw(odd, seed=4)
    for case in range(work.cases):
        check(odd, work, case)
    assert 0 < (work.patience_minutes[work.channel == 0] == 0).mean() < 1


@pytest.mark.parametrize("name", ["where_is_my_order", "repair"])
def test_each_case_comes_at_the_moment_of_its_own_number(name):
    """The share of the day's expected cases that lie before it is its number in the stream of arrivals."""
    base = sim.load("baseline").with_(days=3, events=[sim.Event(name="x", day=1, hours=3, case_factors={name: 4.0})])
    work = draw(base, seed=2)
    code = list(base.case_types).index(name)
    mine = work.case_type == code
    day = (work.appears_minutes // 1440).astype(int)
    rate = cases_per_minute(base, name)
    for today in range(3):
        found = work.address[mine & (day == today)]
        block = Luck(2).blocks([name], 3)[0, today]
        assert set(found.tolist()) == set(addresses(block, np.arange(len(found))).tolist())
        expected = np.concatenate([[0], np.cumsum(rate[today])])
        minute = work.appears_minutes[mine & (day == today)] - 1440 * today
        share = np.interp(minute, np.arange(1441), expected) / expected[-1]
        # A tick of the grid at the highest rate.
        assert share == pytest.approx(uniforms("arrivals", found), abs=rate[today].max() / expected[-1] * 2**-20)


def test_rates_that_change_every_minute_and_stand_still_for_long():
    """Most of a day's cases within two minutes, hundreds of steep steps within one hundredth of them."""
    minutes = [0.0] * 300 + [1e-6 * (n % 7 + 1) for n in range(800)] + [1e4, 2e4] + [0.0] * 338
    shop = desk(demand={"cases_per_hour": {"call": minutes}})
    work = draw(shop, seed=1)
    assert work.cases > 300
    assert ((work.appears_minutes >= 1100) & (work.appears_minutes < 1102)).all()
    rare = desk(demand={"cases_per_hour": {"call": [0.0] * 300 + [60.0 * (n % 7) for n in range(800)] + [0.0] * 340}})
    at_minute = np.bincount(draw(rare, seed=1).appears_minutes.astype(int), minlength=1440)
    expected = cases_per_minute(rare, "call")[0]
    assert not at_minute[expected == 0].any()
    busy = expected > 0
    squares = ((at_minute[busy] - expected[busy]) ** 2 / expected[busy]).sum()
    # Poisson counts: mean 1 each, variance 2 + 1/mean.
    assert abs(squares - busy.sum()) <= 4 * np.sqrt((2 + 1 / expected[busy]).sum())


def test_cases_of_the_same_moment_stay_in_the_order_of_their_types_however_they_are_sorted():
    times = [5.0, 3.0, 5.0, 3.0, 5.0] * 40
    ticks = (np.array(times) * 2**20).astype(np.int64)
    from sim.arrivals import _by_time

    stable = np.argsort(ticks, kind="stable")
    assert _by_time(ticks, days=1).tolist() == stable.tolist()
    # Too many days for positions to fit beside the times.
    assert _by_time(ticks, days=2**25).tolist() == stable.tolist()
    assert len(_by_time(ticks[:0], days=1)) == 0


def same(one, two, but_for=("roster",)):
    """Whether all columns of two workloads are equal."""
    return all(
        np.array_equal(here, there, equal_nan=here.dtype.kind == "f")
        for part in fields(Workload)
        if part.name not in but_for
        for here, there in [(getattr(one, part.name), getattr(two, part.name))]
    )


def afresh(scenario, seed=1, replication=0):
    """Drawn with nothing kept from before."""
    stores = (sampling._drawn, chances._tables, roster._plans)
    kept = [store._kept for store in stores]
    for store in stores:
        store._kept = []
    try:
        return draw(scenario, seed, replication)
    finally:
        for store, before in zip(stores, kept, strict=True):
            store._kept = before


BASE = sim.load("baseline").with_(days=1)
STAFFING = {
    "agents": {"teams": {"phone_desk": {"extra_agents": 2, "absence": 0.3}}},
    "skills": {"teams": {"partner": {"skills": ["email", "phone"]}}},
    "a new team": {"teams": {"more": sim.Team(skills=["phone"], agents=3)}},
    "what goes first": {"serve_first": "waiting", "mix_channels": True},
    "handle factors": {"teams": {"phone_desk": {"handle_factor": 2.0, "wage_per_hour": 99.0}}},
}
CUSTOMERS = {
    "agents who solve less": {"teams": {"phone_desk": {"solve_factor": 0.3}}},
    "more customers": {"demand": {"factor": 1.5}},
    "another day": {"first_day": "2026-03-03"},
    "another length": {"case_types": {"return": {"handle_time": {"phone": {"mean_minutes": 9}}}}},
    "a patient channel": {"channels": {"phone": {"patience": {"mean_minutes": 9}}}},
    "another bot": {"bot": {"leaves_share": 0.5}},
    "another follow-up": {"follow_up": {"share": 0.5}},
    "other ways back": {"coming_back": {"after_no_solution": {"odds": 0.1}}},
    "other segments": {"segments": {"vip": {"patience_factor": 3.0}}},
    "an event": {"events": [sim.Event(name="x", day=0, hours=20, case_factors={"return": 3.0})]},
}


@pytest.mark.parametrize("change", [*STAFFING.values(), *CUSTOMERS.values()], ids=[*STAFFING, *CUSTOMERS])
def test_customers_who_are_kept_are_those_who_would_be_drawn(change):
    before = draw(BASE, 5)
    other = BASE.with_(**change)
    found, fresh = draw(other, 5), afresh(other, 5)
    assert same(found, fresh)
    for part in fields(roster.Roster):
        assert np.array_equal(getattr(found.roster, part.name), getattr(fresh.roster, part.name))
    kept = np.shares_memory(found.handle_minutes, before.handle_minutes)
    assert kept == (change in STAFFING.values())
    assert same(found, before) == kept


def test_another_order_of_names_is_another_scenario():
    """Equal as mappings, but codes are positions."""
    content = BASE.model_dump(exclude_unset=True)
    for key in ("segments", "channels", "case_types"):
        turned = sim.load(content | {"name": "baseline", "days": 1, key: dict(reversed(content[key].items()))})
        assert getattr(turned, key) == getattr(BASE, key)
        draw(BASE, 5)
        assert same(draw(turned, 5), afresh(turned, 5))
        assert not same(draw(turned, 5), draw(BASE, 5))
    ways = BASE.coming_back.switch_channel
    others = {name: dict(reversed(to.items())) for name, to in ways.items()}
    back = content["coming_back"] | {"switch_channel": others}
    turned = sim.load(content | {"name": "baseline", "days": 1, "coming_back": back})
    assert turned.coming_back == BASE.coming_back
    draw(BASE, 5)
    assert same(draw(turned, 5), afresh(turned, 5))
    # The order of teams gives agents their numbers.
    turned = sim.load(content | {"name": "baseline", "days": 1, "teams": dict(reversed(content["teams"].items()))})
    assert draw(turned, 5).roster.agent_team.tolist() != draw(BASE, 5).roster.agent_team.tolist()[::-1]
    team = list(turned.teams)[int(draw(turned, 5).roster.agent_team[0])]
    assert team == list(content["teams"])[-1]


def test_only_so_much_is_kept(monkeypatch):
    monkeypatch.setattr(sampling, "_MOST_BYTES", 2**24)
    sampling.forget()
    for replication in range(300):
        draw(desk(), 1, replication)
    assert len(sampling._drawn._kept) <= 256
    shop = sim.load("baseline").with_(days=5)
    for replication in range(12):
        draw(shop, 1, replication)
    columns = [column for _, work, _ in sampling._drawn._kept for column in vars(work).values()]
    size = sum(column.nbytes for column in columns if isinstance(column, np.ndarray))
    assert 2**24 / 2 < size <= 2**24
    # The latest stay.
    assert draw(shop, 1, 11).case is not None
    assert np.shares_memory(draw(shop, 1, 11).case, draw(shop, 1, 11).case)
    assert not np.shares_memory(draw(shop, 1, 0).case, afresh(shop, 1, 0).case)


def test_rosters_stay_where_staffing_does():
    """Another rule leaves them as they are; another seed, replication or staffing does not."""
    mine = draw(BASE, 5, 2).roster
    assert draw(BASE.with_(demand={"factor": 1.5}), 5, 2).roster is mine
    others = draw(BASE, 6, 2), draw(BASE, 5, 3), draw(BASE.with_(**STAFFING["agents"]), 5, 2)
    assert all(other.roster is not mine for other in others)


@pytest.mark.parametrize("room", [0, 5])
def test_rosters_that_are_drawn_ahead_are_those_of_the_runs(monkeypatch, room):
    """As many as there is room for, and one at least."""
    size = sum(column.nbytes for column in vars(draw(BASE, 5).roster).values()) + roster._EMPTY_BYTES
    monkeypatch.setattr(roster, "_MOST_BYTES", (room + 0.5) * size)
    shop = BASE.with_(teams={"phone_desk": {"absence": 0.21 + room / 1000}})
    roster.draw_ahead(shop, [Luck(9, replication) for replication in range(9)])
    kept = roster._plan(shop).rosters
    assert list(kept) == [(9, replication) for replication in range(max(room, 1))]
    for (seed, replication), known in list(kept.items()):
        fresh = afresh(shop, seed, replication).roster
        assert all(np.array_equal(getattr(known, one.name), getattr(fresh, one.name)) for one in fields(roster.Roster))
        assert draw(shop, seed, replication).roster is known
    draw(shop, 9, 8)
    assert 1 <= len(roster._plan(shop).rosters) <= max(room, 1)


def test_runs_have_one_roster_where_nothing_of_it_is_left_to_chance():
    certain = desk(days=2)
    assert draw(certain, 1).roster is draw(certain, 2).roster
    with pytest.raises(ValueError, match="read-only"):
        draw(certain, 1).roster.duty_minutes[0] = 3.0
    for chance in ({"absence": 0.5}, {"agents": 2.5}, {"newcomers": {"share": 0.5}}):
        change = certain.with_(teams=dict.fromkeys(certain.teams, chance))
        one, other = draw(change, 1).roster, draw(change, 2).roster
        assert any(not np.array_equal(vars(one)[name], vars(other)[name]) for name in vars(one))


def test_nobody_can_write_into_shared_columns():
    work = draw(BASE, 5)
    with pytest.raises(ValueError, match="read-only"):
        work.patience_minutes[0] = 5.0
    own = work.patience_minutes.copy()
    own[0] = 5.0
    assert replace(work, patience_minutes=own).patience_minutes[0] == 5
    # An own array stays one's own.
    own[0] = 6.0


def test_what_follows_from_customers_is_kept_with_them():
    work, more = draw(BASE, 5), draw(BASE.with_(**STAFFING["agents"]), 5)
    assert len(more.roster.agent_team) > len(work.roster.agent_team)
    made = work.own("a list of theirs", list)
    assert more.own("a list of theirs", list) is made
    # Not with others, not with changed ones, and not on the way to another process.
    changed = replace(work, patience_minutes=work.patience_minutes + 1)
    travelled = pickle.loads(pickle.dumps(work))
    for others in (draw(BASE, 6), changed, travelled):
        assert others.own("a list of theirs", list) is not made
    assert same(travelled, work)


class TestUniforms:
    """Numbers for what is decided after the run, such as ratings."""

    def test_they_belong_to_the_customer(self):
        work = draw(BASE, 5)
        more = draw(BASE.with_(demand={"factor": 1.4}, teams={"phone_desk": {"solve_factor": 0.5}}), 5)
        rating = dict(zip(work.address.tolist(), work.uniforms("ratings").tolist(), strict=True))
        others = dict(zip(more.address.tolist(), more.uniforms("ratings").tolist(), strict=True))
        assert rating.keys() < others.keys()
        assert all(others[address] == number for address, number in rating.items())

    def test_streams_attempts_seeds_and_replications_differ(self):
        work = draw(BASE, 5)
        others = [
            work.uniforms("answers to surveys"),
            work.uniforms("ratings", attempt=2),
            draw(BASE, 6).uniforms("ratings")[:1000],
            draw(BASE, 5, 1).uniforms("ratings")[:1000],
        ]
        for other in others:
            size = min(len(other), work.cases)
            found = np.corrcoef(work.uniforms("ratings")[:size], other[:size])[0, 1]
            assert abs(found) <= 4 / np.sqrt(size)

    def test_they_are_even(self):
        u = draw(BASE, 5).uniforms("ratings")
        assert abs(u.mean() - 0.5) <= 4 * np.sqrt(1 / 12 / len(u))

    def test_customers_written_by_hand_have_some_too(self):
        people = [customer(10, 5), customer(20, 5), customer(30, 5)]
        two, three = (workload(desk(), people[:count]).uniforms("ratings") for count in (2, 3))
        assert three[:2].tolist() == two.tolist()
        assert len(set(three.tolist())) == 3


def test_a_scenario_without_customers_has_an_empty_workload():
    nobody = BASE.with_(demand={"factor": 0.0})
    work = draw(nobody)
    assert (work.cases, work.rows, work.delay_minutes.shape[1]) == (0, 0, 0)
    assert len(work.uniforms("ratings")) == 0
    assert len(sim.simulate(nobody).contacts) == 0


def test_tables_of_a_scenario_are_made_once():
    assert chances_of(BASE) is chances_of(BASE.with_(name="other", teams={"phone_desk": {"absence": 0.5}}))
    assert chances_of(BASE) is not chances_of(BASE.with_(days=2))


def test_more_rows_than_can_be_numbered_are_refused(monkeypatch):
    monkeypatch.setattr(sampling, "PLACE", np.int8)
    with pytest.raises(ValueError, match=r"at most 127 .* simulate fewer days or fewer customers"):
        sampling.Sample(chances_of(BASE), Luck(5))
