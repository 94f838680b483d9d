"""Money is never made or lost by looking at it another way."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support.random_scenarios import scenarios

import sim
from sim.money import COSTS, GAINS, costs

PRICES = {"per_contact": 2, "per_bot_session": 3, "per_self_service": 1, "per_parcel": 7, "margin_per_order": 11}


@settings(max_examples=10, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(scenario=scenarios())
def test_every_table_adds_up_to_the_same(scenario):
    shop = scenario.with_(money=PRICES | {"sale_share": 0.1, "fixed_per_day": {"portal": 24}})
    log = sim.simulate(shop, seed=3).log
    whole = costs(log, by=None).loc["all"]
    for by in ("case", "type", "segment", "channel", "day", "hour", ["channel", "day"]):
        parts = costs(log, by).sum()
        for name in (*COSTS, *GAINS):
            shared = name in ("wages", "fixed_cost") and by not in ("day", "hour")
            if shared:  # what nobody worked for is borne by nobody
                assert parts.get(name, 0.0) <= whole[name] + 1e-6
            else:
                assert parts.get(name, 0.0) == pytest.approx(whole[name]), (by, name)
    paid = costs(log, "team").sum().get("wages", 0.0)  # of those too who are all absent
    assert paid == pytest.approx(whole["wages"])
    halves = [costs(log, None, from_day=a, to_day=b).loc["all"] for a, b in ((0, 0.5), (0.5, shop.days))]
    assert np.allclose(halves[0] + halves[1], whole)
