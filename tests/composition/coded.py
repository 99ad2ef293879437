"""What the tests of recall share: signs made readable, the way back from coded text to
the plain tune, and tunes in which much returns."""

import re

from hypothesis import strategies as st

from abcrun.composition.recall import parted
from abcrun.composition.signs import CHANGED, CLOSE, KEPT, OPEN, UNMOVED, is_sign, kind_of
from abcrun.composition.sketch import Sketch
from abcrun.notation.bars import bar_reader, split

_MARKS = {KEPT: "<kept>", CHANGED: "<changed>", OPEN: "<old>", CLOSE: "<now>"}

SEQUENCE = """\
X:1
M:2/4
L:1/8
K:Dmaj
|:d2 cB|c2 BA|B2 AG|A2 FE:|
|:f2 ed|e2 dc|d2 cB|A2 D2:|"""
"""Bars that go down by steps."""


def readable(text: str) -> str:
    """Coded text with the signs written out: `<same 4>`, `<by -1>`, `<kept>`."""
    return "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    if not is_sign(character):
        return character
    if character in _MARKS:
        return _MARKS[character]
    found = kind_of(character)
    assert found is not None
    kind, number = found
    if kind == "by":
        return f"<by {number - UNMOVED:+}>"
    return "<new>" if kind == "new" else f"<{kind} {number}>"


def decoded(text: str) -> str:
    """The plain tune of coded text, its body on one line: all that a reader has to know
    is that what stands in brackets is old."""
    header, coded_body = parted(text)
    music = coded_body.partition("\n")[2]
    music = re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", music)
    return header + "".join(one for one in music if not is_sign(one))


def on_one_line(text: str) -> str:
    """A plain tune with its body on one line."""
    header, music = parted(text)
    # An ending at the beginning of a line has one bar line more.
    return header + re.sub(r"\|\n\|(?=[12])", "|", music).replace("\n", "") + "\n"


def sketch_of(text: str) -> Sketch:
    """The sketch of a plain tune."""
    header, music = parted(text)
    return Sketch.of(*split(music), bar_reader(header))


GROUPS = ("ABcd", "BcdB", "d2B2", "A4", "GA^Bc", "z2A2", "(3ABcd2", "A,2a2", "{g}f2d2")
"""Two of them are a bar of 4/4."""

bars_of_groups = st.lists(st.sampled_from(GROUPS), min_size=2, max_size=2).map(" ".join)


@st.composite
def tunes(draw: st.DrawFn) -> str:
    """Tunes of up to three sections, with returns, repeats, pickups and endings."""
    known = draw(st.lists(bars_of_groups, min_size=2, max_size=5))
    sections = []
    for _ in range(draw(st.integers(1, 3))):
        bars = "|".join(draw(st.lists(st.sampled_from(known), min_size=2, max_size=6)))
        pickup = draw(st.sampled_from(["", "AB|", "d|"]))
        close = draw(st.sampled_from([":|", "||", "|1 A8:|2 ABcd A4|]"]))
        repeat = "|:" if ":" in close else ""
        sections.append(f"{repeat}{pickup}{bars}{close}")
    return "X:1\nM:4/4\nL:1/8\nR:reel\nK:Dmaj\n" + "\n".join(sections)
