"""Keys, meters, clefs and transpositions of MusicXML as the values of ABC's fields."""

from xml.etree.ElementTree import Element

from abcrun.musicxml.numbers import integer
from abcrun.musicxml.parts import Remarks
from abcrun.notation.key import SHORT_MODES
from abcrun.notation.meter import FREE_METER, Meter, read_meter
from abcrun.notation.pitch import ACCIDENTALS, SHARPS

_MODE_FIFTHS = {
    "major": 0,
    "ionian": 0,
    "minor": 3,
    "aeolian": 3,
    "dorian": 2,
    "mixolydian": 1,
    "lydian": -1,
    "phrygian": 4,
    "locrian": 5,
}
"""Fifths that the tonic of a mode lies above that of the major key with its
signature."""

_CLEFS = {
    ("G", 2): "treble",
    ("G", 1): "treble1",
    ("F", 4): "bass",
    ("F", 3): "baritone",
    ("F", 5): "bass5",
    ("C", 1): "soprano",
    ("C", 2): "mezzosoprano",
    ("C", 3): "alto",
    ("C", 4): "tenor",
    ("C", 5): "alto5",
}
_USUAL_LINES = {"G": 2, "F": 4, "C": 3}
_PIPES = ["^f", "^c", "=g"]
"""The signature that pipers have on paper (ABC 2.1, 3.1.14)."""
_FIGURES = {1: "+8", 2: "+15", -1: "-8", -2: "-15"}


def key_value(key: Element, remarks: Remarks) -> str:
    """Return the value of K: for a `<key>`."""
    steps = [(step.text or "").strip() for step in key.findall("key-step")]
    if steps:
        alters = [integer(alter.text) for alter in key.findall("key-alter")]
        signs = [
            f"{ACCIDENTALS[alter]}{step.lower()}"
            for step, alter in zip(steps, alters, strict=False)
            if alter in ACCIDENTALS and step in tuple(SHARPS)
        ]
        if len(signs) < len(steps):
            remarks.add("an alteration of a key signature that ABC has no sign for")
        return "Hp" if signs == _PIPES else " ".join(signs) or "none"
    mode = (key.findtext("mode") or "major").strip().lower()
    fifths = integer(key.findtext("fifths"))
    if mode == "none" or not -7 <= fifths <= 7:
        if abs(fifths) > 7:
            remarks.add("a key of more than seven signs")
        order, sign = (SHARPS, "^") if fifths > 0 else (SHARPS[::-1], "_")
        return " ".join(sign + letter.lower() for letter in order[: abs(fifths)]) or "none"
    if mode not in _MODE_FIFTHS:
        remarks.add(f"the mode {mode[:20]!r}")
        mode = "major"
    place = fifths + _MODE_FIFTHS[mode] + 1  # on the circle of fifths, F is 0
    tonic = SHARPS[place % 7] + ("#" * (place // 7) if place >= 0 else "b" * -(place // 7))
    if len(tonic) > 2:  # E# lydian and the like have no name in ABC
        order, sign = (SHARPS, "^") if fifths > 0 else (SHARPS[::-1], "_")
        return " ".join(sign + letter.lower() for letter in order[: abs(fifths)])
    short = {"major": "", "ionian": "ion", "minor": "m", "aeolian": "aeo"}
    return tonic + short.get(mode, SHORT_MODES.get(mode, mode[:3]))


def meter_of(time: Element, remarks: Remarks) -> Meter:
    """Return the meter that a `<time>` names."""
    symbol = time.get("symbol", "")
    pairs = list(zip(time.findall("beats"), time.findall("beat-type"), strict=False))
    if time.find("senza-misura") is not None or not pairs:
        found = read_meter(time.findtext("senza-misura", ""))
        return found[0] if found is not None and found[0].length is None else FREE_METER
    if time.find("interchangeable") is not None:
        remarks.add("the second of two interchangeable meters")
    first, kind = ((one.text or "").replace(" ", "") for one in pairs[0])
    text = f"{first}/{kind}"
    if len(pairs) > 1:
        # 3/4 + 2/8: ABC has one denominator, the smallest note of all.
        smallest = max(integer(kind.text) for _, kind in pairs) or 4
        parts = [
            integer(part) * smallest // max(1, integer(kind.text))
            for beats, kind in pairs
            for part in (beats.text or "").split("+")
        ]
        text = f"({'+'.join(map(str, parts))})/{smallest}"
    elif "+" in first:
        text = f"({first})/{kind}"
    if symbol == "common" and text == "4/4":
        text = "C"
    elif symbol == "cut" and text == "2/2":
        text = "C|"
    elif symbol not in ("", "normal", "common", "cut"):
        remarks.add(f"a meter drawn as {symbol[:20]}")
    found = read_meter(text)
    if found is None or found[1].strip():
        remarks.add(f"the meter {text[:20]}")
        return FREE_METER
    return found[0]


def clef_value(clef: Element, remarks: Remarks) -> str:
    """Return the value of `clef=` for a `<clef>`, empty where ABC has none."""
    sign = (clef.findtext("sign") or "").strip()
    if sign == "percussion":
        return "perc"
    if sign in ("none", "TAB", "jianpu"):
        if sign != "none":
            remarks.add("a tablature" if sign == "TAB" else f"the clef {sign}")
        return "none" if sign == "none" else "treble"
    line = integer(clef.findtext("line")) or _USUAL_LINES.get(sign, 0)
    name = _CLEFS.get((sign, line))
    if name is None:
        remarks.add(f"the clef {sign[:20]} on line {line}")
        return "treble"
    return name + _FIGURES.get(integer(clef.findtext("clef-octave-change")), "")


def transposition(transpose: Element) -> int:
    """Return how many semitones an instrument sounds above what is written."""
    octaves = integer(transpose.findtext("octave-change"))
    return max(-36, min(36, integer(transpose.findtext("chromatic")) + 12 * octaves))
