"""The player itself: its script and style, and a page that holds all it needs."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
PARTS = ("state.js", "stage.js", "replay.js")

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 8px auto; max-width: 1500px; padding: 0 8px }}
{style}</style>
<div id="replay"></div>
<script type="module">
{script}
const data = {data}.map((text) => new DataView(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer));
window.replay = {{ unpack, fresh, advance, stateAt, stateBefore, counts, data }};
window.player = new Player(document.getElementById("replay"), {scene}, data);
if (player.scene.plays && !player.calm) player.toggle(true);
</script>
</html>
"""


@cache
def script() -> str:
    """The player as one module: a widget's script can import nothing, so the parts stand one behind the other."""
    kept: list[str] = []
    for part in PARTS:
        importing = False
        for line in (STATIC / part).read_text(encoding="utf-8").splitlines():
            importing = importing or line.startswith("import ")
            if not importing:
                kept.append(line)
            elif line.endswith(";"):
                importing = False
    return "\n".join(kept)


@cache
def style() -> str:
    """The player's style sheet."""
    return (STATIC / "replay.css").read_text(encoding="utf-8")


def page(scene: dict[str, Any], data: Sequence[bytes]) -> str:
    """A page that plays in any browser, by itself.

    Parameters
    ----------
    scene : dict
    data : sequence of bytes
        As `sim.playback.message.message` gives them.

    Returns
    -------
    str
        HTML, with script, style and data inside.
    """

    def inside_script(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")

    return _PAGE.format(
        language=scene["language"],
        title=html.escape(" / ".join(side["name"] for side in scene["sides"])),
        style=style(),
        script=script(),
        data=inside_script([base64.b64encode(part).decode() for part in data]),
        scene=inside_script(scene),
    )
