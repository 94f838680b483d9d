"""Levers: each is one valid change, with the effect that its help text tells, by direction and by size."""

from functools import lru_cache
from math import exp

import numpy as np
import pytest
import yaml
from pydantic import BaseModel

import sim
from sim import engines
from sim.demand import cases_per_minute
from sim.policies import GROUPS, POLICIES
from sim.policies.weeks import as_hours, as_numbers
from sim.workload import CONTAINS, SEEMS_TO_CONTAIN, STEP, draw

BASE = sim.load("baseline").with_(
    days=1,
    demand={"factor": 0.5},
    money={"per_step": {"repair": 15, "goodwill": 10}},
    case_types={"how_to": {"demand_factor": 1.0}},
)
LEVERS = sim.levers(BASE)
# One place of each kind; the others differ in names only.
ONE_OF_EACH = {name.split(".")[0]: name for name in reversed(LEVERS)}
# These count from the scenario as it is, and stand at 0 again.
RELATIVE = {"agents_morning", "agents_afternoon", "agents_evening", "opening_hours"}
# What is switched off or cut by these is forgotten, and comes back as usual.
FORGETFUL = {"bot", "callback", "chats_at_once", "complaints_first"}
# At the upper ends of their ranges these bring fewer cases, and more.
FEWER, MORE = {"prevention"}, {"demand", "return_window", "free_freight"}


def kind(name):
    return name.split(".")[0]


@lru_cache(maxsize=1)
def of_base():
    """What happens without any lever."""
    return record(BASE)


def record(scenario):
    """All that happened in a short run, and what it cost."""
    log = engines.run(scenario, draw(scenario, 3), "auto")
    arrays = (log.row, log.arrived, log.answered, log.ended, log.outcome, log.agent, log.state, log.duty_end)
    return arrays, sim.money.costs(log, by=None)


class TestEveryLever:
    def test_is_found_in_the_baseline_and_described(self):
        assert set(ONE_OF_EACH) == set(POLICIES)
        for name, policy in POLICIES.items():
            assert policy.name == name
            assert policy.group in GROUPS
            assert policy.low < policy.high
            assert policy.step <= policy.high - policy.low
            for text in (policy.label, policy.unit, policy.help):
                assert text.isprintable()
                assert text
            for text in (policy.label_zh, policy.help_zh):
                assert any("\u4e00" <= letter <= "\u9fff" for letter in text), name
            assert policy.help.endswith(".")

    @pytest.mark.parametrize("name", LEVERS)
    def test_reaches_both_ends_of_its_range(self, name):
        lever = LEVERS[name]
        assert lever.low <= lever.now <= lever.high
        for value in (lever.low, lever.high):
            shop = lever.apply(BASE, value)
            if kind(name) not in RELATIVE and (kind(name), value) != ("chats_at_once", 1):
                assert sim.lever(name, shop).now == pytest.approx(value)
            assert (shop == BASE) == (value == lever.now)

    @pytest.mark.parametrize("name", ONE_OF_EACH.values())
    def test_what_it_makes_can_be_simulated_and_written_down(self, name):
        lever = LEVERS[name]
        for value in (lever.low, lever.high):
            shop = lever.apply(BASE, value)
            assert len(record(shop)[0][0])
            assert sim.load(yaml.safe_load(shop.to_yaml())) == shop

    # A switch that is set as it stands would lose the settings behind it; `apply` leaves it alone.
    @pytest.mark.parametrize("name", [name for name in ONE_OF_EACH.values() if LEVERS[name].unit != "switch"])
    def test_the_value_at_which_it_stands_changes_nothing(self, name):
        lever = LEVERS[name]
        assert lever.apply(BASE, lever.now) is BASE
        changed = BASE.with_(**lever.policy.changes(BASE, lever.place, lever.now))
        before, after = of_base(), record(changed)
        for a, b in zip(before[0], after[0], strict=True):
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        assert after[1].equals(before[1])

    @pytest.mark.parametrize("name", [name for name in ONE_OF_EACH.values() if kind(name) not in RELATIVE | FORGETFUL])
    def test_there_and_back_is_where_it_was(self, name):
        lever = LEVERS[name]
        value = lever.high if lever.now != lever.high else lever.low
        there = lever.apply(BASE, value)
        back = lever.apply(there, lever.now)
        now, once = _leaves(BASE), _leaves(back)
        for path, value in now.items():
            if path not in once:  # one share for all has become one by name
                assert {found for key, found in once.items() if key.startswith(path + ".")} == {value}
                continue
            close = np.allclose(once[path], value, rtol=1e-6, atol=1e-9) if _is_number(value) else once[path] == value
            assert close, path

    @pytest.mark.parametrize("name", ONE_OF_EACH.values())
    def test_the_customers_stay_who_they_are(self, name):
        lever = LEVERS[name]
        before, after = (draw(shop, 3) for shop in (BASE, lever.apply(BASE, lever.high)))

        def people(work):
            return set(zip(work.case_type.tolist(), work.appears_minutes.tolist(), work.segment.tolist(), strict=True))

        if kind(name) in FEWER:
            assert people(after) < people(before)
        elif kind(name) in MORE:
            assert people(after) > people(before)
        else:
            assert np.array_equal(after.appears_minutes, before.appears_minutes)
            assert people(after) == people(before)


def _is_number(value):
    return isinstance(value, (int, float, np.ndarray)) and not isinstance(value, bool)


def _leaves(part, path=""):
    """All that a scenario holds, by path; timetables by what they say for each minute."""
    if isinstance(part, (sim.timetable.Weekly, sim.timetable.OpenHours)):
        return {path: part.minutes}
    if isinstance(part, BaseModel):
        part = {name: getattr(part, name) for name in type(part).model_fields}
    if isinstance(part, (list, tuple)):
        part = dict(enumerate(part))
    if isinstance(part, dict):
        inside = [_leaves(inner, f"{path}.{key}" if path else str(key)) for key, inner in part.items()]
        return {path: value for found in inside for path, value in found.items()}
    return {path: part}


def odds(scenario, name):
    """Odds of solving by channel."""
    given = scenario.case_types[name].solved
    return given if isinstance(given, dict) else dict.fromkeys(scenario.channels, given)


class TestDemand:
    def test_a_tenth_of_the_cases_is_prevented_for_a_tenth_of_the_price(self):
        shop = sim.pull(BASE, {"prevention.return": 0.5})
        less = sim.pull(shop, {"prevention.return": 0.1})
        one = {
            name: cases_per_minute(less, name).sum() / cases_per_minute(BASE, name).sum() for name in BASE.case_types
        }
        assert one == pytest.approx(dict.fromkeys(one, 1.0) | {"return": 0.9})
        assert less.money.fixed_per_day == {"preventing return": pytest.approx(60)}

    def test_a_portal_opens_where_there_was_none(self):
        shop = sim.pull(BASE, {"self_service.complaint": 0.5, "knowledge_base.complaint": 0.6})
        portal = shop.case_types["complaint"].self_service
        assert (portal.share, portal.solves) == (0.5, 0.6)
        minutes, solves = (draw(s, 3) for s in (BASE, shop))
        complaint = list(BASE.case_types).index("complaint")
        mine = solves.case_type == complaint
        assert not minutes.self_service_solves[mine].any()
        # 30 % of them: within four standard errors.
        assert abs(solves.self_service_solves[mine].mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / mine.sum())

    def test_who_is_kept_informed_does_not_ask(self):
        shop = sim.pull(BASE, {"status_notices.return": 1, "status_notices.repair": 1})
        assert draw(BASE, 3).enquiries.sum() > 0
        assert draw(shop, 3).enquiries.sum() == 0


class TestPeople:
    def test_agents_of_a_part_of_the_day(self):
        shop = sim.pull(BASE, {"agents_evening.phone_desk": 2, "agents_morning.phone_desk": 1})
        before, after = (s.teams["phone_desk"].agents.minutes for s in (BASE, shop))
        more = after - before
        at = {hour: more[0, hour * 60] for hour in (7, 8, 11, 12, 16, 17, 19, 20)}
        assert at == {7: 0, 8: 1, 11: 1, 12: 0, 16: 0, 17: 2, 19: 2, 20: 0}

    def test_four_hours_of_training(self):
        team = sim.pull(BASE, {"training.phone_desk": 4}).teams["phone_desk"]
        reached = 1 - exp(-1)
        assert team.handle_factor == pytest.approx(1 - 0.08 * reached)
        assert team.solve_factor == pytest.approx(1 + 0.06 * reached)
        assert team.courtesy == pytest.approx(0.2 * reached)
        assert team.absence == pytest.approx(0.06 + 4 / 160)

    def test_more_training_on_top_is_as_if_it_had_been_so_from_the_start(self):
        once = sim.pull(BASE, {"training.phone_desk": 8}).teams["phone_desk"]
        twice = sim.pull(sim.pull(BASE, {"training.phone_desk": 3}), {"training.phone_desk": 8}).teams["phone_desk"]
        assert twice.handle_factor == pytest.approx(once.handle_factor)
        assert twice.absence == pytest.approx(once.absence)

    def test_checks_even_out_quality_and_take_time(self):
        team = sim.pull(BASE, {"quality_checks.phone_desk": 0.05}).teams["phone_desk"]
        assert team.handle_factor == pytest.approx(1.05)
        assert team.newcomers.handle_factor == pytest.approx(1 + 0.25 * exp(-1))
        assert team.newcomers.solve_factor == pytest.approx(1 - 0.08 * exp(-1))
        assert team.solve_drop_when_busy == pytest.approx(0.05 * exp(-1))

    def test_one_standard_brings_teams_half_way_to_the_best(self):
        uneven = BASE.with_(
            teams={"chat_desk": {"solve_factor": 1.1, "courtesy": -0.4}, "back_office": {"courtesy": 0.2}}
        )
        teams = sim.pull(uneven, {"common_standard": 0.5}).teams
        assert {name: team.solve_factor for name, team in teams.items()} == pytest.approx(
            {"phone_desk": 1.05, "chat_desk": 1.1, "back_office": 1.05, "service_centre": 1.05, "partner": 1.01}
        )
        assert (teams["chat_desk"].courtesy, teams["phone_desk"].courtesy) == pytest.approx((-0.1, 0.1))

    def test_a_partner_takes_over_a_quarter_of_the_agents(self):
        shop = sim.pull(BASE, {"outsourcing.phone_desk": 0.25})
        own, other, before = shop.teams["phone_desk"], shop.teams["phone_desk_partner"], BASE.teams["phone_desk"]
        assert np.allclose(own.agents.minutes + other.agents.minutes, before.agents.minutes)
        assert np.allclose(other.agents.minutes, before.agents.minutes / 4)
        assert (other.outsourced, other.paid_by, other.price_per_contact) == (True, "contact", 3.5)
        assert (other.handle_factor, other.solve_factor) == pytest.approx((1.1, 0.93))
        assert other.skills == before.skills
        assert "phone_desk_partner" not in sim.pull(shop, {"outsourcing.phone_desk": 0}).teams

    def test_vips_get_a_desk_of_their_own_beside_that_of_the_phone(self):
        assert [name for name in LEVERS if kind(name) == "vip_own_agents"] == ["vip_own_agents.vip"]
        shop = sim.pull(BASE, {"vip_own_agents.vip": 2})
        own, before = shop.teams["vip_own_agents"], BASE.teams["phone_desk"]
        assert [skill.model_dump() for skill in own.skills] == [{"channel": "phone", "segment": "vip"}]
        assert np.array_equal(own.agents.minutes, 2 * (before.agents.minutes > 0))
        assert (own.wage_per_hour, own.absence, own.newcomers) == (21, 0.06, before.newcomers)
        assert shop.teams["phone_desk"].agents == before.agents
        helps = {"channel": "phone", "segment": "vip", "after_minutes": 1.0}
        assert [skill.model_dump() for skill in shop.teams["phone_desk"].skills][:2] == [helps, "phone"]
        # Others' calls never reach them; VIPs' calls do.
        contacts = sim.simulate(shop, seed=3).contacts
        mine = contacts[contacts["team"] == "vip_own_agents"]
        assert len(mine)
        assert set(mine["segment"]) == {"vip"}
        assert sim.pull(shop, {"vip_own_agents.vip": 3}).teams["vip_own_agents"].agents.minutes.max() == 3
        assert sim.pull(shop, {"vip_own_agents.vip": 0}).teams == BASE.teams


class TestChannels:
    def test_closing_later_keeps_the_agents_of_the_last_hour(self):
        shop = sim.pull(BASE, {"opening_hours.phone": 1.5})
        for weekday, closing in ((0, 20), (6, 18)):
            hours, desk = shop.channels["phone"].open_hours.minutes, shop.teams["phone_desk"].agents.minutes
            assert hours[weekday, closing * 60 : (closing + 1) * 60 + 30].all()
            assert not hours[weekday, (closing + 1) * 60 + 30]
            assert (
                desk[weekday, closing * 60 + 89] == BASE.teams["phone_desk"].agents.minutes[weekday, closing * 60 - 1]
            )
            assert desk[weekday, closing * 60 + 90] == 0
        # The partner's day ends before; nobody else has the phone as daily work until closing.
        assert shop.teams["partner"] == BASE.teams["partner"]

    def test_closing_earlier_sends_home_who_is_not_needed_elsewhere(self):
        phone = sim.pull(BASE, {"opening_hours.phone": -1})
        assert phone.teams["phone_desk"].agents.minutes[0, 19 * 60] == 0
        assert phone.teams["phone_desk"].agents.minutes[0, 19 * 60 - 1] > 0
        chat = sim.pull(BASE, {"opening_hours.chat": -1})
        assert not chat.channels["chat"].open_hours.minutes[0, 21 * 60]
        assert chat.teams["chat_desk"] == BASE.teams["chat_desk"]

    def test_a_day_keeps_an_hour_and_ends_at_midnight(self):
        short = BASE.with_(
            channels={"phone": {"open_hours": {"mon": ["08:00-12:00", "13:00-15:00"], "tue": "08:00-22:00"}}}
        )
        less, more = (sim.pull(short, {"opening_hours.phone": value}) for value in (-3, 4))
        assert np.flatnonzero(less.channels["phone"].open_hours.minutes[0])[-1] + 1 == 14 * 60
        assert np.flatnonzero(more.channels["phone"].open_hours.minutes[1])[-1] + 1 == 24 * 60

    def test_more_chats_slow_down_as_before_and_fewer_leave_out_the_slow_ones(self):
        more, less = (sim.pull(BASE, {"chats_at_once.chat": n}).channels["chat"] for n in (5, 2))
        # 0.7 / 0.85 = 0.8235 each further one.
        assert more.speed == pytest.approx((1, 0.85, 0.7, 0.5765, 0.4747), abs=1e-4)
        assert less.speed == (1, 0.85)

    def test_complaints_come_first(self):
        teams = sim.pull(BASE, {f"complaints_first.{name}": 1 for name in ("phone_desk", "back_office")}).teams
        complaint = {"channel": "phone", "type": "complaint"}
        assert [skill.model_dump() for skill in teams["phone_desk"].skills][:2] == [complaint, "phone"]
        assert teams["back_office"].skills[0].model_dump() == complaint
        back = sim.pull(
            BASE.with_(teams=teams), {f"complaints_first.{name}": 0 for name in ("phone_desk", "back_office")}
        )
        assert back.teams["phone_desk"].skills == BASE.teams["phone_desk"].skills
        assert set(map(str, back.teams["back_office"].skills)) == set(map(str, BASE.teams["back_office"].skills))


class TestBot:
    def test_switched_on_it_stands_in_front_of_the_chats(self):
        without = sim.pull(BASE, {"bot": 0})
        assert without.bot is None
        assert "bot_skill" not in sim.levers(without)
        assert sim.pull(without, {"bot": 1}).bot.channels == ("chat", "social")

    def test_a_bolder_bot_keeps_more_and_is_wrong_more_often(self):
        works = [draw(sim.pull(BASE, {"bot_boldness": value}), 3) for value in (-1, 1)]
        shy, bold = (work.bot_result[: work.cases] for work in works)
        for result in (CONTAINS, SEEMS_TO_CONTAIN):
            assert ((bold == result) >= (shy == result)).all()
            assert (bold == result).sum() > (shy == result).sum()

    def test_it_works_from_an_hour_until_midnight(self):
        hours = sim.pull(BASE, {"bot_from": 20}).bot.open_hours.minutes
        assert hours[:, 1200:].all()
        assert not hours[:, :1200].any()


class TestReturns:
    def test_each_doubling_of_the_window_brings_a_tenth_more(self):
        factors = [sim.pull(BASE, {"return_window": days}).case_types["return"].demand_factor for days in (7, 28, 56)]
        assert factors == pytest.approx([0.9, 1.1, 1.2])
        twice = sim.pull(sim.pull(BASE, {"return_window": 28}), {"return_window": 56})
        assert twice.case_types["return"].demand_factor == pytest.approx(1.2)
        assert twice.case_types["repair"].demand_factor == 1

    def test_half_of_the_freight(self):
        shop = sim.pull(BASE.with_(money={"parcel_paid_share": 1.0}), {"free_freight.return": 0.5})
        kind_ = shop.case_types["return"]
        assert kind_.demand_factor == pytest.approx(1.125 / 1.25)
        assert kind_.freight_factor == pytest.approx(0.875 / 0.75)
        assert shop.money.parcel_paid_share == dict.fromkeys(BASE.case_types, 1.0) | {"return": 0.5}

    def test_review_and_days_set_the_mean_of_a_step(self):
        shop = sim.pull(BASE, {"review_time.return.inspect": 12, "days_on_the_way.return.parcel back": 7})
        parcel, inspect, *rest = shop.case_types["return"].steps
        assert (inspect.work.mean_minutes, inspect.work.cv) == (12, 0.6)
        assert (parcel.delay.mean_minutes, parcel.freight) == (7 * 1440, True)
        assert rest == list(BASE.case_types["return"].steps[2:])
        # The same parcels, each twice as long on its way.
        one, two = (draw(s, 3) for s in (BASE, shop))
        step = (one.kind == STEP) & (one.number == 1) & (one.case_type[one.case] == 1)
        assert two.handle_minutes[step] == pytest.approx(2 * one.handle_minutes[step])

    def test_warranty_moves_the_cost_and_the_repairs(self):
        shop = sim.pull(BASE, {"warranty.repair": 0.5})
        assert shop.money.step_paid_share["repair"] == 0.5
        assert shop.case_types["repair"].demand_factor == pytest.approx(1.15 / 1.3)
        assert shop.case_types["complaint"].demand_factor == 1

    def test_repair_at_home_spares_parcels_and_takes_the_way(self):
        steps = {step.name: step for step in sim.pull(BASE, {"repair_at_home": 0.5}).case_types["repair"].steps}
        assert steps["parcel home"].odds == 0.5
        assert steps["repair"].work.mean_minutes == pytest.approx(45)
        assert steps["spare part"] == BASE.case_types["repair"].steps[0]

    def test_an_appointment_is_at_the_service_centre(self):
        shop = sim.pull(BASE, {"by_appointment.repair.repair": 1})
        assert [step.appointment for step in shop.case_types["repair"].steps] == [None, "service_centre", None]


class TestCare:
    def test_compensation_contents_and_costs(self):
        shop = sim.pull(BASE, {"compensation_in_advance.complaint": 10})
        left = exp(-0.5)
        for channel, before in odds(BASE, "complaint").items():
            assert odds(shop, "complaint")[channel] == pytest.approx(1 - (1 - before) * left)
        run = sim.simulate(shop, seed=2)
        complaints = (run.cases["type"] == "complaint").sum()
        assert sim.money.costs(run.log, None).loc["all", "compensation"] == 10 * complaints > 0

    def test_who_is_not_solved_without_it_is_all_who_can_be_won(self):
        sure = BASE.with_(case_types={"complaint": {"solved": 1.0}})
        assert sim.pull(sure, {"compensation_in_advance.complaint": 40}).case_types["complaint"].solved == 1

    def test_calls_begin_where_there_were_none(self):
        none = BASE.with_(follow_up=None)
        shop = sim.pull(none, {"follow_up": 0.3})
        assert (shop.follow_up.share, shop.follow_up.delay.mean_minutes) == (0.3, 1440)


class TestTogether:
    @pytest.mark.parametrize(
        "several",
        [
            {"agents.phone_desk": 2, "instant_refund.return": 0.6, "bot_boldness": 0.5},
            {"return_window": 30, "free_freight.return": 0.2, "prevention.return": 0.3},
            {"training.chat_desk": 4, "courtesy.back_office": 0.5, "outsourcing.phone_desk": 0.5},
            {"opening_hours.phone": 2, "callback.chat": 1, "chats_at_once.social": 2, "priority.vip": 2},
        ],
    )
    def test_the_order_does_not_matter(self, several):
        one, other = sim.pull(BASE, several), sim.pull(BASE, dict(reversed(several.items())))
        now, once = _leaves(one), _leaves(other)
        assert now.keys() == once.keys()
        for path, value in now.items():
            close = np.allclose(once[path], value, rtol=1e-9) if _is_number(value) else once[path] == value
            assert close, path

    def test_a_lever_of_one_scenario_acts_on_another(self):
        other = BASE.with_(name="other", teams={"phone_desk": {"extra_agents": 1}})
        assert LEVERS["agents.phone_desk"].apply(other, 3).name == "other"

    def test_those_of_a_smaller_shop_are_fewer(self):
        desk = sim.one_queue(arrivals_per_hour=50, handle_minutes=4, agents=4)
        found = sim.levers(desk)
        assert {"agents.agents", "callback.phone", "bot", "demand"} <= found.keys()
        assert not {
            name for name in found if kind(name) in ("instant_refund", "warranty", "chats_at_once", "newcomers")
        }

    def test_yesterday_cannot_be_made_busier(self):
        trace = {"minutes": [480, 490], "types": ["call", "call"]}
        desk = sim.one_queue(arrivals_per_hour=50, handle_minutes=4, agents=4)
        found = sim.levers(desk.with_(demand=sim.Demand(trace=trace)))
        assert not {"demand", "prevention.call"} & found.keys()


class TestMistakes:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("agents.fone_desk", "Did you mean 'agents.phone_desk'"),
            ("agents", "Allowed: agents.phone_desk, agents.chat_desk"),
            ("bott", "Did you mean 'bot'"),
            (3, "no such lever as 3"),
        ],
    )
    def test_unknown_names(self, name, message):
        with pytest.raises(ValueError, match=message):
            sim.lever(name, BASE)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("agents.phone_desk", 99, "goes from -3 to 10 agents"),
            ("agents.phone_desk", -4, "goes from -3 to 10 agents"),
            ("agents.phone_desk", "2", "cannot be set to '2'"),
            ("agents.phone_desk", float("nan"), "cannot be set to nan"),
            ("bot", 0.5, "is a switch; set it to 0"),
            ("bot", 2, r"0 \(off\) or 1 \(on\)"),
            ("instant_refund.return", 50, "0 to 1 share of customers"),
        ],
    )
    def test_values_out_of_range(self, name, value, message):
        with pytest.raises(ValueError, match=message):
            sim.pull(BASE, {name: value})

    def test_a_lever_that_the_scenario_has_not(self):
        desk = sim.one_queue(arrivals_per_hour=50, handle_minutes=4, agents=4)
        with pytest.raises(ValueError, match=r"'one queue' has no lever 'agents\.phone_desk'; its places are agents"):
            LEVERS["agents.phone_desk"].apply(desk, 1)

    def test_true_switches_on(self):
        assert sim.pull(BASE, {"callback.chat": True}).channels["chat"].callback is not None


class TestWeeks:
    def test_timetables_are_read_back_as_they_were(self):
        week = BASE.teams["phone_desk"].agents
        assert np.array_equal(sim.timetable.Weekly(as_numbers(week.minutes)).minutes, week.minutes)
        hours = BASE.channels["phone"].open_hours
        assert np.array_equal(sim.timetable.OpenHours(as_hours(hours.minutes)).minutes, hours.minutes)

    def test_a_single_day_and_a_full_one(self):
        week = np.zeros((7, 1440))
        week[6], week[2, :60] = 1.5, 2
        assert as_numbers(week) == {
            "mon-tue": 0,
            "wed": {"00:00-01:00": 2},
            "thu-sat": 0,
            "sun": {"00:00-24:00": 1.5},
        }
