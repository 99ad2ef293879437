"""The kind of dance or tune, one of a short list of names.

It is taken from R:, a transcriber's index, a title, or the meter; where these say
nothing, from the name of the tune's file, a book's order, or the tempo and the notes.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from abcrun.composition.sketch import REGULAR
from abcrun.notation import Tune
from abctrain.data.sections import section_lengths

_BINARY = ("4/4", "2/2", "2/4")
# The meters that each kind is played in. In another meter the name is not believed.
_METERS = {
    "reel": _BINARY,
    "jig": ("6/8",),
    "slip jig": ("9/8",),
    "slide": ("12/8", "6/8"),
    "hornpipe": (*_BINARY, "3/2", "6/4"),
    "polka": ("2/4",),
    "waltz": ("3/4", "3/8"),
    "march": (*_BINARY, "6/8", "3/4", "12/8"),
    "strathspey": _BINARY,
    "air": (*_BINARY, "3/4", "3/8", "6/8", "9/8", "3/2", "6/4", "12/8"),
    "barndance": _BINARY,
    "mazurka": ("3/4",),
    "minuet": ("3/4", "3/8"),
    "quickstep": (*_BINARY, "6/8"),
    "fling": _BINARY,
    "schottische": _BINARY,
    "set dance": (*_BINARY, "6/8", "9/8"),
    "clog": _BINARY,
}

_SPELLINGS = {
    "double jig": "jig",
    "single jig": "jig",
    "jigg": "jig",
    "gigg": "jig",
    "slipjig": "slip jig",
    "hop jig": "slip jig",
    "highland fling": "fling",
    "highland": "fling",
    "quick step": "quickstep",
    "quick march": "march",
    "slow air": "air",
    "barn dance": "barndance",
    "setdance": "set dance",
    "long dance": "set dance",
    "clog dance": "clog",
    "clog hornpipe": "clog",
    "strathspy": "strathspey",
    "strathsy": "strathspey",
    "strathpey": "strathspey",
    "horn pipe": "hornpipe",
}
# The longest first, so that "slip jig" is found before "jig".
_IN_TITLES = sorted(
    {
        "reel",
        "jig",
        "slip jig",
        "hornpipe",
        "polka",
        "waltz",
        "march",
        "strathspey",
        "air",
        "barndance",
        "mazurka",
    }
    | {"minuet", "quickstep", "fling", "schottische", "clog"}
    | {spelling for spelling in _SPELLINGS if spelling not in ("highland", "setdance", "slipjig")},
    key=lambda name: -len(name),
)
# As files are named, singular and plural. A highland is a place, too.
_IN_FILE_NAMES = {
    form: _SPELLINGS.get(name, name)
    for name in (_METERS.keys() | _SPELLINGS.keys()) - {"highland"}
    for form in (name, name + ("es" if name.endswith(("ch", "tz")) else "s"))
}
_FILE_NAME = re.compile(rf"\b(?:{'|'.join(sorted(_IN_FILE_NAMES, key=lambda form: -len(form)))})\b")
_TITLE = re.compile(rf"(?:^|.*[\s'])({'|'.join(_IN_TITLES)})$|(quick ?step)\b")
_INDEX = re.compile(r"^Z:[ \t]*id:dc-([a-z]+)-[0-9]+", re.MULTILINE)
_ONEILL = re.compile(r"^B:.*O'Neill's[^0-9\n]*([0-9]{1,4})\b", re.MULTILINE)
_RHYTHM = re.compile(r"^R:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
# O'Neill's Music of Ireland is sorted by kind: the kinds by the numbers of its tunes.
_ONEILL_SECTIONS = (
    (1, 625, "air"),
    (701, 1115, "jig"),
    (1116, 1175, "slip jig"),
    (1176, 1555, "reel"),
    (1556, 1780, "hornpipe"),
)


# As `_ONEILL`, in the spellings of other transcribers.
_ONEILL_LOOSE = re.compile(r"^B:.*O'?Neill'?s[^0-9\n]*([0-9]{1,4})\b", re.MULTILINE | re.IGNORECASE)
_TEMPO = re.compile(r"^Q:[ \t]*([0-9]+/[0-9]+)=([0-9]+)", re.MULTILINE)
_AIRD = re.compile(r"^Z:.*Jack Campin", re.MULTILINE)
# The transcriber of Aird's Airs gives each kind its tempo: meters, note value, tempos,
# kind, and the most dotted pairs in a bar, on average.
_AIRD_TEMPOS = (
    (("6/8",), "3/8", range(120, 121), "jig", 0.2),
    (("4/4", "2/2"), "1/2", range(104, 113), "reel", 0.5),
    (("4/4", "2/2"), "1/2", range(66, 77), "march", 4.0),
)


def rhythm_of(text: str, title: str, meter: str) -> str:
    """Return the name of a tune's rhythm, or an empty text where it is not certain."""
    # The surest first: what the tune says of itself, then its place in an index, its
    # title, its number in a sorted book.
    said = [found.group(1) for found in _RHYTHM.finditer(text)]
    said += [found.group(1) for found in _INDEX.finditer(text)]
    said += _title_words(title)
    said += [
        name
        for number in _ONEILL.findall(text)
        for low, high, name in _ONEILL_SECTIONS
        if low <= int(number) <= high
    ]
    for one in said:
        name = _name(one)
        # Many transcribers call a slip jig a jig; the meter tells them apart.
        if name == "jig" and meter == "9/8":
            name = "slip jig"
        if meter in _METERS.get(name, ()):
            return name
    return "slip jig" if meter == "9/8" and not said else ""


def rhythms_in_name(name: str) -> tuple[str, ...]:
    """Return the rhythms that the name of a file or folder, without suffix, tells:
    "jigs", "slow reels (fast)", "Jigs & Reels".

    A plural counts anywhere, a singular at the end, as in a title. With a number
    "march" may be a date. A book of airs holds tunes of all kinds, so airs count where
    the name says nothing else.
    """
    plain = re.sub(r"\([^)]*\)", " ", name.lower())
    words = " ".join(re.findall(r"[a-z]+", plain))
    is_dated = re.search(r"[0-9]", plain) is not None
    found: list[str] = []
    for match in _FILE_NAME.finditer(words):
        form = match[0]
        is_certain = form.endswith("s") or words.endswith(form)
        if form in ("air", "airs"):
            is_certain = words == form
        if is_certain and not (form == "march" and is_dated):
            found.append(_IN_FILE_NAMES[form])
    return tuple(dict.fromkeys(found))


def fitting_rhythm(names: Sequence[str], text: str, meter: str) -> str:
    """Return the one of `names`, told by a file's name, that has a tune's meter.

    It is empty where none or more than one has it, and where the tune says a rhythm
    with R:, whatever that is.
    """
    fitting = [name for name in names if meter in _METERS[name]]
    if len(fitting) != 1 or any(found.group(1) for found in _RHYTHM.finditer(text)):
        return ""
    return fitting[0]


def likely_rhythm(text: str, meter: str, tune: Tune) -> str:
    """Return the rhythm of a tune for which `rhythm_of` finds none, or an empty text.

    `text` is the source and `tune` the tune with right bars. A rule is used where at
    least 0.95 of the tunes that it names, and whose rhythm is known, are of its kind.
    """
    for number in map(int, _ONEILL_LOOSE.findall(text)):
        for low, high, name in _ONEILL_SECTIONS:
            if low <= number <= high and meter in _METERS[name]:
                return name
    tempo = _TEMPO.search(text)
    # What is danced or marched to has regular sections.
    is_regular = set(section_lengths(tune.voices[0])).issubset(REGULAR)
    if tempo is None or not _AIRD.search(text) or not is_regular:
        return ""
    for meters, unit, tempos, name, most in _AIRD_TEMPOS:
        is_kind = meter in meters and tempo.group(1) == unit and int(tempo.group(2)) in tempos
        if is_kind and _dotted_pairs(tune) < most:
            return name
    return ""


def _dotted_pairs(tune: Tune) -> float:
    """Return how many pairs of a dotted quaver and a semiquaver a bar has, on
    average."""
    pairs = sum(
        long.duration == 3 * short.duration == Fraction(3, 16)
        for bar in tune.bars
        for long, short in pairwise(bar.notes)
    )
    return pairs / len(tune.bars)


def _name(written: str) -> str:
    name = re.sub(r"[^a-z]+", " ", written.lower()).strip()
    return _SPELLINGS.get(name, name)


def _title_words(title: str) -> list[str]:
    plain = re.sub(r"\([^)]*\)|,\s*(?:the|a|an)\s*$", "", title.lower())
    plain = re.sub(r"[^a-z']+", " ", plain).strip()
    found = _TITLE.match(plain)
    return [found.group(1) or found.group(2)] if found else []
