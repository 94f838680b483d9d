"""Same seed, same run; and whatever is changed, nobody's luck changes that does not follow from it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.random_scenarios import scenarios

import sim
from sim.luck import TICKS_A_MINUTE, Luck, addresses, turn, uniforms
from sim.workload import ATTEMPT, CONTAINS, NONE, SEEMS_TO_CONTAIN, STEP, draw


@pytest.fixture(scope="module")
def base():
    return sim.load("baseline").with_(days=3)


def fate(scenario, seed=1):
    """What each customer brings, by who they are: type, first contact, segment, handle time, patience."""
    work = draw(scenario, seed)
    first = slice(0, work.cases)
    return pd.DataFrame(
        {
            "type": np.array(list(scenario.case_types))[work.case_type],
            "appears": work.appears_minutes,
            "segment": work.segment,
            "channel": work.channel[first],
            "handle": work.handle_minutes[first],
            "patience": work.patience_minutes[first],
            "solve": work.solve_draw[first],
        }
    )


def test_the_same_seed_gives_the_same_bytes(base):
    one, two = (sim.simulate(base, seed=5) for _ in range(2))
    assert one.contacts.to_csv() == two.contacts.to_csv()
    assert one.cases.to_csv() == two.cases.to_csv()


def test_another_seed_and_another_replication_give_other_customers(base):
    assert not fate(base, 1).equals(fate(base, 2))
    work, other = draw(base, 1, replication=0), draw(base, 1, replication=1)
    assert not np.array_equal(work.appears_minutes[:50], other.appears_minutes[:50])


def test_every_time_lies_on_the_grid(base):
    log = sim.simulate(base, seed=2).log
    for times in (log.arrived, log.answered, log.ended, log.closed, log.duty_end):
        ticks = times[~np.isnan(times)] * TICKS_A_MINUTE
        assert (ticks == np.round(ticks)).all()


def test_staffing_changes_no_customer(base):
    more = base.with_(teams={"phone_desk": {"extra_agents": 3, "absence": 0.5}, "back_office": {"handle_factor": 2.0}})
    assert fate(base).equals(fate(more))


def test_an_extra_agent_leaves_the_absence_of_the_others_alone(base):
    def days_absent(scenario):
        work = draw(scenario)
        return {(agent, start) for agent, start in zip(work.roster.absent_agent, work.roster.absent_start, strict=True)}

    often_ill = base.with_(teams={"partner": {"absence": 0.5}})
    more = often_ill.with_(teams={"partner": {"extra_agents": 2}})
    assert days_absent(often_ill) < days_absent(more)


def test_another_rate_of_one_type_leaves_the_other_types_alone(base):
    changed = base.with_(demand={"orders": {"cases": {"how_to": {"per_100": 4}}}})
    before, after = fate(base), fate(changed)
    others = before["type"] != "how_to"
    assert before[others].reset_index(drop=True).equals(after[after["type"] != "how_to"].reset_index(drop=True))


def test_more_demand_adds_customers_and_changes_none(base):
    before, after = fate(base), fate(base.with_(demand={"factor": 1.3}))
    assert len(after) > len(before)
    assert before.merge(after).shape == before.shape


def test_more_days_leave_the_first_ones_alone(base):
    longer = base.with_(days=5)
    assert fate(base).equals(fate(longer)[lambda table: table["appears"] < 3 * 1440])


def test_a_longer_mean_makes_every_conversation_longer_and_changes_nothing_else(base):
    ways = {"phone": 6, "chat": 9, "social": 8, "email": 8}
    slower = base.with_(
        case_types={"return": {"handle_time": {way: {"mean_minutes": mean} for way, mean in ways.items()}}}
    )
    before, after = fate(base), fate(slower)
    returns = before["type"] == "return"
    assert (after["handle"][returns] > before["handle"][returns]).all()
    assert before.drop(columns="handle").equals(after.drop(columns="handle"))
    assert before["handle"][~returns].equals(after["handle"][~returns])


def test_other_odds_of_coming_back_leave_everybodys_luck_alone(base):
    keen = base.with_(coming_back={"after_abandonment": {"odds": 0.9}})
    assert fate(base).equals(fate(keen))

    def second_attempts(scenario):
        work = draw(scenario)
        second = (work.kind == ATTEMPT) & (work.number == 2)
        return {(case, time) for case, time in zip(work.case[second], work.handle_minutes[second], strict=True)}

    assert second_attempts(base) < second_attempts(keen)


ADDRESS = ["case", "kind", "number"]


def drawn(scenario, seed=1):
    """All that is drawn, a row for everything that could happen, at its address."""
    work = draw(scenario, seed)
    # Steps and enquiries are no attempts, and what no attempt can follow has no delay.
    none = np.full(work.rows - work.delay_minutes.shape[1], np.inf)
    again = work.next_attempt != NONE
    delays = {
        f"delay_{n}": np.where(again, np.append(work.delay_after(n), none), np.nan) for n in range(len(work.delay_row))
    }
    names = ("case", "kind", "number", "type", "channel", "handle_minutes", "patience_minutes", "solve_draw")
    more = ("before_minutes", "bot_result", "bot_minutes", "accepts_callback")
    rows = pd.DataFrame({name: getattr(work, name) for name in (*names, *more)} | delays)
    cases = pd.DataFrame(
        {
            name: getattr(work, name)
            for name in ("case_type", "segment", "appears_minutes", "self_service_minutes", "self_service_solves")
        }
    )
    return rows.set_index(ADDRESS, drop=False).sort_index(), cases


def assert_alike(before, after, but_for=()):
    """The same rows; where an attempt can follow under one plan alone, it is the other that knows no delay."""
    for name in before.columns.difference(but_for):
        here, there = before[name], after[name]
        known = here.notna() & there.notna() if name.startswith("delay") else slice(None)
        assert here[known].equals(there[known]), name


STAFFING = {
    "agents and absence": {"teams": {"phone_desk": {"agents": {"08:00-20:00": 9}, "absence": 0.3}}},
    "newcomers, haste and other factors": {
        "teams": {
            "phone_desk": {"newcomers": None, "solve_factor": 0.5, "handle_factor": 2.0},
            "chat_desk": {"newcomers": sim.Newcomers(share=0.5), "solve_drop_when_busy": 0.5},
        }
    },
    "skills, overflow and reserve": {
        "teams": {"partner": {"skills": ["email", {"channel": "phone", "after_minutes": 1, "reserve": 1}]}}
    },
    "another team": {"teams": {"more": sim.Team(skills=["phone"], agents=3)}},
    "what goes first": {"serve_first": "waiting", "mix_channels": True},
    "chats at once": {"channels": {"chat": {"at_once": 5, "speed": [1]}}},
    "hours, lines and places": {
        "channels": {
            "phone": {"open_hours": "always", "lines": 10},
            "chat": {"open_hours": {"mon-fri": "09:00-17:00"}},
            "service_centre": {"places": 4, "lead_hours": 0},
        }
    },
    "a system outage": {"events": [{"name": "down", "day": 1, "start": "10:00", "hours": 3, "system_down": True}]},
}
BOT = {"bot_result", "bot_minutes"}
POLICIES = {
    "no bot": ({"bot": None}, BOT),
    "a bolder bot": ({"bot": {"skill": {"threshold": -0.5}}}, {"bot_result"}),
    "a bot on the phone too, at night, for a few": (
        {"bot": {"channels": ["phone", "chat"], "open_hours": "20:00-24:00", "sessions": 2, "meets_share": 0.5}},
        BOT,
    ),
    "a bot outage": (
        {"events": [{"name": "down", "day": 1, "start": "10:00", "hours": 3, "bot_down": True}]},
        set(),
    ),
    "no callbacks": ({"channels": {"phone": {"callback": None}}}, {"accepts_callback"}),
    "instant refunds and news": (
        {"case_types": {"return": {"instant_refund_share": 0.6, "kept_informed_share": 0.9}}},
        set(),
    ),
    "no status enquiries": ({"case_types": {"return": {"status_enquiries_per_day": 0}}}, set()),
    "follow-up of everyone": ({"follow_up": {"share": 1.0, "solves": 0.5}}, set()),
    "no follow-up": ({"follow_up": None}, set()),
    "fewer attempts": ({"coming_back": {"max_attempts": 2}}, set()),
    "more who solve it": ({"case_types": {"return": {"solved": 0.99}}}, set()),
    "no returns after a hang-up": ({"coming_back": {"after_abandonment": None}}, {"delay_1"}),
}


@pytest.mark.parametrize(
    ("change", "of_the_policy"),
    [*((change, set()) for change in STAFFING.values()), *POLICIES.values()],
    ids=[*STAFFING, *POLICIES],
)
def test_staffing_and_policy_leave_everybodys_luck_alone(base, change, of_the_policy):
    """Whatever could happen under both plans is drawn alike, but for what the policy itself decides."""
    other = base.with_(**change)
    before, cases = drawn(base)
    after, other_cases = drawn(other)
    assert cases.equals(other_cases)
    both = before.index.intersection(after.index)
    # All first attempts are among them.
    assert len(both) >= len(cases)
    assert_alike(before.loc[both], after.loc[both], of_the_policy)


def test_steps_of_a_policy_fall_away_and_the_others_stay(base):
    few, many = (
        drawn(base.with_(case_types={"return": {"instant_refund_share": share}}))[0][lambda rows: rows["kind"] == STEP]
        for share in (0.1, 0.6)
    )
    assert set(many.index) < set(few.index)
    gone = few.loc[few.index.difference(many.index)]
    # The second step, inspection, is the one that an instant refund skips.
    assert set(gone["number"]) == {2}


def test_a_bolder_bot_answers_all_that_a_timid_one_does(base):
    def answers(threshold):
        rows, _ = drawn(base.with_(bot={"skill": {"threshold": threshold}}))
        first = rows[(rows["kind"] == ATTEMPT) & (rows["number"] == 1)]
        return first["bot_result"].isin([CONTAINS, SEEMS_TO_CONTAIN]), first["bot_result"] == CONTAINS

    timid, truly = answers(0.8)
    bold, also_truly = answers(-0.2)
    assert bold[timid].all()
    assert also_truly[truly].all()
    assert bold.sum() > timid.sum()
    # Boldness decides what it answers, not what it knows: what both answer they get equally right.
    assert (also_truly[timid] == truly[timid]).all()


def test_cheaper_returns_bring_more_cases_and_leave_the_others_alone(base):
    """A free label: a quarter more returns, whose parcels take 20 % less time."""
    change = {"return": {"demand_factor": 1.25, "freight_factor": 0.8}}
    before, after = fate(base), fate(base.with_(case_types=change))
    assert (after["type"] == "return").sum() > (before["type"] == "return").sum()
    assert before.merge(after).shape == before.shape
    assert before[before["type"] != "return"].shape == after[after["type"] != "return"].shape
    faster, _ = drawn(base.with_(case_types={"return": {"freight_factor": 0.5}}))
    slow, _ = drawn(base)
    first_step = (slow["kind"] == STEP) & (slow["number"] == 1)
    on_the_way = slow[first_step & (slow["type"] == list(base.case_types).index("return"))]["handle_minutes"]
    np.testing.assert_allclose(faster.loc[on_the_way.index, "handle_minutes"], on_the_way / 2, atol=1 / TICKS_A_MINUTE)
    others = slow.index.difference(on_the_way.index)
    assert slow.loc[others].equals(faster.loc[others])


@settings(max_examples=25)
@given(scenarios(), st.integers(0, 5))
def test_any_scenario_gives_the_same_run_twice(scenario, seed):
    one, two = (sim.simulate(scenario, seed=seed).log for _ in range(2))
    assert one.contacts.equals(two.contacts)
    assert one.tasks.equals(two.tasks)
    assert one.cases.equals(two.cases)
    assert one.staffing.equals(two.staffing)


@settings(max_examples=25)
@given(scenarios())
def test_other_people_at_work_meet_the_same_customers(scenario):
    changed = scenario.with_(
        teams={"all_round": {"agents": 3, "handle_factor": 0.8, "newcomers": sim.Newcomers(share=1.0)}},
        serve_first="waiting",
    )
    (before, cases), (after, other_cases) = drawn(scenario), drawn(changed)
    assert cases.equals(other_cases)
    both = before.index.intersection(after.index)
    assert_alike(before.loc[both], after.loc[both])


@settings(max_examples=30)
@given(
    st.integers(0, 2**63),
    st.integers(0, 60),
    st.integers(1, 40),
    st.sampled_from(["a", "return", "退货"]),
    st.integers(1, 5),
)
def test_luck_has_an_address(seed, day, count, block, attempt):
    """Whatever is read beside it, before it or in one call with it: the number at an address is the same."""

    def read(names, days, places):
        at = addresses(Luck(seed).blocks(names, days)[names.index(block)][:, None], places)
        return uniforms("patience", turn(at, attempt))

    alone = read([block], day + 1, np.arange(count))[day]
    more = read(["other", block], day + 3, np.arange(count + 5)[::-1])[day]
    assert np.array_equal(alone, more[::-1][:count])


@pytest.mark.parametrize("seed", ["1", 1.5, -1, None, True])
def test_a_seed_must_be_a_whole_number(base, seed):
    with pytest.raises(ValueError, match=f"seed holds {seed!r}; it must be a whole number of 0 or more"):
        draw(base, seed)
