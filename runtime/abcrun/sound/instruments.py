"""Instruments: their names, General MIDI programs, and how their tones are made."""

from dataclasses import dataclass

from abcrun.errors import UsageError

INSTRUMENT_PROGRAMS = {
    "piano": 0,
    "dulcimer": 15,
    "accordion": 21,
    "concertina": 23,
    "guitar": 24,
    "fiddle": 40,
    "harp": 46,
    "flute": 73,
    "whistle": 74,
    "banjo": 105,
    "pipes": 109,
}
"""General MIDI programs, counted from 0, of the instruments that play folk tunes."""
_SOUNDING_LIKE = {"mandolin": "guitar", "highland pipes": "pipes"}
"""Instruments without a sound of their own, and whose they take."""
DEFAULT_PROGRAM = INSTRUMENT_PROGRAMS["harp"]


def program_number(instrument: int | str) -> int:
    """Return the General MIDI program, 0 to 127, of a number or of a name in
    `INSTRUMENT_PROGRAMS`. Raises `UsageError` for any other."""
    if isinstance(instrument, str):
        name = instrument.strip().lower()
        name = _SOUNDING_LIKE.get(name, name)
        if name in INSTRUMENT_PROGRAMS:
            return INSTRUMENT_PROGRAMS[name]
        # Before int(), which refuses over 4,300 digits with an error of its own.
        if not (name.isascii() and name.isdigit()) or len(name) > 3:
            names = ", ".join([*INSTRUMENT_PROGRAMS, *_SOUNDING_LIKE])
            raise UsageError(
                f"unknown instrument {instrument!r}: give a program 0 to 127 or one of {names}"
            )
        instrument = int(name)
    if not 0 <= instrument <= 127:
        raise UsageError(f"General MIDI program {instrument} is out of range: 0 to 127")
    return instrument


@dataclass(frozen=True, slots=True)
class Instrument:
    """How a tone of an instrument is made.

    Harmonic k of a tone at f Hz has the amplitude k**-rolloff. It is multiplied by
    `even` for an even k, by |sin(pi k pluck)| for a plucked string, and by the gain of
    the `body` at k f Hz.
    """

    rolloff: float
    attack: float
    """Seconds from silence to full level."""
    release: float
    """Seconds from the end of the note to silence."""
    decay: float = 0.0
    """Seconds in which the fundamental of A4 falls by 60 dB; 0 for a sustained tone."""
    damping: float = 0.0
    """How much faster the harmonics of each higher octave decay."""
    accent: float = 0.0
    """Extra level of the upper harmonics at the start of a sustained tone; it is gone
    after a tenth of a second."""
    even: float = 1.0
    """Level of the even harmonics beside the odd ones."""
    pluck: float = 0.0
    """Where the string is plucked, as a part of its length; 0 for no string."""
    cutoff: float = 9000.0
    """Hz above which harmonics fall by another 12 dB an octave."""
    body: tuple[tuple[float, float, float], ...] = ()
    """Resonances: centre in Hz, gain added there (1 doubles the amplitude), width in
    octaves."""
    vibrato: float = 0.0
    """Cents up and down, at 5.6 Hz, after the first quarter of a second. The mean pitch
    stays."""
    beating: float = 0.0
    """Cents from a reed to a softer one on either side, which make it tremble and leave
    the pitch where it is."""


_VIOLIN_BODY = ((280.0, 1.0, 0.25), (480.0, 1.2, 0.3), (1000.0, 0.6, 0.4), (2600.0, 1.6, 0.5))

PIANO = Instrument(
    rolloff=1.15, attack=0.003, release=0.18, decay=5.0, damping=0.75, pluck=0.12, cutoff=4500.0
)
DULCIMER = Instrument(
    rolloff=0.75, attack=0.002, release=0.5, decay=3.2, damping=0.9, pluck=0.14, cutoff=7000.0
)
HARP = Instrument(
    rolloff=1.25, attack=0.003, release=0.25, decay=3.6, damping=0.7, pluck=0.31, cutoff=5000.0
)
GUITAR = Instrument(
    rolloff=0.95,
    attack=0.003,
    release=0.25,
    decay=3.0,
    damping=0.8,
    pluck=0.18,
    cutoff=4500.0,
    body=((110.0, 0.8, 0.4), (220.0, 0.6, 0.4)),
)
BANJO = Instrument(
    rolloff=0.75,
    attack=0.002,
    release=0.15,
    decay=1.6,
    damping=0.6,
    pluck=0.11,
    cutoff=5000.0,
    body=((700.0, 1.2, 0.6), (1800.0, 0.8, 0.5)),
)
FIDDLE = Instrument(
    rolloff=1.15,
    attack=0.035,
    release=0.07,
    accent=0.5,
    cutoff=5500.0,
    body=_VIOLIN_BODY,
    vibrato=7.0,
)
FLUTE = Instrument(
    rolloff=2.1, attack=0.04, release=0.06, accent=0.6, even=0.8, cutoff=5000.0, vibrato=5.0
)
WHISTLE = Instrument(
    rolloff=2.6, attack=0.022, release=0.045, accent=1.0, even=0.7, cutoff=8000.0, vibrato=4.0
)
ACCORDION = Instrument(
    rolloff=0.85,
    attack=0.03,
    release=0.06,
    accent=0.2,
    cutoff=4500.0,
    body=((900.0, 0.7, 0.6), (2200.0, 0.6, 0.6)),
    beating=7.0,
)
CONCERTINA = Instrument(
    rolloff=0.95,
    attack=0.025,
    release=0.05,
    accent=0.25,
    even=0.7,
    cutoff=4000.0,
    body=((1300.0, 0.8, 0.6),),
)
PIPES = Instrument(
    rolloff=0.5,
    attack=0.012,
    release=0.025,
    accent=0.3,
    cutoff=4500.0,
    body=((1100.0, 1.5, 0.6), (2300.0, 0.8, 0.5)),
)

DRUM = Instrument(
    rolloff=0.6, attack=0.001, release=0.03, decay=0.25, damping=0.3, pluck=0.29, cutoff=6000.0
)

DRUMS = 128
"""In place of a program: the drums of the tenth channel, each struck at its pitch."""
CHOSEN = 129
"""In place of a program, where somebody else chooses it later."""

# By the first General MIDI program that each plays, up to the next one named.
_FROM_PROGRAM: dict[int, Instrument] = {
    0: PIANO,
    8: DULCIMER,  # chromatic percussion
    16: CONCERTINA,  # organs, harmonica, bandoneon
    21: ACCORDION,
    22: CONCERTINA,
    24: GUITAR,  # guitars, basses
    40: FIDDLE,
    45: HARP,  # pizzicato, harp
    47: DULCIMER,  # kettledrum
    48: FIDDLE,  # ensembles
    52: FLUTE,  # voices
    56: CONCERTINA,  # brass
    64: CONCERTINA,  # saxophones, reeds
    72: FLUTE,
    74: WHISTLE,  # recorder
    75: FLUTE,
    78: WHISTLE,
    79: FLUTE,  # ocarina, synthesisers
    104: BANJO,  # sitar, banjo, shamisen, koto
    108: DULCIMER,  # kalimba
    109: PIPES,
    110: FIDDLE,
    111: PIPES,  # shawm
    112: DULCIMER,  # what is struck, and effects
    DRUMS: DRUM,
}


def instruments_by_program() -> dict[int, Instrument]:
    """Return the instruments by the first program that each plays, up to the next one,
    in order; that of `DRUMS` is the last."""
    return dict(sorted(_FROM_PROGRAM.items()))


def instrument_of(program: int) -> Instrument:
    """Return the instrument that plays a General MIDI program, 0 to 127, or `DRUMS`."""
    return _FROM_PROGRAM[max(first for first in _FROM_PROGRAM if first <= program)]
