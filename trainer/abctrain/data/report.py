"""A clean corpus as files: its parts, and a report of what was kept and dropped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from abcrun.files import make_folder, write_atomically
from abctrain.data.collection import ODDITIES, PARTS, CleanTune, Collection
from abctrain.data.text import SEPARATOR, join_tunes

Counts = Mapping[str, int]
"""A number for each book."""


def write_corpus(collection: Collection, folder: Path) -> None:
    """Write train.abc, valid.abc, test.abc and report.md, each whole or not at all.

    Raises `OutputError`.
    """
    make_folder(folder)
    for part in PARTS:
        write_atomically(folder / f"{part}.abc", join_tunes(collection.part(part)))
    write_atomically(folder / "report.md", report(collection))


def report(collection: Collection) -> str:
    """Return what was read, kept and dropped, as Markdown."""
    return "\n".join(_lines(collection)) + "\n"


def _lines(collection: Collection) -> Iterator[str]:
    books, tunes = collection.books, collection.tunes
    yield "# Corpus " + " + ".join(books)
    yield f"\nsha256 {collection.sha256}\n"
    yield from _table(books, _rows(collection))
    yield "\n| part | tunes | characters | onsets |\n|---|---:|---:|---:|"
    for part in PARTS:
        chosen = [tune for tune in tunes if tune.part == part]
        yield f"| {part} | {len(chosen):,} | {_characters(chosen):,} | {_onsets(chosen):,} |"
    for name in ("meter", "rhythm", "key"):
        yield f"\n## {name.capitalize()}s\n"
        counts: dict[str, Counter[str]] = {}
        for tune in tunes:
            counts.setdefault(getattr(tune, name) or "(none)", Counter())[tune.book] += 1
        usual_first = sorted(counts.items(), key=lambda entry: -entry[1].total())
        yield from _table(books, dict(usual_first))
    alphabet = "".join(sorted(set("".join(tune.text for tune in tunes))))
    yield f"\n## Characters\n\n{len(alphabet)}: `{alphabet!r}`"


def _rows(collection: Collection) -> dict[str, Counts]:
    """Return the rows of the first table."""
    books, tunes, dropped = collection.books, collection.tunes, collection.dropped
    of_book = {book: [tune for tune in tunes if tune.book == book] for book in books}
    out = Counter(one.book for one in dropped)
    repairs = sorted({name for counts in collection.repairs.values() for name in counts})
    return {
        "tunes read": {book: len(of_book[book]) + out[book] for book in books},
        "kept": {book: len(of_book[book]) for book in books},
        **{
            f"trained on only: {oddity}": Counter(one.book for one in tunes if one.oddity == oddity)
            for oddity in ODDITIES
        },
        **{
            f"dropped: {reason}": Counter(one.book for one in dropped if one.reason == reason)
            for reason in collection.left_out
        },
        **{
            f"repaired: {name}": {book: collection.repairs[book][name] for book in books}
            for name in repairs
        },
        "characters": {book: _characters(of_book[book]) for book in books},
        "onsets": {book: _onsets(of_book[book]) for book in books},
    }


def _characters(tunes: Iterable[CleanTune]) -> int:
    return sum(len(tune.text) + len(SEPARATOR) for tune in tunes)


def _onsets(tunes: Iterable[CleanTune]) -> int:
    return sum(len(tune.melody) for tune in tunes)


def _table(books: Sequence[str], rows: Mapping[str, Counts]) -> Iterator[str]:
    yield f"| | {' | '.join(books)} | all |"
    yield "|---|" + "---:|" * (len(books) + 1)
    for name, counts in rows.items():
        values = [counts[book] for book in books]
        yield f"| {name} | {' | '.join(f'{value:,}' for value in values)} | {sum(values):,} |"
