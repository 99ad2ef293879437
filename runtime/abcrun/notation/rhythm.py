"""Broken rhythm and tuplets: what their signs make of the lengths of notes (ABC 2.1,
4.4 and 4.13)."""

import re
from fractions import Fraction

from abcrun.notation.draft import Draft, DraftSigns
from abcrun.notation.limits import MAX_BROKEN, MAX_TUPLET
from abcrun.notation.meter import Meter
from abcrun.notation.problem import shown
from abcrun.notation.reading import Reading
from abcrun.notation.written import Tuplet

_ONE = Fraction(1)


class Rhythm:
    """The signs of a voice that wait for the notes behind them; bar lines do not end
    their reach.

    `is_open`: there is such a sign.
    """

    __slots__ = ("_broken", "_broken_at", "_left", "_reading", "_tuplet_factor", "is_open")

    def __init__(self, reading: Reading) -> None:
        self.is_open = False
        self._reading = reading
        self._broken: Fraction | None = None
        self._broken_at = (0, 0, "", _ONE)  # line, column, signs; length of the note before
        self._tuplet_factor = _ONE
        self._left = 0  # notes that the tuplet still waits for

    def apply(self, draft: Draft, signs: DraftSigns) -> None:
        """Work the signs that wait into the length of a note and into its `signs`."""
        if self._left:
            draft.duration *= self._tuplet_factor
            self._left -= 1
            signs.factor = self._tuplet_factor
            # All but the first note of a tuplet; its sign stands before that one.
            signs.is_joined = signs.tuplet is None
        if self._broken is not None:
            self._check_broken(draft.duration)
            draft.duration *= self._broken
            signs.multiply(self._broken)
            signs.is_joined = True
            self._broken = None
        self.is_open = self._left > 0

    def begin_broken(self, column: int, signs: str, last: Draft | None) -> None:
        """Take the signs of a broken rhythm (`>`, `<<`) behind the note `last`, which
        they change at once."""
        reading = self._reading
        if len(signs) > MAX_BROKEN:
            raise reading.out_of_bounds(column, f"the broken rhythm has over {MAX_BROKEN} signs")
        if self._broken is not None:
            whole = shown(self._broken_at[2] + signs)
            reading.problem(
                column, "rhythm", f"{shown(signs)} is read over: write both signs as one, {whole}"
            )
            return
        if last is None:
            reading.problem(column, "rhythm", f"{shown(signs)} has no note before it")
            return
        # `>` is 3/2 and 1/2, `>>` 7/4 and 1/4: together always two notes.
        short = Fraction(1, 1 << len(signs))
        long = 2 - short
        before, self._broken = (long, short) if signs[0] == ">" else (short, long)
        self._broken_at = (reading.line, column, signs, last.duration)
        self.is_open = True
        last.duration *= before
        last.own_signs().multiply(before)
        last.own_signs().broken = signs

    def _check_broken(self, duration: Fraction) -> None:
        """Name a broken rhythm between the last note and one of another length: the
        standard (4.4) calls what comes of it undefined."""
        line, column, signs, before = self._broken_at
        if duration != before:
            self._reading.problems.add(
                line,
                column,
                "broken-rhythm",
                f"{shown(signs)} stands between notes of different lengths, {before} and "
                f"{duration}, which programs play in different ways",
                values=(signs, str(before), str(duration)),
            )

    def begin_tuplet(self, column: int, token: re.Match[str], meter: Meter) -> Tuplet | None:
        """Take the sign of a tuplet, `(3` or `(3:2:2`; None and a problem for one
        without meaning."""
        reading = self._reading
        digits = [part or "" for part in token.group("actual", "normal", "reach")]
        if max(map(len, digits)) > 3 or max(int(one or 0) for one in digits) > MAX_TUPLET:
            raise reading.out_of_bounds(column, f"the numbers of the tuplet go over {MAX_TUPLET}")
        actual, normal, reach = (int(one or 0) for one in digits)
        if not normal and not 2 <= actual <= 9:
            reading.problem(column, "rhythm", f"({actual} is not a tuplet of 2 to 9 notes")
        elif self._left:
            reading.problem(column, "rhythm", "the tuplet starts inside another")
        elif not actual:
            reading.problem(column, "rhythm", "the tuplet has no notes")
        else:
            normal, reach = normal or meter.tuplet_time(actual), reach or actual
            self._tuplet_factor = Fraction(normal, actual)
            self._left = reach
            self.is_open = True
            return Tuplet(token.group(), actual, normal, reach)
        return None

    def finish(self) -> None:
        """Name the signs that still wait at the end of the tune."""
        if self._left:
            self._reading.problem(1, "rhythm", "the last tuplet has too few notes")
        if self._broken is not None:
            self._reading.problem(1, "rhythm", "the last broken rhythm has no note behind it")
