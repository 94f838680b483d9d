"""How the page is put together: which widgets there are, and where they stand.

Everything wraps, so that the page fits a telephone as well as a wall: levers, numbers and figures stand side by side
where there is room, and below each other where there is none. The order of the widgets is the order of the Tab key.
"""

from __future__ import annotations

from typing import Any

from sim.scenario_studio import markup
from sim.scenario_studio.estimating import CURVES
from sim.scenario_studio.words import Words

BUTTONS = ("undo", "redo", "reset", "pin", "make_base")
TEXTS = ("status", "measures", "pinned", "downloads", "day", "front", "moves", "story")
LANGUAGE_NAMES = (("English", "en"), ("中文", "zh"))


def made(words: Words, curve: str, levers: dict[str, Any]) -> dict[str, Any]:
    """All widgets by name, besides the given ones of the levers; each has the class ``studio-<name>``."""
    from ipywidgets import HTML, Button, Dropdown, FileUpload, Layout, Text, ToggleButtons, VBox

    narrow = {"description_width": "auto"}
    fits = Layout(width="auto")
    parts: dict[str, Any] = {name: HTML() for name in TEXTS}
    parts |= {name: Button(description=words.say(name), layout=fits) for name in BUTTONS}
    parts |= levers
    parts["pins"] = VBox()
    parts["language"] = ToggleButtons(
        options=LANGUAGE_NAMES, value=words.language, style={"button_width": "auto"}, layout=fits
    )
    parts["scenario"] = Dropdown(
        description=words.say("scenario"), style=narrow, layout=Layout(width="98%", max_width="270px")
    )
    parts["file"] = FileUpload(accept=".yaml,.yml", multiple=False, description=words.say("own_file"), layout=fits)
    parts["name"] = Text(
        description=words.say("name"),
        placeholder=words.say("name_hint"),
        continuous_update=False,
        style=narrow,
        layout=Layout(width="98%", max_width="300px"),
    )
    parts["curve"] = Dropdown(
        description=words.say("curve"), options=[(words.measure(one), one) for one in CURVES], value=curve, style=narrow
    )
    for name, part in parts.items():
        part.add_class(f"studio-{name.replace('_', '-')}")
    parts["group"].add_class("studio-groups")
    return parts


def arranged(parts: dict[str, Any], words: Words) -> list[Any]:
    """The widgets in rows and columns, from the top of the page to its foot."""
    from ipywidgets import HTML, Box, HBox, Layout, VBox

    def heading(key: str) -> Any:
        return HTML(f"<h3>{words.say(key)}</h3>")

    def row(*names: str) -> Any:
        return HBox([parts[name] for name in names], layout=Layout(flex_flow="row wrap", align_items="center"))

    def column(children: list[Any], width: str, grow: int) -> Any:
        layout = Layout(flex=f"{grow} 1 {width}", min_width="0", max_width="100%", padding="0 12px 0 0")
        return VBox(children, layout=layout)

    def side_by_side(*boxes: Any) -> Any:
        return Box(boxes, layout=Layout(display="flex", flex_flow="row wrap", align_items="flex-start"))

    actions = row("scenario", "file", "undo", "redo", "reset", "name", "pin", "make_base", "language")
    left = column([heading("levers"), parts["group"], parts["pane"], parts["more"]], "270px", 1)
    for part in (actions, left):
        part.add_class("studio-controls")
    middle = column([heading("results"), parts["status"], parts["measures"]], "400px", 1)
    right = column([parts["curve"], parts["day"], parts["front"]], "360px", 1)
    # Figures go below the numbers where there is no room beside them.
    body = side_by_side(left, column([side_by_side(middle, right)], "480px", 4))
    return [
        *(HTML(markup.STYLE), actions, parts["story"], parts["moves"], body),
        *(heading("pins"), parts["pins"], parts["pinned"], parts["downloads"]),
    ]
