"""The rule for stopping stops when it should, whoever does the work."""

import math
import re

import numpy as np
import pytest
from scipy import stats

import sim
from sim import batch, precision, study
from sim.interval import Estimate
from sim.workers import Threads


@pytest.fixture(scope="module")
def pair():
    """Two plans for a desk where some hang up."""
    desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="two")
    return [desk, desk.with_(name="three", teams={"agents": {"extra_agents": 1}})]


@pytest.fixture(scope="module")
def plenty(pair):
    """Many replications of both, to see where the rule should have stopped."""
    return sim.compare(pair, 60, seed=2, progress=False)


def half_width(sums, count, confidence=0.95):
    """Half-width of a ratio after so many replications, by the formula in Cochran (1977), chapter 6."""
    over, under = (sum_[:count] for sum_ in sums)
    ratio = over.sum() / under.sum()
    error = np.std(over - ratio * under, ddof=1) / math.sqrt(count) / under.mean()
    return stats.t.ppf((1 + confidence) / 2, count - 1) * error


def abandonment_sums(runs):
    calls = [run.contacts["outcome"] for run in runs]
    return (
        np.array([float((call == "abandoned").sum()) for call in calls]),
        np.array([float(call.isin(["served", "abandoned", "waiting", "in_service"]).sum()) for call in calls]),
    )


@pytest.mark.parametrize(("confidence", "every"), [(0.95, 10), (0.8, 7)])
def test_it_stops_at_the_first_look_that_is_good_enough(pair, plenty, confidence, every):
    sums = abandonment_sums(plenty.replications[0])
    looks = range(5, 60, every)
    widths = [half_width(sums, count, confidence) for count in looks]
    goal = (widths[1] + widths[2]) / 2 if widths[2] < min(widths[:2]) else 0.999 * min(widths[:2])
    expected = next(count for count, width in zip(looks, widths, strict=True) if width <= goal)
    assert expected > looks[1]
    rule = sim.Precision(measure="abandonment", half_width=goal, at_least=5, every=every, confidence=confidence)
    runs = sim.replicate(pair[0], seed=2, until=rule, progress=False)
    assert len(runs) == expected
    assert runs.precision.reached
    assert runs.precision.half_width == pytest.approx(half_width(sums, expected, confidence), rel=1e-9)
    assert runs.precision.replications == expected
    as_if = sim.replicate(pair[0], expected, seed=2, progress=False)
    assert runs.measures(by="hour").equals(as_if.measures(by="hour"))


def test_workers_do_not_change_where_it_stops(pair, monkeypatch):
    monkeypatch.setattr(study, "SECONDS_A_TASK", 0.0)
    goal = {"measure": "abandonment", "half_width": 0.008, "at_least": 4, "every": 3}
    alone = sim.compare(pair, until=goal, workers=1, progress=False)
    with Threads(3) as team:
        together = sim.compare(pair, until=goal, workers=team, progress=False)
    assert 4 < len(alone.replications[0]) < 100
    assert len(together.replications[1]) == len(alone.replications[1])
    assert together.differences().equals(alone.differences())


def test_of_several_scenarios_the_differences_have_to_be_known(pair, plenty):
    base, other = plenty.estimates("abandonment")
    goal = float((other - base).half_width(0.95)[0]) * 1.3
    values = sim.Precision(measure="abandonment", half_width=goal, of="values")
    rule = sim.Precision(measure="abandonment", half_width=goal)
    duel = sim.compare(pair, seed=2, until=rule, progress=False)
    low, high = duel.differences().loc[("three", "abandonment"), ["low", "high"]]
    assert duel.precision.half_width == pytest.approx((high - low) / 2)
    assert high - low <= 2 * goal
    assert not values.judged([base, other]).reached, "single values are less well known than their difference"
    assert rule.judged([base, other]).reached


def estimate(values, half_width, confidence=0.95, count=5):
    """Estimates of groups with given half-widths: pulls of +s and -s, and one 0, have standard deviation s."""
    s = np.array(half_width) * math.sqrt(count) / stats.t.ppf((1 + confidence) / 2, count - 1)
    return Estimate(np.array(values, dtype=float), np.outer([1, -1, 1, -1, 0], s))


def test_every_group_that_has_a_value_has_to_be_known():
    rule = sim.Precision(measure="abandonment", half_width=0.01, by="hour")
    assert rule.judged([estimate([0.1, 0.2], [0.009, 0.01])]).reached
    assert not rule.judged([estimate([0.1, 0.2], [0.009, 0.011])]).reached
    assert rule.judged([estimate([0.1, math.nan], [0.009, math.nan])]).reached
    assert rule.judged([estimate([0.1, 0.2], [0.009, 0.01])]).half_width == pytest.approx(0.01)
    with pytest.raises(ValueError, match="abandonment has no value here, so no precision of it can be reached"):
        rule.judged([estimate([math.nan], [math.nan])])


def test_a_relative_width_allows_for_the_error_of_the_value_itself():
    # 10 % of the value, which may itself be 10 % off: 0.1 / 1.1 of 2 is 0.1818.
    rule = sim.Precision(measure="asa_minutes", half_width=0.1, relative=True)
    assert rule.judged([estimate([2.0], [0.181])]).reached
    assert not rule.judged([estimate([2.0], [0.183])]).reached
    # A difference is measured against the base: 0.1 / 1.1 of 4 is 0.3636.
    base = estimate([4.0], [0.0])
    assert rule.judged([base, estimate([4.01], [0.363])]).reached
    assert not rule.judged([base, estimate([4.01], [0.364])]).reached


def test_groups_and_windows_are_those_of_the_rule(pair):
    rule = sim.Precision(measure="contacts", half_width=1e-9, by="hour", from_day=0.5, at_least=2, at_most=3)
    with pytest.warns(UserWarning, match="not reached"):
        runs = sim.replicate(pair[0], until=rule, progress=False)
    table = runs.measure("contacts", by="hour", from_day=0.5)
    assert runs.precision.half_width == pytest.approx(((table["high"] - table["low"]) / 2).max())


def test_what_cannot_be_reached_is_said(pair):
    rule = sim.Precision(measure="abandonment", half_width=1e-9, at_least=2, every=2, at_most=5)
    with pytest.warns(
        UserWarning, match=r"abandonment is known to within 0\.\d+ after 5 replications; the goal of 1e-09 was"
    ):
        runs = sim.replicate(pair[0], until=rule, progress=False)
    assert len(runs) == 5
    assert not runs.precision.reached


def test_stopping_it_keeps_what_is_finished(pair, monkeypatch):
    calls = iter(range(1000))
    true_simulate = batch.simulate

    def simulate(*arguments, **options):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return true_simulate(*arguments, **options)

    monkeypatch.setattr(batch, "simulate", simulate)
    rule = sim.Precision(measure="abandonment", half_width=1e-9, at_least=4, every=4)
    with pytest.warns(UserWarning, match="stopped after 7 replications; these are kept"):
        runs = sim.replicate(pair[0], until=rule, workers=1, progress=False)
    assert len(runs) == runs.precision.replications == 7


def test_a_folder_is_used_by_the_rule_too(pair, tmp_path, monkeypatch):
    rule = sim.Precision(measure="abandonment", half_width=0.03, by="hour", at_least=3, every=3, at_most=9)
    with pytest.warns(UserWarning, match="not reached"):
        first = sim.replicate(pair[0], until=rule, folder=tmp_path, workers=1, progress=False)
    monkeypatch.setattr(batch, "simulate", lambda *_, **__: pytest.fail("it ran again"))
    with pytest.warns(UserWarning, match="not reached"):
        again = sim.replicate(pair[0], until=rule, folder=tmp_path, workers=1, progress=False)
    assert again.measures().equals(first.measures())


WRONG = {
    "typo": (
        {"measure": "abandonmant", "half_width": 0.1},
        "no such measure as 'abandonmant'. Did you mean 'abandonment'?",
    ),
    "no width": ({"measure": "abandonment"}, "half_width: is missing; say how wide half the interval may be"),
    "zero": ({"measure": "abandonment", "half_width": 0}, "half_width: holds 0; it may hold a number above 0"),
    "unknown key": ({"measure": "abandonment", "width": 0.1}, "no such key as 'width'. Did you mean 'half_width'?"),
    "one": (
        {"measure": "abandonment", "half_width": 0.1, "at_least": 1},
        "at_least: holds 1; it may hold a number of at least 2",
    ),
    "turned round": (
        {"measure": "abandonment", "half_width": 0.1, "at_least": 10, "at_most": 5},
        "at_most holds 5, less than at_least, 10",
    ),
    "a number": (0.01, "until holds 0.01; it may hold sim.Precision(...) or a dictionary such as"),
}


@pytest.mark.parametrize(("until", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_refused(pair, until, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        sim.replicate(pair[0], until=until)


def test_replications_and_a_rule_are_not_given_together(pair):
    rule = precision.Precision(measure="abandonment", half_width=0.1)
    with pytest.raises(ValueError, match="replications and until both say how many; give one of them"):
        sim.replicate(pair[0], 20, until=rule)
