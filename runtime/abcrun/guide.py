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
from .notation import Bar
from .notation.header import Line, read_header
from .notation.key import tonic_and_mode, usual_mode
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
_KEY = re.compile(r"([A-G][#b]?)([a-z]{3})")
_LETTER = re.compile(r"([A-Ga-g])([,']*)")
_NATURALS = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_NAMES = {short: name for name, short in MODES.items()}

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
        taken = "".join(a + b for a, b in zip(between, [*bars, ""], strict=False))
        return cls(between, tuple(bars), body[len(taken) :])


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
    opening = ""
    if prompt is not None:
        conditions, opening = _opening(repertoire, conditions, prompt)
    selection = repertoire.select(conditions)
    if level == "full" and opening:
        selection = _fitting(selection, Opening.of(opening))
    return Plan(
        level, selection, conditions.title, opening, conditions.is_open and not opening, spec.vocabulary.encode,
        None if level == "off" else _limit(MAX_COPIED if max_copied is None else max_copied),
    )  # fmt: skip


def _limit(max_copied: int) -> IsOriginal:
    index = default_index()
    return lambda melody, since: not index.has_run(melody, max_copied + 1, since)


def _opening(repertoire: Repertoire, conditions: Conditions, prompt: str) -> tuple[Conditions, str]:
    """What a musician's beginning asks for with its fields, and its music in the model's key."""
    body, said = prompt, Conditions()
    if re.search(r"^K:", prompt, re.MULTILINE):
        try:
            fields = read_header([Line(number, line) for number, line in enumerate(prompt.split("\n"), 1)], Problems())
        except NotationError as error:
            raise UsageError(f"prompt: {error}") from None
        read, body = fields[0], "\n".join(line.text for line in fields[1])
        named = dict(re.findall(r"^([A-Z]):[ \t]*(.*?)[ \t]*$", prompt, re.MULTILINE))
        said = Conditions(
            meter=named.get("M"), key=f"{read.key.tonic} {usual_mode(read.key.mode)}", rhythm=named.get("R"),
            unit=named.get("L"), title=named.get("T"),
        )  # fmt: skip
    elif re.match(r"[A-Z]:", prompt):
        raise UsageError(
            "prompt: it has fields, but no K:; give a whole header, or only bars and ask for meter and key"
        )
    asked = Conditions(**{name: getattr(conditions, name) or getattr(said, name) for name in _CONDITIONS})
    if body.strip() and (asked.key is None or asked.meter is None):
        raise UsageError("prompt: name the key and the meter of these bars, as options or with M: and K: lines")
    if asked.key is not None and repertoire.canonical is not None:
        tonic, mode = tonic_and_mode(asked.key)
        head = f"X:1\nM:{asked.meter or '4/4'}\nK:{tonic}{MODES[mode]}\n"
        moved = transpose_text(head + (body or "z"), f"{repertoire.canonical} {mode}")
        body = moved.split("\n", 3)[3] if body else ""
    return asked, body


def _fitting(selection: Selection, opening: "Opening") -> Selection:
    """The plans that the opening's bars fit."""
    fitting = []
    for entries in selection.plans:
        form = Form.from_list(entries)
        reader = _reader(header(form, selection.mode or form.mode, selection.repertoire.canonical or "D"))
        read = [reader.read(bar) for bar in opening.bars]
        lengths = [bar.length if bar is not None else None for bar in read]
        if len(form.slots) > len(lengths) and lengths == [slot.length for slot in form.slots[: len(lengths)]]:
            fitting.append(entries)
    if not fitting:
        raise UsageError(
            "prompt: its bars fit no form that the model knows (each must be whole and readable); "
            "mend them, or take guide bars"
        )
    return replace(selection, plans=tuple(fitting))


@dataclass(frozen=True)
class Plan:
    """What the tunes of one call have in common: level of guidance, what is asked for, the musician's own opening."""

    level: Guide
    selection: Selection
    title: str | None
    opening: str
    is_open: bool
    encode: Encode
    is_original: IsOriginal | None = None

    def request(self, first: Request, index: int, attempt: int = 0) -> Request:
        """Tune number `index`, its form, mode and tonic drawn, in its attempt number `attempt`."""
        key = np.array([first.seed, index], np.uint64)
        # Behind all that the row itself will ever draw from this key.
        random = np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 1, attempt], np.uint64)))
        repertoire = self.selection.repertoire
        form, mode = self.selection.draw(random)
        tonic = self.selection.tonic or repertoire.tonic(mode, random.random())
        head = header(form, mode, repertoire.canonical or tonic)
        target = _Target(repertoire, self.selection.tonic, random.random(), self.title, index + 1)

        def again() -> Request:
            return self.request(first, index, attempt + 1)

        if self.level == "full":
            opening = Opening.of(self.opening)
            text = head + self.opening if opening.bars or opening.rest else head + form.between[0]

            def watch(engine: Engine, row: Row) -> _Watcher:
                return _FormWatcher(engine, row, self, head, target, again, form, opening, random)
        else:
            text = first.prompt if self.is_open else head + self.opening

            def watch(engine: Engine, row: Row) -> _Watcher:
                kind = _Watcher if self.level == "off" else _BarWatcher
                return kind(engine, row, self, text, target, again)

        return replace(first, prompt=text, tokens=self.encode(text), index=index, watch=watch)


@dataclass(frozen=True, slots=True)
class _Target:
    """What becomes of a tune when it is finished; `chance`, from 0 to 1, picks the tonic if none was asked for."""

    repertoire: Repertoire
    tonic: str | None
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
                text = transpose_text(text, tonic + mode, _octave(text, written, tonic))
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
            if read is not None:
                self._bars.append(_Written(bar, _melody(read)))
        self._starts: list[_Start] = []
        self._given = opening.rest
        self._is_ready = bool(opening.rest)

    def fed(self) -> None:
        """Feed what returns, up to the next bar that is drawn."""
        if not self._is_ready:
            self._is_ready = True
            fed = self._returning()
            if len(self._bars) == len(self._form.slots):
                self.engine.finish(self.row)
                return
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
        self._given = ""
        if len(self._bars) < len(slots) and (like := slots[len(self._bars)].like) is not None:
            groups = self._bars[like].text.split(" ")[: slots[len(self._bars)].groups]
            self._given = " ".join(groups) + " "
        return text + self._given

    def stopped(self) -> None:
        """A bar is drawn: keep it, or take it back."""
        start = self._starts[-1]
        drawn = self.engine.text(self.row, start.snapshot.length)
        text = start.given + drawn[:-1]
        bar = self._reader.read(text)
        if bar is not None and not self._agrees(start.number, bar, is_last=drawn[-1] == ":"):
            bar = None
        if bar is None or not self._fits(bar, self._form.slots[start.number]):
            self._take_back()
            return
        self._set_temperature(0)
        self._bars.append(_Written(text, _melody(bar)))
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

    def _agrees(self, number: int, bar: Bar, is_last: bool) -> bool:
        """Whether the bar has its slot's length.

        If not, or if the model ends its section elsewhere than the plan, another plan is looked for that agrees with
        all that is written: the plan follows the model.
        """
        form = self._form
        if bar.length != form.slots[number].length or is_last != form.ends_section(number):
            other = self.plan.selection.other(form, number, bar.length, is_last, self._random)
            if other is not None:
                self._form = other
        return bar.length == self._form.slots[number].length

    def _fits(self, bar: Bar, slot: Slot) -> bool:
        if slot.closes:
            sounding = [note.pitches[-1] for note in bar.notes if note.pitches]
            if not sounding or sounding[-1] % 12 != self._reader.tonic:
                return False
        return self._is_original(_melody(bar))

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
        """Never: the plan says where the tune ends, and a line end takes the bar back before."""
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
        sep, content = _parted(since[:-1])
        if not content.strip():
            if self._starts and self._starts[-1].must_close and not _closes(sep + since[-1]) and since[-1] != ":":
                pass  # judged with the next bar
            self._starts[-1] = replace(self._starts[-1], snapshot=self.engine.snapshot(self.row))
            return
        start = self._starts[-1]
        opens = start.opens or _opens(sep)
        if start.must_close and not _closes(sep):
            self._take_back(further=True)
            return
        bar = self._reader.read(content) if since[-1] != "\n" else None
        full = self._reader.full
        if bar is None or full is None or bar.length > full:
            self._take_back()
            return
        pickups = (0, 0) if opens and not start.melody else start.pickups
        must_close = False
        if bar.length < full:
            if opens:
                pickups = (pickups[0] or bar.length, bar.length)
            elif full - bar.length in start.pickups:
                must_close = True
            else:
                self._take_back()
                return
        elif opens:
            pickups = (pickups[0], 0)
        melody = (*start.melody, *_melody(bar))
        if self.plan.is_original is not None and not self.plan.is_original(melody, len(start.melody)):
            self._take_back()
            return
        self._set_temperature(0)
        self._mark += len(since) - 1
        self._starts.append(_BarStart(self.engine.snapshot(self.row), self._mark, melody, pickups, False, must_close))

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
        self._mark = found.end()
        self._starts = [_BarStart(self.engine.snapshot(self.row), self._mark, (), (0, 0), True, False)]
        if len(text) > found.end():
            self.stopped()

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
    """Behind a bar line sign: the notes so far, pickups of the tune and the section, what the next sign has to be."""

    snapshot: Snapshot
    mark: int
    melody: tuple[int, ...]
    pickups: tuple[Fraction | int, Fraction | int]
    opens: bool
    must_close: bool
    failures: int = 0


def _parted(text: str) -> tuple[str, str]:
    """Bar line signs at the start of a text, and what follows them."""
    found = BETWEEN.match(text)
    if found is None:
        return "", text
    return found.group(), text[found.end() :]


def _opens(between: str) -> bool:
    return ":" in between or "||" in between or "|]" in between


def _closes(between: str) -> bool:
    return _opens(between) or bool(re.search("[0-9]", between))


def _melody(bar: Bar) -> tuple[int, ...]:
    """The onsets of a bar, as `notation.melody` counts them; no tie reaches into it."""
    melody: list[int] = []
    tied: tuple[int, ...] = ()
    for note in bar.notes:
        if note.pitches and not set(note.pitches) <= set(tied):
            melody.append(max(note.pitches))
        tied = note.tied
    return tuple(melody)


@lru_cache(maxsize=512)
def _reader(head: str) -> BarReader:
    return BarReader(head)
