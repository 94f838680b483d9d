"""Calibration against worlds that are known: simulated ones, and small ones worked out by hand."""

import datetime
from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest

import sim
from sim import presence
from sim.calibrate import CallLogError, fit, read_calls, read_mapping, validate
from sim.distributions import Empirical, MeanCv
from sim.estimate import day_factor_cv, nearest_family, patience, relative_patience, smooth_week
from sim.validate import _ratio_over_days

TICKETS = {
    "joined": "created",
    "answered": "answered",
    "ended": "closed",
    "type": {"column": "type"},
    "agent": {"column": "agent"},
    "outcome": {"column": "status", "served": ["served"], "abandoned": ["abandoned"]},
}


def world(days=28, rate=110.0, agents=8, **changes):
    """A desk open from eight to eight every day; patience is exponential with mean 3 minutes."""
    return sim.load(
        {
            "name": "known",
            "days": days,
            "demand": {"cases_per_hour": {"help": {"08:00-20:00": rate}}},
            "case_types": {
                "help": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4.0, "cv": 0.8}},
            },
            "channels": {"phone": {"kind": "live", "open_hours": "08:00-20:00", "patience": {"mean_minutes": 3.0}}},
            "teams": {"phone_team": {"skills": ["phone"], "agents": {"08:00-20:00": agents}}},
        }
    ).with_(**changes)


def export(scenario, path, seed=1, wrap_up=0.0):
    """Simulate and write the calls down as a telephone system would: without the wrap-up after them."""
    calls = sim.simulate(scenario, seed=seed).contacts
    calls = calls[calls["outcome"].isin(["served", "abandoned"])]
    served = calls["outcome"] == "served"
    hidden = np.where(served, np.minimum(wrap_up, calls["handle_minutes"] / 2), 0.0)

    def moment(minutes):
        return pd.Timestamp(scenario.first_day) + pd.to_timedelta((minutes * 60).round(3), unit="s")

    pd.DataFrame(
        {
            "created": moment(calls["arrived_minutes"]),
            "answered": moment(calls["answered_minutes"]).where(served),
            "closed": moment(calls["ended_minutes"] - hidden),
            "type": calls["type"].astype(str),
            "vip": calls["segment"].astype(str),
            "agent": calls["agent"].astype(str).where(served, ""),
            "status": calls["outcome"].astype(str),
        }
    ).to_csv(path, index=False)
    return float(hidden[served].mean())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("calls")


@pytest.fixture(scope="module")
def calls(folder):
    export(world(), folder / "known.csv")
    return read_calls(folder / "known.csv", TICKETS)


@pytest.fixture(scope="module")
def fitted(calls):
    return fit(calls, name="found")


class TestAKnownWorldIsFoundAgain:
    def test_demand(self, fitted, calls):
        rate = fitted.demand.cases_per_hour["help"].minutes
        total = rate.sum() / 60 * 4
        assert total == pytest.approx(len(calls), rel=1e-3)  # rates are rounded to two digits
        assert abs(total - 110 * 12 * 28) < 4 * sqrt(110 * 12 * 28)
        assert (rate[:, : 8 * 60] == 0).all()
        assert (rate[:, 20 * 60 :] == 0).all()

    def test_demand_by_slot_is_nearer_to_the_truth_than_plain_means(self, fitted, calls):
        rate = fitted.demand.cases_per_hour["help"].minutes[:, 8 * 60 : 20 * 60 : 30]
        slot = (calls["arrived"].dt.hour * 2 + calls["arrived"].dt.minute // 30).to_numpy() - 16
        plain = np.zeros((7, 24))
        np.add.at(plain, (calls["arrived"].dt.day_of_week.to_numpy(), slot), 2 / 4)
        assert ((rate - 110) ** 2).mean() < 0.25 * ((plain - 110) ** 2).mean()

    def test_the_calendar(self, fitted):
        assert fitted.first_day == datetime.date(2026, 3, 2)
        assert fitted.days == 7
        hours = fitted.channels["phone"].open_hours.minutes
        assert hours.sum() == 7 * 12 * 60
        assert hours[:, 8 * 60 : 20 * 60].all()

    def test_days_without_a_factor_show_none(self, calls):
        # With cv 0 the squared cv is estimated with standard error about sqrt(2 / 27) / 1320: cv below 0.03.
        per_day = calls.groupby(calls["arrived"].dt.date).size().to_numpy()
        assert day_factor_cv(per_day, np.arange(28) % 7, np.ones(28, dtype=bool)) < sqrt(4 * sqrt(2 / 21) / 1320)

    def test_handle_time(self, fitted, calls):
        found = fitted.case_types["help"].handle_time
        n = (calls["outcome"] == "served").sum()
        error = 0.8 / sqrt(n)
        # Half a cell of the grid of not-ready times, one second, may be taken for wrap-up.
        assert abs(found.mean_minutes - 4) < 4 * 4 * error + 1 / 60
        # A gamma's variance has relative error sqrt((2 + 6 cv^2) / n); the cv's is below half of it plus the mean's.
        assert abs(found.cv / 0.8 - 1) < 4 * (sqrt((2 + 6 * 0.64) / n) / 2 + error) + 1 / 240
        assert found.distribution == "gamma"

    def test_patience(self, fitted, calls):
        found = fitted.channels["phone"].patience
        assert isinstance(found, Empirical)
        wait = calls.loc[calls["waited"], "wait_minutes"].to_numpy()
        gone = (calls.loc[calls["waited"], "outcome"] == "abandoned").to_numpy()
        for p in (0.1, 0.3, 0.5):
            t = float(found.quantile(np.array([p]))[0])
            before = np.sort(wait[gone & (wait <= t)])
            at_risk = np.array([(wait >= moment).sum() for moment in before])
            error = (1 - p) * sqrt((1 / (at_risk * (at_risk - 1.0))).sum())  # Greenwood
            assert abs((1 - exp(-t / 3)) - p) < 4 * error
        assert abs(found.tail_mean_minutes - 3) < 4 * 3 / sqrt(max(30, gone.sum() / 20))

    def test_head_count(self, fitted):
        by_weekday = fitted.teams["phone_team"].agents.minutes[:, 8 * 60 : 20 * 60].mean(axis=1)
        error = by_weekday.std(ddof=1) / sqrt(7)
        assert 0 < error < 0.05
        assert abs(by_weekday.mean() - 8) < 4 * error

    def test_wrap_up_that_the_log_does_not_show_is_found_in_the_pauses(self, folder, fitted):
        hidden = export(world(), folder / "wrap_up.csv", wrap_up=0.4)
        short = read_calls(folder / "wrap_up.csv", TICKETS)
        found = fit(short)
        talked = short["handle_minutes"].mean()
        assert hidden > 0.35
        # One cell of the grid, two seconds.
        assert found.case_types["help"].handle_time.mean_minutes - talked == pytest.approx(hidden, abs=2 / 60)
        agents, same = (one.teams["phone_team"].agents.minutes[:, 480:1200].mean() for one in (found, fitted))
        assert agents == pytest.approx(same, rel=0.01)

    def test_segments(self, folder):
        two = world(
            segments={
                "regular": sim.Segment(share=0.7, head_start_minutes=0),
                "vip": sim.Segment(share=0.3, head_start_minutes=1.5, patience_factor=2.0),
            }
        )
        export(two, folder / "segments.csv")
        rules = TICKETS | {"segment": {"column": "vip", "known_if_waited": True, "head_start_minutes": {"vip": 1.5}}}
        queued = read_calls(folder / "segments.csv", rules)
        found = fit(queued)
        assert queued["segment"].isna().sum() == (~queued["waited"]).sum()
        n = int(queued["waited"].sum())
        assert abs(found.segments["vip"].share - 0.3) < 4 * sqrt(0.21 / n)
        assert found.segments["vip"].head_start_minutes == 1.5
        gone = queued[queued["outcome"] == "abandoned"]["segment"].value_counts()
        relative_error = sqrt(1 / gone["vip"] + 1 / gone["regular"])
        assert abs(found.segments["vip"].patience_factor / 2 - 1) < 4 * relative_error
        # Divided by the factor, everybody's patience has mean 3.
        at = found.case_types["help"].patience.quantile(np.array([0.3]))[0]
        assert abs(1 - exp(-at / 3) - 0.3) < 4 * relative_error * 0.3

    def test_the_scenario_survives_a_file(self, fitted, tmp_path):
        fitted.to_yaml(tmp_path / "found.yaml")
        assert sim.load(tmp_path / "found.yaml") == fitted

    def test_the_story_says_where_it_comes_from(self, fitted, calls):
        assert f"{len(calls):,} calls on 28 days from 2026-03-02 to 2026-03-29" in fitted.story


@pytest.fixture(scope="module")
def later(folder):
    export(world(rate=150.0, agents=11, days=14), folder / "later.csv", seed=2)
    return read_calls(folder / "later.csv", TICKETS)


class TestAnotherPeriod:
    def test_customers_are_kept_and_the_rest_is_new(self, fitted, later):
        new = fit(later, keep=fitted, name="later")
        assert new.case_types == fitted.case_types
        assert new.channels["phone"].patience == fitted.channels["phone"].patience
        assert new.demand.day_factor_cv == fitted.demand.day_factor_cv
        assert new.expected_cases() == pytest.approx(len(later) / 2, rel=1e-3)
        assert new.teams["phone_team"].agents.minutes[:, 480:1200].mean() == pytest.approx(11, rel=0.01)
        assert "kept from 'found'" in new.story

    def test_only_demand_is_new_and_needs_no_agents(self, fitted, later):
        nameless = later.assign(agent=None)
        new = fit(nameless, keep=fitted, renew=["demand"])
        assert new.teams == fitted.teams
        assert new.expected_cases() == pytest.approx(len(later) / 2, rel=1e-3)

    def test_only_the_head_count_is_new(self, fitted, later):
        new = fit(later, keep=fitted, renew=["agents"])
        assert new.demand.cases_per_hour == fitted.demand.cases_per_hour
        assert new.teams != fitted.teams

    def test_a_new_type_is_added(self, fitted, later):
        renamed = later.assign(type=later["type"].where(later.index % 10 > 0, "refund"))
        new = fit(renamed, keep=fitted)
        assert list(new.case_types) == ["help", "refund"]
        assert new.case_types["help"] == fitted.case_types["help"]

    def test_another_channel_cannot_be_kept(self, fitted, later):
        other = later.copy()
        other.attrs["mapping"] = read_mapping(TICKETS | {"channel": {"name": "hotline"}})
        with pytest.raises(CallLogError, match="has the channels phone, the calls give hotline"):
            fit(other, keep=fitted)

    def test_unknown_parts_to_renew(self, fitted, later):
        with pytest.raises(ValueError, match="renew names 'wages'; it may name demand and agents"):
            fit(later, keep=fitted, renew=["wages"])


@pytest.fixture(scope="module")
def two(folder):
    apart = world(
        case_types={"repair": sim.CaseType(channels={"workshop": 1.0}, handle_time={"mean_minutes": 6})},
        demand={"cases_per_hour": {"repair": {"08:00-20:00": 25}}},
        channels={"workshop": sim.LiveChannel(kind="live", open_hours="08:00-20:00", patience={"mean_minutes": 5})},
        teams={"experts": sim.Team(skills=["workshop"], agents={"08:00-20:00": 3})},
    )
    export(apart, folder / "desks.csv")
    return read_calls(folder / "desks.csv", TICKETS)


class TestDesks:
    def test_each_desk_has_its_own_channel_team_and_head_count(self, two):
        found = fit(two, desks={"workshop": ["repair"]})
        assert list(found.channels) == ["phone", "workshop"]
        assert found.case_types["repair"].channels == {"workshop": 1.0}
        for team, truth in (("phone_team", 8), ("workshop_team", 3)):
            by_weekday = found.teams[team].agents.minutes[:, 480:1200].mean(axis=1)
            assert abs(by_weekday.mean() - truth) < 4 * by_weekday.std(ddof=1) / sqrt(7)

    def test_a_type_that_does_not_occur(self, two):
        with pytest.raises(CallLogError, match=r"desks names the type 'refund'.*help, repair"):
            fit(two, desks={"workshop": ["refund"]})

    def test_a_desk_without_agents_of_its_own(self, folder):
        export(
            world(
                demand={"cases_per_hour": {"rare": {"08:00-20:00": 3}}},
                case_types={"rare": sim.CaseType(channels={"phone": 1.0}, handle_time={"mean_minutes": 4})},
            ),
            folder / "one_team.csv",
        )
        with pytest.raises(CallLogError, match="no call names an agent of those who serve rare"):
            fit(read_calls(folder / "one_team.csv", TICKETS), desks={"rare_desk": ["rare"]})


class TestPatience:
    # 101 customers. 20 hang up at 1 minute; 40 are answered at 1.5; 10 of the other 41 hang up at 2; the last 31 at 3.
    wait = np.repeat([1.0, 1.5, 2.0, 3.0], [20, 40, 10, 31])
    gone = np.repeat([True, False, True, True], [20, 40, 10, 31])

    def test_worked_by_hand(self):
        found = Empirical(**patience(self.wait, self.gone))
        at_one, at_two = 20 / 101, 1 - 81 / 101 * 31 / 41
        assert found.probabilities[-1] == pytest.approx(at_two, abs=1e-6)  # the 31 beyond are enough for a tail
        assert found.minutes[-1] == 2
        assert found.tail_mean_minutes == 1  # 31 people waited 1 minute beyond the second, and 31 hung up
        # The points lie at 24 equal steps of probability, so a corner is rounded by half a step.
        step = at_two / 24
        assert found.quantile(np.array([at_one]))[0] == pytest.approx(1, abs=step / (at_two - at_one))

    def test_answered_customers_make_patience_longer_than_the_waits_of_those_who_hung_up(self):
        rng = np.random.default_rng(5)
        lasts, answered_after = rng.exponential(6, 40_000), rng.exponential(3, 40_000)
        wait, gone = np.minimum(lasts, answered_after), lasts < answered_after
        found = Empirical(**patience(wait, gone))
        assert wait[gone].mean() == pytest.approx(2, rel=0.05)  # what a naive mean would say
        assert abs(found.mean_minutes - 6) < 5 * 6 / sqrt(gone.sum() / 20)  # the tail is the least certain part

    def test_few_who_hung_up_give_an_exponential(self):
        assert patience(np.full(100, 2.0), np.arange(100) < 25) == {"distribution": "exponential", "mean_minutes": 8.0}

    def test_when_all_hang_up_at_once_there_is_no_tail_to_see(self):
        assert patience(np.ones(80), np.arange(80) < 40) == {"distribution": "exponential", "mean_minutes": 2.0}

    def test_nobody_hung_up(self):
        assert patience(np.ones(50), np.zeros(50, dtype=bool)) == "never"

    def test_relative_patience_is_compared_within_types(self):
        # Segment 1 asks for the patient type only; in that type it is as patient as segment 0.
        waited = np.array([[1000.0, 0.0], [1000.0, 1000.0]])
        gone = np.array([[500.0, 0.0], [100.0, 100.0]])
        assert relative_patience(waited, gone).tolist() == [1, 1]

    def test_relative_patience_of_a_segment_with_few_hang_ups_is_not_guessed(self):
        assert relative_patience(np.array([[1000.0, 100.0]]), np.array([[500.0, 3.0]])).tolist() == [1, 1]


class TestEstimators:
    def test_day_factor_by_hand(self):
        # 80 and 120 calls on two Mondays: (40^2 / 2 - 200 / 2) / (80 * 120). Tuesday has one day and says nothing.
        found = day_factor_cv(np.array([80.0, 500, 120]), np.array([0, 1, 0]), np.ones(3, dtype=bool))
        assert found == pytest.approx(sqrt(700 / 9600))

    def test_a_missing_day_is_no_quiet_day(self):
        per_day, weekdays = np.array([100.0, 0, 100]), np.zeros(3, dtype=int)
        assert day_factor_cv(per_day, weekdays, per_day > 0) == 0

    def test_day_factor_of_many_weeks_in_a_falling_season(self):
        rng = np.random.default_rng(6)
        weeks = 3000
        trend = np.linspace(1200, 600, 7 * weeks)
        calls = rng.poisson(trend * rng.gamma(1 / 0.15**2, 0.15**2, 7 * weeks)).astype(float)
        found = day_factor_cv(calls, np.arange(7 * weeks) % 7, np.ones(7 * weeks, dtype=bool))
        # The relative error of a variance from n pairs of neighbours that share days is about sqrt(3 / n).
        assert abs(found**2 / 0.15**2 - 1) < 4 * 1.2 * sqrt(3 / (7 * weeks))

    def test_a_flat_week_stays_flat_and_closed_slots_stay_closed(self):
        is_open = np.zeros((7, 8), dtype=bool)
        is_open[:5, 2:6] = True
        per_day = np.tile(np.full(8, 5.0), (14, 1))
        week = smooth_week(per_day, np.arange(14) % 7, np.ones(14, dtype=bool), is_open)
        assert week == pytest.approx(5.0 * is_open)

    def test_every_weekday_keeps_its_total_and_missing_days_do_not_count(self):
        rng = np.random.default_rng(7)
        is_open = np.zeros((7, 24), dtype=bool)
        is_open[:, 8:20] = True
        weekdays = np.arange(28) % 7
        per_day = rng.poisson(10.0 + weekdays[:, None], (28, 24)).astype(float)
        seen = np.arange(28) != 7
        week = smooth_week(per_day, weekdays, seen, is_open)
        for day in range(7):
            rows = (weekdays == day) & seen
            assert week[day].sum() == pytest.approx(per_day[rows][:, 8:20].mean(axis=0).sum())

    def test_weekdays_that_clearly_differ_are_not_drawn_together(self):
        # Mondays are busy in the morning, other days in the afternoon, and every week is the same.
        is_open = np.ones((7, 2), dtype=bool)
        per_day = np.array([[30.0, 10] if day % 7 == 0 else [10.0, 30] for day in range(28)])
        week = smooth_week(per_day, np.arange(28) % 7, np.ones(28, dtype=bool), is_open)
        # What the neighbours' weights leave: (2 * 30 + 10) / 3 and (2 * 10 + 30) / 3.
        assert week[0] == pytest.approx([70 / 3, 50 / 3])

    @pytest.mark.parametrize("family", ["lognormal", "gamma", "weibull"])
    def test_the_family_of_a_large_sample(self, family):
        u = np.random.default_rng(8).random(20_000)
        assert nearest_family(MeanCv(distribution=family, mean_minutes=3, cv=0.6).quantile(u)) == family

    def test_a_constant_has_no_family_to_tell(self):
        assert nearest_family(np.full(50, 3.0)) == "gamma"


class TestTurnbull:
    grid = np.arange(0.0, 11.0)

    def test_exact_observations_are_simply_counted(self):
        at = np.array([0.5, 0.5, 3.5, 9.5])
        assert presence.turnbull(at, at, self.grid)[[0, 3, 9]] == pytest.approx([0.5, 0.25, 0.25])

    def test_an_interval_gives_its_share_to_what_is_known_to_happen_inside(self):
        # Two exact times, 1.5 and 4.5, and one somewhere in (0, 3]: it must be like the first.
        early, late = np.array([1.5, 4.5, 0.0]), np.array([1.5, 4.5, 3.0])
        share = presence.turnbull(early, late, self.grid)
        assert share[[1, 4]] == pytest.approx([2 / 3, 1 / 3], abs=1e-9)

    def test_it_is_kaplan_meier_where_times_are_exact_or_cut_off(self):
        from scipy.stats import CensoredData, ecdf

        exact, cut = np.array([0.5, 2.5, 2.5, 4.5, 7.5]), np.array([1.0, 3.0, 5.0])
        share = presence.turnbull(
            np.concatenate([exact, cut]), np.concatenate([exact, np.full(3, 10.0)]), self.grid, 5000
        )
        expected = ecdf(CensoredData(uncensored=exact, right=cut)).sf.evaluate(np.array([0.9, 2.9, 4.9]))
        assert 1 - np.cumsum(share)[[0, 2, 4]] == pytest.approx(expected, abs=1e-3)


class TestPresence:
    def minutes_present(self, rows, limit=1.0):
        """Estimated minutes of presence on one day, of agent A from (arrived, answered, ended)."""
        arrived, answered, ended = np.array(rows, dtype=float).T
        table = pd.DataFrame(
            {"agent": "A", "type": "call", "waited": answered > arrived, "wait_minutes": answered - arrived}
        )
        moments = {"arrived": arrived, "answered": answered, "ended": ended}
        found = presence.estimate(table, moments, 1, 30, limit)
        return found.agents.sum() * 30, found

    def test_one_agent_by_hand(self):
        # The second caller waits while the agent is not ready for one minute. The third comes when nobody waits,
        # a minute after the second has gone, which tells nothing against one minute again.
        rows = [(600, 600, 604), (603, 605, 607), (608, 608, 610)]
        cell = 4 * 2 / 60  # each pause, and what is added at both ends, is right to about a cell of the grid
        present, found = self.minutes_present(rows)
        assert present == pytest.approx(8 + 2, abs=cell)
        assert found.wrap_up_mean_minutes == pytest.approx(1, abs=2 / 60)
        present, found = self.minutes_present(rows, limit=0.5)
        assert present == pytest.approx(8 + 2 * 0.5, abs=cell)
        assert found.wrap_up_mean_minutes == pytest.approx(0.5, abs=2 / 60)

    def test_a_break_while_somebody_waits_does_not_count(self):
        present, _ = self.minutes_present([(600, 600, 604), (610, 634, 640)])
        assert present == pytest.approx(4 + 1 + 6, abs=0.2)

    def test_a_pause_longer_than_an_hour_ends_the_spell(self):
        present, _ = self.minutes_present([(600, 600, 604), (700, 700, 704)])
        assert present == pytest.approx(8, abs=0.1)

    def test_two_calls_at_once_are_one_agent(self):
        present, _ = self.minutes_present([(600, 600, 610), (602, 602, 606), (608, 608, 612)])
        assert present == pytest.approx(12, abs=0.2)

    def test_presence_lies_in_the_slots_in_which_it_was(self):
        _, found = self.minutes_present([(600, 600, 640)])
        assert found.agents[0, 20:22] * 30 == pytest.approx([30, 10], abs=0.1)


class TestValidation:
    def test_a_true_scenario_fits(self, calls):
        report = validate(world(days=7), calls, replications=10)
        overall = report.table.xs("all", level="hour")
        assert overall["fits"].all()
        assert report.table.loc[("all", "offered"), "observed"] == pytest.approx(len(calls) / 28)
        assert report.table.loc[("all", "abandonment"), "observed"] == (calls["outcome"] == "abandoned").mean()
        assert (report.days, report.left_out, report.replications) == (28, 0, 10)

    def test_one_agent_too_few_does_not_fit(self, calls):
        overall = validate(world(days=7, agents=7), calls, replications=10).table.xs("all", level="hour")
        assert overall.loc["offered", "fits"]
        assert not overall.loc[["abandonment", "mean_wait_minutes", "service_level"], "fits"].any()
        assert overall.loc["abandonment", "simulated"] > overall.loc["abandonment", "observed"]

    def test_days_that_are_missing_are_missing_on_both_sides(self, calls):
        day = calls["arrived"].dt.day
        report = validate(world(days=7), calls[~day.isin([10, 11, 12])], replications=3)
        assert report.days == 25
        assert report.table.loc[("all", "offered"), "simulated"] == pytest.approx(110 * 12, rel=0.02)

    def test_calls_outside_opening_hours_are_left_out(self, calls):
        mornings = world(days=7, channels={"phone": {"open_hours": "08:00-12:00"}})
        report = validate(mornings, calls, replications=2)
        assert report.left_out == (calls["arrived"].dt.hour >= 12).sum()
        assert list(report.table.index.get_level_values("hour").unique()) == ["all", "08:00", "09:00", "10:00", "11:00"]

    def test_what_it_prints_and_draws(self, calls, fitted):
        report = validate(fitted, calls, replications=3)
        text = str(report)
        assert "Scenario 'found' beside the log: 28 days, 3 replications" in text
        assert "Answered within 20 s" in text
        assert len(text.splitlines()) == 12
        drawn = {axes.get_title(loc="left").split(",")[0] for axes in report.plot().axes}
        assert drawn == {"Offered", "Abandonment", "Mean wait", "Service level"}

    def test_one_run_cannot_tell_how_runs_differ(self, calls, fitted):
        with pytest.raises(ValueError, match="at least 2 are needed"):
            validate(fitted, calls, replications=1)

    def test_deferred_channels_are_not_compared(self, calls):
        with pytest.raises(ValueError, match="channel 'email' is deferred"):
            validate("baseline", calls)

    def test_the_error_of_a_ratio_over_days_by_hand(self):
        # 1 of 10 and 3 of 10: the mean of 0.1 and 0.3, whose standard error is 0.1.
        assert _ratio_over_days(np.array([1.0, 3]), np.array([10.0, 10]), np.array([0, 0])) == pytest.approx((0.2, 0.1))

    def test_differences_between_weekdays_are_no_error(self):
        over, under = np.array([1.0, 3, 1, 3]), np.full(4, 10.0)
        assert _ratio_over_days(over, under, np.array([0, 1, 0, 1])) == pytest.approx((0.2, 0))

    def test_hours_without_calls_have_no_ratio(self):
        value, error = _ratio_over_days(np.zeros(2), np.zeros(2), np.array([0, 0]))
        assert np.isnan(value)
        assert np.isnan(error)


class TestWhatFitNeeds:
    def test_a_table_of_its_own(self):
        with pytest.raises(CallLogError, match=r"must be a table from sim\.calibrate\.read_calls"):
            fit(pd.DataFrame({"arrived": []}))

    def test_some_calls(self, calls):
        with pytest.raises(CallLogError, match="there are no calls in this table"):
            fit(calls[calls["type"] == "none"])

    def test_somebody_who_served(self, calls):
        with pytest.raises(CallLogError, match="no call of type help was served within opening hours"):
            fit(calls[calls["outcome"] == "abandoned"])

    def test_agents(self, calls):
        with pytest.raises(CallLogError, match="name the agent column in the mapping"):
            fit(calls.assign(agent=None))

    @pytest.mark.parametrize("slot", [0, 7.5, 50])
    def test_slots_that_divide_a_day(self, calls, slot):
        with pytest.raises(ValueError, match="a slot must divide a day of 1,440 minutes"):
            fit(calls, slot_minutes=slot)

    def test_hours_can_be_given(self, calls):
        given = calls.copy()
        given.attrs["mapping"] = read_mapping(TICKETS | {"channel": {"open_hours": "10:00-18:00"}})
        assert fit(given).channels["phone"].open_hours.minutes.sum() == 7 * 8 * 60

    def test_tickets_that_wait_in_a_backlog(self, folder):
        rows = [
            f"{day} {hour:02d}:00,{day} {hour + 1:02d}:00,{day} {hour + 1:02d}:10,return,Ann,done"
            for day in pd.date_range("2026-03-02", "2026-03-08").strftime("%Y-%m-%d")
            for hour in range(8, 16)
        ]
        text = "\n".join(["created,answered,closed,type,agent,status", *rows, "2026-03-08 15:30,,,return,,new", ""])
        (folder / "tickets.csv").write_text(text, encoding="utf-8")
        mapping = TICKETS | {
            "outcome": {"column": "status", "served": ["done"], "open": ["new"]},
            "channel": {"name": "email", "kind": "deferred"},
        }
        found = fit(read_calls(folder / "tickets.csv", mapping))
        assert found.channels["email"].kind == "deferred"
        assert found.case_types["return"].handle_time.mean_minutes == pytest.approx(10, abs=0.1)
        assert found.expected_cases() == pytest.approx(7 * 8 + 1, abs=0.5)
