"""Keys, meters and clefs as MusicXML's `<attributes>` show them."""

import re

from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import SHARPS

_PIPES = ("HP", "Hp")
"""Modes of `Key` that MusicXML has no name for: the Highland bagpipes'."""

TREBLE = "<clef><sign>G</sign><line>2</line></clef>"
BASS = "<clef><sign>F</sign><line>4</line></clef>"
_METER_SYMBOLS = {"C": ' symbol="common"', "C|": ' symbol="cut"'}


def key_xml(key: Key) -> str:
    """Return the `<key>` of a key signature."""
    altered = {letter: alteration for letter, alteration in key.accidentals if alteration}
    order, sign = (SHARPS, 1) if 1 in altered.values() else (SHARPS[::-1], -1)
    if altered == dict.fromkeys(order[: len(altered)], sign):
        mode = "" if key.mode in _PIPES else f"<mode>{key.mode}</mode>"
        return f"<key><fifths>{sign * len(altered)}</fifths>{mode}</key>"
    # No circle of fifths has this signature: it is written sign by sign.
    steps = "".join(
        f"<key-step>{letter}</key-step><key-alter>{alteration}</key-alter>"
        for letter, alteration in altered.items()
    )
    return f"<key>{steps}</key>"


def time_xml(meter: Meter) -> str:
    """Return the `<time>` of a meter."""
    if meter.length is None:
        return "<time><senza-misura/></time>"
    symbol = _METER_SYMBOLS.get(meter.text, "")
    beats = str(meter.numerator)
    if "+" in meter.text:  # MusicXML shows (2+3)/8 as it is written
        beats = re.sub(r"[()\s]", "", meter.text.rpartition("/")[0])
    return f"<time{symbol}><beats>{beats}</beats><beat-type>{meter.denominator}</beat-type></time>"
