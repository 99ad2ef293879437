"""Loudness as it is written: dynamics and hairpins from their note on, accents of one
note, and the directives that name velocities."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation.midi_directives import MidiDirective
from abcrun.notation.written import WrittenNote
from abcrun.sound.pulse import USUAL_STRESS, Pulse, Stress

LEVELS = {
    "pppp": 20,
    "ppp": 30,
    "pp": 45,
    "p": 60,
    "mp": 75,
    "mf": 90,
    "f": 105,
    "ff": 120,
    "fff": 127,
    "ffff": 127,
}
"""Velocity of the first beat of a bar, as abc2midi has it."""

ACCENTS = {"accent": 16, "marcato": 22, "sfz": 26, "sforzando": 26, "sf": 26, "fz": 26}
"""What a sign adds to the velocity of its note."""

# One step of the table, where no dynamic at the end of a hairpin says how far it goes.
_HAIRPIN_STEP = 15
_HAIRPINS = {"crescendo": _HAIRPIN_STEP, "diminuendo": -_HAIRPIN_STEP}
_OPENING = {f"{name}(": step for name, step in _HAIRPINS.items()}
_CLOSING = frozenset(f"{name})" for name in _HAIRPINS)

HEARD = frozenset((*LEVELS, *ACCENTS, *_OPENING, *_CLOSING))
"""Decorations that are loudness."""


def _stress(level: int) -> Stress:
    """Return the stresses around a dynamic, as far apart as the usual ones."""
    return Stress(level, max(1, level - 8), max(1, level - 16))


@dataclass(slots=True)
class _Hairpin:
    start: Fraction
    step: int
    end: Fraction | None = None


class Dynamics:
    """How loud one voice is, from note to note."""

    def __init__(
        self,
        written: Sequence[tuple[Fraction, WrittenNote]],
        directives: Sequence[tuple[Fraction, MidiDirective]],
    ) -> None:
        """`written` are the notes and rests of the voice that have signs, at their
        onsets, in the order of playing; `directives` are those of the voice."""
        marks: dict[Fraction, Stress] = {}
        for onset, directive in directives:
            if directive.name == "beat":
                marks[onset] = Stress(*(max(1, number) for number in directive.numbers[:3]))
            elif directive.name == "vol":
                marks[onset] = Stress(*(max(1, directive.numbers[0]),) * 3)
        self._accents = [
            (onset, one.name == "beataccents")
            for onset, one in directives
            if one.name in ("beataccents", "nobeataccents")
        ]
        hairpins: list[_Hairpin] = []
        for onset, note in written:
            for decoration in note.signs.decorations if note.signs is not None else ():
                if decoration in LEVELS:
                    marks[onset] = _stress(LEVELS[decoration])
                elif decoration in _OPENING:
                    hairpins.append(_Hairpin(onset, _OPENING[decoration]))
                elif decoration in _CLOSING and hairpins and hairpins[-1].end is None:
                    hairpins[-1].end = max(onset, hairpins[-1].start)
        self._onsets = sorted(marks)
        self._stresses = [marks[onset] for onset in self._onsets]
        self._ramps: list[tuple[Fraction, Fraction, Stress, Stress]] = []
        for hairpin in hairpins:
            self._add_ramp(hairpin)
        self._ramp_starts = [ramp[0] for ramp in self._ramps]

    def _add_ramp(self, hairpin: _Hairpin) -> None:
        """Go from the level at the start of a hairpin to the one at its end, and stay
        there."""
        begun = bisect_right(self._onsets, hairpin.start)
        following = self._onsets[begun] if begun < len(self._onsets) else None
        end = hairpin.end
        if following is not None and (end is None or following <= end):
            end = following  # a dynamic inside a hairpin, or the one that it leads to
        if end is None or end <= hairpin.start:
            return
        before = self._stress_at(hairpin.start)
        if following == end:
            after = self._stresses[begun]
        else:
            after = Stress(*(min(127, max(1, one + hairpin.step)) for one in before))
            self._onsets.insert(begun, end)
            self._stresses.insert(begun, after)
        self._ramps.append((hairpin.start, end, before, after))

    def _stress_at(self, onset: Fraction) -> Stress:
        last = bisect_right(self._onsets, onset) - 1
        return self._stresses[last] if last >= 0 else USUAL_STRESS

    def stress(self, onset: Fraction) -> Stress:
        """Return how loud the voice is at `onset`."""
        last = bisect_right(self._ramp_starts, onset) - 1
        if last >= 0:
            start, end, before, after = self._ramps[last]
            if onset < end:
                share = (onset - start) / (end - start)
                pairs = zip(before, after, strict=True)
                return Stress(*(round(one + share * (other - one)) for one, other in pairs))
        return self._stress_at(onset)

    def velocity(self, onset: Fraction, note: WrittenNote, pulse: Pulse | None) -> int:
        """Return how hard a note is struck."""
        stress = self.stress(onset)
        if self._accents:
            last = bisect_right(self._accents, onset, key=lambda event: event[0]) - 1
            if last >= 0 and not self._accents[last][1]:
                stress = Stress(*(stress.beat,) * 3)
        velocity = stress.off_beat if pulse is None else pulse.velocity(onset, stress)
        if note.signs is not None:
            velocity += max((ACCENTS.get(one, 0) for one in note.signs.decorations), default=0)
        return min(127, max(1, velocity))
