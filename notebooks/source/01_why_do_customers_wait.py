# %% [markdown] tags=["title"]
# # Why do customers wait when agents are idle half the time?
#
# **Time:** 45 minutes
#
# **You need:** [lesson 00](00_what_does_a_service_day_look_like.ipynb)
#
# **After this lesson you can**
#
# - say what makes a queue: not too much work, but uneven work
# - read and write a queue of your own in 30 lines of SimPy
# - explain why waits explode near full utilisation, and why large desks do better than small ones
# - check a simulation with the Erlang C formula

# %% tags=["setup"]
import random

import matplotlib.pyplot as plt
import pandas as pd
import simpy

import sim
from sim.lesson import Lesson

plt.style.use(sim.plots.STYLE)

lesson = Lesson("01")
lesson

# %% tags=["rules"]


def _smallest_desk():
    return sim.theory.agents_needed(200, 3, target=0.8, within_seconds=20)


def _hangs_up(patient_call):
    """Run the learner's process twice: someone patient enough, and someone who is not."""
    import simpy

    def fate(patience):
        env, told = simpy.Environment(), []
        agent = simpy.Resource(env, capacity=1)

        def first():
            with agent.request() as turn:
                yield turn
                yield env.timeout(10)

        env.process(first())
        env.process(patient_call(env, agent, 5, patience, told))
        env.run(until=60)
        return told, agent.count, len(agent.queue)

    if not fate(4)[0] and not fate(12)[0]:
        return ...
    told = fate(4)[0]
    if told != ["hung up"]:
        return (
            False,
            f"A caller with 4 minutes of patience waits behind a call of 10 minutes; your process says {told}.",
        )
    told, busy, waiting = fate(12)
    if told != ["served"]:
        return False, f"A caller with 12 minutes of patience gets through after 10; your process says {told}."
    if busy or waiting:
        return False, "At the end somebody still holds the agent. Keep the conversation inside the `with` block."
    return True


lesson.expect(
    "1.1",
    near=_smallest_desk,
    within=0,
    mistakes={
        10: "10 agents would be busy all the time, and the queue would grow without end.",
        11: "11 agents get the work done, but most callers wait longer than 20 seconds. Try more.",
    },
    hints=[
        "Ask `sim.theory.erlang_c(200, 3, agents=...)` for its `service_level`, and start with 11 agents.",
        "The smallest number of agents whose service level is at least 0.8.",
    ],
    praise="Four more than the work alone needs: that is the price of uneven arrivals.",
)
lesson.expect(
    "1.2",
    choice="c",
    choices={
        "a": "The work does grow by 20 %. It is the wait that does not stay in proportion.",
        "b": "More than 20 % is right, but the curve is far steeper than that near full utilisation.",
        "c": "At 96 % utilisation the curve is almost vertical: the wait is many times as long.",
    },
)
lesson.expect(
    "1.3",
    test=_hangs_up,
    wants="a process function patient_call(env, agents, handle_minutes, patience_minutes, told)",
    hints=[
        "`yield turn | env.timeout(patience_minutes)` waits for whichever comes first.",
        "`if turn in result:` tells whether an agent answered. Only then comes `env.timeout(handle_minutes)`.",
    ],
    praise="This customer hangs up. Lesson 03 is about the many who do.",
)
lesson.ask(
    "A desk of one agent has 10 calls an hour of exactly 3 minutes, one every 6 minutes sharp. How many wait?",
    lesson.right("Nobody.", "Yes. Each call ends 3 minutes before the next one comes. No variability, no queue."),
    lesson.wrong("Half of them.", "That is so when calls come at random. Here each finds the agent free."),
    lesson.wrong("About one in ten.", "Not one: every call is over before the next one comes."),
)
lesson.ask(
    "Two desks of 5 agents, each 80 % busy, become one desk of 10 with the same work. What happens to the wait?",
    lesson.wrong("It stays as it is: the utilisation is the same.", "The utilisation is the same, the wait is not."),
    lesson.right(
        "It becomes much shorter.",
        "Yes. Before, a customer could wait at one desk while an agent of the other was idle. Now that cannot happen.",
    ),
    lesson.wrong("It doubles, because the queue is twice as long.", "The queue is served twice as fast, and shared."),
)
lesson.ask(
    "Which of these does the Erlang C formula leave out?",
    lesson.wrong("That calls come at random.", "Random arrivals are what it is about."),
    lesson.right(
        "That customers hang up.",
        "Yes. In Erlang C everybody waits for ever, so it paints a crowded desk blacker than it is.",
    ),
    lesson.wrong("That calls differ in length.", "It knows that: it takes them to be exponential."),
)

# %% [markdown] tags=["story"]
# ## The story
#
# On Friday the director reads your answer, and has a new question. The repair desk at *Hearth* is one person, Jun. He
# takes 10 calls an hour, 3 minutes each: he talks for 30 minutes of every hour. The director says:
#
# > "Jun is idle half the time. Surely nobody waits for him. Let us give him twice the calls."
#
# You have until this afternoon to answer. Take the smallest desk that there is, and look inside.

# %% [markdown] tags=["predict"]
# ## One agent, half idle
#
# **Predict.** Calls come at random moments, 10 an hour on average. A conversation lasts 3 minutes on average, some
# longer, some shorter. How many of 100 callers find Jun busy and have to wait?

# %%
my_guess = ...  # callers out of 100
### BEGIN SOLUTION
my_guess = 25
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** This time you build the simulation yourself, in SimPy, the library behind this workbook. A *process* is a
# function that tells what one thing does, step by step. Wherever it says `yield`, simulated time passes. Here is
# the life of a call: ask for an agent, wait for your turn, talk, leave.


# %%
def call(env, agents, handle_minutes, waits):
    arrived = env.now
    with agents.request() as turn:
        yield turn
        waits.append(env.now - arrived)
        yield env.timeout(handle_minutes())


# %% [markdown]
# And here is the outside world: calls that come one after another, each with a life of its own.


# %%
def calls(env, agents, gap_minutes, handle_minutes, waits):
    while True:
        yield env.timeout(gap_minutes())
        env.process(call(env, agents, handle_minutes, waits))


# %% [markdown]
# Last, a function that puts it together and lets 1,000 hours pass. `expovariate` draws random times: the gaps
# between calls that come at random, and conversations of very different length. Such times are called *exponential*:
# many are short, and a few are very long.


# %%
def simulate_desk(calls_per_hour, mean_minutes, agents=1, hours=1000, seed=1, even=False):
    luck, waits, env = random.Random(seed), [], simpy.Environment()
    gap, length = 60 / calls_per_hour, mean_minutes

    def gap_minutes():
        return gap if even else luck.expovariate(1 / gap)

    def handle_minutes():
        return length if even else luck.expovariate(1 / length)

    desk = simpy.Resource(env, capacity=agents)
    env.process(calls(env, desk, gap_minutes, handle_minutes, waits))
    env.run(until=hours * 60)
    return pd.Series(waits, name="wait_minutes")


# %% [markdown]
# That is all: some 30 lines, and you have a queue.

# %%
waits = simulate_desk(calls_per_hour=10, mean_minutes=3)
lesson.beside(my_guess, round(100 * (waits > 0).mean()), "callers")

# %% [markdown] tags=["explain"]
# **Explain.** Half of the callers wait, and that is no accident. Calls come at random, without regard to what Jun is
# doing. He is busy half of the time, so half of the calls come while he is busy.


# %%
def show_waits(waits, title):
    axes = waits.head(100).plot.bar(figsize=(8, 2.6), width=0.9, title=title, ylim=(0, 20))
    axes.set(xlabel="the first 100 callers, one after another", ylabel="wait, minutes")
    axes.set_xticks(range(0, 101, 20), range(0, 101, 20), rotation=0)
    plt.show()


show_waits(waits, f"{(waits > 0).mean():.0%} wait; the mean over all is {waits.mean():.1f} minutes")

# %% [markdown]
# Each bar is a caller of the first ten hours. Waits come in bunches: who meets a queue leaves one behind.
#
# The mean wait is as long as a conversation, although Jun is free half of the time. Idle time in the morning is no
# help to a customer in the afternoon: nobody can put free minutes in a drawer.

# %% tags=["claim"]
lesson.claim("Half of the callers wait", (waits > 0).mean(), near=0.5, within=0.02)
lesson.claim("The mean wait is as long as a conversation", waits.mean(), near=3, within=0.3)
lesson.claim("Waits come in bunches: one wait is like the next", waits.autocorr(), at_least=0.5)

# %% [markdown] tags=["predict"]
# ## The culprit
#
# **Predict.** Now the same work, but even: a call every 6 minutes sharp, each exactly 3 minutes long. What is the
# mean wait in minutes?

# %%
my_even_wait = ...  # minutes
### BEGIN SOLUTION
my_even_wait = 1
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.**

# %%
even_waits = simulate_desk(calls_per_hour=10, mean_minutes=3, even=True)
lesson.beside(my_even_wait, even_waits.mean(), "minutes")

# %%
show_waits(even_waits, "Evenly spaced calls: nobody waits")

# %% [markdown] tags=["explain"]
# **Explain.** Nobody waits at all. The amount of work is the same, the agent is the same, and the queue is gone. What
# makes a queue is **variability**: calls that come in bunches, and now and then a long conversation that holds up
# those behind it. Real customers do not arrive in step, so some waiting is the price of not knowing when they come.

# %% tags=["claim"]
lesson.claim("Nobody waits", even_waits.max(), near=0, within=1e-9)

# %% [markdown] tags=["predict"]
# ## Twice the calls?
#
# Back to the director's idea. With 18 calls an hour Jun would be busy 90 % of the time instead of 50 %, not even
# twice as much.
#
# **Predict.** The mean wait was 3 minutes at 50 %. What is it at 90 %?

# %%
my_wait_at_90 = ...  # minutes
### BEGIN SOLUTION
my_wait_at_90 = 8
### END SOLUTION

# %% [markdown] tags=["run"]
# **Run.** From here on `sim` does the work: it has the same process inside, and it gives intervals. `one_queue` is
# a desk like Jun's, open day and night. The first day is left out, because on it the desk starts empty.


# %%
def desk_wait(calls_per_hour, agents=1, days=40):
    desk = sim.one_queue(arrivals_per_hour=calls_per_hour, handle_minutes=3, agents=agents, days=days)
    runs = sim.replicate(desk, replications=10, seed=1)
    return runs.measure("mean_wait_minutes", from_day=1).iloc[0]


at_90 = desk_wait(18)
lesson.beside(my_wait_at_90, at_90["estimate"], "minutes", low=at_90["low"], high=at_90["high"])

# %% [markdown] tags=["explain"]
# **Explain.** Not twice: eight or nine times. Let us see the whole curve: the desk at many levels of **utilisation**,
# the share of the time that agents are busy (lesson 00 called it occupancy). The points are simulated, with their
# intervals. The line is a formula, and comes next.


# %%
def wait_by_formula(calls_per_hour, agents=1):
    return sim.theory.erlang_c(calls_per_hour, 3, agents=agents).mean_wait_minutes


levels = [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9]
points = pd.DataFrame([desk_wait(20 * level) for level in levels]).assign(utilisation=levels)
line = pd.DataFrame({"utilisation": [step / 100 for step in range(30, 94)]})
line["wait_minutes"] = [wait_by_formula(20 * level) for level in line["utilisation"]]
sim.plots.hockey_stick(points, line)

# %% [markdown]
# People in the trade call it the **hockey stick**. Up to about 70 % the wait grows slowly. Each further per cent costs
# more than the one before, and at 100 % there is no end. A desk that is always busy is a desk with an endless queue.

# %% tags=["claim"]
curve = [wait_by_formula(20 * level / 100) for level in range(50, 100)]
steps = pd.Series(curve).diff().dropna()
lesson.claim("Eight or nine times the wait at 50 %", at_90["estimate"] / waits.mean(), at_least=8, at_most=9.5)
lesson.claim("Each further per cent costs more than the one before", steps.is_monotonic_increasing)
lesson.claim("The last per cent costs more than all up to 90 %", steps.iloc[-1], at_least=curve[40])

# %% [markdown] tags=["second-opinion"]
# ## A second opinion: Erlang C
#
# In 1917 the Danish engineer Agner Krarup Erlang worked out how long callers wait at the Copenhagen telephone
# exchange. His formula takes calls per hour, minutes per call and agents, and gives the waits. It assumes what your
# 30 lines assume: calls at random, exponential conversations, and customers who wait for ever.

# %%
formula = sim.theory.erlang_c(18, 3, agents=1)
print(f"formula:    {formula.mean_wait_minutes:.1f} minutes")
print(f"simulation: {at_90['estimate']:.1f} minutes, {at_90['low']:.1f} to {at_90['high']:.1f}")

# %% [markdown]
# Two ways so different, an old formula and a simulation of 170,000 calls, and one answer: that is a good reason to
# trust the simulation where no formula exists.

# %% tags=["claim"]
lesson.claim("Simulation and formula give one answer", at_90, near=formula.mean_wait_minutes)
lesson.claim("170,000 calls", 18 * 24 * 39 * 10, near=170_000, within=5_000)

# %% [markdown] tags=["aside"]
# ### Size helps
#
# So must every desk be half idle? No. Here are desks of different size, all busy 80 % of the time.

# %%
sizes = pd.DataFrame({"agents": [1, 2, 5, 10, 20, 50]})
sizes["mean wait, minutes"] = [round(wait_by_formula(16 * agents, agents), 2) for agents in sizes["agents"]]
sizes

# %% [markdown]
# At a large desk somebody is nearly always about to become free. This is called **pooling**, and it is why ten
# people who share a queue serve better than ten who each have their own.

# %% tags=["claim"]
lesson.claim(
    "Ten who share a queue against ten desks of one", wait_by_formula(160, 10) / wait_by_formula(16), at_most=0.1
)

# %% [markdown] tags=["exercise"]
# ## Exercise 1.1: how many agents?
#
# A large phone desk expects 200 calls an hour, 3 minutes each. That is 10 agents' full time. The target: 80 % of the
# callers get an answer within 20 seconds. What is the smallest head-count, by Erlang C? Try numbers until you
# have it.

# %%
my_agents = ...
### BEGIN SOLUTION
my_agents = 14
### END SOLUTION
trial = sim.theory.erlang_c(200, 3, agents=lesson.given(my_agents, 20, low=11, high=100))
print(f"service level {trial.service_level:.1%}, agents busy {trial.occupancy:.0%} of the time")

# %%
lesson.check("1.1", my_agents)

# %% [markdown] tags=["exercise"]
# ## Exercise 1.2: find the mistake
#
# A consultant writes: *"Your agent is busy 80 % of the time. So there is room for 20 % more calls, and waits will
# rise by about 20 %."* How much will they rise, when 16 calls an hour become 19.2? Use the formula or the picture.
#
# - **a** by about 20 %
# - **b** they will double
# - **c** they will be several times as long

# %%
my_choice = ...  # "a", "b" or "c"
### BEGIN SOLUTION
my_choice = "c"
### END SOLUTION
lesson.check("1.2", my_choice)

# %% tags=["claim"]
lesson.claim("Several times as long", wait_by_formula(19.2) / wait_by_formula(16), at_least=3)

# %% [markdown] tags=["exercise"]
# ## Exercise 1.3: build a caller who hangs up
#
# Change the life of a call: whoever has waited `patience_minutes` hangs up. `turn | env.timeout(5)` is an event that
# happens when either happens, and `yield` gives back which did. Put `"served"` or `"hung up"` into the list `told`.


# %%
def patient_call(env, agents, handle_minutes, patience_minutes, told):
    with agents.request() as turn:
        result = yield turn | env.timeout(patience_minutes)
        if turn in result:
            ...
            ### BEGIN SOLUTION
            told.append("served")
            yield env.timeout(handle_minutes)
            ### END SOLUTION
        else:
            ...
            ### BEGIN SOLUTION
            told.append("hung up")
            ### END SOLUTION


lesson.check("1.3", patient_call)

# %% [markdown] tags=["explorer"]
# ## Explore
#
# Choose a desk and see its waits, simulated and by formula. Find two desks with the same utilisation and very
# different waits. Then find two with the same wait and very different utilisation.
#
# To do the same with all of Hearth, open the [scenario studio](studio.ipynb) and move the agents of the phone desk.


# %%
def draw(agents, utilisation):
    desk = sim.one_queue(arrivals_per_hour=20 * agents * utilisation, handle_minutes=3, agents=agents, days=4)
    return sim.plots.waits(sim.replicate(desk, replications=5, seed=1, progress=False))


lesson.explore(
    draw,
    agents=lesson.slider("Agents", 1, 12, start=1),
    utilisation=lesson.slider("Utilisation", 0.3, 0.95, start=0.5, step=0.05, unit="%"),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# Jun is idle half the time. Should he take twice the calls? Write three or four sentences to the director.

# %% [markdown]
# *Your answer (double-click to write):*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - Half of Jun's callers wait already, because calls come at random. Idle time is what keeps that wait short.
# - Twice the calls would fill his hour completely, and the queue would grow without end. At 90 % the mean wait is
#   27 minutes by formula, and the simulation's interval holds that number.
# - Another way out: let Jun and the phone desk share their calls. A larger desk can be busier with shorter waits.
# - The limits: nobody hangs up in this model, calls come equally often at every hour, and conversations are
#   exponential. Real callers hang up, which shortens the queue and loses the customer (lesson 03).
#
# </details>

# %% [markdown] tags=["quiz"]
# ## Three questions

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - Variability makes queues. With random arrivals, the share who wait at one agent is the share of time he is busy.
# - Waits against utilisation are a hockey stick: they grow slowly up to about 70 %, and explode near 100 %.
# - Large desks reach the same service at a higher utilisation than small ones: pool where you can.
# - A simulation needs a second opinion. Erlang C is one for a single queue whose customers never hang up.
#
# **Next:** Tomas plans a live stream, and Mei must know how many customers will call. [When do they
# come?](02_when_do_they_come.ipynb)

# %%
lesson.progress()
