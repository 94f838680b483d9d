"""Levers on returns, refunds and repairs."""

from __future__ import annotations

from math import log2
from typing import Any

from sim.customers import Step
from sim.distributions import MeanCv
from sim.policies.kinds import Policy
from sim.prices import by_name
from sim.scenario import Scenario
from sim.service import VisitChannel
from sim.timetable import MINUTES_A_DAY

# Assumed effects.
MORE_RETURNS_PER_DOUBLING = 0.1
MORE_RETURNS_WHEN_FREE = 0.25
SHORTER_WAY_WHEN_FREE = 0.25
MORE_REPAIRS_UNDER_WARRANTY = 0.3
TRAVEL_PER_REPAIR = 1.0


def _parts(place: str) -> tuple[str, str]:
    kind, step = place.split(".", 1)
    return kind, step


def _step(scenario: Scenario, place: str) -> Step:
    kind, name = _parts(place)
    return next(step for step in scenario.case_types[kind].steps if step.name == name)


def _steps(scenario: Scenario) -> dict[str, Step]:
    """All steps by ``type.step``."""
    return {f"{name}.{step.name}": step for name, kind in scenario.case_types.items() for step in kind.steps}


def _with_steps(scenario: Scenario, name: str, changed: dict[str, dict[str, Any]]) -> list[Step]:
    """The steps of a type with some of their keys changed."""
    return [step.model_copy(update=changed.get(step.name, {})) for step in scenario.case_types[name].steps]


def _refunded(scenario: Scenario) -> list[str]:
    return [name for name, kind in scenario.case_types.items() if any(step.name == "refund" for step in kind.steps)]


def _sent(scenario: Scenario) -> list[str]:
    return [name for name, kind in scenario.case_types.items() if any(step.freight for step in kind.steps)]


def _skippable(scenario: Scenario) -> list[str]:
    types = scenario.case_types.items()
    return [name for name, kind in types if any(step.skipped_by_instant_refund for step in kind.steps)]


def _window(scenario: Scenario, _: str, value: float) -> dict[str, Any]:
    def more(days: float) -> float:
        return 1 + MORE_RETURNS_PER_DOUBLING * log2(days / 14)

    change = more(value) / more(scenario.policies.return_window_days)
    types = scenario.case_types
    return {
        "case_types": {name: {"demand_factor": types[name].demand_factor * change} for name in _refunded(scenario)},
        "policies": {"return_window_days": value},
    }


def _freight_share(scenario: Scenario, name: str) -> float:
    return by_name(scenario.money.parcel_paid_share, [name], 1.0)[0]


def _freight(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    before, kind, names = _freight_share(scenario, name), scenario.case_types[name], list(scenario.case_types)
    shares = dict(zip(names, by_name(scenario.money.parcel_paid_share, names, 1.0), strict=True))
    way = (1 - SHORTER_WAY_WHEN_FREE * value) / (1 - SHORTER_WAY_WHEN_FREE * before)
    more = (1 + MORE_RETURNS_WHEN_FREE * value) / (1 + MORE_RETURNS_WHEN_FREE * before)
    return {
        "case_types": {name: {"freight_factor": kind.freight_factor * way, "demand_factor": kind.demand_factor * more}},
        "money": {"parcel_paid_share": shares | {name: value}},
    }


def _minutes(step: Step) -> float:
    length = step.work if step.work is not None else step.delay
    assert length is not None
    return length.mean_minutes


def _is_delay(scenario: Scenario) -> list[str]:
    return [place for place, step in _steps(scenario).items() if isinstance(step.delay, MeanCv)]


def _is_work(scenario: Scenario) -> list[str]:
    return [place for place, step in _steps(scenario).items() if isinstance(step.work, MeanCv)]


def _last(scenario: Scenario, place: str, minutes: float) -> dict[str, Any]:
    """A step with another mean length."""
    kind, name = _parts(place)
    step = _step(scenario, place)
    key = "work" if step.work is not None else "delay"
    length = getattr(step, key).model_copy(update={"mean_minutes": minutes})
    return {"case_types": {kind: {"steps": _with_steps(scenario, kind, {name: {key: length}})}}}


def _needed(scenario: Scenario, place: str, value: float) -> dict[str, Any]:
    kind, name = _parts(place)
    return {"case_types": {kind: {"steps": _with_steps(scenario, kind, {name: {"odds": value}})}}}


def _sometimes(scenario: Scenario) -> list[str]:
    """Steps that a company could leave out at times: neither the parcel nor the refund."""
    return [place for place, step in _steps(scenario).items() if not step.freight and step.name != "refund"]


def _priced(scenario: Scenario) -> list[str]:
    names = dict.fromkeys(step.name for step in _steps(scenario).values())
    return [name for name in names if scenario.money.per_step.get(name, 0) > 0]


def _covered(scenario: Scenario, name: str) -> float:
    return by_name(scenario.money.step_paid_share, [name], 1.0)[0]


def _cover(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    before, steps = _covered(scenario, name), list(dict.fromkeys(step.name for step in _steps(scenario).values()))
    shares = dict(zip(steps, by_name(scenario.money.step_paid_share, steps, 1.0), strict=True))
    more = (1 + MORE_REPAIRS_UNDER_WARRANTY * value) / (1 + MORE_REPAIRS_UNDER_WARRANTY * before)
    asked = {
        kind: {"demand_factor": case_type.demand_factor * more}
        for kind, case_type in scenario.case_types.items()
        if any(step.name == name for step in case_type.steps)
    }
    return {"case_types": asked, "money": {"step_paid_share": shares | {name: value}}}


def _repaired(scenario: Scenario) -> list[str]:
    return [place for place, step in _steps(scenario).items() if step.work is not None and step.name == "repair"]


def _repaired_and_sent(scenario: Scenario) -> list[str]:
    types = [_parts(place)[0] for place in _is_work(scenario) if place in _repaired(scenario)]
    return [""] if any(name in _sent(scenario) for name in types) else []


def _at_home(scenario: Scenario, _: str, value: float) -> dict[str, Any]:
    """Parcels are spared, and each repair takes the way there and back."""
    before = scenario.policies.repair_at_home_share
    sent = (1 - value) / (1 - before)
    longer = (1 + TRAVEL_PER_REPAIR * value) / (1 + TRAVEL_PER_REPAIR * before)
    types = {}
    for place in _repaired(scenario):
        kind, name = _parts(place)
        if kind not in _sent(scenario) or place not in _is_work(scenario):
            continue
        changed: dict[str, dict[str, Any]] = {
            step.name: {"odds": min(1.0, step.odds * sent)} for step in scenario.case_types[kind].steps if step.freight
        }
        work = _step(scenario, place).work
        assert isinstance(work, MeanCv)
        changed[name] = {"work": work.model_copy(update={"mean_minutes": work.mean_minutes * longer})}
        types[kind] = {"steps": _with_steps(scenario, kind, changed)}
    return {"case_types": types, "policies": {"repair_at_home_share": value}}


def _centres(scenario: Scenario) -> list[str]:
    return [name for name, way in scenario.channels.items() if isinstance(way, VisitChannel)]


def _book(scenario: Scenario, place: str, value: float) -> dict[str, Any]:
    kind, name = _parts(place)
    centre = _centres(scenario)[0] if value else None
    return {"case_types": {kind: {"steps": _with_steps(scenario, kind, {name: {"appointment": centre}})}}}


POLICIES = (
    Policy(
        name="return_window",
        group="returns and refunds",
        label="Return window",
        label_zh="退货期限",
        unit="days",
        low=7,
        high=60,
        step=1,
        help=(
            "How long customers may return what they bought. Assumed: twice as long means "
            f"{MORE_RETURNS_PER_DOUBLING:.0%} more returns than at 14 "
            f"days. Studies disagree even on the sign: with more "
            "time people also keep more (Janakiraman, Syrdal and Freling 2016)."
        ),
        help_zh=(
            "顾客可退货的天数。假设：期限每延长一倍，退货比 14 天时多 "
            f"{MORE_RETURNS_PER_DOUBLING:.0%}。研究结论不一：时间越长，也可能退得越少（Janakiraman 等，2016）。"
        ),
        places=lambda scenario: [""] if _refunded(scenario) else [],
        now=lambda scenario, _: scenario.policies.return_window_days,
        changes=_window,
    ),
    Policy(
        name="free_freight",
        group="returns and refunds",
        label="Freight paid by the shop",
        label_zh="商家承担运费",
        unit="share of parcels",
        low=0.0,
        high=1.0,
        step=0.1,
        help=(
            f"Free labels. Assumed: all free means {MORE_RETURNS_WHEN_FREE:.0%} "
            f"more cases than none, and parcels that take "
            f"{SHORTER_WAY_WHEN_FREE:.0%} less time."
        ),
        help_zh=(
            f"免费退货运单。假设：全部免费比全不免费多 {MORE_RETURNS_WHEN_FREE:.0%} 的请求，包裹在途时间短 "
            f"{SHORTER_WAY_WHEN_FREE:.0%}。"
        ),
        places=_sent,
        now=_freight_share,
        changes=_freight,
    ),
    Policy(
        name="instant_refund",
        group="returns and refunds",
        label="Instant refund",
        label_zh="极速退款",
        unit="share of customers",
        low=0.0,
        high=1.0,
        step=0.05,
        help=(
            "So many customers get their money without the checks. Some of them abuse it: see the price `abuse_share`."
        ),
        help_zh="无需检查即可退款的顾客比例；其中一部分会滥用（见价格 abuse_share）。",
        places=_skippable,
        now=lambda scenario, name: scenario.case_types[name].instant_refund_share,
        changes=lambda _, name, value: {"case_types": {name: {"instant_refund_share": value}}},
    ),
    Policy(
        name="review_time",
        group="returns and refunds",
        label="Time to review",
        label_zh="审核用时",
        unit="minutes of work",
        low=0.5,
        high=60.0,
        step=0.5,
        help="Mean working time of a back-office step: to inspect, approve, repair or refund.",
        help_zh="后台步骤（检验、审批、维修、退款）的平均工时。",
        places=_is_work,
        now=lambda scenario, place: _minutes(_step(scenario, place)),
        changes=lambda scenario, place, value: _last(scenario, place, value),
    ),
    Policy(
        name="days_on_the_way",
        group="returns and refunds",
        label="Days it takes",
        label_zh="等待天数",
        unit="days",
        low=0.1,
        high=15.0,
        step=0.1,
        help="Mean length of a step in which nobody works: a parcel on its way, an audit, a bank, a spare part.",
        help_zh="无需人工的步骤的平均天数：包裹在途、审核排队、银行转账、等待配件。",
        places=_is_delay,
        now=lambda scenario, place: _minutes(_step(scenario, place)) / MINUTES_A_DAY,
        changes=lambda scenario, place, value: _last(scenario, place, value * MINUTES_A_DAY),
    ),
    Policy(
        name="how_often",
        group="returns and refunds",
        label="How often it is needed",
        label_zh="步骤发生率",
        unit="share of cases",
        low=0.0,
        high=1.0,
        step=0.05,
        help=(
            "How many cases need a step that not all need: checks by "
            "sample, spare parts not in stock, goodwill granted."
        ),
        help_zh="并非每次都需要的步骤的发生率：抽检、缺配件、给予补偿等。",
        places=_sometimes,
        now=lambda scenario, place: _step(scenario, place).odds,
        changes=_needed,
    ),
    Policy(
        name="warranty",
        group="returns and refunds",
        label="Covered by warranty",
        label_zh="保修覆盖",
        unit="share of cost",
        low=0.0,
        high=1.0,
        step=0.1,
        help=(
            "The part of the cost of a step that the shop bears, of repairs above all. Assumed: all covered means "
            f"{MORE_REPAIRS_UNDER_WARRANTY:.0%} more such cases than none."
        ),
        help_zh=(
            f"步骤（尤其是维修）费用中由商家承担的比例。假设：全部承担比全不承担多 "
            f"{MORE_REPAIRS_UNDER_WARRANTY:.0%} 的请求。"
        ),
        places=_priced,
        now=_covered,
        changes=_cover,
    ),
    Policy(
        name="repair_at_home",
        group="returns and refunds",
        label="Repaired at home",
        label_zh="上门维修",
        unit="share of repairs",
        low=0.0,
        high=0.9,
        step=0.1,
        help=(
            "So many repairs are done at the customer's: no parcels, but a way to go. Assumed: the way takes "
            f"{TRAVEL_PER_REPAIR:g} × the repair itself. Only for steps called repair."
        ),
        help_zh=f"上门维修的比例：省去包裹，但需要路程。假设：路程耗时为维修本身的 {TRAVEL_PER_REPAIR:g} 倍。",
        places=_repaired_and_sent,
        now=lambda scenario, _: scenario.policies.repair_at_home_share,
        changes=_at_home,
    ),
    Policy(
        name="by_appointment",
        group="returns and refunds",
        label="Repair by appointment",
        label_zh="预约维修",
        unit="switch",
        low=0,
        high=1,
        step=1,
        help="A place at the service centre is booked before the repair begins. Only for steps called repair.",
        help_zh="维修开始前先预约服务中心的时段。",
        places=lambda scenario: _repaired(scenario) if _centres(scenario) else [],
        now=lambda scenario, place: float(_step(scenario, place).appointment is not None),
        changes=_book,
    ),
)
