"""Pages that the author begins (`%%newpage`): a score cut into several, as verovio
breaks pages either by itself or where it is told.

It goes by our own spelling of the file, as `abcrun.score.musicxml` writes it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_NEW_PAGE = '<print new-page="yes"/>\n'
_ATTRIBUTES = re.compile("^<attributes>.*\n", re.MULTILINE)
_ORDER = ("divisions", "key", "time", "staves", "clef", "staff-details", "transpose")
_IN_FORCE = re.compile(rf"<({'|'.join(_ORDER)})( number=\"[0-9]+\")?[^>]*>.*?</\1>")


def pages_apart(musicxml: str) -> list[str]:
    """Return a score for each stretch of pages, in order. All but the first begin with
    the attributes in force, and have no meter to show but a new one."""
    if _NEW_PAGE not in musicxml:
        return [musicxml]
    head, *parts = re.split("(?=^<part id=)", musicxml, flags=re.MULTILINE)
    measures = [re.split("(?=^<measure )", part, flags=re.MULTILINE) for part in parts]
    starts = [
        index for index, measure in enumerate(measures[0]) if index > 1 and _NEW_PAGE in measure
    ]
    if not starts:
        return [musicxml]
    ends = ("</part>\n", "</score-partwise>\n")
    for part in measures:
        for end in reversed(ends):
            part[-1] = part[-1].removesuffix(end)
    found: list[str] = []
    for first, last in pairwise([1, *starts, len(measures[0])]):
        cut = ["".join((part[0], *_begun(part, first, last), ends[0])) for part in measures]
        found.append("".join((head, *cut, ends[1])))
    return found


def _begun(part: Sequence[str], first: int, last: int) -> list[str]:
    """Return the measures from `first` up to `last`, which begin with the attributes in
    force."""
    if first == 1:
        return list(part[first:last])
    known = _in_force(part[1:first])
    # The meter is known from the page before.
    if "print-object" not in known[("time", "")]:
        known[("time", "")] = known[("time", "")].replace("<time", '<time print-object="no"', 1)
    opening = part[first].replace(_NEW_PAGE, "")
    own = _ATTRIBUTES.search(opening)
    before_notes = own is not None and "<note" not in opening[: own.start()]
    style = ""
    if own is not None and before_notes:
        known |= _in_force([own.group()])
        style = "".join(re.findall("<measure-style>.*?</measure-style>", own.group()))
        opening = opening[: own.start()] + opening[own.end() :]
    children = sorted(known.items(), key=lambda item: (_ORDER.index(item[0][0]), item[0][1]))
    attributes = "".join(text for _, text in children) + style
    line, _, rest = opening.partition("\n")
    return [f"{line}\n<attributes>{attributes}</attributes>\n{rest}", *part[first + 1 : last]]


def _in_force(measures: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the attributes in force behind measures, by name and staff."""
    return {
        (one[1], one[2] or ""): one.group()
        for measure in measures
        for line in _ATTRIBUTES.findall(measure)
        for one in _IN_FORCE.finditer(line)
    }
