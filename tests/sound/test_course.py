"""The course of a tune: its bars and beats as they are played."""

import pytest

from abcrun import Tune
from abcrun.sound.course import Course, course_of


def course(meter: str, tempo: str, music: str) -> Course:
    return course_of(Tune.parse(f"X:1\nM:{meter}\nL:1/8\nQ:{tempo}\nK:G\n{music}\n"))


def beats(found: Course) -> list[float]:
    return [pytest.approx(beat.start) for beat in found.beats]


def test_bars_come_as_repeats_and_endings_bring_them() -> None:
    found = course("2/4", "1/4=60", "|:GABc|1d4:|2e4|]")
    assert [bar.bar for bar in found.bars] == [0, 1, 0, 2]
    assert [(bar.start, bar.end) for bar in found.bars] == [(0, 2), (2, 4), (4, 6), (6, 8)]


def test_a_jig_counts_dotted_crotchets_and_its_pickup_leads_to_the_first() -> None:
    found = course("6/8", "3/8=60", "d|GBd gdB|c2A F2|")
    assert beats(found) == [1 / 3, 4 / 3, 7 / 3, 10 / 3]
    assert [beat.is_first for beat in found.beats] == [True, False, True, False]


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        ("C|", [0, 1]),  # minims
        ("4/4", [0, 0.5, 1, 1.5]),
        ("C", [0, 0.5, 1, 1.5]),
        ("none", [0, 0.5, 1, 1.5]),
        ("16/16", [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]),  # not each semiquaver
    ],
)
def test_other_meters_count_what_their_number_says(meter: str, expected: list[float]) -> None:
    assert beats(course(meter, "1/4=120", "GABc defg|")) == expected


def test_changes_of_meter_and_tempo_are_followed() -> None:
    found = course("2/4", "1/4=60", "G2 A2|[M:3/4][Q:1/4=120]B2 c2 d2|")
    assert beats(found) == [0, 1, 2, 2.5, 3]
    assert [beat.is_first for beat in found.beats] == [True, False, True, False, False]


def test_the_first_voice_counts() -> None:
    found = course("2/4", "1/4=60", "V:1\nG2 A2|\nV:2\nGABc|defg|")
    assert [bar.bar for bar in found.bars] == [0]


def sections(music: str) -> list[tuple[int, int]]:
    return [(one.first, one.end) for one in course("2/4", "1/4=60", music).sections]


def test_sections_are_parted_by_repeats_double_bars_and_parts() -> None:
    assert sections("|:GABc|d4:|\n|:e4|d4:|") == [(0, 2), (2, 4)]
    assert sections("GABc|d4||e4|d4|]") == [(0, 2), (2, 4)]
    assert sections("P:A\nGABc|d4|\nP:B\ne4|d4|") == [(0, 2), (2, 4)]


def test_a_section_has_its_pickup_and_its_endings() -> None:
    assert sections("D2|:GABc|1d4:|2e4||\nd2|:e4|1d4:|2c4|]") == [(0, 4), (4, 8)]


def test_a_tune_in_one_piece_is_one_section() -> None:
    assert sections("GABc|d4|e4|d4|") == [(0, 4)]
