"""MusicXML for verovio alone: what it does not draw, or draws otherwise than it is
written, said in a way that it draws.

The changes go by our own spelling of the file, as `abcrun.score.musicxml` writes it.
"""

import re

_CREDITS = re.compile(r"<credit .*?</credit>\n", re.DOTALL)
_ROOM = '<credit page="1"><credit-words justify="center" valign="top">X</credit-words></credit>\n'


def for_verovio(musicxml: str, lines: int) -> str:
    """Return a score for verovio, with a credit for each of the `lines` that are drawn
    above the music: so much room is kept free."""
    musicxml = _CREDITS.sub("", musicxml)
    return musicxml.replace("<part-list>", _ROOM * lines + "<part-list>", 1)
