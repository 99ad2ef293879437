"""Guided generation: bars are drawn again until they fit, on the engine's snapshots.

A bar that does not fit (its meter's length, readable) is taken back and drawn anew from the same state. That draws from
the model's own distribution, given that the bar fits; masking characters that cannot lead to a fitting bar would not:
it keeps beginnings that the model itself would hardly ever have completed to a bar that fits.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from .conditions import MODES, Conditions, Repertoire, Selection, header
from .engine import Engine, Request, Row, Snapshot
from .errors import NotationError, UsageError
from .forms import BETWEEN, BarReader, Form, Slot, split
from .forms import Plan as FormPlan
from .notation import Bar
from .notation.header import Line, read_header
from .notation.key import tonic_and_mode, usual_mode
from .notation.melody import onsets
from .notation.problem import Problems
from .notation.transposing import transpose_text
from .originality import default_index
from .spec import ModelSpec

Guide = Literal["off", "bars", "full"]
LEVELS: tuple[Guide, ...] = get_args(Guide)

MAX_COPIED = 15
"""Notes in a row that a tune may share with a known one. No held-out tune of the corpus shares more with the training
tunes, as the split is made; of the tunes of another book, three in ten do, most of them being the same tune."""
FEWEST_COPIED = 12

_SAME = 6  # redraws of a bar with the sampling asked for
_COOLER = 6  # then so many at a lower temperature; then it goes one bar further back
_COOLING = 0.7  # of the temperature
_BUDGET = 64  # redrawn bars in one attempt
_ATTEMPTS = 8  # before a tune is handed out as incomplete

_FIELD = re.compile(r"^([A-Z]):(.*)$", re.MULTILINE)
_NAMES = {short: name for name, short in MODES.items()}
_KEY = re.compile(rf"([A-G][#b]?)({'|'.join(_NAMES)})")
_LETTER = re.compile(r"([A-Ga-g])([,']*)")
_NATURALS = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}

_TOP = 83  # the b of a fiddle's first position, and of a whistle's
_BOTTOM = 62  # their lowest d

_CONDITIONS = tuple(field.name for field in fields(Conditions))

Encode = Callable[[str], NDArray[np.int64]]
IsOriginal = Callable[[Sequence[int], int], bool]
"""Whether a melody (MIDI note numbers of successive notes) may go on as it does from this note on."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A musician's own beginning, in the model's key: whole bars, what stands between them, and what is under way."""

    between: tuple[str, ...]
    bars: tuple[str, ...]
    rest: str

    @classmethod
    def of(cls, body: str) -> "Opening":
        """A body of bars, complete or not."""
        between, bars = split(body)
        whole = cls(between, tuple(bars), "")
        return replace(whole, rest=body[len(whole.text) :])

    @property
    def text(self) -> str:
        """The body."""
        return "".join(a + b for a, b in zip(self.between, [*self.bars, ""], strict=False)) + self.rest


def plan(
    spec: ModelSpec,
    level: Guide | None,
    conditions: Conditions,
    prompt: str | None,
    max_copied: int | None = None,
) -> "Plan | None":
    """How tunes are to be composed; None for plain sampling of the model's own text, with nothing asked for.

    level: None is the most that the model can do. `UsageError` for what it cannot do.
    """
    if max_copied is not None and max_copied < FEWEST_COPIED:
        raise UsageError(
            f"max_copied is {max_copied}; it must be at least {FEWEST_COPIED}: shorter runs are in all tunes"
        )
    if level is not None and level not in LEVELS:
        raise UsageError(f"guide is {level!r}; choose {', '.join(LEVELS)}")
    if not spec.repertoire:
        asked = [name for name in _CONDITIONS if getattr(conditions, name) is not None]
        asked += [] if max_copied is None else ["max_copied"]
        if asked or level not in (None, "off"):
            wish = asked[0] if asked else f"guide {level}"
            raise UsageError(f"{wish}: the model {spec.name} has no form plans to go by; take one of recipe folk")
        return None
    repertoire = Repertoire.from_text(spec.repertoire)
    level = level or "full"
    if level == "off" and max_copied is not None:
        raise UsageError("max_copied: guide off takes nothing back; take guide bars or full")
    body = ""
    if prompt is not None:
        conditions, body = _opening(spec, repertoire, conditions, prompt)
    selection = repertoire.select(conditions)
    opening = Opening.of(body)
    if body:
        selection = (_fitting if level == "full" else _suitable)(selection, opening)
    is_original = None
    if level != "off":
        is_original = _limit(MAX_COPIED if max_copied is None else max_copied, _melody_of(opening, selection))
    title = None if conditions.title is None else " ".join(conditions.title.split())
    return Plan(
        level, selection, title, opening, conditions.is_open and not body, spec.vocabulary.encode, is_original
    )  # fmt: skip


def _limit(max_copied: int, opening: Sequence[int]) -> IsOriginal:
    """No longer runs than `max_copied`, or than a musician's own opening has: what is drawn does not go on with it."""
    index = default_index()
    most = max(max_copied, index.longest_run(opening))
    return lambda melody, since: not index.has_run(melody, most + 1, since)


def _opening(spec: ModelSpec, repertoire: Repertoire, conditions: Conditions, prompt: str) -> tuple[Conditions, str]:
    """What a musician's beginning asks for with its fields, and its music in the model's key."""
    if not prompt:
        raise UsageError("the prompt is empty; it needs at least one character")
    lines = prompt.splitlines()
    said = Conditions()
    if any(line.startswith("K:") for line in lines):
        try:
            read, music = read_header([Line(number, line) for number, line in enumerate(lines, 1)], Problems())
        except NotationError as error:
            raise UsageError(f"prompt: {error}") from None
        named = dict(_FIELD.findall("\n".join(lines[: len(lines) - len(music)])))
        said = Conditions(
            meter=named.get("M"), key=f"{read.key.tonic} {usual_mode(read.key.mode)}", rhythm=read.rhythm or None,
            unit=named.get("L"), title=read.title or None,
        )  # fmt: skip
        lines = [line.text for line in music]
    elif re.match(r"[A-Z]:(?![|:])", prompt):
        raise UsageError(
            "prompt: it has fields, but no K:; give a whole header, or only bars and ask for meter and key"
        )
    asked = Conditions(
        **{name: getattr(said if getattr(conditions, name) is None else conditions, name) for name in _CONDITIONS}
    )
    if said.key and conditions.key and tonic_and_mode(said.key) != tonic_and_mode(conditions.key):
        raise UsageError(f"key {conditions.key}: the prompt is in {said.key}; leave one of them out")
    body = _in_normal_form(lines)
    if not body:
        return asked, ""
    if asked.key is None or asked.meter is None:
        raise UsageError("prompt: name the key and the meter of these bars, as options or with M: and K: lines")
    try:
        spec.vocabulary.encode(body)
    except UsageError as error:
        raise UsageError(f"prompt: {error}") from None
    if repertoire.canonical is not None:
        tonic, mode = tonic_and_mode(asked.key)
        moved = transpose_text(f"X:1\nK:{tonic}{MODES[mode]}\n{body}", f"{repertoire.canonical} {mode}")
        body = moved.split("\n", 2)[2]
    return asked, body


def _in_normal_form(lines: Sequence[str]) -> str:
    """Lines of music without blank ones, and with bar lines as the training text has them: no spaces around."""
    closed = [re.sub(r"[ \t]*(\|\]|[|:]+)[ \t]*", r"\1", line.strip()) for line in lines]
    body = re.sub(r":\|{0,2}:", ":|\n|:", "\n".join(line for line in closed if line))
    return re.sub(r"\|\[?([1-9])[ \t]*", r"|\1 ", body)


def _fitting(selection: Selection, opening: Opening) -> Selection:
    """The plans that the opening's bars and section signs fit, and that leave something to compose."""
    lengths = _lengths(selection, opening)
    fitting = []
    for entries in selection.plans:
        *bars, rest = lengths[tuple(entries[:2])]
        form, number = selection.repertoire.form(entries), len(bars)
        if (
            any(slot.same is None for slot in form.slots[number:])
            and bars == [slot.length for slot in form.slots[:number]]
            and (rest is None or rest < form.slots[number].length)
            and all(_has_signs(*pair) for pair in zip(form.between, opening.between, strict=False))
        ):
            fitting.append(entries)
    if not fitting:
        raise UsageError(
            "prompt: its bars fit no form that the model knows (each must be whole, readable, and end with a bar line, "
            "and sections have 4, 8 or 16 bars); mend them, or take guide bars"
        )
    return replace(selection, plans=tuple(fitting))


def _suitable(selection: Selection, opening: Opening) -> Selection:
    """The plans with the unit note length that makes most of the opening's bars full."""
    lengths = _lengths(selection, opening)
    fulls = {fields: Fraction(fields[0]) for fields in lengths}
    if all(rest is not None and rest > fulls[fields] for fields, (*_, rest) in lengths.items()):
        raise UsageError("prompt: what stands behind its last bar line is longer than a bar; part it by bar lines")
    full_bars = {fields: bars.count(fulls[fields]) for fields, (*bars, _) in lengths.items()}
    most = max(full_bars.values())
    return replace(selection, plans=tuple(plan for plan in selection.plans if full_bars[tuple(plan[:2])] == most))


def _lengths(selection: Selection, opening: Opening) -> dict[tuple[str, str], list[Fraction | None]]:
    """By meter and unit note length: those of the opening's bars and of what is under way, None for unreadable ones."""
    readers = {tuple(plan[:2]): _reader_of(selection, plan) for plan in selection.plans}
    return {
        fields: [None if bar is None else bar.length for bar in map(reader.read, (*opening.bars, opening.rest))]
        for fields, reader in readers.items()
    }


def _melody_of(opening: Opening, selection: Selection) -> list[int]:
    """The onsets of what can be read of an opening."""
    reader = _reader_of(selection, selection.plans[0])
    read = [reader.read(bar) for bar in (*opening.bars, opening.rest)]
    return [note for bar in read if bar is not None for note in onsets(bar.notes)]


def _reader_of(selection: Selection, entries: FormPlan) -> BarReader:
    form = selection.repertoire.form(entries)
    return _reader(header(replace(form, rhythm=""), selection.mode or form.mode, selection.repertoire.canonical or "D"))


def _has_signs(planned: str, given: str) -> bool:
    """Whether a plan has the repeats, endings and double bar lines that stand in an opening."""
    signs = (":|", "|:", "||", "1", "2")
    return all(sign in planned for sign in signs if sign in given)


@dataclass(frozen=True)
class Plan:
    """What the tunes of one call have in common: level of guidance, what is asked for, the musician's own opening."""

    level: Guide
    selection: Selection
    title: str | None
    opening: Opening
    is_open: bool
    encode: Encode
    is_original: IsOriginal | None = None

    def request(self, first: Request, index: int, attempt: int = 0) -> Request:
        """Tune number `index`, its form, mode and tonic drawn, in its attempt number `attempt`."""
        random = _numbers(first.seed, index, attempt, 1)
        repertoire = self.selection.repertoire
        form, mode = self.selection.draw(random)
        tonic = self.selection.tonic or repertoire.tonic(mode, random.random())
        head = header(form, mode, repertoire.canonical or tonic)
        octave = None if self.opening == Opening((), (), "") else _way_back(repertoire.canonical, self.selection.tonic)
        target = _Target(repertoire, self.selection.tonic, octave, random.random(), self.title, index + 1)

        def again() -> Request:
            return self.request(first, index, attempt + 1)

        if self.level == "full":
            opening = self.opening
            bars = zip(opening.bars, form.between[1:], strict=False)
            text = head + form.between[0] + "".join(bar + after for bar, after in bars) + opening.rest

            def watch(engine: Engine, row: Row) -> _Watcher:
                return _FormWatcher(
                    engine, row, self, head, target, again, form, opening, _numbers(first.seed, index, attempt, 2)
                )
        else:
            text = first.prompt if self.is_open else head + self.opening.text

            def watch(engine: Engine, row: Row) -> _Watcher:
                kind = _Watcher if self.level == "off" else _BarWatcher
                return kind(engine, row, self, text, target, again)

        return replace(first, prompt=text, tokens=self.encode(text), index=index, watch=watch)


def _numbers(seed: int, index: int, attempt: int, stream: int) -> np.random.Generator:
    """Random numbers for an attempt at a tune, behind all that its row in the engine will ever draw (stream 0)."""
    key, counter = np.array([seed, index], np.uint64), np.array([0, 0, stream, attempt], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


@dataclass(frozen=True, slots=True)
class _Target:
    """What becomes of a tune when it is finished.

    `chance`, from 0 to 1, picks the tonic if none was asked for; `octave` None leaves it to the tune's range.
    """

    repertoire: Repertoire
    tonic: str | None
    octave: int | None
    chance: float
    title: str | None
    number: int

    def of(self, text: str) -> str:
        """The text in its key, in the octave that fits a fiddle best, with its number and title."""
        fields = dict(_FIELD.findall(text))
        key = _KEY.fullmatch(fields.get("K", ""))
        title = self.title
        if key is not None:
            written, mode = key.groups()
            tonic = self.tonic or written
            if self.tonic is None and self.repertoire.canonical is not None:
                tonic = self.repertoire.tonic(mode, self.chance) or written
            try:
                octave = _octave(text, written, tonic) if self.octave is None else self.octave
                text = transpose_text(text, tonic + mode, octave)
            except (NotationError, UsageError):
                tonic = written  # plain sampling may write what is no tune; it is handed out as it is
            if title is None:
                title = f"{fields.get('R', 'tune').capitalize()} in {tonic} {_NAMES[mode]}"
        rest = text.partition("\n")[2] if text.startswith("X:") else text
        named = f"T:{title}\n" if title and "T" not in fields else ""
        return f"X:{self.number}\n{named}{rest}"


def _octave(text: str, written: str, tonic: str) -> int:
    """Octaves from the nearest `tonic` that bring the notes best between `_BOTTOM` and `_TOP`."""
    nearest = (_tonic_pitch(tonic) - _tonic_pitch(written) + 5) % 12 - 5
    pitches = [
        _NATURALS[letter.upper()] + 12 * (letter.islower() + marks.count("'") - marks.count(",")) + nearest
        for letter, marks in _LETTER.findall(text[text.index("\nK:") + 4 :].partition("\n")[2])
    ]
    off = {octave: _outside(pitches, 12 * octave) for octave in (0, -1, 1)}
    return min(off, key=off.__getitem__)


def _way_back(canonical: str | None, tonic: str | None) -> int:
    """The octave in which an opening comes back to where it was, after it went to the nearest `canonical` tonic."""
    if canonical is None or tonic is None:
        return 0
    return -1 if (_tonic_pitch(tonic) - _tonic_pitch(canonical)) % 12 == 6 else 0  # a tritone goes up both times


def _tonic_pitch(name: str) -> int:
    return _NATURALS[name[0]] + name.count("#") - name.count("b")


def _outside(pitches: Sequence[int], shift: int) -> int:
    """Semitones by which notes leave the range, together."""
    return sum(max(pitch + shift - _TOP, _BOTTOM - pitch - shift, 0) for pitch in pitches)


class _Watcher:
    """Plain sampling: nothing is taken back; the tune is brought into its key at the end."""

    stops = ""

    def __init__(
        self, engine: Engine, row: Row, plan: Plan, text: str, target: _Target, again: Callable[[], Request]
    ) -> None:
        self.engine, self.row, self.plan, self.text = engine, row, plan, text
        self._target, self._again = target, again
        self._redrawn = 0

    def fed(self) -> None:
        """Nothing to do."""

    def stopped(self) -> None:
        """Nothing to do."""

    def ended(self) -> bool:
        """Any end is one."""
        return True

    def final(self, text: str) -> tuple[str, str]:
        """The text in its key, and as it was written."""
        return self._target.of(text), text

    def _give_up(self) -> None:
        """Begin anew, or hand out what there is when that has been done often enough."""
        if self.row.attempts < _ATTEMPTS:
            self.engine.restart(self.row, self._again())
        else:
            self.engine.finish(self.row, complete=False)

    def _rolled_back(self, snapshot: Snapshot, failures: int) -> None:
        """Go back to `snapshot`, where drawing has failed so often."""
        self._redrawn += 1
        self.engine.rollback(snapshot)
        self._set_temperature(failures)

    def _set_temperature(self, failures: int) -> None:
        sampling = self.row.request.sampling
        if failures >= _SAME:
            sampling = replace(sampling, temperature=sampling.temperature * _COOLING)
        self.engine.resample(self.row, sampling)


@dataclass(slots=True)
class _Start:
    """Where the drawn part of a bar begins: its number, the state there, what of it was given, the plan by then."""

    number: int
    snapshot: Snapshot
    given: str
    form: Form
    failures: int = 0


class _Written(NamedTuple):
    """A bar that is kept: its text, and its onsets."""

    text: str
    melody: tuple[int, ...]


class _FormWatcher(_Watcher):
    """Follows a form plan: bars are drawn until they fit their slot, and bars that return are fed, not drawn."""

    stops = "|:\n"

    def __init__(
        self,
        engine: Engine,
        row: Row,
        plan: Plan,
        text: str,
        target: _Target,
        again: Callable[[], Request],
        form: Form,
        opening: Opening,
        random: np.random.Generator,
    ) -> None:
        super().__init__(engine, row, plan, text, target, again)
        self._form, self._random = form, random
        self._reader = _reader(text)
        self._bars: list[_Written] = []
        for bar in opening.bars:
            read = self._reader.read(bar)
            self._bars.append(_Written(bar, () if read is None else onsets(read.notes)))
        self._starts: list[_Start] = []
        self._given = opening.rest
        self._is_ready = bool(opening.rest)

    def fed(self) -> None:
        """Feed what returns, up to the next bar that is drawn."""
        if not self._is_ready:
            self._is_ready = True
            fed = self._returning()  # an opening that fits leaves a bar to draw
            if fed:
                self.engine.feed(self.row, fed)
                return
        self._begin()

    def _begin(self) -> None:
        """Draw from here on."""
        self._starts.append(_Start(len(self._bars), self.engine.snapshot(self.row), self._given, self._form))
        self.engine.forbid(self.row, self.stops)  # what would be taken back at once is not drawn at all

    def _returning(self) -> str:
        """The bars that return here, and the given beginning of the next one that is drawn."""
        text = ""
        slots, between = self._form.slots, self._form.between
        while len(self._bars) < len(slots) and (same := slots[len(self._bars)].same) is not None:
            self._bars.append(self._bars[same])
            text += self._bars[-1].text + between[len(self._bars)]
        self._given = self._beginning(slots[len(self._bars)]) if len(self._bars) < len(slots) else ""
        return text + self._given

    def _beginning(self, slot: Slot) -> str:
        """The groups that a slot takes from another bar, as far as they leave something to draw in it."""
        groups = [] if slot.like is None else self._bars[slot.like].text.split(" ")[: slot.groups]
        while groups:
            given = self._reader.read(" ".join(groups))
            if given is not None and given.length < slot.length:
                return " ".join(groups) + " "
            groups.pop()
        return ""

    def stopped(self) -> None:
        """A bar is drawn: keep it, or take it back."""
        start = self._starts[-1]
        drawn = self.engine.text(self.row, start.snapshot.length)
        text = start.given + drawn[:-1]
        bar = None if _alters(start.given, text) else self._reader.read(text)
        if bar is not None and not self._agrees(start.number, bar, drawn[-1].replace("\n", "|")):
            bar = None
        if bar is None or not self._fits(bar, self._form.slots[start.number]):
            self._take_back()
            return
        self._set_temperature(0)
        self._bars.append(_Written(text, onsets(bar.notes)))
        if len(self._bars) == len(self._form.slots):
            self._finish()
        else:
            after = self._form.between[len(self._bars)]
            returning = self._returning()
            if len(self._bars) == len(self._form.slots):
                self._finish()
            else:
                self.engine.feed(self.row, after + returning, instead=True)

    def _finish(self) -> None:
        """End the tune, unless the bars that returned at its end continue a copy."""
        if self._is_original([]):
            self.engine.finish(self.row)
        else:
            self._take_back()

    def _agrees(self, number: int, bar: Bar, sign: str) -> bool:
        """Whether the bar has its slot's length.

        If not, or if the model begins the bar line with another `sign` than the plan, another plan is looked for that
        agrees with all that is written: the plan follows the model.
        """
        form = self._form
        if bar.length != form.slots[number].length or not form.between[number + 1].startswith(sign):
            other = self.plan.selection.other(form, number, bar.length, sign, self._random)
            if other is not None:
                self._form = other
        return bar.length == self._form.slots[number].length

    def _fits(self, bar: Bar, slot: Slot) -> bool:
        if slot.closes:
            sounding = [note.pitches[-1] for note in bar.notes if note.pitches]
            if not sounding or sounding[-1] % 12 != self._reader.tonic:
                return False
        return self._is_original(onsets(bar.notes))

    def _is_original(self, more: Sequence[int]) -> bool:
        """Whether the notes since the bar that was drawn last, and `more`, go on as no known tune does for too long."""
        if self.plan.is_original is None:
            return True
        drawn = self._starts[-2].number + 1 if len(self._starts) > 1 else 0
        before = [note for bar in self._bars[:drawn] for note in bar.melody]
        since = [note for bar in self._bars[drawn:] for note in bar.melody]
        return self.plan.is_original([*before, *since, *more], len(before))

    def _take_back(self) -> None:
        if self._redrawn >= _BUDGET:
            self._give_up()
            return
        start = self._starts[-1]
        start.failures += 1
        if start.failures >= _SAME + _COOLER and len(self._starts) > 1:
            self._starts.pop()  # one bar further back
            start = self._starts[-1]
            start.failures += 1
        del self._bars[start.number :]
        self._form = start.form
        self._rolled_back(start.snapshot, start.failures)
        self.engine.forbid(self.row, self.stops)

    def ended(self) -> bool:
        """Never: the plan says where the tune ends."""
        self._take_back()
        return False

    def final(self, text: str) -> tuple[str, str]:
        """The plan with its bars."""
        if len(self._bars) == len(self._form.slots):
            between = self._form.between
            bars = [bar.text + after for bar, after in zip(self._bars, between[1:], strict=True)]
            text = self.text + between[0] + "".join(bars)
        return super().final(text.rstrip("\n"))


class _BarWatcher(_Watcher):
    """Bars are drawn until they have their meter's length; where sections begin and end they may be shorter."""

    stops = "|:\n"

    def __init__(
        self, engine: Engine, row: Row, plan: Plan, text: str, target: _Target, again: Callable[[], Request]
    ) -> None:
        super().__init__(engine, row, plan, text, target, again)
        self._starts: list[_BarStart] = []
        self._reader: BarReader | None = None
        self._mark = 0  # where the last bar ended

    def stopped(self) -> None:
        """A sign of a bar line, or a line end: judge what stands before it."""
        if self._reader is None:
            self._look_for_header()
            return
        since = self.engine.text(self.row, self._mark)
        between, text = _parted(since[:-1])
        start = self._starts[-1]
        if not text:  # one more sign of the bar line, which stays
            start.snapshot = self.engine.snapshot(self.row)
            return
        if start.must_close and not _closes(between):
            self._take_back(further=True)
            return
        is_bar = since[-1] != "\n" and not (len(self._starts) == 1 and _alters(self.plan.opening.rest, text))
        after = self._behind(start, between, text) if is_bar else None
        if after is None or not self._is_original(after.melody, len(start.melody)):
            self._take_back()
            return
        self._set_temperature(0)
        self._mark += len(since) - 1
        self._starts.append(replace(after, snapshot=self.engine.snapshot(self.row), mark=self._mark))

    def _behind(self, start: "_BarStart", between: str, text: str) -> "_BarStart | None":
        """What is to follow a bar; None for one that cannot be read, or has not its length."""
        reader = self._reader
        if reader is None or reader.full is None:
            return None
        bar, full = reader.read(text), reader.full
        if bar is None or bar.length > full:
            return None
        of_tune, of_section = start.pickups
        must_close = False
        if start.opens or _opens(between):
            of_section = bar.length if bar.length < full else Fraction(0)
            of_tune = of_section if start.opens else of_tune
        elif bar.length < full:
            if full - bar.length not in start.pickups:
                return None
            must_close = True
        melody = (*start.melody, *onsets(bar.notes))
        return replace(
            start, melody=melody, pickups=(of_tune, of_section), opens=False, must_close=must_close, failures=0
        )

    def _is_original(self, melody: Sequence[int], since: int) -> bool:
        return self.plan.is_original is None or self.plan.is_original(melody, since)

    def ended(self) -> bool:
        """Whether the tune ends behind a bar line."""
        if self._reader is None:
            return True
        sep, content = _parted(self.engine.text(self.row, self._mark).rstrip("\n"))
        if content.strip() or len(self._starts) < 2 or not sep:
            self._take_back()
            return False
        return True

    def _look_for_header(self) -> None:
        text = self.engine.text(self.row)
        found = re.search(r"^K:.*\n", text, re.MULTILINE)
        if found is None:
            return
        self._reader = _reader(text[: found.end()])
        if self._reader.full is None:
            self._give_up()
            return
        opening = Opening.of(text[found.end() :])
        nothing = (Fraction(0), Fraction(0))
        start = _BarStart(self.engine.snapshot(self.row), found.end(), (), nothing, opens=True, must_close=False)
        for between, bar in zip(opening.between, opening.bars, strict=False):  # a musician's bars stay, right or wrong
            start = self._behind(start, between, bar) or replace(start, opens=False)
        if opening.bars:
            start.mark = len(text) - len(opening.rest) - len(opening.between[-1])
        start.must_close = False
        self._mark = start.mark
        self._starts = [start]

    def fed(self) -> None:
        """The prompt is in: it may hold the whole header."""
        if self._reader is None:
            self._look_for_header()

    def _take_back(self, further: bool = False) -> None:
        if self._redrawn >= _BUDGET:
            self._give_up()
            return
        start = self._starts[-1]
        start.failures += 1
        if (further or start.failures >= _SAME + _COOLER) and len(self._starts) > 1:
            self._starts.pop()
            start = self._starts[-1]
            start.failures += 1
        self._mark = start.mark
        self._rolled_back(start.snapshot, start.failures)


@dataclass(slots=True)
class _BarStart:
    """Behind a bar: the notes so far, the pickups of the tune and of the section (0 without one), and what the bar line
    has to be: `opens`, none, as the tune begins here; `must_close`, the end of a section, as the bar was a short one.

    `mark` is where the bar line begins; `snapshot` is moved behind each of its signs when that is drawn.
    """

    snapshot: Snapshot
    mark: int
    melody: tuple[int, ...]
    pickups: tuple[Fraction, Fraction]
    opens: bool
    must_close: bool
    failures: int = 0


def _alters(given: str, text: str) -> bool:
    """Whether a text begins with what was given, but for the octave of its last note."""
    return bool(given) and text[len(given) :].startswith(("'", ","))


def _parted(text: str) -> tuple[str, str]:
    """Bar line signs at the start of a text, and what follows them."""
    found = BETWEEN.match(text)
    if found is None:
        return "", text
    return found.group(), text[found.end() :]


def _closes(between: str) -> bool:
    return any(sign in between for sign in (":", "||", "|]"))


def _opens(between: str) -> bool:
    """Whether a section opens here; a second ending goes on with one."""
    return _closes(between) and not any(sign.isdigit() for sign in between)


@lru_cache(maxsize=512)
def _reader(head: str) -> BarReader:
    return BarReader(head)
