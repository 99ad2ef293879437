"""`<direction>`s and `<sound>`s as marks: words, dynamics, hairpins, tempo."""

from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from abcrun.musicxml.numbers import VALUES, number, with_dots
from abcrun.musicxml.parts import MAX_WORDS, Mark, Remarks
from abcrun.musicxml.signs import dynamics_of
from abcrun.notation.limits import MAX_QUARTERS_PER_MINUTE, MIN_QUARTERS_PER_MINUTE
from abcrun.notation.tempo import read_tempo
from abcrun.notation.text_strings import encode

# Words that ABC has decorations for.
_NAMED = {
    "d.c.": "D.C.",
    "da capo": "D.C.",
    "d.s.": "D.S.",
    "dal segno": "D.S.",
    "fine": "fine",
    "d.c. al fine": "D.C.alfine",
    "d.c. al coda": "D.C.alcoda",
    "d.s. al fine": "D.S.alfine",
    "d.s. al coda": "D.S.alcoda",
    "da coda": "dacoda",
    "to coda": "dacoda",
}
_NAMED_BY_US = {"al coda": "alcoda", "al fine": "alfine", "rit.": "rit", "accel.": "accel"}
"""Words that are a decoration in a file of abcrun's, and a remark in any other."""
_TITLE_SIZE = "16"
_SHIFTS = {
    ("down", "8"): "8va",
    ("up", "8"): "8vb",
    ("down", "15"): "15ma",
    ("up", "15"): "15mb",
}
_LAYOUT = frozenset(("staff-divide", "accordion-registration", "principal-voice"))


@dataclass(slots=True)
class DirectionReader:
    """Reads the directions of one part. What is open (a hairpin, an octave line) is
    kept by its number until it closes."""

    remarks: Remarks
    is_own: bool = False
    """Whether abcrun wrote the file: then fonts tell what words were."""
    opened: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, direction: Element, at: Fraction) -> list[Mark]:
        """Return the marks of a `<direction>` at a time of its measure."""
        staff = round(number(direction.findtext("staff")))
        voice = (direction.findtext("voice") or "").strip()
        words: list[str] = []
        marks: list[Mark] = []
        beats = ""
        behind: list[str] = []
        first_words: Element | None = None
        for one in direction.iterfind("direction-type/*"):
            if one.tag in ("words", "symbol"):
                (behind if beats else words).append(_lines_of(one))
                first_words = one if first_words is None else first_words
            elif one.tag == "metronome" and self.is_own and one.get("print-object") == "no":
                return []  # which the tune does not have
            elif one.tag == "metronome":
                beats = self._metronome(one)
            else:
                marks += self._mark(one, at)
        sound = direction.find("sound")
        tempo = Fraction(0) if sound is None else number(sound.get("tempo"))
        before = " ".join(filter(None, words))
        is_tempo = direction.get("directive") == "yes" or bool(tempo)
        is_heading = False
        if self.is_own and first_words is not None and first_words.get("font-weight") == "bold":
            is_heading = first_words.get("font-size") == _TITLE_SIZE
            is_tempo = not is_heading
        if beats or (is_tempo and (before or tempo)):
            marks.append(Mark(at, "tempo", self._tempo(before, beats, " ".join(behind), tempo)))
        elif is_heading:
            marks.append(Mark(at, "title", before))
        elif before and first_words is not None:
            marks.append(self._words(direction, first_words, before, at))
        for mark in marks:
            mark.staff, mark.voice = staff, voice
        return [mark for mark in marks if mark.text]

    def read_sound(self, sound: Element, at: Fraction) -> list[Mark]:
        """Return the tempo of a `<sound>` that stands alone."""
        tempo = number(sound.get("tempo"))
        return [Mark(at, "tempo", self._tempo("", "", "", tempo))] if tempo else []

    def _tempo(self, before: str, beats: str, behind: str, tempo: Fraction) -> str:
        """Return the value of Q:."""
        first = f'"{encode(before, is_quoted=True)}"' if before else ""
        last = f'"{encode(behind, is_quoted=True)}"' if behind else ""
        if not beats and tempo:
            named = read_tempo(first, Fraction(1, 4)) if first else None
            is_known = named is not None and named.quarters_per_minute == tempo
            if not is_known and MIN_QUARTERS_PER_MINUTE <= tempo <= MAX_QUARTERS_PER_MINUTE:
                beats = f"1/4={_decimal(tempo)}"
        value = " ".join(filter(None, (first, beats, last)))
        if beats and read_tempo(value, Fraction(1, 4)) is None:
            self.remarks.add("a tempo that nobody can play")
            value = " ".join(filter(None, (first, last)))
        return value

    def _metronome(self, metronome: Element) -> str:
        """Return the beat and its number; empty for what is no number."""
        beats = _beats(metronome)
        per_minute = (metronome.findtext("per-minute") or "").strip()
        digits = "".join(sign if sign in "0123456789." else " " for sign in per_minute).split()
        if len(beats) != 1 or not digits or not number(digits[0]):
            self.remarks.add("a metronome mark that gives no number of beats")
            return ""
        for tied in metronome.findall("beat-unit-tied"):
            beats += _beats(tied)
        values = " ".join(f"{beat.numerator}/{beat.denominator}" for beat in beats)
        return f"{values}={_decimal(number(digits[0]))}"

    def _words(self, direction: Element, words: Element, text: str, at: Fraction) -> Mark:
        named = _NAMED.get(text.lower())
        if self.is_own:
            named = named or _NAMED_BY_US.get(text)
            if words.get("font-style") == "normal":
                named = None
        if named is not None:
            return Mark(at, "decoration", named)
        if direction.get("placement") == "below":
            return Mark(at, "remark", "_" + text)
        # As abcrun writes remarks beside a note. Other programs have no such thing.
        side = words.get("halign") if words.get("valign") == "middle" else ""
        return Mark(at, "remark", {"right": "<", "left": ">"}.get(side or "", "^") + text)

    def _mark(self, one: Element, at: Fraction) -> list[Mark]:
        """Return the marks of a direction that is not words."""
        kind = one.get("type", "")
        if one.tag == "dynamics":
            return [Mark(at, "decoration", name) for name in dynamics_of(one, self.remarks)]
        if one.tag in ("segno", "coda"):
            return [Mark(at, "decoration", one.tag)]
        if one.tag == "rehearsal":
            return [Mark(at, "label", _lines_of(one))]
        if one.tag == "wedge":
            name = kind if kind in ("crescendo", "diminuendo") else ""
            return self._spanning(one, name, at)
        if one.tag == "octave-shift":
            size = one.get("size", "8")
            return self._spanning(one, _SHIFTS.get((kind, size), ""), at)
        if one.tag == "pedal":
            signs = {"start": ("ped",), "stop": ("ped-up",), "change": ("ped-up", "ped")}
            return [Mark(at, "decoration", name) for name in signs.get(kind, ())]
        if one.tag not in _LAYOUT:
            self.remarks.add(f"<{one.tag}> as a direction")
        return []

    def _spanning(self, one: Element, name: str, at: Fraction) -> list[Mark]:
        """Return the begin or the end of a line over several notes."""
        place = (one.tag, one.get("number", "1"))
        if name:
            self.opened[place] = name
            return [Mark(at, "decoration", name + "(")]
        if one.get("type") == "stop" and place in self.opened:
            return [Mark(at, "decoration", self.opened.pop(place) + ")", ends=True)]
        return []


def _lines_of(words: Element) -> str:
    """Return words; where they have several lines, `;` parts them."""
    lines = (" ".join(line.split()) for line in (words.text or "")[:MAX_WORDS].split("\n"))
    return ";".join(line for line in lines if line)


def _beats(parent: Element) -> list[Fraction]:
    """Return the note values that stand in a metronome mark, with their dots."""
    found: list[tuple[Fraction, int]] = []
    for child in parent:
        if child.tag == "beat-unit":
            found.append((VALUES.get((child.text or "").strip(), Fraction(1, 4)), 0))
        elif child.tag == "beat-unit-dot" and found:
            found[-1] = (found[-1][0], found[-1][1] + 1)
    return [with_dots(value, dots) for value, dots in found]


def _decimal(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
