"""MusicXML for verovio alone: what it does not draw, or draws otherwise than it is
written, said in a way that it draws.

The changes go by our own spelling of the file, as `abcrun.score.musicxml` writes it.
"""

import re

_CREDITS = re.compile(r"<credit .*?</credit>\n", re.DOTALL)
_CHANGE_INSIDE = re.compile("</(?:note|direction|harmony)>\n<attributes>.*?<(?:key|time)[ >]")
_MEASURE_ID = re.compile('<measure .* id="([^"]*)"')
_ROOM = '<credit page="1"><credit-words justify="center" valign="top">X</credit-words></credit>\n'


def for_verovio(musicxml: str, lines: int) -> str:
    """Return a score for verovio, with a credit for each of the `lines` that are drawn
    above the music: so much room is kept free."""
    if _CHANGE_INSIDE.search(musicxml) and musicxml.count("<part id=") == 1:
        musicxml = _changes_apart(musicxml)
    musicxml = _CREDITS.sub("", musicxml)
    return musicxml.replace("<part-list>", _ROOM * lines + "<part-list>", 1)


def _changes_apart(musicxml: str) -> str:
    """Return a score of one part, its measures cut where key or meter change inside.

    Verovio draws such a change at the start of the measure.
    """
    lines: list[str] = []
    measures = re.split("(?=^<measure )", musicxml, flags=re.MULTILINE)
    for measure in measures:
        named = _MEASURE_ID.match(measure)
        if named is None or "<backup>" in measure:
            lines.append(measure)
            continue
        has_notes = False
        for number, line in enumerate(measure.splitlines(keepends=True)):
            if (
                has_notes
                and line.startswith("<attributes>")
                and re.search("<(?:key|time)[ >]", line)
            ):
                lines.append(
                    '<barline location="right"><bar-style>none</bar-style></barline>\n</measure>\n'
                    f'<measure number="X" implicit="yes" id="{named[1]}-{number}">\n'
                )
            has_notes = has_notes or line.startswith("<note")
            lines.append(line)
    return "".join(lines)
