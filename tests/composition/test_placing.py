"""Where a tune for a compass is composed: tonic, octave, and the compass in the model's
own key."""

from fractions import Fraction

import pytest

from abcrun.composition.finishing import Finishing
from abcrun.composition.placing import place
from abcrun.composition.plans import PlanRecord
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.sketch import Sketch, told_pitches
from abcrun.notation.bars import bar_reader
from abcrun.notation.compass import Compass
from abcrun.notation.tune import Tune

HEAD = "X:1\nM:4/4\nL:1/8\nK:Dmaj\n"
WHISTLE = Compass.of("D4-B5")


def plan(mode: str, first: str, last: str) -> PlanRecord:
    """The plan of a tune of one bar with these notes at its ends."""
    sketch = Sketch.of(("", "|]"), (f"{first}4 {last}4",), bar_reader(HEAD))
    assert Sketch.read(sketch.text, Fraction(1)) == sketch
    return PlanRecord("4/4", "1/8", "", mode, "A", 1, sketch.text)


# Major tunes around the lower D, dorian ones around the upper.
PLANS = (plan("maj", "D", "d"), plan("maj", "A,", "a"), plan("dor", "d", "d'"))
TONICS = {"maj": {"D": 5, "G": 4, "Eb": 1}, "dor": {"A": 3, "D": 1}}
KNOWN = Repertoire(PLANS, TONICS, "D")


def test_a_sketch_tells_where_a_tune_lies() -> None:
    assert told_pitches(PLANS[1].sketch) == [57, 81]
    assert KNOWN.registers("maj").tolist() == [[62, 74], [57, 81]]
    assert KNOWN.registers("dor").tolist() == [[74, 86]]
    assert len(KNOWN.registers("lyd")) == 3, "for a mode that is not known: all"


@pytest.mark.parametrize(
    ("mode", "tonic", "octave", "lowest"),
    [
        ("maj", "D", 0, 62),
        ("maj", "G", 0, 57),
        ("maj", "A", 1, 55),  # not below, where D to d would reach down to A,
        ("dor", "A", 0, 67),
        ("dor", "D", -1, 74),
    ],
)
def test_the_octave_is_that_in_which_most_tunes_of_the_mode_fit(
    mode: str, tonic: str, octave: int, lowest: int
) -> None:
    here = place(KNOWN, WHISTLE, mode, tonic, 0.5)
    assert (here.tonic, here.octave) == (tonic, octave)
    assert here.compass == Compass(lowest, lowest + WHISTLE.semitones)


@pytest.mark.parametrize("tonic", ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
def test_what_lies_in_the_place_lies_in_the_compass_when_it_is_finished(tonic: str) -> None:
    here = place(KNOWN, WHISTLE, "maj", tonic, 0.5)
    ends = {"lowest": here.compass.lowest, "highest": here.compass.highest}
    spelled = Tune.parse("X:1\nL:1/8\nK:C\n" + "".join(_note(pitch) for pitch in ends.values()))
    assert [note.pitch for note in spelled.notes] == [*ends.values()]
    text = HEAD + "".join(_note(pitch) for pitch in ends.values()) + "|]\n"
    done = Finishing(KNOWN, here.tonic, here.octave, 0.0, None, 1).finish(text)
    pitches = [note.pitch for note in Tune.parse(done).notes]
    assert pitches == [WHISTLE.lowest, WHISTLE.highest]


def _note(pitch: int) -> str:
    """A note with its accidental, whatever the key."""
    names = ("=C", "^C", "=D", "^D", "=E", "=F", "^F", "=G", "^G", "=A", "^A", "=B")
    octave, semitone = divmod(pitch - 60, 12)
    return names[semitone] + ("'" * octave if octave > 0 else "," * -octave)


def test_of_wide_compasses_the_usual_octave_is_taken() -> None:
    for mode, octave in (("maj", 0), ("dor", -1)):
        assert place(KNOWN, Compass.of("A0-C8"), mode, "D", 0.5).octave == octave


def test_without_a_key_the_tonics_that_fit_come_as_often_as_they_are_common() -> None:
    wide = Compass.of("G3-D6")
    found = [place(KNOWN, wide, "maj", None, number / 100).tonic for number in range(100)]
    assert [found.count(tonic) for tonic in ("D", "G", "Eb")] == [50, 40, 10]


def test_a_tonic_on_which_nothing_fits_is_not_drawn() -> None:
    narrow = Compass.of("D4-Eb5")  # D to d, and not a semitone higher
    assert {place(KNOWN, narrow, "maj", None, chance / 20).tonic for chance in range(20)} == {
        "D",
        "Eb",
    }


def test_where_nothing_fits_a_tune_is_placed_as_near_as_can_be() -> None:
    here = place(KNOWN, Compass.of("C8-E9"), "maj", None, 0.5)
    assert here.tonic == "D"
    assert here.compass.lowest <= 74 <= here.compass.highest


def test_a_model_that_learned_tunes_in_their_own_keys_moves_by_octaves() -> None:
    own = Repertoire(PLANS, TONICS, None)
    here = place(own, WHISTLE, "maj", "G", 0.5)
    assert (here.octave, here.compass) == (0, WHISTLE)


def test_an_opening_keeps_its_octave() -> None:
    assert place(KNOWN, WHISTLE, "dor", "D", 0.5, (0,)).octave == 0
