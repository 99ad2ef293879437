"""A tune, read from its text once, then only looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

from abcrun.notation.bar_lengths import check_bar_lengths, wrong_bars
from abcrun.notation.blocks import Block, blocks
from abcrun.notation.body import BodyReader
from abcrun.notation.compass import Compass
from abcrun.notation.fitting import best_move
from abcrun.notation.header import Header, has_key, read_header
from abcrun.notation.instruments import instrument_named, transposition_for
from abcrun.notation.key import Key
from abcrun.notation.limits import MAX_TUNE_CHARACTERS
from abcrun.notation.meter import Meter
from abcrun.notation.parts import check_parts
from abcrun.notation.performance import (
    Note,
    Performance,
    PlayedBar,
    perform,
    perform_voice,
    played_bars,
)
from abcrun.notation.problem import (
    NO_TUNE,
    Problem,
    Problems,
    UnreadableTuneError,
    blank_line,
    out_of_bounds,
)
from abcrun.notation.tempo import Tempo, TempoMap, usual_tempo
from abcrun.notation.transpose import part_text, transpose_text
from abcrun.notation.written import Bar, Voice


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune in ABC notation.

    `text` is the tune's text, from its first field to its last line, with what a file
    header says (2.2.2) behind its `X:`: it reads the same wherever it stands;
    `reference` its `X:` number, None without one; `title` its first `T:` and `rhythm`
    its `R:`, empty without one; `meter`, `unit_length` (whole notes) and `key` are
    those of the header. `voices` hold what is written, bar lines and endings included.
    `notes` are what sounds, with repeats played out, by onset and pitch; `tempos` begin
    with one at 0; `duration` is the time to the end of the last bar, in whole notes.
    `problems` says what is wrong with the tune, by line and column of the text given to
    `parse`.
    `words` are its W: lines, the verses that stand below the music.
    `header` is the header as it was read; `first_line` the line of that text at which
    the tune starts; `played` are the bars of each voice in the order of playing.
    """

    text: str
    reference: int | None
    title: str
    rhythm: str
    meter: Meter
    unit_length: Fraction
    key: Key
    tempos: tuple[Tempo, ...]
    voices: tuple[Voice, ...]
    notes: tuple[Note, ...]
    duration: Fraction
    problems: tuple[Problem, ...]
    words: tuple[str, ...]
    # Worked out of the text as all the rest: they make no difference between two tunes.
    header: Header = field(repr=False, compare=False)
    first_line: int = field(repr=False, compare=False)
    played: tuple[tuple[PlayedBar, ...], ...] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, *, lenient: bool = False) -> Self:
        """Read the first tune in a text; `lenient` reads on over a blank line that
        music follows.

        Raises `abcrun.errors.NotationError` when there is none that can be read: no
        `K:`, no notes, over a bound of `abcrun.notation.limits`. Lesser faults are in
        `problems`.
        """
        block = next(blocks(text, lenient=lenient), None)
        if block is None:
            raise UnreadableTuneError(NO_TUNE)
        return cls.of_block(block)

    @classmethod
    def find(cls, text: str, *, lenient: bool = False) -> Iterator[Self]:
        """Iterate over the complete tunes in any text that can be read, in order, as
        `find_tunes` picks them out; `lenient` reads on over blank lines that music
        follows.

        Lines count from 1 in each tune. Raises `abcrun.errors.NotationError` at the
        call for a text over the bounds.
        """
        # The generator is another function: errors of the text come at this call.
        return cls._readable(blocks(text, lenient=lenient))

    @classmethod
    def _readable(cls, found: Iterator[Block]) -> Iterator[Self]:
        for block in found:
            if block.is_complete():
                try:
                    yield cls.of_block(block.alone())
                except UnreadableTuneError:
                    continue

    @classmethod
    def of_block(cls, block: Block) -> Self:
        """Read a tune that was found in a text. Raises as `parse` does, with the lines
        of that text."""
        if len(block.text) > MAX_TUNE_CHARACTERS:
            raise out_of_bounds(
                block.first_line, 1, f"the tune has over {MAX_TUNE_CHARACTERS:,} characters"
            )
        problems = Problems()
        if block.blank_line:
            problems.take(blank_line(block.blank_line))
        lines = block.lines()
        if block.blank_line and not has_key(lines):
            raise UnreadableTuneError(blank_line(block.blank_line))
        header, body = read_header(lines, problems)
        if not block.text.startswith("X:"):
            problems.add(
                block.first_line, 1, "no-reference", "the tune does not start with an X: field"
            )
        reader = BodyReader(header, problems)
        reader.read(body)
        voices = reader.voices()
        played = tuple(played_bars(voice, header.play_order) for voice in voices)
        performance = perform(played)
        # A tune of rests has a score and is silent: its bars take time.
        if not performance.duration:
            if block.blank_line:
                raise UnreadableTuneError(blank_line(block.blank_line))
            last = body[-1].number if body else header.key_line
            raise UnreadableTuneError(Problem(last, 1, "the tune has no notes", "no-notes"))
        check_parts(voices, header.play_order, header.play_order_at, problems)
        for voice, bars in zip(voices, played, strict=True):
            check_bar_lengths(bars, voice.items, problems)
        return cls(
            text=block.whole_text,
            reference=header.reference,
            title=header.title,
            words=reader.words(),
            rhythm=header.rhythm,
            meter=header.meter,
            unit_length=header.unit_length,
            key=header.key,
            tempos=_tempos(header, performance),
            voices=voices,
            notes=performance.notes,
            duration=performance.duration,
            problems=problems.sorted(),
            header=header,
            first_line=block.first_line,
            played=played,
        )

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars as they are written, voice by voice; each names its voice."""
        return tuple(item for voice in self.voices for item in voice.items if isinstance(item, Bar))

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with the tune."""
        return all(problem.is_remark for problem in self.problems)

    @property
    def wrong_bars(self) -> tuple[Bar, ...]:
        """The bars whose length is wrong by the strict notion that training texts and
        composed tunes keep to.

        `problems` grants more: see `abcrun.notation.bar_lengths`.
        """
        return tuple(bar for played in self.played for bar in wrong_bars(played))

    @property
    def seconds(self) -> float:
        """The time that the tune takes, with its changes of tempo."""
        return float(TempoMap(self.tempos).exact_seconds(self.duration))

    @property
    def compass(self) -> Compass | None:
        """The lowest and the highest note of the first voice, as they sound; None for a
        tune of rests."""
        pitches = self.pitches
        return Compass(pitches[0], pitches[-1]) if pitches else None

    @property
    def pitches(self) -> tuple[int, ...]:
        """The notes of the first voice, as they sound: MIDI note numbers, from the
        lowest on, each once."""
        return tuple(sorted(set(self._melody())))

    def transpose(self, to: str | int, *, octave: int = 0) -> Self:
        """Return the tune in another key of its mode ("Ador", "F# minor", "Bb"), or so
        many semitones (2, "+2", "-5") away, with the accidentals that its new key asks
        for.

        It moves to the nearest such key, 5 semitones down to 6 up, and `octave` octaves
        from there. Raises `abcrun.errors.UsageError` for what is no such key,
        `abcrun.errors.NotationError` for a tune without tonic that is to go to a key.
        """
        return self.parse(transpose_text(self.text, to, octave))

    def written_for(self, part: str) -> Self:
        """Return the tune as it is written for a transposing instrument: it sounds as
        before.

        `part` is "Bb", "Eb" or "F", an instrument ("clarinet"), "capo 2" of a guitar,
        or "C" for a part at the pitch that sounds. K: says how far from there it sounds
        (`transpose=-2`). Raises `abcrun.errors.UsageError` for any other.
        """
        return self.parse(part_text(self.text, transposition_for(part)))

    def fit(self, instrument: str) -> Self:
        """Return the tune where an instrument can play it, and written for it: moved so
        that the fewest notes of the first voice are unplayable, and no further than
        that takes.

        `instrument` is one of `abcrun.notation.instruments.INSTRUMENTS`, such as
        "whistle in Bb"; `unplayable` says what it still lacks. Raises
        `abcrun.errors.UsageError` for any other.
        """
        move = best_move(self._melody(), self.key, instrument_named(instrument))
        return (self.transpose(move) if move else self).written_for(instrument)

    def unplayable(self, instrument: str) -> tuple[int, ...]:
        """Return those of `pitches` that an instrument lacks.

        Raises `abcrun.errors.UsageError` for an unknown instrument.
        """
        plays = instrument_named(instrument).plays
        return tuple(pitch for pitch in self.pitches if not plays(pitch))

    def _melody(self) -> list[int]:
        """Return the notes of the voice that is the melody: the first one that has
        notes."""
        if len(self.voices) > 1:
            for played in self.played:
                if pitches := [note.pitch for note in perform_voice(played)]:
                    return pitches
        return [note.pitch for note in self.notes]


def _tempos(header: Header, performance: Performance) -> tuple[Tempo, ...]:
    opening = usual_tempo(header.rhythm, header.meter)
    if header.tempo is not None:
        opening = header.tempo.quarters_per_minute or opening
    # A tempo of the body at the first note overrules the header's.
    changes = {Fraction(0): opening} | dict(performance.tempos)
    return tuple(Tempo(onset, quarters) for onset, quarters in sorted(changes.items()))
