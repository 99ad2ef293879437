"""Tempos: the field Q:, what dancers expect of a tune without it, and seconds."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation.limits import MAX_QUARTERS_PER_MINUTE, MIN_QUARTERS_PER_MINUTE
from abcrun.notation.meter import Meter

_QUOTED = re.compile(r'"([^"]*)"', re.ASCII)
_BEATS = re.compile(
    r"\s*((?:\d{1,3}\s*/\s*\d{1,3}\s+){0,7}\d{1,3}\s*/\s*\d{1,3})\s*=\s*"
    r"(\d{1,4}(?:\.\d{1,6})?)\s*$",
    re.ASCII,
)
_BEAT = re.compile(r"(\d+)\s*/\s*(\d+)", re.ASCII)
_UNITS = re.compile(
    r"\s*C\s*(\d{1,2})?(?:\s*/\s*(\d{1,3}))?\s*=\s*(\d{1,4}(?:\.\d{1,6})?)\s*$", re.ASCII
)
# A C is the unit note length, and "120-132" goes up to another number.
_BARE_WORDS = re.compile(r"[^\W\d_]{2}[^\d\"=]*|(?<=\d)\s*[-–]\s*[\d.]+")
_PLAIN = re.compile(r"\s*(\d{1,4}(?:\.\d{1,6})?)\s*$", re.ASCII)

# Crotchets a minute.
_NAMED_TEMPI = {
    "largo": 56,
    "adagio": 59,
    "lento": 62,
    "larghetto": 66,
    "adagietto": 76,
    "andante": 88,
    "andantino": 96,
    "moderato": 104,
    "allegretto": 112,
    "allegro": 120,
    "vivace": 168,
    "vivo": 180,
    "presto": 192,
    "prestissimo": 240,
}

# Bars a minute, as dancing masters count: the same for a reel in C| with quavers and in
# 2/4 with semiquavers.
_BARS_PER_MINUTE_BY_RHYTHM = {
    "slip jig": 42,
    "slipjig": 42,
    "hop jig": 42,
    "slide": 36,
    "jig": 57,
    "reel": 52,
    "polka": 62,
    "hornpipe": 38,
    "clog": 38,
    "strathspey": 30,
    "highland": 40,
    "fling": 40,
    "schottische": 36,
    "barndance": 40,
    "barn dance": 40,
    "waltz": 46,
    "mazurka": 42,
    "minuet": 38,
    "march": 46,
    "quickstep": 54,
    "quick step": 54,
    "set dance": 36,
    "air": 26,
    "lament": 22,
    "planxty": 32,
    "song": 32,
    "carol": 30,
}
_BARS_PER_MINUTE_BY_METER = {
    "C|": 48,
    "2/2": 48,
    "C": 42,
    "4/4": 42,
    "2/4": 54,
    "3/4": 42,
    "3/8": 54,
    "6/8": 56,
    "9/8": 40,
    "12/8": 32,
    "3/2": 40,
    "6/4": 32,
}


@dataclass(frozen=True, slots=True)
class TempoMark:
    """A tempo as it is written.

    `words_before` and `words_behind` are the quoted texts around the number. `beats`
    are the note values, in whole notes, that fill one beat together, and `per_minute`
    is the number of beats; where only words are written, there are no beats and the
    number is None. `quarters_per_minute` are the crotchets a minute that are played,
    for the usual words ("Allegro") too; None for words that name no tempo.
    """

    words_before: str
    beats: tuple[Fraction, ...]
    per_minute: Fraction | None
    words_behind: str
    quarters_per_minute: Fraction | None


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo from `onset` on (whole notes): `quarters_per_minute` crotchets are played
    in a minute."""

    onset: Fraction
    quarters_per_minute: Fraction


class TempoMap:
    """Seconds at any time in whole notes, through changes of tempo."""

    def __init__(self, tempos: Sequence[Tempo]) -> None:
        """`tempos` go by onset; the first is at 0."""
        self._tempos = tempos
        # As floats, too: fractions are too slow for each note of a score.
        self._onsets: list[float] = []
        self._reached: list[float] = []  # seconds at each onset
        self._paces: list[float] = []  # seconds that a whole note takes from there
        for tempo in tempos:
            onset = float(tempo.onset)
            self._reached.append(self.seconds(onset) if self._onsets else 0.0)
            self._onsets.append(onset)
            self._paces.append(float(_pace(tempo)))

    def seconds(self, onset: float) -> float:
        """Return the seconds at `onset`, rounded."""
        last = bisect_right(self._onsets, onset) - 1
        return self._reached[last] + (onset - self._onsets[last]) * self._paces[last]

    def exact_seconds(self, onset: Fraction) -> Fraction:
        """Return the seconds at `onset`, exactly."""
        ends = [*(tempo.onset for tempo in self._tempos[1:]), onset]
        return sum(
            (
                max(min(end, onset) - tempo.onset, Fraction(0)) * _pace(tempo)
                for tempo, end in zip(self._tempos, ends, strict=True)
            ),
            Fraction(0),
        )


def _pace(tempo: Tempo) -> Fraction:
    """Return the seconds that a whole note takes."""
    return 4 * 60 / tempo.quarters_per_minute


def read_tempo(value: str, unit_length: Fraction) -> TempoMark | None:
    """Read the value of a Q: field; None when it has no meaning, or names a tempo that
    nobody can play.

    Forms: `1/4=120`, `3/8=80.5`, `1/4 3/8 1/4=40` (the beats together), `120` and
    `C=120` (unit note lengths), `C3=40`, each with quoted text before or behind; and
    quoted text alone.
    """
    bare = _QUOTED.sub(" ", value)
    words = [text.strip() for text in _QUOTED.findall(value)]
    if not bare.strip():
        if not words:
            return None
        named = [_NAMED_TEMPI[one.lower()] for one in words if one.lower() in _NAMED_TEMPI]
        return TempoMark(" ".join(words), (), None, "", Fraction(named[-1]) if named else None)
    found = _beats_and_number(bare, unit_length)
    if found is None:
        return None
    beats, number = found
    quarters = 4 * sum(beats, Fraction(0)) * number
    if not MIN_QUARTERS_PER_MINUTE <= quarters <= MAX_QUARTERS_PER_MINUTE:
        return None
    # Text before the number stands before it in the score, too.
    begins = re.search(r"[^\s]", _QUOTED.sub(lambda text: " " * len(text.group()), value))
    position = begins.start() if begins is not None else 0
    before = [text.group(1) for text in _QUOTED.finditer(value) if text.start() < position]
    behind = [text.group(1) for text in _QUOTED.finditer(value) if text.start() >= position]
    return TempoMark(" ".join(before).strip(), beats, number, " ".join(behind).strip(), quarters)


def tempo_in_quotes(value: str) -> str:
    """Return the value of a Q: field with its words in quotes, as they should be:
    `Allegro`, `1/4 = ca. 120`, `120-132`."""
    pieces = _QUOTED.split(value)  # every second one was quoted
    pieces[1::2] = [f'"{words}"' for words in pieces[1::2]]
    pieces[::2] = [
        _BARE_WORDS.sub(lambda found: f'"{found.group().strip()}"', piece) for piece in pieces[::2]
    ]
    return "".join(pieces)


def _beats_and_number(
    bare: str, unit_length: Fraction
) -> tuple[tuple[Fraction, ...], Fraction] | None:
    if beats := _BEATS.match(bare):
        values = [
            (int(part.group(1)), int(part.group(2))) for part in _BEAT.finditer(beats.group(1))
        ]
        if any(divisor == 0 for _, divisor in values):
            return None
        return tuple(Fraction(*value) for value in values), Fraction(beats.group(2))
    if units := _UNITS.match(bare):
        times, divisor, number = units.group(1, 2, 3)
        if divisor is None:
            return (int(times or "1") * unit_length,), Fraction(number)
        return (
            ((Fraction(int(times or "1"), int(divisor)),), Fraction(number))
            if int(divisor)
            else None
        )
    if plain := _PLAIN.match(bare):
        return (unit_length,), Fraction(plain.group(1))
    return None


def usual_tempo(rhythm: str, meter: Meter) -> Fraction:
    """Return the crotchets a minute at which a tune of this kind (R:) and meter is
    usually danced."""
    bar = meter.length if meter.length is not None else Fraction(1)
    bars_per_minute = _BARS_PER_MINUTE_BY_METER.get(meter.text.replace(" ", ""))
    lowered = rhythm.lower()
    # The first name found counts: "slip jig" stands before "jig".
    for name, bars in _BARS_PER_MINUTE_BY_RHYTHM.items():
        if name in lowered:
            bars_per_minute = bars
            break
    quarters = Fraction(120) if bars_per_minute is None else bars_per_minute * bar * 4
    # Where kind and meter disagree, the tempo stays one that people can follow.
    return max(Fraction(40), min(Fraction(280), quarters))
