"""Positions: a network is asked for them too while it is trained."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from abcrun.errors import UsageError
from abctrain.recipe import Recipe
from abctrain.training.batches import IGNORED, EncodedTunes, Streams, padded
from abctrain.training.positions import GRAIN, SIZES, PositionReader, positions_of

HEAD = "X:1\nM:4/4\nL:1/8\nK:Dmaj\n"
QUAVER, BAR = Fraction(1, 8) / GRAIN, 1 / GRAIN
CPU = torch.device("cpu")


def positions(music: str) -> list[list[int]]:
    """Of the characters of some music: to the end of the bar, pickup, full bars."""
    found = positions_of(HEAD + music)
    assert not found[: len(HEAD)].any()
    rows: list[list[int]] = found[len(HEAD) :].tolist()
    return rows


def behind(sign: str, music: str) -> list[list[int]]:
    """The positions behind each such character."""
    return [position for one, position in zip(music, positions(music), strict=True) if one == sign]


def test_the_end_of_the_bar_comes_nearer_with_each_note() -> None:
    assert [left for left, _, _ in positions("D2EF (3GGGB2|")] == [
        48,
        36,
        30,
        24,
        24,
        24,
        24,
        20,
        16,
        12,
        12,
        0,
        0,
    ]


def test_a_dotted_note_counts_from_its_second_character_on() -> None:
    assert [left for left, _, _ in positions("d>e d2 d4|")] == [
        BAR - 9,
        BAR - 9,
        36,
        36,
        36,
        24,
        24,
        24,
        0,
        0,
    ]


def test_full_bars_are_counted_in_each_section_and_its_pickup_is_remembered() -> None:
    music = "|:dB|A8|A8|A6:|\n|:A8|A8:|\n\n"
    pickup = 2 * QUAVER
    assert behind("|", music) == [
        [0, 0, 0], [0, pickup, 0], [0, pickup, 1], [0, pickup, 2], [0, pickup, 2],
        [0, pickup, 2], [0, 0, 1], [0, 0, 2],
    ]  # fmt: skip
    assert positions(music)[-1] == [0, 0, 2]  # what ends the tune


def test_a_second_ending_begins_where_the_first_one_did() -> None:
    music = "|:A8|B8|1 c8:|2 d8|]"
    assert [
        position[2] for position in (*behind("B", music), *behind("c", music), *behind("d", music))
    ] == [1, 2, 2]
    assert behind("]", music) == [[0, 0, 3]]


def test_what_is_longer_than_the_longest_counts_as_the_longest() -> None:
    assert behind("d", "d8|" * 40)[-1][2] == SIZES[2] - 1


def test_batches_carry_the_positions_of_their_inputs() -> None:
    tunes = [np.arange(length * 4).reshape(length, 4) for length in (5, 3)]
    window = padded(tunes, CPU)
    assert window.inputs.tolist() == [[0, 4, 8, 12], [0, 4, 8, 0]]
    assert window.targets.tolist() == [[4, 8, 12, 16], [4, 8, IGNORED, IGNORED]]
    assert window.characters == 6
    assert window.placed is not None and window.placed.item() == 7
    assert window.positions is not None
    assert window.positions[1].tolist() == [[1, 2, 3], [5, 6, 7], [9, 10, 11], [IGNORED] * 3]
    text = EncodedTunes.of([tunes[0]], CPU)
    (stream,) = Streams.cut(text, np.arange(1), 1, 4).windows()
    assert stream.positions is not None and stream.positions[0, -1].tolist() == [13, 14, 15]
    assert padded([tune[:, 0] for tune in tunes], CPU).positions is None


def test_a_reader_learns_the_positions_that_an_output_tells() -> None:
    torch.manual_seed(0)
    asked = torch.stack([torch.arange(32) % size for size in SIZES], dim=1)[None]
    asked[0, -1] = IGNORED
    output = torch.eye(32)[None]
    reader = PositionReader(32)
    optimiser = torch.optim.Adam(reader.parameters(), lr=0.5)
    before = reader.loss(output, asked).item()
    for _ in range(20):
        optimiser.zero_grad()
        loss = reader.loss(output, asked)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert loss.item() < 0.3 < 300 < before


def test_positions_are_asked_of_clean_tunes_only() -> None:
    with pytest.raises(UsageError, match=r"training\.places above 0 needs corpus\.clean"):
        Recipe.from_dict({"training": {"places": 0.1}})
