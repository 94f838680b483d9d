# %% [markdown] tags=["title"]
# # When do they come?
#
# **Time:** 45 minutes
#
# **You need:** [lesson 01](01_why_do_customers_wait.ipynb)
#
# **After this lesson you can**
#
# - read the shape of a day and of a week off real counts
# - tell a busier-than-forecast day from chance, with a square root
# - say on which days a promotion reaches the service desk, before it happens
# - put helpers where the wave will be

# %% tags=["setup"]
import sim
from sim.demand import lag_shares
from sim.lesson import Lesson

lesson = Lesson("02")
lesson

# %% tags=["rules"]
from functools import cache

WEEK = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")


def _shop():
    shop = sim.load("baseline").with_(name="without the stream", first_day="2026-03-03", days=9)
    event = sim.Event(name="live stream", day=2, start="20:00", hours=2, orders_factor=16, case_factors={"how_to": 6})
    return shop.with_(name="with the stream", events=[event])


@cache
def _share_who_hang_up(days):
    hours = {"sat": "09:00-18:00", "sun": "09:00-18:00"}
    agents = {day: {hours.get(day, "08:00-20:00"): 1} for day in days}
    plan = _shop().with_(teams={"helpers": sim.Team(skills=["phone"], agents=agents)})
    runs = sim.replicate(plan, replications=30, seed=1, progress=False)
    row = runs.measure("abandonment", by="channel", from_day=2).loc["phone"]
    return float(row["estimate"]), float(row["high"])


def _three_helper_days(days):
    chosen = [] if isinstance(days, str) else list(days)
    if not chosen or any(day not in WEEK for day in chosen):
        return False, f'Write a list of days, each one of {", ".join(WEEK)}, such as ["thu", "fri", "tue"].'
    if len(set(chosen)) > 3:
        return False, "That is more than three days, and Tomas pays for three."
    share, high = _share_who_hang_up(tuple(day for day in WEEK if day in chosen))
    if high < 0.13:
        return True
    return False, f"With helpers on these days {100 * share:.1f} % hang up, and it may be {100 * high:.1f} %."


def _index_of(days):
    means = {}
    for weekday in set(days["weekday"]):
        rows = days[days["weekday"] == weekday]
        means[weekday] = rows["calls"].mean() / days["calls"].mean()
    return means


def _is_weekday_index(weekday_index):
    import pandas as pd

    days = pd.DataFrame({"weekday": ["mon", "mon", "tue", "mon"], "calls": [30, 50, 10, 70]})
    found = weekday_index(days.copy())
    if found is ...:
        return ...
    found, wanted = dict(found), _index_of(days)
    if set(found) != {"mon", "tue"}:
        return False, f"It should have a value for each weekday. For a Monday and a Tuesday yours has {list(found)}."
    for weekday, index in wanted.items():
        if abs(float(found[weekday]) - index) > 0.005:
            return False, (
                f"Try Mondays with 30, 50 and 70 calls, and a Tuesday with 10. The index of {weekday} is "
                f"{index:.2f}; yours is {float(found[weekday]):.2f}."
            )
    return True


lesson.expect(
    "2.1",
    choice="b",
    choices={
        "a": "It leaves out that callers hang up. But the same formula, hour by hour, already shows the mistake.",
        "b": "In the busy hours more callers come, and each of them fares worse. The quiet hours are no use to them.",
        "c": "More agents help, of course. But the claim about seven agents would still be wrong.",
    },
)
lesson.expect(
    "2.2",
    test=_three_helper_days,
    wants='a list of up to three days, such as ["thu", "fri", "tue"]',
    hints=[
        "Look at the lowest panel of the last figure: on which days is the wave highest?",
        "Thursday is the day of the orders, not of the questions. Begin with the highest bar and go on from there.",
        "The three highest bars lie side by side. The first of them is Saturday's.",
    ],
    praise=(
        "You put the helpers where the questions are, not where the orders are. These are also the days on which most "
        "callers hang up without any stream."
    ),
)
lesson.expect(
    "2.3",
    test=_is_weekday_index,
    wants="a function weekday_index(days)",
    hints=[
        '`days.groupby("weekday")["calls"].mean()` gives the mean of each weekday.',
        'Divide that by the mean of all days: `days["calls"].mean()`.',
    ],
    praise=(
        "At the bank a Sunday gets 1.40 and a Saturday 0.17. Mei multiplies her mean by them: her week has its shape."
    ),
)
lesson.ask(
    "You expect 1,600 calls tomorrow. If only chance is at work, where will 95 of 100 such days lie?",
    lesson.wrong("Between 800 and 2,400.", "That is half as many to half as many again. Chance is much smaller."),
    lesson.right("Between 1,520 and 1,680.", "Yes. The square root of 1,600 is 40, and two of these are 80."),
    lesson.wrong("At 1,600, give or take one or two.", "Customers do not agree with each other to be so exact."),
)
lesson.ask(
    "Tomas moves the stream to Monday evening. Parcel questions come two to three days after the order. Who is busy?",
    lesson.wrong("The phone desk on Monday evening.", "On Monday viewers order. Nobody misses a parcel yet."),
    lesson.right("The phone desk on Wednesday and Thursday.", "Yes: two and three days later."),
    lesson.wrong(
        "Nobody: these orders lie outside opening hours.", "The questions come by day, when the desk is open."
    ),
)
lesson.ask(
    "Two forecasts have the same mean. With the second, days differ more. The staff is the same. What follows?",
    lesson.wrong("Nothing: good and bad days cancel out.", "They would if waits grew in step with calls. They do not."),
    lesson.right(
        "With the second, more callers hang up on average, and bad days are much worse.",
        "Yes. A busy day loses more callers than a quiet day saves.",
    ),
    lesson.wrong("With the second, fewer hang up, as there are quiet days.", "The quiet days save less than that."),
)

# %% [markdown] tags=["story"]
# ## The story
#
# Jun kept his idle minutes, and the director now believes you. Two weeks later Tomas from marketing has news:
#
# > "Three weeks from now, on Thursday evening, we sell in a **live stream**. In two hours we take as many orders as on
# > a whole day! It begins at eight, when your phones close. So you will not even notice."
#
# Mei plans the shifts. Her spreadsheet knows one number, the mean of the calls a day. By Friday she must file the plan
# for the week of the stream, and she asks you: how many will come, and *when*?
#
# *Hearth* has never had a stream. So you first look at a service desk whose calls were all counted: a real one.

# %% [markdown]
# The table holds the calls that came to a bank's call centre, day by day and half hour by half hour. They are real,
# counted from the records of I. Guedj and A. Mandelbaum (Technion, Israel). It is not a year: January and February
# 1999, without 11 and 12 January, which are missing. Here is the first Sunday afternoon:

# %%
calls = sim.datasets.bank_1999()
calls[calls["weekday"] == "sun"].iloc[30:35]

# %% [markdown] tags=["predict"]
# ## The shape of a day
#
# The bank works from Sunday to Thursday, 7:00 to 24:00. On such a full day about 1,430 calls come in 17 hours. Spread
# evenly, that is 84 an hour.
#
# **Predict.** How many calls come in the busiest hour, on average?

# %%
my_peak = ...  # calls in the busiest hour
### BEGIN SOLUTION
my_peak = 110
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `groupby` is the pivot table of your spreadsheet: it puts the calls of each hour together. `sum` adds them
# up, and we divide by the number of days.

# %%
full = calls[calls["weekday"].isin(["sun", "mon", "tue", "wed", "thu"])]
by_hour = full.groupby("hour")["calls"].sum() / full["date"].nunique()
lesson.beside(my_peak, round(by_hour.max()), "calls", by="data")

# %% [markdown] tags=["explain"]
# **Explain.** Half as many again as the mean. One mean a day hides the shape of the day and that of the week:

# %%
groups = {"Sunday to Thursday": ["sun", "mon", "tue", "wed", "thu"], "Friday": ["fri"], "Saturday": ["sat"]}
all_days = calls.groupby(["date", "weekday"], as_index=False)["calls"].sum()
sim.plots.day_shape(calls, groups, even=all_days["calls"].mean() / 34)

# %% [markdown]
# The dashed line is a sheet like Mei's: the mean of all days, spread over the 34 half hours from 7:00 to 24:00. The
# real day has a peak in the morning and one at four in the afternoon, and falls in the evening. Friday is short.
# Saturday begins when the Sabbath ends.
#
# The mean of all 57 days is 1,075 calls. Only six of the days came within 10 % of it. Plan for the mean day, and you
# plan for a day that hardly ever comes.

# %% tags=["claim"]
mean_hour = by_hour.loc[7:23].mean()
total = all_days["calls"]
lesson.claim("About 1,430 calls on a full day", full["calls"].sum() / full["date"].nunique(), near=1430, within=5)
lesson.claim("84 an hour if evenly spread", mean_hour, near=84, within=0.5)
lesson.claim("Half as many again in the busiest hour", by_hour.max() / mean_hour, near=1.5, within=0.05)
lesson.claim("Peaks in the morning and at four", sorted(by_hour.nlargest(2).index) == [10, 16])
lesson.claim("After four it falls hour by hour", by_hour.loc[16:].is_monotonic_decreasing)
lesson.claim("57 days", len(total), near=57, within=0)
lesson.claim("The mean day has 1,075 calls", total.mean(), near=1075, within=1)
lesson.claim("Six days within 10 % of it", ((total / total.mean() - 1).abs() <= 0.1).sum(), near=6, within=0)

# %% [markdown] tags=["predict"]
# ## Busier than forecast
#
# Mei gives each weekday its own mean: 1,504 calls on a Sunday, 1,403 on a Monday, and so on. How well does that
# foretell a single day?
#
# Some difference is plain chance. If thousands of customers each decide for themselves when to call, their number
# differs from the mean by about its **square root**: 95 of 100 days lie within two square roots. For 1,430 calls that
# is ± 76.
#
# **Predict.** Of the 39 full days, how many lie that close to the mean of their weekday?

# %%
my_days_inside = ...  # days out of 39
### BEGIN SOLUTION
my_days_inside = 30
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `transform("mean")` writes the mean of its weekday beside each day; `** 0.5` is the square root.

# %%
days = full.groupby(["date", "weekday"], as_index=False)["calls"].sum()
days["expected"] = days.groupby("weekday")["calls"].transform("mean")
inside = (days["calls"] - days["expected"]).abs() <= 2 * days["expected"] ** 0.5
lesson.beside(my_days_inside, inside.sum(), "days", by="data")

# %% [markdown] tags=["explain"]
# **Explain.** Chance alone would put about 37 of them there.

# %%
sim.plots.busy_days(days)

# %% [markdown]
# The band is chance. Real days leave it, up and down, and days in a row do so together: the first week of January is
# busy, its last week quiet. Customers do not only decide for themselves. Something reaches many of them at once: a
# holiday, pay-day, an advertisement, bad news. Some of it a planner can know beforehand. What nobody knew makes a
# **busier-than-forecast day**.
#
# At the bank days differ from their mean by about 16 %. Chance alone would make it 3 %. Chance weighs more where fewer
# call: with 100 calls a day it is 10 %.

# %% tags=["claim"]
off = (days["calls"] / days["expected"] - 1) * (8 / 7) ** 0.5  # a weekday's mean is taken from about eight days
by_weekday = days.groupby("weekday")["expected"].first()
lesson.claim("Two square roots of 1,430", 2 * 1430**0.5, near=76, within=0.5)
lesson.claim("1,504 calls on a Sunday", by_weekday["sun"], near=1504, within=0.5)
lesson.claim("1,403 on a Monday", by_weekday["mon"], near=1403, within=0.5)
lesson.claim("Of 39 days chance would put 37 inside", 0.95 * len(days), near=37, within=0.5)
lesson.claim("Far fewer are inside", inside.sum(), at_most=20)
lesson.claim("Neighbours leave it together", off.autocorr(), at_least=0.3)
lesson.claim("A busy first week", off[days["date"] < "1999-01-08"].mean(), at_least=0.1)
lesson.claim("A quiet last week of January", off[days["date"].between("1999-01-24", "1999-01-31")].max(), at_most=-0.1)
lesson.claim("Days differ by about 16 %", (off**2).mean() ** 0.5, near=0.16, within=0.01)
lesson.claim("By chance 3 %", 1430**0.5 / 1430, near=0.03, within=0.005)
lesson.claim("With 100 calls a day 10 %", 100**0.5 / 100, near=0.1, within=1e-9)

# %% [markdown] tags=["aside"]
# ### What busy days cost
#
# Does that matter? Busy and quiet days might cancel out. Take a desk that is always as busy as the bank in its busiest
# hour: 126 calls an hour, 3 minutes each, eight agents, and callers who will wait 4 minutes on average before they
# hang up. We run it twice. First, only chance makes days differ. Then each day also has a number of its own by which
# its demand is multiplied. These numbers differ by 15 %, and their mean is 1. So the mean demand stays the same.

# %%
desk = sim.one_queue(arrivals_per_hour=126, handle_minutes=3, agents=8, patience_minutes=4, days=10)
alike = desk.with_(name="days alike")
differ = desk.with_(name="days differ", demand={"day_factor_cv": 0.15})
weeks = sim.compare([alike, differ], replications=40, seed=1)
weeks.measures(measures="abandonment").round(3)

# %%
for runs in weeks.replications:
    worst = runs.each("abandonment", by="day").stack().quantile(0.9)
    print(f"{runs.scenario.name}: on the worst day in ten, at least {worst:.0%} hang up")

# %% [markdown]
# They do not cancel out. On average one more caller in a hundred hangs up, and the bad days are far worse. It is the
# hockey stick of lesson 01: a busy day loses more callers than a quiet day saves. So a forecast needs two numbers:
# what to expect, and by how much days differ.

# %% tags=["claim"]
more = weeks.differences(measures="abandonment").iloc[0]
bad_days = [runs.each("abandonment", by="day").stack().quantile(0.9) for runs in weeks.replications]
lesson.claim("About one in a hundred more hangs up", more, at_least=0.005, at_most=0.018)
lesson.claim("A bad day is far worse", bad_days[1] / bad_days[0], at_least=1.4)

# %% [markdown] tags=["predict"]
# ## The live stream
#
# Back to *Hearth*. From eight to ten on Thursday evening, 5 March, viewers order 16 times as much as is usual in these
# two hours. While they watch, they also ask six times as often how a product works.
#
# **Predict.** A case begins when a customer first needs help. On which day do the most *extra* cases begin?
#
# - **a** on Thursday, during the stream
# - **b** on Friday, right after it
# - **c** on Saturday
# - **d** on Sunday
# - **e** on Monday, after the weekend

# %%
my_day = ...  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
my_day = "b"
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** Both shops have the same customers; one has those of the stream on top. The run starts on Tuesday, so that
# the shop is well under way on Thursday, and `from_day=2` leaves the first two days out.

# %%
usual = sim.load("baseline").with_(name="without the stream", first_day="2026-03-03", days=9)
event = sim.Event(name="live stream", day=2, start="20:00", hours=2, orders_factor=16, case_factors={"how_to": 6})
stream = usual.with_(name="with the stream", events=[event])
duel = sim.compare([usual, stream], replications=30, seed=1)
extra = duel.differences(by="day", measures="cases", from_day=2).xs("cases", level="measure")

# %%
days_of_week = dict(zip("abcde", ["Thursday", "Friday", "Saturday", "Sunday", "Monday"], strict=True))
lesson.beside(my_day, "abcdefg"[extra["estimate"].argmax()], choices=days_of_week)

# %% [markdown] tags=["explain"]
# **Explain.** The orders come on Thursday evening. But nobody misses a parcel on the first day, and nobody sends back
# what has not come. Between an order and the question about it lies a **lag**. This is what the shop's file assumes:
#
# | question | of 100 orders | days after the order, on average |
# |---|---|---|
# | where is my order? | 12 | 2.5 |
# | how does it work? | 3 | 4 |
# | complaint | 2 | 5 |
# | return | 9 | 6.5 |
#
# From this alone you can draw the wave, before anybody has ordered:

# %%
sim.plots.expected_cases(stream.with_(days=16), beside=usual.with_(days=16))

# %% [markdown]
# One evening of orders becomes two weeks of work. On Thursday come a few questions how a product works. "Where is my
# order?" has its peak on Saturday, and in the second week the returns come. The simulation counts the same, with
# intervals (day 2 is Thursday):

# %%
extra.loc["with the stream"].round(0)

# %% [markdown]
# So Tomas is right about Thursday: it is no peak. But he is wrong that nobody will notice. In the seven days from
# Thursday, about three more of 100 callers hang up:

# %%
duel.measures(by="channel", measures="abandonment", from_day=2).xs("phone", level="channel").round(3)

# %% tags=["claim"]
lags = {name: (of.per_100, of.lag.mean_minutes / 1440) for name, of in usual.demand.orders.cases.items()}
table = {"where_is_my_order": (12, 2.5), "how_to": (3, 4), "complaint": (2, 5), "return": (9, 6.5)}
lesson.claim("The table says what the file assumes", all(lags[name] == row for name, row in table.items()))
saturday, others = extra.iloc[2], extra.drop(extra.index[2])
lesson.claim("The peak of extra cases is on Saturday", saturday["low"] > others["high"].max())
lesson.claim("Thursday is no peak", extra.iloc[0]["high"] < saturday["low"] / 2)
hang_up = duel.differences(by="channel", measures="abandonment", from_day=2).xs("phone", level="channel").iloc[0]
lesson.claim("On the phone three in a hundred more hang up", hang_up, near=0.03, within=0.01)

# %% tags=["claim"]
from sim.demand import cases_per_minute

before, after = (
    {name: cases_per_minute(shop.with_(days=16), name).sum(axis=1) for name in shop.case_types}
    for shop in (usual, stream)
)
added = {name: after[name] - before[name] for name in after}
every = sum(added.values())
lesson.claim("Parcel questions peak on Saturday", added["where_is_my_order"].argmax(), near=4, within=0)
lesson.claim("On Thursday they ask how a product works", added["how_to"][2] / every[2], at_least=0.9)
lesson.claim("In the second week the returns come", added["return"][9:].sum() / every[9:].sum(), at_least=0.7)
lesson.claim("On Saturday most ask for their order", added["where_is_my_order"][4] / every[4], at_least=0.7)
lesson.claim("The three highest bars are Saturday to Monday", sorted(every.argsort()[-3:]) == [4, 5, 6])

# %% [markdown] tags=["second-opinion"]
# ## A second opinion: by hand
#
# How many people ask "where is my order?" on Saturday because of the stream? A spreadsheet can tell. Usually 3,000
# orders come on a Thursday, 6.52 % of them between eight and ten. With the stream it is 16 times that, so 15 times are
# extra. Of 100 orders 12 bring the question. `lag_shares` says which share of these comes two days after the order.

# %%
extra_orders = 3000 * 0.0652 * 15
after_two_days = lag_shares(usual.demand.orders.cases["where_is_my_order"])[2]
by_type = duel.differences(by=["type", "day"], measures="cases", from_day=2)
simulated = by_type.loc[("with the stream", "where_is_my_order", 4, "cases")]
print(f"{extra_orders:.0f} extra orders; {after_two_days:.0%} of the questions come two days later")
print(f"by hand:       {extra_orders * 0.12 * after_two_days:.0f} on Saturday")
print(f"by simulation: {simulated['estimate']:.0f}, {simulated['low']:.0f} to {simulated['high']:.0f}")

# %% [markdown]
# The two agree. You need no simulation to know how many cases begin on which day. You need it for what follows: queues,
# callers who hang up, and callers who try again.

# %% tags=["claim"]
hours = usual.demand.orders.hours.minutes[3]
lesson.claim(
    "6.52 % of the orders between eight and ten", hours[1200:1320].sum() / hours.sum(), near=0.0652, within=1e-4
)
lesson.claim("By hand as by simulation", simulated, near=extra_orders * 0.12 * after_two_days, within=8)
lesson.claim("As many orders as on a whole day", extra_orders / 3000, near=1, within=0.05)

# %% [markdown] tags=["exercise"]
# ## Exercise 2.1: find the mistake
#
# A planner at the bank writes: *"On a full day 84 calls come in a mean hour, 3 minutes each. By Erlang C seven agents
# answer 88 % of them within 20 seconds. So with seven agents all day, 88 % of our callers get that."* The cell works
# it out hour by hour. Why is the last sentence wrong?
#
# - **a** Erlang C does not hold for real calls.
# - **b** The level of the mean hour is not the mean level of the callers.
# - **c** Eight agents would be better.

# %%
levels = [sim.theory.erlang_c(rate, 3, agents=7).service_level for rate in by_hour.loc[7:23]]
of_callers = (levels * by_hour.loc[7:23]).sum() / by_hour.loc[7:23].sum()
mean_level = sim.theory.erlang_c(by_hour.loc[7:23].mean(), 3, agents=7).service_level
print(f"in the mean hour {mean_level:.0%}, of all callers {of_callers:.0%}, in the worst hour {min(levels):.0%}")

# %%
my_answer = ...  # "a", "b" or "c"
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION
lesson.check("2.1", my_answer)

# %% tags=["claim"]
lesson.claim("In the mean hour 88 %", mean_level, near=0.88, within=0.005)
lesson.claim("Of the callers clearly fewer", mean_level - of_callers, at_least=0.05)
lesson.claim("Worst where most callers are", int(by_hour.loc[7:23].argmax()) == levels.index(min(levels)))

# %% [markdown] tags=["exercise"]
# ## Exercise 2.2: helpers on the right days
#
# Tomas pays for one more agent on the phones, on three of the seven days from Thursday to Wednesday. Choose them so
# that you can be fairly sure: fewer than 13 % of the callers hang up. Not only the estimate, but also `high`, the upper
# end of its interval, must be below 0.13.

# %%
WEEKDAYS, WEEKEND = "08:00-20:00", "09:00-18:00"
open_hours = dict.fromkeys(["thu", "fri", "mon", "tue", "wed"], WEEKDAYS) | {"sat": WEEKEND, "sun": WEEKEND}


def with_helpers(days):
    agents = {day: {hours: 1} for day, hours in open_hours.items() if day in days}
    return stream.with_(name="with helpers", teams={"helpers": sim.Team(skills=["phone"], agents=agents)})


# %%
my_days = ...  # a list, such as ["thu", "fri", "tue"]
### BEGIN SOLUTION
my_days = ["sat", "sun", "mon"]
### END SOLUTION
plan = with_helpers(lesson.given(my_days, []))
sim.replicate(plan, replications=30, seed=1).measure("abandonment", by="channel", from_day=2).loc[["phone"]].round(3)

# %%
lesson.check("2.2", my_days)

# %% tags=["claim"]
helped = sim.compare([stream, with_helpers(["thu", "fri", "sat"]), with_helpers(["sat", "sun", "mon"])], 30, seed=1)
high = helped.measures(by="channel", measures="abandonment", from_day=2).xs("phone", level="channel")["high"]
lesson.claim("Thursday to Saturday is not enough, Saturday to Monday is", high.iloc[1] > 0.13 > high.iloc[2])
by_day = duel.replications[0].measure("abandonment", by=["channel", "day"], from_day=2).loc["phone", "estimate"]
lesson.claim("Most hang up on Saturday to Monday anyway", sorted(by_day.nlargest(3).index) == [4, 5, 6])

# %% [markdown] tags=["exercise"]
# ## Exercise 2.3: build a weekday index
#
# Mei likes her one mean. Give her an **index** to multiply it by: the mean of each weekday, divided by the mean of all
# days. An index of 1.2 is a weekday with 20 % more calls than the mean. `days` is a table like `all_days` above: a row
# for each day, with the columns `weekday` and `calls`. You have already seen all that it takes: `groupby` and `mean`.


# %%
def weekday_index(days):
    index = ...
    ### BEGIN SOLUTION
    index = days.groupby("weekday")["calls"].mean() / days["calls"].mean()
    ### END SOLUTION
    return index


lesson.check("2.3", weekday_index)

# %% tags=["claim"]
lesson.claim("A Sunday gets 1.40", weekday_index(all_days)["sun"], near=1.40, within=0.005)
lesson.claim("A Saturday 0.17", weekday_index(all_days)["sat"], near=0.17, within=0.005)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# A stream of size 1 brings as many orders as a usual day. On which day would you hold it, so that the peak misses the
# weekend? And how much must days differ until you can no longer tell the wave from an ordinary busy day?
#
# What such a wave does to the whole shop: choose `livestream` in the [scenario studio](studio.ipynb).


# %%
def with_stream(size, day, differ):
    more = {"orders_factor": 1 + 15 * size, "case_factors": {"how_to": 1 + 5 * size}}
    event = sim.Event(name="live stream", day=day, start="20:00", hours=2, **more)
    return usual.with_(name="with the stream", days=16, events=[event], demand={"day_factor_cv": differ})


def draw(size, day, differ):
    shop = with_stream(size, DAYS.index(day), differ)
    return sim.plots.expected_cases(shop, beside=usual.with_(days=16), room_for=with_stream(2, 6, 0.3))


DAYS = ["Tue 3 March", "Wed 4", "Thu 5", "Fri 6", "Sat 7", "Sun 8", "Mon 9"]

# %%
lesson.explore(
    draw,
    size=lesson.slider("Size of the stream", 0.0, 2.0, start=1.0, step=0.5),
    day=lesson.menu("Day of the stream", DAYS, start="Thu 5"),
    differ=lesson.slider("How much days differ", 0.0, 0.3, start=0.08, step=0.02, unit="%"),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# The director wants three or four sentences before Mei files her plan: when do they come, how many, how sure are you,
# and what do you recommend?

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - When: orders on Thursday evening, the peak of the questions on Saturday, returns in the second week.
# - How many, with the interval: extra cases on Saturday, and how many more callers hang up in that week.
# - What to do: one helper on Saturday, Sunday and Monday. And ask Tomas to tell buyers where their parcel is: that is
#   the question most of the extra cases ask on Saturday.
# - How sure: a mean is not enough. Any of these days can be busier than forecast, so Mei needs somebody whom she can
#   ask to come in.
# - The limits: the lags are assumed, as *Hearth* has never had a stream; compare after the first one. And the bank is
#   another business in another time. It shows that busy days exist, not how busy they get at *Hearth*.
#
# </details>

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - One mean a day hides the shape: look at half hours and weekdays.
# - Chance makes days differ by about the square root of the expected number. Real days differ by much more, and days
#   in a row do so together.
# - Busy and quiet days do not cancel out: a forecast needs a mean and a range.
# - Cases follow orders with a lag. The wave of a promotion comes days after it, and you can work out when.
#
# **Next:** The stream is over, and the report says "80 % in 20 seconds: reached". Who hangs up, and what does that
# number hide? [Lesson 03](03_who_hangs_up.ipynb).

# %%
lesson.progress()
