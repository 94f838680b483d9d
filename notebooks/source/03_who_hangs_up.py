# %% [markdown] tags=["title"]
# # Who hangs up, and what does "80 % in 20 seconds" hide?
#
# **Time:** 45 minutes
#
# **You need:** [lesson 01](01_why_do_customers_wait.ipynb); the story goes on from
# [lesson 02](02_when_do_they_come.ipynb)
#
# **After this lesson you can**
#
# - say why a desk with too much work survives, and at what price
# - count a service level in four ways, and ask which one a report has used
# - estimate how patient callers are, without a common mistake
# - put the customers' view beside the company's

# %% tags=["setup"]
import pandas as pd

import sim
from sim.lesson import Lesson

lesson = Lesson("03")
lesson

# %% tags=["rules"]


def _agents_for_all_calls():
    return sim.theory.agents_needed(300, 3, patience_minutes=1.5, measure="service_level_offered")


def _counts_all_calls(level):
    """Try the learner's function on five calls, then on a simulated day."""
    import pandas as pd

    calls = pd.DataFrame(
        {
            "outcome": ["served", "served", "abandoned", "abandoned", "served"],
            "wait_minutes": [0.0, 0.5, 0.1, 2.0, 0.2],
        }
    )
    found = level(calls, 20)
    if found is None or found is ...:
        return ...
    if hasattr(found, "sum") and getattr(found, "ndim", 0):
        return False, "It gives true or false for each call. Count the true ones with `.sum()`."
    if abs(found - 2 / 3) < 1e-9:
        return False, "It leaves out the calls that hung up. They belong to all calls, too."
    if abs(found - 3 / 5) < 1e-9:
        return False, "It counts a caller who hung up within the time as good."
    if abs(found - 2) < 1e-9:
        return False, "2 is how many were answered in time. Divide by the number of all calls."
    if abs(found - 2 / 5) > 1e-9:
        return False, f"Of five calls, two were answered within 20 seconds: 0.4. Your function says {found:.3g}."
    if abs(level(calls, 30) - 3 / 5) > 1e-9:
        return False, "With 30 seconds instead of 20 the result must change. Use `seconds`."
    run = sim.simulate(sim.one_queue(arrivals_per_hour=100, handle_minutes=3, agents=5, patience_minutes=1.5), seed=2)
    log = run.contacts[run.contacts["outcome"] != "waiting"]
    right = ((log["outcome"] == "served") & (log["wait_minutes"] <= 1 / 3)).mean()
    return abs(level(log, 20) - right) < 1e-9 or (False, "It is right for five calls, but not for a simulated day.")


lesson.expect(
    "3.1",
    near=_agents_for_all_calls,
    within=0,
    mistakes={
        15: "15 agents reach 80 % of the answered calls, line D. Look at line A, of all calls.",
        16: "16 agents reach it in the ways B, C and D, but not for all calls.",
    },
    hints=[
        "Look at line A after each try, and start with 15.",
        "You want the smallest number of agents for which line A is at least 0.8.",
    ],
    praise="Two more than for the report's way to count: so much can hang on a definition.",
)
lesson.expect(
    "3.2",
    near=1.5,
    within=0.1,
    unit="minutes",
    mistakes={
        20: "That is what the colleague says, in seconds: the wait of those who hung up.",
        0.33: "That is how long those who hung up had waited. The colleague made the same mistake.",
        0.18: "That is the mean wait of all callers. Divide all minutes by the hang-ups, not by the calls.",
    },
    hints=[
        "Every minute of waiting tells something about patience, also the minutes of those who were answered.",
        "Divide the minutes that all callers waited by the number of callers who hung up.",
    ],
    praise="The model's callers have 1.5 minutes of patience on average: four to five times what the colleague says.",
)
lesson.expect(
    "3.3",
    test=_counts_all_calls,
    wants="a function level_of_all(calls, seconds) that returns a share",
    hints=[
        "A share is a count divided by a count. Both counts are named above the cell.",
        "Divide `good_calls(calls, seconds).sum()` by `len(calls)`.",
    ],
    praise="This is what `sim` calls service_level_offered.",
)
lesson.ask(
    "A report shows a service level of 100 %, counted over all calls that reached the queue. What do you ask first?",
    lesson.wrong("How did you do it? We want to copy it.", "First find out what is not in the number."),
    lesson.right(
        "How many customers met a busy tone, and where are they counted?",
        "Yes. Whoever never reached the queue is in none of the four numbers.",
    ),
    lesson.wrong("Are 20 seconds too easy a target?", "Perhaps, but a harder limit counts the same calls."),
)
lesson.ask(
    "In May more callers hang up than in April, and yet the share of answered calls with a short wait rises. Staff and "
    "calls are as before. What may have happened?",
    lesson.wrong("Agents have become faster.", "Then fewer callers would hang up, not more."),
    lesson.right(
        "Callers have become less patient.",
        "Yes. Those who would have waited long now leave the queue, and with it the report.",
    ),
    lesson.wrong(
        "Callers have become more patient.",
        "Then fewer would hang up, and more long waits would end with an answer.",
    ),
)
lesson.ask(
    "Somebody says: a caller who hangs up saves us a conversation. What is wrong with it?",
    lesson.right(
        "Many of them call again: the conversation is only put off.",
        "Yes. In this lesson 6 of 10 do, and their second calls make the queue longer for everybody.",
    ),
    lesson.wrong(
        "Nothing: the agent takes the next call.",
        "The agent does. But the problem is still there, and often comes back.",
    ),
    lesson.wrong(
        "The agent has talked to them already.",
        "They hung up while waiting: no agent has heard them.",
    ),
)

# %% [markdown] tags=["story"]
# ## The story
#
# The live stream is over, and its parcels are on their way. For the calls about them Mei uses a **parcel line** that
# *Hearth* runs together with other shops: 15 agents, day and night. On Monday the director shows you a page for the
# board:
#
# > "Parcel line: 80 % in 20 seconds. **Target reached.** But look at my post: people write that they gave up. Are
# > they making it up? The board meets on Wednesday."
#
# Before you ask whether the number is right, ask how the line can work at all. 300 calls an hour come for all shops, 3
# minutes each: that is 15 agents' full time. In lesson 01 a desk that is always busy had an endless queue.

# %% [markdown]
# What lesson 01 left out is **patience**: how long a caller is willing to wait. Each caller here has a patience of
# their own, 1.5 minutes on average (an assumed value). When it runs out, the caller hangs up.


# %%
def parcel_line(calls_per_hour=300, agents=15, patience_minutes=1.5):
    return sim.one_queue(
        name="parcel line",
        arrivals_per_hour=calls_per_hour,
        handle_minutes=3,
        agents=agents,
        patience_minutes=patience_minutes,
    )


# %% [markdown] tags=["predict"]
# ## A desk that has no time left
#
# **Predict.** The work fills the agents' time completely. How many of 100 callers hang up?

# %%
my_guess = ...  # callers out of 100
### BEGIN SOLUTION
my_guess = 30
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** 20 days of the parcel line.

# %%
runs = sim.replicate(parcel_line(), replications=20, seed=1)
hang_ups = 100 * runs.measure("abandonment").iloc[0]
lesson.beside(my_guess, hang_ups["estimate"], "callers", low=hang_ups["low"], high=hang_ups["high"])

# %% tags=["claim"]
lesson.claim("12 of 100 hang up", runs.measure("abandonment").iloc[0], near=0.12, within=0.01)

# %% [markdown] tags=["explain"]
# **Explain.** Read the picture from left to right: the time since a caller joined the queue. Blue callers have been
# answered, red ones (from the top) have hung up, and those between still wait.

# %%
sim.plots.waits(runs)

# %% [markdown]
# There is no endless queue. Who hangs up? Callers who must wait, and have little patience. They make room for the
# others, so a long queue soon gets shorter. Even the agents get some rest: part of the work has gone away.

# %%
runs.measures(measures=["abandonment", "mean_wait_minutes", "occupancy"]).round(3)

# %% tags=["claim"]
lesson.claim("Agents are busy 88 % of their time", runs.measure("occupancy").iloc[0], near=0.88, within=0.01)
lesson.claim("The mean wait is 11 seconds", 60 * runs.measure("mean_wait_minutes").iloc[0], near=11, within=0.7)

# %% [markdown]
# The mean wait is 0.18 minutes: 11 seconds. And the agents are busy 88 % of their time, not 100 %.
#
# Now let less work come, or more: 70 % to 120 % of what 15 agents can do. (This is the longest cell of the lesson. You
# need not read it; the figure is what counts.)

# %%
loads = [0.7, 0.8, 0.9, 1.0, 1.1, 1.2]
at_loads = [sim.replicate(parcel_line(300 * load), replications=5, seed=1, progress=False) for load in loads]


def at_all_loads(measure):
    return pd.DataFrame([each.measure(measure).iloc[0] for each in at_loads]).assign(load=loads)


by_erlang_c = pd.DataFrame({"load": [step / 100 for step in range(70, 100)]})
by_erlang_c["wait_minutes"] = [
    sim.theory.erlang_c(300 * load, 3, agents=15).mean_wait_minutes for load in by_erlang_c["load"]
]
sim.plots.overload(at_all_loads("mean_wait_minutes"), at_all_loads("abandonment"), by_erlang_c)

# %% tags=["claim"]
short = at_all_loads("mean_wait_minutes").set_index("load")
left = at_all_loads("abandonment").set_index("load")
lesson.claim("At 120 % the mean wait is below half a minute", short.loc[1.2], at_most=0.5)
lesson.claim("Erlang C has passed that before 90 %", by_erlang_c["wait_minutes"].iloc[19], at_least=0.5)
lesson.claim("At 120 % more than one in six hang up", left.loc[1.2], at_least=1 / 6)
lesson.claim("Even then agents are not always busy", at_loads[-1].measure("occupancy").iloc[0], at_most=0.99)

# %% [markdown]
# Without hang-ups (the blue line, Erlang C) the wait runs away before 100 %. With them it grows slowly, even above
# 100 %. The lower picture shows the price. At a load of 120 % the agents can never answer 20 of 120 calls, one in six:
# that is the red area. Somewhat more hang up, because now and then an agent is free, and that time is lost.
#
# So a short queue is no proof of good service. It may be short because people have left.

# %% [markdown] tags=["predict"]
# ## Four numbers with one name
#
# "80 % in 20 seconds" is a **service level**: good calls divided by calls. But what about those who hung up? People
# in the trade count in four ways:
#
# | | calls answered within 20 seconds, divided by … | name in `sim` |
# |---|---|---|
# | **A** | all calls | `service_level_offered` |
# | **B** | all calls, but not those who hung up within 20 seconds | `service_level` |
# | **C** | all calls; who hung up within 20 seconds counts as a good call | `service_level_credited` |
# | **D** | the answered calls only | `service_level_answered` |
#
# **Predict.** On the same 20 days, which is the highest?

# %%
my_highest = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
my_highest = "D"
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.**

# %%
four = ["service_level_offered", "service_level", "service_level_credited", "service_level_answered"]
ways = ["A: of all calls", "B: without quick hang-ups", "C: quick hang-ups are good", "D: of the answered calls"]
levels = runs.measures(measures=four).set_axis(ways)
highest = levels["estimate"].idxmax()
lesson.beside(my_highest, highest[0], choices={way[0]: way[3:] for way in ways})

# %% [markdown] tags=["explain"]
# **Explain.** The same callers, the same waits, the same agents:

# %%
sim.plots.levels(levels, target=0.8)

# %% tags=["claim"]
lesson.claim("Of the answered calls, the target is reached", levels.loc[ways[3]], at_least=0.8)
for way in ways[:3]:
    lesson.claim(f"In no other way: {way}", levels.loc[way], at_most=0.8)
tried = [sim.theory.erlang_a(300, 3, agents, p) for agents in range(8, 25) for p in (0.2, 0.5, 1.5, 5, 20)]
ordered = all(a <= b <= min(c, d) for a, b, c, d in ([getattr(each, name) for name in four] for each in tried))
lesson.claim("A is never higher than B, nor B than C or D", ordered)
lesson.claim("C can be highest", any(each.service_level_credited > each.service_level_answered for each in tried))

# %% [markdown]
# The report has used **D**, and nobody has lied. **A** counts everyone who reached the queue. **B** leaves out those
# who gave the desk no chance. **C** even counts a quick hang-up as good service. **D** forgets everyone who hung up.
# A is never higher than B, and B never higher than C or D. Which of those two is the highest depends on the desk.
#
# So a service level without its definition is no information. Ask: *divided by what?*

# %% [markdown] tags=["aside"]
# ## Calls or customers?
#
# One more fact. A call is not a customer. Of 10 callers who hang up, 6 call again, 20 minutes later on average. And a
# conversation solves the problem in 85 of 100 calls; of the others, three in four call again, about an hour later.
# (All assumed.) So the 300 calls an hour come from fewer customers: about 250.

# %%
real_line = parcel_line(calls_per_hour=250).with_(
    name="as it is",
    case_types={"call": {"solved": 0.85}},
    coming_back={
        "after_abandonment": {"odds": 0.6, "delay": {"mean_minutes": 20}},
        "after_no_solution": {"odds": 0.75, "delay": {"mean_minutes": 60}},
        "after_blocking": {"odds": 0.8, "delay": {"mean_minutes": 10}},
    },
)

# %% [markdown] tags=["predict"]
# **Predict.** What does a customer want? An agent within 20 seconds, at the first call, and the problem solved in that
# call. How many of 100 customers get that?

# %%
my_customers = ...  # customers out of 100
### BEGIN SOLUTION
my_customers = 70
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `two_views` counts the same days twice: by calls, as the company does, and by customers.

# %%
real_runs = sim.replicate(real_line, replications=20, seed=1)
views = sim.two_views(real_runs)
one_call = 100 * views.loc[("its customers", "… and it solved the problem")]
lesson.beside(my_customers, round(one_call["estimate"]), "customers", low=one_call["low"], high=one_call["high"])

# %% [markdown] tags=["explain"]
# **Explain.** Above, the company counts calls; below, its customers count how they fared.

# %%
sim.plots.levels(views)

# %% tags=["claim"]
counts = real_runs.measures(measures=["contacts", "cases", "repeat_rate", "service_level_answered"])
lesson.claim("300 calls an hour", counts.loc["contacts"] / 24, near=300, within=4)
lesson.claim("from 250 customers", counts.loc["cases"] / 24, near=250, within=4)
lesson.claim("Every sixth call is a repeat", counts.loc["repeat_rate"], near=1 / 6, within=0.01)
lesson.claim("The report says 80 % still", counts.loc["service_level_answered"], near=0.8, within=0.02)
lesson.claim("One quick call was enough for 60 of 100", one_call, near=60, within=2)
plain = sim.satisfaction.chances(0.0, real_line.satisfaction.rating_cuts)
lesson.claim("Without any trouble, not everyone is satisfied", plain[3:].sum(), at_least=0.7, at_most=0.9)

# %% [markdown]
# Calls and report look as before: 300 an hour, 80 % of the answered in 20 seconds. But only for 60 of 100 customers was
# one quick call enough. The other 40 waited longer, hung up, or were left with their problem.
#
# The last line is what customers would say when asked. How waits and hang-ups lower a rating is
# [assumed](../docs/satisfaction.md); even without any trouble, not everyone is satisfied.
#
# Trade articles often quote a striking pair of figures: 87 % of firms think that they serve well, and 11 % of their
# customers agree. Take it as a claim, not as a fact. But you have now seen how such a gap can open without a lie:
# each side counts something else.

# %% [markdown] tags=["aside"]
# ### A perfect report, for nothing
#
# A consultant promises 100 % without a single new agent. The trick: as many **lines** as agents. Whoever calls while
# all 15 lines are taken hears a busy tone; nobody ever waits. Of 10 who hear it, 8 call again after some 10 minutes.

# %%
busy_tone = real_line.with_(name="15 lines", channels={"phone": {"lines": 15}})
trick = sim.compare([real_line, busy_tone], replications=20, seed=1)
sim.plots.levels(sim.two_views(trick))

# %% [markdown]
# The differences, “15 lines” minus “as it is”. `blocking` is the share of calls that meet a busy tone, `csat` the share
# of customers who are satisfied:

# %%
trick.differences(measures=["blocking", "csat", "contacts_per_case"]).round(3)

# %% tags=["claim"]
change = trick.differences(measures=["blocking", "csat", "contacts_per_case"]).loc["15 lines"]
lesson.claim("More than one call in four meets a busy tone", change.loc["blocking"], at_least=0.25, at_most=0.3)
lesson.claim("Satisfaction falls by 4 points", change.loc["csat"], near=-0.04, within=0.01)
lesson.claim("100 customers call 20 times more", change.loc["contacts_per_case"], near=0.2, within=0.03)
by_lines = sim.two_views(trick)
lesson.claim("Report: 100 %", by_lines.loc["15 lines"].loc["the company", "low"].min(), at_least=1)
first = by_lines.xs("first call answered", level="counted")
lesson.claim("Fewer first calls are answered", first.iloc[1] - first.iloc[0]["estimate"], at_most=-0.1)
for rises in ("first call answered within 20 seconds", "… and it solved the problem"):
    before, after = by_lines.xs(rises, level="counted")["estimate"]
    lesson.claim(f"A little more: {rises}", after - before, at_least=0.01, at_most=0.05)

# %% [markdown]
# The report is perfect, in all four ways: a blocked call reaches no queue, and is counted in none of them. Who gets
# through is served at once, so two of the customers' shares rise a little, too. But more than one call in four meets a
# busy tone, 100 customers make about 20 more calls, and satisfaction falls by 4 points. The number has got better, the
# service has not.

# %% [markdown] tags=["second-opinion"]
# ## A second opinion: Erlang A
#
# In the 1940s the Swedish engineer Conny Palm added patience to Erlang's formula. It is called **Erlang A**: A for
# abandonment. Here it stands beside the simulation of the line without repeat calls.

# %%
formula = sim.theory.erlang_a(300, 3, agents=15, patience_minutes=1.5)
names = [*four, "abandonment", "occupancy", "mean_wait_minutes"]
beside = runs.measures(measures=names).rename(columns={"estimate": "simulation"})
beside.insert(0, "formula", [getattr(formula, name) for name in names])
beside.round(3)

# %% tags=["claim"]
for name in names:
    lesson.claim(f"The interval holds the formula: {name}", runs.measure(name).iloc[0], near=getattr(formula, name))

# %% [markdown]
# Each interval holds the formula's value. That is a reason to trust the simulation where callers come back, too: for
# that there is no simple formula.

# %% [markdown] tags=["exercise"]
# ## Exercise 3.1: the same target, four ways
#
# Mei asks: "15 agents reach 80 % of the *answered* calls. How many do I need so that 80 % of *all* calls are answered
# in 20 seconds?" Try head-counts with Erlang A until you have the smallest.

# %%
my_agents = ...
### BEGIN SOLUTION
my_agents = 17
### END SOLUTION
tried = sim.theory.erlang_a(300, 3, agents=lesson.given(my_agents, 15, low=1, high=100), patience_minutes=1.5)
pd.DataFrame({"service level": [getattr(tried, name) for name in four]}, index=ways).round(3)

# %%
lesson.check("3.1", my_agents)

# %% tags=["claim"]
needed = [sim.theory.agents_needed(300, 3, patience_minutes=1.5, measure=name) for name in four]
lesson.claim("17, 16, 16 and 15 agents, by definition", needed == [17, 16, 16, 15])

# %% [markdown] tags=["exercise"]
# ## Exercise 3.2: find the mistake
#
# A colleague has measured patience: *"Those who hung up had waited 20 seconds on average. So our callers have 20
# seconds of patience."* But the patient callers are missing: they were answered **before** their patience ran out, so
# nobody saw its end. Statisticians call them *censored*.
#
# There is a simple way out. Add up the minutes that *all* callers waited, and divide by the number of those who hung
# up: so many minutes of waiting to one hang-up. (It is right when patience is exponential, as here.) What is the mean
# patience, in minutes?

# %%
calls = pd.concat(run.contacts for run in runs)
gone = calls[calls["outcome"] == "abandoned"]
print(f"{len(calls):,} calls, and {len(gone):,} of the callers hung up")
print(f"all callers together waited {calls['wait_minutes'].sum():,.0f} minutes")
print(f"those who hung up had waited {gone['wait_minutes'].mean():.2f} minutes on average")

# %%
my_patience = ...  # minutes
### BEGIN SOLUTION
my_patience = calls["wait_minutes"].sum() / len(gone)
### END SOLUTION
lesson.check("3.2", my_patience)

# %% tags=["claim"]
lesson.claim("Those who hung up waited 20 seconds", 60 * gone["wait_minutes"].mean(), near=20, within=1)
lesson.claim("The way out finds the patience", calls["wait_minutes"].sum() / len(gone), near=1.5, within=0.06)

# %% [markdown] tags=["exercise"]
# ## Exercise 3.3: build an honest service level
#
# Each row of the log is a call. `good_calls` says true or false for each: answered, and in time.

# %%
calls.loc[calls["wait_minutes"] > 0, ["outcome", "wait_minutes"]].head(4).round(2)


# %%
def good_calls(calls, seconds):
    return (calls["outcome"] == "served") & (calls["wait_minutes"] <= seconds / 60)


# %% [markdown]
# `good_calls(calls, seconds).sum()` counts the true ones, and `len(calls)` is the number of all calls. Return the share
# of *all* calls that are good.


# %%
def level_of_all(calls, seconds):
    return ...
    ### BEGIN SOLUTION
    return good_calls(calls, seconds).sum() / len(calls)
    ### END SOLUTION


lesson.check("3.3", level_of_all)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# Make callers more patient. What happens to the four levels, and to the distance between them? Then find a desk on
# which C is the highest: few agents, hasty callers.
#
# What fewer hang-ups do for satisfaction, and what they cost, shows the [scenario studio](studio.ipynb).


# %%
def draw(agents, calls_per_hour, patience_minutes):
    line = parcel_line(calls_per_hour, agents, patience_minutes)
    found = sim.replicate(line, replications=20, seed=1, progress=False)
    levels = found.measures(measures=four).set_axis(ways)
    gone, low, high = found.measure("abandonment").iloc[0]
    return sim.plots.levels(levels, target=0.8), f"{gone:.0%} hang up ({low:.0%} to {high:.0%})"


lesson.explore(
    draw,
    agents=lesson.slider("Agents", 8, 25, start=15),
    calls_per_hour=lesson.slider("Calls per hour", 150, 450, start=300, step=25),
    patience_minutes=lesson.slider("Mean patience, minutes", 0.25, 5, start=1.5, step=0.25),
)

# %% tags=["claim"]
patient, hasty = (sim.theory.erlang_a(300, 3, 15, minutes) for minutes in (5, 0.25))
lesson.claim("Patient callers: all four fall", all(getattr(patient, n) < getattr(formula, n) for n in four))
span = {each: each.service_level_answered - each.service_level_offered for each in (patient, formula)}
lesson.claim("and come closer together", span[formula] - span[patient], at_least=0.02)
lesson.claim("Quiz: less patience, more hang up", hasty.abandonment - formula.abandonment, at_least=0.02)
rise = hasty.service_level_answered - formula.service_level_answered
lesson.claim("Quiz: and the share of the answered rises", rise, at_least=0.05)
crowded = sim.theory.erlang_a(450, 3, 10, 0.5)
more = crowded.service_level_credited - crowded.service_level_answered
lesson.claim("C can be highest within the sliders", more, at_least=0.01)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# The board meets on Wednesday. Write four sentences for the director: is "80 % in 20 seconds" true, what does it hide,
# and what should the report show from now on?

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - The number is true of the answered calls: 81 % (79 % to 82 %). Of all calls it is 71 % (69 % to 72 %), and 12 in 100
#   callers hang up.
# - The customers are not making it up: only for 60 of 100 (59 to 62) was one quick call enough.
# - From now on: the service level of all calls, and beside it hang-ups, busy tones, and one number that counts
#   customers. 16 agents instead of 15 would just about reach the target for all calls, 17 would surely: with better
#   service fewer customers call twice.
# - The limits: patience, repeat calls and ratings are assumed, calls come equally often at every hour, and nobody
#   learns from last week how long the wait is.
#
# </details>

# %% tags=["claim"]
company = views.loc["the company"]
lesson.claim("Of the answered 81 %", company.iloc[0], near=0.806, within=0.015)
lesson.claim("Of all 71 %", company.iloc[1], near=0.705, within=0.015)
lesson.claim("12 in 100 hang up", real_runs.measure("abandonment").iloc[0], near=0.12, within=0.015)
desks = [real_line.with_(name=str(agents), teams={"agents": {"agents": agents}}) for agents in (15, 16, 17)]
by_agents = sim.compare(desks, replications=20, seed=1, progress=False)
of_all = by_agents.measures(measures="service_level_offered")
lesson.claim("16 agents just about reach 80 % of all", of_all.loc["16"].iloc[0], near=0.8, within=0.02)
lesson.claim("17 surely", of_all.loc["17"].iloc[0], at_least=0.8)
fewer = by_agents.differences(measures="contacts").loc[("17", "contacts")]
lesson.claim("With better service fewer calls come from the same customers", fewer, at_most=-100)

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% tags=["claim"]
never_again = real_line.with_(name="never again", coming_back={"after_abandonment": {"odds": 0.0}})
gain = sim.compare([real_line, never_again], replications=20, seed=1, progress=False).differences().loc["never again"]
lesson.claim("Without second calls of those who hung up, fewer calls come", gain.loc["contacts"], at_most=-400)
lesson.claim("and the wait is shorter", gain.loc["mean_wait_minutes"], at_most=-0.02)

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - Callers who hang up keep the queue short. A short queue may be a sign of lost customers.
# - One log has four service levels. Ask what a level is divided by, and who is in none of them.
# - Who hung up had little patience; the patient were answered. For the mean, divide all the waiting by the hang-ups.
# - Companies count calls, customers count problems. Report both.
#
# **Next:** The board wants the honest target. [How many people does it take, and
# when?](04_how_many_people_when.ipynb)

# %%
lesson.progress()
