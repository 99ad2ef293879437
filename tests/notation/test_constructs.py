"""Every construct of docs/notation.md: read, played, drawn, written to MusicXML and
transposed as the table says."""

import io
import re
from collections import Counter
from pathlib import Path

import mido
import pytest

from abcrun import Tune, render
from abcrun.errors import NotationError
from abcrun.notation import check
from tests.notation.constructs.construct import Construct, Heard
from tests.notation.constructs.table import CONSTRUCTS, table
from tests.notation.transposing import differences

PAGE = Path(__file__).parents[2] / "docs" / "notation.md"

each = pytest.mark.parametrize(
    "construct", CONSTRUCTS, ids=[f"{one.section} {one.name}" for one in CONSTRUCTS]
)


def heard(tune: Tune) -> Heard:
    file = mido.MidiFile(file=io.BytesIO(render(tune, "midi")))
    notes: list[tuple[float, float, int]] = []
    messages: list[mido.Message] = []
    for track in file.tracks:
        now = 0
        begun: dict[tuple[int, int], int] = {}
        for message in track:
            now += message.time
            messages.append(message)
            if message.type == "note_on" and message.velocity:
                begun[message.channel, message.note] = now
            elif message.type in ("note_on", "note_off"):
                start = begun.pop((message.channel, message.note), None)
                if start is not None:
                    beat = file.ticks_per_beat
                    notes.append((start / beat, round((now - start) / beat, 3), message.note))
    return Heard(sorted(notes, key=lambda note: (note[0], note[2])), messages)


def test_there_are_all_of_them() -> None:
    assert len(CONSTRUCTS) >= 120
    names = Counter((one.section, one.name) for one in CONSTRUCTS)
    assert [name for name, count in names.items() if count > 1] == []


def test_the_page_has_the_same_rows() -> None:
    assert table() in PAGE.read_text()


@each
def test_it_is_read(construct: Construct) -> None:
    if construct.read is not None:
        assert construct.read(Tune.parse(construct.text))
    remarks = [problem for problem in check(construct.text) if problem.is_remark]
    if construct.remark:
        assert any(construct.remark in problem.reason for problem in remarks)
    else:
        assert remarks == []
    if "blank line ends" not in construct.name:
        assert [str(one) for one in check(construct.text) if not one.is_remark] == []


@pytest.mark.parametrize(
    "construct", [one for one in CONSTRUCTS if one.plays], ids=lambda one: one.name
)
def test_it_is_played(construct: Construct) -> None:
    found = heard(Tune.parse(construct.text))
    if isinstance(construct.plays, str):
        assert " ".join(map(str, found.pitches)) == construct.plays
    else:
        assert construct.plays(found)


@pytest.mark.parametrize(
    "construct", [one for one in CONSTRUCTS if one.xml], ids=lambda one: one.name
)
def test_it_is_in_musicxml(construct: Construct) -> None:
    written = render(Tune.parse(construct.text), "musicxml")
    assert re.search(construct.xml, written.decode()), written.decode()


@pytest.mark.parametrize(
    "construct", [one for one in CONSTRUCTS if one.svg], ids=lambda one: one.name
)
def test_it_is_drawn(construct: Construct) -> None:
    pytest.importorskip("verovio")
    assert re.search(construct.svg, render(Tune.parse(construct.text), "svg").decode())


@each
def test_it_is_transposed(construct: Construct) -> None:
    tune = Tune.parse(construct.text)
    try:
        moved = tune.transpose("E dorian" if tune.key.mode == "dorian" else "D")
    except NotationError as error:
        assert "tonic" in str(error)
        return
    if tune.key.tonic != "C":
        return
    assert differences(tune, moved) == []
    assert construct.moves in moved.text
