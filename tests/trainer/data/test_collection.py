"""The clean corpus: without duplicates, related tunes on one side, and a split that
stays."""

import dataclasses
import hashlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from abcrun.composition.recall import coded, laid_out, parted, text_of
from abcrun.composition.sketch import Sketch
from abcrun.errors import CorpusError
from abcrun.notation import Tune
from abcrun.notation.bars import bar_reader, split
from abcrun.notation.limits import MAX_TEXT_CHARACTERS
from abctrain.data.collection import (
    KNOWN_BOOKS,
    Collection,
    recorded_split,
    split_lines,
    whole_tunes,
)
from abctrain.data.related import likeness, runs, title_key
from abctrain.data.report import report
from abctrain.data.sharing import Sharing
from tests import books
from tests.composition.coded import decoded, on_one_line, sketch_of
from tests.traditional import ALL, BLUEHILL, KESH
from tests.trainer.data.conftest import random_book, random_tune

NOTES = "CDEFGABcdefgab"


# The whole corpus


def test_no_two_parts_share_sixteen_notes_in_a_row(folk: Collection) -> None:
    seen: dict[tuple[int, ...], str] = {}
    for tune in folk.tunes:
        steps = tuple(after - before for before, after in itertools.pairwise(tune.melody))
        for start in range(len(steps) - 14):
            run = steps[start : start + 15]
            assert seen.setdefault(run, tune.part) == tune.part, (tune.id, run)


def test_a_melody_is_what_is_played_without_repeats(folk: Collection) -> None:
    for tune in random.Random(0).sample(folk.tunes, 120):
        once = Tune.parse(re.sub(r":?\|[:12]|:\|", "|", tune.text))
        highest: dict[Fraction, int] = {}
        for note in once.notes:
            highest[note.onset] = max(note.pitch, highest.get(note.onset, 0))
        assert tune.melody == bytes(highest[onset] for onset in sorted(highest)), tune.id


def test_no_two_parts_have_a_title_in_common(folk: Collection) -> None:
    titles: dict[str, str] = {}
    for tune in folk.tunes:
        if tune.part != "train" and (key := title_key(tune.title)):
            assert titles.setdefault(key, tune.part) == tune.part, tune.id


def test_the_parts_have_their_shares(folk: Collection) -> None:
    counts = Counter(tune.part for tune in folk.tunes)
    assert counts["train"] > 4100
    assert (counts["valid"], counts["test"]) == (172, 223)


def test_the_held_out_tunes_are_the_same_to_the_letter(folk: Collection) -> None:
    """Figures of models trained before stay comparable."""
    texts = {part: "\n\n".join(folk.part(part)) for part in ("valid", "test")}
    assert {part: hashlib.sha256(text.encode()).hexdigest() for part, text in texts.items()} == {
        "valid": "e0f1f857d270dbd06f3b72f6b79b93512c4f6d214e457debc980be61ca441e55",
        "test": "4fdb32f615a09560b631575b73ba14e9c86e8e60179eb8bdee4187a67de8a7cf",
    }


def test_odd_tunes_are_trained_on_alone(folk: Collection) -> None:
    counts = Counter(tune.oddity for tune in folk.tunes)
    assert counts["crooked"] > 250
    assert counts["variant"] > 100
    assert all(tune.part == "train" for tune in folk.tunes if tune.oddity)


def test_the_split_is_the_one_that_is_written_down(folk: Collection) -> None:
    recorded = recorded_split()
    assert all(tune.part == recorded.get(tune.id, "train") for tune in folk.tunes)
    kept = {tune.id for tune in folk.tunes}
    assert kept.issuperset(recorded)


def test_no_two_tunes_are_alike_but_for_variants_and_crooked_ones(folk: Collection) -> None:
    melodies = [tune.melody for tune in folk.tunes if not tune.oddity]
    for index, others in enumerate(Sharing(melodies)):
        assert all(likeness(melodies[index], melodies[other]) < 0.8 for other in others)


def test_every_tune_is_kept_or_dropped_for_a_reason(folk: Collection) -> None:
    for name in KNOWN_BOOKS:
        numbers = [one.number for one in (*folk.tunes, *folk.dropped) if one.book == name]
        assert sorted(numbers) == list(range(1, len(books.book_texts(name)) + 1))
    reasons = Counter(one.reason for one in folk.dropped)
    assert not {reason for reason in reasons if "normal form" in reason}
    assert reasons.total() < 0.1 * (len(folk.tunes) + reasons.total())


def test_every_text_is_in_normal_form(folk: Collection) -> None:
    alphabet = set("".join(tune.text for tune in folk.tunes))
    assert alphabet <= set("\n #'(),-/0123456789:<=>ABCDEFGKLMRXabcdefghijklmnopqrstuwxyz[]^_|")
    for tune in folk.tunes:
        assert tune.text.startswith(f"X:1\nM:{tune.meter}\nL:1/")
        assert not any(line != line.strip() or not line for line in tune.text.split("\n"))
        assert tune.text.endswith((":|", "|]"))


# Books made by hand


def test_every_tune_can_be_written_with_signs_of_recall(folk: Collection) -> None:
    for tune in random.Random(0).sample(folk.tunes, 200):
        header, music = parted(tune.text)
        between, bars = split(music)
        written = text_of(coded(tune.text))
        assert decoded(written) == on_one_line(tune.text), tune.id
        sketch = sketch_of(tune.text)
        assert written.startswith(f"{header}{sketch.text}\n"), tune.id
        # Sixteenths can't tell every length, and not every bar can be read by itself.
        lengths = [reader.length for reader in map(bar_reader(header).read, bars) if reader]
        if len(lengths) == len(bars) and all(length * 16 % 1 == 0 for length in lengths):
            assert Sketch.read(sketch.text, sketch.full) == sketch, tune.id
            assert laid_out(sketch, bars) == music, tune.id
        assert len(between) == len(bars) + 1


def test_a_duplicate_in_another_key_and_note_value_is_dropped_and_a_variant_trained_on() -> None:
    other = (
        BLUEHILL.replace("X:2", "X:9")
        .replace("Boys of", "Lads of")
        .replace("L:1/8", "L:1/16")
        .replace("4/4", "2/4")
    )
    changed = KESH.replace("GAG GAB|ABA", "GFG GAB|ABA").replace("The Kesh", "The Mill")
    collection = Collection.of_texts(
        {"mine": "\n".join([KESH, BLUEHILL, other, changed, BLUEHILL, random_book(20)])}
    )
    assert [(one.number, one.reason) for one in collection.dropped] == [
        (3, "exact duplicate"),
        (5, "exact duplicate"),
    ]
    assert "mine:2" in collection.dropped[0].message
    assert [(tune.number, tune.part) for tune in collection.tunes if tune.oddity == "variant"] == [
        (4, "train")
    ]


def test_a_variant_of_a_held_out_tune_is_left_out() -> None:
    changed = KESH.replace("GAG GAB|ABA", "GFG GAB|ABA").replace("The Kesh", "The Mill")
    crooked = f"X:3\nT:Kesh, The\nM:4/4\nL:1/8\nK:D\n{'DEFG ABcd|dcBA GFED|' * 5}"
    collection = Collection.of_texts(
        {"irish": "\n".join([changed, KESH, crooked])}, recorded={"irish:2": "test"}
    )
    assert [(tune.id, tune.part) for tune in collection.tunes] == [("irish:2", "test")]
    assert [(one.number, one.reason) for one in collection.dropped] == [
        (1, "related to a held-out tune"),
        (3, "related to a held-out tune"),
    ]


def test_the_first_book_keeps_a_tune_that_two_have() -> None:
    collection = Collection.of_texts(
        {"one": "\n".join(ALL), "two": "\n".join([*ALL, random_book(5)])}
    )
    assert {one.book for one in collection.dropped} == {"two"}
    assert {tune.id for tune in collection.tunes if tune.book == "one"} == {
        "one:1",
        "one:2",
        "one:3",
    }


def test_tunes_of_one_title_go_to_one_part() -> None:
    settings = "\n".join(
        random_tune(seed, f"The Rover {'(2nd setting)' * (seed % 2)}") for seed in range(1, 5)
    )
    for name in map(str, range(8)):
        collection = Collection.of_texts({name: settings + "\n" + random_book(6)})
        assert len({tune.part for tune in collection.tunes if "Rover" in tune.title}) == 1


def test_a_recorded_split_stays_when_a_book_grows(tmp_path: Path) -> None:
    first = Collection.of_texts({"irish": random_book(40)}, recorded={})
    path = tmp_path / "split.txt"
    path.write_text(split_lines(first.tunes))
    recorded = recorded_split(path)
    assert recorded == {tune.id: tune.part for tune in first.tunes if tune.part != "train"}
    assert recorded
    again = Collection.of_texts({"irish": random_book(60)}, recorded=recorded)
    assert again.tunes[:40] == first.tunes
    assert all(tune.part == "train" for tune in again.tunes[40:])


@pytest.mark.parametrize(
    ("relations", "part"),
    [((1,), "test"), ((2,), "valid"), ((3,), "train"), ((1, 3), None), ((2, 3), None)],
)
def test_a_tune_of_another_book_takes_the_side_of_its_relations(
    relations: tuple[int, ...], part: str | None
) -> None:
    bars = [
        bar for number in relations for bar in random_tune(number).split("K:C\n")[1].split("|")[:4]
    ]
    fields, _, music = random_tune(77).partition("K:C\n")
    mine = f"{fields}K:C\n{'|'.join((bars + music.split('|'))[:16])}|"
    collection = Collection.of_texts(
        {"irish": random_book(6), "mine": mine},
        recorded={"irish:1": "test", "irish:2": "valid"},
    )
    assert [tune.part for tune in collection.tunes if tune.book == "mine"] == (
        [part] if part else []
    )
    assert [one.reason for one in collection.dropped] == (
        [] if part else ["related to a held-out tune"]
    )
    assert [tune.part for tune in collection.tunes if tune.book == "irish"] == [
        "test",
        "valid",
        *["train"] * 4,
    ]


def test_music_behind_a_blank_line_belongs_to_its_header() -> None:
    text = KESH.replace("K:G\n", "K:G\n\n") + "\n" + BLUEHILL + "\nSome words.\n\n" + "X:9\nK:D\n"
    first, second, third = whole_tunes(text)
    assert (
        Collection.of_texts({"mine": text}).tunes[0].text
        == Collection.of_texts({"mine": KESH}).tunes[0].text
    )
    assert first.count("|") == KESH.count("|")
    assert second == BLUEHILL.strip("\n")
    assert third == "X:9\nK:D"


def test_a_book_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "irish.abc").write_text(KESH)
    with pytest.raises(CorpusError, match="rename this one"):
        Collection.of_sources([str(tmp_path / "irish.abc")])
    # The user's own folder is not taken for the book, as its name alone would be.
    monkeypatch.chdir(tmp_path)
    Path("irish").mkdir()
    Path("irish/mine.abc").write_text(KESH)
    with pytest.raises(CorpusError, match="/irish: there is a book 'irish' already"):
        Collection.of_path(Path("irish"))


def test_a_corpus_without_a_usable_tune_is_an_error() -> None:
    with pytest.raises(CorpusError, match="no tune"):
        Collection.of_texts({"mine": "X:1\nT:None\n"})


def test_the_checksum_tells_the_split(folk: Collection) -> None:
    tune = folk.tunes[0]
    moved = dataclasses.replace(
        folk, tunes=(dataclasses.replace(tune, part="test"), *folk.tunes[1:])
    )
    assert moved.sha256 != folk.sha256


def test_a_book_may_be_longer_than_a_text_that_somebody_waits_for() -> None:
    tune = random_tune(1).strip()
    book = f"{tune}\n\n{'it was a dark and stormy night ' * 600_000}\n\n{tune}\n"
    assert len(book) > MAX_TEXT_CHARACTERS
    assert list(whole_tunes(book)) == [tune, tune]


def test_a_tune_with_a_section_of_an_odd_length_is_trained_on() -> None:
    fields, _, music = random_tune(1).partition("K:C\n")
    crooked = f"{fields}K:C\n{'|'.join(music.split('|')[:12])}|]"
    for name in map(str, range(20)):  # each name has other hashes
        collection = Collection.of_texts({name: crooked})
        assert [(tune.part, tune.oddity) for tune in collection.tunes] == [("train", "crooked")]


def test_rhythms_of_a_user_s_own_book_are_told_by_its_files_or_inferred(tmp_path: Path) -> None:
    def tune(seed: int, meter: str, more: str = "") -> str:
        bar = 6 if meter == "6/8" else 8
        music = random_tune(seed).partition("K:C\n")[2].strip().removesuffix("|]")
        bars = "|".join(one[:bar] for one in music.split("|"))
        return f"X:{seed}\nT:Tune {seed}\nM:{meter}\nL:1/8\n{more}K:C\n{bars}|]\n\n"

    (tmp_path / "reels").mkdir()
    (tmp_path / "jigs.abc").write_text(
        tune(1, "6/8") + tune(2, "4/4") + tune(3, "6/8", "R:march\n") + tune(4, "6/8", "R:song\n")
    )
    (tmp_path / "reels" / "mine.abc").write_text(tune(5, "4/4") + tune(6, "4/4"))
    (tmp_path / "session.txt").write_text(
        tune(7, "6/8")
        + tune(8, "6/8", "B:O'NEILLS 706\n")
        + tune(9, "6/8", "Z:Jack Campin\nQ:3/8=120\n")
    )
    collection = Collection.of_sources([str(tmp_path)])
    assert {tune.title: tune.rhythm for tune in collection.tunes} == {
        "Tune 1": "jig",
        "Tune 2": "",
        "Tune 3": "march",
        "Tune 4": "",
        "Tune 5": "reel",
        "Tune 6": "reel",
        "Tune 7": "",
        "Tune 8": "jig",
        "Tune 9": "jig",
    }
    assert collection.rhythms_by_name == 3
    assert "| repaired: rhythm from the file's name | 3 | 3 |" in report(collection)
    assert "| repaired: missing rhythm | 2 | 2 |" in report(collection)


# To fine-tune a network with


def test_what_a_network_was_trained_on_is_not_held_out_nor_is_its_relation() -> None:
    text = random_book(100)
    plain = Collection.of_texts({"mine": text})
    held_out = [tune for tune in plain.tunes if tune.part != "train"]
    assert len(held_out) >= 4, "or the test says nothing"
    old = {run for tune in held_out[:2] for run in runs(tune.melody)}

    def known(melody: Sequence[int]) -> bool:
        # In another key, as a book may have it.
        return bool(old & runs([pitch + 5 for pitch in melody]))

    # A tune of two halves: one of a known tune, one of a tune that is held out.
    one, other = (
        random_tune(tune.number).splitlines()[-1].split("|")[:16] for tune in held_out[1:3]
    )
    halves = f"X:1\nT:Halves\nM:4/4\nL:1/8\nK:C\n{'|'.join([*one[:8], *other[8:]])}|]\n"
    collection = Collection.of_texts({"mine": text, "more": halves}, known=known)
    parts = {tune.id: tune.part for tune in collection.tunes}
    assert [parts[tune.id] for tune in held_out[:2]] == ["train", "train"]
    assert parts["more:1"] == parts[held_out[2].id] == "train", "related by way of another"
    assert [parts[tune.id] for tune in held_out[3:]] == [tune.part for tune in held_out[3:]]
    assert sum(tune.is_known for tune in collection.tunes) == 3
    assert not any(known(tune.melody) for tune in collection.tunes if tune.part != "train")


def test_a_small_book_of_tunes_that_are_new_holds_some_of_them_out() -> None:
    # None of these twenty has a hash below the share of either part.
    collection = Collection.of_texts({"polkas": random_book(20)})
    sizes = [len(collection.part(part)) for part in ("train", "valid", "test")]
    assert sizes == [18, 1, 1]


@pytest.mark.parametrize("name", ["mine", "polkas"])
def test_the_split_of_a_fine_tuning_is_found_again_by_what_was_trained_on(name: str) -> None:
    texts = {name: random_book(20)}
    before = {tune.melody for tune in Collection.of_texts(texts).tunes[:5]}
    tuned = Collection.of_texts(texts, known=before.__contains__)
    learned = before | {tune.melody for tune in tuned.tunes if tune.part == "train"}
    again = Collection.of_texts(texts, known=learned.__contains__)
    assert [tune.part for tune in again.tunes] == [tune.part for tune in tuned.tunes]
    assert all(tuned.part(part) for part in ("train", "valid", "test"))
