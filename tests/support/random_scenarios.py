"""Small, odd scenarios over the whole schema, with coarse times so that many events fall on the same moment."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import sim

COARSE = {"distribution": "constant", "mean_minutes": 4}


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
    channels = ["phone", *draw(st.sampled_from([[], ["email"], ["email", "hotline"]]))]
    mix = {name: 1 / len(channels) for name in channels}
    hours = st.sampled_from(["always", "08:00-18:00", ["07:00-12:00", "13:00-19:00"]])

    def live() -> dict[str, Any]:
        return {
            "kind": "live",
            "open_hours": draw(hours),
            "patience": draw(st.one_of(st.just("never"), distributions(12))),
            "no_patience_share": draw(st.sampled_from([0.0, 0.2])),
            "lines": draw(st.sampled_from([None, 1, 3, 8])),
            "serve_until_empty": draw(st.booleans()),
        }

    def agents() -> Any:
        return draw(
            st.sampled_from(
                [1, 2, 1.5, {"08:00-12:00": 2, "12:00-16:00": 1}, {"06:00-20:00": 3}, {"every_day": [0, 2, 1, 1]}]
            )
        )

    skills: list[Any] = draw(st.permutations(channels))
    special = [{"channel": draw(st.sampled_from(channels)), "type": draw(st.sampled_from(types))}]
    teams: dict[str, Any] = {
        "all_round": {
            "skills": skills,
            "agents": agents(),
            "absence": draw(st.sampled_from([0.0, 0.3])),
            "extra_agents": draw(st.integers(0, 1)),
        }
    }
    if draw(st.booleans()):
        factor = draw(st.sampled_from([0.5, 1.0, 1.25]))
        teams["special"] = {"skills": special, "agents": agents(), "handle_factor": factor, "solve_factor": factor}

    def back() -> Any:
        return draw(
            st.one_of(
                st.none(),
                st.builds(lambda delay, odds: {"odds": odds, "delay": delay}, distributions(60), st.just(0.7)),
            )
        )

    return sim.load(
        {
            "name": "random",
            "days": draw(st.integers(1, 2)),
            "demand": {
                "cases_per_hour": {name: draw(st.integers(1, 6)) for name in types},
                "day_factor_cv": draw(st.sampled_from([0.0, 0.3])),
            },
            "case_types": {
                name: {
                    "channels": mix,
                    "handle_time": draw(distributions()),
                    "solved": draw(st.sampled_from([0.5, 1.0])),
                }
                for name in types
            },
            "segments": {
                "regular": {"share": 0.7, "priority": 2},
                "vip": {
                    "share": 0.3,
                    "priority": draw(st.sampled_from([1, 2])),
                    "head_start_minutes": draw(st.sampled_from([0.0, 3.0])),
                    "patience_factor": draw(st.sampled_from([1.0, 2.0])),
                },
            },
            "channels": {
                name: {"kind": "deferred", "open_hours": "08:00-18:00"} if name == "email" else live()
                for name in channels
            },
            "teams": teams,
            "coming_back": {
                "after_no_solution": back(),
                "after_abandonment": back(),
                "after_blocking": back(),
                "after_turned_away": back(),
                "max_attempts": draw(st.integers(1, 4)),
            },
        }
    )
