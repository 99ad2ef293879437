"""The melody of a tune: which notes follow each other, whatever they last."""

from abcrun.notation.tune import Tune
from abcrun.notation.written import Bar


def melody_of(tune: Tune) -> tuple[int, ...]:
    """The MIDI note numbers of successive onsets in written order, voice after voice.

    The highest of a chord; rests are passed over, a tied note counts once, and repeats are not played out.
    """
    pitches: list[int] = []
    for voice in tune.voices:
        held: tuple[int, ...] = ()
        for item in voice.items:
            for note in item.notes if isinstance(item, Bar) else ():
                if any(pitch not in held for pitch in note.pitches):
                    pitches.append(max(note.pitches))
                held = note.tied
    return tuple(pitches)
