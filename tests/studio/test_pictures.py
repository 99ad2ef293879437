"""Pictures for the page: shorter, and to the eye the same."""

import re

import pytest

from abcrun import Tune
from abcrun.score import engraving
from abcrun.studio.pictures import lean
from tests.traditional import ALL

WORDS = (
    'X:1\nT:Words & <spaces>\nC:Somebody\nQ:"Andante mosso" 1/4=90\nM:4/4\nL:1/8\nK:D\n'
    '"^slow and  sad"A2 "D7"{g}B2 !f!c2 (3def|[1 "A"A8:|[2 D8|]\n'
    "w: la la  la -- la_ x\nW: some words\n"
)


@pytest.mark.parametrize("text", [ALL[0], WORDS])
def test_a_lean_picture_looks_the_same_and_keeps_what_is_asked_for(text: str) -> None:
    score = Tune.parse(text).score(700)
    ids = {note.id for note in score.notes}
    short = lean(score.svg, ids)
    assert len(short) < 0.75 * len(score.svg)
    assert all(f'id="{one}"' in short for one in ids)
    assert engraving.png(short, 700) == engraving.png(score.svg, 700)
    assert not re.search(r">\s+<g", short)
