"""Scenarios with every part: read as they were meant, or refused with a message that says where, what and what instead.

The parts of a plain desk are tested in ``test_scenario.py``; here are bot, journey, back office, visits and demand.
"""

import re

import pytest
from support.bad_input import MISSING, changed, refusal

import sim

HOURS = {"every_day": "08:00-20:00"}
WHOLE = {
    "name": "whole",
    "days": 14,
    "demand": {
        "orders": {
            "per_day": {"mon-thu": 300, "fri-sun": 360},
            "hours": {"08:00-23:00": 1},
            "cases": {
                "tracking": {"per_100": 9, "lag": {"mean_days": 2.2, "cv": 0.4}},
                "return": {"per_100": 7, "lag": {"mean_days": 6, "cv": 0.4}, "hours": {"20:00-22:00": 1}},
            },
        },
        "cases_per_hour": {"complaint": {"09:00-21:00": 0.4}},
    },
    "events": [
        {"name": "live stream", "day": 5, "start": "20:00", "hours": 2, "orders_factor": 8},
        {"name": "late carrier", "day": 7, "hours": 48, "case_factors": {"tracking": 2}},
        {"name": "outage", "day": 8, "start": "10:00", "hours": 3, "bot_down": True, "system_down": True},
    ],
    "case_types": {
        "tracking": {
            "channels": {"phone": 0.3, "chat": 0.5, "email": 0.2},
            "handle_time": {"mean_minutes": 4},
            "solved": {"phone": 0.9, "chat": 0.9, "email": 0.8},
            "self_service": {"share": 0.4, "solves": 0.5, "minutes": {"mean_minutes": 3}},
        },
        "return": {
            "channels": {"chat": 0.6, "email": 0.4},
            "handle_time": {"mean_minutes": 5},
            "steps": [
                {"name": "parcel", "delay": {"mean_days": 3}, "freight": True},
                {"name": "inspect", "work": {"mean_minutes": 5}, "skipped_by_instant_refund": True, "odds": 0.9},
                {"name": "repair", "work": {"mean_minutes": 20}, "appointment": "centre", "odds": 0.1},
                {"name": "refund", "work": {"mean_minutes": 2}},
            ],
            "instant_refund_share": 0.2,
            "status_enquiries_per_day": 0.15,
            "kept_informed_share": 0.5,
            "freight_factor": 0.9,
            "demand_factor": 1.1,
        },
        "complaint": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 9}, "solved": 0.7},
    },
    "channels": {
        "phone": {
            "kind": "live",
            "open_hours": HOURS,
            "patience": {"mean_minutes": 5},
            "callback": {"when_wait_above_minutes": 4, "accepted_share": 0.5},
        },
        "chat": {
            "kind": "live",
            "open_hours": HOURS,
            "patience": {"mean_minutes": 3},
            "at_once": 3,
            "speed": [1, 0.8, 0.65],
        },
        "email": {"kind": "deferred", "open_hours": HOURS},
        "centre": {"kind": "visit", "open_hours": HOURS, "places": 2, "slot_minutes": 30, "lead_hours": 4},
    },
    "bot": {
        "channels": ["chat", "phone"],
        "minutes": {"mean_minutes": 2},
        "skill": {"d_prime": 2, "threshold": 0.2, "solvable": {"tracking": 0.7, "return": 0.3, "complaint": 0.05}},
        "leaves_share": 0.05,
        "context_share": 0.8,
        "context_handle_factor": 0.85,
        "sessions": 40,
    },
    "teams": {
        "desk": {"skills": ["phone", "email"], "agents": 3, "newcomers": {"share": 0.3}, "solve_drop_when_busy": 0.1},
        "chat": {"skills": ["chat", {"channel": "phone", "after_minutes": 2, "reserve": 1}], "agents": 2},
        "back": {"skills": [{"task": "refund"}, {"task": "inspect"}, {"task": "follow_up"}], "agents": 2},
        "workshop": {"skills": [{"task": "repair"}], "agents": 1},
    },
    "follow_up": {"share": 0.1, "delay": {"mean_hours": 20}, "work": {"mean_minutes": 4}},
    "coming_back": {
        "after_no_solution": {"odds": 0.8, "delay": {"mean_hours": 24}},
        "after_false_containment": {"odds": 0.7, "delay": {"mean_hours": 5}},
        "after_leaving_the_bot": {"odds": 0.4, "delay": {"mean_hours": 5}},
        "angrier": {"odds": 0.15, "type": "complaint"},
        "switch_channel": {"chat": {"phone": 0.3}, "email": {"phone": 0.3}},
    },
}


def whole_with(path, value):
    """The whole scenario's content with one value changed, or taken away."""
    return changed(WHOLE, path, value)


def test_the_scenario_of_these_tests_is_right_and_survives_a_file(tmp_path):
    whole = sim.load(WHOLE)
    whole.to_yaml(tmp_path / "whole.yaml")
    assert sim.load(tmp_path / "whole.yaml") == whole


A_CASE = {"minutes": [5.0], "types": ["return"]}
BOTH = {"delay": {"mean_days": 1}, "work": {"mean_minutes": 1}}
WRONG = [
    # demand by orders
    ("demand/orders", 5, "demand.orders: holds 5; it may hold a mapping of keys to values"),
    ("demand/orders/per_day", MISSING, "demand.orders.per_day: is missing; give the orders of a day, such as {mon-thu"),
    ("demand/orders/per_day", {"08:00-10:00": 3}, "demand.orders: per_day: holds hours; orders are given for whole"),
    ("demand/orders/per_day", "300", "demand.orders.per_day: holds '300'; it may hold a number of at least 0: write"),
    ("demand/orders/hours", MISSING, "demand.orders.hours: is missing; give the weights of the hours at which"),
    ("demand/orders/hours", {"mon-fri": 1}, "demand.orders: hours: a weekday has no hours; give every day some"),
    ("demand/orders/cases", {}, "demand.orders.cases: is empty; say what follows, such as {return: {per_100: 8, lag"),
    ("demand/orders/cases/retrun", {"per_100": 1, "lag": {"mean_days": 1}}, "no such case type as 'retrun'. Did you"),
    ("demand/orders/cases/return/per_100", -1, "demand.orders.cases.return.per_100: holds -1; it may hold a number of"),
    ("demand/orders/cases/return/per_100", MISSING, "return.per_100: is missing; say how many cases follow from 100"),
    (
        "demand/orders/cases/return/lag",
        2,
        "demand.orders.cases.return.lag: holds 2; write a distribution such as {mean",
    ),
    ("demand/orders/cases/return/lag", MISSING, "return.lag: is missing; say how long after the order, such as {mean"),
    ("demand/orders/cases/return/hours", {"mon": 1}, "demand.orders: cases.return.hours: a weekday has no hours; give"),
    ("demand/orders/cases/return/delay", 2, "no such key as 'delay'. Allowed: per_100, lag, hours"),
    ("demand", {}, "demand: says nothing of how many cases come; give cases_per_hour, such as {return:"),
    # traces
    ("demand/trace", A_CASE, "demand: holds a trace, and cases come as in it; leave out the other keys"),
    ("demand", {"trace": A_CASE, "factor": 2}, "demand: holds a trace, and cases come as in it; leave out the other"),
    ("demand", {"trace": A_CASE, "day_factor_cv": 0.1}, "demand: holds a trace, and cases come as in it; leave out"),
    ("demand", {"trace": {"minutes": [], "types": []}}, "demand.trace.minutes: is empty; give the times of the cases"),
    ("demand", {"trace": {"minutes": 5, "types": ["return"]}}, "demand.trace.minutes: holds 5; give the times of the"),
    ("demand", {"trace": A_CASE | {"minutes": [-1]}}, "demand.trace.minutes.0: holds -1; it may hold a number of at"),
    ("demand", {"trace": A_CASE | {"minutes": ["08:00"]}}, "demand.trace.minutes.0: holds '08:00'; it may hold a num"),
    ("demand", {"trace": A_CASE | {"types": [1]}}, "demand.trace.types.0: holds 1; it may hold text"),
    ("demand", {"trace": A_CASE | {"types": ["retrun"]}}, "demand.trace.types: no such case type as 'retrun'. Did you"),
    ("demand", {"trace": A_CASE | {"types": [""]}}, "demand.trace.types: no such case type as ''. Allowed: tracking"),
    ("demand", {"trace": A_CASE | {"segments": ["gold"]}}, "demand.trace.segments: no such segment as 'gold'. Allowed"),
    ("demand", {"trace": A_CASE | {"channels": ["fax"]}}, "demand.trace.channels: no such channel as 'fax'. Allowed"),
    (
        "demand",
        {"trace": A_CASE | {"minutes": [1, 2]}},
        "demand.trace: types holds 1 entries for 2 cases; give one for",
    ),
    ("demand", {"trace": A_CASE | {"channels": ["", ""]}}, "demand.trace: channels holds 2 entries for 1 cases; give"),
    (
        "demand",
        {"trace": {"minutes": [0, 20_160, 25_000], "types": ["return"] * 3}},
        "demand.trace.minutes: 2 of 3 cases come after the end of the run at 20,160 minutes, the last at 25,000; raise "
        "days to 18, or leave them out",
    ),
    ("demand", {"trace": A_CASE}, "events.0: has factors, but the demand is a trace, and cases come as in it; leave"),
    (
        "demand",
        {"trace": A_CASE | {"channels": ["centre"]}},
        "case_types.return: no team can serve it in 'centre'; add the skill to a team",
    ),
    # events
    ("events", 5, "events: holds 5; it may hold a list"),
    ("events/0", 5, "events.0: holds 5; it may hold a mapping of keys to values"),
    ("events/0/name", MISSING, "events.0.name: is missing; give the event a name"),
    ("events/0/name", "", "events.0.name: is empty; give the event a name"),
    ("events/0/day", MISSING, "events.0.day: is missing; give its day, counted from 0"),
    ("events/0/day", -1, "events.0.day: holds -1; it may hold a number of at least 0"),
    ("events/0/day", "2026-03-03", "events.0.day: holds '2026-03-03'; it may hold a whole number"),
    ("events/0/start", "8", "events.0: start holds '8'; it may hold a time of day, such as \"20:00\", in quotes"),
    ("events/0/start", "24:00", "events.0: start holds '24:00'; it may hold a time of day"),
    ("events/0/start", "20:60", "events.0: start holds '20:60'; it may hold a time of day"),
    ("events/0/start", 1200, "events.0.start: holds 1200; it may hold text"),
    ("events/0/start", "03:00", "events.0.orders_factor: demand.orders.hours are 0 during the event; give them a weig"),
    ("events/0/hours", MISSING, "events.0.hours: is missing; say how many hours it lasts"),
    ("events/0/hours", 0, "events.0.hours: holds 0; it may hold a number above 0"),
    ("events/0/orders_factor", -1, "events.0.orders_factor: holds -1; it may hold a number of at least 0"),
    ("events/1/case_factors", {"trakcing": 2}, "events.1.case_factors: no such case type as 'trakcing'. Did you mean"),
    ("events/1/case_factors/tracking", -2, "events.1.case_factors.tracking: holds -2; it may hold a number of at"),
    ("events/2/bot_down", 1, "events.2.bot_down: holds 1; it may hold true or false"),
    ("events/2/system_down", "yes", "events.2.system_down: holds 'yes'; it may hold true or false"),
    ("events/0/end", "22:00", "events.0.end: no such key as 'end'. Allowed: name, day, start, hours, orders_factor"),
    ("demand/orders", MISSING, "events.0.orders_factor: there are no orders; give demand.orders, or case_factors"),
    # self-service
    ("case_types/tracking/self_service", True, "case_types.tracking.self_service: holds True; it may hold a mapping"),
    ("case_types/tracking/self_service/share", MISSING, "self_service.share: is missing; give the share of customers"),
    ("case_types/tracking/self_service/share", 2, "self_service.share: holds 2; it may hold a number of at most 1"),
    ("case_types/tracking/self_service/solves", MISSING, "self_service.solves: is missing; give the odds that it"),
    ("case_types/tracking/self_service/solves", -1, "self_service.solves: holds -1; it may hold a number of at least"),
    ("case_types/tracking/self_service/minutes", 3, "self_service.minutes: holds 3; write a distribution such as"),
    # the back office
    ("case_types/return/steps", 5, "case_types.return.steps: holds 5; it may hold a list"),
    ("case_types/return/steps/0", {"name": "x"}, "steps.0: a step has either a delay, such as {mean_days: 2}, or work"),
    ("case_types/return/steps/0", {"name": "x", **BOTH}, "case_types.return.steps.0: a step has either a delay, such"),
    ("case_types/return/steps/0/name", MISSING, "case_types.return.steps.0.name: is missing; give the step a name"),
    ("case_types/return/steps/0/name", "", "case_types.return.steps.0.name: is empty; give the step a name"),
    ("case_types/return/steps/0/delay", 2, "case_types.return.steps.0.delay: holds 2; write a distribution such as"),
    ("case_types/return/steps/1/work", "never", "case_types.return.steps.1.work: holds 'never'; write a distribution"),
    ("case_types/return/steps/1/odds", 1.2, "case_types.return.steps.1.odds: holds 1.2; it may hold a number of at"),
    ("case_types/return/steps/0/freight", 1, "case_types.return.steps.0.freight: holds 1; it may hold true or false"),
    ("case_types/return/steps/1/skipped_by_instant_refund", "no", "refund: holds 'no'; it may hold true or false"),
    ("case_types/return/steps/0/appointment", "centre", "steps.0: an appointment belongs to a step with work"),
    (
        "case_types/return/steps/2/appointment",
        "phone",
        "case_types.return.steps.repair.appointment: no such visit channel as 'phone'. Allowed: centre",
    ),
    ("case_types/return/steps/2/appointment", "center", "no such visit channel as 'center'. Did you mean 'centre'?"),
    (
        "case_types/return/steps/1/name",
        "check",
        "the step 'check': no team can do this work; add the skill {task: chec",
    ),
    ("case_types/return/instant_refund_share", -0.1, "case_types.return.instant_refund_share: holds -0.1; it may hold"),
    ("case_types/return/status_enquiries_per_day", -1, "status_enquiries_per_day: holds -1; it may hold a number of"),
    ("case_types/return/kept_informed_share", 1.5, "kept_informed_share: holds 1.5; it may hold a number of at most 1"),
    ("case_types/return/freight_factor", 0, "freight_factor: holds 0; it may hold a number above 0"),
    ("case_types/return/demand_factor", -1, "demand_factor: holds -1; it may hold a number of at least 0"),
    ("teams/back/agents", 0, "the step 'inspect': no agents all week; raise the head-count of back"),
    ("teams/back/agents", 0, "follow_up: no agents all week; raise the head-count of back"),
    # skills
    ("teams/back/skills", ["email"], "the step 'refund': no team can do this work; add the skill {task: refund} to a"),
    (
        "teams/back/skills/0",
        {"task": "refnd"},
        "teams.back.skills: no such task as 'refnd'. Did you mean 'refund'? Allowed: inspect, repair, refund, "
        "follow_up",
    ),
    ("teams/back/skills/0", {"task": "refund", "channel": "email"}, "a skill names either a channel (and perhaps a ty"),
    ("teams/back/skills/0", {"task": "refund", "type": "return"}, "teams.back.skills.0: a skill names either a chann"),
    (
        "teams/back/skills/0",
        {},
        "teams.back.skills.0: a skill names either a channel (and perhaps a type and a segment), or a task",
    ),
    ("teams/chat/skills/1/after_minutes", -1, "teams.chat.skills.1.after_minutes: holds -1; it may hold a number of"),
    ("teams/chat/skills/1/reserve", -1, "teams.chat.skills.1.reserve: holds -1; it may hold a number of at least 0"),
    ("teams/chat/skills/1/reserve", 1.5, "teams.chat.skills.1.reserve: holds 1.5; it may hold a whole number"),
    # people
    ("teams/desk/newcomers", 0.3, "teams.desk.newcomers: holds 0.3; it may hold a mapping of keys to values"),
    ("teams/desk/newcomers/share", MISSING, "teams.desk.newcomers.share: is missing; give the share of agents who"),
    ("teams/desk/newcomers/share", 2, "teams.desk.newcomers.share: holds 2; it may hold a number of at most 1"),
    ("teams/desk/newcomers/handle_factor", 0, "newcomers.handle_factor: holds 0; it may hold a number above 0"),
    ("teams/desk/newcomers/solve_factor", -1, "newcomers.solve_factor: holds -1; it may hold a number of at least 0"),
    ("teams/desk/newcomers/learning_days", 0, "newcomers.learning_days: holds 0; it may hold a number above 0"),
    ("teams/desk/solve_drop_when_busy", 2, "solve_drop_when_busy: holds 2; it may hold a number of at most 1"),
    ("teams/desk/outsourced", 1, "teams.desk.outsourced: holds 1; it may hold true or false"),
    ("teams/desk/paid_by", "call", "teams.desk.paid_by: holds 'call'; it may hold 'hour' or 'contact'"),
    ("teams/desk/price_per_contact", -1, "teams.desk.price_per_contact: holds -1; it may hold a number of at least 0"),
    # follow-up
    ("follow_up", 0.1, "follow_up: holds 0.1; it may hold a mapping of keys to values"),
    ("follow_up/share", MISSING, "follow_up.share: is missing; give the share of conversations that are followed up"),
    ("follow_up/share", 2, "follow_up.share: holds 2; it may hold a number of at most 1"),
    ("follow_up/delay", MISSING, "follow_up.delay: is missing; say how long after, such as {mean_hours: 24}"),
    ("follow_up/work", 4, "follow_up.work: holds 4; write a distribution such as {mean_minutes: 4, cv: 0.8}"),
    ("follow_up/work", MISSING, "follow_up.work: is missing; say how long it takes, such as {mean_minutes: 4}"),
    ("follow_up/solves", -1, "follow_up.solves: holds -1; it may hold a number of at least 0"),
    (
        "teams/back/skills",
        [{"task": "refund"}, {"task": "inspect"}],
        "follow_up: no team can do this work; add the skill {task: follow_up} to a team",
    ),
    # coming back
    ("coming_back/after_false_containment/odds", 2, "after_false_containment.odds: holds 2; it may hold a number of"),
    ("coming_back/after_leaving_the_bot/delay", MISSING, "after_leaving_the_bot.delay: is missing; say how long they"),
    ("coming_back/angrier/type", "complain", "coming_back.angrier.type: no such case type as 'complain'. Did you mean"),
    ("coming_back/angrier/type", MISSING, "coming_back.angrier.type: is missing; it must be given"),
    ("coming_back/angrier/odds", 2, "coming_back.angrier.odds: holds 2; it may hold a number of at most 1"),
    ("coming_back/switch_channel", 5, "coming_back.switch_channel: holds 5; it may hold a mapping of names to values"),
    ("coming_back/switch_channel/fax", {"phone": 0.1}, "coming_back.switch_channel: no such channel as 'fax'. Allowed"),
    ("coming_back/switch_channel/chat", {"fax": 0.1}, "coming_back.switch_channel.chat: no such channel as 'fax'."),
    ("coming_back/switch_channel/chat", {"phone": 2}, "switch_channel.chat.phone: holds 2; it may hold a number of"),
    (
        "coming_back/switch_channel/chat",
        {"phone": 0.7, "email": 0.5},
        "coming_back: switch_channel.chat: the odds sum to 1.2; they may sum to 1 at most",
    ),
    # what is reached only by switching, by anger, or by both
    (
        "coming_back/switch_channel/chat",
        {"centre": 0.1},
        "case_types.tracking: no team can serve it in 'centre'; add the skill to a team",
    ),
    (
        "coming_back/switch_channel/chat",
        {"centre": 0.1},
        "case_types.tracking.solved: has no entry for 'centre', a channel that this type uses",
    ),
    (
        "case_types/complaint/handle_time",
        {"phone": {"mean_minutes": 9}, "chat": {"mean_minutes": 9}},
        "case_types.complaint.handle_time: has no entry for 'email', a channel that this type uses",
    ),
    (
        "teams/chat/skills",
        [{"channel": "chat", "type": "tracking"}, {"channel": "chat", "type": "return"}],
        "case_types.complaint: no team can serve it in 'chat'; add the skill to a team",
    ),
    # chat and callback
    ("channels/chat/at_once", 0, "channels.chat.at_once: holds 0; it may hold a number of at least 1"),
    ("channels/chat/at_once", 11, "channels.chat.at_once: holds 11; it may hold a number of at most 10"),
    (
        "channels/chat/speed",
        [1, 0.8],
        "channels.chat: speed holds [1.0, 0.8] with at_once 3; it may hold one number for each number of "
        "conversations, starting with 1 and not rising, such as [1, 0.8, 0.65]",
    ),
    ("channels/chat/at_once", 2, "channels.chat: speed holds [1.0, 0.8, 0.65] with at_once 2; it may hold one number"),
    ("channels/chat/speed", [0.9, 0.8, 0.7], "channels.chat: speed holds [0.9, 0.8, 0.7] with at_once 3; it may hold"),
    ("channels/chat/speed", [1, 0.8, 0.9], "channels.chat: speed holds [1.0, 0.8, 0.9] with at_once 3; it may hold"),
    ("channels/chat/speed", [], "channels.chat: speed holds [] with at_once 3; it may hold one number for each"),
    ("channels/chat/speed", [1, 0.8, 0], "channels.chat.speed.2: holds 0; it may hold a number above 0"),
    ("channels/chat/speed", 1, "channels.chat.speed: holds 1; it may hold a list"),
    ("channels/phone/callback", True, "channels.phone.callback: holds True; it may hold a mapping of keys to values"),
    ("channels/phone/callback/accepted_share", 2, "callback.accepted_share: holds 2; it may hold a number of at most"),
    ("channels/phone/callback/accepted_share", MISSING, "accepted_share: is missing; give the share of customers who"),
    ("channels/phone/callback/when_wait_above_minutes", -1, "when_wait_above_minutes: holds -1; it may hold a number"),
    ("channels/phone/callback/when_wait_above_minutes", MISSING, "minutes: is missing; give the expected wait above"),
    ("channels/email/callback", None, "channels.email.callback: no such key as 'callback'. Allowed: kind, open_hours"),
    # visits
    ("channels/centre/places", MISSING, "channels.centre.places: is missing; give the number of customers who can"),
    ("channels/centre/places", 0, "channels.centre.places: holds 0; it may hold a number of at least 1"),
    ("channels/centre/slot_minutes", 0, "channels.centre.slot_minutes: holds 0; it may hold a number of at least 1"),
    ("channels/centre/slot_minutes", 1441, "centre.slot_minutes: holds 1441; it may hold a number of at most 1440"),
    ("channels/centre/lead_hours", -1, "channels.centre.lead_hours: holds -1; it may hold a number of at least 0"),
    ("channels/centre/open_hours", "closed", "channels.centre.open_hours: it is never open; give its hours, such as"),
    ("channels/centre/kind", "shop", "kind: deferred (e-mail) or kind: visit (a service centre, by appointment)"),
    ("channels/phone/places", 2, "channels.phone.places: no such key as 'places'. Allowed: kind, open_hours, patience"),
    # the bot
    ("bot", 5, "bot: holds 5; it may hold a mapping of keys to values"),
    ("bot/voice", 1, "bot.voice: no such key as 'voice'. Allowed: channels, open_hours, sessions, meets_share"),
    ("bot/channels", MISSING, "bot.channels: is missing; list the channels it stands in front of"),
    ("bot/channels", [], "bot.channels: is empty; list the channels it stands in front of"),
    ("bot/channels", "chat", "bot.channels: holds 'chat'; list the channels it stands in front of"),
    ("bot/channels", ["fax"], "bot.channels: no such channel for a bot as 'fax'. Allowed: phone, chat, email"),
    ("bot/channels", ["centre"], "bot.channels: no such channel for a bot as 'centre'. Allowed: phone, chat, email"),
    ("bot/open_hours", 5, 'bot.open_hours: 5 is not a range of the day; write "08:00-17:30", "always" or "closed"'),
    ("bot/sessions", 0, "bot.sessions: holds 0; it may hold a number of at least 1"),
    ("bot/meets_share", 2, "bot.meets_share: holds 2; it may hold a number of at most 1"),
    ("bot/meets_again", 1, "bot.meets_again: holds 1; it may hold true or false"),
    ("bot/minutes", 2, "bot.minutes: holds 2; write a distribution such as {mean_minutes: 4, cv: 0.8}"),
    ("bot/leaves_share", -1, "bot.leaves_share: holds -1; it may hold a number of at least 0"),
    ("bot/context_share", 2, "bot.context_share: holds 2; it may hold a number of at most 1"),
    ("bot/context_handle_factor", 0, "bot.context_handle_factor: holds 0; it may hold a number above 0"),
    ("bot/context_solve_factor", -1, "bot.context_solve_factor: holds -1; it may hold a number of at least 0"),
    ("bot/contains", 0.5, "bot: say how well it does in one way: contains (and truly_solved), or skill"),
    ("bot/skill", MISSING, "bot: say how well it does in one way: contains (and truly_solved), or skill"),
    ("bot/truly_solved", 0.5, "bot: truly_solved goes with contains; with skill it follows from d_prime and threshold"),
    ("bot/skill/d_prime", -1, "bot.skill.d_prime: holds -1; it may hold a number of at least 0"),
    ("bot/skill/d_prime", MISSING, "bot.skill.d_prime: is missing; it must be given"),
    ("bot/skill/threshold", "low", "bot.skill.threshold: holds 'low'; it may hold a number"),
    ("bot/skill/solvable", MISSING, "bot.skill.solvable: is missing; give the share of cases that it could solve, or"),
    ("bot/skill/solvable", 2, "bot.skill.solvable: holds 2; it may hold a number of at most 1"),
    ("bot/skill/solvable/return", 1.5, "bot.skill.solvable.return: holds 1.5; it may hold a number of at most 1"),
    ("bot/skill/solvable/retrun", 0.5, "bot.skill.solvable: no such case type as 'retrun'. Did you mean 'return'?"),
    ("bot/skill/solvable/return", MISSING, "bot.skill.solvable: has no entry for the case type 'return', which meets"),
    (
        "bot",
        {"channels": ["chat"], "contains": {"tracking": 0.5, "return": 0.5}},
        "bot.contains: has no entry for the case type 'complaint', which meets the bot",
    ),
    (
        "bot",
        {"channels": ["email"], "contains": 0.5, "truly_solved": {"tracking": 0.9}},
        "bot.truly_solved: has no entry for the case type 'return', which meets the bot",
    ),
    (
        "bot",
        {"channels": ["email"], "contains": {"refund": 0.9}},
        "bot.contains: no such case type as 'refund'. ",
    ),
    # the rest
    ("serve_first", "vip", "serve_first: holds 'vip'; it may hold 'preference', 'priority' or 'waiting'"),
    ("mix_channels", 1, "mix_channels: holds 1; it may hold true or false"),
]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    WRONG,
    ids=[
        re.sub(" at 0x.*", "", f"{path}={'MISSING' if value is MISSING else value!r}")[:70] for path, value, _ in WRONG
    ],
)
def test_a_wrong_scenario_is_refused(path, value, message):
    text = refusal(whole_with(path, value))
    assert text.startswith("scenario 'whole' cannot be used:\n  ")
    assert message in text
    assert "pydantic" not in text
    assert "<" not in text, "a step of the checker's, not of the author's"


# What looks odd and is right.


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("events/0/day", 99),  # later than the last day: it belongs to a longer run of the same scenario
        ("events/0/hours", 10_000),  # lasts beyond the end
        ("bot", MISSING),  # outages of a bot may stay in the file when the bot is taken away to compare
        ("follow_up", MISSING),  # and so may the team's skill for follow-up
        ("events", []),
        ("bot/open_hours", {"mon": "00:00-24:00"}),
        ("channels/chat/speed", [1]),
        ("case_types/return/steps", MISSING),
    ],
    ids=lambda value: "missing" if value is MISSING else str(value),
)
def test_an_unusual_scenario_is_accepted(path, value):
    content = whole_with(path, value)
    if path == "case_types/return/steps":
        content["teams"]["back"]["skills"] = [{"task": "follow_up"}]
        del content["teams"]["workshop"]
    assert sim.load(content).name == "whole"


def test_a_shorter_run_of_a_scenario_leaves_later_events_out():
    whole = sim.load(WHOLE)
    short = whole.with_(days=3)
    assert short.expected_cases() == pytest.approx(short.with_(events=[]).expected_cases())
    assert short.expected_cases() < whole.expected_cases()


def test_the_bot_and_its_odds_can_be_taken_away_and_replaced():
    whole = sim.load(WHOLE)
    assert whole.with_(bot=None).bot is None
    direct = whole.with_(bot={"skill": None, "contains": 0.4, "truly_solved": 0.8})
    assert direct.bot.contains == 0.4
    assert direct.bot.skill is None


def test_a_type_needs_odds_of_the_bot_only_where_it_meets_the_bot():
    content = whole_with("bot", {"channels": ["email"], "contains": {"tracking": 0.5, "return": 0.5, "complaint": 0}})
    content["coming_back"] = {}
    del content["bot"]["contains"]["complaint"]  # complaints come by phone alone
    assert sim.load(content).bot.channels == ("email",)


def test_everything_that_is_wrong_is_told_at_once():
    content = whole_with("bot/sessions", 0)
    content["events"][0]["hours"] = -2
    content["channels"]["centre"]["places"] = 0
    text = refusal(content)
    for where in ("bot.sessions: ", "events.0.hours: ", "channels.centre.places: "):
        assert where in text


def test_the_scenario_of_these_tests_runs():
    short = sim.load(WHOLE).with_(days=9)
    log = sim.simulate(short, seed=1).log
    assert set(log.cases["state"]) == {"solved", "given_up", "open"}
    assert set(log.tasks["name"]) == {"parcel", "inspect", "repair", "refund", "follow_up"}
    assert {"served", "abandoned", "contained", "left_bot", "turned_away"} <= set(log.contacts["outcome"])
