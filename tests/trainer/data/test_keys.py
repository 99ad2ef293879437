"""Keys: a tune moves to another tonic with its mode, and its melody moves with it."""

import itertools

import numpy as np
import pytest

from abcrun.notation import Tune
from abctrain.data.cleaning import clean
from abctrain.data.keys import CHARACTERS, in_key, in_random_key
from tests.traditional import ALL, KESH

SPELLED_BEST = {
    "maj": {"C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"},
    "min": {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "Bb", "B"},
    "dor": {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"},
    "mix": {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"},
}


def steps(text: str) -> list[int]:
    pitches = [note.pitch for note in Tune.parse(text).notes]
    return [after - before for before, after in itertools.pairwise(pitches)]


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("tonic", ["D", "Bb", "F#"])
def test_a_tune_keeps_its_mode_and_its_melody_on_another_tonic(source: str, tonic: str) -> None:
    text = clean(source).text
    moved = in_key(text, tonic)
    assert Tune.parse(moved).key.text[:-3] == tonic
    assert Tune.parse(moved).key.mode == Tune.parse(text).key.mode
    assert steps(moved) == steps(text)


@pytest.mark.parametrize("mode", SPELLED_BEST)
def test_every_tonic_is_drawn_in_its_best_spelling(mode: str) -> None:
    text = clean(KESH).text.replace("K:Gmaj", f"K:G{mode}")
    random = np.random.default_rng(0)
    tonics = {Tune.parse(in_random_key(text, random)).key.text[:-3] for _ in range(120)}
    assert tonics == SPELLED_BEST[mode]


def test_a_tune_that_is_not_clean_has_no_key_to_move() -> None:
    with pytest.raises(ValueError, match="a tune of a clean corpus"):
        in_key("X:1\nK:none\nABc|\n", "D")


def test_a_tune_of_five_notes_needs_no_other_characters_in_any_key() -> None:
    text = clean("X:1\nM:4/4\nL:1/8\nK:C\n" + "C2E2G2c2|e2c2G2E2|" * 8 + "\n").text
    random = np.random.default_rng(0)
    for _ in range(40):
        assert set(in_random_key(text, random)) <= {*text, *CHARACTERS}
