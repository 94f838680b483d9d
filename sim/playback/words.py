"""The words of the player, in English and Chinese."""

from __future__ import annotations

from sim.languages import in_language

WORDS = {
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "start": ("Back to the start", "回到开始"),
    "slower": ("Slower", "放慢"),
    "faster": ("Faster", "加快"),
    "whole_screen": ("Whole screen", "全屏"),
    "speed": ("{minutes} min/s", "{minutes} 分钟/秒"),
    "speed_label": ("Speed: simulated minutes a second", "速度：每秒播放的模拟分钟数"),
    "time_label": ("Time of day", "时刻"),
    "replay_of": ("Replay of {names}, {day}", "{names}，{day} 回放"),
    "waiting": ("waiting", "等待"),
    "talking": ("talking", "通话/会话中"),
    "served": ("served", "已接待"),
    "abandoned": ("hung up", "已放弃"),
    "backlog": ("messages to answer", "待回复邮件"),
    "rating": ("rating today", "今日评分"),
    "no_rating": ("–", "–"),
    "agents_busy": ("{busy} of {on_duty} busy", "{busy}/{on_duty} 忙"),
    "nobody": ("off duty", "无人在岗"),
    "portal": ("Self-service", "自助服务"),
    "bot": ("bot", "机器人"),
    "back_office": ("Back office", "后台处理"),
    "on_the_way": ("{count} parcels and payments on their way", "在途包裹与款项 {count}"),
    "closed": ("closed", "已关闭"),
    "not_here": ("not in this plan", "本方案没有"),
    "booked": ("{count} booked", "已预约 {count}"),
    "count_waiting": ("{count} waiting", "{count} 等待"),
    "count_to_answer": ("{count} to answer", "{count} 待回复"),
    "left": ("Gone today", "今日离开"),
    "left_solved": ("served, solved", "已接待，已解决"),
    "left_unsolved": ("served, not solved", "已接待，未解决"),
    "left_called_back": ("called back", "已回呼"),
    "left_contained": ("kept by the bot", "机器人拦截"),
    "left_left_bot": ("left at the bot", "在机器人处离开"),
    "left_self_served": ("helped themselves", "自助解决"),
    "left_abandoned": ("hung up", "已放弃"),
    "left_blocked": ("lines taken", "占线"),
    "left_turned_away": ("turned away: closed", "非营业时间"),
    "legend": ("What the marks mean", "图例"),
    "legend_shapes": (
        "Circle: a customer who waits on the line, in the chat or on the spot. Square: a message. Diamond: back-office "
        "work. The letter is the channel or the step.",
        "圆形：正在线上、会话中或现场等待的顾客。方形：邮件等留言。菱形：后台工作。字母表示渠道或步骤。",
    ),
    "legend_colours": (
        "Amber waits, dark amber has waited longer than promised; blue is being served; green is with the bot or "
        "helps itself; red hangs up. Hollow: has accepted a callback. Thick edge: goes first (VIP).",
        "黄色在等待，深黄色已超过承诺的时限；蓝色正在接受服务；绿色在机器人或自助服务；红色放弃。空心：已接受回呼。粗边：优先（VIP）。",
    ),
    "legend_agents": (
        "A box is an agent: empty is idle, dashed is off duty. Small rings are the conversations that the agent can "
        "have at once.",
        "方框是客服：空框为空闲，虚线框为不在岗。小圆圈是可同时进行的会话。",
    ),
    "legend_pick": (
        "Click a customer to follow that person, in both pictures. Space plays and pauses, the arrows go back and "
        "forward, + and − change the speed.",
        "点击一位顾客即可跟踪（两边同时显示）。空格键播放或暂停，方向键前进后退，+ 和 − 改变速度。",
    ),
    "customer": ("Customer {case}: {type}, {channel}", "顾客 {case}：{type}，{channel}"),
    "attempt": ("attempt {number}", "第 {number} 次联系"),
    "since": ("{what} since {time}", "{time} 起{what}"),
    "is_portal": ("in self-service", "自助服务中"),
    "is_booked": ("booked for later", "已预约"),
    "is_with_bot": ("with the bot", "与机器人会话"),
    "is_waiting": ("waiting", "等待"),
    "is_in_service": ("with an agent", "接受服务"),
    "is_gone": ("gone: {how}", "离开：{how}"),
    "is_away": ("not here now", "不在此处"),
    "rated": ("rating {rating} of 5", "评分 {rating}/5"),
    "wait_scale": ("waiting, up to {most} at once", "等待人数，最多 {most}"),
    "wait_curve": ("customers waiting on the line, through the day", "全天在线等待人数"),
}

DAYS = (
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
)

# Names in the scenarios of the library, and the sign that stands for each on a narrow mark. Other names are shown as
# the scenario writes them.
NAMES = {
    "phone": ("Phone", "电话", "P", "电"),
    "chat": ("Chat", "在线聊天", "C", "聊"),
    "social": ("Social media", "社交媒体", "S", "社"),
    "email": ("E-mail", "邮件", "E", "邮"),
    "service_centre": ("Service centre", "服务中心", "V", "店"),
    "inspect": ("Inspect", "检验", "i", "检"),
    "refund": ("Refund", "退款", "$", "退"),
    "goodwill": ("Goodwill", "补偿", "g", "补"),
    "repair": ("Repair", "维修", "r", "修"),
    "follow_up": ("Follow up", "回访", "f", "访"),
    "phone_desk": ("Phone desk", "电话组", "", ""),
    "chat_desk": ("Chat desk", "在线组", "", ""),
    "back_office": ("Back office", "后台组", "", ""),
    "partner": ("Partner", "外包伙伴", "", ""),
    "where_is_my_order": ("where is my order", "物流查询", "", ""),
    "return": ("return", "退货", "", ""),
    "complaint": ("complaint", "投诉", "", ""),
    "how_to": ("how to", "使用咨询", "", ""),
}


RUN_TO_PLAY = ("Run this cell to play the day.", "运行本单元格即可播放这一天。")
"""What a page without a kernel says in place of the player."""


def words(language: str) -> dict[str, str]:
    """All words in one language, by key."""
    return {key: in_language(texts, language) for key, texts in WORDS.items()}


def label(name: str, language: str) -> str:
    """What the player calls something of the scenario."""
    known = NAMES.get(name)
    if known is not None:
        return in_language(known, language)
    spoken = name.replace("_", " ")
    return spoken[:1].upper() + spoken[1:]


def signs(names: list[str], language: str, taken: set[str]) -> list[str]:
    """A letter for each name, none twice: the usual one, else the first of its letters that is free."""
    found = []
    for name in names:
        usual = in_language(NAMES[name][2:], language) if name in NAMES else ""
        spoken = label(name, language).replace(" ", "")
        sign = next((letter for letter in [usual, *spoken, *spoken.upper()] if letter and letter not in taken), "•")
        taken.add(sign)
        found.append(sign)
    return found
