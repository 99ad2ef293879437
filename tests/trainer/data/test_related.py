"""Related tunes: melodies and titles are compared without what differs by chance."""

import pytest

from abctrain.data.related import RUN, components, runs, title_key


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("The Boys of Bluehill", "boys of bluehill"),
        ("Boys Of Bluehill, The", "boys of bluehill"),
        ("Fisher's Hornpipe (2nd Setting)", "fishers hornpipe"),
        ("Séamus", "seamus"),
        ("A Jig.", ""),
        ("Quick Step", ""),
        ("Do.", ""),
        ("12", ""),
    ],
)
def test_titles_are_compared_without_what_differs_by_chance(title: str, key: str) -> None:
    assert title_key(title) == key


def test_runs_and_components() -> None:
    melody = tuple(range(60, 80))
    assert runs(melody) == runs([pitch + 5 for pitch in melody])
    assert not runs(melody[: RUN - 1])
    assert len(runs(melody[:RUN])) == 1
    assert components(5, [(3, 4), (1, 3)]) == [0, 1, 2, 1, 1]
