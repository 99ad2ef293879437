"""What music21 reads in MusicXML files, as JSON: run by a Python that has it.

It uses nothing of abcrun. Onsets and lengths are fractions of a crotchet, as text.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from music21 import clef, converter, harmony, key, layout, meter, note, stream


def time_of(value: Any) -> Fraction:
    return Fraction(value).limit_denominator(100_000)


def read(path: Path) -> dict[str, Any]:
    """Return what a score has, part by part; each staff of a part counts as one."""
    score = converter.parse(path, format="musicxml", forceSource=True)
    parts = list(score.parts)
    measures = [list(part.getElementsByClass(stream.Measure)) for part in parts]
    count = max(map(len, measures))
    lengths = [
        max(time_of(part[index].highestTime) for part in measures if index < len(part))
        for index in range(count)
    ]
    starts = [sum(lengths[:index], Fraction(0)) for index in range(count)]
    return {
        "titles": [score.metadata.title if score.metadata else None],
        "breaks": sorted({str(at) for part in measures for at in breaks(part, starts)}),
        "parts": [read_part(part, starts) for part in measures],
    }


def breaks(measures: list[Any], starts: list[Fraction]) -> list[Fraction]:
    return [
        start
        for start, measure in zip(starts, measures, strict=False)
        for one in measure.getElementsByClass((layout.SystemLayout, layout.PageLayout))
        if one.isNew and start
    ]


def read_part(measures: list[Any], starts: list[Fraction]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        name: [] for name in ("notes", "graces", "lyrics", "chords", "clefs", "keys", "meters")
    }
    for start, measure in zip(starts, measures, strict=False):
        layers = list(measure.voices) or [measure]
        for number, layer in enumerate(layers):
            for one in layer.recurse():
                at = start + time_of(one.getOffsetInHierarchy(measure))
                take(one, at, number, found)
        if layers != [measure]:
            for one in measure:
                if not isinstance(one, stream.Voice):
                    take(one, start + time_of(one.offset), 0, found)
    return found


def take(one: Any, at: Fraction, layer: int, found: dict[str, list[Any]]) -> None:
    """Take an element into what is found."""
    where = str(at)
    if isinstance(one, harmony.NoChord):
        found["chords"].append([where, "none", "", "", []])
    elif isinstance(one, harmony.ChordSymbol):
        degrees = [[step.modType, step.degree] for step in one.chordStepModifications]
        root, bass = one.root().name, one.bass().name
        found["chords"].append([where, one.chordKind, root, bass, sorted(degrees)])
    elif isinstance(one, note.GeneralNote) and one.duration.isGrace:
        found["graces"].append([where, sorted(pitch.midi for pitch in one.pitches)])
    elif isinstance(one, note.NotRest):
        ties = [
            (head.tie.type if head.tie else "") for head in (getattr(one, "notes", None) or [one])
        ]
        beam = one.beams.beamsList[0].type if one.beams.beamsList else ""
        pitches = [head.pitch.midi for head in (getattr(one, "notes", None) or [one])]
        length = str(time_of(one.duration.quarterLength))
        found["notes"].append([where, length, pitches, ties, beam or "", layer])
        for lyric in one.lyrics:
            if lyric.text:
                found["lyrics"].append([where, lyric.number, lyric.text, lyric.syllabic or ""])
    elif isinstance(one, clef.Clef):
        found["clefs"].append([where, one.sign, one.line, one.octaveChange])
    elif isinstance(one, key.KeySignature):
        altered = {pitch.step: int(pitch.alter) for pitch in one.alteredPitches if pitch.alter}
        found["keys"].append([where, altered])
    elif isinstance(one, meter.TimeSignature):
        found["meters"].append([where, one.numerator, one.denominator])


def main() -> None:
    """Read the files that stdin names, a line each; write a line of JSON for each."""
    for line in sys.stdin:
        path = Path(line.strip())
        try:
            answer = read(path)
        except Exception as error:  # noqa: BLE001 - whatever happens there is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
