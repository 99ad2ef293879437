"""What becomes of a tune when it is finished: key, octave, number and title."""

import pytest

from abcrun import Model, Sampling, Tune
from abcrun.composition.finishing import Finishing, octave_home
from abcrun.composition.repertoire import Repertoire
from tests.composition.tunes import right

KNOWN = Repertoire((), {"maj": {"G": 6, "D": 3, "Bb": 1}, "dor": {"A": 1}}, "D")
TUNE = "X:1\nM:6/8\nL:1/8\nR:jig\nK:Dmaj\nDFA dAF|Ace g3|]\n"


def finished(text: str = TUNE, repertoire: Repertoire = KNOWN, **asked: object) -> str:
    given = {"tonic": None, "octave": None, "chance": 0.0, "title": None, "number": 1}
    return Finishing(repertoire, **{**given, **asked}).finish(text)  # type: ignore[arg-type]


def test_a_tune_comes_into_the_tonic_that_was_asked_for() -> None:
    assert "\nK:Abmaj\n" in finished(tonic="Ab")


@pytest.mark.parametrize(("chance", "tonic"), [(0.0, "G"), (0.59, "G"), (0.6, "D"), (0.95, "Bb")])
def test_without_one_the_tonics_of_the_training_tunes_come_as_often_as_there(
    chance: float, tonic: str
) -> None:
    assert f"\nK:{tonic}maj\n" in finished(chance=chance)


def test_a_model_that_learned_tunes_in_their_own_keys_leaves_the_key() -> None:
    own = Repertoire((), KNOWN.tonics, None)
    assert "\nK:Dmaj\nDFA dAF|Ace g3|]" in finished(repertoire=own)


def test_a_mode_that_was_never_learned_leaves_the_key() -> None:
    assert "\nK:Dphr\n" in finished(TUNE.replace("Dmaj", "Dphr"))


@pytest.mark.parametrize("tonic", ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
def test_the_octave_is_that_which_fits_a_fiddle_best(tonic: str) -> None:
    for a_fifth in ("DEFG A4|", "defg a4|"):
        text = finished(f"X:1\nM:4/4\nL:1/8\nK:Dmaj\n{a_fifth}\n", tonic=tonic)
        assert all(62 <= note.pitch <= 83 for note in Tune.parse(text).notes), text


def test_an_octave_that_was_asked_for_is_taken() -> None:
    as_written = Tune.parse(finished(tonic="D", octave=0)).notes
    lower = Tune.parse(finished(tonic="D", octave=-1)).notes
    assert [note.pitch - 12 for note in as_written] == [note.pitch for note in lower]


@pytest.mark.parametrize("tonic", ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
def test_an_opening_comes_home(tonic: str) -> None:
    text = f"X:1\nL:1/8\nK:{tonic}maj\nCDEF GABc|\n"
    there = Tune.parse(text).transpose("Dmaj")
    back = there.transpose(f"{tonic}maj", octave=octave_home("D", tonic))
    assert [note.pitch for note in back.notes] == [note.pitch for note in Tune.parse(text).notes]
    assert octave_home(None, tonic) == octave_home("D", None) == 0


def test_a_tune_is_named_by_its_rhythm_and_key_or_as_was_asked_for() -> None:
    assert finished(tonic="A", number=7).startswith("X:7\nT:Jig in A major\nM:6/8\n")
    assert finished(TUNE.replace("R:jig\n", "")).startswith("X:1\nT:Tune in G major\n")
    assert finished(title="Mine").startswith("X:1\nT:Mine\n")
    assert "T:" not in finished(title="")
    assert "T:" not in finished(TUNE.replace("M:", "T:Own\nM:")).replace("T:Own\n", "")


@pytest.mark.parametrize(
    "title", ["100% Reel", "Tom & Jerry", "&eacute; and \\'e", "AC\\DC \\% 7", 'Café "中" 😀', "%"]
)
def test_a_title_comes_back_as_it_was_given(folk: Model, title: str) -> None:
    (tune,) = folk.generate(seed=1, title=title)
    assert right(tune).title == title
    assert Tune.parse(finished(title=title)).transpose("A").title == title


def test_a_title_is_one_line(folk: Model) -> None:
    (tune,) = folk.generate(seed=1, title=" A\nK:Z\r\nB ")
    assert right(tune).title == "A K:Z B"


def test_plain_sampling_may_write_anything(folk: Model) -> None:
    wild = Sampling(top_k=60, temperature=2.5)
    assert len(list(folk.generate(60, seed=1, guide="off", sampling=wild, max_chars=120))) == 60
    for key in ("Daaj", "D", "H", "Dmaj Dmaj", "Abcdmaj"):
        finishing = Finishing(Repertoire.from_text(folk.spec.repertoire), None, None, 0.5, None, 3)
        assert finishing.finish(f"X:1\nM:4/4\nL:1/8\nK:{key}\nABcd efga|\n").startswith("X:3\n")
