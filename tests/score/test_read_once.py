"""A tune is read once: a PDF takes all else that it needs from the Tune.

Real calls are counted, whoever makes them and under whatever name they were imported.
"""

import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any

from abcrun import Tune, render
from abcrun.notation.body import BodyReader
from abcrun.notation.header import read_header
from abcrun.notation.performance import played_bars
from abcrun.notation.tokens import TOKEN
from tests.score.pictures import needs_score

pytestmark = needs_score

SIXTEEN_BARS = """\
X:1
T:The Reader's Jig
C:Trad.
R:jig
M:6/8
L:1/8
Q:3/8=110
K:Ador
|:"Am"e2A ~A2B|cBA (3efg e|"G"dBG .G2B|d>ed !trill!B2G|
"Am"[Ae]2A (AB)c|d2e ^g2a-|"Em"a2f ged|1"G"BGB "Am"A3:|2"G"BGB "Am"A2e||
|:"Am"a2a "G"g2e|"F"def "Em"g2e|"^soft"dBG GAB|dBd gfg|
"Am"a2a Tg2e|"G"def g2a|(b2g) a=fd|"G"BGB HA3:|
"""

READING: dict[CodeType, str] = {
    BodyReader.read.__code__: "parse",
    read_header.__code__: "header",
    played_bars.__code__: "order of playing",
}


def counted(text: str) -> Counter[str]:
    """Return how often a text is read, in each way, on its way to a PDF."""
    calls: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, called: Any) -> None:
        if event == "call" and frame.f_code in READING:
            calls[READING[frame.f_code]] += 1
        elif event == "c_call" and getattr(called, "__self__", None) is TOKEN:
            calls["tokenising"] += 1

    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        pdf = render(Tune.parse(text), "pdf")
    finally:
        sys.setprofile(previous)
    assert pdf.startswith(b"%PDF")
    return calls


def test_a_pdf_of_sixteen_bars_reads_the_text_once() -> None:
    assert len({note.bar for note in Tune.parse(SIXTEEN_BARS).score().notes}) >= 16
    assert counted(SIXTEEN_BARS) == {
        "parse": 1,
        "header": 1,
        "tokenising": 4,  # one for each line of music
        "order of playing": 1,  # for the one voice
    }
