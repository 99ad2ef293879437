"""Sections: their bars are counted as they are played."""

import pytest

from abcrun.notation import Tune
from abctrain.data.sections import section_lengths

HEADER = "X:1\nM:4/4\nL:1/8\nK:C\n"
BAR = "CDEF GABc|"


@pytest.mark.parametrize(
    ("music", "lengths"),
    [
        (f"|:{BAR * 7}c8:|\n|:{BAR * 7}c8:|", [8, 8]),
        (f"{BAR * 4}\n{BAR * 3}c8||", [8]),
        (f"{BAR * 3}c8||{BAR * 8}", [4, 8]),
        (f"|:GA|{BAR * 7}c6:|\n|:GA|{BAR * 7}c6:|", [8, 8]),
        (f"GA|{BAR * 7}c6||GA|{BAR * 7}c6|]", [8, 8]),
        (f"|:{BAR * 7}|1c8:|2d8||{BAR * 7}c8|]", [8, 8, 8]),
        (f"|:{BAR * 6}|1{BAR}c8:|2{BAR}d8|e8|]", [8, 9]),
        (f"|:{BAR * 7}c4|1c4:|2d4||", [8, 8]),
        (f"|:{BAR * 7}c6|1GA:|2 c2||", [8, 8]),
        (f"P:A\n{BAR * 7}c8|\nP:B\n{BAR * 3}c8|", [8, 4]),
        (f"{BAR * 7}|]", [7]),
        (f"|:{BAR * 7}c8:|2{BAR * 3}c8|]", [8, 4]),
    ],
)
def test_a_section_is_as_long_as_it_is_played(music: str, lengths: list[int]) -> None:
    assert section_lengths(Tune.parse(HEADER + music).voices[0]) == lengths
