"""Notes whose length and signs may still change while their bar is read."""

from fractions import Fraction

from abcrun.notation.clef import Clef
from abcrun.notation.exact import fraction
from abcrun.notation.key import Key
from abcrun.notation.lengths import read_multiple
from abcrun.notation.limits import MAX_CHORD_NOTES, MAX_NOTE_LENGTH
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import NoteName
from abcrun.notation.reading import Reading
from abcrun.notation.tempo import TempoMark
from abcrun.notation.written import Directive, Graces, Signs, Tuplet, WrittenNote

_ZERO = Fraction(0)


class DraftSigns:
    """The `Signs` of a note as they are found, one after the other."""

    __slots__ = (
        "broken",
        "clef",
        "decorations",
        "directives",
        "factor",
        "graces",
        "is_joined",
        "is_tie_dotted",
        "key",
        "meter",
        "slurs_begun",
        "slurs_dotted",
        "slurs_ended",
        "texts",
        "tuplet",
    )

    def __init__(self) -> None:
        self.factor: Fraction | None = None
        self.tuplet: Tuplet | None = None
        self.broken = ""
        self.is_joined = False
        # Lists, because a line may hold thousands; None, because most notes have none.
        self.graces: list[Graces] | None = None
        self.decorations: list[str] | None = None
        self.texts: list[str] | None = None
        self.slurs_begun = 0
        self.slurs_ended = 0
        self.slurs_dotted = 0
        self.is_tie_dotted = False
        self.key: Key | None = None
        self.meter: Meter | None = None
        self.clef: Clef | None = None
        self.directives: list[Directive] | None = None

    def add_graces(self, graces: Graces) -> None:
        """Add a group of grace notes."""
        if self.graces is None:
            self.graces = []
        self.graces.append(graces)

    def add_decoration(self, decoration: str) -> None:
        """Add a decoration by its name: "roll", "trill"."""
        if self.decorations is None:
            self.decorations = []
        self.decorations.append(decoration)

    def add_text(self, text: str) -> None:
        """Add quoted text, without its quotes."""
        if self.texts is None:
            self.texts = []
        self.texts.append(text)

    def add_directive(self, directive: Directive) -> None:
        """Add a directive."""
        if self.directives is None:
            self.directives = []
        self.directives.append(directive)

    def add_inner(self, inner: "DraftSigns") -> None:
        """Add the signs that stand inside a chord to those before it."""
        self.slurs_ended += inner.slurs_ended
        self.slurs_begun += inner.slurs_begun
        self.slurs_dotted += inner.slurs_dotted
        self.is_tie_dotted = self.is_tie_dotted or inner.is_tie_dotted
        for graces in inner.graces or ():
            self.add_graces(graces)
        for decoration in inner.decorations or ():
            self.add_decoration(decoration)
        for text in inner.texts or ():
            self.add_text(text)

    def take_end(self, *, is_last: bool = False) -> Signs | None:
        """Take away texts and decorations, which have no note behind them in their bar,
        and at the end of the voice (`is_last`) directives; return them, None where
        there are none."""
        directives = self.directives if is_last else None
        if not self.texts and not self.decorations and not directives:
            return None
        found = Signs(
            decorations=tuple(self.decorations or ()),
            texts=tuple(self.texts or ()),
            directives=tuple(directives or ()),
        )
        self.texts = self.decorations = None
        return found

    def multiply(self, factor: Fraction) -> None:
        """Take a factor of the note's length."""
        self.factor = factor if self.factor is None else self.factor * factor

    def finished(self) -> Signs:
        """Return the signs, once the bar is read."""
        return Signs(
            self.factor,
            self.tuplet,
            self.broken,
            self.is_joined,
            tuple(self.graces) if self.graces else (),
            tuple(self.decorations) if self.decorations else (),
            tuple(self.texts) if self.texts else (),
            self.slurs_begun,
            self.slurs_ended,
            self.key,
            self.slurs_dotted,
            self.meter,
            self.clef,
            tuple(self.directives) if self.directives else (),
            is_tie_dotted=self.is_tie_dotted,
        )


class Draft:
    """A note, chord or rest whose length may still change: by a broken rhythm behind
    it, or a number behind a chord."""

    __slots__ = (
        "column",
        "duration",
        "is_beamed",
        "line",
        "names",
        "pitches",
        "signs",
        "text",
        "tied",
    )

    def __init__(
        self,
        line: int,
        column: int,
        text: str,
        duration: Fraction,
        names: tuple[NoteName, ...] = (),
        pitches: tuple[int, ...] = (),
    ) -> None:
        self.line = line
        self.column = column
        self.text = text
        self.duration = duration
        self.names = names
        self.pitches = pitches
        self.tied: tuple[int, ...] = ()
        self.is_beamed = False
        self.signs: DraftSigns | None = None

    def own_signs(self) -> DraftSigns:
        """Return the signs of this note, to change them."""
        if self.signs is None:
            self.signs = DraftSigns()
        return self.signs

    def ties(self) -> dict[int, int]:
        """Return the pitches that a tie behind it holds, by their steps."""
        return {name.step: pitch for name, pitch in zip(self.names, self.pitches, strict=True)}


class DraftChord(Draft):
    """A chord under way. It lasts as long as its first note or rest."""

    __slots__ = ("_begins", "_names", "_steps", "is_empty")

    def __init__(self, line: int, column: int, begins: int) -> None:
        """`begins` is the index of its `[`: where a macro stands, that is not its
        column."""
        super().__init__(line, column, "", _ZERO)
        self._begins = begins
        self.is_empty = True
        self._names: list[NoteName] = []
        self._steps: list[int] = []

    def ties(self) -> dict[int, int]:
        """Return the tied pitches by their steps; a note that stands twice has one
        pitch."""
        steps = zip(self._steps, self.pitches, strict=True)
        return {step: pitch for step, pitch in steps if pitch in self.tied}

    def lasts_at_first(self, duration: Fraction) -> None:
        """Take the length of a note or rest in it: the first one counts."""
        if self.is_empty:
            self.duration = duration
            self.is_empty = False

    def add(
        self,
        reading: Reading,
        column: int,
        pitch: int,
        names: tuple[NoteName, ...],
        duration: Fraction,
    ) -> None:
        """Take a note in it, whose one name is in `names`."""
        if len(self.pitches) >= MAX_CHORD_NOTES:
            raise reading.out_of_bounds(column, f"the chord has over {MAX_CHORD_NOTES} notes")
        self.lasts_at_first(duration)
        if pitch not in self.pitches:
            self.pitches += (pitch,)
            self._steps.append(names[0].step)
        self._names += names

    def finish(self, reading: Reading, column: int, end: int, length: str) -> None:
        """End it at the index `end` of the line: what stands behind its `]` in `column`
        multiplies its length."""
        self.names = tuple(self._names)
        self.text = reading.text[self._begins : end]
        if length:
            self.duration *= read_multiple(reading, column, length)
            if self.duration > MAX_NOTE_LENGTH:
                raise reading.out_of_bounds(
                    column, f"the chord lasts over {MAX_NOTE_LENGTH} whole notes"
                )


def placed(
    drafts: list[Draft | None], tempos: list[tuple[int, TempoMark]], denominator: int
) -> tuple[tuple[WrittenNote, ...], int, tuple[tuple[Fraction, TempoMark], ...]]:
    """Return the notes of a bar at their offsets, its length in units of 1/denominator,
    and its changes of tempo.

    `tempos` are by position among the drafts; those in the bar are taken away. A None
    among the drafts goes back to the start of the bar.
    """
    notes: list[WrittenNote] = []
    changes: list[tuple[Fraction, TempoMark]] = []
    units = longest = 0
    for position, draft in enumerate(drafts):
        offset = fraction(units, denominator)
        while tempos and tempos[0][0] <= position:
            changes.append((offset, tempos.pop(0)[1]))
        if draft is None:
            longest = max(longest, units)
            units = 0
            continue
        duration = draft.duration
        notes.append(
            WrittenNote(
                draft.line,
                draft.column,
                draft.text,
                offset,
                duration,
                draft.pitches,
                draft.tied,
                draft.names,
                None if draft.signs is None else draft.signs.finished(),
                draft.is_beamed,
            )
        )
        numerator, divisor = duration.as_integer_ratio()
        units += numerator * (denominator // divisor)
    return tuple(notes), max(longest, units), tuple(changes)
