"""Stylesheet directives: `%%name value`, and the field I: (ABC 2.1, 3.1.17 and 11)."""

import re

from abcrun.notation.midi_directives import read_midi_directive
from abcrun.notation.problem import Problems, shown
from abcrun.notation.tokens import without_comment
from abcrun.notation.written import Directive

# `[I:MIDI=program 3]` is abc2midi's `[I:MIDI program 3]`.
_DIRECTIVE = re.compile(r"\s*([A-Za-z][\w-]*)[ \t]*=?[ \t]*")
_TEXTS = frozenset(("text", "center", "begintext"))
"""Directives whose value may hold a `%`."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


ACTED_ON = _names(
    "barsperstaff begintext center continueall linebreak newpage score staves text writefields"
)
"""What abcrun acts on; where it does not know a value, it says so there."""

_SAYS_NOTHING = _names(
    """
    abc-charset abc-copyright abc-creator abc-edited-by abc-version
    charset encoding endcss endjs endml endps endsvg endtext
    """
)
"""About the music and its picture. How a file is encoded is found out from its bytes.
"""

# Sizes, margins, fonts, spaces and the like are abcrun's own affair: nothing that was
# written gets lost without them, and one remark on all of them is enough.
_LAYOUT = _names(
    """
    alignbars aligncomposer annotationbox autoclef barnumbers bgcolor
    breaklimit breakoneoln bstemdown clip columns combinevoices comball contbarnb
    custos dateformat dblrepbar dynalign flatbeams footer fullsvg
    graceslurs graceword gutter header hyphencont indent infoline infoname
    jazzchord keywarn landscape linewarn magnify maxshrink measurebox measurefirst
    measurenb musiconly notespacingfactor oneperpage pagescale pango
    partsbox pos printparts printtempo sep setbarnb shiftunison singleline
    slurheight splittune squarebreve staffnonote staffscale staffsep stemheight
    straightflags stretchlast stretchstaff sysstaffsep systemsep textoption
    timewarn titlecaps titleformat titleleft titletrim trimsvg vocalabove
    voicescale vskip writehistory
    """
)
_LAYOUT_ENDINGS = re.compile(r"setfont|\w*(?:box|fac|font|format|margin|scale|sep|space|width)\Z")


def read_directive(line: int, column: int, written: str, problems: Problems) -> Directive | None:
    """Read what stands behind `%%`, or in a field I:, from `line` and `column` on; None
    for what is no directive. What abcrun does not act on gets a remark."""
    found = _DIRECTIVE.match(written)
    if found is None:
        return None
    name = found.group(1)
    value = written[found.end() :]
    if name not in _TEXTS:
        value = without_comment(value)
    directive = Directive(line, column, name, value.strip())
    _remark_on(directive, problems)
    return directive


def typeset_line(line: int, text: str, last: str) -> Directive | None:
    """Return a line between `%%begintext` and `%%endtext` as a directive `%%text`.

    `last` is the name of the directive before it. None for a line of `%%beginps` and
    the like, which is no text.
    """
    if last not in ("begintext", "text"):
        return None
    return Directive(line, 1, "text", text.removeprefix("%%").strip())


def _remark_on(directive: Directive, problems: Problems) -> None:
    """Add a remark on a directive that would change the music or its picture, and is
    not acted on: one for each name in a tune."""
    name = directive.name
    lowered = name.lower()
    if lowered == "midi":
        what = (directive.value.split() or [""])[0]
        if read_midi_directive(directive.value) is None:
            problems.remark(
                directive.line,
                directive.column,
                f"%%MIDI {what}",
                f"the directive MIDI {shown(directive.value, 30)} is not acted on",
            )
        return
    if name in ACTED_ON or lowered in _SAYS_NOTHING:
        return
    if lowered in _LAYOUT or _LAYOUT_ENDINGS.match(lowered):
        about, reason = "%%", f"layout is abcrun's own affair: {name} is not acted on"
    elif lowered == "abc-include":
        about, reason = f"%%{name}", "no other file is read: abc-include is not acted on"
    else:
        about, reason = f"%%{name}", f"the directive {name} is not acted on"
    problems.remark(directive.line, directive.column, about, reason)
