"""Sums and measures beside a slow telling of their definitions, and beside values worked out on paper."""

import pickle
from itertools import pairwise
from math import isnan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.by_hand import customer, desk, play
from support.random_scenarios import scenarios

import sim
from sim.log import OUTCOMES, STATES
from sim.measures import FAMILIES, MEASURES, backlog, measures, sums
from sim.measures.agents import Spells, merged
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock
from sim.workload import ATTEMPT, ENQUIRY, STEP

WEEK = 7 * MINUTES_A_DAY
BYS = [None, "slot", "hour", "day", "weekday", "channel", "team", "type", "segment"]
BYS += [("day", "channel"), ("team", "hour"), ("type", "segment", "weekday")]


def labels(scenario, by, minute, **codes):
    """The group of something: its label for each dimension, or None if it has none for one of them."""
    found = []
    for name in by:
        day, of_day = divmod(minute, MINUTES_A_DAY)
        if name == "slot":
            found.append(clock(of_day // scenario.slot_minutes * scenario.slot_minutes))
        elif name in ("hour", "day", "weekday"):
            weekday = WEEKDAYS[(scenario.first_day.weekday() + int(day)) % 7]
            found.append({"hour": of_day // 60, "day": day, "weekday": weekday}[name])
        else:
            names = {"channel": "channels", "team": "teams", "type": "case_types", "segment": "segments"}[name]
            if codes[name] < 0:
                return None
            found.append(list(getattr(scenario, names))[codes[name]])
    return tuple(found)


def told_slowly(log, by, start, end, within_seconds=None):
    """Some sums by group as docs/model.md defines them, contact by contact and minute by minute, as a dictionary."""
    work, scenario = log.workload, log.scenario
    added = {}

    def add(group, **amounts):
        for name, amount in amounts.items():
            if group is not None:
                added[name, group] = added.get((name, group), 0) + amount

    ways, horizon = list(scenario.channels.values()), scenario.horizon_minutes
    contacts_of, days = {}, {}
    for at, row in enumerate(log.row):
        if work.kind[row] not in (ATTEMPT, ENQUIRY):
            continue
        arrived, outcome, wait = log.arrived[at], OUTCOMES[log.outcome[at]], log.wait[at]
        contacts_of.setdefault(work.case[row], []).append(at)
        codes = {"channel": work.channel[row], "team": log.team[at], "type": work.type[row]}
        group = labels(scenario, by, arrived, **codes, segment=work.segment[work.case[row]])
        way = ways[work.channel[row]]
        deferred = way.kind == "deferred"
        if deferred and arrived < end and not log.ended[at] <= end:
            add(group, backlog=1, backlog_hours=(end - arrived) / 60)
        if not start <= arrived < end:
            continue
        limit = way.answer_within_minutes if within_seconds is None else within_seconds / 60
        served, gone = outcome in ("served", "in_service"), outcome == "abandoned"
        offered = served or gone or outcome == "waiting"
        add(
            group, contacts=1, offered=offered, served=served, repeats=work.kind[row] == ENQUIRY or work.number[row] > 1
        )
        add(group, bot_sessions=log.met_bot[at], left_bot=outcome == "left_bot", contained=outcome == "contained")
        add(group, truly_contained=outcome == "contained" and log.solved[at], blocked=outcome == "blocked")
        if outcome in ("served", "called_back"):
            add(group, finished=1, handle=log.ended[at] - log.answered[at])
        if deferred:
            open_ = way.open_hours.minutes[scenario.weekdays].ravel()
            until = horizon if isnan(log.ended[at]) else log.ended[at]
            age = sum(max(0, min(until, m + 1) - max(arrived, m)) for m in np.flatnonzero(open_))
            late = age > way.answer_within_minutes + 1e-9
            add(group, deferred_done=outcome == "served", due=outcome == "served" or late)
            add(group, done_in_target=outcome == "served" and not late)
            continue
        if served or gone:
            add(group, wait_all=wait, wait_served=wait * served, in_time=served and wait <= limit)
            add(group, in_time_or_gone=wait <= limit)
        counted = offered and not (gone and wait <= limit)
        add(group, live_offered=offered, live_not_gone_early=counted, waited=offered and not (served and wait == 0))
        if counted and group is not None:
            good, all_, target = days.get((group, arrived // MINUTES_A_DAY), (0, 0, 0))
            good += served and wait <= limit
            days[group, arrived // MINUTES_A_DAY] = good, all_ + 1, max(target, way.target)
    for (group, _), (good, all_, target) in days.items():
        add(group, days_with_calls=1, days_on_target=good >= target * all_ - 1e-9)

    steps = {(work.case[row], work.number[row]): at for at, row in enumerate(log.row) if work.kind[row] == STEP}
    for case, appears in enumerate(work.appears_minutes):
        if not start <= appears < end or "team" in by:
            continue
        own = {"channel": work.channel[case], "type": work.case_type[case], "segment": work.segment[case]}
        group = labels(scenario, by, appears, **own)
        contacts = contacts_of.get(case, [])
        first = log.arrived[contacts[0]] if contacts else appears
        again = len(contacts) > 1 and log.arrived[contacts[1]] <= first + WEEK
        add(group, cases=1, contacts_of_cases=len(contacts), one_contact_cases=not again)
        add(group, followed_cases=first + WEEK <= horizon)
        add(group, enquiries=sum(work.kind[log.row[at]] == ENQUIRY for at in contacts))
        state = STATES[log.state[case]]
        add(group, given_up_cases=state == "given_up", self_served=state == "solved" and not contacts)
        if state == "solved":
            add(group, solved_cases=1, resolution_hours=(log.closed[case] - appears) / 60)
        for number, step in enumerate(list(scenario.case_types.values())[work.case_type[case]].steps, start=1):
            at = steps.get((case, number))
            if step.name == "refund" and at is not None and not isnan(log.ended[at]):
                add(group, refunds=1, refund_hours=(log.ended[at] - appears) / 60)

    if set(by) & {"channel", "type", "segment"}:
        return added
    several = {name for name, way in scenario.channels.items() if way.kind != "deferred" and way.at_once > 1}
    chats = [any(skill.channel in several for skill in team.skills) for team in scenario.teams.values()]
    talks = []
    for at in np.flatnonzero(~np.isnan(log.answered)):
        until = horizon if isnan(log.ended[at]) else log.ended[at]
        way = ways[channel] if (channel := work.channel[log.row[at]]) >= 0 else None
        share = 1 / way.at_once if way is not None and way.kind != "deferred" else 1
        talks.append((log.agent[at], log.answered[at], until, share * chats[log.team[at]]))
    duty = list(zip(log.duty_agent, log.duty_start, log.duty_end, strict=True))
    absent = list(zip(*(getattr(work.roster, f"absent_{part}") for part in ("agent", "start", "end")), strict=True))
    chat_duty = [spell for spell in duty if chats[work.roster.agent_team[spell[0]]]]
    kinds = {"worked": talks, "staffed": duty, "chat_staffed": chat_duty}
    kinds |= {"busy": united(talks), "paid": united(duty + absent), "chat_minutes": talks}
    edges = [edge for edge in range(0, int(horizon) + 1, np.gcd(scenario.slot_minutes, 60)) if start < edge < end]
    edges = [start, *edges, end]
    for name, spells in kinds.items():
        for agent, begins, ends, *share in spells:
            for left, right in pairwise(edges):
                minutes = min(ends, right) - max(begins, left)
                if minutes > 0:
                    weight = share[0] if name == "chat_minutes" else 1
                    group = labels(scenario, by, left, team=work.roster.agent_team[agent])
                    add(group, **{name: minutes * weight})
    return added


def united(spells):
    """Stretches that an agent's spells cover together."""
    found = []
    for agent, begins, ends, *_ in sorted(spells):
        if found and found[-1][0] == agent and begins <= found[-1][2]:
            found[-1][2] = max(found[-1][2], ends)
        else:
            found.append([agent, begins, ends])
    return found


def agree(log, by, **window):
    """The sums equal those told slowly, group by group."""
    names = (by,) if isinstance(by, str) else by or ()
    start = window.get("from_day", 0) * MINUTES_A_DAY
    end = window.get("to_day", log.scenario.days) * MINUTES_A_DAY
    added = sums(log, by, measures=COUNTED, **window)
    slow = told_slowly(log, names, start, end, window.get("answer_within_seconds"))
    checked = {name for name, _ in slow}
    for name in set(added.values) - checked - LEFT_OUT:
        assert np.nansum(added.values[name]) == 0, name  # the telling met nothing of the kind
    for name in checked:
        if not np.isnan(added.values[name]).all():
            expected = [slow.get((name, group), 0) for group in added.groups]
            np.testing.assert_allclose(added.values[name], expected, rtol=1e-9, atol=1e-7, err_msg=f"{name} by {by}")
    return checked


# What is counted and timed; ratings and money have tests of their own.
COUNTED = [name for name, one in MEASURES.items() if one.family in ("contacts", "deferred", "cases", "agents")]

# Every sum must be met, or the telling does not test it. The rest is in `test_what_the_telling_leaves_out`.
LEFT_OUT = {"abandoned", "turned_away", "called_back", "live_served", "live_wait_known", "falsely_contained"}
LEFT_OUT |= {"offered_or_blocked", "response_hours", "backlog_oldest_hours", "window"}


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.sampled_from(BYS), st.sampled_from([{}, {"from_day": 0.4, "to_day": 0.8}]))
def test_sums_are_what_the_page_says_in_odd_scenarios(scenario, by, window):
    agree(sim.simulate(scenario, seed=5).log, by, **window)


@pytest.fixture(scope="module")
def log():
    """Nine days of a small shop with everything: bot, chat, e-mail, back office, absence, an outage."""
    base = sim.load("baseline")
    small = base.with_(
        days=9,
        first_day="2026-03-05",
        demand={"factor": 0.02},
        events=[{"name": "down", "day": 3, "start": "11:00", "hours": 1.5, "system_down": True}],
        channels={"chat": {"target": 0.9}},
    )
    return sim.simulate(small, seed=4).log


@pytest.mark.parametrize("by", BYS)
def test_sums_are_what_the_page_says_over_nine_days(log, by):
    agree(log, by)


def test_in_a_window_with_another_time_limit_too(log):
    for by in (None, "hour", ("day", "channel"), "team"):
        agree(log, by, from_day=1.3, to_day=6.75, answer_within_seconds=90)


def test_what_the_telling_leaves_out(log):
    assert agree(log, None) == set(sums(log, measures=COUNTED).values) - LEFT_OUT
    contacts, window = log.contacts, sums(log, "hour").values["window"]
    live = contacts["channel"] != "email"
    outcome = contacts["outcome"]
    values = {name: numbers.item() for name, numbers in sums(log).values.items()}
    for name in ("abandoned", "turned_away", "called_back"):
        assert values[name] == (outcome == name).sum()
    served, gone = outcome.isin(["served", "in_service"]), outcome == "abandoned"
    assert values["live_served"] == (served & live).sum() > 0
    assert values["live_wait_known"] == ((served | gone) & live).sum()
    assert values["offered_or_blocked"] == (outcome.isin(["blocked", "waiting"]) | served | gone)[live].sum()
    assert values["falsely_contained"] == values["contained"] - values["truly_contained"] > 0
    mails = contacts[~live & (outcome == "served")]
    spent = (mails["ended_minutes"] - mails["arrived_minutes"]).sum() / 60
    assert values["response_hours"] == pytest.approx(spent)
    assert window.tolist() == [9 * 60] * 24


class TestFamilies:
    @pytest.mark.parametrize("by", [None, "hour", "channel", ("team", "day")])
    def test_a_measure_asked_for_alone_is_what_it_is_among_all(self, log, by):
        together = sums(log, by, from_day=1, to_day=8)
        table = measures(log, by, from_day=1, to_day=8)
        for name in MEASURES:
            alone = sums(log, by, measures=name, from_day=1, to_day=8)
            for key, numbers in alone.values.items():
                np.testing.assert_array_equal(numbers, together.values[key])
            column = measures(log, by, name, from_day=1, to_day=8)
            assert column.columns.tolist() == [name]
            # The rows are those in which the measure's own family found something.
            same = table[name].reindex(column.index)
            np.testing.assert_array_equal(column[name], same)
            rest = table[name].drop(column.index)
            assert (rest.isna() | (rest == 0)).all()

    def test_only_what_is_needed_is_added_up(self, log, monkeypatch):
        asked = []
        for name, family in FAMILIES.items():

            def noted(*given, name=name, add_up=family.add_up):
                asked.append(name)
                return add_up(*given)

            monkeypatch.setitem(FAMILIES, name, family._replace(add_up=noted))
        for names, families in [
            ("abandonment", ["contacts"]),
            (["solved", "occupancy", "utilisation"], ["cases", "agents"]),
            ("backlog_age_hours", ["deferred"]),
            ("repeat_rate", ["contacts"]),
            (None, list(FAMILIES)),
        ]:
            asked.clear()
            sums(log, measures=names)
            assert asked == families

    def test_every_family_gives_the_sums_of_its_measures(self, log):
        assert {measure.family for measure in MEASURES.values()} == set(FAMILIES)
        for measure in MEASURES.values():
            found = sums(log, measures=[name for name in MEASURES if MEASURES[name] is measure]).values
            assert {measure.over, *([measure.under] if measure.under else [])} <= set(found)

    def test_columns_come_in_the_order_asked_for_each_once(self, log):
        table = measures(log, measures=["solved", "contacts", "solved"])
        assert table.columns.tolist() == ["solved", "contacts"]

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            ("abandonement", "Did you mean 'abandonment'"),
            (["contacts", "FCR"], "no such measure as 'FCR'"),
            ([], r"measures holds \[\]; it may hold the name of a measure, a list of them, or None for all"),
            (3, "measures holds 3"),
            ([None], "no such measure as None"),
        ],
    )
    def test_a_name_that_no_measure_has(self, log, names, said):
        with pytest.raises(ValueError, match=said):
            measures(log, measures=names)


class TestWhatIsKept:
    def test_one_window_or_grouping_leaves_nothing_to_the_next(self, log):
        asked = [(by, window) for by in (None, "team", "hour") for window in ({}, {"from_day": 2}, {"to_day": 4.5})]
        fresh = [sums(pickle.loads(pickle.dumps(log)), by, **window).values for by, window in asked]
        again = [sums(log, by, **window).values for by, window in asked + asked[::-1]]
        for one, other in zip(fresh + fresh[::-1], again, strict=True):
            for name in one:
                np.testing.assert_array_equal(one[name], other[name])

    def test_sums_can_be_changed_without_harm(self, log):
        before = {name: numbers.copy() for name, numbers in sums(log).values.items()}
        for numbers in sums(log).values.values():
            numbers += 1e6
        for name, numbers in sums(log).values.items():
            np.testing.assert_array_equal(numbers, before[name])

    def test_a_saved_log_is_the_record_alone(self, log):
        sums(log)
        _ = log.contacts
        copy = pickle.loads(pickle.dumps(log))
        assert log.kept
        assert not copy.kept
        assert "contacts" not in vars(copy)
        np.testing.assert_array_equal(copy.answered, log.answered)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 9)), max_size=12))
def test_merged_spells_cover_what_the_spells_cover(drawn):
    spells = [(agent, float(start), float(start + length)) for agent, start, length in drawn]
    columns = np.array(spells).reshape(-1, 3).T
    found = merged(Spells(columns[0].astype(np.int32), columns[1], columns[2]), 40)
    assert [list(spell) for spell in zip(*found, strict=True)] == united(spells)


def mail_and_chat():
    """Phone, e-mail and chat (two at once, nobody slower), served by one agent each."""
    return desk(
        days=9,
        channels={
            "email": sim.DeferredChannel(kind="deferred", open_hours="08:00-20:00"),
            "chat": sim.LiveChannel(kind="live", open_hours="always", patience="never", at_once=2),
        },
        case_types={"call": {"channels": {"phone": 0.5, "email": 0.3, "chat": 0.2}}},
        teams={
            "writers": sim.Team(skills=("email",), agents=1),
            "chatters": sim.Team(skills=("chat",), agents=1),
        },
    )


class TestByHand:
    def test_a_wait_of_just_the_limit_is_in_time(self):
        shop = desk(channels={"phone": {"answer_within_seconds": 300}})
        # One agent: the second and the third caller wait 5 minutes, the fourth hangs up after 5, the fifth after 6.
        waits = [customer(0, 10), customer(5, 10), customer(15, 10), customer(16, patience=5), customer(16, patience=6)]
        values = sums(play(shop, waits), measures="service_level").values
        assert values["in_time"].item() == 3
        assert values["in_time_or_gone"].item() == 4
        assert values["live_not_gone_early"].item() == 4
        assert sums(play(shop, waits), answer_within_seconds=299).values["in_time"].item() == 1
        # All but the first had to wait: 5 + 5 of the answered, 5 + 6 of those who hung up.
        assert (values["waited"].item(), values["live_offered"].item()) == (4, 5)
        assert (values["wait_served"].item(), values["wait_all"].item()) == (10, 21)

    def test_the_age_of_the_backlog(self):
        mails = [customer(at, handle, channel="email") for at, handle in [(0, 60), (30, 120), (100, 600), (1200, 5)]]
        log = play(mail_and_chat(), mails)
        # One writer: 0-60, 60-180, 180-780, 1200-1205. At 4 hours only the third is open, for 140 minutes; at 3 hours
        # it is the only one too, as the second ends then. At 2 hours the second (90 minutes) and the third (20).
        for hours, count, mean, oldest in [(2, 2, 55 / 60, 1.5), (3, 1, 80 / 60, 80 / 60), (4, 1, 140 / 60, 140 / 60)]:
            for by in (None, "channel"):
                row = measures(log, by, to_day=hours / 24).loc["all" if by is None else "email"]
                assert (row["backlog"], row["backlog_oldest_hours"]) == (count, pytest.approx(oldest))
                assert row["backlog_age_hours"] == pytest.approx(mean)
        # A channel with nothing but a backlog has a row: from 12:00 to 12:30 nobody writes, and the third is open.
        assert measures(log, "channel", from_day=0.5, to_day=12.5 / 24)["backlog"].to_dict() == {"email": 1}
        done = measures(log).iloc[0]
        assert (done["backlog"], done["backlog_oldest_hours"]) == (0, 0)
        assert isnan(done["backlog_age_hours"])
        table = backlog(log, 60)
        assert table["email"].tolist()[:6] == [1, 1, 2, 1, 1, 1]
        # At 1 hour the second is the oldest, for 30 minutes.
        assert table["email_oldest_hours"].tolist()[:4] == pytest.approx([0, 0.5, 1.5, 80 / 60])

    def test_an_hour_in_which_nobody_is_there_has_no_row(self):
        shop = desk(teams={"agents": {"agents": {"08:00-10:00": 1}}})
        log = play(shop, [customer(620, 5), customer(500, 5)][::-1])
        assert measures(log, "hour").index.tolist() == [8, 9, 10]
        assert measures(log, "hour", ["occupancy", "agents"]).index.tolist() == [8, 9]
        assert measures(log, "hour", "contacts").index.tolist() == [8, 10]

    def test_chat_slots_in_use(self):
        chats = [customer(at, 60, channel="chat") for at in (0, 0, 600)]
        log = play(mail_and_chat(), [*chats[:2], customer(10, 60), chats[2]])
        # The first hour has two chats: both slots. One more hour has one: half of them. The call is another team's.
        day = measures(log, "team", to_day=1).loc["chatters"]
        assert day["chat_slots_in_use"] == pytest.approx((60 + 30) / 1440)
        assert day["occupancy"] == pytest.approx(120 / 1440)
        by_hour = measures(log, ["team", "hour"], to_day=1).loc["chatters", "chat_slots_in_use"]
        assert by_hour[[0, 1, 10]].tolist() == pytest.approx([1, 0, 0.5])
        assert measures(log, to_day=1)["chat_slots_in_use"].item() == pytest.approx(90 / 1440)
        assert isnan(measures(log, "team").loc["agents", "chat_slots_in_use"])

    def test_a_task_fills_both_slots(self):
        shop = mail_and_chat().with_(
            case_types={"call": {"steps": [{"name": "check", "work": {"mean_minutes": 30}}]}},
            teams={"chatters": {"skills": ["chat", {"task": "check"}]}},
        )
        log = play(shop, [customer(0, 10, channel="chat", steps=[30.0])])
        # A chat of 10 minutes in one of two slots, then 30 minutes of work.
        assert sums(log, measures="chat_slots_in_use", to_day=1).values["chat_minutes"].item() == 5 + 30

    def test_cases_are_followed_for_seven_days(self):
        # Nine days: who first comes in the first two days, to the minute, can be followed for seven.
        late = [customer(at, 5) for at in (2880, 2881)]
        again = {"solve_draw": 1.0, "comes_back": (WEEK - 5.0,), "again": [{}]}
        never_again = {"solve_draw": 1.0, "comes_back": (WEEK - 4.0,), "again": [{}]}
        shop = desk(days=9, case_types={"call": {"solved": 0.5}}, coming_back={"after_no_solution": RETURN})
        log = play(shop, [customer(0, 5, **again), customer(10, 5, **never_again), *late])
        assert told_arrivals(log) == [0, 10, 2880, 2881, WEEK, WEEK + 11]
        # The first comes again exactly seven days after the first contact, the second a minute too late to count.
        assert measures(log)["first_contact_resolution"].item() == 3 / 4
        assert measures(log)["fcr_followed_share"].item() == 3 / 4
        assert measures(log, to_day=2)["fcr_followed_share"].item() == 1
        assert measures(log, to_day=2)["first_contact_resolution"].item() == 1 / 2

    def test_a_short_run_follows_nobody_and_says_so(self):
        log = play(desk(days=7), [customer(0.5, 5), customer(10, 5)])
        assert measures(log)[["first_contact_resolution", "fcr_followed_share"]].iloc[0].tolist() == [1, 0]
        first_minute = play(desk(days=7), [customer(0, 5), customer(10, 5)])
        assert measures(first_minute)["fcr_followed_share"].item() == 1 / 2

    def test_a_day_reaches_the_strictest_target_of_its_channels(self):
        shop = mail_and_chat().with_(channels={"phone": {"target": 0.5}, "chat": {"target": 0.9, "at_once": 1}}, days=3)
        # On each day two calls, of which the second waits 9 minutes: half in time. A chat in time makes it
        # 2 of 3, which is less than a chat channel wants.
        calls = [customer(at + day * 1440, 10) for day in (0, 1) for at in (0, 1)]
        log = play(shop, [*calls, customer(1500, 5, channel="chat")])
        assert measures(log)["day_target_met"].item() == 1 / 2
        assert measures(log, "day")["day_target_met"].tolist()[:2] == [1, 0]
        assert measures(log, "channel")["day_target_met"].dropna().to_dict() == {"phone": 1, "chat": 1}


RETURN = {"odds": 1.0, "delay": {"mean_minutes": 60}}


def told_arrivals(log):
    return log.contacts["arrived_minutes"].tolist()


class TestWords:
    def test_every_measure_has_names_of_its_own(self):
        for names in ("title", "title_zh", "label", "short"):
            given = [getattr(measure, names).strip() for measure in MEASURES.values()]
            assert len(set(given)) == len(given)
            assert all(given)

    def test_a_label_fits_a_table_and_a_short_name_is_short(self):
        for measure in MEASURES.values():
            assert len(measure.label) <= 26
            assert len(measure.short) <= len(measure.label) <= max(26, len(measure.title))

    def test_units_read_best(self):
        scale = {name: MEASURES[name].scale for name in MEASURES}
        assert scale["abandonment"](0.3) == (100, "%")
        assert scale["asa_minutes"](1.9) == (60, "seconds")
        assert scale["asa_minutes"](2) == (1, "minutes")
        assert scale["refund_hours"](1) == (60, "minutes")
        assert scale["contacts"](1) == (1, "contacts")

    def test_wishes(self):
        assert MEASURES["service_level"].higher_is_better is True
        assert MEASURES["backlog_age_hours"].higher_is_better is False
        # A busy team is cheap and slow; a bold bot contains more and is wrong more often.
        assert MEASURES["occupancy"].higher_is_better is MEASURES["containment"].higher_is_better is None


def test_agents_are_kept_apart_in_long_runs_of_many():
    """A thousand agents over ten years: times are still exact to 2^-20 minutes."""
    horizon = 3660.0 * MINUTES_A_DAY
    start = np.array([horizon - 1 - 2.0**-20, 3 * 2.0**-20])
    spells = Spells(np.array([999, 1000]), start, start + 2.0**-20)
    np.testing.assert_array_equal(merged(spells, horizon).start, start)
    np.testing.assert_array_equal(merged(spells, horizon).end, spells.end)
