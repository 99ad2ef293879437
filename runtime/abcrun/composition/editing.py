"""Changing a tune with the model: bars are drawn anew, or a section is added; the rest
stays as it was written.

What stays is fed to the network behind the signs of a sketch that is made of it; the
network draws how the other bars come, and what is new of them. A bar that stays is
sketched on bars that stay: what it came from may be gone.

An LSTM reads from the left: what is drawn follows from all that stands before it. What
stands behind it counts in the choice: several candidates are drawn, and the one is
taken after which the model finds the following bars the most probable. That is sampling
importance resampling with the best of the weights (Rubin 1987): the candidates come
from p(bars | left), and p(right | left, bars) tells how well they lead on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import inf

from abcrun.composition.copies import check_max_copied, copy_limit
from abcrun.composition.given import GivenTune
from abcrun.composition.guidance import OnProgress
from abcrun.composition.likelihood import bits_of_tune
from abcrun.composition.plans import is_repeated, sections_of
from abcrun.composition.recall import coded, parted, text_of
from abcrun.composition.recall_strategy import Course, RecallStrategy
from abcrun.composition.signs import MOST_BARS_AGO
from abcrun.composition.sketch import Sketch, first_step, last_step
from abcrun.composition.sketch_writer import Wish
from abcrun.composition.strategies import Attempt, CopyLimit
from abcrun.errors import NotationError, UsageError
from abcrun.inference.network import Network
from abcrun.inference.random_streams import Draws, random_stream
from abcrun.inference.request import Generated, Request
from abcrun.notation import Tune
from abcrun.notation.bars import split

CANDIDATES = 8
"""How many candidates are drawn for each change by default."""

_FOLLOWING = 4  # bars behind a change whose probability decides
_BARS = 8  # of a section behind one that is not regular


@dataclass(frozen=True)
class Edit:
    """A change that can be composed: `requests` has one for each candidate, and
    `choose` takes the best of what an engine makes of them."""

    requests: tuple[Request, ...]
    original: str
    _weigh: Callable[[str], float]

    def choose(self, candidates: Sequence[Generated]) -> Generated:
        """Return the candidate that leads on best to what follows.

        If any are complete, and different from the original, it is one of them. Its
        characters, redrawn bars and attempts are those of all candidates.
        """
        able = [one for one in candidates if one.complete] or candidates
        able = [one for one in able if one.text != self.original] or able
        chosen = min(able, key=lambda one: self._weigh(one.written) if one.complete else inf)
        return replace(
            chosen,
            index=0,
            characters=sum(one.characters for one in candidates),
            redrawn=sum(one.redrawn for one in candidates),
            attempts=sum(one.attempts for one in candidates),
        )


@dataclass(frozen=True)
class EditSettings:
    """How a change is composed.

    first: a request with the seed, the sampling and the limit of characters.
    candidates: how many are drawn, 1 or more.
    max_copied: as in `Model.generate`.
    progress: hears of each candidate under its number.
    """

    first: Request
    candidates: int = CANDIDATES
    max_copied: int | None = None
    progress: OnProgress | None = None

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise UsageError(f"candidates is {self.candidates}; it must be at least 1")
        check_max_copied(self.max_copied)


def rewrite(network: Network, text: str, bars: Iterable[int], settings: EditSettings) -> Edit:
    """Prepare that bars (numbers from 0, as they are written) are drawn anew.

    Bars among them that were alike are alike again, where at most 32 bars are between.
    `UsageError` for what is no bar of the tune, and for a tune in a meter or mode that
    the model does not know. `NotationError` for a tune that cannot be read or has no
    normal form.
    """
    given = GivenTune.of(network.spec, text)
    wanted = _wanted(given, bars, "to draw anew")
    layout = _Layout(
        given.sketch.between, tuple(range(len(given.bars))), dict.fromkeys(wanted, None)
    )
    return _replacing(network, given, layout, settings)


def _wanted(given: GivenTune, bars: Iterable[int], what_for: str) -> list[int]:
    """Return the numbers of bars in order. `UsageError` for none, and for what is no
    bar of the tune."""
    wanted = sorted(set(bars))
    if not wanted:
        raise UsageError(
            f"bars: there is none {what_for}; give numbers from 0, such as range(4, 8)"
        )
    if wanted[0] < 0 or wanted[-1] >= len(given.bars):
        wrong = wanted[0] if wanted[0] < 0 else wanted[-1]
        raise UsageError(
            f"bars: there is no bar {wrong}; the tune has {len(given.bars)}, numbered from 0"
        )
    return wanted


def vary(network: Network, text: str, amount: float, settings: EditSettings) -> Edit:
    """Prepare that a share `amount`, above 0 to 1, of the different bars is varied,
    wherever they stand.

    The network reads each section that changes twice in a row, and the second time as a
    variation of the first: so it has the old bars at hand, and keeps groups of notes of
    them. Sections begin and end on the notes that they had. The last bar stays unless
    all are to go. Errors are those of `rewrite`.
    """
    if not 0 < amount <= 1:
        raise UsageError(f"amount is {amount}; it must be above 0 and at most 1")
    given = GivenTune.of(network.spec, text)
    different = list(dict.fromkeys(given.bars))
    if amount < 1:
        # A new last bar would often not close, and one note has no variation.
        stay = [bar for bar in different if bar == given.bars[-1] or _notes(given, [bar]) < 2]
        different = [bar for bar in different if bar not in stay] or different
    count = max(1, round(amount * len(different)))
    random = random_stream(settings.first.seed, 0, 0, Draws.EDIT)
    places = random.choice(len(different), size=count, replace=False).tolist()
    chosen = [different[place] for place in places]
    wanted = [number for number, bar in enumerate(given.bars) if bar in chosen]
    return _replacing(network, given, _with_variations(given.sketch, wanted), settings)


def extend(network: Network, text: str, settings: EditSettings) -> Edit:
    """Prepare that a section is added: as long as the last one, repeated where that
    is, with a pickup where its last bar leaves room for one.

    The network draws which of its bars are new, and which come back, as they were,
    varied or moved. Errors are those of `rewrite`.
    """
    given = GivenTune.of(network.spec, text)
    is_again = _is_repeated(given.sketch)
    before = given.tune.text.rstrip()
    is_closed = before.endswith((":|", "::"))
    before = f"{before[:-2]}:|" if is_closed else f"{before.rstrip('|]')}||"
    wishes = (*Wish.of(given.sketch), *_section_behind(given.sketch))
    opens = "\n|:" if is_again else "\n"
    return _added(network, given, wishes, settings, before=before, join=lambda _sign: opens)


def answer(network: Network, text: str, bars: Iterable[int], settings: EditSettings) -> Edit:
    """Prepare that bars (numbers from 0, as they are written) are answered by as many
    bars behind them, in the same section.

    Bars that stand there already are drawn anew. Where the tune ends before, the answer
    is its new end: it closes on the tonic, and at most half of its bars come back
    unchanged. Errors are those of `rewrite`.
    """
    given = GivenTune.of(network.spec, text)
    wanted = _wanted(given, bars, "to answer")
    end = wanted[-1] + 1
    count = end - wanted[0]
    if end + count <= len(given.bars):
        return rewrite(network, text, range(end, end + count), settings)
    if end < len(given.bars):
        given = GivenTune.of(network.spec, _until(given.tune, end))
    before = given.tune.text.rstrip().rstrip("|]: ")
    *known, last = Wish.of(given.sketch)
    lengths = [slot.length for slot in given.sketch.slots]
    full = given.sketch.full
    answered = sum(length == full for length in lengths[wanted[0] :]) or count
    new = [Wish("|", full, begins=False, ends=False)] * answered
    # Behind a pickup, the last bar leaves room for it.
    pickup = lengths[0] if lengths[0] < full else 0
    new[-1] = replace(new[-1], length=full - pickup, ends=True)
    wishes = (*known, replace(last, ends=False, last=None), *new)
    return _added(network, given, wishes, settings, before=before, join=lambda sign: sign)


def _until(tune: Tune, count: int) -> str:
    """Return the text of a tune up to the end of its first `count` bars."""
    last = tune.bars[count - 1]
    lines = tune.text.split("\n")[: last.end_line]
    return "\n".join([*lines[:-1], lines[-1][: last.end_column - 1]])


def _added(
    network: Network,
    given: GivenTune,
    wishes: Sequence[Wish],
    settings: EditSettings,
    *,
    before: str,
    join: Callable[[str], str],
) -> Edit:
    """Prepare that bars are added to a tune: those of `wishes` behind its own.

    before: the tune as it is to stand before them. join: makes of the bar line that the
        model read there what is written.
    """
    count = len(given.bars)
    course = Course(
        network.spec.vocabulary.characters,
        wishes,
        ":|" if _is_repeated(given.sketch) else "|]",
        is_open=False,
        known=dict(enumerate(given.bars)),
        accepts=lambda sketch: _answers(sketch, given),
    )

    def changed(text: str) -> str:
        first, *signs = split(parted(text)[1])[0][count:] or [""]
        bars = given.in_key(text)[count:]
        section = "".join(bar + after for bar, after in zip(bars, signs, strict=False))
        return f"{before}{join(first)}{section}".rstrip()

    def weigh(written: str) -> float:
        added = split(parted(written)[1])[1][count:]
        bits = bits_of_tune(network, written).bars[count:]
        return float(bits.sum()) / _notes(given, added)

    change = _Change(network, given, given.bars, course, changed, settings)
    return Edit(tuple(map(change.request, range(settings.candidates))), given.tune.text, weigh)


@dataclass(frozen=True)
class _Layout:
    """A tune as the network is to read it, while bars of it are drawn anew.

    between: the signs between its bars. origins: which bar of the given tune each of
    them is. drawn: those that are drawn, each with the number of the bar that it
    varies, if it is to vary one.
    """

    between: tuple[str, ...]
    origins: tuple[int, ...]
    drawn: Mapping[int, int | None]


def _with_variations(sketch: Sketch, wanted: Sequence[int]) -> _Layout:
    """Lay a tune out with each section that has wanted bars twice, and these bars
    varied the second time."""
    between: list[str] = []
    origins: list[int] = []
    drawn: dict[int, int | None] = {}
    close = ""
    for section in sketch.sections:
        opens = "|:" if sketch.between[section.start].endswith("|:") else ""
        is_varied = any(number in wanted for number in section)
        for is_variation in (False, True)[: 1 + is_varied]:
            for number in section:
                if is_variation and number in wanted:
                    drawn[len(origins)] = len(origins) - len(section)
                inner = sketch.between[number]
                between.append(close + opens if number == section.start else inner)
                origins.append(number)
            close = ":|" if sketch.between[section.stop].startswith(":|") else "||"
    return _Layout((*between, sketch.between[-1]), tuple(origins), drawn)


def _course(network: Network, given: GivenTune, layout: _Layout) -> Course:
    """Return the course of a tune with bars that are drawn anew; where several of them
    were alike, they are alike again."""
    old = [given.bars[number] for number in layout.origins]
    # What stands for a bar that is drawn is like no other music: so no bar that stays
    # is sketched on it, but those that were alike are.
    texts = [
        f"?{given.bars.index(bar)}" if number in layout.drawn else bar
        for number, bar in enumerate(old)
    ]
    wishes = list(Wish.of(Sketch.of(layout.between, texts, given.reader)))
    for number, source in layout.drawn.items():
        length = given.sketch.slots[layout.origins[number]].length
        wish = replace(wishes[number], length=length)
        if wish.coming != "same":
            alike = {n for n, text in enumerate(texts[:number]) if text == old[number]}
            wish = replace(wish.open(), unlike=frozenset(alike))
            # Both notes are told only where a section begins or ends with the bar.
            first, last = first_step(old[number]), last_step(old[number])
            is_near = source is not None and number - source <= MOST_BARS_AGO
            if is_near and " " in old[number]:
                wish = replace(wish, coming="varied", source=source, first=first, last=last)
            elif given.closes(old[number]):
                wish = replace(wish, last=last)
        wishes[number] = wish
    return Course(
        network.spec.vocabulary.characters,
        wishes,
        layout.between[-1],
        is_open=False,
        known={number: bar for number, bar in enumerate(old) if number not in layout.drawn},
    )


def _replacing(network: Network, given: GivenTune, layout: _Layout, settings: EditSettings) -> Edit:
    """Prepare that the bars of a layout that are drawn take the place of the old
    ones."""
    places = {layout.origins[number]: number for number in layout.drawn}
    # The bars that stay behind those that change: they tell how well it goes on.
    following = [
        number
        for number in range(len(given.bars))
        if number not in places
        and any(before in places for before in range(number - _FOLLOWING, number))
    ]

    def changed(text: str) -> str:
        bars = given.in_key(text)
        new = {number: bars[at] for number, at in places.items() if at < len(bars)}
        return given.written_with(new)

    def weigh(written: str) -> float:
        bars = split(parted(written)[1])[1]
        new = {number: bars[at] for number, at in places.items()}
        bits = bits_of_tune(network, given.with_bars(new)).bars
        if following:
            return float(bits[following].sum())
        return float(bits[list(new)].sum()) / _notes(given, new.values())

    old = [given.bars[number] for number in layout.origins]
    change = _Change(network, given, old, _course(network, given, layout), changed, settings)
    return Edit(tuple(map(change.request, range(settings.candidates))), given.tune.text, weigh)


@dataclass(frozen=True)
class _Change:
    """What the candidates of a change have in common.

    old: the bars that the network would read if none changed. changed: makes the
        changed tune of the text that the model wrote, the whole or its first bars.
    """

    network: Network
    given: GivenTune
    old: Sequence[str]
    course: Course
    changed: Callable[[str], str]
    settings: EditSettings

    def request(self, index: int, attempt: int = 0) -> Request:
        """Return the request for candidate number `index`."""
        head, first, progress = self.given.head, self.settings.first, self.settings.progress
        tell = (
            None if progress is None else lambda text: progress(index, lambda: self._so_far(text))
        )
        again = partial(self.request, index, attempt + 1)
        this = Attempt(self._final, again, self._copy_limit, tell)
        return replace(
            first,
            prompt=head,
            tokens=self.network.spec.vocabulary.encode(head),
            index=index,
            max_chars=first.max_chars + self._fed,
            strategy=partial(RecallStrategy, attempt=this, course=self.course),
        )

    @cached_property
    def _fed(self) -> int:
        """The characters of what is known: it may be there twice."""
        return 2 * len(text_of(coded(self.given.text)))

    @cached_property
    def _copy_limit(self) -> CopyLimit | None:
        """The limit for all candidates: the tune's own melody is looked up once."""
        return copy_limit(self.network, self.settings.max_copied, self.given.melody(self.old))

    def _so_far(self, text: str) -> str:
        try:
            return self.changed(text)
        except (NotationError, UsageError):
            return self.given.tune.text

    def _final(self, text: str) -> str:
        """Return the changed tune; where the text was given up, the tune as it was."""
        is_whole = len(split(parted(text)[1])[1]) == len(self.course.wishes)
        return self._so_far(text) if is_whole else self.given.tune.text


def _section_behind(sketch: Sketch) -> list[Wish]:
    """Return what is known of the bars of a section that is added to a tune."""
    last, full = sketch.sections[-1], sketch.full
    alone = Sketch(
        full,
        sketch.between[last.start : last.stop + 1],
        tuple(replace(slot, source=None) for slot in sketch.slots[last.start : last.stop]),
    )
    regular = sections_of(alone)
    count = _BARS if regular is None else regular[1]
    pickup = full - sketch.slots[-1].length
    lengths = [full] * count
    if 0 < pickup < full:
        lengths = [pickup, *lengths[1:], full - pickup]
    close = ":|" if sketch.between[-1].startswith(":|") else "||"
    join = close + ("|:" if _is_repeated(sketch) else "")
    return [
        Wish("|" if number else join, length, number == 0, number + 1 == len(lengths))
        for number, length in enumerate(lengths)
    ]


def _is_repeated(sketch: Sketch) -> bool:
    return is_repeated(sketch.between, sketch.sections[-1])


def _answers(sketch: Sketch, given: GivenTune) -> bool:
    """Return whether the bars behind a given tune close on its tonic, and at most half
    of them come back unchanged."""
    count, slots = len(given.bars), sketch.slots
    if 2 * sum(slot.coming == "same" for slot in slots[count:]) > len(slots) - count:
        return False
    last = len(slots) - 1
    while last >= count and slots[last].coming == "same":
        last = slots[last].source or 0
    if last < count:
        return given.closes(given.bars[last])
    step = slots[last].last
    tonic = given.head.rpartition("K:")[2][0]
    return step is not None and (step - first_step(tonic)) % 7 == 0


def _notes(given: GivenTune, bars: Iterable[str]) -> int:
    """Count the notes of bars; 1 for none, as they divide."""
    return max(1, len(given.melody(bars)))
