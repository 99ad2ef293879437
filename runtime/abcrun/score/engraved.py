"""MusicXML for verovio alone: what it does not draw, or draws otherwise than it is
written, said in a way that it draws.

The changes go by our own spelling of the file, as `abcrun.score.musicxml` writes it.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from abcrun.score.changes import changes_apart
from abcrun.score.directions import direction_xml

_CREDITS = re.compile(r"<credit .*?</credit>\n", re.DOTALL)
_LABEL = re.compile("<rehearsal>([^<]{4,})</rehearsal>")
_WORDS = r'<words font-weight="bold" font-style="normal">\1</words>'
_MENSURAL = re.compile(
    "<time><senza-misura>([^<]+)</senza-misura></time>((?:(?!</attributes>).)*</attributes>)"
)
_MENSURAL_WORDS = (
    r'<time print-object="no"><senza-misura/></time>\2\n<direction placement="above">'
    rf"<direction-type>{_WORDS}</direction-type></direction>"
)
_TIMES = re.compile(
    '<barline location="right">(?:(?!<ending).)*<repeat direction="backward" times="([0-9]+)"'
)
_FEW_LINES = re.compile("<staff-lines>([13])</staff-lines>")
_HEAD_PLACE = re.compile(
    r"step>([A-G])(</(?:display-)?step>(?:<alter>-?[0-9]</alter>)?<(?:display-)?octave>)([0-9])"
)
_LETTERS = "CDEFGAB"
_BRACE_NUMBER = 99  # above the numbers of all other groups
_ROOM = '<credit page="1"><credit-words justify="center" valign="top">X</credit-words></credit>\n'

_RESTS = re.compile(
    r"(<attributes>(?:(?!</attributes>).)*)(<measure-style>.*?</measure-style>)</attributes>\n"
    r"((?:(?!<note |</measure>).*\n)*)"
)
_HARMONIES = re.compile(r"(?:<harmony.*?</harmony>\n)+")
_TEMPO = re.compile(
    r'<direction placement="above">((?:(?!</direction>).)*<metronome>.*?)</direction>'
)
_UNSEEN_TEMPO = re.compile(
    '<direction placement="above"><direction-type><metronome print-object="no">.*?'
    "</direction-type>(<sound [^>]*>)</direction>"
)
_NOTE_SIGNS = {
    "breve": "\ueca1",
    "whole": "\ueca2",
    "half": "\ueca3",
    "quarter": "\ueca5",
    "eighth": "\ueca7",
    "16th": "\ueca9",
    "32nd": "\uecab",
    "64th": "\uecad",
}
"""Notes of tempo marks as signs of SMuFL, by MusicXML's names."""
_DOT = "\uecb7"

# Signs that verovio leaves out, and what it draws instead: a fingering may be any text,
# the thumb looks like a plucked string upside down. The strokes at the end of a phrase
# are not the two of a caesura, which breaks off.
_INSTEAD = {
    "<thumb-position/>": "<fingering>\ue630</fingering>",
    "<half-muted/>": "<fingering>ø</fingering>",
    "<caesura>short</caesura>": "<breath-mark/>",
    "<caesura>single</caesura>": "<breath-mark/>",
    "<articulations><scoop/></articulations>": (
        "<technical><fingering>\ue5b0</fingering></technical>"
    ),
}
# Left of the first note in a system, long words would stand outside of the picture.
_LEFT_OF_NOTE = re.compile(r' halign="right" valign="middle">(?=[^<]{5,})')

_OPENING = re.compile(
    '<measure [^>]*id="([^"]*)">\n(?:(?:<print|<barline location="left"|<attributes).*\n)*'
)
"""The start of a measure, up to what stands over its first note."""


def with_letters(musicxml: str, letters: Mapping[str, str]) -> str:
    """Return a score with letters over measures, by the ids of these."""

    def lettered(opening: re.Match[str]) -> str:
        letter = letters.get(opening[1])
        if letter is None:
            return opening[0]
        return opening[0] + direction_xml(f"<rehearsal>{letter}</rehearsal>", "above") + "\n"

    return _OPENING.sub(lettered, musicxml) if letters else musicxml


def for_verovio(musicxml: str, lines: int) -> str:
    """Return a score for verovio, with a credit for each of the `lines` that are drawn
    above the music: so much room is kept free."""
    musicxml = changes_apart(musicxml)
    musicxml = _LABEL.sub(_WORDS, musicxml)
    # Verovio has no mensural signs in modern notation: they stand above the staff.
    musicxml = _MENSURAL.sub(_MENSURAL_WORDS, musicxml)
    musicxml = _TIMES.sub(_times, musicxml)
    musicxml = _ENDING_TEXT.sub(_drawn_ending, musicxml)
    if "<staves>" in musicxml and "<part-group" in musicxml:
        musicxml = _braced(musicxml)
    if "<staff-lines>" in musicxml:
        parts = musicxml.split("</part>\n")
        musicxml = "</part>\n".join(_centred(part) for part in parts)
    musicxml = _CREDITS.sub("", musicxml)
    musicxml = musicxml.replace("<part-list>", _ROOM * lines + "<part-list>", 1)
    musicxml = _HARMONIES.sub(_drawn_harmonies, musicxml)
    musicxml = _UNSEEN_TEMPO.sub(r"\1", musicxml)
    musicxml = _TEMPO.sub(_drawn_tempo, musicxml)
    # Where a rest of several bars does not stand alone before its note, verovio leaves
    # out the words and letters behind it, and draws a clef beside it again.
    musicxml = _RESTS.sub(r"\1</attributes>\n\3<attributes>\2</attributes>\n", musicxml)
    musicxml = musicxml.replace("<attributes></attributes>\n", "")
    # Verovio goes by this attribute alone.
    musicxml = musicxml.replace('<words justify="right"', '<words halign="right"')
    musicxml = _LEFT_OF_NOTE.sub(">", musicxml)
    for sign, instead in _INSTEAD.items():
        musicxml = musicxml.replace(sign, instead)
    return musicxml


# verovio draws the numbers of an ending alone.
_ENDING_TEXT = re.compile(
    r'(<barline location="left">(?:(?!</barline>).)*<ending number="([0-9,]*)" type="start">)'
    r"([^<]*)(</ending>(?:(?!</barline>).)*</barline>)"
)


def _drawn_ending(found: re.Match[str]) -> str:
    before, number, text, behind = found.groups()
    if text.strip(" .") == number:
        return before + text + behind
    words = f'<words font-style="normal">{text}</words>'
    direction = f'<direction placement="above"><direction-type>{words}</direction-type></direction>'
    return before + text + behind + direction


def _drawn_harmonies(found: re.Match[str]) -> str:
    """Return chord symbols at one note: one of them, that says what is written in the
    first row, and words for the rows below it.

    Verovio draws several on top of each other, makes up signs for their degrees, and
    puts words below them.
    """
    harmonies = list(ET.fromstring(f"<x>{found.group()}</x>"))
    staff = harmonies[0].find("staff")
    tail = "" if staff is None else f"<staff>{staff.text}</staff>"
    rows = groupby(harmonies, lambda harmony: int(harmony.get("relative-y", "0")))
    texts = [_harmony_text(list(row)) for _, row in rows]
    root = f"<root><root-step text={quoteattr(texts[0])}>C</root-step></root>"
    drawn = f'<harmony>{root}<kind text="">other</kind>{tail}</harmony>\n'
    for text in reversed(texts[1:]):
        drawn += (
            f'<direction placement="above"><direction-type><words font-style="normal">'
            f"{escape(text)}</words></direction-type>{tail}</direction>\n"
        )
    return drawn


def _harmony_text(harmonies: list[ET.Element]) -> str:
    text = ""
    for harmony in harmonies:
        kind = harmony.find("kind")
        quality = "" if kind is None else kind.get("text", "")
        chord = _name(harmony, "root") + _with_signs(quality)
        if harmony.find("bass") is not None:
            chord += f"/{_name(harmony, 'bass')}"
        if harmony.get("type") == "alternate":
            text += f"({chord})"
        else:
            text += f" {chord}" if text else chord
    return text


def _name(harmony: ET.Element, element: str) -> str:
    step = harmony.find(f"{element}/{element}-step")
    if step is None:
        return ""
    sign = {-2: "♭♭", -1: "♭", 0: "", 1: "♯", 2: "♯♯"}
    alteration = int(harmony.findtext(f"{element}/{element}-alter", "0"))
    return step.get("text", step.text or "") + sign[alteration]


def _with_signs(quality: str) -> str:
    return re.sub(r"b(?=[0-9])", "♭", quality).replace("#", "♯")


def _drawn_tempo(found: re.Match[str]) -> str:
    """Return a tempo mark in words, with its notes as signs: verovio leaves out all but
    the first note, and puts what stands behind the number in front."""
    direction = ET.fromstring(found.group())
    texts = []
    for content in direction.iterfind("direction-type/*"):
        if content.tag == "words":
            texts.append(content.text or "")
            continue
        signs = [_note_sign(content)]
        signs += map(_note_sign, content.iterfind("beat-unit-tied"))
        # The signs reach over the space before them.
        space = "\u00a0" if texts else ""
        texts.append(f"{space}{' '.join(signs)} = {content.findtext('per-minute')}")
    rest = "".join(
        ET.tostring(one, encoding="unicode") for one in direction if one.tag != "direction-type"
    )
    return (
        '<direction placement="above"><direction-type><words font-weight="bold" '
        f'font-style="normal">{escape(" ".join(texts))}</words></direction-type>{rest}</direction>'
    )


def _note_sign(element: ET.Element) -> str:
    dots = len(element.findall("beat-unit-dot"))
    return _NOTE_SIGNS.get(element.findtext("beat-unit", ""), "?") + _DOT * dots


def _braced(musicxml: str) -> str:
    """Return a score with a group around each part of several staves that stands in
    another group: there, verovio draws no brace by itself."""
    head, end, music = musicxml.partition("</part-list>")
    with_staves = {
        part.partition('"')[0] for part in music.split('<part id="')[1:] if "<staves>" in part
    }
    lines: list[str] = []
    depth = 0
    for line in head.splitlines(keepends=True):
        depth += line.count('type="start"') - line.count('type="stop"')
        named = re.match('<score-part id="([^"]*)"', line)
        if depth and named is not None and named[1] in with_staves:
            number = f'number="{_BRACE_NUMBER}"'
            line = (
                f'<part-group {number} type="start"><group-symbol>brace</group-symbol>'
                f"<group-barline>yes</group-barline></part-group>\n{line}"
                f'<part-group {number} type="stop"/>\n'
            )
        lines.append(line)
    return "".join(lines) + end + music


def _times(found: re.Match[str]) -> str:
    """Return the end of a repeat under a line that says how often it is played."""
    return (
        '<direction placement="above"><direction-type><words font-style="normal">'
        f"{found[1]}×</words></direction-type></direction>\n{found[0]}"
    )


def _centred(part: str) -> str:
    """Return a part with B in the middle of a staff of one or three lines, where
    verovio counts from the lowest."""
    few = _FEW_LINES.search(part)
    if few is None or "<staves>" in part:
        return part
    lower = 4 if few[1] == "1" else 2

    def moved(found: re.Match[str]) -> str:
        step = 7 * int(found[3]) + _LETTERS.index(found[1]) - lower
        return f"step>{_LETTERS[step % 7]}{found[2]}{max(step // 7, 0)}"

    return _HEAD_PLACE.sub(moved, part)
