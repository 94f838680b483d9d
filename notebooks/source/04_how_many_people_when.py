# %% [markdown] tags=["title"]
# # How many people, when?
#
# **Time:** 45 minutes
#
# **You need:** lessons [00](00_what_does_a_service_day_look_like.ipynb) and
# [01](01_why_do_customers_wait.ipynb), and from [03](03_who_hangs_up.ipynb) what it means that
# callers hang up.
#
# **After this lesson you can**
#
# - say how many agents each half hour needs, and why work comes later than calls
# - plan for people who are away, without the usual mistake
# - show what the last per cent of service costs, and what is missing to call a plan the right one
# - turn half hours into shifts, and say what shifts cost

# %% tags=["setup"]
import math

import pandas as pd

import sim
from sim.lesson import Lesson

lesson = Lesson("04")
lesson

# %% tags=["rules"]


def _in_budget(people):
    """Live through 100 days of the learner's plan: is it cheap enough, and surely good enough?"""
    heads = [lesson.given(one, -1) for one in people]
    if any(one is ... for one in people):
        return ...
    if min(heads) < 1 or max(heads) > 60:
        return False, "Write a whole number of people for each of the three shifts, such as 12."
    cost = 84 * sum(heads)
    if cost > 3200:
        return False, f"{sum(heads)} people cost 84 × {sum(heads)} = {cost:,} euros: that is above the budget of 3,200."
    calls = {"08:00-12:00": 60, "12:00-14:00": 130, "14:00-18:00": 60, "18:00-20:00": 150}
    agents = dict(zip(("08:00-12:00", "12:00-16:00", "16:00-20:00"), heads, strict=True))
    plan = sim.one_queue(arrivals_per_hour=60, handle_minutes=5, agents=1, patience_minutes=4, days=1).with_(
        demand={"cases_per_hour": {"call": calls}, "day_factor_cv": 0.08},
        channels={"phone": {"open_hours": "08:00-20:00"}},
        teams={"agents": {"agents": agents, "absence": 0.1}},
    )
    runs = sim.replicate(plan, replications=100, seed=1, progress=False)
    level = runs.measure("service_level_offered").iloc[0]
    if level["low"] < 0.8:
        return (
            False,
            f"The interval of the service level begins at {100 * level['low']:.1f} %. It should be at least 80 %.",
        )
    return True


lesson.expect(
    "4.1",
    near=20,
    within=0,
    mistakes={
        19: "Of 19 people 30 % are away, and 13.3 come. The 30 % are a share of those planned, not of those needed.",
        18.2: "That is the spreadsheet's number. Of 18.2 planned people, only 12.7 come.",
    },
    hints=[
        "Turn it round: if you plan 10 people and 30 % are away, how many come?",
        "What comes is 0.7 of what is planned. So 14 is 0.7 of the number you look for.",
    ],
    praise="Of 20 planned, 14 come. The spreadsheet is short by one person, in the month when it hurts most.",
)
lesson.expect(
    "4.2",
    cases=[((10, 0.1), 12), ((14, 0.3), 20), ((8, 0.25), 11), ((15, 0), 15), ((18, 0.1), 20)],
    within=1e-9,
    hints=[
        "The share of people who come is `1 - absence`. Divide by it.",
        "Put the division inside `math.ceil(...)`, which rounds up.",
    ],
    praise="One function, and nobody multiplies by 1.1 again.",
)
lesson.expect(
    "4.3",
    test=_in_budget,
    wants="three whole numbers of people",
    hints=[
        "The budget pays for 38 people. Begin with 8, 16 and 18, which covers every half hour, and take four away.",
        "The target is for the whole day. After 14:00 the noon shift is far too large: take people from there first.",
    ],
    praise="It is not the only answer. The day reaches its target, but not every half hour does: who pays for it?",
)
lesson.ask(
    "At 14:00 calls drop to less than half. Why does the plan keep more agents until 14:30 than after?",
    lesson.wrong("To be on the safe side.", "Every half hour has the same target. There is no extra margin in it."),
    lesson.right(
        "Calls that came before 14:00 are still going on.",
        "Yes. Work comes later than calls, by about the length of a call.",
    ),
    lesson.wrong("Customers are less patient after lunch.", "Here they are equally patient all day."),
)
lesson.ask(
    "A plan needs 30 people at work, and one in six is away. How many do you plan?",
    lesson.wrong("35, a sixth more.", "Of 35 a sixth is away as well: only 29 come."),
    lesson.right("36.", "Yes. 30 divided by five sixths is 36."),
    lesson.wrong("30. The others can work faster.", "Then you plan for a desk that cannot keep its promise."),
)
lesson.ask(
    "Ana asks: which service level is the right one? What do you have to know before you answer?",
    lesson.wrong(
        "What other companies aim for.", "They have other customers, other wages and other prices. Theirs may be wrong."
    ),
    lesson.wrong("Where the curve bends.", "A smooth curve bends everywhere, and another scale moves the bend."),
    lesson.right(
        "What a caller who hangs up costs the shop.",
        "Yes. Then go up step by step, as long as the next caller costs less than that.",
    ),
)

# %% [markdown] tags=["story"]
# ## The story
#
# The board wants the honest target of lesson 03: of *all* who call, 80 % shall have an answer within 20 seconds.
# *Hearth* has grown: for the next quarter it expects 1,040 calls a day, and the phone desk will do nothing but answer
# them. Ana, from finance, needs one number:
#
# > "What does the desk cost a day? I give you a budget, but I want to see what it buys."
#
# Mei plans the shifts. She needs heads for each half hour by Thursday, and then shifts that people can work.

# %% [markdown]
# This is Mei's forecast. Customers call at lunch and after work. A call takes 5 minutes and a caller's patience is 4
# minutes, on average; busy and quiet days differ from the mean, typically by 8 %. Hearth pays 21 euros for an agent's
# hour. How many agents there are is open: `agents=1` only holds the place.

# %%
calls_per_hour = {"08:00-12:00": 60, "12:00-14:00": 130, "14:00-18:00": 60, "18:00-20:00": 150}
desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=5, agents=1, patience_minutes=4, days=1).with_(
    demand={"cases_per_hour": {"call": calls_per_hour}, "day_factor_cv": 0.08},
    channels={"phone": {"open_hours": "08:00-20:00"}},
    teams={"agents": {"wage_per_hour": 21}},
)

# %% [markdown]
# `requirement` asks for each half hour: how much work is there, what is left over from before included? Erlang A, the
# formula for callers who hang up, then finds the smallest number of agents that reaches the target.

# %%
target = {"service_level_offered": 0.8}
need = sim.staffing.requirement(desk, target)
sim.plots.heads(need)

# %% [markdown]
# The blue area is work: the agents whom the calls would keep busy without a pause. The line is what the desk needs. The
# room between them is the idle time of lesson 01, without which nearly everybody would wait.

# %% tags=["claim"]
hours = sum(float(part.arrivals_per_hour.sum()) / 2 for part in need.parts)
lesson.claim("1,040 calls a day", hours, near=1040, within=0.5)

# %% [markdown] tags=["predict"]
# ## Ten all day?
#
# Mei's old spreadsheet has one line: ten agents, from eight to eight. That is 120 hours, four hours *more* than in
# the picture. With the plan in the picture, 4 callers out of 100 hang up.
#
# **Predict.** How many out of 100 hang up with ten agents all day?

# %%
my_guess = ...  # callers out of 100
### BEGIN SOLUTION
my_guess = 4
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** Both plans meet the same customers, on 100 days.

# %%
by_half_hour = need.staffed("by half hour")
all_day = desk.with_(name="ten all day", teams={"agents": {"agents": {"08:00-20:00": 10}}})
duel = sim.compare([by_half_hour, all_day], replications=100, seed=1)
hang_up = 100 * duel.measures().loc[("ten all day", "abandonment")]

# %%
lesson.beside(my_guess, hang_up["estimate"], "callers", low=hang_up["low"], high=hang_up["high"])

# %% [markdown] tags=["explain"]
# **Explain.** More hours are paid, and more than twice as many callers hang up. Agents are idle in the morning and
# missing in the evening. *When* people work can matter more than how many hours they work. The figure shows the share
# of callers who are answered within 20 seconds, by half hour.

# %%
sim.plots.curve(duel, "service_level_offered", by="slot")

# %% [markdown]
# Look at the edges of the rush with ten all day, the blue line. Between 18:00 and 18:30 as many people call as half an
# hour later, but the first half hour goes better: few calls are still going on from before. At 14:00 it is the other
# way round. The rush is over, and yet the desk is not back to normal until 14:30. **Work comes later than calls**, by
# about the length of a call. That is why the first picture asks for two agents more at 14:00 than at 14:30.

# %% tags=["claim"]
gap = duel.differences().loc[("ten all day", "abandonment")]
lost = duel.measures(measures=["abandonment"]).xs("abandonment", level="measure")
slots = duel.measures(by="slot").xs("service_level_offered", level="measure").loc["ten all day"]
heads = need.table.set_index("slot")["heads"]
lesson.claim("Four hours more", 120 - heads.sum() / 2, near=4, within=0)
lesson.claim("By half hour, 4 of 100 hang up", lost.loc["by half hour"], near=0.04, within=0.007)
lesson.claim("Ten all day: at least 5 points more", gap, at_least=0.05)
lesson.claim("More than twice as many", lost["estimate"].iloc[1] / lost["estimate"].iloc[0], at_least=2)
lesson.claim("18:00 goes better than 18:30", slots.loc["18:00", "low"] - slots.loc["18:30", "high"], at_least=0.03)
lesson.claim("14:00 is worse than 14:30", slots.loc["14:30", "low"] - slots.loc["14:00", "high"], at_least=0.01)
lesson.claim("14:30 is back to normal", slots.loc["14:30"], near=slots.loc["16:00", "estimate"], within=0.03)
lesson.claim("Two agents more at 14:00", heads["14:00"] - heads["14:30"], near=2, within=0)

# %% [markdown] tags=["aside"]
# ## A tenth is away
#
# That was a plan for people *at work*. But of ten people on Mei's list, one is ill, on holiday or in training. And
# the forecast is a mean: some days are busier. Here is what that does to the plan by half hour, and what it takes to
# plan for it.

# %%
away = desk.with_(teams={"agents": {"absence": 0.1}})
planned = sim.staffing.requirement(away, target)
busy = sim.staffing.requirement(away, target, on="90 % of days")
four = sim.compare(
    [
        by_half_hour.with_(name="everybody comes"),
        by_half_hour.with_(name="a tenth away", teams={"agents": {"absence": 0.1}}),
        planned.staffed("planned for that"),
        busy.staffed("and for busy days"),
    ],
    replications=100,
    seed=1,
)
sim.plots.comparison(four, ["abandonment", "people_cost"])

# %% [markdown]
# With a tenth away, nearly twice as many hang up. "Planned for that" repairs it: it plans *heads / 0.9* people,
# rounded up, for about 340 euros more a day. "And for busy days" keeps the target even on a day that is busier than
# nine out of ten, for some 230 euros on top.

# %% tags=["claim"]
lost = four.measures().xs("abandonment", level="measure")
money = four.measures().xs("people_cost", level="measure")["estimate"]
lesson.claim("Nearly twice as many", lost["estimate"].iloc[1] / lost["estimate"].iloc[0], near=1.85, within=0.14)
lesson.claim("Surely more", four.differences().loc[("a tenth away", "abandonment")], at_least=0.02)
lesson.claim("Repaired", four.differences().loc[("planned for that", "abandonment")], near=0, within=0.01)
lesson.claim("About 340 euros more", money.iloc[2] - money.iloc[0], near=340, within=10)
lesson.claim("Some 230 more", money.iloc[3] - money.iloc[2], near=230, within=10)
on_a_busy_day = sim.staffing.check_plan(busy, replications=100).loc[("phone", "service_level_offered")]
lesson.claim("Also on a busy day", on_a_busy_day.rename({"simulated": "estimate"}), at_least=0.8)

# %% [markdown] tags=["predict"]
# ## What do the last callers cost?
#
# Ana asks: *"And if we want more than 80 %?"* You make a plan for each target from 60 % to 99 %. From the plan for 70 %
# to the plan for 80 %, wages rise by about 150 euros a day, and 15 callers fewer hang up. So each of these costs
# about 10 euros.
#
# **Predict.** From the plan for 95 % to the plan for 99 %: what does one caller fewer who hangs up cost?

# %%
my_price = ...  # euros
### BEGIN SOLUTION
my_price = 20
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.**

# %%
levels = [0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
plans = [sim.staffing.requirement(away, {"service_level_offered": one}).staffed(f"{one:.0%}") for one in levels]
ladder = sim.compare(plans, replications=200, seed=1)
prices = sim.staffing.price_of_steps(ladder)
last = prices.loc["99%"]

# %%
lesson.beside(my_price, last["price"], "euros", low=last["low"], high=last["high"])

# %% [markdown] tags=["explain"]
# **Explain.** The first agents beyond the bare work save many callers. The last ones are there for moments
# that seldom come. For comparison there is one more plan below: eleven agents all day.

# %%
eleven = away.with_(name="eleven all day", teams={"agents": {"agents": {"08:00-20:00": 11}}})
everything = sim.compare([*plans, eleven], replications=200, seed=1)
front = sim.pareto(everything, "people_cost", "abandonment", goals=("lowest", None))
sim.plots.pareto(front)

# %% [markdown]
# The line is the **frontier**: of the plans tried, those that no other one beats in both cost and hang-ups. Eleven all
# day is beaten. On the line, fewer hang-ups always cost more money. Here is what one caller fewer who hangs up costs,
# step by step:

# %%
prices.round(1)

# %% [markdown]
# Which plan is right? The simulation cannot say, because nobody has said what a lost caller costs Hearth. Suppose it
# is 25 euros. Then the step to 90 % pays, and the step to 95 % does not.

# %% tags=["claim"]
lesson.claim("About 150 euros", prices.loc["80%", "extra_cost"], near=150, within=5)
lesson.claim("15 callers fewer", prices.loc["80%", "fewer"], near=15, within=1)
lesson.claim("About 10 euros each", prices.loc["80%"].rename({"price": "estimate"}), near=10, within=1)
lesson.claim("Each step is dearer than the one before", prices["price"].is_monotonic_increasing)
lesson.claim("The last one is several times as dear", last["low"] / prices.loc["80%", "high"], at_least=5)
lesson.claim("At 25 euros the step to 90 % pays", prices.loc["90%"].rename({"price": "estimate"}), at_most=25)
lesson.claim("and the step to 95 % does not", prices.loc["95%"].rename({"price": "estimate"}), at_least=25)
lesson.claim(
    "With the last agents there, hardly anyone waits", ladder.measures().loc[("99%", "wait_probability")], at_most=0.03
)
lesson.claim("Eleven all day is beaten", front.names("certainly beaten") == ["eleven all day"])
lesson.claim("No other is", len(front.names("not beaten")), near=6, within=0)

# %% [markdown] tags=["predict"]
# ## Nobody works for half an hour
#
# The plan for 80 % with a tenth away lists 132 hours a day. Mei's people work full days: eight hours, and half an hour
# of unpaid break in between.
#
# **Predict.** How many hours does Hearth pay, when full days must cover every half hour?

# %%
my_hours = ...  # hours
### BEGIN SOLUTION
my_hours = 150
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `shifts` simulates nothing. It works out the cheapest shifts, breaks included, and proves that there are none
# much cheaper.


# %%
def in_shifts(*contracts):
    rules = sim.staffing.Rules(contracts=contracts, earliest_start="08:00", latest_end="20:00")
    return sim.staffing.shifts(planned, rules)


full = sim.staffing.Contract(name="full day", shift_hours=8.5, break_minutes=30)
full_days = in_shifts(full)
paid_hours = full_days.people["paid_hours"].sum()

# %%
lesson.beside(my_hours, paid_hours, "hours", by="formula")

# %% [markdown] tags=["explain"]
# **Explain.** The evening rush takes two hours, but whoever is there for it must be paid for eight. Now let Mei also
# offer shifts of four and of three hours.

# %%
half = sim.staffing.Contract(name="four hours", shift_hours=4)
short = sim.staffing.Contract(name="three hours", shift_hours=3)
mixed = in_shifts(full, half, short)
sim.plots.heads({"full days only": full_days, "with shifts of four and three hours": mixed})

# %%
kinds = {"full days only": full_days, "full days, four hours": in_shifts(full, half), "all three": mixed}
paid = {name: round(plan.people["paid_hours"].sum()) for name, plan in kinds.items()}
pd.DataFrame({"paid hours": paid, "euros a day": {name: 21 * hours for name, hours in paid.items()}})

# %% [markdown]
# Short shifts save nearly a third of the wages, if people can be found for them. And the orange hours are not lost:
# waits are shorter, and Mei can use them for training or e-mail.

# %% tags=["claim"]
needed = full_days.coverage["needed"].sum() / 2
lesson.claim("132 hours are needed", needed, near=132, within=0)
lesson.claim("Nothing much cheaper", full_days.bound / full_days.cost_per_week, at_least=0.99)
lesson.claim("Wages of the shifts", mixed.cost_per_week, near=21 * paid["all three"], within=0)
lesson.claim("Save nearly a third", 1 - mixed.cost_per_week / full_days.cost_per_week, near=1 / 3, within=0.04)
lived = {"half hours": planned.staffed("half hours"), "full days": full_days.staffed(name="full days")}
gain = sim.compare(list(lived.values()), replications=100, seed=1, progress=False).differences()
lesson.claim("Waits are shorter", gain.loc[("full days", "mean_wait_minutes")], at_most=-0.01)

# %% [markdown] tags=["second-opinion"]
# ## A second opinion
#
# Two of them. The **formula** treats each half hour as if it went on for ever; the **simulation** lives through whole
# days. And for a meeting there is a pocket rule: *agents ≈ work + √work*. Halfin and Whitt showed in 1981 why the
# margin has to grow with the square root of the work, and not with the work itself.

# %%
table = need.part_table.set_index("slot")
lived = duel.measures(by="slot").loc["by half hour"].xs("service_level_offered", level="measure")
beside = pd.DataFrame({"work": table["offered_load"], "agents": table["formula_heads"]})
beside["pocket rule"] = (beside["work"] + beside["work"] ** 0.5).round()
beside["level lived through"] = lived["estimate"]
beside[["low", "high"]] = lived[["low", "high"]]
beside.iloc[2:24:3].astype({"agents": int, "pocket rule": int}).round(2)

# %% [markdown]
# The pocket rule is never off by more than one agent here. In the simulation every half hour reaches the 80 %, or is so
# close that it may be luck. Over the day the level is higher, because there are no half agents.

# %% tags=["claim"]
rule = beside.dropna()
lesson.claim("Never off by more than one", (rule["pocket rule"] - rule["agents"]).abs().max(), at_most=1)
lesson.claim("Every half hour of the day is there", len(rule), near=24, within=0)
lesson.claim("Every interval reaches the target", rule["high"].min(), at_least=0.8)
lesson.claim("The day is above it", duel.measures().loc[("by half hour", "service_level_offered")], at_least=0.82)

# %% [markdown] tags=["exercise"]
# ## Exercise 4.1: find the mistake
#
# In June 30 % will be away: holidays, training, illness. Mei's spreadsheet says: *"14 agents are needed at lunch. 30 %
# are away. 14 × 1.30 = 18.2, so 19 are enough."* How many people must be on the list so that 14 come?

# %%
my_people = ...
### BEGIN SOLUTION
my_people = 20
### END SOLUTION
lesson.check("4.1", my_people)

# %% tags=["claim"]
lesson.claim("Of 19, 13.3 come", 19 * 0.7, near=13.3, within=0.01)
lesson.claim("Of 18.2, 12.7 come", 18.2 * 0.7, near=12.7, within=0.05)

# %% [markdown] tags=["exercise"]
# ## Exercise 4.2: build it
#
# Mend the spreadsheet for good. Write a function that takes the heads needed at work and the share who are away, and
# returns how many people to plan. `math.ceil` rounds up:

# %%
math.ceil(11.1)


# %%
def people_to_plan(needed, absence):
    return ...
    ### BEGIN SOLUTION
    return math.ceil(needed / (1 - absence))
    ### END SOLUTION


lesson.check("4.2", people_to_plan)

# %% [markdown] tags=["exercise"]
# ## Exercise 4.3: keep to Ana's budget
#
# Everybody now works one of three shifts of four hours: from 08:00, from 12:00 or from 16:00. One person costs 84 euros
# a day, and a tenth is away. To cover every half hour takes 8, 16 and 18 people: 3,528 euros. Ana's budget is 3,200.
#
# How many people on each shift, so that 80 % of the callers of the *whole day* have an answer within 20 seconds? The
# whole interval should be at 80 % or above.


# %%
def three_shifts(morning, noon, evening, absence=0.1):
    agents = {"08:00-12:00": morning, "12:00-16:00": noon, "16:00-20:00": evening}
    return desk.with_(name="your shifts", teams={"agents": {"agents": agents, "absence": absence}})


# %%
my_morning = ...  # people from 08:00
my_noon = ...  # people from 12:00
my_evening = ...  # people from 16:00
### BEGIN SOLUTION
my_morning = 8
my_noon = 14
my_evening = 16
### END SOLUTION
people = [lesson.given(one, 8, low=1, high=60) for one in (my_morning, my_noon, my_evening)]
print(f"{sum(people)} people, {84 * sum(people):,} euros")
trial = sim.replicate(three_shifts(*people), replications=100, seed=1)
trial.measures(measures=["service_level_offered", "abandonment"]).round(3)

# %%
lesson.check("4.3", [my_morning, my_noon, my_evening])

# %% tags=["claim"]
cover = in_shifts(half)
lesson.claim("8, 16 and 18 cover every half hour", cover.table["people"].tolist() == [8, 16, 18])
lesson.claim("3,528 euros", cover.cost_per_week, near=3528, within=0)
lesson.claim("The solution is within the budget", 84 * sum(people), at_most=3200)
lesson.claim("and reaches 80 % with its whole interval", trial.measure("service_level_offered").iloc[0], at_least=0.8)
by_slot = trial.measure("service_level_offered", by="slot").dropna()
lesson.claim("Not every half hour reaches it", by_slot["estimate"].min(), at_most=0.79)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# Three shifts of four hours, and the share who are away. The dark line is the plan by half hour for a tenth away, which
# nobody can work. Can you reach its level of the whole day with fewer than 42 people? What if 30 % are away?
#
# The same question for all of Hearth's teams, with cost against satisfaction: the [scenario studio](studio.ipynb).


# %%
def draw(morning, noon, evening, absence):
    yours = three_shifts(morning, noon, evening, absence)
    pair = sim.compare([planned.staffed("by half hour"), yours], replications=40, seed=1, progress=False)
    asked = ["people_cost", "service_level_offered", "abandonment", "mean_wait_minutes"]
    return sim.plots.curve(pair, "service_level_offered", by="slot"), pair.measures(measures=asked).round(2)


lesson.explore(
    draw,
    morning=lesson.slider("People from 08:00", 4, 14, start=8),
    noon=lesson.slider("People from 12:00", 6, 22, start=16),
    evening=lesson.slider("People from 16:00", 6, 24, start=18),
    absence=lesson.slider("Away", 0.0, 0.4, start=0.1, step=0.05, unit="%"),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# Ana wants one number by Thursday. Write three or four sentences to her: the number, what it buys, what the next step
# would cost, and what you need from her.

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - The number and its conditions: some 2,800 euros a day by half hour for 80 %, with a tenth away. In shifts from about
#   3,000 (with short ones) to about 4,400 (full days only).
# - What it buys: about 4 callers out of 100 hang up. One caller fewer costs 18 euros on the way to 90 %, and about
#   106 on the way from 95 % to 99 %.
# - The question back to her: what does a lost caller cost Hearth?
# - The limits: the forecast may be wrong in its shape, not only too high or too low. Callers who hang up do not call
#   again here, people are away independently of each other, and nobody gets tired or refuses a shift of three hours.
#
# </details>

# %% tags=["claim"]
asked = ladder.measures().loc["80%"]
lesson.claim("Some 2,800 euros", asked.loc["people_cost"], near=2800, within=20)
lesson.claim("4 out of 100 hang up", asked.loc["abandonment"], near=0.04, within=0.006)
lesson.claim("About 3,000 in short shifts", mixed.cost_per_week, near=3000, within=50)
lesson.claim("About 4,400 in full days", full_days.cost_per_week, near=4400, within=50)
lesson.claim("18 euros on the way to 90 %", prices.loc["90%"].rename({"price": "estimate"}), near=18, within=3)
lesson.claim("106 from 95 % to 99 %", last["price"], near=106, within=0.5)
lesson.claim("Nobody calls again", desk.coming_back.after_abandonment is None)

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - When people work can matter more than how many hours. Plan by half hour; work comes later than calls.
# - Absence: divide by the share who come. Never multiply by one plus the share who are away.
# - Each further caller costs more than the one before. Without a price for a lost caller no plan is the right one.
# - Shifts cost more than half hours. Short ones cost less than long ones, if somebody wants to work them.
# - A plan by formula is a proposal. Live through it before you ask people to.
#
# **Next:** On Monday five proposals lie on your table, each with "a simulation run that proves it". Which of two plans
# is better? [Lesson 05](05_which_of_two_plans_is_better.ipynb).

# %%
lesson.progress()
