"""Net deflection: what a bot takes off people's hands, against the same customers without it."""

from unittest.mock import patch

import numpy as np
import pytest
from support.by_hand import customer, desk, play

import sim
from sim.deflection import net_deflection
from sim.experiment import Run
from sim.workload import CONTAINS, SEEMS_TO_CONTAIN


def lived(log):
    """One replication in which just this happened."""
    with patch("sim.batch.simulate", lambda *_, **__: Run(log.scenario, 1, 0, log)):
        return sim.replicate(log.scenario, 1, keep_logs=True, progress=False)


@pytest.fixture(scope="module")
def pair():
    """Four callers: one whom the bot helps, two whom it seems to help, of whom one calls again, one who asks people."""
    shop = desk(coming_back={"after_false_containment": {"odds": 0.5, "delay": {"mean_minutes": 30}}})
    back = (np.inf, np.inf, np.inf, np.inf, 30.0)
    callers = [
        customer(600, 5, bot=CONTAINS),
        customer(610, 5, bot=SEEMS_TO_CONTAIN, comes_back=back, again=[{"bot": -1}]),
        customer(620, 5, bot=SEEMS_TO_CONTAIN),
        customer(700, 5),
    ]
    bot = shop.with_(bot=sim.Bot(channels=("phone",), contains=0.5))
    return lived(play(bot, callers)), lived(play(shop, callers))


def test_who_comes_back_is_not_deflected(pair):
    # Without the bot all four reach people, with it the second (on the second attempt) and the fourth: half.
    table = net_deflection(*pair)
    assert table.index.tolist() == ["all"]
    assert table.loc["all", "estimate"] == 1 / 2
    assert np.isnan(table.loc["all", "low"])  # one pair of runs has no interval
    assert pair[0].measures(measures="containment").loc["containment", "estimate"] == 3 / 3
    by_hour = net_deflection(*pair, by="hour")["estimate"]
    assert by_hour[[10, 11]].tolist() == [2 / 3, 0]
    assert by_hour.drop([10, 11]).isna().all()


def test_who_is_called_back_has_reached_people():
    shop = desk(channels={"phone": {"callback": {"when_wait_above_minutes": 0, "accepted_share": 1.0}}})
    callers = [customer(600, 10), customer(601, 5, accepts_callback=True, bot=CONTAINS)]
    bot = shop.with_(bot=sim.Bot(channels=("phone",), contains=0.5))
    with_bot, without = lived(play(bot, callers)), lived(play(shop, callers))
    assert without.measures(measures="called_back").loc["called_back", "estimate"] == 1
    assert net_deflection(with_bot, without).loc["all", "estimate"] == 1 / 2


def test_the_interval_is_that_of_the_ratio_over_pairs():
    shop = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=3)
    bot = shop.with_(name="bot", bot=sim.Bot(channels=("phone",), contains=0.5))
    runs = sim.compare([bot, shop], replications=6, progress=False).replications
    x, y = ([run.measures(measures="offered").iloc[0, 0] for run in each] for each in runs)
    x, y = np.array(x), np.array(y)
    share = (y - x).sum() / y.sum()
    error = ((y - x - share * y) / y.mean()).std(ddof=1) / np.sqrt(6)
    row = net_deflection(*runs, confidence=0.9).loc["all"]
    # Student's t with 5 degrees of freedom has its 95th percentile at 2.015.
    assert row["estimate"] == pytest.approx(share)
    assert row["high"] - row["estimate"] == pytest.approx(2.01505 * error, rel=1e-5)


def test_needs_the_same_customers_and_a_grouping_with_meaning(pair):
    bot, without = pair
    other = sim.replicate(without.scenario, 1, seed=2, progress=False)
    for wrong in (other, sim.replicate(without.scenario, 2, progress=False)):
        with pytest.raises(ValueError, match=r"made? both with sim.compare|met the same customers"):
            net_deflection(bot, wrong)
    for by in ("team", ["hour", "team"]):
        with pytest.raises(ValueError, match="belong to no team"):
            net_deflection(bot, without, by=by)
    with pytest.raises(ValueError, match="confidence holds 95"):
        net_deflection(bot, without, confidence=95)
