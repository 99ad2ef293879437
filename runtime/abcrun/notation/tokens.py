"""A line of music to its symbols. Every alternative is linear in the length of the
line."""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
      (?P<space>[ \t\f\v`]+)
    | (?P<note>(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']*)([0-9]*/*[0-9]*))
    | (?P<field>\[([A-Za-z]):([^\[\]]*)\])
    | (?P<ending>\[[ ]?([0-9]+(?:[,.-][0-9]+)*))
    | (?P<bar>(?::+[|\]]*:*|\.?\|[|\]]*:*|\[\|[|\]]*:*)([0-9]+(?:[,.-][0-9]+)*)?)
    | (?P<tuplet>\(([0-9]+)(?::([0-9]*)(?::([0-9]*))?)?)
    | (?P<slur>\.?\(|\))
    | (?P<broken>>+|<+)
    | (?P<tie>\.?-)
    | (?P<rest>[zx]([0-9]*/*[0-9]*))
    | (?P<restbars>[ZX]([0-9]*))
    | (?P<spacer>y[0-9]*/*[0-9]*)
    | (?P<chord>\[)
    | (?P<chordend>\]([0-9]*/*[0-9]*))
    | (?P<quoted>"[^"]*")
    | (?P<grace>\{[^{}]*\})
    | (?P<decoration>![^\s!|:"\[\]{}]{1,40}!|\+[^\s+|:"\[\]{}]{1,40}\+)
    | (?P<symbol>[.~H-Wh-w])
    | (?P<overlay>&+)
    | (?P<linebreak>!|\$|\\[ ]*$|\*{1,2}[ ]*$)
    | (?P<unclosed>["{])
    | (?P<unreadable>.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""`lastgroup` names the kind; groups inside a kind hold its parts."""

ALWAYS_SYMBOLS = frozenset(".~HLMOPRSTkuv")
"""Decorations in one letter that stand without a U: field; older books also have `R`
for a roll and `k` by the bow."""

_GROUPS = TOKEN.groupindex
NOTE, FIELD, ENDING, BAR = _GROUPS["note"], _GROUPS["field"], _GROUPS["ending"], _GROUPS["bar"]
TUPLET, REST, REST_BARS, CHORD_END = (
    _GROUPS["tuplet"],
    _GROUPS["rest"],
    _GROUPS["restbars"],
    _GROUPS["chordend"],
)


def without_comment(line: str) -> str:
    """`line` up to its comment, if it has one (`%`, but not `\\%`)."""
    position = line.find("%")
    while position > 0 and line[position - 1] == "\\":
        position = line.find("%", position + 1)
    return line if position < 0 else line[:position]


def tokens(line: str) -> Iterator[re.Match[str]]:
    """The symbols of a line of music, which has neither comment nor line end, in order
    and without gaps."""
    return TOKEN.finditer(line)
