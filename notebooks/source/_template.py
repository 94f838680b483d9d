# %% [markdown] tags=["note"]
# The skeleton of a lesson, to copy as `NN_slug.py`, and a small lesson that works. It is not built into notebooks
# itself; the tests build it in a folder of their own. Cells tagged `note` (like this one) and `rules` stay in the
# source. The other tags name the thirteen parts; each stands on the first cell of its part. See `docs/lessons.md`.

# %% [markdown] tags=["title"]
# # Does answering twice as fast halve the wait?
#
# **Time:** 30 minutes
#
# **You need:** nothing but curiosity; the code is there to be run, not to be learnt.
#
# **After this lesson you can**
#
# - say how long callers wait at a desk with one agent, and why;
# - judge what a shorter call is worth;
# - read a share off a list of waits.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from sim.lesson import Lesson

plt.style.use("sim.sim")
lesson = Lesson("90")
lesson

# %% [markdown] tags=["note"]
# The story: who must decide what, by when? Two or three sentences, with the numbers that the lesson uses.

# %% [markdown] tags=["story"]
# ## The story
#
# Mei answers the phone of a small online shop, alone. Ten customers call in an hour, and a call takes five minutes,
# so she talks for 50 minutes of each hour. By Friday her manager must choose: a second agent, or a script that
# makes every call half as long.

# %% [markdown]
# Here is the whole model. Each caller waits as long as the work before them takes:


# %%
def waits_of_callers(handle_minutes, calls_per_hour=10, callers=20_000, seed=1):
    chance = np.random.default_rng(seed)
    between = chance.exponential(60 / calls_per_hour, callers)
    handled = chance.exponential(handle_minutes, callers)
    balance = np.concatenate([[0], np.cumsum(handled[:-1] - between[1:])])
    return balance - np.minimum.accumulate(balance)


# %% [markdown]
# One run shows one possible year. Thirty runs, each with other luck, show how sure we can be:


# %%
def mean_wait(handle_minutes, runs=30):
    means = [waits_of_callers(handle_minutes, seed=seed).mean() for seed in range(runs)]
    margin = 2.05 * np.std(means, ddof=1) / np.sqrt(runs)
    return np.mean(means), np.mean(means) - margin, np.mean(means) + margin


# %% [markdown] tags=["note"]
# Predict, run, explain: two or three rounds, each of which adds one fact. The guess goes into a variable; its blank
# is the line above the solution. Say in a comment what kind of answer is meant. Do not tell the result before.

# %% [markdown] tags=["predict"]
# ## Predict
#
# Mei is free for ten minutes of every hour. How long does a caller wait, on average? Write a number.

# %%
my_wait = ...  # minutes
### BEGIN SOLUTION
my_wait = 3
### END SOLUTION

# %% [markdown] tags=["run"]
# ## Run

# %%
wait, low, high = mean_wait(5)
lesson.beside(my_wait, wait, "minutes", low=low, high=high)

# %% [markdown] tags=["explain"]
# ## Explain
#
# Callers do not arrive one every six minutes. Sometimes three come at once, and the third waits for two calls to
# end. Mei's free minutes come at other times, when nobody calls, and cannot be saved up.

# %%
one_day = waits_of_callers(5)[1000:1080]
figure, axes = plt.subplots()
axes.bar(range(len(one_day)), one_day, width=0.9)
axes.set(title="One day of 80 callers (one run)", xlabel="caller", ylabel="wait, minutes")
plt.show()

# %% [markdown]
# Waits come in waves: one long call, and everybody behind it waits.

# %% [markdown] tags=["note"]
# What the text says about the results is proved in a cell tagged `claim`, which only the complete copy keeps: a
# sentence that is no longer true stops the build.

# %% tags=["claim"]
lesson.claim("Mei's callers wait 20 to 30 minutes", {"estimate": wait, "low": low, "high": high}, near=25, within=5)

# %% [markdown] tags=["predict"]
# ## Predict again
#
# Now the script makes every call half as long: two and a half minutes. What will the average wait be?

# %%
my_shorter_wait = ...  # minutes
### BEGIN SOLUTION
my_shorter_wait = 12
### END SOLUTION

# %% [markdown] tags=["run"]
# ## Run again

# %%
shorter, low, high = mean_wait(2.5)
lesson.beside(my_shorter_wait, shorter, "minutes", low=low, high=high)

# %% [markdown] tags=["explain"]
# ## Explain again
#
# Each call is shorter, and there are fewer people to wait for: both work together. The busier the desk, the more a
# minute saved is worth.

# %%
minutes = np.arange(1, 5.6, 0.25)
figure, axes = plt.subplots()
axes.plot(minutes, [waits_of_callers(m).mean() for m in minutes])
axes.set(title="Mean wait, ten calls an hour (one run each)", xlabel="minutes a call", ylabel="wait, minutes")
plt.show()

# %% tags=["claim"]
fair = {"estimate": shorter, "low": low, "high": high}
lesson.claim("Half as long a call leaves less than a tenth of the wait", fair, at_most=wait / 10)

# %% [markdown] tags=["note"]
# A second opinion: a formula where one exists; else a count by hand, or real data.

# %% [markdown] tags=["second-opinion"]
# ## A second opinion
#
# For one agent there is a formula: with the share *b* of time that the agent is busy, the mean wait is the time a
# call takes, times *b* / (1 − *b*).


# %%
def formula(handle_minutes, calls_per_hour=10):
    busy = handle_minutes * calls_per_hour / 60
    return handle_minutes * busy / (1 - busy)


print(f"5 minutes a call: {formula(5):.1f} minutes; 2.5 minutes a call: {formula(2.5):.2f} minutes")

# %% [markdown] tags=["note"]
# Two or three exercises of different kinds: task, answer, check. What is right, the hints and likely mistakes stand
# in a cell tagged `rules`.

# %% [markdown] tags=["exercise"]
# ## Exercise 90.1: hit a target
#
# The shop promises a mean wait of five minutes. How long may a call take at most? Try `formula` with other numbers.

# %%
longest_call = ...  # minutes
### BEGIN SOLUTION
longest_call = 3.52
### END SOLUTION

# %%
lesson.check("90.1", longest_call)

# %% tags=["rules"]
lesson.expect(
    "90.1",
    near=(145**0.5 - 5) / 2,
    within=0.1,
    unit="minutes",
    hints=["Try `formula(4)`: is that above five minutes, or below?", "It lies between 3 and 4."],
    praise="Mei may still talk for 35 minutes of each hour.",
)

# %% [markdown] tags=["exercise"]
# ## Exercise 90.2: find the mistake
#
# The manager's note says: "Mei is busy for 83 % of the time. So 17 % of the callers find her free, and the other
# 83 % wait 2.5 minutes, half a call." What is wrong?
#
# - **A** More than 83 % of the callers have to wait.
# - **B** Who waits, waits for more than the call that Mei is in.
# - **C** Nothing.

# %%
mistake = ...  # "A", "B" or "C"
### BEGIN SOLUTION
mistake = "B"
### END SOLUTION

# %%
lesson.check("90.2", mistake)

# %% tags=["rules"]
lesson.expect(
    "90.2",
    choice="B",
    choices={
        "A": "When calls come at random, the share of callers who wait is the share of time that Mei is busy.",
        "B": "There may be others in front, and the call that Mei is in takes five more minutes, not half of that.",
        "C": "Compare 83 % of 2.5 minutes with the result of the simulation.",
    },
)

# %% [markdown] tags=["exercise"]
# ## Exercise 90.3: build
#
# Complete the function: which share of the waits is longer than a limit?


# %%
def share_above(waits, limit):
    share = ...
    ### BEGIN SOLUTION
    share = sum(wait > limit for wait in waits) / len(waits)
    ### END SOLUTION
    return share


# %%
lesson.check("90.3", share_above)

# %% tags=["rules"]
lesson.expect(
    "90.3",
    cases=[(([1, 2, 3, 4], 3), 0.25), (([0, 0, 5], 1), 1 / 3), (([2.0, 2.0], 2), 0.0)],
    within=1e-9,
    hints=["Count the waits above the limit, then divide by the number of waits: `len(waits)`."],
)

# %%
lesson.progress()

# %% [markdown] tags=["note"]
# The explorer: a function of this lesson's levers that returns a figure. Fixed axes, so that moves can be seen.

# %% [markdown] tags=["explorer"]
# ## Explore
#
# Move one slider at a time. Where does the wait run away?


# %%
def draw(calls, minutes):
    waits = waits_of_callers(minutes, calls)
    figure, axes = plt.subplots()
    axes.plot(range(61), [np.mean(waits > limit) for limit in range(61)])
    axes.set(xlim=(0, 60), ylim=(0, 1), xlabel="minutes", ylabel="share of callers who wait longer")
    axes.set_title(f"{calls} calls an hour, {minutes} minutes each: mean wait {waits.mean():.1f} minutes (one run)")
    return figure


lesson.explore(
    draw,
    calls=lesson.slider("Calls an hour", 2, 11, start=10),
    minutes=lesson.slider("Minutes a call", 1.0, 5.0, start=5.0, step=0.5),
)

# %% [markdown] tags=["manager"]
# ## What would you tell the manager?
#
# Write three sentences in the next cell: your advice, the number behind it, and what you are not sure of.

# %% [markdown]
# *Double-click here and write.*

# %% [markdown]
# <details><summary>What a good answer contains</summary>
#
# - The script: the mean wait falls from about 25 minutes to less than two.
# - Why so much: waits grow with the share of busy time, much faster than the share itself.
# - The model's limits: nobody hangs up, calls come evenly all day, and a half-length call solves as much as before.
#
# </details>

# %% [markdown] tags=["quiz"]
# ## Three questions

# %% tags=["rules"]
lesson.ask(
    "Why do callers wait although Mei is free for ten minutes of each hour?",
    lesson.right("Calls come in bunches.", "Free minutes between the bunches cannot be saved up for them."),
    lesson.wrong("She works too slowly.", "She has time for two more calls an hour, and still there are queues."),
    lesson.wrong("Ten calls are too many for one agent.", "She gets them all done, with time to spare."),
)
lesson.ask(
    "Calls get 10 % shorter. When does that help most?",
    lesson.right("When the agent is almost always busy.", "There the curve of waits is steepest."),
    lesson.wrong("When the agent is mostly free.", "There is hardly any wait to take away."),
)
lesson.ask(
    "Which of these would make waits shorter too? (More than one is right.)",
    lesson.right("Calls that all take the same time.", "Long calls are what holds up the others."),
    lesson.right("Customers who call by appointment.", "Even arrivals leave no bunches."),
    lesson.wrong("A longer waiting melody.", "It may feel shorter. It is not."),
)

# %%
lesson.quiz()

# %% [markdown] tags=["key-points"]
# ## Key points
#
# - Waits come from bunches of calls, not only from too few agents.
# - The wait grows much faster than the share of busy time.
# - A shorter call helps most where people are busiest.
#
# **Next:** copy this file and write a lesson of your own.
