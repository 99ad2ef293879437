"""Originality: what a melody shares with known tunes, exactly, in any key and any note
values."""

import contextlib
import itertools
import json
import math
import random
import shutil
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from abcrun import Tune
from abcrun.errors import ModelError
from abcrun.files import default_index_path
from abcrun.notation.melody import melody_of
from abcrun.originality import (
    BETWEEN_TUNES,
    COPY,
    MAGIC,
    MelodyIndex,
    Originality,
    intervals,
)
from abctrain.__main__ import main
from abctrain.data.cleaning import DroppedTuneError, clean
from abctrain.data.collection import recorded_split, whole_tunes
from abctrain.data.corpus import origin
from abctrain.data.melody_index import build, suffix_array
from abctrain.data.related import RUN
from tests import books
from tests.conftest import abcrun
from tests.traditional import ALL, KESH

FLAT = (60,) * 40


Known = tuple[str, tuple[int, ...]]
"""Where a tune comes from, and its melody."""


def known(
    melody: Sequence[int], number: int = 1, title: str = "A tune", book: str = "mine"
) -> Known:
    return origin(book, number, title), tuple(melody)


def built(tunes: Sequence[Known], books: Mapping[str, str]) -> bytes:
    return build([origin for origin, _ in tunes], [melody for _, melody in tunes], books)


def index_of(*melodies: Sequence[int]) -> MelodyIndex:
    tunes = [
        known(melody, number, f"Tune {number}") for number, melody in enumerate(melodies, start=1)
    ]
    return MelodyIndex.from_bytes(built(tunes, {"mine": "My book"}), "a test")


def walk(seed: int, notes: int, lowest: int = 55) -> tuple[int, ...]:
    """A melody in which no interval is 0, so that it shares nothing with `FLAT`."""
    choose = random.Random(seed)
    pitches = [choose.randrange(lowest, lowest + 24)]
    while len(pitches) < notes:
        pitch = choose.randrange(lowest, lowest + 24)
        if pitch != pitches[-1]:
            pitches.append(pitch)
    return tuple(pitches)


@pytest.fixture(scope="module")
def shipped_index() -> MelodyIndex:
    return MelodyIndex.load()


@pytest.fixture(scope="module")
def irish() -> dict[str, tuple[int, ...]]:
    """Every eighth tune of the Irish book that the trainer can use: melodies by id."""
    if not books.at_hand("irish"):
        pytest.skip(books.HOW_TO_GET)
    text = "\n\n".join(text for _, text in books.book_texts("irish"))
    found: dict[str, tuple[int, ...]] = {}
    for number, block in enumerate(whole_tunes(text), start=1):
        if number % 8 == 0:
            try:
                found[f"irish:{number}"] = clean(block).melody
            except DroppedTuneError:
                continue
    return found


# Melodies


@pytest.mark.parametrize(
    ("music", "melody"),
    [
        ("CDEF|", (60, 62, 64, 65)),
        ("C2z D/E/|z4|F,4|", (60, 62, 64, 53)),
        ("|:CD|1 E2:|2 F2|", (60, 62, 64, 65)),
        ("[CEG]2 [EC]2|", (67, 64)),
        ("C2-C D|E4-|E2 E2|", (60, 62, 64, 64)),
        ("[C-E]2 [CG]2|C4|", (64, 67, 60)),
        ("[C-E-]2 [CE]2|D4|", (64, 62)),
        ("{d}C2 (3DEF|", (60, 62, 64, 65)),
        ("V:1\nCD-|\nV:2\nD,E,|", (60, 62, 50, 52)),
    ],
)
def test_a_melody_is_the_top_notes_of_the_onsets_as_written(
    music: str, melody: tuple[int, ...]
) -> None:
    assert melody_of(Tune.parse(f"X:1\nL:1/4\nK:C\n{music}\n")) == melody


# Real tunes


@pytest.mark.parametrize("text", ALL)
def test_a_tune_finds_itself_in_any_key_octave_and_note_value(text: str) -> None:
    index = MelodyIndex.from_bytes(
        built(
            [
                known(melody_of(Tune.parse(one)), n, Tune.parse(one).title)
                for n, one in enumerate(ALL)
            ],
            {"mine": "My book"},
        ),
        "ALL",
    )
    tune = Tune.parse(text)
    versions = [
        tune.transpose(f"{tonic}maj")
        for tonic in ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb")
    ]
    versions += [tune.transpose(f"{tune.key.tonic}maj", octave=octave) for octave in (-1, 1)]
    versions.append(Tune.parse(text.replace("L:1/8", "L:1/16").replace("L:1/4", "L:1/2")))
    for version in versions:
        found = version.originality(index)
        assert found == Originality(
            len(melody_of(tune)), 0, 1.0, tune.title, "mine", ALL.index(text)
        )


def test_tunes_that_were_trained_on_are_found_and_those_held_out_share_no_sixteen_notes(
    irish: dict[str, tuple[int, ...]], shipped_index: MelodyIndex
) -> None:
    assert COPY == RUN
    recorded = recorded_split()
    shift = random.Random(0)
    known_share = []
    held_out = 0
    for name, melody in irish.items():
        by = shift.randrange(-30, 30)
        found = shipped_index.compare([pitch + by for pitch in melody])
        if name in recorded:
            held_out += 1
            assert found.longest_run < RUN, name
            assert found.copied_share == 0, name
        else:
            known_share.append(found.copied_share)
            if found.longest_run == len(melody):
                assert found.copied_share == 1
                assert found.book == "irish"
    assert held_out >= 5
    # The others have a near duplicate in their place, or stand too close to a tune that
    # is held out.
    assert sum(share == 1 for share in known_share) > 0.9 * len(known_share)


def test_the_shipped_index_names_tune_and_book(shipped_index: MelodyIndex) -> None:
    found = Tune.parse(KESH).originality()
    assert (found.title, found.book, found.number) == ("Kesh", "irish", 145)
    assert found.longest_run >= 30
    assert 0.5 < found.copied_share < 1
    assert found == shipped_index.compare(melody_of(Tune.parse(KESH)))
    assert shipped_index.books["oneill"] == "O'Neill's Music of Ireland (1850)"


# Runs


@pytest.mark.parametrize("notes", [11, 12, 15, 16, 17, 30])
@pytest.mark.parametrize("place", ["start", "middle", "end", "all"])
@pytest.mark.parametrize("source", [0, 17, -1])
def test_a_run_is_found_with_its_length_wherever_it_stands(
    notes: int, place: str, source: int
) -> None:
    melody = walk(1, 60)
    index = index_of(walk(2, 50, 100), melody, FLAT)
    start = source if source >= 0 else len(melody) - notes
    run = tuple(pitch + 3 for pitch in melody[start : start + notes])
    # Steps of 30 and 31 semitones stand in no known tune.
    before = () if place in ("start", "all") else (run[0] - 61, run[0] - 30)
    after = () if place in ("end", "all") else (run[-1] + 31, run[-1] + 61)
    found = index.compare((*before, *run, *after))
    share = notes / (len(before) + notes + len(after)) if notes >= COPY else 0
    assert found == Originality(notes, len(before), share, "Tune 2", "mine", 2)


def test_no_run_goes_from_one_known_tune_into_the_next() -> None:
    first, second = walk(1, 20), walk(2, 20)
    index = index_of(first, second)
    joined = index.compare((*first, *second))
    assert joined.longest_run == 20
    assert joined.copied_share == 1  # two runs, each of a whole tune
    assert index.compare((*first[10:], *second[:10])).longest_run < COPY


def test_all_copied_runs_count_and_each_note_once() -> None:
    first, second, third = walk(1, 40), walk(2, 40), walk(3, 40)
    index = index_of(first, second, third)
    melody = (*first[:20], 120, 0, *second[5:30], 120, 0, *third[: COPY - 1])
    found = index.compare(melody)
    assert (found.longest_run, found.start, found.number) == (25, 22, 2)
    assert found.copied_share == pytest.approx(45 / len(melody))
    overlapping = index_of(first[:25], first[5:40])
    assert overlapping.compare(first) == Originality(35, 5, 1.0, "Tune 2", "mine", 2)


def test_of_tunes_that_share_the_same_run_the_first_is_named() -> None:
    melody = walk(1, 30)
    assert index_of(FLAT, melody[10:], melody, melody).compare(melody[12:28]).number == 2


def test_short_melodies_and_short_tunes() -> None:
    index = index_of((60,), (), (60, 62), (60,))
    nothing = Originality(0, 0, 0.0, "", "", 0)
    assert index.compare(()) == index.compare((60,)) == index.compare((60, 70)) == nothing
    assert index.compare((50, 52)) == Originality(2, 0, 0.0, "Tune 3", "mine", 3)
    assert [index.longest_run(melody) for melody in ((), (60,), (60, 70), (50, 52))] == [0, 0, 0, 2]
    assert len(index) == 4
    assert index_of(()).compare((60, 62)) == nothing
    assert len(index_of()) == index_of().longest_run((60, 62)) == 0


# A small alphabet makes shared runs long and many.
MELODIES = st.lists(st.integers(60, 62), max_size=20).map(tuple)


def brute_force(tunes: Sequence[Sequence[int]], melody: Sequence[int], since: int) -> int:
    shared = {
        steps[start:end]
        for steps in map(intervals, tunes)
        for start, end in itertools.combinations(range(len(steps) + 1), 2)
    }
    steps = intervals(melody)
    return max(
        (
            end - start + 1
            for start, end in itertools.combinations(range(len(steps) + 1), 2)
            if end >= since and steps[start:end] in shared
        ),
        default=0,
    )


@given(st.lists(MELODIES, max_size=5), MELODIES, st.integers(0, 22))
def test_the_longest_run_is_that_of_a_brute_force(
    tunes: list[tuple[int, ...]], melody: tuple[int, ...], since: int
) -> None:
    index = index_of(*tunes)
    assert index.longest_run(melody, since) == brute_force(tunes, melody, since)
    found = index.compare(melody)
    assert found.longest_run == index.longest_run(melody) == brute_force(tunes, melody, 0)
    if found.longest_run:
        run = intervals(melody[found.start : found.start + found.longest_run])
        assert found.number == 1 + next(n for n, tune in enumerate(tunes) if run in intervals(tune))


@given(st.binary(max_size=60))
def test_a_suffix_array_is_the_sorted_suffixes(text: bytes) -> None:
    assert suffix_array(text).tolist() == sorted(range(len(text)), key=lambda at: text[at:])


class Counted(Sequence[int]):
    """A suffix array that counts how many of its entries are read."""

    def __init__(self, order: Sequence[int]) -> None:
        self.order = order
        self.reads = 0

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: Any) -> Any:
        found = self.order[place]
        self.reads += len(found) if isinstance(place, slice) else 1
        return found


def test_a_growing_melody_is_looked_up_at_its_new_notes_only() -> None:
    tunes = [walk(seed, 100) for seed in range(300)]
    steps = bytes([BETWEEN_TUNES]).join(map(intervals, tunes))
    places = [place for place in suffix_array(steps).tolist() if steps[place] != BETWEEN_TUNES]
    new, copied = 8, 12
    begun = (*walk(1_001, 80), *tunes[7][20 : 20 + copied])
    reads = []
    for before in (begun, (*walk(1_002, 2_000), *begun)):
        order = Counted(places)
        index = MelodyIndex({}, [""] * len(tunes), steps, order)
        # 30 semitones stand in no known tune: the run ends where the new notes begin.
        melody = (*before, *(before[-1] + 30 * (n % 2 == 0) for n in range(new)))
        assert index.longest_run(melody, len(before) - 1) == copied
        reads.append(order.reads)
    assert reads[0] == reads[1], "the notes before cost nothing"
    bisection = math.ceil(math.log2(len(places))) + 3  # and the two neighbours
    assert reads[0] <= (new + copied + 1) * bisection


# The file


@given(
    st.integers(0, 8),
    st.integers(0, 60),
    st.lists(st.integers(55, 78), max_size=6),
    st.integers(2, 24),
    st.integers(0, 70),
)
def test_a_run_is_there_when_the_longest_is_as_long(
    seed: int, cut: int, changed: list[int], length: int, since: int
) -> None:
    index = index_of(*(walk(seed, 60) for seed in range(3)))
    original = walk(seed % 4, 60)  # one in four is not known
    melody = [*original[:cut], *changed, *original[cut:]]
    assert index.has_run(melody, length, since) == (index.longest_run(melody, since) >= length)


def test_the_shipped_index_is_small() -> None:
    assert default_index_path().stat().st_size < 3e6


def test_the_same_tunes_make_the_same_bytes() -> None:
    tunes = [known(walk(seed, 50), seed, f"A\ttitle\nof {seed} «ñ»") for seed in range(20)]
    content = built(tunes, {"mine": "My book"})
    assert content == built(list(tunes), {"mine": "My book"})
    assert content != built(tunes[1:], {"mine": "My book"})
    assert (
        MelodyIndex.from_bytes(content, "a test").compare(walk(7, 50)).title == "A title of 7 «ñ»"
    )


@pytest.fixture
def content() -> bytes:
    return built([known(walk(seed, 50), seed) for seed in range(5)], {"mine": "My book"})


def test_a_damaged_or_foreign_file_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.melodies"
    with pytest.raises(ModelError, match=r"own\.melodies: cannot be read"):
        MelodyIndex.load(path)
    with pytest.raises(ModelError, match="cannot be read"):
        MelodyIndex.load(tmp_path)
    path.write_bytes(content)
    assert len(MelodyIndex.load(path)) == 5
    for broken in (b"", b"X:1\n", b"\x80\x04pickle", MAGIC[:-1], b"PK\x03\x04" + content):
        path.write_bytes(broken)
        with pytest.raises(ModelError, match=r"own\.melodies: no index of melodies"):
            MelodyIndex.load(path)
    newer = content[:-4].replace(b'"schema": 1', b'"schema": 2')
    path.write_bytes(newer + zlib.crc32(newer).to_bytes(4, "little"))
    with pytest.raises(ModelError, match=r"own\.melodies: its schema is 2"):
        MelodyIndex.load(path)


def test_a_bit_that_flipped_or_bytes_that_are_missing_are_noticed(content: bytes) -> None:
    choose = random.Random(0)
    for _ in range(300):
        place = choose.randrange(len(MAGIC), len(content))
        flipped = (
            content[:place]
            + bytes([content[place] ^ (1 << choose.randrange(8))])
            + content[place + 1 :]
        )
        for broken in (flipped, content[:place], content + content[:place]):
            with pytest.raises(ModelError, match="damaged"):
                MelodyIndex.from_bytes(broken, "a test")


MADE_UP = [
    {"schema": 1},
    {"schema": 1, "books": [], "sizes": [0, 0, 0]},
    {"schema": 1, "books": {}, "sizes": "many"},
    {"schema": 1, "books": {}, "sizes": [0, 0, 3]},
    {"schema": 1, "books": {"a": 7}, "sizes": [0, 0, 0]},
    {"schema": 1, "books": {}, "sizes": [10, 0, 0]},
    {"schema": 1, "books": {"a": "A"}, "sizes": [10, 5, 0]},
    [1],
]


@pytest.mark.parametrize("head", MADE_UP, ids=str)
def test_an_index_that_somebody_made_up_is_one_line(head: object) -> None:
    content = MAGIC + json.dumps(head).encode() + b"\na\tseven\tT\n" + bytes(20)
    content += zlib.crc32(content).to_bytes(4, "little")
    with pytest.raises(ModelError, match=r"^a test: no index of melodies; [^\n]*$"):
        MelodyIndex.from_bytes(content, "a test")


def test_an_index_that_is_not_in_order_is_one_line(content: bytes) -> None:
    index = MelodyIndex.from_bytes(content, "a test")
    turned = MelodyIndex(index.books, index._tunes, index._steps, list(index._order)[::-1])
    for melody in (range(60, 90), [60, 62, 64, 65, 67] * 9):
        with contextlib.suppress(ModelError):
            turned.compare(list(melody))


# Commands


def test_check_says_what_each_tune_shares_and_keeps_its_status(tmp_path: Path) -> None:
    short = "X:3\nL:1/4\nK:C\nC|]\n"
    path = tmp_path / "tunes.abc"
    path.write_text("\n".join([KESH, short]))
    result = abcrun("check", "--originality", path)
    first, second = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert first.startswith(f"{path}:1: longest run shared with a known tune: ")
    assert " notes (Kesh, irish 145); " in first
    assert first.endswith(" % of the notes stand in runs of 16 or more")
    assert second == f"{path}:12: longest run shared with a known tune: none"
    path.write_text(KESH.replace("A3 ABd", "A3 AB"))
    result = abcrun("check", "--originality", path)
    problem, shared = result.stdout.decode().splitlines()
    assert result.returncode == 1
    assert problem.startswith(f"{path}:7:")
    assert "known tune" in shared
    path.write_text("no tune")
    result = abcrun("check", "--originality", path)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1


def test_the_trainer_writes_the_index_of_the_training_part(tmp_path: Path) -> None:
    notes = "CDEFGABcdefgab"
    texts = []
    for seed in range(60):
        choose = random.Random(seed)
        bars = ["".join(choose.choice(notes) for _ in range(8)) for _ in range(16)]
        texts.append(f"X:{seed}\nT:Tune {seed}\nM:4/4\nL:1/8\nK:C\n{'|'.join(bars)}|]\n")
    (tmp_path / "own.abc").write_text("\n".join(texts))
    target = tmp_path / "new" / "own.melodies"
    result = CliRunner().invoke(
        main, ["index", "--books", str(tmp_path / "own.abc"), "--out", str(target)]
    )
    assert result.exit_code == 0, result.output
    index = MelodyIndex.load(target)
    assert index.books == {"own": "own.abc"}
    found = [Tune.parse(text).originality(index) for text in texts]
    learned = [number for number, one in enumerate(found, start=1) if one.copied_share == 1]
    assert 40 < len(learned) == len(index) < 60
    assert [(found[number - 1].book, found[number - 1].number) for number in learned] == [
        ("own", n) for n in learned
    ]


def test_check_compares_with_the_melodies_of_a_model(tmp_path: Path) -> None:
    path = tmp_path / "tune.abc"
    path.write_text(KESH)
    exported = default_index_path().parent
    default, own = (
        abcrun("check", "--originality", *more, path)
        for more in ((), ("--model", exported / "folk.onnx"))
    )
    assert own.stdout == default.stdout and "(Kesh, irish 145)" in own.stdout.decode()
    alone = tmp_path / "irish.onnx"
    shutil.copy(exported / "irish.onnx", alone)
    result = abcrun("check", "--originality", "--model", alone, path)
    assert (result.returncode, result.stdout) == (1, b"")
    (line,) = result.stderr.decode().splitlines()
    assert f"{tmp_path / 'irish.melodies'}: cannot be read" in line
    shutil.copy(exported / "irish.melodies", tmp_path)
    result = abcrun("check", "--originality", "--model", alone, path)
    assert "(Kesh, irish " in result.stdout.decode()
    result = abcrun("check", "--model", exported / "folk.onnx", path)
    assert result.returncode == 2
    assert "--originality" in result.stderr.decode()
