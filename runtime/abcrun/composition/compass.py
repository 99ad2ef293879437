"""The compass that a tune is to be composed in: that of an instrument, or one that was
named."""

from abcrun.errors import UsageError
from abcrun.notation.compass import NARROWEST, Compass
from abcrun.notation.instruments import INSTRUMENTS
from abcrun.notation.problem import shown

BOOKS = Compass.of("D4-B5")
"""Where the books write: four in five of their tunes have no other note, as whistle and
flute can play them all."""

COMPASSES = {
    name: INSTRUMENTS[name].compass
    for name in (
        *("fiddle", "mandolin", "banjo", "guitar", "flute", "whistle", "pipes"),
        *("highland pipes", "concertina", "accordion", "dulcimer", "harp", "piano"),
    )
} | dict.fromkeys(("flute", "whistle"), BOOKS)
"""Where tunes for an instrument are composed, by its name. Flute and whistle go beyond
B5, and few tunes of the books ask for that."""


def compass_of(instrument: str | None, named: str | None) -> Compass | None:
    """Return the compass that was asked for: an instrument's, a named one, or what lies
    in both; None where neither was.

    `UsageError` for an instrument that is none, a range that is none, and for two that
    have not a ninth in common.
    """
    asked = None if named is None else Compass.of(named)
    if instrument is None:
        return asked
    own = COMPASSES.get(instrument.strip().lower())
    if own is None:
        names = ", ".join(COMPASSES)
        raise UsageError(f"unknown instrument {shown(instrument)}: give a range, or one of {names}")
    if asked is None:
        return own
    both = own.within(asked)
    if both.semitones < NARROWEST:
        raise UsageError(
            f"range {named}: {instrument} plays {own.text}, which has not a ninth in common "
            "with it; leave one of them out"
        )
    return both
