"""Ties over bar lines, layers, voices, keys and endings (ABC 2.1, 4.11 and 7.4)."""

import pytest

from tests.notation.specimens import kinds, pitches, quarters, tune


def sounds(body: str, more: str = "") -> list[tuple[int, int, int]]:
    """Return onset, pitch and length of each note, in crotchets."""
    found = tune(body, more=more).notes
    return [(int(one.onset * 4), one.pitch, int(one.duration * 4)) for one in found]


class TestOverBarLines:
    @pytest.mark.parametrize("body", ["C2D2-|D4|", "C2D2|-D4|", "C2D2|\n-D4|", "C2D2- |\nD4|"])
    def test_a_tie_may_stand_on_either_side(self, body: str) -> None:
        assert sounds(body) == [(0, 60, 2), (2, 62, 6)]

    def test_behind_the_bar_line_there_is_a_remark(self) -> None:
        found = tune("C2D2|-D4|").problems
        assert [(one.column, one.kind, one.is_remark) for one in found] == [
            (6, "unsupported", True)
        ]

    def test_behind_the_bar_line_it_keeps_the_accidental_too(self) -> None:
        assert sounds("C2^D2|-D2D2|") == [(0, 60, 2), (2, 63, 4), (6, 62, 2)]
        assert sounds("[^CE]4|-[CE]4|") == [(0, 61, 8), (0, 64, 8)]

    def test_without_a_note_before_it_is_a_fault(self) -> None:
        assert kinds("X:1\nK:C\n-C8|\n") == ["unreadable"]
        assert kinds("X:1\nK:C\nz8|-C8|\n") == ["unreadable"]

    def test_a_key_may_change_under_a_tie(self) -> None:
        assert sounds("C4-|[K:D]C2C2|") == [(0, 60, 6), (6, 61, 2)]
        assert sounds("^F2-[K:C]F2|") == [(0, 66, 4)]

    def test_two_spellings_of_a_pitch(self) -> None:
        assert sounds("^C2-_D2|") == [(0, 61, 4)]

    def test_another_voice_may_stand_between(self) -> None:
        body = "[V:1]^C4-|[V:2]C4|\n[V:1]C4|[V:2]C4|"
        assert sounds(body, "V:1\nV:2\n") == [(0, 60, 4), (0, 61, 8), (4, 60, 4)]


class TestLayers:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("^C2-&E2|C2&E2|", [(0, 61, 4), (0, 64, 2), (2, 64, 2)]),
            ("C4&^E4-|C4&E4|", [(0, 60, 4), (0, 65, 8), (4, 60, 4)]),
            ("^C4-&E4-|C4&E4|", [(0, 61, 8), (0, 64, 8)]),
            ("^C4-&C4-|C4&C4|", [(0, 60, 8), (0, 61, 8)]),
            ("C4&^E4-|C4|C4&E4|", [(0, 60, 4), (0, 65, 4), (4, 60, 4), (8, 60, 4), (8, 64, 4)]),
        ],
    )
    def test_each_has_its_own(self, body: str, expected: list[tuple[int, int, int]]) -> None:
        assert sounds(body) == expected

    def test_accidentals_are_the_layers_own_too(self) -> None:
        assert pitches("^C2C2&C4|C4|") == [60, 61, 61, 60]

    def test_the_longest_layer_is_the_bar(self) -> None:
        assert sounds("C4&E2|F4|") == [(0, 60, 4), (0, 64, 2), (4, 65, 4)]
        assert sounds("C2&E4|F4|") == [(0, 60, 2), (0, 64, 4), (4, 65, 4)]


class TestLayersOverSeveralBars:
    def test_each_goes_back_to_the_first_bar(self) -> None:
        found = tune("(&C4|D4&E4|F4&)|G4|")
        assert [(one.onset * 4, one.pitch) for one in found.notes] == [
            (0, 60), (0, 64), (4, 62), (4, 65), (8, 67),
        ]  # fmt: skip
        assert [bar.overlays for bar in found.bars] == [1, 1, 0]
        assert found.problems == ()

    def test_they_nest_with_nothing(self) -> None:
        assert kinds("X:1\nL:1/4\nK:C\nC (&D3|E4&F4&)|\n")[0] == "unreadable"
        assert kinds("X:1\nL:1/4\nK:C\nC4&)|\n") == ["unreadable"]

    def test_accidentals_are_the_layers_own(self) -> None:
        assert pitches("(&^C4|C4&C4|C4&)|") == [60, 61, 60, 60]


class TestChords:
    def test_ties_of_single_notes(self) -> None:
        assert quarters("[C-E2]C|") == [(0, 60, 2), (0, 64, 1)]

    def test_unisons(self) -> None:
        assert sounds("[CC]2-[CC]2|") == [(0, 60, 4)]
        assert sounds("[CC]4-|C4|") == [(0, 60, 8)]


class TestEndings:
    def test_a_tie_leads_into_each_ending(self) -> None:
        expected = [(0, 73, 8), (8, 73, 8)]
        assert sounds("|:^c4-|[1 c4:|[2 c4|]") == expected
        assert sounds("|:^c4-|1 c4:|2 c4|]") == expected

    def test_a_tie_of_the_first_ending_does_not_lead_into_the_second(self) -> None:
        assert sounds("|:g4|[1 ^c4-:|[2 c4|]") == [
            (0, 79, 4), (4, 73, 4), (8, 79, 4), (12, 72, 4),
        ]  # fmt: skip
