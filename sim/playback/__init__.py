"""A simulated day, played: who comes, waits, talks and leaves, minute by minute.

A log becomes a short list of timed changes (`events`), which is all that the player in the browser is told
(`message`, `widget`). It counts by itself; `counts` counts the same straight from the tables.
"""

from sim.playback.counts import counts
from sim.playback.events import Day, day_of
from sim.playback.start import replay

__all__ = ["Day", "counts", "day_of", "replay"]
