"""The pages in docs/ and the code say the same: each key, column, measure and default, in both directions."""

import importlib
import re
import types
import typing

import numpy as np
import pytest
import yaml
from pydantic import BaseModel, RootModel, TypeAdapter, create_model
from support.pages import example_scenarios

import sim
from sim import customers, distributions, luck, opinions, prices, quick, sampling, scenario, service
from sim.log import HAPPENINGS, OUTCOMES, STATES
from sim.measures import DIMENSIONS, MEASURES, sums

PAGES = ("levers.md", "library.md", "model.md", "money.md", "satisfaction.md", "scenario.md", "tables.md")

# The parts of a scenario, by the heading under which docs/scenario.md lists their keys.
PARTS = {
    "Scenario": scenario.Scenario,
    "Demand": customers.Demand,
    "Orders": customers.Orders,
    "Event": customers.Event,
    "Case type": customers.CaseType,
    "Step": customers.Step,
    "Segment": customers.Segment,
    "Live channel": service.LiveChannel,
    "Visit channel": service.VisitChannel,
    "Deferred channel": service.DeferredChannel,
    "Bot": service.Bot,
    "Team": service.Team,
    "Skill": service.Skill,
    "Money": prices.Money,
    "Policies": service.Policies,
    "Satisfaction": opinions.Satisfaction,
    "Loyalty": opinions.Loyalty,
    "Coming back": customers.ComingBack,
    "Return": customers.Return,
    "By mean and coefficient of variation": distributions.MeanCv,
    "By measured points": distributions.Empirical,
}
# Small parts whose keys stand with a dot under the key that holds them.
INSIDE = {
    ("Scenario", "follow_up"): service.FollowUp,
    ("Demand", "trace"): customers.Trace,
    ("Orders", "cases.<type>"): customers.Lagged,
    ("Case type", "self_service"): customers.SelfService,
    ("Live channel", "callback"): service.Callback,
    ("Bot", "skill"): service.BotSkill,
    ("Team", "newcomers"): service.Newcomers,
    ("Satisfaction", "weights"): opinions.Weights,
    ("Satisfaction", "expects"): opinions.Expectations,
    ("Satisfaction", "survey"): opinions.Survey,
    ("Coming back", "angrier"): customers.Angrier,
}
# A mean may be written in other units; `MeanCv` keeps minutes.
OTHER_UNITS = {"mean_seconds", "mean_hours", "mean_days"}


def keys_of(heading):
    """The keys that the table under a heading should list, in order, with their fields."""
    found = {}
    for key, field in PARTS[heading].model_fields.items():
        inherited = key in service.LiveChannel.model_fields and key not in service.VisitChannel.__annotations__
        if heading == "Visit channel" and inherited:
            continue  # the page says: all keys of a live channel, and ...
        found[key] = field
        for (under, path), part in INSIDE.items():
            if (under, path.split(".")[0]) == (heading, key):
                found |= {f"{path}.{name}": inner for name, inner in part.model_fields.items()}
    return found


STRESS_DES = """
1 Objectives
1.1 Purpose
1.2 Outputs
1.3 Aims of experimentation
2 Logic
2.1 Overview
2.2 Base model logic
2.3 Scenario logic
2.4 Algorithms
2.5 Components
3 Data
3.1 Sources
3.2 Pre-processing
3.3 Input parameters
3.4 Assumptions
4 Experimentation
4.1 Initialisation
4.2 Run length
4.3 Estimation
5 Implementation
5.1 Software
5.2 Random sampling
5.3 Model execution
5.4 System
6 Code access
""".strip().splitlines()


def read_tables(text):
    """The tables of a page: (heading, name of the first column) -> {first cell: other cells by column name}."""
    tables, heading, columns = {}, "", []
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            columns = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not columns:
            columns = cells
            rows = tables.setdefault((heading, columns[0]), {})
        elif not set(line) <= set("|-"):
            assert len(cells) == len(columns), line
            first = cells[0].strip("`")
            assert first not in rows, f"{first} stands twice under {heading}"
            rows[first] = dict(zip(columns, cells, strict=True))
    return tables


@pytest.fixture(scope="module")
def pages(root):
    """Text of each page, by name."""
    return {name: (root / "docs" / name).read_text(encoding="utf-8") for name in PAGES}


@pytest.fixture(scope="module")
def tables(pages):
    """Tables of each page, by name."""
    return {name: read_tables(text) for name, text in pages.items()}


@pytest.fixture(scope="module")
def run():
    """A short run with all kinds of channels, a bot and a back office."""
    return sim.simulate(sim.load(example_scenarios()[-1]).with_(days=2), seed=1)


def test_a_table_is_read_as_people_read_it():
    text = "# Top\n| key | unit |\n|---|---|\n| `a` | m |\n| `b` | |\n\n## Next\n\n| sum | x |\n|---|---|\n| `c` | 1 |"
    assert read_tables(text) == {
        ("Top", "key"): {"a": {"key": "`a`", "unit": "m"}, "b": {"key": "`b`", "unit": ""}},
        ("Next", "sum"): {"c": {"sum": "`c`", "x": "1"}},
    }
    with pytest.raises(AssertionError, match="a stands twice under Top"):
        read_tables("# Top\n| key |\n|---|\n| `a` |\n| `a` |")


class TestScenarioPage:
    def test_every_part_of_a_scenario_has_its_table(self, tables):
        def parts(annotation):
            """All models with keys that an annotation can hold, found by following it down."""
            if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
                if not issubclass(annotation, BaseModel) or issubclass(annotation, RootModel):
                    return set()
                fields = annotation.model_fields.values()
                return {annotation}.union(*(parts(field.annotation) for field in fields))
            return set().union(*(parts(option) for option in typing.get_args(annotation)))

        assert parts(scenario.Scenario) == set(PARTS.values()) | set(INSIDE.values())
        assert {heading for heading, first in tables["scenario.md"] if first == "key"} == set(PARTS)

    @pytest.mark.parametrize("heading", PARTS)
    def test_the_table_lists_the_keys_that_exist_in_their_order(self, tables, heading):
        listed = [key for key in tables["scenario.md"][heading, "key"] if key not in OTHER_UNITS]
        assert listed == list(keys_of(heading))

    def test_a_mean_can_be_written_in_the_listed_units(self, tables):
        listed = tables["scenario.md"]["By mean and coefficient of variation", "key"]
        assert set(distributions._UNITS) == {"mean_minutes"} | OTHER_UNITS == {key for key in listed if "mean" in key}

    @pytest.mark.parametrize("heading", PARTS)
    def test_defaults_are_those_of_the_code(self, tables, heading):
        for key, cells in tables["scenario.md"][heading, "key"].items():
            if key in OTHER_UNITS:
                continue
            field = keys_of(heading)[key]
            if field.is_required():
                assert cells["default"] == "required", key
            else:
                stated = TypeAdapter(field.annotation).validate_python(yaml.safe_load(cells["default"].strip("`")))
                assert stated == field.get_default(), key

    @pytest.mark.parametrize("heading", PARTS)
    def test_examples_are_accepted(self, tables, heading):
        for key, cells in tables["scenario.md"][heading, "key"].items():
            example = re.fullmatch(r"`(.+)`", cells["example"])
            if example is None:
                assert "(#a-whole-file)" in cells["example"], key
                continue
            given = yaml.safe_load(example[1])
            if key in OTHER_UNITS:
                distributions.MeanCv.model_validate({key: given})
                continue
            field = keys_of(heading)[key]
            create_model("OneKey", key=(field.annotation, field)).model_validate({"key": given})

    def test_every_family_is_listed_with_its_cv(self, tables):
        listed = tables["scenario.md"]["By mean and coefficient of variation", "distribution"]
        assert set(listed) == set(typing.get_args(distributions.Family))
        for family, cells in listed.items():
            stated = float(cells["cv if left out"].split()[0])
            assert distributions.MeanCv(distribution=family, mean_minutes=1).cv == pytest.approx(stated, abs=5e-4)

    def test_forms_of_timetables_are_accepted(self, tables):
        forms = tables["scenario.md"]["Timetables", "form"]
        assert forms
        for cells in forms.values():
            assert sim.timetable.Weekly(yaml.safe_load(cells["example"].strip("`"))).minutes.any()

    def test_the_whole_files_can_be_simulated(self):
        examples = example_scenarios()
        assert len(examples) == 2
        for content in examples:
            shop = sim.load(content)
            assert len(sim.simulate(shop.with_(days=1)).contacts) >= 1
            assert sim.load(yaml.safe_load(shop.to_yaml())) == shop


class TestModelPage:
    def test_the_measures_are_those_of_the_code(self, tables):
        listed = tables["model.md"]["Measures", "measure"]
        assert list(listed) == list(MEASURES)
        for name, measure in MEASURES.items():
            under = f" / `{measure.under}`" if measure.under else ""
            assert (listed[name]["formula"], listed[name]["unit"]) == (f"`{measure.over}`{under}", measure.unit)

    def test_every_sum_is_explained(self, tables, run):
        assert set(tables["model.md"]["Measures", "sum"]) == set(sums(run.log).values)

    def test_the_headings_are_those_of_stress_des(self, pages):
        headings = re.findall(r"^#{2,3} (\d.*)$", pages["model.md"], flags=re.MULTILINE)
        assert [heading for heading in headings if not heading.startswith("1.4")] == STRESS_DES

    def test_the_streams_of_chance_are_those_of_the_code(self, pages, monkeypatch):
        sampling.forget()  # customers that another test has drawn ask for no keys
        used = set()
        key = luck.key_of

        def watched(stream):
            used.add(stream)
            return key(stream)

        monkeypatch.setattr(luck, "key_of", watched)
        monkeypatch.setitem(quick._taken, "passes", None)  # NumPy asks for one key after the other
        shop = sim.load(example_scenarios()[-1])
        clever = sim.service.Bot(channels=["chat"], skill={"d_prime": 2, "solvable": 0.5}, meets_share=0.5)
        part_time = sim.load("baseline").with_(teams={"phone_desk": {"agents": 3.5}})
        for drawn in (shop, shop.with_(bot=clever), part_time):
            sim.workload.draw(drawn.with_(days=2))
        (listed,) = re.findall(r"name of the stream: (.+?)\.", pages["model.md"], flags=re.DOTALL)
        assert set(" ".join(listed.split()).split(", ")) == used


class TestTablesPage:
    @pytest.mark.parametrize("name", ["contacts", "cases", "tasks", "staffing", "journey"])
    def test_columns_are_listed_in_their_order(self, tables, run, name):
        listed = tables["tables.md"][f"run.{name}", "column"]
        assert list(listed) == list(getattr(run, name).columns)
        for column, cells in listed.items():
            assert cells["unit"] == ("minutes" if column.endswith("_minutes") else ""), column

    def test_outcomes_states_and_dimensions_are_listed(self, tables):
        assert list(tables["tables.md"]["Outcomes", "outcome"]) == list(OUTCOMES)
        assert list(tables["tables.md"]["States", "state"]) == list(STATES)
        assert list(tables["tables.md"]["Happenings", "happening"]) == list(HAPPENINGS)
        assert list(tables["tables.md"]["run.measures", "dimension"]) == list(DIMENSIONS)

    def test_columns_of_measures_with_intervals_and_of_the_backlog_are_listed(self, tables, run):
        runs = sim.replicate(run.scenario, replications=2, progress=False)
        assert list(tables["tables.md"]["runs.measures", "column"]) == list(runs.measures().columns)
        assert list(tables["tables.md"]["run.backlog", "column"]) == list(run.backlog().columns)

    @pytest.mark.parametrize(
        ("dimension", "names"),
        [
            ("channel", {"busy", "worked", "staffed", "paid", "window", "chat_minutes", "chat_staffed", "profit"}),
            (
                "team",
                {"backlog", "backlog_hours", "backlog_oldest_hours", "followed_cases"}
                | {"cases", "contacts_of_cases", "one_contact_cases", "solved_cases", "given_up_cases"}
                | {"offered", "abandoned", "blocked", "turned_away", "offered_or_blocked", "days_with_calls"}
                | {"live_offered", "live_wait_known", "live_not_gone_early", "called_back", "bot_sessions"}
                | {"enquiries", "self_served", "resolution_hours", "refund_hours", "refunds"}
                | {*sim.satisfaction.SUMS, "cases_to_rate"}
                | {
                    "channel_cost",
                    "bot_cost",
                    "self_service_cost",
                    "freight_cost",
                    "step_cost",
                    "compensation",
                    "abuse",
                }
                | {"fixed_cost", "cost", "margin_lost", "contribution", "profit", "money_contacts", "money_solved"},
            ),
            ("day", {"backlog", "backlog_hours", "backlog_oldest_hours"}),
        ],
    )
    def test_measures_without_meaning_are_nan_as_it_says(self, run, dimension, names):
        values = sums(run.log, dimension).values
        without = {name for name, numbers in values.items() if np.isnan(numbers).all()}
        assert without == names


class TestSatisfactionPage:
    @pytest.mark.parametrize(
        ("heading", "first", "assumptions"),
        [
            ("Weights", "weight", opinions.WEIGHTS),
            ("Expectations", "expectation", opinions.EXPECTATIONS),
            ("Surveys", "key", opinions.SURVEY),
            ("Loyalty", "key", opinions.LOYALTY),
        ],
    )
    def test_every_assumption_is_listed_with_its_range_and_source(self, tables, heading, first, assumptions):
        listed = tables["satisfaction.md"][heading, first]
        assert list(listed) == [one.name for one in assumptions]

        def same(text, value):
            assert np.array_equal(yaml.safe_load(text), value), text

        for one in assumptions:
            cells = listed[one.name]
            low, high = cells["range"].split(" to ")
            for text, value in ((cells["default"], one.default), (low, one.low), (high, one.high)):
                same(text, value)
            assert (cells["unit"], cells["what it is"], cells["source"]) == (one.unit, one.meaning, one.source)

    def test_cuts_are_those_of_the_code(self, tables):
        listed = tables["satisfaction.md"]["Cuts", "scale"]
        for name, cells in listed.items():
            assert tuple(yaml.safe_load(cells["cuts at score 0"])) == getattr(opinions.Satisfaction(), name)
        assert len(listed) == 3

    def test_the_model_s_column_of_late_deliveries_is_what_the_model_says(self, tables):
        judged = opinions.Satisfaction()
        for days, cells in tables["satisfaction.md"]["How late deliveries were rated", "days late"].items():
            late = 0.0 if days == "none" else float(days)
            chance = sim.satisfaction.chances(judged.weights.late_days * np.log1p(late), judged.rating_cuts)
            bad, mean = cells["model, bad"], cells["model, mean"]
            assert float(bad.removesuffix(" %")) == pytest.approx(100 * chance[:2].sum(), abs=0.3)
            assert float(mean) == pytest.approx(chance @ np.arange(1, 6), abs=0.015)


class TestMoneyPage:
    def test_every_price_is_listed_with_its_range_and_source(self, tables):
        listed = tables["money.md"]["Prices", "price"]
        assert list(listed) == list(prices.PRICES)
        of_money = [name for name in prices.PRICES if "." not in name]
        assert of_money == [name for name in prices.Money.model_fields if name != "currency"]
        for name, price in prices.PRICES.items():
            part, _, key = name.rpartition(".")
            owner = {"": prices.Money, "segments.<name>": customers.Segment, "teams.<name>": service.Team}[part]
            cells, default = listed[name], owner.model_fields[key].default
            assert yaml.safe_load(cells["default"]) == default, name
            assert cells["range"] == f"{price.low:g} to {price.high:g}"
            assert (cells["unit"], cells["source"], cells["what it is"]) == (price.unit, price.source, price.meaning)
            if isinstance(default, float):
                assert price.low <= default <= price.high, name

    def test_all_that_is_paid_or_won_is_explained(self, tables):
        assert list(tables["money.md"]["What is counted, and when", "column"]) == [*sim.money.COSTS, *sim.money.GAINS]


class TestLeversPage:
    def test_every_lever_is_listed(self, tables):
        listed = tables["levers.md"]["Levers", "lever"]
        assert list(listed) == list(sim.policies.POLICIES)
        for name, policy in sim.policies.POLICIES.items():
            assert listed[name] == {
                "lever": f"`{name}`",
                "group": policy.group,
                "label": policy.label,
                "中文": policy.label_zh,
                "unit": policy.unit,
                "range": f"{policy.low:g} to {policy.high:g}",
                "step": f"{policy.step:g}",
                "what it does": policy.help,
            }


class TestLibraryPage:
    def test_every_scenario_is_told(self, tables):
        assert set(tables["library.md"]["The scenarios", "scenario"]) == set(sim.scenarios())

    def test_the_policies_side_by_side_are_those_of_the_files(self, tables):
        for policy, cells in tables["library.md"]["Side by side", "policy"].items():
            for name, stated in list(cells.items())[1:]:
                shop = sim.load(name)
                assert stated == _policy(shop, policy), (policy, name)


def _policy(shop, policy):
    """What a scenario has of a policy, as docs/library.md writes it."""
    returned, desk = shop.case_types["return"], shop.teams["chat_desk"]
    days = [step.delay.mean_minutes / 1440 * (returned.freight_factor if step.freight else 1)
            for step in returned.steps if step.delay]  # fmt: skip
    return {
        "return window": f"{shop.policies.return_window_days:g} days",
        "parcels of returns paid": f"{shop.money.parcel_paid_share['return']:.0%}",
        "instant refund": f"{returned.instant_refund_share:.0%}",
        "way of the money, without it": f"{sum(days):.1f} days",
        "kept informed": f"{returned.kept_informed_share:.0%}",
        "where-is-my-order prevented": f"{shop.policies.prevented_share.get('where_is_my_order', 0):.0%}",
        "compensation in advance": f"{shop.money.compensation_in_advance.get('complaint', 0):g}",
        "complaints solved by phone": f"{shop.case_types['complaint'].solved['phone']:.0%}",
        "chat desk's courtesy": f"{desk.courtesy:g}",
        "bot's boldness": f"{0 - shop.bot.skill.threshold:g}",
        "followed up": f"{shop.follow_up.share:.0%}",
    }[policy]


@pytest.mark.parametrize("page", PAGES)
def test_names_of_the_package_exist(pages, page):
    names = set(re.findall(r"\bsim(?:\.[a-zA-Z_]\w*)+", pages[page]))
    for name in names:
        _, *path = name.split(".")
        here = importlib.import_module("sim")
        for step in path:
            here = getattr(here, step)


@pytest.mark.parametrize("page", PAGES)
def test_links_between_the_pages_lead_somewhere(pages, page, root):
    for name, anchor in re.findall(r"\]\(([\w./-]*)#?([\w-]*)\)", pages[page]):
        target = (root / "docs" / (name or page)).read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in target.splitlines()
            if line.startswith("#")
        }
        assert not anchor or anchor in anchors, (name, anchor)
