"""What may be asked of the pitch of a tune, by whoever renders it: another key, an
instrument that it is to fit, a part."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from abcrun.notation.compass import note_name
from abcrun.notation.instruments import instrument_named, transposition_for
from abcrun.notation.transpose import semitones_or_key
from abcrun.notation.tune import Tune

T = TypeVar("T", bound=Tune)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a tune is to go: `transpose` as in `Tune.transpose`, then `fit` as in
    `Tune.fit`, then `part` as in `Tune.written_for`; None leaves it as it is."""

    transpose: str | None = None
    fit: str | None = None
    part: str | None = None

    def check(self) -> None:
        """Raise `UsageError` for what no tune could do."""
        if self.transpose is not None:
            semitones_or_key(self.transpose)
        if self.fit is not None:
            instrument_named(self.fit)
        if self.part is not None:
            transposition_for(self.part)

    def apply(self, tune: T) -> T:
        """Return a tune, moved. Raises as the methods of `Tune` do."""
        if self.transpose is not None:
            tune = tune.transpose(self.transpose)
        if self.fit is not None:
            tune = tune.fit(self.fit)
        return tune if self.part is None else tune.written_for(self.part)


def names_as_written(tune: Tune, pitches: Iterable[int]) -> list[str]:
    """Return the names of notes that sound at MIDI note numbers, as they are written in
    a tune: with flats in a key of flats, and for its transposing instrument."""
    shift = tune.header.key_field.parameters.transpose or 0
    flat = any(alteration < 0 for _, alteration in tune.key.accidentals)
    return [note_name(pitch - shift, flat=flat) for pitch in pitches]
