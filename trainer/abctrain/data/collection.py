"""Books → cleaned tunes → duplicates out → groups of related tunes → training,
validation and test.

No test tune shares 16 notes in a row, in any key, with a training or validation tune,
and none of validation with one of training. Which tunes of the known books are held out
is written down in splits/folk.txt and stays so.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from abcrun.composition.plans import REGULAR
from abcrun.errors import CorpusError
from abcrun.notation.blocks import blocks
from abctrain.data.cleaning import NormalTune, clean
from abctrain.data.corpus import BOOKS, book_path, join_tunes, read_text
from abctrain.data.dropping import DroppedTuneError
from abctrain.data.related import SAME, components, likeness, sharing, title_key

Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")

HELD_OUT = 0.05
"""The share of validation, and that of test."""

LARGE = 0.005
"""A group with more than this share of the tunes, and more than `SMALL` tunes, is
trained on, whatever its hash."""

SMALL = 5

RARE = 1 / 100
"""A meter with a smaller share of the tunes is not worth learning."""

SPLIT = Path(__file__).parent / "splits" / "folk.txt"
KNOWN_BOOKS = ("irish", "oneill", "ryan", "aird")
"""The books whose split is written down, best transcriptions first."""


@dataclass(frozen=True, slots=True)
class CleanTune:
    """A tune in normal form, and where it comes from: the tune `number`, from 1, of
    `book`.

    `melody` are the MIDI note numbers of successive onsets as written, repeats not
    played out.
    """

    book: str
    number: int
    title: str
    text: str
    meter: str
    rhythm: str
    key: str
    melody: tuple[int, ...]
    part: Part

    @property
    def id(self) -> str:
        """Such as "irish:12"."""
        return f"{self.book}:{self.number}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A tune that is left out: `reason` is one of a few phrases, `message` says more."""

    book: str
    number: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Found:
    book: str
    number: int
    tune: NormalTune

    @property
    def id(self) -> str:
        return f"{self.book}:{self.number}"


@dataclass(frozen=True)
class Collection:
    """A clean corpus. `tunes` in the order of the books, `dropped` what is left out,
    `repairs` how often by book."""

    books: tuple[str, ...]
    tunes: tuple[CleanTune, ...]
    dropped: tuple[Dropped, ...]
    repairs: dict[str, Counter[str]]
    sources: tuple[dict[str, Any], ...]

    @classmethod
    def of_books(cls, names: Sequence[str] = KNOWN_BOOKS) -> Self:
        """The books `names`, fetched where needed."""
        return cls.of_sources(names)

    @classmethod
    def of_sources(cls, names: Sequence[str]) -> Self:
        """Books by name and the user's own files or folders by path, in order: of
        duplicates the first one stays."""
        texts: dict[str, str] = {}
        sources: list[dict[str, Any]] = []
        for name in names:
            path = book_path(name) if name in BOOKS else Path(name)
            book = name if name in BOOKS else path.stem
            if book in texts or (name not in BOOKS and book in BOOKS):
                raise CorpusError(f"{name}: there is a book {book!r} already; rename the file")
            texts[book] = read_text(path)
            sources.append(
                {
                    "name": book,
                    "title": BOOKS[name].title if name in BOOKS else path.name,
                    "licence": BOOKS[name].licence if name in BOOKS else "the user's own",
                    "sha256": hashlib.sha256(texts[book].encode()).hexdigest(),
                    "characters": len(texts[book]),
                }
            )
        return cls.of_texts(texts, tuple(sources))

    @classmethod
    def of_texts(cls, texts: dict[str, str], sources: tuple[dict[str, Any], ...] = ()) -> Self:
        """Texts of tunes by the name of their book."""
        found: list[_Found] = []
        dropped: list[Dropped] = []
        repairs: dict[str, Counter[str]] = {book: Counter() for book in texts}
        for book, text in texts.items():
            for number, block in enumerate(whole_tunes(text), start=1):
                try:
                    tune = clean(block)
                except DroppedTuneError as error:
                    dropped.append(Dropped(book, number, error.reason, str(error)))
                    continue
                found.append(_Found(book, number, tune))
        if not found:
            raise CorpusError("no tune of the corpus can be used")
        found, others = _without_duplicates(found)
        dropped += others
        for leave_out in (_without_crooked, _without_rare_meters):
            found, others = leave_out(found)
            dropped += others
        tunes, others = _split(found, recorded_split())
        dropped += others
        kept = {tune.id for tune in tunes}
        for one in found:
            if one.id in kept:
                repairs[one.book].update(one.tune.repairs)
        dropped.sort(key=lambda one: (list(texts).index(one.book), one.number))
        return cls(tuple(texts), tunes, tuple(dropped), repairs, sources)

    def part(self, part: Part) -> tuple[str, ...]:
        """The texts of a part."""
        return tuple(tune.text for tune in self.tunes if tune.part == part)

    @property
    def sha256(self) -> str:
        """Checksum of the three parts' texts."""
        return hashlib.sha256(
            "\0".join(join_tunes(self.part(part)) for part in PARTS).encode()
        ).hexdigest()

    def report(self) -> str:
        """What was read, kept and dropped, as Markdown."""
        return "\n".join(_report(self)) + "\n"

    def write(self, folder: Path) -> None:
        """Writes train.abc, valid.abc, test.abc and report.md; each file appears whole
        or not at all."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for part in PARTS:
                _write(folder / f"{part}.abc", join_tunes(self.part(part)))
            _write(folder / "report.md", self.report())
        except OSError as error:
            raise CorpusError(f"{folder}: cannot be written ({error.strerror or error})") from None


def whole_tunes(text: str) -> Iterator[str]:
    """The tunes in a text; music behind a blank line belongs to the tune before it if
    that has none of its own."""
    position = 0
    header = ""
    for block in blocks(text):
        start = text.index(block.text, position)
        if header:
            yield header + _stray_music(text[position:start])
        header = ""
        position = start + len(block.text)
        if block.text.rstrip().rpartition("\n")[2].startswith("K:"):
            header = block.text
        else:
            yield block.text
    if header:
        yield header + _stray_music(text[position:])


def _stray_music(between: str) -> str:
    music = between.strip("\n")
    return "\n\n" + music if "|" in music else ""


def _without_crooked(found: list[_Found]) -> tuple[list[_Found], list[Dropped]]:
    """Keeps the tunes whose sections are all regular: dances fit them, and form plans
    can be made of them."""
    dropped = [
        Dropped(
            one.book,
            one.number,
            "crooked",
            f"its sections have {', '.join(map(str, one.tune.sections))} bars",
        )
        for one in found
        if not set(one.tune.sections).issubset(REGULAR)
    ]
    return [one for one in found if set(one.tune.sections).issubset(REGULAR)], dropped


def _without_rare_meters(found: list[_Found]) -> tuple[list[_Found], list[Dropped]]:
    counts = Counter(one.tune.meter for one in found)
    rare = {meter for meter, count in counts.items() if count < RARE * len(found)}
    dropped = [
        Dropped(
            one.book,
            one.number,
            "rare meter",
            f"{counts[one.tune.meter]} tunes are in {one.tune.meter}",
        )
        for one in found
        if one.tune.meter in rare
    ]
    return [one for one in found if one.tune.meter not in rare], dropped


def _without_duplicates(found: list[_Found]) -> tuple[list[_Found], list[Dropped]]:
    """Keeps the first of tunes that are alike."""
    shared = sharing([one.tune.melody for one in found])
    kept: set[int] = set()
    dropped: list[Dropped] = []
    seen: dict[str, int] = {}
    for index, one in enumerate(found):
        first = seen.setdefault(one.tune.text, index)
        if first != index:
            dropped.append(
                Dropped(one.book, one.number, "exact duplicate", f"the same as {found[first].id}")
            )
            continue
        for other in sorted(shared[index] & kept):
            alike = likeness(one.tune.melody, found[other].tune.melody)
            if alike >= SAME:
                reason = "exact duplicate" if alike == 1 else "near duplicate"
                dropped.append(
                    Dropped(one.book, one.number, reason, f"{alike:.0%} like {found[other].id}")
                )
                break
        else:
            kept.add(index)
    return [one for index, one in enumerate(found) if index in kept], dropped


def recorded_split() -> dict[str, Part]:
    """The held-out tunes of the known books, by id."""
    parts: dict[str, Part] = {}
    for line in SPLIT.read_text(encoding="utf-8").splitlines() if SPLIT.exists() else []:
        match line.split():
            case ["valid", name]:
                parts[name] = "valid"
            case ["test", name]:
                parts[name] = "test"
    return parts


def _split(
    found: list[_Found], recorded: dict[str, Part]
) -> tuple[tuple[CleanTune, ...], list[Dropped]]:
    """Groups of related tunes go to one part. A tune of a known book stays where the
    recorded split has it."""
    shared = sharing([one.tune.melody for one in found])
    roots = components(len(found), _links(found, shared))
    members: dict[int, list[int]] = defaultdict(list)
    for index, root in enumerate(roots):
        members[root].append(index)
    parts: list[Part] = ["train"] * len(found)
    recorded_books = KNOWN_BOOKS if recorded else ()
    for group in members.values():
        known = {
            index: recorded.get(found[index].id, "train")
            for index in group
            if found[index].book in recorded_books
        }
        sides = set(known.values())
        side: Part = "train"
        if len(sides) == 1:
            side = sides.pop()
        elif not sides and len(group) <= max(SMALL, LARGE * len(found)):
            side = _part_of(min(found[index].id for index in group))
        for index in group:
            parts[index] = known.get(index, side)
    fenced: dict[int, Dropped] = {}
    for part, guarded in (("train", ("valid", "test")), ("valid", ("test",))):
        for index, one in enumerate(found):
            other = next(
                (other for other in sorted(shared[index]) if parts[other] in guarded), None
            )
            if parts[index] == part and other is not None:
                message = f"shares 16 notes in a row with {found[other].id} of {parts[other]}"
                fenced[index] = Dropped(one.book, one.number, "related to a held-out tune", message)
    tunes = tuple(
        CleanTune(
            one.book, one.number, one.tune.title, one.tune.text, one.tune.meter, one.tune.rhythm, one.tune.key,
            one.tune.melody, parts[index],
        )
        for index, one in enumerate(found)
        if index not in fenced
    )  # fmt: skip
    return tunes, list(fenced.values())


def _links(found: Sequence[_Found], shared: Sequence[set[int]]) -> Iterator[tuple[int, int]]:
    titles: dict[str, int] = {}
    for index, one in enumerate(found):
        yield from ((index, other) for other in shared[index] if other < index)
        key = title_key(one.tune.title)
        if key:
            yield index, titles.setdefault(key, index)


def _part_of(name: str) -> Part:
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
    if share < HELD_OUT:
        return "test"
    return "valid" if share < 2 * HELD_OUT else "train"


def split_lines(tunes: Iterable[CleanTune]) -> str:
    """What splits/folk.txt says about these tunes."""
    lines = [f"{tune.part} {tune.id}" for tune in tunes if tune.part != "train"]
    return "\n".join(
        ["# Held-out tunes of the known books, BOOK:NUMBER; all others are trained on.", *lines, ""]
    )


def _report(collection: Collection) -> Iterator[str]:
    books, tunes, dropped = collection.books, collection.tunes, collection.dropped
    kept = Counter(tune.book for tune in tunes)
    out = Counter(one.book for one in dropped)
    yield "# Corpus " + " + ".join(books)
    yield f"\nsha256 {collection.sha256}\n"
    rows = {
        "tunes read": {book: kept[book] + out[book] for book in books},
        "kept": kept,
        **{
            f"dropped: {reason}": Counter(one.book for one in dropped if one.reason == reason)
            for reason, _ in Counter(one.reason for one in dropped).most_common()
        },
        **{
            f"repaired: {name}": {book: collection.repairs[book][name] for book in books}
            for name in sorted({name for counts in collection.repairs.values() for name in counts})
        },
        "characters": {
            book: sum(len(tune.text) + 2 for tune in tunes if tune.book == book) for book in books
        },
        "onsets": {
            book: sum(len(tune.melody) for tune in tunes if tune.book == book) for book in books
        },
    }
    yield from _table(books, rows)
    yield "\n| part | tunes | characters | onsets |\n|---|---:|---:|---:|"
    for part in PARTS:
        chosen = [tune for tune in tunes if tune.part == part]
        characters = sum(len(tune.text) + 2 for tune in chosen)
        yield f"| {part} | {len(chosen):,} | {characters:,} | {sum(len(tune.melody) for tune in chosen):,} |"
    for name in ("meter", "rhythm", "key"):
        yield f"\n## {name.capitalize()}s\n"
        counts = Counter(getattr(tune, name) for tune in tunes)
        yield from _table(
            books,
            {
                value or "(none)": Counter(
                    tune.book for tune in tunes if getattr(tune, name) == value
                )
                for value, _ in counts.most_common()
            },
        )
    alphabet = "".join(sorted(set("".join(tune.text for tune in tunes))))
    yield f"\n## Characters\n\n{len(alphabet)}: `{alphabet!r}`"


def _table(books: Sequence[str], rows: dict[str, Any]) -> Iterator[str]:
    yield f"| | {' | '.join(books)} | all |"
    yield "|---|" + "---:|" * (len(books) + 1)
    for name, counts in rows.items():
        values = [counts[book] for book in books]
        yield f"| {name} | {' | '.join(f'{value:,}' for value in values)} | {sum(values):,} |"


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
