"""What is planned to change during a run: in order of time, and at one moment the house before its people."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.plan import CLOSES, COMES_ON_DUTY, GOES_OFF_DUTY, OPENS, Plan, add_duty

moments = st.lists(st.integers(0, 5), max_size=8).map(lambda found: np.array(sorted(found), dtype=float))


@given(moments, moments, st.data())
def test_duty_is_sorted_in(house_minutes, duty_minutes, data):
    def codes(of, count):
        return np.array(data.draw(st.lists(of, min_size=count, max_size=count)), dtype=int)

    house = Plan(
        house_minutes,
        codes(st.sampled_from([CLOSES, OPENS]), len(house_minutes)),
        codes(st.integers(0, 9), len(house_minutes)),
    )
    on, agent = codes(st.integers(0, 1), len(duty_minutes)) == 1, codes(st.integers(0, 99), len(duty_minutes))
    changes = len(house_minutes) + len(duty_minutes)
    plan = Plan(np.empty(changes), np.empty(changes, dtype=int), np.empty(changes, dtype=int))
    add_duty(plan, house, duty_minutes, agent, on)

    # Sorting leaves what happens at one moment as it stands.
    expected = [(*change, "house") for change in zip(*house, strict=True)]
    turns = np.where(on, COMES_ON_DUTY, GOES_OFF_DUTY)
    expected += [(*change, "duty") for change in zip(duty_minutes, turns, agent, strict=True)]
    expected.sort(key=lambda change: change[0])
    assert list(zip(*plan, strict=True)) == [change[:3] for change in expected]
