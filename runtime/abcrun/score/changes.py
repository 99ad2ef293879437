"""Measures cut where key or meter change inside of them, for verovio: it draws such a
change at the start of the measure.

It goes by our own spelling of the file, as `abcrun.score.musicxml` writes it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_CHANGE = re.compile("^<attributes>.*?<(?:key|time)[ >]")
_CHANGE_INSIDE = re.compile("</(?:note|direction|harmony)>\n<attributes>.*?<(?:key|time)[ >]")
_MEASURE = re.compile('<measure number="([^"]*)"(?: implicit="yes")? id="([^"]*)">')
_DURATION = re.compile("<duration>([0-9]+)</duration>")
_RIGHT = '<barline location="right"'
_NO_LINE = '<barline location="right"><bar-style>none</bar-style></barline>\n</measure>\n'

_Run = list[tuple[int, int, str]]
"""Lines of a layer, each with the time at which it stands and the time that it takes,
in divisions from the start of the measure."""


def changes_apart(musicxml: str) -> str:
    """Return a score whose measures are cut, in all parts, where key or meter change
    inside of one of them. Where a note sounds on at that place, none is cut."""
    if _CHANGE_INSIDE.search(musicxml) is None:
        return musicxml
    parts = [
        re.split("(?=^<measure )", part, flags=re.MULTILINE)
        for part in re.split("(?=^<part id=)", musicxml, flags=re.MULTILINE)
    ]
    head, music = parts[0], parts[1:]
    for index in range(1, len(music[0])):
        runs = [_runs(part[index]) for part in music]
        times = sorted({time for one in runs for time in _changes(one)})
        if times and not any(_sounds_at(one, time) for one in runs for time in times):
            for part, one in zip(music, runs, strict=True):
                part[index] = _cut(part[index], one, times)
    return "".join("".join(part) for part in (head, *music))


def _runs(measure: str) -> list[_Run]:
    """Return the layers of a measure, with the lines around them."""
    runs: list[_Run] = [[]]
    now = 0
    for line in measure.splitlines(keepends=True)[1:]:
        found = _DURATION.search(line)
        if line.startswith("<backup>"):
            now -= int(found[1]) if found else 0
            runs.append([])
            continue
        is_chord = "<chord/>" in line and "<grace" not in line
        lasts = int(found[1]) if found and not is_chord else 0
        # What follows in a chord stands where its first note does.
        runs[-1].append((now - _last(runs[-1]) if is_chord else now, lasts, line))
        now += lasts
    return runs


def _last(run: _Run) -> int:
    """Return how long the last note of a run takes."""
    return next((lasts for _, lasts, _ in reversed(run) if lasts), 0)


def _changes(runs: Sequence[_Run]) -> list[int]:
    return [time for run in runs for time, _, line in run if time and _CHANGE.match(line)]


def _sounds_at(runs: Sequence[_Run], at: int) -> bool:
    return any(time < at < time + lasts for run in runs for time, lasts, _ in run)


def _cut(measure: str, runs: Sequence[_Run], times: Sequence[int]) -> str:
    """Return a measure cut at these times."""
    named = _MEASURE.match(measure)
    if named is None:
        return measure
    closing = measure[measure.index("</measure>") :]
    pieces: list[str] = []
    for number, (start, end) in enumerate(pairwise([0, *times, -1])):
        lines = [named.group() + "\n"]
        if number:
            lines = [
                f'<measure number="{named[1]}.{number}" implicit="yes" id="{named[2]}-{number}">\n'
            ]
        reached = 0
        for run in runs:
            inside = [
                (lasts, line)
                for time, lasts, line in run
                if start <= time and (end < 0 or time < end) and not _is_end(line)
            ]
            if reached and inside:
                lines.append(f"<backup><duration>{reached}</duration></backup>\n")
                reached = 0
            lines += [line for _, line in inside]
            reached += sum(lasts for lasts, _ in inside)
        pieces.append("".join(lines))
    ending = [line for run in runs for _, _, line in run if line.startswith(_RIGHT)]
    return _NO_LINE.join(pieces) + "".join(ending) + closing


def _is_end(line: str) -> bool:
    return line.startswith((_RIGHT, "</measure>", "</part>", "</score-partwise>"))
