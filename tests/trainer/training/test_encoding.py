"""Encoded tunes: all of their text, and what of it a network has to predict."""

import re

import numpy as np

from abcrun.composition.recall import coded, text_of
from abcrun.composition.signs import CLOSE, KEPT, OPEN, SIGNS
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.cleaning import clean
from abctrain.data.keys import in_key
from abctrain.training.batches import IGNORED, fed, padded
from abctrain.training.encoding import Encoder, plain_characters
from abctrain.training.positions import positions_of
from tests.composition.coded import readable
from tests.composition.tunes import JIG, TUNES
from tests.conftest import ROOT
from tests.traditional import KESH

VOCABULARY = Vocabulary.of("".join(TUNES) + SIGNS)
PLAIN, RECALL = Encoder(VOCABULARY), Encoder(VOCABULARY, recall=True)


def targets(encoder: Encoder, tune: str) -> tuple[str, str]:
    """What a network reads of a tune, and what it has to predict; what it has not as
    dots."""
    window = padded([encoder(tune)], "cpu")
    read = VOCABULARY.decode(window.inputs[0].tolist())
    asked = "".join(
        "·" if token == IGNORED else VOCABULARY.decode([token])
        for token in window.targets[0].tolist()
    )
    return read, asked


def test_a_plain_tune_is_its_characters_and_the_blank_line() -> None:
    assert targets(PLAIN, JIG) == (JIG + "\n", JIG[1:] + "\n\n")
    assert plain_characters([JIG, JIG]) == 2 * (len(JIG) + 1)


def test_places_stand_beside_the_characters() -> None:
    places = Encoder(VOCABULARY, places=True)(JIG)
    assert places.shape == (len(JIG) + 2, 4)
    assert np.array_equal(places[:, 0], PLAIN(JIG))


def test_a_tune_with_recall_has_the_places_of_its_plain_text() -> None:
    for tune in TUNES:
        places = Encoder(VOCABULARY, recall=True, places=True)(tune)
        assert np.array_equal(places[:, 0], RECALL(tune))
        text, plain = text_of(coded(tune)) + "\n", positions_of(tune + "\n\n")
        begin = text.index("\n", tune.index("\n", tune.index("\nK:") + 1) + 1)
        # What is neither a sign nor shown for a change stands in the tune so, too.
        music = re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", lambda old: KEPT * len(old[0]), text[begin:])
        found = [places[begin + n, 1:] for n, one in enumerate(music) if one.isalpha()]
        expected = [
            plain[n] for n, one in enumerate(tune) if n >= tune.index("\nK:") + 3 and one.isalpha()
        ]
        key = sum(map(str.isalpha, tune[tune.index("\nK:") + 3 :].partition("\n")[0]))
        assert np.array_equal(found, expected[key:])


def test_a_tune_with_recall_is_read_whole_and_predicted_where_it_is_drawn() -> None:
    for tune in TUNES:
        read, asked = targets(RECALL, tune)
        pieces = coded(tune)
        assert read == text_of(pieces), "but for the line end behind it"
        expected = "".join(
            piece.text if piece.is_drawn else "·" * len(piece.text) for piece in pieces
        )
        assert asked == expected[1:] + "·"


def test_what_is_recalled_is_not_predicted() -> None:
    read, asked = targets(RECALL, JIG)
    kept = read.index(KEPT + "dfd")
    assert asked[kept - 1 : kept + 5] == KEPT + "····" + read[kept + 5]
    sketch_ends = read.index("\n", read.index("\n|:") + 1)
    assert "·" not in asked[:sketch_ends], "header and sketch are"


def test_the_text_that_the_documentation_shows_is_the_one_that_is_learned() -> None:
    text = in_key(clean(KESH).text, "D")
    section = (ROOT / "docs" / "training.md").read_text().partition("## Text with recall")[2]
    shown = section.split("```\n")[1]
    header, _, rest = shown.partition("K:Dmaj\n")
    sketch, music = (part.replace("\n", "") for part in rest.split("\n\n"))
    assert f"{header}K:Dmaj\n{sketch}\n{music}\n" == readable(text_of(coded(text)))


def test_characters_that_are_fed_are_inputs_as_they_are() -> None:
    tokens = np.array([3, 0, 7, 5])
    window = padded([np.concatenate([tokens[:1], fed(tokens[1:3]), tokens[3:]])], "cpu")
    assert window.inputs.tolist() == [[3, 0, 7]]
    assert window.targets.tolist() == [[IGNORED, IGNORED, 5]]
    assert window.characters == 1


def test_behind_the_end_of_a_shorter_tune_nothing_is_predicted() -> None:
    window = padded([np.array([1, 2, 3, 4]), np.concatenate([[1], fed(np.array([2]))])], "cpu")
    assert window.targets.tolist() == [[2, 3, 4], [IGNORED] * 3]
    assert window.inputs.tolist() == [[1, 2, 3], [1, 2, 0]]
    assert window.characters == 3
