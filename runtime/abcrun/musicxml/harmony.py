"""`<harmony>` as chord symbols in quoted text."""

from xml.etree.ElementTree import Element

from abcrun.musicxml.numbers import integer
from abcrun.musicxml.parts import Remarks
from abcrun.notation.chord_qualities import NAME_SIGNS, Degree, tones_of
from abcrun.notation.chord_symbols import read_chord_symbol, spell_chord_symbol

_LETTERS = frozenset("ABCDEFG")
_LONGEST = 60  # characters
_DEEDS = frozenset(("add", "alter", "subtract"))


def chord_text(harmony: Element, remarks: Remarks) -> tuple[str, bool]:
    """Return the text of a `<harmony>`, and whether it is a chord symbol; empty where
    nothing is left of it."""
    if harmony.find("frame") is not None:
        remarks.add("chord diagrams")
    element = harmony.find("kind")
    kind = "none" if element is None else (element.text or "").strip()
    shown = "" if element is None else element.get("text", "")[:_LONGEST]
    root, root_shown = _name(harmony, "root")
    bass, bass_shown = _name(harmony, "bass")
    slash = f"/{bass}" if bass else ""
    if kind == "none":
        text = shown + (f"/{bass_shown}" if bass else "")
        return (text if read_chord_symbol(text) else slash or "N.C."), True
    if not root:
        words = (harmony.findtext("function") or _numeral(harmony)).strip()[:_LONGEST] + shown
        return words, False
    degrees = tuple(filter(None, map(_degree, harmony.findall("degree"))))
    spelled = spell_chord_symbol(root, kind, degrees, bass)
    for text in (root_shown + shown + (f"/{bass_shown}" if bass else ""), root + shown + slash):
        found = read_chord_symbol(text)
        if (
            found is not None
            and (found.root, found.bass) == (root, bass)
            and (spelled is None or found.intervals == tones_of(kind, degrees))
        ):
            return text, True
    if spelled is None:
        remarks.add(f"chords of the kind {kind[:30]!r}, as words")
        return root + shown + slash, False
    return spelled, True


def _name(harmony: Element, which: str) -> tuple[str, str]:
    """Return a root or bass, and how it is shown: `a`, or the German `H`."""
    step = harmony.find(f"{which}/{which}-step")
    letter = "" if step is None else (step.text or "").strip()
    if step is None or letter not in _LETTERS:
        return "", ""
    sign = NAME_SIGNS.get(integer(harmony.findtext(f"{which}/{which}-alter")), "")
    return letter + sign, step.get("text", letter) + sign


def _numeral(harmony: Element) -> str:
    root = harmony.find("numeral/numeral-root")
    return "" if root is None else root.get("text", "") or (root.text or "")


def _degree(degree: Element) -> Degree | None:
    deed = (degree.findtext("degree-type") or "").strip()
    value = integer(degree.findtext("degree-value"))
    if deed not in _DEEDS or not 1 <= value <= 13:
        return None
    return Degree(deed, value, integer(degree.findtext("degree-alter")))
