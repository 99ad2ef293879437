"""Q: and what takes its place; seconds through changes of tempo."""

from fractions import Fraction

import pytest

from abcrun.notation import Tempo, Tune
from tests.notation.specimens import (
    tune,
)


class TestTempo:
    @pytest.mark.parametrize(
        ("field", "quarters_per_minute"),
        [
            ("1/4=120", 120),
            ("3/8=80", 120),
            ("1/2 = 60", 120),
            ("120", 60),  # unit note lengths, here quavers
            ("C=120", 60),
            ("C3=40", 60),
            ('"Allegro" 1/4=96', 96),
            ('1/4=80 "Slow"', 80),
            ("1/4 3/8 1/4 3/8=40", 200),
            ('"Allegro"', 120),
        ],
    )
    def test_forms_of_the_tempo_field(self, field: str, quarters_per_minute: int) -> None:
        found = tune("C|", unit="1/8", more=f"Q:{field}\n")
        assert found.tempos == (Tempo(Fraction(0), Fraction(quarters_per_minute)),)
        assert found.is_valid or found.problems[0].kind == "bar-length"

    def test_a_change_of_tempo_counts_from_where_it_stands_each_time_it_is_played(self) -> None:
        found = tune("|:C4|\nQ:1/4=60\nC4|[Q:1/4=120]C4:|", more="Q:1/4=120\n")
        changes = [(tempo.onset, tempo.quarters_per_minute) for tempo in found.tempos]
        assert changes == [(0, 120), (1, 60), (2, 120), (4, 60), (5, 120)]
        assert found.seconds == pytest.approx(2 + 4 + 2 + 2 + 4 + 2)

    def test_without_a_tempo_field_the_kind_of_tune_decides(self) -> None:
        def bar_seconds(meter: str, rhythm: str) -> float:
            found = Tune.parse(f"X:1\nM:{meter}\nL:1/8\nR:{rhythm}\nK:C\nC|\n")
            assert found.meter.length is not None
            return float(found.meter.length * 4 * 60 / found.tempos[0].quarters_per_minute)

        assert bar_seconds("C|", "reel") == bar_seconds("2/4", "Reel")
        assert (
            bar_seconds("6/8", "double jig")
            < bar_seconds("C|", "Hornpipe")
            < bar_seconds("3/4", "air")
        )
        assert 0.9 < bar_seconds("6/8", "") < 1.3

    def test_words_alone_are_no_mistake_and_nonsense_is(self) -> None:
        assert tune("C4|", more='Q:"Tenderly"\n').is_valid
        assert [problem.kind for problem in tune("C4|", more="Q:fast\n").problems] == ["field"]

    @pytest.mark.parametrize(
        ("field", "words", "quarters_per_minute"),
        [
            ("Allegro", "Allegro", 120),
            ("Slow and stately", "Slow and stately", None),
            ("1/4 = ca. 120", "ca.", 120),
            ("1/4=120bpm", "bpm", 120),
            ("3/8=60-66", "-66", 90),
        ],
    )
    def test_words_without_quotes_are_read_and_named(
        self, field: str, words: str, quarters_per_minute: int | None
    ) -> None:
        found = tune("C8|", unit="1/8", more=f"Q:{field}\n")
        mark = found.header.tempo
        assert mark is not None
        assert f"{mark.words_before}{mark.words_behind}" == words
        assert mark.quarters_per_minute == quarters_per_minute
        assert [problem.reason for problem in found.problems] == [
            f"the words of Q: are not in quotes: '{field}'"
        ]
