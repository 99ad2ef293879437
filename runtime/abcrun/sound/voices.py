"""One voice of a tune to the part that is played: dynamics, articulation, grace notes,
swing, instrument and words."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation import Tune, Voice
from abcrun.notation.midi_directives import MidiDirective, read_midi_directive
from abcrun.notation.performance import PlayedBar, perform_voice
from abcrun.notation.written import Directive, Signs, Syllable, WrittenNote
from abcrun.sound.dynamics import HEARD, Dynamics
from abcrun.sound.graces import GracePlayer
from abcrun.sound.played import (
    DRUM_CHANNEL,
    ControlChange,
    Lyric,
    Part,
    ProgramChange,
)
from abcrun.sound.pulse import Pulse
from abcrun.sound.strikes import strikes_of, tick
from abcrun.sound.swing import swung_times
from abcrun.sound.tones import ARTICULATIONS, Signed, Tone, articulate

_PLAYED_DECORATIONS = HEARD | ARTICULATIONS
_MAX_PITCH = 127


@dataclass(frozen=True, slots=True)
class Setting:
    """What the voices of a tune have in common while it is played."""

    pulse: Pulse | None
    division: int
    program: int
    """Of voices to which the tune gives none."""
    grace: str
    unit_length: Fraction
    does_swing: bool
    channels: Sequence[tuple[Fraction, MidiDirective]]
    """Programs that the tune gives to channels, in whichever voice it says so."""


def is_own_program(directive: MidiDirective) -> bool:
    """Return whether a directive gives a program to the voice that it stands in, and
    not to a channel."""
    return directive.name == "program" and not directive.numbers[0]


class VoicePlayer:
    """Plays one voice."""

    def __init__(
        self,
        voice: Voice,
        bars: Sequence[PlayedBar],
        directives: Sequence[MidiDirective],
        name: str,
    ) -> None:
        """`directives` are those of the header that hold for the voice; `name` is that
        of its track."""
        self.voice = voice
        self.bars = bars
        self.signed = tuple(_signed(bars))
        self.directives = [(Fraction(0), one) for one in directives]
        for onset, _, note in self.signed:
            if note.signs is not None and note.signs.directives:
                self.directives += [(onset, one) for one in midi_directives(note.signs.directives)]
        self._shifts = _shifts(self.directives)
        self._drums = {
            one.numbers[0]: one.numbers[1] for _, one in self.directives if one.name == "drummap"
        }
        self.name = name
        """Of its track."""
        self._is_drums = any(
            played.bar.clef is not None and played.bar.clef.sign == "percussion" for played in bars
        )

    @property
    def is_plain(self) -> bool:
        """Whether its notes are all that there is to play."""
        if self.directives or self._is_drums:
            return False
        return not any(
            note.signs is not None and _is_played(note.signs) for _, _, note in self.signed
        )

    @property
    def channel(self) -> int | None:
        """The channel, from 0, that the tune gives it; None where it gives none."""
        channels = [one.numbers[0] - 1 for _, one in self.directives if one.name == "channel"]
        if channels:
            return channels[0]
        return DRUM_CHANNEL if self._is_drums else None

    def shift_at(self, onset: Fraction) -> int:
        """Return the semitones by which directives move notes at `onset`."""
        if not self._shifts:
            return 0
        last = bisect_right(self._shifts, onset, key=lambda one: one[0]) - 1
        return self._shifts[last][1] if last >= 0 else 0

    def _pitch(self, tone: Tone, channel: int) -> int:
        if channel == DRUM_CHANNEL:
            return self._drums.get(tone.pitch, tone.pitch)
        return min(_MAX_PITCH, max(0, tone.pitch + self.shift_at(tone.written_onset)))

    def part(self, channel: int, setting: "Setting") -> Part:
        """Play the voice. Raises `RenderError` for too many grace notes."""
        division = setting.division
        moved = swung_times(self.bars) if setting.does_swing else {}
        tones = [Tone.of(note) for note in perform_voice(self.bars)]
        if moved:
            for tone in tones:
                tone.onset = moved.get(tone.onset, tone.onset)
                tone.end = moved.get(tone.end, tone.end)
        graces: list[Tone] = []
        if setting.grace != "none":
            player = GracePlayer(
                tones, self.bars, self.directives, setting.grace, setting.unit_length
            )
            graces = player.play(self.signed, moved)
        articulate(tones)
        tones += graces
        tones.sort(key=lambda tone: (tone.onset, tone.pitch, tone.end))
        dynamics = Dynamics([(onset, note) for onset, _, note in self.signed], self.directives)
        return Part(
            self.name,
            channel,
            strikes_of(
                (
                    (
                        tick(tone.onset, division),
                        tick(tone.end, division),
                        self._pitch(tone, channel),
                        dynamics.velocity(tone.written_onset, tone.note, setting.pulse),
                    )
                    for tone in tones
                ),
                division,
            ),
            self._programs(channel, setting),
            tuple(
                ControlChange(tick(onset, division), *one.numbers)
                for onset, one in self.directives
                if one.name == "control"
            ),
            tuple(self._lyrics(division, moved)),
        )

    def _programs(self, channel: int, setting: "Setting") -> tuple[ProgramChange, ...]:
        own = [(onset, one) for onset, one in self.directives if is_own_program(one)]
        shared = [(onset, one) for onset, one in setting.channels if one.numbers[0] == channel + 1]
        found = {0: setting.program}
        for onset, one in sorted([*own, *shared], key=lambda event: event[0]):
            found[tick(onset, setting.division)] = one.numbers[1]
        changes: list[ProgramChange] = []
        for at, number in sorted(found.items()):
            if not changes or changes[-1].program != number:
                changes.append(ProgramChange(at, number))
        return tuple(changes)

    def _lyrics(self, division: int, moved: dict[Fraction, Fraction]) -> Iterator[Lyric]:
        """Iterate over what is sung: the first verse the first time that a bar is
        played, the second verse the second time, if there is one."""
        passes: dict[int, int] = {}
        verses: dict[int, int] = {}  # the verse sung in each played bar
        for index, (item, bar, _) in enumerate(self.bars):
            passes[item] = passes.get(item, 0) + 1
            written = {
                syllable.verse
                for note in bar.notes
                if note.signs is not None
                for syllable in note.signs.lyrics
            }
            if written:
                verses[index] = max(
                    (verse for verse in written if verse <= passes[item]), default=min(written)
                )
        for onset, bar_index, note in self.signed:
            for syllable in note.signs.lyrics if note.signs is not None else ():
                if syllable.verse == verses[bar_index] and syllable.text:
                    at = tick(moved.get(onset, onset), division)
                    yield Lyric(at, _sung(syllable))


def voice_players(tune: Tune) -> list[VoicePlayer]:
    """Return a player for each voice that has bars."""
    sounding = [(voice, bars) for voice, bars in zip(tune.voices, tune.played, strict=True) if bars]
    return [
        VoicePlayer(
            voice,
            bars,
            midi_directives(tune.header.directives_of(voice.name)),
            voice.full_name or (tune.title if len(sounding) == 1 else voice.name),
        )
        for voice, bars in sounding
    ]


def midi_directives(directives: Sequence[Directive]) -> list[MidiDirective]:
    """Return those of the directives that abcrun plays."""
    read = [read_midi_directive(one.value) for one in directives if one.name.upper() == "MIDI"]
    return [one for one in read if one is not None]


def _is_played(signs: Signs) -> bool:
    return bool(
        signs.graces
        or signs.directives
        or signs.lyrics
        or (signs.decorations and not _PLAYED_DECORATIONS.isdisjoint(signs.decorations))
    )


def _signed(bars: Sequence[PlayedBar]) -> Iterator[Signed]:
    now = Fraction(0)
    for index, (_, bar, _) in enumerate(bars):
        for note in bar.notes:
            if note.signs is not None:
                yield Signed(now + note.offset, index, note)
        now += bar.length
        if bar.end_signs is not None:
            # What stands before the bar line counts from there on.
            nothing = WrittenNote(
                bar.end_line, bar.end_column, "", bar.length, Fraction(0), (), (), (), bar.end_signs
            )
            yield Signed(now, index, nothing)


def _shifts(
    directives: Sequence[tuple[Fraction, MidiDirective]],
) -> list[tuple[Fraction, int]]:
    """Return how far notes are moved, in semitones, and from when on."""
    shifts: list[tuple[Fraction, int]] = []
    shift = 0
    for onset, one in directives:
        if one.name == "transpose":
            shift = one.numbers[0]
        elif one.name == "rtranspose":
            shift += one.numbers[0]
        else:
            continue
        shifts.append((onset, shift))
    return shifts


def _sung(syllable: Syllable) -> str:
    return syllable.text + ("-" if syllable.is_hyphened else " ")
