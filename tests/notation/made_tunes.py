"""Tunes made by chance, over every construct of the music: the same for a seed.

They are no music to listen to. Each draws a few of `FEATURES`, so that constructs meet
which no book has side by side.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

FEATURES = (
    "accidentals",
    "annotations",
    "backquotes",
    "broken rhythm",
    "chord symbols",
    "chords",
    "clefs",
    "comments",
    "continuation",
    "decorations",
    "default unit",
    "directives",
    "double repeats",
    "dotted ties",
    "endings",
    "fields between",
    "file header",
    "grace notes",
    "inline fields",
    "key accidentals",
    "key changes",
    "lyrics",
    "macros",
    "meter changes",
    "modes",
    "multi rests",
    "octave clefs",
    "octaves",
    "overlays",
    "parts",
    "pickups",
    "repeats",
    "rests",
    "slurs",
    "spacers",
    "symbol lines",
    "tempo changes",
    "ties",
    "transposition",
    "tuplets",
    "unit changes",
    "user symbols",
    "voice fields",
    "voices",
)

_METERS = ("4/4", "C", "C|", "2/2", "2/4", "3/4", "6/8", "9/8", "12/8", "3/8", "5/4", "7/8", "3/2")
_TONICS = ("C", "G", "D", "A", "E", "F", "Bb", "Eb", "Ab", "B", "F#")
_MODES = ("", "maj", "m", "min", "dor", "mix", "phr", "lyd", "loc", " Dorian", "Mix", " minor")
_ACCIDENTALS = ("^", "_", "=", "^^", "__")
_DECORATIONS = ("!trill!", "!accent!", "!mf!", "!segno!", "!crescendo(!", "!1!", "+trill+")
_TUPLETS = ("(3", "(2", "(4", "(5", "(6", "(3:2:3", "(3:2", "(3::", "(5:4:5", "(7:4:7", "(3:2:2")
_CHORD_SYMBOLS = ("Am7", "G", "D7sus4", "C/e", "em", "G(Em)", "N.C.")


@dataclass(frozen=True)
class MadeTune:
    """A tune, and what it was made of."""

    seed: int
    text: str
    features: frozenset[str]


def made_tunes(count: int, seed: int = 0) -> Iterator[MadeTune]:
    """Iterate over `count` tunes, the same for a seed."""
    for number in range(seed, seed + count):
        yield _Maker(number).tune()


def _length(meter: str) -> Fraction:
    return {"C": Fraction(1), "C|": Fraction(1)}.get(meter) or Fraction(meter)


class _Maker:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        count = self._chance.choice((2, 4, 6, 9))
        self._has = frozenset(self._chance.sample(FEATURES, count))
        self._meter = self._chance.choice(_METERS)
        self._unit = self._chance.choice((Fraction(1, 8), Fraction(1, 8), Fraction(1, 16)))
        if "default unit" in self._has:
            self._unit = Fraction(1, 16) if _length(self._meter) < Fraction(3, 4) else self._unit
            if self._unit == Fraction(1, 16) and _length(self._meter) >= Fraction(3, 4):
                self._unit = Fraction(1, 8)
        self._tied = ""
        """The note or chord that a tie has begun."""

    def _is(self, feature: str, of: float = 0.3) -> bool:
        """Whether the tune has a feature, and it is used here."""
        return feature in self._has and self._chance.random() < of

    def tune(self) -> MadeTune:
        sections = self._chance.randint(1, 3)
        voices = 2 + (self._chance.random() < 0.3) if "voices" in self._has else 1
        labels = "ABC"[:sections] if "parts" in self._has else ""
        lines = list(self._header(labels, voices))
        forms = [self._form() for _ in range(sections)]
        for index, form in enumerate(forms):
            if labels:
                lines.append(f"P:{labels[index]}")
            state = (self._meter, self._unit)
            for voice in range(voices):
                self._meter, self._unit = state
                if voices > 1:
                    inline = "voice fields" in self._has
                    lines.append(f"[V:{voice + 1}]" if inline else f"V:{voice + 1}")
                    body = self._section(form, is_last=index + 1 == sections)
                    if inline:
                        lines[-1] += body[0]
                        body = body[1:]
                    lines += body
                else:
                    lines += self._section(form, is_last=index + 1 == sections)
        return MadeTune(self._seed, "\n".join(lines) + "\n", self._has)

    def _header(self, labels: str, voices: int) -> Iterator[str]:
        if "file header" in self._has:
            yield from (f"M:{self._meter}", "L:1/4", "")
        yield f"X:{self._seed + 1}"
        yield "T:Made by chance"
        if "user symbols" in self._has:
            yield "U:W=!accent!"
            yield "U: n = !upbow!"
        if "macros" in self._has:
            yield "m: ~c2 = c/d/c"
            yield "m: ~e2 = e3/2f/"
        if "file header" not in self._has:
            yield f"M:{self._meter}"
        if "file header" in self._has or "default unit" not in self._has:
            yield f"L:{self._unit}"
        yield "Q:1/4=120"
        if labels:
            again = labels + labels[0]
            yield f"P:{self._chance.choice((labels, again, f'({labels})2', '.'.join(labels)))}"
        if "directives" in self._has:
            yield "%%stretchlast 1"
        for voice in range(voices if voices > 1 else 0):
            yield f"V:{voice + 1}{self._voice_parameters()}"
        more = self._key_parameters() if voices == 1 else ""
        yield f"K:{self._key()}{more}"

    def _voice_parameters(self) -> str:
        found = ' name="Voice" snm="V."' if "voice fields" in self._has else ""
        if "clefs" in self._has:
            found += self._chance.choice((" clef=bass", " clef=alto", " treble", ""))
        elif "octave clefs" in self._has:
            found += self._chance.choice((" clef=treble-8", " treble+8", " clef=bass-8"))
        if "transposition" in self._has:
            found += self._chance.choice((" transpose=-2", " octave=-1", " octave=1", ""))
        return found

    def _key(self) -> str:
        key = self._chance.choice(_TONICS)
        if "modes" in self._has:
            key = self._chance.choice(("C", "G", "D", "A", "E", "F")) + self._chance.choice(_MODES)
        if self._is("key accidentals", 0.7):
            key += self._chance.choice((" ^c", " _b", " =f", " ^f _e"))
        elif self._is("key accidentals"):
            key = key[0] + " exp ^f _b"
        return key

    # No octave clef in the midst of a tune: abc2midi does not come back from one.
    def _key_parameters(self) -> str:
        if self._is("clefs", 0.6):
            return self._chance.choice((" clef=bass", " bass", " clef=treble", " alto", " tenor"))
        if "octave clefs" in self._has:
            return self._chance.choice((" clef=treble-8", " bass-8", " clef=treble+8"))
        if self._is("transposition", 0.8):
            return self._chance.choice((" transpose=3", " octave=-1", " transpose=-12"))
        return ""

    # Sections

    def _form(self) -> list[tuple[str, str]]:
        """Return what stands before and behind each bar of a section: all voices have
        the same."""
        bars = self._chance.randint(2, 4)
        form = [("", "|") for _ in range(bars)]
        if "endings" in self._has and self._chance.random() < 0.8:
            first, second = self._chance.choice((("|1", "|2"), ("[1", "[2"), ("| [1", "[2")))
            form[0] = ("|:", "|")
            form[-1] = ("", first if first[0] == "|" else "|" + first)
            form += [("", ":" + second if second[0] == "|" else ":|" + second), ("", "||")]
        elif "repeats" in self._has and self._chance.random() < 0.8:
            form[0], form[-1] = ("|:", "|"), ("", ":|")
        elif "double repeats" in self._has:
            form[0], form[-1] = ("|:", "|"), ("", self._chance.choice(("::", ":||:", ":|:")))
            form += [("", "|"), ("", ":|")]
        else:
            form[-1] = ("", self._chance.choice(("||", "|]", "|")))
        return form

    def _section(self, form: list[tuple[str, str]], *, is_last: bool) -> list[str]:
        lines: list[str] = []
        pieces: list[str] = []
        if self._is("fields between", 0.6):
            lines.append(self._chance.choice(("% a comment", "T:A second title")))
        for number, (before, behind) in enumerate(form):
            change = self._change() if number else ""
            if change.startswith("\n"):
                if pieces:
                    lines += self._line(pieces)
                    pieces = []
                lines.append(change[1:])
                change = ""
            is_tied_over = number + 1 < len(form) and not change and behind == "|"
            bar = self._bar(is_tied_over=is_tied_over and "overlays" not in self._has)
            bar += self._overlay()
            if number == 0 and "pickups" in self._has:
                bar = self._note() + "|" + bar if not before else bar
            pieces.append(f"{before}{change}{bar}{behind}")
            if self._chance.random() < 0.3:
                lines += self._line(pieces)
                pieces = []
        if pieces:
            lines += self._line(pieces)
        if is_last and lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1]
        return lines

    def _line(self, pieces: list[str]) -> list[str]:
        line = " ".join(pieces) if self._chance.random() < 0.5 else "".join(pieces)
        lines = [line]
        if self._is("continuation"):
            lines = [f"{line}\\"]
        elif self._is("comments"):
            lines = [f"{line} % c2 d2|"]
        if self._is("lyrics", 0.6):
            lines += ["w: la-la _ * ly~ric | and so"] + (["+: on"] if self._is("lyrics") else [])
        if self._is("symbol lines", 0.6):
            lines.append('s: !trill! * "Am"')
        return lines

    def _change(self) -> str:
        """Return a field in the midst of the music: inline, or a line of its own."""
        found = ""
        if self._is("key changes"):
            found = f"K:{self._key()}"
        elif self._is("meter changes"):
            self._meter = self._chance.choice(_METERS)
            found = f"M:{self._meter}"
        elif self._is("unit changes"):
            self._unit = self._chance.choice((Fraction(1, 8), Fraction(1, 16), Fraction(1, 4)))
            if (_length(self._meter) / self._unit).denominator > 1:
                self._unit = Fraction(1, 8)
            found = f"L:{self._unit}"
        elif self._is("tempo changes"):
            found = "Q:1/4=90"
        elif self._is("directives"):
            return "\n%%vskip 1cm"
        if not found:
            return ""
        return f"[{found}]" if "inline fields" in self._has else f"\n{found}"

    def _overlay(self) -> str:
        # abc2midi forgets the transposition of a voice in its second layer.
        if "transposition" in self._has or not self._is("overlays"):
            return ""
        return f" & {self._bar(is_tied_over=False)}"

    # Bars

    def _bar(self, *, is_tied_over: bool) -> str:
        is_free = not self._tied and "overlays" not in self._has
        if is_free and self._is("multi rests", 0.15):
            return self._chance.choice(("Z1", "Z2", "Z3", "X2"))
        left = _length(self._meter) / self._unit
        pieces: list[str] = []
        while left > 0:
            piece, length = self._piece(left, is_tied_over=is_tied_over)
            pieces.append(piece)
            left -= length
            if self._chance.random() < 0.4:
                pieces.append(" ")
            elif self._is("backquotes"):
                pieces.append("`")
            elif self._is("spacers", 0.1):
                pieces.append("y")
        return "".join(pieces)

    def _piece(self, left: Fraction, *, is_tied_over: bool) -> tuple[str, Fraction]:
        makers: list[Callable[[Fraction], tuple[str, Fraction] | None]] = []
        if self._is("tuplets"):
            makers.append(self._tuplet)
        if self._is("broken rhythm"):
            makers.append(self._broken)
        if self._is("slurs"):
            makers.append(self._slur)
        if self._is("macros", 0.4):
            makers.append(self._macro)
        for make in makers if not self._tied else ():
            made = make(left)
            if made is not None:
                return made
        length = self._chance.choice((Fraction(1), Fraction(1), Fraction(2), Fraction(3)))
        length = min(length, left)
        if left >= 1 and self._chance.random() < 0.1:
            length = Fraction(1, 2)
        written = {Fraction(1): "", Fraction(1, 2): self._chance.choice(("/", "/2", "1/2"))}
        may_tie = is_tied_over or length < left
        return self._sound(written.get(length, str(length)), may_tie=may_tie), length

    def _sound(self, length: str, *, may_tie: bool) -> str:
        if not self._tied and self._is("rests", 0.25):
            return self._chance.choice("zzx") + length
        before = ""
        if self._is("annotations", 0.2):
            before += self._chance.choice(('"^slow"', '"_p"', '"<A"', '"@1,2 x"'))
        if self._is("chord symbols"):
            before += f'"{self._chance.choice(_CHORD_SYMBOLS)}"'
        if self._is("decorations"):
            before += self._chance.choice(_DECORATIONS)
        if self._is("user symbols"):
            before += self._chance.choice("Wn")
        if self._is("grace notes"):
            before += self._chance.choice(("{g}", "{/g}", "{gef}", "{^g2a}", "{[ce]}"))
        sound, self._tied = self._tied, ""
        if not sound and self._is("chords"):
            notes = self._chance.sample(("C", "E", "G", "c", "e", "g", "B,"), 3)
            sound = f"[{''.join(self._accidental() + note for note in notes)}]"
        sound = sound or self._note()
        tie = ""
        if may_tie and (self._is("ties", 0.3) or self._is("dotted ties", 0.15)):
            tie = ".-" if "dotted ties" in self._has else "-"
            self._tied = sound.lstrip("^_=") if sound[0] != "[" else re.sub(r"[_^=]", "", sound)
        return before + sound + length + tie

    def _accidental(self) -> str:
        return self._chance.choice(_ACCIDENTALS) if self._is("accidentals") else ""

    def _note(self) -> str:
        note = self._chance.choice("DEFGABcdefg")
        if self._is("octaves"):
            note += "'" if note.islower() else ","
        return self._accidental() + note

    def _plain(self) -> str:
        return self._chance.choice("DEFGABcdefg")

    def _tuplet(self, left: Fraction) -> tuple[str, Fraction] | None:
        sign = self._chance.choice(_TUPLETS)
        parts = sign[1:].split(":")
        p = int(parts[0])
        is_compound = self._meter in ("6/8", "9/8", "12/8")
        usual = {2: 3, 3: 2, 4: 3, 5: 3 if is_compound else 2, 6: 2, 7: 3 if is_compound else 2}
        q = int(parts[1]) if len(parts) > 1 and parts[1] else usual[p]
        r = int(parts[2]) if len(parts) > 2 and parts[2] else p
        length = Fraction(q, p) * r
        if length > left or length.denominator > 1:
            return None
        return f"{sign}{''.join(self._note() for _ in range(r))}", length

    def _broken(self, left: Fraction) -> tuple[str, Fraction] | None:
        if left < 2:
            return None
        sign = self._chance.choice(("<", ">", "<<", ">>", " > ", "<"))
        return f"{self._note()}{sign}{self._note()}", Fraction(2)

    def _slur(self, left: Fraction) -> tuple[str, Fraction] | None:
        if left < 2:
            return None
        return f"({self._note()}{self._note()})", Fraction(2)

    def _macro(self, left: Fraction) -> tuple[str, Fraction] | None:
        if left < 2:
            return None
        return self._chance.choice((("~c2", Fraction(2)), ("~e2", Fraction(2))))
