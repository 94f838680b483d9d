"""All that the studio says, in English and Chinese: the one home of its words.

Measures and levers bring their own names in both languages; here are the sentences around them, units, and the names
that the shipped scenarios use. A visitor's own names stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.languages import in_language, need_language
from sim.measures import MEASURES
from sim.plots.sentences import NBSP
from sim.policies import Lever
from sim.scenario_studio.controls import lever as lever_of

if TYPE_CHECKING:
    from sim.scenario_studio.state import Setup


class Words:
    """Says things in one language.

    Parameters
    ----------
    language : {"en", "zh"}

    Raises
    ------
    ValueError
        If the language is unknown.

    Examples
    --------
    >>> Words("en").say("replications", count=30), Words("zh").measure("csat")
    ('30 replications', '客户满意度')
    """

    def __init__(self, language: str) -> None:
        self.language = need_language(language)

    @property
    def chinese(self) -> bool:
        """Whether it speaks Chinese."""
        return self.language == "zh"

    def say(self, key: str, **values: object) -> str:
        """One of the `WORDS`, its places filled."""
        return in_language(WORDS[key], self.language).format(**values)

    def measure(self, name: str) -> str:
        """A measure's name."""
        title = MEASURES[name].title_zh if self.chinese else MEASURES[name].title
        return title[:1].upper() + title[1:]

    def unit(self, unit: str) -> str:
        """The name of a unit."""
        return UNITS_ZH.get(unit, unit) if self.chinese else UNITS_EN.get(unit, unit)

    def place(self, place: str) -> str:
        """A team, channel, case type or step, such as ``return.parcel back``."""
        parts = [NAMES_ZH.get(part, part) if self.chinese else part for part in place.split(".")]
        return (" · " if self.chinese else ", ").join(parts).replace("_", " ")

    def lever(self, lever: Lever) -> str:
        """A lever's label: what is moved, and where."""
        label = lever.policy.label_zh if self.chinese else lever.policy.label
        if not lever.place:
            return label
        return f"{label}（{self.place(lever.place)}）" if self.chinese else f"{label} ({self.place(lever.place)})"

    def help(self, lever: Lever) -> str:
        """What a lever does."""
        return lever.help_zh if self.chinese else lever.help

    def scenario(self, name: str) -> str:
        """A scenario's name in a menu."""
        return f"{SCENARIOS_ZH[name]}（{name}）" if self.chinese and name in SCENARIOS_ZH else name

    def series(self, parts: list[str]) -> str:
        """The parts of an enumeration as one text."""
        return ("；" if self.chinese else "; ").join(parts)

    def move(self, lever: Lever, value: float) -> str:
        """Where a lever stands, as a visitor sees it: a share in per cent, a switch on or off."""
        if lever.unit == "switch":
            return self.say("on" if value else "off")
        shown = f"{value * shown_times(lever):.6g}".replace("-", "−")
        return f"{shown}{NBSP}%" if is_share(lever) else shown

    def moves(self, setup: Setup) -> str:
        """What was moved, from where to where."""
        told = []
        for name, value in setup.moves:
            before, now = lever_of(name, setup.start), lever_of(name, setup.scenario)
            if before is not None:
                told.append(f"{self.lever(before)} {self.move(before, before.now)} → {self.move(before, value)}")
            elif now is not None:
                told.append(f"{self.lever(now)} {self.move(now, value)}")
        return self.series(told)

    def lever_unit(self, lever: Lever) -> str:
        """The unit of a lever's slider."""
        if not is_share(lever):
            return self.unit(lever.unit)
        if self.chinese:
            return f"{self.unit(lever.unit)} %"
        return "%" + lever.unit.removeprefix("share") if lever.unit.startswith("share") else f"{lever.unit} in %"

    def amount(self, measure: str, value: float, like: float | None = None, *, difference: bool = False) -> str:
        """A value of a measure with its unit, in the unit and with the decimals that suit numbers of the size `like`.

        Examples
        --------
        >>> words = Words("en")
        >>> words.amount("abandonment", 0.0734).replace(NBSP, " ")
        '7.3 %'
        >>> words.amount("abandonment", 0.0112, 0.073, difference=True).replace(NBSP, " ")
        '+1.1 points'
        """
        factor, unit = MEASURES[measure].scale(abs(value if like is None else like))
        text = self.number(factor * value, factor * (value if like is None else like), signed=difference)
        if unit in ("money", "points") or MEASURES[measure].is_count:
            return text
        if unit == "%" and difference:
            unit = self.say("percentage_points")
        return f"{text}{NBSP}{self.unit(unit)}"

    def number(self, value: float, like: float | None = None, *, signed: bool = False) -> str:
        """A number with three digits or more, as many decimals as suit numbers of the size `like`."""
        if value != value:
            return self.say("no_value")
        size = abs(value if like is None else like)
        decimals = 0 if size >= 100 else 1 if size >= 1 else 2
        return f"{value:{'+' if signed else ''},.{decimals}f}".replace("-", "−")


def is_share(lever: Lever) -> bool:
    """Whether a lever is shown in per cent."""
    return lever.unit.startswith("share") or lever.unit == "odds"


def shown_times(lever: Lever) -> float:
    """How many of the units that are shown make one of the lever's."""
    return 100.0 if is_share(lever) else 1.0


# Short, for tables.
UNITS_EN = {"seconds": "s", "minutes": "min", "hours": "h"}

UNITS_ZH = {
    "%": "%",
    "seconds": "秒",
    "minutes": "分钟",
    "hours": "小时",
    "days": "天",
    "money": "元",
    "points": "分",
    "agents": "人",
    "contacts": "次",
    "lines": "条线路",
    "conversations": "个会话",
    "customers": "位顾客",
    "d′": "d′",
    "− threshold": "− 阈值",
    "× forecast": "× 预测",
    "× patience": "× 原耐心",
    "× handle time": "× 原时长",
    "coefficient of variation": "变异系数",
    "hours a day": "小时/天",
    "hours a month": "小时/月",
    "minutes of work": "分钟工时",
    "money a case": "元/单",
    "o'clock, until midnight": "点至午夜",
    "odds": "概率",
    "rank, 1 goes first": "级，1 最优先",
    "share": "比例",
    "share of agents": "坐席比例",
    "share of cases": "工单比例",
    "share of contacts": "联络比例",
    "share of contacts handed over": "转人工比例",
    "share of conversations": "会话比例",
    "share of cost": "费用比例",
    "share of customers": "顾客比例",
    "share of days": "天数比例",
    "share of parcels": "包裹比例",
    "share of repairs": "维修比例",
    "switch": "开关",
}

SCENARIOS_ZH = {
    "baseline": "基准商店",
    "amazon_style": "亚马逊式",
    "failing_platform": "失败的平台",
    "jd_style": "京东式",
    "livestream": "直播带货",
    "small_store": "小店",
    "taobao_style": "淘宝式",
    "xiaomi_style": "小米式",
}

# Names that the shipped scenarios give to their parts.
NAMES_ZH = {
    "phone_desk": "电话组",
    "chat_desk": "在线客服组",
    "back_office": "后台组",
    "service_centre": "服务中心",
    "partner": "外包伙伴",
    "owner": "店主",
    "vip_own_agents": "VIP 专属坐席",
    "where_is_my_order": "查物流",
    "return": "退货",
    "exchange": "换货",
    "complaint": "投诉",
    "how_to": "使用咨询",
    "repair": "维修",
    "refund": "退款",
    "phone": "电话",
    "chat": "在线聊天",
    "social": "社交媒体",
    "email": "邮件",
    "regular": "普通顾客",
    "vip": "VIP",
    "inspect": "验货",
    "goodwill": "补偿",
    "parcel back": "退件在途",
    "money on its way": "退款在途",
    "spare part": "备件",
    "parcel home": "寄回在途",
    "label": "退货标签",
    "pick-up": "上门取件",
    "audit": "审核",
    "small_merchants": "小商家",
}

WORDS = {
    # The parts of the page
    "language": ("Language", "语言"),
    "scenario": ("Scenario", "情景"),
    "about": ("About this scenario", "关于该情景"),
    "own_file": ("Your own file", "上传文件"),
    "levers": ("Levers", "可调项"),
    "more_levers": ("More levers", "更多可调项"),
    "choose": ("choose one of {count} …", "从 {count} 项中选择……"),
    "no_more": ("none", "没有了"),
    "nothing_here": ("This scenario has no levers here.", "该情景在这一组没有可调项。"),
    "undo": ("Undo", "撤销"),
    "redo": ("Redo", "重做"),
    "reset": ("Reset levers", "全部复位"),
    "name": ("Name", "名称"),
    "name_hint": ("a name, such as: two more on the phone", "起个名字，例如：电话组加两人"),
    "pin": ("Pin", "固定"),
    "make_base": ("Make it the base", "设为基准"),
    "results": ("Results", "结果"),
    "pins": ("Pinned", "已固定"),
    "no_pins": ("Pin up to {most} set-ups to compare them here.", "最多可固定 {most} 个方案，在这里相互比较。"),
    "plan": ("Plan", "方案"),
    "show_again": ("Show", "查看"),
    "show_this": ("Show “{name}” again", "重新查看“{name}”"),
    "remove": ("Remove", "移除"),
    "remove_this": ("Remove “{name}” from the pins", "从已固定中移除“{name}”"),
    "curve": ("Curve", "曲线"),
    "save": ("Save", "保存"),
    "scenario_file": ("Scenario (YAML)", "情景（YAML）"),
    "table_file": ("Table (CSV)", "表格（CSV）"),
    "day_file": ("Day curves (PNG)", "日曲线（PNG）"),
    "front_file": ("Frontier (PNG)", "前沿图（PNG）"),
    # The groups of levers
    "group demand": ("Demand", "需求"),
    "group people": ("People", "人员"),
    "group channels": ("Channels", "渠道"),
    "group bot": ("Bot", "智能客服"),
    "group returns and refunds": ("Returns and refunds", "退货与退款"),
    "group policies": ("Policies", "政策"),
    # The table
    "measure": ("Measure", "指标"),
    "now": ("Now", "当前"),
    "base": ("Base", "基准"),
    "interval": ("95 % interval", "95 % 置信区间"),
    "difference": ("Difference (95 % interval)", "差异（95 % 置信区间）"),
    "waiting": ("Waiting", "等待"),
    "people": ("People at work", "人员"),
    "customers": ("Customers", "顾客"),
    "money": ("Money, {currency}, all days of the run ({days})", "金额（{currency}，{days} 天合计）"),
    "better": ("better", "更好"),
    "worse": ("worse", "更差"),
    "differs": ("differs", "有变化"),
    "luck": ("may be luck", "可能只是偶然"),
    "same": ("the same", "相同"),
    "no_value": ("no value", "无数值"),
    "to": ("{low} to {high}", "{low} 至 {high}"),
    "percentage_points": ("points", "个百分点"),
    "key": (
        "▲ better and ▼ worse than the base, ◆ different: more than luck, with 95 % confidence. ○ may be luck. "
        "All meet the same customers.",
        "▲ 优于基准、▼ 劣于基准、◆ 有变化：95 % 置信水平下并非偶然。○ 可能只是偶然。各方案面对同一批顾客。",
    ),
    "is_the_base": (
        "This is the base. Move a lever, and the difference appears here.",
        "当前就是基准。移动任意可调项，这里就会显示差异。",
    ),
    # What it is doing
    "working": ("working …", "计算中……"),
    "refining": (
        "refining … {count} of {all} replications so far",
        "正在细化……已完成 {count}/{all} 次重复",
    ),
    "replications": ("{count} replications", "{count} 次重复"),
    "slow": (
        "Without Numba this is slow: it begins with {count} replications. Install the extra “fast” for more speed.",
        "未安装 Numba，速度较慢：先做 {count} 次重复。安装附加项 “fast” 可提速。",
    ),
    "moved": ("Moved: {moves}", "已调整：{moves}"),
    "not_moved": ("No lever is moved.", "尚未移动任何可调项。"),
    "without_effect": ("Without effect now: {levers}.", "目前不起作用：{levers}。"),
    "base_is": ("Base: {base}", "基准：{base}"),
    "base_changed": (
        "“{name}” runs over other days than the base did, so it is its own base now.",
        "“{name}” 的运行天数与原基准不同，因此已改以它自身为基准。",
    ),
    "on": ("on", "开"),
    "off": ("off", "关"),
    # What cannot be done
    "cannot": ("That cannot be done: {error}", "无法执行：{error}"),
    "no_lever": ("there is no lever {name} here", "这里没有可调项 {name}"),
    "pinned_already": ("this is pinned already, as “{name}”", "它已固定为“{name}”"),
    "too_many_pins": (
        "{most} are pinned, which is all that one can tell apart; remove one first",
        "已固定 {most} 个，再多就难以分辨；请先移除一个",
    ),
    "file_too_large": (
        "the file has {size} kB; a scenario may have {most} kB",
        "文件有 {size} kB；情景文件最大 {most} kB",
    ),
    "file_too_nested": (
        "the file holds more than {most} parts; a scenario has a few hundred",
        "文件内容超过 {most} 项；一个情景通常只有几百项",
    ),
    "based_on_a_file": (
        "based_on holds {given}; a file given to the studio may be based on a shipped scenario: {names}",
        "based_on 为 {given}；上传的文件只能基于自带的情景：{names}",
    ),
    "too_many_cases": (
        "it expects {cases} cases in a run; the studio answers at once up to {most}. Make the run shorter (days), or "
        "use sim.compare in a notebook",
        "一次运行预计有 {cases} 个工单；工作室最多即时处理 {most} 个。请缩短天数，或在笔记本中使用 sim.compare",
    ),
    "too_many_days": (
        "it runs over {days} days; the studio answers at once up to {most}. Make the run shorter (days), or use "
        "sim.compare in a notebook",
        "它运行 {days} 天；工作室最多即时处理 {most} 天。请缩短天数，或在笔记本中使用 sim.compare",
    ),
    # Figures
    "by_half_hour": ("{measure} by half hour", "每半小时的{measure}"),
    "staffing": ("Agents at work (all teams), mean of all days", "在岗人数（全部团队），各日平均"),
    "day_same": ("{measure} through the day: highest at {time}, {value}", "全天{measure}：{time} 最高，为 {value}"),
    "day_down": (
        "{measure} falls most at {time}: from {base} to {now}",
        "{measure}在 {time} 下降最多：由 {base} 降至 {now}",
    ),
    "day_up": (
        "{measure} rises most at {time}: from {base} to {now}",
        "{measure}在 {time} 上升最多：由 {base} 升至 {now}",
    ),
    "day_luck": (
        "{measure} through the day: no sure difference from the base",
        "全天{measure}：与基准没有确定的差异",
    ),
    "day_none": ("{measure} has no value here", "{measure}在此没有数值"),
    "front_one": (
        "One set-up tried so far: move a lever to see what satisfaction costs",
        "目前只试过一个方案：移动可调项，看看满意度的代价",
    ),
    "front_best": (
        "{left} of {count} tried so far are not beaten in both cost and satisfaction",
        "已试 {count} 个方案，其中 {left} 个在成本与满意度上未被同时超越",
    ),
    "front_all": (
        "None of {count} tried so far is beaten in both cost and satisfaction",
        "已试 {count} 个方案，没有一个在成本与满意度上被同时超越",
    ),
    "front_x": (
        "Cost, {currency}, all days of the run: {days} (lower is better)",
        "{days} 天总成本，{currency}（越低越好）",
    ),
    "front_y": ("CSAT, % (higher is better)", "客户满意度，%（越高越好）"),
    "runs_note": (
        "{count} replications; bands and bars are 95 % intervals; mean of all days, all channels",
        "{count} 次重复；色带与误差线为 95 % 置信区间；各日、全部渠道平均",
    ),
    "front_note": (
        "{count} replications on the same customers; bars are 95 % intervals; hollow points are beaten in both",
        "{count} 次重复，面对同一批顾客；误差线为 95 % 置信区间；空心点表示两项均被超越",
    ),
    "no_font": (
        "Figures are labelled in English: install the extra “zh” for Chinese letters in figures.",
        "图中文字为英文：安装附加项 “zh” 后可显示中文。",
    ),
    # Without widgets
    "no_widgets": (
        "The studio needs a notebook with ipywidgets (the extra “lab”). Here you can use studio.move(name, value), "
        "studio.table and studio.scenario.",
        "工作室需要带 ipywidgets 的笔记本（附加项 “lab”）。这里可以使用 studio.move(name, value)、studio.table "
        "和 studio.scenario。",
    ),
    "run_the_cell": (
        "Run this cell to open the scenario studio (menu Run, or Shift + Enter).",
        "运行本单元格即可打开情景工作室（菜单 Run，或按 Shift + Enter）。",
    ),
}
"""What is said to visitors, in the order of `LANGUAGES`."""
