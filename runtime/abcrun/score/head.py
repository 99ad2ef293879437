"""What stands before the music in a file of MusicXML: title and composer."""

from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.score.text import xml_text


def head_xml(tune: Tune) -> list[str]:
    """Return the lines of the file before its list of parts."""
    lines: list[str] = []
    if title := xml_text(tune.title):
        lines.append(f"<work><work-title>{escape(title)}</work-title></work>")
    lines.append("<identification>")
    if composer := xml_text(tune.header.composer or ""):
        lines.append(f'<creator type="composer">{escape(composer)}</creator>')
    lines.append("<encoding><software>abcrun</software></encoding>")
    lines.append("</identification>")
    return lines
