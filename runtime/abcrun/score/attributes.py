"""Keys, meters, clefs and transpositions as MusicXML's `<attributes>` show them."""

import re

from abcrun.notation.clef import Clef
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import SHARPS

PIPES = ("HP", "Hp")
"""Modes of `Key` that MusicXML has no name for: the Highland bagpipes'."""

_METER_SYMBOLS = {"C": ' symbol="common"', "C|": ' symbol="cut"'}


def attributes_xml(children: list[str]) -> str:
    """Return the `<attributes>` of these children, which are in the schema's order."""
    return f"<attributes>{''.join(children)}</attributes>"


def key_xml(key: Key, previous: Key | None = None) -> str:
    """Return the `<key>` of a key signature; naturals show what of the `previous` key
    is no more."""
    fifths = _fifths(key)
    if fifths is None:
        # No circle of fifths has this signature: it is written sign by sign.
        steps = "".join(
            f"<key-step>{letter}</key-step><key-alter>{alteration}</key-alter>"
            for letter, alteration in key.accidentals
            if alteration or key.mode == "Hp"
        )
        return f"<key>{steps}</key>"
    mode = "" if key.mode in PIPES else f"<mode>{key.mode}</mode>"
    cancelled = _fifths(previous) if previous is not None else None
    cancel = ""
    # Signs that are added to others of their kind need no naturals.
    if cancelled and (fifths * cancelled < 0 or abs(fifths) < abs(cancelled)):
        cancel = f"<cancel>{cancelled}</cancel>"
    return f"<key>{cancel}<fifths>{fifths}</fifths>{mode}</key>"


def _fifths(key: Key) -> int | None:
    """Return the sharps of a usual signature, flats counted negative; None for one that
    is not usual."""
    if key.mode == "HP":  # the signs sound and are not shown (ABC 2.1, 3.1.14)
        return 0
    if key.mode == "Hp":  # with a natural at g
        return None
    altered = {letter: alteration for letter, alteration in key.accidentals if alteration}
    order, sign = (SHARPS, 1) if 1 in altered.values() else (SHARPS[::-1], -1)
    if altered == dict.fromkeys(order[: len(altered)], sign):
        return sign * len(altered)
    return None


def time_xml(meter: Meter) -> str:
    """Return the `<time>` of a meter; free meter shows no signature."""
    if meter.length is None:
        if meter.text == "none":
            return '<time print-object="no"><senza-misura/></time>'
        return f"<time><senza-misura>{meter.text}</senza-misura></time>"
    symbol = _METER_SYMBOLS.get(meter.text, "")
    beats = str(meter.numerator)
    if "+" in meter.text:  # MusicXML shows (2+3)/8 as it is written
        beats = re.sub(r"[()\s]", "", meter.text.rpartition("/")[0])
    return f"<time{symbol}><beats>{beats}</beats><beat-type>{meter.denominator}</beat-type></time>"


def clef_xml(clef: Clef, number: int = 0) -> str:
    """Return the `<clef>` of a staff; its number, 0 where the part has one staff."""
    staff = f' number="{number}"' if number else ""
    octave = f"<clef-octave-change>{clef.octave}</clef-octave-change>" if clef.octave else ""
    line = "" if clef.sign in ("percussion", "none") else f"<line>{clef.line}</line>"
    return f"<clef{staff}><sign>{clef.sign}</sign>{line}{octave}</clef>"


def transpose_xml(semitones: int, number: int = 0) -> str:
    """Return the `<transpose>` of a staff that sounds so many semitones from where it
    is written; its number, 0 where the part has one staff."""
    staff = f' number="{number}"' if number else ""
    octaves = abs(semitones) // 12 * (1 if semitones > 0 else -1)
    chromatic = semitones - 12 * octaves
    change = f"<octave-change>{octaves}</octave-change>" if octaves else ""
    return f"<transpose{staff}><chromatic>{chromatic}</chromatic>{change}</transpose>"
