# %% [markdown] tags=["title"]
# # What does a service day look like?
#
# **Time:** 35 minutes
#
# **You need:** nothing. If you have typed a formula into a spreadsheet, you know enough. To run a cell, click it
# and press Shift + Enter.
#
# **After this lesson you can**
#
# - run a whole day of customer service on your computer
# - read the day's picture: who called, who waited, who hung up
# - tell what one run can say from what it takes many runs to say
# - change one thing and see what follows from it

# %% tags=["setup"]
import sim
from sim.lesson import Lesson

lesson = Lesson("00")
lesson


# %% tags=["rules"]


from functools import cache


@cache
def _smallest_extra():
    monday = sim.load("baseline").with_(days=1)
    for extra in range(9):
        more = monday.with_(teams={"phone_desk": {"extra_agents": extra}})
        runs = sim.replicate(more, replications=100, seed=1, progress=False)
        if runs.measure("abandonment", by="channel").loc["phone", "estimate"] < 0.03:
            return extra
    return 9


def _is_worst_hour(hour):
    if hour in (18, 19):
        return True, (
            "After five at least as many customers call as before, and fewer agents are there. Hours 18 and 19 differ "
            "by less than their intervals: either answer is right."
        )
    return False


lesson.expect(
    "0.1",
    test=_is_worst_hour,
    wants="an hour of the day, such as 14",
    hints=[
        "Look down the column `estimate`, from the top to the bottom. You want its smallest number.",
        "The number you want is on the left: the hour of the day at which the row begins.",
    ],
)
lesson.expect(
    "0.2",
    near=_smallest_extra,
    within=0,
    hints=[
        "Try 1, then 2, then 3, and so on, and read the share after each. Stop at the first that is below 3 %.",
        "More agents than you need also reach the target. The question asks for the smallest number.",
    ],
    praise=(
        "The first extra agents help most. Look at the interval, too: with 20 Mondays it would reach beyond 3 %, "
        "with 100 it stays below."
    ),
)
lesson.expect(
    "0.3",
    choice="b",
    choices={
        "a": "The mean wait is another measure. The claim is about the share who were helped quickly.",
        "b": "The report divides by the answered calls. Customers who hung up are not in it, and they fared worst.",
        "c": "Calls outside opening hours matter too, but they are no part of this claim about the open desk.",
    },
)
lesson.ask(
    "Your model says: 14 % of callers hang up on a Monday (11 % to 16 %). What does the interval tell you?",
    lesson.wrong(
        "Next Monday will lie between 11 % and 16 %.",
        "A single Monday varies much more. The interval is about the mean of many Mondays.",
    ),
    lesson.right(
        "The mean over many such Mondays is probably between 11 % and 16 %.",
        "Yes. More runs make the interval narrower; single Mondays stay as different as they are.",
    ),
    lesson.wrong(
        "The model is right to within three percentage points.",
        "The interval knows only the luck of the draw. Whether the model fits your shop is another question.",
    ),
)
lesson.ask(
    "Why do we give both plans the same customers when we compare them?",
    lesson.right(
        "So that a busy day does not count as a success or a failure of the plan.",
        "Yes. What differs between the two runs then follows from the plan, not from the luck.",
    ),
    lesson.wrong("Because the computer is faster that way.", "It is not. The point is a fair comparison."),
    lesson.wrong(
        "Because customers do not change when the plan does.",
        "In reality they may. Here we keep them the same on purpose, to see the plan alone.",
    ),
)
lesson.ask(
    "The phone desk is busy 60 % of its time, and customers still hang up. How can that be?",
    lesson.wrong("The numbers must be wrong.", "Both can be true at once, and on most desks they are."),
    lesson.right(
        "Calls do not come evenly: at some moments there are more callers than agents, at others fewer.",
        "Yes. The mean hides the peaks. Lesson 01 takes this apart.",
    ),
    lesson.wrong(
        "Agents take too many breaks.",
        "Breaks are not in this number. Even agents who are always there are idle between calls.",
    ),
)

# %% [markdown] tags=["story"]
# ## The story
#
# *Hearth* sells household goods online. You have just become its head of after-sales service. On Monday at nine
# the director stops you in the corridor:
#
# > "Customers write that nobody picks up the phone. Your report says that the agents have time to spare. Which is
# > it? Tell me by Friday whether we need one more person on the phones."
#
# You cannot hire someone for a week just to see what happens. But you can build a small copy of the shop on your
# computer, let a thousand Mondays pass in it, and look. That copy is a **model**, and running it is a
# **simulation**.

# %% [markdown]
# Six words are enough to begin with.
#
# | word | meaning |
# |---|---|
# | **case** | one customer's problem, until it is solved or given up |
# | **contact** | one attempt to get it solved: one call, one e-mail. A case can need several |
# | **served** | an agent answered |
# | **abandoned** | the customer hung up while waiting |
# | **called back** | the customer did not want to wait and asked for a call from an agent, and got it |
# | **turned away** | the customer called outside opening hours, or still waited when the desk closed |

# %% [markdown]
# The shop is described in a small text file. `sim.load` reads it, and `sim.plots.flow` draws what is in it: why
# customers come, through which channels, which team serves them, and what the back office does.

# %%
shop = sim.load("baseline")
sim.plots.flow(shop)

# %% [markdown]
# You only want a Monday for now. `with_` makes a changed copy; the shop itself stays as it is.

# %%
monday = shop.with_(days=1)

# %% [markdown] tags=["predict"]
# ## How many hang up?
#
# **Predict.** Of 100 customers who reach the open phone desk on a Monday, how many hang up before somebody
# answers? Write your guess in place of the dots and run the cell. Nobody keeps score: a guess, right or wrong,
# makes you remember what comes next.

# %%
my_guess = ...  # callers out of 100
### BEGIN SOLUTION
my_guess = 10
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** One line simulates the whole day. Every customer calls at their own moment, for their own reason, with
# their own patience. In the table, `offered` counts the callers whom the question is about: those who were served, and
# those who hung up.

# %%
run = sim.simulate(monday, seed=1)
phone = run.measures(by="channel").loc["phone"]
phone[["contacts", "turned_away", "called_back", "offered", "served", "abandoned"]]

# %%
lesson.beside(my_guess, round(100 * phone["abandonment"]), "callers")

# %% [markdown] tags=["explain"]
# **Explain.** Look at the day from top to bottom.

# %%
sim.plots.service_day(run)

# %% [markdown]
# - At the **top**, each bar is half an hour of calls, coloured by what became of them.
# - In the **middle** are the people: agents at work (the line), agents busy (below it), callers who wait (on top of
#   it). Look for moments when many wait, and for moments when agents are free. You find both. Sometimes at once: not
#   every agent takes calls.
# - At the **bottom** is the pile of unanswered e-mails. It grows at night, when nobody works on it.
#
# So both sides are right: agents have time to spare *at some moments*, and customers wait *at others*.

# %% [markdown]
# Now watch it. This is the same Monday, from half past six in the evening: each mark is a customer, each box an agent.
# Press play, and look at the agents while the queue grows and callers hang up.

# %%
sim.replay(run, start="18:30", figure=False)

# %% tags=["claim"]
by_hour = run.measures(by=["team", "hour"]).loc["phone_desk"].query("9 <= hour < 18")
lesson.claim("Customers hang up", phone["abandoned"], at_least=10)
lesson.claim("In some hour of the day an agent is free most of the time", by_hour["occupancy"].min(), at_most=0.5)
lesson.claim("In another one agents are busy most of the time", by_hour["occupancy"].max(), at_least=0.65)
calls = run.contacts.query("channel == 'phone'")
lesson.claim("Some callers wait longer than two minutes", calls["wait_minutes"].max(), at_least=2)

# %% [markdown] tags=["predict"]
# ## Is that a typical Monday?
#
# `seed=1` named one possible Monday. Another seed gives another one: the same shop, other customers, other luck.
#
# **Predict.** We let 20 Mondays pass. Take the share of callers who hang up on the worst one, and on the best
# one. How far apart are they, in callers out of 100?

# %%
my_spread = ...  # worst Monday minus best Monday, callers out of 100
### BEGIN SOLUTION
my_spread = 8
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `replicate` repeats the day, each time with new customers.

# %%
runs = sim.replicate(monday, replications=20, seed=1)
each_monday = [run.measures(by="channel").loc["phone", "abandonment"] for run in runs]
spread = max(each_monday) - min(each_monday)

# %%
lesson.beside(my_spread, round(100 * spread), "callers")

# %% [markdown] tags=["explain"]
# **Explain.** Same shop, same staff, same average demand, and yet Mondays differ that much. Whoever looks at one
# good Monday, or at one bad one, learns more about luck than about the shop.

# %%
sim.plots.each_run(runs, "abandonment", channel="phone")

# %% [markdown]
# **Abandonment** is the share of these callers who hang up. Each blue dot is a Monday. The black dot is the share over
# all 20 together, the bar its **95 % interval**: with other customers the estimate would have come out a little
# different, and this is how much. From now on no number stands without its interval.

# %% tags=["claim"]
share = runs.measure("abandonment", by="channel").loc["phone"]
lesson.claim("The worst Monday loses three times as many as the best", max(each_monday) / min(each_monday), at_least=3)
lesson.claim("Their spread is wider than the interval of the mean", spread / (share["high"] - share["low"]), at_least=3)
lesson.claim("The interval holds the long-run share, about 12 of 100 callers", share, near=0.123)

# %% [markdown] tags=["predict"]
# ## What would one more agent do?
#
# **Predict.** One more person joins the phone desk, all day. How many callers out of 100 hang up then?

# %%
my_guess_with_one_more = ...  # callers out of 100
### BEGIN SOLUTION
my_guess_with_one_more = 12
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** `compare` sends the *same* customers, with the same patience and the same problems, through both plans.
# That is more than any real experiment can do.

# %%
one_more = monday.with_(name="one more agent", teams={"phone_desk": {"extra_agents": 1}})
duel = sim.compare([monday, one_more], replications=20, seed=1)
after = 100 * duel.measures(by="channel").loc[("one more agent", "phone", "abandonment")]

# %%
lesson.beside(my_guess_with_one_more, after["estimate"], "callers", low=after["low"], high=after["high"])

# %% [markdown] tags=["explain"]
# **Explain.** Each dot below is the *difference* that the extra agent makes; the line through it is the interval.
# When an interval does not touch zero, luck alone hardly explains the difference.

# %%
on_the_phone = duel.differences(by="channel").xs("phone", level="channel")
sim.plots.comparison(on_the_phone, ["abandonment", "service_level"])

# %% [markdown]
# The **service level** is the share of callers who get an answer within 20 seconds (lesson 03 shows that there is more
# than one way to count it). It rises. But look at the **occupancy** too, the share of their time at work that the
# agents of the phone desk are busy:

# %%
duel.measures(by="team").xs(("phone_desk", "occupancy"), level=("team", "measure")).round(3)

# %% [markdown]
# It falls. Good service is paid for with idle minutes: that is the trade that this course is about.

# %% tags=["claim"]
on_the_desk = duel.differences(by="team").xs("phone_desk", level="team").loc["one more agent"]
of_calls = on_the_phone.loc["one more agent"]
lesson.claim("One more agent: 5 to 9 points fewer hang up", of_calls.loc["abandonment"], near=-0.07, within=0.02)
lesson.claim("The service level rises", of_calls.loc["service_level"], at_least=0.08)
lesson.claim("The occupancy falls", on_the_desk.loc["occupancy"], at_most=-0.03)

# %% [markdown] tags=["second-opinion"]
# ## A second opinion
#
# Never trust a simulation that you cannot check. Here is a check for a pocket calculator: the phone desk had so many
# contacts (calls, callbacks and e-mails), each took so many minutes, and so many agents were there (`agents` is the
# mean over 24 hours, the night included). Work divided by time must be the occupancy. In the next lesson a formula more
# than a hundred years old takes over as the second opinion.

# %%
desk = run.measures(by="team").loc["phone_desk"]
hours_of_work = desk["contacts"] * desk["mean_handle_minutes"] / 60
hours_at_work = desk["agents"] * 24
print(f"{hours_of_work:.1f} hours of conversations in {hours_at_work:.1f} hours at work")
print(f"by calculator: {hours_of_work / hours_at_work:.0%}, by simulation: {desk['occupancy']:.0%}")

# %% tags=["claim"]
lesson.claim("By calculator as by simulation", hours_of_work / hours_at_work, near=desk["occupancy"], within=0.005)

# %% [markdown] tags=["exercise"]
# ## Exercise 0.1: the worst hour
#
# The table shows the service level by hour, over 20 Mondays. At which hour does the worst one begin? Write a whole
# number, such as 14 for two in the afternoon.

# %%
runs.measure("service_level", by=["channel", "hour"]).loc["phone"].dropna().round(3)

# %%
my_hour = ...
### BEGIN SOLUTION
my_hour = 19
### END SOLUTION
lesson.check("0.1", my_hour)

# %% [markdown] tags=["exercise"]
# ## Exercise 0.2: reach the target
#
# The director wants fewer than 3 % of the callers to hang up on an average Monday. What is the smallest number of
# extra agents on the phone desk that does it? Change the number, run both cells, and repeat. It takes 100 Mondays
# now: after only 20 the answer could be luck.

# %%
my_extra_agents = ...
### BEGIN SOLUTION
my_extra_agents = 2
### END SOLUTION
extra = lesson.given(my_extra_agents, 0, low=0, high=30)
trial = monday.with_(teams={"phone_desk": {"extra_agents": extra}})
sim.replicate(trial, replications=100, seed=1).measure("abandonment", by="channel").loc[["phone"]]

# %%
lesson.check("0.2", my_extra_agents)

# %% tags=["claim"]
hang_up = {}
for n in range(4):
    plan = monday.with_(teams={"phone_desk": {"extra_agents": n}})
    hang_up[n] = sim.replicate(plan, replications=100, seed=1).measure("abandonment", by="channel").loc["phone"]
gains = [hang_up[n]["estimate"] - hang_up[n + 1]["estimate"] for n in range(3)]
few = sim.replicate(trial, replications=20, seed=1).measure("abandonment", by="channel").loc["phone"]
lesson.claim("The first extra agents help most", gains == sorted(gains, reverse=True))
lesson.claim("With 100 Mondays the interval stays below 3 %", hang_up[2], at_most=0.03)
lesson.claim("With 20 it would reach beyond", few["high"], at_least=0.03)

# %% [markdown] tags=["exercise"]
# ## Exercise 0.3: find the mistake
#
# A colleague reports: *"Eight of ten calls that we answered were answered within 20 seconds. So eight of ten
# customers get help quickly."* The first sentence is right, as the first line of the table shows. What is wrong
# with the second?
#
# - **a** The mean wait would be the better number.
# - **b** It leaves out those who hung up.
# - **c** It leaves out those who called when the desk was closed.

# %%
answered_or_all = ["service_level_answered", "service_level_offered"]
runs.measures(by="channel").loc["phone"].loc[answered_or_all].round(3)

# %%
my_answer = ...  # "a", "b" or "c"
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION
lesson.check("0.3", my_answer)

# %% tags=["claim"]
levels = runs.measures(by="channel").loc["phone"].loc[answered_or_all]
lesson.claim("Of the answered, eight in ten", levels.loc["service_level_answered"], near=0.8, within=0.05)
lesson.claim("Of all, at least five in a hundred fewer", levels["estimate"].diff().iloc[-1], at_most=-0.05)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# Move a slider and let go: the day is simulated again with the same customers. Can you find a day with no one
# waiting? What does it cost in idle agents? What happens when a fifth of the staff is ill?
#
# All levers at once, with intervals, satisfaction and money beside the waits: the [scenario studio](studio.ipynb).


# %%
def draw(extra_agents, demand, absence):
    changed = monday.with_(
        demand={"factor": demand},
        teams={"phone_desk": {"extra_agents": extra_agents, "absence": absence}},
    )
    return sim.plots.service_day(sim.simulate(changed, seed=1))


lesson.explore(
    draw,
    extra_agents=lesson.slider("Extra agents on the phone desk", -1, 6, start=0),
    demand=lesson.slider("Demand, 1 is as today", 0.5, 1.5, start=1.0, step=0.1),
    absence=lesson.slider("Agents absent", 0.0, 0.4, start=0.06, step=0.02, unit="%"),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# Write three or four sentences to the director: what you found, how sure you are, what you recommend, and what
# the model does not know.

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - Both statements are true, and why: idle moments and waiting customers lie at different times of the day.
# - The size of the effect with its interval: what one more agent does to the share who hang up.
# - A recommendation that names the target, and the hour that needs help most. It need not be a whole day's agent.
# - The limits: this is a made-up shop with assumed numbers. Nobody falls ill on Wednesday because of Monday, agents
#   do not tire, and customers have no memory of last week. Before real money is spent, the model must be
#   compared with your own calls (lesson 11, in preparation).
#
# </details>

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - A simulation lets you try a decision on a copy of the shop before you try it on people.
# - One run is one possible day. Repeat it, and give every number its interval.
# - Compare plans with the same customers, and look at the interval of the *difference*.
# - Waiting customers and idle agents are no contradiction: they happen at different moments.
#
# **Next:** The director has read your answer and has another idea. [Why do customers wait when agents are idle half the
# time?](01_why_do_customers_wait.ipynb)

# %%
lesson.progress()
