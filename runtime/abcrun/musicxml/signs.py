"""Notations of MusicXML as decorations of ABC, by their names without `!`."""

from xml.etree.ElementTree import Element

from abcrun.musicxml.numbers import integer
from abcrun.musicxml.parts import Remarks
from abcrun.notation.decorations import DYNAMICS

# Articulations, ornaments and technical signs have names of their own: one table.
DECORATIONS = {
    "staccato": "staccato",
    "accent": "accent",
    "strong-accent": "marcato",
    "tenuto": "tenuto",
    "detached-legato": "tenuto",
    "staccatissimo": "wedge",
    "spiccato": "wedge",
    "breath-mark": "breath",
    "caesura": "caesura",
    "scoop": "slide",
    "trill-mark": "trill",
    "turn": "turn",
    "delayed-turn": "turn",
    "inverted-turn": "invertedturn",
    "delayed-inverted-turn": "invertedturn",
    "mordent": "lowermordent",
    "inverted-mordent": "uppermordent",
    "schleifer": "slide",
    "up-bow": "upbow",
    "down-bow": "downbow",
    "open-string": "open",
    "snap-pizzicato": "snap",
    "thumb-position": "thumb",
    "stopped": "plus",
    "harmonic": "harmonic",
    "arpeggiate": "arpeggio",
}
_GROUPS = frozenset(("articulations", "ornaments", "technical"))
# Read elsewhere, or part of something that is.
_ELSEWHERE = frozenset(("tied", "slur", "tuplet", "accidental-mark", "footnote", "level"))
_FINGERS = frozenset("012345")
# The strokes at the end of a phrase, by the way that they are drawn.
_STROKES = {
    ("breath-mark", "tick"): "shortphrase",
    ("caesura", "short"): "mediumphrase",
    ("caesura", "single"): "longphrase",
}
_LINES = {"wavy-line": "trill", "glissando": "~", "slide": "-"}
NOTE_HEADS = {
    "x": "style=x",
    "cross": "style=x",
    "diamond": "style=harmonic",
    "slash": "style=rhythm",
    "triangle": "style=triangle",
}
"""Note heads that ABC can ask for."""


def decorations_of(notations: Element, remarks: Remarks) -> list[str]:
    """Return the decorations that a `<notations>` asks for."""
    found: list[str] = []
    for child in notations:
        if child.tag in _GROUPS:
            for sign in child:
                found += _decoration(sign, remarks)
        elif child.tag == "fermata":
            # With the name of its shape it is one that only lies below, as ours does.
            is_inverted = child.get("type") == "inverted" and child.text != "normal"
            found.append("invertedfermata" if is_inverted else "fermata")
        elif child.tag == "dynamics":
            found += dynamics_of(child, remarks)
        elif child.tag in DECORATIONS or child.tag in _LINES:
            found += _decoration(child, remarks)
        elif child.tag == "accidental-mark" or child.tag not in _ELSEWHERE:
            remarks.add(f"<{child.tag}> at a note")
    if "trill(" in found and "trill" in found:  # the line begins with its sign
        found.remove("trill")
    return found


def _decoration(sign: Element, remarks: Remarks) -> list[str]:
    """Return the decorations for one articulation, ornament or technical sign."""
    if sign.tag == "fingering":
        fingers = (sign.text or "").split()
        known = [finger for finger in fingers if finger in _FINGERS]
        if len(known) < len(fingers):
            remarks.add("a fingering beyond 0 to 5")
        return known
    if sign.tag == "tremolo" and sign.get("type", "single") == "single":
        return ["/" * max(1, min(integer(sign.text) or 3, 4))]
    if sign.tag in _LINES:
        name = _LINES[sign.tag]
        return {"start": [name + "("], "stop": [name + ")"]}.get(sign.get("type", ""), [])
    if (stroke := _STROKES.get((sign.tag, (sign.text or "").strip()))) is not None:
        return [stroke]
    if sign.tag == "turn" and sign.get("start-note") == "main":
        return ["roll"]
    if sign.tag in ("turn", "inverted-turn") and sign.get("slash") == "yes":
        return [DECORATIONS[sign.tag] + "x"]
    if sign.tag in DECORATIONS:
        return [DECORATIONS[sign.tag]]
    remarks.add(f"<{sign.tag}> at a note")
    return []


def dynamics_of(dynamics: Element, remarks: Remarks) -> list[str]:
    """Return the decorations for the children of `<dynamics>`."""
    found: list[str] = []
    for child in dynamics:
        name = (child.text or "").strip() if child.tag == "other-dynamics" else child.tag
        if name in DYNAMICS:
            found.append(name)
        else:
            remarks.add(f"the dynamics {name[:20]!r}")
    return found
