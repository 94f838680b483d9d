"""The shipped scenarios: each tells its story, and side by side they differ as their stories say."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import yaml

import sim
from sim.demand import cases_per_minute
from sim.policies.demand import PREVENTION_PER_DAY

STYLES = ("amazon_style", "taobao_style", "jd_style", "xiaomi_style", "failing_platform")
NAMES = ("baseline", "livestream", *STYLES, "small_store")


@pytest.fixture(scope="module")
def shops():
    return {name: sim.load(name) for name in NAMES}


def test_these_are_shipped():
    assert sorted(NAMES) == sorted(sim.scenarios())
    assert sim.scenarios()[0] == "baseline"


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_story_that_says_what_is_assumed(shops, name, root):
    story = shops[name].story
    assert shops[name].name == name
    assert "assumed" in story
    assert len(story) > 300
    if name.endswith("_style"):
        assert "A model of published policies" in story
        assert "none is" in story
    text = (root / "sim" / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= (75 if "based_on" in text else 200)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_written_down_in_full(shops, name):
    text = shops[name].to_yaml()
    assert "based_on" not in text
    assert sim.load(yaml.safe_load(text)) == shops[name]


@pytest.mark.parametrize("name", STYLES)
def test_shop_and_customers_are_those_of_the_baseline(shops, name):
    one, base = shops[name], shops["baseline"]
    assert (one.segments, one.satisfaction, one.loyalty, one.days) == (
        base.segments,
        base.satisfaction,
        base.loyalty,
        base.days,
    )
    assert one.demand.orders.per_day == base.demand.orders.per_day
    assert {kind: one.demand.orders.cases[kind].per_100 for kind in one.case_types} == {
        kind: base.demand.orders.cases[kind].per_100 for kind in base.case_types
    }
    assert list(one.channels) == list(base.channels)


@pytest.mark.parametrize(
    ("name", "pulled"),
    [
        ("amazon_style", {"return_window": 30, "free_freight.return": 1, "prevention.return": 0.1,
                          "prevention.where_is_my_order": 0.35, "prevention.how_to": 0.25}),
        ("taobao_style", {"return_window": 7, "free_freight.return": 0.8, "compensation_in_advance.complaint": 8}),
        ("jd_style", {"return_window": 7, "free_freight.return": 1, "prevention.where_is_my_order": 0.5}),
        ("xiaomi_style", {"prevention.how_to": 0.3, "prevention.repair": 0.1}),
        ("failing_platform", {"return_window": 7, "free_freight.return": 0.2}),
    ],
)  # fmt: skip
def test_policies_have_the_effects_that_levers_have(shops, name, pulled):
    """A scenario's demand is what the same levers make of the baseline, so that no story gets a better deal."""
    one, other = shops[name], sim.pull("baseline", pulled)
    for kind, case_type in other.case_types.items():
        if (name, kind) != ("failing_platform", "complaint"):
            assert one.case_types[kind].demand_factor == pytest.approx(case_type.demand_factor, rel=0.001), kind
    for lever, value in pulled.items():
        assert sim.lever(lever, one).now == value
    if name == "taobao_style":
        solved = other.case_types["complaint"].solved
        assert one.case_types["complaint"].solved == pytest.approx(solved, abs=0.005)
    if name in ("amazon_style", "xiaomi_style"):
        prevented = sum(value for lever, value in pulled.items() if lever.startswith("prevention"))
        assert sum(one.money.fixed_per_day.values()) == pytest.approx(PREVENTION_PER_DAY * prevented)


@pytest.fixture(scope="module")
def estimates(shops):
    """Estimates of a measure by scenario. Returns of the first two days have time to end."""
    chosen = [shops[name].with_(days=14) for name in ("baseline", *STYLES)]
    runs = sim.compare(chosen, replications=3, seed=5, progress=False)

    @cache
    def found(measure, by=None):
        return dict(zip(("baseline", *STYLES), runs.estimates(measure, by, to_day=2), strict=True))

    return found


class TestSideBySide:
    """Differences on the same customers whose intervals leave out 0."""

    @pytest.mark.parametrize(
        ("measure", "rising"),
        [
            # Instant refunds are quickest, own couriers next; then free and simple returns, checks, and audits.
            ("refund_hours", ["taobao_style", "amazon_style", "baseline", "failing_platform"]),
            ("refund_hours", ["jd_style", "amazon_style"]),
            ("resolution_hours", ["taobao_style", "amazon_style", "baseline"]),
            # Service that fails makes people ask again; prevention leaves nothing to ask.
            *(("contacts_per_case", [name, "failing_platform"]) for name in ("baseline", *STYLES[:-1])),
            *(("cases", ["jd_style", "amazon_style", name]) for name in ("baseline", "taobao_style", "xiaomi_style")),
            ("status_enquiries", ["amazon_style", "baseline", "failing_platform"]),
            # A bold bot that knows little keeps people away without helping them.
            ("false_containment", ["baseline", "failing_platform"]),
            # The customers' verdict, and who stays.
            *(("csat", ["failing_platform", name]) for name in ("baseline", *STYLES[:-1])),
            ("csat", ["baseline", "amazon_style"]),
            ("csat", ["taobao_style", "jd_style"]),
            *(("margin_lost", [name, "failing_platform"]) for name in ("baseline", *STYLES[:-1])),
            # What generosity costs: freight, compensation, abuse. Who saves at that, saves.
            ("freight_cost", ["failing_platform", "baseline", "amazon_style"]),
            *(("freight_cost", [name, "amazon_style"]) for name in ("taobao_style", "jd_style", "xiaomi_style")),
            ("compensation", ["baseline", "taobao_style"]),
            ("abuse", ["failing_platform", "baseline", "amazon_style", "taobao_style"]),
            *(("cost_per_contact", ["failing_platform", name]) for name in ("baseline", *STYLES[:-1])),
        ],
    )
    def test_they_differ_for_the_reasons_of_their_stories(self, estimates, measure, rising):
        one = estimates(measure)
        for less, more in pairwise(rising):
            table = (one[more] - one[less]).table(None, 0.95)
            assert table["low"].item() > 0, (less, more, table)

    def test_repairs_at_service_centres_are_quicker(self, estimates):
        one = estimates("resolution_hours", "type")
        repair = list(sim.load("baseline").case_types).index("repair")
        table = (one["baseline"] - one["xiaomi_style"]).table(None, 0.95)
        assert table["low"].iloc[repair] > 0


class TestLiveStream:
    def test_parcels_are_asked_for_after_two_days_and_returned_in_the_second_week(self, shops):
        plain, stream = shops["baseline"].with_(days=14), shops["livestream"]
        asked = cases_per_minute(stream, "where_is_my_order").sum(axis=1)
        # Streams on the days 2 and 5: peaks on 4 or 5, and 7 or 8, above what any usual day brings.
        usual = cases_per_minute(plain, "where_is_my_order").sum(axis=1)
        assert asked[[4, 5, 7, 8]].min() > 1.2 * usual.max()
        returned = cases_per_minute(stream, "return").sum(axis=1)
        assert returned[8:].mean() > 1.2 * returned[:6].mean()

    def test_they_ask_in_the_evening(self, shops):
        by_hour = [
            cases_per_minute(shops[name], "where_is_my_order").sum(axis=0).reshape(24, 60).sum(axis=1)
            for name in ("baseline", "livestream")
        ]
        plain, stream = (hours[18:23].sum() / hours.sum() for hours in by_hour)
        assert stream > 1.5 * plain
        watching = cases_per_minute(shops["livestream"], "how_to")[2].reshape(24, 60).sum(axis=1)
        assert np.argmax(watching) in (20, 21)


class TestSmallStore:
    def test_one_person_does_everything_and_a_partner_can_be_asked_in(self, shops):
        store = shops["small_store"]
        assert {name: team.head_count.max() for name, team in store.teams.items()} == {"owner": 1}
        shared = sim.pull(store, {"outsourcing.owner": 0.5})
        assert set(shared.teams) == {"owner", "owner_partner"}

    def test_the_bot_and_the_portal_spare_the_owner_work(self, shops):
        store = shops["small_store"].with_(days=21)
        bare = sim.pull(store, {"bot": 0, "self_service.how_to": 0, "self_service.where_is_my_order": 0})
        runs = sim.compare([store, bare], replications=4, progress=False)
        served = runs.estimates("served")
        assert (served[1] - served[0]).table(None, 0.95)["low"].item() > 0
