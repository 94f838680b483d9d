"""The template: a good lesson passes, and each way to leave it is named."""

import re

import parts
import pytest


def test_the_skeleton_is_a_lesson(write, template):
    assert parts.template_problems(write(template)) == []


def cell(text, tags="", kind=" [markdown]"):
    """A cell of a source, to add to one."""
    return f"# %%{kind}{f' tags={tags}' if tags else ''}\n{text}\n\n"


LONG = "".join(f"number_{line} = {line}\n" for line in range(16))

CHANGES = [
    # the title
    ("halve the wait?", "halve the wait", "the first line must be a question"),
    ("# # Does", "# ## Does", "the first line must be a question"),
    ("**Time:** 30 minutes", "**Time:** 29 minutes", "30 to 45 minutes"),
    ("**Time:** 30 minutes", "**Time:** 46 minutes", "30 to 45 minutes"),
    ("**Time:** 30 minutes", "It takes 30 minutes", "30 to 45 minutes"),
    ("**You need:**", "Needed:", r"You need:"),
    ("# - judge what a shorter call is worth;\n# - read a share off a list of waits.\n", "", "2 to 4 bullets"),
    ("# - judge what", "# - a\n# - b\n# - judge what", "2 to 4 bullets"),
    # the order and the tags
    ('tags=["story"]', "", "parts missing: story"),
    ('tags=["manager"]', "", "parts missing: manager"),
    ('tags=["story"]', 'tags=["storry"]', "unknown tag storry"),
    ('# %% [markdown] tags=["predict"]\n# ## Predict again', "# %% [markdown]\n# ## Predict again", "the parts are"),
    ('# %% [markdown] tags=["exercise"]', "# %% [markdown]", r"exercise1: needs one lesson\.check"),
    (
        '# %% [markdown] tags=["quiz"]',
        cell("# Again", '["manager"]') + '# %% [markdown] tags=["quiz"]',
        "the parts are",
    ),
    ('# %% [markdown] tags=["quiz"]', cell("# By the way", '["aside"]') + '# %% [markdown] tags=["quiz"]', "an aside"),
    # each part
    ('lesson = Lesson("90")', 'lesson = Lesson("91")', "setup: needs one code cell, with lesson = Lesson"),
    ('# %% [markdown] tags=["story"]', cell("1 + 1", kind="") + '# %% [markdown] tags=["story"]', "setup: needs one"),
    ("### BEGIN SOLUTION\nmy_wait = 3\n### END SOLUTION\n", "", "predict1: needs one code cell, with a blank"),
    ('lesson.beside(my_wait, wait, "minutes", low=low, high=high)', "wait", r"run1: needs .* lesson\.beside"),
    ('lesson.check("90.2", mistake)', 'lesson.check("90.4", mistake)', r'exercise2: needs one lesson.check\("90.2"'),
    ('lesson.check("90.2", mistake)', "mistake", "it checks nothing"),
    ('### BEGIN SOLUTION\nmistake = "B"\n### END SOLUTION\n', "", "exercise2: needs a code cell with a blank"),
    ("lesson.explore(", "draw(", r"explorer: needs .* lesson\.explore"),
    ("# ## What would you tell the manager?", "# ## Report", "'What would you tell the manager"),
    ("<details>", "<p>", "'<details>' is missing"),
    ("model's limits", "model's edges", "'limit' is missing"),
    ("lesson.quiz()", "lesson", r"quiz: needs a code cell with lesson\.quiz\(\)"),
    ("**Next:**", "Then", r"key-points: needs"),
    ("# - A shorter call helps most where people are busiest.\n", "", "key-points: needs at least 3 bullets"),
    ('# %% tags=["claim"]\nlesson', "# %%\nlesson", r"lesson.claim\(...\) and tags"),
    ('# %% tags=["claim"]\nlesson', '# %% tags=["note"]\nlesson', "explain1: what it says about the results"),
    # rules
    ('lesson.expect(\n    "90.2"', 'lesson.expect(\n    "90.7"', r"lesson\.expect names 90\.1, 90\.7, 90\.3"),
    (
        '    hints=["Count the waits above the limit, then divide by the number of waits: `len(waits)`."],\n',
        "",
        "needs hints",
    ),
    ('lesson.ask(\n    "Calls get', 'print(\n    "Calls get', "the quiz has 2 questions"),
    ('# %% tags=["rules"]\nlesson.ask', "# %%\nlesson.ask", r"lesson\.ask belong in cells with"),
    # cells
    ("    return share\n", "    return share)\n", "not plain Python"),
    ("plt.style.use(", "%config x = (", "not plain Python"),
    ("lesson.progress()", "", "not plain Python"),
    ("lesson.progress()", "import time\ntime.time()", "shows a time"),
    ("default_rng(seed)", "default_rng()", "without a seed"),
    (
        "lesson.progress()",
        "lesson.progress()\ndone = 1",
        r"lesson\.progress\(\.\.\.\) shows something only on a cell's last line",
    ),
    ("lesson.progress()", LONG, "16 lines of code; at most 15"),
    ("my_wait = ...  # minutes\n", "", "there must be a blank"),
    (
        '### END SOLUTION\n\n# %% [markdown] tags=["run"]',
        '\n# %% [markdown] tags=["run"]',
        "needs one ### END SOLUTION",
    ),
    ("### BEGIN SOLUTION\nmy_wait", "# BEGIN SOLUTION\nmy_wait", "is no mark"),
    # the whole
    (
        "# %% [markdown]\n# Waits come",
        "".join(cell("# More.") for _ in range(25)) + "# %% [markdown]\n# Waits come",
        "cells; it should",
    ),
    ("nothing but curiosity", "[this](../docs/nowhere.md)", r"the link to \.\./docs/nowhere\.md leads nowhere"),
    ("nothing but curiosity", "[this](89_no_such.ipynb)", r"the link to 89_no_such\.ipynb leads nowhere"),
    ("nothing but curiosity", "[this](solutions/89_no_such.ipynb)", "leads nowhere"),
]


@pytest.mark.parametrize(("old", "new", "message"), CHANGES, ids=[f"{n}: {c[2]}" for n, c in enumerate(CHANGES)])
def test_what_leaves_the_template_is_named(write, template, old, new, message):
    assert old in template
    found = parts.template_problems(write(template.replace(old, new, 1)))
    assert any(re.search(message, problem) for problem in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nothing but curiosity", "[the web](https://example.org/a)"),
        ("nothing but curiosity", "[this lesson](90_twice_as_fast.ipynb)"),
        ("nothing but curiosity", "[its solution](solutions/90_twice_as_fast.ipynb#Run)"),
        ("nothing but curiosity", "[the source](source/90_twice_as_fast.py)"),
        (
            '# %% [markdown] tags=["second-opinion"]',
            cell("# By the way", '["aside"]') + '# %% [markdown] tags=["second-opinion"]',
        ),
        ("**Time:** 30 minutes", "**Time:** 45 minutes"),
    ],
)
def test_what_the_template_allows_passes(write, template, old, new):
    assert old in template
    assert parts.template_problems(write(template.replace(old, new, 1))) == []


def test_words_are_counted_as_a_reader_counts_them():
    assert parts.count_words("# What *is* it?\n\n- 80 % in 20 seconds, [see](a/very/long/link.ipynb)") == 8
    assert parts.count_words("<details><summary>Don't</summary></details>") == 1


def test_a_lesson_has_fewer_than_2000_words(write, template):
    cells = parts.learner(parts.read(write(template)))
    words = sum(parts.count_words(cell.text) for cell in cells if cell.kind == "markdown")
    place = "# Waits come in waves"
    for more, found in (
        (1999 - words, []),
        (2000 - words, ["the markdown cells have 2000 words; they should have fewer than 2,000"]),
    ):
        longer = template.replace(place, "# " + "word " * more + "\n" + place)
        assert parts.template_problems(write(longer)) == found


def test_a_heading_of_one_word_keeps_its_mark(write):
    cells = parts.read(write("# %% [markdown]\n# # Why?\n#\n# ## copy\n"))
    assert cells[0].text == "# Why?\n\n## copy"


def test_cells_have_names_that_stay(write, template):
    names = [cell.name for cell in parts.learner(parts.read(write(template)))]
    assert len(set(names)) == len(names)
    assert names[:3] == ["90-title-1", "90-setup-1", "90-story-1"]
    assert "90-predict2-2" in names
    # A new cell in the story leaves the names in all other parts alone.
    more = template.replace("# %% [markdown]\n# One run", "# %% [markdown]\n# New.\n\n# %% [markdown]\n# One run")
    later = [cell.name for cell in parts.learner(parts.read(write(more)))]
    assert set(names) < set(later)
    assert set(later) - set(names) == {"90-story-6"}
