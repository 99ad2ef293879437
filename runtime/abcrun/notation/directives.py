"""Stylesheet directives: `%%name value`, and the field I: (ABC 2.1, 3.1.17 and 11)."""

import re

from abcrun.notation.tokens import without_comment
from abcrun.notation.written import Directive

_DIRECTIVE = re.compile(r"\s*([A-Za-z][\w-]*)[ \t]*")
_TEXTS = frozenset(("text", "center", "begintext"))
"""Directives whose value may hold a `%`."""


def read_directive(line: int, column: int, written: str) -> Directive | None:
    """Read what stands behind `%%`, or in a field I:, from `line` and `column` on; None
    for what is no directive."""
    found = _DIRECTIVE.match(written)
    if found is None:
        return None
    name = found.group(1)
    value = written[found.end() :]
    if name not in _TEXTS:
        value = without_comment(value)
    return Directive(line, column, name, value.strip())
