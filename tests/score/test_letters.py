"""Letters over the parts of a tune: the author's, or A, B, C over its sections."""

import re

from abcrun import Tune
from abcrun.score.letters import part_letters
from tests import traditional
from tests.score.pictures import needs_score

HEAD = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n"
A, B = "CDEF|GABc|cBAG|FEDC", "cBAG|FEDC|CDEF|GABc"


def letters(body: str) -> dict[int, str]:
    return part_letters(Tune.parse(HEAD + body))


def test_the_parts_of_a_tune_have_letters() -> None:
    assert part_letters(Tune.parse(traditional.KESH)) == {0: "A", 8: "B"}
    assert letters(f"{A}||{B}|]") == {0: "A", 4: "B"}
    # A part begins with its pickup.
    assert letters(f"C|:{A}:|c|{B}|]") == {0: "A", 5: "B"}


def test_there_are_none_where_musicians_would_not_say_them() -> None:
    assert letters(f"{A}|]") == {}  # one part
    assert letters(f"CDEF||{A}||{B}|]") == {}  # an introduction
    assert letters(f"{A}||\nw:one two three\n{B}|]") == {}  # a song
    assert letters(f"{A}||{B}|]\nW:A verse\n") == {}
    assert letters(f"{A}||\nT:Another\n{B}|]") == {}
    assert letters(f"V:1\n{A}||{B}|]\nV:2\n{A}||{B}|]") == {}


def test_those_of_the_author_stay_alone() -> None:
    assert letters(f"P:C\n{A}||\nP:D\n{B}|]") == {}


@needs_score
def test_they_are_drawn_and_not_written_into_files() -> None:
    score = Tune.parse(traditional.KESH).score()
    drawn = re.findall('class="reh".*?<text[^>]*>(.*?)</text>', score.svg, re.DOTALL)
    assert [re.sub("<[^>]*>", "", text).strip() for text in drawn] == ["A", "B"]
    assert "rehearsal" not in score.musicxml


@needs_score
def test_a_letter_over_a_tempo_keeps_off_its_notes() -> None:
    svg = Tune.parse(traditional.KESH.replace("K:", "Q:3/8=112\nK:")).score().svg
    letter, tempo = (svg.split(f'class="{name}"')[1] for name in ("reh", "tempo"))
    up = re.search(r"translate\(0, -([0-9]+)\)", letter)
    box = re.search(r'<rect [^>]*y="([0-9]+)" height="([0-9]+)"', letter)
    note = re.search(r"translate\([0-9.]+ ([0-9.]+)\) scale\(([0-9.]+)\)", tempo)
    assert up and box and note
    stem = float(note[1]) - 600 * float(note[2])  # a crotchet's, in units of the font
    assert int(box[1]) + int(box[2]) - int(up[1]) < stem
