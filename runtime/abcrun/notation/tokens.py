"""The symbols of a line of music.

Every alternative is linear in the length of the line.
"""

import re
from collections.abc import Iterator

# The order matters: `[K:` is a field, `[1` an ending and `[|` a bar line before `[`
# opens a chord, and `(3` is a tuplet before `(` begins a slur. The last alternative
# takes any character, so that nothing is passed over in silence.
TOKEN = re.compile(
    r"""
      (?P<space>[ \t\f\v]+)
    | (?P<note>(?P<accidental>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*)
        (?P<note_length>[0-9]*/*[0-9]*))
    | (?P<field>\[(?P<field_letter>[A-Za-z]):(?P<field_value>[^\[\]]*)\])
    | (?P<ending>\[[ ]?(?P<passes>[0-9]+(?:[,.-][0-9]+)*))
    | (?P<text_ending>\[[ ]?"(?![A-G][#b]?(?:m|M|maj|min|dim|aug|sus|add|[0-9+])*(?:/[A-G][#b]?)?")
        (?P<ending_text>[^"]*)"(?![^|\[\]]*\]))
    | (?P<bar>(?::+[|\]]*:*|\.?\|[|\]]*:*|\[\|[|\]]*:*)(?P<bar_ending>[0-9]+(?:[,.-][0-9]+)*)?)
    | (?P<tuplet>\((?P<actual>[0-9]+)(?::(?P<normal>[0-9]*)(?::(?P<reach>[0-9]*))?)?)
    | (?P<layers>\(&(?!\))|&\))
    | (?P<slur>\.?\(|\))
    | (?P<broken>>+|<+)
    | (?P<tie>\.?-)
    | (?P<rest>[zx](?P<rest_length>[0-9]*/*[0-9]*))
    | (?P<restbars>[ZX](?P<bars>[0-9]*))
    | (?P<spacer>y[0-9]*/*[0-9]*)
    | (?P<chord>\[)
    | (?P<chordend>\](?P<chord_length>[0-9]*/*[0-9]*))
    | (?P<quoted>"[^"]*")
    | (?P<grace>\{[^{}]*\})
    | (?P<decoration>![^\s!|:"\[\]{}]{1,40}!|\+[^\s+|:"\[\]{}]{1,40}\+)
    | (?P<symbol>[.~H-Wh-w])
    | (?P<overlay>&+)
    | (?P<linebreak>!|\$|\\[ ]*$|\*{1,2}[ ]*$)
    | (?P<backquote>`+)
    | (?P<microtone>(?P<raised>[\^_])(?P<times>[0-9]*)(?P<divided>/?[0-9]*)
        (?P<micro_note>[A-Ga-g][,']*[0-9]*/*[0-9]*))
    | (?P<side>(?<=[(-])[,'])
    | (?P<late_octave>[,']+)
    | (?P<unclosed>["{])
    | (?P<unreadable>.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""`lastgroup` names the kind of a symbol; groups inside it hold its parts."""


def without_microtone(token: re.Match[str]) -> re.Match[str]:
    """Return the note with a usual accidental for one with a microtonal one, such as
    `^/c` or `_3/2d`: as many semitones as the fraction has whole ones, two at most."""
    raised, times, divided, note = token.group("raised", "times", "divided", "micro_note")
    # abc2midi and abcm2ps: `^/` is a half, `^3/` three halves, `^2` two.
    divisor = int(divided[1:4] or 2) if divided else 1
    semitones = min(int(times[:3] or 1) // (divisor or 1), 2)
    plain = TOKEN.match((raised * semitones or "=") + note)
    if plain is None:  # no such note is ever met: both spell one in the same way
        raise ValueError(token.group())
    return plain


def without_comment(line: str) -> str:
    """Return `line` up to its comment, if it has one (`%`, but not `\\%`)."""
    position = line.find("%")
    while position > 0 and line[position - 1] == "\\":
        position = line.find("%", position + 1)
    return line if position < 0 else line[:position]


def tokens(line: str) -> Iterator[re.Match[str]]:
    """Iterate over the symbols of a line of music, in order and without gaps. It has
    neither comment nor line end."""
    return TOKEN.finditer(line)
