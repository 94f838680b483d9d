"""Small, odd scenarios over the whole schema, with coarse times so that many events fall on the same moment."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import sim

HOURS = st.sampled_from(["always", "08:00-18:00", ["07:00-12:00", "13:00-19:00"]])
HEAD_COUNT = st.sampled_from(
    [1, 2, 1.5, {"08:00-12:00": 2, "12:00-16:00": 1}, {"06:00-20:00": 3}, {"every_day": [0, 2, 1, 1]}]
)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    """One of these values; the first is the simplest."""
    return st.sampled_from(values)


@st.composite
def distributions(draw: Any, longest: float = 30) -> dict[str, Any]:
    """A distribution, half the time a constant number of whole minutes: constants make ties."""
    mean = draw(st.integers(1, int(longest)))
    family = draw(st.sampled_from(["constant", "constant", "gamma", "lognormal", "weibull", "uniform"]))
    if family == "constant":
        return {"distribution": "constant", "mean_minutes": mean}
    if family == "uniform":
        return {"distribution": "uniform", "mean_minutes": mean}
    return {"distribution": family, "mean_minutes": mean, "cv": draw(st.sampled_from([0.5, 1.0, 1.5]))}


@st.composite
def scenarios(draw: Any) -> sim.Scenario:
    """A scenario of one or two days."""
    types = [f"type_{n}" for n in range(draw(st.integers(1, 3)))]
    others = st.lists(st.sampled_from(["email", "hotline", "social", "centre"]), unique=True, max_size=3)
    channels = ["phone", *draw(one_of([], ["chat"])), *draw(others)]
    days = draw(st.integers(1, 2))
    case_types = {name: draw(_case_types(channels)) for name in types}
    follow_up = None
    if draw(st.booleans()):
        follow_up = {
            "share": draw(one_of(0.3, 1.0)),
            "delay": draw(distributions(90)),
            "work": draw(distributions(10)),
            "solves": 0.6,
        }
    tasks = {step["name"] for kind in case_types.values() for step in kind["steps"] if "work" in step}
    tasks |= {"follow_up"} if follow_up else set()
    demand = draw(_demand(types, channels, days))
    bot = draw(st.one_of(st.none(), _bots([name for name in channels if name != "centre"])))
    content = {
        "name": "random",
        "days": days,
        "demand": demand,
        "case_types": case_types,
        "segments": {
            "regular": {"share": 0.7, "priority": 2},
            "vip": {
                "share": 0.3,
                "priority": draw(one_of(1, 2)),
                "head_start_minutes": draw(one_of(0.0, 3.0)),
                "patience_factor": draw(one_of(1.0, 2.0)),
                "forgives": draw(one_of(0.0, 0.5)),
            },
        },
        "channels": {name: draw(_channels(name)) for name in channels},
        "teams": draw(_teams(types, channels, sorted(tasks))),
        "bot": bot,
        "follow_up": follow_up,
        "coming_back": draw(_coming_back(types, channels)),
        "events": draw(st.lists(_events(days, _happenings(types[0], demand, bot)), max_size=2)),
        "serve_first": draw(one_of("preference", "priority", "waiting")),
        "mix_channels": draw(st.booleans()),
        "satisfaction": draw(one_of({}, {"weights": {"repeats": -1.0}, "survey": {"share": 0.5}})),
        "loyalty": draw(one_of({}, {"customers": 500.0, "new_per_week": 0.02})),
    }
    return sim.load({key: value for key, value in content.items() if value is not None})


@st.composite
def _demand(draw: Any, types: list[str], channels: list[str], days: int) -> dict[str, Any]:
    way = draw(one_of("rates", "rates", "orders", "both", "trace"))
    if way == "trace":
        size = draw(st.integers(1, 40))
        times = st.integers(0, days * 1440 - 1)

        def column(values: Any) -> list[Any]:
            return draw(st.lists(values, min_size=size, max_size=size))

        return {
            "trace": {
                "minutes": column(times),
                "types": column(st.sampled_from(types)),
                "segments": column(one_of("", "regular", "vip")),
                "channels": column(st.sampled_from(["", *channels])),
            }
        }
    demand: dict[str, Any] = {"day_factor_cv": draw(one_of(0.0, 0.3)), "factor": draw(one_of(1.0, 1.5))}
    if way in ("rates", "both"):
        demand["cases_per_hour"] = {name: draw(one_of(2, 6, 12)) for name in types}
    if way in ("orders", "both"):
        demand["orders"] = {
            "per_day": {"mon": 300, "tue-sun": 200},
            "hours": [1] * 12 + [2] * 12,
            "cases": {
                types[0]: {
                    "per_100": draw(st.integers(5, 20)),
                    "lag": {"mean_days": draw(one_of(0.5, 2.0)), "cv": 0.5},
                }
            },
        }
    return demand


@st.composite
def _case_types(draw: Any, channels: list[str]) -> dict[str, Any]:
    several: dict[str, Any] = {
        "channels": {name: 1 / len(channels) for name in channels},
        "handle_time": draw(distributions()),
        "solved": draw(one_of(0.5, 1.0)),
        "steps": draw(st.lists(_steps(channels), max_size=3, unique_by=lambda step: step["name"])),
        "instant_refund_share": draw(one_of(0.0, 0.5)),
        "status_enquiries_per_day": draw(one_of(0.0, 20.0)),
        "kept_informed_share": draw(one_of(0.0, 0.5)),
    }
    if draw(st.booleans()):
        several["self_service"] = {"share": 0.5, "solves": 0.5, "minutes": draw(distributions(10))}
    return several


@st.composite
def _steps(draw: Any, channels: list[str]) -> dict[str, Any]:
    step: dict[str, Any] = {
        "odds": draw(one_of(1.0, 0.6)),
        "freight": draw(st.booleans()),
        "skipped_by_instant_refund": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return step | {"name": draw(one_of("parcel", "transfer")), "delay": draw(distributions(300))}
    name = draw(one_of("check", "repair", "refund"))
    if "centre" in channels and name == "repair":
        step["appointment"] = "centre"
    return step | {"name": name, "work": draw(distributions(20))}


@st.composite
def _channels(draw: Any, name: str) -> dict[str, Any]:
    if name == "email":
        return {"kind": "deferred", "open_hours": "08:00-18:00"}
    live: dict[str, Any] = {
        "kind": "live",
        "open_hours": draw(HOURS),
        "patience": draw(st.one_of(st.just("never"), distributions(12))),
        "no_patience_share": draw(one_of(0.0, 0.2)),
        "lines": draw(one_of(None, 1, 3, 8)),
        "serve_until_empty": draw(st.booleans()),
    }
    if draw(one_of(False, False, True)):
        live["callback"] = {"when_wait_above_minutes": draw(one_of(0, 5, 20)), "accepted_share": draw(one_of(0.5, 1.0))}
    if name in ("chat", "social"):
        live["at_once"] = draw(one_of(2, 3)) if name == "chat" else draw(one_of(1, 3, 4))
        # 1/n: the agent gets no more done with more at once; [1]: nobody slows anybody.
        live["speed"] = draw(
            one_of([1, 0.8, 0.6, 0.5][: live["at_once"]], [1 / n for n in range(1, 1 + live["at_once"])], [1])
        )
    if name == "centre":
        live |= {"kind": "visit", "places": draw(one_of(1, 3)), "slot_minutes": 30, "lead_hours": draw(one_of(0, 2.5))}
    return live


@st.composite
def _teams(draw: Any, types: list[str], channels: list[str], tasks: list[str]) -> dict[str, Any]:
    one = {"channel": draw(st.sampled_from(channels)), "type": draw(st.sampled_from(types))}
    segment = {"channel": draw(st.sampled_from(channels)), "segment": draw(one_of("vip", "regular"))}
    special = draw(_skills(draw(one_of([one], [segment], [one | segment], [segment, one]))))
    work: list[dict[str, Any]] = [*({"channel": name} for name in channels), *({"task": name} for name in tasks)]
    teams = {"all_round": draw(_team(draw(_skills(draw(st.permutations(work))))))}
    if draw(st.booleans()):
        teams["special"] = draw(_team(special))
    if draw(st.booleans()):
        some = draw(st.lists(st.sampled_from(work), min_size=1, max_size=3, unique_by=str))
        teams["partner"] = draw(_team(draw(_skills(some)))) | {"outsourced": True}
    return dict(draw(st.permutations(list(teams.items()))))


@st.composite
def _skills(draw: Any, work: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**skill, "after_minutes": draw(one_of(0, 0, 0, 2, 0.1, 7)), "reserve": draw(one_of(0, 0, 0, 0, 1))}
        for skill in work
    ]


@st.composite
def _team(draw: Any, skills: list[dict[str, Any]]) -> dict[str, Any]:
    factor = draw(one_of(1.0, 0.5, 1.25))
    team = {
        "skills": skills,
        "agents": draw(HEAD_COUNT),
        "absence": draw(one_of(0.0, 0.3)),
        "extra_agents": draw(st.integers(0, 1)),
        "handle_factor": factor,
        "solve_factor": factor,
        "solve_drop_when_busy": draw(one_of(0.0, 0.5)),
        "courtesy": draw(one_of(0.0, -0.5, 1.0)),
        "courtesy_drop_when_busy": draw(one_of(0.0, 0.5)),
    }
    if draw(st.booleans()):
        team["newcomers"] = {"share": 0.5, "handle_factor": 1.5, "solve_factor": 0.7, "learning_days": 1}
    return team


@st.composite
def _bots(draw: Any, channels: list[str]) -> dict[str, Any]:
    bot: dict[str, Any] = {
        "channels": draw(st.lists(st.sampled_from(channels), min_size=1, unique=True)),
        "open_hours": draw(HOURS),
        "sessions": draw(one_of(None, 1, 5)),
        "meets_share": draw(one_of(1.0, 0.7)),
        "meets_again": draw(st.booleans()),
        "minutes": draw(distributions(5)),
        "leaves_share": draw(one_of(0.0, 0.2)),
        "context_share": draw(one_of(1.0, 0.5)),
        "context_handle_factor": draw(one_of(1.0, 0.75)),
        "context_solve_factor": draw(one_of(1.0, 1.2)),
    }
    if draw(st.booleans()):
        return bot | {"contains": 0.5, "truly_solved": 0.7}
    return bot | {"skill": {"d_prime": 1.5, "threshold": draw(one_of(0.0, -0.5, 1.0)), "solvable": 0.6}}


@st.composite
def _coming_back(draw: Any, types: list[str], channels: list[str]) -> dict[str, Any]:
    after = [
        "after_no_solution",
        "after_abandonment",
        "after_blocking",
        "after_turned_away",
        "after_false_containment",
        "after_leaving_the_bot",
    ]
    back: dict[str, Any] = {
        name: {"odds": 0.7, "delay": draw(distributions(60))} for name in after if draw(st.booleans())
    }
    if draw(st.booleans()):
        back["angrier"] = {"odds": 0.3, "type": draw(st.sampled_from(types))}
    if len(channels) > 1 and draw(st.booleans()):
        back["switch_channel"] = {channels[0]: {channels[1]: 0.4}, channels[-1]: {channels[0]: 0.3}}
    return back | {"max_attempts": draw(st.integers(1, 4))}


def _happenings(type: str, demand: dict[str, Any], bot: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What an event of this scenario may bring."""
    found: list[dict[str, Any]] = [{"system_down": True}]
    if bot:
        found.append({"bot_down": True})
    if "orders" in demand:
        found.append({"orders_factor": 5})
    if "trace" not in demand:
        found.append({"case_factors": {type: 3}})
    return found


@st.composite
def _events(draw: Any, days: int, happenings: list[dict[str, Any]]) -> dict[str, Any]:
    event = {
        "name": "event",
        "day": draw(st.integers(0, days)),
        "start": draw(one_of("00:00", "09:30", "11:00", "22:00")),
        "hours": draw(one_of(1, 2.5, 30)),
    }
    return event | draw(st.sampled_from(happenings))
