"""How a lesson speaks: short notes, in the learner's language."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.languages import in_language, need_language

Text = str | Mapping[str, str]
"""A text for learners: a string, or one for each language, such as ``{"en": "queue", "zh": "队列"}``."""

LOOKS = {
    "right": ("✔", "#009e73"),
    "not_yet": ("↻", "#d55e00"),
    "blank": ("○", "#767676"),
    "note": ("▸", "#0072b2"),
}
"""The mark and the colour of each kind of note; the colours can be told apart by colour-blind eyes too."""


@dataclass(frozen=True, repr=False)
class Note:
    """A short message to the learner: a box as a cell's last line, a line of text elsewhere.

    Parameters
    ----------
    kind : {"right", "not_yet", "blank", "note"}
        What it tells; decides its mark and its colour.
    title, body : str
        The message. Words between backticks are shown as code.

    Examples
    --------
    >>> Note("right", "Exercise 1.1: right.", "Half the agents are idle.")
    ✔ Exercise 1.1: right. Half the agents are idle.
    """

    kind: str
    title: str
    body: str = ""

    def __repr__(self) -> str:
        return " ".join(part for part in (LOOKS[self.kind][0], self.title, self.body) if part)

    def _repr_html_(self) -> str:
        mark, colour = LOOKS[self.kind]
        title = as_html(self.title) if self.kind == "note" else f"<strong>{as_html(self.title)}</strong>"
        return (
            f'<div style="border-left: 4px solid {colour}; padding: 0.3em 0.8em; margin: 0.3em 0">'
            f'<span style="color: {colour}">{mark}</span> {title} {as_html(self.body)}</div>'
        )


class Voice:
    """Says things in one language.

    Parameters
    ----------
    language : {"en", "zh"}
        The language; may be set later too.

    Raises
    ------
    ValueError
        If the language is unknown.

    Examples
    --------
    >>> Voice("en").number(0.8437, "%", decimals=1), Voice("zh").number(2.5, "minutes")
    ('84.4 %', '2.5 分钟')
    """

    def __init__(self, language: str) -> None:
        self.language = language

    @property
    def language(self) -> str:
        """The language, "en" or "zh"."""
        return self._language

    @language.setter
    def language(self, language: str) -> None:
        self._language = need_language(language)

    def say(self, key: str, **values: object) -> str:
        """Return one of the `WORDS`, its places filled."""
        return in_language(WORDS[key], self.language).format(**values)

    def text(self, text: Text) -> str:
        """Return an author's text in this language or, where there is none, in English."""
        return text if isinstance(text, str) else text.get(self.language, text["en"])

    def join(self, *sentences: str) -> str:
        """Return the sentences that are not empty, one after the other."""
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def series(self, parts: Iterable[object]) -> str:
        """Return the parts of an enumeration as one text."""
        return ("、" if self.language == "zh" else ", ").join(map(str, parts))

    def unit(self, unit: str) -> str:
        """Return the name of a unit."""
        return UNITS_ZH.get(unit, unit) if self.language == "zh" else unit

    def number(self, value: float, unit: str = "", decimals: int | None = None) -> str:
        """Write a number with its unit, by default in four digits; with "%", a share as a percentage."""
        if not math.isfinite(value):
            return self.say("no_value")
        value = value * 100 if unit == "%" else value
        if abs(value) >= 1e15:
            text = f"{value:.3g}"
        elif decimals is not None:
            text = f"{value:,.{decimals}f}"
        else:
            text = f"{value:,.{max(0, 3 - magnitude(value))}f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
        if self.language == "en" and text == "1" and unit.endswith("s"):
            unit = unit[:-1]
        return f"{text} {self.unit(unit)}".strip()


def as_html(text: str) -> str:
    """Return a text as HTML, words between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def magnitude(value: float) -> int:
    """Return the power of ten of a number's first digit: 2 for 432, -1 for 0.5, 0 for 0."""
    # The smallest float still has a first digit; more decimals than these nobody reads.
    return max(-12, math.floor(math.log10(abs(value)) + 1e-9)) if value else 0


UNITS_ZH = {
    "seconds": "秒",
    "minutes": "分钟",
    "hours": "小时",
    "days": "天",
    "agents": "名客服",
    "people": "人",
    "calls": "通电话",
    "contacts": "次联系",
    "customers": "位顾客",
}

WORDS = {
    "ready": (
        "Lesson {lesson} is ready. Exercises with a check: {exercises}. Quiz questions: {questions}.",
        "第 {lesson} 课已就绪。可自动检查的练习：{exercises} 道；小测验：{questions} 题。",
    ),
    "no_rules": (
        "The checks of lesson {lesson} are not here, so answers cannot be checked. Keep the notebook in its "
        "folder of the workbook.",
        "没有找到第 {lesson} 课的检查规则，无法检查答案。请把笔记本留在练习册原来的文件夹里。",
    ),
    "guess_blank": ("Your guess is still blank.", "你还没有写下猜测。"),
    "guess_blank_do": (
        "Write one in place of the `...` above and run that cell, then run this one: the result appears beside "
        "your guess. Any guess will do; a surprise is what you will remember.",
        "请用你的猜测替换上面的 `...` 并运行那个单元格，再运行本单元格，结果就会显示在猜测旁边。"
        "猜多少都可以，出乎意料才记得牢。",
    ),
    "guess_unclear": ("Your guess could not be read.", "没有读懂你的猜测。"),
    "guess": ("You guessed {guess};", "你猜的是 {guess}；"),
    "simulation": ("the simulation says {result}.", "模拟结果是 {result}。"),
    "data": ("the data say {result}.", "数据显示是 {result}。"),
    "formula": ("the formula says {result}.", "公式给出 {result}。"),
    "interval": ("{result} (95 % interval {low} to {high})", "{result}（95 % 置信区间 {low} 至 {high}）"),
    "no_value": ("no value", "无数值"),
    "inside": ("Your guess lies inside the interval: well judged.", "你的猜测落在区间之内，判断得很准。"),
    "close": ("That is close.", "很接近。"),
    "factor_low": ("Your guess is too low by a factor of {factor}.", "你猜低了：结果是它的 {factor} 倍。"),
    "factor_high": ("Your guess is too high by a factor of {factor}.", "你猜高了：它是结果的 {factor} 倍。"),
    "by_low": ("Your guess is too low by {by}.", "你猜低了 {by}。"),
    "by_high": ("Your guess is too high by {by}.", "你猜高了 {by}。"),
    "points": ("{by} percentage points", "{by} 个百分点"),
    "same": ("You had it.", "猜对了。"),
    "other": ("Not what you expected: read on to see why.", "与你的预想不同，往下读就知道为什么。"),
    "right": ("Exercise {exercise}: right.", "练习 {exercise}：正确。"),
    "not_yet": ("Exercise {exercise}: not yet.", "练习 {exercise}：还不对。"),
    "blank": ("Exercise {exercise}: not answered yet.", "练习 {exercise}：尚未作答。"),
    "blank_do": (
        "Put your answer in place of the `...` above, run that cell, then run this one.",
        "请用你的答案替换上面的 `...`，运行那个单元格，再运行本单元格。",
    ),
    "too_low": ("{answer} is too low.", "{answer} 偏低。"),
    "too_high": ("{answer} is too high.", "{answer} 偏高。"),
    "percent": (
        "{answer} looks like a percentage. As a number, 80 % is 0.8.",
        "{answer} 看起来是百分数。写成数字时，80 % 是 0.8。",
    ),
    "complement": (
        "You may have counted the others: the part that yours leaves of 100 %.",
        "你算的可能是另一部分：请看 100 % 减去你的答案。",
    ),
    "looks_like": (
        "That looks like {looks}; the question asks for {unit}.",
        "这看起来是以{looks}为单位；题目要求的是{unit}。",
    ),
    "incomplete": ("{answer} is right, but there is more.", "{answer} 是对的，但还不完整。"),
    "see_solution": (
        "If you are stuck, look at this lesson in the folder `solutions`.",
        "如果卡住了，可以看 `solutions` 文件夹里的同一课。",
    ),
    "no_number": (
        "No number was found in {answer}. Write only a number, such as 12 or 0.5.",
        "在 {answer} 里没有读到数字。请只写一个数字，例如 12 或 0.5。",
    ),
    "several_numbers": (
        "{answer} holds more than one number. Write only one, such as 12 or 0.5.",
        "{answer} 里不止一个数字。请只写一个，例如 12 或 0.5。",
    ),
    "not_finite": (
        "{answer} is not a number that can be compared. Write one such as 12 or 0.5.",
        "{answer} 无法用来比较。请写一个数字，例如 12 或 0.5。",
    ),
    "true_false": (
        "{answer} says yes or no. Write a number, such as 12 or 0.5.",
        "{answer} 表示是或否。请写一个数字，例如 12 或 0.5。",
    ),
    "no_choice": ("{answer} is not one of the choices {choices}.", "{answer} 不在选项 {choices} 之中。"),
    "no_function": ("A function is asked for; {answer} is none.", "这里需要一个函数；{answer} 不是函数。"),
    "no_return": (
        "{call} gave nothing back. Does your function end with `return`?",
        "{call} 没有返回结果。函数最后写了 `return` 吗？",
    ),
    "wrong_case": ("{call} gives {given}; it should give {expected}.", "{call} 得到 {given}；应当得到 {expected}。"),
    "stopped": ("{call} stopped with the error {error}.", "{call} 出错停止：{error}。"),
    "unusable": ("{answer} could not be checked ({error}).", "无法检查 {answer}（{error}）。"),
    "wants": ("Asked for is {wants}.", "这里需要的是{wants}。"),
    "progress": ("{right} of {all} exercises are right.", "{all} 道练习中已答对 {right} 道。"),
    "open": ("Still open: {names}.", "尚未完成：{names}。"),
    "all_done": ("Well done!", "做得好！"),
    "quiz_right": ("Right.", "正确。"),
    "quiz_wrong": ("Not this one.", "不是这一项。"),
    "quiz_answers": ("Answers", "答案"),
    "levers": (
        "Run this cell to move the levers yourself. Start: {levers}.",
        "运行本单元格即可自己调节。起始值：{levers}。",
    ),
    "from_to": ("{label} {start} ({low} to {high})", "{label} {start}（{low} 至 {high}）"),
    "one_of": ("{label} {start} (of {options})", "{label} {start}（可选 {options}）"),
    "working": ("working …", "计算中……"),
    "cannot_show": ("These values cannot be shown: {error}", "无法显示这组数值：{error}"),
}
"""What is said to learners, in the order of `LANGUAGES`."""
