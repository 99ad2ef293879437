"""The corpus that a training learns from: tunes to train on, and tunes held out."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Self

from abcrun.composition.plans import PlanRecord, form_of
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import CorpusError, NotationError
from abcrun.notation import Tune
from abcrun.notation.melody import melody_of
from abctrain.data.collection import CleanTune, Collection, left_out_in_words, named_in_words
from abctrain.data.keys import CANONICAL, in_key
from abctrain.data.related import Known
from abctrain.data.sources import Source, SourceText, book_of, read_book, read_own
from abctrain.data.text import SEPARATOR, checksum_of, split_tunes
from abctrain.data.waiting import awaited
from abctrain.recipe import CorpusRecipe

MOST_PLANS = 25_000
"""The form plans of a model are fewer than this: its metadata has bounds, and who asks
for a tune has waited for all of them to be read."""


@dataclass(frozen=True)
class Corpus:
    """Tunes to train on and tunes held out.

    `held_out` chooses the best epoch; `test` is held out from that choice too. `split`
    says how the parts were chosen. `repertoire` is for the runtime: the form plans of
    the tunes to train on (`abcrun.composition.repertoire.Repertoire`), or an empty
    text. `known` counts the tunes that the network to be fine-tuned was trained on, or
    on much the same, as far as that could be told; all of them are to train on but for
    `known_held_out`, which are held out where no others are there. `origins`
    are those of the tunes to train on, as `origin` writes them. `left_out` counts the
    tunes of a clean corpus that are not in it, by the reason; `rhythms_by_name` those
    that have the rhythm that their file's name tells.
    """

    name: str
    training: tuple[str, ...]
    held_out: tuple[str, ...]
    sources: tuple[Source, ...]
    test: tuple[str, ...] = ()
    split: str = "tunes whose sha256 falls below the held-out share"
    repertoire: str = ""
    known: int = 0
    known_held_out: int = 0
    origins: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    rhythms_by_name: int = 0

    @classmethod
    def of_recipe(
        cls, recipe: CorpusRecipe, path: Path | None = None, known: Known | None = None
    ) -> Self:
        """Read what `recipe` asks for: its books, or the user's own file or folder.

        A tune that is `known` is not held out.
        """
        if recipe.clean:
            return cls.cleaned(recipe, path, known)
        if path is None:
            return cls.of_books(recipe.books, recipe.held_out)
        return cls.of_path(path, recipe.held_out, known)

    @classmethod
    def of_books(cls, names: Sequence[str], held_out: float) -> Self:
        """Read the books `names`, fetched where needed, as they are written."""
        return cls.of_texts("+".join(names), [read_book(name) for name in names], held_out)

    @classmethod
    def of_path(cls, path: Path, held_out: float, known: Known | None = None) -> Self:
        """Read the user's own file or folder as it is written."""
        return cls.of_texts(path.stem, [read_own(path)], held_out, known)

    @classmethod
    def of_texts(
        cls,
        name: str,
        texts: Sequence[SourceText],
        held_out: float,
        known: Known | None = None,
    ) -> Self:
        """Hold out the tunes whose hash falls below the share, and at least one, but
        none that is `known` while there are others.

        A tune that stands twice in the texts stays so. Raises `CorpusError` for fewer
        than two different tunes.
        """
        tunes = [tune for one in texts for file in one.files for tune in split_tunes(file.text)]
        if not tunes:
            raise CorpusError(f"corpus {name}: it is empty")
        if len(set(tunes)) < 2:
            raise CorpusError(
                f"corpus {name}: it is one block of {len(tunes[0]):,} characters; "
                "to hold a tune out it takes at least two, separated by blank lines"
            )
        # The side depends on the tune alone: a growing corpus keeps what it held out.
        known_tunes = set() if known is None else {tune for tune in tunes if known(melody_in(tune))}
        new = [tune for tune in tunes if tune not in known_tunes] or tunes
        limit = max(held_out, min(map(_share, new)))
        chosen = {tune for tune in new if _share(tune) <= limit}
        return cls(
            name,
            tuple(tune for tune in tunes if tune not in chosen),
            tuple(tune for tune in tunes if tune in chosen),
            tuple(one.source for one in texts),
            known=sum(tune in known_tunes for tune in tunes),
            known_held_out=sum(tune in known_tunes for tune in tunes if tune in chosen),
            origins=tuple(_origins(texts, chosen)),
        )

    @classmethod
    def cleaned(
        cls, recipe: CorpusRecipe, path: Path | None = None, known: Known | None = None
    ) -> Self:
        """Read the recipe's books, or the user's own file or folder, as a `Collection`
        cleans and splits them."""
        if path is None:
            return cls.of_collection(recipe, Collection.of_sources(recipe.books, known))
        return cls.of_collection(recipe, Collection.of_path(path, known))

    @classmethod
    def of_collection(cls, recipe: CorpusRecipe, collection: Collection) -> Self:
        """Take a clean corpus as `recipe` wants it to be learned."""
        training, held_out, test = (
            tuple(
                in_key(text, CANONICAL) if recipe.keys == "canonical" else text
                for text in collection.part(part)
            )
            for part in ("train", "valid", "test")
        )
        name = "+".join(collection.books)
        if not training or not held_out:
            raise CorpusError(
                f"corpus {name}: {len(collection.tunes)} clean tunes are too few to hold some "
                f"out; {left_out_in_words(collection.left_out)}"
            )
        # Only a network with recall can be guided, and only by tunes with a plan.
        forms = _plans(training) if recipe.recall else ()
        plans = ""
        if forms:
            plans = Repertoire(
                forms,
                _tonics(collection.tunes),
                CANONICAL if recipe.keys == "canonical" else None,
            ).to_text()
        split = "groups of tunes that share 16 notes in a row or their titles, by their sha256"
        known = [tune for tune in collection.tunes if tune.is_known]
        origins = tuple(
            origin(tune.book, tune.number, tune.title)
            for tune in collection.tunes
            if tune.part == "train"
        )
        return cls(
            name,
            training,
            held_out,
            collection.sources,
            test,
            split,
            plans,
            len(known),
            sum(tune.part != "train" for tune in known),
            origins,
            collection.left_out,
            collection.rhythms_by_name,
        )

    @property
    def remarks(self) -> list[str]:
        """What the log of a training says of the tunes, each remark in a line."""
        remarks: list[str] = []
        if self.left_out:
            remarks.append(f"of the tunes {left_out_in_words(self.left_out)}")
        if self.rhythms_by_name:
            remarks.append(named_in_words(self.rhythms_by_name))
        return remarks

    @property
    def characters(self) -> str:
        """Each character of the tunes, those held out too, and of the blank lines that
        end them."""
        return "".join(sorted(set(SEPARATOR).union(*self.training, *self.held_out, *self.test)))

    @cached_property
    def sha256(self) -> str:
        """The checksum of the parts: the same for the same split of the same text."""
        # Without a test part it is left out, as in files written before there was one.
        parts = (self.training, self.held_out, *([self.test] if self.test else []))
        return checksum_of(parts)


def melody_in(text: str) -> tuple[int, ...]:
    """Return the melody of a tune as somebody wrote it; an empty one where it cannot be
    read."""
    try:
        return melody_of(Tune.parse(text))
    except NotationError:
        return ()


def _plans(tunes: Sequence[str]) -> tuple[PlanRecord, ...]:
    """Return the form plans of tunes in normal form: of every n-th tune, where there
    are more than a model needs."""
    chosen = tunes[:: 1 + len(tunes) // MOST_PLANS]
    forms = map(form_of, awaited(chosen, "form plans", len(chosen)))
    return tuple(form.to_record() for form in forms if form)


def origin(book: str, number: int, title: str) -> str:
    """Return where a tune comes from in one line, as an index of melodies has it: the
    tune `number`, from 1, of `book`, parted by tabs."""
    return f"{_line(book)}\t{number}\t{_line(title)}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _origins(texts: Sequence[SourceText], held_out: Set[str]) -> Iterator[str]:
    """Yield the origins of tunes as they are written, but of those held out."""
    for one in texts:
        book = book_of(one.source.to_dict())
        tunes = chain.from_iterable(split_tunes(file.text) for file in one.files)
        for number, tune in enumerate(tunes, start=1):
            if tune not in held_out:
                title = re.search(r"^T:(.*)", tune, re.MULTILINE)
                yield origin(book, number, "" if title is None else title[1])


def _share(tune: str) -> float:
    """Return a number from 0 to 1 that depends on nothing but the tune's text."""
    return int.from_bytes(hashlib.sha256(tune.encode()).digest()[:8], "big") / 2**64


def _tonics(tunes: Sequence[CleanTune]) -> dict[str, dict[str, int]]:
    """Count the tonics of each mode, the usual ones first."""
    tonics: dict[str, Counter[str]] = {}
    for tune in tunes:
        tonics.setdefault(tune.key[-3:], Counter())[tune.key[:-3]] += 1
    return {mode: dict(counts.most_common()) for mode, counts in tonics.items()}
