"""A voice as it is moved to another key: its bars, chords and ties on two staves at
once, the one read and the one written."""

from dataclasses import dataclass, field

from abcrun.notation.bar_signs import closes_endings, passes_in, passes_of
from abcrun.notation.parameters import Parameters, Placement
from abcrun.notation.pitch import Interval
from abcrun.notation.staff import Staff


@dataclass(slots=True)
class MovedChord:
    """Notes that start together: by pitch, their steps on the old and on the new
    staff."""

    steps: dict[int, tuple[int, int]] = field(default_factory=dict)
    tied: set[int] = field(default_factory=set)
    is_empty: bool = True


@dataclass(slots=True)
class MovedVoice:
    """One voice as it is being rewritten, on the old and on the new staff."""

    old: Staff
    new: Staff
    interval: Interval
    placement: Placement
    chord: MovedChord | None = None
    last: dict[int, tuple[int, int]] = field(default_factory=dict)
    """What a tie would hold: the last note or chord of the bar, empty for a rest."""
    is_empty: bool = True
    """Whether it has neither notes nor bar lines so far."""
    is_layered: bool = False
    """Whether `(&` has begun layers over several bars."""
    last_pass: int = 0
    """Of the endings in this repeat."""
    has_notes: bool = False
    """Whether the bar has notes or rests."""
    last_before: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The last note or chord of the bar before, for a tie behind the bar line."""

    def add(self, sounding: dict[int, tuple[int, int]]) -> None:
        """Take a finished note, chord or rest."""
        self.last = sounding
        self.has_notes = True
        self.is_empty = False
        if self.old.ties:
            self.old.release()
            self.new.release()

    def take(self, parameters: Parameters) -> None:
        """Take the parameters of a V: field."""
        self.placement.take_voice(parameters)
        self.old.shift = self.placement.shift

    def add_rest(self) -> None:
        """Take a rest, which a chord may hold, too."""
        if self.chord is None:
            self.add({})
        else:
            self.chord.is_empty = False

    def tie(self) -> None:
        """Take the sign of a tie."""
        if self.chord is not None:
            if self.chord.steps:
                self.chord.tied.add(next(reversed(self.chord.steps)))
        elif self.last:
            self._hold(self.last)
        elif not self.has_notes and self.last_before:
            self._hold(self.last_before)

    def _hold(self, sounding: dict[int, tuple[int, int]]) -> None:
        semitones = self.interval.semitones
        old = {old: pitch for pitch, (old, _) in sounding.items()}
        new = {new: pitch + semitones for pitch, (_, new) in sounding.items()}
        self.old.hold(old)
        self.new.hold(new)

    def close_chord(self) -> None:
        """Take the chord under way, if there is one."""
        chord, self.chord = self.chord, None
        if chord is not None and not chord.is_empty:
            self.add(chord.steps)
            if chord.tied:
                self._hold(
                    {pitch: steps for pitch, steps in chord.steps.items() if pitch in chord.tied}
                )

    def finish_bar(self) -> None:
        """Take a bar line: accidentals end, ties go over it."""
        self.old.finish_bar(has_notes=self.has_notes)
        self.new.finish_bar(has_notes=self.has_notes)
        if self.has_notes:
            self.last_before = self.last
        self.last = {}
        self.has_notes = False

    def begin_layer(self) -> None:
        """Take a `&`."""
        if self.is_layered:
            self.finish_bar()
            self._hold({})
            return
        self.old.begin_layer()
        self.new.begin_layer()
        self.last = {}
        self.has_notes = True

    def bar_line(self, line: str) -> None:
        """Take a bar line that is one."""
        self.finish_bar()
        self.is_empty = False
        if closes_endings(line):
            self.last_pass = 0

    def begin_text_ending(self, text: str) -> None:
        """Take an ending that is named by text."""
        self.finish_bar()
        self.is_empty = False
        self.begin_ending(passes_in(text.strip()) or str(self.last_pass + 1))

    def begin_ending(self, passes: str | None) -> None:
        """Take an ending, if a bar line has one behind it."""
        if passes is not None and (named := passes_of(passes)):
            self.last_pass = max(named)
            self.old.begin_ending(is_first=1 in named)
            self.new.begin_ending(is_first=1 in named)

    def moves_letters_only(self) -> bool:
        """Return whether a note without accidental is one again after the move, from
        here on, wherever it is in a usual range."""
        return (
            self.chord is None
            and not (self.old.ties or self.old.has_accidentals or self.new.has_accidentals)
            and abs(self.interval.steps) <= 14
            and self.old.shift == 0
            and all(
                self.interval.moved(letter, self.old.signature[letter])[1]
                == self.new.signature[(letter + self.interval.steps) % 7]
                for letter in range(7)
            )
        )
