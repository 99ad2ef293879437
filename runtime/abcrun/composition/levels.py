"""How far a tune is guided, and how much of a known one it may copy: constants that the
command line can read without waiting for NumPy."""

from typing import Literal, get_args

GuideLevel = Literal["off", "bars", "full"]
"""How far the drawing of a tune is guided.

off: plain sampling. bars: a bar is drawn again until it has the length that the sketch
tells. full: besides, sections are regular, and begin and end on the notes that the
sketch tells.
"""
LEVELS: tuple[GuideLevel, ...] = get_args(GuideLevel)

MAX_COPIED = 15
"""Notes in a row that a tune may share with a known one. No held-out tune of the corpus
shares more with the training tunes, as the split is made; of the tunes of another book,
three in ten do, most of them being the same tune."""

FEWEST_COPIED = 12
"""The lowest limit that can be asked for: real tunes of different origin share as much.
"""
