"""Grace notes as they are played: short, on the beat or before it.

On the beat they take their time from the note that they adorn, as abc2midi plays them;
before it, from what comes before. By default a slashed group (`{/g}`) and the gracings
of the pipes (`K:HP`, `K:Hp`) come before the beat, others on it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

from abcrun.errors import RenderError
from abcrun.notation.midi_directives import MidiDirective
from abcrun.notation.performance import PlayedBar
from abcrun.notation.written import GraceNote, WrittenNote
from abcrun.sound.patterns import latest
from abcrun.sound.played import MAX_NOTES
from abcrun.sound.tones import Signed, Tone

# In whole notes: a 32nd lasts 60 ms at 120 crotchets a minute, about as long as the cut
# of a fiddler or flute player. Pipers are quicker.
_SHORT, _PIPES = Fraction(1, 32), Fraction(1, 64)
_MOST_OF_NOTE = Fraction(1, 3)
"""What grace notes on the beat take of their note at most."""
_MOST_BEFORE = Fraction(1, 2)
"""What grace notes before the beat take at most of the time since the last note."""
_LONGEST = 4
"""How many times as long as the shortest of its group a grace note may be."""
_PIPE_MODES = ("HP", "Hp")


class GracePlayer:
    """Plays the grace notes of one voice among its tones."""

    def __init__(
        self,
        tones: Sequence[Tone],
        bars: Sequence[PlayedBar],
        directives: Sequence[tuple[Fraction, MidiDirective]],
        placement: str,
        unit_length: Fraction,
    ) -> None:
        """`tones` go by onset; `directives` are those of the voice; `placement` is
        "auto", "before" or "beat"; `unit_length` is the tune's, in whole notes."""
        self._bars = bars
        self._placement = placement
        self._shares = [
            (onset, Fraction(*one.numbers)) for onset, one in directives if one.name == "grace"
        ]
        self._shortest = [
            (onset, unit_length / one.numbers[0])
            for onset, one in directives
            if one.name == "gracedivider"
        ]
        self._onsets = [tone.onset for tone in tones]
        self._adorned: dict[tuple[int, int], list[Tone]] = {}
        self._ending: dict[Fraction, list[Tone]] = {}
        for tone in tones:
            self._adorned.setdefault((tone.bar, id(tone.note)), []).append(tone)
            self._ending.setdefault(tone.end, []).append(tone)
        self._played: list[Tone] = []

    def play(self, signed: Sequence[Signed], moved: dict[Fraction, Fraction]) -> list[Tone]:
        """Return the tones of all grace notes, and make room for them among the others.

        `moved` are the times that swing moves. Raises `RenderError` for more than
        `MAX_NOTES`.
        """
        for onset, bar, note in signed:
            if note.signs is not None and note.signs.graces:
                self._play_groups(moved.get(onset, onset), onset, bar, note)
                if len(self._played) > MAX_NOTES:
                    raise RenderError(
                        f"the tune plays over {MAX_NOTES} grace notes, the limit for sound: "
                        "--grace none leaves them out"
                    )
        return self._played

    def _play_groups(self, onset: Fraction, written: Fraction, bar: int, note: WrittenNote) -> None:
        """Play the grace notes before one note, chord or rest."""
        groups = note.signs.graces if note.signs is not None else ()
        graces = [one for group in groups for one in group.notes if one.pitches]
        if not graces:
            return
        is_pipes = self._bars[bar].bar.key.mode in _PIPE_MODES
        is_slashed = any(group.is_slashed for group in groups)
        shortest, _ = latest(self._shortest, written, _PIPES if is_pipes else _SHORT)
        lengths = _lengths(graces, shortest)
        total = sum(lengths, Fraction(0))
        if self._placement == "before" or (self._placement == "auto" and (is_pipes or is_slashed)):
            taken = min(total, _MOST_BEFORE * self._time_before(onset))
        else:
            taken = Fraction(0)
        if taken:
            start = onset - taken
            for tone in self._ending.get(onset, ()):
                if tone.onset < start:
                    tone.end = start
        else:  # on the beat, and before the first note of the tune, which has no before
            start = onset
            taken = self._take_of_note(total, onset, bar, note)
        for grace, length in zip(graces, lengths, strict=True):
            end = start + length * taken / total
            for pitch in grace.pitches:
                self._played.append(Tone(start, end, pitch, bar, note, written))
            start = end

    def _time_before(self, onset: Fraction) -> Fraction:
        """Return the time from the last note that begins before `onset`."""
        index = bisect_left(self._onsets, onset) - 1
        return onset - (self._onsets[index] if index >= 0 else Fraction(0))

    def _take_of_note(
        self, total: Fraction, onset: Fraction, bar: int, note: WrittenNote
    ) -> Fraction:
        """Let a note begin later by up to `total`, as far as it is long enough; return
        by how much."""
        tones = self._adorned.get((bar, id(note)), [])
        length = min((tone.end - tone.onset for tone in tones), default=note.duration)
        share, since = latest(self._shares, onset, _MOST_OF_NOTE)
        taken = min(total, share * length) if since < 0 else share * length
        for tone in tones:
            tone.onset += taken
        return taken


def _lengths(graces: Sequence[GraceNote], shortest: Fraction) -> list[Fraction]:
    """Return how long grace notes are, where there is room: the shortest of them
    `shortest`, the others as they are written beside it."""
    least = min(grace.duration for grace in graces)
    if not least:
        return [shortest] * len(graces)
    return [shortest * min(Fraction(_LONGEST), grace.duration / least) for grace in graces]
