"""What instruments can play, and for which of them music is written elsewhere than it
sounds.

Notes count as they are written. Music for whistle, guitar and tenor banjo is written at
the pitch of the fiddle and sounds an octave away from there: that is no transposition
here.
"""

import re
from dataclasses import dataclass

from abcrun.errors import UsageError
from abcrun.notation.compass import Compass
from abcrun.notation.pitch import MIDDLE_C
from abcrun.notation.problem import shown

MOST_FRETS = 11
"""Of a capo: on the twelfth fret the guitar is what it was, an octave higher."""

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_D = MIDDLE_C + 2


@dataclass(frozen=True, slots=True)
class Instrument:
    """What an instrument can play, as its music is written.

    `compass` is from its lowest to its highest note; `notes` are those that it has of
    them, as MIDI note numbers, None for all. What is written for it sounds
    `transposition` semitones higher.
    """

    compass: Compass
    notes: frozenset[int] | None = None
    transposition: int = 0

    def plays(self, pitch: int) -> bool:
        """Return whether it can play a note that sounds at a MIDI note number."""
        written = pitch - self.transposition
        if self.notes is not None:
            return written in self.notes
        return self.compass.lowest <= written <= self.compass.highest


def _six_holes(lowest: int) -> Instrument:
    """Return a whistle or flute with six holes: two octaves of the major scale, and the
    flat seventh, which a forked fingering gives."""
    scale = {12 * octave + step for octave in (0, 1) for step in (*_MAJOR, 10)} | {24}
    return Instrument(
        Compass(lowest, lowest + 24), frozenset(lowest + semitones for semitones in scale)
    )


# 30 buttons in C and G, of which each gives a note to the push and one to the pull: the
# system of Wheatstone and Lachenal, as in M. W. Stayton, Color-Coded Button Layouts,
# concertina.net 2002. It lacks C#3, D3, D#3, F#3, G#3, G#6 and A#6.
_ANGLO = frozenset((48, 52, 53, 55, *range(57, 92), 93, 95))

_WHISTLES = {"A": -5, "Bb": -4, "C": -2, "D": 0, "Eb": 1, "F": 3, "G": 5}
"""Keys in which whistles are made, and how far each is from that in D."""

INSTRUMENTS = {
    "fiddle": Instrument(Compass.of("G3-B5")),  # first position: G D A E, four fingers
    "mandolin": Instrument(Compass.of("G3-B5")),  # the strings of the fiddle, to fret 7
    "banjo": Instrument(Compass.of("G3-B5")),  # tenor, G D A E an octave below
    "guitar": Instrument(Compass.of("E3-E6")),  # to fret 12, where most bodies begin
    "whistle": _six_holes(_D),
    **{f"whistle in {key}": _six_holes(_D + by) for key, by in _WHISTLES.items() if by},
    "flute": _six_holes(_D),  # wooden, without keys
    "concert flute": Instrument(Compass.of("C4-C7")),
    # The chanter of the uilleann pipes overblows; its keys are a matter of the maker.
    "pipes": _six_holes(_D),
    # Nine notes, as pipers write them.
    "highland pipes": Instrument(
        Compass.of("G4-A5"), frozenset((67, 69, 71, 73, 74, 76, 78, 79, 81))
    ),
    "anglo": Instrument(Compass.of("C3-B6"), _ANGLO),
    "concertina": Instrument(Compass.of("G3-C7")),  # English treble of 48 keys
    "accordion": Instrument(Compass.of("F3-A6")),  # right hand, piano keys, 41 of them
    "dulcimer": Instrument(Compass.of("D3-D6")),  # hammered, of 15 and 14 courses
    "harp": Instrument(Compass.of("C2-A6")),  # lever harp of 34 strings
    "piano": Instrument(Compass.of("A0-C8")),
    "clarinet": Instrument(Compass.of("E3-C7"), transposition=-2),  # in B flat
    "trumpet": Instrument(Compass.of("F#3-D6"), transposition=-2),  # in B flat
    "tenor saxophone": Instrument(Compass.of("Bb3-F6"), transposition=-14),  # in B flat
    "alto saxophone": Instrument(Compass.of("Bb3-F6"), transposition=-9),  # in E flat
    "horn": Instrument(Compass.of("F#2-C6"), transposition=-7),  # in F
}
"""Instruments by their names.

Strings and frets follow from their tuning, keys and chanters are those of the common
model that is named: of English concertinas, that of the Concertina FAQ
(concertina.info); of the instruments of bands and orchestras, that of S. Adler, The
Study of Orchestration.
"""

PARTS = {"C": 0, "Bb": -2, "Eb": -9, "F": -7}
"""What a part is written in, and how many semitones from there it sounds: that of the
clarinet, of the alto saxophone, of the horn; C is as it sounds."""

_PART_NAMES = {-2: "in B flat", -14: "in B flat", -9: "in E flat", -7: "in F"}
_CAPO = re.compile(r"capo +([0-9]{1,2})")
_KEYED_WHISTLE = re.compile(r"([a-g]b?) +whistle")


def instrument_named(name: str) -> Instrument:
    """Return one of `INSTRUMENTS`. Capital letters make no difference, and a "Bb
    whistle" is a "whistle in Bb". Raises `UsageError` for any other."""
    found = _found(name)
    if found is None:
        raise UsageError(f"unknown instrument {shown(name)}: one of {', '.join(INSTRUMENTS)}")
    return found


def transposition_for(part: str) -> int:
    """Return how many semitones from where it is written a part sounds: one of `PARTS`,
    one for an instrument, or "capo 2".

    A guitar with a capo sounds higher than what is written and fingered. Raises
    `UsageError` for any other.
    """
    name = _plain(part)
    for written_in, semitones in PARTS.items():
        if name == written_in.lower():
            return semitones
    capo = _CAPO.fullmatch(name)
    if capo is not None and 1 <= int(capo.group(1)) <= MOST_FRETS:
        return int(capo.group(1))
    found = _found(part)
    if found is None:
        raise UsageError(
            f"nothing is written for {shown(part)}: give {', '.join(PARTS)}, "
            f"capo 1 to capo {MOST_FRETS}, or an instrument such as clarinet"
        )
    return found.transposition


def part_name(transposition: int) -> str:
    """Return for whom a part is written that sounds so many semitones from there: "in B
    flat", "capo 2"; empty for one that has no name."""
    if 1 <= transposition <= MOST_FRETS:
        return f"capo {transposition}"
    return _PART_NAMES.get(transposition, "")


def _plain(name: str) -> str:
    return " ".join(name.replace("♭", "b").lower().split())


def _found(name: str) -> Instrument | None:
    plain = _plain(name)
    keyed = _KEYED_WHISTLE.fullmatch(plain)
    if keyed is not None:
        plain = f"whistle in {keyed.group(1)}" if keyed.group(1) != "d" else "whistle"
    return next((one for key, one in INSTRUMENTS.items() if key.lower() == plain), None)
