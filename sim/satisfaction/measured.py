"""The measures that ratings and answers to surveys give."""

from __future__ import annotations

from functools import partial

from sim.measures.measure import Measure

_measure = partial(Measure, family="satisfaction")
_better = partial(_measure, higher_is_better=True)

MEASURES = {
    "rated": _measure(
        "rated_cases",
        "cases_to_rate",
        "cases that are closed, and so rated",
        "share",
        title="share of cases rated",
        title_zh="已评价工单占比",
    ),
    "csat": _better(
        "satisfied_cases", "rated_cases", "ratings of 4 or 5 / ratings", "share", title="CSAT", title_zh="客户满意度"
    ),
    "mean_rating": _better(
        "rating_points", "rated_cases", "mean rating, 1 to 5", "points", title="mean rating", title_zh="平均评分"
    ),
    "nps": _better(
        "promoters_less_detractors",
        "rated_cases",
        "% of answers 9 and 10 less % of 0 to 6, on a scale to 10",
        "points",
        title="NPS",
        title_zh="净推荐值",
        may_be_negative=True,
    ),
    "ces": _better(
        "ease_points",
        "rated_cases",
        "mean answer how easy it was, 1 to 7",
        "points",
        title="CES",
        title_zh="客户轻松度（CES）",
    ),
    "response_rate": _measure(
        "surveyed_cases",
        "rated_cases",
        "cases whose customer answers the survey",
        "share",
        title="response rate of the survey",
        label="survey response rate",
        title_zh="问卷回复率",
    ),
    "csat_surveyed": _better(
        "surveyed_satisfied",
        "surveyed_cases",
        "csat of those who answer the survey",
        "share",
        title="CSAT in the survey",
        title_zh="问卷满意度",
    ),
    "nps_surveyed": _better(
        "surveyed_promoters_less_detractors",
        "surveyed_cases",
        "nps of those who answer the survey",
        "points",
        title="NPS in the survey",
        title_zh="问卷净推荐值",
        may_be_negative=True,
    ),
}
