"""Groups of grace notes: `{g}`, `{/gab}`, `{[ce]}`."""

from fractions import Fraction

from abcrun.notation.lengths import KnownSigns
from abcrun.notation.limits import MAX_CHORD_NOTES
from abcrun.notation.pitch import NoteName, written_pitch
from abcrun.notation.reading import Reading
from abcrun.notation.staff import Staff
from abcrun.notation.tokens import tokens, without_microtone
from abcrun.notation.written import GraceNote, Graces


def read_graces(
    reading: Reading, column: int, written: str, known: KnownSigns, staff: Staff
) -> Graces:
    """Read a group of grace notes that starts at `column`, braces and all.

    Decorations, slurs, ties and texts among them are remarks, the first of each kind;
    what else is not a note is named.
    """
    # Their accidentals do not last.
    staff = staff.copy()
    notes: list[GraceNote] = []
    chord: list[tuple[NoteName, int, Fraction]] | None = None
    for token in tokens(written[1:-1]):
        kind = token.lastgroup
        at = column + 1 + token.start()
        if kind == "microtone":
            reading.microtone(at, token)
            token, kind = without_microtone(token), "note"
        if kind == "note":
            accidental, letter, octave, length = token.group(
                "accidental", "letter", "octave", "note_length"
            )
            pitch = written_pitch(accidental, letter, octave)
            sounding = min(max(staff.read(pitch), 0), 127)
            duration = known.length(reading, at, length)
            if chord is None:
                notes.append(GraceNote((pitch.name,), (sounding,), duration))
            else:
                chord.append((pitch.name, sounding, duration))
                if len(chord) > MAX_CHORD_NOTES:
                    raise reading.out_of_bounds(at, f"the chord has over {MAX_CHORD_NOTES} notes")
        elif kind == "chord":
            chord = []
        elif kind == "chordend" and chord:
            names, pitches, durations = zip(*chord, strict=True)
            notes.append(GraceNote(names, tuple(dict.fromkeys(pitches)), durations[0]))
            chord = None
        elif kind in _UNHEARD and token.group() not in "!$":
            if kind in _UNDRAWN:
                what = f"{token.group()!r} is not drawn among grace notes"
                reading.problems.remark(reading.line, at, f"{kind} in graces", what)
        elif not (token.start() == 0 and token.group() == "/"):
            reading.unreadable(at, f"{token.group()!r} has no meaning among grace notes")
    return Graces(written.startswith("{/"), tuple(notes))


_UNHEARD = frozenset(
    (
        "space",
        "backquote",
        "decoration",
        "symbol",
        "slur",
        "tie",
        "broken",
        "quoted",
        "rest",
        "side",
        "spacer",
    )
)
_UNDRAWN = frozenset(("decoration", "slur", "symbol", "tie", "quoted"))
