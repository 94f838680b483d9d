"""Choosing among scenarios: the best, a race for the best, and the front of two measures."""

import math
import re

import numpy as np
import pandas as pd
import pytest
import tqdm.auto
from scipy import stats

import sim
from sim import race as racing
from sim.choose import with_the_best
from sim.experiment import Comparison, Estimate
from sim.front import Front
from sim.goals import goal_of, in_words
from sim.race import race

DESK = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=3, patience_minutes=3, name="three")


# The same desk, with as many chats, on two days; the phone has its own team.
PAIR = DESK.with_(
    name="pair",
    days=2,
    case_types={"call": {"channels": {"phone": 0.5, "chat": 0.5}}},
    channels={"chat": sim.LiveChannel(kind="live", open_hours="always", patience={"mean_minutes": 1})},
    teams={"agents": {"agents": 1}, "chatters": sim.Team(skills=["chat"], agents=1)},
)
HELPED = PAIR.with_(name="helped", teams={"agents": {"agents": 2}})


def staffed(agents, name):
    return DESK.with_(name=name, teams={"agents": {"agents": agents}})


@pytest.fixture(scope="module")
def quartet():
    """Two, three and four agents, and three whose calls take a second longer: alike but for very little."""
    nearly = DESK.with_(name="nearly three", case_types={"call": {"handle_time": {"mean_minutes": 6 + 1 / 60}}})
    return sim.compare([staffed(2, "two"), DESK, staffed(4, "four"), nearly], 10, seed=3, progress=False)


@pytest.fixture(scope="module")
def alike(quartet):
    """The two that are nearly alike."""
    return Comparison((quartet.replications[1], quartet.replications[3]))


def shares(comparison, outcome):
    """Abandonment as the formula of a ratio has it: values, and a row of pulls a scenario, from the tables."""
    values, pulls = [], []
    for runs in comparison.replications:
        over = np.array([(run.contacts["outcome"] == outcome).sum() for run in runs])
        under = np.array([len(run.contacts) for run in runs])
        values.append(over.sum() / under.sum())
        pulls.append((over - values[-1] * under) / under.mean())
    return np.array(values), np.array(pulls)


# The best.


def test_intervals_with_the_best_worked_out_by_hand():
    # Three scenarios, three replications: means 1, 3, 5; each replication's differences A-B, A-C, B-C are
    # (-2, -4, -2), (-1, -4, -3), (-3, -4, -1): A-B and B-C have variance 1, A-C none.
    runs = np.array([[1.0, 3.0, 5.0], [1.0, 2.0, 5.0], [1.0, 4.0, 5.0]])
    estimate = Estimate.of(runs, None)
    middle, low, high = with_the_best(estimate.value, estimate.pull, 0.9)
    # Student's t with 2 degrees of freedom at 1 - 0.1 / 2 = 95 % is 2.919986; times sqrt(1 / 3) it is 1.685854.
    w = 1.685854
    assert middle.tolist() == [-4, -2, 2]
    # A: -2 + w and -4 + 0, of which -4 is less. B: 2 + w and -2 + w. C: 4 + 0 and 2 + w.
    np.testing.assert_allclose(high, [-4, -2 + w, 2 + w], rtol=1e-5)
    # Only C may be best, so the others are at least that far from it, and C is the best by 0 or more.
    np.testing.assert_allclose(low, [-4, -2 - w, 0], rtol=1e-5)


def test_where_several_may_be_best_the_lower_ends_look_at_all_of_them():
    runs = np.array([[1.0, 3.0, 3.5], [1.0, 2.0, 3.5], [1.0, 4.0, 3.5]])
    estimate = Estimate.of(runs, None)
    _, low, high = with_the_best(estimate.value, estimate.pull, 0.9)
    w = 1.685854
    np.testing.assert_allclose(high, [-2.5, -0.5 + w, 0.5 + w], rtol=1e-5)
    # A against B, -2 - w, and against C, -2.5; B against C; C against B.
    np.testing.assert_allclose(low, [-2 - w, -0.5 - w, 0.5 - w], rtol=1e-5)


def test_the_table_has_the_intervals_of_the_formula(quartet):
    table = sim.best(quartet, "abandonment", confidence=0.9).table
    values, pulls = shares(quartet, "abandoned")
    t = stats.t.ppf(1 - 0.1 / 3, 9)
    three, four = 1, 2
    gap = values[three] - values[four]
    half = t * np.std(pulls[three] - pulls[four], ddof=1) / math.sqrt(10)
    # Only four agents may be the best, so the difference of the others is from those, on one side of 0.
    np.testing.assert_allclose(table.loc["three", ["difference", "low", "high"]].astype(float), [gap, 0, gap + half])
    assert table["estimate"].tolist() == pytest.approx(sorted(values))
    assert table.loc["four", "high"] == 0 > table.loc["four", "low"]


def test_a_clear_winner_is_certain(quartet):
    verdict = sim.best(quartet, "abandonment")
    assert verdict.chosen == "four"
    assert verdict.may_be_best == ["four"]
    assert verdict.most_lost == 0
    assert verdict.table["verdict"].to_dict() == {
        "four": "certainly the best",
        "three": "certainly not the best",
        "nearly three": "certainly not the best",
        "two": "certainly not the best",
    }
    assert str(verdict) == "“four” has the lowest abandonment, with 95 % confidence (10 replications)"


def test_a_close_race_stays_open_and_says_what_can_be_lost(alike):
    verdict = sim.best(alike, "abandonment")
    assert set(verdict.may_be_best) == {"three", "nearly three"}
    assert (verdict.table["verdict"] == "may be the best").all()
    # Between two, what the one in front can lose is the end of the interval of the paired difference.
    values, pulls = shares(alike, "abandoned")
    half = stats.t.ppf(0.95, 9) * np.std(pulls[0] - pulls[1], ddof=1) / math.sqrt(10)
    lost = half - abs(values[0] - values[1])
    assert verdict.most_lost == pytest.approx(lost)
    assert f"may be better, with 95 % confidence by at most {100 * lost:.3g} points" in str(verdict)


def test_what_is_worthwhile_settles_a_close_race(alike):
    lost = sim.best(alike, "abandonment").most_lost
    settled = sim.best(alike, "abandonment", worthwhile=1.001 * lost)
    assert settled.table["verdict"].iloc[0] == "as good as the best"
    assert str(settled).endswith("which is not worth more runs")
    open_ = sim.best(alike, "abandonment", worthwhile=0.999 * lost)
    assert open_.table["verdict"].iloc[0] == "may be the best"
    assert not str(open_).endswith("runs")


def test_the_goal_turns_the_order_around(quartet):
    names = sim.best(quartet, "abandonment").table.index.tolist()
    turned = sim.best(quartet, "abandonment", goal="highest")
    assert turned.chosen == "two"
    assert turned.table.index.tolist() == names[::-1]
    assert sim.best(quartet, "service_level").chosen == "four"
    assert sim.best(quartet, "occupancy", goal="lowest").chosen == "four"


def test_scenarios_that_are_equal_are_both_best():
    same = sim.compare([DESK, DESK.with_(name="again")], 3, progress=False)
    verdict = sim.best(same, "abandonment")
    assert verdict.may_be_best == ["three", "again"]
    assert verdict.most_lost == 0
    assert str(verdict).endswith("in 3 replications, equal to “again” in each")


def test_best_looks_at_a_channel_and_a_window():
    duel = sim.compare([PAIR, HELPED], 4, progress=False)
    for channel in ("phone", "chat"):
        table = sim.best(duel, "abandonment", channel=channel, from_day=1).table
        for runs in duel.replications:
            expected = runs.measure("abandonment", "channel", from_day=1).loc[channel, "estimate"]
            assert table.loc[runs.scenario.name, "estimate"] == pytest.approx(expected)


def test_what_is_better_is_known_of_most_measures():
    assert goal_of("service_level") == "highest"
    assert goal_of("asa_minutes") == "lowest"
    assert goal_of("asa_minutes", "highest") == "highest"


def test_values_in_words():
    assert in_words("abandonment", 0.01, difference=True) == "1 point"
    assert in_words("abandonment", 0.0123, difference=True) == "1.23 points"
    assert in_words("abandonment", 0.0123) == "1.23 %"
    assert in_words("contacts", 1234.6) == "1,235 contacts"
    assert in_words("asa_minutes", 0.5237) == "0.524 minutes"


WRONG = {
    "not a comparison": (
        lambda quartet: sim.best(quartet.replications[0], "abandonment"),
        "what sim.compare returns is needed here, not Replications",
    ),
    "one scenario": (
        lambda quartet: sim.best(Comparison(quartet.replications[:1]), "abandonment"),
        "one scenario only; give sim.compare at least two",
    ),
    "one replication": (
        lambda quartet: sim.best(sim.compare([DESK, DESK], 1, progress=False), "abandonment"),
        "one replication says nothing about luck; give sim.compare at least 2",
    ),
    "typo": (lambda quartet: sim.best(quartet, "abandonmnt"), "Did you mean 'abandonment'?"),
    "no goal": (
        lambda quartet: sim.best(quartet, "occupancy"),
        "whether more or less of occupancy is better depends on who asks; say goal='highest' or goal='lowest'",
    ),
    "goal": (lambda quartet: sim.best(quartet, "occupancy", goal="high"), "no such goal as 'high'. Did you mean 'hi"),
    "confidence": (lambda quartet: sim.best(quartet, "abandonment", confidence=95), "confidence holds 95; it must lie"),
    "worthwhile": (
        lambda quartet: sim.best(quartet, "abandonment", worthwhile=-1),
        "worthwhile holds -1; it may hold a number of at least 0",
    ),
    "worthwhile in quotes": (
        lambda quartet: sim.best(quartet, "abandonment", worthwhile="1"),
        "worthwhile holds '1'; it may hold a number",
    ),
    "never happened": (
        lambda quartet: sim.best(quartet, "containment", goal="highest"),
        "containment has no value in 'two': what it is a share or mean of never happened",
    ),
    "channel": (
        lambda quartet: sim.best(quartet, "abandonment", channel="phon"),
        "in 'two' there is no such channel as 'phon'. Did you mean 'phone'?",
    ),
    "day": (lambda quartet: sim.best(quartet, "abandonment", from_day=3), "the window from day 3 to day 1 is empty"),
    "same twice": (lambda quartet: sim.pareto(quartet, "asa_minutes", "asa_minutes"), "both measures are asa_minutes"),
    "one goal": (
        lambda quartet: sim.pareto(quartet, "agents", "asa_minutes", goals="lowest"),
        "goals holds 'lowest'; give one for each measure, such as ('lowest', None)",
    ),
    "goal of two": (lambda quartet: sim.pareto(quartet, "agents", "asa_minutes"), "more or less of agents is better"),
    "race of one": (
        lambda quartet: sim.select_best([DESK], "abandonment", worthwhile=0.01),
        "select_best needs a list of at least two scenarios, such as [base, more]",
    ),
    "race of a name": (
        lambda quartet: sim.select_best("baseline", "abandonment", worthwhile=0.01),
        "select_best needs a list of at least two scenarios",
    ),
    "race for nothing": (
        lambda quartet: sim.select_best([DESK, DESK], "abandonment", worthwhile=0),
        "worthwhile holds 0; it must be a number above 0, in the measure's unit",
    ),
    "short start": (
        lambda quartet: sim.select_best([DESK, DESK], "abandonment", worthwhile=0.01, first=3),
        "first holds 3; it must be a whole number of at least 5",
    ),
    "end before the start": (
        lambda quartet: sim.select_best([DESK, DESK], "abandonment", worthwhile=0.01, at_most=10),
        "at_most holds 10; it must be a whole number of at least 20",
    ),
    "race without values": (
        lambda quartet: sim.select_best([DESK, DESK], "true_containment", worthwhile=0.01, first=5, progress=False),
        "true_containment has no value in 'three (1)'",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_refused(quartet, call, message):
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        call(quartet)


# The race.


def from_table(data):
    """Draws from a table of means, shape (replications, scenarios)."""
    return lambda those, replication: (data[replication, those], np.ones(len(those)))


def plain_kn(data, worthwhile, confidence, first, at_most):
    """Procedure KN, word for word from Kim and Nelson (2001), p. 257, with c = 1: who is left, and what each cost."""
    k = data.shape[1]
    eta = 0.5 * ((2 * (1 - confidence) / (k - 1)) ** (-2 / (first - 1)) - 1)
    h2 = 2 * eta * (first - 1)
    s2 = {
        (i, j): ((data[:first, i] - data[:first, j] - (data[:first, i] - data[:first, j]).mean()) ** 2).sum()
        / (first - 1)
        for i in range(k)
        for j in range(k)
        if i != j
    }
    n = {i: max(math.floor(h2 * s2[i, j] / worthwhile**2) for j in range(k) if j != i) for i in range(k)}
    inside, r, spent = set(range(k)), first, [first] * k
    if first > max(n.values()):
        return int(data[:first].mean(axis=0).argmax()), spent
    while True:
        mean = data[:r].mean(axis=0)
        inside = {
            i
            for i in inside
            if all(
                mean[i] >= mean[j] - max(0, worthwhile / (2 * r) * (h2 * s2[i, j] / worthwhile**2 - r))
                for j in inside
                if j != i
            )
        }
        if len(inside) == 1 or r == max(n.values()) + 1 or r == at_most:
            return max(inside, key=lambda i: mean[i]), spent
        r += 1
        for i in inside:
            spent[i] = r


@pytest.mark.parametrize("scenarios", [2, 3, 6])
def test_the_race_is_the_published_procedure(scenarios):
    costs = set()
    for experiment in range(40):
        rng = np.random.default_rng([scenarios, experiment])
        together = rng.normal(size=(600, 1))
        data = together + rng.normal(size=(600, scenarios)) * np.linspace(0.3, 2, scenarios)
        data += rng.permutation(scenarios) * 0.15
        state = race(from_table(data), scenarios, 1, 0.4, 0.95, 8, 600)
        leader, spent = plain_kn(data, 0.4, 0.95, 8, 600)
        assert (state.leader, state.spent.tolist()) == (leader, spent)
        np.testing.assert_allclose(state.value, [data[:n, one].mean() for one, n in enumerate(spent)])
        costs.update(spent)
    assert len(costs) > 20, "races should end early and late"


def test_the_race_with_two_is_that_of_sim_tools():
    pytest.importorskip("sim_tools.ovs.indifference_zone", reason="sim-tools, the second opinion, is not installed")
    from sim_tools.ovs.indifference_zone import KN

    class Table:
        """What sim-tools asks of a model."""

        def __init__(self, data):
            self.data, self.count = data, [0] * data.shape[1]

        def register_observer(self, observer):
            self.observer = observer

        def simulate(self, design):
            self.count[design] += 1
            self.observer.feedback(self, design, self.data[self.count[design] - 1, design])

    for experiment in range(30):
        rng = np.random.default_rng(experiment)
        data = rng.normal(size=(2000, 2)) * [1, 2] + [0, 0.2]
        table = Table(data)
        (theirs,) = KN(table, 2, 0.4, alpha=0.05, n_0=10).solve()
        ours = race(from_table(data), 2, 1, 0.4, 0.95, 10, 2000)
        assert ours.leader == theirs
        # Theirs runs whoever is left once more before it looks whether the race is over.
        table.count[theirs] -= 1
        assert ours.spent.tolist() == table.count


def test_less_is_better_is_the_same_race_upside_down():
    data = np.array([0, 0.2, 0.4, 0.6]) + np.random.default_rng(4).normal(size=(500, 4))
    up, down = race(from_table(data), 4, 1, 0.3, 0.95, 10, 500), race(from_table(-data), 4, -1, 0.3, 0.95, 10, 500)
    assert up.leader == down.leader
    assert up.spent.tolist() == down.spent.tolist()


def test_a_selection_spends_its_runs_where_the_question_is_open(quartet):
    plans = [runs.scenario for runs in quartet.replications]
    selection = sim.select_best(plans, "abandonment", worthwhile=0.005, goal="highest", first=5, progress=False)
    assert selection.chosen == "two"
    assert selection.decided
    assert selection.runs == selection.table["replications"].sum()
    # From two agents down the others are far behind: they leave after the first five.
    assert selection.table["replications"].tolist() == [5, 5, 5, 5]
    between = [DESK, plans[3], plans[0]]
    close = sim.select_best(between, "abandonment", worthwhile=0.003, first=5, progress=False)
    spent = close.table["replications"]
    assert close.chosen in ("three", "nearly three")
    assert spent["two"] == 5 < spent["three"]


def test_an_estimate_of_a_race_is_that_of_its_runs(quartet):
    plans = [runs.scenario for runs in quartet.replications[:2]]
    selection = sim.select_best(plans, "abandonment", worthwhile=0.05, first=10, seed=3, progress=False)
    values, _ = shares(quartet, "abandoned")
    assert selection.table.loc[["two", "three"], "estimate"].tolist() == pytest.approx(values[:2])
    assert "95 % sure if the best is ahead by 5 points or more (20 runs, 10 to 10 a scenario)" in str(selection)


def test_a_race_that_is_too_long_ends_undecided(alike):
    plans = [runs.scenario for runs in alike.replications]
    race_ = sim.select_best(plans, "abandonment", worthwhile=1e-5, first=5, at_most=7, progress=False)
    assert not race_.decided
    assert sorted(race_.still_in) == ["nearly three", "three"]
    assert race_.table["still_in"].all()
    assert race_.runs == 14
    assert str(race_).startswith("not decided: “")


def test_scenarios_that_are_equal_need_no_race():
    race_ = sim.select_best([DESK, DESK], "abandonment", worthwhile=0.01, first=5, progress=False)
    assert race_.decided
    assert race_.runs == 10
    assert race_.chosen == "three (1)"


def test_a_race_looks_at_a_channel_and_a_window():
    expected = sim.replicate(PAIR, 5, progress=False).measure("abandonment", "channel", from_day=1)["estimate"]
    for channel in ("phone", "chat"):
        options = {"channel": channel, "from_day": 1, "first": 5, "at_most": 5, "progress": False}
        race_ = sim.select_best([PAIR, HELPED], "abandonment", worthwhile=0.01, **options)
        assert race_.table.loc["pair", "estimate"] == pytest.approx(expected[channel])


def test_stopping_a_race_shows_where_it_stands(alike, monkeypatch):
    plans = [runs.scenario for runs in alike.replications]
    left = iter([None] * 13)
    true_simulate = racing.simulate

    def simulate(*arguments, **options):
        if next(left, "stop") == "stop":
            raise KeyboardInterrupt
        return true_simulate(*arguments, **options)

    monkeypatch.setattr(racing, "simulate", simulate)
    race_ = sim.select_best(plans, "abandonment", worthwhile=1e-5, first=5, progress=False)
    assert not race_.decided
    assert race_.table["replications"].tolist() == [6, 6]


@pytest.mark.parametrize("progress", [True, False])
def test_a_race_shows_its_progress_if_asked_for(progress, capsys, monkeypatch):
    patient = tqdm.auto.tqdm
    monkeypatch.setattr(tqdm.auto, "tqdm", lambda **options: patient(**{**options, "delay": 0}))
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    sim.select_best([DESK, DESK], "abandonment", worthwhile=0.01, first=5, progress=progress)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("run" in shown.err) == progress


# The front.


def test_who_is_beaten_is_worse_in_one_and_no_better_in_the_other(quartet):
    front = sim.pareto(quartet, "agents", "abandonment", goals=("lowest", None))
    verdicts = front.table["verdict"].to_dict()
    assert front.table.index.tolist()[0] == "two"
    assert {name for name, verdict in verdicts.items() if verdict == "not beaten"} >= {"two", "four"}
    values, pulls = shares(quartet, "abandoned")
    worse, better = (3, 1) if values[3] > values[1] else (1, 3)
    names = quartet.names
    assert front.table.loc[names[worse], "by"] == names[better]
    # Equal in agents; so it is certain if the difference in abandonment is: Student's t at 1 - 0.05 / 12.
    reach = stats.t.ppf(1 - 0.05 / 12, 9) * np.std(pulls[1] - pulls[3], ddof=1) / math.sqrt(10)
    certain = abs(values[1] - values[3]) > reach
    assert verdicts[names[worse]] == ("certainly beaten" if certain else "seems beaten, may be luck")


def test_fewer_agents_who_serve_worse_beat_nobody(quartet):
    trio = Comparison(quartet.replications[:3])
    front = sim.pareto(trio, "agents", "service_level", goals=("lowest", None))
    assert (front.table["verdict"] == "not beaten").all()
    assert (front.table["by"] == "").all()
    assert str(front).startswith("3 of 3 scenarios are not beaten in both agents and service_level: two, three, four")


def test_better_in_both_beats_all(quartet):
    trio = Comparison(quartet.replications[:3])
    front = sim.pareto(trio, "abandonment", "asa_minutes")
    assert front.names("not beaten") == ["four"]
    assert front.table.loc["two", "by"] == "three, four"
    assert front.names("certainly beaten") == ["three", "two"]
    turned = sim.pareto(trio, "abandonment", "asa_minutes", goals=("highest", "highest"))
    assert turned.names("not beaten") == ["two"]


def test_the_intervals_of_the_front_are_those_of_each_measure(quartet):
    front = sim.pareto(quartet, "abandonment", "asa_minutes", confidence=0.8)
    for runs in quartet.replications:
        for measure in front.measures:
            expected = runs.measures(confidence=0.8).loc[measure].tolist()
            columns = [measure, f"{measure}_low", f"{measure}_high"]
            assert front.table.loc[runs.scenario.name, columns].tolist() == pytest.approx(expected)


def test_certain_means_certain_over_all_ordered_pairs(quartet):
    trio = Comparison(quartet.replications[:3])
    three, four = 1, 2
    # Only four agents beat three. How sure that is: Student's t of the less sure of the two differences.
    chances = []
    for measure in ("abandonment", "asa_minutes"):
        one, other = (trio.estimates(measure)[place] for place in (three, four))
        pairs = (one - other).pull[:, 0]
        t = (one - other).value[0] / (np.std(pairs, ddof=1) / math.sqrt(10))
        chances.append(stats.t.sf(t, 9))
    for factor, verdict in ((0.99, "certainly beaten"), (1.01, "seems beaten, may be luck")):
        # Six ordered pairs of three scenarios share what may go wrong.
        confidence = 1 - 6 * max(chances) / factor
        front = sim.pareto(trio, "abandonment", "asa_minutes", confidence=confidence)
        assert front.table.loc["three", "verdict"] == verdict


def test_luck_is_not_called_certain(alike):
    front = sim.pareto(alike, "abandonment", "asa_minutes", confidence=0.9999)
    assert "certainly beaten" not in front.table["verdict"].tolist()
    assert isinstance(front.table, pd.DataFrame)


# The figure of the front.


def front_of(verdicts, by=()):
    """A front of made-up scenarios: x 1, 2, 3, ... minutes, y 10 %, 20 %, ..."""
    count = np.arange(1, len(verdicts) + 1)
    table = pd.DataFrame(
        {
            "asa_minutes": 1.0 * count,
            "asa_minutes_low": count - 0.5,
            "asa_minutes_high": count + 0.25,
            "service_level": 0.1 * count,
            "service_level_low": 0.1 * count - 0.05,
            "service_level_high": 0.1 * count + 0.02,
            "verdict": verdicts,
            "by": by or "",
        },
        index=pd.Index([f"plan {one}" for one in count], name="scenario"),
    )
    return Front(("asa_minutes", "service_level"), ("lowest", "highest"), table, 0.9, 12)


KEPT, MAYBE, GONE = "not beaten", "seems beaten, may be luck", "certainly beaten"
TITLES = [
    ([KEPT, KEPT], "None of 2 scenarios is beaten in both mean wait of the answered (ASA) and service level"),
    ([KEPT, GONE], "“plan 1” beats the other in both mean wait of the answered (ASA) and service level, certainly"),
    ([KEPT, GONE, MAYBE], "“plan 1” beats all others in both mean wait of the answered (ASA) and service level"),
    (
        [KEPT, KEPT, GONE, MAYBE],
        "2 of 4 scenarios are not beaten in both mean wait of the answered (ASA) and service level; 1 of the others "
        "certainly is",
    ),
    (
        [KEPT, KEPT, MAYBE],
        "2 of 3 scenarios are not beaten in both mean wait of the answered (ASA) and service level; the others may be",
    ),
]


@pytest.mark.parametrize(("verdicts", "title"), TITLES)
def test_the_figure_says_what_is_left(verdicts, title):
    assert sim.plots.pareto(front_of(verdicts)).message == title


def test_the_figure_shows_both_intervals_of_each_scenario():
    figure = sim.plots.pareto(front_of([KEPT, KEPT, GONE, MAYBE]))
    axes = figure.axes[0]
    drawn = {line.get_label(): np.array(line.get_data()).T.tolist() for line in axes.lines}
    assert drawn["front"] == drawn[KEPT] == [[1, pytest.approx(10)], [2, pytest.approx(20)]]
    assert drawn[GONE] == [[3, pytest.approx(30)]]
    assert drawn[MAYBE] == [[4, pytest.approx(40)]]
    bars = {tuple(np.round(bar, 9).ravel()) for part in axes.collections for bar in part.get_segments()}
    for x in (1, 2, 3, 4):
        assert (x - 0.5, 10 * x, x + 0.25, 10 * x) in bars
        assert (x, 10 * x - 5, x, 10 * x + 2) in bars
    assert len({line.get_marker() for line in axes.lines if line.get_label() != "front"}) == 2
    faces = {line.get_markerfacecolor() for line in axes.lines if line.get_label() in (KEPT, MAYBE)}
    assert len(faces) == 2, "circles are filled or hollow"
    assert axes.get_title(loc="left") == "Service level, % (higher is better)"
    assert axes.get_xlabel() == "Mean wait of the answered (ASA), minutes (lower is better)"
    assert {text.get_text() for text in axes.texts} == {f"plan {x}" for x in (1, 2, 3, 4)}
    assert "12 runs, 90\u00a0% intervals" in figure.texts[-1].get_text()
    with pytest.raises(TypeError, match=r"plots\.pareto draws what sim\.pareto returns, not str"):
        sim.plots.pareto("front")


def test_names_of_beaten_scenarios_give_way():
    front = front_of([KEPT, *[GONE] * 30])
    for column in front.table.columns[:6]:
        front.table.loc[front.table.index[1:], column] = front.table[column].iloc[1]
    shown = [text.get_text() for text in sim.plots.pareto(front).axes[0].texts]
    assert "plan 1" in shown
    assert len(shown) < 10
