# %% [markdown] tags=["title"]
# # Which of two plans is better?
#
# **Time:** 45 minutes
#
# **You need:** [lesson 00](00_what_does_a_service_day_look_like.ipynb); the second opinion uses Erlang A, from
# [lesson 03](03_who_hangs_up.ipynb)
#
# **After this lesson you can**
#
# - see when a ranking shows nothing but luck
# - say how many runs a decision needs, and let the computer find out
# - compare two plans so that most of the luck drops out
# - choose among many plans, and say how sure you are

# %% tags=["setup"]
import pandas as pd

import sim
from sim.lesson import Lesson

lesson = Lesson("05")
lesson

# %% tags=["rules"]
from functools import cache


@cache
def _half_width(mondays):
    """Half of the interval of exercise 5.1, in points."""
    hours = {"08:00-10:00": 3, "10:00-13:00": 4, "13:00-14:00": 3, "14:00-17:00": 5, "17:00-20:00": 4}
    monday = sim.load("baseline").with_(days=1)
    all_day = monday.with_(teams={"phone_desk": {"extra_agents": 1}})
    afternoon = monday.with_(teams={"phone_desk": {"agents": {"mon": hours}}})
    row = sim.compare([all_day, afternoon], mondays, seed=1, progress=False).differences(measures="abandonment").iloc[0]
    return 50 * (row["high"] - row["low"])


def _enough_mondays(answer):
    from sim.lesson.answers import Unreadable, read_number

    try:
        mondays = round(read_number(answer))
    except (Unreadable, OverflowError, ValueError):
        return "Write a whole number, such as 80."
    if not 2 <= mondays <= 2000:
        return "A number from 2 to 2,000 is wanted."
    # 0.205 reads as 0.20 in the lesson.
    if (half := _half_width(mondays)) > 0.205:
        return False, f"With {mondays} Mondays the difference is known to ± {half:.2f} points only."
    if (fewer := round(mondays / 1.5)) >= 2 and _half_width(fewer) <= 0.205:
        return False, f"That is enough, but so are {fewer}. Find a smaller number."
    return True


def _is_paired(function):
    """Try the learner's function on Mondays of two plans, of which both are good or bad together."""
    import numpy as np
    import pandas as pd

    luck = np.random.default_rng(5)
    for mondays in (20, 50, 200):
        day = luck.normal(40, 12, mondays)
        one = pd.Series(day + luck.normal(0, 2, mondays))
        other = pd.Series(day + luck.normal(-3, 2, mondays))
        found = function(one.copy(), other.copy())
        if found is ... or found is None:
            written = getattr(function, "__code__", None)
            if written is not None and len(written.co_varnames) > written.co_argcount:
                return "The function gives nothing back. End it with `return` and both ends."
            return ...
        try:
            low, high = (float(end) for end in found)
        except (TypeError, ValueError):
            return "Return two numbers, the lower end first: `return low, high`."
        if low > high:
            return "The lower end comes first."
        gap = other - one
        middle, half = gap.mean(), 2 * gap.std() / mondays**0.5
        unpaired = 2 * ((one.var() + other.var()) / mondays) ** 0.5
        if not abs((low + high) / 2 - middle) <= 0.02 * half:
            if abs((low + high) / 2 + middle) <= 0.02 * half:
                return "The sign is turned round: take `other - one`."
            return "The middle of the interval should be the mean of the differences."
        width = (high - low) / 2
        if abs(width - unpaired) <= 0.05 * unpaired:
            return "That is the interval for plans with customers of their own. Use the spread of the differences."
        if abs(width - 2 * gap.std()) <= 0.06 * 2 * gap.std():
            return "So far do single Mondays scatter. For the mean, divide by the square root of their number."
        if abs(2 * width - half) <= 0.06 * half:
            return "Take two standard errors to each side, not one."
        if not abs(width - half) <= 0.06 * half:
            return "The middle is right, the length is not."
    return True


lesson.expect(
    "5.1",
    test=_enough_mondays,
    wants="a number of Mondays, such as 80",
    hints=[
        "The square-root rule: to make the interval a third shorter, you need about twice the Mondays.",
        "The rule brings you near. As the spread itself is not known exactly, try a few numbers around 140.",
    ],
    praise="With customers of their own, the same would take well over a thousand Mondays.",
)
lesson.expect(
    "5.2",
    choice="b",
    choices={
        "a": "Overlapping intervals of two plans do not say that the plans are equal. Look at the last row.",
        "b": (
            "Both intervals hold the luck of the same Mondays. In the difference it drops out, and the interval of the "
            "difference lies clear of zero."
        ),
        "c": "They are enough here: the interval of the difference, from the same 50 Mondays, is clear of zero.",
    },
)
lesson.expect(
    "5.3",
    test=_is_paired,
    wants="a function paired_interval(one, other) that returns two numbers",
    hints=[
        "Three lines are enough: `gap = other - one`, then the standard error, then `return` with both ends.",
        "`error = gap.std() / len(gap) ** 0.5`, and then `return gap.mean() - 2 * error, gap.mean() + 2 * error`.",
    ],
    praise="This is what `sim.compare` does, with slightly more than 2 when there are few runs.",
)
lesson.ask(
    "Ten plans were run once each. You report the best plan with its number. What is wrong with that number?",
    lesson.wrong(
        "Nothing: it is what the simulation found.", "It is what one run found, and you chose it for its luck."
    ),
    lesson.right(
        "It is probably too good.",
        "Yes, the winner's curse: the first of a list has luck on its side. Run it again with another seed.",
    ),
    lesson.wrong("It is probably too bad.", "The top of a list has had more good luck than bad, not less."),
)
lesson.ask(
    "The interval of a difference goes from −0.4 to +0.6 points. What do you tell the director?",
    lesson.wrong("The plans are equal.", "That is not known. They may differ by half a point."),
    lesson.wrong("The second plan is better, by 0.1 points.", "Zero lies inside: this may well be luck."),
    lesson.right(
        "If they differ, then most likely by no more than 0.6 points.",
        "Yes. Whether that is worth knowing better depends on what half a point is worth to the shop.",
    ),
)
lesson.ask(
    "The same customers make an interval three times shorter. How many runs would that take otherwise?",
    lesson.wrong("Three times as many.", "That makes it shorter by the square root of 3 only, about 1.7."),
    lesson.wrong("Six times as many.", "That makes it shorter by the square root of 6, about 2.4."),
    lesson.right("Nine times as many.", "Yes: the square of three. And the same customers cost nothing."),
)

# %% [markdown] tags=["story"]
# ## The story
#
# Your staff plan is filed. On Monday five proposals lie on your desk, one from each team lead. Each promises that
# fewer customers give up waiting, and each has "a simulation run that proves it".
#
# | proposal | idea |
# |---|---|
# | courtesy | a course in good manners for the phone desk |
# | survey | a shorter survey, which 50 % of the customers answer, no longer 15 % |
# | bonus | 2 euros an hour more pay for the phone desk |
# | voucher | a voucher of 20 euros as goodwill after a complaint, instead of 10 |
# | contract | a lower price per call with the outside partner |
#
# The director says: *"Rank them. The best one gets the money. By noon."* Mei, who plans the shifts, looks over your
# shoulder: *"And how sure is such a ranking?"* Here are the five plans, each a changed copy of today's Monday.

# %%
monday = sim.load("baseline").with_(name="today", days=1)
plans = [
    monday.with_(name="courtesy", teams={"phone_desk": {"courtesy": 0.5}}),
    monday.with_(name="survey", satisfaction={"survey": {"share": 0.5}}),
    monday.with_(name="bonus", teams={"phone_desk": {"wage_per_hour": 23}}),
    monday.with_(name="voucher", money={"per_step": {"goodwill": 20}}),
    monday.with_(name="contract", teams={"partner": {"price_per_contact": 3}}),
]

# %% [markdown]
# And here are the five runs: one Monday each, with customers of their own. The measure is **abandonment**, the share
# of customers who give up waiting, on the phone, in chat and on social media together.


# %%
def each_monday(plan, mondays, seed):
    return sim.replicate(plan, replications=mondays, seed=seed).each("abandonment")["all"]


rounds = pd.DataFrame({plan.name: each_monday(plan, 101, seed) for seed, plan in enumerate(plans, start=1)})
rounds.loc[0].sort_values().map("{:.1%}".format).to_frame("abandonment")

# %% [markdown] tags=["predict"]
# ## Who wins?
#
# A clear ranking: in the report on `contract` fewer than a third as many give up as in the one on `bonus`.
#
# **Predict.** The leads run their plans again, each with other customers, for another 100 rounds. In how many of
# them does `contract` come first again?

# %%
my_wins = ...  # rounds out of 100
### BEGIN SOLUTION
my_wins = 60
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `rounds` holds all of them: row 0 is the ranking above, rows 1 to 100 are the new rounds.

# %%
first = rounds.idxmin(axis="columns")
lesson.beside(my_wins, (first[1:] == "contract").sum(), "rounds")

# %% [markdown] tags=["explain"]
# **Explain.** Look at the first rounds.

# %%
sim.plots.rankings(rounds)

# %% [markdown]
# Everybody wins now and then, about one time in five. That is what you would see if the five plans were equal. Are
# they? Give all of them the *same* customers, and look at the differences from today's plan.

# %%
same = sim.compare([monday, *plans], replications=20, seed=1)
same.differences(measures="abandonment")

# %% [markdown]
# No difference at all, not on one of 20 Mondays. The model knows no way from manners, surveys, pay, vouchers or prices
# to the customers who give up on that day. Perhaps a bonus makes people faster; but then somebody must say by how much,
# and measure it. These runs prove nothing: you have ranked noise.
#
# And one more trap, the **winner's curse**. The top of a ranking is there partly because it had luck, so its number is
# too good. A plan that was chosen for its number needs new runs before a number is reported.

# %%
print(f"all reports, on average:     {rounds.stack().mean():.1%} give up")
print(f"the best report of a round:  {rounds.min(axis='columns').mean():.1%}")

# %% tags=["claim"]
wins = first[1:].value_counts()
lesson.claim("“contract” came first in the reports", first[0] == "contract")
lesson.claim(
    "There fewer than a third as many give up as with “bonus”",
    rounds.loc[0, "contract"] / rounds.loc[0, "bonus"],
    at_most=1 / 3,
)
lesson.claim("It wins about one round in five", wins["contract"], near=20, within=8)
lesson.claim("Everybody wins now and then", wins.min(), at_least=10)
lesson.claim(
    "On the same customers nothing differs", float(same.differences(measures="abandonment").abs().max().max()), near=0
)
best_of_five = rounds.min(axis="columns").mean() / rounds.stack().mean()
lesson.claim("The best report is far too good", best_of_five, at_most=0.75)

# %% [markdown] tags=["predict"]
# ## How many Mondays?
#
# So one Monday is too few. With fifty Mondays of today's plan abandonment is 11.4 %, and its 95 % interval goes from
# 10.3 % to 12.6 %: it is known to ± 1.2 percentage points, "points" for short.
#
# **Predict.** You want to know it twice as well, to ± 0.6 points. How many Mondays does that take in all?

# %%
my_mondays = ...  # Mondays
### BEGIN SOLUTION
my_mondays = 100
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** Say how well you want to know it, and `replicate` stops by itself: every 10 Mondays it looks at the interval.

# %%
goal = sim.Precision(measure="abandonment", half_width=0.006)
runs = sim.replicate(monday, until=goal, seed=1)
lesson.beside(my_mondays, runs.precision.replications, "Mondays")

# %% [markdown] tags=["explain"]
# **Explain.** Not twice as many: about four times. Intervals shrink with the **square root** of the number of runs.
# Half the interval takes 4 times the runs, a tenth of it 100 times. The dots do not lie exactly on the line, because
# the spread of the Mondays must be learnt, too: the rule says 200, and the computer may stop somewhat earlier or later.
# That has a small price: whoever stops as soon as the interval *looks* short enough stops a little too early when the
# spread happens to look small. Such an interval is right slightly less often than it says: never begin with few runs.

# %%
sim.plots.narrowing(sim.replicate(monday, replications=200, seed=1))

# %% tags=["claim"]
fifty = sim.replicate(monday, replications=50, seed=1).measure("abandonment").iloc[0]
lesson.claim("Fifty Mondays give 11.4 %", round(fifty["estimate"], 3), near=0.114)
lesson.claim("from 10.3 %", round(fifty["low"], 3), near=0.103)
lesson.claim("to 12.6 %", round(fifty["high"], 3), near=0.126)
lesson.claim("± 1.2 points", 50 * (fifty["high"] - fifty["low"]), near=1.2, within=0.05)
lesson.claim("Half the interval takes about four times the runs", runs.precision.replications / 50, near=4, within=0.6)

# %% [markdown] tags=["predict"]
# ## A fair fight
#
# Now a real choice. There is money for 12 more paid hours at the phone desk on Mondays. Mei sees two ways to use them:
#
# - **one all day**: one more agent from 8:00 to 20:00
# - **two from 14:00**: two more agents from 14:00 to 20:00
#
# First let each plan have customers of its own, 50 Mondays each. Then give both the same customers, on 50 Mondays. Look
# at the interval of the *difference*, both times.
#
# **Predict.** How many times shorter is the interval with the same customers? (1 means: no gain.)

# %%
my_factor = ...  # times
### BEGIN SOLUTION
my_factor = 1.5
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** First the plans, then the two ways to compare them. You need not follow the code line by line. A minus will
# mean that fewer give up with the second plan.

# %%
hours = {"08:00-10:00": 3, "10:00-13:00": 4, "13:00-14:00": 3, "14:00-17:00": 5, "17:00-20:00": 4}
all_day = monday.with_(name="one all day", teams={"phone_desk": {"extra_agents": 1}})
afternoon = monday.with_(name="two from 14:00", teams={"phone_desk": {"agents": {"mon": hours}}})


# %%
def own_customers(one, other, runs, seed):
    first, second = sim.replicate(one, runs, seed=seed), sim.replicate(other, runs, seed=seed + 1000)
    difference = second.estimate("abandonment") - first.estimate("abandonment")
    return difference.table(["own customers"], confidence=0.95).iloc[0]


def same_customers(one, other, runs, seed):
    duel = sim.compare([one, other], runs, seed=seed)
    return duel.differences(measures="abandonment").iloc[0].rename("same customers")


# %%
apart = own_customers(all_day, afternoon, runs=50, seed=1)
paired = same_customers(all_day, afternoon, runs=50, seed=1)
factor = (apart["high"] - apart["low"]) / (paired["high"] - paired["low"])
lesson.beside(my_factor, round(factor, 1), "times")

# %% [markdown] tags=["explain"]
# **Explain.** The table shows the two intervals, in points. With customers of their own you cannot tell which plan is
# better. With the same customers you can: two from 14:00 is. For the seeds 1 to 8 the gain lies between 2 and 5. By
# the square-root rule, an interval 4 times as short would otherwise take 16 times the Mondays.
#
# Where does the gain come from? In the figure each dot is a Monday.

# %%
(100 * pd.DataFrame([apart, paired])).round(2)

# %%
duel = sim.compare([all_day, afternoon], replications=50, seed=1)
other_days = sim.replicate(afternoon, replications=50, seed=1001)
sim.plots.pairs({"own customers": (duel.replications[0], other_days), "same customers": duel.replications})

# %% [markdown]
# Left, a bad Monday of one plan meets any Monday of the other. Right, a Monday with many customers, or with agents ill,
# is bad for both plans, so the dots lie along the line. What both share drops out of the difference; what is left is
# the plan.

# %% tags=["claim"]
lesson.claim("With customers of their own the interval holds zero", bool(apart["low"] < 0 < apart["high"]))
lesson.claim("With the same customers two from 14:00 is better", paired, at_most=-0.003)
factors = [own_customers(all_day, afternoon, 50, seed) for seed in range(1, 9)]
pairs = [same_customers(all_day, afternoon, 50, seed) for seed in range(1, 9)]
gains = [(a["high"] - a["low"]) / (b["high"] - b["low"]) for a, b in zip(factors, pairs, strict=True)]
lesson.claim("In no seed of eight is the gain below 2", min(gains), at_least=2)
lesson.claim("… nor above 5", max(gains), at_most=5)
lesson.claim("It is about four", sum(gains) / len(gains), near=4, within=0.7)

# %% tags=["claim"]
each = [runs.each("abandonment")["all"] for runs in (*duel.replications, other_days)]
came = duel.replications[0].each("offered")["all"]
there = duel.replications[0].each("agents")["all"]
lesson.claim("Mondays with many customers are bad for both", min(came.corr(one) for one in each[:2]), at_least=0.3)
lesson.claim("Mondays with agents ill as well", max(there.corr(one) for one in each[:2]), at_most=-0.3)
lesson.claim("With the same customers bad Mondays are bad for both", each[0].corr(each[1]), at_least=0.8)
lesson.claim("With customers of their own they have nothing in common", abs(each[0].corr(each[2])), at_most=0.3)
at_work = sim.compare([all_day, afternoon], 200, seed=1).differences(by="team", measures="agents")
lesson.claim("Both plans take the same paid hours", 24 * at_work.iloc[0]["estimate"], near=0, within=0.3)

# %% [markdown] tags=["aside"]
# ### More than two plans
#
# Mei has three more ideas for the 12 hours. Put all five plans into one comparison with today's. It stops when each
# difference from today is known to ± 0.5 points.

# %%
early = {"08:00-10:00": 6, "10:00-12:00": 7, "12:00-13:00": 4, "13:00-17:00": 3, "17:00-20:00": 2}
late = {"08:00-10:00": 3, "10:00-13:00": 4, "13:00-16:00": 3, "16:00-17:00": 6, "17:00-20:00": 5}
evening = {"08:00-10:00": 3, "10:00-13:00": 4, "13:00-17:00": 3, "17:00-20:00": 6}
ideas = {"three until 12:00": early, "three from 16:00": late, "four from 17:00": evening}
more = [monday.with_(name=name, teams={"phone_desk": {"agents": {"mon": plan}}}) for name, plan in ideas.items()]
goal = sim.Precision(measure="abandonment", half_width=0.005)
contest = sim.compare([monday, all_day, afternoon, *more], until=goal, seed=1)
sim.plots.comparison(contest, "abandonment")

# %% [markdown]
# All five help. But `sim.best` does not just take the first of the list. It says which plans may be the best, which
# certainly are not, and what a wrong choice can cost at most. `difference` is from the best of the *other* plans; 0.01
# is one point.

# %%
verdict = sim.best(contest, "abandonment")
print(verdict)
verdict.table.round(4)

# %% [markdown]
# Which plan for the later day is best stays open, and that is a result, too: a wrong choice among them costs little.
# Decide by something else, such as which shift people like to work.
#
# A plan that is "not significantly different" is not "equal". Say how large the difference can be at most, and whether
# so much would matter. With `sim.select_best` you say it beforehand, and runs are spent only where the race is open:

# %%
selected = sim.select_best([all_day, afternoon, *more], "abandonment", worthwhile=0.005, seed=2)
selected

# %% [markdown]
# Another plan than the one in front above: the later plans differ by less than the 0.5 points, so any of them may win.

# %% tags=["claim"]
changes = contest.differences(measures="abandonment")
lesson.claim("All five help", changes["high"].max(), at_most=0)
lesson.claim(
    "The three plans for the later day may be the best", set(verdict.may_be_best) <= {"two from 14:00", *ideas}
)
lesson.claim("It stays open which", len(verdict.may_be_best), at_least=2)
lesson.claim("A wrong choice costs less than 0.5 points", verdict.most_lost, at_most=0.005)
close = verdict.table.loc[verdict.may_be_best, ["low", "high"]].abs().max().max()
lesson.claim("The later plans differ by less than 0.5 points", close, at_most=0.005)
lesson.claim("The race selects another plan than the one in front", selected.chosen != verdict.chosen)
lesson.claim("… and one of the later plans", selected.chosen in verdict.may_be_best)
lesson.claim("“three until 12:00” is certainly not the best", "three until 12:00" not in verdict.may_be_best)

# %% [markdown] tags=["second-opinion"]
# ## A second opinion
#
# **By hand.** Statistics has an old rule for the variance of a difference: add both variances and take away twice the
# covariance, which says how far the two go together. Take the number of customers who give up on each Monday; a
# spreadsheet can do this.

# %%
one, other = (runs.each("abandoned")["all"] for runs in duel.replications)
variance = one.var() + other.var() - 2 * one.cov(other)
half_by_hand = 2.01 * (variance / 50) ** 0.5  # 2.01 is Student's t for 50 runs: T.INV.2T(0.05; 49) in a spreadsheet
row = duel.differences(measures="abandoned").iloc[0]
print(f"by hand:     {(other - one).mean():.2f} ± {half_by_hand:.2f} customers a Monday")
print(f"sim.compare: {row['estimate']:.2f} ± {(row['high'] - row['low']) / 2:.2f} customers a Monday")

# %% [markdown]
# **By formula.** Do such intervals hold the truth? For a small desk we know the truth: Erlang A, the formula for
# customers who hang up. Five agents have 60 calls an hour of 4 minutes each, and patience is 3 minutes. The new plan
# makes calls 6 seconds shorter. Now repeat the whole experiment, of five days, 100 times.


# %%
def small_desk(handle_minutes):
    return sim.one_queue(arrivals_per_hour=60, handle_minutes=handle_minutes, agents=5, patience_minutes=3)


def gives_up(handle_minutes):
    return sim.theory.erlang_a(60, handle_minutes, agents=5, patience_minutes=3).abandonment


truth = gives_up(3.9) - gives_up(4)
tries = pd.DataFrame([same_customers(small_desk(4), small_desk(3.9), 5, seed) for seed in range(1, 101)])
sim.plots.intervals(tries, truth)

# %% [markdown]
# About 95 of 100, as promised. The others miss the truth, and from one interval alone nobody can see it. So if you look
# at twenty measures, expect that one interval misses.

# %% tags=["claim"]
lesson.claim("By hand and by sim.compare the same", (row["high"] - row["low"]) / 2 / half_by_hand, near=1, within=0.001)
lesson.claim("About 95 of 100 hold the truth", tries.eval("low <= @truth <= high").sum(), near=95, within=5)

# %% [markdown] tags=["exercise"]
# ## Exercise 5.1: enough Mondays
#
# With 50 Mondays on the same customers, the difference between *one all day* and *two from 14:00* is known to ± 0.28
# points. How many Mondays do you need for ± 0.2 points, without wasting many? Begin with the square-root rule, then
# try.

# %%
my_number = ...
### BEGIN SOLUTION
my_number = 150
### END SOLUTION
trial = same_customers(all_day, afternoon, runs=lesson.given(my_number, 50, low=2, high=2000), seed=1)
print(f"± {50 * (trial['high'] - trial['low']):.2f} points")
lesson.check("5.1", my_number)

# %% [markdown] tags=["exercise"]
# ## Exercise 5.2: find the mistake
#
# Ana from finance looks at the first two rows and writes: *"The two intervals overlap widely. So the plans are equally
# good, and we take the one that is easier to plan."* What is wrong?
#
# - **a** Nothing. Overlapping intervals mean that there is no difference.
# - **b** She looks at the two plans, not at the difference between them.
# - **c** 50 Mondays are too few to say anything.

# %%
each_plan = duel.measures(measures="abandonment")
difference = duel.differences(measures="abandonment")
(100 * pd.concat([each_plan, difference], keys=["plan", "difference"])).round(2)

# %%
my_choice = ...  # "a", "b" or "c"
### BEGIN SOLUTION
my_choice = "b"
### END SOLUTION
lesson.check("5.2", my_choice)

# %% tags=["claim"]
wide = sum(row["high"] - row["low"] for row in factors) / len(factors)
lesson.claim("With customers of their own it takes over a thousand", 50 * (50 * wide / 0.2) ** 2, at_least=1200)
lesson.claim("± 0.28 points with 50 Mondays", 50 * (paired["high"] - paired["low"]), near=0.28, within=0.005)
lesson.claim("The two intervals overlap", bool(each_plan["low"].max() < each_plan["high"].min()))

# %% [markdown] tags=["exercise"]
# ## Exercise 5.3: build the interval
#
# Write your own interval for the difference of two plans. `one` and `other` hold a number for each Monday, the same
# Mondays in both.
#
# - Begin with `gap = other - one`, a difference for each Monday. `gap.mean()` is their mean, `gap.std()` their standard
#   deviation, `len(gap)` their number.
# - A standard error is the standard deviation, divided by the square root of the number. The square root of `x` is
#   `x ** 0.5`.
# - The interval goes from the mean minus 2 standard errors to the mean plus 2. End with `return`, and both ends with a
#   comma between them.


# %%
def paired_interval(one, other):
    return ...
    ### BEGIN SOLUTION
    gap = other - one
    error = gap.std() / len(gap) ** 0.5
    return gap.mean() - 2 * error, gap.mean() + 2 * error
    ### END SOLUTION


lesson.check("5.3", paired_interval)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# The small desk again: 20 experiments, each with its interval. Make calls shorter by 0 %, so that there is no
# difference: how often do you find one? How many days does it take to see a small difference with customers of their
# own, and with the same?
#
# The [scenario studio](studio.ipynb) compares up to five plans of your own in this way, on the same customers.


# %%
def draw(shorter, days, customers):
    compared = same_customers if customers == "the same" else own_customers
    plan = 4 * (1 - shorter)
    found = [compared(small_desk(4), small_desk(plan), days, seed) for seed in range(1, 21)]
    return sim.plots.intervals(pd.DataFrame(found), truth=gives_up(plan) - gives_up(4), reach=0.06)


lesson.explore(
    draw,
    shorter=lesson.slider("Calls shorter by", 0.0, 0.1, start=0.02, step=0.01, unit="%"),
    days=lesson.slider("Days in each experiment", 5, 30, start=10, step=5),
    customers=lesson.menu("Customers", ["their own", "the same"]),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# Which of the five proposals gets the money? And how should the 12 hours be used? Write a few sentences to the
# director.

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - None of the five. Their runs show luck: on the same customers all five are equal to today's plan. If one of them
#   works in a way that the model does not know, that must be measured first.
# - The 12 hours belong in the later part of the day: with two agents from 14:00, abandonment is 0.5 to 1.1 points lower
#   than with one all day. Which of the later plans is best stays open, and matters little.
# - How you know: the same 50 Mondays for both plans, and the interval of the difference.
# - The limits: an interval speaks of luck only, not of errors in the model. This is a made-up shop, on Mondays, by one
#   measure alone; other weekdays may need another plan.
#
# </details>

# %% tags=["claim"]
lesson.claim("Two from 14:00 lose 0.5 to 1.1 points fewer", round(100 * paired["low"], 1), near=-1.1, within=0.01)
lesson.claim("… the other end", round(100 * paired["high"], 1), near=-0.5, within=0.01)

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - A ranking of single runs may rank nothing but luck. The number of its winner is too good.
# - Half the interval takes four times the runs. Say how well you must know it, and let the computer stop.
# - Give all plans the same customers, and judge the interval of the *difference*, not two intervals side by side.
# - Not significant is not equal: say how large the difference can be at most.
# - Among many plans, ask which may be the best, and what a wrong choice can cost.
#
# **Next:** You can now compare any two plans. Which way in should a customer take: phone, chat or e-mail? Lesson 06
# (in preparation).

# %%
lesson.progress()
