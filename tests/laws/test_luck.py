"""Same seed, same run; and whatever is changed, nobody's luck changes that does not follow from it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.workload import TICKS_A_MINUTE, Luck, draw


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
    more = base.with_(teams={"phone_desk": {"extra_agents": 3, "absence": 0.5}, "back_desk": {"handle_factor": 2.0}})
    assert fate(base).equals(fate(more))


def test_an_extra_agent_leaves_the_absence_of_the_others_alone(base):
    def days_absent(scenario):
        work = draw(scenario)
        return {(agent, start) for agent, start in zip(work.absent_agent, work.absent_start, strict=True)}

    assert days_absent(base)
    assert days_absent(base) <= days_absent(base.with_(teams={"back_desk": {"extra_agents": 2}}))


def test_another_rate_of_one_type_leaves_the_other_types_alone(base):
    changed = base.with_(demand={"cases_per_hour": {"how_to": 12}})
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
    slower = base.with_(
        case_types={"return": {"handle_time": {"phone": {"mean_minutes": 6}, "email": {"mean_minutes": 8}}}}
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
        second = work.attempt == 2
        return {(case, time) for case, time in zip(work.case[second], work.handle_minutes[second], strict=True)}

    assert second_attempts(base) < second_attempts(keen)


@settings(max_examples=30)
@given(
    st.integers(0, 2**63),
    st.integers(0, 60),
    st.integers(1, 40),
    st.sampled_from(["a", "return", "退货"]),
    st.integers(1, 5),
)
def test_luck_has_an_address(seed, day, count, block, attempt):
    """Reading other blocks before, or more of the same block, changes nothing."""
    alone = Luck(seed).uniforms("patience", count, block=block, day=day, attempt=attempt)
    luck = Luck(seed)
    luck.uniforms("patience", 7, block="other", day=day + 1)
    luck.uniforms("arrivals", 3, block=block, day=day, attempt=attempt)
    assert np.array_equal(alone, luck.uniforms("patience", count + 5, block=block, day=day, attempt=attempt)[:count])


@pytest.mark.parametrize("seed", ["1", 1.5, -1, None, True])
def test_a_seed_must_be_a_whole_number(base, seed):
    with pytest.raises(ValueError, match=f"seed holds {seed!r}; it must be a whole number of 0 or more"):
        draw(base, seed)
