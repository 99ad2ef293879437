"""What becomes of a tune when it is finished: it is brought into its key, and gets its
number and title."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from abcrun.composition.compass import BOOKS
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import NotationError, UsageError
from abcrun.notation.compass import Compass
from abcrun.notation.key import SHORT_MODES
from abcrun.notation.pitch import LETTERS, NAME_ALTERATIONS, SEMITONES, NoteName
from abcrun.notation.text_strings import encode
from abcrun.notation.transpose import transpose_text

_FIELD = re.compile(r"^([A-Z]):(.*)$", re.MULTILINE)
_NAMES = {short: name for name, short in SHORT_MODES.items()}
_KEY = re.compile(rf"([A-G][#b]?)({'|'.join(_NAMES)})")
_LETTER = re.compile(r"([A-Ga-g])([,']*)")


@dataclass(frozen=True, slots=True)
class Finishing:
    """How a tune is finished.

    tonic, title: None where none was asked for.
    octave: octaves above the nearest `tonic`; None leaves it to the tune's range.
    chance: from 0 to 1; it picks the tonic if none was asked for.
    number: of the X: line.
    """

    repertoire: Repertoire
    tonic: str | None
    octave: int | None
    chance: float
    title: str | None
    number: int

    def finish(self, text: str) -> str:
        """Return the text in its key and octave, with its number and title."""
        fields = dict(_FIELD.findall(text))
        key = _KEY.fullmatch(fields.get("K", ""))
        title = self.title
        if key is not None:
            written, mode = key.groups()
            tonic = self.tonic or written
            if self.tonic is None and self.repertoire.canonical is not None:
                tonic = self.repertoire.tonic(mode, self.chance) or written
            try:
                octave = _octave(text, written, tonic) if self.octave is None else self.octave
                text = transpose_text(text, tonic + mode, octave)
            except (NotationError, UsageError):
                # Plain sampling may write what is no tune: it is handed out as it is.
                tonic = written
            if title is None:
                title = f"{fields.get('R', 'tune').capitalize()} in {tonic} {_NAMES[mode]}"
        rest = text.partition("\n")[2] if text.startswith("X:") else text
        named = f"T:{encode(title)}\n" if title and "T" not in fields else ""
        return f"X:{self.number}\n{named}{rest}"


def octave_home(canonical: str | None, tonic: str | None) -> int:
    """Return the octave in which an opening comes back to where it was, after it went
    to the nearest `canonical` tonic."""
    if canonical is None or tonic is None:
        return 0
    # A tritone is as near above as below: it goes up there, and up again back.
    return -1 if way_to(canonical, tonic) == 6 else 0


def way_to(written: str, tonic: str) -> int:
    """Return the semitones up from a tonic to the nearest other one, as
    `abcrun.notation.transpose` goes: from five below to six above."""
    return (_semitones(tonic) - _semitones(written) + 5) % 12 - 5


def _octave(text: str, written: str, tonic: str) -> int:
    """Return how many octaves from the nearest `tonic` bring the notes best to where
    the books write."""
    nearest = way_to(written, tonic)
    # Accidentals are left out: a semitone decides no octave.
    found = Counter(_LETTER.findall(text[text.index("\nK:") + 4 :].partition("\n")[2]))
    pitches = {
        NoteName.of(None, letter, marks).natural + nearest: count
        for (letter, marks), count in found.items()
    }
    # The nearest octave comes first: it is taken where another one is no better.
    off = {octave: _outside(pitches, 12 * octave, BOOKS) for octave in (0, -1, 1)}
    return min(off, key=off.__getitem__)


def _semitones(tonic: str) -> int:
    """Return the semitones of a tonic ("Bb") above C."""
    return SEMITONES[LETTERS.index(tonic[0])] + NAME_ALTERATIONS[tonic[1:]]


def _outside(counts: Mapping[int, int], shift: int, compass: Compass) -> int:
    """Return by how many semitones the notes leave a compass, together; `counts` has
    the number of notes of each pitch."""
    return sum(
        count * max(pitch + shift - compass.highest, compass.lowest - pitch - shift, 0)
        for pitch, count in counts.items()
    )
