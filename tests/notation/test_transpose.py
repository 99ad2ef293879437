"""A tune in another key sounds an interval away, note for note, and comes back as it
was."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.errors import AbcrunError, NotationError
from abcrun.notation import Tune
from abcrun.notation.problem import Problem
from tests import books, hostile
from tests.conftest import abcrun
from tests.notation.made_tunes import made_tunes
from tests.notation.transposing import (
    differences,
    keys_of_mode,
    sounding,
    text,
    there_and_back,
)
from tests.traditional import ALL, KESH


class TestRealTunes:
    @pytest.mark.parametrize("name", books.NAMES)
    def test_they_sound_an_interval_away_and_come_back_as_they_were(self, name: str) -> None:
        if not books.at_hand(name):
            pytest.skip(books.HOW_TO_GET)
        chance = random.Random(7)
        failed: list[tuple[str, str]] = []
        compared = 0
        for tune_id, found in chance.sample(books.book_texts(name), 40):
            try:
                tune = Tune.parse(found)
            except NotationError:
                continue
            if not tune.key.tonic:
                continue
            for to in chance.sample(keys_of_mode(tune.key.mode), 3):
                there, back = there_and_back(tune, to)
                compared += 1
                if differences(tune, there) or back.text != tune.text:
                    failed.append((tune_id, to))
        assert failed == []
        assert compared > 100

    @pytest.mark.parametrize("traditional", ALL)
    @pytest.mark.parametrize("to", keys_of_mode("major"))
    def test_to_every_key(self, traditional: str, to: str) -> None:
        tune = Tune.parse(traditional)
        there, back = there_and_back(tune, to)
        assert differences(tune, there) == []
        assert back.text == tune.text

    def test_made_ones_over_all_constructs(self) -> None:
        chance = random.Random(5)
        for made in made_tunes(120, seed=50_000):
            tune = Tune.parse(made.text)
            there = tune.transpose(chance.choice(keys_of_mode(tune.key.mode)))
            assert differences(tune, there) == [], made.text

    def test_damaged_ones_too(self) -> None:
        compared = 0
        chance = random.Random(3)
        for damaged in hostile.mutated([*ALL, text(EVERYTHING, "Dm")], 150, seed=3):
            try:
                tune = Tune.parse(damaged)
                if not tune.key.tonic:
                    continue
                there = tune.transpose(chance.choice(keys_of_mode(tune.key.mode)))
            except AbcrunError:
                continue
            compared += 1
            assert differences(tune, there) == [], damaged
        assert compared > 90

    def test_a_tune_to_see(self) -> None:
        assert Tune.parse(KESH).transpose("A").text.splitlines() == [
            "X:1",
            "T:The Kesh",
            "R:jig",
            "M:6/8",
            "L:1/8",
            "K:A",
            "|:A3 ABc|B3 Bce|fee aee|fec ecB|",
            "ABA ABc|BcB Bce|fee aec|BAG A3:|",
            "|:c2c ece|faf ecA|c2c ecA|BcB BAB|",
            "cBc ece|faf ece|aga bab|c'ag a3:|",
        ]

    def test_the_nearest_way_and_octaves(self) -> None:
        tune = Tune.parse(KESH)
        for to, semitones in (
            ("G", 0),
            ("A", 2),
            ("C", 5),
            ("C#", 6),
            ("Db", 6),
            ("D", -5),
            ("F#", -1),
            ("Gb", -1),
        ):
            assert sounding(tune.transpose(to)) == sounding(tune, semitones)
        assert sounding(tune.transpose("A", octave=-1)) == sounding(tune, -10)
        assert sounding(tune.transpose("G", octave=2)) == sounding(tune, 24)
        assert tune.transpose("G").text == tune.text


EVERYTHING = (
    'V:1\n^c_d [^f-a]-|f-a &^G4-|G[K:Bb]B-|[K:Db]B _B|{^g}g "Am7"[^F^A]-|[FA] ^^c__d-|d z-|'
    "Z2|c^c:|2c|]\nV:2 octave=-1\nK:D exp ^f\nfg c|P:A\n=c-|c {=c^d}c|\n"
    "K:none\n^^f__e-|e\n[V:1] ^d-|[V:2]B-|[V:1]d d [V:2] B|\n"
)


_NOTES = st.from_regex(r"(\^\^|\^|=|_|__)?[A-Ga-g][,']?(2|/)?", fullmatch=True)
_CHORDS = st.lists(
    st.tuples(_NOTES, st.sampled_from(["", "-"])).map("".join), min_size=1, max_size=4
).map(lambda notes: f"[{''.join(notes)}]")
_GRACE = st.lists(_NOTES, min_size=1, max_size=3).map(lambda notes: f"{{{''.join(notes)}}}")
_OTHERS = st.sampled_from(
    ["|", "|", "-|", "-", "- ", "z", "&", "|:", ":|", "|1", ":|2", "Z2",
     "[K:Eb]", "[K:C#]", "[K:none]", "[K:F exp _e]", "[V:2]", "[V:1]",
     "\nK:B\n", "\nV:1 octave=1\n", "\nP:A\n", '"Am"', "[K:octave=-1]", "(3", ">",
     "[K:transpose=2]", "[K:G transpose=-2]"]
)  # fmt: skip
_BODIES = st.lists(
    st.one_of(_NOTES, _NOTES, _CHORDS, _GRACE, _OTHERS), min_size=1, max_size=40
).map("".join)
_MODES = st.sampled_from(
    ["major", "minor", "dorian", "mixolydian", "phrygian", "lydian", "locrian"]
)


def in_the_tune(tune: Tune) -> list[Problem]:
    """What is wrong in a tune, without what stands behind the blank line that ends it:
    that is no part of its text."""
    return [problem for problem in tune.problems if problem.kind != "blank-line"]


class TestRules:
    @given(_BODIES, _MODES, st.data())
    def test_any_part_sounds_as_what_it_was_made_of(
        self, body: str, mode: str, data: st.DataObject
    ) -> None:
        key = data.draw(st.sampled_from(keys_of_mode(mode)))
        clef = data.draw(st.sampled_from(["", " transpose=3", " octave=1", " clef=bass"]))
        tune = Tune.parse(text(f"C {body} C", key + clef))
        written = tune.written_for(data.draw(st.sampled_from(["Bb", "Eb", "F", "C", "capo 4"])))
        assert sounding(written) == sounding(tune)
        assert len(in_the_tune(written)) == len(in_the_tune(tune))

    @given(_BODIES, _MODES, st.data())
    def test_any_tune_sounds_an_interval_away(
        self, body: str, mode: str, data: st.DataObject
    ) -> None:
        keys = st.sampled_from(keys_of_mode(mode))
        tune = Tune.parse(text(f"C {body} C", data.draw(keys)))
        assert differences(tune, tune.transpose(data.draw(keys))) == []

    @given(
        st.lists(st.from_regex(r"[\^=_]?([A-G],?|[a-g]'?)-?|\|", fullmatch=True), min_size=1).map(
            "".join
        ),
        st.data(),
    )
    def test_there_and_back_is_the_same_text(self, body: str, data: st.DataObject) -> None:
        for mode in ("major", "dorian"):
            tune = Tune.parse(text(f"C{body}C|", f"D {mode}"))
            there, back = there_and_back(
                tune, data.draw(st.sampled_from([f"{tonic} {mode}" for tonic in "CDEGA"]))
            )
            assert differences(tune, there) == []
            assert back.text == tune.text or "__" in there.text or "^^" in there.text


class TestCommand:
    def test_render_transposes_first(self, tmp_path: Path) -> None:
        result = abcrun(
            "render", "-", "--formats", "abc,midi", "--transpose", "A", input=KESH, cwd=tmp_path
        )
        assert result.returncode == 0, result.stderr.decode()
        assert (tmp_path / "tune.abc").read_text() == Tune.parse(KESH).transpose("A").text + "\n"

    def test_what_cannot_go_there_is_named_and_left_out(self, tmp_path: Path) -> None:
        minor = KESH.replace("K:G", "K:Em")
        result = abcrun(
            "render",
            "-",
            "--formats",
            "abc",
            "--transpose",
            "A",
            input=KESH + "\n" + minor,
            cwd=tmp_path,
        )
        assert result.returncode == 1
        assert b"line 12: the tune is in E minor and cannot go to A major" in result.stderr
        assert b"; this tune is left out" in result.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["tune.abc"]

    @pytest.mark.parametrize(
        ("to", "word"), [("Em", "G major"), ("G#", "Ab major"), ("x", "is no key")]
    )
    def test_a_wrong_key_is_wrong_usage(self, to: str, word: str, tmp_path: Path) -> None:
        result = abcrun("render", "-", "--transpose", to, input=KESH, cwd=tmp_path)
        assert result.returncode == 2
        assert word in result.stderr.decode()
        assert len(result.stderr.splitlines()) == 1
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", ["|" * 999, "|]" * 999, "||:" * 5])
def test_a_run_of_bar_lines_is_passed_over_in_one_go(run: str) -> None:
    text = f"X:1\nK:C\nCDE{run}G!"
    # In a process of its own: a pattern that tries all ways to part the run never ends.
    program = "import sys, abcrun; print(abcrun.Tune.parse(sys.stdin.read()).transpose('D').text)"
    moved = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True,
        check=True, timeout=300,
    )  # fmt: skip
    assert moved.stdout == f"X:1\nK:D\nDEF{run}A!\n"
