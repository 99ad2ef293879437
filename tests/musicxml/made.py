"""Tunes made by chance over all constructs of the notation: the same number, the same
tune."""

import random

METERS = ("4/4", "C", "C|", "2/4", "3/4", "6/8", "9/8", "5/8", "(2+3)/8", "3/2", "none")
KEYS = ("C", "G", "D", "Eb", "Am", "F#m", "Ador", "Emix", "Bbphr", "Flyd", "C#", "none", "D ^c _b")
CLEFS = ("treble", "bass", "alto", "tenor", "treble-8", "treble+8", "bass-8", "soprano")
CHORDS = (
    "N.C.",
    "C",
    "Am",
    "G7",
    "D7sus4",
    "C/E",
    "Cm9",
    "F#dim",
    "Bb",
    "Ebmaj7",
    "Am7b5",
    "G(Em)",
    "am",
)
DECORATIONS = (
    *(".", "~", "H", "T", "u", "v", "L", "M", "P"),
    *("!trill!", "!fermata!", "!accent!", "!tenuto!", "!p!", "!mf!", "!ff!", "!3!", "!segno!"),
    *("!breath!", "!arpeggio!", "!turn!", "!upbow!", "!wedge!", "!D.C.!", "!coda!", "!slide!"),
)
TEMPOS = ("1/4=96", "3/8=55", '"Allegro" 1/4=132', '1/2=60 "steady"', '"Lively"', "1/4=72.5")
WORDS = ("la", "le-li", "lo_", "hal-le-lu-ja", "time__", "*", "one~two", "a-men", "dó")
STEPS = "CDEFGABcdefgab"


class Maker:
    """Makes one tune."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.notes = 0
        self.is_slurred = False
        self.is_alone = True

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def tune(self, number: int) -> str:
        """Return the tune."""
        one = self.random.choice
        meter = one(METERS)
        self.bar_eighths = {
            "none": 8,
            "C": 8,
            "C|": 8,
            "4/4": 8,
            "2/4": 4,
            "3/4": 6,
            "3/2": 12,
        }.get(meter, {"6/8": 6, "9/8": 9, "5/8": 5, "(2+3)/8": 5}.get(meter, 8))
        voices = one((1, 1, 1, 2, 3, 4))
        self.is_alone = voices == 1
        lines = [f"X:{number}", f"T:Made {number}: ä \\% & \\'e"]
        lines += [f"T:Second title {number}"] * self.chance(0.4)
        lines += [f"C:Composer {number}"] * self.chance(0.5)
        lines += ["O:Somewhere"] * self.chance(0.2) + ["A:Author"] * self.chance(0.2)
        lines += [f"R:{one(('reel', 'jig', 'waltz', 'air'))}"] * self.chance(0.4)
        lines += [f"M:{meter}", "L:1/8"]
        lines += [f"Q:{one(TEMPOS)}"] * self.chance(0.5)
        lines += ["Z:Someone"] * self.chance(0.3) + ["N:A note"] * self.chance(0.2)
        if voices > 1 and self.chance(0.7):
            plans = {2: ("{1 2}", "(1 2)", "[1 | 2]"), 3: ("[(1 2) 3]", "1 {2 3}")}
            lines.append(f"%%score {one(plans.get(voices, ('[(1 2) | (3 4)]', '[1 2] {3 4}')))}")
        for voice in range(1, voices + 1) if voices > 1 else ():
            clef = f" clef={one(CLEFS)}" if self.chance(0.6) else ""
            named = f' name="Voice {voice}" snm="V{voice}"' if self.chance(0.7) else ""
            moved = " transpose=-2" if self.chance(0.1) else ""
            lines.append(f"V:{voice}{clef}{moved}{named}")
        clef = f" clef={one(CLEFS)}" if voices == 1 and self.chance(0.3) else ""
        lines.append(f"K:{one(KEYS)}{clef}")
        return "\n".join(lines + self.body(voices)) + "\n"

    def body(self, voices: int) -> list[str]:
        """Return the lines of music."""
        lines = []
        systems = self.random.randint(1, 3)
        for system in range(systems):
            bars = self.random.randint(2, 4)
            ends = [self.random.choice(("|", "|", "|", "||")) for _ in range(bars - 1)]
            last = "|]" if system == systems - 1 else self.random.choice(("|", "||", ":|"))
            opening = "|:" if last == ":|" else ""
            if last == ":|" and bars > 2 and self.chance(0.5):
                ends[-1], last = "|1", ":|2"
            if self.chance(0.2) and voices == 1:
                lines.append(f"P:{'ABC'[system]}")
            changes = self.changes()
            for voice in range(1, voices + 1):
                start = f"[V:{voice}] " if voices > 1 else ""
                self.notes = 0
                is_upper = voice == 1
                music = opening
                for index, end in enumerate([*ends, last]):
                    if index == bars - 1:
                        music += changes
                    music += self.bar(with_words=is_upper, is_last=index == bars - 1) + end + " "
                if last == ":|2":
                    music += self.bar(with_words=is_upper, is_last=True) + "|]"
                lines.append(start + music.rstrip())
                if self.chance(0.4):
                    lines += [f"w: {self.verse()}" for _ in range(self.random.randint(1, 2))]
        if self.chance(0.3):
            lines += ["W:A verse below", "W:of two lines"]
        return lines

    def changes(self) -> str:
        """Return a change of key or tempo for all voices, mostly none."""
        return self.random.choice(("", "", "", "[K:F]", "[K:Em]", "[K:clef=bass]"))

    def bar(self, *, with_words: bool, is_last: bool) -> str:
        """Return the music of a bar."""
        if self.chance(0.05) and not is_last:
            return self.random.choice((f"z{self.bar_eighths}", "Z2" if self.is_alone else "Z"))
        text = self.layer(with_words=with_words)
        if self.chance(0.07):
            text += " & " + self.layer(with_words=False, is_plain=True)
        return text

    def layer(self, *, with_words: bool, is_plain: bool = False) -> str:
        left = self.bar_eighths
        pieces: list[str] = []
        while left:
            piece, length = self.group(left, is_plain=is_plain)
            if with_words and not is_plain:
                piece = self.words() + piece
            pieces.append(piece)
            left -= length
        if len(pieces) > 1 and not is_plain and self.chance(0.05):
            sign = self.random.choice(("<", ">", "8va"))
            pieces[0] = f"!{sign}(!{pieces[0]}"
            pieces[-1] = f"!{sign})!{pieces[-1]}"
        if self.is_slurred:
            pieces[-1] += ")"
            self.is_slurred = False
        return " ".join(pieces) if self.chance(0.7) else "".join(pieces)

    def words(self) -> str:
        if self.chance(0.2):
            return f'"{self.random.choice(CHORDS)}"'
        if self.chance(0.05):
            return self.random.choice(('"^above"', '"_below"', '"<left"', "[Q:1/4=100]"))
        return ""

    def note(self) -> str:
        accidental = self.random.choice(("",) * 8 + ("^", "_", "="))
        step = self.random.choice(STEPS)
        octave = "," if step.isupper() and self.chance(0.1) else ""
        return accidental + step + (octave or ("'" if step.islower() and self.chance(0.1) else ""))

    def group(self, left: int, *, is_plain: bool) -> tuple[str, int]:
        """Return notes, and the quavers that they take."""
        if is_plain:
            length = min(left, self.random.choice((2, 4)))
            self.notes += 0
            return self.note() + (str(length) if length > 1 else ""), length
        kind = self.random.random()
        if kind < 0.1 and left >= 2:
            self.notes += 3
            return "(3" + "".join(self.note() for _ in range(3)), 2
        if kind < 0.2 and left >= 2:
            self.notes += 2
            return self.note() + self.random.choice("><") + self.note(), 2
        if kind < 0.3 and left >= 2:
            self.notes += 4
            return "".join(self.note() + "/" for _ in range(4)), 2
        if kind < 0.4:
            length = self.random.randint(1, min(left, 4))
            return "z" + (str(length) if length > 1 else ""), length
        if kind < 0.5:
            length = min(left, self.random.choice((1, 2, 4)))
            self.notes += 1
            chord = self.random.choice(("[CEG]", "[ce]", "[Ac^f]", "[DA]"))
            return chord + (str(length) if length > 1 else ""), length
        if kind < 0.6 and left >= 3:
            self.notes += 2
            note = self.note().lstrip("^_=")
            return f"{note}2-{note}", 3
        length = min(left, self.random.choice((1, 1, 1, 2, 3, 4)))
        before = ""
        if self.chance(0.1):
            before += self.random.choice(("{g}", "{/g}", "{gag}", "{ce}"))
        if self.chance(0.15):
            before += self.random.choice(DECORATIONS)
        if not self.is_slurred and self.chance(0.1) and length < left:
            before = "(" + before
            self.is_slurred = True
        self.notes += 1
        return before + self.note() + (str(length) if length > 1 else ""), length

    def verse(self) -> str:
        """Return syllables for some of the notes of a line."""
        words: list[str] = []
        count = 0
        while count < self.notes // 2:
            word = self.random.choice(WORDS)
            count += 1 + word.count("-") + word.count("_")
            words.append(word)
        return " ".join(words) or "*"


def made(number: int) -> str:
    """Return the tune of this number."""
    return Maker(number).tune(number)
