"""The melody of a tune: which notes follow each other, whatever they last."""

from collections.abc import Iterable

from abcrun.notation.tune import Tune
from abcrun.notation.written import Bar, WrittenNote


def melody_of(tune: Tune) -> tuple[int, ...]:
    """Return the MIDI note numbers of successive onsets in written order, voice after
    voice.

    The highest of a chord; rests are passed over, a tied note counts once, and repeats
    are not played out.
    """
    return tuple(
        pitch
        for voice in tune.voices
        for pitch in onsets(
            note for item in voice.items if isinstance(item, Bar) for note in item.notes
        )
    )


def onsets(notes: Iterable[WrittenNote]) -> tuple[int, ...]:
    """Return those of notes of one voice, in a row, which no tie reaches into."""
    pitches: list[int] = []
    held: tuple[int, ...] = ()
    for note in notes:
        if any(pitch not in held for pitch in note.pitches):
            pitches.append(max(note.pitches))
        held = note.tied
    return tuple(pitches)
