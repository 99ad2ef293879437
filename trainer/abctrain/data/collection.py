"""Books → cleaned tunes → duplicates out → groups of related tunes → training,
validation and test.

Crooked tunes, and variants of a tune that is there, are never held out. No test tune
shares 16 notes in a row, in any key, with a training or validation tune, and no
validation tune shares them with a training tune. Which tunes of the known books are
held out is written down in splits/folk.txt and stays so. A collection to fine-tune a
network with holds out no tune that shares 16 notes in a row with those that the network
was trained on, unless there are no others.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from abcrun.composition.sketch import REGULAR
from abcrun.errors import CorpusError
from abcrun.notation.blocks import blocks
from abctrain.data.books import BOOKS
from abctrain.data.cleaning import NAMED, DroppedTuneError, NormalTune, clean
from abctrain.data.related import SAME, Known, components, likeness, title_key
from abctrain.data.sharing import Sharing
from abctrain.data.sources import Source, SourceFile, one_line_name, read_source
from abctrain.data.text import SEPARATOR, checksum_of
from abctrain.data.waiting import awaited

Part = Literal["train", "valid", "test"]
Oddity = Literal["", "crooked", "variant"]
ODDITIES: tuple[Oddity, ...] = ("crooked", "variant")
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


class NoCleanTuneError(CorpusError):
    """Not one tune of a corpus can be used."""


@dataclass(frozen=True, slots=True)
class CleanTune:
    """A tune in normal form, with its origin: the tune `number`, from 1, of `book`.

    `melody` holds the MIDI note numbers of successive onsets as written, a byte each,
    repeats not played out. `oddity` says why it may be trained on only: it is "crooked"
    (a section of another length than `REGULAR`), or a "variant" of another tune; else
    it is empty. `is_known`: the network to be fine-tuned was trained on such a melody.
    """

    book: str
    number: int
    title: str
    text: str
    meter: str
    rhythm: str
    key: str
    melody: bytes
    part: Part
    oddity: Oddity = ""
    is_known: bool = False

    @property
    def id(self) -> str:
        """The book and the number, such as "irish:12"."""
        return f"{self.book}:{self.number}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A tune that is left out; `reason` is one of a few phrases."""

    book: str
    number: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A tune that could be cleaned, before it has a part."""

    book: str
    number: int
    tune: NormalTune
    oddity: Oddity = ""
    is_known: bool = False

    @property
    def id(self) -> str:
        return f"{self.book}:{self.number}"

    def dropped(self, reason: str, message: str) -> Dropped:
        return Dropped(self.book, self.number, reason, message)


@dataclass(frozen=True)
class Collection:
    """A clean corpus.

    `tunes` stand in the order of the books, as do the `dropped` ones. `repairs` counts
    for each book how often each repair was made. `sources` belong to `books` one by
    one; a collection of bare texts has none.
    """

    books: tuple[str, ...]
    tunes: tuple[CleanTune, ...]
    dropped: tuple[Dropped, ...]
    repairs: Mapping[str, Counter[str]]
    sources: tuple[Source, ...]

    @classmethod
    def of_sources(cls, names: Sequence[str] = KNOWN_BOOKS, known: Known | None = None) -> Self:
        """Read and clean books by name and the user's own files or folders by path.

        Of exact duplicates the first one stays. Books are fetched where needed. A tune
        that is `known` is not held out.
        """
        texts: dict[str, Sequence[SourceFile]] = {}
        sources: list[Source] = []
        for name in names:
            book = name if name in BOOKS else Path(one_line_name(Path(name))).stem
            if book in texts or (name not in BOOKS and book in BOOKS):
                raise CorpusError(f"{name}: there is a book {book!r} already; rename this one")
            source, texts[book] = read_source(name)
            sources.append(source)
        return cls._of_files(texts, sources, recorded_split(), known)

    @classmethod
    def of_path(cls, path: Path, known: Known | None = None) -> Self:
        """Read and clean the user's own file or folder, whatever its name: a folder
        "irish" is not the book."""
        return cls.of_sources((str(path.absolute()),), known)

    @classmethod
    def of_texts(
        cls,
        texts: Mapping[str, str],
        recorded: Mapping[str, Part] | None = None,
        known: Known | None = None,
    ) -> Self:
        """Clean and split texts of tunes, given by the names of their books.

        `recorded` holds the held-out tunes of the known books by id; without it they
        are those of `recorded_split`. A tune that is `known` is not held out. Raises
        `NoCleanTuneError` when no tune can be used.
        """
        recorded = recorded_split() if recorded is None else recorded
        files = {book: [SourceFile(text)] for book, text in texts.items()}
        return cls._of_files(files, (), recorded, known)

    @classmethod
    def _of_files(
        cls,
        texts: Mapping[str, Sequence[SourceFile]],
        sources: Sequence[Source],
        recorded: Mapping[str, Part],
        known: Known | None,
    ) -> Self:
        found: list[_Found] = []
        dropped: list[Dropped] = []
        for book, files in texts.items():
            tunes_of_book = awaited(
                ((block, file) for file in files for block in whole_tunes(file.text)),
                f"cleaning {book}",
                sum(len(file.text) for file in files),
                lambda one: len(one[0]) + len(SEPARATOR),
            )
            for number, (block, file) in enumerate(tunes_of_book, start=1):
                # Held-out tunes keep their text: figures stay comparable.
                likely = f"{book}:{number}" not in recorded
                try:
                    tune = clean(block, likely=likely, rhythms=file.rhythms)
                    found.append(_Found(book, number, tune))
                except DroppedTuneError as error:
                    dropped.append(Dropped(book, number, error.reason, str(error)))
        if not found:
            raise NoCleanTuneError(
                f"no tune of the corpus can be used; {left_out_in_words(counts_of(dropped))}"
            )
        found, others = _without_duplicates(found, recorded)
        dropped += others
        found, others = _without_rare_meters(found)
        dropped += others
        if known is not None:
            found = [replace(one, is_known=known(one.tune.melody)) for one in found]
        tunes, others = _split(found, recorded)
        dropped += others
        kept = {tune.id for tune in tunes}
        repairs: dict[str, Counter[str]] = {book: Counter() for book in texts}
        for one in found:
            if one.id in kept:
                repairs[one.book].update(one.tune.repairs)
        books = tuple(texts)
        dropped.sort(key=lambda one: (books.index(one.book), one.number))
        return cls(books, tunes, tuple(dropped), repairs, tuple(sources))

    def part(self, part: Part) -> tuple[str, ...]:
        """Return the texts of a part."""
        return tuple(tune.text for tune in self.tunes if tune.part == part)

    @property
    def left_out(self) -> dict[str, int]:
        """How many tunes are left out for each reason, the most first."""
        return counts_of(self.dropped)

    @property
    def rhythms_by_name(self) -> int:
        """How many tunes have the rhythm that their file's name tells."""
        return sum(counts[NAMED] for counts in self.repairs.values())

    @property
    def sha256(self) -> str:
        """The checksum of the three parts' texts."""
        return checksum_of(map(self.part, PARTS))


def counts_of(dropped: Iterable[Dropped]) -> dict[str, int]:
    """Return how many tunes there are of each reason, the most first."""
    return dict(Counter(one.reason for one in dropped).most_common())


def left_out_in_words(counts: Mapping[str, int]) -> str:
    """Return how many tunes are left out and why, as half a sentence."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
    return f"{sum(counts.values()):,} are left out{f': {reasons}' if reasons else ''}"


def named_in_words(count: int) -> str:
    """Return how many tunes have their rhythm from a name, as half a sentence."""
    return f"{count:,} have the rhythm that the name of their file or folder tells"


def whole_tunes(text: str) -> Iterator[str]:
    """Yield the tunes in a text.

    Music behind a blank line belongs to the tune before it if that has none of its own:
    some transcribers put a blank line between the header and the music.
    """
    position = 0
    header = ""
    for block in blocks(text, most=None):
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
    return "\n\n" + music if "|" in music else ""  # without a bar line it is prose


def _without_duplicates(
    found: Sequence[_Found], recorded: Mapping[str, Part]
) -> tuple[list[_Found], list[Dropped]]:
    """Keep one of tunes that are the same, and say which others are odd.

    Of tunes that are the same or alike a held-out one counts as the first, then a
    regular one, then the one whose book comes first.
    """
    shared = Sharing(one.tune.melody for one in found)
    kept: dict[int, _Found] = {}
    dropped: list[Dropped] = []
    seen: dict[str, _Found] = {}
    crooked = [not set(one.tune.sections).issubset(REGULAR) for one in found]
    ranks = [(one.id not in recorded, crooked[index]) for index, one in enumerate(found)]
    for index in sorted(range(len(found)), key=lambda index: (ranks[index], index)):
        one = found[index]
        first = seen.setdefault(one.tune.text, one)
        alike: dict[int, float] = {}
        if first is one:
            alike = {
                other: likeness(one.tune.melody, found[other].tune.melody)
                for other in shared[index]
                if other in kept
            }
            first = next((found[other] for other in alike if alike[other] == 1), one)
        if first is not one:
            dropped.append(one.dropped("exact duplicate", f"the same as {first.id}"))
        elif crooked[index]:
            kept[index] = replace(one, oddity="crooked")
        elif any(share >= SAME and not kept[other].oddity for other, share in alike.items()):
            kept[index] = replace(one, oddity="variant")
        else:
            kept[index] = one
    return [kept[index] for index in sorted(kept)], dropped


def _without_rare_meters(found: list[_Found]) -> tuple[list[_Found], list[Dropped]]:
    counts = Counter(one.tune.meter for one in found)
    kept: list[_Found] = []
    dropped: list[Dropped] = []
    for one in found:
        count = counts[one.tune.meter]
        if count < RARE * len(found):
            dropped.append(one.dropped("rare meter", f"{count} tunes are in {one.tune.meter}"))
        else:
            kept.append(one)
    return kept, dropped


def recorded_split(path: Path = SPLIT) -> dict[str, Part]:
    """Read the held-out tunes, by id, from a file that `split_lines` gave."""
    parts: dict[str, Part] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match line.split():
            case ["valid", name]:
                parts[name] = "valid"
            case ["test", name]:
                parts[name] = "test"
    return parts


def split_lines(tunes: Iterable[CleanTune]) -> str:
    """Return what splits/folk.txt says about these tunes."""
    lines = [f"{tune.part} {tune.id}" for tune in tunes if tune.part != "train"]
    return "\n".join(
        ["# Held-out tunes of the known books, BOOK:NUMBER; all others are trained on.", *lines, ""]
    )


def _split(
    found: Sequence[_Found], recorded: Mapping[str, Part]
) -> tuple[tuple[CleanTune, ...], list[Dropped]]:
    """Give each tune its part, and drop those that tie two parts together."""
    shared = Sharing(one.tune.melody for one in found)
    parts = _parts(found, shared, recorded)
    if "valid" not in parts and any(one.is_known for one in found):
        # Nothing is new to the network: known tunes are better than none.
        parts = _parts([replace(one, is_known=False) for one in found], shared, recorded)
    fenced = _fenced(found, shared, parts)
    tunes = tuple(
        CleanTune(
            book=one.book,
            number=one.number,
            title=one.tune.title,
            text=one.tune.text,
            meter=one.tune.meter,
            rhythm=one.tune.rhythm,
            key=one.tune.key,
            melody=one.tune.melody,
            part=parts[index],
            oddity=one.oddity,
            is_known=one.is_known,
        )
        for index, one in enumerate(found)
        if index not in fenced
    )
    return tunes, list(fenced.values())


def _parts(found: Sequence[_Found], shared: Sharing, recorded: Mapping[str, Part]) -> list[Part]:
    """Choose one part for each group of related tunes.

    A tune of a known book stays where the recorded split has it. Others take the part
    of the recorded tunes of their group, or one by the hash of its first id. A group
    with a tune that the network knows is trained on. Odd tunes are, too, and tie no
    group together. Of a book so small that by the hashes nothing would be held out, the
    group with the least one is, where two tunes are left to train on.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for index, root in enumerate(components(len(found), _links(found, shared))):
        if not found[index].oddity:
            members[root].append(index)
    parts: list[Part] = ["train"] * len(found)
    free: list[tuple[float, list[int]]] = []
    recorded_books = KNOWN_BOOKS if recorded else ()
    for group in members.values():
        if any(found[index].is_known for index in group):
            continue
        known = {
            index: recorded.get(found[index].id, "train")
            for index in group
            if found[index].book in recorded_books
        }
        sides = set(known.values())
        side: Part = "train"
        if len(sides) == 1:
            side = sides.pop()
        # A large group, held out, would be most of the test by itself.
        elif not sides and len(group) <= max(SMALL, LARGE * len(found)):
            share = _share(min(found[index].id for index in group))
            side = _part_of(share)
            free.append((share, group))
        for index in group:
            parts[index] = known.get(index, side)
    for part in ("valid", "test"):
        least = min((one for one in free if parts[one[1][0]] == "train"), default=None)
        if part in parts or least is None or parts.count("train") < len(least[1]) + 2:
            continue
        for index in least[1]:
            parts[index] = part
    return parts


def _fenced(found: Sequence[_Found], shared: Sharing, parts: Sequence[Part]) -> dict[int, Dropped]:
    """Find the tunes that share a run of notes, or their title, with one of a part held
    out further.

    Odd tunes can be such, and a recorded split was made before the newer tune was
    there.
    """
    fenced: dict[int, Dropped] = {}
    for part, guarded in (("train", ("valid", "test")), ("valid", ("test",))):
        titled = {
            title_key(one.tune.title): other
            for other, one in enumerate(found)
            if parts[other] in guarded
        }
        titled.pop("", None)
        for index, one in enumerate(found):
            if parts[index] != part:
                continue
            other = next((one for one in shared[index] if parts[one] in guarded), None)
            what = "16 notes in a row"
            if other is None:
                other = titled.get(title_key(one.tune.title))
                what = "its title"
            if other is not None:
                message = f"shares {what} with {found[other].id} of {parts[other]}"
                fenced[index] = one.dropped("related to a held-out tune", message)
    return fenced


def _links(found: Sequence[_Found], shared: Sharing) -> Iterator[tuple[int, int]]:
    """Yield pairs of tunes, none of them odd, that share a run of notes or their
    title."""
    titles: dict[str, int] = {}
    for index, one in enumerate(found):
        if one.oddity:
            continue
        yield from (
            (index, other) for other in shared[index] if other < index and not found[other].oddity
        )
        key = title_key(one.tune.title)
        if key:
            yield index, titles.setdefault(key, index)


def _share(name: str) -> float:
    # By a hash, and not by chance: the same tunes are held out wherever this runs.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def _part_of(share: float) -> Part:
    if share < HELD_OUT:
        return "test"
    return "valid" if share < 2 * HELD_OUT else "train"
